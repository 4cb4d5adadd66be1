/**
 * The token that a browser-like session shows beside its cookie: a compact JWS (HS256) over the request's URL and the time, keyed
 * by the session. Its header says `type` where a JWT would say `typ`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1 (compact serialization)
 */
import * as Predicate from "effect/Predicate"
import { createHmac, timingSafeEqual } from "node:crypto"

/** How far a token's clock may be from the server's, in milliseconds. */
export const TOLERANCE = 5 * 60_000

const parse = (part: string): unknown => {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"))
  } catch {
    return undefined
  }
}

// Clients sign the URL before or after percent-encoding it: both mean the same request.
const canonical = (url: string): string => (URL.canParse(url) ? new URL(url).href : url)

/** What a token must agree with. `url` is `undefined` where any URL will do. */
export interface Expectation {
  readonly key: Uint8Array
  readonly url: string | undefined
  readonly now: number
}

/** Whether a token was made with the session's key, for this URL, about now. */
export const isValidCsrfToken = (token: string, { key, now, url }: Expectation): boolean => {
  const [head, payload, signature, ...rest] = token.split(".")
  if (head === undefined || payload === undefined || signature === undefined || rest.length > 0) return false
  const made = createHmac("sha256", key).update(`${head}.${payload}`).digest()
  const given = Buffer.from(signature, "base64url")
  if (given.length !== made.length || !timingSafeEqual(given, made)) return false
  const header = parse(head)
  const claims = parse(payload)
  if (!Predicate.isReadonlyObject(header) || header["alg"] !== "HS256" || !Predicate.isReadonlyObject(claims)) return false
  const { timestamp, url: signed } = claims
  return Predicate.isNumber(timestamp) && Math.abs(timestamp - now) <= TOLERANCE
    && Predicate.isString(signed) && (url === undefined || canonical(signed) === canonical(url))
}
