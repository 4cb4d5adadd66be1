/** Features that meet. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { Open } from "credence"
import { fails, refuses, roundTrip, sends } from "./claims.ts"
import type { Case } from "./support.ts"
import { answered, oas, paths, thing } from "./write.ts"

const ok = "responses: { \"204\": { description: ok } }"
const json = (schema: string): string => `{ description: ok, content: { application/json: { schema: ${schema} } } }`

export const cases: ReadonlyArray<Case> = [
  {
    name: "inline schemas beside models of the name they would get",
    document: paths(`
/thing:
  post:
    operationId: makeThing
    tags: [things]
    requestBody: { required: true, content: { application/json: { schema: { type: object, required: [a, b, c], properties: { a: { type: string }, b: { type: string }, c: { type: object, properties: { deep: { type: array, items: { type: object, properties: { x: { type: integer }, y: { type: integer }, z: { type: integer } } } } } } } } } } }
    responses:
      "200": ${json("{ type: object, required: [a, b, c], properties: { a: { type: integer }, b: { type: integer }, c: { type: integer } } }")}
      "404": ${json("{ oneOf: [{ type: object, required: [a], properties: { a: { type: integer } } }, { type: object, required: [b], properties: { b: { type: integer } } }] }")}
components:
  schemas:
    MakeThingBody: { type: object }
    MakeThingResponse: { type: object }
    MakeThingError: { type: object }
    makeThing: { type: object }
`),
    types: `
claim<Alike<Input<typeof things.makeThing>["body"]["a"], string>>()
claim<Alike<Output<typeof things.makeThing>["a"], number>>()
`,
    behaves: { "each is its own": (client) => Effect.gen(function*() {
      const { error, value } = yield* client.call("things.makeThing", { body: { a: "1", b: "2", c: { deep: [{ x: 1 }] } } }, { body: { a: 1, b: 2, c: 3 } })
      expect(error).toBeUndefined()
      expect(value).toEqual({ a: 1, b: 2, c: 3 })
    }) }
  },
  {
    name: "one name for all in a script without capitals",
    document: JSON.stringify({
      openapi: "3.1.0", info: { title: "日本", version: "1" },
      paths: { "/日本": { get: { operationId: "日本", tags: ["日本"], parameters: [{ name: "日本", in: "query", schema: { type: "string" } }], responses: { 200: { description: "日本", content: { "application/json": { schema: { $ref: "#/components/schemas/日本" } } } } } } } },
      components: { schemas: { 日本: { type: "object", properties: { 日本: { $ref: "#/components/schemas/日本" }, n: { type: "integer" } } } } }
    }, undefined, 2),
    warnings: [/the operation 日本 is called 日本Operation/],
    behaves: { "each has its own": (client) => Effect.gen(function*() {
      const [operation] = client.generated.operations
      const { error, value } = yield* client.call(`${operation?.module.replace(/\.ts$/, "")}.${operation?.name}`, { 日本: "x" }, { body: { 日本: { n: 1 } } })
      expect(error).toBeUndefined()
      expect(value).toEqual({ 日本: { n: 1 } })
    }) }
  },
  {
    name: "models called as what the code itself uses",
    document: answered(`
Thing: { type: object, properties: { a: { type: string, pattern: "^a+$" }, r: { $ref: "#/components/schemas/RegExp" }, m: { $ref: "#/components/schemas/Map" }, b: { $ref: "#/components/schemas/globalThis" } } }
RegExp: { type: object, properties: { source: { type: string, pattern: "^b+$" } } }
Map: { type: object, properties: { x: { type: string } } }
globalThis: { type: object, properties: { x: { type: string } } }
`),
    config: { checkOutput: true },
    behaves: { "work": (client) => Effect.gen(function*() {
      expect((yield* client.call("things.getThing", undefined, { body: { a: "aa", r: { source: "b" }, m: { x: "1" } } })).error).toBeUndefined()
      yield* fails("things.getThing", undefined, { a: "b" }, "a")(client)
    }) }
  },
  {
    name: "formats by choice in parameters, bodies and headers",
    document: paths(`
/thing/{at}/{big}:
  get:
    operationId: getThing
    tags: [things]
    parameters:
      - { name: at, in: path, required: true, schema: { type: string, format: date-time } }
      - { name: big, in: path, required: true, schema: { type: integer, format: int64 } }
      - { name: since, in: query, schema: { type: string, format: date-time } }
      - { name: ids, in: query, schema: { type: array, items: { type: integer, format: int64 } } }
      - { name: data, in: query, schema: { type: string, format: byte } }
      - { name: X-At, in: header, schema: { type: string, format: date-time } }
    responses: { "200": { description: ok, headers: { X-Big: { schema: { type: integer, format: int64 } }, X-At: { schema: { type: string, format: date-time } } }, content: { application/json: { schema: { type: array, items: { type: string, format: date-time } } } } } }
`),
    config: { formats: { dateTime: "DateTime", int64: "bigint", byte: "bytes" } },
    types: `
claim<Same<Input<typeof things.getThing>, {
  readonly at: DateTime.Utc
  readonly big: bigint
  readonly since?: DateTime.Utc | undefined
  readonly ids?: ReadonlyArray<bigint> | undefined
  readonly data?: Uint8Array | undefined
  readonly xAt?: DateTime.Utc | undefined
}>>()
claim<Same<Output<typeof things.getThing>, ReadonlyArray<DateTime.Utc>>>()
`,
    behaves: { "go on the wire as texts": (client) => Effect.gen(function*() {
      const { error, sent } = yield* client.run((at) => Effect.flatMap(
        Effect.promise(() => import("effect/DateTime")),
        (DateTime) => {
          const when = DateTime.makeUnsafe("2026-01-31T12:00:00Z")
          return (at("things")["getThing"] as (input: unknown) => Effect.Effect<unknown>)({ at: when, big: 9007199254740993n, since: when, ids: [1n, 2n], data: new Uint8Array([104, 105]), xAt: when })
        }
      ), { headers: { "content-type": "application/json" }, body: "[]" })
      expect(error).toBeUndefined()
      expect(decodeURIComponent(sent?.path ?? "")).toBe("/thing/2026-01-31T12:00:00.000Z/9007199254740993?since=2026-01-31T12:00:00.000Z&ids=1&ids=2&data=aGk=")
      expect(sent?.headers["x-at"]).toBe("2026-01-31T12:00:00.000Z")
    }) }
  },
  ...(["number", "bigint", "string"] as const).map((int64): Case => ({
    name: `pages whose numbers are int64 as ${int64}`,
    document: paths(`
/things: { get: { operationId: listThings, tags: [things], parameters: [{ name: limit, in: query, schema: { type: integer, format: int64 } }, { name: offset, in: query, schema: { type: integer, format: int64 } }], responses: { "200": ${json("{ type: object, properties: { data: { type: array, items: { type: string } }, count: { type: integer, format: int64 } } }")} } } }
/numbered: { get: { operationId: numbered, tags: [things], parameters: [{ name: page, in: query, schema: { type: integer, format: int64 } }], responses: { "200": ${json("{ type: object, properties: { list: { type: array, items: { type: string } } } }")} } } }
`),
    config: { formats: { int64 }, paging: [{ kind: "offset", offset: "offset", items: ["data"], total: ["count"] }, { kind: "page", page: "page", items: ["list"] }] },
    behaves: { "are walked": (client) => Effect.gen(function*() {
      const got = yield* client.run((at) => Stream.runCollect((at("things")["listThings"] as { items: () => Stream.Stream<unknown> }).items()), (request) => {
        const start = Number(request.url.searchParams.get("offset") ?? 0)
        return { body: { data: ["a", "b", "c"].slice(start, start + 2), count: 3 } }
      })
      expect(got.error).toBeUndefined()
      expect(got.value).toEqual(["a", "b", "c"])
      const numbered = yield* client.run((at) => Stream.runCollect((at("things")["numbered"] as { items: () => Stream.Stream<unknown> }).items()), (request) => {
        const number = Number(request.url.searchParams.get("page") ?? 1)
        return { body: { list: ["a", "b", "c"].slice(number * 2 - 2, number * 2) } }
      })
      expect(numbered.value).toEqual(["a", "b", "c"])
    }) }
  })),
  {
    name: "pages of answers that are several",
    document: paths(`
/a: { get: { operationId: getA, tags: [things], parameters: [{ name: offset, in: query, schema: { type: integer } }], responses: { "200": ${json("{ type: object, properties: { data: { type: array, items: { type: string } } } }")}, "206": ${json("{ type: object, properties: { part: { type: string } } }")} } } }
/b: { get: { operationId: getB, tags: [things], parameters: [{ name: offset, in: query, schema: { type: integer } }], responses: { "200": ${json("{ type: object, nullable: true, properties: { data: { type: array, nullable: true, items: { type: string } } } }")} } } }
/c: { get: { operationId: getC, tags: [things], parameters: [{ name: offset, in: query, schema: { type: integer } }], responses: { "200": { description: ok, content: { application/json: { schema: { type: object, properties: { data: { type: array, items: { type: string } } } } }, text/csv: { schema: { type: string } } } } } } }
/d: { get: { operationId: getD, tags: [things], parameters: [{ name: offset, in: query, schema: { type: integer } }], responses: { "200": ${json("{ type: object, properties: { data: { oneOf: [{ type: array, items: { type: string } }, { type: string }] } } }")} } } }
/e: { get: { operationId: getE, tags: [things], parameters: [{ name: offset, in: query, schema: { type: integer } }], responses: { "200": ${json("{ allOf: [{ $ref: \"#/components/schemas/Page\" }, { type: object, properties: { data: { type: array, items: { type: integer } } } }] }")} } } }
components: { schemas: { Page: { type: object, properties: { count: { type: integer } } } } }
`, "3.0.3"),
    config: { paging: [{ kind: "offset", offset: "offset", items: ["data"], total: ["count"] }] },
    types: `
type ItemOf<S> = S extends Stream.Stream<infer A, infer _E, infer _R> ? A : never
claim<Same<ItemOf<ReturnType<typeof things.getB.items>>, string>>()
claim<Same<ItemOf<ReturnType<typeof things.getE.items>>, number>>()
`
  },
  {
    name: "files named by a model",
    document: paths(`
/upload: { post: { operationId: upload, tags: [things], requestBody: { required: true, content: { multipart/form-data: { schema: { $ref: "#/components/schemas/Upload" } } } }, ${ok} } }
/bytes: { post: { operationId: bytes, tags: [things], requestBody: { required: true, content: { application/octet-stream: { schema: { $ref: "#/components/schemas/File" } } } }, ${ok} } }
components:
  schemas:
    File: { type: string, format: binary }
    Upload: { type: object, required: [file], properties: { file: { $ref: "#/components/schemas/File" }, more: { type: array, items: { $ref: "#/components/schemas/File" } }, id: { type: integer, readOnly: true }, nothing: { type: string, nullable: true, format: binary } } }
`),
    types: `
type Body = Input<typeof things.upload>["body"]
claim<Fits<{ readonly name: string; readonly content: string }, Body["file"]>>()
claim<Fits<ReadonlyArray<{ readonly name: string; readonly content: string }>, NonNullable<Body["more"]>>>()
claim<Same<keyof Body, "file" | "more" | "nothing">>()
claim<Same<Input<typeof things.bytes>["body"], Uint8Array>>()
`,
    behaves: { "are parts with a file name": (client) => Effect.gen(function*() {
      const { error, sent } = yield* client.call("things.upload", { body: { file: { name: "a.txt", content: "AAA" }, more: [{ name: "b", content: "BBB" }] } }, { status: 204 })
      expect(error).toBeUndefined()
      expect(sent?.text).toMatch(/name="file"; filename="a.txt"[^]*AAA[^]*name="more"; filename="b"[^]*BBB/)
    }) }
  },
  {
    name: "a heir that is nothing but its parent",
    document: thing(`
Thing: { type: object, required: [kind], properties: { kind: { type: string } }, discriminator: { propertyName: kind } }
Only: { allOf: [{ $ref: "#/components/schemas/Thing" }] }
Also: { allOf: [{ $ref: "#/components/schemas/Only" }] }
`),
    behaves: { "is known by its name": roundTrip({ kind: "Also" }) }
  },
  {
    name: "a family in a family",
    document: thing(`
Thing: { type: object, required: [all], properties: { all: { type: array, items: { $ref: "#/components/schemas/Animal" } } } }
Animal: { type: object, required: [kind], properties: { kind: { type: string } }, discriminator: { propertyName: kind } }
Dog: { allOf: [{ $ref: "#/components/schemas/Animal" }, { type: object, required: [race], properties: { race: { type: string } }, discriminator: { propertyName: race } }] }
Poodle: { allOf: [{ $ref: "#/components/schemas/Dog" }, { type: object, properties: { curls: { type: integer } } }] }
Owner: { oneOf: [{ $ref: "#/components/schemas/Animal" }, { type: string }] }
`),
    behaves: { "goes round": roundTrip({ all: [{ kind: "Animal" }, { kind: "Poodle", race: "Poodle", curls: 1 }] }) }
  },
  {
    name: "allOf of things that are unions",
    document: thing(`
Thing: { type: object, required: [v], properties: { v: { allOf: [{ $ref: "#/components/schemas/Shape" }, { type: object, required: [id], properties: { id: { type: integer } } }] } } }
Shape: { oneOf: [{ $ref: "#/components/schemas/Circle" }, { $ref: "#/components/schemas/Square" }], discriminator: { propertyName: t } }
Circle: { type: object, required: [t], properties: { t: { type: string }, r: { type: number } } }
Square: { type: object, required: [t], properties: { t: { type: string }, s: { type: number } } }
`),
    behaves: {
      "go round": roundTrip({ v: { t: "Circle", r: 1, id: 1 } }),
      "are checked": fails("things.getThing", undefined, { v: { t: "Circle", r: 1 } }, "v.id"),
      "unknown ones are tagged": (client) => Effect.gen(function*() {
        const got = yield* client.call("things.getThing", undefined, { body: { v: { t: "Star", id: 1 } } })
        expect(got.value).toMatchObject({ v: expect.any(Open.Unrecognized) })
      })
    }
  },
  {
    name: "members of one direction in unions, lists and maps",
    document: thing(`
Thing: { type: object, required: [list, map, one], properties: { list: { type: array, items: { $ref: "#/components/schemas/Item" } }, map: { type: object, additionalProperties: { $ref: "#/components/schemas/Item" } }, one: { oneOf: [{ $ref: "#/components/schemas/Item" }, { $ref: "#/components/schemas/Other" }], discriminator: { propertyName: t } } } }
Item: { type: object, required: [t, id, name], properties: { t: { type: string }, id: { type: integer, readOnly: true }, name: { type: string } } }
Other: { type: object, required: [t], properties: { t: { type: string } } }
`),
    types: `
claim<Same<models.ItemInput, { readonly t: string; readonly name: string }>>()
claim<Same<models.ThingInput["list"], ReadonlyArray<models.ItemInput>>>()
claim<Same<models.ThingInput["map"], { readonly [name: string]: models.ItemInput }>>()
`,
    behaves: { "differ": (client) => Effect.gen(function*() {
      const item = { t: "Item", name: "n" }
      const { error, sent, value } = yield* client.call("things.putThing", { body: { list: [item], map: { a: item }, one: item } }, { body: { list: [{ ...item, id: 1 }], map: { a: { ...item, id: 1 } }, one: { ...item, id: 1 } } })
      expect(error).toBeUndefined()
      expect(sent?.body).toEqual({ list: [item], map: { a: item }, one: item })
      expect(value).toMatchObject({ one: { id: 1 } })
    }) }
  },
  {
    name: "path parameters with odd names",
    document: paths(`
/a/{user-id}/{größe}/{x.y}/{path+}: { get: { operationId: getA, tags: [things], parameters: [${["user-id", "größe", "x.y", "path+"].map((name) => `{ name: ${JSON.stringify(name)}, in: path, required: true, schema: { type: string } }`).join(", ")}], ${ok} } }
/b/{id}/{ID}: { get: { operationId: getB, tags: [things], parameters: [{ name: id, in: path, required: true, schema: { type: string } }, { name: ID, in: path, required: true, schema: { type: string } }], ${ok} } }
/c/{constructor}/{__proto__}: { get: { operationId: getC, tags: [things], parameters: [{ name: constructor, in: path, required: true, schema: { type: string } }, { name: __proto__, in: path, required: true, schema: { type: string } }], ${ok} } }
/d/{ id }: { get: { operationId: getD, tags: [things], parameters: [{ name: id, in: path, required: true, schema: { type: string } }], ${ok} } }
`),
    types: "claim<Same<Input<typeof things.getA>, { readonly userId: string; readonly größe: string; readonly xY: string; readonly path: string }>>()",
    warnings: [/the path has \{ id \}, the parameter is called id/],
    behaves: {
      "are filled": sends("things.getA", { userId: "1", größe: "2", xY: "3", path: "4" }, "GET /a/1/2/3/4"),
      "two that are equal but for case": (client) => Effect.gen(function*() {
        const { value } = yield* client.run((at) => Effect.succeed(Object.keys((at("things")["getB"] as { input: { path: object } }).input.path)), {})
        const [one = "", two = ""] = value as ReadonlyArray<string>
        yield* sends("things.getB", { [one]: "1", [two]: "2" }, "GET /b/1/2")(client)
        const c = yield* client.run((at) => Effect.succeed(Object.keys((at("things")["getC"] as { input: { path: object } }).input.path)), {})
        const [first = "", second = ""] = c.value as ReadonlyArray<string>
        yield* sends("things.getC", { [first]: "1", [second]: "2" }, "GET /c/1/2")(client)
      })
    }
  },
  {
    name: "files that could be called alike",
    document: {
      "common.yaml": oas(`paths: { /models/common: { get: { operationId: getA, ${ok.replace("description: ok", "description: ok")} } }, /models/a: { get: { operationId: getB, responses: { "200": ${json("{ $ref: \"#/components/schemas/A\" }")} } } } }\ncomponents: { schemas: { A: { type: object, properties: { x: { type: string } } }, S: { type: string } } }`),
      "a.yaml": oas(`paths: { /models/b: { get: { operationId: getC, responses: { "200": ${json("{ $ref: \"#/components/schemas/A\" }")} } } }, /session: { get: { operationId: getD, ${ok} } }, /index: { get: { operationId: getE, ${ok} } }, /models/con: { get: { operationId: getF, ${ok} } } }\ncomponents: { schemas: { A: { type: object, properties: { y: { type: string } } } } }`)
    },
    inputs: ["common.yaml", "a.yaml"],
    config: { layout: "path" },
    behaves: {
      "are not": (client) => Effect.sync(() => {
        const files = [...client.generated.files.keys()].map((name) => name.toLowerCase())
        expect(new Set(files).size).toBe(files.length)
        for (const { module, name } of client.generated.operations) expect(client.generated.files.get(module), name).toContain(`export const ${name} =`)
        for (const { module, name } of client.generated.models) expect(client.generated.files.get(module), name).toContain(`export const ${name}:`)
      })
    }
  },
  {
    name: "enums of all sorts",
    document: thing(`
Thing:
  type: object
  properties:
    a: { type: string, enum: ["", " ", "a\\"b", "line\\nbreak", "\`\${x}\`", "*/", "__proto__", "constructor", "\\u2028", "ü", "🎉"] }
    b: { type: number, enum: [0, -1, 1.5, 1e21, 9007199254740993] }
    c: { type: boolean, enum: [true, false] }
    d: { type: string, enum: [${Array.from({ length: 200 }, (_, n) => `value-number-${n}`).join(", ")}] }
