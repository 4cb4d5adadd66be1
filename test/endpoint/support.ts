/** Endpoints without a session: what they send for an input, and what they make of an answer. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Session } from "credence"
import type { Issue } from "credence"
import type { DecodeContext, EncodeContext, EncodedRequest } from "../../src/services/Operation.ts"
import type { Drift } from "../../src/services/Hooks.ts"
import type { TransportResponse } from "../../src/services/Transport.ts"
import * as Redact from "../../src/wire/redact.ts"
import { summarize } from "../../src/endpoint/summary.ts"

export class Api extends Session.Service<Api>()("api") {}

interface Encodes<Input> {
  readonly operation: { readonly encode: (input: Input, context: EncodeContext) => Result.Result<EncodedRequest, ReadonlyArray<Issue>> }
}
interface Decodes<A, E> {
  readonly operation: { readonly decode: (response: TransportResponse, context: DecodeContext) => Effect.Effect<A, E> }
}

const unique = () => {
  let count = 0
  return () => `unique-${++count}`
}

/** what is sent for an input */
export const sent = <Input>(endpoint: Encodes<Input>, input: Input, extra?: Readonly<Record<string, unknown>>): EncodedRequest =>
  Result.getOrThrowWith(endpoint.operation.encode(input, { extra, unique: unique() }), (issues) => new Error(JSON.stringify(issues)))

/** what is wrong with an input */
export const issues = <Input>(endpoint: Encodes<Input>, input: unknown, extra?: Readonly<Record<string, unknown>>): ReadonlyArray<Issue> => {
  // inputs here are wrong on purpose
  const result = endpoint.operation.encode(input as Input, { extra, unique: unique() })
  if (Result.isSuccess(result)) throw new Error(`was accepted: ${result.success.path}`)
  return result.failure
}

/** a body that is in memory, as text */
export const textOf = (request: EncodedRequest): string => {
  if (request.body?._tag !== "Bytes") throw new Error("no body in memory")
  return typeof request.body.bytes === "string" ? request.body.bytes : new TextDecoder().decode(request.body.bytes)
}

/** an answer; what is no text or bytes is sent as JSON */
export const answer = (status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): TransportResponse => ({
  status,
  headers: { ...(body === undefined || typeof body === "string" || body instanceof Uint8Array ? {} : { "content-type": "application/json" }), ...headers },
  body: body === undefined ? new Uint8Array(0) : body instanceof Uint8Array ? body : new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body))
})

export interface Reading {
  readonly mode?: DecodeContext["mode"]
  readonly secrets?: ReadonlyArray<string>
  readonly drift?: Array<Drift>
}

const context = (options: Reading): DecodeContext => ({
  mode: options.mode ?? "tolerant",
  failure: { operation: "op", method: "GET", url: "https://api.test/x", attempts: 1 },
  redaction: { isSecretName: Redact.isSecretName(), values: () => options.secrets ?? [] },
  summarize,
  drift: options.drift === undefined ? undefined : (found) => void options.drift?.push(...found)
})

/** what an answer gives */
export const read = <A, E>(endpoint: Decodes<A, E>, response: TransportResponse, options: Reading = {}): Effect.Effect<A, E> =>
  Effect.suspend(() => endpoint.operation.decode(response, context(options)))
/** what an answer fails with */
export const fails = <A, E>(endpoint: Decodes<A, E>, response: TransportResponse, options: Reading = {}): Effect.Effect<E, A> => Effect.flip(read(endpoint, response, options))
