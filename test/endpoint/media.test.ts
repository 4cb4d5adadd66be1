import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Endpoint, Open } from "credence"
import { download, handle, handleResponse, layerTest, Script } from "credence/testing"
import { answer, Api, fails, issues, read, sent, textOf } from "./support.ts"

const { Body, Reply } = Endpoint
const Pet = Schema.Struct({ id: Schema.Int, name: Schema.String })
const Problem = Schema.Struct({ title: Schema.String })

const getPet = Endpoint.get(Api, "/pets/{id}", {
  name: "getPet",
  path: { id: Schema.Int },
  success: { 200: Pet, 201: Pet },
  as: {
    "text/csv": Reply.text("text/csv"),
    "application/vnd.pets.v2+json": Schema.Struct({ pets: Schema.Array(Pet) }),
    "application/pdf": Reply.stream("application/pdf"),
    "application/problem+json": { 200: Problem, 204: Schema.Void }
  },
  responseHeaders: {
    "X-Rate-Limit": Schema.optional(Schema.Int),
    "x-next": Schema.optional(Schema.String),
    "x-tags": Schema.optional(Schema.Array(Schema.String)),
    "x-sizes": Schema.optional(Schema.Array(Schema.Int)),
    "x-fresh": Schema.optional(Schema.Boolean),
    "x-until": Schema.optional(Schema.DateFromString),
    "x-total": Schema.optional(Open.Int64BigInt),
    "x-meta": Schema.optional(Schema.Struct({ a: Schema.Int }))
  },
  errors: { 404: Problem }
})

describe("other media types of an endpoint", () => {
  it("ask for what they are, and are else the same", () => {
    assert.strictEqual(sent(getPet, { id: 1 }).headers["accept"], "application/json")
    assert.strictEqual(sent(getPet.as("text/csv"), { id: 1 }).headers["accept"], "text/csv")
    assert.strictEqual(sent(getPet.as("application/vnd.pets.v2+json"), { id: 1 }).headers["accept"], "application/vnd.pets.v2+json")
    assert.strictEqual(sent(getPet.as("application/problem+json"), { id: 1 }).headers["accept"], "application/problem+json")
    assert.strictEqual(sent(getPet.as("text/csv"), { id: 1 }).path, "/pets/1")
    assert.isNotEmpty(issues(getPet.as("text/csv"), { id: "x" }))
    assert.strictEqual(getPet.as("text/csv").operation.name, "getPet")
    assert.strictEqual(getPet.as("text/csv"), getPet.as("text/csv"))
    const fixed = Endpoint.get(Api, "/x", { success: Pet, as: { "text/csv": Reply.text("text/csv") }, headers: { Accept: "application/json;v=2" } })
    assert.deepStrictEqual([sent(fixed, {}).headers["accept"], sent(fixed.as("text/csv"), {}).headers["accept"]], ["application/json;v=2", "text/csv"])
  })
  it.effect("give what they are, and fail as the endpoint fails", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* read(getPet.as("text/csv"), answer(200, "a,b", { "content-type": "text/csv" })), "a,b")
      assert.deepStrictEqual(yield* read(getPet.as("application/vnd.pets.v2+json"), answer(200, { pets: [] }, { "content-type": "application/vnd.pets.v2+json" })), { pets: [] })
      assert.isUndefined(yield* read(getPet.as("application/problem+json"), answer(204)))
      assert.strictEqual((yield* fails(getPet.as("text/csv"), answer(404, { title: "none" })))._tag, "NotFound")
      assert.strictEqual((yield* fails(getPet.as("text/csv"), answer(200, { id: 1 })))._tag, "DecodeFailed")
    }))
  it("only those that are declared", () => {
    // @ts-expect-error not declared
    assert.throws(() => getPet.as("image/png"), /getPet: no media type image\/png is declared under `as`/)
    // @ts-expect-error it has no others
    assert.isUndefined(Endpoint.get(Api, "/x", { success: Pet }).as)
  })
  it.effect("a handler answers for each of them by itself", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* getPet({ id: 1 }), { id: 1, name: "json" })
      assert.strictEqual(yield* getPet.as("text/csv")({ id: 1 }), "csv")
      const pdf = yield* getPet.as("application/pdf")({ id: 1 })
      assert.strictEqual(pdf.name, "pet.pdf")
    }).pipe(Effect.scoped, Effect.provide(layerTest(Api, [
      handle(getPet, ({ id }) => Effect.succeed({ id, name: "json" })),
      handle(getPet.as("text/csv"), () => Effect.succeed("csv")),
      handle(getPet.as("application/pdf"), () => Effect.succeed(download("x", { name: "pet.pdf" })))
    ]))))
  it.effect("so does a step of a script", () =>
    Effect.gen(function*() {
      const steps = [Script.always(getPet, { body: { id: 1, name: "json" } }), Script.always(getPet.as("text/csv"), { headers: { "content-type": "text/csv" }, body: "a,b" })]
      for (const ordered of [steps, steps.toReversed()]) {
        const script = yield* Script.make(ordered)
        yield* Effect.gen(function*() {
          assert.strictEqual((yield* getPet({ id: 1 })).name, "json")
          assert.strictEqual(yield* getPet.as("text/csv")({ id: 1 }), "a,b")
        }).pipe(script.run(Api))
        assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["accept"]), ["application/json", "text/csv"])
      }
    }))
})

