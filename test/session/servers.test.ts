/** An API with several servers: where calls go, and what goes along. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, type ConfigurationInvalid, Cookies, Endpoint, Hooks, Session } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { answering, failureOf, ok } from "../support/billing.ts"

const Thing = Schema.Struct({ id: Schema.String })

class Api extends Session.Service<Api>()("api", {
  baseUrl: "https://api.example.com/v1",
  servers: ["https://api.example.com/v1", "https://uploads.example.com/v1", "https://eu.example.com:8443", "http://plain.example.com", "http://localhost:9", "/v1", "wss://socket.example.com", "https://{tenant}.example.com"]
}) {}

const at = (server: string | undefined, security?: ReadonlyArray<Auth.SecurityRequirement>) =>
  Endpoint.get(Api, "/x", { name: "getX", success: Thing, ...(server === undefined ? {} : { server }), ...(security === undefined ? {} : { security }) })
const uploads = at("https://uploads.example.com/v1")

interface Options {
  readonly auth?: Layer.Layer<Auth.Authentication>
  readonly configuration?: Configuration.ConfigurationOptions
  readonly more?: Layer.Layer<never>
}
const over = (script: Script.Script, options: Options = {}): Layer.Layer<Session.Full<Api>, ConfigurationInvalid> =>
  Api.layer().pipe(Layer.provide(Layer.mergeAll(
    options.auth ?? Auth.bearer(Redacted.make("token-1")),
    Configuration.layer({ headers: { "x-session": "1" }, ...options.configuration }),
    script.layer,
    options.more ?? Layer.empty
  )))

/** where a call goes, and whether credentials and session headers go along */
const seenBy = (call: Effect.Effect<unknown, unknown, Api>, options: Options = {}) =>
  Effect.gen(function*() {
    const script = yield* answering(ok)
    yield* call.pipe(Effect.provide(over(script, options)))
    return script.seen.map(({ request }) => [request.url.href, request.headers["authorization"] !== undefined, request.headers["x-session"] !== undefined])
  })

