/**
 * JSON Schema of what goes over the wire: of the encoded side of schemas, with models by their names.
 *
 * @see https://json-schema.org/draft/2020-12
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/** A schema that is decoded and encoded without further services. */
export type AnyCodec = Schema.ConstraintCodec<unknown, unknown>

/** JSON Schema, draft 2020-12; what it refers to is in its own `$defs`. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** A member of an object. */
export interface Member {
  readonly schema: AnyCodec
  readonly optional: boolean
}

/** Makes JSON Schemas; schemas that `names` has become `$defs` of that name. */
export interface ToJsonSchema {
  readonly of: (schema: AnyCodec) => JsonSchema
}

/** Annotations by which open schemas tell what they hold: the runtime's `Open.items` and `Open.literals`, `union`, `anyOf`. */
const itemOf = (ast: SchemaAST.AST): SchemaAST.AST | undefined => SchemaAST.resolveAt<SchemaAST.AST>("~credence/item")(ast)
const knownOf = (ast: SchemaAST.AST): number | undefined => SchemaAST.resolveAt<number>("~credence/known")(ast)

/** Of any size. */
const wholeNumber = Schema.Finite.check(Schema.makeFilter(() => true, { toJsonSchema: () => ({ type: "integer" }) })).ast

/** `make` takes an AST and is told its type. */
const schemaFrom = (ast: SchemaAST.AST): Schema.Codec<unknown> => Schema.make(ast)

/**
 * Makes JSON Schemas of schemas. A client's models have no identifiers: `names` are those they are exported by.
 *
 * @example
 * ```ts
 * const { of } = makeJsonSchema([["Pet", Pet]])
 * of(Schema.Array(Pet)) // { type: "array", items: { $ref: "#/$defs/Pet" }, $defs: { Pet: … } }
 * ```
 */
export const makeJsonSchema = (names: Iterable<readonly [name: string, schema: AnyCodec]>): ToJsonSchema => {
  // a member that may be absent is a copy of its schema, which has the same thunk
  const named = new Map<() => SchemaAST.AST, string>()
  for (const [name, { ast }] of names) if (ast._tag === "Suspend") named.set(ast.thunk, name)
  const suspended = new Map<() => SchemaAST.AST, SchemaAST.AST>()
  /** nameless ones that are being looked into */
  const open = new Set<() => SchemaAST.AST>()

  const suspend = (ast: SchemaAST.Suspend): SchemaAST.AST => {
    const identifier = named.get(ast.thunk)
    const known = suspended.get(ast.thunk)
    if (known !== undefined) return known
    if (identifier === undefined && !open.has(ast.thunk)) {
      open.add(ast.thunk)
      const inner = plain(ast.thunk())
      open.delete(ast.thunk)
      return inner
    }
    // what refers to itself needs a name, if nobody gave it one
    let inner: SchemaAST.AST | undefined
    const made = new SchemaAST.Suspend(() => (inner ??= plain(ast.thunk())), { identifier: identifier ?? `Schema${suspended.size + 1}` })
    suspended.set(ast.thunk, made)
    return made
  }

  /** The encoded side, without absence, which JSON Schema says in another way, and without what is not known. */
  const plain = (ast: SchemaAST.AST): SchemaAST.AST => {
    const item = itemOf(ast)
    if (item !== undefined) return new SchemaAST.Arrays(false, [], [plain(item)])
    const known = knownOf(ast)
    if (known !== undefined && ast._tag === "Declaration" && ast.encoding === undefined) return oneOf(ast.typeParameters.slice(0, known).map(plain))
    if (ast.encoding !== undefined) {
      const last = ast.encoding.at(-1)
      return last === undefined ? ast : plain(last.to)
    }
    switch (ast._tag) {
      case "Suspend":
        return suspend(ast)
      case "Union":
        return oneOf(ast.types.filter((type) => type._tag !== "Undefined").map(plain), ast.annotations, ast.checks)
      case "Arrays":
        return new SchemaAST.Arrays(false, ast.elements.map(keepOptional), ast.rest.map(plain), ast.annotations, ast.checks)
      case "Objects":
        return new SchemaAST.Objects(
          ast.propertySignatures.map(({ name, type }) => new SchemaAST.PropertySignature(name, keepOptional(type))),
          ast.indexSignatures.map(({ parameter, type }) => new SchemaAST.IndexSignature(parameter, plain(type))),
          ast.annotations,
          ast.checks
        )
      case "Declaration":
        // numbers that a double cannot hold
        return SchemaAST.resolveAt<string>("expected")(ast) === "a whole number" ? wholeNumber : ast
      default:
        return ast
    }
  }

  const oneOf = (types: ReadonlyArray<SchemaAST.AST>, annotations?: Schema.Annotations.Annotations, checks?: SchemaAST.Checks): SchemaAST.AST => {
    const [only] = types
    return types.length === 1 && only !== undefined && checks === undefined ? only : new SchemaAST.Union(types, undefined, annotations, checks)
  }

  const keepOptional = (ast: SchemaAST.AST): SchemaAST.AST => {
    const made = plain(ast)
    return mayBeAbsent(ast) ? Schema.optionalKey(schemaFrom(made)).ast : made
  }

  return {
    of: (schema) => {
      const document = Schema.toJsonSchemaDocument(schemaFrom(plain(schema.ast)))
      // no member is refused that is not declared: as JSON Schema has it, unless it is told otherwise
      const { definitions, schema: own } = JSON.parse(JSON.stringify(document, (key, value: unknown) => key === "additionalProperties" && value === true ? undefined : value)) as typeof document
      return { ...own, ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }) }
    }
  }
}

/** May a member or parameter be left out? */
export const mayBeAbsent = (ast: SchemaAST.AST): boolean =>
  SchemaAST.isOptional(ast)
  || ast._tag === "Undefined"
  || (ast._tag === "Union" && ast.types.some((type) => type._tag === "Undefined"))
  || (ast.encoding !== undefined && mayBeAbsent(ast.encoding.at(-1)?.to ?? ast))
