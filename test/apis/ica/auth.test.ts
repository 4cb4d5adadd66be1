import { expect, it } from "@effect/vitest"
import { Auth, Configuration, TokenStore } from "credence"
import { Ica, IcaAuth } from "credence/ica"
import { getProjects } from "credence/ica/projects"
import { createJwtToken, refreshJwtToken } from "credence/ica/tokens"
import { Script } from "credence/testing"
import { layer as sandboxLayer, Sandbox } from "credence-kit/sandbox"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { key, password, received, secret, sessionOf } from "./support.ts"

const names = Effect.map(getProjects(), (page) => page.items.map(({ name }) => name))
const five = ["project1", "project2", "project3", "project4", "project5"]

it.layer(sandboxLayer(), { excludeTestServices: true })("signing in to ICA", (it) => {
  const test = <A, E, R>(name: string, body: Effect.Effect<A, E, R | Sandbox>) =>
    it.effect(name, () => Effect.andThen(Effect.flatMap(Sandbox, ({ control }) => control.reset), body as Effect.Effect<A, E, Sandbox>))

  test("an API key goes with each call, and no token is made", Effect.gen(function*() {
    expect(yield* names.pipe(Effect.provide(sessionOf(key())))).toEqual(five)
    expect(yield* received("ica", "/tokens")).toEqual([])
    const [call] = yield* received("ica")
    expect([call?.identity, call?.headers["accept"], call?.headers["authorization"]]).toEqual([{ userName: "demo", method: "APIKEY" }, "application/vnd.illumina.v3+json", undefined])
  }))

  for (const [name, auth, method] of [
    ["a password, with its tenant", password("demo", "demo"), "JWT (BASIC)"],
    ["a name and a password beyond ASCII", password("zoë"), "JWT (BASIC)"],
    ["a psToken", IcaAuth.psToken({ psToken: secret("demo-ps-token") }), "JWT (PSTOKEN)"],
    ["an API key", IcaAuth.apiKeyToken({ apiKey: secret("demo-api-key") }), "JWT (APIKEY)"]
  ] as const) {
    test(`a JWT from ${name}: made once, for all callers`, Effect.gen(function*() {
      yield* Effect.all(Array.from({ length: 20 }, () => names), { concurrency: "unbounded" }).pipe(Effect.provide(sessionOf(auth)))
      expect((yield* received("ica", "/tokens")).length).toBe(1)
      const calls = yield* received("ica", "/projects")
      expect(new Set(calls.map(({ identity }) => identity?.method))).toEqual(new Set([method]))
      // what the JWT was made from goes nowhere else
      expect(calls.every(({ headers }) => headers["x-api-key"] === undefined && headers["authorization"]?.startsWith("Bearer ") === true)).toBe(true)
    }))
  }

  test("the tenant decides what there is, and who has several must say which", Effect.gen(function*() {
    expect(yield* names.pipe(Effect.provide(sessionOf(password("bob", "lab"))))).toEqual(["labProject"])
    const error = yield* Effect.flip(names.pipe(Effect.provide(sessionOf(password("bob")))))
    expect(error).toMatchObject({ _tag: "AuthenticationFailed", reason: "login", status: 400 })
    expect(error.message).toContain("The user belongs to several tenants (tenant: must be given)")
  }))

  test("what is wrong is told, and no secret", Effect.gen(function*() {
    for (const auth of [
      IcaAuth.password({ username: "demo", password: secret("wrong-canary") }),
      IcaAuth.psToken({ psToken: secret("wrong-canary") }),
      IcaAuth.apiKeyToken({ apiKey: secret("wrong-canary") })
    ]) {
      const error = yield* Effect.flip(names.pipe(Effect.provide(sessionOf(auth))))
      expect(error).toMatchObject({ _tag: "AuthenticationFailed", reason: "login", status: 401 })
      expect(JSON.stringify(error) + error.message).not.toContain("canary")
    }
  }))

  test("a JWT that the server has ended is replaced, without the caller noticing", Effect.gen(function*() {
    const { control } = yield* Sandbox
    yield* Effect.gen(function*() {
      yield* names
      yield* control.expireSessions()
      yield* control.clearReceived
      expect((yield* Effect.all(Array.from({ length: 30 }, () => names), { concurrency: "unbounded" })).every((found) => found.length === 5)).toBe(true)
    }).pipe(Effect.provide(sessionOf(password())))
    // the ended one is not refreshed any more, so a new one was made: once
    expect((yield* received("ica", "/tokens")).filter(({ status }) => status === 200).length).toBe(1)
  }))

  test("a JWT that an API key made is made anew, and never refreshed", Effect.gen(function*() {
    const { control } = yield* Sandbox
    yield* Effect.gen(function*() {
      yield* names
      yield* control.expireSessions()
      yield* names
    }).pipe(Effect.provide(sessionOf(IcaAuth.apiKeyToken({ apiKey: secret("demo-api-key") }))))
    expect((yield* received("ica", "/tokens")).map(({ path }) => path)).toEqual(["/ica/rest/api/tokens", "/ica/rest/api/tokens"])
  }))

  test("a given JWT is sent as it is; a wrong one fails, and is not sent twice", Effect.gen(function*() {
    const { token } = yield* createJwtToken().pipe(Effect.provide(sessionOf(key())))
    yield* (yield* Sandbox).control.clearReceived
    expect(yield* names.pipe(Effect.provide(sessionOf(IcaAuth.jwt(secret(token)))))).toEqual(five)
    const error = yield* Effect.flip(names.pipe(Effect.provide(sessionOf(IcaAuth.jwt(secret("junk"))))))
    expect(error).toMatchObject({ _tag: "AuthenticationFailed", reason: "rejected", status: 401 })
    expect((yield* received("ica")).map(({ status }) => status)).toEqual([200, 401])
  }))

  test("each operation gets the credentials that it takes", Effect.gen(function*() {
    yield* Effect.gen(function*() {
      // Basic makes a JWT, the JWT is refreshed and calls the rest
      yield* createJwtToken()
      yield* refreshJwtToken()
      yield* names
    }).pipe(Effect.provide(sessionOf(password())))
    expect((yield* received("ica")).map(({ headers, path }) => [path, headers["authorization"]?.split(" ")[0]])).toEqual([
      ["/ica/rest/api/tokens", "Basic"],
      ["/ica/rest/api/tokens", "Basic"],
      ["/ica/rest/api/tokens:refresh", "Bearer"],
      ["/ica/rest/api/projects", "Bearer"]
    ])
    const error = yield* Effect.flip(refreshJwtToken().pipe(Effect.provide(sessionOf(key()))))
    expect(error).toMatchObject({ _tag: "AuthenticationFailed", reason: "unsatisfied" })
    expect(error.message).toContain("JwtAuth")
  }))

  test("refreshing by hand what an API key made is forbidden, as a problem", Effect.gen(function*() {
    const error = yield* Effect.flip(refreshJwtToken().pipe(Effect.provide(sessionOf(IcaAuth.apiKeyToken({ apiKey: secret("demo-api-key") })))))
    expect(error).toMatchObject({ _tag: "Forbidden", body: { status: 403, detail: "A JWT created with an API key cannot be refreshed" } })
  }))

  test("with several credentials each call has one way, and nothing else goes along", Effect.gen(function*() {
    const both = IcaAuth.schemes({ ApiKeyAuth: secret("demo-api-key"), BasicAuth: { username: "demo", password: secret("demo-password") }, PsTokenAuth: secret("demo-ps-token") })
    yield* Effect.andThen(createJwtToken(), names).pipe(Effect.provide(sessionOf(both)))
    const [token, projects] = yield* received("ica")
    expect([token?.headers["x-api-key"] !== undefined, token?.headers["authorization"]]).toEqual([true, undefined])
    expect([projects?.headers["x-api-key"] !== undefined, projects?.headers["authorization"]]).toEqual([true, undefined])
  }))
})

