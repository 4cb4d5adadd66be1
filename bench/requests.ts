/**
 * Requests per second and CPU of a full session call (authentication, retry, timeout, redirect rules, decode), as ratios to
 * bare `undici.request` in the same run.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Auth, Configuration, Endpoint, Session } from "credence"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { spawn } from "node:child_process"
import * as path from "node:path"
import { Agent, request } from "undici"

class Bench extends Session.Service<Bench>()("bench") {}

const User = Schema.Struct({
  responseCode: Schema.Int,
  limit: Schema.Int,
  offset: Schema.Int,
  count: Schema.Int,
  size: Schema.Int,
  messages: Schema.Array(Schema.Struct({ message: Schema.String })),
  data: Schema.Struct({
    id: Schema.Int,
    userName: Schema.String,
    name: Schema.String,
    customer: Schema.Struct({ id: Schema.Int, shortName: Schema.String, name: Schema.String }),
    roles: Schema.Array(Schema.String),
    active: Schema.Boolean
  })
})

const getUser = Endpoint.get(Bench, "/currentuser/v1/user", { name: "getUser", success: User, errors: { 403: Schema.Unknown } })

interface Candidate {
  readonly name: string
  /** makes `count` calls, `concurrency` at once */
  readonly run: (concurrency: number, millis: number) => Promise<number>
  readonly close: () => Promise<void>
}

const startServer = async () => {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "server.ts")], { stdio: ["pipe", "pipe", "inherit"] })
  const port = await new Promise<number>((resolve) => child.stdout.once("data", (line: Buffer) => resolve(Number(line.toString()))))
  return { url: `http://127.0.0.1:${port}`, stop: () => child.stdin.end() }
}

const looping = (one: () => Promise<unknown>) => async (concurrency: number, millis: number): Promise<number> => {
  let calls = 0
  const end = performance.now() + millis
  const loop = async () => {
    while (performance.now() < end) {
      await one()
      calls++
    }
  }
  await Promise.all(Array.from({ length: concurrency }, loop))
  return calls
}

const effects = <R, E>(layer: Layer.Layer<R, E>, one: Effect.Effect<unknown, unknown, R>): Pick<Candidate, "run" | "close"> => {
  const runtime = ManagedRuntime.make(layer)
  return {
    run: (concurrency, millis) => {
      let calls = 0
      const end = performance.now() + millis
      const loop = Effect.whileLoop({ while: () => performance.now() < end, body: () => one, step: () => calls++ })
      return runtime.runPromise(Effect.as(Effect.all(Array.from({ length: concurrency }, () => loop), { concurrency: "unbounded", discard: true }), undefined)).then(() => calls)
    },
    close: () => runtime.dispose()
  }
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

export const requests = async (short: boolean): Promise<void> => {
  const server = await startServer()
  const agent = new Agent({ connections: 128, pipelining: 1 })
  const url = `${server.url}/currentuser/v1/user`
  const headers = { accept: "application/json", authorization: "Bearer token" }
  const decode = Schema.decodeUnknownEffect(User)
  const decoded = Effect.flatMap(Effect.flatMap(HttpClient.get(url, { headers }), (response) => response.json), decode)
  const candidates: ReadonlyArray<Candidate> = [
    {
      name: "undici.request + JSON.parse",
      run: looping(async () => JSON.parse(await (await request(url, { dispatcher: agent, headers })).body.text())),
      close: () => agent.destroy()
    },
    {
      name: "credence session call",
      ...effects(
        Bench.layer().pipe(Layer.provide([Auth.bearer(Redacted.make("token")), Configuration.layer({ baseUrl: server.url }), NodeTransport.layer({ connections: 128, proxy: "none" })])),
        getUser()
      )
    },
    { name: "effect's undici client + decode", ...effects(NodeHttpClient.layerUndici, decoded) },
    { name: "effect's fetch client + decode", ...effects(FetchHttpClient.layer, decoded) },
    { name: "fetch + JSON.parse", run: looping(async () => (await fetch(url, { headers })).json()), close: () => Promise.resolve() }
  ]
  const millis = short ? 250 : 1000
  const rounds = short ? 5 : 9
  console.log(`\nrequests: ${rounds} interleaved rounds of ${millis} ms each, medians; baseline is the first row`)
  for (const concurrency of [1, 16, 128]) {
    const rates = candidates.map((): Array<number> => [])
    const cpus = candidates.map((): Array<number> => [])
    for (let round = 0; round <= rounds; round++) {
      for (const [i, candidate] of candidates.entries()) {
        const before = process.cpuUsage()
        const start = performance.now()
        const calls = await candidate.run(concurrency, millis)
        const seconds = (performance.now() - start) / 1000
        const { system, user } = process.cpuUsage(before)
        // the first round warms up
        if (round > 0) {
          rates[i]?.push(calls / seconds)
          cpus[i]?.push((system + user) / calls)
        }
      }
    }
    const base = median(rates[0] ?? []), baseCpu = median(cpus[0] ?? [])
    for (const [i, candidate] of candidates.entries()) {
      const rate = median(rates[i] ?? []), cpu = median(cpus[i] ?? [])
      console.log(`  ${String(concurrency).padStart(3)} at once  ${candidate.name.padEnd(32)} ${(rate / base).toFixed(2)} of the baseline's rate, ${(cpu / baseCpu).toFixed(2)} of its CPU a call (${Math.round(rate)}/s, ${cpu.toFixed(0)} µs)`)
    }
  }
  for (const candidate of candidates) await candidate.close()
  server.stop()
}
