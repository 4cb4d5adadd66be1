/** Logins that belong to connections: each goes over one that is reserved for it. Over real HTTP, against a server that logs sockets in. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, Endpoint, Session, Transport } from "credence"
import { ConnectionFailed } from "credence/errors"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as http from "node:http"
import type * as net from "node:net"
import { answering, failureOf, ok } from "../support/billing.ts"
import { httpServer, type Listening } from "../support/servers.ts"

class Bank extends Session.Service<Bank>()("bank") {}
const Who = Schema.Struct({ user: Schema.String, body: Schema.String })
const who = Endpoint.get(Bank, "/who", { name: "who", success: Who })
const pay = Endpoint.post(Bank, "/pay", { name: "pay", body: Schema.Struct({ sum: Schema.Number }), success: Who })
const upload = Endpoint.post(Bank, "/upload", { name: "upload", body: Endpoint.Body.stream(), success: Who })
const download = Endpoint.get(Bank, "/download", { name: "download", success: Endpoint.Reply.stream() })

/** `Twice hello:user`, `401 Twice nonce`, `Twice proof:user:nonce`: then the socket is that user's. */
interface Seen {
  readonly user: string
  readonly path: string
  readonly socket: number
  readonly authorization: string | undefined
  readonly body: string
  readonly status: number
}
const bank = Effect.gen(function*() {
  const sockets = new Map<net.Socket, { readonly id: number; nonce?: string; user?: string }>()
  const seen: Array<Seen> = []
  let count = 0
  const server = yield* httpServer((request, response) => {
    let body = ""
    request.on("data", (chunk: Buffer) => body += chunk.toString("latin1")).on("end", () => answer(request, response, body))
  })
  const answer = (request: http.IncomingMessage, response: http.ServerResponse, body: string): void => {
    const { socket } = request
    const state = sockets.get(socket) ?? { id: sockets.size }
    sockets.set(socket, state)
    const { authorization } = request.headers
    const [step, user, nonce] = (authorization ?? "").replace(/^Twice /, "").split(":")
    const reply = (status: number, headers: Record<string, string>, text: string): void => {
      seen.push({ user: state.user ?? "", path: request.url ?? "", socket: state.id, authorization, body, status })
      response.writeHead(status, headers).end(text)
    }
    if (step === "hello") {
      state.nonce = `n${count++}`
      delete state.user
      return reply(401, { "www-authenticate": `Twice ${state.nonce}` }, "")
    }
    if (user === "mallory") return reply(401, { "www-authenticate": "Twice" }, "")
    if (step === "proof" && user !== undefined && nonce === state.nonce) state.user = user
    if (state.user === undefined) return reply(401, { "www-authenticate": "Twice" }, "")
    const text = request.url === "/download" ? "x".repeat(200_000) : JSON.stringify({ user: state.user, body })
    reply(200, { "content-type": request.url === "/download" ? "text/plain" : "application/json" }, text)
  }
  return { ...server, seen, logins: () => seen.filter(({ authorization }) => authorization?.includes("proof") === true).length }
})

/** An authentication of a user's own making. `limit`: bytes of a stream that are kept in memory */
let partitions = 0
const twice = (user: string, limit = 1000): Layer.Layer<Auth.Authentication> =>
  Layer.succeed(Auth.Authentication, {
    method: "twice",
    make: (context) => Effect.sync(() => {
      const loggedIn = new WeakSet<object>()
      const partition = `twice-${partitions++}`
      const credentials = (authorization?: string): Auth.Credentials => ({ headers: authorization === undefined ? {} : { authorization }, generation: 1 })
      const isIn = (hop: Auth.AuthenticationHop): boolean => hop.connection !== undefined && loggedIn.has(hop.connection)
      return {
        method: "twice",
        binds: () => partition,
        guarded: true,
        replays: limit,
        settled: isIn,
        credentials: (hop) => Effect.succeed(credentials(isIn(hop) ? undefined : `Twice hello:${user}`)),
        challenged: (hop, _used, response) => Effect.sync(() => {
          const [, nonce] = String(response.headers["www-authenticate"]).split(" ")
          if (hop.connection !== undefined) loggedIn.delete(hop.connection)
          return credentials(nonce === undefined ? `Twice hello:${user}` : `Twice proof:${user}:${nonce}`)
        }),
        accepted: (hop) => Effect.sync(() => {
          if (hop.connection !== undefined) loggedIn.add(hop.connection)
        }),
        authenticate: context.probe,
        status: Effect.succeed({ method: "twice", state: "active" as const, generation: 1, identity: user }),
        secrets: () => []
      } satisfies Auth.Authenticator
    })
  })

