import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { accountOf, accountProblem } from "../../src/wire/ntlm/account.ts"
import { authenticateMessage, type AuthenticateInput } from "../../src/wire/ntlm/authenticateMessage.ts"
import { flags, wanted } from "../../src/wire/ntlm/fields.ts"
import { md4 } from "../../src/wire/ntlm/md4.ts"
import { type ChallengeMessage, negotiateMessage, readChallenge } from "../../src/wire/ntlm/messages.ts"
import { channelBindingHash, fileTime, prove, responseKey } from "../../src/wire/ntlm/response.ts"
import { answerPairs, avId, readPairs, writePairs } from "../../src/wire/ntlm/targetInfo.ts"
import { decodeText, encodeText, upperCase } from "../../src/wire/ntlm/text.ts"

const hex = (value: Uint8Array) => Buffer.from(value).toString("hex")
const fromHex = (text: string) => new Uint8Array(Buffer.from(text.replace(/\s/g, ""), "hex"))
const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"))

/** a field of a message, read without the code under test */
const field = (message: Uint8Array, at: number): Buffer => {
  const bytes = Buffer.from(message)
  return bytes.subarray(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 4) + bytes.readUInt16LE(at))
}

describe("MD4", () => {
  it("RFC 1320 appendix A.5", () => {
    const vectors: ReadonlyArray<readonly [string, string]> = [
      ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
      ["a", "bde52cb31de33e46245e05fbdbd6fb24"],
      ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
      ["message digest", "d9130a8164549fe818874806e1c7014b"],
      ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
      ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"],
      ["12345678901234567890123456789012345678901234567890123456789012345678901234567890", "e33b4ddc9c38f2199c3e7b164fcc0536"]
    ]
    for (const [text, digest] of vectors) assert.strictEqual(hex(md4(new TextEncoder().encode(text))), digest)
  })

  it("around the ends of blocks, as pycryptodomex 3.24.2 computes it", () => {
    const digests: Readonly<Record<number, string>> = {
      1: "33f9a9fbd93ecca018b0387a4a6aec5d",
      55: "c6a669a78b6813629ef693acb83030d1",
      56: "7204c7f1a7b31c9bdd7faff410508295",
      57: "ac79c076361d46f92c6017c735cf0fe8",
      63: "f8c76c93c3e44a284e4f0a4124f8eba2",
      64: "fcbb886e8d1c3a29fe7486d79be0e879",
      65: "1990042fdccdd3c255180a8f2845bcc8",
      119: "dd4da2d50f950173c6ade4abc04c9782",
      120: "8b553f43976cb6fca8929e94cad27355",
      128: "4d15d1e9259954b8e0589d4a0b1d1763",
      200: "4536230b48693c5086e9dd6d7ddbebc0"
    }
    for (const [length, digest] of Object.entries(digests)) {
      const size = Number(length)
      assert.strictEqual(hex(md4(Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 255))), digest, length)
    }
  })
})

describe("names", () => {
  it("the forms of a user", () => {
    assert.deepStrictEqual(accountOf({ username: "CORP\\ada" }), { user: "ada", domain: "CORP" })
    assert.deepStrictEqual(accountOf({ username: "ada@corp.example" }), { user: "ada@corp.example", domain: "" })
    assert.deepStrictEqual(accountOf({ username: "ada" }), { user: "ada", domain: "" })
    assert.deepStrictEqual(accountOf({ username: "ada", domain: "CORP" }), { user: "ada", domain: "CORP" })
    assert.deepStrictEqual(accountOf({ username: "ada@corp.example", domain: "" }), { user: "ada@corp.example", domain: "" })
  })

  it("what cannot be sent is named without being shown", () => {
    const problem = (options: Partial<Parameters<typeof accountProblem>[0]>) => accountProblem({ username: "ada", password: "secret-1", ...options })
    assert.isUndefined(problem({}))
    assert.isUndefined(problem({ username: "Ж", password: "ключ\n🔑", domain: "D", workstation: "W" }))
    assert.match(problem({ username: "" }) ?? "", /user name/)
    assert.match(problem({ username: "CORP\\" }) ?? "", /user name/)
    assert.match(problem({ username: "a\nb" }) ?? "", /control/)
    assert.match(problem({ username: "a\u0000b\\c" }) ?? "", /domain without control/)
    assert.match(problem({ username: "a\ud800" }) ?? "", /surrogates/)
    assert.match(problem({ domain: "\udc00" }) ?? "", /domain without lone/)
    assert.match(problem({ workstation: "\u007f" }) ?? "", /workstation/)
    assert.match(problem({ password: "secret-1\ud800" }) ?? "", /^expected a password without lone surrogates$/)
    assert.match(problem({ username: "CORP\\ada", domain: "CORP" }) ?? "", /not both/)
    assert.match(problem({ username: "a".repeat(1025) }) ?? "", /1024/)
  })

  it("upper case as Windows makes it", () => {
    assert.strictEqual(upperCase("straße ﬁ ı ſ µ"), "STRAßE ﬁ ı ſ µ")
    assert.strictEqual(upperCase("zoë жук σς ÿ"), "ZOË ЖУК ΣΣ Ÿ")
    assert.strictEqual(upperCase("a🔑z"), "A🔑Z")
  })

  it("UTF-16LE, there and back", () => {
    fc.assert(fc.property(fc.array(fc.nat(0xffff)), (units) => {
      const text = String.fromCharCode(...units)
      assert.strictEqual(decodeText(encodeText(text)), text)
    }))
    assert.strictEqual(hex(encodeText("é€🔑")), Buffer.from("é€🔑", "utf16le").toString("hex"))
  })
})

