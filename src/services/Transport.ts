/**
 * The seam between a session and the network: one request in, one response out. Redirects, authentication, cookies and
 * retries happen above it.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { CapabilityUnavailable, ConnectionFailed, DecodeFailed, Timeout, TimeoutPhase, TlsFailed } from "../errors/CallError.ts"
import type { ResponseHeaders } from "../wire/headers.ts"
import type { Redaction } from "../wire/redact.ts"
import type { Scheme } from "./Scheme.ts"

export type { ResponseHeaders } from "../wire/headers.ts"

/** Everything that can go wrong below a session. */
export type TransportError = ConnectionFailed | Timeout | TlsFailed | DecodeFailed | CapabilityUnavailable

/** A request body. A stream without `replay` can be sent once only: neither retried nor redirected with its body. */
export type RequestBody =
  | { readonly _tag: "Bytes"; readonly bytes: Uint8Array | string }
  | { readonly _tag: "Stream"; readonly stream: Stream.Stream<Uint8Array, unknown>; readonly length?: number | undefined; readonly replay: boolean }

/** Where PEM comes from: text, a file, or every PEM file of a folder. A single file may hold DER. */
export type PemSource = string | { readonly file: string } | { readonly folder: string }

/** Where authorities' certificates come from; also the operating system's store, or those that Node ships with. */
export type CertificateSource = PemSource | { readonly store: "system" | "node" }

/** Who this client is, for servers that ask for a certificate. Files are read again when they change. */
export type ClientCertificate =
  | {
    /** PEM text of the certificate and the chain above it, or the file with it */
    readonly certificate: string | { readonly file: string }
    /** PEM text of the private key, or the file with it. Encrypted ones (PKCS#8, PKCS#1) need `passphrase` */
    readonly key: Redacted.Redacted<string> | { readonly file: string }
    readonly passphrase?: Redacted.Redacted<string> | undefined
  }
  /** PKCS#12, usually `.p12` or `.pfx` */
  | { readonly pkcs12: Redacted.Redacted<Uint8Array> | { readonly file: string }; readonly passphrase?: Redacted.Redacted<string> | undefined }

/**
 * TLS of one session or call, or of all of a transport. Anything here makes a connection pool of its own. What cannot be used
 * (a file that is missing, a wrong passphrase) fails calls with `TlsFailed`, reason `configuration`.
 *
 * @example
 * ```ts
 * const tls: TlsOptions = { ca: { file: "company-ca.pem" }, certificate: { pkcs12: { file: "me.p12" }, passphrase } }
 * ```
 */
export interface TlsOptions {
  /** `false` accepts any certificate, for this session or call only; a warning is logged once. Default `true` */
  readonly verify?: boolean | undefined
  /** authorities to trust. Default: those of the platform, which is what Node trusts by itself */
  readonly ca?: CertificateSource | ReadonlyArray<CertificateSource> | undefined
  /** are the authorities of `ca` trusted beside the platform's own, or alone? Default `add` */
  readonly caMode?: "add" | "replace" | undefined
  /** revocation lists: a certificate that is on one of them is refused; so is one whose list is too old. Default: none */
  readonly crl?: PemSource | ReadonlyArray<PemSource> | undefined
  /** who this client is, where the server asks. Default: nobody */
  readonly certificate?: ClientCertificate | undefined
  /** the name to ask for (SNI) and to find in the certificate. Default: the URL's host */
  readonly serverName?: string | undefined
  /** default `TLSv1.2` */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined
  /** default `TLSv1.3` */
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3" | undefined
  /**
   * public keys that the server's chain must hold one of, besides being trusted: base64 SHA-256 of the SubjectPublicKeyInfo,
   * with or without `sha256/` before it (RFC 7469 section 2.4)
   */
  readonly pins?: ReadonlyArray<string> | undefined
}

/**
 * A proxy. Its URL begins with `http:`, `https:` or `socks5:` (`socks5h:` is the same: names are always resolved by the proxy);
 * another one is `CapabilityUnavailable`. What the proxy itself fails with is `ConnectionFailed`, reason `proxy`, or
 * `TlsFailed` with `peer: "proxy"`.
 *
 * @example
 * ```ts
 * const proxy: ProxyServer = { url: "http://proxy.example.com:3128", username: "ada", password: Redacted.make("…") }
 * ```
 */
export interface ProxyServer {
  /** user name and password may stand in it */
  readonly url: string
  /** wins over the one in `url`, as does `password` */
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted<string> | undefined
  /** how it may be answered when it asks for a login (407). Default: with user name and password Digest and Basic, else nothing */
  readonly schemes?: ReadonlyArray<Scheme> | undefined
  /** TLS with the proxy itself; the origin's `tls` has no part in it. Default: the platform's */
  readonly tls?: TlsOptions | undefined
}