describe("a success with its status and head", () => {
  const told = Endpoint.withResponse(getPet)
  const served = (headers: Readonly<Record<string, string | ReadonlyArray<string>>>, status = 201) =>
    Effect.flatMap(Script.make([Script.always(getPet, { status, headers, body: { id: 1, name: "x" } })]), (script) => told({ id: 1 }).pipe(script.run(Api)))

  it.effect("fields are decoded from their texts, by lower-case name", () =>
    Effect.gen(function*() {
      const { fields, headers, status, value } = yield* served({
        "X-Rate-Limit": "42", "x-next": "12", "x-tags": "a, b", "x-sizes": "1,2", "x-fresh": "true", "x-until": "1970-01-01T00:00:00.000Z", "x-total": "9223372036854775807", "x-meta": "{\"a\":1}", etag: "\"e\""
      })
      assert.deepStrictEqual([status, value], [201, { id: 1, name: "x" }])
      assert.deepStrictEqual(headers, { "x-rate-limit": 42, "x-next": "12", "x-tags": ["a", "b"], "x-sizes": [1, 2], "x-fresh": true, "x-until": new Date(0), "x-total": 9223372036854775807n, "x-meta": { a: 1 } })
      assert.strictEqual(fields["etag"], "\"e\"")
    }))
  it.effect("a text is a text where it may be one", () =>
    Effect.gen(function*() {
      const loose = Endpoint.get(Api, "/x", { name: "loose", success: Schema.Void, responseHeaders: { "x-any": Schema.Unknown, "x-either": Schema.Union([Schema.Int, Schema.String]) } })
      const script = yield* Script.make([Script.always(loose, { status: 204, headers: { "x-any": "12", "x-either": "0012" } })])
      assert.deepStrictEqual((yield* Endpoint.withResponse(loose)().pipe(script.run(Api))).headers, { "x-any": "12", "x-either": "0012" })
    }))
  it.effect("what may be absent is, also where it cannot be read", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* served({})).headers, {})
      assert.deepStrictEqual((yield* served({ "x-rate-limit": "many", "x-fresh": "maybe" })).headers, {})
      assert.deepStrictEqual((yield* served({ "x-tags": ["a", "b"] })).headers, { "x-tags": ["a", "b"] })
    }))
  const strict = Endpoint.get(Api, "/x", { name: "strict", success: Schema.Void, responseHeaders: { "x-id": Schema.Int } })
  it.effect("what must be there is a failure when it is not, for whoever asks", () =>
    Effect.gen(function*() {
      for (const headers of [{}, { "x-id": "canary" }]) {
        const script = yield* Script.make([Script.always(strict, { status: 204, headers })])
        const error = yield* Effect.flip(Endpoint.withResponse(strict)().pipe(script.run(Api)))
        assert.deepStrictEqual([error._tag, "issues" in error ? error.issues.map(({ path }) => path) : []], ["DecodeFailed", ["x-id"]])
        assert.notInclude(JSON.stringify(error), "canary")
        yield* strict().pipe(script.run(Api))
      }
    }))
  it.effect("failures are the endpoint's", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(getPet, { status: 404, body: { title: "none" } })])
      assert.strictEqual((yield* Effect.flip(told({ id: 1 }).pipe(script.run(Api))))._tag, "NotFound")
    }))
  it.effect("streams as well", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.always(getPet.as("application/pdf"), { headers: { "content-type": "application/pdf", "x-rate-limit": "1" }, body: "%PDF" })])
      const { headers, value } = yield* Endpoint.withResponse(getPet.as("application/pdf"))({ id: 1 }).pipe(script.run(Api))
      assert.strictEqual(headers["x-rate-limit"], 1)
      assert.strictEqual(new TextDecoder().decode((yield* Stream.runCollect(value.body))[0]), "%PDF")
    }).pipe(Effect.scoped))
  it.effect("handlers answer with or without the head", () =>
    Effect.gen(function*() {
      const plain = layerTest(Api, [handle(getPet, ({ id }) => Effect.succeed({ id, name: "x" })), handle(strict, () => Effect.void)])
      assert.deepStrictEqual(yield* told({ id: 7 }).pipe(Effect.provide(plain)), { value: { id: 7, name: "x" }, status: 200, headers: {}, fields: {} })
      // required, and the handler says nothing: an example
      assert.isTrue(Number.isInteger((yield* Endpoint.withResponse(strict)().pipe(Effect.provide(plain))).headers["x-id"]))
      const full = layerTest(Api, [handleResponse(getPet, ({ id }) => Effect.succeed({ value: { id, name: "x" }, status: 201, headers: { "x-rate-limit": 3 } }))])
      assert.deepStrictEqual(yield* told({ id: 7 }).pipe(Effect.provide(full)), { value: { id: 7, name: "x" }, status: 201, headers: { "x-rate-limit": 3 }, fields: { "x-rate-limit": "3" } })
      assert.deepStrictEqual(yield* getPet({ id: 7 }).pipe(Effect.provide(full)), { id: 7, name: "x" })
      const raw = yield* Endpoint.raw(getPet)({ id: 7 }).pipe(Effect.provide(full))
      assert.deepStrictEqual([raw.status, raw.headers["x-rate-limit"]], [201, "3"])
    }))
})

