import { assert, describe, it } from "@effect/vitest"
import { Auth, Scheme } from "credence"
import { Script } from "credence/testing"
import { WebCrypto } from "effect/crypto/WebCrypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { parseChallenges } from "../../src/wire/challenge.ts"
import { answering, Billing, failureOf, getThing, over, putThing, upload } from "../support/billing.ts"
import { asks, authorization, digestServer, fields, scheme, user, wrong } from "./support.ts"

const things = (count: number) => Effect.forEach(Array.from({ length: count }), () => getThing({ id: "1" }), { concurrency: "unbounded", discard: true })
const statuses = (script: Script.Script) => script.seen.map(({ request }) => [scheme(request), fields(request).get("nonce"), fields(request).get("nc")].join(" ").trim())

describe("Digest", () => {
  it.effect("is asked for once; then each request carries the proof, with a number of its own", () =>
    Effect.gen(function*() {
      const server = digestServer()
      const script = yield* answering(server.reply)
      yield* Effect.forEach([1, 2, 3], () => getThing({ id: "1" })).pipe(Effect.provide(over(script, { auth: Auth.digest(user) })))
      assert.deepStrictEqual(statuses(script), ["", "Digest n1 00000001", "Digest n1 00000002", "Digest n1 00000003"])
      assert.notInclude(JSON.stringify(script.seen.map(({ request }) => request.headers)), "s3cret")
    }))

  it.effect("calls at once never use a number twice, whether they know a nonce or not", () =>
    Effect.gen(function*() {
      const server = digestServer()
      const script = yield* answering((request) => ({ delay: "10 millis", ...server.reply(request) }))
      // all of them are asked before the first is answered, and get the same nonce
      yield* script.run(Billing, { authentication: Auth.digest(user) })(Effect.andThen(things(16), things(16)))
      const counts = server.counts.get("n1") ?? []
      assert.strictEqual(counts.length, 32)
      assert.deepStrictEqual([...counts].sort(), Array.from({ length: 32 }, (_, i) => (i + 1).toString(16).padStart(8, "0")))
    }))

  it.effect("a stale nonce is replaced by the new one, and nobody is asked", () =>
    Effect.gen(function*() {
      const server = digestServer()
      const script = yield* answering(server.reply)
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        server.nonce = "n2"
        yield* getThing({ id: "1" })
        yield* getThing({ id: "1" })
      }).pipe(Effect.provide(over(script, { auth: Auth.digest(user) })))
      assert.deepStrictEqual(statuses(script), ["", "Digest n1 00000001", "Digest n1 00000002", "Digest n2 00000001", "Digest n2 00000002"])
    }))

  it.effect("a server that finds every nonce stale is not asked for ever", () =>
    Effect.gen(function*() {
      let count = 0
      const script = yield* answering(() => asks(`Digest realm="r", nonce="n${count++}", qop="auth", stale=true`))
      const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth: Auth.digest(user) }))))
      assert.strictEqual(failure._tag === "AuthenticationFailed" && failure.reason, "rejected")
      assert.isBelow(script.seen.length, 6)
      assert.match(failure.message, /nonces are stale whenever they come back/)
    }))

  it.effect("one nonce with another opaque value in each place: that of the place goes back, and the count goes on", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => {
        const opaque = request.method === "PUT" ? "b" : "a"
        return fields(request).get("opaque") === opaque ? { body: { id: "1" } } : asks(`Digest realm="things", nonce="n1", qop="auth", opaque="${opaque}"`)
      })
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        yield* putThing({ id: "1", body: { id: "1" } })
      }).pipe(Effect.provide(over(script, { auth: Auth.digest(user) })))
      assert.deepStrictEqual(statuses(script), ["", "Digest n1 00000001", "Digest n1 00000002", "Digest n1 00000003"])
    }))

  it.effect("nextnonce is taken", () =>
    Effect.gen(function*() {
      const server = digestServer({ info: (proof, self) => `rspauth="${proof}", nextnonce="${self.nonce = `${self.nonce}+`}", qop=auth` })
      const script = yield* answering(server.reply)
      yield* Effect.forEach([1, 2, 3], () => getThing({ id: "1" })).pipe(Effect.provide(over(script, { auth: Auth.digest(user) })))
      assert.deepStrictEqual(statuses(script), ["", "Digest n1 00000001", "Digest n1+ 00000001", "Digest n1++ 00000001"])
    }))

  it.effect("a server that proves something wrong is not believed", () =>
    Effect.gen(function*() {
      const server = digestServer({ info: (proof) => `rspauth="${proof.replace(/^./, (first) => first === "0" ? "1" : "0")}"` })
      const script = yield* answering(server.reply)
      const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth: Auth.digest(user) }))))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "mutual", detail: "Digest: the server's proof that it knows the password (rspauth) is wrong", status: 200 })
    }))

  const text = JSON.stringify({ id: "1" })
  for (
    const [name, length, signed, outcome] of [
      ["a proof over the answer's body is checked", text.length, text, "1"],
      ["a proof over another body is wrong", text.length, "{}", "mutual"],
      ["one over a body that was decompressed, or came in chunks, says nothing", undefined, "{}", "1"]
    ] as const
  ) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const headers = length === undefined ? {} : { "content-length": String(length) }
        const server = digestServer({ headers, info: (_proof, _server, over) => `rspauth="${over(signed)}", qop=auth-int` })
        const script = yield* answering(server.reply)
        const got = yield* getThing({ id: "1" }).pipe(
          Effect.map(({ id }) => id),
          Effect.catchTag("AuthenticationFailed", ({ reason }) => Effect.succeed(reason)),
          Effect.provide(over(script, { auth: Auth.digest(user) }))
        )
        assert.strictEqual(got, outcome)
      }))
  }

  it.effect("a wrong password is refused after one answer, each time", () =>
    Effect.gen(function*() {
      const server = digestServer()
      const script = yield* answering(server.reply)
      yield* Effect.gen(function*() {
        for (const _ of [1, 2]) {
          const failure = yield* failureOf(getThing({ id: "1" }))
          assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "rejected", status: 401, detail: "who is it?" })
          assert.notInclude(JSON.stringify(failure), "wr0ng")
        }
      }).pipe(Effect.provide(over(script, { auth: Auth.digest(wrong) })))
      assert.deepStrictEqual(script.seen.map(({ request }) => scheme(request)), ["", "Digest", "", "Digest"])
    }))

  it.effect("after a password was refused that was right before, nothing is sent until the server asks", () =>
    Effect.gen(function*() {
      const server = digestServer()
      let changed = false
      const script = yield* answering((request) => changed ? asks("Digest realm=\"things\", nonce=\"n9\", qop=\"auth\"") : server.reply(request))
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        changed = true
        yield* failureOf(getThing({ id: "1" }))
        yield* failureOf(getThing({ id: "1" }))
      }).pipe(Effect.provide(over(script, { auth: Auth.digest(user) })))
      assert.deepStrictEqual(statuses(script), ["", "Digest n1 00000001", "Digest n1 00000002", "Digest n9 00000001", "", "Digest n9 00000002"])
    }))

  it.effect("a body in memory is signed where the server can have that", () =>
    Effect.gen(function*() {
      const server = digestServer({ qop: "auth,auth-int" })
      const script = yield* answering(server.reply)
      yield* Effect.forEach([1, 2], () => putThing({ id: "1", body: { id: "ä" } })).pipe(Effect.provide(over(script, { auth: Auth.digest(user) })))
      assert.deepStrictEqual(script.seen.map(({ request }) => fields(request).get("qop")), [undefined, "auth-int", "auth-int"])
    }))

  it.effect("a stream is not; where the server insists, the call fails", () =>
    Effect.gen(function*() {
      const send = upload({ body: { stream: Stream.make(new Uint8Array(3)), replay: true } })
      const both = yield* answering(digestServer({ qop: "auth,auth-int" }).reply)
      yield* send.pipe(Effect.provide(over(both, { auth: Auth.digest(user) })))
      assert.deepStrictEqual(both.seen.map(({ request }) => fields(request).get("qop")), [undefined, "auth"])
      const only = yield* answering(digestServer({ qop: "auth-int" }).reply)
      const failure = yield* failureOf(send.pipe(Effect.provide(over(only, { auth: Auth.digest(user) }))))
      assert.deepInclude(failure, { _tag: "CapabilityUnavailable", hint: "Give the body as bytes" })
      assert.include(failure.message, "auth-int")
    }))

  it.effect("a stream that can be sent only once is kept in memory up to a limit", () =>
    Effect.gen(function*() {
      const script = yield* answering(digestServer().reply)
      const send = (length: number) => upload({ body: { stream: Stream.make(new Uint8Array(length)), replay: false } })
      yield* Effect.gen(function*() {
        yield* send(10)
        const failure = yield* failureOf(send(11))
        assert.strictEqual(failure._tag, "InvalidInput")
      }).pipe(Effect.provide(over(script, { auth: Auth.digest(user, { bufferLimit: 10 }) })))
      assert.strictEqual(script.seen.length, 2)
    }))

  it.effect("the nonce goes along where the server says it is good for", () =>
    Effect.gen(function*() {
      const server = digestServer({ more: ", domain=\"/things\"" })
      const script = yield* answering(server.reply)
      yield* Effect.andThen(Effect.forEach([1, 2], () => getThing({ id: "1" })), upload({ body: { stream: Stream.make(new Uint8Array(1)), replay: true } })).pipe(
        Effect.provide(over(script, { auth: Auth.digest(user) }))
      )
      assert.deepStrictEqual(script.seen.map(({ request }) => `${request.url.pathname} ${scheme(request)}`.trim()), ["/things/1", "/things/1 Digest", "/things/1 Digest", "/upload", "/upload Digest"])
    }))

  it.effect("client nonces come from the platform's secure source, which a test may replace", () =>
    Effect.gen(function*() {
      const run = Effect.gen(function*() {
        const script = yield* answering(digestServer().reply)
        yield* Effect.forEach([1, 2], () => getThing({ id: "1" })).pipe(Effect.provide(over(script, { auth: Auth.digest(user) })))
        return script.seen.map(({ request }) => authorization(request))
      })
      /** counts instead */
      const from = (seed: number): typeof globalThis.crypto => {
        let count = seed
        return { ...globalThis.crypto, getRandomValues: (array) => (array instanceof Uint8Array ? array.fill(count++) : array, array) }
      }
      const seeded = (seed: number) => run.pipe(Effect.provideService(WebCrypto, from(seed)))
      const [one, two, other] = [yield* seeded(1), yield* seeded(1), yield* seeded(100)]
      assert.deepStrictEqual(one, two)
      assert.notDeepEqual(one, other)
      assert.notStrictEqual(one[1]?.match(/cnonce="(\w+)"/)?.[1], one[2]?.match(/cnonce="(\w+)"/)?.[1])
    }))
})

