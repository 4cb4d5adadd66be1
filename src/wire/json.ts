/**
 * JSON without wrong numbers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-6 numbers: beyond 2^53 a double is not exact
 * @see https://tc39.es/proposal-json-parse-with-source/ the text of a number, and writing it back as it was
 */

/** What the language has and TypeScript's library does not describe yet. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown): unknown
  readonly rawJSON?: (text: string) => object
}

/** may a whole number in this text be too long for a double? */
const long = /\d{16}/

/**
 * Parses JSON. A whole number that a double cannot hold becomes a raw value (`JSON.rawJSON`), which no number schema accepts
 * and which is written back digit by digit; so it is a failure where it is declared, and kept where it is not.
 */
export const parseExactly = (text: string): unknown => {
  if (!long.test(text)) return JSON.parse(text)
  // a platform may not have it yet: numbers are then what the language makes of them
  const exact = JSON as unknown as ExactJson
  const { rawJSON } = exact
  if (rawJSON === undefined) return JSON.parse(text)
  return exact.parse(text, (_, value, context) => {
    const source = context?.source
    return typeof value === "number" && source !== undefined && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) && BigInt(source) !== BigInt(value)
      ? rawJSON(source)
      : value
  })
}
