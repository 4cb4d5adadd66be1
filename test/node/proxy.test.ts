import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, Endpoint, Session } from "credence"
import { NodeTransport as Node } from "credence/node"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Dns from "node:dns"
import type * as Http from "node:http"
import * as Net from "node:net"
import type * as Tls from "node:tls"
import { inspect } from "node:util"
import * as SchemeModule from "../../src/layers/auth/challenge/Scheme.ts"
import { Deadlines } from "../../src/layers/policy/deadlines.ts"
import * as NodeTransport from "../../src/node/NodeTransport.ts"
import { type Scheme, SchemeError, type SchemeLogin } from "../../src/services/Scheme.ts"
import type { Connection, ProxyOption, TransportError, TransportResponse } from "../../src/services/Transport.ts"
import { makeAuthority, makeSelfSigned } from "../support/certificates.ts"
import { basicPolicy, digestPolicy, loginProxy, type Policy, type Seen, socksProxy } from "../support/proxies.ts"
import { bytes, failing, request, text, until } from "../support/requests.ts"
import { echo, httpServer, httpsServer, proxyServer, rawServer } from "../support/servers.ts"

const make = (options: NodeTransport.Options = {}) => NodeTransport.make({ environment: {}, tls: { ca }, ...options })
const json = (response: TransportResponse) => JSON.parse(text(response))

/** Fails as the proxy's fault; gives the words. */
const refusing = <R>(effect: Effect.Effect<unknown, TransportError, R>) =>
  Effect.map(failing("ConnectionFailed", effect), (error) => {
    assert.strictEqual(error.reason, "proxy", error.message)
    return error.detail ?? ""
  })

const authority = makeAuthority()
const good: Tls.TlsOptions = { ...authority.issue({ hosts: ["localhost", "127.0.0.1"] }) }
const ca = authority.cert

