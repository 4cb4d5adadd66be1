/**
 * Type-checks what was generated, several sources a program, and tells whose each error is.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Produced, repository } from "./produce.ts"

/** as strict as it gets; unused locals are a matter of taste, and lint's */
export const compilerOptions = {
  target: "es2023",
  module: "nodenext",
  lib: ["es2024", "esnext.disposable"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noFallthroughCasesInSwitch: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  customConditions: ["credence-source"],
  skipLibCheck: true,
  noEmit: true
}

/** so much generated text goes into one program */
const programSize = 12 * 1024 * 1024

export interface TypeCheck {
  /** errors by source */
  readonly errors: ReadonlyMap<string, ReadonlyArray<string>>
  /** errors that belong to no source: in `credence` itself, or in how this is run */
  readonly others: ReadonlyArray<string>
  readonly millis: number
}

const groupsOf = (produced: ReadonlyArray<Produced>): ReadonlyArray<ReadonlyArray<Produced>> => {
  const groups: Array<{ bytes: number; readonly members: Array<Produced> }> = []
  for (const one of [...produced].sort((a, b) => b.bytes - a.bytes)) {
    const room = groups.find((group) => group.bytes + one.bytes <= programSize)
    if (room === undefined) groups.push({ bytes: one.bytes, members: [one] })
    else {
      room.bytes += one.bytes
      room.members.push(one)
    }
  }
  return groups.map((group) => group.members)
}

const run = (project: string, config: string): Promise<{ readonly status: number | null; readonly output: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(repository, "node_modules/typescript/bin/tsc"), "-p", config, "--pretty", "false", "--listFiles"], { cwd: project, stdio: ["ignore", "pipe", "pipe"] })
    const chunks: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.on("error", (error) => resolve({ status: -1, output: error.message }))
    child.on("close", (status) => resolve({ status, output: Buffer.concat(chunks).toString("utf8") }))
  })

export const typecheck = async (produced: ReadonlyArray<Produced>, project: string, log: (line: string) => void): Promise<TypeCheck> => {
  const start = performance.now()
  const errors = new Map<string, Array<string>>()
  const others: Array<string> = []
  const groups = groupsOf(produced.filter((one) => one.generated !== undefined))
  for (const [index, group] of groups.entries()) {
    const config = path.join(project, `tsconfig.${index}.json`)
    fs.writeFileSync(config, JSON.stringify({ compilerOptions, include: group.map((one) => `${path.relative(project, one.directory)}/**/*` /* a bare name with a dot would be taken for a file */) }))
    log(`type-checking ${group.length} of ${produced.length} (${index + 1} of ${groups.length} programs)`)
    const { output, status } = await run(project, config)
    // the deepest folder counts: one source's folder may lie in another's
    const owners = group.map((one) => ({ id: one.source.id, prefix: `${path.relative(project, one.directory)}${path.sep}` })).sort((a, b) => b.prefix.length - a.prefix.length)
    let found = 0
    for (const line of output.split("\n")) {
      if (!/error TS\d+/.test(line)) continue
      found++
      const owner = owners.find(({ prefix }) => line.startsWith(prefix))
      if (owner === undefined) others.push(line)
      else errors.set(owner.id, [...errors.get(owner.id) ?? [], line.slice(owner.prefix.length)])
    }
    // a file that was not looked at has no errors either
    const seen = new Set(output.split("\n"))
    for (const { directory, generated, source } of group) {
      const unseen = [...generated?.files.keys() ?? []].filter((name) => name.endsWith(".ts") && !seen.has(path.join(directory, name)))
      if (unseen.length > 0) others.push(`${source.id}: ${unseen.length} files were not checked, ${unseen[0]} for one`)
    }
    if (status !== 0 && found === 0) others.push(`tsc ended with ${status}: ${output.slice(0, 500)}`)
  }
  return { errors, others, millis: performance.now() - start }
}
