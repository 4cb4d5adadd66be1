/**
 * A shape as a type and as the schema that decodes and encodes it.
 */
import type { Config } from "../config.ts"
import { regularExpression } from "../model/checks.ts"
import { lookUp } from "../model/node.ts"
import type { Check, Field, Literal, Model, RecordShape, Shape, UnionShape } from "../model/Shape.ts"
import { type Plan, resolve } from "../plan/Plan.ts"
import type { Imports } from "./imports.ts"
import { isInherited } from "../text/words.ts"
import { comment, docLines, indent, key, list, object, quoted, typeKey } from "./print.ts"

export interface Emitted {
  readonly type: string
  readonly schema: string
}

/** Where a shape stands. */
export interface Where {
  readonly plan: Plan
  readonly config: Config
  readonly imports: Imports
  /** requests leave out what is read only, answers what is write only; a model that serves both has all */
  readonly side: "input" | "output" | "both"
  /** answers hold it: what is unknown is tagged, null is absence, limits hold for requests only */
  readonly open: boolean
  /** not inside a function: calls are marked as free of effects */
  readonly top: boolean
}

/** A call; outside functions it is marked, so that bundlers may drop it. */
export const call = (where: Pick<Where, "top">, name: string, ...args: ReadonlyArray<string>): string => `${where.top ? "/*#__PURE__*/ " : ""}${name}(${args.join(", ")})`

const literal = (value: Literal): string => typeof value === "string" ? quoted(value) : String(value)

const isOpen = (where: Where): boolean => where.config.enums === "open" || (where.config.enums !== "closed" && where.open)

const schemaOf = (where: Where, name: string): string => {
  where.imports.namespace("Schema")
  return `Schema.${name}`
}

const openOf = (where: Where, name: string): string => {
  where.imports.namespace("Open")
  return `Open.${name}`
}

const numberCheck: Readonly<Partial<Record<Check["name"], string>>> = {
  minimum: "isGreaterThanOrEqualTo",
  maximum: "isLessThanOrEqualTo",
  exclusiveMinimum: "isGreaterThan",
  exclusiveMaximum: "isLessThan",
  multipleOf: "isMultipleOf",
  minLength: "isMinCodePoints",
  maxLength: "isMaxCodePoints",
  minItems: "isMinLength",
  maxItems: "isMaxLength",
  minProperties: "isMinProperties",
  maxProperties: "isMaxProperties"
}

const checkText = (where: Where, check: Check): string => {
  if (check.name === "uniqueItems") return `${schemaOf(where, "isUnique")}()`
  if (check.name === "pattern") {
    const pattern = String(check.value)
    const flags = regularExpression(pattern)?.flags ?? ""
    return `${schemaOf(where, "isPattern")}(new RegExp(${quoted(pattern)}${flags === "" ? "" : `, ${quoted(flags)}`}))`
  }
  return `${schemaOf(where, numberCheck[check.name] ?? "isGreaterThanOrEqualTo")}(${String(check.value)})`
}

/** Limits hold for what is sent. What comes is taken as it is, unless asked otherwise. */
const checked = (where: Where, schema: string, checks: ReadonlyArray<Check>): string => {
  if (checks.length === 0) return schema
  const texts = checks.map((check) => where.top ? `/*#__PURE__*/ ${checkText(where, check)}` : checkText(where, check))
  // one that is made on first use can take checks only by this way
  const lazy = /^Open\.\w+Text$/.test(schema)
  return lazy || (where.open && where.config.checkOutput !== true) ? call(where, openOf(where, "onInput"), schema, ...texts) : call(where, `${schema.replace(/^\/\*#__PURE__\*\/ /, "")}.check`, ...texts)
}

const union = (members: ReadonlyArray<string>): string => {
  // a member may be such a list itself: what is deeper in it is indented
  const unique = [...new Set(members.flatMap((member) => member.startsWith("\n| ") ? member.slice(3).split("\n| ") : [member]))]
  const line = unique.join(" | ")
  const long = unique.filter((member) => member.includes("\n"))
  // one that has lines of its own stands well beside short ones
  if (long.length === 0 ? line.length <= 120 : long.length === 1 && unique.length <= 3 && long[0] === unique[0]) return line
  return unique.map((member) => `\n| ${indent(member)}`).join("")
}

