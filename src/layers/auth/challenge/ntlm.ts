/**
 * NTLMv2 over HTTP: raw, and inside SPNEGO. The login belongs to the connection it was made on.
 *
 * Known limits are the protocol's: who sees one login can guess the password at leisure, the server is not proved to the
 * client, and the messages after the login are protected by TLS only. So it is named only by who wants it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { Authentication } from "../../../services/Authentication.ts"
import {
  type Challenge,
  type Scheme,
  SchemeError,
  type SchemeLogin,
  type SchemePeer,
  type SchemeRequest,
  type SchemeResponse,
  type SchemeState
} from "../../../services/Scheme.ts"
import type { Connection } from "../../../services/Transport.ts"
import { tlsServerEndPoint } from "../../../wire/channelBinding.ts"
import { accountOf, accountProblem } from "../../../wire/ntlm/account.ts"
import { authenticateMessage, dummySignature } from "../../../wire/ntlm/authenticateMessage.ts"
import { negotiateMessage, readChallenge } from "../../../wire/ntlm/messages.ts"
import { fileTime, responseKey } from "../../../wire/ntlm/response.ts"
import * as Spnego from "../../../wire/spnego.ts"
import { type AutoOptions, autoRecipe } from "./auto.ts"
import { randomBytes } from "./nonce.ts"

/** Who logs in by NTLM. */
export interface NtlmOptions {
  /** `DOMAIN\user`, `user@domain`, or the user alone */
  readonly username: string
  /** any text; it is never sent */
  readonly password: Redacted.Redacted<string>
  /** the user's domain, where it is not in the user name. Default: none; the server then looks among its own users */
  readonly domain?: string | undefined
  /** the name of this machine, for servers that let users in from certain machines only. Default: none */
  readonly workstation?: string | undefined
  /**
   * `auto` ties the login to the server's certificate, so that nobody can relay it; `off` where TLS does not end at the
   * server, as behind a middlebox that opens TLS, and the server insists. Default `auto`
   */
  readonly channelBinding?: "auto" | "off" | undefined
}

const ntlmStrength = 20

/** Who logs in by NTLM inside `Negotiate`. */
export interface NegotiateOptions extends NtlmOptions {
  /**
   * are the messages wrapped in SPNEGO, as RFC 4559 has it? `false` sends them as they are, as Windows does, for servers that
   * tell NTLM from Kerberos by its signature. Default `true`
   */
  readonly spnego?: boolean | undefined
}

const retiring = "NTLM is being retired: use Kerberos where the server takes it"

/** How the messages of NTLM are wrapped. */
interface Framing {
  readonly first: (message: Uint8Array) => Uint8Array
  /** the server's message, and what wraps the answer to it */
  readonly read: (token: Uint8Array) => Result.Result<{ readonly message: Uint8Array; readonly wrap: (answer: Uint8Array) => Uint8Array }, SchemeError>
  /** a token beside an answer that is no challenge says that the login was refused after all */
  readonly refused: (token: Uint8Array) => boolean
  /** the server asked again instead of answering the first message */
  readonly notContinued: () => SchemeError
}

const protocol = (detail: string): SchemeError => new SchemeError({ reason: "protocol", detail })

const raw: Framing = {
  first: (message) => message,
  read: (message) => Result.succeed({ message, wrap: (answer) => answer }),
  refused: () => false,
  notContinued: () => protocol("the server did not go on with NTLM: something in between may not keep connections apart")
}

const notTaken = (detail: string): SchemeError =>
  new SchemeError({ reason: "unavailable", detail, hint: "The server may take Kerberos only: enable that scheme, or another one that it offers" })

const spnego: Framing = {
  first: Spnego.encodeInit,
  read: (bytes) => {
    const decoded = Spnego.decode(bytes)
    if (Result.isFailure(decoded)) return Result.fail(protocol(decoded.failure))
    const said = decoded.success
    if (said._tag === "Raw") return Result.succeed({ message: said.token, wrap: (answer) => answer })
    if (said._tag === "Init") return Result.fail(protocol("the server begins to negotiate where it should answer"))
    if (said.state === "reject") return Result.fail(notTaken("the server does not take NTLM inside Negotiate"))
    if (said.mechanism !== undefined && said.mechanism !== Spnego.ntlmMechanism) {
      return Result.fail(notTaken(`the server wants another mechanism than NTLM: ${said.mechanism}`))
    }
    if (said.token === undefined) return Result.fail(protocol("the server's answer inside Negotiate has no message of NTLM"))
    // RFC 4178 section 5: a MIC is due where the server asks for one
    const mic = said.state === "request-mic" ? dummySignature() : undefined
    return Result.succeed({ message: said.token, wrap: (answer) => Spnego.encodeResponse(answer, mic) })
  },
  refused: (bytes) => {
    const decoded = Spnego.decode(bytes)
    return Result.isSuccess(decoded) && decoded.success._tag === "Response" && decoded.success.state === "reject"
  },
  notContinued: () => notTaken("the server did not go on with NTLM inside Negotiate")
}

