import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, Endpoint, Scheme, Session } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import { answering, Billing, failureOf, getThing, ok, over, postThing, upload } from "../support/billing.ts"
import { asks, authorization, digestServer, fields, logged, saying, scheme, statusOf, unavailable, user, wrong } from "./support.ts"

const get = getThing({ id: "1" })
const auto = (schemes: ReadonlyArray<Scheme.Scheme>, options: Omit<Auth.AutoOptions, "schemes"> = {}) => Auth.auto({ schemes, ...options })
const sent = (script: Script.Script) => script.seen.map(({ request }) => authorization(request))
const basicValue = `Basic ${btoa("ada:s3cret-pass")}`
/** asks until one of these schemes says something */
const taking = (...taken: ReadonlyArray<string>) => (...challenges: ReadonlyArray<string>) => (request: Parameters<typeof scheme>[0]): Script.Reply =>
  taken.includes(scheme(request)) ? ok : asks(...challenges)
const offerOf = (session: Session.Session<string>) => Effect.map(statusOf(session), ({ offers }) => Object.values(offers ?? {})[0])
const plain: Configuration.ConfigurationOptions = { baseUrl: "http://api.test" }

/** the last failure of a call under these schemes, what was sent, and what the session tells afterwards */
const failing = (schemes: ReadonlyArray<Scheme.Scheme>, reply: Parameters<typeof answering>[0], configuration?: Configuration.ConfigurationOptions) =>
  Effect.gen(function*() {
    const script = yield* answering(reply)
    return yield* Effect.gen(function*() {
      const failure = yield* failureOf(get)
      return { failure, sent: sent(script), offer: yield* offerOf(yield* Billing) }
    }).pipe(Effect.provide(over(script, { auth: auto(schemes), ...(configuration === undefined ? {} : { configuration }) })))
  })

