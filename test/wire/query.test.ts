import { assert, describe, it } from "@effect/vitest"
import { withoutCredentials, withQuery } from "../../src/wire/query.ts"

describe("credentials in a query", () => {
  const added: ReadonlyArray<readonly [url: string, parameters: Readonly<Record<string, string>>, to: string]> = [
    ["https://a.test/x", { key: "k" }, "https://a.test/x?key=k"],
    ["https://a.test/x?", { key: "k" }, "https://a.test/x?key=k"],
    ["https://a.test/x?b=1&c=2", { key: "k" }, "https://a.test/x?b=1&c=2&key=k"],
    // the rest stays byte for byte
    ["https://a.test/x?b=%20+~%2f&&c", { key: "k" }, "https://a.test/x?b=%20+~%2f&&c&key=k"],
    // in the place of those of the same name, however that is written
    ["https://a.test/x?key=other&b=1&%6bey=more&key", { key: "k" }, "https://a.test/x?b=1&key=k"],
    ["https://a.test/x", { "a b": "1&2=3#4+5 6/ü'" }, "https://a.test/x?a%20b=1%262%3D3%234%2B5%206%2F%C3%BC%27"],
    ["https://a.test/x?b=1", { one: "1", two: "2" }, "https://a.test/x?b=1&one=1&two=2"],
    ["https://a.test/x?%zz=1", { key: "\ud800" }, "https://a.test/x?%zz=1&key=%EF%BF%BD"]
  ]
  for (const [url, parameters, to] of added) {
    it(`${url} becomes ${to}`, () => {
      const before = new URL(url)
      assert.strictEqual(withQuery(before, parameters).href, to)
      assert.strictEqual(before.href, url)
    })
  }

  const key = { key: "s3cret/ä" }
  const enc = encodeURIComponent("s3cret/ä")
  const targets: ReadonlyArray<readonly [target: string, sameOrigin: boolean, to: string]> = [
    [`https://a.test/y?key=${enc}&b=1`, true, "https://a.test/y?b=1"],
    ["https://a.test/y?key=other&b=1", true, "https://a.test/y?b=1"],
    ["https://a.test/y?b=1", true, "https://a.test/y?b=1"],
    [`https://b.test/y?key=${enc}&b=1`, false, "https://b.test/y?b=1"],
    [`https://b.test/y?b=1&other=${enc}`, false, "https://b.test/y?b=1"],
    // another server's own parameter of that name is its own
    ["https://b.test/y?key=other&b=1", false, "https://b.test/y?key=other&b=1"],
    // a way back, as logins have it
    [`https://b.test/login?next=${encodeURIComponent(`https://a.test/y?key=${enc}`)}&b=1`, false, "https://b.test/login?b=1"],
    [`https://b.test/login?next=${encodeURIComponent(encodeURIComponent(`https://a.test/y?key=${enc}`))}`, false, "https://b.test/login"],
    [`https://b.test/y?${enc}&b`, false, "https://b.test/y?b"]
  ]
  for (const [target, sameOrigin, to] of targets) {
    it(`a redirect to ${target} leads to ${to}`, () => assert.strictEqual(withoutCredentials(new URL(target), key, sameOrigin).href, to))
  }

  it("a short one is found as a whole value only", () =>
    assert.strictEqual(withoutCredentials(new URL("https://b.test/?page=12&a=1&next=1"), { key: "1" }, false).href, "https://b.test/?page=12"))
})
