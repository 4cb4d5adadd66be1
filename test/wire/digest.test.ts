import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as FastCheck from "fast-check"
import { createHash } from "node:crypto"
import { parseChallenges } from "../../src/wire/challenge.ts"
import * as Digest from "../../src/wire/digest.ts"

const offerOf = (...fields: ReadonlyArray<string>): Digest.DigestOffer => {
  const challenge = Digest.strongest(parseChallenges(fields))
  if (challenge === undefined) throw new Error("no challenge of Digest")
  return Result.getOrThrow(Digest.readOffer(challenge))
}

interface Given {
  readonly user?: Digest.DigestUser
  readonly cnonce?: string
  readonly count?: number
  readonly method?: string
  readonly target?: string
  readonly body?: string | Uint8Array | undefined
}
const mufasa: Digest.DigestUser = { username: "Mufasa", password: "Circle of Life" }

const use = (offer: Digest.DigestOffer, { body = "", cnonce = "c", count = 1, method = "GET", target = "/", user = mufasa }: Given, inMemory = false): Digest.DigestUse => ({
  offer, key: Digest.keyOf(offer, user, cnonce), qop: Result.getOrThrow(Digest.qopFor(offer, inMemory)), count, cnonce, method, target, body
})
const answer = (offer: Digest.DigestOffer, given: Given, inMemory = false): ReadonlyMap<string, string> =>
  parseChallenges([Digest.format(use(offer, given, inMemory), given.user ?? mufasa)])[0]?.parameters ?? new Map()

/** the definitions of RFC 7616 section 3.4, by another library */
const h = (algorithm: "md5" | "sha256" | "sha512-256", ...parts: ReadonlyArray<string>) => createHash(algorithm).update(parts.join(":"), "utf8").digest("hex")

