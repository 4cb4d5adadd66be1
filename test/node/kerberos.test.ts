import { assert, describe, it } from "@effect/vitest"
import { Scheme, type Transport } from "credence"
import { Kerberos } from "credence/node"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, beforeEach } from "vitest"
import { withVariables } from "../../src/node/kerberos/environment.ts"
import { troubleOf } from "../../src/node/kerberos/failures.ts"
import { readCache } from "../../src/node/kerberos/cacheFile.ts"

// --- a library that does as it is told -------------------------------------------------------------------------------------

interface Call {
  readonly service: string
  readonly options: { readonly flags: number; readonly mechOID: number; readonly principal?: string }
  readonly variables: Readonly<Record<string, string | undefined>>
}

/** A library whose context takes the proof `proof`, and gives the tokens `t1`, `t2`, …; `rounds` of them before it waits for the proof. */
const library = (options: { readonly fails?: string; readonly rounds?: number; readonly token?: string } = {}) => {
  const calls: Array<Call> = []
  let count = 0
  const loaded = {
    initializeClient: async (service: string, given: Call["options"]) => {
      const { KRB5_CLIENT_KTNAME, KRB5_CONFIG, KRB5CCNAME } = process.env
      calls.push({ service, options: given, variables: { KRB5CCNAME, KRB5_CLIENT_KTNAME, KRB5_CONFIG } })
      if (options.fails !== undefined) throw new Error(options.fails)
      let round = 0
      const context = {
        username: null as string | null,
        step: async (token: string) => {
          if (token === "cHJvb2Y=") {
            context.username = "ada@EXAMPLE.COM"
            return null
          }
          if (token !== "" && round >= (options.rounds ?? 1)) throw new Error("Unspecified GSS failure.  Minor code may provide more information: Wrong")
          round++
          return options.token ?? `t${++count}`
        }
      }
      return context
    }
  }
  return { calls, load: () => Promise.resolve(loaded) }
}

const proof = "cHJvb2Y="
const peer: Scheme.SchemePeer = { side: "origin", host: "api.example.com", port: 443, secure: true }
const bare: Scheme.Challenge = { scheme: "Negotiate", token: undefined, parameters: new Map() }
const withToken = (token: string): Scheme.Challenge => ({ ...bare, token })
const connection = (): Transport.Connection => ({ certificate: undefined, reused: false })
const answer = (more: Partial<Scheme.SchemeResponse> = {}): Scheme.SchemeResponse => ({ status: 200, info: undefined, challenges: [], persistent: undefined, body: undefined, ...more })
const proven = answer({ challenges: [withToken(proof)] })

const begin = (state: Scheme.SchemeState, on?: Transport.Connection, method = "GET") => state.begin({ method, target: "/", body: undefined, connection: on })

/** A whole exchange with a server: what was sent, in order; `asks` says whether it answers a request without a token by 401. */
const exchange = (state: Scheme.SchemeState, options: { readonly on?: Transport.Connection; readonly method?: string; readonly asks: boolean; readonly accepts?: Scheme.SchemeResponse }) =>
  Effect.gen(function*() {
    const login = begin(state, options.on, options.method)
    const settled = login.settled()
    const sent = [yield* login.first(false)]
    if (sent[0] === undefined && options.asks) sent.push(yield* login.answer(bare))
    yield* login.accepted(sent.at(-1) === undefined ? answer() : options.accepts ?? proven)
    return { sent, settled }
  })

const failure = <A>(self: Effect.Effect<A, Scheme.SchemeError>) => Effect.flip(self)

const before = { ...process.env }
const variables = ["KRB5CCNAME", "KRB5_CLIENT_KTNAME", "KRB5_CONFIG"]
beforeEach(() => {
  for (const name of variables) delete process.env[name]
})
afterAll(() => {
  for (const name of variables) if (before[name] !== undefined) process.env[name] = before[name]
})

