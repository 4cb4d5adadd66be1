/** A row: something that a real server and a foreign client do with each other, done by ours. Refusals are rows too. */
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

interface Group {
  readonly name: string
  /** an outcome is `done`, `failed`, or what is done instead */
  readonly rows: Array<{ readonly name: string; outcome: string }>
}

const groups: Array<Group> = []

/** What follows belongs to this group. */
export const group = (name: string): void => {
  groups.push({ name, rows: [] })
}

const add = (name: string) => {
  const entry = { name, outcome: "failed" }
  groups.at(-1)?.rows.push(entry)
  return entry
}

const limit = 30_000

/** A row that is done when its test passes. */
export const row = <E>(name: string, test: () => Effect.Effect<unknown, E, Scope.Scope>): void => {
  const entry = add(name)
  it.live(name, () => Effect.map(Effect.scoped(test()), () => void (entry.outcome = "done")), limit)
}

/** A row that our client does not do. The test shows what it does instead; the row counts as not done. */
export const notDone = <E>(name: string, instead: string, test: () => Effect.Effect<unknown, E, Scope.Scope>): void => {
  const entry = add(name)
  it.live(`${name} (not done)`, () => Effect.map(Effect.scoped(test()), () => void (entry.outcome = instead)), limit)
}

/** How many rows of which group are done, and what became of the others. */
export const table = (): string => {
  const lines = groups.flatMap(({ name, rows }) => [
    `${String(rows.filter(({ outcome }) => outcome === "done").length).padStart(4)} of ${String(rows.length).padEnd(3)} ${name}`,
    ...rows.flatMap(({ name, outcome }) => outcome === "done" ? [] : [`            ${outcome === "failed" ? `FAILED: ${name}` : `not done: ${name} - ${outcome}`}`])
  ])
  const rows = groups.flatMap(({ rows }) => rows)
  return [...lines, `rows ${rows.filter(({ outcome }) => outcome === "done").length} of ${rows.length}`].join("\n")
}

/** How many rows there are. */
export const count = (): number => groups.reduce((sum, { rows }) => sum + rows.length, 0)
