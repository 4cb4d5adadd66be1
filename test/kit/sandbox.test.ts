import { expect, it } from "@effect/vitest"
import { fingerprint, layer, make, makeCertificate, Sandbox } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import { request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"
import { connect, createServer } from "node:net"
import { at, bob, constrain, csrf, demo, items, logIn, readLogin, type Running, send, text } from "./client.ts"
import { operations } from "./contract.ts"

const COMMENTS = "/cases/v2/case/1/comments"
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
const ids = (values: ReadonlyArray<unknown>): ReadonlyArray<unknown> => values.map((value) => at(value, "id"))
const message = (body: unknown): unknown => at(body, "messages", 0, "message")
const fieldErrors = (body: unknown): unknown => {
  const messages = at(body, "messages")
  return Array.isArray(messages) ? messages.filter((m) => at(m, "type") === "FIELD_ERROR").map((m) => at(m, "field")) : []
}

/** One server for a suite; each test starts from fresh data. */
const suite = (name: string, tests: (test: (name: string, body: (sandbox: Running) => Effect.Effect<void>) => void) => void): void =>
  it.layer(layer(), { excludeTestServices: true })(name, (it) =>
    tests((name, body) =>
      it.effect(name, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox
          yield* sandbox.control.reset
          yield* body(sandbox)
        }))))

suite("the document", (test) => {
  test("every operation is served, and to nobody who is not signed in", Effect.fnUntraced(function*(sandbox) {
    expect(operations.length).toBe(44)
    for (const { id, method, open, path } of operations) {
      const target = path.replace(/(\/?)\{\w+\}/g, "/1")
      const { status } = yield* send(sandbox, method, target, method === "GET" ? {} : { json: {} })
      expect([id, status]).toEqual([id, open ? 412 : 401])
    }
  }))

  test("every operation wants the function that it declares", Effect.fnUntraced(function*(sandbox) {
    const guarded = operations.filter(({ permissions }) => permissions.length > 0)
    expect(guarded.length).toBe(33)
    for (const { id, method, path, permissions } of guarded) {
      const other = permissions.includes("viewCases") ? "viewAssets" : "viewCases"
      const { bearer } = readLogin(yield* constrain(sandbox, demo, { function: [other] }))
      const { body, status } = yield* send(sandbox, method, path.replace(/(\/?)\{\w+\}/g, "/1"), { as: bearer, ...(method === "GET" ? {} : { json: {} }) })
      expect([id, status, message(body)]).toEqual([id, 403, `Access denied. Required permission: ${permissions[0]}`])
    }
  }))
})

suite("who sends a request", (test) => {
  test("an API key signs in, a wrong one does not", Effect.fnUntraced(function*(sandbox) {
    const good = yield* send(sandbox, "GET", "/currentuser/v1/user", { as: demo })
    expect(at(good.body, "data", "userName")).toBe("demo")
    const bad = yield* send(sandbox, "GET", "/currentuser/v1/user", { as: { "Argus-API-Key": "demo-api-kez" } })
    expect([bad.status, message(bad.body)]).toEqual([401, "Authentication failed"])
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user")).status).toBe(401)
  }))

  test("a key beside a bearer token wins", Effect.fnUntraced(function*(sandbox) {
    const { bearer } = yield* logIn(sandbox)
    const answer = yield* send(sandbox, "GET", "/currentuser/v1/user", { as: { ...bearer, ...bob } })
    expect(at(answer.body, "data", "userName")).toBe("bob")
  }))

  for (const method of ["password", "ldap"] as const) {
    const path = `/authentication/v1/${method}/authentication`

    test(`${method}: the login's cookie and token sign in`, Effect.fnUntraced(function*(sandbox) {
      const answer = yield* send(sandbox, "POST", path, { json: { userName: "demo", password: "demo-password", domain: "MNEMONIC" } })
      const { bearer, cookie, token } = readLogin(answer)
      expect(answer.headers.get("set-cookie")).toBe(`argus_session=${token}; Path=/; HttpOnly`)
      for (const as of [bearer, cookie]) {
        const session = yield* send(sandbox, "GET", "/authentication/v1/session", { as })
        expect(at(session.body, "data", "authenticationMethod")).toBe(method.toUpperCase())
      }
    }))

    test(`${method}: wrong names, passwords and domains are all the same 401`, Effect.fnUntraced(function*(sandbox) {
      const right = { userName: "demo", password: "demo-password", domain: "MNEMONIC" }
      for (const wrong of [{ password: "nope" }, { userName: "nobody" }, { domain: "OTHER" }]) {
        const { body, headers, status } = yield* send(sandbox, "POST", path, { json: { ...right, ...wrong } })
        expect([status, message(body), headers.get("set-cookie")]).toEqual([401, "Authentication failed", null])
      }
    }))

    test(`${method}: missing members are named`, Effect.fnUntraced(function*(sandbox) {
      const { body, status } = yield* send(sandbox, "POST", path, { json: {} })
      expect([status, fieldErrors(body)]).toEqual([412, ["userName", "password"]])
    }))
  }

  test("an authorization that the login asked for comes with it", Effect.fnUntraced(function*(sandbox) {
    const json = { userName: "demo", password: "demo-password", requestedAuthorizations: ["setPassword"] }
    const { body } = yield* send(sandbox, "POST", "/authentication/v1/password/authentication", { json })
    expect(at(body, "data", "authorizations", 0, "identifier")).toBe("setPassword")
  }))

  test("221 opens a session for who must change the password", Effect.fnUntraced(function*(sandbox) {
    const answer = yield* send(sandbox, "POST", "/authentication/v1/password/authentication", { json: { userName: "newcomer", password: "newcomer-password" } })
    expect([answer.status, at(answer.body, "responseCode")]).toEqual([221, 221])
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user", { as: readLogin(answer).bearer })).status).toBe(200)
  }))

  test("a logout ends the session, and only that one", Effect.fnUntraced(function*(sandbox) {
    const first = yield* logIn(sandbox)
    const second = yield* logIn(sandbox)
    expect((yield* send(sandbox, "DELETE", "/authentication/v1/session", { as: first.bearer })).status).toBe(200)
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user", { as: first.bearer })).status).toBe(401)
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user", { as: second.bearer })).status).toBe(200)
  }))
})