/** A type after a colon or an equals sign: a list of variants begins on a line of its own. */
export const spaced = (type: string): string => type.startsWith("\n") ? indent(type) : ` ${type}`

/** A type inside a list or intersection. */
const grouped = (type: string): string => /[|&]|^readonly /.test(type) && !/^\{[\s\S]*\}$/.test(type) ? `(${type})` : type

const remembered = new WeakMap<Imports, WeakMap<Shape, Map<string, Emitted>>>()

/** The same as before, where a file asks for the same: a type and a schema ask for what is inside each on its own, at every level. */
const once = <S extends Shape>(shape: S, where: Where, emit: (shape: S, where: Where) => Emitted): Emitted => {
  let shapes = remembered.get(where.imports)
  if (shapes === undefined) remembered.set(where.imports, shapes = new WeakMap())
  let known = shapes.get(shape)
  if (known === undefined) shapes.set(shape, known = new Map())
  const key = `${where.side} ${where.open} ${where.top}`
  const found = known.get(key)
  if (found !== undefined) return found
  const made = emit(shape, where)
  known.set(key, made)
  return made
}

/** The type and the schema of a shape. */
export const emitShape = (shape: Shape, where: Where): Emitted => {
  switch (shape.kind) {
    case "unknown":
      return { type: "unknown", schema: schemaOf(where, "Unknown") }
    case "never":
      return { type: "never", schema: schemaOf(where, "Never") }
    case "null":
      return { type: "null", schema: schemaOf(where, "Null") }
    case "boolean":
      return { type: "boolean", schema: schemaOf(where, "Boolean") }
    case "binary":
      return { type: "string", schema: schemaOf(where, "String") }
    case "string":
      return text(shape.format, shape.checks, where)
    case "number":
      return number(shape.integer, shape.format, shape.checks, where)
    case "literals":
      return literals(shape.values, shape.fixed, where)
    case "array": {
      const item = emitShape(shape.item, where)
      return { type: `ReadonlyArray<${item.type}>`, schema: shape.lenient === true ? call(where, openOf(where, "items"), item.schema) : checked(where, call(where, schemaOf(where, "Array"), item.schema), shape.checks) }
    }
    case "tuple":
      return tuple(shape.items, shape.required, shape.rest, where)
    case "record":
      return once(shape, where, record)
    case "union":
      return once(shape, where, unionOf)
    case "nullable": {
      const inner = emitShape(shape.of, where)
      return { type: inner.type === "unknown" ? "unknown" : union([inner.type, "null"]), schema: call(where, schemaOf(where, "NullOr"), inner.schema) }
    }
    case "model": {
      const model = where.plan.models.get(shape.id)
      if (model === undefined) return { type: "unknown", schema: schemaOf(where, "Unknown") }
      const name = where.side === "input" ? model.inputName : model.name
      where.imports.name(name, model.module)
      // the name stands for the values that are known: those that requests may have
      if (isGrowing(model.model) && isOpen(where)) {
        where.imports.namespace("Open")
        return { type: union([name, ...kindsOf(model.model.shape)]), schema: call(where, openOf(where, "literals"), name) }
      }
      return { type: name, schema: name }
    }
  }
}

const text = (format: string | undefined, checks: ReadonlyArray<Check>, where: Where): Emitted => {
  const { formats } = where.config
  if (format === "date-time" && formats?.dateTime === "DateTime") {
    where.imports.namespace("DateTime")
    return { type: "DateTime.Utc", schema: schemaOf(where, "DateTimeUtcFromString") }
  }
  if (format === "byte" && formats?.byte === "bytes") return { type: "Uint8Array", schema: schemaOf(where, "Uint8ArrayFromBase64") }
  const known = format === undefined || formats?.check === false ? undefined : lookUp(texts, format)
  return { type: "string", schema: checked(where, known === undefined ? schemaOf(where, "String") : openOf(where, known), checks) }
}

