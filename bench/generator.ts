/**
 * What a generated client costs to make, to check, to ship and to load, beside the one of the generator that most projects take.
 */
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { corpus, type Source } from "../scripts/corpus/documents.ts"
import { gz, programs } from "./bundle.ts"
import { baseline, compilerOptions, findOperation, type Generator, installBaseline, makeProject, ours, root, theirs } from "./generators.ts"
import { best, type Measured, measured } from "./measured.ts"

/** An operation in both clients: one of little, and one of much. */
const samples: Readonly<Record<string, ReadonlyArray<string>>> = {
  github: ["/zen", "/users/{username}", "/repos/{owner}/{repo}"],
  argus: ["/currentuser/v1/user", "/cases/v2/case/{id}"]
}

interface Side {
  readonly generator: Generator
  readonly folder: string
  readonly generated: Measured
}

const number = (value: number | undefined, digits: number): string => value === undefined ? "?" : value.toFixed(digits)
const verdict = (holds: boolean): string => holds ? "the aim holds" : "the aim is MISSED"
const row = (what: string, ratio: number, detail: string, aim: string): void => console.log(`  ${what.padEnd(44)} ${ratio.toFixed(2)} (${detail})${aim === "" ? "" : `: ${aim}`}`)

const generate = async (generator: Generator, source: Source, project: string, rounds: number): Promise<Side> => {
  const folder = path.join(project, source.id, generator === ours ? "credence" : "other")
  const command = generator.command(source, folder)
  const generated = await best(rounds, () => {
    fs.rmSync(folder, { recursive: true, force: true })
    return measured(process.execPath, command, project)
  })
  if (generated.status !== 0) throw new Error(`${generator.name} cannot generate ${source.id}: ${generated.output.slice(0, 2000)}`)
  return { generator, folder, generated }
}

