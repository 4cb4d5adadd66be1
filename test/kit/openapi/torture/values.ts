/** Enums, constants, null, lists with places, records with more members, and members of one direction. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { Open } from "credence"
import type { Case } from "./support.ts"
import { answered, oas, taken, thing } from "./write.ts"
import { fails, refuses, roundTrip } from "./claims.ts"

export const cases: ReadonlyArray<Case> = [
  // --- enums
  {
    name: "enums closed for input and open for output",
    document: oas(`
paths:
  /thing:
    post:
      operationId: makeThing
      tags: [things]
      parameters: [{ name: state, in: query, schema: { type: string, enum: [open, shut] } }]
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } }
      responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } } }
components:
  schemas:
    Order: { type: object, required: [size], properties: { size: { type: string, enum: [s, m] } } }
    Thing: { type: object, required: [size, level, mixed, on], properties: { size: { type: string, enum: [s, m] }, level: { type: integer, enum: [1, 2] }, mixed: { enum: [a, 1, true] }, on: { type: boolean, enum: [true] } } }
`),
    types: `
claim<Same<Input<typeof things.makeThing>, { readonly state?: "open" | "shut" | undefined; readonly body: models.Order }>>()
claim<Same<models.Order, { readonly size: "s" | "m" }>>()
claim<Same<models.Thing, {
  readonly size: "s" | "m" | Open.Unrecognized<string>
  readonly level: 1 | 2 | Open.Unrecognized<number>
  readonly mixed: "a" | 1 | true | Open.Unrecognized<string> | Open.Unrecognized<number> | Open.Unrecognized<boolean>
  readonly on: true | Open.Unrecognized<boolean>
}>>()
`,
    behaves: {
      "an unknown value of an answer is tagged, and counted": (client) => Effect.gen(function*() {
        const body = { size: "xl", level: 3, mixed: "b", on: true }
        const { drift, error, value } = yield* client.call("things.makeThing", { body: { size: "s" } }, { body })
        expect(error).toBeUndefined()
        expect(value).toMatchObject({ size: expect.any(Open.Unrecognized), level: expect.any(Open.Unrecognized), mixed: expect.any(Open.Unrecognized), on: true })
        expect(JSON.parse(JSON.stringify(value))).toEqual(body)
        expect(drift.map((found) => `${found.kind}: ${found.path}`).sort()).toEqual(["unknown value: level", "unknown value: mixed", "unknown value: size"])
      }),
      "a value of another kind fails": fails("things.makeThing", { body: { size: "s" } }, { size: 1, level: 1, mixed: "a", on: true }, "size"),
      "an unknown value of a request is refused": refuses("things.makeThing", { body: { size: "xl" } }, "body.size"),
      "also in a parameter": refuses("things.makeThing", { state: "ajar", body: { size: "s" } }, "state"),
      "strict decoding takes known values only": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.makeThing", { body: { size: "s" } }, { body: { size: "xl", level: 1, mixed: 1, on: true } }, { decode: "strict" })).error).toMatchObject({ _tag: "DecodeFailed" })
      })
    }
  },
  {
    name: "enums closed by choice",
    document: answered("Thing: { type: object, required: [size], properties: { size: { type: string, enum: [s, m] } } }"),
    config: { enums: "closed" },
    types: "claim<Same<models.Thing, { readonly size: \"s\" | \"m\" }>>()",
    behaves: { "an unknown value fails": fails("things.getThing", undefined, { size: "xl" }, "size") }
  },
  {
    name: "enums open by choice",
    document: taken("Thing: { type: object, required: [size], properties: { size: { type: string, enum: [s, m] } } }"),
    config: { enums: "open" },
    types: "claim<Same<models.Thing, { readonly size: \"s\" | \"m\" | Open.Unrecognized<string> }>>()",
    behaves: {
      "a request may have an unknown value, tagged": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.putThing", { body: { size: new Open.Unrecognized("unknown value", "xl") } }, { status: 204 })).sent?.body).toEqual({ size: "xl" })
      })
    }
  },
  {
    name: "an enum that both directions have",
    document: thing("Thing: { type: object, required: [size], properties: { size: { type: string, enum: [s, m] } } }"),
    behaves: { "an unknown value goes back as it came": roundTrip({ size: "xl" }) }
  },
  {
    name: "enums with null and with oddities",
    document: answered(`
Thing:
  type: object
  required: [a, b, c, d]
  properties:
    a: { type: string, nullable: true, enum: [x, null] }
    b: { type: string, enum: [yes, "no", 1, 2.5, true] }
    c: { type: integer, enum: ["1", 2] }
    d: { type: array, enum: [x, y], items: { type: string } }
    e: { type: string, enum: [] }
    f: { enum: [{ a: 1 }, [1]] }
    g: { type: string, enum: [dup, dup] }
    h: { enum: [null] }
`, "3.0.3"),
    types: `
claim<Same<models.Thing["a"], "x" | Open.Unrecognized<string> | null>>()
claim<Same<models.Thing["b"], "yes" | "no" | "1" | "2.5" | "true" | Open.Unrecognized<string>>>()
claim<Same<models.Thing["c"], 1 | 2 | Open.Unrecognized<number>>>()
claim<Same<models.Thing["d"], ReadonlyArray<"x" | "y" | Open.Unrecognized<string>>>>()
claim<Same<models.Thing["e"], string | undefined>>()
claim<Same<models.Thing["f"], unknown>>()
claim<Same<models.Thing["g"], "dup" | Open.Unrecognized<string> | undefined>>()
claim<Same<models.Thing["h"], null | undefined>>()
`,
    warnings: [/of a text enum is no text/, /of a number enum is a text/, /beside `type: array`/, /an enum has to have a value/, /an enum of lists or records is not checked/]
  },
  // --- const
  {
    name: "const",
    document: thing("Thing: { type: object, required: [kind], properties: { kind: { const: thing }, one: { const: 1 }, yes: { const: true }, none: { const: null }, deep: { const: { a: 1 } }, zero: { type: integer, const: 0 } } }"),
    types: "claim<Same<models.Thing, { readonly kind: \"thing\"; readonly one?: 1 | undefined; readonly yes?: true | undefined; readonly none?: null | undefined; readonly deep?: unknown; readonly zero?: 0 | undefined }>>()",
    warnings: [/a const that is a list or record is not checked/],
    behaves: {
      "goes there and back": roundTrip({ kind: "thing", one: 1, yes: true, none: null, deep: { a: 2 }, zero: 0 }),
      "another value fails: a const does not grow": fails("things.getThing", undefined, { kind: "other" }, "kind")
    }
  },
  // --- null
  ...([
    ["nullable of 3 0", "3.0.3", "{ type: string, nullable: true }"],
    ["x nullable of 2 0", "3.0.3", "{ type: string, x-nullable: true }"],
    ["nullable by a list of types", "3.1.0", "{ type: [string, \"null\"] }"],
    ["nullable by oneOf null", "3.1.0", "{ oneOf: [{ type: string }, { type: \"null\" }] }"],
    ["nullable by anyOf null", "3.1.0", "{ anyOf: [{ type: \"null\" }, { type: string }] }"],
    ["nullable beside a ref of 3 1", "3.1.0", "{ oneOf: [{ $ref: \"#/components/schemas/Text\" }, { type: \"null\" }] }"],
    ["nullable allOf of 3 0", "3.0.3", "{ allOf: [{ $ref: \"#/components/schemas/Text\" }], nullable: true }"]
  ] as const).map(([name, version, schema]): Case => ({
    name,
    document: thing(`
Thing: { type: object, required: [must], properties: { must: ${schema}, may: ${schema} } }
Text: { type: string }
`, version),
    types: "claim<Same<models.Thing, { readonly must: string | null; readonly may?: string | null | undefined }>>()",
    behaves: {
      "null is a value, and stays one": roundTrip({ must: null, may: null }),
      "absent stays absent": roundTrip({ must: "x" }),
      "one that must be there must": fails("things.getThing", undefined, {}, "must"),
      "another kind fails": fails("things.getThing", undefined, { must: 1 }, "must")
    }
  })),
  {
    name: "x nullable in a document of 2 0",
    document: `
swagger: "2.0"
info: { title: Torture, version: "1" }
host: api.example.com
paths:
  /thing: { get: { operationId: getThing, tags: [things], responses: { 200: { description: ok, schema: { $ref: "#/definitions/Thing" } } } } }
definitions:
  Thing: { type: object, required: [a], properties: { a: { type: string, x-nullable: true }, b: { type: array, x-nullable: true, items: { type: integer } } } }
`,
    types: "claim<Same<models.Thing, { readonly a: string | null; readonly b?: ReadonlyArray<number> | null | undefined }>>()",
    behaves: { "null is taken": (client) => Effect.gen(function*() {
      expect((yield* client.call("things.getThing", undefined, { body: { a: null, b: null } })).value).toEqual({ a: null, b: null })
    }) }
  },
  {
    name: "a nullable model",
    document: answered(`
Thing: { type: object, required: [child], properties: { child: { $ref: "#/components/schemas/Child" } } }
Child: { type: object, nullable: true, required: [name], properties: { name: { type: string } } }
`, "3.0.3"),
    types: `
claim<Same<models.Thing, { readonly child: models.Child }>>()
claim<Same<models.Child, { readonly name: string } | null>>()
`,
    behaves: { "null is taken where the model stands": (client) => Effect.gen(function*() {
      expect((yield* client.call("things.getThing", undefined, { body: { child: null } })).value).toEqual({ child: null })
    }) }
  },
  {
    name: "null that nobody declared",
    document: thing("Thing: { type: object, required: [id], properties: { id: { type: integer }, name: { type: string }, tags: { type: array, items: { type: string } }, child: { $ref: \"#/components/schemas/Thing\" }, size: { type: string, enum: [s] } } }"),
    types: "claim<Same<models.Thing[\"name\"], string | undefined>>()",
    behaves: {
      "is absence where absence is allowed": (client) => Effect.gen(function*() {
        const { error, value } = yield* client.call("things.getThing", undefined, { body: { id: 1, name: null, tags: null, child: null, size: null } })
        expect(error).toBeUndefined()
        expect(Object.values(value as object).filter((member) => member !== undefined)).toEqual([1])
      }),
      "and is not sent back": (client) => Effect.gen(function*() {
        const got = yield* client.call("things.getThing", undefined, { body: { id: 1, name: null } })
        expect((yield* client.call("things.putThing", { body: got.value }, { body: { id: 1 } })).sent?.body).toEqual({ id: 1 })
      }),
      "fails where a value must be": fails("things.getThing", undefined, { id: null }, "id")
    }
  },
  // --- lists with places
  {
    name: "tuples",
    document: thing(`
Thing:
  type: object
  properties:
    pair: { type: array, prefixItems: [{ type: number }, { type: string }], minItems: 2, items: false }
    maybe: { type: array, prefixItems: [{ type: number }, { type: string }], minItems: 1, maxItems: 2 }
    more: { type: array, prefixItems: [{ type: number }], minItems: 1, items: { type: string } }
    open: { type: array, prefixItems: [{ type: number }], minItems: 1 }
`),
    types: `
claim<Same<models.Thing, {
  readonly pair?: readonly [number, string] | undefined
  readonly maybe?: readonly [number, string?] | undefined
  readonly more?: readonly [number, ...Array<string>] | undefined
  readonly open?: readonly [number, ...Array<unknown>] | undefined
}>>()
`,
    behaves: {
      "go there and back": roundTrip({ pair: [1, "a"], maybe: [1], more: [1, "a", "b"], open: [1, 2, "x"] }),
      "one of another length fails": fails("things.getThing", undefined, { pair: [1] }, "pair"),
      "one of another kind fails": fails("things.getThing", undefined, { more: [1, 2] }, "more")
    }
  },
  {
    name: "tuples as older drafts write them",
    document: answered("Thing: { type: object, properties: { pair: { type: array, items: [{ type: number }, { type: string }], minItems: 2, additionalItems: false } } }", "3.0.3"),
    types: "claim<Same<models.Thing, { readonly pair?: readonly [number, string] | undefined }>>()"
  },
  // --- records
  {
    name: "records with more members",
    document: thing(`
Thing:
  type: object
  properties:
    texts: { type: object, additionalProperties: { type: string } }
    anything: { type: object, additionalProperties: true }
    nothing: { type: object }
    shut: { type: object, additionalProperties: false, properties: { a: { type: string } } }
    both: { type: object, required: [id], properties: { id: { type: integer } }, additionalProperties: { type: string } }
    lists: { type: object, additionalProperties: { type: array, items: { $ref: "#/components/schemas/Thing" } } }
`),
    types: `
claim<Same<models.Thing["texts"], { readonly [name: string]: string } | undefined>>()
claim<Same<models.Thing["anything"], { readonly [name: string]: unknown } | undefined>>()
claim<Same<models.Thing["nothing"], { readonly [name: string]: unknown } | undefined>>()
claim<Same<models.Thing["shut"], { readonly a?: string | undefined } | undefined>>()
claim<Same<models.Thing["both"], { readonly id: number; readonly [name: string]: string | number } | undefined>>()
claim<Same<models.Thing["lists"], { readonly [name: string]: ReadonlyArray<models.Thing> } | undefined>>()
`,
    behaves: {
      "go there and back": roundTrip({ texts: { a: "x" }, anything: { a: 1, b: [] }, nothing: { c: {} }, shut: { a: "x", more: 1 }, both: { id: 1, x: "y" }, lists: { a: [{ texts: {} }] } }),
      "members are checked": fails("things.getThing", undefined, { texts: { a: 1 } }, "texts.a"),
      "those beside named ones, too": fails("things.getThing", undefined, { both: { id: 1, x: 2 } }, "both.x")
    }
  },
  {
    name: "members by the pattern of their name",
    document: thing(`
Thing:
  type: object
  required: [id]
  properties: { id: { type: integer } }
  patternProperties:
    "^x-": { type: string }
    "^n_.*$": { type: integer }
Loose:
  type: object
  patternProperties: { "[a-z]+$": { type: string } }
  additionalProperties: { type: integer }
`),
    types: `
claim<Same<models.Thing, { readonly id: number; readonly [name: \`x-\${string}\`]: string; readonly [name: \`n_\${string}\`]: number }>>()
claim<Same<models.Loose, { readonly [name: string]: string | number }>>()
`,
    warnings: [/names are not checked against this pattern/],
    behaves: {
      "go there and back": roundTrip({ id: 1, "x-a": "b", n_a: 1 }),
      "are checked": fails("things.getThing", undefined, { id: 1, "x-a": 1 }, "x-a"),
      "others are kept": roundTrip({ id: 1, other: true })
    }
  },
  // --- directions
  {
    name: "members of one direction",
    document: thing(`
Thing:
  type: object
  required: [id, name, secret]
  properties:
    id: { type: integer, readOnly: true }
    name: { type: string }
    secret: { type: string, writeOnly: true }
    child: { $ref: "#/components/schemas/Thing" }
    plain: { $ref: "#/components/schemas/Plain" }
Plain: { type: object, properties: { a: { type: string } } }
`),
    types: `
claim<Same<models.Thing, { readonly id: number; readonly name: string; readonly child?: models.Thing | undefined; readonly plain?: models.Plain | undefined }>>()
claim<Same<models.ThingInput, { readonly name: string; readonly secret: string; readonly child?: models.ThingInput | undefined; readonly plain?: models.Plain | undefined }>>()
claim<Same<Output<typeof things.getThing>, models.Thing>>()
claim<Same<Input<typeof things.putThing>, { readonly body: models.ThingInput }>>()
`,
    behaves: {
      "an answer has what is read, a request what is written": (client) => Effect.gen(function*() {
        const { sent, value } = yield* client.call("things.putThing", { body: { name: "a", secret: "s" } }, { body: { id: 1, name: "a" } })
        expect(sent?.body).toEqual({ name: "a", secret: "s" })
        expect(value).toEqual({ id: 1, name: "a" })
      }),
      "a request without what it must have is refused": refuses("things.putThing", { body: { name: "a" } }, "body.secret")
    }
  },
  {
    name: "members of one direction by a reference",
    document: thing(`
Thing:
  type: object
  required: [id, key]
  properties:
    id: { allOf: [{ $ref: "#/components/schemas/Id" }], readOnly: true }
    key: { $ref: "#/components/schemas/Key" }
Id: { type: string }
Key: { type: string, readOnly: true }
`),
    types: `
claim<Same<models.Thing, { readonly id: string; readonly key: string }>>()
claim<Same<models.ThingInput, { readonly [name: string]: unknown }>>()
`
  }
]
