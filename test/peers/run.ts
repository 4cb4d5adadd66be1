/**
 * `npm run test:peers`: proves the sandbox with the official Python client, the client that is generated from the vendor's
 * documents with the sandbox, and that the official client and ours give the same data for the same calls.
 * It installs the official client into `.peers/` once. Where that cannot be done its rows are not run: that passes, but not in
 * CI. Where the vendor's documents are not there, theirs are not run: that passes.
 */
import { make } from "credence-kit/sandbox"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parity, type Python } from "./parity.ts"
import { client, vendor } from "./vendor.ts"

const CLIENT = "argus-api==5.1.0"

const here = fileURLToPath(new URL(".", import.meta.url))
const venv = join(here, "..", "..", ".peers")
const python = process.platform === "win32" ? join(venv, "Scripts", "python.exe") : join(venv, "bin", "python")

/** The rows cannot be run on this machine. */
class NotRun extends Data.TaggedError("NotRun")<{ readonly reason: string }> {}

// The settings of whoever runs this (proxies, another API key) must not reach the client under test.
const clean = (): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^ARGUS_|_proxy$/i.test(name)))

/** Runs a program to its end; `output` says whether its output is shown. Succeeds with its exit code, 127 if it does not start. */
const run = (command: string, args: ReadonlyArray<string>, output: "inherit" | "ignore"): Effect.Effect<number> =>
  Effect.callback((resume) => {
    const child = spawn(command, args, { stdio: ["ignore", output, "inherit"], env: output === "ignore" ? process.env : clean() })
    child.once("error", () => resume(Effect.succeed(127)))
    child.once("exit", (code) => resume(Effect.succeed(code ?? 1)))
    return Effect.sync(() => child.kill())
  })

/** Runs a script of this folder, and gives what it prints. */
const script: Python = (name, args, input) =>
  Effect.callback((resume) => {
    const child = spawn(python, [join(here, name), ...args], { stdio: ["pipe", "pipe", "inherit"], env: clean() })
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => output += chunk)
    // one that ends early does not read its input
    child.stdin.on("error", () => undefined)
    child.once("error", () => resume(Effect.succeed("")))
    child.once("close", () => resume(Effect.succeed(output)))
    child.stdin.end(input)
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
  return (yield* run(python, [join(here, "argus.py"), JSON.stringify({ argus })], "inherit")) === 0
}))

const program = Effect.scoped(Effect.gen(function*() {
  const official = yield* Effect.as(install, true).pipe(
    Effect.catchTag("NotRun", ({ reason }) =>
      Effect.sync(() => {
        console.log(`not run - the official Argus client: ${reason}`)
        return false
      }))
  )
  const results = [official ? yield* rows : process.env["CI"] !== "true"]
  const made = yield* client.pipe(
    Effect.catchTag("NoDocuments", ({ reason }) =>
      Effect.sync(() => {
        console.log(`not run - the client of the vendor's documents: ${reason}\nvendor client: 0 of 0 operations`)
        return undefined
      }))
  )
  if (made !== undefined) {
    results.push(
      yield* vendor(made).pipe(
        Effect.catchTag("Mistyped", ({ output }) =>
          Effect.sync(() => {
            console.log(`not ok - vendor client: types\n${output}`)
            return false
          }))
      )
    )
  }
  if (official) results.push(yield* parity(script, made?.project))
  return results.every((result) => result) ? 0 : 1
}))

process.exitCode = await Effect.runPromise(program)
