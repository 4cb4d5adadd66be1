/**
 * Calls per second with logins, as ratios to curl (one process that is given many URLs) and to Python's requests, in the same
 * run; and by the server's own log: how many exchanges a call takes, and that connections are kept and TLS sessions resumed.
 * Needs the test servers (`npm run test:servers -- --bench`, or `--keep` before): elsewhere it says so and does nothing.
 */
import { Auth, Configuration, Endpoint, Session } from "credence"
import { Kerberos, NodeTransport } from "credence/node"
import * as Ntlm from "credence/ntlm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { spawn, spawnSync } from "node:child_process"
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"
import { installPython, pinned } from "../test/servers/peers/python.ts"
import { listens, loginServer, type LoginServer, needed, type Servers } from "./loginServer.ts"

class Bench extends Session.Service<Bench>()("bench-authentication") {}
const Who = Schema.Struct({ user: Schema.String, roles: Schema.Array(Schema.String), active: Schema.Boolean })

/** One way to log in at one place. */
interface Way {
  readonly name: string
  readonly url: string
  readonly curl: ReadonlyArray<string>
  /** the user of gss-ntlmssp, for curl alone: where it is set, GSSAPI prepares NTLM with each ticket, too */
  readonly ntlmUser?: string
  readonly python: "none" | "digest" | "kerberos" | "ntlm"
  readonly layer: Layer.Layer<Auth.Authentication>
  /** what is told beside the rate */
  readonly tells: "exchanges" | "connections"
}

interface Client {
  readonly name: string
  readonly agent: string
  /** makes calls for about so long; gives calls a second */
  readonly run: (concurrency: number, millis: number) => Promise<number>
  readonly concurrent: boolean
  readonly close: () => Promise<void>
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const ours = (way: Way, agent: string, ca: string): Client => {
  const { origin, pathname } = new URL(way.url)
  const get = Endpoint.get(Bench, pathname as "/who", { name: "who", success: Who })
  const live = Bench.layer().pipe(
    Layer.provide([way.layer, Configuration.layer({ baseUrl: origin, userAgent: agent, retry: "none", tls: { ca: { file: ca } } }), NodeTransport.layer({ proxy: "none" })]),
    Layer.provideMerge(Logger.layer([]))
  )
  const runtime = ManagedRuntime.make(live)
  return {
    name: "credence",
    agent,
    concurrent: true,
    run: async (concurrency, millis) => {
      let calls = 0
      const start = performance.now()
      const loop = Effect.whileLoop({ while: () => performance.now() - start < millis, body: () => get(), step: () => calls++ })
      await runtime.runPromise(Effect.all(Array.from({ length: concurrency }, () => loop), { concurrency: "unbounded", discard: true }))
      return calls / ((performance.now() - start) / 1000)
    },
    close: () => runtime.dispose()
  }
}

const curl = (way: Way, agent: string, ca: string): Client => {
  const timed = (args: ReadonlyArray<string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const start = performance.now()
      const env = way.ntlmUser === undefined ? process.env : { ...process.env, NTLM_USER_FILE: way.ntlmUser }
      const child = spawn("curl", args, { stdio: ["ignore", "ignore", "inherit"], env })
      child.once("error", reject)
      child.once("close", (code) => code === 0 ? resolve((performance.now() - start) / 1000) : reject(new Error(`curl ends with ${code} at ${way.name}`)))
    })
  const calls = (count: number, concurrency: number): Promise<number> =>
    timed(["-sS", "--no-progress-meter", "--fail", "--noproxy", "*", "--cacert", ca, "-A", agent, ...way.curl, ...(concurrency > 1 ? ["--parallel", "--parallel-max", String(concurrency)] : []), "-o", "/dev/null", `${way.url}?[1-${count}]`])
  const rates = new Map<number, number>()
  let starting = Infinity
  return {
    name: "curl",
    agent,
    concurrent: true,
    run: async (concurrency, millis) => {
      const count = Math.max(20, Math.round((rates.get(concurrency) ?? 500) * millis / 1000))
      // it is the calls that are measured, not how long a process takes to start
      starting = Math.min(starting, await timed(["--version"]))
      const seconds = await calls(count, concurrency)
      const rate = count / Math.max(seconds - starting, seconds / 2)
      rates.set(concurrency, rate)
      return rate
    },
    close: () => Promise.resolve()
  }
}

