import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, Cookies, Endpoint, Hooks, type Transport } from "credence"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Http from "node:http"
import { answering, Billing, failureOf, fetchTransport, getThing, ok, over, postThing } from "../support/billing.ts"
import { httpServer } from "../support/servers.ts"

const transports: ReadonlyArray<readonly [string, Layer.Layer<Transport.Transport>]> = [["undici", NodeTransport.layer({ proxy: "none" })], ["fetch", fetchTransport]]

/** Everything that may hold a secret has `canary` in it. */
const secrets = {
  auth: Auth.bearer(Redacted.make("canary-bearer")),
  headers: { "x-portal-key": "canary-key" },
  more: Layer.mergeAll(
    Cookies.layer(),
    Hooks.layer({ attempt: () => Effect.succeed({ headers: { "x-attempt": "canary-attempt" } }), hop: () => Effect.succeed({ headers: { "x-hop": "canary-hop" } }) })
  )
}

const withEverything = Endpoint.get(Billing, "/go", {
  name: "withEverything",
  query: { status: Schema.Int, to: Schema.String, key: Schema.String },
  header: { "x-tenant": Schema.String },
  cookie: { prefs: Schema.String },
  success: Schema.Unknown
})

interface Seen {
  readonly host: string
  readonly url: string
  readonly method: string
  readonly raw: string
}