suite("the CSRF token of a cookie session", (test) => {
  const post = (sandbox: Running, cookie: Readonly<Record<string, string>>, token: string | undefined, target = COMMENTS) =>
    Effect.map(
      send(sandbox, "POST", target, { as: cookie, json: { comment: "seen" }, ...(token === undefined ? {} : { headers: { "Argus-Csrf-Token": token } }) }),
      ({ status }) => status
    )

  test("signed for this URL it passes, however its JSON is spaced and its URL encoded", Effect.fnUntraced(function*(sandbox) {
    const { cookie, key } = yield* logIn(sandbox)
    expect(yield* post(sandbox, cookie, csrf(key, `${sandbox.url}${COMMENTS}`))).toBe(200)
    expect(yield* post(sandbox, cookie, csrf(key, `${sandbox.url}${COMMENTS}`, { spaced: true }))).toBe(200)
    const upload = yield* send(sandbox, "POST", "/documents/v1/document/path/n%C3%A4me%20x.txt?overwriteExisting=true", {
      as: cookie,
      raw: "x",
      headers: { "Argus-Csrf-Token": csrf(key, `${sandbox.url}/documents/v1/document/path/n\u00e4me x.txt`) }
    })
    expect(upload.status).toBe(200)
  }))

  test("missing, forged, stale or for another URL it is a 401", Effect.fnUntraced(function*(sandbox) {
    const { cookie, key } = yield* logIn(sandbox)
    const url = `${sandbox.url}${COMMENTS}`
    const good = csrf(key, url)
    const [head, , signature] = good.split(".")
    const wrong = {
      missing: undefined,
      "not a token": "x",
      "another key": csrf(new Uint8Array(32), url),
      "another path": csrf(key, `${sandbox.url}/cases/v2/case/2/comments`),
      "another host": csrf(key, `http://127.0.0.1:1${COMMENTS}`),
      "with a query": csrf(key, `${url}?x=1`),
      stale: csrf(key, url, { timestamp: Date.now() - 6 * 60_000 }),
      early: csrf(key, url, { timestamp: Date.now() + 6 * 60_000 }),
      "another algorithm": csrf(key, url, { alg: "none" }),
      "another payload": `${head}.${Buffer.from(JSON.stringify({ url, timestamp: Date.now() + 1 })).toString("base64url")}.${signature}`,
      "a part too many": `${good}.x`
    }
    for (const [name, token] of Object.entries(wrong)) expect([name, yield* post(sandbox, cookie, token)]).toEqual([name, 401])
    expect(yield* post(sandbox, cookie, good)).toBe(200)
  }))

  test("reading needs none, but a forged one is refused all the same", Effect.fnUntraced(function*(sandbox) {
    const { cookie, key } = yield* logIn(sandbox)
    const get = (headers: Readonly<Record<string, string>>) => Effect.map(send(sandbox, "GET", "/currentuser/v1/user", { as: cookie, headers }), ({ status }) => status)
    expect(yield* get({})).toBe(200)
    expect(yield* get({ "Argus-Csrf-Token": csrf(key, `${sandbox.url}/currentuser/v1/user`) })).toBe(200)
    expect(yield* get({ "Argus-Csrf-Token": csrf(new Uint8Array(32), `${sandbox.url}/currentuser/v1/user`) })).toBe(401)
  }))

  test("a bearer token needs none", Effect.fnUntraced(function*(sandbox) {
    const { bearer } = yield* logIn(sandbox)
    expect((yield* send(sandbox, "POST", COMMENTS, { as: bearer, json: { comment: "seen" } })).status).toBe(200)
  }))
})

suite("what a session may do", (test) => {
  test("a function that the user lacks is a 403 that names it", Effect.fnUntraced(function*(sandbox) {
    const { body, status } = yield* send(sandbox, "GET", `/sampledb/v2/sample/${"0".repeat(64)}`, { as: demo })
    expect([status, message(body)]).toEqual([403, "Access denied. Required permission: viewSamples"])
    expect((yield* send(sandbox, "GET", `/sampledb/v2/sample/${"0".repeat(64)}`, { as: bob })).status).toBe(404)
  }))

  test("another customer's data is a 403, and no search finds it", Effect.fnUntraced(function*(sandbox) {
    for (const target of ["/cases/v2/case/61", "/assets/v2/asset/host40", "/customers/v2/customer/customer3", "/documents/v1/document/3001/content", "/documents/v1/folder/300/content"]) {
      expect([target, (yield* send(sandbox, "GET", target, { as: demo })).status]).toEqual([target, 403])
    }
    expect((yield* send(sandbox, "GET", "/cases/v2/case?customer=customer3", { as: demo })).status).toBe(403)
    expect(at((yield* send(sandbox, "GET", "/cases/v2/case", { as: demo })).body, "count")).toBe(60)
    expect(ids(items(yield* send(sandbox, "GET", "/cases/v2/case", { as: bob })))).toEqual([61, 62, 63, 64, 65, 66])
  }))

  test("a constrained session keeps only what it was left", Effect.fnUntraced(function*(sandbox) {
    const { bearer } = readLogin(yield* constrain(sandbox, demo, { customer: ["customer1"], function: ["viewCases"] }))
    expect(ids(items(yield* send(sandbox, "POST", "/cases/v2/case/search", { as: bearer, json: {} })))).toEqual([1, 2, 3, 4, 5, 6])
    expect((yield* send(sandbox, "GET", "/cases/v2/case/7", { as: bearer })).status).toBe(403)
    expect((yield* send(sandbox, "POST", COMMENTS, { as: bearer, json: { comment: "x" } })).status).toBe(403)
    expect(items(yield* send(sandbox, "GET", "/authentication/v1/session/function", { as: bearer })).map((f) => at(f, "name"))).toEqual(["viewCases"])
    expect(items(yield* send(sandbox, "GET", "/authentication/v1/session/customer", { as: bearer })).map((c) => at(c, "shortName"))).toEqual(["customer1"])
    expect((yield* send(sandbox, "GET", "/cases/v2/case/7", { as: demo })).status).toBe(200)
  }))

  test("a constraint names customers and functions by id or name, and leaves whole what it does not name", Effect.fnUntraced(function*(sandbox) {
    const { bearer } = readLogin(yield* constrain(sandbox, demo, { customer: [1] }))
    expect(items(yield* send(sandbox, "GET", "/authentication/v1/session/customer", { as: bearer })).length).toBe(1)
    expect(items(yield* send(sandbox, "GET", "/authentication/v1/session/function", { as: bearer })).length).toBe(11)
  }))

  test("a constraint cannot widen", Effect.fnUntraced(function*(sandbox) {
    const { bearer } = readLogin(yield* constrain(sandbox, demo, { customer: ["customer1"], function: ["viewCases"] }))
    for (const [field, wish] of [["function", { function: ["viewCases", "updateCase"] }], ["customer", { customer: ["customer2"] }], ["customer", { customer: ["nobody"] }]] as const) {
      const { body, status } = yield* constrain(sandbox, bearer, wish)
      expect([status, fieldErrors(body)]).toEqual([412, [field]])
    }
    expect((yield* constrain(sandbox, demo, { function: ["viewSamples"] })).status).toBe(412)
  }))

  test("a read-only session reads", Effect.fnUntraced(function*(sandbox) {
    const { bearer } = readLogin(yield* constrain(sandbox, demo, { readOnly: true }))
    expect((yield* send(sandbox, "POST", "/cases/v2/case/search", { as: bearer, json: {} })).status).toBe(200)
    const { body, status } = yield* send(sandbox, "POST", COMMENTS, { as: bearer, json: { comment: "x" } })
    expect([status, message(body)]).toEqual([403, "Access denied. The session is read only"])
    const narrower = readLogin(yield* constrain(sandbox, bearer, {}))
    expect(at((yield* send(sandbox, "GET", "/authentication/v1/session", { as: narrower.bearer })).body, "data", "readOnly")).toBe(true)
  }))
})

