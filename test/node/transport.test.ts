import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { inspect } from "node:util"
import * as Zlib from "node:zlib"
import { Deadlines } from "../../src/layers/policy/deadlines.ts"
import * as NodeTransport from "../../src/node/NodeTransport.ts"
import { connectFailure } from "../../src/node/transport/failures.ts"
import { Pools } from "../../src/node/transport/pool.ts"
import { BufferedExchange } from "../../src/node/transport/exchange.ts"
import { Transport, type TransportError, type TransportResponse } from "../../src/services/Transport.ts"
import { makeAuthority, makeSelfSigned } from "../support/certificates.ts"
import { bytes, failing, request, text, until } from "../support/requests.ts"
import { echo, httpServer, httpsServer, rawServer } from "../support/servers.ts"

const make = (options: NodeTransport.Options = {}) => NodeTransport.make({ environment: {}, ...options })

const pending = Effect.withFiber((fiber) => Effect.succeed(Deadlines.of(fiber.getRef(Clock.Clock)).size))

const authority = makeAuthority()
const good = authority.issue({})
const ca = authority.cert

/** A port where nothing listens. */
const freePort = Effect.callback<number>((resume) => {
  const server = Net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** A server that answers every request with these bytes and does `after` then. */
const answering = (answer: string | Buffer, after: (socket: Net.Socket) => void = (socket) => socket.end()) =>
  rawServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => socket.write(answer, () => after(socket)))
  })

describe("exchanges", () => {
  it.live("sends method, path, query, fields and body; gives status, fields and body", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => {
        if (req.url === "/cookies") res.setHeader("set-cookie", ["a=1", "b=2"])
        res.statusCode = 201
        echo(req, res)
      })
      const transport = yield* make()
      const response = yield* transport.send(request(`${server.origin}/a%20b?x=1&y=%2F`, {
        method: "PUT",
        headers: { "x-a": "1", "content-type": "text/plain" },
        body: bytes("gr\u00fc\u00dfe")
      }))
      assert.strictEqual(response.status, 201)
      const seen = JSON.parse(text(response))
      assert.deepStrictEqual([seen.method, seen.url, seen.body], ["PUT", "/a%20b?x=1&y=%2F", "gr\u00fc\u00dfe"])
      assert.strictEqual(seen.headers["x-a"], "1")
      assert.strictEqual(seen.headers["host"], `127.0.0.1:${server.port}`)
      assert.strictEqual(seen.headers["content-length"], "7")
      const cookies = yield* transport.send(request(`${server.origin}/cookies`))
      assert.deepStrictEqual(cookies.headers["set-cookie"], ["a=1", "b=2"])
    }))

  it.live("a status is a response, redirects are not followed", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => res.writeHead(Number(req.url!.slice(1)), { location: "/elsewhere" }).end("x"))
      const transport = yield* make()
      for (const status of [301, 302, 307, 401, 404, 500, 503]) {
        assert.strictEqual((yield* transport.send(request(`${server.origin}/${status}`))).status, status)
      }
    }))

  it.live("one connection serves many requests; concurrent ones get one each; `connections` bounds them", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => void setTimeout(() => res.end("ok"), 10))
      const transport = yield* make()
      for (let i = 0; i < 5; i++) yield* transport.send(request(server.url))
      assert.strictEqual(server.accepted(), 1)
      yield* Effect.all(Array.from({ length: 8 }, () => transport.send(request(server.url))), { concurrency: "unbounded" })
      assert.strictEqual(server.accepted(), 8)
      const bounded = yield* make({ connections: 3 })
      const before = server.accepted()
      yield* Effect.all(Array.from({ length: 60 }, () => bounded.send(request(server.url))), { concurrency: "unbounded" })
      assert.strictEqual(server.accepted() - before, 3)
    }))

  it.live("HEAD, 204 and 304 have no body, whatever their fields say", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => {
        res.setHeader("content-encoding", "gzip")
        if (req.method === "HEAD") return void res.setHeader("content-length", "100000000").end()
        res.writeHead(Number(req.url!.slice(1))).end()
      })
      const transport = yield* make()
      for (const [method, path] of [["HEAD", "/200"], ["GET", "/204"], ["GET", "/304"]] as const) {
        const response = yield* transport.send(request(server.origin + path, { method }))
        assert.strictEqual(response.body.byteLength, 0)
        assert.strictEqual(response.headers["content-encoding"], "gzip")
      }
    }))

  it.live("interim responses are passed over", () =>
    Effect.gen(function*() {
      const server = yield* answering("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      const response = yield* (yield* make()).send(request(server.url))
      assert.deepStrictEqual([response.status, text(response), response.headers["link"]], [200, "ok", undefined])
    }))

  it.live("nothing that could end a line reaches the wire, and no value is quoted", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const transport = yield* make()
      const error = yield* failing("ConnectionFailed", transport.send(request(server.url, { headers: { authorization: "s3cret\r\nx: y" } })))
      assert.deepStrictEqual([error.reason, error.processed], ["other", "no"])
      assert.notInclude(inspect(error), "s3cret")
      const expect = yield* failing("CapabilityUnavailable", transport.send(request(server.url, { headers: { expect: "100-continue" } })))
      assert.include(expect.capability, "Expect")
      // the connection is as good as before
      yield* transport.send(request(server.url))
      assert.strictEqual(server.accepted(), 1)
    }))

  it.live("without a Host field of its own each request names its origin; a given one is kept, on the same connection", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, echo, "localhost")
      const transport = yield* make({ tls: { ca } })
      const plain = JSON.parse(text(yield* transport.send(request(server.url))))
      const own = JSON.parse(text(yield* transport.send(request(server.url, { headers: { host: "virtual.example" } }))))
      assert.deepStrictEqual([plain.headers.host, own.headers.host], [`localhost:${server.port}`, "virtual.example"])
      assert.strictEqual(server.accepted(), 1)
    }))
})

