/**
 * `npm run test:soak`: many processes, one login. They share a store, and a refresh token that can be spent once; access tokens
 * live 2 seconds.
 *
 *     npm run test:soak -- [--short] [--seconds 60] [--processes 8] [--store redis|file]…
 *
 * Each store in two stages. In peace: as many requests of the token endpoint as rotations, and no call fails. Then processes are
 * killed (SIGKILL), mostly in the middle of a renewal: a token is never spent twice, and everybody goes on within the lease, or
 * is told to sign in anew, which is done with a fresh refresh token.
 *
 * Starts a `redis-server` of its own. Where there is none, Redis is not tested, which passes, but not in CI.
 */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as readline from "node:readline"
import { parseArgs } from "node:util"
import type { Order, Report, Task } from "./messages.ts"
import * as Server from "./server.ts"

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    seconds: { type: "string" },
    processes: { type: "string", default: "8" },
    store: { type: "string", multiple: true, default: ["redis", "file"] }
  }
})
const seconds = Number(values.seconds ?? (values.short ? 3 : 60))
const processes = Number(values.processes)
/** of an access token, in seconds */
const lifetime = 2
/** of a holder that is dead, in milliseconds */
const lease = 2_000

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))
const ended: Array<() => void | Promise<void>> = []

interface Worker {
  readonly name: string
  readonly child: ChildProcess
  /** when it was first heard of: a machine with much to do starts processes slowly, which is not what is measured */
  ready: number | undefined
  calls: number
  /** when it was last seen to have made one */
  lastCall: number
  slowest: number
  troubles: number
  alive: boolean
}

/** Runs both stages over one store; prints a line for each. Gives how much was wrong. */
const soak = async (title: string, store: Task["store"]): Promise<number> => {
  let failures: Array<string> = []
  const workers = new Map<string, Worker>()
  const living = (): ReadonlyArray<Worker> => [...workers.values()].filter((worker) => worker.alive)
  const killed = { before: 0, unanswered: 0, answered: 0, anywhen: 0 }
  let [born, killing, spared, wrong] = [0, false, 0, 0]

  const server = await Server.start(lifetime, (name) => {
    const worker = workers.get(name)
    // sometimes, and not always: between two deaths the others must come back
    if (!killing || worker === undefined || spared-- > 0) return undefined
    spared = Math.floor(Math.random() * 3)
    const kind = (["before", "unanswered", "answered"] as const)[Math.floor(Math.random() * 3)] ?? "before"
    return {
      kind,
      befall: () => {
        if (kill(worker)) killed[kind]++
      }
    }
  })
  const { counts } = server
  let seed: Extract<Order, { _tag: "Seed" }> = { _tag: "Seed", number: 1, refreshToken: server.seed() }

  const slowest = (): number => Math.max(...[...workers.values()].map((worker) => worker.slowest))

  const add = (): void => {
    const name = `worker-${++born}`
    const task: Task = { name, url: server.url, store, lease, concurrency: 8 }
    const child = fork(path.join(import.meta.dirname, "worker.ts"), [JSON.stringify(task)], { execArgv: ["--conditions=credence-source"] })
    const worker: Worker = { name, child, ready: undefined, calls: 0, lastCall: 0, slowest: 0, troubles: 0, alive: true }
    workers.set(name, worker)
    child.on("message", (report: Report) => {
      worker.ready ??= performance.now()
      switch (report._tag) {
        case "Progress":
          if (report.calls > worker.calls) worker.lastCall = performance.now()
          worker.calls = report.calls
          worker.troubles = report.troubles
          worker.slowest = Math.max(worker.slowest, report.slowest)
          break
        case "SignIn":
          // one person for all of them
          if (report.number === seed.number) {
            seed = { _tag: "Seed", number: seed.number + 1, refreshToken: server.seed() }
            for (const each of living()) each.child.send(seed)
          }
          break
        case "Failed":
          failures.push(`${name}: ${report.message}`)
      }
    })
    child.on("error", () => undefined)
    child.once("exit", (code) => {
      if (worker.alive && code !== 0) failures.push(`${name} ended with ${code}`)
      worker.alive = false
    })
    child.send(seed)
  }
  const kill = (worker: Worker): boolean => {
    if (!worker.alive) return false
    worker.alive = false
    worker.child.kill("SIGKILL")
    // in its place, a while later, a new one: it finds what the dead one has left
    setTimeout(() => {
      if (killing) add()
    }, 200)
    return true
  }
  /** Until everybody who lives has made a call since then, within a limit from when it could. */
  const everybodyCalls = async (limit: number): Promise<void> => {
    const since = performance.now()
    const idle = () => living().filter((worker) => worker.lastCall < since)
    const waited = (worker: Worker): number => performance.now() - Math.max(since, worker.ready ?? performance.now())
    while (idle().some((worker) => waited(worker) < limit) && performance.now() - since < 120_000) await sleep(20)
    for (const worker of idle()) failures.push(`${worker.name} made no call within ${limit / 1000} s`)
  }
  /** Measures from now on; what it gives prints the line of this stage. */
  const measure = (): (name: string, laws: (seconds: number, rotations: number) => Readonly<Record<string, boolean>>) => void => {
    const [before, began, signedIn] = [{ ...counts }, performance.now(), seed.number]
    failures = []
    for (const worker of workers.values()) worker.slowest = 0
    return (name, laws) => {
      const spent = (performance.now() - began) / 1000
      const since = (count: keyof Server.Counts): number => counts[count] - before[count]
      const deaths = Object.values(killed).reduce((sum, count) => sum + count, 0)
      const when = `${killed.before} before, ${killed.unanswered} amid, ${killed.answered} after a rotation, ${killed.anywhen} at any time`
      console.log([
        `${title}, ${name}: ${processes} processes, ${Math.round(spent)} s: ${since("calls")} calls, ${failures.length} failed`,
        `${since("rotations")} rotations by ${since("asked")} requests, ${since("reuses")} spent twice`,
        ...(deaths === 0 ? [] : [`${deaths} killed (${when}), ${seed.number - signedIn} times signed in anew`]),
        `${since("rejected")} answers 401, slowest call ${Math.round(slowest())} ms`
      ].join("; "))
      // what is said of a law where it does not hold
      const broken = [
        ...failures.slice(0, 5),
        ...Object.entries({
          "a refresh token was spent twice": since("reuses") === 0,
          "there was hardly any load": since("calls") > processes * spent * 10,
          ...laws(spent, since("rotations"))
        }).flatMap(([law, holds]) => holds ? [] : [law])
      ]
      for (const each of broken) console.log(`  WRONG: ${each}`)
      wrong += broken.length
    }
  }
  ended.push(() => {
    for (const worker of living()) worker.child.kill("SIGKILL")
  })

  for (let n = 0; n < processes; n++) add()
  // so that it is full load that is measured
  await everybodyCalls(30_000)
  wrong += failures.length
  for (const failure of failures) console.log(`  WRONG: ${failure}`)
  if (failures.length > 0) return wrong

  const inPeace = measure()
  await sleep(seconds * 1000)
  inPeace("in peace", (spent, rotations) => ({
    "not every request of the token endpoint rotated": counts.asked === counts.rotations,
    // each renewal comes a little ahead of the end: more would be renewals that nobody needed
    "there were more rotations than one login needs": rotations <= Math.ceil(spent / (lifetime * 0.6)) + 1,
    "there were fewer rotations than the token lived": rotations >= Math.floor(spent / lifetime),
    "the store did not do what it was asked": [...workers.values()].every((worker) => worker.troubles === 0),
    "somebody had to sign in anew": seed.number === 1
  }))

  const withKills = measure()
  killing = true
  const amid = () => killed.before + killed.unanswered + killed.answered
  // a short run goes on until it has seen what it is for
  for (const start = performance.now(); performance.now() - start < (amid() < 2 ? seconds + 20 : seconds) * 1000;) {
    await sleep(200 + Math.random() * 800)
    const all = living()
    const victim = all[Math.floor(Math.random() * all.length)]
    if (all.length > processes / 2 && Math.random() < 0.3 && victim !== undefined && kill(victim)) killed.anywhen++
  }
  killing = false
  while (living().length < 2) add()
  // at the latest when the lease of the last dead one is over, and the token that it renewed
  await everybodyCalls(lease + lifetime * 1000 + 3_000)
  withKills("with kill -9", () => ({ "nobody was killed in the middle of a renewal": amid() > 0, "somebody waited far beyond a lease": slowest() < lease + 10_000 }))

  await Promise.all(living().map((worker) => new Promise<void>((resolve) => {
    const late = setTimeout(() => {
      console.log(`  WRONG: ${worker.name} did not end within 30 s`)
      wrong++
      worker.child.kill("SIGKILL")
    }, 30_000)
    worker.child.once("exit", () => {
      clearTimeout(late)
      resolve()
    })
    worker.child.send({ _tag: "Stop" } satisfies Order)
  })))
  await server.close()
  return wrong
}

