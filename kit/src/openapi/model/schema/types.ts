/**
 * What the keywords of a schema itself say: its type, its values.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation section 6.1
 */
import { arrayChecks, numberChecks, stringChecks } from "../checks.ts"
import { child, type Data, data, lookUp, type Node, text, texts } from "../node.ts"
import { type Literal, type Shape, unknown } from "../Shape.ts"
import { array, record } from "./records.ts"
import { type Dialect, isLiteral, orNull, type Reading } from "./Reading.ts"
import { simplified } from "./unions.ts"

/** names that documents use in place of a type */
const mistakenTypes: Readonly<Record<string, Data>> = {
  file: { type: "string", format: "binary" },
  binary: { type: "string", format: "binary" },
  int: { type: "integer" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  long: { type: "integer", format: "int64" },
  float: { type: "number" },
  double: { type: "number" },
  decimal: { type: "number" },
  bool: { type: "boolean" },
  date: { type: "string", format: "date" },
  datetime: { type: "string", format: "date-time" },
  "date-time": { type: "string", format: "date-time" },
  timestamp: { type: "string" },
  uuid: { type: "string", format: "uuid" },
  uri: { type: "string", format: "uri" },
  str: { type: "string" },
  text: { type: "string" },
  enum: { type: "string" },
  dict: { type: "object" },
  map: { type: "object" },
  list: { type: "array" },
  any: {},
  mixed: {},
  undefined: {}
}

/** the keywords of the schema itself */
export const plain = (cx: Reading, node: Node, dialect: Dialect, partly: boolean): Shape => {
  const schema = data(node)
  if (schema["const"] !== undefined) return constant(cx, node, schema["const"])
  const types = typesOf(cx, node)
  const nulls = types.includes("null")
  const real = types.filter((type) => type !== "null")
  const values = Array.isArray(schema["enum"]) ? schema["enum"] : undefined
  if (schema["enum"] !== undefined && values === undefined) cx.warn("invalid", node, "enum has to be a list")
  if (values !== undefined && real.length === 1 && real[0] === "array" && values.every((value) => !Array.isArray(value))) {
    cx.warn("invalid", node, "the values of an enum beside `type: array` are no arrays: they are taken as those of the items")
    const item = child(node, "items")
    return { kind: "array", item: enumeration(cx, { ...item, value: { ...data(item), enum: undefined } }, values, texts([data(item)["type"]])), checks: arrayChecks(node, cx.warn) }
  }
  if (values !== undefined && real.length === 1 && real[0] === "object" && values.some(isLiteral)) {
    cx.warn("invalid", node, "the values of an enum beside `type: object` are no objects: they are taken as they are")
    return enumeration(cx, node, values, [])
  }
  if (values !== undefined) return enumeration(cx, node, values, real)
  const shapes = (real.length === 0 && !nulls ? [guessType(schema)] : real).map((type) => ofType(cx, node, type, dialect, partly))
  const [first, ...rest] = shapes
  if (first === undefined) return { kind: "null" }
  const shape = rest.length === 0 ? first : simplified(shapes, undefined)
  return nulls ? orNull(shape) : shape
}

const typesOf = (cx: Reading, node: Node): ReadonlyArray<string> => {
  const { type } = data(node)
  if (type === undefined) return []
  if (typeof type === "string") return [type]
  if (Array.isArray(type)) return [...new Set(texts(type))]
  cx.warn("invalid", node, "type has to be a text")
  return []
}

const guessType = (schema: Data): string | undefined => {
  const has = (...keys: ReadonlyArray<string>): boolean => keys.some((key) => schema[key] !== undefined)
  if (has("properties", "additionalProperties", "patternProperties", "minProperties", "maxProperties")) return "object"
  if (has("items", "prefixItems", "minItems", "maxItems", "uniqueItems")) return "array"
  if (has("pattern", "minLength", "maxLength", "contentEncoding", "contentMediaType")) return "string"
  if (has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")) return "number"
  const format = text(schema["format"])
  if (format !== undefined) return /^(u?int\d+|integer|long)$/.test(format) ? "integer" : /^(float|double|decimal)$/.test(format) ? "number" : "string"
  return has("required") ? "object" : undefined
}

const ofType = (cx: Reading, node: Node, type: string | undefined, dialect: Dialect, partly: boolean): Shape => {
  const schema = data(node)
  const format = text(schema["format"])?.trim()
  switch (type) {
    case undefined:
      return unknown
    case "string":
      if (format === "binary") return { kind: "binary" }
      // 3.1: bytes as they are
      if (schema["contentMediaType"] !== undefined && schema["contentEncoding"] === undefined && format === undefined && text(schema["contentMediaType"])?.includes("json") !== true) return { kind: "binary" }
      return { kind: "string", format: format ?? (schema["contentEncoding"] === "base64" ? "byte" : undefined), checks: stringChecks(node, cx.warn) }
    case "integer":
      return { kind: "number", integer: true, format, checks: numberChecks(node, cx.warn) }
    case "number":
      return { kind: "number", integer: format !== undefined && /^u?int\d+$/.test(format), format, checks: numberChecks(node, cx.warn) }
    case "boolean":
      return { kind: "boolean" }
    case "array":
      return array(cx, node, dialect)
    case "object":
      return record(cx, node, dialect, partly)
    case "null":
      return { kind: "null" }
    default: {
      const meant = lookUp(mistakenTypes, type) ?? lookUp(mistakenTypes, type.toLowerCase())
      const lower = type.toLowerCase()
      const known = ["string", "integer", "number", "boolean", "array", "object", "null"].includes(lower)
      if (type !== "file" || dialect !== "2.0") cx.warn("invalid", node, `there is no type ${JSON.stringify(type)}${meant === undefined && !known ? ": any value is taken" : ""}`)
      if (known) return ofType(cx, node, lower, dialect, partly)
      return meant === undefined ? unknown : ofType(cx, { ...node, value: { ...schema, ...meant } }, text(meant["type"]), dialect, partly)
    }
  }
}

const constant = (cx: Reading, node: Node, value: unknown): Shape => {
  if (value === null) return { kind: "null" }
  if (isLiteral(value)) return { kind: "literals", values: [value], fixed: true }
  cx.warn("unchecked", node, "a const that is a list or record is not checked")
  return unknown
}

const enumeration = (cx: Reading, node: Node, values: ReadonlyArray<unknown>, types: ReadonlyArray<string>): Shape => {
  const known = [...new Set(values.filter(isLiteral).map((value) => asDeclared(cx, node, value, types)))]
  if (values.some((value) => value !== null && !isLiteral(value))) {
    cx.warn("unchecked", node, "an enum of lists or records is not checked")
    return unknown
  }
  const nulls = values.includes(null) || types.length === 0 && values.length > 0 && known.length === 0
  if (known.length === 0 && !nulls) {
    cx.warn("invalid", node, "an enum has to have a value: any is taken")
    return types.length === 0 ? unknown : ofType(cx, { ...node, value: { ...data(node), enum: undefined } }, types[0], "3.1", false)
  }
  const shape: Shape = known.length === 0 ? { kind: "null" } : { kind: "literals", values: known, fixed: false }
  return nulls || data(node)["type"] !== undefined && Array.isArray(data(node)["type"]) && texts(data(node)["type"]).includes("null") ? orNull(shape) : shape
}

/** YAML makes numbers and booleans of texts that look like some */
const asDeclared = (cx: Reading, node: Node, value: Literal, types: ReadonlyArray<string>): Literal => {
  const [type, ...others] = types
  if (type === undefined || others.length > 0) return value
  if (type === "string" && typeof value !== "string") {
    cx.warn("invalid", node, `the value ${String(value)} of a text enum is no text: quote it`)
    return String(value)
  }
  if ((type === "integer" || type === "number") && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
    cx.warn("invalid", node, `the value ${JSON.stringify(value)} of a number enum is a text`)
    return Number(value)
  }
  if (type === "boolean" && (value === "true" || value === "false")) {
    cx.warn("invalid", node, `the value ${JSON.stringify(value)} of a boolean enum is a text`)
    return value === "true"
  }
  return value
}