describe("request bodies", () => {
  const chunked = (parts: ReadonlyArray<string>) => Stream.fromIterable(parts.map((part) => Buffer.from(part)))

  it.live("a stream is sent in chunks, or with its length where that is known", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const transport = yield* make()
      const stream = chunked(["one ", "two ", "three"])
      const unknown = JSON.parse(text(yield* transport.send(request(server.url, { method: "POST", body: { _tag: "Stream", stream, replay: true } }))))
      assert.deepStrictEqual([unknown.body, unknown.headers["transfer-encoding"]], ["one two three", "chunked"])
      const known = JSON.parse(text(yield* transport.send(request(server.url, { method: "POST", body: { _tag: "Stream", stream, length: 13, replay: true } }))))
      assert.deepStrictEqual([known.body, known.headers["content-length"]], ["one two three", "13"])
      assert.strictEqual(server.accepted(), 1)
    }))

  it.live("a stream that fails ends the call and its connection", () =>
    Effect.gen(function*() {
      let finished = false
      const server = yield* httpServer((req) => req.on("close", () => finished = req.complete))
      const stream = Stream.concat(chunked(["first"]), Stream.fail(new Error("disk")))
      const error = yield* failing("ConnectionFailed", (yield* make()).send(request(server.url, { method: "POST", body: { _tag: "Stream", stream, replay: false } })))
      assert.deepStrictEqual([error.reason, error.processed], ["body", "maybe"])
      yield* until("the server's side closed", () => server.open.size === 0)
      assert.isFalse(finished)
    }))

  it.live("a stream of another length than declared is not sent as if it were whole", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const transport = yield* make()
      for (const length of [3, 50]) {
        const body = { _tag: "Stream", stream: chunked(["0123456789"]), length, replay: false } as const
        const error = yield* failing("ConnectionFailed", transport.send(request(server.url, { method: "POST", body })))
        assert.strictEqual(error.reason, "body")
      }
    }))

  it.live("the stream waits for a server that does not read, and its silence is the server's", () =>
    Effect.gen(function*() {
      const server = yield* rawServer((socket) => void socket.pause())
      let produced = 0
      const stream = Stream.range(1, 100_000).pipe(
        Stream.rechunk(1),
        Stream.map(() => {
          produced += 64 * 1024
          return Buffer.alloc(64 * 1024)
        })
      )
      const transport = yield* make({ idleTimeout: "150 millis" })
      const error = yield* failing("Timeout", transport.send(request(server.url, { method: "POST", body: { _tag: "Stream", stream, replay: false } })))
      assert.strictEqual(error.phase, "response")
      assert.isBelow(produced, 64 * 1024 * 1024)
    }))

  it.live("a slow stream is nobody's silence", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const stream = Stream.concat(chunked(["a"]), Stream.fromEffect(Effect.delay(Effect.succeed(Buffer.from("b")), 700)))
      const transport = yield* make({ idleTimeout: "300 millis" })
      const response = yield* transport.send(request(server.url, { method: "POST", body: { _tag: "Stream", stream, replay: false } }))
      assert.strictEqual(JSON.parse(text(response)).body, "ab")
    }))

  it.live("interruption ends the stream and runs its finalizers", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req) => void req.resume())
      let ended = false
      const stream = Stream.concat(chunked(["a"]), Stream.never).pipe(Stream.ensuring(Effect.sync(() => ended = true)))
      const transport = yield* make()
      const fiber = yield* Effect.forkChild(transport.send(request(server.url, { method: "POST", body: { _tag: "Stream", stream, replay: false } })))
      yield* until("connected", () => server.open.size === 1)
      yield* Effect.sleep(20)
      yield* Fiber.interrupt(fiber)
      yield* until("the stream ended", () => ended)
      yield* until("the connection closed", () => server.open.size === 0)
    }))

  it.live("an answer before the end of the upload is the answer", () =>
    Effect.gen(function*() {
      let ended = false
      const server = yield* httpServer((_req, res) => void res.writeHead(413).end("too much"))
      const stream = Stream.concat(chunked(["a"]), Stream.never).pipe(Stream.ensuring(Effect.sync(() => ended = true)))
      const transport = yield* make()
      const response = yield* transport.send(request(server.url, { method: "POST", body: { _tag: "Stream", stream, replay: false } }))
      assert.deepStrictEqual([response.status, text(response)], [413, "too much"])
      yield* until("the stream ended", () => ended)
      assert.strictEqual((yield* transport.send(request(server.url))).status, 413)
    }))
})

