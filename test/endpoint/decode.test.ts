import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import { ClientError, DecodeFailed, Endpoint, ErrorResponse, Forbidden, NotFound, Open, ServerError, UnexpectedStatus } from "credence"
import type { Drift } from "../../src/services/Hooks.ts"
import { answer, Api, fails, read } from "./support.ts"

const { Reply } = Endpoint
const Item = Schema.Struct({ id: Schema.Int, name: Schema.optional(Schema.String) })
const Problem = Schema.Struct({ title: Schema.String })
const one = Endpoint.get(Api, "/x", { success: Item })

const shown = (u: unknown): string => `${inspect(u, { depth: null })} ${JSON.stringify(u)} ${String(u)}`

describe("which declaration answers for a status", () => {
  const tagged = (tag: string) => Schema.Struct({ [tag]: Schema.Literal(true) })
  const all = Endpoint.get(Api, "/x", {
    success: { 200: tagged("ok"), 202: tagged("accepted"), "2XX": tagged("range"), 304: tagged("same"), default: tagged("other") },
    errors: { 404: tagged("missing"), 418: tagged("teapot"), "4XX": tagged("client"), "5XX": tagged("server"), default: tagged("error") }
  })
  for (
    const [status, tag] of [[200, "ok"], [202, "accepted"], [201, "range"], [206, "range"], [304, "same"]] as const
  ) {
    it.effect(`${status}: success ${tag}`, () => Effect.map(read(all, answer(status, { [tag]: true })), (value) => assert.deepStrictEqual(value, { [tag]: true })))
  }
  for (
    const [status, tag, make] of [
      [404, "missing", NotFound],
      [418, "teapot", ClientError],
      [400, "client", ClientError],
      [499, "client", ClientError],
      [500, "server", ServerError],
      [503, "server", ServerError],
      [302, "error", ErrorResponse]
    ] as const
  ) {
    it.effect(`${status}: ${make.name}`, () =>
      Effect.map(fails(all, answer(status, { [tag]: true })), (error) => {
        assert.isTrue(error instanceof make)
        assert.strictEqual(error._tag, make.name)
        assert.strictEqual(error.status, status)
        assert.deepStrictEqual((error as { readonly body: unknown }).body, { [tag]: true })
      }))
  }

  it.effect("a default is an error's unless the status is 2xx and success has it", () =>
    Effect.gen(function*() {
      const both = Endpoint.get(Api, "/x", { success: { default: tagged("fine") }, errors: { default: tagged("error") } })
      assert.deepStrictEqual(yield* read(both, answer(299, { fine: true })), { fine: true })
      for (const status of [199, 300, 404, 500, 600]) assert.instanceOf(yield* fails(both, answer(status, { error: true })), ErrorResponse)
      // a described 2xx beside a default: another 2xx is what the default says
      const described = Endpoint.get(Api, "/x", { success: { 200: tagged("fine") }, errors: { default: tagged("error") } })
      assert.instanceOf(yield* fails(described, answer(201, { error: true })), ErrorResponse)
    }))
  it.effect("a 2xx range of success beats a default of errors, and an exact error beats the range", () =>
    Effect.gen(function*() {
      const odd = Endpoint.get(Api, "/x", { success: Item, errors: { 207: tagged("partly"), default: tagged("error") } })
      assert.deepStrictEqual(yield* read(odd, answer(201, { id: 1 })), { id: 1 })
      const partly = yield* fails(odd, answer(207, { partly: true }))
      assert.instanceOf(partly, ErrorResponse)
    }))
  it.effect("success declared for a 4xx is success", () =>
    Effect.gen(function*() {
      const head = Endpoint.head(Api, "/x", { success: { 200: Schema.Void, 404: Schema.Void } })
      assert.isUndefined(yield* read(head, answer(404)))
    }))
})

