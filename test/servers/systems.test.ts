/** Logins of the systems that belong to HTTP, over real servers: Apache does Kerberos, NTLM and client certificates in front of an application. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration } from "credence"
import { Ansys, AnsysAuth, connected } from "credence/ansys"
import { createItem, listItems } from "credence/ansys/items"
import { NodeTransport } from "credence/node"
import * as Ntlm from "credence/ntlm"
import { getApi, Ovirt, OvirtAuth, OvirtConfiguration } from "credence/ovirt"
import { listVms } from "credence/ovirt/vms"
import { Scope as TppScope, Tpp, TppAuth } from "credence/tpp"
import { verifyToken } from "credence/tpp/authorize"
import { getVersion } from "credence/tpp/systemstatus"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { makeAnsys } from "../../kit/src/sandbox/ansys/service.ts"
import { makeOvirt } from "../../kit/src/sandbox/ovirt/service.ts"
import { makeTpp } from "../../kit/src/sandbox/tpp/service.ts"
import { kerberos, refused, trusted } from "./client.ts"
import { alice, bob, carol, env, mallory, type Person } from "./environment.ts"
import { type Arrived, behind, trusting } from "./systems.ts"

const url = env("TB_SYSTEMS")
const realm = env("TB_KRB_REALM")

const live = (name: string, test: () => Effect.Effect<unknown, unknown, Scope.Scope>) => it.live(name, () => Effect.scoped(test()).pipe(Effect.provide(Logger.layer([]))), 30_000)

const parts = (auth: Layer.Layer<Auth.Authentication>, path = "", configuration: Configuration.ConfigurationOptions = {}) =>
  Layer.mergeAll(
    auth,
    Configuration.layer({ baseUrl: url + path, retry: "none", ...configuration }),
    NodeTransport.layer({ environment: {}, proxy: "none", tls: trusted })
  )

/** each request once, with who Apache said it is */
const seen = (arrived: ReadonlyArray<Arrived>) => arrived.map(({ method, path, remoteUser, status }) => `${method} ${path} ${remoteUser ?? "-"} ${status}`)

