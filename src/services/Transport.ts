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

export type { ResponseHeaders } from "../wire/headers.ts"

/** Everything that can go wrong below a session. */
export type TransportError = ConnectionFailed | Timeout | TlsFailed | DecodeFailed | CapabilityUnavailable

/** A request body. A stream without `replay` can be sent once only: neither retried nor redirected with its body. */
export type RequestBody =
  | { readonly _tag: "Bytes"; readonly bytes: Uint8Array | string }
  | { readonly _tag: "Stream"; readonly stream: Stream.Stream<Uint8Array, unknown>; readonly length?: number | undefined; readonly replay: boolean }

/** TLS of one session or call. Anything here makes a connection pool of its own. */
export interface TlsOptions {
  /** `false` accepts any certificate, for this session or call only; a warning is logged once. Default `true` */
  readonly verify?: boolean | undefined
  /** PEM certificates of authorities, added to the platform's own */
  readonly ca?: string | ReadonlyArray<string> | undefined
}

/** The way to the server: an http proxy's URL, what the environment says (`HTTPS_PROXY`, `NO_PROXY`, …), or none. */
export type ProxyOption = "environment" | "none" | { readonly url: string; readonly username?: string | undefined; readonly password?: Redacted.Redacted<string> | undefined }

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
  readonly tls: TlsOptions | undefined
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
