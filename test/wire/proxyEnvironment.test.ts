import { assert, describe, it } from "@effect/vitest"
import { proxyDecisions, proxyEnvironment, type Variables } from "../../src/wire/proxyEnvironment.ts"

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

// The facts of golang.org/x/net/http/httpproxy/proxy_test.go (BSD licence), tables proxyForURLTests and UseProxyTests.
// Left out: a zone in an IPv6 URL, which is no URL here.
describe("Go's httpproxy", () => {
  const urls: ReadonlyArray<readonly [variables: Variables, url: string, proxy: string | undefined]> = [
    [{ HTTP_PROXY: "127.0.0.1:8080" }, "http://example.com", "http://127.0.0.1:8080/"],
    [{ HTTP_PROXY: "cache.corp.example.com:1234" }, "http://example.com", "http://cache.corp.example.com:1234/"],
    [{ HTTP_PROXY: "cache.corp.example.com" }, "http://example.com", "http://cache.corp.example.com/"],
    [{ HTTP_PROXY: "localhost" }, "http://example.com", "http://localhost/"],
    [{ HTTP_PROXY: "https://cache.corp.example.com" }, "http://example.com", "https://cache.corp.example.com/"],
    [{ HTTP_PROXY: "http://127.0.0.1:8080" }, "http://example.com", "http://127.0.0.1:8080/"],
    [{ HTTP_PROXY: "https://127.0.0.1:8080" }, "http://example.com", "https://127.0.0.1:8080/"],
    [{ HTTP_PROXY: "socks5://127.0.0.1" }, "http://example.com", "socks5://127.0.0.1"],
    [{ HTTP_PROXY: "foo://host" }, "http://example.com", "foo://host"],
    [{ HTTP_PROXY: "http.proxy.tld", HTTPS_PROXY: "secure.proxy.tld" }, "http://insecure.tld/", "http://http.proxy.tld/"],
    [{ HTTP_PROXY: "http.proxy.tld", HTTPS_PROXY: "secure.proxy.tld" }, "https://secure.tld/", "http://secure.proxy.tld/"],
    [{ HTTP_PROXY: "http.proxy.tld", HTTPS_PROXY: "https://secure.proxy.tld" }, "https://secure.tld/", "https://secure.proxy.tld/"],
    [{ HTTP_PROXY: "http.proxy.tld" }, "https://secure.tld/", undefined],
    [{ HTTP_PROXY: "http.proxy.tld" }, "ftp://insecure.tld/", undefined],
    [{ HTTP_PROXY: "http://10.1.2.3:8080", REQUEST_METHOD: "GET" }, "http://example.com", undefined],
    [{ HTTPS_PROXY: "https://secure.proxy.tld", REQUEST_METHOD: "GET" }, "https://secure.tld/", "https://secure.proxy.tld/"],
    [{}, "http://example.com", undefined],
    [{ NO_PROXY: "example.com", HTTP_PROXY: "proxy" }, "http://example.com/", undefined],
    [{ NO_PROXY: ".example.com", HTTP_PROXY: "proxy" }, "http://example.com/", "http://proxy/"],
    [{ NO_PROXY: "ample.com", HTTP_PROXY: "proxy" }, "http://example.com/", "http://proxy/"],
    [{ NO_PROXY: "example.com", HTTP_PROXY: "proxy" }, "http://foo.example.com/", undefined],
    [{ NO_PROXY: ".foo.com", HTTP_PROXY: "proxy" }, "http://example.com/", "http://proxy/"],
    [{ NO_PROXY: ".\u793a\u4f8b.com", HTTP_PROXY: "proxy" }, "http://www.\u793a\u4f8b.com", undefined],
    [{ NO_PROXY: "xn--fsq092h.com", HTTP_PROXY: "proxy" }, "http://www.\u793a\u4f8b.com", undefined],
    [{ NO_PROXY: "\u793a\u4f8b.com", HTTP_PROXY: "proxy" }, "http://www.xn--fsq092h.com", undefined],
    [{ NO_PROXY: ":1", HTTP_PROXY: "proxy" }, "http://example.com", "http://proxy/"]
  ]
  for (const [variables, url, expected] of urls) {
    it(`${JSON.stringify(variables)} ${url}`, () => assert.strictEqual(proxy(variables, url), expected))
    it(`${JSON.stringify(variables)} ${url}, in lower case`, () => {
      const lower = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name === "REQUEST_METHOD" ? name : name.toLowerCase(), value]))
      assert.strictEqual(proxy(lower, url), expected)
    })
  }

  const noProxy = "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, 10.0.0.0/30, "
    + "2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64"
  const hosts: ReadonlyArray<readonly [host: string, proxied: boolean]> = [
    ["localhost", false],
    ["127.0.0.1", false],
    ["127.0.0.2", false],
    ["[::1]", false],
    ["[::2]", true],
    ["192.168.1.1", false],
    ["192.168.1.2", true],
    ["192.168.1.3", false],
    ["192.168.1.4", true],
    ["10.0.0.2", false],
    ["[2001:db8::52:0:1]", false],
    ["[2001:db8::52:0:2]", true],
    ["[2001:db8::52:0:3]", false],
    ["[2002:db8:a::123]", false],
    ["[fe80::424b:c8be:1643:a1b6]", true],
    ["barbaz.net", true],
    ["www.barbaz.net", false],
    ["foobar.com", false],
    ["www.foobar.com", false],
    ["foofoobar.com", true],
    ["baz.com", true],
    ["localhost.net", true],
    // Go: true. A session takes names below localhost for this machine and lets secrets travel there over plain http.
    ["local.localhost", false],
    ["barbarbaz.net", true],
    ["wildcard.io", true],
    ["nested.wildcard.io", false],
    ["awildcard.io", true]
  ]
  for (const [host, proxied] of hosts) {
    it(`${host} is ${proxied ? "" : "not "}proxied`, () => {
      assert.strictEqual(proxy({ HTTP_PROXY: "proxy", NO_PROXY: noProxy }, `http://${host}/`) !== undefined, proxied)
      assert.isUndefined(proxy({ HTTP_PROXY: "proxy", NO_PROXY: "*" }, `http://${host}/`))
    })
  }
})