describe("ansys behind Apache", () => {
  const api = Effect.suspend(() => behind((environment) => makeAnsys(environment, { remoteUser: trusting })))
  const session = (auth: Layer.Layer<Auth.Authentication>) => Ansys.layer().pipe(Layer.provide(parts(auth, "/negotiate")))
  const connect = (auth: Layer.Layer<Auth.Authentication>) => Effect.void.pipe(Effect.provide(connected(Ansys).pipe(Layer.provide(parts(auth, "/negotiate")))))
  const credentials = (person: Person, options: Partial<AnsysAuth.CredentialsOptions> = {}) =>
    AnsysAuth.credentials({ username: person.name, password: Redacted.make(person.password), domain: env("TB_NTLM_DOMAIN"), ...options })
  const byKeytab = (person: Person) => kerberos({ keytab: env("TB_KRB_PEOPLE_KEYTAB"), principal: person.name })

  const ways: ReadonlyArray<readonly [name: string, auth: () => Layer.Layer<Auth.Authentication>, user: string, chosen: string]> = [
    ["autologon (Kerberos)", () => AnsysAuth.autologon({ schemes: [kerberos()] }), `alice@${realm}`, "Negotiate"],
    ["NTLM by choice, with a domain", () => credentials(alice, { scheme: "NTLM" }), "TESTDOM\\alice", "NTLM"],
    ["credentials, auto: NTLM of Negotiate, NTLM and Basic", () => credentials(alice), "TESTDOM\\alice", "NTLM"],
    ["Basic by choice", () => credentials(alice, { scheme: "Basic", domain: undefined }), `alice@${realm}`, "basic"]
  ]
  for (const [name, auth, user, chosen] of ways) {
    live(name, () => Effect.gen(function*() {
      const arrived = yield* api
      const status = yield* Effect.gen(function*() {
        yield* Ansys.authenticate()
        assert.strictEqual((yield* listItems()).length, 3)
        assert.strictEqual((yield* createItem({ body: { name: "bolt", tags: ["m8"] } })).name, "bolt")
        return (yield* Ansys.status).authentication
      }).pipe(Effect.provide(session(auth())))
      assert.deepStrictEqual(seen(arrived), [`GET /negotiate ${user} 200`, `GET /negotiate/items ${user} 200`, `POST /negotiate/items ${user} 201`])
      assert.deepStrictEqual(Object.values(status.offers ?? {})[0]?.chosen ?? status.method, chosen)
    }))
  }

  live("calls at once, each over a connection of its own that is logged in", () => Effect.gen(function*() {
    const arrived = yield* api
    yield* Effect.forEach(Array.from({ length: 16 }), () => listItems(), { concurrency: 8 }).pipe(Effect.provide(session(credentials(alice))))
    assert.strictEqual(arrived.length, 16)
    assert.isTrue(arrived.every(({ remoteUser, status }) => remoteUser === "TESTDOM\\alice" && status === 200))
  }))

  live("two users side by side stay two", () => Effect.gen(function*() {
    const arrived = yield* api
    const both = Effect.gen(function*() {
      yield* listItems()
      const error = yield* refused(createItem({ body: { name: "bolt" } }).pipe(Effect.provide(Ansys.override(AnsysAuth.autologon({ schemes: [byKeytab(bob)] })))), "Forbidden")
      yield* createItem({ body: { name: "bolt" } })
      return error
    })
    yield* both.pipe(Effect.provide(session(AnsysAuth.autologon({ schemes: [byKeytab(alice)] }))))
    assert.deepStrictEqual(seen(arrived), [
      `GET /negotiate/items alice@${realm} 200`,
      `POST /negotiate/items bob@${realm} 403`,
      `POST /negotiate/items alice@${realm} 201`
    ])
  }))

  live("refused: a wrong password by NTLM, and Basic is not tried after it", () => Effect.gen(function*() {
    const arrived = yield* api
    const error = yield* refused(connect(credentials(mallory)), "AuthenticationFailed", "rejected")
    assert.notInclude(error.message, mallory.password)
    assert.deepStrictEqual(arrived, [])
  }))

  live("refused: somebody whom Apache knows and the application does not", () => Effect.gen(function*() {
    const arrived = yield* api
    yield* refused(connect(AnsysAuth.autologon({ schemes: [byKeytab(carol)] })), "AuthenticationFailed")
    assert.deepStrictEqual(seen(arrived).slice(0, 1), [`GET /negotiate carol@${realm} 401`])
  }))

  live("refused: no ticket", () => Effect.gen(function*() {
    yield* api
    const error = yield* refused(connect(AnsysAuth.autologon({ schemes: [kerberos({ credentialCache: "FILE:/nonexistent/cache" })] })), "CapabilityUnavailable")
    assert.match(error.message, /no Kerberos ticket/)
  }))

  live("refused: autologon where only Basic is offered", () => Effect.gen(function*() {
    yield* api
    const basicOnly = Effect.void.pipe(Effect.provide(connected(Ansys).pipe(Layer.provide(parts(AnsysAuth.autologon({ schemes: [kerberos()] }), "/basic")))))
    yield* refused(basicOnly, "AuthenticationFailed", "missing")
  }))

  live("what Apache says of who came, nobody else can say", () => Effect.gen(function*() {
    const arrived = yield* api
    const forging = Ansys.use((ansys) => ansys.request({ method: "GET", url: "/items", headers: { "x-remote-user": "alice", "x-client-subject": "CN=alice" } }))
    yield* refused(forging.pipe(Effect.provide(Ansys.layer().pipe(Layer.provide(parts(AnsysAuth.anonymous(), "/basic"))))), "AuthenticationFailed", "missing")
    assert.deepStrictEqual(arrived.map(({ remoteUser, subject }) => [remoteUser, subject]), [[undefined, undefined]])
  }))
})

