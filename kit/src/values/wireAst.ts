/**
 * What schemas are on the wire: the side that they encode to, one node at a time, so that those that refer to themselves end.
 */
import type * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/** A schema that is decoded and encoded without further services. */
export type AnyCodec = Schema.ConstraintCodec<unknown, unknown>

/** Annotations by which open schemas tell what they hold: the runtime's `Open.items` and `Open.literals`, `union`, `anyOf`. */
const itemOf = (ast: SchemaAST.AST): SchemaAST.AST | undefined => SchemaAST.resolveAt<SchemaAST.AST>("~credence/item")(ast)
const knownOf = (ast: SchemaAST.AST): number | undefined => SchemaAST.resolveAt<number>("~credence/known")(ast)

/** The node that stands on the wire; what is below it is not looked at. */
export const wireAst = (ast: SchemaAST.AST): SchemaAST.AST => {
  const item = itemOf(ast)
  if (item !== undefined) return new SchemaAST.Arrays(false, [], [item])
  if (ast._tag === "Suspend") return wireAst(ast.thunk())
  const known = knownOf(ast)
  if (known !== undefined && ast._tag === "Declaration" && ast.encoding === undefined) return new SchemaAST.Union(ast.typeParameters.slice(0, known))
  const last = ast.encoding?.at(-1)
  return last === undefined ? ast : wireAst(last.to)
}

/** The node and, of a union, its members, without absence. */
export const wireMembers = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  const node = wireAst(ast)
  return node._tag === "Union" ? node.types.flatMap(wireMembers) : node._tag === "Undefined" || node._tag === "Void" ? [] : [node]
}

/** What a list holds at a place; `undefined`: this is no list. */
export const itemAst = (ast: SchemaAST.AST): ((index: number) => SchemaAST.AST) | undefined => {
  const list = wireMembers(ast).find((member) => member._tag === "Arrays")
  return list === undefined ? undefined : (index) => list.elements[index] ?? list.rest[0] ?? SchemaAST.unknown
}

/** The members of a record, by name; `undefined`: this is no record. */
export interface RecordAst {
  readonly members: ReadonlyMap<string, SchemaAST.AST>
  /** of any other member; `undefined`: there are none */
  readonly rest: SchemaAST.AST | undefined
}

/** What a record holds. Of a union of records, what any of them holds. */
export const recordAst = (ast: SchemaAST.AST): RecordAst | undefined => {
  const records = wireMembers(ast).filter((member) => member._tag === "Objects")
  if (records.length === 0) return undefined
  const members = new Map<string, SchemaAST.AST>()
  for (const record of records) {
    for (const { name, type } of record.propertySignatures) {
      const known = typeof name === "string" ? members.get(name) : undefined
      if (typeof name === "string") members.set(name, known === undefined ? type : new SchemaAST.Union([known, type]))
    }
  }
  return { members, rest: records.flatMap((record) => record.indexSignatures.map(({ type }) => type))[0] }
}

/** May it be left out? */
export const mayBeAbsent = (ast: SchemaAST.AST): boolean =>
  ast.context?.isOptional === true || ast.encoding?.at(-1)?.to.context?.isOptional === true || allowsUndefined(ast)

const allowsUndefined = (ast: SchemaAST.AST): boolean => {
  switch (ast._tag) {
    case "Undefined":
    case "Void":
    case "Unknown":
    case "Any":
      return true
    case "Union":
      return ast.types.some(allowsUndefined)
    case "Suspend":
      return allowsUndefined(ast.thunk())
    default:
      return false
  }
}
