import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as FastCheck from "fast-check"
import { Endpoint, Open } from "credence"
import * as Result from "effect/Result"
import { joinPath } from "../../src/wire/url.ts"
import { Api, issues, sent, textOf } from "./support.ts"

const Body = Endpoint.Body

describe("paths", () => {
  const get = Endpoint.get(Api, "/orgs/{org}/items/{id}", { path: { org: Schema.String, id: Schema.Int }, success: Schema.Void })

  it("are filled in, in the order of the template", () => {
    assert.strictEqual(sent(get, { org: "a/b c", id: 7 }).path, "/orgs/a%2Fb%20c/items/7")
  })
  it("every wrong value is reported at once, by its name and without itself", () => {
    const found = issues(get, { org: "..", id: "canary" })
    assert.deepStrictEqual(found.map((issue) => issue.path), ["org", "id"])
    assert.notInclude(JSON.stringify(found), "canary")
    assert.deepStrictEqual(issues(get, {}), [{ path: "org", message: "is required" }, { path: "id", message: "is required" }])
  })
  it("a value is encoded by its schema", () => {
    const dated = Endpoint.get(Api, "/days/{day}", { path: { day: Schema.BigIntFromString }, success: Schema.Void })
    assert.strictEqual(sent(dated, { day: 90071992547409931n }).path, "/days/90071992547409931")
  })
  it("a name on the wire may differ", () => {
    const named = Endpoint.get(Api, "/a/{case-id}", { path: { "case-id": Endpoint.param(Schema.Int, { name: "case-id" }) }, success: Schema.Void })
    assert.strictEqual(sent(named, { "case-id": 1 }).path, "/a/1")
  })
  it("dots of two values side by side cannot climb", () => {
    const file = Endpoint.get(Api, "/files/{name}{suffix}", { path: { name: Schema.String, suffix: Schema.String }, success: Schema.Void })
    assert.strictEqual(sent(file, { name: "a", suffix: ".txt" }).path, "/files/a.txt")
    const hidden = Endpoint.get(Api, "/files/.{name}", { path: { name: Schema.String }, success: Schema.Void })
    assert.strictEqual(sent(hidden, { name: "git" }).path, "/files/.git")
    assert.isNotEmpty(issues(hidden, { name: "." }))
    const middle = Endpoint.get(Api, "/a/.{name}/b", { path: { name: Schema.Array(Schema.String) }, success: Schema.Void })
    assert.isNotEmpty(issues(middle, { name: ["."] }))
  })
  it("a path of its own", () => {
    const file = Endpoint.get(Api, "/files/{path}/meta", { path: { path: Endpoint.param(Schema.String, { segments: true }) }, success: Schema.Void })
    assert.strictEqual(sent(file, { path: "a b/c" }).path, "/files/a%20b/c/meta")
    for (const path of ["../x", "/x", "a/../../x", "", "a//b"]) assert.isNotEmpty(issues(file, { path }), path)
    const folder = Endpoint.get(Api, "/tree{path}/meta", { path: { path: Endpoint.param(Schema.String, { segments: true }) }, success: Schema.Void })
    assert.strictEqual(sent(folder, { path: "/" }).path, "/tree/meta")
    assert.strictEqual(sent(folder, { path: "/a/b" }).path, "/tree/a/b/meta")
    assert.isNotEmpty(issues(folder, { path: "a" }))
  })
  it("a template without a field for a name is a mistake of the program", () => {
    const broken = Endpoint.get(Api, "/a/{id}" as `/${string}`, { success: Schema.Void })
    assert.throws(() => sent(broken as never, {}), /no field for \{id\}/)
  })
  it("whatever the values, nothing leaves the place of the template", () => {
    const base = new URL("https://api.example.com/v1/")
    const three = Endpoint.get(Api, "/a/{one}{two}/b/{three}", { path: { one: Schema.String, two: Schema.String, three: Schema.String }, query: { q: Schema.String }, success: Schema.Void })
    const text = FastCheck.oneof(
      FastCheck.string({ unit: FastCheck.constantFrom(".", "/", "\\", "%", "2", "e", "f", "?", "#", "@", ":", "\n", "\t", " ", "é", "\ud800"), maxLength: 4 }),
      FastCheck.string({ unit: "binary", maxLength: 4 })
    )
    FastCheck.assert(FastCheck.property(text, text, text, text, (one, two, three_, q) => {
      const result = three.operation.encode({ one, two, three: three_, q }, { extra: undefined, unique: () => "" })
      if (Result.isFailure(result)) return
      const url = joinPath(base, result.success.path)
      assert.strictEqual(url.origin, base.origin)
      const segments = url.pathname.split("/")
      assert.deepStrictEqual([segments.length, segments[1], segments[2], segments[4]], [6, "v1", "a", "b"], url.href)
      assert.strictEqual(url.searchParams.get("q"), q)
      assert.strictEqual([...url.searchParams].length, 1)
    }), { numRuns: 2_000, seed: 5 })
  })
})

