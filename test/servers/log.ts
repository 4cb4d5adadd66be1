/** Access logs of the servers: a line of JSON a request. */
import * as Effect from "effect/Effect"
import { readFileSync, statSync } from "node:fs"

export type Line = Readonly<Record<string, unknown>>

/** Runs something, and gives the lines that a log got meanwhile, once there is one that `wanted` finds. Fails after 3 seconds without. */
export const logged = <A, E, R>(file: string, wanted: (line: Line) => boolean, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { size } = statSync(file)
    // a tunnel is logged when it ends
    yield* Effect.scoped(self)
    for (let i = 0; i < 60; i++) {
      const lines = linesFrom(file, size)
      if (lines.some(wanted)) return lines
      yield* Effect.sleep(50)
    }
    return yield* Effect.die(new Error(`no such line in ${file}: ${JSON.stringify(linesFrom(file, size))}`))
  })

/** The lines after so many bytes, once they are what is `wanted`; after 3 seconds as they are: a server writes a line after it has answered. */
export const settledLines = (file: string, offset: number, wanted: (lines: ReadonlyArray<Line>) => boolean): Effect.Effect<ReadonlyArray<Line>> =>
  Effect.gen(function*() {
    for (let i = 0; i < 60 && !wanted(linesFrom(file, offset)); i++) yield* Effect.sleep(50)
    return linesFrom(file, offset)
  })

/** The lines after so many bytes. */
export const linesFrom = (file: string, offset: number): ReadonlyArray<Line> =>
  readFileSync(file).subarray(offset).toString("utf8").split("\n").flatMap((line) => line.endsWith("}") ? [JSON.parse(line.replace(/\\x/g, "\\\\x")) as Line] : [])
