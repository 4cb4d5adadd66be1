/**
 * Many users over one transport, whose connections break again and again: Apache's own log has to name, for each request, the
 * user that it was meant to be.
 */
import { assert, describe, it } from "@effect/vitest"
import { Auth, type Scheme, Transport } from "credence"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { statSync } from "node:fs"
import { alice, bob, carol, env, type Person } from "./environment.ts"
import { basic, digest, kerberos, ntlm, ntlmNegotiate, open } from "./client.ts"
import { faulty } from "./fault.ts"
import { type Line, settledLines } from "./log.ts"

const calls = 200
const atOnce = 16
const people = [alice, bob, carol]

const log = env("TB_WEB_LOG")

/** `alice`, `alice@TESTBED.TEST` and `TESTDOM\alice` are alice */
const nameOf = (user: unknown): string => String(user).replace(/^.*\\/, "").replace(/@.*$/, "").toLowerCase()

const wrongly = (line: Line): boolean => line["status"] === 200 && nameOf(line["user"]) !== line["meant"]

const prove = (path: string, scheme: (person: Person) => Scheme.Scheme) =>
  Effect.gen(function*() {
    // some connections break in the middle of a login, others after a few answers
    const { faults, url } = yield* faulty({ mode: "reset", bytes: [9000, 4000, 1000, 6000, 2500] })
    const transport = Layer.succeed(Transport.Transport, yield* NodeTransport.make({ environment: {}, proxy: "none" }))
    const clients = yield* Effect.forEach(people, (person) =>
      Effect.map(open(url + path, { auth: Auth.auto({ schemes: [scheme(person)] }), transport }), (client) => ({ client, person })))
    const run = `${path}-${process.pid}-${Date.now()}`
    const { size } = statSync(log)

    yield* Effect.forEach(Array.from({ length: calls }, (_, i) => i), (i) => {
      // scattered, so that users do not take turns in step with the connections
      const { client, person } = clients[(Math.imul(i + 1, 0x9e3779b1) >>> 16) % clients.length]!
      return Effect.map(
        client.insist((attempt) => ({ headers: { "x-request-user": person.name, "x-request-run": run, "x-request-id": `${i}.${attempt}` } })),
        ({ json, status, text }) => {
          assert.strictEqual(status, 200, text)
          assert.strictEqual(nameOf(json["user"]), person.name, `call ${i}: ${text}`)
        }
      )
    }, { concurrency: atOnce, discard: true })

    const ours = (all: ReadonlyArray<Line>) => all.filter((line) => line["run"] === run)
    const servedOf = (all: ReadonlyArray<Line>) => ours(all).filter(({ status }) => status === 200)
    const callsOf = (all: ReadonlyArray<Line>) => new Set(servedOf(all).map(({ id }) => String(id).split(".")[0])).size
    const written = yield* settledLines(log, size, (all) => callsOf(all) === calls)
    const lines = ours(written)
    const served = servedOf(written)
    const used = new Set(served.map(({ connection }) => connection))
    assert.deepStrictEqual(lines.filter(wrongly), [])
    assert.strictEqual(callsOf(written), calls)
    assert.deepStrictEqual([...new Set(served.map(({ user }) => nameOf(user)))].sort(), people.map(({ name }) => name).sort())
    assert.isAtLeast(yield* faults, 5, "connections have to break for this to prove anything")
    const resets = yield* faults
    const connections = `over ${used.size} connections of which ${resets} were reset`
    console.log(`${path}: ${calls} calls of ${people.length} users, ${atOnce} at once, ${connections}: no wrong identity in ${served.length} lines of the log`)
  })

describe(`${calls} calls of ${people.length} users, ${atOnce} at once, connections reset`, () => {
  const proves = (name: string, path: string, scheme: (person: Person) => Scheme.Scheme) =>
    it.live(`${name}: no wrong identity in Apache's log`, () => Effect.scoped(prove(path, scheme)), 120_000)

  const byKeytab = (person: Person) => kerberos({ keytab: env("TB_KRB_PEOPLE_KEYTAB"), principal: person.name })
  proves("Basic", "/basic", basic)
  proves("Digest", "/digest", digest)
  proves("Negotiate, each request by itself", "/krb", byKeytab)
  proves("Negotiate, a login for the connection", "/krb-bound", byKeytab)
  proves("NTLM", "/ntlm", ntlm)
  proves("NTLM inside Negotiate", "/ntlm", ntlmNegotiate)
})
