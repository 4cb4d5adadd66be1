/**
 * Certificate revocation lists. Node can have OpenSSL look at them, but then each certificate of a chain needs a list, and a
 * list that is missing hides what else is wrong. Here a certificate is refused when it is on a list; authorities of which no
 * list was given are not asked for one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-5
 */
import * as Crypto from "node:crypto"
import { type DerElement, read, readAll, readObjectIdentifier, same, tags } from "../../wire/der.ts"
import { issuerOf, subjectOf } from "./tlsProblem.ts"

/** One list, read. */
export interface RevocationList {
  /** where it is from, as it may be shown */
  readonly origin: string
  /** DER of the issuer's name */
  readonly issuer: Uint8Array
  readonly nextUpdate: Date | undefined
  /** in upper-case hexadecimal without leading zeros */
  readonly serials: ReadonlySet<string>
  readonly signedBy: (key: Crypto.KeyObject) => boolean
}

/** The element at an offset; throws where there is no whole one. */
const element = (bytes: Uint8Array, offset = 0): DerElement => {
  const found = read(bytes, offset)
  if (found === undefined) throw new Error("the data are cut short, or no DER")
  return found
}

/** What is in an element, one after another; throws where that is no DER. */
const children = ({ content }: DerElement): ReadonlyArray<DerElement> => {
  const found = readAll(content)
  if (found === undefined) throw new Error("the data are cut short, or no DER")
  return found
}

/** A serial number, as Node writes it but for zeros before it. */
const hex = (content: Uint8Array): string => withoutZeros(Buffer.from(content).toString("hex").toUpperCase())
const withoutZeros = (digits: string): string => digits.replace(/^0+(?=.)/, "")

/** @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5 */
const timeOf = ({ content, tag }: DerElement): Date => {
  const text = Buffer.from(content).toString("latin1")
  const full = tag === tags.utcTime ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text : text
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)
  if (parts === null) throw new Error("a time makes no sense")
  const [, year, month, day, hour, minute, second] = parts
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

const isTime = (each: DerElement | undefined): boolean => each?.tag === tags.utcTime || each?.tag === tags.generalizedTime

/** context tag 0 */
const extensionsTag = 0xa0

/** Which hash each algorithm of signatures is over (RFC 4055, RFC 5758); Ed25519 and Ed448 bring their own (RFC 8410). */
const hashes: ReadonlyMap<string, string | null> = new Map([
  ["1.2.840.113549.1.1.11", "sha256"],
  ["1.2.840.113549.1.1.12", "sha384"],
  ["1.2.840.113549.1.1.13", "sha512"],
  ["1.2.840.10045.4.3.2", "sha256"],
  ["1.2.840.10045.4.3.3", "sha384"],
  ["1.2.840.10045.4.3.4", "sha512"],
  ["1.3.101.112", null],
  ["1.3.101.113", null]
])
const rsaPss = "1.2.840.113549.1.1.10"
/** @see https://www.rfc-editor.org/rfc/rfc5280#section-5.2.4 */
const deltaIndicator = "2.5.29.27"
/** @see https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5 */
const issuingPoint = "2.5.29.28"

/** Reads a list; throws an `Error` that says what is wrong with it. */
export const parseRevocationList = (bytes: Buffer, origin: string): RevocationList => {
  const [tbs, algorithm, bits] = children(element(bytes))
  if (tbs?.tag !== tags.sequence || algorithm?.tag !== tags.sequence || bits === undefined) throw new Error("it is no revocation list")
  const fields = children(tbs)
  // version is only there when it is not 1
  const at = fields[0]?.tag === tags.integer ? 1 : 0
  const issuer = fields[at + 1]
  const thisUpdate = fields[at + 2]
  if (issuer?.tag !== tags.sequence || !isTime(thisUpdate)) throw new Error("it is no revocation list")
  const rest = fields.slice(at + 3)
  const next = isTime(rest[0]) ? rest.shift() : undefined
  const revoked = rest[0]?.tag === tags.sequence ? rest.shift() : undefined
  const serials = new Set<string>()
  if (revoked !== undefined) {
    for (let offset = 0; offset < revoked.content.length;) {
      const entry = element(revoked.content, offset)
      serials.add(hex(element(entry.content).content))
      offset = entry.end
    }
  }
  const extensions = rest.find((each) => each.tag === extensionsTag)
  if (extensions !== undefined) {
    for (const each of children(element(extensions.content))) {
      const [id, ...values] = children(each)
      const name = id === undefined ? undefined : readObjectIdentifier(id.content)
      if (name === deltaIndicator) throw new Error("it holds changes to another list only (a delta list)")
      // [4] indirectCRL: entries of other authorities, which are told by extensions of the entries
      const value = values.at(-1)
      if (name === issuingPoint && value !== undefined && children(element(value.content)).some((part) => part.tag === 0x84)) {
        throw new Error("it lists certificates of several authorities (an indirect list)")
      }
    }
  }
  const id = readObjectIdentifier(element(algorithm.content).content)
  const hash = id === undefined ? undefined : hashes.get(id)
  if (hash === undefined && id !== rsaPss) throw new Error("its signature is of a kind that is not supported, such as SHA-1")
  const signed = tbs.whole
  // the first octet counts unused bits, which are none
  const signature = bits.content.subarray(1)
  const known = new Map<string, boolean>()
  return {
    origin,
    issuer: issuer.whole,
    nextUpdate: next === undefined ? undefined : timeOf(next),
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
const subjectBytes = ({ raw }: Crypto.X509Certificate): Uint8Array => {
  const fields = children(element(element(raw).content))
  // version [0], serialNumber, signature, issuer, validity, subject
  return fields[fields[0]?.tag === 0xa0 ? 5 : 4]!.whole
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
    const named = lists.filter((list) => same(list.issuer, name))
    if (named.length === 0) continue
    const signed = named.filter((list) => list.signedBy(authority.publicKey))
    if (signed.length === 0) {
      return {
        code: "CRL_SIGNATURE_FAILURE",
        detail: `the revocation list of ${issuerOf(certificate)} (${named[0]!.origin}) was not signed by it`,
        fix: "Get the list anew"
      }
    }
    const serial = withoutZeros(certificate.serialNumber.toUpperCase())
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
