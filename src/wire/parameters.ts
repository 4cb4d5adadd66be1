/**
 * How values become part of a path, a query, a header or a cookie.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6570 URI Template: simple (section 3.2.2), reserved (3.2.3), label (3.2.5), matrix
 * (3.2.7) and form expansion (3.2.8, 3.2.9)
 * @see https://spec.openapis.org/oas/v3.1.1.html#style-values the styles of OpenAPI
 * @see https://spec.openapis.org/oas/v2.0.html#parameter-object `collectionFormat` of its version 2; `tsv` is `tabDelimited`
 */
import * as Result from "effect/Result"
import { isRecord, rawText } from "./json.ts"

/** What parameters are made of, once their schema has encoded them. A number too long for a double is a raw value. */
export type Primitive = string | number | boolean | bigint | null | undefined | { readonly rawJSON: string }

/** How an array or object is laid out in a query. `form` exploded (`a=1&a=2`) is the default. */
export type QueryStyle = "form" | "spaceDelimited" | "pipeDelimited" | "tabDelimited" | "deepObject"

/** How a value is laid out in a path: `5`, `.5` or `;id=5`. `simple` is the default. */
export type PathStyle = "simple" | "label" | "matrix"

const text = (value: Primitive): string => value === null || value === undefined ? "" : typeof value === "object" ? value.rawJSON : String(value)

