/**
 * Failures of a token store.
 */
import * as Data from "effect/Data"

/**
 * - `unavailable`: the store cannot be reached: no server, no secret service, no such folder
 * - `readonly`, `full`: it can be read but not written
 * - `corrupt`: what it holds cannot be read back
 * - `insecure`: others can read it, or it is not what it seems, e.g. a symbolic link
 * - `lost`: the lease ran out, and somebody else has it by now
 */
export type StoreReason = "unavailable" | "readonly" | "full" | "corrupt" | "insecure" | "lost"

/** A token store could not do what was asked. `message` says what to do; it never holds what is stored. */
export class StoreFailed extends /*#__PURE__*/ Data.TaggedError("StoreFailed")<{
  readonly store: string
  readonly reason: StoreReason
  readonly detail: string
  readonly message: string
}> {
  constructor(args: { readonly store: string; readonly reason: StoreReason; readonly detail: string }) {
    super({ ...args, message: `token store ${args.store} (${args.reason}): ${args.detail}` })
  }
}
