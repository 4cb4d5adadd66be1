/**
 * OpenAPI Overlay 1.0 and 1.1, applied to data that is never mutated.
 *
 * @see https://spec.openapis.org/overlay/v1.0.0.html
 * @see https://spec.openapis.org/overlay/v1.1.0.html
 * @see https://www.rfc-editor.org/rfc/rfc9535 JSONPath
 */
import * as Result from "effect/Result"
import { JSONPathEnvironment, type JSONValue } from "json-p3"
import type { Misfit } from "./jsonPatch.ts"
import { child, isRecord, setMember } from "./pointer.ts"

/** Actions that selected nothing: allowed, and mostly a sign that the document has moved on. */
export interface Overlaid {
  readonly value: unknown
  readonly idle: ReadonlyArray<number>
}

const jsonPath = new JSONPathEnvironment({ maxRecursionDepth: 1100 })

/** What is wrong with an Overlay itself; undefined for a sound one. */
export const overlayMisfit = (overlay: unknown): Misfit | undefined => {
  const fault = (reason: string): Misfit => ({ action: undefined, reason })
  if (!isRecord(overlay)) return fault("an Overlay is an object")
  const { actions, extends: target, overlay: version } = overlay
  if (typeof version !== "string" || !/^1\.[01]\.\d+$/.test(version)) return fault("`overlay` says which version it is: 1.0.0 and 1.1.0 are known")
  if (target !== undefined && typeof target !== "string") return fault("`extends` is a URI")
  return Array.isArray(actions) ? undefined : fault("an Overlay needs `actions`, a list")
}

/** Applies the actions one after the other, or says which one does not fit. */
export const applyOverlay = (value: unknown, overlay: unknown): Result.Result<Overlaid, Misfit> => {
  const misfit = overlayMisfit(overlay)
  if (misfit !== undefined) return Result.fail(misfit)
  const actions = child(overlay, "actions")
  // 1.0 does not say what happens where kinds differ, and its tools replace; 1.1 says that it is an error
  const lenient = String(child(overlay, "overlay")).startsWith("1.0.")
  const idle: Array<number> = []
  let current = value
  for (const [index, action] of (Array.isArray(actions) ? actions : []).entries()) {
    const next = applyAction(current, action, lenient)
    if (Result.isFailure(next)) return Result.fail({ action: index + 1, reason: next.failure })
    if (next.success === nothing) idle.push(index + 1)
    else current = next.success.value
  }
  return Result.succeed({ value: current, idle })
}

const nothing = Symbol("nothing selected")

type Location = ReadonlyArray<string>

const applyAction = (root: unknown, action: unknown, lenient: boolean): Result.Result<{ readonly value: unknown } | typeof nothing, string> => {
  if (!isRecord(action)) return Result.fail("an action is an object with a `target`")
  const { copy, remove, target } = action
  if (typeof target !== "string") return Result.fail("it needs a `target`, a JSONPath")
  const selected = select(root, target)
  if (Result.isFailure(selected)) return Result.fail(selected.failure)
  const locations = selected.success
  if (remove === true) {
    if (locations.some((location) => location.length === 0)) return Result.fail("the whole document cannot be removed")
    return Result.succeed(locations.length === 0 ? nothing : { value: removeAll(root, locations) })
  }
  const updates = Object.hasOwn(action, "update")
  if (updates && copy !== undefined) return Result.fail("it has both `update` and `copy`: make two actions of it")
  if (!updates && copy === undefined) return Result.fail("it needs `update`, `copy` or `remove: true`")
  const change = updates ? Result.succeed(action["update"]) : copied(root, copy)
  if (Result.isFailure(change)) return Result.fail(change.failure)
  if (locations.length === 0) return Result.succeed(nothing)
  const kinds = new Set(locations.map((location) => kindOf(location.reduce<unknown>(child, root))))
  if (kinds.size > 1) return Result.fail(`its target selects different kinds of things (${[...kinds].join(", ")}): make an action for each`)
  return updateAll(root, locations, change.success, lenient)
}

const copied = (root: unknown, path: unknown): Result.Result<unknown, string> => {
  if (typeof path !== "string") return Result.fail("`copy` is a JSONPath")
  return Result.flatMap(select(root, path), ([first, ...more]) =>
    first === undefined || more.length > 0
      ? Result.fail(`\`copy\` must select exactly one node: ${path} selects ${first === undefined ? "none" : more.length + 1}`)
      : Result.succeed(first.reduce<unknown>(child, root)))
}

