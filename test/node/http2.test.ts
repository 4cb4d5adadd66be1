import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Http from "node:http"
import * as Http2 from "node:http2"
import * as Net from "node:net"
import * as Zlib from "node:zlib"
import * as NodeTransport from "../../src/node/NodeTransport.ts"
import { BufferedExchange } from "../../src/node/transport/exchange.ts"
import { limitsOf, Pools } from "../../src/node/transport/pool.ts"
import type { Transport, TransportError, TransportRequest, TransportResponse } from "../../src/services/Transport.ts"
import { ca, certificate, type Frames, frameServer, http2Server } from "../support/http2.ts"
import { bytes, failing, request, text, until } from "../support/requests.ts"
import { httpsServer, listen, proxyServer } from "../support/servers.ts"

const make = (options: NodeTransport.Options = {}) => NodeTransport.make({ environment: {}, http2: true, tls: { ca, caMode: "replace" }, ...options })
const post = { method: "POST", body: bytes("order") } as const

const all = <A, E, R>(count: number, each: (index: number) => Effect.Effect<A, E, R>) =>
  Effect.all(Array.from({ length: count }, (_, index) => each(index)), { concurrency: "unbounded" })

/** Answers after a while, and counts how many it has at once: on one connection, and all together. */
const counting = () => {
  const seen = { most: 0, mostOfOne: 0, versions: new Set<string>() }
  let now = 0
  const each = new Map<unknown, number>()
  const handler = (request: Http2.Http2ServerRequest, response: Http2.Http2ServerResponse) => {
    const connection = request.stream?.session ?? request.socket
    seen.versions.add(request.httpVersion)
    seen.most = Math.max(seen.most, ++now)
    each.set(connection, (each.get(connection) ?? 0) + 1)
    seen.mostOfOne = Math.max(seen.mostOfOne, each.get(connection)!)
    setTimeout(() => {
      now--
      each.set(connection, each.get(connection)! - 1)
      response.end("ok")
    }, 20)
  }
  return { seen, handler }
}

const echo = (request: Http2.Http2ServerRequest | Http.IncomingMessage, response: Http2.Http2ServerResponse | Http.ServerResponse) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    response.setHeader("set-cookie", ["a=1", "b=2"])
    response.statusCode = 201
    response.end(JSON.stringify({ version: request.httpVersion, method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString("utf8") }))
  })
}