describe("Negotiate by Kerberos", () => {
  it.effect("answers a challenge with a token for HTTP@host, mutual, never delegating, inside SPNEGO", () =>
    Effect.gen(function*() {
      const { calls, load } = library()
      const state = Kerberos.scheme({ load }).open(peer)
      const login = begin(state)
      assert.isUndefined(yield* login.first(false))
      assert.strictEqual(yield* login.answer(bare), "Negotiate t1")
      yield* login.accepted(proven)
      assert.strictEqual(calls[0]?.service, process.platform === "win32" ? "HTTP/api.example.com" : "HTTP@api.example.com")
      assert.deepStrictEqual(calls[0]?.options, { flags: 2 | 8, mechOID: 6 })
    }))

  it.effect("principal, service and delegation are handed over", () =>
    Effect.gen(function*() {
      const { calls, load } = library()
      yield* begin(Kerberos.scheme({ load, principal: "ada@EXAMPLE.COM", service: "HTTP/other.example.com", delegate: true }).open(peer)).first(true)
      assert.deepStrictEqual(calls[0]?.options, { flags: 1 | 2 | 8, mechOID: 6, principal: "ada@EXAMPLE.COM" })
      assert.strictEqual(calls[0]?.service, "HTTP@other.example.com")
    }))

  it.effect("several rounds: the server's tokens go to the same context", () =>
    Effect.gen(function*() {
      const login = begin(Kerberos.scheme({ load: library({ rounds: 3 }).load }).open(peer))
      assert.deepStrictEqual([yield* login.answer(bare), yield* login.answer(withToken("bW9yZQ==")), yield* login.answer(withToken("bW9yZQ=="))], ["Negotiate t1", "Negotiate t2", "Negotiate t3"])
    }))

  it.effect("refused: a bare challenge after the token, and a token that rejects, end it", () =>
    Effect.gen(function*() {
      const { calls, load } = library()
      const state = Kerberos.scheme({ load }).open(peer)
      for (const refusal of [bare, withToken("oQcwBaADCgEC")]) {
        const login = begin(state)
        yield* login.answer(bare)
        assert.isUndefined(yield* login.answer(refusal))
      }
      assert.strictEqual(calls.length, 2)
    }))

  it.effect("a continuation of what was not begun is an error", () =>
    Effect.map(failure(begin(Kerberos.scheme({ load: library().load }).open(peer)).answer(withToken(proof))), ({ reason }) => assert.strictEqual(reason, "protocol")))

  it.effect("where the system would log in by NTLM instead, nothing is sent", () =>
    Effect.gen(function*() {
      const token = Buffer.from("`…NTLMSSP\0…").toString("base64")
      const error = yield* failure(begin(Kerberos.scheme({ load: library({ token }).load }).open(peer)).answer(bare))
      assert.strictEqual(error.reason, "unavailable")
      assert.include(error.hint ?? "", "credence/ntlm")
    }))

  it("what is wrong with options is a problem of the scheme", () => {
    assert.isUndefined(Kerberos.scheme({ service: "HTTP@a" }).problem)
    for (const options of [{ service: "HTTP" }, { service: "HTTP@a@REALM" }, { principal: "" }, { principal: "ada\0@EVIL" }, { keytab: "a\nb" }]) {
      assert.isString(Kerberos.scheme(options).problem, JSON.stringify(options))
    }
  })
})

