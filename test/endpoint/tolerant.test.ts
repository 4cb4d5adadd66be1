import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Endpoint, Open } from "credence"
import { answer, Api, issues, read, sent, textOf } from "./support.ts"

type Json = Schema.ConstraintCodec<unknown, unknown>

/** what a GET followed by a PUT sends back */
const there = <S extends Json>(schema: S, body: unknown) =>
  Effect.map(read(Endpoint.get(Api, "/x", { success: schema }), answer(200, body)), (value) => {
    const put = Endpoint.put(Api, "/x", { body: schema, success: Schema.Void })
    return JSON.parse(textOf(sent(put, { body: value } as never))) as unknown
  })

const Item = Schema.Struct({ id: Schema.Int })
interface Tree {
  readonly id: number
  readonly parent?: Tree | undefined
  readonly kids: ReadonlyArray<Tree>
}
const Tree: Schema.Codec<Tree> = Schema.suspend(() => Schema.Struct({ id: Schema.Int, parent: Schema.optional(Tree), kids: Schema.Array(Tree) }))
class Model extends Schema.Class<Model>("Model")({ id: Schema.Int, inner: Item }) {
  get double() {
    return this.id * 2
  }
}

describe("a GET followed by a PUT loses nothing", () => {
  const cases: ReadonlyArray<readonly [what: string, schema: Json, body: unknown]> = [
    ["at the top", Item, { id: 1, new: "x", other: null }],
    ["nested", Schema.Struct({ a: Schema.Struct({ b: Item }) }), { a: { b: { id: 1, n: 1 }, n: 2 }, n: 3 }],
    ["in lists", Schema.Array(Item), [{ id: 1, n: 1 }, { id: 2, m: [1] }]],
    ["in tuples", Schema.Tuple([Item, Schema.String]), [{ id: 1, n: 1 }, "x"]],
    ["in non-empty lists", Schema.NonEmptyArray(Item), [{ id: 1, n: 1 }]],
    ["in records", Schema.Record(Schema.String, Item), { k: { id: 1, n: 1 } }],
    ["in unions", Schema.Union([Schema.Struct({ t: Schema.Literal("a") }), Schema.Struct({ t: Schema.Literal("b"), x: Item })]), { t: "b", x: { id: 1, n: 1 }, n: 2 }],
    ["where null is allowed", Schema.Struct({ a: Schema.NullOr(Item), b: Schema.NullOr(Item) }), { a: { id: 1, n: 1 }, b: null }],
    ["in optional members", Schema.Struct({ a: Schema.optional(Item), b: Open.optional(Item) }), { a: { id: 1, n: 1 }, b: { id: 2, n: 2 } }],
    ["in open unions, known variants", Open.union("t", { a: Schema.Struct({ t: Schema.Literal("a"), x: Item }) }), { t: "a", x: { id: 1, n: 1 }, n: 2 }],
    ["in open unions, new variants", Open.union("t", { a: Schema.Struct({ t: Schema.Literal("a") }) }), { t: "new", x: { id: 1 }, list: [1, { y: null }] }],
    ["in lists that drop bad items", Schema.Struct({ list: Open.items(Item) }), { list: [{ id: 1, n: 1 }], n: 2 }],
    ["growing enums", Schema.Struct({ s: Open.literals(["a"]), list: Schema.Array(Open.literals(["a"])) }), { s: "new", list: ["a", "b"] }],
    ["under transformations", Schema.Struct({ when: Schema.DateFromString, x: Schema.Struct({ n: Schema.BigIntFromString }) }), { when: "2026-01-02T03:04:05.000Z", x: { n: "9007199254740993", m: 1 }, k: 2 }],
    ["under Option", Schema.Struct({ a: Schema.OptionFromNullOr(Item), b: Schema.OptionFromOptionalKey(Item) }), { a: { id: 1, n: 1 }, b: { id: 2, n: 2 }, m: 3 }],
    ["in schemas that refer to themselves", Tree, { id: 1, n: 1, parent: { id: 0, kids: [], m: 2 }, kids: [{ id: 2, kids: [{ id: 3, kids: [], k: 3 }] }] }],
    ["in suspended models", Schema.suspend((): Schema.Codec<{ readonly id: number }> => Item), { id: 1, n: 1 }],
    ["in classes", Model, { id: 1, inner: { id: 2, n: 1 }, m: 2 }],
    ["with a check", Schema.Struct({ a: Schema.Int, b: Schema.Int }).check(Schema.makeFilter((r) => r.a < r.b)), { a: 1, b: 2, n: 1 }],
    ["names that records inherit", Item, JSON.parse("{\"id\":1,\"constructor\":{\"a\":1},\"toString\":\"x\",\"__proto__\":{\"polluted\":true}}")]
  ]
  for (const [what, schema, body] of cases) {
    it.effect(what, () => Effect.map(there(schema, body), (back) => assert.strictEqual(JSON.stringify(sorted(back)), JSON.stringify(sorted(body)))))
  }

  it.effect("a class stays a class", () =>
    Effect.gen(function*() {
      const model = yield* read(Endpoint.get(Api, "/x", { success: Model }), answer(200, { id: 2, inner: { id: 1 }, extra: 1 }))
      assert.instanceOf(model, Model)
      assert.strictEqual(model.double, 4)
    }))
  it.effect("null where absence is allowed is absence, and is not sent back", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({ a: Open.optional(Schema.String), b: Open.optional(Item) })
      const value = yield* read(Endpoint.get(Api, "/x", { success: schema }), answer(200, { a: null, b: null }))
      assert.isUndefined(value.a)
      assert.isUndefined(value.b)
      assert.deepStrictEqual(yield* there(schema, { a: null }), {})
      assert.deepStrictEqual(yield* there(schema, {}), {})
    }))
  it.effect("undeclared members that a program adds are sent, too", () =>
    Effect.gen(function*() {
      const put = Endpoint.put(Api, "/x", { body: Item, success: Schema.Void })
      const more = { id: 1, added: [{ deep: true }] }
      assert.deepStrictEqual(JSON.parse(textOf(sent(put, { body: more }))), more)
    }))
})

