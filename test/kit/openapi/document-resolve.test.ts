import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "fast-check"
import { pathToFileURL } from "node:url"
import { describe } from "vitest"
import { load } from "../../../kit/src/openapi/document/load.ts"
import { pointerOf, resolveRef } from "../../../kit/src/openapi/document/resolve.ts"
import { folder, loadText, openapi, serveDocuments, services } from "./documentSupport.ts"

/** Resolves in the first root: the pointer found, or the reason. */
const resolver = Effect.fnUntraced(function*(text: string) {
  const set = yield* loadText(text)
  return (ref: string, pointer?: string) => {
    const found = resolveRef(set, { uri: "stdin:", pointer }, ref)
    return found._tag === "Found" ? found.pointer : `missing: ${found.reason}`
  }
})

describe("pointers", () => {
  it.live("parts are escaped and percent-encoded; names that only look encoded are found as they are", () =>
    Effect.gen(function*() {
      const to = yield* resolver(openapi({ "a/b": { "~": [{ "ü x": 1 }], "%41": 2, "100%": 3, "~1": 4, "": { "": 5 }, A: 6, null: null } }))
      expect(to("#")).toBe("")
      expect(to("")).toBe("")
      expect(to("#/a~1b/~0/0/%C3%BC%20x")).toBe("/a~1b/~0/0/ü x")
      expect(to("#/a~1b/~0/0/ü x")).toBe("/a~1b/~0/0/ü x")
      expect(to("#/a~1b/%2541")).toBe("/a~1b/%41")
      expect(to("#/a~1b/100%")).toBe("/a~1b/100%")
      expect(to("#/a%2Fb/~0")).toBe("/a~1b/~0")
      expect(to("#/a~1b//")).toBe("/a~1b//")
      expect(to("#/a~1b/null")).toBe("/a~1b/null")
      expect(to("#/a~1b/~01")).toBe("/a~1b/~01")
      // by the rule it is A; the name %41 needs %2541
      expect(to("#/a~1b/%41")).toBe("/a~1b/A")
      expect(to("#/a~1b/~0/1")).toBe("missing: standard input has no /a~1b/~0/1")
      expect(to("#/a~1b/~0/00")).toContain("missing")
      for (const name of ["constructor", "__proto__", "toString", "length"]) expect(to(`#/${name}`)).toBe(`missing: standard input has no /${name}`)
    }))

  it.live("a forgotten slash, a bare name", () =>
    Effect.gen(function*() {
      const to = yield* resolver("swagger: '2.0'\ndefinitions: {Pet: {type: object}}\n")
      expect([to("#definitions/Pet"), to("Pet"), to("Dog")]).toEqual(["/definitions/Pet", "/definitions/Pet", expect.stringContaining("missing: ")])
    }))

  it.live("a way through references is followed, circles are not endless", () =>
    Effect.gen(function*() {
      const to = yield* resolver(openapi({
        components: {
          schemas: {
            A: { $ref: "#/components/schemas/B" }, B: { properties: { c: { $ref: "#/components/schemas/C" } } }, C: { properties: { d: { type: "string" } } },
            L: { $ref: "#/components/schemas/M" }, M: { $ref: "#/components/schemas/L" }, S: { $ref: "#/components/schemas/S/x" },
            Own: { $ref: "#/components/schemas/C", properties: { e: {} } }
          }
        }
      }))
      expect(to("#/components/schemas/A")).toBe("/components/schemas/A")
      expect(to("#/components/schemas/A/properties/c/properties/d")).toBe("/components/schemas/C/properties/d")
      expect(to("#/components/schemas/Own/properties/e")).toBe("/components/schemas/Own/properties/e")
      expect(to("#/components/schemas/L/x")).toContain("round in a circle")
      expect(to("#/components/schemas/S")).toBe("/components/schemas/S")
      expect(to("#/components/schemas/S/x")).toContain("round in a circle")
    }))

  it.live("any parts survive: pointerOf, and back by resolveRef", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(FastCheck.array(FastCheck.string({ unit: "grapheme" }), { maxLength: 4 }), async (parts) => {
          const nested = parts.reduceRight<unknown>((inner, part) => Object.fromEntries([[part, inner]]), 7)
          const set = await Effect.runPromise(loadText(openapi({ x: nested })))
          const found = resolveRef(set, { uri: "stdin:" }, `#/x${pointerOf(parts).split("/").map(encodeURIComponent).join("/")}`)
          expect(found).toMatchObject({ _tag: "Found", value: 7, pointer: pointerOf(["x", ...parts]) })
        }),
        { numRuns: 200 }
      )))
})

