import { assert, describe, it } from "@effect/vitest"
import { Auth } from "credence"
import { AuthenticationFailed, ConnectionFailed } from "credence/errors"
import { Script } from "credence/testing"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as TestClock from "effect/testing/TestClock"
import * as Timing from "../../src/layers/auth/timing.ts"
import { Billing, failureOf, getThing, ok, random } from "../support/billing.ts"
import { formOf, Memory, password, seeded, settle, start, tokenServer } from "./support.ts"

const down = (when: () => boolean) => ({ refuse: () => when() ? { fault: "refused" } as const : undefined })

/** a call every `every` milliseconds */
const inUse = <A, E>(call: Effect.Effect<A, E>, millis: number, every: number) =>
  Effect.gen(function*() {
    for (let at = 0; at < millis; at += every) {
      yield* TestClock.adjust(every)
      yield* call
      yield* settle
    }
  })

describe("ahead of the end", () => {
  it.effect("a token in use is renewed in the background; no call waits for it", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 1000, delay: 10_000 })
      const process = yield* start(script, seeded(), undefined)
      const first = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(first)
      // each call is there at once, although the token endpoint takes 10 seconds
      yield* inUse(process.call, 3_000_000, 5_000)
      assert.isAtLeast(server.rotations, 3)
      assert.isAtMost(server.rotations, 4)
      assert.strictEqual(script.count("api"), 601)
    }))

  it.effect("nothing is asked for while it is not used", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer({ expiresIn: 100 })
      const process = yield* start(script, seeded(), undefined)
      yield* process.call
      yield* TestClock.adjust("10 days")
      assert.strictEqual(script.count("token"), 1)
    }))

  it.effect("faults 11: a life shorter than the window: one renewal each, not one per request", () =>
    Effect.gen(function*() {
      for (const expiresIn of [0.5, 2, 30, 299]) {
        const { script, server } = yield* tokenServer({ expiresIn })
        const process = yield* start(script, seeded(), undefined)
        yield* process.call
        yield* inUse(process.call, expiresIn * 10_000, expiresIn * 10)
        // renewed between 70 % and 80 % (81 % with what the calls are apart) of each life
        assert.isAtLeast(server.rotations, 12, `${expiresIn} s`)
        assert.isAtMost(server.rotations, 15, `${expiresIn} s`)
        yield* process.close
      }
    }))

  it.effect("those who hold one token do not come at once: the first one renews it, the others find it", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 3600 })
      const store = Memory.make()
      const processes = yield* Effect.forEach(Array.from({ length: 20 }), () => start(script, seeded(), store))
      const all = Effect.forEach(processes, ({ call }) => call, { discard: true })
      yield* all
      const dues = yield* Effect.forEach(processes, ({ session }) => Effect.map(session.status, ({ authentication }) => authentication.nextRefresh ?? 0))
      assert.isAbove(Math.max(...dues) - Math.min(...dues), 60_000)
      yield* inUse(all, 3_600_000, 10_000)
      assert.deepStrictEqual([server.rotations, server.most, server.reused], [2, 0, []])
    }).pipe(Random.withSeed("spread")))

  it.effect("faults 9: the identity provider is down while the token is good: calls succeed, renewals back off with jitter", () =>
    Effect.gen(function*() {
      let isDown = false
      const { script } = yield* tokenServer({ expiresIn: 3600, ...down(() => isDown) })
      const process = yield* start(script, seeded(), undefined)
      yield* process.call
      isDown = true
      yield* TestClock.adjust("55 minutes")
      yield* inUse(process.call, 4 * 60_000, 100)
      // renewals are spread over 30 seconds at most, so 4 minutes have few of them
      const asked = script.seen.filter(({ step }) => step === "token").map(({ at }) => at).slice(1)
      assert.isAtLeast(asked.length, 8)
      assert.isAtMost(asked.length, 24)
      const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
      assert.isAtMost(Math.max(...pauses), 30_100)
      assert.isAtLeast(Math.min(...pauses.slice(5)), 15_000)
      assert.isAbove(new Set(pauses.slice(5)).size, 1)
      yield* settle
      assert.strictEqual(process.happened.filter((what) => what === "RenewalFailed ConnectionFailed").length, asked.length)
      const { authentication } = yield* process.session.status
      assert.strictEqual(authentication.state, "active")
      isDown = false
      yield* inUse(process.call, 31_000, 1000)
      assert.strictEqual((yield* process.session.status).authentication.generation, 2)
    }))

  it.effect("faults 2, 10: down for hours: the next call tries afresh after one failure, then the last failure is the answer for up to 30 seconds", () =>
    Effect.gen(function*() {
      let isDown = true
      const { script, server } = yield* tokenServer({ expiresIn: 3600, ...down(() => isDown) })
      const process = yield* start(script, seeded(), undefined)
      const one = yield* failureOf(process.call)
      const two = yield* failureOf(process.call)
      const three = yield* failureOf(process.call)
      assert.strictEqual(script.count("token"), 2)
      assert.notStrictEqual(one, two)
      assert.strictEqual(two, three)
      for (let minute = 0; minute < 240; minute++) {
        for (let i = 0; i < 10; i++) {
          yield* failureOf(process.call)
          yield* TestClock.adjust("6 seconds")
        }
      }
      // 4 hours of 10 calls a minute: one try in 15 to 30 seconds at most
      assert.isAtMost(script.count("token"), 960)
      assert.isAtLeast(script.count("token"), 480)
      isDown = false
      yield* TestClock.adjust("30 seconds")
      yield* process.call
      assert.strictEqual(server.rotations, 1)
    }))

  for (const [name, step] of [["back by 10 minutes", -600_000], ["on by 10 minutes", 600_000], ["on by a year", 31_536_000_000]] as const) {
    it.effect(`faults 13: a wall clock that steps ${name} does not end a token, nor keep it`, () =>
      Effect.gen(function*() {
        const { script, server } = yield* tokenServer({ expiresIn: 100 })
        const clock = yield* Clock.Clock
        let offset = 0
        // the monotonic part of it goes on as it did
        const stepping = Object.create(clock, {
          currentTimeMillisUnsafe: { value: () => clock.currentTimeMillisUnsafe() + offset },
          currentTimeMillis: { value: Effect.sync(() => clock.currentTimeMillisUnsafe() + offset) }
        }) as Clock.Clock
        const process = yield* start(script, seeded(), undefined).pipe(Effect.provideService(Clock.Clock, stepping))
        yield* process.call
        offset = step
        yield* TestClock.adjust("60 seconds")
        yield* process.call
        assert.strictEqual(server.rotations, 1)
        assert.strictEqual((yield* process.session.status).authentication.expires, 100_000 + step)
        yield* TestClock.adjust("31 seconds")
        yield* process.call
        assert.strictEqual(server.rotations, 2)
      }))
  }

  it.effect("closing in a background renewal waits for what is committed, and no longer than 5 seconds", () =>
    Effect.gen(function*() {
      let hangs = false
      const { script } = yield* tokenServer({ expiresIn: 100, answer: (_, __, body) => hangs ? { fault: "hang" } : { body } })
      const process = yield* start(script, seeded(), undefined)
      yield* process.call
      hangs = true
      yield* TestClock.adjust("85 seconds")
      yield* process.call
      const closing = yield* Effect.forkChild(process.close)
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(closing.pollUnsafe()?._tag, "Success")
    }))
})

