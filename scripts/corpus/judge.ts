/**
 * Says whether a value is what a document's schema describes: by ajv, after the dialects of OpenAPI 2.0 and 3.0 were put
 * into the words of JSON Schema 2020-12.
 *
 * @see https://spec.openapis.org/oas/v3.0.4.html#schema-object
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js"
import addFormats from "ajv-formats"
import { at, type Document, isRecord, type Json, list, record } from "./spec.ts"

/** Which way a value goes: what is read-only is not asked for in requests, what is write-only not in responses. */
export type Direction = "request" | "response"

/** keywords whose value is a schema, a list of schemas, or a record of them */
const one = ["additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"]
const several = ["allOf", "anyOf", "oneOf", "prefixItems"]
const named = ["properties", "patternProperties", "$defs", "dependentSchemas"]
const plain = [
  "enum", "const", "multipleOf", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "dependentRequired", "minContains",
  "maxContains", "$id", "$anchor", "$dynamicAnchor", "$dynamicRef"
]
const types = new Set(["string", "number", "integer", "boolean", "object", "array", "null"])

/** Formats that are part of a value's meaning for OpenAPI and JSON; the others are hints (JSON Schema 2020-12, section 7.2.1). */
const core = ["date-time", "date", "uuid", "int32", "int64", "float", "double", "byte"] as const

/**
 * `overlap`: the value fits several alternatives of a `oneOf`, which the document does not keep apart. `hopeless`: nothing
 * else would do in the place that is wrong, since what is asked for there contradicts itself.
 */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly problem: string; readonly overlap: boolean; readonly hopeless: boolean }

export interface Judge {
  readonly document: Document
  readonly direction: Direction
  /** it knows the habits of Argus' servers */
  readonly enveloped: boolean
  readonly check: (schema: unknown, value: unknown) => Verdict
  /** a schema of the document in the words of JSON Schema 2020-12; `$ref`s are resolved by {@link target} */
  readonly convert: (schema: unknown) => unknown
  readonly target: (ref: string) => unknown
}

/** Members of the envelope of Argus' answers, which its documents leave optional and its servers always send. */
const envelope = ["responseCode", "limit", "offset", "count", "size", "metaData", "messages", "data"]

export interface JudgeOptions {
  /** what looks like Argus' envelope is whole */
  readonly enveloped?: boolean
  /** a base with a discriminator means the schema that the value names. Default `true`; without it the letter of JSON Schema holds */
  readonly derived?: boolean
  /** several alternatives of a `oneOf` may fit. Default `false` */
  readonly loose?: boolean
}