describe("of what a server offers", () => {
  it.effect("the strongest is taken, whatever the order; later requests begin with it", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Digest", "Basic", "Negotiate", "NTLM")("Basic realm=\"x\"", "Negotiate, Digest realm=\"r\", nonce=\"n\", qop=\"auth\""))
      const [status, lines] = yield* Effect.gen(function*() {
        yield* Effect.andThen(get, get)
        return yield* statusOf(yield* Billing)
      }).pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user), saying("NTLM", 20), Scheme.digest(user)]) })), logged)
      assert.deepStrictEqual(script.seen.map(({ request }) => `${scheme(request)} ${fields(request).get("nc") ?? ""}`.trim()), ["", "Digest 00000001", "Digest 00000002"])
      assert.deepStrictEqual(status, {
        method: "auto",
        state: "active",
        generation: 1,
        identity: "ada",
        offers: { "https://api.test": { offered: ["Basic", "Negotiate", "Digest"], chosen: "Digest", passedOver: { Negotiate: "not enabled", NTLM: "not offered", Basic: "weaker than Digest" } } }
      })
      assert.deepStrictEqual(lines, [])
    }))

  it.effect("explain shows it", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Digest")("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"", "NTLM"))
      const rows = yield* Effect.gen(function*() {
        yield* get
        return (yield* (yield* Billing).explain()).settings
      }).pipe(Effect.provide(over(script, { auth: auto([Scheme.digest(user), Scheme.basic(user)]) })))
      const of = (setting: string) => rows.find((row) => row.setting === setting)?.value
      assert.deepStrictEqual(["offered", "chosen", "not Basic", "not NTLM"].map(of), ["Digest, NTLM", "Digest", "not offered", "not enabled"])
    }))

  it.effect("one that this platform cannot do is passed over, with a warning once", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Negotiate")("Negotiate", "Basic realm=\"x\""))
      const kerberos = saying("Negotiate", 40, { answer: unavailable("no ticket", "Run kinit") })
      const [offer, lines] = yield* Effect.gen(function*() {
        yield* Effect.andThen(get, get)
        return yield* offerOf(yield* Billing)
      }).pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user), kerberos, saying("Negotiate", 21)]) })), logged)
      // the other scheme of the same name took its place
      assert.deepStrictEqual(sent(script), ["", "Negotiate hello", "Negotiate again"])
      assert.deepStrictEqual(offer?.chosen, "Negotiate")
      assert.deepStrictEqual(offer?.passedOver, { Negotiate: "no ticket", Basic: "weaker than Negotiate" })
      assert.deepStrictEqual(lines, ["Warn https://api.test gets Negotiate, which is weaker than what is enabled (Negotiate: no ticket)"])
    }))

  it.effect("where it is the only one, the call says what to do", () =>
    Effect.gen(function*() {
      const { failure, sent: all } = yield* failing([saying("Negotiate", 40, { answer: unavailable("there is no ticket", "Run kinit") }), Scheme.basic(user)], asks("Negotiate"))
      assert.deepInclude(failure, { _tag: "CapabilityUnavailable", hint: "Run kinit", status: 401 })
      assert.include(failure.message, "Negotiate authentication (it offers Negotiate (Negotiate: there is no ticket); enabled: Negotiate, Basic)")
      assert.deepStrictEqual(all, [""])
    }))

  it.effect("one that belongs to a connection is passed over where none can be reserved", () =>
    Effect.gen(function*() {
      const ntlm = saying("NTLM", 20, { bound: true })
      const { failure } = yield* failing([ntlm], asks("NTLM"))
      assert.deepInclude(failure, { _tag: "CapabilityUnavailable", hint: "Use the transport of credence/node" })
      const script = yield* answering(taking("Basic")("NTLM", "Basic realm=\"x\""))
      const [, lines] = yield* get.pipe(Effect.provide(over(script, { auth: auto([ntlm, Scheme.basic(user)]) })), logged)
      assert.deepStrictEqual(sent(script), ["", basicValue])
      assert.match(lines[0] ?? "", /Basic, which is weaker than what is enabled \(NTLM: belongs to a connection/)
    }))

  it.effect("nothing that is enabled: the failure names both sides", () =>
    Effect.gen(function*() {
      const { failure, offer, sent: all } = yield* failing([Scheme.digest(user), Scheme.basic(user)], asks("Bearer realm=\"x\", NTLM"))
      assert.deepInclude(failure, {
        _tag: "AuthenticationFailed",
        reason: "missing",
        status: 401,
        detail: "it offers Bearer, NTLM (Bearer: not enabled; NTLM: not enabled); enabled: Digest, Basic"
      })
      assert.deepStrictEqual(all, [""])
      assert.deepStrictEqual(offer, { offered: ["Bearer", "NTLM"], chosen: undefined, passedOver: { Bearer: "not enabled", NTLM: "not enabled", Digest: "not offered", Basic: "not offered" } })
    }))

  it.effect("a 401 that asks for nothing", () =>
    Effect.gen(function*() {
      const { failure } = yield* failing([Scheme.basic(user)], { status: 401 })
      assert.deepInclude(failure, { reason: "missing", detail: "the server answered 401 without saying what it wants (no WWW-Authenticate)" })
    }))

  it.effect("a challenge that cannot be answered fails the call, and nothing weaker takes its place", () =>
    Effect.gen(function*() {
      const { failure, sent: all } = yield* failing([Scheme.digest(user), Scheme.basic(user)], asks("Digest realm=\"r\"", "Basic realm=\"x\""))
      assert.deepInclude(failure, { reason: "rejected", detail: "Digest: its challenge has no nonce" })
      assert.deepStrictEqual(all, [""])
    }))

  it.effect("any other status is an answer, whatever it offers", () =>
    Effect.gen(function*() {
      const script = yield* answering({ ...asks("Basic realm=\"x\""), status: 403 })
      const failure = yield* failureOf(get.pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user)]) }))))
      assert.strictEqual(failure._tag, "UnexpectedStatus")
      assert.deepStrictEqual(sent(script), [""])
    }))

  it.effect("a server that asks for nothing gets nothing", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const status = yield* Effect.andThen(get, Effect.flatMap(Billing, statusOf)).pipe(Effect.provide(over(script, { auth: auto([Scheme.digest(user), Scheme.basic(user)]) })))
      assert.deepStrictEqual(sent(script), [""])
      assert.deepStrictEqual(status, { method: "auto", state: "none", generation: 0, identity: "ada", offers: undefined })
    }))
})

