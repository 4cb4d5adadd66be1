/**
 * Where the bytes of a transfer come from and go to: read and written in parts, in any order. Files of Node are in
 * `NodeFile`; bytes in memory, and blobs of a browser, are made here.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { FileFailed } from "../errors/FileError.ts"

/** Bytes that can be read from anywhere among them. */
export interface ByteSource {
  /** proposed to who stores them */
  readonly name: string
  readonly size: number
  /** exactly so many bytes; less is a failure */
  readonly read: (offset: number, length: number) => Effect.Effect<Uint8Array, FileFailed>
  /** fails if the bytes are others than when the source was opened */
  readonly unchanged: Effect.Effect<void, FileFailed>
}

/** Opens a source; closed with the scope. */
export type OpenSource = Effect.Effect<ByteSource, FileFailed, Scope.Scope>

/** A whole, as the parts of it are cut. */
export interface Whole {
  /** proposed name */
  readonly name: string
  readonly size: number
  /** all parts but the last are so long */
  readonly partSize: number
  /** parts of another version never belong to it; `undefined`: the server does not tell versions apart */
  readonly version: string | undefined
}

/** Takes parts until the whole is there. */
export interface PartWriter<out A> {
  /** parts that are there from before, counted from 0 */
  readonly present: ReadonlySet<number>
  readonly write: (part: number, bytes: Uint8Array) => Effect.Effect<void, FileFailed>
  /** a hash of the whole, in hexadecimal digits; only when all parts are there */
  readonly hash: (algorithm: "md5" | "sha256") => Effect.Effect<string, FileFailed>
  /** puts the whole in its place */
  readonly finish: Effect.Effect<A, FileFailed>
  /** forgets all parts */
  readonly discard: Effect.Effect<void, FileFailed>
}

/** Where a whole goes. What was begun and not finished when the scope closes stays for the next time, where that can be. */
export type PartTarget<A> = (whole: Whole) => Effect.Effect<PartWriter<A>, FileFailed, Scope.Scope>
