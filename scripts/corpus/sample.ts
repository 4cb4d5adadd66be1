/**
 * Example values for a document's schemas, by seed. Made from the schema alone and proved by ajv afterwards.
 */
import * as fc from "fast-check"
import { ecmaPattern, type Judge, namesOf } from "./judge.ts"
import { isRecord, type Json, list, record } from "./spec.ts"
import { chance, type Chance, hash } from "./seed.ts"

const deepest = 24

/** A value that the judge takes. `problem`: none was found in a few tries, so that the schema is likely to contradict itself. */
export const sampleFor = (judge: Judge, schema: unknown, seed: number): { readonly value: unknown } | { readonly problem: string } => {
  let problem = ""
  let overlapping: { readonly value: unknown } | undefined
  for (let round = 0; round < 12; round++) {
    const random = chance(hash(`${seed}:${round}`))
    // later rounds leave out what is not required: what contradicts itself is mostly optional
    const value = build(judge, judge.convert(schema), random, round < 4 ? 0.5 : round < 8 ? 0.15 : 0, 0)
    const verdict = judge.check(schema, value)
    if (verdict.ok) return { value }
    if (verdict.overlap) overlapping = { value }
    problem = verdict.problem
  }
  // alternatives that cannot be told apart: whoever reads it takes one of them
  return overlapping ?? { problem }
}

/** All that a schema and what it refers to and is made of says, as one record: alternatives are chosen on the way. */
const gathered = (judge: Judge, schema: unknown, random: Chance, depth: number, seen: ReadonlySet<unknown>): Json | boolean => {
  if (typeof schema === "boolean") return schema
  if (!isRecord(schema) || seen.has(schema)) return {}
  const inner = new Set([...seen, schema])
  const { $ref, allOf, anyOf, oneOf, "x-alternatives": chosen, ...own } = schema
  let all: Json = own
  if (typeof $ref === "string") all = merged(record(gathered(judge, judge.target($ref), random, depth, inner)), all)
  const conditional = list(allOf).filter((candidate) => record(candidate)["if"] !== undefined)
  for (const part of list(allOf)) if (!conditional.includes(part)) all = merged(all, record(gathered(judge, part, random, depth, inner)))
  // settled when all is known that narrows the discriminator
  if (chosen === undefined && conditional.length > 0) all = { ...all, "x-conditions": [...list(all["x-conditions"]), ...conditional] }
  for (const alternatives of [oneOf, anyOf, chosen]) {
    if (!Array.isArray(alternatives) || alternatives.length === 0) continue
    const options = alternatives.filter((option) => option !== false)
    const simple = depth > 5 ? options.filter((option) => isRecord(option) && option["$ref"] === undefined && option["type"] !== "array" && option["type"] !== "object") : options
    const option = random.pick(simple.length > 0 ? simple : options)
    all = merged(all, record(gathered(judge, option, random, depth, inner)))
    const name = record(schema["discriminator"])["propertyName"]
    const ref = record(option)["$ref"]
    if (typeof name === "string" && typeof ref === "string") {
      const names = namesOf(schema, decodeURIComponent(ref.slice("doc:".length)))
      all = merged(all, { properties: { [name]: { enum: names } }, required: [name] })
    }
  }
  return all
}

/** What a base's discriminator names: one of those that are derived from it, or itself. */
const settled = (judge: Judge, schema: Json, random: Chance, depth: number): Json => {
  const { "x-conditions": conditions, ...all } = schema
  const first = record(record(list(conditions)[0])["if"])
  const [name] = list(first["required"])
  if (typeof name !== "string") return all
  const namesIn = (condition: unknown) => list(record(record(record(record(condition)["if"])["properties"])[name])["enum"])
  const member = gathered(judge, record(all["properties"])[name], random, depth, new Set())
  const allowed = isRecord(member) ? member["enum"] ?? (member["const"] === undefined ? undefined : [member["const"]]) : undefined
  const every = list(conditions).flatMap(namesIn)
  const possible = Array.isArray(allowed) ? every.filter((value) => allowed.includes(value)) : every
  if (possible.length === 0) return all
  const value = random.pick(possible)
  let out = merged(all, { properties: { [name]: { enum: [value] } }, required: [name] })
  for (const condition of list(conditions)) if (namesIn(condition).includes(value)) out = merged(out, record(gathered(judge, record(condition)["then"], random, depth, new Set())))
  return "x-conditions" in out ? Object.fromEntries(Object.entries(out).filter(([key]) => key !== "x-conditions")) : out
}

