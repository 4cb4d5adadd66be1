/**
 * Transports for any platform.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { CapabilityUnavailable, ConnectionFailed, DecodeFailed } from "../../errors/CallError.ts"
import { Transport, type TransportError, type TransportLimits, type TransportRequest, type TransportResponse, type TransportStream } from "../../services/Transport.ts"
import { concat } from "../../wire/bytes.ts"
import type { ResponseHeaders } from "../../wire/headers.ts"
import { limited } from "./limited.ts"

export { Transport } from "../../services/Transport.ts"
export { httpClientLayer } from "./httpClient.ts"
export type {
  CertificateSource,
  ClientCertificate,
  Connection,
  ConnectionRequest,
  PemSource,
  ProxyOption,
  ProxyServer,
  RequestBody,
  ReservedConnection,
  TimeLimit,
  TlsOptions,
  TransportError,
  TransportLimits,
  TransportRequest,
  TransportResponse,
  TransportStream
} from "../../services/Transport.ts"

/** What {@link fromHttpClient} has to know about the client. */
export interface FromHttpClientOptions extends Pick<TransportLimits, "maxResponseSize"> {
  /**
   * Who follows redirects. `"manual"`: the client gives a 3xx as it is, and the session decides on it. Say so only where it
   * is true: a client that follows by itself carries credentials to other origins. A browser's fetch, told so, hides where
   * a redirect leads: such a call fails with `CapabilityUnavailable`. For a client that cannot be told say `"below"`: calls
   * that carry more than harmless headers then fail with `CapabilityUnavailable` before anything is sent
   */
  readonly redirects: "manual" | "below"
  /** for `explain` */
  readonly name?: string | undefined
}

/**
 * A transport over any of Effect's `HttpClient`s: fetch, a browser, Deno, Bun, a test.
 *
 * @example
 * ```ts
 * // fetch follows redirects unless it is told not to
 * const OverFetch = Layer.effect(Transport.Transport, Effect.map(HttpClient.HttpClient, (client) => Transport.fromHttpClient(client, { redirects: "manual" }))).pipe(
 *   Layer.provide(FetchHttpClient.layer), Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" })))
 * ```
 */
export const fromHttpClient = (client: HttpClient.HttpClient, options: FromHttpClientOptions): Transport["Service"] => {
  const maxResponseSize = options.maxResponseSize ?? 64 * 1024 * 1024
  const execute = (request: TransportRequest): Effect.Effect<HttpClientResponse.HttpClientResponse, TransportError> => {
    const missing = unavailable(request, options)
    if (missing !== undefined) return Effect.fail(missing)
    return client.execute(toClientRequest(request)).pipe(
      // trace headers would go to every origin that a redirect names
      Effect.provideService(HttpClient.TracerPropagationEnabled, false),
      // a call has a span of its own, and the client's would show URL and headers masked by other names than this session's
      Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
      Effect.mapError((error) => connectionFailed(request, detailOf(request, error))),
      // the status of an opaque response: fetch was told not to follow a redirect, and a browser tells nothing of it
      Effect.filterOrFail((response) => response.status !== 0, () =>
        new CapabilityUnavailable({ ...failure(request), capability: "following a redirect", hint: "This platform hides where a redirect leads: call the URL that it leads to, or use another transport" }))
    )
  }
  return {
    name: options.name ?? "HttpClient",
    send: (request) =>
      limited(request.limit, request, Effect.flatMap(execute(request), (response) =>
        Effect.map(collect(request, response, request.maxResponseSize ?? maxResponseSize), (body): TransportResponse => ({ status: response.status, headers: headersOf(response), body })))),
    open: (request) =>
      limited(request.limit, request, Effect.map(execute(request), (response): TransportStream => ({
        status: response.status,
        headers: headersOf(response),
        body: Stream.mapError(response.stream, (error) => truncated(request, detailOf(request, error)))
      })))
  }
}

/** {@link fromHttpClient} as a Layer, over the `HttpClient` of the context. */
export const layerFromHttpClient = (options: FromHttpClientOptions): Layer.Layer<Transport, never, HttpClient.HttpClient> =>
  Layer.effect(Transport, Effect.map(HttpClient.HttpClient, (client) => fromHttpClient(client, options)))

const failure = (request: TransportRequest) => ({ operation: request.operation, method: request.method, url: request.displayUrl, attempts: request.attempt })

const connectionFailed = (request: TransportRequest, detail: string): ConnectionFailed =>
  // an HttpClient does not say how far it got
  new ConnectionFailed({ ...failure(request), reason: "other", processed: "maybe", detail: detail.slice(0, 200) })