export const makeJudge = (document: Document, direction: Direction, { derived: withDerived = true, enveloped = false, loose = false }: JudgeOptions = {}): Judge => {
  const ajv = new Ajv2020({
    strict: false,
    validateSchema: false,
    inlineRefs: false,
    logger: false,
    code: {
      // a pattern that only older engines take is taken as they do; one that no engine takes says nothing
      regExp: Object.assign((pattern: string, flags: string) => {
        for (const candidate of [flags, ""]) {
          try {
            return new RegExp(ecmaPattern(pattern), candidate)
          } catch {
            // the next one
          }
        }
        return /(?:)/
      }, { code: "new RegExp" })
    }
  })
  addFormats.default(ajv, { mode: "full", formats: [...core] })
  let looser: Judge | undefined
  const added = new Map<string, unknown>()
  const converted = new WeakMap<object, unknown>()
  const validators = new WeakMap<object, ValidateFunction | string>()
  const id = (pointer: string): string => `doc:${encodeURIComponent(pointer)}`
  const pending: Array<string> = []

  const refTo = (pointer: string): string => {
    const key = id(pointer)
    if (!added.has(key)) {
      added.set(key, true)
      pending.push(pointer)
    }
    return key
  }

  const settle = (): void => {
    for (let pointer = pending.pop(); pointer !== undefined; pointer = pending.pop()) {
      const found = at(document, pointer)
      const schema = found === undefined ? true : convert(found)
      added.set(id(pointer), schema)
      ajv.addSchema(typeof schema === "boolean" ? (schema ? {} : { not: {} }) : schema as object, id(pointer))
    }
  }

  const convert = (schema: unknown): unknown => {
    if (typeof schema === "boolean") return schema
    if (!isRecord(schema)) return true
    const known = converted.get(schema)
    if (known !== undefined) return known
    const made = convertRecord(schema)
    converted.set(schema, made)
    return made
  }

  /**
   * With a discriminator the name alone chooses among alternatives (OpenAPI 3.0.4 section 4.8.25). `undefined`: there is
   * none, or it has nothing to choose from.
   */
  const byDiscriminator = (schema: Json): ReadonlyArray<unknown> | undefined => {
    const name = record(schema["discriminator"])["propertyName"]
    const alternatives = schema["oneOf"] ?? schema["anyOf"]
    if (typeof name !== "string" || !Array.isArray(alternatives) || !alternatives.every((option) => isRecord(option) && typeof option["$ref"] === "string")) return undefined
    const named = alternatives.map((option) => ({ option, names: namesOf(schema, String(option["$ref"])) }))
    return [
      { required: [name], properties: { [name]: { enum: named.flatMap(({ names }) => names) } } },
      ...named.map(({ names, option }) => ({ if: { required: [name], properties: { [name]: { enum: names } } }, then: convert(option) }))
    ]
  }

  /** Schemas that are made of a base by `allOf`, and what each adds to it. */
  const derivations = new Map<unknown, Array<{ readonly pointer: string; readonly own: Json }>>()
  const namedSchemas = document.version === "2.0" ? record(document.root["definitions"]) : record(record(document.root["components"])["schemas"])
  for (const [name, schema] of Object.entries(namedSchemas)) {
    if (!isRecord(schema)) continue
    const { allOf, ...own } = schema
    for (const part of list(allOf)) {
      const ref = record(part)["$ref"]
      const base = typeof ref === "string" ? at(document, ref) : undefined
      if (base === undefined) continue
      const others = list(allOf).filter((other) => other !== part)
      const pointer = document.version === "2.0" ? `#/definitions/${name}` : `#/components/schemas/${name}`
      derivations.set(base, [...derivations.get(base) ?? [], { pointer, own: others.length > 0 ? { ...own, allOf: others } : own }])
    }
  }

  interface Derived {
    readonly names: ReadonlyArray<string>
    readonly own: Json
  }

  /** What is derived from a base, directly or not, each with the names that stand for it or for what is derived from it. */
  const derivedOf = (base: unknown, discriminator: Json, seen: ReadonlySet<unknown> = new Set()): ReadonlyArray<Derived> =>
    (seen.has(base) ? [] : derivations.get(base) ?? []).flatMap(({ own, pointer }) => {
      const below = derivedOf(at(document, pointer), discriminator, new Set([...seen, base]))
      const narrowed = record(propertiesOf(own)[String(discriminator["propertyName"])])
      const stated = [...list(narrowed["enum"]), narrowed["const"], own["x-ms-discriminator-value"]].filter((value) => typeof value === "string")
      const names = stated.length > 0 ? stated : namesOf({ discriminator }, pointer)
      return [{ names: [...names, ...below.flatMap((derived) => derived.names)], own }, ...below]
    })

  const propertiesOf = (schema: Json): Json =>
    Object.assign({}, ...list(schema["allOf"]).map((part) => isRecord(part) ? propertiesOf(part) : {}), record(schema["properties"])) as Json

  /** A base with a discriminator means the schema that the value names (OpenAPI 3.0.4 section 4.8.25). */
  const byDerivation = (schema: Json): ReadonlyArray<unknown> => {
    const discriminator = typeof schema["discriminator"] === "string" ? { propertyName: schema["discriminator"] } : record(schema["discriminator"])
    const name = discriminator["propertyName"]
    if (!withDerived || typeof name !== "string" || schema["oneOf"] !== undefined || schema["anyOf"] !== undefined) return []
    return derivedOf(schema, discriminator).map(({ names, own }) => ({ if: { required: [name], properties: { [name]: { enum: [...new Set(names)] } } }, then: convert(own) }))
  }

  const convertRecord = (schema: Json): unknown => {
    const ref = schema["$ref"]
    const nullable = schema["nullable"] === true || schema["x-nullable"] === true
    const out: Record<string, unknown> = {}
    if (typeof ref === "string") {
      out["$ref"] = ref.startsWith("#/") || ref === "#" ? refTo(ref) : ref
      // beside a $ref nothing counts before 3.1; a null is taken all the same where the author allows it there
      if (document.version !== "3.1") return nullable ? { anyOf: [{ type: "null" }, out] } : out
    }
    const asked = list(schema["type"] === undefined || Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]])
    const type = asked.filter((name) => typeof name === "string" && types.has(name))
    if (type.length > 0 && type.length === asked.length) out["type"] = type.length === 1 ? type[0] : type
    // properties or items without a type are meant as the type that has them, and all tools read them so
    else if (asked.length === 0 && (isRecord(schema["properties"]) || schema["additionalProperties"] === true || isRecord(schema["additionalProperties"]))) out["type"] = "object"
    else if (asked.length === 0 && schema["items"] !== undefined) out["type"] = "array"
    for (const key of plain) if (schema[key] !== undefined) out[key] = schema[key]
    if (out["enum"] !== undefined && (!Array.isArray(out["enum"]) || out["enum"].length === 0)) delete out["enum"]
    if (typeof schema["format"] === "string") out["format"] = schema["format"]
    for (const key of one) if (schema[key] !== undefined) out[key] = convert(schema[key])
    for (const key of several) {
      const parts = schema[key]
      if (!Array.isArray(parts) || parts.length === 0) continue
      if (loose && key === "oneOf") out["allOf"] = [...list(out["allOf"]), { anyOf: parts.map(convert) }]
      else out[key] = key === "allOf" ? [...list(out["allOf"]), ...parts.map(convert)] : parts.map(convert)
    }
    const chosen = byDiscriminator(schema)
    if (chosen !== undefined) {
      // for whoever makes examples
      out["x-alternatives"] = out["oneOf"] ?? out["anyOf"]
      delete out["oneOf"]
      delete out["anyOf"]
      out["allOf"] = [...list(out["allOf"]), ...chosen]
    }
    for (const key of named) {
      if (isRecord(schema[key])) out[key] = Object.fromEntries(Object.entries(schema[key]).map(([name, member]) => [name, convert(member)]))
    }
    const derived = byDerivation(schema)
    if (derived.length > 0) out["allOf"] = [...list(out["allOf"]), ...derived]
    if (Array.isArray(schema["items"])) out["prefixItems"] = schema["items"].map(convert)
    else if (schema["items"] !== undefined) out["items"] = convert(schema["items"])
    bounds(schema, out)
    if (Array.isArray(schema["required"])) {
      const hidden = direction === "request" ? "readOnly" : "writeOnly"
      const required = schema["required"].filter((name) => typeof name === "string" && !marked(record(schema["properties"])[name], hidden))
      if (required.length > 0) out["required"] = [...new Set(required)]
    }
    const properties = record(schema["properties"])
    if (enveloped && "responseCode" in properties && "messages" in properties) out["required"] = envelope.filter((name) => name in properties)
    // for whoever makes examples; ajv does not look at it
    if (isRecord(schema["discriminator"])) out["discriminator"] = schema["discriminator"]
    else if (typeof schema["discriminator"] === "string") out["discriminator"] = { propertyName: schema["discriminator"] }
    if (schema["readOnly"] === true || schema["writeOnly"] === true) out["x-hidden"] = schema[direction === "request" ? "readOnly" : "writeOnly"] === true
    return nullable && !(Array.isArray(out["type"]) && out["type"].includes("null")) ? { anyOf: [{ type: "null" }, out] } : out
  }

  const marked = (member: unknown, mark: string): boolean => isRecord(member) && (member[mark] === true || (typeof member["$ref"] === "string" && record(at(document, member["$ref"]))[mark] === true))

  const validatorOf = (schema: object): ValidateFunction | string => {
    const known = validators.get(schema)
    if (known !== undefined) return known
    let made: ValidateFunction | string
    try {
      const target = convert(schema)
      settle()
      made = ajv.compile(typeof target === "boolean" ? (target ? {} : { not: {} }) : target as object)
    } catch (cause) {
      made = `the schema itself cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`
    }
    validators.set(schema, made)
    return made
  }

  return {
    document,
    direction,
    enveloped,
    convert: (schema) => {
      const made = convert(schema)
      settle()
      return made
    },
    target: (ref) => added.get(ref) ?? true,
    check: (schema, value) => {
      if (!isRecord(schema)) return schema === false ? { ok: false, problem: "nothing is allowed here", overlap: false, hopeless: true } : { ok: true }
      const validator = validatorOf(schema)
      if (typeof validator === "string") return { ok: false, problem: validator, overlap: false, hopeless: false }
      if (validator(value)) return { ok: true }
      const errors = validator.errors ?? []
      const overlapping = errors.find((error) => error.keyword === "oneOf" && error.params["passingSchemas"] !== null)
      // it may be wrong in another place, too
      if (overlapping !== undefined) {
        looser ??= makeJudge(document, direction, { derived: withDerived, enveloped, loose: true })
        const verdict = looser.check(schema, value)
        if (!verdict.ok) return verdict
      }
      // the deepest tells most; that it is not null tells nothing
      const telling = errors.filter((error) => error.message !== "must be null" && !["anyOf", "oneOf", "if"].includes(error.keyword))
      const depth = (path: string): number => path.split("/").length
      const [deepest] = [...telling].sort((a, b) => depth(b.instancePath) - depth(a.instancePath))
      const error = overlapping ?? deepest ?? errors[0]
      const allowed = error?.keyword === "enum" ? ` ${JSON.stringify(error.params["allowedValues"]).slice(0, 80)}` : ""
      return {
        ok: false,
        problem: `${error?.instancePath ?? ""} ${error?.message ?? "does not fit"}${allowed}`.trim(),
        overlap: overlapping !== undefined,
        hopeless: [...new Set(telling.map(({ instancePath }) => instancePath))].some((path) => isHopeless(validator, value, errors, path))
      }
    }
  }
}

