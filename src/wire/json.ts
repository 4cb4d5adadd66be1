/**
 * JSON without wrong numbers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-6 numbers: beyond 2^53 a double is not exact
 * @see https://tc39.es/proposal-json-parse-with-source/ the text of a number, and writing it back as it was
 */

/** What the language has and TypeScript's library does not describe yet. A platform may not have it. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown): unknown
  readonly rawJSON?: (text: string) => object
  readonly isRawJSON?: (value: unknown) => value is { readonly rawJSON: string }
}

const exact = JSON as unknown as ExactJson

/** may a whole number in this text be too long for a double? */
const long = /\d{16}/

/**
 * Parses JSON. A whole number that a double cannot hold, or would write in other digits, becomes a raw value
 * (`JSON.rawJSON`), which no number schema accepts and which is written back digit by digit; so it is a failure where it is
 * declared, and kept where it is not.
 */
export const parseExactly = (text: string): unknown => {
  if (!long.test(text)) return JSON.parse(text)
  const { rawJSON } = exact
  // numbers are then what the language makes of them
  if (rawJSON === undefined) return JSON.parse(text)
  return exact.parse(text, (_, value, context) => {
    const source = context?.source
    return typeof value === "number" && source !== undefined && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) && String(value) !== source
      ? rawJSON(source)
      : value
  })
}

/** The text of a raw value, such as {@link parseExactly} makes of a number that a double cannot hold; else `undefined`. */
export const rawText = (value: unknown): string | undefined => exact.isRawJSON?.(value) === true ? value.rawJSON : undefined

/** The value of a whole number as {@link parseExactly} gives it, or `undefined` where it is none. */
export const toBigInt = (value: unknown): bigint | undefined => {
  // what is a plain number still was parsed from the digits it is written in
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(Math.abs(value) < 1e21 ? String(value) : value) : undefined
  const text = rawText(value)
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined
}

/** A whole number in the form in which JSON can write it; `undefined` where the platform cannot write one of this size. */
export const fromBigInt = (value: bigint): unknown => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : exact.rawJSON?.(value.toString())
}

/** Writes JSON, whole numbers of any size digit by digit. `undefined`: it has no form for this value. */
export const writeExactly = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value)
  } catch {
    // a bigint, or a value that holds itself, which fails again
  }
  try {
    return JSON.stringify(value, (_, member: unknown) => typeof member === "bigint" ? fromBigInt(member) ?? unwritable(member) : member)
  } catch {
    return undefined
  }
}

const unwritable = (value: bigint): never => {
  throw new RangeError(`this platform cannot write ${value} as JSON`)
}

/** A record of JSON: no list, and no number that is kept as its text. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && rawText(value) === undefined

/** A text that says something. */
export const textOf = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

/** A value as it is on the wire: members that are `undefined` are left out. Throws a `TypeError` where JSON has no form for it. */
export const plain = (value: unknown): unknown => {
  const text = writeExactly(value)
  if (text === undefined) throw new TypeError("this value cannot be written as JSON")
  return parseExactly(text)
}

/** Are two JSON values the same? Members have no order. */
export const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => same(item, b[index]))
  if (!isRecord(a) || !isRecord(b)) return rawText(a) !== undefined && rawText(a) === rawText(b)
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
}
