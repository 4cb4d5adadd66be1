/**
 * A session for code that is not Effect.
 */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { Permission } from "../../services/Permission.ts"

export interface PromiseSession<in out Self> extends AsyncDisposable {
  /** runs an endpoint (or any effect over them); rejects with the typed error. The signal interrupts */
  readonly run: <A, E>(effect: Effect.Effect<A, E, Self | Permission<Self, string>>, options?: { readonly signal?: AbortSignal }) => Promise<A>
  /** closes the session */
  readonly close: () => Promise<void>
}

export const makePromise = <Self, E>(layer: Layer.Layer<Self | Permission<Self, string>, E>): PromiseSession<Self> => {
  const runtime = ManagedRuntime.make(layer)
  return {
    run: async (effect, options) => {
      const exit = await runtime.runPromiseExit(effect, options)
      // squash gives the typed error itself, so that `instanceof` and `_tag` work for the caller
      if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
      return exit.value
    },
    close: () => runtime.dispose(),
    [Symbol.asyncDispose]: () => runtime.dispose()
  }
}
