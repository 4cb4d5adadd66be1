import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Endpoint, Open } from "credence"
import * as Paging from "credence/Paging"
import { handle, layerTest, Script } from "credence/testing"
import { Api } from "./support.ts"

const all = Array.from({ length: 7 }, (_, id) => ({ id }))
const Item = Schema.Struct({ id: Schema.Int })
const Page = Schema.Struct({ data: Schema.Struct({ items: Open.items(Item), next: Open.optional(Schema.String), total: Schema.optional(Schema.Int) }) })

/** a server that answers by the request's query, or its JSON body */
const serving = (answer: (asked: URLSearchParams, body: Readonly<Record<string, unknown>>) => Script.Reply) =>
  Script.make([Script.on("page", () => true, (request) => {
    const body = request.body?._tag === "Bytes" && typeof request.body.bytes === "string" ? JSON.parse(request.body.bytes) as Readonly<Record<string, unknown>> : {}
    return answer(request.url.searchParams, body)
  })])
const page = (items: ReadonlyArray<unknown>, more: object = {}): Script.Reply => ({ body: { data: { items, ...more } } })

const query = { limit: Schema.optional(Schema.Int), offset: Schema.optional(Schema.Int), page: Schema.optional(Schema.Int), cursor: Schema.optional(Schema.String), q: Schema.optional(Schema.String) }
const list = Endpoint.get(Api, "/items", { name: "list", query, success: Page })
const Search = Schema.Struct({ limit: Schema.optional(Schema.Int), offset: Schema.optional(Schema.Int), cursor: Schema.optional(Schema.String), text: Schema.optional(Schema.String) })
const search = Endpoint.post(Api, "/search", { name: "search", body: Schema.UndefinedOr(Search), success: Page })

/** the ids of all items, and what was asked for */
const walked = <E, R>(script: Script.Script, items: Stream.Stream<{ readonly id: number }, E, R>) =>
  Effect.map(Stream.runCollect(items).pipe(script.run(Api)), (found) => ({
    ids: found.map(({ id }) => id),
    asked: script.seen.map(({ request }) => request.url.search + (request.body?._tag === "Bytes" ? String(request.body.bytes) : ""))
  }))
const everything = all.map(({ id }) => id)

describe("by an offset", () => {
  const items = (p: typeof Page.Type) => p.data.items
  const slice = (total?: number) => serving((asked) => {
    const offset = Number(asked.get("offset") ?? 0)
    return page(all.slice(offset, offset + Number(asked.get("limit") ?? 3)), total === undefined ? {} : { total })
  })
  const byOffset = Paging.offset(list, { items, offset: "offset" })
  it.effect("each begins after what came, until nothing comes", () =>
    Effect.gen(function*() {
      const { asked, ids } = yield* walked(yield* slice(), byOffset.items({ q: "x" }))
      assert.deepStrictEqual(ids, everything)
      assert.deepStrictEqual(asked, ["?q=x", "?offset=3&q=x", "?offset=6&q=x", "?offset=7&q=x"])
    }))
  it.effect("from where the caller begins, by what the caller allows", () =>
    Effect.gen(function*() {
      const { asked, ids } = yield* walked(yield* slice(), byOffset.items({ offset: 2, limit: 4 }))
      assert.deepStrictEqual([ids, asked], [[2, 3, 4, 5, 6], ["?limit=4&offset=2", "?limit=4&offset=6", "?limit=4&offset=7"]])
    }))
  it.effect("the server's total saves the last call; one that is negative is none", () =>
    Effect.gen(function*() {
      const counted = Paging.offset(list, { items, offset: "offset", total: (p) => p.data.total })
      assert.deepStrictEqual((yield* walked(yield* slice(7), counted.items())).asked, ["", "?offset=3", "?offset=6"])
      assert.deepStrictEqual((yield* walked(yield* slice(-1), counted.items())).ids, everything)
    }))
  it.effect("items that were left out count", () =>
    Effect.gen(function*() {
      const script = yield* serving((asked) => page([{ id: 1 }, { id: "bad" }].slice(Number(asked.get("offset") ?? 0))))
      assert.deepStrictEqual((yield* walked(script, byOffset.items())).asked, ["", "?offset=2"])
    }))
  it.effect("a server that ignores the offset is not asked for ever", () =>
    Effect.gen(function*() {
      const script = yield* serving(() => page(all))
      assert.deepStrictEqual((yield* walked(script, byOffset.items())).asked, ["", "?offset=7"])
    }))
  it.effect("in the body, which may be absent", () =>
    Effect.gen(function*() {
      const script = yield* serving((_, body) => page(all.slice(Number(body["offset"] ?? 0), Number(body["offset"] ?? 0) + 5)))
      const inBody = Paging.offset(search, { items, offset: "offset", in: "body" })
      assert.deepStrictEqual(yield* walked(script, inBody.items()), { ids: everything, asked: ["", "{\"offset\":5}", "{\"offset\":7}"] })
      const again = yield* serving((_, body) => page(all.slice(Number(body["offset"] ?? 0), Number(body["offset"] ?? 0) + 5)))
      assert.deepStrictEqual((yield* walked(again, inBody.items({ body: { text: "x", offset: 1 } }))).asked, ["{\"offset\":1,\"text\":\"x\"}", "{\"offset\":6,\"text\":\"x\"}", "{\"offset\":7,\"text\":\"x\"}"])
    }))
  it.effect("that counts pages", () =>
    Effect.gen(function*() {
      const script = yield* serving((asked) => page(all.slice(Number(asked.get("offset") ?? 0) * 4).slice(0, 4)))
      assert.deepStrictEqual(yield* walked(script, Paging.offset(list, { items, offset: "offset", unit: "pages" }).items()), { ids: everything, asked: ["", "?offset=1", "?offset=2"] })
    }))
})

