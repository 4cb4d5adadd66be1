/**
 * `npm run check`: types, lint, direction of imports, dependencies, generated files, documentation. Prints a line each; exit code 1 if one fails.
 */
import { spawnSync } from "node:child_process"
import * as path from "node:path"
import { checkImports } from "./imports.ts"
import { brokenLinks, writeSnippets } from "./snippets.ts"

const root = path.resolve(import.meta.dirname, "..")

const run = (command: string, args: ReadonlyArray<string>): string => {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
  return result.status === 0 ? "" : `${result.stdout}${result.stderr}`.trim() || `exit code ${result.status}`
}

interface Tree {
  readonly dependencies?: Readonly<Record<string, Tree & { readonly extraneous?: boolean; readonly peer?: boolean; readonly resolved?: string }>>
}

/** Packages that a user gets with `credence`, besides the peers they have themselves. */
const runtimePackages = (): ReadonlyArray<string> => {
  const result = spawnSync("npm", ["ls", "--omit=dev", "--all", "--json", "--package-lock-only"], { cwd: root, encoding: "utf8" })
  const names = new Set<string>()
  const walk = (tree: Tree): void => {
    for (const [name, child] of Object.entries(tree.dependencies ?? {})) {
      if (name === "credence-kit" || name === "effect" || name === "@effect/platform-node" || child.extraneous === true) continue
      names.add(name)
      walk(child)
    }
  }
  // npm prints the tree even where it also complains, e.g. about its own version
  walk(JSON.parse(result.stdout) as Tree)
  return [...names]
}

const maxRuntimePackages = 8

writeSnippets(root)
const checks: ReadonlyArray<readonly [name: string, problems: () => string]> = [
  ["types (sources, tests, examples, snippets of the docs)", () => run("npx", ["tsc", "-p", "tsconfig.json"])],
  ["lint", () => run("npx", ["oxlint", "--type-aware", "--deny-warnings"])],
  ["imports go one way", () => checkImports(root).join("\n")],
  [`at most ${maxRuntimePackages} runtime packages`, () => {
    const names = runtimePackages()
    return names.length <= maxRuntimePackages ? "" : `${names.length}: ${names.join(", ")}`
  }],
  ["generated clients are up to date", () => run("npm", ["run", "-s", "generate", "--", "--check", "--strict"])],
  ["links of the docs", () => brokenLinks(root).join("\n")]
]

let failed = 0
for (const [name, problems] of checks) {
  const found = problems()
  console.log(`${found === "" ? "ok    " : "FAILED"} ${name}`)
  if (found !== "") {
    failed++
    console.log(found)
  }
}
process.exitCode = failed === 0 ? 0 : 1
