import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Endpoint, Open } from "credence"
import { example } from "credence/testing"
import type { Drift } from "../../src/services/Hooks.ts"
import { parseExactly } from "../../src/wire/json.ts"
import { answer, Api, fails, issues, read, sent, textOf } from "./support.ts"

type Codec<A> = Schema.Codec<A, unknown>

const gets = <A>(schema: Codec<A>) => Endpoint.get(Api, "/x", { success: schema })
const puts = <A>(schema: Codec<A>) => Endpoint.put(Api, "/x", { body: Endpoint.Body.json(schema), success: Schema.Void })
/** what comes of a body, tolerantly */
const decoded = <A>(schema: Codec<A>, body: unknown) => read(gets(schema), answer(200, body))
/** what is wrong with a body */
const refused = <A>(schema: Codec<A>, body: unknown) => Effect.map(fails(gets(schema), answer(200, body)), (error) => error._tag === "DecodeFailed" ? error.issues : [])
/** what goes over the wire */
const written = <A>(schema: Codec<A>, value: A): string => textOf(sent(puts(schema), { body: value } as never))
const wrong = <A>(schema: Codec<A>, value: unknown) => issues(puts(schema), { body: value })
const samples = <A>(schema: Codec<A>, count = 60) => Effect.orDie(Effect.mapError(Arbitrary.sampleEffect(Arbitrary.schema(schema), { count, size: 8, seed: 7 }), () => new Error("no samples")))

describe("enums that grow, of any JSON kind", () => {
  const Level = Open.literals([1, 2, 3])
  const Flag = Open.literals([true])
  const Mixed = Open.literals(["auto", 0, false])
  const cases: ReadonlyArray<readonly [what: string, schema: Codec<unknown>, known: ReadonlyArray<unknown>, unknown: ReadonlyArray<unknown>, wrong: ReadonlyArray<unknown>]> = [
    ["texts", Open.literals(["a", "b"]), ["a", "b"], ["c", ""], [1, true, null, {}, ["a"]]],
    ["numbers", Level, [1, 3], [4, 1.5, -1], ["1", true, null]],
    ["truth values", Flag, [true], [false], [1, "true"]],
    ["several kinds", Mixed, ["auto", 0, false], ["manual", 1, true], [null, {}]]
  ]
  for (const [what, schema, known, unknown, others] of cases) {
    it.effect(what, () =>
      Effect.gen(function*() {
        for (const value of known) assert.strictEqual(yield* decoded(schema, JSON.stringify(value)), value)
        for (const value of unknown) {
          const found = yield* decoded(schema, JSON.stringify(value))
          if (!(found instanceof Open.Unrecognized)) return assert.fail(`${JSON.stringify(value)} was not tagged`)
          assert.deepStrictEqual([found.kind, found.value], ["unknown value", value])
          assert.strictEqual(written(schema, found), JSON.stringify(value))
          // an unknown one comes back as unknown, and not as the bare value
          assert.isNotEmpty(wrong(schema, value))
        }
        for (const value of others) assert.isNotEmpty(yield* refused(schema, JSON.stringify(value)))
        for (const value of known) assert.isNotEmpty(wrong(schema, new Open.Unrecognized("unknown value", value)))
      }))
  }
  it.effect("what is wrong is said without the value", () =>
    Effect.gen(function*() {
      const [issue] = yield* refused(Schema.Struct({ level: Level }), { level: "canary" })
      assert.deepStrictEqual(issue, { path: "level", message: "Expected 1 | 2 | 3" })
    }))
  it.effect("are counted as drift, and refused where decoding is strict", () =>
    Effect.gen(function*() {
      const get = gets(Schema.Struct({ level: Level, flags: Schema.Array(Flag) }))
      const drift: Array<Drift> = []
      yield* read(get, answer(200, { level: 9, flags: [true, false] }), { drift })
      assert.deepStrictEqual(drift.map(({ kind, path }) => `${kind} at ${path}`), ["unknown value at level", "unknown value at flags[1]"])
      assert.strictEqual((yield* fails(get, answer(200, { level: 9, flags: [] }), { mode: "strict" }))._tag, "DecodeFailed")
    }))
  it("a query and a path take them", () => {
    const get = Endpoint.get(Api, "/{level}", { path: { level: Level }, query: { flag: Schema.optional(Flag) }, success: Schema.Void })
    assert.strictEqual(sent(get, { level: 2, flag: true }).path, "/2?flag=true")
    assert.strictEqual(sent(get, { level: new Open.Unrecognized("unknown value", 9) }).path, "/9")
  })
})

