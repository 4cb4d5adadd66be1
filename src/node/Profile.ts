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
import { ConfigurationInvalid, type Setting } from "../errors/SessionError.ts"
import { referenceSuffixes, variable } from "../layers/config/variables.ts"
import * as Secrets from "./Secrets.ts"

export interface ProfileOptions extends Secrets.SecretsOptions {
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
 *     timeout = "30 seconds"                       # ARGUS_API_TIMEOUT
 *     key = { command = ["pass", "show", "argus"] } # ARGUS_API_KEY_COMMAND: where the secret is, not the secret
 *
 * Secrets by reference are read as `Secrets.layer` says. A profile that says a secret in one way is beaten by an environment
 * that says it in any. A file that is not there is an empty one, unless `file` or `profile` were given; one that others can
 * write to is refused, since it can name commands.
 *
 * @example
 * ```ts
 * Layer.provide(Configuration.fromConfig("ARGUS_API"), Profile.layer({ profile: "work" }))
 * ```
 */
export const layer = (options: ProfileOptions = {}): Layer.Layer<never, ConfigurationInvalid> =>
  Layer.merge(Secrets.layer(options), Layer.effect(ConfigProvider.ConfigProvider, Effect.gen(function*() {
    const outer = yield* ConfigProvider.ConfigProvider
    const profile = options.profile ?? (yield* variable("CREDENCE_PROFILE"))
    const given = options.file ?? (yield* variable("CREDENCE_PROFILES"))
    const file = given ?? path.join((yield* variable("XDG_CONFIG_HOME")) ?? path.join(os.homedir(), ".config"), "credence", "profiles.toml")
    const found = yield* Effect.tryPromise({ try: () => readText(file), catch: (cause) => cause }).pipe(
      Effect.catch((cause) => given === undefined && isMissing(cause)
        ? Effect.undefined
        : Effect.fail(invalid(file, "expected a readable file")))
    )
    if (found?.shared === true) return yield* invalid(file, "expected a file that only its owner can change, since it can name commands: chmod go-w it")
    const root = found === undefined ? {} : yield* Effect.try({
      try: () => parse(found.text),
      // the parser's message quotes the line, which may hold a secret
      catch: (cause) => invalid(file, cause instanceof TomlError ? `expected TOML; line ${cause.line}, column ${cause.column} is not` : "expected TOML")
    })
    const name = profile ?? "default"
    const table = Object.hasOwn(root, name) ? root[name] : undefined
    if (table === undefined && profile !== undefined) {
      return yield* invalid(`profile ${profile}`, `expected a table [${profile}] in ${file}; there are ${Object.keys(root).join(", ") || "none"}`)
    }
    const { settings, wrong } = settingsOf(name, table ?? {})
    if (wrong.length > 0) return yield* new ConfigurationInvalid({ settings: wrong })
    return beatenBy(outer, ConfigProvider.fromEnvRecord(settings))
  })))

/** The file's text, and whether others can write to it. */
const readText = async (file: string): Promise<{ readonly text: string; readonly shared: boolean }> => {
  const handle = await fs.open(file)
  try {
    const { mode } = await handle.stat()
    return { text: await handle.readFile("utf8"), shared: process.platform !== "win32" && (mode & 0o022) !== 0 }
  } finally {
    await handle.close()
  }
}

const suffix = new RegExp(`(?:${referenceSuffixes.join("|")})$`)

/** What `outer` does not say, in whichever way: a secret there beats a reference to it here, and the other way round. */
const beatenBy = (outer: ConfigProvider.ConfigProvider, inner: ConfigProvider.ConfigProvider): ConfigProvider.ConfigProvider =>
  ConfigProvider.make((at) => Effect.gen(function*() {
    const said = yield* outer.load(at)
    if (said?.value !== undefined) return said
    const here = yield* inner.load(at)
    const last = at.at(-1)
    // with ARGUS_API_KEY_HEADER set, ARGUS_API_KEY is a container in the environment, which says nothing itself
    if (here?.value === undefined) return said?._tag === "Record" && here?._tag === "Record" ? ConfigProvider.makeRecord(new Set([...said.keys, ...here.keys])) : said ?? here
    if (typeof last !== "string") return here
    const base = last.replace(suffix, "")
    for (const other of [base, ...referenceSuffixes.map((reference) => `${base}${reference}`)]) {
      const elsewhere = other === last ? undefined : yield* outer.load([...at.slice(0, -1), other])
      if (elsewhere?.value !== undefined) return undefined
    }
    return here
  }))

const invalid = (name: string, expected: string): ConfigurationInvalid => new ConfigurationInvalid({ settings: [{ name, expected }] })

const isMissing = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ENOENT"

const isTable = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** What a profile says, by the names of variables. */
const settingsOf = (profile: string, table: unknown): { readonly settings: Readonly<Record<string, string>>; readonly wrong: ReadonlyArray<Setting> } => {
  const settings: Record<string, string> = {}
  const wrong: Array<Setting> = []
  if (!isTable(table)) wrong.push({ name: `profile ${profile}`, expected: "expected a table" })
  const rest: Array<readonly [name: string, value: unknown]> = isTable(table) ? Object.entries(table) : []
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [name, value] = [next[0].toUpperCase(), next[1]]
    if (isTable(value)) {
      for (const [member, inner] of Object.entries(value)) rest.push([`${name}_${member}`, inner])
      continue
    }
    // a command is one text that keeps its words apart
    const text = Array.isArray(value) && value.every((word) => typeof word === "string")
      ? JSON.stringify(value)
      : typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined
    if (text === undefined) wrong.push({ name, expected: `expected a text, a number, true, false, or a list of texts in profile ${profile}` })
    else if (Object.hasOwn(settings, name)) wrong.push({ name, expected: `expected it once in profile ${profile}: tables and letter case make no other name` })
    else settings[name] = text
  }
  return { settings, wrong }
}