/** formats that are checked in what is sent */
const texts: Readonly<Record<string, string>> = { "date-time": "DateTimeText", date: "DateText", uuid: "UuidText", byte: "ByteText" }

const number = (integer: boolean, format: string | undefined, checks: ReadonlyArray<Check>, where: Where): Emitted => {
  const { formats } = where.config
  if (integer && format === "int64") {
    if (formats?.int64 === "bigint") return { type: "bigint", schema: openOf(where, "Int64BigInt") }
    if (formats?.int64 === "string") return { type: "string", schema: openOf(where, "Int64Text") }
    return { type: "number", schema: checked(where, openOf(where, "Int64"), checks) }
  }
  return { type: "number", schema: checked(where, schemaOf(where, integer ? "Int" : "Finite"), checks) }
}

/** A named enum. Its model has the values that are known; where answers hold it others may come. */
export const isGrowing = (model: Model): boolean => model.shape.kind === "literals" && !model.shape.fixed

const kindsOf = (shape: Shape): ReadonlyArray<string> =>
  shape.kind === "literals" ? [...new Set(shape.values.map((value) => typeof value))].sort().map((kind) => `Open.Unrecognized<${kind}>`) : []

const literals = (values: ReadonlyArray<Literal>, fixed: boolean, where: Where): Emitted => {
  const [only, ...others] = values
  const types = values.map(literal)
  const listed = list(types)
  if (!fixed && isOpen(where)) {
    where.imports.namespace("Open")
    return { type: union([...types, ...kindsOf({ kind: "literals", values, fixed })]), schema: call(where, openOf(where, "literals"), listed) }
  }
  return {
    type: union(types),
    schema: only !== undefined && others.length === 0 ? call(where, schemaOf(where, "Literal"), literal(only)) : call(where, schemaOf(where, "Literals"), listed)
  }
}

const tuple = (items: ReadonlyArray<Shape>, required: number, rest: Shape | undefined, where: Where): Emitted => {
  const emitted = items.map((item) => emitShape(item, where))
  const types = emitted.map((item, index) => index < required ? item.type : `${grouped(item.type)}?`)
  const schemas = emitted.map((item, index) => index < required ? item.schema : call(where, schemaOf(where, "optionalKey"), item.schema))
  const fixed = call(where, schemaOf(where, "Tuple"), list(schemas))
  if (rest === undefined) return { type: `readonly [${types.join(", ")}]`, schema: fixed }
  const more = emitShape(rest, where)
  return { type: `readonly [${[...types, `...Array<${more.type}>`].join(", ")}]`, schema: call(where, schemaOf(where, "TupleWithRest"), fixed, `[${more.schema}]`) }
}

const isThere = (field: Field, side: Where["side"]): boolean => side === "both" || !(side === "input" ? field.readOnly : field.writeOnly)

/** The members of a record as lines of a type, and as members of a struct. */
export const members = (shape: RecordShape, where: Where): { readonly types: ReadonlyArray<string>; readonly schemas: ReadonlyArray<string>; readonly valueTypes: ReadonlyArray<string> } => {
  const fields = [
    ...shape.fields.filter((field) => isThere(field, where.side)),
    ...shape.required.map((name): Field => ({ name, shape: { kind: "unknown" }, required: true, docs: { notes: [] }, readOnly: false, writeOnly: false }))
  ]
  const types: Array<string> = []
  const schemas: Array<string> = []
  const valueTypes: Array<string> = []
  for (const field of fields) {
    // one direction has it, the other does not: where one type serves both it cannot be demanded
    const required = field.required && !(where.side === "both" && (field.readOnly || field.writeOnly))
    const inner = emitShape(field.shape, where)
    const value = required ? undefined : defaultOf(field, where)
    // what is filled in is always there; where requests have the same type they may still leave it out
    const there = required || (value !== undefined && where.side === "output")
    types.push(`${comment(docLines(field.docs))}readonly ${typeKey(field.name)}${there ? "" : "?"}:${spaced(there || inner.type === "unknown" ? inner.type : union([inner.type, "undefined"]))}`)
    schemas.push(`${key(field.name)}: ${required ? inner.schema : value === undefined ? optional(field.name, inner.schema, where) : call(where, openOf(where, "withDefault"), inner.schema, `() => ${literal(value)}`)}`)
    valueTypes.push(there ? inner.type : `${inner.type} | undefined`)
  }
  return { types, schemas, valueTypes }
}

