/**
 * From a response to a typed result: which declaration answers for the status, is the body what it says, does it fit.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import * as Stream from "effect/Stream"
import { DecodeFailed, type DecodeReason, type Issue, UnexpectedStatus } from "../errors/CallError.ts"
import { makeResponseError } from "../errors/ResponseError.ts"
import type { Drift } from "../services/Hooks.ts"
import type { AnswerError, DecodeContext } from "../services/Operation.ts"
import type { TransportError, TransportResponse, TransportStream } from "../services/Transport.ts"
import { concat } from "../wire/bytes.ts"
import * as Headers from "../wire/headers.ts"
import { parseExactly } from "../wire/json.ts"
import * as MediaType from "../wire/mediaType.ts"
import * as Redact from "../wire/redact.ts"
import * as DriftOf from "./drift.ts"
import { flatten } from "./issues.ts"
import type { AnyCodec } from "./Param.ts"
import type { Reply } from "./Reply.ts"
import { tolerant } from "./tolerant.ts"

/** Keys under which answers are declared, most exact first. */
export type StatusKey = number | "1XX" | "2XX" | "3XX" | "4XX" | "5XX" | "default"

/** Declared answers by status. */
export interface Declared {
  readonly success: ReadonlyMap<StatusKey, Reply<unknown>>
  readonly errors: ReadonlyMap<StatusKey, Reply<unknown>>
  /** fields of a success's head */
  readonly headers?: Readonly<Record<string, AnyCodec>> | undefined
  /** the media types it gives by `as` */
  readonly mediaTypes?: ReadonlyArray<string> | undefined
}

const rangeOf = (status: number): StatusKey => `${Math.floor(status / 100)}XX` as StatusKey

/**
 * exact -> range -> default; of equally exact ones success comes first for 2xx, error for the rest. A success that is declared
 * for any status is none for a 4xx or 5xx: that is an answer nobody declares.
 */
const select = (declared: Declared, status: number): { readonly key: StatusKey; readonly reply: Reply<unknown>; readonly success: boolean } | undefined => {
  const fine = status >= 200 && status < 300
  const sides = fine ? ["success", "errors"] as const : ["errors", "success"] as const
  for (const key of [status, rangeOf(status), "default"] as const) {
    for (const side of sides) {
      const reply = declared[side].get(key)
      if (reply !== undefined && (side === "errors" || typeof key === "number" || status < 400)) return { key, reply, success: side === "success" }
    }
  }
  return undefined
}

const utf8 = /*#__PURE__*/ new TextDecoder("utf-8", { fatal: true })
const looseUtf8 = /*#__PURE__*/ new TextDecoder("utf-8")

/** Text of a body in its charset, or `undefined` where the charset is unknown or the bytes are not of it: a wrong letter is wrong data. */
const textOf = (body: Uint8Array, charset: string | undefined): string | undefined => {
  try {
    return (charset === undefined || charset === "utf-8" || charset === "utf8" ? utf8 : new TextDecoder(charset, { fatal: true })).decode(body)
  } catch {
    return undefined
  }
}

/** The same for people, who read around a wrong letter. */
const looseTextOf = (body: Uint8Array): string => looseUtf8.decode(body)

const failed = (context: DecodeContext, reason: DecodeReason, issues: ReadonlyArray<Issue>, text: string | undefined): DecodeFailed =>
  new DecodeFailed({ ...context.failure, reason, issues, excerpt: text === undefined || text === "" ? undefined : excerptOf(text, context.redaction) })

/** A part of an answer other than its body does not fit. */
export const schemaFailed = (context: DecodeContext, issues: ReadonlyArray<Issue>): DecodeFailed => failed(context, "schema", issues, undefined)

/** Of JSON an excerpt of its masked data: secrets in lists and records show no name beside them. */
const excerptOf = (text: string, redaction: Redact.Redaction): string => {
  let shown = text
  try {
    shown = JSON.stringify(Redact.data(JSON.parse(text), redaction))
  } catch {
    // no JSON: read as text
  }
  return Redact.excerpt(shown, redaction)
}

type Parser = ReturnType<typeof SchemaParser.decodeUnknownEffect<AnyCodec>>
interface Parsers {
  readonly tolerant: Parser
  readonly strict: Parser
}
const parsers = new WeakMap<AnyCodec, Parsers>()
const parsersOf = (schema: AnyCodec): Parsers => {
  let made = parsers.get(schema)
  if (made === undefined) {
    made = { tolerant: SchemaParser.decodeUnknownEffect(Schema.make<AnyCodec>(tolerant(schema.ast, "decode"))), strict: SchemaParser.decodeUnknownEffect(schema) }
    parsers.set(schema, made)
  }
  return made
}

