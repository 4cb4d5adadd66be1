/**
 * Changes to a document, for endpoints that take JSON Patch or JSON Merge Patch.
 *
 * @example
 * ```ts
 * import { JsonPatch, MergePatch } from "credence/Patch"
 *
 * patchPod({ name: "web", contentType: "application/json-patch+json", body: [JsonPatch.replace(["spec", "replicas"], 3)] })
 * patchPod({ name: "web", contentType: "application/merge-patch+json", body: MergePatch.diff(before, after) })
 * ```
 */
import * as Schema from "effect/Schema"
import type { JsonPatch } from "../wire/jsonPatch.ts"

export * as JsonPatch from "../wire/jsonPatch.ts"
export * as MergePatch from "../wire/mergePatch.ts"

/**
 * A JSON Patch as the body of an endpoint: a list of operations.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6902#section-4
 */
export const Operations: Schema.Codec<JsonPatch, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Array(Schema.Union([
    Schema.Struct({ op: Schema.Literals(["add", "replace", "test"]), path: Schema.String, value: Schema.Unknown }),
    Schema.Struct({ op: Schema.Literal("remove"), path: Schema.String }),
    Schema.Struct({ op: Schema.Literals(["move", "copy"]), from: Schema.String, path: Schema.String })
  ]))
)
