/**
 * Imports go one way. Folders are the architecture, so a wrong import is a wrong design.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import * as path from "node:path"

/** What each folder of src may import from, itself included. */
const allowed: Readonly<Record<string, ReadonlyArray<string>>> = {
  errors: ["errors"],
  wire: ["wire", "errors"],
  services: ["services", "wire", "errors"],
  endpoint: ["endpoint", "services", "wire", "errors"],
  layers: ["layers", "endpoint", "services", "wire", "errors", "version.ts"],
  node: ["node", "layers", "endpoint", "services", "wire", "errors", "version.ts"],
  testing: ["testing", "layers", "endpoint", "services", "wire", "errors"],
  apis: ["apis", "layers", "endpoint", "services", "wire", "errors"],
  "index.ts": ["errors", "services", "endpoint", "layers", "version.ts"],
  "global.ts": ["errors", "services"],
  "ntlm.ts": ["layers"],
  "version.ts": []
}

/** Packages that only `src/node` may use, besides Node's own modules. */
const nodeOnly = ["undici", "smol-toml", "@effect/platform-node"]

const importPattern = /(?:^|[\n;])\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|\bimport\s*\(\s*"([^"]+)"|(?:^|[\n;])\s*import\s+"([^"]+)"/g

/** Every wrong import of one file of src, as a sentence. `file` is relative to src. */
export const violations = (file: string, text: string): ReadonlyArray<string> => {
  const room = file.split("/")[0] ?? ""
  const may = allowed[room]
  if (may === undefined) return [`${file}: src/${room} has no place in the architecture (see docs/architecture.md)`]
  const out: Array<string> = []
  // comments hold examples, whose imports are a user's
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "")
  for (const match of code.matchAll(importPattern)) {
    const target = match[1] ?? match[2] ?? match[3] ?? ""
    if (target.startsWith(".")) {
      const to = path.posix.join(path.posix.dirname(file), target).split("/")[0] ?? ""
      if (!may.includes(to)) out.push(`${file}: src/${room} may not import src/${to} (${target})`)
    } else if (room !== "node" && (target.startsWith("node:") || nodeOnly.some((name) => target === name || target.startsWith(`${name}/`)))) {
      out.push(`${file}: only src/node may import ${target}`)
    } else if (target === "effect") {
      out.push(`${file}: import subpath namespaces, not the barrel: ${target}`)
    } else if (target === "credence" || target.startsWith("credence/") || target.startsWith("credence-kit")) {
      out.push(`${file}: src imports itself by relative paths, and never kit (${target})`)
    }
  }
  return out
}

/** Wrong imports of kit: it uses the runtime as any user does. */
export const kitViolations = (file: string, text: string): ReadonlyArray<string> =>
  [...text.matchAll(importPattern)].flatMap((match) => {
    const target = match[1] ?? match[2] ?? match[3] ?? ""
    const outside = target.startsWith(".") && path.posix.join(path.posix.dirname(file), target).startsWith("..")
    return outside ? [`kit/src/${file}: kit uses the runtime by its package name (${target})`] : target === "effect" ? [`kit/src/${file}: import subpath namespaces, not the barrel`] : []
  })

const filesBelow = (folder: string): ReadonlyArray<string> =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts")).map((file) => file.split(path.sep).join("/")) : []

/** Every wrong import of the repository. */
export const checkImports = (root: string): ReadonlyArray<string> => [
  ...filesBelow(path.join(root, "src")).flatMap((file) => violations(file, readFileSync(path.join(root, "src", file), "utf8"))),
  ...filesBelow(path.join(root, "kit/src")).flatMap((file) => kitViolations(file, readFileSync(path.join(root, "kit/src", file), "utf8")))
]
