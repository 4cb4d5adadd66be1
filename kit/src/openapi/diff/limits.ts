/**
 * What a limit lets pass, compared.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation section 6
 */
import type { Check } from "../model/Shape.ts"

export interface LimitChange {
  readonly name: Check["name"]
  readonly way: "tightened" | "loosened" | "changed"
  /** in words */
  readonly from: string
  readonly to: string
}

/** A bound of numbers; whole numbers have no open ones. */
interface Bound {
  readonly value: number
  readonly open: boolean
}

const numbers = (checks: ReadonlyArray<Check>, name: Check["name"]): ReadonlyArray<number> => checks.flatMap((check) => check.name === name && typeof check.value === "number" ? [check.value] : [])

/** `sign` 1: of minimums; -1: of maximums. */
const isStricter = (a: Bound, b: Bound, sign: 1 | -1): boolean => a.value === b.value ? a.open && !b.open : (a.value - b.value) * sign > 0

/** Several bounds of one kind may come together by `allOf`: the strictest counts. */
const strictest = (checks: ReadonlyArray<Check>, closed: Check["name"], open: Check["name"] | undefined, sign: 1 | -1, integer: boolean): Bound | undefined => {
  const bounds = [
    ...numbers(checks, closed).map((value): Bound => ({ value, open: false })),
    ...(open === undefined ? [] : numbers(checks, open).map((value): Bound => integer && Number.isInteger(value) ? { value: value + sign, open: false } : { value, open: true }))
  ]
  return bounds.reduce<Bound | undefined>((best, bound) => best === undefined || isStricter(bound, best, sign) ? bound : best, undefined)
}

const shown = (bound: Bound | undefined): string => bound === undefined ? "none" : `${bound.value}${bound.open ? " (excluded)" : ""}`

const compareBound = (a: ReadonlyArray<Check>, b: ReadonlyArray<Check>, closed: Check["name"], open: Check["name"] | undefined, sign: 1 | -1, integer: boolean): ReadonlyArray<LimitChange> => {
  const from = strictest(a, closed, open, sign, integer)
  const to = strictest(b, closed, open, sign, integer)
  if (from?.value === to?.value && from?.open === to?.open) return []
  const tighter = from === undefined || (to !== undefined && isStricter(to, from, sign))
  return [{ name: closed, way: tighter ? "tightened" : "loosened", from: shown(from), to: shown(to) }]
}

/** Limits of which all have to hold, and none follows from another. */
const compareSet = (a: ReadonlyArray<Check>, b: ReadonlyArray<Check>, name: Check["name"]): ReadonlyArray<LimitChange> => {
  const texts = (checks: ReadonlyArray<Check>): ReadonlyArray<string> => [...new Set(checks.filter((check) => check.name === name).map((check) => String(check.value)))]
  const from = texts(a), to = texts(b)
  const less = from.some((text) => !to.includes(text)), more = to.some((text) => !from.includes(text))
  if (!less && !more) return []
  const list = (all: ReadonlyArray<string>): string => all.length === 0 ? "none" : all.join(" and ")
  return [{ name, way: less && more ? "changed" : more ? "tightened" : "loosened", from: list(from), to: list(to) }]
}

/** A multiple of 6 is a multiple of 3, too. */
const compareMultiples = (a: ReadonlyArray<Check>, b: ReadonlyArray<Check>): ReadonlyArray<LimitChange> => {
  const [found] = compareSet(a, b, "multipleOf")
  if (found === undefined || found.way !== "changed") return found === undefined ? [] : [found]
  const [from, ...moreFrom] = numbers(a, "multipleOf"), [to, ...moreTo] = numbers(b, "multipleOf")
  if (from === undefined || to === undefined || moreFrom.length + moreTo.length > 0) return [found]
  const divides = (part: number, whole: number): boolean => Math.abs(whole / part - Math.round(whole / part)) < 1e-9
  return [{ ...found, way: divides(from, to) ? "tightened" : divides(to, from) ? "loosened" : "changed" }]
}

/** Every limit that differs. `integer`: of whole numbers. */
export const compareLimits = (a: ReadonlyArray<Check>, b: ReadonlyArray<Check>, integer: boolean): ReadonlyArray<LimitChange> => [
  ...compareBound(a, b, "minimum", "exclusiveMinimum", 1, integer),
  ...compareBound(a, b, "maximum", "exclusiveMaximum", -1, integer),
  ...(["minLength", "minItems", "minProperties"] as const).flatMap((name) => compareBound(a, b, name, undefined, 1, true)),
  ...(["maxLength", "maxItems", "maxProperties"] as const).flatMap((name) => compareBound(a, b, name, undefined, -1, true)),
  ...compareMultiples(a, b),
  ...compareSet(a, b, "pattern"),
  ...compareSet(a, b, "uniqueItems")
]
