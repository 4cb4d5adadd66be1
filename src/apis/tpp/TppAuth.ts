/**
 * Ways to sign in to Venafi TPP. Tokens renew themselves by their refresh token, and are revoked when the session closes,
 * unless a store keeps them. Logins fail with `AuthenticationFailed` (`login` or `refresh`).
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { CallError } from "../../errors/CallError.ts"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { ask } from "../../layers/auth/ask.ts"
import { autoRecipe } from "../../layers/auth/challenge/auto.ts"
import { whose } from "../../layers/auth/challenge/whose.ts"
import { type DevicePrompt, makeDeviceFlow } from "../../layers/auth/deviceCode.ts"
import { makeShelves, renewable, type RenewableOptions } from "../../layers/auth/renewable.ts"
import { type ConfiguredMethod, fromMethods, type Given } from "../../layers/config/choose.ts"
import { Authentication, type AuthenticationContext, type Authenticator } from "../../services/Authentication.ts"
import { CurrentDevicePrompt } from "../../services/DevicePrompt.ts"
import type { Scheme } from "../../services/Scheme.ts"
import type { ClientCertificate } from "../../services/Transport.ts"
import { fieldProblem } from "../../wire/headers.ts"
import * as OAuth from "../../wire/oauth.ts"
import { verifyToken } from "./generated/authorize.ts"
import { keyLoginRecipe, keyRecipe } from "./apiKey.ts"
import { permissionsOf, post, readGrant, refresh, rerunning, revoke as revokeGrant, scopeText } from "./grants.ts"
import * as Scope from "./Scope.ts"
import { Tpp } from "./Tpp.ts"

type Recipe = Authentication["Service"]

/** What every token is asked for with. */
export interface ApplicationOptions {
  /** id of the API application integration */
  readonly clientId: string
  /** what the token may be used for: built with `Scope`, or as TPP writes it */
  readonly scope: Scope.Scope | string
  /** whether the token is revoked when the session closes and no store keeps it. Default `signOut` */
  readonly onClose?: "signOut" | "keep" | undefined
}

/** For logins that do not say themselves whose they are. */
export interface UserOptions {
  /** whose login it is: tells tokens of several users apart where they share a store */
  readonly user?: string | undefined
}

/** What all tokens of TPP have in common. */
const tokens = (
  context: AuthenticationContext,
  clientId: string | undefined,
  onClose: ApplicationOptions["onClose"],
  options: Pick<RenewableOptions, "method" | "key" | "login" | "interactive" | "initial" | "secrets" | "shelves" | "stored" | "onRotate">
) =>
  Effect.map(
    renewable(context, {
      ...options,
      refresh: clientId === undefined ? undefined : (token, request) => refresh(context, clientId, token, request),
      rotates: true,
      // whatever it looks like: what begins with a grant is no API key
      headers: (token) => ({ authorization: `Bearer ${token.accessToken}` }),
      signOut: (token) => revokeGrant(context, clientId, token),
      onClose
    }),
    // asked for as scopes are written, compared by what comes with them
    ({ stepUp, ...authenticator }): Authenticator => ({ ...authenticator, stepUp: stepUp === undefined ? undefined : (scopes) => stepUp(scopes.flatMap(permissionsOf)) })
  )

export interface PasswordOptions extends ApplicationOptions {
  readonly username: string
  readonly password: Redacted.Redacted<string>
}

/**
 * User name and password: the token is renewed by its refresh token, and asked for with the password again when that ends.
 *
 * @example
 * ```ts
 * TppAuth.password({ clientId: "my-application", username: "ada", password: Redacted.make("…"), scope: Scope.make({ certificate: ["manage"] }) })
 * ```
 */
export const password = (options: PasswordOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, passwordRecipe(options))

const passwordRecipe = ({ clientId, onClose, password, scope, username }: PasswordOptions): Recipe => ({
  method: "password",
  make: (context) => {
    const secrets = () => [Redacted.value(password)]
    return tokens(context, clientId, onClose, {
      method: "password",
      key: [clientId, username, scopeText(scope)],
      login: ({ scopes }) =>
        ask(rerunning(context), post("authorizeOAuth", "/vedauth/authorize/oauth", {
          client_id: clientId,
          username,
          password: Redacted.value(password),
          scope: scopeText(scope, scopes)
        }), { reason: "login", read: readGrant, secrets, refused: "user name or password is wrong" }),
      secrets
    })
  }
})

export interface CertificateOptions extends ApplicationOptions, UserOptions {}

