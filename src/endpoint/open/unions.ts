/**
 * Unions that may grow.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#discriminator-object
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import type { AnyCodec } from "../Param.ts"
import { choice, type Choose, orElse, type Parsed, Unrecognized, unrecognized } from "./unrecognized.ts"

/** A variant that its union does not know: the record as it came. */
export type UnknownVariant = Unrecognized<Readonly<Record<string, unknown>>>

/** Variants by the discriminator's value. */
export type Variants = Readonly<Record<string, AnyCodec>>

/** One of the variants, tagged by its name. */
export type VariantOf<D extends string, V extends Variants> = { [Name in keyof V]: V[Name]["Type"] & { readonly [_ in D]: Name } }[keyof V]

type EncodedOf<V extends Variants> = V[keyof V]["Encoded"]

/**
 * A union that may grow: the variant that `discriminator` names, or {@link UnknownVariant}. The name alone chooses: a broken
 * variant of a known name is a failure, and so is a value without a name, unless `otherwise` says what that is. A variant
 * that leaves the discriminator a mere text, or does not declare it, is tagged.
 *
 * @example
 * ```ts
 * const Shape = Open.union("type", { circle: Circle, square: Square })
 * // (Circle & { type: "circle" }) | (Square & { type: "square" }) | Open.UnknownVariant
 * ```
 */
export const union = <const D extends string, const V extends Variants, O extends AnyCodec = Schema.Codec<never>>(
  discriminator: D,
  variants: V,
  otherwise?: O
): Schema.Codec<VariantOf<D, V> | O["Type"] | UnknownVariant, EncodedOf<V> | Readonly<Record<string, unknown>>> => {
  const names = new Set(Object.keys(variants))
  const other = Schema.Record(Schema.String, Schema.Unknown).check(Schema.makeFilter((value) => {
    const name = value[discriminator]
    return typeof name === "string" && !names.has(name)
  }))
  return Schema.make(byName(discriminator, variants, otherwise, [unrecognized("unknown variant", other).ast]))
}

/**
 * A union that does not grow, such as one that is input: the variant that `discriminator` names. As {@link union}, but an
 * unknown name is a failure.
 *
 * @example
 * ```ts
 * const Shape = Open.closedUnion("type", { circle: Circle, square: Square }) // (Circle & { type: "circle" }) | …
 * ```
 */
export const closedUnion = <const D extends string, const V extends Variants, O extends AnyCodec = Schema.Codec<never>>(
  discriminator: D,
  variants: V,
  otherwise?: O
): Schema.Codec<VariantOf<D, V> | O["Type"], EncodedOf<V> | O["Encoded"]> => Schema.make(byName(discriminator, variants, otherwise, []))

/**
 * A union without a discriminator that may grow: the first variant that fits, or {@link Unrecognized}. One that fits only
 * with something unknown in it gives way to one that knows all of it. Strict decoding takes a variant or fails.
 *
 * @example
 * ```ts
 * const Address = Open.anyOf([Street, PostBox]) // Street | PostBox | Open.Unrecognized<unknown>
 * ```
 */
export const anyOf = <const V extends readonly [AnyCodec, ...Array<AnyCodec>]>(variants: V): Schema.Codec<V[number]["Type"] | Unrecognized, unknown> => {
  // null is no variant: where it may stand for absence it must stay free to do so
  const other = unrecognized("unknown variant", Schema.Unknown.check(Schema.makeFilter((value) => value !== undefined && value !== null)))
  const expected = Schema.Union(variants).ast
  const choose: Choose = (parsers) => (input, options) => {
    const unknown = parsers[variants.length]
    if (unknown === undefined || input instanceof Unrecognized) return unknown === undefined ? Effect.succeed(input) : unknown(input, options)
    const issues: Array<SchemaIssue.Issue> = []
    const from = (index: number, fallback: Parsed | undefined): Parsed => {
      const parse = index < variants.length ? parsers[index] : undefined
      // any record at all is no better fit than one that is known but for something in it
      if (fallback !== undefined && parse !== undefined && isVacant(variants[index]?.ast)) return from(index + 1, fallback)
      if (parse !== undefined) {
        return Effect.flatMapEager(Effect.exit(parse(input, options)), (exit) => {
          if (Exit.isSuccess(exit)) return holdsUnrecognized(exit.value) ? from(index + 1, fallback ?? exit) : exit
          const issue = Exit.findErrorOption(exit)
          if (Option.isNone(issue)) return exit
          issues.push(issue.value)
          return from(index + 1, fallback)
        })
      }
      if (fallback !== undefined) return fallback
      const failed = new SchemaIssue.AnyOf(expected, issues)
      return options.onExcessProperty === "error" ? Effect.fail(failed) : orElse(unknown(input, options), () => failed)
    }
    return from(0, undefined)
  }
  return Schema.make(choice(variants.map((variant) => variant.ast), [other.ast], choose))
}