const Circle = Schema.Struct({ type: Schema.String, r: Schema.Finite })
const Square = Schema.Struct({ type: Schema.Literal("square"), side: Schema.Finite })
/** does not say that it has a discriminator */
const Point = Schema.Struct({ x: Schema.Finite })
interface Group {
  readonly type: string
  readonly members: ReadonlyArray<Shape>
}
const Group: Codec<Group> = Schema.suspend(() => Schema.Struct({ type: Schema.String, members: Schema.Array(Shape) }))
type Shape =
  | (typeof Circle.Type & { readonly type: "circle" })
  | (typeof Circle.Type & { readonly type: "disc" })
  | (typeof Square.Type & { readonly type: "square" })
  | (typeof Point.Type & { readonly type: "point" })
  | (Group & { readonly type: "group" })
  | Open.UnknownVariant
const Shape: Codec<Shape> = Open.union("type", { circle: Circle, disc: Circle, square: Square, point: Point, group: Group })

describe("unions by a discriminator", () => {
  it.effect("the name alone chooses, also of one schema under several names", () =>
    Effect.gen(function*() {
      for (const shape of [{ type: "circle", r: 1 }, { type: "disc", r: 1 }, { type: "square", side: 2 }, { type: "point", x: 1 }]) {
        assert.deepStrictEqual(yield* decoded(Shape, shape), shape as never)
        assert.deepStrictEqual(JSON.parse(written(Shape, shape as never)), shape)
      }
    }))
  it.effect("a variant that does not declare the discriminator gives it all the same, strictly as well", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* read(gets(Shape), answer(200, { type: "point", x: 1 }), { mode: "strict" }), { type: "point", x: 1 })
      assert.deepStrictEqual(Schema.decodeUnknownSync(Shape)({ type: "point", x: 1, dropped: true }), { type: "point", x: 1 })
    }))
  it.effect("so it is where the variant is suspended", () =>
    Effect.gen(function*() {
      const Later: Codec<typeof Point.Type> = Schema.suspend(() => Point)
      const Union = Open.union("type", { point: Later, other: Later })
      assert.deepStrictEqual(yield* read(gets(Union), answer(200, { type: "other", x: 1 }), { mode: "strict" }), { type: "other", x: 1 })
      assert.deepStrictEqual(wrong(Union, { x: 1 }).map(({ path }) => path), ["body.type"])
    }))
  it.effect("suspended variants that hold the union again", () =>
    Effect.gen(function*() {
      const body = { type: "group", members: [{ type: "circle", r: 1 }, { type: "group", members: [{ type: "new", deep: [1] }], kept: 1 }] }
      const group = yield* decoded(Shape, body)
      assert.deepStrictEqual(JSON.parse(written(Shape, group)), body)
      const drift: Array<Drift> = []
      yield* read(gets(Shape), answer(200, body), { drift })
      assert.deepStrictEqual(drift.map(({ kind, path }) => `${kind} at ${path}`).sort(), ["unknown field at members[1].kept", "unknown variant at members[1].members[0]"])
    }))
  it.effect("a variant that is a union itself", () =>
    Effect.gen(function*() {
      const Nested = Open.union("kind", { a: Schema.Union([Schema.Struct({ kind: Schema.String, one: Schema.Number }), Schema.Struct({ kind: Schema.String, two: Schema.Number })]), b: Point })
      assert.deepStrictEqual(yield* decoded(Nested, { kind: "a", two: 2 }), { kind: "a", two: 2 })
      assert.isNotEmpty(yield* refused(Nested, { kind: "a", three: 3 }))
      const Outer = Open.union("kind", { inner: Open.union("sub", { x: Schema.Struct({ kind: Schema.String, sub: Schema.String, n: Schema.Number }) }) })
      assert.deepStrictEqual(yield* decoded(Outer, { kind: "inner", sub: "x", n: 1 }), { kind: "inner", sub: "x", n: 1 } as never)
    }))
  it.effect("a broken variant of a known name is a failure about that variant only", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* refused(Schema.Struct({ shape: Shape }), { shape: { type: "circle", r: "canary" } }), [{ path: "shape.r", message: "Expected number" }])
      // it would fit another variant: names choose, trying does not
      assert.deepStrictEqual((yield* refused(Shape, { type: "square", r: 1 })).map(({ path }) => path), ["side"])
    }))
  it.effect("no name, or one that is no text, is a failure that says where", () =>
    Effect.gen(function*() {
      for (const body of [{ r: 1 }, { type: 1, r: 1 }, { type: null }]) assert.deepStrictEqual((yield* refused(Shape, body)).map(({ path }) => path), ["type"])
      for (const body of ["circle", "null", "[]"]) assert.isNotEmpty(yield* refused(Shape, body))
    }))
  it("input must be of a variant, or an unknown one that came", () => {
    assert.deepStrictEqual(wrong(Shape, { type: "hexagon" }).map(({ path }) => path), ["body.type"])
    assert.deepStrictEqual(wrong(Shape, { type: "circle", r: "x" }).map(({ path }) => path), ["body.r"])
    assert.isNotEmpty(wrong(Shape, new Open.Unrecognized("unknown variant", { type: "circle" })))
    assert.strictEqual(written(Shape, new Open.Unrecognized("unknown variant", { type: "hexagon", n: 6 })), "{\"type\":\"hexagon\",\"n\":6}")
  })
  it.effect("an unknown variant is drift once, and what is in it is none", () =>
    Effect.gen(function*() {
      const drift: Array<Drift> = []
      yield* read(gets(Schema.Struct({ a: Shape, abc: Point })), answer(200, { a: { type: "hexagon", n: 6 }, abc: { x: 1, more: 1 } }), { drift })
      assert.deepStrictEqual(drift.map(({ kind, path }) => `${kind} at ${path}`).sort(), ["unknown field at abc.more", "unknown variant at a"])
      assert.strictEqual((yield* fails(gets(Shape), answer(200, { type: "hexagon" }), { mode: "strict" }))._tag, "DecodeFailed")
    }))
  it.effect("closed ones know no others", () =>
    Effect.gen(function*() {
      const Closed = Open.closedUnion("type", { circle: Circle, square: Square })
      assert.deepStrictEqual(yield* decoded(Closed, { type: "circle", r: 1 }), { type: "circle", r: 1 })
      assert.deepStrictEqual(yield* refused(Closed, { type: "hexagon" }), [{ path: "type", message: "Expected \"circle\" | \"square\"" }])
      assert.deepStrictEqual(wrong(Closed, { type: "hexagon" }).map(({ path }) => path), ["body.type"])
    }))
  it.effect("a name that records inherit is no variant", () =>
    Effect.gen(function*() {
      assert.instanceOf(yield* decoded(Shape, { type: "constructor" }), Open.Unrecognized)
      assert.isNotEmpty(yield* refused(Open.union("constructor", { a: Point }), {}))
    }))
})

