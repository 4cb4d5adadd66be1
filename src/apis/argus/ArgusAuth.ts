/**
 * Ways to sign in to Argus.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AuthenticationFailed, type CallError } from "../../errors/CallError.ts"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { type Answered, ask } from "../../layers/auth/ask.ts"
import { fixed } from "../../layers/auth/fixed.ts"
import { refreshToken, type RefreshTokenOptions } from "../../layers/auth/refreshToken.ts"
import { type IssuedToken, renewable } from "../../layers/auth/renewable.ts"
import { type ConfiguredMethod, fromMethods } from "../../layers/config/choose.ts"
import * as Cookies from "../../layers/cookies/Cookies.ts"
import { Authentication, type AuthenticationContext } from "../../services/Authentication.ts"
import * as Headers from "../../wire/headers.ts"
import { isSuccess } from "../../wire/status.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import * as Csrf from "./csrf.ts"
import { summarize } from "./envelope.ts"
import { logout } from "./logout.ts"

/** An API key, sent as `Argus-API-Key`. */
export const apiKey = (key: Redacted.Redacted<string>): Layer.Layer<Authentication> => Layer.succeed(Authentication, apiKeyRecipe(key))

const apiKeyRecipe = (key: Redacted.Redacted<string>) => fixed("api key", { "argus-api-key": Redacted.value(key) }, [Redacted.value(key)])

/** A session token that somebody else got, sent as `Authorization: Bearer`. It is neither renewed nor logged out. */
export const sessionToken = (token: Redacted.Redacted<string>): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, sessionTokenRecipe(token))

const sessionTokenRecipe = (token: Redacted.Redacted<string>) => fixed("session token", { authorization: `Bearer ${Redacted.value(token)}` }, [Redacted.value(token)], { token })

/** An OAuth 2.0 token that renews itself by a refresh token, at `/authentication/v1/oauth/token` unless said otherwise. */
export const oauth = (options: Omit<RefreshTokenOptions, "tokenUrl"> & { readonly tokenUrl?: string | undefined }): Layer.Layer<Authentication> =>
  refreshToken({ ...options, tokenUrl: options.tokenUrl ?? "/authentication/v1/oauth/token" })

export interface LoginOptions {
  readonly username: string
  readonly password: Redacted.Redacted<string>
  /** login domain. Default `MNEMONIC` */
  readonly domain?: string | undefined
  readonly requestedAuthorizations?: ReadonlyArray<"enrollPublicKey" | "setPassword"> | undefined
  /** whether the session is ended on the server when it closes here and no store keeps it. Default `signOut` */
  readonly onClose?: "signOut" | "keep" | undefined
}

/**
 * User name and password. Logs in on first use, once for all callers, and again when the server says that the session is
 * gone. Kept by a cookie; each request carries a CSRF token for its URL.
 *
 * @example
 * ```ts
 * ArgusAuth.password({ username: "ada", password: Redacted.make("…") })
 * ```
 */
export const password = (options: LoginOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, loginRecipe("password", options))

/** User name and password of a directory (LDAP). See {@link password}. */
export const ldap = (options: LoginOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, loginRecipe("ldap", options))

/** What of a login's answer matters here. No more, so that nothing else in it can make a login fail. */
const Opened = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({ data: Schema.Struct({ sessionKey: Schema.String, credentials: Schema.Struct({ requestCredentialsData: Schema.String }) }) })
)

const loginRecipe = (method: "password" | "ldap", options: LoginOptions): Authentication["Service"] => ({
  method,
  cookies: Cookies.make,
  make: (context) => {
    // imported once, and again for the login that comes after it
    let imported: { readonly of: string; readonly key: Csrf.SigningKey | undefined } | undefined
    const keyOf = (token: IssuedToken): Effect.Effect<Csrf.SigningKey | undefined> => {
      const of = token.more?.["sessionKey"] ?? ""
      if (imported?.of === of) return Effect.succeed(imported.key)
      return Effect.map(Csrf.importKey(of), (key) => {
        imported = { of, key }
        return key
      })
    }
    const headers = (token: IssuedToken, url: URL): Effect.Effect<Readonly<Record<string, string>>> =>
      Effect.flatMap(Effect.zip(keyOf(token), Clock.currentTimeMillis), ([key, now]) =>
        key === undefined ? Effect.succeed({}) : Effect.map(Csrf.sign(key, url, now), (signature) => ({ "argus-csrf-token": signature })))
    const sessionUrl = new URL(`${context.baseUrl.href.replace(/\/$/, "")}/authentication/v1/session`)
    return renewable(context, {
      method,
      key: [options.username, options.domain ?? defaultDomain, ...options.requestedAuthorizations ?? []],
      login: login(context, method, options),
      headers: (token, hop) => headers(token, hop.url),
      // the session is kept by a cookie, which this jar has not seen where another process signed in
      adopted: (token) => {
        context.cookies?.clear()
        context.cookies?.store(sessionUrl, (token.more?.["cookies"] ?? "").split("\n").filter((field) => field !== ""))
      },
      signOut: (token) => Effect.flatMap(headers(token, sessionUrl), (fields) => logout(context, fields)),
      onClose: options.onClose,
      secretsOf: (token) => [token.more?.["sessionKey"] ?? ""].filter((key) => key !== ""),
      secrets: () => [Redacted.value(options.password)]
    })
  }
})

