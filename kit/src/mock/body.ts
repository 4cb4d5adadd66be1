/**
 * Bodies of requests, read by what their media type says and checked by what the endpoint declares.
 */
import type * as SchemaAST from "effect/SchemaAST"
import { isList, listOrJson, scalar } from "../values/coerce.ts"
import { type Decoded, decode, type Issue } from "../values/decode.ts"
import { isRecord, setMember, tryJson } from "../values/json.ts"
import { type AnyCodec, mayBeAbsent, recordAst } from "../values/wireAst.ts"
import { isJson, parameterOf, essenceOf, matches } from "./mediaType.ts"
import { isBody, isFile, type MockBody, type MockField, schemaOf } from "./MockEndpoint.ts"
import { layoutOf, type Pairs, queryValue, readPairs } from "./parameters.ts"

/** What a body is: a value, wrong, or of a media type that is not taken. */
export type ReadBody = Decoded | { readonly _tag: "WrongType"; readonly accepted: ReadonlyArray<string> }

/** A body as it came. */
export interface RawBody {
  readonly contentType: string | undefined
  readonly bytes: Uint8Array
}

const none: ReadBody = { _tag: "Value", value: undefined }
const failed = (...issues: ReadonlyArray<Issue>): ReadBody => ({ _tag: "Issues", issues })
const missing = failed({ path: "body", message: "is required" })

/** Reads a body. What is not declared is not looked at. */
export const readBody = (declared: AnyCodec | MockBody | undefined, body: RawBody): ReadBody => {
  if (declared === undefined) return none
  const kind: MockBody = isBody(declared) ? declared : { "~credence/body": "json", mediaType: "application/json", schema: declared }
  const { choices } = kind
  if (body.bytes.length === 0 && body.contentType === undefined) return isOptional(kind) ? none : missing
  if (choices === undefined) return fitsType(kind, body.contentType) ? readKind(kind, body) : { _tag: "WrongType", accepted: [kind.mediaType] }
  const chosen = chosenOf(choices, body.contentType)
  return chosen === undefined ? { _tag: "WrongType", accepted: Object.keys(choices) } : readKind(chosen, body)
}

const isOptional = (kind: MockBody): boolean =>
  kind.optional === true || (kind.choices === undefined ? kind.schema !== undefined && mayBeAbsent(kind.schema.ast) : Object.values(kind.choices).some(isOptional))

/** Bytes may be of any type: a header parameter may say which. */
const fitsType = (kind: MockBody, contentType: string | undefined): boolean => {
  if (kind["~credence/body"] === "bytes" || kind["~credence/body"] === "stream") return true
  const given = essenceOf(contentType)
  if (given === undefined) return kind["~credence/body"] === "text"
  return matches(kind.mediaType, given) || (kind["~credence/body"] === "json" && isJson(given) && isJson(essenceOf(kind.mediaType) ?? ""))
}

/** The choice that a media type names: exactly, without its parameters, or by a range. */
const chosenOf = (choices: Readonly<Record<string, MockBody>>, contentType: string | undefined): MockBody | undefined => {
  const given = essenceOf(contentType)
  if (given === undefined) return undefined
  const entries = Object.entries(choices)
  return (entries.find(([name]) => name.replace(/\s/g, "").toLowerCase() === contentType?.replace(/\s/g, "").toLowerCase())
    ?? entries.find(([name]) => essenceOf(name) === given)
    ?? entries.find(([name]) => matches(name, given)))?.[1]
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

const readKind = (kind: MockBody, { bytes, contentType }: RawBody): ReadBody => {
  switch (kind["~credence/body"]) {
    case "json": {
      const text = textOf(bytes)
      if (text === undefined) return failed({ path: "body", message: "is not UTF-8" })
      if (text.trim() === "") return isOptional(kind) ? none : missing
      const json = tryJson(text)
      if (json === undefined) return failed({ path: "body", message: "is not JSON" })
      return kind.schema === undefined ? { _tag: "Value", value: json.value } : decode(kind.schema, json.value, ["body"])
    }
    case "form": {
      const text = textOf(bytes)
      if (text === undefined) return failed({ path: "body", message: "is not UTF-8" })
      const { schema } = kind
      return schema === undefined ? none : decode(schema, formOf(schema.ast, readPairs(text), kind.style), ["body"])
    }
    case "multipart": {
      const boundary = parameterOf(contentType, "boundary")
      const parts = boundary === undefined ? undefined : multipartOf(bytes, boundary)
      return parts === undefined ? failed({ path: "body", message: "is not multipart/form-data with a boundary" }) : readParts(kind.parts ?? {}, parts)
    }
    case "text": {
      const text = textOf(bytes)
      return text === undefined ? failed({ path: "body", message: "is not UTF-8" }) : { _tag: "Value", value: text }
    }
    default:
      return { _tag: "Value", value: bytes }
  }
}

/** The members of a form. Texts that are JSON are records and lists of them. */
const formOf = (ast: SchemaAST.AST, pairs: Pairs, style: MockBody["style"]): Readonly<Record<string, unknown>> => {
  const known = recordAst(ast)
  const names = new Set([...known?.members.keys() ?? [], ...known?.rest === undefined ? [] : pairs.all.map(([name]) => name)])
  const taken = new Set(pairs.all.map(([name]) => name))
  const out: Record<string, unknown> = {}
  for (const name of names) {
    const member = known?.members.get(name) ?? known?.rest
    if (member === undefined) continue
    const options = style?.[name]
    const layout = { key: name, name, ast: member, style: options?.style, explode: options?.explode, json: options?.json ?? false, segments: false }
    const found = queryValue(layout, pairs, taken)
    if (found !== undefined) setMember(out, name, found.value)
  }
  return out
}

interface Part {
  readonly name: string
  readonly fileName: string | undefined
  readonly contentType: string | undefined
  readonly bytes: Uint8Array
}

const quoted = (header: string, name: string): string | undefined => {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, "i").exec(header)
  return (found?.[1] ?? found?.[2])?.replace(/\\(.)/g, "$1").replace(/%22/g, "\"").replace(/%0D/g, "\r").replace(/%0A/g, "\n")
}