describe("HTTP/2", () => {
  it.live("sends method, path, query, fields and body; gives status, fields and body", () =>
    Effect.gen(function*() {
      const server = yield* http2Server(echo)
      const transport = yield* make()
      const response = yield* transport.send(request(`${server.origin}/a%20b?x=1&y=%2F`, {
        method: "PUT",
        headers: { "x-a": "1", "content-type": "text/plain", host: "other.example" },
        body: bytes("gr\u00fc\u00dfe")
      }))
      assert.strictEqual(response.status, 201)
      const seen = JSON.parse(text(response))
      assert.deepStrictEqual([seen.version, seen.method, seen.url, seen.body], ["2.0", "PUT", "/a%20b?x=1&y=%2F", "gr\u00fc\u00dfe"])
      assert.deepStrictEqual([seen.headers["x-a"], seen.headers["content-length"], seen.headers[":authority"], seen.headers.host], ["1", "7", "other.example", undefined])
      assert.deepStrictEqual(response.headers["set-cookie"], ["a=1", "b=2"])
      assert.deepStrictEqual(Object.keys(response.headers).filter((name) => name.startsWith(":")), [])
      const empty = JSON.parse(text(yield* transport.send(request(server.url, { method: "POST" }))))
      assert.deepStrictEqual([empty.headers["content-length"], empty.headers[":authority"], empty.headers[":scheme"]], ["0", `127.0.0.1:${server.port}`, "https"])
    }))

  it.live("credentials are not put in the tables of the compression", () =>
    Effect.gen(function*() {
      let never: ReadonlyArray<string> | undefined = undefined as ReadonlyArray<string> | undefined
      const server = yield* http2Server((request, response) => {
        never = Reflect.get(request.headers, Http2.sensitiveHeaders)
        response.end()
      })
      const transport = yield* make()
      yield* transport.send(request(server.url, { headers: { authorization: "Bearer canary", cookie: "sid=a-canary-that-is-not-short", "x-a": "1" } }))
      assert.deepStrictEqual([...never ?? []].toSorted(), ["authorization", "cookie"])
    }))

  it.live("many requests at once go over one connection", () =>
    Effect.gen(function*() {
      const { handler, seen } = counting()
      const server = yield* http2Server(handler)
      const transport = yield* make()
      yield* all(80, () => transport.send(request(server.url)))
      yield* all(80, () => transport.send(request(server.url)))
      assert.strictEqual(server.accepted(), 1)
      assert.isAbove(seen.most, 40)
      assert.deepStrictEqual([...seen.versions], ["2.0"])
    }))

  it.live("requests wait for the connection that is on its way, until it has told how many it takes", () =>
    Effect.gen(function*() {
      const streams: Array<number> = []
      const server = yield* frameServer((frames, stream) => {
        streams.push(stream)
        if (streams.length === 1) late = () => frames.greet()
        else for (const each of streams.splice(0)) frames.answer(each, "ok")
      }, { late: true })
      let late: (() => void) | undefined = undefined as (() => void) | undefined
      const transport = yield* make()
      const first = yield* Effect.forkChild(transport.send(request(server.url)), { startImmediately: true })
      yield* until("the first has come", () => late !== undefined)
      const second = yield* Effect.forkChild(transport.send(request(server.url)), { startImmediately: true })
      late?.()
      assert.deepStrictEqual([text(yield* Fiber.join(first)), text(yield* Fiber.join(second))], ["ok", "ok"])
      assert.strictEqual(server.accepted(), 1)
    }))

  it.live("no more streams than the server allows; `connections` bounds the connections", () =>
    Effect.gen(function*() {
      const bounded = counting()
      const server = yield* http2Server(bounded.handler, { settings: { maxConcurrentStreams: 3 } })
      yield* Effect.scoped(Effect.flatMap(make({ connections: 1 }), (transport) => all(20, () => transport.send(request(server.url)))))
      assert.deepStrictEqual([server.accepted(), bounded.seen.mostOfOne], [1, 3])
      yield* Effect.scoped(Effect.flatMap(make({ connections: 2 }), (transport) => all(20, () => transport.send(request(server.url)))))
      assert.deepStrictEqual([server.accepted(), bounded.seen.mostOfOne, bounded.seen.most], [3, 3, 6])
    }))

  it.live("not offered unless asked for, nor to proxies; goes through their tunnels", () =>
    Effect.gen(function*() {
      const offered: Array<ReadonlyArray<string>> = []
      const noting = (name: string) => ({ ALPNCallback: ({ protocols }: { readonly protocols: ReadonlyArray<string> }) => (offered.push([name, ...protocols]), protocols[0]) })
      const server = yield* http2Server(echo, { allowHTTP1: true, ...noting("server") })
      const proxy = yield* proxyServer({ tls: { ...certificate, ...noting("proxy") } })
      const off = yield* make({ http2: false })
      assert.strictEqual(JSON.parse(text(yield* off.send(request(server.url)))).version, "1.1")
      const on = yield* make({ proxy: { url: proxy.origin, tls: { ca, caMode: "replace" } } })
      assert.strictEqual(JSON.parse(text(yield* on.send(request(server.url)))).version, "2.0")
      assert.deepStrictEqual(offered, [["server", "http/1.1"], ["proxy", "http/1.1"], ["server", "h2", "http/1.1"]])
    }))

  it.live("a server without it: HTTP/1.1, one request at a time on each connection", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(certificate, (_request, response) => void setTimeout(() => response.end("ok"), 20))
      const transport = yield* make()
      yield* all(8, () => transport.send(request(server.url)))
      assert.strictEqual(server.accepted(), 8)
      yield* all(8, () => transport.send(request(server.url)))
      assert.strictEqual(server.accepted(), 8)
    }))

  it.live("reserved connections and partitions are of HTTP/1.1, and nobody else's", () =>
    Effect.gen(function*() {
      const server = yield* http2Server(echo, { allowHTTP1: true })
      const transport = yield* make()
      const version = (fields: Partial<TransportRequest> = {}) => Effect.map(transport.send(request(server.url, fields)), (response) => JSON.parse(text(response)).version)
      assert.strictEqual(yield* version(), "2.0")
      yield* Effect.scoped(Effect.gen(function*() {
        const connection = yield* transport.reserve!(request(server.url), false)
        assert.strictEqual(connection.reused, false)
        assert.instanceOf(connection.certificate, Uint8Array)
        assert.strictEqual(yield* version({ connection }), "1.1")
        assert.strictEqual(yield* version(), "2.0")
        assert.strictEqual(server.accepted(), 2)
      }))
      assert.strictEqual(yield* version({ partition: "alice" }), "1.1")
      assert.strictEqual(yield* version(), "2.0")
      assert.strictEqual(server.accepted(), 3)
    }))

  it.live("nothing listens: each request is told so; one that gives up does not take the others with it", () =>
    Effect.gen(function*() {
      const held: Array<Net.Socket> = []
      const transport = yield* make()
      const closed = yield* Effect.scoped(Effect.map(listen(Net.createServer(), "https"), ({ url }) => url))
      for (const error of yield* all(5, () => failing("ConnectionFailed", transport.send(request(closed))))) assert.deepStrictEqual([error.reason, error.processed], ["refused", "no"])
      const { handler } = counting()
      const server = yield* http2Server(handler)
      // The first connection is kept waiting before TLS.
      const gate = yield* listen(
        Net.createServer((socket) => {
          held.push(socket)
          if (held.length === 1) return
          const onward = Net.connect(server.port, "127.0.0.1")
          socket.pipe(onward).pipe(socket)
          onward.on("error", () => {})
        }),
        "https"
      )
      const first = yield* Effect.forkChild(transport.send(request(gate.url)), { startImmediately: true })
      const others = yield* Effect.forkChild(all(5, () => transport.send(request(gate.url))), { startImmediately: true })
      yield* until("the first one connects", () => held.length === 1)
      yield* Fiber.interrupt(first)
      assert.strictEqual((yield* Fiber.join(others)).length, 5)
      assert.strictEqual(held.length, 2)
    }))

  it.live("HEAD, 204, 304 and redirects: no body, not followed", () =>
    Effect.gen(function*() {
      const server = yield* http2Server((request, response) => {
        const status = Number(request.url.slice(1)) || 200
        response.writeHead(status, { "content-encoding": "gzip", ...status === 204 ? {} : { "content-length": "10" }, location: "/x" })
        response.end()
      })
      const transport = yield* make()
      for (const status of [204, 304]) {
        const response = yield* transport.send(request(`${server.origin}/${status}`))
        assert.deepStrictEqual([response.status, response.body.length], [status, 0])
      }
      const head = yield* transport.send(request(server.url, { method: "HEAD" }))
      assert.deepStrictEqual([head.status, head.body.length, head.headers["content-length"]], [200, 0, "10"])
      const elsewhere = yield* http2Server((_request, response) => void response.writeHead(302, { location: "/x" }).end("over there"))
      assert.strictEqual((yield* transport.send(request(elsewhere.url))).status, 302)
      assert.deepStrictEqual([server.accepted(), elsewhere.accepted()], [1, 1])
    }))

  it.live("decompresses; size of body and head are limited, and only that request is", () =>
    Effect.gen(function*() {
      const server = yield* http2Server((request, response) => {
        if (request.url === "/gzip") return void response.writeHead(200, { "content-encoding": "gzip" }).end(Zlib.gzipSync("hello ".repeat(1000)))
        if (request.url === "/head") return void response.writeHead(200, { "x-a": "a".repeat(3000) }).end("x")
        response.end("x".repeat(2000))
      })
      const transport = yield* make({ maxHeaderSize: 2048 })
      assert.strictEqual((yield* transport.send(request(`${server.origin}/gzip`))).body.length, 6000)
      const bomb = yield* failing("DecodeFailed", transport.send(request(`${server.origin}/gzip`, { maxResponseSize: 5000 })))
      assert.strictEqual(bomb.reason, "limit")
      const large = yield* failing("DecodeFailed", transport.send(request(server.url, { maxResponseSize: 1000 })))
      assert.deepStrictEqual([large.reason, large.issues[0]?.path], ["limit", "body"])
      const head = yield* failing("DecodeFailed", transport.send(request(`${server.origin}/head`)))
      assert.deepStrictEqual([head.reason, head.issues[0]?.path], ["limit", "headers"])
      assert.strictEqual((yield* transport.send(request(server.url))).body.length, 2000)
      assert.strictEqual(server.accepted(), 1)
    }))

  it.live("what must not be sent is refused, and the connection stays", () =>
    Effect.gen(function*() {
      const server = yield* http2Server(echo)
      const transport = yield* make()
      yield* transport.send(request(server.url))
      const broken = yield* failing("ConnectionFailed", transport.send(request(server.url, { headers: { "x-a": "a\r\nb: c" } })))
      assert.strictEqual(broken.processed, "no")
      assert.notInclude(broken.message, "b: c")
      yield* failing("CapabilityUnavailable", transport.send(request(server.url, { headers: { expect: "100-continue" } })))
      yield* failing("ConnectionFailed", transport.send(request(server.url, { ...post, headers: { "content-length": "99" } })))
      yield* failing("ConnectionFailed", transport.send(request(server.url, { headers: { te: "gzip" } })))
      yield* transport.send(request(server.url, { headers: { connection: "close" } }))
      assert.strictEqual(server.accepted(), 1)
    }))
})

