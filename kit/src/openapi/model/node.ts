/**
 * Walking a document: a value, and where it stands.
 */
import type { DocumentSet } from "../document/Document.ts"
import { resolveRef } from "../document/resolve.ts"
import type { Warn } from "../warning.ts"

/** A value in a document. */
export interface Node {
  readonly uri: string
  /** JSON pointer (RFC 6901) */
  readonly pointer: string
  readonly value: unknown
}

export type Data = Readonly<Record<string, unknown>>

export const isData = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value)

/** The members of an object; of anything else none. */
export const data = (node: Node): Data => isData(node.value) ? node.value : {}

const escape = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1")

/** A member of a table by a name from a document: nothing that all objects have. */
export const lookUp = <A>(table: Readonly<Record<string, A>>, name: string): A | undefined => Object.hasOwn(table, name) ? table[name] : undefined

/** A member of an object, or an item of a list. */
export const child = (node: Node, key: string | number): Node => ({
  uri: node.uri,
  pointer: `${node.pointer}/${escape(String(key))}`,
  value: Array.isArray(node.value) ? node.value[Number(key)] : isData(node.value) && Object.hasOwn(node.value, key) ? node.value[key] : undefined
})

/** The members of an object, with their names. */
export const entries = (node: Node): ReadonlyArray<readonly [string, Node]> => Object.keys(data(node)).map((key) => [key, child(node, key)] as const)

/** The items of a list; of anything else none. */
export const items = (node: Node): ReadonlyArray<Node> => Array.isArray(node.value) ? node.value.map((_, index) => child(node, index)) : []

export const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

/** A text, or the text of a number or boolean, which YAML makes of what looks like one. */
export const plainText = (value: unknown): string | undefined => typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : undefined

/** Texts of a list; what is no text is left out. */
export const texts = (value: unknown): ReadonlyArray<string> => Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : []

/** Where a `$ref` leads. */
export type Deref = (node: Node) => Node

/** Follows `$ref`s of things that are no schemas, to their end. One that leads nowhere is an empty object, and a warning. */
export const makeDeref = (set: DocumentSet, warn: Warn): Deref => (node) => {
  let at = node
  for (let hops = 0; hops < 32; hops++) {
    const ref = text(data(at)["$ref"])
    if (ref === undefined) return at
    const found = resolveRef(set, at, ref)
    if (found._tag === "Missing") {
      warn("reference", at, `${ref}: ${found.reason}`)
      return { ...at, value: {} }
    }
    at = { uri: found.uri, pointer: found.pointer, value: found.value }
  }
  warn("reference", node, "these references lead in a circle")
  return { ...node, value: {} }
}
