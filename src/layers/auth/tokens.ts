/**
 * One credential that many fibers use and that is renewed by one of them: single flight, by generation.
 *
 * A 401 rejects the generation that was sent, not what came after it. A waiter that is interrupted leaves the others
 * alone; a flight that nobody waits for is given up, unless it has already committed: a rotated token that is on its way
 * home must not be lost.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

/** A credential and its place in the row of those that a session has had. */
export interface Token<out A> {
  readonly generation: number
  readonly value: A
  /** monotonic milliseconds (never the wall clock, which may step); `Infinity`: until the server says otherwise */
  readonly expires: number
}

/** What a renewal gives. */
export interface Redeemed<out A> {
  readonly value: A
  /** milliseconds from now; `undefined`: not told */
  readonly lifetime?: number | undefined
}

/**
 * Gets a new credential. Before it runs `commit` it may be given up at any time; afterwards it is finished whoever waits,
 * so `commit` comes right before the request that spends something.
 */
export type Redeem<A, E> = (previous: Token<A> | undefined, commit: Effect.Effect<void>) => Effect.Effect<Redeemed<A>, E>

export interface TokensOptions<A, E> {
  readonly redeem: Redeem<A, E>
  /** what waiters get when the session closes */
  readonly closed: () => E
  /** a credential to begin with */
  readonly initial?: Redeemed<A> | undefined
  /** how long closing waits for a committed flight. Default 5 seconds */
  readonly grace?: Duration.Input | undefined
}

export interface Tokens<in out A, out E> {
  /** the present credential, or one newer than `rejected`, the generation that a 401 was for. Looks when it is called: a present one is an effect that is already done */
  readonly get: (rejected?: number) => Effect.Effect<Token<A>, E>
  /** a new credential, whatever the present one is */
  readonly renew: Effect.Effect<Token<A>, E>
  /** the last credential, even one that has expired */
  readonly current: () => Token<A> | undefined
  /** the last few credentials, the present one included: answers to earlier ones may still be on their way */
  readonly recent: () => ReadonlyArray<Token<A>>
  readonly isExpired: (token: Token<A>) => boolean
}

interface Flight<A, E> {
  readonly result: Deferred.Deferred<Token<A>, E>
  waiters: number
  committed: boolean
  fiber: Fiber.Fiber<unknown, unknown> | undefined
}

/** Renewed this much before its end, but never more than a tenth of a short life before it. */
const margin = (lifetime: number): number => Math.min(10_000, lifetime / 10)

export const make = <A, E>(options: TokensOptions<A, E>): Effect.Effect<Tokens<A, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
    // the session's context: a waiter's options, span or deadline must not leak into a flight that others share
    const context = yield* Effect.context<never>()
    const clock = yield* Clock.Clock
    const now = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    const token = (redeemed: Redeemed<A>, generation: number): Token<A> => ({
      generation,
      value: redeemed.value,
      // a lifetime of nothing says nothing: such a token is used until the server rejects it
      expires: redeemed.lifetime === undefined || !(redeemed.lifetime > 0) ? Infinity : now() + redeemed.lifetime - margin(redeemed.lifetime)
    })
    let generation = 0
    let current = options.initial === undefined ? undefined : token(options.initial, ++generation)
    let recent: ReadonlyArray<Token<A>> = current === undefined ? [] : [current]
    let flight: Flight<A, E> | undefined
    let open = true

    const settle = (f: Flight<A, E>, exit: Exit.Exit<Token<A>, E>): void => {
      if (flight === f) flight = undefined
      Deferred.doneUnsafe(f.result, exit)
    }
    const start = (): Flight<A, E> => {
      const f: Flight<A, E> = { result: Deferred.makeUnsafe(), waiters: 0, committed: false, fiber: undefined }
      flight = f
      const commit = Effect.sync(() => {
        f.committed = true
      })
      const run = Effect.onExit(options.redeem(current, commit), (exit) => Effect.sync(() => {
        // a flight that nobody waits for any more may have been replaced: it must not settle or set anything
        if (Exit.isSuccess(exit) && (flight === f || f.committed)) {
          current = token(exit.value, ++generation)
          recent = [current, ...recent.slice(0, 2)]
          settle(f, Exit.succeed(current))
        } else settle(f, Exit.isFailure(exit) ? Exit.failCause(exit.cause) : Exit.fail(options.closed()))
      }))
      f.fiber = Effect.runForkWith(context)(run)
      return f
    }
    const leave = (f: Flight<A, E>): Effect.Effect<void> => Effect.sync(() => {
      if (--f.waiters > 0 || f.committed || flight !== f) return
      flight = undefined
      f.fiber?.interruptUnsafe()
    })
    const join: Effect.Effect<Token<A>, E> = Effect.suspend(() => open
      // masked, so that nothing can interrupt between counting a waiter and the handler that counts it out
      ? Effect.uninterruptibleMask((restore) => {
        const f = flight ?? start()
        f.waiters++
        return Effect.onExit(restore(Deferred.await(f.result)), () => leave(f))
      })
      : Effect.fail(options.closed()))
    const isExpired = (t: Token<A>): boolean => t.expires <= now()

    yield* Effect.addFinalizer(() => Effect.suspend(() => {
      open = false
      const f = flight
      if (f === undefined) return Effect.void
      // waiters hear of it before the interrupt, or they would see an interruption that is not theirs
      Deferred.doneUnsafe(f.result, Exit.fail(options.closed()))
      const fiber = f.fiber
      if (fiber === undefined) return Effect.void
      const landed: Effect.Effect<Option.Option<unknown>> = f.committed ? Effect.timeoutOption(Fiber.await(fiber), options.grace ?? "5 seconds") : Effect.succeedNone
      return Effect.andThen(landed, Fiber.interrupt(fiber))
    }))

    return {
      get: (rejected = 0) => open && current !== undefined && current.generation > rejected && !isExpired(current) ? Effect.succeed(current) : join,
      renew: join,
      current: () => current,
      recent: () => recent,
      isExpired
    }
  })