describe("unions without a discriminator", () => {
  const Street = Schema.Struct({ street: Schema.String })
  const Box = Schema.Struct({ box: Schema.Int })
  const Address = Open.anyOf([Street, Box, Schema.String])
  it.effect("the first that fits, else it is tagged", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* decoded(Address, { box: 1, extra: true }), { box: 1, extra: true } as never)
      assert.strictEqual(yield* decoded(Address, "\"here\""), "here")
      for (const body of [{ town: "x" }, [1], true]) {
        const found = yield* decoded(Address, JSON.stringify(body))
        if (!(found instanceof Open.Unrecognized)) return assert.fail("was not tagged")
        assert.deepStrictEqual([found.kind, found.value], ["unknown variant", body])
        assert.strictEqual(written(Address, found), JSON.stringify(body))
      }
    }))
  it.effect("null is no variant: where it means absence it stays absence", () =>
    Effect.gen(function*() {
      assert.isNotEmpty(yield* refused(Address, "null"))
      assert.deepStrictEqual(yield* decoded(Schema.Struct({ a: Open.optional(Address) }), { a: null }), { a: undefined })
    }))
  it.effect("a variant that knows all of it comes before one that does not, and any record at all before neither", () =>
    Effect.gen(function*() {
      const Mode = Open.literals(["day", "night"])
      const first = Schema.Struct({ mode: Open.anyOf([Schema.Struct({ from: Schema.Int }), Schema.Struct({ to: Schema.Int })]) })
      const second = Schema.Struct({ mode: Schema.Struct({ alias: Schema.String }) })
      // the first variant would take it, with a mode that it does not know
      assert.deepStrictEqual(yield* decoded(Open.anyOf([first, second]), { mode: { alias: "x" } }), { mode: { alias: "x" } } as never)
      const Nothing = Open.onInput(Schema.Record(Schema.String, Schema.Unknown), Schema.isMaxProperties(0))
      const found = yield* decoded(Open.anyOf([Schema.Struct({ mode: Mode }), Nothing]), { mode: "dusk" })
      assert.instanceOf((found as { readonly mode: unknown }).mode, Open.Unrecognized)
      assert.deepStrictEqual(yield* decoded(Open.anyOf([Schema.Struct({ mode: Mode }), Nothing]), {}), {} as never)
    }))
  it("input must fit a variant", () => assert.isNotEmpty(wrong(Address, { town: "x" })))
  it.effect("strictly it is a variant or a failure", () =>
    Effect.gen(function*() {
      for (const body of [{ town: "x" }, { box: 1, extra: true }]) assert.strictEqual((yield* fails(gets(Address), answer(200, body), { mode: "strict" }))._tag, "DecodeFailed")
    }))
  it.effect("an undeclared field of the variant that fits is drift, and nothing else is", () =>
    Effect.gen(function*() {
      const drift: Array<Drift> = []
      yield* read(gets(Schema.Struct({ a: Address, b: Address })), answer(200, { a: { box: 1, extra: true }, b: { town: 1 } }), { drift })
      assert.deepStrictEqual(drift.map(({ kind, path }) => `${kind} at ${path}`).sort(), ["unknown field at a.extra", "unknown variant at b"])
    }))
})

