import { assert, describe, it } from "@effect/vitest"
import { Call, Endpoint, Policy, type Session, Transport } from "credence"
import { ArgusPolicy } from "credence/argus"
import { Script } from "credence/testing"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Deadlines } from "../../src/layers/policy/deadlines.ts"
import { answering, Billing, failureOf, getThing, keyedPost, ok, over, type Parts, partsOver, postThing, putThing, random, settle, upload } from "../support/billing.ts"

/** Runs a call to its end, turning the clock in small steps; how it ended, and when each attempt was made. */
const run = <A, E>(self: Effect.Effect<A, E, Session.Full<Billing>>, reply: Script.Reply | Parameters<typeof Script.on>[2], parts: Parts = {}, within: Duration.Input = "1 hour") =>
  Effect.gen(function*() {
    const script = yield* answering(reply)
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(Effect.exit(self).pipe(Effect.provide(over(script, parts))))
    yield* TestClock.adjust(within)
    const exit = fiber.pollUnsafe()
    const result = exit?._tag === "Success" ? exit.value : undefined
    yield* Fiber.interrupt(fiber)
    return {
      exit: result,
      failure: result !== undefined && Exit.isFailure(result) ? (result.cause.reasons[0] as { readonly error: E } | undefined)?.error : undefined,
      at: script.seen.map(({ at }) => at - began),
      script
    }
  })

const get = getThing({ id: "1" })
const post = postThing({ body: { id: "1" } })
const put = putThing({ id: "1", body: { id: "1" } })
const keyed = keyedPost({ body: { id: "1" } })
describe("retry", () => {
  it.effect("a Schedule is honoured exactly: three delays, then the end", () =>
    Effect.gen(function*() {
      const { at, failure } = yield* run(get.pipe(Call.with({ retry: Schedule.max([Schedule.exponential("1 second"), Schedule.recurs(3)]) })), { status: 503 })
      assert.deepStrictEqual(at, [0, 1000, 3000, 7000])
      assert.deepStrictEqual([failure?._tag, failure?.attempts], ["UnexpectedStatus", 4])
    }))

  it.effect("retries end with the first success, whose attempt is the last", () =>
    Effect.gen(function*() {
      const { at, exit } = yield* run(get.pipe(Call.with({ retry: Schedule.spaced("2 seconds") })), (_, count) => count < 3 ? { status: 503 } : ok)
      assert.deepStrictEqual([at, exit?._tag], [[0, 2000, 4000], "Success"])
    }))

  it.effect("the default: three retries, 200 ms doubling, with jitter", () =>
    Effect.gen(function*() {
      const { at } = yield* run(get, { status: 503 })
      assert.strictEqual(at.length, 4)
      const waits = at.slice(1).map((time, i) => time - at[i]!)
      waits.forEach((wait, i) => assert.isTrue(wait >= 200 * 2 ** i * 0.8 && wait <= 200 * 2 ** i * 1.2, `wait ${i}: ${wait}`))
    }))

  it.effect("`none` retries nothing", () =>
    Effect.map(run(get.pipe(Call.with({ retry: "none" })), { status: 503 }), ({ at, failure }) => assert.deepStrictEqual([at, failure?.notRetried], [[0], undefined])))

  for (const [status, times] of [[429, 4], [502, 4], [503, 4], [504, 4], [500, 1], [408, 1], [400, 1], [404, 1], [409, 1], [501, 1]] as const) {
    it.effect(`by default a ${status} makes ${times} attempt${times > 1 ? "s" : ""}`, () =>
      Effect.map(run(get, { status, body: { title: "" } }), ({ at }) => assert.strictEqual(at.length, times)))
  }

  it.effect("retryOn replaces the list", () =>
    Effect.gen(function*() {
      const only = Call.with({ retryOn: [500], retry: Schedule.recurs(1) })
      assert.strictEqual((yield* run(get.pipe(only), { status: 500 })).at.length, 2)
      assert.strictEqual((yield* run(get.pipe(only), { status: 503 })).at.length, 1)
      assert.strictEqual((yield* run(get.pipe(only), { fault: "refused" })).at.length, 1)
    }))

  it.effect("neither an undecodable answer nor a 401 nor a refused redirect is retried, whatever retryOn says", () =>
    Effect.gen(function*() {
      const all = Call.with({ retryOn: [200, 302, 401], retry: Schedule.recurs(2) })
      assert.strictEqual((yield* run(get.pipe(all), { body: "{" })).at.length, 1)
      assert.strictEqual((yield* run(get.pipe(all), { status: 401 })).at.length, 1)
      assert.strictEqual((yield* run(get.pipe(all), { status: 302, headers: { location: "file:///etc/passwd" } })).at.length, 1)
    }))

  it.effect("TLS failures are not retried", () => Effect.map(run(get, { fault: "untrusted" }), ({ at }) => assert.strictEqual(at.length, 1)))
})

