/**
 * Time to import `credence` and one endpoint, against effect's own subpath modules that any such program needs.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

const importing = (modules: ReadonlyArray<string>): number => {
  const code = `const t = performance.now(); ${modules.map((m) => `await import(${JSON.stringify(m)});`).join("")} console.log(performance.now() - t)`
  const result = spawnSync(process.execPath, ["--input-type=module", "-e", code], { cwd: root, encoding: "utf8" })
  if (result.status !== 0) throw new Error(result.stderr)
  return Number(result.stdout)
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

export const imports = (short: boolean): void => {
  if (!existsSync(path.join(root, "dist/index.js"))) spawnSync("npm", ["run", "build"], { cwd: root, stdio: "inherit" })
  const floor = ["effect/Effect", "effect/Layer", "effect/Schema", "effect/Stream", "effect/Schedule", "effect/http/HttpClient"]
  const candidates = {
    "effect's subpath modules": floor,
    "credence (and its effect modules)": ["credence"],
    "credence/argus and one endpoint": ["credence", "credence/argus", "credence/argus/cases/v2/case"],
    "the same with credence/node": ["credence", "credence/node", "credence/argus", "credence/argus/cases/v2/case"]
  }
  const rounds = short ? 5 : 15
  const times = Object.entries(candidates).map(([name, modules]) => ({ name, modules, millis: [] as Array<number> }))
  for (let round = 0; round < rounds; round++) for (const candidate of times) candidate.millis.push(importing(candidate.modules))
  const base = median(times[0]?.millis ?? [])
  console.log(`\nimports: medians of ${rounds} fresh processes; baseline is the first row`)
  for (const { millis, name } of times) console.log(`  ${name.padEnd(36)} ${(median(millis) / base).toFixed(2)} (${median(millis).toFixed(0)} ms)`)
}
