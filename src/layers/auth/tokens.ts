/**
 * One credential that many fibers use and that is renewed by one of them: single flight, by generation.
 *
 * A 401 rejects the generation that was sent, not what came after it. A waiter that is interrupted leaves the others
 * alone; a flight that nobody waits for is given up, unless it has already committed: a rotated token that is on its way
 * home must not be lost. A credential that is used near its end is renewed in the background; nothing runs while it is not
 * used. What fails again and again is left alone for a while.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { CredentialSource } from "../../services/SessionEvent.ts"
import * as Timing from "./timing.ts"

/** A credential and its place in the row of those that a session has had. Times are monotonic milliseconds (never the wall clock, which may step), but for `since`. */
export interface Token<out A> {
  readonly generation: number
  readonly value: A
  readonly source: CredentialSource
  /** it counts as expired from then on; `Infinity`: until the server says otherwise */
  readonly expires: number
  /** it is renewed in the background when it is used from then on */
  readonly renews: number
  /** what the server told as its end */
  readonly ends: number
  /** when it was issued, in Unix milliseconds */
  readonly since: number
}

/** What a renewal gives. */
export interface Redeemed<out A> {
  readonly value: A
  /** milliseconds, of the whole life; `undefined`: not told */
  readonly lifetime?: number | undefined
  /** how much of it has passed. Default 0 */
  readonly age?: number | undefined
  /** default `login` */
  readonly source?: CredentialSource | undefined
}

/** What a flight is for. */
export interface Asked {
  /** what the credential must be good for, beyond what it would be anyway; empty: a plain renewal */
  readonly scopes: ReadonlyArray<string>
  /** somebody waits for it by now; in the background nobody does */
  readonly waited: () => boolean
}

/**
 * Gets a new credential. Before it runs `commit` it may be given up at any time; afterwards it is finished whoever waits,
 * so `commit` comes right before the request that spends something.
 */
export type Redeem<A, E> = (previous: Token<A> | undefined, commit: Effect.Effect<void>, asked: Asked) => Effect.Effect<Redeemed<A>, E>

export interface TokensOptions<A, E> {
  readonly redeem: Redeem<A, E>
  /** what waiters get when the session closes */
  readonly closed: () => E
  /** a credential to begin with */
  readonly initial?: Redeemed<A> | undefined
  /** how long closing waits for a committed flight. Default 5 seconds */
  readonly grace?: Duration.Input | undefined
  /** whether it is renewed before its end while it is used. Default `true` */
  readonly ahead?: boolean | undefined
  /** is it good for these? Default: never known */
  readonly covers?: ((value: A, scopes: ReadonlyArray<string>) => boolean) | undefined
  /** told of each new credential */
  readonly renewed?: ((token: Token<A>) => Effect.Effect<void>) | undefined
  /** told of each failure, and for how many milliseconds it is the answer to all who ask; 0: the next one tries afresh */
  readonly failed?: ((error: E, wait: number) => Effect.Effect<void>) | undefined
}

export interface Tokens<in out A, out E> {
  /** the present credential, or one newer than `rejected`, the generation that a 401 was for. Looks when it is called: a present one is an effect that is already done */
  readonly get: (rejected?: number) => Effect.Effect<Token<A>, E>
  /** the present credential if it is good, without waiting; begins a renewal in the background where that is due */
  readonly present: (rejected?: number) => Token<A> | undefined
  /** a new credential, whatever the present one is */
  readonly renew: Effect.Effect<Token<A>, E>
  /** one that is also good for these scopes, by a flight of its own; what is asked for once is kept from then on */
  readonly stepUp: (scopes: ReadonlyArray<string>) => Effect.Effect<Token<A>, E>
  /** the last credential, even one that has expired */
  readonly current: () => Token<A> | undefined
  /** the last few credentials, the present one included: answers to earlier ones may still be on their way */
  readonly recent: () => ReadonlyArray<Token<A>>
  readonly isExpired: (token: Token<A>) => boolean
  /** drops the present credential; the generations go on */
  readonly forget: () => void
  /** milliseconds from now until a monotonic time of this clock */
  readonly until: (monotonic: number) => number
}

