/**
 * Settings from a TOML file, by profile. A profile is a `ConfigProvider`: whatever reads its settings from the environment
 * reads them from here as well.
 *
 * @see https://toml.io/en/v1.0.0
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { parse, TomlError } from "smol-toml"
import { ConfigurationInvalid } from "../errors/SessionError.ts"
import { variable } from "../layers/config/variables.ts"

export interface ProfileOptions {
  /** name of a table in the file. Default: `CREDENCE_PROFILE`, else `default` */
  readonly profile?: string | undefined
  /** default: `CREDENCE_PROFILES`, else `$XDG_CONFIG_HOME/credence/profiles.toml`, else `~/.config/credence/profiles.toml` */
  readonly file?: string | undefined
}

/**
 * Adds a profile to the `ConfigProvider` of the context. What the context knows already, e.g. the environment, beats the
 * profile. Names of tables and members are joined by `_` and compared in upper case:
 *
 *     [work]
 *     ARGUS_API_URL = "https://argus.example.com"
 *     [work.argus_api]
 *     timeout = "30 seconds"      # ARGUS_API_TIMEOUT
 *
 * A file that is not there is an empty one, unless `file` or `profile` were given.
 *
 * @example
 * ```ts
 * Layer.provide(Configuration.fromConfig("ARGUS_API"), Profile.layer({ profile: "work" }))
 * ```
 */
export const layer = (options: ProfileOptions = {}): Layer.Layer<never, ConfigurationInvalid> =>
  Layer.effect(ConfigProvider.ConfigProvider, Effect.gen(function*() {
    const outer = yield* ConfigProvider.ConfigProvider
    const profile = options.profile ?? (yield* variable("CREDENCE_PROFILE"))
    const given = options.file ?? (yield* variable("CREDENCE_PROFILES"))
    const file = given ?? path.join((yield* variable("XDG_CONFIG_HOME")) ?? path.join(os.homedir(), ".config"), "credence", "profiles.toml")
    const text = yield* Effect.tryPromise({ try: () => fs.readFile(file, "utf8"), catch: (cause) => cause }).pipe(
      Effect.catch((cause) => given === undefined && isMissing(cause)
        ? Effect.undefined
        : Effect.fail(invalid(file, "expected a readable file")))
    )
    const root = text === undefined ? {} : yield* Effect.try({
      try: () => parse(text),
      // the parser's message quotes the line, which may hold a secret
      catch: (cause) => invalid(file, cause instanceof TomlError ? `expected TOML; line ${cause.line}, column ${cause.column} is not` : "expected TOML")
    })
    const table = root[profile ?? "default"]
    if (table === undefined && profile !== undefined) {
      return yield* invalid(`profile ${profile}`, `expected a table [${profile}] in ${file}; there are ${Object.keys(root).join(", ") || "none"}`)
    }
    return ConfigProvider.orElse(outer, ConfigProvider.fromEnvRecord(flatten(table)))
  }))

const invalid = (name: string, expected: string): ConfigurationInvalid => new ConfigurationInvalid({ settings: [{ name, expected }] })

const isMissing = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ENOENT"

const flatten = (value: unknown, prefix = ""): Record<string, string> => {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return { [prefix]: String(value) }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {}
  return Object.assign({}, ...Object.entries(value).map(([name, member]) => flatten(member, prefix === "" ? name.toUpperCase() : `${prefix}_${name.toUpperCase()}`)))
}
