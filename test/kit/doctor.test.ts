/** `credence doctor`: what it finds out at each stage, how it ends, and that no secret is ever printed. */
import { assert, describe, it } from "@effect/vitest"
import type { ProxyOption } from "credence/Transport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import type * as Http from "node:http"
import * as path from "node:path"
import { skewOf } from "../../kit/src/doctor/clock.ts"
import { codeFor, type CodeOptions } from "../../kit/src/doctor/code.ts"
import { kindOf, placesOf } from "../../kit/src/doctor/discovery.ts"
import type { ExamineOptions } from "../../kit/src/doctor/examine.ts"
import { exitCodeOf, type Method, type Report, type StageName } from "../../kit/src/doctor/model.ts"
import { dataOf, textOf } from "../../kit/src/doctor/render.ts"
import { makeAuthority, makeSelfSigned } from "../support/certificates.ts"
import { looking, stageOf } from "../support/doctor.ts"
import { loginProxy, basicPolicy } from "../support/proxies.ts"
import { httpServer, httpsServer, proxyServer, rawServer } from "../support/servers.ts"
import { folder, put, root, run, start } from "./cli/support.ts"

const look = looking(() => Effect.succeed({ state: "none", detail: "there is no ticket" }))

const statuses = ({ stages }: Report): Record<string, string> => Object.fromEntries(stages.filter(({ status }) => status !== "skipped").map(({ stage, status }) => [stage, status]))
const text = (report: Report): string => textOf(report, (_, each) => each)

const answering = (status: number, headers: Http.OutgoingHttpHeaders = {}, body = ""): Http.RequestListener => (_, response) => void response.writeHead(status, headers).end(body)

const authority = makeAuthority("Company authority")
const files = folder({ "ca.pem": authority.cert })
const pem = (name: string, value: string): string => {
  put(files, { [name]: value })
  return path.join(files, name)
}
const ca = path.join(files, "ca.pem")

/** The Layers are meant for people, so they are tried as people would: saved, and run. */
const saved = (modules: Readonly<Record<string, string>>): string => {
  const place = folder(modules, { project: true })
  put(place, {
    "tsconfig.json": JSON.stringify({
      extends: path.join(root, "tsconfig.json"),
      compilerOptions: { typeRoots: [path.join(root, "node_modules/@types")] },
      include: ["*.ts"],
      exclude: []
    })
  })
  return place
}