describe("query", () => {
  const search = Endpoint.get(Api, "/search", {
    query: {
      q: Schema.String,
      limit: Schema.optional(Schema.Int),
      tags: Schema.optional(Schema.Array(Schema.String)),
      sort: Endpoint.param(Schema.optional(Schema.Array(Schema.String)), { name: "sort-by", explode: false }),
      ids: Endpoint.param(Schema.optional(Schema.Array(Schema.Int)), { style: "pipeDelimited" }),
      filter: Endpoint.param(Schema.optional(Schema.Struct({ state: Schema.String, max: Schema.optional(Schema.Int) })), { style: "deepObject" }),
      flag: Schema.optional(Schema.Boolean),
      none: Schema.optional(Schema.NullOr(Schema.String))
    },
    success: Schema.Void
  })
  it("only what is given is sent, by name and layout", () => {
    assert.strictEqual(sent(search, { q: "a&b" }).path, "/search?q=a%26b")
    assert.strictEqual(
      sent(search, { q: "", limit: 5, tags: ["x", "y z"], sort: ["-a", "b"], ids: [1, 2], filter: { state: "open", max: 3 }, flag: false, none: null }).path,
      "/search?q=&limit=5&tags=x&tags=y%20z&sort-by=-a,b&ids=1%7C2&filter%5Bstate%5D=open&filter%5Bmax%5D=3&flag=false&none="
    )
    assert.strictEqual(sent(search, { q: "x", limit: undefined, tags: [] }).path, "/search?q=x")
  })
  it("required, checked, and reported by the input's name", () => {
    assert.deepStrictEqual(issues(search, {}), [{ path: "q", message: "is required" }])
    assert.deepStrictEqual(issues(search, { q: 1, limit: 1.5, sort: ["a", 2] }).map((issue) => issue.path), ["q", "limit", "sort[1]"])
    assert.deepStrictEqual(issues(search, { q: "\ud800" }).map((issue) => issue.path), ["q"])
  })
  it("follows a query that stands in the template", () => {
    const fixed = Endpoint.get(Api, "/x?format=json", { query: { a: Schema.optional(Schema.String) }, success: Schema.Void })
    assert.strictEqual(sent(fixed, { a: "1" }).path, "/x?format=json&a=1")
    assert.strictEqual(sent(fixed, {}).path, "/x?format=json")
  })
  it("what the type lets be left out may be left out", () => {
    const loose = Endpoint.get(Api, "/x", {
      query: { any: Schema.Unknown, maybe: Schema.UndefinedOr(Schema.String), later: Schema.suspend((): Schema.Codec<string | undefined> => Schema.UndefinedOr(Schema.String)), open: Open.optional(Schema.String) },
      success: Schema.Void
    })
    assert.strictEqual(sent(loose, {}).path, "/x")
    assert.strictEqual(sent(loose, { any: 1, maybe: "2", later: "3", open: "4" }).path, "/x?any=1&maybe=2&later=3&open=4")
  })
  it("an unknown value of a growing enum goes back as it came", () => {
    const State = Open.literals(["open", "closed"])
    const list = Endpoint.get(Api, "/x", { query: { state: State }, success: Schema.Void })
    const unknown = Schema.decodeUnknownSync(State)("paused")
    assert.strictEqual(sent(list, { state: unknown }).path, "/x?state=paused")
  })
})

