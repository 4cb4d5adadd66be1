import { expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import { claims, lifetime } from "../../src/wire/jwt.ts"

const jwt = (payload: unknown): string => `e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.sig`

it("reads when a token was issued and when it ends", () => {
  expect(claims(jwt({ sub: "zoë", iat: 1_000, exp: 4_600.5 }))).toEqual({ subject: "zoë", issuedAt: 1_000_000, expires: 4_600_500 })
  expect(claims(jwt({}))).toEqual({ subject: undefined, issuedAt: undefined, expires: undefined })
  expect(lifetime(claims(jwt({ exp: 10 })), 4_000)).toBe(6_000)
  expect(lifetime(claims(jwt({ exp: 10 })), 40_000)).toBe(0)
  expect(lifetime(undefined, 0)).toBeUndefined()
})

it("takes what is no time for nothing", () => {
  for (const exp of ["soon", null, -1, 0, 1e300, Number.NaN]) expect(claims(jwt({ exp }))?.expires).toBeUndefined()
})

it("never throws, whatever it gets", () => {
  for (const token of ["", "opaque", "a.b.c", "..", "a.b.c.d", jwt(null), jwt([]), jwt("x")]) expect(claims(token)?.expires).toBeUndefined()
  fc.assert(fc.property(fc.string(), (text) => void claims(`a.${text}.b`)))
})
