/**
 * The config file: found, read, and checked, so that a misspelt option is an error and no silence.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { parse, type ParseError, printParseErrorCode } from "jsonc-parser"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Config, Preset } from "../openapi/config.ts"
import { presets } from "../openapi/presets/index.ts"
import { messageOf, oneLine } from "./failure.ts"
import { meant } from "./near.ts"

/** The config file is missing, cannot be read, or says something that is no option. `message` is one line, with what to do. */
export class ConfigError extends Data.TaggedError("ConfigError")<{
  /** the file, as people know it */
  readonly file: string
  readonly line: number | undefined
  readonly column: number | undefined
  readonly reason: string
  readonly message: string
}> {
  constructor(args: { readonly file: string; readonly line?: number | undefined; readonly column?: number | undefined; readonly reason: string }) {
    const { column, file, line, reason } = args
    super({ file, line, column, reason, message: `${[file, line, column].filter((part) => part !== undefined).join(":")}: ${reason}` })
  }
}

/** What a config file says: one client an entry. Paths in it are relative to the working directory. */
export interface ConfigFile {
  /** its path, as people know it */
  readonly file: string
  readonly configs: ReadonlyArray<Config>
}

/** The names that are looked for in the working directory. */
export const configNames = ["credence.config.ts", "credence.config.mts", "credence.config.js", "credence.config.mjs", "credence.config.json"] as const

/**
 * The config file in a folder, by its full path; `undefined`: there is none. Fails with `ConfigError` where there are several.
 */
export const findConfig = Effect.fnUntraced(function*(folder: string): Effect.fn.Return<string | undefined, ConfigError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const found: Array<string> = []
  for (const name of configNames) if (yield* Effect.orElseSucceed(fs.exists(path.join(folder, name)), () => false)) found.push(name)
  if (found.length > 1) return yield* new ConfigError({ file: found[0] ?? "", reason: `there is ${found.slice(1).join(" and ")} beside it: keep one, or name it with --config` })
  return found[0] === undefined ? undefined : path.join(folder, found[0])
})

/**
 * Reads a config file. TypeScript is imported by Node as it is, afresh each time. Fails with `ConfigError` where it cannot be
 * read, or where what it exports is no config or list of configs.
 *
 * @example
 * ```ts
 * const { configs } = yield* readConfig("/home/ada/shop/credence.config.ts", "/home/ada/shop")
 * ```
 */
export const readConfig = Effect.fnUntraced(function*(file: string, workingDirectory: string): Effect.fn.Return<ConfigFile, ConfigError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const full = path.resolve(workingDirectory, file)
  const name = shown(path, full, workingDirectory)
  const value = /\.jsonc?$/i.test(file) ? yield* readJson(full, name) : yield* importModule(full, name, workingDirectory)
  const configs = Array.isArray(value) ? value : [value]
  if (configs.length === 0) return yield* new ConfigError({ file: name, reason: "the list of clients is empty" })
  const problems = configs.flatMap((config, index) => checkConfig(config, Array.isArray(value) ? `[${index}]` : ""))
  if (problems.length > 0) return yield* new ConfigError({ file: name, reason: problems.join("; ") })
  const folder = path.dirname(full)
  // checked above: each has the shape of a Config
  return { file: name, configs: (configs as ReadonlyArray<Config>).map((config) => relocated(config, path, folder, workingDirectory)) }
})

/** A path as people know it: relative where it is below the working directory. */
export const shown = (path: Path.Path, file: string, workingDirectory: string): string => {
  const relative = path.relative(workingDirectory, file)
  return relative === "" ? "." : relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative) ? file : relative
}

const readJson = Effect.fnUntraced(function*(file: string, name: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(fs.readFileString(file), (error) => new ConfigError({ file: name, reason: error.reason._tag === "NotFound" ? "there is no such file" : "it cannot be read" }))
  const errors: Array<ParseError> = []
  const value: unknown = parse(text.replace(/^\ufeff/, ""), errors, { allowTrailingComma: true, disallowComments: false })
  const [first] = errors
  if (first !== undefined) {
    const before = text.slice(0, first.offset).split("\n")
    return yield* new ConfigError({ file: name, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, reason: `malformed JSON: ${printParseErrorCode(first.error)}` })
  }
  return value
})

