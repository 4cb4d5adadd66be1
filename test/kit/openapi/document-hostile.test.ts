import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as FastCheck from "fast-check"
import { describe } from "vitest"
import { load } from "../../../kit/src/openapi/document/load.ts"
import { resolveRef } from "../../../kit/src/openapi/document/resolve.ts"
import { loadText, openapi, services } from "./documentSupport.ts"

const attempt = (content: string | Uint8Array, options = {}) => Effect.runPromise(Effect.result(loadText(content, options)))

/** Reads it, looks everything up; only a DocumentError may come of it. */
const survives = async (content: string | Uint8Array): Promise<void> => {
  const result = await attempt(content)
  if (Result.isFailure(result)) {
    expect(result.failure._tag).toBe("DocumentError")
    expect(result.failure.message).toMatch(/^standard input(?::\d+:\d+)?: ./)
    return
  }
  const [root] = result.success.roots
  for (const pointer of ["", "/", "/a", "/a/0", "/paths/~1", "/openapi"]) {
    root?.locate(pointer)
    root?.digits(pointer)
    resolveRef(result.success, { uri: "stdin:", pointer }, `#${pointer}`)
  }
}

describe("random content", () => {
  it("bytes", () => FastCheck.assert(FastCheck.asyncProperty(FastCheck.uint8Array({ maxLength: 200 }), survives), { numRuns: 500 }))

  it("text", () => FastCheck.assert(FastCheck.asyncProperty(FastCheck.string({ unit: "binary", maxLength: 200 }), survives), { numRuns: 500 }))

  it("pieces of JSON and YAML", () => {
    const piece = FastCheck.constantFrom(
      "{", "}", "[", "]", ":", ",", "\"", "'", "\n", "\n  ", "\n    ", " ", "- ", "? ", ": ", "&a ", "*a", "<<: *a", "!!map ", "!x ", "|", ">", "#", "%YAML 1.1", "---", "...", "\t", "\\", "\\u12",
      "openapi", "\"openapi\": \"3.0.0\"", "openapi: 3.0.0", "\"a\"", "a", "1", "-1e400", "9223372036854775807", "null", "true", "\"$ref\": \"#/a\"", "$ref: x.json", "$id: b", "\"__proto__\": {}", "\uFEFF", "\u2028", "\uD800", "//", "/*"
    )
    return FastCheck.assert(
      FastCheck.asyncProperty(FastCheck.array(piece, { maxLength: 25 }), FastCheck.constantFrom("", "{", "openapi: 3.0.0\n", "{\"openapi\": \"3.1.0\", "), (pieces, start) => survives(start + pieces.join(""))),
      { numRuns: 3000 }
    )
  })

  it("a document with a part cut out, or bytes changed", () => {
    const whole = Buffer.from(openapi({ a: [1, { $ref: "#/a", b: "ü\n" }], c: null }))
    return FastCheck.assert(
      FastCheck.asyncProperty(FastCheck.nat(whole.length), FastCheck.nat(whole.length), FastCheck.nat(255), (at, to, byte) => {
        const changed = Buffer.from(whole)
        if (at < changed.length) changed[at] = byte
        return survives(Buffer.concat([changed.subarray(0, Math.max(at, 1)), changed.subarray(to)]))
      }),
      { numRuns: 500 }
    )
  })

  it("any JSON value is read as it is", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(FastCheck.jsonValue({ maxDepth: 6 }), FastCheck.boolean(), async (a, pretty) => {
        const text = JSON.stringify({ openapi: "3.1.0", a }, undefined, pretty ? 2 : 0)
        for (const content of [text, `# YAML\n${text}`]) {
          const set = Result.getOrThrow(await attempt(content))
          expect(set.roots[0]?.value).toEqual(JSON.parse(text))
          expect(set.problems).toEqual([])
        }
      }),
      { numRuns: 300 }
    ))
})

