/**
 * TLS with a server or a proxy, on a socket of its own or inside a tunnel: the handshake, and the judgement of who answered.
 *
 * Node is told to let every certificate pass and is asked afterwards what it thinks, since only then the chain is there to be
 * shown. Until the judgement is done nobody gets the socket, so nothing of HTTP is written before it.
 *
 * Time is the machine's, never the fiber's Clock: certificates are dated in it, and OpenSSL judges them by it.
 */
import { createHash, X509Certificate } from "node:crypto"
import * as Net from "node:net"
import * as Tls from "node:tls"
import type { TlsReason } from "../../errors/CallError.ts"
import { findRevoked } from "./revocation.ts"
import type { TlsSettings, TlsStore } from "./tls.ts"
import {
  isHandshakeFailure,
  isNotTls,
  issuerOf,
  isVersionMismatch,
  namesOf,
  shownChain,
  subjectOf,
  TlsProblem,
  tlsReason
} from "./tlsProblem.ts"

export interface HandshakeOptions {
  /** without brackets; what the certificate has to name, unless the settings tell another name */
  readonly host: string
  readonly port: number
  /** the tunnel to speak in; without one a socket is opened */
  readonly socket?: Net.Socket | undefined
  /** resolves names; default Node's own */
  readonly lookup?: Net.LookupFunction | undefined
  readonly settings: TlsSettings
  readonly store: TlsStore
  /** names what a session must not be shared across, beside the settings, the peer, host and port */
  readonly sessionKey: string
  readonly peer: "origin" | "proxy"
  /** how failures call the peer, e.g. `api.example.com:443` or `proxy 10.0.0.1:3128` */
  readonly label: string
  /** what is offered by ALPN (RFC 7301). Default `http/1.1` alone, since nothing else is spoken afterwards */
  readonly protocols?: ReadonlyArray<string> | undefined
}

/** Whoever waits for the handshake. Failures come as the socket's `error`, a {@link TlsProblem} where somebody was not believed. */
export interface HandshakeListener {
  /** the connection is there, and the handshake begins; may be called before {@link handshake} returns */
  onTls(): void
  /** the peer is who it should be */
  onSecure(socket: Tls.TLSSocket): void
}

const keepAliveMillis = 60_000

/** A socket that sends at once, and notices when the other side has gone. */
export const prepared = <S extends Net.Socket>(socket: S): S => {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, keepAliveMillis)
  return socket
}

/**
 * Begins a handshake and returns its socket, on which the caller has to listen for `error` and `close` until HTTP takes over.
 *
 * @example
 * ```ts
 * const socket = handshake({ host, port, settings, store, sessionKey: "", peer: "origin", label: `${host}:${port}` }, {
 *   onTls: () => {},
 *   onSecure: (socket) => use(socket)
 * })
 * socket.on("error", fail)
 * ```
 */
export const handshake = (options: HandshakeOptions, listener: HandshakeListener): Tls.TLSSocket => {
  const { host, port, settings, store } = options
  const name = settings.serverName ?? host.replace(/\.$/, "")
  // Everything that decides who is believed, and who we are, is in `settings.id`.
  const key = JSON.stringify([settings.id, options.sessionKey, options.peer, host, port])
  const session = store.session(key)
  const socket = Tls.connect({
    host,
    port,
    ...(options.socket === undefined ? {} : { socket: options.socket }),
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    ...(session === undefined ? {} : { session: session.ticket }),
    // SNI carries names only, never addresses, and without the last dot (RFC 6066 section 3).
    servername: Net.isIP(name) === 0 ? name : "",
    secureContext: settings.context(),
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ALPNProtocols: [...(options.protocols ?? ["http/1.1"])]
  })
  if (options.socket === undefined) {
    prepared(socket).once("connect", () => listener.onTls())
  } else {
    listener.onTls()
  }
  // The first of all listeners: the others find the explanation.
  socket.on("error", (error) => note(error, options, socket))
  // Sessions of those who are not believed are not kept. With TLS 1.3 tickets come after the handshake, so this stays for the
  // life of the socket (RFC 8446 section 4.6.1).
  let believed = false
  let ticket: Buffer | undefined
  socket.on("session", (next) => {
    if (believed) keep(next)
    else ticket = next
  })
  const keep = (next: Buffer) => {
    const certificate = certificates.get(socket)
    if (certificate !== undefined) store.keep(key, { ticket: next, certificate })
  }
  // Comes again with each renegotiation of TLS 1.2, which may show another certificate.
  socket.on("secureConnect", () => {
    const problem = judge(socket, name, options, session?.certificate)
    if (problem !== undefined) {
      if (session !== undefined) store.forget(key)
      return void socket.destroy(problem)
    }
    if (believed) return
    believed = true
    if (ticket !== undefined) keep(ticket)
    ticket = undefined
    listener.onSecure(socket)
  })
  return socket
}

/** The server's certificate in DER; `undefined` where the socket is no TLS socket that {@link handshake} has given. */
export const peerCertificate = (socket: Net.Socket): Uint8Array | undefined => certificates.get(socket)

// Kept, since Node does not tell the certificate of a session that was resumed.
const certificates = new WeakMap<Net.Socket, Buffer>()

