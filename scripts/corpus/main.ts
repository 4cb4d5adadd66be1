/**
 * `npm run corpus`: generates every document of the corpus, type-checks what came out, and calls every operation.
 *
 *     npm run corpus -- [document…] [--only text] [--short] [--sample 1/10] [--seed n] [--list file]
 *                       [--callable] [--thorough] [--round-trip] [--tolerant] [--no-call] [--keep dir] [--json]
 */
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { parseArgs } from "node:util"
import type { CallResult } from "./call.ts"
import { corpus, type Source } from "./documents.ts"
import type { Job, Measured } from "./measure.ts"
import { measureAll } from "./measuring.ts"
import { makeProject, produce, type Produced } from "./produce.ts"
import { hash, part } from "./seed.ts"
import { operations, read } from "./spec.ts"
import { typecheck } from "./typecheck.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    short: { type: "boolean", default: false },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    list: { type: "string" },
    callable: { type: "boolean", default: false },
    thorough: { type: "boolean", default: false },
    "round-trip": { type: "boolean", default: false },
    tolerant: { type: "boolean", default: false },
    "no-call": { type: "boolean", default: false },
    "no-types": { type: "boolean", default: false },
    keep: { type: "string" },
    json: { type: "boolean", default: false },
    details: { type: "string", default: "12" }
  }
})

const seed = Number(values.seed)
const log = (line: string): void => {
  if (!values.json) process.stderr.write(`${line}\n`)
}
const lines: Array<string> = []
const say = (line: string): void => {
  lines.push(line)
  if (!values.json) console.log(line)
}

const always = new Set(["argus", "ica", "github"])

