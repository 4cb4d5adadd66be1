/**
 * Schemas for what servers extend without asking: enums, unions and lists. What is not known is kept and tagged, so that
 * a type never claims more than what came.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { AnyCodec } from "./Param.ts"
import { tolerant } from "./tolerant.ts"

/** A value that its schema does not know. Encodes to what it was decoded from. */
export class Unrecognized<out Encoded = unknown> {
  readonly _tag = "Unrecognized"
  readonly kind: "unknown value" | "unknown variant"
  readonly value: Encoded
  constructor(kind: "unknown value" | "unknown variant", value: Encoded) {
    this.kind = kind
    this.value = value
  }
  toJSON(): unknown {
    return this.value
  }
}

const unrecognized = <Encoded>(kind: Unrecognized["kind"], from: Schema.ConstraintCodec<Encoded, Encoded>): Schema.Codec<Unrecognized<Encoded>, Encoded> => {
  const instance = Schema.declare((u): u is Unrecognized<Encoded> => u instanceof Unrecognized && u.kind === kind)
  const transformation = SchemaTransformation.transform<Unrecognized<Encoded>, Encoded>({
    decode: (value) => new Unrecognized(kind, value),
    encode: (self) => self.value
  })
  // `make` takes an AST and is told its type: the class of `from` is generic here
  return Schema.make<Schema.Codec<Unrecognized<Encoded>, Encoded>>(SchemaAST.decodeTo(from.ast, instance.ast, transformation))
}

/**
 * An enum that may grow: one of the texts, or {@link Unrecognized}.
 *
 * @example
 * ```ts
 * const State = Open.literals(["draft", "sent", "paid"]) // "draft" | "sent" | "paid" | Unrecognized<string>
 * ```
 */
export const literals = <const L extends readonly [string, ...Array<string>]>(values: L): Schema.Codec<L[number] | Unrecognized<string>, string> => {
  const known = new Set<string>(values)
  const other = Schema.String.check(Schema.makeFilter((value) => !known.has(value)))
  return Schema.Union([Schema.Literals(values), unrecognized("unknown value", other)])
}

/**
 * A union that may grow: the variant that `discriminator` names, or {@link Unrecognized}. A broken variant of a known name
 * is a failure all the same.
 *
 * @example
 * ```ts
 * const Shape = Open.union("type", { circle: Circle, square: Square })
 * ```
 */
export const union = <const V extends Readonly<Record<string, AnyCodec>>>(
  discriminator: string,
  variants: V
): Schema.Codec<V[keyof V]["Type"] | Unrecognized<Readonly<Record<string, unknown>>>, V[keyof V]["Encoded"] | Readonly<Record<string, unknown>>> => {
  const names = new Set(Object.keys(variants))
  const other = Schema.Record(Schema.String, Schema.Unknown).check(Schema.makeFilter((value) => {
    const name = value[discriminator]
    return typeof name === "string" && !names.has(name)
  }))
  // Union takes its members as a tuple; a record's values have no order that the type system knows
  return Schema.Union([...Object.values(variants), unrecognized("unknown variant", other)]) as unknown as Schema.Codec<
    V[keyof V]["Type"] | Unrecognized<Readonly<Record<string, unknown>>>,
    V[keyof V]["Encoded"] | Readonly<Record<string, unknown>>
  >
}

/** An item that was left out of a list because it does not fit. */
export interface Rejected {
  readonly index: number
  readonly issue: SchemaIssue.Issue
  /** the item as it came */
  readonly item: unknown
}

/** what each list left out: beside the list, since its type has no place for it */
const rejectedOf = new WeakMap<ReadonlyArray<unknown>, ReadonlyArray<Rejected>>()

/** The items that {@link items} left out of a list. */
export const rejected = (list: ReadonlyArray<unknown>): ReadonlyArray<Rejected> => rejectedOf.get(list) ?? []

/**
 * A list, one bad item of which does not lose the rest: it is left out, reported as drift, and found in {@link rejected}.
 * For lists that are read, such as pages; a list that is sent back should be a plain `Schema.Array`. Strict decoding fails.
 */
export const items = <S extends AnyCodec>(item: S): Schema.Codec<ReadonlyArray<S["Type"]>, ReadonlyArray<S["Encoded"]>> => {
  type List = ReadonlyArray<S["Type"]>
  const lazily = <A>(make: () => A) => {
    let made: A | undefined
    return () => (made ??= make())
  }
  const strictly = lazily(() => SchemaParser.decodeUnknownEffect(item))
  const tolerantly = lazily(() => SchemaParser.decodeUnknownEffect(Schema.make<AnyCodec>(tolerant(item.ast))))
  const encoder = lazily(() => SchemaParser.encodeUnknownEffect(Schema.make<AnyCodec>(tolerant(item.ast))))
  const at = (index: number) => (issue: SchemaIssue.Issue) => new SchemaIssue.Pointer([index], issue)
  const decode = (list: ReadonlyArray<unknown>, options: SchemaAST.ParseOptions): Effect.Effect<List, SchemaIssue.Issue> => {
    if (options.onExcessProperty === "error") {
      return Effect.forEach(list, (value, index) => Effect.mapError(strictly()(value, options), at(index)))
    }
    return Effect.map(Effect.forEach(list, (value) => Effect.exit(tolerantly()(value, options))), (exits) => {
      const good: Array<S["Type"]> = []
      const bad: Array<Rejected> = []
      exits.forEach((exit, index) => {
        if (Exit.isSuccess(exit)) good.push(exit.value)
        else {
          const failure = Exit.findErrorOption(exit)
          if (failure._tag === "Some") bad.push({ index, issue: at(index)(failure.value), item: list[index] })
        }
      })
      if (bad.length > 0) rejectedOf.set(good, bad)
      return good
    })
  }
  // the annotation lets tools such as `example` see what the list holds
  const instance = Schema.declare((u): u is List => Array.isArray(u), { "~credence/items": SchemaAST.toType(item.ast) })
  return Schema.Array(Schema.Unknown).pipe(Schema.decodeTo(
    instance,
    SchemaTransformation.transformEffect<List, ReadonlyArray<unknown>>({
      decode,
      encode: (list, options) => Effect.forEach(list, (value, index) => Effect.mapError(encoder()(value, options), at(index)))
    })
    // the encoded form is `unknown[]` to the compiler; it is what `item` encodes to
  )) as unknown as Schema.Codec<List, ReadonlyArray<S["Encoded"]>>
}

/** Whole numbers up to 2^53 - 1 in size. A larger one, which JSON cannot hold exactly, is a failure and never a wrong number. */
export const Int64: Schema.Codec<number> = Schema.Int

/** A field that may be absent or null, which both mean absence. */
export const optional = <S extends AnyCodec>(schema: S): Schema.optionalKey<Schema.Codec<S["Type"] | undefined, S["Encoded"] | null | undefined>> => {
  const absent = Schema.make<Schema.Codec<undefined, null>>(SchemaAST.decodeTo(
    Schema.Null.ast,
    Schema.Undefined.ast,
    SchemaTransformation.transform<undefined, null>({ decode: () => undefined, encode: () => null })
  ))
  // the members' types are generic; the union is exactly theirs
  return Schema.optionalKey(Schema.Union([schema, Schema.Undefined, absent]) as unknown as Schema.Codec<S["Type"] | undefined, S["Encoded"] | null | undefined>)
}
