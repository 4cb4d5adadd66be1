import { assert, describe, it } from "@effect/vitest"
import { Cookies, Session } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import { answering, Billing, failureOf, ok, over, Thing } from "../support/billing.ts"

const Api = HttpApi.make("things").add(
  HttpApiGroup.make("things").add(
    HttpApiEndpoint.get("one", "/things/:id", { params: { id: Schema.String }, success: Thing }),
    HttpApiEndpoint.post("create", "/things", { payload: Thing, success: Thing })
  )
)

describe("Session.httpClient", () => {
  it.effect("an HttpApi of Effect runs authenticated, below the base URL or with one of its own", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login(), Script.on("any", () => true, ok)])
      yield* Effect.gen(function*() {
        const httpClient = yield* Session.httpClient(Billing)
        for (const options of [{ httpClient }, { httpClient, baseUrl: "https://api.test" }]) {
          const client = yield* HttpApiClient.makeWith(Api, options)
          assert.deepStrictEqual(yield* client.things.one({ params: { id: "1" } }), { id: "1" })
          yield* client.things.create({ payload: { id: "2" } })
        }
      }).pipe(Effect.provide(over(script, { auth: Script.authentication() })))
      assert.deepStrictEqual(script.seen.map(({ request }) => `${request.method} ${request.url.href} ${request.headers["authorization"]}`), [
        "POST https://api.test/login undefined",
        "GET https://api.test/things/1 Bearer token-1",
        "POST https://api.test/things Bearer token-1",
        "GET https://api.test/things/1 Bearer token-1",
        "POST https://api.test/things Bearer token-1"
      ])
      const body = script.seen[2]?.request.body
      assert.deepStrictEqual(body?._tag === "Bytes" ? JSON.parse(typeof body.bytes === "string" ? body.bytes : new TextDecoder().decode(body.bytes)) : undefined, { id: "2" })
    }))

  it.effect("a status is a response; a 401 is mended once, or a typed failure", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.login(),
        Script.on("gone", (request) => request.url.pathname === "/gone", { status: 404, body: { title: "gone" }, headers: { "x-a": "1" } }),
        Script.on("once", (request) => request.url.pathname === "/once", (request) => request.headers["authorization"] === "Bearer token-1" ? { status: 401 } : ok),
        Script.on("never", () => true, { status: 401 })
      ])
      yield* Effect.gen(function*() {
        const client = yield* Session.httpClient(Billing)
        const response = yield* client.get("/gone")
        assert.deepStrictEqual([response.status, response.headers["x-a"]], [404, "1"])
        assert.deepStrictEqual(yield* Effect.orDie(response.json), { title: "gone" })
        assert.strictEqual((yield* client.get("/once")).status, 200)
        const failure = yield* failureOf(client.get("/never"))
        assert.strictEqual(failure._tag, "AuthenticationFailed")
      }).pipe(Effect.provide(over(script, { auth: Script.authentication() })))
    }))

  it.effect("failures stay typed; as the HttpClient service they are the cause", () =>
    Effect.gen(function*() {
      const script = yield* answering({ fault: "refused" })
      const live = over(script, { configuration: { retry: "none" } })
      const typed = yield* failureOf(Effect.flatMap(Session.httpClient(Billing), (client) => client.get("/x"))).pipe(Effect.provide(live))
      assert.strictEqual(typed._tag, "ConnectionFailed")
      const service = yield* failureOf(HttpClient.get("/x")).pipe(Effect.provide(Session.httpClientLayer(Billing)), Effect.provide(live))
      assert.strictEqual(service._tag, "HttpClientError")
      assert.strictEqual(service.reason._tag, "TransportError")
      assert.strictEqual((service.reason.cause as { readonly _tag: string })._tag, "ConnectionFailed")
    }))

  it.effect("a client that asks for the HttpClient service runs authenticated", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const theirs = HttpClient.get("https://api.test/things/1").pipe(Effect.flatMap(HttpClientResponse.schemaBodyJson(Thing)))
      assert.deepStrictEqual(yield* theirs.pipe(Effect.provide(Session.httpClientLayer(Billing)), Effect.provide(over(script))), { id: "1" })
      assert.strictEqual(script.seen[0]?.request.headers["authorization"], "Bearer token-of-the-session")
    }))

  it.effect("another origin's URL gets neither credentials nor headers of the session", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const client = Effect.flatMap(Session.httpClient(Billing), (c) => Effect.forEach(["https://evil.test/x", "https://api.test:8443/x", "http://api.test/x", "https://sub.api.test/x"], (url) => c.get(url)))
      yield* client.pipe(Effect.provide(over(script, { configuration: { headers: { "x-key": "k" } }, more: Cookies.layer() })))
      assert.strictEqual(script.seen.length, 4)
      for (const { request } of script.seen) {
        assert.isUndefined(request.headers["authorization"])
        assert.isUndefined(request.headers["x-key"])
        assert.isUndefined(request.headers["traceparent"])
        assert.isUndefined(request.headers["b3"])
      }
    }))

  it.effect("security 18: what tries to leave the host by a path does not", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* Effect.gen(function*() {
        const client = yield* Session.httpClient(Billing)
        const session = yield* Billing
        for (const url of ["//evil.test/x", "/\\evil.test/x", "/\t/evil.test", "/..//evil.test", "/%2f%2fevil.test", "/x/../../..//evil.test"]) {
          yield* Effect.ignore(client.get(url))
          yield* Effect.ignore(session.request({ method: "GET", url }))
        }
      }).pipe(Effect.provide(over(script, { configuration: { baseUrl: "https://api.test/v1" } })))
      for (const { request } of script.seen) {
        assert.strictEqual(request.url.origin, "https://api.test")
        assert.isTrue(request.url.pathname.startsWith("/v1/"), request.url.href)
      }
    }))

  it.effect("security 21: user information in a URL is refused, and is nowhere in the failure", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* Effect.gen(function*() {
        const client = yield* Session.httpClient(Billing)
        const session = yield* Billing
        for (const self of [client.get("https://user:canary@api.test/x?token=canary"), session.request({ method: "GET", url: "https://canary@api.test/x?token=canary#canary" }), client.get("not-a-url?token=canary")]) {
          const failure = yield* failureOf<unknown, { readonly _tag: string; readonly message: string }, never>(self)
          assert.strictEqual(failure._tag, "InvalidInput")
          assert.notInclude(failure.message + inspect(failure, { depth: 20 }), "canary")
        }
      }).pipe(Effect.provide(over(script)))
      assert.strictEqual(script.seen.length, 0)
    }))

  it.effect("security 16, 17: line ends in headers, methods and URLs are refused", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* Effect.gen(function*() {
        const session = yield* Billing
        for (const request of [
          { method: "GET", url: "/x", headers: { "x-a": "1\r\nx-evil: 1" } },
          { method: "GET", url: "/x", headers: { "x-a\r\nx-evil": "1" } },
          { method: "GET /evil HTTP/1.1\r\nx: y", url: "/x" },
          { method: "", url: "/x" },
          { method: "GET", url: "/x\r\nx-evil: 1" },
          { method: "GET", url: "relative" },
          // and so is what is no web, which a transport might take for a host
          { method: "GET", url: "file:///etc/passwd" },
          { method: "GET", url: "ftp://api.test/x" },
          { method: "GET", url: "javascript:alert(1)" }
        ]) {
          assert.strictEqual((yield* failureOf(session.request(request)))._tag, "InvalidInput")
        }
      }).pipe(Effect.provide(over(script)))
      assert.strictEqual(script.seen.length, 0)
    }))

  it.effect("cookies of the client and of the session's jar go together", () =>
    Effect.gen(function*() {
      const script = yield* answering({ ...ok, headers: { "set-cookie": "jar=1" } })
      yield* Effect.gen(function*() {
        const client = yield* Session.httpClient(Billing)
        yield* client.get("/x")
        yield* client.execute(HttpClientRequest.get("/x").pipe(HttpClientRequest.setHeader("cookie", "mine=2")))
      }).pipe(Effect.provide(over(script, { more: Cookies.layer() })))
      assert.deepStrictEqual(script.seen[1]?.request.headers["cookie"]?.split("; ").sort(), ["jar=1", "mine=2"])
    }))

  for (const [status, seen] of [[204, 204], [205, 205], [304, 304], [299, 299], [599, 599], [600, 500], [999, 500], [0, 500]] as const) {
    it.effect(`status ${status} is ${seen}, never a defect`, () =>
      Effect.gen(function*() {
        const script = yield* answering({ status, body: "text" })
        const response = yield* Effect.flatMap(Session.httpClient(Billing), (client) => client.get("/x")).pipe(Effect.provide(over(script)))
        assert.strictEqual(response.status, seen)
      }))
  }

  it.effect("several Set-Cookie fields stay apart", () =>
    Effect.gen(function*() {
      const script = yield* answering({ ...ok, headers: { "set-cookie": ["a=1; Expires=Wed, 21 Oct 2037 07:28:00 GMT", "b=2"] } })
      const response = yield* Effect.flatMap(Session.httpClient(Billing), (client) => client.get("/x")).pipe(Effect.provide(over(script)))
      assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["a", "b"])
    }))
})
