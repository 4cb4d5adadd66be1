import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, Cookies, Hooks, Policy, Session } from "credence"
import { Script } from "credence/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { answering, Billing, failureOf, getThing, ok, over, partsOver, postThing, settle } from "../support/billing.ts"

const bearer = (token: string) => Auth.bearer(Redacted.make(token))

/** A login that tells when it is made and closed. */
const tracked = (name: string, log: Array<string>): Layer.Layer<Auth.Authentication> =>
  Layer.succeed(Auth.Authentication, {
    method: name,
    make: () =>
      Effect.as(
        Effect.acquireRelease(Effect.sync(() => log.push(`open ${name}`)), () => Effect.sync(() => log.push(`close ${name}`))),
        {
          method: name,
          credentials: () => Effect.succeed({ headers: { authorization: `Bearer ${name}` }, generation: 1 }),
          challenged: () => Effect.undefined,
          authenticate: Effect.void,
          status: Effect.succeed({ method: name, state: "active" as const, generation: 1 }),
          secrets: () => []
        }
      )
  })

const who = (script: Script.Script) => script.seen.map(({ request }) => `${request.url.host} ${request.headers["authorization"]}`)

describe("layer", () => {
  it.effect("each use is a session of its own, closed with its scope", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      const parts = partsOver(script.layer, { auth: tracked("a", log) })
      const [first, second] = yield* Effect.all([
        Effect.provide(Effect.andThen(getThing({ id: "1" }), Billing), Billing.layer().pipe(Layer.provide(parts))),
        Effect.provide(Effect.andThen(getThing({ id: "1" }), Billing), Billing.layer().pipe(Layer.provide(parts)))
      ])
      assert.notStrictEqual(first, second)
      assert.deepStrictEqual(log, ["open a", "close a", "open a", "close a"])
    }))

  it.effect("two layers in one build do not share a session, though their parts are the same", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      const parts = partsOver(script.layer, { auth: tracked("a", log) })
      class Other extends Session.Service<Other>()("other") {}
      yield* Effect.provide(Effect.asVoid(Effect.all([Billing, Other])), Layer.mergeAll(Billing.layer(), Other.layer()).pipe(Layer.provide(parts)))
      assert.deepStrictEqual(log.filter((line) => line.startsWith("open")), ["open a", "open a"])
    }))
})

describe("make and use", () => {
  it.effect("a session is a value; after its scope a call fails with SessionClosed and sends nothing", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const scope = yield* Scope.make()
      const session = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer)))
      yield* Effect.andThen(getThing({ id: "1" }), postThing({ body: { id: "1" } })).pipe(Billing.use(session))
      assert.strictEqual(script.seen.length, 2)
      yield* Scope.close(scope, Exit.void)
      for (const call of [Effect.asVoid(getThing({ id: "1" })).pipe(Billing.use(session)), Effect.asVoid(session.request({ method: "GET", url: "/x" }))]) {
        const failure = yield* failureOf(call)
        assert.strictEqual(failure._tag, "SessionClosed")
        assert.include(failure.message, "session \"billing\" is closed")
      }
      assert.strictEqual(script.seen.length, 2)
    }))

  it.effect("use with a function reads the session of the context", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      assert.strictEqual(yield* Billing.use((session) => Effect.succeed(session.id)).pipe(Effect.provide(over(script))), "billing")
    }))

  it.effect("a call that waits for its next attempt when the session closes sends nothing more", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 503 })
      const scope = yield* Scope.make()
      const session = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer)))
      const fiber = yield* Effect.forkChild(failureOf(getThing({ id: "1" }).pipe(Billing.use(session))))
      yield* settle
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([(yield* Fiber.join(fiber))._tag, script.seen.length], ["SessionClosed", 1])
    }))

  it.effect("a call whose transport goes down with the session is SessionClosed", () =>
    Effect.gen(function*() {
      const script = yield* answering({ fault: "closed", delay: "1 second" })
      const scope = yield* Scope.make()
      const session = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer, { configuration: { retry: "none" } })))
      const fiber = yield* Effect.forkChild(failureOf(getThing({ id: "1" }).pipe(Billing.use(session))))
      yield* settle
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "SessionClosed")
    }))
})

