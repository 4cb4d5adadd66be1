/**
 * What is not known is kept and tagged.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { AnyCodec } from "../Param.ts"

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

/** The schema of an {@link Unrecognized} that is made of what `from` takes. */
export const unrecognized = <Encoded>(kind: Unrecognized["kind"], from: Schema.ConstraintCodec<Encoded, Encoded>): Schema.Codec<Unrecognized<Encoded>, Encoded> => {
  const transformation = SchemaTransformation.transform<Unrecognized<Encoded>, Encoded>({
    decode: (value) => new Unrecognized(kind, value),
    encode: (self) => self.value
  })
  const instance = Schema.declare((u): u is Unrecognized<Encoded> => u instanceof Unrecognized && u.kind === kind, {
    toCodecArbitrary: () => new SchemaAST.Link(from.ast, transformation)
  })
  // `make` takes an AST and is told its type: the class of `from` is generic here
  return Schema.make<Schema.Codec<Unrecognized<Encoded>, Encoded>>(SchemaAST.decodeTo(from.ast, instance.ast, transformation))
}

export type Parsed = Effect.Effect<unknown, SchemaIssue.Issue>
export type Parse = (input: unknown, options: SchemaAST.ParseOptions) => Parsed
/** Chooses among the parsers of a {@link choice}'s members. The same for decoding, encoding and checking a type. */
export type Choose = (parsers: ReadonlyArray<Parse>) => (input: unknown, options: SchemaAST.ParseOptions) => Parsed

/** The members of a {@link choice} that are known: the rest is for what is not. */
export const knownMembers = "~credence/known"

/**
 * A schema that is one of its members; `choose` says which. Tools see the known members only: an example of an enum is one
 * of its values.
 */
export const choice = (known: ReadonlyArray<SchemaAST.AST>, other: ReadonlyArray<SchemaAST.AST>, choose: Choose, encode?: Choose): SchemaAST.Declaration => {
  const run = (chosen: Choose) => (members: ReadonlyArray<SchemaAST.AST>) => {
    const parse = chosen(members.map((ast) => SchemaParser.decodeUnknownEffect(Schema.make<AnyCodec>(ast))))
    return (input: unknown, _: SchemaAST.Declaration, options: SchemaAST.ParseOptions) => parse(input, options)
  }
  const annotations: Schema.Annotations.Declaration<unknown, ReadonlyArray<AnyCodec>> = {
    [knownMembers]: known.length,
    toCodecArbitrary: ({ typeParameters }) => new SchemaAST.Link(Schema.Union(typeParameters.slice(0, known.length)).ast, SchemaTransformation.passthrough<unknown>()),
    // what it encodes to is JSON already
    toCodecJson: () => undefined
  }
  return new SchemaAST.Declaration([...known, ...other], run(choose), annotations, undefined, undefined, undefined, undefined, encode === undefined ? undefined : run(encode))
}

/** The parse of the unknown, whose failure says what was expected instead. */
export const orElse = (other: Parsed, issue: () => SchemaIssue.Issue): Parsed => Effect.mapErrorEager(other, issue)
