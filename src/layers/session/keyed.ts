/**
 * Sessions chosen at run time, one a key.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import * as Scope from "effect/Scope"
import { Timeout } from "../../errors/CallError.ts"
import { CurrentCall } from "../../services/Call.ts"
import type { Permission } from "../../services/Permission.ts"
import { CurrentPolicy } from "../../services/Policy.ts"
import type { Session } from "../../services/Session.ts"
import { within } from "../policy/deadlines.ts"

export interface KeyedOptions<Self, K, E, R> {
  /** the session of a key. Keys are compared by `Equal` */
  readonly layer: (key: K) => Layer.Layer<Self | Permission<Self, string>, E, R>
  /** how long an unused session stays open. Default 5 minutes */
  readonly idleTimeToLive?: Duration.Input | undefined
  /** sessions open at a time. At the limit the one that is idle for longest closes; if none is idle, calls wait. Default 10,000 */
  readonly capacity?: number | undefined
}

/** What a keyed service holds. */
export interface Keyed<in out Self, in K, out E> {
  readonly session: (key: K) => Effect.Effect<Session, E | Timeout, Scope.Scope>
  /** keys of the sessions that are open */
  readonly open: Effect.Effect<number>
  /** type only */
  readonly "~credence/keyed"?: ((_: Self) => Self) | undefined
}

export interface KeyedClass<in out Keyed_, in out Id extends string, in out Self, K, out E, out R> extends Context.ServiceClass<Keyed_, Id, Keyed<Self, K, E>> {
  readonly layer: () => Layer.Layer<Keyed_, never, R>
  /**
   * Runs calls in the session of a key. At capacity it waits for room, within the deadline of `Call.with` or `Policy.layer`
   * around it, and fails with `Timeout` (`queue`) when there is none in time
   */
  readonly run: (key: K) => <A, E2, R2>(self: Effect.Effect<A, E2, R2>) => Effect.Effect<A, E | E2 | Timeout, Exclude<R2, Self | Permission<Self, string>> | Keyed_>
}

export const makeKeyed = <KeyedSelf, const Id extends string, Self, Api extends string, K, E, R>(
  tag: Context.Key<Self, Session<Api>>,
  id: Id,
  options: KeyedOptions<Self, K, E, R>
): KeyedClass<KeyedSelf, Id, Self, K, E, R> => {
  const key = Context.Service<KeyedSelf, Keyed<Self, K, E>>()(id)
  const statics = {
    layer: (): Layer.Layer<KeyedSelf, never, R> => Layer.effect(key, makeMap(id, tag, options)),
    run: (k: K) => <A, E2, R2>(self: Effect.Effect<A, E2, R2>) =>
      Effect.scoped(Effect.flatMap(Effect.flatMap(key, (keyed) => keyed.session(k)), (session) =>
        // the map holds sessions of this tag only
        Effect.provideService(self, tag, session as Session<Api>)))
  }
  // as for session classes: the statics are added to a class that TypeScript did not see declared
  return Object.assign(key, statics) as unknown as KeyedClass<KeyedSelf, Id, Self, K, E, R>
}

/** A wait within the caller's deadline. */
const inTime = (id: string, wait: Effect.Effect<void>): Effect.Effect<void, Timeout> =>
  Effect.withFiber((fiber) => {
    const deadline = fiber.getRef(CurrentCall).deadline ?? fiber.getRef(CurrentPolicy).deadline
    if (deadline === undefined) return wait
    const limit = Duration.fromInputUnsafe(deadline)
    return within(Duration.toMillis(limit), () =>
      Effect.fail(new Timeout({ operation: `${id}: opening a session`, method: "-", url: "-", attempts: 0, phase: "queue", limit, processed: "no" })))(wait)
  })

