/**
 * The two generators that are compared, and a project in which what they make is compiled. All of it stands outside the
 * repository: the other one wants a TypeScript of its own, and is no dependency of ours.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { Source } from "../scripts/corpus/documents.ts"

export const root = path.resolve(import.meta.dirname, "..")

/** What we are compared with, and the compiler that it runs with: it does not know TypeScript 7. */
const pinned = { "@hey-api/openapi-ts": "0.99.0", typescript: "5.9.3" } as const

export const baseline = `@hey-api/openapi-ts ${pinned["@hey-api/openapi-ts"]}`

/** Installs the other generator into a cache. Gives its folder, or why it is not there. */
export const installBaseline = (): { readonly folder: string } | { readonly missing: string } => {
  const cache = path.join(process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"), "credence-bench")
  const folder = path.join(cache, `hey-api-${pinned["@hey-api/openapi-ts"]}-typescript-${pinned.typescript}`)
  if (fs.existsSync(path.join(folder, ".installed"))) return { folder }
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "bench", private: true, type: "module", dependencies: pinned }))
  const result = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"], { cwd: folder, encoding: "utf8" })
  if (result.status !== 0) return { missing: `${baseline} cannot be installed: ${result.stderr.trim().split("\n")[0] ?? ""}` }
  fs.writeFileSync(path.join(folder, ".installed"), "")
  return { folder }
}

/** A folder with `credence` as it is installed: compiled, of the present sources. */
export const makeProject = (): string => {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), "credence-bench-"))
  const installed = path.join(project, "node_modules/credence")
  fs.mkdirSync(installed, { recursive: true })
  fs.copyFileSync(path.join(root, "package.json"), path.join(installed, "package.json"))
  const built = spawnSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json", "--outDir", path.join(installed, "dist")], { cwd: root, encoding: "utf8" })
  if (!fs.existsSync(path.join(installed, "dist/index.js"))) throw new Error(`credence cannot be built: ${built.stdout}`)
  fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ name: "bench", private: true, type: "module" }))
  for (const name of ["effect", "@effect", "@types", "@noble", "js-md4", "tough-cookie", "undici", "smol-toml"]) fs.symlinkSync(path.join(root, "node_modules", name), path.join(project, "node_modules", name), "dir")
  return project
}

/** A generator, as a command that makes `out` of documents. */
export interface Generator {
  readonly name: string
  readonly command: (source: Source, out: string) => ReadonlyArray<string>
}

export const ours: Generator = {
  name: "credence",
  command: (source, out) => [
    "--conditions=credence-source",
    path.join(root, "kit/src/cli/main.ts"),
    "generate",
    ...source.files,
    "--out",
    out,
    "--extension",
    "js",
    "--quiet",
    "--force",
    ...(source.preset === undefined ? [] : ["--preset", source.preset])
  ]
}

export const theirs = (folder: string, project: string): Generator => ({
  name: baseline,
  command: (source, out) => {
    const config = path.join(project, `${source.id}.config.mjs`)
    fs.writeFileSync(config, `export default ${JSON.stringify({
      input: source.files,
      output: { path: out, module: { extension: ".js" } },
      plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
      logs: { file: false, level: "silent" }
    })}\n`)
    return [path.join(folder, "node_modules/@hey-api/openapi-ts/bin/run.js"), "-f", config, "--no-log-file"]
  }
})

/** As strict as both outputs are made for. Unused names are a matter of taste. */
export const compilerOptions = {
  target: "es2023",
  module: "nodenext",
  lib: ["es2024", "esnext.disposable", "dom", "dom.iterable"],
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true
}

const filesBelow = (folder: string): ReadonlyArray<string> => fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts")).map((file) => path.join(folder, file))

/** The module that has an operation, and its name there. */
export const findOperation = (folder: string, pattern: RegExp): { readonly module: string; readonly name: string } | undefined => {
  for (const file of filesBelow(folder)) {
    const found = pattern.exec(fs.readFileSync(file, "utf8"))
    if (found?.[1] !== undefined) return { module: file, name: found[1] }
  }
  return undefined
}
