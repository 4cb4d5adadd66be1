import { assert, describe, it } from "@effect/vitest"
import type { TokenStore } from "credence"
import { StoreFailed } from "credence/errors"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { failureOf } from "../support/billing.ts"
import { failing, Memory, mortal, password, seeded, settle, start, tokenServer, unfenced } from "./support.ts"

const expectSuccess = <A, E>(fiber: Fiber.Fiber<A, E>) => assert.strictEqual(fiber.pollUnsafe()?._tag, "Success")
const reasonOf = (failure: unknown) => failure instanceof Error && "reason" in failure ? failure.reason : undefined
const problem = (reason: StoreFailed["reason"]) => new StoreFailed({ store: "memory", reason, detail: "scripted" })

describe("tokens in a store", () => {
  it.effect("faults 15: two processes rotate one refresh token: one redemption, both stay signed in", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100, delay: 1000 })
      const store = Memory.make()
      const [one, two] = [yield* start(script, seeded(), store), yield* start(script, seeded(), store)]
      for (let round = 1; round <= 5; round++) {
        const both = yield* Effect.forkChild(Effect.all([one.call, two.call], { concurrency: "unbounded" }))
        yield* TestClock.adjust("2 seconds")
        expectSuccess(both)
        assert.deepStrictEqual([server.rotations, server.reused], [round, []])
        yield* TestClock.adjust("100 seconds")
      }
    }))

  it.effect("faults 15: who comes later finds the login in the store, and sends nothing to the token endpoint", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 3600 })
      const store = Memory.make()
      const first = yield* start(script, password(), store)
      yield* first.call
      yield* first.close
      yield* TestClock.adjust("10 minutes")
      const second = yield* start(script, password(), store)
      yield* second.call
      yield* settle
      assert.strictEqual(server.logins, 1)
      assert.deepStrictEqual(second.happened, ["Renewed store"])
      const { authentication } = yield* second.session.status
      assert.deepInclude(authentication, { source: "store", identity: "ada", state: "active", expires: 3_600_000 })
      assert.deepStrictEqual(authentication.store, { name: "memory", problem: undefined })
    }))

  it.effect("faults 16: the holder of the lease dies: another one goes on when the lease has ended", () =>
    Effect.gen(function*() {
      let dies: Effect.Effect<unknown> = Effect.void
      const { script, server } = yield* tokenServer({ expiresIn: 100, refuse: (count) => count === 1 ? { fault: "hang" } : undefined })
      const store = Memory.make()
      const mortalStore = mortal(store)
      dies = mortalStore.die
      const holder = yield* start(script, password(), mortalStore.store)
      const other = yield* start(script, password(), store)
      const dead = yield* Effect.forkChild(Effect.exit(holder.call))
      yield* settle
      yield* dies
      const waiting = yield* Effect.forkChild(other.call)
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 second")
      expectSuccess(waiting)
      assert.deepStrictEqual([server.logins, server.reused], [1, []])
      yield* Fiber.interrupt(dead)
    }))

  for (const how of ["before its answer came", "before the answer was kept"] as const) {
    it.effect(`faults 17: the holder of a rotation dies ${how}: typed re-authentication, never a silent reuse`, () =>
      Effect.gen(function*() {
        const { script, server } = yield* tokenServer({ expiresIn: 100, ...(how === "before its answer came" ? { answer: (count, _, body) => count === 1 ? { fault: "hang" } : { body } } : { delay: 1000 }) })
        const store = Memory.make()
        const doomed = mortal(store)
        const holder = yield* start(script, seeded(), doomed.store)
        const other = yield* start(script, seeded(), store)
        const dead = yield* Effect.forkChild(Effect.exit(holder.call))
        yield* settle
        yield* doomed.die
        yield* TestClock.adjust("11 seconds")
        for (let again = 0; again < 3; again++) {
          const failure = yield* failureOf(other.call)
          assert.strictEqual(reasonOf(failure), "refresh")
          assert.include(String(failure), "Sign in again")
          yield* TestClock.adjust("1 hour")
        }
        // a program that starts later knows it, too
        assert.strictEqual(reasonOf(yield* failureOf((yield* start(script, seeded(), store)).call)), "refresh")
        assert.deepStrictEqual([server.spent, server.reused], [["r-0"], []])
        // a new login begins anew
        server.valid = "fresh"
        const fresh = yield* Effect.forkChild((yield* start(script, seeded({ refreshToken: Redacted.make("fresh") }), store)).call)
        yield* TestClock.adjust("2 seconds")
        expectSuccess(fresh)
        yield* Fiber.interrupt(dead)
      }))
  }

  it.effect("faults 17: who has a password signs in again", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100, answer: (count, _, body) => count === 2 ? { fault: "hang" } : { body } })
      const store = Memory.make()
      const doomed = mortal(store)
      const holder = yield* start(script, password(), doomed.store)
      yield* holder.call
      yield* TestClock.adjust("95 seconds")
      const dead = yield* Effect.forkChild(Effect.exit(holder.call))
      yield* settle
      yield* doomed.die
      yield* TestClock.adjust("11 seconds")
      const other = yield* start(script, password(), store)
      yield* other.call
      assert.deepStrictEqual([server.logins, server.rotations, server.reused], [2, 1, []])
      yield* Fiber.interrupt(dead)
    }))

  it.effect("faults 17, mutant: without the note in the store the refresh token would be sent twice", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100, answer: () => ({ fault: "hang" }) })
      const store = Memory.make()
      const doomed = mortal(store)
      // what it writes is not written: the note, too
      const forgetful = { ...doomed.store, lease: (key: string) => Effect.map(doomed.store.lease(key), (lease) => ({ ...lease, save: () => Effect.void })) }
      const dead = yield* Effect.forkChild(Effect.exit((yield* start(script, seeded(), forgetful)).call))
      yield* settle
      yield* doomed.die
      yield* TestClock.adjust("11 seconds")
      const late = yield* Effect.forkChild(Effect.exit((yield* start(script, seeded(), store)).call))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(server.reused, ["r-0"])
      yield* Fiber.interruptAll([dead, late])
    }))

  describe("faults 18: the session goes on in memory and says so, where the store", () => {
    for (const reason of ["readonly", "full"] as const) {
      it.effect(`is ${reason}`, () =>
        Effect.gen(function*() {
          const { script, server } = yield* tokenServer({ expiresIn: 100 })
          const process = yield* start(script, seeded(), failing({ save: () => problem(reason) }))
          for (let round = 1; round <= 4; round++) {
            yield* process.call
            assert.strictEqual(server.rotations, round)
            yield* TestClock.adjust("95 seconds")
          }
          yield* settle
          assert.deepStrictEqual(server.reused, [])
          assert.include(process.happened, `StoreFailed ${reason}`)
          assert.strictEqual((yield* process.session.status).authentication.store?.problem, `${reason}: scripted`)
        }))
    }

    it.effect("cannot give a lease since it is read-only", () =>
      Effect.gen(function*() {
        const { script, server } = yield* tokenServer({ expiresIn: 100 })
        const process = yield* start(script, seeded(), failing({ lease: () => problem("readonly") }))
        for (let round = 0; round < 3; round++) {
          yield* process.call
          yield* TestClock.adjust("95 seconds")
        }
        assert.deepStrictEqual([server.rotations, server.reused], [3, []])
      }))

    for (const text of ["{", "[]", "{\"version\":2}", "{\"version\":1,\"token\":{\"accessToken\":7}}", "", "null"]) {
      it.effect(`holds ${text === "" ? "nothing readable" : text}`, () =>
        Effect.gen(function*() {
          const { script, server } = yield* tokenServer({ expiresIn: 100 })
          const shared = Memory.make()
          const store = { ...shared, load: () => Effect.succeed(Redacted.make(text)) }
          const process = yield* start(script, password(), store)
          yield* process.call
          yield* TestClock.adjust("95 seconds")
          yield* process.call
          yield* settle
          assert.deepStrictEqual([server.logins, server.rotations, server.reused], [1, 1, []])
          assert.include(process.happened, "StoreFailed corrupt")
          assert.match((yield* process.session.status).authentication.store?.problem ?? "", /^corrupt: /)
        }))
    }

    it.effect("gets full later: what it has is older than what memory has, and is not gone back to", () =>
      Effect.gen(function*() {
        let full = false
        const { script, server } = yield* tokenServer({ expiresIn: 3600 })
        const process = yield* start(script, seeded(), failing({ save: () => full ? problem("full") : undefined }))
        yield* process.call
        full = true
        for (let round = 0; round < 3; round++) {
          server.good.clear()
          yield* process.call
        }
        assert.deepStrictEqual([server.rotations, server.reused], [4, []])
        // each is sent once, and once more after its 401
        assert.deepStrictEqual(script.seen.filter(({ step }) => step === "api").map(({ request }) => request.headers["authorization"]), ["a-1", "a-1", "a-2", "a-2", "a-3", "a-3", "a-4"].map((token) => `Bearer ${token}`))
      }))

    it.effect("comes back: what only memory had is kept again", () =>
      Effect.gen(function*() {
        let broken = true
        const shared = Memory.make()
        const { script, server } = yield* tokenServer({ expiresIn: 100 })
        const process = yield* start(script, seeded(), failing({ save: () => broken ? problem("full") : undefined }, shared))
        yield* process.call
        broken = false
        yield* TestClock.adjust("95 seconds")
        yield* process.call
        yield* (yield* start(script, seeded(), shared)).call
        assert.deepStrictEqual([server.rotations, server.reused], [2, []])
        assert.isUndefined((yield* process.session.status).authentication.store?.problem)
      }))
  })

  it.effect("faults 18: without the store what can be spent once is not spent: another process might; a login is", () =>
    Effect.gen(function*() {
      let down = true
      const store = failing({ load: () => down ? problem("unavailable") : undefined, lease: () => down ? problem("unavailable") : undefined })
      const { script, server } = yield* tokenServer({ expiresIn: 100 })
      const process = yield* start(script, seeded(), store)
      const failure = yield* failureOf(process.call)
      assert.strictEqual(reasonOf(failure), "store")
      assert.deepStrictEqual(server.spent, [])
      yield* (yield* start(script, password(), store)).call
      down = false
      server.valid = "r-0"
      yield* process.call
      assert.deepStrictEqual([server.spent, server.logins], [["r-0"], 1])
    }))

  describe("faults 16: the lease runs out while the token endpoint takes its time", () => {
    it.effect("where nobody has written since, what came is kept all the same", () =>
      Effect.gen(function*() {
        const { script, server } = yield* tokenServer({ expiresIn: 100 })
        // a lease that has ended does not keep others out
        const plain = unfenced()
        let writes = 0
        const ended: TokenStore.TokenStore = { ...plain, lease: (key) => Effect.map(plain.lease(key), (lease) => ({ ...lease, save: (value) => Effect.suspend(() => ++writes === 2 ? Effect.fail(problem("lost")) : lease.save(value)) })) }
        const process = yield* start(script, seeded(), ended)
        yield* process.call
        assert.isUndefined((yield* process.session.status).authentication.store?.problem)
        yield* (yield* start(script, seeded(), plain)).call
        assert.deepStrictEqual(server.spent, ["r-0"])
      }))

    it.effect("where somebody else has, it stays in memory, and says so", () =>
      Effect.gen(function*() {
        const { script, server } = yield* tokenServer({ expiresIn: 100 })
        const plain = unfenced()
        let writes = 0
        const theirs = Redacted.make(`{"version":1,"token":{"accessToken":"theirs","issued":0}}`)
        const ended: TokenStore.TokenStore = {
          ...plain,
          lease: (key) => Effect.map(plain.lease(key), (lease) => ({
            ...lease,
            save: (value) => Effect.suspend(() => ++writes === 2 ? Effect.andThen(lease.save(theirs), Effect.fail(problem("lost"))) : lease.save(value))
          }))
        }
        const process = yield* start(script, seeded(), ended)
        yield* process.call
        yield* settle
        assert.include(process.happened, "StoreFailed lost")
        assert.match((yield* process.session.status).authentication.store?.problem ?? "", /^lost: /)
        assert.deepStrictEqual(server.reused, [])
      }))
  })

  it.effect("faults 18: nor where it goes away right before the note: nothing is spent, also if the note got there after all", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100 })
      const plain = unfenced()
      let writes = 0
      // the first write arrives, but its answer does not
      const store: TokenStore.TokenStore = { ...plain, lease: (key) => Effect.map(plain.lease(key), (lease) => ({ ...lease, save: (value) => Effect.andThen(lease.save(value), ++writes === 1 ? Effect.never : Effect.void) })) }
      const process = yield* start(script, seeded(), store)
      const calling = yield* Effect.forkChild(failureOf(process.call))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(reasonOf(yield* Fiber.join(calling)), "store")
      assert.deepStrictEqual(server.spent, [])
      yield* process.call
      yield* (yield* start(script, seeded(), store)).call
      assert.deepStrictEqual([server.spent, server.reused], [["r-0"], []])
    }))

  it.effect("faults 12: a lifetime that no JSON has is none", () =>
    Effect.gen(function*() {
      for (const lifetime of [Infinity, NaN, -1, 0]) {
        const { script } = yield* tokenServer()
        const login = Effect.succeed({ accessToken: "a-0", lifetime, refreshLifetime: lifetime })
        const store = Memory.make()
        const first = yield* start(script, password({ login }), store)
        yield* first.session.authenticate
        const second = yield* start(script, password({ login: Effect.die("not again") }), store)
        yield* second.session.authenticate
        yield* settle
        assert.deepStrictEqual(second.happened, ["Renewed store"])
      }
    }))

  it.effect("faults 18: a store that does not answer is unavailable after 5 seconds", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100 })
      const shared = Memory.make()
      const store = { ...shared, lease: (key: string) => Effect.map(shared.lease(key), (lease) => ({ ...lease, save: () => Effect.never })) }
      const process = yield* start(script, password(), store)
      const calling = yield* Effect.forkChild(process.call)
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(calling.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      expectSuccess(calling)
      assert.strictEqual(server.logins, 1)
    }))

  it.effect("security 39: a store that others can read is refused: nothing is sent", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer()
      for (const on of [{ load: () => problem("insecure") }, { lease: () => problem("insecure") }]) {
        for (const auth of [seeded(), password()]) {
          const failure = yield* failureOf((yield* start(script, auth, failing(on))).call)
          assert.strictEqual(reasonOf(failure), "store")
        }
      }
      assert.deepStrictEqual(script.seen, [])
    }))

  for (const fault of ["reset", "truncated"] as const) {
    it.effect(`faults 19: a lost answer (${fault}) is not replayed by any process`, () =>
      Effect.gen(function*() {
        const { script, server } = yield* tokenServer({ answer: () => ({ fault }) })
        const store = Memory.make()
        const [one, two] = [yield* start(script, seeded(), store), yield* start(script, seeded(), store)]
        assert.strictEqual((yield* failureOf(one.call))._tag, "ConnectionFailed")
        for (const process of [one, two, one, two]) {
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(reasonOf(yield* failureOf(process.call)), "refresh")
        }
        assert.deepStrictEqual([server.spent, server.reused], [["r-0"], []])
      }))
  }

  it.effect("faults 19: what was surely not processed is sent again", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ refuse: (count) => count === 1 ? { fault: "refused" } : undefined })
      const store = Memory.make()
      const process = yield* start(script, seeded(), store)
      yield* failureOf(process.call)
      yield* process.call
      assert.deepStrictEqual(server.spent, ["r-0"])
    }))

  it.effect("faults 5: the session closes in a rotation: it is kept within 5 seconds, for whoever comes next", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100, delay: 3000 })
      const store = Memory.make()
      const first = yield* start(script, seeded(), store)
      const waiter = yield* Effect.forkChild(Effect.flip(first.call))
      yield* settle
      const closing = yield* Effect.forkChild(first.close)
      yield* TestClock.adjust("3 seconds")
      expectSuccess(closing)
      assert.strictEqual((yield* Fiber.join(waiter))._tag, "SessionClosed")
      yield* (yield* start(script, seeded(), store)).call
      assert.deepStrictEqual(server.spent, ["r-0"])
    }))

  it.effect("faults 5: a login that a store keeps is not revoked on close; one that only memory has is", () =>
    Effect.gen(function*() {
      const { revoked, script } = yield* tokenServer()
      const kept = yield* start(script, password(), Memory.make())
      yield* kept.call
      yield* kept.close
      assert.deepStrictEqual(revoked, [])
      for (const store of [undefined, failing({ save: () => problem("full") })]) {
        const alone = yield* start(script, password(), store)
        yield* alone.call
        yield* alone.close
        yield* settle
        assert.include(alone.happened, "SignedOut")
      }
      assert.deepStrictEqual(revoked, ["a-2", "a-3"])
    }))

  it.effect("security 32: tenants that share a store and sign in at once never get each other's token", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer({ expiresIn: 100, delay: 100 })
      const store = Memory.make()
      const ada = yield* start(script, password({ user: "ada" }), store)
      const bob = yield* start(script, password({ user: "bob" }), store)
      const elsewhere = yield* start(script, password({ user: "ada" }), store, { baseUrl: "https://other.test" })
      const all = yield* Effect.forkChild(Effect.all([ada.call, bob.call, elsewhere.call], { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      expectSuccess(all)
      assert.strictEqual(server.logins, 3)
      const identities = yield* Effect.forEach([ada, bob, elsewhere], ({ session }) => Effect.map(session.status, ({ authentication }) => authentication.identity))
      assert.deepStrictEqual(identities, ["ada", "bob", "ada"])
      const used = script.seen.filter(({ step }) => step === "api").map(({ request }) => request.headers["authorization"])
      assert.strictEqual(new Set(used).size, 3)
    }))

  it.effect("security 32: in memory the same user with another password is somebody else; a wrong one does not get in by another's login", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer({ refuse: (count) => count === 2 ? { status: 401 } : undefined })
      const store = Memory.make()
      yield* (yield* start(script, password(), store)).call
      const failure = yield* failureOf((yield* start(script, password({ secrets: () => ["a guess"] }), store)).call)
      assert.strictEqual(reasonOf(failure), "login")
      yield* (yield* start(script, password(), store)).call
      assert.strictEqual(script.count("token"), 2)
    }))

  it.effect("security 32: another client certificate is another login", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer()
      const store = Memory.make()
      const key = Redacted.make("key")
      const certificates = [
        undefined,
        { certificate: "one", key },
        { certificate: "two", key },
        { certificate: { file: "one.pem" }, key },
        { pkcs12: Redacted.make(new Uint8Array([1])) },
        { pkcs12: Redacted.make(new Uint8Array([2])) }
      ]
      for (const certificate of [...certificates, ...certificates]) {
        yield* (yield* start(script, password(), store, certificate === undefined ? {} : { tls: { certificate } })).call
      }
      assert.strictEqual(server.logins, certificates.length)
    }))

  it.effect("no password, and nothing to try one out with, is in a store's key or text; a token is, for whoever may read it", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer()
      const shared = Memory.make()
      const seen: Array<string> = []
      const lasting: TokenStore.TokenStore = {
        name: "lasting",
        load: shared.load,
        lease: (key) => Effect.map(shared.lease(key), (lease) => ({ ...lease, save: (value) => Effect.andThen(Effect.sync(() => seen.push(key, Redacted.value(value))), lease.save(value)) }))
      }
      yield* (yield* start(script, password(), lasting)).call
      assert.strictEqual(seen[0], `["billing","https://api.test/","password","ada"]`)
      assert.deepStrictEqual(Object.keys((JSON.parse(seen.at(-1) ?? "") as { readonly token: object }).token).sort(), ["accessToken", "identity", "issued", "refreshToken"])
      assert.notInclude(seen.join(), "pass of ada")
    }))

  it.effect("faults 13: another machine's clock is 10 minutes off: what is stored is by the server's clock, and nobody is signed out by it", () =>
    Effect.gen(function*() {
      // the server is 10 minutes ahead of us
      const { script, server } = yield* tokenServer({ expiresIn: 300, answer: (_, __, body) => ({ body, headers: { date: "Thu, 01 Jan 1970 00:10:00 GMT" } }) })
      const store = Memory.make()
      const one = yield* start(script, password(), store)
      yield* one.call
      const [key] = [...new Set(script.seen.map(({ step }) => step))]
      assert.strictEqual(key, "token")
      const { authentication } = yield* one.session.status
      assert.strictEqual(authentication.expires, 300_000)
      // this process has not heard of the server's clock: to it the token is issued in the future, so as good as new
      const two = yield* start(script, password(), store)
      yield* two.call
      assert.strictEqual(server.logins, 1)
    }))

  it.effect("signing out ends it for all: on the server, in the store, here; the next call signs in anew", () =>
    Effect.gen(function*() {
      const { revoked, script, server } = yield* tokenServer()
      const store = Memory.make()
      const one = yield* start(script, password(), store)
      yield* one.call
      const two = yield* start(script, password(), store)
      yield* two.session.signOut
      assert.deepStrictEqual(revoked, ["a-1"])
      yield* one.session.signOut
      yield* settle
      assert.deepStrictEqual(two.happened, ["SignedOut"])
      yield* two.call
      assert.strictEqual(server.logins, 2)
    }))

  it.effect("a token for another program", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer()
      const { session } = yield* start(script, password(), undefined)
      const token = yield* session.token
      assert.strictEqual(Redacted.value(token), "a-1")
      assert.notInclude(inspect(token) + JSON.stringify(token), "a-1")
    }))
})