describe("the server of an endpoint", () => {
  const table: ReadonlyArray<readonly [name: string, server: string | undefined, baseUrl: string | undefined, url: string, bound: boolean]> = [
    ["none: the session's base URL", undefined, undefined, "https://api.example.com/v1/x", true],
    ["one that the API declares", "https://uploads.example.com/v1", undefined, "https://uploads.example.com/v1/x", true],
    ["one with a port, with a slash at the end", "https://eu.example.com:8443/", undefined, "https://eu.example.com:8443/x", true],
    ["another path of a declared one", "https://uploads.example.com/v9/", undefined, "https://uploads.example.com/v9/x", true],
    ["the machine itself", "http://localhost:9/z", undefined, "http://localhost:9/z/x", true],
    ["one that the API does not declare: no credentials", "https://other.example.com", undefined, "https://other.example.com/x", false],
    ["another port of a declared host", "https://eu.example.com", undefined, "https://eu.example.com/x", false],
    ["a name that a template would match", "https://acme.example.com", undefined, "https://acme.example.com/x", false],
    ["relative: at the session's origin", "/v2", undefined, "https://api.example.com/v2/x", true],
    ["the root", "/", undefined, "https://api.example.com/x", true],
    ["relative to the scheme is another host", "//uploads.example.com/v3", undefined, "https://uploads.example.com/v3/x", true],
    ["relative to the scheme, undeclared", "//evil.example.com", undefined, "https://evil.example.com/x", false],
    // the session talks to another server of the API
    ["seen from another declared server", "https://uploads.example.com/v1", "https://eu.example.com:8443/base", "https://uploads.example.com/v1/x", true],
    ["relative, seen from another declared server", "/v2", "https://eu.example.com:8443/base", "https://eu.example.com:8443/v2/x", true],
    // sandbox, mock, on premises
    ["a session elsewhere serves it, too", "https://uploads.example.com/v1", "https://sandbox.test/api", "https://sandbox.test/api/x", true],
    ["a session elsewhere, undeclared server", "https://evil.example.com", "https://sandbox.test/api", "https://sandbox.test/api/x", true],
    ["a session elsewhere, relative", "/v2", "https://sandbox.test/api", "https://sandbox.test/v2/x", true],
    ["a session elsewhere, a server at that very origin", "https://sandbox.test/v2", "https://sandbox.test/api", "https://sandbox.test/v2/x", true],
    ["a session on the machine itself is a sandbox, declared or not", "https://uploads.example.com/v1", "http://localhost:9/dev", "http://localhost:9/dev/x", true],
    ["another scheme or port is elsewhere", "https://uploads.example.com/v1", "https://api.example.com:444", "https://api.example.com:444/x", true]
  ]
  for (const [name, server, baseUrl, url, bound] of table) {
    it.effect(name, () => Effect.map(seenBy(at(server)(), { configuration: { baseUrl } }), (seen) => assert.deepStrictEqual(seen, [[url, bound, bound]])))
  }

  it.effect("a call's own base URL beats it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* seenBy(uploads().pipe(Call.with({ baseUrl: "https://eu.example.com:8443/mine" }))), [["https://eu.example.com:8443/mine/x", true, true]])
      assert.deepStrictEqual(yield* seenBy(uploads().pipe(Call.with({ baseUrl: "https://api.example.com/v1" }))), [["https://api.example.com/v1/x", true, true]])
      assert.deepStrictEqual(yield* seenBy(uploads().pipe(Call.with({ baseUrl: "https://evil.test" }))), [["https://evil.test/x", false, false]])
      // elsewhere, a declared origin is as foreign as any
      assert.deepStrictEqual(yield* seenBy(uploads().pipe(Call.with({ baseUrl: "https://uploads.example.com" })), { configuration: { baseUrl: "https://sandbox.test" } }), [["https://uploads.example.com/x", false, false]])
    }))

  it.effect("a request without an endpoint names a declared one, or another one", () =>
    Effect.gen(function*() {
      const raw = (url: string) => Effect.flatMap(Api, (session) => session.request({ method: "GET", url }))
      assert.deepStrictEqual(yield* seenBy(raw("https://uploads.example.com/raw")), [["https://uploads.example.com/raw", true, true]])
      assert.deepStrictEqual(yield* seenBy(raw("https://evil.example.com/raw")), [["https://evil.example.com/raw", false, false]])
      assert.deepStrictEqual(yield* seenBy(raw("https://uploads.example.com/raw"), { configuration: { baseUrl: "http://localhost:9" } }), [["https://uploads.example.com/raw", false, false]])
      assert.deepStrictEqual(yield* seenBy(raw("https://uploads.example.com/raw"), { configuration: { baseUrl: "https://sandbox.test" } }), [["https://uploads.example.com/raw", false, false]])
    }))

  it.effect("headers of the call are for its own servers, or for where it says", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const mine = { headers: { "x-mine": "1" } }
      yield* Effect.all([
        uploads().pipe(Call.with(mine)),
        at("https://other.example.com")().pipe(Call.with(mine)),
        uploads().pipe(Call.with({ ...mine, baseUrl: "https://evil.test" })),
        // what names a base URL and is not below it
        Effect.flatMap(Api, (session) => session.request({ method: "GET", url: "https://evil.example.com/raw" })).pipe(Call.with({ ...mine, baseUrl: "https://evil.test" }))
      ]).pipe(Effect.provide(over(script)))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.url.host, request.headers["x-mine"]]), [["uploads.example.com", "1"], ["other.example.com", undefined], ["evil.test", "1"], ["evil.example.com", undefined]])
    }))

  for (const server of ["https://user:canary@uploads.example.com", "https://uploads.example.com/?x=canary", "ftp://canary.example.com", "https://{canary}.example.com", "http://[canary"]) {
    it.effect(`${server} is InvalidInput, and nothing is sent`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const failure = yield* failureOf(at(server)().pipe(Effect.provide(over(script))))
        assert.strictEqual(failure._tag, "InvalidInput")
        assert.deepStrictEqual(failure._tag === "InvalidInput" && failure.issues.map(({ path }) => path), ["server"])
        assert.notInclude(failure.message, "canary")
        assert.strictEqual(script.seen.length, 0)
      }))
  }

  it.effect("`server` of an API without servers or base URL: the session serves it", () =>
    Effect.gen(function*() {
      class Bare extends Session.Service<Bare>()("bare") {}
      const script = yield* answering(ok)
      const get = Endpoint.get(Bare, "/x", { success: Thing, server: "https://uploads.example.com/v1" })
      yield* get().pipe(script.run(Bare, { configuration: { baseUrl: "https://mine.test/a" } }))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.url.href), ["https://mine.test/a/x"])
    }))
})

