/**
 * Ways to sign in to ICA. Each operation says which credentials it takes, and gets those and no others: the whole API takes a
 * JWT or an API key, `createJwtToken` what a JWT is made from, `refreshJwtToken` a JWT.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { type Answered, ask } from "../../layers/auth/ask.ts"
import { bearerRecipe, type UserPassword } from "../../layers/auth/fixed.ts"
import { fingerprint } from "../../layers/auth/record.ts"
import { type IssuedToken, renewable } from "../../layers/auth/renewable.ts"
import { schemes as schemesOf } from "../../layers/auth/schemes.ts"
import { fromMethods } from "../../layers/config/choose.ts"
import { Authentication, type AuthenticationContext } from "../../services/Authentication.ts"
import * as Basic from "../../wire/basic.ts"
import { fieldProblem } from "../../wire/headers.ts"
import { isRecord, textOf } from "../../wire/json.ts"
import * as Jwt from "../../wire/jwt.ts"
import { isSuccess } from "../../wire/status.ts"
import { summarize } from "./problem.ts"

const declared = {
  JwtAuth: { type: "http", scheme: "bearer" },
  ApiKeyAuth: { type: "apiKey", in: "header", name: "X-API-Key" },
  BasicAuth: { type: "http", scheme: "basic" },
  PsTokenAuth: { type: "http", scheme: "bearer" }
} as const

/**
 * Any credentials by the names of their schemes, for who needs another mixture than the others give.
 *
 * @example
 * ```ts
 * IcaAuth.schemes({ JwtAuth: Redacted.make(jwt), ApiKeyAuth: Redacted.make(key) })
 * ```
 */
export const schemes = /*#__PURE__*/ schemesOf(declared)

/** An API key, sent as `X-API-Key` with each call. Nothing is renewed, since nothing expires. */
export const apiKey = (key: Redacted.Redacted<string>): Layer.Layer<Authentication> => schemes({ ApiKeyAuth: key })

/** Of those who belong to several tenants. */
export interface Tenant {
  /** name of the tenant that the JWT shall be for. Default: the user's only one */
  readonly tenant?: string | undefined
}

/**
 * A JWT that is made from an API key: the key travels only when a JWT is made. ICA refuses to refresh such a JWT, so a new one
 * is made before it expires.
 *
 * @example
 * ```ts
 * IcaAuth.apiKeyToken({ apiKey: Redacted.make("…") })
 * ```
 */
export const apiKeyToken = (options: Tenant & { readonly apiKey: Redacted.Redacted<string> }): Layer.Layer<Authentication> => schemes(byApiKey(options))

/**
 * User name and password, for a JWT that is refreshed before it expires. They do not work for users of a single sign-on.
 *
 * @example
 * ```ts
 * IcaAuth.password({ username: "ada", password: Redacted.make("…"), tenant: "acme" })
 * ```
 */
export const password = (options: Tenant & UserPassword): Layer.Layer<Authentication> => schemes(byPassword(options))

/** A psToken of the platform, for a JWT that is refreshed before it expires. */
export const psToken = (options: Tenant & { readonly psToken: Redacted.Redacted<string> }): Layer.Layer<Authentication> => schemes(byPsToken(options))

/**
 * A JWT that somebody else made. It is sent as it is until it expires; with `refresh` another one is asked for before, which
 * ICA grants unless an API key made it.
 */
export const jwt = (token: Redacted.Redacted<string>, options: { readonly refresh?: boolean | undefined } = {}): Layer.Layer<Authentication> =>
  schemes(byJwt(token, options.refresh === true))

/** By scheme; none of them is a layer, so that nothing else is needed. */
interface Credentials {
  readonly JwtAuth?: Authentication["Service"]
  readonly ApiKeyAuth?: Redacted.Redacted<string>
  readonly BasicAuth?: UserPassword
  readonly PsTokenAuth?: Redacted.Redacted<string>
}

