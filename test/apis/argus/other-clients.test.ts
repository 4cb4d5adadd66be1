/**
 * Clients made by others run through a session: openapi-fetch, over real HTTP, against the sandbox.
 */
import { expect, layer } from "@effect/vitest"
import { Configuration, ConnectionFailed, Session, Transport } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { NodeTransport } from "credence/node"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import createClient from "openapi-fetch"

/** What openapi-typescript writes for two operations of specs/argus.json. */
interface paths {
  "/cases/v2/case/{id}": {
    get: {
      parameters: { path: { id: number }; query?: { skipRedirect?: boolean } }
      responses: {
        200: { content: { "application/json": { data: { id: number; subject: string } } } }
        404: { content: { "application/json": { messages: Array<{ message: string }> } } }
      }
    }
  }
  "/cases/v2/case/{caseID}/comments": {
    post: {
      parameters: { path: { caseID: number } }
      requestBody: { content: { "application/json": { comment: string } } }
      responses: { 200: { content: { "application/json": { data: { comment: string } } } } }
    }
  }
}

const live = Layer.unwrap(Effect.map(Sandbox.Sandbox, ({ argus }) =>
  Argus.layer().pipe(Layer.provide([
    ArgusAuth.password({ username: argus.username, password: Redacted.make(argus.password) }),
    Configuration.layer({ baseUrl: argus.url }),
    NodeTransport.layer()
  ]))))

layer(Sandbox.layer(), { excludeTestServices: true })("clients made by others", (it) => {
  it.effect("openapi-fetch is signed in, renewed and retried by the session", () =>
    Effect.gen(function*() {
      const { argus, control } = yield* Sandbox.Sandbox
      const client = createClient<paths>({ baseUrl: argus.url, fetch: yield* Session.fetch(Argus) })
      const found = yield* Effect.promise(() => client.GET("/cases/v2/case/{id}", { params: { path: { id: 1 } } }))
      expect(found.data?.data.id).toBe(1)
      const missing = yield* Effect.promise(() => client.GET("/cases/v2/case/{id}", { params: { path: { id: 404404 } } }))
      expect([missing.response.status, missing.error?.messages[0]?.message]).toEqual([404, "Case not found"])
      // the session is gone, and the server is busy twice
      yield* control.expireSessions()
      yield* control.fail({ kind: "status", status: 503, method: "GET", times: 2 })
      const again = yield* Effect.promise(() => client.GET("/cases/v2/case/{id}", { params: { path: { id: 2 } } }))
      expect(again.data?.data.id).toBe(2)
      const posted = yield* Effect.promise(() => client.POST("/cases/v2/case/{caseID}/comments", { params: { path: { caseID: 1 } }, body: { comment: "from elsewhere" } }))
      expect(posted.data?.data.comment).toBe("from elsewhere")
    }).pipe(Effect.provide(live)))

  it.effect("Session.fetch takes paths below the base URL, rejects with typed errors and follows its signal", () =>
    Effect.gen(function*() {
      const { control } = yield* Sandbox.Sandbox
      const fetch = yield* Session.fetch(Argus)
      const response = yield* Effect.promise(() => fetch("/cases/v2/case/1"))
      expect(yield* Effect.promise(() => response.json())).toMatchObject({ data: { id: 1 } })
      yield* control.fail({ kind: "reset", handled: true, method: "POST" })
      const lost = yield* Effect.flip(Effect.tryPromise({ try: () => fetch("/cases/v2/case/1/comments", { method: "POST", body: "{}" }), catch: (cause) => cause }))
      expect(lost).toBeInstanceOf(ConnectionFailed)
      const abort = new AbortController()
      yield* control.fail({ kind: "delay", milliseconds: 60_000 })
      const pending = fetch("/cases/v2/case/1", { signal: abort.signal }).then(() => "answered", () => "interrupted")
      abort.abort()
      expect(yield* Effect.promise(() => pending)).toBe("interrupted")
      yield* control.clearFaults
    }).pipe(Effect.provide(live)))

  it.effect("another origin gets nothing of the session", () =>
    Effect.gen(function*() {
      const { argus, control } = yield* Sandbox.Sandbox
      const fetch = yield* Session.fetch(Argus)
      yield* Effect.promise(() => fetch("/currentuser/v1/user"))
      yield* control.clearReceived
      // localhost and 127.0.0.1 are two origins
      const foreign = yield* Effect.flip(Effect.tryPromise({ try: () => fetch(`${argus.url.replace("127.0.0.1", "localhost")}/currentuser/v1/user`), catch: (cause) => cause }))
      expect(foreign).toMatchObject({ _tag: "AuthenticationFailed" })
      const [request] = yield* control.received
      expect(Object.keys(request?.headers ?? {}).filter((name) => /cookie|argus|authorization/.test(name))).toEqual([])
    }).pipe(Effect.provide(live)))

  it.effect("a transport alone is an HttpClient, too: no credentials, redirects are answers", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.Sandbox
      const refused = yield* HttpClient.get(`${argus.url}/currentuser/v1/user`)
      expect(refused.status).toBe(401)
      const moved = yield* HttpClient.get(`${argus.url}/cases/v2/case/9301`, { headers: { "argus-api-key": argus.apiKey } })
      expect([moved.status, moved.headers["location"]]).toEqual([301, "/cases/v2/case/1"])
      const dead = yield* Effect.flip(HttpClient.get("http://127.0.0.1:1/"))
      expect(dead.reason).toMatchObject({ _tag: "TransportError", cause: { _tag: "ConnectionFailed", reason: "refused" } })
    }).pipe(Effect.provide(Transport.httpClientLayer.pipe(Layer.provide(NodeTransport.layer())))))
})
