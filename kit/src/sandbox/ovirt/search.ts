/** The engine's search language, in part: `name=vm* and status=up sortby name desc page 2`. */
import { type Entity, textOf } from "./model.ts"

/** A search that was understood. */
export interface Search {
  readonly fits: (entity: Entity) => boolean
  readonly sort: ((a: Entity, b: Entity) => number) | undefined
  /** from 1 */
  readonly page: number
}

const pattern = (value: string, caseSensitive: boolean): RegExp =>
  new RegExp(`^${value.replace(/^"(.*)"$/, "$1").replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`, caseSensitive ? "" : "i")

/** `undefined` for what cannot be understood. */
export const parseSearch = (text: string, caseSensitive: boolean): Search | undefined => {
  const found = /^(.*?)(?:\s*\bsortby\s+(\w+)(?:\s+(asc|desc))?)?(?:\s*\bpage\s+(\d+))?\s*$/is.exec(text.trim())
  if (found === null) return undefined
  const [, criteria = "", by, direction, page] = found
  const tests: Array<(entity: Entity) => boolean> = []
  for (const part of criteria.split(/\s+and\s+/i).map((one) => one.trim()).filter((one) => one !== "")) {
    const criterion = /^(\w+)\s*(!=|=)\s*("[^"]*"|\S+)$/.exec(part)
    if (criterion === null) return undefined
    const [, name = "", operator, value = ""] = criterion
    const regex = pattern(value, caseSensitive)
    tests.push((entity) => regex.test(textOf(entity[name])) === (operator === "="))
  }
  const sign = direction?.toLowerCase() === "desc" ? -1 : 1
  return {
    fits: (entity) => tests.every((test) => test(entity)),
    sort: by === undefined ? undefined : (a, b) => sign * textOf(a[by]).localeCompare(textOf(b[by]), "en", { numeric: true }),
    page: page === undefined ? 1 : Number(page)
  }
}
