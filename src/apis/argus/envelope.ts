/**
 * What every answer of Argus is wrapped in.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../endpoint/Open.ts"
import type { AnyCodec } from "../../endpoint/Param.ts"

/** One remark of the service about a request. */
export interface Message {
  readonly message: string
  readonly messageTemplate?: string | null | undefined
  readonly type?: "FIELD_ERROR" | "ACTION_ERROR" | "WARNING" | "NOTIFICATION" | "INFO" | Open.Unrecognized<string> | null | undefined
  /** the member of the request that a FIELD_ERROR is about */
  readonly field?: string | null | undefined
  readonly parameter?: string | null | undefined
}

const text = /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.NullOr(Schema.String))

export const Message: Schema.Codec<Message, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    message: Schema.String,
    messageTemplate: text,
    type: Schema.optional(Schema.NullOr(Open.literals(["FIELD_ERROR", "ACTION_ERROR", "WARNING", "NOTIFICATION", "INFO"]))),
    field: text,
    parameter: text
  })
)

/** The body of every refusal: the reasons are in `messages`. */
export interface ArgusMessages {
  readonly responseCode?: number | undefined
  readonly messages: ReadonlyArray<Message>
}

export const ArgusMessages: Schema.Codec<ArgusMessages, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    responseCode: Schema.optional(Schema.Int),
    messages: Schema.Array(Message)
  })
)

/** The envelope around one thing, or around a page of things. */
export interface Result<Data> {
  readonly responseCode: number
  readonly limit: number
  readonly offset: number
  /** how many there are in all; -1: not counted */
  readonly count: number
  /** how many of them are in this answer */
  readonly size: number
  readonly metaData: { readonly [name: string]: unknown }
  readonly messages: ReadonlyArray<Message>
  readonly data: Data
}

/** The schema of an envelope around `data`. */
export const result = <S extends AnyCodec>(data: S): Schema.Codec<Result<S["Type"]>, unknown> =>
  // `data` is generic, so the compiler cannot see that the struct is the interface; the endpoints' tests do
  Schema.Struct({
    responseCode: Schema.Int,
    limit: Open.Int64,
    offset: Open.Int64,
    count: Open.Int64,
    size: Open.Int64,
    metaData: Schema.Record(Schema.String, Schema.Unknown),
    messages: Schema.Array(Message),
    data
  }) as unknown as Schema.Codec<Result<S["Type"]>, unknown>

/** The schema of an envelope around a page: a bad item does not lose the others. */
export const page = <S extends AnyCodec>(item: S): Schema.Codec<Result<ReadonlyArray<S["Type"]>>, unknown> => result(Open.items(item))

/** The refusals that nearly every endpoint of Argus declares. */
export const refusals = { 403: ArgusMessages, 404: ArgusMessages, 412: ArgusMessages } as const

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null

/** `FIELD_ERROR (subject): Value is required; …`: what a refusal says, for people. */
export const summarize = (body: unknown): string | undefined => {
  const messages = isRecord(body) ? body["messages"] : undefined
  if (!Array.isArray(messages) || messages.length === 0) return undefined
  return messages.slice(0, 5).map((message: unknown) => {
    if (!isRecord(message)) return "a message that cannot be read"
    const { field, message: said, type } = message
    const kind = typeof type === "string" ? type : "MESSAGE"
    return `${kind}${typeof field === "string" && field !== "" ? ` (${field})` : ""}: ${typeof said === "string" ? said : "no text"}`
  }).join("; ")
}