suite("lists", (test) => {
  const counts = (body: unknown) => ["limit", "offset", "count", "size"].map((name) => at(body, name))

  test("a page has 25 unless told, 0 asks for all, the last one is short", Effect.fnUntraced(function*(sandbox) {
    const get = (query: string) => Effect.map(send(sandbox, "GET", `/cases/v2/case${query}`, { as: demo }), ({ body }) => counts(body))
    expect(yield* get("")).toEqual([25, 0, 60, 25])
    expect(yield* get("?limit=0")).toEqual([0, 0, 60, 60])
    expect(yield* get("?limit=25&offset=50")).toEqual([25, 50, 60, 10])
    expect(yield* get("?limit=25&offset=60")).toEqual([25, 60, 60, 0])
    const post = yield* send(sandbox, "POST", "/cases/v2/case/search", { as: demo, json: { limit: 7, offset: 7 } })
    expect(counts(post.body)).toEqual([7, 7, 60, 7])
    expect(ids(items(post))).toEqual([8, 9, 10, 11, 12, 13, 14])
  }))

  test("limits below zero and words for numbers are refused", Effect.fnUntraced(function*(sandbox) {
    const { body, status } = yield* send(sandbox, "GET", "/cases/v2/case?limit=-1&offset=x", { as: demo })
    expect([status, fieldErrors(body)]).toEqual([412, ["limit", "offset"]])
  }))

  test("criteria of one kind widen, of several kinds narrow", Effect.fnUntraced(function*(sandbox) {
    const all = items(yield* send(sandbox, "GET", "/cases/v2/case?limit=0", { as: demo }))
    const wanted = (value: unknown) => ["pendingSoc", "workingSoc"].includes(String(at(value, "status"))) && at(value, "customer", "id") === 1
    const found = yield* send(sandbox, "GET", "/cases/v2/case?status=pendingSoc&status=workingSoc&customer=customer1&limit=0", { as: demo })
    expect(ids(items(found))).toEqual(ids(all.filter(wanted)))
    expect(ids(items(yield* send(sandbox, "GET", "/cases/v2/case?keywords=EXAMPLE.com", { as: demo })))).toEqual([1])
  }))

  test("sortBy orders, a minus turns it around, an unknown name is refused", Effect.fnUntraced(function*(sandbox) {
    expect(ids(items(yield* send(sandbox, "GET", "/cases/v2/case?sortBy=-createdTimestamp&limit=2", { as: demo })))).toEqual([60, 59])
    const byName = items(yield* send(sandbox, "GET", "/cases/v2/case?sortBy=customer&sortBy=-id&limit=7", { as: demo }))
    expect(ids(byName)).toEqual([6, 5, 4, 3, 2, 1, 60])
    expect((yield* send(sandbox, "GET", "/cases/v2/case?sortBy=colour", { as: demo })).status).toBe(412)
  }))

  test("the other services' lists", Effect.fnUntraced(function*(sandbox) {
    const count = (method: string, target: string, json?: unknown) =>
      Effect.map(send(sandbox, method, target, { as: demo, ...(json === undefined ? {} : { json }) }), ({ body }) => at(body, "count"))
    expect(yield* count("GET", "/currentuser/v1/functions")).toBe(11)
    expect(yield* count("GET", "/currentuser/v1/customers?requiredFunction=viewCases")).toBe(2)
    expect(yield* count("GET", "/currentuser/v1/groups")).toBe(1)
    expect(yield* count("GET", "/assets/v2/asset?customer=customer1")).toBe(10)
    expect(yield* count("POST", "/assets/v2/asset/search", { keywords: ["host1.customer1", "host2.customer1"] })).toBe(2)
    expect(yield* count("GET", "/customers/v2/customer")).toBe(2)
    expect(yield* count("GET", "/events/v1/aggregated?limit=1&startTimestamp=-2hours")).toBeLessThan(5)
    expect(yield* count("POST", "/events/v1/aggregated/search", { customerID: [1], startTimestamp: "-30days" })).toBe(15)
    expect(yield* count("GET", `/cases/v2/case/1/comments?afterComment=00000000-0000-4000-8000-c00000000001`)).toBe(2)
  }))
})