const freePort = Effect.callback<number>((resume) => {
  const server = Net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const login = { username: "user", password: Redacted.make("pa:ss w\u00f6rd") }
const basicLogin = "user:pa:ss w\u00f6rd"
const basic = `Basic ${Buffer.from(basicLogin).toString("base64")}`
const authorizations = (seen: ReadonlyArray<Seen>) => seen.map(({ headers }) => headers["proxy-authorization"]?.split(" ")[0])

/** A scheme of two rounds that belongs to connections, as NTLM does. */
const rounds = (user: string, hooks: { readonly accepted?: () => Effect.Effect<void, SchemeError> } = {}): Scheme => ({
  name: "Rounds",
  strength: 25,
  bound: true,
  exposes: false,
  identity: user,
  secrets: () => [],
  open: () => {
    const connections = new WeakSet<Connection>()
    return {
      begin: ({ connection }): SchemeLogin => {
        let proved = false
        const known = () => connection !== undefined && connections.has(connection)
        return {
          first: (preemptive) => Effect.succeed(known() || !preemptive ? undefined : "Rounds hello"),
          answer: ({ token }) => {
            if (connection === undefined) return Effect.fail(new SchemeError({ reason: "unavailable", detail: "no connection" }))
            if (proved) return Effect.undefined
            if (token === undefined) return Effect.succeed("Rounds hello")
            proved = true
            return Effect.succeed(`Rounds ${user}-${token}`)
          },
          accepted: () =>
            Effect.andThen(hooks.accepted?.() ?? Effect.void, Effect.sync(() => {
              if (proved && connection !== undefined) connections.add(connection)
            })),
          settled: () => proved || known()
        }
      }
    }
  }
})

/** The proxy's part: who is on which socket. */
const roundsPolicy = (options: { readonly user?: string; readonly chunked?: boolean; readonly closes?: (seen: Seen) => "announced" | "silent" | "said" | undefined } = {}) => {
  const users = new Map<number, string>()
  const nonces = new Map<number, string>()
  const policy: Policy = {
    answer: (seen) => {
      if (users.has(seen.socket)) return undefined
      const value = seen.headers["proxy-authorization"]
      const close = options.closes?.(seen)
      const ask = (token: string) => ({ status: 407, headers: [`Proxy-Authenticate: Rounds${token}`], body: "<p>wait</p>", chunked: options.chunked === true, ...(close === undefined ? {} : { close }) })
      if (value === "Rounds hello") {
        nonces.set(seen.socket, `n${seen.socket}`)
        return ask(` n${seen.socket}`)
      }
      const nonce = nonces.get(seen.socket)
      if (nonce !== undefined && value === `Rounds ${options.user ?? "ann"}-${nonce}`) {
        users.set(seen.socket, options.user ?? "ann")
        return undefined
      }
      return ask("")
    }
  }
  return { ...policy, users }
}

describe("http proxies", () => {
  it.live("https goes through a tunnel; CONNECT carries only Host and the proxy's login (attack 13)", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, echo, "localhost")
      const proxy = yield* loginProxy(basicPolicy(basicLogin))
      const transport = yield* make({ proxy: { url: proxy.url, ...login } })
      const headers = { authorization: "Bearer s3cret", cookie: "a=b", "x-api-key": "k", "user-agent": "program/1" }
      const seen = json(yield* transport.send(request(`${server.origin}/x?y=1`, { headers })))
      const target = `localhost:${server.port}`
      assert.deepStrictEqual(proxy.seen.map(({ fields, method, target: to }) => [method, to, fields]), [
        ["CONNECT", target, [["host", target]]],
        ["CONNECT", target, [["host", target], ["proxy-authorization", basic]]]
      ])
      assert.deepStrictEqual([seen.url, seen.headers.authorization, seen.headers.cookie], ["/x?y=1", "Bearer s3cret", "a=b"])
      yield* transport.send(request(server.url))
      assert.strictEqual(proxy.seen.length, 2)
      assert.strictEqual(proxy.accepted(), 1)
    }))

  it.live("Proxy-Authorization never reaches the origin: forwarded, through a tunnel, or straight (attack 12)", () =>
    Effect.gen(function*() {
      const plain = yield* httpServer(echo)
      const secure = yield* httpsServer(good, echo, "localhost")
      const proxy = yield* loginProxy(basicPolicy(basicLogin))
      const transport = yield* make({ proxy: { url: `http://user:pa%3Ass%20w%C3%B6rd@127.0.0.1:${proxy.port}` } })
      const leak = { headers: { "proxy-authorization": "Basic leak" } }
      for (const url of [plain.url, secure.url]) {
        for (const option of [undefined, "none"] as const) {
          assert.isUndefined(json(yield* transport.send(request(url, { ...leak, proxy: option }))).headers["proxy-authorization"])
        }
      }
      assert.notInclude(JSON.stringify(proxy.seen), "leak")
    }))

  it.live("http goes in absolute form, bodies are sent again, and the login is remembered", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const proxy = yield* loginProxy(basicPolicy(basicLogin))
      const transport = yield* make({ proxy: { url: proxy.url, ...login } })
      const target = `${server.origin}/x?y=1`
      const seen = json(yield* transport.send(request(target, { method: "POST", body: bytes("hello"), headers: { "x-a": "1", authorization: "Bearer o" } })))
      assert.deepStrictEqual([seen.url, seen.body, seen.headers["x-a"], seen.headers.host, seen.headers.authorization], ["/x?y=1", "hello", "1", `127.0.0.1:${server.port}`, "Bearer o"])
      assert.deepStrictEqual(proxy.seen.map((each) => [each.target, each.body, each.headers["proxy-authorization"]]), [[target, "hello", undefined], [target, "hello", basic]])
      yield* transport.send(request(server.url))
      assert.deepStrictEqual(authorizations(proxy.seen), [undefined, "Basic", "Basic"])
      assert.strictEqual(proxy.accepted(), 1)
    }))

  it.live("the origin's own 401 and 407 pass through", () =>
    Effect.gen(function*() {
      const answer: Http.RequestListener = (req, res) => res.writeHead(Number(req.url!.slice(1)), { "www-authenticate": "Basic realm=o", "proxy-authenticate": "Basic realm=p" }).end("mine")
      const plain = yield* httpServer(answer)
      const secure = yield* httpsServer(good, answer, "localhost")
      const proxy = yield* loginProxy(basicPolicy(basicLogin))
      const transport = yield* make({ proxy: { url: proxy.url, ...login } })
      const forwarded = yield* transport.send(request(`${plain.origin}/401`))
      assert.deepStrictEqual([forwarded.status, text(forwarded), forwarded.headers["www-authenticate"]], [401, "mine", "Basic realm=o"])
      for (const status of [401, 407]) assert.strictEqual((yield* transport.send(request(`${secure.origin}/${status}`))).status, status)
    }))

  it.live("responses are streamed after a login, too, and interruption closes what they hold", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => void res.end("x".repeat(100_000)))
      const proxy = yield* loginProxy(basicPolicy(basicLogin))
      const transport = yield* make({ proxy: { url: proxy.url, ...login } })
      const read = yield* Effect.scoped(Effect.flatMap(transport.open(request(server.url)), ({ body }) => Stream.runFold(body, () => 0, (sum, chunk) => sum + chunk.length)))
      assert.strictEqual(read, 100_000)
      assert.deepStrictEqual(authorizations(proxy.seen), [undefined, "Basic"])
      yield* Effect.scoped(transport.open(request(server.url)))
      yield* until("the connection of an unread response closed", () => proxy.open.size === 0)
    }))

  it.live("a 407 with a page of any length; more than 64 KiB cost the connection, not the login", () =>
    Effect.gen(function*() {
      const plain = yield* httpServer(echo)
      const secure = yield* httpsServer(good, echo, "localhost")
      for (const body of ["", "x".repeat(20_000), "x".repeat(300_000)]) {
        for (const chunked of [false, true]) {
          const policy = basicPolicy(basicLogin)
          for (const url of [secure.url, plain.url]) {
            const proxy = yield* loginProxy({ answer: (seen) => policy.answer?.(seen) && { status: 407, headers: ["Proxy-Authenticate: Basic realm=p"], body, chunked } })
            const transport = yield* make({ proxy: { url: proxy.url, ...login } })
            // the limit is for responses of the origin
            assert.strictEqual((yield* transport.send(request(url, { maxResponseSize: 5_000 }))).status, 200, `${body.length} ${chunked} ${url}`)
            assert.deepStrictEqual(proxy.seen.map(({ socket }) => socket), body.length > 65_536 ? [0, 1] : [0, 0])
          }
        }
      }
    }))

  it.live("a proxy that itself speaks TLS; the session's own TLS has no say there, nor the proxy's with the server", () =>
    Effect.gen(function*() {
      const other = makeAuthority()
      const proxy = yield* loginProxy({}, { ...other.issue({ hosts: ["127.0.0.1"] }) })
      const plain = yield* httpServer(echo)
      const secure = yield* httpsServer(good, echo)
      const transport = yield* make({ proxy: { url: proxy.url, tls: { ca: other.cert } } })
      for (const url of [plain.url, secure.url]) assert.strictEqual((yield* transport.send(request(url))).status, 200)
      assert.deepStrictEqual(proxy.seen.map((each) => each.method), ["GET", "CONNECT"])
      for (const url of [plain.url, secure.url]) {
        const blind = yield* failing("TlsFailed", (yield* make({ tls: { ca: other.cert, verify: false }, proxy: { url: proxy.url } })).send(request(url)))
        assert.deepStrictEqual([blind.reason, blind.peer], ["untrusted", "proxy"])
        assert.include(blind.detail ?? "", `proxy 127.0.0.1:${proxy.port}`)
      }
      const origin = yield* failing("TlsFailed", (yield* make({ tls: undefined, proxy: { url: proxy.url, tls: { ca: other.cert } } })).send(request(secure.url)))
      assert.deepStrictEqual([origin.reason, origin.peer], ["untrusted", "origin"])
      const broken = yield* failing("TlsFailed", (yield* make({ proxy: { url: proxy.url, tls: { ca: "no certificate" } } })).send(request(secure.url)))
      assert.strictEqual(broken.reason, "configuration")
    }))

  it.live("`verify: false` for a proxy is warned of once", () =>
    Effect.gen(function*() {
      const proxy = yield* loginProxy({}, { ...makeSelfSigned() })
      const server = yield* httpServer(echo)
      const warnings: Array<unknown> = []
      const logger = Logger.make(({ message }) => void warnings.push(message))
      yield* Effect.gen(function*() {
        const transport = yield* make({ proxy: { url: proxy.url, tls: { verify: false } } })
        for (let i = 0; i < 3; i++) yield* transport.send(request(server.url))
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.strictEqual(warnings.length, 1)
    }))

  for (const status of [403, 502]) {
    it.live(`a refusal of ${status} is the proxy's, and no credential is told`, () =>
      Effect.gen(function*() {
        const proxy = yield* proxyServer({ refuse: () => status })
        const transport = yield* make({ proxy: { url: `http://user:s3cret@127.0.0.1:${proxy.port}` } })
        const error = yield* failing("ConnectionFailed", transport.send(request("https://api.example.com/")))
        assert.deepStrictEqual([error.reason, error.processed], ["proxy", "no"])
        assert.include(error.detail ?? "", `127.0.0.1:${proxy.port} answered ${status}`)
        assert.include(error.detail ?? "", "api.example.com:443")
        assert.notInclude(inspect(error, { depth: 9 }) + JSON.stringify(error), "s3cret")
        yield* until("closed", () => proxy.open.size === 0)
      }))
  }

  it.live("[security 37] what a proxy repeats of a login is not shown, wherever it puts it", () =>
    Effect.gen(function*() {
      const proxy = yield* rawServer((socket) => {
        socket.on("error", () => {}).on("data", (data: Buffer) => {
          const [, value] = /proxy-authorization: (.*)\r/i.exec(data.toString("latin1")) ?? []
          const [, token = ""] = value?.split(" ") ?? []
          socket.write(`HTTP/1.1 ${data.includes("forbidden") ? 403 : 407} no ${value ?? "login"}\r\nProxy-Authenticate: Basic realm="p"${value === undefined ? "" : `, ${token}, s3cret-pass`}\r\nContent-Length: 0\r\n\r\n`)
        })
      })
      const said = { username: "ann", password: Redacted.make("s3cret-pass") }
      const told = btoa("ann:s3cret-pass")
      for (const url of ["https://api.example.com/", "http://api.example.com/", "https://forbidden.example.com/"]) {
        const transport = yield* make({ proxy: { url: proxy.url, ...said } })
        yield* Effect.exit(transport.send(request("https://other.example.com/")))
        const error = inspect(yield* Effect.flip(transport.send(request(url))), { depth: 9 })
        assert.include(error, " answered 40")
        assert.notInclude(error, told.replaceAll("=", ""))
        assert.notInclude(error, "s3cret")
      }
    }))

  it.live("a proxy that is not there, closes, or speaks something else; a URL that is none", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const via = (url: string) => Effect.flatMap(make({ proxy: { url, ...login } }), (transport) => failing("ConnectionFailed", transport.send(request("https://api.example.com/"))))
      const absent = yield* via(`http://127.0.0.1:${port}`)
      assert.deepStrictEqual([absent.reason, absent.processed, absent.code], ["proxy", "no", "ECONNREFUSED"])
      assert.include(absent.detail ?? "", `proxy 127.0.0.1:${port}`)
      for (const answer of ["", "SSH-2.0-OpenSSH\r\n\r\n", "x".repeat(20_000), `HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}`]) {
        const server = yield* rawServer((socket) => socket.once("data", () => socket.end(answer)))
        const error = yield* via(server.url)
        assert.deepStrictEqual([error.reason, error.processed], ["proxy", "no"])
      }
      for (const url of ["nonsense", "http://", "http://user:s3cret@"]) {
        const error = yield* via(url)
        assert.strictEqual(error.reason, "proxy")
        assert.notInclude(inspect(error, { depth: 9 }), "s3cret")
      }
      for (const scheme of ["socks4", "socks4a", "ftp"]) {
        const error = yield* failing("CapabilityUnavailable", (yield* make({ proxy: { url: `${scheme}://u:s3cret@127.0.0.1:1` } })).send(request("https://api.example.com/")))
        assert.include(error.capability, scheme)
        assert.include(error.hint, "socks5")
        assert.notInclude(inspect(error, { depth: 9 }), "s3cret")
      }
    }))
})

