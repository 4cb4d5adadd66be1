/**
 * Members of records that may be absent, and records that have more of them.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { AnyCodec } from "../Param.ts"
import { onInputOnly } from "../tolerant.ts"
import { choice, type Choose } from "./unrecognized.ts"

/** A field that may be absent or null, which both mean absence. */
export const optional = <S extends AnyCodec>(schema: S): Schema.optionalKey<Schema.Codec<S["Type"] | undefined, S["Encoded"] | null | undefined>> => absentAs([absence(Schema.Null, null)], schema)

/** As {@link optional}, for a name that every object inherits, such as `constructor`: what is inherited is absence, too. */
export const optionalOwn = <S extends AnyCodec>(schema: S): Schema.optionalKey<Schema.Codec<S["Type"] | undefined, S["Encoded"] | null | undefined>> =>
  // JSON has no functions
  absentAs([absence(Schema.Null, null), absence(Schema.declare((u): u is undefined => typeof u === "function"), undefined)], schema)

/** What else on the wire means absence. */
const absence = <E>(from: Schema.Codec<E>, encoded: E): AnyCodec =>
  Schema.make<Schema.Codec<undefined, E>>(SchemaAST.decodeTo(from.ast, Schema.Undefined.ast, SchemaTransformation.transform<undefined, E>({ decode: () => undefined, encode: () => encoded })))

const absentAs = <S extends AnyCodec>(absent: ReadonlyArray<AnyCodec>, schema: S): Schema.optionalKey<Schema.Codec<S["Type"] | undefined, S["Encoded"] | null | undefined>> =>
  // the members' types are generic; the union is exactly theirs
  Schema.optionalKey(Schema.Union([schema, Schema.Undefined, ...absent]) as unknown as Schema.Codec<S["Type"] | undefined, S["Encoded"] | null | undefined>)

/**
 * A field that may be absent or null on the wire, which both decode to a default. A caller may leave it out, too: the server
 * then does what it does by default.
 *
 * @example
 * ```ts
 * Schema.Struct({ limit: Open.withDefault(Schema.Int, () => 25) })
 * ```
 */
export const withDefault = <S extends AnyCodec, const Default extends S["Type"]>(schema: S, make: () => Default): Schema.withDecodingDefaultType<S> => {
  const itself: Choose = ([parse]) => (input, options) => parse === undefined ? Effect.succeed(input) : parse(input, options)
  const orAbsent: Choose = (parsers) => (input, options) => input === undefined ? Effect.succeed(undefined) : itself(parsers)(input, options)
  const value = choice([SchemaAST.toType(schema.ast)], [], itself, orAbsent)
  const filled = SchemaTransformation.transformOptional<unknown, unknown>({
    decode: (given) => Option.some(Option.getOrUndefined(given) ?? make()),
    encode: (given) => given
  })
  // the class is effect's own for a member of this shape; `make` takes an AST and is told its type
  return Schema.make<Schema.withDecodingDefaultType<S>>(SchemaAST.decodeTo(optional(schema).ast, value, filled))
}

/** Fields of a record. */
export type RecordFields = Readonly<Record<string, AnyCodec>>

/**
 * A record with fields of its own and any further members of one schema (`additionalProperties` of a JSON schema). Its type
 * is what the caller says: an interface with such members is no type that fields could give.
 *
 * @example
 * ```ts
 * interface Labels { readonly id: number; readonly [label: string]: number | string }
 * const Labels: Schema.Codec<Labels, unknown> = Open.record<Labels>({ id: Schema.Int }, Schema.String)
 * ```
 */
export const record = <T>(fields: RecordFields, value: AnyCodec): Schema.Codec<T, unknown> => {
  const own = new Set(Object.keys(fields))
  const further = Schema.String.check(Schema.makeFilter((key) => !own.has(key)))
  const { propertySignatures } = Schema.Struct(fields).ast
  return Schema.make(new SchemaAST.Objects(propertySignatures, [new SchemaAST.IndexSignature(further.ast, value.ast)]))
}

/**
 * Checks that hold for input, and for answers only where decoding is strict: what a server sends is not refused for being
 * too long.
 *
 * @example
 * ```ts
 * const Name = Open.onInput(Schema.String, Schema.isMaxLength(20))
 * ```
 */
export const onInput = <S extends AnyCodec>(
  schema: S,
  ...checks: readonly [SchemaAST.Check<S["Type"]>, ...Array<SchemaAST.Check<S["Type"]>>]
): Schema.Codec<S["Type"], S["Encoded"]> => Schema.make(checked(schema.ast, checks.map((check) => check.annotate({ [onInputOnly]: true }))))

const checked = (ast: SchemaAST.AST, checks: ReadonlyArray<SchemaAST.Check<unknown>>): SchemaAST.AST => {
  const [head, ...tail] = checks
  if (head === undefined) return ast
  // what is not there yet cannot be checked yet
  if (ast._tag === "Suspend") return new SchemaAST.Suspend(() => checked(ast.thunk(), checks), ast.annotations, undefined, ast.encoding, ast.context)
  return Schema.make<Schema.Codec<unknown>>(ast).check(head, ...tail).ast
}