suite("cases", (test) => {
  test("one is created, read, changed and left alone", Effect.fnUntraced(function*(sandbox) {
    const json = { subject: "s", description: "d", service: "ids", type: "informational", customer: "customer2" }
    const created = yield* send(sandbox, "POST", "/cases/v2/case", { as: demo, json })
    const id = text(created.body, "data", "id")
    expect([created.status, at(created.body, "data", "customer", "shortName"), at(created.body, "data", "priority")]).toEqual([201, "customer2", "medium"])
    const put = (json: unknown) => send(sandbox, "PUT", `/cases/v2/case/${id}`, { as: demo, json })
    expect((yield* put({ priority: "high" })).status).toBe(200)
    expect((yield* put({ priority: "high" })).status).toBe(220)
    expect((yield* put({})).status).toBe(220)
    expect((yield* put({ comment: "and a word" })).status).toBe(200)
    expect(at((yield* send(sandbox, "GET", `/cases/v2/case/${id}`, { as: demo })).body, "data", "priority")).toBe("high")
    expect(items(yield* send(sandbox, "GET", `/cases/v2/case/${id}/comments`, { as: demo })).map((c) => at(c, "comment"))).toEqual(["and a word"])
  }))

  test("a refusal names everything that is wrong", Effect.fnUntraced(function*(sandbox) {
    const json = { subject: "", description: "d", service: "nothing", type: "rumour", priority: "huge" }
    const { body, status } = yield* send(sandbox, "POST", "/cases/v2/case", { as: demo, json })
    expect([status, fieldErrors(body)]).toEqual([412, ["subject", "service", "type", "priority"]])
    expect(at(body, "messages", 0)).toEqual({ message: "Value is required", messageTemplate: "REQUIRED", type: "FIELD_ERROR", field: "subject", parameter: null })
    expect((yield* send(sandbox, "POST", "/cases/v2/case", { as: demo, raw: "{", headers: { "Content-Type": "application/json" }, offContract: true })).status).toBe(400)
    expect((yield* send(sandbox, "POST", "/cases/v2/case", { as: demo, raw: "x", headers: { "Content-Type": "text/plain" }, offContract: true })).status).toBe(415)
  }))

  test("a comment may change the status", Effect.fnUntraced(function*(sandbox) {
    yield* send(sandbox, "POST", COMMENTS, { as: demo, json: { comment: "done", status: "pendingClose" } })
    expect(at((yield* send(sandbox, "GET", "/cases/v2/case/1", { as: demo })).body, "data", "status")).toBe("pendingClose")
    expect((yield* send(sandbox, "POST", COMMENTS, { as: demo, json: {} })).status).toBe(412)
  }))

  test("a merged case leads to its new place, unless told not to", Effect.fnUntraced(function*(sandbox) {
    const moved = yield* send(sandbox, "GET", "/cases/v2/case/9301?skipRedirect=False", { as: demo })
    expect([moved.status, moved.headers.get("location")]).toEqual([301, "/cases/v2/case/1"])
    const stayed = yield* send(sandbox, "GET", "/cases/v2/case/9301?skipRedirect=True", { as: demo })
    expect([stayed.status, at(stayed.body, "data", "id")]).toEqual([200, 9301])
  }))

  test("no case, no number, no route, no method", Effect.fnUntraced(function*(sandbox) {
    expect((yield* send(sandbox, "GET", "/cases/v2/case/404404", { as: demo })).status).toBe(404)
    for (const id of ["0", "x", "1.5"]) expect((yield* send(sandbox, "GET", `/cases/v2/case/${id}`, { as: demo })).status).toBe(412)
    const lost = yield* send(sandbox, "GET", "/cases/v3/case", { as: demo })
    expect([lost.status, at(lost.body, "responseCode"), at(lost.body, "messages", 0, "type")]).toEqual([404, 404, "ACTION_ERROR"])
    const patch = yield* send(sandbox, "DELETE", "/cases/v2/case", { as: demo })
    expect([patch.status, patch.headers.get("allow")]).toEqual([405, "GET, POST"])
  }))

  test("attachments keep their bytes, types and names", Effect.fnUntraced(function*(sandbox) {
    const [plain, foreign, hostile] = items(yield* send(sandbox, "GET", "/cases/v2/case/1/attachments", { as: demo }))
    const download = (caseId: number, attachment: unknown, query = "") =>
      send(sandbox, "GET", `/cases/v2/case/${caseId}/attachments/${text(attachment, "id")}/download${query}`, { as: demo })
    expect((yield* download(1, plain, "?inline=true")).headers.get("content-disposition")).toBe("inline; filename=\"notes.txt\"")
    expect((yield* download(1, foreign)).headers.get("content-disposition")).toBe(
      "attachment; filename=\"rapport-___.pdf\"; filename*=UTF-8''rapport-%C3%A6%C3%B8%C3%A5.pdf"
    )
    expect((yield* download(1, hostile)).headers.get("content-disposition")).toBe("attachment; filename=\"../../etc/passwd\"")
    const [big] = items(yield* send(sandbox, "GET", "/cases/v2/case/2/attachments", { as: demo }))
    const { bytes, headers } = yield* download(2, big)
    expect([bytes.length, sha256(bytes), headers.get("content-type")]).toEqual([2_097_169, at(big, "sha256"), "application/vnd.tcpdump.pcap"])
  }))

  test("an upload can be had back", Effect.fnUntraced(function*(sandbox) {
    const raw = Uint8Array.from({ length: 300 }, (_, i) => i % 256)
    const uploaded = yield* send(sandbox, "POST", "/cases/v2/case/3/attachments/upload/%C3%A6%20b.bin", { as: demo, raw, headers: { "Content-Type": "application/x-thing" } })
    const id = text(uploaded.body, "data", "id")
    expect([uploaded.status, at(uploaded.body, "data", "name"), at(uploaded.body, "data", "size")]).toEqual([201, "\u00e6 b.bin", 300])
    expect(at((yield* send(sandbox, "GET", `/cases/v2/case/3/attachments/${id}`, { as: demo })).body, "data", "sha256")).toBe(sha256(raw))
    const back = yield* send(sandbox, "GET", `/cases/v2/case/3/attachments/${id}/download`, { as: demo })
    expect([Buffer.compare(back.bytes, raw), back.headers.get("content-type")]).toEqual([0, "application/x-thing"])
    expect((yield* send(sandbox, "GET", `/cases/v2/case/4/attachments/${id}`, { as: demo })).status).toBe(404)
    expect((yield* send(sandbox, "GET", "/cases/v2/case/3/attachments/x", { as: demo })).status).toBe(412)
  }))
})

