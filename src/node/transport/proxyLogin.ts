/**
 * Logging in at an http proxy. What is learnt about one proxy under one identity is kept in a {@link ProxyLogin}; one request
 * makes its way through it by {@link ProxyRounds}: the value to send at first, and an answer to each 407.
 *
 * The strongest scheme that is offered and enabled is taken. One that was refused is not followed by a weaker one, since
 * then whoever sits in between could choose what the proxy gets to see.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.7 Proxy-Authenticate, Proxy-Authorization
 */
import * as Effect from "effect/Effect"
import { challengeFor, choiceText, downgradedFrom, pickScheme } from "../../layers/auth/challenge/choose.ts"
import type { Challenge, Scheme, SchemeError, SchemeLogin, SchemePeer, SchemeState } from "../../services/Scheme.ts"
import type { Connection } from "../../services/Transport.ts"
import { isScheme, parseChallenges } from "../../wire/challenge.ts"
import { fieldProblem, get, getAll, type ResponseHeaders } from "../../wire/headers.ts"
import { parsePersistentAuth } from "../../wire/negotiate.ts"

/** Nothing can mend it. The text begins behind the proxy's name: `answered 407 …`. */
export interface ProxyRefusal {
  readonly detail: string
  /** a scheme would have served, but not on this platform or in this environment */
  readonly unavailable?: { readonly capability: string; readonly hint: string } | undefined
}

/** What a transport knows about logging in at one proxy under one identity. */
export class ProxyLogin {
  /** `host:port`, as it may be shown */
  readonly label: string
  readonly schemes: ReadonlyArray<Scheme>
  /** what it took last: the next request begins with it, without being asked */
  taken: Scheme | undefined = undefined
  /** the strongest that it ever took */
  proven: Scheme | undefined = undefined
  /** the last request that said nothing was served */
  open = false
  private readonly warned = new Set<Scheme>()
  private readonly peer: SchemePeer
  private readonly states = new Map<Scheme, SchemeState>()
  private readonly connections = new WeakMap<object, Connection>()

  constructor(options: { readonly peer: SchemePeer; readonly label: string; readonly schemes: ReadonlyArray<Scheme> }) {
    this.peer = options.peer
    this.label = options.label
    this.schemes = options.schemes
  }

  state(scheme: Scheme): SchemeState {
    let state = this.states.get(scheme)
    if (state === undefined) this.states.set(scheme, state = scheme.open(this.peer))
    return state
  }

  took(scheme: Scheme): void {
    this.taken = scheme
    if (this.proven === undefined || scheme.strength > this.proven.strength) this.proven = scheme
  }

  /** May a text of the proxy's hold what it was told? Secrets are known; no word of a sentence is as long as a token. */
  repeats(text: string): boolean {
    return /[^\s]{32}/.test(text) || this.schemes.some((scheme) => [...scheme.secrets()].some((secret) => secret.length > 3 && text.includes(secret)))
  }

  /** Tells once what there is to tell about a scheme. */
  warn(scheme: Scheme): Effect.Effect<void> {
    if (scheme.warning === undefined || this.warned.has(scheme)) return Effect.void
    this.warned.add(scheme)
    return Effect.logWarning(scheme.warning)
  }

  /** A connection as the schemes know it, by whatever stands for it: the same object for the same connection. */
  connection(key: object, certificate: Uint8Array | undefined, reused: boolean): Connection {
    let connection = this.connections.get(key)
    if (connection === undefined) this.connections.set(key, connection = { certificate, reused })
    return connection
  }
}

/** A request as the proxy sees it. */
export interface ProxyRequest {
  readonly method: string
  readonly target: string
  readonly body: Uint8Array | string | undefined
}

// More 407s than this for one request are no handshake any more: Negotiate and NTLM take two.
const maxAnswers = 4
const maxChallenges = 32

interface Current {
  readonly scheme: Scheme
  readonly login: SchemeLogin
  readonly connection: Connection | undefined
  /** something was sent by it */
  readonly spoke: boolean
}