describe("checks of input only", () => {
  const Short = Open.onInput(Schema.String, Schema.isMaxLength(3))
  const Model = Schema.Struct({
    name: Short,
    count: Open.onInput(Schema.Int, Schema.isGreaterThan(0), Schema.isLessThan(10)),
    list: Open.onInput(Schema.Array(Short), Schema.isMaxLength(1)),
    when: Open.onInput(Schema.DateFromString, Schema.makeFilter((date: Date) => date.getTime() > 0))
  })
  const loose = { name: "too long", count: 99, list: ["too long", "x"], when: "1969-01-01T00:00:00.000Z" }
  it.effect("an answer is not refused for them", () =>
    Effect.gen(function*() {
      const value = yield* decoded(Model, loose)
      assert.deepStrictEqual([value.name, value.count, value.list], ["too long", 99, ["too long", "x"]])
    }))
  it.effect("but for what it is", () =>
    Effect.gen(function*() {
      assert.isNotEmpty(yield* refused(Model, { ...loose, count: 1.5 }))
      assert.isNotEmpty(yield* refused(Model, { ...loose, name: 1 }))
    }))
  it("input is", () => {
    const paths = (value: unknown): ReadonlyArray<string> => wrong(Model, value).map(({ path }) => path)
    const fine = { name: "abc", count: 1, list: ["abc"], when: new Date(1) }
    assert.strictEqual(JSON.parse(written(Model, fine))["name"], "abc")
    assert.deepStrictEqual(paths({ ...fine, name: "abcd" }), ["body.name"])
    assert.deepStrictEqual(paths({ ...fine, count: 0 }), ["body.count"])
    assert.deepStrictEqual(paths({ ...fine, count: 10 }), ["body.count"])
    assert.deepStrictEqual(paths({ ...fine, list: ["a", "b"] }), ["body.list"])
    assert.deepStrictEqual(paths({ ...fine, list: ["abcd"] }), ["body.list[0]"])
    assert.deepStrictEqual(paths({ ...fine, when: new Date(-1) }), ["body.when"])
    assert.deepStrictEqual(issues(Endpoint.get(Api, "/x", { query: { q: Short }, success: Schema.Void }), { q: "abcd" }).map(({ path }) => path), ["q"])
  })
  it.effect("so is an answer where decoding is strict", () =>
    Effect.gen(function*() {
      const error = yield* fails(gets(Model), answer(200, loose), { mode: "strict" })
      assert.strictEqual(error._tag === "DecodeFailed" ? new Set(error.issues.map(({ path }) => path.split(/[.[]/)[0])).size : 0, 4)
    }))
  it.effect("inside lists that drop bad items, unions, and what is suspended", () =>
    Effect.gen(function*() {
      const Item = Schema.Struct({ type: Schema.String, name: Short })
      const Named: Codec<typeof Item.Type> = Schema.suspend(() => Item)
      const Checked = Open.onInput(Named, Schema.makeFilter((item: typeof Item.Type) => item.name !== "no"))
      const All = Schema.Struct({ items: Open.items(Item), one: Open.union("type", { a: Named }), any: Open.anyOf([Item]), checked: Checked })
      const item = { type: "a", name: "too long" }
      const body = { items: [item], one: item, any: item, checked: { type: "a", name: "no" } }
      assert.deepStrictEqual(yield* decoded(All, body), body as never)
      assert.deepStrictEqual(wrong(All, { ...body, items: [], one: { type: "a", name: "x" }, any: { type: "a", name: "x" } }).map(({ path }) => path), ["body.checked"])
      assert.deepStrictEqual(wrong(All, { ...body, checked: { type: "a", name: "x" }, one: { type: "a", name: "x" }, any: { type: "a", name: "x" } }).map(({ path }) => path), ["body.items[0].name"])
    }))
  it.effect("values that are made up obey them", () =>
    Effect.gen(function*() {
      for (const value of yield* samples(Model)) {
        assert.isAtMost(value.name.length, 3)
        assert.isTrue(value.count > 0 && value.count < 10)
      }
    }))
})

describe("whole numbers of any size", () => {
  const Model = Schema.Struct({ big: Open.Int64BigInt, text: Open.Int64Text })
  for (const digits of ["0", "1", "-1", "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808", "123456789012345678901234567890", "1000000000000000000000", `1${"0".repeat(400)}`]) {
    it.effect(`${digits.length > 40 ? "a number of 400 digits" : digits} is read and written digit by digit`, () =>
      Effect.gen(function*() {
        const json = `{"big":${digits},"text":${digits}}`
        const value = yield* decoded(Model, json)
        assert.deepStrictEqual(value, { big: BigInt(digits), text: digits })
        assert.strictEqual(written(Model, value), json)
      }))
  }
  for (const token of ["1.5", "\"1\"", "null", "true", "{}", "1e400"]) {
    it.effect(`${token} is none`, () => Effect.map(refused(Open.Int64BigInt, token), (found) => assert.deepStrictEqual(found, [{ path: "", message: "Expected a whole number" }])))
  }
  it("input is checked", () => {
    for (const text of ["", "1.5", "01", "+1", "x", "-0", "1e3"]) assert.isNotEmpty(wrong(Open.Int64Text, text), text)
    assert.isNotEmpty(wrong(Open.Int64BigInt, 1))
  })
  it("in a path, a query, a header, a form and a part", () => {
    const big = 9223372036854775807n
    const get = Endpoint.get(Api, "/{id}", { path: { id: Open.Int64BigInt }, query: { ids: Schema.Array(Open.Int64Text), one: Open.Int64BigInt }, header: { "x-id": Open.Int64BigInt }, success: Schema.Void })
    const request = sent(get, { id: big, ids: ["1", "9223372036854775806"], one: big, "x-id": big })
    assert.strictEqual(request.path, "/9223372036854775807?ids=1&ids=9223372036854775806&one=9223372036854775807")
    assert.strictEqual(request.headers["x-id"], "9223372036854775807")
    assert.strictEqual(textOf(sent(Endpoint.post(Api, "/", { body: Endpoint.Body.form(Schema.Struct({ id: Open.Int64BigInt })), success: Schema.Void }), { body: { id: big } })), "id=9223372036854775807")
    assert.include(textOf(sent(Endpoint.post(Api, "/", { body: Endpoint.Body.multipart({ id: Open.Int64BigInt }), success: Schema.Void }), { body: { id: big } })), "\r\n\r\n9223372036854775807\r\n")
  })
})

describe("members with a default", () => {
  const Model = Schema.Struct({ limit: Open.withDefault(Schema.Int, () => 25), at: Open.withDefault(Schema.DateFromString, () => new Date(0)), name: Schema.String })
  it.effect("absent and null are the default, what came is what came", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* decoded(Model, { name: "a" }), { limit: 25, at: new Date(0), name: "a" })
      assert.deepStrictEqual(yield* decoded(Model, { name: "a", limit: null, at: null }), { limit: 25, at: new Date(0), name: "a" })
      assert.deepStrictEqual(yield* decoded(Model, { name: "a", limit: 0, at: "1970-01-01T00:00:01.000Z" }), { limit: 0, at: new Date(1000), name: "a" })
      assert.deepStrictEqual((yield* refused(Model, { name: "a", limit: "x" })).map(({ path }) => path), ["limit"])
    }))
  it("a caller may leave it out, and then nothing is sent", () => {
    assert.strictEqual(textOf(sent(puts(Model), { body: { name: "a" } } as never)), "{\"name\":\"a\"}")
    assert.deepStrictEqual(JSON.parse(textOf(sent(puts(Model), { body: { name: "a", limit: undefined, at: new Date(0) } } as never))), { name: "a", at: "1970-01-01T00:00:00.000Z" })
    assert.deepStrictEqual(wrong(Model, { name: "a", limit: "x" }).map(({ path }) => path), ["body.limit"])
  })
  it("as a parameter it may be left out, too", () => {
    const get = Endpoint.get(Api, "/x", { query: { limit: Open.withDefault(Schema.Int, () => 25) }, success: Schema.Void })
    assert.strictEqual(sent(get, {} as never).path, "/x")
    assert.strictEqual(sent(get, { limit: 5 }).path, "/x?limit=5")
  })
  it.effect("made-up values have it", () =>
    Effect.gen(function*() {
      for (const value of yield* samples(Model)) assert.isTrue(Number.isInteger(value.limit))
      assert.isTrue(Number.isInteger(example(gets(Model)).limit))
    }))
})

