import { assert, describe, it } from "@effect/vitest"
import { CurrentTokenStore, memory, none } from "credence/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { laws, put, type Subject, text } from "../../support/stores.ts"

const current = Effect.flatMap(CurrentTokenStore, (store) => store === undefined ? Effect.die("no store") : Effect.succeed(store))
const opened = Effect.suspend(() => Effect.provide(current, memory()))

describe("the store in memory", () => {
  laws(Effect.map(opened, (store): Subject => ({ here: store, there: store })))

  it.effect("is one for all that are built with one layer, and another for another", () =>
    Effect.gen(function*() {
      const [one, other] = [memory(), memory()]
      // fresh: as sessions build it that are made apart
      const built = (layer: Layer.Layer<never>) => Effect.provide(current, Layer.fresh(layer))
      yield* put(yield* built(one), "a", "kept")
      assert.strictEqual(text(yield* (yield* built(one)).load("a")), "kept")
      assert.strictEqual(yield* (yield* built(other)).load("a"), undefined)
      assert.strictEqual(yield* Effect.provide(CurrentTokenStore, Layer.provideMerge(none, one)), undefined)
    }))
})