const larger = (a: unknown, b: unknown): unknown => typeof a !== "number" ? b : typeof b !== "number" ? a : Math.max(a, b)
const smaller = (a: unknown, b: unknown): unknown => typeof a !== "number" ? b : typeof b !== "number" ? a : Math.min(a, b)

/** Both at once, as far as that can be said in one record. */
const merged = (a: Json, b: Json): Json => {
  const out: Record<string, unknown> = { ...a, ...b }
  const properties = { ...record(a["properties"]) }
  for (const [name, schema] of Object.entries(record(b["properties"]))) properties[name] = name in properties ? { allOf: [properties[name], schema] } : schema
  if (Object.keys(properties).length > 0) out["properties"] = properties
  const required = [...new Set([...list(a["required"]), ...list(b["required"])])]
  if (required.length > 0) out["required"] = required
  if (Array.isArray(a["enum"]) && Array.isArray(b["enum"])) out["enum"] = a["enum"].filter((value) => list(b["enum"]).includes(value))
  if (a["type"] !== undefined && b["type"] !== undefined) {
    const other = new Set(list(Array.isArray(b["type"]) ? b["type"] : [b["type"]]))
    const both = list(Array.isArray(a["type"]) ? a["type"] : [a["type"]]).filter((type) => other.has(type))
    out["type"] = both.length > 0 ? both : b["type"]
  }
  for (const key of ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]) if (key in out) out[key] = larger(a[key], b[key])
  for (const key of ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]) if (key in out) out[key] = smaller(a[key], b[key])
  if (a["items"] !== undefined && b["items"] !== undefined) out["items"] = { allOf: [a["items"], b["items"]] }
  if (a["x-conditions"] !== undefined && b["x-conditions"] !== undefined) out["x-conditions"] = [...list(a["x-conditions"]), ...list(b["x-conditions"])]
  if (a["additionalProperties"] === false || b["additionalProperties"] === false) out["additionalProperties"] = false
  return out
}

const words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"]

const build = (judge: Judge, schema: unknown, random: Chance, generous: number, depth: number): unknown => {
  const found = gathered(judge, schema, random, depth, new Set())
  const all = isRecord(found) && found["x-conditions"] !== undefined ? settled(judge, found, random, depth) : found
  if (typeof all === "boolean") return random.pick<unknown>(["anything", 7, true])
  if (all["const"] !== undefined) return all["const"]
  if (Array.isArray(all["enum"]) && all["enum"].length > 0) {
    const type = all["type"]
    // where values and type contradict each other the values that fit both
    const fitting = typeof type === "string" ? all["enum"].filter((value) => isOfType(value, type)) : all["enum"]
    return random.pick(fitting.length > 0 ? fitting : all["enum"])
  }
  switch (kindOf(all, random)) {
    case "object":
      return buildObject(judge, all, random, generous, depth)
    case "array":
      return buildArray(judge, all, random, generous, depth)
    case "string":
      return buildText(all, random)
    case "integer":
      return buildNumber(all, random, true)
    case "number":
      return buildNumber(all, random, false)
    case "boolean":
      return random.flip(0.5)
    case "null":
      return null
    default:
      return random.pick<unknown>(["anything", 7, true, { some: "thing" }])
  }
}

const isOfType = (value: unknown, type: string): boolean =>
  type === "integer" ? Number.isInteger(value) : type === "array" ? Array.isArray(value) : type === "null" ? value === null : type === "object" ? isRecord(value) : typeof value === type