describe("the server's proof", () => {
  const login = (options: Kerberos.Options, side: "origin" | "proxy" = "origin") =>
    Effect.gen(function*() {
      const login = begin(Kerberos.scheme({ load: library().load, ...options }).open({ ...peer, side }))
      yield* login.answer(bare)
      return login
    })

  it.effect("of an origin it is required: without one the answer is not taken", () =>
    Effect.gen(function*() {
      const error = yield* failure((yield* login({})).accepted(answer()))
      assert.strictEqual(error.reason, "mutual")
      yield* (yield* login({ mutual: "optional" })).accepted(answer())
    }))

  it.effect("of a proxy it is not, unless it is asked for", () =>
    Effect.gen(function*() {
      yield* (yield* login({}, "proxy")).accepted(answer())
      assert.strictEqual((yield* failure((yield* login({ mutual: "required" }, "proxy")).accepted(answer()))).reason, "mutual")
    }))

  it.effect("one that comes is checked in any case: a wrong one, and one that completes nothing", () =>
    Effect.gen(function*() {
      for (const side of ["origin", "proxy"] as const) {
        const wrong = (yield* login({ mutual: "optional" }, side)).accepted(answer({ challenges: [withToken("d3Jvbmc=")] }))
        assert.strictEqual((yield* failure(wrong)).reason, "mutual")
        const incomplete = begin(Kerberos.scheme({ load: library({ rounds: 9 }).load, mutual: "optional" }).open({ ...peer, side }))
        yield* incomplete.answer(bare)
        assert.strictEqual((yield* failure(incomplete.accepted(answer({ challenges: [withToken("bW9yZQ==")] })))).reason, "mutual")
      }
    }))

  it.effect("an error of the server stays an error of the server, without a proof", () =>
    Effect.flatMap(login({}), (login) => login.accepted(answer({ status: 502 }))))
})

describe("what a login holds for", () => {
  const open = (options: Kerberos.Options = {}) => Kerberos.scheme({ load: library().load, ...options }).open(peer)

  it.effect("a server that asks for each request is tried once, and then gets a token with each", () =>
    Effect.gen(function*() {
      const state = open(), on = connection()
      const runs = yield* Effect.forEach([1, 2, 3, 4], () => exchange(state, { on, asks: true }))
      assert.deepStrictEqual(runs.map(({ sent }) => sent), [[undefined, "Negotiate t1"], [undefined, "Negotiate t2"], ["Negotiate t3"], ["Negotiate t4"]])
      assert.deepStrictEqual(runs.map(({ settled }) => settled), [false, false, true, true])
    }))

  it.effect("a server that keeps the login for the connection gets one token a connection", () =>
    Effect.gen(function*() {
      const state = open(), first = connection(), second = connection()
      const runs = [
        yield* exchange(state, { on: first, asks: true }),
        yield* exchange(state, { on: first, asks: false }),
        yield* exchange(state, { on: first, asks: false, method: "POST" }),
        yield* exchange(state, { on: second, asks: false }),
        yield* exchange(state, { on: second, asks: false })
      ]
      assert.deepStrictEqual(runs.map(({ sent }) => sent), [[undefined, "Negotiate t1"], [undefined], [undefined], ["Negotiate t2"], [undefined]])
      assert.deepStrictEqual(runs.map(({ settled }) => settled), [false, false, true, true, true])
    }))

  it.effect("requests that change something are never the ones to try with", () =>
    Effect.gen(function*() {
      const state = open(), on = connection()
      yield* exchange(state, { on, asks: true })
      assert.deepStrictEqual(yield* exchange(state, { on, asks: true, method: "POST" }), { sent: ["Negotiate t2"], settled: true })
    }))

  it.effect("Persistent-Auth decides where it is sent", () =>
    Effect.gen(function*() {
      for (const [persistent, next] of [[true, undefined], [false, "Negotiate t2"]] as const) {
        const state = open(), on = connection()
        yield* exchange(state, { on, asks: true, accepts: { ...proven, persistent } })
        assert.deepStrictEqual((yield* exchange(state, { on, asks: false, method: "POST" })).sent, [next])
      }
    }))

  it.effect("a login that the server has forgotten is made anew", () =>
    Effect.gen(function*() {
      const state = open({ reuse: "connection" }), on = connection()
      yield* exchange(state, { on, asks: true })
      assert.deepStrictEqual((yield* exchange(state, { on, asks: false })).sent, [undefined])
      assert.deepStrictEqual((yield* exchange(state, { on, asks: true })).sent, [undefined, "Negotiate t2"])
      assert.deepStrictEqual((yield* exchange(state, { on, asks: false })).sent, [undefined])
    }))

  it.effect("`reuse: \"request\"` sends a token with each request once the server has asked", () =>
    Effect.gen(function*() {
      const state = open({ reuse: "request" }), on = connection()
      yield* exchange(state, { on, asks: true })
      assert.deepStrictEqual((yield* exchange(state, { on, asks: false })).sent, ["Negotiate t2"])
    }))

  it.effect("peers know nothing of each other", () =>
    Effect.gen(function*() {
      const scheme = Kerberos.scheme({ load: library().load }), on = connection()
      yield* exchange(scheme.open(peer), { on, asks: true })
      assert.isUndefined(yield* begin(scheme.open({ ...peer, host: "other.example.com" }), on).first(false))
    }))
})