describe("content codings", () => {
  const plain = Buffer.from(JSON.stringify({ text: "x".repeat(5000) }))
  const coded: Record<string, Buffer> = {
    gzip: Zlib.gzipSync(plain),
    "x-gzip": Zlib.gzipSync(plain),
    deflate: Zlib.deflateSync(plain),
    "DEFLATE": Zlib.deflateRawSync(plain),
    br: Zlib.brotliCompressSync(plain),
    zstd: Zlib.zstdCompressSync(plain),
    "deflate, gzip": Zlib.gzipSync(Zlib.deflateSync(plain)),
    "gzip, br, zstd, deflate, gzip": Zlib.gzipSync(Zlib.deflateSync(Zlib.zstdCompressSync(Zlib.brotliCompressSync(Zlib.gzipSync(plain))))),
    identity: plain
  }
  const codedServer = httpServer((req, res) => {
    const coding = decodeURIComponent(req.url!.slice(1))
    res.setHeader("content-encoding", coding)
    res.end(coded[coding])
  })

  for (const coding of Object.keys(coded)) {
    it.live(`${coding}, in memory and streamed`, () =>
      Effect.gen(function*() {
        const server = yield* codedServer
        const transport = yield* make()
        const target = request(server.origin + "/" + encodeURIComponent(coding))
        const response = yield* transport.send(target)
        assert.strictEqual(text(response), plain.toString())
        if (coding !== "identity") {
          assert.isUndefined(response.headers["content-encoding"])
          assert.isUndefined(response.headers["content-length"])
        }
        const streamed = yield* transport.open(target)
        assert.strictEqual(Buffer.concat(yield* Stream.runCollect(streamed.body)).toString(), plain.toString())
        assert.deepStrictEqual(streamed.headers["content-encoding"], response.headers["content-encoding"])
      }))
  }

  it.live("asks for what it can decode, unless the request says otherwise or wants a range", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const transport = yield* make()
      const asked = (headers: Record<string, string>) =>
        Effect.map(transport.send(request(server.url, { headers })), (response) => JSON.parse(text(response)).headers["accept-encoding"])
      assert.strictEqual(yield* asked({}), "gzip, deflate, br, zstd")
      assert.strictEqual(yield* asked({ "accept-encoding": "identity" }), "identity")
      assert.strictEqual(yield* asked({ range: "bytes=5-" }), "identity")
    }))

  it.live("an empty body has no coding", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => void res.setHeader("content-encoding", "gzip").end())
      const transport = yield* make()
      assert.strictEqual((yield* transport.send(request(server.url))).body.byteLength, 0)
      const streamed = yield* transport.open(request(server.url))
      assert.deepStrictEqual(yield* Stream.runCollect(streamed.body), [])
    }))

  it.live("an unknown coding is DecodeFailed, before the body is read", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => void res.writeHead(200, { "content-encoding": "rot13" }).write("uryyb"))
      const transport = yield* make()
      const error = yield* failing("DecodeFailed", transport.send(request(server.url)))
      assert.deepStrictEqual([error.reason, error.status], ["encoding", 200])
      assert.include(error.message, "rot13")
      yield* failing("DecodeFailed", Effect.scoped(transport.open(request(server.url))))
      yield* until("the connections closed", () => server.open.size === 0)
    }))

  it.live("a body that is not what its coding says is DecodeFailed", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => void res.setHeader("content-encoding", req.url!.slice(1)).end("this is not compressed at all"))
      const transport = yield* make()
      for (const coding of ["gzip", "deflate", "br", "zstd"]) {
        const target = request(`${server.origin}/${coding}`)
        assert.strictEqual((yield* failing("DecodeFailed", transport.send(target))).reason, "encoding")
        const streamed = Effect.scoped(Effect.flatMap(transport.open(target), (response) => Stream.runDrain(response.body)))
        assert.strictEqual((yield* failing("DecodeFailed", streamed)).reason, "encoding")
      }
    }))

  it.live("security 33: a bomb is capped, whatever its coding, in memory and streamed", () =>
    Effect.gen(function*() {
      const zeros = Buffer.alloc(200 * 1024 * 1024)
      const bombs: Record<string, Buffer> = {
        gzip: Zlib.gzipSync(zeros),
        br: Zlib.brotliCompressSync(zeros, { params: { [Zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
        zstd: Zlib.zstdCompressSync(zeros),
        "gzip, gzip": Zlib.gzipSync(Zlib.gzipSync(zeros))
      }
      const server = yield* httpServer((req, res) => {
        const coding = decodeURIComponent(req.url!.slice(1))
        res.setHeader("content-encoding", coding).end(bombs[coding])
      })
      const transport = yield* make()
      for (const coding of Object.keys(bombs)) {
        const target = request(server.origin + "/" + encodeURIComponent(coding))
        const error = yield* failing("DecodeFailed", transport.send(target))
        assert.strictEqual(error.reason, "limit", coding)
        assert.include(error.message, "67108864")
        const streamed = Effect.scoped(Effect.flatMap(
          transport.open({ ...target, maxResponseSize: 1000_000 }),
          (response) => Stream.runFold(response.body, () => 0, (size, chunk) => size + chunk.length)
        ))
        assert.strictEqual((yield* failing("DecodeFailed", streamed)).reason, "limit", coding)
      }
    }))

  it.live("security 33: more than five codings are refused; a redirect's body is not decoded", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => {
        if (req.url === "/redirect") return void res.writeHead(302, { location: "/", "content-encoding": "gzip" }).end(Zlib.gzipSync(Buffer.alloc(1_000_000)))
        res.setHeader("content-encoding", Array.from({ length: 6 }, () => "gzip").join(",")).end("x")
      })
      const transport = yield* make({ maxResponseSize: 10_000 })
      assert.strictEqual((yield* failing("DecodeFailed", transport.send(request(server.url)))).reason, "encoding")
      const redirect = yield* transport.send(request(`${server.origin}/redirect`))
      assert.strictEqual(redirect.headers["content-encoding"], "gzip")
      assert.isBelow(redirect.body.byteLength, 2000)
    }))
})

describe("size limits", () => {
  it.live("security 34: endless headers and a flood of Set-Cookie are capped", () =>
    Effect.gen(function*() {
      for (const line of ["x-filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", "set-cookie: a=bbbbbbbbbbbbbbbbbbbbbbb\r\n"]) {
        const server = yield* answering("HTTP/1.1 200 OK\r\n", (socket) => {
          const write = () => void (!socket.destroyed && socket.write(line.repeat(200), () => setImmediate(write)))
          write()
        })
        const error = yield* failing("DecodeFailed", (yield* make()).send(request(server.url)))
        assert.strictEqual(error.reason, "limit")
        assert.include(error.message, "maxHeaderSize")
        yield* until("the connection closed", () => server.open.size === 0)
      }
    }))

  it.live("`maxHeaderSize` is settable", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => void res.setHeader("x-big", "a".repeat(10_000)).end("ok"))
      assert.strictEqual(text(yield* (yield* make()).send(request(server.url))), "ok")
      assert.strictEqual((yield* failing("DecodeFailed", (yield* make({ maxHeaderSize: 5000 })).send(request(server.url)))).reason, "limit")
    }))

  it.live("security 34: an endless body is capped, with or without a declared length; a request's limit wins", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => {
        if (req.url === "/declared") return void res.writeHead(200, { "content-length": "999999999" }).write("x")
        if (req.url === "/small") return void res.end("0123456789")
        const write = () => void (!res.destroyed && res.write("x".repeat(10_000), () => setImmediate(write)))
        write()
      })
      const transport = yield* make({ maxResponseSize: 100_000 })
      for (const path of ["/endless", "/declared"]) {
        const error = yield* failing("DecodeFailed", transport.send(request(server.origin + path)))
        assert.deepStrictEqual([error.reason, error.status], ["limit", 200])
        yield* until("the connection closed", () => server.open.size === 0)
      }
      const small = request(`${server.origin}/small`)
      assert.strictEqual(text(yield* transport.send({ ...small, maxResponseSize: 10 })), "0123456789")
      yield* failing("DecodeFailed", transport.send({ ...small, maxResponseSize: 9 }))
    }))
})

