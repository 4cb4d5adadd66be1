/**
 * Schemas of what a request may leave out.
 */
import * as Schema from "effect/Schema"

export const string = /*#__PURE__*/ Schema.optional(Schema.String)
export const strings = /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.Array(Schema.String))
export const integer = /*#__PURE__*/ Schema.optional(Schema.Int)
export const integers = /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.Array(Schema.Int))
export const number = /*#__PURE__*/ Schema.optional(Schema.Finite)
export const boolean = /*#__PURE__*/ Schema.optional(Schema.Boolean)