describe("the way to the server", () => {
  it.live("is all well over plain http", () =>
    Effect.gen(function*() {
      const { origin, port } = yield* httpServer(answering(200, { server: "made up" }))
      const report = yield* look(`${origin}/v1`)
      assert.deepStrictEqual(statuses(report), { route: "ok", dns: "ok", tcp: "ok", http: "ok", clock: "ok", authentication: "ok" })
      assert.strictEqual(report.exitCode, 0)
      assert.strictEqual(report.broken, undefined)
      assert.deepStrictEqual(stageOf(report, "tcp").facts?.addresses.map(({ address, open }) => [address, open]), [["127.0.0.1", true]])
      assert.strictEqual(stageOf(report, "http").facts?.server, "made up")
      assert.include(text(report), `  tcp             ok       127.0.0.1:${port} is open`)
      assert.include(text(report), "Nothing is broken on the way.")
    }))

  it.live("ends at a name that does not resolve", () =>
    Effect.gen(function*() {
      const report = yield* look("https://nothing.invalid/")
      assert.strictEqual(report.broken, "dns")
      assert.strictEqual(report.exitCode, 10)
      assert.strictEqual(stageOf(report, "dns").facts?.failure?.reason, "dns")
      assert.strictEqual(stageOf(report, "tls").status, "skipped")
      assert.include(text(report), "skipped  tcp, proxy, tls, http, clock, authentication, kerberos, discovery")
    }))

  it.live("ends at a port where nothing listens", () =>
    Effect.gen(function*() {
      const { port } = yield* Effect.scoped(httpServer(answering(200)))
      const report = yield* look(`http://127.0.0.1:${port}/`)
      assert.strictEqual(report.exitCode, 12)
      assert.strictEqual(stageOf(report, "tcp").facts?.addresses[0]?.failure?.code, "ECONNREFUSED")
      assert.include(text(report), `127.0.0.1:${port} is not: refused`)
    }))

  it.live("ends at what speaks no HTTP", () =>
    Effect.gen(function*() {
      const { url } = yield* rawServer((socket) => void socket.end("220 mail.example.com ESMTP\r\n"))
      const report = yield* look(url)
      assert.strictEqual(report.exitCode, 14)
      assert.strictEqual(stageOf(report, "http").facts?.failure?.tag, "ConnectionFailed")
    }))

  it.live("has a limit at each stage", () =>
    Effect.gen(function*() {
      const { url } = yield* rawServer(() => {})
      const silent = yield* look(url, { timeout: Duration.millis(200) })
      assert.strictEqual(silent.exitCode, 14)
      assert.strictEqual(stageOf(silent, "http").facts?.failure?.tag, "Timeout")
      const handshake = yield* look(url.replace("http:", "https:"), { timeout: Duration.millis(200) })
      assert.strictEqual(handshake.exitCode, 13)
      assert.strictEqual(stageOf(handshake, "tls").facts?.failure?.tag, "Timeout")
    }))

  it.live("does not wait for the end of an answer that has none", () =>
    Effect.gen(function*() {
      const { url } = yield* httpServer((_, response) => void response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n"))
      const report = yield* look(url, { timeout: Duration.millis(1500) })
      assert.deepStrictEqual([report.exitCode, stageOf(report, "http").facts?.status], [0, 200])
      assert.isBelow(stageOf(report, "http").millis ?? Infinity, 1500)
    }))

  it.live("can be given up", () =>
    Effect.gen(function*() {
      const server = yield* rawServer((socket) => void socket.resume())
      const fiber = yield* Effect.forkChild(look(server.url))
      while (server.accepted() < 2) yield* Effect.sleep(5)
      yield* Fiber.interrupt(fiber)
      while (server.open.size > 0) yield* Effect.sleep(5)
    }))

  it.live("says that a redirect leaves the origin, and does not follow it", () =>
    Effect.gen(function*() {
      let visited = 0
      const other = yield* httpServer((_, response) => {
        visited++
        response.end()
      })
      const { url } = yield* httpServer(answering(302, { location: `${other.url}?token=canary-location` }))
      const report = yield* look(url, { discovery: true })
      assert.strictEqual(stageOf(report, "http").facts?.location, `${other.url}?token=<redacted>`)
      assert.include(stageOf(report, "http").advice, "another origin")
      assert.strictEqual(visited, 0)
      const { url: endless } = yield* httpServer(answering(302, { location: `/${"x".repeat(10_000)}`, server: "y".repeat(10_000) }))
      for (const line of stageOf(yield* look(endless), "http").lines) assert.isBelow(line.length, 250)
    }))
})

describe("TLS", () => {
  const secure = (certificate: { readonly cert: string; readonly key: string }, more: object = {}) => httpsServer({ ...certificate, ...more }, answering(200), "localhost")

  it.live("shows version, chain and trust", () =>
    Effect.gen(function*() {
      const { url } = yield* secure(authority.issue({ commonName: "api" }), { ALPNProtocols: ["h2", "http/1.1"] })
      const report = yield* look(url, { ca })
      assert.strictEqual(report.exitCode, 0, text(report))
      const { facts } = stageOf(report, "tls")
      assert(facts !== undefined)
      assert.strictEqual(facts.version, "TLSv1.3")
      assert.deepStrictEqual(facts.chain.map(({ subject }) => subject), ["CN=api", "CN=Company authority"])
      assert.strictEqual(facts.trusted, true)
      assert.strictEqual(facts.clientCertificate, "not asked for")
      assert.match(facts.fingerprint ?? "", /^(?:[0-9A-F]{2}:){31}/)
      assert.strictEqual(stageOf(report, "http").facts?.preferred, "h2")
      assert.include(report.code, `ca: { file: ${JSON.stringify(ca)} }`)
      // it ends tomorrow
      assert.strictEqual(stageOf(report, "tls").status, "warning")
    }))

  it.live("names the authority that is missing", () =>
    Effect.gen(function*() {
      const { url } = yield* secure(authority.issue({}))
      const report = yield* look(url)
      assert.strictEqual(report.exitCode, 13)
      assert.strictEqual(stageOf(report, "tls").facts?.missingAuthority, "CN=Company authority")
      assert.strictEqual(stageOf(report, "tls").facts?.failure?.reason, "untrusted")
      assert.strictEqual(stageOf(report, "tls").facts?.version, "TLSv1.3")
      assert.strictEqual(stageOf(report, "http").status, "skipped")
      assert.match(text(report), /Broken: tls\. Add this CA with .*CN=Company authority \(to try it here: --ca-file\)/)
      assert.include(report.code, "// company-ca.pem holds the certificate of CN=Company authority\n")
      assert.include(report.code, "// how to log in is not known yet")
    }))

  it.live("looks behind it by choice, and still calls it broken", () =>
    Effect.gen(function*() {
      const { url } = yield* secure(makeSelfSigned())
      const report = yield* look(url, { insecure: true })
      assert.strictEqual(report.exitCode, 13)
      assert.strictEqual(stageOf(report, "http").facts?.status, 200)
    }))

  it.live("tells what is expired, early, or for another host", () =>
    Effect.gen(function*() {
      const day = 86_400_000
      const at = (days: number) => new Date(Date.now() + days * day)
      const cases = [
        ["expired", { notBefore: at(-9), notAfter: at(-2) }, /expired .* \(2 days ago\)/],
        ["notYetValid", { notBefore: at(2), notAfter: at(9) }, /not valid before/],
        ["wrongHost", { hosts: ["other.example.com"] }, /is for other\.example\.com, not for localhost/]
      ] as const
      for (const [reason, options, line] of cases) {
        const { url } = yield* secure(authority.issue(options))
        const report = yield* look(url, { ca })
        assert.strictEqual(report.exitCode, 13)
        assert.strictEqual(stageOf(report, "tls").facts?.failure?.reason, reason)
        assert.match(text(report), line)
      }
    }))

  it.live("says whether a client certificate is asked for, and refused without", () =>
    Effect.gen(function*() {
      const own = authority.issue({ commonName: "client" })
      const certificate = { certificate: pem("client.crt", own.cert), key: pem("client.key", own.key) }
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        const asks = yield* secure(authority.issue({}), { maxVersion, ca: authority.cert, requestCert: true, rejectUnauthorized: false })
        const optional = yield* look(asks.url, { ca })
        assert.strictEqual(optional.exitCode, 0, text(optional))
        assert.strictEqual(stageOf(optional, "tls").status, "warning")
        assert.strictEqual(stageOf(optional, "tls").facts?.clientCertificate, "asked for")
        assert.include(optional.code, "certificate: { certificate: { file: \"client.crt\" }, key: { file: \"client.key\" } }")
        const wants = yield* secure(authority.issue({}), { maxVersion, ca: authority.cert, requestCert: true, rejectUnauthorized: true })
        const without = yield* look(wants.url, { ca })
        assert.strictEqual(without.exitCode, 13, text(without))
        assert.strictEqual(stageOf(without, "tls").facts?.clientCertificate, "asked for")
        const having = yield* look(wants.url, { ca, certificate })
        assert.strictEqual(having.exitCode, 0, text(having))
        assert.strictEqual(stageOf(having, "tls").facts?.clientCertificate, "given")
      }
    }))

  it.live("knows the answer of servers that take the connection and refuse the request", () =>
    Effect.gen(function*() {
      const { url } = yield* httpsServer({ ...authority.issue({}), requestCert: true, rejectUnauthorized: false }, answering(400, {}, "<h1>400</h1>No required SSL certificate was sent"), "localhost")
      const report = yield* look(url, { ca })
      assert.strictEqual(report.exitCode, 13)
      assert.include(text(report), "refuses to answer without a client certificate")
    }))

  it.live("is not what listens there", () =>
    Effect.gen(function*() {
      const { port } = yield* httpServer(answering(200))
      const report = yield* look(`https://127.0.0.1:${port}/`)
      assert.strictEqual(report.exitCode, 13)
      assert.include(text(report), "does not speak TLS")
    }))

  it.live("cannot use what is no certificate", () =>
    Effect.gen(function*() {
      const { url } = yield* secure(authority.issue({}))
      const report = yield* look(url, { ca: pem("none.pem", "canary-nonsense") })
      assert.strictEqual(report.exitCode, 13)
      assert.strictEqual(stageOf(report, "tls").facts?.failure?.reason, "configuration")
      assert.notInclude(JSON.stringify(dataOf(report)), "canary-nonsense")
    }))
})

