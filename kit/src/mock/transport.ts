/**
 * A mock without any server: a transport that answers by itself.
 */
import { ConnectionFailed } from "credence/errors"
import { type RequestBody, Transport, type TransportError, type TransportRequest, type TransportResponse } from "credence/Transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { encode } from "../http/message.ts"
import { makeHandler, type MockOptions } from "./handler.ts"
import type { Endpoints } from "./MockEndpoint.ts"

/** How a transport answers. */
export interface TransportOptions extends MockOptions {
  /** the path of the session's base URL, such as `/v1`, which the endpoints' paths follow. Default: none */
  readonly basePath?: string | undefined
}

const bodyOf = (request: TransportRequest): Effect.Effect<Uint8Array, TransportError> => {
  const { body } = request
  if (body === undefined) return Effect.succeed(new Uint8Array(0))
  return body._tag === "Bytes" ? Effect.succeed(typeof body.bytes === "string" ? new TextEncoder().encode(body.bytes) : body.bytes) : collected(request, body)
}

const collected = (request: TransportRequest, body: Extract<RequestBody, { readonly _tag: "Stream" }>): Effect.Effect<Uint8Array, TransportError> =>
  Stream.runFold(body.stream, (): Array<Uint8Array> => [], (chunks, chunk) => (chunks.push(chunk), chunks)).pipe(
    Effect.map((chunks) => new Uint8Array(Buffer.concat(chunks))),
    Effect.mapError(() =>
      new ConnectionFailed({
        operation: request.operation,
        method: request.method,
        url: request.displayUrl,
        attempts: request.attempt,
        reason: "body",
        processed: "maybe",
        detail: "the request's body failed"
      }))
  )

/**
 * What {@link make} answers, without any server: for sessions in tests and previews.
 *
 * @example
 * ```ts
 * const Test = Petstore.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.layer({ baseUrl: "https://mock.test" }), transport([Pets])]))
 * ```
 */
export const transport = (endpoints: Endpoints, options: TransportOptions = {}): Layer.Layer<Transport> =>
  Layer.sync(Transport, () => {
    const handle = makeHandler(endpoints, options)
    const basePath = (options.basePath ?? "").replace(/\/$/, "")
    const answer = (request: TransportRequest): Effect.Effect<TransportResponse, TransportError> =>
      Effect.map(bodyOf(request), (body) => {
        const { origin, pathname, search, searchParams } = request.url
        const answered = handle({
          method: request.method,
          origin,
          path: basePath !== "" && pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname,
          query: searchParams,
          search: search.slice(1),
          headers: request.headers,
          body,
          clientAddress: "127.0.0.1"
        })
        const { bytes, headers } = encode(answered)
        return {
          status: answered.status,
          headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
          body: request.method === "HEAD" ? new Uint8Array(0) : bytes
        }
      })
    const delay = options.delay ?? 0
    // no clock is asked where there is nothing to wait for
    const send = (request: TransportRequest): ReturnType<typeof answer> => delay > 0 ? Effect.delay(answer(request), delay) : answer(request)
    return Transport.of({
      name: "mock",
      send,
      open: (request) => Effect.map(send(request), ({ body, headers, status }) => ({ status, headers, body: Stream.succeed(body) }))
    })
  })
