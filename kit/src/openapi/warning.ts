/**
 * What a generation could not do as the document says, and where.
 */
import type { Position } from "./document/Document.ts"

/** Kinds of remarks. `--strict` turns each of them into a failure. */
export type Rule =
  /** the document breaks a rule of OpenAPI or JSON Schema */
  | "invalid"
  /** a `$ref` that leads nowhere, or somewhere that may not be read */
  | "reference"
  /** something that the output does not check: it is let pass */
  | "unchecked"
  /** something that the output cannot express: it is left out, or typed more widely */
  | "unsupported"
  /** a name had to be changed */
  | "renamed"

/** One remark about a place in a document. */
export interface Warning {
  readonly rule: Rule
  readonly message: string
  /** the document as people know it */
  readonly document: string
  /** JSON pointer (RFC 6901) */
  readonly pointer: string
  readonly position: Position | undefined
}

/** Takes remarks. */
export type Warn = (rule: Rule, place: { readonly uri: string; readonly pointer: string }, message: string) => void

/** `petstore.yaml:12:3: unchecked: …` */
export const format = (warning: Warning): string =>
  `${warning.document}${warning.position === undefined ? "" : `:${warning.position.line}:${warning.position.column}`}: ${warning.rule}: ${warning.message}${warning.pointer === "" ? "" : ` (#${warning.pointer})`}`