// Not `getPeerX509Certificate`: with Node 24 it takes the certificate away, so that the next look finds nothing.
// Node gives `{}` for none, which its types do not say.
const rawLeaf = (socket: Tls.TLSSocket): Buffer | undefined => {
  const { raw }: Partial<Tls.PeerCertificate> = socket.getPeerCertificate(false) ?? {}
  return raw
}

const problems = new WeakMap<object, TlsProblem>()

/** What an error of a TLS socket means, where it is about TLS. */
export const problemOf = (error: Error): TlsProblem | undefined => error instanceof TlsProblem ? error : problems.get(error)

const note = (error: Error, options: HandshakeOptions, socket: Tls.TLSSocket): void => {
  if (error instanceof TlsProblem) return
  const problem = alertProblem(error, options, socket)
  if (problem !== undefined) problems.set(error, problem)
}

/** The handshake broke off: what does the peer's alert, or OpenSSL, say? */
const alertProblem = (
  error: Error & { readonly code?: string; readonly reason?: string },
  options: HandshakeOptions,
  socket: Tls.TLSSocket
): TlsProblem | undefined => {
  const { code } = error
  const { label, peer, settings } = options
  const own = settings.certificate
  let reason = tlsReason(code, own !== undefined)
  if (reason === undefined) return undefined
  const leaf = rawLeaf(socket) ?? certificates.get(socket)
  // Before TLS 1.3 there is no alert for a certificate that is missing. But whoever has shown its own has agreed to all the rest.
  if (reason === "protocol" && leaf !== undefined && isHandshakeFailure(code)) {
    reason = own === undefined ? "clientCertificateRequired" : "clientCertificateRefused"
  }
  const words = alertWords(reason, code, own, options)
  return new TlsProblem({
    reason,
    peer,
    code,
    detail: `${label} ${words.detail ?? `and we do not understand each other: ${(error.reason ?? error.message).split("\n", 1)[0]!.slice(0, 200)}`}`,
    fix: words.fix,
    ...(leaf === undefined ? {} : shownChain(chainOf(socket)))
  })
}

const alertWords = (
  reason: TlsReason,
  code: string | undefined,
  own: X509Certificate | undefined,
  options: HandshakeOptions
): { readonly detail?: string | undefined; readonly fix?: string | undefined } => {
  const where = options.peer === "proxy" ? "the proxy's `tls`" : "`tls`"
  if (reason === "clientCertificateRequired") {
    return { detail: "wants a client certificate, and none was given", fix: `Give one in ${where}: \`certificate: { certificate, key }\` or \`{ pkcs12 }\`` }
  }
  if (reason === "clientCertificateRefused") {
    const expired = own !== undefined && own.validToDate.getTime() < Date.now()
    return {
      detail: own === undefined
        ? "does not accept our certificate"
        : `does not accept our certificate ${subjectOf(own)}, signed by ${issuerOf(own)}${expired ? `: it expired on ${own.validTo}` : ""}`,
      fix: expired ? "Renew it" : undefined
    }
  }
  if (isVersionMismatch(code)) {
    const { maxVersion, minVersion } = options.settings
    const allowed = minVersion === maxVersion ? minVersion : maxVersion === "TLSv1.3" ? `${minVersion} and above` : `${minVersion} to ${maxVersion}`
    return {
      detail: `speaks no version of TLS that is allowed here (${allowed})`,
      fix: `See \`minVersion\` and \`maxVersion\` of ${where}; below TLSv1.2 nothing is spoken`
    }
  }
  return isNotTls(code) ? { detail: "does not speak TLS", fix: "Check the port, and whether the URL should begin with http" } : {}
}

/**
 * What the peer showed, its own certificate first, up to the authority where that is known.
 */
export const chainOf = (socket: Tls.TLSSocket): ReadonlyArray<X509Certificate> => {
  const chain: Array<X509Certificate> = []
  let each: Tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  // Node gives `{}` for none, and the last one is its own issuer.
  while (each?.raw !== undefined && chain.length < 32) {
    chain.push(new X509Certificate(each.raw))
    each = each.issuerCertificate === each ? undefined : each.issuerCertificate
  }
  const known = certificates.get(socket)
  return chain.length === 0 && known !== undefined ? [new X509Certificate(known)] : chain
}

/** The part of a chain in which each certificate has really been signed by the next one. */
const signedPart = (chain: ReadonlyArray<X509Certificate>): ReadonlyArray<X509Certificate> => {
  const end = chain.findIndex((each, index) => {
    const next = chain[index + 1]
    return next === undefined || !next.ca || !each.checkIssued(next) || !each.verify(next.publicKey)
  })
  return chain.slice(0, end + 1)
}

/** @see https://www.rfc-editor.org/rfc/rfc7469#section-2.4 the pin of a public key */
const pinOf = (certificate: X509Certificate): string =>
  createHash("sha256").update(certificate.publicKey.export({ type: "spki", format: "der" })).digest("base64")