const byApiKey = (options: Tenant & { readonly apiKey: Redacted.Redacted<string> }): Credentials => ({
  JwtAuth: recipe({
    method: "api key",
    tenant: options.tenant,
    key: keyOf(options.apiKey),
    headers: () => ({ "x-api-key": Redacted.value(options.apiKey) }),
    problem: fieldProblem("x-api-key", Redacted.value(options.apiKey)),
    secrets: [Redacted.value(options.apiKey)],
    refused: "the API key is not valid",
    refreshes: false
  }),
  ApiKeyAuth: options.apiKey
})

const byPassword = ({ password, tenant, username }: Tenant & UserPassword): Credentials => {
  const encoded = Basic.encode(username, Redacted.value(password))
  return {
    JwtAuth: recipe({
      method: "password",
      tenant,
      key: username,
      headers: () => ({ authorization: `Basic ${encoded}` }),
      problem: Basic.problem(username, Redacted.value(password)),
      secrets: [Redacted.value(password), encoded],
      refused: "user name or password is wrong, or the tenant is not theirs; users of a single sign-on cannot sign in by them",
      refreshes: true,
      identity: username
    }),
    BasicAuth: { username, password }
  }
}

const byPsToken = (options: Tenant & { readonly psToken: Redacted.Redacted<string> }): Credentials => ({
  JwtAuth: recipe({
    method: "psToken",
    tenant: options.tenant,
    key: keyOf(options.psToken),
    headers: () => ({ authorization: `Bearer ${Redacted.value(options.psToken)}` }),
    problem: fieldProblem("authorization", Redacted.value(options.psToken)),
    secrets: [Redacted.value(options.psToken)],
    refused: "the psToken is not valid, or no longer",
    refreshes: true
  }),
  PsTokenAuth: options.psToken
})

const byJwt = (token: Redacted.Redacted<string>, refreshes: boolean): Credentials => ({ JwtAuth: refreshes ? given(token) : bearerRecipe(token) })

/** tells one key from another in a store, without being one */
const keyOf = (secret: Redacted.Redacted<string>): string => fingerprint(Redacted.value(secret))

/** How a JWT is made. */
interface Making extends Tenant {
  readonly method: string
  /** who asks, for a store */
  readonly key: string
  readonly headers: () => Readonly<Record<string, string>>
  /** what is wrong with what was given */
  readonly problem: string | undefined
  readonly secrets: ReadonlyArray<string>
  /** what a 401 means */
  readonly refused: string
  /** ICA refreshes a JWT that was made so */
  readonly refreshes: boolean
  readonly identity?: string | undefined
}

const accept = "application/vnd.illumina.v3+json"

const recipe = (making: Making): Authentication["Service"] => ({
  method: making.method,
  make: (context) => {
    if (making.problem !== undefined) return Effect.fail(new ConfigurationInvalid({ settings: [{ name: making.method, expected: making.problem }] }))
    if (making.tenant?.isWellFormed() === false) return Effect.fail(new ConfigurationInvalid({ settings: [{ name: "tenant", expected: "expected text without lone surrogates" }] }))
    const query = making.tenant === undefined ? "" : `?tenant=${encodeURIComponent(making.tenant)}`
    const login = Effect.suspend(() =>
      ask(context, { operation: "createJwtToken", method: "POST", url: `/api/tokens${query}`, headers: { accept, ...making.headers() } }, {
        reason: "login",
        read: (answer) => Result.map(read(answer), (token) => making.identity === undefined ? token : { ...token, identity: making.identity }),
        secrets: () => making.secrets,
        refused: making.refused
      })
    )
    return renewable(context, {
      method: making.method,
      key: [making.key, making.tenant],
      login,
      // a JWT that has expired, or was ended meanwhile, is refused: then a new one is made
      refresh: making.refreshes ? (token) => refreshed(context, token) : undefined,
      headers,
      secrets: () => making.secrets
    })
  }
})

/** A given JWT, which only a refresh can follow. */
const given = (token: Redacted.Redacted<string>): Authentication["Service"] => ({
  method: "jwt",
  make: (context) => {
    const value = Redacted.value(token)
    const problem = fieldProblem("authorization", value)
    if (problem !== undefined) return Effect.fail(new ConfigurationInvalid({ settings: [{ name: "jwt", expected: problem }] }))
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const claims = Jwt.claims(value)
      return renewable(context, {
        method: "jwt",
        key: [keyOf(token)],
        initial: { accessToken: value, lifetime: Jwt.lifetime(claims, now), identity: claims?.subject },
        refresh: (current) => refreshed(context, current),
        headers
      })
    })
  }
})

