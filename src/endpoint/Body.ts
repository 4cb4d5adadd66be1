/**
 * Kinds of request bodies. A schema alone means JSON. Each kind brings its own encoder, so that a program carries those it
 * uses.
 */
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { EncodeContext } from "../services/Operation.ts"
import type { RequestBody } from "../services/Transport.ts"
import { fieldProblem, isSingleLine } from "../wire/headers.ts"
import * as Multipart from "../wire/multipart.ts"
import { compileFields, type Encoder, encoderOf, isOptional } from "./fields.ts"
import { flatten } from "./issues.ts"
import type { AnyCodec, Field, FieldsInput } from "./Param.ts"

/** A request body and the type of its input. */
export interface Body<out Input> {
  readonly "~credence/body": true
  readonly mediaType: string
  /** called once, on first use */
  readonly compile: () => BodyEncoder
  /** type only: never present */
  readonly "~input"?: Input | undefined
}

/** Tells what is wrong with the input, by path. */
export type Report = (path: string, message: string) => void

/** Encodes one input; sets `content-type`. `undefined`: there is no body, or something is wrong and was reported. */
export type BodyEncoder = (value: unknown, context: EncodeContext, report: Report, headers: Record<string, string>) => RequestBody | undefined

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
export const json = <S extends AnyCodec>(schema: S, mediaType = "application/json"): Body<S["Type"]> =>
  body(mediaType, () => {
    const encode = recordEncoder(schema)
    return (value, context, report) => {
      const encoded = encode(value, context, report)
      return encoded === undefined ? undefined : written(encoded.value, "body", report)
    }
  })

/** `application/x-www-form-urlencoded`; lists become repeated names. */
export const form = <S extends Schema.ConstraintCodec<object, object>>(schema: S): Body<S["Type"]> =>
  body("application/x-www-form-urlencoded", () => {
    const encode = recordEncoder(schema)
    return (value, context, report) => {
      const encoded = encode(value, context, report)
      if (encoded === undefined) return undefined
      const pairs = new URLSearchParams()
      // the schema's encoded form is a record
      for (const [name, member] of Object.entries(encoded.value as object)) {
        for (const item of Array.isArray(member) ? member : [member]) {
          const text = item === undefined || item === null ? undefined : typeof item === "object" ? written(item, `body.${name}`, report) : String(item)
          if (text !== undefined) pairs.append(name, text)
        }
      }
      return pairs.toString()
    }
  })

type PartsInput<Parts> =
  & FieldsInput<{ readonly [K in keyof Parts as Parts[K] extends FilePart ? never : K]: Parts[K] }>
  & { readonly [K in keyof Parts as Parts[K] extends FilePart & { readonly optional: false } ? K : never]: FileInput }
  & { readonly [K in keyof Parts as Parts[K] extends FilePart & { readonly optional: true } ? K : never]?: FileInput | undefined }

/** `multipart/form-data` (RFC 7578). Fields are texts, or JSON where their encoded form is a record or list. */
export const multipart = <const Parts extends Readonly<Record<string, Field | FilePart>>>(parts: Parts): Body<PartsInput<Parts>> => ({
  "~credence/body": true,
  mediaType: "multipart/form-data",
  compile: () => {
    const encoders = Object.entries(parts).map(([key, part]) => isFilePart(part) ? filePart(key, part) : fieldPart(key, part))
    return (value, context, report, headers) => {
      const input = isRecord(value) ? value : {}
      const encoded = encoders.map((encode) => encode(input, report)).filter((part) => part !== undefined)
      const boundary = `credence-${context.unique()}`
      headers["content-type"] = `multipart/form-data; boundary=${boundary}`
      return { _tag: "Bytes", bytes: Multipart.encode(encoded, boundary) }
    }
  }
})

/** A file in a {@link multipart} body. */
export const file: FilePart & { readonly optional: false } = { "~credence/file": true, optional: false }
/** A file that may be left out of a {@link multipart} body. */
export const optionalFile: FilePart & { readonly optional: true } = { "~credence/file": true, optional: true }

/** Text, sent as UTF-8. */
export const text = (mediaType = "text/plain; charset=utf-8"): Body<string> =>
  body(mediaType, () => (value, _context, report) => {
    if (typeof value === "string") return value
    report("body", "expected a text")
    return undefined
  })

/** Raw bytes. A header parameter called `content-type` beats `mediaType`. */
export const bytes = (mediaType = "application/octet-stream"): Body<Uint8Array> =>
  body(mediaType, () => (value, _context, report) => {
    if (value instanceof Uint8Array) return value
    report("body", "expected a Uint8Array")
    return undefined
  })

