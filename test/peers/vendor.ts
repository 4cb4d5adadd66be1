/**
 * The client that is generated from the vendor's documents, against the sandbox: every operation that the sandbox has.
 * `CREDENCE_CORPUS` names the folder that holds them in `argus/`; without it they are looked for beside the repository.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { make, type RunningSandbox } from "credence-kit/sandbox"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { generate, type Generated } from "../../kit/src/openapi/index.ts"
import { unpackaged } from "../../scripts/corpus/documents.ts"
import { makeProject, repository } from "../../scripts/corpus/produce.ts"
import { compilerOptions } from "../../scripts/corpus/typecheck.ts"
import type { Rows } from "./vendor/row.ts"

/** The vendor's documents are not on this machine. */
export class NoDocuments extends Data.TaggedError("NoDocuments")<{ readonly reason: string }> {}

/** Does what was generated, and what is written against it, not fit together? */
export class Mistyped extends Data.TaggedError("Mistyped")<{ readonly output: string }> {}

/** A generated client in a folder that finds `credence` and `effect`. */
export interface Client {
  readonly project: string
  readonly generated: Generated
}

/** Generates the client into `<project>/client`; the folder goes with the scope. */
export const client = Effect.gen(function*() {
  const corpus = unpackaged()
  const folder = corpus === undefined ? undefined : path.join(corpus, "argus")
  if (folder === undefined || !fs.existsSync(folder)) {
    return yield* new NoDocuments({ reason: "the vendor's documents are not here: set CREDENCE_CORPUS to the folder that holds argus/" })
  }
  const documents = fs.readdirSync(folder).filter((name) => name.endsWith(".json")).sort().map((name) => path.join(folder, name))
  const generated = yield* Effect.provide(generate(documents, { preset: "argus" }), Layer.mergeAll(NodeServices.layer, FetchHttpClient.layer))
  const project = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "credence-vendor-"))),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
  )
  makeProject(project)
  fs.symlinkSync(path.join(repository, "kit"), path.join(project, "node_modules", "credence-kit"), "dir")
  for (const [name, content] of generated.files) {
    const file = path.join(project, "client", name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }
  return { project, generated } satisfies Client
})

/** As much of an endpoint as is looked at. */
interface Endpoint {
  readonly operation: { readonly permissions: ReadonlyArray<string> }
}

/** Checks the types of a file of the project, and of what it imports. */
const typecheck = (project: string, file: string): Effect.Effect<void, Mistyped> =>
  Effect.flatMap(
    Effect.callback<{ readonly status: number; readonly output: string }>((resume) => {
      fs.writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }))
      const tsc = path.join(repository, "node_modules/typescript/bin/tsc")
      const child = spawn(process.execPath, [tsc, "-p", "tsconfig.json", "--pretty", "false"], { cwd: project, stdio: ["ignore", "pipe", "inherit"] })
      let output = ""
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => output += chunk)
      child.once("error", (error) => resume(Effect.succeed({ status: 1, output: error.message })))
      child.once("close", (status) => resume(Effect.succeed({ status: status ?? 1, output })))
      return Effect.sync(() => child.kill())
    }),
    ({ output, status }) => status === 0 ? Effect.void : Effect.fail(new Mistyped({ output }))
  )

interface SandboxOperation {
  readonly method: string
  readonly path: string
  readonly permissions: ReadonlyArray<string>
}

/** Method and path of every operation that the sandbox has, and what one must be allowed to do. */
const sandboxOperations = (): ReadonlyArray<SandboxOperation> => {
  type Paths = Readonly<Record<string, Readonly<Record<string, { readonly "x-Argus-Required-Permissions"?: ReadonlyArray<string> }>>>>
  const document: { readonly paths: Paths } = JSON.parse(fs.readFileSync(path.join(repository, "specs/argus.json"), "utf8"))
  const methods = ["get", "put", "post", "delete", "patch"]
  return Object.entries(document.paths).flatMap(([at, item]) =>
    methods.flatMap((method) => {
      const operation = item[method]
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path: at, permissions: operation["x-Argus-Required-Permissions"] ?? [] }]
    }))
}

/** Calls everything, and prints what came of it. Succeeds with whether all is well. */
export const vendor = ({ generated, project }: Client): Effect.Effect<boolean, Mistyped | Effect.Error<ReturnType<typeof make>>> =>
  Effect.scoped(Effect.gen(function*() {
    for (const name of ["calls.ts", "row.ts"]) fs.copyFileSync(path.join(import.meta.dirname, "vendor", name), path.join(project, name))
    yield* typecheck(project, "calls.ts")
    const calls = yield* Effect.promise((): Promise<{ readonly rows: Rows }> => import(pathToFileURL(path.join(project, "calls.ts")).href))
    const { argus, control }: RunningSandbox = yield* make()
    const made = new Map(generated.operations.map((operation) => [`${operation.method} ${operation.path}`, operation]))
    const wanted = sandboxOperations()
    const drifts = new Set<string>()
    const succeeded = new Map<string, Set<number>>()
    let answered: Array<readonly [operation: string, status: number]> = []
    let held = 0
    const rows = calls.rows(argus, control, {
      answered: (operation, status) => void answered.push([operation, status]),
      drift: (operation, drift) => {
        for (const { kind, path: at } of drift) drifts.add(`${operation}: ${kind} ${at.replace(/\[\d+\]/g, "[]")}`)
      }
    })
    for (const { check, name } of rows) {
      answered = []
      const exit = yield* Effect.exit(check)
      if (Exit.isFailure(exit)) {
        console.log(`not ok - vendor client: ${name}: ${Cause.pretty(exit.cause).slice(0, 2_000)}`)
        continue
      }
      console.log(`ok - vendor client: ${name}`)
      held++
      for (const [operation, status] of answered) succeeded.set(operation, (succeeded.get(operation) ?? new Set()).add(status))
    }
    for (const { method, path: at, permissions } of wanted) {
      const { module = "", name = "" } = made.get(`${method} ${at}`) ?? {}
      const endpoints = yield* Effect.promise((): Promise<Readonly<Record<string, Endpoint>>> => import(pathToFileURL(path.join(project, "client", module)).href))
      const found = endpoints[name]?.operation.permissions ?? []
      if (found.join() === permissions.join()) continue
      console.log(`not ok - vendor client: ${name} needs ${found.join()} in place of ${permissions.join()}`)
      succeeded.delete(name)
    }
    const missing = wanted.filter(({ method, path: at }) => !succeeded.has(made.get(`${method} ${at}`)?.name ?? ""))
    for (const { method, path: at } of missing) console.log(`not ok - vendor client: ${method} ${at} was not answered as it should be`)
    for (const drift of drifts) console.log(`# not in the documents: ${drift}`)
    console.log(`vendor client: ${wanted.length - missing.length} of ${wanted.length} operations`)
    return missing.length === 0 && held === rows.length
  }))
