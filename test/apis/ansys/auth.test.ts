/** Signing in as the builder of ansys-openapi-common does, over real HTTP. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, Session } from "credence"
import { Ansys, AnsysAuth, ansysOptions, connected } from "credence/ansys"
import { listItems } from "credence/ansys/items"
import type { CallError } from "credence/errors"
import { NodeTransport } from "credence/node"
import * as Ntlm from "credence/ntlm"
import * as Sandbox from "credence-kit/sandbox"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { inspect } from "node:util"
import { logged } from "../../auth/support.ts"
import { failureOf } from "../../support/billing.ts"
import { httpServer } from "../../support/servers.ts"
import { ntlmServer } from "../../support/ntlmServer.ts"

const demo = { username: "demo", password: Redacted.make("demo-password") }
const wrong = { username: "demo", password: Redacted.make("canary-password") }
type Ways = Layer.Layer<Auth.Authentication>

/** parts of a session whose API is at that URL */
const at = (baseUrl: string, auth: Ways, configuration: Configuration.ConfigurationOptions = {}) =>
  Layer.mergeAll(auth, Configuration.layer({ baseUrl, retry: "none", ...configuration }), NodeTransport.layer({ environment: {}, proxy: "none" }))

/** a session that nothing has proved yet */
const session = (baseUrl: string, auth: Ways) => Ansys.layer().pipe(Layer.provide(at(baseUrl, auth)))

/** builds a session that proves itself, and closes it */
const connect = (baseUrl: string, auth: Ways) => Effect.void.pipe(Effect.provide(connected(Ansys).pipe(Layer.provide(at(baseUrl, auth)))))

const live = (name: string, test: () => Effect.Effect<unknown, unknown, Scope.Scope>) => it.live(name, () => Effect.scoped(test()).pipe(Effect.provide(Logger.layer([]))))

/** what a request proved itself by, by the sandbox's log */
const schemesOf = (sandbox: Sandbox.RunningSandbox) =>
  Effect.map(sandbox.control.received, (requests) => requests.map(({ headers, method, path, status }) => `${method} ${path} ${headers["authorization"]?.split(" ")[0] ?? "-"} ${status}`))

const authenticationFailed = (error: unknown, reason: string, status: number | undefined): CallError & { readonly _tag: "AuthenticationFailed" } => {
  assert.isTrue(typeof error === "object" && error !== null && "_tag" in error && error._tag === "AuthenticationFailed", inspect(error))
  const failed = error as CallError & { readonly _tag: "AuthenticationFailed" } // asserted above
  assert.deepStrictEqual([failed.reason, failed.status], [reason, status], failed.message)
  assert.notInclude(inspect(failed, { depth: 20 }) + failed.message, "canary")
  return failed
}

