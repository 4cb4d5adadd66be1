/**
 * Ways to sign in to APIs that were called by a client of ansys-openapi-common, for any session class.
 *
 * With each of them `authenticate()` proves the session: it asks the API's root, and fails with `AuthenticationFailed` for a 401
 * and with `UnexpectedStatus` for any other answer that is not 2xx. Nobody has to: a call signs in as well.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { autoRecipe } from "../../layers/auth/challenge/auto.ts"
import { basic as basicScheme } from "../../layers/auth/challenge/basic.ts"
import * as Ntlm from "../../layers/auth/challenge/ntlm.ts"
import { basicRecipe, fixed } from "../../layers/auth/fixed.ts"
import { type ConfiguredMethod, fromMethods, type Given } from "../../layers/config/choose.ts"
import { Authentication, type AuthenticationContext } from "../../services/Authentication.ts"
import type { Scheme } from "../../services/Scheme.ts"
import { isScheme } from "../../wire/challenge.ts"
import { type ProviderOptions, providerRecipe } from "./provider.ts"
import { checkRoot, warnOpen } from "./root.ts"

export type { ProviderConnection, ProviderOptions } from "./provider.ts"

type Recipe = Authentication["Service"]

/** A recipe whose `authenticate` asks the API's root. `asked`: it knows by itself whether the server asked for anything. */
const proving = (recipe: Recipe, asked: boolean): Recipe => ({
  ...recipe,
  make: (context) =>
    Effect.map(recipe.make(context), (inner) => {
      const warned = asked ? onceOpen(context) : Effect.void
      return {
        ...inner,
        authenticate: Effect.andThen(checkRoot(context), Effect.flatMap(inner.status, ({ state }) => state === "none" ? warned : Effect.void))
      }
    })
})

const onceOpen = (context: AuthenticationContext): Effect.Effect<void> => {
  let done = false
  return Effect.suspend(() => {
    if (done) return Effect.void
    done = true
    return warnOpen(context)
  })
}

const layerOf = (recipe: Recipe): Layer.Layer<Authentication> => Layer.succeed(Authentication, recipe)

/** Nobody: for APIs that ask for nothing, or for another proof such as a client certificate. */
export const anonymous = (): Layer.Layer<Authentication> => layerOf(anonymousRecipe())

const anonymousRecipe = (): Recipe => proving(fixed("anonymous", {}, []), false)

/** User name and password, and how they are proved. */
export interface CredentialsOptions {
  readonly username: string
  readonly password: Redacted.Redacted<string>
  /** goes before the user name: `DOMAIN\user` */
  readonly domain?: string | undefined
  /**
   * `auto`: as the server asks, NTLM before Basic (see {@link credentials}). `Basic`: with each request, unasked. `NTLM`:
   * nothing else. Default `auto`
   */
  readonly scheme?: "auto" | "Basic" | "NTLM" | undefined
}

/**
 * User name and password, by whatever the API asks for. On every platform:
 *
 * | the API's 401 offers | `auto` takes | the official client |
 * | --- | --- | --- |
 * | nothing: it answers 2xx | no credentials, and a warning from `authenticate()` | the same |
 * | `Basic` | Basic | the same |
 * | `NTLM`, or `NTLM` and `Basic` | NTLM | the same on Windows; elsewhere Basic, or a failure |
 * | `Negotiate`, or `Negotiate` and `Basic` | NTLM inside Negotiate | the same on Windows; elsewhere Basic, or a failure |
 * | `Negotiate` and `NTLM` (and `Basic`) | NTLM | the same on Windows; elsewhere Basic, or a failure |
 * | `Bearer`, `Digest` or others alone | `AuthenticationFailed` (`missing`) | `ConnectionError` |
 * | no `WWW-Authenticate` at all | `AuthenticationFailed` (`missing`) | `ValueError` |
 * | NTLM, and refuses it | `AuthenticationFailed` (`rejected`); Basic is not tried after it | the same |
 *
 * **Gotchas**
 *
 * Basic shows the password to the server, so it is never a second try: a server whose `Negotiate` means Kerberos only, and
 * whose users come by Basic, needs `scheme: "Basic"`. Basic goes over https or to the machine itself only. NTLM needs a
 * transport that reserves connections, such as that of `credence/node`; where it cannot, Basic is taken, with a warning.
 *
 * @example
 * ```ts
 * AnsysAuth.credentials({ username: "ada", password: Redacted.make("…"), domain: "CORP" })
 * ```
 */