describe("a status that is not declared", () => {
  it.effect("is UnexpectedStatus with the body, redacted", () =>
    Effect.gen(function*() {
      const error = yield* fails(one, answer(409, { title: "taken", password: "canary", hint: "use token canary-2" }), { secrets: ["canary-2"] })
      assert.instanceOf(error, UnexpectedStatus)
      assert.strictEqual(error.status, 409)
      assert.deepStrictEqual(error.body, { title: "taken", password: "<redacted>", hint: "use token <redacted>" })
      assert.notInclude(shown(error), "canary")
    }))
  it.effect("a body that is no JSON is an excerpt; none is none", () =>
    Effect.gen(function*() {
      const html = yield* fails(one, answer(502, `<html>\n<h1>Bad gateway</h1>${"x".repeat(70_000)}`, { "content-type": "text/html" }))
      assert.instanceOf(html, UnexpectedStatus)
      assert.match(String(html.body), /^<html> <h1>Bad gateway<\/h1>x+…$/)
      assert.strictEqual(String(html.body).length, 200)
      assert.isUndefined(((yield* fails(one, answer(500))) as UnexpectedStatus).body)
    }))
})

describe("declared errors", () => {
  const get = Endpoint.get(Api, "/x", { success: Item, errors: { 404: Problem, 403: Reply.text(), 410: Schema.Void, "5XX": Problem } })

  it.effect("have the body that is declared, and say it", () =>
    Effect.gen(function*() {
      const error = yield* fails(get, answer(404, { title: "no such item", extra: 1 }))
      assert.instanceOf(error, NotFound)
      assert.deepStrictEqual<unknown>(error.body, { title: "no such item", extra: 1 })
      assert.include(error.message, "op: 404 Not Found: no such item (GET https://api.test/x)")
    }))
  it.effect("text and no body at all", () =>
    Effect.gen(function*() {
      const forbidden = yield* fails(get, answer(403, "not yours"))
      assert.instanceOf(forbidden, Forbidden)
      assert.strictEqual(forbidden.body, "not yours")
      const gone = yield* fails(get, answer(410, "whatever"))
      assert.strictEqual(gone._tag, "Gone")
    }))
  for (const [what, response] of [["does not fit", answer(404, { title: 1, password: "canary" })], ["is no JSON", answer(404, "<html>password=canary", { "content-type": "text/html" })], ["is broken", answer(404, "{\"password\":\"canary", { "content-type": "application/json" })], ["is missing", answer(404)]] as const) {
    it.effect(`a body that ${what} never hides the status, even when decoding is strict`, () =>
      Effect.gen(function*() {
        for (const mode of ["tolerant", "strict", "off"] as const) {
          const error = yield* fails(get, response, { mode })
          assert.instanceOf(error, UnexpectedStatus, mode)
          assert.strictEqual(error.status, 404)
          assert.notInclude(shown(error), "canary")
        }
      }))
  }
  it.effect("are read tolerantly when successes are strict", () =>
    Effect.gen(function*() {
      assert.instanceOf(yield* fails(get, answer(404, { title: "x", extra: 1 }), { mode: "strict" }), NotFound)
      assert.instanceOf(yield* fails(get, answer(200, { id: 1, extra: 1 }), { mode: "strict" }), DecodeFailed)
    }))
  it.effect("hold no secret, in classes and tagged unknowns neither", () =>
    Effect.gen(function*() {
      class Detail extends Schema.Class<Detail>("Detail")({ password: Schema.String }) {}
      const Shape = Open.union("type", { a: Schema.Struct({ type: Schema.Literal("a") }) })
      const odd = Endpoint.get(Api, "/x", { success: Item, errors: { 400: Schema.Struct({ detail: Detail, shape: Shape, kind: Open.literals(["x"]) }) } })
      const error = yield* fails(odd, answer(400, { detail: { password: "canary" }, shape: { type: "new", api_key: "canary" }, kind: "canary-2", token: "canary" }), { secrets: ["canary-2"] })
      assert.strictEqual(error._tag, "BadRequest")
      assert.notInclude(shown(error), "canary")
      if (error._tag !== "BadRequest") return
      assert.instanceOf(error.body.detail, Detail)
      assert.instanceOf(error.body.shape, Open.Unrecognized)
    }))
  it.effect("the server's words stay on one line of a message and do not steer a terminal", () =>
    Effect.gen(function*() {
      const error = yield* fails(get, answer(404, { title: "no\r\n2026-01-01 ERROR forged\u001b[2J" }))
      assert.notMatch((error as NotFound).message, /\p{Cc}/u)
      assert.include((error as NotFound).message, "no 2026-01-01 ERROR forged")
    }))
})

