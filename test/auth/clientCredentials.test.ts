/** The client credentials grant (RFC 6749 section 4.4). */
import { assert, describe, it } from "@effect/vitest"
import { Auth } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { failureOf, getThing, ok, over } from "../support/billing.ts"

const secret = "CANARY-s3cret"
const options = { tokenUrl: "/token", clientId: "nightly", clientSecret: Redacted.make(secret), scope: "read write" }

/** Gives tokens `at1`, `at2`, …, and takes the newest only. */
const issuing = (answer: Readonly<Record<string, unknown>> = {}) => {
  let issued = 0
  return Script.make([
    Script.on("POST", ({ url }) => url.pathname === "/token", () => ({ body: { access_token: `at${++issued}`, token_type: "bearer", expires_in: 60, ...answer } })),
    Script.on("any", ({ headers }) => headers["authorization"] === `Bearer at${issued}`, ok),
    Script.on("any", () => true, { status: 401 })
  ])
}

const get = getThing({ id: "1" })
const bodies = (script: Script.Script) =>
  script.seen.flatMap(({ request }) => request.url.pathname === "/token" && request.body?._tag === "Bytes" ? [String(request.body.bytes)] : [])

describe("client credentials", () => {
  it.effect("one token for all calls, asked for anew when it ends; a refresh token that comes along is not used", () =>
    Effect.gen(function*() {
      const script = yield* issuing({ refresh_token: "rt" })
      yield* Effect.gen(function*() {
        yield* Effect.all(Array.from({ length: 20 }, () => get), { concurrency: "unbounded" })
        assert.deepStrictEqual(bodies(script), ["grant_type=client_credentials&scope=read+write"])
        yield* TestClock.adjust("61 seconds")
        yield* get
      }).pipe(Effect.provide(over(script, { auth: Auth.clientCredentials(options) })))
      assert.deepStrictEqual(bodies(script), ["grant_type=client_credentials&scope=read+write", "grant_type=client_credentials&scope=read+write"])
      assert.strictEqual(script.seen[0]?.request.headers["authorization"], `Basic ${btoa(`nightly:${secret}`)}`)
    }))

  it.effect("id and secret in the form, where a server wants them there", () =>
    Effect.gen(function*() {
      const script = yield* issuing()
      yield* get.pipe(Effect.provide(over(script, { auth: Auth.clientCredentials({ ...options, scope: undefined, secretIn: "form" }) })))
      assert.deepStrictEqual(bodies(script), [`grant_type=client_credentials&client_id=nightly&client_secret=${secret}`])
      assert.isUndefined(script.seen[0]?.request.headers["authorization"])
    }))

  const refusals: ReadonlyArray<readonly [what: string, reply: Script.Reply, said: string]> = [
    ["an error", { status: 400, body: { error: "invalid_scope", error_description: `not for ${secret}` } }, "invalid_scope: not for"],
    ["a 401", { status: 401, body: { error: "invalid_client" } }, "status 401"],
    ["a page", { body: `<html>${secret}</html>`, headers: { "content-type": "text/html" } }, "did not answer with JSON"],
    ["a redirect", { status: 302, headers: { location: "https://elsewhere.test/token" } }, "redirects"],
    ["a token that no header can hold", { body: { access_token: "a\nb", token_type: "bearer" } }, "AuthenticationFailed"]
  ]
  for (const [what, reply, said] of refusals) {
    it.effect(`${what} in place of a token: AuthenticationFailed (login), without the secret`, () =>
      Effect.gen(function*() {
        const script = yield* Script.make([Script.on("any", () => true, reply)])
        const failure = yield* failureOf(get.pipe(Effect.provide(over(script, { auth: Auth.clientCredentials(options) }))))
        assert.strictEqual(failure._tag, "AuthenticationFailed")
        assert.strictEqual(failure._tag === "AuthenticationFailed" ? failure.reason : undefined, "login")
        assert.include(`${failure._tag}: ${failure.message}`, said)
        assert.notInclude(failure.message + inspect(failure, { depth: 20 }) + JSON.stringify(failure), "CANARY")
        assert.strictEqual(script.seen.length, 1)
      }))
  }
})
