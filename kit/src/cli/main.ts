#!/usr/bin/env node
/**
 * The command `credence`. Each command is a file in `commands/`, registered here.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { version } from "../openapi/version.ts"
import { stopWithParent } from "../sandbox/parent.ts"
import { callCommand, packed } from "./commands/call.ts"
import { diffCommand } from "./commands/diff.ts"
import { doctorCommand } from "./commands/doctor.ts"
import { generateCommand } from "./commands/generate.ts"
import { loginCommand } from "./commands/login.ts"
import { logoutCommand } from "./commands/logout.ts"
import { mockCommand } from "./commands/mock.ts"
import { sandboxCommand } from "./commands/sandbox.ts"
import { schemaCommand } from "./commands/schema.ts"
import { statusCommand } from "./commands/status.ts"
import { tokenCommand } from "./commands/token.ts"
import { exitCodeOf, exitCodes, exitCodesHelp, InternalError, reportOf } from "./failure.ts"
import { presenter } from "./help.ts"
import { complain } from "./terminal.ts"

const credence = Command.make("credence").pipe(
  Command.withDescription(["Typed clients of HTTP APIs, made of OpenAPI documents.", "", exitCodesHelp].join("\n")),
  Command.withExamples([
    { command: "credence generate openapi.yaml --out src/api", description: "Make a client" },
    { command: "credence generate --help", description: "All about a command" },
    { command: "eval \"$(credence --completions bash)\"", description: "Complete commands and flags in this shell" }
  ]),
  Command.withSubcommands([generateCommand, diffCommand, callCommand, mockCommand, schemaCommand, doctorCommand, loginCommand, logoutCommand, statusCommand, tokenCommand, sandboxCommand])
)

const services = Layer.mergeAll(
  NodeServices.layer,
  FetchHttpClient.layer,
  // standard output has results and nothing else
  Layer.succeed(Logger.LogToStderr, true),
  CliOutput.layerPresenter(presenter),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })
)

const program = Command.runWith(credence, { version })(packed(process.argv.slice(2))).pipe(Effect.provide(services))

/** Ends the process when all that was printed has left it. */
const leave = (code: number): void => {
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)))
}

// whoever reads from us may stop, as `head` does
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exitCodes.fine : exitCodes.failed))
}
process.on("uncaughtException", (error) => {
  process.stderr.write(`credence: ${InternalError.of(error).message}\n`)
  process.exit(exitCodes.failed)
})
// what Node has to say about the type of somebody's package is not about the work
process.removeAllListeners("warning")
process.on("warning", (warning) => {
  const { code } = warning as NodeJS.ErrnoException
  if (warning.name !== "ExperimentalWarning" && code !== "MODULE_TYPELESS_PACKAGE_JSON") process.stderr.write(`${warning.name}: ${warning.message}\n`)
})
if (process.env["npm_lifecycle_event"] !== undefined) stopWithParent(() => process.kill(process.pid, "SIGTERM"))

NodeRuntime.runMain(
  Effect.onExit(program, (exit) => {
    const report = reportOf(exit)
    return report === undefined ? Effect.void : complain(report)
  }),
  { disableErrorReporting: true, teardown: (exit) => leave(exitCodeOf(exit)) }
)
