/**
 * Ways to sign in to oVirt.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { AuthenticationFailed } from "../../errors/CallError.ts"
import { ConfigurationInvalid, type Setting } from "../../errors/SessionError.ts"
import { ask } from "../../layers/auth/ask.ts"
import { type IssuedToken, renewable } from "../../layers/auth/renewable.ts"
import { formPost } from "../../layers/auth/tokenEndpoint.ts"
import { type ConfiguredMethod, fromMethods, type Given } from "../../layers/config/choose.ts"
import { Authentication, type AuthenticationContext, type Authenticator } from "../../services/Authentication.ts"
import type { Scheme } from "../../services/Scheme.ts"
import { fieldProblem } from "../../wire/headers.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import { type PersistentOptions, persistentRecipe } from "./persistent.ts"
import { apiScope, engineUrl, readLogout, readToken } from "./sso.ts"
import { ticket, type TicketOptions } from "./tickets.ts"

export type { PersistentOptions } from "./persistent.ts"

/** What all logins at the single sign-on take. */
export interface SsoOptions {
  /** where to get tokens, where that is not the engine's own single sign-on; absolute */
  readonly tokenUrl?: string | undefined
  /** where to end them, likewise */
  readonly revokeUrl?: string | undefined
  /** the member of the answer that is the token. Default `access_token` */
  readonly tokenName?: string | undefined
  /** whether a login that no store keeps is ended on the engine when the session closes. Default `signOut` */
  readonly onClose?: "signOut" | "keep" | undefined
}

export interface PasswordOptions extends SsoOptions {
  /** with its profile, e.g. `admin@internal` */
  readonly username: string
  readonly password: Redacted.Redacted<string>
  /** the profile, where `username` does not have it */
  readonly profile?: string | undefined
  /** a token to begin with, e.g. of an earlier session, which is not ended when the session closes; when it is refused the password gives another one */
  readonly token?: Redacted.Redacted<string> | undefined
}

/**
 * User name and password, for which the engine's single sign-on gives a token. Signs in on first use, once for all callers;
 * a 401 leads to a new token, once a call. The token is ended when the session closes.
 *
 * @example
 * ```ts
 * OvirtAuth.password({ username: "admin@internal", password: Redacted.make("…") })
 * ```
 */
export const password = (options: PasswordOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, passwordRecipe(options))

const withProfile = (username: string, profile: string | undefined): string => profile === undefined ? username : `${username}@${profile}`

const passwordRecipe = (options: PasswordOptions): Authentication["Service"] => {
  const username = withProfile(options.username, options.profile)
  return {
    method: "password",
    make: (context) => sso(context, options, {
      method: "password",
      key: [username],
      grant: "token",
      form: { grant_type: "password", scope: apiScope, username, password: Redacted.value(options.password) },
      identity: username,
      initial: options.token,
      secrets: () => [Redacted.value(options.password)]
    })
  }
}

export interface KerberosOptions extends SsoOptions, TicketOptions {}

/**
 * Kerberos at the web server in front of the engine, for which the single sign-on gives a token. Only the request for the
 * token carries the ticket.
 *
 * **Gotchas**
 *
 * A store keeps the token only where it is known whose it is: by `user`, or where each scheme has its user's name. Kerberos takes
 * whoever has a ticket, unless it is told a principal.
 *
 * @example
 * ```ts
 * OvirtAuth.kerberos({ schemes: [Kerberos.scheme()] })
 * ```
 */
export const kerberos = (options: KerberosOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, kerberosRecipe(options))

const kerberosRecipe = (options: KerberosOptions): Authentication["Service"] => ({
  method: "kerberos",
  make: (context) =>
    Effect.flatMap(ticket(context, "kerberos", options), ({ by, identity, key, stored }) =>
      sso(context, options, {
        method: "kerberos",
        key,
        stored,
        grant: "token-http-auth",
        form: { grant_type: "urn:ovirt:params:oauth:grant-type:http", scope: apiScope },
        identity,
        by,
        secrets: () => by.secrets()
      }))
})

/**
 * A token that somebody else got. It cannot be renewed: when the engine refuses it, calls fail with `AuthenticationFailed`. It
 * outlives the session, since whoever got it may still want it; `Ovirt.signOut` ends it.
 *
 * @example
 * ```ts
 * OvirtAuth.token(Redacted.make("…"))
 * ```
 */
export const token = (given: Redacted.Redacted<string>, options: Pick<SsoOptions, "revokeUrl"> = {}): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, tokenRecipe(given, options))

const tokenRecipe = (given: Redacted.Redacted<string>, options: Pick<SsoOptions, "revokeUrl"> = {}): Authentication["Service"] => ({
  method: "token",
  make: (context) => sso(context, options, { method: "token", key: [], initial: given, identity: undefined, secrets: () => [] })
})

/**
 * The manner of version 3: user name and password until the engine has opened a session, which a cookie keeps
 * (`Prefer: persistent-auth`); renewed when it has ended, and closed by a last request. Engines of version 4 know it, too.
 *
 * @example
 * ```ts
 * Ovirt.layer().pipe(Layer.provide([
 *   OvirtAuth.persistent({ username: "admin@internal", password, sessionTimeout: 60 }),
 *   OvirtConfiguration.layer({ url: "https://engine.example.com", version: 3, ca: { file: "ca.pem" } }),
 *   OvirtXml.transport(NodeTransport.layer())
 * ]))
 * ```
 */
export const persistent = (options: PersistentOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, persistentRecipe(options))

