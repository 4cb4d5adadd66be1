/**
 * Ways to sign in to Argus.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AuthenticationFailed, type CallError } from "../../errors/CallError.ts"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { fixed } from "../../layers/auth/fixed.ts"
import { refreshToken } from "../../layers/auth/refreshToken.ts"
import { type IssuedToken, renewable } from "../../layers/auth/renewable.ts"
import { type ConfiguredMethod, fromMethods } from "../../layers/config/choose.ts"
import * as Cookies from "../../layers/cookies/Cookies.ts"
import { Authentication, type AuthenticationContext } from "../../services/Authentication.ts"
import * as Headers from "../../wire/headers.ts"
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
export const oauth = (options: Omit<Parameters<typeof refreshToken>[0], "tokenUrl"> & { readonly tokenUrl?: string | undefined }): Layer.Layer<Authentication> =>
  refreshToken({ ...options, tokenUrl: options.tokenUrl ?? "/authentication/v1/oauth/token" })

export interface LoginOptions {
  readonly username: string
  readonly password: Redacted.Redacted<string>
  /** login domain. Default `MNEMONIC` */
  readonly domain?: string | undefined
  readonly requestedAuthorizations?: ReadonlyArray<"enrollPublicKey" | "setPassword"> | undefined
  /** whether the session is ended on the server when it closes here. Default `logout` */
  readonly onClose?: "logout" | "keep" | undefined
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
  Schema.Struct({ sessionKey: Schema.String, credentials: Schema.Struct({ requestCredentialsData: Schema.String }) })
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
      onClose: options.onClose === "keep" ? "keep" : "signOut",
      secretsOf: (token) => [token.more?.["sessionKey"] ?? ""].filter((key) => key !== ""),
      secrets: () => [Redacted.value(options.password)]
    })
  }
})

const defaultDomain = "MNEMONIC"

const answerSchema = /*#__PURE__*/ Schema.suspend(() => Schema.fromJsonString(Schema.Struct({ data: Opened })))

const login = (context: AuthenticationContext, method: "password" | "ldap", options: LoginOptions): Effect.Effect<IssuedToken, CallError> =>
  Effect.gen(function*() {
    const operation = `${method}Authentication`
    const failed = (detail: string, status?: number) =>
      new AuthenticationFailed({ operation, method: "POST", url: redactedBaseUrl(context.baseUrl), attempts: 1, reason: "login", detail, status })
    // a cookie of the session that is gone would be sent along, and the server might mind
    context.cookies?.clear()
    const response = yield* context.send({
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
    }).pipe(Effect.catchTag("AuthenticationFailed", (error) => Effect.fail(error.reason === "rejected" ? failed(error.detail ?? "user name, password or domain is wrong", error.status) : error)))
    const text = new TextDecoder().decode(response.body)
    if (response.status === 206) return yield* failed("the server wants a second factor, which this login cannot give", 206)
    if (response.status < 200 || response.status >= 300) {
      const said = yield* Effect.orElseSucceed(Effect.map(Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Unknown))(text), summarize), () => undefined)
      return yield* failed(said ?? "the server refused", response.status)
    }
    const opened = yield* Effect.mapError(Schema.decodeUnknownEffect(answerSchema)(text), () => failed("the server's answer is no session: a proxy or login page may have answered instead", response.status))
    if (response.status === 221) yield* Effect.logWarning(`${operation}: the password of ${options.username} must be changed`)
    if ((yield* Csrf.importKey(opened.data.sessionKey)) === undefined) return yield* failed("the server's answer has no usable session key", response.status)
    return {
      accessToken: opened.data.credentials.requestCredentialsData,
      identity: options.username,
      more: { sessionKey: opened.data.sessionKey, cookies: Headers.getAll(response.headers, "set-cookie").join("\n") }
    }
  })

const passwordNeeds = { USERNAME: "text", PASSWORD: "secret" } as const

/**
 * Picks the way to sign in by what is set: `<PREFIX>_KEY`; or `<PREFIX>_USERNAME` and `<PREFIX>_PASSWORD` (with
 * `<PREFIX>_DOMAIN`); or `<PREFIX>_TOKEN`. `<PREFIX>_METHOD` (`apikey`, `password`, `ldap`, `token`) decides where several
 * are set; without it the key comes first. The prefix is `ARGUS_API` unless said otherwise.
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