/** What went wrong. Not the client's own message: that has the URL, masked by other names than this session's. */
const detailOf = (request: TransportRequest, { reason }: HttpClientError.HttpClientError): string => {
  const cause = reason.cause instanceof Error ? reason.cause : undefined
  const deeper = cause?.cause instanceof Error ? cause.cause.message : undefined
  return [reason.description, cause?.message, deeper].filter((text) => text !== undefined && text !== "").join(": ").replaceAll(request.url.href, request.displayUrl) || reason._tag
}

const truncated = (request: TransportRequest, detail: string): ConnectionFailed =>
  new ConnectionFailed({ ...failure(request), reason: "truncated", processed: "maybe", detail: detail.slice(0, 200) })

const unavailable = (request: TransportRequest, options: FromHttpClientOptions): CapabilityUnavailable | undefined => {
  const missing = (capability: string, hint: string) => new CapabilityUnavailable({ ...failure(request), capability, hint })
  if (request.tls !== undefined) return missing("setting TLS", "Use NodeTransport.layer() of credence/node, or configure the HttpClient")
  if (request.proxy !== undefined && request.proxy !== "none") return missing("choosing a proxy", "Use NodeTransport.layer() of credence/node, or configure the HttpClient")
  if (request.partition !== undefined) return missing("binding a login to a connection", "Use NodeTransport.layer() of credence/node")
  const secret = options.redirects === "below" && (request.secretUrl === true || Object.keys(request.headers).some((name) => !harmless.has(name)))
  return secret ? missing("following redirects safely", "This client follows redirects by itself and would carry credentials along: make it leave redirects alone") : undefined
}

/** What a client that follows redirects by itself may carry to another origin. */
const harmless = new Set(["accept", "content-type", "user-agent"])

const toClientRequest = (request: TransportRequest): HttpClientRequest.HttpClientRequest => {
  const { "content-type": contentType, ...headers } = request.headers
  const base = HttpClientRequest.make(request.method as "GET")(request.url.href, { headers })
  const { body } = request
  if (body === undefined) return base
  if (body._tag === "Stream") {
    return HttpClientRequest.bodyStream(base, body.stream, { contentType: contentType ?? "application/octet-stream", contentLength: body.length })
  }
  return HttpClientRequest.bodyUint8Array(base, typeof body.bytes === "string" ? new TextEncoder().encode(body.bytes) : body.bytes, contentType ?? "application/octet-stream")
}

const headersOf = (response: HttpClientResponse.HttpClientResponse): ResponseHeaders => {
  const { "content-encoding": _encoding, ...headers } = response.headers
  // the client has undone content codings; a cookie may stand in a place of its own
  const cookies = Object.values(response.cookies.cookies).map((cookie) => `${cookie.name}=${cookie.valueEncoded}${attributes(cookie.options)}`)
  return cookies.length > 0 ? { ...headers, "set-cookie": cookies } : headers
}

interface CookieAttributes {
  readonly domain?: string | undefined
  readonly path?: string | undefined
  readonly secure?: boolean | undefined
  readonly expires?: Date | undefined
  readonly maxAge?: Duration.Input | undefined
}

const attributes = (options: CookieAttributes | undefined): string => {
  if (options === undefined) return ""
  const parts = [
    options.domain === undefined ? "" : `Domain=${options.domain}`,
    options.path === undefined ? "" : `Path=${options.path}`,
    options.secure === true ? "Secure" : "",
    options.expires === undefined ? "" : `Expires=${options.expires.toUTCString()}`,
    options.maxAge === undefined ? "" : `Max-Age=${Math.round(Duration.toSeconds(Duration.fromInputUnsafe(options.maxAge)))}`
  ].filter((part) => part !== "")
  return parts.length === 0 ? "" : `; ${parts.join("; ")}`
}

const collect = (request: TransportRequest, response: HttpClientResponse.HttpClientResponse, limit: number): Effect.Effect<Uint8Array, TransportError> => {
  if (request.method === "HEAD" || response.status === 204 || response.status === 304) return Effect.succeed(new Uint8Array(0))
  const tooLarge = new DecodeFailed({ ...failure(request), status: response.status, reason: "limit", issues: [{ path: "", message: `the body is larger than ${limit} bytes` }] })
  return Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let length = 0
    return response.stream.pipe(
      Stream.mapError((error): TransportError => truncated(request, detailOf(request, error))),
      Stream.runForEach((chunk) => {
        length += chunk.length
        if (length > limit) return Effect.fail<TransportError>(tooLarge)
        chunks.push(chunk)
        return Effect.void
      }),
      Effect.map(() => concat(chunks))
    )
  })
}
