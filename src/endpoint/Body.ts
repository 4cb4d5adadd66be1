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
import { isRecord, rawText, writeExactly } from "../wire/json.ts"
import * as MediaType from "../wire/mediaType.ts"
import * as Multipart from "../wire/multipart.ts"
import * as Parameters from "../wire/parameters.ts"
import { compileFields, type Encoder, encoderOf, isOptional, queryStyle } from "./fields.ts"
import { flatten } from "./issues.ts"
import type { AnyCodec, Field, FieldsInput, ParamOptions } from "./Param.ts"

/** A request body and the type of its input. */
export interface Body<out Input> {
  readonly "~credence/body": "json" | "form" | "multipart" | "text" | "bytes" | "stream" | "choice"
  readonly mediaType: string
  /** what the input must be, where one schema says it: for tests and tools */
  readonly schema?: AnyCodec | undefined
  /** it may be left out */
  readonly optional?: true | undefined
  /** how members of a form are laid out, where that is not the default: for tests and tools */
  readonly style?: FormOptions["style"]
  /** the parts of a multipart body: for tests and tools */
  readonly parts?: Readonly<Record<string, Field | FilePart>> | undefined
  /** called once, on first use */
  readonly compile: () => BodyEncoder
  /** type only: never present */
  readonly "~input"?: Input | undefined
}

/** Tells what is wrong with the input, by path. */
export type Report = (path: string, message: string) => void

/**
 * Encodes one input; sets `content-type`. `undefined`: there is no body, or something is wrong and was reported. `input` is
 * all that the call is given, for what stands beside the body.
 */
export type BodyEncoder = (
  value: unknown,
  context: EncodeContext,
  report: Report,
  headers: Record<string, string>,
  input: Readonly<Record<string, unknown>>
) => RequestBody | undefined

/** A body of one of several media types: the input names it as `contentType`. Made by {@link choice}. */
export interface Choice<out Input> extends Body<unknown> {
  readonly "~credence/choice": true
  /** by media type */
  readonly choices: Readonly<Record<string, Body<unknown>>>
  /** what is sent where the input names none */
  readonly default: string | undefined
  /** type only: never present */
  readonly "~choice"?: Input | undefined
}