describe("[security 43] never a silent downgrade", () => {
  it.effect("a refused scheme is not followed by a weaker one", () =>
    Effect.gen(function*() {
      const { failure, offer, sent: all } = yield* failing([Scheme.digest(wrong), Scheme.basic(wrong)], (request) => {
        const reply = digestServer().reply(request)
        return { ...reply, headers: { "www-authenticate": [String(reply.headers?.["www-authenticate"]), "Basic realm=\"x\""] } }
      })
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "rejected", status: 401 })
      assert.deepStrictEqual(all.map((value) => value.split(" ")[0]), ["", "Digest"])
      assert.deepStrictEqual(offer, { offered: ["Digest", "Basic"], chosen: undefined, passedOver: { Digest: "refused by the server", Basic: "Digest was refused, and nothing weaker takes its place" } })
    }))

  it.effect("nor where the server offers only that one after it", () =>
    Effect.gen(function*() {
      const { failure, sent: all } = yield* failing([Scheme.digest(user), Scheme.basic(user)], (request) =>
        scheme(request) === "" ? asks("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"") : asks("Basic realm=\"x\""))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "rejected" })
      assert.deepStrictEqual(all.map((value) => value.split(" ")[0]), ["", "Digest"])
    }))

  it.effect("an origin that took a stronger one before may not ask for a weaker one", () =>
    Effect.gen(function*() {
      const server = digestServer()
      let turned = false
      const script = yield* answering((request) => turned ? asks("Basic realm=\"x\"") : server.reply(request))
      yield* Effect.gen(function*() {
        yield* get
        turned = true
        const failure = yield* failureOf(get)
        assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "downgrade", detail: "downgrade refused: this server took Digest before, and now it offers Basic" })
        assert.include(failure.message, "downgrade")
      }).pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user), Scheme.digest(user)]) })))
      assert.deepStrictEqual(script.seen.map(({ request }) => scheme(request)), ["", "Digest", "Digest"])
    }))

  for (const status of [400, 503]) {
    it.effect(`an answer that says nothing of who asks (${status}) is no proof that it took one`, () =>
      Effect.gen(function*() {
        let count = 0
        const script = yield* answering((request) => ++count > 2 ? taking("Basic")("Basic realm=\"x\"")(request) : scheme(request) === "" ? asks("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"") : { status })
        yield* Effect.andThen(Effect.flip(get), get).pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user), Scheme.digest(user)]), configuration: { retry: "none" } })))
        assert.deepStrictEqual(script.seen.map(({ request }) => scheme(request)), ["", "Digest", "", "Basic"])
      }))
  }

  it.effect("a weaker one than what is enabled is used with a warning, once an origin", () =>
    Effect.gen(function*() {
      // all of them are asked before the first has learnt anything
      const script = yield* answering((request) => ({ delay: "10 millis", ...taking("Basic")("Basic realm=\"x\"")(request) }))
      const [, lines] = yield* Effect.all([get, get, get], { concurrency: "unbounded" }).pipe(
        script.run(Billing, { authentication: auto([Scheme.basic(user), Scheme.digest(user)]), configuration: { baseUrl: "https://api.test" } }),
        logged
      )
      assert.deepStrictEqual(sent(script), ["", "", "", basicValue, basicValue, basicValue])
      assert.deepStrictEqual(lines, ["Warn https://api.test gets Basic, which is weaker than what is enabled (Digest: not offered)"])
    }))
})

