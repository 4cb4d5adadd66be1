/**
 * Fields of an endpoint's input, compiled once.
 */
import type * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { type AnyCodec, type Field, isParam, type ParamOptions } from "./Param.ts"
import type { QueryStyle } from "../wire/parameters.ts"
import { tolerant } from "./tolerant.ts"

/** A field, ready to encode its value. */
export interface CompiledField {
  readonly key: string
  readonly name: string
  readonly options: ParamOptions
  readonly encode: Encoder
  readonly optional: boolean
}

/** Encodes a value, or says what is wrong with it. */
export type Encoder = (value: unknown) => Exit.Exit<unknown, SchemaIssue.Issue>

/** The encoder of a schema; it keeps members that the schema does not know. */
export const encoderOf = (schema: AnyCodec): Encoder => SchemaParser.encodeUnknownExit(Schema.make<AnyCodec>(tolerant(schema.ast, "encode")))

/** The decoder of a schema that is no body; as tolerant as that of bodies. */
export const decoderOf = (schema: AnyCodec): Encoder => SchemaParser.decodeUnknownExit(Schema.make<AnyCodec>(tolerant(schema.ast, "decode")))

/** May a field be left out? */
export const isOptional = (field: Field): boolean => {
  const ast = (isParam(field) ? field.schema : field).ast
  // a member with a default is absent on the wire only
  return ast.context?.isOptional === true || ast.encoding?.at(-1)?.to.context?.isOptional === true || allowsUndefined(ast)
}

/** As the types have it: what may be `undefined` may be left out. */
const allowsUndefined = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Undefined" || ast._tag === "Void" || ast._tag === "Unknown" || ast._tag === "Any"
  || (ast._tag === "Union" && ast.types.some(allowsUndefined))
  || (ast._tag === "Suspend" && allowsUndefined(ast.thunk()))

/** How a field is laid out in a query or form; the styles of a path have no meaning there. */
export const queryStyle = (style: ParamOptions["style"]): QueryStyle => style === undefined || style === "simple" || style === "label" || style === "matrix" ? "form" : style

/** Compiles a record of fields, in its order. */
export const compileFields = (fields: Readonly<Record<string, Field>>): ReadonlyArray<CompiledField> =>
  Object.entries(fields).map(([key, field]) => ({
    key,
    name: (isParam(field) ? field.name : undefined) ?? key,
    options: isParam(field) ? field : {},
    encode: encoderOf(isParam(field) ? field.schema : field),
    optional: isOptional(field)
  }))
