import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Tokens from "../../src/layers/auth/tokens.ts"
import { random, settle } from "../support/billing.ts"

class Refused extends Data.TaggedError("Refused")<{ readonly why: string }> {}
const closed = () => new Refused({ why: "closed" })

const open = <A>(redeem: Tokens.Redeem<A, Refused>, options: Partial<Tokens.TokensOptions<A, Refused>> = {}) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const tokens = yield* Scope.provide(Tokens.make({ redeem, closed, ...options }), scope)
    return { tokens, close: Scope.close(scope, Exit.void) }
  })

describe("tokens", () => {
  it.effect("faults 4: before it commits, a flight that nobody waits for is given up at once, and the next one is fresh", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      let started = 0
      const { tokens } = yield* open((_, commit) =>
        Effect.sleep("1 second").pipe(
          Effect.onInterrupt(() => Effect.sync(() => log.push("given up"))),
          Effect.andThen(commit),
          Effect.andThen(Effect.sync(() => ({ value: ++started })))
        ))
      const waiters = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(tokens.get()))
      yield* settle
      yield* Fiber.interrupt(waiters[0]!)
      assert.deepStrictEqual(log, [])
      yield* Fiber.interruptAll(waiters)
      assert.deepStrictEqual(log, ["given up"])
      const next = yield* Effect.forkChild(tokens.get())
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* Fiber.join(next), { generation: 1, value: 1, expires: Infinity })
    }))

  it.effect("faults 4: after it has committed it is finished whoever waits", () =>
    Effect.gen(function*() {
      const { tokens } = yield* open((_, commit) => Effect.andThen(commit, Effect.as(Effect.sleep("1 second"), { value: 1 })))
      const waiter = yield* Effect.forkChild(tokens.get())
      yield* settle
      yield* Fiber.interrupt(waiter)
      assert.isUndefined(tokens.current())
      yield* TestClock.adjust("1 second")
      assert.strictEqual(tokens.current()?.value, 1)
    }))

  it.effect("a waiter's context does not leak into the flight", () =>
    Effect.gen(function*() {
      const Mark = Context.Reference<string>("test/Mark", { defaultValue: () => "none" })
      const { tokens } = yield* open((_, commit) => Effect.andThen(commit, Effect.map(Mark, (mark) => ({ value: mark })))).pipe(Effect.provideService(Mark, "session"))
      assert.strictEqual((yield* tokens.get().pipe(Effect.provideService(Mark, "waiter"))).value, "session")
    }))

  it.effect("faults 8: a rejected generation is renewed once; an older one is not renewed for", () =>
    Effect.gen(function*() {
      let redeemed = 0
      const { tokens } = yield* open((_, commit) => Effect.andThen(commit, Effect.sync(() => ({ value: ++redeemed }))))
      const first = yield* tokens.get()
      const second = yield* tokens.get(first.generation)
      assert.deepStrictEqual([first.generation, second.generation, redeemed], [1, 2, 2])
      assert.strictEqual(yield* tokens.get(first.generation), second)
      assert.strictEqual(redeemed, 2)
    }))

  it.effect("faults 5: closing settles waiters before it interrupts", () =>
    Effect.gen(function*() {
      const { close, tokens } = yield* open(() => Effect.never)
      const waiter = yield* Effect.forkChild(Effect.exit(tokens.get()))
      yield* settle
      yield* close
      assert.deepStrictEqual(yield* Fiber.join(waiter), Exit.fail(closed()))
      assert.deepStrictEqual(yield* Effect.exit(tokens.get()), Exit.fail(closed()))
    }))

  it.effect("a defect in a redemption reaches the waiters, and the next call tries afresh", () =>
    Effect.gen(function*() {
      let tries = 0
      const { tokens } = yield* open(() => Effect.suspend(() => ++tries === 1 ? Effect.die(new Error("broken")) : Effect.succeed({ value: tries })))
      const exit = yield* Effect.exit(tokens.get())
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.strictEqual((yield* tokens.get()).value, 2)
    }))
})

