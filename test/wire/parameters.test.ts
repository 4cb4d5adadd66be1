import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as FastCheck from "fast-check"
import { parseExactly } from "../../src/wire/json.ts"
import * as Parameters from "../../src/wire/parameters.ts"
import { joinPath } from "../../src/wire/url.ts"

const get = <A>(result: Result.Result<A, string>): A => Result.getOrThrowWith(result, (problem) => new Error(problem))
const query = (name: string, value: unknown, style: Parameters.QueryStyle = "form", explode = true): string => {
  const out: Array<string> = []
  const problem = Parameters.query(name, value, style, explode, out)
  if (problem !== undefined) throw new Error(problem)
  return out.join("&")
}

// the variables of RFC 6570 section 3.2
const rfc = {
  hello: "Hello World!",
  half: "50%",
  who: "fred",
  base: "http://example.com/home/",
  path: "/foo/bar",
  list: ["red", "green", "blue"],
  keys: { semi: ";", dot: ".", comma: "," },
  v: 6,
  x: 1024,
  y: 768,
  var: "value",
  empty: "",
  emptyKeys: {},
  undef: undefined
}

describe("path values (RFC 6570 section 3.2.2)", () => {
  for (
    const [value, expanded] of [
      [rfc.var, "value"],
      [rfc.hello, "Hello%20World%21"],
      [rfc.half, "50%25"],
      [rfc.who, "fred"],
      [rfc.base, "http%3A%2F%2Fexample.com%2Fhome%2F"],
      [rfc.path, "%2Ffoo%2Fbar"],
      [rfc.list, "red,green,blue"],
      [rfc.keys, "semi,%3B,dot,.,comma,%2C"],
      [rfc.x, "1024"],
      [true, "true"],
      [12345678901234567890n, "12345678901234567890"],
      ["a-b._~Z9", "a-b._~Z9"],
      [":/?#[]@!$&'()*+,;=", "%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D"],
      ["ünï 日本 😀", "%C3%BCn%C3%AF%20%E6%97%A5%E6%9C%AC%20%F0%9F%98%80"],
      ["\\", "%5C"],
      ["..%2f..", "..%252f.."],
      ["%00", "%2500"],
      ["\0", "%00"],
      ["\r\n", "%0D%0A"],
      ["...", "..."],
      ["http://evil.example/", "http%3A%2F%2Fevil.example%2F"],
      ["//evil.example", "%2F%2Fevil.example"],
      ["%2e%2e", "%252e%252e"],
      [{ a: 1, b: undefined }, "a,1"]
    ] as const
  ) {
    it(`${typeof value === "bigint" ? value : JSON.stringify(value)} becomes ${expanded}`, () => assert.strictEqual(get(Parameters.pathSegment(value)), expanded))
  }

  for (
    const [value, problem] of [
      [".", /change the path/],
      ["..", /change the path/],
      ["", /empty/],
      [null, /empty/],
      [undefined, /empty/],
      [[], /empty/],
      [[""], /empty/],
      [["."], /change the path/],
      ["\ud800", /surrogate/],
      ["a\udc00b", /surrogate/],
      [[1, [2]], /nested/],
      [{ a: { b: 1 } }, /nested/],
      [{ "\ud800": 1 }, /surrogate/],
      [() => 1, /text, number/],
      [Symbol("x"), /text, number/]
    ] as const
  ) {
    it(`${typeof value === "symbol" || typeof value === "function" ? typeof value : JSON.stringify(value)} is refused`, () => {
      const result = Parameters.pathSegment(value)
      assert.match(Result.isFailure(result) ? result.failure : `accepted: ${result.success}`, problem)
    })
  }

  // any UTF-16, lone surrogates included, and much of what URLs give a meaning to
  const anything = FastCheck.oneof(
    FastCheck.array(FastCheck.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes)),
    FastCheck.array(FastCheck.constantFrom(".", "..", "/", "\\", "%", "%2f", "%2e", "%00", "@", ":", "?", "#", "//", "http:", "evil.example", "\t", "\n", "\r", " "), { maxLength: 6 })
      .map((parts) => parts.join(""))
  )

  it("whatever the text, origin, prefix and what follows stay", () => {
    const base = new URL("https://api.example.com/v1")
    FastCheck.assert(FastCheck.property(anything, (text) => {
      const segment = Parameters.pathSegment(text)
      if (Result.isFailure(segment)) {
        assert.isTrue(text === "" || text === "." || text === ".." || !text.isWellFormed(), `${JSON.stringify(text)}: ${segment.failure}`)
        return
      }
      const url = joinPath(base, `/items/${segment.success}/end?x=1`)
      assert.strictEqual(url.origin, base.origin)
      assert.strictEqual(url.search, "?x=1")
      assert.strictEqual(url.hash, "")
      const parts = url.pathname.split("/")
      assert.deepStrictEqual([parts.length, parts[1], parts[2], parts[4]], [5, "v1", "items", "end"])
      assert.strictEqual(decodeURIComponent(parts[3] ?? ""), text)
    }), { numRuns: 2_000, seed: 1 })
  })

  it("a value that is a path keeps its slashes, and nothing else changes the path", () => {
    const base = new URL("https://api.example.com/v1")
    FastCheck.assert(FastCheck.property(anything, FastCheck.boolean(), (text, leading) => {
      const path = Parameters.pathSegments(text, leading)
      if (Result.isFailure(path)) return
      const url = joinPath(base, `/files${leading ? "" : "/"}${path.success}`)
      assert.strictEqual(url.origin, base.origin)
      assert.isTrue(url.pathname.startsWith("/v1/files/"), url.href)
      assert.strictEqual(url.search + url.hash, "")
      assert.strictEqual(decodeURIComponent(path.success), text === "/" || !text.endsWith("/") ? text : text.slice(0, -1))
    }), { numRuns: 2_000, seed: 2 })
  })
})