describe("proxies", () => {
  it.live("are told with the reason", () =>
    Effect.gen(function*() {
      const proxy = yield* proxyServer()
      const environment = { HTTP_PROXY: proxy.origin, NO_PROXY: "10.0.0.0/8,.internal" }
      const through = yield* look("http://api.example.com/", { environment, timeout: Duration.millis(300) })
      assert.strictEqual(stageOf(through, "route").facts?.reason, "HTTP_PROXY")
      assert.strictEqual(stageOf(through, "route").facts?.proxy?.label, `127.0.0.1:${proxy.port}`)
      const direct = yield* look("http://10.255.255.1:9/", { environment, timeout: Duration.millis(50) })
      assert.include(text(direct), "direct: NO_PROXY has 10.0.0.0/8")
      const none = yield* look("http://nothing.invalid/", { environment, proxy: "none" })
      assert.include(text(none), "direct: no proxy is to be used")
    }))

  it.live("let through, by a tunnel as well", () =>
    Effect.gen(function*() {
      const proxy = yield* proxyServer()
      const server = yield* httpsServer({ ...authority.issue({}), ALPNProtocols: ["h2", "http/1.1"] }, answering(200), "localhost")
      const report = yield* look(server.url, { ca, proxy: { url: proxy.origin } })
      assert.strictEqual(report.exitCode, 0, text(report))
      assert.strictEqual(stageOf(report, "proxy").facts?.status, 200)
      assert.include(text(report), "localhost is resolved by the proxy")
      assert.strictEqual(stageOf(report, "http").facts?.preferred, "h2")
      assert.include(report.code, `proxy: { url: "http://127.0.0.1:${proxy.port}" }`)
    }))

  it.live("want a login, and take the right one only", () =>
    Effect.gen(function*() {
      const proxy = yield* loginProxy(basicPolicy("ada:canary-right"))
      const server = yield* httpServer(answering(200))
      const secure = yield* httpsServer(authority.issue({}), answering(200), "localhost")
      const at = (user: string): ProxyOption => ({ url: `http://${user}127.0.0.1:${proxy.port}` })
      for (const url of [server.url, secure.url]) {
        const without = yield* look(url, { ca, proxy: at("") })
        assert.strictEqual(without.exitCode, 11, text(without))
        assert.strictEqual(stageOf(without, "proxy").facts?.status, 407)
        assert.deepStrictEqual(stageOf(without, "proxy").facts?.schemes.map(({ scheme }) => scheme), ["Basic"])
        assert.include(without.code, "yield* Config.Redacted(\"API_PROXY_PASSWORD\")")
        const wrong = yield* look(url, { ca, proxy: at("ada:canary-wrong@") })
        assert.strictEqual(wrong.exitCode, 11)
        assert.include(text(wrong), "refused the login (Basic)")
        const right = yield* look(url, { ca, proxy: at("ada:canary-right@") })
        assert.strictEqual(right.exitCode, 0, text(right))
        assert.include(text(right), "the login that is given is accepted")
        for (const report of [without, wrong, right]) assert.notInclude(JSON.stringify(dataOf(report)) + text(report), "canary")
      }
    }))

  it.live("of the environment are told in the code where they want a login", () =>
    Effect.gen(function*() {
      const proxy = yield* loginProxy(basicPolicy("ada:right"))
      const report = yield* look("http://api.example.com/", { environment: { http_proxy: proxy.origin } })
      assert.strictEqual(report.exitCode, 11)
      assert.include(report.code, `proxy: { url: "http://127.0.0.1:${proxy.port}", username: `)
    }))

  it.live("refuse, or are none", () =>
    Effect.gen(function*() {
      const proxy = yield* proxyServer({ refuse: () => 403 })
      const refused = yield* look("https://api.example.com/", { proxy: { url: proxy.origin } })
      assert.strictEqual(refused.exitCode, 11)
      assert.strictEqual(stageOf(refused, "proxy").facts?.status, 403)
      const unknown = yield* look("https://api.example.com/", { proxy: { url: "ftp://proxy.example.com" } })
      assert.strictEqual(unknown.broken, "route")
      assert.strictEqual(unknown.exitCode, 11)
      const silent = yield* rawServer(() => {})
      for (const proxy of [silent.origin, `socks5://127.0.0.1:${silent.port}`]) {
        const waiting = yield* look("https://api.example.com/", { proxy: { url: proxy }, timeout: Duration.millis(200) })
        assert.strictEqual(waiting.exitCode, 11, text(waiting))
        assert.strictEqual(stageOf(waiting, "proxy").facts?.failure?.tag, "Timeout")
      }
      const dead = yield* Effect.scoped(proxyServer())
      const closed = yield* look("https://api.example.com/", { proxy: { url: dead.origin } })
      assert.strictEqual(closed.exitCode, 12)
    }))
})

