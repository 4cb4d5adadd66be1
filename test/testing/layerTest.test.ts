import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Conflict, Endpoint, NotFound, ServerError, Session, Timeout } from "credence"
import * as Duration from "effect/Duration"
import { download, example, failWith, handle, layerTest } from "credence/testing"

class Api extends Session.Service<Api>()("api") {}
const Invoice = Schema.Struct({ id: Schema.String, total: Schema.BigIntFromString })
const getInvoice = Endpoint.get(Api, "/invoices/{id}", {
  name: "getInvoice",
  path: { id: Schema.String },
  query: { limit: Schema.optional(Schema.Int) },
  success: Invoice,
  errors: { 404: Schema.Struct({ title: Schema.String, at: Schema.DateFromString }), 409: Schema.Struct({ by: Schema.Int }), "5XX": Schema.Struct({ trace: Schema.String }), default: Schema.String },
  permission: "read"
})
const sendInvoice = Endpoint.post(Api, "/invoices/{id}/send", { name: "sendInvoice", path: { id: Schema.String }, success: Schema.Void })
const getText = Endpoint.get(Api, "/text", { name: "getText", success: Endpoint.Reply.text() })
const getFile = Endpoint.get(Api, "/file", { name: "getFile", success: Endpoint.Reply.stream() })

const Test = layerTest(Api, [
  handle(getInvoice, ({ id }) =>
    id === "1" ? Effect.succeed({ id, total: 5n })
    : id === "409" ? failWith(getInvoice, 409, { by: 7 })
    : id === "503" ? failWith(getInvoice, 503, { trace: "t" })
    : id === "418" ? failWith(getInvoice, 418, "tea")
    : failWith(getInvoice, 404, { title: "none", at: new Date(0) })),
  handle(getText, () => Effect.succeed("plain")),
  handle(getFile, () => Effect.succeed(download("content", { name: "rép ort's.txt", mediaType: "text/plain" })))
])

describe("layerTest", () => {
  it.effect("handlers answer", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* getInvoice({ id: "1" }), { id: "1", total: 5n })
      assert.strictEqual(yield* getText(), "plain")
    }).pipe(Effect.provide(Test)))

  it.effect("failWith gives the class of the status that is declared", () =>
    Effect.gen(function*() {
      const missing = yield* Effect.flip(getInvoice({ id: "x" }))
      assert.instanceOf(missing, NotFound)
      assert.strictEqual(missing.message, "getInvoice: 404 Not Found (GET http://test/invoices/{id})")
      assert.strictEqual(missing._tag === "NotFound" ? missing.body.title : "", "none")
      assert.instanceOf(yield* Effect.flip(getInvoice({ id: "409" })), Conflict)
      assert.instanceOf(yield* Effect.flip(getInvoice({ id: "503" })), ServerError)
      const other = yield* Effect.flip(getInvoice({ id: "418" }))
      assert.strictEqual(other._tag, "ErrorResponse")
      assert.strictEqual(other.status, 418)
    }).pipe(Effect.provide(Test)))

  it.effect("a handler may fail as the network does", () =>
    Effect.gen(function*() {
      const timeout = new Timeout({ operation: "getText", method: "GET", url: "http://test/", attempts: 1, phase: "connect", limit: Duration.seconds(1), processed: "no" })
      const error = yield* Effect.flip(getText().pipe(Effect.provide(layerTest(Api, [handle(getText, () => Effect.fail(timeout))]))))
      assert.strictEqual(error, timeout)
    }))

  it.effect("input is checked as for a real call", () =>
    Effect.gen(function*() {
      for (const input of [{ id: ".." }, { id: "" }, { id: "1", limit: 1.5 }]) {
        const error = yield* Effect.flip(getInvoice(input))
        assert.strictEqual(error._tag, "InvalidInput")
      }
    }).pipe(Effect.provide(Test)))

  it.effect("a call without a handler dies with a message that names it, and what there is", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(sendInvoice({ id: "1" }))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      const message = Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : ""
      assert.include(message, "no handler for sendInvoice: add handle(sendInvoice, …)")
      assert.include(message, "getInvoice, getText, getFile")
    }).pipe(Effect.provide(Test)))

  it.effect("requests without an endpoint say what to use", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Api.use((session) => session.request({ method: "GET", url: "/x" })))
      assert.match(Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : "", /Script\.make/)
    }).pipe(Effect.provide(Test)))

  it.effect("streams have name, size and content", () =>
    Effect.gen(function*() {
      const file = yield* getFile()
      assert.deepStrictEqual([file.name, file.size, file.mediaType, file.status], ["rép ort's.txt", 7, "text/plain", 200])
      const bytes = yield* Stream.runCollect(file.body)
      assert.strictEqual(new TextDecoder().decode(bytes[0]), "content")
    }).pipe(Effect.scoped, Effect.provide(Test)))

  it.effect("raw answers are what a server would have sent", () =>
    Effect.gen(function*() {
      const text = (body: Uint8Array) => new TextDecoder().decode(body)
      const fine = yield* Endpoint.raw(getInvoice)({ id: "1" })
      assert.deepStrictEqual([fine.status, fine.headers["content-type"], text(fine.body)], [200, "application/json", "{\"id\":\"1\",\"total\":\"5\"}"])
      const missing = yield* Endpoint.raw(getInvoice)({ id: "x" })
      assert.deepStrictEqual([missing.status, text(missing.body)], [404, "{\"title\":\"none\",\"at\":\"1970-01-01T00:00:00.000Z\"}"])
      const plain = yield* Endpoint.raw(getText)()
      assert.deepStrictEqual([plain.headers["content-type"], text(plain.body)], ["text/plain", "plain"])
    }).pipe(Effect.provide(Test)))

  it.effect("nothing is needed to be told about it", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* Api.status, { session: "api", transport: "layerTest" })
      yield* Api.authenticate()
      assert.include((yield* Api.explain(getInvoice)).text, "layerTest")
    }).pipe(Effect.provide(Test)))

  it.effect("an example is a fine answer", () =>
    Effect.gen(function*() {
      const known = example(getInvoice, { id: "9" })
      assert.deepStrictEqual(yield* getInvoice({ id: "9" }).pipe(Effect.provide(layerTest(Api, [handle(getInvoice, () => Effect.succeed(known))]))), known)
    }))
})
