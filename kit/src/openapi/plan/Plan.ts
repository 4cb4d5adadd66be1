/**
 * What goes where, and under which name.
 */
import type { Config, PagingRule, Place, Preset } from "../config.ts"
import type { Api, Operation } from "../model/Api.ts"
import { type Model, type Shape, through } from "../model/Shape.ts"
import { camel, isReserved, kebab, makeScope, pascal, type Scope, words } from "../text/words.ts"
import type { Warn } from "../warning.ts"
import { adjust, asSent, withDefaults, withErrorBodies } from "./adjust.ts"
import { dedupe } from "./dedupe.ts"
import { matches } from "./match.ts"
import { nameModels, taken } from "./modelNames.ts"
import { modelsIn, type Usage, usageOf } from "./usage.ts"

export interface PlannedModel {
  readonly model: Model
  readonly name: string
  /** the name of what requests hold, where that differs */
  readonly inputName: string
  /** file without extension */
  readonly module: string
  readonly usage: Usage
}

export interface PlannedOperation {
  readonly operation: Operation
  readonly name: string
  readonly permissions: ReadonlyArray<string>
  readonly paging: PagingRule | undefined
}

export interface PlannedModule {
  /** file without extension */
  readonly path: string
  readonly title: string
  readonly description: string | undefined
  readonly operations: ReadonlyArray<PlannedOperation>
}

export interface Plan {
  readonly api: Api
  readonly session: string
  /** name of the session at run time */
  readonly key: string
  readonly models: ReadonlyMap<string, PlannedModel>
  /** files of models, without extension */
  readonly modelModules: ReadonlyArray<{ readonly path: string; readonly models: ReadonlyArray<PlannedModel> }>
  readonly modules: ReadonlyArray<PlannedModule>
}

/** What a shape stands for, through names and null. */
export const resolve = (shape: Shape | undefined, models: Plan["models"]): Shape => through(shape, (id) => models.get(id)?.model.shape)

/** Words of a title that do not name the API. */
const noise = new Set(["api", "apis", "rest", "restful", "openapi", "swagger", "the", "v1", "v2", "v3", "specification", "spec", "public", "service", "services", "reference", "documentation", "docs", "http", "web", "official", "extension", "client", "server", "management", "json", "schema"])

const sessionNameOf = (title: string): string => {
  const all = words(title.replace(/\bv?\d+(\.\d+)+\b/g, " "))
  const telling = all.filter((word) => !noise.has(word.toLowerCase()) && !/^\d/.test(word))
  const chosen = (telling.length > 0 ? telling : all).slice(0, 3)
  const name = pascal(chosen.join(" "))
  return name === "" || name === "N" ? "Api" : name
}

/** what the emitted code itself refers to is no name for a session */
const besides = (name: string): string => taken.includes(name) ? `${name}Api` : name