/** A login at the single sign-on. */
interface Login {
  readonly method: string
  readonly key: ReadonlyArray<string | undefined>
  /** `undefined`: there is nothing to sign in by */
  readonly grant?: "token" | "token-http-auth" | undefined
  readonly form?: Readonly<Record<string, string>> | undefined
  readonly by?: Authenticator | undefined
  readonly identity: string | undefined
  readonly initial?: Redacted.Redacted<string> | undefined
  /** Default `true`: a store may keep it */
  readonly stored?: boolean | undefined
  readonly secrets: () => Iterable<string>
}

const problems = (options: SsoOptions, given: string | undefined): ReadonlyArray<Setting> => {
  const token = given === undefined ? undefined : given === "" ? "expected a token" : fieldProblem("authorization", given)
  const urls = (["tokenUrl", "revokeUrl"] as const).filter((name) => options[name] !== undefined && !/^https?:$/.test(URL.parse(options[name])?.protocol ?? ""))
  return [
    ...urls.map((name) => ({ name, expected: "expected an absolute http or https URL" })),
    ...(token === undefined ? [] : [{ name: "token", expected: token }])
  ]
}

const sso = (context: AuthenticationContext, options: SsoOptions, login: Login) => {
  const engine = engineUrl(context.baseUrl)
  const given = login.initial === undefined ? undefined : Redacted.value(login.initial)
  const wrong = problems(options, given)
  if (wrong.length > 0) return Effect.fail(new ConfigurationInvalid({ settings: wrong }))
  const secrets = () => given === undefined ? login.secrets() : [...login.secrets(), given]
  const failure = { operation: "sign in", method: "POST", url: redactedBaseUrl(context.baseUrl), reason: "login" } as const
  const { grant } = login
  const signIn = grant === undefined
    ? Effect.fail(new AuthenticationFailed({ ...failure, attempts: 0, detail: "the engine refused the token that was given, and there is nothing to get another one by" }))
    : ask(context, { ...formPost("sign in", options.tokenUrl ?? `${engine}/sso/oauth/${grant}`, login.form ?? {}), by: login.by }, {
      reason: "login",
      read: (answer) => readToken(answer, { tokenName: options.tokenName ?? "access_token", identity: login.identity }),
      secrets
    })
  return renewable(context, {
    method: login.method,
    key: [...login.key, options.tokenUrl],
    stored: login.stored,
    login: signIn,
    initial: given === undefined ? undefined : { accessToken: given, identity: login.identity },
    headers: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
    signOut: (issued: IssuedToken) =>
      ask(context, formPost("sign out", options.revokeUrl ?? `${engine}/services/sso-logout`, { scope: apiScope, token: issued.accessToken }), {
        reason: "login",
        read: readLogout,
        secrets: () => [...secrets(), issued.accessToken]
      }),
    onClose: options.onClose,
    secrets
  })
}

const profiled = { USERNAME: "text", PASSWORD: "secret" } as const

/** What {@link fromConfig} needs that no variable can hold. */
export interface FromConfigOptions {
  /** what method `kerberos` proves itself by, e.g. `[Kerberos.scheme()]`. Without it there is no such method */
  readonly schemes?: ReadonlyArray<Scheme> | undefined
}

/**
 * Picks the way to sign in by what is set:
 *
 * | variables | `<PREFIX>_METHOD` | what happens |
 * | --- | --- | --- |
 * | `TOKEN` | `token` | {@link token} |
 * | `USERNAME`, `PASSWORD` (and `PROFILE`) | `password` | {@link password} |
 * | the same (and `SESSION_TIMEOUT`, in minutes) | `persistent` | {@link persistent}; only where `METHOD` says so |
 * | none (and `USERNAME`, for whose it is) | `kerberos` | {@link kerberos}, with `schemes`; only where `METHOD` says so |
 *
 * The first of them whose variables are all set; `<PREFIX>_METHOD` decides otherwise. The prefix is `OVIRT` unless said
 * otherwise. A secret may be given by reference, see `Auth.fromConfig`.
 *
 * @example
 * ```ts
 * OvirtAuth.fromConfig("OVIRT", { schemes: [Kerberos.scheme()] })
 * ```
 */
export const fromConfig = (prefix = "OVIRT", options: FromConfigOptions = {}): Layer.Layer<Authentication, ConfigurationInvalid> => {
  const { schemes } = options
  const methods: ReadonlyArray<ConfiguredMethod> = [
    { method: "token", needs: { TOKEN: "secret" }, make: (given) => tokenRecipe(given.secret("TOKEN")) },
    {
      method: "password",
      needs: profiled,
      takes: { PROFILE: "text" },
      make: (given) => passwordRecipe({ username: given.text("USERNAME"), password: given.secret("PASSWORD"), profile: given.optional("PROFILE") })
    },
    {
      method: "persistent",
      needs: profiled,
      takes: { PROFILE: "text", SESSION_TIMEOUT: "text" },
      make: (given) => {
        const minutes = given.optional("SESSION_TIMEOUT")
        if (minutes !== undefined && !/^[1-9]\d{0,5}$/.test(minutes)) return Effect.fail(given.invalid("SESSION_TIMEOUT", "expected a whole number of minutes above 0"))
        return persistentRecipe({
          username: withProfile(given.text("USERNAME"), given.optional("PROFILE")),
          password: given.secret("PASSWORD"),
          sessionTimeout: minutes === undefined ? undefined : Number(minutes)
        })
      }
    },
    ...(schemes === undefined ? [] : [{
      method: "kerberos",
      needs: {},
      takes: { USERNAME: "text" as const },
      make: (given: Given) => kerberosRecipe({ schemes, user: given.optional("USERNAME") })
    }])
  ]
  return fromMethods(prefix, methods)
}
