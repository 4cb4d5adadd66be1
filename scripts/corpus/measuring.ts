/**
 * Hands sources to measuring processes and collects what they found.
 */
import { type ChildProcess, fork } from "node:child_process"
import * as path from "node:path"
import type { Job, Measured } from "./measure.ts"

/** a source that takes longer is given up */
const patience = 10 * 60_000

const start = (): ChildProcess =>
  fork(path.join(import.meta.dirname, "measure.ts"), { execArgv: ["--conditions=credence-source", "--max-old-space-size=6144"], serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] })

/** Measures all jobs in `processes` processes. */
export const measureAll = async (jobs: ReadonlyArray<Job>, processes: number, log: (line: string) => void): Promise<ReadonlyArray<Measured>> => {
  const waiting = [...jobs]
  const results: Array<Measured> = []
  const worker = async (): Promise<void> => {
    let child: ChildProcess | undefined
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      child ??= start()
      const measured = await one(child, job)
      results.push(measured)
      if (measured.failure !== undefined && (child.exitCode !== null || child.signalCode !== null || measured.failure.startsWith("gave up"))) {
        child.kill("SIGKILL")
        child = undefined
      }
      if (results.length % 25 === 0) log(`measured ${results.length} of ${jobs.length}`)
    }
    child?.kill()
  }
  await Promise.all(Array.from({ length: processes }, worker))
  return results
}

const one = (child: ChildProcess, job: Job): Promise<Measured> =>
  new Promise((resolve) => {
    const nothing = (failure: string): Measured => ({ id: job.id, calls: [], models: [], tolerance: [], failure })
    const end = (measured: Measured): void => {
      clearTimeout(timer)
      child.removeAllListeners()
      resolve(measured)
    }
    const timer = setTimeout(() => end(nothing(`gave up after ${patience / 60_000} minutes`)), patience)
    child.once("message", (message) => end(message as Measured))
    child.once("exit", (code, signal) => end(nothing(`the measuring process ended with ${signal ?? code}`)))
    child.once("error", (error) => end(nothing(`gave up: ${error.message}`)))
    child.send(job)
  })
