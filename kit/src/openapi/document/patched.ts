import type { Document, Position } from "./Document.ts"
import { child, partsOf, pointerOf } from "./pointer.ts"

/**
 * A document whose value a patch replaced. Patches leave what they do not touch as the same objects, so places are found by identity,
 * also where an item moved in its list; what a patch brought has the place of its nearest original ancestor.
 */
export const patched = (original: Document, value: unknown): Document => {
  if (value === original.value) return original
  let known: ReadonlyMap<unknown, Origin> | undefined
  /** the original pointer parts of a place; `exact` is false where only an ancestor is original */
  const trace = (pointer: string): { readonly parts: ReadonlyArray<string>; readonly exact: boolean } | undefined => {
    const parts = partsOf(pointer)
    if (parts === undefined || (parts.length > 0 && parts.reduce<unknown>(child, value) === undefined)) return undefined
    known ??= originsIn(original.value)
    let origin: ReadonlyArray<string> = []
    let now: unknown = value
    for (const part of parts) {
      now = child(now, part)
      const same = known.get(now)
      if (same === undefined) {
        const next = [...origin, part]
        if (next.reduce<unknown>(child, original.value) === undefined) return { parts: origin, exact: false }
        origin = next
      } else {
        origin = partsFrom(same)
      }
    }
    return { parts: origin, exact: true }
  }
  return {
    ...original,
    value,
    locate: (pointer): Position | undefined => {
      const found = trace(pointer)
      return found === undefined ? undefined : original.locate(pointerOf(found.parts))
    },
    digits: (pointer) => {
      const found = trace(pointer)
      if (found === undefined || !found.exact) return undefined
      const same = found.parts.reduce<unknown>(child, original.value) === partsOf(pointer)?.reduce<unknown>(child, value)
      return same ? original.digits(pointerOf(found.parts)) : undefined
    }
  }
}

/** The way to an object, as a link to its parent's: a list for each would be large. */
interface Origin {
  readonly parent: Origin | undefined
  readonly part: string
}

const partsFrom = (origin: Origin): ReadonlyArray<string> => {
  const parts: Array<string> = []
  for (let at: Origin | undefined = origin; at?.parent !== undefined; at = at.parent) parts.push(at.part)
  return parts.reverse()
}

const originsIn = (value: unknown): ReadonlyMap<unknown, Origin> => {
  const origins = new Map<unknown, Origin>()
  const rest: Array<readonly [unknown, Origin]> = [[value, { parent: undefined, part: "" }]]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [object, origin] = next
    if (typeof object !== "object" || object === null || origins.has(object)) continue
    origins.set(object, origin)
    for (const [part, item] of Object.entries(object)) rest.push([item, { parent: origin, part }])
  }
  return origins
}
