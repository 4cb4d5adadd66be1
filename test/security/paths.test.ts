/** Path values against a real server: what arrives is what the template says. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, Endpoint, Session } from "credence"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as http from "node:http"

class Api extends Session.Service<Api>()("api") {}
const get = Endpoint.get(Api, "/items/{id}/end", { name: "get", path: { id: Schema.String }, success: Schema.Void })
const tree = Endpoint.get(Api, "/tree/{path}", { name: "tree", path: { path: Endpoint.param(Schema.String, { segments: true }) }, success: Schema.Void })

/** a server that remembers what it was asked for, and a session below `/v1` of it */
const recorded = Effect.gen(function*() {
  const seen: Array<{ readonly url: string; readonly host: string | undefined }> = []
  const server = http.createServer((request, response) => {
    seen.push({ url: request.url ?? "", host: request.headers.host })
    response.end()
  })
  yield* Effect.acquireRelease(Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))), () => Effect.sync(() => {
    server.closeAllConnections()
    server.close()
  }))
  const address = server.address()
  const host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  const live = Api.layer().pipe(Layer.provide([Auth.bearer(Redacted.make("token")), Configuration.layer({ baseUrl: `http://${host}/v1` }), NodeTransport.layer({ environment: {} })]))
  return { seen, host, live }
})

describe("hostile path values, over real HTTP", () => {
  const hostile = ["http://evil.test/", "//evil.test", "/\\evil.test", "@evil.test", "/etc/passwd", "?admin=1", "#top", "a b", "ä/ö"]
  it.live("security 18: absolute URLs and `//evil` stay inside their segment; the host never changes", () =>
    Effect.scoped(Effect.gen(function*() {
      const { host, live, seen } = yield* recorded
      yield* Effect.forEach(hostile, (id) => get({ id }), { discard: true }).pipe(Effect.provide(live))
      assert.deepStrictEqual(seen.map((request) => request.host), hostile.map(() => host))
      assert.deepStrictEqual(seen.map((request) => decodeURIComponent(/^\/v1\/items\/([^/?#]+)\/end$/.exec(request.url)?.[1] ?? "?")), hostile)
    })))

  it.live("security 19: dots, encoded dots and NUL change no prefix", () =>
    Effect.scoped(Effect.gen(function*() {
      const { live, seen } = yield* recorded
      yield* Effect.gen(function*() {
        for (const id of [".", "..", ""]) assert.strictEqual((yield* Effect.flip(get({ id })))._tag, "InvalidInput")
        for (const path of ["../up", "a/../../up", "a/./b", "a//b", ".."]) assert.strictEqual((yield* Effect.flip(tree({ path })))._tag, "InvalidInput")
        assert.strictEqual(seen.length, 0)
        for (const id of ["../", "..%2f", "%2e%2e", "%00", "\0", "..\\", "...", ".a"]) yield* get({ id })
        yield* tree({ path: "a b/..c/%2e%2e/d" })
      }).pipe(Effect.provide(live))
      assert.isTrue(seen.every((request) => request.url.startsWith("/v1/items/") || request.url === "/v1/tree/a%20b/..c/%252e%252e/d"), JSON.stringify(seen))
      assert.isTrue(seen.slice(0, -1).every((request) => request.url.split("/").length === 5 && request.url.endsWith("/end")), JSON.stringify(seen))
    })))
})
