/** Answers: statuses, media types, streams, headers. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { Endpoint } from "credence"
import type { Case, Client } from "./support.ts"
import { oas, paths, swagger } from "./write.ts"

const get = (client: Client, reply: Parameters<Client["call"]>[2], endpoint = "things.getThing") => client.call(endpoint, undefined, reply)

type AnyEndpoint = Parameters<typeof Endpoint.withResponse>[0]

export const cases: ReadonlyArray<Case> = [
  {
    name: "errors by exact status, range and default",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      "200": { description: ok, content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: integer } } } } } }
      "401": { description: who, content: { application/json: { schema: { type: string } } } }
      "404": { description: gone, content: { application/json: { schema: { $ref: "#/components/schemas/Gone" } } } }
      4XX: { description: wrong, content: { application/problem+json: { schema: { $ref: "#/components/schemas/Problem" } } } }
      5xx: { description: broken, content: { text/plain: { schema: { type: string } } } }
      default: { description: other, content: { application/json: { schema: { type: object, properties: { other: { type: boolean } } } } } }
components:
  schemas:
    Gone: { type: object, required: [since], properties: { since: { type: string } } }
    Problem: { type: object, properties: { title: { type: string } } }
`),
    types: `
claim<Same<Output<typeof things.getThing>, { readonly id: number }>>()
type Failures = Errors<typeof things.getThing>
claim<Same<Extract<Failures, { readonly _tag: "NotFound" }>["body"], models.Gone>>()
claim<Same<Extract<Failures, { readonly _tag: "ClientError" }>["body"], models.Problem>>()
claim<Same<Extract<Failures, { readonly _tag: "ServerError" }>["body"], string>>()
claim<Same<Extract<Failures, { readonly _tag: "ErrorResponse" }>["body"], { readonly other?: boolean | undefined }>>()
claim<Same<Failures["_tag"], "NotFound" | "ClientError" | "ServerError" | "ErrorResponse">>()
`,
    behaves: {
      "exact, then range, then default": (client) => Effect.gen(function*() {
        expect((yield* get(client, { status: 404, body: { since: "x" } })).error).toMatchObject({ _tag: "NotFound", status: 404, body: { since: "x" } })
        expect((yield* get(client, { status: 418, headers: { "content-type": "application/problem+json" }, body: "{\"title\":\"tea\"}" })).error).toMatchObject({ _tag: "ClientError", status: 418, body: { title: "tea" } })
        expect((yield* get(client, { status: 503, body: "down", headers: { "content-type": "text/plain" } })).error).toMatchObject({ _tag: "ServerError", body: "down" })
        expect((yield* get(client, { status: 300, body: { other: true } })).error).toMatchObject({ _tag: "ErrorResponse", body: { other: true } })
        expect((yield* get(client, { status: 401, body: "who" })).error).toMatchObject({ _tag: "AuthenticationFailed" })
      }),
      "a body that is broken does not hide the status": (client) => Effect.gen(function*() {
        expect((yield* get(client, { status: 404, body: "<html>" })).error).toMatchObject({ status: 404 })
      })
    }
  },
  {
    name: "several successes",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      "200": { description: now, content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: integer } } } } } }
      "202": { description: later, content: { application/json: { schema: { type: object, required: [job], properties: { job: { type: string } } } } } }
      "204": { description: never }
      2XX: { description: others, content: { application/json: { schema: { type: array, items: { type: string } } } } }
`),
    types: "claim<Same<Output<typeof things.getThing>, { readonly id: number } | { readonly job: string } | void | ReadonlyArray<string>>>()",
    behaves: { "each by its status": (client) => Effect.gen(function*() {
      expect((yield* get(client, { status: 200, body: { id: 1 } })).value).toEqual({ id: 1 })
      expect((yield* get(client, { status: 202, body: { job: "j" } })).value).toEqual({ job: "j" })
      expect((yield* get(client, { status: 204 })).value).toBeUndefined()
      expect((yield* get(client, { status: 207, body: ["a"] })).value).toEqual(["a"])
      expect((yield* get(client, { status: 202, body: { id: 1 } })).error).toMatchObject({ _tag: "DecodeFailed" })
      expect((yield* get(client, { status: 500 })).error).toMatchObject({ _tag: "UnexpectedStatus", status: 500 })
    }) }
  },
  {
    name: "unusual statuses",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      "206": { description: part, content: { application/json: { schema: { type: string } } } }
      "220": { description: own, content: { application/json: { schema: { type: integer } } } }
      "221": { description: own, content: { application/json: { schema: { type: boolean } } } }
      "412": { description: cond, content: { application/json: { schema: { type: object } } } }
      "599": { description: odd, content: { application/json: { schema: { type: string } } } }
`),
    types: `
claim<Same<Output<typeof things.getThing>, string | number | boolean>>()
claim<Fits<"PreconditionFailed", Errors<typeof things.getThing>["_tag"]>>()
`,
    behaves: { "each by its status": (client) => Effect.gen(function*() {
      expect((yield* get(client, { status: 206, headers: { "content-type": "application/json" }, body: "\"a\"" })).value).toBe("a")
      expect((yield* get(client, { status: 220, headers: { "content-type": "application/json" }, body: "5" })).value).toBe(5)
      expect((yield* get(client, { status: 221, headers: { "content-type": "application/json" }, body: "true" })).value).toBe(true)
      expect((yield* get(client, { status: 599, headers: { "content-type": "application/json" }, body: "\"odd\"" })).error).toMatchObject({ status: 599, body: "odd" })
    }) }
  },
  {
    name: "default as success where only it is described",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses: { default: { description: it, content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: integer } } } } } } }
`),
    types: "claim<Same<Output<typeof things.getThing>, { readonly id: number }>>()\nclaim<Same<Errors<typeof things.getThing>, never>>()",
    behaves: { "any 2xx is it, and no other is": (client) => Effect.gen(function*() {
      expect((yield* get(client, { status: 200, body: { id: 1 } })).value).toEqual({ id: 1 })
      expect((yield* get(client, { status: 221, body: { id: 1 } })).value).toEqual({ id: 1 })
      expect((yield* get(client, { status: 404, body: { id: 1 } })).error).toMatchObject({ _tag: "UnexpectedStatus", status: 404 })
    }) }
  },
  {
    name: "default as success beside described errors",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      default: { description: it, content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: integer } } } } } }
      "404": { description: gone, content: { application/json: { schema: { type: object, properties: { why: { type: string } } } } } }
`),
    types: "claim<Same<Output<typeof things.getThing>, { readonly id: number }>>()\nclaim<Same<Errors<typeof things.getThing>[\"_tag\"], \"NotFound\">>()"
  },
  {
    name: "default beside an unusual success alone",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      default: { description: it, content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: integer } } } } } }
      "220": { description: as it was, content: { application/json: {} } }
`),
    types: "claim<Same<Output<typeof things.getThing>, { readonly id: number }>>()\nclaim<Same<Errors<typeof things.getThing>[\"_tag\"], \"ErrorResponse\">>()",
    behaves: { "it is what a usual one has, and what an error has": (client) => Effect.gen(function*() {
      for (const status of [200, 220]) expect((yield* get(client, { status, body: { id: 1 } })).value).toEqual({ id: 1 })
      expect((yield* get(client, { status: 500, body: { id: 1 } })).error).toMatchObject({ _tag: "ErrorResponse", status: 500, body: { id: 1 } })
    }) }
  },
  {
    name: "a table that is described as a record",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      "200":
        description: ok
        content:
          application/json: { schema: { type: object, required: [id], properties: { id: { type: integer } } } }
          text/csv: { schema: { type: object, required: [id], properties: { id: { type: integer } } } }
`),
    types: "const csv = things.getThing.as(\"text/csv\")\nclaim<Same<Output<typeof csv>, string>>()",
    behaves: { "is a text": (client) => Effect.gen(function*() {
      const answered = yield* client.run((module) => {
        const { getThing } = module("things") as { readonly getThing: { readonly as: (type: string) => () => Effect.Effect<unknown, unknown, unknown> } }
        return getThing.as("text/csv")()
      }, { headers: { "content-type": "text/csv" }, body: "id\n1\n" })
      expect(answered.value).toBe("id\n1\n")
    }) }
  },
  {
    name: "no answer that is described",
    document: paths(`
/a: { get: { operationId: getA, tags: [things] } }
/b: { get: { operationId: getB, tags: [things], responses: {} } }
/c: { get: { operationId: getC, tags: [things], responses: { "404": { description: gone } } } }
/d: { get: { operationId: getD, tags: [things], responses: { "302": { description: elsewhere } } } }
/e: { head: { operationId: headE, tags: [things], responses: { "200": { description: ok, content: { application/json: { schema: { type: string } } } } } } }
/f: { get: { operationId: getF, tags: [things], responses: { "200": { description: ok } } } }
/g: { get: { operationId: getG, tags: [things], responses: { "200": { description: ok, content: { application/json: {} } } } } }
`),
    types: `
claim<Same<Output<typeof things.getA>, unknown>>()
claim<Same<Output<typeof things.getC>, unknown>>()
claim<Same<Output<typeof things.headE>, void>>()
claim<Same<Output<typeof things.getF>, void>>()
claim<Same<Output<typeof things.getG>, unknown>>()
`,
    warnings: [/a\/get.*|no success is described/],
    behaves: { "whatever comes is taken": (client) => Effect.gen(function*() {
      expect((yield* get(client, { body: { a: 1 } }, "things.getA")).value).toEqual({ a: 1 })
      expect((yield* get(client, { status: 204 }, "things.getB")).value).toBeUndefined()
      expect((yield* get(client, { status: 404 }, "things.getC")).error).toMatchObject({ _tag: "NotFound" })
      expect((yield* get(client, { body: { a: 1 } }, "things.getG")).value).toEqual({ a: 1 })
    }) }
  },
  {
    name: "statuses that are none",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      2xx: { description: ok, content: { application/json: { schema: { type: string } } } }
      "20": { description: no }
      ok: { description: no }
      "9999": { description: no }
      x-note: { description: ext }
`),
    warnings: [/"20" is no status/, /"ok" is no status/, /"9999" is no status/],
    types: "claim<Same<Output<typeof things.getThing>, string>>()"
  },
  {
    name: "several media types of one answer",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      "200":
        description: ok
        content:
          text/csv: { schema: { type: string } }
          application/json: { schema: { type: object, required: [id], properties: { id: { type: integer } } } }
          application/pdf: { schema: { type: string, format: binary } }
          image/png: {}
      "404": { description: gone, content: { application/json: { schema: { type: object } } } }
`),
    types: `
claim<Same<Output<typeof things.getThing>, { readonly id: number }>>()
const csv = things.getThing.as("text/csv")
claim<Same<Output<typeof csv>, string>>()
claim<Same<Errors<typeof csv>["_tag"], "NotFound">>()
const pdf = things.getThing.as("application/pdf")
claim<Same<Output<typeof pdf>, Endpoint.Download>>()
claim<Fits<Scope.Scope, Needs<typeof pdf>>>()
const png = things.getThing.as("image/png")
claim<Same<Output<typeof png>, Endpoint.Download>>()
// @ts-expect-error not one of them
things.getThing.as("text/html")
`,
    behaves: {
      "JSON is asked for, others by name": (client) => Effect.gen(function*() {
        expect((yield* get(client, { body: { id: 1 } })).sent?.headers["accept"]).toBe("application/json")
        const csv = yield* client.run((at) => (at("things")["getThing"] as { as: (type: string) => () => Effect.Effect<unknown> }).as("text/csv")(), { headers: { "content-type": "text/csv" }, body: "a,b" })
        expect(csv.value).toBe("a,b")
        expect(csv.sent?.headers["accept"]).toBe("text/csv")
      }),
      "bytes come as a download": (client) => Effect.gen(function*() {
        const pdf = yield* client.run((at) =>
          Effect.scoped(Effect.flatMap((at("things")["getThing"] as { as: (type: string) => () => Effect.Effect<Endpoint.Download> }).as("application/pdf")(), (download) => Stream.mkUint8Array(download.body))), {
          headers: { "content-type": "application/pdf" },
          body: new Uint8Array([1, 2, 3])
        })
        expect(pdf.value).toEqual(new Uint8Array([1, 2, 3]))
      })
    }
  },
  {
    name: "vendor media types and wildcards",
    document: paths(`
/a: { get: { operationId: getA, tags: [things], responses: { "200": { description: ok, content: { "application/vnd.example.v2+json; charset=utf-8": { schema: { type: object, required: [id], properties: { id: { type: integer } } } } } } } } }
/b: { get: { operationId: getB, tags: [things], responses: { "200": { description: ok, content: { "*/*": { schema: { type: object, required: [id], properties: { id: { type: integer } } } } } } } } }
/c: { get: { operationId: getC, tags: [things], responses: { "200": { description: ok, content: { json: { schema: { type: array, items: { type: integer } } } } } } } }
/d: { get: { operationId: getD, tags: [things], responses: { "200": { description: ok, content: { "not a type": { schema: { type: string } }, text/plain: { schema: { type: string } } } } } } }
/e: { get: { operationId: getE, tags: [things], responses: { "200": { description: ok, content: { "application/octet-stream": {} } } } } }
/f: { get: { operationId: getF, tags: [things], responses: { "200": { description: ok, content: { application/xml: { schema: { type: object, properties: { a: { type: string } } } } } } } } }
`),
    types: `
