/**
 * What the parts of the schema reader share.
 */
import type { DocumentSet } from "../../document/Document.ts"
import type { Warn } from "../../warning.ts"
import type { Node } from "../node.ts"
import type { Literal, Model, Shape } from "../Shape.ts"

/** Which rules a document was written by. */
export type Dialect = "2.0" | "3.0" | "3.1"

export interface Reading {
  readonly set: DocumentSet
  readonly warn: Warn
  /** the schemas that extend a record whose discriminator tells them apart, by its id */
  readonly heirs: ReadonlyMap<string, ReadonlyArray<Node>>
  readonly read: (node: Node, dialect: Dialect) => Shape
  /** notes a schema that has a name of its own */
  readonly model: (node: Node, dialect: Dialect) => Shape
  /** a model, read now; `undefined`: it is being read just now */
  readonly force: (id: string) => Model | undefined
  /** takes a model that no `$ref` leads to */
  readonly keep: (model: Model) => void
  /** what a shape stands for, through names and null */
  readonly resolve: (shape: Shape) => Shape
}

/** The name at the end of a pointer. */
export const lastSegment = (pointer: string): string => decodeURIComponentSafely(pointer.slice(pointer.lastIndexOf("/") + 1)).replaceAll("~1", "/").replaceAll("~0", "~")

const decodeURIComponentSafely = (value: string): string => {
try {
  return decodeURIComponent(value)
} catch {
  return value
}
}

export const isLiteral = (value: unknown): value is Literal => typeof value === "string" || typeof value === "number" || typeof value === "boolean"

export const same = (a: Shape, b: Shape): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** The shape, or null. */
export const orNull = (shape: Shape): Shape => shape.kind === "nullable" || shape.kind === "unknown" || shape.kind === "null" ? shape : { kind: "nullable", of: shape }