const optional = (name: string, schema: string, where: Where): string => call(where, where.open ? openOf(where, isInherited(name) ? "optionalOwn" : "optional") : schemaOf(where, "optional"), schema)

/** What an absent member of an answer is decoded to, where that is asked for. */
const defaultOf = (field: Field, where: Where): Literal | undefined => {
  const value = field.docs.default
  if (!where.open || where.config.defaults !== true) return undefined
  return (typeof value === "string" || typeof value === "number" || typeof value === "boolean") && isDefault(resolve(field.shape, where.plan.models), value) ? value : undefined
}

/** Is it a value of the shape, and not just something that a document names as one? */
const isDefault = (shape: Shape, value: Literal): boolean =>
  shape.kind === "literals" ? shape.values.includes(value) : shape.kind === "string" ? typeof value === "string" && shape.format !== "date-time" && shape.format !== "byte"
    : shape.kind === "number" ? typeof value === "number" && shape.format !== "int64" && (!shape.integer || Number.isInteger(value))
    : shape.kind === "boolean" && typeof value === "boolean"

/** `{ … }` of a type. */
export const braces = (types: ReadonlyArray<string>): string => {
  const [only, ...more] = types
  if (only === undefined) return "{}"
  return more.length === 0 && !only.includes("\n") && only.length < 100 ? `{ ${only} }` : `{\n${types.map((type) => `  ${indent(type)}`).join("\n")}\n}`
}

/** The lines of a record's type: its members, and what others may be there. */
export const recordTypes = (shape: RecordShape, where: Where): ReadonlyArray<string> => {
  const { types, valueTypes } = members(shape, where)
  if (shape.additional !== undefined) {
    const value = emitShape(shape.additional, where).type
    // an index signature holds for the named members, too
    const all = value === "unknown" || valueTypes.some((type) => type === "unknown" || type.startsWith("unknown ")) ? "unknown" : union([value, ...valueTypes])
    return [...types, `readonly [name: string]: ${all}`]
  }
  const prefixed = shape.prefixed.map((entry) => `readonly [name: \`${entry.prefix}\${string}\`]: ${emitShape(entry.shape, where).type}`)
  return types.length === 0 && prefixed.length === 0 ? ["readonly [name: string]: unknown"] : [...types, ...prefixed]
}

const record = (shape: RecordShape, where: Where): Emitted => ({ type: braces(recordTypes(shape, where)), schema: recordSchema(shape, where, undefined) })

/** The schema of a record. `name`: that of its type, where it has one. */
export const recordSchema = (shape: RecordShape, where: Where, name: string | undefined): string => {
  const { schemas } = members(shape, where)
  const fields = object(schemas)
  const string = schemaOf(where, "String")
  if (shape.additional !== undefined) {
    const value = emitShape(shape.additional, where).schema
    if (schemas.length === 0) return checked(where, call(where, schemaOf(where, "Record"), string, value), shape.checks)
    const type = name ?? braces(recordTypes(shape, where))
    return checked(where, call(where, `${openOf(where, "record")}<${type}>`, fields, value), shape.checks)
  }
  if (shape.prefixed.length > 0) {
    const records = shape.prefixed.map((entry) =>
      call(where, schemaOf(where, "Record"), call(where, schemaOf(where, "TemplateLiteral"), `[${quoted(entry.prefix)}, ${string}]`), emitShape(entry.shape, where).schema))
    return call(where, schemaOf(where, "StructWithRest"), call(where, schemaOf(where, "Struct"), fields), list(records))
  }
  if (schemas.length === 0) return checked(where, call(where, schemaOf(where, "Record"), string, schemaOf(where, "Unknown")), shape.checks)
  return checked(where, call(where, schemaOf(where, "Struct"), fields), shape.checks)
}

