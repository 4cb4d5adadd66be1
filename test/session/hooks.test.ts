import { assert, describe, it } from "@effect/vitest"
import { Call, ConnectionFailed, Hooks, InvalidInput, type Session } from "credence"
import { Script } from "credence/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { answering, type Billing, failureOf, getThing, ok, over, postThing, search, settle } from "../support/billing.ts"

const get = getThing({ id: "1" })

/** Writes down each place. */
const recorder = (log: Array<string>, name = "", reveal = false): Hooks.Hooks => ({
  call: (e) => Effect.sync(() => log.push(`${name}call ${e.operation} ${e.method}`)),
  attempt: (e) => Effect.sync(() => void log.push(`${name}attempt ${e.attempt}`)),
  hop: (e) => Effect.sync(() => void log.push(`${name}hop ${e.attempt}.${e.hop} ${e.method} ${new URL(e.url).pathname}`)),
  response: (e) => Effect.sync(() => log.push(`${name}response ${e.attempt}.${e.hop} ${e.status}`)),
  failure: (e) => Effect.sync(() => log.push(`${name}failure ${e.attempt} ${e.failure._tag} ${e.retrying}`)),
  drift: (e) => Effect.sync(() => log.push(`${name}drift ${e.drift.map((d) => `${d.kind} ${d.path}`).join()}`)),
  reveal
})

const api = (answer: (request: { readonly url: URL; readonly headers: Readonly<Record<string, string>>; readonly method: string }, count: number) => Script.Reply) =>
  Script.make([Script.login(), Script.on("api", () => true, answer)])

const quick = Call.with({ retry: Schedule.recurs(1) })

describe("hooks: which places run, how often, in which order", () => {
  const redirect = { status: 302, headers: { location: "/things/2" } }
  const rows: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown, Session.Full<Billing>>, Parameters<typeof api>[0], ReadonlyArray<string>]> = [
    ["plain", get, () => ok, ["call getThing GET", "attempt 1", "hop 1.0 GET /things/1", "response 1.0 200"]],
    ["retry", get, (_, n) => n === 1 ? { status: 503 } : ok, [
      "call getThing GET",
      "attempt 1",
      "hop 1.0 GET /things/1",
      "response 1.0 503",
      "failure 1 UnexpectedStatus true",
      "attempt 2",
      "hop 2.0 GET /things/1",
      "response 2.0 200"
    ]],
    ["retries that end", get, () => ({ fault: "refused" }), [
      "call getThing GET",
      "attempt 1",
      "hop 1.0 GET /things/1",
      "failure 1 ConnectionFailed true",
      "attempt 2",
      "hop 2.0 GET /things/1",
      "failure 2 ConnectionFailed false"
    ]],
    ["redirect", get, (r) => r.url.pathname === "/things/1" ? redirect : ok, ["call getThing GET", "attempt 1", "hop 1.0 GET /things/1", "response 1.0 302", "hop 1.1 GET /things/2", "response 1.1 200"]],
    ["401, renewed once", get, (r) => r.headers["authorization"] === "Bearer token-1" ? { status: 401 } : ok, [
      "call getThing GET",
      "attempt 1",
      "hop 1.0 GET /things/1",
      "response 1.0 401",
      "hop 1.1 GET /things/1",
      "response 1.1 200"
    ]],
    ["401 for good", get, () => ({ status: 401 }), [
      "call getThing GET",
      "attempt 1",
      "hop 1.0 GET /things/1",
      "response 1.0 401",
      "hop 1.1 GET /things/1",
      "response 1.1 401",
      "failure 1 AuthenticationFailed false"
    ]],
    ["redirect, 401 at its target, then 503, then all again", get, (r, n) => r.url.pathname === "/things/1" ? redirect : n === 2 ? { status: 401 } : n === 3 ? { status: 503 } : ok, [
      "call getThing GET",
      "attempt 1",
      "hop 1.0 GET /things/1",
      "response 1.0 302",
      "hop 1.1 GET /things/2",
      "response 1.1 401",
      "hop 1.2 GET /things/2",
      "response 1.2 503",
      "failure 1 UnexpectedStatus true",
      "attempt 2",
      "hop 2.0 GET /things/1",
      "response 2.0 302",
      "hop 2.1 GET /things/2",
      "response 2.1 200"
    ]],
    ["drift", get, () => ({ body: { id: "1", extra: true } }), ["call getThing GET", "attempt 1", "hop 1.0 GET /things/1", "response 1.0 200", "drift unknown field extra"]],
    ["a declared error", get, () => ({ status: 404, body: { title: "no" } }), ["call getThing GET", "attempt 1", "hop 1.0 GET /things/1", "response 1.0 404", "failure 1 NotFound false"]],
    ["invalid input", getThing({ id: 1 as never }), () => ok, []],
    ["a POST that is not retried", postThing({ body: { id: "1" } }), () => ({ status: 503 }), [
      "call postThing POST",
      "attempt 1",
      "hop 1.0 POST /things",
      "response 1.0 503",
      "failure 1 UnexpectedStatus false"
    ]]
  ]
  for (const [name, call, answer, expected] of rows) {
    for (const place of ["session", "part"] as const) {
      it.effect(`${name} (hooks of the ${place})`, () =>
        Effect.gen(function*() {
          const log: Array<string> = []
          const script = yield* api(answer)
          const hooks = Hooks.layer(recorder(log))
          const auth = Script.authentication()
          yield* Effect.ignore(call).pipe(quick, place === "part" ? Effect.provide(hooks) : (self) => self, Effect.provide(over(script, place === "session" ? { auth, more: hooks } : { auth })))
          // a login is a call of the session, too: the session's own hooks see it, those of a part do not
          assert.strictEqual(log.some((line) => line.startsWith("call login")), place === "session" && expected.length > 0)
          assert.deepStrictEqual(place === "session" ? withoutLogins(log) : log, expected)
        }))
    }
  }

  it.effect("several: outermost first; hooks of the session before those around the call; each once, also when they are both", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* answering(ok)
      const named = (name: string) => Hooks.layer({ call: () => Effect.sync(() => log.push(name)) })
      yield* get.pipe(Effect.provide(named("inner")), Effect.provide(named("outer")), Effect.provide(over(script, { more: named("session") })))
      assert.deepStrictEqual(log, ["session", "outer", "inner"])
      log.length = 0
      yield* get.pipe(Effect.provide(over(script)), Effect.provide(named("both")))
      assert.deepStrictEqual(log, ["both"])
    }))
})