/** Percent-encodes everything but unreserved characters (RFC 3986 section 2.3). Lone surrogates cannot be encoded. */
export const encode = (value: string): Result.Result<string, string> => {
  if (!value.isWellFormed()) return Result.fail("text with a lone surrogate cannot be sent")
  return Result.succeed(encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`))
}

/** `:/?@!$'()*+,;=`, encoded */
const reservedTriplets = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2B|2C|3B|3D)/g

/**
 * Reserved expansion (RFC 6570 section 3.2.3) as far as a query allows it: reserved characters stay, and so do triplets that
 * are percent-encoded already. What would end the value, the query or the URL is encoded all the same (`&`, `#`), and so is
 * what RFC 3986 section 3.4 has no place for (`[`, `]`).
 */
export const encodeReserved = (value: string): Result.Result<string, string> => {
  const parts: Array<string> = []
  for (const part of value.split(/(%[0-9A-Fa-f]{2})/)) {
    const encoded = /^%[0-9A-Fa-f]{2}$/.test(part) ? Result.succeed(part) : Result.map(encode(part), (text) => text.replace(reservedTriplets, decodeURIComponent))
    if (Result.isFailure(encoded)) return encoded
    parts.push(encoded.success)
  }
  return Result.succeed(parts.join(""))
}

const isPrimitive = (value: unknown): value is Primitive =>
  value === null || typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol" || rawText(value) !== undefined

type Encode = (value: string) => Result.Result<string, string>

const encodeAll = (values: ReadonlyArray<unknown>, encoding: Encode = encode): Result.Result<ReadonlyArray<string>, string> => {
  const parts: Array<string> = []
  for (const value of values) {
    if (value === undefined) continue
    if (!isPrimitive(value)) return Result.fail("a nested array or object has no place in this parameter")
    const encoded = encoding(text(value))
    if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
    parts.push(encoded.success)
  }
  return Result.succeed(parts)
}

const list = (values: ReadonlyArray<unknown>, separator: string, encoding?: Encode): Result.Result<string, string> =>
  Result.map(encodeAll(values, encoding), (parts) => parts.join(separator))

const members = (value: Readonly<Record<string, unknown>>): ReadonlyArray<readonly [string, unknown]> => Object.entries(value).filter(([, v]) => v !== undefined)
const pairs = (value: Readonly<Record<string, unknown>>): ReadonlyArray<unknown> => members(value).flat()

/** `R=100`, of each member; a name alone where `=` is for values only */
const assigned = (value: Readonly<Record<string, unknown>>, encoding: Encode, assign: (name: string, text: string) => string): Result.Result<ReadonlyArray<string>, string> =>
  Result.map(encodeAll(pairs(value), encoding), (parts) => parts.flatMap((name, index) => index % 2 === 0 ? [assign(name, parts[index + 1] ?? "")] : []))

const equals = (name: string, value: string): string => `${name}=${value}`

/** the parts between which a style puts its separator: one for all of it, or one for each member where it is exploded */
const partsOf = (value: unknown, explode: boolean, encoding: Encode = encode, assign = equals): Result.Result<ReadonlyArray<string>, string> => {
  if (isPrimitive(value)) return encodeAll([value ?? ""], encoding)
  if (Array.isArray(value)) return explode ? encodeAll(value, encoding) : whole(encodeAll(value, encoding))
  if (isRecord(value)) return explode ? assigned(value, encoding, assign) : whole(encodeAll(pairs(value), encoding))
  return Result.fail("a text, number, list or record")
}

const whole = (parts: Result.Result<ReadonlyArray<string>, string>): typeof parts => Result.map(parts, (all) => all.length === 0 ? [] : [all.join(",")])

/** What a value of a path template becomes must not change the path (RFC 3986 section 5.2.4). */
const inSegment = (expanded: Result.Result<string, string>): Result.Result<string, string> => {
  if (Result.isFailure(expanded)) return expanded
  if (expanded.success === "") return Result.fail("an empty value would change the path")
  if (/^\.{1,2}$/.test(expanded.success)) return Result.fail("`.` and `..` would change the path")
  return expanded
}

/**
 * A value of a path template: simple expansion. It stays inside its segment: `/`, `?`, `#` and `%` are encoded, and a
 * value that would be empty, `.` or `..` is refused, since it would change the path (RFC 3986 section 5.2.4).
 */
export const pathSegment = (value: unknown, explode = false): Result.Result<string, string> =>
  inSegment(Result.map(partsOf(value, explode), (parts) => parts.join(",")))

/** A value of a path template after a dot: label expansion (RFC 6570 section 3.2.5), as safe as {@link pathSegment}. */
export const label = (value: unknown, explode = false): Result.Result<string, string> =>
  inSegment(Result.map(partsOf(value, explode), (parts) => parts.map((part) => `.${part}`).join("")))

/** A value of a path template as `;name=value`: path-style expansion (RFC 6570 section 3.2.7), as safe as {@link pathSegment}. */
export const matrix = (name: string, value: unknown, explode = false): Result.Result<string, string> => {
  const key = encode(name)
  if (Result.isFailure(key)) return key
  const assign = (k: string, v: string): string => v === "" ? k : `${k}=${v}`
  const parts = partsOf(value, explode, encode, assign)
  const named = explode && isRecord(value)
  return inSegment(Result.map(parts, (all) => all.map((part) => `;${named ? part : assign(key.success, part)}`).join("")))
}

/**
 * A value that is a path itself, such as a folder: `/` stays, every segment is encoded by itself, and `.`, `..` and empty
 * segments are refused. With `leadingSlash` the value must begin with one, as in a template `path{folder}`.
 */
export const pathSegments = (value: string, leadingSlash: boolean): Result.Result<string, string> => {
  if (leadingSlash && !value.startsWith("/")) return Result.fail("a path that begins with /")
  if (!leadingSlash && value.startsWith("/")) return Result.fail("a path that does not begin with /")
  const segments = (leadingSlash ? value.slice(1) : value).split("/")
  // a trailing slash, and the root itself, are names of folders
  if (segments.length > 1 && segments.at(-1) === "") segments.pop()
  if (leadingSlash && segments.length === 1 && segments[0] === "") return Result.succeed("/")
  const out: Array<string> = []
  for (const segment of segments) {
    const encoded = pathSegment(segment)
    if (Result.isFailure(encoded)) return encoded
    out.push(encoded.success)
  }
  return Result.succeed((leadingSlash ? "/" : "") + out.join("/"))
}

const separators: Readonly<Record<QueryStyle, string>> = { form: ",", spaceDelimited: "%20", pipeDelimited: "%7C", tabDelimited: "%09", deepObject: "," }

/**
 * Appends a query parameter to `out` as `name=value` pairs. `undefined` is left out. With `reserved` the values are encoded by
 * {@link encodeReserved}.
 */
export const query = (name: string, value: unknown, style: QueryStyle, explode: boolean, out: Array<string>, reserved = false): string | undefined => {
  if (value === undefined) return undefined
  const encodeValue = reserved ? encodeReserved : encode
  const key = encode(name)
  if (Result.isFailure(key)) return key.failure
  const push = (k: string, v: unknown): string | undefined => {
    if (!isPrimitive(v)) return "a nested array or object has no place in this style"
    const encoded = encodeValue(text(v))
    if (Result.isFailure(encoded)) return encoded.failure
    out.push(`${k}=${encoded.success}`)
    return undefined
  }
  const each = (entries: Iterable<readonly [string, unknown]>): string | undefined => {
    for (const [k, v] of entries) {
      const problem = v === undefined ? undefined : push(k, v)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  /** one pair for all of it; what has no members is left out (RFC 6570 section 2.3) */
  const joined = (values: ReadonlyArray<unknown>): string | undefined => {
    const text = list(values, separators[style], encodeValue)
    if (Result.isFailure(text)) return text.failure
    if (values.some((v) => v !== undefined)) out.push(`${key.success}=${text.success}`)
    return undefined
  }
  if (Array.isArray(value)) {
    if (style === "deepObject") return "deepObject is for records"
    if (explode && style === "form") return each(value.map((v) => [key.success, v] as const))
    return joined(value)
  }
  if (isRecord(value)) {
    const names: Array<readonly [string, unknown]> = []
    for (const [k, v] of Object.entries(value)) {
      const encoded = encode(k)
      if (Result.isFailure(encoded)) return encoded.failure
      names.push([encoded.success, v])
    }
    if (style === "deepObject") return each(names.map(([k, v]) => [`${key.success}%5B${k}%5D`, v] as const))
    return explode && style === "form" ? each(names) : joined(pairs(value))
  }
  return push(key.success, value)
}

/** A header value: simple expansion without percent-encoding (header parameters are not part of a URL). */
export const header = (value: unknown, explode = false): Result.Result<string, string> =>
  Result.map(partsOf(value, explode, Result.succeed), (parts) => parts.join(","))

/**
 * A cookie pair (RFC 6265 section 4.1.1), or several where a list or record is exploded; characters a cookie may not hold
 * are percent-encoded. `undefined`: there is nothing to send.
 */
export const cookie = (name: string, value: unknown, explode = false): Result.Result<string | undefined, string> => {
  const named = explode && isRecord(value)
  return Result.map(partsOf(value, explode), (parts) => parts.length === 0 ? undefined : parts.map((part) => named ? part : equals(name, part)).join("; "))
}