describe("troubles of Kerberos say what to do", () => {
  const general = "Unspecified GSS failure.  Minor code may provide more information: "
  const none = "No credentials were supplied, or the credentials were unavailable or inaccessible: "
  const troubles: ReadonlyArray<readonly [message: string, detail: RegExp, hint: RegExp]> = [
    [`${none}SPNEGO cannot find mechanisms to negotiate`, /no Kerberos ticket/, /kinit/],
    [`${none}Can't find client principal ada@EXAMPLE.COM in cache collection`, /no Kerberos ticket/, /kinit/],
    [`${general}A required argument is missing`, /no Kerberos ticket/, /kinit/],
    [`${general}Ticket expired`, /expired/, /kinit/],
    [`${general}Server HTTP/api.example.com@EXAMPLE.COM not found in Kerberos database`, /no service HTTP\/api\.example\.com/, /`service`/],
    [`${general}Clock skew too great`, /clocks/, /clock/],
    [`${none}Cannot contact any KDC for realm 'EXAMPLE.COM'`, /cannot be reached/, /kdc/],
    [`${general}Cannot find KDC for realm "EXAMPLE.COM"`, /where to ask/, /krb5\.conf/],
    [`${general}Configuration file does not specify default realm`, /where to ask/, /krb5\.conf/],
    [`${none}Keytab FILE:/etc/ada.keytab is nonexistent or empty`, /keytab/, /klist -k/],
    ["AcquireCredentialsHandle: No credentials are available in the security package\r\n", /no Kerberos ticket/, /./],
    ["InitializeSecurityContext: The specified target is unknown or unreachable\r\n", /no service/, /`service`/]
  ]
  for (const [message, detail, hint] of troubles) {
    it.effect(message, () =>
      Effect.gen(function*() {
        const error = yield* failure(begin(Kerberos.scheme({ load: library({ fails: message }).load }).open(peer)).answer(bare))
        assert.strictEqual(error.reason, "unavailable")
        assert.match(error.detail, detail)
        assert.match(error.hint ?? "", hint)
      }))
  }

  it("what is not known is other", () => assert.strictEqual(troubleOf("Something else"), "other"))

  it.effect("without the library: what to install; with one that is not it: that", () =>
    Effect.gen(function*() {
      const absent = (code: string, message: string) => () => Promise.reject(Object.assign(new Error(message), { code }))
      for (const load of [absent("ERR_MODULE_NOT_FOUND", "Cannot find package 'kerberos' imported from /x.js"), absent("MODULE_NOT_FOUND", "Cannot find module 'kerberos'")]) {
        const missing = yield* failure(begin(Kerberos.scheme({ load }).open(peer)).first(true))
        assert.deepStrictEqual([missing.reason, missing.detail], ["unavailable", "Kerberos needs the package kerberos, which is not installed"])
        assert.match(missing.hint ?? "", /npm install kerberos.*libkrb5-dev/)
      }
      const other = yield* failure(begin(Kerberos.scheme({ load: () => Promise.resolve({}) }).open(peer)).first(true))
      assert.match(other.hint ?? "", /kerberos@7/)
      const uncompiled = absent("MODULE_NOT_FOUND", "Cannot find module '../build/Debug/kerberos.node'")
      assert.match((yield* failure(begin(Kerberos.scheme({ load: uncompiled }).open(peer)).first(true))).detail, /not compiled/)
    }))
})