const headers = (token: IssuedToken): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token.accessToken}` })

const refreshed = (context: AuthenticationContext, token: IssuedToken) =>
  ask(context, { operation: "refreshJwtToken", method: "POST", url: "/api/tokens:refresh", headers: { accept, ...headers(token) } }, {
    reason: "refresh",
    read: (answer) => Result.map(read(answer), (next) => ({ ...next, identity: token.identity ?? next.identity })),
    secrets: () => [token.accessToken],
    refused: "the JWT is not valid any more"
  })

/** Reads an answer of the token endpoints; a failure is what is wrong with it. */
const read = ({ json, status, time }: Answered): Result.Result<IssuedToken, string> => {
  if (!isSuccess(status)) return Result.fail(summarize(json) ?? "the server refused")
  const token = isRecord(json) ? textOf(json["token"]) : undefined
  if (token === undefined) return Result.fail("the answer has no token: a proxy or login page may have answered instead")
  const problem = fieldProblem("authorization", token)
  if (problem !== undefined) return Result.fail(problem)
  const claims = Jwt.claims(token)
  // by the server's clock: ours may be wrong
  return Result.succeed({ accessToken: token, lifetime: Jwt.lifetime(claims, claims?.issuedAt ?? time), identity: claims?.subject })
}

/** The recipe of such credentials, which needs nothing but itself. */
const recipeOf = (credentials: Credentials): Effect.Effect<Authentication["Service"]> =>
  Effect.provide(Authentication, schemes(credentials))

/**
 * Picks the way to sign in by what is set:
 *
 * | variables | `<PREFIX>_METHOD` | what happens |
 * | --- | --- | --- |
 * | `API_KEY` | `apikey` | the key goes with each call |
 * | `API_KEY` (and `TENANT`) | `apikey-token` | a JWT is made from it; only where `METHOD` says so |
 * | `USERNAME`, `PASSWORD` (and `TENANT`) | `password` | a JWT is made, and refreshed |
 * | `PS_TOKEN` (and `TENANT`) | `pstoken` | a JWT is made, and refreshed |
 * | `TOKEN` | `token` | the JWT is sent as it is |
 *
 * The first of them whose variables are all set; `<PREFIX>_METHOD` decides otherwise. The prefix is `ICA` unless said
 * otherwise. A secret may be given by reference, see `Auth.fromConfig`.
 *
 * @example
 * ```ts
 * IcaAuth.fromConfig() // ICA_API_KEY, ICA_USERNAME, …
 * ```
 */
export const fromConfig = (prefix = "ICA"): Layer.Layer<Authentication, ConfigurationInvalid> =>
  fromMethods(prefix, [
    { method: "apikey", needs: { API_KEY: "secret" }, make: (given) => recipeOf({ ApiKeyAuth: given.secret("API_KEY") }) },
    {
      method: "apikey-token",
      needs: { API_KEY: "secret" },
      takes: { TENANT: "text" },
      make: (given) => recipeOf(byApiKey({ apiKey: given.secret("API_KEY"), tenant: given.optional("TENANT") }))
    },
    {
      method: "password",
      needs: { USERNAME: "text", PASSWORD: "secret" },
      takes: { TENANT: "text" },
      make: (given) => recipeOf(byPassword({ username: given.text("USERNAME"), password: given.secret("PASSWORD"), tenant: given.optional("TENANT") }))
    },
    {
      method: "pstoken",
      needs: { PS_TOKEN: "secret" },
      takes: { TENANT: "text" },
      make: (given) => recipeOf(byPsToken({ psToken: given.secret("PS_TOKEN"), tenant: given.optional("TENANT") }))
    },
    { method: "token", needs: { TOKEN: "secret" }, make: (given) => recipeOf(byJwt(given.secret("TOKEN"), false)) }
  ])
