import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Cookies } from "credence"
import * as Effect from "effect/Effect"
import { answering, getThing, ok, over, putThing } from "../support/billing.ts"

/** The Cookie field of the second request, after the first was answered with these Set-Cookie fields. */
const cookieAfter = (setCookie: ReadonlyArray<string>, baseUrl = "https://api.example.co.uk", second = baseUrl) =>
  Effect.gen(function*() {
    const script = yield* answering((_, count) => count === 1 ? { ...ok, headers: { "set-cookie": setCookie } } : ok)
    yield* Effect.andThen(getThing({ id: "1" }), getThing({ id: "1" }).pipe(Call.with({ baseUrl: second }))).pipe(
      Effect.provide(over(script, { auth: Auth.anonymous(), configuration: { baseUrl }, more: Cookies.layer() }))
    )
    return script.seen[1]?.request.headers["cookie"]
  })

describe("cookie jar", () => {
  const refused: ReadonlyArray<readonly [string, string, string?]> = [
    ["a public suffix", "a=1; Domain=co.uk"],
    ["a public suffix with a leading dot", "a=1; Domain=.co.uk"],
    ["a public suffix in capitals (CVE-2023-46218)", "a=1; Domain=CO.UK"],
    ["a public suffix with a trailing dot", "a=1; Domain=co.uk."],
    ["a public suffix with a trailing dot, in capitals", "a=1; Domain=Co.uK."],
    ["a top-level domain", "a=1; Domain=uk"],
    ["another domain", "a=1; Domain=evil.test"],
    ["a longer name that ends alike", "a=1; Domain=notexample.co.uk"],
    ["a subdomain of this host", "a=1; Domain=deeper.api.example.co.uk"],
    ["a private suffix", "a=1; Domain=github.io", "https://me.github.io"],
    ["a public suffix, asked by a host with a trailing dot", "a=1; Domain=co.uk", "https://api.example.co.uk."],
    ["an address as a domain of another", "a=1; Domain=0.0.1", "https://127.0.0.1"]
  ]
  for (const [name, field, base] of refused) {
    it.effect(`security 23: refuses ${name}`, () => Effect.map(cookieAfter([field], base), (cookie) => assert.isUndefined(cookie)))
  }

  const taken: ReadonlyArray<readonly [string, string, string?]> = [
    ["a cookie of this host", "a=1"],
    ["the registrable domain", "a=1; Domain=example.co.uk"],
    ["the domain in capitals", "a=1; Domain=EXAMPLE.co.uk"],
    ["a cookie of a host with a trailing dot", "a=1", "https://api.example.co.uk."],
    ["a cookie of an address", "a=1", "http://127.0.0.1:8080"],
    ["a cookie of localhost", "a=1", "http://localhost:8080"],
    ["a Secure cookie over https", "a=1; Secure; HttpOnly; SameSite=Strict"]
  ]
  for (const [name, field, base] of taken) {
    it.effect(`takes ${name}`, () => Effect.map(cookieAfter([field], base), (cookie) => assert.strictEqual(cookie, "a=1")))
  }

  it.effect("security 24: plain http neither sets nor overwrites a Secure cookie, and does not get one", () =>
    Effect.gen(function*() {
      assert.isUndefined(yield* cookieAfter(["a=1; Secure"], "http://localhost:1"))
      const jar = Cookies.make()
      const https = new URL("https://shop.test/")
      const http = new URL("http://shop.test/")
      jar.store(https, ["sid=good; Secure"])
      for (const field of ["sid=evil", "sid=evil; Secure", " sid =evil", "sid=evil; Domain=shop.test", "sid=; Max-Age=0"]) jar.store(http, [field])
      assert.strictEqual(jar.header(https), "sid=good")
      assert.isUndefined(jar.header(http))
      jar.store(https, ["sid=better; Secure"])
      assert.strictEqual(jar.header(https), "sid=better")
    }))

  it.effect("security 34: a flood in one response is capped", () =>
    Effect.map(cookieAfter(Array.from({ length: 10_000 }, (_, i) => `c${i}=1`)), (cookie) => assert.strictEqual(cookie?.split("; ").length, 50)))

  it.effect("security 34: a flood over many responses is capped; cookies that are known may still change and end", () =>
    Effect.gen(function*() {
      const script = yield* answering((_, count) => ({ ...ok, headers: { "set-cookie": count < 100 ? Array.from({ length: 40 }, (_, i) => `c${count}x${i}=1`) : ["c1x0=2", "c1x1=; Max-Age=0"] } }))
      yield* Effect.forEach(Array.from({ length: 101 }), () => getThing({ id: "1" })).pipe(Effect.provide(over(script, { auth: Auth.anonymous(), more: Cookies.layer() })))
      const last = script.seen[100]?.request.headers["cookie"]?.split("; ") ?? []
      assert.strictEqual(last.length, 299)
      assert.include(last, "c1x0=2")
    }))

  it.effect("security 34: one name under ever new paths is a flood as well", () =>
    Effect.gen(function*() {
      const jar = Cookies.make()
      const url = new URL("https://api.test/a/b")
      for (let i = 0; i < 100; i++) jar.store(url, Array.from({ length: 50 }, (_, k) => `c=${i}x${k}xxxxxxxx; Path=/${i}/${k}`))
      yield* Effect.sync(() => assert.strictEqual([...jar.values()].length, 300))
    }))

  it.effect("security 34: an oversized cookie is dropped", () =>
    Effect.map(cookieAfter([`big=${"x".repeat(10_000)}`, "a=1"]), (cookie) => assert.strictEqual(cookie, "a=1")))

  it.effect("security 41: cookies called __proto__ and constructor are inert", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* cookieAfter(["__proto__=1", "constructor=2"]), "__proto__=1; constructor=2")
      assert.isUndefined(({} as Record<string, unknown>)["1"])
    }))

  it.effect("without a jar cookies are ignored; each session has a jar of its own", () =>
    Effect.gen(function*() {
      const script = yield* answering({ ...ok, headers: { "set-cookie": "a=1" } })
      const twice = Effect.andThen(getThing({ id: "1" }), getThing({ id: "1" }))
      yield* twice.pipe(Effect.provide(over(script)))
      const more = Cookies.layer()
      yield* twice.pipe(Effect.provide(over(script, { more })))
      yield* getThing({ id: "1" }).pipe(Effect.provide(over(script, { more })))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["cookie"]), [undefined, undefined, undefined, "a=1", undefined])
    }))

  it.effect("security 2: a cookie of the session goes neither to another port nor to a subdomain, which may set none either", () =>
    Effect.gen(function*() {
      const script = yield* answering((request, count) => count === 1
        ? { ...ok, headers: { "set-cookie": "sid=secret; Domain=example.com" } }
        : request.url.origin === "https://example.com" && count === 2
        ? { status: 302, headers: { location: "https://example.com:8443/port" } }
        : request.url.port === "8443"
        ? { status: 302, headers: { location: "https://sub.example.com/", "set-cookie": "sid=fixed; Domain=example.com" } }
        : ok)
      yield* Effect.andThen(getThing({ id: "1" }), Effect.andThen(getThing({ id: "2" }), putThing({ id: "3", body: { id: "3" } }))).pipe(
        Effect.provide(over(script, { configuration: { baseUrl: "https://example.com" }, more: Cookies.layer() }))
      )
      assert.deepStrictEqual(script.seen.map(({ request }) => `${request.url.host} ${request.headers["cookie"]}`), [
        "example.com undefined",
        "example.com sid=secret",
        "example.com:8443 undefined",
        "sub.example.com undefined",
        "example.com sid=secret"
      ])
    }))

  it.effect("a call without auth neither sends nor takes cookies: they may be what proves the session", () =>
    Effect.gen(function*() {
      const script = yield* answering((_, count) => ({ ...ok, headers: { "set-cookie": `sid=${count}` } }))
      const call = getThing({ id: "1" })
      yield* Effect.andThen(call, Effect.andThen(call.pipe(Call.with({ auth: false })), call)).pipe(Effect.provide(over(script, { more: Cookies.layer() })))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["cookie"]), [undefined, undefined, "sid=1"])
    }))
})
