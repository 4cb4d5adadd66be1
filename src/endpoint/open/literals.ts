/**
 * Enums that may grow.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import { choice, orElse, type Unrecognized, unrecognized } from "./unrecognized.ts"

/** A value of an enum in JSON. */
export type Literal = string | number | boolean

/** The JSON kind of a literal: what else may come is of the same. */
export type KindOf<L> = L extends string ? string : L extends number ? number : L extends boolean ? boolean : never

/** What else may come beside the values, tagged. */
export type Further<L> = L extends string ? Unrecognized<string> : L extends number ? Unrecognized<number> : L extends boolean ? Unrecognized<boolean> : never

/**
 * An enum that may grow: one of the values, or {@link Unrecognized}. A value of another JSON kind is a failure all the same.
 * The values may be those of a schema that does not grow: what requests take, answers may exceed.
 *
 * @example
 * ```ts
 * const State = Open.literals(["draft", "sent", "paid"]) // "draft" | "sent" | "paid" | Unrecognized<string>
 * const Level = Open.literals([1, 2, 3])                 // 1 | 2 | 3 | Unrecognized<number>
 * const Found = Open.literals(Schema.Literals(["a", "b"])) // "a" | "b" | Unrecognized<string>
 * ```
 */
export const literals: {
  <const L extends readonly [Literal, ...Array<Literal>]>(values: L): Schema.Codec<L[number] | Further<L[number]>, KindOf<L[number]>>
  <L extends Literal>(schema: Schema.Codec<L, unknown>): Schema.Codec<L | Further<L>, KindOf<L>>
  // `make` and `suspend` give what they are told: the values of a schema are known when it is used
} = (from: readonly [Literal, ...Array<Literal>] | Schema.Codec<Literal, unknown>): Schema.Codec<never> =>
  Schema.isSchema(from) ? Schema.suspend(() => growing(literalsOf(from.ast))) : growing(from)

const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<Literal> => {
  switch (ast._tag) {
    case "Suspend":
      return literalsOf(ast.thunk())
    case "Union":
      return ast.types.flatMap(literalsOf)
    case "Literal":
      return typeof ast.literal === "bigint" ? [] : [ast.literal]
    default:
      throw new TypeError("Open.literals takes values, or a schema of Schema.Literals")
  }
}

const growing = (values: ReadonlyArray<Literal>): Schema.Codec<never> => {
  const known = new Set<unknown>(values)
  const kinds = new Set<string>(values.map((value) => typeof value))
  const expected = Schema.Literals(values)
  const other = Schema.Unknown.check(Schema.makeFilter((value) => kinds.has(typeof value) && !known.has(value)))
  return Schema.make(choice([expected.ast], [unrecognized("unknown value", other).ast], ([, unknown]) => (input, options) =>
    known.has(input) || unknown === undefined
      ? Effect.succeed(input)
      : orElse(unknown(input, options), () => new SchemaIssue.InvalidType(expected.ast, input, options))))
}