export const credentials = (options: CredentialsOptions): Layer.Layer<Authentication> => layerOf(credentialsRecipe(options))

const credentialsRecipe = ({ domain, password, scheme = "auto", username }: CredentialsOptions): Recipe => {
  const user = { username: domain === undefined ? username : `${domain}\\${username}`, password }
  // equally strong, and the first is taken: `NTLM` says that it will be let in; `Negotiate` may mean Kerberos only
  const ntlm = Ntlm.scheme(user)
  const negotiate = { ...Ntlm.negotiate(user), strength: ntlm.strength }
  switch (scheme) {
    case "Basic":
      return proving(basicRecipe(user), false)
    case "NTLM":
      return proving(autoRecipe("ntlm", { schemes: [ntlm, negotiate] }), true)
    case "auto":
      return proving(autoRecipe("credentials", { schemes: [ntlm, negotiate, basicScheme(user)] }), true)
  }
}

export interface AutologonOptions {
  /** what proves the user of this machine, e.g. `[Kerberos.scheme()]` of `credence/node`: only some platforms have such schemes */
  readonly schemes: ReadonlyArray<Scheme>
}

/**
 * Whoever is signed in to this machine, by Negotiate; nothing else is tried. Where the API does not offer it, calls fail with
 * `AuthenticationFailed` (`missing`); without a ticket, or without the package `kerberos`, with `CapabilityUnavailable`.
 *
 * @example
 * ```ts
 * AnsysAuth.autologon({ schemes: [Kerberos.scheme()] })
 * ```
 */
export const autologon = (options: AutologonOptions): Layer.Layer<Authentication> => layerOf(autologonRecipe(options))

const autologonRecipe = ({ schemes }: AutologonOptions): Recipe => proving(autoRecipe("autologon", { schemes }), true)

/** An access token that somebody else got, sent as `Authorization: Bearer`. It is not renewed. */
export const accessToken = (token: Redacted.Redacted<string>): Layer.Layer<Authentication> => layerOf(accessTokenRecipe(token))

const accessTokenRecipe = (token: Redacted.Redacted<string>): Recipe =>
  proving(fixed("access token", { authorization: `Bearer ${Redacted.value(token)}` }, [Redacted.value(token)]), false)

/** The name that the official client keeps its tokens under, unless told otherwise. */
export const defaultTokenName = "ansys-openapi-common-oidc"

export interface RefreshTokenOptions extends ProviderOptions {
  readonly refreshToken: Redacted.Redacted<string>
  /** tells it from other tokens of this API, in a store. Default {@link defaultTokenName} */
  readonly name?: string | undefined
}

/**
 * A token of the OpenID provider that the API names in its challenge, from a refresh token. It is renewed before it expires
 * and when the API rejects it. Where the provider rotates, and a token store is provided, each new one is kept there, so that
 * {@link storedToken} and later runs go on with it; the one that was given is then good for nothing.
 *
 * Calls fail with `AuthenticationFailed`: `login` where the API names no provider, or another one than `authority`; `refresh`
 * where the provider refuses.
 *
 * @example
 * ```ts
 * AnsysAuth.refreshToken({ refreshToken: Redacted.make("…"), authority: "https://login.example.com/" })
 * ```
 */
export const refreshToken = (options: RefreshTokenOptions): Layer.Layer<Authentication> => layerOf(refreshTokenRecipe(options))

const refreshTokenRecipe = ({ name = defaultTokenName, ...options }: RefreshTokenOptions): Recipe => providerRecipe({ ...options, name })

export interface StoredTokenOptions extends ProviderOptions {
  /** Default {@link defaultTokenName} */
  readonly name?: string | undefined
}

/**
 * The token that a store has under a name for this API: {@link refreshToken} puts it there. Without one calls fail with
 * `AuthenticationFailed` (`login`). A token that the official client stored in the system's keyring is read as any other
 * secret, and given to {@link refreshToken}.
 *
 * @example
 * ```ts
 * AnsysAuth.storedToken({ name: "laptop" })
 * ```
 */
