import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import { type Challenge, formatChallenge, formatParameters, parseChallenges, parseInfo } from "../../src/wire/challenge.ts"

type Read = ReadonlyArray<readonly [scheme: string, token: string | undefined, parameters: Readonly<Record<string, string>>]>
const plain = (challenges: ReadonlyArray<Challenge>): Read => challenges.map(({ parameters, scheme, token }) => [scheme, token, Object.fromEntries(parameters)] as const)
const read = (...fields: ReadonlyArray<string>): Read => plain(parseChallenges(fields))

describe("challenges as RFC 9110 section 11.6.1 writes them", () => {
  const rows: ReadonlyArray<readonly [field: string, challenges: Read]> = [
    [`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""`, [["Basic", undefined, { realm: "simple" }], ["Newauth", undefined, { realm: "apps", type: "1", title: "Login to \"apps\"" }]]],
    ["Negotiate", [["Negotiate", undefined, {}]]],
    ["Negotiate, NTLM, Basic realm=x", [["Negotiate", undefined, {}], ["NTLM", undefined, {}], ["Basic", undefined, { realm: "x" }]]],
    ["Negotiate oYG2MIGzoAMKAQA=, NTLM TlRMTVNTUAAC==", [["Negotiate", "oYG2MIGzoAMKAQA=", {}], ["NTLM", "TlRMTVNTUAAC==", {}]]],
    ["Negotiate a", [["Negotiate", "a", {}]]],
    ["X -._~+/", [["X", "-._~+/", {}]]],
    [`Digest realm = "a" ,\tnonce= b`, [["Digest", undefined, { realm: "a", nonce: "b" }]]],
    [`Digest REALM="a",Realm="b"`, [["Digest", undefined, { realm: "a" }]]],
    [" , ,Basic realm=a,, ,NTLM ,", [["Basic", undefined, { realm: "a" }], ["NTLM", undefined, {}]]],
    [`Basic realm=""`, [["Basic", undefined, { realm: "" }]]],
    [`Basic realm="\\a\\\\\\""`, [["Basic", undefined, { realm: "a\\\"" }]]]
  ]
  for (const [field, challenges] of rows) it(field, () => assert.deepStrictEqual(read(field), challenges))

  it("a parameter belongs to the challenge before it, in whichever field that is (section 5.3)", () =>
    assert.deepStrictEqual(read("Basic realm=a, Digest realm=b", "nonce=c, NTLM"), [["Basic", undefined, { realm: "a" }], ["Digest", undefined, { realm: "b", nonce: "c" }], ["NTLM", undefined, {}]]))
})

describe("what makes no sense is dropped, and what stands beside it is kept", () => {
  const rows: ReadonlyArray<readonly [field: string, challenges: Read]> = [
    ["", []],
    ["realm=a", []],
    ["@@@, NTLM", [["NTLM", undefined, {}]]],
    [`Digest realm="a", nonce=, qop="auth", NTLM`, [["Digest", undefined, { realm: "a", qop: "auth" }], ["NTLM", undefined, {}]]],
    // what may have been a challenge does not give its parameters to another one
    [`Basic realm="a", F@o realm="b", charset=utf-8, NTLM`, [["Basic", undefined, { realm: "a" }], ["NTLM", undefined, {}]]],
    ["Basic @ realm=b, NTLM", [["Basic", undefined, {}], ["NTLM", undefined, {}]]],
    [`Digest qop=auth;opaque="a, Basic realm=x", nonce=b`, [["Digest", undefined, { qop: "auth;opaque=", nonce: "b" }]]],
    [`Bearer realm="a" error="b", NTLM`, [["Bearer", undefined, { realm: "a" }], ["NTLM", undefined, {}]]],
    ["Digest nonce=a/b==, realm=c", [["Digest", undefined, { nonce: "a/b==", realm: "c" }]]],
    ["NTLM, a==", [["NTLM", undefined, {}]]],
    ["__proto__ __proto__=a, constructor=b", [["__proto__", undefined, { ["__proto__"]: "a", constructor: "b" }]]]
  ]
  for (const [field, challenges] of rows) it(field === "" ? "nothing" : field, () => assert.deepStrictEqual(read(field), challenges))

  it("a field that is longer than any real one is not read, the others are", () =>
    assert.deepStrictEqual(read(`Basic realm="${"a".repeat(70_000)}"`, "NTLM"), [["NTLM", undefined, {}]]))
})

describe("[security 42] a quoted string holds no challenge", () => {
  for (
    const field of [
      `Digest realm="a\\", Basic realm=x", nonce=b`,
      `Digest realm="a, Basic realm=x", nonce=b`,
      `Digest nonce=b, realm="a\\\\\\", Basic realm=\\"x"`,
      `Digest nonce=b, realm="a, Basic realm=x`,
      `Digest nonce=b, realm="a\\", Basic realm=x\\`,
      `Digest nonce=b, j@nk "a, Basic realm=x"`,
      `Digest nonce=b, realm=a"b, Basic realm=x"`,
      `Digest "a, Basic realm=x", nonce=b`,
      `"a, Basic realm=x", Digest nonce=b`
    ]
  ) {
    it(field, () => {
      const found = parseChallenges([field])
      assert.deepStrictEqual(found.map(({ scheme }) => scheme), ["Digest"])
      assert.strictEqual(found[0]?.parameters.get("nonce"), "b")
    })
  }
})

