import { describe, expect, it } from "@effect/vitest"
import { Auth, AuthenticationFailed, Call, Configuration, ConfigurationInvalid, SessionClosed, TokenStore } from "credence"
import { Ovirt, OvirtAuth, OvirtConfiguration } from "credence/ovirt"
import { addVm, getVm, listVms } from "credence/ovirt/vms"
import { listTags } from "credence/ovirt/tags"
import { NodeTransport } from "credence/node"
import * as Sandbox from "credence-kit/sandbox"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { demo, live, live3, LOGOUT, received, ticket, TOKEN, viewer } from "./support.ts"

const names = Effect.map(listVms({ search: "sortby name asc" }), (page) => (page.vm ?? []).map((vm) => vm.name))

describe("single sign-on", () => {
  it.live("signs in on first use, once for all callers, and ends the token when it closes", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.scoped(Effect.gen(function*() {
      const session = yield* Ovirt.make(OvirtAuth.password(demo), OvirtConfiguration.layer({ url: sandbox.ovirt.url }), NodeTransport.layer())
      expect(yield* received(sandbox)).toEqual([])
      yield* Effect.all(Array.from({ length: 20 }, () => names), { concurrency: "unbounded" }).pipe(Ovirt.use(session))
      const { authentication } = yield* session.status
      expect(authentication).toMatchObject({ method: "password", state: "active", identity: "demo@internal" })
    }))
    expect(yield* received(sandbox, TOKEN)).toHaveLength(1)
    const [logout, ...others] = yield* received(sandbox, LOGOUT)
    expect(logout?.status).toBe(200)
    expect(others).toEqual([])
    // an ended token is none: the engine knows of nothing to end
    expect(yield* sandbox.control.expireSessions()).toBe(0)
  }))

  it.live("sends what the official client sends, in JSON", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const status = yield* Effect.andThen(listVms({ max: 1 }), Ovirt.status).pipe(
      Effect.provide(live(sandbox, OvirtAuth.password({ username: "demo", profile: "internal", password: demo.password }), { filter: true })))
    expect(status.authentication).toMatchObject({ identity: "demo@internal", scopes: ["ovirt-app-api"] })
    const [token] = yield* received(sandbox, TOKEN)
    expect(token).toMatchObject({ method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" }, status: 200 })
    expect(token?.headers["authorization"]).toBeUndefined()
    const [call] = yield* received(sandbox, "/ovirt-engine/api/vms")
    expect(call).toMatchObject({ headers: { version: "4", filter: "true", accept: "application/json" }, identity: { userName: "demo", method: "TOKEN" } })
    expect(call?.headers["authorization"]).toMatch(/^Bearer /)
  }))

  it.live("keeps the token for others where it is told to, and takes one to begin with", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const token = yield* Ovirt.token.pipe(Effect.provide(live(sandbox, OvirtAuth.password({ ...demo, onClose: "keep" }))))
    expect(yield* received(sandbox, LOGOUT)).toEqual([])
    yield* names.pipe(Effect.provide(live(sandbox, OvirtAuth.token(token))))
    yield* names.pipe(Effect.provide(live(sandbox, OvirtAuth.password({ ...demo, token, onClose: "keep" }))))
    expect(yield* received(sandbox, TOKEN)).toHaveLength(1)
    expect(yield* received(sandbox, LOGOUT)).toEqual([])
    yield* Effect.andThen(names, Ovirt.signOut).pipe(Effect.provide(live(sandbox, OvirtAuth.token(token))))
    expect(yield* received(sandbox, LOGOUT)).toHaveLength(1)
    // refused now: who has nothing else says so, who has a password signs in
    const refused = yield* Effect.flip(names.pipe(Effect.provide(live(sandbox, OvirtAuth.token(token)))))
    expect(refused).toBeInstanceOf(AuthenticationFailed)
    yield* names.pipe(Effect.provide(live(sandbox, OvirtAuth.password({ ...demo, token }))))
    expect(yield* received(sandbox, TOKEN)).toHaveLength(2)
  }))

  it.live("gets another token once when the engine refuses one, and sends the body again", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      yield* names
      yield* sandbox.control.expireSessions()
      yield* sandbox.control.clearReceived
      expect((yield* addVm({ body: { name: "after401" } })).name).toBe("after401")
      expect((yield* received(sandbox)).map(({ path, status }) => [path, status])).toEqual([["/ovirt-engine/api/vms", 401], [TOKEN, 200], ["/ovirt-engine/api/vms", 201]])
      // for ever refused: one more token, and then the server's word
      yield* sandbox.control.clearReceived
      yield* sandbox.control.fail({ kind: "status", status: 401, path: "/ovirt-engine/api/tags", times: 10, body: { reason: "Unauthorized", detail: "The access token is invalid" } })
      const refused = yield* Effect.flip(listTags())
      expect(refused).toMatchObject({ _tag: "AuthenticationFailed", reason: "rejected", detail: "Unauthorized: The access token is invalid" })
      expect(yield* received(sandbox, TOKEN)).toHaveLength(1)
      expect(yield* received(sandbox, "/ovirt-engine/api/tags")).toHaveLength(2)
    }).pipe(Effect.provide(live(sandbox)))
  }))

  it.live("tells every shape of a refusal, with status 400 or 200, alone or in a list", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const refusal = (username: string, password = "demo-password") =>
      Effect.flip(names.pipe(Effect.provide(live(sandbox, OvirtAuth.password({ username, password: Redacted.make(password) })))))
    expect(yield* refusal("demo", "no-such-password")).toMatchObject({
      _tag: "AuthenticationFailed",
      reason: "login",
      status: 400,
      detail: "access_denied: Cannot authenticate user Invalid username or password."
    })
    expect(yield* refusal("locked")).toMatchObject({ reason: "login", status: 200, detail: "access_denied: Cannot authenticate user locked: The account is locked." })
    expect(yield* refusal("expired")).toMatchObject({ reason: "login", status: 200, detail: "access_denied: Cannot authenticate user expired: The password has expired." })
    // the official client ignores the status, and takes any text for JSON
    yield* sandbox.control.fail({ kind: "status", status: 503, path: TOKEN, body: {} })
    expect(yield* refusal("demo")).toMatchObject({ reason: "login", status: 503 })
    yield* sandbox.control.fail({ kind: "status", status: 200, path: TOKEN, headers: { "content-type": "text/html" }, body: "<html>login</html>" })
    expect(yield* refusal("demo")).toMatchObject({ reason: "login", detail: expect.stringContaining("did not answer with JSON") })
    yield* sandbox.control.fail({ kind: "status", status: 302, path: TOKEN, headers: { location: "https://elsewhere.example.com/" }, body: {} })
    expect(yield* refusal("demo")).toMatchObject({ reason: "login", status: 302 })
    // what the server repeats of the password is masked
    yield* sandbox.control.fail({ kind: "status", status: 400, path: TOKEN, body: { error: "access_denied", error_description: "no such password: s3cret-canary" } })
    const echoed = yield* refusal("demo", "s3cret-canary")
    expect(JSON.stringify(echoed) + echoed.message).not.toContain("s3cret-canary")
    expect(echoed.message).toContain("no such password")
  }))

  it.live("signing out of what the engine has forgotten is no failure, and a logout that fails hides nothing", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      yield* names
      yield* sandbox.control.expireSessions()
      yield* Ovirt.signOut
      yield* names
    }).pipe(Effect.provide(live(sandbox)))
    yield* sandbox.control.fail({ kind: "status", status: 500, path: LOGOUT, times: 5 })
    const failure = yield* Effect.flip(getVm({ id: "nope" }).pipe(Effect.provide(live(sandbox))))
    expect(failure._tag).toBe("NotFound")
  }))

  it.live("a session that the engine does not close is not said to be closed", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      yield* names
      yield* sandbox.control.fail({ kind: "status", status: 503, path: "/ovirt-engine/api" })
      expect(yield* Effect.flip(Ovirt.signOut)).toMatchObject({ _tag: "AuthenticationFailed", operation: "sign out", status: 503 })
      // one that has ended by itself is what was wanted
      yield* names
      yield* sandbox.control.expireSessions()
      yield* Ovirt.signOut
    }).pipe(Effect.provide(live(sandbox, OvirtAuth.persistent(demo))))
  }))

  it.live("a token is good until its `exp`, on the engine's clock", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const hour = 3_600_000
    const expires = (exp: unknown, skew = 0) => Effect.gen(function*() {
      yield* sandbox.control.fail({ kind: "status", status: 200, path: TOKEN, headers: { date: new Date(Date.now() + skew).toUTCString() }, body: { access_token: "given", exp } })
      const { authentication } = yield* Effect.andThen(Ovirt.authenticate(), Ovirt.status).pipe(Effect.provide(live(sandbox, OvirtAuth.password({ ...demo, onClose: "keep" }))))
      return authentication.expires === undefined ? undefined : Math.round((authentication.expires - Date.now()) / 60_000)
    })
    expect(yield* expires(String(Date.now() + hour))).toBe(60)
    expect(yield* expires(Date.now() + hour)).toBe(60)
    expect(yield* expires(String(Math.round((Date.now() + hour) / 1000)))).toBe(60)
    // an engine whose clock is three hours ahead
    expect(yield* expires(String(Date.now() + 4 * hour), 3 * hour)).toBe(60)
    for (const nothing of [undefined, "", "soon", "9223372036854775807", 0, -5, String(Date.now() - hour)]) expect(yield* expires(nothing)).toBeUndefined()
  }))

  it.live("sessions that share a store share one token, and leave it there", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const shared = (auth: Layer.Layer<Auth.Authentication>) =>
      Ovirt.layer().pipe(Layer.provide([auth, OvirtConfiguration.layer({ url: sandbox.ovirt.url }), NodeTransport.layer(), kept]))
    const kept = TokenStore.memory()
    const token = yield* Effect.andThen(names, Ovirt.token).pipe(Effect.provide(shared(OvirtAuth.password(demo))))
    const again = yield* Effect.andThen(names, Ovirt.token).pipe(Effect.provide(shared(OvirtAuth.password(demo))))
    expect(Redacted.value(again)).toBe(Redacted.value(token))
    expect(yield* received(sandbox, TOKEN)).toHaveLength(1)
    expect(yield* received(sandbox, LOGOUT)).toEqual([])
    // another user has another
    expect(yield* Effect.flip(names.pipe(Effect.provide(shared(OvirtAuth.password(viewer)))))).toMatchObject({ _tag: "Forbidden" })
    expect(yield* received(sandbox, TOKEN)).toHaveLength(2)
  }))

  it.live("test, connect, disconnect", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      expect(yield* Ovirt.test()).toBe(true)
      const api = yield* Ovirt.connect()
      expect(api.product_info).toMatchObject({ name: "oVirt Engine", version: { major: 4, minor: 5, full_version: "4.5.0-1.el8" } })
      expect(api.summary?.vms).toEqual({ active: 6, total: 12 })
      expect((yield* Ovirt.product())?.vendor).toBe("ovirt.org")
      yield* Ovirt.authenticate({ check: true })
      yield* Ovirt.disconnect
      expect(yield* received(sandbox, LOGOUT)).toHaveLength(1)
      expect(yield* Effect.flip(names)).toBeInstanceOf(SessionClosed)
      expect(yield* Ovirt.test()).toBe(false)
    }).pipe(Effect.provide(live(sandbox)))
    expect(yield* received(sandbox, LOGOUT)).toHaveLength(1)
    const wrong = live(sandbox, OvirtAuth.password({ username: "demo", password: Redacted.make("no") }))
    expect(yield* Ovirt.test().pipe(Effect.provide(wrong))).toBe(false)
  }))

  it.live("several engines side by side", () => Effect.gen(function*() {
    const [east, west] = [yield* Sandbox.make(), yield* Sandbox.make()]
    const manager = <const Name extends string>(name: Name, sandbox: Sandbox.RunningSandbox) =>
      Ovirt.named(name).layer().pipe(Layer.provide([OvirtAuth.password(demo), OvirtConfiguration.layer({ url: sandbox.ovirt.url }), NodeTransport.layer()]))
    yield* Effect.gen(function*() {
      const added = yield* Ovirt.named("east").run(addVm({ body: { name: "only-east" } }))
      expect(added.name).toBe("only-east")
      expect(yield* Ovirt.named("east").run(names)).toContain("only-east")
      expect(yield* Ovirt.named("west").run(names)).not.toContain("only-east")
    }).pipe(Effect.provide([manager("east", east), manager("west", west)]))
  }))

  it.live("who is no administrator sees what is his with the filter, and nothing without", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const his = OvirtAuth.password(viewer)
    const refused = yield* Effect.flip(names.pipe(Effect.provide(live(sandbox, his))))
    expect(refused).toMatchObject({ _tag: "Forbidden", body: { detail: "query execution failed due to insufficient permissions." } })
    expect(yield* names.pipe(Effect.provide(live(sandbox, his, { filter: true })))).toEqual(["vm1"])
    expect((yield* listVms({ filter: true }).pipe(Effect.provide(live(sandbox, his)))).vm?.map((vm) => vm.name)).toEqual(["vm1"])
    const write = yield* Effect.flip(addVm({ body: { name: "his" } }).pipe(Effect.provide(live(sandbox, his, { filter: true }))))
    expect(write).toMatchObject({ _tag: "Forbidden", message: expect.stringContaining("User is not authorized to perform this action.") })
  }))
})