/** One request's way through the login. */
export class ProxyRounds {
  private readonly login: ProxyLogin
  private readonly request: ProxyRequest
  private current: Current | undefined = undefined
  private answers = 0
  /** the scheme whose handshake the last answer went on with */
  midway: string | undefined = undefined

  constructor(login: ProxyLogin, request: ProxyRequest) {
    this.login = login
    this.request = request
  }

  /** Must the first request go over a reserved connection? */
  get bound(): boolean {
    return this.login.taken?.bound === true
  }

  /** Will the next request surely be the last, as far as can be known? */
  get settled(): boolean {
    return this.current === undefined ? this.login.schemes.length === 0 || this.login.open : this.current.login.settled()
  }

  /** Value of Proxy-Authorization that is sent without being asked for. */
  first(connection: Connection | undefined): Effect.Effect<string | undefined> {
    const scheme = this.login.taken
    if (scheme === undefined) return Effect.undefined
    return Effect.suspend(() => {
      const login = this.begin(scheme, connection)
      return Effect.map(
        // What goes wrong here is met again, and told, when the proxy asks.
        Effect.catchTag(login.first(true), "SchemeError", () => Effect.undefined),
        (value) => {
          this.current = { scheme, login, connection, spoke: isValue(value) }
          return isValue(value) ? value : undefined
        }
      )
    })
  }

  /**
   * Value that answers a 407. `connect` gives the connection over which it will go, a reserved one where the scheme belongs
   * to connections; where it is not the one before, the proxy has closed that.
   */
  answer<E, R>(headers: ResponseHeaders, connect: Connect<E, R>): Effect.Effect<string, E | Refused, R> {
    return Effect.suspend(() => {
      this.login.open = false
      this.midway = undefined
      const challenges = parseChallenges(getAll(headers, "proxy-authenticate")).slice(0, maxChallenges)
      if (this.login.schemes.length === 0) {
        const offer = choiceText(pickScheme([], challenges, { exposing: true }), {})
        return refused(`it wants a login: ${offer}; give the proxy's user name and password, or \`schemes\``)
      }
      if (++this.answers > maxAnswers) return refused("it keeps asking for a login")
      const { current } = this
      const [first, ...others] = current?.spoke === true ? challenges.filter(({ scheme }) => isScheme(scheme, current.scheme.name)) : []
      return current === undefined || first === undefined
        ? this.choose(challenges, connect)
        : this.goOn(current, challengeFor({ scheme: current.scheme, challenges: [first, ...others] }), challenges, connect)
    })
  }

  /** The answer is no 407. The proxy proves itself here, where the scheme has it do so. */
  accepted(status: number, headers: ResponseHeaders, tunnel: boolean): Effect.Effect<void, Refused> {
    return Effect.suspend(() => {
      const { current, login } = this
      if (current === undefined) {
        login.open = true
        return Effect.void
      }
      const { scheme, spoke } = current
      const proof = current.login.accepted({
        status,
        info: get(headers, "proxy-authentication-info"),
        challenges: parseChallenges(getAll(headers, "proxy-authenticate")).filter((challenge) => isScheme(challenge.scheme, scheme.name)),
        // What a proxy forwards may be the origin's own; of a tunnel's answer all is the proxy's.
        persistent: tunnel ? parsePersistentAuth(get(headers, "persistent-auth")) : undefined,
        body: undefined
      })
      return Effect.mapBoth(proof, {
        onFailure: (error) => new Refused(problem(scheme, error)),
        onSuccess: () => {
          if (spoke) login.took(scheme)
        }
      })
    })
  }

  private begin(scheme: Scheme, connection: Connection | undefined): SchemeLogin {
    return this.login.state(scheme).begin({ ...this.request, connection })
  }

