/**
 * Why a file did not get through, beside what any call can fail with.
 */
import * as Data from "effect/Data"

/** What went wrong between here and the object store. */
export type TransferReason =
  /** the object store said no */
  | "refused"
  /** what arrived is not what was sent */
  | "checksum"
  /** the file on the server is another one than when the transfer began */
  | "changed"
  /** the object store's answer is none that fits, or its address is none to go to */
  | "answer"

const hints: Readonly<Record<TransferReason, string>> = {
  refused: "Try again: with `resume` only what is missing is sent",
  checksum: "Do not use it, and transfer it again",
  changed: "Begin again",
  answer: "A proxy may have answered in its place"
}

/** A transfer that did not come to its end. Parts that are through stay where they are, so that it can be gone on with. */
export class TransferFailed extends /*#__PURE__*/ Data.TaggedError("TransferFailed")<{
  readonly reason: TransferReason
  readonly dataId: string
  readonly status: number | undefined
  /** the object store's own name for it, e.g. `SlowDown` */
  readonly code: string | undefined
  readonly message: string
}> {
  constructor(args: {
    readonly reason: TransferReason
    readonly dataId: string
    readonly detail: string
    readonly status?: number | undefined
    readonly code?: string | undefined
  }) {
    const { code, dataId, detail, reason, status } = args
    const told = [status === undefined ? undefined : `status ${status}`, code].filter((part) => part !== undefined).join(", ")
    super({ reason, dataId, status, code, message: `transfer of ${dataId}: ${detail}${told === "" ? "" : ` (${told})`}. ${hints[reason]}` })
  }
}