describe("Retry-After", () => {
  const two = Call.with({ retry: Schedule.max([Schedule.spaced("1 second"), Schedule.recurs(2)]) })
  const after = (value: string) => (_: unknown, count: number): Script.Reply => count < 2 ? { status: 429, headers: { "retry-after": value } } : ok

  for (const [value, wait] of [["7", 7000], ["0", 1000], ["1", 1000]] as const) {
    it.effect(`${value} is the least delay`, () => Effect.map(run(get.pipe(two), after(value)), ({ at }) => assert.deepStrictEqual(at, [0, wait])))
  }
  it.effect("a date counts from now, and one in the past is no wish", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
      assert.deepStrictEqual((yield* run(get.pipe(two), after("Thu, 01 Jan 2026 00:00:09 GMT"))).at, [0, 9000])
      assert.deepStrictEqual((yield* run(get.pipe(two), after("Thu, 01 Jan 2025 00:00:09 GMT"))).at, [0, 1000])
    }))
  for (const value of ["-5", "1e12", "soon", "", "1.5", "0x10", "٣", "9".repeat(10_000).replace(/9/g, "x"), " ", "NaN", "Infinity"]) {
    it.effect(`security 36: ${JSON.stringify(value.slice(0, 20))} is no wish: the Schedule's own delay`, () =>
      Effect.map(run(get.pipe(two), after(value)), ({ at }) => assert.deepStrictEqual(at, [0, 1000])))
  }
  for (const value of ["1000000000000", "9".repeat(400), "99999999999999999999"]) {
    it.effect(`security 36: ${value.slice(0, 20)} is bounded by the deadline`, () =>
      Effect.gen(function*() {
        const { at, failure } = yield* run(get.pipe(two, Call.with({ deadline: "1 minute" })), after(value))
        assert.deepStrictEqual([at, failure?.notRetried], [[0], "deadline"])
      }))
    it.effect(`security 36: ${value.slice(0, 20)} without a deadline is no busy loop`, () =>
      Effect.map(run(get.pipe(two), after(value)), ({ at }) => assert.deepStrictEqual(at, [0])))
  }
  it.effect("faults 31: beyond the deadline it fails now, with the hint in the error", () =>
    Effect.gen(function*() {
      const { at, exit, failure } = yield* run(get.pipe(two, Call.with({ deadline: "5 seconds" })), after("5"), {}, 0)
      assert.isDefined(exit)
      assert.deepStrictEqual([at, failure?.notRetried, failure?.status], [[0], "deadline", 429])
      assert.deepStrictEqual(failure?.retryAfter, Duration.seconds(5))
      assert.include(failure?.message, "the wait would have ended after the deadline")
    }))
})