describe("the key of a password (MS-NLMP section 3.3.2)", () => {
  it("NTOWFv2 of MS-NLMP section 4.2.4.1.1", () => {
    assert.strictEqual(hex(responseKey({ user: "User", domain: "Domain" }, "Password")), "0c868a403bfd7a93a3001ef22ef02e3f")
  })

  it("as impacket 0.13.1 computes it (ntlm.NTOWFv2)", () => {
    assert.strictEqual(hex(responseKey({ user: "alice", domain: "TESTDOM" }, "wonderland-1")), "db713ce5cb189eb45c98a829dc476d46")
    assert.strictEqual(hex(responseKey({ user: "zoe", domain: "TESTDOM" }, "pässwörd€")), "7ba377bf0dbc101fcddbc31988d18737")
    assert.strictEqual(hex(responseKey({ user: "zoë", domain: "Домен" }, "ключ🔑")), "34b76474b04a5c330dc36e2adda6ffda")
    assert.strictEqual(hex(responseKey({ user: "ada@example.com", domain: "" }, "secret")), "0cb8bc260c0255f0146da5b0942ea335")
  })

  it("the user's case does not matter, the domain's does", () => {
    const key = (user: string, domain: string) => hex(responseKey({ user, domain }, "Password"))
    assert.strictEqual(key("uSER", "Domain"), key("User", "Domain"))
    assert.notStrictEqual(key("User", "DOMAIN"), key("User", "Domain"))
  })
})

describe("the proof (MS-NLMP section 4.2.4)", () => {
  const targetInfo = fromHex("02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000")
  const input = { serverChallenge: fromHex("0123456789abcdef"), clientChallenge: fromHex("aaaaaaaaaaaaaaaa"), timestamp: new Uint8Array(8), targetInfo }

  it("temp, NTProofStr and session base key", () => {
    const { response, sessionKey } = prove(fromHex("0c868a403bfd7a93a3001ef22ef02e3f"), input)
    assert.strictEqual(hex(response.subarray(0, 16)), "68cd0ab851e51c96aabc927bebef6a1c")
    assert.strictEqual(
      hex(response.subarray(16)),
      "01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000"
    )
    assert.strictEqual(hex(sessionKey), "8de40ccadbc14a82f15cb0ad0de95ca3")
  })

  it("the clock of Windows", () => {
    assert.strictEqual(new DataView(fileTime(0).buffer).getBigUint64(0, true), 116_444_736_000_000_000n)
    assert.strictEqual(new DataView(fileTime(1_700_000_000_123.9).buffer).getBigUint64(0, true), 133_444_736_001_230_000n)
  })

  it("a channel binding, as ntlm-auth 1.5.0 computes it", () => {
    const hash = fromHex("e3ca49271e5089cc48ce82109f1324f41dbeddc29a777410c738f7868c4ff405")
    const binding = Uint8Array.of(...new TextEncoder().encode("tls-server-end-point:"), ...hash)
    assert.strictEqual(hex(channelBindingHash(binding)), "6ea19df066da4622051f9c4f92c6df74")
    assert.strictEqual(hex(channelBindingHash(undefined)), "00".repeat(16))
  })
})

