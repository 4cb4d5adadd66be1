/** allOf, oneOf and anyOf; discriminators, by name, by mapping and by inheritance. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { Open } from "credence"
import { fails, refuses, roundTrip } from "./claims.ts"
import type { Case } from "./support.ts"
import { answered, swagger, taken, thing } from "./write.ts"

const shapes = `
Thing: { oneOf: [{ $ref: "#/components/schemas/Circle" }, { $ref: "#/components/schemas/Square" }], discriminator: { propertyName: type } }
Circle: { type: object, required: [type, radius], properties: { type: { type: string }, radius: { type: number } } }
Square: { type: object, required: [type, side], properties: { type: { type: string }, side: { type: number } } }
`

const both: (client: Parameters<NonNullable<Case["behaves"]>[string]>[0], body: unknown) => Effect.Effect<unknown> = (client, body) =>
  Effect.map(client.call("things.getThing", undefined, { body }), ({ error, value }) => {
    expect(error).toBeUndefined()
    return value
  })

export const cases: ReadonlyArray<Case> = [
  {
    name: "oneOf with a discriminator by names",
    document: thing(shapes),
    types: `
claim<Same<models.Thing, (models.Circle & { readonly type: "Circle" }) | (models.Square & { readonly type: "Square" }) | Open.UnknownVariant>>()
`,
    behaves: {
      "the name chooses": roundTrip({ type: "Square", side: 2 }),
      "an unknown variant is tagged, counted and goes back as it came": (client) => Effect.gen(function*() {
        const body = { type: "Hexagon", sides: [1, { a: null }] }
        const got = yield* client.call("things.getThing", undefined, { body })
        expect(got.value).toBeInstanceOf(Open.Unrecognized)
        expect(got.drift).toMatchObject([{ kind: "unknown variant" }])
        expect((yield* client.call("things.putThing", { body: got.value }, { body })).sent?.body).toEqual(body)
      }),
      "a broken variant of a known name fails": fails("things.getThing", undefined, { type: "Circle", side: 1 }, "radius"),
      "so does one without a name": fails("things.getThing", undefined, { radius: 1 }, "type"),
      "more members of a known variant are kept": roundTrip({ type: "Circle", radius: 1, colour: "red" })
    }
  },
  {
    name: "oneOf with a discriminator as input only",
    document: taken(shapes),
    types: `
claim<Same<models.Thing, (models.Circle & { readonly type: "Circle" }) | (models.Square & { readonly type: "Square" })>>()
// @ts-expect-error the name is the schema's
things.putThing({ body: { type: "circle", radius: 1 } })
things.putThing({ body: { type: "Circle", radius: 1 } })
`,
    behaves: {
      "an unknown name is refused": refuses("things.putThing", { body: { type: "Hexagon" } }, "body.type")
    }
  },
  {
    name: "a discriminator with a mapping",
    document: thing(`
Thing:
  oneOf: [{ $ref: "#/components/schemas/Cat" }, { $ref: "#/components/schemas/Dog" }]
  discriminator: { propertyName: kind, mapping: { cat: "#/components/schemas/Cat", kitten: "#/components/schemas/Cat", dog: Dog } }
Cat: { type: object, required: [kind], properties: { kind: { type: string }, lives: { type: integer } } }
Dog: { type: object, required: [kind], properties: { kind: { type: string }, tricks: { type: integer } } }
`),
    types: `
claim<Same<models.Thing, (models.Cat & { readonly kind: "cat" | "kitten" }) | (models.Dog & { readonly kind: "dog" }) | Open.UnknownVariant>>()
`,
    behaves: {
      "by a mapped name": roundTrip({ kind: "kitten", lives: 9 }),
      "a bare name of the mapping is a schema": roundTrip({ kind: "dog", tricks: 1 }),
      "the schema's own name is none of the mapping's": (client) => Effect.map(both(client, { kind: "Cat" }), (value) => expect(value).toBeInstanceOf(Open.Unrecognized))
    }
  },
  {
    name: "a mapping that is partial or leads nowhere",
    document: thing(`
Thing:
  oneOf: [{ $ref: "#/components/schemas/Cat" }, { $ref: "#/components/schemas/Dog" }]
  discriminator: { propertyName: kind, mapping: { cat: "#/components/schemas/Cat", bird: "#/components/schemas/Bird" } }
Cat: { type: object, required: [kind], properties: { kind: { type: string } } }
Dog: { type: object, required: [kind], properties: { kind: { type: string } } }
`),
    types: "claim<Same<models.Thing, (models.Cat & { readonly kind: \"cat\" }) | (models.Dog & { readonly kind: \"Dog\" }) | Open.UnknownVariant>>()",
    warnings: [/Bird/],
    behaves: { "what the mapping leaves out has its own name": roundTrip({ kind: "Dog" }) }
  },
  {
    name: "a discriminator whose variants name their value",
    document: thing(`
Thing:
  oneOf: [{ $ref: "#/components/schemas/Card" }, { $ref: "#/components/schemas/Bank" }]
  discriminator: { propertyName: method }
Card: { type: object, required: [method], properties: { method: { type: string, enum: [card, credit] }, number: { type: string } } }
Bank: { type: object, required: [method], properties: { method: { const: bank }, iban: { type: string } } }
`),
    types: "claim<Fits<{ readonly method: \"credit\"; readonly number: \"1\" } | { readonly method: \"bank\" }, models.Thing>>()",
    behaves: {
      "by a value of an enum": roundTrip({ method: "credit", number: "1" }),
      "by a const": roundTrip({ method: "bank", iban: "x" })
    }
  },
  {
    name: "a discriminator that nobody declares",
    document: thing(`
Thing:
  oneOf: [{ $ref: "#/components/schemas/A" }, { $ref: "#/components/schemas/B" }]
Plain: { type: object }
A: { type: object, required: [kind, a], properties: { kind: { type: string, enum: [a] }, a: { type: integer } } }
B: { type: object, required: [kind, b], properties: { kind: { type: string, enum: [b] }, b: { type: integer } } }
`),
    behaves: {
      "a required member with values of its own tells variants apart": fails("things.getThing", undefined, { kind: "b", a: 1 }, "b"),
      "and goes round": roundTrip({ kind: "a", a: 1 }),
      "an unknown one is tagged": (client) => Effect.map(both(client, { kind: "c" }), (value) => expect(value).toBeInstanceOf(Open.Unrecognized))
    }
  },
  {
    name: "oneOf without a discriminator",
    document: thing(`
Thing: { type: object, required: [place], properties: { place: { oneOf: [{ $ref: "#/components/schemas/Street" }, { $ref: "#/components/schemas/Box" }, { type: string }] } } }
Street: { type: object, required: [street], properties: { street: { type: string } } }
Box: { type: object, required: [box], properties: { box: { type: integer } } }
`),
    types: `
claim<Same<models.Thing["place"], models.Street | models.Box | string | Open.Unrecognized<unknown>>>()
`,
    behaves: {
      "the first that fits": (client) => Effect.gen(function*() {
        for (const place of [{ street: "a" }, { box: 1 }, "text"]) expect(yield* both(client, { place })).toEqual({ place })
      }),
      "none that fits is tagged and goes back": (client) => Effect.gen(function*() {
        const body = { place: { lat: 1, lon: 2 } }
        const got = yield* client.call("things.getThing", undefined, { body })
        expect(got.value).toMatchObject({ place: expect.any(Open.Unrecognized) })
        expect(got.drift).toMatchObject([{ kind: "unknown variant", path: "place" }])
        expect((yield* client.call("things.putThing", { body: got.value }, { body })).sent?.body).toEqual(body)
      }),
      "members that are not declared are kept": roundTrip({ place: { box: 1, more: true } })
    }
  },
  {
    name: "the variant that asks for more comes first",
    document: thing(`
Thing: { type: object, required: [v], properties: { v: { anyOf: [{ $ref: "#/components/schemas/Loose" }, { $ref: "#/components/schemas/Tight" }] } } }
Loose: { type: object, properties: { note: { type: string } } }
Tight: { type: object, required: [at], properties: { at: { type: string, format: date-time } } }
`),
    config: { formats: { dateTime: "DateTime" } },
    behaves: {
      "so that its members are decoded": (client) => Effect.map(both(client, { v: { at: "2026-01-31T12:00:00Z" } }), (value) =>
        expect((value as { readonly v: { readonly at: { readonly epochMilliseconds: number } } }).v.at.epochMilliseconds).toBe(Date.UTC(2026, 0, 31, 12)))
    }
  },
  {
    name: "anyOf of plain values",
    document: thing("Thing: { type: object, required: [a, b, c], properties: { a: { anyOf: [{ type: string }, { type: integer }] }, b: { type: [string, number, boolean] }, c: { anyOf: [{ type: string, enum: [x, y] }, { type: string }] }, d: { anyOf: [{ type: string, enum: [x] }, { type: string, enum: [z] }] } } }"),
    types: "claim<Same<models.Thing, { readonly a: string | number; readonly b: string | number | boolean; readonly c: string; readonly d?: \"x\" | \"z\" | Open.Unrecognized<string> | undefined }>>()",
    behaves: { "each goes round": roundTrip({ a: 1, b: true, c: "other", d: "z" }), "another kind fails": fails("things.getThing", undefined, { a: true, b: 1, c: "" }, "a") }
  },
  {
    name: "allOf merges records",
    document: thing(`
Thing:
  allOf:
    - $ref: "#/components/schemas/Base"
    - { type: object, required: [name, note], properties: { name: { type: string, maxLength: 5 }, extra: { type: integer } } }
  properties: { own: { type: boolean } }
  required: [id]
Base: { type: object, properties: { id: { type: string }, note: { type: string }, name: { type: string } } }
`),
    types: "claim<Same<models.Thing, { readonly id: string; readonly note: string; readonly name: string; readonly extra?: number | undefined; readonly own?: boolean | undefined }>>()",
    behaves: {
      "all parts must hold": fails("things.getThing", undefined, { id: "1", name: "a" }, "note"),
      "their limits, too": refuses("things.putThing", { body: { id: "1", note: "", name: "too long" } }, "body.name"),
      "goes round": roundTrip({ id: "1", name: "a", note: "", extra: 1, own: true })
    }
  },
  {
    name: "allOf of plain values and of narrower ones",
    document: answered(`
Thing:
  type: object
  required: [a, b, c, d]
  properties:
    a: { allOf: [{ type: string }, { minLength: 2 }] }
    b: { allOf: [{ $ref: "#/components/schemas/Size" }], description: described }
    c: { allOf: [{ $ref: "#/components/schemas/Size" }, { enum: [m, l] }] }
    d: { allOf: [{ type: array, items: { type: string } }, { maxItems: 2 }] }
Size: { type: string, enum: [s, m] }
`),
    types: `
claim<Same<models.Thing["a"], string>>()
claim<Same<models.Thing["b"], models.Size | Open.Unrecognized<string>>>()
claim<Same<models.Size, "s" | "m">>()
claim<Same<models.Thing["c"], "m" | Open.Unrecognized<string>>>()
claim<Same<models.Thing["d"], ReadonlyArray<string>>>()
`
  },
  {
    name: "allOf beside oneOf",
    document: thing(`
Thing:
  type: object
  required: [id]
  properties: { id: { type: integer } }
  oneOf:
    - { type: object, required: [a], properties: { a: { type: string } } }
    - { type: object, required: [b], properties: { b: { type: string } } }
`),
    types: `
claim<Fits<{ readonly id: 1; readonly a: "x" }, models.Thing>>()
claim<Fits<{ readonly id: 1; readonly b: "x" }, models.Thing>>()
claim<Same<Fits<{ readonly a: "x" }, models.Thing>, false>>()
`,
    behaves: { "both must hold": (client) => Effect.gen(function*() {
      expect(yield* both(client, { id: 1, b: "x" })).toEqual({ id: 1, b: "x" })
      expect(yield* both(client, { b: "x" })).toBeInstanceOf(Open.Unrecognized)
    }) }
  },
  {
    name: "oneOf that only demands members",
    document: thing(`
Thing:
  type: object
  properties: { a: { type: string }, b: { type: string } }
  oneOf: [{ required: [a] }, { required: [b] }]
`),
    types: "claim<Fits<{ readonly a: string }, models.Thing>>()\nclaim<Fits<{ readonly b: string }, models.Thing>>()\nclaim<Same<Fits<{ readonly c: string }, models.Thing>, false>>()",
    behaves: { "one or the other": roundTrip({ b: "x" }) }
  },
  {
    name: "inheritance by a discriminator without oneOf",
    document: thing(`
Thing: { type: object, required: [id, pet], properties: { id: { type: integer }, pet: { $ref: "#/components/schemas/Pet" } } }
Pet: { type: object, required: [petType], properties: { petType: { type: string }, name: { type: string } }, discriminator: { propertyName: petType, mapping: { cat: "#/components/schemas/Cat" } } }
Cat: { allOf: [{ $ref: "#/components/schemas/Pet" }, { type: object, required: [lives], properties: { lives: { type: integer } } }] }
Dog: { allOf: [{ $ref: "#/components/schemas/Pet" }, { type: object, properties: { tricks: { type: integer } } }] }
Puppy: { allOf: [{ $ref: "#/components/schemas/Dog" }, { type: object, properties: { age: { type: integer } } }] }
`),
    types: `
claim<Fits<{ readonly petType: "cat"; readonly lives: 9 }, models.Pet>>()
claim<Fits<{ readonly petType: "Dog"; readonly tricks: 1; readonly name: "x" }, models.Pet>>()
claim<Fits<{ readonly petType: "Puppy"; readonly age: 1 }, models.Pet>>()
claim<Fits<{ readonly petType: "Pet"; readonly name: "x" }, models.Pet>>()
`,
    behaves: {
      "each heir by its name": (client) => Effect.gen(function*() {
        for (const pet of [{ petType: "cat", lives: 9 }, { petType: "Dog", tricks: 2, name: "x" }, { petType: "Puppy", age: 1, tricks: 1 }, { petType: "Pet", name: "y" }]) expect(yield* both(client, { id: 1, pet })).toEqual({ id: 1, pet })
      }),
      "a member of an heir is checked": fails("things.getThing", undefined, { id: 1, pet: { petType: "cat" } }, "pet.lives"),
      "an unknown heir is tagged and goes back as it came": (client) => Effect.gen(function*() {
        const body = { id: 1, pet: { petType: "bird", wings: 2 } }
        const got = yield* client.call("things.getThing", undefined, { body })
        expect(got.value).toMatchObject({ pet: expect.any(Open.Unrecognized) })
        expect((yield* client.call("things.putThing", { body: got.value }, { body })).sent?.body).toEqual(body)
      })
    }
  },
  {
    name: "inheritance as 2 0 has it",
    document: swagger(`
host: api.example.com
paths:
  /thing: { get: { operationId: getThing, tags: [things], produces: [application/json], responses: { 200: { description: ok, schema: { $ref: "#/definitions/Pet" } } } } }
definitions:
  Pet: { type: object, required: [kind], discriminator: kind, properties: { kind: { type: string }, name: { type: string } } }
  Cat: { allOf: [{ $ref: "#/definitions/Pet" }, { type: object, properties: { lives: { type: integer } } }] }
  Dog: { x-ms-discriminator-value: "#Dog", allOf: [{ $ref: "#/definitions/Pet" }, { type: object, properties: { tricks: { type: integer } } }] }
`),
    types: "claim<Fits<{ readonly kind: \"Cat\"; readonly lives: 9 }, Output<typeof things.getThing>>>()",
    behaves: {
      "by names": (client) => Effect.map(both(client, { kind: "Cat", lives: 1 }), (value) => expect(value).toEqual({ kind: "Cat", lives: 1 })),
      "by the vendor's value": (client) => Effect.map(both(client, { kind: "#Dog", tricks: 1 }), (value) => expect(value).toEqual({ kind: "#Dog", tricks: 1 })),
      "others are tagged": (client) => Effect.map(both(client, { kind: "Bird" }), (value) => expect(value).toBeInstanceOf(Open.Unrecognized))
    }
  },
  {
    name: "a heir that names its value",
    document: answered(`
Thing: { type: object, required: [type], properties: { type: { type: string, enum: [user, group] } }, discriminator: { propertyName: type } }
UserThing: { allOf: [{ $ref: "#/components/schemas/Thing" }, { type: object, properties: { type: { type: string, enum: [user] }, mail: { type: string } } }] }
GroupThing: { allOf: [{ $ref: "#/components/schemas/Thing" }, { type: object, properties: { type: { type: string, enum: [group] }, size: { type: integer } } }] }
`, "3.0.3"),
    types: "claim<Fits<{ readonly type: \"group\"; readonly size: 1 } | { readonly type: \"user\"; readonly mail: \"x\" }, models.Thing>>()",
    behaves: {
      "is known by it": (client) => Effect.map(both(client, { type: "group", size: 1 }), (value) => expect(value).toEqual({ type: "group", size: 1 })),
      "its members are checked": fails("things.getThing", undefined, { type: "group", size: "x" }, "size")
    }
  },
  {
    name: "a discriminator that is null or nested",
    document: thing(`
Thing: { type: object, required: [a], properties: { a: { oneOf: [{ $ref: "#/components/schemas/Shape" }, { type: "null" }] }, all: { type: array, items: { $ref: "#/components/schemas/Shape" } } } }
Shape: { oneOf: [{ $ref: "#/components/schemas/Round" }, { $ref: "#/components/schemas/Square" }], discriminator: { propertyName: t } }
Round: { oneOf: [{ $ref: "#/components/schemas/Circle" }, { $ref: "#/components/schemas/Ellipse" }], discriminator: { propertyName: t } }
Circle: { type: object, required: [t], properties: { t: { type: string }, r: { type: number } } }
Ellipse: { type: object, required: [t], properties: { t: { type: string }, rs: { type: array, items: { type: number } } } }
Square: { type: object, required: [t], properties: { t: { type: string }, side: { type: number } } }
`),
    behaves: {
      "null is a value": roundTrip({ a: null, all: [{ t: "Square", side: 1 }] }),
      "a variant of a variant is known by its own name": roundTrip({ a: { t: "Circle", r: 1 }, all: [{ t: "Ellipse", rs: [1, 2] }] }),
      "and checked": fails("things.getThing", undefined, { a: { t: "Circle", r: "x" } }, "a.r")
    }
  },
  {
    name: "what is not checked is said",
    document: thing(`
Thing: { type: object, properties: { a: { not: { type: string } }, b: { if: { type: string }, then: { minLength: 2 } }, c: { type: array, contains: { type: string } } }, dependentRequired: { a: [b] }, propertyNames: { pattern: "^[a-z]+$" }, unevaluatedProperties: false }
`),
    types: "claim<Same<models.Thing, { readonly a?: unknown; readonly b?: unknown; readonly c?: ReadonlyArray<unknown> | undefined }>>()",
    warnings: [/`not` is not checked/, /`if` is not checked/, /`then` is not checked/, /`contains` is not checked/, /`dependentRequired` is not checked/, /`propertyNames` is not checked/, /`unevaluatedProperties`/]
  },
  {
    name: "what cannot be",
    document: thing(`
Thing: { type: object, properties: { a: { allOf: [{ type: string }, { type: integer }] }, b: false, c: { allOf: [{ enum: [x] }, { enum: [y] }] } } }
`),
    warnings: [/nothing is both string and integer/, /nothing is both one of some values/]
  }
]
