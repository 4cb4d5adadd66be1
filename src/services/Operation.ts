/**
 * An endpoint as the pipeline sees it: how input becomes a request, and how a response becomes a typed result.
 */
import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type { DecodeFailed, Issue, UnexpectedStatus } from "../errors/CallError.ts"
import type { Failure } from "../errors/Failure.ts"
import type { ResponseError } from "../errors/ResponseError.ts"
import type { Redaction } from "../wire/redact.ts"
import type { SecurityRequirement } from "./Authentication.ts"
import type { DecodeMode } from "./Call.ts"
import type { Drift } from "./Hooks.ts"
import type { RequestBody, TransportError, TransportResponse, TransportStream } from "./Transport.ts"

/** Input, encoded: what goes below the base URL. */
export interface EncodedRequest {
  readonly method: string
  /** percent-encoded, beginning with `/`, the query included */
  readonly path: string
  /** lower-case names */
  readonly headers: Readonly<Record<string, string>>
  readonly cookie: string | undefined
  readonly body: RequestBody | undefined
  /** may be sent again although the server may have acted on it: an idempotent method (RFC 9110 section 9.2.2), or keyed */
  readonly idempotent: boolean
  /** the session's credentials go along, and its 401 is the session's own */
  readonly auth: boolean
  /** cookies that the answer sets are not kept: they belong to what was asked for, not to this session */
  readonly ignoreSetCookie: boolean
  /** which credentials it wants: any one of the alternatives. `[]`: none; `undefined`: it does not say */
  readonly security?: ReadonlyArray<SecurityRequirement> | undefined
  /** the base URL of this endpoint, where it has one of its own: absolute, or relative to the session's. See `ApiOptions.servers` */
  readonly server?: string | undefined
}

/** What encoding may draw on besides the input. */
export interface EncodeContext {
  /** members to add to a JSON or form body */
  readonly extra: Readonly<Record<string, unknown>> | undefined
  /** a fresh random name, for an idempotency key or a multipart boundary */
  readonly unique: () => string
}

/** What decoding may draw on besides the response. */
export interface DecodeContext {
  readonly mode: DecodeMode
  /** where and when: for errors */
  readonly failure: Failure
  readonly redaction: Redaction
  /** what an error body says for people, as this API writes it */
  readonly summarize: (body: unknown) => string | undefined
  /** takes what the schema did not foresee; `undefined`: nobody listens */
  readonly drift: ((drift: ReadonlyArray<Drift>) => void) | undefined
}

/** An answer that is no success: declared, undeclared, or unreadable. */
export type AnswerError = ResponseError<string, number, unknown> | UnexpectedStatus | DecodeFailed

/** An endpoint without its session. */
export interface Operation<in Input, out A, out E extends ResponseError<string, number, unknown>> {
  readonly name: string
  readonly method: string
  /** the template, e.g. `/cases/v2/case/{id}` */
  readonly path: string
  readonly permissions: ReadonlyArray<string>
  /** what its requests say, for `explain` */
  readonly security?: EncodedRequest["security"]
  readonly server?: EncodedRequest["server"]
  /** the media type it asks for, where it is one of several of its endpoint (`endpoint.as("text/csv")`) */
  readonly mediaType?: string | undefined
  /** what this one tells more about (`Endpoint.withResponse`): the same request, so that whoever answers for that one answers for this one */
  readonly base?: Operation<Input, unknown, E> | undefined
  /** the response's body is given as a stream */
  readonly streaming: boolean
  /** what a success means whose body is still on its way; only where `streaming` */
  readonly open?: ((response: TransportStream, context: DecodeContext) => Effect.Effect<A, E | UnexpectedStatus | DecodeFailed | TransportError>) | undefined
  readonly encode: (input: Input, context: EncodeContext) => Result.Result<EncodedRequest, ReadonlyArray<Issue>>
  readonly decode: (response: TransportResponse, context: DecodeContext) => Effect.Effect<A, E | UnexpectedStatus | DecodeFailed>
}
