/**
 * How values become part of a path, a query, a header or a cookie.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6570 URI Template: simple (section 3.2.2) and form expansion (3.2.8, 3.2.9)
 * @see https://spec.openapis.org/oas/v3.1.1.html#style-values the styles of OpenAPI
 */
import * as Result from "effect/Result"

/** What parameters are made of, once their schema has encoded them. */
export type Primitive = string | number | boolean | bigint | null | undefined

/** How an array or object is laid out in a query. `form` exploded (`a=1&a=2`) is the default. */
export type QueryStyle = "form" | "spaceDelimited" | "pipeDelimited" | "deepObject"

const text = (value: Primitive): string => value === null || value === undefined ? "" : String(value)

/** Percent-encodes everything but unreserved characters (RFC 3986 section 2.3). Lone surrogates cannot be encoded. */
export const encode = (value: string): Result.Result<string, string> => {
  if (!value.isWellFormed()) return Result.fail("text with a lone surrogate cannot be sent")
  return Result.succeed(encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value)
const isPrimitive = (value: unknown): value is Primitive => value === null || typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol"

const list = (values: ReadonlyArray<unknown>, separator: string): Result.Result<string, string> => {
  const parts: Array<string> = []
  for (const value of values) {
    if (value === undefined) continue
    if (!isPrimitive(value)) return Result.fail("a nested array or object has no place in this parameter")
    const encoded = encode(text(value))
    if (Result.isFailure(encoded)) return encoded
    parts.push(encoded.success)
  }
  return Result.succeed(parts.join(separator))
}

const pairs = (value: Readonly<Record<string, unknown>>): ReadonlyArray<unknown> => Object.entries(value).filter(([, v]) => v !== undefined).flat()

/**
 * A value of a path template: simple expansion. It stays inside its segment: `/`, `?`, `#` and `%` are encoded, and a
 * value that would be empty, `.` or `..` is refused, since it would change the path (RFC 3986 section 5.2.4).
 */
export const pathSegment = (value: unknown): Result.Result<string, string> => {
  const encoded = Array.isArray(value) ? list(value, ",") : isObject(value) ? list(pairs(value), ",") : isPrimitive(value) ? encode(text(value)) : Result.fail("a text, number, list or record")
  if (Result.isFailure(encoded)) return encoded
  if (encoded.success === "") return Result.fail("an empty value would change the path")
  if (/^\.{1,2}$/.test(encoded.success)) return Result.fail("`.` and `..` would change the path")
  return encoded
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

/** Appends a query parameter to `out` as `name=value` pairs. `undefined` is left out. */
export const query = (name: string, value: unknown, style: QueryStyle, explode: boolean, out: Array<string>): string | undefined => {
  if (value === undefined) return undefined
  const key = encode(name)
  if (Result.isFailure(key)) return key.failure
  const push = (k: string, v: unknown): string | undefined => {
    if (!isPrimitive(v)) return "a nested array or object has no place in this style"
    const encoded = encode(text(v))
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
    const text = list(values, style === "spaceDelimited" ? "%20" : style === "pipeDelimited" ? "%7C" : ",")
    if (Result.isFailure(text)) return text.failure
    if (values.some((v) => v !== undefined)) out.push(`${key.success}=${text.success}`)
    return undefined
  }
  if (Array.isArray(value)) {
    if (style === "deepObject") return "deepObject is for records"
    if (explode && style === "form") return each(value.map((v) => [key.success, v] as const))
    return joined(value)
  }
  if (isObject(value)) {
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
export const header = (value: unknown): Result.Result<string, string> => {
  const values = Array.isArray(value) ? value : isObject(value) ? Object.entries(value).map(([k, v]) => isPrimitive(v) ? `${k},${text(v)}` : v) : [value]
  return values.every(isPrimitive) ? Result.succeed(values.map(text).join(",")) : Result.fail("a nested array or object has no place in a header")
}

/** A cookie pair (RFC 6265 section 4.1.1); characters a cookie may not hold are percent-encoded. */
export const cookie = (name: string, value: unknown): Result.Result<string, string> => {
  const values = Array.isArray(value) ? list(value, ",") : isPrimitive(value) ? encode(text(value)) : Result.fail("a record has no place in a cookie")
  return Result.map(values, (encoded) => `${name}=${encoded}`)
}
