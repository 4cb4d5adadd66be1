/**
 * Records, lists and tuples.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-core section 10.3
 */
import { resolveRef } from "../../document/resolve.ts"
import { arrayChecks, recordChecks } from "../checks.ts"
import { docsOf } from "../docs.ts"
import { child, data, entries, isData, items, type Node, text, texts } from "../node.ts"
import { type Field, type RecordShape, type Shape, unknown } from "../Shape.ts"
import { type Dialect, type Reading, same } from "./Reading.ts"
import { simplified } from "./unions.ts"

/** A list, or a tuple. */
export const array = (cx: Reading, node: Node, dialect: Dialect): Shape => {
  const schema = data(node)
  const checks = arrayChecks(node, cx.warn)
  const prefix = Array.isArray(schema["prefixItems"]) ? child(node, "prefixItems") : Array.isArray(schema["items"]) ? child(node, "items") : undefined
  if (prefix !== undefined) {
    const rest = Array.isArray(schema["prefixItems"]) ? child(node, "items") : child(node, "additionalItems")
    const shapes = items(prefix).map((item) => cx.read(item, dialect))
    const most = checks.find((check) => check.name === "maxItems")?.value
    const least = checks.find((check) => check.name === "minItems")?.value
    return {
      kind: "tuple",
      items: shapes,
      required: Math.min(shapes.length, typeof least === "number" ? least : 0),
      rest: rest.value === false || (typeof most === "number" && most <= shapes.length) ? undefined : cx.read(rest, dialect)
    }
  }
  const item = child(node, "items")
  if (item.value === undefined && dialect !== "3.1") cx.warn("invalid", node, "an array has to have `items`: any is taken")
  return { kind: "array", item: cx.read(item, dialect), checks }
}

/** `partly`: other keywords describe it as well. */
export const record = (cx: Reading, node: Node, dialect: Dialect, partly: boolean): Shape => {
  const schema = data(node)
  const properties = child(node, "properties")
  if (properties.value !== undefined && !isData(properties.value)) cx.warn("invalid", properties, "properties has to be an object")
  const required = new Set(texts(schema["required"]))
  if (schema["required"] !== undefined && !Array.isArray(schema["required"]) && typeof schema["required"] !== "boolean") cx.warn("invalid", node, "required has to be a list of names")
  const fields = entries(properties).map(([name, at]): Field => {
    const property = data(at)
    // a habit of JSON Schema draft 3
    if (property["required"] === true) cx.warn("invalid", at, "`required: true` belongs into the list `required` of the record")
    return {
      name,
      shape: cx.read(at, dialect),
      required: required.has(name) || property["required"] === true,
      docs: docsOf(at),
      readOnly: isMarked(cx, at, "readOnly"),
      writeOnly: isMarked(cx, at, "writeOnly")
    }
  })
  const names = new Set(fields.map((field) => field.name))
  const { additional, prefixed } = otherMembers(cx, node, dialect)
  return {
    kind: "record",
    fields,
    required: partly || fields.length === 0 || [...required].some((name) => !names.has(name)) ? [...required].filter((name) => !names.has(name)) : [],
    additional,
    prefixed,
    // a record that may have no members at all
    checks: fields.length === 0 && prefixed.length === 0 && schema["additionalProperties"] === false && !partly ? [{ name: "maxProperties", value: 0 }] : recordChecks(node, cx.warn)
  }
}

/** by itself, or by what it refers to or is made of */
const isMarked = (cx: Reading, node: Node, keyword: "readOnly" | "writeOnly", hops = 8): boolean => {
  const schema = data(node)
  if (schema[keyword] === true || hops === 0) return schema[keyword] === true
  const ref = text(schema["$ref"])
  const found = ref === undefined ? undefined : resolveRef(cx.set, node, ref)
  return (found?._tag === "Found" && isMarked(cx, found, keyword, hops - 1)) || items(child(node, "allOf")).some((part) => isMarked(cx, part, keyword, hops - 1))
}

const otherMembers = (cx: Reading, node: Node, dialect: Dialect): Pick<RecordShape, "additional" | "prefixed"> => {
  const schema = data(node)
  const given = schema["additionalProperties"]
  const declared = given === undefined || given === false ? undefined : cx.read(child(node, "additionalProperties"), dialect)
  const prefixed: Array<{ readonly prefix: string; readonly shape: Shape }> = []
  const patterned: Array<Shape> = []
  for (const [pattern, at] of entries(child(node, "patternProperties"))) {
    const shape = cx.read(at, dialect)
    const prefix = /^\^([\w-]+)(\.[*+])?\$?$/.exec(pattern)?.[1]
    if (prefix !== undefined && !(pattern.endsWith("$") && !/\.[*+]\$$/.test(pattern))) prefixed.push({ prefix, shape })
    else {
      patterned.push(shape)
      cx.warn("unchecked", at, "names are not checked against this pattern")
    }
  }
  if (patterned.length === 0) return { additional: declared, prefixed }
  const values = declared === undefined ? patterned : [...patterned, declared]
  const whole = values.some((shape) => shape.kind === "unknown") ? unknown : simplified(values.filter((shape, index) => values.findIndex((other) => same(other, shape)) === index), undefined)
  return { additional: whole, prefixed }
}
