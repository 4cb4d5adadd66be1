/**
 * `credence diff`: what changed between two documents, and which version step it needs.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { Config } from "../../openapi/config.ts"
import { diffDocuments, differenceData, formatDifference, reaches } from "../../openapi/diff/index.ts"
import { findConfig, readConfig } from "../configFile.ts"
import { InternalError, printable, ProblemsFound, UsageError } from "../failure.ts"
import { configFlags, toConfig } from "../options.ts"
import { during, remark, result, type Voice } from "../terminal.ts"

const flags = {
  old: Argument.String("old").pipe(Argument.withDescription("The document that the client was made of: a file, a folder of documents, an http(s) address, or - for standard input")),
  new: Argument.String("new").pipe(Argument.withDescription("The document that it will be made of")),
  config: Flag.File("config").pipe(Flag.withMetavar("file"), Flag.withDescription("What the client is made with. Default: credence.config.ts, .js or .json in the working directory, where there is one"), Flag.optional),
  options: configFlags,
  failOn: Flag.Literals("fail-on", ["breaking", "feature", "fix"]).pipe(Flag.withDescription("Exit 1 where there is a change like this, or a worse one"), Flag.optional),
  json: Flag.Boolean("json").pipe(Flag.withDescription("Print the changes as JSON, on one line"), Flag.withDefault(false)),
  quiet: Flag.Boolean("quiet").pipe(Flag.withAlias("q"), Flag.withDescription("Print nothing but errors"), Flag.withDefault(false))
}

/** What the client is made with, if a config file says so of one client. */
const configOf = Effect.fnUntraced(function*(given: Option.Option<string>, voice: Voice) {
  const path = yield* Path.Path
  const here = path.resolve(".")
  const file = Option.isSome(given) ? given.value : yield* findConfig(here)
  const none: Config = {}
  if (file === undefined) return none
  const { configs, file: name } = yield* readConfig(file, here)
  const [config, ...more] = configs
  if (config !== undefined && more.length === 0) return config
  if (Option.isSome(given)) return yield* new UsageError({ message: `${name} describes ${configs.length} clients: give the options of the one that is meant as flags, and leave out --config` })
  yield* remark(voice, `${name} describes ${configs.length} clients: it is not looked at`)
  return none
})

const help = [
  "Name what changed between two documents, as far as it matters to a client that is made of them.",
  "",
  "  breaking  a client made of OLD can fail against a server of NEW, or code over it does not compile with",
  "            the client made of NEW",
  "  feature   more can be asked for, or more can come, and nothing that worked stops working",
  "  fix       words, or a limit that the client does not look at",
  "",
  "  Each change has its places in both documents. At the end stands the step that the client's version needs:",
  "  major, minor, patch or none. Names and types are those that `generate` gives with the same options.",
  "",
  "  Exit codes: 0 fine, whatever changed; 1 there is a change of --fail-on; 2 a document or the config cannot be read."
].join("\n")

/** The command. */
export const diffCommand = Command.make("diff", flags, Effect.fnUntraced(function*(given) {
  const { failOn, json, quiet } = given
  const voice: Voice = { json, quiet }
  const difference = yield* Effect.gen(function*() {
    if (given.old === "-" && given.new === "-") return yield* new UsageError({ message: "standard input can be one of the documents, and not both" })
    const config = toConfig(yield* configOf(given.config, voice), given.options)
    return yield* during(voice, `comparing ${given.old} with ${given.new}`, diffDocuments([given.old], [given.new], config))
  }).pipe(
    Effect.catchDefect((defect) => Effect.fail(InternalError.of(defect))),
    Effect.tapError(({ _tag: tag, message }) => result(voice, { ok: false, error: { tag, message } }))
  )
  const failed = Option.isSome(failOn) && reaches(difference.changes, failOn.value)
  yield* result(voice, { ok: !failed, ...differenceData(difference) })
  if (!json && !quiet) yield* Console.log(formatDifference(difference).split("\n").map(printable).join("\n"))
  if (failed) return yield* new ProblemsFound({ message: "there are changes of this kind" })
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Name what changed between two documents, and the version step it needs"),
  Command.withExamples([
    { command: "credence diff v1.yaml v2.yaml", description: "Two documents" },
    { command: "credence diff specs/2024/ specs/2025/ --preset argus", description: "Two sets of documents" },
    { command: "git show main:openapi.yaml | credence diff - openapi.yaml --fail-on breaking", description: "For continuous integration: does this branch break clients?" },
    { command: "credence diff v1.yaml v2.yaml --json | jq -r .step", description: "The step alone: major, minor, patch or none" }
  ])
)
