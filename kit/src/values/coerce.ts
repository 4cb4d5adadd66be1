/**
 * From texts to values: parameters have no types of their own, so their schemas say what a text is.
 */
import type * as SchemaAST from "effect/SchemaAST"
import { isRecord, setMember, tryJson } from "./json.ts"
import { itemAst, type RecordAst, recordAst, wireMembers } from "./wireAst.ts"

/** How well a text fits a type: the most exact one wins. */
interface Guess {
  readonly value: unknown
  readonly rank: number
}

const numberPattern = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/

const numberOf = (text: string): { readonly value: unknown } | undefined =>
  // `007` is no JSON, and a number all the same
  numberPattern.test(text) ? tryJson(text) ?? { value: Number(text) } : undefined

const guess = (ast: SchemaAST.AST, text: string): Guess | undefined => {
  switch (ast._tag) {
    case "Literal":
      return String(ast.literal) === text ? { value: ast.literal, rank: 4 } : undefined
    case "Enum":
      return ast.enums.some(([, value]) => String(value) === text) ? { value: ast.enums.find(([, value]) => String(value) === text)?.[1], rank: 4 } : undefined
    case "Number": {
      const number = numberOf(text)
      return number === undefined ? undefined : { value: number.value, rank: 3 }
    }
    case "Boolean":
      return text === "true" || text === "false" ? { value: text === "true", rank: 3 } : undefined
    case "Null":
      return text === "" || text === "null" ? { value: null, rank: text === "" ? 1 : 3 } : undefined
    case "Arrays":
    case "Objects": {
      const json = /^\s*[[{]/.test(text) ? tryJson(text) : undefined
      return json !== undefined && Array.isArray(json.value) === (ast._tag === "Arrays") ? { value: json.value, rank: 3 } : undefined
    }
    case "String":
    case "TemplateLiteral":
      return { value: text, rank: 2 }
    case "Unknown":
    case "Any":
    case "ObjectKeyword":
      return { value: tryJson(text)?.value ?? text, rank: 1 }
    default: {
      // a type of its own, such as a whole number of any size
      const json = numberOf(text)
      return { value: json === undefined ? text : json.value, rank: 1 }
    }
  }
}

/** A text as the value that its schema takes most exactly. What fits nothing stays a text: decoding says what is wrong with it. */
export const scalar = (ast: SchemaAST.AST, text: string): unknown =>
  wireMembers(ast).reduce<Guess>((best, member) => {
    const found = guess(member, text)
    return found !== undefined && found.rank > best.rank ? found : best
  }, { value: text, rank: 0 }).value

/** The values of an enum, as texts; `undefined`: it is none. */
export const choicesOf = (ast: SchemaAST.AST): ReadonlyArray<string> | undefined => {
  const members = wireMembers(ast).filter((member) => member._tag !== "Null")
  const literals = members.flatMap((member) => member._tag === "Literal" ? [String(member.literal)] : [])
  return literals.length > 0 && literals.length === members.length ? literals : undefined
}

/** Is it a list, and not a text that may also be a list? */
export const isList = (ast: SchemaAST.AST): boolean => itemAst(ast) !== undefined && !wireMembers(ast).some((member) => member._tag === "String")

/** Texts as a list. */
export const list = (ast: SchemaAST.AST, texts: ReadonlyArray<string>): ReadonlyArray<unknown> => {
  const item = itemAst(ast)
  return texts.map((text, index) => item === undefined ? text : scalar(item(index), text))
}

/** The schema of a record's member. */
export const memberAst = ({ members, rest }: RecordAst, name: string): SchemaAST.AST | undefined => members.get(name) ?? rest

/** Named texts as a record; a name that comes several times is a list where its schema is one, else the last of them counts. */
export const record = (ast: SchemaAST.AST, pairs: Iterable<readonly [name: string, text: string]>): Readonly<Record<string, unknown>> => {
  const known = recordAst(ast)
  const texts = new Map<string, Array<string>>()
  for (const [name, text] of pairs) texts.set(name, [...texts.get(name) ?? [], text])
  const out: Record<string, unknown> = {}
  for (const [name, all] of texts) {
    const member = known === undefined ? undefined : memberAst(known, name)
    const last = all.at(-1) ?? ""
    setMember(out, name, member === undefined ? last : isList(member) ? listOrJson(member, all) : scalar(member, last))
  }
  return out
}

/** One text that is a list in JSON, or each text an item. */
export const listOrJson = (ast: SchemaAST.AST, texts: ReadonlyArray<string>): unknown => {
  const [only] = texts
  const json = texts.length === 1 && only !== undefined && /^\s*\[/.test(only) ? tryJson(only) : undefined
  return json !== undefined && Array.isArray(json.value) ? json.value : list(ast, texts)
}

/** A record in which another one's members are laid over its own, at any depth. */
export const laidOver = (under: unknown, over: unknown): unknown => {
  if (!isRecord(under) || !isRecord(over)) return over
  const out: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(under)) setMember(out, name, value)
  for (const [name, value] of Object.entries(over)) setMember(out, name, Object.hasOwn(out, name) ? laidOver(out[name], value) : value)
  return out
}
