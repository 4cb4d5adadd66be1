/**
 * Answers what a server asks for, by the strongest scheme that server, caller and platform have in common.
 *
 * The rules, so that nobody in between can talk a client into giving its password away:
 * - of what is offered the strongest enabled scheme is taken; one that this platform cannot do is passed over, and why is kept
 * - a scheme that the server refused is never followed by a weaker one in the same call
 * - where an origin has taken a stronger scheme before, an offer of only weaker ones is a failure
 * - a weaker scheme than the caller enabled is used with a warning, once an origin
 * - what is learnt at an origin stays there
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AuthenticationFailed, type AuthenticationReason, type CallError, CapabilityUnavailable } from "../../../errors/CallError.ts"
import type { Failure } from "../../../errors/Failure.ts"
import { ConfigurationInvalid, type Setting } from "../../../errors/SessionError.ts"
import {
  Authentication,
  type AuthenticationContext,
  type AuthenticationHop,
  type AuthenticationOffer,
  type AuthenticationResponse,
  type AuthenticationStatus,
  type Authenticator,
  type Credentials
} from "../../../services/Authentication.ts"
import type { Challenge, Scheme, SchemeError, SchemeLogin, SchemeRequest, SchemeState } from "../../../services/Scheme.ts"
import { isScheme, parseChallenges } from "../../../wire/challenge.ts"
import * as Headers from "../../../wire/headers.ts"
import { parsePersistentAuth } from "../../../wire/negotiate.ts"
import type { UserPassword } from "../fixed.ts"
import { challengeFor, choiceText, downgradedFrom, pickScheme } from "./choose.ts"
import { digest as digestScheme, type DigestOptions } from "./digest.ts"

/** Settings of {@link auto}. */
export interface AutoOptions {
  /** what may be used; their order does not matter, but between schemes of one strength */
  readonly schemes: ReadonlyArray<Scheme>
  /**
   * name of the scheme to begin with before the server asks, where that can be: `Basic` and `Negotiate`. It saves a round
   * trip, and gives the credentials to servers that may not have asked for them. Default: none
   */
  readonly preemptive?: string | undefined
  /**
   * bytes of a body that are kept in memory, where it is a stream that can be sent once only and may have to be sent again;
   * longer ones fail before anything is sent. Default 1 MiB
   */
  readonly bufferLimit?: number | undefined
}

/**
 * Whatever the server asks for, as far as it is enabled: the strongest of its schemes that is in `schemes` and works here
 * (Negotiate by Kerberos, then Digest, NTLM, Basic). Basic is refused where it would travel readably. What was taken is
 * remembered for each origin, so that later requests need no challenge; `explain` and `status` show it with the reasons
 * against the others.
 *
 * Fails with `AuthenticationFailed`: `rejected` (the server refused the scheme that was taken), `missing` (it offers nothing
 * that is enabled), `insecure` (only what would show the password), `downgrade` (only less than it took before), `mutual` (it
 * did not prove who it is); with `CapabilityUnavailable` where what it offers does not work on this platform; and with
 * `InvalidInput` for a body that can be sent only once and is longer than `bufferLimit`. Building a session fails with
 * `ConfigurationInvalid` for no scheme at all, credentials that cannot be sent, and a `preemptive` that names none of them.
 *
 * @example
 * ```ts
 * const user = { username: "ada", password: Redacted.make("…") }
 * Auth.auto({ schemes: [Kerberos.scheme(), Scheme.digest(user), Scheme.basic(user)] })
 * ```
 */
export const auto = (options: AutoOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, autoRecipe("auto", options))

/**
 * User name and password by Digest (RFC 7616), which does not send the password. Servers that want the password itself get
 * nothing: see {@link auto} for those that may offer either. Calls, and building a session, fail as with {@link auto}.
 *
 * @example
 * ```ts
 * Auth.digest({ username: "ada", password: Redacted.make("…") })
 * ```
 */
export const digest = (user: UserPassword, options: DigestOptions & Pick<AutoOptions, "bufferLimit"> = {}): Layer.Layer<Authentication> =>
  layerOf(digestScheme(user, options), options)

