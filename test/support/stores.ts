/** What every token store keeps, whatever it is made of. */
import { assert, it } from "@effect/vitest"
import type { TokenStore } from "credence/TokenStore"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { inspect } from "node:util"

/** One store as two processes see it; for a store in memory both are the same. */
export interface Subject {
  readonly here: TokenStore
  readonly there: TokenStore
}

export const text = (value: Redacted.Redacted<string> | undefined): string | undefined => value === undefined ? undefined : Redacted.value(value)

/** Saves under a lease of its own. */
export const put = (store: TokenStore, key: string, value: string) =>
  Effect.scoped(Effect.flatMap(store.lease(key), (lease) => lease.save(Redacted.make(value))))

/** The laws, each as a test. `open` makes a store of its own for each. */
export const laws = <E>(open: Effect.Effect<Subject, E, Scope.Scope>): void => {
  const law = <E2>(name: string, test: (subject: Subject) => Effect.Effect<unknown, E2, Scope.Scope>) =>
    it.live(name, () => Effect.scoped(Effect.flatMap(open, test)), 30_000)

  law("what was never saved is not there, which is no failure", ({ here }) =>
    Effect.map(here.load("a"), (found) => assert.strictEqual(found, undefined)))

  law("what one has saved the other loads, to the last character", ({ here, there }) =>
    Effect.gen(function*() {
      const value = JSON.stringify({ token: "ünï ✓ \u0000 \"=\\", long: "x".repeat(20_000) })
      yield* put(here, "a", value)
      assert.strictEqual(text(yield* there.load("a")), value)
      yield* put(there, "a", "second")
      assert.strictEqual(text(yield* here.load("a")), "second")
      yield* put(there, "a", "")
      assert.strictEqual(text(yield* here.load("a")), "")
    }))

  law("keys do not mix, whatever is in them", ({ here, there }) =>
    Effect.gen(function*() {
      const keys = ["a", "A", "a/../b", "b", "", " ", "ü", "*", "x".repeat(3_000)]
      for (const key of keys) yield* put(here, key, `value of ${key}`)
      for (const key of keys) assert.strictEqual(text(yield* there.load(key)), `value of ${key}`)
      // and holding one does not make another wait
      yield* here.lease("a")
      yield* there.lease("b")
    }))

  law("one at a time has the lease, and the fence grows", ({ here, there }) =>
    Effect.gen(function*() {
      let inside = 0
      let most = 0
      const fences: Array<number> = []
      const turn = (store: TokenStore) => Effect.scoped(Effect.gen(function*() {
        const lease = yield* store.lease("a")
        most = Math.max(most, ++inside)
        fences.push(lease.fence)
        const count = Number(text(yield* store.load("a")) ?? "0")
        yield* Effect.sleep(1)
        yield* lease.save(Redacted.make(String(count + 1)))
        inside--
      }))
      yield* Effect.all(Array.from({ length: 16 }, (_, n) => turn(n % 2 === 0 ? here : there)), { concurrency: "unbounded" })
      assert.strictEqual(most, 1)
      assert.strictEqual(text(yield* here.load("a")), "16")
      assert.deepStrictEqual(fences, [...new Set(fences)].sort((a, b) => a - b))
    }))

  law("a removed value is gone, and the next one counts", ({ here, there }) =>
    Effect.gen(function*() {
      yield* put(here, "a", "first")
      yield* Effect.scoped(Effect.flatMap(there.lease("a"), (lease) => lease.remove))
      assert.strictEqual(yield* here.load("a"), undefined)
      yield* put(here, "a", "next")
      assert.strictEqual(text(yield* there.load("a")), "next")
    }))

  law("one lease may save more than once", ({ here, there }) =>
    Effect.gen(function*() {
      const lease = yield* here.lease("a")
      yield* lease.save(Redacted.make("about to"))
      assert.strictEqual(text(yield* there.load("a")), "about to")
      yield* lease.save(Redacted.make("done"))
      assert.strictEqual(text(yield* there.load("a")), "done")
      yield* lease.remove
      yield* lease.save(Redacted.make("again"))
      assert.strictEqual(text(yield* there.load("a")), "again")
    }))

  law("a lease that has ended saves nothing", ({ here, there }) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const lease = yield* Scope.provide(here.lease("a"), scope)
      yield* lease.save(Redacted.make("good"))
      yield* Scope.close(scope, Exit.void)
      for (const late of [lease.save(Redacted.make("late")), lease.remove]) {
        assert.strictEqual((yield* Effect.flip(late)).reason, "lost")
      }
      assert.strictEqual(text(yield* there.load("a")), "good")
    }))

  law("who waits may give up, and whoever comes after gets the turn", ({ here, there }) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* Scope.provide(here.lease("a"), scope)
      const waiting = yield* Effect.forkScoped(Effect.scoped(here.lease("a")))
      const behind = yield* Effect.forkScoped(Effect.scoped(there.lease("a")))
      yield* Effect.sleep(30)
      yield* Fiber.interrupt(waiting)
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.join(behind)
      yield* Effect.scoped(here.lease("a"))
    }))

  law("what waits at any moment loses no turn when it is interrupted", ({ here, there }) =>
    Effect.gen(function*() {
      for (let round = 0; round < 30; round++) {
        const fibers = yield* Effect.forEach([here, there, here], (store) => Effect.forkScoped(Effect.scoped(store.lease("a"))))
        if (round % 3 > 0) yield* Effect.sleep(round % 7)
        for (const fiber of fibers) yield* Fiber.interrupt(fiber)
      }
      yield* Effect.scoped(here.lease("a"))
    }))

  law("neither the store nor what it gives shows a value", ({ here }) =>
    Effect.gen(function*() {
      const canary = "canary-5f1e"
      yield* put(here, "a", canary)
      const shown = [here, yield* here.load("a"), yield* here.lease("b")]
      assert.notInclude(shown.map((each) => inspect(each, { depth: 8, showHidden: false }) + JSON.stringify(each)).join(), canary)
    }))
}
