import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe } from "vitest"
import { loadText, openapi } from "./documentSupport.ts"

const root = Effect.fnUntraced(function*(text: string) {
  const set = yield* loadText(text)
  const document = set.roots[0]
  if (document === undefined) throw new Error("no document")
  return { ...document, problems: set.problems }
})

const place = (error: { readonly line: number | undefined; readonly column: number | undefined }) => [error.line, error.column]

describe("JSON", () => {
  it.live("a pointer leads to the key of a member and the start of an item", () =>
    Effect.gen(function*() {
      const { locate } = yield* root("{\n  \"openapi\": \"3.0.0\",\r\n  \"a/b\": {\"~x\": [1,\r   {\"y\": null}]}, \"\": 1, \"__proto__\": {\"a\": 1}}")
      const at = (pointer: string) => {
        const found = locate(pointer)
        return found === undefined ? undefined : [found.line, found.column]
      }
      expect([at(""), at("/openapi"), at("/a~1b"), at("/a~1b/~0x/0"), at("/a~1b/~0x/1"), at("/a~1b/~0x/1/y"), at("/"), at("/__proto__/a")]).toEqual([
        [1, 1], [2, 3], [3, 3], [3, 18], [4, 4], [4, 5], [4, 19], [4, 40]
      ])
      expect([at("/nothing"), at("/a~1b/~0x/2"), at("/a~1b/~0x/-1"), at("/openapi/x"), at("no pointer"), at("/constructor")]).toEqual(Array(6).fill(undefined))
    }))

  it.live("a repeated key is a problem with its place, and the last one holds", () =>
    Effect.gen(function*() {
      const { locate, problems, value } = yield* root("{\"openapi\": \"3.0.0\",\n \"a\": 1, \"b\": {\"c\\\"\": 1,\n \"c\\u0022\": 2},\n \"a\": 3}")
      expect(value).toEqual({ openapi: "3.0.0", a: 3, b: { "c\"": 2 } })
      expect(problems).toEqual([
        { document: "standard input", position: { line: 3, column: 2 }, message: "the key \"c\\\"\" is repeated: the last one holds" },
        { document: "standard input", position: { line: 4, column: 2 }, message: "the key \"a\" is repeated: the last one holds" }
      ])
      expect(locate("/a")).toEqual({ line: 4, column: 2 })
    }))

  it.live("what stands in a text is no structure", () =>
    Effect.gen(function*() {
      const hostile = ["\"", "\\", "\\\"", "{:", "\\\\"].map((start) => `${start}${"[".repeat(600)}${"a: {".repeat(600)}`)
      const { problems, value } = yield* root(JSON.stringify({ openapi: "3.0.0", hostile, [hostile.join("")]: 1 }))
      expect([value, problems]).toEqual([{ openapi: "3.0.0", hostile, [hostile.join("")]: 1 }, []])
    }))

  it.live("a malformed text fails with place and advice", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [string, number, number, RegExp]> = [
        ["{\"openapi\": }", 1, 13, /a value is expected/],
        ["{\"openapi\": \"3.0.0\",\n}", 2, 1, /a key in double quotes.*comma too many/],
        ["{\"openapi\": \"3.0.0\"\n \"paths\": {}}", 2, 2, /comma is expected/],
        ["{\"openapi\": \"3.0.0\", // which\n\"paths\": {}}", 1, 22, /no comments/],
        ["{\"openapi\": 'x'}", 1, 13, /no JSON value/],
        ["{\"openapi\": \"3\n0\"}", 1, 13, /closing double quote/],
        ["{\"openapi\": \"\\d\"}", 1, 13, /escape/],
        ["{\"openapi\": \"a\tb\"}", 1, 13, /control character/],
        ["{\"openapi\": \"3.0.0\"", 1, 20, /complete/],
        ["{\"openapi\": \"3.0.0\"}}", 1, 21, /after the end/],
        ["{\"a\": [1}", 1, 9, /comma|bracket/]
      ]
      for (const [text, line, column, reason] of cases) {
        const error = yield* Effect.flip(loadText(text))
        expect([text, ...place(error), error.reason]).toEqual([text, line, column, expect.stringMatching(reason)])
        expect(error.message).toBe(`standard input:${line}:${column}: ${error.reason}`)
      }
    }))

  it.live("whole numbers beyond a double keep their digits", () =>
    Effect.gen(function*() {
      const { digits, value } = yield* root(openapi({ a: 1 }).replace("\"a\": 1", "\"max\": 9223372036854775807, \"x\": [-9223372036854775808, 9007199254740993, 9007199254740992, 1e30, 0.5]"))
      expect((value as { max: number }).max).toBe(2 ** 63)
      expect(["/max", "/x/0", "/x/1", "/x/2", "/x/3", "/x/4", "/x", "/none"].map(digits)).toEqual(
        ["9223372036854775807", undefined, "9007199254740993", undefined, undefined, undefined, undefined, undefined]
      )
    }))
})

