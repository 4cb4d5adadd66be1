/** Transports over Effect's HttpClient say what they cannot do. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, Endpoint, Session, Transport } from "credence"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

class Api extends Session.Service<Api>()("api") {}
const get = Endpoint.get(Api, "/x", { name: "get", success: Schema.Struct({ ok: Schema.Boolean }) })

/** a session over a client that answers as told, and the requests it saw */
const over = (answer: (request: HttpClientRequest.HttpClientRequest) => Response, options: Transport.FromHttpClientOptions, auth = Auth.bearer(Redacted.make("token"))) => {
  const seen: Array<HttpClientRequest.HttpClientRequest> = []
  const client = HttpClient.make((request) => Effect.sync(() => {
    seen.push(request)
    return HttpClientResponse.fromWeb(request, answer(request))
  }))
  const layer = Api.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: "https://api.test" }), Transport.layerFromHttpClient(options).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client)))]))
  return { layer, seen }
}

const ok = () => Response.json({ ok: true })

describe("Transport.fromHttpClient", () => {
  it.effect("sends what the session says and nothing more", () =>
    Effect.gen(function*() {
      const { layer, seen } = over(ok, { redirects: "manual" })
      assert.deepStrictEqual(yield* get().pipe(Effect.provide(layer)), { ok: true })
      assert.deepStrictEqual(Object.keys(seen[0]?.headers ?? {}).toSorted(), ["accept", "authorization", "user-agent"])
    }))

  it.effect("a client that follows redirects by itself gets no credentials", () =>
    Effect.gen(function*() {
      const { layer, seen } = over(ok, { redirects: "below" })
      const error = yield* Effect.flip(get().pipe(Effect.provide(layer)))
      assert.deepInclude(error, { _tag: "CapabilityUnavailable", capability: "following redirects safely" })
      assert.strictEqual(seen.length, 0)
      const open = over(ok, { redirects: "below" }, Auth.anonymous())
      assert.deepStrictEqual(yield* get().pipe(Effect.provide(open.layer)), { ok: true })
    }))

  it.effect("a redirect that the platform hides is a missing capability", () =>
    Effect.gen(function*() {
      const { layer } = over(() => Response.error(), { redirects: "manual" })
      assert.deepInclude(yield* Effect.flip(get().pipe(Effect.provide(layer))), { _tag: "CapabilityUnavailable", capability: "following a redirect" })
    }))

  it.effect("TLS and proxies are the client's own: asking for them fails before anything is sent", () =>
    Effect.gen(function*() {
      const { layer, seen } = over(ok, { redirects: "manual" })
      for (const options of [{ tls: { verify: false } }, { proxy: "environment" }, { proxy: { url: "http://proxy.test" } }] as const) {
        const error = yield* Effect.flip(get().pipe(Call.with(options), Effect.provide(layer)))
        assert.strictEqual(error._tag, "CapabilityUnavailable")
        assert.include(error.message, "NodeTransport")
      }
      assert.strictEqual(seen.length, 0)
      assert.deepStrictEqual(yield* get().pipe(Call.with({ proxy: "none" }), Effect.provide(layer)), { ok: true })
    }))

  it.effect("a body beyond the limit is refused", () =>
    Effect.gen(function*() {
      const { layer } = over(() => new Response("x".repeat(2_000)), { redirects: "manual", maxResponseSize: 1_000 })
      assert.deepInclude(yield* Effect.flip(get().pipe(Effect.provide(layer))), { _tag: "DecodeFailed", reason: "limit" })
    }))
})
