/**
 * Failures of writing to disk.
 */
import * as Data from "effect/Data"

/** A file could not be written, read or moved. `code` is the system's, e.g. `ENOSPC`. */
export class FileFailed extends /*#__PURE__*/ Data.TaggedError("FileFailed")<{
  readonly path: string
  readonly action: string
  readonly code: string | undefined
  readonly message: string
}> {
  constructor(args: { readonly path: string; readonly action: string; readonly code: string | undefined }) {
    super({ ...args, message: `cannot ${args.action} ${args.path}${args.code === undefined ? "" : ` (${args.code})`}` })
  }
}