const over = (server: Listening, auth: Layer.Layer<Auth.Authentication>) =>
  Bank.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: server.origin, retry: "none" })]))

/** Ends connections, and waits until the other side has closed them as well. */
const closed = (sockets: Iterable<net.Socket>): Effect.Effect<void> =>
  Effect.forEach([...sockets], (socket) => Effect.callback<void>((resume) => {
    socket.once("close", () => resume(Effect.void)).end()
  }), { discard: true })

const closedSoon = (server: Listening): Effect.Effect<void> =>
  Effect.forEach([...server.open], (socket) => Effect.callback<void>((resume) => {
    if (socket.destroyed) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void)).resume()
  }), { discard: true }).pipe(Effect.timeoutOrElse({ duration: "2 seconds", orElse: () => Effect.sync(() => assert.fail(`${server.open.size} connections are left open`)) }))

const body = (text: string, replay = false) => ({ body: { stream: Stream.make(new TextEncoder().encode(text)), replay } })

describe("a login that belongs to a connection", () => {
  it.live("has all its rounds on one connection, once for each connection", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const calls = Effect.all(Array.from({ length: 40 }, () => who()), { concurrency: 8 })
      const answers = yield* calls.pipe(Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer()))))
      assert.deepStrictEqual([...new Set(answers.map(({ user }) => user))], ["ann"])
      assert.isAtMost(server.accepted(), 8)
      assert.strictEqual(server.logins(), server.accepted())
      // 40 answers and one challenge a connection: nothing was asked twice
      assert.strictEqual(server.seen.length, 40 + server.accepted())
    }).pipe(Effect.scoped))

  it.live("[security 25] is never used under another identity, whatever shares the transport", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const user = (name: string) => Effect.gen(function*() {
        const context = yield* Layer.build(over(server, twice(name)))
        return yield* Effect.all(Array.from({ length: 30 }, () => Effect.provide(who(), context)), { concurrency: 4 })
      })
      const names = ["ann", "bob", "cy"]
      const answers = yield* Effect.all(names.map(user), { concurrency: "unbounded" }).pipe(Effect.provide(NodeTransport.layer()))
      for (const [index, all] of answers.entries()) for (const { user } of all) assert.strictEqual(user, names[index])
      // a socket knows one user only
      const users = new Map<number, Set<string>>()
      for (const { socket, user } of server.seen) if (user !== "") users.set(socket, (users.get(socket) ?? new Set()).add(user))
      assert.isTrue([...users.values()].every((set) => set.size === 1))
    }).pipe(Effect.scoped))

  it.live("[security 25] an override does not meet the outer session's connections", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const answers = yield* Effect.gen(function*() {
        const before = yield* who()
        const inside = yield* Effect.provide(who(), Bank.override(twice("bob")))
        return [before.user, inside.user, (yield* who()).user]
      }).pipe(Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer()))))
      assert.deepStrictEqual(answers, ["ann", "bob", "ann"])
      assert.strictEqual(server.accepted(), 2)
    }).pipe(Effect.scoped))

  it.live("[security 25] of several security schemes each has connections of its own, and a key that goes without a login has others", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const auth = Auth.schemes({ Ann: { type: "http", scheme: "twice" }, Bob: { type: "http", scheme: "twice" }, Key: { type: "apiKey", in: "header", name: "x-key" } })({
        Ann: twice("ann"),
        Bob: twice("bob"),
        Key: Redacted.make("k")
      })
      const wanting = (...names: ReadonlyArray<string>) => Endpoint.get(Bank, "/who", { name: names.join(), success: Who, security: [Object.fromEntries(names.map((name) => [name, []]))] })
      const [ann, bob, key, both] = [wanting("Ann"), wanting("Bob"), wanting("Key"), wanting("Ann", "Key")]
      yield* Effect.gen(function*() {
        const users = Effect.all(Array.from({ length: 40 }, (_, i) => [ann, bob, both][i % 3]!()), { concurrency: 6 })
        assert.deepStrictEqual((yield* users).map(({ user }) => user), Array.from({ length: 40 }, (_, i) => ["ann", "bob", "ann"][i % 3]))
        assert.deepInclude(yield* failureOf(key()), { _tag: "AuthenticationFailed", reason: "rejected" })
        const before = server.accepted()
        // a login is not lost with what goes along
        yield* Effect.andThen(ann(), both())
        assert.strictEqual(server.accepted(), before)
      }).pipe(Effect.provide(over(server, auth).pipe(Layer.provide(NodeTransport.layer()))))
    }).pipe(Effect.scoped))

  it.live("is made again when the connection dies, and the request arrives once", () =>
    Effect.gen(function*() {
      const server = yield* bank
      yield* Effect.gen(function*() {
        assert.strictEqual((yield* pay({ body: { sum: 1 } })).user, "ann")
        yield* closed(server.open)
        assert.strictEqual((yield* pay({ body: { sum: 2 } })).user, "ann")
      }).pipe(Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer()))))
      assert.strictEqual(server.accepted(), 2)
      assert.deepStrictEqual(server.seen.filter(({ status }) => status === 200).map(({ body }) => body), ["{\"sum\":1}", "{\"sum\":2}"])
    }).pipe(Effect.scoped))

  it.live("does not leave a connection behind on which it was refused", () =>
    Effect.gen(function*() {
      const server = yield* bank
      yield* Effect.gen(function*() {
        for (const expected of [1, 2]) {
          assert.deepInclude(yield* failureOf(who()), { _tag: "AuthenticationFailed", reason: "rejected" })
          assert.strictEqual(server.accepted(), expected)
        }
      }).pipe(Effect.provide(over(server, twice("mallory")).pipe(Layer.provide(NodeTransport.layer()))))
    }).pipe(Effect.scoped))

  it.live("keeps its connection while an answer is read, and gives it back then", () =>
    Effect.gen(function*() {
      const server = yield* bank
      yield* Effect.gen(function*() {
        yield* Effect.scoped(Effect.gen(function*() {
          const file = yield* download()
          // the connection has not been given back: another one is made
          yield* who()
          assert.strictEqual(server.accepted(), 2)
          assert.strictEqual(yield* Stream.runFold(file.body, () => 0, (sum, chunk) => sum + chunk.length), 200_000)
        }))
        yield* Effect.all([who(), who()], { concurrency: 2 })
        assert.strictEqual(server.accepted(), 2)
        assert.strictEqual(server.logins(), 2)
      }).pipe(Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer()))))
    }).pipe(Effect.scoped))

  it.live("goes on over its connection where the server asks with a long page", () =>
    Effect.gen(function*() {
      const nonces = new WeakMap<net.Socket, string>()
      const page = "x".repeat(200_000)
      const server = yield* httpServer((request, response) => {
        const { authorization = "" } = request.headers
        if (authorization === `Twice proof:ann:${nonces.get(request.socket)}`) return void response.writeHead(200, { "content-type": "text/plain" }).end("ok")
        nonces.set(request.socket, "n")
        response.writeHead(401, { "www-authenticate": "Twice n" }).end(page)
      })
      const text = yield* Effect.scoped(Effect.flatMap(download(), ({ body }) => Stream.mkString(Stream.decodeText(body)))).pipe(
        Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer())))
      )
      assert.strictEqual(text, "ok")
      assert.strictEqual(server.accepted(), 1)
    }).pipe(Effect.scoped))

  it.live("serves HEAD as well, and outlives it", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const look = Endpoint.head(Bank, "/who", { name: "look", success: Schema.Void })
      yield* Effect.all([look(), who(), look(), who()]).pipe(Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer()))))
      assert.strictEqual(server.accepted(), 1)
      assert.strictEqual(server.logins(), 1)
    }).pipe(Effect.scoped))

  it.live("waits for a connection where there may be only so many", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const calls = Effect.all(Array.from({ length: 20 }, () => who()), { concurrency: 10 })
      yield* calls.pipe(Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer({ connections: 2 })))))
      assert.strictEqual(server.accepted(), 2)
    }).pipe(Effect.scoped))

  it.live("frees its connection when the call is given up in mid-handshake", () =>
    Effect.gen(function*() {
      const server = yield* bank
      yield* Effect.gen(function*() {
        for (let i = 0; i < 20; i++) {
          const fiber = yield* Effect.forkChild(who())
          if (i % 2 === 0) yield* Effect.yieldNow
          yield* Fiber.interrupt(fiber)
        }
        assert.strictEqual((yield* who()).user, "ann")
      }).pipe(Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer({ connections: 1 })))))
    }).pipe(Effect.scoped))

  it.live("frees its connection when the call fails before anything was sent on it", () =>
    Effect.gen(function*() {
      const server = yield* bank
      yield* Effect.gen(function*() {
        for (let i = 0; i < 3; i++) assert.deepInclude(yield* failureOf(upload(body("longer than ten bytes"))), { _tag: "InvalidInput" })
        assert.strictEqual((yield* who()).user, "ann")
      }).pipe(Effect.provide(over(server, twice("ann", 10)).pipe(Layer.provide(NodeTransport.layer({ connections: 1, connectTimeout: "1 second" })))))
      // with the transport all are closed, those without a request included
      yield* closedSoon(server)
    }).pipe(Effect.scoped))

  it.live("[faults 36] closes what was reserved and never used: with its scope, or with the transport", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const request = { method: "GET", url: new URL(server.url), headers: {}, body: undefined, operation: "who", attempt: 1, displayUrl: server.url, limit: undefined, partition: "ann", tls: undefined, proxy: undefined, maxResponseSize: undefined }
      yield* Effect.scoped(Effect.gen(function*() {
        const { reserve } = yield* NodeTransport.make({ environment: {} })
        assert.isDefined(reserve)
        yield* Effect.scoped(Effect.andThen(reserve(request, false), reserve(request, true)))
        yield* closedSoon(server)
        yield* reserve(request, false)
        assert.strictEqual(server.open.size, 1)
      }))
      yield* closedSoon(server)
      assert.strictEqual(server.accepted(), 3)
    }).pipe(Effect.scoped))
})