/** Idle keys in the order in which they became so, and callers that wait for room. */
const makeMap = <Self, Api extends string, K, E, R>(id: string, tag: Context.Key<Self, Session<Api>>, options: KeyedOptions<Self, K, E, R>) =>
  Effect.gen(function*() {
    const capacity = options.capacity ?? 10_000
    // a session outlives the call that opens it: that call's options, policies and hooks are not the session's
    const around = yield* Effect.context<R>()
    const scope = yield* Effect.scope
    /** the one instance of each of the equal keys that are in use or idle: what follows compares by identity */
    const keys = MutableHashMap.empty<K, K>()
    /** how many callers use a key; 0: open and idle */
    const users = new Map<K, number>()
    const idle = new Set<K>()
    const waiting: Array<Deferred.Deferred<void>> = []
    /** a session that was closed for being idle leaves no trace here either */
    const forget = (key: K): Effect.Effect<void> => Effect.map(RcMap.has(map, key), (open) => {
      // closing takes its time: the key may have been opened anew meanwhile
      if (!open && users.get(key) === 0) {
        drop(key)
      }
    })
    const drop = (key: K): void => {
      users.delete(key)
      idle.delete(key)
      MutableHashMap.remove(keys, key)
    }
    const map: RcMap.RcMap<K, Session<Api>, E> = yield* RcMap.make({
      // a fresh memo map for each key: a layer constant shared by two keys must not be one session
      lookup: (key: K): Effect.Effect<Session<Api>, E, Scope.Scope> => Effect.addFinalizer(() => forget(key)).pipe(
        Effect.andThen(Layer.build(Layer.fresh(options.layer(key)))),
        Effect.map((context) => Context.get(context, tag)),
        Effect.updateContext((caller: Context.Context<Scope.Scope>) => Context.add(around, Scope.Scope, Context.get(caller, Scope.Scope))),
        // a session that could not be opened is not kept: the next call tries again. Here, and not by each that waits for it:
        // a late one would throw out what the next call has opened
        Effect.onError((cause) => Cause.hasInterrupts(cause) ? Effect.void : RcMap.invalidate(map, key))
      ),
      idleTimeToLive: options.idleTimeToLive ?? Duration.minutes(5)
    })

    const wake = Effect.sync(() => {
      const next = waiting.shift()
      if (next !== undefined) Deferred.doneUnsafe(next, Effect.void)
    })
    const admit = (key: K): void => {
      users.set(key, 1)
      MutableHashMap.set(keys, key, key)
    }
    /** takes a place; gives the instance of the key under which it is kept */
    const enter = (given: K): Effect.Effect<K, Timeout> =>
      Effect.suspend(() => {
        const key = Option.getOrElse(MutableHashMap.get(keys, given), () => given)
        const count = users.get(key)
        if (count !== undefined) {
          users.set(key, count + 1)
          idle.delete(key)
          return Effect.succeed(key)
        }
        if (users.size < capacity) {
          admit(key)
          return Effect.succeed(key)
        }
        const oldest = idle.values().next()
        if (oldest.done !== true) {
          drop(oldest.value)
          admit(key)
          // closing may take its time (a logout): who gives up waiting for it leaves at once, and it goes on
          return Effect.flatMap(Effect.forkIn(RcMap.invalidate(map, oldest.value), scope), (closing) =>
            Effect.as(Effect.onInterrupt(Effect.interruptible(Fiber.join(closing)), () => leave(key)), key))
        }
        const room = Deferred.makeUnsafe<void>()
        waiting.push(room)
        return Effect.andThen(
          Effect.onError(Effect.interruptible(inTime(id, Deferred.await(room))), () => Effect.suspend(() => {
            const at = waiting.indexOf(room)
            if (at >= 0) {
              waiting.splice(at, 1)
              return Effect.void
            }
            // it was woken and leaves: the room is somebody else's
            return wake
          })),
          enter(key)
        )
      })
    const leave = (key: K): Effect.Effect<void> =>
      Effect.flatMap(RcMap.has(map, key), (open) => {
        const count = (users.get(key) ?? 1) - 1
        users.set(key, count)
        if (count > 0) return Effect.void
        // one that could not be opened, or does not stay open, takes no room
        if (open) idle.add(key)
        else drop(key)
        return wake
      })
    return {
      session: (key: K) =>
        Effect.flatMap(Effect.acquireRelease(enter(key), leave), (kept) => RcMap.get(map, kept)),
      open: Effect.map(RcMap.keys(map), (keys) => [...keys].length)
    }
  })
