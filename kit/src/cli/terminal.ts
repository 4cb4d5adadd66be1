/**
 * What goes to people and what goes to programs. Results are on standard output, all else on standard error.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { oneLine } from "./failure.ts"

/** How much is said, and to whom. */
export interface Voice {
  /** standard output is JSON, one object a line */
  readonly json: boolean
  /** nothing but errors */
  readonly quiet: boolean
}

type Stream = Pick<NodeJS.WriteStream, "isTTY">

/**
 * Whether colours may be used: on a terminal, unless `NO_COLOR` is set.
 *
 * @see https://no-color.org
 */
export const canColor = (stream: Stream, environment: Readonly<Record<string, string | undefined>> = process.env): boolean => {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = environment
  if (terminal === "dumb" || (refused !== undefined && refused !== "")) return false
  return stream.isTTY === true || (forced !== undefined && forced !== "" && forced !== "0" && forced !== "false")
}

const code = (number: number) => (text: string): string => canColor(process.stderr) ? `\u001b[${number}m${text}\u001b[0m` : text

/** For texts on standard error. */
export const red = code(31)
export const yellow = code(33)
export const dim = code(2)

/** Prints an error, whatever the voice. */
export const complain = (message: string): Effect.Effect<void> => Console.error(`${red("credence:")} ${message}`)

/** Prints something that people want to know: with `--json` it is no part of the result. */
export const say = (voice: Voice, line: string): Effect.Effect<void> => voice.quiet ? Effect.void : voice.json ? Console.error(line) : Console.log(line)

/** Prints a remark. */
export const remark = (voice: Voice, line: string): Effect.Effect<void> => voice.quiet ? Effect.void : Console.error(line)

/** Prints one line of JSON. */
export const result = (voice: Voice, value: unknown): Effect.Effect<void> => voice.json ? Console.log(JSON.stringify(value)) : Effect.void

/** Says what is going on while it goes on, on a terminal. The line is gone afterwards. */
export const during = <A, E, R>(voice: Voice, doing: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  const { stderr } = process
  if (voice.quiet || stderr.isTTY !== true || process.env["TERM"] === "dumb") return effect
  const line = `${oneLine(doing)} …`.slice(0, Math.max(20, (stderr.columns || 80) - 1))
  const clear = Effect.sync(() => void stderr.write("\r\u001b[K"))
  return Effect.ensuring(
    // a turn for the terminal, since what follows may not pause
    Effect.andThen(Effect.sync(() => void stderr.write(`\r\u001b[K${line}`)), Effect.andThen(Effect.promise(() => new Promise((resolve) => setImmediate(resolve))), effect)),
    clear
  )
}