/** Does it say nothing of the members of a record? */
const isVacant = (ast: SchemaAST.AST | undefined): boolean =>
  ast?._tag === "Suspend" ? isVacant(ast.thunk()) : ast?._tag === "Objects" && ast.propertySignatures.length === 0

/** Is there anything in it that its schema does not know? */
const holdsUnrecognized = (value: unknown, depth = 0): boolean =>
  typeof value === "object" && value !== null && depth < 32
  && (value instanceof Unrecognized || (Array.isArray(value) ? value : Object.values(value)).some((inner) => holdsUnrecognized(inner, depth + 1)))

const byName = (discriminator: string, variants: Variants, otherwise: AnyCodec | undefined, other: ReadonlyArray<SchemaAST.AST>): SchemaAST.AST => {
  const index = new Map(Object.keys(variants).map((name, at) => [name, at]))
  const expected = Schema.Literals([...index.keys()])
  const at = (issue: SchemaIssue.Issue): SchemaIssue.Issue => new SchemaIssue.Pointer([discriminator], issue)
  const choose: Choose = (parsers) => (input, options): Parsed => {
    const nameless = otherwise === undefined ? undefined : parsers[index.size]
    const unknown = parsers[otherwise === undefined ? index.size : index.size + 1]
    if (unknown !== undefined && input instanceof Unrecognized) return unknown(input, options)
    if (typeof input !== "object" || input === null || Array.isArray(input)) return Effect.fail(new SchemaIssue.InvalidType(anyRecord, input, options))
    const name: unknown = (input as Readonly<Record<string, unknown>>)[discriminator]
    if (name === undefined) return nameless === undefined ? Effect.fail(at(new SchemaIssue.MissingKey(undefined))) : nameless(input, options)
    const parse = typeof name === "string" ? parsers[index.get(name) ?? -1] : undefined
    if (parse !== undefined) return parse(input, options)
    const issue = (): SchemaIssue.Issue => at(new SchemaIssue.InvalidType(unknown === undefined ? expected.ast : SchemaAST.string, name, options))
    return unknown === undefined ? Effect.fail(issue()) : orElse(unknown(input, options), issue)
  }
  const known = Object.entries(variants).map(([name, variant]) => tagged(variant.ast, discriminator, name))
  return choice(otherwise === undefined ? known : [...known, otherwise.ast], other, choose)
}

const anyRecord = /*#__PURE__*/ new SchemaAST.Objects([], [/*#__PURE__*/ new SchemaAST.IndexSignature(/*#__PURE__*/ SchemaAST.string, /*#__PURE__*/ SchemaAST.unknown)])

/** The same variant, whose discriminator is the name and nothing else. What transforms the whole record is left as it is. */
const tagged = (ast: SchemaAST.AST, discriminator: string, name: string): SchemaAST.AST => {
  switch (ast._tag) {
    case "Suspend":
      return new SchemaAST.Suspend(() => tagged(ast.thunk(), discriminator, name), ast.annotations, undefined, ast.encoding, ast.context)
    case "Union":
      return ast.encoding !== undefined
        ? ast
        : new SchemaAST.Union(ast.types.map((type) => tagged(type, discriminator, name)), ast.options, ast.annotations, ast.checks, undefined, ast.context, ast.encodingChecks)
    case "Objects": {
      if (ast.encoding !== undefined) return ast
      const tag = new SchemaAST.PropertySignature(discriminator, new SchemaAST.Literal(name))
      const others = ast.propertySignatures.filter((property) => property.name !== discriminator)
      return new SchemaAST.Objects([tag, ...others], ast.indexSignatures, ast.annotations, ast.checks, undefined, ast.context, ast.encodingChecks)
    }
    default:
      return ast
  }
}
