/** What a probe tells of the way to a server, and that it agrees with the transport. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Http from "node:http"
import type * as Tls from "node:tls"
import * as NodeTransport from "../../src/node/NodeTransport.ts"
import * as Probe from "../../src/node/Probe.ts"
import type { TlsOptions } from "../../src/services/Transport.ts"
import { makeAuthority, makeSelfSigned } from "../support/certificates.ts"
import { basicPolicy, loginProxy } from "../support/proxies.ts"
import { until } from "../support/requests.ts"
import { httpServer, httpsServer, rawServer } from "../support/servers.ts"

const make = (url: string, options: Probe.Options = {}) => Probe.make(new URL(url), { environment: {}, timeout: "5 seconds", ...options })
const authority = makeAuthority()
const hello: Http.RequestListener = (_, response) => void response.end("hello")

describe("route", () => {
  it.live("tells proxy and reason, as the transport decides", () =>
    Effect.gen(function*() {
      const routeOf = (url: string, options: Probe.Options) => Effect.flatMap(make(url, options), ({ route }) => route)
      const environment = { https_proxy: "http://ada:canary@proxy.example:3128", NO_PROXY: ".internal" }
      assert.deepStrictEqual(yield* routeOf("https://api.example/", { environment }), {
        proxy: { label: "proxy.example:3128", protocol: "http", secure: false, login: true },
        reason: "https_proxy",
        host: "proxy.example",
        port: 3128
      })
      assert.deepStrictEqual(yield* routeOf("https://api.internal/", { environment }), { proxy: undefined, reason: "NO_PROXY has .internal", host: "api.internal", port: 443 })
      assert.strictEqual((yield* routeOf("http://[::1]:8080/", { environment })).host, "::1")
      assert.strictEqual((yield* routeOf("https://api.example/", { environment, proxy: "none" })).proxy, undefined)
      const socks = yield* routeOf("https://api.example/", { proxy: { url: "socks5://proxy.example" } })
      assert.deepStrictEqual([socks.proxy?.protocol, socks.port], ["socks5", 1080])
      const perScheme = { https: { url: "https://proxy.example" } }
      assert.strictEqual((yield* routeOf("https://api.example/", { proxy: perScheme })).proxy?.secure, true)
      assert.strictEqual((yield* routeOf("http://api.example/", { proxy: perScheme })).reason, "no proxy is to be used for http")
      assert.strictEqual((yield* Effect.flip(routeOf("http://api.example/", { proxy: { url: "ftp://x" } })))._tag, "CapabilityUnavailable")
    }))
})

describe("sockets", () => {
  it.live("resolve names, and connect", () =>
    Effect.gen(function*() {
      const { port, url } = yield* httpServer(hello)
      const probe = yield* make(url)
      assert.include(yield* probe.resolve("localhost"), "127.0.0.1")
      assert.deepStrictEqual(yield* probe.resolve("::1"), ["::1"])
      yield* probe.connect("127.0.0.1", port)
      const refused = yield* Effect.flip(probe.connect("127.0.0.1", 1))
      assert.deepInclude(refused, { _tag: "ConnectionFailed", reason: "refused" })
      const unknown = yield* Effect.flip(probe.resolve("nothing.invalid"))
      assert.deepInclude(unknown, { _tag: "ConnectionFailed", reason: "dns" })
    }))

  it.live("are closed when nobody waits any more", () =>
    Effect.gen(function*() {
      const server = yield* rawServer((socket) => void socket.resume())
      const probe = yield* make(server.url.replace("http:", "https:"), { timeout: "30 seconds" })
      const fiber = yield* Effect.forkChild(Effect.all([probe.secure, probe.preferred, probe.request()], { concurrency: 3 }))
      while (server.open.size < 3) yield* Effect.sleep(5)
      yield* Fiber.interrupt(fiber)
      while (server.open.size > 0) yield* Effect.sleep(5)
    }))
})

describe("TLS", () => {
  const server = (certificate: Tls.TlsOptions) => httpsServer(certificate, hello, "localhost")

  it.live("has the same failure as a call, and still shows the chain", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [Tls.TlsOptions, TlsOptions | undefined]> = [
        [makeSelfSigned(), undefined],
        [authority.issue({}), undefined],
        [authority.issue({ hosts: ["other.example"] }), { ca: authority.cert }],
        [authority.issue({ notAfter: new Date(Date.now() - 1000) }), { ca: authority.cert }],
        [authority.issue({}), { ca: authority.cert, pins: ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] }],
        [{ ...authority.issue({}), maxVersion: "TLSv1.2" }, { ca: authority.cert, minVersion: "TLSv1.3" }]
      ]
      for (const [certificate, tls] of cases) {
        const { url } = yield* server(certificate)
        const { secure } = yield* make(url, { tls })
        const { failure, handshake } = yield* secure
        const transport = yield* NodeTransport.make({ environment: {}, tls })
        const called = yield* Effect.flip(transport.send({
          method: "GET", url: new URL(url), headers: {}, body: undefined, operation: "probe", attempt: 1, displayUrl: url,
          limit: undefined, partition: undefined, tls: undefined, proxy: undefined, maxResponseSize: undefined
        }))
        assert.strictEqual(failure?.message, called.message)
        assert.strictEqual(failure?._tag, "TlsFailed")
        if (certificate.maxVersion === undefined) assert.isAtLeast(handshake?.chain.length ?? 0, 1, failure?.message)
      }
    }))

  it.live("is judged even where it need not be verified, without a word in the log", () =>
    Effect.gen(function*() {
      const { url } = yield* server(makeSelfSigned())
      const logged: Array<unknown> = []
      const probe = yield* make(url, { tls: { verify: false } })
      const [{ failure }, answer] = yield* Effect.all([probe.secure, probe.request()]).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void logged.push(message))])))
      assert.strictEqual(failure?._tag, "TlsFailed")
      assert.strictEqual(answer.status, 200)
      assert.deepStrictEqual(logged, [])
    }))

  it.live.each(["TLSv1.2", "TLSv1.3"] as const)("%s: sees whether a client certificate is asked for", (maxVersion) =>
    Effect.gen(function*() {
      for (const requestCert of [true, false]) {
        const { url } = yield* server({ ...authority.issue({}), maxVersion, requestCert, rejectUnauthorized: false, ALPNProtocols: ["h2", "http/1.1"] })
        const probe = yield* make(url, { tls: { ca: authority.cert } })
        const { failure, handshake } = yield* probe.secure
        assert.strictEqual(failure, undefined)
        assert.deepStrictEqual([handshake?.version, handshake?.asksForCertificate, handshake?.protocol], [maxVersion, requestCert, "http/1.1"])
        assert.strictEqual(yield* probe.preferred, "h2")
      }
    }))
})

describe("requests", () => {
  it.live("carry no credentials, follow no redirect, and read no more than was asked for", () =>
    Effect.gen(function*() {
      const seen: Array<Http.IncomingHttpHeaders> = []
      const { origin } = yield* httpServer((request, response) => {
        seen.push(request.headers)
        if (request.url === "/away") return void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end()
        response.writeHead(401, { "www-authenticate": ["Basic realm=\"a\", Digest realm=\"b\"", "Negotiate"] }).end("x".repeat(100_000))
      })
      const probe = yield* make(`${origin.replace("//", "//ada:canary@")}/v1?token=canary`)
      const answer = yield* probe.request({ maxBytes: 10 })
      assert.strictEqual(answer.status, 401)
      assert.deepStrictEqual(answer.challenges.map(({ scheme }) => scheme), ["Basic", "Digest", "Negotiate"])
      assert.strictEqual(new TextDecoder().decode(answer.body), "xxxxxxxxxx")
      assert.isAtMost(answer.sent, answer.received)
      assert.strictEqual((yield* probe.request({ url: new URL(`${origin}/away`) })).status, 302)
      assert.deepStrictEqual(seen.map(({ authorization }) => authorization), [undefined, undefined])
      assert.strictEqual(probe.shownUrl(new URL(`${origin}/v1?token=canary&a=1`)), `${origin}/v1?token=<redacted>&a=1`)
      assert.strictEqual(probe.shownText("so canary\r\n\u001b[31m it\u202e is"), "so <redacted> [31m it is")
    }))

  it.live("end in time", () =>
    Effect.gen(function*() {
      const { url } = yield* rawServer(() => {})
      const probe = yield* make(url, { timeout: "100 millis" })
      assert.strictEqual((yield* Effect.flip(probe.request()))._tag, "Timeout")
    }))

  it.live("take of a body that does not end what has come in time", () =>
    Effect.gen(function*() {
      for (const first of ["data: 1\n", ""]) {
        const server = yield* httpServer((_, response) => {
          response.writeHead(200, { "content-type": "text/event-stream" })
          response.flushHeaders()
          response.write(first)
        })
        const probe = yield* make(server.url, { timeout: "200 millis" })
        const { body, status } = yield* probe.request({ maxBytes: 4096 })
        assert.deepStrictEqual([status, new TextDecoder().decode(body)], [200, first])
        yield* until("the connection closed", () => server.open.size === 0)
      }
    }))

  it.live("to a proxy learn how it may be logged in at", () =>
    Effect.gen(function*() {
      const proxy = yield* loginProxy(basicPolicy("ada:canary-proxy"))
      for (const url of ["http://api.example/", "https://api.example/"]) {
        const probe = yield* make(url, { proxy: { url: proxy.origin, username: "ada", password: Redacted.make("canary-proxy") } })
        const answer = yield* probe.askProxy
        assert.deepStrictEqual([answer?.status, answer?.challenges.map(({ scheme }) => scheme)], [407, ["Basic"]])
        assert.strictEqual(probe.shownText("it was canary-proxy"), "it was <redacted>")
      }
      assert.deepStrictEqual(proxy.seen.map(({ headers }) => headers["proxy-authorization"]), [undefined, undefined])
      assert.strictEqual(yield* Effect.flatMap(make("http://api.example/"), ({ askProxy }) => askProxy), undefined)
    }))
})
