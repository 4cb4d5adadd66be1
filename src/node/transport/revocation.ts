/**
 * Certificate revocation lists. Node can have OpenSSL look at them, but then each certificate of a chain needs a list, and a
 * list that is missing hides what else is wrong. Here a certificate is refused when it is on a list; authorities of which no
 * list was given are not asked for one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-5
 */
import * as Crypto from "node:crypto"
import { issuerOf, subjectOf } from "./tlsProblem.ts"

/** One list, read. */
export interface RevocationList {
  /** where it is from, as it may be shown */
  readonly origin: string
  /** DER of the issuer's name */
  readonly issuer: Buffer
  readonly nextUpdate: Date | undefined
  /** in upper-case hexadecimal without leading zeros */
  readonly serials: ReadonlySet<string>
  readonly signedBy: (key: Crypto.KeyObject) => boolean
}

interface Element {
  readonly tag: number
  /** where its head begins */
  readonly from: number
  readonly start: number
  readonly end: number
}

/** One element of DER (X.690 section 8.1); throws where the bytes end too early. */
const element = (bytes: Buffer, from: number, limit: number): Element => {
  let start = from + 2
  if (start > limit) throw new Error("the data end too early")
  let length = bytes[from + 1]!
  if (length >= 0x80) {
    const count = length & 0x7f
    if (count === 0 || count > 6 || start + count > limit) throw new Error("a length makes no sense")
    length = bytes.readUIntBE(start, count)
    start += count
  }
  if (start + length > limit) throw new Error("the data end too early")
  return { tag: bytes[from]!, from, start, end: start + length }
}

const children = (bytes: Buffer, parent: Element): ReadonlyArray<Element> => {
  const found: Array<Element> = []
  for (let at = parent.start; at < parent.end;) {
    const each = element(bytes, at, parent.end)
    found.push(each)
    at = each.end
  }
  return found
}

const whole = (bytes: Buffer, each: Element): Buffer => bytes.subarray(each.from, each.end)
const content = (bytes: Buffer, each: Element): Buffer => bytes.subarray(each.start, each.end)
const hex = (bytes: Buffer): string => bytes.toString("hex").toUpperCase().replace(/^0+(?=.)/, "")

const integer = 0x02
const sequence = 0x30
const utcTime = 0x17
const generalizedTime = 0x18
const extensionsTag = 0xa0

/** @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5 */
const timeOf = (bytes: Buffer, each: Element): Date => {
  const text = content(bytes, each).toString("latin1")
  const full = each.tag === utcTime ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text : text
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)
  if (parts === null) throw new Error("a time makes no sense")
  const [, year, month, day, hour, minute, second] = parts
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

// Object identifiers, content only, in hexadecimal.
const hashes: ReadonlyMap<string, string | null> = new Map([
  ["2A864886F70D01010B", "sha256"],
  ["2A864886F70D01010C", "sha384"],
  ["2A864886F70D01010D", "sha512"],
  ["2A8648CE3D040302", "sha256"],
  ["2A8648CE3D040303", "sha384"],
  ["2A8648CE3D040304", "sha512"],
  // Ed25519 and Ed448 bring their own
  ["2B6570", null],
  ["2B6571", null]
])
const rsaPss = "2A864886F70D01010A"
const deltaIndicator = "551D1B"
const issuingPoint = "551D1C"