/** members in one order: what was kept may stand behind what was declared */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === "object" && value !== null
    ? Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([name, member]) => [name, sorted(member)])
    : value

describe("enums that grow", () => {
  const State = Open.literals(["draft", "sent"])
  const get = Endpoint.get(Api, "/x", { success: Schema.Struct({ state: State }) })
  it.effect("known values are themselves, others are tagged", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* read(get, answer(200, { state: "draft" }))).state, "draft")
      const { state } = yield* read(get, answer(200, { state: "paid" }))
      assert.instanceOf(state, Open.Unrecognized)
      if (!(state instanceof Open.Unrecognized)) return
      assert.deepStrictEqual([state._tag, state.kind, state.value, JSON.stringify(state)], ["Unrecognized", "unknown value", "paid", "\"paid\""])
    }))
  it.effect("another type is a failure all the same", () => Effect.map(Effect.flip(read(get, answer(200, { state: 1 }))), (error) => assert.strictEqual(error._tag, "DecodeFailed")))
  it("a known value cannot be smuggled in as an unknown one, nor an unknown one as text", () => {
    const put = Endpoint.put(Api, "/x", { body: Schema.Struct({ state: State }), success: Schema.Void })
    assert.isNotEmpty(issues(put, { body: { state: "paid" } }))
    assert.isNotEmpty(issues(put, { body: { state: new Open.Unrecognized("unknown value", "draft") } }))
    assert.strictEqual(textOf(sent(put, { body: { state: new Open.Unrecognized("unknown value", "paid") } })), "{\"state\":\"paid\"}")
  })
})

describe("unions that grow", () => {
  const Shape = Open.union("type", { circle: Schema.Struct({ type: Schema.Literal("circle"), r: Schema.Number }), square: Schema.Struct({ type: Schema.Literal("square"), side: Schema.Number }) })
  const get = Endpoint.get(Api, "/x", { success: Shape })
  it.effect("known variants are themselves, others are tagged", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* read(get, answer(200, { type: "square", side: 1 })), { type: "square", side: 1 })
      const hexagon = yield* read(get, answer(200, { type: "hexagon", sides: 6 }))
      assert.instanceOf(hexagon, Open.Unrecognized)
      if (hexagon instanceof Open.Unrecognized) assert.deepStrictEqual(hexagon.value, { type: "hexagon", sides: 6 })
    }))
  for (const [what, body] of [["a broken variant of a known name", { type: "circle", r: "x" }], ["no discriminator", { r: 1 }], ["a discriminator that is no text", { type: 1 }], ["no record", "circle"], ["null", null]] as const) {
    it.effect(`${what} is a failure`, () => Effect.map(Effect.flip(read(get, answer(200, body))), (error) => assert.strictEqual(error._tag, "DecodeFailed")))
  }
})

describe("lists that drop bad items", () => {
  const get = Endpoint.get(Api, "/x", { success: Schema.Struct({ data: Open.items(Item) }) })
  it.effect("one bad item does not lose its page", () =>
    Effect.gen(function*() {
      const { data } = yield* read(get, answer(200, { data: [{ id: 1 }, { id: "x" }, null, { id: 4 }] }))
      assert.deepStrictEqual(data, [{ id: 1 }, { id: 4 }])
      assert.deepStrictEqual(Open.rejected(data).map(({ index, item }) => ({ index, item })), [{ index: 1, item: { id: "x" } }, { index: 2, item: null }])
      assert.deepStrictEqual(Open.rejected([]), [])
    }))
  it.effect("no list is a failure all the same", () => Effect.map(Effect.flip(read(get, answer(200, { data: { id: 1 } }))), (error) => assert.strictEqual(error._tag, "DecodeFailed")))
  it("what is sent is checked item by item", () => {
    const put = Endpoint.put(Api, "/x", { body: Schema.Struct({ data: Open.items(Item) }), success: Schema.Void })
    assert.deepStrictEqual(issues(put, { body: { data: [{ id: 1 }, { id: "x" }] } }).map((issue) => issue.path), ["body.data[1].id"])
  })
})

describe("whole numbers", () => {
  const get = Endpoint.get(Api, "/x", { success: Schema.Struct({ n: Open.Int64 }) })
  for (const n of [0, -1, 9007199254740991, -9007199254740991]) it.effect(`${n} is read`, () => Effect.map(read(get, answer(200, `{"n":${n}}`)), (value) => assert.strictEqual(value.n, n)))
  for (const n of ["9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807", "1e400", "1.5", "\"1\""]) {
    it.effect(`${n} is a failure, never a wrong number`, () => Effect.map(Effect.flip(read(get, answer(200, `{"n":${n}}`))), (error) => assert.strictEqual(error._tag, "DecodeFailed")))
  }
  it("and is not sent either", () => assert.isNotEmpty(issues(Endpoint.get(Api, "/x", { query: { n: Open.Int64 }, success: Schema.Void }), { n: 2 ** 53 })))
})

describe("an optional field that is left out", () => {
  it("is no Option by itself, but may be one", () => {
    const put = Endpoint.put(Api, "/x", { body: Schema.Struct({ a: Schema.OptionFromOptionalKey(Schema.String) }), success: Schema.Void })
    assert.strictEqual(textOf(sent(put, { body: { a: Option.none() } })), "{}")
  })
})
