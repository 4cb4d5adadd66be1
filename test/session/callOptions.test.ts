import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Endpoint, Transport } from "credence"
import type { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { answering, Billing, failureOf, getThing, ok, over, partsOver, postThing, upload } from "../support/billing.ts"

const get = getThing({ id: "1" })
const last = (script: Script.Script) => script.seen.at(-1)?.request
const bodyOf = (script: Script.Script): unknown => {
  const body = last(script)?.body
  return body?._tag === "Bytes" ? JSON.parse(String(body.bytes)) : undefined
}

describe("Call.with", () => {
  it.effect("nested options merge: headers and body members one by one, the rest is replaced, the inner one wins", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* postThing({ body: { id: "1" } }).pipe(
        Call.with({ headers: { "x-b": "inner", "x-c": "3" }, body: { b: 2, id: "over" }, timeout: "3 seconds" }),
        Call.with({ headers: { "x-a": "1", "X-B": "outer" }, body: { a: 1, b: 1 }, timeout: "9 seconds", deadline: "1 minute" }),
        Effect.provide(over(script))
      )
      const headers = last(script)?.headers ?? {}
      assert.deepStrictEqual([headers["x-a"], headers["x-b"], headers["x-c"], last(script)?.limit?.whole], ["1", "inner", "3", 3000])
      assert.deepStrictEqual(bodyOf(script), { id: "over", a: 1, b: 2 })
    }))

  it.effect("holds for the part only", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* Effect.andThen(get.pipe(Call.with({ headers: { "x-a": "1" } })), get).pipe(Effect.provide(over(script)))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["x-a"]), ["1", undefined])
    }))

  it.effect("the innermost header wins in whatever case the others were written", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* get.pipe(Call.with({ headers: { "x-b": "3" } }), Call.with({ headers: { "X-B": "2" } }), Call.with({ headers: { "x-b": "1" } }), Effect.provide(over(script)))
      assert.strictEqual(last(script)?.headers["x-b"], "3")
    }))

  it.effect("an option that is undefined leaves what is around it", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* get.pipe(Call.with({ timeout: undefined, headers: undefined }), Call.with({ timeout: "3 seconds", headers: { "x-a": "1" } }), Effect.provide(over(script)))
      assert.deepStrictEqual([last(script)?.limit?.whole, last(script)?.headers["x-a"]], [3000, "1"])
    }))

  it.effect("headers: the call's beat the endpoint's, which beat the session's", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const fixed = Endpoint.get(Billing, "/fixed", { headers: { "x-b": "endpoint", "x-c": "endpoint" }, success: Schema.Unknown })
      yield* fixed().pipe(Call.with({ headers: { "X-C": "call" } }), Effect.provide(over(script, { configuration: { headers: { "X-A": "session", "X-B": "session", "x-c": "session" }, userAgent: "mine" } })))
      const headers = last(script)?.headers ?? {}
      assert.deepStrictEqual([headers["x-a"], headers["x-b"], headers["x-c"], headers["user-agent"]], ["session", "endpoint", "call", "mine"])
    }))

  for (const value of ["a\r\nx-evil: canary", "canary\n", "canary\0", "\u2603canary"]) {
    it.effect(`security 16: a header ${JSON.stringify(value)} is InvalidInput before anything is sent`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const failure = yield* failureOf(get.pipe(Call.with({ headers: { "x-a": value } }), Effect.provide(over(script))))
        assert.deepStrictEqual([failure._tag, script.seen.length], ["InvalidInput", 0])
        assert.notInclude(failure.message, "canary")
      }))
  }

  for (const baseUrl of ["nonsense", "https://u:p@api.test", "file:///x", "https://api.test?x=1"]) {
    it.effect(`a base URL ${baseUrl} is InvalidInput`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const failure = yield* failureOf(get.pipe(Call.with({ baseUrl }), Effect.provide(over(script))))
        assert.deepStrictEqual([failure._tag, script.seen.length], ["InvalidInput", 0])
      }))
  }

  it.effect("a base URL of the same origin keeps the credentials, of another one gets none and no session header", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const live = over(script, { configuration: { baseUrl: "https://api.test/v1", headers: { "x-key": "k" } } })
      const call = get.pipe(Call.with({ headers: { "x-call": "1" } }))
      yield* call.pipe(Call.with({ baseUrl: "https://api.test/v2" }), Effect.provide(live))
      yield* call.pipe(Call.with({ baseUrl: "https://api.test:8443/v2" }), Effect.provide(live))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.url.href, request.headers["authorization"] !== undefined, request.headers["x-key"], request.headers["x-call"]]), [
        ["https://api.test/v2/things/1", true, "k", "1"],
        ["https://api.test:8443/v2/things/1", false, undefined, "1"]
      ])
    }))

  it.effect("decode: tolerant, strict, off", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => request.url.pathname.endsWith("/bad") ? { body: { id: 7 } } : { body: { id: "1", extra: true } })
      const live = over(script)
      assert.deepStrictEqual(yield* get.pipe(Effect.provide(live)), { id: "1", extra: true } as never)
      assert.strictEqual((yield* failureOf(get.pipe(Call.with({ decode: "strict" }), Effect.provide(live))))._tag, "DecodeFailed")
      const bad = getThing({ id: "bad" })
      assert.strictEqual((yield* failureOf(bad.pipe(Effect.provide(live))))._tag, "DecodeFailed")
      assert.deepStrictEqual(yield* bad.pipe(Call.with({ decode: "off" }), Effect.provide(live)), { id: 7 } as never)
    }))

  it.effect("tls merges member by member: with the session's, and when nested", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const get = getThing({ id: "1" })
      yield* Effect.andThen(get.pipe(Call.with({ tls: { verify: false } }), Call.with({ tls: { serverName: "outer", verify: true } })), get).pipe(
        Effect.provide(over(script, { configuration: { tls: { minVersion: "TLSv1.3", serverName: "session" } } }))
      )
      assert.deepStrictEqual(script.seen.map(({ request }) => request.tls), [
        { minVersion: "TLSv1.3", serverName: "outer", verify: false },
        { minVersion: "TLSv1.3", serverName: "session" }
      ])
    }))

  it.effect("maxResponseSize, tls and proxy reach the transport", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* Effect.andThen(get.pipe(Call.with({ maxResponseSize: 10, tls: { verify: false }, proxy: "none" })), get).pipe(Effect.provide(over(script, { configuration: { proxy: "environment" } })))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.maxResponseSize, request.tls, request.proxy]), [[10, { verify: false }, "none"], [undefined, undefined, "environment"]])
    }))

  it.effect("members for a body that can hold none are InvalidInput, or nothing where there is no body", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* get.pipe(Call.with({ body: { a: 1 } }), Effect.provide(over(script)))
      assert.isUndefined(last(script)?.body)
      const result = yield* upload({ body: { stream: Stream.make(new Uint8Array(1)) } }).pipe(Call.with({ body: { a: 1 } }), Effect.result, Effect.provide(over(script)))
      assert.strictEqual(result._tag === "Failure" ? result.failure._tag : "sent as it is", result._tag === "Failure" ? "InvalidInput" : "sent as it is")
    }))

  it.effect("security 41: members called __proto__ and constructor are inert", () =>
    Effect.gen(function*() {
      const script = yield* answering({ body: "{\"id\":\"1\",\"__proto__\":{\"polluted\":true},\"constructor\":{\"prototype\":{\"polluted\":true}}}", headers: { "content-type": "application/json" } })
      const members = JSON.parse("{\"__proto__\":{\"polluted\":true},\"constructor\":{\"polluted\":true}}") as Record<string, unknown>
      const headers = JSON.parse("{\"__proto__\":\"x\",\"constructor\":\"y\"}") as Record<string, string>
      const thing = yield* postThing({ body: { id: "1" } }).pipe(Call.with({ body: members, headers }), Effect.provide(over(script)))
      assert.isUndefined(({} as Record<string, unknown>)["polluted"])
      assert.isUndefined((thing as unknown as Record<string, unknown>)["polluted"])
      assert.isUndefined((last(script)?.headers as Record<string, unknown> | undefined)?.["polluted"])
      assert.strictEqual(Object.getPrototypeOf(thing), Object.prototype)
    }))

  it.effect("raw: a status is a response; 401 that nothing mends is not", () =>
    Effect.gen(function*() {
      const script = yield* answering((_, count) => ({ status: count === 1 ? 418 : 401, body: "tea", headers: { "x-a": "1" } }))
      const response = yield* Endpoint.raw(getThing)({ id: "1" }).pipe(Effect.provide(over(script)))
      assert.deepStrictEqual([response.status, new TextDecoder().decode(response.body), response.headers["x-a"]], [418, "tea", "1"])
      assert.strictEqual((yield* failureOf(Endpoint.raw(getThing)({ id: "1" }).pipe(Effect.provide(over(script)))))._tag, "AuthenticationFailed")
    }))

  it.effect("raw: a status that is retried is retried; the last one is the result", () =>
    Effect.gen(function*() {
      const script = yield* answering((_, count) => ({ status: count < 4 ? 503 : 502 }))
      const fiber = yield* Effect.forkChild(Endpoint.raw(getThing)({ id: "1" }).pipe(Effect.provide(over(script))))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([(yield* Fiber.join(fiber)).status, script.seen.length], [502, 4])
    }))
})

