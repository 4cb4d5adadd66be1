/**
 * The place of one login in a store: read without a turn, changed in turn. What the store cannot do, memory does, and says so;
 * only what others can read is refused.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { StoreFailed } from "../../errors/StoreFailed.ts"
import type { TokenLease, TokenStore } from "../../services/TokenStore.ts"
import { decode, encode, type Kept } from "./record.ts"

/** A place for one login. Sessions that share it in one process share this value. */
export interface Shelf {
  readonly key: string
  /** `undefined`: in memory only */
  readonly store: TokenStore | undefined
  /** one at a time in this process, whatever the store can do */
  readonly turn: Semaphore.Semaphore
  /** what was put here last, or read */
  last: Kept | undefined
  /** the store does not have it, as far as is known */
  unsaved: boolean
  /** what the store may have: the text of its last answer, or one whose save was not answered. What is unsaved goes in the place of these only */
  stored: ReadonlyArray<string | undefined>
  /** somebody has signed out here: what the login began with is as dead as what came of it */
  ended: boolean
  /** a note that was taken back, and may be in the store all the same */
  unsent: Kept["intent"]
  /** why, for people */
  problem: string | undefined
}

export const make = (store: TokenStore | undefined, key: string): Shelf => ({ key, store, turn: Semaphore.makeUnsafe(1), last: undefined, unsaved: false, stored: [undefined], ended: false, unsent: undefined, problem: undefined })

/** Told of every trouble with the store. */
type Tell = (error: StoreFailed) => Effect.Effect<void>

/** What may be done in turn. */
export interface Turn {
  readonly kept: Kept | undefined
  /** why others may be at it at the same time; `undefined`: they cannot */
  readonly trouble: StoreFailed | undefined
  /** of the lease; 0 without one */
  readonly fence: number
  /** keeps it, in memory where the store cannot; gives what is wrong with the store. Takes 5 seconds at most, and cannot be interrupted */
  readonly write: (kept: Kept) => Effect.Effect<StoreFailed | undefined>
  /** what was written last is not so: nothing has happened. The store may have it all the same */
  readonly takeBack: Effect.Effect<void>
  /** gives what is wrong with the store where it may have it still */
  readonly remove: Effect.Effect<StoreFailed | undefined>
}

/** What is kept, without waiting for a turn. What fails here fails in turn as well, and is told then. */
export const look = (shelf: Shelf): Effect.Effect<Kept | undefined, StoreFailed> => Effect.suspend(() => {
  const { last, store } = shelf
  if (store === undefined || shelf.unsaved) return Effect.succeed(last)
  return Effect.map(read(store, shelf.key), ({ kept, text }) => {
    // who has the turn may have written meanwhile
    if (shelf.last === last && !shelf.unsaved) learn(shelf, kept, text)
    return kept
  })
})

/**
 * Runs alone among all who share the place, after a wait for who is at it now: 60 seconds at most, or 5 where the store has
 * just been `silent`. Fails by itself only where the store is `insecure`.
 */
export const inTurn = <A, E>(shelf: Shelf, tell: Tell, body: (turn: Turn) => Effect.Effect<A, E>, silent = false): Effect.Effect<A, E | StoreFailed> => {
  const { store } = shelf
  const put = (kept: Kept | undefined) => Effect.sync(() => {
    shelf.last = kept
    return undefined
  })
  if (store === undefined) {
    return shelf.turn.withPermit(Effect.suspend(() => body({ kept: shelf.last, trouble: undefined, fence: 0, write: put, takeBack: put(shelf.last), remove: put(undefined) })))
  }
  return shelf.turn.withPermit(Effect.acquireUseRelease(Scope.make(), (scope) => Effect.gen(function*() {
    const leased = yield* Effect.result(limited(store, Scope.provide(store.lease(shelf.key), scope), silent ? "5 seconds" : "60 seconds"))
    if (Result.isFailure(leased)) return yield* withoutStore(shelf, tell, leased.failure, body)
    const lease = leased.success
    const seen = yield* Effect.result(Effect.flatMap(read(store, shelf.key), ({ kept, text }) => {
      const { last, stored } = shelf
      // what only memory had is put where it belongs, unless the store has something else by now: it may come of what memory
      // has, which the store has had after all
      if (shelf.unsaved && last !== undefined && stored.includes(text)) return Effect.as(save(shelf, store, lease, last), last)
      learn(shelf, kept, text)
      return Effect.succeed(kept)
    }))
    if (Result.isFailure(seen)) return yield* withoutStore(shelf, tell, seen.failure, body, lease)
    const kept = withoutUnsent(shelf, seen.success)
    return yield* body({
      kept,
      trouble: undefined,
      fence: lease.fence,
      write: (kept) => Effect.catch(Effect.as(save(shelf, store, lease, kept), undefined), (error) => Effect.as(troubled(shelf, tell, error), error)),
      takeBack: Effect.sync(() => {
        shelf.unsent = shelf.last?.intent
        shelf.last = kept
        shelf.unsaved = false
      }),
      remove: removed(shelf, tell, store, lease)
    })
  }), (scope, exit) =>
    // a store that does not let go keeps nobody waiting
    Effect.flatMap(Effect.forkDetach(Scope.close(scope, exit), { startImmediately: true }), (closing) => Effect.timeoutOption(Fiber.await(closing), "5 seconds"))))
}

