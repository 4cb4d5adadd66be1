import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Headers from "../../src/wire/headers.ts"

describe("field names and values", () => {
  it("accepts tokens and visible text, tabs and ISO 8859-1 included", () => {
    for (const name of ["accept", "X-Api-Key", "x_y", "1", "!#$%&'*+-.^_`|~"]) assert.isUndefined(Headers.fieldProblem(name, "v"), name)
    for (const value of ["", "a b", "a\tb", "é", "ÿ", "\u0080", "\"quoted\"", "a, b; c=1"]) assert.isUndefined(Headers.fieldProblem("x", value), JSON.stringify(value))
  })

  for (const value of ["a\r\nx: y", "a\nb", "a\rb", "\0", "a\0b", "\n", "\r\n"]) {
    it(`refuses ${JSON.stringify(value)} as a value and never quotes it`, () => {
      const problem = Headers.fieldProblem("authorization", `canary${value}`)
      assert.match(problem ?? "", /CR, LF or NUL/)
      assert.notInclude(problem ?? "", "canary")
    })
  }

  it("refuses what the wire has no bytes for, and control characters", () => {
    for (const value of ["€", "日本", "\u0001", "\u007f", "\ud800", "\u2028"]) assert.isDefined(Headers.fieldProblem("x", value), JSON.stringify(value))
  })

  it("refuses names that are no tokens", () => {
    for (const name of ["", "a b", "a:", ":path", "a\r\nb", "a\0", "é", "(x)", "a,b"]) assert.match(Headers.fieldProblem(name, "v") ?? "", /field name/, JSON.stringify(name))
  })

  it("a text is one line when it holds none of the three", () => {
    assert.isTrue(Headers.isSingleLine("a\tb c é"))
    for (const text of ["\r", "\n", "\0", "a\r\nb"]) assert.isFalse(Headers.isSingleLine(text))
  })
})

describe("reading fields", () => {
  const fields: Headers.ResponseHeaders = { one: "1", many: ["a", "b"], gone: undefined }
  it("joins several of one name", () => {
    assert.strictEqual(Headers.get(fields, "one"), "1")
    assert.strictEqual(Headers.get(fields, "many"), "a, b")
    assert.isUndefined(Headers.get(fields, "gone"))
    assert.isUndefined(Headers.get(fields, "absent"))
  })
  it("gives them one by one", () => {
    assert.deepStrictEqual(Headers.getAll(fields, "one"), ["1"])
    assert.deepStrictEqual(Headers.getAll(fields, "many"), ["a", "b"])
    assert.deepStrictEqual(Headers.getAll(fields, "absent"), [])
  })
  it("knows the usual names of a request's id, in order", () => {
    assert.strictEqual(Headers.requestId({ "x-correlation-id": "c", "x-request-id": "a", "request-id": "b" }), "a")
    assert.strictEqual(Headers.requestId({ "x-correlation-id": "c", "request-id": "b" }), "b")
    assert.strictEqual(Headers.requestId({ "x-amzn-requestid": "z" }), "z")
    assert.isUndefined(Headers.requestId({}))
  })
})

describe("Retry-After", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 0)
  const after = (value: string | ReadonlyArray<string>): number | undefined => {
    const wait = Headers.retryAfter({ "retry-after": value }, now)
    return wait === undefined ? undefined : Duration.toMillis(wait)
  }

  for (const [value, seconds] of [["0", 0], ["1", 1], ["120", 120], [" 7 ", 7], ["0003", 3]] as const) {
    it(`${JSON.stringify(value)} is ${seconds} seconds`, () => assert.strictEqual(after(value), seconds * 1000))
  }

  // RFC 9110 section 5.6.7: three forms of the same instant, all of them in UTC
  for (const date of ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]) {
    it(`${date} is 37 seconds from 08:49:00`, () => assert.strictEqual(after(date), 37_000))
  }

  it("a date that has passed is no wish", () => {
    assert.isUndefined(after("Sun, 06 Nov 1994 08:48:59 GMT"))
    assert.isUndefined(after("Thu, 01 Jan 1970 00:00:00 GMT"))
  })

  for (
    const garbage of [
      "", " ", "soon", "soon 5", "-1", "-120", "+5", "1.5", "1e3", "1e12", "0x10", "NaN", "Infinity", "5 seconds", "120, 60", "Mon, 5", "Sun, 99 Nov 1994 99:99:99 GMT",
      "1994-11-06T08:49:37Z", "\0", "９"
    ]
  ) {
    it(`${JSON.stringify(garbage)} is no wish`, () => assert.isUndefined(after(garbage)))
  }

  it("a wait without end is without end, and never a wrong number", () => {
    assert.strictEqual(after("9000000000"), 9_000_000_000_000)
    for (const value of ["1000000000000", "9".repeat(400)]) assert.strictEqual(after(value), Infinity, value)
  })

  it("two fields of this name are no wish", () => assert.isUndefined(after(["1", "2"])))
  it("is absent without the field", () => assert.isUndefined(Headers.retryAfter({}, now)))

  it("ends on a megabyte of anything", () => {
    for (const unit of ["A", "1", " ", "Sun, ", "Sun, 00:00:00", ","]) after(unit.repeat(1_000_000 / unit.length))
  })
})
