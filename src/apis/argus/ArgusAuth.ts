/**
 * Ways to sign in to Argus.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AuthenticationFailed } from "../../errors/CallError.ts"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { fixed } from "../../layers/auth/fixed.ts"
import { refreshToken } from "../../layers/auth/refreshToken.ts"
import * as TokenAuthenticator from "../../layers/auth/tokenAuthenticator.ts"
import { secret, variable } from "../../layers/config/variables.ts"
import * as Cookies from "../../layers/cookies/Cookies.ts"
import { Authentication, type AuthenticationContext, type AuthenticationHop } from "../../services/Authentication.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import * as Csrf from "./csrf.ts"
import { summarize } from "./envelope.ts"
import { logout } from "./logout.ts"

/** An API key, sent as `Argus-API-Key`. */
export const apiKey = (key: Redacted.Redacted<string>): Layer.Layer<Authentication> => Layer.succeed(Authentication, apiKeyRecipe(key))

const apiKeyRecipe = (key: Redacted.Redacted<string>) => fixed("api key", { "argus-api-key": Redacted.value(key) }, [Redacted.value(key)])

/** A session token that somebody else got, sent as `Authorization: Bearer`. It is neither renewed nor logged out. */
export const sessionToken = (token: Redacted.Redacted<string>): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, fixed("session token", { authorization: `Bearer ${Redacted.value(token)}` }, [Redacted.value(token)]))

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

interface Login {
  readonly key: Csrf.SigningKey
  readonly sessionKey: string
  readonly token: string
}

const loginRecipe = (method: "password" | "ldap", options: LoginOptions): Authentication["Service"] => ({
  method,
  cookies: Cookies.make,
  make: (context) => {
    const headers = (login: Login, hop: Pick<AuthenticationHop, "url">) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.map(Csrf.sign(login.key, hop.url, now), (token) => ({ "argus-csrf-token": token })))
    return TokenAuthenticator.make<Login>(context, {
      method,
      // committed: a login that comes home while the session closes is logged out again
      redeem: (_previous, commit) => Effect.andThen(commit, login(context, method, options)),
      headers,
      identity: () => options.username,
      secrets: (login) => [login.sessionKey, login.token],
      moreSecrets: () => [Redacted.value(options.password)],
      ...(options.onClose === "keep" ? {} : {
        close: (login: Login) => {
          const url = new URL(`${context.baseUrl.href.replace(/\/$/, "")}/authentication/v1/session`)
          return Effect.flatMap(headers(login, { url }), (fields) => logout(context, fields))
        }
      })
    })
  }
})

const answerSchema = /*#__PURE__*/ Schema.suspend(() => Schema.fromJsonString(Schema.Struct({ data: Opened })))

const login = (context: AuthenticationContext, method: "password" | "ldap", options: LoginOptions) =>
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
        domain: options.domain ?? "MNEMONIC",
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
    const key = yield* Csrf.importKey(opened.data.sessionKey)
    if (key === undefined) return yield* failed("the server's answer has no usable session key", response.status)
    return { value: { key, sessionKey: opened.data.sessionKey, token: opened.data.credentials.requestCredentialsData } }
  })

const methods = ["apikey", "password", "ldap", "token"] as const

/**
 * Picks the way to sign in by what is set: `<PREFIX>_KEY`; or `<PREFIX>_USERNAME` and `<PREFIX>_PASSWORD` (with
 * `<PREFIX>_DOMAIN`); or `<PREFIX>_TOKEN`. `<PREFIX>_METHOD` (`apikey`, `password`, `ldap`, `token`) decides where several
 * are set; without it the key comes first. The prefix is `ARGUS_API` unless said otherwise.
 */
export const fromConfig = (prefix = "ARGUS_API"): Layer.Layer<Authentication, ConfigurationInvalid> =>
  Layer.effect(Authentication, Effect.gen(function*() {
    const name = (suffix: string) => `${prefix}_${suffix}`
    const method = yield* variable(name("METHOD"))
    const key = yield* secret(name("KEY"))
    const token = yield* secret(name("TOKEN"))
    const username = yield* variable(name("USERNAME"))
    const password = yield* secret(name("PASSWORD"))
    const domain = yield* variable(name("DOMAIN"))
    const invalid = (variableName: string, expected: string) => Effect.fail(new ConfigurationInvalid({ settings: [{ name: variableName, expected }] }))
    const known = methods.find((m) => m === method)
    if (method !== undefined && known === undefined) return yield* invalid(name("METHOD"), `expected one of ${methods.join(", ")}`)
    const chosen = known ?? (key !== undefined ? "apikey" : username !== undefined || password !== undefined ? "password" : token !== undefined ? "token" : undefined)
    switch (chosen) {
      case "apikey":
        return key === undefined ? yield* invalid(name("KEY"), "expected an API key") : apiKeyRecipe(key)
      case "token":
        return token === undefined
          ? yield* invalid(name("TOKEN"), "expected a session token")
          : fixed("session token", { authorization: `Bearer ${Redacted.value(token)}` }, [Redacted.value(token)])
      case "password":
      case "ldap": {
        if (username === undefined || password === undefined) return yield* invalid(name(username === undefined ? "USERNAME" : "PASSWORD"), `expected a value, for method ${chosen}`)
        return loginRecipe(chosen, { username, password, domain })
      }
      default:
        return yield* invalid(prefix, `no way to sign in is configured: expected ${name("KEY")}, or ${name("USERNAME")} and ${name("PASSWORD")}, or ${name("TOKEN")}`)
    }
  }))