describe("the clock", () => {
  it.live("is compared with the server's", () =>
    Effect.gen(function*() {
      const asking = (offset: number, headers: Http.OutgoingHttpHeaders = {}) =>
        Effect.flatMap(httpServer((_, response) => void response.writeHead(401, { date: new Date(Date.now() + offset * 1000).toUTCString(), "www-authenticate": "Negotiate", ...headers }).end()), ({ url }) => look(url, { ticket: () => Effect.succeed({ state: "valid", detail: "there is one" }) }))
      const ahead = yield* asking(-90)
      assert.strictEqual(stageOf(ahead, "clock").status, "warning")
      assert.closeTo(stageOf(ahead, "clock").facts?.ahead ?? 0, 90, 2)
      assert.match(text(ahead), /1 minute (?:29|30|31) seconds ahead of the server's|1 minute \d+ seconds ahead/)
      const behind = yield* asking(3600)
      assert.strictEqual(behind.exitCode, 16)
      assert.include(text(behind), "behind the server's")
      // an answer that a cache has kept for an hour
      assert.strictEqual(stageOf(yield* asking(-3600, { age: "3600" }), "clock").status, "ok")
      assert.strictEqual(stageOf(yield* asking(0, { date: "yesterday" }), "clock").status, "skipped")
    }))

  it("counts the time of travel", () => {
    const sent = Date.parse("2026-11-23T12:00:00Z")
    assert.deepStrictEqual(skewOf({ date: "Mon, 23 Nov 2026 12:00:01 GMT", age: undefined, sent, received: sent + 3000 }), { ahead: 0, uncertainty: 2 })
    assert.deepStrictEqual(skewOf({ date: "Mon, 23 Nov 2026 11:00:01 GMT", age: "x", sent, received: sent + 3000 })?.ahead, 3600)
    assert.strictEqual(skewOf({ date: undefined, age: undefined, sent, received: sent }), undefined)
    assert.strictEqual(skewOf({ date: "12", age: undefined, sent, received: sent }), undefined)
  })
})

describe("logging in", () => {
  const offering = (challenges: ReadonlyArray<string>, options: Partial<ExamineOptions> = {}, status = 401) =>
    Effect.flatMap(httpServer(answering(status, challenges.length === 0 ? {} : { "www-authenticate": [...challenges] })), ({ url }) => look(url, options))
  const valid = () => Effect.succeed({ state: "valid", principal: "ada@EXAMPLE.COM", expires: Date.now() + 1000, detail: "a ticket of ada@EXAMPLE.COM" } as const)

  it.live.each<[ReadonlyArray<string>, Method]>([
    [["Basic realm=\"api\""], "basic"],
    [["Digest realm=\"api\", nonce=\"1\", algorithm=SHA-256, Basic realm=\"api\""], "digest"],
    [["NTLM", "Basic realm=\"api\""], "ntlm"],
    [["Bearer realm=\"api\""], "bearer"],
    [["Negotiate", "Basic realm=\"api\""], "basic"],
    [["Negotiate"], "kerberos"],
    [[], "bearer"]
  ])("uses of %j, without a ticket, %s", ([challenges, method]) =>
    Effect.map(offering(challenges), (report) => {
      assert.strictEqual(stageOf(report, "authentication").facts?.use, method)
    }).pipe(Effect.scoped))

  it.live("shows what is offered", () =>
    Effect.gen(function*() {
      const report = yield* offering(["Digest realm=\"a, b\", nonce=\"canary-nonce\", algorithm=SHA-256", "Digest realm=\"a, b\", nonce=\"2\"", "Basic realm=\"\u009b31mred\""])
      assert.deepStrictEqual(stageOf(report, "authentication").facts?.schemes.map(({ algorithm, scheme }) => [scheme, algorithm]), [["Digest", "SHA-256"], ["Digest", "MD5"], ["Basic", undefined]])
      assert.notInclude(text(report), "\u009b")
      assert.notInclude(text(report), "canary")
    }))

  it.live("by Kerberos wants a ticket", () =>
    Effect.gen(function*() {
      const alone = yield* offering(["Negotiate"])
      assert.strictEqual(alone.exitCode, 17)
      assert.include(text(alone), "Broken: kerberos. Get a ticket: kinit")
      const beside = yield* offering(["Negotiate", "NTLM"])
      assert.strictEqual(beside.exitCode, 0)
      assert.strictEqual(stageOf(beside, "kerberos").status, "warning")
      const having = yield* offering(["Negotiate", "NTLM"], { ticket: valid })
      assert.strictEqual(stageOf(having, "authentication").facts?.use, "kerberos")
      assert.include(having.code, "Kerberos.layer()")
      const slow = yield* offering(["Negotiate"], { ticket: () => Effect.never, timeout: Duration.millis(300) })
      assert.strictEqual(stageOf(slow, "kerberos").facts?.state, "unavailable")
    }))

  it.live("is broken where nothing that is offered is known", () =>
    Effect.gen(function*() {
      const report = yield* offering(["AWS4-HMAC-SHA256"])
      assert.strictEqual(report.exitCode, 15)
      const refused = yield* offering([], {}, 403)
      assert.strictEqual(stageOf(refused, "authentication").status, "warning")
    }))

  it.live("by a readable secret is broken over plain http, but not on this machine", () =>
    Effect.gen(function*() {
      // a proxy answers for a host that is elsewhere
      const { origin } = yield* httpServer(answering(401, { "www-authenticate": "Basic realm=\"api\"" }))
      const report = yield* look("http://api.example.com/", { proxy: { url: origin } })
      assert.strictEqual(report.exitCode, 15, text(report))
      assert.include(text(report), "over plain http anybody on the way can read what is sent")
    }))

  it.live("wants credentials that are set", () =>
    Effect.gen(function*() {
      const report = yield* offering(["Basic realm=\"api\""], { set: ["API_URL", "API_USERNAME"] })
      assert.include(text(report), "  settings        ok       set: API_URL, API_USERNAME\n")
      assert.include(text(report), "not set: API_PASSWORD")
      assert.strictEqual(stageOf(yield* offering(["Basic realm=\"api\""], { set: ["API_USERNAME", "API_PASSWORD"] }), "authentication").status, "ok")
    }))
})

describe("discovery", () => {
  it.live("finds OpenAPI and OpenID documents, within bounds", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      let origin = ""
      let strayed = 0
      const other = yield* httpServer((_, response) => {
        strayed++
        response.end("{\"swagger\":\"2.0\"}")
      })
      const server = yield* httpServer((request, response) => {
        asked.push(`${request.method} ${request.url}`)
        assert.strictEqual(request.headers.authorization, undefined)
        const json = (value: unknown) => void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value))
        switch (request.url) {
          case "/.well-known/openid-configuration":
            return json({ issuer: origin, authorization_endpoint: `${origin}/authorize` })
          case "/v1/openapi.json":
            return void response.writeHead(302, { location: "/docs/openapi.json" }).end()
          case "/docs/openapi.json":
            return json({ openapi: "3.1.0", filler: "x".repeat(1_000_000) })
          case "/swagger.json":
            return void response.writeHead(302, { location: `${other.origin}/swagger.json` }).end()
          case "/openapi.yaml":
            return void response.writeHead(200, { "content-type": "text/html" }).end("<p>openapi: 3.0.0")
          default:
            return void response.writeHead(404).end("{}")
        }
      })
      origin = server.origin
      const report = yield* look(`${origin}/v1/`, { discovery: true })
      const { facts } = stageOf(report, "discovery")
      assert.deepStrictEqual(facts?.found, [
        { kind: "OpenID Connect", url: `${origin}/.well-known/openid-configuration`, version: undefined, issuer: origin, fits: true },
        { kind: "OpenAPI", url: `${origin}/docs/openapi.json`, version: "3.1.0", issuer: undefined, fits: true }
      ])
      assert.strictEqual(strayed, 0)
      assert.isAtMost(asked.length, 25)
      assert.deepStrictEqual(asked.filter((each) => !each.startsWith("GET ")), [])
    }))

  it.live("ends in time, with what was found so far", () =>
    Effect.gen(function*() {
      let origin = ""
      const server = yield* httpServer((request, response) => {
        if (request.url === "/") response.end()
        else if (request.url === "/.well-known/openid-configuration") response.end(JSON.stringify({ issuer: origin }))
      })
      origin = server.origin
      const report = yield* look(origin, { discovery: true, timeout: Duration.seconds(1) })
      assert.strictEqual(stageOf(report, "discovery").facts?.found.length, 1)
      // one limit for all places, of which four are asked at once
      assert.isBelow(stageOf(report, "discovery").millis ?? Infinity, 2000)
    }))

  it("stays on the origin, whatever the path", () => {
    for (const url of ["https://a.example/", "https://a.example//evil.example/x/", "https://a.example/%2e%2e//b?token=1#c", "https://u:p@a.example/v1"]) {
      const places = placesOf(new URL(url))
      assert.isAtMost(places.length, 19)
      assert.strictEqual(new Set(places.map(String)).size, places.length)
      for (const place of places) {
        assert.strictEqual(place.origin, "https://a.example")
        assert.strictEqual(place.search + place.hash + place.username, "")
      }
    }
  })

  it("tells documents from other answers", () => {
    const openapi = new URL("https://a.example/openapi.json")
    const oidc = new URL("https://a.example/.well-known/openid-configuration")
    assert.deepStrictEqual(kindOf(openapi, "application/yaml", "# hello\nopenapi: '3.0.3'\n")?.version, "3.0.3")
    assert.deepStrictEqual(kindOf(openapi, "", "{ \"swagger\" : \"2.0\"")?.version, "2.0")
    assert.strictEqual(kindOf(openapi, "application/json", "{\"error\":\"no openapi here\"}"), undefined)
    assert.strictEqual(kindOf(oidc, "application/json", "{\"issuer\":\"\"}"), undefined)
    assert.strictEqual(kindOf(oidc, "application/json", "[]"), undefined)
    assert.strictEqual(kindOf(oidc, "application/json", "{\"issuer\":\"https://a.example/\"}")?.fits, true)
    assert.strictEqual(kindOf(oidc, "application/json", "{\"issuer\":\"https://inside.example\"}")?.fits, false)
    const tenant = new URL("https://a.example/.well-known/oauth-authorization-server/tenant")
    assert.strictEqual(kindOf(tenant, "application/json", "{\"issuer\":\"https://a.example/tenant\"}")?.fits, true)
    assert.strictEqual(kindOf(tenant, "application/json", "{\"issuer\":\"https://a.example\"}")?.fits, false)
    assert.strictEqual(kindOf(oidc, "application/json", "{\"__proto__\":{\"issuer\":\"https://a.example\"}}"), undefined)
  })
})

