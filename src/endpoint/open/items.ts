/**
 * Lists, one bad item of which does not lose the rest.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { AnyCodec } from "../Param.ts"
import { tolerant } from "../tolerant.ts"

/** An item that was left out of a list because it does not fit. */
export interface Rejected {
  readonly index: number
  readonly issue: SchemaIssue.Issue
  /** the item as it came */
  readonly item: unknown
}

/** what each list left out: beside the list, since its type has no place for it */
const rejectedOf = /*#__PURE__*/ new WeakMap<ReadonlyArray<unknown>, ReadonlyArray<Rejected>>()

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
  const tolerantly = lazily(() => SchemaParser.decodeUnknownEffect(Schema.make<AnyCodec>(tolerant(item.ast, "decode"))))
  const encoder = lazily(() => SchemaParser.encodeUnknownEffect(Schema.make<AnyCodec>(tolerant(item.ast, "encode"))))
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
  // the annotations let tools such as `example` see what the list holds
  const instance = Schema.declare((u): u is List => Array.isArray(u), {
    "~credence/items": SchemaAST.toType(item.ast),
    "~credence/item": item.ast,
    toCodecArbitrary: () => new SchemaAST.Link(Schema.Array(Schema.toType(item)).ast, SchemaTransformation.passthrough<unknown>())
  })
  return Schema.Array(Schema.Unknown).pipe(Schema.decodeTo(
    instance,
    SchemaTransformation.transformEffect<List, ReadonlyArray<unknown>>({
      decode,
      encode: (list, options) => Effect.forEach(list, (value, index) => Effect.mapError(encoder()(value, options), at(index)))
    })
    // the encoded form is `unknown[]` to the compiler; it is what `item` encodes to
  )) as unknown as Schema.Codec<List, ReadonlyArray<S["Encoded"]>>
}