describe("by a page's number", () => {
  const serve = () => serving((asked) => {
    const at = Number(asked.get("page") ?? 1) - 1
    return page(all.slice(at * 4, at * 4 + 4), { total: 2 })
  })
  it.effect("until a page is empty, or is the last one", () =>
    Effect.gen(function*() {
      const byPage = Paging.page(list, { items: (p) => p.data.items, parameter: "page" })
      assert.deepStrictEqual(yield* walked(yield* serve(), byPage.items({ limit: 4 })), { ids: everything, asked: ["?limit=4", "?limit=4&page=2", "?limit=4&page=3"] })
      const counted = Paging.page(list, { items: (p) => p.data.items, parameter: "page", pages: (p) => p.data.total })
      assert.deepStrictEqual((yield* walked(yield* serve(), counted.items())).asked, ["", "?page=2"])
      assert.deepStrictEqual((yield* walked(yield* serve(), counted.items({ page: 2 }))).asked, ["?page=2"])
    }))
  it.effect("from another first one", () =>
    Effect.gen(function*() {
      const script = yield* serving((asked) => page(all.slice(Number(asked.get("page") ?? 0) * 4).slice(0, 4)))
      assert.deepStrictEqual((yield* walked(script, Paging.page(list, { items: (p) => p.data.items, parameter: "page", first: 0 }).items())).asked, ["", "?page=1", "?page=2"])
    }))
})

