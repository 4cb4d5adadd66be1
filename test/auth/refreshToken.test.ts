import { assert, describe, it } from "@effect/vitest"
import { Auth, Policy } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { Billing, failureOf, getThing, ok, over, type Parts, partsOver, settle } from "../support/billing.ts"

type TokenReply = Script.Reply | Parameters<typeof Script.on>[2]

const token = (reply: TokenReply): Script.Step => Script.on("token", (request) => request.url.pathname === "/oauth/token", reply)
const formOf = (body: unknown): URLSearchParams => new URLSearchParams((body as { readonly bytes: string }).bytes)

/** A session with a refresh token over a token endpoint; the API answers 200 unless `api` says otherwise. */
const setup = (reply: TokenReply, options: Partial<Auth.RefreshTokenOptions> & { readonly api?: TokenReply; readonly parts?: Parts } = {}) =>
  Effect.map(Script.make([token(reply), Script.on("api", () => true, options.api ?? ok)]), (script) => {
    const { api: _, parts, ...rest } = options
    const auth = Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: Redacted.make("refresh-0"), ...rest })
    return { script, live: over(script, { ...parts, auth }) }
  })

const spent = (script: Script.Script) => script.seen.filter(({ step }) => step === "token").map(({ request }) => formOf(request.body).get("refresh_token"))
const bearers = (script: Script.Script) => script.seen.filter(({ step }) => step === "api").map(({ request }) => request.headers["authorization"])

