/** The mock: what it understands, what it refuses, and that what it answers decodes. */
import { assert, describe, it } from "@effect/vitest"
import { Argus } from "credence/argus"
import * as Auth from "credence/Auth"
import * as Call from "credence/Call"
import * as Configuration from "credence/Configuration"
import * as Endpoint from "credence/Endpoint"
import * as Open from "credence/Open"
import * as Paging from "credence/Paging"
import * as Session from "credence/Session"
import { NodeTransport } from "credence/node"
import * as Mock from "credence-kit/mock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { once } from "node:events"
import { check } from "../../kit/src/mock/check.ts"
import { exampleOf } from "../../kit/src/mock/example.ts"
import { makeHandler } from "../../kit/src/mock/handler.ts"
import { makeRouter } from "../../kit/src/mock/route.ts"
import type { HttpRequest } from "../../kit/src/http/message.ts"
import { parseJson } from "../../kit/src/values/json.ts"
import { endpointsOf, isBody, schemaOf } from "../../kit/src/mock/MockEndpoint.ts"
import * as ArgusAsset from "../../src/apis/argus/generated/assets/v2/asset.ts"
import * as ArgusCase from "../../src/apis/argus/generated/cases/v2/case.ts"
import * as ArgusUser from "../../src/apis/argus/generated/currentuser/v1/user.ts"
import * as ArgusCustomer from "../../src/apis/argus/generated/customers/v2/customer.ts"
import * as ArgusFolder from "../../src/apis/argus/generated/documents/v1/folder.ts"
import { folder, petstore, run, start } from "./cli/support.ts"

class Zoo extends Session.Service<Zoo>()("zoo") {}

interface Animal {
  readonly id: number
  readonly kind: "cat" | "dog" | Open.Unrecognized<string>
  readonly born?: string | undefined
  readonly parents?: ReadonlyArray<Animal> | undefined
  readonly shape: { readonly type: "circle"; readonly r: number } | { readonly type: "square"; readonly a: number } | Open.UnknownVariant
}
const Animal: Schema.Codec<Animal, unknown> = Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64.check(Schema.isGreaterThanOrEqualTo(1)),
    kind: Open.literals(["cat", "dog"]),
    born: Open.optional(Open.DateTimeText),
    parents: Open.optional(Open.items(Animal)),
    shape: Open.union("type", { circle: Schema.Struct({ r: Schema.Number }), square: Schema.Struct({ a: Schema.Int }) })
  })
)
const Problem = Schema.Struct({ title: Schema.String })
const Page = Schema.Struct({ data: Open.items(Animal), count: Open.optional(Schema.Int), limit: Open.optional(Schema.Int), offset: Open.optional(Schema.Int) })

const getAnimal = Endpoint.get(Zoo, "/animals/{id}", {
  name: "getAnimal",
  path: { id: Open.Int64 },
  success: Animal,
  as: { "text/csv": Endpoint.Reply.text("text/csv"), "image/png": Endpoint.Reply.bytes("image/png") },
  responseHeaders: { "x-rate-limit": Schema.Int, "x-tags": Schema.optional(Schema.Array(Schema.String)) },
  errors: { 404: Problem, "4XX": Problem },
  security: [{ Key: [] }, { Token: [], Tenant: [] }]
})
const newest = Endpoint.get(Zoo, "/animals/newest", { name: "newest", success: Animal })
const feed = Endpoint.post(Zoo, "/animals/{id}:feed", { name: "feed", path: { id: Open.Int64 }, success: Schema.Void })
const describeAction = Endpoint.get(Zoo, "/?Action=Describe", { name: "describeAction", query: { Name: Schema.String }, success: Schema.Struct({ described: Schema.Boolean }) })
const removeAction = Endpoint.get(Zoo, "/?Action=Remove", { name: "removeAction", success: Schema.Struct({ removed: Schema.Boolean }) })
const compare = Endpoint.get(Zoo, "/compare/{base}...{head}", { name: "compare", path: { base: Schema.String, head: Schema.String }, success: Schema.Unknown })
const readFolder = Endpoint.get(Zoo, "/folders/path{folder}/list", { name: "readFolder", path: { folder: Endpoint.param(Schema.String, { segments: true }) }, success: Schema.Unknown })
const elsewhere = Endpoint.get(Zoo, "/status", { name: "elsewhere", server: "/v2", success: Schema.Unknown })
const api = [{ getAnimal, newest, feed, describeAction, removeAction, compare, readFolder, elsewhere }]