`),
    behaves: {
      "go round": (client) => Effect.gen(function*() {
        for (const a of ["", " ", "a\"b", "line\nbreak", "`${x}`", "*/", "__proto__", "constructor", "\u2028", "ü", "🎉", "new"]) yield* roundTrip({ a, d: "value-number-199" })(client)
        for (const b of [0, -1, 1.5, 1e21]) yield* roundTrip({ b })(client)
      })
    },
    warnings: []
  },
  {
    name: "numbers beyond what a double holds",
    document: thing("Thing: { type: object, properties: { a: { type: integer, minimum: -9223372036854775808, maximum: 9223372036854775807, default: 9223372036854775807 }, b: { type: integer, format: int64, maximum: 9223372036854775807 }, c: { type: number, multipleOf: 0.01 }, d: { type: integer, format: uint64, const: 9007199254740993 } } }"),
    behaves: {
      "multiples of fractions": roundTrip({ a: 1, b: 2, c: 0.07 }),
      "and what is none": refuses("things.putThing", { body: { c: 0.075 } }, "body.c")
    }
  },
  {
    name: "a session of one's own",
    document: answered("Thing: { type: object }"),
    config: { sessionFrom: "../session", session: "Mine" },
    behaves: { "is imported": (client) => Effect.sync(() => {
      expect(client.generated.files.has("session.ts")).toBe(false)
      expect(client.generated.files.get("things.ts")).toContain("import { Mine } from \"../session.ts\"")
    }) }
  },
  {
    name: "nested deeper than compilers go",
    document: JSON.stringify({
      openapi: "3.1.0", info: { title: "Torture", version: "1" },
      paths: { "/thing": { get: { operationId: "getThing", tags: ["things"], responses: { 200: { description: "ok", content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } } } } } },
      components: { schemas: { Thing: Array.from({ length: 90 }).reduce<object>((a) => ({ type: "object", required: ["a"], properties: { a } }), { type: "integer" }) } }
    }),
    behaves: { "is checked to its end": (client) => Effect.gen(function*() {
      const nested = (leaf: unknown): unknown => Array.from({ length: 90 }).reduce<unknown>((a) => ({ a }), leaf)
      expect((yield* client.call("things.getThing", undefined, { body: nested(1) })).value).toEqual(nested(1))
      expect((yield* client.call("things.getThing", undefined, { body: nested("x") })).error).toMatchObject({ _tag: "DecodeFailed", issues: [{ path: Array.from({ length: 90 }).fill("a").join(".") }] })
    }) }
  },
  {
    name: "parameters that are structures",
    document: paths(`