describe("a choice of bodies", () => {
  const add = Endpoint.post(Api, "/pets", {
    name: "add",
    body: Body.choice({
      "application/json": Pet,
      "application/merge-patch+json": Schema.Struct({ name: Schema.optional(Schema.NullOr(Schema.String)) }),
      "multipart/form-data": Body.multipart({ name: Schema.String, photo: Body.file }),
      "application/x-www-form-urlencoded": Body.form(Pet),
      "text/plain": Body.text(),
      "image/png": Body.bytes(),
      "video/*": Body.stream("video/mp4"),
      "application/cbor": Body.optional(Body.bytes())
    }, { default: "application/json" }),
    success: Schema.Void
  })
  const pet = { id: 1, name: "x" }
  const of = (input: Parameters<typeof add>[0]): readonly [string | undefined, string | undefined] => {
    const request = sent(add, input)
    return [request.headers["content-type"], request.body?._tag === "Bytes" ? textOf(request) : request.body?._tag]
  }
  it("the input says which, but for the default", () => {
    assert.deepStrictEqual(of({ body: pet }), ["application/json", "{\"id\":1,\"name\":\"x\"}"])
    assert.deepStrictEqual(of({ contentType: "application/json", body: pet }), ["application/json", "{\"id\":1,\"name\":\"x\"}"])
    assert.deepStrictEqual(of({ contentType: "application/merge-patch+json", body: { name: null } }), ["application/merge-patch+json", "{\"name\":null}"])
    assert.deepStrictEqual(of({ contentType: "application/x-www-form-urlencoded", body: pet }), ["application/x-www-form-urlencoded", "id=1&name=x"])
    // a charset belongs to its body, another type does not
    assert.deepStrictEqual(of({ contentType: "text/plain", body: "x" }), ["text/plain; charset=utf-8", "x"])
    assert.deepStrictEqual(of({ contentType: "image/png", body: new Uint8Array([65]) }), ["image/png", "A"])
    assert.deepStrictEqual(of({ contentType: "video/*", body: { stream: Stream.empty } }), ["video/mp4", "Stream"])
    assert.deepStrictEqual(of({ contentType: "application/cbor" }), [undefined, undefined])
    const [type, content] = of({ contentType: "multipart/form-data", body: { name: "x", photo: { name: "p.png", content: "y" } } })
    assert.match(type ?? "", /^multipart\/form-data; boundary=/)
    assert.include(content, "filename=\"p.png\"")
  })
  it("is checked by what is chosen", () => {
    assert.deepStrictEqual(issues(add, { contentType: "application/xml", body: pet })[0]?.path, "contentType")
    assert.match(issues(add, { contentType: "constructor", body: pet })[0]?.message ?? "", /expected one of application\/json, /)
    assert.deepStrictEqual(issues(add, { body: { id: "x", name: "x" } }).map(({ path }) => path), ["body.id"])
    assert.deepStrictEqual(issues(add, { contentType: "text/plain", body: pet }).map(({ path }) => path), ["body"])
    const open = Endpoint.post(Api, "/x", { body: Body.choice({ "application/json": Pet, "text/plain": Body.text() }), success: Schema.Void })
    assert.deepStrictEqual(issues(open, { body: pet }).map(({ path }) => path), ["contentType"])
  })
  it("beside other parameters", () => {
    const put = Endpoint.put(Api, "/pets/{id}", { path: { id: Schema.Int }, body: Body.choice({ "text/plain": Body.text(), "application/json": Pet }), success: Schema.Void })
    assert.strictEqual(sent(put, { id: 1, contentType: "text/plain", body: "x" }).path, "/pets/1")
  })
  it.effect("handlers take it", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const Test = layerTest(Api, [handle(add, (input) => Effect.sync(() => void seen.push(`${input.contentType ?? "none"} ${input.contentType === "text/plain" ? input.body.length : ""}`)))])
      yield* add({ contentType: "text/plain", body: "four" }).pipe(Effect.provide(Test))
      yield* add({ body: pet }).pipe(Effect.provide(Test))
      assert.deepStrictEqual(seen, ["text/plain 4", "none "])
    }))
})