describe("kerberos", () => {
  it.live("proves only the request for the token", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const failure = yield* Effect.flip(names.pipe(Effect.provide(live(sandbox, OvirtAuth.kerberos({ schemes: [ticket("dGlja2V0")] })))))
    expect(failure).toMatchObject({ _tag: "AuthenticationFailed", reason: "login" })
    const requests = yield* received(sandbox)
    expect(requests.map(({ path }) => path)).toContain("/ovirt-engine/sso/oauth/token-http-auth")
    expect(requests.every(({ path }) => path.startsWith("/ovirt-engine/sso/"))).toBe(true)
    expect(requests[0]?.headers["authorization"]).toMatch(/^Negotiate /)
  }))

  it.live("the web server in front has let somebody through", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    // as Apache tells the engine; the header stands for Apache here
    const auth = OvirtAuth.kerberos({ schemes: [ticket("dGlja2V0")] })
    const status = yield* Effect.andThen(names, Ovirt.status).pipe(Effect.provide(live(sandbox, auth, { headers: { "x-remote-user": "demo@EXAMPLE.COM" } })))
    expect(status.authentication).toMatchObject({ method: "kerberos", state: "active", identity: "demo@EXAMPLE.COM" })
    const [call] = yield* received(sandbox, "/ovirt-engine/api/vms")
    expect(call?.headers["authorization"]).toMatch(/^Bearer /)
  }))
})

