/** The stage of TLS with the server. */
import type { TlsCertificate, TlsFailed } from "credence/errors"
import type { Probe } from "credence/node"
import type { TransportError } from "credence/Transport"
import type { TlsStage } from "./model.ts"
import { adviceOf, daysFrom, detailOf, failureOf } from "./words.ts"

/** Days before its end in which a certificate is worth a warning. */
const soon = 14 * 86_400_000

const validity = ({ notAfter, notBefore }: TlsCertificate, now: number): string =>
  Date.parse(notBefore) > now
    ? `not valid before ${notBefore.slice(0, 10)}`
    : `${Date.parse(notAfter) < now ? "expired" : "until"} ${notAfter.slice(0, 10)} (${daysFrom(now, Date.parse(notAfter))})`

const chainLines = (chain: ReadonlyArray<TlsCertificate>, now: number): ReadonlyArray<string> => {
  const top = chain.at(-1)
  return [
    ...chain.map((each, index) => `${index === 0 ? "certificate" : "signed by"} ${each.subject}: ${validity(each, now)}`),
    ...(top === undefined || top.subject === top.issuer ? [] : [`signed by ${top.issuer}`])
  ]
}

/** The authority that would make a chain one to believe. */
const missingOf = ({ chain, reason }: TlsFailed): string | undefined => reason === "untrusted" ? chain?.at(-1)?.issuer : undefined

/**
 * What TLS with the server is like. `later`: why the first request failed or was refused, which with TLS 1.3 is when a server
 * tells that it wants a client certificate.
 */
export const tlsStage = (
  { failure, handshake }: Probe.Secured,
  later: TransportError | "certificate wanted" | undefined,
  given: boolean,
  label: string,
  now: number,
  millis: number
): TlsStage => {
  const own = failure !== undefined ? failure : typeof later === "object" && later._tag === "TlsFailed" && later.peer !== "proxy" ? later : undefined
  const wanted = later === "certificate wanted"
  const tls = own?._tag === "TlsFailed" ? own : undefined
  const chain = handshake?.chain ?? tls?.chain ?? []
  const asks = handshake?.asksForCertificate === true || tls?.reason === "clientCertificateRequired" || wanted
  const clientCertificate = asks ? given ? "given" : "asked for" : "not asked for"
  const leaf = chain[0]
  const ending = leaf !== undefined && own === undefined && Date.parse(leaf.notAfter) - now < soon
  const lines = [
    ...(handshake === undefined ? [] : [`${handshake.version}, ${handshake.cipher}`]),
    ...chainLines(chain, now),
    ...(own === undefined ? handshake === undefined ? [] : ["the chain is trusted, and the certificate is for this host"] : [detailOf(own, label)]),
    ...(wanted ? ["the server refuses to answer without a client certificate"] : []),
    ...(handshake === undefined && !asks ? [] : [`client certificate: ${clientCertificate}${asks && !given ? ", none was given" : ""}`])
  ]
  const broken = own !== undefined || wanted
  const here = tls?.reason === "untrusted"
    ? " (to try it here: --ca-file)"
    : tls?.reason === "clientCertificateRequired"
    ? " (here: --cert-file and --key-file)"
    : ""
  return {
    stage: "tls",
    status: broken ? "broken" : ending || (asks && !given) ? "warning" : "ok",
    lines,
    advice: own !== undefined
      ? `${adviceOf(own) ?? ""}${here}` || undefined
      : wanted
      ? "Give a client certificate with `tls: { certificate: { certificate, key } }` or `{ pkcs12 }` (here: --cert-file and --key-file)"
      : ending
      ? "The certificate ends soon: the server's operator has to renew it"
      : asks && !given
      ? "The server asks for a client certificate: if it refuses calls without one, give it with `tls: { certificate }` (here: --cert-file and --key-file)"
      : undefined,
    millis,
    facts: {
      version: handshake?.version ?? null,
      cipher: handshake?.cipher ?? null,
      chain,
      names: handshake?.names ?? null,
      fingerprint: handshake?.fingerprint ?? tls?.fingerprint ?? null,
      // a chain of which nothing bad is known, since the handshake broke off for another reason, is not trusted yet either
      trusted: handshake !== undefined && failure === undefined,
      missingAuthority: tls === undefined ? null : missingOf(tls) ?? null,
      clientCertificate,
      failure: own === undefined ? null : failureOf(own)
    }
  }
}
