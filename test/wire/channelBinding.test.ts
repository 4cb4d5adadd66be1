import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Crypto from "node:crypto"
import { tlsServerEndPoint } from "../../src/wire/channelBinding.ts"
import * as Der from "../../src/wire/der.ts"
import { makeAuthority } from "../support/certificates.ts"
import { signedCertificates } from "../support/signedCertificates.ts"

const prefix = "tls-server-end-point:"

describe("tls-server-end-point (RFC 5929 section 4)", () => {
  for (const { der, hash, name } of signedCertificates) {
    it(`${name}: ${hash ?? "none is defined"}`, () => {
      const binding = tlsServerEndPoint(der)
      if (hash === undefined) return assert.isUndefined(binding)
      assert.isDefined(binding)
      assert.strictEqual(Buffer.from(binding.subarray(0, prefix.length)).toString(), prefix)
      assert.strictEqual(Buffer.from(binding.subarray(prefix.length)).toString("hex"), Crypto.createHash(hash).update(der).digest("hex"))
    })
  }

  it("a certificate of a server in these tests", () => {
    const der = new Crypto.X509Certificate(makeAuthority().issue({}).cert).raw
    const binding = tlsServerEndPoint(new Uint8Array(der))
    assert.strictEqual(Buffer.from(binding ?? []).toString("hex"), Buffer.concat([Buffer.from(prefix), Crypto.createHash("sha256").update(der).digest()]).toString("hex"))
  })

  it("what is no certificate binds nothing, and does not throw", () => {
    const valid = signedCertificates[0]?.der ?? new Uint8Array()
    for (let length = 0; length < valid.length; length++) assert.isUndefined(tlsServerEndPoint(valid.subarray(0, length)))
    assert.isUndefined(tlsServerEndPoint(Uint8Array.of(...valid, 0)))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void tlsServerEndPoint(bytes)))
  })
})

describe("DER", () => {
  it("lengths in every form, up to four bytes", () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const written = Der.write(Der.tags.octetString, new Uint8Array(length))
      assert.strictEqual(Der.readOnly(written, Der.tags.octetString)?.length, length)
    }
    assert.isUndefined(Der.read(Uint8Array.of(0x04, 0x80, 0, 0)), "an indefinite length")
    assert.isUndefined(Der.read(Uint8Array.of(0x04, 0x85, 0, 0, 0, 0, 1, 7)), "a length of five bytes")
    assert.isUndefined(Der.read(Uint8Array.of(0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 1)), "more than there is")
    assert.isUndefined(Der.read(Uint8Array.of(0x1f, 0x81, 1, 0)), "a tag of two bytes")
  })

  it("object identifiers", () => {
    const read = (hex: string) => Der.readObjectIdentifier(new Uint8Array(Buffer.from(hex, "hex")))
    assert.strictEqual(read("2b0601040182370202" + "0a"), "1.3.6.1.4.1.311.2.2.10")
    assert.strictEqual(read("2a864886f712010202"), "1.2.840.113554.1.2.2")
    assert.strictEqual(read("883703"), "2.999.3")
    assert.isUndefined(read("2b86"), "cut off")
    assert.isUndefined(read(""))
    assert.isUndefined(read(`2b${"ff".repeat(12)}7f`), "a number that does not fit")
  })
})
