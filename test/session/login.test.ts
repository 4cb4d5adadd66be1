/** What a session tells of its login, and how it ends. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Session } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { formOf, Memory, password, settle, start, tokenServer } from "../faults/support.ts"
import { Billing, failureOf, getThing, ok, over, partsOver } from "../support/billing.ts"

describe("status", () => {
  it.effect("as data and for people, without secrets", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer({ expiresIn: 3600, answer: (_, __, body) => ({ body: { ...body, scope: "read write" } }) })
      const { call, session } = yield* start(script, password(), Memory.make())
      assert.strictEqual(Session.renderStatus(yield* session.status), [
        "session    billing",
        "server     https://api.test/",
        "transport  script",
        "method     password",
        "state      not signed in",
        "store      memory"
      ].join("\n"))
      yield* TestClock.setTime(1_000_000)
      yield* call
      const status = yield* session.status
      const { nextRefresh = 0, ...rest } = status.authentication
      assert.deepInclude(rest, { state: "active", generation: 1, identity: "ada", scopes: ["read", "write"], source: "login", lastRefresh: 1_000_000, expires: 4_600_000 })
      // 10 seconds before the end it counts as expired, and 2.5 to 5 minutes before that it is renewed
      assert.isAtLeast(nextRefresh, 4_600_000 - 10_000 - 300_000)
      assert.isAtMost(nextRefresh, 4_600_000 - 10_000 - 150_000)
      const text = Session.renderStatus(status, { now: 1_060_000 })
      assert.include(text, "expires       1970-01-01T01:16:40.000Z (in 59 min)")
      assert.include(text, "last refresh  1970-01-01T00:16:40.000Z (60 s ago)")
      assert.notMatch(text + JSON.stringify(status), /a-1|l-1|pass of ada/)
    }))

  it.effect("a token out of a store is as old as it is, whoever took it up", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer({ expiresIn: 3600 })
      const store = Memory.make()
      yield* TestClock.setTime(1_000_000)
      yield* (yield* start(script, password(), store)).call
      yield* TestClock.adjust("10 minutes")
      const later = yield* start(script, password(), store)
      yield* later.call
      const { authentication } = yield* later.session.status
      assert.deepInclude(authentication, { source: "store", lastRefresh: 1_000_000, expires: 4_600_000 })
    }))

  it.effect("of several schemes, each by itself", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("api", () => true, ok)])
      const auth = Auth.schemes({ Key: { type: "apiKey", in: "header", name: "x-key" }, Token: { type: "oauth2" } })({ Key: Redacted.make("k"), Token: Redacted.make("t") })
      const text = yield* Billing.status.pipe(Effect.map((status) => Session.renderStatus(status)), Effect.provide(over(script, { auth })))
      assert.include(text, "Key: method    api key")
      assert.include(text, "Token: state   active")
    }))
})

describe("events", () => {
  it.effect("renewals, rejections, failures and the end, in their order", () =>
    Effect.gen(function*() {
      let isDown = false
      const { script, server } = yield* tokenServer({ expiresIn: 100, refuse: () => isDown ? { fault: "refused" } : undefined })
      const process = yield* start(script, password(), undefined)
      yield* process.call
      server.good.clear()
      yield* process.call
      isDown = true
      yield* TestClock.adjust("95 seconds")
      yield* failureOf(process.call)
      isDown = false
      yield* process.call
      yield* process.session.signOut
      yield* process.close
      yield* settle
      assert.deepStrictEqual(process.happened, ["Renewed login", "Rejected", "Renewed refresh", "RenewalFailed ConnectionFailed", "Renewed refresh", "SignedOut", "Closed"])
    }))
})

describe("the end of a login", () => {
  it.effect("disconnect: later calls are SessionClosed, what runs ends, and closing again does nothing", () =>
    Effect.gen(function*() {
      const { revoked, script } = yield* tokenServer()
      const { call, close, session } = yield* start(script, password(), undefined)
      yield* call
      yield* session.disconnect
      assert.strictEqual((yield* failureOf(call))._tag, "SessionClosed")
      assert.strictEqual((yield* failureOf(session.token))._tag, "SessionClosed")
      yield* session.disconnect
      yield* close
      assert.deepStrictEqual(revoked, ["a-1"])
    }))

  it.effect("a server that does not sign out: the failure is told, the login is forgotten all the same", () =>
    Effect.gen(function*() {
      let revocations = 0
      const { script, server } = yield* tokenServer()
      const signOut: Auth.RenewableOptions["signOut"] = () => Effect.suspend(() => {
        revocations++
        return Effect.fail(refusal)
      })
      const refusal = yield* Effect.flip((yield* start(script, Auth.anonymous(), undefined)).session.token)
      const process = yield* start(script, password({ signOut }), undefined)
      yield* process.call
      assert.strictEqual(yield* Effect.flip(process.session.signOut), refusal)
      yield* process.call
      assert.strictEqual(server.logins, 2)
      // closing never fails
      yield* process.close
      yield* settle
      assert.strictEqual(revocations, 2)
      assert.strictEqual(process.happened.filter((what) => what === "SignOutFailed").length, 2)
    }))

  it.effect("closing waits 2 seconds at most for a server to sign out", () =>
    Effect.gen(function*() {
      const { script } = yield* tokenServer()
      const process = yield* start(script, password({ signOut: () => Effect.never }), undefined)
      yield* process.call
      const closing = yield* Effect.forkChild(process.close)
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isDefined(closing.pollUnsafe())
    }))

  it.effect("onClose: \"keep\" leaves it, and what was given is somebody else's", () =>
    Effect.gen(function*() {
      const { revoked, script, server } = yield* tokenServer()
      server.good.add("given")
      for (const options of [{ onClose: "keep" as const }, { initial: { accessToken: "given" } }, { initial: { refreshToken: "l-1" } }]) {
        const process = yield* start(script, password(options), undefined)
        yield* process.call
        yield* process.close
      }
      assert.deepStrictEqual(revoked, [])
    }))

  it.effect("after signing out what was given is not used again", () =>
    Effect.gen(function*() {
      const { script, server } = yield* tokenServer()
      server.good.add("given")
      const process = yield* start(script, password({ initial: { accessToken: "given", refreshToken: "r-0" }, login: undefined }), undefined)
      yield* process.call
      yield* process.session.signOut
      const failure = yield* failureOf(process.call)
      assert.include(failure.message, "there is nothing to sign in by")
      assert.strictEqual(script.count("token"), 0)
    }))

  it.effect("where there is nothing to end, and no token, it says so", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("api", () => true, ok)])
      yield* Effect.gen(function*() {
        yield* Billing.signOut
        yield* getThing({ id: "1" })
        assert.strictEqual(Redacted.value(yield* Billing.token), "token-of-the-session")
      }).pipe(Effect.provide(over(script)))
      const failure = yield* failureOf(Billing.token).pipe(Effect.provide(over(script, { auth: Auth.apiKey({ header: "x-key", key: Redacted.make("k") }) })))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "missing" })
    }))

  it.effect("of several schemes: all are ended, and the token is the one that is a token", () =>
    Effect.gen(function*() {
      const { revoked, script } = yield* tokenServer()
      const recipe = password()
      const auth = Layer.unwrap(Effect.sync(() => Auth.schemes({ Key: { type: "apiKey", in: "header", name: "x-key" }, Token: { type: "oauth2" } })({ Token: recipe, Key: Redacted.make("k") })))
      const session = yield* Billing.make().pipe(Effect.provide(partsOver(script.layer, { auth })))
      assert.strictEqual(Redacted.value(yield* session.token), "a-1")
      yield* session.signOut
      assert.deepStrictEqual(revoked, ["a-1"])
      assert.strictEqual(formOf(script.seen[0]!.request).get("grant_type"), "password")
    }).pipe(Effect.scoped))
})