describe("the first message (MS-NLMP section 2.2.1.1)", () => {
  it("40 bytes: version, no names, no signing, sealing or key exchange", () => {
    assert.strictEqual(hex(negotiateMessage()), "4e544c4d5353500001000000058288a2000000002800000000000000280000000a0000000000000f")
    assert.strictEqual(wanted, Object.values(flags).reduce((sum, flag) => sum + flag, 0))
    assert.strictEqual(Buffer.from(negotiateMessage()).readUInt32LE(12) & (0x10 | 0x20 | 0x4000_0000 | 0x80 | 0x2), 0)
  })
})

/** MS-NLMP section 4.2.4.3 */
const example = fromHex(`4e544c4d53535000 02000000 0c000c0038000000 33828ae2 0123456789abcdef 0000000000000000 2400240044000000 060070170000000f
  530065007200760065007200 02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000`)

const patched = (change: (view: DataView) => void): Uint8Array => {
  const copy = example.slice()
  change(new DataView(copy.buffer))
  return copy
}

describe("a challenge (MS-NLMP section 2.2.1.2)", () => {
  it("is read", () => {
    const challenge = Result.getOrThrow(readChallenge(example))
    assert.strictEqual(hex(challenge.challenge), "0123456789abcdef")
    assert.strictEqual(challenge.flags, 0xe28a8233)
    assert.deepStrictEqual(challenge.targetInfo.map(({ id, value }) => [id, decodeText(value)]), [[avId.netbiosDomain, "Domain"], [avId.netbiosComputer, "Server"]])
  })

  it("is refused where NTLMv2 with Unicode is not offered, and where it makes no sense", () => {
    const cases: ReadonlyArray<readonly [what: string, message: Uint8Array, why: RegExp]> = [
      ["nothing", new Uint8Array(0), /no message of NTLM/],
      ["another signature", patched((view) => view.setUint8(0, 0)), /no message of NTLM/],
      ["another type", patched((view) => view.setUint32(8, 3, true)), /no challenge/],
      ["cut off", example.subarray(0, 31), /cut off/],
      ["OEM text only", patched((view) => view.setUint32(20, 0xe28a8232, true)), /Unicode/],
      ["LM only", patched((view) => view.setUint32(20, 0xe28a8033, true)), /does not offer NTLM/],
      ["NTLMv1: no flag of target info", patched((view) => view.setUint32(20, 0xe20a8233, true)), /target info/],
      ["NTLMv1: the short form", patched((view) => view.setUint32(20, 0xe28a8233, true)).subarray(0, 40), /target info/],
      ["NTLMv1: an empty target info", patched((view) => view.setUint16(40, 0, true)), /target info/],
      ["a target name outside", patched((view) => view.setUint32(16, 0xffff_fff0, true)), /points outside/],
      ["a target info outside", patched((view) => view.setUint32(44, example.length - 35, true)), /points outside/],
      ["a pair that is longer than all", patched((view) => view.setUint16(70, 0xffff, true)), /cut off/],
      ["a huge target info", Uint8Array.of(...patched((view) => view.setUint16(40, 20_000, true)), ...new Uint8Array(20_000)), /more than 16384/]
    ]
    for (const [what, message, why] of cases) {
      const result = readChallenge(message)
      assert.isTrue(Result.isFailure(result), what)
      if (Result.isFailure(result)) assert.match(result.failure, why, what)
    }
  })

  it("never throws, whatever the bytes are", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => void readChallenge(bytes)), { numRuns: 2000 })
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(example.length - 1), fc.nat(255))), fc.nat(example.length), (changes, length) => {
      const bytes = example.slice(0, length)
      for (const [at, byte] of changes) if (at < length) bytes[at] = byte
      void readChallenge(bytes)
    }), { numRuns: 2000 })
  })
})

describe("what the client adds to the target info (MS-NLMP section 3.1.5.1.2)", () => {
  const own = { channelBindings: fromHex("11".repeat(16)), targetName: encodeText("HTTP/x") }
  const pairs = (text: string) => readPairs(fromHex(text)) ?? assert.fail("no pairs")

  it("its own pairs come last; the server's of the same name are dropped, and its flags kept", () => {
    const answer = answerPairs(pairs("0600040001000000 090002005900 0a00100022222222222222222222222222222222 010002005300 00000000"), own)
    assert.deepStrictEqual(answer.map(({ id, value }) => [id, hex(value)]), [
      [avId.netbiosComputer, "5300"],
      [avId.flags, "03000000"],
      [avId.channelBindings, "11".repeat(16)],
      [avId.targetName, hex(encodeText("HTTP/x"))]
    ])
  })

  it("pairs are written as they are read", () => {
    fc.assert(fc.property(fc.array(fc.record({ id: fc.integer({ min: 1, max: 0xffff }), value: fc.uint8Array({ maxLength: 300 }) })), (list) => {
      assert.deepStrictEqual(readPairs(writePairs(list)), list)
    }))
  })
})