describe("values that are paths", () => {
  for (
    const [value, leading, path] of [
      ["a/b c/d", false, "a/b%20c/d"],
      ["/a/b", true, "/a/b"],
      ["/", true, "/"],
      ["/a/", true, "/a"],
      ["a/", false, "a"],
      ["a%2fb/c", false, "a%252fb/c"],
      ["a?b#c/d", false, "a%3Fb%23c/d"]
    ] as const
  ) {
    it(`${value} becomes ${path}`, () => assert.strictEqual(get(Parameters.pathSegments(value, leading)), path))
  }
  for (
    const [value, leading] of [
      ["a", true],
      ["/a", false],
      ["", false],
      ["", true],
      ["../a", false],
      ["a/../b", false],
      ["a/./b", false],
      ["a//b", false],
      ["//evil.example", true],
      ["/..", true],
      ["a/\ud800", false]
    ] as const
  ) {
    it(`${JSON.stringify(value)} ${leading ? "with" : "without"} a leading slash is refused`, () => assert.isTrue(Result.isFailure(Parameters.pathSegments(value, leading))))
  }
})

describe("query: form expansion (RFC 6570 sections 3.2.8 and 3.2.9)", () => {
  for (
    const [name, value, explode, expanded] of [
      ["who", rfc.who, true, "who=fred"],
      ["half", rfc.half, true, "half=50%25"],
      ["x", rfc.x, true, "x=1024"],
      ["empty", rfc.empty, true, "empty="],
      ["undef", rfc.undef, true, ""],
      ["list", rfc.list, false, "list=red,green,blue"],
      ["list", rfc.list, true, "list=red&list=green&list=blue"],
      ["keys", rfc.keys, false, "keys=semi,%3B,dot,.,comma,%2C"],
      ["keys", rfc.keys, true, "semi=%3B&dot=.&comma=%2C"],
      ["list", [], true, ""],
      ["list", [], false, ""],
      ["keys", rfc.emptyKeys, true, ""],
      ["keys", rfc.emptyKeys, false, ""],
      ["list", [""], false, "list="],
      ["list", [1, undefined, 2], false, "list=1,2"],
      ["list", [1, undefined, 2], true, "list=1&list=2"],
      ["keys", { a: undefined, b: 1 }, false, "keys=b,1"],
      ["a b&c=d", "e f&g=h+i", true, "a%20b%26c%3Dd=e%20f%26g%3Dh%2Bi"],
      ["q", null, true, "q="],
      ["日", "本", true, "%E6%97%A5=%E6%9C%AC"],
      ["list", ["a,b", "c"], false, "list=a%2Cb,c"],
      ["keys", { "a&b": "c=d" }, true, "a%26b=c%3Dd"]
    ] as const
  ) {
    it(`${name} = ${JSON.stringify(value)}${explode ? ", exploded" : ""}: ${expanded}`, () => assert.strictEqual(query(name, value, "form", explode), expanded))
  }
})

