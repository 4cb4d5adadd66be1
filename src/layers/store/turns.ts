/**
 * Turns within this process, in the order of asking: what a store's lease begins with, so that the sessions of one process do
 * not race each other for a lease that another machine may hold.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

interface Turn {
  /** who has it or waits for it */
  users: number
  readonly semaphore: Semaphore.Semaphore
}

/** Waits for the turn of a key; it ends with its scope. Interrupting the wait gives up the place in the queue. */
export type Turns = (key: string) => Effect.Effect<void, never, Scope.Scope>

export const make = (): Turns => {
  const turns = new Map<string, Turn>()
  return (key) => Effect.flatMap(
    Effect.acquireRelease(
      Effect.sync(() => {
        const known = turns.get(key)
        const turn = known ?? { users: 0, semaphore: Semaphore.makeUnsafe(1) }
        if (known === undefined) turns.set(key, turn)
        turn.users++
        return turn
      }),
      (turn) => Effect.sync(() => {
        if (--turn.users === 0) turns.delete(key)
      })
    ),
    // takeScoped and not take: it loses no turn to an interruption
    (turn) => turn.semaphore.takeScoped(1)
  )
}