describe("a body that is a stream, before a login", () => {
  it.live("is read into memory, up to the limit", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const answer = yield* upload(body("once only")).pipe(Effect.provide(over(server, twice("ann")).pipe(Layer.provide(NodeTransport.layer()))))
      assert.deepStrictEqual(answer, { user: "ann", body: "once only" })
    }).pipe(Effect.scoped))

  it.live("fails above the limit before anything is sent, and says what to do", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const error = yield* failureOf(upload(body("longer than ten bytes"))).pipe(Effect.provide(over(server, twice("ann", 10)).pipe(Layer.provide(NodeTransport.layer()))))
      assert.deepInclude(error, { _tag: "InvalidInput" })
      assert.include(error.message, "kept in memory up to 10 bytes")
      assert.include(error.message, "authenticate()")
      assert.deepStrictEqual(server.seen, [])
    }).pipe(Effect.scoped))

  it.live("goes as it is once its connection is logged in", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const answer = yield* Effect.gen(function*() {
        yield* Bank.authenticate()
        return yield* upload(body("longer than ten bytes"))
      }).pipe(Effect.provide(over(server, twice("ann", 10)).pipe(Layer.provide(NodeTransport.layer()))))
      assert.strictEqual(answer.body, "longer than ten bytes")
      assert.strictEqual(server.accepted(), 1)
    }).pipe(Effect.scoped))

  it.live("fails with what to do where the server asks before it takes a long one; signed in, it goes through", () =>
    Effect.gen(function*() {
      const users = new WeakSet<net.Socket>()
      const server = yield* httpServer((request, response) => {
        request.resume()
        if (request.headers.authorization === "Twice proof:ann:n") users.add(request.socket)
        if (!users.has(request.socket)) return void response.writeHead(401, { "www-authenticate": "Twice n" }).end()
        request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{\"user\":\"ann\",\"body\":\"\"}"))
      })
      const long = { body: { stream: Stream.fromIterable(Array.from({ length: 320 }, () => new Uint8Array(65_536))), replay: true } }
      yield* Effect.gen(function*() {
        const error = yield* failureOf(upload(long))
        assert.deepInclude(error, { _tag: "ConnectionFailed", reason: "body", processed: "no" })
        assert.include(error.message, "authenticate()")
        yield* Bank.authenticate()
        assert.strictEqual((yield* upload(long)).user, "ann")
      }).pipe(Effect.provide(over(server, twice("ann", 10)).pipe(Layer.provide(NodeTransport.layer()))))
    }).pipe(Effect.scoped))

  it.live("is sent again where it says that it can be", () =>
    Effect.gen(function*() {
      const server = yield* bank
      const answer = yield* upload(body("as often as you like", true)).pipe(Effect.provide(over(server, twice("ann", 0)).pipe(Layer.provide(NodeTransport.layer()))))
      assert.strictEqual(answer.body, "as often as you like")
    }).pipe(Effect.scoped))
})