describe("by a token", () => {
  const byCursor = Paging.cursor(list, { items: (p) => p.data.items, next: (p) => p.data.next, parameter: "cursor" })
  const tokens = (next: (token: string | null) => string | null | undefined, items = [{ id: 1 }] as ReadonlyArray<unknown>) =>
    serving((asked) => page(items, { next: next(asked.get("cursor")) }))
  it.effect("until none is given", () =>
    Effect.gen(function*() {
      for (const none of [undefined, null, ""]) {
        const script = yield* tokens((token) => token === null ? "a b" : token === "a b" ? "c" : none)
        assert.deepStrictEqual((yield* walked(script, byCursor.items({ q: "x" }))).asked, ["?q=x", "?cursor=a%20b&q=x", "?cursor=c&q=x"])
      }
    }))
  it.effect("until one comes again, at once or later", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* walked(yield* tokens(() => "a"), byCursor.items())).asked, ["", "?cursor=a"])
      const circle = yield* tokens((token) => token === "a" ? "b" : "a")
      assert.deepStrictEqual((yield* walked(circle, byCursor.items())).asked, ["", "?cursor=a", "?cursor=b"])
    }))
  it.effect("until a page is empty, unless empty ones go on", () =>
    Effect.gen(function*() {
      let count = 0
      const endless = yield* tokens(() => count++ < 3 ? String(count) : undefined, [])
      assert.deepStrictEqual((yield* walked(endless, byCursor.items())).asked, [""])
      count = 0
      const patient = Paging.cursor(list, { items: (p) => p.data.items, next: (p) => p.data.next, parameter: "cursor", empty: "continue" })
      assert.strictEqual((yield* walked(yield* tokens(() => count++ < 3 ? String(count) : undefined, []), patient.items())).asked.length, 4)
    }))
  it.effect("the first one asked for by an empty one, unless the input has one", () =>
    Effect.gen(function*() {
      const wanted = Paging.cursor(list, { items: (p) => p.data.items, next: (p) => p.data.next, parameter: "cursor", first: "" })
      const serve = () => tokens((token) => token === "" ? "a" : undefined)
      assert.deepStrictEqual((yield* walked(yield* serve(), wanted.items())).asked, ["?cursor=", "?cursor=a"])
      assert.deepStrictEqual((yield* walked(yield* serve(), wanted.items({ cursor: "a" }))).asked, ["?cursor=a"])
    }))
  it.effect("or by offset, where the input has one", () =>
    Effect.gen(function*() {
      const either = Paging.cursor(list, {
        items: (p) => p.data.items,
        next: (p) => p.data.next,
        parameter: "cursor",
        first: "",
        offset: "offset",
        total: (p) => p.data.total
      })
      const serve = (total: number | undefined) => serving((asked) => page(all.slice(Number(asked.get("offset") ?? 0)).slice(0, 4), { total, next: asked.has("cursor") ? "" : "unasked" }))
      assert.deepStrictEqual((yield* walked(yield* serve(undefined), either.items())).asked, ["?cursor="])
      const counted = yield* walked(yield* serve(7), either.items({ offset: 0 }))
      assert.deepStrictEqual(counted.asked, ["?offset=0", "?offset=4"])
      assert.deepStrictEqual((yield* walked(yield* serve(undefined), either.items({ offset: 4 }))).asked, ["?offset=4", "?offset=7"])
      // as a text, as some documents have it
      const asText = Paging.cursor(list, { items: (p) => p.data.items, next: () => undefined, parameter: "cursor", offset: "q" })
      const texts = yield* serving((asked) => page(all.slice(Number(asked.get("q"))).slice(0, 4)))
      assert.deepStrictEqual((yield* walked(texts, asText.items({ q: "0" }))).asked, ["?q=0", "?q=4", "?q=7"])
      // a server that ignores the offset gives the same again
      const deaf = yield* serving(() => page([{ id: 1 }]))
      assert.deepStrictEqual((yield* walked(deaf, either.items({ offset: 0 }))).asked, ["?offset=0", "?offset=1"])
    }))
  it.effect("in the body", () =>
    Effect.gen(function*() {
      const script = yield* serving((_, body) => page([{ id: 1 }], { next: body["cursor"] === undefined ? "a" : undefined }))
      const inBody = Paging.cursor(search, { items: (p) => p.data.items, next: (p) => p.data.next, parameter: "cursor", in: "body" })
      assert.deepStrictEqual((yield* walked(script, inBody.items({ body: { text: "x" } }))).asked, ["{\"text\":\"x\"}", "{\"cursor\":\"a\",\"text\":\"x\"}"])
    }))
  it.effect("pages come as they are; one that is not asked for is not fetched", () =>
    Effect.gen(function*() {
      const script = yield* tokens((token) => `${token ?? ""}x`)
      const pages = yield* Stream.runCollect(Stream.take(byCursor.pages(), 2)).pipe(script.run(Api))
      assert.deepStrictEqual(pages.map(({ data }) => data.next), ["x", "xx"])
      assert.strictEqual(script.seen.length, 2)
    }))
  it.effect("a page may have no list at all", () =>
    Effect.gen(function*() {
      const loose = Endpoint.get(Api, "/loose", { name: "loose", query, success: Schema.Struct({ items: Open.optional(Schema.Array(Item)) }) })
      const script = yield* serving(() => ({ body: { items: null } }))
      assert.deepStrictEqual((yield* walked(script, Paging.page(loose, { items: (p) => p.items, parameter: "page" }).items())).ids, [])
    }))
  it.effect("a failure fails the stream, after what came before", () =>
    Effect.gen(function*() {
      const script = yield* serving((asked) => asked.get("cursor") === null ? page([{ id: 1 }], { next: "a" }) : { status: 418 })
      const seen: Array<number> = []
      const error = yield* Effect.flip(Stream.runForEach(byCursor.items(), ({ id }) => Effect.sync(() => void seen.push(id))).pipe(script.run(Api)))
      assert.deepStrictEqual([error._tag, seen], ["UnexpectedStatus", [1]])
    }))
  it("the endpoint itself stays what it is", () => {
    assert.strictEqual(byCursor.operation, list.operation)
    assert.strictEqual(byCursor.input, list.input)
  })
})

