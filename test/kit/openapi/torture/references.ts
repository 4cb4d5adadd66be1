/** References: round, across files, by anchor, by id, and those that lead nowhere. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { fails, roundTrip } from "./claims.ts"
import type { Case } from "./support.ts"
import { answered, oas, paths, thing } from "./write.ts"

const deep = (depth: number): unknown => depth === 0 ? { id: 0 } : { id: depth, kids: [deep(depth - 1)], parent: { id: 9 } }

export const cases: ReadonlyArray<Case> = [
  {
    name: "a schema that refers to itself",
    document: thing("Thing: { type: object, required: [id], properties: { id: { type: integer }, kids: { type: array, items: { $ref: \"#/components/schemas/Thing\" } }, parent: { $ref: \"#/components/schemas/Thing\" } } }"),
    types: "claim<Same<models.Thing, { readonly id: number; readonly kids?: ReadonlyArray<models.Thing> | undefined; readonly parent?: models.Thing | undefined }>>()",
    behaves: { "goes round at any depth": roundTrip(deep(20)), "is checked at any depth": fails("things.getThing", undefined, { id: 1, kids: [{ id: 1, kids: [{}] }] }, "kids[0].kids[0].id") }
  },
  {
    name: "schemas that refer to each other, in any order",
    document: thing(`
Thing: { type: object, properties: { b: { $ref: "#/components/schemas/B" } } }
B: { type: array, items: { $ref: "#/components/schemas/C" } }
C: { oneOf: [{ $ref: "#/components/schemas/Thing" }, { type: string }] }
`),
    types: "claim<Same<models.B, ReadonlyArray<models.C>>>()",
    behaves: { "go round": roundTrip({ b: ["x", { b: [{ b: [] }] }] }) }
  },
  {
    name: "a schema that is nothing but itself",
    document: thing(`
Thing: { type: object, properties: { a: { $ref: "#/components/schemas/Self" }, b: { $ref: "#/components/schemas/Ping" }, c: { $ref: "#/components/schemas/Either" }, d: { $ref: "#/components/schemas/All" } } }
Self: { $ref: "#/components/schemas/Self" }
Ping: { $ref: "#/components/schemas/Pong" }
Pong: { $ref: "#/components/schemas/Ping" }
Either: { oneOf: [{ type: string }, { $ref: "#/components/schemas/Either" }] }
All: { allOf: [{ $ref: "#/components/schemas/All" }, { type: object, properties: { x: { type: string } } }] }
`),
    warnings: [/Self is, or may be, nothing but itself/, /P[io]ng is, or may be/, /Either is, or may be/, /All is made of itself/],
    behaves: { "takes what is left of it": roundTrip({ a: 1, b: "x", c: "y", d: { x: "z" } }) }
  },
  {
    name: "references across files",
    document: {
      "api.yaml": oas(`
paths:
  /thing: { $ref: "paths/thing.yaml" }
  /other: { $ref: "paths/thing.yaml#/x-other" }
`),
      "paths/thing.yaml": `
get:
  operationId: getThing
  tags: [things]
  parameters: [{ $ref: "../parts.json#/parameters/limit" }]
  responses: { "200": { $ref: "../parts.json#/responses/Thing" } }
put:
  operationId: putThing
  tags: [things]
  requestBody: { $ref: "../parts.json#/bodies/Thing" }
  responses: { "200": { $ref: "../parts.json#/responses/Thing" } }
x-other:
  get: { operationId: getOther, tags: [things], responses: { "204": { description: none } } }
`,
      "parts.json": JSON.stringify({
        parameters: { limit: { name: "limit", in: "query", schema: { $ref: "schemas/thing.yaml#/$defs/Limit" } } },
        responses: { Thing: { description: "ok", content: { "application/json": { schema: { $ref: "schemas/thing.yaml" } } } } },
        bodies: { Thing: { required: true, content: { "application/json": { schema: { $ref: "schemas/thing.yaml" } } } } }
      }),
      "schemas/thing.yaml": `
type: object
required: [id]
properties: { id: { type: integer }, next: { $ref: "#" }, size: { $ref: "#/$defs/Size" } }
$defs: { Size: { type: string, enum: [s] }, Limit: { type: integer, maximum: 9 } }
`
    },
    types: `
claim<Same<Input<typeof things.getThing>, { readonly limit?: models.Limit | undefined }>>()
claim<Same<models.Thing, { readonly id: number; readonly next?: models.Thing | undefined; readonly size?: models.Size | Open.Unrecognized<string> | undefined }>>()
claim<Same<Output<typeof things.getOther>, void>>()
`,
    behaves: { "are followed": roundTrip({ id: 1, next: { id: 2, size: "s" } }) }
  },
  {
    name: "defs, anchors and ids",
    document: thing(`
Thing:
  $id: https://schemas.example.com/thing
  type: object
  required: [a, b, c]
  properties: { a: { $ref: "#/$defs/A" }, b: { $ref: "#named" }, c: { $ref: "https://schemas.example.com/other" } }
  $defs: { A: { type: string, enum: [x] }, B: { $anchor: named, type: integer } }
Other: { $id: "https://schemas.example.com/other", type: object, required: [n], properties: { n: { type: number } } }
`),
    types: `
claim<Same<models.Thing["a"], "x" | Open.Unrecognized<string>>>()
claim<Same<models.Thing["b"], number>>()
claim<Same<models.Thing["c"], models.Other>>()
`,
    behaves: { "are followed": roundTrip({ a: "x", b: 1, c: { n: 0.5 } }) }
  },
  {
    name: "dynamicRef is reported",
    document: thing(`
Thing: { $dynamicAnchor: node, type: object, required: [id], properties: { id: { type: integer }, kids: { type: array, items: { $dynamicRef: "#node" } } } }
`),
    warnings: [/\$dynamicRef is taken as a plain \$ref/],
    types: "claim<Same<models.Thing, { readonly id: number; readonly kids?: ReadonlyArray<models.Thing> | undefined }>>()",
    behaves: { "and taken as a plain one": roundTrip({ id: 1, kids: [{ id: 2 }] }) }
  },
  {
    name: "keywords beside a reference",
    document: thing(`
Thing: { type: object, required: [a, b], properties: { a: { $ref: "#/components/schemas/Text", maxLength: 2 }, b: { $ref: "#/components/schemas/Text", description: another } } }
Text: { type: string }
`),
    types: "claim<Same<models.Thing, { readonly a: string; readonly b: models.Text }>>()",
    behaves: { "hold in 3 1": (client) => Effect.gen(function*() {
      expect((yield* client.call("things.putThing", { body: { a: "abc", b: "abc" } }, { body: {} })).error).toMatchObject({ _tag: "InvalidInput", issues: [{ path: "body.a" }] })
    }) }
  },
  {
    name: "keywords beside a reference of 3 0",
    document: thing(`
Thing: { type: object, required: [a], properties: { a: { $ref: "#/components/schemas/Text", maxLength: 2 } } }
Text: { type: string }
`, "3.0.3"),
    behaves: { "are not there": (client) => Effect.gen(function*() {
      expect((yield* client.call("things.putThing", { body: { a: "abc" } }, { body: { a: "abc" } })).error).toBeUndefined()
    }) }
  },
  {
    name: "references that lead nowhere",
    document: {
      "api.yaml": paths(`
/thing:
  parameters: [{ $ref: "#/components/parameters/Gone" }]
  get:
    operationId: getThing
    tags: [things]
    parameters: [{ $ref: "missing.yaml#/p" }]
    responses:
      "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Gone" } } } }
      "404": { $ref: "#/components/responses/Gone" }
      "500": { description: far, content: { application/json: { schema: { $ref: "https://far.example.com/schemas.json#/Problem" } } } }
`)
    },
    types: "claim<Same<Output<typeof things.getThing>, unknown>>()",
    warnings: [/api.yaml:\d+:\d+.*components\/parameters\/Gone/, /api.yaml:\d+:\d+.*missing.yaml/, /api.yaml:\d+:\d+.*components\/schemas\/Gone/, /api.yaml:\d+:\d+.*components\/responses\/Gone/, /far.example.com.*allow/],
    behaves: { "are taken as anything": (client) => Effect.gen(function*() {
      expect((yield* client.call("things.getThing", undefined, { body: { a: 1 } })).value).toEqual({ a: 1 })
      expect((yield* client.call("things.getThing", undefined, { status: 404, body: { a: 1 } })).error).toMatchObject({ _tag: "NotFound" })
    }) }
  },
  {
    name: "references in a circle that are no schemas",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    parameters: [{ $ref: "#/components/parameters/A" }]
    responses: { "200": { $ref: "#/components/responses/A" } }
/self: { $ref: "#/paths/~1self" }
components:
  parameters: { A: { $ref: "#/components/parameters/B" }, B: { $ref: "#/components/parameters/A" } }
  responses: { A: { $ref: "#/components/responses/A" } }
`),
    warnings: [/circle/]
  },
  {
    name: "a reference into the middle of things",
    document: answered(`
Thing: { type: object, required: [a, b], properties: { a: { type: object, required: [x], properties: { x: { type: string } } }, b: { $ref: "#/components/schemas/Thing/properties/a" }, c: { $ref: "#/paths/~1thing/get/responses/200/content/application~1json/schema" } } }
`),
    types: "claim<Alike<models.Thing[\"a\"], models.Thing[\"b\"]>>()\nclaim<Alike<NonNullable<models.Thing[\"c\"]>, models.Thing>>()"
  },
  {
    name: "the same schema in two documents",
    document: {
      "a.yaml": oas("paths: { /a: { get: { operationId: getA, tags: [a], responses: { \"200\": { description: ok, content: { application/json: { schema: { $ref: \"#/components/schemas/Same\" } } } } } } } }\ncomponents: { schemas: { Same: { type: object, properties: { x: { type: string } } }, Differs: { type: string } } }"),
      "b.yaml": oas("paths: { /b: { get: { operationId: getB, tags: [b], responses: { \"200\": { description: ok, content: { application/json: { schema: { $ref: \"#/components/schemas/Same\" } } } }, \"404\": { description: no, content: { application/json: { schema: { $ref: \"#/components/schemas/Differs\" } } } } } } } }\ncomponents: { schemas: { Same: { type: object, properties: { x: { type: string } } }, Differs: { type: object, properties: { y: { type: string } } } } }")
    },
    inputs: ["a.yaml", "b.yaml"],
    types: "claim<Same<Output<typeof a.getA>, Output<typeof b.getB>>>()\nclaim<Same<Output<typeof a.getA>, modelsCommon.Same>>()"
  },
  {
    name: "documents that are served in different places",
    document: {
      "a.yaml": oas("servers: [{ url: https://a.example.com/v1 }]\nsecurity: [{ Key: [] }]\npaths: { /a: { get: { operationId: getA, tags: [a], responses: { \"204\": { description: ok } } } } }\ncomponents: { securitySchemes: { Key: { type: apiKey, in: header, name: X-A } } }"),
      "b.yaml": oas("servers: [{ url: https://b.example.com }]\nsecurity: [{ Key: [] }]\npaths: { /b: { get: { operationId: getB, tags: [b], responses: { \"204\": { description: ok } } } } }\ncomponents: { securitySchemes: { Key: { type: apiKey, in: header, name: X-B } } }")
    },
    inputs: ["a.yaml", "b.yaml"],
    warnings: [/the security scheme Key means something else in another document/],
    behaves: { "each is called where it is": (client) => Effect.gen(function*() {
      expect((yield* client.call("a.getA", undefined, { status: 204 }, { ownBaseUrl: true })).sent).toMatchObject({ origin: "https://a.example.com", path: "/v1/a" })
      expect((yield* client.call("b.getB", undefined, { status: 204 }, { ownBaseUrl: true })).sent).toMatchObject({ origin: "https://b.example.com", path: "/b" })
    }) }
  },
  {
    name: "an operation in two documents",
    document: {
      "a.yaml": oas("paths: { /a: { get: { operationId: getA, tags: [a], responses: { \"204\": { description: ok } } } } }"),
      "b.yaml": oas("paths: { /a: { get: { operationId: getA, tags: [a], responses: { \"204\": { description: ok } } }, put: { operationId: putA, tags: [a], responses: { \"204\": { description: ok } } } } }"),
      "c.yaml": oas("paths: { /a: { get: { operationId: getAnother, tags: [a], responses: { \"204\": { description: no } } } } }")
    },
    inputs: ["a.yaml", "b.yaml", "c.yaml"],
    warnings: [/GET \/a is described twice/],
    types: "claim<Same<keyof typeof a, \"getA\" | \"putA\">>()"
  }
]