suite("documents", (test) => {
  const PATH = "/documents/v1/document/path"

  test("folders are browsed by id and by path", Effect.fnUntraced(function*(sandbox) {
    const names = (target: string) => Effect.map(send(sandbox, "GET", target, { as: demo }), (answer) => items(answer).map((item) => at(item, "name")))
    expect(yield* names("/documents/v1/folder/root")).toEqual(["customer1", "customer2"])
    expect(yield* names("/documents/v1/folder/path/content")).toEqual(["reports", "hostile", "welcome.txt", "locked.txt"])
    expect(yield* names("/documents/v1/folder/101/content")).toEqual(["2026"])
    expect(yield* names("/documents/v1/folder/path/content/reports/2026")).toEqual(["\u00e5rsrapport 2026.txt"])
    expect(yield* names("/documents/v1/folder/path/content/?customer=2")).toEqual(["plan.txt"])
    expect((yield* send(sandbox, "GET", "/documents/v1/folder/path/content/none", { as: demo })).status).toBe(404)
  }))

  test("a document's name is sent as its author chose it", Effect.fnUntraced(function*(sandbox) {
    const foreign = yield* send(sandbox, "GET", `${PATH}/content/reports/2026/%C3%A5rsrapport%202026.txt`, { as: demo })
    expect([foreign.headers.get("content-type"), foreign.headers.get("content-disposition"), Buffer.from(foreign.bytes).toString("utf8")]).toEqual([
      "text/plain",
      "attachment; filename=\"_rsrapport 2026.txt\"; filename*=UTF-8''%C3%A5rsrapport%202026.txt",
      "\u00c5rsrapport\n"
    ])
    const hostile = yield* send(sandbox, "GET", "/documents/v1/document/1003/content", { as: demo })
    expect(hostile.headers.get("content-disposition")).toBe("attachment; filename=\"../../etc/passwd\"")
  }))

  test("one is added, refused, overwritten, described and removed", Effect.fnUntraced(function*(sandbox) {
    const put = (query: string, raw: string) => send(sandbox, "POST", `${PATH}/a/b/x.txt${query}`, { as: demo, raw, headers: { "Content-Type": "text/plain" } })
    expect((yield* put("", "1")).status).toBe(404)
    expect((yield* put("?createMissing=True", "1")).status).toBe(200)
    expect((yield* put("", "2")).status).toBe(412)
    expect(at((yield* put("?overwriteExisting=true", "2")).body, "data", "revision")).toBe(2)
    const meta = yield* send(sandbox, "GET", `${PATH}/meta/a/b/x.txt`, { as: demo })
    expect([at(meta.body, "data", "dataSize"), at(meta.body, "data", "parentElements", 2, "name")]).toEqual([1, "b"])
    expect((yield* send(sandbox, "DELETE", `${PATH}/a/b/x.txt`, { as: demo })).status).toBe(200)
    expect((yield* send(sandbox, "GET", `${PATH}/content/a/b/x.txt`, { as: demo })).status).toBe(404)
    const byId = yield* send(sandbox, "POST", "/documents/v1/folder/101/documents/y.txt", { as: demo, raw: "y", headers: { "Content-Type": "text/plain" } })
    expect(at(byId.body, "data", "parentElements", 1, "name")).toBe("reports")
  }))

  test("a folder is made once", Effect.fnUntraced(function*(sandbox) {
    const add = (path: string, json: unknown) => Effect.map(send(sandbox, "POST", `/documents/v1/folder/path${path}`, { as: demo, json }), ({ status }) => status)
    expect(yield* add("", { name: "new", accessMode: "roleBased" })).toBe(201)
    expect(yield* add("/", { name: "new", accessMode: "roleBased" })).toBe(200)
    expect(yield* add("/x/y", { name: "new", accessMode: "roleBased" })).toBe(404)
    expect(yield* add("/x/y", { name: "new", accessMode: "roleBased", createMissingFolders: true })).toBe(201)
    expect(yield* add("", { name: "a/b", accessMode: "roleBased" })).toBe(412)
    expect(yield* add("", { name: "c", accessMode: "readOnly" })).toBe(412)
  }))

  test("what others hold locked stays", Effect.fnUntraced(function*(sandbox) {
    const { body, status } = yield* send(sandbox, "DELETE", `${PATH}/locked.txt`, { as: demo })
    expect([status, at(body, "data", "userName")]).toEqual([423, "bob"])
    expect((yield* send(sandbox, "GET", "/documents/v1/document/1004/content", { as: demo })).status).toBe(200)
  }))

  test("a slash inside a name is no way out", Effect.fnUntraced(function*(sandbox) {
    const { body, status } = yield* send(sandbox, "POST", `${PATH}/..%2Fx.txt`, { as: demo, raw: "x" })
    expect([status, fieldErrors(body)]).toEqual([412, ["documentName"]])
  }))
})

