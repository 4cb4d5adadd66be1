import { assert, describe, it } from "@effect/vitest"
import { Call } from "credence"
import { NodeTransport } from "credence/node"
import * as Ntlm from "credence/ntlm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import type { Challenge, SchemeError, SchemePeer, SchemeResponse } from "../../src/services/Scheme.ts"
import type { Connection } from "../../src/services/Transport.ts"
import { answering, Billing, failureOf, fetchTransport, getThing, over, partsOver, postThing, upload } from "../support/billing.ts"
import { makeAuthority } from "../support/certificates.ts"
import { signedCertificates } from "../support/signedCertificates.ts"
import { ntlmServer, type NtlmServerOptions } from "../support/ntlmServer.ts"

const quiet = Logger.layer([])

const password = (text: string) => Redacted.make(text)
const alice: Ntlm.NtlmOptions = { username: "TESTDOM\\alice", password: password("wonderland-1") }
const authority = makeAuthority()
const tls = authority.issue({})

/** a session at a server, by real connections */
const session = (baseUrl: string, options: Ntlm.NtlmOptions = alice, transport: Parameters<typeof NodeTransport.layer>[0] = {}) =>
  Billing.layer().pipe(Layer.provide(partsOver(NodeTransport.layer({ environment: {}, ...transport }), {
    auth: Ntlm.layer(options),
    configuration: { baseUrl, tls: { ca: authority.cert } }
  })))

const withServer = (what: string, options: NtlmServerOptions, test: (server: Effect.Success<ReturnType<typeof ntlmServer>>) => Effect.Effect<void, unknown>) =>
  it.live(what, () => Effect.provide(Effect.scoped(Effect.flatMap(ntlmServer(options), test)), quiet))

const schemes = (server: { readonly seen: ReadonlyArray<{ readonly authorization: string | undefined }> }) => server.seen.map(({ authorization }) => authorization?.split(" ")[0])

describe("a login by NTLM at a real server", () => {
  const ways: ReadonlyArray<readonly [what: string, options: NtlmServerOptions, scheme: string]> = [
    ["raw", {}, "NTLM"],
    ["raw, with the server's clock", { timestamp: 133_000_000_000_000_001n }, "NTLM"],
    ["inside SPNEGO", { offer: ["Negotiate"] }, "Negotiate"],
    ["inside SPNEGO, with the MIC that the server asks for", { offer: ["Negotiate"], state: 3 }, "Negotiate"],
    ["bare inside Negotiate", { offer: ["Negotiate"], bare: true }, "Negotiate"],
    ["both offered", { offer: ["Negotiate", "NTLM"] }, "NTLM"],
    ["over TLS, bound to its certificate", { tls }, "NTLM"],
    ["inside SPNEGO over TLS", { tls, offer: ["Negotiate"] }, "Negotiate"]
  ]
  for (const [what, options, scheme] of ways) {
    withServer(what, options, (server) => Effect.gen(function*() {
      const all = yield* Effect.provide(Effect.all([getThing({ id: "1" }), getThing({ id: "2" }), getThing({ id: "3" })]), session(server.url))
      assert.deepStrictEqual(all, Array.from({ length: 3 }, () => ({ id: "TESTDOM\\alice" })), server.refusals.join())
      // asked, two rounds, and nothing more on that connection
      assert.deepStrictEqual(schemes(server), [undefined, scheme, scheme, undefined, undefined])
      assert.deepStrictEqual(new Set(server.seen.map(({ connection }) => connection)), new Set([0]))
    }))
  }

  const users: ReadonlyArray<readonly [what: string, options: Ntlm.NtlmOptions, user: string]> = [
    ["a password beyond ASCII", { username: "TESTDOM\\zoe", password: password("pässwörd€") }, "TESTDOM\\zoe"],
    ["names beyond ASCII, a password beyond UTF-16's first plane", { username: "Домен\\zoë", password: password("ключ🔑") }, "Домен\\zoë"],
    ["user@domain", { username: "ada@example.com", password: password("secret") }, "\\ada@example.com"],
    ["a domain beside the name", { username: "alice", domain: "TESTDOM", password: password("wonderland-1"), workstation: "DESK" }, "TESTDOM\\alice"]
  ]
  for (const [what, options, user] of users) {
    withServer(what, {}, (server) => Effect.gen(function*() {
      assert.deepStrictEqual(yield* Effect.provide(getThing({ id: "1" }), session(server.url, options)), { id: user }, server.refusals.join())
    }))
  }

  withServer("without a channel binding by choice: who insists on one refuses", { tls }, (server) => Effect.gen(function*() {
    const error = yield* failureOf(Effect.provide(getThing({ id: "1" }), session(server.url, { ...alice, channelBinding: "off" })))
    assert.strictEqual(error._tag, "AuthenticationFailed")
    assert.deepStrictEqual(server.refusals, ["who are you?", "channel binding"])
  }))

  withServer("a body goes with each round, and a stream that can be sent once is kept for them", {}, (server) => Effect.gen(function*() {
    yield* Effect.provide(Effect.all([
      postThing({ body: { id: "x" } }),
      Effect.ignore(upload({ body: { stream: Stream.make(new TextEncoder().encode("streamed")) } }))
    ]), session(server.url))
    assert.deepStrictEqual(server.seen.map(({ body, user }) => [body, user]), [
      ["{\"id\":\"x\"}", undefined],
      ["{\"id\":\"x\"}", undefined],
      ["{\"id\":\"x\"}", "TESTDOM\\alice"],
      ["streamed", "TESTDOM\\alice"]
    ])
  }))
})

