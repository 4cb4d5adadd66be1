/**
 * Opening and closing many sessions: time, memory, and that nothing is left.
 */
import { Auth, Configuration, Endpoint, Session, Transport } from "credence"
import { NodeTransport } from "credence/node"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

class Bench extends Session.Service<Bench>()("bench-sessions") {}
const ping = Endpoint.get(Bench, "/ping", { name: "ping", success: Schema.Struct({ ok: Schema.Boolean }) })

const heap = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const kinds = (): ReadonlyArray<string> => process.getActiveResourcesInfo().filter((name) => name !== "TTYWrap" && name !== "PipeWrap" && name !== "Immediate")

export const sessions = async (short: boolean): Promise<void> => {
  const count = short ? 10_000 : 100_000
  // keeps nothing, unlike the scripted transport, which remembers every request for its test
  const answer = (text: string) => ({ status: 200, headers: { "content-type": "application/json" }, body: new TextEncoder().encode(text) })
  const network = Layer.succeed(Transport.Transport, {
    name: "memory",
    send: (request) => Effect.succeed(request.operation === "login" ? answer(`{"access_token":"t","expires_in":3600}`) : answer(`{"ok":true}`)),
    open: () => Effect.never
  })
  const parts = [Configuration.layer({ baseUrl: "https://bench.test" }), network] as const
  const bearer = Auth.bearer(Redacted.make("token"))
  const login = Script.authentication()

  const empty = Effect.scoped(Effect.asVoid(Layer.build(Layer.fresh(Layer.succeed(Bench, undefined as never)))))
  const open = Effect.scoped(Effect.asVoid(Layer.build(Bench.layer().pipe(Layer.provide([bearer, ...parts])))))
  const openCall = Effect.provide(ping(), Bench.layer().pipe(Layer.provide([login, ...parts])))
  const openNode = Effect.scoped(Effect.asVoid(Layer.build(Bench.layer().pipe(Layer.provide([bearer, parts[0], NodeTransport.layer({ environment: {} })])))))

  const time = async (effect: Effect.Effect<unknown, unknown>, n: number): Promise<number> => {
    const start = performance.now()
    await Effect.runPromise(Effect.repeat(effect, { times: n - 1 }))
    return (performance.now() - start) * 1000 / n
  }
  console.log(`\nsessions: ${count} opened and closed; baseline is an empty layer in a scope`)
  await time(open, 2_000)
  const before = kinds()
  const base = await time(empty, count)
  for (const [name, effect, n] of [["open and close", open, count], ["open, log in, call, close", openCall, count / 10], ["with a node transport of its own", openNode, count]] as const) {
    await time(effect, 1_000)
    const start = heap()
    const micros = await time(effect, n)
    // a Deadlines fiber lingers for up to 250 ms
    await new Promise((resolve) => setTimeout(resolve, 400))
    const grown = heap() - start
    const left = kinds().length - before.length
    console.log(`  ${name.padEnd(34)} ${(micros / base).toFixed(1)} times the baseline (${micros.toFixed(1)} µs), heap ${grown > 0 ? "+" : ""}${(grown / 1024).toFixed(0)} KiB after ${n} (${(grown / n).toFixed(1)} bytes each), ${left} handles left`)
  }
}