describe("media types", () => {
  for (
    const type of ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/problem+json", "text/json", "application/vnd.example.v1+json;v=1", "nonsense"]
  ) {
    it.effect(`${type} is read as JSON`, () => Effect.map(read(one, answer(200, "{\"id\":1}", { "content-type": type })), (value) => assert.deepStrictEqual(value, { id: 1 })))
  }
  it.effect("so is an answer that names none", () => Effect.map(read(one, answer(200, "{\"id\":1}")), (value) => assert.deepStrictEqual(value, { id: 1 })))
  it.effect("and one that the endpoint declares by name", () =>
    Effect.gen(function*() {
      const odd = Endpoint.get(Api, "/x", { success: Reply.json(Item, "application/octet-stream") })
      assert.deepStrictEqual(yield* read(odd, answer(200, "{\"id\":1}", { "content-type": "application/octet-stream" })), { id: 1 })
    }))
  it.effect("a login page is no answer: bounded, redacted excerpt", () =>
    Effect.gen(function*() {
      const page = `<html><a href="/login?token=canary&x=1">sign in</a>${"<br>".repeat(1_000)}`
      for (const mode of ["tolerant", "strict", "off"] as const) {
        const error = yield* fails(one, answer(200, page, { "content-type": "text/html; charset=utf-8" }), { mode })
        assert.strictEqual(error._tag, "DecodeFailed")
        if (error._tag !== "DecodeFailed") return
        assert.strictEqual(error.reason, "mediaType")
        assert.deepStrictEqual(error.issues, [{ path: "", message: "expected application/json, got text/html" }])
        assert.isAtMost(error.excerpt?.length ?? 0, 200)
        assert.include(error.excerpt, "sign in")
        assert.notInclude(shown(error), "canary")
      }
    }))
  it.effect("HTML that calls itself JSON is bad syntax", () =>
    Effect.gen(function*() {
      const error = yield* fails(one, answer(200, "<html>password=canary</html>", { "content-type": "application/json" }))
      assert.strictEqual((error as DecodeFailed).reason, "syntax")
      assert.notInclude(shown(error), "canary")
    }))
  it.effect("charsets", () =>
    Effect.gen(function*() {
      const text = Endpoint.get(Api, "/x", { success: Reply.text() })
      const latin1 = new Uint8Array([0x66, 0xfc, 0x72])
      assert.strictEqual(yield* read(text, answer(200, latin1, { "content-type": "text/plain; charset=ISO-8859-1" })), "für")
      // neither a charset that nobody knows nor bytes that are not of it become letters
      for (const type of ["text/plain; charset=no-such-thing", "text/plain; charset=utf-8", "text/plain"]) {
        const error = yield* fails(text, answer(200, latin1, { "content-type": type }))
        assert.isTrue(error instanceof DecodeFailed && error.reason === "encoding", type)
      }
      assert.strictEqual(yield* read(text, answer(200, "\ufefffür")), "für")
      const utf16 = Uint8Array.from(Buffer.from("{\"id\":7}", "utf16le"))
      assert.deepStrictEqual(yield* read(one, answer(200, utf16, { "content-type": "application/json; charset=utf-16le" })), { id: 7 })
    }))
})

