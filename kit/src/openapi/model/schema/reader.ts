/**
 * From a schema of any dialect (OpenAPI 2.0, 3.0, and JSON Schema 2020-12 in 3.1) to a shape.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#schema-object
 * @see https://spec.openapis.org/oas/v3.0.4.html#schema-object
 * @see https://spec.openapis.org/oas/v2.0.html#schema-object
 */
import type { DocumentSet } from "../../document/Document.ts"
import { resolveRef } from "../../document/resolve.ts"
import type { Warn } from "../../warning.ts"
import { docsOf } from "../docs.ts"
import { both, type Merging } from "../merge.ts"
import { child, type Data, data, isData, items, type Node, text } from "../node.ts"
import { children, type Model, type Shape, through, unknown } from "../Shape.ts"
import { family, ownPart } from "./families.ts"
import { type Dialect, lastSegment, orNull, type Reading } from "./Reading.ts"
import { plain } from "./types.ts"
import { propertyOf, union } from "./unions.ts"

export type { Dialect } from "./Reading.ts"

export interface SchemaReader {
  readonly read: (node: Node, dialect: Dialect) => Shape
  /** registers a schema that has a name of its own */
  readonly model: (node: Node, dialect: Dialect) => Shape
  readonly models: ReadonlyMap<string, Model>
  /** reads what was only noted so far */
  readonly finish: () => void
}

const docKeywords = new Set(["title", "description", "deprecated", "default", "example", "examples", "externalDocs", "xml", "$comment", "$schema", "$id", "id", "$anchor", "$defs", "definitions", "readOnly", "writeOnly", "nullable", "x-nullable", "$ref", "discriminator"])
const validationOnly = ["not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies", "contains", "minContains", "maxContains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"] as const
const combining = ["allOf", "oneOf", "anyOf"] as const

/** So many schemas are read one inside the other: reading descends by calls. */
const maxReading = 200
/** So many schemas stand one inside the other before the next one gets a name of its own: compilers have a limit. */
const maxInline = 24
/** So many shapes are put together for one schema: unions of unions multiply. */
const maxMerges = 2_000

/** Reads schemas of a set of documents; each that others refer to becomes a model. */
export const makeSchemaReader = (set: DocumentSet, warn: Warn, heirs: ReadonlyMap<string, ReadonlyArray<Node>>): SchemaReader => {
  const models = new Map<string, Model>()
  const waiting = new Map<string, { readonly node: Node; readonly dialect: Dialect }>()
  const reading = new Set<string>()
  /** how deep in a schema without a name */
  let inline = 0

  /** only noted here: models refer to each other in circles, and what is needed to put one together is read on demand */
  const model = (node: Node, dialect: Dialect): Shape => {
    const id = `${node.uri}#${node.pointer}`
    if (!models.has(id) && !reading.has(id) && !waiting.has(id)) waiting.set(id, { node, dialect })
    return { kind: "model", id }
  }

  /** `undefined`: it is being read just now, or at the end of too many that are */
  const force = (id: string): Model | undefined => {
    const entry = waiting.get(id)
    if (entry === undefined) return models.get(id)
    if (reading.size >= maxReading) return undefined
    waiting.delete(id)
    reading.add(id)
    const outside = inline
    inline = 0
    const made = readModel(id, entry.node, entry.dialect)
    inline = outside
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
    const leadsBack = (start: Shape): boolean => {
      const seen = new Set<string>()
      const queue = [start]
      for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
        if (at.kind === "nullable") queue.push(at.of)
        else if (at.kind === "union") queue.push(...children(at))
        else if (at.kind === "model" && at.id === model.id) return true
        else if (at.kind === "model" && !seen.has(at.id)) {
          seen.add(at.id)
          queue.push(models.get(at.id)?.shape ?? unknown)
        }
      }
      return false
    }
    const { shape } = model
    if (!leadsBack(shape)) return
    warn("invalid", model, `${model.hint} is, or may be, nothing but itself`)
    const free = (variant: Shape): boolean => !leadsBack(variant)
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
    return own === undefined || shape.kind !== "record" || property === undefined ? made : family(cx, made, shape, property, own, node, dialect)
  }

  const resolve = (shape: Shape): Shape => through(shape, (id) => force(id)?.shape)

  const mergingAt = (node: Node): Merging => ({
    resolve: (id) => {
      const found = force(id)
      if (found === undefined && reading.has(id)) warn("invalid", node, `${lastSegment(id)} is made of itself`)
      else if (found === undefined) warn("unsupported", node, `more than ${maxReading} schemas are made of each other: ${lastSegment(id)} is left out`)
      return found === undefined ? unknown : found.base ?? found.shape
    },
    conflict: (message) => warn("invalid", node, message),
    budget: { left: maxMerges }
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
    if (inline >= maxInline && isData(node.value)) return model(node, dialect)
    inline++
    const shape = readInline(node, dialect)
    inline--
    return shape
  }

  const readInline = (node: Node, dialect: Dialect): Shape => {
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
      return both(at, plain(cx, node, dialect, true), mergingAt(node))
    }
    for (const keyword of validationOnly) if (value[keyword] !== undefined && value[keyword] !== true) warn("unchecked", node, `\`${keyword}\` is not checked`)
    const shape = combined(node, dialect)
    return nullable(value) ? orNull(shape) : shape
  }

  const nullable = (schema: Data): boolean => schema["nullable"] === true || schema["x-nullable"] === true

  /** keywords of its own, `allOf`, `oneOf` and `anyOf` must all hold */
  const combined = (node: Node, dialect: Dialect): Shape => {
    const schema = data(node)
    const has = combining.filter((keyword) => schema[keyword] !== undefined)
    for (const keyword of has) if (!Array.isArray(schema[keyword])) warn("invalid", node, `${keyword} has to be a list`)
    if (has.length === 0) return plain(cx, node, dialect, false)
    const parts: Array<Shape> = []
    const own = Object.keys(schema).some((key) => !docKeywords.has(key) && !key.startsWith("x-") && !combining.some((keyword) => keyword === key) && key !== "type")
    // a bare `type: object` beside `allOf` says nothing that the parts do not say, as long as there are parts
    if (own || (schema["type"] !== undefined && schema["type"] !== "object")) parts.push(plain(cx, node, dialect, true))
    for (const part of items(child(node, "allOf"))) parts.push(ownPart(cx, node, read(part, dialect)))
    for (const keyword of ["oneOf", "anyOf"] as const) {
      const variants = items(child(node, keyword))
      if (variants.length > 0) parts.push(union(cx, node, variants, dialect))
    }
    const said = parts.filter((part) => part.kind !== "unknown")
    const [first, ...rest] = said
    if (first === undefined) return schema["type"] === undefined ? unknown : plain(cx, node, dialect, true)
    return rest.reduce<Shape>((a, b) => both(a, b, mergingAt(node)), first)
  }

  const cx: Reading = { set, warn, heirs, read, model, force, keep: (made) => void models.set(made.id, made), resolve }
  return { read, model, models, finish }
}