describe("connection failures", () => {
  const on = (answer: string | Buffer, after?: (socket: Net.Socket) => void) =>
    Effect.gen(function*() {
      const server = yield* answering(answer, after)
      const error = yield* failing("ConnectionFailed", (yield* make()).send(request(server.url)))
      assert.include(error.detail ?? "", `127.0.0.1:${server.port}`)
      return error
    })

  it.live("refused", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const error = yield* failing("ConnectionFailed", (yield* make()).send(request(`http://127.0.0.1:${port}/`, { attempt: 3 })))
      assert.deepStrictEqual([error.reason, error.processed, error.code, error.attempts, error.operation], ["refused", "no", "ECONNREFUSED", 3, "getThing"])
      assert.include(error.detail ?? "", `127.0.0.1:${port} refused`)
    }))

  it.live("dns", () =>
    Effect.gen(function*() {
      const error = yield* failing("ConnectionFailed", (yield* make()).send(request("http://does-not-exist.invalid/")))
      assert.deepStrictEqual([error.reason, error.processed], ["dns", "no"])
      assert.include(error.detail ?? "", "does-not-exist.invalid:80")
    }))

  it("each system error has its reason", () => {
    const peer = { server: "h:1", proxy: undefined }
    const reason = (code: string) => {
      const error = connectFailure(request("http://h:1/"), peer, "connect", Object.assign(new Error("x"), { code }))
      return error._tag === "ConnectionFailed" ? error.reason : error._tag === "TlsFailed" ? error.reason : error._tag
    }
    const table: Record<string, ReadonlyArray<string>> = {
      refused: ["ECONNREFUSED"],
      dns: ["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "ENODATA"],
      unreachable: ["ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EADDRNOTAVAIL", "ETIMEDOUT"],
      reset: ["ECONNRESET", "EPIPE", "ECONNABORTED"],
      other: ["EMFILE", "EACCES"],
      untrusted: ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "SELF_SIGNED_CERT_IN_CHAIN", "INVALID_CA"],
      revoked: ["CERT_REVOKED"],
      expired: ["CERT_HAS_EXPIRED"],
      notYetValid: ["CERT_NOT_YET_VALID"],
      wrongHost: ["ERR_TLS_CERT_ALTNAME_INVALID"],
      clientCertificateRequired: ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"],
      protocol: ["EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_NO_PROTOCOLS_AVAILABLE"]
    }
    for (const [expected, codes] of Object.entries(table)) for (const code of codes) assert.strictEqual(reason(code), expected, code)
    const both = Object.assign(new AggregateError([]), { errors: [{ code: "ENETUNREACH" }, { code: "ECONNREFUSED" }], code: "ENETUNREACH" })
    const error = connectFailure(request("http://h:1/"), peer, "connect", both)
    assert.strictEqual(error._tag === "ConnectionFailed" ? error.reason : "", "refused")
  })

  it.live("reset before a byte of the answer", () =>
    Effect.gen(function*() {
      const error = yield* on("", (socket) => socket.resetAndDestroy())
      assert.deepStrictEqual([error.reason, error.processed, error.code, error.status], ["reset", "maybe", "ECONNRESET", undefined])
    }))

  it.live("reset in mid-body", () =>
    Effect.gen(function*() {
      const error = yield* on("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", (socket) => void setTimeout(() => socket.resetAndDestroy(), 20))
      assert.deepStrictEqual([error.reason, error.processed, error.status], ["reset", "maybe", 200])
      assert.include(error.detail ?? "", "after 3 bytes")
    }))

  it.live("closed before a byte of the answer, and within its head", () =>
    Effect.gen(function*() {
      for (const part of ["", "HTTP/1.1 200 OK\r\nConte"]) {
        const error = yield* on(part)
        assert.deepStrictEqual([error.reason, error.processed, error.code], ["closed", "maybe", "UND_ERR_SOCKET"])
      }
    }))

  const cut: ReadonlyArray<readonly [name: string, answer: string | Buffer]> = [
    ["Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"],
    ["Content-Length, connection: close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nabc"],
    ["Content-Length, nothing came", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"],
    ["chunked, within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc"],
    ["chunked, between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ["chunked, connection: close", "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    [
      "gzip without a length",
      Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n"), Zlib.gzipSync("a longer text than that").subarray(0, 20)])
    ]
  ]
  for (const [name, answer] of cut) {
    it.live(`faults 20: truncated (${name}), in memory and streamed`, () =>
      Effect.gen(function*() {
        const server = yield* answering(answer)
        const transport = yield* make()
        const error = yield* failing("ConnectionFailed", transport.send(request(server.url)))
        assert.deepStrictEqual([error.reason, error.processed, error.status], ["truncated", "maybe", 200])
        const streamed = yield* failing("ConnectionFailed", Effect.scoped(Effect.flatMap(transport.open(request(server.url)), (response) => Stream.runDrain(response.body))))
        assert.strictEqual(streamed.reason, "truncated")
      }))
  }

  it.live("a body that ends with the connection is whole", () =>
    Effect.gen(function*() {
      const server = yield* answering("HTTP/1.0 200 OK\r\n\r\nall of it")
      assert.strictEqual(text(yield* (yield* make()).send(request(server.url))), "all of it")
    }))

  for (
    const [name, answer] of [
      ["not HTTP", "220 mail.example ESMTP\r\n"],
      ["a broken field", "HTTP/1.1 200 OK\r\nbad field\r\n\r\n"],
      ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"],
      ["an upgrade nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
      ["100 to a request without Expect", "HTTP/1.1 100 Continue\r\n\r\n"],
      ["a broken chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"]
    ] as const
  ) {
    it.live(`protocol: ${name}`, () =>
      Effect.gen(function*() {
        const error = yield* on(answer, () => {})
        assert.deepStrictEqual([error.reason, error.processed], ["protocol", "maybe"])
      }))
  }
})

describe("kept connections", () => {
  it.live("faults 21: a connection that closed while idle is replaced unseen; the body is sent once", () =>
    Effect.gen(function*() {
      const bodies: Array<string> = []
      const server = yield* httpServer((req, res) => {
        req.on("data", (chunk: Buffer) => bodies.push(chunk.toString()))
        req.on("end", () => res.end("ok", () => setImmediate(() => req.socket.destroy())))
      })
      const transport = yield* make()
      for (let i = 0; i < 20; i++) {
        const response = yield* transport.send(request(server.url, { method: "POST", body: bytes(`body ${i}`) }))
        assert.strictEqual(text(response), "ok")
        yield* Effect.sleep(i % 4)
      }
      assert.deepStrictEqual(bodies, Array.from({ length: 20 }, (_, i) => `body ${i}`))
      assert.isAbove(server.accepted(), 1)
    }))

  it.live("faults 21: closed as the request is written: a failure that says it may have been processed", () =>
    Effect.gen(function*() {
      let requests = 0
      const server = yield* rawServer((socket) => {
        let first = true
        socket.on("data", () => {
          requests++
          if (first) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
          else socket.destroy()
          first = false
        })
      })
      const transport = yield* make()
      yield* transport.send(request(server.url))
      const error = yield* failing("ConnectionFailed", transport.send(request(server.url, { method: "POST", body: bytes("pay") })))
      assert.include(["closed", "reset"], error.reason)
      assert.strictEqual(error.processed, "maybe")
      assert.strictEqual(requests, 2)
    }))

  it.live("`Connection: close` is heeded", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => void res.setHeader("connection", "close").end("ok"))
      const transport = yield* make()
      for (let i = 0; i < 3; i++) assert.strictEqual(text(yield* transport.send(request(server.url))), "ok")
      assert.strictEqual(server.accepted(), 3)
      yield* until("all closed", () => server.open.size === 0)
    }))

  it.live("partitions never share a connection; the same one does", () =>
    Effect.gen(function*() {
      const ids = new Map<Net.Socket, number>()
      const server = yield* httpServer((req, res) => {
        if (!ids.has(req.socket)) ids.set(req.socket, ids.size)
        res.end(String(ids.get(req.socket)))
      })
      const transport = yield* make()
      const via = (partition: string | undefined) => Effect.map(transport.send(request(server.url, { partition })), text)
      const seen: Array<string> = []
      for (const partition of ["alice", "bob", undefined, "alice", "bob", undefined, "", "alice\",\"x"]) seen.push(yield* via(partition))
      assert.deepStrictEqual(seen, ["0", "1", "2", "0", "1", "2", "3", "4"])
    }))

  it.live("many partitions: idle connections are bounded, and nothing is left of closed ones", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => {
        if (req.url === "/close") res.setHeader("connection", "close")
        res.end("ok")
      })
      const pools = new Pools({
        connectTimeout: 1000,
        idleTimeout: 1000,
        maxResponseSize: 1000,
        maxHeaderSize: 1000,
        connections: Infinity,
        proxy: "none",
        tls: undefined,
        environment: () => undefined
      })
      const send = (partition: string, path: string) =>
        Effect.withFiber((fiber) =>
          Effect.callback<TransportResponse, TransportError>((resume) => {
            new BufferedExchange(pools, request(server.origin + path, { partition }), fiber, resume).start()
          })
        )
      yield* Effect.forEach(Array.from({ length: 600 }, (_, i) => i), (i) => send(`p${i}`, "/"), { concurrency: 8 })
      yield* until("evicted", () => server.open.size <= 256)
      assert.strictEqual(pools.idle.size, 256)
      assert.isAtMost(pools.hosts.size, 256)
      yield* Effect.forEach(Array.from({ length: 1000 }, (_, i) => i), (i) => send(`q${i}`, "/close"), { concurrency: 8 })
      yield* until("forgotten", () => pools.hosts.size <= 256)
      const before = pools.hosts.size
      const port = yield* freePort
      const dead = new URL(`http://127.0.0.1:${port}/`)
      yield* Effect.forEach(Array.from({ length: 50 }, (_, i) => i), (i) =>
        Effect.withFiber((fiber) =>
          Effect.flip(Effect.callback<TransportResponse, TransportError>((resume) =>
            new BufferedExchange(pools, request(dead.href, { partition: `r${i}` }), fiber, resume).start()
          ))
        ))
      assert.strictEqual(pools.hosts.size, before)
      yield* Effect.promise(() => pools.destroy())
      yield* until("all closed", () => server.open.size === 0)
      yield* until("nothing left", () => pools.hosts.size === 0 && pools.idle.size === 0)
    }))
})