const check = async (side: Side, project: string, rounds: number): Promise<Measured & { readonly errors: number }> => {
  const config = path.join(project, `tsconfig.${path.relative(project, side.folder).replace(/\W+/g, "-")}.json`)
  fs.writeFileSync(config, JSON.stringify({ compilerOptions, include: [path.relative(project, side.folder)] }))
  const run = await best(rounds, async () => {
    const one = await measured(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", config, "--pretty", "false"], project)
    // errors are counted below: they are no reason to end
    return { ...one, status: 0 }
  })
  return { ...run, errors: (run.output.match(/error TS/g) ?? []).length }
}

/** KB, gzipped, of a program. */
const bundled = async (source: string, project: string): Promise<number> => {
  const result = await esbuild.build({
    stdin: { contents: source, resolveDir: project, sourcefile: "entry.js" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error"
  })
  return gz(result.outputFiles[0]?.text ?? "")
}

const specifier = (project: string, file: string): string => `./${path.relative(project, file).replaceAll(path.sep, "/")}`

const sessionOf = (folder: string): string => /export class (\w+)/.exec(fs.readFileSync(path.join(folder, "session.ts"), "utf8"))?.[1] ?? "Session"

/** A program over our client: a session over fetch, and what it does with it. */
const ourProgram = (folder: string, project: string, imports: string, use: string): string => `
    import * as Effect from "effect/Effect"
    import * as FetchHttpClient from "effect/http/FetchHttpClient"
    import * as Layer from "effect/Layer"
    import * as Redacted from "effect/Redacted"
    import * as Auth from "credence/Auth"
    import * as Configuration from "credence/Configuration"
    import * as Transport from "credence/Transport"
    import { ${sessionOf(folder)} as Api } from "${specifier(project, path.join(folder, "session.ts"))}"
    ${imports}
    const Live = Api.layer().pipe(Layer.provide([Auth.bearer(Redacted.make("t")), Configuration.layer({ baseUrl: "https://api.example.com" }), Transport.layerFromHttpClient({ redirects: "manual" }).pipe(Layer.provide(FetchHttpClient.layer))]))
    ${use}`

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

const bundles = async (mine: Side, other: Side, source: Source, project: string): Promise<void> => {
  const floor = await bundled(programs["floor: effect's HttpClient over fetch, Schema"], project)
  const alone = await bundled(programs["credence: one endpoint by hand, over fetch"], project)
  const above = alone - floor
  console.log(`    bundles, minified and gzipped: effect's own floor ${floor.toFixed(1)} KB, credence with one endpoint by hand ${alone.toFixed(1)} KB (${above.toFixed(1)} above: ${verdict(above <= 20)}, 20)`)
  for (const template of samples[source.id] ?? []) {
    const one = findOperation(mine.folder, new RegExp(`export const (\\w+) = (?:/\\*#__PURE__\\*/ )?(?:Paging\\.\\w+\\(\\s*(?:/\\*#__PURE__\\*/ )?)?Endpoint\\.get\\(\\w+, "${escaped(template)}"`))
    const same = findOperation(other.folder, new RegExp(`export const (\\w+) = (?:(?!export const)[^;])*\\.get<[^;]*?url: '${escaped(template)}'`))
    if (one === undefined || same === undefined) {
      console.log(`  one operation, GET ${template}: not found`)
      continue
    }
    const size = await bundled(ourProgram(mine.folder, project, `import { ${one.name} } from "${specifier(project, one.module)}"`, `Effect.runPromise(${one.name}({}).pipe(Effect.provide(Live))).then(console.log)`), project)
    const their = await bundled(`import { ${same.name} } from "${specifier(project, same.module)}"\n${same.name}({}).then(console.log)`, project)
    row(`  one operation, GET ${template}`, size / their, `${size.toFixed(1)} KB, ${(size - alone).toFixed(1)} above credence; the other ${their.toFixed(1)} KB`, `${verdict(size - alone <= 5)}, 5`)
  }
  const all = await bundled(ourProgram(mine.folder, project, `import * as api from "${specifier(project, path.join(mine.folder, "index.ts"))}"`, "console.log(api, Live)"), project)
  const theirAll = await bundled(`import * as api from "${specifier(project, path.join(other.folder, "index.ts"))}"\nconsole.log(api)`, project)
  row("  all operations", all / theirAll, `${all.toFixed(1)} KB, ${(all - alone).toFixed(1)} above credence; the other ${theirAll.toFixed(1)} KB`, "")
}

/** JavaScript of every module, beside its TypeScript. */
const transpiled = async (folder: string): Promise<void> => {
  const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts")).map((file) => path.join(folder, file))
  await esbuild.build({ entryPoints: files, outdir: folder, outbase: folder, format: "esm", platform: "neutral", logLevel: "error" })
}

/** Milliseconds to load `first`, and then `second`, in a fresh process. */
const importing = async (first: string, second: string | undefined, project: string, rounds: number): Promise<{ readonly first: number; readonly second: number }> => {
  const load = (module: string): string => `await import(${JSON.stringify(module)}); console.log(performance.now() - t);`
  const code = `let t = performance.now(); ${load(first)} ${second === undefined ? "" : `t = performance.now(); ${load(second)}`}`
  const runs: Array<{ readonly first: number; readonly second: number }> = []
  for (let round = 0; round < rounds; round++) {
    const run = await measured(process.execPath, ["--input-type=module", "-e", code], project)
    if (run.status !== 0) throw new Error(run.output)
    const [one = 0, two = 0] = run.output.trim().split("\n").map(Number)
    runs.push({ first: one, second: two })
  }
  return { first: Math.min(...runs.map((run) => run.first)), second: Math.min(...runs.map((run) => run.second)) }
}

const imports = async (mine: Side, other: Side, source: Source, project: string, rounds: number): Promise<void> => {
  await transpiled(mine.folder)
  await transpiled(other.folder)
  const template = samples[source.id]?.at(-1) ?? ""
  const one = findOperation(mine.folder, new RegExp(`(Endpoint)\\.get\\(\\w+, "${escaped(template)}"`))
  if (one === undefined) return
  const module = specifier(project, one.module).replace(/\.ts$/, ".js")
  const own = await importing("credence/Endpoint", module, project, rounds)
  const whole = await importing(module, undefined, project, rounds)
  const their = await importing(specifier(project, path.join(other.folder, "sdk.gen.js")), undefined, project, rounds)
  row(`  import of ${path.relative(mine.folder, one.module).replace(/\.ts$/, "")}`, whole.first / their.first, `${whole.first.toFixed(0)} ms, of which ${own.second.toFixed(0)} are its own; all operations of the other ${their.first.toFixed(0)} ms`, "")
}

export const generator = async (short: boolean): Promise<void> => {
  console.log(`\ngenerator: each in a fresh process, ${short ? "once" : "best of 3"}, on ${os.availableParallelism()} cores; the baseline of all ratios is ${baseline}, of the same run`)
  // what else the machine does makes seconds longer, ratios less so, and processor seconds hardly
  const [load = 0] = os.loadavg()
  if (load > os.availableParallelism() / 2) console.log(`  the machine is busy with something else (load ${load.toFixed(1)}): see processor seconds, too`)
  const installed = installBaseline()
  if ("missing" in installed) return console.log(`  not measured: ${installed.missing}`)
  const { missing, sources } = corpus((line) => console.error(line))
  for (const line of missing) console.log(`  ${line}`)
  const chosen = sources.filter(({ id }) => id === "github" || (id === "argus" && !short))
  const rounds = short ? 1 : 3
  const project = makeProject()
  try {
    for (const source of chosen) {
      console.log(`  ${source.id}`)
      const mine = await generate(ours, source, project, rounds)
      const other = await generate(theirs(installed.folder, project), source, project, rounds)
      const faster = mine.generated.seconds / other.generated.seconds
      const told = (run: Measured): string => `${run.seconds.toFixed(2)} s, processor ${number(run.cpu, 2)} s, ${number(run.megabytes, 0)} MB`
      row("  generate", faster, `${told(mine.generated)}; the other ${told(other.generated)}`, `${verdict(faster < 1)}, below 1`)
      const checkedMine = await check(mine, project, rounds)
      const checkedOther = await check(other, project, rounds)
      const checked = (run: typeof checkedMine): string => `${told(run)}${run.errors === 0 ? "" : `, ${run.errors} errors`}`
      const quick = checkedMine.seconds < 10 && checkedMine.errors === 0
      row("  check types", checkedMine.seconds / checkedOther.seconds, `${checked(checkedMine)}; the other ${checked(checkedOther)}`, source.id === "argus" ? `${verdict(quick)}, below 10 s` : "")
      await bundles(mine, other, source, project)
      await imports(mine, other, source, project, short ? 3 : 7)
    }
  } finally {
    fs.rmSync(project, { recursive: true, force: true })
  }
}
