/** Other processes with a file store. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as readline from "node:readline"

export interface HolderOptions {
  readonly folder: string
  readonly key: string
  readonly lease?: number
  /** as another user, who then owns `own` */
  readonly uid?: number | undefined
  readonly own?: ReadonlyArray<string>
}

export interface Holder {
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
  /** writes a line to it and gives the next one that it prints */
  readonly ask: (line: string) => Effect.Effect<string>
  readonly next: Effect.Effect<string>
}

const launch = ({ own, ...options }: HolderOptions, command: string): ChildProcess => {
  if (options.uid !== undefined) for (const each of own ?? []) fs.chownSync(each, options.uid, options.uid)
  const child = spawn(process.execPath, ["--conditions=credence-source", path.join(import.meta.dirname, "process.ts"), JSON.stringify(options), command], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  return child
}

const started = (options: HolderOptions, command: string): Effect.Effect<Holder, never, Scope.Scope> =>
  Effect.map(Effect.acquireRelease(Effect.sync(() => launch(options, command)), (child) => Effect.sync(() => child.kill("SIGKILL"))), (child) => {
    const lines = readline.createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    const next = Effect.promise(async () => {
      const line = await lines.next()
      return line.done === true ? "(ended)" : line.value
    })
    return {
      pid: child.pid ?? 0,
      kill: (signal) => void child.kill(signal),
      next,
      ask: (line) => Effect.suspend(() => {
        child.stdin!.write(`${line}\n`)
        return next
      })
    }
  })

/** Runs a command in a process of its own; gives the line that it prints. */
export const run = (options: HolderOptions, command: string): Effect.Effect<string> =>
  Effect.scoped(Effect.flatMap(started(options, command), (child) => child.next))

/** A process that has the lease, and keeps it until it is killed or its scope closes. */
export const hold = (options: HolderOptions): Effect.Effect<Holder, never, Scope.Scope> =>
  Effect.tap(started(options, "hold"), (child) =>
    Effect.flatMap(child.next, (line) => line.startsWith("held ") ? Effect.void : Effect.die(new Error(line))))
