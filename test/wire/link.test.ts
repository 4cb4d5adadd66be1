import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import { nextQuery, parse } from "../../src/wire/link.ts"

/** target, relations, and the other parameters */
const read = (value: string) => parse(value).map(({ parameters: { rel: _, ...others }, rel, target }) => [target, rel, others])

describe("the examples of RFC 8288 section 3.5", () => {
  for (
    const [value, links] of [
      ["<http://example.com/TheBook/chapter2>; rel=\"previous\"; title=\"previous chapter\"", [["http://example.com/TheBook/chapter2", ["previous"], { title: "previous chapter" }]]],
      ["</>; rel=\"http://example.net/foo\"", [["/", ["http://example.net/foo"], {}]]],
      ["</terms>; rel=\"copyright\"; anchor=\"#foo\"", [["/terms", ["copyright"], { anchor: "#foo" }]]],
      [
        "</TheBook/chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, </TheBook/chapter4>; rel=\"next\"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel",
        [["/TheBook/chapter2", ["previous"], { "title*": "UTF-8'de'letztes%20Kapitel" }], ["/TheBook/chapter4", ["next"], { "title*": "UTF-8'de'n%c3%a4chstes%20Kapitel" }]]
      ],
      ["<http://example.org/>; rel=\"start http://example.net/relation/other\"", [["http://example.org/", ["start", "http://example.net/relation/other"], {}]]],
      ["<https://example.org/>; rel=\"start\", <https://example.org/index>; rel=\"index\"", [["https://example.org/", ["start"], {}], ["https://example.org/index", ["index"], {}]]]
    ] as const
  ) {
    it(value, () => assert.deepStrictEqual(read(value), links as never))
  }
})

describe("what servers write", () => {
  for (
    const [value, links] of [
      ["<a>;rel=next,<b> ; REL = Prev ; x", [["a", ["next"], {}], ["b", ["prev"], { x: "" }]]],
      ["<a,b;c>; rel=\"next\"", [["a,b;c", ["next"], {}]]],
      ["<a>; title=\"x, \\\"y\\\"; z\"; rel=next", [["a", ["next"], { title: "x, \"y\"; z" }]]],
      ["<a>; rel=next; rel=prev", [["a", ["next"], {}]]],
      ["<a>; rel=\"next", [["a", ["next"], {}]]],
      ["<a>, <b>; rel=next", [["a", [], {}], ["b", ["next"], {}]]],
      ["<a> junk; rel=next, <b>; rel=next", [["a", [], {}], ["b", ["next"], {}]]],
      [", ,<a>; rel=next,,", [["a", ["next"], {}]]],
      ["a; rel=next", []],
      ["<a", []],
      ["", []]
    ] as const
  ) {
    it(value === "" ? "nothing" : value, () => assert.deepStrictEqual(read(value), links as never))
  }
  it("whatever it is, reading it ends", () => {
    FastCheck.assert(FastCheck.property(FastCheck.array(FastCheck.constantFrom("<", ">", ";", ",", "\"", "\\", "=", "rel", "next", " ", "a", "__proto__"), { maxLength: 30 }), (parts) => {
      for (const { parameters } of parse(parts.join(""))) assert.strictEqual(Object.getPrototypeOf(parameters), Object.prototype)
    }), { numRuns: 2_000, seed: 7 })
  })
})

describe("the query of the next page", () => {
  for (
    const [value, query] of [
      ["<https://api.test/x?page=2&q=a%20b>; rel=\"next\", <https://api.test/x?page=9>; rel=\"last\"", "page=2&q=a%20b"],
      ["<?cursor=abc#frag>; rel=next", "cursor=abc"],
      ["</elsewhere?page=2>; rel=\"prev next\"", "page=2"],
      ["<//evil.example/x?page=2>; rel=next", "page=2"],
      ["<https://api.test/x?page=1>; rel=prev", undefined],
      ["<https://api.test/x>; rel=next", undefined],
      ["<https://api.test/x?page=2>; rel=next; anchor=\"/other\"", undefined],
      ["<https://[>; rel=next", undefined],
      [undefined, undefined]
    ] as const
  ) {
    it(value ?? "no field", () => assert.strictEqual(nextQuery(value), query))
  }
  it("holds nothing that ends a line or a query", () => {
    assert.strictEqual(nextQuery("<?a=b c\"<é\r\n>; rel=next"), "a=b%20c%22%3C%C3%A9")
  })
})