export const storedToken = (options: StoredTokenOptions = {}): Layer.Layer<Authentication> => layerOf(storedTokenRecipe(options))

const storedTokenRecipe = ({ name = defaultTokenName, ...options }: StoredTokenOptions): Recipe => providerRecipe({ ...options, name })

const providerVariables = { TOKEN_NAME: "text", AUTHORITY: "text", TOKEN_URL: "text", CLIENT_ID: "text", SCOPE: "text", AUDIENCE: "text" } as const

const providerOf = ({ optional }: Given): StoredTokenOptions => ({
  name: optional("TOKEN_NAME"),
  authority: optional("AUTHORITY"),
  tokenUrl: optional("TOKEN_URL"),
  clientId: optional("CLIENT_ID"),
  scope: optional("SCOPE"),
  audience: optional("AUDIENCE")
})

const manners = ["auto", "Basic", "NTLM"] as const

/** What {@link fromConfig} needs that no variable can hold. */
export interface FromConfigOptions {
  /** what method `autologon` proves itself by, e.g. `[Kerberos.scheme()]` */
  readonly schemes?: ReadonlyArray<Scheme> | undefined
}

const methods = ({ schemes }: FromConfigOptions): ReadonlyArray<ConfiguredMethod> => [
  {
    method: "credentials",
    needs: { USERNAME: "text", PASSWORD: "secret" },
    takes: { DOMAIN: "text", SCHEME: "text" },
    make: (given) => {
      const asked = given.optional("SCHEME") ?? "auto"
      const scheme = manners.find((known) => isScheme(known, asked))
      return scheme === undefined
        ? Effect.fail(given.invalid("SCHEME", `expected one of ${manners.join(", ")}`))
        : credentialsRecipe({ username: given.text("USERNAME"), password: given.secret("PASSWORD"), domain: given.optional("DOMAIN"), scheme })
    }
  },
  {
    method: "refresh",
    needs: { REFRESH_TOKEN: "secret" },
    takes: providerVariables,
    make: (given) => refreshTokenRecipe({ ...providerOf(given), refreshToken: given.secret("REFRESH_TOKEN") })
  },
  { method: "token", needs: { TOKEN: "secret" }, make: (given) => accessTokenRecipe(given.secret("TOKEN")) },
  { method: "stored-token", needs: { TOKEN_NAME: "text" }, takes: providerVariables, make: (given) => storedTokenRecipe(providerOf(given)) },
  {
    method: "autologon",
    needs: {},
    make: (given) => schemes === undefined
      ? Effect.fail(given.invalid("METHOD", "autologon needs a scheme: AnsysAuth.fromConfig(prefix, { schemes: [Kerberos.scheme()] })"))
      : autologonRecipe({ schemes })
  },
  { method: "anonymous", needs: {}, make: anonymousRecipe }
]

/**
 * Picks the way to sign in by what is set:
 *
 * | variables | `<PREFIX>_METHOD` | what happens |
 * | --- | --- | --- |
 * | `USERNAME`, `PASSWORD` (and `DOMAIN`; `SCHEME`: `auto`, `Basic`, `NTLM`) | `credentials` | {@link credentials} |
 * | `REFRESH_TOKEN` (and `TOKEN_NAME`) | `refresh` | {@link refreshToken} |
 * | `TOKEN` | `token` | {@link accessToken} |
 * | `TOKEN_NAME` | `stored-token` | {@link storedToken} |
 * | none | `autologon` | {@link autologon}, with `schemes`; only where `METHOD` says so |
 * | none | `anonymous` | {@link anonymous}; only where `METHOD` says so |
 *
 * The first of them whose variables are all set; `<PREFIX>_METHOD` decides otherwise. `refresh` and `stored-token` take of
 * their provider `AUTHORITY`, `TOKEN_URL`, `CLIENT_ID`, `SCOPE` and `AUDIENCE`. The prefix is `ANSYS` unless said otherwise. A
 * secret may be given by reference, see `Auth.fromConfig`.
 *
 * @example
 * ```ts
 * AnsysAuth.fromConfig("ANSYS", { schemes: [Kerberos.scheme()] })
 * ```
 */
export const fromConfig = (prefix = "ANSYS", options: FromConfigOptions = {}): Layer.Layer<Authentication, ConfigurationInvalid> =>
  fromMethods(prefix, methods(options))