const strictOptions = { errors: "all", onExcessProperty: "error" } as const

/** Decodes a parsed body in the mode of the call. */
const decodeValue = (schema: AnyCodec, value: unknown, text: string, context: DecodeContext): Effect.Effect<unknown, DecodeFailed> => {
  const { mode, drift } = context
  if (mode === "off") return Effect.succeed(value)
  const parser = parsersOf(schema)
  const fits = (parsed: ReturnType<Parser>): Effect.Effect<unknown, DecodeFailed> =>
    Effect.mapError(parsed, (issue) => failed(context, "schema", flatten(issue), text)).pipe(
      // a body nested deeper than the stack is the server's doing, not a mistake of the program
      Effect.catchDefect((defect) =>
        defect instanceof RangeError ? Effect.fail(failed(context, "schema", [{ path: "", message: "the body is nested too deeply" }], text)) : Effect.die(defect)
      )
    )
  if (mode === "strict") {
    return Effect.flatMap(
      fits(parser.strict(value, strictOptions)),
      (out) => {
        const found = DriftOf.inOutput(out)
        return found.length === 0 ? Effect.succeed(out) : Effect.fail(failed(context, "schema", found.map(({ path, message }) => ({ path, message })), text))
      }
    )
  }
  const decoded = parser.tolerant(value)
  if (Exit.isExit(decoded) && Exit.isSuccess(decoded) && drift === undefined) return Effect.succeed(decoded.value)
  return Effect.flatMap(
    fits(decoded),
    (out) => drift === undefined ? Effect.succeed(out) : Effect.as(report(parser, value, out, drift), out)
  )
}

