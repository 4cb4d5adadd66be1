/**
 * JSON Patch and JSON merge patch, applied to data that is never mutated: what a patch leaves alone stays the same object.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6902 JSON Patch
 * @see https://www.rfc-editor.org/rfc/rfc7396 JSON merge patch
 */
import * as JsonPatch from "effect/JsonPatch"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import { isDeepStrictEqual } from "node:util"
import { child, isRecord, partsOf, setMember } from "./pointer.ts"

/** One operation of a JSON Patch. */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly path: string; readonly from: string }

/** Why a patch does not fit: the number of its operation or action from 1, and a sentence. */
export interface Misfit {
  readonly action: number | undefined
  readonly reason: string
}

/** Applies the operations one after the other, or says which one does not fit. */
export const applyJsonPatch = (value: unknown, operations: ReadonlyArray<unknown>): Result.Result<unknown, Misfit> => {
  let current = value
  for (const [index, operation] of operations.entries()) {
    const next = applyOperation(current, operation)
    if (Result.isFailure(next)) return Result.fail({ action: index + 1, reason: next.failure })
    current = next.success
  }
  return Result.succeed(current)
}

const applyOperation = (value: unknown, operation: unknown): Result.Result<unknown, string> => {
  if (!isRecord(operation)) return Result.fail("an operation is an object with `op` and `path`")
  const { from, op, path } = operation
  if (typeof path !== "string") return Result.fail("it needs a `path`, a JSON pointer")
  if (op === "remove") return primitive(value, [{ op, path }])
  if (op === "add" || op === "replace" || op === "test") {
    if (!Object.hasOwn(operation, "value")) return Result.fail(`${op} needs a \`value\``)
    if (op !== "test") return primitive(value, [{ op, path, value: json(operation["value"]) }])
    return Result.flatMap(at(value, path), (found) =>
      isDeepStrictEqual(found, operation["value"]) ? Result.succeed(value) : Result.fail(`the value at ${shown(path)} is not what the test says`))
  }
  if (op === "move" || op === "copy") {
    if (typeof from !== "string") return Result.fail(`${op} needs \`from\`, a JSON pointer`)
    if (op === "move" && path.startsWith(`${from}/`)) return Result.fail(`${shown(from)} cannot move into itself`)
    return Result.flatMap(at(value, from), (found) => {
      const add = { op: "add", path, value: json(found) } as const
      return op === "copy" || from === path ? primitive(value, [add].slice(op === "move" ? 1 : 0)) : primitive(value, [{ op: "remove", path: from }, add])
    })
  }
  return Result.fail("`op` is add, remove, replace, move, copy or test")
}

const shown = (pointer: string): string => pointer === "" ? "the whole document" : pointer

const at = (value: unknown, pointer: string): Result.Result<unknown, string> => {
  const found = partsOf(pointer)?.reduce<unknown>(child, value)
  return found === undefined ? Result.fail(`there is nothing at ${shown(pointer)}`) : Result.succeed(found)
}

const primitive = (value: unknown, patch: JsonPatch.JsonPatch): Result.Result<unknown, string> => {
  try {
    return Result.succeed(JsonPatch.apply(patch, json(value)))
  } catch (error) {
    return Result.fail(error instanceof Error ? error.message : String(error))
  }
}

// a document's value is JSON data by how it was read, a patch's by what it is for; the type has no way to say so
const json = (value: unknown): Schema.Json => value as Schema.Json

/** Applies a merge patch: objects merge, null removes, everything else replaces. */
export const applyMergePatch = (value: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch
  const out: Record<string, unknown> = isRecord(value) ? { ...value } : {}
  for (const [name, item] of Object.entries(patch)) {
    if (item === null) delete out[name]
    else setMember(out, name, applyMergePatch(child(out, name), item))
  }
  return out
}
