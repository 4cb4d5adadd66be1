/**
 * From OpenAPI documents to TypeScript modules over `credence`. Writes nothing: it gives the texts.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Path from "effect/Path"
import type * as Stdio from "effect/Stdio"
import { createHash } from "node:crypto"
import type { Config, Preset } from "./config.ts"
import type { DocumentSet } from "./document/Document.ts"
import type { DocumentError } from "./document/DocumentError.ts"
import { load } from "./document/load.ts"
import { type Patch, type PatchError, readPatch } from "./document/patch.ts"
import { emitModels } from "./emit/models.ts"
import { emitOpenApi, openApiPath } from "./emit/openapi.ts"
import { emitModule } from "./emit/operations.ts"
import { oneLine } from "./emit/print.ts"
import { emitReference } from "./emit/reference.ts"
import { emitAuth, emitIndex, emitKnownSession, emitServers, emitSession } from "./emit/session.ts"
import type { Api } from "./model/Api.ts"
import type { Node } from "./model/node.ts"
import { read } from "./model/read.ts"
import { plan as makePlan, type Plan } from "./plan/Plan.ts"
import { presets } from "./presets/index.ts"
import { version } from "./version.ts"
import type { Rule, Warn, Warning } from "./warning.ts"

export interface GeneratedOperation {
  /** name of the exported endpoint */
  readonly name: string
  /** file, below the output folder */
  readonly module: string
  readonly method: string
  readonly path: string
  readonly document: string
  readonly pointer: string
}

export interface GeneratedModel {
  readonly name: string
  readonly module: string
  readonly document: string
  readonly pointer: string
  readonly usage: { readonly input: boolean; readonly output: boolean; readonly split: boolean }
}

/** What a generation gives. */
export interface Generated {
  /** texts of files, by their path below the output folder */
  readonly files: ReadonlyMap<string, string>
  readonly warnings: ReadonlyArray<Warning>
  readonly operations: ReadonlyArray<GeneratedOperation>
  readonly models: ReadonlyArray<GeneratedModel>
  readonly session: string
  /** what was read */
  readonly documents: DocumentSet
  /** what the texts were made of */
  readonly plan: Plan
}

/** Services that reading documents needs. */
export type Requirements = FileSystem.FileSystem | Path.Path | Stdio.Stdio | HttpClient.HttpClient

/**
 * Reads documents and makes a client of them.
 *
 * @example
 * ```ts
 * const { files, warnings } = yield* generate(["petstore.yaml"], { session: "Petstore" })
 * ```
 */
export const generate = (inputs: ReadonlyArray<string>, config: Config = {}): Effect.Effect<Generated, DocumentError | PatchError, Requirements> =>
  Effect.gen(function*() {
    const patches: Array<Patch> = []
    for (const path of config.patches ?? []) patches.push(yield* readPatch(path))
    const set = yield* load(inputs, { patches, ...(config.allowRemote === true ? { allowRemote: true } : {}) })
    return fromDocuments(set, config)
  })

/** Makes a client of documents that are read already. */
export const fromDocuments = (set: DocumentSet, config: Config): Generated => {
  const { found, warn } = collector(set)
  const preset: Preset | undefined = typeof config.preset === "string" ? presets[config.preset] : config.preset
  const api = read(set, warn)
  const plan = makePlan(api, config, preset, warn)
  const extension = config.extension === "none" ? "" : config.extension ?? ".ts"
  const origin = originOf(set, plan)
  const head = `// ${origin}\n`
  const files = new Map<string, string>()
  const own = config.sessionFrom === undefined
  const known = config.session === undefined || config.session === preset?.session ? preset?.sessionFrom : undefined
  const auth = own && known === undefined ? emitAuth(plan, head, extension, config.runtime) : undefined
  const servers = own ? emitServers(plan, head) : undefined
  if (own) files.set("session.ts", known === undefined ? emitSession(plan, head, extension, config.runtime) : emitKnownSession(known, head))
  if (auth !== undefined) files.set("auth.ts", auth)
  if (servers !== undefined) files.set("servers.ts", servers)
  for (const { models, path } of plan.modelModules) files.set(`${path}.ts`, emitModels(path, models, plan, config, extension, head))
  for (const module of plan.modules) files.set(`${module.path}.ts`, emitModule(module, { plan, config, extension, head, warn }))
  if (config.files?.openapi !== false) for (const module of plan.modules) files.set(`${openApiPath(module)}.ts`, emitOpenApi(module, extension, head, config.runtime))
  if (config.files?.reference !== false) files.set("api.md", `<!-- ${origin.replaceAll("--", "—")} -->\n\n${emitReference(plan, config, extension)}`)
  if (config.files?.index !== false) files.set("index.ts", emitIndex(plan, extension, head, { session: config.sessionFrom ?? "session", names: known?.names ?? [plan.session], auth: auth !== undefined, servers: servers !== undefined }))
  const nameOf = (uri: string): string => set.get(uri)?.name ?? uri
  return {
    files,
    warnings: found(unselected(api, plan)),
    operations: plan.modules.flatMap((module) => module.operations.map(({ name, operation }) => ({
      name,
      module: `${module.path}.ts`,
      method: operation.method,
      path: operation.path,
      document: nameOf(operation.node.uri),
      pointer: operation.node.pointer
    }))),
    models: [...plan.models.values()].map(({ model, module, name, usage }) => ({ name, module: `${module}.ts`, document: nameOf(model.uri), pointer: model.pointer, usage })),
    session: plan.session,
    documents: set,
    plan
  }
}

/** Operations that were left out on purpose: what is wrong with them is of no interest. */
const unselected = (api: Api, plan: Plan): ReadonlyArray<Node> => {
  const selected = new Set(plan.api.operations.map((operation) => operation.node))
  return api.operations.map((operation) => operation.node).filter((node) => !selected.has(node))
}

const collector = (set: DocumentSet): { readonly warn: Warn; readonly found: (left: ReadonlyArray<Node>) => ReadonlyArray<Warning> } => {
  const entries = new Map<string, { readonly rule: Rule; readonly uri: string; readonly pointer: string; readonly message: string }>()
  return {
    // a schema may be read more than once
    warn: (rule, { pointer, uri }, message) => void entries.set(`${uri} ${pointer} ${message}`, { rule, uri, pointer, message }),
    found: (left) => [
      ...set.problems.map((problem): Warning => ({ rule: "invalid", message: problem.message, document: problem.document, pointer: "", position: problem.position })),
      ...set.refused.map(({ from, pointer, reason, uri }): Warning => ({
        rule: "reference",
        message: `${uri}: ${reason}`,
        document: from,
        pointer,
        position: set.all.find(({ name }) => name === from)?.locate(pointer)
      })),
      ...[...entries.values()].filter((entry) => !left.some((node) => node.uri === entry.uri && (entry.pointer === node.pointer || entry.pointer.startsWith(`${node.pointer}/`)))).map(({ message, pointer, rule, uri }): Warning => {
        const document = set.get(uri)
        return { rule, message, document: document?.name ?? uri, pointer, position: document?.locate(pointer) }
      })
    ]
  }
}

/** Says what made the files, and of what: the same input gives the same bytes. */
const originOf = (set: DocumentSet, plan: Plan): string => {
  const hash = createHash("sha256")
  for (const document of set.all) hash.update(document.text)
  const edition = oneLine(plan.api.version, 40)
  return `Generated by credence ${version} from ${oneLine(plan.api.title, 80)}${edition === "" ? "" : ` ${edition}`} (sha256 ${hash.digest("hex").slice(0, 16)}). Do not edit: changes are lost.`
}
