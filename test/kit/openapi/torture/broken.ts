/** Documents that break rules: each is reported with the rule and the line, and what can be made of it is made. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { sends } from "./claims.ts"
import type { Case } from "./support.ts"
import { answered, oas, paths, swagger } from "./write.ts"

const ok = "responses: { \"204\": { description: ok } }"

export const cases: ReadonlyArray<Case> = [
  {
    name: "schemas that are none",
    document: answered(`
Thing:
  type: object
  properties:
    a: 7
    b: [string]
    c: null
    d: { type: strange }
    e: { type: 7 }
    f: { type: Str }
    g: { type: String }
    h: { properties: [1] }
    i: { type: object, required: id }
    j: { type: array }
    k: { type: array, items: 7 }
    l: { type: string, maxLength: many }
    m: { type: string, minLength: "2" }
    n: { type: object, properties: { x: { type: string, required: true } } }
    o: { oneOf: {} }
    p: { allOf: [] }
    q: { type: date }
    r: { enum: x }
    s: { $ref: 7 }
    t: { type: [] }
    u: { type: [strange, string] }
    v: { anyOf: [7, { type: string }] }
`, "3.0.3"),
    types: `
claim<Same<models.Thing["d"], unknown>>()
claim<Same<models.Thing["f"], string | undefined>>()
claim<Same<models.Thing["g"], string | undefined>>()
claim<Same<models.Thing["j"], ReadonlyArray<unknown> | undefined>>()
claim<Same<NonNullable<models.Thing["n"]>, { readonly x: string }>>()
claim<Same<models.Thing["q"], string | undefined>>()
`,
    warnings: [
      /^api.yaml:\d+:\d+: invalid: a schema has to be an object.*properties\/a/,
      /properties\/b/,
      /properties\/c/,
      /there is no type "strange".*properties\/d/,
      /type has to be a text.*properties\/e/,
      /there is no type "Str".*properties\/f/,
      /there is no type "String".*properties\/g/,
      /required has to be a list of names.*properties\/i/,
      /an array has to have `items`.*properties\/j/,
      /properties\/k\/items/,
      /maxLength has to be a number.*properties\/l/,
      /minLength is a text.*properties\/m/,
      /`required: true` belongs into the list.*properties\/n/,
      /oneOf has to be a list.*properties\/o/,
      /there is no type "date".*properties\/q/,
      /properties has to be an object.*properties\/h/,
      /enum has to be a list.*properties\/r/,
      /\$ref has to be a text.*properties\/s/,
      /properties\/u/,
      /properties\/v/
    ],
    behaves: { "what is left of it works": (client) => Effect.gen(function*() {
      const body = { a: 1, b: {}, d: [], g: "x", m: "x" }
      expect((yield* client.call("things.getThing", undefined, { body })).value).toEqual(body)
    }) }
  },
  {
    name: "paths and operations that are none",
    document: oas(`
paths:
  /a: 7
  /b: { get: 7, put: null, post: [], delete: { operationId: dropB, tags: things, ${ok} } }
  /c: { get: { operationId: [x], tags: [7, things], parameters: {}, ${ok} } }
  /d: { get: { operationId: getD, tags: [things], parameters: [7, null, { in: query }, { name: x }, { name: y, in: nowhere }, { name: 7, in: query }, { name: z, in: query }], requestBody: 7, responses: 7 } }
  x-ext: { get: { operationId: no } }
`),
    warnings: [
      /a path has to be an object.*\/~1a/,
      /^api.yaml:6:\d+: invalid: an operation has to be an object.*b\/get/,
      /an operation has to be an object.*b\/put/,
      /an operation has to be an object.*b\/post/,
      /`tags` has to be a list of texts.*b\/delete/,
      /`operationId` has to be a text/,
      /`tags` has to be a list of texts.*c\/get/,
      /`parameters` has to be a list/,
      /`requestBody` has to be an object/,
      /`responses` has to be an object/,
      /a parameter has to have a name/,
      /a parameter cannot be in/,
      /no success is described/
    ],
    behaves: { "what is left of it works": (client) => Effect.gen(function*() {
      expect(client.generated.operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(["DELETE /b", "GET /c", "GET /d"])
    }) }
  },
  {
    name: "containers that are none",
    document: "openapi: 3.1.0\ninfo: 7\npaths: [1]\ncomponents: [2]\nservers: x\ntags: y\nsecurity: z\n",
    warnings: [/`info` has to be an object/, /`paths` has to be an object/, /`components` has to be an object/, /`servers` has to be a list/, /`tags` has to be a list/, /security has to be a list/]
  },
  {
    name: "parameters twice",
    document: paths(`
/a:
  get:
    operationId: getA
    tags: [things]
    parameters:
      - { name: q, in: query, schema: { type: string } }
      - { name: q, in: query, schema: { type: integer } }
    ${ok}
`),
    types: "claim<Same<Input<typeof things.getA>, { readonly q?: number | undefined }>>()"
  },
  {
    name: "an unknown version",
    document: "openapi: 4.0.0\ninfo: { title: Torture, version: \"1\" }\npaths: { /a: { get: { operationId: getA, tags: [things], responses: { \"204\": { description: ok } } } } }\n",
    warnings: [/OpenAPI 4.0.0 is not known: read as 3.1/],
    behaves: { "is read all the same": sends("things.getA", undefined, "GET /a") }
  },
  {
    name: "keys twice and values of YAML",
    document: `openapi: 3.0.3
info: { title: Torture, version: 1.0 }
paths:
  /a:
    get: { operationId: getA, tags: [things], responses: { 204: { description: ok } } }
  /a:
    put: { operationId: putA, tags: [things], responses: { 204: { description: ok } } }
`,
    warnings: [/^api.yaml:6:3: .*\/a/],
    behaves: { "the last one counts": sends("things.putA", undefined, "PUT /a") }
  },
  {
    name: "dialects mixed",
    document: oas(`
paths:
  /a: { get: { operationId: getA, tags: [things], responses: { "200": { description: ok, content: { application/json: { schema: { type: string, nullable: true } } } } } } }
  /b: { get: { operationId: getB, tags: [things], produces: [application/json], responses: { "200": { description: ok, schema: { type: string } } } } }
definitions: { Old: { type: object } }
`, "3.1.0"),
    types: "claim<Same<Output<typeof things.getA>, string | null>>()"
  },
  {
    name: "bodies that are none of 2 0",
    document: swagger(`
paths:
  /a: { post: { operationId: postA, tags: [things], parameters: [{ name: a, in: body }, { name: b, in: body, schema: { type: string } }], ${ok} } }
  /b: { post: { operationId: postB, tags: [things], parameters: [{ name: a, in: body, schema: { type: string } }, { name: f, in: formData, type: string }], ${ok} } }
  /c: { post: { operationId: postC, tags: [things], parameters: [{ in: formData, type: string }, { name: f, in: formData }], ${ok} } }
  /d: { post: { operationId: postD, tags: [things], parameters: [{ name: f, in: query }], ${ok} } }
`)
  },
  {
    name: "discriminators that are none",
    document: answered(`
Thing:
  type: object
  properties:
    a: { oneOf: [{ $ref: "#/components/schemas/A" }, { type: string }], discriminator: { propertyName: t } }
    b: { oneOf: [{ $ref: "#/components/schemas/A" }, { type: object, properties: { t: { type: string } } }], discriminator: { propertyName: t } }
    c: { oneOf: [{ $ref: "#/components/schemas/A" }], discriminator: 7 }
    d: { oneOf: [{ $ref: "#/components/schemas/A" }], discriminator: { mapping: { x: 7 } } }
    e: { discriminator: { propertyName: t } }
    f: { $ref: "#/components/schemas/Alone" }
A: { type: object, properties: { t: { type: string } } }
Alone: { type: object, discriminator: { propertyName: t }, properties: { t: { type: string } } }
`),
    warnings: [/a variant without a name has no value for the discriminator/],
    types: "claim<Same<models.Alone, { readonly t?: string | undefined }>>()"
  },
  {
    name: "numbers that are none",
    document: answered("Thing: { type: object, properties: { a: { type: integer, minimum: 1.5, maximum: 1e400, multipleOf: 0 }, b: { type: string, minLength: -1 }, c: { type: array, items: {}, minItems: 1.5 }, d: { type: number, multipleOf: -1, default: .nan } } }"),
    warnings: [/1e400 is no JSON value/, /nan is no JSON value/, /maximum has to be a number/]
  }
]
