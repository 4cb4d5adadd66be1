/**
 * `credence mock`: a server that answers for all operations of a client, with examples.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import { type Client, findEndpoint, loadClient } from "../client.ts"
import { shown } from "../configFile.ts"
import { exitCodes, oneLine, UsageError } from "../failure.ts"

const flags = {
  directory: Argument.Directory("dir").pipe(Argument.withDescription("A folder that `credence generate` made")),
  port: Flag.Int("port").pipe(Flag.withMetavar("number"), Flag.withDescription("The port (default: any that is free)"), Flag.withDefault(0)),
  host: Flag.String("host").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription("The address to listen on (default: 127.0.0.1, which nobody else can reach)"),
    Flag.withDefault("127.0.0.1")
  ),
  seed: Flag.Int("seed").pipe(Flag.withMetavar("number"), Flag.withDescription("Other examples; the same seed gives the same ones (default: 1)"), Flag.withDefault(1)),
  status: Flag.String("status").pipe(
    Flag.withMetavar("operation=404"),
    Flag.withDescription("What an operation answers in place of its first success; may be repeated"),
    Flag.between(0, Number.MAX_SAFE_INTEGER)
  ),
  delay: Flag.Int("delay").pipe(Flag.withMetavar("ms"), Flag.withDescription("Milliseconds before each answer (default: 0)"), Flag.withDefault(0)),
  strict: Flag.Boolean("strict").pipe(Flag.withDescription("Answer 401 to requests without the credentials that their operation wants"), Flag.withDefault(false)),
  json: Flag.Boolean("json").pipe(Flag.withDescription("Print { url, operations } as one line of JSON when it is ready"), Flag.withDefault(false))
}

/** `getCase=404` */
const statusesOf = Effect.fnUntraced(function*(client: Client, given: ReadonlyArray<string>) {
  const statuses: Record<string, number> = {}
  for (const one of given) {
    const equals = one.lastIndexOf("=")
    const status = Number(one.slice(equals + 1))
    if (equals < 1 || !Number.isInteger(status) || status < 200 || status > 599) {
      return yield* new UsageError({ message: `--status takes an operation and a status from 200 to 599, such as getCase=404, and not ${oneLine(one)}` })
    }
    const { endpoint } = yield* Effect.fromResult(findEndpoint(client, one.slice(0, equals)))
    statuses[endpoint.operation.name] = status
  }
  return statuses
})

const help = [
  "Answer for all operations of a client over real HTTP, with examples, until Ctrl-C.",
  "",
  "  Requests are checked by what the operations declare: a wrong one gets 400 with { issues }, an unknown",
  "  path 404, a wrong method 405, a wrong media type 415 or 406. What is right gets an example of the first",
  "  success, always the same for the same request and seed. Pages come to an end.",
  "",
  "  The header `Prefer: status=404` asks for what an operation answers with another status.",
  "  The header `x-credence-mock` of an answer names the operation.",
  "",
  "  Exit codes: 0 stopped by Ctrl-C; 2 wrong usage, no client, or the port is taken."
].join("\n")

/** The command. */
export const mockCommand = Command.make("mock", flags, Effect.fnUntraced(function*({ delay, directory, host, json, port, seed, status, strict }) {
  const path = yield* Path.Path
  if (port < 0 || port > 65_535) return yield* new UsageError({ message: `--port must be a number from 0 to 65535, not ${port}` })
  if (delay < 0) return yield* new UsageError({ message: `--delay must not be negative, as ${delay} is` })
  const folder = shown(path, directory, path.resolve("."))
  const client = yield* loadClient(folder)
  const statuses = yield* statusesOf(client, status)
  // an HTTP server is not worth loading for commands that need none
  const { make } = yield* Effect.promise(() => import("../../mock/index.ts"))
  return yield* Effect.scoped(Effect.gen(function*() {
    const running = yield* make([...client.modules.values()], { port, host, seed, delay, strict, status: statuses })
    yield* Console.log(json ? JSON.stringify(running) : `${running.operations} operations of ${folder} are answered at ${running.url}\nStop it with Ctrl-C.`)
    // to be stopped is how it ends
    process.exitCode = exitCodes.fine
    return yield* Effect.never
  }))
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Answer for the operations of a client, with examples"),
  Command.withExamples([
    { command: "credence mock src/api --port 8080", description: "On a port of your choice" },
    { command: "credence mock src/api --status getPet=404 --strict", description: "Try what a client does about failures" },
    { command: "credence mock src/api --json > mock.json &", description: "In the background, with its address in a file" }
  ])
)