const token = FastCheck.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,8}$/)
const token68 = FastCheck.stringMatching(/^[A-Za-z0-9\-._~+/]{1,12}={0,2}$/)
// what may stand in a quoted string, the troublemakers more often
const text = FastCheck.string({ unit: FastCheck.oneof(FastCheck.constantFrom("\"", "\\", ",", "=", " ", "\t"), FastCheck.stringMatching(/^[\x20-\x7e\x80-\xff]$/)), maxLength: 12 })
const challenge: FastCheck.Arbitrary<Challenge> = FastCheck.oneof(
  FastCheck.record({ scheme: token, token: token68, parameters: FastCheck.constant<ReadonlyMap<string, string>>(new Map()) }),
  FastCheck.record({
    scheme: token,
    token: FastCheck.constant(undefined),
    parameters: FastCheck.uniqueArray(FastCheck.tuple(token.map((name) => name.toLowerCase()), text), { selector: ([name]) => name, maxLength: 4 }).map((pairs) => new Map(pairs))
  })
)

describe("whatever comes", () => {
  it("what is written is read again", () =>
    FastCheck.assert(FastCheck.property(FastCheck.array(challenge, { maxLength: 5 }), (challenges) =>
      assert.deepStrictEqual(read(challenges.map(formatChallenge).join(", ")), plain(challenges)))))

  it("several fields are one list, wherever it is split", () =>
    FastCheck.assert(FastCheck.property(FastCheck.array(FastCheck.tuple(challenge, FastCheck.boolean()), { maxLength: 5 }), FastCheck.boolean(), (all, inParameters) => {
      const fields: Array<string> = []
      for (const [one, split] of all) {
        const [first = "", ...rest] = inParameters && one.token === undefined
          ? [...one.parameters].map(([name, value], i) => `${i === 0 ? `${one.scheme} ` : ""}${formatParameters([{ name, value }])}`)
          : [formatChallenge(one)]
        const start = first === "" ? one.scheme : first
        if (split || fields.length === 0) fields.push(start, ...rest)
        else fields.push(`${fields.pop()}, ${start}`, ...rest)
      }
      assert.deepStrictEqual(read(...fields), plain(all.map(([one]) => one)))
    })))

  it("quoted or not, a parameter of Authentication-Info is read", () =>
    FastCheck.assert(FastCheck.property(FastCheck.uniqueArray(FastCheck.tuple(token.map((name) => name.toLowerCase()), text), { selector: ([name]) => name }), (pairs) =>
      assert.deepStrictEqual([...parseInfo(formatParameters(pairs.map(([name, value]) => ({ name, value }))))], pairs))))

  it("Authentication-Info has parameters only, and of a repeated one the first counts", () =>
    assert.deepStrictEqual([...parseInfo(`nextnonce="a", Basic, qop=auth , @@, rspauth="b",nextnonce=c, nc=00000001`)], [["nextnonce", "a"], ["qop", "auth"], ["rspauth", "b"], ["nc", "00000001"]]))

  it("nothing throws, and no field gives more than it holds", () => {
    const pieces = FastCheck.constantFrom("Basic", "Digest ", " realm=", "nonce=\"", "\"", "\\", ",", "=", " ", "==", "a", "@", "\t", "é", "\u0000", "\ud800", "€")
    FastCheck.assert(FastCheck.property(FastCheck.array(FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.string({ unit: pieces })), { maxLength: 4 }), (fields) => {
      const found = parseChallenges(fields)
      parseInfo(fields.join(","))
      const length = found.reduce((sum, { parameters, scheme, token: data = "" }) => sum + scheme.length + data.length + [...parameters].join("").length, 0)
      assert.isAtMost(length, 2 * fields.join("").length)
    }), { numRuns: 2000 })
  })
})

/** A text that counts how often somebody looks at one of its characters. */
class Watched extends String {
  looks = 0
  override charCodeAt(at: number): number {
    this.looks++
    return super.charCodeAt(at)
  }
  override slice(start?: number, end?: number): string {
    const part = super.slice(start, end)
    this.looks += part.length
    return part
  }
}
const looks = (field: string): number => {
  const watched = new Watched(field)
  // the scanner uses nothing of a text but its length and these two
  parseChallenges([watched as unknown as string])
  return watched.looks
}

describe("[security 35] the work grows as the text does", () => {
  const units = [
    "a", "=", ",", "\"", "\\", " ", "\\\"", "a ", "a=", "a=b,", "a b,", "Basic ", "a b c ", "\"a\" ", "a=\"", "a=\\\"", "==,", "a a=,", "Basic a=\"b\",", "@", "a@,", "\" ,", "a=b\"", "A b=,\"", "\t\t,", "Negotiate AAAA==,"
  ]
  for (const before of ["", "Basic ", "Basic realm=\"", "Basic realm=\"\\"]) {
    it(`after ${JSON.stringify(before)}`, () => {
      for (const unit of units) {
        const of = (length: number) => looks(before + unit.repeat(Math.ceil(length / unit.length)))
        assert.isAtMost(of(32_000), 10 * 32_000, JSON.stringify(unit))
        // eight times the text, eight times the work
        assert.isAtMost(of(32_000) / of(4_000), 9, JSON.stringify(unit))
      }
    })
  }

  it("for any text", () =>
    FastCheck.assert(FastCheck.property(FastCheck.array(FastCheck.constantFrom(...units), { maxLength: 50 }), FastCheck.integer({ min: 1, max: 50 }), (parts, times) => {
      const field = parts.join("").repeat(times)
      assert.isAtMost(looks(field), 10 * field.length + 10)
    })))
})