const request = (method: string, target: string, headers: Readonly<Record<string, string>> = {}, body: Uint8Array | string = ""): HttpRequest => {
  const [path = "", search = ""] = target.split("?")
  return {
    method, origin: "http://mock.test", path, search, query: new URLSearchParams(search), headers, clientAddress: "127.0.0.1",
    body: typeof body === "string" ? new TextEncoder().encode(body) : body
  }
}
const bodyOf = (answer: { readonly body: unknown }): unknown => answer.body instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(answer.body)) : answer.body

const session = (endpoints: Mock.Endpoints, options: Mock.TransportOptions = {}) =>
  Zoo.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.layer({ baseUrl: "http://localhost", retry: "none" }), Mock.transport(endpoints, options)]))

describe("which operation", () => {
  const route = makeRouter(api.flatMap((module) => Object.values(module)))
  const named = (method: string, target: string): unknown => {
    const { path, query } = request(method, target)
    const match = route(method, path, query)
    return match._tag === "Found" ? [match.candidates[0].endpoint.operation.name, Object.fromEntries(match.candidates[0].path)] : match
  }
  it("goes by method and path", () => {
    assert.deepStrictEqual(named("GET", "/animals/7"), ["getAnimal", { id: "7" }])
    assert.deepStrictEqual(named("GET", "/animals/newest"), ["newest", {}])
    assert.deepStrictEqual(named("POST", "/animals/7:feed"), ["feed", { id: "7" }])
    assert.deepStrictEqual(named("GET", "/animals/a%2Fb"), ["getAnimal", { id: "a%2Fb" }])
    assert.deepStrictEqual(named("GET", "/compare/a.b...c"), ["compare", { base: "a.b", head: "c" }])
    assert.deepStrictEqual(named("GET", "/folders/path/a/b/list"), ["readFolder", { folder: "/a/b" }])
    assert.deepStrictEqual(named("GET", "/folders/path/list"), ["readFolder", { folder: "" }])
    assert.deepStrictEqual(named("GET", "/v2/status"), ["elsewhere", {}])
  })
  it("goes by the fixed part of the query", () => {
    assert.deepStrictEqual(named("GET", "/?Action=Describe&Name=x"), ["describeAction", {}])
    assert.deepStrictEqual(named("GET", "/?Action=Remove"), ["removeAction", {}])
    assert.deepStrictEqual(named("GET", "/?Action=Other"), { _tag: "NoSuchPath" })
  })
  it("is none for other paths and methods", () => {
    const handle = makeHandler(api)
    assert.strictEqual(handle(request("GET", "/nothing")).status, 404)
    const wrong = handle(request("DELETE", "/animals/newest"))
    assert.deepStrictEqual([wrong.status, wrong.headers?.["Allow"]], [405, "GET"])
  })
  it("is the one that takes the request, where paths differ by names only", () => {
    const byName = Endpoint.get(Zoo, "/users/{name}", { name: "byName", path: { name: Schema.String }, success: Schema.Unknown })
    const byId = Endpoint.get(Zoo, "/users/{id}", { name: "byId", path: { id: Schema.Int }, success: Schema.Unknown })
    const handle = makeHandler([byId, byName])
    assert.deepStrictEqual([handle(request("GET", "/users/1")), handle(request("GET", "/users/ada"))].map((answer) => answer.headers?.["x-credence-mock"]), ["byId; seed=1", "byName; seed=1"])
  })
  it("is the one that takes the media type, where it says what is wrong", () => {
    const Body = Schema.Struct({ a: Schema.Int })
    const asJson = Endpoint.post(Zoo, "/both", { name: "asJson", body: Body, success: Schema.Void })
    const asForm = Endpoint.post(Zoo, "/both", { name: "asForm", body: Endpoint.Body.form(Body), success: Schema.Void })
    const asXml = Endpoint.post(Zoo, "/both", { name: "asXml", body: Endpoint.Body.text("application/xml"), success: Schema.Void })
    const wrong = makeHandler([asForm, asJson, asXml])(request("POST", "/both", { "content-type": "application/json" }, "{}"))
    assert.deepStrictEqual([wrong.status, wrong.headers?.["x-credence-mock"]], [400, "asJson; seed=1"])
    const fine = makeHandler([asForm, asJson])(request("POST", "/both", { "content-type": "application/x-www-form-urlencoded" }, "a=1"))
    assert.deepStrictEqual([fine.status, fine.headers?.["x-credence-mock"]], [204, "asForm; seed=1"])
  })
})