describe("the last message (MS-NLMP section 2.2.1.3)", () => {
  const input = (challenge: ChallengeMessage): AuthenticateInput => ({
    negotiate: negotiateMessage(),
    challenge,
    account: { user: "User", domain: "Domain" },
    key: responseKey({ user: "User", domain: "Domain" }, "Password"),
    workstation: "COMPUTER",
    targetName: "HTTP/server",
    channelBinding: undefined,
    clientChallenge: fromHex("aaaaaaaaaaaaaaaa"),
    now: fileTime(0)
  })

  it("answers the challenge of MS-NLMP section 4.2.4.3 with its names, but no LM and no session key", () => {
    const message = authenticateMessage(input(Result.getOrThrow(readChallenge(example))))
    assert.strictEqual(hex(field(message, 12)), "00".repeat(24))
    assert.strictEqual(field(message, 28).toString("utf16le"), "Domain")
    assert.strictEqual(field(message, 36).toString("utf16le"), "User")
    assert.strictEqual(field(message, 44).toString("utf16le"), "COMPUTER")
    assert.strictEqual(field(message, 52).length, 0)
    // what both want: no OEM, signing, sealing or key exchange, though the server has them all
    assert.strictEqual(Buffer.from(message).readUInt32LE(60), 0xa2888201)
    assert.strictEqual(hex(field(message, 20).subarray(24, 32)), hex(fileTime(0)), "our clock, where the server does not tell")
  })

  it("has a version only where both speak of versions", () => {
    const challenge = Result.getOrThrow(readChallenge(patched((view) => view.setUint32(20, 0xe08a8233, true))))
    assert.strictEqual(hex(authenticateMessage(input(challenge)).subarray(64, 72)), "00".repeat(8))
  })

  it("a whole exchange that the acceptor of pyspnego 0.12.4 took, MIC and channel binding verified", () => {
    const negotiate = fromBase64("TlRMTVNTUAABAAAABYKIogAAAAAoAAAAAAAAACgAAAAKAAAAAAAADw==")
    const challenge = fromBase64("TlRMTVNTUAACAAAABAAEADgAAAAFgoqij5cisqcrtpwAAAAAAAAAADoAOgA8AAAAAAwEAAAAAA9WAE0AAQAEAFYATQACABYAVwBPAFIASwBTAFQAQQBUAEkATwBOAAMABAB2AG0ABwAIAJCsH01Re90BAAAAAA==")
    const authenticate = "TlRMTVNTUAADAAAAGAAYAHAAAACmAKYAiAAAAA4ADgBYAAAACgAKAGYAAAAAAAAAcAAAAAAAAAAuAQAABYKIogoAAAAAAAAPlXVkaqPd9DxifgDEzjsI2FQARQBTAFQARABPAE0AYQBsAGkAYwBl"
      + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAHg4VrHaGDita8lHOaBiW90BAQAAAAAAAJCsH01Re90BDZwT+vzqvZ4AAAAAAQAEAFYATQACABYAVwBPAFIASwBTAFQAQQBUAEkATwBOAAMABAB2AG0ABwAIAJCsH01Re90B"
      + "BgAEAAIAAAAKABAADXGN3ah0li9uWYfr2bY0rwkAHABIAFQAVABQAC8AbABvAGMAYQBsAGgAbwBzAHQAAAAAAAAAAAA="
    assert.strictEqual(hex(negotiateMessage()), hex(negotiate))
    const account = { user: "alice", domain: "TESTDOM" }
    const message = authenticateMessage({
      negotiate,
      challenge: Result.getOrThrow(readChallenge(challenge)),
      account,
      key: responseKey(account, "wonderland-1"),
      workstation: "",
      targetName: "HTTP/localhost",
      channelBinding: Uint8Array.of(...new TextEncoder().encode("tls-server-end-point:"), ...fromHex("ddd48975fa2671a36da65bfbd1cd8726c805da7dbe2e8a3eadbe670bf282b846")),
      clientChallenge: fromHex("0d9c13fafceabd9e"),
      now: new Uint8Array(8)
    })
    assert.strictEqual(Buffer.from(message).toString("base64"), authenticate)
  })
})