describe("the code", { timeout: 60_000 }, () => {
  const base: CodeOptions = { baseUrl: "https://api.example.com/v1", prefix: "API", method: "anonymous", known: true, ca: undefined, certificate: undefined, proxy: undefined, profile: undefined }
  const methods: ReadonlyArray<Method> = ["anonymous", "kerberos", "digest", "ntlm", "basic", "bearer"]

  it("compiles, for each way of logging in and each proxy", () => {
    const variants: Array<CodeOptions> = [
      ...methods.map((method) => ({ ...base, method })),
      ...methods.map((method) => ({ ...base, proxy: { url: "https://proxy.example.com:3128", method, ca: "proxy-ca.pem" } })),
      { ...base, proxy: "none", profile: "work", known: false },
      { ...base, method: "digest", ca: { file: "company-ca.pem", of: "CN=evil\n*/ process.exit(1) /*\u2028x" }, certificate: { certificate: "client.crt", key: "client \"key\"" }, profile: "work" }
    ]
    const place = saved(Object.fromEntries(variants.map((options, index) => [`variant${index}.ts`, codeFor(options)])))
    const { stdout } = spawnSync(path.join(root, "node_modules/.bin/tsc"), ["-p", place, "--listFiles"], { encoding: "utf8" })
    const lines = stdout.split("\n").filter((line) => /\bvariant\d+\.ts/.test(line))
    // each is looked at, and has nothing against it
    assert.strictEqual(lines.filter((line) => line.endsWith(".ts")).length, variants.length)
    assert.deepStrictEqual(lines.filter((line) => !line.endsWith(".ts")), [])
  })

  it.live("works, with the credentials of the environment", () =>
    Effect.gen(function*() {
      const { url } = yield* httpServer((request, response) =>
        request.headers.authorization === `Basic ${btoa("ada:canary-code")}` ? void response.writeHead(200, { "content-type": "application/json" }).end("\"hello ada\"") : void response.writeHead(401, { "www-authenticate": "Basic realm=\"api\"" }).end()
      )
      const { code } = yield* look(url)
      const call = `
        import * as Endpoint from "credence/Endpoint"
        import * as Schema from "effect/Schema"
        const hello = Endpoint.get(Api, "/", { name: "hello", success: Schema.String })
        console.log(await Effect.runPromise(Effect.provide(hello(), ApiLive)))`
      const place = saved({ "call.ts": code + call })
      const ended = yield* Effect.callback<string>((resume) => {
        const child = startNode(path.join(place, "call.ts"), { API_USERNAME: "ada", API_PASSWORD: "canary-code" })
        let said = ""
        child.stdout?.on("data", (chunk) => (said += String(chunk)))
        child.stderr?.on("data", (chunk) => (said += String(chunk)))
        child.on("close", () => resume(Effect.succeed(said)))
      })
      assert.strictEqual(ended, "hello ada\n")
    }))
})