/** A part of a multipart body that is a file, or several of one name. */
export interface FilePart {
  readonly "~credence/file": true
  readonly optional: boolean
  readonly several: boolean
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
  body("json", mediaType, () => {
    const encode = recordEncoder(schema)
    return (value, context, report) => {
      const encoded = encode(value, context, report)
      return encoded === undefined ? undefined : written(encoded.value, "body", report)
    }
  }, schema)

/** Layouts of a form's members, by their name on the wire, where they are not the default. */
export interface FormOptions {
  readonly style?: Readonly<Record<string, Pick<ParamOptions, "style" | "explode" | "json">>> | undefined
}

/**
 * `application/x-www-form-urlencoded`; lists become repeated names, records JSON.
 *
 * @example
 * ```ts
 * Endpoint.Body.form(Filter, { style: { tags: { style: "pipeDelimited", explode: false } } }) // tags=a%7Cb
 * ```
 */
export const form = <S extends Schema.ConstraintCodec<object | undefined, unknown>>(schema: S, options: FormOptions = {}): Body<S["Type"]> => ({
  ...body("form", "application/x-www-form-urlencoded", () => {
    const encode = recordEncoder(schema)
    return (value, context, report) => {
      const encoded = encode(value, context, report)
      if (encoded === undefined) return undefined
      if (!isRecord(encoded.value)) {
        report("body", "expected a record")
        return undefined
      }
      const pairs: Array<string> = []
      for (const [name, member] of Object.entries(encoded.value)) {
        const layout = options.style?.[name]
        if (layout !== undefined) {
          const laidOut = layout.json === true && member !== undefined ? written(member, `body.${name}`, report) : member
          const problem = Parameters.query(name, laidOut, queryStyle(layout.style), layout.explode ?? true, pairs)
          if (problem !== undefined) report(`body.${name}`, problem)
          continue
        }
        for (const item of Array.isArray(member) ? member : [member]) {
          const text = item === undefined || item === null ? undefined : typeof item === "object" ? written(item, `body.${name}`, report) : String(item)
          if (text !== undefined) pairs.push(new URLSearchParams([[name, text]]).toString())
        }
      }
      return pairs.join("&")
    }
  }, schema),
  style: options.style
})

type FileInputOf<P> = P extends { readonly several: true } ? ReadonlyArray<FileInput> : FileInput
type PartsInput<Parts> =
  & FieldsInput<{ readonly [K in keyof Parts as Parts[K] extends FilePart ? never : K]: Parts[K] }>
  & { readonly [K in keyof Parts as Parts[K] extends FilePart & { readonly optional: false } ? K : never]: FileInputOf<Parts[K]> }
  & { readonly [K in keyof Parts as Parts[K] extends FilePart & { readonly optional: true } ? K : never]?: FileInputOf<Parts[K]> | undefined }

/**
 * `multipart/form-data` (RFC 7578). Fields are texts, or JSON where their encoded form is a record or list. By
 * `Endpoint.param(schema, { explode: true })` each item of a list is a part of its own; by `{ json: true }` a field is JSON
 * whatever it is.
 */
export const multipart = <const Parts extends Readonly<Record<string, Field | FilePart>>>(parts: Parts): Body<PartsInput<Parts>> => ({
  "~credence/body": "multipart",
  mediaType: "multipart/form-data",
  parts,
  compile: () => {
    const encoders = Object.entries(parts).map(([key, part]) => isFilePart(part) ? filePart(key, part) : fieldPart(key, part))
    return (value, context, report, headers) => {
      const input = isRecord(value) ? value : {}
      const encoded = encoders.flatMap((encode) => encode(input, report))
      const boundary = `credence-${context.unique()}`
      headers["content-type"] = `multipart/form-data; boundary=${boundary}`
      return { _tag: "Bytes", bytes: Multipart.encode(encoded, boundary) }
    }
  }
})

/** A file in a {@link multipart} body. */
export const file: FilePart & { readonly optional: false; readonly several: false } = { "~credence/file": true, optional: false, several: false }
/** A file that may be left out of a {@link multipart} body. */
export const optionalFile: FilePart & { readonly optional: true; readonly several: false } = { "~credence/file": true, optional: true, several: false }
/** Files of one name in a {@link multipart} body: each is a part of its own (RFC 7578 section 4.3). */
export const files: FilePart & { readonly optional: false; readonly several: true } = { "~credence/file": true, optional: false, several: true }
/** {@link files} that may be left out. */
export const optionalFiles: FilePart & { readonly optional: true; readonly several: true } = { "~credence/file": true, optional: true, several: true }

/** Text, sent as UTF-8. */
export const text = (mediaType = "text/plain; charset=utf-8"): Body<string> =>
  body("text", mediaType, () => (value, _context, report) => {
    if (typeof value === "string") return value
    report("body", "expected a text")
    return undefined
  })

/** Raw bytes. A header parameter called `content-type` beats `mediaType`. */
export const bytes = (mediaType = "application/octet-stream"): Body<Uint8Array> =>
  body("bytes", mediaType, () => (value, _context, report) => {
    if (value instanceof Uint8Array) return value
    report("body", "expected a Uint8Array")
    return undefined
  })

/** Raw bytes as a stream. */
export const stream = (mediaType = "application/octet-stream"): Body<StreamInput> => ({
  "~credence/body": "stream",
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

/**
 * A body that may be left out, of any kind.
 *
 * @example
 * ```ts
 * Endpoint.post(Files, "/notes", { body: Endpoint.Body.optional(Endpoint.Body.text()), success: Schema.Void })
 * ```
 */
export const optional = <I>(given: Body<I>): Body<I | undefined> => ({
  "~credence/body": given["~credence/body"],
  mediaType: given.mediaType,
  schema: given.schema,
  parts: given.parts,
  style: given.style,
  optional: true,
  compile: () => {
    const encode = given.compile()
    return (value, context, report, headers, input) => value === undefined && context.extra === undefined ? undefined : encode(value, context, report, headers, input)
  }
})

type InputOf<M> = M extends Body<infer I> ? I : M extends AnyCodec ? M["Type"] : never
type BodyOf<I> = undefined extends I ? { readonly body?: I | undefined } : { readonly body: I }
type ChoiceInput<M, D> = {
  [K in keyof M]: (K extends D ? { readonly contentType?: K | undefined } : { readonly contentType: K }) & BodyOf<InputOf<M[K]>>
}[keyof M]

/**
 * A choice of media types: the input has `contentType` beside `body`, whose type follows from it. A schema alone is JSON in
 * that media type. What is the `default` need not be named.
 *
 * @example
 * ```ts
 * const body = Body.choice({ "application/json": Pet, "multipart/form-data": Body.multipart({ photo: Body.file }) }, { default: "application/json" })
 * addPet({ body: pet })
 * addPet({ contentType: "multipart/form-data", body: { photo } })
 * ```
 */
export const choice = <const M extends Readonly<Record<string, AnyCodec | Body<unknown>>>, const D extends keyof M & string = never>(
  members: M,
  options: { readonly default?: D | undefined } = {}
): Choice<ChoiceInput<M, D>> => {
  const choices = Object.fromEntries(Object.entries(members).map(([mediaType, member]) => [mediaType, isBody(member) ? member : json(member, mediaType)]))
  return {
    "~credence/body": "choice",
    "~credence/choice": true,
    mediaType: options.default ?? Object.keys(choices).join(", "),
    choices,
    default: options.default,
    compile: () => {
      const compiled = new Map<string, BodyEncoder>()
      return (value, context, report, headers, input) => {
        const named = input["contentType"] ?? options.default
        const chosen = typeof named === "string" && Object.hasOwn(choices, named) ? choices[named] : undefined
        if (typeof named !== "string" || chosen === undefined) {
          report("contentType", `expected one of ${Object.keys(choices).join(", ")}`)
          return undefined
        }
        let encode = compiled.get(named)
        if (encode === undefined) compiled.set(named, encode = chosen.compile())
        const encoded = encode(value, context, report, headers, input)
        // what was chosen is what is sent; a range such as `image/*` is no type, and a boundary or charset belongs to its body
        const sent = MediaType.parse(headers["content-type"])?.essence
        if (sent !== undefined && !named.includes("*") && MediaType.parse(named)?.essence !== sent) headers["content-type"] = named
        return encoded
      }
    }
  }
}

export const isBody = (u: AnyCodec | Body<unknown>): u is Body<unknown> => "~credence/body" in u

/** A body that is in memory: `compile` gives its content, or `undefined`. */
const body = <Input>(
  kind: Body<unknown>["~credence/body"],
  mediaType: string,
  compile: () => (value: unknown, context: EncodeContext, report: Report) => Uint8Array | string | undefined,
  schema?: AnyCodec
): Body<Input> => ({
  "~credence/body": kind,
  mediaType,
  schema,
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
  const text = writeExactly(value)
  // JSON has no NaN and writes null in its place, which is another value: looked for only where there is a null at all
  if (text !== undefined && (!text.includes("null") || isFinite(value))) return text
  report(path, "cannot be written as JSON (NaN, an infinite number, or a value that holds itself)")
  return undefined
}

/** Is no number in it that JSON has no form for? It has been written once, so it has an end. */
const isFinite = (value: unknown): boolean => {
  let finite = true
  JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === "number" && !Number.isFinite(member)) finite = false
    return typeof member === "bigint" ? 0 : member
  })
  return finite
}

type PartEncoder = (input: Readonly<Record<string, unknown>>, report: Report) => ReadonlyArray<Multipart.Part>

const filePart = (key: string, part: FilePart): PartEncoder => (input, report) => {
  // typed by PartsInput
  const given = input[key] as FileInput | ReadonlyArray<FileInput> | undefined
  if (given === undefined) {
    if (!part.optional) report(`body.${key}`, "is required")
    return []
  }
  if (!part.several) return [oneFile(key, given as FileInput, `body.${key}`, report)]
  if (!Array.isArray(given)) {
    report(`body.${key}`, "expected a list of files")
    return []
  }
  return given.map((one: FileInput, index) => oneFile(key, one, `body.${key}[${index}]`, report))
}

const oneFile = (name: string, given: FileInput, path: string, report: Report): Multipart.Part => {
  if (!isSingleLine(given.name)) report(`${path}.name`, "may not hold CR, LF or NUL")
  const problem = given.mediaType === undefined ? undefined : fieldProblem("content-type", given.mediaType)
  if (problem !== undefined) report(`${path}.mediaType`, problem)
  return { name, fileName: given.name, mediaType: given.mediaType ?? "application/octet-stream", content: given.content }
}

const fieldPart = (key: string, field: Field): PartEncoder => {
  const [compiled] = compileFields({ [key]: field })
  return (input, report) => {
    const given = input[key]
    if (compiled === undefined || given === undefined) {
      if (compiled?.optional !== true) report(`body.${key}`, "is required")
      return []
    }
    const exit = compiled.encode(given)
    if (Exit.isFailure(exit)) {
      reported(exit, ["body", key], report)
      return []
    }
    const { json, explode } = compiled.options
    const values: ReadonlyArray<unknown> = explode === true && Array.isArray(exit.value) ? exit.value : [exit.value]
    return values.flatMap((value): ReadonlyArray<Multipart.Part> => {
      if (json !== true && (typeof value !== "object" || value === null || rawText(value) !== undefined)) return [{ name: compiled.name, content: rawText(value) ?? String(value) }]
      const content = written(value, `body.${key}`, report)
      return content === undefined ? [] : [{ name: compiled.name, content, mediaType: "application/json" }]
    })
  }
}

const isFilePart = (part: Field | FilePart): part is FilePart => "~credence/file" in part
