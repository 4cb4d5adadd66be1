import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Url from "../../src/wire/url.ts"

const accepted = (text: string): URL => Result.getOrThrowWith(Url.parseBaseUrl(text), (problem) => new Error(problem))
const refused = (text: string): string => {
  const result = Url.parseBaseUrl(text)
  if (Result.isSuccess(result)) throw new Error(`${text} was accepted as ${result.success.href}`)
  return result.failure
}

describe("base URL", () => {
  for (
    const [text, origin, pathname] of [
      ["https://api.example.com", "https://api.example.com", "/"],
      ["https://api.example.com/v1", "https://api.example.com", "/v1"],
      ["https://api.example.com:443/v1/", "https://api.example.com", "/v1/"],
      ["http://127.0.0.1:8080/a/b", "http://127.0.0.1:8080", "/a/b"],
      ["http://[::1]:9/x", "http://[::1]:9", "/x"],
      ["HTTPS://API.Example.COM/V1", "https://api.example.com", "/V1"]
    ] as const
  ) {
    it(`${text} is accepted`, () => {
      const url = accepted(text)
      assert.strictEqual(url.origin, origin)
      assert.strictEqual(url.pathname, pathname)
    })
  }

  for (
    const [text, problem] of [
      ["", /absolute URL/],
      ["api.example.com", /absolute URL/],
      ["/v1", /absolute URL/],
      ["//evil.example", /absolute URL/],
      ["https://", /absolute URL/],
      ["https://a b/", /absolute URL/],
      ["ftp://example.com/", /http or https/],
      ["file:///etc/passwd", /http or https/],
      ["unix:/var/run/docker.sock", /http or https/],
      ["javascript:alert(1)", /http or https/],
      ["https://user@example.com/", /without user name/],
      ["https://user:secret@example.com/", /without user name/],
      ["https://:secret@example.com/", /without user name/],
      ["http://good.example@evil.example/", /without user name/],
      ["https://example.com/?key=1", /without query/],
      ["https://example.com/#x", /without query or fragment/]
    ] as const
  ) {
    it(`${JSON.stringify(text)} is refused`, () => {
      const said = refused(text)
      assert.match(said, problem)
      assert.notInclude(said, "secret")
    })
  }

  it("one parser decides what the host is: backslashes, full-width letters and dots of other scripts are resolved before anything is compared", () => {
    assert.strictEqual(accepted("http:\\\\evil.example\\x").origin, "http://evil.example")
    assert.strictEqual(accepted("https://ｅｘａｍｐｌｅ.com/").origin, "https://example.com")
    assert.strictEqual(accepted("https://example。com/").origin, "https://example.com")
    assert.strictEqual(accepted("http://0x7f.1/").origin, "http://127.0.0.1")
    assert.strictEqual(accepted("https://bücher.example/").origin, "https://xn--bcher-kva.example")
  })

  it("is shown without anything but origin and path", () => {
    assert.strictEqual(Url.redactedBaseUrl(new URL("https://u:p@example.com/v1?k=1#f")), "https://example.com/v1")
  })
})

describe("joining", () => {
  for (
    const [base, path, href] of [
      ["https://a.example", "/x", "https://a.example/x"],
      ["https://a.example/v1", "/x", "https://a.example/v1/x"],
      ["https://a.example/v1/", "/x", "https://a.example/v1/x"],
      ["https://a.example/v1", "x?y=1", "https://a.example/v1/x?y=1"],
      ["https://a.example/v1", "//evil.example/x", "https://a.example/v1//evil.example/x"],
      ["https://a.example", "//evil.example/x", "https://a.example//evil.example/x"],
      ["https://a.example", "/\\evil.example", "https://a.example//evil.example"],
      ["https://a.example:8443/v1", "/@evil.example", "https://a.example:8443/v1/@evil.example"],
      ["https://a.example", "@evil.example", "https://a.example/@evil.example"],
      ["https://a.example", ":80@evil.example", "https://a.example/:80@evil.example"]
    ] as const
  ) {
    it(`${base} and ${path}`, () => assert.strictEqual(Url.joinPath(new URL(base), path).href, href))
  }
})

describe("where a credential may travel", () => {
  for (
    const [url, secure] of [
      ["https://example.com", true],
      ["http://example.com", false],
      ["http://localhost:8080", true],
      ["http://LOCALHOST", true],
      ["http://app.localhost", true],
      ["http://127.0.0.1", true],
      ["http://127.255.0.3", true],
      ["http://[::1]", true],
      ["http://2130706433", true],
      ["http://localhost.evil.example", false],
      ["http://127.0.0.1.evil.example", false],
      ["http://128.0.0.1", false],
      ["http://10.0.0.1", false],
      ["http://[::2]", false],
      ["http://notlocalhost", false]
    ] as const
  ) {
    it(`${url}: ${secure}`, () => assert.strictEqual(Url.isSecure(new URL(url)), secure))
  }

  it("knows ::1 with and without brackets", () => {
    assert.isTrue(Url.isLoopback("::1"))
    assert.isTrue(Url.isLoopback("[::1]"))
  })
})
