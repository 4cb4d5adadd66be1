/**
 * Equality of what went in and what came out.
 */
import { isDeepStrictEqual } from "node:util"

const isPlain = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null && !Array.isArray(u) && (Object.getPrototypeOf(u) === Object.prototype || Object.getPrototypeOf(u) === null)

/** The same value without members that are absent in effect. */
export const tidy = (value: unknown, absent: (member: unknown) => boolean = (member) => member === undefined): unknown =>
  Array.isArray(value)
    ? value.map((item) => tidy(item, absent))
    : isPlain(value)
    ? Object.fromEntries(Object.entries(value).filter(([, member]) => !absent(member)).map(([name, member]) => [name, tidy(member, absent)]))
    // JSON has no negative zero
    : Object.is(value, -0) ? 0 : value

export const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(tidy(a), tidy(b))

export const isAbsent = (member: unknown): boolean => member === undefined || member === null

/** As {@link same}, where a member that is null and one that is not there mean the same. */
export const sameButNulls = (a: unknown, b: unknown): boolean => isDeepStrictEqual(tidy(a, isAbsent), tidy(b, isAbsent))

const show = (value: unknown): string => {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 120)
  } catch {
    return String(value)
  }
}

/** Where two values first differ, for people. */
export const difference = (a: unknown, b: unknown, at = ""): string | undefined => {
  if (isDeepStrictEqual(a, b)) return undefined
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [index, item] of a.entries()) {
      const found = difference(item, b[index], `${at}/${index}`)
      if (found !== undefined) return found
    }
  }
  if (isPlain(a) && isPlain(b)) {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = difference(a[name], b[name], `${at}/${name}`)
      if (found !== undefined) return found
    }
  }
  return `${at === "" ? "all of it" : at}: ${show(a)} became ${show(b)}`
}
