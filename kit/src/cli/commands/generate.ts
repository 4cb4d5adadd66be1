/**
 * `credence generate`: documents become a client.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { fileURLToPath } from "node:url"
import type { Config } from "../../openapi/config.ts"
import type { DocumentError } from "../../openapi/document/DocumentError.ts"
import type { PatchError } from "../../openapi/document/patch.ts"
import { generate, type Generated, type Requirements } from "../../openapi/generate.ts"
import { compare, type Difference, type OutputConflict, type OutputError, write, type Written } from "../../openapi/write.ts"
import { type ConfigError, type ConfigFile, configNames, findConfig, readConfig } from "../configFile.ts"
import { exitCodesHelp, Failed, InternalError, oneLine, printable, ProblemsFound, UsageError } from "../failure.ts"
import { configFlags, type ConfigFlags, toConfig } from "../options.ts"
import { complain, dim, during, remark, result, say, type Voice } from "../terminal.ts"
import { countsOf, linesOf } from "../warnings.ts"
import { type Sources, watching } from "../watch.ts"

/** One client to be made. */
export interface Job {
  readonly inputs: ReadonlyArray<string>
  readonly out: string
  readonly config: Config
}

/** How the work is done, and told. */
export interface Manner extends Voice {
  readonly check: boolean
  readonly strict: boolean
  readonly force: boolean
  readonly verbose: boolean
}

/** What came of a job. */
export interface Outcome {
  readonly generated: Generated
  readonly files: Written | Difference
  readonly problems: ReadonlyArray<string>
}

type JobError = DocumentError | PatchError | OutputConflict | OutputError | UsageError | InternalError

const flags = {
  documents: Argument.String("document").pipe(
    Argument.withDescription("OpenAPI 2.0 to 3.2, JSON or YAML: a file, a folder, an http(s) address, or - for standard input"),
    Argument.variadic()
  ),
  out: Flag.String("out").pipe(Flag.withAlias("o"), Flag.withMetavar("dir"), Flag.withDescription("The folder of the client. Files in it that were not generated are never touched"), Flag.optional),
  config: Flag.File("config").pipe(Flag.withMetavar("file"), Flag.withDescription("Default: credence.config.ts, .js or .json in the working directory, where there is one; not for documents named here where it names its own"), Flag.optional),
  options: configFlags,
  check: Flag.Boolean("check").pipe(Flag.withDescription("Write nothing; exit 1 where the folder is not up to date"), Flag.withDefault(false)),
  watch: Flag.Boolean("watch").pipe(Flag.withDescription("Generate again whenever a document or the config changes, until Ctrl-C"), Flag.withDefault(false)),
  strict: Flag.Boolean("strict").pipe(Flag.withDescription("Exit 1 where there are warnings; files are written all the same"), Flag.withDefault(false)),
  force: Flag.Boolean("force").pipe(Flag.withDescription("Overwrite generated files that were changed since"), Flag.withDefault(false)),
  json: Flag.Boolean("json").pipe(Flag.withDescription("Print the result as JSON, one line a client; the rest goes to standard error"), Flag.withDefault(false)),
  quiet: Flag.Boolean("quiet").pipe(Flag.withAlias("q"), Flag.withDescription("Print nothing but errors"), Flag.withDefault(false)),
  verbose: Flag.Boolean("verbose").pipe(Flag.withDescription("Print all warnings"), Flag.withDefault(false))
}

interface Given {
  readonly documents: ReadonlyArray<string>
  readonly out: Option.Option<string>
  readonly options: ConfigFlags
}

