/**
 * What a token that renews itself costs a call, as a ratio to a static header in the same run; and that 1,000 calls at once
 * on an expired token renew it once.
 */
import { Auth, Configuration, Endpoint, Session, Transport } from "credence"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { NodeTransport } from "credence/node"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

class Bench extends Session.Service<Bench>()("bench-tokens") {}
const ping = Endpoint.get(Bench, "/ping", { name: "ping", success: Schema.Struct({ ok: Schema.Boolean }) })

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** A network that costs nothing: what is left is the call itself. */
const network = (expiresIn: number) => {
  const counts = { tokens: 0, calls: 0 }
  const answer = (text: string) => Effect.succeed({ status: 200, headers: { "content-type": "application/json" }, body: new TextEncoder().encode(text) })
  const layer = Layer.succeed(Transport.Transport, {
    name: "memory",
    send: (request) => {
      if (request.operation === "ping") {
        counts.calls++
        return answer(`{"ok":true}`)
      }
      counts.tokens++
      return Effect.delay(answer(JSON.stringify({ access_token: `token-${counts.tokens}`, refresh_token: `refresh-${counts.tokens}`, expires_in: expiresIn })), "20 millis")
    },
    open: () => Effect.never
  })
  return { layer, counts }
}

const seed = Redacted.make("refresh-0")
const bearer = () => Auth.bearer(Redacted.make("token-0"))
const renewing = () => Auth.refreshToken({ tokenUrl: "/token", refreshToken: seed })

/** microseconds of a call, of many one after the other */
const timed = (session: Session.Session<"bench-tokens">, calls: number): Effect.Effect<number, unknown> =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(Effect.repeat(ping().pipe(Bench.use(session)), { times: calls - 1 }), () => (performance.now() - start) * 1000 / calls)
  })

const compared = (name: string, fixed: Session.Session<"bench-tokens">, token: Session.Session<"bench-tokens">, calls: number, rounds: number) =>
  Effect.gen(function*() {
    for (const session of [fixed, token, fixed, token]) yield* timed(session, calls)
    const ratios: Array<number> = []
    const micros: Array<number> = []
    // one right after the other, in turns, so that what else the machine does meets both
    for (let round = 0; round < rounds; round++) {
      const [first, second] = round % 2 === 0 ? [fixed, token] : [token, fixed]
      const [a, b] = [yield* timed(first, calls), yield* timed(second, calls)]
      ratios.push(round % 2 === 0 ? b / a : a / b)
      micros.push(round % 2 === 0 ? b - a : a - b)
    }
    console.log(`  ${name.padEnd(34)} ${median(ratios).toFixed(3)} times a static header (${median(micros) < 0 ? "" : "+"}${median(micros).toFixed(2)} µs a call)`)
  })

const server = Effect.acquireRelease(
  Effect.callback<http.Server>((resume) => {
    const listening = http.createServer((request, response) => {
      request.resume()
      response.setHeader("content-type", "application/json")
      response.end(request.url === "/ping" ? `{"ok":true}` : `{"access_token":"token-1","refresh_token":"refresh-1","expires_in":3600}`)
    }).listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
  }),
  (listening) => Effect.sync(() => {
    listening.closeAllConnections()
    listening.close()
  })
)

export const tokens = async (short: boolean): Promise<void> => {
  console.log("\ntokens: a call with a token that renews itself; baseline is the same call with a static header")
  const { counts, layer } = network(3600)
  const configuration = Configuration.layer({ baseUrl: "https://bench.test" })
  const program = Effect.gen(function*() {
    yield* compared("no network", yield* Bench.make(bearer(), configuration, layer), yield* Bench.make(renewing(), configuration, layer), short ? 2_000 : 10_000, short ? 9 : 31)
    const listening = yield* server
    const local = Configuration.layer({ baseUrl: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` })
    const node = NodeTransport.layer({ environment: {} })
    yield* compared("over HTTP, on the machine itself", yield* Bench.make(bearer(), local, node), yield* Bench.make(renewing(), local, node), short ? 200 : 1_000, short ? 9 : 31)

    if (counts.tokens !== 1) throw new Error(`a token that is good for an hour was renewed ${counts.tokens - 1} times`)
    const brief = network(0.05)
    const session = yield* Bench.make(renewing(), configuration, brief.layer)
    yield* ping().pipe(Bench.use(session))
    yield* Effect.sleep("100 millis")
    const start = performance.now()
    yield* Effect.all(Array.from({ length: 1000 }, () => ping().pipe(Bench.use(session))), { concurrency: "unbounded" })
    const millis = performance.now() - start
    console.log(`  1,000 calls at once, token expired  ${brief.counts.tokens - 1} renewal (${millis.toFixed(0)} ms, of which the token endpoint takes 20), ${brief.counts.calls - 1} calls`)
    if (brief.counts.tokens !== 2) throw new Error(`1,000 calls renewed ${brief.counts.tokens - 1} times`)
  })
  await Effect.runPromise(Effect.scoped(program))
}