describe("connections that are logged in", () => {
  withServer("many calls at once: each connection is logged in once, and the first message goes at once where NTLM is known", {}, (server) => Effect.gen(function*() {
    const live = session(server.url, alice, { connections: 4 })
    const all = yield* Effect.provide(
      Effect.andThen(getThing({ id: "0" }), Effect.all(Array.from({ length: 40 }, (_, i) => getThing({ id: String(i) })), { concurrency: "unbounded" })),
      live
    )
    assert.deepStrictEqual(new Set(all.map(({ id }) => id)), new Set(["TESTDOM\\alice"]))
    const connections = new Set(server.seen.map(({ connection }) => connection)).size
    assert.isAtMost(connections, 4)
    assert.isAbove(connections, 1)
    const bare = server.seen.filter(({ authorization, user }) => authorization === undefined && user === undefined)
    assert.strictEqual(bare.length, 1, "only the very first request was asked")
    // the very first request took three, each other connection's first one two
    assert.strictEqual(server.seen.length, 41 + 2 + (connections - 1))
  }))

  withServer("a connection that dies is replaced, and logged in again", {}, (server) => Effect.gen(function*() {
    yield* Effect.provide(
      Effect.gen(function*() {
        yield* getThing({ id: "1" })
        for (const socket of server.open) socket.resetAndDestroy()
        assert.deepStrictEqual(yield* getThing({ id: "2" }), { id: "TESTDOM\\alice" })
      }),
      session(server.url)
    )
    assert.deepStrictEqual(server.seen.map(({ authorization, connection }) => [connection, authorization !== undefined]), [[0, false], [0, true], [0, true], [1, true], [1, true]])
  }))

  withServer("a server that asks again on a connection gets another login", { forgets: 2 }, (server) => Effect.gen(function*() {
    const all = yield* Effect.provide(Effect.all(Array.from({ length: 5 }, (_, i) => getThing({ id: String(i) }))), session(server.url))
    assert.strictEqual(all.length, 5)
    assert.deepStrictEqual(schemes(server), [undefined, "NTLM", "NTLM", undefined, undefined, "NTLM", "NTLM", undefined, undefined, "NTLM", "NTLM"])
  }))

  withServer("`Persistent-Auth: false`: each request logs in", { persistent: "false" }, (server) => Effect.gen(function*() {
    yield* Effect.provide(Effect.all([getThing({ id: "1" }), getThing({ id: "2" })]), session(server.url))
    assert.deepStrictEqual(schemes(server), [undefined, "NTLM", "NTLM", "NTLM", "NTLM"])
  }))

  withServer("two users never meet on a connection", {}, (server) => Effect.gen(function*() {
    const part = (id: string) => getThing({ id })
    const both = Effect.gen(function*() {
      const transport = yield* Layer.build(NodeTransport.layer({ environment: {} }))
      const as = (options: Ntlm.NtlmOptions) => Billing.layer().pipe(Layer.provide(partsOver(Layer.succeedContext(transport), { auth: Ntlm.layer(options), configuration: { baseUrl: server.url } })))
      const users = [alice, { username: "TESTDOM\\zoe", password: password("pässwörd€") }]
      return yield* Effect.all(users.map((user) => Effect.provide(Effect.all([part("1"), part("2")]), as(user))), { concurrency: "unbounded" })
    })
    const answers = yield* Effect.scoped(both)
    assert.deepStrictEqual(answers, [[{ id: "TESTDOM\\alice" }, { id: "TESTDOM\\alice" }], [{ id: "TESTDOM\\zoe" }, { id: "TESTDOM\\zoe" }]])
  }))
})