/** Tells the listener what was let pass; a second, strict decode finds the undeclared fields. */
const report = (parser: Parsers, value: unknown, out: unknown, drift: (found: ReadonlyArray<Drift>) => void): Effect.Effect<void> =>
  Effect.map(Effect.exit(parser.strict(value, strictOptions)), (exit) => {
    const issue = Exit.findErrorOption(exit)
    const inOutput = DriftOf.inOutput(out)
    // what stands in a variant that nobody knows is not unknown by itself
    const variants = inOutput.filter(({ kind }) => kind === "unknown variant")
    const within = (path: string): boolean => variants.some((entry) => entry.path === "" || (path.startsWith(entry.path) && /^[.[]?$/.test(path[entry.path.length] ?? "")))
    const found = [...(Option.isSome(issue) ? DriftOf.unknownFields(issue.value).filter(({ path }) => !within(path)) : []), ...inOutput]
    // each variant of a union complains of the same field
    const once = new Map(found.map((entry) => [`${entry.kind} ${entry.path}`, entry]))
    if (once.size > 0) drift([...once.values()])
  })

const decodeJson = (schema: AnyCodec, reply: Reply<unknown>, response: TransportResponse, context: DecodeContext): Effect.Effect<unknown, DecodeFailed> => {
  const mediaType = MediaType.parse(Headers.get(response.headers, "content-type"))
  const text = textOf(response.body, mediaType?.charset)
  if (text === undefined) return Effect.fail(unreadable(mediaType, response.body, context))
  if (text === "") {
    // a body that may be absent is; one that may not is missing
    return decodeValue(schema, undefined, text, context).pipe(
      Effect.mapError(() => failed(context, "schema", [{ path: "", message: "the body is empty" }], undefined))
    )
  }
  if (mediaType !== undefined && !MediaType.isJson(mediaType.essence) && !MediaType.matches(reply.mediaType, mediaType.essence)) {
    return Effect.fail(otherType(reply, mediaType, text, context))
  }
  return decodeJsonText(schema, text, context)
}

/** Decodes a text that is JSON. */
export const decodeJsonText = (schema: AnyCodec, text: string, context: DecodeContext, what = "the body"): Effect.Effect<unknown, DecodeFailed> => {
  let value: unknown
  try {
    value = parseExactly(text)
  } catch {
    // the parser's own message quotes the text, which may hold a secret
    return Effect.fail(failed(context, "syntax", [{ path: "", message: `${what} is not JSON` }], text))
  }
  return decodeValue(schema, value, text, context)
}

/** Bytes that are not of the charset they claim, or a charset that nobody knows. */
export const unreadable = (mediaType: MediaType.MediaType | undefined, body: Uint8Array, context: DecodeContext): DecodeFailed =>
  failed(context, "encoding", [{ path: "", message: `the bytes are not ${mediaType?.charset ?? "utf-8"}` }], looseTextOf(body.subarray(0, 2_000)))

/** A proxy's page or a login form in the place of an answer. */
export const otherType = (reply: Pick<Reply<unknown>, "mediaType">, mediaType: MediaType.MediaType, text: string | undefined, context: DecodeContext): DecodeFailed =>
  failed(context, "mediaType", [{ path: "", message: `expected ${reply.mediaType}, got ${mediaType.essence}` }], text)

const decodeReply = (reply: Reply<unknown>, response: TransportResponse, context: DecodeContext): Effect.Effect<unknown, DecodeFailed> => {
  switch (reply["~credence/reply"]) {
    case "json":
      return decodeJson(reply.schema ?? Schema.Unknown, reply, response, context)
    case "text": {
      const mediaType = MediaType.parse(Headers.get(response.headers, "content-type"))
      const text = textOf(response.body, mediaType?.charset)
      if (text === undefined) return Effect.fail(unreadable(mediaType, response.body, context))
      return mediaType === undefined || MediaType.matches(reply.mediaType, mediaType.essence) ? Effect.succeed(text) : Effect.fail(otherType(reply, mediaType, text, context))
    }
    case "bytes":
    case "stream":
    case "jsonLines":
    case "events": {
      const mediaType = MediaType.parse(Headers.get(response.headers, "content-type"))
      return mediaType === undefined || MediaType.matches(reply.mediaType, mediaType.essence)
        ? Effect.succeed(response.body)
        : Effect.fail(otherType(reply, mediaType, looseTextOf(response.body.subarray(0, 2_000)), context))
    }
    case "empty":
      return Effect.void
    case "any":
      return decodeAny(response, context)
  }
}

/** Nothing is said of this body, so nothing about it can be wrong. */
const decodeAny = (response: TransportResponse, context: DecodeContext): Effect.Effect<unknown, DecodeFailed> => {
  const mediaType = MediaType.parse(Headers.get(response.headers, "content-type"))
  const text = textOf(response.body, mediaType?.charset)
  if (text === undefined) return Effect.fail(unreadable(mediaType, response.body, context))
  if (text === "") return Effect.undefined
  try {
    return Effect.succeed(parseExactly(text))
  } catch {
    return Effect.succeed(text)
  }
}

/** A body for people and logs: JSON where it is some, else an excerpt. Redacted. */
export const looseBody = (response: TransportResponse, redaction: Redact.Redaction): unknown => {
  if (response.body.length === 0) return undefined
  const text = looseTextOf(response.body.length > 65_536 ? response.body.subarray(0, 65_536) : response.body)
  try {
    return Redact.data(JSON.parse(text), redaction)
  } catch {
    return Redact.excerpt(text, redaction)
  }
}

/**
 * Opens a response whose body is still on its way. A success that is not streamed, such as one without content, is read and
 * decoded as any other.
 */
export const openResponse = (declared: Declared, response: TransportStream, context: DecodeContext): Effect.Effect<unknown, AnswerError | TransportError> => {
  const open = select(declared, response.status)?.reply.open
  if (open !== undefined) return open(response, context)
  const body = Effect.map(Stream.runFold(response.body, (): Array<Uint8Array> => [], (chunks, chunk) => (chunks.push(chunk), chunks)), concat)
  return Effect.flatMap(body, (bytes) => decodeResponse(declared, { status: response.status, headers: response.headers, body: bytes }, context))
}

/** Decodes a response by what the endpoint declares for its status. */
export const decodeResponse = (declared: Declared, response: TransportResponse, context: DecodeContext): Effect.Effect<unknown, AnswerError> => {
  const chosen = select(declared, response.status)
  if (chosen === undefined) {
    return Effect.suspend(() => Effect.fail(new UnexpectedStatus({ ...context.failure, status: response.status, body: looseBody(response, context.redaction) })))
  }
  if (chosen.success) return decodeReply(chosen.reply, response, context)
  // An error is read tolerantly whatever the mode, and one that cannot be read never hides its status.
  return Effect.matchEffect(decodeReply(chosen.reply, response, { ...context, mode: "tolerant" }), {
    onFailure: () => Effect.fail(new UnexpectedStatus({ ...context.failure, status: response.status, declared: true, body: looseBody(response, context.redaction) })),
    onSuccess: (body) => {
      const safe = Redact.data(body, context.redaction)
      const summary = context.summarize(safe)
      return Effect.fail(makeResponseError(chosen.key as number | "4XX" | "5XX" | "default", { ...context.failure, status: response.status, body: safe, summary }))
    }
  })
}
