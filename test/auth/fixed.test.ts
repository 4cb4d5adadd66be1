import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration } from "credence"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { answering, Billing, failureOf, getThing, ok, over, partsOver } from "../support/billing.ts"

const headersWith = (auth: Layer.Layer<Auth.Authentication>, options: Call.CallOptions = {}) =>
  Effect.gen(function*() {
    const script = yield* answering(ok)
    yield* getThing({ id: "1" }).pipe(Call.with(options), Effect.provide(over(script, { auth })))
    return script.seen[0]?.request.headers ?? {}
  })

describe("credentials that stay as they are", () => {
  it.effect("bearer (RFC 6750)", () =>
    Effect.map(headersWith(Auth.bearer(Redacted.make("mF_9.B5f-4.1JqM"))), (headers) => assert.strictEqual(headers["authorization"], "Bearer mF_9.B5f-4.1JqM")))

  const pairs: ReadonlyArray<readonly [string, string, string]> = [
    ["Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="],
    ["test", "123£", "Basic dGVzdDoxMjPCow=="],
    ["", "", "Basic Og=="],
    ["user", "a:b:c", "Basic dXNlcjphOmI6Yw=="]
  ]
  for (const [username, password, expected] of pairs) {
    it.effect(`basic (RFC 7617): ${username}:${password}`, () =>
      Effect.map(headersWith(Auth.basic({ username, password: Redacted.make(password) })), (headers) => assert.strictEqual(headers["authorization"], expected)))
  }

  it.effect("basic: a password beyond the planes of UTF-16 is UTF-8", () =>
    Effect.map(headersWith(Auth.basic({ username: "ü", password: Redacted.make("𝒫") })), (headers) =>
      assert.strictEqual(Buffer.from(headers["authorization"]!.slice(6), "base64").toString("utf8"), "ü:𝒫")))

  it.effect("an API key goes under its own name", () =>
    Effect.map(headersWith(Auth.apiKey({ header: "X-Portal-Key", key: Redacted.make("k3y") })), (headers) => {
      assert.strictEqual(headers["x-portal-key"], "k3y")
      assert.isUndefined(headers["authorization"])
    }))

  it.effect("a call's own Authorization beats the session's", () =>
    Effect.map(headersWith(Auth.bearer(Redacted.make("mine")), { headers: { Authorization: "Bearer other" } }), (headers) => assert.strictEqual(headers["authorization"], "Bearer other")))

  it.effect("`auth: false` sends a call without", () =>
    Effect.map(headersWith(Auth.bearer(Redacted.make("mine")), { auth: false }), (headers) => assert.isUndefined(headers["authorization"])))

  it.effect("anonymous: a 401 says that a credential is missing; a credential that is not accepted says rejected", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 401, body: { title: "who are you?" } })
      for (const [auth, reason] of [[Auth.anonymous(), "missing"], [Auth.bearer(Redacted.make("stale")), "rejected"]] as const) {
        const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth }))))
        assert.strictEqual(failure._tag, "AuthenticationFailed")
        if (failure._tag !== "AuthenticationFailed") return
        assert.deepStrictEqual([failure.reason, failure.status, failure.detail, failure.attempts], [reason, 401, "who are you?", 1])
        assert.deepStrictEqual(failure.body, { title: "who are you?" })
      }
      assert.strictEqual(script.seen.length, 2)
    }))

  const wrong: ReadonlyArray<readonly [string, Layer.Layer<Auth.Authentication>, string]> = [
    ["basic: a colon in the user name", Auth.basic({ username: "user:canary", password: Redacted.make("canary") }), "basic authentication"],
    ["basic: control characters", Auth.basic({ username: "user", password: Redacted.make("canary\u0007") }), "basic authentication"],
    ["security 16: CR LF in a bearer token", Auth.bearer(Redacted.make("canary\r\nx-evil: 1")), "bearer token (authorization)"],
    ["security 16: NUL in a bearer token", Auth.bearer(Redacted.make("canary\0")), "bearer token (authorization)"],
    ["security 16: LF in an API key", Auth.apiKey({ header: "x-key", key: Redacted.make("canary\n") }), "api key (x-key)"],
    ["an API key that no field can hold", Auth.apiKey({ header: "x-key", key: Redacted.make("canary€") }), "api key (x-key)"],
    ["security 16: CR LF in the initial access token", Auth.refreshToken({ tokenUrl: "/t", refreshToken: Redacted.make("canary"), accessToken: Redacted.make("canary\r\n") }), "accessToken"]
  ]
  for (const [name, auth, setting] of wrong) {
    it.effect(`${name} is ConfigurationInvalid: names the setting, never the value`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth }))))
        assert.strictEqual(failure._tag, "ConfigurationInvalid")
        assert.include(failure.message, setting)
        assert.notInclude(inspect(failure, { depth: 20 }) + JSON.stringify(failure), "canary")
        assert.strictEqual(script.seen.length, 0)
      }))
  }
})