describe("a login that fails", () => {
  for (const offer of ["NTLM", "Negotiate"] as const) {
    withServer(`a wrong password by ${offer}: rejected, now and again, and not shown`, { offer: [offer] }, (server) => Effect.gen(function*() {
      const wrong = { ...alice, password: password("canary-5571") }
      yield* Effect.provide(
        Effect.gen(function*() {
          for (let i = 0; i < 3; i++) {
            const error = yield* failureOf(getThing({ id: "1" }))
            assert.strictEqual(error._tag, "AuthenticationFailed")
            if (error._tag === "AuthenticationFailed") assert.strictEqual(error.reason, "rejected")
            assert.notInclude(inspect(error, { depth: 9 }), "canary-5571")
          }
        }),
        session(server.url, wrong)
      )
      assert.include(server.refusals, "proof")
    }))
  }

  const damaged: ReadonlyArray<readonly [what: string, damage: (challenge: Buffer) => Buffer, why: RegExp]> = [
    ["cut off", (challenge) => challenge.subarray(0, 20), /cut off/],
    ["without Unicode", (challenge) => (challenge.writeUInt32LE(0xe28a8232, 20), challenge), /Unicode/],
    ["for NTLMv1", (challenge) => (challenge.writeUInt32LE(0xe20a8233, 20), challenge), /target info/],
    ["that is none", () => Buffer.from("something else entirely"), /NTLM/]
  ]
  for (const [what, damage, why] of damaged) {
    withServer(`a challenge ${what}: the password is not answered with`, { damage }, (server) => Effect.gen(function*() {
      const error = yield* failureOf(Effect.provide(getThing({ id: "1" }), session(server.url)))
      assert.strictEqual(error._tag, "AuthenticationFailed")
      assert.match(error.message, why)
      assert.strictEqual(server.seen.length, 2)
    }))
  }

  withServer("NTLM that is not taken inside Negotiate says so", { offer: ["Negotiate"], state: 2 }, (server) => Effect.gen(function*() {
    const error = yield* failureOf(Effect.provide(getThing({ id: "1" }), session(server.url)))
    assert.strictEqual(error._tag, "CapabilityUnavailable")
    assert.match(error.message, /does not take NTLM inside Negotiate/)
  }))

  it.live("without connections that can be reserved: unavailable, with a hint", () =>
    Effect.scoped(Effect.gen(function*() {
      const server = yield* ntlmServer()
      const live = Billing.layer().pipe(Layer.provide(partsOver(fetchTransport, { auth: Ntlm.layer(alice), configuration: { baseUrl: server.url } })))
      const error = yield* failureOf(Effect.provide(getThing({ id: "1" }), live))
      assert.strictEqual(error._tag, "CapabilityUnavailable")
      assert.match(error.message, /cannot reserve/)
    })))

  const names: ReadonlyArray<Partial<Ntlm.NtlmOptions>> = [{ username: "a\r\nb" }, { username: "" }, { username: "x\ud800" }, { domain: "\u0000" }, { password: password("canary-1\ud800") }]
  for (const wrong of names) {
    it.effect(`names that cannot be sent fail when the session is built: ${JSON.stringify(Object.keys(wrong))}`, () =>
      Effect.gen(function*() {
        const script = yield* answering({ body: { id: "1" } })
        const error = yield* failureOf(Effect.provide(getThing({ id: "1" }), over(script, { auth: Ntlm.layer({ ...alice, ...wrong, username: wrong.username ?? "alice" }) })))
        assert.strictEqual(error._tag, "ConfigurationInvalid")
        assert.notInclude(inspect(error, { depth: 9 }), "canary-1")
        assert.strictEqual(script.seen.length, 0)
      }))
  }
})

