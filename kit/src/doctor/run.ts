/**
 * The command's work: settings and flags in, the diagnosis printed.
 */
import * as Configuration from "credence/Configuration"
import type { ConfigurationInvalid } from "credence/errors"
import { Profile } from "credence/node"
import type { ProxyOption } from "credence/Transport"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { readSettings, variable } from "../call/settings.ts"
import { InternalError, oneLine, printable, ProblemsFound, UsageError } from "../cli/failure.ts"
import { canColor, during, result, type Voice } from "../cli/terminal.ts"
import { examine } from "./examine.ts"
import type { Report, Status } from "./model.ts"
import { dataOf, textOf } from "./render.ts"

/** What the flags say. */
export interface RunOptions {
  readonly url: string | undefined
  readonly prefix: string | undefined
  readonly profile: string | undefined
  readonly profiles: string | undefined
  readonly proxy: string | undefined
  readonly caFile: string | undefined
  readonly proxyCaFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly insecure: boolean
  /** seconds */
  readonly timeout: number
  readonly discovery: boolean
  readonly json: boolean
}

const usage = (message: string): Effect.Effect<never, UsageError> => Effect.fail(new UsageError({ message }))

/** Suffixes of the variables that a session reads. */
const suffixes = ["URL", "PROXY", "TIMEOUT", "DEADLINE", "USER_AGENT", "USERNAME", "PASSWORD", "TOKEN", "KEY"]

/** Which variables are set; their values stay where they are. */
const setOf = Effect.fnUntraced(function*(
  prefix: string,
  profile: string | undefined,
  file: string | undefined
): Effect.fn.Return<ReadonlyArray<string>, ConfigurationInvalid, Scope.Scope> {
  const settings = yield* readSettings(prefix, { profile, profiles: file, url: undefined, token: undefined, key: undefined, username: undefined })
  return yield* Effect.filter(suffixes.map((suffix) => `${prefix}_${suffix}`), (name) => Effect.map(variable(settings, name), (value) => value !== undefined))
})

/** URL and proxy from variables; nothing where no prefix was given. */
const configured = Effect.fnUntraced(function*(
  prefix: string | undefined,
  profile: string | undefined,
  file: string | undefined
): Effect.fn.Return<Configuration.ConfigurationOptions, ConfigurationInvalid> {
  const profiles = Profile.layer({ profile, file })
  if (prefix === undefined) {
    // the profile has to be there all the same
    yield* Effect.scoped(Layer.build(profiles))
    return {}
  }
  const context = yield* Effect.scoped(Layer.build(Layer.provide(Configuration.fromConfig(prefix), profiles)))
  return Context.get(context, Configuration.Configuration).options
})

const hasScheme = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text)

const readUrl = (given: string | undefined): Effect.Effect<URL, UsageError> => {
  if (given === undefined) return usage("give the URL to look at, or --prefix NAME where NAME_URL is set")
  const url = URL.parse(hasScheme(given) ? given : `https://${given}`)
  // what was given may hold a password
  if (url === null || url.hostname === "") return usage("the URL is none: expected something like https://api.example.com/v1")
  return url.protocol === "http:" || url.protocol === "https:"
    ? Effect.succeed(url)
    : usage(`the URL begins with ${oneLine(url.protocol).slice(0, 20)}: expected http: or https:`)
}

const readProxy = (
  given: string | undefined,
  fallback: ProxyOption | undefined,
  caFile: string | undefined
): Effect.Effect<ProxyOption | undefined, UsageError> => {
  if (given === "none" || given === "environment" || given === undefined) {
    return caFile === undefined ? Effect.succeed(given ?? fallback) : usage("--proxy-ca-file is for the proxy that --proxy names")
  }
  const url = hasScheme(given) ? given : `http://${given}`
  if (!URL.canParse(url)) return usage("--proxy is no URL: expected something like http://proxy.example.com:3128, \"none\" or \"environment\"")
  return Effect.succeed({ url, ...(caFile === undefined ? {} : { tls: { ca: { file: caFile } } }) })
}

const colors: Readonly<Record<Status | "code", number | undefined>> = { ok: 32, warning: 33, broken: 31, skipped: 2, code: undefined }

const diagnose = Effect.fnUntraced(function*(
  options: RunOptions,
  voice: Voice
): Effect.fn.Return<Report, UsageError | ConfigurationInvalid, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const { caFile, certFile, keyFile, prefix, profile, profiles, proxyCaFile, timeout } = options
  if (prefix !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(prefix)) {
    return yield* usage("--prefix is the beginning of a variable's name, such as ARGUS_API")
  }
  if (!(timeout > 0 && timeout <= 600)) return yield* usage("--timeout is a number of seconds above 0, and at most 600")
  if ((certFile === undefined) !== (keyFile === undefined)) return yield* usage("--cert-file and --key-file belong together")
  for (const [name, file] of [["ca-file", caFile], ["proxy-ca-file", proxyCaFile], ["cert-file", certFile], ["key-file", keyFile]] as const) {
    if (file !== undefined && !(yield* Effect.orElseSucceed(fs.exists(file), () => false))) return yield* usage(`--${name}: there is no file ${oneLine(file)}`)
  }
  const settings = yield* configured(prefix, profile, profiles)
  return yield* examine({
    url: yield* readUrl(options.url ?? settings.baseUrl),
    ca: caFile,
    certificate: certFile !== undefined && keyFile !== undefined ? { certificate: certFile, key: keyFile } : undefined,
    proxy: yield* readProxy(options.proxy, settings.proxy, proxyCaFile),
    proxyFrom: options.proxy !== undefined ? "--proxy" : prefix === undefined ? undefined : `${prefix}_PROXY`,
    environment: undefined,
    insecure: options.insecure,
    discovery: options.discovery,
    timeout: Duration.seconds(timeout),
    prefix: prefix ?? "API",
    profile,
    set: prefix === undefined ? undefined : yield* Effect.scoped(setOf(prefix, profile, profiles)),
    during: (doing, effect) => during(voice, doing, effect)
  })
})

/** Diagnoses and prints. Fails, with the exit code, where a stage is broken. */
export const run = Effect.fnUntraced(function*(
  options: RunOptions
): Effect.fn.Return<void, UsageError | ConfigurationInvalid | InternalError | ProblemsFound, FileSystem.FileSystem> {
  const { json } = options
  const voice: Voice = { json, quiet: false }
  const report = yield* diagnose(options, voice).pipe(
    Effect.catchDefect((defect) => Effect.fail(InternalError.of(defect))),
    Effect.tapError(({ _tag: tag, message }) => result(voice, { version: 1, ok: false, exitCode: 2, error: { tag, message } }))
  )
  yield* result(voice, dataOf(report))
  if (!json) {
    const painted = canColor(process.stdout)
    yield* Console.log(textOf(report, (status, text) => {
      const color = colors[status]
      const safe = printable(text)
      return painted && color !== undefined ? `\u001b[${color}m${safe}\u001b[0m` : safe
    }))
  }
  if (report.exitCode !== 0) return yield* new ProblemsFound({ message: `${report.broken ?? "a stage"} is broken`, code: report.exitCode })
})
