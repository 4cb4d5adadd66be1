/**
 * Where the session's settings and credentials come from: flags, then the environment, then a profile.
 */
import { Profile, Secrets } from "credence/node"
import type { ConfigurationInvalid } from "credence/errors"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { kebab } from "./names.ts"

/**
 * What flags say. There is none for a password: an argument stays in the shell's history, and any process of the machine
 * can read it while the program runs. Keys and tokens have that risk, too, but can be made for one purpose and revoked.
 */
export interface SessionFlags {
  readonly profile: string | undefined
  readonly profiles: string | undefined
  readonly url: string | undefined
  readonly token: Redacted.Redacted<string> | undefined
  readonly key: Redacted.Redacted<string> | undefined
  readonly username: string | undefined
  /** the way to sign in */
  readonly method?: string | undefined
}

/** Settings by the names of variables, `PETSTORE_URL`. */
export interface Settings {
  readonly prefix: string
  readonly provider: ConfigProvider.ConfigProvider
}

/** `train-travel` -> `TRAIN_TRAVEL` */
export const variableName = (name: string): string => kebab(name).replaceAll("-", "_").toUpperCase()

/** what proves an identity by itself, beside a user's name and password */
const credentials: ReadonlyArray<string> = ["KEY", "API_KEY", "TOKEN", "REFRESH_TOKEN", "TOKEN_NAME", "PS_TOKEN", "CLIENT_SECRET"]

/** behind the name of a secret: where it is */
const references: ReadonlyArray<string> = ["_ENV", "_FILE", "_COMMAND", "_KEYRING"]

/** Reads flags, environment and profile; the first that has a name wins. Fails where the profile is not there or no TOML. */
export const readSettings = Effect.fnUntraced(function*(prefix: string, flags: SessionFlags): Effect.fn.Return<Settings, ConfigurationInvalid, Scope.Scope> {
  const context = yield* Layer.build(Profile.layer({ profile: flags.profile, file: flags.profiles }))
  const { key, method, token, url, username } = flags
  // who names one credential means that one, whatever else is set
  const named = key !== undefined || token !== undefined || username !== undefined
  const others = username === undefined ? [...credentials, "USERNAME", "PASSWORD"] : credentials
  const over: Record<string, string> = {
    ...(named ? Object.fromEntries(others.flatMap((name) => ["", ...references].map((suffix) => [`${prefix}_${name}${suffix}`, ""]))) : {}),
    ...(method !== undefined || named ? { [`${prefix}_METHOD`]: method ?? "" } : {}),
    ...(url === undefined ? {} : { [`${prefix}_URL`]: url }),
    ...(key === undefined ? {} : { [`${prefix}_KEY`]: Redacted.value(key), [`${prefix}_API_KEY`]: Redacted.value(key) }),
    ...(token === undefined ? {} : { [`${prefix}_TOKEN`]: Redacted.value(token) }),
    ...(username === undefined ? {} : { [`${prefix}_USERNAME`]: username })
  }
  const given = ConfigProvider.fromEnvRecord(over, { preserveEmptyStrings: true })
  return { prefix, provider: ConfigProvider.orElse(given, Context.get(context, ConfigProvider.ConfigProvider)) }
})

/** A variable; an empty one counts as missing, and so does one that cannot be read. */
export const variable = ({ provider }: Settings, name: string): Effect.Effect<string | undefined> =>
  Effect.gen(function*() {
    return yield* Config.option(Config.String(name))
  }).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, provider),
    Effect.map((found) => Option.isSome(found) && found.value !== "" ? found.value : undefined),
    Effect.orElseSucceed(() => undefined)
  )

/** A secret, from its variable or from where a reference says. Fails where that cannot be read. */
export const secret = ({ provider }: Settings, name: string): Effect.Effect<string | undefined, ConfigurationInvalid> =>
  Effect.map(Effect.provideService(Secrets.get(name), ConfigProvider.ConfigProvider, provider), (found) => found === undefined ? undefined : Redacted.value(found))