describe("the scheme by itself", () => {
  const peer: SchemePeer = { side: "proxy", host: "proxy.test", port: 3128, secure: false }
  const connection = (): Connection => ({ certificate: undefined, reused: false })
  const asks = (token?: string, scheme = "NTLM"): Challenge => ({ scheme, token, parameters: new Map() })
  const answered = (fields: Partial<SchemeResponse> = {}): SchemeResponse => ({ status: 200, info: undefined, challenges: [], persistent: undefined, ...fields })
  const request = (on: Connection | undefined) => ({ method: "CONNECT", target: "origin.test:443", body: "", connection: on })
  /** MS-NLMP section 4.2.4.3 */
  const challenge = Buffer.from(
    "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f"
      + "53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000",
    "hex"
  ).toString("base64")
  const field = (value: string, at: number): string => {
    const bytes = Buffer.from(value.split(" ")[1] ?? "", "base64")
    return bytes.subarray(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 4) + bytes.readUInt16LE(at)).toString("utf16le")
  }
  const failing = (effect: Effect.Effect<unknown, SchemeError>, reason: SchemeError["reason"]) =>
    Effect.map(Effect.flip(effect), (error) => {
      assert.strictEqual(error.reason, reason)
      return error
    })

  it.effect("says who it is and what it costs, and no more", () =>
    Effect.sync(() => {
      const { bound, exposes, identity, name, strength, warning } = Ntlm.scheme(alice)
      assert.deepStrictEqual([name, strength, bound, exposes, identity], ["NTLM", 20, true, false, "TESTDOM\\alice"])
      assert.match(warning ?? "", /retired/)
      assert.deepStrictEqual([Ntlm.negotiate(alice).name, Ntlm.negotiate(alice).strength], ["Negotiate", 21])
      assert.notInclude(inspect(Ntlm.scheme(alice), { depth: 9 }), "wonderland-1")
    }))

  it.effect("for a proxy: its own name, and no channel binding of whatever certificate", () =>
    Effect.gen(function*() {
      const on: Connection = { certificate: signedCertificates[0]?.der, reused: false }
      const state = Ntlm.scheme(alice).open(peer)
      const login = state.begin(request(on))
      assert.isUndefined(yield* login.first(false))
      assert.isFalse(login.settled())
      assert.match((yield* login.answer(asks())) ?? "", /^NTLM TlRMTVNTUAAB/)
      const proof = (yield* login.answer(asks(challenge))) ?? ""
      assert.include(field(proof, 20), "HTTP/proxy.test")
      assert.include(Buffer.from(field(proof, 20), "utf16le").toString("hex"), `0a001000${"00".repeat(16)}`)
      assert.isTrue(login.settled())
      yield* login.accepted(answered())
      const next = state.begin(request(on))
      assert.isTrue(next.settled())
      assert.isUndefined(yield* next.first(true))
    }))

  it.effect("for a proxy that TLS is spoken with: bound to the certificate, unless that is switched off", () =>
    Effect.gen(function*() {
      const certificate = signedCertificates[0]?.der
      for (const [channelBinding, bound] of [["auto", true], [undefined, true], ["off", false]] as const) {
        const login = Ntlm.scheme({ ...alice, channelBinding }).open({ ...peer, secure: true }).begin(request({ certificate, reused: false }))
        yield* login.answer(asks())
        const proof = Buffer.from(field((yield* login.answer(asks(challenge))) ?? "", 20), "utf16le").toString("hex")
        assert.include(proof, "0a001000")
        assert.strictEqual(proof.includes(`0a001000${"00".repeat(16)}`), !bound, channelBinding)
      }
    }))

  it.effect("preemptive: the first message before it is asked for", () =>
    Effect.gen(function*() {
      const state = Ntlm.negotiate(alice).open(peer)
      assert.match((yield* state.begin(request(connection())).first(true)) ?? "", /^Negotiate YEgG/)
    }))

  it.effect("a login that was refused is over, and its connection is not taken for logged in", () =>
    Effect.gen(function*() {
      const on = connection()
      const state = Ntlm.scheme(alice).open(peer)
      const login = state.begin(request(on))
      yield* login.answer(asks())
      yield* login.answer(asks(challenge))
      assert.isUndefined(yield* login.answer(asks()))
      const next = state.begin(request(on))
      assert.isUndefined(yield* next.first(false))
      assert.isFalse(next.settled())
      assert.isDefined(yield* next.answer(asks()))
      assert.isUndefined(yield* next.answer(asks()), "refused again, without a word")
      // another connection begins at once
      assert.isDefined(yield* state.begin(request(connection())).first(false))
    }))

  it.effect("what makes no sense is a failure", () =>
    Effect.gen(function*() {
      const state = Ntlm.scheme(alice).open(peer)
      assert.match((yield* failing(state.begin(request(connection())).answer(asks(challenge)), "protocol")).detail, /not asked for/)
      const begun = state.begin(request(connection()))
      yield* begun.answer(asks())
      assert.match((yield* failing(begun.answer(asks()), "protocol")).detail, /did not go on/)
      const garbled = state.begin(request(connection()))
      yield* garbled.answer(asks())
      assert.match((yield* failing(garbled.answer(asks("a")), "protocol")).detail, /base64/)
      assert.match((yield* failing(state.begin(request(undefined)).answer(asks()), "unavailable")).hint ?? "", /credence\/node/)
      const unnamed = Ntlm.scheme({ ...alice, username: "a\nb" }).open(peer).begin(request(connection()))
      yield* failing(unnamed.first(true), "protocol")
      yield* failing(unnamed.answer(asks()), "protocol")
    }))

  it.effect("inside Negotiate: another mechanism, no message, a refusal beside the answer", () =>
    Effect.gen(function*() {
      const state = Ntlm.negotiate(alice).open(peer)
      const token = (hex: string) => asks(Buffer.from(hex, "hex").toString("base64"), "Negotiate")
      for (const [hex, reason] of [["a1143012a0030a0101a10b06092a864886f712010202", "unavailable"], ["a1073005a0030a0101", "protocol"], ["a100", "protocol"]] as const) {
        const login = state.begin(request(connection()))
        yield* login.answer(asks(undefined, "Negotiate"))
        yield* failing(login.answer(token(hex)), reason)
      }
      const on = connection()
      const login = state.begin(request(on))
      yield* login.answer(asks(undefined, "Negotiate"))
      yield* login.answer(asks(challenge, "Negotiate"))
      yield* login.accepted(answered({ challenges: [token("a1073005a0030a0102")] }))
      assert.isFalse(state.begin(request(on)).settled())
    }))
})

describe("beside other ways", () => {
  for (const offer of ["NTLM", "Negotiate"] as const) {
    withServer(`${offer}: that it is being retired is logged once a session, and nothing else`, { offer: [offer] }, (server) => Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(message))])
      yield* Effect.provide(Effect.all([getThing({ id: "1" }), getThing({ id: "2" })], { concurrency: 2 }), Layer.mergeAll(session(server.url), logger))
      assert.deepStrictEqual(logged, [["NTLM is being retired: use Kerberos where the server takes it"]])
    }))
  }

  withServer("`auth: false` sends nothing over a connection of its own", {}, (server) => Effect.gen(function*() {
    yield* Effect.provide(Effect.andThen(getThing({ id: "1" }), Effect.flip(getThing({ id: "2" }).pipe(Call.with({ auth: false })))), session(server.url))
    assert.strictEqual(server.seen.at(-1)?.user, undefined)
    assert.strictEqual(server.seen.at(-1)?.connection, 1)
  }))
})
