/**
 * A login as a store keeps it: one JSON text, with a version. Times are Unix milliseconds on the clock of the server that
 * issued it, since whoever reads it may have another one.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** A token, and what belongs to it. */
export interface KeptToken {
  /** `undefined`: only what renews it is known */
  readonly accessToken?: string | undefined
  readonly issued: number
  readonly lifetime?: number | undefined
  readonly refreshToken?: string | undefined
  readonly refreshLifetime?: number | undefined
  readonly identity?: string | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
  /** scopes that were asked for beyond those of the login */
  readonly asked?: ReadonlyArray<string> | undefined
  readonly more?: Readonly<Record<string, string>> | undefined
}

/** One that can be used. */
export interface UsableToken extends KeptToken {
  readonly accessToken: string
}

/** What is under a key. */
export interface Kept {
  readonly token?: KeptToken | undefined
  /** a token that can be spent once was sent, and what came of it is not known: it is never sent again */
  readonly intent?: { readonly spends: string; readonly at: number; readonly fence: number } | undefined
}

const Text = /*#__PURE__*/ Schema.suspend(() => Schema.fromJsonString(Schema.Struct({
  version: Schema.Literal(1),
  token: Schema.optional(Schema.Struct({
    accessToken: Schema.optional(Schema.String),
    issued: Schema.Number,
    lifetime: Schema.optional(Schema.Number),
    refreshToken: Schema.optional(Schema.String),
    refreshLifetime: Schema.optional(Schema.Number),
    identity: Schema.optional(Schema.String),
    scopes: Schema.optional(Schema.Array(Schema.String)),
    asked: Schema.optional(Schema.Array(Schema.String)),
    more: Schema.optional(Schema.Record(Schema.String, Schema.String))
  })),
  intent: Schema.optional(Schema.Struct({ spends: Schema.String, at: Schema.Number, fence: Schema.Number }))
})))

export const encode = (kept: Kept): string => JSON.stringify({ version: 1, ...kept })

/** A failure is what is wrong, without anything of the text. */
export const decode = (text: string): Result.Result<Kept, string> =>
  Result.mapError(Schema.decodeUnknownResult(Text)(text), () => "what is kept is no login, or one that a newer version wrote")

/** Tells a token from others without being one: it may stand in a store's key. */
export const fingerprint = (token: string): string => bytesToHex(sha256(new TextEncoder().encode(token))).slice(0, 32)