describe("a reserved connection that is closed before the request is written", () => {
  const lost = (request: { readonly url: URL }) => new ConnectionFailed({ operation: "who", method: "GET", url: request.url.href, attempts: 1, reason: "closed", processed: "no" })
  /** `dead`: how many reserved connections turn out to be closed */
  const transport = (dead: number) => {
    const reserved: Array<boolean> = []
    const sent: Array<string | undefined> = []
    const layer = Layer.succeed(Transport.Transport, {
      name: "test",
      send: (request) => Effect.suspend(() => {
        sent.push(request.headers["authorization"])
        if (reserved.length <= dead) return Effect.fail(lost(request))
        return Effect.succeed({ status: 200, headers: { "content-type": "application/json" }, body: new TextEncoder().encode("{\"user\":\"ann\",\"body\":\"\"}") })
      }),
      open: () => Effect.die("not used"),
      reserve: (_request, fresh) => Effect.sync(() => {
        reserved.push(fresh)
        return { certificate: undefined, reused: !fresh, discard: () => {} }
      })
    })
    return { reserved, sent, layer }
  }
  const run = (layer: Layer.Layer<Transport.Transport>) =>
    who().pipe(Effect.provide(Bank.layer().pipe(Layer.provide([twice("ann"), Configuration.layer({ baseUrl: "https://bank.example.com", retry: "none" }), layer]))))

  it.effect("is replaced by a fresh one, where the login begins anew", () =>
    Effect.gen(function*() {
      const { layer, reserved, sent } = transport(1)
      yield* run(layer)
      assert.deepStrictEqual(reserved, [false, true])
      assert.deepStrictEqual(sent, ["Twice hello:ann", "Twice hello:ann"])
    }))

  it.effect("is not replaced twice: then the failure is the caller's", () =>
    Effect.gen(function*() {
      const { layer, reserved } = transport(5)
      assert.deepInclude(yield* failureOf(run(layer)), { _tag: "ConnectionFailed", reason: "closed", processed: "no" })
      assert.deepStrictEqual(reserved, [false, true])
    }))

  it.effect("is replaced after a redirect as well", () =>
    Effect.gen(function*() {
      const reserved: Array<boolean> = []
      const sent: Array<string> = []
      const layer = Layer.succeed(Transport.Transport, {
        name: "test",
        send: (request) => Effect.suspend((): Effect.Effect<Transport.TransportResponse, ConnectionFailed> => {
          sent.push(`${request.method} ${request.url.pathname}`)
          if (request.method === "POST") return Effect.succeed({ status: 303, headers: { location: "/who" }, body: new Uint8Array(0) })
          if (reserved.length === 2) return Effect.fail(lost(request))
          return Effect.succeed({ status: 200, headers: { "content-type": "application/json" }, body: new TextEncoder().encode("{\"user\":\"ann\",\"body\":\"\"}") })
        }),
        open: () => Effect.die("not used"),
        reserve: (_request, fresh) => Effect.sync(() => {
          reserved.push(fresh)
          return { certificate: undefined, reused: !fresh, discard: () => {} }
        })
      })
      const paid = yield* pay({ body: { sum: 1 } }).pipe(Effect.provide(Bank.layer().pipe(Layer.provide([twice("ann"), Configuration.layer({ baseUrl: "https://bank.example.com", retry: "none" }), layer]))))
      assert.strictEqual(paid.user, "ann")
      assert.deepStrictEqual(sent, ["POST /pay", "GET /who", "GET /who"])
      assert.deepStrictEqual(reserved, [false, false, true])
    }))
})

describe("a transport that cannot reserve connections", () => {
  it.effect("is used without: it is for the authentication to say what that means", () =>
    Effect.gen(function*() {
      const script = yield* answering({ ...ok, body: { user: "x", body: "" } })
      yield* who().pipe(Effect.provide(Bank.layer().pipe(Layer.provide([twice("ann"), Configuration.layer({ baseUrl: "https://bank.example.com" }), script.layer]))))
      assert.strictEqual(script.seen[0]?.request.headers["authorization"], "Twice hello:ann")
    }))
})