describe("limits of time", () => {
  const silent = rawServer((socket) => void socket.on("data", () => {}))
  const drip = (everyMillis: number) =>
    httpServer((_req, res) => {
      res.flushHeaders()
      const timer = setInterval(() => res.write("x"), everyMillis)
      res.on("close", () => clearInterval(timer))
    })

  it.live("connect: a proxy that never answers CONNECT", () =>
    Effect.gen(function*() {
      const server = yield* silent
      const transport = yield* make({ connectTimeout: 80, proxy: { url: server.url } })
      const error = yield* failing("Timeout", transport.send(request("https://example.com/")))
      assert.deepStrictEqual([error.phase, error.processed, Duration.toMillis(error.limit)], ["connect", "no", 80])
      yield* until("the connection closed", () => server.open.size === 0)
    }))

  it.live("TLS: a server that accepts and says nothing", () =>
    Effect.gen(function*() {
      const server = yield* silent
      const transport = yield* make({ connectTimeout: 80 })
      const error = yield* failing("Timeout", transport.send(request(`https://127.0.0.1:${server.port}/`)))
      assert.deepStrictEqual([error.phase, error.processed], ["TLS", "no"])
      yield* until("the connection closed", () => server.open.size === 0)
    }))

  it.live("queue: all connections are busy", () =>
    Effect.gen(function*() {
      const server = yield* silent
      const transport = yield* make({ connectTimeout: 80, connections: 1 })
      const busy = yield* Effect.forkChild(transport.send(request(server.url)))
      yield* until("connected", () => server.open.size === 1)
      const error = yield* failing("Timeout", transport.send(request(server.url)))
      assert.deepStrictEqual([error.phase, error.processed], ["queue", "no"])
      assert.strictEqual(server.accepted(), 1)
      yield* Fiber.interrupt(busy)
    }))

  it.live("response: silence before the head", () =>
    Effect.gen(function*() {
      const server = yield* silent
      const error = yield* failing("Timeout", (yield* make({ idleTimeout: 80 })).send(request(server.url)))
      assert.deepStrictEqual([error.phase, error.processed, Duration.toMillis(error.limit)], ["response", "maybe", 80])
      yield* until("the connection closed", () => server.open.size === 0)
    }))

  it.live("response: interim responses and a dripping head do not extend it", () =>
    Effect.gen(function*() {
      for (const piece of ["HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 200 OK\r\nx-a: "]) {
        const server = yield* answering("", (socket) => {
          let first = true
          const timer = setInterval(() => {
            socket.write(piece.startsWith("HTTP/1.1 103") || first ? piece : "a")
            first = false
          }, 20)
          socket.on("close", () => clearInterval(timer))
        })
        const error = yield* failing("Timeout", (yield* make({ idleTimeout: 150 })).send(request(server.url)))
        assert.strictEqual(error.phase, "response")
      }
    }))

  it.live("body: silence in mid-body", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => void res.write("{"))
      const error = yield* failing("Timeout", (yield* make({ idleTimeout: 80 })).send(request(server.url)))
      assert.deepStrictEqual([error.phase, error.processed, error.status], ["body", "maybe", 200])
    }))

  it.live("faults 24: a slow drip passes the limit of silence, but not the request's own", () =>
    Effect.gen(function*() {
      const server = yield* drip(20)
      const transport = yield* make({ idleTimeout: 500 })
      const error = yield* failing("Timeout", transport.send(request(server.url, { limit: { millis: 1000, phase: "total" } })))
      assert.deepStrictEqual([error.phase, error.processed, Duration.toMillis(error.limit)], ["total", "maybe", 1000])
      const slow = yield* drip(1500)
      const silence = yield* failing("Timeout", transport.send(request(slow.url, { limit: { millis: 5000, phase: "total" } })))
      assert.strictEqual(silence.phase, "body")
    }))

  it.live("the request's limit binds in the queue and while connecting too, under its own name", () =>
    Effect.gen(function*() {
      const server = yield* silent
      const transport = yield* make({ connections: 1 })
      const busy = yield* Effect.forkChild(transport.send(request(server.url)))
      yield* until("connected", () => server.open.size === 1)
      const limit = { millis: 50, phase: "attempt" } as const
      const queued = yield* failing("Timeout", transport.send(request(server.url, { limit })))
      assert.deepStrictEqual([queued.phase, queued.processed], ["attempt", "no"])
      const handshake = yield* failing("Timeout", transport.send(request(`https://127.0.0.1:${server.port}/`, { limit })))
      assert.deepStrictEqual([handshake.phase, handshake.processed], ["attempt", "no"])
      yield* Fiber.interrupt(busy)
      assert.strictEqual(yield* pending, 0)
    }))

  it.live("for `open` the limit ends with the head, the limit of silence does not", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => {
        if (req.url === "/hang") return
        res.write("a")
        setTimeout(() => res.write("b"), 450)
      })
      const transport = yield* make({ idleTimeout: 800 })
      const limit = { millis: 300, phase: "attempt" } as const
      const early = yield* failing("Timeout", Effect.scoped(transport.open(request(`${server.origin}/hang`, { limit }))))
      assert.strictEqual(early.phase, "attempt")
      const response = yield* transport.open(request(server.url, { limit }))
      let got = ""
      const error = yield* failing("Timeout", Stream.runForEach(response.body, (chunk) => Effect.sync(() => got += Buffer.from(chunk).toString())))
      assert.deepStrictEqual([got, error.phase], ["ab", "body"])
    }))

  it.live("nothing is pending after all that", () => Effect.map(pending, (size) => assert.strictEqual(size, 0)))
})

