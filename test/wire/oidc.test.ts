import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { parseChallenges } from "../../src/wire/challenge.ts"
import { configurationUrl, providerOf, readConfiguration } from "../../src/wire/oidc.ts"

describe("the provider of a Bearer challenge", () => {
  const none = { authority: undefined, clientId: undefined, redirectUri: undefined, scope: undefined, audience: undefined }
  const rows: ReadonlyArray<readonly [fields: ReadonlyArray<string>, expected: ReturnType<typeof providerOf>]> = [
    [["Basic realm=\"x\""], undefined],
    [[], undefined],
    [["Bearer"], none],
    [["Bearer realm=\"x\", authority=\"\""], none],
    [
      ["Bearer redirecturi=\"http://localhost:32284/\", authority=\"https://login.test/idp\", clientid=\"c\", scope=\"openid offline_access\", apiAudience=\"https://api.test\""],
      { authority: "https://login.test/idp", clientId: "c", redirectUri: "http://localhost:32284/", scope: "openid offline_access", audience: "https://api.test" }
    ],
    [["Negotiate", "bearer AUTHORITY=https://login.test/,ClientID=c"], { ...none, authority: "https://login.test/", clientId: "c" }],
    [["Bearer authority=\"https://one.test\", Bearer authority=\"https://two.test\""], { ...none, authority: "https://one.test" }]
  ]
  for (const [fields, expected] of rows) {
    it(fields.join(" | ") || "no challenge", () => assert.deepStrictEqual(providerOf(parseChallenges(fields)), expected))
  }
})

describe("where the configuration is", () => {
  const rows: ReadonlyArray<readonly [authority: string, expected: string | undefined]> = [
    ["https://login.test", "https://login.test/.well-known/openid-configuration"],
    ["https://login.test/", "https://login.test/.well-known/openid-configuration"],
    ["https://login.test/realms/mi//", "https://login.test/realms/mi/.well-known/openid-configuration"],
    ["https://login.test/?tenant=1", undefined],
    ["https://login.test/#a", undefined],
    ["login.test", undefined],
    ["file:///etc", undefined],
    ["javascript:alert(1)", undefined]
  ]
  for (const [authority, expected] of rows) it(authority, () => assert.strictEqual(configurationUrl(authority), expected))
})

describe("whose configuration it is", () => {
  const read = (authority: string, issuer: unknown) => Result.isSuccess(readConfiguration(authority, { issuer, token_endpoint: "https://login.test/token" }))
  const rows: ReadonlyArray<readonly [authority: string, issuer: unknown, its: boolean]> = [
    ["https://login.test/idp", "https://login.test/idp", true],
    ["https://login.test/idp/", "https://login.test/idp", true],
    ["https://login.test/idp", "https://login.test/idp/", true],
    ["https://login.test/idp", "https://login.test/", false],
    ["https://login.test", "https://login.test.evil.test", false],
    ["https://login.test", "http://login.test", false],
    ["https://login.test/idp", "https://login.test/IDP", false],
    ["https://login.test/common/v2.0", "https://login.test/{tenantid}/v2.0", true],
    ["https://login.test/a/b/v2.0", "https://login.test/{tenantid}/v2.0", false],
    ["https://login.test//v2.0", "https://login.test/{tenantid}/v2.0", false],
    ["https://evil.test/v2.0", "https://{tenantid}/v2.0", false],
    ["https://evil.test/common", "https://login.test/{tenantid}", false],
    ["https://login.test/idp", undefined, false],
    ["https://login.test/idp", 7, false]
  ]
  for (const [authority, issuer, its] of rows) it(`${authority}, which says ${String(issuer)}`, () => assert.strictEqual(read(authority, issuer), its))

  it("what is wrong is said without any of its values", () => {
    for (const json of [undefined, null, "canary", { issuer: "https://login.test" }, { issuer: "https://canary.test", token_endpoint: "https://canary.test" }, { issuer: "https://login.test", token_endpoint: "canary" }]) {
      const result = readConfiguration("https://login.test", json)
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) assert.notInclude(result.failure, "canary")
    }
  })
})
