import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, Hooks, Policy } from "credence"
import { Script } from "credence/testing"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { answering, Billing, failureOf, getThing, ok, partsOver, random, settle } from "../support/billing.ts"

class NoTenant extends Data.TaggedError("NoTenant")<{ readonly tenant: string }> {}

/** Tells when a session of a tenant opens and closes. */
const watched = (tenant: string, log: Array<string>): Layer.Layer<Auth.Authentication> =>
  Layer.effect(
    Auth.Authentication,
    Effect.gen(function*() {
      yield* Effect.acquireRelease(Effect.sync(() => log.push(`+${tenant}`)), () => Effect.sync(() => log.push(`-${tenant}`)))
      return yield* Auth.Authentication
    })
  ).pipe(Layer.provide(Auth.bearer(Redacted.make(`token-${tenant}`))))

const tenantsOf = (script: Script.Script, log: Array<string>, options: { readonly capacity?: number; readonly slow?: boolean } = {}) => {
  class Tenants extends Billing.keyed<Tenants>()("tenants", {
    layer: (tenant: string) =>
      Billing.layer().pipe(
        Layer.provide(partsOver(script.layer, { auth: watched(tenant, log), configuration: { baseUrl: `https://${tenant}.test` } })),
        Layer.provide(options.slow === true ? Layer.effectDiscard(Effect.sleep("1 second")) : Layer.empty)
      ),
    idleTimeToLive: "1 minute",
    ...(options.capacity === undefined ? {} : { capacity: options.capacity })
  }) {}
  return Tenants
}

/** Holds a key until the gate opens. */
const hold = (gate: Deferred.Deferred<void>) => Effect.andThen(getThing({ id: "1" }), Deferred.await(gate))