const jwtOf = (issuedAt: number, lifetime: number, id: string) => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
  return `${part({ alg: "none" })}.${part({ sub: "ada", iat: issuedAt, exp: issuedAt + lifetime, jti: id })}.x`
}

/** A server that lives a year ahead, and what it was asked. */
const ahead = Effect.gen(function*() {
  const asked: Array<string> = []
  let made = 0
  const headers = { "content-type": "application/vnd.illumina.v3+json" }
  const script = yield* Script.make([Script.on("any", () => true, (request) => {
    asked.push(request.url.pathname.replace("/ica/rest/api/", ""))
    return { headers, body: request.url.pathname.includes("tokens") ? { token: jwtOf(31_536_000 + made * 3_500, 3_600, String(++made)) } : { items: [] } }
  })])
  const live = <E>(auth: Layer.Layer<Auth.Authentication, E>) => Ica.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: "https://ica.example.com/ica/rest" }), script.layer]))
  return { tokens: () => asked.filter((path) => path.startsWith("tokens")), live }
})

for (const [name, auth, renewal] of [
  ["a password's JWT is refreshed", password(), "tokens:refresh"],
  ["a psToken's JWT is refreshed", IcaAuth.psToken({ psToken: secret("p") }), "tokens:refresh"],
  ["an API key's JWT is made anew", IcaAuth.apiKeyToken({ apiKey: secret("k") }), "tokens"]
] as const) {
  it.effect(`${name} before it expires, by the server's clock, however wrong ours is`, () =>
    Effect.gen(function*() {
      const { live, tokens } = yield* ahead
      yield* Effect.gen(function*() {
        yield* getProjects()
        expect((yield* Ica.status).authentication.schemes?.["JwtAuth"]).toMatchObject({ state: "active", identity: name.startsWith("a password") ? "demo" : "ada" })
        yield* TestClock.adjust("30 minutes")
        yield* getProjects()
        expect(tokens()).toEqual(["tokens"])
        yield* TestClock.adjust("1799 seconds")
        yield* getProjects()
        yield* TestClock.adjust(0)
        yield* getProjects()
        // the one that came is good for another hour
        yield* TestClock.adjust("30 minutes")
        yield* getProjects()
      }).pipe(Effect.provide(live(auth)))
      expect(tokens()).toEqual(["tokens", renewal])
    }))
}