describe("headers and cookies", () => {
  const get = Endpoint.get(Api, "/x", {
    header: { "X-Trace": Schema.optional(Schema.String), ifMatch: Endpoint.param(Schema.optional(Schema.Array(Schema.String)), { name: "If-Match" }) },
    cookie: { sid: Schema.optional(Schema.String), theme: Endpoint.param(Schema.optional(Schema.String), { name: "ui-theme" }) },
    headers: { "X-Fixed": "1", Accept: "application/vnd.example+json" },
    success: Schema.Struct({})
  })
  it("names are lower-case, also the fixed ones; one of each name", () => {
    assert.deepStrictEqual(sent(get, { "X-Trace": "t", ifMatch: ["a", "b"] }).headers, { accept: "application/vnd.example+json", "x-fixed": "1", "x-trace": "t", "if-match": "a,b" })
  })
  it("cookies are one field", () => {
    assert.strictEqual(sent(get, { sid: "a;b", theme: "dark" }).cookie, "sid=a%3Bb; ui-theme=dark")
    assert.isUndefined(sent(get, {}).cookie)
  })
  for (const value of ["a\r\nX-Evil: 1", "a\nb", "a\0b", "€"]) {
    it(`refuses ${JSON.stringify(value)} before anything is sent, without showing it`, () => {
      const found = issues(get, { "X-Trace": `canary${value}` })
      assert.deepStrictEqual(found.map((issue) => issue.path), ["X-Trace"])
      assert.notInclude(JSON.stringify(found), "canary")
    })
  }
  it("a cookie cannot hold another one, or a line", () => assert.strictEqual(sent(get, { sid: "a; admin=1\r\nx: y" }).cookie, "sid=a%3B%20admin%3D1%0D%0Ax%3A%20y"))
  it("accept names each success's media type once", () => {
    const accept = (success: Parameters<typeof Endpoint.get>[2]["success"]): string | undefined => sent(Endpoint.get(Api, "/x", { success }), {}).headers["accept"]
    assert.strictEqual(accept(Schema.Struct({})), "application/json")
    assert.strictEqual(accept(Schema.Void), "*/*")
    // nothing to read in the success: the errors shall be readable
    assert.strictEqual(sent(Endpoint.delete(Api, "/x", { success: Schema.Void, errors: { 404: Schema.Struct({}) } }), {}).headers["accept"], "application/json, */*;q=0.1")
    assert.strictEqual(accept(Endpoint.Reply.text()), "text/plain")
    assert.strictEqual(accept({ 200: Schema.Struct({}), 201: Schema.Struct({}), 202: Endpoint.Reply.json(Schema.String, "application/vnd.x+json") }), "application/json, application/vnd.x+json")
  })
})

describe("idempotency", () => {
  const options = { success: Schema.Void } as const
  it("by method (RFC 9110 section 9.2.2)", () => {
    const table = { GET: true, HEAD: true, PUT: true, DELETE: true, OPTIONS: true, TRACE: true, POST: false, PATCH: false }
    for (const [method, idempotent] of Object.entries(table)) assert.strictEqual(sent(Endpoint.make(Api, method, "/x", options), {}).idempotent, idempotent, method)
  })
  it("a key makes it so, and is a fresh one for each call", () => {
    const send = Endpoint.post(Api, "/x", { ...options, idempotencyKey: true })
    const request = sent(send, {})
    assert.isTrue(request.idempotent)
    assert.strictEqual(request.headers["idempotency-key"], "unique-1")
  })
  it("the caller's own key wins", () => {
    const send = Endpoint.post(Api, "/x", { ...options, idempotencyKey: true, header: { "Idempotency-Key": Schema.optional(Schema.String) } })
    assert.strictEqual(sent(send, { "Idempotency-Key": "mine" }).headers["idempotency-key"], "mine")
  })
  it("cookies of the answer may be none of the session's", () => {
    assert.isTrue(sent(Endpoint.post(Api, "/x", { ...options, ignoreSetCookie: true }), {}).ignoreSetCookie)
    assert.isFalse(sent(Endpoint.post(Api, "/x", options), {}).ignoreSetCookie)
  })
})

