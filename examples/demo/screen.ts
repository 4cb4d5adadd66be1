/**
 * What the demo prints: plain text, with colour on a terminal.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined
const paint = (code: number) => (text: string): string => colour ? `\u001b[${code}m${text}\u001b[0m` : text

export const bold = paint(1)
export const dim = paint(2)
export const green = paint(32)
export const red = paint(31)
export const cyan = paint(36)

/** A step did not do what it says. */
export class StepFailed extends Error {
  readonly _tag = "StepFailed"
}

/** Prints a heading, runs the step, and fails unless it holds what it says. */
export const step = <E, R>(title: string, run: Effect.Effect<void, E, R>): Effect.Effect<void, E, R> =>
  Console.log(`\n${bold(cyan(title))}`).pipe(Effect.andThen(run))

/** One line of what happened. */
export const say = (text: string): Effect.Effect<void> => Console.log(`  ${text}`)

/** A line of the program that is being run. */
export const code = (text: string): Effect.Effect<void> => Console.log(dim(text.split("\n").map((line) => `  │ ${line}`).join("\n")))

/** Says so if it is true; else the demo has failed. */
export const expect = (what: string, holds: boolean): Effect.Effect<void> => holds ? Console.log(`  ${green("✓")} ${what}`) : Effect.die(new StepFailed(`not so: ${what}`))
