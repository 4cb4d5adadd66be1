/**
 * Replies filled in from a schema, by seed: what a test does not care about it need not write.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as Stream from "effect/Stream"
import type { Endpoint } from "../endpoint/Endpoint.ts"
import { knownMembers, Unrecognized } from "../endpoint/open/unrecognized.ts"
import type { Reply } from "../endpoint/Reply.ts"
import type { ResponseError } from "../errors/ResponseError.ts"

/** Any part of a value; lists are given whole. */
export type DeepPartial<A> = A extends ReadonlyArray<infer Item> ? ReadonlyArray<DeepPartial<Item>>
  : A extends (...args: never) => unknown ? A
  : A extends object ? { readonly [K in keyof A]?: DeepPartial<A[K]> | undefined }
  : A

export interface ExampleOptions {
  /** the same seed gives the same value. Default 1 */
  readonly seed?: number | undefined
}

/**
 * A value that an endpoint could give: `known` as it is, everything else that is required from the schema. Optional members
 * and lists stay empty unless `known` names them. An endpoint that streams items gives one.
 *
 * @example
 * ```ts
 * const reply = example(getCaseMetadataByID, { data: { id: 1, subject: "phishing" } })
 * ```
 */
export const example = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string>(
  endpoint: Endpoint<S, Input, A, E, P>,
  known?: DeepPartial<A>,
  options?: ExampleOptions
): A => {
  const reply = [...endpoint.declared.success.values()].find((candidate) => candidate.schema !== undefined)
  if (reply === undefined) throw new TypeError(`${endpoint.operation.name} has no reply with a schema: write its value yourself`)
  const value = exampleOf(reply, endpoint.operation.name, reply.open === undefined ? known : undefined, options)
  // the schema's type is the endpoint's by construction, or that of the items it streams
  return (reply.open === undefined ? value : Stream.succeed(reply["~credence/reply"] === "events" ? { event: "message", id: undefined, data: value } : value)) as A
}

/** A value of a reply's schema: of the whole body, or of one item of a streamed one. */
export const exampleOf = (reply: Pick<Reply<unknown>, "schema">, name: string, known?: unknown, options?: ExampleOptions): unknown => {
  if (reply.schema === undefined) throw new TypeError(`${name} has no reply with a schema: write its value yourself`)
  return fill(SchemaAST.toType(reply.schema.ast), known, { seed: options?.seed ?? 1, depth: 0 })
}

interface State {
  readonly seed: number
  readonly depth: number
}

const isRecord = (u: unknown): u is Readonly<Record<PropertyKey, unknown>> => typeof u === "object" && u !== null && !Array.isArray(u)

const isPlain = (ast: SchemaAST.AST): boolean => ast._tag !== "Objects" && ast._tag !== "Arrays" && ast._tag !== "Union" && ast._tag !== "Suspend"

const fill = (ast: SchemaAST.AST, known: unknown, state: State): unknown => {
  const inner = { seed: state.seed * 31 + 7, depth: state.depth + 1 }
  switch (ast._tag) {
    case "Suspend":
      return fill(ast.thunk(), known, state)
    case "Objects": {
      if (known !== undefined && !isRecord(known)) return known
      const out: Record<PropertyKey, unknown> = { ...known }
      ast.propertySignatures.forEach((property, index) => {
        const given = known?.[property.name]
        const optional = property.type.context?.isOptional === true
        if (given !== undefined) out[property.name] = fill(property.type, given, inner)
        else if (!optional && state.depth < 32) out[property.name] = fill(property.type, undefined, { seed: inner.seed + index, depth: inner.depth })
      })
      return out
    }
    case "Arrays": {
      const item = ast.rest[0]
      if (Array.isArray(known)) return known.map((value, index) => item === undefined ? value : fill(item, value, { seed: inner.seed + index, depth: inner.depth }))
      return known ?? ast.elements.map((element, index) => fill(element, undefined, { seed: inner.seed + index, depth: inner.depth }))
    }
    case "Union":
      return fillOne(ast.types, known, state)
    case "Declaration": {
      const item = SchemaAST.resolveAt<SchemaAST.AST>("~credence/items")(ast)
      const members = SchemaAST.resolveAt<number>(knownMembers)(ast)
      if (members !== undefined) return fillOne(ast.typeParameters.slice(0, members), known, state)
      if (item !== undefined) return Array.isArray(known) ? known.map((value, index) => fill(item, value, { seed: inner.seed + index, depth: inner.depth })) : known ?? []
      return known ?? sample(ast, state)
    }
    default:
      return known ?? sample(ast, state)
  }
}

/** Fills in one of several variants. */
const fillOne = (types: ReadonlyArray<SchemaAST.AST>, known: unknown, state: State): unknown => {
  if (known !== undefined && !isRecord(known) && !Array.isArray(known)) return known
  // an instance of a class, such as an unknown variant, is whole
  if (known instanceof Unrecognized) return known
  // the first variant that is no absence; far down the plainest one, or a schema that refers to itself would never end
  const member = (isRecord(known) ? types.find((type) => isNamed(type, known)) : undefined)
    ?? (state.depth < 6 || known !== undefined ? undefined : types.find(isPlain))
    ?? types.find((type) => type._tag !== "Undefined" && type._tag !== "Null") ?? types[0]
  return member === undefined ? known : fill(member, known, state)
}

/** Does a record name this variant, by a member that is one literal in it? */
const isNamed = (ast: SchemaAST.AST, known: Readonly<Record<PropertyKey, unknown>>): boolean =>
  ast._tag === "Suspend"
    ? isNamed(ast.thunk(), known)
    : ast._tag === "Objects" && ast.propertySignatures.some(({ name, type }) => type._tag === "Literal" && type.literal === known[name])

/** A value of a leaf that passes its checks. */
const sample = (ast: SchemaAST.AST, state: State): unknown => {
  const arbitrary = Arbitrary.schema(Schema.make<Schema.Codec<unknown>>(ast))
  const values = Effect.runSync(Effect.orDie(Effect.mapError(
    Arbitrary.sampleEffect(arbitrary, { count: 1, size: 6, seed: state.seed }),
    () => new Error("no example could be generated: give this member a value")
  )))
  return values[0]
}