/** What is to be made, by flags and config file. */
const jobsOf = (given: Given, file: ConfigFile | undefined): Effect.Effect<ReadonlyArray<Job>, UsageError, Path.Path> =>
  Effect.gen(function*() {
    const configs = file?.configs ?? [{}]
    const several = configs.length > 1
    if (several && (given.documents.length > 0 || Option.isSome(given.out) || Option.isSome(given.options.session))) {
      return yield* new UsageError({ message: `${file?.file ?? ""} describes ${configs.length} clients: documents, --out and --session would be the same for each. Leave them out, or give another --config` })
    }
    const jobs: Array<Job> = []
    for (const base of configs) {
      const config = toConfig(base, given.options)
      const { input, out: folder } = config
      const inputs = given.documents.length > 0 ? given.documents : input === undefined ? [] : typeof input === "string" ? [input] : input
      const out = Option.getOrElse(given.out, () => folder)
      if (inputs.length === 0) return yield* new UsageError({ message: `there is no document: name one, as in \`credence generate openapi.yaml --out src/api\`${file === undefined ? "" : `, or as \`input\` in ${file.file}`}` })
      if (out === undefined || out === "") return yield* new UsageError({ message: `there is no folder to write to: name one by --out${file === undefined ? "" : `, or as \`out\` in ${file.file}`}` })
      jobs.push({ inputs, out, config })
    }
    const path = yield* Path.Path
    const folders = new Set<string>()
    for (const { out } of jobs) {
      const folder = path.resolve(out)
      if (folders.has(folder)) return yield* new UsageError({ message: `two clients of ${file?.file ?? ""} have the folder ${out}: each would remove the other's files` })
      folders.add(folder)
    }
    return jobs
  })

/** Does a job: nothing is printed. What the generator throws is a failure, so that others go on. */
const perform = (job: Job, manner: Manner): Effect.Effect<Outcome, JobError, Requirements> =>
  Effect.gen(function*() {
    const generated = yield* during(manner, `generating ${job.out} from ${job.inputs.join(", ")}`, generate(job.inputs, job.config))
    const { select } = job.config
    if (generated.operations.length === 0 && [...select?.tags ?? [], ...select?.include ?? [], ...select?.exclude ?? []].length > 0) {
      return yield* new UsageError({ message: `${job.inputs.join(", ")}: no operation is left. Look at --tag, --include and --exclude, and at \`select\` of the config` })
    }
    const files = yield* manner.check ? compare(job.out, generated.files) : write(job.out, generated.files, { force: manner.force })
    const problems = [
      ...("missing" in files && files.missing.length + files.changed.length + files.extra.length > 0 ? [`${job.out} is not up to date`] : []),
      ...(manner.strict && generated.warnings.length > 0 ? [`${generated.warnings.length} warnings with --strict`] : [])
    ]
    return { generated, files, problems }
  }).pipe(Effect.catchDefect((defect) => Effect.fail(InternalError.of(defect))))

const jsonOf = (job: Job, { files, generated, problems }: Outcome, millis: number): unknown => ({
  ok: problems.length === 0,
  out: job.out,
  session: generated.session,
  documents: generated.documents.roots.map(({ name }) => name),
  operations: generated.operations.length,
  models: generated.models.length,
  files,
  warnings: generated.warnings.map(({ document, message, pointer, position, rule }) => ({ rule, message, document, pointer, line: position?.line ?? null, column: position?.column ?? null })),
  counts: countsOf(generated.warnings),
  millis
})

const jsonOfError = (out: string | undefined, error: JobError | ConfigError): unknown => {
  // the stack of an error is nobody's business; its data is
  const { _tag: tag, message } = error
  const place = error._tag === "DocumentError"
    ? { document: error.document, line: error.line ?? null, column: error.column ?? null }
    : error._tag === "ConfigError"
    ? { document: error.file, line: error.line ?? null, column: error.column ?? null }
    : error._tag === "OutputConflict"
    ? { foreign: error.foreign, edited: error.edited }
    : {}
  return { ok: false, ...(out === undefined ? {} : { out }), error: { tag, message, ...place } }
}

const count = (number: number, name: string): string => `${number} ${name}${number === 1 ? "" : "s"}`

const did = (files: Written | Difference): string => {
  if ("missing" in files) return files.missing.length + files.changed.length + files.extra.length === 0 ? "up to date" : "not up to date"
  const { removed, written } = files
  const parts = [...(written.length > 0 ? [`${written.length} written`] : []), ...(removed.length > 0 ? [`${removed.length} removed`] : [])]
  return parts.length === 0 ? "nothing changed" : parts.join(", ")
}

/** What came of a job: an outcome, or why there is none. */
interface Done {
  readonly job: Job
  readonly outcome: Outcome | undefined
  readonly error: JobError | undefined
}

/** Does a job and tells what came of it. */
const tell = (job: Job, manner: Manner): Effect.Effect<Outcome, JobError, Requirements> =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const outcome = yield* perform(job, manner)
    const millis = (yield* Clock.currentTimeMillis) - start
    const { files, generated, problems } = outcome
    // with --strict they are errors, and errors are never quiet
    for (const line of linesOf(generated.warnings, manner.verbose)) yield* remark({ ...manner, quiet: manner.quiet && !manner.strict }, line)
    if ("missing" in files) {
      for (const kind of ["missing", "changed", "extra"] as const) {
        for (const name of files[kind]) yield* Console.error(`${kind.padEnd(8)} ${oneLine(`${job.out}/${name}`)}`)
      }
    }
    yield* result(manner, jsonOf(job, outcome, millis))
    for (const problem of problems) yield* complain(problem)
    const size = `${count(generated.operations.length, "operation")}, ${count(generated.models.length, "model")}, ${count(generated.files.size, "file")} in ${job.out} (${millis} ms)`
    yield* say(manner, `${size}: ${did(files)}`)
    return outcome
  })

/** Does all jobs, one after the other; one that fails does not keep the others from being done. */
const tellAll = (jobs: ReadonlyArray<Job>, manner: Manner): Effect.Effect<ReadonlyArray<Done>, never, Requirements> =>
  Effect.forEach(jobs, (job) =>
    tell(job, manner).pipe(Effect.matchEffect({
      onSuccess: (outcome): Effect.Effect<Done> => Effect.succeed({ job, outcome, error: undefined }),
      onFailure: (error) =>
        Effect.gen(function*() {
          yield* result(manner, jsonOfError(job.out, error))
          yield* complain(printable(error.message))
          const done: Done = { job, outcome: undefined, error }
          return done
        })
    })))