describe("Call.layer and Call.withStream", () => {
  it.effect("a layer merges with what is around it; side by side the later one wins", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const a = Call.layer({ headers: { "x-a": "1" }, timeout: "1 second" })
      const b = Call.layer({ headers: { "x-b": "2" }, timeout: "2 seconds" })
      yield* get.pipe(Effect.provide(b), Effect.provide(a), Effect.provide(over(script)))
      yield* get.pipe(Effect.provide([a, b]), Effect.provide(over(script)))
      // hoisted: what was around its first use does not stick
      yield* get.pipe(Effect.provide(b), Effect.provide(over(script)))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.headers["x-a"], request.headers["x-b"], request.limit?.whole]), [["1", "2", 2000], [undefined, "2", 2000], [undefined, "2", 2000]])
    }))

  it.effect("a deadline bounds each request of a Stream, not the whole of it", () =>
    Effect.gen(function*() {
      const script = yield* answering({ ...ok, delay: "2 seconds" })
      const stream = Stream.fromIterable(["1", "2", "3"]).pipe(Stream.mapEffect((id) => getThing({ id })), Call.withStream({ deadline: "3 seconds", headers: { "x-a": "1" } }))
      const fiber = yield* Effect.forkChild(Stream.runCollect(stream).pipe(Effect.provide(over(script))))
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 3)
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.headers["x-a"], request.limit?.whole]), [["1", 3000], ["1", 3000], ["1", 3000]])
    }))
})

describe("a client that follows redirects by itself", () => {
  it.effect("gets no credentials: CapabilityUnavailable", () =>
    Effect.gen(function*() {
      let calls = 0
      const client = HttpClient.make((request) => Effect.sync(() => {
        calls++
        return HttpClientResponse.fromWeb(request, new Response("{\"id\":\"1\"}", { headers: { "content-type": "application/json" } }))
      }))
      const below = Layer.succeed(Transport.Transport, Transport.fromHttpClient(client, { redirects: "below" }))
      const failure = yield* failureOf(get.pipe(Effect.provide(Billing.layer().pipe(Layer.provide(partsOver(below))))))
      assert.deepStrictEqual([failure._tag, calls], ["CapabilityUnavailable", 0])
      yield* get.pipe(Effect.provide(Billing.layer().pipe(Layer.provide(partsOver(below, { auth: Auth.anonymous() })))))
      assert.strictEqual(calls, 1)
    }))
})
