import { assert, describe, it } from "@effect/vitest"
import { proxyEnvironment, type Variables } from "../../src/wire/proxyEnvironment.ts"

const proxy = (variables: Variables, url: string) => proxyEnvironment(variables)(new URL(url))?.href

describe("proxy variables", () => {
  it("each scheme has its own; ALL_PROXY stands in", () => {
    const both = { HTTP_PROXY: "http://h:1", HTTPS_PROXY: "http://s:2", ALL_PROXY: "http://a:3" }
    assert.strictEqual(proxy(both, "http://example.com/"), "http://h:1/")
    assert.strictEqual(proxy(both, "https://example.com/"), "http://s:2/")
    assert.strictEqual(proxy({ ALL_PROXY: "http://a:3" }, "http://example.com/"), "http://a:3/")
    assert.strictEqual(proxy({ all_proxy: "http://a:3", HTTPS_PROXY: "http://s:2" }, "https://example.com/"), "http://s:2/")
    assert.isUndefined(proxy({ HTTP_PROXY: "http://h:1" }, "https://example.com/"))
    assert.isUndefined(proxy({ HTTPS_PROXY: "http://s:2" }, "http://example.com/"))
    assert.isUndefined(proxy({}, "http://example.com/"))
  })

  it("lower case wins, unless it is empty", () => {
    assert.strictEqual(proxy({ HTTPS_PROXY: "http://upper:1", https_proxy: "http://lower:1" }, "https://example.com/"), "http://lower:1/")
    assert.strictEqual(proxy({ HTTPS_PROXY: "http://upper:1", https_proxy: "" }, "https://example.com/"), "http://upper:1/")
    assert.isUndefined(proxy({ HTTPS_PROXY: "http://p:1", NO_PROXY: "other.example", no_proxy: "example.com" }, "https://example.com/"))
  })

  it("a value without a scheme is an http proxy; rubbish is none", () => {
    assert.strictEqual(proxy({ HTTPS_PROXY: "proxy.example:3128" }, "https://example.com/"), "http://proxy.example:3128/")
    assert.strictEqual(proxy({ HTTPS_PROXY: "10.0.0.1:3128" }, "https://example.com/"), "http://10.0.0.1:3128/")
    assert.strictEqual(proxy({ HTTPS_PROXY: " https://u:p@proxy.example " }, "https://example.com/"), "https://u:p@proxy.example/")
    assert.strictEqual(proxy({ HTTPS_PROXY: "socks5://s:1" }, "https://example.com/"), "socks5://s:1")
    for (const value of ["", "  ", "http://", "::::"]) assert.isUndefined(proxy({ HTTPS_PROXY: value }, "https://example.com/"))
  })

  it("HTTP_PROXY is not trusted in a CGI program, whatever its case", () => {
    for (const name of ["HTTP_PROXY", "http_proxy"]) {
      assert.isUndefined(proxy({ [name]: "http://evil:1", REQUEST_METHOD: "GET" }, "http://example.com/"))
      assert.strictEqual(proxy({ [name]: "http://h:1", REQUEST_METHOD: "" }, "http://example.com/"), "http://h:1/")
    }
    assert.strictEqual(proxy({ HTTPS_PROXY: "http://s:2", REQUEST_METHOD: "GET" }, "https://example.com/"), "http://s:2/")
  })

  it("the machine itself is never proxied", () => {
    for (const host of ["localhost", "LOCALHOST", "localhost.", "api.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1"]) {
      assert.isUndefined(proxy({ ALL_PROXY: "http://p:1" }, `http://${host}:8080/`), host)
    }
    assert.isDefined(proxy({ ALL_PROXY: "http://p:1" }, "http://128.0.0.1/"))
    assert.isDefined(proxy({ ALL_PROXY: "http://p:1" }, "http://notlocalhost/"))
  })
})

