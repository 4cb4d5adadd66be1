import { assert, describe, it } from "@effect/vitest"
import { Auth, Session } from "credence"
import * as Global from "credence/global"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { answering, Billing, failureOf, getThing, ok, partsOver, postThing } from "../support/billing.ts"

const make = (script: { readonly layer: Parameters<typeof partsOver>[0] }, token: string) =>
  Billing.make().pipe(Effect.provide(partsOver(script.layer, { auth: Auth.bearer(Redacted.make(token)) })))

/** What a test sets, it takes away. */
const setting = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.ensuring(self, Global.set(Billing, undefined))

describe("global", () => {
  it.effect("without one, get and layer fail with NoSession, which says what to do", () =>
    Effect.gen(function*() {
      for (const self of [Effect.asVoid(Global.get(Billing)), Effect.asVoid(getThing({ id: "1" })).pipe(Effect.provide(Global.layer(Billing)))]) {
        const failure = yield* failureOf(self)
        assert.strictEqual(failure._tag, "NoSession")
        assert.include(failure.message, "billing")
      }
    }))

  it.effect("set, get, layer; set gives back what was there before", () =>
    setting(Effect.gen(function*() {
      const script = yield* answering(ok)
      const [first, second] = [yield* make(script, "one"), yield* make(script, "two")]
      assert.isUndefined(yield* Global.set(Billing, first))
      assert.strictEqual(yield* Global.get(Billing), first)
      // a hoisted layer, and both kinds of requirement
      const live = Global.layer(Billing)
      const both = Effect.andThen(getThing({ id: "1" }), postThing({ body: { id: "1" } }))
      yield* both.pipe(Effect.provide(live))
      assert.strictEqual(yield* Global.set(Billing, second), first)
      yield* both.pipe(Effect.provide(live))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["authorization"]), ["Bearer one", "Bearer one", "Bearer two", "Bearer two"])
      assert.strictEqual(yield* Global.set(Billing, undefined), second)
      assert.strictEqual((yield* failureOf(Global.get(Billing)))._tag, "NoSession")
    })))

  it.effect("a replaced session is not kept by a shared memo map either", () =>
    setting(Effect.gen(function*() {
      const script = yield* answering(ok)
      const live = Global.layer(Billing)
      const memo = yield* Layer.makeMemoMap
      const scope = yield* Effect.scope
      for (const token of ["one", "two"]) {
        yield* Global.set(Billing, yield* make(script, token))
        const context = yield* Layer.buildWithMemoMap(live, memo, scope)
        yield* getThing({ id: "1" }).pipe(Effect.provideContext(context))
      }
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["authorization"]), ["Bearer one", "Bearer two"])
    })))

  it.effect("each API has its own", () =>
    setting(Effect.gen(function*() {
      class Other extends Session.Service<Other>()("other") {}
      yield* Global.set(Billing, yield* make(yield* answering(ok), "one"))
      assert.strictEqual((yield* failureOf(Global.get(Other)))._tag, "NoSession")
    })))
})