/**
 * The client certificate that the session's TLS shows: `tls.certificate` of its configuration or transport.
 *
 * **Gotchas**
 *
 * A store keeps its tokens only where it is known whose they are: by `user`, or by a certificate that stands in the
 * configuration as PEM text. A file may be another one tomorrow, or on another machine that shares the store.
 *
 * @example
 * ```ts
 * Tpp.layer().pipe(Layer.provide([
 *   TppAuth.certificate({ clientId: "my-application", scope }),
 *   Configuration.layer({ baseUrl, tls: { certificate: { pkcs12: { file: "me.p12" }, passphrase } } }),
 *   NodeTransport.layer()
 * ]))
 * ```
 */
export const certificate = (options: CertificateOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, certificateRecipe(options))

const certificateRecipe = ({ clientId, onClose, scope, user }: CertificateOptions): Recipe => ({
  method: "certificate",
  make: (context) =>
    tokens(context, clientId, onClose, {
      method: "certificate",
      key: [clientId, user, scopeText(scope)],
      stored: user !== undefined || isText(context.certificate),
      login: ({ scopes }) =>
        ask(rerunning(context), post("authorizeCertificate", "/vedauth/authorize/certificate", { client_id: clientId, scope: scopeText(scope, scopes) }), {
          reason: "login",
          read: readGrant,
          secrets: () => [],
          refused: "the server accepts no client certificate of this connection: give one as `tls.certificate`"
        })
    })
})

/** It stands in the settings themselves: then its fingerprint is part of what a store keeps a login by. */
const isText = (shown: ClientCertificate | undefined): boolean => shown !== undefined && "certificate" in shown && typeof shown.certificate === "string"

export interface IntegratedOptions extends ApplicationOptions, UserOptions {
  /** how to answer the server, e.g. `[Kerberos.scheme(), Ntlm.scheme(user)]`: the strongest that it offers is taken */
  readonly schemes: ReadonlyArray<Scheme>
}

/**
 * Integrated Windows authentication: Negotiate or NTLM prove who asks for the token, which proves the calls.
 *
 * **Gotchas**
 *
 * A store keeps its tokens only where it is known whose they are: by `user`, or where each scheme has its user's name.
 * Kerberos takes whoever has a ticket, unless it is told a principal.
 *
 * @example
 * ```ts
 * TppAuth.integrated({ clientId: "my-application", scope, schemes: [Kerberos.scheme()] })
 * ```
 */
export const integrated = (options: IntegratedOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, integratedRecipe(options))

const integratedRecipe = ({ clientId, onClose, schemes, scope, user }: IntegratedOptions): Recipe => ({
  method: "integrated",
  make: (context) =>
    Effect.flatMap(autoRecipe("integrated", { schemes }).make(context), (by) => {
      const { key, stored } = whose(schemes, user)
      return tokens(context, clientId, onClose, {
        method: "integrated",
        key: [clientId, scopeText(scope), ...key],
        stored,
        login: ({ scopes }) =>
          ask(rerunning(context), {
            ...post("authorizeIntegrated", "/vedauth/authorize/integrated", { client_id: clientId, scope: scopeText(scope, scopes) }),
            by
          }, { reason: "login", read: readGrant, secrets: by.secrets }),
        secrets: by.secrets
      })
    })
})

export interface DeviceCodeOptions extends ApplicationOptions, UserOptions {
  /** who shows the code. Default: what `Auth.devicePrompt` gave to the session, else it is printed to standard error */
  readonly prompt?: DevicePrompt | undefined
}

/**
 * A code that somebody approves in a browser. Sign in with `Tpp.authenticate()`, which waits as long as the code is good; a
 * call waits no longer than its own limits.
 *
 * **Gotchas**
 *
 * Who approves it is not known before. In a store that several people share, `user` tells their tokens apart.
 *
 * @example
 * ```ts
 * TppAuth.deviceCode({ clientId: "my-application", scope, prompt: ({ userCode, verificationUri }) => Console.log(verificationUri, userCode) })
 * ```
 */
export const deviceCode = (options: DeviceCodeOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, deviceCodeRecipe(options))