describe("what may be sent again", () => {
  const once = Call.with({ retry: Schedule.recurs(1) })
  const rows: ReadonlyArray<readonly [string, Effect.Effect<unknown, { readonly _tag: string; readonly notRetried?: string | undefined }, Session.Full<Billing>>, Script.Reply, number, string | undefined]> = [
    ["GET after a lost answer", get, { fault: "reset" }, 2, undefined],
    ["PUT after a lost answer", put, { fault: "reset" }, 2, undefined],
    ["PUT after 503", put, { status: 503 }, 2, undefined],
    ["POST after a lost answer", post, { fault: "reset" }, 1, "method"],
    ["POST after a truncated answer", post, { fault: "truncated" }, 1, "method"],
    ["POST after 502", post, { status: 502 }, 1, "method"],
    ["POST after 503", post, { status: 503 }, 1, "method"],
    ["POST refused before sending", post, { fault: "refused" }, 2, undefined],
    ["POST whose name does not resolve", post, { fault: "dns" }, 2, undefined],
    ["POST that surely was not processed", post, { fault: "reset", processed: "no" }, 2, undefined],
    ["POST after 429", post, { status: 429 }, 2, undefined],
    ["POST with an idempotency key after a lost answer", keyed, { fault: "reset" }, 2, undefined],
    ["POST after a lost answer where all methods may", post.pipe(Call.with({ retryMethods: "all" })), { fault: "reset" }, 2, undefined],
    ["a failing proxy", get, { fault: "proxy" }, 1, undefined]
  ]
  for (const [name, call, reply, attempts, notRetried] of rows) {
    it.effect(`${name}: ${attempts} attempt${attempts > 1 ? "s" : ""}`, () =>
      Effect.map(run(call.pipe(once), reply), ({ at, failure }) => assert.deepStrictEqual([at.length, failure?.notRetried], [attempts, notRetried])))
  }

  it.effect("an idempotency key stays the same for all attempts, and is another one for each call", () =>
    Effect.gen(function*() {
      const { script } = yield* run(Effect.andThen(keyed.pipe(Effect.ignore), keyed.pipe(Effect.ignore)).pipe(once), { fault: "reset" })
      const keys = script.seen.map(({ request }) => request.headers["idempotency-key"])
      assert.strictEqual(keys.length, 4)
      assert.strictEqual(keys[0], keys[1])
      assert.strictEqual(keys[2], keys[3])
      assert.notStrictEqual(keys[0], keys[2])
      assert.match(keys[0]!, /^[0-9a-f]{32}$/)
    }))

  it.effect("POST -> 303 -> GET that fails: the POST was acted on and is not sent again", () =>
    Effect.gen(function*() {
      for (const reply of [{ fault: "refused" }, { status: 429 }, { fault: "reset", processed: "no" }] as const) {
        const { failure, script } = yield* run(post.pipe(once), (request) => request.method === "POST" ? { status: 303, headers: { location: "/things/1" } } : reply)
        assert.deepStrictEqual(script.seen.map(({ request }) => request.method), ["POST", "GET"])
        assert.strictEqual(failure?.notRetried, "method")
        if (failure !== undefined && "processed" in failure) assert.strictEqual(failure.processed, "maybe")
      }
    }))

  it.effect("POST -> 307 -> refused: nothing was acted on, so it is sent again", () =>
    Effect.gen(function*() {
      const { script } = yield* run(post.pipe(once), (request) => request.url.pathname === "/things" ? { status: 307, headers: { location: "/moved" } } : { fault: "refused" })
      assert.strictEqual(script.seen.length, 4)
    }))

  it.effect("faults 23: a stream that can be sent once is not retried, and the error says why", () =>
    Effect.gen(function*() {
      const stream = Stream.make(new Uint8Array([1]))
      const single = yield* run(upload({ body: { stream } }).pipe(once), { fault: "reset" })
      assert.deepStrictEqual([single.at.length, single.failure?.notRetried], [1, "body"])
      assert.include(single.failure?.message, "can be sent only once")
      const replay = yield* run(upload({ body: { stream, replay: true } }).pipe(once), { fault: "reset" })
      assert.strictEqual(replay.at.length, 2)
    }))
})

