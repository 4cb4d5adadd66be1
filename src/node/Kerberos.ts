/**
 * Negotiate by Kerberos (RFC 4559): the tickets of whoever runs the program, or of a keytab, prove who it is. No password
 * travels, and the server proves itself too.
 *
 * **When to use**
 *
 * In domains: services of Windows, FreeIPA, Hadoop or oVirt, and proxies that ask for `Negotiate`.
 *
 * **Gotchas**
 *
 * Needs the package `kerberos` (`npm install kerberos`), which is compiled when it is installed. Where it is missing, or there
 * is no ticket, calls fail with `CapabilityUnavailable`, which says what to do. Nothing falls back to NTLM: that is
 * `credence/ntlm`, by choice.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { type AutoOptions, layerOf } from "../layers/auth/challenge/auto.ts"
import type { Authentication } from "../services/Authentication.ts"
import { type Scheme, SchemeError, type SchemeLogin, type SchemePeer, type SchemeRequest, type SchemeResponse, type SchemeState } from "../services/Scheme.ts"
import type { Connection } from "../services/Transport.ts"
import { carriesNtlm, isRejected } from "../wire/negotiate.ts"
import type { NativeContext } from "./kerberos/library.ts"
import { Native, problemOf, sentence, serviceName } from "./kerberos/native.ts"
import type { Options } from "./kerberos/options.ts"

export type { Options } from "./kerberos/options.ts"
export { type Ticket, ticket, type TicketOptions } from "./kerberos/ticket.ts"

const isSafe = (method: string): boolean => method === "GET" || method === "HEAD" || method === "OPTIONS"

/** What is known of one peer. */
class Peer {
  readonly service: string
  readonly mutual: boolean
  /** it asked for Negotiate before, so that tokens can be sent without being asked */
  asked = false
  /** what its logins hold for, where that is known */
  holds: "connection" | "request" | undefined
  /** may an observation change `holds`? */
  readonly learns: boolean
  readonly logins = new WeakSet<Connection>()

  constructor(options: Options, peer: SchemePeer) {
    this.service = serviceName(options.service, peer.host)
    this.mutual = (options.mutual ?? (peer.side === "origin" ? "required" : "optional")) === "required"
    this.learns = options.reuse === undefined || options.reuse === "auto"
    this.holds = options.reuse === "connection" || options.reuse === "request" ? options.reuse : undefined
  }
}

class Login implements SchemeLogin {
  readonly #native: Native
  readonly #peer: Peer
  readonly #request: SchemeRequest
  #context: NativeContext | undefined
  /** sent without a token, since its connection is logged in */
  #bare = false

  constructor(native: Native, peer: Peer, request: SchemeRequest) {
    this.#native = native
    this.#peer = peer
    this.#request = request
  }

  /** is the connection logged in, and may that be relied on? `undefined`: it is worth a try */
  #logged(): boolean | undefined {
    const connection = this.#request.connection
    if (connection === undefined || this.#peer.holds === "request" || !this.#peer.logins.has(connection)) return false
    return this.#peer.holds === "connection" ? true : undefined
  }

