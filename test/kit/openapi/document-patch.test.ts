import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "fast-check"
import * as Result from "effect/Result"
import { describe } from "vitest"
import type { Document } from "../../../kit/src/openapi/document/Document.ts"
import { load } from "../../../kit/src/openapi/document/load.ts"
import { type Patch, patchOf, readPatch } from "../../../kit/src/openapi/document/patch.ts"
import { folder, loadText, openapi, services } from "./documentSupport.ts"

const patch = (value: unknown): Patch => Result.getOrThrow(patchOf(value, { name: "fix" }))

const overlay = (actions: ReadonlyArray<unknown>, version = "1.1.0"): Patch => patch({ overlay: version, info: { title: "o", version: "1" }, actions })

/** The root of a text after a patch. */
const mended = Effect.fnUntraced(function*(text: string, ...patches: ReadonlyArray<Patch>): Effect.fn.Return<Document, unknown> {
  const set = yield* loadText(text, { patches })
  return set.roots[0] as Document
})

const refusal = (text: string, ...patches: ReadonlyArray<Patch>) => Effect.map(Effect.flip(loadText(text, { patches })), ({ message }) => message)

/** A root with more members, and what it is after a patch, without the members that any root has. */
const after = (more: Readonly<Record<string, unknown>>, ...patches: ReadonlyArray<Patch>) =>
  Effect.map(mended(openapi(more), ...patches), ({ value }) => {
    const { info, openapi: version, paths, ...rest } = value as Record<string, unknown>
    expect([info, version, paths]).toEqual([{ title: "t", version: "1" }, "3.1.0", {}])
    return rest
  })

describe("JSON Patch", () => {
  it.live("does what the RFC's examples do", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [Readonly<Record<string, unknown>>, ReadonlyArray<unknown>, unknown]> = [
        [{ foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { foo: "bar", baz: "qux" }],
        [{ foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], { foo: ["bar", "qux", "baz"] }],
        [{ baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
        [{ foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
        [{ baz: "qux" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo" }],
        [{ foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } }, [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }], { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } }],
        [{ foo: ["all", "grass", "cows", "eat"] }, [{ op: "move", from: "/foo/1", path: "/foo/3" }], { foo: ["all", "cows", "eat", "grass"] }],
        [{ baz: "qux", foo: ["a", 2, "c"] }, [{ op: "test", path: "/baz", value: "qux" }, { op: "test", path: "/foo/1", value: 2 }], { baz: "qux", foo: ["a", 2, "c"] }],
        [{ foo: { a: 1 } }, [{ op: "copy", from: "/foo", path: "/bar" }, { op: "add", path: "/bar/b", value: 2 }], { foo: { a: 1 }, bar: { a: 1, b: 2 } }],
        [{ "a/b": { "~": 1 } }, [{ op: "replace", path: "/a~1b/~0", value: 2 }], { "a/b": { "~": 2 } }],
        [{ foo: null }, [{ op: "move", from: "/foo", path: "/foo" }], { foo: null }],
        [{}, [{ op: "add", path: "/__proto__", value: { polluted: 1 } }], JSON.parse("{\"__proto__\": {\"polluted\": 1}}")]
      ]
      for (const [before, operations, expected] of cases) expect(yield* after(before, patch(operations))).toEqual(expected)
      expect(({} as { polluted?: number }).polluted).toBeUndefined()
    }))

  it.live("an operation that does not fit is named by its number", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [ReadonlyArray<unknown>, RegExp]> = [
        [[{ op: "add", path: "/x", value: 1 }, { op: "remove", path: "/nothing" }], /^fix: action 2: .*nothing.* \(in standard input\)$/],
        [[{ op: "test", path: "/openapi", value: "2" }], /action 1: the value at \/openapi is not/],
        [[{ op: "replace", path: "/info/none", value: 1 }], /action 1: /],
        [[{ op: "add", path: "/none/x", value: 1 }], /action 1: /],
        [[{ op: "add", path: "/x" }], /add needs a `value`/],
        [[{ op: "move", path: "/x" }], /move needs `from`/],
        [[{ op: "move", path: "/info/x", from: "/info" }], /cannot move into itself/],
        [[{ op: "copy", path: "/x", from: "/none" }], /nothing at \/none/],
        [[{ op: "add", path: 3, value: 1 }], /needs a `path`/],
        [[{ op: "add", path: "x", value: 1 }], /action 1: /],
        [[{ op: "delete", path: "/x" }], /`op` is add/],
        [["x"], /an operation is an object/],
        [[{ op: "remove", path: "" }], /action 1: /],
        [[{ op: "replace", path: "", value: [] }], /after its patches, it is no OpenAPI document/]
      ]
      for (const [operations, reason] of cases) expect([operations, yield* refusal(openapi(), patch(operations))]).toEqual([operations, expect.stringMatching(reason)])
    }))
})