/** Authentication by one scheme alone; `status` calls it by the scheme's name. */
export const layerOf = (scheme: Scheme, options: Omit<AutoOptions, "schemes"> = {}): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, autoRecipe(scheme.name.toLowerCase(), { ...options, schemes: [scheme] }))

const defaultBufferLimit = 1024 * 1024

/** The recipe behind the layers; `method` names it in `status` and in what is wrong with its options. */
export const autoRecipe = (method: string, options: AutoOptions): Authentication["Service"] => ({
  method,
  make: (context) => {
    const wrong = problems(method, options)
    return wrong.length > 0 ? Effect.fail(new ConfigurationInvalid({ settings: wrong })) : Effect.sync(() => make(method, options, context))
  }
})

const problems = (method: string, { bufferLimit, preemptive, schemes }: AutoOptions): ReadonlyArray<Setting> => [
  ...(schemes.length === 0 ? [{ name: `${method} (schemes)`, expected: "expected at least one scheme" }] : []),
  ...schemes.flatMap(({ name, problem }) => problem === undefined ? [] : [{ name: `${name.toLowerCase()} authentication`, expected: problem }]),
  ...(preemptive === undefined || schemes.some(({ name }) => isScheme(name, preemptive))
    ? []
    : [{ name: `${method} (preemptive)`, expected: "expected the name of one of its schemes" }]),
  ...(bufferLimit === undefined || bufferLimit >= 0 ? [] : [{ name: `${method} (bufferLimit)`, expected: "expected a number of bytes" }])
]

/** logins that belong to connections never meet those of another session */
let partitions = 0

/** One request's way through the scheme that was taken for it. */
interface Attempt {
  readonly scheme: Scheme
  readonly login: SchemeLogin
  /** something was said that the server can refuse */
  said: boolean
}

/** What is known of one origin. */
class Origin {
  readonly #peer: Parameters<Scheme["open"]>[0]
  readonly #states = new Map<Scheme, SchemeState>()
  /** what it took last: the next request begins with it */
  chosen: Scheme | undefined
  /** the strongest that it ever took */
  proven: Scheme | undefined
  offer: AuthenticationOffer | undefined
  warned = false

  constructor({ hostname, port, protocol }: URL) {
    const secure = protocol === "https:"
    this.#peer = { side: "origin", host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? (secure ? 443 : 80) : Number(port), secure }
  }

  begin(scheme: Scheme, hop: AuthenticationHop): Attempt {
    let state = this.#states.get(scheme)
    if (state === undefined) this.#states.set(scheme, state = scheme.open(this.#peer))
    return { scheme, login: state.begin(requestOf(hop)), said: false }
  }

  took(scheme: Scheme): void {
    this.chosen = scheme
    if (this.proven === undefined || scheme.strength > this.proven.strength) this.proven = scheme
    if (this.offer?.chosen === scheme.name) return
    // begun without being asked, or taken after it was refused once
    const { [scheme.name]: _, ...passedOver } = this.offer?.passedOver ?? {}
    this.offer = { offered: this.offer?.offered ?? [], chosen: scheme.name, passedOver }
  }

  passOver(name: string, reason: string): void {
    const { offered = [], passedOver } = this.offer ?? {}
    const chosen = this.offer?.chosen === name ? undefined : this.offer?.chosen
    this.offer = { offered, chosen, passedOver: { ...passedOver, [name]: reason } }
  }
}

const requestOf = ({ body, connection, method, url }: AuthenticationHop): SchemeRequest => ({
  method,
  target: url.pathname + url.search,
  body: body === undefined ? "" : body._tag === "Bytes" ? body.bytes : undefined,
  connection
})

const nothing: Credentials = { headers: {}, generation: 0 }

const credentialsOf = (authorization: string | undefined): Credentials => authorization === undefined ? nothing : { headers: { authorization }, generation: 1 }

