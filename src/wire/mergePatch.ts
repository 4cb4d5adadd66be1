/**
 * JSON Merge Patch.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7396
 */
import { isRecord, plain, same } from "./json.ts"

/** What changes in a `T`: the members that are named, `null` to remove one. Lists are replaced as a whole. */
export type MergePatch<T> = T extends ReadonlyArray<unknown> ? T : T extends object ? { readonly [K in keyof T]?: MergePatch<T[K]> | null | undefined } : T

/**
 * The patch from one document to another. Both are JSON values; `null` and `undefined` are absence, since a merge patch cannot
 * say anything else. Dies with a `TypeError` for what JSON has no form for.
 *
 * @example
 * ```ts
 * MergePatch.diff({ title: "a", tags: ["x"], note: "n" }, { title: "b", tags: ["x"] }) // { title: "b", note: null }
 * ```
 */
export const diff = <T>(before: T, after: T): MergePatch<T> =>
  // what differs between two of them is a patch of them
  between(plain(before), plain(after)) as MergePatch<T>

const between = (before: unknown, after: unknown): unknown => {
  // a patch that is no record replaces all there is
  if (!isRecord(after)) return after
  const old = isRecord(before) ? before : {}
  const changes: Array<readonly [string, unknown]> = []
  for (const key of Object.keys(old)) if (old[key] !== null && (!Object.hasOwn(after, key) || after[key] === null)) changes.push([key, null])
  for (const [key, value] of Object.entries(after)) {
    const had = Object.hasOwn(old, key)
    if (value === null || (had && same(old[key], value))) continue
    changes.push([key, isRecord(value) ? between(had ? old[key] : undefined, value) : value])
  }
  // `__proto__` is a member like any other
  return Object.fromEntries(changes)
}

/**
 * A document after a merge patch (RFC 7396 section 2). Neither is changed.
 *
 * @example
 * ```ts
 * MergePatch.apply({ a: "b", c: { d: "e", f: "g" } }, { a: "z", c: { f: null } }) // { a: "z", c: { d: "e" } }
 * ```
 */
export const apply = (document: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch
  const members = new Map(Object.entries(isRecord(document) ? document : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key)
    else if (value !== undefined) members.set(key, apply(members.get(key), value))
  }
  return Object.fromEntries(members)
}