describe("nesting", () => {
  const n = 100_000
  const deep: Readonly<Record<string, string>> = {
    "[": "[".repeat(n), "{": "{\"a\":".repeat(n), "closed": "[".repeat(n) + "]".repeat(n), "in an object": `{"openapi": "3.0.0", "a": ${"[".repeat(n)}${"]".repeat(n)}}`,
    "hidden by a comment": `{"a": /* " */ ${"[".repeat(n)}`, "YAML [": `openapi: ${"[".repeat(n)}`, "YAML {": `openapi: ${"{a: ".repeat(n)}`, "- -": "- ".repeat(n), "? ?": "? ".repeat(n),
    "closed YAML": `a: ${"[".repeat(n)}${"]".repeat(n)}`, "YAML by lines": Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"), "anchors": "&a ".repeat(n), "tags": `${"!x ".repeat(n)}`
  }
  for (const [name, text] of Object.entries(deep)) {
    it(name, async () => {
      const result = await attempt(text)
      expect(Result.isFailure(result) && result.failure._tag).toBe("DocumentError")
    })
  }

  it("is allowed up to the limit, in both syntaxes", async () => {
    const nested = (levels: number) => `{"openapi": "3.0.0", "a": ${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`
    for (const start of ["", "# YAML\n"]) {
      expect(Result.isSuccess(await attempt(start + nested(500)))).toBe(true)
      const result = await attempt(start + nested(501))
      expect(Result.isFailure(result) && result.failure.reason).toContain("nested deeper than 500 levels")
    }
    expect(Result.isSuccess(await attempt(nested(1000), { maxDepth: 10_000 }))).toBe(true)
    expect(Result.isFailure(await attempt(nested(1001), { maxDepth: 10_000 }))).toBe(true)
  })

  it("counts what aliases nest", async () => {
    const chain = Array.from({ length: 600 }, (_, level) => `x${level}: &x${level} ${level === 0 ? "[]" : `[*x${level - 1}]`}`).join("\n")
    const result = await attempt(`openapi: 3.0.0\n${chain}\n`)
    expect(Result.isFailure(result) && result.failure.message).toMatch(/^standard input:501:\d+: the data is nested deeper than 500/)
  })
})

describe("aliases", () => {
  it("a bomb of aliases is refused, quickly", async () => {
    const bomb = Array.from({ length: 20 }, (_, level) => `x${level}: &x${level} [${level === 0 ? "lol" : Array(10).fill(`*x${level - 1}`).join(", ")}]`).join("\n")
    const result = await attempt(`openapi: 3.0.0\n${bomb}\n`)
    expect(Result.isFailure(result) && result.failure.reason).toContain("aliases expand this document")
  })

  it("a bomb of merges is refused, quickly", async () => {
    const base = Array.from({ length: 2000 }, (_, at) => `  k${at}: 1`).join("\n")
    const result = await attempt(`openapi: 3.0.0\nbase: &b\n${base}\n${Array.from({ length: 6000 }, (_, at) => `m${at}: {<<: *b}`).join("\n")}\n`)
    expect(Result.isFailure(result) && result.failure.reason).toContain("aliases expand this document")
  })
})

describe("what is read", () => {
  it("the inputs, and what they refer to: nothing else", () => {
    const file = FastCheck.nat(7).map((index) => `/d/${index}.json`)
    const ref = FastCheck.oneof(
      file.map((path) => `.${path.slice(2)}#/x`), file.map((path) => `..${path}`), file, file.map((path) => `file://${path}`), file.map((path) => `file://elsewhere${path}`),
      FastCheck.constantFrom("#/x", "", "https://example.com/x", "/etc/passwd/", "urn:x", "//x/y", "\u0000", "?q#", "%", "%00", "..", ".", "~/x", "C:\\x", "\\d\\1.json")
    )
    const documents = FastCheck.array(FastCheck.array(ref, { maxLength: 3 }), { minLength: 8, maxLength: 8 })
    return FastCheck.assert(
      FastCheck.asyncProperty(documents, FastCheck.nat(7), async (graph, root) => {
        const read = new Set<string>()
        const texts = new Map(graph.map((refs, index) => [`/d/${index}.json`, openapi({ x: refs.map(($ref) => ({ $ref, enum: [{ $ref: "/never.json" }] })) })]))
        const missing = (path: string) => PlatformError.systemError({ _tag: "NotFound", module: "FileSystem", method: "stream", pathOrDescriptor: path })
        const fs = FileSystem.layerNoop({
          stat: () => Effect.succeed({ type: "File" } as FileSystem.File.Info),
          stream: (path) => {
            read.add(path)
            const text = texts.get(path)
            return text === undefined ? Stream.fail(missing(path)) : Stream.make(new TextEncoder().encode(text))
          }
        })
        const set = await Effect.runPromise(load([`/d/${root}.json`]).pipe(Effect.provide(Layer.merge(services, fs)), Effect.provide(fs)))
        // what the URL standard says a reference means, followed from the root
        const reachable = new Set([`/d/${root}.json`])
        for (const path of reachable) {
          const text = texts.get(path)
          for (const { $ref } of text === undefined ? [] : (JSON.parse(text) as { x: ReadonlyArray<{ $ref: string }> }).x) {
            if ($ref.split("#")[0] === "" || !URL.canParse($ref, `file://${path}`)) continue
            const url = new URL($ref, `file://${path}`)
            if (url.protocol === "file:" && url.host === "") reachable.add(url.pathname === "/d/%" ? "/d/%" : decodeURIComponent(url.pathname))
          }
        }
        expect([...read].filter((path) => !reachable.has(path))).toEqual([])
        expect([...texts.keys()].filter((path) => reachable.has(path) && !read.has(path))).toEqual([])
        expect(set.all.length).toBe([...texts.keys()].filter((path) => reachable.has(path)).length)
      }),
      { numRuns: 500 }
    )
  })
})