describe("which proxy", () => {
  const named = Effect.gen(function*() {
    const proxy = yield* loginProxy({})
    return proxy
  })

  it.live("one for each scheme of URLs; what is not named goes straight", () =>
    Effect.gen(function*() {
      const plain = yield* httpServer(echo)
      const secure = yield* httpsServer(good, echo, "localhost")
      const one = yield* named
      const two = yield* named
      const counts = (option: ProxyOption) =>
        Effect.gen(function*() {
          const before = [one.seen.length, two.seen.length]
          const transport = yield* make({ proxy: option })
          for (const url of [plain.url, secure.url]) yield* transport.send(request(url))
          return [one.seen.length - before[0]!, two.seen.length - before[1]!]
        })
      assert.deepStrictEqual(yield* counts({ http: { url: one.url }, https: { url: two.url } }), [1, 1])
      assert.deepStrictEqual(yield* counts({ https: { url: two.url } }), [0, 1])
      assert.deepStrictEqual(yield* counts({ http: "none", https: { url: two.url } }), [0, 1])
      assert.deepStrictEqual(yield* counts({ http: { url: one.url } }), [1, 0])
      assert.deepStrictEqual(yield* counts({ url: one.url }), [2, 0])
      assert.deepStrictEqual(yield* counts("none"), [0, 0])
    }))

  it.live("a request's proxy beats the layer's, and connections are not shared between them", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, echo, "localhost")
      const one = yield* named
      const two = yield* named
      const transport = yield* make({ proxy: { url: one.url } })
      for (const proxy of [undefined, { url: two.url }, "none", undefined, { url: two.url }] as const) yield* transport.send(request(server.url, { proxy }))
      assert.deepStrictEqual([one.seen.length, two.seen.length, server.accepted()], [1, 1, 3])
    }))

  it.live("the environment is read when the transport is made; NO_PROXY and the machine itself go direct; SOCKS 5 by ALL_PROXY", () =>
    Effect.gen(function*() {
      const proxy = yield* loginProxy({ answer: (seen) => basicPolicy("envuser:envpass").answer?.(seen) ?? { status: 403 } })
      const environment: Record<string, string> = { HTTPS_PROXY: `http://envuser:envpass@127.0.0.1:${proxy.port}`, NO_PROXY: "direct.invalid" }
      const transport = yield* NodeTransport.make({ environment })
      environment["HTTPS_PROXY"] = "http://127.0.0.1:1"
      const error = yield* failing("ConnectionFailed", transport.send(request("https://api.example.com/")))
      assert.include(error.detail ?? "", "answered 403")
      assert.strictEqual(proxy.seen[1]?.headers["proxy-authorization"], `Basic ${btoa("envuser:envpass")}`)
      assert.notInclude(inspect(error, { depth: 9 }), "envpass")
      assert.strictEqual((yield* failing("ConnectionFailed", transport.send(request("https://direct.invalid/")))).reason, "dns")
      const local = yield* httpsServer(good, echo, "localhost")
      assert.strictEqual((yield* transport.send(request(local.url, { tls: { ca } }))).status, 200)
      assert.strictEqual(proxy.seen.length, 2)
      const socks = yield* socksProxy({ login: "u:p", reply: () => 5 })
      const through = yield* NodeTransport.make({ environment: { all_proxy: `socks5h://u:p@127.0.0.1:${socks.port}` } })
      assert.include(yield* refusing(through.send(request("http://api.example.com/"))), "refused the connection")
      assert.deepStrictEqual(socks.seen.map(({ host, login, port }) => [host, login, port]), [["api.example.com", "u:p", 80]])
    }))

  it.live("`<PREFIX>_PROXY` takes user name and password in the URL, and nothing shows them (attack 21)", () =>
    Effect.gen(function*() {
      class Api extends Session.Service<Api>()("api") {}
      const get = Endpoint.get(Api, "/x", { name: "get", success: Schema.Unknown })
      const server = yield* httpServer((_req, res) => void res.setHeader("content-type", "application/json").end("{}"))
      const proxy = yield* loginProxy(basicPolicy("ann:c%nary"))
      const socks = yield* socksProxy({ login: "ann:c%nary" })
      for (const url of [`http://ann:c%25nary@127.0.0.1:${proxy.port}`, `socks5://ann:c%25nary@127.0.0.1:${socks.port}`, `socks5h://ann:wrong-c%25nary@127.0.0.1:${socks.port}`]) {
        const provider = ConfigProvider.layer(ConfigProvider.fromUnknown({ API_URL: server.url, API_PROXY: url }))
        const parts = Api.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.fromConfig("API"), Node.layer({ environment: {} })]), Layer.provide(provider))
        const [outcome, explained, configuration] = yield* Effect.all([Effect.exit(get({})), Api.explain(), Effect.void]).pipe(Effect.provide(parts))
        assert.strictEqual(Exit.isSuccess(outcome), !url.includes("wrong"), inspect(outcome))
        const settings = yield* Effect.provide(Configuration.Configuration, Configuration.fromConfig("API").pipe(Layer.provide(provider)))
        assert.notMatch(inspect([outcome, explained, configuration, settings], { depth: 20 }) + JSON.stringify([outcome, explained, settings]), /c%(?:25)?nary/)
        assert.include(explained.text, "127.0.0.1")
      }
      const wrong = ConfigProvider.layer(ConfigProvider.fromUnknown({ API_URL: server.url, API_PROXY: "proxy.example:3128" }))
      const failure = yield* Effect.flip(Effect.provide(Configuration.Configuration, Configuration.fromConfig("API").pipe(Layer.provide(wrong))))
      assert.include(failure.message, "API_PROXY")
      assert.include(failure.message, "socks5")
    }))
})

