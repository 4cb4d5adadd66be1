import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { carriesNtlm, isRejected } from "../../src/wire/negotiate.ts"

const base64 = (text: string, encoding: "hex" | "latin1" | "utf8" = "latin1") => Buffer.from(text, encoding).toString("base64")

describe("tokens of Negotiate", () => {
  it("NTLM is seen by its signature, wrapped or not", () => {
    assert.isTrue(carriesNtlm(base64("NTLMSSP\0\x01")))
    assert.isTrue(carriesNtlm(base64("\x60\x10…NTLMSSP\0\x01", "utf8")))
  })

  it("… and not by the number in a list of mechanisms, which Kerberos comes with as well", () =>
    assert.isFalse(carriesNtlm(base64("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"))))

  it("a rejection is negState 2 (RFC 4178 section 4.2.2), whatever form the lengths have", () => {
    for (const hex of ["a1073005a0030a0102", "a181083081" + "05a0030a0102", "a18200093082000" + "5a0030a0102"]) assert.isTrue(isRejected(base64(hex, "hex")), hex)
    for (const hex of ["a1073005a0030a0101", "a1073005a1030a0102", "a1", "", "a1ff", "6003a0030a0102"]) assert.isFalse(isRejected(base64(hex, "hex")), hex)
  })

  it("what is no token is neither, and no exception", () => {
    for (const text of ["…", "=", "a", "not base64"]) assert.deepStrictEqual([carriesNtlm(text), isRejected(text)], [false, false])
    fc.assert(fc.property(fc.oneof(fc.string(), fc.base64String(), fc.uint8Array().map((bytes) => Buffer.from([0xa1, ...bytes]).toString("base64"))), (text) => {
      carriesNtlm(text)
      isRejected(text)
    }))
  })
})
