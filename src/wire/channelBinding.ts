/**
 * What ties a login to the TLS connection it goes over, so that who relays it elsewhere gains nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5929#section-4
 * @see https://www.rfc-editor.org/rfc/rfc5056#section-2.1
 */
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js"
import { concat } from "./bytes.ts"
import { read, readAll, readObjectIdentifier, readOnly, tags } from "./der.ts"

type Hash = (bytes: Uint8Array) => Uint8Array

/** Hash functions by their own identifiers. MD5 and SHA-1 give way to SHA-256 (RFC 5929 section 4.1). */
const hashes: Readonly<Record<string, Hash>> = {
  "1.2.840.113549.2.5": sha256,
  "1.3.14.3.2.26": sha256,
  "2.16.840.1.101.3.4.2.1": sha256,
  "2.16.840.1.101.3.4.2.2": sha384,
  "2.16.840.1.101.3.4.2.3": sha512,
  "2.16.840.1.101.3.4.2.4": sha224
}

/** Hash functions by the signature algorithm that names them. Ed25519, Ed448 and post-quantum ones have none. */
const signatures: Readonly<Record<string, Hash>> = {
  // RSA with MD5, SHA-1, SHA-2 (RFC 8017 appendix A.2.4)
  "1.2.840.113549.1.1.4": sha256,
  "1.2.840.113549.1.1.5": sha256,
  "1.2.840.113549.1.1.11": sha256,
  "1.2.840.113549.1.1.12": sha384,
  "1.2.840.113549.1.1.13": sha512,
  "1.2.840.113549.1.1.14": sha224,
  // ECDSA (RFC 5758 section 3.2)
  "1.2.840.10045.4.1": sha256,
  "1.2.840.10045.4.3.1": sha224,
  "1.2.840.10045.4.3.2": sha256,
  "1.2.840.10045.4.3.3": sha384,
  "1.2.840.10045.4.3.4": sha512,
  // DSA (RFC 5758 section 3.1)
  "1.2.840.10040.4.3": sha256,
  "2.16.840.1.101.3.4.3.1": sha224,
  "2.16.840.1.101.3.4.3.2": sha256
}

const rsaPss = "1.2.840.113549.1.1.10"
const mgf1 = "1.2.840.113549.1.1.8"

/** The identifier and the parameters of an AlgorithmIdentifier (RFC 5280 section 4.1.1.2). */
const algorithmOf = (content: Uint8Array): { readonly name: string; readonly parameters: Uint8Array } | undefined => {
  const first = read(content)
  const name = first?.tag === tags.objectIdentifier ? readObjectIdentifier(first.content) : undefined
  return first === undefined || name === undefined ? undefined : { name, parameters: content.subarray(first.end) }
}

/** The hash of RSASSA-PSS stands in its parameters, SHA-1 where they do not name one (RFC 4055 section 3.1). */
const hashOfPss = (parameters: Uint8Array): Hash | undefined => {
  const sequence = parameters.length === 0 ? parameters : readOnly(parameters, tags.sequence)
  const members = sequence === undefined ? undefined : readAll(sequence)
  if (members === undefined) return undefined
  const hash = nameOfMember(members.find((member) => member.tag === 0xa0)?.content)
  const mask = members.find((member) => member.tag === 0xa1)?.content
  const maskAlgorithm = mask === undefined ? undefined : algorithmOf(readOnly(mask, tags.sequence) ?? mask.subarray(0, 0))
  if (mask !== undefined && maskAlgorithm?.name !== mgf1) return undefined
  const maskHash = nameOfMember(maskAlgorithm?.parameters)
  // two hash functions: which one binds is undefined (RFC 5929 section 4.1)
  return hash === undefined || hash !== maskHash ? undefined : hashes[hash]
}

const nameOfMember = (member: Uint8Array | undefined): string | undefined => {
  if (member === undefined) return "1.3.14.3.2.26"
  const sequence = readOnly(member, tags.sequence)
  return sequence === undefined ? undefined : algorithmOf(sequence)?.name
}

/**
 * The channel binding `tls-server-end-point` of a server's certificate in DER: the text that names it, and the certificate's
 * hash by the hash function of its signature. `undefined` where none is defined: Ed25519 and other signatures without a hash
 * function of their own, as OpenSSL and libpq have it, and bytes that are no certificate.
 */
export const tlsServerEndPoint = (certificate: Uint8Array): Uint8Array | undefined => {
  const content = readOnly(certificate, tags.sequence)
  const signed = content === undefined ? undefined : read(content)
  const signature = content === undefined || signed?.tag !== tags.sequence ? undefined : read(content, signed.end)
  const algorithm = signature?.tag !== tags.sequence ? undefined : algorithmOf(signature.content)
  if (algorithm === undefined) return undefined
  const hash = algorithm.name === rsaPss ? hashOfPss(algorithm.parameters) : Object.hasOwn(signatures, algorithm.name) ? signatures[algorithm.name] : undefined
  return hash === undefined ? undefined : concat([new TextEncoder().encode("tls-server-end-point:"), hash(certificate)])
}
