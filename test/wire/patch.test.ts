import { assert, describe, it } from "@effect/vitest"
import * as EffectJsonPatch from "effect/JsonPatch"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"
import { JsonPatch, MergePatch } from "credence/Patch"
import { keys, pointer } from "../../src/wire/jsonPointer.ts"
import { parseExactly, writeExactly } from "../../src/wire/json.ts"

describe("pointers (RFC 6901)", () => {
  // section 5: the document, and what each pointer stands for
  const document: Readonly<Record<string, unknown>> = { foo: ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8 }
  for (
    const [text, place] of [
      ["", []],
      ["/foo", ["foo"]],
      ["/foo/0", ["foo", 0]],
      ["/", [""]],
      ["/a~1b", ["a/b"]],
      ["/c%d", ["c%d"]],
      ["/e^f", ["e^f"]],
      ["/g|h", ["g|h"]],
      ["/i\\j", ["i\\j"]],
      ["/k\"l", ["k\"l"]],
      ["/ ", [" "]],
      ["/m~0n", ["m~n"]],
      ["/~01", ["~1"]]
    ] as const
  ) {
    it(JSON.stringify(text), () => {
      assert.strictEqual(pointer(place), text)
      assert.strictEqual(pointer(text), text)
      assert.deepStrictEqual(keys(text), place.map(String))
    })
  }
  it("lead to what the document holds", () => {
    for (const [text, found] of [["/a~1b", 1], ["/m~0n", 8], ["/", 0]] as const) assert.strictEqual(document[keys(text)?.[0] ?? "?"], found)
  })
  it("what is none has no keys", () => {
    for (const text of ["a", "a/b", "/~", "/~2", "#/a"]) assert.isUndefined(keys(text))
  })
})

describe("JSON Patch (RFC 6902)", () => {
  it("builds the example of section 3", () => {
    assert.deepStrictEqual([
      JsonPatch.test("/a/b/c", "foo"),
      JsonPatch.remove(["a", "b", "c"]),
      JsonPatch.add(["a", "b", "c"], ["foo", "bar"]),
      JsonPatch.replace(["a", "b", "c"], 42),
      JsonPatch.move(["a", "b", "c"], ["a", "b", "d"]),
      JsonPatch.copy("/a/b/d", "/a/b/e")
    ], [
      { op: "test", path: "/a/b/c", value: "foo" },
      { op: "remove", path: "/a/b/c" },
      { op: "add", path: "/a/b/c", value: ["foo", "bar"] },
      { op: "replace", path: "/a/b/c", value: 42 },
      { op: "move", from: "/a/b/c", path: "/a/b/d" },
      { op: "copy", from: "/a/b/d", path: "/a/b/e" }
    ])
    // A.14, A.16: an escaped key, the end of a list
    assert.deepStrictEqual(JsonPatch.test(["~1"], 10), { op: "test", path: "/~01", value: 10 })
    assert.deepStrictEqual(JsonPatch.add(["foo", "-"], ["abc", "def"]), { op: "add", path: "/foo/-", value: ["abc", "def"] })
  })

  // the documents of appendix A whose patches add, remove and replace, and the least that leads from one to the other
  for (
    const [section, before, after, patch] of [
      ["A.1", { foo: "bar" }, { baz: "qux", foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }]],
      ["A.2", { foo: ["bar", "baz"] }, { foo: ["bar", "qux", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }]],
      ["A.3", { baz: "qux", foo: "bar" }, { foo: "bar" }, [{ op: "remove", path: "/baz" }]],
      ["A.4", { foo: ["bar", "qux", "baz"] }, { foo: ["bar", "baz"] }, [{ op: "remove", path: "/foo/1" }]],
      ["A.5", { baz: "qux", foo: "bar" }, { baz: "boo", foo: "bar" }, [{ op: "replace", path: "/baz", value: "boo" }]],
      ["A.10", { foo: "bar" }, { foo: "bar", child: { grandchild: {} } }, [{ op: "add", path: "/child", value: { grandchild: {} } }]],
      ["A.16", { foo: ["bar"] }, { foo: ["bar", ["abc", "def"]] }, [{ op: "add", path: "/foo/1", value: ["abc", "def"] }]]
    ] as const
  ) {
    it(`${section}: what leads from one document to the other`, () => assert.deepStrictEqual(JsonPatch.diff(before, after), patch as JsonPatch.JsonPatch))
  }

  const json = FastCheck.jsonValue({ maxDepth: 4, noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as Schema.Json)
  it("the difference of any two documents leads from one to the other", () => {
    FastCheck.assert(FastCheck.property(json, json, (before, after) => {
      const patch = JsonPatch.diff(before, after)
      assert.deepStrictEqual(EffectJsonPatch.apply(patch as EffectJsonPatch.JsonPatch, before), after)
      assert.deepStrictEqual(JsonPatch.diff(after, after), [])
    }), { numRuns: 1_000, seed: 4 })
  })
  it("of lists, what both begin and end with stays", () => {
    const list = Array.from({ length: 20 }, (_, id) => ({ id }))
    assert.deepStrictEqual(JsonPatch.diff(list, list.filter(({ id }) => id !== 3 && id !== 4)), [{ op: "remove", path: "/4" }, { op: "remove", path: "/3" }])
    assert.deepStrictEqual(JsonPatch.diff(list, [{ id: -1 }, ...list]), [{ op: "add", path: "/0", value: { id: -1 } }])
    FastCheck.assert(FastCheck.property(FastCheck.array(FastCheck.nat(3)), FastCheck.array(FastCheck.nat(3)), (a, b) => {
      assert.deepStrictEqual(EffectJsonPatch.apply(JsonPatch.diff(a, b) as EffectJsonPatch.JsonPatch, a), b)
    }), { numRuns: 1_000, seed: 5 })
  })
  it("values are what goes over the wire", () => {
    assert.deepStrictEqual(JsonPatch.diff({ a: undefined, at: new Date(0) }, { at: new Date(1) }), [{ op: "replace", path: "/at", value: "1970-01-01T00:00:00.001Z" }])
    const long = parseExactly("{\"id\":9223372036854775807}")
    assert.deepStrictEqual(JsonPatch.diff(long, { id: 9223372036854775807n }), [])
    assert.strictEqual(writeExactly(JsonPatch.diff(long, { id: 9223372036854775806n })), "[{\"op\":\"replace\",\"path\":\"/id\",\"value\":9223372036854775806}]")
    assert.throws(() => JsonPatch.diff({}, undefined), /cannot be written as JSON/)
  })
})

