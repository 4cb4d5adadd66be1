import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, Scheme, TokenStore } from "credence"
import { Script } from "credence/testing"
import { Scope, Tpp, TppAuth } from "credence/tpp"
import { getVersion } from "credence/tpp/systemstatus"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { grant, over, partsOver, password, sentBody } from "./support.ts"

type Reply = Script.Reply | Parameters<typeof Script.on>[2]

const path = (name: string, end: string, reply: Reply) => Script.on(name, ({ url }) => url.pathname === end, reply)

const version: Script.Reply = { body: { Version: "22.4.0.1234" } }

const login = (reply: Reply) => path("login", "/vedauth/authorize/oauth", reply)
const renewal = (reply: Reply) => path("renewal", "/vedauth/authorize/token", reply)
const revocation = path("revocation", "/vedauth/revoke/token", { body: "" })
const api = (reply: Reply = version) => path("api", "/vedsdk/systemstatus/version", reply)

const bodies = (script: Script.Script, step: string) => script.seen.filter((seen) => seen.step === step).map(({ request }) => sentBody(request.body))
const headersOf = (script: Script.Script, step: string, name: string) => script.seen.filter((seen) => seen.step === step).map(({ request }) => request.headers[name])

describe("signing in to TPP", () => {
  it.effect("by password: what is sent, and the token as Bearer although it has no `==`", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([login({ body: grant({ access_token: "no-equals-signs" }) }), revocation, api()])
      yield* Effect.provide(getVersion(), over(script, password()))
      assert.deepStrictEqual(bodies(script, "login"), [{ client_id: "pytpp", username: "demo", password: "demo-password", scope: "certificate:delete,manage,revoke;configuration:delete,manage" }])
      assert.deepStrictEqual(headersOf(script, "api", "authorization"), ["Bearer no-equals-signs"])
      assert.deepStrictEqual(headersOf(script, "revocation", "authorization"), ["Bearer no-equals-signs"])
      assert.deepStrictEqual(headersOf(script, "login", "authorization"), [undefined])
    }))

  it.effect("an expired token is renewed by its refresh token; where that is refused, by the password", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        login((_, count) => ({ body: grant({ access_token: `login-${count}==`, refresh_token: `r-${count}==` }) })),
        renewal((_, count) => count === 1 ? { body: grant({ access_token: "renewed==", refresh_token: "r-next==" }) } : { status: 400, body: { error: "invalid_grant", error_description: "Grant has been revoked" } }),
        revocation,
        api()
      ])
      yield* Effect.gen(function*() {
        yield* getVersion()
        yield* TestClock.adjust("100 seconds")
        yield* getVersion()
        yield* TestClock.adjust("100 seconds")
        yield* getVersion()
      }).pipe(Effect.provide(over(script, password())))
      assert.deepStrictEqual(bodies(script, "renewal"), [{ client_id: "pytpp", refresh_token: "r-1==" }, { client_id: "pytpp", refresh_token: "r-next==" }])
      assert.deepStrictEqual(headersOf(script, "api", "authorization"), ["Bearer login-1==", "Bearer renewed==", "Bearer login-2=="])
    }))

  it.effect("the end of a refresh token is kept: after it the password is used at once", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([login({ body: grant({ expires: 1000, refresh_until: 1150 }) }), renewal({ status: 500 }), revocation, api()])
      yield* Effect.gen(function*() {
        yield* getVersion()
        yield* TestClock.adjust("300 seconds")
        yield* getVersion()
      }).pipe(Effect.provide(over(script, password())))
      assert.deepStrictEqual([script.count("login"), script.count("renewal")], [2, 0])
    }))

  it.effect("without `expires_in`, `expires` counts on the server's own clock", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        login({ body: grant({ expires_in: undefined, expires: 1_000_060 }), headers: { date: new Date(1_000_000_000).toUTCString() } }),
        renewal({ body: grant({ access_token: "renewed==" }) }),
        revocation,
        api()
      ])
      yield* Effect.gen(function*() {
        yield* getVersion()
        yield* TestClock.adjust("40 seconds")
        yield* getVersion()
        assert.strictEqual(script.count("renewal"), 0)
        yield* TestClock.adjust("20 seconds")
        yield* getVersion()
        assert.strictEqual(script.count("renewal"), 1)
      }).pipe(Effect.provide(over(script, password())))
    }))

  it.effect("a 401 that stays is told, after one renewal", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        login({ body: grant() }),
        renewal({ body: grant({ access_token: "renewed==" }) }),
        revocation,
        api({ status: 401, body: { error: "invalid_token", error_description: "The access token provided is expired" } })
      ])
      const error = yield* Effect.flip(Effect.provide(getVersion(), over(script, password())))
      assert.strictEqual(error._tag === "AuthenticationFailed" ? error.reason : error._tag, "rejected")
      assert.deepStrictEqual([script.count("api"), script.count("renewal"), script.count("login")], [2, 1, 1])
    }))

  it.effect("a login or a renewal that the server's database rolled back is asked for again", () =>
    Effect.gen(function*() {
      const rolledBack: Script.Reply = { status: 500, body: "Deadlock. Please rerun the transaction." }
      const script = yield* Script.make([
        login((_, count) => count < 3 ? rolledBack : { body: grant() }),
        renewal((_, count) => count === 1 ? rolledBack : { body: grant({ access_token: "renewed==" }) }),
        revocation,
        api()
      ])
      yield* Effect.gen(function*() {
        const first = yield* Effect.forkChild(getVersion())
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.join(first)
        yield* TestClock.adjust("100 seconds")
        const second = yield* Effect.forkChild(getVersion())
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.join(second)
      }).pipe(Effect.provide(over(script, password())))
      assert.deepStrictEqual(bodies(script, "renewal"), [{ client_id: "pytpp", refresh_token: "refresh-1==" }, { client_id: "pytpp", refresh_token: "refresh-1==" }])
      assert.deepStrictEqual([script.count("login"), headersOf(script, "api", "authorization").at(-1)], [3, "Bearer renewed=="])
    }))

  it.effect("more scopes may be asked for as scopes are written, and are not asked for twice", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        login(({ body }) => ({ body: grant({ scope: (sentBody(body) as { readonly scope: string }).scope }) })),
        revocation
      ])
      yield* Effect.gen(function*() {
        yield* Tpp.authenticate({ scopes: ["certificate:delete,revoke"] })
        yield* Tpp.authenticate({ scopes: ["Certificate:Revoke", "certificate"] })
        yield* Tpp.authenticate({ scopes: [Scope.make({ configuration: ["read"], certificate: ["manage"] }).text] })
      }).pipe(Effect.provide(over(script, password({ scope: Scope.make({ certificate: ["manage"] }) }))))
      assert.deepStrictEqual(bodies(script, "login").map((body) => (body as { readonly scope: string }).scope), ["certificate:delete,manage,revoke", "certificate:delete,manage,revoke;configuration"])
    }))

  it.effect("of a scope with what the builder does not know, the rest is known all the same: each category is asked for once", () =>
    Effect.gen(function*() {
      const scope = "certificate:manage;codesignclient;ssh:any"
      let logins = 0
      const script = yield* Script.make([
        login(({ body }) => ({ body: grant({ access_token: `token-${++logins}==`, scope: (sentBody(body) as { readonly scope: string }).scope }) })),
        renewal({ body: grant() }),
        revocation,
        api()
      ])
      yield* Effect.gen(function*() {
        yield* Tpp.authenticate()
        assert.deepStrictEqual((yield* Tpp.status).authentication.scopes, [
          "certificate:manage", "certificate:read", "codesignclient:read", "ssh:any", "ssh:read"
        ])
        yield* Tpp.authenticate({ scopes: ["certificate:manage", "codesignclient", "ssh:any"] })
        yield* Tpp.authenticate({ scopes: ["certificate:revoke"] })
        yield* Tpp.authenticate({ scopes: ["certificate:revoke"] })
      }).pipe(Effect.provide(over(script, password({ scope }))))
      assert.deepStrictEqual(bodies(script, "login").map((body) => (body as { readonly scope: string }).scope), [
        "certificate:manage;codesignclient;ssh:any",
        "certificate:manage,revoke;codesignclient;ssh:any"
      ])
    }))

  it.effect("revoking ends the grant also where its token has expired: another one is got for that", () =>
    Effect.gen(function*() {
      const ended: Array<string | undefined> = []
      const script = yield* Script.make([
        login({ body: grant() }),
        renewal({ body: grant({ access_token: "token-2==", refresh_token: "refresh-2==" }) }),
        path("revocation", "/vedauth/revoke/token", ({ headers: { authorization } }) => {
          if (authorization !== "Bearer token-2==") return { status: 401, body: { error: "invalid_token" } }
          ended.push(authorization)
          return {}
        })
      ])
      yield* Effect.gen(function*() {
        yield* Tpp.authenticate()
        yield* TestClock.adjust("200 seconds")
        yield* TppAuth.revoke
      }).pipe(Effect.provide(over(script, password())))
      assert.deepStrictEqual(ended, ["Bearer token-2=="])
      assert.strictEqual(script.count("renewal"), 1)
      // a refresh token that was given, and not used yet
      yield* Effect.provide(TppAuth.revoke, over(script, TppAuth.refreshToken({ clientId: "pytpp", refreshToken: Redacted.make("given==") })))
      assert.strictEqual(ended.length, 2)
    }))

  it.effect("revoking a grant that is over succeeds, and one of which nothing is known fails", () =>
    Effect.gen(function*() {
      const tried = (refusal: Script.Reply) =>
        Effect.gen(function*() {
          const script = yield* Script.make([
            login({ body: grant() }),
            renewal(refusal),
            path("revocation", "/vedauth/revoke/token", { status: 401, body: { error: "invalid_token" } })
          ])
          return yield* Effect.exit(Effect.provide(Effect.andThen(Tpp.authenticate(), TppAuth.revoke), over(script, password())))
        })
      assert.strictEqual((yield* tried({ status: 400, body: { error: "invalid_grant" } }))._tag, "Success")
      assert.strictEqual((yield* tried({ status: 503 }))._tag, "Failure")
      const spent = yield* Script.make([renewal({ status: 400, body: { error: "invalid_grant" } })])
      yield* Effect.provide(TppAuth.revoke, over(spent, TppAuth.refreshToken({ clientId: "pytpp", refreshToken: Redacted.make("given==") })))
      assert.strictEqual(spent.count("renewal"), 1)
    }))

  it.effect("a store keeps one token for each application, user and scope, and closing does not revoke it", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([login((_, count) => ({ body: grant({ access_token: `login-${count}==` }) })), revocation, api()])
      const store = TokenStore.memory()
      const used = (options: Partial<TppAuth.PasswordOptions>) => Effect.provide(getVersion(), over(script, password(options), store))
      yield* used({})
      yield* used({})
      yield* used({ username: "viewer" })
      yield* used({ scope: Scope.make({ certificate: ["read"] }) })
      yield* used({ clientId: "other" })
      yield* used({ username: "viewer" })
      assert.deepStrictEqual(headersOf(script, "api", "authorization").map((value) => value?.replace(/\D/g, "")), ["1", "1", "2", "3", "4", "2"])
      assert.strictEqual(script.count("revocation"), 0)
    }))

  it.effect("a store keeps tokens by certificate and by tickets only where it is known whose they are", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        path("certificate", "/vedauth/authorize/certificate", (_, count) => ({ body: grant({ access_token: `c-${count}==` }) })),
        path("integrated", "/vedauth/authorize/integrated", (_, count) => ({ body: grant({ access_token: `i-${count}==` }) })),
        revocation,
        api()
      ])
      const store = TokenStore.memory()
      const application = { clientId: "pytpp", scope: "certificate" }
      const used = (auth: Layer.Layer<Auth.Authentication>, certificate?: string | { readonly file: string }) => {
        const tls = certificate === undefined ? {} : { tls: { certificate: { certificate, key: { file: "key.pem" } } } }
        return Effect.provide(getVersion(), Tpp.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: "https://tpp.test", ...tls }), script.layer, store])))
      }
      const nameless: Scheme.Scheme = { ...Scheme.basic({ username: "ada", password: Redacted.make("enigma") }), identity: undefined }
      for (const _ of [1, 2]) {
        yield* used(TppAuth.certificate(application), "-----BEGIN CERTIFICATE-----ada")
        yield* used(TppAuth.certificate(application), "-----BEGIN CERTIFICATE-----bob")
        yield* used(TppAuth.certificate({ ...application, user: "carol" }), { file: "me.pem" })
        yield* used(TppAuth.certificate(application), { file: "me.pem" })
        yield* used(TppAuth.integrated({ ...application, schemes: [nameless] }))
        yield* used(TppAuth.integrated({ ...application, schemes: [nameless], user: "dave" }))
      }
      assert.deepStrictEqual(
        headersOf(script, "api", "authorization").map((value) => value?.replace(/^Bearer |==$/g, "")),
        ["c-1", "c-2", "c-3", "c-4", "i-1", "i-2", "c-1", "c-2", "c-3", "c-5", "i-3", "i-2"]
      )
      // what no store keeps is revoked
      assert.strictEqual(script.count("revocation"), 4)
    }))

  it.effect("an error inside status 200, a login page and a token that cannot be sent are no tokens", () =>
    Effect.gen(function*() {
      for (const [reply, said] of [
        [{ body: { Error: "The database is away" } }, "The database is away"],
        [{ body: "<html>Sign in</html>" }, "login page"],
        [{ body: { token_type: "Bearer" } }, "no access_token"],
        [{ body: grant({ access_token: "line\nbreak" }) }, "cannot be sent"],
        [{ body: grant({ token_type: "mac" }) }, "not Bearer"],
        [{ status: 302, headers: { location: "https://elsewhere.test/" } }, "redirects"]
      ] as const) {
        const script = yield* Script.make([login(reply), api()])
        const error = yield* Effect.flip(Effect.provide(getVersion(), over(script, password())))
        assert.strictEqual(error._tag === "AuthenticationFailed" ? error.reason : error._tag, "login")
        assert.include(error.message, said)
      }
    }))

  it.effect("an answer that echoes the password or the refresh token does not show it", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([login({ status: 400, body: { error: "invalid_grant", error_description: "demo with demo-password is wrong" } }), api()])
      const error = yield* Effect.flip(Effect.provide(getVersion(), over(script, password())))
      assert.notInclude(JSON.stringify(error) + error.message, "demo-password")
      const renewing = yield* Script.make([renewal({ status: 400, body: { error: "invalid_grant", error_description: "seed-of-mine== is spent" } }), api()])
      const auth = TppAuth.refreshToken({ clientId: "pytpp", refreshToken: Redacted.make("seed-of-mine==") })
      const refused = yield* Effect.flip(Effect.provide(getVersion(), over(renewing, auth)))
      assert.strictEqual(refused._tag === "AuthenticationFailed" ? refused.reason : refused._tag, "refresh")
      assert.notInclude(JSON.stringify(refused) + refused.message, "seed-of-mine")
    }))

  it.effect("a given refresh token is spent once, each rotation is told before its token is used, and nothing is revoked", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const script = yield* Script.make([
        renewal((_, count) => ({ body: grant({ access_token: `at-${count}==`, refresh_token: `rt-${count}==` }) })),
        api((request) => {
          log.push(`used ${request.headers["authorization"]}`)
          return version
        })
      ])
      const auth = TppAuth.refreshToken({ clientId: "pytpp", refreshToken: Redacted.make("rt-0=="), onRotate: (token) => Effect.sync(() => void log.push(`kept ${Redacted.value(token)}`)) })
      yield* Effect.gen(function*() {
        yield* getVersion()
        yield* TestClock.adjust("100 seconds")
        yield* getVersion()
      }).pipe(Effect.provide(over(script, auth)))
      assert.deepStrictEqual(log, ["kept rt-1==", "used Bearer at-1==", "kept rt-2==", "used Bearer at-2=="])
      assert.deepStrictEqual(bodies(script, "renewal").map((body) => (body as { readonly refresh_token: string }).refresh_token), ["rt-0==", "rt-1=="])
    }))

  it.effect("a given token that has ended is not mended, and a token that cannot be sent is a wrong configuration", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([api({ status: 401 })])
      const error = yield* Effect.flip(Effect.provide(getVersion(), over(script, TppAuth.token(Redacted.make("given==")))))
      assert.strictEqual(error._tag, "AuthenticationFailed")
      assert.deepStrictEqual(headersOf(script, "api", "authorization"), ["Bearer given=="])
      const invalid = yield* Effect.flip(Effect.provide(getVersion(), over(script, TppAuth.token(Redacted.make("a\nb")))))
      assert.strictEqual(invalid._tag, "ConfigurationInvalid")
    }))

  it.effect("API keys go in their own header, follow no redirect to another host, and are asked for again when they end", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        path("key", "/vedsdk/authorize", (_, count) => ({ body: { APIKey: `key-${count}`, ValidUntil: "/Date(60000)/" } })),
        Script.on("elsewhere", ({ url }) => url.host === "elsewhere.test", version),
        api((_, count) => count === 3 ? { status: 302, headers: { location: "https://elsewhere.test/version" } } : version)
      ])
      yield* Effect.gen(function*() {
        yield* getVersion()
        yield* TestClock.adjust("60 seconds")
        yield* getVersion()
        yield* getVersion()
      }).pipe(Effect.provide(over(script, TppAuth.apiKey({ username: "demo", password: Redacted.make("demo-password") }))))
      assert.deepStrictEqual(bodies(script, "key"), [{ Username: "demo", Password: "demo-password" }, { Username: "demo", Password: "demo-password" }])
      assert.deepStrictEqual(headersOf(script, "api", "x-venafi-api-key"), ["key-1", "key-2", "key-2"])
      assert.deepStrictEqual(headersOf(script, "elsewhere", "x-venafi-api-key"), [undefined])
    }))
})

