/**
 * Models of two documents: what they are called, and what became of each.
 */
import type { Shape } from "../model/Shape.ts"
import type { PlannedModel } from "../plan/Plan.ts"
import type { Direction } from "./Change.ts"
import { sameWords } from "./docs.ts"
import type { At } from "./findings.ts"
import type { Comparison, ShapeAt } from "./shapes.ts"

/** Pairs of models that are still to be compared. Each is compared once in each direction, however many operations have it. */
export interface Queue {
  readonly add: (oldId: string, newId: string, direction: Direction) => void
  readonly next: () => { readonly oldId: string; readonly newId: string; readonly direction: Direction } | undefined
  readonly has: (oldId: string) => boolean
}

export const makeQueue = (): Queue => {
  const known = new Set<string>()
  const seen = new Set<string>()
  const waiting: Array<{ readonly oldId: string; readonly newId: string; readonly direction: Direction }> = []
  return {
    add: (oldId, newId, direction) => {
      const key = `${direction} ${oldId} ${newId}`
      if (known.has(key)) return
      known.add(key)
      seen.add(oldId)
      waiting.push({ oldId, newId, direction })
    },
    next: () => waiting.shift(),
    has: (oldId) => seen.has(oldId)
  }
}

const placeOf = (one: PlannedModel | undefined, other: PlannedModel | undefined, cx: Comparison): At => {
  const name = (other ?? one)?.name ?? ""
  return {
    subject: { kind: "model", name },
    label: `\`${name}\``,
    path: "",
    direction: undefined,
    old: one && cx.old.spots.at(one.model.uri, one.model.pointer),
    new: other && cx.new.spots.at(other.model.uri, other.model.pointer)
  }
}

/** Compares what models hold: first those that operations led to, then those that none has on both sides. */
export const compareModels = (queue: Queue, cx: Comparison, shapes: (a: Shape, b: Shape, at: ShapeAt) => void): void => {
  const old = cx.old.plan.models, next = cx.new.plan.models
  const drain = (): void => {
    for (let pair = queue.next(); pair !== undefined; pair = queue.next()) {
      const one = old.get(pair.oldId), other = next.get(pair.newId)
      if (one !== undefined && other !== undefined) shapes(one.model.shape, other.model.shape, { ...placeOf(one, other, cx), direction: pair.direction })
    }
  }
  drain()
  for (const [id, { usage }] of old) {
    const other = cx.pairs.counterpart(id)
    if (other === undefined || queue.has(id)) continue
    if (usage.input) queue.add(id, other, "request")
    if (usage.output) queue.add(id, other, "answer")
    drain()
  }
}

/** What the generated code calls them. */
export const compareNames = (cx: Comparison): void => {
  const { note } = cx
  const old = cx.old.plan.models, next = cx.new.plan.models
  const taken = new Set<string>()
  for (const [id, one] of old) {
    const otherId = cx.pairs.counterpart(id)
    const other = otherId === undefined ? undefined : next.get(otherId)
    const at = placeOf(one, other, cx)
    if (other === undefined || otherId === undefined) {
      note(at, "model-removed", "breaking", `the type \`${one.name}\` of ${one.module} is gone`, "imports of it fail")
      continue
    }
    taken.add(otherId)
    if (one.name !== other.name) note(at, "model-renamed", "breaking", `the type \`${one.name}\` of ${one.module} is \`${other.name}\` now${one.module === other.module ? "" : `, in ${other.module}`}`, "imports of the former name fail")
    else if (one.module !== other.module) note(at, "model-renamed", "breaking", `the type \`${one.name}\` stands in ${other.module} now, so far in ${one.module}`, "imports from the former file fail")
    const from = inputName(one), to = inputName(other)
    const told = from === one.name && to === other.name
    if (one.usage.input && other.usage.input && from !== to && !told) {
      note(at, "model-renamed", "breaking", `requests hold the type \`${to}\` in place of \`${from}\``, "code that names the latter for requests does not compile")
    }
    if (one.model.docs.deprecated !== true && other.model.docs.deprecated === true) note(at, "model-deprecated", "feature", `the type ${at.label} is deprecated now`, "it may go with a later version")
    if (one.model.docs.deprecated === true && other.model.docs.deprecated !== true) note(at, "model-undeprecated", "fix", `the type ${at.label} is no longer deprecated`, "it stays")
    if (!sameWords(one.model, other.model)) note(at, "docs-changed", "fix", `what is written about the type ${at.label} has changed`, "its documentation reads differently")
  }
  for (const [id, other] of next) {
    if (!taken.has(id)) note(placeOf(undefined, other, cx), "model-added", "feature", `the type \`${other.name}\` of ${other.module} is new`, "it can be imported")
  }
}

/** requests have a type of their own where they differ from answers */
const inputName = (planned: PlannedModel): string => planned.usage.split ? planned.inputName : planned.name
