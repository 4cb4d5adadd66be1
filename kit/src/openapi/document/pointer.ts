/**
 * JSON pointers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6901
 */

/** The pointer with these parts: `pointerOf(["paths", "/pets"])` is `/paths/~1pets`; no parts are `""`, the whole document. */
export const pointerOf = (parts: ReadonlyArray<string>): string =>
  parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

/** The parts of a pointer; undefined for a text that is no pointer. A `~` that escapes nothing is taken as it is: documents have such. */
export const partsOf = (pointer: string): ReadonlyArray<string> | undefined =>
  pointer === "" ? [] : pointer.startsWith("/") ? pointer.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")) : undefined

const arrayIndex = /^(?:0|[1-9]\d{0,15})$/

/** The member or item of a value under one part of a pointer; undefined where there is none. Inherited names are no members. */
export const child = (value: unknown, part: string): unknown => {
  if (Array.isArray(value)) return arrayIndex.test(part) ? value[Number(part)] : undefined
  return isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined
}

/** Is it a JSON object? */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Sets an own member, whatever its name: `__proto__` is harmless data. */
export const setMember = (target: Record<string, unknown>, name: string, value: unknown): void => {
  if (name === "__proto__") Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true })
  else target[name] = value
}
