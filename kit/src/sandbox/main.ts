/** `npm run -s sandbox -- [--json] [--port N] [--https]`: serves until it is told to stop. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { parseArgs } from "node:util"
import { stopWithParent } from "./parent.ts"
import { run, type RunOptions } from "./run.ts"

const USAGE = "usage: sandbox [--json] [--port N] [--https]"

const readArguments = (argv: ReadonlyArray<string>): RunOptions | string => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        json: { type: "boolean", default: false },
        https: { type: "boolean", default: false },
        port: { type: "string", default: "0" }
      }
    })
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : NaN
    return port >= 0 && port <= 65_535
      ? { json: values.json, https: values.https, port }
      : `--port must be a number from 0 to 65535, not ${values.port}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const given = readArguments(process.argv.slice(2))
if (typeof given === "string") {
  console.error(`sandbox: ${given}\n${USAGE}`)
  process.exitCode = 2
} else {
  const fiber = Effect.runFork(Effect.scoped(run(given)))
  fiber.addObserver((exit) => {
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return
    const failure = Cause.squash(exit.cause)
    console.error(`sandbox: ${failure instanceof Error ? failure.message : String(failure)}`)
    process.exitCode = 1
  })
  const stop = (): void => void Effect.runFork(Fiber.interrupt(fiber))
  process.once("SIGINT", stop)
  process.once("SIGTERM", stop)
  if (process.env["npm_lifecycle_event"] !== undefined) stopWithParent(stop)
}