describe("bodies that may be left out", () => {
  it("of any kind", () => {
    const post = Endpoint.post(Api, "/x", { body: Body.optional(Body.text()), success: Schema.Void })
    assert.isUndefined(sent(post, {}).body)
    assert.isUndefined(sent(post, {}).headers["content-type"])
    assert.strictEqual(textOf(sent(post, { body: "x" })), "x")
    const upload = Endpoint.post(Api, "/x", { body: Body.optional(Body.multipart({ a: Schema.String })), success: Schema.Void })
    assert.isUndefined(sent(upload, {}).body)
    assert.isNotEmpty(issues(upload, { body: {} }))
  })
})

describe("streams of items", () => {
  const Item = Schema.Struct({ id: Schema.Int, state: Open.literals(["open"]) })
  const lines = Endpoint.get(Api, "/lines", { name: "lines", success: Reply.jsonLines(Item), errors: { 404: Problem } })
  const events = Endpoint.get(Api, "/events", { name: "events", success: Reply.events(Item, { end: "[DONE]" }) })
  const texts = Endpoint.get(Api, "/texts", { name: "texts", success: Reply.events() })
  const asBytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  /** the stream of a body that comes in pieces of `size` bytes */
  const open = <A, E>(endpoint: { readonly operation: { readonly open?: ((response: never, context: never) => Effect.Effect<Stream.Stream<A, unknown>, E>) | undefined } }, body: Uint8Array, contentType: string | undefined, size = 3) => {
    const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.slice(i * size, (i + 1) * size))
    const response = { status: 200, headers: contentType === undefined ? {} : { "content-type": contentType }, body: Stream.fromIterable(chunks) }
    const context = { mode: "tolerant", failure: { operation: "op", method: "GET", url: "u", attempts: 1 }, redaction: { isSecretName: () => false, values: () => [] }, summarize: () => undefined, drift: undefined }
    return Effect.flatMap(endpoint.operation.open?.(response as never, context as never) ?? Effect.die("no stream"), Stream.runCollect)
  }

  it("ask for their media type", () => {
    assert.strictEqual(sent(lines, {}).headers["accept"], "application/jsonl")
    assert.strictEqual(sent(events, {}).headers["accept"], "text/event-stream")
  })
  for (const size of [1, 2, 3, 7, 1000]) {
    it.effect(`JSON lines in pieces of ${size}`, () =>
      Effect.gen(function*() {
        const body = "{\"id\":1,\"state\":\"open\",\"more\":\"é😀\"}\n\n  \r\n\u001e{\"id\":2,\"state\":\"new\"}\r\n{\"id\":3,\"state\":\"open\"}"
        const items = yield* open(lines, asBytes(body), "application/x-ndjson; charset=utf-8", size)
        assert.deepStrictEqual(items.map(({ id }) => id), [1, 2, 3])
        assert.deepStrictEqual(items[0], { id: 1, state: "open", more: "é😀" } as never)
        assert.instanceOf(items[1]?.state, Open.Unrecognized)
      }))
    it.effect(`events in pieces of ${size}`, () =>
      Effect.gen(function*() {
        const body = "\ufeff: comment\nevent: created\nid: 7\ndata: {\"id\":1,\ndata: \"state\":\"open\"}\n\nretry: 10\n\nevent: gone\n\ndata: {\"id\":2,\"state\":\"öpen\"}\r\n\r\ndata: [DONE]\n\ndata: {\"id\":3}\n\n"
        const found = yield* open(events, asBytes(body), "text/event-stream", size)
        assert.deepStrictEqual(found.map(({ data, event, id }) => [event, id, data.id]), [["created", "7", 1], ["message", "7", 2]])
      }))
  }
  it.effect("data without a schema is text", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* open(texts, asBytes("data: a\ndata: b\n\ndata:c\n\n"), "text/event-stream"), [{ event: "message", id: undefined, data: "a\nb" }, { event: "message", id: undefined, data: "c" }])
      // what has not ended is no event
      assert.deepStrictEqual(yield* open(texts, asBytes("data: a\n"), "text/event-stream"), [])
    }))
  it.effect("what does not fit fails with what is wrong, after what fitted", () =>
    Effect.gen(function*() {
      for (const [body, reason] of [["{\"id\":\"x\",\"state\":\"open\"}", "schema"], ["{\"id\":", "syntax"]] as const) {
        const error = yield* Effect.flip(open(lines, asBytes(`{"id":1,"state":"open"}\n${body}\n`), "application/jsonl"))
        assert.deepInclude(error as object, { _tag: "DecodeFailed", reason })
        assert.deepInclude((yield* Effect.flip(open(events, asBytes(`data: ${body}\n\n`), "text/event-stream"))) as object, { _tag: "DecodeFailed", reason })
      }
      assert.deepInclude((yield* Effect.flip(open(lines, new Uint8Array([0x22, 0xff, 0x22]), "application/jsonl"))) as object, { _tag: "DecodeFailed", reason: "encoding" })
      assert.deepInclude((yield* Effect.flip(open(lines, new Uint8Array([0xc3]), "application/jsonl"))) as object, { _tag: "DecodeFailed", reason: "encoding" })
    }))
  it.effect("another media type is refused before anything is read", () =>
    Effect.gen(function*() {
      for (const endpoint of [lines, events]) {
        const error = yield* Effect.flip(open<unknown, unknown>(endpoint, asBytes("<html>"), "text/html"))
        assert.deepInclude(error as object, { _tag: "DecodeFailed", reason: "mediaType" })
      }
      assert.deepStrictEqual(yield* open(lines, asBytes(""), undefined), [])
    }))
  it.effect("an event of more than 10 MiB is too large", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(open(texts, asBytes(`data: ${"x".repeat(11_000_000)}`), "text/event-stream", 65_536))
      assert.deepInclude(error as object, { _tag: "DecodeFailed", reason: "limit" })
    }))

  it.effect("through a session, with the failures that are declared", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([
        Script.once(lines, { body: [{ id: 1, state: "open" }, { id: 2, state: "open" }] }),
        Script.once(lines),
        Script.once(lines, { status: 404, body: { title: "none" } }),
        Script.once(events, { body: [{ event: "created", id: "1", data: { id: 1, state: "open" } }, { data: { id: 2, state: "open" } }] }),
        Script.once(events),
        Script.once(texts, { body: [{ data: "a\nb" }] })
      ])
      yield* Effect.gen(function*() {
        assert.deepStrictEqual((yield* Stream.runCollect(yield* lines())).map(({ id }) => id), [1, 2])
        assert.strictEqual((yield* Stream.runCollect(yield* lines())).length, 1)
        assert.strictEqual((yield* Effect.flip(lines()))._tag, "NotFound")
        assert.deepStrictEqual((yield* Stream.runCollect(yield* events())).map(({ event, id }) => [event, id]), [["created", "1"], ["message", "1"]])
        assert.strictEqual((yield* Stream.runCollect(yield* events())).length, 1)
        assert.deepStrictEqual((yield* Stream.runCollect(yield* texts())).map(({ data }) => data), ["a\nb"])
        const { status, value } = yield* Endpoint.withResponse(events)().pipe(Effect.catchTag("UnexpectedStatus", Effect.die), Effect.provide(layerTest(Api, [handle(events, () => Effect.succeed(Stream.empty))])))
        assert.deepStrictEqual([status, yield* Stream.runCollect(value)], [200, []])
      }).pipe(Effect.scoped, script.run(Api))
    }))
  it.effect("a handler gives the stream", () =>
    Effect.gen(function*() {
      const items = yield* Stream.runCollect(Stream.unwrap(lines()))
      assert.deepStrictEqual(items, [{ id: 1, state: "open" }])
    }).pipe(Effect.provide(layerTest(Api, [handle(lines, () => Effect.succeed(Stream.succeed({ id: 1, state: "open" as const })))]))))
  it.effect("an answer without content beside a streamed one", () =>
    Effect.gen(function*() {
      const either = Endpoint.get(Api, "/either", { name: "either", success: { 200: Reply.jsonLines(Item), 202: Problem, 204: Schema.Void } })
      const script = yield* Script.make([Script.once(either, { status: 204 }), Script.once(either, { status: 202, headers: { "content-type": "application/json" }, body: "{\"title\":\"later\"}" })])
      const [none, later] = yield* Effect.scoped(Effect.all([either(), either()])).pipe(script.run(Api))
      assert.isUndefined(none)
      assert.deepStrictEqual(later, { title: "later" })
    }))
})

