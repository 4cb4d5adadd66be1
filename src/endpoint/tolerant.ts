/**
 * A schema that keeps what it does not know: a GET followed by a PUT loses nothing.
 */
import * as SchemaAST from "effect/SchemaAST"

const known = new WeakMap<SchemaAST.AST, SchemaAST.AST>()

/** Any other field: kept as it is. The parser applies an index signature only to keys that no declared field has. */
const anyOtherField = /*#__PURE__*/ new SchemaAST.IndexSignature(/*#__PURE__*/ SchemaAST.string, /*#__PURE__*/ SchemaAST.unknown)

/**
 * The same schema, whose records keep undeclared fields on decode and encode (effect's own options can only drop or
 * refuse them). Records that already have an index signature decide for themselves.
 */
export const tolerant = (ast: SchemaAST.AST): SchemaAST.AST => {
  const seen = known.get(ast)
  if (seen !== undefined) return seen
  const made = rebuild(ast)
  known.set(ast, made)
  return made
}

const encodingOf = (ast: SchemaAST.AST): SchemaAST.AST["encoding"] => {
  const encoding = ast.encoding
  if (encoding === undefined) return undefined
  const [head, ...tail] = encoding
  const link = (l: SchemaAST.Link): SchemaAST.Link => {
    const to = tolerant(l.to)
    return to === l.to ? l : new SchemaAST.Link(to, l.transformation)
  }
  return [link(head), ...tail.map(link)]
}

const rebuild = (ast: SchemaAST.AST): SchemaAST.AST => {
  switch (ast._tag) {
    case "Objects":
      return new SchemaAST.Objects(
        ast.propertySignatures.map((p) => new SchemaAST.PropertySignature(p.name, tolerant(p.type))),
        ast.indexSignatures.length > 0
          ? ast.indexSignatures.map((i) => new SchemaAST.IndexSignature(i.parameter, tolerant(i.type)))
          // an empty record means "anything but null": it has nothing to keep or lose
          : ast.propertySignatures.length > 0 ? [anyOtherField] : [],
        ast.annotations,
        ast.checks,
        encodingOf(ast),
        ast.context,
        ast.encodingChecks
      )
    case "Arrays":
      return new SchemaAST.Arrays(ast.isMutable, ast.elements.map(tolerant), ast.rest.map(tolerant), ast.annotations, ast.checks, encodingOf(ast), ast.context, ast.encodingChecks)
    case "Union":
      return new SchemaAST.Union(ast.types.map(tolerant), ast.options, ast.annotations, ast.checks, encodingOf(ast), ast.context, ast.encodingChecks)
    case "Declaration":
      // Option, Redacted and other containers hold records of their own
      return new SchemaAST.Declaration(ast.typeParameters.map(tolerant), ast.run, ast.annotations, ast.checks, encodingOf(ast), ast.context, ast.encodingChecks, ast.encodingRun)
    case "Suspend":
      // lazily, or a schema that refers to itself would never end
      return new SchemaAST.Suspend(() => tolerant(ast.thunk()), ast.annotations, ast.checks, encodingOf(ast), ast.context)
    default:
      return ast
  }
}
