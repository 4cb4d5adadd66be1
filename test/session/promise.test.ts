import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, ConfigurationInvalid, NotFound, SessionClosed } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { answering, Billing, getThing, ok, over } from "../support/billing.ts"

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error("expected a rejection")
}

describe("promise", () => {
  it("resolves with the value, rejects with the typed error itself", async () => {
    const script = Effect.runSync(answering((_, count) => count === 1 ? ok : { status: 404, body: { title: "gone" } }))
    await using billing = Billing.promise(over(script))
    assert.deepStrictEqual(await billing.run(getThing({ id: "1" })), { id: "1" })
    const error = await rejection(billing.run(getThing({ id: "1" })))
    assert.instanceOf(error, NotFound)
    assert.deepStrictEqual((error as NotFound).body, { title: "gone" })
  })

  it("one session serves all runs, and `await using` closes it", async () => {
    const log: Array<string> = []
    const script = Effect.runSync(Script.make([Script.login(), Script.on("any", () => true, ok)]))
    const watched = Layer.effectDiscard(Effect.acquireRelease(Effect.sync(() => log.push("open")), () => Effect.sync(() => log.push("close"))))
    {
      await using billing = Billing.promise(over(script, { auth: Script.authentication(), more: watched }))
      await Promise.all([1, 2, 3].map((id) => billing.run(getThing({ id: String(id) }))))
      assert.deepStrictEqual(log, ["open"])
    }
    assert.deepStrictEqual([log, script.count("login")], [["open", "close"], 1])
  })

  it("a session that cannot be built rejects with ConfigurationInvalid", async () => {
    const script = Effect.runSync(answering(ok))
    await using billing = Billing.promise(Billing.layer().pipe(Layer.provide(Layer.mergeAll(Auth.anonymous(), Configuration.layer({ baseUrl: "nonsense" }), script.layer))))
    assert.instanceOf(await rejection(billing.run(getThing({ id: "1" }))), ConfigurationInvalid)
  })

  it("an AbortSignal interrupts the call, and only it", async () => {
    let stopped = 0
    const script = Effect.runSync(answering((_, count) => count === 1 ? { fault: "hang" } : ok))
    await using billing = Billing.promise(over(script))
    const controller = new AbortController()
    const call = billing.run(Effect.onInterrupt(getThing({ id: "1" }), () => Effect.sync(() => stopped++)), { signal: controller.signal })
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    assert.strictEqual(await rejection(call), controller.signal.reason)
    assert.strictEqual(stopped, 1)
    assert.deepStrictEqual(await billing.run(getThing({ id: "1" })), { id: "1" })
  })

  it("after close a run rejects with SessionClosed", async () => {
    const script = Effect.runSync(answering(ok))
    const billing = Billing.promise(over(script))
    await billing.run(getThing({ id: "1" }))
    await billing.close()
    await billing.close()
    const error = await rejection(billing.run(getThing({ id: "1" })))
    assert.instanceOf(error, SessionClosed)
    assert.strictEqual(script.seen.length, 1)
  })

  it("what is running when it closes rejects with SessionClosed", async () => {
    const script = Effect.runSync(answering({ fault: "hang" }))
    const billing = Billing.promise(over(script))
    const call = rejection(billing.run(getThing({ id: "1" })))
    await new Promise((resolve) => setImmediate(resolve))
    await billing.close()
    assert.instanceOf(await call, SessionClosed)
  })

  it("failures of the effect around the call come as they are", async () => {
    const script = Effect.runSync(answering(ok))
    await using billing = Billing.promise(over(script))
    assert.strictEqual(await rejection(billing.run(Effect.fail("mine"))), "mine")
    const defect = new Error("broken")
    assert.strictEqual(await rejection(billing.run(Effect.die(defect))), defect)
  })
})
