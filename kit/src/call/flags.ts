/**
 * Flags of an operation: what they are for, and what their texts stand for.
 */
import type * as SchemaAST from "effect/SchemaAST"
import { choicesOf, isList, list, listOrJson, memberAst, scalar } from "../values/coerce.ts"
import { setMember } from "../values/json.ts"
import { itemAst, recordAst, wireMembers } from "../values/wireAst.ts"
import { isFile, type MockBody, schemaOf } from "../mock/MockEndpoint.ts"
import type { CallEndpoint } from "./CallEndpoint.ts"
import { bodyKind, parametersOf, type Target, targetOf } from "./names.ts"

/** A flag with what it was given. */
export interface Given {
  readonly name: string
  readonly target: Target
  readonly text: string
}

/** The schema of a member, at any depth. */
export const astAt = (ast: SchemaAST.AST, path: ReadonlyArray<string>): SchemaAST.AST | undefined => {
  const [name, ...rest] = path
  if (name === undefined) return ast
  const record = recordAst(ast)
  const member = record === undefined ? undefined : memberAst(record, name)
  return member === undefined ? undefined : astAt(member, rest)
}

/** Of a body: its schema, or one part's. */
export const bodyAstAt = (kind: MockBody, path: ReadonlyArray<string>): SchemaAST.AST | undefined => {
  if (kind.parts === undefined) return kind.schema === undefined ? undefined : astAt(kind.schema.ast, path)
  const [name, ...rest] = path
  const part = name === undefined || !Object.hasOwn(kind.parts, name) ? undefined : kind.parts[name]
  return part === undefined || isFile(part) ? undefined : astAt(schemaOf(part).ast, rest)
}

/** Does a flag need no value? */
const isToggle = (ast: SchemaAST.AST | undefined): boolean => {
  const tags = ast === undefined ? [] : wireMembers(ast).map((member) => member._tag)
  return tags.includes("Boolean") && tags.every((tag) => tag === "Boolean" || tag === "Null")
}

const targetAst = (target: Target, kinds: ReadonlyArray<MockBody>): SchemaAST.AST | undefined => {
  switch (target._tag) {
    case "Parameter":
      return astAt(schemaOf(target.parameter.field).ast, target.path)
    case "Body":
      return target.path.length === 0 ? undefined : kinds.map((kind) => bodyAstAt(kind, target.path)).find((found) => found !== undefined)
    case "ContentType":
      return undefined
  }
}

/** The kinds that a body may be of. */
const kindsOf = (kind: MockBody | undefined): ReadonlyArray<MockBody> => kind === undefined ? [] : kind.choices === undefined ? [kind] : Object.values(kind.choices)

/** Reads `--name value`, `--name=value` and, of truth values, `--name` and `--no-name`. */
export const readFlags = (
  endpoint: CallEndpoint,
  tokens: ReadonlyArray<string>
): { readonly given: ReadonlyArray<Given>; readonly problems: ReadonlyArray<string> } => {
  const given: Array<Given> = []
  const problems: Array<string> = []
  const kinds = kindsOf(bodyKind(endpoint))
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? ""
    if (!token.startsWith("--") || token === "--") {
      const [first] = parametersOf(endpoint)
      // the flag before it was taken for the command's own
      const reserved = parametersOf(endpoint).filter(({ flag }) => flag.includes(".")).map(({ flag }) => `--${flag}`)
      const hint = reserved.length === 0 ? "" : `. What the command has itself needs its place: ${reserved.join(", ")}`
      problems.push(`a value stands alone: parameters are flags, such as --${first?.flag ?? "name"} value${hint}`)
      continue
    }
    const equals = token.indexOf("=")
    const name = equals < 0 ? token.slice(2) : token.slice(2, equals)
    const next = tokens[i + 1]
    const negated = name.startsWith("no-") && equals < 0 ? targetOf(endpoint, name.slice(3)) : undefined
    let target = targetOf(endpoint, name)
    if (typeof target === "string" && negated !== undefined && typeof negated !== "string" && isToggle(targetAst(negated, kinds))) {
      given.push({ name: name.slice(3), target: negated, text: "false" })
      continue
    }
    if (typeof target === "string") {
      problems.push(target)
      // its value goes with it
      if (equals < 0 && next !== undefined && !next.startsWith("--")) i++
      continue
    }
    if (equals >= 0) {
      given.push({ name, target, text: token.slice(equals + 1) })
      continue
    }
    if (isToggle(targetAst(target, kinds)) && next !== "true" && next !== "false") {
      given.push({ name, target, text: "true" })
      continue
    }
    if (next === undefined || next.startsWith("--")) {
      problems.push(`--${name} needs a value${next === undefined ? "" : `: one that begins with -- is written --${name}=--…`}`)
      continue
    }
    given.push({ name, target, text: next })
    i++
  }
  return { given, problems }
}

/** What texts of one flag stand for: several are the items of a list, one may be a list between commas. */
export const valueOf = (ast: SchemaAST.AST, texts: ReadonlyArray<string>): { readonly value: unknown } | string => {
  const [first = ""] = texts
  if (!isList(ast)) return texts.length > 1 ? "is given more than once" : unknownChoice(ast, [first]) ?? { value: scalar(ast, first) }
  if (texts.length === 1 && /^\s*\[/.test(first)) return { value: listOrJson(ast, texts) }
  const items = texts.length > 1 ? texts : first === "" ? [] : first.split(",").map((part) => part.trim())
  const item = itemAst(ast)?.(0)
  return (item === undefined ? undefined : unknownChoice(item, items)) ?? { value: list(ast, items) }
}

/** Answers may have values that no document knows; what somebody types is rather misspelt. */
const unknownChoice = (ast: SchemaAST.AST, texts: ReadonlyArray<string>): string | undefined => {
  const choices = choicesOf(ast)
  return choices === undefined || texts.every((text) => choices.includes(text)) ? undefined : `must be one of ${choices.join(", ")}`
}

/** A value as the member of records, at some depth. */
export const nested = (path: ReadonlyArray<string>, value: unknown): unknown => {
  const [name, ...rest] = path
  if (name === undefined) return value
  const out: Record<string, unknown> = {}
  setMember(out, name, nested(rest, value))
  return out
}

/** All texts of one flag. */
export interface Group {
  readonly name: string
  /** the member that it is for */
  readonly path: ReadonlyArray<string>
  readonly texts: ReadonlyArray<string>
}

/** Texts by flag, in their order. */
export const grouped = (given: ReadonlyArray<Given>): ReadonlyArray<Group> => {
  const groups = new Map<string, Group & { readonly texts: Array<string> }>()
  for (const { name, target, text } of given) {
    const path = target._tag === "ContentType" ? [] : target.path
    const key = JSON.stringify(path)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { name, path, texts: [text] })
    else group.texts.push(text)
  }
  return [...groups.values()]
}
