/**
 * `npm run test:peers`: proves the sandbox with the official Python client.
 * It installs the client into `.peers/` once. Where that cannot be done the rows are not run: that passes, but not in CI.
 */
import { make } from "credence-kit/sandbox"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const CLIENT = "argus-api==5.1.0"

const here = fileURLToPath(new URL(".", import.meta.url))
const venv = join(here, "..", "..", ".peers")
const python = process.platform === "win32" ? join(venv, "Scripts", "python.exe") : join(venv, "bin", "python")

/** The rows cannot be run on this machine. */
class NotRun extends Data.TaggedError("NotRun")<{ readonly reason: string }> {}

/** Runs a program to its end; `output` says whether its output is shown. Succeeds with its exit code, 127 if it does not start. */
const run = (command: string, args: ReadonlyArray<string>, output: "inherit" | "ignore"): Effect.Effect<number> =>
  Effect.callback((resume) => {
    // The settings of whoever runs this (proxies, another API key) must not reach the client under test.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => output === "ignore" || !/^ARGUS_|_proxy$/i.test(name)))
    const child = spawn(command, args, { stdio: ["ignore", output, "inherit"], env })
    child.once("error", () => resume(Effect.succeed(127)))
    child.once("exit", (code) => resume(Effect.succeed(code ?? 1)))
    return Effect.sync(() => child.kill())
  })

const step = (reason: string, command: string, args: ReadonlyArray<string>) =>
  Effect.filterOrFail(run(command, args, "ignore"), (code) => code === 0, () => new NotRun({ reason }))

const install = Effect.gen(function*() {
  if (!existsSync(python)) yield* step("python3 with its venv module is not installed", "python3", ["-m", "venv", venv])
  // pip is quick when the client is there already, and repairs a venv that a broken run left behind.
  yield* step(`pip could not install ${CLIENT}`, python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", CLIENT])
})

const rows = Effect.scoped(Effect.gen(function*() {
  const { argus } = yield* make()
  return yield* run(python, [join(here, "argus.py"), JSON.stringify({ argus })], "inherit")
}))

const program = Effect.andThen(install, rows).pipe(
  Effect.catchTag("NotRun", ({ reason }) =>
    Effect.sync(() => {
      console.log(`not run - the official Argus client against the sandbox: ${reason}`)
      return process.env["CI"] === "true" ? 1 : 0
    }))
)

process.exitCode = await Effect.runPromise(program)
