/** Formats, whole numbers of 64 bits, and limits. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import type { Case } from "./support.ts"
import { roundTrip } from "./claims.ts"
import { answered, oas, taken, thing } from "./write.ts"

const formats = `
Thing:
  type: object
  required: [id, at]
  properties:
    id: { type: string, format: uuid }
    at: { type: string, format: date-time }
    day: { type: string, format: date }
    price: { type: string, format: decimal }
    data: { type: string, format: byte }
    encoded: { type: string, contentEncoding: base64 }
    ratio: { type: number, format: double }
    small: { type: integer, format: int32 }
    big: { type: integer, format: int64 }
    free: { type: string, format: something-new }
`
const wire = { id: "6f1c2f7e-5a0b-4c3d-8e9f-0a1b2c3d4e5f", at: "2026-01-31T12:00:00+02:00", day: "2026-01-31", price: "0.10", data: "aGk=", encoded: "aGk=", ratio: 0.5, small: 1, big: 7, free: "x" }

/** 2^53 + 1: the first whole number that a double cannot hold */
const big = "9007199254740993"

export const cases: ReadonlyArray<Case> = [
  {
    name: "formats as they come",
    document: thing(formats),
    types: `
claim<Same<models.Thing, {
  readonly id: string
  readonly at: string
  readonly day?: string | undefined
  readonly price?: string | undefined
  readonly data?: string | undefined
  readonly encoded?: string | undefined
  readonly ratio?: number | undefined
  readonly small?: number | undefined
  readonly big?: number | undefined
  readonly free?: string | undefined
}>>()
claim<Same<Output<typeof things.getThing>, models.Thing>>()
claim<Same<Input<typeof things.putThing>, { readonly body: models.Thing }>>()
`,
    behaves: {
      "GET, then PUT: the same JSON": roundTrip(wire),
      "a whole number that a double cannot hold is a failure, never a wrong number": (client) => Effect.gen(function*() {
        const got = yield* client.call("things.getThing", undefined, { headers: { "content-type": "application/json" }, body: JSON.stringify(wire).replace("\"big\":7", `"big":${big}`) })
        expect(got.error).toMatchObject({ _tag: "DecodeFailed", issues: [{ path: "big" }] })
      })
    }
  },
  {
    name: "formats by choice",
    document: thing(formats),
    config: { formats: { dateTime: "DateTime", int64: "bigint", byte: "bytes" } },
    types: `
claim<Same<models.Thing["at"], DateTime.Utc>>()
claim<Same<models.Thing["big"], bigint | undefined>>()
claim<Same<models.Thing["data"], Uint8Array | undefined>>()
claim<Same<models.Thing["encoded"], Uint8Array | undefined>>()
claim<Same<models.Thing["small"], number | undefined>>()
`,
    behaves: {
      "a date is a point in time": (client) => Effect.gen(function*() {
        const { error, value } = yield* client.call("things.getThing", undefined, { body: wire })
        expect(error).toBeUndefined()
        const got = value as { readonly at: { readonly epochMilliseconds: number }; readonly big: bigint; readonly data: Uint8Array }
        expect(got.at.epochMilliseconds).toBe(Date.UTC(2026, 0, 31, 10))
        expect(got.big).toBe(7n)
        expect(new TextDecoder().decode(got.data)).toBe("hi")
      }),
      "what was read is written: dates in UTC, all else the same": (client) => Effect.gen(function*() {
        const got = yield* client.call("things.getThing", undefined, { body: wire })
        const put = yield* client.call("things.putThing", { body: got.value }, { body: wire })
        expect(put.sent?.body).toEqual({ ...wire, at: "2026-01-31T10:00:00.000Z" })
      }),
      "a date that is none fails": (client) => Effect.gen(function*() {
        const got = yield* client.call("things.getThing", undefined, { body: { ...wire, at: "yesterday" } })
        expect(got.error).toMatchObject({ _tag: "DecodeFailed", issues: [{ path: "at" }] })
      })
    }
  },
  ...(["bigint", "string"] as const).map((int64): Case => ({
    name: `int64 as ${int64}`,
    document: oas(`
paths:
  /thing/{id}:
    get:
      operationId: getThing
      tags: [things]
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer, format: int64 } }
        - { name: after, in: query, schema: { type: integer, format: int64 } }
      responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } } }
    put:
      operationId: putThing
      tags: [things]
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer, format: int64 } }
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } }
      responses: { "204": { description: ok } }
components:
  schemas:
    Thing: { type: object, required: [id], properties: { id: { type: integer, format: int64 }, all: { type: array, items: { type: integer, format: int64 } } } }
`),
    config: { formats: { int64 } },
    types: `
claim<Same<models.Thing, { readonly id: ${int64}; readonly all?: ReadonlyArray<${int64}> | undefined }>>()
claim<Same<Input<typeof things.getThing>, { readonly id: ${int64}; readonly after?: ${int64} | undefined }>>()
`,
    behaves: {
      "no digit is lost, in path, query and body": (client) => Effect.gen(function*() {
        const value = int64 === "bigint" ? BigInt(big) : big
        const got = yield* client.call("things.getThing", { id: value, after: value }, { headers: { "content-type": "application/json" }, body: `{"id":${big},"all":[1,-${big}]}` })
        expect(got.sent?.path).toBe(`/thing/${big}?after=${big}`)
        expect(got.value).toEqual({ id: value, all: int64 === "bigint" ? [1n, -BigInt(big)] : ["1", `-${big}`] })
        const put = yield* client.run((at) => (at("things")["putThing"] as (input: unknown) => Effect.Effect<unknown>)({ id: value, body: got.value }), { status: 204 })
        expect(put.error).toBeUndefined()
        // JSON.parse would round: the digits are looked for in the text
        expect(put.sent?.text).toBe(`{"id":${big},"all":[1,-${big}]}`)
      }),
      "what is no whole number fails": (client) => Effect.gen(function*() {
        const got = yield* client.call("things.getThing", { id: int64 === "bigint" ? 1n : "1" }, { body: { id: 1.5 } })
        expect(got.error).toMatchObject({ _tag: "DecodeFailed", issues: [{ path: "id" }] })
      })
    }
  })),
  {
    name: "limits on input only",
    document: thing(`
Thing:
  type: object
  properties:
    name: { type: string, minLength: 1, maxLength: 3, pattern: "^[a-z]+$" }
    level: { type: integer, minimum: 1, maximum: 5 }
    share: { type: number, exclusiveMinimum: 0, exclusiveMaximum: 1 }
    even: { type: integer, multipleOf: 2 }
    tags: { type: array, items: { type: string }, minItems: 1, maxItems: 2, uniqueItems: true }
    labels: { type: object, additionalProperties: { type: string }, minProperties: 1, maxProperties: 2 }
`),
    behaves: {
      "answers beyond the limits are taken": (client) => Effect.gen(function*() {
        const body = { name: "TOO LONG", level: 9, share: 2, even: 3, tags: ["a", "a", "a"], labels: {} }
        const { error, value } = yield* client.call("things.getThing", undefined, { body })
        expect(error).toBeUndefined()
        expect(value).toEqual(body)
        expect((yield* client.call("things.getThing", undefined, { body }, { decode: "strict" })).error).toMatchObject({ _tag: "DecodeFailed" })
      }),
      "requests beyond them are refused before anything is sent": (client) => Effect.gen(function*() {
        for (const [path, wrong] of Object.entries({
          name: ["", "abcd", "A"], level: [0, 6, 1.5], share: [0, 1], even: [3], tags: [[], ["a", "b", "c"], ["a", "a"]], labels: [{}, { a: "1", b: "2", c: "3" }]
        })) {
          for (const value of wrong) {
            const { error, sent } = yield* client.call("things.putThing", { body: { [path]: value } }, { body: {} })
            expect(error, `${path}: ${JSON.stringify(value)}`).toMatchObject({ _tag: "InvalidInput", issues: [{ path: `body.${path}` }] })
            expect(sent).toBeUndefined()
          }
        }
        const good = { name: "abc", level: 5, share: 0.5, even: 4, tags: ["a", "b"], labels: { a: "1" } }
        expect((yield* client.call("things.putThing", { body: good }, { body: {} })).sent?.body).toEqual(good)
      })
    }
  },
  {
    name: "limits of 3 0 with flags for exclusiveness",
    document: taken(`
Thing:
  type: object
  properties:
    share: { type: number, minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: false }
`, "3.0.3"),
    behaves: {
      "the flag makes the bound exclusive": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.putThing", { body: { share: 0 } })).error).toMatchObject({ _tag: "InvalidInput" })
        expect((yield* client.call("things.putThing", { body: { share: 1 } }, { status: 204 })).error).toBeUndefined()
      })
    }
  },
  {
    name: "limits on output by choice",
    document: answered("Thing: { type: object, required: [name], properties: { name: { type: string, maxLength: 3 } } }"),
    config: { checkOutput: true },
    behaves: {
      "an answer beyond a limit fails": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.getThing", undefined, { body: { name: "long" } })).error).toMatchObject({ _tag: "DecodeFailed", issues: [{ path: "name" }] })
        expect((yield* client.call("things.getThing", undefined, { body: { name: "abc" } })).error).toBeUndefined()
      })
    }
  },
  {
    name: "a pattern that is no regular expression",
    document: taken("Thing: { type: object, properties: { name: { type: string, pattern: \"(?<bad\" }, posix: { type: string, pattern: \"^[[:alpha:]]+$\" } } }"),
    warnings: [/properties\/name.*|unchecked.*pattern/],
    behaves: {
      "it is not checked": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.putThing", { body: { name: "anything" } }, { status: 204 })).error).toBeUndefined()
      })
    }
  },
  {
    name: "a pattern of another dialect",
    document: taken(String.raw`Thing: { type: object, properties: { name: { type: string, pattern: '\A[^\\/:]{1,4}\z' }, word: { type: string, pattern: '^[\p{Alnum}]+$' }, loose: { type: string, pattern: '^\_[a-z\-]+$' } } }`),
    warnings: [/properties\/word.*|unchecked.*pattern/],
    behaves: {
      "its ends are those of the text; what we cannot read is not checked; what is only careful is": (client) => Effect.gen(function*() {
        for (const body of [{ name: "new" }, { word: "a b" }, { loose: "_a-b" }]) expect((yield* client.call("things.putThing", { body }, { status: 204 })).error).toBeUndefined()
        for (const [name, value] of [["name", "a/b"], ["name", "five!"], ["loose", "a"]] as const) {
          expect((yield* client.call("things.putThing", { body: { [name]: value } })).error).toMatchObject({ _tag: "InvalidInput", issues: [{ path: `body.${name}` }] })
        }
      })
    }
  },
  {
    name: "defaults on decode by choice",
    document: answered(`
Thing:
  type: object
  required: [id]
  properties:
    id: { type: integer }
    limit: { type: integer, default: 25 }
    state: { type: string, enum: [open, closed], default: open }
    flag: { type: boolean, default: false }
    name: { type: string, default: 5 }
`),
    config: { defaults: true },
    types: `
claim<Same<models.Thing["limit"], number>>()
claim<Same<models.Thing["state"], "open" | "closed" | Open.Unrecognized<string>>>()
claim<Same<models.Thing["flag"], boolean>>()
// a default that is no value of the type is none
claim<Same<models.Thing["name"], string | undefined>>()
`,
    behaves: {
      "absent and null become the default": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.getThing", undefined, { body: { id: 1, limit: null } })).value).toMatchObject({ id: 1, limit: 25, state: "open", flag: false })
        expect((yield* client.call("things.getThing", undefined, { body: { id: 1, limit: 3, state: "closed", flag: true } })).value).toMatchObject({ limit: 3, state: "closed", flag: true })
      })
    }
  },
  {
    name: "defaults stay out where nobody asks for them",
    document: answered("Thing: { type: object, properties: { limit: { type: integer, default: 25 } } }"),
    types: "claim<Same<models.Thing, { readonly limit?: number | undefined }>>()",
    behaves: {
      "absent stays absent": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.getThing", undefined, { body: {} })).value).toEqual({})
      })
    }
  }
]