describe("logins at a proxy", () => {
  it.live("the strongest scheme that is offered is taken, and sent without being asked from then on", () =>
    Effect.gen(function*() {
      const secure = yield* httpsServer(good, echo, "localhost")
      const plain = yield* httpServer(echo)
      const proxy = yield* loginProxy(digestPolicy("user", "pa:ss w\u00f6rd"))
      const transport = yield* make({ proxy: { url: proxy.url, ...login } })
      yield* transport.send(request(secure.url))
      yield* transport.send(request(secure.url, { partition: "another connection" }))
      yield* transport.send(request(`${plain.origin}/a?b=c`, { method: "POST", body: bytes("x") }))
      assert.deepStrictEqual(authorizations(proxy.seen), [undefined, "Digest", "Digest", "Digest"])
      const uris = proxy.seen.slice(1).map(({ headers }) => /uri="([^"]*)"/.exec(headers["proxy-authorization"] ?? "")?.[1])
      assert.deepStrictEqual(uris, [`localhost:${secure.port}`, `localhost:${secure.port}`, `${plain.origin}/a?b=c`])
      assert.notInclude(JSON.stringify(proxy.seen), Buffer.from("pa:ss").toString("base64").slice(0, 6))
    }))

  it.live("407 in mid-session: only the proxy's credentials are renewed (fault 32)", () =>
    Effect.gen(function*() {
      const origins: Array<string | undefined> = []
      const listener: Http.RequestListener = (req, res) => {
        origins.push(req.headers.authorization)
        res.end("ok")
      }
      const plain = yield* httpServer(listener)
      const secure = yield* httpsServer(good, listener, "localhost")
      const policy = digestPolicy("user", "pa:ss w\u00f6rd", 2)
      const proxy = yield* loginProxy(policy)
      const transport = yield* make({ proxy: { url: proxy.url, ...login } })
      for (let i = 0; i < 4; i++) {
        for (const url of [plain.url, secure.url]) {
          const sent = request(url, { method: "POST", body: bytes("x"), partition: String(i), headers: { authorization: `Bearer ${origins.length}` } })
          assert.strictEqual((yield* transport.send(sent)).status, 200)
        }
      }
      // each request came to the server once, with what it had for the server
      assert.deepStrictEqual(origins, Array.from({ length: 8 }, (_, i) => `Bearer ${i}`))
      assert.strictEqual(policy.nonces.length, 4)
      assert.strictEqual(proxy.seen.length, 8 + 4)
    }))

  it.live("what a proxy says of the next nonce is used; a wrong proof of its own fails the call", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const policy = digestPolicy("user", "p", 1)
      const told: Array<string> = []
      const proxy = yield* loginProxy({
        ...policy,
        beside: () => {
          const reply = policy.answer?.({ method: "", target: "", fields: [], headers: {}, body: "", socket: 0 })
          void reply
          told.push(policy.nonces.at(-1) ?? "")
          return [`Proxy-Authentication-Info: nextnonce="${policy.nonces.at(-1)}"`]
        }
      })
      const transport = yield* make({ proxy: { url: proxy.url, username: "user", password: Redacted.make("p") } })
      for (let i = 0; i < 3; i++) assert.strictEqual((yield* transport.send(request(server.url))).status, 200)
      // one challenge, and then never stale
      assert.strictEqual(proxy.seen.length, 4)
      const liar = yield* loginProxy({ ...digestPolicy("user", "p"), beside: () => ["Proxy-Authentication-Info: qop=auth, rspauth=\"0123\", cnonce=\"x\", nc=00000001"] })
      const secure = yield* httpsServer(good, echo, "localhost")
      for (const [url, processed] of [[server.url, "maybe"], [secure.url, "no"]] as const) {
        const error = yield* failing("ConnectionFailed", (yield* make({ proxy: { url: liar.url, username: "user", password: Redacted.make("p") } })).send(request(url)))
        assert.deepStrictEqual([error.reason, error.processed], ["proxy", processed], error.message)
      }
    }))

  it.live("one that was refused is not followed by a weaker one; it says what was refused", () =>
    Effect.gen(function*() {
      const proxy = yield* loginProxy(digestPolicy("user", "another"))
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        const before = proxy.seen.length
        const transport = yield* make({ proxy: { url: proxy.url, ...login } })
        assert.match(yield* refusing(transport.send(request(url))), /^proxy 127\.0\.0\.1:\d+ answered 407.*: it refused the login \(Digest\)$/)
        assert.deepStrictEqual(authorizations(proxy.seen.slice(before)), [undefined, "Digest"])
      }
      yield* until("closed", () => proxy.open.size <= 1)
    }))

  it.live("after a stronger scheme, an offer of weaker ones alone is refused", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const digest = digestPolicy("user", "p")
      let weak = false
      const proxy = yield* loginProxy({ answer: (seen) => weak ? basicPolicy("user:p").answer?.(seen) : digest.answer?.(seen) })
      const transport = yield* make({ proxy: { url: proxy.url, username: "user", password: Redacted.make("p") } })
      yield* transport.send(request(server.url))
      weak = true
      assert.include(yield* refusing(transport.send(request(server.url))), "downgrade refused: it took Digest before, and now it offers Basic")
      assert.notInclude(authorizations(proxy.seen), "Basic")
    }))

  it.live("nothing that serves: it says what is offered and what is enabled", () =>
    Effect.gen(function*() {
      const challenge = (value: string): Policy => ({ answer: () => ({ status: 407, headers: [`Proxy-Authenticate: ${value}`] }) })
      const proxy = yield* loginProxy(challenge("NTLM, Negotiate"))
      const none = yield* loginProxy({ answer: () => ({ status: 407 }) })
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        const send = (option: ProxyOption) => Effect.flatMap(make({ proxy: option }), (transport) => refusing(transport.send(request(url))))
        assert.include(yield* send({ url: proxy.url }), "it wants a login: it offers NTLM, Negotiate; give the proxy's user name and password")
        assert.include(yield* send({ url: proxy.url, ...login }), "it offers NTLM, Negotiate (NTLM: not enabled; Negotiate: not enabled); enabled: Digest, Basic")
        assert.include(yield* send({ url: none.url, ...login }), "it offers no scheme")
      }
    }))

  it.live("a scheme that does not work here is passed over; where no other serves, it says what to do", () =>
    Effect.gen(function*() {
      const missing: Scheme = {
        name: "Negotiate",
        strength: 40,
        bound: false,
        exposes: false,
        identity: undefined,
        secrets: () => [],
        open: () => ({
          begin: () => ({
            first: () => Effect.undefined,
            answer: () => Effect.fail(new SchemeError({ reason: "unavailable", detail: "Kerberos is not installed", hint: "npm install kerberos" })),
            accepted: () => Effect.void,
            settled: () => false
          })
        })
      }
      const server = yield* httpServer(echo)
      const proxy = yield* loginProxy({
        answer: (seen) => basicPolicy(basicLogin).answer?.(seen) && { status: 407, headers: ["Proxy-Authenticate: Negotiate", "Proxy-Authenticate: Basic realm=p"] }
      })
      const both = yield* make({ proxy: { url: proxy.url, schemes: [missing, SchemeModule.basic(login)] } })
      assert.strictEqual((yield* both.send(request(server.url))).status, 200)
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        const error = yield* failing("CapabilityUnavailable", (yield* make({ proxy: { url: proxy.url, schemes: [missing] } })).send(request(url)))
        assert.include(error.capability, "Kerberos is not installed")
        assert.strictEqual(error.hint, "npm install kerberos")
      }
    }))

  it.live("a proxy that asks for ever is given up", () =>
    Effect.gen(function*() {
      const policy = digestPolicy("user", "pa:ss w\u00f6rd", 0)
      const proxy = yield* loginProxy(policy)
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        const before = proxy.seen.length
        yield* refusing(Effect.flatMap(make({ proxy: { url: proxy.url, ...login } }), (transport) => transport.send(request(url))))
        assert.isAtMost(proxy.seen.length - before, 5)
      }
      const endless: Scheme = { ...rounds("ann"), open: () => ({ begin: () => ({ first: () => Effect.undefined, answer: () => Effect.succeed("Rounds x"), accepted: () => Effect.void, settled: () => false }) }) }
      const asking = yield* loginProxy({ answer: () => ({ status: 407, headers: ["Proxy-Authenticate: Rounds x"] }) })
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        const before = asking.seen.length
        assert.include(yield* refusing(Effect.flatMap(make({ proxy: { url: asking.url, schemes: [endless] } }), (transport) => transport.send(request(url)))), "it keeps asking")
        assert.strictEqual(asking.seen.length - before, 5)
      }
    }))

  it.live("what would end a line of the request is never sent (attack 16)", () =>
    Effect.gen(function*() {
      const idle = yield* loginProxy({})
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        for (const username of ["a\r\nx", "a\0", "a\n"]) {
          for (const option of [{ url: idle.url, username, password: Redacted.make("s3cret") }, { url: `http://${encodeURIComponent(username)}:s3cret@127.0.0.1:${idle.port}` }]) {
            const error = yield* failing("ConnectionFailed", Effect.flatMap(make({ proxy: option }), (transport) => transport.send(request(url))))
            assert.deepStrictEqual([error.reason, error.processed], ["proxy", "no"])
            assert.notInclude(inspect(error, { depth: 9 }), "s3cret")
          }
        }
      }
      assert.strictEqual(idle.accepted(), 0)
      const evil: Scheme = { ...rounds("ann"), open: () => ({ begin: () => ({ first: () => Effect.undefined, answer: () => Effect.succeed("Rounds x\r\nX-Evil: 1"), accepted: () => Effect.void, settled: () => false }) }) }
      const proxy = yield* loginProxy({ answer: () => ({ status: 407, headers: ["Proxy-Authenticate: Rounds"] }) })
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        yield* refusing(Effect.flatMap(make({ proxy: { url: proxy.url, schemes: [evil] } }), (transport) => transport.send(request(url))))
      }
      // a tunnel is asked for byte by byte: the last eight bits of these end a line, too
      const sly: Scheme = { ...rounds("ann"), open: () => ({ begin: () => ({ first: () => Effect.undefined, answer: () => Effect.succeed("Rounds x\u010d\u010aX-Evil: 1"), accepted: () => Effect.void, settled: () => false }) }) }
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        yield* refusing(Effect.flatMap(make({ proxy: { url: proxy.url, schemes: [sly] } }), (transport) => transport.send(request(url))))
      }
      assert.notInclude(JSON.stringify(proxy.seen), "vil")
    }))

  it.live("a scheme's warning is logged once", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const proxy = yield* loginProxy(roundsPolicy())
      const warnings: Array<unknown> = []
      const logger = Logger.make(({ message }) => void warnings.push(message))
      yield* Effect.gen(function*() {
        const transport = yield* make({ proxy: { url: proxy.url, schemes: [{ ...rounds("ann"), warning: "Rounds is old" }] } })
        for (let i = 0; i < 3; i++) yield* transport.send(request(server.url, { partition: String(i) }))
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(warnings.flat(), ["Rounds is old"])
    }))
})