describe("query: the styles of OpenAPI 3.1", () => {
  const array = ["blue", "black", "brown"]
  const object = { R: 100, G: 200, B: 150 }
  for (
    const [style, explode, value, expanded] of [
      ["form", false, array, "color=blue,black,brown"],
      ["form", true, array, "color=blue&color=black&color=brown"],
      ["form", false, object, "color=R,100,G,200,B,150"],
      ["form", true, object, "R=100&G=200&B=150"],
      ["spaceDelimited", false, array, "color=blue%20black%20brown"],
      ["spaceDelimited", true, array, "color=blue%20black%20brown"],
      ["spaceDelimited", false, object, "color=R%20100%20G%20200%20B%20150"],
      ["pipeDelimited", false, array, "color=blue%7Cblack%7Cbrown"],
      ["tabDelimited", false, array, "color=blue%09black%09brown"],
      ["pipeDelimited", false, object, "color=R%7C100%7CG%7C200%7CB%7C150"],
      ["deepObject", true, object, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"],
      ["deepObject", true, { "a]b": 1 }, "color%5Ba%5Db%5D=1"],
      ["deepObject", true, {}, ""],
      ["form", false, "blue", "color=blue"],
      ["form", false, "", "color="]
    ] as const
  ) {
    it(`${style}${explode ? ", exploded" : ""}, ${JSON.stringify(value)}: ${expanded}`, () => assert.strictEqual(query("color", value, style, explode), expanded))
  }

  for (
    const [style, explode, value] of [
      ["deepObject", true, [1]],
      ["deepObject", true, { a: { b: 1 } }],
      ["deepObject", true, { a: [1] }],
      ["form", true, [[1]]],
      ["form", false, [{ a: 1 }]],
      ["form", true, { a: { b: 1 } }],
      ["pipeDelimited", false, { a: [1] }],
      ["form", true, "\ud800"],
      ["form", true, { "\ud800": 1 }],
      ["form", false, ["\udfff"]],
      ["form", true, () => 1]
    ] as const
  ) {
    it(`${style}: ${typeof value === "function" ? "a function" : JSON.stringify(value)} is refused`, () => {
      const out: Array<string> = []
      assert.isDefined(Parameters.query("color", value, style, explode, out))
    })
  }
  it("a name with a lone surrogate is refused", () => assert.isDefined(Parameters.query("\ud800", 1, "form", true, [])))
})

describe("path values, exploded (RFC 6570 section 3.2.2)", () => {
  for (
    const [value, expanded] of [
      [rfc.list, "red,green,blue"],
      [rfc.keys, "semi=%3B,dot=.,comma=%2C"],
      [rfc.var, "value"]
    ] as const
  ) {
    it(`${JSON.stringify(value)} becomes ${expanded}`, () => assert.strictEqual(get(Parameters.pathSegment(value, true)), expanded))
  }
  it("what would change the path is refused all the same", () => {
    for (const value of ["", ".", "..", [], {}]) assert.isTrue(Result.isFailure(Parameters.pathSegment(value, true)))
  })
})

describe("labels (RFC 6570 section 3.2.5)", () => {
  for (
    const [value, explode, expanded] of [
      [rfc.who, false, ".fred"],
      [rfc.half, false, ".50%25"],
      [rfc.list, false, ".red,green,blue"],
      [rfc.list, true, ".red.green.blue"],
      [rfc.keys, false, ".semi,%3B,dot,.,comma,%2C"],
      [rfc.keys, true, ".semi=%3B.dot=..comma=%2C"],
      [rfc.var, false, ".value"],
      [5, true, ".5"]
    ] as const
  ) {
    it(`${JSON.stringify(value)}${explode ? ", exploded" : ""}: ${expanded}`, () => assert.strictEqual(get(Parameters.label(value, explode)), expanded))
  }
  it("what would change the path is refused", () => {
    for (const [value, explode] of [["", false], [".", false], [[""], true], [["", ""], true], [[], false], [{}, true]] as const) {
      assert.isTrue(Result.isFailure(Parameters.label(value, explode)), JSON.stringify(value))
    }
    assert.strictEqual(get(Parameters.label("a/../b")), ".a%2F..%2Fb")
  })
})

describe("matrices (RFC 6570 section 3.2.7)", () => {
  for (
    const [name, value, explode, expanded] of [
      ["who", rfc.who, false, ";who=fred"],
      ["half", rfc.half, false, ";half=50%25"],
      ["empty", rfc.empty, false, ";empty"],
      ["v", rfc.v, false, ";v=6"],
      ["list", rfc.list, false, ";list=red,green,blue"],
      ["list", rfc.list, true, ";list=red;list=green;list=blue"],
      ["keys", rfc.keys, false, ";keys=semi,%3B,dot,.,comma,%2C"],
      ["keys", rfc.keys, true, ";semi=%3B;dot=.;comma=%2C"],
      ["a b", "c;d/e", false, ";a%20b=c%3Bd%2Fe"]
    ] as const
  ) {
    it(`${name} = ${JSON.stringify(value)}${explode ? ", exploded" : ""}: ${expanded}`, () => assert.strictEqual(get(Parameters.matrix(name, value, explode)), expanded))
  }
  it("nothing at all, and what cannot be encoded, is refused", () => {
    for (const value of [[], {}, "\ud800", [[1]], () => 1]) assert.isTrue(Result.isFailure(Parameters.matrix("x", value)))
    assert.isTrue(Result.isFailure(Parameters.matrix("\ud800", 1)))
  })
})

describe("reserved expansion (RFC 6570 section 3.2.3), as far as a query allows it", () => {
  for (
    const [value, expanded] of [
      [rfc.var, "value"],
      [rfc.hello, "Hello%20World!"],
      [rfc.half, "50%25"],
      [rfc.base, "http://example.com/home/"],
      [rfc.path, "/foo/bar"],
      ["a%20b%2Fc%zz", "a%20b%2Fc%25zz"],
      [":/?#[]@!$&'()*+,;=", ":/?%23%5B%5D@!$%26'()*+,;="],
      ["é", "%C3%A9"]
    ] as const
  ) {
    it(`${value} becomes ${expanded}`, () => assert.strictEqual(get(Parameters.encodeReserved(value)), expanded))
  }
  it("of a query's values, never its names", () => {
    const out: Array<string> = []
    Parameters.query("a/b", ["c/d", "e,f"], "form", false, out, true)
    Parameters.query("q", { "x/y": "z/w" }, "form", true, out, true)
    assert.strictEqual(out.join("&"), "a%2Fb=c/d,e,f&x%2Fy=z/w")
    assert.isDefined(Parameters.query("q", "\ud800", "form", true, [], true))
  })
  it("whatever the value, the query has one pair, and the URL no fragment", () => {
    FastCheck.assert(FastCheck.property(FastCheck.string({ unit: "binary" }), (text) => {
      const out: Array<string> = []
      if (Parameters.query("q", text, "form", true, out, true) !== undefined) return
      const url = new URL(`https://api.test/x?${out.join("&")}`)
      assert.strictEqual(url.hash, "")
      assert.deepStrictEqual([...url.searchParams.keys()], ["q"])
    }), { numRuns: 1_000, seed: 3 })
  })
})

describe("numbers too long for a double", () => {
  const long = parseExactly("[9223372036854775807]") as ReadonlyArray<unknown>
  it("are written digit by digit wherever they stand", () => {
    assert.strictEqual(get(Parameters.pathSegment(long[0])), "9223372036854775807")
    assert.strictEqual(get(Parameters.label(long)), ".9223372036854775807")
    assert.strictEqual(get(Parameters.matrix("id", long[0], true)), ";id=9223372036854775807")
    assert.strictEqual(query("id", long[0]), "id=9223372036854775807")
    assert.strictEqual(query("id", { a: long[0] }, "deepObject"), "id%5Ba%5D=9223372036854775807")
    assert.strictEqual(get(Parameters.header(long)), "9223372036854775807")
    assert.strictEqual(get(Parameters.cookie("id", long[0], true)), "id=9223372036854775807")
  })
})

describe("headers and cookies", () => {
  for (
    const [value, text] of [
      ["a b", "a b"],
      [5, "5"],
      [["a", "b"], "a,b"],
      [{ R: 100, G: 200 }, "R,100,G,200"],
      [null, ""],
      [false, "false"]
    ] as const
  ) {
    it(`header ${JSON.stringify(value)}: ${text}`, () => assert.strictEqual(get(Parameters.header(value)), text))
  }
  it("a header's members may be exploded", () => {
    assert.strictEqual(get(Parameters.header({ R: 100, G: 200 }, true)), "R=100,G=200")
    assert.strictEqual(get(Parameters.header(["a", "b"], true)), "a,b")
  })
  it("a header holds nothing nested", () => {
    for (const value of [[[1]], [{ a: 1 }], { a: { b: 1 } }, { a: [1] }]) assert.isTrue(Result.isFailure(Parameters.header(value)), JSON.stringify(value))
  })
  it("a cookie value is percent-encoded", () => {
    assert.strictEqual(get(Parameters.cookie("sid", "a;b, c=\"d\"\r\n")), "sid=a%3Bb%2C%20c%3D%22d%22%0D%0A")
    assert.strictEqual(get(Parameters.cookie("ids", [1, 2])), "ids=1,2")
    assert.strictEqual(get(Parameters.cookie("ids", [1, 2], true)), "ids=1; ids=2")
    assert.strictEqual(get(Parameters.cookie("c", { R: 100, G: ";" })), "c=R,100,G,%3B")
    assert.strictEqual(get(Parameters.cookie("c", { R: 100, "G;": ";" }, true)), "R=100; G%3B=%3B")
    assert.isUndefined(get(Parameters.cookie("c", [])))
    assert.isTrue(Result.isFailure(Parameters.cookie("sid", { a: { b: 1 } })))
    assert.isTrue(Result.isFailure(Parameters.cookie("sid", "\ud800")))
  })
})
