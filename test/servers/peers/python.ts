/** Python with requests and what its users install for logins: once, in the servers' folder. */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { rename, rm, writeFile } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { join } from "node:path"

const requirements = join(import.meta.dirname, "requirements.txt")

// Two of the packages are compiled: on all processors, and without the optimisation that takes most of the time.
const quick = `[build_ext]\nparallel = ${availableParallelism()}\n`

/** Its version is one that a new requirement does not find. */
const folderOf = (home: string): string =>
  join(home, `python-${createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12)}`)

const run = (command: string, args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>): Promise<string | undefined> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...environment } })
    let said = ""
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => said = `${said}${chunk}`.slice(-2000))
    child.once("error", (error) => resolve(error.message))
    child.once("close", (code) => resolve(code === 0 ? undefined : said.trim() || `exit code ${code}`))
  })

/** Gives the interpreter, or says why there is none. `home`: the servers' folder. */
export const installPython = async (home: string): Promise<{ readonly python: string } | { readonly problem: string }> => {
  const folder = folderOf(home)
  const python = join(folder, "bin", "python")
  const done = join(folder, "installed")
  if (existsSync(done)) return { python }
  await rm(folder, { recursive: true, force: true })
  const noVenv = await run("python3", ["-m", "venv", folder], {})
  if (noVenv !== undefined) return { problem: `python3 with its venv module is not installed: ${noVenv}` }
  const settings = join(folder, "build.cfg")
  await writeFile(settings, quick)
  const noPackages = await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements], { CFLAGS: "-O1 -g0", DIST_EXTRA_CONFIG: settings })
  if (noPackages !== undefined) return { problem: `pip could not install ${requirements}: ${noPackages}` }
  await rename(settings, done)
  return { python }
}

/** `requests 2.34.2` of the requirements. */
export const pinned = (name: string): string => {
  const line = readFileSync(requirements, "utf8").split("\n").find((line) => line.replace(/[[=].*/, "").replace("_", "-").toLowerCase() === name)
  return `${name} ${line?.split("==")[1] ?? ""}`
}