describe("the command", { timeout: 60_000 }, () => {
  const asProcess = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => Effect.promise(() => run(["doctor", ...args], { cwd: files, env: { HTTP_PROXY: "", HTTPS_PROXY: "", ALL_PROXY: "", http_proxy: "", https_proxy: "", all_proxy: "", ...env } }))

  it.live("prints text, or JSON of a shape that stays", () =>
    Effect.gen(function*() {
      const { origin } = yield* httpServer(answering(401, { "www-authenticate": "Basic realm=\"api\"" }))
      const shown = yield* asProcess([`${origin}/v1`, "--no-discovery"])
      assert.strictEqual(shown.code, 0)
      assert.strictEqual(shown.stderr, "")
      assert.match(shown.stdout, /^http:\/\/127\.0\.0\.1:\d+\/v1\n  route {11}ok {7}direct: /)
      assert.include(shown.stdout, "Auth.basic({")
      const { code, stderr, stdout } = yield* asProcess([`${origin}/v1`, "--json", "--no-discovery"])
      assert.strictEqual(code, 0)
      assert.strictEqual(stderr, "")
      const data = JSON.parse(stdout) as ReturnType<typeof dataOf>
      assert.deepStrictEqual(Object.keys(data), ["version", "ok", "url", "exitCode", "broken", "stages", "code"])
      assert.deepStrictEqual([data.version, data.ok, data.url, data.exitCode, data.broken], [1, true, `${origin}/v1`, 0, null])
      assert.deepStrictEqual(data.stages.map(({ stage }) => stage), ["route", "dns", "tcp", "proxy", "tls", "http", "clock", "authentication", "kerberos", "discovery"])
      for (const stage of data.stages) assert.deepStrictEqual(Object.keys(stage), ["stage", "status", "lines", "advice", "millis", "facts"])
    }))

  it.live("ends with the code of the first broken stage", () =>
    Effect.gen(function*() {
      const tls = yield* httpsServer(makeSelfSigned(), answering(200), "localhost")
      assert.strictEqual((yield* asProcess([tls.url])).code, 13)
      const dns = yield* asProcess(["nothing.invalid", "--json"])
      assert.strictEqual(dns.code, 10)
      assert.include(JSON.parse(dns.stdout), { ok: false, broken: "dns", exitCode: 10, url: "https://nothing.invalid/" })
    }))

  it.live("takes URL and proxy from a profile", () =>
    Effect.gen(function*() {
      const { origin } = yield* httpServer(answering(401, { "www-authenticate": "Basic realm=\"api\"" }))
      put(files, { "profiles.toml": `[work.shop]\nurl = "${origin}/v1"\nproxy = "none"\nusername = "ada"\npassword = "canary-profile"\n` })
      const { code, stdout } = yield* asProcess(["--prefix", "SHOP", "--profile", "work", "--profiles", "profiles.toml", "--no-discovery"])
      assert.strictEqual(code, 0, stdout)
      assert.include(stdout, "set: SHOP_URL, SHOP_PROXY, SHOP_USERNAME, SHOP_PASSWORD")
      assert.include(stdout, "direct: SHOP_PROXY says so")
      assert.include(stdout, "yield* Config.Redacted(\"SHOP_PASSWORD\")")
      assert.include(stdout, "Profile.layer({ profile: \"work\" })")
      assert.notInclude(stdout, "canary")
      assert.strictEqual((yield* asProcess([origin, "--profile", "play", "--profiles", "profiles.toml"])).code, 2)
    }))

  it.live("never prints a secret", () =>
    Effect.gen(function*() {
      const echo: Http.RequestListener = (request, response) =>
        void response.writeHead(401, { "www-authenticate": `Basic realm="${request.url}"`, server: `canary-password ${request.url}`, "set-cookie": "sid=canary-cookie" }).end("canary-body")
      const server = yield* httpServer(echo)
      const proxy = yield* loginProxy(basicPolicy("ada:canary-proxy"))
      const address = `http://ada:canary-password@127.0.0.1:${server.port}/?api_key=canary-key&page=2`
      const { stderr, stdout } = yield* asProcess([address, "--json"])
      assert.include(stdout, "page=2")
      assert.notInclude(stdout + stderr, "canary", stdout)
      const wrong = `http://ada:canary-other@127.0.0.1:${proxy.port}`
      const cases = [
        [address, "--proxy", `http://ada:canary-proxy@127.0.0.1:${proxy.port}`],
        [address, "--proxy", wrong, "--json"],
        [address, "--proxy", "http://ada:canary-dead@127.0.0.1:1", "--json"],
        [address, "--proxy", "ftp://ada:canary-ftp@x"]
      ]
      for (const args of cases) {
        const ended = yield* asProcess([...args, "--no-discovery"])
        assert.notInclude(ended.stdout + ended.stderr, "canary")
      }
      const environment = yield* asProcess(["http://api.example.com/", "--json"], { HTTP_PROXY: wrong })
      assert.strictEqual(environment.code, 11)
      assert.notInclude(environment.stdout + environment.stderr, "canary")
      for (const none of ["ssh://ada:canary-url@x", "http://ada:canary-url@[x"]) {
        const ended = yield* asProcess([none])
        assert.strictEqual(ended.code, 2)
        assert.notInclude(ended.stdout + ended.stderr, "canary")
      }
    }))

  it.live("refuses a wrong use in one line", () =>
    Effect.gen(function*() {
      for (const args of [[], ["https://a.example", "--timeout", "0"], ["https://a.example", "--ca-file", "missing.pem"], ["https://a.example", "--cert-file", "ca.pem"], ["https://a.example", "--proxy-ca-file", "ca.pem"]]) {
        const { code, stderr, stdout } = yield* asProcess(args)
        assert.strictEqual(code, 2, stdout)
        assert.match(stderr, /^credence: .+\n$/)
      }
      const help = yield* asProcess(["--help"])
      assert.strictEqual(help.code, 0)
      for (const code of ["10 dns", "11 route or proxy", "12 tcp", "13 tls", "14 http", "15 authentication", "16 clock", "17 kerberos"]) assert.include(help.stdout, code)
    }))

  it.live("stops at Ctrl-C", () =>
    Effect.gen(function*() {
      const server = yield* rawServer(() => {})
      const child = start(["doctor", server.url], { cwd: files })
      while (server.accepted() < 2) yield* Effect.sleep(20)
      child.kill("SIGINT")
      const code = yield* Effect.callback<number | null>((resume) => void child.on("close", (code) => resume(Effect.succeed(code))))
      assert.strictEqual(code, 130)
    }))
})