const python = (interpreter: string) => {
  const child = spawn(interpreter, [path.join(import.meta.dirname, "logins.py")], { stdio: ["pipe", "pipe", "inherit"] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (order: unknown): Promise<number> => {
    child.stdin.write(`${JSON.stringify(order)}\n`)
    const line = await answers.next()
    if (line.done === true) throw new Error("requests has failed")
    return Number(line.value)
  }
  return {
    client: async (way: Way, agent: string, ca: string, user: string, password: string): Promise<Client> => {
      await ask({ agent, ca, password, url: way.url, user, way: way.python })
      let rate = 200
      return {
        name: "requests",
        agent,
        concurrent: false,
        run: async (_, millis) => {
          const count = Math.max(10, Math.round(rate * millis / 1000))
          rate = count / await ask({ agent, calls: count })
          return rate
        },
        close: () => Promise.resolve()
      }
    },
    stop: () => child.stdin.end()
  }
}

const waysOf = (server: LoginServer, servers: Servers): ReadonlyArray<Way> => {
  const user = needed(servers, "TB_USER"), secret = needed(servers, "TB_PASSWORD")
  const password = Redacted.make(secret)
  const library = servers["TB_KERBEROS_LIBRARY"]
  const kerberos = Auth.auto({ schemes: [Kerberos.scheme({ load: library === undefined ? undefined : () => import(pathToFileURL(library).href) })] })
  const ntlm = Ntlm.layer({ username: `${needed(servers, "TB_NTLM_DOMAIN")}\\${user}`, password })
  const anonymous = Auth.anonymous()
  // curl does NTLM with this server by the GSSAPI module gss-ntlmssp only, inside Negotiate
  const inside = { curl: ["--negotiate", "-u", ":"], ntlmUser: needed(servers, "TB_NTLM_CLIENT_FILE") }
  return [
    { name: "no login", url: `${server.plain}/open`, curl: [], python: "none", layer: anonymous, tells: "exchanges" },
    { name: "Digest (MD5)", url: `${server.plain}/digest`, curl: ["--digest", "-u", `${user}:${secret}`], python: "digest", layer: Auth.digest({ username: user, password }), tells: "exchanges" },
    { name: "Negotiate, a ticket for each request", url: `${server.plain}/krb`, curl: ["--negotiate", "-u", ":"], python: "kerberos", layer: kerberos, tells: "exchanges" },
    { name: "Negotiate, a login for each connection", url: `${server.plain}/krb-bound`, curl: ["--negotiate", "-u", ":"], python: "kerberos", layer: kerberos, tells: "exchanges" },
    { name: "NTLM, a login for each connection", url: `${server.plain}/ntlm`, ...inside, python: "ntlm", layer: ntlm, tells: "exchanges" },
    { name: "NTLM, connections end after 3 exchanges", url: `${server.brief}/ntlm`, ...inside, python: "ntlm", layer: ntlm, tells: "exchanges" },
    { name: "TLS, connections are kept", url: `${server.secure}/open`, curl: [], python: "none", layer: anonymous, tells: "connections" },
    { name: "TLS, a connection for each call", url: `${server.closing}/open`, curl: [], python: "none", layer: anonymous, tells: "connections" },
    { name: "TLS, a connection for each call, none resumed", url: `${server.full}/open`, curl: [], python: "none", layer: anonymous, tells: "connections" }
  ]
}

/** Why it cannot run here, or the servers. */
const serversHere = async (): Promise<Servers | string> => {
  const file = process.env["CREDENCE_SERVERS_ENV"] ?? path.join(process.env["CREDENCE_SERVERS_HOME"] ?? path.join(tmpdir(), "credence-servers"), "env.json")
  const remedy = "`npm run test:servers -- --bench` brings them up"
  if (!existsSync(file)) return `the test servers were never up here; ${remedy}`
  const servers = JSON.parse(readFileSync(file, "utf8")) as Servers
  if (!await listens(Number(needed(servers, "TB_KRB_KDC").split(":")[1]))) return `the test servers are down; ${remedy}`
  const ticket = spawnSync("klist", ["-s", "-c", needed(servers, "TB_KRB_CCACHE")], { env: { ...process.env, KRB5_CONFIG: needed(servers, "KRB5_CONFIG") } })
  if (ticket.status !== 0) return "the Kerberos ticket of the test servers has expired; `npm run test:servers -- --bench` gets another"
  return existsSync("/usr/sbin/apache2") ? servers : "Apache is not installed"
}

const rounded = (value: number): string => value.toFixed(2)

/** One way with who goes it, and what came of it: calls a second by client, round by round. */
interface Lane {
  readonly way: Way
  readonly clients: ReadonlyArray<Client>
}

/** Rounds of several ways, interleaved; gives the medians by way and client. */
const rated = async (lanes: ReadonlyArray<Lane>, concurrency: number, rounds: number, millis: number): Promise<ReadonlyArray<ReadonlyMap<string, number>>> => {
  const rates = lanes.map(({ clients }) => new Map(clients.filter(({ concurrent }) => concurrent || concurrency === 1).map((client): [Client, Array<number>] => [client, []])))
  for (let round = 0; round <= rounds; round++) {
    for (const lane of rates) {
      for (const [client, values] of lane) {
        const rate = await client.run(concurrency, millis)
        // the first round warms up
        if (round > 0) values.push(rate)
      }
    }
  }
  return rates.map((lane) => new Map(Array.from(lane, ([{ name }, values]) => [name, median(values)])))
}

const show = ({ name }: Way, concurrency: number, medians: ReadonlyMap<string, number>): void => {
  const own = medians.get("credence") ?? 0
  const ratios = Array.from(medians).filter(([client]) => client !== "credence").map(([client, rate]) => `${rounded(own / rate)} of the rate of ${client}`)
  const absolute = Array.from(medians, ([client, rate]) => `${client} ${Math.round(rate)}/s`)
  console.log(`  ${String(concurrency).padStart(3)} at once  ${name.padEnd(46)} ${ratios.join(", ").padEnd(56)} (${absolute.join(", ")})`)
}

const tell = ({ clients, way }: Lane, server: LoginServer): void => {
  const told = clients.map((client) => {
    const seen = server.seen(client.agent)
    return way.tells === "exchanges"
      ? `${client.name} ${rounded(seen.exchanges / seen.answered)} on ${seen.connections} connections`
      : `${client.name} ${seen.connections} for ${seen.exchanges} calls, ${seen.resumed} resumed`
  })
  console.log(`${" ".repeat(15)}${way.tells === "exchanges" ? "exchanges a call" : "handshakes"}: ${told.join("; ")}`)
}

export const authentication = async (short: boolean): Promise<void> => {
  const servers = await serversHere()
  if (typeof servers === "string") return console.log(`\nauthentication: not run - ${servers}`)
  const interpreter = await installPython(needed(servers, "TB_HOME"))
  // the servers' user has to enter it
  const folder = mkdtempSync(path.join(tmpdir(), "credence-bench-"))
  chmodSync(folder, 0o755)
  const cache = path.join(folder, "tickets")
  copyFileSync(needed(servers, "TB_KRB_CCACHE").replace(/^FILE:/, ""), cache)
  // for all three clients, one of which is this process
  const variables = { KRB5_CONFIG: needed(servers, "KRB5_CONFIG"), KRB5CCNAME: `FILE:${cache}` }
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  const server = await loginServer(servers, path.join(folder, "apache"))
  const peer = "python" in interpreter ? python(interpreter.python) : undefined
  try {
    const rounds = short ? 3 : 5
    const millis = short ? 120 : 400
    const version = spawnSync("curl", ["--version"], { encoding: "utf8" }).stdout.split(" ")[1] ?? ""
    console.log(`\nauthentication: ${rounds} interleaved rounds of ${millis} ms each, medians; baselines are curl ${version} (one process, a list of URLs) and ${peer === undefined ? "nothing else" : `${pinned("requests")} (a Session)`}`)
    if ("problem" in interpreter) console.log(`  not run - requests: ${interpreter.problem}`)
    const ca = needed(servers, "TB_CA"), user = needed(servers, "TB_USER"), password = needed(servers, "TB_PASSWORD")
    const lanes: Array<Lane> = []
    for (const [i, way] of waysOf(server, servers).entries()) {
      const name = way.python === "ntlm" ? `${needed(servers, "TB_NTLM_DOMAIN")}\\${user}` : user
      lanes.push({
        way,
        clients: [
          ours(way, `credence-${i}`, ca),
          curl(way, `curl-${i}`, ca),
          ...(peer === undefined ? [] : [await peer.client(way, `requests-${i}`, ca, name, password)])
        ]
      })
    }
    const logins = lanes.filter(({ way }) => way.tells === "exchanges"), handshakes = lanes.filter(({ way }) => way.tells === "connections")
    // what is compiled on the way is not to count against the first row
    await lanes[0]?.clients.find(({ name }) => name === "credence")?.run(1, short ? 500 : 1500)
    for (const lane of logins) {
      for (const concurrency of [1, 16]) {
        for (const medians of await rated([lane], concurrency, rounds, millis)) show(lane.way, concurrency, medians)
      }
      tell(lane, server)
    }
    const medians = await rated(handshakes, 1, rounds, millis)
    for (const [i, lane] of handshakes.entries()) {
      show(lane.way, 1, medians[i] ?? new Map())
      tell(lane, server)
    }
    const [kept = 0, resumed = 0, full = 0] = medians.map((each) => each.get("credence") ?? 0)
    console.log(`  credence over TLS: kept connections ${rounded(kept / resumed)} times the rate of a connection for each call; resumption ${rounded(resumed / full)} times that of none`)
    for (const { clients } of lanes) for (const client of clients) await client.close()
  } finally {
    peer?.stop()
    await server.stop()
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    rmSync(folder, { recursive: true, force: true })
  }
}