describe("the examples of the RFCs", () => {
  const example = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
  const given: Given = { cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", target: "/dir/index.html" }

  it("RFC 7616 section 3.9.1", () => {
    const offer = offerOf(example("SHA-256"), example("MD5"))
    assert.strictEqual(
      Digest.format(use(offer, given), mufasa),
      `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, `
        + `cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
    )
    assert.strictEqual(answer(offerOf(example("MD5")), given).get("response"), "8ca523f5e9506fed4657c9700eebdbec")
  })

  it("RFC 7616 section 3.9.2, with the values of erratum 4897", () => {
    const offer = offerOf(
      `Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true`
    )
    const got = answer(offer, { user: { username: "Jäsøn Doe", password: "Secret, or not?" }, cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", target: "/doe.json" })
    assert.strictEqual(got.get("username"), "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b")
    assert.strictEqual(got.get("response"), "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5")
    assert.strictEqual(got.get("userhash"), "true")
  })

  it("RFC 2617 section 3.5", () => {
    const offer = offerOf(`Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`)
    const got = answer(offer, { user: { username: "Mufasa", password: "Circle Of Life" }, cnonce: "0a4f113b", target: "/dir/index.html" })
    assert.strictEqual(got.get("response"), "6629fae49393a05397450978507c4ef1")
    // a server that names no algorithm gets none back
    assert.isFalse(got.has("algorithm"))
  })

  it("RFC 2069 section 2.4, with the value of erratum 749", () => {
    const offer = offerOf(`Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`)
    const got = answer(offer, { user: { username: "Mufasa", password: "CircleOfLife" }, target: "/dir/index.html" })
    assert.strictEqual(got.get("response"), "1949323746fe6a43ef61f9606e7febea")
    assert.deepStrictEqual([...got.keys()], ["username", "realm", "uri", "nonce", "response", "opaque"])
  })
})

describe("what goes into an answer", () => {
  const challenge = (more: string) => offerOf(`Digest realm="r", nonce="n", ${more}`)
  const body = "{\"a\":\"ä\"}"

  for (const [name, algorithm] of [["MD5", "md5"], ["SHA-256", "sha256"], ["SHA-512-256", "sha512-256"]] as const) {
    const own = h(algorithm, "Mufasa", "r", "Circle of Life")
    it(`${name}: auth, auth-int, and both with -sess`, () => {
      const given: Given = { body, method: "PUT", target: "/x?y=1", count: 0x1f }
      const plain = h(algorithm, "PUT", "/x?y=1")
      const signed = h(algorithm, "PUT", "/x?y=1", h(algorithm, body))
      const sess = h(algorithm, own, "n", "c")
      assert.strictEqual(answer(challenge(`algorithm=${name}, qop=auth`), given, true).get("response"), h(algorithm, own, "n", "0000001f", "c", "auth", plain))
      assert.strictEqual(answer(challenge(`algorithm=${name}, qop="auth-int,auth"`), given, true).get("response"), h(algorithm, own, "n", "0000001f", "c", "auth-int", signed))
      assert.strictEqual(answer(challenge(`algorithm=${name.toLowerCase()}-SESS, qop=auth`), given).get("response"), h(algorithm, sess, "n", "0000001f", "c", "auth", plain))
      assert.strictEqual(
        answer(challenge(`algorithm=${name}-sess, qop=auth-int`), { ...given, body: new TextEncoder().encode(body) }, true).get("response"),
        h(algorithm, sess, "n", "0000001f", "c", "auth-int", signed)
      )
    })

    it(`${name}: the server's proof is checked (section 3.5)`, () => {
      const one = use(challenge(`algorithm=${name}, qop=auth`), { target: "/x" })
      const proof = h(algorithm, own, "n", "00000001", "c", "auth", h(algorithm, "", "/x"))
      const answered = new TextEncoder().encode("answer")
      const withBody = h(algorithm, own, "n", "00000001", "c", "auth-int", h(algorithm, "", "/x", h(algorithm, "answer")))
      assert.deepStrictEqual(Digest.readInfo(one, `rspauth="${proof}", cnonce="c", nc=00000001, qop=auth`, undefined), { nextNonce: undefined, proven: true })
      assert.isTrue(Digest.readInfo(one, `rspauth="${proof.toUpperCase()}"`, undefined).proven)
      assert.isFalse(Digest.readInfo(one, `rspauth="${proof.replace(/.$/, (last) => last === "0" ? "1" : "0")}"`, undefined).proven)
      assert.isFalse(Digest.readInfo(one, `rspauth=""`, undefined).proven)
      assert.isTrue(Digest.readInfo(one, `rspauth="${withBody}", qop=auth-int`, answered).proven)
      assert.isFalse(Digest.readInfo(one, `rspauth="${withBody}", qop=auth-int`, new Uint8Array(1)).proven)
      // a body that is not at hand proves nothing either way
      assert.isUndefined(Digest.readInfo(one, `rspauth="${withBody}", qop=auth-int`, undefined).proven)
      assert.deepStrictEqual(Digest.readInfo(one, `nextnonce="next"`, undefined), { nextNonce: "next", proven: undefined })
    })
  }

  it("quotes and backslashes come back as they came", () => {
    const offer = offerOf(`Digest realm="a \\"b\\" \\\\c", nonce="n", qop=auth`)
    const text = Digest.format(use(offer, { user: { username: "x\"y\\z", password: "p" } }), { username: "x\"y\\z", password: "p" })
    assert.include(text, `username="x\\"y\\\\z", realm="a \\"b\\" \\\\c"`)
    assert.strictEqual(answer(offer, {}).get("response"), h("md5", h("md5", "Mufasa", "a \"b\" \\c", "Circle of Life"), "n", "00000001", "c", "auth", h("md5", "GET", "/")))
  })

  it("characters outside ASCII: UTF-8, or what the caller says for servers that do not", () => {
    const user = (more: Partial<Digest.DigestUser> = {}): Digest.DigestUser => ({ username: "zoë", password: "pässwörd", ...more })
    const response = (text: string, encoding: "utf8" | "latin1", name = "zoë") =>
      h("md5", createHash("md5").update(`${name}:r:${text}`, encoding).digest("hex"), "n", "00000001", "c", "auth", h("md5", "GET", "/"))
    const rows: ReadonlyArray<readonly [more: string, user: Digest.DigestUser, parameter: string, value: string, response: string]> = [
      ["qop=auth", user(), "username", "zo\u00c3\u00ab", response("pässwörd", "utf8")],
      ["qop=auth", user({ charset: "iso-8859-1" }), "username", "zoë", response("pässwörd", "latin1")],
      // what ISO 8859-1 cannot hold
      ["qop=auth", user({ charset: "iso-8859-1", username: "zoe", password: "pässwörd€" }), "username", "zoe", response("pässwörd€", "utf8", "zoe")],
      ["qop=auth, charset=utf-8", user({ charset: "iso-8859-1" }), "username*", "UTF-8''zo%C3%AB", response("pässwörd", "utf8")],
      ["qop=auth, charset=UTF-8", user({ username: "a b'*()\"é" }), "username*", "UTF-8''a%20b%27%2A%28%29%22%C3%A9", response("pässwörd", "utf8", "a b'*()\"é")],
      ["qop=auth, charset=UTF-8, userhash=true", user(), "username", h("md5", "zoë", "r"), response("pässwörd", "utf8")]
    ]
    for (const [more, who, parameter, value, expected] of rows) {
      const got = answer(challenge(more), { user: who })
      assert.deepStrictEqual([got.get(parameter), got.get("response")], [value, expected], more)
      assert.strictEqual([...got.keys()].filter((name) => name.startsWith("username")).length, 1)
    }
  })

  it("a realm that holds other bytes than ASCII is hashed as the bytes it came in", () => {
    // a server that writes UTF-8 gives a character a byte
    const offer = offerOf("Digest realm=\"caf\u00c3\u00a9\", nonce=n, qop=auth")
    assert.strictEqual(answer(offer, {}).get("response"), h("md5", h("md5", "Mufasa", "café", "Circle of Life"), "n", "00000001", "c", "auth", h("md5", "GET", "/")))
  })
})

describe("which challenge is answered", () => {
  const challenge = (more: string) => `Digest realm="r", nonce="n", ${more}`
  const chosen = (...more: ReadonlyArray<string>) => offerOf(...more.map(challenge)).algorithm
  it("the strongest, wherever it stands", () => {
    assert.strictEqual(chosen("algorithm=MD5, qop=auth", "algorithm=SHA-256, qop=auth"), "SHA-256")
    assert.strictEqual(chosen("algorithm=SHA-512-256, qop=auth", "algorithm=SHA-256-sess, qop=auth"), "SHA-512-256")
    assert.strictEqual(chosen("algorithm=MD5, qop=auth", "algorithm=md5-sess, qop=auth"), "md5-sess")
    assert.strictEqual(chosen("algorithm=SHA-1024, qop=auth", "algorithm=MD5, qop=auth"), "MD5")
  })

  const refused = (more: string) => Result.merge(Result.mapError(Digest.readOffer(parseChallenges([more])[0] ?? { scheme: "", token: undefined, parameters: new Map() }), ({ detail, reason }) => `${reason}: ${detail}`))
  it("what cannot be answered says why", () => {
    assert.strictEqual(refused(challenge("algorithm=SHA-1024, qop=auth")), "unavailable: its algorithm is none of MD5, SHA-256 and SHA-512-256")
    assert.strictEqual(refused(challenge("qop=\"conf\"")), "unavailable: its qop is neither auth nor auth-int")
    assert.strictEqual(refused(challenge("algorithm=SHA-256")), "unavailable: SHA-256 without a qop has no meaning")
    assert.strictEqual(refused(challenge("algorithm=MD5-sess")), "unavailable: MD5-sess without a qop has no meaning")
    assert.strictEqual(refused("Digest realm=r"), "protocol: its challenge has no nonce")
    assert.strictEqual(refused("Digest nonce=n"), "protocol: its challenge has no realm")
    assert.strictEqual(refused("Digest realm=\"a\u0001\", nonce=n"), "protocol: its challenge holds characters that cannot be sent back")
  })

  it("auth-int needs the body; with auth beside it a stream is sent unsigned", () => {
    const qop = (more: string, inMemory: boolean) => Result.merge(Result.mapError(Digest.qopFor(offerOf(challenge(more)), inMemory), ({ detail }) => detail))
    assert.strictEqual(qop("qop=\"auth,auth-int\"", true), "auth-int")
    assert.strictEqual(qop("qop=\"auth,auth-int\"", false), "auth")
    assert.strictEqual(qop("qop=auth-int", false), "the server wants the body signed (auth-int), and the body is a stream")
  })
})

describe("[security 9] the protection space", () => {
  const within = (domain: string, target: string) => Digest.isWithin(offerOf(`Digest realm=r, nonce=n, domain="${domain}"`).domain, "https://a.test:8443", target)
  it("is the server's where it names none, else what it names of this server", () => {
    assert.isTrue(within("", "/x"))
    assert.isTrue(within("/x", "/x/y?z"))
    assert.isFalse(within("/x", "/y"))
    assert.isTrue(within("/y https://a.test:8443/x", "/x/1"))
    assert.isFalse(within("https://b.test/ https://a.test/ http://a.test:8443/", "/x"))
    assert.isFalse(within("http://[", "/x"))
  })
  it("of a list that has no end only the beginning is looked at, since each request has to", () => {
    const domain = `/first ${"/z ".repeat(20_000)}/last`
    assert.isTrue(within(domain, "/first"))
    assert.isFalse(within(domain, "/last"))
    assert.isAtMost(offerOf(`Digest realm=r, nonce=n, domain="${domain}"`).domain.length, 100)
  })
})

it("whatever a server sends, an answer holds no character that a field may not", () =>
  FastCheck.assert(FastCheck.property(FastCheck.string({ unit: "binary" }), FastCheck.string({ unit: "binary" }), (realm, nonce) => {
    const offer = Digest.readOffer({ scheme: "Digest", token: undefined, parameters: new Map([["realm", realm], ["nonce", nonce], ["qop", "auth"]]) })
    if (Result.isSuccess(offer)) assert.match(Digest.format(use(offer.success, {}), mufasa), /^[\t\x20-\x7e\x80-\xff]*$/)
  })))