describe("limits of time", () => {
  it.effect("a timeout bounds each attempt", () =>
    Effect.gen(function*() {
      const { at, failure } = yield* run(get.pipe(Call.with({ timeout: "2 seconds", retry: Schedule.recurs(2) })), { fault: "hang" })
      assert.deepStrictEqual(at, [0, 2000, 4000])
      assert.deepStrictEqual(failure?._tag === "Timeout" ? [failure.phase, Duration.toMillis(failure.limit), failure.attempts, failure.processed] : [], ["attempt", 2000, 3, "maybe"])
    }))

  it.effect("a Schedule gives the limits; the last one stays", () =>
    Effect.gen(function*() {
      const { at } = yield* run(get.pipe(Call.with({ timeout: Schedule.exponential("1 second"), retry: Schedule.recurs(3) })), { fault: "hang" })
      assert.deepStrictEqual(at, [0, 1000, 3000, 7000])
      const ends = Schedule.upTo(Schedule.exponential("1 second"), { times: 2 })
      const stays = yield* run(get.pipe(Call.with({ timeout: ends, retry: Schedule.recurs(4) })), { fault: "hang" })
      const limitsOf = stays.at.slice(1).map((time, i) => time - stays.at[i]!)
      assert.deepStrictEqual(limitsOf.slice(0, 2), [1000, 2000])
      assert.strictEqual(limitsOf.at(-1), limitsOf.at(-2))
    }))

  it.effect("each call steps a Schedule of limits from its beginning", () =>
    Effect.gen(function*() {
      const { at } = yield* run(Effect.andThen(Effect.ignore(get), Effect.ignore(get)).pipe(Call.with({ timeout: Schedule.exponential("1 second"), retry: Schedule.recurs(1) })), { fault: "hang" })
      assert.deepStrictEqual(at, [0, 1000, 3000, 4000])
    }))

  it.effect("the deadline bounds attempts and waits together", () =>
    Effect.gen(function*() {
      const { at, exit, failure } = yield* run(get.pipe(Call.with({ deadline: "5 seconds", timeout: "2 seconds", retry: Schedule.recurs(9) })), { fault: "hang" }, {}, "5 seconds")
      assert.isDefined(exit)
      assert.deepStrictEqual(at, [0, 2000, 4000])
      assert.deepStrictEqual(failure?._tag === "Timeout" ? [failure.phase, Duration.toMillis(failure.limit)] : [], ["total", 5000])
    }))

  it.effect("the deadline bounds a login", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("login", () => true, { fault: "hang" })])
      const fiber = yield* Effect.forkChild(failureOf(get.pipe(Call.with({ deadline: "3 seconds" }))).pipe(Effect.provide(over(script, { auth: Script.authentication() }))))
      yield* TestClock.adjust("3 seconds")
      // closing gives the login its grace
      yield* TestClock.adjust("5 seconds")
      const failure = yield* Fiber.join(fiber)
      assert.deepStrictEqual(failure._tag === "Timeout" ? [failure.phase, failure.processed] : [], ["total", "no"])
    }))

  it.effect("the deadline bounds a streamed body of the caller", () =>
    Effect.gen(function*() {
      const { exit, failure } = yield* run(upload({ body: { stream: Stream.never } }).pipe(Call.with({ deadline: "3 seconds" })), {}, {}, "3 seconds")
      assert.isDefined(exit)
      assert.strictEqual(failure?._tag, "Timeout")
    }))

  it.effect("faults 24: the deadline bounds a streamed answer that drips", () =>
    Effect.gen(function*() {
      let closed = 0
      const drip = Stream.tick("1 second").pipe(Stream.map(() => new Uint8Array(1)), Stream.ensuring(Effect.sync(() => closed++)))
      const transport = Layer.succeed(Transport.Transport, {
        name: "drip",
        send: () => Effect.never,
        open: () => Effect.succeed({ status: 200, headers: {}, body: drip })
      })
      const download = Endpoint.get(Billing, "/download", { success: Endpoint.Reply.stream() })
      let bytes = 0
      const read = Stream.runForEach(Endpoint.body(download)(), (chunk) => Effect.sync(() => bytes += chunk.length)).pipe(Call.with({ deadline: "3500 millis" }))
      const fiber = yield* Effect.forkChild(failureOf(read).pipe(Effect.provide(Billing.layer().pipe(Layer.provide(partsOver(transport))))))
      yield* Effect.forEach(Array.from({ length: 8 }), () => TestClock.adjust("500 millis"), { discard: true })
      const failure = yield* Fiber.join(fiber)
      assert.deepStrictEqual(failure._tag === "Timeout" ? [failure.phase, failure.processed, bytes, closed] : failure, ["total", "maybe", 3, 1])
    }))

  it.effect("a deadline that is over before the first attempt sends nothing", () =>
    Effect.gen(function*() {
      const { at, failure } = yield* run(get.pipe(Call.with({ deadline: 0 })), ok)
      assert.deepStrictEqual([at, failure?._tag], [[], "Timeout"])
    }))

  it.effect("faults 25: interruption in backoff is immediate and leaves no limit behind", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 503 })
      const deadlines = Deadlines.of(yield* Clock.Clock)
      const session = yield* Billing.make().pipe(Effect.provide(partsOver(script.layer)))
      const fiber = yield* Effect.forkChild(get.pipe(Call.with({ retry: Schedule.spaced("1 hour"), deadline: "1 day" }), Billing.use(session)))
      yield* settle
      assert.strictEqual(script.seen.length, 1)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(fiber.pollUnsafe() !== undefined)
      assert.strictEqual(deadlines.size, 0)
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(script.seen.length, 1)
    }))
})