describe("the manner of version 3", () => {
  it.live("a session by cookie: password once, kept alive, closed by a last request", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.all(Array.from({ length: 20 }, () => names), { concurrency: "unbounded" }).pipe(Effect.provide(live3(sandbox, { ...demo, sessionTimeout: 5 })))
    const requests = yield* received(sandbox)
    const [first, ...others] = requests
    const last = others.pop()
    expect(first).toMatchObject({ method: "GET", path: "/api/", headers: { prefer: "persistent-auth", "session-ttl": "5", version: "3", accept: "application/xml" }, identity: { method: "BASIC" } })
    expect(first?.headers["authorization"]).toMatch(/^Basic /)
    expect(others).toHaveLength(20)
    for (const { headers, identity } of others) {
      expect(headers).toMatchObject({ prefer: "persistent-auth", accept: "application/xml", cookie: expect.stringMatching(/^JSESSIONID=/) })
      expect(headers["authorization"]).toBeUndefined()
      expect(identity).toMatchObject({ method: "SESSION" })
    }
    expect(last).toMatchObject({ method: "GET", path: "/api/", status: 200 })
    expect(last?.headers["prefer"]).toBeUndefined()
    expect(last?.headers["authorization"]).toBeUndefined()
    // it is over there, too
    expect(yield* sandbox.control.expireSessions()).toBe(0)
  }))

  it.live("opens another session when one has ended, unless told otherwise", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const twice = Effect.gen(function*() {
      yield* names
      yield* sandbox.control.expireSessions()
      yield* sandbox.control.clearReceived
      return yield* names
    })
    expect(yield* twice.pipe(Effect.provide(live3(sandbox)))).toHaveLength(12)
    const sent = (yield* received(sandbox)).slice(0, 3).map(({ path, status }) => [path, status])
    expect(sent).toEqual([["/api/vms", 401], ["/api/", 200], ["/api/vms", 200]])
    const refused = yield* Effect.flip(twice.pipe(Effect.provide(live3(sandbox, { ...demo, renewSession: false }))))
    expect(refused).toMatchObject({ _tag: "AuthenticationFailed", reason: "rejected" })
    expect((yield* received(sandbox, "/api/vms"))).toHaveLength(1)
  }))

  it.live("says who it is each time where the engine opens no sessions", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* sandbox.control.fail({ kind: "status", status: 200, path: "/api/", headers: { "content-type": "application/xml" }, body: "<api/>" })
    yield* names.pipe(Effect.provide(live3(sandbox)))
    const [call] = yield* received(sandbox, "/api/vms")
    expect(call?.headers["authorization"]).toMatch(/^Basic /)
  }))

  it.live("a wrong password, and a page in place of the API", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const wrong = yield* Effect.flip(names.pipe(Effect.provide(live3(sandbox, { username: "demo", password: Redacted.make("no") }))))
    expect(wrong).toMatchObject({ _tag: "AuthenticationFailed", reason: "login", status: 401, detail: "user name or password is wrong" })
    yield* sandbox.control.fail({ kind: "status", status: 200, path: "/api/", headers: { "content-type": "text/html" }, body: "<html/>" })
    const page = yield* Effect.flip(names.pipe(Effect.provide(live3(sandbox))))
    expect(page.message).toContain("/ovirt-engine/api")
    const colon = yield* Effect.flip(names.pipe(Effect.provide(live3(sandbox, { username: "a:b", password: Redacted.make("x") }))))
    expect(colon).toBeInstanceOf(ConfigurationInvalid)
  }))

  it.live("a ticket in place of the password, for the first request only", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    // the header stands for the web server in front
    const asDemo = { headers: { "x-remote-user": "demo@EXAMPLE.COM" } }
    const both = Effect.andThen(names, names)
    const status = yield* Effect.andThen(both, Ovirt.status).pipe(Effect.provide(live3(sandbox, { schemes: [ticket("dGlja2V0")] }, asDemo)))
    expect(status.authentication).toMatchObject({ method: "persistent", identity: "demo@EXAMPLE.COM" })
    const requests = yield* received(sandbox)
    expect(requests.map(({ headers }) => headers["authorization"] === undefined)).toEqual([false, true, true, true])
    expect(requests.map(({ identity }) => identity?.method)).toEqual(["REMOTE", "SESSION", "SESSION", "SESSION"])
    // without a session a ticket would be needed for each request, which this is not made for
    yield* sandbox.control.fail({ kind: "status", status: 200, path: "/api/", headers: { "content-type": "application/xml" }, body: "<api/>" })
    expect(yield* Effect.flip(names.pipe(Effect.provide(live3(sandbox, { schemes: [ticket("dGlja2V0")] }, asDemo))))).toMatchObject({ _tag: "AuthenticationFailed", reason: "login" })
  }))

  it.live("no session key leaves as a token for other programs", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    expect(yield* Effect.flip(Ovirt.token.pipe(Effect.provide(live3(sandbox))))).toMatchObject({ reason: "missing" })
  }))
})

