/**
 * The token endpoint of OAuth 2.0.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6 refreshing an access token
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5 its answers
 */
import * as Result from "effect/Result"
import { isRecord, textOf } from "./json.ts"

/** A token answer (RFC 6749 section 5.1). */
export interface TokenAnswer {
  readonly accessToken: string
  /** milliseconds; `undefined`: not told, or told so that it means nothing */
  readonly lifetime: number | undefined
  /** present when the server rotates it */
  readonly refreshToken: string | undefined
  readonly scope: string | undefined
}

/** Members of a request; `undefined`: it is left out. */
export type Members = Readonly<Record<string, string | undefined>>

/** A request's members as a form (RFC 6749 appendix B). */
export const form = (members: Members): string => {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(members)) if (value !== undefined) body.append(name, value)
  return body.toString()
}

/**
 * A lifetime in milliseconds. `expires_in` is seconds, but servers also send texts; 0, a negative number or garbage says
 * nothing, and more than ten years is as good as no end.
 */
export const lifetime = (expiresIn: unknown): number | undefined => {
  const seconds = typeof expiresIn === "number" ? expiresIn : typeof expiresIn === "string" && /^\d+(?:\.\d+)?$/.test(expiresIn.trim()) ? Number(expiresIn) : NaN
  return seconds > 0 && seconds < 315_360_000 ? seconds * 1000 : undefined
}

const parseRecord = (text: string): Result.Result<Readonly<Record<string, unknown>>, string> => {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return Result.fail("the token endpoint did not answer with JSON: a proxy or login page may have answered instead")
  }
  return isRecord(body) ? Result.succeed(body) : Result.fail("the token endpoint answered with JSON that is no record")
}

/** The refresh token that has come in the place of the one that was spent, whatever else is wrong with the answer. */
export const rotatedToken = (text: string): string | undefined => Result.getOrElse(Result.map(parseRecord(text), (body) => textOf(body["refresh_token"])), () => undefined)

/** What an answer of the token endpoint refuses with (RFC 6749 section 5.2): `error: error_description`; `undefined`: it does not say. */
export const refusal = (json: unknown): string | undefined => {
  if (!isRecord(json)) return undefined
  const { error, error_description: description } = json
  if (typeof error !== "string") return undefined
  return typeof description === "string" ? `${error}: ${description}` : error
}

/** Reads the body of a token answer; a failure is what is wrong with it, without any of its values. */
export const parseAnswer = (text: string): Result.Result<TokenAnswer, string> => {
  const parsed = parseRecord(text)
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const refused = refusal(parsed.success)
  if (refused !== undefined) return Result.fail(refused)
  const { expires_in: expiresIn, scope, token_type: type } = parsed.success
  const accessToken = textOf(parsed.success["access_token"])
  if (accessToken === undefined) return Result.fail("the token endpoint's answer has no access_token")
  if (typeof type === "string" && type.toLowerCase() !== "bearer") return Result.fail("the token endpoint's answer has a token_type that is not Bearer")
  return Result.succeed({
    accessToken,
    lifetime: lifetime(expiresIn),
    refreshToken: textOf(parsed.success["refresh_token"]),
    scope: typeof scope === "string" ? scope : undefined
  })
}
