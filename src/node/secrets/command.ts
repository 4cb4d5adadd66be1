/** A secret that a program prints, e.g. a password manager. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import { longest, secretText } from "./file.ts"

/**
 * The program and its arguments: a JSON array of texts, or words between spaces, where quotes (`'…'`, `"…"`) hold words
 * together. There is no shell: nothing else in it means anything.
 */
export const words = (text: string): ReadonlyArray<string> | undefined => {
  const trimmed = text.trim()
  if (trimmed.startsWith("[")) {
    try {
      const value: unknown = JSON.parse(trimmed)
      return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string") && value[0] !== "" ? value : undefined
    } catch {
      return undefined
    }
  }
  // each match is a word or the space before one; where the matches do not reach the end, a quote is left open
  const list: Array<string> = []
  const word = /\s*((?:[^\s'"]|'[^']*'|"[^"]*")+)/y
  let end = 0
  for (let match = word.exec(trimmed); match !== null; match = word.exec(trimmed)) {
    list.push((match[1] ?? "").replace(/'([^']*)'|"([^"]*)"/g, (_, single: string | undefined, double: string | undefined) => single ?? double ?? ""))
    end = word.lastIndex
  }
  return end < trimmed.length || list.length === 0 || list[0] === "" ? undefined : list
}

/** `undefined`: texts with a NUL byte are no arguments */
const started = (program: string, args: ReadonlyArray<string>) => {
  try {
    // without a console window of its own on Windows
    return spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], shell: false, windowsHide: true })
  } catch {
    return undefined
  }
}

/**
 * Runs the program and takes what it prints, without the last line end. It has no standard input; its errors go to the
 * terminal. What it may take is bounded: after that it is killed.
 */
export const runCommand = (text: string, timeout: Duration.Duration): Effect.Effect<Redacted.Redacted<string>, string> => {
  const [program, ...args] = words(text) ?? []
  if (program === undefined) return Effect.fail("expected a program and its arguments: a JSON array, or words between spaces")
  const run = Effect.callback<Uint8Array, string>((resume) => {
    const child = started(program, args)
    if (child === undefined) return resume(Effect.fail("expected a program that can be started"))
    const stop = () => {
      child.stdout.destroy()
      child.kill("SIGKILL")
    }
    const chunks: Array<Buffer> = []
    let size = 0
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size <= longest) return void chunks.push(chunk)
      stop()
      resume(Effect.fail(`expected a secret of at most ${longest} bytes`))
    })
    child.once("error", (cause: NodeJS.ErrnoException) => resume(Effect.fail(`expected a program that can be started (${cause.code ?? "error"})`)))
    child.once("close", (code, signal) => {
      const how = code === null ? `by ${signal ?? "a signal"}` : `with exit code ${code}`
      resume(code === 0 ? Effect.succeed(Buffer.concat(chunks)) : Effect.fail(`expected a program that ends well: it ended ${how}`))
    })
    return Effect.sync(stop)
  })
  return run.pipe(
    Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(`expected a program that ends within ${Duration.format(timeout)}`) }),
    Effect.flatMap(secretText)
  )
}