claim<Same<Output<typeof things.getA>, { readonly id: number }>>()
claim<Same<Output<typeof things.getB>, { readonly id: number }>>()
claim<Same<Output<typeof things.getC>, ReadonlyArray<number>>>()
claim<Same<Output<typeof things.getD>, string>>()
claim<Same<Output<typeof things.getE>, Endpoint.Download>>()
claim<Same<Output<typeof things.getF>, string>>()
`,
    warnings: [/"not a type" is no media type/],
    behaves: { "JSON by any name": (client) => Effect.gen(function*() {
      const got = yield* get(client, { headers: { "content-type": "application/vnd.example.v2+json" }, body: "{\"id\":1}" }, "things.getA")
      expect(got.value).toEqual({ id: 1 })
      expect(got.sent?.headers["accept"]).toContain("application/vnd.example.v2+json")
      expect((yield* get(client, { body: { id: 2 } }, "things.getB")).value).toEqual({ id: 2 })
    }) }
  },
  {
    name: "streams of items",
    document: paths(`
/lines: { get: { operationId: getLines, tags: [things], responses: { "200": { description: ok, content: { application/jsonl: { schema: { $ref: "#/components/schemas/Line" } } } } } } }
/nd: { get: { operationId: getNd, tags: [things], responses: { "200": { description: ok, content: { application/x-ndjson: { schema: { type: array, items: { $ref: "#/components/schemas/Line" } } } } } } } }
/items: { get: { operationId: getItems, tags: [things], responses: { "200": { description: ok, content: { application/jsonl: { itemSchema: { $ref: "#/components/schemas/Line" } } } } } } }
/events: { get: { operationId: getEvents, tags: [things], responses: { "200": { description: ok, content: { text/event-stream: { schema: { type: string } } } } } } }
/typed: { get: { operationId: getTyped, tags: [things], responses: { "200": { description: ok, content: { text/event-stream: { itemSchema: { $ref: "#/components/schemas/Line" } } } } } } }
/both: { get: { operationId: getBoth, tags: [things], responses: { "200": { description: ok, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Line" } } }, text/event-stream: { schema: { $ref: "#/components/schemas/Line" } } } } } } }
components:
  schemas:
    Line: { type: object, required: [n], properties: { n: { type: integer } } }
`, "3.2.0"),
    types: `
type ItemOf<E> = E extends Stream.Stream<infer A, infer _E, infer _R> ? A : never
claim<Same<ItemOf<Output<typeof things.getLines>>, models.Line>>()
claim<Same<ItemOf<Output<typeof things.getNd>>, models.Line>>()
claim<Same<ItemOf<Output<typeof things.getItems>>, models.Line>>()
claim<Same<ItemOf<Output<typeof things.getEvents>>["data"], string>>()
claim<Same<ItemOf<Output<typeof things.getTyped>>["data"], models.Line>>()
claim<Same<Output<typeof things.getBoth>, ReadonlyArray<models.Line>>>()
const events = things.getBoth.as("text/event-stream")
claim<Same<ItemOf<Output<typeof events>>["data"], models.Line>>()
claim<Fits<Scope.Scope, Needs<typeof things.getLines>>>()
`,
    behaves: {
      "JSON lines, one by one": (client) => Effect.gen(function*() {
        for (const [name, type] of [["getLines", "application/jsonl"], ["getNd", "application/x-ndjson"], ["getItems", "application/jsonl"]] as const) {
          const { value } = yield* client.run((at) => Stream.runCollect(Stream.unwrap((at("things")[name] as () => Effect.Effect<Stream.Stream<unknown>>)())), { headers: { "content-type": type }, body: "{\"n\":1}\n\n{\"n\":2}\n" })
          expect(value).toEqual([{ n: 1 }, { n: 2 }])
        }
      }),
      "events, one by one": (client) => Effect.gen(function*() {
        const reply = { headers: { "content-type": "text/event-stream" }, body: "id: 1\nevent: tick\ndata: {\"n\":1}\n\ndata: {\"n\":2}\n\n" }
        const typed = yield* client.run((at) => Stream.runCollect(Stream.unwrap((at("things")["getTyped"] as () => Effect.Effect<Stream.Stream<unknown>>)())), reply)
        expect(typed.value).toMatchObject([{ event: "tick", id: "1", data: { n: 1 } }, { event: "message", data: { n: 2 } }])
        const plain = yield* client.run((at) => Stream.runCollect(Stream.unwrap((at("things")["getEvents"] as () => Effect.Effect<Stream.Stream<unknown>>)())), reply)
        expect(plain.value).toMatchObject([{ data: "{\"n\":1}" }, { data: "{\"n\":2}" }])
      }),
      "a line that does not fit fails the stream": (client) => Effect.gen(function*() {
        const { error } = yield* client.run((at) => Stream.runCollect(Stream.unwrap((at("things")["getLines"] as () => Effect.Effect<Stream.Stream<unknown>>)())), { headers: { "content-type": "application/jsonl" }, body: "{\"n\":1}\n{\"n\":\"x\"}\n" })
        expect(error).toMatchObject({ _tag: "DecodeFailed" })
      })
    }
  },
  {
    name: "headers of answers",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    responses:
      "200":
        description: ok
        headers:
          X-Rate-Limit: { schema: { type: integer } }
          ETag: { required: true, schema: { type: string } }
          Link: { $ref: "#/components/headers/Link" }
          Content-Type: { schema: { type: string } }
        content: { application/json: { schema: { type: object } } }
components: { headers: { Link: { schema: { type: string } } } }
`),
    types: `
const told = Endpoint.withResponse(things.getThing)
type Told = ReturnType<typeof told> extends Effect.Effect<infer A, infer _E, infer _R> ? A : never
claim<Same<Told["headers"]["x-rate-limit"], number | undefined>>()
claim<Fits<Told["headers"]["etag"], string | undefined>>()
claim<Same<Told["headers"]["link"], string | undefined>>()
claim<Same<keyof Told["headers"], "x-rate-limit" | "etag" | "link">>()
`,
    behaves: { "are read": (client) => Effect.gen(function*() {
      const { value } = yield* client.run((at) => Endpoint.withResponse(at("things")["getThing"] as AnyEndpoint)() as Effect.Effect<unknown>, { headers: { "X-Rate-Limit": "42", etag: "\"a\"" }, body: {} })
      expect(value).toMatchObject({ status: 200, value: {}, headers: { "x-rate-limit": 42, etag: "\"a\"" } })
    }) }
  },
  {
    name: "answers of 2 0",
    document: swagger(`
host: api.example.com
produces: [application/json]
paths:
  /a: { get: { operationId: getA, tags: [things], responses: { 200: { description: ok, schema: { type: array, items: { type: string } }, headers: { X-Total: { type: integer } } }, default: { description: bad, schema: { type: object, properties: { code: { type: integer } } } } } } }
  /b: { get: { operationId: getB, tags: [things], produces: [text/csv], responses: { 200: { description: ok, schema: { type: string } } } } }
  /c: { get: { operationId: getC, tags: [things], produces: [application/pdf], responses: { 200: { description: ok, schema: { type: file } } } } }
  /d: { get: { operationId: getD, tags: [things], responses: { 200: { description: ok } } } }
  /e: { get: { operationId: getE, tags: [things], produces: [application/json, application/xml], responses: { 200: { description: ok, schema: { type: object, properties: { a: { type: string } } } } } } }
`),
    types: `
claim<Same<Output<typeof things.getA>, ReadonlyArray<string>>>()
claim<Same<Errors<typeof things.getA>["body"], { readonly code?: number | undefined }>>()
claim<Same<Output<typeof things.getB>, string>>()
claim<Same<Output<typeof things.getC>, Endpoint.Download>>()
claim<Same<Output<typeof things.getD>, void>>()
claim<Same<Output<typeof things.getE>, { readonly a?: string | undefined }>>()
`
  },
  {
    name: "one bad item of a page",
    document: oas(`
paths:
  /things: { get: { operationId: listThings, tags: [things], responses: { "200": { description: ok, content: { application/json: { schema: { type: object, required: [data], properties: { data: { type: array, items: { $ref: "#/components/schemas/Thing" } } } } } } } } } }
  /plain: { get: { operationId: listPlain, tags: [things], responses: { "200": { description: ok, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Thing" } } } } } } } }
components: { schemas: { Thing: { type: object, required: [id], properties: { id: { type: integer } } } } }
`),
    behaves: {
      "does not lose the others, and is counted": (client) => Effect.gen(function*() {
        const page = yield* get(client, { body: { data: [{ id: 1 }, { id: "x" }, { id: 3 }] } }, "things.listThings")
        expect(page.value).toEqual({ data: [{ id: 1 }, { id: 3 }] })
        expect(page.drift).toMatchObject([{ kind: "bad item", path: "data[1].id" }])
        const list = yield* get(client, { headers: { "content-type": "application/json" }, body: "[{\"id\":\"x\"},{\"id\":3}]" }, "things.listPlain")
        expect(list.value).toEqual([{ id: 3 }])
      })
    }
  },
  {
    name: "more fields than are declared",
    document: paths("/thing: { get: { operationId: getThing, tags: [things], responses: { \"200\": { description: ok, content: { application/json: { schema: { type: object, properties: { a: { type: object, properties: { b: { type: integer } } } } } } } } } } }"),
    behaves: { "are kept and counted": (client) => Effect.gen(function*() {
      const body = { a: { b: 1, c: 2 }, d: null }
      const got = yield* get(client, { body })
      expect(got.value).toEqual(body)
      expect(got.drift.map((found) => `${found.kind} ${found.path}`).sort()).toEqual(["unknown field a.c", "unknown field d"])
    }) }
  },
  {
    name: "streams beside buffered answers of 2 0",
    document: swagger("host: api.example.com\npaths: { /a: { get: { operationId: getA, tags: [things], produces: [application/json, application/octet-stream], responses: { 200: { description: ok, schema: { type: file } }, 202: { description: later, schema: { type: string } } } } } }"),
  }
]