describe("security 45: credentials over plain http", () => {
  const secret = Redacted.make("s3cret-token")
  const ways: ReadonlyArray<readonly [string, Layer.Layer<Auth.Authentication>]> = [
    ["bearer", Auth.bearer(secret)],
    ["basic", Auth.basic({ username: "u", password: secret })],
    ["api key", Auth.apiKey({ header: "x-key", key: secret })],
    ["refresh token", Auth.refreshToken({ tokenUrl: "/token", refreshToken: secret })],
    ["refresh token with a token url of its own on plain http", Auth.refreshToken({ tokenUrl: "http://login.test/token", refreshToken: secret })]
  ]
  for (const [name, auth] of ways) {
    it.effect(`${name} is refused before anything is sent`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth, configuration: { baseUrl: "http://api.test" } }))))
        assert.strictEqual(failure._tag, "AuthenticationFailed")
        assert.strictEqual(failure._tag === "AuthenticationFailed" && failure.reason, "insecure")
        assert.strictEqual(script.seen.length, 0)
      }))
  }

  it.effect("a token endpoint on plain http is refused although the API is on https", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth: Auth.refreshToken({ tokenUrl: "http://login.test/token", refreshToken: secret }) }))))
      assert.strictEqual(failure._tag === "AuthenticationFailed" && failure.reason, "insecure")
      assert.strictEqual(script.seen.length, 0)
    }))

  for (const host of ["localhost:8080", "127.0.0.1", "127.9.9.9:1", "[::1]:3000", "api.localhost"]) {
    it.effect(`${host} is the machine itself`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        yield* getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth: Auth.bearer(secret), configuration: { baseUrl: `http://${host}` } })))
        assert.strictEqual(script.seen[0]?.request.headers["authorization"], "Bearer s3cret-token")
      }))
  }

  for (const host of ["127.0.0.1.evil.test", "localhost.evil.test", "10.0.0.1", "0.0.0.0", "[::2]", "evil-localhost"]) {
    it.effect(`${host} is not`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth: Auth.bearer(secret), configuration: { baseUrl: `http://${host}` } }))))
        assert.strictEqual(script.seen.length, 0)
      }))
  }

  it.effect("explicitly allowed; anonymous and `auth: false` need no permission", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const plain = { baseUrl: "http://api.test" }
      yield* getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth: Auth.bearer(secret), configuration: { ...plain, allowInsecureHttp: true } })))
      yield* getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth: Auth.anonymous(), configuration: plain })))
      yield* getThing({ id: "1" }).pipe(Call.with({ auth: false }), Effect.provide(over(script, { auth: Auth.bearer(secret), configuration: plain })))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["authorization"]), ["Bearer s3cret-token", undefined, undefined])
    }))

  it.effect("an override to a plain server is refused as well", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const failure = yield* failureOf(getThing({ id: "1" }).pipe(
        Effect.provide(Billing.override(Auth.bearer(secret), Configuration.layer({ baseUrl: "http://api.test" }))),
        Effect.provide(Billing.layer().pipe(Layer.provide(partsOver(script.layer, { auth: Auth.bearer(secret) }))))
      ))
      assert.strictEqual(failure._tag === "AuthenticationFailed" && failure.reason, "insecure")
      assert.strictEqual(script.seen.length, 0)
    }))
})
