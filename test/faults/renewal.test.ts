import { assert, describe, it } from "@effect/vitest"
import { Auth } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { Script } from "credence/testing"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Deadlines } from "../../src/layers/policy/deadlines.ts"
import { Billing, failureOf, getThing, ok, over, partsOver, postThing, random, settle } from "../support/billing.ts"

const many = <A, E, R>(count: number, self: Effect.Effect<A, E, R>) => Effect.all(Array.from({ length: count }, () => self), { concurrency: "unbounded" })

/** An API that accepts the newest token only. */
const strict = (options: Parameters<typeof Script.login>[0] = {}, delay = 0) => {
  let accepted = 1
  const steps = [
    Script.login(options),
    Script.on("api", () => true, (request) =>
      request.headers["authorization"] === `Bearer token-${accepted}` ? { ...ok, delay } : { status: 401, body: { title: "no" }, delay })
  ]
  return Effect.map(Script.make(steps), (script) => ({ script, revoke: () => accepted++ }))
}

describe("renewal", () => {
  it.effect("faults 1: 1,000 concurrent calls on an expired token: exactly one login", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login({ expiresIn: "30 seconds", delay: "50 millis" }), Script.on("api", () => true, { ...ok, delay: "20 millis" })])
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        yield* TestClock.adjust("31 seconds")
        yield* many(1000, getThing({ id: "1" }))
      }).pipe(script.run(Billing))
      assert.deepStrictEqual([script.count("login"), script.count("api")], [2, 1001])
    }))

  it.effect("faults 2: a failed login reaches every waiter as one typed error; the next call tries afresh", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.login({ delay: "50 millis", reply: (count) => count === 1 ? { status: 401, body: { title: "not now" } } : undefined }),
        Script.on("api", () => true, ok)
      ])
      yield* Effect.gen(function*() {
        const failures = yield* many(100, failureOf(getThing({ id: "1" })))
        assert.deepStrictEqual([...new Set(failures.map((failure) => failure._tag))], ["AuthenticationFailed"])
        assert.strictEqual(new Set(failures).size, 1)
        yield* getThing({ id: "1" })
      }).pipe(script.run(Billing))
      assert.deepStrictEqual([script.count("login"), script.count("api")], [2, 1])
    }))

  it.effect("faults 2: the one error that many get is not written on by each of them", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("login", () => true, { fault: "reset", delay: "50 millis" })])
      const failures = yield* many(20, failureOf(postThing({ body: { id: "1" } }))).pipe(script.run(Billing))
      assert.strictEqual(new Set(failures).size, 1)
      // once, by the login itself
      assert.strictEqual(failures[0]?.message.split("Not retried").length, 2)
    }))

  it.effect("faults 10: an identity provider that is down is not asked once more for each call that waits", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("login", () => true, { fault: "refused" })])
      const fiber = yield* Effect.forkChild(many(50, failureOf(getThing({ id: "1" }))).pipe(script.run(Billing)))
      yield* TestClock.adjust("1 hour")
      const exit = fiber.pollUnsafe()
      assert.isTrue(exit?._tag === "Success" && exit.value.every((failure) => failure._tag === "ConnectionFailed"))
      // one login and its three retries
      assert.strictEqual(script.count("login"), 4)
    }))

  it.effect("faults 3: the caller that began the login is interrupted: the others succeed", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login({ delay: "50 millis" }), Script.on("api", () => true, ok)])
      yield* Effect.gen(function*() {
        const first = yield* Effect.forkChild(getThing({ id: "1" }), { startImmediately: true })
        const others = yield* Effect.forkChild(many(10, getThing({ id: "1" })), { startImmediately: true })
        yield* Fiber.interrupt(first)
        assert.strictEqual((yield* Fiber.join(others)).length, 10)
      }).pipe(script.run(Billing))
      assert.strictEqual(script.count("login"), 1)
    }))

  it.effect("faults 4: every waiter of a rotation is interrupted at once; the rotation is finished and kept", () =>
    Effect.gen(function*() {
      const kept: Array<string> = []
      const script = yield* Script.make([
        Script.on("token", (request) => request.url.pathname === "/token", (_, count) => ({ delay: "1 second", body: { access_token: `at-${count}`, refresh_token: `r-${count}` } })),
        Script.on("api", () => true, ok)
      ])
      const auth = Auth.refreshToken({ tokenUrl: "/token", refreshToken: Redacted.make("r-0"), onRotate: (token) => Effect.sync(() => kept.push(Redacted.value(token))) })
      yield* Effect.gen(function*() {
        const waiters = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(getThing({ id: "1" })))
        yield* settle
        const before = yield* Clock.currentTimeMillis
        yield* Fiber.interruptAll(waiters)
        assert.strictEqual(yield* Clock.currentTimeMillis, before)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(kept, ["r-1"])
        yield* getThing({ id: "1" })
      }).pipe(Effect.provide(over(script, { auth })))
      assert.deepStrictEqual([script.count("token"), script.seen.at(-1)?.request.headers["authorization"]], [1, "Bearer at-1"])
    }))

  it.effect("faults 5: the session closes during a rotation: waiters get SessionClosed at once, the new token is kept", () =>
    Effect.gen(function*() {
      const kept: Array<string> = []
      const script = yield* Script.make([Script.on("token", () => true, { delay: "3 seconds", body: { access_token: "at", refresh_token: "r-1" } })])
      const auth = Auth.refreshToken({ tokenUrl: "/token", refreshToken: Redacted.make("r-0"), onRotate: (token) => Effect.sync(() => kept.push(Redacted.value(token))) })
      const scope = yield* Scope.make()
      const session = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer, { auth })))
      const waiters = yield* Effect.forkChild(many(20, failureOf(getThing({ id: "1" }).pipe(Billing.use(session)))))
      yield* settle
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* settle
      const exit = waiters.pollUnsafe()
      assert.isTrue(exit?._tag === "Success" && exit.value.every((failure) => failure._tag === "SessionClosed"))
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("3 seconds")
      assert.isDefined(closing.pollUnsafe())
      assert.deepStrictEqual(kept, ["r-1"])
    }))

  it.effect("faults 5: closing waits for a rotation no longer than its grace", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("token", () => true, { fault: "hang" })])
      const auth = Auth.refreshToken({ tokenUrl: "/token", refreshToken: Redacted.make("r-0") })
      const scope = yield* Scope.make()
      const session = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer, { auth })))
      yield* Effect.forkChild(failureOf(getThing({ id: "1" }).pipe(Billing.use(session))))
      yield* settle
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isDefined(closing.pollUnsafe())
    }))

  it.effect("faults 5: a login that only this session's memory holds is logged out, also one that came home while closing", () =>
    Effect.gen(function*() {
      const opened = { responseCode: 200, limit: 0, offset: 0, count: 0, size: 0, metaData: {}, messages: [], data: { sessionKey: btoa("key"), credentials: { requestCredentialsType: "sessionToken", requestCredentialsData: "t" } } }
      const script = yield* Script.make([
        Script.on("logout", (request) => request.method === "DELETE", { status: 200 }),
        Script.on("login", () => true, { delay: "1 second", body: opened, headers: { "set-cookie": "argus_session=s" } })
      ])
      const scope = yield* Scope.make()
      const session = yield* Argus.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer, { auth: ArgusAuth.password({ username: "ada", password: Redacted.make("pw") }) })))
      const waiter = yield* Effect.forkChild(failureOf(session.authenticate))
      yield* settle
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      // signing is real work of the platform, beside the clock
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(closing)
      assert.strictEqual((yield* Fiber.join(waiter))._tag, "SessionClosed")
      assert.deepStrictEqual([script.count("login"), script.count("logout")], [1, 1])
    }))

  it.effect("faults 6: 100 answers of 401 for one generation: one renewal", () =>
    Effect.gen(function*() {
      const { revoke, script } = yield* strict({ delay: "30 millis" }, 20)
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        revoke()
        yield* many(100, getThing({ id: "1" }))
      }).pipe(script.run(Billing))
      assert.deepStrictEqual([script.count("login"), script.count("api")], [2, 201])
    }))

  it.effect("faults 7: a 401 right after a renewal surfaces; no loop", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login(), Script.on("api", () => true, { status: 401, body: { title: "never" } })])
      const failure = yield* failureOf(getThing({ id: "1" })).pipe(script.run(Billing))
      assert.strictEqual(failure._tag, "AuthenticationFailed")
      assert.deepStrictEqual(failure._tag === "AuthenticationFailed" ? [failure.reason, failure.attempts] : [], ["rejected", 1])
      assert.deepStrictEqual([script.count("login"), script.count("api")], [2, 2])
    }))

  it.effect("faults 8: a late 401 of an old generation does not evict the newer token", () =>
    Effect.gen(function*() {
      let revoked = false
      const script = yield* Script.make([
        Script.login(),
        Script.on("slow", (request) => request.url.pathname.endsWith("/slow"), (request) => request.headers["authorization"] === "Bearer token-1" ? { status: 401, delay: "10 seconds" } : ok),
        Script.on("api", () => true, (request) => revoked && request.headers["authorization"] === "Bearer token-1" ? { status: 401 } : ok)
      ])
      yield* Effect.gen(function*() {
        const slow = yield* Effect.forkChild(getThing({ id: "slow" }), { startImmediately: true })
        yield* settle
        revoked = true
        yield* getThing({ id: "1" })
        assert.strictEqual(script.count("login"), 2)
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(slow)
        yield* getThing({ id: "1" })
      }).pipe(Effect.provide(over(script, { auth: Script.authentication() })))
      assert.deepStrictEqual([script.count("login"), script.seen.at(-1)?.request.headers["authorization"]], [2, "Bearer token-2"])
    }))

  it.effect("faults 25: interruption in a login is immediate and leaves no limit behind", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("login", () => true, { fault: "hang" })])
      const scope = yield* Scope.make()
      const session = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer, { auth: Script.authentication() })))
      const fiber = yield* Effect.forkChild(getThing({ id: "1" }).pipe(Billing.use(session)))
      yield* settle
      yield* Fiber.interrupt(fiber)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      assert.strictEqual(Deadlines.of(yield* Clock.Clock).size, 0)
    }))
})