describe("merge patch", () => {
  it.live("does what the RFC's table does", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>, unknown]> = [
        [{ a: "b" }, { a: "c" }, { a: "c" }], [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }], [{ a: "b" }, { a: null }, {}], [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
        [{ a: ["b"] }, { a: "c" }, { a: "c" }], [{ a: "c" }, { a: ["b"] }, { a: ["b"] }], [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
        [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }], [{ e: null }, { a: 1 }, { e: null, a: 1 }], [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
        [{}, JSON.parse("{\"__proto__\": {\"polluted\": 1}}"), JSON.parse("{\"__proto__\": {\"polluted\": 1}}")]
      ]
      for (const [before, change, expected] of cases) expect(yield* after(before, patch(change))).toEqual(expected)
      expect(({} as { polluted?: number }).polluted).toBeUndefined()
    }))
})

describe("Overlay", () => {
  it.live("updates merge, append, replace; removals remove; copies copy", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [Readonly<Record<string, unknown>>, ReadonlyArray<unknown>, unknown]> = [
        [{ a: { b: { c: 1, d: [1] } } }, [{ target: "$.a", update: { b: { c: 2, d: [2], e: 3 }, f: 4 } }], { a: { b: { c: 2, d: [1, 2], e: 3 }, f: 4 } }],
        [{ a: [1] }, [{ target: "$.a", update: { b: 2 } }, { target: "$.a", update: [3, 4] }, { target: "$.a", update: 5 }], { a: [1, { b: 2 }, 3, 4, 5] }],
        [{ a: { b: "x" } }, [{ target: "$.a.b", update: "y" }], { a: { b: "y" } }],
        [{ a: { x: { n: 1 }, y: { n: 2 }, z: { n: 1 } } }, [{ target: "$.a[?@.n == 1]", remove: true }], { a: { y: { n: 2 } } }],
        [{ a: [{ n: "p" }, { n: "q" }, { n: "p" }, { n: "r" }] }, [{ target: "$.a[?@.n == 'p']", remove: true }], { a: [{ n: "q" }, { n: "r" }] }],
        [{ a: [["x", "y", "x"], ["x"]] }, [{ target: "$.a[*][?@ == 'x']", remove: true }], { a: [["y"], []] }],
        [{ a: { r: { r: { k: 1 } }, k: 2 } }, [{ target: "$..r", remove: true }], { a: { k: 2 } }],
        [{ a: { r: { r: { k: 1 } } } }, [{ target: "$..r", update: { n: 1 } }], { a: { r: { r: { k: 1, n: 1 }, n: 1 } } }],
        [{ a: { x: 1 }, b: { y: 2 } }, [{ target: "$.a", copy: "$.b" }, { target: "$.b", update: { z: 3 } }], { a: { x: 1, y: 2 }, b: { y: 2, z: 3 } }],
        [{ a: { x: 1 } }, [{ target: "$", update: { b: {} } }, { target: "$.b", copy: "$.a" }, { target: "$.a", remove: true }], { b: { x: 1 } }],
        [{ a: { x: 1 }, b: [2] }, [{ target: "$", update: { a: null, b: null, c: null } }], { a: { x: 1 }, b: [2], c: null }],
        [{ a: { x: 1 } }, [{ target: "$.a", remove: true, update: { y: 1 } }], {}],
        [{ "p~/.q": { "a.b": 1 } }, [{ target: "$['p~/.q']['a.b']", update: 2 }], { "p~/.q": { "a.b": 2 } }]
      ]
      for (const [before, actions, expected] of cases) expect([actions, yield* after(before, overlay(actions))]).toEqual([actions, expected])
    }))

  it.live("what is shared by an alias changes only where the target is", () =>
    Effect.gen(function*() {
      const { value } = yield* mended("openapi: 3.0.0\na: &a {x: {y: 1}}\nb: *a\n", overlay([{ target: "$.b.x", update: { y: 2 } }]))
      expect(value).toEqual({ openapi: "3.0.0", a: { x: { y: 1 } }, b: { x: { y: 2 } } })
    }))

  it.live("kinds that differ are an error since 1.1, and replace before", () =>
    Effect.gen(function*() {
      const action = { target: "$.a", update: { b: ["x"] } }
      expect(yield* refusal(openapi({ a: { b: "x" } }), overlay([action]))).toBe("fix: action 1: a.b is a single value, and the update has another kind there. Remove it first (in standard input)")
      expect(yield* after({ a: { b: "x" } }, overlay([action], "1.0.0"))).toEqual({ a: { b: ["x"] } })
    }))

  it.live("an action that does not fit is named by its number, one that selects nothing is a problem", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [unknown, RegExp]> = [
        [{ target: "$.info", update: 1 }, /info is an object: `update` must be one/],
        [{ target: "$.openapi", update: {} }, /openapi is a single value/],
        [{ target: "$.info[", remove: true }, /the JSONPath \$\.info\[ cannot be used/],
        [{ target: "info", remove: true }, /the JSONPath info cannot be used/],
        [{ target: "$", remove: true }, /whole document/],
        [{ target: "$.info" }, /needs `update`, `copy` or `remove: true`/],
        [{ target: "$.info", update: {}, copy: "$.paths" }, /both `update` and `copy`/],
        [{ target: "$.info", copy: "$.none" }, /selects none/],
        [{ target: "$.info", copy: "$.*" }, /selects 3/],
        [{ target: "$.info", copy: 3 }, /`copy` is a JSONPath/],
        [{ target: "$.*", update: {} }, /different kinds of things \(primitive, object\)/],
        [{ update: {} }, /needs a `target`/],
        [3, /an action is an object/]
      ]
      for (const [action, reason] of cases) {
        const message = yield* refusal(openapi(), overlay([{ target: "$.info", update: {} }, action]))
        expect([action, message]).toEqual([action, expect.stringMatching(reason)])
        expect(message).toMatch(/^fix: action 2: /)
      }
      const set = yield* loadText(openapi(), { patches: [overlay([{ target: "$.none", remove: true }, { target: "$.paths['/x']", update: {} }])] })
      expect(set.problems.map(({ document, message }) => [document, message])).toEqual([["fix", "action 1 selects nothing in standard input"], ["fix", "action 2 selects nothing in standard input"]])
    }))

  it.live("a version that is not known, or no actions, is no Overlay", () =>
    Effect.sync(() => {
      for (const value of [{ overlay: "2.0.0", actions: [] }, { overlay: "1.0.0" }, { overlay: 1, actions: [] }, { overlay: "1.0.0", actions: [], extends: 1 }, "x", 3, null]) {
        expect(Result.isFailure(patchOf(value, { name: "fix" }))).toBe(true)
      }
    }))
})