describe("more scopes", () => {
  /** a server that gives the scopes that it is asked for, and says so */
  const scoped = () => tokenServer({ expiresIn: 100, delay: 1000, answer: (_, __, body) => ({ body: { scope: "read", ...body }, delay: 1000 }) })
  const asked = (script: Script.Script) => script.seen.filter(({ step }) => step === "token").map(({ request }) => `${formOf(request).get("grant_type")} ${formOf(request).get("scope") ?? ""}`.trim())

  it.effect("faults 14: asked for during a plain renewal: a flight of its own, after it", () =>
    Effect.gen(function*() {
      const { script, server } = yield* scoped()
      const process = yield* start(script, password(), undefined)
      const first = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(first)
      yield* TestClock.adjust("95 seconds")
      const plain = yield* Effect.forkChild(process.call)
      yield* settle
      const more = yield* Effect.forkChild(Billing.authenticate({ scopes: ["write"] }).pipe(Billing.use(process.session)))
      const same = yield* Effect.forkChild(process.session.stepUp(["write"]))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(plain.pollUnsafe()?._tag, "Success")
      assert.isUndefined(more.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([more.pollUnsafe()?._tag, same.pollUnsafe()?._tag], ["Success", "Success"])
      // what the login is asked for grows; a renewal keeps it
      assert.deepStrictEqual(asked(script), ["password", "refresh_token", "password write"])
      assert.deepStrictEqual((yield* process.session.status).authentication.scopes, ["write"])
      yield* process.session.stepUp(["write"])
      assert.strictEqual(script.count("token"), 3)
      yield* TestClock.adjust("95 seconds")
      const later = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(later)
      assert.deepStrictEqual(asked(script).slice(3), ["refresh_token"])
      assert.deepStrictEqual(server.reused, [])
    }))

  it.effect("faults 14: a plain renewal during it does not wait for more than it needs, nor fail with it", () =>
    Effect.gen(function*() {
      const { script } = yield* scoped()
      const process = yield* start(script, password(), undefined)
      const more = yield* Effect.forkChild(failureOf(process.session.stepUp(["read", "write"])))
      yield* settle
      const plain = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(plain.pollUnsafe()?._tag, "Success")
      yield* Fiber.interrupt(more)
    }))

  /** callers that want a token, and callers that want more of it, at any time, with failures, interrupts and revocations */
  const crowd = (seed: number) =>
    Effect.gen(function*() {
      const r = random(seed)
      const bad: Array<string> = []
      // RFC 6749 section 6: a renewal that asks for nothing gives what was granted
      let granted = "read"
      const { script, server } = yield* tokenServer({
        expiresIn: 0.2 + r() * 2,
        refuse: (_, form) => {
          if (r() < 0.1) return { fault: "refused", delay: r() * 40 }
          if (form.get("grant_type") === "password") granted = form.get("scope") ?? "read"
          return undefined
        },
        answer: (_, __, body) => ({ body: { ...body, scope: granted }, delay: r() * 60 })
      })
      const process = yield* start(script, password(), r() < 0.5 ? Memory.make() : undefined)
      const stopped = new Set<unknown>()
      let wider = 0
      const got = new Set<string>()
      const fibers = yield* Effect.forEach(Array.from({ length: 16 }), (_, index) => {
        const wanted = [["write"], ["admin"], ["write", "admin"]][index % 4]
        const more = (scopes: ReadonlyArray<string>) => Effect.flatMap(process.session.stepUp(scopes), () => Effect.map(process.session.status, ({ authentication }) => {
          wider++
          for (const scope of scopes) got.add(scope)
          if (!scopes.every((scope) => authentication.scopes?.includes(scope) === true)) bad.push(`${scopes.join()} were asked for, ${authentication.scopes?.join()} is there`)
        }))
        const what = wanted === undefined ? Effect.andThen(process.call, Effect.delay(process.call, r() * 300)) : more(wanted)
        return Effect.forkChild(Effect.delay(Effect.asVoid(what), r() * 600))
      })
      for (let step = 0; step < 16; step++) {
        yield* TestClock.adjust(r() * 80)
        const fiber = fibers[Math.floor(r() * 16)]
        if (fiber !== undefined && r() < 0.3 && fiber.pollUnsafe() === undefined) {
          stopped.add(fiber)
          fiber.interruptUnsafe()
        }
        if (r() < 0.1) server.good.clear()
      }
      yield* TestClock.adjust("2 minutes")
      for (const fiber of fibers) {
        const exit = fiber.pollUnsafe()
        if (exit === undefined) bad.push("a caller hangs")
        else if (Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)) {
          if (!stopped.has(fiber)) bad.push("an interruption that is not the caller's own")
        } else if (Exit.isFailure(exit)) {
          const error = Cause.squash(exit.cause)
          // scripted, or a token that was revoked while it was on its way
          if (!(error instanceof ConnectionFailed) && !(error instanceof AuthenticationFailed && error.reason === "rejected")) bad.push(String(error))
        }
      }
      if (server.reused.length > 0) bad.push(`sent twice: ${server.reused.join()}`)
      const { authentication } = yield* process.session.status
      for (const scope of got) if (authentication.scopes?.includes(scope) !== true) bad.push(`${scope} was given, and is gone: ${authentication.scopes?.join()}`)
      yield* process.close
      return { bad, wider, logins: server.logins, rotations: server.rotations }
    }).pipe(Random.withSeed(seed), Effect.provide(TestClock.layer()))

  it.live("faults 14: 1,000 seeds of renewals and of asking for more", () =>
    Effect.gen(function*() {
      const total = { wider: 0, logins: 0, rotations: 0 }
      for (let seed = 1; seed <= 1000; seed++) {
        const run = yield* Effect.scoped(crowd(seed))
        assert.deepStrictEqual(run.bad, [], `seed ${seed}`)
        total.wider += run.wider
        total.logins += run.logins
        total.rotations += run.rotations
      }
      assert.isAbove(total.wider, 5000)
      assert.isAbove(total.logins, 1500)
      assert.isAbove(total.rotations, 500)
    }), 120_000)

  it.effect("a server that does not give them fails with what is missing; what it gave is used all the same", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer({ answer: (_, __, body) => ({ body: { ...body, scope: "read" } }) })
      const process = yield* start(script, password(), undefined)
      const failure = yield* failureOf(process.session.stepUp(["read", "write"]))
      assert.include(failure.message, "the server does not give write")
      yield* process.call
      assert.strictEqual(script.count("token"), 1)
    }))

  it.effect("a login that cannot be asked for more says so", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer()
      for (const auth of [seeded(), Auth.anonymous()]) {
        const failure = yield* failureOf((yield* start(script, auth, undefined)).session.stepUp(["write"]))
        assert.strictEqual(failure._tag, "CapabilityUnavailable")
      }
    }))
})