/** Raw bytes as a stream. */
export const stream = (mediaType = "application/octet-stream"): Body<StreamInput> => ({
  "~credence/body": true,
  mediaType,
  compile: () => (value, _context, report, headers) => {
    if (!isRecord(value) || !("stream" in value)) {
      report("body", "expected { stream, length?, replay? }")
      return undefined
    }
    // checked above as far as a stream can be: its elements show only when it runs
    const input = value as unknown as StreamInput
    if (input.length !== undefined && (!Number.isSafeInteger(input.length) || input.length < 0)) {
      report("body.length", "expected a whole number of bytes")
      return undefined
    }
    headers["content-type"] = mediaType
    return { _tag: "Stream", stream: input.stream, length: input.length, replay: input.replay ?? false }
  }
})

export const isBody = (u: AnyCodec | Body<unknown>): u is Body<unknown> => "~credence/body" in u

/** A body that is in memory: `compile` gives its content, or `undefined`. */
const body = <Input>(mediaType: string, compile: () => (value: unknown, context: EncodeContext, report: Report) => Uint8Array | string | undefined): Body<Input> => ({
  "~credence/body": true,
  mediaType,
  compile: () => {
    const encode = compile()
    return (value, context, report, headers) => {
      const content = encode(value, context, report)
      if (content === undefined) return undefined
      headers["content-type"] = mediaType
      return { _tag: "Bytes", bytes: content }
    }
  }
})

/** Encodes by a schema and adds the call's own members. `undefined`: no body, or something was reported. */
const recordEncoder = (schema: AnyCodec) => {
  const encode = encoderOf(schema)
  const optional = isOptional(schema)
  return (value: unknown, context: EncodeContext, report: Report): { readonly value: unknown } | undefined => {
    if (value === undefined && optional && context.extra === undefined) return undefined
    const exit = value === undefined && optional ? Exit.succeed({}) : encode(value)
    if (Exit.isFailure(exit)) {
      if (value === undefined) report("body", "is required")
      else reported(exit, ["body"], report)
      return undefined
    }
    return { value: context.extra !== undefined && isRecord(exit.value) ? { ...exit.value, ...context.extra } : exit.value }
  }
}

const reported = (exit: ReturnType<Encoder>, path: ReadonlyArray<string>, report: Report): void => {
  const issue = Exit.findErrorOption(exit)
  if (Option.isSome(issue)) for (const found of flatten(issue.value, path)) report(found.path, found.message)
  else report(path.join("."), "cannot be encoded")
}

/** JSON; what has no form there is reported. */
const written = (value: unknown, path: string, report: Report): string | undefined => {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
    // JSON has no NaN and writes null in its place, which is another value: looked for only where there is a null at all
    if (text?.includes("null") === true) JSON.stringify(value, finite)
  } catch {
    text = undefined
  }
  if (text === undefined) report(path, "cannot be written as JSON (NaN, an infinite number, a bigint, or a value that holds itself)")
  return text
}

const finite = (_: string, value: unknown): unknown => {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("not finite")
  return value
}

type PartEncoder = (input: Readonly<Record<string, unknown>>, report: Report) => Multipart.Part | undefined

const filePart = (key: string, part: FilePart): PartEncoder => (input, report) => {
  // typed by PartsInput
  const given = input[key] as FileInput | undefined
  if (given === undefined) {
    if (!part.optional) report(`body.${key}`, "is required")
    return undefined
  }
  if (!isSingleLine(given.name)) report(`body.${key}.name`, "may not hold CR, LF or NUL")
  const problem = given.mediaType === undefined ? undefined : fieldProblem("content-type", given.mediaType)
  if (problem !== undefined) report(`body.${key}.mediaType`, problem)
  return { name: key, fileName: given.name, mediaType: given.mediaType ?? "application/octet-stream", content: given.content }
}

const fieldPart = (key: string, field: Field): PartEncoder => {
  const [compiled] = compileFields({ [key]: field })
  return (input, report) => {
    const given = input[key]
    if (compiled === undefined || given === undefined) {
      if (compiled?.optional !== true) report(`body.${key}`, "is required")
      return undefined
    }
    const exit = compiled.encode(given)
    if (Exit.isFailure(exit)) {
      reported(exit, ["body", key], report)
      return undefined
    }
    if (typeof exit.value !== "object" || exit.value === null) return { name: compiled.name, content: String(exit.value) }
    const content = written(exit.value, `body.${key}`, report)
    return content === undefined ? undefined : { name: compiled.name, content, mediaType: "application/json" }
  }
}

const isFilePart = (part: Field | FilePart): part is FilePart => "~credence/file" in part
const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null && !Array.isArray(u)
