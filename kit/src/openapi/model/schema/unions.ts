/**
 * `oneOf`, `anyOf`, and what tells their variants apart.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#discriminator-object
 */
import { resolveRef } from "../../document/resolve.ts"
import { child, data, entries, type Node, text } from "../node.ts"
import { type Literal, type Shape, type UnionShape, unknown } from "../Shape.ts"
import { type Dialect, lastSegment, orNull, type Reading, same } from "./Reading.ts"

/** 3.x has an object, 2.0 the name alone */
export const propertyOf = (node: Node): string | undefined => text(data(child(node, "discriminator"))["propertyName"]) ?? text(data(node)["discriminator"])

/** of several variants of one value the first */
export const unique = (mapping: ReadonlyArray<readonly [string, Shape]>): ReadonlyArray<readonly [string, Shape]> => mapping.filter(([name], index) => mapping.findIndex(([other]) => other === name) === index)

/** the mapping that a document writes down */
export const mappingOf = (cx: Reading, node: Node, dialect: Dialect): ReadonlyArray<readonly [string, Shape]> =>
  entries(child(child(node, "discriminator"), "mapping")).flatMap(([name, target]) => {
    const ref = text(target.value)
    const shape = ref === undefined ? undefined : targetOf(cx, node, target, ref, dialect)
    return shape === undefined ? [] : [[name, shape] as const]
  })

/** `oneOf`, `anyOf` */
export const union = (cx: Reading, node: Node, nodes: ReadonlyArray<Node>, dialect: Dialect): Shape => {
  const found = nodes.map((variant) => cx.read(variant, dialect))
  const nulls = found.some((variant) => variant.kind === "null" || variant.kind === "nullable")
  const all = new Map<string, Shape>()
  for (const one of found) {
    for (const variant of flat(one.kind === "nullable" ? one.of : one)) {
      const key = JSON.stringify(variant)
      if (variant.kind !== "null" && variant.kind !== "never" && !all.has(key)) all.set(key, variant)
    }
  }
  const variants = [...all.values()]
  const shape = variants.some((variant) => variant.kind === "unknown") ? unknown : simplified(variants, discriminatorOf(cx, node, variants, dialect))
  return nulls ? orNull(shape) : shape
}

/** an inline union without a discriminator is part of the outer one */
const flat = (shape: Shape): ReadonlyArray<Shape> => shape.kind === "union" && shape.discriminator === undefined ? shape.variants.flatMap(flat) : [shape]

/** Variants as few as they can be said in. */
export const simplified = (variants: ReadonlyArray<Shape>, discriminator: UnionShape["discriminator"]): Shape => {
  const [first, ...rest] = variants
  if (first === undefined) return { kind: "null" }
  if (rest.length === 0) return first
  // a text beside some texts is any text
  const wide = variants.filter((variant) => !(variant.kind === "literals" && variants.some((other) =>
    (other.kind === "string" && other.checks.length === 0 && variant.values.every((value) => typeof value === "string"))
    || (other.kind === "number" && !other.integer && other.checks.length === 0 && variant.values.every((value) => typeof value === "number"))
  )))
  const literals = wide.filter((variant) => variant.kind === "literals")
  const merged: ReadonlyArray<Shape> = literals.length < 2 ? wide : [
    { kind: "literals", values: [...new Set(literals.flatMap((variant) => variant.values))], fixed: literals.every((variant) => variant.fixed) },
    ...wide.filter((variant) => variant.kind !== "literals")
  ]
  const [only, ...others] = merged
  if (only !== undefined && others.length === 0) return only
  return { kind: "union", variants: merged, discriminator }
}

const discriminatorOf = (cx: Reading, node: Node, variants: ReadonlyArray<Shape>, dialect: Dialect): UnionShape["discriminator"] => {
  const property = propertyOf(node)
  if (property === undefined) return undefined
  const explicit = mappingOf(cx, node, dialect)
  const mapping: Array<readonly [string, Shape]> = [...explicit]
  for (const variant of variants) {
    if (explicit.some(([, target]) => same(target, variant))) continue
    const inner = cx.resolve(variant)
    // a family of its own, told apart by the same member
    if (inner.kind === "union" && inner.discriminator?.property === property) {
      mapping.push(...inner.discriminator.mapping)
      continue
    }
    const values = tagsOf(cx, variant, property)
    if (values !== undefined) for (const value of values) mapping.push([String(value), variant])
    else if (variant.kind === "model") mapping.push([lastSegment(variant.id), variant])
    else {
      cx.warn("invalid", node, `a variant without a name has no value for the discriminator ${property}: the variants are tried one after the other`)
      return undefined
    }
  }
  return { property, mapping: unique(mapping), otherwise: otherwiseOf(cx, node, dialect) }
}

/** 3.2: what a record without the member is */
const otherwiseOf = (cx: Reading, node: Node, dialect: Dialect): Shape | undefined => {
  const at = child(child(node, "discriminator"), "defaultMapping")
  const ref = text(at.value)
  return ref === undefined ? undefined : targetOf(cx, node, at, ref, dialect)
}

/** the schema that a mapping names: by a reference, or by its name alone */
const targetOf = (cx: Reading, node: Node, at: Node, ref: string, dialect: Dialect): Shape | undefined => {
  const found = resolveRef(cx.set, node, /[#/.]/.test(ref) ? ref : `#/components/schemas/${ref}`)
  if (found._tag === "Found") return cx.model({ uri: found.uri, pointer: found.pointer, value: found.value }, dialect)
  cx.warn("reference", at, `${ref}: ${found.reason}`)
  return undefined
}

/** the values that a record fixes a member to */
const tagsOf = (cx: Reading, variant: Shape, property: string): ReadonlyArray<Literal> | undefined => {
  const record = cx.resolve(variant)
  const shape = record.kind === "record" ? record.fields.find((field) => field.name === property)?.shape : undefined
  return shape?.kind === "literals" && shape.values.length <= 8 ? shape.values : undefined
}
