/**
 * Kinds of successful responses. A schema alone means JSON (or nothing, for `Schema.Void`).
 */
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { DecodeFailed } from "../errors/CallError.ts"
import type { DecodeContext } from "../services/Operation.ts"
import type { TransportError, TransportStream } from "../services/Transport.ts"
import * as ContentDisposition from "../wire/contentDisposition.ts"
import { get, type ResponseHeaders } from "../wire/headers.ts"
import type { AnyCodec } from "./Param.ts"

export { type EventsOptions, events, type ServerSentEvent } from "./reply/events.ts"
export { jsonLines } from "./reply/jsonLines.ts"

/** A kind of response, and the type of what the endpoint gives. */
export interface Reply<out A> {
  readonly "~credence/reply": "json" | "text" | "bytes" | "stream" | "jsonLines" | "events" | "empty" | "any"
  /** sent as `Accept` */
  readonly mediaType: string
  /** of the body, or of each item of a streamed one */
  readonly schema?: AnyCodec | undefined
  /** what a streamed response gives */
  readonly open?: ((response: TransportStream, context: DecodeContext) => Effect.Effect<A, DecodeFailed>) | undefined
  /** type only: never present */
  readonly "~type"?: A | undefined
}

/** A response body that is still on its way. The scope it was opened in owns its connection. */
export interface Download {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly mediaType: string | undefined
  /** from `Content-Disposition`, made safe: a bare file name without any directory (RFC 6266 section 4.3) */
  readonly name: string | undefined
  /** bytes, where the server told and the body is not compressed */
  readonly size: number | undefined
  readonly body: Stream.Stream<Uint8Array, TransportError>
}

/** JSON in another media type than `application/json`, e.g. `application/vnd.example.v3+json`. */
export const json = <S extends AnyCodec>(schema: S, mediaType = "application/json"): Reply<S["Type"]> => ({ "~credence/reply": "json", mediaType, schema })

/** Text, decoded by its charset (UTF-8 unless the server names another). */
export const text = (mediaType = "text/plain"): Reply<string> => ({ "~credence/reply": "text", mediaType })

/** The whole body in memory. */
export const bytes = (mediaType = "*/*"): Reply<Uint8Array> => ({ "~credence/reply": "bytes", mediaType })

/** The body as a Stream, with its name and size where the server tells them. Adds `Scope` to what the endpoint needs. */
export const stream = (mediaType = "*/*"): Reply<Download> => ({ "~credence/reply": "stream", mediaType, open: toDownload })

const toDownload = (response: TransportStream): Effect.Effect<Download> => {
  const disposition = get(response.headers, "content-disposition")
  const named = disposition === undefined ? undefined : ContentDisposition.parseContentDisposition(disposition)?.filename
  const length = get(response.headers, "content-length")
  return Effect.succeed({
    status: response.status,
    headers: response.headers,
    mediaType: get(response.headers, "content-type"),
    name: named === undefined ? undefined : ContentDisposition.safeFileName(named, "download"),
    size: length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined,
    body: response.body
  })
}

/** No content; a body that comes all the same is ignored. */
export const empty: Reply<void> = { "~credence/reply": "empty", mediaType: "*/*" }

/** Whatever comes, of which nothing is said: JSON where it is some, else the text, `undefined` where there is nothing. */
export const any: Reply<unknown> = { "~credence/reply": "any", mediaType: "*/*" }

export const isReply = (u: object): u is Reply<unknown> => "~credence/reply" in u