describe("descriptions", () => {
  it.effect("an endpoint carries its own, and is else the same", () =>
    Effect.gen(function*() {
      const described = Endpoint.describe(getPet, { operationId: "getPet", tags: ["pets"] })
      assert.deepStrictEqual(described.openapi, { operationId: "getPet", tags: ["pets"] })
      assert.isFalse("openapi" in getPet)
      assert.strictEqual(described.as("text/csv"), getPet.as("text/csv"))
      const Test = layerTest(Api, [handle(getPet, ({ id }) => Effect.succeed({ id, name: "x" }))])
      assert.deepStrictEqual(yield* described({ id: 1 }).pipe(Effect.provide(Test)), { id: 1, name: "x" })
      const paged = Endpoint.describe(Endpoint.paged(getPet, { items: (pet) => [pet.name], next: () => undefined }), {})
      assert.deepStrictEqual(yield* Stream.runCollect(paged.items({ id: 1 })).pipe(Effect.provide(Test)), ["x"])
    }))
  it("an endpoint tells what it takes", () => {
    const { body, cookie, header, path, query } = Endpoint.post(Api, "/x/{id}", { path: { id: Schema.Int }, query: { q: Schema.String }, body: Pet, success: Schema.Void }).input
    assert.deepStrictEqual([Object.keys(path), Object.keys(query), header, cookie, body], [["id"], ["q"], {}, {}, Pet])
  })
})

