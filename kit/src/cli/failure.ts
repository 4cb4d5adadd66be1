/**
 * How commands end: exit codes, and errors in one line. Nothing here ever prints a stack trace.
 */
import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as Data from "effect/Data"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"

/** All is well; the work found problems; it could not be done; it was stopped. */
export const exitCodes = { fine: 0, problems: 1, failed: 2, stopped: 130 } as const

/** For the help of each command. */
export const exitCodesHelp = [
  "Exit codes: 0 fine; 1 the work found problems (stale output, warnings with --strict);",
  "2 wrong usage, or input, config or output folder cannot be used; 130 stopped by Ctrl-C."
].map((line) => `  ${line}`).join("\n")

/** The arguments do not go together. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

/** The work was done and found problems, which are printed already: exit code 1, or the command's own `code`. */
export class ProblemsFound extends Data.TaggedError("ProblemsFound")<{ readonly message: string; readonly code?: number | undefined }> {}

/** Several things failed, all printed already: exit code 2. */
export class Failed extends Data.TaggedError("Failed")<{ readonly message: string }> {}

/** The generator itself is wrong: a fault that no input should cause. */
export class InternalError extends Data.TaggedError("InternalError")<{ readonly message: string }> {
  static of(defect: unknown): InternalError {
    const said = defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect)
    const trace = process.env["CREDENCE_DEBUG"] !== undefined && defect instanceof Error ? `\n${defect.stack ?? ""}` : ""
    return new InternalError({ message: `this is a fault of credence itself: ${said}. Please report it, with what CREDENCE_DEBUG=1 adds${trace}` })
  }
}

/** Texts of documents may hold anything: what steers a terminal is made visible. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** One line of it. */
export const oneLine = (text: string): string => printable(text.replace(/\s*[\r\n]+\s*/g, " "))

/** What an error says. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : Predicate.hasProperty(error, "message") && typeof error.message === "string" ? error.message : String(error)

/** What is still to be printed about the end of a command; `undefined`: nothing. */
export const reportOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return undefined
  const failure = exit.cause.reasons.find((reason) => reason._tag === "Fail")
  if (failure === undefined) return InternalError.of(Cause.squash(exit.cause)).message
  const { error } = failure
  // these have been shown
  if (error instanceof ProblemsFound || error instanceof Failed || (CliError.isCliError(error) && error._tag === "ShowHelp")) return undefined
  return messageOf(error)
}

/** The exit code for the end of a command. */
export const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return exitCodes.fine
  // a command that ends by being stopped has said so
  if (Cause.hasInterruptsOnly(exit.cause)) return process.exitCode === exitCodes.fine ? exitCodes.fine : exitCodes.stopped
  const failure = exit.cause.reasons.find((reason) => reason._tag === "Fail")
  if (failure === undefined) return exitCodes.failed
  const { error } = failure
  if (CliError.isCliError(error) && error._tag === "ShowHelp") return error.errors.length === 0 ? exitCodes.fine : exitCodes.failed
  return error instanceof ProblemsFound ? error.code ?? exitCodes.problems : exitCodes.failed
}
