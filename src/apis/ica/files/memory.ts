/**
 * Sources and targets without files: bytes in memory, and blobs of a browser.
 */
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import { md5 } from "@noble/hashes/legacy.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { FileFailed } from "../../../errors/FileError.ts"
import type { ByteSource, OpenSource, PartTarget } from "../../../services/Files.ts"

/**
 * Bytes, or a blob such as what a file input of a browser gives, as a source.
 *
 * @example
 * ```ts
 * IcaFiles.upload({ projectId }, { from: IcaFiles.bytes("hello.txt", new TextEncoder().encode("hello")) })
 * ```
 */
export const bytes = (name: string, content: Uint8Array | Blob): OpenSource => {
  const source: ByteSource = {
    name,
    size: content instanceof Uint8Array ? content.length : content.size,
    read: (offset, length) =>
      content instanceof Uint8Array
        ? Effect.succeed(content.subarray(offset, offset + length))
        : Effect.tryPromise({
          try: async () => new Uint8Array(await content.slice(offset, offset + length).arrayBuffer()),
          catch: () => new FileFailed({ path: name, action: "read", code: undefined })
        }),
    unchanged: Effect.void
  }
  return Effect.succeed(source)
}

/** Gives the bytes themselves. Nothing is kept of what is not finished. */
export const memory: PartTarget<Uint8Array> = (whole) =>
  Effect.gen(function*() {
    const content = yield* Effect.try({
      try: () => new Uint8Array(whole.size),
      catch: () => new FileFailed({ path: whole.name, action: `hold ${whole.size} bytes in memory of`, code: undefined })
    })
    return {
      present: new Set<number>(),
      write: (part, piece) => Effect.sync(() => content.set(piece, part * whole.partSize)),
      hash: (algorithm) => Effect.sync(() => Hex.encode(algorithm === "md5" ? md5(content) : sha256(content))),
      finish: Effect.succeed(content),
      discard: Effect.void
    }
  })