describe("a 403 that says insufficient_scope", () => {
  const needed = (scope: string) => ({ status: 403, headers: { "www-authenticate": `Bearer realm="things", error="insufficient_scope", scope="${scope}"` }, body: { title: "no" } })
  /** tokens are named by the scopes that they were asked for, and `/things/{id}` needs the scope `id` */
  const scoped = (gives: (scope: string) => boolean = () => true) =>
    Script.make([
      Script.on("token", (request) => request.url.pathname === "/token", (request) => {
        const scope = (formOf(request).get("scope") ?? "").split(" ").filter(gives).join(" ")
        return { body: { access_token: `[${scope}]`, refresh_token: "r", scope } }
      }),
      Script.on("api", () => true, (request) => {
        const wanted = request.url.pathname.split("/").at(-1) ?? ""
        return request.headers["authorization"]?.includes(wanted) === true ? ok : needed(wanted)
      })
    ])

  it.effect("is answered by signing in for that as well, once, and for the rest of the session", () =>
    Effect.gen(function*() {
      const script = yield* scoped()
      const { session } = yield* start(script, password({ escalates: Auth.insufficientScope }), undefined)
      for (const id of ["read", "write", "read"]) yield* getThing({ id }).pipe(Billing.use(session))
      assert.deepStrictEqual([script.count("token"), script.count("api")], [3, 5])
      assert.deepStrictEqual((yield* session.status).authentication.scopes, ["read", "write"])
    }))

  it.effect("stands where the server does not give the scope, which is asked for once", () =>
    Effect.gen(function*() {
      const script = yield* scoped((scope) => scope === "read")
      const { session } = yield* start(script, password({ escalates: Auth.insufficientScope }), undefined)
      yield* getThing({ id: "read" }).pipe(Billing.use(session))
      for (let i = 0; i < 3; i++) assert.deepInclude(yield* failureOf(getThing({ id: "write" }).pipe(Billing.use(session))), { _tag: "UnexpectedStatus", status: 403 })
      assert.deepStrictEqual([script.count("token"), script.count("api")], [3, 5])
      yield* getThing({ id: "read" }).pipe(Billing.use(session))
      assert.strictEqual(script.count("token"), 3)
    }))

  it.effect("stands where nobody said that it is to be answered, and security 44: what else the server names is not contacted", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.on("token", (request) => request.url.href === "https://api.test/token", { body: { access_token: "a", refresh_token: "r" } }),
        Script.on("api", (request) => request.url.origin === "https://api.test" && request.url.pathname.startsWith("/things"), (_, count) => ({
          status: count % 2 === 0 ? 401 : 403,
          headers: { "www-authenticate": `Bearer error="insufficient_scope", authorization_uri="https://evil.test/authorize", resource_metadata="https://evil.test/meta", token_endpoint="https://evil.test/token"` }
        }))
      ])
      for (const options of [{}, { escalates: Auth.insufficientScope }]) {
        const process = yield* start(script, password(options), undefined)
        for (let i = 0; i < 4; i++) yield* failureOf(process.call)
      }
      assert.deepStrictEqual([...new Set(script.seen.map(({ request }) => request.url.origin))], ["https://api.test"])
    }))
})

