/**
 * JSON Pointers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6901
 */

/** A place in a document: its keys and indices from the outside in, `-` for the end of a list; or a pointer as text. */
export type Place = string | ReadonlyArray<string | number>

/** The pointer to a place (RFC 6901 section 3: `~` becomes `~0`, `/` becomes `~1`). A text is a pointer already. */
export const pointer = (place: Place): string =>
  typeof place === "string" ? place : place.map((key) => `/${String(key).replace(/~/g, "~0").replace(/\//g, "~1")}`).join("")

/** The keys of a pointer (RFC 6901 section 4), or `undefined` where it is none. */
export const keys = (text: string): ReadonlyArray<string> | undefined =>
  text === "" ? [] : !text.startsWith("/") || /~(?![01])/.test(text) ? undefined : text.slice(1).split("/").map((key) => key.replace(/~1/g, "/").replace(/~0/g, "~"))
