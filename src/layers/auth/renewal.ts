/**
 * A renewal by a refresh token: what all of them keep of its answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
import * as Effect from "effect/Effect"
import type { CallError } from "../../errors/CallError.ts"
import type { AuthenticationContext, AuthenticationRequest } from "../../services/Authentication.ts"
import * as OAuth from "../../wire/oauth.ts"
import { isSuccess } from "../../wire/status.ts"
import { ask, type AskOptions } from "./ask.ts"
import type { IssuedToken, RenewalRequest } from "./renewable.ts"

/**
 * Sends `request`, which spends the refresh token of `token`. One that comes in its place is kept, although the rest of the
 * answer is of no use.
 */
export const renewal = (
  context: AuthenticationContext,
  request: AuthenticationRequest,
  token: IssuedToken,
  { rotated }: RenewalRequest,
  { read, secrets = [] }: Pick<AskOptions<IssuedToken>, "read"> & { readonly secrets?: ReadonlyArray<string> | undefined }
): Effect.Effect<IssuedToken, CallError> => {
  let next: string | undefined
  const asked = ask(context, request, {
    reason: "refresh",
    secrets: () => [token.refreshToken, token.accessToken, next, ...secrets].filter((secret): secret is string => secret !== undefined && secret !== ""),
    read: (answer) => {
      if (isSuccess(answer.status)) next = OAuth.rotatedToken(answer.text)
      return read(answer)
    }
  })
  return Effect.tapError(asked, () => next === undefined ? Effect.void : rotated(next))
}
