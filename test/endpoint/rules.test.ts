/** Rules that hold between the kinds of bodies and replies. */
import { assert, describe, it } from "@effect/vitest"
import { Cookies, DecodeFailed, Endpoint, NotFound, Session } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { answer, Api, fails, issues, read, sent, textOf } from "./support.ts"

const { Body, Reply } = Endpoint

describe("media types of text and bytes", () => {
  const page = answer(200, "<html>sign in</html>", { "content-type": "text/html" })
  it.effect("a page in the place of the declared text is no success", () =>
    Effect.gen(function*() {
      const csv = Endpoint.get(Api, "/report", { success: Reply.text("text/csv") })
      const error = yield* fails(csv, page)
      assert.instanceOf(error, DecodeFailed)
      assert.include(error.message, "expected text/csv, got text/html")
      assert.strictEqual(yield* read(csv, answer(200, "a,b", { "content-type": "text/csv; charset=utf-8" })), "a,b")
      assert.strictEqual(yield* read(csv, answer(200, "a,b", {})), "a,b")
      assert.strictEqual(yield* read(Endpoint.get(Api, "/any", { success: Reply.text("text/*") }), page), "<html>sign in</html>")
    }))
  it.effect("so it is for bytes; by default they are of any type", () =>
    Effect.gen(function*() {
      assert.instanceOf(yield* fails(Endpoint.get(Api, "/pdf", { success: Reply.bytes("application/pdf") }), page), DecodeFailed)
      assert.strictEqual((yield* read(Endpoint.get(Api, "/raw", { success: Reply.bytes() }), page)).length, 20)
    }))
})

describe("streamed replies", () => {
  it("are for a success, and never for an error", () => {
    assert.throws(() => Endpoint.get(Api, "/x", { name: "getX", success: Schema.String, errors: { 404: Reply.stream() } }), /getX: a streamed reply is for a success, and never for an error/)
    assert.isTrue(Endpoint.get(Api, "/x", { success: { 200: Reply.stream(), 206: Reply.stream() } }).operation.streaming)
    assert.isTrue(Endpoint.get(Api, "/x", { success: { 200: Reply.stream(), 204: Schema.Void } }).operation.streaming)
    assert.isFalse(Endpoint.get(Api, "/x", { success: { 200: Schema.String, 204: Schema.Void } }).operation.streaming)
  })
})

describe("numbers that JSON does not have", () => {
  const post = Endpoint.post(Api, "/x", { body: Schema.Struct({ n: Schema.Number, note: Schema.NullOr(Schema.String) }), success: Schema.Void })
  it("are refused, and null stays null", () => {
    for (const n of [NaN, Infinity, -Infinity]) assert.match(issues(post, { body: { n, note: null } })[0]?.message ?? "", /cannot be written as JSON/)
    assert.strictEqual(textOf(sent(post, { body: { n: 1, note: null } })), `{"n":1,"note":null}`)
  })
  it("in a part of a multipart body as well", () => {
    const upload = Endpoint.post(Api, "/x", { body: Body.multipart({ meta: Schema.Struct({ n: Schema.Number }) }), success: Schema.Void })
    assert.deepStrictEqual(issues(upload, { body: { meta: { n: NaN } } }).map((issue) => issue.path), ["body.meta"])
  })
})

describe("an error's summary", () => {
  it("survives its schema, so that the message on the other side is the same", () => {
    const body = Schema.Struct({ title: Schema.String })
    const error = new NotFound({ operation: "getCase", method: "GET", url: "https://api.test/1", attempts: 1, status: 404, body: { title: "gone" }, summary: "gone" })
    const codec = Schema.toCodecJson(NotFound.schema(body))
    const other = Schema.decodeUnknownSync(codec)(JSON.parse(JSON.stringify(Schema.encodeUnknownSync(codec)(error))))
    assert.instanceOf(other, NotFound)
    assert.strictEqual(other.message, error.message)
  })
})

describe("what a transport frames by itself", () => {
  it("is not for an endpoint or a call to set", () => {
    const get = Endpoint.get(Api, "/x", { header: { upgrade: Schema.optional(Schema.String), "Transfer-Encoding": Schema.optional(Schema.String) }, success: Schema.Void })
    assert.deepStrictEqual(issues(get, { upgrade: "h2c", "Transfer-Encoding": "chunked" }).map((issue) => issue.path), ["upgrade", "Transfer-Encoding"])
  })
  it("a stream of no length is refused", () => {
    const put = Endpoint.put(Api, "/x", { body: Body.stream(), success: Schema.Void })
    for (const length of [NaN, -1, 0.5]) assert.deepStrictEqual(issues(put, { body: { stream: Stream.empty, length } }).map((issue) => issue.path), ["body.length"])
  })
})

describe("input that is no record", () => {
  const get = Endpoint.get(Api, "/{id}", { path: { id: Schema.Int }, success: Schema.Void })
  it("is an issue, not a defect", () => {
    for (const input of [null, 7, "x"]) assert.deepStrictEqual(issues(get, input), [{ path: "", message: "expected a record of the endpoint's parameters" }])
  })
})

class Web extends Session.Service<Web>()("web") {}
const home = Endpoint.get(Web, "/home", { name: "home", success: Schema.Struct({ ok: Schema.Boolean }) })

describe("an endpoint without the session's credentials", () => {
  const signIn = Endpoint.post(Web, "/sign-in", { name: "signIn", auth: false, success: Schema.Void })
  it.effect("carries none, keeps no cookie, and its 401 is not the session's", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.login(),
        Script.always(home, { body: { ok: true }, headers: { "set-cookie": "own=1; Path=/" } }),
        Script.once(signIn, { headers: { "set-cookie": "other=1; Path=/" } }),
        Script.always(signIn, { status: 401 })
      ])
      yield* Effect.gen(function*() {
        yield* home()
        yield* signIn()
        assert.strictEqual((yield* Effect.flip(signIn()))._tag, "AuthenticationFailed")
        yield* home()
      }).pipe(script.run(Web), Effect.provide(Cookies.layer()))
      const seen = script.seen.filter(({ step }) => step === "signIn")
      assert.deepStrictEqual(seen.map(({ request }) => [request.headers["authorization"], request.headers["cookie"]]), [[undefined, undefined], [undefined, undefined]])
      assert.strictEqual(script.seen.at(-1)?.request.headers["cookie"], "own=1")
      assert.strictEqual(script.count("login"), 1)
    }))
})

describe("a redirect back to where it came from", () => {
  const turn = (headers: Readonly<Record<string, string>>) =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.once(home, { status: 302, headers: { location: "/home", ...headers } }),
        Script.once(home, { body: { ok: true } })
      ])
      return yield* Effect.exit(home().pipe(script.run(Web), Effect.provide(Layer.mergeAll(Cookies.layer()))))
    })
  it.effect("is a loop, unless the answer has set a cookie", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* turn({}))._tag, "Failure")
      assert.strictEqual((yield* turn({ "set-cookie": "seen=1; Path=/" }))._tag, "Success")
    }))
  it.effect("with a cookie each time still ends at the limit", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(home, { status: 302, headers: { location: "/home", "set-cookie": "seen=1; Path=/" } })])
      const error = yield* Effect.flip(home().pipe(script.run(Web), Effect.provide(Cookies.layer())))
      assert.deepInclude(error, { _tag: "RedirectRefused", reason: "limit" })
      assert.strictEqual(script.count("home"), 11)
    }))
})
