/**
 * A session as Effect's `HttpClient`, so that any client made by someone else runs authenticated.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { CallError } from "../../errors/CallError.ts"
import type { Session } from "../../services/Session.ts"
import { fromClientRequest, toClientError, toClientResponse } from "../transport/httpClient.ts"

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
      (request) => Effect.flatMap(request, (r) => Effect.mapError(execute(s, r), (cause) => toClientError(r, cause))),
      Effect.succeed
    )))

const execute = (session: Session, request: HttpClientRequest.HttpClientRequest): Effect.Effect<HttpClientResponse.HttpClientResponse, CallError> => {
  const plain = fromClientRequest(request)
  return Result.isFailure(plain) ? Effect.fail(plain.failure) : Effect.map(session.request(plain.success), (response) => toClientResponse(request, response))
}