/a:
  get:
    operationId: getA
    tags: [things]
    parameters:
      - { name: filter, in: query, style: deepObject, explode: true, schema: { type: object, additionalProperties: { type: string } } }
      - { name: sort, in: query, schema: { type: array, items: { type: object, properties: { by: { type: string } } } } }
      - { name: either, in: query, schema: { oneOf: [{ type: string }, { type: array, items: { type: string } }] } }
      - { name: model, in: query, schema: { $ref: "#/components/schemas/State" } }
      - { name: nothing, in: query }
      - { name: maybe, in: query, schema: { type: string, nullable: true } }
      - { name: limited, in: query, schema: { type: array, items: { type: integer }, maxItems: 2 } }
    ${ok}
components: { schemas: { State: { type: string, enum: [on, off] } } }
`, "3.0.3"),
    warnings: [/the parameter sort holds records/],
    types: `
claim<Same<Input<typeof things.getA>["model"], models.State | undefined>>()
claim<Same<Input<typeof things.getA>["either"], string | ReadonlyArray<string> | undefined>>()
`,
    behaves: {
      "deep": sends("things.getA", { filter: { a: "1", "b c": "2" } }, "GET /a?filter%5Ba%5D=1&filter%5Bb%20c%5D=2"),
      "one of several": sends("things.getA", { either: ["a", "b"], model: "on" }, "GET /a?either=a&either=b&model=on"),
      "limits": refuses("things.getA", { limited: [1, 2, 3] }, "limited"),
      "closed": refuses("things.getA", { model: "ajar" }, "model")
    }
  }
]