const chosen = (sources: ReadonlyArray<Source>): ReadonlyArray<Source> => {
  if (positionals.length > 0) return positionals.map((file) => ({ id: `given/${path.basename(file)}`, group: "given", files: [path.resolve(file)] }))
  const { only, sample } = values
  let all = sources
  // a whole id means that one alone
  if (only !== undefined) all = all.filter(({ id }) => only.split(",").some((text) => all.some((source) => source.id === text) ? id === text : id.includes(text)))
  if (values.callable) {
    // Argus, ICA, and 20 of the listed documents by seed
    const listed = all.filter(({ group }) => group === "directory").sort((a, b) => hash(`${seed}:${a.id}`) - hash(`${seed}:${b.id}`)).slice(0, 20)
    return [...all.filter(({ group }) => group === "argus" || group === "ica"), ...listed]
  }
  if (values.short) return [...all.filter(({ group }) => always.has(group)), ...part(all.filter(({ group }) => !always.has(group)), 10, seed, ({ id }) => id)]
  if (sample !== undefined) return part(all, Number(sample.replace(/^1\//, "")), seed, ({ id }) => id)
  return all
}

const count = (n: number): string => n.toLocaleString("en-US")
const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`

/** Operations of a source as its documents have them; the same in two of them counts once. */
const operationCount = (source: Source): number => {
  try {
    return new Set(source.files.flatMap((file) => operations(read(file)).map(({ method, path: template }) => `${method} ${template}`))).size
  } catch {
    return 0
  }
}

interface Failing {
  readonly where: string
  readonly cause: string
  readonly detail: string
}

const groups = (failing: ReadonlyArray<Failing>): ReadonlyArray<readonly [string, ReadonlyArray<Failing>]> => {
  const by = new Map<string, Array<Failing>>()
  for (const one of failing) {
    const key = one.cause.replace(/\b\d+\b/g, "N")
    by.set(key, [...by.get(key) ?? [], one])
  }
  return [...by].sort((a, b) => b[1].length - a[1].length)
}

/** Most frequent first, each with its first cases. */
const sayGroups = (title: string, failing: ReadonlyArray<Failing>): void => {
  if (failing.length === 0) return
  say(`\n${title}:`)
  for (const [cause, members] of groups(failing).slice(0, Number(values.details))) {
    say(`  ${count(members.length)} × ${cause}`)
    for (const { detail, where } of members.slice(0, 2)) say(`      ${where}: ${detail.replace(/\s+/g, " ").slice(0, 400)}`)
  }
}

const main = async (): Promise<number> => {
  const found = corpus(log, values.list)
  for (const line of found.missing) say(`MISSING: ${line}`)
  const sources = chosen(found.sources)
  const wanted = values.keep === undefined ? fs.mkdtempSync(path.join(os.tmpdir(), "credence-corpus-")) : path.resolve(values.keep)
  fs.mkdirSync(wanted, { recursive: true })
  const project = fs.realpathSync(wanted)
  makeProject(project)
  try {
    const start = performance.now()
    const produced: Array<Produced> = []
    for (const source of sources) {
      produced.push(await produce(source, project))
      if (produced.length % 25 === 0) log(`generated ${produced.length} of ${sources.length}`)
    }
    const generating = performance.now() - start
    const jobs = produced.flatMap((one): ReadonlyArray<Job> => one.generated === undefined ? [] : [{
      id: one.source.id,
      files: one.source.files,
      directory: one.directory,
      operations: one.generated.operations,
      models: one.generated.models,
      envelope: one.source.preset === "argus",
      seed,
      call: !values["no-call"],
      thorough: values.thorough,
      roundTrip: values["round-trip"],
      tolerant: values.tolerant
    }])
    const processes = Math.max(1, Math.min(2, os.availableParallelism()))
    const types = values["no-types"] ? { errors: new Map<string, ReadonlyArray<string>>(), others: [], millis: 0 } : await typecheck(produced, project, log)
    const measured = jobs.some((job) => job.call || job.roundTrip || job.tolerant) ? await measureAll(jobs, processes, log) : []
    return report(found.missing, produced, types, measured, generating)
  } finally {
    if (values.keep === undefined) fs.rmSync(project, { recursive: true, force: true })
  }
}

const report = (
  missing: ReadonlyArray<string>,
  produced: ReadonlyArray<Produced>,
  types: Awaited<ReturnType<typeof typecheck>>,
  measured: ReadonlyArray<Measured>,
  generating: number
): number => {
  const byId = new Map(measured.map((one) => [one.id, one]))
  const clean = (one: Produced): boolean => one.generated !== undefined && !types.errors.has(one.source.id)

  sayGroups("Not generated", produced.filter((one) => one.failure !== undefined).map((one) => ({ where: one.source.id, cause: (one.failure ?? "").split("\n")[0]?.slice(0, 160) ?? "", detail: one.failure ?? "" })))
  sayGroups("Type errors", [
    ...[...types.errors].flatMap(([id, errors]) => errors.map((error) => ({ where: id, cause: causeOfTypeError(error), detail: error }))),
    ...types.others.map((error) => ({ where: "credence itself", cause: causeOfTypeError(error), detail: error }))
  ])
  const broken = measured.filter((one) => one.failure !== undefined)
  sayGroups("Not measured", broken.map((one) => ({ where: one.id, cause: (one.failure ?? "").split("\n")[0] ?? "", detail: one.failure ?? "" })))

  const every = measured.flatMap((one) => one.calls.map((call) => ({ id: one.id, call })))
  const calls = every.filter(({ call }) => call.as === undefined && call.status === undefined)
  const where = (id: string, call: { readonly method: string; readonly path: string }) => `${id} ${call.method} ${call.path}`
  const problemsOf = (result: CallResult["result"]) => calls.filter(({ call }) => call.result === result)
    .map(({ call, id }) => ({ where: where(id, call), cause: call.problems[0]?.cause ?? "", detail: call.problems[0]?.detail ?? "" }))
  sayGroups("Operations that cannot be called", problemsOf("failed"))
  sayGroups("Documents that contradict themselves", problemsOf("contradiction"))

  const others = every.filter(({ call }) => call.as !== undefined || call.status !== undefined)
  const otherwise = (name: string, of: typeof every): void => {
    sayGroups(name, of.filter(({ call }) => call.result === "failed").map(({ call, id }) => ({ where: where(id, call), cause: call.problems[0]?.cause ?? "", detail: `${call.as ?? ""} ${call.problems[0]?.detail ?? ""}` })))
  }
  otherwise("Other media types that cannot be had", others.filter(({ call }) => call.as !== undefined))
  otherwise("Failures that do not arrive as described", others.filter(({ call }) => call.status !== undefined))

  const total = new Map(produced.map((one) => [one.source.id, operationCount(one.source)]))
  const all = [...total.values()].reduce((a, b) => a + b, 0)
  const callable = calls.filter(({ call }) => call.result === "ok").length
  const contradictory = calls.filter(({ call }) => call.result === "contradiction").length

  const servers = calls.flatMap(({ call, id }) => call.server === undefined ? [] : [{ id, call, server: call.server }])
  const right = servers.filter(({ server }) => server.ours === server.expected && (server.library === undefined || server.library === server.expected))
  sayGroups("Servers that differ", servers.filter((one) => !right.includes(one)).map(({ call, id, server }) => ({
    where: where(id, call),
    cause: server.ours === server.expected ? "the two resolvers differ" : "another server",
    detail: server.ours === server.expected ? `${server.expected} and ${server.library}` : `${server.ours} instead of ${server.expected}`
  })))

  const models = measured.flatMap((one) => one.models.map((model) => ({ id: one.id, model })))
  sayGroups("Models that do not come back", models.filter(({ model }) => model.result === "failed").map(({ id, model }) => ({ where: `${id} ${model.name} ${model.pointer}`, cause: model.cause ?? "", detail: model.detail ?? "" })))
  sayGroups("Models that contradict themselves", models.filter(({ model }) => model.result === "contradiction").map(({ id, model }) => ({ where: `${id} ${model.name} ${model.pointer}`, cause: model.cause ?? "", detail: model.detail ?? "" })))

  const tolerance = measured.flatMap((one) => one.tolerance.map((entry) => ({ id: one.id, entry })))
  sayGroups("Answers that are not tolerated", tolerance.filter(({ entry }) => entry.result === "failed").map(({ entry, id }) => ({ where: where(id, entry), cause: `${entry.mutation}: ${entry.cause}`, detail: entry.detail ?? "" })))
  sayGroups("Examples that contradict their schema", tolerance.filter(({ entry }) => entry.result === "contradiction").map(({ entry, id }) => ({ where: where(id, entry), cause: entry.cause ?? "", detail: entry.detail ?? "" })))

  if (values.callable) {
    say("\nValid calls by document:")
    for (const one of produced) {
      const own = calls.filter(({ id }) => id === one.source.id).map(({ call }) => call)
      const ok = own.filter((call) => call.result === "ok").length
      const odd = own.filter((call) => call.result === "contradiction").length
      say(`  ${String(total.get(one.source.id) === 0 ? 100 : Math.round((ok / (total.get(one.source.id) ?? 1)) * 1000) / 10).padStart(5)} %  ${one.source.id}: ${count(ok)} of ${count(total.get(one.source.id) ?? 0)}${odd === 0 ? "" : `, ${odd} contradictory`}`)
    }
  }

  const warnings = produced.flatMap((one) => one.generated?.warnings ?? [])
  const bytes = produced.reduce((sum, one) => sum + one.bytes, 0)
  say(`\n${count(produced.length)} documents${produced.some((one) => one.source.files.length > 1) ? ` (${produced.map((one) => one.source.files.length).reduce((a, b) => a + b, 0)} files)` : ""}: ` +
    `${(bytes / 1e6).toFixed(1)} MB generated in ${seconds(generating)}, ${count(warnings.length)} warnings; types checked in ${seconds(types.millis)}`)
  for (const [name, of] of [["other media types", others.filter(({ call }) => call.as !== undefined)], ["failures as described", others.filter(({ call }) => call.status !== undefined)]] as const) {
    const counted = of.filter(({ call }) => call.result !== "contradiction")
    if (counted.length > 0) say(`${name} ${count(counted.filter(({ call }) => call.result === "ok").length)} of ${count(counted.length)}`)
  }
  if (tolerance.length > 0) {
    const counted = tolerance.filter(({ entry }) => entry.result !== "contradiction")
    say(`tolerated ${count(counted.filter(({ entry }) => entry.result === "ok").length)} of ${count(counted.length)}`)
  }
  if (models.length > 0) {
    const counted = models.filter(({ model }) => model.result !== "contradiction")
    say(`round trips ${count(counted.filter(({ model }) => model.result === "ok").length)} of ${count(counted.length)}, contradictory ${count(models.length - counted.length)}`)
  }
  if (servers.length > 0) say(`servers ${count(right.length)} of ${count(servers.length)}`)
  const cleanCount = produced.filter(clean).length
  const operationPart = measured.length === 0 || values["no-call"]
    ? ""
    : `, operations callable ${count(callable)} of ${count(all - contradictory)}${contradictory === 0 ? "" : ` (and ${count(contradictory)} that their documents contradict)`}`
  say(`type-clean ${count(cleanCount)} of ${count(produced.length)}${operationPart}`)

  if (values.json) {
    console.log(JSON.stringify({
      documents: produced.map((one) => ({
        id: one.source.id,
        generated: one.failure === undefined,
        typeClean: clean(one),
        errors: types.errors.get(one.source.id) ?? [],
        failure: one.failure,
        millis: Math.round(one.millis),
        bytes: one.bytes,
        sha256: one.generated === undefined ? undefined : digest(one.generated.files),
        operations: total.get(one.source.id),
        warnings: one.generated?.warnings.length ?? 0,
        ...byId.get(one.source.id)
      })),
      missing,
      summary: lines.at(-1)
    }))
  }
  // documents that no registry has are said to be missing, above: a machine without them passes
  return cleanCount === produced.length && types.others.length === 0 ? 0 : 1
}

/** the same in every run: to see whether output is stable */
const digest = (files: ReadonlyMap<string, string>): string => {
  const sum = createHash("sha256")
  for (const [name, content] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) sum.update(name).update("\0").update(content).update("\0")
  return sum.digest("hex")
}

const causeOfTypeError = (line: string): string => (/error (TS\d+: .*)$/.exec(line)?.[1] ?? line)
    // which name or module is missing tells causes apart; whole types do not
    .replace(/'[^']*'/g, (quoted) => /^'[\w./-]{1,40}'$/.test(quoted) ? quoted : "'…'").slice(0, 160)

process.exitCode = await main()