describe("device codes of TPP", () => {
  const codes = (members: Readonly<Record<string, unknown>> = {}): Script.Step =>
    path("codes", "/vedauth/authorize/device", { body: { device_code: "the-device-code", user_code: "ABCD-EFGH", verification_uri: "https://tpp.test/aperture/device", verification_uri_complete: "https://tpp.test/aperture/device?code=ABCD-EFGH", interval: 1, expires_in: 300, ...members } })
  const refusing = (error: string): Script.Reply => ({ status: 400, body: { error } })
  const device = (shown: Array<Auth.DeviceCode> = []) =>
    TppAuth.deviceCode({ clientId: "pytpp", scope: Scope.make({ certificate: ["read"] }), prompt: (code) => Effect.sync(() => void shown.push(code)) })

  it.effect("asks at the server's interval, less often after slow_down and after no answer, and uses the token", () =>
    Effect.gen(function*() {
      const times: Array<number> = []
      const replies: ReadonlyArray<Script.Reply> = [refusing("authorization_pending"), refusing("slow_down"), { fault: "reset" }, refusing("authorization_pending"), { body: grant() }]
      const clock = yield* TestClock.testClockWith(Effect.succeed)
      const script = yield* Script.make([
        codes(),
        renewal((_, count) => {
          times.push(clock.currentTimeMillisUnsafe())
          return replies[count - 1] ?? { status: 500 }
        }),
        revocation,
        api()
      ])
      const shown: Array<Auth.DeviceCode> = []
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Tpp.authenticate())
        yield* TestClock.adjust("60 seconds")
        yield* Fiber.join(fiber)
        yield* getVersion()
      }).pipe(Effect.provide(over(script, device(shown))))
      // 1 s; then 1 s; then 1 + 5 s; then twice that after the one without an answer
      assert.deepStrictEqual(times, [1000, 2000, 8000, 20_000, 32_000])
      assert.deepStrictEqual(bodies(script, "codes"), [{ client_id: "pytpp", scope: "certificate" }])
      assert.deepStrictEqual(bodies(script, "renewal")[0], { client_id: "pytpp", grant_type: "device_code", device_code: "the-device-code" })
      assert.deepStrictEqual(shown, [{ session: "tpp", userCode: "ABCD-EFGH", verificationUri: "https://tpp.test/aperture/device", verificationUriComplete: "https://tpp.test/aperture/device?code=ABCD-EFGH", lifetime: 300_000 }])
    }))

  it.effect("a refusal, a code that ended, and nobody in time are logins that failed", () =>
    Effect.gen(function*() {
      for (const [reply, said] of [["access_denied", "the user refused"], ["expired_token", "in time"], ["authorization_pending", "in time"], ["invalid_grant", "invalid_grant"]] as const) {
        const script = yield* Script.make([codes({ expires_in: 5 }), renewal(refusing(reply))])
        const error = yield* Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(Effect.flip(Tpp.authenticate()))
          yield* TestClock.adjust("20 seconds")
          return yield* Fiber.join(fiber)
        }).pipe(Effect.provide(over(script, device())))
        assert.strictEqual(error._tag === "AuthenticationFailed" ? error.reason : error._tag, "login")
        assert.include(error.message, said)
        assert.isBelow(script.count("renewal"), 6)
      }
    }))

  it.effect("a code that ends before the next question is over then, and not when that would have been asked", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([codes({ interval: 3600, expires_in: 60 })])
      const error = yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Effect.flip(Tpp.authenticate()))
        yield* TestClock.adjust("60 seconds")
        return fiber.pollUnsafe() === undefined ? yield* Effect.die("still waiting") : yield* Fiber.join(fiber)
      }).pipe(Effect.provide(over(script, device())))
      assert.include(error.message, "in time")
    }))

  it.effect("a gateway that cannot reach the server is no refusal: it is asked again, less often", () =>
    Effect.gen(function*() {
      const replies: ReadonlyArray<Script.Reply> = [{ status: 502, body: "<html>Bad gateway</html>" }, { status: 504 }, { body: grant() }]
      const script = yield* Script.make([codes(), renewal((_, count) => replies[count - 1] ?? { status: 500 }), revocation])
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Tpp.authenticate())
        yield* TestClock.adjust("60 seconds")
        yield* Fiber.join(fiber)
      }).pipe(Effect.provide(over(script, device())))
      assert.strictEqual(script.count("renewal"), 3)
    }))

  it.effect("what could not be shown without harm is no code", () =>
    Effect.gen(function*() {
      for (const members of [{ user_code: "AB\u001b[2J" }, { verification_uri: "javascript:alert(1)" }, { verification_uri: "no address" }, { device_code: "" }]) {
        const shown: Array<Auth.DeviceCode> = []
        const script = yield* Script.make([codes(members)])
        const error = yield* Effect.flip(Effect.provide(Tpp.authenticate(), over(script, device(shown))))
        assert.strictEqual(error._tag, "AuthenticationFailed")
        assert.deepStrictEqual(shown, [])
      }
    }))

  it.effect("Auth.devicePrompt shows codes of the session that it is given to", () =>
    Effect.gen(function*() {
      const shown: Array<string> = []
      const script = yield* Script.make([codes(), renewal({ body: grant() }), revocation])
      const prompt = Auth.devicePrompt(({ userCode }) => Effect.sync(() => void shown.push(userCode)))
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Tpp.authenticate())
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.join(fiber)
      }).pipe(Effect.provide(over(script, TppAuth.deviceCode({ clientId: "pytpp", scope: "certificate" }), prompt)))
      assert.deepStrictEqual(shown, ["ABCD-EFGH"])
    }))
})

