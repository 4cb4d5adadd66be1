/**
 * Whole numbers of 64 bits and more.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { fromBigInt, toBigInt } from "../../wire/json.ts"

/** Whole numbers up to 2^53 - 1 in size. A larger one, which JSON cannot hold exactly, is a failure and never a wrong number. */
export const Int64: Schema.Codec<number> = Schema.Int

/** a whole number in JSON, as it is parsed: one that a double cannot hold is a raw value */
const token = (): Schema.Codec<unknown> => Schema.declare((u): u is unknown => toBigInt(u) !== undefined, { expected: "a whole number" })

const written = (value: bigint): Effect.Effect<unknown, SchemaIssue.Issue> => {
  const number = fromBigInt(value)
  return number === undefined ? Effect.fail(new SchemaIssue.InvalidValue({ message: "this platform cannot write a whole number of this size" })) : Effect.succeed(number)
}

const exactly = <A>(to: Schema.Codec<A>, read: (value: bigint) => A, write: (value: A) => bigint): Schema.Codec<A, unknown> =>
  // the token is a whole number: its guard has just said so. `make` takes an AST and is told its type
  Schema.make(SchemaAST.decodeTo(token().ast, to.ast, SchemaTransformation.transformEffect<A, unknown>({
    decode: (value) => Effect.succeed(read(toBigInt(value) ?? 0n)),
    encode: (value) => written(write(value))
  })))

/** A whole number of any size as a `bigint`; a number in JSON, read and written digit by digit. */
export const Int64BigInt: Schema.Codec<bigint, unknown> = /*#__PURE__*/ Schema.suspend(() => exactly<bigint>(Schema.BigInt, (value) => value, (value) => value))

/** A whole number of any size as a text of digits; a number in JSON, read and written digit by digit. */
export const Int64Text: Schema.Codec<string, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  exactly<string>(Schema.String.check(Schema.isPattern(/^(?:0|-?[1-9]\d*)$/, { expected: "the digits of a whole number" })), String, BigInt))
