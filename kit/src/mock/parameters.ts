/**
 * Values of parameters, read back from the layout that they have on the wire.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#style-values the styles of OpenAPI
 * @see https://www.rfc-editor.org/rfc/rfc6570 URI Template: what they are made of
 */
import type * as SchemaAST from "effect/SchemaAST"
import { isList, list, listOrJson, memberAst, record, scalar } from "../values/coerce.ts"
import { setMember, tryJson } from "../values/json.ts"
import { recordAst, wireMembers } from "../values/wireAst.ts"
import { type MockField, schemaOf } from "./MockEndpoint.ts"

/** What a field says of its layout. */
export interface Layout {
  readonly key: string
  readonly name: string
  readonly ast: SchemaAST.AST
  readonly style: string | undefined
  readonly explode: boolean | undefined
  readonly json: boolean
  readonly segments: boolean
}

export const layoutOf = (key: string, field: MockField): Layout => {
  const options = "~credence/param" in field ? field : undefined
  return {
    key,
    name: options?.name ?? key,
    ast: schemaOf(field).ast,
    style: options?.style,
    explode: options?.explode,
    json: options?.json ?? false,
    segments: options?.segments ?? false
  }
}

/** Undoes percent-encoding; a stray `%` stands for itself. */
export const decodePercent = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const decodeForm = (text: string): string => decodePercent(text.replaceAll("+", " "))

/** Is it a record, and not a text or number that may also be a record? */
const isRecordLike = (ast: SchemaAST.AST): boolean =>
  recordAst(ast) !== undefined && !wireMembers(ast).some((member) => member._tag === "String" || member._tag === "Arrays")

