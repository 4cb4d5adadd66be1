/**
 * Mending a document before it is read: JSON Patch, JSON merge patch, OpenAPI Overlay.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Document, Problem } from "./Document.ts"
import { applyJsonPatch, applyMergePatch, type JsonPatchOperation, type Misfit } from "./jsonPatch.ts"
import { applyOverlay, overlayMisfit } from "./overlay.ts"
import { parseDocument } from "./parse.ts"
import { patched } from "./patched.ts"
import { child, isRecord } from "./pointer.ts"
import { readFile } from "./source.ts"
import { resolveUri } from "./uri.ts"

interface PatchCommon {
  /** how it is called in messages: the path of its file */
  readonly name: string
  /** the one root document it is for: its path as given, its URI, or how one of these ends; default: every root */
  readonly document?: string | undefined
}

/** A change to a root document. */
export type Patch =
  | PatchCommon & { readonly _tag: "JsonPatch"; readonly operations: ReadonlyArray<JsonPatchOperation> }
  | PatchCommon & { readonly _tag: "MergePatch"; readonly patch: Readonly<Record<string, unknown>> }
  | PatchCommon & {
    readonly _tag: "Overlay"
    /** `overlay`, `info`, `actions`, and perhaps `extends`, which is heeded where it is one of the roots */
    readonly overlay: Readonly<Record<string, unknown>>
    /** where a relative `extends` starts */
    readonly base?: string | undefined
  }

/**
 * A patch does not fit its document, or is no patch.
 * `action` is the number, from 1, of the operation or action that does not fit.
 */
export class PatchError extends Data.TaggedError("PatchError")<{
  /** name of the patch */
  readonly patch: string
  /** name of the document it was applied to, where there is one */
  readonly document: string | undefined
  readonly action: number | undefined
  readonly reason: string
  readonly message: string
}> {
  constructor(args: { readonly patch: string; readonly document?: string | undefined; readonly action?: number | undefined; readonly reason: string }) {
    const where = args.document === undefined ? "" : ` (in ${args.document})`
    super({
      patch: args.patch,
      document: args.document,
      action: args.action,
      reason: args.reason,
      message: `${args.patch}${args.action === undefined ? "" : `, action ${args.action}`}: ${args.reason}${where}`
    })
  }
}

/**
 * The patch that data is: a list is a JSON Patch, an object with `overlay` an Overlay, any other object a merge patch.
 * Fails with `PatchError` for anything else.
 *
 * @example
 * ```ts
 * patchOf([{ op: "remove", path: "/paths/~1internal" }], { name: "credence.config.ts" })
 * ```
 */
export const patchOf = (
  value: unknown,
  options: { readonly name: string; readonly document?: string | undefined; readonly base?: string | undefined }
): Result.Result<Patch, PatchError> => {
  const { base, document, name } = options
  // each operation is checked when it is applied, where its number can be told
  if (Array.isArray(value)) return Result.succeed({ _tag: "JsonPatch", name, document, operations: value })
  if (!isRecord(value)) {
    return Result.fail(new PatchError({ patch: name, reason: "a patch is a list (JSON Patch), an Overlay, or an object (JSON merge patch)" }))
  }
  if (!Object.hasOwn(value, "overlay")) return Result.succeed({ _tag: "MergePatch", name, document, patch: value })
  const misfit = overlayMisfit(value)
  return misfit === undefined
    ? Result.succeed({ _tag: "Overlay", name, document, overlay: value, base })
    : Result.fail(new PatchError({ patch: name, reason: misfit.reason }))
}

/** Reads a patch from a file, JSON or YAML. Fails with `DocumentError` where the file cannot be read, with `PatchError` where it is no patch. */
export const readPatch = Effect.fnUntraced(function*(file: string, options: { readonly document?: string | undefined } = {}) {
  const source = yield* readFile(file, file, 16 * 1024 * 1024)
  const { document } = yield* Effect.fromResult(parseDocument(source, { maxDepth: 500 }))
  return yield* Effect.fromResult(patchOf(document.value, { name: file, document: options.document, base: document.uri }))
})

/** Root documents after their patches. */
export interface Applied {
  readonly documents: ReadonlyArray<Document>
  /** patches that changed nothing: mostly a sign that the document has moved on */
  readonly problems: ReadonlyArray<Problem>
}

/**
 * Applies patches, in their order, to the root documents they are for. What a patch leaves alone keeps its place in the text.
 * Fails with `PatchError` at the first operation or action that does not fit. Pure: the documents given stay as they are.
 */
export const applyPatches = (roots: ReadonlyArray<Document>, patches: ReadonlyArray<Patch>): Result.Result<Applied, PatchError> => {
  const problems: Array<Problem> = []
  const note = ({ name }: Patch, message: string): void => void problems.push({ document: name, position: undefined, message })
  const values = new Map(roots.map((root) => [root, root.value]))
  for (const patch of patches) {
    const targets = targetsOf(roots, patch)
    if (targets.length === 0) note(patch, `no document is called ${patch.document}: the patch is left out`)
    for (const target of targets) {
      const applied = apply(values.get(target), patch)
      if (Result.isFailure(applied)) {
        const { action, reason } = applied.failure
        const more = targets.length > 1 ? ". If it is for one document only, say which: `document`" : ""
        return Result.fail(new PatchError({ patch: patch.name, document: target.name, action, reason: `${reason}${more}` }))
      }
      values.set(target, applied.success.value)
      for (const action of applied.success.idle) note(patch, `action ${action} selects nothing in ${target.name}`)
    }
  }
  return Result.succeed({ documents: roots.map((root) => patched(root, values.get(root))), problems })
}

const apply = (value: unknown, patch: Patch): Result.Result<{ readonly value: unknown; readonly idle: ReadonlyArray<number> }, Misfit> => {
  const whole = (result: unknown) => ({ value: result, idle: [] })
  switch (patch._tag) {
    case "JsonPatch":
      return Result.map(applyJsonPatch(value, patch.operations), whole)
    case "MergePatch":
      return Result.succeed(whole(applyMergePatch(value, patch.patch)))
    case "Overlay":
      return applyOverlay(value, patch.overlay)
  }
}

const targetsOf = (roots: ReadonlyArray<Document>, patch: Patch): ReadonlyArray<Document> => {
  const { document } = patch
  if (document !== undefined) {
    const end = `/${document.replace(/^\.\//, "")}`
    return roots.filter(({ name, uri }) => [name, uri].some((known) => known === document || known.endsWith(end)))
  }
  const target = patch._tag === "Overlay" ? child(patch.overlay, "extends") : undefined
  const uri = typeof target === "string" ? resolveUri(target, (patch._tag === "Overlay" ? patch.base : undefined) ?? "file:///") : undefined
  // people keep copies of a vendor's document: an `extends` that names another place is no reason to leave the overlay out
  const meant = roots.filter((root) => root.uri === uri)
  return meant.length === 0 ? roots : meant
}
