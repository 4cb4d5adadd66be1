/** Rules found by trying to break sessions. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, Cookies, Endpoint, Hooks, Session } from "credence"
import { NodeTransport } from "credence/node"
import { Recording, Script } from "credence/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as http from "node:http"
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
      // the first login, and one for each of six challenges
      assert.strictEqual(script.count("login"), 7)
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

describe("override", () => {
  it.effect("settings are laid over those around it: the server is not forgotten", () =>
    Effect.gen(function*() {
      class Vendor extends Session.Service<Vendor>()("vendor", { baseUrl: "https://vendor.test" }) {}
      const ping = Endpoint.get(Vendor, "/ping", { name: "ping", success: Schema.Void })
      const script = yield* Script.make([Script.always(ping)])
      const parts = [Auth.bearer(Redacted.make("CANARY")), Configuration.layer({ baseUrl: "https://staging.test", headers: { "x-a": "1" }, retry: "none" }), script.layer] as const
      yield* ping().pipe(
        Effect.provide(Vendor.override(Configuration.layer({ timeout: "5 seconds", headers: { "x-b": "2" } }))),
        Effect.provide(Vendor.layer().pipe(Layer.provide([...parts])))
      )
      const [seen] = script.seen
      assert.deepStrictEqual([seen?.request.url.origin, seen?.request.headers["x-a"], seen?.request.headers["x-b"]], ["https://staging.test", "1", "2"])
    }))

  it.effect("another origin needs credentials of its own", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const elsewhere = Configuration.layer({ baseUrl: "https://elsewhere.test" })
      const refused = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(Billing.override(elsewhere)), Effect.provide(over(script, { auth: Auth.bearer(Redacted.make("mine")) }))))
      assert.strictEqual(refused._tag, "ConfigurationInvalid")
      assert.strictEqual(script.seen.length, 0)
      yield* getThing({ id: "1" }).pipe(Effect.provide(Billing.override(elsewhere, Auth.bearer(Redacted.make("theirs")))), Effect.provide(over(script, { auth: Auth.bearer(Redacted.make("mine")) })))
      yield* getThing({ id: "1" }).pipe(Effect.provide(Billing.override(elsewhere)), Effect.provide(over(script, { auth: Auth.anonymous() })))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.url.hostname, request.headers["authorization"]]), [["elsewhere.test", "Bearer theirs"], ["elsewhere.test", undefined]])
    }))
})

describe("a session as a value", () => {
  it.live("owns the parts that it was given, over a real transport", () =>
    Effect.scoped(Effect.gen(function*() {
      const server = http.createServer((_, response) => response.setHeader("content-type", "application/json").end(`{"id":"1"}`))
      yield* Effect.acquireRelease(Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))), () => Effect.sync(() => server.close()))
      const address = server.address()
      const baseUrl = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
      const session = yield* Billing.make(Auth.anonymous(), Configuration.layer({ baseUrl }), NodeTransport.layer({ environment: {} }))
      assert.deepStrictEqual(yield* getThing({ id: "1" }).pipe(Billing.use(session)), { id: "1" })
    })))
})

describe("what a server asks for", () => {
  it.effect("security 36: a wait beyond `maxRetryAfter` is not waited for, deadline or not", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 503, headers: { "retry-after": "999999999" } })
      const error = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script))))
      assert.deepInclude(error, { status: 503, notRetried: "retryAfter" })
      assert.strictEqual(script.seen.length, 1)
    }))

  it.effect("a 401 that comes late does not take the cookie of a newer login away", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.login(),
        Script.on("slow", (request) => request.url.pathname === "/things/slow" && request.headers["authorization"] === "Bearer token-1", { status: 401, delay: "1 second", headers: { "set-cookie": "sid=; Max-Age=0; Path=/" } }),
        Script.on("fast", (request) => request.headers["authorization"] === "Bearer token-1", { status: 401 }),
        Script.on("api", () => true, { ...ok, headers: { "set-cookie": "sid=newer-session; Path=/" } })
      ])
      yield* Effect.gen(function*() {
        const slow = yield* Effect.forkChild(getThing({ id: "slow" }))
        yield* settle
        yield* getThing({ id: "fast" })
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(slow)
      }).pipe(script.run(Billing), Effect.provide(Cookies.layer()))
      assert.strictEqual(script.seen.at(-1)?.request.headers["cookie"], "sid=newer-session")
    }))
})

describe("secrets of the past", () => {
  it.effect("a token that was replaced is masked where a late answer repeats it", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.login(),
        Script.on("first", (request) => request.headers["authorization"] === "Bearer token-1", { status: 401 }),
        Script.on("api", () => true, { status: 500, body: { message: "token-1 and token-2 are known here" } })
      ])
      const error = yield* failureOf(getThing({ id: "1" }).pipe(Call.with({ retry: "none" }), script.run(Billing)))
      assert.notInclude(inspect(error, { depth: 10 }), "token-1")
      assert.notInclude(inspect(error, { depth: 10 }), "token-2")
    }))
})

describe("settings that are none", () => {
  for (const [name, options] of Object.entries({ timeout: { timeout: "5 secs" as "5 seconds" }, nothing: { timeout: 0 }, redirects: { redirects: Infinity }, deadline: { deadline: "soon" as "1 second" } })) {
    it.effect(`${name}: typed, before anything is sent, for a call and for a session`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        assert.strictEqual((yield* failureOf(getThing({ id: "1" }).pipe(Call.with(options), Effect.provide(over(script)))))._tag, "InvalidInput")
        assert.strictEqual((yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { configuration: options })))))._tag, "ConfigurationInvalid")
        assert.strictEqual(script.seen.length, 0)
      }))
  }
})

describe("methods", () => {
  it.effect("one that is not known is not repeated after a lost answer", () =>
    Effect.gen(function*() {
      for (const method of ["patch", "MERGE", "POST"]) {
        const script = yield* answering({ fault: "reset" })
        yield* failureOf(Effect.flatMap(Billing, (session) => session.request({ method, url: "/x" })).pipe(Effect.provide(over(script))))
        assert.strictEqual(script.seen.length, 1, method)
      }
    }))
})

describe("keys of keyed sessions", () => {
  it.effect("are compared by Equal", () =>
    Effect.gen(function*() {
      const opened: Array<string> = []
      const script = yield* answering(ok)
      class Tenants extends Billing.keyed<Tenants>()("by-record", {
        layer: (key: { readonly tenant: string }) => Layer.unwrap(Effect.sync(() => {
          opened.push(key.tenant)
          return Billing.layer().pipe(Layer.provide(partsOver(script.layer)))
        })),
        capacity: 2
      }) {}
      yield* Effect.forEach(["a", "a", "b", "a", "b"], (tenant) => Tenants.run({ tenant })(getThing({ id: "1" })), { discard: true }).pipe(Effect.provide(Tenants.layer()))
      assert.deepStrictEqual(opened, ["a", "b"])
    }))
})

describe("numbers beyond 2^53", () => {
  const read = Endpoint.get(Billing, "/row", { name: "row", success: Schema.Struct({ id: Schema.Number }) })
  const write = Endpoint.put(Billing, "/row", { name: "put", body: Schema.Struct({ id: Schema.Number }), success: Schema.Void })
  it.effect("stay as they are where nobody declares them, and are never a wrong number where somebody does", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.times(1, read, { body: `{"id":1,"externalId":9007199254740993,"long":123456789012345678901234567890,"ok":9007199254740991,"float":0.12345678901234567}`, headers: { "content-type": "application/json" } }),
        Script.times(1, read, { body: `{"id":9007199254740993}`, headers: { "content-type": "application/json" } }),
        Script.always(write)
      ])
      yield* Effect.gen(function*() {
        const row = yield* read()
        yield* write({ body: row })
        assert.deepInclude(yield* failureOf(read()), { _tag: "DecodeFailed", reason: "schema" })
      }).pipe(script.run(Billing))
      const body = script.seen[1]?.request.body
      assert.strictEqual(body?._tag === "Bytes" && body.bytes, `{"id":1,"externalId":9007199254740993,"long":123456789012345678901234567890,"ok":9007199254740991,"float":0.12345678901234566}`)
    }))
})
