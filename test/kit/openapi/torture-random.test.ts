/**
 * Random documents: generating never throws and never writes outside; whatever stands in a document stays text.
 */
import { describe, expect, it } from "vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "fast-check"
import * as fs from "node:fs"
import * as Yaml from "yaml"
import type { Config } from "../../../kit/src/openapi/config.ts"
import { fromDocuments, type Generated } from "../../../kit/src/openapi/generate.ts"
import { format } from "../../../kit/src/openapi/warning.ts"
import { snippetsOf } from "../../../scripts/snippets.ts"
import { loadText } from "./documentSupport.ts"
import { strangersIn } from "./torture/grammar.ts"
import { changed, type Json } from "./torture/random.ts"
import { compile, prepare, project } from "./torture/support.ts"
import { topics } from "./torture/topics.ts"

const documents: ReadonlyArray<Json> = Object.values(topics).flat().map((one) => Yaml.parse(typeof one.document === "string" ? one.document : Object.values(one.document)[0] ?? "", { uniqueKeys: false, logLevel: "error" }) as Json)

const config: fc.Arbitrary<Config> = fc.record({
  formats: fc.constantFrom(undefined, { int64: "bigint", dateTime: "DateTime", byte: "bytes" } as const, { int64: "string" } as const),
  enums: fc.constantFrom(undefined, "open", "closed"),
  defaults: fc.boolean(),
  checkOutput: fc.boolean(),
  layout: fc.constantFrom("tags", "path"),
  preset: fc.constantFrom(undefined, undefined, undefined, "argus", "ica"),
  extension: fc.constantFrom(".ts", ".js", "none"),
  paging: fc.constantFrom(undefined, [{ kind: "offset", offset: "offset", items: ["data"], total: ["count"] }, { kind: "link", items: [] }] as const)
})

/** how many documents; more by RANDOM_RUNS */
const runs = Number(process.env["RANDOM_RUNS"] ?? 400)
const parameters = { numRuns: runs, ...(process.env["RANDOM_SEED"] === undefined ? { seed: 20260131 } : { seed: Number(process.env["RANDOM_SEED"]) }) }

/** what comes of a document; `undefined`: it is none, which is said in a typed error */
const generated = async (document: Json, options: Config): Promise<Generated | undefined> => {
  const exit = await Effect.runPromise(Effect.exit(loadText(JSON.stringify(document))))
  if (Exit.isFailure(exit)) {
    expect(JSON.stringify(exit.cause)).toContain("DocumentError")
    return undefined
  }
  return fromDocuments(exit.value, options)
}

/** names that any file system takes, below where they are put */
const safePath = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^/\\:*?"<>|\p{Cc}\p{Cf}\p{Cs}]+(?:\/[^/\\:*?"<>|\p{Cc}\p{Cf}\p{Cs}]+)*$/u

const sound = (result: Generated): void => {
  const names = [...result.files.keys()]
  for (const name of names) {
    expect(name).toMatch(safePath)
    for (const part of name.split("/")) expect(new TextEncoder().encode(part).length, name).toBeLessThan(250)
  }
  const folded = names.map((name) => name.normalize("NFKC").toLowerCase())
  expect(new Set(folded).size, `no two equal but for case: ${names.join(", ")}`).toBe(names.length)
  for (const [name, text] of result.files) {
    expect(text.isWellFormed(), `${name} is well-formed`).toBe(true)
    if (name.endsWith(".ts")) expect(strangersIn(text, name), `${name}\n${text}`).toEqual([])
  }
  for (const warning of result.warnings) expect(warning.position, `${format(warning)} has a place`).toBeDefined()
  const reference = result.files.get("api.md")
  if (reference !== undefined) expect(snippetsOf("api.md", reference), reference).toHaveLength(result.operations.length)
}

