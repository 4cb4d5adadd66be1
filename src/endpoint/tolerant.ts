/**
 * A schema that keeps what it does not know: a GET followed by a PUT loses nothing.
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/** Decoding lets pass what is declared for input only; encoding does not. */
export type Direction = "decode" | "encode"

const known: Readonly<Record<Direction, WeakMap<SchemaAST.AST, SchemaAST.AST>>> = { decode: /*#__PURE__*/ new WeakMap(), encode: /*#__PURE__*/ new WeakMap() }

/** Any other field: kept as it is. The parser applies an index signature only to keys that no declared field has. */
const anyOtherField = /*#__PURE__*/ new SchemaAST.IndexSignature(/*#__PURE__*/ SchemaAST.string, /*#__PURE__*/ SchemaAST.unknown)

/** Marks a check that holds for input, and for an answer only where decoding is strict. */
export const onInputOnly = "~credence/input"

/**
 * The same schema, whose records keep undeclared fields on decode and encode (effect's own options can only drop or
 * refuse them). Records that say what any other member is decide for themselves. For decoding, checks that are marked as
 * {@link onInputOnly} are left out.
 */
export const tolerant = (ast: SchemaAST.AST, direction: Direction): SchemaAST.AST => {
  const seen = known[direction].get(ast)
  if (seen !== undefined) return seen
  const made = rebuild(ast, direction)
  known[direction].set(ast, made)
  return made
}

/** Where members are declared by how their names begin or end: those with other names. */
const otherNames = (declared: ReadonlyArray<SchemaAST.IndexSignature>): ReadonlyArray<SchemaAST.IndexSignature> => {
  const templates = declared.map(({ parameter }) => parameter)
  if (!templates.every((parameter) => parameter._tag === "TemplateLiteral")) return []
  const fits = templates.map((template) => Schema.is(Schema.make<Schema.Codec<string>>(template)))
  const other = Schema.String.check(Schema.makeFilter((name) => !fits.some((fit) => fit(name))))
  return [new SchemaAST.IndexSignature(other.ast, SchemaAST.unknown)]
}

const encodingOf = (ast: SchemaAST.AST, direction: Direction): SchemaAST.AST["encoding"] => {
  const encoding = ast.encoding
  if (encoding === undefined) return undefined
  const link = (l: SchemaAST.Link): SchemaAST.Link => {
    const to = tolerant(l.to, direction)
    return to === l.to ? l : new SchemaAST.Link(to, l.transformation)
  }
  const [head, ...tail] = encoding
  const links: SchemaAST.Encoding = [link(head), ...tail.map(link)]
  return links.every((l, index) => l === encoding[index]) ? encoding : links
}

const checksOf = (checks: SchemaAST.Checks | undefined, direction: Direction): SchemaAST.Checks | undefined => {
  if (checks === undefined || direction === "encode") return checks
  const [head, ...tail] = checks.filter((check) => check.annotations?.[onInputOnly] !== true)
  return head === undefined ? undefined : tail.length === checks.length - 1 ? checks : [head, ...tail]
}

const rebuild = (ast: SchemaAST.AST, direction: Direction): SchemaAST.AST => {
  const within = (inner: SchemaAST.AST): SchemaAST.AST => tolerant(inner, direction)
  const checks = checksOf(ast.checks, direction)
  const encoding = encodingOf(ast, direction)
  switch (ast._tag) {
    case "Objects":
      return new SchemaAST.Objects(
        ast.propertySignatures.map((p) => new SchemaAST.PropertySignature(p.name, within(p.type))),
        ast.indexSignatures.length > 0
          ? [...ast.indexSignatures.map((i) => new SchemaAST.IndexSignature(i.parameter, within(i.type))), ...otherNames(ast.indexSignatures)]
          // an empty record means "anything but null": it has nothing to keep or lose
          : ast.propertySignatures.length > 0 ? [anyOtherField] : [],
        ast.annotations,
        checks,
        encoding,
        ast.context,
        ast.encodingChecks
      )
    case "Arrays":
      return new SchemaAST.Arrays(ast.isMutable, ast.elements.map(within), ast.rest.map(within), ast.annotations, checks, encoding, ast.context, ast.encodingChecks)
    case "Union":
      return new SchemaAST.Union(ast.types.map(within), ast.options, ast.annotations, checks, encoding, ast.context, ast.encodingChecks)
    case "Declaration":
      // Option, Redacted and other containers hold records of their own
      return new SchemaAST.Declaration(ast.typeParameters.map(within), ast.run, ast.annotations, checks, encoding, ast.context, ast.encodingChecks, ast.encodingRun)
    case "Suspend":
      // lazily, or a schema that refers to itself would never end
      return new SchemaAST.Suspend(() => within(ast.thunk()), ast.annotations, checks, encoding, ast.context)
    default:
      // a leaf differs by its checks and encoding only; effect copies its nodes in the same way
      return checks === ast.checks && encoding === ast.encoding ? ast : Object.assign(Object.create(Object.getPrototypeOf(ast) as object) as typeof ast, ast, { checks, encoding })
  }
}
