import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import { fromBigInt, parseExactly, plain, rawText, same, toBigInt, writeExactly } from "../../src/wire/json.ts"

describe("numbers keep their digits", () => {
  for (
    const digits of [
      "0", "-1", "9007199254740991", "9007199254740992", "9007199254740993", "4611686018427387904", "4611686018427388000", "9223372036854775807",
      "-9223372036854775808", "18446744073709551615", "18446744073709551616", "100000000000000000000", "123456789012345680000", "123456789012345678901234567890", `9${"0".repeat(400)}`
    ]
  ) {
    it(digits.length > 40 ? "a number of 401 digits" : digits, () => {
      const value = parseExactly(`[${digits}]`)
      assert.strictEqual(writeExactly(value), `[${digits}]`)
      const [first] = value as ReadonlyArray<unknown>
      assert.strictEqual(toBigInt(first), BigInt(digits))
      assert.strictEqual(writeExactly(fromBigInt(BigInt(digits))), digits)
    })
  }
  it("all of them", () => {
    FastCheck.assert(FastCheck.property(FastCheck.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (n) => toBigInt(parseExactly(String(n))) === n && writeExactly({ n }) === `{"n":${n}}`), { numRuns: 2_000, seed: 1 })
  })
  it("a double is itself", () => {
    FastCheck.assert(FastCheck.property(FastCheck.double({ noNaN: true, noDefaultInfinity: true }), (n) => Object.is(parseExactly(JSON.stringify([n])) instanceof Array ? (parseExactly(JSON.stringify([n])) as ReadonlyArray<number>)[0] : undefined, n === 0 ? 0 : n)), { numRuns: 2_000, seed: 1 })
  })
  it("digits in a text are text", () => assert.strictEqual(parseExactly("\"12345678901234567890\""), "12345678901234567890"))
  it("what is no whole number has no digits", () => {
    for (const value of [1.5, NaN, Infinity, "1", null, {}, [], parseExactly("[1e400]")]) assert.isUndefined(toBigInt(value))
    assert.isUndefined(rawText({ rawJSON: "1" }))
  })
})

describe("what JSON has no form for", () => {
  it("is nothing", () => {
    const loop: Array<unknown> = []
    loop.push(loop)
    for (const value of [undefined, () => 1, Symbol("x"), loop, [1n, loop]]) assert.isUndefined(writeExactly(value))
    assert.throws(() => plain(loop), TypeError)
  })
})

describe("the same", () => {
  it("whatever the order of members, digit by digit", () => {
    assert.isTrue(same({ a: [1, { b: null }], c: "x" }, { c: "x", a: [1, { b: null }] }))
    assert.isTrue(same(parseExactly("[9223372036854775807]"), parseExactly("[9223372036854775807]")))
    assert.isFalse(same(parseExactly("[9223372036854775807]"), parseExactly("[9223372036854775806]")))
    for (const [a, b] of [[{ a: 1 }, { a: 1, b: 2 }], [{ a: 1 }, { b: 1 }], [[1], [1, 2]], [[], {}], [null, {}], [1, "1"], [{ toString: 1 }, {}]]) assert.isFalse(same(a, b))
  })
})