describe("Venafi TPP behind Apache", () => {
  const server = Effect.suspend(() => behind((environment) => makeTpp(environment, { remoteUser: trusting })))
  const scope = TppScope.make({ certificate: ["manage"] })
  const application = { clientId: "pytpp", scope }
  const session = (auth: Layer.Layer<Auth.Authentication>, configuration: Configuration.ConfigurationOptions = {}) => Tpp.layer().pipe(Layer.provide(parts(auth, "", configuration)))
  const user = ({ name, password }: Person) => ({ username: name, password: Redacted.make(password), domain: env("TB_NTLM_DOMAIN") })
  const certificate = (cert: string, key: string): Configuration.ConfigurationOptions => ({ tls: { ...trusted, certificate: { certificate: { file: env(cert) }, key: { file: env(key) } } } })

  const ways: ReadonlyArray<readonly [name: string, auth: () => Layer.Layer<Auth.Authentication>, who: string, login: string, configuration?: Configuration.ConfigurationOptions]> = [
    ["integrated, by Kerberos", () => TppAuth.integrated({ ...application, schemes: [kerberos()] }), `alice@${realm}`, "integrated"],
    ["integrated, by NTLM", () => TppAuth.integrated({ ...application, schemes: [Ntlm.scheme(user(alice))] }), "TESTDOM\\alice", "integrated"],
    ["integrated, by NTLM inside Negotiate", () => TppAuth.integrated({ ...application, schemes: [Ntlm.negotiate(user(alice))] }), "TESTDOM\\alice", "integrated"],
    ["integrated, the strongest of two", () => TppAuth.integrated({ ...application, schemes: [Ntlm.scheme(user(alice)), kerberos()] }), `alice@${realm}`, "integrated"],
    ["client certificate", () => TppAuth.certificate(application), env("TB_CLIENT_SUBJECT"), "certificate", certificate("TB_CLIENT_CERT", "TB_CLIENT_KEY")]
  ]
  for (const [name, auth, who, login, configuration] of ways) {
    live(name, () => Effect.gen(function*() {
      const arrived = yield* server
      const verified = yield* Effect.gen(function*() {
        // all at once, before anybody has signed in: one login for all
        yield* Effect.forEach(Array.from({ length: 5 }), () => getVersion(), { concurrency: 5 })
        return yield* verifyToken()
      }).pipe(Effect.provide(session(auth(), configuration)))
      assert.deepInclude(verified, { application: "pytpp", scope: "certificate:manage" })
      const logins = arrived.filter(({ path }) => path.startsWith("/vedauth/authorize/") && !path.endsWith("/verify"))
      assert.deepStrictEqual(logins.map(({ path, remoteUser, status, subject }) => [path, login === "certificate" ? subject : remoteUser, status]), [[`/vedauth/authorize/${login}`, who, 200]])
      // what proves the login goes with the login only
      const calls = arrived.filter(({ path }) => path.startsWith("/vedsdk/"))
      assert.strictEqual(calls.length, 5)
      assert.isTrue(calls.every(({ remoteUser, scheme, status }) => remoteUser === undefined && scheme === "Bearer" && status === 200), JSON.stringify(calls))
      // and the session that ends gives its grant back
      assert.strictEqual(arrived.at(-1)?.path.toLowerCase(), "/vedauth/revoke/token")
    }))
  }

  live("a token that is rejected is renewed by its refresh token, without another login", () => Effect.gen(function*() {
    let expire = (): number => 0
    const arrived = yield* behind((environment) => {
      const system = makeTpp(environment, { remoteUser: trusting })
      expire = () => system.expireSessions()
      return system
    })
    yield* Effect.gen(function*() {
      yield* getVersion()
      expire()
      yield* getVersion()
    }).pipe(Effect.provide(session(TppAuth.integrated({ ...application, schemes: [kerberos()] }))))
    assert.deepStrictEqual(arrived.filter(({ path }) => path.startsWith("/vedauth/authorize/")).map(({ path }) => path), ["/vedauth/authorize/integrated", "/vedauth/authorize/token"])
  }))

  const refusals: ReadonlyArray<readonly [name: string, auth: () => Layer.Layer<Auth.Authentication>, tag: "AuthenticationFailed" | "CapabilityUnavailable", reason?: string, configuration?: Configuration.ConfigurationOptions]> = [
    ["a wrong password", () => TppAuth.integrated({ ...application, schemes: [Ntlm.scheme(user(mallory))] }), "AuthenticationFailed", "login"],
    ["no ticket", () => TppAuth.integrated({ ...application, schemes: [kerberos({ credentialCache: "FILE:/nonexistent/cache" })] }), "CapabilityUnavailable"],
    ["somebody whom TPP does not know", () => TppAuth.integrated({ ...application, schemes: [kerberos({ keytab: env("TB_KRB_PEOPLE_KEYTAB"), principal: "carol" })] }), "AuthenticationFailed"],
    ["no certificate", () => TppAuth.certificate(application), "AuthenticationFailed", "login"]
  ]
  for (const [name, auth, tag, reason, configuration] of refusals) {
    live(`refused: ${name}`, () => Effect.gen(function*() {
      const arrived = yield* server
      const error = yield* refused(getVersion().pipe(Effect.provide(session(auth(), configuration))), tag, reason)
      assert.notInclude(error.message, mallory.password)
      assert.deepStrictEqual(arrived.filter(({ path }) => path.startsWith("/vedsdk/")), [])
    }))
  }

  live("refused: a certificate that nobody trusts", () => Effect.gen(function*() {
    yield* server
    yield* refused(getVersion().pipe(Effect.provide(session(TppAuth.certificate(application), certificate("TB_ROGUE_CERT", "TB_ROGUE_KEY")))), "TlsFailed")
  }))
})

