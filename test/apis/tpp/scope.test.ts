import { assert, describe, it } from "@effect/vitest"
import { Scope } from "credence/tpp"
import * as Result from "effect/Result"

describe("scopes of TPP", () => {
  // what `Scope` of pytpp 2.0.3 writes for the same
  it("are written in TPP's order, without `read`", () => {
    for (const [wanted, text] of [
      [Scope.make({ certificate: ["manage", "delete"], configuration: ["read"], statistics: ["read"] }), "certificate:delete,manage;configuration;statistics"],
      [Scope.make({ statistics: ["read"], certificate: ["approve"] }), "certificate:approve;statistics"],
      [Scope.make({ certificate: ["read"] }), "certificate"],
      [Scope.make({ certificate: ["revoke", "read", "manage", "discover", "delete", "approve"] }), "certificate:approve,delete,discover,manage,revoke"],
      [Scope.make({ agent: ["delete"], security: ["manage"], restricted: ["read"], codesign: ["delete", "manage"], ssh: ["approve", "discover"] }), "ssh:approve,discover;codesign:delete,manage;restricted;security:manage;agent:delete"],
      [Scope.make({ certificate: [], ssh: ["read"] }), "ssh"]
    ] as const) assert.strictEqual(wanted.text, text)
  })

  it("grant what they name, and reading of each category", () => {
    assert.deepStrictEqual(Scope.make({ certificate: ["manage"], configuration: ["read"] }).permissions, ["certificate:manage", "certificate:read", "configuration:read"])
  })

  it("are read in any order and case", () => {
    const read = (text: string) => Result.map(Scope.parse(text), (scope) => scope.text)
    assert.deepStrictEqual(read(" Configuration ; certificate:Revoke, manage"), Result.succeed("certificate:manage,revoke;configuration"))
    assert.deepStrictEqual(read("certificate:read;certificate:manage"), Result.succeed("certificate:manage"))
    assert.deepStrictEqual(read(Scope.all().text), Result.succeed("certificate:approve,delete,discover,manage,revoke;ssh:approve,delete,discover,manage;codesign:delete,manage;configuration:delete,manage;restricted:delete,manage;security:delete,manage;statistics;agent:delete"))
    for (const wrong of ["", ";", "nothing", "certificate:fly", "certificate:manage:more", "constructor", "agent:manage"]) assert.isTrue(Result.isFailure(Scope.parse(wrong)), wrong)
  })
})
