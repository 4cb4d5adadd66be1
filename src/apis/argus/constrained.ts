/**
 * The credential of a narrowed session: a session token, asked for again when it has expired, logged out at the end.
 */
import * as Effect from "effect/Effect"
import { AuthenticationFailed, type CallError, isCallError } from "../../errors/CallError.ts"
import type { ResponseError } from "../../errors/ResponseError.ts"
import { type IssuedToken, renewable } from "../../layers/auth/renewable.ts"
import type { Authentication, AuthenticationContext } from "../../services/Authentication.ts"
import { fieldProblem } from "../../wire/headers.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import { logout } from "./logout.ts"

/** `first` is the token to begin with; `again` asks the outer session for another one. */
export const constrainedRecipe = (first: string, again: Effect.Effect<string, CallError | ResponseError<string, number, unknown>>): Authentication["Service"] => ({
  method: "constrained session",
  make: (context) => {
    let begun = false
    const login = Effect.suspend((): Effect.Effect<IssuedToken, CallError> => {
      if (!begun) {
        begun = true
        return Effect.succeed({ accessToken: first })
      }
      return Effect.mapBoth(again, {
        onSuccess: (accessToken) => ({ accessToken }),
        onFailure: (error) => isCallError(error) ? error : refused(context, `the outer session could not be constrained again: ${error.message}`)
      })
    })
    return renewable(context, {
      method: "constrained session",
      key: [],
      // it belongs to the part of the program that asked for it
      stored: false,
      login,
      headers: ({ accessToken }) => fieldProblem("authorization", accessToken) === undefined ? { authorization: `Bearer ${accessToken}` } : {},
      signOut: ({ accessToken }) => logout(context, { authorization: `Bearer ${accessToken}` }),
      secrets: () => [first]
    })
  }
})

const refused = (context: AuthenticationContext, detail: string): AuthenticationFailed =>
  new AuthenticationFailed({ operation: "constrainSession", method: "POST", url: redactedBaseUrl(context.baseUrl), attempts: 1, reason: "refresh", detail })