describe("anchors and identifiers", () => {
  it.live("an $anchor is found, in an $id'd schema first", () =>
    Effect.gen(function*() {
      const to = yield* resolver(openapi({
        components: {
          schemas: {
            A: { $anchor: "a", properties: { $anchor: { type: "string" } } },
            B: { $id: "https://example.com/b", $defs: { x: { type: "string" }, y: { $dynamicAnchor: "y" } }, properties: { p: { $ref: "#/$defs/x" } } },
            C: { $id: "https://example.com/dir/c", properties: { p: { $ref: "../b" } } },
            D: { $id: "#legacy" }
          }
        }
      }))
      expect([to("#a"), to("#y"), to("#legacy"), to("#none")]).toEqual([
        "/components/schemas/A", "/components/schemas/B/$defs/y", "/components/schemas/D", "missing: standard input has no $anchor none"
      ])
      expect(to("#/$defs/x", "/components/schemas/B/properties/p")).toBe("/components/schemas/B/$defs/x")
      expect(to("#/components/schemas/A", "/components/schemas/B/properties/p")).toBe("/components/schemas/A")
      expect(to("https://example.com/b")).toBe("/components/schemas/B")
      expect(to("https://example.com/b#y")).toBe("/components/schemas/B/$defs/y")
      expect(to("https://example.com/b#a")).toContain("missing")
      expect(to("https://example.com/b#/$defs/x")).toBe("/components/schemas/B/$defs/x")
      expect(to("../b", "/components/schemas/C/properties/p")).toBe("/components/schemas/B")
    }))

  it.live("a schema known by its $id is not fetched, and an $id does not hide the file of that name", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({
        "main.json": openapi({ components: { schemas: { A: { $ref: "https://example.com/schemas/pet" }, B: { $ref: "pet.json#/$defs/Tag" } } } }),
        "pet.json": JSON.stringify({ $id: "https://example.com/schemas/pet", $defs: { Tag: {} }, properties: { t: { $ref: "tag.json" }, u: { $ref: "unknown.json" } } }),
        "tag.json": "{\"type\": \"string\"}"
      })
      const set = yield* load([at("main.json")])
      expect(set.refused.map(({ uri }) => uri)).toEqual(["https://example.com/schemas/unknown.json"])
      const pet = pathToFileURL(at("pet.json")).href
      expect(resolveRef(set, { uri: pathToFileURL(at("main.json")).href }, "https://example.com/schemas/pet")).toMatchObject({ _tag: "Found", uri: pet, pointer: "" })
      expect(resolveRef(set, { uri: pet, pointer: "/properties/t" }, "tag.json")).toMatchObject({ value: { type: "string" } })
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("identifiers and other places", () => {
  it.live("where no file of that name is there, a reference means what its $id says", () =>
    Effect.gen(function*() {
      const server = yield* serveDocuments({ "/schemas/tag.json": { type: "integer" } })
      const { at } = yield* folder({ "main.json": openapi({ components: { schemas: { A: { $id: `${server.url}/schemas/a`, properties: { t: { $ref: "tag.json" } } } } } }) })
      const set = yield* load([at("main.json")], { allowRemote: true })
      const from = { uri: pathToFileURL(at("main.json")).href, pointer: "/components/schemas/A/properties/t" }
      expect(set.refused).toEqual([])
      expect(resolveRef(set, from, "tag.json")).toMatchObject({ uri: `${server.url}/schemas/tag.json`, value: { type: "integer" } })
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("a remote document cannot pass for a file by its $id", () =>
    Effect.gen(function*() {
      const { at, root } = yield* folder({ "mid.json": "{\"$ref\": \"common.json\"}", "common.json": "{\"mine\": true}" })
      const server = yield* serveDocuments({ "/a.json": { $id: pathToFileURL(at("common.json")).href, mine: false } })
      const main = yield* folder({ "main.json": openapi({ a: { $ref: `${server.url}/a.json` }, b: { $ref: `${pathToFileURL(root).href}/mid.json` } }) })
      const set = yield* load([main.at("main.json")], { allowRemote: true })
      expect(resolveRef(set, { uri: pathToFileURL(at("mid.json")).href }, "common.json")).toMatchObject({ value: { mine: true } })
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("documents", () => {
  it.live("a way through several files, and what is refused says why", () =>
    Effect.gen(function*() {
      const server = yield* serveDocuments({})
      const { at } = yield* folder({
        "main.yaml": `openapi: 3.0.0\npaths:\n  /a: {$ref: "p/a b.yaml"}\nx: {$ref: "${server.url}/x.json?token=abc"}\ny: {$ref: none.json}\n`,
        "p/a b.yaml": "get: {$ref: 'ops.yaml#/get'}\n", "p/ops.yaml": "get:\n  responses: {200: {description: ok}}\n"
      })
      const set = yield* load([at("main.yaml")])
      const from = { uri: pathToFileURL(at("main.yaml")).href }
      expect(resolveRef(set, from, "#/paths/~1a/get/responses/200")).toEqual({
        _tag: "Found", uri: pathToFileURL(at("p/ops.yaml")).href, pointer: "/get/responses/200", value: { description: "ok" }
      })
      expect(resolveRef(set, from, "main.yaml#/paths")).toMatchObject({ _tag: "Found", uri: from.uri })
      expect(resolveRef(set, from, `${server.url}/x.json?token=abc#/a`)).toEqual({ _tag: "Missing", reason: expect.stringMatching(/token=<redacted>: remote references/) })
      expect(resolveRef(set, from, "none.json#/a")).toMatchObject({ reason: expect.stringContaining("no such file") })
      expect(resolveRef(set, from, "other.json")).toMatchObject({ reason: expect.stringContaining("other.json is not loaded") })
      expect(resolveRef(set, { uri: "file:///nowhere" }, "#")).toMatchObject({ _tag: "Missing" })
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("a remote document does not see a file that another one brought", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ "secret.json": openapi() })
      const secret = pathToFileURL(at("secret.json")).href
      const server = yield* serveDocuments({ "/main.json": openapi({ a: { $ref: secret } }) })
      const set = yield* load([at("secret.json"), `${server.url}/main.json`])
      expect(resolveRef(set, { uri: `${server.url}/main.json` }, `${secret}#/info`)).toEqual({ _tag: "Missing", reason: expect.stringContaining("only a local file") })
    }).pipe(Effect.scoped, Effect.provide(services)))
})