describe("the page", () => {
  const page = readFileSync(path.join(root, "docs/doctor.md"), "utf8")
  /** rows that begin with a name: the name, and the other cells */
  const rows = (from: string, to: string): ReadonlyArray<readonly [name: string, cells: ReadonlyArray<string>]> =>
    page.slice(page.indexOf(from), page.indexOf(to)).split("\n").filter((line) => line.startsWith("| `")).map((line) => {
      const [, name = "", ...cells] = line.split("|").map((cell) => cell.replaceAll("`", "").trim())
      return [name, cells.slice(0, -1)]
    })

  it("has every stage, with its exit code", () => {
    const table = rows("## Stages", "## What is sent")
    assert.deepStrictEqual(table.map(([name]) => name), ["settings", "route", "dns", "tcp", "proxy", "tls", "http", "clock", "authentication", "kerberos", "discovery"])
    for (const [name, cells] of table) {
      const code = exitCodeOf(name as StageName)
      assert.strictEqual(cells.at(-1), code === 0 ? "" : String(code), name)
    }
  })

  it.live("has every fact of the JSON", () =>
    Effect.gen(function*() {
      // what stands in brackets, or says that it may be null, is no member
      const membersOf = (text: string): ReadonlyArray<string> => text.replace(/\([^()]*\)|\bor null|in seconds/g, "").split(",").map((fact) => fact.trim())
      const facts = new Map(rows("`facts` by stage", "A `failure` is").map(([name, [text = ""]]) => [name, membersOf(text)]))
      const secure = yield* httpsServer(authority.issue({}), answering(401, { "www-authenticate": "Negotiate" }), "localhost")
      const proxy = yield* proxyServer()
      const report = yield* look(secure.url, { ca, proxy: { url: proxy.origin }, set: [], discovery: true })
      assert.strictEqual(facts.size, report.stages.length)
      for (const stage of report.stages) assert.deepStrictEqual(Object.keys(stage.facts ?? {}), facts.get(stage.stage), stage.stage)
    }))
})

/** Runs a module with nothing but these variables beside the process's own. */
const startNode = (file: string, env: Readonly<Record<string, string>>) => spawn(process.execPath, ["--conditions=credence-source", file], { env: { ...process.env, NODE_NO_WARNINGS: "1", ...env } })
