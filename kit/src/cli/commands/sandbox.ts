/**
 * `credence sandbox`: a local emulation of the supported systems.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type { SandboxFailed } from "../../sandbox/failure.ts"
import { run } from "../../sandbox/run.ts"
import { UsageError } from "../failure.ts"

const flags = {
  port: Flag.Int("port").pipe(Flag.withMetavar("number"), Flag.withDescription("The first port on 127.0.0.1, one for each system (default: any that are free)"), Flag.withDefault(0)),
  https: Flag.Boolean("https").pipe(Flag.withDescription("HTTPS with a certificate of its own, for the systems that speak plain http else"), Flag.withDefault(false)),
  json: Flag.Boolean("json").pipe(Flag.withDescription("Print address and logins as one line of JSON"), Flag.withDefault(false))
}

const help = [
  "Emulate the supported systems over real HTTP, with made-up data, until Ctrl-C.",
  "",
  "  The addresses and logins are printed when it is ready. Nothing leaves this machine.",
  "",
  "  Exit codes: 2 wrong usage, or the port is taken; 130 stopped by Ctrl-C."
].join("\n")

/** The command. */
export const sandboxCommand = Command.make("sandbox", flags, (given): Effect.Effect<never, UsageError | SandboxFailed> =>
  given.port < 0 || given.port > 65_535
    ? Effect.fail(new UsageError({ message: `--port must be a number from 0 to 65535, not ${given.port}` }))
    : Effect.scoped(run(given))).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Emulate the supported systems locally"),
  Command.withExamples([
    { command: "credence sandbox --port 8080", description: "On a port of your choice" },
    { command: "credence sandbox --json > sandbox.json &", description: "In the background, with address and logins in a file" }
  ])
)
