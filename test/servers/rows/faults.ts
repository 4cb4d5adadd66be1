import { assert } from "@effect/vitest"
import type { CallError } from "credence"
import * as Effect from "effect/Effect"
import { faulty } from "../fault.ts"
import { ask, open, refused, type Way } from "../client.ts"
import { group, row } from "../row.ts"

const way: Way = {}

export const rows = (): void => {
  group("faults")
  const fails = (name: string, fault: Parameters<typeof faulty>[0], tag: CallError["_tag"], reason?: string, options: Way = way) =>
    row(name, () => Effect.flatMap(faulty(fault), ({ url }) => refused(ask(`${url}/public`, options), tag, reason)))

  row("pass", () => Effect.flatMap(faulty({ mode: "pass" }), ({ url }) => Effect.map(ask(`${url}/public`, way), ({ status }) => assert.strictEqual(status, 200))))
  fails("RST on accept", { mode: "refuse" }, "ConnectionFailed", "reset")
  fails("RST after 40 bytes of the answer", { mode: "reset", bytes: 40 }, "ConnectionFailed", "reset")
  fails("FIN inside the body", { mode: "close", bytes: 300 }, "ConnectionFailed", "truncated")
  fails("never answers", { mode: "blackhole" }, "Timeout", undefined, { ...way, idleTimeout: 1000 })
  fails("garbage", { mode: "garbage" }, "ConnectionFailed", "protocol")
  row("slow answer", () =>
    Effect.gen(function*() {
      const { url } = yield* faulty({ delay: 500 })
      const began = Date.now()
      assert.strictEqual((yield* ask(`${url}/public`, way)).status, 200)
      assert.isAtLeast(Date.now() - began, 490)
    }))
  row("fails twice, then works", () =>
    Effect.gen(function*() {
      const { url } = yield* faulty({ mode: "refuse", times: 2 })
      const client = yield* open(`${url}/public`, way)
      yield* refused(client.ask(), "ConnectionFailed")
      yield* refused(client.ask(), "ConnectionFailed")
      assert.strictEqual((yield* client.ask()).status, 200)
    }))
}
