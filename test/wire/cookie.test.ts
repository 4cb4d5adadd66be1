import { assert, describe, it } from "@effect/vitest"
import { besides, cookieProblem, withCookies } from "../../src/wire/cookie.ts"

describe("the Cookie field (RFC 6265)", () => {
  const fields: ReadonlyArray<readonly [field: string | undefined, cookies: Readonly<Record<string, string>>, out: string | undefined]> = [
    [undefined, { sid: "1" }, "sid=1"],
    ["a=1; b=2", { sid: "1" }, "a=1; b=2; sid=1"],
    ["a=1; sid=other;b=2", { sid: "1" }, "a=1; b=2; sid=1"],
    // names are told apart by case (section 5.4)
    ["SID=other", { sid: "1" }, "SID=other; sid=1"],
    ["sid", { sid: "1" }, "sid=1"],
    [undefined, {}, undefined],
    ["a=1", {}, "a=1"]
  ]
  for (const [field, cookies, out] of fields) {
    it(`${field ?? "none"} with ${JSON.stringify(cookies)} is ${out ?? "none"}`, () => assert.strictEqual(withCookies(field, cookies), out))
  }

  it("two fields in one: a name that the first has is not in it again", () => {
    assert.strictEqual(besides(undefined, "a=1"), "a=1")
    assert.strictEqual(besides("", "a=1"), "a=1")
    assert.strictEqual(besides("sid=new; a=1", "b=2; sid=old;c"), "sid=new; a=1; b=2; c")
    // of one name there may be several paths
    assert.strictEqual(besides("a=1", "b=2; b=3"), "a=1; b=2; b=3")
  })

  for (const value of ["", "abc", "a=b==", "\"quoted\"", "x-._~!#$%&'()*+/:<=>?@[]^`{|}"]) {
    it(`${JSON.stringify(value)} is a value`, () => assert.isUndefined(cookieProblem("sid", value)))
  }
  for (const value of ["a b", "a;b", "a,b", "a\\b", "a\"b", "\"", "ä", "a\r\nb", "\0"]) {
    it(`${JSON.stringify(value)} is none, and is not quoted`, () => {
      const problem = cookieProblem("sid", value)
      assert.isDefined(problem)
      if (value.length > 1) assert.notInclude(problem, value)
    })
  }
  it("a name is a token", () => assert.deepStrictEqual(["a b", "a;", "", "ä", "a="].filter((name) => cookieProblem(name, "1") === undefined), []))
})
