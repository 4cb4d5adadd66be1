/**
 * The credential of a narrowed session: a session token, asked for again when it has expired, logged out at the end.
 */
import * as Effect from "effect/Effect"
import { AuthenticationFailed, type CallError, isCallError } from "../../errors/CallError.ts"
import type { ResponseError } from "../../errors/ResponseError.ts"
import * as TokenAuthenticator from "../../layers/auth/tokenAuthenticator.ts"
import type { Authentication, AuthenticationContext } from "../../services/Authentication.ts"
import { fieldProblem } from "../../wire/headers.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import { logout } from "./logout.ts"

/** `first` is the token to begin with; `again` asks the outer session for another one. */
export const constrainedRecipe = (first: string, again: Effect.Effect<string, CallError | ResponseError<string, number, unknown>>): Authentication["Service"] => ({
  method: "constrained session",
  make: (context) =>
    TokenAuthenticator.make<string>(context, {
      method: "constrained session",
      initial: { value: first },
      redeem: () => Effect.mapBoth(again, {
        onSuccess: (token) => ({ value: token }),
        onFailure: (error) => isCallError(error) ? error : refused(context, `the outer session could not be constrained again: ${error.message}`)
      }),
      headers: (token) => {
        const problem = fieldProblem("authorization", token)
        return Effect.succeed(problem === undefined ? { authorization: `Bearer ${token}` } : {})
      },
      secrets: (token) => [token],
      moreSecrets: () => [],
      close: (token) => logout(context, { authorization: `Bearer ${token}` })
    })
})

const refused = (context: AuthenticationContext, detail: string): AuthenticationFailed =>
  new AuthenticationFailed({ operation: "constrainSession", method: "POST", url: redactedBaseUrl(context.baseUrl), attempts: 1, reason: "refresh", detail })
