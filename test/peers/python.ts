/**
 * Python environments below `.peers/`, one a client, and programs that run in them.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { OfficialClient } from "./clients.ts"
import type { Python } from "./parity.ts"

/** The rows cannot be run on this machine. */
export class NotRun extends Data.TaggedError("NotRun")<{ readonly reason: string }> {}

const here = fileURLToPath(new URL(".", import.meta.url))
const environments = join(here, "..", "..", ".peers")

const pythonOf = (name: string): string => process.platform === "win32" ? join(environments, name, "Scripts", "python.exe") : join(environments, name, "bin", "python")

/** Runs a program to its end. Succeeds with its exit code, 127 if it does not start. What it prints is not shown, but its errors. */
const quietly = (command: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = process.env): Effect.Effect<number> =>
  Effect.callback((resume) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"], env })
    child.once("error", () => resume(Effect.succeed(127)))
    child.once("exit", (code) => resume(Effect.succeed(code ?? 1)))
    return Effect.sync(() => child.kill())
  })

const step = (reason: string, command: string, args: ReadonlyArray<string>, env?: NodeJS.ProcessEnv) =>
  Effect.filterOrFail(quietly(command, args, env), (code) => code === 0, () => new NotRun({ reason }))

const hasPackage = (name: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const child = spawn("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name], { stdio: ["ignore", "pipe", "ignore"] })
    let said = ""
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (said += chunk))
    // where there is no dpkg, nobody knows: pip will tell
    child.once("error", () => resume(Effect.succeed(true)))
    child.once("close", () => resume(Effect.succeed(said === "installed")))
  })

const withPackages = Effect.fnUntraced(function*(names: ReadonlyArray<string>) {
  const missing = yield* Effect.filter(names, (name) => Effect.map(hasPackage(name), (there) => !there))
  if (missing.length === 0) return
  const needed = `it is built from source, which needs Debian's ${missing.join(" and ")}`
  if (process.getuid?.() !== 0) return yield* new NotRun({ reason: `${needed}; only root can install them` })
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  yield* step(`${needed}; apt-get found no lists of packages`, "apt-get", ["update", "-qq"], env)
  yield* step(`${needed}; apt-get could not install them`, "apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], env)
})

/** Installs a client where it is not yet. What is installed is noted, so that a second run asks no registry. */
export const install = Effect.fnUntraced(function*({ debian, name, pip }: OfficialClient): Effect.fn.Return<void, NotRun> {
  const note = join(environments, name, "installed.txt")
  const wanted = pip.join("\n")
  const there = yield* Effect.promise(() => fs.readFile(note, "utf8").catch(() => ""))
  if (there === wanted && existsSync(pythonOf(name))) return
  yield* withPackages(debian ?? [])
  yield* step("python3 with its venv module is not installed", "python3", ["-m", "venv", "--clear", join(environments, name)])
  yield* step(`pip could not install ${pip[0]}`, pythonOf(name), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...pip])
  yield* Effect.promise(() => fs.writeFile(note, wanted))
})

// The settings of whoever runs this (proxies, another API key, a .netrc, stored tokens) must not reach the client under test.
const cleanEnvironment = (home: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:ARGUS|TPP|OVIRT|ICA|ANSYS|XDG|PYTHON)_|_proxy$|_CA_BUNDLE$|^SSL_CERT_/i.test(name))),
  HOME: home,
  PYTHONUNBUFFERED: "1",
  PYTHONIOENCODING: "utf-8"
})

const home = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(join(tmpdir(), "credence-peers-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

/** What a program printed, and how it ended; 127 if it did not start. */
interface Ended {
  readonly code: number
  readonly output: string
}

const runScript = (name: string, script: string, args: ReadonlyArray<string>, how: { readonly input: string; readonly echo: boolean }): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(home, (folder) =>
    Effect.callback<Ended>((resume) => {
      const child = spawn(pythonOf(name), [join(here, script), ...args], { stdio: ["pipe", "pipe", "inherit"], env: cleanEnvironment(folder) })
      let output = ""
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk
        if (how.echo) process.stdout.write(chunk)
      })
      // one that ends early does not read its input
      child.stdin.on("error", () => undefined)
      child.once("error", () => resume(Effect.succeed({ code: 127, output })))
      child.once("close", (code) => resume(Effect.succeed({ code: code ?? 1, output })))
      child.stdin.end(how.input)
      return Effect.sync(() => child.kill())
    })))

/** How many rows are ok, of how many. */
export interface Rows {
  readonly ok: number
  readonly all: number
  readonly passed: boolean
}

/** Runs a client's rows, and shows what they print. All are ok only if it says so and ends well. */
export const rows = (name: string, sandbox: string): Effect.Effect<Rows, NotRun> =>
  existsSync(join(here, `${name}.py`))
    ? Effect.map(runScript(name, `${name}.py`, [sandbox], { input: "", echo: true }), ({ code, output }) => {
      const said = /^peer: (\d+) of (\d+)$/m.exec(output)
      const [ok, all] = [Number(said?.[1] ?? 0), Number(said?.[2] ?? 0)]
      return { ok, all, passed: code === 0 && all > 0 && ok === all }
    })
    : Effect.fail(new NotRun({ reason: `there is no ${name}.py` }))

/** Runs a script of this folder in a client's environment, and gives what it prints. */
export const scriptOf = (name: string): Python => (script, args, input) =>
  Effect.map(runScript(name, script, args, { input, echo: false }), ({ output }) => output)
