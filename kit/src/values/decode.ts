/**
 * Decoding what comes from outside, with what is wrong as paths and sentences. Never the value itself: it may be a secret.
 */
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { makeFormatterStandardSchemaV1 } from "effect/SchemaIssue"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { isRecord, setMember } from "./json.ts"
import type { AnyCodec } from "./wireAst.ts"

/** One thing that is wrong, by place. */
export interface Issue {
  /** `body.items[3].id` */
  readonly path: string
  readonly message: string
}

/** A decoded value, or what is wrong. */
export type Decoded = { readonly _tag: "Value"; readonly value: unknown } | { readonly _tag: "Issues"; readonly issues: ReadonlyArray<Issue> }

const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path.map(String).reduce((text, key) => /^\d+$/.test(key) ? `${text}[${key}]` : text === "" ? key : `${text}.${key}`, "")

const format = makeFormatterStandardSchemaV1()

const flatten = (issue: SchemaIssue.Issue, at: ReadonlyArray<PropertyKey>): ReadonlyArray<Issue> =>
  format(issue).issues.map((found) => ({
    path: pathText([...at, ...(found.path ?? []).map((segment) => typeof segment === "object" ? segment.key : segment)]),
    message: shortened(found.message.replace(/ \| undefined$/, ""))
  }))

const shortened = (message: string): string => message.length > 200 ? `${message.slice(0, 199)}…` : message

type Decoder = (value: unknown, at: ReadonlyArray<PropertyKey>) => Decoded

const decoders = new WeakMap<AnyCodec, Decoder>()
const encoders = new WeakMap<AnyCodec, (value: unknown) => Exit.Exit<unknown, SchemaIssue.Issue>>()

const decoderOf = (schema: AnyCodec): Decoder => {
  const known = decoders.get(schema)
  if (known !== undefined) return known
  const parse = SchemaParser.decodeUnknownExit(schema)
  const decoder: Decoder = (value, at) => {
    const exit = parse(value, { errors: "all" })
    if (Exit.isSuccess(exit)) return { _tag: "Value", value: exit.value }
    const issue = Exit.findErrorOption(exit)
    return { _tag: "Issues", issues: Option.isSome(issue) ? flatten(issue.value, at) : [{ path: pathText(at), message: "cannot be decoded" }] }
  }
  decoders.set(schema, decoder)
  return decoder
}

/** Decodes a value; `at` is where it stands. Members that the schema does not know are left out. */
export const decode = (schema: AnyCodec, value: unknown, at: ReadonlyArray<PropertyKey>): Decoded => decoderOf(schema)(value, at)

/** The same, with the members that the schema does not know: who gives them wants them sent. */
export const decodeKeeping = (schema: AnyCodec, value: unknown, at: ReadonlyArray<PropertyKey>): Decoded => {
  const decoded = decode(schema, value, at)
  return decoded._tag === "Value" ? { _tag: "Value", value: keeping(value, decoded.value) } : decoded
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isRecord(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)

const keeping = (given: unknown, decoded: unknown): unknown => {
  if (Array.isArray(given) && Array.isArray(decoded)) return given.length === decoded.length ? decoded.map((item, index) => keeping(given[index], item)) : decoded
  if (!isPlain(given) || !isPlain(decoded)) return decoded
  const out: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(decoded)) setMember(out, name, keeping(given[name], value))
  // null of a declared member means absence, and has been decoded to that
  for (const [name, value] of Object.entries(given)) if (value !== null && !Object.hasOwn(decoded, name)) setMember(out, name, value)
  return out
}

/** A value on the wire; `undefined`: it cannot be encoded. */
export const encode = (schema: AnyCodec, value: unknown): { readonly value: unknown } | undefined => {
  let parse = encoders.get(schema)
  if (parse === undefined) encoders.set(schema, parse = SchemaParser.encodeUnknownExit(schema))
  const exit = parse(value)
  return Exit.isSuccess(exit) ? { value: exit.value } : undefined
}