/** Tries values of each type, and those that are asked for, in the place that is wrong. */
const isHopeless = (validator: ValidateFunction, value: unknown, errors: ReadonlyArray<ErrorObject>, path: string): boolean => {
  const here = errors.filter((error) => error.instancePath === path)
  const steps = path.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
  // a name that is both required and not allowed
  const refused = here.find(({ keyword }) => keyword === "additionalProperties")?.params["additionalProperty"]
  if (typeof refused === "string") {
    const at = steps.reduce<unknown>((inner, step) => Array.isArray(inner) ? inner[Number(step)] : record(inner)[step], value)
    const { [refused]: _, ...without } = record(at)
    return !validator(replaced(value, steps, without)) && (validator.errors ?? []).some(({ instancePath, params }) => instancePath === path && params["missingProperty"] === refused)
  }
  // of other rules it is not known what would meet them
  if (!here.every(({ keyword }) => ["type", "enum", "const", "anyOf", "oneOf", "allOf", "if"].includes(keyword))) return false
  const asked = here.flatMap((error) => error.keyword === "enum" ? list(error.params["allowedValues"]) : error.keyword === "const" ? [error.params["allowedValue"]] : [])
  return [null, "", "text", "2024-05-06", "2024-05-06T07:08:09Z", 0, 1, true, false, [], {}, ...asked].every((candidate) => {
    const ok = validator(replaced(value, steps, candidate))
    return !ok && (validator.errors ?? []).some((error) => error.instancePath === path)
  })
}

