import { describe, expect, it } from "vitest"
import { insufficientScope } from "../../src/wire/bearer.ts"
import { clockSkew } from "../../src/wire/headers.ts"

describe("insufficient_scope (RFC 6750 section 3.1)", () => {
  const rows: ReadonlyArray<readonly [string, string | ReadonlyArray<string> | undefined, ReadonlyArray<string> | undefined]> = [
    ["names the scopes", `Bearer realm="example", error="insufficient_scope", scope="read write"`, ["read", "write"]],
    ["in any case, among other challenges", [`Basic realm="a, b"`, `BEARER error=insufficient_scope, scope=admin`], ["admin"]],
    ["names none", `Bearer error="insufficient_scope"`, undefined],
    ["names what is no scope", `Bearer error="insufficient_scope", scope="\\" \\\\"`, undefined],
    ["names some that are none", `Bearer error="insufficient_scope", scope="a \u00e9 b"`, ["a", "b"]],
    ["says something else", `Bearer error="invalid_token", scope="read"`, undefined],
    ["says it of another scheme", `DPoP error="insufficient_scope", scope="read"`, undefined],
    ["is garbage", "=,,=\"", undefined],
    ["is missing", undefined, undefined]
  ]
  for (const [name, field, expected] of rows) {
    it(name, () => expect(insufficientScope({ headers: field === undefined ? {} : { "www-authenticate": field } })).toEqual(expected))
  }
})

describe("the server's clock (RFC 9110 section 6.6.1)", () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0)
  const rows: ReadonlyArray<readonly [string | undefined, number | undefined]> = [
    ["Thu, 01 Jan 2026 12:10:00 GMT", 600_000],
    ["Thu, 01 Jan 2026 11:50:00 GMT", -600_000],
    ["Thursday, 01-Jan-26 12:10:00 GMT", 600_000],
    ["Thu Jan  1 12:10:00 2026", 600_000],
    // whole seconds, and the answer took a while
    ["Thu, 01 Jan 2026 12:00:01 GMT", 0],
    ["Thu, 01 Jan 2026 11:59:59 GMT", 0],
    ["yesterday", undefined],
    ["2026-01-01T12:10:00Z", undefined],
    ["", undefined],
    [undefined, undefined]
  ]
  for (const [date, expected] of rows) {
    it(String(date), () => expect(clockSkew(date === undefined ? {} : { date }, now)).toBe(expected))
  }
})
