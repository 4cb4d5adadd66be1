import { assert, describe, it } from "@effect/vitest"
import { Script } from "credence/testing"
import { issuedCertificate, TppResult } from "credence/tpp"
import { isValidObject } from "credence/tpp/config"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { grant, over, password } from "./support.ts"

const withLogin = (...steps: ReadonlyArray<Script.Step>) =>
  Script.make([Script.on("login", ({ url }) => url.pathname === "/vedauth/authorize/oauth", { body: grant({ expires_in: 10_000 }) }), Script.on("revocation", ({ url }) => url.pathname === "/vedauth/revoke/token", {}), ...steps])

describe("refusals inside status 200", () => {
  it("are told by Result, by Success, or by Error", () => {
    for (const fine of [{}, { Result: 1 }, { Success: true }, { Result: 1, Success: true, Error: "" }]) assert.isUndefined(TppResult.refusalOf(fine))
    for (const [answer, reason] of [
      [{ Result: 400 }, "ObjectDoesNotExist"],
      [{ Result: 400, Error: "Object does not exist" }, "ObjectDoesNotExist"],
      [{ Result: 99_999 }, "Unknown"],
      [{ Success: false }, "Unknown"],
      [{ Error: "away" }, "Unknown"],
      [{ Result: 1, Error: "away" }, "Unknown"]
    ] as const) assert.strictEqual(TppResult.refusalOf(answer)?.reason, reason, JSON.stringify(answer))
    assert.strictEqual(TppResult.refusalOf({ Result: 400, Error: "Object does not exist" })?.message, "TPP refused with result 400 (ObjectDoesNotExist): Object does not exist")
    // one line of no great length, whatever the server says
    const message = TppResult.refusalOf({ Result: 502, Error: `no\r\nroom\u001b[2J password=enigma ${"x".repeat(500)}` })?.message ?? ""
    assert.match(message, /^TPP refused with result 502 \(DriverDatabaseError\): no room \[2J password=<redacted> x+…$/)
    assert.isBelow(message.length, 280)
  })
})

describe("transactions that lost to another one", () => {
  const valid = (reply: (count: number) => Script.Reply) => Script.on("valid", ({ url }) => url.pathname === "/vedsdk/config/isvalid", (_, count) => reply(count))
  const call = Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.exit(isValidObject({ body: { ObjectDN: "\\VED" } })))
    yield* TestClock.adjust("10 seconds")
    return yield* Fiber.join(fiber)
  })

  it.effect("are done again three times at most, then reported with what the server said", () =>
    Effect.gen(function*() {
      const script = yield* withLogin(valid(() => ({ status: 500, body: "Deadlock. Please RERUN the transaction." })))
      const exit = yield* Effect.provide(call, over(script, password()))
      const error = exit._tag === "Failure" ? yield* Effect.flip(exit) : undefined
      assert.deepInclude(error, { _tag: "UnexpectedStatus", status: 500, attempts: 4 })
    }))

  it.effect("are known in JSON, too; any other 500 of a POST is not repeated", () =>
    Effect.gen(function*() {
      const script = yield* withLogin(valid((count) => count === 1 ? { status: 500, body: { Error: "Rerun the transaction" } } : { status: 500, body: { Error: "no disk" } }))
      yield* Effect.provide(call, over(script, password()))
      assert.strictEqual(script.count("valid"), 2)
    }))
})

describe("refusals with a status", () => {
  it.effect("are told in a message of no great length, and whole in the body", () =>
    Effect.gen(function*() {
      const script = yield* withLogin(Script.on("valid", () => true, { status: 400, body: { Error: "x".repeat(100_000) } }))
      const error = yield* Effect.flip(Effect.provide(isValidObject({ body: { ObjectDN: "\\VED" } }), over(script, password())))
      assert.isBelow(error.message.length, 1_000)
      assert.strictEqual(error._tag === "BadRequest" ? error.body.Error?.length : error._tag, 100_000)
    }))
})

describe("issuedCertificate", () => {
  const retrieval = { CertificateDN: "\\VED\\Policy\\x", Format: "Base64" } as const
  const pending = { status: 202, body: { Stage: 500, Status: "Post\tCSR" } }

  it.effect("asks until it is there", () =>
    Effect.gen(function*() {
      const script = yield* withLogin(Script.on("retrieve", () => true, (_, count) => count < 3 ? pending : { body: { CertificateData: "AA==", Format: "Base64" } }))
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(issuedCertificate(retrieval))
        yield* TestClock.adjust("9 seconds")
        assert.strictEqual(script.count("retrieve"), 2)
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual((yield* Fiber.join(fiber)).CertificateData, "AA==")
      }).pipe(Effect.provide(over(script, password())))
    }))

  it.effect("says where it is when the Schedule ends, and does not wait for what was refused", () =>
    Effect.gen(function*() {
      const script = yield* withLogin(Script.on("retrieve", () => true, (_, count) => count < 4 ? pending : { status: 400, body: { Error: "no such certificate" } }))
      yield* Effect.gen(function*() {
        const asked = (times: number) => Effect.flip(issuedCertificate(retrieval, { schedule: Schedule.recurs(times) }))
        const error = yield* asked(2)
        assert.deepInclude(error, { _tag: "CertificateNotIssued", stage: 500, status: "Post\tCSR" })
        assert.notMatch(error.message, /\p{Cc}/u)
        assert.strictEqual((yield* asked(5))._tag, "BadRequest")
        assert.strictEqual(script.count("retrieve"), 4)
      }).pipe(Effect.provide(over(script, password())))
    }))
})