const kindOf = (schema: Json, random: Chance): string | undefined => {
  const type = schema["type"]
  if (Array.isArray(type)) return String(random.pick(type))
  if (typeof type === "string") return type
  if (isRecord(schema["properties"]) || isRecord(schema["additionalProperties"]) || Array.isArray(schema["required"])) return "object"
  if (schema["items"] !== undefined || schema["prefixItems"] !== undefined) return "array"
  if (schema["pattern"] !== undefined || schema["minLength"] !== undefined || schema["maxLength"] !== undefined || schema["format"] !== undefined) return "string"
  if (["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"].some((key) => schema[key] !== undefined)) return "number"
  return undefined
}

const buildObject = (judge: Judge, schema: Json, random: Chance, generous: number, depth: number): unknown => {
  const out: Record<string, unknown> = {}
  const required = new Set(list(schema["required"]))
  const least = typeof schema["minProperties"] === "number" ? schema["minProperties"] : 0
  const share = depth > 6 ? 0 : depth > 2 ? generous / 2 : generous
  const members = Object.entries(record(schema["properties"]))
  for (const [name, member] of members) {
    if (!required.has(name) && (record(member)["x-hidden"] === true || Object.keys(out).length >= least && !random.flip(share))) continue
    // no end: what is required of a schema that refers to itself is contradictory
    if (depth < deepest) setOwn(out, name, build(judge, member, random, generous, depth + 1))
  }
  for (const name of required) if (typeof name === "string" && !Object.hasOwn(out, name) && depth < deepest) setOwn(out, name, build(judge, rest(schema), random, generous, depth + 1))
  const extra = rest(schema)
  const wanted = Math.max(least - Object.keys(out).length, isRecord(extra) && members.length === 0 && random.flip(generous) ? 1 : 0)
  if (extra !== false && depth < deepest) for (let i = 0; i < wanted; i++) setOwn(out, words[i] ?? `key${i}`, build(judge, extra, random, generous, depth + 1))
  const discriminator = record(schema["discriminator"])
  const name = discriminator["propertyName"]
  if (typeof name === "string" && Object.hasOwn(out, name) && isRecord(discriminator["mapping"]) && !Object.hasOwn(discriminator["mapping"], String(out[name]))) {
    const member = gathered(judge, record(schema["properties"])[name], random, depth, new Set())
    if (isRecord(member) && member["enum"] === undefined && member["const"] === undefined) setOwn(out, name, Object.keys(discriminator["mapping"])[0] ?? out[name])
  }
  return out
}

const rest = (schema: Json): unknown => {
  const pattern = Object.values(record(schema["patternProperties"]))[0]
  return schema["additionalProperties"] ?? pattern ?? true
}

/** `__proto__` is a name as any other */
const setOwn = (target: Record<string, unknown>, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
}

const buildArray = (judge: Judge, schema: Json, random: Chance, generous: number, depth: number): ReadonlyArray<unknown> => {
  const low = typeof schema["minItems"] === "number" ? schema["minItems"] : 0
  const high = typeof schema["maxItems"] === "number" ? schema["maxItems"] : low + 2
  const length = depth > 6 || generous === 0 ? low : random.int(low, Math.max(low, Math.min(high, low + 2)))
  const first = list(schema["prefixItems"])
  const out: Array<unknown> = []
  const seen = new Set<string>()
  if (depth >= deepest) return out
  for (let i = 0, tries = 0; i < Math.max(length, first.length) && tries < length + first.length + 40; tries++) {
    const item = i < first.length ? build(judge, first[i], random, generous, depth + 1) : build(judge, schema["items"] ?? true, random, generous, depth + 1)
    const key = JSON.stringify(item)
    if (schema["uniqueItems"] === true && seen.has(key)) continue
    seen.add(key)
    out.push(item)
    i++
  }
  return out
}

const hex = (random: Chance, length: number): string => Array.from({ length }, () => random.int(0, 15).toString(16)).join("")