describe("what shows the password", () => {
  it.effect("[security 45] does not travel over plain http, even where the server asks for nothing else", () =>
    Effect.gen(function*() {
      const { failure, offer, sent: all } = yield* failing([Scheme.basic(user)], asks("Basic realm=\"x\""), plain)
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "insecure", status: 401 })
      assert.include(failure.message, "only over TLS")
      assert.deepStrictEqual(all, [""])
      assert.include(offer?.passedOver["Basic"] ?? "", "only over TLS")
    }))

  it.effect("[security 45] nor before it is asked: nothing is sent at all", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const failure = yield* failureOf(get.pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user)], { preemptive: "basic" }), configuration: plain }))))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "insecure" })
      assert.deepStrictEqual(sent(script), [])
    }))

  it.effect("what does not show it is taken there", () =>
    Effect.gen(function*() {
      const server = digestServer()
      const script = yield* answering((request) => {
        const reply = server.reply(request)
        return reply.status === 401 ? { ...reply, headers: { "www-authenticate": ["Basic realm=\"x\"", String(reply.headers?.["www-authenticate"])] } } : reply
      })
      yield* get.pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user), Scheme.digest(user)]), configuration: plain })))
      assert.deepStrictEqual(script.seen.map(({ request }) => scheme(request)), ["", "Digest"])
    }))

  it.effect("on the machine itself, and where the session allows it, it may", () =>
    Effect.gen(function*() {
      for (const configuration of [{ baseUrl: "http://localhost:8080" }, { ...plain, allowInsecureHttp: true }]) {
        const script = yield* answering(taking("Basic")("Basic realm=\"x\""))
        yield* get.pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user)]), configuration })))
        assert.deepStrictEqual(sent(script), ["", basicValue])
      }
    }))

  it.effect("[security 37] no error, log or status shows a secret that the server repeats", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => ({ ...asks("Basic realm=\"x\""), body: { message: `${authorization(request)} s3cret-pass` } }))
      const [[failure, status], lines] = yield* Effect.gen(function*() {
        return [yield* failureOf(get), yield* statusOf(yield* Billing)] as const
      }).pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user)]) })), logged)
      const text = inspect([failure, status, lines], { depth: 10 })
      assert.notInclude(text, "s3cret")
      assert.notInclude(text, btoa("ada:s3cret-pass"))
    }))
})

describe("before the server asks", () => {
  it.effect("the scheme that is named goes along with the first request", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Basic")("Basic realm=\"x\""))
      const status = yield* Effect.andThen(get, Effect.flatMap(Billing, statusOf)).pipe(Effect.provide(over(script, { auth: auto([Scheme.digest(user), Scheme.basic(user)], { preemptive: "BASIC" }) })))
      assert.deepStrictEqual(sent(script), [basicValue])
      assert.deepStrictEqual(status.offers, { "https://api.test": { offered: [], chosen: "Basic", passedOver: {} } })
    }))

  it.effect("a stronger one may follow it, not the same once more", () =>
    Effect.gen(function*() {
      const script = yield* answering(digestServer().reply)
      yield* get.pipe(Effect.provide(over(script, { auth: auto([Scheme.digest(user), Scheme.basic(user)], { preemptive: "Basic" }) })))
      assert.deepStrictEqual(script.seen.map(({ request }) => scheme(request)), ["Basic", "Digest"])
      const { failure, sent: all } = yield* failing([Scheme.basic(wrong)], asks("Basic realm=\"x\""))
      assert.deepInclude(failure, { reason: "rejected" })
      assert.strictEqual(all.length, 2)
    }))

  it.effect("one that has nothing to say before it is asked has not been taken by a server that does not ask", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const status = yield* Effect.andThen(get, Effect.flatMap(Billing, statusOf)).pipe(Effect.provide(over(script, { auth: auto([Scheme.digest(user)], { preemptive: "Digest" }) })))
      assert.deepInclude(status, { state: "none", offers: undefined })
    }))

  it.effect("one that belongs to a connection is left out where none can be reserved", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const ntlm = saying("NTLM", 20, { bound: true, first: () => Effect.succeed("NTLM hello") })
      yield* get.pipe(Effect.provide(over(script, { auth: auto([ntlm], { preemptive: "NTLM" }) })))
      assert.deepStrictEqual(sent(script), [""])
    }))

  it.effect("one that does not work here is left out, and the server may ask for another", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Digest")("Negotiate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\""))
      const broken = unavailable("no ticket")
      const [, lines] = yield* get.pipe(Effect.provide(over(script, { auth: auto([saying("Negotiate", 40, { first: broken, answer: broken }), Scheme.digest(user)], { preemptive: "negotiate" }) })), logged)
      assert.deepStrictEqual(script.seen.map(({ request }) => scheme(request)), ["", "Digest"])
      assert.deepStrictEqual(lines, ["Warn https://api.test gets Digest, which is weaker than what is enabled (Negotiate: no ticket)"])
    }))
})

