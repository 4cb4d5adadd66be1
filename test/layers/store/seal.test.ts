import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as Seal from "../../../src/layers/store/seal.ts"

const bytes = (fill: number): Buffer => Buffer.alloc(32, fill)
const key = (fill: number) => Redacted.make(bytes(fill).toString("base64"))

describe("sealed texts", () => {
  it.effect("open with the key in any spelling, and never look the same twice", () =>
    Effect.gen(function*() {
      const sealer = yield* Seal.make({ key: key(250) })
      const sealed = yield* sealer.seal("place", "secret ✓")
      assert.notInclude(sealed, "secret")
      assert.notStrictEqual(sealed, yield* sealer.seal("place", "secret ✓"))
      assert.isTrue(Seal.isSealed(sealed))
      for (const spelling of ["base64", "base64url", "hex"] as const) {
        const again = yield* Seal.make({ key: Redacted.make(` ${bytes(250).toString(spelling)}\n`) })
        assert.strictEqual(yield* again.open("place", sealed), "secret ✓")
      }
    }))

  it.effect("do not open with another key, at another place, or with one bit changed", () =>
    Effect.gen(function*() {
      const sealer = yield* Seal.make({ key: key(1) })
      const sealed = yield* sealer.seal("alice", "secret")
      const other = yield* Seal.make({ key: key(2) })
      assert.match(yield* Effect.flip(other.open("alice", sealed)), /another key \([0-9a-f]{8}; given: [0-9a-f]{8}\)/)
      assert.match(yield* Effect.flip(sealer.open("bob", sealed)), /copied from another place/)
      for (let at = sealed.length - 30; at < sealed.length; at++) {
        const changed = `${sealed.slice(0, at)}${sealed[at] === "A" ? "Q" : "A"}${sealed.slice(at + 1)}`
        assert.match(yield* Effect.flip(sealer.open("alice", changed)), /damaged/)
      }
      for (const text of ["", "plain", "{}"]) assert.match(yield* Effect.flip(sealer.open("alice", text)), /not encrypted/)
      for (const text of ["sealed:1:", "sealed:1:zz:!:!", "sealed:1:\u001b[31m:a:b"]) assert.match(yield* Effect.flip(sealer.open("alice", text)), /another key \(unknown/)
      const id = sealed.split(":")[2]
      for (const rest of ["", ":", "!:!", "AAAA:AAAA", "AAAAAAAAAAAAAAAA:"]) assert.match(yield* Effect.flip(sealer.open("alice", `sealed:1:${id}:${rest}`)), /damaged/)
    }))

  it.effect("of a previous key still open, and new ones are sealed with the present key", () =>
    Effect.gen(function*() {
      const before = yield* (yield* Seal.make({ key: key(1) })).seal("a", "old")
      const turned = yield* Seal.make({ key: key(2), previousKeys: [key(1)] })
      assert.strictEqual(yield* turned.open("a", before), "old")
      const only = yield* Seal.make({ key: key(2) })
      assert.strictEqual(yield* only.open("a", yield* turned.seal("a", "new")), "new")
    }))

  it.effect("need keys of 32 bytes; a wrong one is named and not shown", () =>
    Effect.gen(function*() {
      for (const wrong of ["", "short", "not base64 !".repeat(5), bytes(1).subarray(1).toString("base64"), bytes(1).toString("hex") + "00"]) {
        const error = yield* Effect.flip(Seal.make({ key: Redacted.make(wrong) }))
        assert.strictEqual(error._tag, "ConfigurationInvalid")
        assert.match(error.message, /^invalid configuration: key: expected 32 bytes/)
        if (wrong !== "") assert.notInclude(inspect(error, { depth: 8 }), wrong)
      }
      const error = yield* Effect.flip(Seal.make({ key: key(1), previousKeys: [key(2), Redacted.make("short")] }))
      assert.match(error.message, /previousKeys\[1\]/)
    }))
})