describe("what a request says", () => {
  const Filter = Schema.Struct({ color: Schema.optional(Schema.String), age: Schema.optional(Schema.Int) })
  const list = Schema.Array(Schema.String)
  const echo = Endpoint.put(Zoo, "/echo/{a}/{label}/{matrix}", {
    name: "echo",
    path: { a: Schema.Array(Schema.Int), label: Endpoint.param(list, { style: "label", explode: true }), matrix: Endpoint.param(Filter, { style: "matrix", explode: true, name: "matrix" }) },
    query: {
      text: Schema.String,
      number: Schema.Number,
      flag: Schema.Boolean,
      either: Schema.Union([Schema.Int, Schema.String]),
      big: Open.Int64BigInt,
      list,
      commas: Endpoint.param(list, { explode: false }),
      pipes: Endpoint.param(list, { style: "pipeDelimited", explode: false }),
      spaces: Endpoint.param(Schema.Array(Schema.Int), { style: "spaceDelimited", explode: false }),
      deep: Endpoint.param(Filter, { style: "deepObject" }),
      json: Endpoint.param(Filter, { json: true, name: "j[]" }),
      absent: Schema.optional(Schema.String)
    },
    header: { trace: Endpoint.param(Schema.String, { name: "x-trace" }), ids: Endpoint.param(Schema.Array(Schema.Int), { name: "X-Ids" }) },
    cookie: { theme: Schema.String, seen: Schema.Array(Schema.String) },
    body: Endpoint.Body.choice({
      "application/json": Schema.Struct({ name: Schema.String, born: Schema.DateTimeUtcFromString }),
      "application/x-www-form-urlencoded": Endpoint.Body.form(Schema.Struct({ tags: list, filter: Filter }), { style: { tags: { style: "pipeDelimited", explode: false } } }),
      "multipart/form-data": Endpoint.Body.multipart({ note: Schema.String, count: Schema.Int, filter: Filter, list: Endpoint.param(list, { explode: true }), photo: Endpoint.Body.file, more: Endpoint.Body.optionalFiles }),
      "text/plain": Endpoint.Body.text()
    }, { default: "application/json" }),
    success: Schema.Void
  })
  const input = {
    a: [1, 2], label: ["x-y", "z,w"], matrix: { color: "a;b", age: 5 }, text: "1 & 2,3", number: -1.5, flag: true, either: 7, big: 9007199254740993n, list: ["a,b", "c"], commas: ["a,b", "c d"],
    pipes: ["a", "b c"], spaces: [1, 2], deep: { color: "red", age: 3 }, json: { color: "{}" }, trace: "t", ids: [1, 2], theme: "dark; blue", seen: ["a", "b"]
  }
  const sent = (given: Parameters<typeof echo>[0]): HttpRequest => {
    const encoded = Result.getOrThrow(echo.operation.encode(given, { extra: undefined, unique: () => "boundary" }))
    const { body } = encoded
    return request("PUT", encoded.path, { ...encoded.headers, ...(encoded.cookie === undefined ? {} : { cookie: encoded.cookie }) }, body?._tag === "Bytes" ? body.bytes : "")
  }
  const read = (given: Parameters<typeof echo>[0]): unknown => {
    const message = sent(given)
    const match = makeRouter([echo])("PUT", message.path, message.query)
    return match._tag === "Found" ? check(echo, message, match.candidates[0].path) : match
  }

  it("is read in every layout as it was written", () => {
    const body = { name: "Ada", born: Schema.decodeUnknownSync(Schema.DateTimeUtcFromString)("2020-01-02T03:04:05Z") }
    assert.deepStrictEqual(read({ ...input, body }), { _tag: "Input", input: { ...input, body } })
  })
  it("is read from forms, parts and texts", () => {
    const form = { tags: ["a b", "c"], filter: { color: "x=1&y", age: 2 } }
    assert.deepStrictEqual(read({ ...input, contentType: "application/x-www-form-urlencoded", body: form }), { _tag: "Input", input: { ...input, body: form } })
    const parts = { note: "a\r\n\"b\"", count: 3, filter: { age: 1 }, list: ["x", "y"] }
    const found = read({ ...input, contentType: "multipart/form-data", body: { ...parts, photo: { name: "a\".png", content: new Uint8Array([0, 13, 10, 45, 45]), mediaType: "image/png" } } })
    assert.deepStrictEqual((found as { readonly input: { readonly body: unknown } }).input.body, {
      ...parts, photo: { name: "photo", fileName: "a\".png", contentType: "image/png", bytes: Buffer.from([0, 13, 10, 45, 45]) }
    })
    assert.deepStrictEqual(read({ ...input, contentType: "text/plain", body: "hi" }), { _tag: "Input", input: { ...input, body: "hi" } })
  })
  it("is refused with what is wrong, by place and without the value", () => {
    const handle = makeHandler([echo])
    const fine = sent({ ...input, body: { name: "Ada", born: Schema.decodeUnknownSync(Schema.DateTimeUtcFromString)("2020-01-02T03:04:05Z") } })
    const search = fine.search.replace("number=-1.5", "number=canary").replace("flag=true", "").replace("age%5D=3", "age%5D=x")
    const answer = handle({ ...fine, search, query: new URLSearchParams(search), body: new TextEncoder().encode("{\"name\":1}") })
    assert.deepStrictEqual([answer.status, (answer.body as { readonly issues: ReadonlyArray<{ readonly path: string }> }).issues.map(({ path }) => path)], [400, ["number", "flag", "deep.age", "body.name", "body.born"]])
    assert.notInclude(JSON.stringify(answer), "canary")
    const other = handle({ ...fine, headers: { ...fine.headers, "content-type": "application/xml" } })
    assert.deepStrictEqual([other.status, other.headers?.["Accept"]], [415, "application/json, application/x-www-form-urlencoded, multipart/form-data, text/plain"])
    assert.deepStrictEqual(handle({ ...fine, body: new Uint8Array(), headers: { ...fine.headers, "content-type": undefined } }).body, { issues: [{ path: "body", message: "is required" }] })
    assert.deepStrictEqual(handle({ ...fine, body: new TextEncoder().encode("{") }).body, { issues: [{ path: "body", message: "is not JSON" }] })
  })
})

