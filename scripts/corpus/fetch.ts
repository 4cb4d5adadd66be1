/**
 * Vendors' documents out of npm packages, in a cache beside the repository: nothing of a vendor is kept in it.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as zlib from "node:zlib"

/** A package of one version, and which of its files are taken. */
export interface Pinned {
  readonly name: string
  readonly version: string
  /** of the tarball, as the registry states it */
  readonly integrity: string
  /** paths inside the package */
  readonly files: (path: string) => boolean
}

const cacheDirectory = (): string => path.join(process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"), "credence-corpus")

const flatName = (pinned: Pinned): string => `${pinned.name.replace("@", "").replace("/", "-")}-${pinned.version}`

const run = (command: string, args: ReadonlyArray<string>, cwd: string): string => {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
  if (result.status !== 0) throw new Error(`${command} ${args[0]} failed: ${result.stderr.trim() || result.error?.message || `exit code ${result.status}`}`)
  return result.stdout
}

const integrityOf = (file: string): string => `sha512-${createHash("sha512").update(fs.readFileSync(file)).digest("base64")}`

/** The package's tarball in the cache, fetched from the registry that npm is configured with if it is not there. */
const tarball = (cache: string, pinned: Pinned): string => {
  const kept = path.join(cache, `${flatName(pinned)}.tgz`)
  if (fs.existsSync(kept) && integrityOf(kept) === pinned.integrity) return kept
  const work = fs.mkdtempSync(path.join(cache, "fetch-"))
  try {
    run("npm", ["pack", `${pinned.name}@${pinned.version}`, "--ignore-scripts", "--pack-destination", work, "--loglevel", "error"], work)
    const fetched = fs.readdirSync(work).find((name) => name.endsWith(".tgz"))
    if (fetched === undefined) throw new Error(`npm pack ${pinned.name}@${pinned.version} left no tarball`)
    const found = integrityOf(path.join(work, fetched))
    if (found !== pinned.integrity) throw new Error(`${pinned.name}@${pinned.version} is not the package that is pinned: ${found} instead of ${pinned.integrity}`)
    fs.renameSync(path.join(work, fetched), kept)
    return kept
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
}

/**
 * Unpacks what is taken of a package, and gives the folder. A folder that is there is whole: it is renamed into place. Its
 * name holds what was taken, so that another choice is another folder.
 */
export const fetchPackage = (pinned: Pinned, log: (line: string) => void): string => {
  const cache = cacheDirectory()
  const choice = createHash("sha256").update(pinned.integrity).update(pinned.files.toString()).update(selectionKey(pinned)).digest("hex").slice(0, 12)
  const target = path.join(cache, `${flatName(pinned)}-${choice}`)
  if (fs.existsSync(target)) return target
  fs.mkdirSync(cache, { recursive: true })
  log(`fetching ${pinned.name}@${pinned.version}`)
  const archive = tarball(cache, pinned)
  const members = run("tar", ["-tzf", archive], cache).split("\n").filter((member) => !member.endsWith("/") && pinned.files(member.replace(/^[^/]*\//, "")))
  if (members.length === 0) throw new Error(`${pinned.name}@${pinned.version} holds none of the files that are asked for`)
  const work = fs.mkdtempSync(path.join(cache, "unpack-"))
  try {
    const list = path.join(work, ".members")
    fs.writeFileSync(list, members.join("\n"))
    run("tar", ["-xzf", archive, "--strip-components=1", "-T", list], work)
    fs.rmSync(list)
    for (const member of members.filter((name) => name.endsWith(".gz"))) {
      const file = path.join(work, member.replace(/^[^/]*\//, ""))
      fs.writeFileSync(file.slice(0, -3), zlib.gunzipSync(fs.readFileSync(file)))
    }
    try {
      fs.renameSync(work, target)
    } catch (cause) {
      // another run was faster
      if (!fs.existsSync(target)) throw cause
    }
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
  return target
}

const selectionKey = (pinned: Pinned): string => "list" in pinned.files ? JSON.stringify(pinned.files.list) : ""

/** Takes exactly these files. */
export const listed = (list: ReadonlyArray<string>): Pinned["files"] => {
  const wanted = new Set(list)
  return Object.assign((file: string) => wanted.has(file), { list })
}
