/**
 * Ends a session of Argus on the server.
 */
import * as Effect from "effect/Effect"
import { type CallError, UnexpectedStatus } from "../../errors/CallError.ts"
import type { AuthenticationContext } from "../../services/Authentication.ts"
import { isSuccess } from "../../wire/status.ts"
import { redactedBaseUrl } from "../../wire/url.ts"

/** Fails where the server does not say that the session has ended; it ends by itself then, some time. */
export const logout = (context: AuthenticationContext, headers: Readonly<Record<string, string>>): Effect.Effect<void, CallError> => {
  const request = { operation: "deleteSession", method: "DELETE", url: "/authentication/v1/session", headers } as const
  return Effect.flatMap(context.send(request), ({ status }) =>
    isSuccess(status)
      ? Effect.void
      : Effect.fail(new UnexpectedStatus({ operation: request.operation, method: request.method, url: redactedBaseUrl(context.baseUrl) + request.url, attempts: 1, status })))
}