describe("what is answered", () => {
  it.effect("decodes strictly, is the same for the same request, and another for another seed", () =>
    Effect.gen(function*() {
      const strictly = Call.with({ decode: "strict" })
      const one = yield* strictly(getAnimal({ id: 1 }))
      assert.deepStrictEqual(yield* strictly(getAnimal({ id: 1 })), one)
      assert.notDeepEqual(yield* strictly(getAnimal({ id: 2 })), one)
      assert.notDeepEqual(yield* strictly(getAnimal({ id: 1 })).pipe(Effect.provide(session(api, { seed: 2 }))), one)
      assert.notInclude(JSON.stringify(one, (_, value: unknown) => value instanceof Open.Unrecognized ? "UNKNOWN" : value), "UNKNOWN")
      assert.isBelow(JSON.stringify(one).length, 4_000)
      assert.isUndefined(yield* feed({ id: 1 }))
    }).pipe(Effect.provide(session(api))))

  it.effect("has the typed fields of the head", () =>
    Effect.gen(function*() {
      const { headers, fields, status } = yield* Endpoint.withResponse(getAnimal)({ id: 1 })
      assert.strictEqual(status, 200)
      assert.isNumber(headers["x-rate-limit"])
      assert.strictEqual(fields["x-credence-mock"], "getAnimal; seed=1")
    }).pipe(Effect.provide(session(api))))

  it.effect("is of the media type that is asked for", () =>
    Effect.gen(function*() {
      assert.match(yield* getAnimal.as("text/csv")({ id: 1 }), /^id,name\r\n/)
      assert.strictEqual(Buffer.from(yield* getAnimal.as("image/png")({ id: 1 })).toString("latin1").slice(1, 4), "PNG")
      const handle = makeHandler(api)
      const typeFor = (accept: string) => {
        const { headers, status } = handle(request("GET", "/animals/1", { accept }))
        return status === 200 ? headers?.["Content-Type"] : status
      }
      assert.deepStrictEqual(["*/*", "image/*", "text/csv;q=0.5, application/json;q=0.4", "application/json;q=0, */*;q=0.1", "application/xml"].map(typeFor), ["application/json", "image/png", "text/csv", "text/csv", 406])
    }).pipe(Effect.provide(session(api))))

  it.effect("is an error where that is preferred, or set", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(getAnimal({ id: 1 }).pipe(Call.with({ headers: { prefer: "status=404" } })))
      assert.strictEqual(error._tag, "NotFound")
      assert.isString(error._tag === "NotFound" ? error.body.title : undefined)
      assert.strictEqual((yield* Effect.flip(getAnimal({ id: 1 }).pipe(Effect.provide(session(api, { status: { getAnimal: 418 } })))))._tag, "ClientError")
      assert.strictEqual((yield* Effect.flip(newest().pipe(Call.with({ headers: { prefer: "wait=1, code=503" } }))))._tag, "UnexpectedStatus")
      const answer = makeHandler(api)(request("GET", "/animals/1", { prefer: "status=404" }))
      assert.strictEqual(answer.headers?.["Preference-Applied"], "status=404")
    }).pipe(Effect.provide(session(api))))

  it.effect("comes as streams and files, too", () => {
    const lines = Endpoint.get(Zoo, "/lines", { name: "lines", success: Endpoint.Reply.jsonLines(Animal) })
    const events = Endpoint.get(Zoo, "/events", { name: "events", success: Endpoint.Reply.events(Animal) })
    const texts = Endpoint.get(Zoo, "/texts", { name: "texts", success: Endpoint.Reply.events() })
    const file = Endpoint.get(Zoo, "/file", { name: "file", success: Endpoint.Reply.stream("application/pdf") })
    return Effect.gen(function*() {
      assert.lengthOf(yield* Stream.runCollect(yield* lines()), 3)
      const found = yield* Stream.runCollect(yield* events())
      assert.deepStrictEqual(found.map(({ event, id }) => [event, id]), [["message", "1"], ["message", "2"], ["message", "3"]])
      assert.isNumber(found[0]?.data.id)
      assert.isString((yield* Stream.runCollect(yield* texts()))[0]?.data)
      const download = yield* file()
      assert.deepStrictEqual([download.name, download.mediaType], ["file.pdf", "application/pdf"])
      assert.isAbove((yield* Stream.runCollect(download.body))[0]?.length ?? 0, 5)
    }).pipe(Effect.scoped, Effect.provide(session([lines, events, texts, file])))
  })

  it("has values for what is hard to make", () => {
    interface Endless { readonly next: Endless }
    const Endless: Schema.Codec<Endless, unknown> = Schema.suspend(() => Schema.Struct({ next: Endless }))
    interface Tree { readonly left: Tree | null; readonly leaves: ReadonlyArray<Tree> }
    const Tree: Schema.Codec<Tree, unknown> = Schema.suspend(() => Schema.Struct({ left: Schema.NullOr(Tree), leaves: Schema.Array(Tree) }))
    const Checked = Schema.Struct({
      code: Schema.String.check(Schema.isPattern(/^[A-Z]{3}-\d{2}$/)),
      few: Schema.Array(Schema.Int).check(Schema.isMinLength(4)),
      pair: Schema.Tuple([Schema.String, Schema.Number]),
      big: Open.Int64BigInt,
      digits: Open.Int64Text,
      at: Schema.DateTimeUtcFromString,
      labels: Open.record<{ readonly [label: string]: number | string }>({ id: Schema.Int }, Schema.String)
    })
    assert.isUndefined(exampleOf(Endless, 1))
    for (let seed = 0; seed < 50; seed++) {
      assert.isBelow(JSON.stringify(exampleOf(Tree, seed)?.encoded).length, 1_000)
      const { encoded, value } = exampleOf(Checked, seed) ?? { encoded: undefined, value: undefined }
      assert.isTrue(Schema.is(Schema.toType(Checked))(value))
      assert.deepStrictEqual(Schema.decodeUnknownSync(Checked)(parseJson(JSON.stringify(encoded))), value as typeof Checked["Type"])
    }
    const endless = Endpoint.get(Zoo, "/endless", { name: "endless", success: Endless })
    assert.strictEqual(makeHandler([endless])(request("GET", "/endless")).status, 501)
  })

  it.effect("fits every endpoint of Argus that the package ships, called with examples of what it takes", () => {
    const modules = [ArgusAsset, ArgusCase, ArgusCustomer, ArgusFolder, ArgusUser]
    const endpoints = endpointsOf(modules) as ReadonlyArray<AnyEndpoint>
    const live = Argus.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.layer({ baseUrl: "http://localhost" }), Mock.transport(modules)]))
    return Effect.gen(function*() {
      assert.isAbove(endpoints.length, 20)
      for (const endpoint of endpoints) {
        const exit = yield* Effect.exit(Effect.scoped(endpoint(inputOf(endpoint))))
        assert.strictEqual(exit._tag, "Success", `${endpoint.operation.name} ${String(exit)}`)
      }
    }).pipe(Call.with({ decode: "strict" }), Effect.provide(live))
  })
})