describe("a body that can be sent only once", () => {
  const send = (length: number) => upload({ body: { stream: Stream.make(new Uint8Array(length)), replay: false } })
  it.effect("is sent as it is where no further round will come", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Basic")("Basic realm=\"x\""))
      yield* Effect.gen(function*() {
        assert.strictEqual((yield* failureOf(send(11)))._tag, "InvalidInput")
        assert.deepStrictEqual(sent(script), [])
        yield* get
        yield* send(11)
      }).pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user)], { bufferLimit: 10 }) })))
      assert.deepStrictEqual(sent(script), ["", basicValue, basicValue])
      assert.strictEqual(script.seen[2]?.request.body?._tag, "Stream")
    }))
})

describe("a scheme of one's own", () => {
  it.effect("sees the request and the peer, and the answer with its proof", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const mine = saying("Mine", 50, {
        begun: (peer, { body, method, target }) => seen.push([peer, method, target, body]),
        accepted: ({ body: _, ...response }) => Effect.sync(() => seen.push(response))
      })
      const script = yield* answering((request) =>
        scheme(request) === "Mine" ? { ...ok, headers: { "authentication-info": "a=b", "www-authenticate": ["Mine proof==", "Other x"], "persistent-auth": "True" } } : asks("mine"))
      yield* postThing({ body: { id: "1" } }).pipe(Effect.provide(over(script, { auth: auto([mine]), configuration: { baseUrl: "https://[::1]:8443/v1?" } })))
      assert.deepStrictEqual(seen, [
        [{ side: "origin", host: "::1", port: 8443, secure: true }, "POST", "/v1/things", "{\"id\":\"1\"}"],
        { status: 200, info: "a=b", challenges: [{ scheme: "Mine", token: "proof==", parameters: new Map() }], persistent: true }
      ])
    }))

  it.effect("[security 16] what would end the line is not sent, and not shown", () =>
    Effect.gen(function*() {
      for (const value of ["Own canary\r\nX-Evil: 1", "Own canary\0", "Own \u010d\u010acanary"]) {
        for (const scheme of [saying("Own", 25, { answer: () => Effect.succeed(value) }), saying("Own", 25, { first: () => Effect.succeed(value) })]) {
          const script = yield* answering(taking("Own")("Own"))
          const failure = yield* failureOf(get.pipe(Effect.provide(over(script, { auth: Auth.auto({ schemes: [scheme], preemptive: "Own" }) }))))
          assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "rejected" })
          assert.notInclude(inspect(failure), "canary")
          assert.notInclude(sent(script).join(), "canary")
        }
      }
    }))

  it.effect("its warning is logged once", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Old")("Old"))
      const [, lines] = yield* Effect.andThen(get, get).pipe(Effect.provide(over(script, { auth: auto([saying("Old", 20, { warning: "Old is being retired" })]) })), logged)
      assert.deepStrictEqual(lines, ["Warn Old is being retired"])
    }))

  it.effect("a server that does not prove itself fails the call", () =>
    Effect.gen(function*() {
      const mine = saying("Mine", 50, { accepted: () => Effect.fail(new Scheme.SchemeError({ reason: "mutual", detail: "no proof" })) })
      const { failure } = yield* failing([mine], taking("Mine")("Mine"))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "mutual", detail: "Mine: no proof" })
    }))

  it.effect("the layer of one scheme asks for it alone, and authenticate proves it", () =>
    Effect.gen(function*() {
      const script = yield* answering(digestServer().reply)
      const status = yield* Effect.gen(function*() {
        yield* (yield* Billing).authenticate
        return yield* statusOf(yield* Billing)
      }).pipe(Effect.provide(over(script, { auth: Auth.digest(user) })))
      assert.deepInclude(status, { method: "digest", state: "active", identity: "ada" })
    }))
})

