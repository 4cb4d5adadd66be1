/**
 * JSON without wrong numbers, as the runtime reads and writes it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-6 numbers: beyond 2^53 a double is not exact
 * @see https://tc39.es/proposal-json-parse-with-source/ the text of a number, and writing it back as it was
 */

/** What the language has and TypeScript's library does not describe yet. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): value is { readonly rawJSON: string }
}

const exact = JSON as unknown as ExactJson

/** Parses JSON; a whole number that a double cannot hold becomes a raw value (`JSON.rawJSON`). Throws a `SyntaxError`. */
export const parseJson = (text: string): unknown =>
  exact.parse(text, (_, value, context) => {
    const source = context?.source
    return typeof value === "number" && source !== undefined && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? exact.rawJSON(source) : value
  })

/** {@link parseJson}, `undefined` for what is no JSON. The parser's own message quotes the text, which may hold a secret. */
export const tryJson = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: parseJson(text) }
  } catch {
    return undefined
  }
}

/** The text of a raw value, else `undefined`. */
export const rawText = (value: unknown): string | undefined => exact.isRawJSON(value) ? value.rawJSON : undefined

/** A record: no list, and no number that is kept as its text. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && rawText(value) === undefined

/** A member of a record, that no name of a document can reach a prototype by. */
export const setMember = (record: Record<string, unknown>, name: string, value: unknown): void => {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
}

/** What a decoded value is in JSON: dates and unknown values say it themselves, bytes become base64, bigints stay exact. */
const written = (_: string, value: unknown): unknown => {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : exact.rawJSON(String(value))
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value
}

/** A decoded value as JSON, indented or on one line. `null` for what has no form there. */
export const writeJson = (value: unknown, indent?: number): string => JSON.stringify(value, written, indent) ?? "null"