describe("records with further members", () => {
  interface Labels {
    readonly id: number
    readonly note?: string | undefined
    readonly [label: string]: number | string | Date | undefined
  }
  const Labels: Codec<Labels> = Schema.suspend(() => Open.record<Labels>({ id: Schema.Int, note: Open.optional(Schema.String) }, Schema.DateFromString))
  it.effect("fields are of their own schemas, all others of the one", () =>
    Effect.gen(function*() {
      const body = { id: 1, note: "n", since: "1970-01-01T00:00:00.000Z" }
      const value = yield* decoded(Labels, body)
      assert.deepStrictEqual(value, { id: 1, note: "n", since: new Date(0) })
      assert.deepStrictEqual(JSON.parse(written(Labels, value)), body)
      assert.deepStrictEqual(yield* read(gets(Labels), answer(200, body), { mode: "strict" }), value)
    }))
  it.effect("and are checked", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* refused(Labels, { id: 1, since: true })).map(({ path }) => path), ["since"])
      assert.deepStrictEqual((yield* refused(Labels, { since: "1970-01-01T00:00:00.000Z" })).map(({ path }) => path), ["id"])
      assert.deepStrictEqual(wrong(Labels, { id: 1, since: "x" }).map(({ path }) => path), ["body.since"])
    }))
  it.effect("made-up values fit", () =>
    Effect.gen(function*() {
      for (const value of yield* samples(Labels)) assert.isTrue(Schema.is(Labels)(value))
    }))
})