/** What is left when the events of logins are taken out: they are whole calls inside a call. */
const withoutLogins = (log: ReadonlyArray<string>): ReadonlyArray<string> => {
  const out: Array<string> = []
  for (let i = 0; i < log.length; i++) {
    if (log[i]?.startsWith("call login")) i += 3
    else out.push(log[i]!)
  }
  return out
}

describe("hooks: what they may do", () => {
  it.effect("headers of attempt and hop arrive, on each request of the attempt, beat the session's, and may be replaced by the call's", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => request.url.pathname === "/things/1" ? { status: 302, headers: { location: "/things/2" } } : ok)
      const hooks = Hooks.layer({
        attempt: (e) => Effect.succeed({ headers: { "X-Attempt": String(e.attempt), "x-both": "attempt", "x-session": "hook" } }),
        hop: (e) => Effect.succeed({ headers: { "x-hop": `${e.hop} ${e.headers["x-attempt"]}`, "x-both": "hop" } })
      })
      yield* get.pipe(Effect.provide(hooks), Call.with({ headers: { "x-attempt": "call" } }), Effect.provide(over(script, { configuration: { headers: { "X-Session": "session" } } })))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.headers["x-attempt"], request.headers["x-hop"], request.headers["x-both"], request.headers["x-session"]]), [
        ["call", "0 call", "hop", "hook"],
        ["call", "1 call", "hop", "hook"]
      ])
    }))

  it.effect("another origin gets none of them", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => request.url.host === "api.test" ? { status: 302, headers: { location: "https://evil.test/" } } : ok)
      const hooks = Hooks.layer({ attempt: () => Effect.succeed({ headers: { "x-sign": "a" } }), hop: () => Effect.succeed({ headers: { "x-sign": "h" } }) })
      yield* get.pipe(Effect.provide(hooks), Effect.provide(over(script)))
      yield* get.pipe(Effect.provide(hooks), Call.with({ baseUrl: "https://evil.test" }), Effect.provide(over(script)))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.url.host, request.headers["x-sign"]]), [["api.test", "h"], ["evil.test", undefined], ["evil.test", undefined]])
    }))

  for (const value of ["a\r\nx-evil: 1", "a\nb", "a\0", "snow\u2603"]) {
    for (const place of ["attempt", "hop"] as const) {
      it.effect(`security 16: ${JSON.stringify(value)} from ${place} is InvalidInput, and nothing is sent`, () =>
        Effect.gen(function*() {
          const script = yield* answering(ok)
          const failure = yield* failureOf(get.pipe(Effect.provide(Hooks.layer({ [place]: () => Effect.succeed({ headers: { "x-a": value } }) })), Effect.provide(over(script))))
          assert.deepStrictEqual([failure._tag, script.seen.length], ["InvalidInput", 0])
          assert.notInclude(failure.message, "evil")
        }))
    }
  }

  it.effect("texts come redacted; with `reveal` as they are, the body too", () =>
    Effect.gen(function*() {
      const seen: Array<Hooks.HopEvent> = []
      const answers: Array<Hooks.ResponseEvent> = []
      const script = yield* answering({ ...ok, headers: { "set-cookie": "sid=cookie-secret", "x-echo": "token-of-the-session" } })
      const hooks = (reveal: boolean) => Hooks.layer({ hop: (e) => Effect.sync(() => void seen.push(e)), response: (e) => Effect.sync(() => void answers.push(e)), reveal })
      yield* Effect.andThen(search({ token: "query-secret" }), postThing({ body: { id: "body-secret" } })).pipe(Effect.provide(Layer.mergeAll(hooks(false))), Effect.provide(over(script)))
      const hidden = JSON.stringify([seen, answers])
      for (const secret of ["query-secret", "body-secret", "token-of-the-session", "cookie-secret"]) assert.notInclude(hidden, secret)
      seen.length = 0
      answers.length = 0
      yield* Effect.andThen(search({ token: "query-secret" }), postThing({ body: { id: "body-secret" } })).pipe(Effect.provide(hooks(true)), Effect.provide(over(script)))
      const revealed = JSON.stringify([seen.map((e) => ({ ...e, body: String(e.body) })), answers])
      for (const secret of ["query-secret", "body-secret", "token-of-the-session", "cookie-secret"]) assert.include(revealed, secret)
    }))

  for (const place of ["call", "attempt", "hop", "response", "failure", "drift"] as const) {
    it.effect(`a failing ${place} hook fails the call, typed`, () =>
      Effect.gen(function*() {
        const script = yield* answering(place === "failure" ? { status: 404, body: { title: "no" } } : { body: { id: "1", extra: 1 } })
        const mine = new InvalidInput({ operation: "mine", method: "-", url: "-", attempts: 0, issues: [] })
        const failure = yield* failureOf(get.pipe(Effect.provide(Hooks.layer({ [place]: () => Effect.fail(mine) })), Effect.provide(over(script))))
        assert.strictEqual(failure, mine)
      }))
  }

  it.effect("what hooks need is taken from where their layer is built", () =>
    Effect.gen(function*() {
      class Sink extends Context.Service<Sink, { readonly add: (line: string) => void }>()("test/Sink") {}
      const log: Array<string> = []
      const script = yield* answering(ok)
      const hooks = Hooks.layer<Sink>({ call: (e) => Effect.map(Sink, (sink) => sink.add(e.operation)) })
      yield* get.pipe(Effect.provide(hooks.pipe(Layer.provide(Layer.succeed(Sink, { add: (line) => log.push(line) })))), Effect.provide(over(script)))
      assert.deepStrictEqual(log, ["getThing"])
    }))

  it.effect("the deadline bounds every hook", () =>
    Effect.gen(function*() {
      const script = yield* answering({ body: { id: "1", extra: 1 } })
      for (const place of ["call", "attempt", "hop", "response", "drift"] as const) {
        const fiber = yield* Effect.forkChild(failureOf(get.pipe(Call.with({ deadline: "1 second" }), Effect.provide(Hooks.layer({ [place]: () => Effect.never })), Effect.provide(over(script)))))
        yield* TestClock.adjust("1 second")
        const failure = yield* Fiber.join(fiber)
        assert.deepStrictEqual(failure._tag === "Timeout" ? [failure.phase, failure.processed] : [], ["total", place === "response" || place === "drift" ? "maybe" : "no"], place)
      }
    }))

  it.effect("a hook that hangs is bounded by the attempt's limit; nothing was sent", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      for (const place of ["attempt", "hop"] as const) {
        const fiber = yield* Effect.forkChild(failureOf(get.pipe(Call.with({ timeout: "1 second", retry: "none" }), Effect.provide(Hooks.layer({ [place]: () => Effect.never })), Effect.provide(over(script)))))
        yield* TestClock.adjust("1 second")
        const failure = yield* Fiber.join(fiber)
        assert.deepStrictEqual(failure._tag === "Timeout" ? [failure.phase, failure.processed] : [], ["attempt", "no"])
      }
      assert.strictEqual(script.seen.length, 0)
    }))

  for (const place of ["response", "drift"] as const) {
    it.effect(`a ${place} hook that hangs does not have a POST sent twice`, () =>
      Effect.gen(function*() {
        const script = yield* answering({ body: { id: "1", extra: 1 } })
        const call = postThing({ body: { id: "1" } }).pipe(Call.with({ timeout: "1 second", retry: Schedule.recurs(3) }), Effect.provide(Hooks.layer({ [place]: () => Effect.never })))
        const fiber = yield* Effect.forkChild(failureOf(call.pipe(Effect.provide(over(script)))))
        yield* TestClock.adjust("1 minute")
        const failure = yield* Fiber.join(fiber)
        assert.deepStrictEqual([script.seen.length, failure._tag === "Timeout" && failure.processed], [1, "maybe"])
      }))
  }

  it.effect("a slow failure hook neither hides a failure nor stops its retry", () =>
    Effect.gen(function*() {
      const script = yield* answering({ fault: "hang" })
      const heard: Array<number> = []
      const slow = Hooks.layer({ failure: (e) => Effect.andThen(Effect.sleep("100 millis"), Effect.sync(() => heard.push(e.attempt))) })
      const fiber = yield* Effect.forkChild(failureOf(get.pipe(Call.with({ timeout: "1 second", retry: Schedule.recurs(1) }), Effect.provide(slow), Effect.provide(over(script)))))
      yield* TestClock.adjust("1 minute")
      const failure = yield* Fiber.join(fiber)
      assert.deepStrictEqual([heard, script.seen.length, failure._tag === "Timeout" && failure.processed], [[1, 2], 2, "maybe"])
    }))

  it.effect("a failure hook has no time beyond the deadline, and does not replace the failure", () =>
    Effect.gen(function*() {
      const script = yield* answering({ fault: "hang" })
      const fiber = yield* Effect.forkChild(failureOf(get.pipe(Call.with({ deadline: "1 second" }), Effect.provide(Hooks.layer({ failure: () => Effect.never })), Effect.provide(over(script)))))
      yield* TestClock.adjust("1 second")
      yield* settle
      const failure = yield* Fiber.join(fiber)
      assert.deepStrictEqual(failure._tag === "Timeout" ? [failure.phase, failure.processed] : failure._tag, ["total", "maybe"])
    }))

  it.effect("a hook's own failure ends the call: another attempt would not mend it, and might pay twice", () =>
    Effect.gen(function*() {
      const unreachable = () => Effect.fail(new ConnectionFailed({ operation: "audit", method: "POST", url: "-", attempts: 1, reason: "refused", processed: "no" }))
      for (const [hooks, sent] of [[{ attempt: unreachable }, 0], [{ hop: unreachable }, 0], [{ response: unreachable }, 1]] as const) {
        const script = yield* answering(ok)
        const error = yield* failureOf(postThing({ body: { id: "1" } }).pipe(Call.with({ retry: Schedule.recurs(3), retryMethods: "all" }), Effect.provide(Hooks.layer(hooks)), Effect.provide(over(script))))
        assert.deepInclude(error, { _tag: "ConnectionFailed", operation: "audit" })
        assert.strictEqual(script.seen.length, sent)
      }
    }))
})
