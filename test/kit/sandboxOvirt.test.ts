import { expect, it } from "@effect/vitest"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"

const ask = (url: string, init: RequestInit = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, { redirect: "manual", ...init })
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

const basic = { authorization: `Basic ${btoa("demo@internal:demo-password")}` }
const viewer = { authorization: `Basic ${btoa("viewer:demo-password")}` }
const form = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) })

it.live("writes XML unless JSON is asked for, in the manner of each version", () => Effect.gen(function*() {
  const { ovirt } = yield* Sandbox.make()
  const [four, three] = [ovirt.url, ovirt.url.replace("/ovirt-engine/api", "/api")]
  const xml = yield* ask(`${four}/vms?search=name%3Dvm1`, { headers: basic })
  expect(xml.headers.get("content-type")).toBe("application/xml;charset=UTF-8")
  expect(xml.text).toContain("<status>up</status><memory>1073741824</memory>")
  expect(xml.text).toContain(`<cluster href="/ovirt-engine/api/clusters/`)
  const old = yield* ask(`${three}/vms?search=name%3Dvm1`, { headers: { ...basic, version: "3" } })
  expect(old.text).toContain("<status><state>up</state></status>")
  expect(old.text).toContain(`<cluster href="/api/clusters/`)
  expect((yield* ask(three, { headers: { ...basic, version: "3" } })).text).toContain(`<version major="3" minor="6" build="0" revision="0"><full_version>3.6.0-1.el7</full_version></version>`)
  const json = yield* ask(`${four}/vms?search=name%3Dvm1`, { headers: { ...basic, accept: "application/json" } })
  // the engine's JSON has texts for numbers and truth values, and milliseconds for moments
  expect(JSON.parse(json.text)).toMatchObject({ vm: [{ name: "vm1", memory: "1073741824", stateless: "false", creation_time: expect.any(Number), cpu: { topology: { cores: "1" } } }] })
  expect(JSON.parse((yield* ask(`${four}/vms?search=name%3Dnone`, { headers: { ...basic, accept: "application/json" } })).text)).toEqual({})
}))

it.live("keeps sessions by cookie, as long as they are asked to", () => Effect.gen(function*() {
  let now = Date.now()
  const { ovirt } = yield* Sandbox.make({ now: () => now })
  const lasting = { prefer: "persistent-auth" }
  expect((yield* ask(ovirt.url, { headers: basic })).headers.get("set-cookie")).toBeNull()
  const opened = yield* ask(ovirt.url, { headers: { ...basic, ...lasting, "session-ttl": "5" } })
  const cookie = /^JSESSIONID=[^;]+/.exec(opened.headers.get("set-cookie") ?? "")?.[0] ?? ""
  expect(opened.headers.get("set-cookie")).toContain("; Path=/ovirt-engine/api; HttpOnly")
  now += 4 * 60_000
  expect((yield* ask(`${ovirt.url}/vms`, { headers: { cookie, ...lasting } })).status).toBe(200)
  now += 2 * 60_000
  const ended = yield* ask(`${ovirt.url}/vms`, { headers: { cookie, ...lasting } })
  expect([ended.status, ended.headers.get("www-authenticate")]).toEqual([401, "Basic realm=\"RESTAPI\""])
  const again = yield* ask(ovirt.url, { headers: { ...basic, ...lasting } })
  const second = /^JSESSIONID=[^;]+/.exec(again.headers.get("set-cookie") ?? "")?.[0] ?? ""
  // without Prefer it is the last request
  expect((yield* ask(ovirt.url, { headers: { cookie: second } })).status).toBe(200)
  expect((yield* ask(ovirt.url, { headers: { cookie: second, ...lasting } })).status).toBe(401)
}))

