/** One small API for the tests of sessions, and ways to open a session of it. */
import { Auth, Configuration, type ConfigurationInvalid, Endpoint, Session, Transport } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

export class Billing extends Session.Service<Billing>()("billing") {}

export const Thing = Schema.Struct({ id: Schema.String })
export const Problem = Schema.Struct({ title: Schema.String })

export const getThing = Endpoint.get(Billing, "/things/{id}", { name: "getThing", path: { id: Schema.String }, success: Thing, errors: { 404: Problem } })
export const putThing = Endpoint.put(Billing, "/things/{id}", { name: "putThing", path: { id: Schema.String }, body: Thing, success: Thing })
export const postThing = Endpoint.post(Billing, "/things", { name: "postThing", body: Thing, success: Thing, permission: "things:write" })
export const keyedPost = Endpoint.post(Billing, "/keyed", { name: "keyedPost", body: Thing, success: Thing, idempotencyKey: true })
export const upload = Endpoint.put(Billing, "/upload", { name: "upload", body: Endpoint.Body.stream(), success: Schema.Void })
export const search = Endpoint.get(Billing, "/search", {
  name: "search",
  query: { token: Schema.optional(Schema.String), q: Schema.optional(Schema.String) },
  success: Thing
})

/** What every endpoint above answers with. */
export const ok: Script.Reply = { body: { id: "1" } }

/** Answers every request with what `reply` says. */
export const answering = (reply: Script.Reply | Parameters<typeof Script.on>[2]) => Script.make([Script.on("any", () => true, reply)])

export interface Parts {
  readonly auth?: Layer.Layer<Auth.Authentication>
  readonly configuration?: Configuration.ConfigurationOptions
  /** policies, hooks, cookies */
  readonly more?: Layer.Layer<never>
}

export const baseUrl = "https://api.test"

/** A session's parts over a transport. */
export const partsOver = (transport: Layer.Layer<Transport.Transport>, parts: Parts = {}) =>
  Layer.mergeAll(parts.auth ?? Auth.bearer(Redacted.make("token-of-the-session")), Configuration.layer({ baseUrl, ...parts.configuration }), transport, parts.more ?? Layer.empty)

/** A session over a script. */
export const over = (script: Script.Script, parts: Parts = {}): Layer.Layer<Session.Full<Billing>, ConfigurationInvalid> =>
  Billing.layer().pipe(Layer.provide(partsOver(script.layer, parts)))

/** fetch, told to leave redirects alone. */
export const fetchTransport: Layer.Layer<Transport.Transport> = Transport.layerFromHttpClient({ redirects: "manual", name: "fetch" }).pipe(
  Layer.provide(FetchHttpClient.layer),
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
)

/** The failure of an effect that must fail, as the tag that is expected. */
export const failureOf = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<E, Error, R> =>
  Effect.matchEffect(self, { onFailure: Effect.succeed, onSuccess: (value) => Effect.fail(new Error(`expected a failure, got ${JSON.stringify(value)}`)) })

/** Lets every fiber that can run go on until it waits. */
export const settle = Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true })

/** A small random generator: the same seed gives the same run. */
export const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
