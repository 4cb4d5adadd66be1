/** What two things at once, or a store that does other than it says, must not lead to. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, type TokenStore } from "credence"
import { StoreFailed } from "credence/errors"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Billing, failureOf, getThing, ok } from "../support/billing.ts"
import { failing, formOf, Memory, password, seeded, settle, start, tokenServer } from "./support.ts"

const reasonOf = (failure: unknown) => failure instanceof Error && "reason" in failure ? failure.reason : undefined
const problem = (reason: StoreFailed["reason"]) => new StoreFailed({ store: "memory", reason, detail: "scripted" })

describe("a store", () => {
  it.effect("faults 15, 18: that has kept what it says it has not: others go on from there, and it is not gone back to", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100 })
      const shared = Memory.make()
      let writes = 0
      // the second write is the first token: it arrives, and its answer does not
      const deaf: TokenStore.TokenStore = {
        ...shared,
        lease: (key) => Effect.map(shared.lease(key), (lease) => ({ ...lease, save: (value) => Effect.andThen(lease.save(value), Effect.suspend(() => ++writes === 2 ? Effect.fail(problem("unavailable")) : Effect.void)) }))
      }
      const one = yield* start(script, seeded(), deaf)
      const two = yield* start(script, seeded(), shared)
      yield* one.call
      yield* two.call
      yield* TestClock.adjust("91 seconds")
      yield* two.call
      yield* one.call
      assert.deepStrictEqual([server.spent, server.reused], [["r-0", "r-1"], []])
      assert.isUndefined((yield* one.session.status).authentication.store?.problem)
    }))

  it.effect("faults 17: from which another process has signed out: what is left in memory may be spent, and is not sent", () =>
    Effect.gen(function*() {
      for (const auth of [seeded, password]) {
        const { script, server } = yield* tokenServer({ expiresIn: 100 })
        const store = Memory.make()
        const [one, two] = [yield* start(script, auth(), store), yield* start(script, auth(), store)]
        yield* one.call
        yield* two.call
        yield* TestClock.adjust("91 seconds")
        yield* one.call
        yield* one.session.signOut
        const spent = server.spent.length
        if (auth === seeded) assert.strictEqual(reasonOf(yield* failureOf(two.call)), "refresh")
        else yield* two.call
        assert.deepStrictEqual([server.spent.length, server.reused], [spent, []])
      }
    }))

  it.effect("nor by another session of the same recipe, where there is no store", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100 })
      const auth = seeded()
      const [one, two] = [yield* start(script, auth, undefined), yield* start(script, auth, undefined)]
      yield* one.call
      yield* two.call
      yield* TestClock.adjust("91 seconds")
      yield* one.call
      yield* one.session.signOut
      for (const each of [two, one, yield* start(script, auth, undefined)]) assert.strictEqual(reasonOf(yield* failureOf(each.call)), "refresh")
      assert.deepStrictEqual([server.spent, server.reused], [["r-0", "r-1"], []])
    }))

  it.effect("faults 18, 19: that has kept what it says it has not, and is read-only then: what memory has by now is not gone back from", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100 })
      const shared = Memory.make()
      let writes = 0
      let readonly = false
      // the second write is the first token: it arrives, and its answer does not
      const failover: TokenStore.TokenStore = {
        ...shared,
        lease: (key) => readonly ? Effect.fail(problem("readonly")) : Effect.map(shared.lease(key), (lease) => ({
          ...lease,
          save: (value) => Effect.andThen(lease.save(value), Effect.suspend(() => ++writes === 2 ? Effect.fail(problem("unavailable")) : Effect.void))
        }))
      }
      const one = yield* start(script, seeded(), failover)
      yield* one.call
      readonly = true
      yield* TestClock.adjust("91 seconds")
      yield* one.call
      readonly = false
      yield* TestClock.adjust("91 seconds")
      yield* one.call
      assert.deepStrictEqual([server.spent, server.reused], [["r-0", "r-1", "r-2"], []])
      // and others find the newest
      yield* (yield* start(script, seeded(), shared)).call
      assert.strictEqual(server.rotations, 3)
    }))

  it.effect("faults 18: that is gone when a note is to be removed: nothing was spent, and it is sent when both are back", () =>
    Effect.gen(function*() {
      let writes = 0
      const { script, server } = yield* tokenServer({ expiresIn: 100, refuse: (count) => count === 1 ? { status: 503 } : undefined })
      // the first change of it is the note; the second one takes the note away
      const process = yield* start(script, seeded(), failing({ save: () => ++writes === 2 ? problem("unavailable") : undefined }))
      yield* failureOf(process.call)
      yield* TestClock.adjust("1 minute")
      yield* process.call
      assert.deepStrictEqual([server.spent, server.reused], [["r-0"], []])
    }))

  it.effect("that does not answer, nor can be interrupted, keeps nobody waiting", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100 })
      const shared = Memory.make()
      const stuck: TokenStore.TokenStore = {
        ...shared,
        lease: (key) => Effect.map(shared.lease(key), (lease) => ({ ...lease, save: () => Effect.uninterruptible(Effect.never) }))
      }
      const process = yield* start(script, password(), stuck)
      const calling = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(calling.pollUnsafe()?._tag, "Success")
      assert.strictEqual(server.logins, 1)
    }))

  it.effect("faults 17-19: that holds what cannot be read: what was given is most likely spent, and is not sent; in memory it goes on", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100 })
      let broken = false
      const store = failing({ load: () => broken ? problem("corrupt") : undefined })
      const before = yield* start(script, seeded(), store)
      yield* before.call
      broken = true
      const after = yield* start(script, seeded(), store)
      const failure = yield* failureOf(after.call)
      assert.strictEqual(reasonOf(failure), "store")
      assert.include(String(failure), "corrupt")
      // who was there before has it in memory
      yield* TestClock.adjust("91 seconds")
      yield* before.call
      assert.deepStrictEqual([server.spent, server.reused], [["r-0", "r-1"], []])
      // the right key is found again
      broken = false
    }))

  it.effect("that does not answer at all: what need not be spent goes on in memory after 10 seconds", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer()
      const silent: TokenStore.TokenStore = { name: "silent", load: () => Effect.never, lease: () => Effect.never }
      const process = yield* start(script, password(), silent)
      const calling = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(calling.pollUnsafe()?._tag, "Success")
      assert.strictEqual(server.logins, 1)
      assert.include((yield* process.session.status).authentication.store?.problem ?? "", "unavailable")
    }))

  it.effect("that does not let go of a lease keeps nobody waiting, nor the session from its end", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer()
      const shared = Memory.make()
      const clinging: TokenStore.TokenStore = { ...shared, lease: (key) => Effect.andThen(Effect.addFinalizer(() => Effect.never), shared.lease(key)) }
      const process = yield* start(script, password(), clinging)
      const calling = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(calling.pollUnsafe()?._tag, "Success")
      const closing = yield* Effect.forkChild(process.close)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(closing.pollUnsafe()?._tag, "Success")
    }))

  it.effect("that does not remove a login: signing out says so", () =>
    Effect.gen(function*() {
      let full = false
      const { revoked, script } = yield* tokenServer()
      const process = yield* start(script, password(), failing({ save: () => full ? problem("readonly") : undefined }))
      yield* process.call
      full = true
      assert.strictEqual(reasonOf(yield* failureOf(process.session.signOut)), "store")
      assert.deepStrictEqual(revoked, ["a-1"])
    }))
})

describe("a 401", () => {
  it.effect("faults 7, 10: to each token as soon as it is there: from the second one in a row it is the answer, until a pause has passed", () =>
    Effect.gen(function*() {
      let takes = false
      const { script, server } = yield* tokenServer({ answer: (count, _, body) => ({ body: takes ? body : { ...body, access_token: `bad-${count}` } }) })
      const process = yield* start(script, seeded(), undefined)
      for (let i = 0; i < 100; i++) assert.strictEqual(reasonOf(yield* failureOf(process.call)), "rejected")
      // the first token, and one in its place for each of the first two calls
      assert.strictEqual(server.rotations, 3)
      for (let second = 0; second < 3600; second++) {
        yield* TestClock.adjust("1 second")
        yield* failureOf(process.call)
      }
      assert.isAtMost(server.rotations, 3 + 3600 / 15)
      assert.isAtLeast(server.rotations, 3600 / 31)
      // one that is taken, and revoked later, is renewed at once again
      takes = true
      yield* TestClock.adjust("31 seconds")
      yield* process.call
      for (let i = 0; i < 3; i++) {
        server.good.clear()
        yield* process.call
      }
      // and it is forgotten that others were not
      takes = false
      server.good.clear()
      const before = server.rotations
      for (let i = 0; i < 5; i++) yield* failureOf(process.call)
      assert.strictEqual(server.rotations, before + 2)
      yield* settle
      assert.deepStrictEqual([...new Set(process.happened)], ["Renewed refresh", "Rejected"])
    }))

  it.effect("faults 6: to a token that was revoked renews it each time, however often that happens", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ delay: 100 })
      const process = yield* start(script, seeded(), undefined)
      for (let i = 0; i < 51; i++) {
        server.good.clear()
        const all = yield* Effect.forkChild(Effect.all(Array.from({ length: 10 }, () => process.call), { concurrency: "unbounded" }))
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(all)
      }
      yield* settle
      assert.strictEqual(server.rotations, 51)
      // told once a generation
      assert.strictEqual(process.happened.filter((what) => what === "Rejected").length, 50)
    }))
})

describe("more scopes", () => {
  it.effect("faults 14: asked for by two at once are both kept", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer({ expiresIn: 100, delay: 100, refuse: () => undefined })
      const process = yield* start(script, password(), undefined)
      const both = yield* Effect.forkChild(Effect.all([process.session.stepUp(["write"]), process.session.stepUp(["admin"])], { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(both)
      assert.deepStrictEqual([...(yield* process.session.status).authentication.scopes ?? []].sort(), ["admin", "write"])
      for (const scopes of [["write"], ["admin"], ["admin", "write"]]) yield* process.session.stepUp(scopes)
      assert.strictEqual(script.count("token"), 2)
      assert.deepStrictEqual(script.seen.filter(({ step }) => step === "token").map(({ request }) => formOf(request).get("scope")?.split(" ").sort().join(" ")), ["write", "admin write"])
    }))

  const forbidden = (scope: string) => ({ status: 403, headers: { "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}"` } })
  const scripted = (token: (scope: string, count: number) => Script.Reply) =>
    Script.make([
      Script.on("token", (request) => request.url.pathname === "/token", (request, count) => token(formOf(request).get("scope") ?? "", count)),
      Script.on("api", () => true, (request) => request.headers["authorization"] === "Bearer [write]" ? ok : forbidden("write"))
    ])

  it.effect("of a token that is said to have them: the call is not sent again, nor is anything asked", () =>
    Effect.gen(function*() {
      const script = yield* scripted(() => ({ body: { access_token: "wrong", refresh_token: "r", scope: "write" } }))
      const { call } = yield* start(script, password({ escalates: Auth.insufficientScope }), undefined)
      for (let i = 0; i < 3; i++) yield* failureOf(call)
      assert.deepStrictEqual([script.count("token"), script.count("api")], [1, 3])
    }))

  it.effect("that a busy server does not give now may be given later", () =>
    Effect.gen(function*() {
      const script = yield* scripted((scope, count) => count === 2 ? { status: 503, body: {} } : { body: { access_token: `[${scope}]`, refresh_token: "r", scope } })
      const { call } = yield* start(script, password({ escalates: Auth.insufficientScope }), undefined)
      yield* failureOf(call)
      yield* call
    }))
})

describe("the end of a session", () => {
  it.effect("is the end of signing out, too", () =>
    Effect.gen(function*() {
      const { revoked, script } = yield* tokenServer()
      const process = yield* start(script, password(), Memory.make())
      yield* process.call
      yield* process.session.disconnect
      for (const late of [process.session.signOut, process.session.authenticate, process.session.token, process.call]) {
        assert.strictEqual((yield* failureOf(late))._tag, "SessionClosed")
      }
      assert.deepStrictEqual(revoked, [])
    }))

  it.effect("reaches a slow reader of events after all that came before; who comes later gets none", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer()
      const { call, close, session } = yield* start(script, password(), undefined)
      const slow: Array<string> = []
      const reading = yield* Effect.forkChild(Stream.runForEach(session.events, ({ _tag }) => Effect.delay(Effect.sync(() => slow.push(_tag)), "1 minute")), { startImmediately: true })
      yield* call
      yield* close
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.join(reading)
      assert.deepStrictEqual(slow, ["Renewed", "SignedOut", "Closed"])
      assert.deepStrictEqual(yield* Stream.runCollect(session.events), [])
    }))

  it.effect("ends who begins to read events at that moment, wherever that one gives way to others", () =>
    Effect.gen(function*() {
      for (let steps = 3; steps < 60; steps++) {
        const { script } = yield* tokenServer()
        const { session } = yield* start(script, password(), undefined)
        const reading = yield* Effect.forkChild(Effect.provideService(Stream.runDrain(session.events), Scheduler.MaxOpsBeforeYield, steps), { startImmediately: true })
        yield* session.disconnect
        yield* settle
        assert.strictEqual(reading.pollUnsafe()?._tag, "Success", `after ${steps} steps`)
      }
    }))

  it.effect("comes after all of it, also where who closes it is interrupted", () =>
    Effect.gen(function*() {
      const { revoked, script } = yield* tokenServer({ answer: (_, __, body) => ({ body, delay: 3000 }) })
      const process = yield* start(script, password(), undefined)
      const calling = yield* Effect.forkChild(failureOf(getThing({ id: "1" }).pipe(Billing.use(process.session))))
      yield* settle
      const closing = yield* Effect.forkChild(process.session.disconnect)
      yield* settle
      closing.interruptUnsafe()
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(calling))._tag, "SessionClosed")
      assert.deepStrictEqual(revoked, ["a-1"])
      assert.deepStrictEqual(process.happened.slice(-2), ["SignedOut", "Closed"])
    }))
})