describe("what is learnt at one peer", () => {
  const challenge = parseChallenges([`Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth"`])[0]
  const peer = (side: "origin" | "proxy", host: string, port = 443): Scheme.SchemePeer => ({ side, host, port, secure: true })
  const request: Scheme.SchemeRequest = { method: "GET", target: "/", body: "", connection: undefined }
  const answered = (state: Scheme.SchemeState) => challenge === undefined ? Effect.die("no challenge") : state.begin(request).answer(challenge)

  for (
    const [name, one, other] of [
      ["[security 9] is not used at another host", peer("origin", "a.test"), peer("origin", "b.test")],
      ["[security 9] nor at another port", peer("origin", "a.test"), peer("origin", "a.test", 444)],
      ["[security 10] nor at another proxy", peer("proxy", "a.test"), peer("proxy", "b.test")],
      ["[security 10] nor at the origin of the proxy's name", peer("proxy", "a.test"), peer("origin", "a.test")]
    ] as const
  ) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const digest = Scheme.digest(user)
        const [here, there] = [digest.open(one), digest.open(other)]
        yield* answered(here)
        assert.include(yield* here.begin(request).first(false), "nonce=\"n\", nc=00000002")
        assert.isUndefined(yield* there.begin(request).first(true))
        // the same nonce there is another one, with its own count
        assert.include(yield* answered(there), "nc=00000001")
      }))
  }

  it.effect("one key for all requests of a session (-sess), so one client nonce", () =>
    Effect.gen(function*() {
      const state = Scheme.digest(user).open(peer("origin", "a.test"))
      const values = [yield* answered(state), yield* state.begin(request).first(false)]
      assert.strictEqual(new Set(values.map((value) => value?.match(/cnonce="(\w+)"/)?.[1])).size, 1)
    }))

  it.effect("[security 16] a user name that would end the line answers nothing, wherever the scheme is used", () =>
    Effect.gen(function*() {
      const state = Scheme.digest({ ...user, username: "ada\r\nx: y" }).open(peer("proxy", "a.test"))
      assert.deepInclude(yield* Effect.flip(answered(state)), { reason: "unavailable", detail: "expected a user name without control characters" })
    }))
})
