/**
 * What a JSON Web Token says of itself. It is never verified here: a client only reads when to renew what it was given, and
 * the server that takes the token judges it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1 registered claims
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1 three parts with dots between them
 */
import * as Result from "effect/Result"
import * as Base64Url from "effect/encoding/Base64Url"

/** The claims that matter to who carries a token. Times are Unix times in milliseconds. */
export interface Claims {
  readonly subject: string | undefined
  readonly issuedAt: number | undefined
  readonly expires: number | undefined
}

/** a NumericDate: seconds, with a fraction where it pleases the issuer; what is no time says nothing */
const milliseconds = (value: unknown): number | undefined => typeof value === "number" && value > 0 && value < 1e12 ? Math.round(value * 1000) : undefined

/** The claims of a token; `undefined` where it is no JWT that can be read, such as an opaque or an encrypted one. */
export const claims = (token: string): Claims | undefined => {
  const [, payload, , ...more] = token.split(".")
  if (payload === undefined || more.length > 0) return undefined
  const decoded = Base64Url.decodeString(payload.replace(/=+$/, ""))
  if (Result.isFailure(decoded)) return undefined
  try {
    const body: unknown = JSON.parse(decoded.success)
    if (typeof body !== "object" || body === null) return undefined
    const member = (name: string): unknown => Object.hasOwn(body, name) ? (body as Readonly<Record<string, unknown>>)[name] : undefined // looked at one by one
    const subject = member("sub")
    return { subject: typeof subject === "string" && subject !== "" ? subject : undefined, issuedAt: milliseconds(member("iat")), expires: milliseconds(member("exp")) }
  } catch {
    return undefined
  }
}

/**
 * For how long a token is good from now on, in milliseconds; `undefined`: it does not say. For one that has just been issued,
 * `now` is the issuer's own time (`iat`, or the answer's `Date`), since clocks differ.
 */
export const lifetime = (token: Claims | undefined, now: number): number | undefined => token?.expires === undefined ? undefined : Math.max(0, token.expires - now)