/** Delays are coarse on purpose, so that many things happen at the same instant. */
const seedRun = (seed: number) =>
  Effect.gen(function*() {
    const r = random(seed)
    const bad: Array<string> = []
    const tick = (most: number) => Math.floor(r() * most) * 10
    let [server, stored, accepted, inFlight, redeemed, revocations, givenUp] = [1, 1, 0, 0, 0, 0, 0]
    const spent = new Set<number>()
    const redeem: Tokens.Redeem<number, Refused> = (_, commit) =>
      Effect.gen(function*() {
        yield* Effect.onInterrupt(Effect.sleep(tick(5)), () => Effect.sync(() => givenUp++))
        yield* commit
        if (++inFlight > 1) bad.push("two redemptions at once")
        const mine = stored
        yield* Effect.sleep(tick(4))
        if (r() < 0.15) {
          inFlight--
          return yield* new Refused({ why: "refused" })
        }
        if (spent.has(mine)) bad.push(`${mine} spent twice`)
        spent.add(mine)
        server++
        accepted++
        redeemed++
        const value = accepted
        yield* Effect.sleep(tick(4))
        stored = server
        inFlight--
        return { value }
      })
    const { close, tokens } = yield* open(redeem, { grace: "1 second" })
    const caller = Effect.gen(function*() {
      yield* Effect.sleep(tick(20))
      const token = yield* tokens.get()
      yield* Effect.sleep(tick(6))
      if (token.value === accepted) return
      const newer = yield* tokens.get(token.generation)
      if (newer.generation <= token.generation) bad.push("no newer generation")
    })
    const fibers = yield* Effect.forEach(Array.from({ length: 12 }), () => Effect.forkChild(caller))
    const interrupted = new Set<number>()
    const closing = r() < 0.2 ? Math.floor(r() * 25) : -1
    for (let step = 0; step < 30; step++) {
      const index = Math.floor(r() * 12)
      if (r() < 0.3 && fibers[index]?.pollUnsafe() === undefined) {
        interrupted.add(index)
        fibers[index]?.interruptUnsafe()
      }
      if (r() < 0.1 && inFlight === 0) {
        accepted++
        revocations++
      }
      if (step === closing) yield* Effect.forkChild(close)
      for (let i = Math.floor(r() * 4); i > 0; i--) yield* Effect.yieldNow
      yield* TestClock.adjust(10)
    }
    yield* TestClock.adjust("5 seconds")
    fibers.forEach((fiber, index) => {
      const exit = fiber.pollUnsafe()
      if (exit === undefined) bad.push(`caller ${index} hangs`)
      else if (Exit.isFailure(exit) && Cause.hasDies(exit.cause)) bad.push(`defect: ${Cause.pretty(exit.cause)}`)
      else if (Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause) && !interrupted.has(index)) bad.push(`caller ${index} saw an interruption that is not its own`)
    })
    if (stored !== server) bad.push(`rotation lost: ${stored} is kept, ${server} is valid`)
    if (inFlight !== 0) bad.push("a redemption is still in flight")
    if (redeemed > revocations + 1) bad.push(`${redeemed} redemptions for ${revocations} revocations`)
    yield* close
    return { bad, redeemed, givenUp, interrupted: interrupted.size }
  }).pipe(Effect.scoped, Effect.provide(TestClock.layer()))

describe("tokens under a hammer", () => {
  it.live("faults 1-8: 1,000 seeds", () =>
    Effect.gen(function*() {
      const total = { redeemed: 0, givenUp: 0, interrupted: 0 }
      for (let seed = 1; seed <= 1000; seed++) {
        const run = yield* seedRun(seed)
        assert.deepStrictEqual(run.bad, [], `seed ${seed}`)
        total.redeemed += run.redeemed
        total.givenUp += run.givenUp
        total.interrupted += run.interrupted
      }
      assert.isAbove(total.redeemed, 1000)
      assert.isAbove(total.givenUp, 5)
      assert.isAbove(total.interrupted, 1000)
    }), 120_000)
})