/**
 * The way to the server: a proxy, one for each scheme of URLs (what is left out goes straight), what the environment says
 * (`HTTPS_PROXY`, `NO_PROXY`, …), or none.
 */
export type ProxyOption =
  | "environment"
  | "none"
  | ProxyServer
  | { readonly http?: ProxyServer | "none" | undefined; readonly https?: ProxyServer | "none" | undefined }

/**
 * A connection that is reserved: only requests that name it go over it, one after another. The same object whenever the same
 * connection is reserved again, so that what was logged in on it can be remembered under it.
 */
export interface Connection {
  /** the server's certificate in DER, where TLS ends at the server (RFC 5929 section 4); `undefined` on plain http */
  readonly certificate: Uint8Array | undefined
  /** it was used before */
  readonly reused: boolean
}

/** A connection in the hands of who has reserved it. */
export interface ReservedConnection extends Connection {
  /** closes it instead of giving it to anybody else: a login on it was refused, or broke off */
  readonly discard: () => void
}

/** For which requests a connection is wanted. */
export type ConnectionRequest = Omit<TransportRequest, "body" | "headers" | "connection">

/** A limit of time that the transport enforces on one exchange, and the name under which its end is reported. */
export interface TimeLimit {
  readonly millis: number
  readonly phase: TimeoutPhase
  /** the whole limit in milliseconds, of which `millis` is left: for the error. Default `millis` */
  readonly whole?: number | undefined
}

/** One request to one origin, complete: nothing is added below but what HTTP/1.1 framing needs. */
export interface TransportRequest {
  readonly method: string
  /** absolute; http or https */
  readonly url: URL
  /** lower-case field names */
  readonly headers: Readonly<Record<string, string>>
  readonly body: RequestBody | undefined
  /** for errors: the endpoint's name, the attempt's number, the URL as it may be shown */
  readonly operation: string
  readonly attempt: number
  readonly displayUrl: string
  /** a credential is in the URL's query, as it never is in `displayUrl` */
  readonly secretUrl?: boolean | undefined
  /** what is secret in this exchange, for whoever writes it down. Default: the well-known names */
  readonly redaction?: Redaction | undefined
  /** the exchange, its body included, must settle within this; for `open` it ends with the response's head */
  readonly limit: TimeLimit | undefined
  /** identity to which connections are bound (client certificate, connection logins); connections are never shared across it */
  readonly partition: string | undefined
  /** the reserved connection to use, and no other: where it is closed, the request fails as not processed */
  readonly connection?: Connection | undefined
  readonly tls: TlsOptions | undefined
  /** it goes to another origin than its session's own: the transport shows no client certificate but one in `tls` */
  readonly foreign?: boolean | undefined
  readonly proxy: ProxyOption | undefined
  /** overrides the transport's own limit, in bytes after decompression */
  readonly maxResponseSize: number | undefined
}

/** A response whose body is in memory, decompressed. */
export interface TransportResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: Uint8Array
}

/** A response whose body is still on its way, decompressed. The scope that opened it owns its connection. */
export interface TransportStream {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: Stream.Stream<Uint8Array, TransportError>
}

/**
 * Sends requests. `send` reads the whole body; `open` gives it as a stream. Both honour `limit`, are interruptible at
 * once, never follow redirects and never add credentials.
 */
export class Transport extends Context.Service<Transport, {
  /** for `explain`: what this transport is, e.g. `node (undici)` */
  readonly name: string
  readonly send: (request: TransportRequest) => Effect.Effect<TransportResponse, TransportError>
  readonly open: (request: TransportRequest) => Effect.Effect<TransportStream, TransportError, Scope.Scope>
  /**
   * Reserves a connection until the scope closes: an idle one of the request's partition, or a new one; `fresh` wants a new
   * one. A response that is still on its way then keeps the connection until it is read. Missing where connections cannot be
   * told apart, as over fetch.
   */
  readonly reserve?: ((request: ConnectionRequest, fresh: boolean) => Effect.Effect<ReservedConnection, TransportError, Scope.Scope>) | undefined
}>()("credence/Transport") {}

/** Limits of a transport; every one settable. */
export interface TransportLimits {
  /** time to connect, TLS handshake included. Default 10 seconds */
  readonly connectTimeout?: Duration.Input | undefined
  /** longest silence while waiting for or reading a response. Default 30 seconds */
  readonly idleTimeout?: Duration.Input | undefined
  /** bytes of a buffered response after decompression. Default 64 MiB; streams are unbounded */
  readonly maxResponseSize?: number | undefined
  /** bytes of a response's head. Default 64 KiB */
  readonly maxHeaderSize?: number | undefined
}
