/**
 * curl, Python's requests and this library side by side on the same rows, against the real servers. What each of them does is
 * the table in `docs/auth/compared.md`, and it fails where that is no longer true, or where ours misses a row.
 */
import { spawn, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { curl } from "./curl.ts"
import { type Liars, liars } from "./liars.ts"
import { judge, type Outcome, type Row, type Verdict } from "./outcome.ts"
import { installPython, pinned } from "./python.ts"
import { type Group, groups, type Scenario } from "./scenarios.ts"
import { cellOf, type Column, keyOf, recorded, render, replace, totals } from "./table.ts"

const documentFile = join(import.meta.dirname, "..", "..", "..", "docs", "auth", "compared.md")

/** What `env.json` of the servers says. */
export type Servers = Readonly<Record<string, string>>

export interface PeersOptions {
  readonly servers: Servers
  /** writes the table instead of holding it */
  readonly write?: boolean
  /** only rows with this in their name */
  readonly only?: string | undefined
}

const needed = (servers: Servers, name: string): string => {
  const value = servers[name]
  if (value === undefined) throw new Error(`the servers' env.json has no ${name}`)
  return value
}

/** `value` with each `${NAME}` replaced, however deep. */
const filled = <A>(value: A, servers: Servers): A =>
  // text in, text out: a string of JSON with its names replaced has the shape it had
  JSON.parse(JSON.stringify(value).replace(/\$\{(\w+)\}/g, (_, name: string) => JSON.stringify(needed(servers, name)).slice(1, -1))) as A

// The settings of whoever runs this must not reach the clients.
const clean = (servers: Servers): Readonly<Record<string, string | undefined>> => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$|^KRB5|^SSL_|_CA_BUNDLE$|^NTLM_USER_FILE$|^NODE_EXTRA_CA_CERTS$|^PYTHON/i.test(name))),
  KRB5_CONFIG: needed(servers, "KRB5_CONFIG"),
  ...(servers["TB_KERBEROS_LIBRARY"] === undefined ? {} : { TB_KERBEROS_LIBRARY: servers["TB_KERBEROS_LIBRARY"] })
})

/** A program that reads a row a line, and answers with a line each. */
const lines = (command: string, args: ReadonlyArray<string>, environment: Readonly<Record<string, string | undefined>>) => {
  // a session of its own, so that nothing can ask the terminal for a passphrase
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: environment, detached: true })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.stdin.on("error", () => undefined)
  return {
    ask: async (row: Row): Promise<Outcome> => {
      child.stdin.write(`${JSON.stringify(row)}\n`)
      const line = await answers.next()
      if (line.done === true) throw new Error(`${command} ended at "${row.name}"`)
      return JSON.parse(line.value) as Outcome
    },
    close: () => {
      child.stdin.end()
      child.kill()
    }
  }
}

interface Client {
  readonly name: string
  readonly ask: (row: Row) => Promise<Outcome>
  readonly close: () => void
}

class Rows {
  readonly servers: Servers
  readonly folder: string
  readonly liars: Liars
  constructor(servers: Servers, folder: string, liars: Liars) {
    this.servers = servers
    this.folder = folder
    this.liars = liars
  }

  private async environment(client: string, { tickets = "cache" }: Scenario): Promise<Readonly<Record<string, string>>> {
    const cache = join(this.folder, `${client}-${randomBytes(4).toString("hex")}.ccache`)
    const named = { KRB5CCNAME: `FILE:${cache}` }
    switch (tickets) {
      case "none":
        return named
      case "keytab":
        return { ...named, KRB5_CLIENT_KTNAME: `FILE:${needed(this.servers, "TB_KRB_KEYTAB")}` }
      case "expired":
        return { KRB5CCNAME: `FILE:${join(this.folder, "expired.ccache")}` }
      case "cache":
        // clients write into it
        await copyFile(needed(this.servers, "TB_KRB_CCACHE").replace(/^FILE:/, ""), cache)
        return named
    }
  }

  /** Does one row with one client. */
  async run(client: Client, scenario: Scenario): Promise<Outcome> {
    const control = needed(this.servers, "TB_FAULT")
    let { url } = scenario
    let fault: string | undefined
    if (scenario.fault !== undefined) {
      const target = new URL(needed(this.servers, "TB_WEB"))
      const made = await (await fetch(`${control}/proxies`, { method: "POST", body: JSON.stringify({ target: `127.0.0.1:${target.port}`, ...scenario.fault }) })).json() as { readonly id: number; readonly port: number }
      fault = `${control}/proxies/${made.id}`
      url = `http://127.0.0.1:${made.port}${url}`
    }
    if (scenario.liar !== undefined) url = this.liars.url(scenario.liar)
    const agent = `peer-${randomBytes(6).toString("hex")}`
    const row: Row = { ...scenario, url, ca: scenario.ca ?? needed(this.servers, "TB_CA"), agent, environment: await this.environment(client.name, scenario) }
    try {
      const outcome = await client.ask(row)
      return scenario.want.exchanges === undefined || "failure" in outcome ? outcome : { ...outcome, exchanges: await this.exchanges(agent) }
    } finally {
      if (fault !== undefined) await fetch(fault, { method: "DELETE" })
    }
  }

