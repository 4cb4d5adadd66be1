/**
 * From a schema of any dialect (OpenAPI 2.0, 3.0, and JSON Schema 2020-12 in 3.1) to a shape.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#schema-object
 * @see https://spec.openapis.org/oas/v3.0.4.html#schema-object
 * @see https://spec.openapis.org/oas/v2.0.html#schema-object
 */
import type { DocumentSet } from "../document/Document.ts"
import { resolveRef } from "../document/resolve.ts"
import type { Warn } from "../warning.ts"
import { arrayChecks, numberChecks, recordChecks, stringChecks } from "./checks.ts"
import { docsOf } from "./docs.ts"
import { both, type Merging } from "./merge.ts"
import { child, type Data, data, entries, isData, items, type Node, text, texts } from "./node.ts"
import { children, type Field, type Literal, type Model, type RecordShape, type Shape, through, type UnionShape, unknown } from "./Shape.ts"

/** Which rules a document was written by. */
export type Dialect = "2.0" | "3.0" | "3.1"

export interface SchemaReader {
  readonly read: (node: Node, dialect: Dialect) => Shape
  /** registers a schema that has a name of its own */
  readonly model: (node: Node, dialect: Dialect) => Shape
  readonly models: ReadonlyMap<string, Model>
  /** reads what was only noted so far */
  readonly finish: () => void
  /** the shape that a model stands for, through aliases and null */
  readonly resolve: (shape: Shape) => Shape
}

const docKeywords = new Set(["title", "description", "deprecated", "default", "example", "examples", "externalDocs", "xml", "$comment", "$schema", "$id", "id", "$anchor", "$defs", "definitions", "readOnly", "writeOnly", "nullable", "x-nullable", "$ref", "discriminator"])
const validationOnly = ["not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies", "contains", "minContains", "maxContains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"] as const
const combining = ["allOf", "oneOf", "anyOf"] as const

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

const lastSegment = (pointer: string): string => decodeURIComponentSafely(pointer.slice(pointer.lastIndexOf("/") + 1)).replaceAll("~1", "/").replaceAll("~0", "~")

