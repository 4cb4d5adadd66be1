import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Endpoint, Hooks, Session } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { answering, Billing, failureOf, getThing, ok, over, partsOver } from "../support/billing.ts"

const opened = (token: string) => ({
  responseCode: 201,
  limit: 0,
  offset: 0,
  count: 0,
  size: 0,
  metaData: {},
  messages: [],
  data: { sessionKey: btoa("key"), credentials: { requestCredentialsType: "sessionToken", requestCredentialsData: token } }
})

const viewCase = Endpoint.get(Argus, "/cases/v2/case/{id}", { name: "viewCase", path: { id: Schema.Int }, success: Schema.Unknown, permission: "viewCases" })

/** Gives a narrower token each time it is asked, and accepts the newest one. */
const server = (options: { readonly accepts?: (token: string | undefined, count: number) => boolean } = {}) =>
  Script.make([
    Script.on("constrain", (request) => request.url.pathname.endsWith("/session/constrain"), (_, count) => ({ status: 201, body: opened(`narrow-${count}`), headers: { "set-cookie": "argus_session=narrow" } })),
    Script.on("logout", (request) => request.method === "DELETE", { body: {} }),
    Script.on("api", () => true, (request, count) => options.accepts?.(request.headers["authorization"], count) === false ? { status: 401 } : { body: {} })
  ])

const layerOf = (script: Script.Script) => Argus.layer().pipe(Layer.provide(partsOver(script.layer, { auth: ArgusAuth.apiKey(Redacted.make("outer-key")) })))

describe("constrained", () => {
  it.effect("asks for a narrower session as the outer one, runs in it, logs it out, and leaves the outer one alone", () =>
    Effect.gen(function*() {
      const script = yield* server()
      yield* Effect.gen(function*() {
        yield* viewCase({ id: 1 })
        yield* viewCase({ id: 2 }).pipe(Argus.constrained({ functions: ["viewCases"], customers: ["customer1", 7], readOnly: true }))
        yield* viewCase({ id: 3 })
      }).pipe(Effect.provide(layerOf(script)))
      assert.deepStrictEqual(script.seen.map(({ request, step }) => [step, request.headers["argus-api-key"], request.headers["authorization"]]), [
        ["api", "outer-key", undefined],
        ["constrain", "outer-key", undefined],
        ["api", undefined, "Bearer narrow-1"],
        ["logout", undefined, "Bearer narrow-1"],
        ["api", "outer-key", undefined]
      ])
      const body = script.seen[1]?.request.body
      assert.deepStrictEqual(body?._tag === "Bytes" ? JSON.parse(String(body.bytes)) : undefined, { customer: ["customer1", "7"], function: ["viewCases"], readOnly: true })
    }))

  it.effect("a narrower session that has ended is asked for again, once for all", () =>
    Effect.gen(function*() {
      const script = yield* server({ accepts: (token) => token !== "Bearer narrow-1" })
      yield* Effect.all(Array.from({ length: 10 }, () => viewCase({ id: 1 })), { concurrency: "unbounded" }).pipe(
        Argus.constrained({ functions: ["viewCases"] }),
        Effect.provide(layerOf(script))
      )
      assert.deepStrictEqual([script.count("constrain"), script.count("logout")], [2, 1])
      assert.strictEqual(script.seen.at(-1)?.request.headers["authorization"], "Bearer narrow-2")
    }))

  it.effect("a refusal fails the part with the server's reason, before any of its calls", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 412, body: { messages: [{ message: "no such function", type: "FIELD_ERROR", field: "function" }] } })
      const failure = yield* failureOf(viewCase({ id: 1 }).pipe(Argus.constrained({ functions: ["viewCases"] }), Effect.provide(layerOf(script))))
      assert.strictEqual(failure._tag, "PreconditionFailed")
      assert.include(failure.message, "no such function")
      assert.strictEqual(script.seen.length, 1)
    }))

  it.effect("options around the part are for its calls, not for the request that narrows", () =>
    Effect.gen(function*() {
      const script = yield* server()
      yield* viewCase({ id: 1 }).pipe(
        Argus.constrained({ functions: ["viewCases"] }),
        Call.with({ body: { stray: true }, headers: { "x-trace": "1" }, auth: true, baseUrl: "https://api.test/sub" }),
        Effect.provide(layerOf(script))
      )
      const body = script.seen[0]?.request.body
      assert.deepStrictEqual(body?._tag === "Bytes" ? JSON.parse(String(body.bytes)) : undefined, { function: ["viewCases"] })
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["x-trace"]), [undefined, "1", undefined])
    }))
})

describe("narrow", () => {
  it.effect("a session like the outer one with another credential: same server, hooks of the outer session, closed with its scope", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      yield* Effect.gen(function*() {
        const outer = yield* Billing
        const recipe = yield* Auth.Authentication.pipe(Effect.provide(Auth.bearer(Redacted.make("narrow"))))
        const session = yield* Session.narrow(outer, recipe)
        yield* getThing({ id: "1" }).pipe(Billing.use(session))
        yield* getThing({ id: "1" })
        return session
      }).pipe(
        Effect.scoped,
        Effect.tap((session) => Effect.map(failureOf(getThing({ id: "1" }).pipe(Billing.use(session))), (failure) => assert.strictEqual(failure._tag, "SessionClosed"))),
        Effect.provide(over(script, { auth: Auth.bearer(Redacted.make("outer")), more: Hooks.layer({ call: (e) => Effect.sync(() => log.push(e.operation)) }) }))
      )
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["authorization"]), ["Bearer narrow", "Bearer outer"])
      assert.deepStrictEqual(log, ["getThing", "getThing"])
    }))
})
