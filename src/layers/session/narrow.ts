/**
 * A session derived from another one, with a credential of its own.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { Authentication } from "../../services/Authentication.ts"
import type { Session } from "../../services/Session.ts"
import { type ApiOptions, make } from "./make.ts"

/**
 * Opens a session like `outer` that proves itself by `authentication`, for as long as the scope lives. For APIs that can
 * narrow a session, e.g. to some permissions: ask the server for the narrower credential, then run in here.
 */
export const narrow = <Api extends string>(
  outer: Session<Api>,
  authentication: Authentication["Service"],
  options: ApiOptions = {}
): Effect.Effect<Session<Api>, ConfigurationInvalid, Scope.Scope> => {
  if (outer.fixed === true) return Effect.succeed(outer)
  const parts = Context.add(outer.parts, Authentication, authentication)
  return Effect.updateContext(make(outer.api, outer.id, options), (context: Context.Context<Scope.Scope>) => Context.merge(context, parts))
}