const make = (method: string, options: AutoOptions, context: AuthenticationContext): Authenticator => {
  const { bufferLimit = defaultBufferLimit, preemptive } = options
  // what is weaker comes later; a stable sort keeps the order of equals
  const schemes = [...options.schemes].sort((a, b) => b.strength - a.strength)
  const preferred = preemptive === undefined ? undefined : schemes.find(({ name }) => isScheme(name, preemptive))
  const partition = schemes.some(({ bound }) => bound) ? `${method}-${++partitions}` : undefined
  const origins = new Map<string, Origin>()
  const attempts = new WeakMap<AuthenticationHop, Attempt>()
  const warned = new Set<Scheme>()

  const originOf = (hop: AuthenticationHop): Origin => {
    let origin = origins.get(hop.url.origin)
    if (origin === undefined) origins.set(hop.url.origin, origin = new Origin(hop.url))
    return origin
  }

  /** what a request begins with, before the server asks */
  const beginning = (hop: AuthenticationHop, origin: Origin): Attempt | undefined => {
    const scheme = origin.chosen ?? preferred
    // a login that needs a connection of its own cannot be made here
    return scheme === undefined || (scheme.bound && hop.connection === undefined) ? undefined : origin.begin(scheme, hop)
  }

  /** says something, and tells once what there is to tell about the scheme */
  const say = (hop: AuthenticationHop, attempt: Attempt, value: string): Effect.Effect<Credentials, CallError> => {
    const { scheme } = attempt
    // a mistake of the scheme's; transports that find it quote the value
    if (Headers.fieldProblem("authorization", value) !== undefined) {
      return schemeFailed(hop, scheme, { reason: "protocol", detail: "what it wants to say cannot stand in a field" })
    }
    attempt.said = true
    attempts.set(hop, attempt)
    const credentials = Effect.succeed(credentialsOf(value))
    if (scheme.warning === undefined || warned.has(scheme)) return credentials
    warned.add(scheme)
    return Effect.andThen(Effect.logWarning(scheme.warning), credentials)
  }

  const credentials = (hop: AuthenticationHop): Effect.Effect<Credentials, CallError> => {
    const origin = originOf(hop)
    const attempt = beginning(hop, origin)
    if (attempt === undefined) return Effect.succeed(nothing)
    const { scheme } = attempt
    if (scheme.exposes && !hop.secure) return failed(hop, "insecure", insecureDetail(scheme))
    return Effect.matchEffect(attempt.login.first(scheme === preferred), {
      onSuccess: (value) => {
        attempts.set(hop, attempt)
        return value === undefined ? Effect.succeed(nothing) : say(hop, attempt, value)
      },
      onFailure: (error) => {
        if (error.reason !== "unavailable") return schemeFailed(hop, scheme, error)
        // perhaps the server asks for nothing, or offers something else
        origin.passOver(scheme.name, error.detail)
        return Effect.succeed(nothing)
      }
    })
  }

  const challenged = (hop: AuthenticationHop, response: AuthenticationResponse): Effect.Effect<Credentials | undefined, CallError> =>
    Effect.suspend(() => {
      const origin = originOf(hop)
      const challenges = parseChallenges(Headers.getAll(response.headers, "www-authenticate"))
      const attempt = attempts.get(hop)
      const own = attempt === undefined ? [] : challenges.filter(({ scheme }) => isScheme(scheme, attempt.scheme.name))
      const [first, ...others] = own
      if (attempt === undefined || first === undefined) return taking(hop, origin, response, challenges, attempt)
      // which of two schemes of one name a challenge is for, is told by what was said before
      return Effect.matchEffect(attempt.login.answer(challengeFor({ scheme: attempt.scheme, challenges: [first, ...others] })), {
        onSuccess: (value) => value === undefined ? taking(hop, origin, response, challenges, attempt) : say(hop, attempt, value),
        onFailure: (error) => {
          if (attempt.said || error.reason !== "unavailable") return schemeFailed(hop, attempt.scheme, error, response)
          // its login has come to nothing yet: what the server offers besides is open
          origin.passOver(attempt.scheme.name, error.detail)
          attempts.delete(hop)
          return taking(hop, origin, response, challenges, undefined)
        }
      })
    })

  /** takes the strongest that is offered; `refused`: what the server did not take in this call */
  const taking = (
    hop: AuthenticationHop,
    origin: Origin,
    response: AuthenticationResponse,
    challenges: ReadonlyArray<Challenge>,
    attempt: Attempt | undefined
  ): Effect.Effect<Credentials | undefined, CallError> =>
    Effect.gen(function*() {
      const refused = attempt?.said === true ? attempt.scheme : undefined
      const choice = pickScheme(schemes, challenges, { exposing: hop.secure })
      const passedOver: Record<string, string> = { ...choice.passedOver }
      const remember = (chosen: string | undefined): void => {
        origin.offer = { offered: choice.offered, chosen, passedOver: { ...passedOver } }
      }
      if (refused !== undefined) passedOver[refused.name] = "refused by the server"
      const before = downgradedFrom(choice, origin.proven)
      if (before !== undefined) {
        remember(undefined)
        const words = `downgrade refused: this server took ${before.name} before, and now ${choiceText(choice, passedOver)}`
        return yield* failed(hop, "downgrade", words, response)
      }
      let unavailable: { readonly scheme: Scheme; readonly error: Trouble } | undefined
      for (const candidate of choice.candidates) {
        const { scheme } = candidate
        // a scheme that was refused, and what is weaker, is not tried in its place
        if (refused !== undefined && scheme.strength <= refused.strength) {
          if (scheme.name !== refused.name) passedOver[scheme.name] ??= `${refused.name} was refused, and nothing weaker takes its place`
          continue
        }
        if (scheme.bound && hop.connection === undefined) {
          passedOver[scheme.name] = unreserved
          unavailable ??= { scheme, error: noConnection() }
          continue
        }
        const next = origin.begin(scheme, hop)
        const said = yield* Effect.matchEffect(next.login.answer(challengeFor(candidate)), {
          onSuccess: Effect.succeed,
          onFailure: (error): Effect.Effect<SchemeError, CallError> =>
            error.reason === "unavailable" ? Effect.succeed(error) : schemeFailed(hop, scheme, error, response)
        })
        if (typeof said === "string") {
          for (const { scheme: other } of choice.candidates) {
            if (other.name !== scheme.name) passedOver[other.name] ??= `weaker than ${scheme.name}`
          }
          remember(scheme.name)
          yield* warnOfWeaker(hop, origin, scheme, passedOver)
          return yield* say(hop, next, said)
        }
        passedOver[scheme.name] = said === undefined ? "has nothing to say to this challenge" : said.detail
        if (said !== undefined) unavailable ??= { scheme, error: said }
      }
      remember(undefined)
      if (refused !== undefined) return undefined
      const words = choice.offered.length === 0
        ? "the server answered 401 without saying what it wants (no WWW-Authenticate)"
        : `${choiceText(choice, passedOver)}; enabled: ${[...new Set(schemes.map(({ name }) => name))].join(", ")}`
      const insecure = schemes.find((scheme) => scheme.exposes && !hop.secure && choice.offered.some((name) => isScheme(name, scheme.name)))
      if (insecure !== undefined) return yield* failed(hop, "insecure", words, response)
      if (unavailable !== undefined) return yield* schemeFailed(hop, unavailable.scheme, unavailable.error, response, words)
      return yield* failed(hop, "missing", words, response)
    })

  /** the caller enabled more than what is used here: that may be the server's poverty, or somebody in between */
  const warnOfWeaker = (hop: AuthenticationHop, origin: Origin, taken: Scheme, passedOver: Readonly<Record<string, string>>): Effect.Effect<void> => {
    const stronger = schemes.filter((scheme) => scheme.strength > taken.strength)
    if (origin.warned || stronger.length === 0) return Effect.void
    origin.warned = true
    const why = [...new Set(stronger.map(({ name }) => `${name}: ${passedOver[name] ?? "not used"}`))].join("; ")
    return Effect.logWarning(`${hop.url.origin} gets ${taken.name}, which is weaker than what is enabled (${why})`)
  }

  const accepted = (hop: AuthenticationHop, response: AuthenticationResponse): Effect.Effect<void, CallError> => {
    const attempt = attempts.get(hop)
    if (attempt === undefined) return Effect.void
    const { login, said, scheme } = attempt
    const { headers, status } = response
    const info = Headers.get(headers, "authentication-info")
    const proof = login.accepted({
      status,
      info,
      challenges: parseChallenges(Headers.getAll(headers, "www-authenticate")).filter((challenge) => isScheme(challenge.scheme, scheme.name)),
      persistent: parsePersistentAuth(Headers.get(headers, "persistent-auth")),
      body: transferred(response)
    })
    return Effect.matchEffect(proof, {
      onFailure: (error) => schemeFailed(hop, scheme, error, response),
      onSuccess: () => Effect.sync(() => {
        // a server that is broken, or does not understand the request, may not have looked at who asks
        if (said && status !== 400 && status < 500) originOf(hop).took(scheme)
      })
    })
  }

  return {
    method,
    credentials,
    challenged: (hop, _used, response) => challenged(hop, response),
    accepted: (hop, _used, response) => accepted(hop, response),
    binds: partition === undefined ? undefined : () => partition,
    guarded: true,
    replays: bufferLimit,
    settled: (hop) => (attempts.get(hop) ?? beginning(hop, originOf(hop)))?.login.settled() === true,
    authenticate: context.probe,
    status: Effect.sync((): AuthenticationStatus => {
      const taken = Array.from(origins.values()).flatMap(({ chosen }) => chosen === undefined ? [] : [chosen])
      const known = Array.from(origins).flatMap(([name, { offer }]) => offer === undefined ? [] : [[name, offer] as const])
      return {
        method,
        state: taken.length === 0 ? "none" : "active",
        generation: taken.length === 0 ? 0 : 1,
        identity: (taken[0] ?? schemes[0])?.identity,
        offers: known.length === 0 ? undefined : Object.fromEntries(known)
      }
    }),
    secrets: function*() {
      for (const scheme of schemes) yield* scheme.secrets()
    }
  }
}

