/**
 * What happens to a session's login, told to whoever listens. Nothing is made where nobody does.
 */
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { SessionEvent, SessionHappening } from "../../services/SessionEvent.ts"

export interface Events {
  readonly tell: (happening: SessionHappening) => Effect.Effect<void>
  /** what happens from when it is run, until the session closes. Of what a slow reader leaves, the last 256 are kept */
  readonly stream: Stream.Stream<SessionEvent>
  /** tells that the session closes. Who is slow to read still gets what came before */
  readonly close: Effect.Effect<void>
}

// not a PubSub: that is 4 KB of a bundle, for what most sessions never use
export const make = (session: string): Events => {
  const listeners = new Set<Queue.Queue<SessionEvent, Cause.Done>>()
  let open = true
  const tell = (happening: SessionHappening): Effect.Effect<void> => Effect.suspend(() => listeners.size === 0
    ? Effect.void
    : Effect.map(Clock.currentTimeMillis, (timestamp) => {
      for (const listener of listeners) Queue.offerUnsafe(listener, { ...happening, session, timestamp })
    }))
  const listen = (queue: Queue.Queue<SessionEvent, Cause.Done>) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        listeners.add(queue)
        // it may have closed since it was seen to be open
        if (!open) Queue.endUnsafe(queue)
      }),
      () => Effect.sync(() => listeners.delete(queue))
    )
  return {
    tell,
    stream: Stream.suspend(() => open ? Stream.callback<SessionEvent>(listen, { bufferSize: 256, strategy: "sliding" }) : Stream.empty),
    close: Effect.andThen(tell({ _tag: "Closed" }), Effect.sync(() => {
      open = false
      for (const listener of listeners) Queue.endUnsafe(listener)
    }))
  }
}