const placeByTag = (operation: Operation): Place => {
  const [tag] = operation.tags
  if (tag !== undefined && tag.trim() !== "") return { module: kebab(tag) }
  const first = operation.path.split("/").find((segment) => segment !== "" && !segment.startsWith("{") && !/^(api|rest|v\d+(\.\d+)*)$/i.test(segment))
  return { module: kebab(first?.split(/[#?:]/)[0] ?? "other") }
}

const placeByPath = (operation: Operation): Place => {
  const fixed = operation.path.split(/[#?]/)[0]?.split("/").filter((segment) => segment !== "" && !segment.includes("{")) ?? []
  return { module: fixed.slice(0, 3).map((segment) => kebab(segment.split(":")[0] ?? segment)).join("/") || "other" }
}

const chosenName = (config: Config, operation: Operation): string | undefined => {
  const names = config.names?.operations ?? {}
  const key = [operation.id ?? "", `${operation.method} ${operation.path}`].find((candidate) => Object.hasOwn(names, candidate))
  return key === undefined ? undefined : names[key]
}

const nameByPath = (operation: Operation): string =>
  camel([
    operation.method.toLowerCase(),
    ...operation.path.split(/[/#?&]/).flatMap((segment) => segment.split(/[{}]/).map((part, index) => index % 2 === 1 ? `by ${part}` : part))
  ].join(" "))

/** files that the generator writes itself, and names that some systems do not have */
const takenFiles = ["index", "models", "session", "auth", "servers", "api", "con", "nul", "prn", "aux"]

const pick = (shape: Shape | undefined, path: ReadonlyArray<string>, api: Api): Shape | undefined => {
  if (shape === undefined) return undefined
  const at = through(shape, (id) => api.models.get(id)?.shape)
  const [name, ...rest] = path
  if (name === undefined) return at
  return at.kind === "record" ? pick(at.fields.find((field) => field.name === name)?.shape, rest, api) : undefined
}

/** The first rule whose parameters and items an operation has. */
const pagingOf = (operation: Operation, rules: ReadonlyArray<PagingRule>, api: Api, config: Config): PagingRule | undefined => {
  const successes = operation.responses.filter((response) => response.status.startsWith("2"))
  const bodies = successes.map(({ media }) => (media.find((entry) => entry.shape !== undefined && /json/.test(entry.mediaType)) ?? media[0])?.shape)
  const [body] = bodies
  const shapeOf = (name: string, place: "query" | "body" = "query"): Shape | undefined =>
    place === "body"
      ? pick(operation.body?.media[0]?.shape, [name], api)
      : pick(operation.parameters.find((parameter) => parameter.in === "query" && parameter.name === name)?.shape, [], api)
  const isNumber = (shape: Shape | undefined): boolean => shape?.kind === "number" && !(shape.format === "int64" && (config.formats?.int64 ?? "number") !== "number")
  // beside the body it is made a number where it is counted, see `counted`
  const counts = (name: string, place: "query" | "body" | undefined): boolean => place === "body" ? isNumber(shapeOf(name, place)) : shapeOf(name)?.kind === "number"
  const told = (path: ReadonlyArray<string> | undefined): ReadonlyArray<string> | undefined => path !== undefined && pick(body, path, api)?.kind === "number" ? path : undefined
  for (const rule of rules) {
    if (rule.operations !== undefined && !matches(rule.operations, operation)) continue
    // an answer of another shape has no pages
    if (bodies.length === 0 || bodies.some((shape) => pick(shape, rule.items, api)?.kind !== "array") || !bodies.every((shape) => isSame(shape, body))) continue
    switch (rule.kind) {
      case "offset":
        if (!counts(rule.offset, rule.in) || (rule.limit !== undefined && shapeOf(rule.limit, rule.in) === undefined)) continue
        return { ...rule, total: told(rule.total), capacity: told(rule.capacity), begins: rule.begins !== undefined && isNumber(pick(body, rule.begins, api)) ? rule.begins : undefined }
      case "page":
        if (counts(rule.page, "query")) return rule
        continue
      case "cursor": {
        // what leads to the next page has to be what the parameter takes
        const [taken, given] = [shapeOf(rule.parameter, rule.in), pick(body, rule.next, api)]
        if (taken === undefined || given === undefined || kindOf(taken) !== kindOf(given)) continue
        // some documents have offsets as texts: they are counted, too
        return rule.offset !== undefined && (isNumber(shapeOf(rule.offset, rule.in)) || shapeOf(rule.offset, rule.in)?.kind === "string")
          ? { ...rule, total: told(rule.total) }
          : { ...rule, offset: undefined, total: undefined }
      }
      case "link":
        if (successes.some((success) => success.headers.some((header) => header.name.toLowerCase() === "link"))) return rule
    }
  }
  return undefined
}

/** What pages are counted by is a number, whatever whole numbers of 64 bits are elsewhere. */
const counted = (operation: Operation, rule: PagingRule | undefined): Operation => {
  const name = rule?.kind === "offset" && rule.in !== "body" ? rule.offset : rule?.kind === "page" ? rule.page : undefined
  return name === undefined ? operation : {
    ...operation,
    parameters: operation.parameters.map((parameter) =>
      parameter.in === "query" && parameter.name === name && parameter.shape.kind === "number" ? { ...parameter, shape: { ...parameter.shape, format: parameter.shape.format === "int64" ? undefined : parameter.shape.format } } : parameter)
  }
}

const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** Texts and numbers of some formats are values of other types. */
const kindOf = (shape: Shape): string =>
  (shape.kind === "string" || shape.kind === "number") && /^(date-time|int64|byte)$/.test(shape.format ?? "") ? `${shape.kind} ${shape.format}` : shape.kind

/** Decides names and places of everything. */
export const plan = (read: Api, config: Config, preset: Preset | undefined, warn: Warn): Plan => {
  const { api: whole, shared } = dedupe(read)
  const { select } = config
  const selected = withErrorBodies(withDefaults(asSent({
    ...whole,
    operations: whole.operations.filter((operation) =>
      (select?.tags === undefined || operation.tags.some((tag) => select.tags?.includes(tag)))
      && (select?.include === undefined || matches(select.include, operation))
      && (select?.exclude === undefined || !matches(select.exclude, operation))
    )
  }, preset), preset), preset)
  const usage = usageOf(selected)
  const api = adjust(selected, preset, usage)
  const session = besides(config.session ?? preset?.session ?? sessionNameOf(api.title))
  const place = preset?.place ?? (config.layout === "path" ? placeByPath : placeByTag)
  const rules = [...config.paging ?? [], ...preset?.paging ?? []]

  // modules
  const files = makeScope(takenFiles)
  const fileOf = new Map<string, string>()
  const modules = new Map<string, { readonly scope: Scope; readonly title: string; readonly operations: Array<PlannedOperation> }>()
  for (const operation of api.operations) {
    const wanted = place(operation).module
    let path = fileOf.get(wanted)
    if (path === undefined) fileOf.set(wanted, path = /^models\//i.test(wanted) ? files.take(`${wanted}-operations`) : files.take(wanted, `${wanted}-operations`))
    let module = modules.get(path)
    if (module === undefined) modules.set(path, module = { scope: makeScope(), title: operation.tags[0] ?? wanted, operations: [] })
    const natural = operation.id === undefined ? nameByPath(operation) : camel(operation.id)
    const given = chosenName(config, operation)
    const legal = given ?? (isReserved(natural) || natural === session || natural === "" || natural === "n" ? `${natural === "n" ? "" : natural}Operation` : natural)
    const name = module.scope.take(legal, `${legal}${pascal(operation.method.toLowerCase())}`)
    if (given === undefined && name.toLowerCase() !== natural.toLowerCase()) warn("renamed", operation.node, `the operation ${operation.id ?? `${operation.method} ${operation.path}`} is called ${name}: ${natural} is taken or reserved`)
    const paging = pagingOf(operation, rules, api, config)
    const known = counted(operation, paging)
    module.operations.push({
      operation: preset?.isPathLike === undefined ? known : {
        ...known,
        parameters: known.parameters.map((parameter) => parameter.in === "path" && preset.isPathLike?.(operation, parameter.name) === true ? { ...parameter, segments: true } : parameter)
      },
      name,
      permissions: preset?.permissions?.(operation) ?? scopesOf(operation),
      paging
    })
  }

  const operationNames = new Set([...modules.values()].flatMap((module) => module.operations.map(({ name }) => name)))
  // models: one set, or one for each group of documents and one that they share
  const used = reachable(api)
  const sets = new Map<string, Array<Model>>()
  const several = api.documents.length > 1
  for (const model of api.models.values()) {
    if (several && !used.has(model.id)) continue
    const document = api.documents.find((candidate) => candidate.uri === model.uri)
    const set = !several ? "models" : shared.has(model.id) || document === undefined ? "models/common" : `models/${preset?.modelsOf?.(document.name) ?? kebab(document.name.split(/[/\\]/).at(-1)?.replace(/\.\w+$/, "") ?? "models")}`
    sets.set(set, [...sets.get(set) ?? [], model])
  }
  const models = new Map<string, PlannedModel>()
  // what all share is imported by the others: its names come first
  const sharedNames: Array<string> = []
  const modelModules = [...sets].sort(([a], [b]) => Number(b === "models/common") - Number(a === "models/common")).map(([path, list]) => {
    const names = nameModels(list, [session, ...sharedNames], config.names?.models ?? {}, (model) => usage.get(model.id)?.split === true, operationNames)
    const planned = list.map((model): PlannedModel => ({
      model,
      name: names.get(model.id)?.name ?? model.hint,
      inputName: names.get(model.id)?.inputName ?? model.hint,
      module: path,
      usage: usage.get(model.id) ?? { input: false, output: true, split: false }
    }))
    for (const entry of planned) models.set(entry.model.id, entry)
    if (path === "models/common") sharedNames.push(...planned.flatMap((entry) => [entry.name, entry.inputName]))
    return { path, models: planned }
  })

  return {
    api,
    session,
    key: kebab(session),
    models,
    modelModules,
    modules: [...modules].map(([path, module]) => ({ path, title: module.title, description: api.tags.find((tag) => tag.name === module.title)?.description, operations: module.operations }))
  }
}

/** The scopes that every way to sign in must have. */
const scopesOf = (operation: Operation): ReadonlyArray<string> => {
  const [first, ...rest] = (operation.security ?? []).map((requirement) => Object.values(requirement).flat())
  return first === undefined ? [] : [...new Set(first.filter((scope) => rest.every((other) => other.includes(scope))))]
}

const reachable = (api: Api): ReadonlySet<string> => {
  const seen = new Set<string>()
  const queue: Array<Shape> = api.operations.flatMap((operation) => [
    ...operation.parameters.map((parameter) => parameter.shape),
    ...[...operation.body?.media ?? [], ...operation.responses.flatMap((response) => response.media)].flatMap((media) => [media.shape, media.item].filter((shape) => shape !== undefined)),
    ...operation.responses.flatMap((response) => response.headers.map((header) => header.shape))
  ])
  for (let shape = queue.pop(); shape !== undefined; shape = queue.pop()) {
    for (const id of modelsIn(shape)) {
      const model = api.models.get(id)
      if (seen.has(id) || model === undefined) continue
      seen.add(id)
      queue.push(model.shape)
    }
  }
  return seen
}