const defaultDomain = "MNEMONIC"

const login = (context: AuthenticationContext, method: "password" | "ldap", options: LoginOptions): Effect.Effect<IssuedToken, CallError> =>
  Effect.gen(function*() {
    const operation = `${method}Authentication`
    // a cookie of the session that is gone would be sent along, and the server might mind
    context.cookies?.clear()
    const { credentials, headers, sessionKey, status } = yield* ask(context, {
      operation,
      method: "POST",
      url: `/authentication/v1/${method}/authentication`,
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({
        userName: options.username,
        password: Redacted.value(options.password),
        domain: options.domain ?? defaultDomain,
        requestedAuthorizations: options.requestedAuthorizations
      })
    }, { reason: "login", read, secrets: () => [Redacted.value(options.password)] })
    if (status === 221) yield* Effect.logWarning(`${operation}: the password of ${options.username} must be changed`)
    if ((yield* Csrf.importKey(sessionKey)) === undefined) {
      return yield* new AuthenticationFailed({
        operation,
        method: "POST",
        url: redactedBaseUrl(context.baseUrl),
        attempts: 1,
        reason: "login",
        detail: "the server's answer has no usable session key",
        status
      })
    }
    return {
      accessToken: credentials.requestCredentialsData,
      identity: options.username,
      more: { sessionKey, cookies: Headers.getAll(headers, "set-cookie").join("\n") }
    }
  })

const read = ({ headers, json, status }: Answered) => {
  if (status === 206) return Result.fail("the server wants a second factor, which this login cannot give")
  if (!isSuccess(status)) return Result.fail(summarize(json) ?? "the server refused")
  return Result.mapBoth(Schema.decodeUnknownResult(Opened)(json), {
    onSuccess: ({ data }) => ({ ...data, headers, status }),
    onFailure: () => "the server's answer is no session: a proxy or login page may have answered instead"
  })
}

const passwordNeeds = { USERNAME: "text", PASSWORD: "secret" } as const

/**
 * Picks the way to sign in by what is set:
 *
 * | variables | `<PREFIX>_METHOD` | what happens |
 * | --- | --- | --- |
 * | `KEY` | `apikey` | the key goes with each call |
 * | `USERNAME`, `PASSWORD` (and `DOMAIN`) | `password` | {@link password} |
 * | the same | `ldap` | {@link ldap}; only where `METHOD` says so |
 * | `TOKEN` | `token` | the session token is sent as it is |
 *
 * The first of them whose variables are all set; `<PREFIX>_METHOD` decides otherwise. The prefix is `ARGUS_API` unless said
 * otherwise. A secret may be given by reference, see `Auth.fromConfig`.
 *
 * @example
 * ```ts
 * ArgusAuth.fromConfig() // ARGUS_API_KEY, ARGUS_API_USERNAME, …
 * ```
 */
export const fromConfig = (prefix = "ARGUS_API"): Layer.Layer<Authentication, ConfigurationInvalid> => {
  const byPassword = (method: "password" | "ldap"): ConfiguredMethod => ({
    method,
    needs: passwordNeeds,
    takes: { DOMAIN: "text" },
    make: (given) => loginRecipe(method, { username: given.text("USERNAME"), password: given.secret("PASSWORD"), domain: given.optional("DOMAIN") })
  })
  return fromMethods(prefix, [
    { method: "apikey", needs: { KEY: "secret" }, make: (given) => apiKeyRecipe(given.secret("KEY")) },
    byPassword("password"),
    byPassword("ldap"),
    { method: "token", needs: { TOKEN: "secret" }, make: (given) => sessionTokenRecipe(given.secret("TOKEN")) }
  ])
}
