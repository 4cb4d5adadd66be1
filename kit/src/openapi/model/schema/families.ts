/**
 * Records that others extend by `allOf`, told apart by a discriminator, without any `oneOf`.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#models-with-polymorphism-support
 */
import { child, data, items, type Node, text, texts } from "../node.ts"
import type { Model, RecordShape, Shape } from "../Shape.ts"
import { type Dialect, lastSegment, type Reading } from "./Reading.ts"
import { mappingOf, unique } from "./unions.ts"

/** a record that others extend, and whose discriminator tells them apart: it stands for all of them */
export const family = (cx: Reading, self: Model, base: RecordShape, property: string, own: ReadonlyArray<Node>, node: Node, dialect: Dialect): Model => {
  const mapping = mappingOf(cx, node, dialect)
  const isSelf = (target: Shape): boolean => target.kind === "model" && target.id === self.id
  // the mapping, the vendor's extension, a value that the heir fixes, or else its name
  const valuesOf = (at: Node): ReadonlyArray<string> => {
    const id = `${at.uri}#${at.pointer}`
    const mapped = mapping.filter(([, target]) => target.kind === "model" && target.id === id).map(([name]) => name)
    const extension = text(data(at)["x-ms-discriminator-value"])
    const fixed = mapped.length > 0 || extension !== undefined ? [] : fixedBy(at, property)
    return mapped.length > 0 ? mapped : extension !== undefined ? [extension] : fixed.length > 0 ? fixed : [lastSegment(at.pointer)]
  }
  const known = unique([
    ...own.flatMap((heir) => valuesOf(heir).map((value): readonly [string, Shape] => [value, cx.model(heir, dialect)])),
    ...mapping.filter(([, target]) => !isSelf(target))
  ])
  const shared: Model = { ...self, id: `${self.id}~base`, hint: `${self.hint}Base`, shape: base, base: undefined }
  cx.keep(shared)
  const plainSelf: Shape = { kind: "model", id: shared.id }
  const field = base.fields.find((candidate) => candidate.name === property)
  // what no heir claims is the ancestor's own
  const left = field?.shape.kind === "literals" ? field.shape.values.map(String).filter((value) => !known.some(([name]) => name === value)) : valuesOf(node)
  const variants = unique([...known, ...left.map((value): readonly [string, Shape] => [value, plainSelf])])
  const otherwise = field?.required === true || base.required.includes(property) ? undefined : plainSelf
  return { ...self, base, shape: { kind: "union", variants: variants.map(([, variant]) => variant), discriminator: { property, mapping: variants, otherwise } } }
}

/** the values that a record fixes a member to, itself or in a part of it */
const fixedBy = (node: Node, property: string): ReadonlyArray<string> => {
  const own = data(child(child(node, "properties"), property))
  const values = typeof own["const"] === "string" ? [own["const"]] : texts(own["enum"])
  return values.length > 0 ? values : items(child(node, "allOf")).flatMap((part) => data(part)["$ref"] === undefined ? fixedBy(part, property) : [])
}

/** one of a family is made of what all of it share, and not of the family as a whole */
export const ownPart = (cx: Reading, node: Node, part: Shape): Shape =>
  part.kind === "model" && cx.heirs.get(part.id)?.some((heir) => heir.uri === node.uri && heir.pointer === node.pointer) === true ? cx.force(part.id)?.base ?? part : part
