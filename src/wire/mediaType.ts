/**
 * Media types.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1 media type
 * @see https://www.rfc-editor.org/rfc/rfc6839 structured syntax suffixes (`+json`)
 */

/** A parsed media type: lower-case `type/subtype`, and the charset if one is named. */
export interface MediaType {
  readonly essence: string
  readonly charset: string | undefined
}

/** servers write few different ones, over and over */
const seen = new Map<string, MediaType | undefined>()
const maxSeen = 64

/** Parses a `Content-Type`. An unreadable one is `undefined`. */
export const parse = (value: string | undefined): MediaType | undefined => {
  if (value === undefined) return undefined
  if (seen.has(value)) return seen.get(value)
  const parsed = read(value)
  if (seen.size < maxSeen) seen.set(value, parsed)
  return parsed
}

const read = (value: string): MediaType | undefined => {
  const semicolon = value.indexOf(";")
  const essence = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase()
  if (!/^[^\s/]+\/[^\s/]+$/.test(essence)) return undefined
  const charset = semicolon < 0 ? undefined : /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(value.slice(semicolon))
  return { essence, charset: (charset?.[1] ?? charset?.[2])?.toLowerCase() }
}

/** JSON, by name or by suffix. */
export const isJson = (essence: string): boolean => essence === "application/json" || essence === "text/json" || essence.endsWith("+json")

/** Does `essence` fall under `range`, e.g. `image/*` or `application/json` (RFC 9110 section 12.5.1)? A JSON range takes any JSON suffix. */
export const matches = (range: string, essence: string): boolean => {
  const wanted = parse(range)?.essence ?? range
  return wanted === "*/*" || wanted === essence
    || (wanted.endsWith("/*") && essence.startsWith(wanted.slice(0, -1)))
    || (wanted === "application/json" && isJson(essence))
}