describe("by the Link field", () => {
  const issues = Paging.link(Endpoint.get(Api, "/repos/{repo}/issues?state=open", { name: "issues", path: { repo: Schema.String }, query: { per_page: Schema.optional(Schema.Int) }, header: { "x-trace": Schema.optional(Schema.String) }, success: Schema.Array(Item) }), { items: (found) => found })
  const linked = (links: ReadonlyArray<string | undefined>, items: ReadonlyArray<unknown> = [{ id: 1 }]) => {
    let at = 0
    return Script.make([Script.on("page", () => true, () => {
      const link = links[at++]
      return { body: items, headers: link === undefined ? {} : { link } }
    })])
  }
  const asked = (script: Script.Script) => script.seen.map(({ request }) => `${request.url.origin}${request.url.pathname}${request.url.search}`)
  it.effect("takes the query of the next link, whatever else the link says", () =>
    Effect.gen(function*() {
      const script = yield* linked([
        "<https://script.test/repositories/17/issues?state=open&page=2&after=a%2Fb>; rel=\"next\", <https://script.test/x?page=9>; rel=\"last\"",
        "<https://evil.example/steal?page=3>; rel=\"next\"",
        "<?page=4>; rel=next",
        "<?page=1>; rel=prev"
      ])
      const found = yield* Stream.runCollect(issues.items({ repo: "a/b", per_page: 5, "x-trace": "t" })).pipe(script.run(Api))
      assert.strictEqual(found.length, 4)
      assert.deepStrictEqual(asked(script), [
        "https://script.test/repos/a%2Fb/issues?state=open&per_page=5",
        "https://script.test/repos/a%2Fb/issues?state=open&page=2&after=a%2Fb",
        "https://script.test/repos/a%2Fb/issues?page=3",
        "https://script.test/repos/a%2Fb/issues?page=4"
      ])
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["x-trace"]), ["t", "t", "t", "t"])
    }))
  it.effect("ends without one, at a page without items, and where one comes again", () =>
    Effect.gen(function*() {
      const visits = (script: Script.Script) => Effect.as(Stream.runDrain(issues.pages({ repo: "r" })).pipe(script.run(Api)), script)
      assert.strictEqual((yield* visits(yield* linked([undefined]))).seen.length, 1)
      assert.strictEqual((yield* visits(yield* linked(["<?page=2>; rel=next", "<?page=2>; rel=next"]))).seen.length, 2)
      assert.strictEqual((yield* visits(yield* linked(["<?page=2>; rel=next"], []))).seen.length, 1)
      assert.strictEqual((yield* visits(yield* linked(["</other>; rel=next"]))).seen.length, 1)
    }))
  it.effect("the endpoint's own failures are the stream's", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("page", () => true, { status: 500 })])
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(issues.pages({ repo: "r" })).pipe(script.run(Api))))._tag, "UnexpectedStatus")
    }))
  it.effect("a handler answers for its pages", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Stream.runCollect(issues.items({ repo: "r" })), [{ id: 5 }])
      assert.deepStrictEqual(yield* issues({ repo: "r" }), [{ id: 5 }])
    }).pipe(Effect.provide(layerTest(Api, [handle(issues, () => Effect.succeed([{ id: 5 }]))]))))
})