let imports = 0

const importModule = Effect.fnUntraced(function*(file: string, name: string, workingDirectory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (!(yield* Effect.orElseSucceed(fs.exists(file), () => false))) return yield* new ConfigError({ file: name, reason: "there is no such file" })
  // modules are cached by address: a number makes it another one, so that a changed config is seen
  const url = `${pathToFileURL(file).href}?${imports++}`
  const module = yield* Effect.tryPromise({
    try: () => import(url) as Promise<unknown>,
    catch: (error) => {
      const place = placeOf(error)
      return new ConfigError({ file: place === undefined ? name : shown(path, place.file, workingDirectory), line: place?.line, reason: importProblem(error) })
    }
  })
  const value: unknown = typeof module === "object" && module !== null && "default" in module ? module.default : undefined
  if (value === undefined) return yield* new ConfigError({ file: name, reason: "it has no default export: write `export default defineConfig({ … })`" })
  return value
})

/** Where a module is malformed: Node says it above the stack only. */
const placeOf = (error: unknown): { readonly file: string; readonly line: number } | undefined => {
  const [, place, line] = /^(\S.*?)(?:\?\d+)?:(\d+)\n/.exec(error instanceof SyntaxError ? error.stack ?? "" : "") ?? []
  if (place === undefined) return undefined
  return { file: place.startsWith("file:") && URL.canParse(place) ? fileURLToPath(place) : place, line: Number(line) }
}

/** What keeps a module from being imported. */
const importProblem = (error: unknown): string => {
  const said = oneLine(messageOf(error).split("\n").find((line) => line.trim() !== "") ?? "")
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined
  if (code === "ERR_MODULE_NOT_FOUND" && /'credence-kit['/]/.test(said)) return "`credence-kit` is not installed here: run `npm install --save-dev credence-kit`, or leave `defineConfig` out"
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") return "this Node does not read TypeScript: use Node 22.18 or newer, or a .js or .json file"
  return `it cannot be imported: ${said}`
}

const isPlace = (input: string): boolean => input !== "-" && !/^(?:https?|file):/i.test(input)

/** Paths of a config file are relative to the file; those that follow are relative to the working directory. */
const relocated = (config: Config, path: Path.Path, folder: string, workingDirectory: string): Config => {
  if (path.resolve(folder) === path.resolve(workingDirectory)) return config
  const move = (file: string): string => isPlace(file) ? shown(path, path.resolve(folder, file), workingDirectory) : file
  const { input, out, patches } = config
  return {
    ...config,
    ...(input === undefined ? {} : { input: typeof input === "string" ? move(input) : input.map(move) }),
    ...(out === undefined ? {} : { out: move(out) }),
    ...(patches === undefined ? {} : { patches: patches.map(move) })
  }
}

/** Tells what is wrong with a value; `at` is where it stands. */
type Check = (value: unknown, at: string) => ReadonlyArray<string>

const wrong = (at: string, expected: string): ReadonlyArray<string> => [`${at === "" ? "this" : `\`${at}\``} must be ${expected}`]
const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null && !Array.isArray(u)

const text: Check = (value, at) => typeof value === "string" && value !== "" ? [] : wrong(at, "a text")
const flag: Check = (value, at) => typeof value === "boolean" ? [] : wrong(at, "true or false")
const number: Check = (value, at) => typeof value === "number" ? [] : wrong(at, "a number")
const action: Check = (value, at) => typeof value === "function" ? [] : wrong(at, "a function")
const oneOf = (...values: ReadonlyArray<string>): Check => (value, at) => values.some((known) => known === value) ? [] : wrong(at, `one of ${values.map((known) => JSON.stringify(known)).join(", ")}`)
const list = (item: Check): Check => (value, at) => Array.isArray(value) ? value.flatMap((member, index) => item(member, `${at}[${index}]`)) : wrong(at, "a list")
const texts = list(text)
const names: Check = (value, at) => isRecord(value) ? Object.entries(value).flatMap(([name, member]) => text(member, `${at}[${JSON.stringify(name)}]`)) : wrong(at, "an object of texts")
const either = (first: Check, second: Check, expected: string): Check => (value, at) => first(value, at).length === 0 || second(value, at).length === 0 ? [] : wrong(at, expected)

const record = (members: Readonly<Record<string, Check>>, needed: ReadonlyArray<string> = []): Check => (value, at) => {
  if (!isRecord(value)) return wrong(at, "an object")
  const below = (name: string): string => at === "" ? name : `${at}.${name}`
  return [
    ...needed.filter((name) => value[name] === undefined).map((name) => `\`${below(name)}\` is missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const check = Object.hasOwn(members, name) ? members[name] : undefined
      if (check === undefined) return [`\`${below(name)}\` is no option${meant(name, Object.keys(members))}`]
      return member === undefined ? [] : check(member, below(name))
    })
  ]
}

