/** Tokens of the OpenID provider that an API names in its challenge. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, TokenStore } from "credence"
import { Ansys, AnsysAuth, connected } from "credence/ansys"
import { createItem, listItems } from "credence/ansys/items"
import { NodeTransport } from "credence/node"
import { Script } from "credence/testing"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { IncomingMessage, ServerResponse } from "node:http"
import { inspect } from "node:util"
import { logged } from "../../auth/support.ts"
import { failureOf } from "../../support/billing.ts"
import { makeAuthority } from "../../support/certificates.ts"
import { httpServer, httpsServer } from "../../support/servers.ts"

type Ways = Layer.Layer<Auth.Authentication>

const parts = (baseUrl: string, auth: Ways, more: Layer.Layer<never> = Layer.empty) =>
  Layer.mergeAll(auth, Configuration.layer({ baseUrl, retry: "none" }), NodeTransport.layer({ environment: {}, proxy: "none" }), more)
const session = (baseUrl: string, auth: Ways, more?: Layer.Layer<never>) => Ansys.layer().pipe(Layer.provide(parts(baseUrl, auth, more)))

const live = (name: string, test: () => Effect.Effect<unknown, unknown, Scope.Scope>) => it.live(name, () => Effect.scoped(test()).pipe(Effect.provide(Logger.layer([]))))

const tokenOf = (sandbox: Sandbox.RunningSandbox) => Redacted.make(sandbox.ansys.refreshToken)
const seen = (sandbox: Sandbox.RunningSandbox) =>
  Effect.map(sandbox.control.received, (requests) => requests.map(({ headers, method, path, status }) => `${method} ${path} ${headers["authorization"]?.split(" ")[0] ?? "-"} ${status}`))
const grants = (sandbox: Sandbox.RunningSandbox) =>
  Effect.map(sandbox.control.received, (requests) => requests.filter(({ path }) => path === "/idp/token").length)

describe("a refresh token", () => {
  live("the provider is found by the API's challenge; the token goes with each call, the audience beside it", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const items = yield* Effect.andThen(listItems(), listItems()).pipe(
      Effect.provide(session(`${sandbox.ansys.url}/oidc`, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) }))))
    assert.strictEqual(items.length, 3)
    assert.deepStrictEqual(yield* seen(sandbox), [
      "GET /oidc - 401",
      "GET /idp/.well-known/openid-configuration - 200",
      "POST /idp/token - 200",
      "GET /oidc/items Bearer 200",
      "GET /oidc/items Bearer 200"
    ])
    const received = yield* sandbox.control.received
    assert.deepStrictEqual(received.map(({ headers }) => headers["audience"]), [undefined, undefined, undefined, "https://api.example", "https://api.example"])
  }))

  live("what is given is not asked for", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const auth = AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox), clientId: sandbox.ansys.clientId, tokenUrl: `${sandbox.ansys.url}/idp/token` })
    yield* listItems().pipe(Effect.provide(session(`${sandbox.ansys.url}/oidc`, auth)))
    assert.deepStrictEqual(yield* seen(sandbox), ["POST /idp/token - 200", "GET /oidc/items Bearer 200"])
  }))

  live("calls at once find the provider once, and spend the token once", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const twenty = Effect.forEach(Array.from({ length: 20 }), () => listItems(), { concurrency: 20 })
    yield* twenty.pipe(Effect.provide(session(`${sandbox.ansys.url}/oidc`, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) }))))
    const requests = yield* seen(sandbox)
    assert.deepStrictEqual(requests.slice(0, 3), ["GET /oidc - 401", "GET /idp/.well-known/openid-configuration - 200", "POST /idp/token - 200"])
    assert.strictEqual(requests.filter((line) => line === "GET /oidc/items Bearer 200").length, 20)
    assert.strictEqual(requests.length, 23)
  }))

  live("a token that the API rejects is renewed by the one that came with it", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const twice = Effect.gen(function*() {
      yield* listItems()
      assert.strictEqual(yield* sandbox.control.expireSessions(), 1)
      return yield* listItems()
    })
    assert.strictEqual((yield* twice.pipe(Effect.provide(session(`${sandbox.ansys.url}/oidc`, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) }))))).length, 3)
    assert.deepStrictEqual((yield* seen(sandbox)).slice(4), ["GET /oidc/items Bearer 401", "POST /idp/token - 200", "GET /oidc/items Bearer 200"])
  }))

  live("a session proves itself with its token", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.void.pipe(Effect.provide(connected(Ansys).pipe(Layer.provide(parts(`${sandbox.ansys.url}/oidc`, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) }))))))
    assert.strictEqual((yield* seen(sandbox)).at(-1), "GET /oidc Bearer 200")
  }))

  live("sessions of one layer share what came of the token", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const auth = AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) })
    for (let i = 0; i < 3; i++) assert.strictEqual((yield* listItems().pipe(Effect.provide(session(`${sandbox.ansys.url}/oidc`, auth)))).length, 3)
    assert.strictEqual(yield* grants(sandbox), 1)
  }))

  live("a token whose answer was lost is not sent again", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* sandbox.control.fail({ kind: "reset", handled: true, path: "/idp/token" })
    const errors = yield* Effect.all([failureOf(listItems()), failureOf(listItems())]).pipe(
      Effect.provide(session(`${sandbox.ansys.url}/oidc`, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) }))))
    assert.deepStrictEqual(errors.map(({ _tag }) => _tag), ["ConnectionFailed", "AuthenticationFailed"])
    assert.match(errors[1]?.message ?? "", /was lost/)
    assert.strictEqual(yield* grants(sandbox), 1)
  }))

  live("refused: a token that is unknown or spent", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const call = listItems().pipe(Effect.provide(session(`${sandbox.ansys.url}/oidc`, AnsysAuth.refreshToken({ refreshToken: Redacted.make("canary") }))))
    const error = yield* failureOf(call)
    assert.deepInclude(error, { _tag: "AuthenticationFailed", reason: "refresh", status: 400 })
    assert.match(error.message, /invalid_grant: The refresh token is unknown or spent/)
    assert.notInclude(inspect(error, { depth: 20 }), "canary")
  }))

  live("refused permissions are the endpoint's own error", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* sandbox.control.fail({ kind: "status", status: 403, body: { code: 403, message: "viewer may only read" }, method: "POST", path: "/oidc/items" })
    const error = yield* failureOf(createItem({ body: { name: "bolt" } }).pipe(
      Effect.provide(session(`${sandbox.ansys.url}/oidc`, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) })))))
    assert.deepInclude(error, { _tag: "Forbidden" })
  }))
})

describe("a stored token", () => {
  live("a rotated token is written back: whoever comes later goes on with it, by name", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const store = Layer.succeed(TokenStore.CurrentTokenStore, yield* TokenStore.CurrentTokenStore.pipe(Effect.provide(TokenStore.memory())))
    const url = `${sandbox.ansys.url}/oidc`
    yield* listItems().pipe(Effect.provide(session(url, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox), name: "laptop" }), store)))
    yield* sandbox.control.expireSessions()
    // the stored access token is dead, and the refresh token that was given is spent: only the rotated one helps
    assert.strictEqual((yield* listItems().pipe(Effect.provide(session(url, AnsysAuth.storedToken({ name: "laptop" }), store)))).length, 3)
    yield* sandbox.control.expireSessions()
    assert.strictEqual((yield* listItems().pipe(Effect.provide(session(url, AnsysAuth.storedToken({ name: "laptop" }), store)))).length, 3)
    assert.strictEqual(yield* grants(sandbox), 3)
  }))

  live("the same token given again goes on with what came of it", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const store = Layer.succeed(TokenStore.CurrentTokenStore, yield* TokenStore.CurrentTokenStore.pipe(Effect.provide(TokenStore.memory())))
    const again = listItems().pipe(Effect.provide(session(`${sandbox.ansys.url}/oidc`, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) }), store)))
    yield* again
    assert.strictEqual((yield* again).length, 3)
    assert.strictEqual(yield* grants(sandbox), 1)
  }))

  const names: ReadonlyArray<readonly [name: string, auth: Ways]> = [
    ["another name", AnsysAuth.storedToken({ name: "desk" })],
    ["the default name", AnsysAuth.storedToken()]
  ]
  for (const [name, auth] of names) {
    live(`refused: nothing is stored under ${name}`, () => Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const store = Layer.succeed(TokenStore.CurrentTokenStore, yield* TokenStore.CurrentTokenStore.pipe(Effect.provide(TokenStore.memory())))
      const url = `${sandbox.ansys.url}/oidc`
      yield* listItems().pipe(Effect.provide(session(url, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox), name: "laptop" }), store)))
      const error = yield* failureOf(listItems().pipe(Effect.provide(session(url, auth, store))))
      assert.deepInclude(error, { _tag: "AuthenticationFailed", reason: "login" })
      assert.match(error.message, /no token is stored/)
    }))
  }
})

describe("an API and its provider", () => {
  live("an API that asks for nothing gets nothing", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const twice = Effect.andThen(listItems(), listItems())
    const [items, lines] = yield* logged(twice.pipe(Effect.provide(session(`${sandbox.ansys.url}/anonymous`, AnsysAuth.refreshToken({ refreshToken: tokenOf(sandbox) })))))
    assert.strictEqual(items.length, 3)
    assert.strictEqual(lines.filter((line) => line.includes("asks for no credentials")).length, 1)
    assert.deepStrictEqual(yield* seen(sandbox), ["GET /anonymous - 200", "GET /anonymous/items - 200", "GET /anonymous/items - 200"])
  }))

  /** an API with a provider of its own, as it is told to be */
  const api = (options: { readonly challenge?: (origin: string) => string; readonly configuration?: (origin: string) => unknown }) =>
    Effect.gen(function*() {
      const paths: Array<string> = []
      const { challenge = (origin) => `Bearer authority="${origin}/idp", clientid="c"`, configuration = (origin) => ({ issuer: `${origin}/idp`, token_endpoint: `${origin}/idp/token` }) } = options
      let origin = ""
      const server = yield* httpServer((request: IncomingMessage, response: ServerResponse) => {
        paths.push(request.url ?? "")
        const json = (body: unknown) => void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body))
        if (request.url === "/idp/.well-known/openid-configuration") return json(configuration(origin))
        if (request.url === "/idp/token") return json({ access_token: "at", token_type: "Bearer" })
        if (request.headers.authorization === "Bearer at") return json([])
        response.writeHead(401, { "www-authenticate": challenge(origin) }).end()
      })
      origin = server.origin
      return { origin, paths }
    })
  const refresh = (options: Partial<AnsysAuth.RefreshTokenOptions> = {}) => AnsysAuth.refreshToken({ refreshToken: Redacted.make("canary-token"), ...options })

  const works: ReadonlyArray<readonly [name: string, options: Parameters<typeof api>[0]]> = [
    ["a challenge without quotes and blanks", { challenge: (origin) => `Bearer authority=${origin}/idp,clientid=c,scope=openid` }],
    ["among other challenges", { challenge: (origin) => `Negotiate, Basic realm="a, b", Bearer authority="${origin}/idp/", ClientId="c"` }],
    ["names of another case", { challenge: (origin) => `bearer AUTHORITY="${origin}/idp", CLIENTID="c", redirectUri="http://localhost/"` }],
    ["an issuer that ends with a slash", { configuration: (origin) => ({ issuer: `${origin}/idp/`, token_endpoint: `${origin}/idp/token` }) }]
  ]
  for (const [name, options] of works) {
    live(name, () => Effect.gen(function*() {
      const { origin } = yield* api(options)
      assert.deepStrictEqual(yield* listItems().pipe(Effect.provide(session(origin, refresh()))), [])
    }))
  }

  const refusals: ReadonlyArray<readonly [name: string, options: Parameters<typeof api>[0], given: Omit<AnsysAuth.RefreshTokenOptions, "refreshToken">, says: RegExp]> = [
    ["no Bearer", { challenge: () => "Basic realm=\"x\"" }, {}, /no Bearer/],
    ["no authority", { challenge: () => "Bearer clientid=\"c\"" }, {}, /\(authority\)/],
    ["no client", { challenge: (origin) => `Bearer authority="${origin}/idp"` }, {}, /\(clientid\)/],
    ["neither", { challenge: () => "Bearer realm=\"x\"" }, {}, /\(authority, clientid\)/],
    ["an authority that is no URL", { challenge: () => "Bearer authority=\"idp\", clientid=\"c\"" }, {}, /no http or https URL/],
    ["security 29: an authority over plain http", { challenge: () => "Bearer authority=\"http://login.test/\", clientid=\"c\"" }, {}, /plain http/],
    ["security 44: another authority than was given", {}, { authority: "https://login.example.com/" }, /names another OpenID provider/],
    ["security 29: another issuer", { configuration: (origin) => ({ issuer: "https://evil.test", token_endpoint: `${origin}/idp/token` }) }, {}, /another issuer/],
    ["security 29: an issuer that only begins so", { configuration: (origin) => ({ issuer: `${origin}/idp/other`, token_endpoint: `${origin}/idp/token` }) }, {}, /another issuer/],
    ["no token endpoint", { configuration: (origin) => ({ issuer: `${origin}/idp` }) }, {}, /no token_endpoint/],
    ["security 29: a token endpoint over plain http", { configuration: (origin) => ({ issuer: `${origin}/idp`, token_endpoint: "http://login.test/token" }) }, {}, /plain http/],
    ["a configuration that is no JSON object", { configuration: () => "nothing" }, {}, /no JSON object/]
  ]
  for (const [name, options, given, says] of refusals) {
    live(`refused, and the token stays here: ${name}`, () => Effect.gen(function*() {
      const { origin, paths } = yield* api(options)
      const error = yield* failureOf(listItems().pipe(Effect.provide(session(origin, refresh(given)))))
      assert.strictEqual(error._tag, "AuthenticationFailed")
      assert.match(error.message, says)
      assert.notInclude(inspect(error, { depth: 20 }), "canary")
      assert.notInclude(paths, "/idp/token")
    }))
  }

  live("what an API says wrongly is asked for once or twice, whoever waits; and again by who comes later", () => Effect.gen(function*() {
    const { origin, paths } = yield* api({ challenge: () => "Basic realm=\"x\"" })
    yield* Effect.gen(function*() {
      const errors = yield* Effect.forEach(Array.from({ length: 20 }), () => failureOf(listItems()), { concurrency: 20 })
      assert.deepStrictEqual([...new Set(errors.map(({ _tag }) => _tag))], ["AuthenticationFailed"])
      assert.isAtMost(paths.length, 2)
      const before = paths.length
      yield* failureOf(listItems())
      assert.strictEqual(paths.length, before + 1)
    }).pipe(Effect.provide(session(origin, refresh())))
  }))

  live("a root that is elsewhere at the same origin is asked there, and nowhere else", () => Effect.gen(function*() {
    const root = (location: string) => Effect.gen(function*() {
      const paths: Array<string> = []
      let origin = ""
      const server = yield* httpServer((request, response) => {
        const path = request.url ?? ""
        paths.push(`${path} ${request.headers.authorization ?? "-"}`)
        const say = (status: number, body: unknown, headers: Record<string, string> = {}) => void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
        if (path.endsWith("/openid-configuration")) return say(200, { issuer: `${origin}/idp`, token_endpoint: `${origin}/idp/token` })
        if (path === "/idp/token") return say(200, { access_token: "at" })
        if (path === "/mi" || path === "/again") return say(301, {}, { location })
        return request.headers.authorization === "Bearer at" ? say(200, []) : say(401, {}, { "www-authenticate": `Bearer authority="${origin}/idp", clientid="c"` })
      })
      origin = server.origin
      return { url: `${origin}/mi`, paths }
    })
    const there = yield* root("mi/")
    yield* listItems().pipe(Effect.provide(session(there.url, refresh())))
    assert.deepStrictEqual(there.paths, ["/mi -", "/mi/ -", "/idp/.well-known/openid-configuration -", "/idp/token -", "/mi/items Bearer at"])
    const elsewhere = yield* httpServer((_, response) => void response.writeHead(401, { "www-authenticate": "Bearer authority=\"https://evil.test\", clientid=\"c\"" }).end())
    for (const location of [`${elsewhere.origin}/mi/`, "again", "", "javascript:alert(1)"]) {
      const { paths, url } = yield* root(location)
      assert.strictEqual((yield* failureOf(listItems().pipe(Effect.provide(session(url, refresh())))))._tag, "UnexpectedStatus", location)
      assert.isAtMost(paths.length, 6)
    }
    assert.strictEqual(elsewhere.accepted(), 0)
  }))

  live("a tenant in the issuer stands for the one that was asked for", () => Effect.gen(function*() {
    const { origin } = yield* api({ configuration: (at) => ({ issuer: `${at}/{tenantid}`, token_endpoint: `${at}/idp/token` }) })
    yield* listItems().pipe(Effect.provide(session(origin, refresh())))
  }))

  /** an API over plain http that is not on this machine, and its provider */
  const plain = (allowInsecureHttp: boolean, more = "") =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.on("the provider's configuration", ({ url }) => url.pathname.endsWith("/openid-configuration"), { body: { issuer: "https://login.test/", token_endpoint: "https://login.test/token" } }),
        Script.on("its tokens", ({ url }) => url.href === "https://login.test/token", { body: { access_token: "at", token_type: "Bearer" } }),
        Script.on("items", ({ headers }) => headers["authorization"] === "Bearer at", { body: [] }),
        Script.on("a request without a token", () => true, { status: 401, headers: { "www-authenticate": "Bearer authority=\"https://login.test/\", clientid=\"c\"" + more } })
      ])
      const exit = yield* Effect.exit(listItems().pipe(Effect.provide(Ansys.layer().pipe(
        Layer.provide([refresh(), Configuration.layer({ baseUrl: "http://mi.test/v1", allowInsecureHttp, retry: "none" }), script.layer])))))
      return { exit, asked: script.seen.map(({ request }) => request.url.href), audience: script.seen.at(-1)?.request.headers["audience"] }
    })

  it.effect("an audience that cannot stand in a field is not sent", () => Effect.gen(function*() {
    assert.strictEqual((yield* plain(true, ", apiAudience=\"https://api.test\"")).audience, "https://api.test")
    const { audience, exit } = yield* plain(true, ", apiAudience=\"\u20ac\"")
    assert.isTrue(Exit.isSuccess(exit), inspect(exit, { depth: 20 }))
    assert.isUndefined(audience)
  }))

  it.effect("plain http is for who allows it", () => Effect.gen(function*() {
    const refusedThere = yield* plain(false)
    assert.isTrue(Exit.isFailure(refusedThere.exit))
    assert.match(inspect(refusedThere.exit, { depth: 20 }), /plain http/)
    assert.deepStrictEqual(refusedThere.asked, [])
    const allowed = yield* plain(true)
    assert.isTrue(Exit.isSuccess(allowed.exit), inspect(allowed.exit, { depth: 20 }))
    assert.deepStrictEqual(allowed.asked, ["http://mi.test/v1", "https://login.test/.well-known/openid-configuration", "https://login.test/token", "http://mi.test/v1/items"])
  }))

  it.effect("nobody may go over plain http, as with any session", () => Effect.gen(function*() {
    const script = yield* Script.make([Script.on("any", () => true, { body: { name: "api" } })])
    yield* Effect.void.pipe(Effect.provide(connected(Ansys).pipe(
      Layer.provide([AnsysAuth.anonymous(), Configuration.layer({ baseUrl: "http://mi.test/v1", retry: "none" }), script.layer]))))
    assert.deepStrictEqual(script.seen.map(({ request }) => request.url.href), ["http://mi.test/v1"])
  }))

  live("the provider is reached by ways of its own, and gets neither the API's headers nor trust in its authority", () => Effect.gen(function*() {
    const authority = makeAuthority()
    const seenThere: Array<readonly [path: string | undefined, api: unknown, idp: unknown]> = []
    let origin = ""
    const provider = yield* httpsServer({ ...authority.issue({}) }, (request, response) => {
      seenThere.push([request.url, request.headers["x-api"], request.headers["x-idp"]])
      const body = request.url === "/token" ? { access_token: "at" } : { issuer: origin, token_endpoint: `${origin}/token` }
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body))
    })
    origin = provider.origin
    const { origin: url } = yield* api({ challenge: () => `Bearer authority="${origin}", clientid="c"` })
    const call = (auth: Ways) => listItems().pipe(Effect.provide(Ansys.layer().pipe(Layer.provide([
      auth,
      Configuration.layer({ baseUrl: url, retry: "none", headers: { "x-api": "1" } }),
      NodeTransport.layer({ environment: {}, proxy: "none" })
    ]))))
    assert.strictEqual((yield* failureOf(call(refresh())))._tag, "TlsFailed")
    assert.deepStrictEqual(yield* call(refresh({ provider: { tls: { ca: authority.cert }, headers: { "X-Idp": "2" } } })), [])
    assert.deepStrictEqual(seenThere, [["/.well-known/openid-configuration", undefined, "2"], ["/token", undefined, "2"]])
  }))

  live("what is wrong with the options is ConfigurationInvalid, before anything is sent", () => Effect.gen(function*() {
    for (const [given, name] of [[{ authority: "idp" }, "authority"], [{ tokenUrl: "/token" }, "tokenUrl"], [{ audience: "a\r\nb" }, "audience"], [{ provider: { headers: { "x-idp": "a\r\nb" } } }, "x-idp"], [{ name: "" }, "name"], [{ clientId: "" }, "clientId"], [{ refreshToken: Redacted.make("") }, "refreshToken"]] as const) {
      const error = yield* failureOf(listItems().pipe(Effect.provide(session("https://api.test", refresh(given)))))
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.include(error.message, name)
    }
  }))
})