const deviceCodeRecipe = ({ clientId, onClose, prompt, scope, user }: DeviceCodeOptions): Recipe => ({
  method: "device code",
  make: (context) =>
    Effect.flatMap(CurrentDevicePrompt, (shown) => {
      const login = makeDeviceFlow(rerunning(context), {
        // its own name for the grant, and not that of RFC 8628
        poll: (code) => post("authorizeToken", "/vedauth/authorize/token", { client_id: clientId, grant_type: "device_code", device_code: code }),
        read: readGrant,
        prompt: prompt ?? shown,
        secrets: () => []
      })
      return tokens(context, clientId, onClose, {
        method: "device code",
        key: [clientId, user, scopeText(scope)],
        interactive: true,
        login: ({ scopes }) => login(post("authorizeDevice", "/vedauth/authorize/device", { client_id: clientId, scope: scopeText(scope, scopes) }))
      })
    })
})

export interface RefreshTokenOptions {
  readonly clientId: string
  readonly refreshToken: Redacted.Redacted<string>
  /** a token to begin with, and for how many seconds it is good */
  readonly accessToken?: Redacted.Redacted<string> | undefined
  readonly expiresIn?: number | undefined
  /** told each refresh token that comes in the place of another one, before the access token beside it is used */
  readonly onRotate?: ((refreshToken: Redacted.Redacted<string>) => Effect.Effect<void>) | undefined
  /** Default `keep`: the grant is somebody else's, too */
  readonly onClose?: "signOut" | "keep" | undefined
}

/**
 * A refresh token that somebody else got. Each use spends it: give the session a store, or keep what `onRotate` tells.
 *
 * @example
 * ```ts
 * TppAuth.refreshToken({ clientId: "my-application", refreshToken: Redacted.make("…") })
 * ```
 */
export const refreshToken = (options: RefreshTokenOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, refreshTokenRecipe(options))

const refreshTokenRecipe = ({ accessToken, clientId, expiresIn, onClose, onRotate, refreshToken }: RefreshTokenOptions): Recipe => {
  // beside the recipe: each session with a copy of its own would spend what another one has spent
  const shelves = makeShelves()
  return {
    method: "refresh token",
    make: (context) =>
      Effect.andThen(
        usable("accessToken", accessToken),
        tokens(context, clientId, onClose ?? "keep", {
          method: "refresh token",
          key: [clientId],
          shelves,
          initial: {
            accessToken: accessToken === undefined ? undefined : Redacted.value(accessToken),
            lifetime: OAuth.lifetime(expiresIn),
            refreshToken: Redacted.value(refreshToken)
          },
          onRotate: onRotate === undefined ? undefined : (rotated) => onRotate(Redacted.make(rotated))
        })
      )
  }
}

/** An access token that somebody else got. It is neither renewed nor, when the session closes, revoked. */
export const token = (accessToken: Redacted.Redacted<string>): Layer.Layer<Authentication> => Layer.succeed(Authentication, tokenRecipe(accessToken))

const tokenRecipe = (accessToken: Redacted.Redacted<string>): Recipe => ({
  method: "token",
  make: (context) =>
    Effect.andThen(
      usable("token", accessToken),
      tokens(context, undefined, "keep", { method: "token", key: [], stored: false, initial: { accessToken: Redacted.value(accessToken) } })
    )
})

const usable = (name: string, given: Redacted.Redacted<string> | undefined): Effect.Effect<void, ConfigurationInvalid> => {
  const problem = given === undefined ? undefined : fieldProblem("authorization", Redacted.value(given))
  return problem === undefined ? Effect.void : Effect.fail(new ConfigurationInvalid({ settings: [{ name, expected: problem }] }))
}

/**
 * An API key as `X-Venafi-API-Key`, or a user name and password to get one with.
 *
 * @deprecated since TPP 20.1: tokens say what they are for, and servers may have switched keys off
 */
export const apiKey = (
  options: { readonly key: Redacted.Redacted<string> } | { readonly username: string; readonly password: Redacted.Redacted<string> }
): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, "key" in options ? keyRecipe(options.key) : keyLoginRecipe(options.username, options.password))

/**
 * What the server knows of the token in use: its application, scope, identity, and for how long it is good.
 *
 * @example
 * ```ts
 * const { scope, valid_for } = yield* TppAuth.verify()
 * ```
 */
export const verify = verifyToken

/** Revokes the token in use and the grant behind it, and forgets them, also in the store. The next call signs in anew. */
export const revoke: Effect.Effect<void, CallError, Tpp> = /*#__PURE__*/ Effect.suspend(() => Tpp.signOut)

const scopeOf = (given: Given): Effect.Effect<Scope.Scope, ConfigurationInvalid> =>
  Result.match(Scope.parse(given.text("SCOPE")), { onSuccess: Effect.succeed, onFailure: (expected) => Effect.fail(given.invalid("SCOPE", expected)) })

