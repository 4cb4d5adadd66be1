/**
 * `credence call`: runs an operation of a client.
 */
import * as Argument from "effect/cli/Argument"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { CallEndpoint } from "../../call/CallEndpoint.ts"
import type { InputError } from "../../call/InputError.ts"
import { carrier } from "../../call/split.ts"
import { findEndpoint, loadClient } from "../client.ts"
import { shown } from "../configFile.ts"
import { printable, UsageError } from "../failure.ts"
import { complain, result, type Voice } from "../terminal.ts"

export { packed } from "../../call/split.ts"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)
const hidden = (name: string, metavar: string, description: string) =>
  Flag.Redacted(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)
const toggle = (name: string, description: string) => Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const flags = {
  directory: Argument.Directory("dir").pipe(Argument.withDescription("A folder that `credence generate` made")),
  operation: Argument.String("operation").pipe(
    Argument.withDescription("Its name, module.name where several have it, or \"GET /path\". Its parameters follow as flags: see `credence call <dir> <operation> --help`")
  ),
  profile: text("profile", "name", "Settings of this table of the profiles' file (default: CREDENCE_PROFILE, else default)"),
  profiles: text("profiles", "file", "The profiles' file (default: CREDENCE_PROFILES, else ~/.config/credence/profiles.toml)"),
  url: text("url", "url", "The server (default: <PREFIX>_URL, else the document's)"),
  token: hidden("token", "token", "A token (better: <PREFIX>_TOKEN, which stays out of the shell's history)"),
  key: hidden("key", "key", "An API key (better: <PREFIX>_KEY)"),
  username: text("username", "name", "A user name; the password is <PREFIX>_PASSWORD, in the environment or a profile, and never a flag"),
  accept: text("accept", "media type", "One of the media types that the operation gives"),
  output: text("output", "file", "Write the result there; - is standard output"),
  table: toggle("table", "Print records as a table"),
  dryRun: toggle("dry-run", "Print the request with its secrets masked, and send nothing"),
  curl: toggle("curl", "Print the request as a line for a shell, with its secrets as variables, and send nothing"),
  status: toggle("status", "Print the status and the declared fields of the head on standard error"),
  all: toggle("all", "Print the items of all pages, one line of JSON each"),
  json: toggle("json", "Print the result as one line of JSON, and failures as well, with their body"),
  quiet: toggle("quiet", "Print no remarks"),
  parameters: Flag.String(carrier).pipe(Flag.withHidden, Flag.withDefault("[]"))
}

const exitCodes = "Exit codes: 0 fine; 1 the call failed; 2 wrong usage, input or settings, nothing was sent; 130 stopped by Ctrl-C."

const help = [
  "Run an operation of a client and print what it gives, as JSON.",
  "",
  "  Parameters are flags, in kebab-case or as the input calls them: --pet-id 1 or --petId 1. Lists are",
  "  repeated or have commas, records are JSON, truth values need no value. A name that this command has",
  "  itself gets its place before it: --query.url. A body is --body '{ … }', --body @file or --body -, or",
  "  single members: --body.name Rex. Files are @file.",
  "",
  "  Server and credentials come from flags, the environment and a profile, in this order: <PREFIX>_URL,",
  "  _TOKEN, _KEY, _USERNAME and _PASSWORD. The prefix is the session's name: PETSTORE for petstore,",
  "  ARGUS_API for Argus. There is no flag for a password: arguments stay in the shell's history, and every",
  "  process of the machine can read them. A login that `credence login` has kept is used, and renewed.",
  "",
  "  Streams of items are lines of JSON; files go to --output, or to standard output where that is no terminal.",
  "",
  `  ${exitCodes}`
].join("\n")

/** The command's own flags that matter in the help of an operation. */
const common: ReadonlyArray<HelpDoc.FlagDoc> = ([
  ["profile", "name", "Settings of this profile"],
  ["url", "url", "The server"],
  ["output", "file", "Write the result there"],
  ["table", "", "Print records as a table"],
  ["all", "", "Print the items of all pages"],
  ["dry-run", "", "Print the request and send nothing"],
  ["curl", "", "Print the request as a line for a shell"]
] as const).map(([name, type, description]) => ({ name, aliases: [], type: type === "" ? "boolean" : type, description: Option.some(description), required: false }))