describe("one of many", () => {
  it.live("cancelled: its stream is reset, the others go on, the connection stays", () =>
    Effect.gen(function*() {
      const codes: Array<number> = []
      const waiting: Array<Http2.Http2ServerResponse> = []
      const server = yield* http2Server((request, response) => {
        if (request.url === "/now") return void response.end("ok")
        request.stream.on("close", () => codes.push(request.stream.rstCode ?? -1))
        waiting.push(response)
      })
      const transport = yield* make()
      const fibers = yield* Effect.forEach([0, 1, 2, 3], (index) => Effect.forkChild(transport.send(request(server.url, index === 2 ? { limit: { millis: 100, phase: "attempt" } } : {})), { startImmediately: true }))
      yield* until("all have come", () => waiting.length === 4)
      yield* Fiber.interrupt(fibers[1]!)
      yield* until("the stream is reset", () => codes.length === 1)
      assert.deepStrictEqual(codes, [8])
      const late = yield* failing("Timeout", Fiber.join(fibers[2]!))
      assert.deepStrictEqual([late.phase, late.processed], ["attempt", "maybe"])
      yield* transport.send(request(`${server.origin}/now`))
      for (const response of waiting) response.end("done")
      assert.strictEqual(text(yield* Fiber.join(fibers[0]!)), "done")
      assert.strictEqual(text(yield* Fiber.join(fibers[3]!)), "done")
      yield* transport.send(request(`${server.origin}/now`))
      assert.strictEqual(server.sessions[0]!.destroyed, false)
    }))

  it.live("many cancelled: others on the connection are not taken down by the server's limit of resets", () =>
    Effect.gen(function*() {
      const waiting: Array<Http2.Http2ServerResponse> = []
      const server = yield* http2Server((request, response) => {
        if (request.url === "/now") return void response.end("ok")
        if (request.url === "/slow") waiting.push(response)
      })
      const transport = yield* make({ connections: 1 })
      const slow = yield* Effect.forkChild(transport.send(request(`${server.url}slow`)), { startImmediately: true })
      yield* until("it has come", () => waiting.length === 1)
      const given = () => Effect.timeoutOption(transport.send(request(server.url)), 3)
      yield* Effect.forEach(Array.from({ length: 1500 }), given, { concurrency: 90, discard: true })
      assert.strictEqual(text(yield* transport.send(request(`${server.url}now`))), "ok")
      waiting[0]?.end("slow")
      assert.strictEqual(text(yield* Fiber.join(slow)), "slow")
    }))

  it.live("a connection that does not answer to a PING does not count among `connections`", () =>
    Effect.gen(function*() {
      const server = yield* frameServer((frames, stream) => {
        if (frames.index > 0) frames.answer(stream, "ok")
      }, { deaf: true })
      const transport = yield* make({ idleTimeout: 100, connectTimeout: 2000, connections: 1 })
      yield* failing("Timeout", transport.send(request(server.url)))
      assert.strictEqual(text(yield* transport.send(request(server.url))), "ok")
    }))

  it.live("a connection that does not answer any more gets no more requests", () =>
    Effect.gen(function*() {
      const seen: Array<number> = []
      const server = yield* frameServer((frames, stream) => {
        seen.push(frames.index)
        if (frames.index > 0) frames.answer(stream, "ok")
      }, { deaf: true })
      const transport = yield* make({ idleTimeout: 100 })
      const silent = yield* failing("Timeout", transport.send(request(server.url)))
      assert.strictEqual(silent.phase, "response")
      assert.strictEqual(text(yield* transport.send(request(server.url))), "ok")
      assert.deepStrictEqual(seen, [0, 1])
    }))

  it.live("streamed and not read: the server is held, the others are not", () =>
    Effect.gen(function*() {
      let sent = 0
      const server = yield* http2Server((request, response) => {
        // with its length, since under load Node may reset the stream in the place of END_STREAM
        if (request.url === "/small") return void response.writeHead(200, { "content-length": 2 }).end("ok")
        const more = (): void => {
          while (sent < 64 * 1024 * 1024) {
            sent += 65536
            if (!response.write(Buffer.alloc(65536))) return void response.once("drain", more)
          }
          response.end()
        }
        more()
      })
      const transport = yield* make()
      yield* Effect.scoped(Effect.gen(function*() {
        const streams = yield* all(90, () => transport.open(request(server.url)))
        yield* Effect.sleep(200)
        assert.isBelow(sent, 40 * 1024 * 1024)
        for (let i = 0; i < 20; i++) assert.strictEqual(text(yield* transport.send(request(`${server.origin}/small`))), "ok")
        sent = 60 * 1024 * 1024
        const read = yield* Stream.runFold(streams[0]!.body, () => 0, (sum, chunk) => sum + chunk.length)
        assert.isAbove(read, 4 * 1024 * 1024)
      }))
      assert.strictEqual(text(yield* transport.send(request(`${server.origin}/small`))), "ok")
      assert.strictEqual(server.accepted(), 1)
    }))

  it.live("uploads: streamed, failing, of another length than declared", () =>
    Effect.gen(function*() {
      const server = yield* http2Server(echo)
      const transport = yield* make()
      const sending = (stream: Stream.Stream<Uint8Array, unknown>, length?: number) => transport.send(request(server.url, { method: "POST", body: { _tag: "Stream", stream, length, replay: false } }))
      const chunk = Buffer.alloc(100_000, "x")
      const chunks = Stream.fromIterable(Array.from({ length: 20 }, () => chunk))
      assert.strictEqual(JSON.parse(text(yield* sending(chunks))).body.length, 2_000_000)
      const sized = JSON.parse(text(yield* sending(chunks, 2_000_000)))
      assert.deepStrictEqual([sized.body.length, sized.headers["content-length"]], [2_000_000, "2000000"])
      for (const length of [1_999_999, 2_000_001]) assert.strictEqual((yield* failing("ConnectionFailed", sending(chunks, length))).reason, "body")
      const broken = yield* failing("ConnectionFailed", sending(Stream.concat(Stream.make(chunk), Stream.fail("no more"))))
      assert.deepStrictEqual([broken.reason, broken.processed], ["body", "maybe"])
      assert.strictEqual(JSON.parse(text(yield* sending(Stream.make(chunk)))).body.length, 100_000)
      assert.strictEqual(server.accepted(), 1)
    }))

  it.live("an upload that breaks off is never a whole one to the server: interrupted, failed, or answered before its end", () =>
    Effect.gen(function*() {
      const ends: Array<string> = []
      let answers = false
      let count = 0
      const server = yield* frameServer((frames, stream) => {
        count++
        if (answers) frames.answer(stream, "enough")
      }, { onEnd: (how) => ends.push(how) })
      const transport = yield* make()
      let running = 0
      const open = <E>(rest: Stream.Stream<Uint8Array, E>) => {
        const stream = Stream.concat(Stream.make(Buffer.from("half")), rest)
        return request(server.url, { method: "POST", body: { _tag: "Stream", stream: Stream.ensuring(Stream.concat(Stream.fromEffectDrain(Effect.sync(() => running++)), stream), Effect.sync(() => running--)), replay: false } })
      }
      const interrupted = yield* Effect.forkChild(transport.send(open(Stream.never)), { startImmediately: true })
      yield* until("it has begun", () => count === 1 && running === 1)
      yield* Fiber.interrupt(interrupted)
      yield* until("it is reset", () => ends.length === 1)
      yield* failing("ConnectionFailed", transport.send(open(Stream.fromEffect(Effect.andThen(Effect.sleep(20), Effect.fail("no more"))))))
      yield* until("it is reset", () => ends.length === 2)
      answers = true
      assert.strictEqual(text(yield* transport.send(open(Stream.never))), "enough")
      yield* until("it is reset", () => ends.length === 3)
      assert.deepStrictEqual([ends, running], [["reset 8", "reset 8", "reset 8"], 0])
      assert.strictEqual(text(yield* transport.send(request(server.url, post))), "enough")
      assert.deepStrictEqual([ends[3], server.accepted()], ["complete", 1])
    }))

  for (const draining of [false, true]) {
    it.live(`closing the transport ends all, and leaves no connection${draining ? " that drains" : ""}`, () =>
      Effect.gen(function*() {
        let count = 0
        const server = yield* frameServer((frames) => {
          if (++count === 5 && draining) frames.goaway(2 ** 31 - 1)
        })
        const closing = (exchange: Effect.Effect<unknown, TransportError>) => Effect.map(failing("ConnectionFailed", exchange), ({ detail, processed, reason }): ReadonlyArray<string> => [reason, processed, detail ?? ""])
        const scope = yield* Scope.make()
        const transport = yield* Scope.provide(make(), scope)
        const fiber = yield* Effect.forkChild(all(5, () => closing(transport.send(request(server.url)))), { startImmediately: true })
        yield* until("all have come", () => count === 5)
        // the first connection has drained when another one is used
        const others: Array<Fiber.Fiber<ReadonlyArray<string>, unknown>> = []
        while (draining && server.accepted() === 1) {
          others.push(yield* Effect.forkChild(closing(transport.send(request(server.url))), { startImmediately: true }))
          yield* Effect.sleep(5)
        }
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* Fiber.join(fiber), Array.from({ length: 5 }, () => ["closed", "maybe", "the transport was closed"]))
        for (const other of others) assert.strictEqual((yield* Fiber.join(other))[0], "closed")
        yield* until("no connection is left", () => server.open.size === 0)
      }))
  }
})

