/**
 * JSON texts as data, with places on demand.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
import * as Result from "effect/Result"
import { type Node, parse, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser"
import { farTooDeep, type Limits, type Mark, type Parsed, tooDeep } from "./syntax.ts"

/** Reads a JSON text. Fast where the text is sound; the tree with places is built when a place is asked for, or a key is repeated. */
export const parseJson = (text: string, { maxDepth }: Limits): Result.Result<Parsed, Mark> => {
  const { members, tooDeepAt } = survey(text, maxDepth)
  if (tooDeepAt !== undefined) return Result.fail({ offset: tooDeepAt, message: tooDeep(maxDepth) })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return Result.fail(firstError(text))
  }
  let tree: Node | undefined
  const root = (): Node | undefined => tree ??= parseTree(text)
  const find = finder(root)
  return Result.succeed({
    value,
    offsetOf: (parts) => find(parts)?.place,
    sourceOf: (parts) => {
      const node = find(parts)?.node
      return node === undefined ? undefined : text.slice(node.offset, node.offset + node.length)
    },
    problems: countMembers(value) === members ? [] : repeatedKeys(root())
  })
}

interface Survey {
  /** members of all objects, repeated ones too */
  readonly members: number
  /** offset of the first bracket that nests too deep */
  readonly tooDeepAt: number | undefined
}

/** Looks at brackets and colons outside of strings only. What it says of a malformed text is a guess. */
const survey = (text: string, maxDepth: number): Survey => {
  let depth = 0
  let members = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: { // "
        at = endOfString(text, at)
        break
      }
      case 0x3a: { // :
        members++
        break
      }
      case 0x5b: // [
      case 0x7b: { // {
        if (++depth > maxDepth) return { members, tooDeepAt: at }
        break
      }
      case 0x5d: // ]
      case 0x7d: { // }
        depth--
        break
      }
    }
  }
  return { members, tooDeepAt: undefined }
}

/** Offset of the quote that closes the string opened at `start`. */
const endOfString = (text: string, start: number): number => {
  for (let at = text.indexOf("\"", start + 1); at >= 0; at = text.indexOf("\"", at + 1)) {
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === 0x5c) escapes++
    if (escapes % 2 === 0) return at
  }
  return text.length
}

const countMembers = (value: unknown): number => {
  let count = 0
  const rest: Array<unknown> = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next !== "object" || next === null) continue
    const items = Object.values(next)
    if (!Array.isArray(next)) count += items.length
    for (const item of items) if (typeof item === "object") rest.push(item)
  }
  return count
}

const messages: Readonly<Record<string, string>> = {
  InvalidSymbol: "this is no JSON value. Texts stand in double quotes",
  InvalidNumberFormat: "this is no JSON number",
  PropertyNameExpected: "a key in double quotes is expected here. Is there a comma too many before it?",
  ValueExpected: "a value is expected here. Is there a comma too many before it?",
  ColonExpected: "a colon is expected here",
  CommaExpected: "a comma is expected here",
  CloseBraceExpected: "a closing brace } is expected here. Is the document complete?",
  CloseBracketExpected: "a closing bracket ] is expected here. Is the document complete?",
  EndOfFileExpected: "there is more text after the end of the document",
  InvalidCommentToken: "JSON has no comments: remove this one",
  UnexpectedEndOfComment: "JSON has no comments: remove this one",
  UnexpectedEndOfString: "the closing double quote of this text is missing",
  UnexpectedEndOfNumber: "this number is not complete",
  InvalidUnicode: "\\u needs four hexadecimal digits",
  InvalidEscapeCharacter: "this text has an escape that JSON does not know. A backslash itself is written \\\\",
  InvalidCharacter: "this text has a control character. Write it as an escape, such as \\n or \\t"
}

const firstError = (text: string): Mark => {
  const errors: Array<ParseError> = []
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false })
  } catch {
    // its parser is recursive, and a malformed text can nest deeper than the survey saw
    return { offset: 0, message: farTooDeep }
  }
  const first = errors[0]
  return first === undefined
    ? { offset: 0, message: "this is no valid JSON" }
    : { offset: first.offset, message: `malformed JSON: ${messages[printParseErrorCode(first.error)] ?? "this is not expected here"}` }
}

/** Walks the tree; the members of an object that was met are kept by name, so that many lookups stay cheap. */
const finder = (root: () => Node | undefined) => {
  const known = new Map<Node, ReadonlyMap<string, Node>>()
  const membersOf = (object: Node): ReadonlyMap<string, Node> => {
    const found = known.get(object)
    if (found !== undefined) return found
    // a repeated key: the last one is what the data has
    const members = new Map((object.children ?? []).map((property) => [String(property.children?.[0]?.value), property]))
    known.set(object, members)
    return members
  }
  return (parts: ReadonlyArray<string>): { readonly node: Node; readonly place: number } | undefined => {
    let node = root()
    let place = node?.offset
    for (const part of parts) {
      if (node?.type === "object") {
        const property = membersOf(node).get(part)
        place = property?.offset
        node = property?.children?.[1]
      } else {
        node = node?.type === "array" && /^\d{1,15}$/.test(part) ? node.children?.[Number(part)] : undefined
        place = node?.offset
      }
    }
    return node === undefined || place === undefined ? undefined : { node, place }
  }
}

const repeatedKeys = (root: Node | undefined): ReadonlyArray<Mark> => {
  const marks: Array<Mark> = []
  const rest = root === undefined ? [] : [root]
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    const keys = new Set<string>()
    for (const item of node.children ?? []) {
      rest.push(item)
      if (node.type !== "object") continue
      const key = String(item.children?.[0]?.value)
      if (keys.has(key)) marks.push({ offset: item.offset, message: repeatedKey(key) })
      keys.add(key)
    }
  }
  return marks.sort((a, b) => a.offset - b.offset)
}

/** What is said of a repeated key. */
export const repeatedKey = (key: string): string => `the key ${JSON.stringify(key)} is repeated: the last one holds`
