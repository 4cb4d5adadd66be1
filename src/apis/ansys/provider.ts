/**
 * Tokens of the OpenID provider that an API names in its challenge.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { CallError } from "../../errors/CallError.ts"
import { ConfigurationInvalid, type Setting } from "../../errors/SessionError.ts"
import { ask } from "../../layers/auth/ask.ts"
import { fingerprint } from "../../layers/auth/record.ts"
import { refresh } from "../../layers/auth/refreshToken.ts"
import { type IssuedToken, makeShelves, renewable, type RenewalRequest } from "../../layers/auth/renewable.ts"
import type { Authentication, AuthenticationContext, Authenticator, Credentials } from "../../services/Authentication.ts"
import type { PolicyOptions } from "../../services/Policy.ts"
import type { ProxyOption, TlsOptions } from "../../services/Transport.ts"
import { parseChallenges } from "../../wire/challenge.ts"
import { fieldProblem, getAll } from "../../wire/headers.ts"
import * as Oidc from "../../wire/oidc.ts"
import { isSuccess } from "../../wire/status.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import { checkRoot, refused, withoutCredentials } from "./root.ts"

/** Which provider, and as which client. What is not given is taken from the API's challenge. */
export interface ProviderOptions {
  /** the provider's URL. Where it is given, an API that names another one gets nothing */
  readonly authority?: string | undefined
  /** in place of the provider's own configuration: absolute */
  readonly tokenUrl?: string | undefined
  readonly clientId?: string | undefined
  /** default: what the API names, else none */
  readonly scope?: string | undefined
  /** sent to the API as the header `audience`, as the official client does where the API names one */
  readonly audience?: string | undefined
  /** how the provider is reached, where that is not as the API is; laid over the session's own settings */
  readonly provider?: ProviderConnection | undefined
}