describe("override", () => {
  it.effect("replaces only what it is given, inside only, and closes with the part", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      yield* Effect.gen(function*() {
        const outer = yield* Billing
        yield* getThing({ id: "1" })
        yield* Effect.andThen(getThing({ id: "2" }), Effect.map(Billing, (inner) => assert.notStrictEqual(inner, outer))).pipe(Effect.provide(Billing.override(tracked("bob", log))))
        assert.deepStrictEqual(log, ["open bob", "close bob"])
        yield* getThing({ id: "3" })
        assert.strictEqual(yield* Billing, outer)
        yield* getThing({ id: "4" }).pipe(Effect.provide(Billing.override(bearer("other"), Configuration.layer({ baseUrl: "https://other.test" }))))
      }).pipe(Effect.provide(over(script, { auth: bearer("outer") })))
      assert.deepStrictEqual(who(script), ["api.test Bearer outer", "api.test Bearer bob", "api.test Bearer outer", "other.test Bearer other"])
    }))

  it.effect("one hoisted override, nested in two sessions, talks to each one's server and leaves the other's alone", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const asBob = Billing.override(bearer("bob"))
      const session = (host: string) => Billing.layer().pipe(Layer.provide(partsOver(script.layer, { auth: bearer(host), configuration: { baseUrl: `https://${host}.test` } })))
      const both = Effect.andThen(getThing({ id: "1" }), getThing({ id: "1" }).pipe(Effect.provide(asBob)))
      // one build, one memo map: the way it went wrong with a memoized layer
      yield* Effect.andThen(both, both.pipe(Effect.provide(session("b")))).pipe(Effect.provide(session("a")))
      assert.deepStrictEqual(who(script), ["a.test Bearer a", "a.test Bearer bob", "b.test Bearer b", "b.test Bearer bob"])
      // and at once
      yield* Effect.all([both.pipe(Effect.provide(session("c"))), both.pipe(Effect.provide(session("d")))], { concurrency: 2 })
      assert.deepStrictEqual(who(script).slice(4).sort(), ["c.test Bearer bob", "c.test Bearer c", "d.test Bearer bob", "d.test Bearer d"])
    }))

  it.effect("one hoisted override under one shared memo map", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const asBob = Billing.override(bearer("bob"))
      const memo = yield* Layer.makeMemoMap
      const scope = yield* Effect.scope
      for (const host of ["a", "b"]) {
        const outer = yield* Layer.buildWithMemoMap(Billing.layer().pipe(Layer.provide(partsOver(script.layer, { configuration: { baseUrl: `https://${host}.test` } }))), memo, scope)
        const inner = yield* Layer.buildWithMemoMap(asBob, memo, scope).pipe(Effect.provideContext(outer))
        yield* getThing({ id: "1" }).pipe(Billing.use(Context.get(inner, Billing)))
      }
      assert.deepStrictEqual(who(script), ["a.test Bearer bob", "b.test Bearer bob"])
    }))

  it.effect("a hoisted override that is made from the outer session's parts is made anew for each, also under one memo map", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const derived = Layer.effect(Auth.Authentication, Effect.gen(function*() {
        const { options } = yield* Configuration.Configuration
        return yield* Auth.Authentication.pipe(Effect.provide(bearer(`for ${options.baseUrl}`)))
      }))
      const override = Billing.override(derived)
      const memo = yield* Layer.makeMemoMap
      const scope = yield* Effect.scope
      for (const host of ["a", "b"]) {
        const outer = yield* Layer.buildWithMemoMap(Billing.layer().pipe(Layer.provide(partsOver(script.layer, { configuration: { baseUrl: `https://${host}.test` } }))), memo, scope)
        const inner = yield* Layer.buildWithMemoMap(override, memo, scope).pipe(Effect.provideContext(outer))
        yield* getThing({ id: "1" }).pipe(Billing.use(Context.get(inner, Billing)))
      }
      assert.deepStrictEqual(who(script), ["a.test Bearer for https://a.test", "b.test Bearer for https://b.test"])
    }))

  it.effect("nested: the inner one keeps what the outer one replaced", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* getThing({ id: "1" }).pipe(
        Effect.provide(Billing.override(Configuration.layer({ baseUrl: "https://inner.test/v1" }))),
        Effect.provide(Billing.override(bearer("bob"), Configuration.layer({ baseUrl: "https://inner.test" }))),
        Effect.provide(over(script, { auth: bearer("outer") }))
      )
      assert.deepStrictEqual(who(script), ["inner.test Bearer bob"])
    }))

  it.effect("policies, hooks and cookies that the outer session was given stay in force", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering((_, count) => count === 1 ? { status: 200, body: { id: "1" }, headers: { "set-cookie": "c=1" } } : { status: 503 })
      const more = Layer.mergeAll(
        Policy.layer({ retry: "none" }),
        Hooks.layer({ call: (event) => Effect.sync(() => log.push(event.operation)) }),
        Cookies.layer()
      )
      const twice = Effect.andThen(getThing({ id: "1" }), Effect.ignore(getThing({ id: "2" })))
      yield* twice.pipe(Effect.provide(Billing.override(bearer("bob"))), Effect.provide(over(script, { more })))
      assert.deepStrictEqual(log, ["getThing", "getThing"])
      // one attempt each, and the cookie of the first answer in the second request
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["cookie"]), [undefined, "c=1"])
    }))

  it.effect("policies, hooks and cookies may be overridden as well", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering({ status: 503, headers: { "set-cookie": "c=1" } })
      const override = Billing.override(Policy.layer({ retry: "none" }), Hooks.layer({ call: () => Effect.sync(() => log.push("inner")) }), Cookies.layer())
      yield* Effect.ignore(getThing({ id: "1" })).pipe(
        Effect.andThen(Effect.ignore(getThing({ id: "2" }))),
        Effect.provide(override),
        Effect.provide(over(script))
      )
      assert.deepStrictEqual(log, ["inner", "inner"])
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["cookie"]), [undefined, "c=1"])
    }))

  it.effect("a failing part fails the part, typed; what was opened is closed", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      const failure = yield* failureOf(getThing({ id: "1" }).pipe(
        Effect.provide(Billing.override(tracked("bob", log), Configuration.layer({ baseUrl: "nonsense" }))),
        Effect.provide(over(script))
      ))
      assert.strictEqual(failure._tag, "ConfigurationInvalid")
      assert.deepStrictEqual([log, script.seen.length], [[], 0])
    }))
})

