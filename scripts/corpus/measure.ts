/**
 * A process that measures one source at a time, so that one that never ends, or takes the process with it, costs only itself.
 */
import { callAll, type CallResult, type GeneratedOperation } from "./call.ts"
import { type GeneratedModel, type ModelResult, roundTrips } from "./roundTrip.ts"
import { tolerance, type ToleranceResult } from "./tolerant.ts"

export interface Job {
  readonly id: string
  readonly files: ReadonlyArray<string>
  readonly directory: string
  readonly operations: ReadonlyArray<GeneratedOperation>
  readonly models: ReadonlyArray<GeneratedModel>
  readonly envelope: boolean
  readonly seed: number
  readonly call: boolean
  /** calls for each media type and each described failure too */
  readonly thorough: boolean
  readonly roundTrip: boolean
  readonly tolerant: boolean
}

export interface Measured {
  readonly id: string
  readonly calls: ReadonlyArray<CallResult>
  readonly models: ReadonlyArray<ModelResult>
  readonly tolerance: ReadonlyArray<ToleranceResult>
  /** the whole source could not be measured */
  readonly failure?: string
}

const measure = async (job: Job): Promise<Measured> => ({
  id: job.id,
  calls: job.call ? await callAll(job, job.thorough) : [],
  models: job.roundTrip ? await roundTrips(job) : [],
  tolerance: job.tolerant ? await tolerance(job) : []
})

process.on("message", (job: Job) => {
  measure(job).catch((error: unknown): Measured => ({ id: job.id, calls: [], models: [], tolerance: [], failure: error instanceof Error ? error.stack ?? error.message : String(error) }))
    .then((measured) => process.send?.(measured), () => process.exit(1))
})