describe("logins that belong to the connection", () => {
  for (const chunked of [false, true]) {
    it.live(`rounds of CONNECT go over one socket, bodies of 407 read away (${chunked ? "chunked" : "Content-Length"})`, () =>
      Effect.gen(function*() {
        const server = yield* httpsServer(good, echo, "localhost")
        const proxy = yield* loginProxy(roundsPolicy({ chunked }))
        const transport = yield* make({ proxy: { url: proxy.url, schemes: [rounds("ann")] } })
        assert.strictEqual((yield* transport.send(request(server.url))).status, 200)
        assert.deepStrictEqual(proxy.seen.map(({ headers, socket }) => [socket, headers["proxy-authorization"]]), [[0, undefined], [0, "Rounds hello"], [0, "Rounds ann-n0"]])
        yield* transport.send(request(server.url, { partition: "another" }))
        assert.deepStrictEqual(proxy.seen.slice(3).map(({ headers, socket }) => [socket, headers["proxy-authorization"]]), [[1, "Rounds hello"], [1, "Rounds ann-n1"]])
      }))
  }

  it.live("a proxy that closes after its first 407 is connected to again", () =>
    Effect.gen(function*() {
      const plain = yield* httpServer(echo)
      const secure = yield* httpsServer(good, echo, "localhost")
      for (const how of ["announced", "silent", "said"] as const) {
        // a request that a proxy forwards may have been acted on where the connection just closes
        const urls = how === "silent" ? [secure.url] : [secure.url, plain.url]
        for (const url of urls) {
          const proxy = yield* loginProxy(roundsPolicy({ closes: (seen) => seen.headers["proxy-authorization"] === undefined ? how : undefined }))
          const transport = yield* make({ proxy: { url: proxy.url, schemes: [rounds("ann")] } })
          assert.strictEqual((yield* transport.send(request(url))).status, 200, `${how} ${url}`)
          if (how !== "silent") assert.deepStrictEqual(proxy.seen.map(({ socket }) => socket), [0, 1, 1])
          yield* until("the connection that has no more use closed", () => proxy.open.size === 1)
        }
        const basicProxy = yield* loginProxy({ answer: (seen) => {
          const reply = basicPolicy(basicLogin).answer?.(seen)
          return reply && { ...reply, close: how }
        } })
        for (const url of urls) {
          const transport = yield* make({ proxy: { url: basicProxy.url, ...login } })
          assert.strictEqual((yield* transport.send(request(url))).status, 200, `${how} ${url}`)
        }
      }
    }))

  it.live("a login that is not taken any more is asked for anew the next time", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      let accepted = basicLogin
      const proxy = yield* loginProxy({ answer: (seen) => basicPolicy(accepted).answer?.(seen) })
      const transport = yield* make({ proxy: { url: proxy.url, ...login } })
      yield* transport.send(request(server.url))
      accepted = "user:changed"
      assert.include(yield* refusing(transport.send(request(server.url))), "it refused the login (Basic)")
      accepted = basicLogin
      yield* transport.send(request(server.url))
      assert.deepStrictEqual(authorizations(proxy.seen), [undefined, "Basic", "Basic", undefined, "Basic"])
    }))

  it.live("one that closes in the middle of a handshake is told, and not tried for ever", () =>
    Effect.gen(function*() {
      const proxy = yield* loginProxy(roundsPolicy({ closes: (seen) => seen.headers["proxy-authorization"] === "Rounds hello" ? "announced" : undefined }))
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        const before = proxy.seen.length
        const transport = yield* make({ proxy: { url: proxy.url, schemes: [rounds("ann")] } })
        assert.include(yield* refusing(transport.send(request(url))), "it closed the connection in the middle of the login (Rounds)")
        assert.strictEqual(proxy.seen.length - before, 2)
      }
      const silent = yield* loginProxy(roundsPolicy({ closes: (seen) => seen.headers["proxy-authorization"] === "Rounds hello" ? "silent" : undefined }))
      for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
        const before = silent.seen.length
        const error = yield* failing("ConnectionFailed", Effect.flatMap(make({ proxy: { url: silent.url, schemes: [rounds("ann")] } }), (transport) => transport.send(request(url))))
        assert.include(error.detail ?? "", `proxy 127.0.0.1:${silent.port}`)
        assert.isAtMost(silent.seen.length - before, 4)
      }
      const mute = yield* rawServer((socket) => {
        socket.on("error", () => {}).on("data", (data: Buffer) => {
          const [, said] = /proxy-authorization: (.*)\r/i.exec(data.toString("latin1")) ?? []
          if (said?.startsWith("Rounds ann") === true) return void socket.destroy()
          socket.write(`HTTP/1.1 407 login\r\nProxy-Authenticate: Rounds${said === undefined ? "" : " n"}\r\nContent-Length: 0\r\n\r\n`)
        })
      })
      const error = yield* refusing(Effect.flatMap(make({ proxy: { url: mute.url, schemes: [rounds("ann")] } }), (transport) => transport.send(request("https://api.example.com/"))))
      assert.include(error, "closed the connection in the middle of the login (Rounds)")
      assert.strictEqual(mute.accepted(), 1)
    }))

  it.live("one on which a login failed is not used again", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const refused = new Set<number>()
      // some proxies take no login on a connection any more that saw one fail
      const policy = roundsPolicy({ user: "ann" })
      const proxy = yield* loginProxy({
        answer: (seen) => {
          const reply = refused.has(seen.socket) ? { status: 407, headers: ["Proxy-Authenticate: Rounds"] } : policy.answer?.(seen)
          if (reply !== undefined && seen.headers["proxy-authorization"]?.startsWith("Rounds bob") === true) refused.add(seen.socket)
          return reply
        }
      })
      let name = "bob"
      const either: Scheme = { ...rounds(""), open: (peer) => ({ begin: (asked) => rounds(name).open(peer).begin(asked) }) }
      const transport = yield* make({ proxy: { url: proxy.url, schemes: [either] } })
      assert.include(yield* refusing(transport.send(request(server.url))), "it refused the login")
      name = "ann"
      assert.strictEqual((yield* transport.send(request(server.url))).status, 200)
      assert.deepStrictEqual([...refused], [0])
    }))

  it.live("requests for http: each connection is logged in once, the body of a POST arrives once", () =>
    Effect.gen(function*() {
      const bodies: Array<string> = []
      const server = yield* httpServer((req, res) => {
        let body = ""
        req.on("data", (chunk: Buffer) => body += chunk.toString())
        req.on("end", () => {
          bodies.push(body)
          setTimeout(() => res.end("ok"), 5)
        })
      })
      const proxy = yield* loginProxy(roundsPolicy())
      const transport = yield* make({ proxy: { url: proxy.url, schemes: [rounds("ann")] } })
      const post = (body: string) => transport.send(request(server.url, { method: "POST", body: bytes(body) }))
      yield* post("0")
      assert.deepStrictEqual(proxy.seen.map(({ body, headers, socket }) => [socket, headers["proxy-authorization"], body]), [[0, undefined, "0"], [0, "Rounds hello", "0"], [0, "Rounds ann-n0", "0"]])
      yield* post("1")
      assert.strictEqual(proxy.seen.length, 4)
      yield* Effect.all(Array.from({ length: 16 }, (_, i) => post(String(i + 2))), { concurrency: "unbounded" })
      assert.deepStrictEqual(bodies.map(Number).sort((a, b) => a - b), Array.from({ length: 18 }, (_, i) => i))
      assert.strictEqual(proxy.accepted(), 16)
      assert.strictEqual(proxy.seen.length, 4 + 16 + 15 * 1)
    }))

  it.live("a connection that dies is logged in anew", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const proxy = yield* loginProxy(roundsPolicy())
      const transport = yield* make({ proxy: { url: proxy.url, schemes: [rounds("ann")] } })
      for (let i = 0; i < 4; i++) {
        assert.strictEqual((yield* transport.send(request(server.url, { method: "POST", body: bytes("x") }))).status, 200)
        for (const socket of proxy.open) socket.destroy()
        yield* until("closed", () => proxy.open.size === 0)
      }
      assert.strictEqual(proxy.accepted(), 4)
    }))

  it.live("no identity meets another's connection, tunnelled or forwarded (attacks 15, 25)", () =>
    Effect.gen(function*() {
      const plain = yield* httpServer(echo)
      const secure = yield* httpsServer(good, echo, "localhost")
      const policies = { ann: roundsPolicy({ user: "ann" }), bob: roundsPolicy({ user: "bob" }) }
      const served: Array<string> = []
      const proxy = yield* loginProxy({
        answer: (seen) => {
          const user = policies.ann.users.get(seen.socket) ?? policies.bob.users.get(seen.socket)
          const policy = /bob/.test(seen.headers["proxy-authorization"] ?? "") ? policies.bob : policies.ann
          if (user !== undefined) {
            served.push(`${user} ${seen.headers["x-user"] ?? ""}`)
            return undefined
          }
          const other = policy === policies.ann ? policies.bob : policies.ann
          const reply = policy.answer?.(seen)
          if (seen.headers["proxy-authorization"] === "Rounds hello") void other.answer?.(seen)
          if (reply === undefined) served.push(`${policy === policies.ann ? "ann" : "bob"} ${seen.headers["x-user"] ?? ""}`)
          return reply
        }
      })
      const transport = yield* make({ proxy: "none" })
      const options = { ann: { url: proxy.url, schemes: [rounds("ann")] }, bob: { url: proxy.url, schemes: [rounds("bob")] } }
      const send = (i: number) => {
        const user = i % 2 === 0 ? "ann" as const : "bob" as const
        return transport.send(request(i % 4 < 2 ? plain.url : secure.url, { proxy: options[user], headers: { "x-user": user } }))
      }
      yield* Effect.all(Array.from({ length: 80 }, (_, i) => send(i)), { concurrency: 8 })
      for (const each of served) assert.include(["ann ann", "bob bob", "ann ", "bob "], each)
      assert.strictEqual(served.filter((each) => each.endsWith("ann") && each.length > 4).length >= 20, true)
    }))

  it.live("a request that is on a reserved connection stays on it", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const proxy = yield* loginProxy(roundsPolicy())
      const transport = yield* make({ proxy: { url: proxy.url, schemes: [rounds("ann")] } })
      yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* transport.reserve!(request(server.url), true)
        for (let i = 0; i < 3; i++) yield* transport.send(request(server.url, { connection }))
        // meanwhile somebody else
        yield* transport.send(request(server.url))
      }))
      assert.deepStrictEqual(proxy.seen.map(({ socket }) => socket), [0, 0, 0, 0, 0, 1, 1])
    }))

  it.live("a body that can be sent once only fails before it is read, unless the login is settled", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const proxy = yield* loginProxy(roundsPolicy())
      const transport = yield* make({ proxy: { url: proxy.url, schemes: [rounds("ann")] } })
      let read = 0
      const stream = Stream.sync(() => {
        read++
        return new TextEncoder().encode("streamed")
      })
      const once = { _tag: "Stream", stream, length: 8, replay: false } as const
      const upload = transport.send(request(server.url, { method: "POST", body: once }))
      const error = yield* failing("ConnectionFailed", upload)
      assert.deepStrictEqual([error.reason, error.processed, read, proxy.seen.length], ["body", "no", 0, 0])
      assert.include(error.detail ?? "", "proxy 127.0.0.1")
      yield* transport.send(request(server.url))
      assert.strictEqual(json(yield* upload).body, "streamed")
      assert.strictEqual(read, 1)
      // nobody asks for a login: nothing has to be sent again
      const open = yield* make({ proxy: { url: (yield* loginProxy({})).url } })
      assert.strictEqual(json(yield* open.send(request(server.url, { method: "POST", body: once }))).body, "streamed")
    }))
})