const pagings = {
  offset: record({ kind: text, items: texts, operations: texts, offset: text, limit: text, in: oneOf("query", "body"), unit: oneOf("records", "pages"), total: texts }, ["items", "offset"]),
  page: record({ kind: text, items: texts, operations: texts, page: text, first: number }, ["items", "page"]),
  cursor: record({ kind: text, items: texts, operations: texts, parameter: text, in: oneOf("query", "body"), next: texts, first: text, offset: text, total: texts }, ["items", "parameter", "next"]),
  link: record({ kind: text, items: texts, operations: texts }, ["items"])
}

const paging: Check = (value, at) => {
  const kind = isRecord(value) ? value["kind"] : undefined
  const check = Object.entries(pagings).find(([name]) => name === kind)?.[1]
  return check === undefined ? wrong(at, `an object whose \`kind\` is one of ${Object.keys(pagings).map((name) => JSON.stringify(name)).join(", ")}`) : check(value, at)
}

const preset: Check = (value, at) =>
  isRecord(value)
    ? record({
      name: text, session: text, sessionFrom: record({ module: text, names: texts } satisfies Readonly<Record<keyof NonNullable<Preset["sessionFrom"]>, Check>>, ["module", "names"]), place: action, modelsOf: action, permissions: action, isPathLike: action, paging: list(paging), alwaysThere: action, isErrorBody: action, defaultIsSuccess: flag, isDownload: action, isText: action
    } satisfies Readonly<Record<keyof Exclude<NonNullable<Config["preset"]>, string>, Check>>, ["name"])(value, at)
    : oneOf(...Object.keys(presets))(value, at)

/** Each option of {@link Config}: the compiler sees to it that none is forgotten. */
const options: Readonly<Record<keyof Config, Check>> = {
  input: either(text, texts, "a text or a list of texts"),
  out: text,
  preset,
  session: text,
  layout: oneOf("tags", "path"),
  formats: record({
    dateTime: oneOf("string", "DateTime"), int64: oneOf("number", "bigint", "string"), byte: oneOf("string", "bytes"), check: flag
  } satisfies Readonly<Record<keyof NonNullable<Config["formats"]>, Check>>),
  enums: oneOf("open", "closed"),
  defaults: flag,
  checkOutput: flag,
  sessionFrom: text,
  security: flag,
  files: record({ index: flag, reference: flag, openapi: flag } satisfies Readonly<Record<keyof NonNullable<Config["files"]>, Check>>),
  select: record({ tags: texts, include: texts, exclude: texts } satisfies Readonly<Record<keyof NonNullable<Config["select"]>, Check>>),
  names: record({ operations: names, models: names } satisfies Readonly<Record<keyof NonNullable<Config["names"]>, Check>>),
  paging: list(paging),
  runtime: record({
    Schema: text, DateTime: text, Open: text, Endpoint: text, Body: text, Reply: text, Paging: text, Patch: text, Session: text, Auth: text
  } satisfies Readonly<Record<keyof NonNullable<Config["runtime"]>, Check>>),
  extension: oneOf(".ts", ".js", "none"),
  patches: texts,
  allowRemote: flag
}

/** What is wrong with a config. */
export const checkConfig = (value: unknown, at = ""): ReadonlyArray<string> => record(options)(value, at)