describe("other kinds of answers", () => {
  it.effect("bytes, text and nothing", () =>
    Effect.gen(function*() {
      const bytes = Endpoint.get(Api, "/x", { success: Reply.bytes() })
      assert.deepStrictEqual(yield* read(bytes, answer(200, new Uint8Array([0, 255]))), new Uint8Array([0, 255]))
      const nothing = Endpoint.delete(Api, "/x", { success: Schema.Void })
      assert.isUndefined(yield* read(nothing, answer(204)))
      assert.isUndefined(yield* read(nothing, answer(200, "<html>ignored", { "content-type": "text/html" })))
    }))
  it.effect("an empty body is absence where that is allowed, a failure where it is not", () =>
    Effect.gen(function*() {
      const maybe = Endpoint.get(Api, "/x", { success: Schema.UndefinedOr(Item) })
      assert.isUndefined(yield* read(maybe, answer(204)))
      const error = yield* fails(one, answer(200))
      assert.instanceOf(error, DecodeFailed)
      assert.strictEqual(error.reason, "schema")
      assert.deepStrictEqual(error.issues, [{ path: "", message: "the body is empty" }])
    }))
})

describe("what does not fit", () => {
  const Deep = Schema.Struct({ data: Schema.Struct({ items: Schema.Array(Item) }), password: Schema.String.check(Schema.isMinLength(50)) })
  const deep = Endpoint.get(Api, "/x", { success: Deep })
  it.effect("is told by path and without any value", () =>
    Effect.gen(function*() {
      const error = yield* fails(deep, answer(200, { data: { items: [{ id: 1 }, { id: "canary" }] }, password: "canary" }))
      assert.instanceOf(error, DecodeFailed)
      assert.deepStrictEqual(error.issues.map((issue) => issue.path), ["data.items[1].id"])
      assert.notInclude(JSON.stringify(error.issues) + error.message, "canary")
      const strict = yield* fails(deep, answer(200, { data: { items: [{ id: "canary" }, { id: "canary" }] }, password: "canary" }), { mode: "strict" })
      assert.deepStrictEqual((strict as DecodeFailed).issues.map((issue) => issue.path), ["data.items[0].id", "data.items[1].id", "password"])
    }))
  it.effect("the excerpt masks secrets in lists, records and texts", () =>
    Effect.gen(function*() {
      const error = yield* fails(one, answer(200, { id: "x", secrets: ["canary"], credentials: { user: "canary" }, note: "canary-2" }), { secrets: ["canary-2"] })
      assert.include((error as DecodeFailed).excerpt, "\"id\":\"x\"")
      assert.notInclude(shown(error), "canary")
    }))
  it.effect("a missing required member is a failure in every mode but off", () =>
    Effect.gen(function*() {
      for (const mode of ["tolerant", "strict"] as const) assert.instanceOf(yield* fails(one, answer(200, {}), { mode }), DecodeFailed)
      assert.deepStrictEqual(yield* read(one, answer(200, { anything: 1 }), { mode: "off" }), { anything: 1 } as never)
    }))
  it.effect("off still needs JSON", () => Effect.map(fails(one, answer(200, "{"), { mode: "off" }), (error) => assert.strictEqual((error as DecodeFailed).reason, "syntax")))
  it.effect("nested deeper than any honest answer is a typed failure, not a defect", () =>
    Effect.gen(function*() {
      interface Tree {
        readonly kids: ReadonlyArray<Tree>
      }
      const Tree: Schema.Codec<Tree> = Schema.suspend(() => Schema.Struct({ kids: Schema.Array(Tree) }))
      const tree = Endpoint.get(Api, "/x", { success: Tree, errors: { 400: Schema.Unknown, 404: Tree } })
      const body = `${"{\"kids\":[".repeat(20_000)}${"]}".repeat(20_000)}`
      for (const mode of ["tolerant", "strict"] as const) {
        const error = yield* fails(tree, answer(200, body), { mode })
        assert.instanceOf(error, DecodeFailed)
        assert.match(error.message, /nested too deeply/)
      }
      assert.instanceOf(yield* fails(tree, answer(404, body)), UnexpectedStatus)
      const errors = `${"{\"error\":".repeat(20_000)}1${"}".repeat(20_000)}`
      assert.strictEqual((yield* fails(tree, answer(400, errors)))._tag, "BadRequest")
      assert.instanceOf(yield* fails(tree, answer(409, errors)), UnexpectedStatus)
    }))
  it.effect("`__proto__` in an answer is a member like any other", () =>
    Effect.gen(function*() {
      const value = yield* read(one, answer(200, "{\"id\":1,\"__proto__\":{\"polluted\":true},\"constructor\":{\"prototype\":{\"polluted\":true}}}"))
      assert.isUndefined((value as { readonly polluted?: unknown }).polluted)
      assert.isUndefined(({} as { readonly polluted?: unknown }).polluted)
    }))
})

