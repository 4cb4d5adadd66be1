import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromDocuments } from "../../../kit/src/openapi/generate.ts"
import { loadText, openapi } from "./documentSupport.ts"

type Schema = Readonly<Record<string, unknown>>

const nested = (depth: number, around: (inner: Schema) => Schema): Schema => {
  let schema: Schema = { type: "string" }
  for (let level = 0; level < depth; level++) schema = around(schema)
  return schema
}

/** Each makes a type and a schema of what is inside: if both ask for both, every level doubles the work. */
const kinds: Readonly<Record<string, (inner: Schema) => Schema>> = {
  members: (inner) => ({ type: "object", properties: { a: inner } }),
  "members of any name": (inner) => ({ type: "object", additionalProperties: inner }),
  variants: (inner) => ({ oneOf: [{ type: "object", properties: { a: inner } }, { type: "array", items: { type: "string" } }] })
}

describe("objects within objects take as long as they are many", () => {
  for (const [name, around] of Object.entries(kinds)) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const set = yield* loadText(openapi({ paths: { "/a": { get: { responses: { 200: { description: "", content: { "application/json": { schema: nested(24, around) } } } } } } } }))
        assert.isAbove([...fromDocuments(set, {}).files.values()].join("").length, 1000)
      }), 10_000)
  }
})
