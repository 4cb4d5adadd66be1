/**
 * The engine's single sign-on: where it is, and what its answers mean. Pure.
 */
import * as Result from "effect/Result"
import type { IssuedToken } from "../../layers/auth/renewable.ts"
import type { Answered } from "../../layers/auth/ask.ts"
import { fieldProblem } from "../../wire/headers.ts"
import { isRecord, textOf } from "../../wire/json.ts"
import { isSuccess } from "../../wire/status.ts"
import { ssoError } from "./fault.ts"

/** The scope of tokens that are good for the API. */
export const apiScope = "ovirt-app-api"

/** Where the single sign-on and its services are, for an API at `baseUrl`: beside it, at the root of the host in most cases. */
export const engineUrl = (baseUrl: URL): string => {
  const path = baseUrl.pathname.replace(/\/+$/, "")
  return baseUrl.origin + (path.endsWith("/ovirt-engine/api") ? path.slice(0, -"/api".length) : "/ovirt-engine")
}

const tenYears = 315_360_000_000

/**
 * How long a token is good, in milliseconds, by its `exp`: a moment in milliseconds, as a text. `now` is on the engine's clock.
 * What has passed, and what is further than ten years away, says nothing.
 */
const lifetimeOf = (exp: unknown, now: number): number | undefined => {
  const value = typeof exp === "number" ? exp : typeof exp === "string" && /^\d{1,16}$/.test(exp) ? Number(exp) : NaN
  // some engines write seconds
  const moment = value < 100_000_000_000 ? value * 1000 : value
  const left = moment - now
  return left > 0 && left < tenYears ? left : undefined
}

/** A token, or what the answer says in its place. Errors come with any status, 200 included. */
export const readToken = (
  { json, status, time }: Answered,
  options: { readonly tokenName: string; readonly identity: string | undefined }
): Result.Result<IssuedToken, string> => {
  const error = ssoError(json)
  if (error !== undefined) return Result.fail(error)
  const answer: unknown = Array.isArray(json) ? json[0] : json
  if (!isRecord(answer)) {
    return Result.fail("the single sign-on did not answer with JSON: a login page or a proxy may have answered, or the engine is not at this address")
  }
  if (!isSuccess(status)) return Result.fail("the single sign-on refused")
  const token = textOf(answer[options.tokenName])
  if (token === undefined) return Result.fail(`the answer of the single sign-on has no ${options.tokenName}`)
  const problem = fieldProblem("authorization", token)
  if (problem !== undefined) return Result.fail(`the token cannot be sent: ${problem}`)
  return Result.succeed({
    accessToken: token,
    lifetime: lifetimeOf(answer["exp"], time),
    identity: options.identity,
    scopes: textOf(answer["scope"])?.split(" ")
  })
}

/** The token is gone, by this request or before it. */
export const readLogout = ({ json, status }: Answered): Result.Result<void, string> => {
  const error = ssoError(json)
  if (error !== undefined && !/^invalid_(?:token|grant)\b|already/i.test(error)) return Result.fail(error)
  return error !== undefined || isSuccess(status) ? Result.void : Result.fail("the single sign-on refused to end the login")
}