/** Is this the peer that we want to speak to? */
const judge = (socket: Tls.TLSSocket, name: string, options: HandshakeOptions, known: Buffer | undefined): TlsProblem | undefined => {
  const { label, peer, settings } = options
  // A session is resumed only where chain, name, lists and pins were judged by the very same settings; time goes on.
  const resumed = socket.isSessionReused()
  // A renegotiation may resume what was judged on this very socket.
  const raw = resumed ? certificates.get(socket) ?? known : rawLeaf(socket)
  if (raw === undefined) return new TlsProblem({ reason: "untrusted", peer, detail: `${label} showed no certificate` })
  certificates.set(socket, raw)
  const leaf = new X509Certificate(raw)
  const problem = (reason: TlsReason, code: string, detail: string, fix?: string, all = chainOf(socket)) =>
    new TlsProblem({ reason, peer, code, detail: `${label}: ${detail}`, fix, ...shownChain(all) })
  if (settings.verify) {
    if (!socket.authorized) return distrust(socket, options, leaf, problem)
    if (resumed && leaf.validToDate.getTime() < Date.now()) {
      return problem("expired", "CERT_HAS_EXPIRED", `the certificate ${subjectOf(leaf)} expired on ${leaf.validTo}`)
    }
    // The common name never counts (RFC 9525 section 6.3), and an address is no name.
    const match = Net.isIP(name) === 0
      ? leaf.checkHost(name, { subject: "never", wildcards: true, partialWildcards: false, multiLabelWildcards: false, singleLabelSubdomains: false })
      : leaf.checkIP(name)
    if (match === undefined) {
      return problem("wrongHost", "ERR_TLS_CERT_ALTNAME_INVALID", `the certificate ${subjectOf(leaf)} is for ${namesOf(leaf)}, not for ${name}`)
    }
  }
  if (resumed) return undefined
  if (settings.verify && settings.anchors !== undefined) {
    const chain = signedPart(chainOf(socket))
    if (!settings.anchors().hold(chain)) {
      const top = chain.at(-1) ?? leaf
      const detail = `the certificate ${subjectOf(leaf)} leads to ${issuerOf(top)}, which is not trusted here`
      return problem("untrusted", "UNABLE_TO_GET_ISSUER_CERT", detail, addCa(options, issuerOf(top)))
    }
  }
  if (settings.verify && settings.crl.length > 0) {
    const chain = chainOf(socket)
    const found = findRevoked(settings.crl, chain, new Date())
    if (found !== undefined) return problem("revoked", found.code, found.detail, found.fix, chain)
  }
  if (settings.pins.size > 0) {
    const chain = signedPart(chainOf(socket))
    const pins = chain.map(pinOf)
    if (!pins.some((pin) => settings.pins.has(pin))) {
      return problem("pin", "PIN_MISMATCH", `none of the pinned public keys is in the chain of ${subjectOf(leaf)}, whose own is sha256/${pins[0]}`)
    }
  }
  return undefined
}

const addCa = (options: HandshakeOptions, name: string): string =>
  `Add this CA with ${options.peer === "proxy" ? "`proxy: { tls: { ca: … } }`" : "`tls: { ca: … }`"}: ${name}`

/** Puts into words why OpenSSL does not believe a chain. */
const distrust = (
  socket: Tls.TLSSocket,
  options: HandshakeOptions,
  leaf: X509Certificate,
  problem: (reason: TlsReason, code: string, detail: string, fix: string | undefined, chain: ReadonlyArray<X509Certificate>) => TlsProblem
): TlsProblem => {
  // Node sets the code alone, though its types say Error.
  const code = String(socket.authorizationError)
  const reason = tlsReason(code) ?? "untrusted"
  const chain = chainOf(socket)
  const top = chain.at(-1) ?? leaf
  const now = Date.now()
  if (reason === "expired") {
    const culprit = chain.find((each) => each.validToDate.getTime() < now) ?? leaf
    return problem(reason, code, `the certificate ${subjectOf(culprit)} expired on ${culprit.validTo}`, undefined, chain)
  }
  if (reason === "notYetValid") {
    const culprit = chain.find((each) => each.validFromDate.getTime() > now) ?? leaf
    return problem(reason, code, `the certificate ${subjectOf(culprit)} is not valid before ${culprit.validFrom}`, undefined, chain)
  }
  switch (code) {
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return problem(
        reason,
        code,
        `the certificate ${subjectOf(leaf)} is signed by itself and not trusted here`,
        addCa(options, `${subjectOf(leaf)}, the certificate itself`),
        chain
      )
    case "SELF_SIGNED_CERT_IN_CHAIN":
      return problem(
        reason,
        code,
        `the certificate ${subjectOf(leaf)} leads to ${subjectOf(top)}, which is not trusted here`,
        addCa(options, subjectOf(top)),
        chain
      )
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return problem(
        reason,
        code,
        `the certificate ${subjectOf(top)} is signed by ${issuerOf(top)}, which is not trusted here`
          + (chain.length === 1 ? ", or is an intermediate certificate that the server should send and does not" : ""),
        addCa(options, issuerOf(top)),
        chain
      )
    default:
      return problem(reason, code, `the certificate ${subjectOf(leaf)} does not verify (${code})`, undefined, chain)
  }
}