describe("an origin is a world of its own", () => {
  class Two extends Session.Service<Two>()("two", { baseUrl: "https://a.test", servers: ["https://a.test", "https://b.test"] }) {}
  const here = Endpoint.get(Two, "/x", { name: "here", success: Schema.Unknown })
  const there = Endpoint.get(Two, "/x", { name: "there", success: Schema.Unknown, server: "https://b.test" })
  const twoOver = (script: Script.Script, auth: Layer.Layer<Auth.Authentication>) => Two.layer().pipe(Layer.provide([auth, Configuration.layer({ retry: "none" }), script.layer]))

  it.effect("[security 9] what one of them asked for is not sent to the other", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Digest", "Basic")("Digest realm=\"r\", nonce=\"n\", qop=\"auth\""))
      const offers = yield* Effect.gen(function*() {
        yield* Effect.andThen(here(), there())
        yield* Effect.andThen(here(), there())
        return (yield* statusOf(yield* Two)).offers
      }).pipe(Effect.provide(twoOver(script, auto([Scheme.digest(user)]))))
      assert.deepStrictEqual(script.seen.map(({ request }) => `${request.url.hostname} ${fields(request).get("nc") ?? ""}`.trim()), [
        "a.test", "a.test 00000001", "b.test", "b.test 00000001", "a.test 00000002", "b.test 00000002"
      ])
      assert.deepStrictEqual(Object.keys(offers ?? {}), ["https://a.test", "https://b.test"])
    }))

  for (const challenge of ["Digest realm=\"r\", nonce=\"n\", qop=\"auth\"", "Basic realm=\"x\"", "Negotiate", "NTLM"]) {
    it.effect(`[security 8] the target of a redirect that asks for ${challenge.split(" ")[0]} gets nothing`, () =>
      Effect.gen(function*() {
        const script = yield* answering((request) =>
          request.url.hostname === "evil.test" ? asks(challenge) : scheme(request) === "" ? asks(challenge) : { status: 302, headers: { location: "https://evil.test/x" } })
        const failure = yield* failureOf(here().pipe(Effect.provide(twoOver(script, auto([Scheme.digest(user), Scheme.basic(user), saying("Negotiate", 40), saying("NTLM", 20)])))))
        assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "rejected", detail: "another origin asks for credentials, which it does not get" })
        assert.deepStrictEqual(script.seen.filter(({ request }) => request.url.hostname === "evil.test").map(({ request }) => authorization(request)), [""])
      }))
  }
})