describe("JSON Merge Patch (RFC 7396)", () => {
  // appendix A
  const table: ReadonlyArray<readonly [original: unknown, patch: unknown, result: unknown]> = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [["a", "b"], ["c", "d"], ["c", "d"]],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }]
  ]
  for (const [original, patch, result] of table) {
    it(`${JSON.stringify(original)} with ${JSON.stringify(patch)}`, () => {
      const before = JSON.stringify(original)
      assert.deepStrictEqual(MergePatch.apply(original, patch), result)
      assert.strictEqual(JSON.stringify(original), before)
    })
  }
  it("applies the example of section 3", () => {
    const document = { title: "Goodbye!", author: { givenName: "John", familyName: "Doe" }, tags: ["example", "sample"], content: "This will be unchanged" }
    const patch = { title: "Hello!", phoneNumber: "+01-123-456-7890", author: { familyName: null }, tags: ["example"] }
    const result = { title: "Hello!", author: { givenName: "John" }, tags: ["example"], content: "This will be unchanged", phoneNumber: "+01-123-456-7890" }
    assert.deepStrictEqual(MergePatch.apply(document, patch), result)
    assert.deepStrictEqual(MergePatch.diff<object>(document, result), patch)
  })
  const noNull = (value: unknown): unknown =>
    Array.isArray(value)
      ? value
      : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null).map(([name, member]) => [name, noNull(member)]))
      : value
  it("the difference of any two documents leads from one to the other, null being absence", () => {
    const json = FastCheck.jsonValue({ maxDepth: 4 }).map((value) => noNull(JSON.parse(JSON.stringify(value))))
    FastCheck.assert(FastCheck.property(json, json, (before, after) => {
      assert.deepStrictEqual(MergePatch.apply(before, MergePatch.diff(before, after)), after)
      if (typeof after === "object" && after !== null && !Array.isArray(after)) assert.deepStrictEqual(MergePatch.diff(after, after), {})
    }), { numRuns: 1_000, seed: 6 })
    assert.deepStrictEqual(MergePatch.diff({ a: null, b: 1 }, { a: null, b: 1 }), {})
    assert.deepStrictEqual(MergePatch.diff<object>({ a: 1 }, { a: undefined }), { a: null })
    assert.deepStrictEqual(MergePatch.diff<object>({}, { a: null, b: { c: null } }), { b: {} })
  })
  it("`__proto__` is a member like any other", () => {
    const patch = JSON.parse("{\"__proto__\":{\"polluted\":true}}") as object
    assert.strictEqual(JSON.stringify(MergePatch.apply({}, patch)), "{\"__proto__\":{\"polluted\":true}}")
    assert.strictEqual(JSON.stringify(MergePatch.diff<object>({}, patch)), "{\"__proto__\":{\"polluted\":true}}")
    assert.isUndefined(({} as { readonly polluted?: unknown }).polluted)
  })
})