describe("oVirt behind Apache", () => {
  const engine = Effect.suspend(() => behind(makeOvirt))
  const session = (auth: Layer.Layer<Auth.Authentication>) =>
    Ovirt.layer().pipe(Layer.provide([
      auth,
      OvirtConfiguration.layer({ url, ca: { file: env("TB_CA") }, retry: "none" }),
      NodeTransport.layer({ environment: {}, proxy: "none" })
    ]))
  const byKeytab = (person: Person) => kerberos({ keytab: env("TB_KRB_PEOPLE_KEYTAB"), principal: person.name })

  live("Kerberos gets a token, which the calls go with; it is revoked at the end", () => Effect.gen(function*() {
    const arrived = yield* engine
    yield* Effect.gen(function*() {
      const api = yield* getApi()
      assert.isDefined(api.product_info)
      const { vm } = yield* listVms()
      assert.isTrue((vm ?? []).some(({ name }) => name === "vm1"))
    }).pipe(Effect.provide(session(OvirtAuth.kerberos({ schemes: [kerberos()] }))))
    assert.deepStrictEqual(arrived.map(({ method, path, remoteUser, scheme, status }) => [method, path, remoteUser, scheme === "Negotiate" ? undefined : scheme, status]), [
      ["POST", "/ovirt-engine/sso/oauth/token-http-auth", `alice@${realm}`, undefined, 200],
      ["GET", "/ovirt-engine/api/", undefined, "Bearer", 200],
      ["GET", "/ovirt-engine/api/vms", undefined, "Bearer", 200],
      ["POST", "/ovirt-engine/services/sso-logout", undefined, undefined, 200]
    ])
  }))

  live("a token that has ended is followed by another login, once", () => Effect.gen(function*() {
    let expire = (): number => 0
    const arrived = yield* behind((environment) => {
      const system = makeOvirt(environment)
      expire = () => system.expireSessions()
      return system
    })
    yield* Effect.gen(function*() {
      yield* listVms()
      expire()
      yield* Effect.forEach([1, 2, 3, 4], () => listVms(), { concurrency: 4 })
    }).pipe(Effect.provide(session(OvirtAuth.kerberos({ schemes: [kerberos()] }))))
    assert.strictEqual(arrived.filter(({ path }) => path.endsWith("/token-http-auth")).length, 2)
  }))

  const refusals: ReadonlyArray<readonly [name: string, auth: () => Layer.Layer<Auth.Authentication>, tag: "AuthenticationFailed" | "CapabilityUnavailable"]> = [
    ["no ticket", () => OvirtAuth.kerberos({ schemes: [kerberos({ credentialCache: "FILE:/nonexistent/cache" })] }), "CapabilityUnavailable"],
    ["somebody whom the engine does not know", () => OvirtAuth.kerberos({ schemes: [byKeytab(carol)] }), "AuthenticationFailed"],
    ["NTLM, where the engine's web server takes Kerberos only", () => OvirtAuth.kerberos({ schemes: [Ntlm.scheme({ username: "alice", password: Redacted.make(alice.password) })] }), "AuthenticationFailed"]
  ]
  for (const [name, auth, tag] of refusals) {
    live(`refused: ${name}`, () => Effect.gen(function*() {
      const arrived = yield* engine
      yield* refused(listVms().pipe(Effect.provide(session(auth()))), tag)
      assert.deepStrictEqual(arrived.filter(({ path }) => path.startsWith("/ovirt-engine/api")), [])
    }))
  }
})
