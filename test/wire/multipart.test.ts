import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import * as Multipart from "../../src/wire/multipart.ts"

const text = (parts: ReadonlyArray<Multipart.Part>): string => new TextDecoder().decode(Multipart.encode(parts, "BOUNDARY"))

describe("multipart/form-data (RFC 7578)", () => {
  it("fields and files between boundaries", () => {
    assert.strictEqual(
      text([
        { name: "title", content: "Überschrift" },
        { name: "meta", mediaType: "application/json", content: "{}" },
        { name: "file", fileName: "a.txt", mediaType: "text/plain", content: new TextEncoder().encode("line\r\n--BOUND") }
      ]),
      [
        "--BOUNDARY",
        "Content-Disposition: form-data; name=\"title\"",
        "",
        "Überschrift",
        "--BOUNDARY",
        "Content-Disposition: form-data; name=\"meta\"",
        "Content-Type: application/json",
        "",
        "{}",
        "--BOUNDARY",
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"",
        "Content-Type: text/plain",
        "",
        "line",
        "--BOUND",
        "--BOUNDARY--",
        ""
      ].join("\r\n")
    )
  })
  it("no parts", () => assert.strictEqual(text([]), "--BOUNDARY--\r\n"))
  it("bytes stay as they are", () => {
    const content = Uint8Array.from({ length: 256 }, (_, i) => i)
    const whole = Multipart.encode([{ name: "x", content }], "B")
    const start = "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n".length
    assert.deepStrictEqual(whole.slice(start, start + 256), content)
  })
  it("names cannot end their line or their quotes", () => {
    assert.include(text([{ name: "a\"; filename=\"evil\"\r\nX-Evil: 1\r\n\r\nbody", content: "" }]), "name=\"a%22; filename=%22evil%22%0D%0AX-Evil: 1%0D%0A%0D%0Abody\"")
  })
  it("whatever the names, the other side reads the same fields and files", async () => {
    const name = FastCheck.string({ unit: FastCheck.constantFrom("a", "é", "\"", "\\", "\r", "\n", ";", "=", " ", "--", "日", "%"), minLength: 1, maxLength: 8 })
    const escaped = (value: string): string => value.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22")
    await FastCheck.assert(
      FastCheck.asyncProperty(FastCheck.array(FastCheck.record({ name, file: FastCheck.boolean(), content: FastCheck.string({ maxLength: 20 }) }), { minLength: 1, maxLength: 3 }), async (parts) => {
        const body = Multipart.encode(parts.map((part) => ({ name: part.name, content: part.content, ...(part.file ? { fileName: part.name, mediaType: "text/plain" } : {}) })), "credence-0123456789abcdef")
        const form = await new Response(new Uint8Array(body), { headers: { "content-type": "multipart/form-data; boundary=credence-0123456789abcdef" } }).formData()
        const read = await Promise.all([...form].map(async ([key, value]) => [key, typeof value === "string" ? value : [value.name, await value.text()]]))
        // what browsers escape is read back by most servers; the platform's own reader undoes it
        const plain = (value: unknown): unknown => Array.isArray(value) ? value.map(plain) : typeof value === "string" ? escaped(value) : value
        assert.deepStrictEqual(plain(read), plain(parts.map((part) => [part.name, part.file ? [part.name, part.content] : part.content])))
      }),
      { numRuns: 200, seed: 4 }
    )
  })
})