describe("the reason of a decision", () => {
  const reason = (variables: Variables, url: string) => proxyDecisions(variables)(new URL(url)).reason

  it("names the variable, the entry or the rule, never a proxy's URL", () => {
    const set = { https_proxy: "http://user:s3cret@p:1", ALL_PROXY: "socks5://a:s3cret@p:2", NO_PROXY: "intern, 10.0.0.0/8" }
    const table: ReadonlyArray<readonly [variables: Variables, url: string, reason: string]> = [
      [set, "https://example.com/", "https_proxy"],
      [set, "http://example.com/", "ALL_PROXY"],
      [set, "http://api.intern/", "NO_PROXY has intern"],
      [set, "https://10.1.2.3/", "NO_PROXY has 10.0.0.0/8"],
      [{ HTTPS_PROXY: "p", no_proxy: "*" }, "https://example.com/", "no_proxy has *"],
      [set, "https://localhost/", "this machine is never reached through a proxy of the environment"],
      [{}, "https://example.com/", "neither HTTPS_PROXY nor ALL_PROXY is set"],
      [{ HTTPS_PROXY: "p" }, "http://example.com/", "neither HTTP_PROXY nor ALL_PROXY is set"],
      [{ HTTP_PROXY: "p", REQUEST_METHOD: "GET" }, "http://example.com/", "HTTP_PROXY is not trusted where REQUEST_METHOD is set"],
      [{ HTTP_PROXY: "http://" }, "http://example.com/", "HTTP_PROXY is not a URL"],
      [{ ALL_PROXY: "::::" }, "http://example.com/", "ALL_PROXY is not a URL"],
      [set, "ftp://example.com/", "only http and https have proxies"]
    ]
    for (const [variables, url, expected] of table) assert.strictEqual(reason(variables, url), expected)
  })
})
