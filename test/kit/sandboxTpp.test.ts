import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import { X509Certificate } from "node:crypto"
import * as Https from "node:https"
import { makeRouter } from "../../kit/src/sandbox/router.ts"
import { allows, isWithin, parseScope } from "../../kit/src/sandbox/tpp/scope.ts"
import { credentials, makeAuthority } from "../../kit/src/sandbox/x509.ts"

interface Asked {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly certificate?: { readonly cert: string; readonly key: string }
}

/** A request as any client would make it. */
const ask = ({ tpp }: Sandbox.RunningSandbox, path: string, { body, certificate, headers, method = "POST" }: Asked = {}) =>
  Effect.promise(() =>
    new Promise<{ readonly status: number; readonly headers: Https.RequestOptions["headers"]; readonly text: string }>((resolve, reject) => {
      const request = Https.request(`${tpp.url}${path}`, { method, ca: tpp.ca, agent: false, ...certificate, headers: { "content-type": "application/json", ...headers } }, (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => text += chunk)
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      })
      request.on("error", reject)
      request.end(body === undefined ? undefined : JSON.stringify(body))
    }))

const inSandbox = (name: string, test: (sandbox: Sandbox.RunningSandbox) => Effect.Effect<void>) =>
  it.live(name, () => Effect.scoped(Effect.flatMap(Effect.orDie(Sandbox.make()), test)))

const application = { client_id: "pytpp", scope: "certificate" }
const demo = { username: "demo", password: "demo-password" }

describe("the sandbox's TPP", () => {
  inSandbox("matches paths without regard to case, and says what is missing", (sandbox) =>
    Effect.gen(function*() {
      const login = yield* ask(sandbox, "/VEDAuth/AUTHORIZE/oauth", { body: { ...application, ...demo } })
      assert.strictEqual(login.status, 200)
      const token = JSON.parse(login.text) as { readonly access_token: string }
      assert.match(token.access_token, /==$/)
      const headers = { authorization: `Bearer ${token.access_token}` }
      assert.strictEqual((yield* ask(sandbox, "/vedsdk/SYSTEMSTATUS/", { method: "GET", headers })).status, 200)
      assert.strictEqual((yield* ask(sandbox, "/vedsdk/nothing", { headers })).status, 404)
      assert.strictEqual((yield* ask(sandbox, "/vedsdk/identity/self", { headers })).status, 405)
      const nobody = yield* ask(sandbox, "/vedsdk/identity/self", { method: "GET" })
      assert.deepInclude(nobody, { status: 401 })
      assert.strictEqual(nobody.headers && "www-authenticate" in nobody.headers ? nobody.headers["www-authenticate"] : undefined, "Bearer")
    }))

  inSandbox("knows clients by their certificate, and only by one of its authority", (sandbox) =>
    Effect.gen(function*() {
      const { tpp } = sandbox
      const by = (certificate: Asked["certificate"]) => Effect.map(ask(sandbox, "/vedauth/authorize/certificate", { body: application, ...(certificate && { certificate }) }), ({ status }) => status)
      assert.strictEqual(yield* by({ cert: tpp.clientCert, key: tpp.clientKey }), 200)
      assert.strictEqual(yield* by(undefined), 401)
      const stranger = makeAuthority({ CN: "stranger" }).issue({ subject: { CN: "demo" }, use: "client" })
      assert.strictEqual(yield* by(stranger), 401)
      const nobody = credentials().authority.issue({ subject: { CN: "nobody" }, use: "client" })
      assert.strictEqual(yield* by(nobody), 401)
    }))

  inSandbox("does not believe a header that names its user", (sandbox) =>
    Effect.gen(function*() {
      const answer = yield* ask(sandbox, "/vedauth/authorize/integrated", { body: application, headers: { "x-remote-user": "demo" } })
      assert.strictEqual(answer.status, 401)
    }))

  inSandbox("forgets everything when it is reset", (sandbox) =>
    Effect.gen(function*() {
      const login = JSON.parse((yield* ask(sandbox, "/vedauth/authorize/oauth", { body: { ...application, ...demo } })).text) as { readonly access_token: string; readonly refresh_token: string }
      yield* sandbox.control.reset
      assert.strictEqual((yield* ask(sandbox, "/vedauth/authorize/verify", { method: "GET", headers: { authorization: `Bearer ${login.access_token}` } })).status, 401)
      assert.strictEqual((yield* ask(sandbox, "/vedauth/authorize/token", { body: { client_id: "pytpp", refresh_token: login.refresh_token } })).status, 400)
    }))
})

describe("scopes of the sandbox", () => {
  it("are read without regard to case, and compared", () => {
    const scope = parseScope("Certificate:Manage,delete;configuration")
    assert.isDefined(scope)
    if (scope === undefined) return
    assert.deepStrictEqual(["certificate:manage", "certificate:read", "certificate:revoke", "configuration:read", "ssh:read"].map((wanted) => allows(scope, wanted)), [true, true, false, true, false])
    assert.isTrue(isWithin(parseScope("certificate:delete") ?? new Map(), scope))
    assert.isFalse(isWithin(parseScope("certificate:revoke") ?? new Map(), scope))
    for (const wrong of ["", "certificate:read", "nothing", "certificate:manage:x"]) assert.isUndefined(parseScope(wrong), wrong)
  })
})

describe("certificates of the sandbox", () => {
  it("are made once, and hold what servers and clients need", () => {
    const { authority, client, server } = credentials()
    assert.strictEqual(credentials().server.cert, server.cert)
    const [ca, leaf, own] = [authority.cert, server.cert, client.cert].map((text) => new X509Certificate(text))
    assert.isTrue(ca?.ca)
    assert.isFalse(leaf?.ca)
    assert.isTrue(ca !== undefined && leaf?.verify(ca.publicKey) && leaf.checkIssued(ca))
    assert.strictEqual(leaf?.checkIP("127.0.0.1"), "127.0.0.1")
    assert.strictEqual(leaf?.checkHost("localhost"), "localhost")
    assert.deepStrictEqual(own?.keyUsage, ["1.3.6.1.5.5.7.3.2"])
  })
})

describe("the sandbox's router", () => {
  it("minds the case unless it is told not to, and leaves parameters as they are", () => {
    const routes = [{ method: "GET", path: "/a/{name}" }]
    assert.strictEqual(makeRouter(routes)("GET", "/A/Xy")._tag, "NoSuchPath")
    const match = makeRouter(routes, { ignoreCase: true })("GET", "/A/Xy")
    assert.deepStrictEqual(match._tag === "Found" ? match.params : undefined, { name: "Xy" })
  })
})