suite("samples", (test) => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 251)
  const hash = sha256(bytes)
  const submission = (challengeToken: unknown) => ({ fileName: "f.bin", userAgent: { name: "agent", version: "1" }, challengeToken })
  const submit = (sandbox: Running, of: string, challengeToken: unknown) => send(sandbox, "POST", `/sampledb/v2/sample/${of}/submission`, { as: demo, json: submission(challengeToken) })
  const upload = (sandbox: Running, raw: Uint8Array<ArrayBuffer>) => send(sandbox, "POST", "/sampledb/v2/sample", { as: demo, raw })

  test("possession is proved by a slice", Effect.fnUntraced(function*(sandbox) {
    expect((yield* send(sandbox, "POST", `/sampledb/v2/sample/${hash}/challenge`, { as: demo })).status).toBe(404)
    expect((yield* upload(sandbox, bytes)).status).toBe(201)
    expect(at((yield* upload(sandbox, bytes)).body, "data", "exists")).toBe(true)
    const challenge = yield* send(sandbox, "POST", `/sampledb/v2/sample/${hash}/challenge`, { as: demo })
    const [id, offset, length] = ["id", "offset", "length"].map((name) => at(challenge.body, "data", name))
    const token = { id, sha256: sha256(bytes.subarray(Number(offset), Number(offset) + Number(length))) }
    const made = yield* submit(sandbox, hash, token)
    expect([made.status, at(made.body, "data", "sampleSha256")]).toEqual([201, hash])
    expect((yield* submit(sandbox, hash, token)).status).toBe(412)
  }))

  test("a wrong slice proves nothing", Effect.fnUntraced(function*(sandbox) {
    yield* upload(sandbox, bytes)
    const challenge = yield* send(sandbox, "POST", `/sampledb/v2/sample/${hash}/challenge`, { as: demo })
    const { body, status } = yield* submit(sandbox, hash, { id: at(challenge.body, "data", "id"), sha256: hash })
    expect([status, fieldErrors(body)]).toEqual([412, ["challengeToken"]])
  }))

  test("a small sample is uploaded instead, and a like submission is not kept", Effect.fnUntraced(function*(sandbox) {
    const tiny = new TextEncoder().encode("tiny")
    const first = yield* upload(sandbox, tiny)
    expect((yield* send(sandbox, "POST", `/sampledb/v2/sample/${sha256(tiny)}/challenge`, { as: demo })).status).toBe(422)
    expect((yield* submit(sandbox, sha256(tiny), at(first.body, "data", "challenge"))).status).toBe(201)
    const again = yield* upload(sandbox, tiny)
    expect((yield* submit(sandbox, sha256(tiny), at(again.body, "data", "challenge"))).status).toBe(220)
  }))

  test("bytes and facts can be had back", Effect.fnUntraced(function*(sandbox) {
    yield* upload(sandbox, bytes)
    const raw = yield* send(sandbox, "GET", `/sampledb/v2/sample/${hash.toUpperCase()}/raw`, { as: demo })
    expect([Buffer.compare(raw.bytes, bytes), raw.headers.get("content-type")]).toEqual([0, "application/octet-stream"])
    expect(at((yield* send(sandbox, "GET", `/sampledb/v2/sample/${hash}`, { as: bob })).body, "data", "size")).toBe(1000)
    expect((yield* send(sandbox, "GET", "/sampledb/v2/sample/xyz/raw", { as: demo })).status).toBe(412)
  }))
})