describe("what is learnt at one proxy", () => {
  it.live("stays there: another one is asked afresh (attack 10)", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, echo, "localhost")
      const one = yield* loginProxy(digestPolicy("user", "pa:ss w\u00f6rd"))
      const two = yield* loginProxy(digestPolicy("user", "pa:ss w\u00f6rd"))
      const transport = yield* make()
      for (const url of [one.url, two.url, one.url, two.url]) yield* transport.send(request(server.url, { proxy: { url, ...login } }))
      assert.deepStrictEqual(authorizations(one.seen), [undefined, "Digest"])
      assert.deepStrictEqual(authorizations(two.seen), [undefined, "Digest"])
      // the same proxy under another name is another one
      yield* transport.send(request(server.url, { proxy: { url: `http://localhost:${one.port}`, ...login } }))
      assert.deepStrictEqual(authorizations(one.seen), [undefined, "Digest", undefined, "Digest"])
    }))

  it.live("a redirect that changes the proxy does not take the first one's credentials along (attack 11)", () =>
    Effect.gen(function*() {
      class Api extends Session.Service<Api>()("api") {}
      const get = Endpoint.get(Api, "/go", { name: "get", success: Schema.Unknown })
      const secure = yield* httpsServer(good, (_req, res) => void res.setHeader("content-type", "application/json").end("{}"), "localhost")
      const plain = yield* httpServer((_req, res) => res.writeHead(302, { location: `${secure.origin}/there` }).end())
      const one = yield* loginProxy(basicPolicy("first:c4nary"))
      const two = yield* loginProxy(basicPolicy("second:other"))
      const send = (https: { readonly username?: string; readonly password?: Redacted.Redacted<string> }) =>
        Effect.exit(get({})).pipe(Effect.provide(Api.layer().pipe(Layer.provide([
          Auth.anonymous(),
          Configuration.layer({
            baseUrl: plain.url,
            proxy: { http: { url: one.url, username: "first", password: Redacted.make("c4nary") }, https: { url: two.url, ...https } }
          }),
          NodeTransport.layer({ environment: {}, tls: { ca } })
        ]))))
      assert.isTrue(Exit.isFailure(yield* send({})))
      const sent = yield* send({ username: "second", password: Redacted.make("other") })
      assert.isTrue(Exit.isSuccess(sent), inspect(sent))
      assert.isAbove(two.seen.length, 1)
      assert.notInclude(JSON.stringify(two.seen), btoa("first:c4nary"))
      assert.notInclude(JSON.stringify(one.seen), btoa("second:other"))
    }))

  it.live("credentials that are taken away are gone from pooled tunnels (attack 14), and others get a new tunnel (attack 15)", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, echo, "localhost")
      const proxy = yield* loginProxy({ answer: (seen) => seen.headers["proxy-authorization"] === undefined ? { status: 407, headers: ["Proxy-Authenticate: Basic realm=p"] } : undefined })
      const transport = yield* make()
      const send = (username?: string, password?: string) =>
        transport.send(request(server.url, { proxy: { url: proxy.url, ...(username === undefined ? {} : { username, password: Redacted.make(password ?? "") }) } }))
      yield* send("a", "1")
      yield* refusing(send())
      yield* send("a", "2")
      yield* send("a", "1")
      yield* send("a", "2")
      yield* send("b", "1")
      const all = proxy.seen.map(({ headers }) => headers["proxy-authorization"]).filter((value) => value !== undefined)
      assert.deepStrictEqual(all, [`Basic ${btoa("a:1")}`, `Basic ${btoa("a:2")}`, `Basic ${btoa("b:1")}`])
      assert.strictEqual(server.accepted(), 3)
      // user name and password in the URL are the same identity as beside it
      yield* transport.send(request(server.url, { proxy: { url: `http://a:1@127.0.0.1:${proxy.port}` } }))
      assert.strictEqual(server.accepted(), 3)
    }))
})