type AnyEndpoint = Mock.MockEndpoint & ((input: unknown) => Effect.Effect<unknown, unknown, Argus | Scope.Scope>)

/** An example of what an endpoint takes. */
const inputOf = ({ input: { body, cookie, header, path, query } }: Mock.MockEndpoint): Readonly<Record<string, unknown>> => {
  const fields = Object.entries({ ...path, ...query, ...header, ...cookie }).map(([key, field], index) => {
    const isPath = "~credence/param" in field && field.segments === true
    return [key, isPath ? "/a/b" : exampleOf(schemaOf(field), index)?.value]
  })
  const schema = body === undefined ? undefined : isBody(body) ? body.schema : body
  const content = body !== undefined && isBody(body) && schema === undefined ? new Uint8Array([1]) : schema === undefined ? undefined : exampleOf(schema, 1)?.value
  return { ...Object.fromEntries(fields), ...(content === undefined ? {} : { body: content }) }
}

describe("pages", () => {
  const query = { offset: Schema.optional(Schema.Int), limit: Schema.optional(Schema.Int) }
  const byOffset = Paging.offset(Endpoint.get(Zoo, "/offset", { name: "byOffset", query, success: Page }), {
    items: (page) => page.data, offset: "offset", total: (page) => page.count, capacity: (page) => page.limit, begins: (page) => page.offset
  })
  const inBody = Paging.offset(Endpoint.post(Zoo, "/search", { name: "inBody", body: Schema.Struct({ offset: Schema.optional(Schema.Int) }), success: Page }), { items: (page) => page.data, offset: "offset", in: "body" })
  const byPage = Paging.page(Endpoint.get(Zoo, "/page", { name: "byPage", query: { page: Schema.optional(Schema.Int) }, success: Schema.Array(Animal) }), { items: (page) => page, parameter: "page" })
  const Cursor = Schema.Struct({ items: Schema.Array(Animal), meta: Schema.Struct({ next: Schema.NullOr(Schema.String) }) })
  const byCursor = Paging.cursor(Endpoint.get(Zoo, "/cursor", { name: "byCursor", query: { cursor: Schema.optional(Schema.String) }, success: Cursor }), { items: (page) => page.items, next: (page) => page.meta.next, parameter: "cursor" })
  const byLink = Paging.link(Endpoint.get(Zoo, "/link", { name: "byLink", query: { q: Schema.optional(Schema.String) }, success: Schema.Array(Animal) }), { items: (page) => page })

  it.effect("come to an end, however they follow each other", () =>
    Effect.gen(function*() {
      const ids = (items: Stream.Stream<Animal, unknown, Zoo>) => Effect.map(Stream.runCollect(Stream.take(items, 100)), (all) => new Set(all.map((animal) => JSON.stringify(animal))).size)
      assert.deepStrictEqual(yield* Effect.all([ids(byOffset.items()), ids(byOffset.items({ limit: 2 })), ids(inBody.items({ body: {} })), ids(byPage.items()), ids(byCursor.items()), ids(byLink.items({ q: "x" }))]), [5, 5, 5, 5, 5, 5])
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.map(byOffset.pages({ limit: 2 }), ({ count, data, limit, offset }) => [data.length, count, limit, offset])), [[2, 5, 2, 0], [2, 5, 2, 2], [1, 5, 2, 4]])
      assert.lengthOf((yield* byOffset({ offset: 5 })).data, 0)
    }).pipe(Effect.provide(session([byOffset, inBody, byPage, byCursor, byLink]))))

  it("have links without what is no parameter of theirs", () => {
    const link = makeHandler([byLink])(request("GET", "/link?q=x&key=canary")).headers?.["Link"]
    assert.strictEqual(link, "<?q=x&__page=2>; rel=\"next\"")
  })
})