describe("JSON bodies", () => {
  const Item = Schema.Struct({ id: Schema.Int, when: Schema.optional(Schema.DateFromString), tags: Schema.optional(Schema.Array(Schema.String)) })
  const put = Endpoint.put(Api, "/items", { body: Item, success: Schema.Void })

  it("are encoded by their schema", () => {
    const request = sent(put, { body: { id: 1, when: new Date(0) } })
    assert.strictEqual(textOf(request), "{\"id\":1,\"when\":\"1970-01-01T00:00:00.000Z\"}")
    assert.strictEqual(request.headers["content-type"], "application/json")
  })
  it("undeclared members are kept", () => {
    const withMore = { id: 1, more: { a: [1] } }
    assert.deepStrictEqual(JSON.parse(textOf(sent(put, { body: withMore }))), withMore)
  })
  it("extra members of a call are laid over", () => {
    assert.deepStrictEqual(JSON.parse(textOf(sent(put, { body: { id: 1 } }, { id: 2, dryRun: true }))), { id: 2, dryRun: true })
  })
  it("`__proto__` among them is a member like any other", () => {
    const extra = JSON.parse("{\"__proto__\": {\"polluted\": true}}") as Readonly<Record<string, unknown>>
    assert.strictEqual(textOf(sent(put, { body: { id: 1 } }, extra)), "{\"id\":1,\"__proto__\":{\"polluted\":true}}")
    assert.isUndefined(({} as { readonly polluted?: unknown }).polluted)
  })
  it("are required, and checked, without showing what came", () => {
    assert.deepStrictEqual(issues(put, {}), [{ path: "body", message: "is required" }])
    const found = issues(put, { body: { id: "canary", tags: [1] } })
    assert.strictEqual(found[0]?.path, "body.id")
    assert.notInclude(JSON.stringify(found), "canary")
  })
  it("may be left out where the schema says so", () => {
    for (const body of [Schema.UndefinedOr(Item), Schema.Unknown, Schema.suspend((): Schema.Codec<{ readonly id: number } | undefined> => Schema.UndefinedOr(Schema.Struct({ id: Schema.Int })))]) {
      const post = Endpoint.post(Api, "/items", { body, success: Schema.Void })
      const request = sent(post, {})
      assert.isUndefined(request.body)
      assert.isUndefined(request.headers["content-type"])
      assert.deepStrictEqual(JSON.parse(textOf(sent(post, { body: { id: 1 } }))), { id: 1 })
    }
    assert.strictEqual(textOf(sent(Endpoint.post(Api, "/items", { body: Schema.UndefinedOr(Item), success: Schema.Void }), {}, { a: 1 })), "{\"a\":1}")
  })
  it("another media type", () => {
    const patch = Endpoint.patch(Api, "/items", { body: Body.json(Schema.Unknown, "application/merge-patch+json"), success: Schema.Void })
    assert.strictEqual(sent(patch, { body: { a: null } }).headers["content-type"], "application/merge-patch+json")
    assert.strictEqual(textOf(sent(patch, { body: { a: null } })), "{\"a\":null}")
  })
  it("what JSON has no form for is reported, not thrown", () => {
    const any = Endpoint.post(Api, "/items", { body: Schema.Unknown, success: Schema.Void })
    const loop: Record<string, unknown> = {}
    loop["self"] = loop
    for (const body of [loop, [loop, 1n], () => 1, Symbol("x")]) assert.match(issues(any, { body })[0]?.message ?? "", /cannot be written as JSON/)
  })
  it("whole numbers of any size are written digit by digit", () => {
    const any = Endpoint.post(Api, "/items", { body: Schema.Unknown, success: Schema.Void })
    assert.strictEqual(textOf(sent(any, { body: { big: 9223372036854775807n, small: -1n, list: [0n], no: null } })), "{\"big\":9223372036854775807,\"small\":-1,\"list\":[0],\"no\":null}")
    assert.match(issues(any, { body: { n: NaN, big: 9223372036854775807n } })[0]?.message ?? "", /cannot be written as JSON/)
  })
  it("null is a body", () => {
    const any = Endpoint.post(Api, "/items", { body: Schema.NullOr(Item), success: Schema.Void })
    assert.strictEqual(textOf(sent(any, { body: null })), "null")
  })
})