describe("named", () => {
  it.effect("two at once, each with its own server and credential", () =>
    Effect.gen(function*() {
      const script = yield* answering({ ...ok, delay: "10 millis" })
      const eu = Billing.named("eu")
      const us = Billing.named("us")
      const parts = (host: string) => partsOver(script.layer, { auth: bearer(host), configuration: { baseUrl: `https://${host}.test` } })
      const Live = Layer.mergeAll(eu.layer().pipe(Layer.provide(parts("eu"))), us.layer().pipe(Layer.provide(parts("us"))))
      const fiber = yield* Effect.forkChild(
        Effect.all([eu.run(getThing({ id: "1" })), us.run(postThing({ body: { id: "2" } })), eu.run(Billing.status)], { concurrency: "unbounded" }).pipe(Effect.provide(Live))
      )
      yield* settle
      yield* TestClock.adjust("10 millis")
      const [, , status] = yield* Fiber.join(fiber)
      assert.strictEqual(status.session, "billing/eu")
      assert.deepStrictEqual(who(script).sort(), ["eu.test Bearer eu", "us.test Bearer us"])
    }))
})

describe("Call options around a session that is being built", () => {
  it.effect("do not leak into its logins", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login(), Script.on("any", () => true, ok)])
      yield* getThing({ id: "1" }).pipe(
        Effect.provide(over(script, { auth: Script.authentication() })),
        Call.with({ headers: { "x-trace": "1" }, baseUrl: "https://elsewhere.test", deadline: "1 second" })
      )
      yield* getThing({ id: "1" }).pipe(
        Call.with({ headers: { "x-trace": "1" }, deadline: "1 second", timeout: "3 seconds" }),
        Effect.provide(over(script, { auth: Script.authentication() }))
      )
      assert.deepStrictEqual(script.seen.map(({ request, step }) => [step, request.url.host, request.headers["x-trace"], request.limit?.whole]), [
        // another origin needs no login at all
        ["any", "elsewhere.test", "1", 1_000],
        ["login", "api.test", undefined, 30_000],
        ["any", "api.test", "1", 1_000]
      ])
    }))

  it.effect("policies and hooks around a call do not leak into a login that others share", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* Script.make([Script.login(), Script.on("any", () => true, ok)])
      yield* getThing({ id: "1" }).pipe(
        Effect.provide(Layer.mergeAll(Policy.layer({ timeout: "1 second" }), Hooks.layer({ call: (event) => Effect.sync(() => log.push(event.operation)) }))),
        Effect.provide(over(script, { auth: Script.authentication() }))
      )
      assert.deepStrictEqual(script.seen.map(({ request, step }) => [step, request.limit?.whole]), [["login", 30_000], ["any", 1_000]])
      assert.deepStrictEqual(log, ["getThing"])
    }))
})
