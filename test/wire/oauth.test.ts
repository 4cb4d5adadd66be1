import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as OAuth from "../../src/wire/oauth.ts"

const answer = (body: unknown) => OAuth.parseAnswer(typeof body === "string" ? body : JSON.stringify(body))
const problem = (body: unknown): string => {
  const result = answer(body)
  if (Result.isSuccess(result)) throw new Error("was accepted")
  return result.failure
}

describe("a token request (RFC 6749 appendix B)", () => {
  it("is a form, encoded; what is not given is left out", () => {
    assert.strictEqual(OAuth.form({ grant_type: "refresh_token", refresh_token: "a b&c=d", client_id: undefined }), "grant_type=refresh_token&refresh_token=a+b%26c%3Dd")
    assert.strictEqual(OAuth.form({ client_id: "", scope: "a b" }), "client_id=&scope=a+b")
  })
})

describe("token answer (RFC 6749 section 5.1)", () => {
  it("the example of the RFC", () => {
    assert.deepStrictEqual(
      answer({ access_token: "2YotnFZFEjr1zCsicMWpAA", token_type: "example", expires_in: 3600 }),
      Result.fail("the token endpoint's answer has a token_type that is not Bearer")
    )
    assert.deepStrictEqual(
      answer({ access_token: "2YotnFZFEjr1zCsicMWpAA", token_type: "Bearer", expires_in: 3600, refresh_token: "tGzv3JOkF0XG5Qx2TlKWIA", scope: "a" }),
      Result.succeed({ accessToken: "2YotnFZFEjr1zCsicMWpAA", lifetime: 3_600_000, refreshToken: "tGzv3JOkF0XG5Qx2TlKWIA", scope: "a" })
    )
  })
  it("only the access token is needed", () => {
    assert.deepStrictEqual(answer({ access_token: "a" }), Result.succeed({ accessToken: "a", lifetime: undefined, refreshToken: undefined, scope: undefined }))
    assert.deepStrictEqual(answer({ access_token: "a", token_type: "BEARER", refresh_token: "", scope: 1 }), answer({ access_token: "a" }))
  })
  for (const [expires, millis] of [[1, 1000], ["3600", 3_600_000], [" 60 ", 60_000], ["0.5", 500], [0, undefined], [-1, undefined], ["-1", undefined], ["soon", undefined], ["1e3", undefined], [1e12, undefined], [null, undefined], [{}, undefined], [NaN, undefined], [Infinity, undefined]] as const) {
    it(`a lifetime of ${JSON.stringify(expires)} is ${millis}`, () => assert.strictEqual(OAuth.lifetime(expires), millis))
  }
  for (
    const [body, said] of [
      ["<html>sign in</html>", /did not answer with JSON/],
      ["", /did not answer with JSON/],
      ["null", /no record/],
      ["\"a\"", /no record/],
      ["[]", /no record/],
      [{}, /no access_token/],
      [{ access_token: "" }, /no access_token/],
      [{ access_token: 1 }, /no access_token/],
      ["{\"__proto__\": {\"access_token\": \"x\"}}", /no access_token/],
      [{ error: "invalid_grant" }, /^invalid_grant$/],
      [{ error: "invalid_grant", error_description: "expired" }, /^invalid_grant: expired$/],
      [{ error: "invalid_grant", access_token: "canary" }, /^invalid_grant$/]
    ] as const
  ) {
    it(`${JSON.stringify(body)} is a failure`, () => {
      assert.match(problem(body), said)
      assert.notInclude(problem(body), "canary")
    })
  }
})

describe("rotation in a token answer (RFC 6749 section 6)", () => {
  for (
    const [body, refreshToken] of [
      [{ access_token: "a", refresh_token: "r" }, "r"],
      [{ access_token: "a", token_type: "DPoP", refresh_token: "r" }, "r"],
      [{ access_token: 7, refresh_token: "r" }, "r"],
      [{ error: "invalid_grant" }, undefined],
      [{ refresh_token: "" }, undefined],
      [{ refresh_token: 7 }, undefined],
      ["<html>", undefined],
      ["null", undefined],
      ["{\"__proto__\": {\"refresh_token\": \"r\", \"error\": \"e\"}}", undefined]
    ] as const
  ) {
    it(`${JSON.stringify(body)}: ${refreshToken ?? "none"}`, () =>
      assert.deepStrictEqual(OAuth.rotatedToken(typeof body === "string" ? body : JSON.stringify(body)), refreshToken))
  }
})