/** the operation's part of the command line, as `packed` has put it together */
const tokensOf = (packed: string): ReadonlyArray<string> => {
  try {
    const tokens: unknown = JSON.parse(packed)
    return Array.isArray(tokens) ? tokens.map(String) : []
  } catch {
    return []
  }
}

/** Tells all that is wrong with the parameters, one line each. */
const refused = (voice: Voice, command: string) => ({ _tag: tag, message, problems }: InputError): Effect.Effect<never, UsageError> =>
  Effect.gen(function*() {
    yield* result(voice, { ok: false, error: { tag, message, problems } })
    for (const problem of problems.slice(0, -1)) yield* complain(printable(problem))
    return yield* new UsageError({ message: `${printable(problems.at(-1) ?? message)}\nSee: ${command} --help` })
  })

/** The command. */
export const callCommand = Command.make("call", flags, Effect.fnUntraced(function*(given) {
  const path = yield* Path.Path
  const folder = shown(path, given.directory, path.resolve("."))
  const client = yield* loadClient(folder)
  const found = yield* Effect.fromResult(findEndpoint(client, given.operation))
  const tokens = tokensOf(given.parameters)
  if (tokens.includes("--help") || tokens.includes("-h")) {
    const { helpOf } = yield* Effect.promise(() => import("../../call/help.ts"))
    const { present } = yield* CliOutput.Presenter
    return yield* present({ _tag: "Help", reason: "Requested", commandPath: ["credence", "call"], helpDoc: helpOf(folder, found, client.models, common) })
  }
  if (given.dryRun && given.curl) return yield* new UsageError({ message: "--dry-run and --curl are two ways to see the request: give one" })
  if (given.all && (given.dryRun || given.curl || given.status)) {
    return yield* new UsageError({ message: "--all makes several requests: leave out --dry-run, --curl and --status" })
  }
  // an endpoint of the runtime has all that is read of it
  const endpoint = found.endpoint as unknown as CallEndpoint
  const { readInput } = yield* Effect.promise(() => import("../../call/input.ts"))
  const input = yield* Effect.catch(readInput(endpoint, tokens), refused(given, `credence call ${folder} ${given.operation}`))
  const { run } = yield* Effect.promise(() => import("../../call/run.ts"))
  const { schemesOf } = yield* Effect.promise(() => import("../../call/credentials.ts"))
  return yield* run({ endpoint, schemes: schemesOf(client.modules.values()), input }, {
    session: {
      profile: Option.getOrUndefined(given.profile),
      profiles: Option.getOrUndefined(given.profiles),
      url: Option.getOrUndefined(given.url),
      token: Option.getOrUndefined(given.token),
      key: Option.getOrUndefined(given.key),
      username: Option.getOrUndefined(given.username)
    },
    accept: Option.getOrUndefined(given.accept),
    output: Option.getOrUndefined(given.output),
    table: given.table,
    dryRun: given.dryRun,
    curl: given.curl,
    status: given.status,
    all: given.all,
    json: given.json,
    quiet: given.quiet,
    files: tokens.flatMap((token) => {
      const value = token.startsWith("--") ? token.slice(token.indexOf("=") + 1) : token
      return value.startsWith("@") && !value.startsWith("@@") ? [value.slice(1)] : []
    })
  })
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Run an operation of a client"),
  Command.withExamples([
    { command: "credence call src/api getPet --pet-id 1", description: "One call, with settings of the environment" },
    { command: "credence call src/api addPet --body.name Rex --profile work --dry-run", description: "See what would be sent, and to which server" },
    { command: "credence call src/api listPets --all | jq -r .name", description: "All pages" },
    { command: "credence call src/api getPet --help", description: "The parameters of an operation" }
  ])
)