suite("the token endpoint", (test) => {
  const token = (sandbox: Running, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    send(sandbox, "POST", "/authentication/v1/oauth/token", {
      raw: new URLSearchParams(form).toString(),
      headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers }
    })
  const refresh = (sandbox: Running, refreshToken: string) =>
    token(sandbox, { grant_type: "refresh_token", client_id: "demo-client", client_secret: "demo-client-secret", refresh_token: refreshToken })

  test("a refresh token works once, and what it gives signs in", Effect.fnUntraced(function*(sandbox) {
    const first = yield* refresh(sandbox, "demo-refresh-token")
    expect([first.status, at(first.body, "token_type"), at(first.body, "expires_in"), first.headers.get("cache-control")]).toEqual([200, "Bearer", 3600, "no-store"])
    const as = { Authorization: `Bearer ${text(first.body, "access_token")}` }
    expect(at((yield* send(sandbox, "GET", "/currentuser/v1/user", { as })).body, "data", "userName")).toBe("demo")
    const reused = yield* refresh(sandbox, "demo-refresh-token")
    expect([reused.status, at(reused.body, "error")]).toEqual([400, "invalid_grant"])
    expect((yield* refresh(sandbox, text(first.body, "refresh_token"))).status).toBe(200)
  }))

  test("control sets lifetimes and gives refresh tokens", Effect.fnUntraced(function*(sandbox) {
    yield* sandbox.control.setLifetimes({ accessToken: 30_000 })
    const given = yield* sandbox.control.issueRefreshToken("bob")
    const answer = yield* refresh(sandbox, given ?? "")
    expect(at(answer.body, "expires_in")).toBe(30)
    const as = { Authorization: `Bearer ${text(answer.body, "access_token")}` }
    expect(at((yield* send(sandbox, "GET", "/currentuser/v1/user", { as })).body, "data", "userName")).toBe("bob")
    expect(yield* sandbox.control.issueRefreshToken("nobody")).toBeUndefined()
  }))

  test("errors are those of OAuth", Effect.fnUntraced(function*(sandbox) {
    const error = (answer: { readonly status: number; readonly body: unknown }) => [answer.status, at(answer.body, "error")]
    const basic = (id: string, secret: string) => ({ Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` })
    const form = { grant_type: "refresh_token", refresh_token: "demo-refresh-token" }
    expect(error(yield* token(sandbox, form))).toEqual([401, "invalid_client"])
    expect(error(yield* token(sandbox, form, basic("demo-client", "wrong")))).toEqual([401, "invalid_client"])
    expect(error(yield* token(sandbox, { grant_type: "password", client_id: "demo-client" }))).toEqual([400, "unsupported_grant_type"])
    expect(error(yield* token(sandbox, { grant_type: "refresh_token", client_id: "demo-client" }))).toEqual([400, "invalid_request"])
    expect((yield* token(sandbox, form, basic("demo-client", "demo-client-secret"))).status).toBe(200)
  }))
})

suite("control", (test) => {
  test("sessions end for one user or for all, API keys never", Effect.fnUntraced(function*(sandbox) {
    const mine = yield* logIn(sandbox)
    const bobs = yield* logIn(sandbox, "bob", "ldap")
    const status = (as: Readonly<Record<string, string>>) => Effect.map(send(sandbox, "GET", "/currentuser/v1/user", { as }), ({ status }) => status)
    expect(yield* sandbox.control.expireSessions("demo")).toBe(1)
    expect([yield* status(mine.bearer), yield* status(bobs.bearer)]).toEqual([401, 200])
    expect(yield* sandbox.control.expireSessions()).toBe(1)
    expect([yield* status(bobs.bearer), yield* status(demo)]).toEqual([401, 200])
  }))

  test("a status is played so many times, to the requests that fit", Effect.fnUntraced(function*(sandbox) {
    yield* sandbox.control.fail({ kind: "status", status: 503, headers: { "Retry-After": "7" }, method: "get", path: "/cases/", times: 2 })
    const get = (target: string) => send(sandbox, "GET", target, { as: demo, offContract: true })
    expect((yield* get("/currentuser/v1/user")).status).toBe(200)
    const failed = yield* get("/cases/v2/case/1")
    expect([failed.status, failed.headers.get("retry-after"), at(failed.body, "responseCode")]).toEqual([503, "7", 503])
    expect((yield* send(sandbox, "POST", COMMENTS, { as: demo, json: { comment: "x" } })).status).toBe(200)
    expect([(yield* get("/cases/v2/case/1")).status, (yield* get("/cases/v2/case/1")).status]).toEqual([503, 200])
  }))

  test("text is played as it is", Effect.fnUntraced(function*(sandbox) {
    yield* sandbox.control.fail({ kind: "status", status: 502, headers: { "Content-Type": "text/html" }, body: "<html>bad gateway</html>" })
    const { bytes, headers } = yield* send(sandbox, "GET", "/cases/v2/case/1", { as: demo, offContract: true })
    expect([headers.get("content-type"), Buffer.from(bytes).toString("utf8")]).toEqual(["text/html", "<html>bad gateway</html>"])
  }))

  test("a reset comes before the deed, or after it when asked", Effect.fnUntraced(function*(sandbox) {
    const post = Effect.exit(Effect.tryPromise(() => fetch(`${sandbox.url}${COMMENTS}`, { method: "POST", headers: { ...demo, "Content-Type": "application/json" }, body: "{\"comment\":\"lost\"}" })))
    const count = Effect.map(send(sandbox, "GET", COMMENTS, { as: demo }), ({ body }) => at(body, "count"))
    yield* sandbox.control.fail({ kind: "reset" })
    expect(Exit.isFailure(yield* post)).toBe(true)
    expect(yield* count).toBe(3)
    yield* sandbox.control.fail({ kind: "reset", handled: true })
    expect(Exit.isFailure(yield* post)).toBe(true)
    expect(yield* count).toBe(4)
    expect((yield* sandbox.control.received).filter(({ method }) => method === "POST").map(({ status }) => status)).toEqual([null, null])
  }))

  test("a delayed answer comes after a later one", Effect.fnUntraced(function*(sandbox) {
    yield* sandbox.control.fail({ kind: "delay", milliseconds: 300, path: "/cases/v2/case/1" })
    const order: Array<string> = []
    const get = (target: string) => Effect.tap(send(sandbox, "GET", target, { as: demo }), () => Effect.sync(() => order.push(target)))
    yield* Effect.all([get("/cases/v2/case/1"), get("/cases/v2/case/2")], { concurrency: 2 })
    expect(order).toEqual(["/cases/v2/case/2", "/cases/v2/case/1"])
  }))

  test("a body breaks off where it was told to", Effect.fnUntraced(function*(sandbox) {
    const [attachment] = items(yield* send(sandbox, "GET", "/cases/v2/case/2/attachments", { as: demo }))
    yield* sandbox.control.fail({ kind: "drop", after: 70_000 })
    const { length, received, whole } = yield* Effect.promise(async () => {
      const response = await fetch(`${sandbox.url}/cases/v2/case/2/attachments/${text(attachment, "id")}/download`, { headers: demo })
      let received = 0
      let whole = true
      try {
        for await (const chunk of response.body ?? []) received += chunk.length
      } catch {
        whole = false
      }
      return { length: response.headers.get("content-length"), received, whole }
    })
    expect([length, whole]).toEqual(["2097169", false])
    expect(received).toBeLessThanOrEqual(70_000)
  }))

  test("what was received is told without its secrets", Effect.fnUntraced(function*(sandbox) {
    const login = yield* logIn(sandbox)
    yield* send(sandbox, "GET", "/cases/v2/case?limit=1", { as: demo })
    yield* send(sandbox, "POST", COMMENTS, { as: login.bearer, json: { comment: "x" } })
    yield* send(sandbox, "GET", "/currentuser/v1/user", { as: login.cookie, headers: { "Argus-Csrf-Token": "not.a.token" } })
    const { bearer } = readLogin(yield* constrain(sandbox, demo, { function: ["viewCases"] }))
    yield* send(sandbox, "GET", "/cases/v2/case/1", { as: bearer })
    const received = yield* sandbox.control.received
    expect(received.map(({ identity, method, path, status }) => [method, path, status, identity?.userName ?? null, identity?.functions ?? null])).toEqual([
      ["POST", "/authentication/v1/password/authentication", 200, null, null],
      ["GET", "/cases/v2/case", 200, "demo", 11],
      ["POST", COMMENTS, 200, "demo", 11],
      ["GET", "/currentuser/v1/user", 401, null, null],
      ["POST", "/authentication/v1/session/constrain", 200, "demo", 11],
      ["GET", "/cases/v2/case/1", 200, "demo", 1]
    ])
    expect([received[1]?.query, received[1]?.headers["argus-api-key"], received[2]?.bodyLength]).toEqual(["limit=1", fingerprint("demo-api-key"), 15])
    expect([received[2]?.headers["authorization"], received[3]?.headers["cookie"]]).toEqual([
      `Bearer ${fingerprint(login.token)}`,
      `argus_session=${fingerprint(login.token)}`
    ])
    const told = JSON.stringify(received)
    for (const secret of ["demo-api-key", "demo-password", login.token, "not.a.token"]) expect(told).not.toContain(secret)
    yield* sandbox.control.clearReceived
    expect(yield* sandbox.control.received).toEqual([])
  }))

  test("reset brings back the beginning", Effect.fnUntraced(function*(sandbox) {
    const { bearer } = yield* logIn(sandbox)
    yield* send(sandbox, "POST", COMMENTS, { as: demo, json: { comment: "x" } })
    yield* sandbox.control.fail({ kind: "status", status: 500, times: 9 })
    yield* sandbox.control.reset
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user", { as: bearer })).status).toBe(401)
    expect(at((yield* send(sandbox, "GET", COMMENTS, { as: demo })).body, "count")).toBe(3)
  }))

  test("over HTTP it does the same", Effect.fnUntraced(function*(sandbox) {
    const control = (method: string, name: string, json?: unknown) => send(sandbox, method, `/__control/${name}`, json === undefined ? {} : { json })
    const { bearer } = yield* logIn(sandbox)
    expect((yield* control("POST", "expire-sessions", { user: "demo" })).body).toEqual({ expired: 1 })
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user", { as: bearer })).status).toBe(401)
    yield* control("POST", "faults", { kind: "status", status: 429, headers: { "Retry-After": "1" } })
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user", { as: demo, offContract: true })).status).toBe(429)
    yield* control("POST", "faults", { kind: "status", status: 500 })
    yield* control("DELETE", "faults")
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user", { as: demo })).status).toBe(200)
    yield* control("POST", "lifetimes", { session: 0 })
    expect((yield* send(sandbox, "GET", "/currentuser/v1/user", { as: (yield* logIn(sandbox)).bearer })).status).toBe(401)
    expect(at((yield* control("POST", "refresh-tokens", { user: "bob" })).body, "refreshToken")).toEqual(expect.any(String))
    expect(at((yield* control("GET", "received")).body, "requests", 0, "path")).toBe("/authentication/v1/password/authentication")
    yield* control("DELETE", "received")
    expect((yield* control("GET", "received")).body).toEqual({ requests: [] })
    for (const wrong of [{ kind: "status" }, { kind: "explode" }, { kind: "reset", times: 0 }]) expect((yield* control("POST", "faults", wrong)).status).toBe(400)
    expect([(yield* control("POST", "nothing")).status, (yield* control("GET", "reset")).status, (yield* control("POST", "reset")).status]).toEqual([404, 405, 200])
  }))

  test("a name that merely resolves to this machine is not let in", Effect.fnUntraced(function*(sandbox) {
    const status = yield* Effect.callback<number | undefined>((resume) => {
      const request = httpRequest(`${sandbox.url}/__control/reset`, { method: "POST", headers: { Host: "evil.example" } }, (response) => {
        response.resume()
        resume(Effect.succeed(response.statusCode))
      })
      request.end()
    })
    expect(status).toBe(403)
  }))
})

it.live("a session lives by the sandbox's clock", () =>
  Effect.gen(function*() {
    let now = Date.UTC(2026, 5, 1)
    const sandbox = yield* make({ now: () => now })
    yield* sandbox.control.setLifetimes({ session: 60_000 })
    const { bearer } = yield* logIn(sandbox)
    const status = Effect.map(send(sandbox, "GET", "/currentuser/v1/user", { as: bearer }), ({ status }) => status)
    now += 59_000
    expect(yield* status).toBe(200)
    now += 1_000
    expect(yield* status).toBe(401)
  }).pipe(Effect.scoped))

it.live("with a certificate it speaks HTTPS, to those who trust it", () =>
  Effect.gen(function*() {
    const certificate = yield* makeCertificate
    const { url } = yield* make({ https: certificate })
    expect(url).toMatch(/^https:/)
    const get = (ca: string | undefined) =>
      Effect.callback<number | string | undefined>((resume) => {
        httpsRequest(`${url}/currentuser/v1/user`, { ...(ca === undefined ? {} : { ca }), headers: demo }, (response) => {
          response.resume()
          resume(Effect.succeed(response.statusCode))
        }).once("error", ({ message }) => resume(Effect.succeed(message))).end()
      })
    expect(yield* get(certificate.cert)).toBe(200)
    expect(yield* get(undefined)).toContain("self-signed")
  }).pipe(Effect.scoped))

it.live("a seed changes details, never what tests rely on", () =>
  Effect.gen(function*() {
    const read = (seed: number) => Effect.flatMap(make({ seed }), (sandbox) => send(sandbox, "GET", "/cases/v2/case?limit=0", { as: demo }))
    const [one, again, other] = [yield* read(1), yield* read(1), yield* read(2)]
    expect(again.body).toEqual(one.body)
    expect(other.body).not.toEqual(one.body)
    const stable = (value: unknown) => [at(value, "id"), at(value, "customer", "id")]
    expect(items(other).map(stable)).toEqual(items(one).map(stable))
  }).pipe(Effect.scoped))

it.live("closing the scope breaks connections and frees the port", () =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const sandbox = yield* Scope.provide(make(), scope)
    const port = Number(new URL(sandbox.url).port)
    const taken = yield* Effect.flip(Effect.scoped(make({ port })))
    expect([taken._tag, taken.message]).toEqual(["SandboxFailed", expect.stringContaining(`port ${port}`)])
    const socket = connect(port, "127.0.0.1")
    const ended = new Promise<string>((resolve) => socket.once("close", () => resolve("closed")).once("error", () => undefined))
    yield* Effect.promise(() => new Promise<void>((resolve) => socket.once("connect", () => resolve())))
    yield* Scope.close(scope, Exit.void)
    expect(yield* Effect.promise(() => ended)).toBe("closed")
    // not another sandbox: the ports after this one may be anybody's
    const server = createServer()
    yield* Effect.promise(() => new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve)))
    server.close()
  }))