const removed = (shelf: Shelf, tell: Tell, store: TokenStore, lease: TokenLease): Effect.Effect<StoreFailed | undefined> => Effect.suspend(() => {
  learn(shelf, undefined, undefined)
  return Effect.catch(Effect.as(sure(limited(store, lease.remove)), undefined), (error) => Effect.as(troubled(shelf, tell, error), error))
})

/** What is kept, without a note of which this process knows that it was never acted on. */
const withoutUnsent = (shelf: Shelf, kept: Kept | undefined): Kept | undefined => {
  const { unsent } = shelf
  const own = unsent !== undefined && kept?.intent?.at === unsent.at && kept.intent.fence === unsent.fence
  return own ? { ...kept, intent: undefined } : kept
}

/** Goes on in memory. Nothing is written over what could not be read: somebody with the right key may want it. */
const withoutStore = <A, E>(shelf: Shelf, tell: Tell, trouble: StoreFailed, body: (turn: Turn) => Effect.Effect<A, E>, lease?: TokenLease): Effect.Effect<A, E | StoreFailed> => {
  const put = (kept: Kept | undefined) => Effect.sync(() => {
    shelf.last = kept
    shelf.unsaved = kept !== undefined
    return undefined
  })
  const remove = lease === undefined || shelf.store === undefined ? Effect.as(put(undefined), trouble) : removed(shelf, tell, shelf.store, lease)
  return Effect.flatMap(troubled(shelf, tell, trouble), (): Effect.Effect<A, E | StoreFailed> =>
    trouble.reason === "insecure" ? Effect.fail(trouble) : body({ kept: shelf.last, trouble, fence: 0, write: put, takeBack: put(shelf.last), remove }))
}

const troubled = (shelf: Shelf, tell: Tell, error: StoreFailed): Effect.Effect<void> => {
  shelf.problem = `${error.reason}: ${error.detail}`
  return tell(error)
}

/** What the store has just said. */
const learn = (shelf: Shelf, kept: Kept | undefined, text: string | undefined): void => {
  shelf.last = kept
  shelf.stored = [text]
  shelf.unsaved = false
  shelf.problem = undefined
}

const read = (store: TokenStore, key: string): Effect.Effect<{ readonly kept: Kept | undefined; readonly text: string | undefined }, StoreFailed> =>
  Effect.flatMap(limited(store, store.load(key)), (value) => {
    const text = value === undefined ? undefined : Redacted.value(value)
    const decoded = text === undefined ? Result.succeed(undefined) : decode(text)
    return Result.isSuccess(decoded)
      ? Effect.succeed({ kept: decoded.success, text })
      : Effect.fail(new StoreFailed({ store: store.name, reason: "corrupt", detail: decoded.failure }))
  })

const save = (shelf: Shelf, store: TokenStore, lease: TokenLease, kept: Kept): Effect.Effect<void, StoreFailed> =>
  Effect.suspend(() => {
    const before = shelf.stored
    shelf.last = kept
    shelf.unsaved = true
    const text = encode(kept)
    const value = Redacted.make(text, { label: "login" })
    // the lease ran out meanwhile: where nobody has changed anything since, its next holder writes it as well
    const late = Effect.scoped(Effect.flatMap(store.lease(shelf.key), (next) =>
      Effect.flatMap(store.load(shelf.key), (found) =>
        before.includes(found === undefined ? undefined : Redacted.value(found))
          ? next.save(value)
          : Effect.fail(new StoreFailed({ store: store.name, reason: "lost", detail: "the lease ran out, and somebody else has written since" })))))
    const saved = Effect.catchIf(lease.save(value), (error) => error.reason === "lost", () => late)
    // without an answer it may have arrived all the same; of many the last few, since each of them is a login
    const unanswered = (error: StoreFailed) => Effect.sync(() => {
      if (error.reason === "unavailable") shelf.stored = [...before.slice(-7), text]
    })
    return Effect.map(Effect.tapError(sure(limited(store, saved)), unanswered), () => learn(shelf, kept, text))
  })

/** A store that does not answer must not keep a session from its end, also where what it does cannot be interrupted, as on a disk that hangs. */
const limited = <A, R>(store: TokenStore, effect: Effect.Effect<A, StoreFailed, R>, limit: "5 seconds" | "60 seconds" = "5 seconds"): Effect.Effect<A, StoreFailed, R> =>
  Effect.uninterruptibleMask((restore) => Effect.flatMap(Effect.forkDetach(Effect.interruptible(effect), { startImmediately: true }), (fiber) =>
    Effect.flatMap(Effect.onInterrupt(restore(Effect.timeoutOption(Fiber.await(fiber), limit)), () => Fiber.interrupt(fiber)), (exit) => {
      if (Option.isSome(exit)) return exit.value
      fiber.interruptUnsafe()
      return Effect.fail(new StoreFailed({ store: store.name, reason: "unavailable", detail: `it did not answer within ${limit}` }))
    })))

/** In a fiber of its own: its limit must end it, and an interruption of who waits for it must not. */
const sure = <A>(effect: Effect.Effect<A, StoreFailed>): Effect.Effect<A, StoreFailed> =>
  Effect.uninterruptible(Effect.flatMap(
    Effect.flatMap(Effect.forkDetach(Effect.interruptible(effect), { startImmediately: true }), Fiber.await),
    (exit) => Exit.isSuccess(exit) ? Effect.succeed(exit.value) : Effect.failCause(exit.cause)
  ))
