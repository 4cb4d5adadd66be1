import { assert, describe, it } from "@effect/vitest"
import * as MediaType from "../../src/wire/mediaType.ts"

describe("parsing", () => {
  for (
    const [value, essence, charset] of [
      ["application/json", "application/json", undefined],
      ["Application/JSON; Charset=UTF-8", "application/json", "utf-8"],
      ["text/html;charset=\"ISO-8859-1\"", "text/html", "iso-8859-1"],
      ["text/plain ; format=flowed; charset = us-ascii", "text/plain", "us-ascii"],
      ["application/vnd.example.v3+json; v=1", "application/vnd.example.v3+json", undefined],
      ["multipart/form-data; boundary=x", "multipart/form-data", undefined],
      [" text/csv ", "text/csv", undefined],
      ["text/plain;", "text/plain", undefined]
    ] as const
  ) {
    it(value, () => assert.deepStrictEqual(MediaType.parse(value), { essence, charset }))
  }
  for (const value of [undefined, "", "json", "text/", "/plain", "text /plain", "a/b/c", ";charset=utf-8", "text/pl ain"]) {
    it(`${JSON.stringify(value)} is unreadable`, () => assert.isUndefined(MediaType.parse(value)))
  }
  it("ends on a megabyte of anything", () => {
    for (const unit of [";", "; ", "; charset", ";charset=", ";charset=\"", "a/", " "]) MediaType.parse(`text/plain;${unit.repeat(1_000_000 / unit.length)}`)
  })
})

describe("JSON", () => {
  for (
    const [essence, json] of [
      ["application/json", true],
      ["text/json", true],
      ["application/problem+json", true],
      ["application/vnd.api+json", true],
      ["application/json-seq", false],
      ["application/jsonp", false],
      ["text/html", false],
      ["application/xml", false]
    ] as const
  ) {
    it(`${essence}: ${json}`, () => assert.strictEqual(MediaType.isJson(essence), json))
  }
})

describe("ranges", () => {
  for (
    const [range, essence, fits] of [
      ["*/*", "image/png", true],
      ["image/*", "image/png", true],
      ["image/*", "imagery/png", false],
      ["image/png", "image/png", true],
      ["image/png", "image/gif", false],
      ["text/plain; charset=utf-8", "text/plain", true],
      ["application/json", "application/problem+json", true],
      ["application/problem+json", "application/json", false],
      ["application/json", "text/html", false]
    ] as const
  ) {
    it(`${essence} under ${range}: ${fits}`, () => assert.strictEqual(MediaType.matches(range, essence), fits))
  }
})
