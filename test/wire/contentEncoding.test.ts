import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { deflateRawSync, deflateSync } from "node:zlib"
import { hasNoBody, isZlib, parseContentEncoding } from "../../src/wire/contentEncoding.ts"

const ok = (value: string | ReadonlyArray<string> | undefined) => Result.getOrThrow(parseContentEncoding(value))
const problem = (value: string | ReadonlyArray<string>) => {
  const result = parseContentEncoding(value)
  return Result.isFailure(result) ? result.failure : "none"
}

describe("Content-Encoding", () => {
  it("nothing is no coding", () => {
    for (const value of [undefined, "", " ", ",", "identity", "identity, identity", [" ", "identity"]]) assert.deepStrictEqual(ok(value), [])
  })

  it("one coding, in any case, with blanks; x-gzip is gzip (RFC 9110 section 8.4.1.3)", () => {
    assert.deepStrictEqual(ok("gzip"), ["gzip"])
    assert.deepStrictEqual(ok(" GZip "), ["gzip"])
    assert.deepStrictEqual(ok("x-gzip"), ["gzip"])
    assert.deepStrictEqual(["deflate", "br", "zstd"].map((each) => ok(each)), [["deflate"], ["br"], ["zstd"]])
  })

  it("what was applied last comes off first, also over several fields", () => {
    assert.deepStrictEqual(ok("deflate, gzip"), ["gzip", "deflate"])
    assert.deepStrictEqual(ok("br,identity,, zstd"), ["zstd", "br"])
    assert.deepStrictEqual(ok(["deflate", "gzip, br"]), ["br", "gzip", "deflate"])
  })

  it("security 33: five codings at most", () => {
    assert.strictEqual(ok("gzip,gzip,gzip,gzip,gzip").length, 5)
    assert.match(problem("gzip,gzip,gzip,gzip,gzip,gzip"), /more than 5/)
    assert.match(problem("gzip,".repeat(100_000)), /more than 5/)
  })

  it("unknown codings are named, cut to a bearable length", () => {
    assert.strictEqual(problem("compress"), "unknown content coding \"compress\"")
    for (const name of ["__proto__", "constructor", "toString", "gzip;q=1"]) assert.match(problem(name), /unknown/)
    assert.isBelow(problem("x".repeat(10_000)).length, 100)
  })

  it("tells zlib from raw deflate", () => {
    for (const level of [0, 1, 6, 9]) {
      assert.isTrue(isZlib(deflateSync("hello hello", { level })))
      assert.isFalse(isZlib(deflateRawSync("hello hello", { level })))
    }
    assert.isFalse(isZlib(new Uint8Array(0)))
  })

  it("HEAD, 1xx, 204 and 304 have no body (RFC 9110 section 6.4.1)", () => {
    assert.deepStrictEqual([["HEAD", 200], ["GET", 204], ["GET", 304], ["GET", 103]].map(([m, s]) => hasNoBody(m as string, s as number)), [true, true, true, true])
    assert.deepStrictEqual([["GET", 200], ["POST", 205], ["DELETE", 404]].map(([m, s]) => hasNoBody(m as string, s as number)), [false, false, false])
  })
})
