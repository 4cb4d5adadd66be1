/**
 * Tokens in the memory of this process: sessions share a login, nothing outlives the process.
 */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { StoreFailed } from "../../errors/StoreFailed.ts"
import type { TokenStore } from "../../services/TokenStore.ts"
import * as Turns from "./turns.ts"

/** A store of its own. A lease lasts as long as its scope: in one process a holder cannot die alone. */
export const make = (): TokenStore => {
  const name = "memory"
  const values = new Map<string, Redacted.Redacted<string>>()
  const turns = Turns.make()
  let fence = 0
  return {
    name,
    ephemeral: true,
    load: (key) => Effect.sync(() => values.get(key)),
    lease: (key) => Effect.gen(function*() {
      yield* turns(key)
      let held = true
      yield* Effect.addFinalizer(() => Effect.sync(() => {
        held = false
      }))
      const whileHeld = (change: () => void) => Effect.suspend(() => {
        if (!held) return Effect.fail(new StoreFailed({ store: name, reason: "lost", detail: "the lease has ended" }))
        change()
        return Effect.void
      })
      return {
        fence: ++fence,
        save: (value) => whileHeld(() => values.set(key, value)),
        remove: whileHeld(() => values.delete(key))
      }
    })
  }
}