it.live("refuses at the single sign-on in every shape", () => Effect.gen(function*() {
  const { ovirt } = yield* Sandbox.make()
  const sso = ovirt.url.replace("/api", "/sso/oauth/token")
  const grant = (fields: Record<string, string>) => Effect.map(ask(sso, form({ grant_type: "password", scope: "ovirt-app-api", ...fields })), ({ status, text }) => [status, JSON.parse(text) as unknown])
  expect(yield* grant({ username: "demo", password: "no" })).toEqual([400, { error_code: "access_denied", error: "Cannot authenticate user Invalid username or password." }])
  expect(yield* grant({ grant_type: "code" })).toEqual([400, { error: "unsupported_grant_type", error_description: "The grant_type is not supported" }])
  expect(yield* grant({ scope: "x" })).toMatchObject([400, { error: "invalid_scope" }])
  expect(yield* grant({ username: "locked" })).toMatchObject([200, [{ error_code: "access_denied" }]])
  expect(yield* grant({ username: "expired" })).toMatchObject([200, { error: "access_denied", error_description: expect.any(String) }])
  const [status, token] = yield* grant({ username: "demo@internal", password: "demo-password" })
  expect([status, token]).toMatchObject([200, { access_token: expect.any(String), token_type: "bearer", scope: "ovirt-app-api", exp: expect.stringMatching(/^\d{13}$/) }])
  expect((yield* ask(sso)).status).toBe(405)
  const http = yield* ask(`${sso}-http-auth`, form({ grant_type: "urn:ovirt:params:oauth:grant-type:http", scope: "ovirt-app-api" }))
  expect([http.status, http.headers.get("www-authenticate"), http.headers.get("content-type")]).toEqual([401, "Negotiate", "text/html"])
  const logout = ovirt.url.replace("/api", "/services/sso-logout")
  const out = Effect.map(ask(logout, form({ scope: "ovirt-app-api", token: String(Reflect.get(Object(token), "access_token")) })), ({ status, text }) => [status, JSON.parse(text) as unknown])
  expect(yield* out).toEqual([200, {}])
  expect(yield* out).toEqual([200, { error_code: "invalid_token", error: "The token has already been revoked" }])
}))

it.live("gives those who are no administrators what is theirs, if they ask for it", () => Effect.gen(function*() {
  const { ovirt } = yield* Sandbox.make()
  const names = (text: string) => [...text.matchAll(/<name>(.*?)<\/name>/g)].map(([, name]) => name)
  expect((yield* ask(`${ovirt.url}/vms`, { headers: viewer })).status).toBe(403)
  expect(names((yield* ask(`${ovirt.url}/vms?filter=true`, { headers: viewer })).text)).toEqual(["vm1"])
  expect(names((yield* ask(`${ovirt.url}/vms`, { headers: { ...viewer, filter: "true" } })).text)).toEqual(["vm1"])
  expect((yield* ask(`${ovirt.url}/vms`, { headers: { ...viewer, filter: "true" }, method: "POST", body: "<vm><name>x</name></vm>" })).status).toBe(403)
  expect(names((yield* ask(`${ovirt.url}/vms`, { headers: { ...basic, filter: "true" } })).text)).toHaveLength(12)
}))

it.live("knows no other paths, and reads no bodies that are none", () => Effect.gen(function*() {
  const { ovirt } = yield* Sandbox.make()
  const page = yield* ask(`${ovirt.url}/nothing`, { headers: basic })
  expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html;charset=UTF-8"])
  expect((yield* ask(`${ovirt.url}/hosts`, { headers: basic, method: "DELETE" })).status).toBe(405)
  expect((yield* ask(ovirt.url.replace("/api", ""), { headers: basic })).status).toBe(404)
  for (const body of ["<vm>", "text", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><vm><name>&b;</name></vm>"]) {
    expect((yield* ask(`${ovirt.url}/vms`, { headers: { ...basic, "content-type": "application/xml" }, method: "POST", body })).status).toBe(400)
  }
  expect((yield* ask(`${ovirt.url}/vms`, { headers: { ...basic, "content-type": "application/json" }, method: "POST", body: "[1]" })).status).toBe(400)
}))