describe("the first request proves the session", () => {
  const works: ReadonlyArray<readonly [name: string, path: string, auth: Ways, seen: ReadonlyArray<string>]> = [
    ["anonymous", "/anonymous", AnsysAuth.anonymous(), ["GET /anonymous - 200"]],
    ["credentials, Basic", "/basic", AnsysAuth.credentials(demo), ["GET /basic - 401", "GET /basic Basic 200"]],
    ["credentials with a domain", "/basic", AnsysAuth.credentials({ ...demo, domain: "DEMO" }), ["GET /basic - 401", "GET /basic Basic 200"]],
    ["Basic by choice goes unasked", "/basic", AnsysAuth.credentials({ ...demo, scheme: "Basic" }), ["GET /basic Basic 200"]],
    ["credentials where nothing is asked for", "/anonymous", AnsysAuth.credentials(demo), ["GET /anonymous - 200"]]
  ]
  for (const [name, path, auth, seen] of works) {
    live(name, () => Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      yield* connect(sandbox.ansys.url + path, auth)
      assert.deepStrictEqual(yield* schemesOf(sandbox), seen)
    }))
  }

  live("at a base URL that ends with a slash", () => Effect.gen(function*() {
    const { ansys } = yield* Sandbox.make()
    yield* connect(`${ansys.url}/basic/`, AnsysAuth.credentials(demo))
  }))

  const refusals: ReadonlyArray<readonly [name: string, path: string, auth: Ways, reason: string, status: number, says: RegExp]> = [
    ["a wrong password", "/basic", AnsysAuth.credentials(wrong), "rejected", 401, /does not accept/],
    ["a wrong domain", "/basic", AnsysAuth.credentials({ ...demo, domain: "OTHER" }), "rejected", 401, /does not accept/],
    ["a wrong password, Basic by choice", "/basic", AnsysAuth.credentials({ ...wrong, scheme: "Basic" }), "rejected", 401, /does not accept/],
    ["nobody, where somebody is wanted", "/basic", AnsysAuth.anonymous(), "missing", 401, /authentication layer/],
    ["an access token that is none", "/oidc", AnsysAuth.accessToken(Redacted.make("canary")), "rejected", 401, /does not accept/],
    ["NTLM by choice, where Basic is offered", "/basic", AnsysAuth.credentials({ ...demo, scheme: "NTLM" }), "missing", 401, /Basic/],
    ["credentials, where a token is wanted", "/oidc", AnsysAuth.credentials(demo), "missing", 401, /Bearer/]
  ]
  for (const [name, path, auth, reason, status, says] of refusals) {
    live(`refused: ${name}`, () => Effect.gen(function*() {
      const { ansys } = yield* Sandbox.make()
      const error = authenticationFailed(yield* failureOf(connect(ansys.url + path, auth)), reason, status)
      assert.match(error.message, says)
    }))
  }

  for (const [name, auth] of [["somebody", AnsysAuth.credentials(demo)], ["nobody", AnsysAuth.anonymous()], ["a token", AnsysAuth.refreshToken({ refreshToken: Redacted.make("canary") })]] as const) {
    live(`refused: ${name}, at a base URL where nothing is`, () => Effect.gen(function*() {
      const { ansys } = yield* Sandbox.make()
      const error = yield* failureOf(connect(`${ansys.url}/nothing`, auth))
      assert.deepInclude(error, { _tag: "UnexpectedStatus", status: 404 })
      assert.match(error.message, /is the base URL right\?/)
    }))
  }

  live("a page of another origin proves nothing; the root may be elsewhere at its own", () => Effect.gen(function*() {
    let shown = 0
    const page = yield* httpServer((_, response) => {
      shown++
      response.writeHead(200, { "content-type": "text/html" }).end("<html>sign in</html>")
    })
    const api = yield* httpServer((request, response) => {
      const to = request.url === "/portal" ? `${page.url}login` : request.url === "/moved" ? "/api" : undefined
      response.writeHead(to === undefined ? 200 : 302, to === undefined ? {} : { location: to }).end()
    })
    for (const auth of [AnsysAuth.anonymous(), AnsysAuth.credentials(demo), AnsysAuth.credentials({ ...demo, scheme: "Basic" }), AnsysAuth.accessToken(Redacted.make("at"))]) {
      assert.deepInclude(yield* failureOf(connect(`${api.url}portal`, auth)), { _tag: "UnexpectedStatus", status: 302 })
      yield* connect(`${api.url}moved`, auth)
    }
    assert.strictEqual(shown, 0)
  }))

  live("a call needs no proof before it", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const items = yield* listItems({ kind: "material" }).pipe(Effect.provide(session(`${sandbox.ansys.url}/basic`, AnsysAuth.credentials(demo))))
    assert.deepStrictEqual(items.map(({ name }) => name), ["Ti-6Al-4V"])
    assert.deepStrictEqual(yield* schemesOf(sandbox), ["GET /basic/items - 401", "GET /basic/items Basic 200"])
  }))

  live("who asks for nothing gets nothing, and it is said once", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const twice = Effect.andThen(Ansys.authenticate(), Ansys.authenticate())
    const [status, lines] = yield* logged(Effect.andThen(Effect.andThen(twice, listItems()), Ansys.status).pipe(
      Effect.provide(session(`${sandbox.ansys.url}/anonymous`, AnsysAuth.credentials(demo)))))
    assert.strictEqual(status.authentication.state, "none")
    assert.strictEqual(lines.filter((line) => line.includes("asks for no credentials")).length, 1, lines.join("\n"))
    assert.isTrue((yield* schemesOf(sandbox)).every((line) => line.includes(" - ")))
  }))

  live("nobody is not warned about", () => Effect.gen(function*() {
    const { ansys } = yield* Sandbox.make()
    const [, lines] = yield* logged(connect(`${ansys.url}/anonymous`, AnsysAuth.anonymous()))
    assert.deepStrictEqual(lines, [])
  }))

  live("a busy server is asked again, as the session's policy says; a broken one is a failure with its status", () => Effect.gen(function*() {
    const { ansys, control } = yield* Sandbox.make()
    const retrying = Layer.mergeAll(AnsysAuth.credentials(demo), Configuration.layer({ baseUrl: `${ansys.url}/basic` }), NodeTransport.layer({ environment: {} }))
    yield* control.fail({ kind: "status", status: 503, headers: { "Retry-After": "0" }, times: 2 })
    yield* Effect.void.pipe(Effect.provide(connected(Ansys).pipe(Layer.provide(retrying))))
    yield* control.fail({ kind: "status", status: 500, times: 99 })
    assert.deepInclude(yield* failureOf(connect(`${ansys.url}/basic`, AnsysAuth.credentials(demo))), { _tag: "UnexpectedStatus", status: 500 })
  }))

  live("a password beyond Latin 1 goes as UTF-8", () => Effect.gen(function*() {
    let sent = ""
    const server = yield* httpServer((request, response) => {
      sent = Buffer.from((request.headers.authorization ?? "").replace("Basic ", ""), "base64").toString("utf8")
      response.writeHead(200).end("{}")
    })
    yield* connect(server.url, AnsysAuth.credentials({ username: "ada", password: Redacted.make("pässwörd€"), scheme: "Basic" }))
    assert.strictEqual(sent, "ada:pässwörd€")
  }))
})