describe("which document", () => {
  it.live("a patch is for every root, or for the one it names; an Overlay for what it extends", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({
        "a.json": openapi(), "b/b.json": openapi(),
        "fix/o.yaml": "overlay: 1.0.0\ninfo: {title: o, version: 1}\nextends: ../b/b.json\nactions:\n  - target: $.info\n    update: {x-o: 1}\n",
        "fix/p.json": JSON.stringify([{ op: "add", path: "/info/x-p", value: 1 }]),
        "fix/m.yaml": "info: {x-m: 1}\n"
      })
      const titles = Effect.fnUntraced(function*(...patches: ReadonlyArray<Patch>) {
        const set = yield* load([at("a.json"), at("b/b.json")], { patches })
        return [...set.roots.map(({ value }) => Object.keys((value as { info: object }).info).slice(2).join()), ...set.problems.map(({ message }) => message)]
      })
      expect(yield* titles(yield* readPatch(at("fix/o.yaml")), yield* readPatch(at("fix/p.json")), yield* readPatch(at("fix/m.yaml")))).toEqual(["x-p,x-m", "x-o,x-p,x-m"])
      expect(yield* titles(yield* readPatch(at("fix/p.json"), { document: "./a.json" }))).toEqual(["x-p", ""])
      expect(yield* titles(yield* readPatch(at("fix/m.yaml"), { document: "b/b.json" }))).toEqual(["", "x-m"])
      expect(yield* titles(yield* readPatch(at("fix/m.yaml"), { document: "c.json" }))).toEqual(["", "", "no document is called c.json: the patch is left out"])
      const elsewhere = patch({ overlay: "1.0.0", extends: "https://example.com/x.json", actions: [{ target: "$.info", update: { "x-e": 1 } }] })
      expect(yield* titles(elsewhere)).toEqual(["x-e", "x-e"])
      expect((yield* Effect.flip(readPatch(at("fix/none.json")))).message).toContain("no such file")
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("references that a patch brings are followed, those that it removes are not", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ "a.json": openapi({ x: { $ref: "gone.json" } }), "new.json": "{}" })
      const set = yield* load([at("a.json")], { patches: [patch({ x: { $ref: "new.json" } })] })
      expect([set.all.map(({ name }) => name), set.refused]).toEqual([[at("a.json"), at("new.json")], []])
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("places", () => {
  it.live("what is untouched keeps its place, also where it moved; what is new has its ancestor's", () =>
    Effect.gen(function*() {
      const text = openapi({ list: [{ a: 1 }, { b: { c: 9 } }, { d: 1 }], max: 1 }).replace("\"max\": 1", "\"max\": 9223372036854775807")
      const before = yield* mended(text)
      const { digits, locate, text: kept, value } = yield* mended(text, patch([
        { op: "remove", path: "/list/0" }, { op: "add", path: "/list/0/b/new", value: { deep: 1 } }, { op: "add", path: "/info/x", value: 1 }, { op: "copy", from: "/list/1", path: "/copied" }
      ]))
      expect(value).toMatchObject({ list: [{ b: { c: 9, new: { deep: 1 } } }, { d: 1 }], copied: { d: 1 } })
      expect(kept).toBe(text)
      expect(locate("/list/1/d")).toEqual(before.locate("/list/2/d"))
      expect(locate("/copied")).toEqual(before.locate("/list/2"))
      expect(locate("/info/title")).toEqual(before.locate("/info/title"))
      expect(locate("/info/x")).toEqual(before.locate("/info"))
      expect(locate("/list/0/b/new/deep")?.line).toBeGreaterThan(0)
      expect(locate("")).toEqual(before.locate(""))
      expect([locate("/list/2"), locate("/nothing"), locate("x")]).toEqual([undefined, undefined, undefined])
      expect([before.digits("/max"), digits("/max")]).toEqual(["9223372036854775807", "9223372036854775807"])
      const replaced = yield* mended(text, patch({ max: 2 ** 64 }))
      expect(replaced.digits("/max")).toBeUndefined()
    }))

  it("random patches never throw and never change what they are given", () => {
    const pointer = FastCheck.array(FastCheck.constantFrom("a", "b", "0", "1", "-", "__proto__", "x/y"), { maxLength: 3 }).map((parts) => parts.map((part) => `/${part.replace("/", "~1")}`).join(""))
    const json = FastCheck.oneof(FastCheck.jsonValue({ maxDepth: 3 }), FastCheck.dictionary(FastCheck.constantFrom("a", "b", "__proto__", "x/y"), FastCheck.jsonValue({ maxDepth: 2 })))
    const operation = FastCheck.record({ op: FastCheck.constantFrom("add", "remove", "replace", "move", "copy", "test", "odd"), path: pointer, from: pointer, value: json }, { requiredKeys: ["op"] })
    const action = FastCheck.record({
      target: FastCheck.constantFrom("$", "$.a", "$..a", "$.*", "$..*", "$.a[0]", "$[?@.a]", "$..[?@ == 1]", "$.", "", "$['__proto__']"),
      update: json, copy: FastCheck.constantFrom("$", "$.a", "$.*"), remove: FastCheck.boolean()
    }, { requiredKeys: ["target"] })
    const patches = FastCheck.oneof(
      FastCheck.array(operation, { maxLength: 4 }),
      FastCheck.array(action, { maxLength: 4 }).chain((actions) => FastCheck.constantFrom("1.0.0", "1.1.0").map((version) => ({ overlay: version, actions }))),
      FastCheck.dictionary(FastCheck.constantFrom("a", "b", "__proto__"), json)
    )
    return FastCheck.assert(
      FastCheck.asyncProperty(json, patches, async (a, value) => {
        const given = patch(value)
        const text = openapi({ a, b: a })
        const before = JSON.stringify(value)
        const exit = await Effect.runPromise(Effect.result(loadText(text, { patches: [given] })))
        if (Result.isFailure(exit)) expect(exit.failure._tag).toBe("DocumentError")
        else for (const at of ["/a", "/b/a", "/a/0"]) exit.success.roots[0]?.locate(at)
        expect(JSON.stringify(value)).toBe(before)
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      { numRuns: 500 }
    )
  })
})