/** How it all ends. */
const verdict = (done: ReadonlyArray<Done>): Effect.Effect<void, Failed | ProblemsFound> => {
  if (done.some(({ error }) => error !== undefined)) return Effect.fail(new Failed({ message: "not all clients could be made" }))
  return done.some(({ outcome }) => outcome !== undefined && outcome.problems.length > 0) ? Effect.fail(new ProblemsFound({ message: "there are problems" })) : Effect.void
}

/** What a round of work was made of. What is known of an earlier one counts too: a file may be missing for a moment. */
const sourcesOf = Effect.fnUntraced(function*(config: string | undefined, done: ReadonlyArray<Done>, before: Sources | undefined) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const files = new Set(before?.files ?? configNames.map((name) => path.resolve(name)))
  const folders = new Set(before?.folders ?? [])
  if (config !== undefined) files.add(path.resolve(config))
  for (const { error, job, outcome } of done) {
    for (const input of job.inputs) {
      if (/^https?:/i.test(input) || input === "-") continue
      const file = /^file:/i.test(input) && URL.canParse(input) ? fileURLToPath(input) : path.resolve(input)
      const isFolder = yield* fs.stat(file).pipe(Effect.map(({ type }) => type === "Directory"), Effect.orElseSucceed(() => false))
      if (isFolder) folders.add(file)
      else files.add(file)
    }
    for (const patch of job.config.patches ?? []) files.add(path.resolve(patch))
    for (const { uri } of outcome?.generated.documents.all ?? []) if (uri.startsWith("file:")) files.add(fileURLToPath(uri))
    // a file that another one refers to
    if (error?._tag === "DocumentError" && !/^[a-z]+:\/\//i.test(error.document)) files.add(path.resolve(error.document))
  }
  const sources: Sources = { files: [...files], folders: [...folders], ignored: done.map(({ job }) => path.resolve(job.out)) }
  return sources
})

const help = [
  "Make a typed client of OpenAPI documents.",
  "",
  "  Files that hold the same already are left alone; files that an earlier generation wrote and this one",
  "  does not are removed; no other file is ever touched. The list of generated files is .credence.json in",
  "  the folder. A generated file that was changed by hand is overwritten only with --force.",
  "",
  "  What cannot be done as the document says is a warning, with its place in the document.",
  "",
  exitCodesHelp
].join("\n")

/** The command. */
export const generateCommand = Command.make("generate", flags, Effect.fnUntraced(function*(given) {
  const path = yield* Path.Path
  const here = path.resolve(".")
  const { check, force, json, quiet, strict, verbose, watch } = given
  const manner: Manner = { check, force, json, quiet, strict, verbose }
  const prepare = Effect.gen(function*() {
    if (check && watch) return yield* new UsageError({ message: "--check looks once: leave out --watch" })
    if (check && force) return yield* new UsageError({ message: "--check writes nothing: leave out --force" })
    if (watch && given.documents.includes("-")) return yield* new UsageError({ message: "standard input cannot be watched: give a file, or leave out --watch" })
    const file = Option.isSome(given.config) ? given.config.value : yield* findConfig(here)
    const configured = file === undefined ? undefined : yield* readConfig(file, here)
    // one that was only found, and says itself what to read, is about another client than that of these documents
    const foreign = Option.isNone(given.config) && given.documents.length > 0 && configured?.configs.some(({ input }) => input !== undefined) === true
    return foreign ? { file: undefined, jobs: yield* jobsOf(given, undefined) } : { file, jobs: yield* jobsOf(given, configured) }
  })
  const told = Effect.tapError(prepare, (error) => result(manner, jsonOfError(undefined, error)))

  if (!watch) return yield* Effect.flatMap(told, ({ jobs }) => Effect.flatMap(tellAll(jobs, manner), verdict))

  let before: Sources | undefined
  const round = Effect.gen(function*() {
    const prepared = yield* Effect.result(told)
    if (Result.isFailure(prepared)) {
      yield* complain(printable(prepared.failure.message))
      before = yield* sourcesOf(Option.getOrUndefined(given.config), [], before)
    } else {
      before = yield* sourcesOf(prepared.success.file, yield* tellAll(prepared.success.jobs, manner), before)
    }
    return before
  })
  // a wrong use of the command is not mended by a file that changes
  const first = yield* Effect.result(prepare)
  if (Result.isFailure(first) && first.failure._tag === "UsageError" && Option.isNone(given.config)) return yield* Effect.asVoid(told)
  return yield* watching({ run: round, onReady: () => remark(manner, dim("Watching for changes. Ctrl-C stops.")) })
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Make a typed client of OpenAPI documents"),
  Command.withExamples([
    { command: "credence generate openapi.yaml --out src/api", description: "One document" },
    { command: "credence generate specs/ --preset argus --out src/argus", description: "All documents of a folder, with a vendor's habits" },
    { command: "credence generate", description: "What credence.config.ts says" },
    { command: "credence generate --check --strict", description: "For continuous integration: is the client up to date, and is all of the document understood?" },
    { command: "curl -s https://example.com/openapi.json | credence generate - --out src/api --json | jq .counts", description: "In a pipeline" }
  ])
)
