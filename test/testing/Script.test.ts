import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { Auth, Call, Configuration, Endpoint, Session } from "credence"
import { Recording, Script } from "credence/testing"

class Api extends Session.Service<Api>()("api", { preset: { retry: "none" } }) {}
const Item = Schema.Struct({ id: Schema.Int, name: Schema.String })
const get = Endpoint.get(Api, "/items/{id}", { name: "getItem", path: { id: Schema.Int }, success: Item, errors: { 404: Schema.Struct({ title: Schema.String }) } })
const put = Endpoint.put(Api, "/items/{id}", { name: "putItem", path: { id: Schema.Int }, body: Schema.Unknown, success: Schema.Void })
const file = Endpoint.get(Api, "/file", { name: "getFile", success: Endpoint.Reply.stream() })
const anonymous = { authentication: Auth.anonymous() }
const failureOf = (exit: Exit.Exit<unknown, unknown>): unknown => Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined

describe("Script", () => {
  it.effect("of the steps that match, the first with something left answers", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.once(get, { body: { id: 1, name: "first" } }),
        Script.times(2, get, (_, count) => ({ body: { id: 2, name: `second ${count}` } })),
        Script.always(get, { body: { id: 3, name: "rest" } })
      ])
      const names = yield* Effect.forEach([1, 2, 3, 4, 5], () => Effect.map(get({ id: 1 }), (item) => item.name)).pipe(script.run(Api, anonymous))
      assert.deepStrictEqual(names, ["first", "second 1", "second 2", "rest", "rest"])
      assert.strictEqual(script.count("getItem"), 5)
      assert.strictEqual(script.count("putItem"), 0)
    }))

  it.effect("what it has seen", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(put)])
      yield* Effect.gen(function*() {
        yield* put({ id: 1, body: { a: 1 } })
        yield* TestClock.adjust("5 seconds")
        yield* put({ id: 2, body: {} })
      }).pipe(script.run(Api, { ...anonymous, configuration: { baseUrl: "https://other.test/v1", headers: { "x-env": "test" } } }))
      assert.deepStrictEqual(script.seen.map(({ at, request, step }) => [step, at, request.method, request.url.href, request.headers["x-env"]]), [
        ["putItem", 0, "PUT", "https://other.test/v1/items/1", "test"],
        ["putItem", 5000, "PUT", "https://other.test/v1/items/2", "test"]
      ])
      assert.deepStrictEqual(script.seen[0]?.request.body, { _tag: "Bytes", bytes: "{\"a\":1}" })
    }))

  it.effect("a request that no step answers dies with what to add", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.once(get, { body: { id: 1, name: "x" } })])
      const exit = yield* Effect.exit(Effect.andThen(get({ id: 1 }), get({ id: 1 })).pipe(script.run(Api, anonymous)))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.match(String(failureOf(exit)), /no answer for getItem \(GET \/items\/1\): add a step/)
    }))

  it.effect("an endpoint is answered with an example, where no body is given", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(get)])
      const item = yield* get({ id: 1 }).pipe(script.run(Api, anonymous))
      assert.isTrue(Schema.is(Item)(item))
    }))

  it.effect("statuses, headers and bodies as they are", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.once(get, { status: 404, body: { title: "none" } }),
        Script.once(get, { status: 404, headers: { "X-Request-Id": "r" } }),
        Script.once(get, { body: "{\"id\":1,\"name\":\"text\"}" }),
        Script.once(get, { body: new TextEncoder().encode("<html>"), headers: { "Content-Type": "text/html" } })
      ])
      const outcomes = yield* Effect.forEach([1, 2, 3, 4], () => Effect.match(get({ id: 1 }), { onFailure: (e) => `${e._tag} ${e.requestId ?? ""}`.trim(), onSuccess: (item) => item.name })).pipe(
        script.run(Api, anonymous)
      )
      assert.deepStrictEqual(outcomes, ["NotFound", "UnexpectedStatus r", "text", "DecodeFailed"])
    }))

  it.effect("a delay passes on the test's clock, which turns by itself while it is waited for", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(get, { delay: "20 seconds" })])
      const times = yield* Effect.gen(function*() {
        const start = yield* Clock.currentTimeMillis
        yield* get({ id: 1 })
        const one = yield* Clock.currentTimeMillis
        yield* Effect.all(Array.from({ length: 50 }, () => get({ id: 1 })), { concurrency: "unbounded" })
        const many = yield* Clock.currentTimeMillis
        return [one - start, many - one]
      }).pipe(Call.with({ timeout: "1 minute" }), script.run(Api, anonymous))
      assert.deepStrictEqual(times, [20_000, 20_000])
    }))

  it.effect("different delays are answered in the order of their ends", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(get, (request) => ({ delay: Number(request.url.pathname.split("/").at(-1)) * 100 }))])
      const order: Array<number> = []
      yield* Effect.all([3, 1, 2].map((id) => Effect.map(get({ id }), () => void order.push(id))), { concurrency: "unbounded" }).pipe(script.run(Api, anonymous))
      assert.deepStrictEqual(order, [1, 2, 3])
    }))

  for (
    const [fault, tag, reason, processed] of [
      ["refused", "ConnectionFailed", "refused", "no"],
      ["dns", "ConnectionFailed", "dns", "no"],
      ["reset", "ConnectionFailed", "reset", "maybe"],
      ["truncated", "ConnectionFailed", "truncated", "maybe"],
      ["expired", "TlsFailed", "expired", undefined],
      ["wrongHost", "TlsFailed", "wrongHost", undefined]
    ] as const
  ) {
    it.effect(`the fault ${fault} is ${tag}`, () =>
      Effect.gen(function*() {
        const script = yield* Script.make([Script.always(get, { fault })])
        const error = yield* Effect.flip(get({ id: 1 }).pipe(script.run(Api, anonymous)))
        assert.deepInclude(error as unknown as Record<string, unknown>, { _tag: tag, reason, ...(processed === undefined ? {} : { processed }) })
      }))
  }
  it.effect("whether a fault was processed can be said", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(get, { fault: "reset", processed: "no" })])
      assert.deepInclude(yield* Effect.flip(get({ id: 1 }).pipe(script.run(Api, anonymous))), { processed: "no" })
    }))

  it.effect("what hangs ends at the limit, and not before", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(get, { fault: "hang" })])
      const outcome = yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Effect.exit(get({ id: 1 })))
        yield* TestClock.adjust("9999 millis")
        const before = fiber.pollUnsafe()
        yield* TestClock.adjust("1 millis")
        return [before, failureOf(yield* Fiber.join(fiber))] as const
      }).pipe(Call.with({ timeout: "10 seconds" }), script.run(Api, anonymous))
      assert.isUndefined(outcome[0])
      assert.deepInclude(outcome[1], { _tag: "Timeout", phase: "attempt" })
    }))

  it.effect("retries see the next step", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.times(2, get, { status: 503 }), Script.always(get, { body: { id: 1, name: "x" } })])
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(get({ id: 1 }).pipe(Call.with({ retry: Schedule.recurs(3) })))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
      }).pipe(script.run(Api, anonymous))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.attempt), [1, 2, 3])
    }))

  it.effect("a login is answered, kept, and renewed when it has expired", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login({ expiresIn: "30 seconds" }), Script.always(get, { delay: "20 millis" })])
      yield* Effect.gen(function*() {
        yield* get({ id: 1 })
        yield* get({ id: 1 })
        yield* TestClock.adjust("31 seconds")
        yield* Effect.all(Array.from({ length: 100 }, () => get({ id: 1 })), { concurrency: "unbounded" })
      }).pipe(script.run(Api))
      assert.strictEqual(script.count("login"), 2)
      assert.deepStrictEqual(new Set(script.seen.map(({ request }) => request.headers["authorization"])), new Set([undefined, "Bearer token-1", "Bearer token-2"]))
    }))

  it.effect("a login may fail", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login({ reply: () => ({ fault: "refused" }) }), Script.always(get)])
      const error = yield* Effect.flip(get({ id: 1 }).pipe(script.run(Api)))
      assert.strictEqual(error._tag, "ConnectionFailed")
    }))

  it.effect("redirects are answered by their target", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.on("elsewhere", (request) => request.url.host === "elsewhere.test", { body: { id: 9, name: "there" } }),
        Script.always(get, { status: 302, headers: { location: "https://elsewhere.test/x" } })
      ])
      const item = yield* get({ id: 1 }).pipe(script.run(Api, { authentication: Auth.bearer(Redacted.make("secret-token")) }))
      assert.strictEqual(item.name, "there")
      assert.deepStrictEqual(script.seen.map(({ request, step }) => [step, request.headers["authorization"]]), [["getItem", "Bearer secret-token"], ["elsewhere", undefined]])
    }))

  it.effect("streams", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(file, { body: "content", headers: { "content-disposition": "attachment; filename=a.txt" } })])
      const name = yield* Effect.scoped(Effect.map(file(), (download) => download.name)).pipe(script.run(Api, anonymous))
      assert.strictEqual(name, "a.txt")
    }))
})

