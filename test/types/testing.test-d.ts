/** Test doubles have the types of what they stand for. */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Endpoint, type NotFound, Session } from "credence"
import { example, failWith, handle, layerTest, Script } from "credence/testing"
import { claim, type ErrorOf, type NeedsOf, type Same } from "./support.ts"

class Billing extends Session.Service<Billing>()("billing") {}
class Shop extends Session.Service<Shop>()("shop") {}
const Item = Schema.Struct({ id: Schema.Int, inner: Schema.Struct({ a: Schema.String, b: Schema.Boolean }) })
const get = Endpoint.get(Billing, "/x/{id}", { path: { id: Schema.Int }, success: Item, errors: { 404: Schema.Struct({ title: Schema.String }), "5XX": Schema.String }, permission: "read" })
const other = Endpoint.get(Shop, "/x", { success: Item })

const layer = layerTest(Billing, [handle(get, ({ id }) => {
  claim<Same<typeof id, number>>()
  return Effect.succeed({ id, inner: { a: "", b: true } })
})])
claim<Same<typeof layer, Layer.Layer<Session.Full<Billing>>>>()
// @ts-expect-error the answer is the endpoint's
handle(get, () => Effect.succeed({ id: 1 }))
// @ts-expect-error the failure is the endpoint's
handle(get, () => Effect.fail("boom"))
// @ts-expect-error another API's endpoint
layerTest(Billing, [handle(other, () => Effect.succeed(example(other)))])

const missing = failWith(get, 404, { title: "none" })
claim<Same<Extract<ErrorOf<typeof missing>, { readonly status: 404 }>, NotFound<{ readonly title: string }>>>()
failWith(get, 503, "trace")
// @ts-expect-error the body is the status's own
failWith(get, 404, "none")
// @ts-expect-error a status takes its own body
failWith(get, 404, { name: "none" })

example(get, { inner: { a: "x" } })
// @ts-expect-error no such member
example(get, { inner: { c: "x" } })
// @ts-expect-error a number
example(get, { id: "1" })

const program = Effect.gen(function*() {
  const script = yield* Script.make([Script.always(get), Script.once(other, { status: 500 })])
  return yield* get({ id: 1 }).pipe(script.run(Billing))
})
claim<Same<NeedsOf<typeof program>, never>>()
const partly = Effect.flatMap(Script.make([]), (script) => Effect.andThen(get({ id: 1 }), other()).pipe(script.run(Billing)))
claim<Same<NeedsOf<typeof partly>, Shop>>()
// @ts-expect-error no such fault
Script.always(get, { fault: "gremlins" })