describe("random documents", () => {
  it("give files that are inside, are TypeScript, and hold nothing that the generator does not write", { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(changed(documents), config, async (document, options) => {
      const result = await generated(document, options)
      if (result !== undefined) sound(result)
    }), parameters)
  })

  it("type-check, can be loaded, and fail only as they say", { timeout: 120_000 }, async () => {
    const sample = fc.sample(fc.tuple(changed(documents), config), { seed: parameters.seed, numRuns: Math.ceil(runs / 8) })
    for (const [index, [document, options]] of sample.entries()) {
      // without an extension only bundlers find the files
      const config = { ...options, ...(options.extension === "none" ? { extension: ".ts" as const } : {}) }
      const exit = await Effect.runPromise(Effect.exit(prepare({ name: `random ${index}`, document: JSON.stringify(document), config })))
      if (Exit.isFailure(exit)) continue
      for (const { module, name } of exit.value.generated.operations) {
        for (const input of [{}, { body: {} }, { id: "x", body: "text" }]) {
          const { error } = await Effect.runPromise(exit.value.call(`${module.replace(/\.ts$/, "")}.${name}`, input, { body: {} }).pipe(Effect.scoped, Effect.timeout("5 seconds")))
          expect(error === undefined || (typeof error === "object" && error !== null && "_tag" in error), `${name}: ${String(error)}\n${JSON.stringify(document)}`).toBe(true)
        }
      }
    }
    // of calls in `api.md` it is known that a document can contradict itself so that no value fits
    const errors = await Effect.runPromise(compile())
    const inCode = [...errors].filter(([, lines]) => lines.some((line) => !/^(client\/api-md-| )/.test(line)))
    fs.rmSync(project, { recursive: true, force: true })
    expect(inCode).toEqual([])
  })

  it("give the same bytes and the same warnings, in the same order, each time", { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(changed(documents), config, async (document, options) => {
      const [one, two] = [await generated(document, options), await generated(document, options)]
      expect([...two?.files ?? []]).toEqual([...one?.files ?? []])
      expect(two?.warnings.map(format)).toEqual(one?.warnings.map(format))
    }), { ...parameters, numRuns: Math.ceil(runs / 4) })
  })
})

describe("documents that are made to be slow, or deep", () => {
  const many = <A>(count: number, make: (index: number) => A): ReadonlyArray<A> => Array.from({ length: count }, (_, index) => make(index))
  const record = (index: number): Json => ({ type: "object", required: [`a${index}`], properties: { [`a${index}`]: { type: "string" } } })
  const ref = (index: number): Json => ({ $ref: `#/components/schemas/M${index}` })
  /** models of which each is made of the next */
  const chain = (count: number, make: (index: number) => Json): Json => Object.fromEntries(many(count, (index) => [`M${index}`, index === count - 1 ? record(0) : make(index)]))
  const cases: Readonly<Record<string, Json>> = {
    "a long chain of references": chain(2_000, (index) => ref(index + 1)),
    "a long chain of allOf": chain(2_000, (index) => ({ allOf: [ref(index + 1), record(index % 7)] })),
    "each made of the next, twice": chain(60, (index) => ({ allOf: [ref(index + 1), ref(index + 1), record(index)] })),
    "each a choice of the next, twice": chain(60, (index) => ({ oneOf: [{ allOf: [ref(index + 1)] }, { allOf: [ref(index + 1), record(index)] }] })),
    "many variants": { M0: { oneOf: [...many(2_000, record)] } },
    "many heirs, each of the one before": Object.fromEntries(many(300, (index) => [`M${index}`, index === 0 ? { ...record(0) as object, discriminator: { propertyName: "a0" } } as Json : { allOf: [ref(index - 1), record(index)] }])),
    "many values": { M0: { type: "string", enum: [...many(20_000, (index) => `v${index}`)] } },
    "lists of lists": { M0: many(230, () => 0).reduce<Json>((items) => ({ type: "array", items }), { type: "string" }) },
    "long texts": { M0: { type: "object", description: "x ".repeat(200_000), properties: { a: { type: "string", description: "*/".repeat(100_000), pattern: "(a+)+".repeat(2_000) } } } }
  }
  for (const [name, schemas] of Object.entries(cases)) {
    it(name, { timeout: 30_000 }, async () => {
      const answer: Json = { 200: { description: "ok", content: { "application/json": { schema: ref(0) } } } }
      const body: Json = { content: { "application/json": { schema: ref(0) } } }
      const result = await generated({ openapi: "3.1.0", info: { title: "Large", version: "1" }, paths: { "/thing": { put: { requestBody: body, responses: answer } } }, components: { schemas } }, {})
      expect(result?.operations).toHaveLength(1)
      if (result !== undefined) sound(result)
    })
  }
})