describe("nothing is left", () => {
  it.live("of connections that are gone, in whatever order they went", () =>
    Effect.gen(function*() {
      const server = yield* frameServer((frames, stream) => {
        if (frames.index % 2 === 0) return frames.reset(stream, 7)
        frames.answer(stream, "ok")
        frames.goaway(stream)
      })
      const pools = new Pools({ ...limitsOf({}), connections: 2, http2: true, proxy: "none", tls: { ca, caMode: "replace" }, environment: () => undefined })
      const send = Effect.withFiber((fiber) => Effect.callback<TransportResponse, TransportError>((resume) => new BufferedExchange(pools, request(server.url), fiber, resume).start()))
      for (let i = 0; i < 3; i++) assert.isTrue((yield* all(7, () => Effect.exit(send))).some(Exit.isSuccess))
      yield* until("all is closed", () => server.open.size === 0)
      assert.deepStrictEqual([pools.hosts.size, pools.idle.size], [0, 0])
    }))
})

describe("faults 20: a body that ends early is never a success (HTTP/2)", () => {
  const ways: Record<string, (frames: Frames, stream: number) => void> = {
    "RST_STREAM NO_ERROR": (frames, stream) => frames.reset(stream, 0),
    "RST_STREAM CANCEL": (frames, stream) => frames.reset(stream, 8),
    "RST_STREAM INTERNAL_ERROR": (frames, stream) => frames.reset(stream, 2),
    "RST_STREAM REFUSED_STREAM": (frames, stream) => frames.reset(stream, 7),
    "end of the connection": ({ socket }) => socket.end(),
    "loss of the connection": ({ socket }) => socket.destroy(),
    "GOAWAY and end": (frames, stream) => {
      frames.goaway(stream)
      frames.socket.end()
    },
    "GOAWAY with an error": (frames, stream) => frames.goaway(stream, 2)
  }
  for (const length of [undefined, "100"]) {
    for (const [name, end] of Object.entries(ways)) {
      it.live(`${name}, ${length === undefined ? "no length" : "with Content-Length"}`, () =>
        Effect.gen(function*() {
          let count = 0
          const server = yield* frameServer((frames, stream) => {
            count++
            frames.head(stream, length === undefined ? {} : { "content-length": length })
            frames.data(stream, "the first half")
            setTimeout(() => end(frames, stream), 10)
          })
          const transport = yield* make()
          const error = yield* failing("ConnectionFailed", transport.send(request(server.url)))
          assert.deepStrictEqual([error.reason, error.processed, error.status], ["truncated", "maybe", 200], error.message)
          const streamed = yield* failing("ConnectionFailed", Effect.scoped(Effect.flatMap(transport.open(request(server.url)), ({ body }) => Stream.runDrain(body))))
          assert.strictEqual(streamed.reason, "truncated")
          assert.strictEqual(count, 2)
        }))
    }
  }

  it.live("all that Content-Length says has come, though END_STREAM has not", () =>
    Effect.gen(function*() {
      const server = yield* frameServer((frames, stream) => {
        frames.head(stream, { "content-length": "5" })
        frames.data(stream, "whole")
        frames.reset(stream, 0)
      })
      const transport = yield* make()
      assert.strictEqual(text(yield* transport.send(request(server.url))), "whole")
    }))

  it.live("END_STREAM before Content-Length is reached", () =>
    Effect.gen(function*() {
      const server = yield* frameServer((frames, stream) => {
        frames.head(stream, { "content-length": "100" })
        frames.data(stream, "the first half", true)
      })
      const transport = yield* make()
      const error = yield* failing("ConnectionFailed", transport.send(request(server.url)))
      assert.deepStrictEqual([error.reason, error.code], ["truncated", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"])
    }))

  it.live("only the request whose body it is fails; what is complete and reset afterwards is complete", () =>
    Effect.gen(function*() {
      const streams: Array<number> = []
      const server = yield* frameServer((frames, stream) => {
        streams.push(stream)
        if (streams.length < 3) return
        frames.head(streams[0]!)
        frames.data(streams[0]!, "half")
        frames.reset(streams[0]!, 8)
        frames.answer(streams[1]!, "whole")
        frames.reset(streams[1]!, 0)
        frames.answer(streams[2]!, "whole")
      })
      const transport = yield* make()
      const answers = yield* all(3, () => Effect.exit(transport.send(request(server.url))))
      assert.deepStrictEqual(answers.map((exit) => Exit.isSuccess(exit) ? text(exit.value) : "failed"), ["failed", "whole", "whole"])
      assert.strictEqual(server.accepted(), 1)
    }))
})

describe("faults 22: what the server has not processed is sent again, and nothing else (HTTP/2)", () => {
  /** Sends this many POSTs; `served` says for each connection and request what to do with it. */
  const scene = (count: number, onRequest: (frames: Frames, stream: number, nth: number) => void, fields: Partial<TransportRequest> = post) =>
    Effect.gen(function*() {
      const seen: Array<readonly [connection: number, stream: number]> = []
      const server = yield* frameServer((frames, stream) => {
        seen.push([frames.index, stream])
        onRequest(frames, stream, seen.length)
      })
      const transport: Transport["Service"] = yield* make()
      const results = yield* all(count, () => Effect.result(transport.send(request(server.url, fields))))
      const failures = results.flatMap((each) => each._tag === "Failure" ? [each.failure] : [])
      return { seen, failures, server, transport, bodies: results.flatMap((each) => each._tag === "Success" ? [text(each.success)] : []) }
    })

  it.live("REFUSED_STREAM: also a POST, once, over another connection", () =>
    Effect.gen(function*() {
      const { bodies, seen } = yield* scene(1, (frames, stream) => frames.index === 0 ? frames.reset(stream, 7) : frames.answer(stream, "ok"))
      assert.deepStrictEqual([bodies, seen], [["ok"], [[0, 1], [1, 1]]])
    }))

  it.live("refused twice: it fails, and says that nothing was processed", () =>
    Effect.gen(function*() {
      const { failures, seen } = yield* scene(1, (frames, stream) => frames.reset(stream, 7))
      assert.strictEqual(seen.length, 2)
      const [error] = failures
      assert.deepStrictEqual(error?._tag === "ConnectionFailed" && [error.reason, error.processed], ["closed", "no"])
    }))

  it.live("refused, and then too slow to connect: nothing was processed", () =>
    Effect.gen(function*() {
      const server = yield* frameServer((frames, stream) => frames.reset(stream, 7))
      let count = 0
      const gate = yield* listen(
        Net.createServer((socket) => {
          if (++count > 1) return
          const onward = Net.connect(server.port, "127.0.0.1")
          socket.pipe(onward).pipe(socket)
          onward.on("error", () => {})
        }),
        "https"
      )
      const transport = yield* make()
      const error = yield* failing("Timeout", transport.send(request(gate.url, { ...post, limit: { millis: 300, phase: "attempt" } })))
      assert.deepStrictEqual([count, error.processed], [2, "no"])
    }))

  it.live("GOAWAY: requests after the last one go elsewhere together, those before it are answered where they are", () =>
    Effect.gen(function*() {
      const { bodies, seen, server, transport } = yield* scene(20, (frames, stream, nth) => {
        if (frames.index > 0) return frames.answer(stream, "second")
        if (nth < 20) return
        frames.goaway(9)
        setTimeout(() => {
          for (let each = 1; each <= 9; each += 2) frames.answer(each, "first")
        }, 50)
      })
      assert.deepStrictEqual(bodies, [...Array.from({ length: 5 }, () => "first"), ...Array.from({ length: 15 }, () => "second")])
      assert.deepStrictEqual([seen.length, server.accepted()], [35, 2])
      assert.strictEqual(text(yield* transport.send(request(server.url))), "second")
      yield* until("the first connection is closed", () => server.open.size === 1)
    }))

  it.live("a connection that drains is not counted among `connections`", () =>
    Effect.gen(function*() {
      let first: (() => void) | undefined = undefined as (() => void) | undefined
      const server = yield* frameServer((frames, stream) => {
        if (frames.index > 0) return frames.answer(stream, "second")
        first = () => frames.answer(stream, "first")
        frames.goaway(2 ** 31 - 1)
      })
      const transport = yield* make({ connections: 1 })
      const fiber = yield* Effect.forkChild(transport.send(request(server.url)), { startImmediately: true })
      yield* until("the first has come", () => first !== undefined)
      assert.strictEqual(text(yield* transport.send(request(server.url))), "second")
      first?.()
      assert.strictEqual(text(yield* Fiber.join(fiber)), "first")
      yield* until("the first connection is closed", () => server.open.size === 1)
    }))

  it.live("GOAWAY with an error: those after the last one go elsewhere, those before it may have been processed", () =>
    Effect.gen(function*() {
      const { bodies, failures, seen } = yield* scene(4, (frames, stream, nth) => frames.index > 0 ? frames.answer(stream, "second") : nth === 4 ? frames.goaway(3, 2) : undefined)
      assert.deepStrictEqual([bodies, seen.length], [["second", "second"], 6])
      assert.deepStrictEqual(failures.map((error) => error._tag === "ConnectionFailed" && error.processed), ["maybe", "maybe"])
    }))

  const unclear: Record<string, (frames: Frames, stream: number) => void> = {
    "loss of the connection": ({ socket }) => socket.destroy(),
    "RST_STREAM INTERNAL_ERROR": (frames, stream) => frames.reset(stream, 2),
    "RST_STREAM CANCEL": (frames, stream) => frames.reset(stream, 8),
    "RST_STREAM NO_ERROR": (frames, stream) => frames.reset(stream, 0),
    "RST_STREAM HTTP_1_1_REQUIRED": (frames, stream) => frames.reset(stream, 13),
    "GOAWAY that covers it": (frames, stream) => {
      frames.goaway(stream)
      frames.socket.end()
    }
  }
  for (const [name, end] of Object.entries(unclear)) {
    it.live(`${name}: may have been processed, not sent again`, () =>
      Effect.gen(function*() {
        const { failures, seen } = yield* scene(1, end)
        assert.strictEqual(seen.length, 1)
        assert.deepStrictEqual(failures.map((error) => error._tag === "ConnectionFailed" && error.processed), ["maybe"])
      }))
  }

  it.live("a body that can be streamed once is not streamed twice; one that can be again is", () =>
    Effect.gen(function*() {
      for (const replay of [false, true]) {
        let runs = 0
        const stream = Stream.suspend(() => {
          runs++
          return Stream.make(Buffer.from("order"))
        })
        const { bodies, failures, seen } = yield* scene(
          1,
          (frames, id) => void setTimeout(() => frames.index === 0 ? frames.reset(id, 7) : frames.answer(id, "ok"), 30),
          { method: "POST", body: { _tag: "Stream", stream, replay } }
        )
        assert.deepStrictEqual([bodies, seen.length, runs], replay ? [["ok"], 2, 2] : [[], 1, 1])
        if (!replay) assert.deepStrictEqual(failures.map((error) => error._tag === "ConnectionFailed" && error.processed), ["no"])
      }
    }))

  it.live("GOAWAY on an idle connection: the next request goes over another one", () =>
    Effect.gen(function*() {
      const { bodies, server, transport } = yield* scene(1, (frames, stream) => {
        frames.answer(stream, "ok")
        if (frames.index === 0) frames.goaway(stream)
      })
      assert.deepStrictEqual(bodies, ["ok"])
      assert.strictEqual(text(yield* transport.send(request(server.url, post))), "ok")
      yield* until("one connection is left", () => server.open.size === 1)
      assert.strictEqual(server.accepted(), 2)
    }))

  it.live("ENHANCE_YOUR_CALM: not sent again; the next request goes over another connection", () =>
    Effect.gen(function*() {
      const { failures, seen, server, transport } = yield* scene(1, (frames, stream) => frames.index === 0 ? frames.reset(stream, 11) : frames.answer(stream, "ok"))
      assert.deepStrictEqual(failures.map((error) => error._tag === "ConnectionFailed" && error.processed), ["maybe"])
      assert.strictEqual(seen.length, 1)
      assert.strictEqual(text(yield* transport.send(request(server.url, post))), "ok")
      yield* until("one connection is left", () => server.open.size === 1)
      assert.strictEqual(server.accepted(), 2)
    }))
})