describe("forms", () => {
  const post = Endpoint.post(Api, "/login", {
    body: Body.form(Schema.Struct({ user: Schema.String, tags: Schema.optional(Schema.Array(Schema.String)), count: Schema.optional(Schema.NumberFromString), meta: Schema.optional(Schema.Unknown), none: Schema.optional(Schema.NullOr(Schema.String)) })),
    success: Schema.Void
  })
  it("are encoded as forms, lists as repeated names", () => {
    const request = sent(post, { body: { user: "a&b=c d+é", tags: ["x", "y"], count: 2, meta: { a: 1 }, none: null } })
    assert.strictEqual(request.headers["content-type"], "application/x-www-form-urlencoded")
    assert.strictEqual(textOf(request), "user=a%26b%3Dc+d%2B%C3%A9&tags=x&tags=y&count=2&meta=%7B%22a%22%3A1%7D")
  })
  it("take extra members", () => assert.strictEqual(textOf(sent(post, { body: { user: "u" } }, { otp: 123 })), "user=u&otp=123"))
  it("are required and checked", () => {
    assert.deepStrictEqual(issues(post, {}), [{ path: "body", message: "is required" }])
    assert.deepStrictEqual(issues(post, { body: { user: 1 } }).map((issue) => issue.path), ["body.user"])
    assert.deepStrictEqual(issues(post, { body: { user: "u", meta: { n: NaN } } }).map((issue) => issue.path), ["body.meta"])
  })
})

describe("multipart", () => {
  const post = Endpoint.post(Api, "/upload", {
    body: Body.multipart({
      title: Schema.String,
      count: Endpoint.param(Schema.optional(Schema.Int), { name: "the-count" }),
      meta: Schema.optional(Schema.Struct({ a: Schema.Unknown })),
      file: Body.file,
      preview: Body.optionalFile
    }),
    success: Schema.Void
  })
  const file = { name: "a.bin", content: new Uint8Array([1, 2]) }
  const formOf = (request: ReturnType<typeof sent>): Promise<FormData> => {
    if (request.body?._tag !== "Bytes" || typeof request.body.bytes === "string") throw new Error("no bytes")
    return new Response(new Uint8Array(request.body.bytes), { headers: { "content-type": request.headers["content-type"] ?? "" } }).formData()
  }

  it("fields, JSON and files", async () => {
    const form = await formOf(sent(post, { body: { title: "T", count: 3, meta: { a: [1] }, file, preview: { name: "p.png", content: "x", mediaType: "image/png" } } }))
    assert.deepStrictEqual([...form.keys()], ["title", "the-count", "meta", "file", "preview"])
    assert.strictEqual(form.get("title"), "T")
    assert.strictEqual(form.get("the-count"), "3")
    const preview = form.get("preview")
    if (!(preview instanceof File)) throw new Error("no file")
    assert.deepStrictEqual([preview.name, preview.type, await preview.text()], ["p.png", "image/png", "x"])
    const sentFile = form.get("file")
    if (!(sentFile instanceof File)) throw new Error("no file")
    assert.deepStrictEqual([sentFile.type, [...new Uint8Array(await sentFile.arrayBuffer())]], ["application/octet-stream", [1, 2]])
  })
  it("optional parts are left out, required ones are missed by name", async () => {
    assert.deepStrictEqual([...(await formOf(sent(post, { body: { title: "T", file } }))).keys()], ["title", "file"])
    assert.deepStrictEqual(issues(post, {}).map((issue) => issue.path), ["body.title", "body.file"])
    assert.deepStrictEqual(issues(post, { body: { title: 1, file, count: 1.5, meta: { a: NaN } } }).map((issue) => issue.path), ["body.title", "body.count", "body.meta"])
  })
  for (const name of ["a\r\nX-Evil: 1", "a\nb", "a\0b"]) {
    it(`a file called ${JSON.stringify(name)} is refused`, () => assert.deepStrictEqual(issues(post, { body: { title: "T", file: { ...file, name } } }).map((issue) => issue.path), ["body.file.name"]))
  }
  it("a media type cannot end its line", () => {
    assert.deepStrictEqual(issues(post, { body: { title: "T", file: { ...file, mediaType: "a/b\r\nX-Evil: 1" } } }).map((issue) => issue.path), ["body.file.mediaType"])
  })
  it("a name with quotes or lines, from a declaration, stays inside its quotes", async () => {
    const odd = Endpoint.post(Api, "/x", { body: Body.multipart({ "a\"\r\nX-Evil: 1": Schema.String }), success: Schema.Void })
    const text = textOf(sent(odd, { body: { "a\"\r\nX-Evil: 1": "v" } }))
    assert.include(text, "name=\"a%22%0D%0AX-Evil: 1\"")
  })
  it("each call has a boundary of its own", () => assert.match(sent(post, { body: { title: "T", file } }).headers["content-type"] ?? "", /^multipart\/form-data; boundary=credence-unique-1$/))
})

