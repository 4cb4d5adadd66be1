/**
 * Effect's `Schema`, but for what oVirt writes in its own way: in its JSON numbers and truth values are texts, and moments are
 * milliseconds; in its XML everything is a text, and moments are ISO 8601. Generated models are built with this.
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

export * from "effect/Schema"

/** A whole number, which may come as its digits. Sent as a number. */
export const Int: Schema.Codec<number, number | string> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Union([Schema.Int, Schema.FiniteFromString.pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.passthrough()))]))

/** A truth value, which may come as `true` or `false` in quotes. Sent as it is. */
const TruthValue: Schema.Codec<boolean, boolean | string> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Union([
    Schema.Boolean,
    Schema.Literals(["true", "false"]).pipe(
      Schema.decodeTo(Schema.Boolean, SchemaTransformation.transform({ decode: (text) => text === "true", encode: (value): "true" | "false" => value ? "true" : "false" }))
    )
  ]))
export { TruthValue as Boolean }

/** A moment: ISO 8601, or milliseconds since 1970. Sent as ISO 8601. */
export const DateTimeUtcFromString: Schema.Codec<DateTime.Utc, string | number> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Union([Schema.DateTimeUtcFromString, Schema.DateTimeUtcFromMillis]))
