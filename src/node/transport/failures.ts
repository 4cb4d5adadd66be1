/**
 * From what Node and undici report to the failures of a call. Details name `host:port` and what happened; never a header,
 * a credential or a path.
 */
import * as Duration from "effect/Duration"
import {
  CapabilityUnavailable,
  ConnectionFailed,
  type ConnectionReason,
  DecodeFailed,
  type DecodeReason,
  Timeout,
  type TimeoutPhase,
  TlsFailed,
  type TlsFailure
} from "../../errors/CallError.ts"
import type { Failure } from "../../errors/Failure.ts"
import type { TransportError, ConnectionRequest } from "../../services/Transport.ts"
import { problemOf } from "./handshake.ts"
import type { ProxyRefusal } from "./proxyLogin.ts"
import { tlsReason } from "./tlsProblem.ts"

/** What a system error looks like: Node, OpenSSL and undici all set `code`. */
export interface CodedError extends Error {
  readonly code?: string
  /** OpenSSL's short text, e.g. `wrong version number` */
  readonly reason?: string
  readonly errors?: ReadonlyArray<CodedError>
}

/** A proxy does not serve a request. `status` is the proxy's own. */
export const proxyRefused = (
  request: ConnectionRequest,
  proxy: string,
  { detail, unavailable: missing }: ProxyRefusal,
  processed: "no" | "maybe",
  status?: number
): TransportError =>
  missing === undefined
    ? connectionFailed(request, "proxy", processed, `proxy ${proxy} ${detail}`, undefined, status)
    : unavailable(request, missing.capability, missing.hint)

/** Where a connection attempt failed. */
export type ConnectStage = "connect" | "proxy" | "TLS"

/** The two ends of an exchange, as they may be shown. */
export interface Peer {
  /** `host:port` of the server */
  readonly server: string
  /** `host:port` of the proxy */
  readonly proxy: string | undefined
  /** the proxy forwards the requests: whatever breaks is the connection to it */
  readonly forwards?: boolean | undefined
}

const failure = (request: ConnectionRequest, status: number | undefined): Failure => ({
  operation: request.operation,
  method: request.method,
  url: request.displayUrl,
  attempts: request.attempt,
  ...(status === undefined ? {} : { status })
})

/** Builds `ConnectionFailed` for a request. */
export const connectionFailed = (
  request: ConnectionRequest,
  reason: ConnectionReason,
  processed: "no" | "maybe",
  detail: string,
  code?: string,
  status?: number
): ConnectionFailed =>
  new ConnectionFailed({ ...failure(request, status), reason, processed, detail, ...(code === undefined ? {} : { code }) })

/** Builds `Timeout` for a request. */
export const timedOut = (request: ConnectionRequest, phase: TimeoutPhase, millis: number, processed: "no" | "maybe", status?: number): Timeout =>
  new Timeout({ ...failure(request, status), phase, limit: Duration.millis(millis), processed })

/** Builds `DecodeFailed` for a response of which nothing but its size or coding was looked at. */
export const decodeFailed = (request: ConnectionRequest, reason: DecodeReason, path: string, message: string, status?: number): DecodeFailed =>
  new DecodeFailed({ ...failure(request, status), reason, issues: [{ path, message }] })

/** Builds `TlsFailed` for a request. */
export const tlsFailed = (request: ConnectionRequest, tls: TlsFailure): TlsFailed => new TlsFailed({ ...failure(request, undefined), ...tls })

/** Builds `CapabilityUnavailable` for a request. */
export const unavailable = (request: ConnectionRequest, capability: string, hint: string): CapabilityUnavailable =>
  new CapabilityUnavailable({ ...failure(request, undefined), capability, hint })

/** The reason that a system error code stands for, while connecting or later. */
const systemReason = (code: string | undefined): ConnectionReason => {
  switch (code) {
    case "ECONNREFUSED":
      return "refused"
    case "ENOTFOUND":
    case "ENODATA":
    case "ESERVFAIL":
      return "dns"
    case "ENETUNREACH":
    case "EHOSTUNREACH":
    case "ENETDOWN":
    case "EHOSTDOWN":
    case "EADDRNOTAVAIL":
    case "ETIMEDOUT":
      return "unreachable"
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
      return "reset"
    default:
      return code !== undefined && code.startsWith("EAI_") ? "dns" : "other"
  }
}

