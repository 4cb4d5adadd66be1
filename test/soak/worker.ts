/** One of the processes that share a login: calls as fast as it can, until it is stopped or killed. */
import { NodeRedis } from "@effect/platform-node"
import { Auth, Configuration, Endpoint, Session } from "credence"
import { FileStore, NodeTransport } from "credence/node"
import * as RedisStore from "credence/redis"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Order, Report, Task } from "./messages.ts"

class Shared extends Session.Service<Shared>()("shared") {}
const getThing = Endpoint.get(Shared, "/thing", { name: "getThing", success: Schema.Struct({ ok: Schema.Boolean }) })

const task = JSON.parse(process.argv[2] ?? "") as Task
const tell = (report: Report): void => void process.send?.(report)

let calls = 0
let slowest = 0
/** stores that did not do what they were asked */
let troubles = 0
const progress = setInterval(() => {
  tell({ _tag: "Progress", calls, slowest, troubles })
  slowest = 0
}, 100)

const lease = Duration.millis(task.lease)
const store = task.store.kind === "redis"
  ? RedisStore.layer({ prefix: task.store.prefix, lease }).pipe(Layer.provide(NodeRedis.layer({ url: task.store.url, disableOfflineQueue: true })))
  : FileStore.layer({ folder: task.store.folder, lease })

/** Calls with one refresh token, until it takes a person to go on. */
const work = (seed: Extract<Order, { _tag: "Seed" }>) =>
  Effect.gen(function*() {
    const ended = yield* Deferred.make<void>()
    yield* Effect.forkScoped(Stream.runForEach(Shared.events, (event) => Effect.sync(() => {
      if (event._tag !== "StoreFailed") return
      troubles++
      if (process.env["SOAK_LOUD"] !== undefined) console.log(task.name, event.error.message)
    })))
    const call = Effect.gen(function*() {
      const began = performance.now()
      yield* getThing()
      calls++
      slowest = Math.max(slowest, performance.now() - began)
    })
    const loop = Effect.forever(call).pipe(Effect.catchCause((cause) => {
      const error = Cause.findErrorOption(cause)
      if (error._tag === "Some" && error.value._tag === "AuthenticationFailed" && error.value.reason === "refresh") return Deferred.succeed(ended, undefined)
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
      tell({ _tag: "Failed", message: error._tag === "Some" ? error.value.message : Cause.pretty(cause) })
      return Deferred.succeed(ended, undefined)
    }))
    for (let n = 0; n < task.concurrency; n++) yield* Effect.forkScoped(loop)
    yield* Deferred.await(ended)
    tell({ _tag: "SignIn", number: seed.number })
  }).pipe(
    Effect.scoped,
    Effect.provide(Shared.layer().pipe(Layer.provide([
      Auth.refreshToken({ tokenUrl: "/token", refreshToken: Redacted.make(seed.refreshToken) }),
      Configuration.layer({ baseUrl: task.url, userAgent: task.name }),
      NodeTransport.layer(),
      store
    ]))),
    Effect.catchCause((cause) => Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.sync(() => tell({ _tag: "Failed", message: Cause.pretty(cause) })))
  )

let present: Fiber.Fiber<void, unknown> | undefined
process.on("message", (order: Order) => {
  const before = present
  present = Effect.runFork(Effect.andThen(
    before === undefined ? Effect.void : Fiber.interrupt(before),
    order._tag === "Seed" ? work(order) : Effect.sync(() => {
      clearInterval(progress)
      tell({ _tag: "Progress", calls, slowest, troubles })
      process.disconnect()
    })
  ))
})
process.on("disconnect", () => process.exit(0))