describe("keyed sessions", () => {
  it.effect("10,000 tenants, 16 fibers: no credential crosses keys, one session each", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      let wrong = 0
      const script = yield* answering((request) => {
        if (request.headers["authorization"] !== `Bearer token-${request.url.hostname.replace(".test", "")}`) wrong++
        return { body: { id: request.url.hostname } }
      })
      const Tenants = tenantsOf(script, log)
      const mixed = yield* Effect.forEach(Array.from({ length: 20_000 }, (_, i) => `t${(i * 7919) % 10_000}`), (tenant) =>
        Effect.map(getThing({ id: "1" }), (thing) => thing.id === `${tenant}.test`).pipe(Tenants.run(tenant)), { concurrency: 16 }).pipe(
          Effect.tap(() => Effect.flatMap(Tenants, (keyed) => Effect.map(keyed.open, (open) => assert.strictEqual(open, 10_000)))),
          Effect.provide(Tenants.layer())
        )
      assert.isTrue(mixed.every((same) => same))
      assert.strictEqual(wrong, 0)
      assert.strictEqual(log.filter((line) => line.startsWith("+")).length, 10_000)
      assert.strictEqual(log.filter((line) => line.startsWith("-")).length, 10_000)
    }))

  it.effect("an idle session closes after its time to live; a used one stays", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const Tenants = tenantsOf(yield* answering(ok), log)
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" }).pipe(Tenants.run("a"))
        const gate = yield* Deferred.make<void>()
        const user = yield* Effect.forkChild(hold(gate).pipe(Tenants.run("b")))
        yield* TestClock.adjust("59 seconds")
        yield* getThing({ id: "1" }).pipe(Tenants.run("a"))
        yield* TestClock.adjust("59 seconds")
        assert.deepStrictEqual(log, ["+a", "+b"])
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual(log, ["+a", "+b", "-a"])
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(user)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(log, ["+a", "+b", "-a", "-b"])
        assert.strictEqual(yield* Effect.flatMap(Tenants, (keyed) => keyed.open), 0)
      }).pipe(Effect.provide(Tenants.layer()))
    }))

  it.effect("at capacity the least recently used idle session closes", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const Tenants = tenantsOf(yield* answering(ok), log, { capacity: 2 })
      yield* Effect.gen(function*() {
        for (const tenant of ["a", "b", "a", "c"]) yield* getThing({ id: "1" }).pipe(Tenants.run(tenant))
        assert.deepStrictEqual(log, ["+a", "+b", "-b", "+c"])
      }).pipe(Effect.provide(Tenants.layer()))
      assert.deepStrictEqual(log.slice(4).sort(), ["-a", "-c"])
    }))

  it.effect("where none is idle a caller waits and goes on; an interrupted waiter leaves nothing", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const Tenants = tenantsOf(yield* answering(ok), log, { capacity: 2 })
      yield* Effect.gen(function*() {
        const gate = yield* Deferred.make<void>()
        const later = yield* Deferred.make<void>()
        const a = yield* Effect.forkChild(hold(gate).pipe(Tenants.run("a")))
        const b = yield* Effect.forkChild(hold(later).pipe(Tenants.run("b")))
        yield* settle
        const waiters = yield* Effect.forEach(["c", "d", "e"], (tenant) => Effect.forkChild(getThing({ id: "1" }).pipe(Tenants.run(tenant))))
        yield* settle
        assert.deepStrictEqual(log, ["+a", "+b"])
        yield* Fiber.interrupt(waiters[0]!)
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(a)
        yield* Fiber.joinAll(waiters.slice(1))
        assert.deepStrictEqual(log, ["+a", "+b", "-a", "+d", "-d", "+e"])
        yield* Deferred.succeed(later, undefined)
        yield* Fiber.join(b)
      }).pipe(Effect.provide(Tenants.layer()))
    }))

  it.effect("a waiter that is interrupted right when it is woken gives the room to the next", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const Tenants = tenantsOf(yield* answering(ok), log, { capacity: 1 })
      yield* Effect.gen(function*() {
        const gate = yield* Deferred.make<void>()
        const a = yield* Effect.forkChild(hold(gate).pipe(Tenants.run("a")))
        yield* settle
        const first = yield* Effect.forkChild(getThing({ id: "1" }).pipe(Tenants.run("b")))
        const second = yield* Effect.forkChild(getThing({ id: "1" }).pipe(Tenants.run("c")))
        yield* settle
        a.addObserver(() => first.interruptUnsafe())
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(a)
        yield* Fiber.join(second)
        yield* settle
        assert.include(log, "+c")
      }).pipe(Effect.provide(Tenants.layer()))
    }))

  it.effect("200 seeds of a crowd at capacity 3: never more sessions than that, everybody gets through, none is left", () =>
    Effect.gen(function*() {
      for (let seed = 1; seed <= 200; seed++) {
        const r = random(seed)
        const log: Array<string> = []
        const Tenants = tenantsOf(yield* answering(ok), log, { capacity: 3 })
        const interrupted = new Set<number>()
        yield* Effect.gen(function*() {
          const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
          for (let i = 0; i < 20; i++) {
            const [start, length, tenant] = [r() * 100, r() * 40, `t${Math.floor(r() * 8)}`]
            fibers.push(yield* Effect.forkChild(Effect.delay(Effect.andThen(getThing({ id: "1" }), Effect.sleep(length)).pipe(Tenants.run(tenant)), start)))
          }
          for (let i = 0; i < 6; i++) {
            yield* TestClock.adjust(r() * 40)
            const index = Math.floor(r() * 20)
            if (fibers[index]!.pollUnsafe() === undefined) {
              interrupted.add(index)
              yield* Fiber.interrupt(fibers[index]!)
            }
          }
          yield* TestClock.adjust("5 seconds")
          fibers.forEach((fiber, index) => {
            const exit = fiber.pollUnsafe()
            assert.isDefined(exit, `seed ${seed}: caller ${index} hangs`)
            assert.isTrue(exit?._tag === "Success" || interrupted.has(index), `seed ${seed}: caller ${index} failed`)
          })
        }).pipe(Effect.provide(Tenants.layer()))
        let open = 0
        for (const line of log) {
          open += line.startsWith("+") ? 1 : -1
          assert.isAtMost(open, 3, `seed ${seed}: ${log.join(" ")}`)
        }
        assert.strictEqual(open, 0, `seed ${seed}`)
      }
    }))

  it.effect("a failed open keeps its type, is not kept, takes no room and is tried again", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      let tries = 0
      class Tenants extends Billing.keyed<Tenants>()("tenants", {
        layer: (tenant: string) =>
          Billing.layer().pipe(
            Layer.provide(partsOver(script.layer, { auth: watched(tenant, log) })),
            Layer.provide(Layer.effectDiscard(Effect.suspend(() => tenant === "no" && ++tries < 3 ? Effect.fail(new NoTenant({ tenant })) : Effect.void)))
          ),
        capacity: 2
      }) {}
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" }).pipe(Tenants.run("a"))
        for (let i = 0; i < 2; i++) {
          const failure = yield* failureOf(getThing({ id: "1" }).pipe(Tenants.run("no")))
          assert.strictEqual(failure._tag, "NoTenant")
        }
        // the failed one holds no room: a stays open
        yield* getThing({ id: "1" }).pipe(Tenants.run("b"))
        assert.deepStrictEqual(log, ["+a", "+b"])
        yield* getThing({ id: "1" }).pipe(Tenants.run("no"))
        assert.strictEqual(tries, 3)
      }).pipe(Effect.provide(Tenants.layer()))
    }))

  it.effect("an interrupted waiter does not split a key into two sessions", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const Tenants = tenantsOf(yield* answering(ok), log, { slow: true })
      yield* Effect.gen(function*() {
        const first = yield* Effect.forkChild(getThing({ id: "1" }).pipe(Tenants.run("a")))
        const second = yield* Effect.forkChild(getThing({ id: "1" }).pipe(Tenants.run("a")))
        yield* settle
        yield* Fiber.interrupt(first)
        const third = yield* Effect.forkChild(getThing({ id: "1" }).pipe(Tenants.run("a")))
        yield* TestClock.adjust("1 second")
        yield* Fiber.joinAll([second, third])
        assert.deepStrictEqual(log, ["+a"])
      }).pipe(Effect.provide(Tenants.layer()))
    }))

  it.effect("one of several that saw an open fail does not throw out what another has opened since", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      let opens = 0
      class Tenants extends Billing.keyed<Tenants>()("tenants", {
        layer: (tenant: string) =>
          Billing.layer().pipe(
            Layer.provide(partsOver(script.layer)),
            Layer.provide(Layer.effectDiscard(Effect.suspend(() => ++opens === 1 ? Effect.delay(Effect.fail(new NoTenant({ tenant })), "1 second") : Effect.sleep("1 second"))))
          )
      }) {}
      yield* Effect.gen(function*() {
        const call = getThing({ id: "1" }).pipe(Tenants.run("a"))
        const again = yield* Effect.forkChild(Effect.catchTag(call, "NoTenant", () => call))
        const failing = yield* Effect.forkChild(failureOf(call))
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(failing))._tag, "NoTenant")
        const third = yield* Effect.forkChild(call)
        yield* TestClock.adjust("1 second")
        yield* Fiber.joinAll([again, third])
        assert.strictEqual(opens, 2)
      }).pipe(Effect.provide(Tenants.layer()))
    }))

  it.effect("what is around the call that opens a session is not the session's", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const heard: Array<string> = []
      const script = yield* answering({ status: 404, body: { title: "gone" } })
      const Tenants = tenantsOf(script, log)
      yield* Effect.gen(function*() {
        const opener = Layer.mergeAll(Policy.layer({ timeout: "1 second" }), Hooks.layer({ call: (event) => Effect.sync(() => heard.push(event.operation)), reveal: true }))
        yield* Effect.ignore(getThing({ id: "1" })).pipe(Tenants.run("a"), Call.with({ timeout: "2 seconds" }), Effect.provide(opener))
        yield* Effect.ignore(getThing({ id: "1" })).pipe(Tenants.run("a"))
      }).pipe(Effect.provide(Tenants.layer()))
      assert.deepStrictEqual(heard, ["getThing"])
      assert.deepStrictEqual(script.seen.map(({ request }) => request.limit?.whole), [2_000, 30_000])
    }))

  it.effect("who waits for another session to close for it may leave at once; nothing is lost by it", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      class Tenants extends Billing.keyed<Tenants>()("tenants", {
        layer: (tenant: string) =>
          Billing.layer().pipe(Layer.provide(Layer.mergeAll(
            watched(tenant, log),
            Configuration.layer({ baseUrl: "https://api.test" }),
            script.layer,
            Layer.effectDiscard(Effect.addFinalizer(() => Effect.sleep("10 seconds")))
          ))),
        capacity: 1
      }) {}
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Tenants.layer(), scope)
      const run = (tenant: string) => getThing({ id: "1" }).pipe(Tenants.run(tenant), Effect.provideContext(context))
      yield* run("a")
      const b = yield* Effect.forkChild(run("b"))
      yield* settle
      // nobody turns the clock: a wait for the closing of a would hang here
      yield* Fiber.interrupt(b)
      const c = yield* Effect.forkChild(run("c"))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(c)
      const d = yield* Effect.forkChild(run("d"))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(d)
      assert.deepStrictEqual(log.filter((line) => line.startsWith("+")), ["+a", "+c", "+d"])
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(log.filter((line) => line.startsWith("-")).length, 3)
    }))

  it.effect("a session that closes slowly while its key is opened anew does not throw the new one out", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      class Tenants extends Billing.keyed<Tenants>()("tenants", {
        layer: (tenant: string) =>
          Billing.layer().pipe(Layer.provide(Layer.mergeAll(
            watched(tenant, log),
            Configuration.layer({ baseUrl: "https://api.test" }),
            script.layer,
            Layer.effectDiscard(Effect.addFinalizer(() => Effect.sleep("10 seconds")))
          ))),
        idleTimeToLive: "1 minute",
        capacity: 1
      }) {}
      const main = yield* Effect.forkChild(Effect.gen(function*() {
        yield* getThing({ id: "1" }).pipe(Tenants.run("a"))
        yield* Effect.sleep("65 seconds")
        // still closing; opened anew and left meanwhile
        yield* getThing({ id: "1" }).pipe(Tenants.run("a"))
        yield* Effect.sleep("10 seconds")
        yield* getThing({ id: "1" }).pipe(Tenants.run("b"))
        // b got a's room: had the slow closing forgotten the new a, both would be open
        return yield* Effect.flatMap(Tenants, (keyed) => keyed.open)
      }).pipe(Effect.provide(Tenants.layer())))
      yield* Effect.forEach(Array.from({ length: 200 }), () => TestClock.adjust("1 second"), { discard: true })
      assert.strictEqual(yield* Fiber.join(main), 1)
    }))
})