describe("plain http is judged by where a call goes", () => {
  const plain = at("http://plain.example.com/v1")
  const anonymous = at("http://plain.example.com/v1", [])

  it.effect("credentials do not travel to a declared server on plain http", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const failure = yield* failureOf(plain().pipe(Effect.provide(over(script))))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "insecure", url: "http://plain.example.com/v1/x" })
      assert.strictEqual(script.seen.length, 0)
    }))

  it.effect("nor do the session's headers, where no credentials are wanted", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* seenBy(anonymous()), [["http://plain.example.com/v1/x", false, false]])
      assert.deepStrictEqual(yield* seenBy(plain().pipe(Call.with({ auth: false }))), [["http://plain.example.com/v1/x", false, false]])
      assert.deepStrictEqual(yield* seenBy(plain(), { auth: Auth.anonymous() }), [["http://plain.example.com/v1/x", false, false]])
    }))

  it.effect("unless it is allowed", () =>
    Effect.map(seenBy(plain(), { configuration: { allowInsecureHttp: true } }), (seen) => assert.deepStrictEqual(seen, [["http://plain.example.com/v1/x", true, true]])))

  it.effect("a session on plain http may call a declared server on https", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* uploads().pipe(Effect.provide(over(script, { configuration: { baseUrl: "http://plain.example.com" } })))
      const failure = yield* failureOf(at(undefined)().pipe(Effect.provide(over(script, { configuration: { baseUrl: "http://plain.example.com" } }))))
      assert.deepInclude(failure, { reason: "insecure", url: "http://plain.example.com/x" })
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.url.href, request.headers["authorization"]]), [["https://uploads.example.com/v1/x", "Bearer token-1"]])
    }))
})

describe("what belongs to one origin stays there", () => {
  it.effect("cookies", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => ({ ...ok, headers: { "set-cookie": [`at=${request.url.hostname}; Domain=example.com; Path=/`, `host=${request.url.hostname}; Path=/`] } }))
      const home = at(undefined)
      yield* Effect.all([home(), uploads(), home(), uploads(), at("https://other.example.com")()]).pipe(Effect.provide(over(script, { more: Cookies.layer() })))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["cookie"]), [
        undefined,
        undefined,
        "at=api.example.com; host=api.example.com",
        "at=uploads.example.com; host=uploads.example.com",
        undefined
      ])
    }))

  it.effect("cookies of every origin are masked wherever they are repeated", () =>
    Effect.gen(function*() {
      const script = yield* answering((_, count) => count === 1 ? { ...ok, headers: { "set-cookie": "sid=canary-cookie-of-uploads; Path=/" } } : { status: 400, body: { message: "canary-cookie-of-uploads" } })
      const failure = yield* Effect.andThen(uploads(), failureOf(at(undefined)())).pipe(Effect.provide(over(script, { more: Cookies.layer() })))
      assert.notInclude(JSON.stringify(failure) + String(failure), "canary")
    }))

  const redirects: ReadonlyArray<readonly [name: string, server: string | undefined, location: string, own: boolean]> = [
    ["within a declared server", "https://uploads.example.com/v1", "https://uploads.example.com/other", true],
    ["from a declared server to the session's own", "https://uploads.example.com/v1", "https://api.example.com/v1/y", false],
    ["from the session's own to a declared server", undefined, "https://uploads.example.com/y", false],
    ["from a declared server to another host", "https://uploads.example.com/v1", "https://evil.test/", false],
    ["from a declared server to another port", "https://uploads.example.com/v1", "https://uploads.example.com:444/", false]
  ]
  for (const [name, server, location, own] of redirects) {
    it.effect(`a redirect ${name} ${own ? "keeps" : "loses"} credentials`, () =>
      Effect.gen(function*() {
        const script = yield* answering((_, count) => count === 1 ? { status: 302, headers: { location } } : ok)
        const auth = Auth.schemes({ Q: { type: "apiKey", in: "query", name: "key" }, C: { type: "apiKey", in: "cookie", name: "sid" }, J: { type: "http", scheme: "bearer" } })
        const given = auth({ Q: Redacted.make("query-key-1"), C: Redacted.make("cookie-key-1"), J: Redacted.make("token-1") })
        yield* at(server, [{ Q: [], C: [], J: [] }])().pipe(Effect.provide(over(script, { auth: given, more: Hooks.layer({ hop: () => Effect.succeed({ headers: { "x-hop": "1" } }) }) })))
        const [first, second] = script.seen.map(({ request }) => request)
        assert.deepInclude(first?.headers, { authorization: "Bearer token-1", cookie: "sid=cookie-key-1", "x-session": "1", "x-hop": "1" })
        assert.strictEqual(first?.url.searchParams.get("key"), "query-key-1")
        if (own) {
          assert.deepInclude(second?.headers, { authorization: "Bearer token-1", cookie: "sid=cookie-key-1", "x-session": "1", "x-hop": "1" })
          assert.strictEqual(second?.url.href, `${location}?key=query-key-1`)
        } else {
          assert.deepStrictEqual(Object.keys(second?.headers ?? {}).toSorted(), ["accept", "user-agent"])
          assert.strictEqual(second?.url.href, location)
        }
      }))
  }

  it.effect("a 401 of a declared server is answered with a new credential", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.login(),
        Script.on("stale", (request) => request.headers["authorization"] === "Bearer token-1", { status: 401 }),
        Script.on("api", () => true, ok)
      ])
      yield* uploads().pipe(Effect.provide(over(script, { auth: Script.authentication() })))
      assert.deepStrictEqual(script.seen.map(({ request, step }) => [step, request.url.href]), [
        ["login", "https://api.example.com/v1/login"],
        ["stale", "https://uploads.example.com/v1/x"],
        ["login", "https://api.example.com/v1/login"],
        ["api", "https://uploads.example.com/v1/x"]
      ])
    }))
})