const decodeToken = (token: string): Result.Result<Uint8Array, SchemeError> =>
  Result.mapError(Base64.decode(token), () => protocol("the server's token is no base64"))

/**
 * How far a login came on a connection. Where it was begun or refused, many servers refuse the next one as well, whatever it
 * says: Samba until the connection ends.
 */
type Standing = "begun" | "in" | "refused"

/** What a session knows of a peer: who speaks NTLM there, and which connections are logged in. */
class Ntlm implements SchemeState {
  readonly name: string
  readonly framing: Framing
  readonly options: NtlmOptions
  readonly peer: SchemePeer
  readonly connections = new WeakMap<Connection, Standing>()
  /** the peer answered with a challenge of NTLM before: new connections begin with the first message at once */
  spoken = false
  constructor(name: string, framing: Framing, options: NtlmOptions, peer: SchemePeer) {
    this.name = name
    this.framing = framing
    this.options = options
    this.peer = peer
  }
  begin(request: SchemeRequest): SchemeLogin {
    return new NtlmLogin(this, request.connection)
  }
}

/** What was sent last for one request. */
type Stage =
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Negotiated"; readonly message: Uint8Array }
  | { readonly _tag: "Proved" }

class NtlmLogin implements SchemeLogin {
  readonly #state: Ntlm
  readonly #connection: Connection | undefined
  #stage: Stage = { _tag: "Nothing" }
  /** the connection had seen a refusal when this login began */
  #refusedBefore = false
  constructor(state: Ntlm, connection: Connection | undefined) {
    this.#state = state
    this.#connection = connection
  }

  first(preemptive: boolean): Effect.Effect<string | undefined, SchemeError> {
    return Effect.suspend(() => {
      const problem = this.#problem()
      if (problem !== undefined) return Effect.fail(problem)
      // where no connection can be reserved, the peer may not ask for a login either
      if (this.#connection === undefined) return Effect.undefined
      // logged in: nothing is due. Begun or refused: a request without a login gives the server a chance to forget it
      if (this.#state.connections.has(this.#connection)) return Effect.undefined
      return this.#state.spoken || preemptive ? Effect.succeed(this.#negotiate(this.#connection)) : Effect.undefined
    })
  }

  answer(challenge: Challenge): Effect.Effect<string | undefined, SchemeError> {
    return Effect.suspend(() => {
      const problem = this.#problem()
      if (problem !== undefined) return Effect.fail(problem)
      const connection = this.#connection
      if (connection === undefined) {
        return Effect.fail(new SchemeError({
          reason: "unavailable",
          detail: "a login by NTLM belongs to its connection, and this transport cannot reserve a connection",
          hint: "Use the transport of credence/node"
        }))
      }
      switch (this.#stage._tag) {
        case "Nothing":
          return challenge.token === undefined
            ? this.#restart(connection)
            : Effect.fail(protocol("the server sent a challenge of NTLM that was not asked for"))
        case "Negotiated":
          if (challenge.token !== undefined) return this.#prove(connection, this.#stage.message, challenge.token)
          if (!this.#refusedBefore) return Effect.fail(this.#state.framing.notContinued())
          this.#state.connections.set(connection, "refused")
          return Effect.undefined
        case "Proved":
          this.#state.connections.set(connection, "refused")
          return Effect.undefined
      }
    })
  }

  accepted(response: SchemeResponse): Effect.Effect<void, SchemeError> {
    return Effect.sync(() => {
      const connection = this.#connection
      if (connection === undefined) return
      const standing = this.#state.connections.get(connection)
      if (this.#stage._tag === "Proved" && !this.#refused(response) || standing === "in") {
        if (response.persistent === false) this.#state.connections.delete(connection)
        else this.#state.connections.set(connection, "in")
      }
    })
  }

  settled(): boolean {
    return this.#stage._tag === "Proved" || this.#stage._tag === "Nothing" && this.#loggedIn()
  }

  #loggedIn(): boolean {
    return this.#connection !== undefined && this.#state.connections.get(this.#connection) === "in"
  }

  #restart(connection: Connection): Effect.Effect<string> {
    this.#refusedBefore = this.#state.connections.get(connection) === "refused"
    return Effect.succeed(this.#negotiate(connection))
  }

  #problem(): SchemeError | undefined {
    const problem = ntlmProblem(this.#state.options)
    return problem === undefined ? undefined : protocol(problem)
  }

  #negotiate(connection: Connection): string {
    const message = negotiateMessage()
    this.#state.connections.set(connection, "begun")
    this.#stage = { _tag: "Negotiated", message }
    return this.#field(this.#state.framing.first(message))
  }

  #prove(connection: Connection, negotiate: Uint8Array, token: string): Effect.Effect<string, SchemeError> {
    const { framing, options, peer } = this.#state
    const read = Result.flatMap(decodeToken(token), framing.read)
    if (Result.isFailure(read)) return Effect.fail(read.failure)
    const challenge = readChallenge(read.success.message)
    if (Result.isFailure(challenge)) return Effect.fail(protocol(challenge.failure))
    this.#state.spoken = true
    return Effect.withFiber((fiber) => {
      const account = accountOf(options)
      const message = authenticateMessage({
        negotiate,
        challenge: challenge.success,
        account,
        key: responseKey(account, Redacted.value(options.password)),
        workstation: options.workstation ?? "",
        targetName: `HTTP/${peer.host}`,
        channelBinding: channelBindingOf(options, peer, connection),
        clientChallenge: randomBytes(fiber, 8),
        now: fileTime(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe())
      })
      this.#stage = { _tag: "Proved" }
      return Effect.succeed(this.#field(read.success.wrap(message)))
    })
  }

  #field(token: Uint8Array): string {
    return `${this.#state.name} ${Base64.encode(token)}`
  }