const formatted = (format: string, random: Chance): string | undefined => {
  const two = (low: number, high: number) => String(random.int(low, high)).padStart(2, "0")
  const date = () => `20${two(10, 35)}-${two(1, 12)}-${two(1, 28)}`
  switch (format) {
    case "date-time":
    case "google-datetime":
      return `${date()}T${two(0, 23)}:${two(0, 59)}:${two(0, 59)}Z`
    case "date":
      return date()
    case "time":
      return `${two(0, 23)}:${two(0, 59)}:${two(0, 59)}Z`
    case "duration":
      return `PT${random.int(1, 50)}M`
    case "google-duration":
      return `${random.int(0, 100)}.5s`
    case "uuid":
      return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`
    case "uri":
    case "url":
      return `https://example.com/${random.pick(words)}`
    case "email":
      return `${random.pick(words)}@example.com`
    case "hostname":
      return `${random.pick(words)}.example.com`
    case "ipv4":
      return `192.0.2.${random.int(1, 254)}`
    case "ipv6":
      return `2001:db8::${hex(random, 4)}`
    case "byte":
      return Buffer.from(random.pick(words)).toString("base64")
    case "int64":
    case "uint64":
    case "int32":
    case "uint32":
    case "decimal":
    case "double":
    case "float":
      return String(random.int(0, 100_000))
    default:
      return undefined
  }
}

const buildText = (schema: Json, random: Chance): string => {
  if (typeof schema["pattern"] === "string") {
    // word boundaries and what looks ahead are beyond what texts are made from; the result is held against the pattern all the same
    const whole = ecmaPattern(schema["pattern"])
    for (const [pattern, flags] of [[whole, "u"], [whole, ""], [whole.replace(/\\b|\(\?[!=][^()]*\)/g, ""), ""]] as const) {
      try {
        const low = typeof schema["minLength"] === "number" ? schema["minLength"] : 0
        const high = typeof schema["maxLength"] === "number" ? schema["maxLength"] : Infinity
        const expression = new RegExp(pattern, flags)
        const candidates = fc.sample(fc.stringMatching(expression), { numRuns: 6, seed: random.int(1, 2 ** 30) })
        // a text that is too short may fit when it is repeated
        const repeated = candidates.filter((candidate) => candidate !== "").map((candidate) => candidate.repeat(Math.ceil(low / candidate.length)).slice(0, Math.max(low, Math.min(high, low + 1))))
        const found = [...candidates, ...repeated].find((candidate) => candidate.length >= low && candidate.length <= high && expression.test(candidate))
        if (found !== undefined) return found
      } catch {
        // not an expression that texts can be made from
      }
    }
  }
  const special = typeof schema["format"] === "string" ? formatted(schema["format"], random) : undefined
  if (special !== undefined) return special
  const low = typeof schema["minLength"] === "number" ? schema["minLength"] : 1
  const high = typeof schema["maxLength"] === "number" ? schema["maxLength"] : Infinity
  let text = random.pick(words)
  while (text.length < low) text += `-${random.pick(words)}`
  return text.slice(0, Math.max(low, Math.min(high, text.length)))
}

const buildNumber = (schema: Json, random: Chance, whole: boolean): number => {
  const number = (key: string): number | undefined => typeof schema[key] === "number" ? schema[key] : undefined
  const above = number("exclusiveMinimum")
  const below = number("exclusiveMaximum")
  const step = number("multipleOf") ?? (whole ? 1 : 0.5)
  const low = Math.max(number("minimum") ?? -Infinity, above === undefined ? -Infinity : above + step)
  const high = Math.min(number("maximum") ?? Infinity, below === undefined ? Infinity : below - step)
  const from = low > -Infinity ? low : Math.min(0, high)
  const to = high < Infinity ? high : from + 1000 * step
  const value = Math.ceil(from / step) * step + random.int(0, Math.max(0, Math.min(1000, Math.floor((to - from) / step)))) * step
  const rounded = Number(value.toFixed(6))
  // `integer` with bounds like 0.5, or a step that leads past the end
  return rounded > high ? high : rounded < low ? low : whole ? Math.round(rounded) : rounded
}