/** Variants that a required member with values of its own tells apart, although the document does not say so. */
const inferred = (shape: UnionShape, plan: Plan): UnionShape["discriminator"] => {
  const records = shape.variants.map((variant) => resolve(variant, plan.models))
  const [first] = records
  if (first?.kind !== "record" || records.some((variant) => variant.kind !== "record")) return undefined
  for (const candidate of first.fields) {
    const seen = new Set<Literal>()
    const mapping: Array<readonly [string, Shape]> = []
    const fits = records.every((variant, index) => {
      const field = variant.kind === "record" ? variant.fields.find((other) => other.name === candidate.name) : undefined
      const named = shape.variants[index]
      if (field?.required !== true || field.shape.kind !== "literals" || named === undefined) return false
      return field.shape.values.every((value) => {
        if (typeof value !== "string" || seen.has(value)) return false
        seen.add(value)
        mapping.push([value, named])
        return true
      })
    })
    if (fits) return { property: candidate.name, mapping }
  }
  return undefined
}

/** What tells the variants apart, where they are records that can be. */
export const toldApart = (shape: UnionShape, plan: Plan): UnionShape["discriminator"] => {
  const discriminator = shape.discriminator ?? inferred(shape, plan)
  return discriminator?.mapping.every(([, variant]) => ["record", "union"].includes(resolve(variant, plan.models).kind)) === true ? discriminator : undefined
}

const unionOf = (shape: UnionShape, where: Where): Emitted => {
  const discriminator = toldApart(shape, where.plan)
  if (discriminator !== undefined) {
    const { mapping, otherwise, property } = discriminator
    const nameless = otherwise === undefined ? undefined : emitShape(otherwise, where)
    const emitted = mapping.map(([name, variant]) => ({ name, ...emitShape(variant, where), variant }))
    const types = [...Map.groupBy(emitted, (entry) => entry.type)].map(([type, entries]) => `(${type} & { readonly ${typeKey(property)}: ${entries.map((entry) => quoted(entry.name)).join(" | ")} })`)
    const variants = object(emitted.map((entry) => `${key(entry.name)}: ${entry.schema}`))
    const args = [quoted(property), variants, ...(nameless === undefined ? [] : [nameless.schema])]
    const all = nameless === undefined ? types : [...types, nameless.type]
    if (!isOpen(where)) return { type: union(all), schema: call(where, openOf(where, "closedUnion"), ...args) }
    return { type: union([...all, "Open.UnknownVariant"]), schema: call(where, openOf(where, "union"), ...args) }
  }
  const plain = shape.variants.every((variant) => !["record", "union", "array", "tuple"].includes(resolve(variant, where.plan.models).kind))
  const emitted = inOrder(shape.variants, where.plan).map((variant) => emitShape(variant, where))
  const types = shape.variants.map((variant) => emitShape(variant, where).type)
  const schemas = list(emitted.map((entry) => entry.schema))
  if (plain || !isOpen(where)) return { type: union(types), schema: call(where, schemaOf(where, "Union"), schemas) }
  where.imports.namespace("Open")
  return { type: union([...types, "Open.Unrecognized<unknown>"]), schema: call(where, openOf(where, "anyOf"), schemas) }
}

/** Variants that ask for more come first: one that asks for nothing would take every record. */
const inOrder = (variants: ReadonlyArray<Shape>, plan: Plan): ReadonlyArray<Shape> => {
  const demands = (variant: Shape): number => {
    const shape = resolve(variant, plan.models)
    return shape.kind === "record" ? shape.fields.filter((field) => field.required).length * 100 + shape.required.length * 100 + Math.min(shape.fields.length, 99) : shape.kind === "literals" ? 1e6 : 0
  }
  return variants.map((variant, index) => ({ variant, index, demands: demands(variant) })).sort((a, b) => b.demands - a.demands || a.index - b.index).map((entry) => entry.variant)
}
