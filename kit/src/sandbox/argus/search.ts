/** Filters and orders that several searches share. */
import * as Predicate from "effect/Predicate"
import type { Fields } from "./input.ts"

/** Passes what contains any (or all) of the words; no words let everything through. */
export const keywordFilter = <A>(words: ReadonlyArray<string>, text: (item: A) => string, match: "any" | "all" = "all"): ((item: A) => boolean) => {
  const wanted = words.map((word) => word.toLowerCase())
  return (item) => {
    const content = text(item).toLowerCase()
    if (wanted.length === 0) return true
    return match === "all" ? wanted.every((word) => content.includes(word)) : wanted.some((word) => content.includes(word))
  }
}

/** Passes what is among the wanted values; none let everything through. */
export const among = <A, V>(wanted: ReadonlyArray<V>, value: (item: A) => V): ((item: A) => boolean) => (item) =>
  wanted.length === 0 || wanted.includes(value(item))

// Customers, services and users sort by their names.
const sortKey = (item: object, field: string): string | number => {
  const value: unknown = Object.entries(item).find(([name]) => name === field)?.[1]
  if (Predicate.isNumber(value) || Predicate.isString(value)) return value
  if (!Predicate.isReadonlyObject(value)) return ""
  const name = value["shortName"] ?? value["userName"]
  return Predicate.isString(name) ? name : ""
}

const compare = (a: string | number, b: string | number): number =>
  Predicate.isNumber(a) && Predicate.isNumber(b) ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0

/** Orders by `sortBy`, earlier names first; a leading `-` turns a name's order around. An unknown name is a field error. */
export const sorter = <A extends object>(fields: Fields, known: ReadonlyArray<string>): ((items: ReadonlyArray<A>) => ReadonlyArray<A>) => {
  const orders = fields.list("sortBy").map((name) => ({ field: name.replace(/^-/, ""), sign: name.startsWith("-") ? -1 : 1 }))
  for (const { field } of orders) if (!known.includes(field)) fields.wrong("sortBy", `Cannot sort by ${field}`)
  return (items) =>
    items.toSorted((a, b) =>
      orders.reduce((order, { field, sign }) => order !== 0 ? order : sign * compare(sortKey(a, field), sortKey(b, field)), 0)
    )
}