  /** Squid writes its log a little later. */
  private async exchanges(agent: string): Promise<number> {
    let seen = -1
    for (let count = 0; count !== seen || seen === 0;) {
      seen = count
      await sleep(300)
      count = (await readFile(needed(this.servers, "TB_PROXY_LOG"), "utf8")).split(`"${agent}"`).length - 1
    }
    return seen
  }
}

const columnOf = async (client: Client, rows: Rows, wanted: ReadonlyArray<Group>): Promise<Column> => {
  const cells = new Map<string, string>()
  const verdicts = new Map<string, Verdict>()
  for (const group of wanted) {
    for (const row of group.rows) {
      const judged = judge(row, await rows.run(client, row))
      cells.set(keyOf(group.name, row.name), cellOf(judged))
      verdicts.set(keyOf(group.name, row.name), judged.verdict)
    }
  }
  return { name: client.name, cells, verdicts }
}

const curlVersion = (): string => `curl ${spawnSync("curl", ["--version"], { encoding: "utf8" }).stdout.split(" ")[1] ?? ""}`

/** What does not hold: rows that ours misses, and cells that are not those of the document. */
const differences = (columns: ReadonlyArray<Column>, document: string, wanted: ReadonlyArray<Group>): ReadonlyArray<string> => {
  const known = recorded(document)
  return columns.flatMap((column) => {
    const before = known.get(column.name)
    if (before === undefined) {
      const problem = `${column.name}: docs/auth/compared.md knows another version; --write takes this one`
      if (!column.name.startsWith("curl ")) return [problem]
      // curl is the system's, which may be another one than that of the table
      console.log(`not held - ${problem}`)
      return []
    }
    return wanted.flatMap(({ name, rows }) =>
      rows.flatMap((row) => {
        const key = keyOf(name, row.name)
        const now = column.cells.get(key), then = before.get(key)
        return now === then ? [] : [`${column.name}: ${key}: ${now}; docs/auth/compared.md says ${then ?? "nothing"}`]
      })
    )
  })
}

/** Runs all clients, prints what they can, and says whether all is as it should be. */
export const peers = async (options: PeersOptions): Promise<boolean> => {
  const servers: Servers = {
    ...options.servers,
    WEB_PORT: new URL(needed(options.servers, "TB_WEB")).port,
    TLS_PORT: new URL(needed(options.servers, "TB_TLS_URL")).port
  }
  const only = options.only?.toLowerCase()
  const wanted = filled(groups, servers).map(({ name, rows }) => ({ name, rows: rows.filter((row) => only === undefined || keyOf(name, row.name).toLowerCase().includes(only)) }))
    .filter(({ rows }) => rows.length > 0)
  const environment = clean(servers)
  const folder = await mkdtemp(join(tmpdir(), "credence-peers-"))
  const liar = await liars()
  const all = new Rows(servers, folder, liar)
  const clients: Array<Client> = []
  try {
    const installing = installPython(needed(servers, "TB_HOME"))
    // its tickets last three seconds
    const kinit = spawnSync("kinit", ["-c", `FILE:${join(folder, "expired.ccache")}`, needed(servers, "TB_KRB_BRIEF_PRINCIPAL")], { env: environment, input: `${needed(servers, "TB_PASSWORD")}\n`, encoding: "utf8" })
    if (kinit.status !== 0) throw new Error(`kinit: ${kinit.stderr}`)
    const expires = sleep(4_500)
    const ours = lines(process.execPath, ["--conditions=credence-source", join(import.meta.dirname, "ours.ts")], environment)
    clients.push(
      { name: curlVersion(), ask: (row) => curl(row, folder, environment), close: () => undefined },
      { name: "credence", ...ours }
    )
    await expires
    const first = Promise.all(clients.map((client) => columnOf(client, all, wanted)))
    const python = await installing
    let second: ReadonlyArray<Column> = []
    if ("problem" in python) {
      console.log(`not run - requests: ${python.problem}`)
    } else {
      const client = { name: pinned("requests"), ...lines(python.python, [join(import.meta.dirname, "client.py")], environment) }
      clients.push(client)
      second = [await columnOf(client, all, wanted)]
    }
    const [curls, own] = await first
    const columns = [curls!, ...second, own!]
    const complete = second.length > 0
    const missed = wanted.flatMap(({ name, rows }) =>
      rows.flatMap((row) => {
        const key = keyOf(name, row.name)
        const passes = ["ok", "refused"].includes(own!.verdicts.get(key) ?? "")
        return passes === (row.ours === undefined) ? [] : [`credence: ${key}: ${own!.cells.get(key)}${passes ? ", though it is declared that it cannot" : ""}`]
      })
    )
    console.log(render(wanted, columns).split("\n").slice(2, -2).join("\n"))
    const document = existsSync(documentFile) ? await readFile(documentFile, "utf8") : ""
    let changed: ReadonlyArray<string> = []
    if (options.write === true) {
      if (!complete || only !== undefined) throw new Error("the table is written with all rows of all clients only")
      await writeFile(documentFile, replace(document, render(wanted, columns)))
    } else {
      changed = differences(columns, document, wanted)
    }
    for (const problem of [...missed, ...changed]) console.log(`not ok - ${problem}`)
    const good = missed.length === 0 && changed.length === 0 && (complete || process.env["CI"] !== "true")
    console.log(`${good ? "ok" : "not ok"} - peers: ${totals([own!])[0]}`)
    return good
  } finally {
    for (const client of clients) client.close()
    liar.close()
    await rm(folder, { recursive: true, force: true })
  }
}