describe("refresh token", () => {
  it.effect("asks as RFC 6749 section 6 says, without credentials of its own, and uses the answer", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup({ body: { access_token: "at", token_type: "Bearer", expires_in: 60 } }, { clientId: "app", scope: "a b" })
      yield* getThing({ id: "1" }).pipe(Effect.provide(live))
      const request = script.seen[0]!.request
      assert.deepStrictEqual([...formOf(request.body)], [["grant_type", "refresh_token"], ["refresh_token", "refresh-0"], ["client_id", "app"], ["scope", "a b"]])
      assert.deepStrictEqual([request.method, request.headers["authorization"], request.headers["content-type"]], ["POST", undefined, "application/x-www-form-urlencoded"])
      assert.deepStrictEqual(bearers(script), ["Bearer at"])
    }))

  it.effect("begins with the given access token and renews it when it has expired", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup({ body: { access_token: "at", expires_in: 60 } }, { accessToken: Redacted.make("first"), expiresIn: 100 })
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        yield* TestClock.adjust("89 seconds")
        yield* getThing({ id: "1" })
        yield* TestClock.adjust("1 seconds")
        yield* getThing({ id: "1" })
        assert.strictEqual((yield* Billing.status).authentication.state, "active")
      }).pipe(Effect.provide(live))
      assert.deepStrictEqual(bearers(script), ["Bearer first", "Bearer first", "Bearer at"])
    }))

  it.effect("a rotated refresh token is told before the access token is used, and is the next one spent", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { live, script } = yield* setup((request, count) => {
        log.push(`spent ${formOf(request.body).get("refresh_token")}`)
        return { body: { access_token: `at-${count}`, refresh_token: `refresh-${count}`, expires_in: 10 } }
      }, {
        onRotate: (rotated) => Effect.sync(() => log.push(`kept ${Redacted.value(rotated)}`)),
        api: (request) => {
          log.push(`used ${request.headers["authorization"]}`)
          return ok
        }
      })
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        yield* TestClock.adjust("10 seconds")
        yield* getThing({ id: "1" })
      }).pipe(Effect.provide(live))
      assert.deepStrictEqual(log, ["spent refresh-0", "kept refresh-1", "used Bearer at-1", "spent refresh-1", "kept refresh-2", "used Bearer at-2"])
      assert.strictEqual(script.count("token"), 2)
    }))

  it.effect("onRotate is not told of a token that is no new one", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const { live } = yield* setup({ body: { access_token: "at", refresh_token: "refresh-0" } }, { onRotate: () => Effect.sync(() => log.push("told")) })
      yield* getThing({ id: "1" }).pipe(Effect.provide(live))
      assert.deepStrictEqual(log, [])
    }))

  for (const fault of ["reset", "truncated"] as const) {
    it.effect(`faults 19: a lost answer (${fault}) is not replayed, now or later`, () =>
      Effect.gen(function*() {
        const { live, script } = yield* setup({ fault })
        yield* Effect.gen(function*() {
          assert.strictEqual((yield* failureOf(getThing({ id: "1" })))._tag, "ConnectionFailed")
          yield* TestClock.adjust("1 hour")
          const failure = yield* failureOf(getThing({ id: "1" }))
          assert.strictEqual(failure._tag === "AuthenticationFailed" && failure.reason, "refresh")
        }).pipe(Effect.provide(live))
        assert.strictEqual(script.count("token"), 1)
      }))
  }

  it.effect("faults 19: nor where policies of the session say that any method may be repeated", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup({ fault: "reset" }, { parts: { configuration: { retryMethods: "all" }, more: Policy.layer({ retryMethods: "all" }) } })
      const fiber = yield* Effect.forkChild(failureOf(getThing({ id: "1" })).pipe(Effect.provide(live)))
      yield* TestClock.adjust("1 hour")
      assert.isDefined(fiber.pollUnsafe())
      assert.strictEqual(script.count("token"), 1)
    }))

  it.effect("faults 19: a hanging token endpoint ends at the attempt's limit, and is a lost answer", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup({ fault: "hang" })
      const fiber = yield* Effect.forkChild(Effect.all([failureOf(getThing({ id: "1" })), failureOf(getThing({ id: "1" }))]).pipe(Effect.provide(live)))
      yield* TestClock.adjust("1 minute")
      const exit = fiber.pollUnsafe()
      assert.deepStrictEqual(exit?._tag === "Success" ? exit.value.map((failure) => failure._tag) : exit, ["Timeout", "AuthenticationFailed"])
      assert.strictEqual(script.count("token"), 1)
    }))

  it.effect("a token endpoint that refuses the connection did not see the token: it is tried again", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup((_, count) => count < 3 ? { fault: "refused" } : { body: { access_token: "at" } })
      const fiber = yield* Effect.forkChild(getThing({ id: "1" }).pipe(Effect.provide(live)))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(fiber.pollUnsafe()?._tag, "Success")
      assert.strictEqual(script.count("token"), 3)
    }))

  const refusals: ReadonlyArray<readonly [string, Script.Reply, string]> = [
    ["invalid_grant", { status: 400, body: { error: "invalid_grant", error_description: "expired" } }, "invalid_grant: expired"],
    ["invalid_client by a 401", { status: 401, body: { error: "invalid_client" } }, "invalid_client"],
    ["an error with status 200", { status: 200, body: { error: "invalid_grant" } }, "invalid_grant"],
    ["faults 35: HTML from a captive portal", { status: 200, headers: { "content-type": "text/html" }, body: `<html>${"x".repeat(5_000_000)}` }, "did not answer with JSON"],
    ["security 29: a redirect", { status: 302, headers: { location: "https://evil.test/token" } }, "never followed"],
    ["security 29: a redirect that keeps method and body", { status: 307, headers: { location: "/elsewhere" } }, "never followed"],
    ["an answer without a token", { body: { token_type: "Bearer" } }, "no access_token"],
    ["a token that is no text", { body: { access_token: 7 } }, "no access_token"],
    ["another type of token", { body: { access_token: "at", token_type: "mac" } }, "not Bearer"],
    ["security 16: a token with a line end", { body: { access_token: "at\r\nx-evil: 1" } }, "CR, LF or NUL"],
    ["an empty answer", { status: 200 }, "did not answer with JSON"],
    ["JSON that is no record", { body: [] }, "no record"],
    ["security 41: a poisoned record", { body: "{\"__proto__\":{\"access_token\":\"at\"}}" }, "no access_token"],
    ["a server's mistake", { status: 500, body: {} }, "no access_token"]
  ]
  for (const [name, reply, detail] of refusals) {
    it.effect(`${name} is AuthenticationFailed (refresh), short, and sends nothing else`, () =>
      Effect.gen(function*() {
        const { live, script } = yield* setup(reply)
        const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(live)))
        assert.strictEqual(failure._tag, "AuthenticationFailed", failure.message)
        if (failure._tag !== "AuthenticationFailed") return
        assert.strictEqual(failure.reason, "refresh")
        assert.include(failure.detail, detail)
        assert.isBelow(inspect(failure, { depth: 20 }).length, 3_000)
        assert.deepStrictEqual(script.seen.map(({ step }) => step), ["token"])
      }))
  }

  it.effect("security 29: a token endpoint on plain http gets nothing, but on the machine itself", () =>
    Effect.gen(function*() {
      for (const [tokenUrl, expected] of [["http://id.test/oauth/token", 0], ["http://127.0.0.1:9/oauth/token", 1], ["https://id.test/oauth/token", 1]] as const) {
        const { live, script } = yield* setup({ body: { access_token: "at" } }, { tokenUrl })
        const exit = yield* Effect.exit(getThing({ id: "1" }).pipe(Effect.provide(live)))
        assert.strictEqual(script.count("token"), expected, tokenUrl)
        if (expected === 0) assert.deepInclude(Exit.isFailure(exit) ? exit.cause.reasons[0] : exit, { _tag: "Fail" })
      }
    }))

  for (const echo of ["refresh-0", "the-old-access-token"]) {
    for (const shape of [(secret: string) => `bad token ${secret}`, (secret: string) => `x refresh_token=${secret} y`, (secret: string) => `${"a".repeat(10_000)} ${secret}`, (secret: string) => `line\nof ${secret}\r\nend`]) {
      it.effect(`security 38: an error that echoes ${echo} (${shape("…").slice(0, 20)}) is redacted and short`, () =>
        Effect.gen(function*() {
          const { live } = yield* setup({ status: 400, body: { error: "invalid_grant", error_description: shape(echo) } }, { accessToken: Redacted.make("the-old-access-token"), expiresIn: 1 })
          const failure = yield* Effect.gen(function*() {
            yield* TestClock.adjust("2 seconds")
            return yield* failureOf(getThing({ id: "1" }))
          }).pipe(Effect.provide(live))
          const all = failure.message + inspect(failure, { depth: 20 }) + JSON.stringify(failure)
          assert.notInclude(all, echo)
          assert.isBelow(failure.message.length, 600)
          assert.notMatch(failure.message, /[\r\n]/)
        }))
    }
  }

  const lifetimes: ReadonlyArray<readonly [string, unknown, number | "kept"]> = [
    ["missing", undefined, "kept"],
    ["0", 0, "kept"],
    ["negative", -5, "kept"],
    ["a text", "60", 54],
    ["garbage", "soon", "kept"],
    ["null", null, "kept"],
    ["a fraction", 0.5, 0.45],
    ["huge", 1e15, "kept"],
    ["NaN as text", "NaN", "kept"],
    ["faults 11: shorter than the margin", 5, 4.5],
    ["long", 3600, 3590]
  ]
  for (const [name, expires_in, seconds] of lifetimes) {
    it.effect(`faults 12: expires_in ${name}: ${seconds === "kept" ? "used until the server rejects it" : `renewed after ${seconds} s`}`, () =>
      Effect.gen(function*() {
        const { live, script } = yield* setup((_, count) => ({ body: { access_token: `at-${count}`, expires_in } }))
        yield* Effect.gen(function*() {
          yield* getThing({ id: "1" })
          yield* getThing({ id: "1" })
          assert.strictEqual(script.count("token"), 1)
          if (seconds === "kept") {
            yield* TestClock.adjust("3650 days")
            yield* getThing({ id: "1" })
            assert.strictEqual(script.count("token"), 1)
          } else {
            const state = Effect.map(Billing.status, ({ authentication }) => authentication.state)
            yield* TestClock.adjust(seconds * 1000 - 1)
            assert.strictEqual(yield* state, "active")
            yield* TestClock.adjust(1)
            assert.strictEqual(yield* state, "expired")
            yield* getThing({ id: "1" })
            assert.strictEqual(script.count("token"), 2)
          }
        }).pipe(Effect.provide(live))
      }))
  }

  it.effect("faults 13: the wall clock may step; lifetimes do not", () =>
    Effect.gen(function*() {
      const { live, script } = yield* setup({ body: { access_token: "at", expires_in: 100 } })
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        assert.strictEqual((yield* Billing.status).authentication.state, "active")
        yield* TestClock.adjust("95 seconds")
        assert.strictEqual((yield* Billing.status).authentication.state, "expired")
      }).pipe(Effect.provide(live))
      assert.strictEqual(script.count("token"), 1)
    }))

  it.effect("a failed onRotate loses nothing: the next call spends the rotated token", () =>
    Effect.gen(function*() {
      let broken = true
      const { live, script } = yield* setup((_, count) => ({ body: { access_token: `at-${count}`, refresh_token: `refresh-${count}` } }), {
        onRotate: () => broken ? Effect.die(new Error("disk full")) : Effect.void
      })
      yield* Effect.gen(function*() {
        const exit = yield* Effect.exit(getThing({ id: "1" }))
        assert.strictEqual(exit._tag, "Failure")
        broken = false
        yield* getThing({ id: "1" })
      }).pipe(Effect.provide(live))
      assert.deepStrictEqual(spent(script), ["refresh-0", "refresh-1"])
    }))

  it.effect("a rotated refresh token is kept although the access token beside it is of no use", () =>
    Effect.gen(function*() {
      const kept: Array<string> = []
      const { live, script } = yield* setup((_, count) => ({ body: { access_token: `at-${count}`, token_type: count === 1 ? "DPoP" : "Bearer", refresh_token: `r-${count}` } }), {
        onRotate: (rotated) => Effect.sync(() => kept.push(Redacted.value(rotated)))
      })
      yield* Effect.gen(function*() {
        const failure = yield* failureOf(getThing({ id: "1" }))
        assert.include(failure._tag === "AuthenticationFailed" && failure.detail, "not Bearer")
        assert.deepStrictEqual(kept, ["r-1"])
        yield* getThing({ id: "1" })
      }).pipe(Effect.provide(live))
      assert.deepStrictEqual([spent(script), kept], [["refresh-0", "r-1"], ["r-1", "r-2"]])
    }))

  it.effect("a new refresh token is masked in the error that comes with it", () =>
    Effect.gen(function*() {
      const { live } = yield* setup({ body: { error: "odd", error_description: "you got new-refresh-canary", refresh_token: "new-refresh-canary" } })
      const failure = yield* failureOf(getThing({ id: "1" })).pipe(Effect.provide(live))
      assert.include(failure.message, "odd")
      assert.notInclude(failure.message + inspect(failure, { depth: 20 }), "new-refresh-canary")
    }))

  const unreadable: ReadonlyArray<readonly [string, Script.Reply, Array<string>]> = [
    ["an answer without any token is a lost one", { body: { token_type: "Bearer" } }, ["refresh-0"]],
    ["an answer cut short is a lost one", { body: `{"access_token":"at","refresh_tok` }, ["refresh-0"]],
    ["an access token of no use and no refresh token are a lost answer", { body: { access_token: "at", token_type: "DPoP" } }, ["refresh-0"]],
    ["a refusal with status 200 has spent nothing", { body: { error: "temporarily_unavailable" } }, ["refresh-0", "refresh-0"]],
    ["a refusal with status 400 has spent nothing", { status: 400, body: { error: "invalid_scope" } }, ["refresh-0", "refresh-0"]]
  ]
  for (const [name, reply, expected] of unreadable) {
    it.effect(`faults 19: ${name}`, () =>
      Effect.gen(function*() {
        const { live, script } = yield* setup(reply)
        yield* Effect.gen(function*() {
          for (const _ of [1, 2]) assert.strictEqual((yield* failureOf(getThing({ id: "1" })))._tag, "AuthenticationFailed")
        }).pipe(Effect.provide(live))
        assert.deepStrictEqual(spent(script), expected)
      }))
  }

  it.effect("closing waits for onRotate, however long it takes", () =>
    Effect.gen(function*() {
      const kept: Array<string> = []
      const script = yield* Script.make([token({ body: { access_token: "at", refresh_token: "r-1" } })])
      const auth = Auth.refreshToken({
        tokenUrl: "/oauth/token",
        refreshToken: Redacted.make("r-0"),
        onRotate: (rotated) => Effect.delay(Effect.sync(() => void kept.push(Redacted.value(rotated))), "1 minute")
      })
      const scope = yield* Scope.make()
      const session = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer, { auth })))
      const waiter = yield* Effect.forkChild(failureOf(getThing({ id: "1" }).pipe(Billing.use(session))))
      yield* settle
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual((yield* Fiber.join(waiter))._tag, "SessionClosed")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([closing.pollUnsafe()?._tag, kept], ["Success", ["r-1"]])
    }))

  describe("one recipe, two sessions", () => {
    const two = (script: Script.Script) =>
      Effect.gen(function*() {
        const auth = Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: Redacted.make("refresh-0") })
        const scope = yield* Scope.make()
        const first = yield* Billing.make().pipe(Scope.provide(scope), Effect.provide(partsOver(script.layer, { auth })))
        const second = yield* Billing.make().pipe(Effect.provide(partsOver(script.layer, { auth })))
        return { scope, first, second }
      })

    it.effect("never spend one refresh token twice, and share what it gives", () =>
      Effect.scoped(Effect.gen(function*() {
        let [inFlight, most] = [0, 0]
        const script = yield* Script.make([
          token((_, count) => {
            most = Math.max(most, ++inFlight)
            return { delay: "1 second", body: { access_token: `at-${count}`, refresh_token: `refresh-${count}`, expires_in: 100 } }
          }),
          Script.on("api", () => true, () => {
            inFlight--
            return ok
          })
        ])
        const { first, second } = yield* two(script)
        const both = yield* Effect.forkChild(
          Effect.all([getThing({ id: "1" }).pipe(Billing.use(first)), getThing({ id: "1" }).pipe(Billing.use(second))], { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(both.pollUnsafe()?._tag, "Success")
        assert.deepStrictEqual([spent(script), most, bearers(script)], [["refresh-0"], 1, ["Bearer at-1", "Bearer at-1"]])
        yield* getThing({ id: "1" }).pipe(Billing.use(first))
        assert.deepStrictEqual([script.count("token"), bearers(script).at(-1)], [1, "Bearer at-1"])
      })))

    it.effect("faults 19: what one of them has lost, the other does not send", () =>
      Effect.scoped(Effect.gen(function*() {
        const script = yield* Script.make([token({ fault: "reset" }), Script.on("api", () => true, ok)])
        const { first, second } = yield* two(script)
        assert.strictEqual((yield* failureOf(getThing({ id: "1" }).pipe(Billing.use(first))))._tag, "ConnectionFailed")
        assert.strictEqual((yield* failureOf(getThing({ id: "1" }).pipe(Billing.use(second))))._tag, "AuthenticationFailed")
        assert.deepStrictEqual(spent(script), ["refresh-0"])
      })))

    it.effect("faults 19: nor after one of them closed before its answer came; it waits no longer for it than that", () =>
      Effect.scoped(Effect.gen(function*() {
        const script = yield* Script.make([token({ fault: "hang" }), Script.on("api", () => true, ok)])
        const { first, scope, second } = yield* two(script)
        yield* Effect.forkChild(failureOf(getThing({ id: "1" }).pipe(Billing.use(first))))
        yield* settle
        const waiter = yield* Effect.forkChild(failureOf(getThing({ id: "1" }).pipe(Billing.use(second))))
        yield* settle
        yield* Effect.forkChild(Scope.close(scope, Exit.void))
        yield* TestClock.adjust("5 seconds")
        const exit = waiter.pollUnsafe()
        assert.strictEqual(exit?._tag === "Success" ? exit.value._tag : exit, "AuthenticationFailed")
        assert.deepStrictEqual(spent(script), ["refresh-0"])
      })))
  })

  it.effect("nothing secret in status and explain", () =>
    Effect.gen(function*() {
      const { live } = yield* setup({ body: { access_token: "the-access-token", refresh_token: "the-new-refresh-token" } })
      yield* Effect.gen(function*() {
        yield* getThing({ id: "1" })
        const text = JSON.stringify([yield* Billing.status, yield* Billing.explain(getThing)])
        for (const secret of ["refresh-0", "the-access-token", "the-new-refresh-token"]) assert.notInclude(text, secret)
      }).pipe(Effect.provide(live))
    }))
})