/** Where a JSONPath leads, each place once. */
const select = (root: unknown, path: string): Result.Result<ReadonlyArray<Location>, string> => {
  try {
    // a document's value is JSON data by how it was read; the library's type has no unknown
    const nodes = jsonPath.query(path, root as JSONValue)
    const locations = new Map(nodes.locations().map((location) => [JSON.stringify(location), location.map(String)]))
    return Result.succeed([...locations.values()])
  } catch (error) {
    return Result.fail(`the JSONPath ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`)
  }
}

type Kind = "object" | "array" | "primitive"

const kindOf = (value: unknown): Kind => Array.isArray(value) ? "array" : isRecord(value) ? "object" : "primitive"

/** A value that is copied where it is changed, each part at most once: an action may select thousands of places. */
const draft = (root: unknown) => {
  const own = new Set<unknown>()
  const copy = (value: unknown): unknown => {
    if (own.has(value)) return value
    const mine = Array.isArray(value) ? [...value] : isRecord(value) ? { ...value } : value
    own.add(mine)
    return mine
  }
  let top = copy(root)
  const set = (container: unknown, part: string, value: unknown): void => {
    if (Array.isArray(container)) container[Number(part)] = value
    // it is a copy of ours, which nobody else has seen
    else if (isRecord(container)) setMember(container as Record<string, unknown>, part, value)
  }
  /** the container at a location, as a copy that may be changed */
  const open = (location: Location): unknown => {
    let here = top
    for (const part of location) {
      const next = copy(child(here, part))
      set(here, part, next)
      here = next
    }
    return here
  }
  return {
    replace: (location: Location, value: unknown): void => {
      const last = location.at(-1)
      if (last === undefined) top = value
      else set(open(location.slice(0, -1)), last, value)
    },
    get: (location: Location): unknown => location.reduce<unknown>(child, top),
    open,
    result: (): unknown => top
  }
}

const removeAll = (root: unknown, locations: ReadonlyArray<Location>): unknown => {
  const { get, open, result } = draft(root)
  // from the end, so that what is left keeps its index; a part of something removed is gone with it
  for (const location of [...locations].sort(lastFirst)) {
    if (get(location) === undefined) continue
    const container = open(location.slice(0, -1))
    const last = location.at(-1) ?? ""
    if (Array.isArray(container)) container.splice(Number(last), 1)
    else if (isRecord(container)) Reflect.deleteProperty(container, last)
  }
  return result()
}

/** Deeper places first, and of one list the later ones: removing one then moves none of those still to be removed. */
const lastFirst = (a: Location, b: Location): number => b.length - a.length || indexOf(b) - indexOf(a)

const indexOf = (location: Location): number => /^\d+$/.test(location.at(-1) ?? "") ? Number(location.at(-1)) : -1

const updateAll = (
  root: unknown,
  locations: ReadonlyArray<Location>,
  change: unknown,
  lenient: boolean
): Result.Result<{ readonly value: unknown }, string> => {
  const { get, replace, result } = draft(root)
  for (const location of locations) {
    const target = get(location)
    const kind = kindOf(target)
    const name = location.length === 0 ? "$" : location.join(".")
    if (kind === "object" && !isRecord(change)) return Result.fail(`${name} is an object: \`update\` must be one, too`)
    if (kind === "primitive" && kindOf(change) !== "primitive") return Result.fail(`${name} is a single value: \`update\` must be one, too`)
    const merged = Array.isArray(target) && !Array.isArray(change) ? Result.succeed([...target, change]) : merge(target, change, lenient, name)
    if (Result.isFailure(merged)) return Result.fail(merged.failure)
    replace(location, merged.success)
  }
  return Result.succeed({ value: result() })
}

const merge = (target: unknown, change: unknown, lenient: boolean, name: string): Result.Result<unknown, string> => {
  if (isRecord(target) && isRecord(change)) {
    const out: Record<string, unknown> = { ...target }
    for (const [key, item] of Object.entries(change)) {
      const merged = Object.hasOwn(target, key) ? merge(target[key], item, lenient, `${name}.${key}`) : Result.succeed(item)
      if (Result.isFailure(merged)) return merged
      setMember(out, key, merged.success)
    }
    return Result.succeed(out)
  }
  if (Array.isArray(target) && Array.isArray(change)) return Result.succeed([...target, ...change])
  if (kindOf(target) === "primitive" && kindOf(change) === "primitive") return Result.succeed(change)
  // an empty member in YAML (`components:`) is how the specification's own example says "nothing here"
  if (change === null) return Result.succeed(target)
  if (lenient) return Result.succeed(change)
  const kind = kindOf(target)
  return Result.fail(`${name} is ${kind === "primitive" ? "a single value" : `an ${kind}`}, and the update has another kind there. Remove it first`)
}
