/**
 * `npm run test:servers`: proves the client with real servers on this machine: Kerberos, NTLM, Digest, TLS, proxies.
 *
 *     npm run test:servers -- [--keep] [--bench] [file…]
 *
 * Brings the servers up (a minute or two where they have to be installed, seconds later), runs the tests of this folder and,
 * where no file is named, the rows of `peers` with curl, requests and this library; `--bench` measures logins instead. Then it
 * stops what it started; `--keep` lets it run. Needs root and apt: where they are missing nothing is run, which passes, but not
 * in CI.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { parseArgs } from "node:util"

const here = import.meta.dirname
const root = path.join(here, "..", "..")
const home = process.env["CREDENCE_SERVERS_HOME"] ?? path.join(tmpdir(), "credence-servers")
const file = path.join(home, "env.json")
const rows = path.join(home, "rows.txt")

const { positionals, values } = parseArgs({ allowPositionals: true, options: { bench: { type: "boolean", default: false }, keep: { type: "boolean", default: false } } })

let child: ChildProcess | undefined
let stopped = false

/** Runs a program to its end; gives its exit code. */
const run = (command: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = process.env): Promise<number> =>
  new Promise((resolve) => {
    child = spawn(command, args, { cwd: root, stdio: "inherit", env })
    child.once("error", () => resolve(127)).once("exit", (code) => resolve(code ?? 1))
  })

// Whoever stops this wants the servers stopped as well.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopped = true
    child?.kill(signal)
  })
}

/** why the servers cannot be brought up here; `undefined`: they can */
const missing = (): string | undefined => {
  if (process.platform !== "linux") return "the servers need Linux"
  if (process.getuid?.() !== 0) return "the servers need root"
  return spawnSync("sh", ["-c", "command -v apt-get"]).status === 0 ? undefined : "the servers need apt-get (Debian)"
}

/** Is one of the processes there that a file of `run` names? Then somebody else started the servers, and stops them. */
const running = (): boolean => spawnSync("bash", ["-c", `. "${here}/setup/common.sh"; alive apache && alive kdc`]).status === 0

/** The settings of whoever runs this, proxies and tickets among them, must not reach the tests. */
const clean = (): NodeJS.ProcessEnv => {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(KRB5|NTLM_|LM_COMPAT)|_proxy$/i.test(name)))
  const { KRB5_CONFIG } = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, string>>
  return { ...own, KRB5_CONFIG, KRB5CCNAME: `FILE:${home}/run/nobody`, CREDENCE_SERVERS_ENV: file }
}

const main = async (): Promise<number> => {
  const reason = missing()
  if (reason !== undefined) {
    console.log(`not run - ${reason}`)
    return process.env["CI"] === "true" ? 1 : 0
  }
  const others = running()
  try {
    const up = await run("bash", [path.join(here, "up.sh")])
    if (up !== 0 || stopped) return up === 0 ? 1 : up
    const program = (...args: ReadonlyArray<string>): Promise<number> => run(process.execPath, ["--conditions=credence-source", ...args], clean())
    if (values.bench) return await program("--expose-gc", path.join(root, "bench", "main.ts"), "authentication")
    rmSync(rows, { force: true })
    const code = await run("npx", ["vitest", "run", "--config", path.join(here, "vitest.config.ts"), ...positionals], clean())
    if (existsSync(rows)) console.log(readFileSync(rows, "utf8"))
    const compared = stopped || positionals.length > 0 ? 0 : await program(path.join(here, "peers", "main.ts"))
    return code === 0 ? compared : code
  } finally {
    if (!others && !values.keep) await run("bash", [path.join(here, "down.sh")])
  }
}

process.exitCode = await main()
