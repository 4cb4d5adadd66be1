/**
 * Two shapes of one place, compared by what goes which way: a request may hold more and more, an answer may promise more and more.
 */
import type { Config } from "../config.ts"
import type { Check, Field, Literal, RecordShape, Shape, UnionShape } from "../model/Shape.ts"
import { type Plan, resolve } from "../plan/Plan.ts"
import type { Direction } from "./Change.ts"
import { type At, down, named, type Note } from "./findings.ts"
import { compareLimits } from "./limits.ts"
import type { Pairs } from "./pairs.ts"
import type { Version } from "./Version.ts"

export interface Comparison {
  readonly config: Config
  readonly old: Version
  readonly new: Version
  readonly pairs: Pairs
  readonly note: Note
  /** two models that are each other's: they are compared on their own, once */
  readonly models: (oldId: string, newId: string, direction: Direction) => void
}

/** Where shapes are compared: data always goes one way. */
export interface ShapeAt extends At {
  readonly direction: Direction
}

/** So many shapes are looked at on one way. Only models that take each other's place, and hold others that do, can be more: they would never end. */
const maxSteps = 20_000
/** So many models that took others' places are followed into each other. */
const maxNested = 40

/** formats that are more than a hint: a text that is none is refused */
const demanding = new Set([
  "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri",
  "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex", "byte", "base64url", "decimal"
])

/** A shape in words. */
const words = (shape: Shape, plan: Plan): string => {
  switch (shape.kind) {
    case "unknown":
      return "any value"
    case "never":
      return "no value"
    case "null":
      return "null"
    case "boolean":
      return "a boolean"
    case "string":
      return shape.format === undefined ? "a text" : `a text (${shape.format})`
    case "number":
      return shape.integer ? "a whole number" : "a number"
    case "literals":
      return shape.values.length === 1 ? JSON.stringify(shape.values[0]) : `one of ${list(shape.values)}`
    case "binary":
      return "bytes"
    case "array":
      return `a list of ${words(shape.item, plan)}`
    case "tuple":
      return `a list of ${shape.items.length} items`
    case "record":
      return "an object"
    case "union":
      return "one of several variants"
    case "nullable":
      return `${words(shape.of, plan)} or null`
    case "model":
      return `\`${plan.models.get(shape.id)?.name ?? "unknown"}\``
  }
}

const list = (values: ReadonlyArray<Literal>): string => {
  const shown = values.slice(0, 6).map((value) => JSON.stringify(value))
  return `${shown.join(", ")}${values.length > shown.length ? ", …" : ""}`
}

/** The kind of JSON value, where all values of a shape have one. */
const primitive = (shape: Shape): string | undefined => {
  if (shape.kind === "string" || shape.kind === "boolean" || shape.kind === "number") return shape.kind
  if (shape.kind !== "literals") return undefined
  const [kind, ...more] = new Set(shape.values.map((value) => typeof value))
  return more.length === 0 ? kind : undefined
}

