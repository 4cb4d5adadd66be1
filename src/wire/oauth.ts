/**
 * The token endpoint of OAuth 2.0.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6 refreshing an access token
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5 its answers
 */
import * as Result from "effect/Result"

/** A token answer (RFC 6749 section 5.1). */
export interface TokenAnswer {
  readonly accessToken: string
  /** milliseconds; `undefined`: not told, or told so that it means nothing */
  readonly lifetime: number | undefined
  /** present when the server rotates it */
  readonly refreshToken: string | undefined
  readonly scope: string | undefined
}

/** The form of a refresh request. */
export const refreshForm = (options: { readonly refreshToken: string; readonly clientId?: string | undefined; readonly scope?: string | undefined }): string => {
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: options.refreshToken })
  if (options.clientId !== undefined) form.set("client_id", options.clientId)
  if (options.scope !== undefined) form.set("scope", options.scope)
  return form.toString()
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
  return typeof body === "object" && body !== null
    ? Result.succeed(body as Readonly<Record<string, unknown>>) // its members are looked at one by one
    : Result.fail("the token endpoint answered with JSON that is no record")
}

const refreshTokenOf = (body: Readonly<Record<string, unknown>>): string | undefined => {
  const refreshToken = body["refresh_token"]
  return typeof refreshToken === "string" && refreshToken !== "" ? refreshToken : undefined
}

/** The refresh token that has come in the place of the one that was spent, whatever else is wrong with the answer. */
export const rotatedToken = (text: string): string | undefined => Result.getOrElse(Result.map(parseRecord(text), refreshTokenOf), () => undefined)

/** What an answer of the token endpoint refuses with (RFC 6749 section 5.2): `error: error_description`; `undefined`: it does not say. */
export const refusal = (json: unknown): string | undefined => {
  if (typeof json !== "object" || json === null || !("error" in json) || typeof json.error !== "string") return undefined
  return "error_description" in json && typeof json.error_description === "string" ? `${json.error}: ${json.error_description}` : json.error
}

/** Reads the body of a token answer; a failure is what is wrong with it, without any of its values. */
export const parseAnswer = (text: string): Result.Result<TokenAnswer, string> => {
  const parsed = parseRecord(text)
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const member = (name: string): unknown => parsed.success[name]
  const error = member("error")
  if (typeof error === "string") {
    const description = member("error_description")
    return Result.fail(typeof description === "string" ? `${error}: ${description}` : error)
  }
  const accessToken = member("access_token")
  if (typeof accessToken !== "string" || accessToken === "") return Result.fail("the token endpoint's answer has no access_token")
  const type = member("token_type")
  if (typeof type === "string" && type.toLowerCase() !== "bearer") return Result.fail("the token endpoint's answer has a token_type that is not Bearer")
  const scope = member("scope")
  return Result.succeed({
    accessToken,
    lifetime: lifetime(member("expires_in")),
    refreshToken: refreshTokenOf(parsed.success),
    scope: typeof scope === "string" ? scope : undefined
  })
}