describe("other bodies", () => {
  it("text", () => {
    const put = Endpoint.put(Api, "/note", { body: Body.text(), success: Schema.Void })
    const request = sent(put, { body: "zażółć" })
    assert.strictEqual(textOf(request), "zażółć")
    assert.strictEqual(request.headers["content-type"], "text/plain; charset=utf-8")
    for (const body of [undefined, 1, {}]) assert.deepStrictEqual(issues(put, { body }).map((issue) => issue.path), ["body"])
  })
  it("bytes, with a media type of the call's own", () => {
    const put = Endpoint.put(Api, "/blob", { body: Body.bytes(), header: { "content-type": Schema.optional(Schema.String) }, success: Schema.Void })
    assert.strictEqual(sent(put, { body: new Uint8Array([1]) }).headers["content-type"], "application/octet-stream")
    assert.strictEqual(sent(put, { body: new Uint8Array([1]), "content-type": "image/png" }).headers["content-type"], "image/png")
    for (const body of [undefined, "x", [1]]) assert.deepStrictEqual(issues(put, { body }).map((issue) => issue.path), ["body"])
  })
  it.effect("a stream is handed on as it is", () =>
    Effect.gen(function*() {
      const put = Endpoint.put(Api, "/blob", { body: Body.stream("video/mp4"), success: Schema.Void })
      const request = sent(put, { body: { stream: Stream.make(new Uint8Array([1]), new Uint8Array([2, 3])), length: 3 } })
      assert.strictEqual(request.headers["content-type"], "video/mp4")
      if (request.body?._tag !== "Stream") throw new Error("no stream")
      assert.deepStrictEqual([request.body.length, request.body.replay], [3, false])
      const chunks = yield* Stream.runCollect(request.body.stream)
      assert.deepStrictEqual(chunks.flatMap((chunk) => [...chunk]), [1, 2, 3])
      assert.strictEqual((sent(put, { body: { stream: Stream.empty, replay: true } }).body as { readonly replay: boolean }).replay, true)
      assert.deepStrictEqual(issues(put, { body: "x" }).map((issue) => issue.path), ["body"])
    }))
  it("no body, no content-type", () => {
    const request = sent(Endpoint.post(Api, "/x", { success: Schema.Void }), {})
    assert.isUndefined(request.body)
    assert.isUndefined(request.headers["content-type"])
  })
})

describe("input in its encoded forms", () => {
  it("an Option is nothing or a value", () => {
    const put = Endpoint.put(Api, "/x", { body: Schema.Struct({ a: Schema.OptionFromOptionalKey(Schema.Int), b: Schema.OptionFromNullOr(Schema.Int) }), success: Schema.Void })
    assert.strictEqual(textOf(sent(put, { body: { a: Option.none(), b: Option.none() } })), "{\"b\":null}")
    assert.strictEqual(textOf(sent(put, { body: { a: Option.some(1), b: Option.some(2) } })), "{\"a\":1,\"b\":2}")
  })
})

