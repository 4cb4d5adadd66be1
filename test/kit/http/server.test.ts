import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import { serve } from "../../../kit/src/http/server.ts"

describe("the kit's server", () => {
  it.live("a request that it fails at is answered with 500, and not left without an answer", () =>
    Effect.gen(function*() {
      const told = vi.spyOn(console, "error").mockImplementation(() => {})
      yield* Effect.addFinalizer(() => Effect.sync(() => told.mockRestore()))
      const origin = yield* serve({ name: "broken", port: 0, https: undefined, respond: () => Promise.reject(new Error("a defect")) })
      const { status } = yield* Effect.promise(() => fetch(origin, { method: "POST", body: "x", signal: AbortSignal.timeout(5_000) }))
      assert.deepStrictEqual([status, told.mock.calls.length], [500, 1])
    }))
})