  #refused(response: SchemeResponse): boolean {
    return response.challenges.some((challenge) => {
      if (challenge.token === undefined || challenge.scheme.toLowerCase() !== this.#state.name.toLowerCase()) return false
      const token = decodeToken(challenge.token)
      return Result.isSuccess(token) && this.#state.framing.refused(token.success)
    })
  }
}

/**
 * A connection's certificate binds only a peer that TLS is spoken with: the origin's does not bind a proxy on the way. A
 * connection that is handed over for a login at a proxy holds the proxy's own certificate, or none.
 */
const channelBindingOf = (options: NtlmOptions, peer: SchemePeer, connection: Connection): Uint8Array | undefined =>
  options.channelBinding === "off" || !peer.secure || connection.certificate === undefined ? undefined : tlsServerEndPoint(connection.certificate)

/** What is wrong with the options, without showing them; `undefined`: nothing. */
const ntlmProblem = (options: NtlmOptions): string | undefined => accountProblem({ ...options, password: Redacted.value(options.password) })

const make = (name: string, strength: number, framing: Framing, options: NtlmOptions): Scheme => {
  const account = accountOf(options)
  return {
    name,
    strength,
    bound: true,
    exposes: false,
    identity: account.domain === "" ? account.user : `${account.domain}\\${account.user}`,
    warning: retiring,
    problem: ntlmProblem(options),
    secrets: () => [Redacted.value(options.password)],
    open: (peer) => new Ntlm(name, framing, options, peer)
  }
}

/**
 * NTLMv2 under its own name, `NTLM` (strength 20). Each request goes over a connection that is reserved for it; one that is
 * logged in stays so, and sends nothing more.
 *
 * Fails with `SchemeError`: `unavailable` where the transport cannot reserve connections, `protocol` for names that cannot be
 * sent (before anything is sent) and for servers that offer less than NTLMv2 with Unicode.
 *
 * @example
 * ```ts
 * Auth.auto({ schemes: [Ntlm.scheme({ username: "CORP\\ada", password })] })
 * ```
 */
export const scheme = (options: NtlmOptions): Scheme => make("NTLM", ntlmStrength, raw, options)

/**
 * NTLMv2 inside SPNEGO, under the name `Negotiate` (strength 21), for servers that do not offer `NTLM` by itself. As `scheme`
 * otherwise; `unavailable` also where the server takes only Kerberos inside `Negotiate`.
 */
export const negotiate = (options: NegotiateOptions): Scheme => make("Negotiate", 21, options.spnego === false ? raw : spnego, options)

/**
 * A session that logs in by NTLMv2 and nothing else: as `NTLM` where the server offers that, else inside `Negotiate`. Logins
 * belong to connections; each connection of the session's own is logged in once.
 *
 * Building a session fails with `ConfigurationInvalid` for names that cannot be sent. Calls fail with `AuthenticationFailed`
 * (`rejected`, or `missing` where the server offers neither) and with `CapabilityUnavailable` where the transport cannot
 * reserve connections.
 *
 * @example
 * ```ts
 * Ntlm.layer({ username: "CORP\\ada", password: Redacted.make("…") })
 * ```
 */
export const layer = (options: NtlmOptions & Pick<AutoOptions, "bufferLimit">): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, autoRecipe("ntlm", {
    bufferLimit: options.bufferLimit,
    // equally strong, and the first is taken: `NTLM` says that it will be let in; `Negotiate` may mean Kerberos only
    schemes: [scheme(options), { ...negotiate(options), strength: ntlmStrength }]
  }))