const unreserved = "belongs to a connection, and this transport cannot reserve one"

/** what of a scheme's failure matters here */
type Trouble = Pick<SchemeError, "detail" | "hint" | "reason">

const noConnection = (): Trouble => ({ reason: "unavailable", detail: unreserved, hint: "Use the transport of credence/node" })

const insecureDetail = ({ name }: Scheme): string => `${name} shows the password to whoever reads along, and this is plain http`

const failureOf = (hop: AuthenticationHop, answer: AuthenticationResponse | undefined): Failure =>
  answer === undefined ? hop.failure : hop.answered(answer)

const failed = (
  hop: AuthenticationHop,
  reason: AuthenticationReason,
  detail: string,
  answer?: AuthenticationResponse
): Effect.Effect<never, AuthenticationFailed> =>
  Effect.fail(new AuthenticationFailed({ ...failureOf(hop, answer), reason, detail }))

/** What a scheme's failure means for the call. */
const schemeFailed = (
  hop: AuthenticationHop,
  { name }: Scheme,
  { detail, hint, reason }: Trouble,
  answer?: AuthenticationResponse,
  words = detail
): Effect.Effect<never, CallError> => {
  switch (reason) {
    case "unavailable":
      return Effect.fail(new CapabilityUnavailable({
        ...failureOf(hop, answer),
        capability: `${name} authentication (${words})`,
        hint: hint ?? "Enable another scheme that the server offers"
      }))
    case "mutual":
      return failed(hop, "mutual", `${name}: ${detail}`, answer)
    case "protocol":
      return failed(hop, "rejected", `${name}: ${detail}`, answer)
  }
}

/** A body that was decompressed, or is still on its way, is not what was transferred; one of the length that was told is. */
const transferred = ({ body, headers }: AuthenticationResponse): Uint8Array | undefined =>
  Headers.get(headers, "content-length") === String(body.length) ? body : undefined
