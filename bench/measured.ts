/**
 * A fresh process, measured: seconds, processor seconds and peak memory of it and all that it starts.
 */
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

export interface Measured {
  readonly seconds: number
  /** `undefined`: this system does not tell */
  readonly cpu: number | undefined
  readonly megabytes: number | undefined
  readonly status: number | null
  readonly output: string
}

interface Sample {
  readonly parent: number
  readonly ticks: number
  readonly kilobytes: number
}

/** Ticks of `/proc`, on every Linux that Node runs on. */
const ticksASecond = 100

/** What Linux tells of a process. */
const sampleOf = (pid: number): Sample | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // the name stands in brackets and may hold anything
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number)
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))
    return { parent: fields[1] ?? 0, ticks: (fields[11] ?? 0) + (fields[12] ?? 0), kilobytes: Number(peak?.[1] ?? 0) }
  } catch {
    // it has ended
    return undefined
  }
}

const processes = (): ReadonlyMap<number, Sample> => {
  const out = new Map<number, Sample>()
  for (const name of readdirSync("/proc")) {
    const sample = /^\d+$/.test(name) ? sampleOf(Number(name)) : undefined
    if (sample !== undefined) out.set(Number(name), sample)
  }
  return out
}

const linux = process.platform === "linux"

/** Runs a program to its end. Peak memory is the sum of its processes' peaks, sampled every 25 ms. */
export const measured = (command: string, args: ReadonlyArray<string>, cwd: string): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] })
    const chunks: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk))
    const seen = new Map<number, Sample>()
    const look = (): void => {
      const { pid } = child
      if (pid === undefined) return
      const all = processes()
      const family = new Set([pid])
      for (let grown = true; grown;) {
        grown = false
        for (const [id, { parent }] of all) if (family.has(parent) && !family.has(id)) grown = family.add(id) !== undefined
      }
      for (const id of family) {
        const sample = all.get(id)
        // of one that has just ended less is told than before
        if (sample !== undefined) seen.set(id, { ...sample, ticks: Math.max(sample.ticks, seen.get(id)?.ticks ?? 0), kilobytes: Math.max(sample.kilobytes, seen.get(id)?.kilobytes ?? 0) })
      }
    }
    const timer = linux ? setInterval(look, 25) : undefined
    child.on("error", (error) => {
      clearInterval(timer)
      reject(error)
    })
    child.on("close", (status) => {
      clearInterval(timer)
      const samples = [...seen.values()]
      resolve({
        seconds: (performance.now() - start) / 1000,
        cpu: linux ? samples.reduce((sum, { ticks }) => sum + ticks, 0) / ticksASecond : undefined,
        megabytes: linux ? samples.reduce((sum, { kilobytes }) => sum + kilobytes, 0) / 1024 : undefined,
        status,
        output: Buffer.concat(chunks).toString("utf8")
      })
    })
  })

/** The fastest of some runs, which other work on the machine has disturbed least; a run that fails ends it all. */
export const best = async (rounds: number, run: () => Promise<Measured>): Promise<Measured> => {
  let fastest: Measured | undefined
  for (let round = 0; round < rounds; round++) {
    const one = await run()
    if (one.status !== 0) return one
    if (fastest === undefined || one.seconds < fastest.seconds) fastest = one
  }
  if (fastest === undefined) throw new Error("nothing was run")
  return fastest
}