describe("NO_PROXY", () => {
  // entry, URL, is the proxy passed by?
  const table: ReadonlyArray<readonly [entries: string, url: string, direct: boolean]> = [
    ["", "http://example.com/", false],
    ["*", "http://example.com/", true],
    ["other.example, *", "http://example.com/", true],
    ["example.com", "http://example.com/", true],
    ["example.com", "http://example.com./", true],
    ["EXAMPLE.com", "http://Example.COM/", true],
    ["example.com", "http://api.example.com/", true],
    ["example.com", "http://a.b.example.com/", true],
    ["example.com", "http://badexample.com/", false],
    ["example.com", "http://example.com.evil/", false],
    [".example.com", "http://example.com/", false],
    [".example.com", "http://api.example.com/", true],
    ["*.example.com", "http://example.com/", false],
    ["*.example.com", "http://api.example.com/", true],
    ["example.com:8080", "http://example.com:8080/", true],
    ["example.com:8080", "http://example.com/", false],
    ["example.com:80", "http://example.com/", true],
    ["example.com:443", "https://example.com/", true],
    ["example.com:443", "http://example.com/", false],
    [".example.com:8443", "https://api.example.com:8443/", true],
    ["m\u00fcnchen.example", "http://xn--mnchen-3ya.example/", true],
    [" , example.com ,, ", "http://example.com/", true],
    ["10.0.0.1", "http://10.0.0.1/", true],
    ["10.0.0.1", "http://10.0.0.2/", false],
    ["10.0.0.1", "http://10.0.0.1.example/", false],
    ["0.0.1", "http://10.0.0.1/", false],
    ["10.0.0.1:8080", "http://10.0.0.1:8080/", true],
    ["10.0.0.1:8080", "http://10.0.0.1/", false],
    ["10.0.0.0/8", "http://10.255.1.2/", true],
    ["10.0.0.0/8", "http://11.0.0.1/", false],
    ["192.168.1.128/25", "http://192.168.1.200/", true],
    ["192.168.1.128/25", "http://192.168.1.100/", false],
    ["172.16.0.0/12", "http://172.31.255.255/", true],
    ["172.16.0.0/12", "http://172.32.0.0/", false],
    ["0.0.0.0/0", "http://203.0.113.9/", true],
    ["0.0.0.0/0", "http://[2001:db8::1]/", false],
    ["2001:db8::1", "http://[2001:db8::1]/", true],
    ["2001:db8:0:0:0:0:0:1", "http://[2001:db8::1]/", true],
    ["[2001:db8::1]", "http://[2001:db8::1]/", true],
    ["[2001:db8::1]:8080", "http://[2001:db8::1]:8080/", true],
    ["[2001:db8::1]:8080", "http://[2001:db8::1]/", false],
    ["2001:db8::/32", "http://[2001:db8:ffff::1]/", true],
    ["2001:db8::/32", "http://[2001:db9::1]/", false],
    ["fe80::/10", "http://[febf::1]/", true],
    ["::ffff:10.0.0.0/104", "http://10.1.2.3/", true],
    ["10.0.0.0/8", "http://[::ffff:10.1.2.3]/", true],
    ["10.0.0.0/33", "http://10.0.0.1/", false],
    ["10.0.0.0/x", "http://10.0.0.1/", false],
    ["10.0.0/8", "http://10.0.0.1/", false],
    ["example.com/8", "http://example.com/", false],
    [":8080", "http://example.com:8080/", false],
    [".", "http://example.com/", false],
    ["*.", "http://example.com/", false]
  ]
  for (const [entries, url, direct] of table) {
    it(`${JSON.stringify(entries)} ${direct ? "lets" : "does not let"} ${url} pass by`, () => {
      assert.strictEqual(proxy({ ALL_PROXY: "http://p:1", NO_PROXY: entries }, url) === undefined, direct)
    })
  }

  it("a hostile list costs linear time", () => {
    const lookup = proxyEnvironment({ ALL_PROXY: "http://p:1", NO_PROXY: `${":".repeat(50_000)},${"1.".repeat(50_000)},${"[".repeat(50_000)},${"*.".repeat(50_000)}` })
    assert.isDefined(lookup(new URL("http://example.com/")))
  })
})