describe("variables of the process", () => {
  const linux = process.platform === "linux"

  it.live("are set for a call and put back after it; schemes do not see each other's", () =>
    Effect.gen(function*() {
      process.env["KRB5CCNAME"] = "FILE:/of/the/process"
      const { calls, load } = library()
      const ada = Kerberos.scheme({ load, credentialCache: "FILE:/ada", canonicalize: true }).open(peer)
      const bob = Kerberos.scheme({ load, keytab: "/bob.keytab", canonicalize: true }).open(peer)
      const own = Kerberos.scheme({ load, canonicalize: true }).open(peer)
      yield* Effect.forEach([ada, bob, own, ada, bob, own], (state) => begin(state).first(true), { concurrency: "unbounded" })
      const seen = calls.map(({ variables }) => `${variables["KRB5CCNAME"]} ${variables["KRB5_CLIENT_KTNAME"]}`.replace(/credence-\d+/, "own")).sort()
      const each = ["FILE:/ada undefined", "FILE:/of/the/process undefined", "MEMORY:own /bob.keytab"]
      assert.deepStrictEqual(seen, each.flatMap((line) => [line, line]))
      assert.strictEqual(process.env["KRB5CCNAME"], "FILE:/of/the/process")
      assert.isUndefined(process.env["KRB5_CLIENT_KTNAME"])
    }))

  it.live("names are not changed by DNS: a file before the others says so, unless `canonicalize`", () =>
    Effect.gen(function*() {
      process.env["KRB5_CONFIG"] = "/of/the/process.conf"
      const { calls, load } = library()
      yield* begin(Kerberos.scheme({ load }).open(peer)).first(true)
      yield* begin(Kerberos.scheme({ load, canonicalize: true }).open(peer)).first(true)
      const [literal, changed] = calls.map(({ variables }) => variables["KRB5_CONFIG"])
      if (linux) assert.match(literal ?? "", /^\/proc\/self\/fd\/\d+:\/of\/the\/process\.conf$/)
      assert.strictEqual(changed, "/of/the/process.conf")
      assert.strictEqual(process.env["KRB5_CONFIG"], "/of/the/process.conf")
    }))

  it("calls that need the same run at once, others in their turn, and a failure lets the next one in", async () => {
    const order: Array<string> = []
    const gates = new Map<string, () => void>()
    const call = (name: string, cache: string, alone = false) =>
      withVariables({ KRB5CCNAME: cache }, alone, () => {
        order.push(`${name} ${process.env["KRB5CCNAME"]}`)
        return new Promise<void>((resolve, reject) => gates.set(name, () => name === "b" ? reject(new Error(name)) : resolve()))
      }).catch(() => undefined)
    const settle = () => new Promise((resolve) => setImmediate(resolve))
    const all = [call("a", "1"), call("b", "1"), call("c", "2"), call("d", "1"), call("e", "2", true), call("f", "2", true)]
    await settle()
    assert.deepStrictEqual(order, ["a 1", "b 1"])
    for (const [open, then] of [["a", 2], ["b", 3], ["c", 4], ["d", 5], ["e", 6], ["f", 6]] as const) {
      gates.get(open)?.()
      await settle()
      assert.strictEqual(order.length, then, open)
    }
    await Promise.all(all)
    assert.deepStrictEqual(order, ["a 1", "b 1", "c 2", "d 1", "e 2", "f 2"])
    assert.isUndefined(process.env["KRB5CCNAME"])
  })

  it.live("logins by one keytab come one after another: the first writes the cache that the next one reads", () =>
    Effect.gen(function*() {
      let running = 0, most = 0
      const initializeClient = async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        return { username: null, step: () => Promise.resolve("dG9rZW4=") }
      }
      const state = Kerberos.scheme({ load: () => Promise.resolve({ initializeClient }), keytab: "/ada.keytab" }).open(peer)
      yield* Effect.forEach([1, 2, 3], () => begin(state).first(true), { concurrency: "unbounded" })
      assert.strictEqual(most, 1)
    }))

  it.live("[faults 25] a call that is interrupted before its turn is not made", () =>
    Effect.gen(function*() {
      const calls: Array<string | undefined> = []
      let hung: () => void = () => undefined
      const load = () =>
        Promise.resolve({
          initializeClient: async () => {
            calls.push(process.env["KRB5_CLIENT_KTNAME"])
            // the Kerberos server does not answer the first one
            if (calls.length === 1) await new Promise<void>((resolve) => hung = resolve)
            return { username: null, step: () => Promise.resolve("dG9rZW4=") }
          }
        })
      const first = (keytab: string) => Effect.forkChild(begin(Kerberos.scheme({ load, keytab }).open(peer)).first(true))
      const settle = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      const one = yield* first("/1.keytab")
      yield* settle
      const given = yield* Effect.forEach(["/2.keytab", "/3.keytab"], first)
      const last = yield* first("/4.keytab")
      yield* settle
      yield* Effect.forEach(given, (fiber) => Fiber.interrupt(fiber))
      hung()
      assert.deepStrictEqual([yield* Fiber.join(one), yield* Fiber.join(last)], ["Negotiate dG9rZW4=", "Negotiate dG9rZW4="])
      assert.deepStrictEqual(calls, ["/1.keytab", "/4.keytab"])
      assert.isUndefined(process.env["KRB5_CLIENT_KTNAME"])
    }))

  it.live("a call that is interrupted keeps its variables until the library is done", () =>
    Effect.gen(function*() {
      let done: () => void = () => undefined
      let seen: string | undefined
      const load = () =>
        Promise.resolve({
          initializeClient: () =>
            new Promise((_, reject) => {
              done = () => {
                seen = process.env["KRB5CCNAME"]
                reject(new Error("late"))
              }
            })
        })
      const fiber = yield* Effect.forkChild(begin(Kerberos.scheme({ load, credentialCache: "FILE:/ada" }).open(peer)).first(true))
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(process.env["KRB5CCNAME"], "FILE:/ada")
      done()
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.deepStrictEqual([seen, process.env["KRB5CCNAME"]], ["FILE:/ada", undefined])
    }))
})

