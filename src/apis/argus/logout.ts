/**
 * Ends a session of Argus on the server.
 */
import * as Effect from "effect/Effect"
import type { AuthenticationContext } from "../../services/Authentication.ts"

/** Never fails: a session that cannot be ended ends by itself, and closing must not fail the program. */
export const logout = (context: AuthenticationContext, headers: Readonly<Record<string, string>>): Effect.Effect<void> =>
  Effect.ignore(context.send({ operation: "deleteSession", method: "DELETE", url: "/authentication/v1/session", headers }))
