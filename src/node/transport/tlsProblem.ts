/**
 * What can be wrong with TLS, in words: which certificate failed, why, and what to do about it. Nothing here holds a key or
 * a passphrase.
 */
import type { X509Certificate } from "node:crypto"
import type { TlsCertificate, TlsFailure, TlsReason } from "../../errors/CallError.ts"

const maxChain = 10

/** Why there is no TLS connection that may be used; sockets are destroyed with it. */
export class TlsProblem extends Error {
  readonly failure: TlsFailure

  constructor(failure: TlsFailure) {
    super(failure.detail ?? failure.reason)
    this.name = "TlsProblem"
    this.failure = failure
  }
}

/** A problem of what was given as `tls`. `detail` says what is wrong and where, never what is in it. */
export const unusable = (detail: string, fix: string, code?: string): TlsProblem => new TlsProblem({ reason: "configuration", detail, fix, code })

const maxName = 200

// Certificates of strangers are shown in errors and logs, so nothing but one line of text may come out.
const shown = (text: string): string => text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim().slice(0, maxName)

/** Node gives the parts of a name one a line, the most general first. */
const nameOf = (name: string | undefined): string => shown((name ?? "").split("\n").reverse().join(", ")) || "(no name)"

/** The subject of a certificate, as it may be shown. */
export const subjectOf = (certificate: X509Certificate): string => nameOf(certificate.subject)

/** Who signed a certificate, as it may be shown. */
export const issuerOf = (certificate: X509Certificate): string => nameOf(certificate.issuer)

/** A certificate as errors show it. */
export const describe = (certificate: X509Certificate): TlsCertificate => ({
  subject: subjectOf(certificate),
  issuer: issuerOf(certificate),
  notBefore: certificate.validFromDate.toISOString(),
  notAfter: certificate.validToDate.toISOString()
})

/** A chain and its leaf's fingerprint, as errors show them. */
export const shownChain = (chain: ReadonlyArray<X509Certificate>): Pick<TlsFailure, "chain" | "fingerprint"> => {
  const leaf = chain[0]
  return leaf === undefined ? {} : { chain: chain.slice(0, maxChain).map(describe), fingerprint: leaf.fingerprint256 }
}

/** The names that a certificate is for, as they may be shown. */
export const namesOf = (certificate: X509Certificate): string =>
  certificate.subjectAltName === undefined
    ? "no host at all (it has no subjectAltName, and its common name does not count)"
    : shown(certificate.subjectAltName.replaceAll("DNS:", "").replaceAll("IP Address:", ""))

const verifyReasons: ReadonlyMap<string, TlsReason> = new Map<string, TlsReason>([
  ["CERT_HAS_EXPIRED", "expired"],
  ["CERT_NOT_YET_VALID", "notYetValid"],
  ["CERT_REVOKED", "revoked"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "wrongHost"],
  ["ERR_TLS_CERT_ALTNAME_FORMAT", "wrongHost"],
  ["HOSTNAME_MISMATCH", "wrongHost"],
  ["IP_ADDRESS_MISMATCH", "wrongHost"]
])

// The codes of a chain that does not verify (X509_V_ERR_*), as Node names them; it has no common prefix for them.
const untrusted = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|CRL_|ERROR_IN_C|INVALID_|PATH_LENGTH_|AKID_|KEYUSAGE_|EE_KEY_|CA_|NO_ISSUER)/

// What a server sends back when it does not like our certificate, or that we have none (RFC 8446 section 6.2).
const clientCertificate = /_ALERT_(?:CERTIFICATE_|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|NO_CERTIFICATE)/

/** The rule of TLS that an error code stands for; `undefined` when it has nothing to do with TLS. */
export const tlsReason = (code: string | undefined, certificateGiven = false): TlsReason | undefined => {
  if (code === undefined) return undefined
  const exact = verifyReasons.get(code)
  if (exact !== undefined) return exact
  if (clientCertificate.test(code)) return certificateGiven ? "clientCertificateRefused" : "clientCertificateRequired"
  if (untrusted.test(code)) return "untrusted"
  return code === "EPROTO" || code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code.startsWith("ERR_OSSL_") ? "protocol" : undefined
}

/** A server that does not say more than "handshake failure". */
export const isHandshakeFailure = (code: string | undefined): boolean => code !== undefined && code.endsWith("_ALERT_HANDSHAKE_FAILURE")

/** Do the two sides have no version of TLS in common? */
export const isVersionMismatch = (code: string | undefined): boolean =>
  code !== undefined && /(?:_ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE|INAPPROPRIATE_FALLBACK)$/.test(code)

/** Does what listens there speak something else than TLS? */
export const isNotTls = (code: string | undefined): boolean =>
  code !== undefined && /(?:WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|BAD_RECORD_TYPE)$/.test(code)
