/**
 * What the token endpoints of OAuth 2.0 are sent, and how their answers are read.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5 the answers
 */
import * as Result from "effect/Result"
import type { AuthenticationRequest } from "../../services/Authentication.ts"
import { fieldProblem } from "../../wire/headers.ts"
import * as OAuth from "../../wire/oauth.ts"
import { isSuccess } from "../../wire/status.ts"
import type { Answered } from "./ask.ts"
import type { IssuedToken } from "./renewable.ts"

/** A POST of a form that is answered with JSON. Members without a value are left out. */
export const formPost = (operation: string, url: string, members: OAuth.Members) => ({
  operation,
  method: "POST",
  url,
  headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
  body: OAuth.form(members)
}) satisfies AuthenticationRequest

/** Reads a Bearer token out of an answer; a failure is what is wrong with it. */
export const readToken = ({ status, text }: Answered): Result.Result<IssuedToken, string> =>
  Result.flatMap(OAuth.parseAnswer(text), ({ accessToken, lifetime, refreshToken, scope }) => {
    const problem = isSuccess(status) ? fieldProblem("authorization", accessToken) : "the token endpoint refused"
    const scopes = scope?.split(" ").filter((name) => name !== "")
    return problem === undefined ? Result.succeed({ accessToken, lifetime, refreshToken, scopes }) : Result.fail(problem)
  })

/** Scopes as a request names them; `undefined`: none. */
export const scopeText = (scope: string | undefined, more: ReadonlyArray<string>): string | undefined => {
  const text = [scope, ...more].filter((part) => part !== undefined && part !== "").join(" ")
  return text === "" ? undefined : text
}