describe("what `auto` takes of each list of challenges", () => {
  const rows: ReadonlyArray<readonly [offered: ReadonlyArray<string>, taken: string | undefined]> = [
    [["Basic realm=\"demo\""], "Basic"],
    [["NTLM"], "NTLM"],
    [["NTLM", "Basic realm=\"demo\""], "NTLM"],
    [["Basic realm=\"demo\"", "NTLM"], "NTLM"],
    [["Negotiate"], "Negotiate"],
    [["Negotiate", "Basic realm=\"demo\""], "Negotiate"],
    [["Negotiate", "NTLM"], "NTLM"],
    [["Negotiate", "NTLM", "Basic realm=\"demo, with comma\""], "NTLM"],
    [["Negotiate,NTLM,Basic realm=demo"], "NTLM"],
    [["Bearer authority=\"https://login.test\""], undefined],
    [["Bearer authority=\"https://login.test\"", "Basic realm=\"demo\""], "Basic"],
    [["Digest realm=\"demo\", nonce=\"1\""], undefined],
    [["Digest realm=\"demo\", nonce=\"1\"", "Basic realm=\"demo\""], "Basic"],
    [["Unheard of"], undefined],
    [[], undefined]
  ]
  for (const [offered, taken] of rows) {
    live(offered.length === 0 ? "no challenge" : offered.join(" | "), () => Effect.gen(function*() {
      const said: Array<string> = []
      const server = yield* httpServer((request, response) => {
        said.push(request.headers.authorization?.split(" ")[0] ?? "")
        response.writeHead(401, offered.length === 0 ? {} : { "www-authenticate": [...offered] }).end()
      })
      const error = yield* failureOf(connect(server.url, AnsysAuth.credentials(wrong)))
      assert.deepStrictEqual(said.find((scheme) => scheme !== ""), taken)
      // what was taken is never followed by another scheme
      assert.isAtMost(new Set(said).size, 2)
      assert.notInclude(inspect(error, { depth: 20 }), "canary-password")
      if (taken === undefined) authenticationFailed(error, "missing", 401)
    }))
  }

  live("NTLM with a domain, to the end", () => Effect.gen(function*() {
    const server = yield* ntlmServer({ offer: ["Negotiate", "NTLM"] })
    yield* connect(server.url, AnsysAuth.credentials({ username: "alice", domain: "TESTDOM", password: Redacted.make("wonderland-1") }))
    assert.strictEqual(server.seen.at(-1)?.user, "TESTDOM\\alice")
  }))

  live("NTLM with a wrong password", () => Effect.gen(function*() {
    const server = yield* ntlmServer({ offer: ["NTLM"] })
    authenticationFailed(yield* failureOf(connect(server.url, AnsysAuth.credentials({ username: "TESTDOM\\alice", password: Redacted.make("canary") }))), "rejected", 401)
  }))
})