  /** goes without a token: it is logged in, or asks whether it is, which only safe requests may */
  #goesBare(): boolean {
    return this.#logged() ?? isSafe(this.#request.method)
  }

  readonly settled = (): boolean =>
    this.#context !== undefined || (this.#peer.asked && (this.#logged() === true || !this.#goesBare()))

  readonly first = (preemptive: boolean): Effect.Effect<string | undefined, SchemeError> => {
    if (this.#logged() !== false && this.#goesBare()) {
      this.#bare = true
      return Effect.undefined
    }
    return this.#peer.asked || preemptive ? this.#open() : Effect.undefined
  }

  readonly answer = ({ token }: { readonly token: string | undefined }): Effect.Effect<string | undefined, SchemeError> => {
    this.#peer.asked = true
    if (this.#context === undefined) {
      if (token !== undefined) return Effect.fail(new SchemeError({ reason: "protocol", detail: "the server continues a login that was not begun" }))
      if (this.#bare) this.#lost()
      return this.#open()
    }
    if (token === undefined || isRejected(token)) return Effect.undefined
    return Effect.flatMap(this.#native.step(this.#peer.service, this.#context, token), (next) => this.#value(next))
  }

  readonly accepted = (response: SchemeResponse): Effect.Effect<void, SchemeError> => {
    const context = this.#context
    if (context === undefined) {
      if (this.#bare && this.#logged() === undefined) this.#learn(response.persistent === false ? "request" : "connection")
      return Effect.void
    }
    const token = response.challenges.find(({ scheme, token }) => scheme.toLowerCase() === "negotiate" && token !== undefined)?.token
    if (token !== undefined) return Effect.flatMap(this.#proof(context, token), () => Effect.sync(() => this.#done(response)))
    // Errors may come from before the login, e.g. of a gateway, which cannot prove anything; they are failures to the caller anyway.
    if (this.#peer.mutual && response.status < 400) {
      return Effect.fail(new SchemeError({
        reason: "mutual",
        detail: `the server did not prove that it is ${sentence(this.#peer.service)}`,
        hint: "where that is expected, `mutual: \"optional\"` goes without"
      }))
    }
    if (response.status < 400) this.#done(response)
    return Effect.void
  }

  #open(): Effect.Effect<string | undefined, SchemeError> {
    return Effect.flatMap(this.#native.open(this.#peer.service), ({ context, token }) => {
      this.#context = context
      return this.#value(token)
    })
  }

  #value(token: string | null): Effect.Effect<string | undefined, SchemeError> {
    if (token === null || token === "") return Effect.undefined
    return carriesNtlm(token)
      ? Effect.fail(new SchemeError({
        reason: "unavailable",
        detail: `there is no Kerberos ticket for ${sentence(this.#peer.service)}, and the system would log in by NTLM instead`,
        hint: "kinit; or log in by NTLM by choice, with credence/ntlm"
      }))
      : Effect.succeed(`Negotiate ${token}`)
  }

  #proof(context: NativeContext, token: string): Effect.Effect<void, SchemeError> {
    const forged = new SchemeError({
      reason: "mutual",
      detail: `the server's proof that it is ${sentence(this.#peer.service)} is wrong`,
      hint: "somebody may sit in between; or the server's keytab is older than its key"
    })
    return this.#native.step(this.#peer.service, context, token).pipe(
      Effect.mapError(() => forged),
      // a name is known when, and only when, the context is complete
      Effect.flatMap(() => context.username === null ? Effect.fail(forged) : Effect.void)
    )
  }

  #done(response: SchemeResponse): void {
    this.#peer.asked = true
    if (this.#request.connection !== undefined) this.#peer.logins.add(this.#request.connection)
    if (response.persistent !== undefined) this.#learn(response.persistent ? "connection" : "request")
  }

  /** the connection was not logged in after all */
  #lost(): void {
    if (this.#request.connection !== undefined) this.#peer.logins.delete(this.#request.connection)
    this.#learn("request")
  }

  #learn(holds: "connection" | "request"): void {
    if (this.#peer.learns) this.#peer.holds = holds
  }
}

/**
 * Answers `Negotiate` by Kerberos, for origins and proxies: as one of `Auth.auto`'s schemes, or of a proxy's. Strength 40.
 *
 * Fails with `SchemeError`: `unavailable` where the library or a ticket is missing (`Auth.auto` then takes the next scheme),
 * `mutual` where the server does not prove itself, `protocol` where it breaks the rules.
 *
 * @example
 * ```ts
 * const proxy = { url: "http://proxy.example.com:3128", schemes: [Kerberos.scheme()] }
 * ```
 */
export const scheme = (options: Options = {}): Scheme => {
  const native = new Native(options)
  return {
    name: "Negotiate",
    strength: 40,
    bound: true,
    exposes: false,
    identity: options.principal,
    problem: problemOf(options),
    secrets: () => [],
    open: (peer): SchemeState => {
      const known = new Peer(options, peer)
      return { begin: (request) => new Login(native, known, request) }
    }
  }
}

/** What {@link layer} takes besides. */
export interface LayerOptions extends Options, Pick<AutoOptions, "bufferLimit"> {
  /** begin with a token before the server asks: saves a round trip. Default `false` */
  readonly preemptive?: boolean | undefined
}

/**
 * Authentication by Kerberos alone. With {@link scheme} in `Auth.auto` there can be something else for servers that do not
 * offer it.
 *
 * Building a session fails with `ConfigurationInvalid` for options that cannot be used. Calls fail with
 * `CapabilityUnavailable` (no library, no ticket) and with `AuthenticationFailed`: `rejected`, `missing` (`Negotiate` is not
 * offered), `mutual` (no proof of the server's, or a wrong one).
 *
 * @example
 * ```ts
 * Billing.layer().pipe(Layer.provide([Kerberos.layer(), Configuration.layer({ baseUrl }), NodeTransport.layer()]))
 * ```
 */
export const layer = (options: LayerOptions = {}): Layer.Layer<Authentication> =>
  layerOf(scheme(options), { bufferLimit: options.bufferLimit, preemptive: options.preemptive === true ? "Negotiate" : undefined })