describe("YAML", () => {
  it.live("texts stay texts, and keys are as they are written", () =>
    Effect.gen(function*() {
      const { problems, value } = yield* root([
        "openapi: 3.0.0", "no: no", "on: yes", "date: 2020-01-01", "time: 12:30:45", "n: ~", "t: True", "i: 017", "f: 1.50", "h: 0x1F", "s: \"1\"",
        "200: {description: x}", "1.0: a", "true: b", "null: c", "0x10: d", "__proto__: {polluted: 1}", "bin: !!binary aGk="
      ].join("\n"))
      expect(value).toEqual(JSON.parse(JSON.stringify({
        openapi: "3.0.0", no: "no", on: "yes", date: "2020-01-01", time: "12:30:45", n: null, t: true, i: 17, f: 1.5, h: 31, s: "1",
        200: { description: "x" }, "1.0": "a", true: "b", null: "c", "0x10": "d", ["__proto__"]: { polluted: 1 }, bin: "aGk="
      })))
      expect(Object.keys(value as object)).toContain("__proto__")
      expect(({} as { polluted?: number }).polluted).toBeUndefined()
      expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining("unresolved tag")])
    }))

  it.live("%YAML 1.1 does not make a boolean of no", () =>
    Effect.gen(function*() {
      expect((yield* root("%YAML 1.1\n---\nopenapi: 3.0.0\ncountry: no\n")).value).toEqual({ openapi: "3.0.0", country: "no" })
    }))

  it.live("anchors are shared, merges give what is not there yet, own keys win in silence", () =>
    Effect.gen(function*() {
      const { locate, problems, value } = yield* root([
        "openapi: 3.0.0", "x-a: &a {x: 1, y: 1}", "x-b: &b", "  y: 2", "  z: 2", "one:", "  <<: *a", "  x: 5", "two:", "  y: 0", "  <<: [*b, *a]", "three: *b", "four: {<<: {q: 1}, '<<': text}"
      ].join("\n"))
      expect(value).toMatchObject({ one: { x: 5, y: 1 }, two: { y: 0, z: 2, x: 1 }, three: { y: 2, z: 2 }, four: { q: 1, "<<": "text" } })
      const { "x-b": b, three } = value as { readonly "x-b": unknown; readonly three: unknown }
      expect(three).toBe(b)
      expect(problems).toEqual([])
      expect([locate("/three/z"), locate("/one/y"), locate("/one/x"), locate("/two/x"), locate("/three")].map((at) => at?.line)).toEqual([5, 2, 8, 2, 12])
    }))

  it.live("an anchor may be used very often", () =>
    Effect.gen(function*() {
      const { problems, value } = yield* root(`openapi: 3.0.0\ne: &e {type: string}\nlist:\n${"  - *e\n".repeat(5000)}`)
      expect([(value as { list: ReadonlyArray<unknown> }).list.length, problems]).toEqual([5000, []])
    }))

  it.live("places are of keys and items", () =>
    Effect.gen(function*() {
      const { locate } = yield* root("# a\nopenapi: 3.0.0\npaths:\n  /a/b:\n    get:\n      tags:\n        - one\n        - {two: 2}\n  200: x\n")
      const at = (pointer: string) => {
        const found = locate(pointer)
        return found === undefined ? undefined : [found.line, found.column]
      }
      expect([at(""), at("/paths/~1a~1b/get"), at("/paths/~1a~1b/get/tags/0"), at("/paths/~1a~1b/get/tags/1/two"), at("/paths/200"), at("/paths/x"), at("/paths/~1a~1b/get/tags/2")])
        .toEqual([[2, 1], [5, 5], [7, 11], [8, 12], [9, 3], undefined, undefined])
    }))

  it.live("what is wrong but plain is a problem", () =>
    Effect.gen(function*() {
      const { problems, value } = yield* root("openapi: 3.0.0\na: 1\nb: \"\\d+\"\nc: @x\nd: .nan\na: 2\n{id}: 3\n---\nother: 1\n")
      expect(value).toEqual({ openapi: "3.0.0", a: 2, b: expect.stringContaining("d+"), c: "@x", d: ".nan", "{id}": 3 })
      expect(problems.map(({ message, position }) => [position?.line, message.slice(0, 30)])).toEqual([
        [3, expect.stringContaining("invalid escape")], [4, expect.stringContaining("plain value")], [5, expect.stringContaining(".nan is no JSON")],
        [6, expect.stringContaining("the key \"a\"")], [7, expect.stringContaining("a key must be a text")], [8, expect.stringContaining("this file holds several")]
      ])
    }))

  it.live("a malformed text fails with place and advice", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [string, number, number, RegExp]> = [
        ["openapi: 3.0.0\npaths:\n  a: 1\n b: 2\n", 4, 1, /malformed YAML/],
        ["openapi: 3.0.0\npattern: *.json\n", 2, 10, /no anchor &\.json.*in quotes/],
        ["openapi: 3.0.0\na: &x {b: *x}\n", 2, 11, /stands inside/],
        ["openapi: 3.0.0\na: [1, 2\n", 3, 1, /malformed YAML/],
        ["openapi: 3.0.0\na: \"x\n", 3, 1, /malformed YAML/],
        ["openapi: 3.0.0\na: b: c\n", 2, 4, /malformed YAML/]
      ]
      for (const [text, line, column, reason] of cases) {
        const error = yield* Effect.flip(loadText(text))
        expect([text, ...place(error), error.message]).toEqual([text, line, column, expect.stringMatching(reason)])
      }
    }))

  it.live("whole numbers beyond a double keep their digits", () =>
    Effect.gen(function*() {
      const { digits } = yield* root("openapi: 3.0.0\nmax: &m 9223372036854775807\nmin: -9223372036854775809\nalias: *m\ntext: '9223372036854775807'\n")
      expect(["/max", "/min", "/alias", "/text"].map(digits)).toEqual(["9223372036854775807", "-9223372036854775809", "9223372036854775807", undefined])
    }))
})