describe("hostile texts", () => {
  /** every text of a document, one after the other */
  const places = (value: Json, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
    typeof value === "object" && value !== null ? Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name])) : typeof value === "string" ? [path] : []
  const whole: Json = {
    openapi: "3.1.0",
    info: { title: "Title", version: "1", description: "about" },
    servers: [{ url: "https://{where}.example.com/v1", description: "server", variables: { where: { default: "eu", enum: ["eu", "us"], description: "variable" } } }, { url: "https://other.example.com" }],
    tags: [{ name: "things", description: "tag" }],
    security: [{ Key: [] }, { OAuth: ["scope"] }],
    paths: {
      "/things/{id}": {
        post: {
          operationId: "makeThing", tags: ["things"], summary: "summary", description: "description",
          parameters: [{ name: "id", in: "path", required: true, description: "parameter", schema: { type: "string", pattern: "^a$", default: "x", example: "y", format: "uuid" } }, { name: "q", in: "query", schema: { type: "string", enum: ["a", "b"] } }],
          requestBody: { required: true, description: "body", content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } }, "text/csv": { schema: { type: "string" } } } },
          responses: { 200: { description: "good", headers: { "X-Head": { description: "header", schema: { type: "string" } } }, content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } }, "text/event-stream": { schema: { type: "string" } } } }, 404: { description: "bad", content: { "application/json": { schema: { type: "object", title: "inline", properties: { why: { type: "string", const: "because" } } } } } } }
        }
      }
    },
    components: {
      securitySchemes: { Key: { type: "apiKey", in: "header", name: "X-Key", description: "key" }, OAuth: { type: "oauth2", description: "oauth", flows: {} } },
      schemas: { Thing: { type: "object", title: "title", description: "thing", required: ["a"], properties: { a: { type: "string", description: "a" } }, patternProperties: { "^x-": { type: "string" } }, oneOf: [{ $ref: "#/components/schemas/One" }, { $ref: "#/components/schemas/Two" }], discriminator: { propertyName: "a", mapping: { one: "#/components/schemas/One" } } }, One: { type: "object", properties: { a: { type: "string" } } }, Two: { type: "object", properties: { a: { type: "string" } } } }
    }
  }

  it("in each place of a document, as value and as name", { timeout: 120_000 }, async () => {
    // one that ends all there is to end, and those that are something as a whole
    const texts = ["*/ ${pwned()} `; \"); '\\ \n pwned() //\u2028 <!-- ``` {x} @deprecated", "__proto__", "../../x", "\ud800", "a".repeat(400)]
    for (const path of places(whole)) {
      for (const text of texts) {
        for (const renamed of [false, true]) {
          const document = structuredClone(whole)
          const parent = path.slice(0, -1).reduce<Json>((at, part) => (at as { [name: string]: Json })[part] ?? null, document) as { [name: string]: Json }
          const last = path.at(-1) ?? ""
          if (renamed) {
            if (Array.isArray(parent)) continue
            const value = parent[last] ?? null
            delete parent[last]
            Object.defineProperty(parent, text, { value, enumerable: true })
          } else parent[last] = text
          const result = await generated(document, { checkOutput: true, defaults: true })
          if (result !== undefined) sound(result)
        }
      }
    }
  })
})
