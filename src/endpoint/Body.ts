/**
 * Kinds of request bodies. A schema alone means JSON.
 */
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { AnyCodec, Field, FieldsInput } from "./Param.ts"

/** A request body and the type of its input. */
export interface Body<out Input> {
  readonly "~credence/body": "json" | "form" | "multipart" | "text" | "bytes" | "stream"
  readonly mediaType: string
  readonly schema?: AnyCodec | undefined
  readonly fields?: Readonly<Record<string, Field | FilePart>> | undefined
  /** type only: never present */
  readonly "~input"?: Input | undefined
}

/** A part of a multipart body that is a file. */
export interface FilePart {
  readonly "~credence/file": true
  readonly optional: boolean
}

/** A file to upload. Its content is sent as it is. */
export interface FileInput {
  readonly name: string
  readonly content: Uint8Array | string
  /** default `application/octet-stream` */
  readonly mediaType?: string | undefined
}

/** A body that is streamed. Without `replay` it is sent once: neither retried nor redirected. */
export interface StreamInput {
  readonly stream: Stream.Stream<Uint8Array, unknown>
  /** bytes, where known: sent as `Content-Length` */
  readonly length?: number | undefined
  /** the stream gives the same bytes each time it is run. Default `false` */
  readonly replay?: boolean | undefined
}

/** JSON in another media type than `application/json`. */
export const json = <S extends AnyCodec>(schema: S, mediaType = "application/json"): Body<S["Type"]> => ({ "~credence/body": "json", mediaType, schema })

/** `application/x-www-form-urlencoded`; lists become repeated names. */
export const form = <S extends Schema.ConstraintCodec<object, object>>(schema: S): Body<S["Type"]> => ({ "~credence/body": "form", mediaType: "application/x-www-form-urlencoded", schema })

type PartsInput<Parts> =
  & FieldsInput<{ readonly [K in keyof Parts as Parts[K] extends FilePart ? never : K]: Parts[K] }>
  & { readonly [K in keyof Parts as Parts[K] extends FilePart & { readonly optional: false } ? K : never]: FileInput }
  & { readonly [K in keyof Parts as Parts[K] extends FilePart & { readonly optional: true } ? K : never]?: FileInput | undefined }

/** `multipart/form-data` (RFC 7578). Fields are texts, or JSON where their encoded form is a record or list. */
export const multipart = <const Parts extends Readonly<Record<string, Field | FilePart>>>(fields: Parts): Body<PartsInput<Parts>> => ({
  "~credence/body": "multipart",
  mediaType: "multipart/form-data",
  fields
})

/** A file in a {@link multipart} body. */
export const file: FilePart & { readonly optional: false } = { "~credence/file": true, optional: false }
/** A file that may be left out of a {@link multipart} body. */
export const optionalFile: FilePart & { readonly optional: true } = { "~credence/file": true, optional: true }

/** Text, sent as UTF-8. */
export const text = (mediaType = "text/plain; charset=utf-8"): Body<string> => ({ "~credence/body": "text", mediaType })

/** Raw bytes. A header parameter called `content-type` beats `mediaType`. */
export const bytes = (mediaType = "application/octet-stream"): Body<Uint8Array> => ({ "~credence/body": "bytes", mediaType })

/** Raw bytes as a stream. */
export const stream = (mediaType = "application/octet-stream"): Body<StreamInput> => ({ "~credence/body": "stream", mediaType })

export const isBody = (u: AnyCodec | Body<unknown>): u is Body<unknown> => "~credence/body" in u
