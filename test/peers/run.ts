/**
 * `npm run test:peers [-- tpp ovirt …]`: proves the sandbox with the official Python clients, the client that is generated
 * from the vendor's documents with the sandbox, and that the official client of Argus and ours give the same data for the
 * same calls. Each official client is installed into an environment of its own below `.peers/` once. Where that cannot be
 * done its rows are not run: that passes, but not in CI. Where the vendor's documents are not there, theirs are not run: that
 * passes.
 */
import { make, records } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import { clients, type OfficialClient } from "./clients.ts"
import { parity } from "./parity.ts"
import { install, NotRun, type Rows, rows, scriptOf } from "./python.ts"
import { client as vendorClient, vendor } from "./vendor.ts"

const wanted = process.argv.slice(2)

/** An official client's rows, against a sandbox of its own; `undefined`: they could not be run here. */
const official = (client: OfficialClient): Effect.Effect<Rows | undefined> =>
  Effect.scoped(Effect.gen(function*() {
    yield* install(client)
    const systems = yield* Effect.orDie(Effect.flatMap(make(), records))
    const record = systems[client.name]
    if (record === undefined) return yield* new NotRun({ reason: `the sandbox has no ${client.name}` })
    console.log(`\n${client.title} (${client.pip[0]})`)
    return yield* rows(client.name, JSON.stringify({ [client.name]: record }))
  })).pipe(Effect.catchTag("NotRun", ({ reason }) =>
    Effect.sync(() => {
      console.log(`\nnot run - ${client.title}: ${reason}`)
      return undefined
    })))

/** The vendor's own documents of Argus, and the same calls by three clients. */
const argus = (withOfficial: boolean) =>
  Effect.scoped(Effect.gen(function*() {
    const results: Array<boolean> = []
    const made = yield* vendorClient.pipe(
      Effect.catchTag("NoDocuments", ({ reason }) =>
        Effect.sync(() => {
          console.log(`not run - the client of the vendor's documents: ${reason}\nvendor client: 0 of 0 operations`)
          return undefined
        }))
    )
    if (made !== undefined) {
      results.push(
        yield* vendor(made).pipe(
          Effect.catchTag("Mistyped", ({ output }) =>
            Effect.sync(() => {
              console.log(`not ok - vendor client: types\n${output}`)
              return false
            }))
        )
      )
    }
    if (withOfficial) results.push(yield* parity(scriptOf("argus"), made?.project))
    return results.every((result) => result)
  }))

const program = Effect.gen(function*() {
  const unknown = wanted.filter((name) => !clients.some((client) => client.name === name))
  if (unknown.length > 0) {
    console.error(`there is no client ${unknown.join(", ")}: expected ${clients.map(({ name }) => name).join(", ")}`)
    return 2
  }
  const results: Array<boolean> = []
  const sums: Array<readonly [name: string, rows: Rows | undefined]> = []
  for (const client of clients.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const done = yield* official(client)
    sums.push([client.name, done])
    results.push(done?.passed ?? process.env["CI"] !== "true")
    if (client.name === "argus") results.push(yield* argus(done !== undefined))
  }
  const sum = (count: (rows: Rows) => number): number => sums.reduce((total, [, done]) => total + (done === undefined ? 0 : count(done)), 0)
  console.log(`\n${sums.map(([name, done]) => `${name} ${done === undefined ? "not run" : `${done.ok} of ${done.all}`}`).join(", ")}`)
  console.log(`peers: ${sum(({ ok }) => ok)} of ${sum(({ all }) => all)}`)
  return results.every((result) => result) ? 0 : 1
})

process.exitCode = await Effect.runPromise(program)