/** A world with a server that rotates refresh tokens and punishes a repeated one, callers, revocations, interrupts, closing. */
const hammer = (seed: number) =>
  Effect.gen(function*() {
    const r = random(seed)
    const bad: Array<string> = []
    let [valid, stored, access, inFlight, redeemed, revocations] = ["r-0", "r-0", 0, 0, 0, 0]
    const spent = new Set<string>()
    const script = yield* Script.make([
      Script.on("token", (request) => request.url.pathname === "/token", (request, count) => {
        if (++inFlight > 1) bad.push("two redemptions at once")
        const given = new URLSearchParams((request.body as { readonly bytes: string }).bytes).get("refresh_token") ?? ""
        const delay = r() * 60
        if (r() < 0.15) {
          inFlight--
          return { fault: "refused", processed: "no", delay }
        }
        if (spent.has(given)) bad.push(`${given} spent twice`)
        if (given !== valid) bad.push(`${given} is not the valid ${valid}`)
        spent.add(given)
        valid = `r-${count}`
        access++
        redeemed++
        return { delay, body: { access_token: `at-${access}`, refresh_token: valid, ...(r() < 0.3 ? { expires_in: 0.1 } : {}) } }
      }),
      Script.on("api", () => true, (request) => {
        const given = Number(request.headers["authorization"]?.slice("Bearer at-".length))
        return { delay: r() * 40, ...(given === access ? ok : { status: 401 }) }
      })
    ])
    const onRotate = (token: Redacted.Redacted<string>) => Effect.sync(() => {
      inFlight--
      stored = Redacted.value(token)
    })
    const auth = Auth.refreshToken({ tokenUrl: "/token", refreshToken: Redacted.make("r-0"), onRotate })
    const scope = yield* Scope.make()
    const session = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer, { auth, configuration: { retry: "none" } })))
    const interrupted = new Set<number>()
    const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
    for (let i = 0; i < 12; i++) {
      const [start, between] = [r() * 200, r() * 60]
      fibers.push(yield* Effect.forkChild(
        Effect.delay(Effect.andThen(getThing({ id: "1" }), Effect.delay(getThing({ id: "2" }), between)), start).pipe(Billing.use(session))
      ))
    }
    const closing = r() < 0.2 ? Math.floor(r() * 10) : -1
    for (let step = 0; step < 12; step++) {
      yield* TestClock.adjust(r() * 50)
      const index = Math.floor(r() * 12)
      if (r() < 0.5 && fibers[index]?.pollUnsafe() === undefined) {
        interrupted.add(index)
        fibers[index]?.interruptUnsafe()
      }
      if (r() < 0.25 && inFlight === 0 && redeemed > 0) {
        access++
        revocations++
      }
      if (step === closing) yield* Effect.forkChild(Scope.close(scope, Exit.void))
    }
    yield* TestClock.adjust("10 seconds")
    fibers.forEach((fiber, index) => {
      const exit = fiber.pollUnsafe()
      if (exit === undefined) bad.push(`caller ${index} hangs`)
      else if (Exit.isFailure(exit) && Cause.hasDies(exit.cause)) bad.push(`defect: ${Cause.pretty(exit.cause)}`)
      else if (Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause) && !interrupted.has(index)) bad.push(`caller ${index} saw an interruption that is not its own`)
    })
    yield* Effect.tap(Effect.forkChild(Scope.close(scope, Exit.void)), () => TestClock.adjust("10 seconds"))
    if (stored !== valid) bad.push(`rotation lost: ${stored} is kept, ${valid} is valid`)
    if (inFlight !== 0) bad.push(`${inFlight} rotations never came home`)
    const deadlines = Deadlines.of(yield* Clock.Clock)
    if (deadlines.size !== 0) bad.push(`${deadlines.size} limits are left`)
    return { bad, redeemed, revocations, interrupted: interrupted.size, closed: closing >= 0 }
  }).pipe(Effect.scoped, Effect.provide(TestClock.layer()))

describe("renewal under a hammer", () => {
  it.live("faults 1-8: 1,000 seeds of callers, rotations, revocations, interrupts and closing", () =>
    Effect.gen(function*() {
      const total = { redeemed: 0, revocations: 0, interrupted: 0, closed: 0 }
      for (let seed = 1; seed <= 1000; seed++) {
        const run = yield* hammer(seed)
        assert.deepStrictEqual(run.bad, [], `seed ${seed}`)
        total.redeemed += run.redeemed
        total.revocations += run.revocations
        total.interrupted += run.interrupted
        total.closed += run.closed ? 1 : 0
      }
      // the hammer hits
      assert.isAbove(total.redeemed, 800)
      assert.isAbove(total.revocations, 400)
      assert.isAbove(total.interrupted, 400)
      assert.isAbove(total.closed, 40)
    }), 120_000)
})