describe("budget", () => {
  it.effect("faults 26: when it is empty first attempts pass and retries fail fast", () =>
    Effect.gen(function*() {
      const twelve = Effect.forEach(Array.from({ length: 12 }), () => Effect.ignore(get))
      const { script } = yield* run(twelve, (_, count) => count < 100 ? { status: 503 } : ok, { configuration: { budget: { capacity: 5, refund: 0.5 }, retry: Schedule.recurs(3) } })
      assert.strictEqual(script.seen.length, 17)
      const last = yield* run(get, { status: 503 }, { configuration: { budget: { capacity: 0, refund: 0 } } })
      assert.deepStrictEqual([last.at.length, last.failure?.notRetried], [1, "budget"])
    }))

  it.effect("a success gives a part of a token back, up to the capacity", () =>
    Effect.gen(function*() {
      // F: fails once, then its retry, if there is one, succeeds
      const plan = ["F", "S", "F", "S", "S", "S", "F", "F"]
      const { script } = yield* run(
        Effect.forEach(plan, (id) => Effect.ignore(getThing({ id }))),
        (request) => request.url.pathname === "/things/F" && request.attempt === 1 ? { status: 503 } : ok,
        { configuration: { budget: { capacity: 1, refund: 0.5 }, retry: Schedule.recurs(1) } }
      )
      // 1 -> 0.5 -> 1 -> 0.5 -> 1 -> 1 -> 1 -> 0.5: only the last has no retry
      assert.deepStrictEqual(script.seen.map(({ request }) => `${request.url.pathname.at(-1)}${request.attempt}`), ["F1", "F2", "S1", "F1", "F2", "S1", "S1", "S1", "F1", "F2", "F1"])
    }))

  it.effect("faults 27: where half of all answers fail, amplification is at most 1 + budget", () =>
    Effect.gen(function*() {
      const r = random(27)
      const calls = 5000
      let successes = 0
      const { script } = yield* run(Effect.forEach(Array.from({ length: calls }), () => Effect.ignore(get)), () => {
        if (r() < 0.5) return { status: 503 }
        successes++
        return ok
      }, { configuration: { retry: Schedule.recurs(3), budget: { capacity: 100, refund: 0.1 } } })
      const retries = script.seen.length - calls
      assert.isAtMost(retries, 100 + 0.1 * successes)
      assert.isAtMost(script.seen.length / calls, 1.15)
    }))

  it.effect("belongs to the session, not to the call", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 503 })
      const live = over(script, { configuration: { budget: { capacity: 1, refund: 0 }, retry: Schedule.recurs(3) } })
      yield* Effect.ignore(get).pipe(Effect.provide(live))
      yield* Effect.ignore(get).pipe(Effect.provide(live))
      assert.strictEqual(script.seen.length, 4)
    }))
})

describe("policies as Layers", () => {
  it.effect("a Policy around a part holds for that part, beats the configuration, and is beaten by the call", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 503 })
      const attempts = (self: Effect.Effect<unknown, unknown, Session.Full<Billing>>) =>
        Effect.gen(function*() {
          const before = script.seen.length
          yield* Effect.ignore(self)
          return script.seen.length - before
        })
      const recurs = (times: number) => ({ retry: Schedule.recurs(times) })
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* attempts(get), 2)
        assert.strictEqual(yield* attempts(get.pipe(Effect.provide(Policy.layer(recurs(2))))), 3)
        assert.strictEqual(yield* attempts(get.pipe(Call.with(recurs(4)), Effect.provide(Policy.layer(recurs(2))))), 5)
        // nested: the inner one lays its values over the outer one's
        assert.strictEqual(yield* attempts(get.pipe(Effect.provide(Policy.layer({ timeout: "1 second" })), Effect.provide(Policy.layer(recurs(2))))), 3)
        assert.strictEqual(yield* attempts(get.pipe(Effect.provide(Policy.layer({ retry: undefined })), Effect.provide(Policy.layer(recurs(2))))), 3)
        assert.strictEqual(yield* attempts(get), 2)
      }).pipe(Effect.provide(over(script, { configuration: recurs(1) })))
    }))

  it.effect("given to a session it is the session's, and beats its configuration", () =>
    Effect.gen(function*() {
      const { at } = yield* run(get, { status: 503 }, { configuration: { retry: Schedule.recurs(1) }, more: Policy.layer({ retry: "none" }) })
      assert.deepStrictEqual(at, [0])
    }))

  it.effect("the vendor's policy sends a POST four times at once after a lost answer", () =>
    Effect.gen(function*() {
      for (const reply of [{ fault: "reset" }, { status: 500 }, { status: 503 }, { status: 413 }] as const) {
        const { at } = yield* run(post.pipe(Effect.provide(ArgusPolicy.vendor)), reply)
        assert.deepStrictEqual(at, [0, 0, 0, 0])
      }
      assert.strictEqual((yield* run(post.pipe(Effect.provide(ArgusPolicy.vendor)), { status: 502 })).at.length, 1)
    }))
})

