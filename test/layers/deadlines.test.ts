import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Deadlines, Entry, within } from "../../src/layers/policy/deadlines.ts"

class Probe extends Entry {
  readonly name: string
  readonly log: Array<string>
  readonly then: () => void
  constructor(name: string, log: Array<string>, then: () => void = () => {}) {
    super()
    this.name = name
    this.log = log
    this.then = then
  }
  expire() {
    this.log.push(this.name)
    this.then()
  }
}

const here = Effect.withFiber((fiber) => Effect.succeed({ fiber, deadlines: Deadlines.of(fiber.getRef(Clock.Clock)) }))

/** A call that never answers, as a transport would bound it. */
const hang = (millis: number, onStop: () => void = () => {}) =>
  Effect.withFiber<string>((fiber) =>
    Effect.callback<string>((resume) => {
      const deadlines = Deadlines.of(fiber.getRef(Clock.Clock))
      const entry = new Probe("", [], () => resume(Effect.succeed("expired")))
      deadlines.add(entry, millis, fiber)
      return Effect.sync(() => {
        deadlines.remove(entry)
        onStop()
      })
    })
  )

describe("deadlines", () => {
  // Sums of these are exact in a double, as are those the test clock makes.
  const step = 1 / 64
  for (const millis of [1, 249, 250, 251, 5000, 0.75, 1234.5, 3_600_000]) {
    it.effect(`expires at ${millis} ms of the test clock, not earlier`, () =>
      Effect.gen(function*() {
        yield* TestClock.adjust("7.5 millis")
        const fiber = yield* Effect.forkChild(hang(millis))
        yield* Effect.yieldNow
        yield* TestClock.adjust(millis - step)
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust(step)
        assert.isDefined(fiber.pollUnsafe())
      }))
  }

  it.effect("`adjust(limit)` reaches limits that a double cannot hold exactly", () =>
    Effect.gen(function*() {
      for (const millis of [0.1, 0.7, 33.3, 1234.567]) {
        const fiber = yield* Effect.forkChild(hang(millis))
        yield* Effect.yieldNow
        yield* TestClock.adjust(millis)
        assert.isDefined(fiber.pollUnsafe())
      }
    }))

  it.effect("expires in order of due times, whatever the order of adding", () =>
    Effect.gen(function*() {
      const { deadlines, fiber } = yield* here
      const log: Array<string> = []
      for (const millis of [900, 30, 400, 30, 5, 900]) deadlines.add(new Probe(String(millis), log), millis, fiber)
      assert.strictEqual(deadlines.distinct, 4)
      yield* TestClock.adjust("29 millis")
      assert.deepStrictEqual(log, ["5"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(log, ["5", "30", "30", "400", "900", "900"])
      assert.strictEqual(deadlines.size, 0)
      assert.strictEqual(deadlines.distinct, 0)
    }))

  it.effect("a shorter limit than the present sleep is met in time", () =>
    Effect.gen(function*() {
      const { deadlines, fiber } = yield* here
      const log: Array<string> = []
      deadlines.add(new Probe("long", log), 10_000, fiber)
      yield* TestClock.adjust("10 millis")
      deadlines.add(new Probe("short", log), 20, fiber)
      yield* TestClock.adjust("19 millis")
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(log, ["short"])
      yield* TestClock.adjust("9970 millis")
      assert.deepStrictEqual(log, ["short", "long"])
    }))

  it.effect("no fiber before the first entry; gone within 250 ms of the last", () =>
    Effect.gen(function*() {
      const { deadlines, fiber } = yield* here
      assert.isFalse(deadlines.active)
      const entry = new Probe("", [])
      deadlines.add(entry, 60_000, fiber)
      assert.isTrue(deadlines.active)
      yield* TestClock.adjust("10 seconds")
      deadlines.remove(entry)
      assert.strictEqual(deadlines.size, 0)
      yield* TestClock.adjust("250 millis")
      assert.isFalse(deadlines.active)
      deadlines.add(entry, 1, fiber)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(entry.log, [""])
      assert.isFalse(deadlines.active)
    }))

  it.effect("arbitrarily many distinct limits leave nothing", () =>
    Effect.gen(function*() {
      const { deadlines, fiber } = yield* here
      const entry = new Probe("", [])
      for (let i = 1; i <= 20_000; i++) {
        deadlines.add(entry, i * 1.37, fiber)
        deadlines.remove(entry)
      }
      assert.strictEqual(deadlines.distinct, 0)
      const many = Array.from({ length: 500 }, (_, i) => new Probe(String(i), [], () => {}))
      many.forEach((each, i) => deadlines.add(each, 100 + i, fiber))
      assert.strictEqual(deadlines.distinct, 500)
      yield* TestClock.adjust("600 millis")
      assert.strictEqual(deadlines.distinct, 0)
      assert.isTrue(many.every((each) => each.log.length === 1))
    }))

  it.effect("an entry added twice expires once, at its last limit", () =>
    Effect.gen(function*() {
      const { deadlines, fiber } = yield* here
      const log: Array<string> = []
      const entry = new Probe("x", log)
      deadlines.add(entry, 10, fiber)
      deadlines.add(entry, 30, fiber)
      assert.strictEqual(deadlines.size, 1)
      yield* TestClock.adjust("29 millis")
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(log, ["x"])
    }))

  it.effect("an entry may add and remove others while it expires", () =>
    Effect.gen(function*() {
      const { deadlines, fiber } = yield* here
      const log: Array<string> = []
      const victim = new Probe("victim", log)
      let turns = 0
      const again: Probe = new Probe("again", log, () => {
        if (++turns < 3) deadlines.add(again, 0, fiber)
      })
      const first = new Probe("first", log, () => {
        deadlines.remove(victim)
        deadlines.add(again, 0, fiber)
      })
      deadlines.add(first, 10, fiber)
      deadlines.add(victim, 10, fiber)
      yield* TestClock.adjust("10 millis")
      assert.deepStrictEqual(log, ["first", "again", "again", "again"])
      assert.strictEqual(deadlines.size, 0)
    }))

  it.effect("a limit of zero expires, but never before `add` has returned; an infinite one never", () =>
    Effect.gen(function*() {
      const { deadlines, fiber } = yield* here
      const log: Array<string> = []
      for (const millis of [Infinity, NaN]) deadlines.add(new Probe("never", log), millis, fiber)
      assert.isFalse(deadlines.active)
      deadlines.add(new Probe("zero", log), 0, fiber)
      deadlines.add(new Probe("less", log), -5, fiber)
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(log, ["zero", "less"])
    }))

  it.effect("interruption removes the entry at once", () =>
    Effect.gen(function*() {
      const { deadlines } = yield* here
      let stopped = 0
      const fiber = yield* Effect.forkChild(hang(5000, () => stopped++))
      yield* Effect.yieldNow
      assert.strictEqual(deadlines.size, 1)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual([deadlines.size, stopped], [0, 1])
    }))

  it.live("each clock has its own deadlines; nothing else of the caller is seen", () =>
    Effect.gen(function*() {
      const Marker = Context.Reference<string>("test/Marker", { defaultValue: () => "default" })
      const live = yield* Effect.clockWith(Effect.succeed)
      const seen: Array<string> = []
      // A clock that tells in which context it is asked to sleep.
      const spy: Clock.Clock = {
        currentTimeMillisUnsafe: () => live.currentTimeMillisUnsafe(),
        currentTimeMillis: live.currentTimeMillis,
        currentTimeNanosUnsafe: () => live.currentTimeNanosUnsafe(),
        currentTimeNanos: live.currentTimeNanos,
        monotonicTimeNanosUnsafe: () => live.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: live.monotonicTimeNanos,
        sleep: (duration) => Effect.flatMap(Marker, (marker) => Effect.suspend(() => {
          seen.push(marker)
          return live.sleep(duration)
        }))
      }
      const answer = yield* hang(5).pipe(Effect.provideService(Clock.Clock, spy), Effect.provideService(Marker, "caller"))
      assert.strictEqual(answer, "expired")
      assert.isAtLeast(seen.length, 1)
      assert.isTrue(seen.every((marker) => marker === "default"))
      assert.notStrictEqual(Deadlines.of(spy), Deadlines.of(live))
      assert.strictEqual(Deadlines.of(spy), Deadlines.of(spy))
    }))

  it.effect("`within` bounds an effect", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.never.pipe(within(100, () => Effect.succeed("late"))))
      yield* TestClock.adjust("99 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
      assert.strictEqual(yield* Effect.succeed(1).pipe(within(Infinity, () => Effect.succeed(2))), 1)
    }))
})
