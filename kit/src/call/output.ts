/**
 * Results: JSON, lines of JSON, tables, and files.
 */
import type { Download } from "credence/Endpoint"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createWriteStream } from "node:fs"
import { remark, type Voice } from "../cli/terminal.ts"
import { writeJson } from "../values/json.ts"
import { recordsOf, table } from "./table.ts"

/** How a result is to be shown. */
export interface OutputOptions extends Voice {
  readonly table: boolean
  /** a file; `-`: standard output */
  readonly output: string | undefined
}

/** The result cannot be shown as it is asked for, or not be written. */
export class OutputFailed extends Data.TaggedError("OutputFailed")<{ readonly message: string }> {}

const isDownload = (value: unknown): value is Download =>
  typeof value === "object" && value !== null && "body" in value && Stream.isStream(value.body) && "mediaType" in value

const failed = (file: string) => (error: unknown): OutputFailed =>
  new OutputFailed({ message: `${file}: cannot be written (${error instanceof Error && "code" in error ? String(error.code) : "unknown"})` })

/** Writes bytes as they come; a file that is not complete is still there, as with any program that writes. */
const writeBytes = <E>(bytes: Stream.Stream<Uint8Array, E>, options: OutputOptions, what: string): Effect.Effect<void, E | OutputFailed> =>
  Effect.gen(function*() {
    const { output } = options
    if (output === undefined && process.stdout.isTTY === true) {
      return yield* new OutputFailed({ message: `${what} is not for a terminal: give --output file, or --output - for standard output all the same` })
    }
    if (output === undefined || output === "-") {
      return yield* Stream.runForEach(bytes, (chunk) =>
        Effect.callback<void, OutputFailed>((resume) => {
          process.stdout.write(chunk, (error) => resume(error === null || error === undefined ? Effect.void : Effect.fail(failed("standard output")(error))))
        }))
    }
    let size = 0
    yield* Effect.scoped(Effect.gen(function*() {
      const file = yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () =>
            new Promise<ReturnType<typeof createWriteStream>>((resolve, reject) => {
              const stream = createWriteStream(output)
              stream.once("error", reject).once("open", () => resolve(stream))
            }),
          catch: failed(output)
        }),
        (stream) => Effect.callback<void>((resume) => void stream.end(() => resume(Effect.void)))
      )
      yield* Stream.runForEach(bytes, (chunk) =>
        Effect.callback<void, OutputFailed>((resume) => {
          size += chunk.length
          file.write(chunk, (error) => resume(error === null || error === undefined ? Effect.void : Effect.fail(failed(output)(error))))
        }))
    }))
    yield* remark(options, `${output}: ${size} bytes`)
  })

const printTable = (value: unknown): Effect.Effect<void, OutputFailed> => {
  const rows = recordsOf(value)
  return rows === undefined
    ? Effect.fail(new OutputFailed({ message: "the result is no list of records: leave out --table" }))
    : Effect.forEach(table(rows, process.stdout.columns), (line) => Console.log(line), { discard: true })
}

const encoded = (value: string): Stream.Stream<Uint8Array> => Stream.succeed(new TextEncoder().encode(value))

const text = (value: string): Effect.Effect<void> => Console.log(value.replace(/\n$/, ""))

/** Shows items one by one: as lines of JSON, or as a table of all of them. */
export const printItems = <E, R>(items: Stream.Stream<unknown, E, R>, options: OutputOptions): Effect.Effect<void, E | OutputFailed, R> => {
  const { output } = options
  if (options.table) return Effect.flatMap(Stream.runCollect(items), (all) => printTable([...all]))
  if (output === undefined || output === "-") return Stream.runForEach(items, (item) => Console.log(writeJson(item)))
  return Effect.flatMap(Stream.runCollect(items), (all) => writeBytes(encoded([...all].map((item) => `${writeJson(item)}\n`).join("")), options, "this"))
}

/** Shows what a call gave. `isText`: the endpoint's reply is a text, and not a text in JSON. */
export const printResult = (value: unknown, options: OutputOptions, isText: boolean): Effect.Effect<void, unknown> => {
  const { json, output } = options
  // what it needs was given when it was opened
  if (Stream.isStream(value)) return printItems(value as Stream.Stream<unknown, unknown>, options)
  if (isDownload(value)) return writeBytes(value.body, options, value.mediaType ?? "this")
  if (value instanceof Uint8Array) return writeBytes(Stream.succeed(value), options, `${value.length} bytes`)
  if (value === undefined) return Effect.void
  if (options.table) return printTable(value)
  const shown = isText && typeof value === "string" && !json ? value : writeJson(value, json ? undefined : 2)
  return output === undefined || output === "-" ? text(shown) : writeBytes(encoded(shown.endsWith("\n") ? shown : `${shown}\n`), options, "this")
}