describe("a login that asks a person", () => {
  it.effect("is not done ahead of time, and given up when nobody waits for it", () =>
    Effect.gen(function*() {
      let asked = 0
      let left = 0
      const script = yield* Script.make([Script.on("api", () => true, ok)])
      const login = Effect.suspend(() => {
        asked++
        return Effect.onInterrupt(Effect.delay(Effect.succeed({ accessToken: `a-${asked}`, lifetime: 100_000 }), "10 seconds"), () => Effect.sync(() => left++))
      })
      const process = yield* start(script, password({ interactive: true, login, refresh: undefined }), undefined)
      const waiter = yield* Effect.forkChild(process.call)
      yield* settle
      yield* Fiber.interrupt(waiter)
      assert.deepStrictEqual([asked, left], [1, 1])
      const again = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(Exit.isExit(again.pollUnsafe()))
      yield* inUse(process.call, 85_000, 5000)
      assert.strictEqual(asked, 2)
    }))

  it.effect("what can be renewed without it is renewed in the background; who waits may be asked", () =>
    Effect.gen(function*() {
      let refused = false
      const { script, server } = yield* tokenServer({ expiresIn: 100, refuse: (_, form) => refused && form.get("grant_type") === "refresh_token" ? { status: 400, body: { error: "invalid_grant" } } : undefined })
      const process = yield* start(script, password({ interactive: true }), undefined)
      yield* process.call
      yield* inUse(process.call, 85_000, 1000)
      assert.deepStrictEqual([server.logins, server.rotations], [1, 1])
      refused = true
      yield* inUse(process.call, 70_000, 1000)
      assert.strictEqual(server.logins, 1)
      yield* inUse(process.call, 20_000, 1000)
      assert.strictEqual(server.logins, 2)
    }))
})

describe("timing", () => {
  it("the window scales with the life, and is never longer than 5 minutes", () => {
    assert.deepStrictEqual([2_000, 100_000, 3_600_000].map((life) => [Timing.margin(life), Timing.ahead(life, 0), Timing.ahead(life, 1)]), [[200, 200, 400], [10_000, 10_000, 20_000], [10_000, 150_000, 300_000]])
  })
  it("back-off doubles up to 30 seconds, and jitter takes half of it at most", () => {
    assert.deepStrictEqual([1, 2, 3, 5, 6, 100].map((failures) => Timing.backOff(failures, 0)), [1000, 2000, 4000, 16_000, 30_000, 30_000])
    assert.strictEqual(Timing.backOff(100, 1), 15_000)
  })
})