describe("credentials", () => {
  const ZooAuth = Auth.schemes({ Key: { type: "apiKey", in: "header", name: "X-Key" }, Token: { type: "http", scheme: "bearer" }, Tenant: { type: "apiKey", in: "query", name: "tenant" } })
  const strict = makeHandler([...api, { ZooAuth }], { strict: true })

  it("are wanted with `strict` only", () => {
    assert.strictEqual(makeHandler(api)(request("GET", "/animals/1")).status, 200)
    const answer = strict(request("GET", "/animals/1"))
    assert.deepStrictEqual([answer.status, answer.headers?.["WWW-Authenticate"]], [401, "ApiKey realm=\"mock\", bearer realm=\"mock\""])
    assert.deepStrictEqual(bodyOf(answer), { message: "getAnimal needs Key, or Token and Tenant" })
    assert.strictEqual(strict(request("GET", "/animals/1", { authorization: "Bearer x" })).status, 401)
    assert.strictEqual(strict(request("GET", "/animals/1?tenant=t", { authorization: "Bearer x" })).status, 200)
    assert.strictEqual(strict(request("GET", "/animals/1", { "x-key": "k" })).status, 200)
    assert.strictEqual(strict(request("GET", "/animals/newest")).status, 200)
  })
  it.effect("that a session gives do", () =>
    Effect.gen(function*() {
      const live = (auth: Layer.Layer<Auth.Authentication>) =>
        Zoo.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: "http://localhost" }), Mock.transport([...api, { ZooAuth }], { strict: true })]))
      yield* getAnimal({ id: 1 }).pipe(Effect.provide(live(ZooAuth({ Token: Redacted.make("t"), Tenant: Redacted.make("u") }))))
      assert.strictEqual((yield* Effect.flip(getAnimal({ id: 1 }).pipe(Effect.provide(live(Auth.anonymous())))))._tag, "AuthenticationFailed")
    }))
})