describe("failures tell where, when and how long to wait", () => {
  it.effect("from the context of the call", () =>
    Effect.gen(function*() {
      const get = Endpoint.get(Api, "/x", { success: Item, errors: { 429: Problem } })
      const context = {
        mode: "tolerant" as const,
        failure: { operation: "getX", method: "GET", url: "https://api.test/x", attempts: 3, status: 429, requestId: "r-1", retryAfter: Duration.seconds(7) },
        redaction: { isSecretName: () => false, values: () => [] },
        summarize: () => "slow down",
        drift: undefined
      }
      const error = yield* Effect.flip(get.operation.decode(answer(429, { title: "x" }), context))
      assert.strictEqual(error._tag, "TooManyRequests")
      assert.strictEqual(error.message, "getX: 429 Too Many Requests: slow down (GET https://api.test/x, after 3 attempts). The server asks to wait 7s")
      assert.deepStrictEqual([error.requestId, error.attempts, error.retryAfter], ["r-1", 3, Duration.seconds(7)])
    }))
})

describe("drift", () => {
  const Shape = Open.union("type", { circle: Schema.Struct({ type: Schema.Literal("circle"), r: Schema.Number }) })
  const page = Endpoint.get(Api, "/x", {
    success: Schema.Struct({ data: Open.items(Item), state: Open.literals(["open"]), shapes: Schema.Array(Shape), next: Open.optional(Schema.String) })
  })
  const fine = { data: [{ id: 1 }], state: "open", shapes: [{ type: "circle", r: 1 }] }
  const drifted = { data: [{ id: 1 }, { id: "bad" }, { id: 3 }], state: "paused", shapes: [{ type: "circle", r: 1 }, { type: "square", side: 2 }], next: null, extra: "canary" }

  it.effect("is told by kind and path, never by value", () =>
    Effect.gen(function*() {
      const drift: Array<Drift> = []
      const value = yield* read(page, answer(200, drifted), { drift })
      assert.deepStrictEqual(drift.map(({ kind, path }) => `${kind} at ${path}`).sort(), [
        "bad item at data[1].id",
        "unknown field at extra",
        "unknown value at state",
        "unknown variant at shapes[1]"
      ])
      assert.notInclude(JSON.stringify(drift), "canary")
      assert.deepStrictEqual(value.data, [{ id: 1 }, { id: 3 }])
    }))
  it.effect("unknown fields deep inside", () =>
    Effect.gen(function*() {
      const drift: Array<Drift> = []
      const nested = Endpoint.get(Api, "/x", { success: Schema.Struct({ a: Schema.Struct({ list: Schema.Array(Item) }) }) })
      yield* read(nested, answer(200, { a: { list: [{ id: 1 }, { id: 2, new: 1 }], also: 1 } }), { drift })
      assert.deepStrictEqual(drift.map(({ path }) => path).sort(), ["a.also", "a.list[1].new"])
    }))
  it.effect("none is told where there is none", () =>
    Effect.gen(function*() {
      const drift: Array<Drift> = []
      yield* read(page, answer(200, fine), { drift })
      assert.deepStrictEqual(drift, [])
    }))
  it.effect("strict decoding makes each of them a failure", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* read(page, answer(200, fine), { mode: "strict" }), fine as never)
      for (const [member, value] of Object.entries(drifted)) {
        if (member === "next") continue
        const error = yield* fails(page, answer(200, { ...fine, [member]: value }), { mode: "strict" })
        assert.instanceOf(error, DecodeFailed, member)
      }
    }))
})