describe("limits", () => {
  const slow = (started: Deferred.Deferred<void>, ended: { interrupted: boolean }): Scheme => ({
    ...rounds("ann"),
    open: () => ({
      begin: () => ({
        first: () => Effect.undefined,
        answer: () => Effect.onInterrupt(Effect.andThen(Deferred.succeed(started, undefined), Effect.never), () => Effect.sync(() => {
          ended.interrupted = true
        })),
        accepted: () => Effect.void,
        settled: () => false
      })
    })
  })

  for (const url of ["https://api.example.com/", "http://api.example.com/"]) {
    it.live(`interruption ends a login at once, and its connection (${url.split(":")[0]})`, () =>
      Effect.gen(function*() {
        const proxy = yield* loginProxy({ answer: () => ({ status: 407, headers: ["Proxy-Authenticate: Rounds"] }) })
        const started = yield* Deferred.make<void>()
        const ended = { interrupted: false }
        const scope = yield* Scope.make()
        const transport = yield* Scope.provide(make({ proxy: { url: proxy.url, schemes: [slow(started, ended)] } }), scope)
        const fiber = yield* Effect.forkChild(transport.send(request(url)))
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        yield* until("interrupted", () => ended.interrupted)
        yield* Scope.close(scope, Exit.void)
        yield* until("closed", () => proxy.open.size === 0)
        const deadlines = yield* Effect.withFiber((self) => Effect.succeed(Deadlines.of(self.getRef(Clock.Clock))))
        assert.strictEqual(deadlines.size, 0)
      }))
  }

  it.live("a login counts into the time to connect, and into the request's own limit", () =>
    Effect.gen(function*() {
      const proxy = yield* loginProxy({ answer: () => ({ status: 407, headers: ["Proxy-Authenticate: Rounds"] }) })
      const started = yield* Deferred.make<void>()
      const ended = { interrupted: false }
      const transport = yield* make({ connectTimeout: 80, proxy: { url: proxy.url, schemes: [slow(started, ended)] } })
      const error = yield* failing("Timeout", transport.send(request("https://api.example.com/")))
      assert.deepStrictEqual([error.phase, error.processed, ended.interrupted], ["connect", "no", true])
      yield* until("closed", () => proxy.open.size === 0)
      // the limit holds for all rounds together, and is told as it was given
      const lazy = yield* loginProxy(basicPolicy(basicLogin))
      const server = yield* rawServer(() => {})
      const limited = yield* make({ proxy: { url: lazy.url, ...login } })
      const begun = Date.now()
      const late = yield* failing("Timeout", limited.send(request(server.url, { limit: { millis: 60, phase: "attempt", whole: 500 } })))
      assert.deepStrictEqual([late.phase, Duration.toMillis(late.limit), lazy.seen.length], ["attempt", 500, 2])
      assert.isBelow(Date.now() - begun, 2_000)
    }))

  it.live("a proxy that never answers CONNECT, or the greeting of SOCKS", () =>
    Effect.gen(function*() {
      const server = yield* rawServer((socket) => void socket.resume())
      for (const url of [server.url, `socks5://127.0.0.1:${server.port}`]) {
        const error = yield* failing("Timeout", (yield* make({ connectTimeout: 60, proxy: { url } })).send(request("https://api.example.com/")))
        assert.deepStrictEqual([error.phase, error.processed], ["connect", "no"])
        yield* until("closed", () => server.open.size === 0)
      }
    }))
})