describe("what a server writes", () => {
  it.effect("[security 42] a challenge inside a quoted string is none", () =>
    Effect.gen(function*() {
      const { failure, sent: all } = yield* failing([Scheme.basic(user)], asks(`Digest realm="a\\", Basic realm=x", nonce="n"`))
      assert.deepInclude(failure, { reason: "missing", detail: "it offers Digest (Digest: not enabled); enabled: Basic" })
      assert.deepStrictEqual(all, [""])
    }))

  it.effect("[security 35] a hostile field is read in time, and what stands beside it counts", () =>
    Effect.gen(function*() {
      const script = yield* answering(taking("Basic")(`Digest ${"a=\"\\".repeat(15_000)}`, "Basic realm=\"x\""))
      yield* get.pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user)]) })))
      assert.deepStrictEqual(sent(script), ["", basicValue])
    }))

  it.effect("[security 35] of thousands of schemes some are named; error and explain stay readable", () =>
    Effect.gen(function*() {
      const names = Array.from({ length: 10_000 }, (_, i) => `x${i.toString(36)}`)
      const script = yield* answering(asks(names.join(","), "y".repeat(5_000)))
      const [failure, explained] = yield* Effect.gen(function*() {
        return [yield* failureOf(get), yield* (yield* Billing).explain()] as const
      }).pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user)]) })))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "missing" })
      assert.match(failure.message, /it offers x0, x1, .*, xf, … \(/)
      assert.isBelow(failure.message.length, 1_000)
      assert.isBelow(explained.text.length, 10_000)
    }))

  it.effect("[security 37] a secret in the place of a scheme's name is not shown", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => asks("Basic realm=\"x\"", ...authorization(request) === "" ? [] : ["s3cret-pass", authorization(request).slice(6).replaceAll("=", ""), "Hoba"]))
      const [failure, status, explained] = yield* Effect.gen(function*() {
        return [yield* failureOf(get), yield* statusOf(yield* Billing), yield* (yield* Billing).explain()] as const
      }).pipe(Effect.provide(over(script, { auth: auto([Scheme.basic(user)]) })))
      const text = inspect([failure, status, explained], { depth: 10 })
      assert.notInclude(text, "s3cret")
      assert.notInclude(text, btoa("ada:s3cret-pass").replaceAll("=", ""))
      assert.deepStrictEqual(Object.values(status.offers ?? {}).map(({ offered }) => offered), [["Basic", "…", "Hoba"]])
    }))
})

describe("what is given wrongly", () => {
  const rows: ReadonlyArray<readonly [name: string, auth: Layer.Layer<Auth.Authentication>, message: string]> = [
    ["no scheme", auto([]), "auto (schemes): expected at least one scheme"],
    ["another scheme to begin with", auto([Scheme.basic(user)], { preemptive: "Negotiate" }), "auto (preemptive): expected the name of one of its schemes"],
    ["a limit below zero", auto([Scheme.basic(user)], { bufferLimit: -1 }), "auto (bufferLimit): expected a number of bytes"],
    ["[security 16] CR and LF in the user name of Basic", auto([Scheme.basic({ ...user, username: "ada\r\nx" })]), "basic authentication: expected a user name and password without control characters (RFC 7617)"],
    ["[security 16] NUL in its password", auto([Scheme.basic({ ...user, password: Redacted.make("a\0b") })]), "basic authentication: expected a user name and password without control characters (RFC 7617)"],
    ["[security 16] a colon in its user name", auto([Scheme.basic({ ...user, username: "a:b" })]), "basic authentication: expected a user name without a colon (RFC 7617)"],
    ["[security 16] CR and LF in the user name of Digest", Auth.digest({ ...user, username: "ada\r\nx: y" }), "digest authentication: expected a user name without control characters"],
    ["[security 16] half a character", Auth.digest({ ...user, password: Redacted.make("\ud800") }), "digest authentication: expected a user name and password without lone surrogates"]
  ]
  for (const [name, auth, message] of rows) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const failure = yield* failureOf(get.pipe(Effect.provide(over(script, { auth }))))
        assert.strictEqual(failure._tag, "ConfigurationInvalid")
        assert.strictEqual(failure.message, `invalid configuration: ${message}`)
        assert.deepStrictEqual(sent(script), [])
      }))
  }

  it.effect("a call without credentials sends none", () =>
    Effect.gen(function*() {
      const script = yield* answering(asks("Basic realm=\"x\""))
      yield* failureOf(get.pipe(Call.with({ auth: false }), Effect.provide(over(script, { auth: auto([Scheme.basic(user)], { preemptive: "Basic" }) }))))
      assert.deepStrictEqual(sent(script), [""])
    }))
})