const replaced = (value: unknown, steps: ReadonlyArray<string>, by: unknown): unknown => {
  const [head, ...tail] = steps
  if (head === undefined) return by
  if (Array.isArray(value)) return value.map((item, index) => String(index) === head ? replaced(item, tail, by) : item)
  return isRecord(value) ? { ...value, [head]: replaced(value[head], tail, by) } : value
}

/** Classes of characters by names that ECMAScript does not have. */
const classes: Readonly<Record<string, string>> = {
  Alnum: "a-zA-Z0-9",
  Alpha: "a-zA-Z",
  Digit: "0-9",
  Lower: "a-z",
  Upper: "A-Z",
  Punct: "!-/:-@[-`{-~",
  Space: " \\t\\n\\x0B\\f\\r",
  XDigit: "0-9a-fA-F"
}

/** A pattern of another dialect in ECMAScript's: there `\\A` would be the letter A, and `\\p{Alnum}` letters and braces. */
export const ecmaPattern = (pattern: string): string => {
  let inside = false
  return pattern.replace(/\\p\{(\w+)\}|\\(.)|[[\]]/gs, (whole, name: string | undefined, escaped: string | undefined) => {
    if (whole === "[" || whole === "]") {
      inside = whole === "["
      return whole
    }
    const members = name === undefined ? undefined : classes[name]
    if (members !== undefined) return inside ? members.replace("[", "\\[") : `[${members.replace("[", "\\[")}]`
    return escaped === "A" && !inside ? "^" : (escaped === "z" || escaped === "Z") && !inside ? "$" : whole
  })
}

/** The names by which a discriminator knows a schema: those of the mapping, and the schema's own. */
export const namesOf = (schema: unknown, ref: string): ReadonlyArray<string> => {
  const own = ref.slice(ref.lastIndexOf("/") + 1)
  const mapped = Object.entries(record(record(record(schema)["discriminator"])["mapping"])).filter(([, target]) => target === ref || target === own || String(target).endsWith(`/${own}`))
  return [...new Set([...mapped.map(([name]) => name), own])]
}

/** Exclusive bounds were booleans beside the bound before 3.1. */
const bounds = (schema: Json, out: Record<string, unknown>): void => {
  for (const [bound, exclusive] of [["minimum", "exclusiveMinimum"], ["maximum", "exclusiveMaximum"]] as const) {
    const limit = schema[bound]
    if (typeof schema[exclusive] === "number") out[exclusive] = schema[exclusive]
    if (typeof limit === "number") out[schema[exclusive] === true ? exclusive : bound] = limit
  }
}