describe("SOCKS 5", () => {
  it.live("http and https, names resolved by the proxy, addresses as they are", () =>
    Effect.gen(function*() {
      const plain = yield* httpServer(echo)
      const secure = yield* httpsServer(good, echo, "localhost")
      const socks = yield* socksProxy()
      for (const scheme of ["socks5", "socks5h"]) {
        const transport = yield* make({ proxy: { url: `${scheme}://127.0.0.1:${socks.port}` } })
        const before = socks.seen.length
        assert.strictEqual(json(yield* transport.send(request(`${plain.origin}/a?b=c`))).url, "/a?b=c")
        assert.strictEqual((yield* transport.send(request(secure.url))).status, 200)
        assert.strictEqual((yield* transport.send(request(`http://only-there.invalid:${plain.port}/`))).status, 200)
        assert.strictEqual((yield* transport.send(request(`http://[::1]:${plain.port}/`))).status, 200)
        yield* transport.send(request(`${plain.origin}/again`))
        assert.deepStrictEqual(socks.seen.slice(before).map(({ host, methods, port, type }) => [methods, type, host, port]), [
          ["00", "ipv4", "127.0.0.1", plain.port],
          ["00", "name", "localhost", secure.port],
          ["00", "name", "only-there.invalid", plain.port],
          ["00", "ipv6", "00000000000000000000000000000001", plain.port]
        ])
      }
    }))

  it.live("user name and password; one identity does not get another's tunnel", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, echo, "localhost")
      const socks = yield* socksProxy({ login: basicLogin })
      const url = `socks5://127.0.0.1:${socks.port}`
      const transport = yield* make()
      yield* transport.send(request(server.url, { proxy: { url, ...login } }))
      assert.deepStrictEqual(socks.seen.map(({ login, methods }) => [methods, login]), [["0002", basicLogin]])
      for (const [option, words] of [
        [{ url }, "it wants a login"],
        [{ url, username: "user", password: Redacted.make("s3cret") }, "it refused the user name or the password"],
        [{ url, username: "user", password: Redacted.make("") }, "1 to 255 bytes"]
      ] as const) {
        const error = yield* failing("ConnectionFailed", transport.send(request(server.url, { proxy: option })))
        assert.deepStrictEqual([error.reason, error.processed], ["proxy", "no"])
        assert.include(error.detail ?? "", words)
        assert.include(error.detail ?? "", `proxy 127.0.0.1:${socks.port}`)
        assert.notInclude(inspect(error, { depth: 9 }), "s3cret")
      }
    }))

  it.live("the proxy's failures are told apart from the server's", () =>
    Effect.gen(function*() {
      const secure = yield* httpsServer({ ...makeSelfSigned() }, echo, "localhost")
      const socks = yield* socksProxy()
      const transport = yield* make({ proxy: { url: `socks5://127.0.0.1:${socks.port}` } })
      const error = yield* failing("TlsFailed", transport.send(request(secure.url)))
      assert.strictEqual(error.peer, "origin")
      const refusals = yield* socksProxy({ reply: () => 4 })
      assert.include(yield* refusing(Effect.flatMap(make({ proxy: { url: `socks5://127.0.0.1:${refusals.port}` } }), (each) => each.send(request(secure.url)))), "the server cannot be reached")
      const http = yield* rawServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")))
      assert.include(yield* refusing(Effect.flatMap(make({ proxy: { url: `socks5://127.0.0.1:${http.port}` } }), (each) => each.send(request(secure.url)))), "not SOCKS 5")
      const silent = yield* rawServer((socket) => socket.once("data", () => socket.end()))
      yield* refusing(Effect.flatMap(make({ proxy: { url: `socks5://127.0.0.1:${silent.port}` } }), (each) => each.send(request(secure.url))))
    }))
})

describe("names and addresses", () => {
  /** What Node asks for a name. */
  const resolving = (addresses: () => ReadonlyArray<string>): Net.LookupFunction => (_name, options, callback) => {
    const found = addresses().map((address): Dns.LookupAddress => ({ address, family: Net.isIP(address) }))
    if (options.all === true) return callback(null, found)
    callback(null, found[0]!.address, found[0]!.family)
  }

  it.live("where the first address is dead, another one is used, of servers and of proxies (fault 34)", () =>
    Effect.gen(function*() {
      const plain = yield* httpServer(echo)
      const secure = yield* httpsServer(good, echo, "localhost")
      const proxy = yield* loginProxy({})
      // nothing listens there
      const transport = yield* make({ proxy: "none", lookup: resolving(() => ["127.0.0.9", "::1", "127.0.0.1"]) })
      assert.strictEqual((yield* transport.send(request(`http://dead-first.test:${plain.port}/`))).status, 200)
      assert.strictEqual((yield* transport.send(request(secure.url))).status, 200)
      for (const url of [plain.url, secure.url]) {
        assert.strictEqual((yield* transport.send(request(url, { proxy: { url: `http://proxy.test:${proxy.port}` } }))).status, 200)
      }
    }))

  it.live("a name whose addresses change is resolved for each connection; while all are dead, the request was not processed (fault 34)", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      let addresses: ReadonlyArray<string> = ["127.0.0.9", "127.0.0.8"]
      const transport = yield* make({ proxy: "none", lookup: resolving(() => addresses) })
      const get = transport.send(request(`http://flapping.test:${server.port}/`, { method: "POST" }))
      const error = yield* failing("ConnectionFailed", get)
      assert.deepStrictEqual([error.reason, error.processed], ["refused", "no"])
      addresses = ["127.0.0.9", "127.0.0.1"]
      assert.strictEqual((yield* get).status, 200)
    }))

  it.live("HTTP/2 is never spoken, so there is no GOAWAY; its like, a tunnel that was closed while idle, costs nobody a request (fault 22)", () =>
    Effect.gen(function*() {
      const offered: Array<ReadonlyArray<string>> = []
      const server = yield* httpsServer({ ...good, ALPNCallback: ({ protocols }) => {
        offered.push(protocols)
        return "http/1.1"
      } }, echo, "localhost")
      const proxy = yield* loginProxy({})
      const transport = yield* make({ proxy: { url: proxy.url } })
      for (let i = 0; i < 3; i++) {
        assert.strictEqual((yield* transport.send(request(server.url, { method: "POST", body: bytes("x") }))).status, 200)
        for (const socket of proxy.open) socket.destroy()
        yield* until("closed", () => proxy.open.size === 0)
      }
      assert.deepStrictEqual(offered, [["http/1.1"], ["http/1.1"], ["http/1.1"]])
    }))
})
