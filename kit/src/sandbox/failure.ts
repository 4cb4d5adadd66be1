import * as Data from "effect/Data"

/**
 * The sandbox could not start: its port is taken or not allowed, or no certificate could be made.
 * `message` says which; `cause` is what the system said.
 */
export class SandboxFailed extends Data.TaggedError("SandboxFailed")<{ readonly message: string; readonly cause: unknown }> {}
