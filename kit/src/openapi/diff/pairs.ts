/**
 * Which model of NEW is which model of OLD. By its name in the document; or, where that is gone, by what it is and where it stands.
 */
import type { Shape } from "../model/Shape.ts"
import type { Plan, PlannedModel } from "../plan/Plan.ts"
import type { Version } from "./Version.ts"

export interface Pairs {
  /** id of the same model in NEW */
  readonly counterpart: (oldId: string) => string | undefined
  /** `true`: both were without a counterpart, and are each other's now */
  readonly join: (oldId: string, newId: string) => boolean
  /** are these alike, whatever is written about them? Names of models that are each other's counterparts are alike */
  readonly alike: (a: Shape, b: Shape) => boolean
}

const fileOf = (uri: string): string => uri.replace(/[?#].*$/, "").split("/").at(-1) ?? uri

/** What a model is called in its documents, whatever the dialect. */
const keysOf = (plan: Plan): ReadonlyMap<string, string> => {
  const [only, ...more] = plan.api.documents
  const out = new Map<string, string>()
  for (const { model } of plan.models.values()) {
    // a model and what it shares with those that extend it stand at one place: their ids tell them apart
    const place = model.id.slice(model.id.indexOf("#") + 1).replace(/^\/definitions\//, "/components/schemas/")
    // the file of a single document may have any name
    const key = `${more.length === 0 && model.uri === only?.uri ? "" : fileOf(model.uri)}#${place}`
    if (!out.has(key)) out.set(key, model.id)
  }
  return out
}

/** What tells at a glance that two shapes differ. */
const outline = (shape: Shape): string => shape.kind === "record" ? `record ${shape.fields.map((field) => field.name).sort().join()}` : shape.kind

const sameList = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>, same: (a: A, b: A) => boolean): boolean =>
  a.length === b.length && a.every((one, index) => {
    const other = b[index]
    return other !== undefined && same(one, other)
  })

const sameSet = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>): boolean => {
  const texts = (list: ReadonlyArray<unknown>): string => JSON.stringify(list.map((one) => JSON.stringify(one)).sort())
  return texts(a) === texts(b)
}

export const makePairs = (oldVersion: Version, newVersion: Version): Pairs => {
  const forth = new Map<string, string>()
  const back = new Map<string, string>()
  const join: Pairs["join"] = (oldId, newId) => {
    if (forth.has(oldId) || back.has(newId)) return false
    forth.set(oldId, newId)
    back.set(newId, oldId)
    return true
  }

  const oldModels = oldVersion.plan.models, newModels = newVersion.plan.models

  /** `assumed`: pairs that are being looked at. All has to be alike, so that one difference ends it, and a pair need not be looked at twice */
  const same = (a: Shape, b: Shape, assumed: Set<string>): boolean => {
    const inner = (x: Shape, y: Shape): boolean => same(x, y, assumed)
    const maybe = (x: Shape | undefined, y: Shape | undefined): boolean => x === undefined || y === undefined ? x === y : inner(x, y)
    if (a.kind === "model" && b.kind === "model") {
      if (forth.has(a.id) || back.has(b.id)) return forth.get(a.id) === b.id
      const pair = `${a.id} ${b.id}`
      if (assumed.has(pair)) return true
      assumed.add(pair)
      const from = oldModels.get(a.id), to = newModels.get(b.id)
      return from !== undefined && to !== undefined && inner(from.model.shape, to.model.shape)
    }
    if (a.kind === "array" && b.kind === "array") return inner(a.item, b.item) && sameSet(a.checks, b.checks)
    if (a.kind === "nullable" && b.kind === "nullable") return inner(a.of, b.of)
    if (a.kind === "tuple" && b.kind === "tuple") return a.required === b.required && sameList(a.items, b.items, inner) && maybe(a.rest, b.rest)
    if (a.kind === "union" && b.kind === "union") {
      if (a.discriminator?.property !== b.discriminator?.property) return false
      if (a.discriminator === undefined || b.discriminator === undefined) return sameList(a.variants, b.variants, inner)
      return sameList(a.discriminator.mapping, b.discriminator.mapping, ([x, first], [y, second]) => x === y && inner(first, second)) && maybe(a.discriminator.otherwise, b.discriminator.otherwise)
    }
    if (a.kind === "record" && b.kind === "record") {
      const others = new Map(b.fields.map((field) => [field.name, field]))
      return a.fields.length === b.fields.length
        && a.fields.every((field) => {
          const other = others.get(field.name)
          return other !== undefined && other.required === field.required && other.readOnly === field.readOnly && other.writeOnly === field.writeOnly && inner(field.shape, other.shape)
        })
        && maybe(a.additional, b.additional)
        && sameSet(a.required, b.required)
        && sameSet(a.checks, b.checks)
        && sameList(a.prefixed, b.prefixed, (x, y) => x.prefix === y.prefix && inner(x.shape, y.shape))
    }
    if (a.kind === "literals" && b.kind === "literals") return a.fixed === b.fixed && sameSet(a.values, b.values)
    return a.kind === b.kind && JSON.stringify(a) === JSON.stringify(b)
  }

  const alike: Pairs["alike"] = (a, b) => same(a, b, new Set())

  // by name
  const keys = keysOf(newVersion.plan)
  for (const [key, id] of keysOf(oldVersion.plan)) {
    const other = keys.get(key)
    if (other !== undefined) join(id, other)
  }

  // by what it is, where there is but one of that kind on either side
  const groups = (models: Plan["models"], known: ReadonlyMap<string, string>): ReadonlyMap<string, ReadonlyArray<PlannedModel>> =>
    Map.groupBy([...models.values()].filter(({ model }) => !known.has(model.id) && model.shape.kind === "record"), ({ model }) => outline(model.shape))
  const candidates = groups(newModels, back)
  for (const [key, from] of groups(oldModels, forth)) {
    const to = candidates.get(key) ?? []
    const fits = (a: PlannedModel, b: PlannedModel): boolean => alike({ kind: "model", id: a.model.id }, { kind: "model", id: b.model.id })
    for (const one of from) {
      const [other, ...more] = to.filter((candidate) => fits(one, candidate))
      if (other !== undefined && more.length === 0 && from.filter((rival) => fits(rival, other)).length === 1) join(one.model.id, other.model.id)
    }
  }

  return { counterpart: (id) => forth.get(id), join, alike }
}
