/**
 * What fits several schemas at once (`allOf`, and keywords beside `oneOf`): one shape in place of many.
 */
import type { Check, Field, Literal, RecordShape, Shape, UnionShape } from "./Shape.ts"

/** More variants than this are not multiplied out. */
const maxVariants = 64

export interface Merging {
  /** the shape of a model; of one that stands for its variants, what they share */
  readonly resolve: (id: string) => Shape
  /** told when nothing can fit all */
  readonly conflict: (message: string) => void
  /** how many shapes may still be put together */
  readonly budget: { left: number }
}

const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

const checksOf = (a: ReadonlyArray<Check>, b: ReadonlyArray<Check>): ReadonlyArray<Check> => [...a, ...b.filter((check) => !a.some((other) => isSame(other, check)))]

const fieldOf = (a: Field, b: Field, merging: Merging, depth: number): Field => ({
  name: a.name,
  shape: both(a.shape, b.shape, merging, depth + 1),
  required: a.required || b.required,
  // the later one is the more special one
  docs: { ...a.docs, ...Object.fromEntries(Object.entries(b.docs).filter(([, value]) => value !== undefined)), notes: b.docs.notes.length > 0 ? b.docs.notes : a.docs.notes },
  readOnly: a.readOnly || b.readOnly,
  writeOnly: a.writeOnly || b.writeOnly
})

const records = (a: RecordShape, b: RecordShape, merging: Merging, depth: number): RecordShape => {
  const required = new Set([...a.required, ...b.required])
  const fields = new Map(a.fields.map((field) => [field.name, field]))
  for (const field of b.fields) {
    const there = fields.get(field.name)
    fields.set(field.name, there === undefined ? field : fieldOf(there, field, merging, depth))
  }
  return {
    kind: "record",
    fields: [...fields.values()].map((field) => required.has(field.name) && !field.required ? { ...field, required: true } : field),
    required: [...required].filter((name) => !fields.has(name)),
    additional: a.additional === undefined ? b.additional : b.additional === undefined ? a.additional : both(a.additional, b.additional, merging, depth + 1),
    prefixed: [...a.prefixed, ...b.prefixed],
    checks: checksOf(a.checks, b.checks)
  }
}

const distribute = (union: UnionShape, other: Shape, merging: Merging, depth: number): Shape => {
  const count = other.kind === "union" ? union.variants.length * other.variants.length : union.variants.length
  if (count > maxVariants) {
    merging.conflict(`${count} combinations of variants are too many: only the first list of them is looked at`)
    return union
  }
  const cache = new Map<Shape, Shape>()
  const withOther = (variant: Shape): Shape => {
    const known = cache.get(variant)
    if (known !== undefined) return known
    const made = both(variant, other, merging, depth + 1)
    cache.set(variant, made)
    return made
  }
  return {
    kind: "union",
    variants: union.variants.map(withOther),
    discriminator: union.discriminator === undefined ? undefined : {
      ...union.discriminator,
      mapping: union.discriminator.mapping.map(([name, variant]) => [name, withOther(variant)] as const),
      otherwise: union.discriminator.otherwise === undefined ? undefined : withOther(union.discriminator.otherwise)
    }
  }
}

const literalsOf = (values: ReadonlyArray<Literal>, other: Shape): ReadonlyArray<Literal> | undefined => {
  switch (other.kind) {
    case "literals":
      return values.filter((value) => other.values.includes(value))
    case "string":
      return values.filter((value) => typeof value === "string")
    case "number":
      return values.filter((value) => typeof value === "number")
    case "boolean":
      return values.filter((value) => typeof value === "boolean")
    default:
      return undefined
  }
}

/** What fits both. A model that meets something else is looked into. */
export const both = (a: Shape, b: Shape, merging: Merging, depth = 0): Shape => {
  if (a.kind === "unknown" || (a.kind === b.kind && isSame(a, b))) return b
  if (b.kind === "unknown") return a
  if (depth > 24 || merging.budget.left <= 0) return a
  if (--merging.budget.left === 0) merging.conflict("this is made of too many combinations: only the first of them are looked at")
  if (a.kind === "nullable" || b.kind === "nullable") {
    const inner = both(a.kind === "nullable" ? a.of : a, b.kind === "nullable" ? b.of : b, merging, depth + 1)
    return a.kind === "nullable" && b.kind === "nullable" ? { kind: "nullable", of: inner } : inner
  }
  if (a.kind === "model") return both(merging.resolve(a.id), b, merging, depth + 1)
  if (b.kind === "model") return both(a, merging.resolve(b.id), merging, depth + 1)
  if (a.kind === "union") return distribute(a, b, merging, depth)
  if (b.kind === "union") return distribute(b, a, merging, depth)
  if (a.kind === "record" && b.kind === "record") return records(a, b, merging, depth)
  if (a.kind === "string" && b.kind === "string") return { kind: "string", format: b.format ?? a.format, checks: checksOf(a.checks, b.checks) }
  if (a.kind === "number" && b.kind === "number") return { kind: "number", integer: a.integer || b.integer, format: b.format ?? a.format, checks: checksOf(a.checks, b.checks) }
  if (a.kind === "array" && b.kind === "array") return { kind: "array", item: both(a.item, b.item, merging, depth + 1), checks: checksOf(a.checks, b.checks) }
  const [literals, other] = a.kind === "literals" ? [a, b] : b.kind === "literals" ? [b, a] : [undefined, a]
  const values = literals === undefined ? undefined : literalsOf(literals.values, other)
  if (literals !== undefined && values !== undefined && values.length > 0) return { kind: "literals", values, fixed: literals.fixed || (other.kind === "literals" && other.fixed) }
  merging.conflict(`nothing is both ${nameOf(a)} and ${nameOf(b)}: taken as the latter`)
  return b
}

const nameOf = (shape: Shape): string => shape.kind === "number" && shape.integer ? "integer" : shape.kind === "record" ? "object" : shape.kind === "literals" ? "one of some values" : shape.kind