const pairsOf = (parts: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  parts.flatMap((name, index) => index % 2 === 0 ? [[name, parts[index + 1] ?? ""] as const] : [])

const assigned = (parts: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  parts.map((part) => {
    const equals = part.indexOf("=")
    return equals < 0 ? [part, ""] as const : [part.slice(0, equals), part.slice(equals + 1)] as const
  })

/** A value whose parts have been split; each is decoded by itself. */
const fromParts = (layout: Layout, parts: ReadonlyArray<string>, whole: string, explode: boolean, decode: (text: string) => string): unknown => {
  const { ast } = layout
  if (layout.json) {
    const text = decode(whole)
    return tryJson(text)?.value ?? text
  }
  if (isList(ast)) return whole === "" ? [] : listOrJson(ast, parts.map(decode))
  if (isRecordLike(ast)) {
    const json = /^\s*(?:\{|%7B)/i.test(whole) ? tryJson(decode(whole)) : undefined
    return json === undefined ? record(ast, (explode ? assigned(parts) : pairsOf(parts)).map(([name, text]) => [decode(name), decode(text)] as const)) : json.value
  }
  return scalar(ast, decode(whole))
}

/** A value of the path, still percent-encoded. */
export const pathValue = (layout: Layout, raw: string): unknown => {
  const explode = layout.explode ?? false
  if (layout.segments) return raw === "" ? "/" : decodePercent(raw)
  switch (layout.style) {
    case "label": {
      const text = raw.replace(/^\./, "")
      return fromParts(layout, text.split(explode ? "." : ","), text, explode, decodePercent)
    }
    case "matrix": {
      const parts = raw.split(";").slice(1)
      const values = assigned(parts).map(([name, text]) => [decodePercent(name), text] as const)
      if (explode && isRecordLike(layout.ast)) return record(layout.ast, values.map(([name, text]) => [name, decodePercent(text)] as const))
      const own = values.filter(([name]) => name === layout.name).map(([, text]) => text)
      const whole = own.join(",")
      return fromParts(layout, explode ? own : whole.split(","), whole, explode, decodePercent)
    }
    default:
      return fromParts(layout, raw.split(","), raw, explode, decodePercent)
  }
}

/** A value of a header; it is not percent-encoded. */
export const headerValue = (layout: Layout, text: string): unknown =>
  fromParts(layout, text.split(",").map((part) => part.trim()), text.trim(), layout.explode ?? false, (part) => part)

/** The value of a cookie, by the pairs that were sent. */
export const cookieValue = (layout: Layout, pairs: ReadonlyArray<readonly [name: string, text: string]>): { readonly value: unknown } | undefined => {
  const explode = layout.explode ?? false
  if (explode && isRecordLike(layout.ast)) {
    const known = recordAst(layout.ast)
    const own = pairs.filter(([name]) => known !== undefined && memberAst(known, name) !== undefined)
    return own.length === 0 ? undefined : { value: record(layout.ast, own.map(([name, text]) => [decodePercent(name), decodePercent(text)] as const)) }
  }
  const own = pairs.filter(([name]) => name === layout.name || decodePercent(name) === layout.name).map(([, text]) => text)
  if (own.length === 0) return undefined
  const whole = own.join(",")
  return { value: fromParts(layout, explode ? own : whole.split(","), whole, explode, decodePercent) }
}

/** A query or form: its pairs, still percent-encoded. */
export interface Pairs {
  readonly all: ReadonlyArray<readonly [name: string, raw: string]>
  /** how a name or text of it is decoded */
  readonly decode: (text: string) => string
}

/** The pairs of a query or form as they came. */
export const readPairs = (text: string): Pairs => ({
  all: assigned(text.split("&").filter((pair) => pair !== "")).map(([name, raw]) => [decodeForm(name), raw] as const),
  decode: decodeForm
})

const separators: Readonly<Record<string, RegExp>> = { spaceDelimited: /%20|\+| /, pipeDelimited: /%7[Cc]|\|/, tabDelimited: /%09|\t/ }

/** The value of a query parameter or of a form's member; `undefined`: it is not there. `taken` are names that are parameters of their own. */
export const queryValue = (layout: Layout, { all, decode }: Pairs, taken: ReadonlySet<string>): { readonly value: unknown } | undefined => {
  const explode = layout.explode ?? true
  const { ast, name, style } = layout
  const own = all.filter(([given]) => given === name).map(([, raw]) => raw)
  if (style === "deepObject") {
    const prefix = `${name}[`
    const members = all.flatMap(([given, raw]) =>
      given.startsWith(prefix) && given.endsWith("]") ? [[given.slice(prefix.length, -1).split("]["), decode(raw)] as const] : [])
    if (members.length > 0) return { value: nested(ast, members) }
  }
  if (own.length === 0) {
    // each member of an exploded record is a parameter of its own
    if (!explode || layout.json || !isRecordLike(ast) || (style !== undefined && style !== "form")) return undefined
    const known = recordAst(ast)
    const members = all.filter(([given]) => known !== undefined && !taken.has(given) && memberAst(known, given) !== undefined)
    return members.length === 0 ? undefined : { value: record(ast, members.map(([given, raw]) => [given, decode(raw)] as const)) }
  }
  const separator = style === undefined ? undefined : separators[style]
  if (isList(ast) && !layout.json && explode && separator === undefined) return { value: listOrJson(ast, own.map(decode)) }
  const whole = own.join(",")
  return { value: fromParts(layout, own.flatMap((raw) => raw.split(separator ?? ",")), whole, false, decode) }
}

/** `filter[a][b]=1` */
const nested = (ast: SchemaAST.AST, members: ReadonlyArray<readonly [path: ReadonlyArray<string>, text: string]>): Readonly<Record<string, unknown>> => {
  const known = recordAst(ast)
  const names = new Set(members.map(([path]) => path[0] ?? ""))
  const out: Record<string, unknown> = {}
  for (const name of names) {
    const member = known === undefined ? undefined : memberAst(known, name)
    const own = members.filter(([path]) => path[0] === name)
    const below = own.filter(([path]) => path.length > 1 && path[1] !== "").map(([path, text]) => [path.slice(1), text] as const)
    const texts = own.map(([, text]) => text)
    const value = member === undefined
      ? texts.at(-1) ?? ""
      : isList(member)
      ? list(member, texts)
      : below.length > 0
      ? nested(member, below)
      : scalar(member, texts.at(-1) ?? "")
    setMember(out, name, value)
  }
  return out
}
