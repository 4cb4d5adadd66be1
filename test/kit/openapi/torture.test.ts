/**
 * Documents of our own, one feature each: what comes out type-checks together with claims about its types, and behaves.
 */
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect } from "vitest"
import { type Case, type Client, compile, folderOf, prepare, project } from "./torture/support.ts"
import { topics } from "./torture/topics.ts"

const all = Object.values(topics).flat()
const clients = new Map<string, Exit.Exit<Client, unknown>>()
let compiled: Promise<ReadonlyMap<string, ReadonlyArray<string>>> | undefined

beforeAll(async () => {
  for (const one of all) clients.set(one.name, await Effect.runPromise(Effect.exit(prepare(one))))
  // it runs beside the tests that need no compiler
  compiled = Effect.runPromise(compile())
})
afterAll(async () => {
  await compiled
  if (process.env["KEEP_GENERATED"] === undefined) fs.rmSync(project, { recursive: true, force: true })
})

const clientOf = (one: Case): Effect.Effect<Client, unknown> => clients.get(one.name) ?? Effect.die(new Error(`${one.name} was not generated`))

describe.each(Object.entries(topics))("%s", (_, cases) => {
  describe.each(cases)("$name", (one) => {
    it.effect("generates, with the warnings it should", () =>
      Effect.gen(function*() {
        const { warnings } = yield* clientOf(one)
        const expected = one.warnings ?? []
        const fits = (warning: string, pattern: string | RegExp): boolean => typeof pattern === "string" ? warning.includes(pattern) : pattern.test(warning)
        expect(warnings.filter((warning) => !expected.some((pattern) => fits(warning, pattern))), "warnings that nobody expects").toEqual([])
        expect(expected.filter((pattern) => !warnings.some((warning) => fits(warning, pattern))), `warnings that did not come; there are ${warnings.join("\n")}`).toEqual([])
      }))

    for (const [title, behaves] of Object.entries(one.behaves ?? {})) {
      it.effect(title, () => Effect.flatMap(clientOf(one), behaves))
    }
  })
})

describe("the compiler takes", () => {
  it("nothing but the cases", { timeout: 120_000 }, async () => {
    expect((await compiled)?.get("") ?? []).toEqual([])
  })
  it.each(all.map((one) => [one.name, one] as const))("%s", { timeout: 120_000 }, async (_, one) => {
    expect((await compiled)?.get(path.basename(folderOf(one))) ?? []).toEqual([])
  })
})
