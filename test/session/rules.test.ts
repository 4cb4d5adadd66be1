/** Rules found by trying to break sessions. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, Cookies, Hooks } from "credence"
import { Recording, Script } from "credence/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { answering, Billing, failureOf, getThing, ok, over, partsOver, settle } from "../support/billing.ts"

describe("keyed sessions at capacity", () => {
  it.effect("wait for room within the caller's deadline", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      class One extends Billing.keyed<One>()("one", { layer: (_: string) => Billing.layer().pipe(Layer.provide(partsOver(script.layer))), capacity: 1 }) {}
      yield* Effect.gen(function*() {
        const gate = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(One.run("a")(Deferred.await(gate)))
        yield* settle
        const late = yield* Effect.forkChild(failureOf(One.run("b")(getThing({ id: "1" })).pipe(Call.with({ deadline: "1 second" }))))
        const patient = yield* Effect.forkChild(One.run("c")(getThing({ id: "1" })))
        yield* settle
        yield* TestClock.adjust("1 second")
        assert.deepInclude(yield* Fiber.join(late), { _tag: "Timeout", phase: "queue", processed: "no" })
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(holder)
        assert.deepStrictEqual(yield* Fiber.join(patient), { id: "1" })
      }).pipe(Effect.provide(One.layer()))
    }))
})

describe("a server that asks again and again", () => {
  it.effect("gets at most a few answers in one attempt, whatever it redirects in between", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.login(),
        Script.on("api", () => true, (request, count) => count % 2 === 1 ? { status: 401 } : { status: 302, headers: { location: `/things/${count}` } })
      ])
      const error = yield* failureOf(getThing({ id: "1" }).pipe(script.run(Billing)))
      assert.deepInclude(error, { _tag: "AuthenticationFailed", reason: "rejected" })
      // the first login, and one for each of four challenges
      assert.strictEqual(script.count("login"), 5)
    }))
})

describe("a refresh whose answer was lost behind a gateway", () => {
  for (const status of [502, 504]) {
    it.effect(`${status}: the refresh token is not sent again`, () =>
      Effect.gen(function*() {
        const script = yield* Script.make([Script.on("token", (request) => request.url.pathname === "/token", { status, body: "bad gateway" }), Script.on("api", () => true, ok)])
        const auth = Auth.refreshToken({ tokenUrl: "/token", refreshToken: Redacted.make("CANARY-refresh") })
        const errors = yield* Effect.all([failureOf(getThing({ id: "1" })), failureOf(getThing({ id: "1" }))]).pipe(Call.with({ retry: "none" }), Effect.provide(over(script, { auth })))
        assert.deepStrictEqual(errors.map((error) => error._tag), ["AuthenticationFailed", "AuthenticationFailed"])
        assert.strictEqual(script.count("token"), 1)
        assert.notInclude(inspect(errors, { depth: 10 }), "CANARY-refresh")
      }))
  }
})

describe("what is written down", () => {
  it.effect("a recording masks what the session knows to be secret, whatever the header is called and wherever the server repeats it", () =>
    Effect.gen(function*() {
      const script = yield* answering({ body: { id: "1", note: "your key is CANARY-portal" }, headers: { "x-echo": "CANARY-portal" } })
      const recording = Recording.make()
      const layer = Billing.layer().pipe(Layer.provide([
        Auth.apiKey({ header: "x-portal", key: Redacted.make("CANARY-portal") }),
        Configuration.layer({ baseUrl: "https://api.test" }),
        recording.layer.pipe(Layer.provide(script.layer))
      ]))
      yield* getThing({ id: "1" }).pipe(Effect.provide(layer))
      assert.strictEqual(recording.exchanges.length, 1)
      assert.notInclude(inspect(recording.exchanges, { depth: 20 }), "CANARY")
    }))

  it.effect("a hook sees no user information in a Location", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.on("moved", (request) => request.url.pathname === "/things/1", { status: 302, headers: { location: "https://ada:CANARY-pw@api.test/things/2" } }),
        Script.on("api", () => true, ok)
      ])
      const seen: Array<unknown> = []
      yield* getThing({ id: "1" }).pipe(Effect.provide(Hooks.layer({ response: (event) => Effect.sync(() => void seen.push(event)) })), Effect.provide(over(script)))
      assert.strictEqual(seen.length, 2)
      assert.notInclude(inspect(seen, { depth: 10 }), "CANARY-pw")
      assert.include(inspect(seen, { depth: 10 }), "https://api.test/things/2")
    }))

  it.effect("a cookie that is a preference does not hide what an error says; one that may be a session does", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.times(1, getThing, { body: { id: "1" }, headers: { "set-cookie": ["theme=dark; Path=/", "sid=CANARY-session; Path=/"] } }),
        Script.times(1, getThing, { status: 404, body: { title: "dark things, CANARY-session" } })
      ])
      const error = yield* Effect.andThen(getThing({ id: "1" }), failureOf(getThing({ id: "1" }))).pipe(script.run(Billing), Effect.provide(Cookies.layer()))
      assert.deepInclude(error, { _tag: "NotFound", body: { title: "dark things, <redacted>" } })
    }))

  it.effect("a scripted login that answers no JSON is a typed failure", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login({ reply: () => ({ body: "<html>CANARY" }) })])
      const error = yield* failureOf(getThing({ id: "1" }).pipe(script.run(Billing)))
      assert.deepInclude(error, { _tag: "AuthenticationFailed", reason: "login" })
      assert.notInclude(inspect(error), "CANARY")
    }))
})
