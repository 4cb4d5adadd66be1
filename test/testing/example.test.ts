import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { Endpoint, Open, Session } from "credence"
import { example } from "credence/testing"

class Api extends Session.Service<Api>()("api") {}
const of = <S extends Schema.ConstraintCodec<unknown, unknown>>(success: S) => Endpoint.get(Api, "/x", { success })

const Model = Schema.Struct({
  id: Schema.Int,
  name: Schema.String.check(Schema.isMinLength(3)),
  at: Schema.DateFromString,
  big: Schema.BigIntFromString,
  state: Open.literals(["open", "closed"]),
  shape: Open.union("type", { circle: Schema.Struct({ type: Schema.Literal("circle"), r: Schema.Number }) }),
  inner: Schema.Struct({ flag: Schema.Boolean, note: Schema.optional(Schema.String) }),
  list: Schema.Array(Schema.Struct({ a: Schema.Int, b: Schema.String })),
  page: Open.items(Schema.Struct({ a: Schema.Int, b: Schema.String })),
  maybe: Schema.NullOr(Schema.Int),
  left: Schema.optional(Schema.Int),
  open: Open.optional(Schema.Int)
})
const get = of(Model)

describe("example", () => {
  it("is the same for the same seed, and usually another for another", () => {
    assert.deepStrictEqual(example(get), example(get))
    assert.deepStrictEqual(example(get, undefined, { seed: 7 }), example(get, undefined, { seed: 7 }))
    const names = new Set(Array.from({ length: 20 }, (_, seed) => example(get, undefined, { seed }).name))
    assert.isAbove(names.size, 10)
  })
  it("holds all that is required, decoded, and fits its schema", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const value = example(get, undefined, { seed })
      assert.instanceOf(value.at, Date)
      assert.strictEqual(typeof value.big, "bigint")
      assert.isTrue(Number.isSafeInteger(value.id))
      assert.isAtLeast(value.name.length, 3)
      assert.isTrue(Schema.is(Model)(value), `seed ${seed}`)
    }
  })
  it("leaves out what may be left out; lists are empty", () => {
    const value = example(get)
    assert.deepStrictEqual([value.list, value.page], [[], []])
    assert.isFalse("left" in value)
    assert.isFalse("open" in value)
    assert.isFalse("note" in value.inner)
  })
  it("keeps what is known and fills in around it", () => {
    const value = example(get, { id: 42, inner: { note: "n" }, list: [{ a: 1 }, { b: "x" }], page: [{ a: 2 }], maybe: null, left: 5, state: "closed" })
    assert.deepStrictEqual([value.id, value.inner.note, value.maybe, value.left, value.state], [42, "n", null, 5, "closed"])
    assert.strictEqual(typeof value.inner.flag, "boolean")
    assert.deepStrictEqual([value.list.length, value.list[0]?.a, value.list[1]?.b, value.page.length, value.page[0]?.a], [2, 1, "x", 1, 2])
    assert.strictEqual(typeof value.list[0]?.b, "string")
    assert.strictEqual(typeof value.page[0]?.b, "string")
    assert.isTrue(Schema.is(Model)(value))
  })
  it("keeps falsy values that are known", () => {
    const odd = of(Schema.Struct({ n: Schema.Int, s: Schema.String, b: Schema.Boolean, x: Schema.NullOr(Schema.Struct({ a: Schema.Int })) }))
    assert.deepStrictEqual(example(odd, { n: 0, s: "", b: false, x: null }), { n: 0, s: "", b: false, x: null })
  })
  it("a schema that refers to itself ends, with what may be absent absent", () => {
    interface Tree {
      readonly value: number
      readonly left: Tree | null
      readonly right: Tree | null
      readonly kids: ReadonlyArray<Tree>
      readonly other?: Tree | undefined
    }
    const Tree: Schema.Codec<Tree> = Schema.suspend(() => Schema.Struct({ value: Schema.Int, left: Schema.NullOr(Tree), right: Schema.NullOr(Tree), kids: Schema.Array(Tree), other: Schema.optional(Tree) }))
    const tree = example(of(Tree))
    assert.isTrue(Schema.is(Tree)(tree))
    assert.strictEqual(typeof example(of(Tree), { left: { left: { left: { left: { value: 1 } } } } }).left?.value, "number")
  })
  it("the first success with a schema is the one that is filled in", () => {
    const both = Endpoint.get(Api, "/x", { success: { 204: Schema.Void, 200: Schema.Struct({ a: Schema.Literal("x") }) } })
    assert.deepStrictEqual(example(both), { a: "x" })
  })
  it("an endpoint without a schema says what to do", () => {
    assert.throws(() => example(Endpoint.get(Api, "/x", { name: "getText", success: Endpoint.Reply.text() })), /getText has no reply with a schema/)
  })
})