// --- credential caches -----------------------------------------------------------------------------------------------------

const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff])
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const data = (text: string) => Buffer.concat([u32(text.length), Buffer.from(text)])
const principal = (name: string, realm = "EXAMPLE.COM") => Buffer.concat([u32(1), u32(name.split("/").length), data(realm), ...name.split("/").map(data)])
const ticketTo = (server: string, ends: number, realm = "EXAMPLE.COM") =>
  Buffer.concat([principal("ada"), principal(server, realm), u16(18), data("key-canary"), u32(1), u32(1), u32(ends), u32(ends), Buffer.from([0]), u32(0), u32(1), u16(2), data("addr"), u32(0), data("ticket"), data("")])
const cache = (...tickets: ReadonlyArray<Buffer>) => Buffer.concat([Buffer.from([5, 4]), u16(0), principal("ada"), ...tickets])

describe("credential caches", () => {
  it("whose, and until when: the ticket-granting ticket counts, settings do not", () => {
    const bytes = cache(ticketTo("conf/x", 9e8, "X-CACHECONF:"), ticketTo("HTTP/api", 3e8), ticketTo("krbtgt/EXAMPLE.COM", 2e8))
    assert.deepStrictEqual(readCache(bytes), { principal: "ada@EXAMPLE.COM", expires: 2e11 })
    assert.deepStrictEqual(readCache(cache(ticketTo("conf/x", 9e8, "X-CACHECONF:"), ticketTo("HTTP/api", 3e8))), { principal: "ada@EXAMPLE.COM", expires: 3e11 })
    assert.deepStrictEqual(readCache(cache(ticketTo("conf/x", 9e8, "X-CACHECONF:"))), { principal: "ada@EXAMPLE.COM", expires: undefined })
  })

  it("one that is cut short, or none at all, is nothing, and never an exception", () => {
    const bytes = cache(ticketTo("krbtgt/EXAMPLE.COM", 2e8))
    const whole = bytes.length - ticketTo("krbtgt/EXAMPLE.COM", 2e8).length
    for (let length = 0; length < bytes.length; length++) if (length !== whole) assert.isUndefined(readCache(bytes.subarray(0, length)))
    for (let i = 0; i < bytes.length; i++) {
      const broken = Buffer.from(bytes)
      broken[i] = 0xff
      readCache(broken)
    }
  })

  const folder = mkdtempSync(path.join(tmpdir(), "credence-test-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const { load } = library({ fails: "No credentials were supplied: none" })

  it.live("status of FILE and DIR caches, with nobody asked", () =>
    Effect.gen(function*() {
      const soon = Math.floor(Date.now() / 1000) + 3600
      writeFileSync(path.join(folder, "valid"), cache(ticketTo("krbtgt/EXAMPLE.COM", soon)))
      writeFileSync(path.join(folder, "expired"), cache(ticketTo("krbtgt/EXAMPLE.COM", 1000)))
      mkdirSync(path.join(folder, "many"))
      writeFileSync(path.join(folder, "many", "tktada"), cache(ticketTo("krbtgt/EXAMPLE.COM", soon)))
      writeFileSync(path.join(folder, "many", "primary"), "tktada\n")
      const status = (options: Kerberos.TicketOptions) => Effect.map(Kerberos.ticket({ load, ...options }), ({ principal, state }) => [state, principal])
      assert.deepStrictEqual(yield* status({ credentialCache: `FILE:${folder}/valid` }), ["valid", "ada@EXAMPLE.COM"])
      assert.deepStrictEqual(yield* status({ credentialCache: `${folder}/expired` }), ["expired", "ada@EXAMPLE.COM"])
      assert.deepStrictEqual(yield* status({ credentialCache: `DIR:${folder}/many` }), ["valid", "ada@EXAMPLE.COM"])
      assert.deepStrictEqual(yield* status({ credentialCache: `DIR:${folder}/many`, principal: "ada" }), ["valid", "ada@EXAMPLE.COM"])
      assert.deepStrictEqual(yield* status({ credentialCache: `FILE:${folder}/valid`, principal: "bob" }), ["none", "bob"])
      assert.deepStrictEqual(yield* status({ credentialCache: `FILE:${folder}/missing` }), ["none", undefined])
    }))

  it.live("caches that are no files are asked for by the library; without it nothing is known", () =>
    Effect.gen(function*() {
      const state = (options: Kerberos.TicketOptions) => Effect.map(Kerberos.ticket(options), ({ state }) => state)
      assert.strictEqual(yield* state({ load: library().load, credentialCache: "KCM:" }), "valid")
      assert.strictEqual(yield* state({ load: library({ fails: "Server HTTP/x not found in Kerberos database" }).load, credentialCache: "KCM:" }), "valid")
      assert.strictEqual(yield* state({ load: library({ fails: "Ticket expired" }).load, credentialCache: "KEYRING:persistent:0" }), "expired")
      assert.strictEqual(yield* state({ load: library({ fails: "Cannot contact any KDC for realm 'X'" }).load, keytab: "/k" }), "unavailable")
      assert.strictEqual(yield* state({ credentialCache: `FILE:${folder}/valid` }), "unavailable")
    }))
})
