import { assert, describe, it } from "@effect/vitest"
import { choose, type SecurityRequirement } from "../../src/wire/security.ts"

/** `A B | C | {}`: alternatives of schemes */
const wanted = (text: string): ReadonlyArray<SecurityRequirement> =>
  text === "" ? [] : text.split("|").map((names) => Object.fromEntries(names.trim().split(" ").filter((name) => name !== "{}").map((name) => [name, []])))

describe("which credentials serve a requirement", () => {
  const sends: ReadonlyArray<readonly [wanted: string, given: string, sent: string]> = [
    ["A", "A", "A"],
    ["A", "B A", "A"],
    ["A | B", "B", "B"],
    ["A | B", "B A", "A"],
    ["B | A", "A B", "B"],
    ["A B | C", "A B C", "A B"],
    ["A B | C", "A C", "C"],
    ["B A", "A B", "B A"],
    // none wanted
    ["", "A", ""],
    ["{}", "A", ""],
    // optional: what is given goes along, wherever `{}` stands
    ["A | {}", "A", "A"],
    ["{} | A", "A", "A"],
    ["A | {}", "B", ""],
    ["A B | {}", "A", ""],
    ["{} | A B | C", "C", "C"],
    ["A | {}", "", ""],
    // names that objects have by themselves
    ["constructor", "constructor", "constructor"]
  ]
  for (const [alternatives, given, sent] of sends) {
    it(`${alternatives || "(none)"} with ${given || "nothing"}: ${sent || "nothing is sent"}`, () =>
      assert.deepStrictEqual(choose(wanted(alternatives), given.split(" ").filter((name) => name !== "")), { _tag: "Send", schemes: sent.split(" ").filter((name) => name !== "") }))
  }

  const refuses: ReadonlyArray<readonly [wanted: string, given: string, detail: string]> = [
    ["ApiKeyAuth | JwtAuth TenantKey", "BasicAuth", "needs ApiKeyAuth, or JwtAuth and TenantKey; given: BasicAuth"],
    ["ApiKeyAuth | JwtAuth TenantKey", "JwtAuth", "needs ApiKeyAuth, or JwtAuth and TenantKey; given: JwtAuth; missing: TenantKey"],
    ["A B C | A D", "A", "needs A and B and C, or A and D; given: A; missing: B and C, or D"],
    ["A", "", "needs A; given: none"],
    ["A", "a", "needs A; given: a"],
    ["toString", "A", "needs toString; given: A"]
  ]
  for (const [alternatives, given, detail] of refuses) {
    it(`${alternatives} with ${given || "nothing"} is not satisfied`, () =>
      assert.deepStrictEqual(choose(wanted(alternatives), given.split(" ").filter((name) => name !== "")), { _tag: "Unsatisfied", detail }))
  }
})