  /** The next round of a handshake, or a newer nonce, or a refusal. */
  private goOn<E, R>(
    current: Current,
    challenge: Challenge,
    challenges: ReadonlyArray<Challenge>,
    connect: Connect<E, R>
  ): Effect.Effect<string, E | Refused, R> {
    const { login, scheme } = current
    return Effect.flatMap(connect(scheme.bound), (connection) => {
      if (scheme.bound && connection !== current.connection) {
        return challenge.token === undefined
          ? this.choose(challenges, connect)
          : refused(`it closed the connection in the middle of the login (${scheme.name})`)
      }
      return Effect.matchEffect(login.answer(challenge), {
        onFailure: (error) => Effect.fail(new Refused(problem(scheme, error))),
        onSuccess: (value) => {
          if (!isValue(value)) return this.choose(challenges, connect)
          if (challenge.token !== undefined) this.midway = scheme.name
          return Effect.succeed(value)
        }
      })
    })
  }

  /** Begins with the strongest scheme that works here; where one was refused already, only with a stronger one. */
  private choose<E, R>(challenges: ReadonlyArray<Challenge>, connect: Connect<E, R>): Effect.Effect<string, E | Refused, R> {
    return Effect.gen({ self: this }, function*() {
      const { login } = this
      const failed = this.current?.spoke === true ? this.current.scheme : undefined
      if (failed !== undefined && failed === login.taken) login.taken = undefined
      const choice = pickScheme(login.schemes, challenges, { exposing: true })
      const passedOver: Record<string, string> = { ...choice.passedOver }
      const before = downgradedFrom(choice, login.proven)
      if (before !== undefined) return yield* refused(`downgrade refused: it took ${before.name} before, and now ${choiceText(choice)}`)
      let missing: SchemeError | undefined
      for (const candidate of choice.candidates) {
        const { scheme } = candidate
        if (failed !== undefined && scheme.strength <= failed.strength) continue
        const connection = yield* connect(scheme.bound)
        const attempt = this.begin(scheme, connection)
        const said = yield* Effect.matchEffect(attempt.answer(challengeFor(candidate)), {
          onFailure: (error) => error.reason === "unavailable" ? Effect.succeed(error) : Effect.fail(new Refused(problem(scheme, error))),
          onSuccess: Effect.succeed
        })
        if (isValue(said)) {
          this.current = { scheme, login: attempt, connection, spoke: true }
          yield* login.warn(scheme)
          return said
        }
        passedOver[scheme.name] = typeof said === "object" ? said.detail : "has nothing to say to this challenge"
        if (typeof said === "object") missing ??= said
      }
      if (failed !== undefined) return yield* refused(`it refused the login (${failed.name})`)
      const enabled = [...new Set(login.schemes.map(({ name }) => name))].join(", ")
      const detail = `it wants another login: ${choiceText(choice, passedOver)}; enabled: ${enabled}`
      if (missing === undefined) return yield* refused(detail)
      return yield* Effect.fail(new Refused({
        detail,
        unavailable: { capability: `a login at proxy ${login.label} (${missing.detail})`, hint: missing.hint ?? "Enable another scheme for this proxy" }
      }))
    })
  }
}

/** Gives the connection over which the next request will go; a reserved one where the scheme belongs to connections. */
export type Connect<E, R> = (bound: boolean) => Effect.Effect<Connection | undefined, E, R>

/** The error channel of the rounds. */
export class Refused {
  readonly refusal: ProxyRefusal
  constructor(refusal: ProxyRefusal) {
    this.refusal = refusal
  }
}

const refused = (detail: string): Effect.Effect<never, Refused> => Effect.fail(new Refused({ detail }))

const problem = (scheme: Scheme, error: SchemeError): ProxyRefusal => ({
  detail: `the login failed (${scheme.name}): ${error.detail}${error.hint === undefined ? "" : `. ${error.hint}`}`
})

// A value that would end the line could add fields of its own, so it is none (and a bug of that scheme). It is written byte by
// byte, where a character beyond them may become the end of a line.
const isValue = (value: unknown): value is string => typeof value === "string" && fieldProblem("proxy-authorization", value) === undefined