/** Reads a list; throws an `Error` that says what is wrong with it. */
export const parseRevocationList = (bytes: Buffer, origin: string): RevocationList => {
  const [tbs, algorithm, bits] = children(bytes, element(bytes, 0, bytes.length))
  if (tbs?.tag !== sequence || algorithm?.tag !== sequence || bits === undefined) throw new Error("it is no revocation list")
  const fields = children(bytes, tbs)
  // version is only there when it is not 1
  const at = fields[0]?.tag === integer ? 1 : 0
  const issuer = fields[at + 1]
  const thisUpdate = fields[at + 2]
  if (issuer?.tag !== sequence || (thisUpdate?.tag !== utcTime && thisUpdate?.tag !== generalizedTime)) throw new Error("it is no revocation list")
  const rest = fields.slice(at + 3)
  const next = rest[0]?.tag === utcTime || rest[0]?.tag === generalizedTime ? rest.shift() : undefined
  const revoked = rest[0]?.tag === sequence ? rest.shift() : undefined
  const serials = new Set<string>()
  if (revoked !== undefined) {
    for (let from = revoked.start; from < revoked.end;) {
      const entry = element(bytes, from, revoked.end)
      const serial = element(bytes, entry.start, entry.end)
      serials.add(hex(content(bytes, serial)))
      from = entry.end
    }
  }
  const extensions = rest.find((each) => each.tag === extensionsTag)
  if (extensions !== undefined) {
    for (const each of children(bytes, children(bytes, extensions)[0]!)) {
      const [id, ...values] = children(bytes, each)
      const name = hex(content(bytes, id!))
      if (name === deltaIndicator) throw new Error("it holds changes to another list only (a delta list)")
      // [4] indirectCRL: entries of other authorities, which are told by extensions of the entries
      const value = values.at(-1)
      if (name === issuingPoint && value !== undefined && children(bytes, children(bytes, value)[0]!).some((part) => part.tag === 0x84)) {
        throw new Error("it lists certificates of several authorities (an indirect list)")
      }
    }
  }
  const id = hex(content(bytes, children(bytes, algorithm)[0]!))
  const hash = hashes.get(id)
  if (hash === undefined && id !== rsaPss) throw new Error("its signature is of a kind that is not supported, such as SHA-1")
  const signed = whole(bytes, tbs)
  // the first octet counts unused bits, which are none
  const signature = content(bytes, bits).subarray(1)
  const known = new Map<string, boolean>()
  return {
    origin,
    issuer: whole(bytes, issuer),
    nextUpdate: next === undefined ? undefined : timeOf(bytes, next),
    serials,
    signedBy: (key) => {
      const name = key.export({ type: "spki", format: "der" }).toString("base64")
      let answer = known.get(name)
      if (answer === undefined) {
        answer = hash !== undefined
          ? Crypto.verify(hash, signed, key, signature)
          : ["sha256", "sha384", "sha512"].some((each) =>
            Crypto.verify(each, signed, { key, padding: Crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: Crypto.constants.RSA_PSS_SALTLEN_AUTO }, signature)
          )
        known.set(name, answer)
      }
      return answer
    }
  }
}

/** DER of a certificate's subject (RFC 5280 section 4.1). */
const subjectBytes = (certificate: Crypto.X509Certificate): Buffer => {
  const { raw } = certificate
  const fields = children(raw, children(raw, element(raw, 0, raw.length))[0]!)
  // version [0], serialNumber, signature, issuer, validity, subject
  return whole(raw, fields[fields[0]?.tag === 0xa0 ? 5 : 4]!)
}

/** A certificate that may not be used, and why. */
export interface Revoked {
  readonly code: string
  readonly detail: string
  readonly fix?: string | undefined
}

/** The first certificate of a chain that is on a list, or whose authority's list cannot tell any more. */
export const findRevoked = (lists: ReadonlyArray<RevocationList>, chain: ReadonlyArray<Crypto.X509Certificate>, now: Date): Revoked | undefined => {
  for (const [index, certificate] of chain.entries()) {
    const authority = chain[index + 1]
    if (authority === undefined) continue
    const name = subjectBytes(authority)
    const named = lists.filter((list) => list.issuer.equals(name))
    if (named.length === 0) continue
    const signed = named.filter((list) => list.signedBy(authority.publicKey))
    if (signed.length === 0) {
      return { code: "CRL_SIGNATURE_FAILURE", detail: `the revocation list of ${issuerOf(certificate)} (${named[0]!.origin}) was not signed by it`, fix: "Get the list anew" }
    }
    const serial = certificate.serialNumber.toUpperCase().replace(/^0+(?=.)/, "")
    if (signed.some((list) => list.serials.has(serial))) {
      return { code: "CERT_REVOKED", detail: `the certificate ${subjectOf(certificate)} was revoked by ${issuerOf(certificate)}` }
    }
    if (signed.every((list) => list.nextUpdate !== undefined && list.nextUpdate < now)) {
      const { nextUpdate, origin } = signed[0]!
      return {
        code: "CRL_HAS_EXPIRED",
        detail: `the revocation list of ${issuerOf(certificate)} (${origin}) was to be replaced by ${nextUpdate!.toISOString()}`,
        fix: "Get the present list"
      }
    }
  }
  return undefined
}