const decodeURIComponentSafely = (value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

const isLiteral = (value: unknown): value is Literal => typeof value === "string" || typeof value === "number" || typeof value === "boolean"

const same = (a: Shape, b: Shape): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** Reads schemas of a set of documents; each that others refer to becomes a model. */
export const makeSchemaReader = (set: DocumentSet, warn: Warn, heirs: ReadonlyMap<string, ReadonlyArray<Node>>): SchemaReader => {
  const models = new Map<string, Model>()
  const waiting = new Map<string, { readonly node: Node; readonly dialect: Dialect }>()
  const reading = new Set<string>()

  /** only noted here: models refer to each other in circles, and what is needed to put one together is read on demand */
  const model = (node: Node, dialect: Dialect): Shape => {
    const id = `${node.uri}#${node.pointer}`
    if (!models.has(id) && !reading.has(id) && !waiting.has(id)) waiting.set(id, { node, dialect })
    return { kind: "model", id }
  }

  /** `undefined`: it is being read just now */
  const force = (id: string): Model | undefined => {
    const entry = waiting.get(id)
    if (entry === undefined) return models.get(id)
    waiting.delete(id)
    reading.add(id)
    const made = readModel(id, entry.node, entry.dialect)
    reading.delete(id)
    models.set(id, made)
    return made
  }

  const finish = (): void => {
    for (let next = waiting.keys().next(); next.done !== true; next = waiting.keys().next()) force(next.value)
    for (const model of models.values()) untie(model)
  }

  /** A schema that is itself, or one variant of which is itself, says nothing by that. */
  const untie = (model: Model): void => {
    const leadsBack = (shape: Shape, seen: ReadonlySet<string>): boolean => {
      switch (shape.kind) {
        case "model":
          return shape.id === model.id || (!seen.has(shape.id) && leadsBack(models.get(shape.id)?.shape ?? unknown, new Set([...seen, shape.id])))
        case "nullable":
          return leadsBack(shape.of, seen)
        case "union":
          return children(shape).some((variant) => leadsBack(variant, seen))
        default:
          return false
      }
    }
    const { shape } = model
    if (!leadsBack(shape, new Set())) return
    warn("invalid", model, `${model.hint} is, or may be, nothing but itself`)
    const free = (variant: Shape): boolean => !leadsBack(variant, new Set())
    const variants = shape.kind === "union" ? shape.variants.filter(free) : []
    const mapping = shape.kind === "union" ? shape.discriminator?.mapping.filter(([, variant]) => free(variant)) ?? [] : []
    models.set(model.id, {
      ...model,
      shape: shape.kind === "union" && variants.length > 0 ? { ...shape, variants, discriminator: shape.discriminator === undefined ? undefined : { ...shape.discriminator, mapping } } : unknown
    })
  }

  const readModel = (id: string, node: Node, dialect: Dialect): Model => {
    const shape = read(node, dialect)
    const made: Model = { id, uri: node.uri, pointer: node.pointer, hint: lastSegment(node.pointer), docs: docsOf(node), shape, base: undefined }
    const own = heirs.get(id)
    const property = propertyOf(node)
    return own === undefined || shape.kind !== "record" || property === undefined ? made : family(made, shape, property, own, node, dialect)
  }

  /** a record that others extend, and whose discriminator tells them apart: it stands for all of them */
  const family = (self: Model, base: RecordShape, property: string, own: ReadonlyArray<Node>, node: Node, dialect: Dialect): Model => {
    const mapping = mappingOf(node, dialect)
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
      ...own.flatMap((heir) => valuesOf(heir).map((value): readonly [string, Shape] => [value, model(heir, dialect)])),
      ...mapping.filter(([, target]) => !isSelf(target))
    ])
    const shared: Model = { ...self, id: `${self.id}~base`, hint: `${self.hint}Base`, shape: base, base: undefined }
    models.set(shared.id, shared)
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

  /** 3.x has an object, 2.0 the name alone */
  const propertyOf = (node: Node): string | undefined => text(data(child(node, "discriminator"))["propertyName"]) ?? text(data(node)["discriminator"])

  const unique = (mapping: ReadonlyArray<readonly [string, Shape]>): ReadonlyArray<readonly [string, Shape]> => mapping.filter(([name], index) => mapping.findIndex(([other]) => other === name) === index)

  const mappingOf = (node: Node, dialect: Dialect): ReadonlyArray<readonly [string, Shape]> =>
    entries(child(child(node, "discriminator"), "mapping")).flatMap(([name, target]) => {
      const ref = text(target.value)
      if (ref === undefined) return []
      // a bare name is a schema of the components
      const found = resolveRef(set, node, /[#/.]/.test(ref) ? ref : `#/components/schemas/${ref}`)
      if (found._tag === "Missing") {
        warn("reference", target, `${ref}: ${found.reason}`)
        return []
      }
      return [[name, model({ uri: found.uri, pointer: found.pointer, value: found.value }, dialect)] as const]
    })

  const resolve = (shape: Shape): Shape => through(shape, (id) => force(id)?.shape)

  const mergingAt = (node: Node): Merging => ({
    resolve: (id) => {
      const found = force(id)
      if (found === undefined) warn("invalid", node, `${lastSegment(id)} is made of itself`)
      return found === undefined ? unknown : found.base ?? found.shape
    },
    conflict: (message) => warn("invalid", node, message)
  })

  const reference = (node: Node, ref: string, dialect: Dialect): Shape => {
    const found = resolveRef(set, node, ref)
    if (found._tag === "Missing") {
      warn("reference", node, `${ref}: ${found.reason}`)
      return unknown
    }
    return model({ uri: found.uri, pointer: found.pointer, value: found.value }, dialect)
  }

  const read = (node: Node, dialect: Dialect): Shape => {
    const { value } = node
    if (value === true || value === undefined) return unknown
    if (value === false) return { kind: "never" }
    if (!isData(value)) {
      warn("invalid", node, `a schema has to be an object${dialect === "3.1" ? " or a boolean" : ""}`)
      return unknown
    }
    const ref = text(value["$ref"])
    if (value["$ref"] !== undefined && ref === undefined) warn("invalid", node, "$ref has to be a text")
    const dynamic = text(value["$dynamicRef"]) ?? text(value["$recursiveRef"])
    if (dynamic !== undefined) warn("unsupported", node, "$dynamicRef is taken as a plain $ref")
    const target = ref ?? dynamic
    if (target !== undefined) {
      const at = reference(node, target, dialect)
      // up to 3.0 whatever stands beside a $ref is not there
      if (dialect !== "3.1" || Object.keys(value).every((key) => docKeywords.has(key) || key.startsWith("x-") || key === "$dynamicRef")) return nullable(value) && dialect === "3.1" ? orNull(at) : at
      return both(at, plain(node, dialect, true), mergingAt(node))
    }
    for (const keyword of validationOnly) if (value[keyword] !== undefined && value[keyword] !== true) warn("unchecked", node, `\`${keyword}\` is not checked`)
    const shape = combined(node, dialect)
    return nullable(value) ? orNull(shape) : shape
  }

  const nullable = (schema: Data): boolean => schema["nullable"] === true || schema["x-nullable"] === true

  const orNull = (shape: Shape): Shape => shape.kind === "nullable" || shape.kind === "unknown" || shape.kind === "null" ? shape : { kind: "nullable", of: shape }

  /** keywords of its own, `allOf`, `oneOf` and `anyOf` must all hold */
  const combined = (node: Node, dialect: Dialect): Shape => {
    const schema = data(node)
    const has = combining.filter((keyword) => schema[keyword] !== undefined)
    for (const keyword of has) if (!Array.isArray(schema[keyword])) warn("invalid", node, `${keyword} has to be a list`)
    if (has.length === 0) return plain(node, dialect, false)
    const parts: Array<Shape> = []
    const own = Object.keys(schema).some((key) => !docKeywords.has(key) && !key.startsWith("x-") && !combining.some((keyword) => keyword === key) && key !== "type")
    // a bare `type: object` beside `allOf` says nothing that the parts do not say, as long as there are parts
    if (own || (schema["type"] !== undefined && schema["type"] !== "object")) parts.push(plain(node, dialect, true))
    for (const part of items(child(node, "allOf"))) parts.push(ownPart(node, read(part, dialect)))
    for (const keyword of ["oneOf", "anyOf"] as const) {
      const variants = items(child(node, keyword))
      if (variants.length > 0) parts.push(union(node, variants, dialect))
    }
    const said = parts.filter((part) => part.kind !== "unknown")
    const [first, ...rest] = said
    if (first === undefined) return schema["type"] === undefined ? unknown : plain(node, dialect, true)
    return rest.reduce<Shape>((a, b) => both(a, b, mergingAt(node)), first)
  }

  /** one of a family is made of what all of it share, and not of the family as a whole */
  const ownPart = (node: Node, part: Shape): Shape =>
    part.kind === "model" && heirs.get(part.id)?.some((heir) => heir.uri === node.uri && heir.pointer === node.pointer) === true ? force(part.id)?.base ?? part : part

  const union = (node: Node, nodes: ReadonlyArray<Node>, dialect: Dialect): Shape => {
    const found = nodes.map((variant) => read(variant, dialect))
    const nulls = found.some((variant) => variant.kind === "null" || variant.kind === "nullable")
    const variants: Array<Shape> = []
    for (const one of found) {
      for (const variant of flat(one.kind === "nullable" ? one.of : one)) {
        if (variant.kind !== "null" && variant.kind !== "never" && !variants.some((other) => same(other, variant))) variants.push(variant)
      }
    }
    const shape = variants.some((variant) => variant.kind === "unknown") ? unknown : simplified(variants, discriminatorOf(node, variants, dialect))
    return nulls ? orNull(shape) : shape
  }

  /** an inline union without a discriminator is part of the outer one */
  const flat = (shape: Shape): ReadonlyArray<Shape> => shape.kind === "union" && shape.discriminator === undefined ? shape.variants.flatMap(flat) : [shape]

  const simplified = (variants: ReadonlyArray<Shape>, discriminator: UnionShape["discriminator"]): Shape => {
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

  const discriminatorOf = (node: Node, variants: ReadonlyArray<Shape>, dialect: Dialect): UnionShape["discriminator"] => {
    const property = propertyOf(node)
    if (property === undefined) return undefined
    const explicit = mappingOf(node, dialect)
    const mapping: Array<readonly [string, Shape]> = [...explicit]
    for (const variant of variants) {
      if (explicit.some(([, target]) => same(target, variant))) continue
      const inner = resolve(variant)
      // a family of its own, told apart by the same member
      if (inner.kind === "union" && inner.discriminator?.property === property) {
        mapping.push(...inner.discriminator.mapping)
        continue
      }
      const values = tagsOf(variant, property)
      if (values !== undefined) for (const value of values) mapping.push([String(value), variant])
      else if (variant.kind === "model") mapping.push([lastSegment(variant.id), variant])
      else {
        warn("invalid", node, `a variant without a name has no value for the discriminator ${property}: the variants are tried one after the other`)
        return undefined
      }
    }
    return { property, mapping: unique(mapping) }
  }

  /** the values that a record fixes a member to */
  const tagsOf = (variant: Shape, property: string): ReadonlyArray<Literal> | undefined => {
    const record = resolve(variant)
    const shape = record.kind === "record" ? record.fields.find((field) => field.name === property)?.shape : undefined
    return shape?.kind === "literals" && shape.values.length <= 8 ? shape.values : undefined
  }

  /** the keywords of the schema itself */
  const plain = (node: Node, dialect: Dialect, partly: boolean): Shape => {
    const schema = data(node)
    if (schema["const"] !== undefined) return constant(node, schema["const"])
    const types = typesOf(node)
    const nulls = types.includes("null")
    const real = types.filter((type) => type !== "null")
    const values = Array.isArray(schema["enum"]) ? schema["enum"] : undefined
    if (schema["enum"] !== undefined && values === undefined) warn("invalid", node, "enum has to be a list")
    if (values !== undefined && real.length === 1 && real[0] === "array" && values.every((value) => !Array.isArray(value))) {
      warn("invalid", node, "the values of an enum beside `type: array` are no arrays: they are taken as those of the items")
      const item = child(node, "items")
      return { kind: "array", item: enumeration({ ...item, value: { ...data(item), enum: undefined } }, values, texts([data(item)["type"]])), checks: arrayChecks(node, warn) }
    }
    if (values !== undefined && real.length === 1 && real[0] === "object" && values.some(isLiteral)) {
      warn("invalid", node, "the values of an enum beside `type: object` are no objects: they are taken as they are")
      return enumeration(node, values, [])
    }
    if (values !== undefined) return enumeration(node, values, real)
    const shapes = (real.length === 0 && !nulls ? [guessType(schema)] : real).map((type) => ofType(node, type, dialect, partly))
    const [first, ...rest] = shapes
    if (first === undefined) return { kind: "null" }
    const shape = rest.length === 0 ? first : simplified(shapes, undefined)
    return nulls ? orNull(shape) : shape
  }

  const typesOf = (node: Node): ReadonlyArray<string> => {
    const { type } = data(node)
    if (type === undefined) return []
    if (typeof type === "string") return [type]
    if (Array.isArray(type)) return [...new Set(texts(type))]
    warn("invalid", node, "type has to be a text")
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

  const ofType = (node: Node, type: string | undefined, dialect: Dialect, partly: boolean): Shape => {
    const schema = data(node)
    const format = text(schema["format"])?.trim()
    switch (type) {
      case undefined:
        return unknown
      case "string":
        if (format === "binary") return { kind: "binary" }
        // 3.1: bytes as they are
        if (schema["contentMediaType"] !== undefined && schema["contentEncoding"] === undefined && format === undefined && text(schema["contentMediaType"])?.includes("json") !== true) return { kind: "binary" }
        return { kind: "string", format: format ?? (schema["contentEncoding"] === "base64" ? "byte" : undefined), checks: stringChecks(node, warn) }
      case "integer":
        return { kind: "number", integer: true, format, checks: numberChecks(node, warn) }
      case "number":
        return { kind: "number", integer: format !== undefined && /^u?int\d+$/.test(format), format, checks: numberChecks(node, warn) }
      case "boolean":
        return { kind: "boolean" }
      case "array":
        return array(node, dialect)
      case "object":
        return record(node, dialect, partly)
      case "null":
        return { kind: "null" }
      default: {
        const meant = mistakenTypes[type] ?? mistakenTypes[type.toLowerCase()]
        const lower = type.toLowerCase()
        const known = ["string", "integer", "number", "boolean", "array", "object", "null"].includes(lower)
        if (type !== "file" || dialect !== "2.0") warn("invalid", node, `there is no type ${JSON.stringify(type)}${meant === undefined && !known ? ": any value is taken" : ""}`)
        if (known) return ofType(node, lower, dialect, partly)
        return meant === undefined ? unknown : ofType({ ...node, value: { ...schema, ...meant } }, text(meant["type"]), dialect, partly)
      }
    }
  }

  const constant = (node: Node, value: unknown): Shape => {
    if (value === null) return { kind: "null" }
    if (isLiteral(value)) return { kind: "literals", values: [value], fixed: true }
    warn("unchecked", node, "a const that is a list or record is not checked")
    return unknown
  }

  const enumeration = (node: Node, values: ReadonlyArray<unknown>, types: ReadonlyArray<string>): Shape => {
    const known = [...new Set(values.filter(isLiteral).map((value) => asDeclared(node, value, types)))]
    if (values.some((value) => value !== null && !isLiteral(value))) {
      warn("unchecked", node, "an enum of lists or records is not checked")
      return unknown
    }
    const nulls = values.includes(null) || types.length === 0 && values.length > 0 && known.length === 0
    if (known.length === 0 && !nulls) {
      warn("invalid", node, "an enum has to have a value: any is taken")
      return types.length === 0 ? unknown : ofType({ ...node, value: { ...data(node), enum: undefined } }, types[0], "3.1", false)
    }
    const shape: Shape = known.length === 0 ? { kind: "null" } : { kind: "literals", values: known, fixed: false }
    return nulls || data(node)["type"] !== undefined && Array.isArray(data(node)["type"]) && texts(data(node)["type"]).includes("null") ? orNull(shape) : shape
  }

  /** YAML makes numbers and booleans of texts that look like some */
  const asDeclared = (node: Node, value: Literal, types: ReadonlyArray<string>): Literal => {
    const [type, ...others] = types
    if (type === undefined || others.length > 0) return value
    if (type === "string" && typeof value !== "string") {
      warn("invalid", node, `the value ${String(value)} of a text enum is no text: quote it`)
      return String(value)
    }
    if ((type === "integer" || type === "number") && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
      warn("invalid", node, `the value ${JSON.stringify(value)} of a number enum is a text`)
      return Number(value)
    }
    if (type === "boolean" && (value === "true" || value === "false")) {
      warn("invalid", node, `the value ${JSON.stringify(value)} of a boolean enum is a text`)
      return value === "true"
    }
    return value
  }

  const array = (node: Node, dialect: Dialect): Shape => {
    const schema = data(node)
    const checks = arrayChecks(node, warn)
    const prefix = Array.isArray(schema["prefixItems"]) ? child(node, "prefixItems") : Array.isArray(schema["items"]) ? child(node, "items") : undefined
    if (prefix !== undefined) {
      const rest = Array.isArray(schema["prefixItems"]) ? child(node, "items") : child(node, "additionalItems")
      const shapes = items(prefix).map((item) => read(item, dialect))
      const most = checks.find((check) => check.name === "maxItems")?.value
      const least = checks.find((check) => check.name === "minItems")?.value
      return {
        kind: "tuple",
        items: shapes,
        required: Math.min(shapes.length, typeof least === "number" ? least : 0),
        rest: rest.value === false || (typeof most === "number" && most <= shapes.length) ? undefined : read(rest, dialect)
      }
    }
    const item = child(node, "items")
    if (item.value === undefined && dialect !== "3.1") warn("invalid", node, "an array has to have `items`: any is taken")
    return { kind: "array", item: read(item, dialect), checks }
  }

  const record = (node: Node, dialect: Dialect, partly: boolean): Shape => {
    const schema = data(node)
    const properties = child(node, "properties")
    if (properties.value !== undefined && !isData(properties.value)) warn("invalid", properties, "properties has to be an object")
    const required = new Set(texts(schema["required"]))
    if (schema["required"] !== undefined && !Array.isArray(schema["required"]) && typeof schema["required"] !== "boolean") warn("invalid", node, "required has to be a list of names")
    const fields = entries(properties).map(([name, at]): Field => {
      const property = data(at)
      // a habit of JSON Schema draft 3
      if (property["required"] === true) warn("invalid", at, "`required: true` belongs into the list `required` of the record")
      return {
        name,
        shape: read(at, dialect),
        required: required.has(name) || property["required"] === true,
        docs: docsOf(at),
        readOnly: isMarked(at, "readOnly"),
        writeOnly: isMarked(at, "writeOnly")
      }
    })
    const names = new Set(fields.map((field) => field.name))
    const { additional, prefixed } = otherMembers(node, dialect)
    return {
      kind: "record",
      fields,
      required: partly || fields.length === 0 || [...required].some((name) => !names.has(name)) ? [...required].filter((name) => !names.has(name)) : [],
      additional,
      prefixed,
      // a record that may have no members at all
      checks: fields.length === 0 && prefixed.length === 0 && schema["additionalProperties"] === false && !partly ? [{ name: "maxProperties", value: 0 }] : recordChecks(node, warn)
    }
  }

  /** by itself, or by what it refers to or is made of */
  const isMarked = (node: Node, keyword: "readOnly" | "writeOnly", hops = 8): boolean => {
    const schema = data(node)
    if (schema[keyword] === true || hops === 0) return schema[keyword] === true
    const ref = text(schema["$ref"])
    const found = ref === undefined ? undefined : resolveRef(set, node, ref)
    return (found?._tag === "Found" && isMarked(found, keyword, hops - 1)) || items(child(node, "allOf")).some((part) => isMarked(part, keyword, hops - 1))
  }

  const otherMembers = (node: Node, dialect: Dialect): Pick<RecordShape, "additional" | "prefixed"> => {
    const schema = data(node)
    const given = schema["additionalProperties"]
    const declared = given === undefined || given === false ? undefined : read(child(node, "additionalProperties"), dialect)
    const prefixed: Array<{ readonly prefix: string; readonly shape: Shape }> = []
    const patterned: Array<Shape> = []
    for (const [pattern, at] of entries(child(node, "patternProperties"))) {
      const shape = read(at, dialect)
      const prefix = /^\^([\w-]+)(\.[*+])?\$?$/.exec(pattern)?.[1]
      if (prefix !== undefined && !(pattern.endsWith("$") && !/\.[*+]\$$/.test(pattern))) prefixed.push({ prefix, shape })
      else {
        patterned.push(shape)
        warn("unchecked", at, "names are not checked against this pattern")
      }
    }
    if (patterned.length === 0) return { additional: declared, prefixed }
    const values = declared === undefined ? patterned : [...patterned, declared]
    const whole = values.some((shape) => shape.kind === "unknown") ? unknown : simplified(values.filter((shape, index) => values.findIndex((other) => same(other, shape)) === index), undefined)
    return { additional: whole, prefixed }
  }

  return { read, model, models, resolve, finish }
}
