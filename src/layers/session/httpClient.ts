/**
 * A session as Effect's `HttpClient`, so that any client made by someone else runs authenticated.
 */
import type * as Context from "effect/Context"
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
import type { RawRequest, Session } from "../../services/Session.ts"
import type { RequestBody, TransportResponse } from "../../services/Transport.ts"
import { getAll } from "../../wire/headers.ts"
import { shownUrl } from "./raw.ts"

/**
 * The session as a client whose failures stay typed: pass it to `HttpApiClient.makeWith`. A status is a response here.
 * Requests to another origin get no credentials. Retry, timeout and redirects are the session's: add none on top.
 *
 * @example
 * ```ts
 * const client = yield* Session.httpClient(Billing)
 * const api = yield* HttpApiClient.makeWith(BillingApi, { httpClient: client, baseUrl: "https://billing.example.com" })
 * ```
 */
export const httpClient = <Self>(session: Context.Key<Self, Session>): Effect.Effect<HttpClient.HttpClient.With<CallError>, never, Self> =>
  Effect.map(session, (s) =>
    // makeWith: `make` would add a second span, and send trace headers to every origin
    HttpClient.makeWith<CallError, never, CallError, never>((request) => Effect.flatMap(request, (r) => execute(s, r)), Effect.succeed))

/**
 * The session as the `HttpClient` service, for clients that ask for one. Typed failures become the `cause` of an
 * `HttpClientError`.
 */
export const httpClientLayer = <Self>(session: Context.Key<Self, Session>): Layer.Layer<HttpClient.HttpClient, never, Self> =>
  Layer.effect(HttpClient.HttpClient, Effect.map(session, (s) =>
    HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
      (request) => Effect.flatMap(request, (r) => Effect.mapError(execute(s, r), (cause) =>
        new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request: r, cause, description: cause.message }) }))),
      Effect.succeed
    )))

const execute = (session: Session, request: HttpClientRequest.HttpClientRequest): Effect.Effect<HttpClientResponse.HttpClientResponse, CallError> => {
  const shown = shownUrl(request.url)
  const failure = { operation: `${request.method} ${shown}`, method: request.method, url: shown, attempts: 0 }
  // a relative URL is a path below the base URL, which only the session knows
  const relative = request.url.startsWith("/")
  const url = Url.make(relative ? `http://relative${request.url}` : request.url, request.urlParams, Option.getOrUndefined(request.hash))
  if (Result.isFailure(url)) {
    return Effect.fail(new InvalidInput({ ...failure, issues: [{ path: "url", message: "expected an absolute URL, or a path that begins with /" }] }))
  }
  const body = bodyOf(request)
  if (Result.isFailure(body)) return Effect.fail(new InvalidInput({ ...failure, issues: [{ path: "body", message: body.failure }] }))
  // the transport frames the message by itself
  const { "content-length": _, ...headers } = request.headers
  const raw: RawRequest = {
    method: request.method,
    url: relative ? url.success.pathname + url.success.search : url.success.href,
    headers,
    body: body.success
  }
  return Effect.map(session.request(raw), (response) => HttpClientResponse.fromWeb(request, toWeb(response)))
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

/** a status that may not have a body (RFC 9110 section 6.4.1) takes none in the web's Response */
const toWeb = (response: TransportResponse): Response => {
  const headers = new Headers()
  for (const name of Object.keys(response.headers)) for (const value of getAll(response.headers, name)) headers.append(name, value)
  const empty = response.status === 204 || response.status === 205 || response.status === 304
  // a copy: a Response takes bytes over an ArrayBuffer of their own
  return new Response(empty ? null : new Uint8Array(response.body), { status: response.status, headers })
}
