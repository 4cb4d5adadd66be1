import type * as Result from "effect/Result"

/** What a syntax gives for a text: the data, and where its parts stand. Offsets count UTF-16 code units of the text. */
export interface Parsed {
  readonly value: unknown
  /** where the part at these pointer parts begins (a member: its key); undefined where there is none */
  readonly offsetOf: (parts: ReadonlyArray<string>) => number | undefined
  /** the text of the scalar at these pointer parts; undefined where there is none */
  readonly sourceOf: (parts: ReadonlyArray<string>) => string | undefined
  readonly problems: ReadonlyArray<Mark>
}

/** A sentence about a place in a text. */
export interface Mark {
  readonly offset: number
  readonly message: string
}

export interface Limits {
  /** nesting of the data */
  readonly maxDepth: number
}

export type Parse = (text: string, limits: Limits) => Result.Result<Parsed, Mark>

export const tooDeep = (maxDepth: number): string => `the data is nested deeper than ${maxDepth} levels. If that is meant, raise \`maxDepth\``

/** Said where the parser itself had to give up. */
export const farTooDeep = "the data is nested too deep to be read"

/** Items that a document's data may have, aliases expanded. The largest known documents have a tenth of it. */
export const maxItems = 10_000_000