/** Ways of the provider's own. */
export interface ProviderConnection {
  /** its members beat those of the session. A client certificate of the session is not shown to the provider, one that is given here is */
  readonly tls?: TlsOptions | undefined
  readonly proxy?: ProxyOption | undefined
  /** of one request */
  readonly timeout?: PolicyOptions["timeout"] | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface GivenToken extends ProviderOptions {
  /** to begin with; `undefined`: only what a store has */
  readonly refreshToken?: Redacted.Redacted<string> | undefined
  /** tells tokens of one API from each other in a store */
  readonly name: string
}

/** Where tokens come from, as far as it is known. */
interface Place {
  readonly tokenUrl: string
  readonly clientId: string
  readonly scope: string | undefined
  readonly audience: string | undefined
}

/** What the API says to whoever comes without a token: nothing is asked for, or where to get one. */
type Found = "open" | Place

const nothing: Credentials = { headers: {}, generation: 0 }

export const providerRecipe = (options: GivenToken): Authentication["Service"] => {
  // beside the recipe, not in `make`: each session with a copy of its own would spend what another one has spent
  const shelves = makeShelves()
  return {
    method: "oidc",
    make: (context) =>
      Effect.gen(function*() {
        const wrong = problems(options)
        if (wrong.length > 0) return yield* new ConfigurationInvalid({ settings: wrong })
        const { name, refreshToken } = options
        const provider = reaching(context, options.provider)
        const initial = refreshToken === undefined ? undefined : { refreshToken: Redacted.value(refreshToken) }
        const stored = initial === undefined ? yield* named(context, name) : undefined
        const place = discover(context, provider, options)
        const found = yield* once(initial === undefined ? place : Effect.tap(place, (at) => at === "open" ? Effect.void : remember(context, name, fingerprint(initial.refreshToken))))
        const inner = yield* renewable(context, {
          method: "oidc",
          // the token itself says whose it is: what was given is added to the key, and a name leads to it
          key: stored === undefined ? [] : [stored],
          shelves,
          initial,
          login: initial === undefined && stored === undefined
            ? Effect.fail(refused(context, `no token is stored under the name ${JSON.stringify(name)}: sign in once with a refresh token, over the same store`))
            : undefined,
          refresh: (token, request) => token.refreshToken === undefined ? undefined : Effect.flatMap(found, (at) => redeemed(provider, at, token, request)),
          rotates: true,
          headers: ({ accessToken, more }) => ({ authorization: `Bearer ${accessToken}`, ...(more?.["audience"] === undefined ? {} : { audience: more["audience"] }) })
        })
        return opening(inner, found, checkRoot(context))
      })
  }
}

/** the next token, with the audience that goes along with it */
const redeemed = (context: AuthenticationContext, found: Found, token: IssuedToken, request: RenewalRequest): Effect.Effect<IssuedToken, CallError> =>
  found === "open"
    ? Effect.fail(refused(context, "the API asks for no token"))
    : Effect.map(refresh(context, found, token, request) ?? Effect.fail(refused(context, "there is no refresh token")), (issued): IssuedToken =>
      found.audience === undefined ? issued : { ...issued, more: { audience: found.audience } })

/** where a name is kept */
const nameKey = (context: AuthenticationContext, name: string): string => JSON.stringify(["oidc name", context.api, redactedBaseUrl(context.baseUrl), name])

/** which token a name stands for: not the token, but what tells it from others */
const named = (context: AuthenticationContext, name: string): Effect.Effect<string | undefined> =>
  context.store === undefined
    ? Effect.undefined
    : context.store.load(nameKey(context, name)).pipe(
      Effect.map((value) => value === undefined ? undefined : Redacted.value(value)),
      Effect.catch((error) => Effect.as(context.tell({ _tag: "StoreFailed", error }), undefined))
    )

/** From now on a name stands for this token. A store that does not take it is told about, and is no reason to fail. */
const remember = (context: AuthenticationContext, name: string, value: string): Effect.Effect<void> => {
  const { store } = context
  if (store === undefined) return Effect.void
  const key = nameKey(context, name)
  return Effect.flatMap(store.load(key), (before) =>
    before !== undefined && Redacted.value(before) === value
      ? Effect.void
      : Effect.scoped(Effect.flatMap(store.lease(key), (lease) => lease.save(Redacted.make(value))))).pipe(
    Effect.catch((error) => context.tell({ _tag: "StoreFailed", error }))
  )
}

const problems = (options: GivenToken): ReadonlyArray<Setting> => [
  ...(options.authority === undefined || Oidc.configurationUrl(options.authority) !== undefined ? [] : [{ name: "authority", expected: "expected the provider's http or https URL" }]),
  ...(options.tokenUrl === undefined || URL.canParse(options.tokenUrl) ? [] : [{ name: "tokenUrl", expected: "expected an absolute URL" }]),
  ...(options.name === "" ? [{ name: "name", expected: "expected a name" }] : []),
  ...(options.clientId === "" ? [{ name: "clientId", expected: "expected the client's id" }] : []),
  ...(options.refreshToken !== undefined && Redacted.value(options.refreshToken) === "" ? [{ name: "refreshToken", expected: "expected a refresh token" }] : []),
  ...Object.entries({ audience: options.audience, ...options.provider?.headers }).flatMap(([name, value]) => {
    const problem = value === undefined ? undefined : fieldProblem(name, value)
    return problem === undefined ? [] : [{ name, expected: problem }]
  })
]

/**
 * Runs an effect until it has succeeded once, for whoever comes first; the others wait. Who waited while it failed for
 * another one does not try again.
 */
const once = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<Effect.Effect<A, E>> =>
  Effect.sync(() => {
    let done: Effect.Effect<A> | undefined
    let failed: { readonly attempt: number; readonly error: E } | undefined
    let attempts = 0
    const turn = Semaphore.makeUnsafe(1)
    const attempt = Effect.suspend(() => {
      const number = ++attempts
      return Effect.tapError(Effect.tap(effect, (value) => Effect.sync(() => void (done = Effect.succeed(value)))), (error) =>
        Effect.sync(() => void (failed = { attempt: number, error })))
    })
    return Effect.suspend(() => {
      const before = attempts
      return done ?? turn.withPermit(Effect.suspend(() => done ?? (failed !== undefined && failed.attempt > before ? Effect.fail(failed.error) : attempt)))
    })
  })

const lower = (headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** the same, but that requests go as the provider is reached */
const reaching = (context: AuthenticationContext, connection: ProviderConnection | undefined): AuthenticationContext => {
  if (connection === undefined) return context
  const { headers, ...options } = connection
  return { ...context, send: (request) => context.send({ ...request, headers: { ...lower(headers), ...request.headers }, options }) }
}

/** Where tokens come from: as given, and what is missing as the API and the provider say. */
const discover = (context: AuthenticationContext, provider: AuthenticationContext, options: GivenToken): Effect.Effect<Found, CallError> =>
  Effect.gen(function*() {
    const { audience, clientId, scope, tokenUrl } = options
    if (tokenUrl !== undefined && clientId !== undefined) return { tokenUrl, clientId, scope, audience }
    const challenge = yield* challengeOf(context)
    if (challenge === "open") return challenge
    const authority = options.authority ?? challenge.authority
    const client = clientId ?? challenge.clientId
    const missing = [...(authority === undefined && tokenUrl === undefined ? ["authority"] : []), ...(client === undefined ? ["clientid"] : [])]
    if (missing.length > 0 || client === undefined) return yield* refused(context, `the API's challenge does not name its OpenID provider (${missing.join(", ")})`, 401)
    const named = options.authority !== undefined && challenge.authority !== undefined
    if (named && options.authority.replace(/\/+$/, "") !== challenge.authority.replace(/\/+$/, "")) {
      return yield* refused(context, "the API names another OpenID provider than the one that was given", 401)
    }
    const place = { clientId: client, scope: scope ?? challenge.scope, audience: audience ?? usable(challenge.audience) }
    return { ...place, tokenUrl: tokenUrl ?? (yield* tokenUrlOf(provider, authority ?? "")) }
  })

/** what a server wants to be sent back must be able to stand in a field */
const usable = (audience: string | undefined): string | undefined =>
  audience === undefined || fieldProblem("audience", audience) !== undefined ? undefined : audience

/** which provider the API names to a request without credentials */
const challengeOf = (context: AuthenticationContext): Effect.Effect<"open" | Oidc.ProviderChallenge, CallError> =>
  Effect.flatMap(withoutCredentials(context), (answer): Effect.Effect<"open" | Oidc.ProviderChallenge, CallError> => {
    if (answer === "open") return Effect.succeed(answer)
    const provider = Oidc.providerOf(parseChallenges(getAll(answer.headers, "www-authenticate")))
    return provider === undefined
      ? Effect.fail(refused(context, "the API does not take tokens of an OpenID provider: its challenge has no Bearer", 401))
      : Effect.succeed(provider)
  })

const tokenUrlOf = (context: AuthenticationContext, authority: string): Effect.Effect<string, CallError> => {
  const url = Oidc.configurationUrl(authority)
  if (url === undefined) return Effect.fail(refused(context, "the API's challenge names an OpenID provider by what is no http or https URL", 401))
  return ask(context, { operation: "OpenID configuration", method: "GET", url, headers: { accept: "application/json" } }, {
    reason: "login",
    secrets: () => [],
    read: ({ json, status }) => isSuccess(status)
      ? Result.map(Oidc.readConfiguration(authority, json), ({ tokenUrl }) => tokenUrl)
      : Result.fail("the OpenID provider does not tell its configuration")
  })
}

/** An authenticator that sends nothing where the API asks for nothing. */
const opening = (inner: Authenticator, found: Effect.Effect<Found, CallError>, proof: Effect.Effect<void, CallError>): Authenticator => ({
  ...inner,
  credentials: (hop) => Effect.flatMap(found, (place) => place === "open" ? Effect.succeed(nothing) : inner.credentials(hop)),
  challenged: (hop, used, response, round) => used.generation === 0 ? Effect.undefined : inner.challenged(hop, used, response, round),
  authenticate: Effect.flatMap(found, (place) => place === "open" ? Effect.void : Effect.andThen(inner.authenticate, proof))
})