export const makeShapes = (cx: Comparison): (a: Shape, b: Shape, at: ShapeAt) => void => {
  const { config, note, pairs } = cx
  const closed = config.enums === "closed"

  const isRequest = (at: ShapeAt): boolean => at.direction === "request"

  const into = (at: ShapeAt, step: string, ...keywords: ReadonlyArray<string>): ShapeAt => ({
    ...down(at, step, cx.old, cx.new, (spots, spot) => spots.down(spot, ...keywords)),
    direction: at.direction
  })

  /** the keyword that a change is about, at the same place */
  const keyword = (at: ShapeAt, ...keywords: ReadonlyArray<string>): ShapeAt => into(at, "", ...keywords)

  const ofModel = (id: string, version: Version): Shape => version.plan.models.get(id)?.model.shape ?? { kind: "unknown" }

  /** a model that stands for variants, or for null and something, is those; any other is itself */
  const opened = (shape: Shape, version: Version): Shape => {
    let at = shape
    for (let hops = 0; at.kind === "model" && hops < 64; hops++) at = ofModel(at.id, version)
    return at.kind === "union" || at.kind === "nullable" ? at : shape
  }

  const changed = (a: Shape, b: Shape, at: ShapeAt): void => {
    const from = words(a, cx.old.plan), to = words(b, cx.new.plan)
    note(keyword(at, "type"), "type-changed", "breaking", `${named(at)} is ${to} now, so far ${from}`, isRequest(at) ? "calls that give the latter fail" : "the client expects the latter")
  }

  const widened = (a: Shape, b: Shape, at: ShapeAt, then: string): void =>
    note(keyword(at, "type"), "type-widened", isRequest(at) ? "feature" : "breaking", `${named(at)} may be ${words(b, cx.new.plan)} now, so far ${words(a, cx.old.plan)}`, then)

  const narrowed = (a: Shape, b: Shape, at: ShapeAt, then: string): void =>
    note(keyword(at, "type"), "type-narrowed", isRequest(at) ? "breaking" : "feature", `${named(at)} has to be ${words(b, cx.new.plan)} now, so far ${words(a, cx.old.plan)}`, then)

  const compare = (a: Shape, b: Shape, at: ShapeAt, met: ReadonlySet<string>, left: { steps: number }): void => {
    let seen = met
    if (left.steps-- <= 0) return
    const inner = (x: Shape, y: Shape, next: ShapeAt = at): void => compare(x, y, next, seen, left)
    if (a.kind === "model" && b.kind === "model" && (pairs.counterpart(a.id) === b.id || pairs.join(a.id, b.id))) return cx.models(a.id, b.id, at.direction)
    // another model than before: what matters is what they hold
    if (a.kind === "model" && b.kind === "model") {
      const pair = `${a.id} ${b.id}`
      if (seen.has(pair) || seen.size >= maxNested) return
      seen = new Set([...seen, pair])
    }
    const from = opened(a, cx.old), to = opened(b, cx.new)
    if (from.kind === "nullable" || to.kind === "nullable") return nulls(from, to, at, inner)
    if (from.kind === "union" || to.kind === "union") return unions(from, to, at, inner)
    if (a.kind === "model" && b.kind === "model") return inner(ofModel(a.id, cx.old), ofModel(b.id, cx.new))
    if (a.kind === "model") return inner(ofModel(a.id, cx.old), b)
    if (b.kind === "model") return inner(a, ofModel(b.id, cx.new))
    if (a.kind === "unknown" && b.kind === "unknown") return
    if (b.kind === "unknown") return widened(a, b, at, isRequest(at) ? "more can be sent" : "its type is lost")
    if (a.kind === "unknown") return narrowed(a, b, at, isRequest(at) ? "calls that give something else fail" : "its type is known")
    if (a.kind === "record" && b.kind === "record") return records(a, b, at, inner)
    if (a.kind === "array" && b.kind === "array") {
      limits(a.checks, b.checks, false, at)
      return inner(a.item, b.item, into(at, "[]", "items"))
    }
    if (a.kind === "tuple" && b.kind === "tuple") return tuples(a, b, at, inner)
    if (a.kind === "string" && b.kind === "string") return texts(a, b, at)
    if (a.kind === "number" && b.kind === "number") return numbers(a, b, at)
    if (a.kind === "literals" || b.kind === "literals") return literals(a, b, at)
    if (a.kind !== b.kind) changed(a, b, at)
  }

  type Inner = (x: Shape, y: Shape, next?: ShapeAt) => void

  const nulls = (a: Shape, b: Shape, at: ShapeAt, inner: Inner): void => {
    const from = a.kind === "nullable" ? a.of : a
    const to = b.kind === "nullable" ? b.of : b
    const took = a.kind === "nullable" || a.kind === "unknown" || a.kind === "null"
    const takes = b.kind === "nullable" || b.kind === "unknown" || b.kind === "null"
    if (!took && takes) {
      note(keyword(at, "nullable", "x-nullable", "type"), "null-added", isRequest(at) ? "feature" : "breaking", `${named(at)} may be null now`, isRequest(at) ? "null can be sent" : "code that does not expect it fails")
    }
    if (took && !takes) {
      note(keyword(at, "nullable", "x-nullable", "type"), "null-removed", isRequest(at) ? "breaking" : "feature", `${named(at)} may no longer be null`, isRequest(at) ? "calls that send null fail" : "it need not be looked for")
    }
    // null alone, become one of two: only what came with it is new
    if (from.kind === "null" || to.kind === "null") return from.kind === to.kind ? undefined : a.kind === "null" ? widened(a, b, at, "more than null fits") : narrowed(a, b, at, "only null fits")
    inner(from, to)
  }

  const limits = (a: ReadonlyArray<Check>, b: ReadonlyArray<Check>, integer: boolean, at: ShapeAt): void => {
    for (const { from, name, to, way } of compareLimits(a, b, integer)) {
      const place = keyword(at, name, name === "minimum" ? "exclusiveMinimum" : name === "maximum" ? "exclusiveMaximum" : name)
      const fact = `${name} of ${named(at)} is ${to} now, so far ${from}`
      if (isRequest(at)) {
        if (way === "loosened") note(place, "limit-loosened", "feature", fact, "more can be sent")
        else note(place, way === "changed" ? "limit-changed" : "limit-tightened", "breaking", fact, "calls that were within the limit fail")
      } else if (way === "tightened") note(place, "limit-tightened", "fix", fact, "answers stay within the former limit")
      else {
        const held = config.checkOutput === true
        const then = held ? "a client that checks answers refuses what is beyond" : "answers may go beyond the former limit, which the client does not check"
        note(place, way === "changed" ? "limit-changed" : "limit-loosened", held ? "breaking" : "feature", fact, then)
      }
    }
  }

  const texts = (a: Extract<Shape, { readonly kind: "string" }>, b: Extract<Shape, { readonly kind: "string" }>, at: ShapeAt): void => {
    limits(a.checks, b.checks, false, at)
    if (a.format === b.format) return
    const fact = `the format of ${named(at)} is ${b.format ?? "open"} now, so far ${a.format ?? "open"}`
    const place = keyword(at, "format")
    const from = demanding.has(a.format ?? ""), to = demanding.has(b.format ?? "")
    const typed = (format: string | undefined): boolean => (format === "date-time" && config.formats?.dateTime === "DateTime") || (format === "byte" && config.formats?.byte === "bytes")
    if (typed(a.format) || typed(b.format)) note(place, "format-changed", "breaking", fact, "its type is another one")
    else if (from && to) note(place, "format-changed", "breaking", fact, isRequest(at) ? "calls that give the former one fail" : "code that reads the former one fails")
    else if (to) note(place, "format-changed", isRequest(at) ? "breaking" : "fix", fact, isRequest(at) ? "calls that give another text fail" : "answers keep to it")
    else if (from) note(place, "format-changed", "feature", fact, isRequest(at) ? "other texts can be sent" : "other texts may come")
    else note(place, "format-changed", "fix", fact, "the client takes it as the text it is")
  }

  const numbers = (a: Extract<Shape, { readonly kind: "number" }>, b: Extract<Shape, { readonly kind: "number" }>, at: ShapeAt): void => {
    limits(a.checks, b.checks, a.integer && b.integer, at)
    if (a.integer !== b.integer) {
      if (!b.integer) return widened(a, b, at, isRequest(at) ? "fractions can be sent" : "the client refuses fractions")
      const fact = `${named(at)} is a whole number now, so far any`
      return note(keyword(at, "type"), "type-narrowed", isRequest(at) ? "breaking" : "fix", fact, isRequest(at) ? "calls that give a fraction fail" : "answers hold no fractions")
    }
    const big = a.format === "int64" || b.format === "int64"
    if (!a.integer || a.format === b.format || (!big && a.format !== "int32" && b.format !== "int32")) return
    const fact = `the format of ${named(at)} is ${b.format ?? "open"} now, so far ${a.format ?? "open"}`
    const place = keyword(at, "format")
    if (big && config.formats?.int64 !== undefined && config.formats.int64 !== "number") note(place, "format-changed", "breaking", fact, "its type is another one")
    else if (a.format === "int32") note(place, "format-changed", "feature", fact, isRequest(at) ? "greater numbers can be sent" : "greater numbers may come")
    else if (b.format === "int32") note(place, "format-changed", isRequest(at) ? "breaking" : "fix", fact, isRequest(at) ? "calls that give a greater number fail" : "answers hold no greater numbers")
    else note(place, "format-changed", "fix", fact, "the client takes both alike")
  }

  const literals = (a: Shape, b: Shape, at: ShapeAt): void => {
    const place = keyword(at, "enum", "const")
    if (a.kind === "literals" && b.kind === "literals") {
      const gone = a.values.filter((value) => !b.values.includes(value))
      const added = b.values.filter((value) => !a.values.includes(value))
      // nothing in common: it is another thing, and not a longer list
      if (gone.length === a.values.length && primitive(a) !== primitive(b)) return changed(a, b, at)
      for (const value of gone) {
        const fact = `${named(at)} has no value ${JSON.stringify(value)} any more`
        note(place, "value-removed", isRequest(at) ? "breaking" : "feature", fact, isRequest(at) ? "calls that give it fail" : "code that looks for it waits in vain")
      }
      for (const value of added) {
        const fact = `${named(at)} has a new value ${JSON.stringify(value)}`
        if (isRequest(at)) note(place, "value-added", "feature", fact, "it can be sent")
        else if (closed || a.fixed) note(place, "value-added", "breaking", fact, "the client refuses it, as its list of values is closed")
        else note(place, "value-added", "feature", fact, "its list of values is open, so that clients of OLD give it as `Unrecognized`")
      }
      if (!isRequest(at) && a.fixed !== b.fixed && !closed) {
        if (a.fixed && added.length === 0) note(place, "type-widened", "breaking", `${named(at)} is no constant any more`, "its list of values is open: code that takes the constant for granted does not compile")
        if (b.fixed) note(place, "type-narrowed", "feature", `${named(at)} is a constant now`, "no other value comes")
      }
      return
    }
    const kind = primitive(a)
    if (kind === undefined || kind !== primitive(b)) return changed(a, b, at)
    const whole = (values: ReadonlyArray<Literal>, of: Shape): boolean => of.kind !== "number" || !of.integer || values.every((value) => Number.isInteger(value))
    if (a.kind === "literals") return whole(a.values, b) ? widened(a, b, at, isRequest(at) ? "other values can be sent" : "any other value may come") : changed(a, b, at)
    if (b.kind !== "literals") return
    if (isRequest(at)) return narrowed(a, b, at, "calls that give another value fail")
    if (b.fixed || closed) return narrowed(a, b, at, "no other value comes")
    note(place, "type-narrowed", "breaking", `${named(at)} is ${words(b, cx.new.plan)} now, so far ${words(a, cx.old.plan)}`, "its type is an open list of values, and no longer the plain one")
  }

  const tuples = (a: Extract<Shape, { readonly kind: "tuple" }>, b: Extract<Shape, { readonly kind: "tuple" }>, at: ShapeAt, inner: Inner): void => {
    const place = keyword(at, "prefixItems", "items")
    for (const [index, item] of a.items.entries()) {
      const other = b.items[index] ?? b.rest
      if (other === undefined) note(place, "member-removed", "breaking", `item ${index} of ${named(at)} is gone`, isRequest(at) ? "calls that give it fail" : "code that reads it fails")
      else inner(item, other, into(at, `[${index}]`))
    }
    for (const [index, item] of b.items.entries()) {
      if (index < a.items.length) continue
      if (a.rest !== undefined) inner(a.rest, item, into(at, `[${index}]`))
      else note(place, "member-added", index < b.required && isRequest(at) ? "breaking" : "feature", `${named(at)} has a new item ${index}`, index < b.required && isRequest(at) ? "calls without it fail" : "it can be used")
    }
    const shared = Math.min(a.items.length, b.items.length)
    const before = Math.min(a.required, shared), now = Math.min(b.required, shared)
    if (now > before) note(place, "member-required", isRequest(at) ? "breaking" : "feature", `${named(at)} has at least ${now} items now, so far ${before}`, isRequest(at) ? "calls with less fail" : "they are always there")
    if (now < before) note(place, "member-optional", isRequest(at) ? "feature" : "breaking", `${named(at)} has at least ${now} items now, so far ${before}`, isRequest(at) ? "less can be sent" : "code that takes more for granted fails")
    if (a.rest !== undefined && b.rest !== undefined) inner(a.rest, b.rest, into(at, "[]", "items", "additionalItems"))
  }

  const records = (a: RecordShape, b: RecordShape, at: ShapeAt, inner: Inner): void => {
    const isThere = (field: Field): boolean => !(isRequest(at) ? field.readOnly : field.writeOnly)
    const from = new Map(a.fields.filter(isThere).map((field) => [field.name, field]))
    const to = new Map(b.fields.filter(isThere).map((field) => [field.name, field]))
    const named_ = (name: string): ShapeAt => ({ ...down(at, name, cx.old, cx.new, (spots, spot) => spots.field(spot, name)), direction: at.direction })
    for (const [name, field] of from) {
      const next = named_(name)
      const other = to.get(name)
      if (other !== undefined) member(field, other, next, inner)
      else {
        const other = isRequest(at) ? "calls that give it do not compile, and may be refused" : "code that reads it finds nothing"
        note(next, "member-removed", "breaking", `member ${named(next)} is gone`, other)
      }
    }
    for (const [name, field] of to) {
      if (from.has(name)) continue
      const next = named_(name)
      if (isRequest(at) && field.required) note(next, "member-added", "breaking", `member ${named(next)} is new and required`, "calls without it fail")
      else note(next, "member-added", "feature", `member ${named(next)} is new`, isRequest(at) ? "it can be sent" : "it can be read")
    }
    demanded(a, b, at)
    if (a.additional !== undefined && b.additional !== undefined) inner(a.additional, b.additional, into(at, "[name]", "additionalProperties"))
    else if (a.additional !== undefined) note(keyword(at, "additionalProperties"), "member-removed", "breaking", `${named(at)} has no members of any name any more`, isRequest(at) ? "calls that give them do not compile" : "code that reads them does not compile")
    else if (b.additional !== undefined) note(keyword(at, "additionalProperties"), "member-added", "feature", `${named(at)} may have members of any name now`, isRequest(at) ? "they can be sent" : "they can be read")
    for (const entry of a.prefixed) {
      const other = b.prefixed.find(({ prefix }) => prefix === entry.prefix)
      if (other !== undefined) inner(entry.shape, other.shape, into(at, `[${entry.prefix}…]`, "patternProperties"))
      else note(keyword(at, "patternProperties"), "member-removed", "breaking", `${named(at)} has no members ${entry.prefix}… any more`, isRequest(at) ? "calls that give them do not compile" : "code that reads them does not compile")
    }
    for (const { prefix } of b.prefixed) {
      if (!a.prefixed.some((entry) => entry.prefix === prefix)) note(keyword(at, "patternProperties"), "member-added", "feature", `${named(at)} may have members ${prefix}… now`, isRequest(at) ? "they can be sent" : "they can be read")
    }
    limits(a.checks, b.checks, false, at)
  }

  /** names that have to be there, although no field describes them */
  const demanded = (a: RecordShape, b: RecordShape, at: ShapeAt): void => {
    const place = keyword(at, "required")
    for (const name of b.required) {
      if (a.required.includes(name) || a.fields.some((field) => field.name === name)) continue
      note(place, "member-required", isRequest(at) ? "breaking" : "feature", `${named(at)} has to have a member \`${name}\` now`, isRequest(at) ? "calls without it fail" : "it is always there")
    }
    for (const name of a.required) {
      if (b.required.includes(name) || b.fields.some((field) => field.name === name)) continue
      note(place, "member-optional", isRequest(at) ? "feature" : "breaking", `${named(at)} need not have a member \`${name}\` any more`, isRequest(at) ? "it may be left out" : "code that takes it for granted fails")
    }
  }

  const member = (a: Field, b: Field, at: ShapeAt, inner: Inner): void => {
    const what = `member ${named(at)}`
    if (!a.required && b.required) note(at, "member-required", isRequest(at) ? "breaking" : "feature", `${what} is now required`, isRequest(at) ? "calls without it fail" : "it is always there")
    if (a.required && !b.required) note(at, "member-optional", isRequest(at) ? "feature" : "breaking", `${what} is no longer required`, isRequest(at) ? "it may be left out" : "code that takes it for granted fails")
    if (a.docs.deprecated !== true && b.docs.deprecated === true) note(at, "member-deprecated", "feature", `${what} is deprecated now`, "it may go with a later version")
    if (a.docs.deprecated === true && b.docs.deprecated !== true) note(at, "member-undeprecated", "fix", `${what} is no longer deprecated`, "it stays")
    if (isRequest(at)) defaults(a.docs.default, b.docs.default, what, at)
    else if (config.defaults === true) filled(a, b, what, at)
    inner(a.shape, b.shape, at)
  }

  /** what an absent member of an answer becomes, where the config asks for it */
  const filled = (a: Field, b: Field, what: string, at: ShapeAt): void => {
    if (a.required || b.required || JSON.stringify(a.docs.default) === JSON.stringify(b.docs.default)) return
    const place = keyword(at, "default")
    const fact = `the default of ${what} is ${shownDefault(b.docs.default)} now, so far ${shownDefault(a.docs.default)}`
    if (b.docs.default === undefined) note(place, "default-changed", "breaking", fact, "where it is absent nothing takes its place any more")
    else note(place, "default-changed", a.docs.default === undefined ? "feature" : "breaking", fact, "this takes its place where it is absent")
  }

  /** what a server does where a member or parameter is left out */
  const defaults = (a: unknown, b: unknown, what: string, at: ShapeAt): void => {
    if (JSON.stringify(a) === JSON.stringify(b)) return
    const known = a !== undefined && b !== undefined
    const fact = `the default of ${what} is ${shownDefault(b)} now, so far ${shownDefault(a)}`
    const then = known ? "calls without it mean something else" : "the server says more, or less, of what it does without it"
    note(keyword(at, "default"), "default-changed", known ? "breaking" : "fix", fact, then)
  }

  const unions = (a: Shape, b: Shape, at: ShapeAt, inner: Inner): void => {
    const from = unionOf(a), to = unionOf(b)
    const first = from.discriminator, second = to.discriminator
    const place = keyword(at, "discriminator", "oneOf", "anyOf")
    if (a.kind === "union" && b.kind === "union" && first !== undefined && second !== undefined) {
      if (first.property !== second.property) note(place, "discriminator-changed", "breaking", `\`${second.property}\` tells the variants of ${named(at)} apart now, so far \`${first.property}\``, "code that looks at the latter fails")
      const others = new Map(second.mapping)
      const known = new Set(first.mapping.map(([name]) => name))
      for (const [name, variant] of first.mapping) {
        const other = others.get(name)
        if (other === undefined) variants("variant-removed", `a variant \`${name}\``, at, true)
        else inner(variant, other, into(at, `(${name})`))
      }
      for (const [name] of second.mapping) if (!known.has(name)) variants("variant-added", `a variant \`${name}\``, at, true)
      if (first.otherwise !== undefined && second.otherwise !== undefined) inner(first.otherwise, second.otherwise)
      else if (first.otherwise !== undefined) variants("variant-removed", `a variant without \`${first.property}\``, at, true)
      else if (second.otherwise !== undefined) variants("variant-added", `a variant without \`${second.property}\``, at, true)
      return
    }
    if (a.kind === "union" && b.kind === "union") {
      const apart = `the variants of ${named(at)} apart`
      if (first === undefined && second !== undefined) {
        note(place, "discriminator-added", isRequest(at) ? "breaking" : "feature", `\`${second.property}\` tells ${apart} now`, isRequest(at) ? "it has to be sent" : "code can look at it")
      }
      if (first !== undefined && second === undefined) {
        const then = isRequest(at) ? "it need not be sent" : "code that looks at it does not compile"
        note(place, "discriminator-removed", isRequest(at) ? "feature" : "breaking", `\`${first.property}\` does not tell ${apart} any more`, then)
      }
    }
    const couples = coupled(from.variants, to.variants)
    // one thing, become one of several that it is none of
    if (couples.length === 0) return changed(a, b, at)
    const both = a.kind === "union" && b.kind === "union"
    for (const variant of from.variants) if (!couples.some(([one]) => one === variant)) variants("variant-removed", `a variant (${words(variant, cx.old.plan)})`, at, both)
    for (const variant of to.variants) if (!couples.some(([, other]) => other === variant)) variants("variant-added", `a variant (${words(variant, cx.new.plan)})`, at, both)
    for (const [one, other] of couples) inner(one, other)
  }

  /** `both`: it was a union, and is one */
  const variants = (rule: "variant-added" | "variant-removed", what: string, at: ShapeAt, both: boolean): void => {
    const place = keyword(at, "oneOf", "anyOf", "discriminator")
    if (rule === "variant-removed") {
      note(place, rule, isRequest(at) ? "breaking" : "feature", `${named(at)} no longer has ${what}`, isRequest(at) ? "calls that give it fail" : "code that looks for it waits in vain")
    } else if (isRequest(at)) note(place, rule, "feature", `${named(at)} now has ${what}`, "it can be sent")
    else if (both && !closed) note(place, rule, "feature", `${named(at)} now has ${what}`, "its list of variants is open, so that clients of OLD give it as `Unrecognized`")
    else note(place, rule, "breaking", `${named(at)} now has ${what}`, both ? "the client refuses it, as its list of variants is closed" : "so far there was one kind of it only")
  }

  const unionOf = (shape: Shape): UnionShape => shape.kind === "union" ? shape : { kind: "union", variants: [shape], discriminator: undefined }

  /** variants that are the same, or that are what became of each other */
  const coupled = (from: ReadonlyArray<Shape>, to: ReadonlyArray<Shape>): ReadonlyArray<readonly [Shape, Shape]> => {
    const out: Array<readonly [Shape, Shape]> = []
    const free = (one: Shape, index: 0 | 1): boolean => !out.some((couple) => couple[index] === one)
    const couple = (fits: (one: Shape, other: Shape) => boolean): void => {
      for (const one of from) {
        const other = free(one, 0) ? to.find((candidate) => free(candidate, 1) && fits(one, candidate)) : undefined
        if (other !== undefined) out.push([one, other])
      }
    }
    couple((one, other) => one.kind === "model" && other.kind === "model" && pairs.counterpart(one.id) === other.id)
    couple(pairs.alike)
    // what became of each other: of the same kind, and with the most names in common
    const likely = from.flatMap((one) => free(one, 0) ? to.flatMap((other) => free(other, 1) ? [{ one, other, likeness: likeness(one, other) }] : []) : [])
    for (const { likeness, one, other } of likely.sort((x, y) => y.likeness - x.likeness)) if (likeness > 0 && free(one, 0) && free(other, 1)) out.push([one, other])
    return out
  }

  /** how likely it is that one became the other: 0 to 1 */
  const likeness = (a: Shape, b: Shape): number => {
    const from = resolve(a, cx.old.plan.models), to = resolve(b, cx.new.plan.models)
    if ((primitive(from) ?? from.kind) !== (primitive(to) ?? to.kind)) return 0
    if (from.kind !== "record" || to.kind !== "record") return 0.5
    const names = new Set(from.fields.map(({ name }) => name))
    const shared = to.fields.filter(({ name }) => names.has(name)).length
    const all = names.size + to.fields.length - shared
    return all === 0 ? 1 : shared / all
  }

  return (a, b, at) => {
    compare(a, b, at, new Set(), { steps: maxSteps })
  }
}

export const shownDefault = (value: unknown): string => value === undefined ? "unknown" : JSON.stringify(value)

