/** The same documents give the same bytes, wherever they lie and whoever asks; nothing of the machine is in them. */
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as os from "node:os"
import * as path from "node:path"
import type { Config } from "../../../kit/src/openapi/config.ts"
import { generate } from "../../../kit/src/openapi/generate.ts"
import { folder, serveDocuments, services } from "./documentSupport.ts"
import { oas } from "./torture/write.ts"

const files = {
  "api.yaml": `openapi: 3.1.0
info: { version: "1" }
paths:
  /thing: { $ref: "parts/paths.yaml#/thing" }
components: { schemas: { Thing: { type: object, properties: { other: { $ref: "parts/models.yaml" }, deep: { $ref: "parts/models.yaml#/$defs/Deep" } } } } }
`,
  "parts/paths.yaml": "thing: { get: { operationId: getThing, responses: { \"200\": { description: ok, content: { application/json: { schema: { $ref: \"../api.yaml#/components/schemas/Thing\" } } } }, \"404\": { $ref: \"gone.yaml\" } } } }\n",
  "parts/models.yaml": "type: object\nproperties: { a: { type: string } }\n$defs: { Deep: { type: array, items: { $ref: \"#\" } } }\n",
  "second.json": oas("paths: { /second: { get: { operationId: getSecond, responses: { \"204\": { description: ok } } } } }"),
  "overlay.yaml": "overlay: 1.0.0\ninfo: { title: o, version: \"1\" }\nactions: [{ target: \"$.paths['/second'].get\", update: { summary: mended } }]\n"
}

const texts = (root: string, inputs: ReadonlyArray<string>, config: Config) =>
  Effect.map(generate(inputs, { ...config, patches: [path.join(root, "overlay.yaml")] }), ({ files }) => [...files])

for (const [what, config] of [["tags", {}], ["a preset", { preset: "argus" }], ["paths", { layout: "path", formats: { int64: "bigint" } }]] as const) {
  it.effect(`in any folder, by any way, with ${what}`, () =>
    Effect.gen(function*() {
      const one = yield* folder(files)
      const two = yield* folder(Object.fromEntries(Object.entries(files).map(([name, text]) => [`deeper/and-elsewhere/${name}`, text])))
      const there = path.join(two.root, "deeper/and-elsewhere")
      const first = yield* texts(one.root, [one.at("api.yaml"), one.at("second.json")], config)
      expect(first.length).toBeGreaterThan(4)
      expect(yield* texts(there, [path.join(there, "api.yaml"), path.join(there, "second.json")], config)).toEqual(first)
      // relative to where the program runs, and as a whole folder
      expect(yield* texts(one.root, ["api.yaml", "second.json"].map((name) => path.relative(process.cwd(), one.at(name))), config)).toEqual(first)
      expect(yield* texts(there, [there], config)).toEqual(first)
      for (const [name, text] of first) {
        for (const secret of [one.root, two.root, os.homedir(), process.cwd(), os.tmpdir(), os.hostname(), "file://"]) expect(text.includes(secret), `${name} names ${secret}`).toBe(false)
      }
    }).pipe(Effect.provide(services)))
}

it.live("relative servers begin where the document came from", () =>
  Effect.gen(function*() {
    const server = yield* serveDocuments({
      "/spec/v1/openapi.json": oas("servers: [{ url: ../v2 }, { url: /v3 }, { url: \"{v}/x\", variables: { v: { default: v4 } } }]\npaths: { /a: { get: { operationId: getA, servers: [{ url: here }], responses: { \"204\": { description: ok } } } } }"),
      "/spec/v1/swagger.json": "swagger: \"2.0\"\ninfo: { title: Torture, version: \"1\" }\nbasePath: /base\npaths: {}\n"
    })
    const { files } = yield* generate([`${server.url}/spec/v1/openapi.json`])
    expect(files.get("session.ts")).toContain(`baseUrl: "${server.url}/spec/v2"`)
    expect(files.get("servers.ts")).toContain(`${server.url}/v3`)
    expect(files.get("a.ts")).toContain(`server: "${server.url}/spec/v1/here"`)
    expect((yield* generate([`${server.url}/spec/v1/swagger.json`])).files.get("session.ts")).toContain(`baseUrl: "${server.url}/base"`)
  }).pipe(Effect.provide(services)))

it.effect("a change in a document that is referred to changes the head of every file", () =>
  Effect.gen(function*() {
    const one = yield* folder(files)
    const two = yield* folder({ ...files, "parts/models.yaml": `${files["parts/models.yaml"]}# later\n` })
    const [first, second] = [yield* texts(one.root, [one.at("api.yaml")], {}), yield* texts(two.root, [two.at("api.yaml")], {})]
    expect(second.map(([name]) => name)).toEqual(first.map(([name]) => name))
    for (const [index, [name, text]] of first.entries()) if (name.endsWith(".ts")) expect(second[index]?.[1]).not.toBe(text)
  }).pipe(Effect.provide(services)))
