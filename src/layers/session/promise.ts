/**
 * A session for code that is not Effect.
 */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { SessionClosed } from "../../errors/CallError.ts"
import type { Permission } from "../../services/Permission.ts"

export interface PromiseSession<in out Self> extends AsyncDisposable {
  /** runs an endpoint (or any effect over them); rejects with the typed error, `SessionClosed` after {@link close}. The signal interrupts, and its reason is the rejection */
  readonly run: <A, E>(effect: Effect.Effect<A, E, Self | Permission<Self, string>>, options?: { readonly signal?: AbortSignal }) => Promise<A>
  /** closes the session; what is still running is interrupted */
  readonly close: () => Promise<void>
}

export const makePromise = <Self, E>(session: string, layer: Layer.Layer<Self | Permission<Self, string>, E>): PromiseSession<Self> => {
  const runtime = ManagedRuntime.make(layer)
  let closed = false
  const sessionClosed = () => new SessionClosed({ operation: "run", method: "-", url: "-", attempts: 0, session })
  const close = () => {
    closed = true
    return runtime.dispose()
  }
  return {
    run: async (effect, options) => {
      if (closed) throw sessionClosed()
      const exit = await runtime.runPromiseExit(effect, options)
      if (Exit.isSuccess(exit)) return exit.value
      if (Cause.hasInterruptsOnly(exit.cause)) {
        if (options?.signal?.aborted === true) throw options.signal.reason
        if (closed) throw sessionClosed()
      }
      // squash gives the typed error itself, so that `instanceof` and `_tag` work for the caller
      throw Cause.squash(exit.cause)
    },
    close,
    [Symbol.asyncDispose]: close
  }
}