describe("TppAuth.fromConfig", () => {
  const method = (env: Record<string, string>, prefix?: string) =>
    Effect.gen(function*() {
      const script = yield* Script.make([login({ body: grant() }), renewal({ body: grant() }), revocation, api()])
      const Live = Tpp.layer().pipe(Layer.provide([TppAuth.fromConfig(prefix), partsOver(script)]))
      return yield* Effect.provide(Effect.map(Tpp.status, ({ authentication }) => authentication.method), Live)
    }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  const application = { TPP_CLIENT_ID: "pytpp", TPP_SCOPE: "certificate:manage" }

  it.effect("takes the method whose variables are set", () =>
    Effect.gen(function*() {
      for (const [env, name] of [
        [{ TPP_TOKEN: "t==" }, "token"],
        [{ TPP_CLIENT_ID: "pytpp", TPP_REFRESH_TOKEN: "r==" }, "refresh token"],
        [{ ...application, TPP_USERNAME: "demo", TPP_PASSWORD: "demo-password" }, "password"],
        [{ ...application, TPP_CLIENT_CERTIFICATE: "me.pem" }, "certificate"],
        [{ TPP_API_KEY: "key" }, "api key"],
        [{ TPP_USERNAME: "demo", TPP_PASSWORD: "demo-password" }, "api key"],
        [application, "device code"],
        [{ ...application, TPP_TOKEN: "t==", TPP_METHOD: "device" }, "device code"]
      ] as const) assert.strictEqual(yield* method(env), name)
      assert.strictEqual(yield* method({ LAB_TOKEN: "t==" }, "LAB"), "token")
    }))

  it.effect("says what it looked for, and what is wrong with a scope", () =>
    Effect.gen(function*() {
      const nothing = yield* Effect.flip(method({}))
      for (const name of ["TPP_TOKEN", "TPP_CLIENT_ID", "TPP_SCOPE", "TPP_USERNAME", "TPP_CLIENT_CERTIFICATE", "TPP_API_KEY"]) assert.include(nothing.message, name)
      const scope = yield* Effect.flip(method({ ...application, TPP_SCOPE: "certificate:fly" }))
      assert.include(scope.message, "TPP_SCOPE")
      assert.include(scope.message, "approve, delete, discover, manage, read, revoke")
    }))
})
