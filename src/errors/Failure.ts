/**
 * What every failure of a call tells, whichever family it belongs to.
 */
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/** Where and when a call failed. All texts are redacted before they get here. */
export interface Failure {
  /** name of the endpoint, e.g. `getCaseMetadataByID` */
  readonly operation: string
  /** request method (RFC 9110 section 9) */
  readonly method: string
  /** absolute URL without user information; values of sensitive query parameters are masked */
  readonly url: string
  /** attempts made, the failing one included; 0 when nothing was sent */
  readonly attempts: number
  /** status of the response, where there was one */
  readonly status?: number | undefined
  /** what the server calls this request (`X-Request-Id` and relatives) */
  readonly requestId?: string | undefined
  /** how long the server asked to wait (`Retry-After`, RFC 9110 section 10.2.3) */
  readonly retryAfter?: Duration.Duration | undefined
  /** why no further attempt was made, where another one would have been due */
  readonly notRetried?: NotRetried | undefined
}

/** Why a failure that could be retried was not. */
export type NotRetried =
  /** the server may have acted on it, and a repeat might do so twice */
  | "method"
  /** the request's body is a stream that was already consumed */
  | "body"
  /** the session's retry budget is empty */
  | "budget"
  /** the wait would have ended after the deadline */
  | "deadline"
  /** the server asks to wait longer than `maxRetryAfter` */
  | "retryAfter"

/** The encoded form of {@link Failure}: what crosses a process border. */
export interface FailureEncoded {
  readonly operation: string
  readonly method: string
  readonly url: string
  readonly attempts: number
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly retryAfter?: number | undefined
  readonly notRetried?: NotRetried | undefined
}

/** Schema fields of {@link Failure}, for the schema of each error. */
export const failureFields = {
  operation: Schema.String,
  method: Schema.String,
  url: Schema.String,
  attempts: Schema.Number,
  status: Schema.optional(Schema.Number),
  requestId: Schema.optional(Schema.String),
  retryAfter: Schema.optional(Schema.DurationFromMillis),
  notRetried: Schema.optional(Schema.Literals(["method", "body", "budget", "deadline", "retryAfter"]))
}

const whyNot: Record<NotRetried, string> = {
  method: "Not retried: the server may have acted on it",
  body: "Not retried: the request's body is a stream that can be sent only once",
  budget: "Not retried: the session's retry budget is empty",
  deadline: "Not retried: the wait would have ended after the deadline",
  retryAfter: "Not retried: the server asks to wait longer than `maxRetryAfter`"
}

/** Part of it may be the server's own words: it must not write lines of its own into a log, or steer a terminal. */
const oneLine = (text: string): string => /\p{Cc}/u.test(text) ? text.replace(/[\s\p{Cc}]+/gu, " ").trim() : text

/** `getCase: what happened (GET https://…, after 3 attempts). What to try.` */
export const sentence = (failure: Failure, what: string, hint?: string): string =>
  `${failure.operation}: ${oneLine(what)} (${failure.method} ${failure.url}${failure.attempts > 1 ? `, after ${failure.attempts} attempts` : ""})`
  + (hint === undefined ? "" : `. ${hint}`)
  + (failure.notRetried === undefined ? "" : `. ${whyNot[failure.notRetried]}`)

/** The same failure, saying why it was not retried. */
export const withNotRetried = <E extends Failure & { readonly message: string }>(error: E, notRetried: NotRetried): E =>
  // the failure of a request, which the transport or a decoder has just made for this attempt: completed, not changed under somebody's eyes
  Object.assign(error, { notRetried, message: `${error.message}. ${whyNot[notRetried]}` })

/**
 * Schema of an error class: encodes to a plain object with `_tag`, decodes to an instance, so that errors keep their
 * class when they cross a process border. `message` is not sent: the constructor writes it anew.
 */
export const errorSchema = <Self, Args, Encoded>(
  tag: string,
  make: new(args: Args) => Self,
  args: Schema.ConstraintCodec<Args, Encoded>
): Schema.Codec<Self, Encoded & { readonly _tag: string }> => {
  // The fields are generic here, so the compiler cannot relate the struct to `Args`; errors.test.ts round-trips every class.
  const fields = (args as unknown as Schema.Struct<Schema.Struct.Fields>).fields
  const wire = Schema.Struct({ _tag: Schema.tag(tag), ...fields })
  const instance = Schema.declare((u): u is Self => u instanceof make)
  return wire.pipe(Schema.decodeTo(
    instance,
    SchemaTransformation.transform({
      decode: (encoded) => new make(encoded as unknown as Args),
      encode: (self) => {
        const out: Record<string, unknown> = { _tag: tag }
        for (const key of Object.keys(fields)) {
          const value = (self as Record<string, unknown>)[key]
          // a required member may be `undefined` itself, such as the body of an answer that had none
          if (value !== undefined || fields[key]?.ast.context?.isOptional !== true) out[key] = value
        }
        return out as typeof wire["Type"]
      }
    })
  )) as unknown as Schema.Codec<Self, Encoded & { readonly _tag: string }>
}