describe("interruption", () => {
  it.live("faults 25: at once in the queue, while connecting, before the head and in mid-body; nothing is left", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => void (req.url === "/body" && res.write("x")))
      const deaf = yield* rawServer((socket) => void socket.on("data", () => {}))
      const transport = yield* make({ connections: 1 })
      const interrupt = (url: string, ready: () => boolean) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(transport.send(request(url, { limit: { millis: 60_000, phase: "attempt" } })))
          yield* until("ready", ready)
          yield* Effect.sleep(10)
          yield* Fiber.interrupt(fiber)
          assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
        })
      for (const path of ["/head", "/body"]) {
        yield* interrupt(server.origin + path, () => server.open.size === 1)
        yield* until("the server saw it", () => server.open.size === 0)
      }
      yield* interrupt(`https://127.0.0.1:${deaf.port}/`, () => deaf.open.size === 1)
      yield* until("the handshake was given up", () => deaf.open.size === 0)
      const busy = yield* Effect.forkChild(transport.send(request(server.url)))
      yield* until("connected", () => server.open.size === 1)
      yield* interrupt(server.url, () => true)
      assert.strictEqual(server.open.size, 1)
      yield* Fiber.interrupt(busy)
      assert.strictEqual(yield* pending, 0)
      yield* until("closed", () => server.open.size === 0)
    }))

  it.live("whoever waits behind an interrupted request is served", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => void (req.url === "/" && res.end("ok")))
      const transport = yield* make({ connections: 1 })
      const hanging = yield* Effect.forkChild(transport.send(request(`${server.origin}/hang`)))
      yield* until("connected", () => server.open.size === 1)
      const waiting = yield* Effect.forkChild(Effect.all([1, 2, 3].map(() => transport.send(request(server.url))), { concurrency: "unbounded" }))
      yield* Effect.sleep(10)
      yield* Fiber.interrupt(hanging)
      assert.deepStrictEqual((yield* Fiber.join(waiting)).map(text), ["ok", "ok", "ok"])
    }))

  it.live("closing the layer fails what is under way and closes every socket", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((req, res) => void (req.url === "/" && res.end("ok")))
      const scope = yield* Scope.make()
      const transport = yield* Effect.provideService(make({ connections: 2 }), Scope.Scope, scope)
      yield* transport.send(request(server.url))
      const hanging = yield* Effect.forkChild(Effect.all([1, 2, 3].map(() => Effect.flip(transport.send(request(`${server.origin}/hang`)))), { concurrency: "unbounded" }))
      yield* until("two under way", () => server.open.size === 2)
      yield* Effect.sleep(10)
      yield* Scope.close(scope, Exit.void)
      const errors = yield* Fiber.join(hanging)
      assert.deepStrictEqual(errors.map((error) => error._tag === "ConnectionFailed" ? `${error.reason} ${error.processed}` : error._tag).sort(), ["closed maybe", "closed maybe", "closed no"])
      yield* until("closed", () => server.open.size === 0)
      const accepted = server.accepted()
      const late = yield* failing("ConnectionFailed", transport.send(request(server.url)))
      assert.strictEqual(server.accepted(), accepted)
      assert.deepStrictEqual([late.reason, late.processed], ["closed", "no"])
      assert.strictEqual(yield* pending, 0)
    }))

  it.live("is a Layer", () =>
    Effect.gen(function*() {
      const server = yield* httpServer(echo)
      const transport = yield* Transport
      assert.strictEqual(transport.name, "node (undici)")
      assert.strictEqual((yield* transport.send(request(server.url))).status, 200)
    }).pipe(Effect.provide(NodeTransport.layer({ environment: {} }))))
})

