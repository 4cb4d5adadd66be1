import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Stdio from "effect/Stdio"
import { relative } from "node:path"
import { pathToFileURL } from "node:url"
import { describe } from "vitest"
import { load } from "../../../kit/src/openapi/document/load.ts"
import { folder, loadText, openapi, services } from "./documentSupport.ts"

const failure = (inputs: ReadonlyArray<string>, options = {}) => Effect.flip(load(inputs, options))

describe("inputs", () => {
  it.live("a file is JSON or YAML by its content, whatever it is called", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ "a.json": "openapi: 3.0.0\npaths: {}\n", "b.yaml": openapi(), c: "swagger: '2.0'\n" })
      const set = yield* load([at("a.json"), at("b.yaml"), at("c")])
      expect(set.roots.map(({ value }) => value)).toEqual([
        { openapi: "3.0.0", paths: {} }, JSON.parse(openapi()), { swagger: "2.0" }
      ])
      expect(set.roots.map(({ name, uri }) => [name, uri])).toEqual(["a.json", "b.yaml", "c"].map((name) => [at(name), pathToFileURL(at(name)).href]))
      expect(set.get(`${pathToFileURL(at("c")).href}#/paths`)).toBe(set.roots[2])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("a path is called as it was given, and a file given twice is read once", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ "a ä#%b.json": openapi() })
      const path = relative(process.cwd(), at("a ä#%b.json"))
      const set = yield* load([path, at("a ä#%b.json"), pathToFileURL(at("a ä#%b.json")).href])
      expect(set.roots.map(({ name }) => name)).toEqual([path])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("a byte order mark and UTF-16 are read", () =>
    Effect.gen(function*() {
      const utf16 = (text: string, mark: boolean) => Buffer.concat([mark ? Buffer.from([0xff, 0xfe]) : Buffer.alloc(0), Buffer.from(text, "utf16le")])
      const { at } = yield* folder({
        "bom.json": `\uFEFF${openapi()}`, "le.json": utf16(openapi(), true), "bare.yaml": utf16("openapi: 3.0.0", false),
        "be.json": utf16(openapi(), true).swap16(), "bebare.json": utf16(openapi(), false).swap16()
      })
      const set = yield* load(["bom.json", "le.json", "bare.yaml", "be.json", "bebare.json"].map(at))
      expect(set.roots.map(({ value }) => (value as { openapi: string }).openapi)).toEqual(["3.1.0", "3.1.0", "3.0.0", "3.1.0", "3.1.0"])
      expect(set.roots[0]?.locate("")).toEqual({ line: 1, column: 1 })
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("bytes that are no UTF-8 are a problem, not a failure", () =>
    Effect.gen(function*() {
      const set = yield* loadText(Buffer.from("openapi: 3.0.0\ninfo: {title: \"caf\xe9\"}\n", "latin1"))
      expect(set.roots[0]?.value).toEqual({ openapi: "3.0.0", info: { title: "caf\uFFFD" } })
      expect(set.problems).toEqual([{ document: "standard input", position: undefined, message: expect.stringContaining("Save it as UTF-8") }])
    }))

  it.live("a folder gives its OpenAPI documents by name, and skips what is none", () =>
    Effect.gen(function*() {
      const { at, root } = yield* folder({
        "b/z.yml": "openapi: 3.0.0\n", "b/a.json": openapi(), "a.yaml": "swagger: \"2.0\"\n",
        "package.json": "{\"dependencies\": {\"swagger\": \"^1.0.0\"}}", "broken.json": "{", "notes.txt": openapi(), "data.yaml": "a: [",
        "node_modules/x.json": openapi(), ".git/x.json": openapi(), "bytes.json": new Uint8Array([0x1f, 0x8b, 0])
      })
      const set = yield* load([root])
      expect(set.roots.map(({ name }) => name)).toEqual([at("a.yaml"), at("b/a.json"), at("b/z.yml")])
      expect(set.problems.map(({ document, message }) => [document, message])).toEqual([[at("bytes.json"), "skipped: it is compressed (gzip): unpack it first"]])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("a folder's malformed OpenAPI document is not skipped", () =>
    Effect.gen(function*() {
      const { at, root } = yield* folder({ "a.json": openapi(), "b.json": "{\n  \"openapi\": \"3.0.0\",\n  \"paths\": {\n" })
      expect((yield* failure([root])).message).toMatch(new RegExp(`^${at("b.json")}:4:1: malformed JSON: .*complete`))
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("standard input is a document of its own", () =>
    Effect.gen(function*() {
      const { roots } = yield* loadText(openapi())
      expect(roots.map(({ name, uri }) => [name, uri])).toEqual([["standard input", "stdin:"]])
    }))
})

describe("references", () => {
  it.live("other files are followed, in circles too, also above the folder", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({
        "api/main.yaml": "openapi: 3.0.0\npaths:\n  /a:\n    $ref: 'paths/a.yaml#/get'\ncomponents:\n  schemas:\n    C: {$ref: \"../common%20things.yaml#/C\"}\n",
        "api/paths/a.yaml": "get: {$ref: ../main.yaml#/paths}\nother: {$ref: 'b.json'}\n",
        "api/paths/b.json": "{\"$ref\": \"a.yaml#/other\"}",
        "common things.yaml": "C: {type: string}\n",
        "api/unrelated.yaml": "openapi: 3.0.0\n"
      })
      const set = yield* load([at("api/main.yaml")])
      expect(set.roots.map(({ name }) => name)).toEqual([at("api/main.yaml")])
      expect(set.all.map(({ name }) => name)).toEqual(["api/main.yaml", "api/paths/a.yaml", "common things.yaml", "api/paths/b.json"].map(at))
      expect(set.refused).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("what cannot be followed is refused once a document and target, with reason and place", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({
        "main.json": openapi({
          components: {
            schemas: {
              A: { $ref: "missing.json#/A" }, B: { $ref: "missing.json#/B" }, C: { $ref: "https://example.com/c.json" }, D: { $ref: "urn:x:y" }, E: { $ref: "notes.md" },
              F: { $ref: "Pet" }, Pet: { type: "object" }, G: { $ref: "http://[broken" }
            }
          }
        }),
        "notes.md": "a: [\n"
      })
      const { refused } = yield* load([at("main.json")])
      expect(refused.map(({ from, pointer, reason, uri }) => [uri.replace(/.*\//, ""), pointer, from === at("main.json"), reason])).toEqual([
        ["missing.json", "/components/schemas/A", true, "no such file. Check the path"],
        ["c.json", "/components/schemas/C", true, expect.stringContaining("--allow-remote")],
        ["urn:x:y", "/components/schemas/D", true, "this is no address that can be read"],
        ["notes.md", "/components/schemas/E", true, expect.stringContaining("it cannot be read: ")],
        ["[broken", "/components/schemas/G", true, "this is no valid reference to a document"]
      ])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("data is no reference: examples, defaults, constants", () =>
    Effect.gen(function*() {
      const ref = { $ref: "https://example.com/data.json" }
      const { refused } = yield* loadText(openapi({
        components: {
          schemas: {
            A: { type: "object", default: ref, example: ref, enum: [ref], const: ref, examples: [ref], properties: { default: { $ref: "https://example.com/real.json" } } }
          },
          examples: { one: { value: ref }, two: { $ref: "https://example.com/example.json" } },
          responses: { default: { $ref: "https://example.com/response.json" } }
        }
      }))
      expect(refused.map(({ uri }) => uri)).toEqual(["https://example.com/real.json", "https://example.com/example.json", "https://example.com/response.json"])
    }))

  it.live("a discriminator's mapping to another file is a reference", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({
        "main.json": openapi({ components: { schemas: { A: { discriminator: { propertyName: "k", mapping: { d: "dog.json", c: "#/components/schemas/Cat", e: "Elk" } } } } } }),
        "dog.json": "{}"
      })
      const set = yield* load([at("main.json")])
      expect([set.all.map(({ name }) => name), set.refused]).toEqual([[at("main.json"), at("dog.json")], []])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("standard input refers to no files", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ "x.json": "{}" })
      const set = yield* loadText(openapi({ components: { schemas: { A: { $ref: "x.json" }, B: { $ref: pathToFileURL(at("x.json")).href } } } }))
      expect([set.all.length, set.refused.map(({ reason }) => reason)]).toEqual([1, [
        expect.stringContaining("standard input is no place"), expect.stringContaining("only a local file")
      ]])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("a malformed file that is referred to is a failure with its place", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ "main.json": openapi({ x: { $ref: "b.yaml" } }), "b.yaml": "a: 1\nb: [\n" })
      expect(yield* failure([at("main.json")])).toMatchObject({ _tag: "DocumentError", document: at("b.yaml"), line: 3, column: 1 })
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("what cannot be read", () => {
  const cases: ReadonlyArray<readonly [string, string, string]> = [
    ["an empty file", " \n", "it is empty: give an OpenAPI document in JSON or YAML"],
    ["an HTML page", "\n<!DOCTYPE html><html></html>", "it is an HTML page"],
    ["XML", "<?xml version='1.0'?><a/>", "it is XML"],
    ["a list", "[1]", "it holds a list, not an object"],
    ["a text", "hello there", "it holds a string, not an object"],
    ["null", "null", "it holds a null, not an object"],
    ["neither member", "{\"a\": 1}", "it has neither `openapi` nor `swagger` at its top level"],
    ["Swagger 1", "swaggerVersion: '1.2'", "convert it to OpenAPI 3 first"],
    ["AsyncAPI", "asyncapi: 2.0.0", "it is an AsyncAPI document"],
    ["an Overlay", "overlay: 1.0.0", "it is an Overlay"],
    ["bytes", "\u0000\u0001\u0002\u0003", "it is no text"]
  ]
  for (const [name, text, reason] of cases) {
    it.live(name, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(loadText(text))
        expect(error._tag).toBe("DocumentError")
        expect(error.message).toContain(`standard input: ${error.reason}`)
        expect(error.reason).toContain(reason)
      }))
  }

  it.live("a missing file, an unreadable one, a folder without documents, no folder", () =>
    Effect.gen(function*() {
      const { at, root } = yield* folder({ "empty/readme.txt": "" })
      expect((yield* failure([at("none.json")])).message).toBe(`${at("none.json")}: no such file. Check the path`)
      expect((yield* failure([at("empty")])).message).toContain("this folder has no OpenAPI document")
      expect((yield* failure([`${root}/\0`]))._tag).toBe("DocumentError")
      expect((yield* failure([""]))._tag).toBe("DocumentError")
      expect((yield* failure(["file://elsewhere/x.json"]))._tag).toBe("DocumentError")
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("more than the limits allow", () =>
    Effect.gen(function*() {
      const { at, root } = yield* folder({ "a.json": openapi({ x: { $ref: "b.json" } }), "b.json": "{\"$ref\": \"c.json\"}", "c.json": "{}", "d.json": openapi() })
      expect((yield* failure([at("a.json")], { maxBytes: 20 })).reason).toContain("more than 20 bytes")
      expect((yield* failure([at("a.json")], { maxDocuments: 2 })).message).toBe(`${at("c.json")}: this is one document more than 2. If that is meant, raise \`maxDocuments\``)
      expect((yield* failure([root], { maxDocuments: 1 })).message).toContain("one document more than 1")
      expect((yield* failure([at("a.json")], { maxDepth: 1 }))).toMatchObject({ line: 3, column: 11, reason: expect.stringContaining("deeper than 1 level") })
      const set = yield* load([at("a.json")], { maxBytes: openapi({ x: { $ref: "b.json" } }).length, maxDocuments: 3, maxDepth: 2 })
      expect(set.all.length).toBe(3)
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("endless standard input is left at the limit", () =>
    Effect.gen(function*() {
      const error = yield* failure(["-"], { maxBytes: 100_000 }).pipe(
        Effect.provide(Stdio.layerTest({ stdin: Stream.forever(Stream.make(new Uint8Array(1000).fill(0x20))) })), Effect.provide(services)
      )
      expect(error.message).toBe("standard input: it has more than 100000 bytes. If that is meant, raise `maxBytes`")
    }))
})