describe("a server", () => {
  it.live("answers over HTTP while it lives, and frees its port", () =>
    Effect.gen(function*() {
      const url = yield* Effect.gen(function*() {
        const mock = yield* Mock.Mock
        assert.strictEqual(mock.operations, 8)
        const live = Zoo.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.layer({ baseUrl: mock.url }), NodeTransport.layer()]))
        assert.isNumber((yield* getAnimal({ id: 1 }).pipe(Call.with({ decode: "strict" }), Effect.provide(live))).id)
        const taken = yield* Effect.flip(Effect.scoped(Mock.make(api, { port: Number(new URL(mock.url).port) })))
        assert.deepStrictEqual([taken._tag, /cannot listen on port \d+/.test(taken.message)], ["ServerFailed", true])
        return mock.url
      }).pipe(Effect.provide(Mock.layer(api)))
      yield* Effect.flip(Effect.tryPromise(() => fetch(url)))
    }))
})

describe("credence mock", () => {
  it("serves a generated client until it is stopped, which is fine", { timeout: 30_000 }, async () => {
    const cwd = folder({ "petstore.yaml": petstore() }, { project: true })
    assert.strictEqual((await run(["generate", "petstore.yaml", "--out", "api"], { cwd })).code, 0)
    const child = start(["mock", "api", "--json", "--status", "getPet=404"], { cwd })
    const [line] = await once(child.stdout ?? child, "data") as [Buffer]
    const { operations, url } = JSON.parse(line.toString()) as { readonly operations: number; readonly url: string }
    assert.strictEqual(operations, 3)
    const added = await fetch(`${url}/pets`, { method: "POST", headers: { "content-type": "application/json" }, body: "{\"id\":1,\"name\":\"Rex\"}" })
    assert.strictEqual(added.status, 201)
    assert.strictEqual((await fetch(`${url}/pets/1`)).status, 404)
    child.kill("SIGINT")
    const [code] = await once(child, "close") as [number]
    assert.strictEqual(code, 0)
    const wrong = await run(["mock", "api", "--status", "getPat=404"], { cwd })
    assert.deepStrictEqual([wrong.code, wrong.stderr], [2, "credence: api: there is no operation getPat. Did you mean getPet?\n"])
  })
})