describe("Recording", () => {
  const canary = "canary-5ecret"
  const record = <A, E>(steps: ReadonlyArray<Script.Step>, call: Effect.Effect<A, E, Api | Session.Full<Api>>, redact?: ReadonlyArray<string>) =>
    Effect.gen(function*() {
      const script = yield* Script.make(steps)
      const recording = Recording.make(redact === undefined ? {} : { redact })
      const live = Api.layer().pipe(Layer.provide([
        Auth.bearer(Redacted.make(canary)),
        Configuration.layer({ baseUrl: "https://api.test" }),
        recording.layer.pipe(Layer.provide(script.layer))
      ]))
      yield* Effect.exit(Effect.provide(call, live))
      return recording.exchanges
    })

  it.effect("keeps requests and answers in order", () =>
    Effect.gen(function*() {
      const exchanges = yield* record(
        [Script.always(get, { body: { id: 1, name: "x" }, headers: { etag: "e" } }), Script.always(put, { status: 409 })],
        Effect.andThen(get({ id: 1 }), put({ id: 2, body: { a: 1 } }))
      )
      assert.deepStrictEqual(exchanges.map(({ method, operation, url }) => [operation, method, url]), [["getItem", "GET", "https://api.test/items/1"], ["putItem", "PUT", "https://api.test/items/2"]])
      assert.deepStrictEqual(exchanges[0]?.response, { status: 200, headers: { "content-type": "application/json", etag: "e" }, body: { id: 1, name: "x" } })
      assert.deepStrictEqual(exchanges[1]?.body, { a: 1 })
      assert.deepInclude(exchanges[1]?.response, { status: 409 })
    }))
  it.effect("masks secrets, wherever the server puts them", () =>
    Effect.gen(function*() {
      const echo = { echo: `Bearer ${canary}`, token: "canary-other", list: [{ note: encodeURIComponent(canary) }] }
      const exchanges = yield* record(
        [
          Script.always(get, { body: echo, headers: { "set-cookie": [`sid=${canary}`], location: "/x?access_token=canary-3", "x-echo": canary } }),
          Script.times(1, put, { status: 400, body: `you sent ${canary}` }),
          Script.always(put, { fault: "reset" })
        ],
        Effect.all([get({ id: 1 }), put({ id: 2, body: { password: "canary-4", invoice: "canary-5", ok: "kept" } }), put({ id: 3, body: {} })], { mode: "result" }),
        ["Invoice"]
      )
      assert.strictEqual(exchanges.length, 3)
      assert.notInclude(JSON.stringify(exchanges), "canary")
      assert.include(JSON.stringify(exchanges), "kept")
      assert.strictEqual(exchanges[0]?.headers["authorization"], "<redacted>")
      assert.match(JSON.stringify(exchanges[2]?.response), /connection failed \(reset\)/)
    }))
  it.effect("streams are kept as such", () =>
    Effect.gen(function*() {
      const exchanges = yield* record([Script.always(file, { body: "content" })], Effect.scoped(Effect.asVoid(file())))
      assert.deepInclude(exchanges[0]?.response, { status: 200, body: "a stream" })
    }))
})