it.effect("a given JWT is refreshed where that is wanted", () =>
  Effect.gen(function*() {
    const { live, tokens } = yield* ahead
    yield* TestClock.adjust("1 hour")
    yield* Effect.gen(function*() {
      yield* getProjects()
      expect(tokens()).toEqual([])
      yield* TestClock.adjust("1 hour")
      yield* getProjects()
    }).pipe(Effect.provide(live(IcaAuth.jwt(secret(jwtOf(3_600, 3_600, "given")), { refresh: true }))))
    expect(tokens()).toEqual(["tokens:refresh"])
  }))

it.effect("a store gives the JWT to other sessions, and never to another tenant", () =>
  Effect.gen(function*() {
    const { live, tokens } = yield* ahead
    const store = TokenStore.memory()
    const call = (auth: Layer.Layer<Auth.Authentication>) => getProjects().pipe(Effect.provide(Layer.provide(live(auth), store)))
    yield* call(password("ada", "one"))
    yield* call(password("ada", "one"))
    expect(tokens().length).toBe(1)
    yield* call(password("ada", "two"))
    yield* call(password("bob", "one"))
    yield* call(IcaAuth.psToken({ psToken: secret("p"), tenant: "one" }))
    expect(tokens().length).toBe(4)
  }))

it.effect("the JWT is there for other programs, and is forgotten when asked to", () =>
  Effect.gen(function*() {
    const { live, tokens } = yield* ahead
    yield* Effect.gen(function*() {
      const token = Redacted.value(yield* Ica.token)
      expect(token.split(".").length).toBe(3)
      yield* Ica.signOut
      expect(Redacted.value(yield* Ica.token)).not.toBe(token)
    }).pipe(Effect.provide(live(password())))
    expect(tokens()).toEqual(["tokens", "tokens"])
  }))

const configured = (variables: Readonly<Record<string, string>>) =>
  Effect.scoped(Effect.map(Layer.build(IcaAuth.fromConfig()), (context) => Context.get(context, Auth.Authentication))).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(variables))
  )

it.effect("the way to sign in is chosen by what is set, and says why", () =>
  Effect.gen(function*() {
    const cases = [
      [{ ICA_API_KEY: "k" }, "ICA_API_KEY"],
      [{ ICA_USERNAME: "ada", ICA_PASSWORD: "p", ICA_TENANT: "acme" }, "ICA_PASSWORD"],
      [{ ICA_PS_TOKEN: "t" }, "ICA_PS_TOKEN"],
      [{ ICA_TOKEN: "j" }, "ICA_TOKEN"],
      [{ ICA_API_KEY: "k", ICA_METHOD: "apikey-token" }, "ICA_METHOD"]
    ] as const
    for (const [variables, why] of cases) expect((yield* configured(variables)).why).toContain(why)
    const nothing = yield* Effect.flip(configured({}))
    for (const name of ["ICA_API_KEY", "ICA_USERNAME", "ICA_PASSWORD", "ICA_PS_TOKEN", "ICA_TOKEN"]) expect(nothing.message).toContain(name)
    const wrong = yield* Effect.flip(configured({ ICA_METHOD: "oauth", ICA_API_KEY: "canary" }))
    expect(wrong.message).toContain("apikey-token")
    expect(wrong.message).not.toContain("canary")
  }))