describe("layouts of parameters", () => {
  const { param } = Endpoint
  const Color = Schema.Struct({ R: Schema.Int, G: Schema.Int })
  const list = Schema.Array(Schema.String)
  it("as JSON, wherever they stand", () => {
    const get = Endpoint.get(Api, "/x/{id}", {
      path: { id: param(Schema.Struct({ a: Schema.Array(Schema.Int) }), { json: true }) },
      query: { filter: param(Schema.optional(Schema.Struct({ when: Schema.DateFromString, big: Open.Int64BigInt })), { json: true }), text: param(Schema.optional(Schema.NullOr(Schema.String)), { json: true }) },
      header: { meta: param(Schema.optional(Schema.Array(Schema.String)), { json: true, name: "X-Meta" }) },
      cookie: { prefs: param(Schema.optional(Color), { json: true }) },
      success: Schema.Void
    })
    const request = sent(get, { id: { a: [1, 2] }, filter: { when: new Date(0), big: 9223372036854775807n }, text: "t", meta: ["a", "b"], prefs: { R: 1, G: 2 } })
    assert.strictEqual(decodeURIComponent(request.path), "/x/{\"a\":[1,2]}?filter={\"when\":\"1970-01-01T00:00:00.000Z\",\"big\":9223372036854775807}&text=\"t\"")
    assert.strictEqual(request.headers["x-meta"], "[\"a\",\"b\"]")
    assert.strictEqual(decodeURIComponent(request.cookie ?? ""), "prefs={\"R\":1,\"G\":2}")
    assert.strictEqual(sent(get, { id: { a: [] }, text: null }).path, "/x/%7B%22a%22%3A%5B%5D%7D?text=null")
    assert.strictEqual(sent(get, { id: { a: [] } }).path, "/x/%7B%22a%22%3A%5B%5D%7D")
    const any = Endpoint.get(Api, "/x", { query: { q: param(Schema.Unknown, { json: true }) }, success: Schema.Void })
    assert.deepStrictEqual(issues(any, { q: () => 1 }), [{ path: "q", message: "cannot be written as JSON" }])
  })
  it("paths as labels and matrices, or exploded", () => {
    const get = Endpoint.get(Api, "/a/{one}/b{two}/{three}", {
      path: { one: param(list, { style: "label", explode: true }), two: param(Color, { style: "matrix", explode: true }), three: param(Color, { explode: true }) },
      success: Schema.Void
    })
    assert.strictEqual(sent(get, { one: ["x", "y"], two: { R: 1, G: 2 }, three: { R: 3, G: 4 } }).path, "/a/.x.y/b;R=1;G=2/R=3,G=4")
    const matrix = Endpoint.get(Api, "/{petId}", { path: { petId: param(list, { style: "matrix", name: "pet-id" }) }, success: Schema.Void })
    assert.strictEqual(sent(matrix, { petId: ["x", "y"] }).path, "/;pet-id=x,y")
    assert.deepStrictEqual(issues(get, { one: [""], two: { R: 1, G: 2 }, three: { R: 3, G: 4 } }).map(({ path }) => path), ["one"])
  })
  it("queries with reserved characters or tabs, headers and cookies exploded", () => {
    const get = Endpoint.get(Api, "/x", {
      query: { at: param(Schema.String, { allowReserved: true }), tabs: param(list, { style: "tabDelimited", explode: false }) },
      header: { color: param(Color, { explode: true }) },
      cookie: { ids: param(list, { explode: true }), none: param(Schema.optional(list), {}) },
      success: Schema.Void
    })
    const request = sent(get, { at: "a/b?c=d&e#f", tabs: ["x", "y"], color: { R: 1, G: 2 }, ids: ["1", "2"], none: [] })
    assert.strictEqual(request.path, "/x?at=a/b?c=d%26e%23f&tabs=x%09y")
    assert.strictEqual(request.headers["color"], "R=1,G=2")
    assert.strictEqual(request.cookie, "ids=1; ids=2")
  })
})