const freePort = (): Promise<number> => new Promise((resolve) => {
  const probe = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address() as net.AddressInfo
    probe.close(() => resolve(port))
  })
})

/** A Redis for this run alone; `undefined`: it is not installed. */
const startRedis = async (): Promise<string | undefined> => {
  if (spawnSync("redis-server", ["--version"]).status !== 0) return undefined
  const port = await freePort()
  const server = spawn("redis-server", ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--requirepass", "soak"], { stdio: ["ignore", "pipe", "inherit"] })
  ended.push(() => void server.kill("SIGTERM"))
  for await (const line of readline.createInterface({ input: server.stdout })) if (line.includes("Ready to accept connections")) break
  server.stdout.resume()
  return `redis://default:soak@127.0.0.1:${port}`
}

const main = async (): Promise<number> => {
  let bad = 0
  for (const kind of values.store) {
    if (kind === "redis") {
      const url = await startRedis()
      if (url !== undefined) bad += await soak("redis", { kind: "redis", url, prefix: `soak:${randomUUID()}:` })
      else {
        console.log("redis: not run - there is no redis-server (Debian: apt-get install redis-server)")
        if (process.env["CI"] === "true") bad++
      }
    } else {
      const folder = mkdtempSync(path.join(os.tmpdir(), "credence-soak-"))
      ended.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
      bad += await soak("file", { kind: "file", folder: path.join(folder, "tokens") })
    }
  }
  return bad === 0 ? 0 : 1
}

const end = async (): Promise<void> => {
  for (const each of ended.splice(0).reverse()) await each()
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void end().finally(() => process.exit(130)))
}
try {
  process.exitCode = await main()
} finally {
  await end()
}