describe("what the pipeline is told", () => {
  const of = (options: { readonly auth?: boolean; readonly security?: ReadonlyArray<Readonly<Record<string, ReadonlyArray<string>>>>; readonly server?: string }) => {
    const { auth, security, server } = sent(Endpoint.get(Api, "/x", { ...options, success: Schema.Void }), {})
    return { auth, security, server }
  }
  it("security and server, as they are declared", () => {
    assert.deepStrictEqual(of({}), { auth: true, security: undefined, server: undefined })
    const security = [{ ApiKeyAuth: [] }, { JwtAuth: ["read"], TenantKey: [] }]
    assert.deepStrictEqual(of({ security, server: "https://uploads.example.com/v1" }), { auth: true, security, server: "https://uploads.example.com/v1" })
    assert.deepStrictEqual(of({ security: [] }), { auth: false, security: [], server: undefined })
    assert.deepStrictEqual(of({ security: [], auth: true }).auth, true)
    assert.deepStrictEqual(of({ auth: false }).auth, false)
  })
})

describe("paths as documents write them", () => {
  it("a fixed query is kept, a fragment is never sent", () => {
    const at = (path: `/${string}`): string => sent(Endpoint.get(Api, path, { query: { q: Schema.optional(Schema.String) }, success: Schema.Void } as never), { q: "1" } as never).path
    assert.strictEqual(at("/x?action=a"), "/x?action=a&q=1")
    assert.strictEqual(at("/x#Action=CreateThing"), "/x?q=1")
    assert.strictEqual(at("/x?action=a#frag?ment"), "/x?action=a&q=1")
    assert.strictEqual(sent(Endpoint.get(Api, "/#Action={x}", { path: { x: Schema.String }, success: Schema.Void }), { x: "y" }).path, "/")
  })
})

describe("a success that is declared for any status", () => {
  const any = Endpoint.get(Api, "/x", { success: { default: Pet } })
  it.effect("is one below 400; above, nobody declares it", () =>
    Effect.gen(function*() {
      for (const status of [200, 220, 299, 304, 399]) assert.deepStrictEqual(yield* read(any, answer(status, { id: 1, name: "x" })), { id: 1, name: "x" })
      for (const status of [400, 404, 500, 599]) {
        const error = yield* fails(any, answer(status, { id: 1, name: "x" }))
        assert.deepStrictEqual([error._tag, "status" in error ? error.status : 0], ["UnexpectedStatus", status])
      }
      const exact = Endpoint.get(Api, "/x", { success: { 404: Pet, default: Pet } })
      assert.deepStrictEqual(yield* read(exact, answer(404, { id: 1, name: "x" })), { id: 1, name: "x" })
    }))
  it.effect("an error may be declared for 304", () =>
    Effect.gen(function*() {
      const cached = Endpoint.get(Api, "/x", { success: Pet, errors: { 304: Schema.Void } })
      const error = yield* fails(cached, answer(304))
      assert.deepStrictEqual([error._tag, "status" in error ? error.status : 0], ["ErrorResponse", 304])
    }))
})