const methods: ReadonlyArray<ConfiguredMethod> = [
  { method: "token", needs: { TOKEN: "secret" }, make: (given) => tokenRecipe(given.secret("TOKEN")) },
  {
    method: "refresh",
    needs: { CLIENT_ID: "text", REFRESH_TOKEN: "secret" },
    make: (given) => refreshTokenRecipe({ clientId: given.text("CLIENT_ID"), refreshToken: given.secret("REFRESH_TOKEN") })
  },
  {
    method: "password",
    needs: { CLIENT_ID: "text", SCOPE: "text", USERNAME: "text", PASSWORD: "secret" },
    make: (given) =>
      Effect.map(scopeOf(given), (scope) =>
        passwordRecipe({ clientId: given.text("CLIENT_ID"), username: given.text("USERNAME"), password: given.secret("PASSWORD"), scope }))
  },
  {
    method: "certificate",
    // read by the session's configuration: here it only decides
    needs: { CLIENT_ID: "text", SCOPE: "text", CLIENT_CERTIFICATE: "text" },
    takes: { USERNAME: "text" },
    make: (given) => Effect.map(scopeOf(given), (scope) => certificateRecipe({ clientId: given.text("CLIENT_ID"), scope, user: given.optional("USERNAME") }))
  },
  { method: "apikey", needs: { API_KEY: "secret" }, make: (given) => keyRecipe(given.secret("API_KEY")) },
  { method: "apikey-login", needs: { USERNAME: "text", PASSWORD: "secret" }, make: (given) => keyLoginRecipe(given.text("USERNAME"), given.secret("PASSWORD")) },
  {
    method: "device",
    needs: { CLIENT_ID: "text", SCOPE: "text" },
    takes: { USERNAME: "text" },
    make: (given) => Effect.map(scopeOf(given), (scope) => deviceCodeRecipe({ clientId: given.text("CLIENT_ID"), scope, user: given.optional("USERNAME") }))
  }
]

/** Last, so that it is taken only where `<PREFIX>_METHOD` names it: a device code needs the same. */
const integratedMethod = (schemes: ReadonlyArray<Scheme>): ConfiguredMethod => ({
  method: "integrated",
  needs: { CLIENT_ID: "text", SCOPE: "text" },
  takes: { USERNAME: "text" },
  make: (given) =>
    Effect.map(scopeOf(given), (scope) => integratedRecipe({ clientId: given.text("CLIENT_ID"), scope, schemes, user: given.optional("USERNAME") }))
})

export interface FromConfigOptions {
  /** how {@link integrated} answers the server; without them it is none of the methods */
  readonly schemes?: ReadonlyArray<Scheme> | undefined
}

/**
 * Picks the way to sign in by what is set:
 *
 * | variables | `<PREFIX>_METHOD` | what happens |
 * | --- | --- | --- |
 * | `TOKEN` | `token` | {@link token} |
 * | `CLIENT_ID`, `REFRESH_TOKEN` | `refresh` | {@link refreshToken} |
 * | `CLIENT_ID`, `SCOPE`, `USERNAME`, `PASSWORD` | `password` | {@link password} |
 * | `CLIENT_ID`, `SCOPE`, `CLIENT_CERTIFICATE` (and `USERNAME`) | `certificate` | {@link certificate} |
 * | `API_KEY` | `apikey` | the key goes with each call |
 * | `USERNAME`, `PASSWORD` | `apikey-login` | an API key is got by them |
 * | `CLIENT_ID`, `SCOPE` (and `USERNAME`) | `device` | {@link deviceCode} |
 * | the same | `integrated` | {@link integrated}, with `schemes`; only where `METHOD` says so |
 *
 * The first of them whose variables are all set; `<PREFIX>_METHOD` decides otherwise. In parentheses `USERNAME` tells tokens in
 * a store apart. The prefix is `TPP` unless said otherwise. A secret may be given by reference, see `Auth.fromConfig`.
 *
 * @example
 * ```ts
 * TppAuth.fromConfig() // TPP_CLIENT_ID, TPP_USERNAME, …
 * ```
 */
export const fromConfig = (prefix = "TPP", options: FromConfigOptions = {}): Layer.Layer<Authentication, ConfigurationInvalid> =>
  fromMethods(prefix, [...methods, ...(options.schemes === undefined ? [] : [integratedMethod(options.schemes)])])
