/**
 * Texts of a format. What is sent is checked, what comes is taken as it is.
 *
 * @see https://spec.openapis.org/registry/format/
 */
import * as Schema from "effect/Schema"
import * as DateTime from "../../wire/dateTime.ts"
import { onInput } from "./members.ts"

/** A point in time as RFC 3339 writes it: `1985-04-12T23:20:50.52Z`. */
export const DateTimeText: Schema.Codec<string> = /*#__PURE__*/ Schema.suspend(() => onInput(Schema.String, Schema.isPattern(DateTime.dateTime, { expected: "a date and time with its offset, such as 1985-04-12T23:20:50Z" })))

/** A day as RFC 3339 writes it: `1985-04-12`. */
export const DateText: Schema.Codec<string> = /*#__PURE__*/ Schema.suspend(() => onInput(Schema.String, Schema.isPattern(DateTime.date, { expected: "a date, such as 1985-04-12" })))

/** A UUID of any version. */
export const UuidText: Schema.Codec<string> = /*#__PURE__*/ Schema.suspend(() => onInput(Schema.String, Schema.isGUID()))

/** Bytes as base64 (RFC 4648 section 4), as a text. */
export const ByteText: Schema.Codec<string> = /*#__PURE__*/ Schema.suspend(() => onInput(Schema.String, Schema.isBase64()))