describe("configuration", () => {
  const invalid = (options: OvirtConfiguration.OvirtOptions) =>
    Effect.map(Effect.flip(Effect.scoped(Layer.build(OvirtConfiguration.layer(options)))), ({ settings }) => settings.map(({ name }) => name))

  it("fills in path and port", () => {
    const of = (url: string, options: Parameters<typeof OvirtConfiguration.apiUrl>[1] = {}) => {
      const read = OvirtConfiguration.apiUrl(url, options)
      return read._tag === "Success" ? read.success.href : read.failure
    }
    expect(of("https://engine.example.com")).toBe("https://engine.example.com/ovirt-engine/api")
    expect(of("https://engine.example.com/ovirt-engine/")).toBe("https://engine.example.com/ovirt-engine/api")
    expect(of("https://engine.example.com/ovirt-engine/api/")).toBe("https://engine.example.com/ovirt-engine/api")
    expect(of("https://engine.example.com", { version: 3 })).toBe("https://engine.example.com/api")
    expect(of("https://engine.example.com/api", { port: 8443 })).toBe("https://engine.example.com:8443/api")
    expect(of("https://engine.example.com:443", { port: 8443 })).toBe("https://engine.example.com/ovirt-engine/api")
    expect(of("https://engine.example.com:9443", { port: 8443 })).toBe("https://engine.example.com:9443/ovirt-engine/api")
    expect(of("https://proxy.example.com/east/ovirt-engine/api")).toBe("https://proxy.example.com/east/ovirt-engine/api")
    expect(of("engine.example.com")).toContain("absolute URL")
  })

  it.effect("https wants to know whom to trust, and says what to do", () => Effect.gen(function*() {
    expect(yield* invalid({ url: "https://engine.example.com" })).toEqual(["ca"])
    expect(yield* invalid({ url: "ftp://engine.example.com" })).toEqual(["url"])
    expect(yield* invalid({ url: "https://engine.example.com", port: 0, insecure: true })).toEqual(["port"])
    const failure = yield* Effect.flip(Effect.scoped(Layer.build(OvirtConfiguration.layer({ url: "https://engine.example.com:8443" }))))
    expect(failure.message).toContain("https://engine.example.com:8443/ovirt-engine/services/pki-resource?resource=ca-certificate")
    expect(failure.message).toContain("insecure")
    for (const enough of [{ insecure: true }, { ca: { store: "system" } }, { tls: { pins: ["x"] } }, { tls: { ca: "pem" } }, { tls: { verify: false } }] as const) {
      expect(Exit.isSuccess(yield* Effect.exit(Effect.scoped(Layer.build(OvirtConfiguration.layer({ url: "https://engine.example.com", ...enough })))))).toBe(true)
    }
  }))

  it.effect("gives the session what it was given", () => Effect.gen(function*() {
    const certificate = { certificate: { file: "me.pem" }, key: { file: "me.key" } }
    const context = yield* Effect.scoped(Layer.build(OvirtConfiguration.layer({
      url: "https://engine.example.com", port: 8443, version: 3, ca: { file: "ca.pem" }, certificate, timeout: "20 seconds", filter: false, headers: { "accept-language": "de" }, tls: { minVersion: "TLSv1.3" }
    })))
    expect(Context.get(context, Configuration.Configuration).options).toEqual({
      baseUrl: "https://engine.example.com:8443/api",
      timeout: "20 seconds",
      headers: { "accept-language": "de", version: "3", filter: "false" },
      tls: { minVersion: "TLSv1.3", ca: { file: "ca.pem" }, certificate }
    })
  }))

  it.live("trusts the authority that it is given, and nobody else", () => Effect.gen(function*() {
    const certificate = yield* Sandbox.makeCertificate
    const sandbox = yield* Sandbox.make({ https: certificate })
    expect(sandbox.ovirt.url).toMatch(/^https:/)
    expect(yield* Ovirt.test().pipe(Effect.provide(live(sandbox, undefined, { ca: certificate.cert })))).toBe(true)
    expect(yield* Ovirt.test().pipe(Effect.provide(live(sandbox, undefined, { insecure: true })))).toBe(true)
    const untrusted = yield* Effect.flip(names.pipe(Effect.provide(live(sandbox, undefined, { ca: { store: "node" } }))))
    expect(untrusted).toMatchObject({ _tag: "TlsFailed", reason: "untrusted" })
  }))

  it.live("from variables: settings and ways to sign in", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const from = (env: Record<string, string>) =>
      Ovirt.layer().pipe(
        Layer.provide([OvirtAuth.fromConfig(), OvirtConfiguration.fromConfig(), NodeTransport.layer()]),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    const url = { OVIRT_URL: sandbox.ovirt.url.replace("/ovirt-engine/api", "") }
    const user = { OVIRT_USERNAME: "viewer", OVIRT_PASSWORD: "demo-password" }
    expect(yield* names.pipe(Effect.provide(from({ ...url, ...user, OVIRT_FILTER: "true", OVIRT_PROFILE: "internal" })))).toEqual(["vm1"])
    const explained = yield* Ovirt.explain().pipe(Effect.provide(from({ ...url, ...user, OVIRT_METHOD: "persistent", OVIRT_SESSION_TIMEOUT: "3" })))
    expect(explained.text).toContain("persistent")
    expect(explained.text).toContain("OVIRT_URL")
    const named = yield* Effect.scoped(Layer.build(OvirtAuth.fromConfig("X", { schemes: [] }).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { X_METHOD: "kerberos" } }))))))
    expect(Context.get(named, Auth.Authentication)).toMatchObject({ method: "kerberos", why: expect.stringContaining("X_METHOD") })
    // whose the ticket is: the scheme does not know
    const ticketed = Ovirt.layer().pipe(
      Layer.provide([
        OvirtAuth.fromConfig("OVIRT", { schemes: [{ ...ticket("dGlja2V0"), identity: undefined }] }),
        OvirtConfiguration.fromConfig("OVIRT", { headers: { "x-remote-user": "demo@EXAMPLE.COM" } }),
        NodeTransport.layer()
      ]),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...url, OVIRT_METHOD: "kerberos", OVIRT_USERNAME: "demo" } })))
    )
    expect((yield* Effect.andThen(names, Ovirt.status).pipe(Effect.provide(ticketed))).authentication).toMatchObject({ method: "kerberos", identity: "demo" })
    const failure = (env: Record<string, string>) => Effect.map(Effect.flip(Effect.scoped(Layer.build(from(env)))), (error) => error.settings.map(({ name }) => name))
    expect(yield* failure({ ...user })).toEqual(["OVIRT_URL"])
    expect(yield* failure({ ...url })).toEqual(["OVIRT"])
    expect(yield* failure({ ...user, OVIRT_URL: "https://engine.example.com" })).toEqual(["OVIRT_CA_FILE"])
    expect(yield* failure({ ...url, ...user, OVIRT_FILTER: "yes" })).toEqual(["OVIRT_FILTER"])
    expect(yield* failure({ ...url, ...user, OVIRT_METHOD: "persistent", OVIRT_SESSION_TIMEOUT: "soon" })).toEqual(["OVIRT_SESSION_TIMEOUT"])
  }))

  it.live("a wire log shows everything but secrets", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const lines: Array<string> = []
    const log = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    const token = yield* Effect.gen(function*() {
      yield* addVm({ body: { name: "logged", description: "shown" } })
      return Redacted.value(yield* Ovirt.token)
    }).pipe(Effect.provide(live(sandbox, undefined, { debug: true })), Effect.provide(log))
    const all = lines.join("\n")
    expect(all).toContain(`> POST ${sandbox.ovirt.url.replace("/api", "")}/sso/oauth/token`)
    expect(all).toContain("username=demo@internal&password=<redacted>")
    expect(all).toContain("> {\"name\":\"logged\",\"description\":\"shown\"}")
    expect(all).toMatch(/< 201 POST/)
    expect(all).toContain("authorization: <redacted>")
    expect(all).not.toContain("demo-password")
    expect(all).not.toContain(token)
    // the logout's form has the token
    expect(all).toContain("token=<redacted>")
  }))
})