describe("made-up values", () => {
  const Everything = Schema.Struct({
    level: Open.literals([1, 2]),
    shape: Shape,
    closed: Open.closedUnion("type", { circle: Circle, square: Square }),
    any: Open.anyOf([Point, Schema.String]),
    big: Open.Int64BigInt,
    text: Open.Int64Text,
    items: Open.items(Point),
    optional: Open.optional(Open.literals(["a"]))
  })
  it.effect("know only what the schema knows, and survive the wire", () =>
    Effect.gen(function*() {
      for (const value of yield* samples(Everything)) {
        assert.isTrue(Schema.is(Everything)(value))
        assert.isFalse([value.level, value.shape, value.any, value.optional].some((member) => member instanceof Open.Unrecognized))
        const json = written(Everything, value)
        assert.strictEqual(written(Everything, yield* decoded(Everything, json)), json)
      }
    }))
  it("so are examples; what is known chooses the variant", () => {
    for (let seed = 1; seed < 20; seed++) assert.isTrue(Schema.is(Everything)(example(gets(Everything), undefined, { seed })))
    const value = example(gets(Everything), { shape: { type: "square" }, level: 2 })
    assert.deepStrictEqual([value.shape instanceof Open.Unrecognized ? "" : value.shape.type, value.level], ["square", 2])
    assert.isTrue(Schema.is(Everything)(value))
  })
  it("a type guard takes what decoding gives, and nothing else", () => {
    const is = Schema.is(Shape)
    assert.isTrue(is({ type: "point", x: 1 }))
    assert.isTrue(is(new Open.Unrecognized("unknown variant", { type: "new" })))
    assert.isFalse(is({ type: "new" }))
    assert.isFalse(is({ type: "circle", r: "x" }))
  })
})

describe("numbers that are kept as they came", () => {
  it("survive as part of an unknown variant", () => {
    const found = Schema.decodeUnknownSync(Shape)(parseExactly("{\"type\":\"new\",\"id\":9223372036854775807}"))
    assert.strictEqual(written(Shape, found), "{\"type\":\"new\",\"id\":9223372036854775807}")
  })
})