describe("streams", () => {
  it.live("give pieces as they come, and the connection back at the end", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => {
        res.write("one")
        setTimeout(() => res.end("two"), 30)
      })
      const transport = yield* make()
      for (let i = 0; i < 3; i++) {
        const response = yield* transport.open(request(server.url))
        assert.deepStrictEqual((yield* Stream.runCollect(response.body)).map((chunk) => Buffer.from(chunk).toString()), ["one", "two"])
      }
      assert.strictEqual(server.accepted(), 1)
    }))

  for (const coding of ["identity", "gzip"]) {
    it.live(`backpressure holds the server (${coding})`, () =>
      Effect.gen(function*() {
        let written = 0
        const block = Buffer.from(Array.from({ length: 64 * 1024 }, () => Math.floor(Math.random() * 256)))
        const server = yield* httpServer((_req, res) => {
          res.setHeader("content-encoding", coding)
          const out = coding === "gzip" ? Zlib.createGzip({ level: 0 }) : res
          if (out !== res) (out as Zlib.Gzip).pipe(res)
          let left = 640
          const write = (): void => {
            while (left > 0) {
              left--
              written += block.length
              if (!out.write(block)) return void out.once("drain", write)
            }
            out.end()
          }
          write()
        })
        const transport = yield* make({ idleTimeout: 200 })
        const response = yield* transport.open(request(server.url))
        // longer than the limit of silence: it is not the server that is silent
        yield* Effect.sleep(400)
        assert.isBelow(written, 20 * 1024 * 1024)
        const size = yield* Stream.runFold(response.body, () => 0, (sum, chunk) => sum + chunk.length)
        assert.strictEqual(size, 40 * 1024 * 1024)
      }))
  }

  it.live("a failure in mid-body comes typed, after what had come", () =>
    Effect.gen(function*() {
      const server = yield* answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", (socket) => void setTimeout(() => socket.resetAndDestroy(), 30))
      const response = yield* (yield* make()).open(request(server.url))
      let got = ""
      const error = yield* failing("ConnectionFailed", Stream.runForEach(response.body, (chunk) => Effect.sync(() => got += Buffer.from(chunk).toString())))
      assert.deepStrictEqual([got, error.reason], ["abc", "reset"])
    }))

  const endless = httpServer((_req, res) => {
    const write = () => void (!res.destroyed && res.write("x".repeat(1000), () => setImmediate(write)))
    write()
  })

  it.live("ending the stream early closes its connection", () =>
    Effect.gen(function*() {
      const server = yield* endless
      const response = yield* (yield* make()).open(request(server.url))
      assert.strictEqual((yield* Stream.runCollect(Stream.take(response.body, 2))).length, 2)
      yield* until("closed", () => server.open.size === 0)
      assert.strictEqual(yield* pending, 0)
    }))

  it.live("closing the scope closes the connection, read or unread, and whoever still reads is told", () =>
    Effect.gen(function*() {
      const server = yield* endless
      const quiet = yield* httpServer((_req, res) => void res.write("x"))
      const transport = yield* make()
      yield* Effect.scoped(transport.open(request(server.url)))
      yield* until("closed", () => server.open.size === 0)
      const scope = yield* Scope.make()
      const response = yield* Effect.provideService(transport.open(request(quiet.url)), Scope.Scope, scope)
      const reader = yield* Effect.forkChild(Effect.flip(Stream.runDrain(response.body)))
      yield* Effect.sleep(20)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(reader)
      assert.strictEqual(error._tag === "ConnectionFailed" ? error.reason : error._tag, "closed")
      yield* until("closed", () => quiet.open.size === 0)
      assert.strictEqual(yield* pending, 0)
    }))

  it.live("a body thrown away unread never looks like a whole one", () =>
    Effect.gen(function*() {
      const server = yield* httpServer((_req, res) => void res.end("small"))
      const scope = yield* Scope.make()
      const response = yield* Effect.provideService((yield* make()).open(request(server.url)), Scope.Scope, scope)
      yield* Effect.sleep(20)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Effect.flip(Stream.runDrain(response.body))
      assert.strictEqual(error._tag, "ConnectionFailed")
    }))
})