describe("layouts of form members", () => {
  const Filter: Schema.Codec<{ readonly tags: ReadonlyArray<string>; readonly color?: { readonly R: number } | undefined; readonly q?: string | undefined }, unknown> = Schema.suspend(() =>
    Schema.Struct({ tags: Schema.Array(Schema.String), color: Schema.optional(Schema.Struct({ R: Schema.Int })), q: Schema.optional(Schema.String) }))
  it("are the default's unless they say otherwise", () => {
    const post = (options?: Parameters<typeof Body.form>[1]) => textOf(sent(Endpoint.post(Api, "/x", { body: Body.form(Filter, options), success: Schema.Void }), { body: { tags: ["a b", "c"], color: { R: 1 }, q: "x y" } }))
    assert.strictEqual(post(), "tags=a+b&tags=c&color=%7B%22R%22%3A1%7D&q=x+y")
    assert.strictEqual(post({ style: { tags: { explode: false }, color: { style: "deepObject" } } }), "tags=a%20b,c&color%5BR%5D=1&q=x+y")
    assert.strictEqual(post({ style: { tags: { style: "pipeDelimited", explode: false }, color: { explode: true } } }), "tags=a%20b%7Cc&R=1&q=x+y")
    assert.strictEqual(post({ style: { tags: { json: true } } }), "tags=%5B%22a%20b%22%2C%22c%22%5D&color=%7B%22R%22%3A1%7D&q=x+y")
  })
  it("what has no place in a layout is reported", () => {
    const post = Endpoint.post(Api, "/x", { body: Body.form(Schema.Struct({ a: Schema.Unknown }), { style: { a: { explode: false } } }), success: Schema.Void })
    assert.deepStrictEqual(issues(post, { body: { a: [[1]] } }).map(({ path }) => path), ["body.a"])
  })
  it("a form that is no record is none", () => {
    const post = Endpoint.post(Api, "/x", { body: Body.form(Schema.DateFromString), success: Schema.Void })
    assert.deepStrictEqual(issues(post, { body: new Date(0) }), [{ path: "body", message: "expected a record" }])
  })
})

describe("parts of a multipart body", () => {
  const post = Endpoint.post(Api, "/x", {
    body: Body.multipart({
      tags: Endpoint.param(Schema.optional(Schema.Array(Schema.String)), { explode: true }),
      items: Endpoint.param(Schema.optional(Schema.Array(Schema.Struct({ a: Schema.Int }))), { explode: true }),
      list: Schema.optional(Schema.Array(Schema.String)),
      flag: Endpoint.param(Schema.optional(Schema.Boolean), { json: true }),
      photos: Body.files,
      more: Body.optionalFiles
    }),
    success: Schema.Void
  })
  const partsOf = async (input: Parameters<typeof post>[0]) => {
    const request = sent(post, input)
    if (request.body?._tag !== "Bytes" || typeof request.body.bytes === "string") throw new Error("no bytes")
    const form = await new Response(new Uint8Array(request.body.bytes), { headers: { "content-type": request.headers["content-type"] ?? "" } }).formData()
    return Promise.all([...form].map(async ([name, value]) => `${name}=${typeof value === "string" ? value : `${value.name}:${value.type}:${await value.text()}`}`))
  }
  const file = (name: string) => ({ name, content: name })
  it("several files of one name, and lists as parts of their own", async () => {
    assert.deepStrictEqual(
      await partsOf({ body: { tags: ["a", "b"], items: [{ a: 1 }, { a: 2 }], list: ["c", "d"], flag: true, photos: [file("1"), file("2")], more: [{ ...file("3"), mediaType: "image/png" }] } }),
      ["tags=a", "tags=b", "items={\"a\":1}", "items={\"a\":2}", "list=[\"c\",\"d\"]", "flag=true", "photos=1:application/octet-stream:1", "photos=2:application/octet-stream:2", "more=3:image/png:3"]
    )
    assert.deepStrictEqual(await partsOf({ body: { photos: [] } }), [])
  })
  it("are checked one by one", () => {
    assert.deepStrictEqual(issues(post, { body: {} }).map(({ path }) => path), ["body.photos"])
    assert.deepStrictEqual(issues(post, { body: { photos: file("1") } }), [{ path: "body.photos", message: "expected a list of files" }])
    assert.deepStrictEqual(issues(post, { body: { photos: [file("1"), { ...file("a\nb"), mediaType: "x\ny" }] } }).map(({ path }) => path), ["body.photos[1].name", "body.photos[1].mediaType"])
  })
})