describe("autologon", () => {
  live("takes its one scheme, and nothing where that is not offered", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const negotiate = Ntlm.negotiate({ ...demo })
    authenticationFailed(yield* failureOf(connect(`${sandbox.ansys.url}/basic`, AnsysAuth.autologon({ schemes: [negotiate] }))), "missing", 401)
    assert.deepStrictEqual(yield* schemesOf(sandbox), ["GET /basic - 401"])
    yield* sandbox.control.clearReceived
    yield* failureOf(connect(`${sandbox.ansys.url}/negotiate`, AnsysAuth.autologon({ schemes: [negotiate] })))
    assert.deepStrictEqual(yield* schemesOf(sandbox), ["GET /negotiate - 401", "GET /negotiate Negotiate 401"])
  }))
})

describe("fromConfig", () => {
  const from = (variables: Record<string, string>, baseUrl: string, options?: AnsysAuth.FromConfigOptions) =>
    Effect.all({ status: Ansys.status, explained: Ansys.explain() }).pipe(Effect.provide(Ansys.layer().pipe(
      Layer.provide([AnsysAuth.fromConfig("ANSYS", options), Configuration.layer({ baseUrl }), NodeTransport.layer({ environment: {} })]),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)))
    )))
  const secret = { ANSYS_PASSWORD: "canary-password" }
  const rows: ReadonlyArray<readonly [variables: Record<string, string>, method: string]> = [
    [{ ANSYS_USERNAME: "demo", ...secret }, "credentials"],
    [{ ANSYS_USERNAME: "demo", ...secret, ANSYS_SCHEME: "basic", ANSYS_DOMAIN: "DEMO" }, "basic"],
    [{ ANSYS_USERNAME: "demo", ...secret, ANSYS_SCHEME: "NTLM" }, "ntlm"],
    [{ ANSYS_TOKEN: "canary" }, "access token"],
    [{ ANSYS_REFRESH_TOKEN: "canary", ANSYS_TOKEN_NAME: "laptop" }, "oidc"],
    [{ ANSYS_TOKEN_NAME: "laptop" }, "oidc"],
    [{ ANSYS_METHOD: "anonymous" }, "anonymous"],
    [{ ANSYS_METHOD: "autologon" }, "autologon"],
    [{ ANSYS_METHOD: "token", ANSYS_TOKEN: "canary", ANSYS_USERNAME: "demo", ...secret }, "access token"]
  ]
  for (const [variables, method] of rows) {
    live(`${Object.keys(variables).join(", ")}: ${method}`, () => Effect.gen(function*() {
      const { explained, status } = yield* from(variables, "https://api.test/", { schemes: [Ntlm.negotiate(demo)] })
      assert.strictEqual(status.authentication.method, method)
      assert.notInclude(inspect([explained, status], { depth: 20 }), "canary")
    }))
  }
  const refusals: ReadonlyArray<readonly [variables: Record<string, string>, says: RegExp]> = [
    [{}, /ANSYS_USERNAME and ANSYS_PASSWORD.*ANSYS_REFRESH_TOKEN.*ANSYS_TOKEN/],
    [{ ANSYS_USERNAME: "demo", ...secret, ANSYS_SCHEME: "Digest" }, /ANSYS_SCHEME.*auto, Basic, NTLM/],
    [{ ANSYS_METHOD: "autologon" }, /schemes: \[Kerberos\.scheme\(\)\]/],
    [{ ANSYS_METHOD: "oidc" }, /expected one of credentials, refresh/]
  ]
  for (const [variables, says] of refusals) {
    live(`refused: ${Object.keys(variables).join(", ") || "nothing is set"}`, () => Effect.gen(function*() {
      const error = yield* failureOf(from(variables, "https://api.test/"))
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.match(error.message, says)
      assert.notInclude(inspect(error, { depth: 20 }), "canary")
    }))
  }
})

describe("a session class of one's own", () => {
  class Materials extends Session.Service<Materials>()("materials", ansysOptions) {}
  live("signs in by the same layers", () => Effect.gen(function*() {
    const { ansys } = yield* Sandbox.make()
    const response = yield* Materials.use((materials) => materials.request({ method: "GET", url: "/items" })).pipe(
      Effect.provide(connected(Materials).pipe(Layer.provide(at(`${ansys.url}/basic`, AnsysAuth.credentials(demo))))))
    assert.strictEqual(response.status, 200)
  }))
})
