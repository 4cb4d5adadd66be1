/**
 * An authenticator over renewable credentials: the one place that knows how a 401 and a generation belong together.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type AuthenticationFailed, type CallError, SessionClosed } from "../../errors/CallError.ts"
import type { AuthenticationContext, AuthenticationHop, AuthenticationResponse, AuthenticationStatus, Authenticator, Credentials } from "../../services/Authentication.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import * as Timing from "./timing.ts"
import * as Tokens from "./tokens.ts"

export interface TokenAuthenticatorOptions<A> {
  readonly method: string
  readonly redeem: Tokens.Redeem<A, CallError>
  readonly initial?: Tokens.Redeemed<A> | undefined
  /** see {@link Tokens.TokensOptions} */
  readonly ahead?: boolean | undefined
  readonly covers?: ((value: A, scopes: ReadonlyArray<string>) => boolean) | undefined
  /** it can be asked for more scopes */
  readonly stepsUp?: boolean | undefined
  /** reads the scopes that are missing out of a 403, so that it is answered by asking for them */
  readonly escalates?: ((response: AuthenticationResponse) => ReadonlyArray<string> | undefined) | undefined
  /** the headers of a request; may depend on its URL */
  readonly headers: (value: A, hop: AuthenticationHop) => Effect.Effect<Readonly<Record<string, string>>>
  readonly secrets: (value: A) => Iterable<string>
  /** secrets besides the credential, such as the password */
  readonly moreSecrets: () => Iterable<string>
  readonly identity?: ((value: A) => string | undefined) | undefined
  readonly scopes?: ((value: A) => ReadonlyArray<string> | undefined) | undefined
  /** the token itself; `undefined`: it is none that another program could use */
  readonly token?: ((value: A) => string) | undefined
  readonly store?: (() => AuthenticationStatus["store"]) | undefined
  /** called when the session closes, with the last credential, if there is one */
  readonly close?: ((token: Tokens.Token<A>) => Effect.Effect<void>) | undefined
}

/** An authenticator, and the credentials that it is made of. */
export interface TokenAuthenticator<in out A> extends Authenticator {
  readonly tokens: Tokens.Tokens<A, CallError>
}

export const make = <A>(context: AuthenticationContext, options: TokenAuthenticatorOptions<A>): Effect.Effect<TokenAuthenticator<A>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const random = yield* Random.Random
    // registered before the tokens' own finalizer, so that it runs after it: a rotation that comes home is closed as well
    let last: () => Tokens.Token<A> | undefined = () => undefined
    if (options.close !== undefined) {
      const close = options.close
      yield* Effect.addFinalizer(() => Effect.suspend(() => {
        const token = last()
        return token === undefined ? Effect.void : Effect.ignore(Effect.timeoutOption(Effect.interruptible(close(token)), "2 seconds"))
      }))
    }
    const tokens: Tokens.Tokens<A, CallError> = yield* Tokens.make<A, CallError>({
      redeem: options.redeem,
      initial: options.initial,
      ahead: options.ahead,
      covers: options.covers,
      closed: () => new SessionClosed({ operation: "authenticate", method: "-", url: redactedBaseUrl(context.baseUrl), attempts: 0, session: context.session }),
      renewed: (token) => context.tell({ _tag: "Renewed", generation: token.generation, source: token.source, expires: wall(token.ends) }),
      failed: (error, wait) => context.tell({ _tag: "RenewalFailed", error, nextAttempt: clock.currentTimeMillisUnsafe() + wait })
    })
    last = tokens.current
    /** a monotonic time as Unix milliseconds, by what is left until it */
    const wall = (monotonic: number): number | undefined => Number.isFinite(monotonic) ? Math.round(clock.currentTimeMillisUnsafe() + tokens.until(monotonic)) : undefined
    const toCredentials = (token: Tokens.Token<A>, hop: AuthenticationHop): Effect.Effect<Credentials> =>
      Effect.mapEager(options.headers(token.value, hop), (headers) => ({ headers, generation: token.generation }))
    const { escalates, token: tokenOf } = options
    // what the server did not give when it was asked is not asked for again
    const refused = new Set<string>()
    // the last generation that a 401 was told of
    let told = 0
    // renewals in a row that were in vain: the new one met a 401 at once. Which one was the last, and when it may be renewed
    const vain = { count: 0, generation: 0, until: -Infinity }
    const now = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    /** where renewing goes on not to help, the 401 is the answer for a while */
    const renewedInVain = (generation: number): void => {
      if (generation <= vain.generation) return
      vain.generation = generation
      vain.until = ++vain.count > 1 ? now() + Timing.backOff(vain.count, random.nextDoubleUnsafe()) : -Infinity
    }
    return {
      method: options.method,
      tokens,
      credentials: (hop) => {
        const present = tokens.present()
        return present === undefined ? Effect.flatMap(Effect.suspend(() => tokens.get()), (token) => toCredentials(token, hop)) : toCredentials(present, hop)
      },
      // once a call: a 401 for a credential that has just been renewed is the server's last word
      challenged: (hop, used, _response, round) => {
        const { generation } = used
        if (round > 0) {
          renewedInVain(generation)
          return Effect.undefined
        }
        const current = tokens.current()
        const isPresent = current !== undefined && current.generation === generation && !tokens.isExpired(current)
        if (generation > vain.generation) vain.count = 0
        else if (isPresent && now() < vain.until) return Effect.undefined
        const telling = isPresent && generation > told ? context.tell({ _tag: "Rejected", generation }) : Effect.void
        told = Math.max(told, generation)
        return Effect.andThen(telling, Effect.flatMap(Effect.suspend(() => tokens.get(generation)), (token) => toCredentials(token, hop)))
      },
      forbidden: escalates === undefined ? undefined : (hop, used, response) => {
        const scopes = escalates(response)
        if (scopes === undefined || scopes.every((scope) => refused.has(scope))) return Effect.undefined
        // one that is said to cover them already would be refused again
        const wider = Effect.flatMap(tokens.stepUp(scopes), (token) => token.generation === used.generation ? Effect.undefined : toCredentials(token, hop))
        return Effect.catchTag(wider, "AuthenticationFailed", (error) => Effect.sync(() => {
          if (isFinal(error)) for (const scope of scopes) refused.add(scope)
          return undefined
        }))
      },
      authenticate: Effect.asVoid(tokens.renew),
      stepUp: options.stepsUp === true ? (scopes) => Effect.asVoid(tokens.stepUp(scopes)) : undefined,
      token: tokenOf === undefined ? undefined : Effect.map(Effect.suspend(() => tokens.get()), ({ value }) => Redacted.make(tokenOf(value), { label: "access token" })),
      status: Effect.sync(() => {
        const token = tokens.current()
        const base = { method: options.method, store: options.store?.() }
        if (token === undefined) return { ...base, state: "none" as const, generation: 0 }
        return {
          ...base,
          state: tokens.isExpired(token) ? "expired" as const : "active" as const,
          generation: token.generation,
          expires: wall(token.ends),
          identity: options.identity?.(token.value),
          scopes: options.scopes?.(token.value),
          source: token.source,
          lastRefresh: token.since,
          nextRefresh: wall(Math.min(token.renews, token.expires))
        }
      }),
      secrets: function*() {
        yield* options.moreSecrets()
        for (const token of tokens.recent()) yield* options.secrets(token.value)
      }
    }
  })

/** The server has said no, and was neither busy nor broken; nor was it the store. */
const isFinal = ({ reason, status }: AuthenticationFailed): boolean => reason !== "store" && (status === undefined || (status < 500 && status !== 429))
