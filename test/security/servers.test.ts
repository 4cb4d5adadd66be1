/** Credentials of an API with several servers, against servers that are not all friendly. Real HTTP. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, Cookies, Endpoint, Hooks, Session, Transport } from "credence"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { failureOf, fetchTransport } from "../support/billing.ts"
import { httpServer } from "../support/servers.ts"

const transports: ReadonlyArray<readonly [string, Layer.Layer<Transport.Transport>]> = [["undici", NodeTransport.layer({ proxy: "none" })], ["fetch", fetchTransport]]

interface Seen {
  readonly port: number
  readonly url: string
  readonly raw: string
}

/** Servers that note what they get and go where they are told to. `{query}` in `to` is the query as it came */
const servers = Effect.gen(function*() {
  const seen: Array<Seen> = []
  const one = Effect.gen(function*() {
    const server = yield* httpServer((request, response) => {
      seen.push({ port: request.socket.localPort ?? 0, url: request.url ?? "", raw: `${request.url}\n${request.rawHeaders.join("\n")}` })
      const url = new URL(request.url ?? "/", "http://x")
      const to = url.searchParams.get("to")
      if (url.pathname.endsWith("/cookie")) return response.writeHead(200, { "content-type": "application/json", "set-cookie": "sid=canary-jar; Path=/" }).end("{}")
      if (url.pathname.endsWith("/401")) return response.writeHead(401, { "content-type": "text/plain" }).end(`no: ${request.url} ${request.rawHeaders.join(" ")}`)
      if (to !== null && to !== "") {
        const location = to.replaceAll("{query}", url.search.slice(1).replace(/to=[^&]*&?/, "")).replaceAll("{url}", encodeURIComponent(`http://${request.headers.host}${request.url}`))
        return response.writeHead(302, { location }).end()
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
    return server.origin
  })
  const [home, uploads, evil] = [yield* one, yield* one, yield* one]
  return { home, uploads, evil, seen }
})

const schemes = Auth.schemes({
  Header: { type: "apiKey", in: "header", name: "x-portal-key" },
  Query: { type: "apiKey", in: "query", name: "k" },
  Cookie: { type: "apiKey", in: "cookie", name: "portal" },
  Token: { type: "http", scheme: "bearer" },
  Unused: { type: "oauth2" }
})
const auth = () =>
  schemes({
    Unused: Redacted.make("canary-unused"),
    Header: Redacted.make("canary-header"),
    Query: Redacted.make("canary/query+ä"),
    Cookie: Redacted.make("canary-cookie"),
    Token: Redacted.make("canary-token")
  })

const everything = [{ Header: [], Query: [], Cookie: [], Token: [] }]

/** an API whose document declares these servers, and a session of it */
const api = (name: string, declared: ReadonlyArray<string>) => {
  class Api extends Session.Service<Api>()(name, { servers: declared }) {}
  const at = (path: `/${string}`, server?: string, security: ReadonlyArray<Auth.SecurityRequirement> = everything) =>
    Endpoint.get(Api, path, { name: "get", query: { to: Schema.optional(Schema.String) }, success: Schema.Unknown, security, ...(server === undefined ? {} : { server }) })
  const live = (transport: Layer.Layer<Transport.Transport>, baseUrl: string) =>
    Api.layer().pipe(Layer.provide(Layer.mergeAll(
      auth(),
      Configuration.layer({ baseUrl, retry: "none", headers: { "x-session": "canary-session" } }),
      transport,
      Cookies.layer(),
      Hooks.layer({ hop: () => Effect.succeed({ headers: { "x-hop": "canary-hop" } }) })
    )))
  return { Api, at, live }
}

const all = ["canary-header", "canary%2Fquery%2B%C3%A4", "canary-cookie", "canary-token", "canary-session", "canary-hop"]

for (const [name, transport] of transports) {
  describe(`several servers over ${name}`, () => {
    it.live("a declared server gets what the session has, and nothing that is not wanted", () =>
      Effect.gen(function*() {
        const { evil, home, seen, uploads } = yield* servers
        const { at, live } = api("declared", [home, uploads])
        yield* Effect.all([at("/a")({}), at("/b", uploads)({}), at("/c", evil)({}), at("/d", uploads, [{ Token: [] }])({})]).pipe(Effect.provide(live(transport, home)))
        assert.deepStrictEqual(seen.map(({ port, raw }) => [port, all.filter((secret) => raw.includes(secret))]), [
          [Number(new URL(home).port), all],
          [Number(new URL(uploads).port), all],
          [Number(new URL(evil).port), []],
          [Number(new URL(uploads).port), ["canary-token", "canary-session", "canary-hop"]]
        ])
        for (const { raw } of seen) assert.notInclude(raw, "canary-unused")
        assert.notInclude(seen[2]?.raw, "canary")
      }))

    it.live("a redirect from a declared server to another host carries nothing, whatever the server puts into it", () =>
      Effect.gen(function*() {
        const { evil, home, seen, uploads } = yield* servers
        const { at, live } = api("redirected", [home, uploads])
        const tos = [
          `${evil}/x`,
          `${evil}/x?{query}`,
          `${evil}/login?next={url}&a=1`,
          `//${new URL(evil).host}/x?{query}`,
          // another server of the API is another host, too
          `${home}/x?{query}`,
          `${home}/login?next={url}`
        ]
        for (const to of tos) {
          const before = seen.length
          // a cookie that the jar has for the server
          yield* Effect.andThen(at("/cookie", uploads)({}), at("/go", uploads)({ to })).pipe(Effect.provide(live(transport, home)))
          const [, first, second] = seen.slice(before)
          assert.include(first?.raw, "canary%2Fquery", to)
          assert.include(first?.raw, "canary-jar", to)
          assert.strictEqual(second?.port, Number(new URL(to.startsWith("//") ? evil : to.split("?")[0] ?? "").port), to)
          assert.notInclude(decodeURIComponent(decodeURIComponent(second?.raw ?? "")), "canary", to)
        }
      }))

    it.live("a redirect within a server keeps what goes along, the key in the query once", () =>
      Effect.gen(function*() {
        const { home, seen, uploads } = yield* servers
        const { at, live } = api("within", [home, uploads])
        yield* at("/go", `${uploads}/v1`)({ to: "/there?a=1&{query}" }).pipe(Effect.provide(live(transport, home)))
        assert.deepStrictEqual(all.filter((secret) => !seen.at(-1)?.raw.includes(secret)), [])
        assert.strictEqual(seen.at(-1)?.url, "/there?a=1&k=canary%2Fquery%2B%C3%A4")
      }))

    it.live("a session that talks to another host talks to that alone", () =>
      Effect.gen(function*() {
        const { evil: sandbox, home, seen, uploads } = yield* servers
        const { Api, at, live } = api("sandbox", [home, uploads])
        yield* Effect.gen(function*() {
          yield* Effect.all([at("/a")({}), at("/b", uploads)({}), at("/c", home)({})])
          const session = yield* Api
          yield* session.request({ method: "GET", url: `${uploads}/raw` })
        }).pipe(Effect.provide(live(transport, sandbox)))
        assert.deepStrictEqual(seen.map(({ port }) => port), [sandbox, sandbox, sandbox, uploads].map((origin) => Number(new URL(origin).port)))
        assert.notInclude(seen.at(-1)?.raw, "canary")
      }))

    it.live("cookies of one server never reach another one, whose name is the same", () =>
      Effect.gen(function*() {
        const { home, seen, uploads } = yield* servers
        const { at, live } = api("jars", [home, uploads])
        // cookies know no ports (RFC 6265 section 8.5), but a session does
        yield* Effect.all([at("/cookie", uploads)({}), at("/a")({}), at("/b", uploads)({})]).pipe(Effect.provide(live(transport, home)))
        assert.deepStrictEqual(seen.map(({ raw }) => raw.includes("canary-jar")), [false, false, true])
      }))

    it.live("what a failure says of a declared server holds no credential", () =>
      Effect.gen(function*() {
        const { home, uploads } = yield* servers
        const { at, live } = api("failing", [home, uploads])
        const failure = yield* failureOf(at("/401", uploads)({}).pipe(Effect.provide(live(transport, home))))
        assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "rejected", url: `${uploads}/401` })
        // a header of the session's configuration is no credential that it knows of
        assert.notMatch(decodeURIComponent(JSON.stringify(failure) + String(failure)), /canary(?!-session|-hop)/)
      }))
  })
}

describe("a client that follows redirects by itself", () => {
  it.effect("is not trusted with a key in the query", () =>
    Effect.gen(function*() {
      let calls = 0
      const client = HttpClient.make((request) => Effect.sync(() => {
        calls++
        return HttpClientResponse.fromWeb(request, Response.json({}))
      }))
      const below = Transport.layerFromHttpClient({ redirects: "below" }).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client)))
      class Api extends Session.Service<Api>()("below", {}) {}
      const get = Endpoint.get(Api, "/x", { name: "get", success: Schema.Unknown })
      const live = (given: Layer.Layer<Auth.Authentication>) => Api.layer().pipe(Layer.provide([given, Configuration.layer({ baseUrl: "https://api.test" }), below]))
      const failure = yield* failureOf(get().pipe(Effect.provide(live(Auth.apiKey({ in: "query", name: "k", key: Redacted.make("canary-key") })))))
      assert.deepInclude(failure, { _tag: "CapabilityUnavailable", capability: "following redirects safely" })
      assert.strictEqual(calls, 0)
      yield* get().pipe(Effect.provide(live(Auth.anonymous())))
      assert.strictEqual(calls, 1)
    }))
})
