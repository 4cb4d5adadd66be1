import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import * as Crypto from "node:crypto"
import * as Spnego from "../../src/wire/spnego.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex")
const fromHex = (text: string) => new Uint8Array(Buffer.from(text, "hex"))
const sha256 = (value: Uint8Array) => Crypto.createHash("sha256").update(value).digest("hex")
const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i & 255)
const decoded = (text: string) => Result.getOrThrow(Spnego.decode(fromHex(text)))

// the bytes on the right are what pyspnego 0.12.4 (NegTokenInit.pack, NegTokenResp.pack) makes of the same parts
describe("SPNEGO is written (RFC 4178 section 4.2)", () => {
  it("the first message", () => {
    assert.strictEqual(
      hex(Spnego.encodeInit(bytes("NTLMSSP\0token"))),
      "602d06062b0601050502a0233021a00e300c060a2b06010401823702020aa20f040d4e544c4d53535000746f6b656e"
    )
    assert.strictEqual(sha256(Spnego.encodeInit(counting(200))), "6d1d4fce316a042f90a030e813589a2706328152cf581781f452baa14cda6ad7")
    assert.strictEqual(sha256(Spnego.encodeInit(counting(300))), "b55cf72410aff64c6ee0df4e16b345893e5a5571a613c65a8f8f67e869f65be5")
  })

  it("a later one, with and without a MIC", () => {
    assert.strictEqual(hex(Spnego.encodeResponse(bytes("NTLMSSP\0answer"))), "a1143012a210040e4e544c4d53535000616e73776572")
    assert.strictEqual(
      hex(Spnego.encodeResponse(bytes("NTLMSSP\0answer"), Uint8Array.of(1, ...new Uint8Array(15)))),
      "a1283026a210040e4e544c4d53535000616e73776572a312041001000000000000000000000000000000"
    )
  })
})

describe("SPNEGO is read", () => {
  const states = [["accept-completed", "00"], ["accept-incomplete", "01"], ["reject", "02"], ["request-mic", "03"]] as const
  for (const [state, number] of states) {
    it(`an answer with the state ${state}`, () => {
      const answer = decoded(`a131302fa0030a01${number}a10c060a2b06010401823702020aa21304114e544c4d535350006368616c6c656e6765a30504036d6963`)
      assert.deepStrictEqual(answer, { _tag: "Response", state, mechanism: Spnego.ntlmMechanism, token: bytes("NTLMSSP\0challenge"), mechListMIC: bytes("mic") })
    })
  }

  it("answers with less in them", () => {
    assert.deepStrictEqual(decoded("a1073005a0030a0100"), { _tag: "Response", state: "accept-completed", mechanism: undefined, token: undefined, mechListMIC: undefined })
    assert.deepStrictEqual(decoded("a1143012a0030a0101a10b06092a864886f712010202"), {
      _tag: "Response", state: "accept-incomplete", mechanism: "1.2.840.113554.1.2.2", token: undefined, mechListMIC: undefined
    })
  })

  it("a first message, framed and bare", () => {
    const mechanisms = ["1.2.840.48018.1.2.2", "1.2.840.113554.1.2.2", Spnego.ntlmMechanism]
    const framed = "603206062b0601050502a0283026a024302206092a864882f71201020206092a864886f712010202060a2b06010401823702020a"
    assert.deepStrictEqual(decoded(framed), { _tag: "Init", mechanisms, token: undefined, mechListMIC: undefined })
    assert.deepStrictEqual(decoded(framed.slice(20)), { _tag: "Init", mechanisms, token: undefined, mechListMIC: undefined })
  })

  it("a message of NTLM without SPNEGO", () => {
    assert.deepStrictEqual(Spnego.decode(bytes("NTLMSSP\0\u0002")), Result.succeed({ _tag: "Raw", token: bytes("NTLMSSP\0\u0002") }))
  })

  it("what it wrote itself", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 70_000 }), fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }), (token, mechListMIC) => {
      assert.deepStrictEqual(Spnego.decode(Spnego.encodeInit(token)), Result.succeed({ _tag: "Init", mechanisms: [Spnego.ntlmMechanism], token, mechListMIC: undefined }))
      assert.deepStrictEqual(
        Spnego.decode(Spnego.encodeResponse(token, mechListMIC)),
        Result.succeed({ _tag: "Response", state: undefined, mechanism: undefined, token, mechListMIC })
      )
    }), { numRuns: 50 })
  })

  it("anything else is a failure that says why, and never throws", () => {
    for (const wrong of ["", "a1", "a100", "a1023000ff", "a1073005a0030a0104", "a1083006a0040a020000", "a1053003a1010a", "6000", "600506032b0601", "a0053003a0013f"]) {
      assert.isTrue(Result.isFailure(Spnego.decode(fromHex(wrong))), wrong)
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (value) => void Spnego.decode(value)), { numRuns: 2000 })
  })
})