describe("what the official client gets wrong", () => {
  it.live("a login has a limit of time, as has each call: both are Timeout", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const slow = (path: string) => sandbox.control.fail({ kind: "delay", milliseconds: 60_000, path })
    yield* slow(TOKEN)
    expect(yield* Effect.flip(names.pipe(Effect.provide(live(sandbox, undefined, { timeout: "100 millis" }))))).toMatchObject({ _tag: "Timeout" })
    yield* slow("/ovirt-engine/api/vms")
    expect(yield* Effect.flip(names.pipe(Effect.provide(live(sandbox, undefined, { timeout: "100 millis" }))))).toMatchObject({ _tag: "Timeout", operation: "listVms" })
  }))

  it.live("no line breaks in fields, and no way out of the API by an id", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      expect(yield* Effect.flip(names.pipe(Call.with({ headers: { "correlation-id": "a\r\nx-injected: 1" } })))).toMatchObject({ _tag: "InvalidInput" })
      expect(yield* Effect.flip(getVm({ id: "../../sso" }))).toMatchObject({ _tag: "NotFound" })
    }).pipe(Effect.provide(live(sandbox)))
    const paths = (yield* received(sandbox)).map(({ path }) => path)
    expect(paths).toEqual([TOKEN, "/ovirt-engine/api/vms/..%2F..%2Fsso", LOGOUT])
    const broken = yield* Effect.flip(names.pipe(Effect.provide(live(sandbox, OvirtAuth.token(Redacted.make("a\r\nx-injected: 1"))))))
    expect(broken).toBeInstanceOf(ConfigurationInvalid)
    // a name may hold anything: it is encoded
    const odd = yield* Effect.flip(names.pipe(Effect.provide(live(sandbox, OvirtAuth.password({ username: "a&grant_type=x\r\n", password: Redacted.make("p&=\u00fc") })))))
    expect(odd).toMatchObject({ _tag: "AuthenticationFailed", detail: "access_denied: Cannot authenticate user Invalid username or password." })
  }))

  it.live("events tell of each token, and of its end", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const events = yield* Effect.gen(function*() {
      const listening = yield* Effect.forkChild(Stream.runCollect(Ovirt.events), { startImmediately: true })
      yield* names
      yield* sandbox.control.expireSessions()
      yield* names
      yield* Ovirt.disconnect
      return (yield* Fiber.join(listening)).map((event) => event._tag)
    }).pipe(Effect.provide(live(sandbox)))
    expect(events).toEqual(["Renewed", "Rejected", "Renewed", "SignedOut", "Closed"])
  }))
})
