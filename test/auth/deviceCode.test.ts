import { assert, describe, it } from "@effect/vitest"
import { Auth, Call } from "credence"
import { Script } from "credence/testing"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { Billing, getThing, ok, over } from "../support/billing.ts"

const codes: Script.Reply = { body: { device_code: "the-device-code", user_code: "WDJB-MJHT", verification_uri: "https://id.test/device", expires_in: 60, interval: 2 } }
const formOf = (body: unknown) => Object.fromEntries(new URLSearchParams((body as { readonly bytes: string }).bytes))

const setup = (token: Script.Reply | Parameters<typeof Script.on>[2], options: Partial<Auth.DeviceCodeOptions> = {}) =>
  Effect.map(
    Script.make([
      Script.on("codes", ({ url }) => url.pathname === "/device", codes),
      Script.on("token", ({ url }) => url.pathname === "/token", token),
      Script.on("api", () => true, ok)
    ]),
    (script) => ({
      script,
      live: over(script, { auth: Auth.deviceCode({ deviceUrl: "https://id.test/device", tokenUrl: "https://id.test/token", clientId: "tv", prompt: () => Effect.void, ...options }) })
    })
  )

const forms = (script: Script.Script, step: string) => script.seen.filter((seen) => seen.step === step).map(({ request }) => formOf(request.body))

/** signs in while the clock goes on */
const signIn = Effect.gen(function*() {
  const fiber = yield* Effect.forkChild(Billing.authenticate())
  yield* TestClock.adjust("30 seconds")
  return yield* Fiber.join(fiber)
})

describe("device code", () => {
  it.effect("asks as RFC 8628 says, and renews by the refresh token without a person", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup(
        (_, count) => count === 1 ? { status: 400, body: { error: "authorization_pending" } } : { body: { access_token: `at-${count}`, refresh_token: `rt-${count}`, token_type: "Bearer", expires_in: 100 } },
        { scope: "profile", clientSecret: Redacted.make("client-secret") }
      )
      yield* Effect.gen(function*() {
        yield* signIn
        yield* getThing({ id: "1" })
        yield* TestClock.adjust("100 seconds")
        yield* getThing({ id: "1" })
      }).pipe(Effect.provide(live))
      assert.deepStrictEqual(forms(script, "codes"), [{ client_id: "tv", client_secret: "client-secret", scope: "profile" }])
      const asked = { client_id: "tv", client_secret: "client-secret", grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: "the-device-code" }
      assert.deepStrictEqual(forms(script, "token"), [asked, asked, { client_id: "tv", client_secret: "client-secret", grant_type: "refresh_token", refresh_token: "rt-2" }])
      assert.deepStrictEqual(script.seen.filter(({ step }) => step === "api").map(({ request }) => request.headers["authorization"]), ["Bearer at-2", "Bearer at-3"])
    }))

  it.effect("a call that gives up waiting does not go on asking", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup({ status: 400, body: { error: "authorization_pending" } })
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(getThing({ id: "1" }))
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.interrupt(fiber)
        const before = script.count("token")
        assert.strictEqual(before, 2)
        yield* TestClock.adjust("20 seconds")
        assert.strictEqual(script.count("token"), before)
      }).pipe(Effect.provide(live))
    }))

  it.effect("a call that is tried again, and a second login, go on with the code that was shown", () =>
    Effect.gen(function*() {
      const shown: Array<Auth.DeviceCode> = []
      const { live, script } = yield* setup(
        (_, count) => count < 8 ? { status: 400, body: { error: "authorization_pending" } } : { body: { access_token: "at", token_type: "Bearer" } },
        { prompt: (code) => Effect.sync(() => void shown.push(code)) }
      )
      yield* Effect.gen(function*() {
        const given = yield* Effect.forkChild(Billing.authenticate())
        yield* TestClock.adjust("4 seconds")
        yield* Fiber.interrupt(given)
        const fiber = yield* Effect.forkChild(getThing({ id: "1" }).pipe(Call.with({ timeout: "5 seconds" })))
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.join(fiber)
      }).pipe(Effect.provide(live))
      assert.strictEqual(script.count("codes"), 1)
      assert.isAbove(shown.length, 2)
      assert.deepStrictEqual(new Set(shown.map(({ userCode }) => userCode)), new Set(["WDJB-MJHT"]))
      assert.deepStrictEqual(shown.slice(0, 2).map(({ lifetime }) => lifetime), [60_000, 56_000])
    }))

  it.effect("who was asked to slow down stays so with that code", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup((_, count) => ({ status: 400, body: { error: count === 1 ? "slow_down" : "authorization_pending" } }))
      yield* Effect.gen(function*() {
        const given = yield* Effect.forkChild(Billing.authenticate())
        yield* TestClock.adjust("3 seconds")
        yield* Fiber.interrupt(given)
        yield* Effect.forkChild(Billing.authenticate())
        yield* TestClock.adjust("6 seconds")
        assert.strictEqual(script.count("token"), 1)
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual(script.count("token"), 2)
      }).pipe(Effect.provide(live))
    }))

  it.effect("a code that was refused, or has ended, is not shown again", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup({ status: 400, body: { error: "access_denied" } })
      yield* Effect.provide(Effect.andThen(Effect.flip(signIn), Effect.flip(signIn)), live)
      assert.strictEqual(script.count("codes"), 2)
      const waiting = yield* setup({ status: 400, body: { error: "authorization_pending" } })
      yield* Effect.gen(function*() {
        const given = yield* Effect.forkChild(Billing.authenticate())
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.interrupt(given)
        yield* TestClock.adjust("60 seconds")
        yield* Effect.forkChild(Billing.authenticate())
        yield* TestClock.adjust("10 seconds")
      }).pipe(Effect.provide(waiting.live))
      assert.strictEqual(waiting.script.count("codes"), 2)
    }))

  it.effect("shows no device code and no secret when a server repeats them", () =>
    Effect.gen(function*() {
      const { live } = yield* setup({ status: 400, body: { error: "invalid_grant", error_description: "the-device-code with client-secret" } }, { clientSecret: Redacted.make("client-secret") })
      const error = yield* Effect.provide(Effect.flip(signIn), live)
      assert.strictEqual(error._tag === "AuthenticationFailed" ? error.reason : error._tag, "login")
      assert.notMatch(error.message + JSON.stringify(error), /the-device-code|client-secret/)
    }))

  it.effect("prints to standard error, where nobody says otherwise", () =>
    Effect.gen(function*() {
      const printed: Array<unknown> = []
      const console = yield* Console.Console
      const { live } = yield* setup({ body: { access_token: "at" } }, { prompt: undefined })
      yield* Effect.provide(signIn, live).pipe(Effect.provideService(Console.Console, Object.assign(Object.create(console) as Console.Console, { error: (text: unknown) => void printed.push(text) })))
      assert.deepStrictEqual(printed, ["To sign in, open https://id.test/device and enter the code WDJB-MJHT"])
    }))
})
