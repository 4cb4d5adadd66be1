/** Details of the specification that are easily lost. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { Endpoint, Open } from "credence"
import { fails, refuses, roundTrip, sends } from "./claims.ts"
import type { Case } from "./support.ts"
import { oas, paths, swagger, thing } from "./write.ts"

const ok = "responses: { \"204\": { description: ok } }"
const json = (schema: string): string => `{ description: ok, content: { application/json: { schema: ${schema} } } }`

export const cases: ReadonlyArray<Case> = [
  {
    name: "a GET that has a body",
    document: paths(`/search: { get: { operationId: search, tags: [things], requestBody: { required: true, content: { application/json: { schema: { type: object, required: [q], properties: { q: { type: string } } } } } }, ${ok} } }`),
    types: "claim<Same<Input<typeof things.search>, { readonly body: { readonly q: string } }>>()",
    behaves: { "sends it": (client) => Effect.gen(function*() {
      const { sent } = yield* client.call("things.search", { body: { q: "x" } }, { status: 204 })
      expect([sent?.method, sent?.body]).toEqual(["GET", { q: "x" }])
    }) }
  },
  {
    name: "a HEAD that is asked for its headers",
    document: paths(`/thing: { head: { operationId: headThing, tags: [things], responses: { "200": { description: ok, headers: { ETag: { schema: { type: string } }, X-Count: { schema: { type: integer } } }, content: { application/json: { schema: { type: object } } } } } } }`),
    types: "claim<Same<Output<typeof things.headThing>, void>>()",
    behaves: { "gives them": (client) => Effect.gen(function*() {
      const { value } = yield* client.run((at) => Endpoint.withResponse(at("things")["headThing"] as Parameters<typeof Endpoint.withResponse>[0])() as Effect.Effect<unknown>, { headers: { etag: "e", "x-count": "3" } })
      expect(value).toMatchObject({ headers: { etag: "e", "x-count": 3 } })
    }) }
  },
  {
    name: "a body that may be left out, in several media types",
    document: paths(`/thing: { post: { operationId: makeThing, tags: [things], requestBody: { content: { application/json: { schema: { type: object, properties: { a: { type: string } } } }, text/csv: { schema: { type: string } } } }, ${ok} } }`),
    types: "claim<Same<NeedsNothing<typeof things.makeThing>, true>>()\nthings.makeThing()\nthings.makeThing({ contentType: \"text/csv\", body: \"a\" })",
    behaves: { "is left out": (client) => Effect.gen(function*() {
      const { error, sent } = yield* client.call("things.makeThing", undefined, { status: 204 })
      expect(error).toBeUndefined()
      expect(sent?.text).toBeUndefined()
    }) }
  },
  {
    name: "layouts of a form's members",
    document: paths(`
/form:
  post:
    operationId: form
    tags: [things]
    requestBody:
      required: true
      content:
        application/x-www-form-urlencoded:
          schema: { type: object, properties: { many: { type: array, items: { type: string } }, csv: { type: array, items: { type: string } }, pipes: { type: array, items: { type: string } }, deep: { type: object, properties: { a: { type: integer } } }, json: { type: object, properties: { b: { type: integer } } } } }
          encoding: { csv: { explode: false }, pipes: { style: pipeDelimited, explode: false }, deep: { style: deepObject, explode: true }, json: { contentType: application/json } }
    ${ok}
`),
    behaves: { "are as they are declared": (client) => Effect.gen(function*() {
      const { error, sent } = yield* client.call("things.form", { body: { many: ["a", "b"], csv: ["a", "b"], pipes: ["a", "b"], deep: { a: 1 }, json: { b: 2 } } }, { status: 204 })
      expect(error).toBeUndefined()
      expect([...new URLSearchParams(sent?.text)]).toEqual([["many", "a"], ["many", "b"], ["csv", "a,b"], ["pipes", "a|b"], ["deep[a]", "1"], ["json", "{\"b\":2}"]])
    }) }
  },
  {
    name: "layouts of a form's members of 2 0",
    document: swagger(`
host: api.example.com
paths:
  /form: { post: { operationId: form, tags: [things], consumes: [application/x-www-form-urlencoded], parameters: [{ name: csv, in: formData, type: array, items: { type: string } }, { name: multi, in: formData, type: array, collectionFormat: multi, items: { type: string } }], ${ok} } }
`),
    behaves: { "are as they are declared": (client) => Effect.gen(function*() {
      const { sent } = yield* client.call("things.form", { body: { csv: ["a", "b"], multi: ["a", "b"] } }, { status: 204 })
      expect([...new URLSearchParams(sent?.text)]).toEqual([["csv", "a,b"], ["multi", "a"], ["multi", "b"]])
    }) }
  },
  {
    name: "lists in a multipart body",
    document: paths(`/up: { post: { operationId: up, tags: [things], requestBody: { required: true, content: { multipart/form-data: { schema: { type: object, required: [tags], properties: { tags: { type: array, items: { type: string } }, rows: { type: array, items: { type: object, properties: { a: { type: integer } } } }, when: { type: string, format: date-time } } } } } }, ${ok} } }`),
    behaves: { "are parts of one name": (client) => Effect.gen(function*() {
      const { error, sent } = yield* client.call("things.up", { body: { tags: ["a", "b"], when: "2026-01-31T12:00:00Z" } }, { status: 204 })
      expect(error).toBeUndefined()
      expect(sent?.text?.match(/name="tags"/g)).toHaveLength(2)
    }) }
  },
  {
    name: "what 3 2 brings",
    document: oas(`
$self: https://example.com/api/openapi
servers: [{ url: "https://api.example.com", name: live }, { url: "https://test.example.com", name: try-out }]
tags: [{ name: things, summary: Things, kind: nav }]
paths:
  /thing:
    get:
      operationId: getThing
      tags: [things]
      parameters: [{ name: whole, in: querystring, content: { application/x-www-form-urlencoded: { schema: { type: object } } } }]
      responses:
        "200": { summary: good, content: { application/json: { $ref: "#/components/mediaTypes/Thing" } } }
        "404": { content: { application/json: { schema: { type: string } } } }
components:
  mediaTypes: { Thing: { schema: { $ref: "#/components/schemas/Thing" } } }
  schemas:
    Thing: { oneOf: [{ $ref: "#/components/schemas/A" }, { $ref: "#/components/schemas/B" }], discriminator: { propertyName: kind, defaultMapping: B } }
    A: { type: object, required: [kind], properties: { kind: { type: string }, a: { type: integer } } }
    B: { type: object, properties: { kind: { type: string }, b: { type: integer } } }
`, "3.2.0"),
    types: "claim<Fits<{ readonly kind: \"A\"; readonly a: 1 }, Output<typeof things.getThing>>>()\nclaim<Same<keyof typeof servers.servers, \"live\" | \"tryOut\">>()",
    warnings: [/whole query string is left out/],
    behaves: { "a variant without a name": (client) => Effect.gen(function*() {
      expect((yield* client.call("things.getThing", undefined, { body: { b: 1 } })).value).toEqual({ b: 1 })
      expect((yield* client.call("things.getThing", undefined, { body: { kind: "A", a: 1 } })).value).toEqual({ kind: "A", a: 1 })
    }) }
  },
  {
    name: "bodies of errors that the document leaves open",
    document: paths(`
/thing: { get: { operationId: getThing, tags: [things], responses: { "200": ${json("{ $ref: \"#/components/schemas/Page\" }")}, "404": { description: gone }, "500": { description: broken, content: { application/json: {} } }, "403": ${json("{ type: string }")} } } }
components: { schemas: { Page: { type: object, properties: { code: { type: integer }, messages: { type: array, items: { type: string } } } }, Failure: { type: object, required: [messages], properties: { messages: { type: array, items: { type: string } } } } } }
`),
    config: { preset: { name: "own", isErrorBody: (model) => model === "Failure", alwaysThere: (_model, fields, field) => fields.includes("code") && field === "messages" } },
    types: `
claim<Same<Extract<Errors<typeof things.getThing>, { readonly _tag: "NotFound" }>["body"], models.Failure>>()
claim<Same<Extract<Errors<typeof things.getThing>, { readonly _tag: "Forbidden" }>["body"], string>>()
claim<Same<models.Page["messages"], ReadonlyArray<string>>>()
claim<Same<models.Page["code"], number | undefined>>()
`
  },
  {
    name: "formats are checked in what is sent",
    document: thing("Thing: { type: object, properties: { at: { type: string, format: date-time }, day: { type: string, format: date }, id: { type: string, format: uuid }, data: { type: string, format: byte } } }"),
    behaves: {
      "a request with a text that is none is refused": (client) => Effect.gen(function*() {
        for (const name of ["at", "day", "id", "data"]) yield* refuses("things.putThing", { body: { [name]: "?" } }, `body.${name}`)(client)
      }),
      "an answer with one is taken": roundTripOfAnswers
    }
  },
  {
    name: "formats that nobody checks",
    document: thing("Thing: { type: object, properties: { at: { type: string, format: date-time } } }"),
    config: { formats: { check: false } },
    behaves: { "go as they are": roundTrip({ at: "?" }) }
  },
  {
    name: "records without members",
    document: thing("Thing: { type: object, properties: { open: { type: object, properties: {} }, shut: { type: object, additionalProperties: false }, both: { oneOf: [{ type: object, required: [a], properties: { a: { type: string } } }, { type: object, additionalProperties: false }] } } }"),
    behaves: { "go round": roundTrip({ open: { a: 1 }, both: { a: "x" } }) }
  },
  {
    name: "null in lists and maps",
    document: thing("Thing: { type: object, properties: { list: { type: array, items: { type: string, nullable: true } }, map: { type: object, additionalProperties: { type: integer, nullable: true } }, tuple: { type: array, nullable: true, items: { type: number } } } }", "3.0.3"),
    types: "claim<Same<models.Thing, { readonly list?: ReadonlyArray<string | null> | undefined; readonly map?: { readonly [name: string]: number | null } | undefined; readonly tuple?: ReadonlyArray<number> | null | undefined }>>()",
    behaves: { "goes round": roundTrip({ list: ["a", null], map: { a: null, b: 1 }, tuple: null }), "none where none is declared": fails("things.getThing", undefined, { tuple: [null] }, "tuple[0]") }
  },
  {
    name: "an enum that an alias names",
    document: thing(`
Thing: { type: object, required: [a], properties: { a: { $ref: "#/components/schemas/Alias" }, b: { $ref: "#/components/schemas/Maybe" }, all: { type: array, items: { $ref: "#/components/schemas/Size" } } } }
Alias: { $ref: "#/components/schemas/Size" }
Size: { type: string, enum: [s, m] }
Maybe: { type: string, enum: [x, null], nullable: true }
`, "3.0.3"),
    behaves: {
      "unknown ones go round": roundTrip({ a: "xl", b: "y", all: ["s", "xxl"] }),
      "and are tagged": (client) => Effect.gen(function*() {
        const { drift, value } = yield* client.call("things.getThing", undefined, { body: { a: "xl", b: "y", all: ["xxl"] } })
        expect(value).toMatchObject({ a: expect.any(Open.Unrecognized), b: expect.any(Open.Unrecognized), all: [expect.any(Open.Unrecognized)] })
        expect(drift).toHaveLength(3)
      })
    }
  },
  {
    name: "operations that differ by the fragment of their path",
    document: paths(`
"/#Action=One": { post: { operationId: one, tags: [things], parameters: [{ name: Action, in: query, schema: { type: string, enum: [One] } }], ${ok} } }
"/#Action=Two": { post: { operationId: two, tags: [things], parameters: [{ name: Action, in: query, required: true, schema: { type: string, enum: [Two] } }], ${ok} } }
`),
    behaves: { "are two": (client) => Effect.gen(function*() {
      yield* sends("things.one", undefined, "POST /")(client)
      yield* sends("things.two", { Action: "Two" }, "POST /?Action=Two")(client)
    }) }
  }
]

function roundTripOfAnswers(client: Parameters<NonNullable<Case["behaves"]>[string]>[0]) {
  return Effect.gen(function*() {
    const body = { at: "?", day: "?", id: "?", data: "?" }
    expect((yield* client.call("things.getThing", undefined, { body })).value).toEqual(body)
  })
}