describe("what is told is where it went", () => {
  it.effect("failures, hooks and the authenticator's hop", () =>
    Effect.gen(function*() {
      const urls: Array<string> = []
      const note = (e: { readonly url: string }) => Effect.sync(() => void urls.push(e.url))
      const auth = Layer.succeed(Auth.Authentication, {
        method: "watching",
        make: () => Effect.succeed<Auth.Authenticator>({
          method: "watching",
          credentials: (hop) => Effect.sync(() => {
            urls.push(hop.url.href, hop.failure.operation, hop.failure.url)
            return { headers: {}, generation: 1 }
          }),
          challenged: () => Effect.undefined,
          authenticate: Effect.void,
          status: Effect.succeed({ method: "watching", state: "active", generation: 1 }),
          secrets: () => []
        })
      })
      const script = yield* answering({ status: 500 })
      const failure = yield* failureOf(uploads().pipe(Effect.provide(over(script, { auth, configuration: { retry: "none" }, more: Hooks.layer({ call: note, attempt: note, hop: note, response: note, failure: note }) }))))
      const url = "https://uploads.example.com/v1/x"
      assert.deepStrictEqual([failure._tag === "UnexpectedStatus" && failure.url, ...urls], [url, url, url, url, "getX", url, url, url, url])
    }))

  it.effect("explain", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const rows = (endpoint: typeof uploads) =>
        Effect.map(Api.explain(endpoint), ({ settings }) => settings.flatMap(({ setting, source, value }) => setting === "baseUrl" || setting === "origin" ? [`${setting}: ${value} (${source})`] : []))
      const origins = "origin: https://api.example.com, https://uploads.example.com, https://eu.example.com:8443, http://plain.example.com, http://localhost:9 (api preset)"
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* rows(at(undefined)), [origins, "baseUrl: https://api.example.com/v1 (api preset)"])
        assert.deepStrictEqual(yield* rows(uploads), [origins, "baseUrl: https://uploads.example.com/v1/ (getX)"])
        assert.deepStrictEqual(yield* rows(uploads).pipe(Call.with({ baseUrl: "https://call.test" })), [origins, "baseUrl: https://call.test/ (Call)"])
        assert.deepStrictEqual(yield* rows(at("ftp://nowhere")), [origins, "baseUrl: not a URL (getX)"])
      }).pipe(Effect.provide(over(script)))
      assert.deepStrictEqual(yield* rows(uploads).pipe(Effect.provide(over(script, { configuration: { baseUrl: "https://sandbox.test/api" } }))), [
        "origin: https://sandbox.test (Configuration)",
        "baseUrl: https://sandbox.test/api (Configuration)"
      ])
    }))
})
