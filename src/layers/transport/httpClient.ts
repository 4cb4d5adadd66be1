/**
 * Between Effect's `HttpClient` and the seams of this library.
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Url from "effect/http/Url"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type CallError, InvalidInput } from "../../errors/CallError.ts"
import { type RequestBody, Transport, type TransportResponse } from "../../services/Transport.ts"
import { getAll } from "../../wire/headers.ts"
import { shownUrl } from "../../wire/url.ts"

/** A client's request in the form of the seams. */
export interface PlainRequest {
  readonly method: string
  /** absolute, or a path that begins with `/` where the client gave one */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: RequestBody | undefined
}

/** Translates a client's request. */
export const fromClientRequest = (request: HttpClientRequest.HttpClientRequest): Result.Result<PlainRequest, InvalidInput> => {
  const shown = shownUrl(request.url)
  const invalid = (path: string, message: string) =>
    Result.fail(new InvalidInput({ operation: `${request.method} ${shown}`, method: request.method, url: shown, attempts: 0, issues: [{ path, message }] }))
  // a relative URL is a path below a base URL, which only a session knows
  const relative = request.url.startsWith("/")
  const url = Url.make(relative ? `http://relative${request.url}` : request.url, request.urlParams, Option.getOrUndefined(request.hash))
  if (Result.isFailure(url)) return invalid("url", "expected an absolute URL, or a path that begins with /")
  const body = bodyOf(request)
  if (Result.isFailure(body)) return invalid("body", body.failure)
  // the transport frames the message by itself
  const { "content-length": _, ...headers } = request.headers
  return Result.succeed({ method: request.method, url: relative ? url.success.pathname + url.success.search : url.success.href, headers, body: body.success })
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Result.Result<RequestBody | undefined, string> => {
  const body = request.body
  switch (body._tag) {
    case "Empty":
      return Result.succeed(undefined)
    case "Uint8Array":
      return Result.succeed({ _tag: "Bytes", bytes: body.body })
    case "Stream":
      return Result.succeed({ _tag: "Stream", stream: body.stream, length: body.contentLength, replay: false })
    case "Raw":
      return typeof body.body === "string" || body.body instanceof Uint8Array
        ? Result.succeed({ _tag: "Bytes", bytes: body.body })
        : Result.fail("a raw body must be a text or bytes")
    case "FormData":
      return Result.fail("FormData cannot be sent through a session: use Body.multipart")
  }
}

/**
 * A response as the web has it. A status that may not have a body (RFC 9110 section 6.4.1) takes none there; one outside
 * 200 to 599 cannot be there at all, and is a server's mistake: 500, as RFC 9110 section 15 advises.
 */
export const toWebResponse = (response: TransportResponse): Response => {
  const headers = new Headers()
  for (const name of Object.keys(response.headers)) for (const value of getAll(response.headers, name)) headers.append(name, value)
  const empty = response.status === 204 || response.status === 205 || response.status === 304
  const status = response.status >= 200 && response.status <= 599 ? response.status : 500
  // a copy: a Response takes bytes over an ArrayBuffer of their own
  return new Response(empty ? null : new Uint8Array(response.body), { status, headers })
}

/** A response as Effect's clients expect it. */
export const toClientResponse = (request: HttpClientRequest.HttpClientRequest, response: TransportResponse): HttpClientResponse.HttpClientResponse =>
  HttpClientResponse.fromWeb(request, toWebResponse(response))

/** A typed failure as the one failure that the `HttpClient` service knows; it is the `cause`. */
export const toClientError = (request: HttpClientRequest.HttpClientRequest, cause: CallError): HttpClientError.HttpClientError =>
  new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause, description: cause.message }) })

/**
 * A transport as Effect's `HttpClient`: its pool, TLS, proxies and exact failures for clients that need no session. Nothing
 * is added to requests, and redirects are answers.
 *
 * @example
 * ```ts
 * HttpClient.get("https://example.com").pipe(Effect.provide(Transport.httpClientLayer.pipe(Layer.provide(NodeTransport.layer()))))
 * ```
 */
export const httpClientLayer: Layer.Layer<HttpClient.HttpClient, never, Transport> = /*#__PURE__*/ Layer.effect(
  HttpClient.HttpClient,
  /*#__PURE__*/ Effect.map(Transport, (transport) =>
    HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
      (effect) => Effect.flatMap(effect, (request) => Effect.mapError(exchange(transport, request), (error) => toClientError(request, error))),
      Effect.succeed
    ))
)

const exchange = (transport: Transport["Service"], request: HttpClientRequest.HttpClientRequest): Effect.Effect<HttpClientResponse.HttpClientResponse, CallError> => {
  const plain = fromClientRequest(request)
  if (Result.isFailure(plain)) return Effect.fail(plain.failure)
  const url = URL.parse(plain.success.url)
  const shown = shownUrl(plain.success.url)
  const failure = { operation: `${request.method} ${shown}`, method: request.method, url: shown, attempts: 0 }
  if (url === null) return Effect.fail(new InvalidInput({ ...failure, issues: [{ path: "url", message: "expected an absolute URL: there is no session whose base URL it could be below" }] }))
  return Effect.map(
    transport.send({
      method: request.method,
      url,
      headers: plain.success.headers,
      body: plain.success.body,
      operation: failure.operation,
      attempt: 1,
      displayUrl: shown,
      limit: undefined,
      partition: undefined,
      tls: undefined,
      proxy: undefined,
      maxResponseSize: undefined
    }),
    (response) => toClientResponse(request, response)
  )
}