describe("redirects", () => {
  const chain = (length: number) => (request: { readonly url: URL }): Script.Reply => {
    const at = Number(request.url.searchParams.get("n") ?? "0")
    return at < length ? { status: 302, headers: { location: `/things/1?n=${at + 1}` } } : ok
  }
  it.effect("ten in a row are followed, eleven are not", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* run(get, chain(10))).exit?._tag, "Success")
      const eleven = yield* run(get, chain(11))
      assert.deepStrictEqual([eleven.failure?._tag, eleven.at.length], ["RedirectRefused", 11])
    }))
  it.effect("0 refuses any", () =>
    Effect.gen(function*() {
      const { at, failure } = yield* run(get.pipe(Call.with({ redirects: 0 })), chain(1))
      assert.deepStrictEqual([at.length, failure?._tag === "RedirectRefused" && failure.reason], [1, "limit"])
    }))
  it.effect("a loop is refused at once", () =>
    Effect.gen(function*() {
      const { at, failure } = yield* run(get, { status: 302, headers: { location: "/things/1" } })
      assert.deepStrictEqual([at.length, failure?._tag === "RedirectRefused" && failure.reason], [1, "loop"])
    }))
  it.effect("each attempt follows from the beginning, and one limit bounds the whole chain", () =>
    Effect.gen(function*() {
      const { at, failure } = yield* run(get.pipe(Call.with({ timeout: "2500 millis", retry: Schedule.recurs(1) })), (request) => ({ ...chain(9)(request), delay: "1 second" }))
      assert.deepStrictEqual(at, [0, 1000, 2000, 2500, 3500, 4500])
      assert.strictEqual(failure?._tag, "Timeout")
    }))
  it.effect("methods and bodies as RFC 9110 section 15.4 says", () =>
    Effect.gen(function*() {
      for (const [status, method, body] of [[301, "GET", false], [302, "GET", false], [303, "GET", false], [307, "POST", true], [308, "POST", true]] as const) {
        const { script } = yield* run(post, (request) => request.url.pathname === "/things" ? { status, headers: { location: "/moved" } } : ok)
        const second = script.seen[1]!.request
        assert.deepStrictEqual([second.method, second.body !== undefined, second.headers["content-type"] !== undefined], [method, body, body], String(status))
      }
    }))
})

describe("the authentication of a session is inside the policies", () => {
  it.effect("a 401 that a new token mends is no retry and costs nothing of the budget", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login(), Script.on("api", () => true, (request) => request.headers["authorization"] === "Bearer token-2" ? ok : { status: 401 })])
      yield* get.pipe(Effect.provide(over(script, { auth: Script.authentication(), configuration: { budget: { capacity: 0, refund: 0 }, retry: "none" } })))
      assert.strictEqual(script.count("api"), 2)
    }))
  it.effect("a one-time stream that meets a 401 is not sent again", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login(), Script.on("api", () => true, { status: 401 })])
      const failure = yield* failureOf(upload({ body: { stream: Stream.make(new Uint8Array(1)) } }).pipe(Effect.provide(over(script, { auth: Script.authentication() }))))
      assert.deepStrictEqual([failure._tag, script.count("api"), script.count("login")], ["AuthenticationFailed", 1, 1])
      assert.include(failure.message, "authenticate()")
    }))
})
