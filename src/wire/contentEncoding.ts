/**
 * Content codings of a response: which ones were applied, in which order they come off, and whether we know them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4 Content-Encoding
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3 Accept-Encoding
 */
import * as Result from "effect/Result"

/** A coding that can be undone. `deflate` stands for the zlib format and, as servers differ, for raw deflate too. */
export type ContentCoding = "gzip" | "deflate" | "br" | "zstd"

/** What is asked for when the request does not say. */
export const acceptEncoding = "gzip, deflate, br, zstd"

/** Codings may be stacked; more than this is taken for an attack. */
export const maxCodings = 5

const known: Readonly<Record<string, ContentCoding | "identity">> = /*#__PURE__*/ Object.assign(/*#__PURE__*/ Object.create(null), {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "br",
  zstd: "zstd",
  identity: "identity"
})

/**
 * Reads `Content-Encoding` (one field, or several that form one list) into the order in which the codings have to be
 * undone: the last one named was applied last. `identity` and empty list members are dropped (RFC 9110 section 5.6.1).
 * Fails with what is wrong when a coding is unknown or there are more than {@link maxCodings}.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
 */
export const parseContentEncoding = (
  value: string | ReadonlyArray<string> | undefined
): Result.Result<ReadonlyArray<ContentCoding>, string> => {
  if (value === undefined || value === "") return Result.succeed([])
  const codings: Array<ContentCoding> = []
  for (const member of (typeof value === "string" ? value : value.join(",")).split(",")) {
    const name = member.trim().toLowerCase()
    if (name === "") continue
    const coding = known[name]
    // What the server wrote is quoted, so cut to a size that fits into a sentence.
    if (coding === undefined) return Result.fail(`unknown content coding ${JSON.stringify(name.slice(0, 40))}`)
    if (coding === "identity") continue
    if (codings.length === maxCodings) return Result.fail(`more than ${maxCodings} content codings on top of each other`)
    codings.push(coding)
  }
  return Result.succeed(codings.reverse())
}

/**
 * Does deflated data begin with a zlib header? RFC 9110 means the zlib format; some servers send it bare.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1950#section-2.2 CMF and FLG
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2
 */
export const isZlib = (bytes: Uint8Array): boolean => {
  const cmf = bytes[0]
  if (cmf === undefined || (cmf & 0x0f) !== 8 || cmf >> 4 > 7) return false
  const flags = bytes[1]
  return flags === undefined || (cmf * 256 + flags) % 31 === 0
}

/**
 * Has this response no body, whatever its fields say?
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-6.4.1
 */
export const hasNoBody = (method: string, status: number): boolean =>
  method === "HEAD" || status === 204 || status === 304 || status < 200