/** Two servers: the first redirects to wherever `to` says, both note what they get. */
const two = Effect.gen(function*() {
  const seen: Array<Seen> = []
  const note = (request: Http.IncomingMessage) => {
    const body: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => body.push(chunk))
    return new Promise<void>((resolve) =>
      request.on("end", () => {
        seen.push({ host: request.headers.host ?? "", url: request.url ?? "", method: request.method ?? "", raw: request.rawHeaders.join("\n") + Buffer.concat(body).toString() })
        resolve()
      }))
  }
  const answer: Http.RequestListener = (request, response) =>
    void note(request).then(() => {
      const url = new URL(request.url ?? "/", "http://x")
      const to = url.searchParams.get("to")
      if (url.pathname === "/things/1") return response.writeHead(200, { "content-type": "application/json", "set-cookie": "sid=canary-cookie; Path=/" }).end(`{"id":"1"}`)
      if (to !== null && to !== "") return response.writeHead(Number(url.searchParams.get("status") ?? 302), { location: to }).end("moved")
      if (url.pathname === "/back") return response.writeHead(302, { location: url.searchParams.get("home") ?? "" }).end()
      if (url.pathname === "/unauthorized") return response.writeHead(401, { "www-authenticate": "Basic realm=x, Digest realm=x, nonce=1" }).end("who?")
      response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
  const a = yield* httpServer(answer)
  const b = yield* httpServer(answer)
  return { a, b, seen }
})

const session = (transport: Layer.Layer<Transport.Transport>, baseUrl: string) =>
  Billing.layer().pipe(Layer.provide(Layer.mergeAll(secrets.auth, Configuration.layer({ baseUrl, headers: secrets.headers, retry: "none" }), transport, secrets.more)))

const go = (to: string, status = 302) =>
  Effect.andThen(
    // the first answer sets the cookie
    getThing({ id: "1" }),
    withEverything({ status, to, key: "canary-query", "x-tenant": "canary-tenant", prefs: "canary-prefs" })
  ).pipe(Call.with({ headers: { "x-call": "canary-call" } }))

for (const [name, transport] of transports) {
  describe(`redirects over ${name}`, () => {
    it.live("the session's own server gets everything, also after a redirect within it", () =>
      Effect.gen(function*() {
        const { a, seen } = yield* two
        yield* go("/landing").pipe(Effect.provide(session(transport, a.origin)))
        const landing = seen.at(-1)
        assert.strictEqual(landing?.url, "/landing")
        for (const canary of ["bearer", "key", "cookie", "attempt", "hop", "tenant", "prefs", "call"]) assert.include(landing?.raw, `canary-${canary}`)
      }))

    for (const status of [301, 302, 303, 307, 308]) {
      it.live(`security 1, 2, 5, 6: ${status} to another host, another port, both: nothing arrives`, () =>
        Effect.gen(function*() {
          const { a, b, seen } = yield* two
          for (const target of [`http://127.0.0.1:${b.port}/landing`, `http://localhost:${a.port}/landing`, `http://localhost:${b.port}/landing`, `//localhost:${b.port}/landing`]) {
            yield* go(target, status).pipe(Effect.provide(session(transport, a.origin)))
            const landing = seen.at(-1)
            assert.strictEqual(landing?.url, "/landing", target)
            assert.notInclude(`${landing?.raw}${landing?.url}`.toLowerCase(), "canary", target)
            assert.notMatch(landing?.raw ?? "", /authorization|cookie|referer|traceparent/i, target)
          }
        }))
    }

    it.live("security 4: A -> B -> A' stays without credentials", () =>
      Effect.gen(function*() {
        const { a, b, seen } = yield* two
        yield* go(`http://127.0.0.1:${b.port}/back?home=${encodeURIComponent(`${a.origin}/landing`)}`).pipe(Effect.provide(session(transport, a.origin)))
        assert.deepStrictEqual(seen.slice(-2).map(({ host, url }) => [host, url.split("?")[0]]), [[`127.0.0.1:${b.port}`, "/back"], [`127.0.0.1:${a.port}`, "/landing"]])
        for (const each of seen.slice(-2)) assert.notInclude(each.raw, "canary")
      }))

    it.live("security 7: 307 and 308 to another origin with a body are refused; 303 drops the body", () =>
      Effect.gen(function*() {
        const { a, b, seen } = yield* two
        for (const status of [307, 308]) {
          const post = Endpoint.post(Billing, "/go", { query: { status: Schema.Int, to: Schema.String }, body: Schema.String, success: Schema.Unknown })
          const failure = yield* failureOf(post({ status, to: `http://127.0.0.1:${b.port}/landing`, body: "canary-body" }).pipe(Effect.provide(session(transport, a.origin))))
          assert.deepStrictEqual([failure._tag, failure._tag === "RedirectRefused" && failure.reason], ["RedirectRefused", "body"])
          assert.strictEqual(seen.at(-1)?.host, `127.0.0.1:${a.port}`)
          yield* post({ status: 303, to: `http://127.0.0.1:${b.port}/landing`, body: "canary-body" }).pipe(Effect.provide(session(transport, a.origin)))
          assert.deepStrictEqual([seen.at(-1)?.method, seen.at(-1)?.url], ["GET", "/landing"])
          assert.notInclude(seen.at(-1)?.raw ?? "", "canary")
        }
      }))

    it.live("security 8: a challenge at the target of a redirect is not answered", () =>
      Effect.gen(function*() {
        const { a, b, seen } = yield* two
        const failure = yield* failureOf(go(`http://127.0.0.1:${b.port}/unauthorized`).pipe(Effect.provide(session(transport, a.origin))))
        assert.deepStrictEqual(failure._tag === "AuthenticationFailed" ? [failure.reason, failure.status, failure.url] : failure._tag, ["rejected", 401, `http://127.0.0.1:${b.port}/unauthorized`])
        assert.strictEqual(seen.filter(({ url }) => url === "/unauthorized").length, 1)
      }))

    it.live("security 20: user information, backslashes and odd hosts in a Location", () =>
      Effect.gen(function*() {
        const { a, b, seen } = yield* two
        const targets = [
          `http://127.0.0.1:${a.port}@127.0.0.1:${b.port}/landing`,
          `http://user:canary@127.0.0.1:${b.port}/landing`,
          `\\\\127.0.0.1:${b.port}/landing`,
          `/\\127.0.0.1:${b.port}/landing`,
          `http:\\\\127.0.0.1:${b.port}\\landing`,
          `http://0x7f000001:${b.port}/landing`,
          `http://127.1:${b.port}/landing`,
          `http://１２７.0.0.1:${b.port}/landing`
        ]
        for (const target of targets) {
          yield* go(encodeHeader(target)).pipe(Effect.provide(session(transport, a.origin)))
          const landing = seen.at(-1)
          assert.deepStrictEqual([landing?.host, landing?.url], [`127.0.0.1:${b.port}`, "/landing"], target)
          assert.notInclude(landing?.raw ?? "", "canary", target)
        }
        // the same origin in other words is still the same
        yield* go(`HTTP://0x7f000001:${a.port}/landing`).pipe(Effect.provide(session(transport, a.origin)))
        assert.include(seen.at(-1)?.raw, "canary-bearer")
      }))

    it.live("a call's base URL of another origin carries only what the call itself says", () =>
      Effect.gen(function*() {
        const { a, b, seen } = yield* two
        yield* Effect.andThen(getThing({ id: "1" }), getThing({ id: "1" }).pipe(Call.with({ baseUrl: b.origin, headers: { "x-mine": "1" } }))).pipe(Effect.provide(session(transport, a.origin)))
        assert.strictEqual(seen.at(-1)?.host, `127.0.0.1:${b.port}`)
        assert.notInclude(seen.at(-1)?.raw ?? "", "canary")
        assert.include(seen.at(-1)?.raw, "x-mine")
      }))

    it.live("an absolute URL of another origin gets nothing", () =>
      Effect.gen(function*() {
        const { a, b, seen } = yield* two
        yield* Effect.andThen(getThing({ id: "1" }), Effect.flatMap(Billing, (s) => s.request({ method: "GET", url: `${b.origin}/landing` }))).pipe(
          Call.with({ headers: { "x-call": "canary-call" } }),
          Effect.provide(session(transport, a.origin))
        )
        assert.strictEqual(seen.at(-1)?.url, "/landing")
        assert.notInclude(seen.at(-1)?.raw ?? "", "canary")
      }))
  })
}

/** Field values are Latin-1 on the wire: what is beyond goes percent-encoded. */
const encodeHeader = (text: string): string => text.replace(/[^\x20-\xff]/g, encodeURIComponent)

describe("redirects that are refused", () => {
  const get = getThing({ id: "1" })

  it.effect("security 3: from https to http, same host or another", () =>
    Effect.gen(function*() {
      for (const target of ["http://api.test/things/1", "http://api.test:443/", "http://other.test/"]) {
        const script = yield* answering({ status: 302, headers: { location: target } })
        const failure = yield* failureOf(get.pipe(Effect.provide(over(script))))
        assert.deepStrictEqual(failure._tag === "RedirectRefused" ? [failure.reason, failure.status] : failure._tag, ["downgrade", 302])
        assert.strictEqual(script.seen.length, 1)
      }
    }))

  for (const target of ["file:///etc/passwd", "unix:/var/run/docker.sock", "data:text/html,x", "javascript:alert(1)", "ftp://api.test/", "blob:https://api.test/x", "ws://api.test/", "about:blank", "x-unknown:y"]) {
    it.effect(`security 22: ${target}`, () =>
      Effect.gen(function*() {
        const script = yield* answering({ status: 302, headers: { location: target } })
        const failure = yield* failureOf(get.pipe(Effect.provide(over(script))))
        assert.deepStrictEqual([failure._tag === "RedirectRefused" && failure.reason, script.seen.length], ["scheme", 1])
      }))
  }

  for (const location of [undefined, "", "http://", "http://[", "https://a b/", "http://%zz/"]) {
    it.effect(`a Location that is ${location === undefined ? "missing" : JSON.stringify(location)}`, () =>
      Effect.gen(function*() {
        const script = yield* answering({ status: 302, ...(location === undefined ? {} : { headers: { location } }) })
        const failure = yield* failureOf(get.pipe(Effect.provide(over(script))))
        assert.strictEqual(failure._tag, "RedirectRefused")
        assert.strictEqual(script.seen.length, 1)
      }))
  }

  it.effect("security 5: to a subdomain and to a parent domain: nothing is sent along", () =>
    Effect.gen(function*() {
      for (const target of ["https://sub.api.test/", "https://test/", "https://api.test.evil.test/", "https://api.test:8443/", "https://api.test./"]) {
        const script = yield* answering((request) => request.url.href === "https://api.test/things/1" ? { status: 302, headers: { location: target } } : ok)
        yield* get.pipe(Effect.provide(over(script, { configuration: { headers: { "x-key": "canary" } } })))
        assert.strictEqual(script.seen[1]?.request.url.href, target)
        assert.deepStrictEqual(Object.keys(script.seen[1]?.request.headers ?? {}).sort(), ["accept", "user-agent"])
      }
    }))

  it.effect("security 1: a certificate is a credential: another origin is not shown it, unless the call names origin and certificate", () =>
    Effect.gen(function*() {
      const certificate = (name: string) => ({ certificate: { file: `${name}.crt` }, key: { file: `${name}.key` } })
      const configuration = { tls: { ca: { file: "ca.crt" }, certificate: certificate("session") } }
      const script = yield* answering((request) => request.url.href.endsWith("/away") ? { status: 302, headers: { location: "https://evil.test/" } } : ok)
      const away = Endpoint.get(Billing, "/away", { name: "away", success: Schema.Unknown })
      yield* Effect.gen(function*() {
        yield* get
        yield* away()
        yield* away().pipe(Call.with({ tls: { certificate: certificate("call") } }))
        yield* get.pipe(Call.with({ baseUrl: "https://other.test" }))
        yield* get.pipe(Call.with({ baseUrl: "https://other.test", tls: { certificate: certificate("call") } }))
      }).pipe(Effect.provide(over(script, { configuration })))
      // `foreign` keeps the transport's own certificate back as well
      const seen = script.seen.map(({ request: { foreign, tls, url } }) => [url.hostname, tls?.ca, tls?.certificate, foreign])
      const ca = { file: "ca.crt" }
      assert.deepStrictEqual(seen, [
        ["api.test", ca, certificate("session"), false],
        ["api.test", ca, certificate("session"), false],
        ["evil.test", ca, undefined, true],
        ["api.test", ca, certificate("call"), false],
        ["evil.test", ca, undefined, true],
        ["other.test", ca, undefined, true],
        ["other.test", ca, certificate("call"), true]
      ])
      // the server that a login is made at was chosen with the login
      const login = yield* answering((request) => request.url.hostname === "login.test" ? { body: { access_token: "t", refresh_token: "r" } } : ok)
      const auth = Auth.refreshToken({ tokenUrl: "https://login.test/token", refreshToken: Redacted.make("r") })
      yield* get.pipe(Effect.provide(over(login, { configuration, auth })))
      assert.deepInclude(login.seen[0]?.request, { tls: configuration.tls, foreign: false })
    }))

  it.effect("the refused Location is redacted", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 307, headers: { location: "https://user:canary@evil.test/?token=canary&next=token-of-the-session" } })
      const failure = yield* failureOf(postThing({ body: { id: "1" } }).pipe(Effect.provide(over(script))))
      assert.strictEqual(failure._tag === "RedirectRefused" && failure.reason, "body")
      assert.notMatch(failure.message + JSON.stringify(failure), /canary|token-of-the-session/)
    }))
})