const phrase = (reason: ConnectionReason, peer: string): string => {
  switch (reason) {
    case "refused":
      return `${peer} refused the connection`
    case "dns":
      return `the name in ${peer} does not resolve`
    case "unreachable":
      return `${peer} cannot be reached`
    case "reset":
      return `${peer} reset the connection`
    default:
      return `no connection to ${peer}`
  }
}

// One line of what a library says, for errors that we have no words for.
const excerpt = (error: CodedError): string => (error.reason ?? error.message).split("\n", 1)[0]!.slice(0, 200)

// All addresses of a name failed: a refusal says more than a missing IPv6 route.
const mostTelling = (error: CodedError): CodedError =>
  error.errors === undefined ? error : error.errors.find((each) => each.code === "ECONNREFUSED") ?? error.errors[0] ?? error

/** A connection could not be made; nothing of the request was sent. */
export const connectFailure = (request: ConnectionRequest, peer: Peer, stage: ConnectStage, cause: CodedError): TransportError => {
  const error = mostTelling(cause)
  const { code } = error
  const target = stage === "proxy" && peer.proxy !== undefined ? `proxy ${peer.proxy}` : peer.server
  const problem = problemOf(error)
  if (problem !== undefined) return tlsFailed(request, problem.failure)
  const reason = tlsReason(code)
  if (reason !== undefined) return tlsFailed(request, { reason, detail: `${target}: ${excerpt(error)}`, code })
  const system = systemReason(code)
  const text = stage === "TLS" && system === "reset" ? `${target} closed the connection during the TLS handshake` : phrase(system, target)
  const detail = system === "other" ? `${text}: ${excerpt(error)}` : text
  return connectionFailed(request, stage === "proxy" ? "proxy" : system, "no", detail, code)
}

/** How far an exchange had come when it broke. */
export interface Progress {
  /** has anything of the request been written? */
  readonly started: boolean
  /** status, when the head of the response has come */
  readonly status: number | undefined
  /** bytes of the body that have come */
  readonly received: number
}

/** An established connection broke, or undici refused the request. */
export const exchangeFailure = (request: ConnectionRequest, peer: Peer, progress: Progress, error: CodedError): TransportError => {
  const { code } = error
  const { status } = progress
  const server = peer.forwards === true ? `proxy ${peer.proxy}` : peer.server
  const processed = progress.started ? "maybe" : "no"
  const fail = (reason: ConnectionReason, detail: string) => connectionFailed(request, reason, processed, detail, code, status)
  const after = status === undefined ? "before it answered" : `after ${progress.received} bytes of the body`
  if (code === "UND_ERR_HEADERS_OVERFLOW") {
    return decodeFailed(request, "limit", "headers", "the response's head is larger than `maxHeaderSize`", status)
  }
  // TLS 1.3 tells only after the handshake that the server wanted another client certificate (RFC 8446 section 4.4.2.4), and
  // with TLS 1.2 it may ask for one only once it has seen the path (RFC 5746).
  const problem = status === undefined ? problemOf(error) : undefined
  if (problem !== undefined && problem.failure.reason !== "protocol") return tlsFailed(request, problem.failure)
  // undici 8.12 leaves `code` of its parser's errors empty, so the name and the text have to do. The text is the parser's
  // own; what the server sent is in `data` and stays there.
  const parser = error.name === "HTTPParserError"
  if (parser ? error.message.includes("Invalid EOF state") : code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" && status !== undefined) {
    return fail("truncated", `${server} closed the connection ${after}`)
  }
  if (code === "ERR_HTTP2_STREAM_ERROR") {
    const wish = error.message === "HTTP_1_1_REQUIRED" ? ": it wants HTTP/1.1, so leave out `http2`" : ""
    return fail(status === undefined ? "reset" : "truncated", `${server} gave up the request (HTTP/2: ${error.message}) ${after}${wish}`)
  }
  if (code === "UND_ERR_SOCKET") {
    if (error.message.startsWith("bad ")) return fail("protocol", `${server} sent a response that nobody asked for`)
    return fail(status === undefined ? "closed" : "truncated", `${server} closed the connection ${after}`)
  }
  if (parser || code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return fail("protocol", `${server}: ${excerpt(error)}`)
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") return fail("closed", "the transport was closed")
  if (code === "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH") return fail("body", "the request body is not as long as was declared")
  const reason = systemReason(code)
  if (reason === "reset") return fail("reset", `${phrase("reset", server)} ${after}`)
  // undici's messages name a header at most, never its value
  return fail(reason, reason === "other" ? `${server}: ${excerpt(error)}` : phrase(reason, server))
}