describe("TLS", () => {
  const day = 86_400_000
  const options = (certificate: { readonly cert: string; readonly key: string }, more: Tls.TlsOptions = {}) => ({ ...certificate, ...more })

  it.live("`ca` is added, as text or list, by the layer or the request", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(options(good), echo)
      const other = makeAuthority("Another")
      for (const given of [ca, [ca], [other.cert, ca], `${other.cert}${ca}`]) {
        assert.strictEqual((yield* (yield* make({ tls: { ca: given } })).send(request(server.url))).status, 200)
        assert.strictEqual((yield* (yield* make()).send(request(server.url, { tls: { ca: given } }))).status, 200)
      }
      assert.isAbove(Tls.getCACertificates("default").length, 10)
    }))

  const failures: ReadonlyArray<readonly [reason: string, certificate: { readonly cert: string; readonly key: string }, trusted: boolean]> = [
    ["untrusted", good, false],
    ["untrusted", makeSelfSigned(), true],
    ["expired", authority.issue({ notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) }), true],
    ["notYetValid", authority.issue({ notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 2 * day) }), true],
    ["wrongHost", authority.issue({ hosts: ["other.example"] }), true]
  ]
  for (const [index, [reason, certificate, trusted]] of failures.entries()) {
    it.live(`${reason} (${index + 1})`, () =>
      Effect.gen(function*() {
        let requests = 0
        const server = yield* httpsServer(options(certificate), () => requests++)
        const error = yield* failing("TlsFailed", (yield* make(trusted ? { tls: { ca } } : {})).send(request(server.url)))
        assert.strictEqual(error.reason, reason)
        assert.isString(error.code)
        assert.include(error.detail ?? "", `127.0.0.1:${server.port}`)
        assert.strictEqual(requests, 0)
      }))
  }

  it.live("a certificate for an address is none for a name, and the reverse", () =>
    Effect.gen(function*() {
      const address = yield* httpsServer(options(authority.issue({ hosts: ["127.0.0.1"] })), echo)
      const named = yield* httpsServer(options(authority.issue({ hosts: ["localhost"] })), echo)
      const transport = yield* make({ tls: { ca } })
      yield* transport.send(request(address.url))
      yield* transport.send(request(`https://localhost:${named.port}/`))
      for (const url of [`https://localhost:${address.port}/`, named.url]) {
        assert.strictEqual((yield* failing("TlsFailed", transport.send(request(url)))).reason, "wrongHost")
      }
    }))

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    it.live(`clientCertificateRequired: the server wants one (${version})`, () =>
      Effect.gen(function*() {
        const server = yield* httpsServer(options(good, { ca, requestCert: true, rejectUnauthorized: true, minVersion: version, maxVersion: version }), echo)
        const transport = yield* make({ tls: { ca } })
        const error = yield* Effect.flip(transport.send(request(server.url)))
        assert.strictEqual(error._tag === "TlsFailed" ? error.reason : error._tag, "clientCertificateRequired")
      }))
  }

  it.live("protocol: https to an http port, and no version in common", () =>
    Effect.gen(function*() {
      const plain = yield* httpServer(echo)
      const transport = yield* make({ tls: { ca } })
      const first = yield* failing("TlsFailed", transport.send(request(`https://127.0.0.1:${plain.port}/`)))
      assert.strictEqual(first.reason, "protocol")
      const old = yield* httpsServer(options(good, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }), echo)
      const second = yield* failing("TlsFailed", transport.send(request(old.url)))
      assert.strictEqual(second.reason, "protocol")
    }))

  it.live("closed during the handshake: nothing was sent", () =>
    Effect.gen(function*() {
      const server = yield* rawServer((socket) => void socket.once("data", () => socket.destroy()))
      const error = yield* failing("ConnectionFailed", (yield* make()).send(request(`https://127.0.0.1:${server.port}/`)))
      assert.deepStrictEqual([error.reason, error.processed], ["reset", "no"])
      assert.include(error.detail ?? "", "TLS handshake")
    }))

  it.live("security 26: `verify: false` for one call does not stick, and warns once for each transport", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(options(makeSelfSigned()), echo)
      const warnings: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) => void warnings.push(`${logLevel} ${String(message)}`))
      yield* Effect.gen(function*() {
        const transport = yield* make()
        const insecure = request(server.url, { tls: { verify: false } })
        yield* failing("TlsFailed", transport.send(request(server.url)))
        assert.strictEqual((yield* transport.send(insecure)).status, 200)
        yield* failing("TlsFailed", transport.send(request(server.url)))
        yield* failing("TlsFailed", transport.send(request(server.url, { tls: { verify: true } })))
        assert.strictEqual((yield* transport.send({ ...insecure, tls: { verify: false } })).status, 200)
        yield* Effect.scoped(transport.open(insecure))
        assert.strictEqual(warnings.length, 1)
        const lax = yield* make({ tls: { verify: false } })
        assert.strictEqual((yield* lax.send(request(server.url))).status, 200)
        yield* failing("TlsFailed", lax.send(request(server.url, { tls: { verify: true } })))
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.strictEqual(warnings.length, 2)
      assert.match(warnings[0]!, /^Warn .*verify: false/)
    }))

  it.live("`ca` that is no certificate is a typed failure", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(options(good), echo)
      const pem = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"
      const error = yield* failing("TlsFailed", (yield* make()).send(request(server.url, { tls: { ca: pem } })))
      assert.strictEqual(error.reason, "configuration")
    }))

  it.live("sessions are resumed, but not across partitions", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(options(good), (req, res) => {
        res.setHeader("connection", "close").end(String((req.socket as Tls.TLSSocket).isSessionReused()))
      })
      const transport = yield* make({ tls: { ca } })
      const reused = (partition: string | undefined) => Effect.map(transport.send(request(server.url, { partition })), text)
      assert.strictEqual(yield* reused(undefined), "false")
      yield* Effect.sleep(20)
      assert.strictEqual(yield* reused(undefined), "true")
      assert.strictEqual(yield* reused("alice"), "false")
      assert.strictEqual(yield* reused(undefined), "true")
    }))
})