/** The parts of a body (RFC 2046 section 5.1.1); `undefined`: it has none, or does not end. */
export const multipartOf = (bytes: Uint8Array, boundary: string): ReadonlyArray<Part> | undefined => {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const line = `--${boundary}`
  const parts: Array<Part> = []
  let start = body.indexOf(line)
  if (start < 0) return undefined
  while (true) {
    const after = start + Buffer.byteLength(line)
    if (body.subarray(after, after + 2).toString("latin1") === "--") return parts
    const end = body.indexOf(`\r\n${line}`, after)
    if (end < 0) return undefined
    const blank = body.indexOf("\r\n\r\n", after)
    if (blank >= 0 && blank <= end) {
      const head = body.subarray(after, blank).toString("utf8").split("\r\n")
      const field = (name: string): string | undefined => head.find((one) => one.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1).trim()
      const disposition = field("content-disposition") ?? ""
      const name = quoted(disposition, "name")
      if (name !== undefined) {
        parts.push({ name, fileName: quoted(disposition, "filename"), contentType: field("content-type"), bytes: body.subarray(Math.min(blank + 4, end), end) })
      }
    }
    start = end + 2
  }
}

const readParts = (declared: NonNullable<MockBody["parts"]>, parts: ReadonlyArray<Part>): ReadBody => {
  const issues: Array<Issue> = []
  const out: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(declared)) {
    const name = "~credence/param" in field ? field.name ?? key : key
    const own = parts.filter((part) => part.name === name)
    if (isFile(field)) {
      if (own.length === 0 && !field.optional) issues.push({ path: `body.${key}`, message: "is required" })
      if (own.length > 1 && !field.several) issues.push({ path: `body.${key}`, message: "expected one file" })
      if (own.length > 0) setMember(out, key, field.several ? own : own[0])
      continue
    }
    const schema = schemaOf(field)
    if (own.length === 0) {
      if (!mayBeAbsent(schema.ast) && !isList(schema.ast)) issues.push({ path: `body.${key}`, message: "is required" })
      continue
    }
    const found = decode(schema, partValue(key, field, own), ["body", key])
    if (found._tag === "Issues") issues.push(...found.issues)
    else setMember(out, key, found.value)
  }
  return issues.length > 0 ? { _tag: "Issues", issues } : { _tag: "Value", value: out }
}

const partValue = (key: string, field: MockField, own: ReadonlyArray<Part>): unknown => {
  const layout = layoutOf(key, field)
  const texts = own.map(({ bytes }) => Buffer.from(bytes).toString("utf8"))
  const [only = ""] = texts
  const json = layout.json || isJson(essenceOf(own[0]?.contentType) ?? "")
  if (isList(layout.ast)) {
    const items = texts.map((text) => tryJson(text)?.value)
    return json && own.length === 1 && Array.isArray(items[0]) ? items[0] : json && items.every(isRecord) ? items : listOrJson(layout.ast, texts)
  }
  return json ? tryJson(only)?.value ?? only : scalar(layout.ast, only)
}
