/**
 * JSON Patch.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
import { isRecord, plain, same } from "./json.ts"
import { type Place, pointer } from "./jsonPointer.ts"

export type { Place } from "./jsonPointer.ts"

/** One step of a patch (RFC 6902 section 4). */
export type Operation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string }

/** A patch: steps that are taken in order, all of them or none. */
export type JsonPatch = ReadonlyArray<Operation>

/**
 * Adds a member, or an item before the one at that index; `-` is the end of a list. A member that is there is replaced.
 *
 * @example
 * ```ts
 * JsonPatch.add(["metadata", "labels", "app.kubernetes.io/name"], "shop") // path: /metadata/labels/app.kubernetes.io~1name
 * ```
 */
export const add = (path: Place, value: unknown): Operation => ({ op: "add", path: pointer(path), value })

/** Removes what is there; it must be. */
export const remove = (path: Place): Operation => ({ op: "remove", path: pointer(path) })

/** Replaces what is there; it must be. */
export const replace = (path: Place, value: unknown): Operation => ({ op: "replace", path: pointer(path), value })

/** Takes what is at `from` to `path`. */
export const move = (from: Place, path: Place): Operation => ({ op: "move", from: pointer(from), path: pointer(path) })

/** Copies what is at `from` to `path`. */
export const copy = (from: Place, path: Place): Operation => ({ op: "copy", from: pointer(from), path: pointer(path) })

/** Makes the whole patch fail unless this very value is there: for edits that must not meet a newer document. */
export const test = (path: Place, value: unknown): Operation => ({ op: "test", path: pointer(path), value })

/**
 * The steps from one document to another: `add`, `remove` and `replace`. Both are JSON values, as they go over the wire; a
 * member that is `undefined` is none. Dies with a `TypeError` for what JSON has no form for.
 *
 * @example
 * ```ts
 * JsonPatch.diff({ a: 1, b: [1, 2] }, { b: [1, 2, 3] }) // [{ op: "remove", path: "/a" }, { op: "add", path: "/b/2", value: 3 }]
 * ```
 */
export const diff = (before: unknown, after: unknown): JsonPatch => {
  const out: Array<Operation> = []
  between(plain(before), plain(after), [], out)
  return out
}

const between = (before: unknown, after: unknown, at: ReadonlyArray<string | number>, out: Array<Operation>): void => {
  if (same(before, after)) return
  if (Array.isArray(before) && Array.isArray(after)) return items(before, after, at, out)
  if (!isRecord(before) || !isRecord(after)) return void out.push(replace(at, after))
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(after, key)) between(before[key], after[key], [...at, key], out)
    else out.push(remove([...at, key]))
  }
  for (const key of Object.keys(after)) if (!Object.hasOwn(before, key)) out.push(add([...at, key], after[key]))
}

/** What both lists end with stays as it is; before it, items are changed in place, then removed or added. */
const items = (before: ReadonlyArray<unknown>, after: ReadonlyArray<unknown>, at: ReadonlyArray<string | number>, out: Array<Operation>): void => {
  const shorter = Math.min(before.length, after.length)
  let end = 0
  while (end < shorter && same(before[before.length - 1 - end], after[after.length - 1 - end])) end++
  const changed = shorter - end
  for (let index = 0; index < changed; index++) between(before[index], after[index], [...at, index], out)
  // from the last one, so that the indices of those before stay what they are
  for (let index = before.length - end - 1; index >= changed; index--) out.push(remove([...at, index]))
  for (let index = changed; index < after.length - end; index++) out.push(add([...at, index], after[index]))
}
