/**
 * An opt-in session for a whole process. A subpath of its own, since it is unsafe in servers: whoever sets it, sets it for
 * everybody.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { NoSession } from "./errors/SessionError.ts"
import type { Permission } from "./services/Permission.ts"
import type { Session } from "./services/Session.ts"

export { NoSession } from "./errors/SessionError.ts"

const sessions = new Map<string, Session>()

/**
 * Makes a session the process's own for its API; gives back the one that was set before. It is not closed by this.
 *
 * @example
 * ```ts
 * const session = yield* Argus.make(ArgusAuth.fromConfig(), Configuration.fromConfig("ARGUS_API"), NodeTransport.layer())
 * yield* Global.set(Argus, session)
 * ```
 */
export const set = <Self, Api extends string>(api: Context.Key<Self, Session<Api>>, session: Session<Api> | undefined): Effect.Effect<Session | undefined> =>
  Effect.sync(() => {
    const before = sessions.get(api.key)
    if (session === undefined) sessions.delete(api.key)
    else sessions.set(api.key, session)
    return before
  })

/** The process's session of an API. */
export const get = <Self, Api extends string>(api: Context.Key<Self, Session<Api>>): Effect.Effect<Session<Api>, NoSession> =>
  Effect.suspend(() => {
    const session = sessions.get(api.key)
    // stored under the key of its own class
    return session === undefined ? Effect.fail(new NoSession({ session: api.key })) : Effect.succeed(session as Session<Api>)
  })

/** Provides the process's session, looked up each time the layer is built. */
export const layer = <Self, Api extends string>(api: Context.Key<Self, Session<Api>>): Layer.Layer<Self | Permission<Self, string>, NoSession> =>
  // permissions are phantom; fresh, since a memoized layer would keep a session that has been replaced
  Layer.fresh(Layer.effect(api, get(api))) as Layer.Layer<Self | Permission<Self, string>, NoSession>