interface Flight<A, E> {
  readonly result: Deferred.Deferred<Token<A>, E>
  readonly key: string
  readonly background: boolean
  waiters: number
  committed: boolean
  fiber: Fiber.Fiber<unknown, unknown> | undefined
}

const union = (one: ReadonlyArray<string>, other: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set([...one, ...other])].sort()

export const make = <A, E>(options: TokensOptions<A, E>): Effect.Effect<Tokens<A, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
    // the session's context: a waiter's options, span or deadline must not leak into a flight that others share
    const context = yield* Effect.context<never>()
    const clock = yield* Clock.Clock
    const random = yield* Random.Random
    const now = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    const token = (redeemed: Redeemed<A>, generation: number): Token<A> => {
      const { age = 0, lifetime, source = "login", value } = redeemed
      const since = clock.currentTimeMillisUnsafe() - age
      // a lifetime of nothing says nothing: such a token is used until the server rejects it
      if (lifetime === undefined || !(lifetime > 0)) return { generation, value, source, expires: Infinity, renews: Infinity, ends: Infinity, since }
      const ends = now() + lifetime - age
      const expires = ends - Timing.margin(lifetime)
      const renews = options.ahead === false ? Infinity : expires - Timing.ahead(lifetime, random.nextDoubleUnsafe())
      return { generation, value, source, expires, renews, ends, since }
    }
    let generation = 0
    let current = options.initial === undefined ? undefined : token(options.initial, ++generation)
    let recent: ReadonlyArray<Token<A>> = current === undefined ? [] : [current]
    let wanted: ReadonlyArray<string> = []
    let open = true
    // one for each set of scopes: who wants more is not served by a flight for less
    const flights = new Map<string, Flight<A, E>>()
    // failures in a row; those that somebody waited for, and the last of these; and when the next try is due
    let failures = 0
    let answered = 0
    let failure: Exit.Exit<never, E> | undefined
    let retryAt = -Infinity

    const settle = (f: Flight<A, E>, exit: Exit.Exit<Token<A>, E>): void => {
      if (flights.get(f.key) === f) flights.delete(f.key)
      Deferred.doneUnsafe(f.result, exit)
    }
    /** what became of a flight; what is to be told of it */
    const landed = (f: Flight<A, E>, scopes: ReadonlyArray<string>, exit: Exit.Exit<Redeemed<A>, E>): Effect.Effect<void> => {
      // a flight that nobody waits for any more may have been replaced: it must not settle or set anything
      const counts = flights.get(f.key) === f || f.committed
      if (Exit.isSuccess(exit) && counts) {
        current = token(exit.value, ++generation)
        recent = [current, ...recent.slice(0, 2)]
        if (scopes.some((scope) => !wanted.includes(scope))) wanted = union(wanted, scopes)
        failures = answered = 0
        settle(f, Exit.succeed(current))
        return options.renewed?.(current) ?? Effect.void
      }
      if (Exit.isSuccess(exit)) return Effect.sync(() => settle(f, Exit.fail(options.closed())))
      const failed = Exit.failCause(exit.cause)
      const error = Exit.findErrorOption(exit)
      let wait = 0
      if (Option.isSome(error) && open && scopes === wanted) {
        const pause = Timing.backOff(++failures, random.nextDoubleUnsafe())
        retryAt = now() + pause
        // what nobody waited for may have had to leave something out, and is no answer to who does
        if (f.waiters > 0) {
          failure = failed
          if (++answered > 1) wait = pause
        } else wait = pause
      }
      settle(f, failed)
      return Option.isSome(error) && open ? options.failed?.(error.value, wait) ?? Effect.void : Effect.void
    }
    const start = (key: string, scopes: ReadonlyArray<string>, background: boolean): Flight<A, E> => {
      const f: Flight<A, E> = { result: Deferred.makeUnsafe(), key, background, waiters: background ? 0 : 1, committed: false, fiber: undefined }
      flights.set(key, f)
      const commit = Effect.sync(() => {
        f.committed = true
      })
      const asked: Asked = { scopes, waited: () => f.waiters > 0 }
      const run = Effect.onExit(Effect.suspend(() => options.redeem(current, commit, asked)), (exit) => Effect.suspend(() => landed(f, scopes, exit)))
      f.fiber = Effect.runForkWith(context)(run)
      return f
    }
    const leave = (f: Flight<A, E>): Effect.Effect<void> => Effect.sync(() => {
      if (--f.waiters > 0 || f.background || f.committed || flights.get(f.key) !== f) return
      flights.delete(f.key)
      f.fiber?.interruptUnsafe()
    })
    const keyOf = (scopes: ReadonlyArray<string>): string => scopes.join(" ")
    const join = (scopesOf: () => ReadonlyArray<string>): Effect.Effect<Token<A>, E> => Effect.suspend(() => {
      if (!open) return Effect.fail(options.closed())
      const scopes = scopesOf()
      const key = keyOf(scopes)
      const flight = flights.get(key)
      if (flight === undefined && scopes === wanted && failure !== undefined && answered > 1 && now() < retryAt) return failure
      // masked, so that nothing can interrupt between counting a waiter and the handler that counts it out
      return Effect.uninterruptibleMask((restore) => {
        if (flight !== undefined) flight.waiters++
        // who begins it is counted before it runs
        const f = flight ?? start(key, scopes, false)
        return Effect.onExit(restore(Deferred.await(f.result)), () => leave(f))
      })
    })
    const plain = join(() => wanted)
    const isExpired = (t: Token<A>): boolean => t.expires <= now()
    /** begins a renewal that nobody waits for, but not where one is on its way or has just failed */
    const renewAhead = (at: number): void => {
      const key = keyOf(wanted)
      if (flights.has(key) || at < retryAt && failures > 0) return
      start(key, wanted, true)
    }

    yield* Effect.addFinalizer(() => Effect.suspend(() => {
      open = false
      return Effect.forEach([...flights.values()], (f) => {
        // waiters hear of it before the interrupt, or they would see an interruption that is not theirs
        Deferred.doneUnsafe(f.result, Exit.fail(options.closed()))
        const fiber = f.fiber
        if (fiber === undefined) return Effect.void
        const home: Effect.Effect<Option.Option<unknown>> = f.committed ? Effect.timeoutOption(Fiber.await(fiber), options.grace ?? "5 seconds") : Effect.succeedNone
        return Effect.andThen(home, Fiber.interrupt(fiber))
      }, { concurrency: "unbounded", discard: true })
    }))

    const present = (rejected = 0): Token<A> | undefined => {
      const t = current
      if (t === undefined || !open || t.generation <= rejected) return undefined
      if (t.expires === Infinity) return t
      const at = now()
      if (at >= t.expires) return undefined
      if (at >= t.renews) renewAhead(at)
      return t
    }

    return {
      present,
      get: (rejected) => {
        const t = present(rejected)
        return t === undefined ? plain : Effect.succeed(t)
      },
      renew: plain,
      stepUp: (scopes) => Effect.suspend(() => {
        const t = current
        if (t !== undefined && open && !isExpired(t) && options.covers?.(t.value, scopes) === true) return Effect.succeed(t)
        const all = scopes.every((scope) => wanted.includes(scope)) ? wanted : union(wanted, scopes)
        return join(() => all)
      }),
      current: () => current,
      recent: () => recent,
      isExpired,
      forget: () => {
        current = undefined
        failures = answered = 0
      },
      until: (monotonic) => monotonic - now()
    }
  })
