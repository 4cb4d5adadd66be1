/**
 * Names what changed between two API documents, as far as it matters to a client that is made of them.
 */
import * as Effect from "effect/Effect"
import type { Config } from "../config.ts"
import type { DocumentSet } from "../document/Document.ts"
import type { DocumentError } from "../document/DocumentError.ts"
import { load } from "../document/load.ts"
import { type Patch, type PatchError, readPatch } from "../document/patch.ts"
import type { Requirements } from "../generate.ts"
import type { Difference } from "./Change.ts"
import { type At, makeFindings } from "./findings.ts"
import { compareModels, compareNames, makeQueue } from "./models.ts"
import { compareOperations } from "./operations.ts"
import { makePairs } from "./pairs.ts"
import { compareSchemes } from "./security.ts"
import { compareServers } from "./servers.ts"
import { type Comparison, makeShapes } from "./shapes.ts"
import { sorted, stepBeforeOne, stepOf } from "./step.ts"
import { versionOf } from "./Version.ts"

/**
 * Compares documents that are read already. The config is that of the generation: names, formats and presets decide what a
 * change means.
 *
 * @example
 * ```ts
 * const { changes, step } = diff(yield* load(["v1.yaml"]), yield* load(["v2.yaml"]))
 * ```
 */
export const diff = (oldSet: DocumentSet, newSet: DocumentSet, config: Config = {}): Difference => {
  const old = versionOf(oldSet, config), next = versionOf(newSet, config)
  const findings = makeFindings(old, next)
  const queue = makeQueue()
  const cx: Comparison = { config, old, new: next, pairs: makePairs(old, next), note: findings.note, models: queue.add }
  const shapes = makeShapes(cx)
  const [oldRoot] = oldSet.roots, [newRoot] = newSet.roots
  const whole: At = {
    subject: { kind: "api", name: next.plan.session },
    label: "the API",
    path: "",
    direction: undefined,
    old: oldRoot && old.spots.at(oldRoot.uri, ""),
    new: newRoot && next.spots.at(newRoot.uri, "")
  }

  if (old.plan.session !== next.plan.session) {
    const title: At = { ...whole, old: whole.old && old.spots.down(old.spots.down(whole.old, "info"), "title"), new: whole.new && next.spots.down(next.spots.down(whole.new, "info"), "title") }
    findings.note(title, "session-renamed", "breaking", `the session class \`${old.plan.session}\` is \`${next.plan.session}\` now`, "imports of the former name fail: `session` in the config keeps it")
  }
  compareServers(whole, cx)
  const names = compareSchemes(whole, cx)
  compareOperations(names, cx, shapes)
  compareModels(queue, cx, shapes)
  compareNames(cx)

  const changes = sorted(findings.changes())
  const step = stepOf(changes)
  return { changes, step, stepBeforeOne: stepBeforeOne(step) }
}

/**
 * Reads two documents, or sets of documents, and compares them. Inputs are those of `generate`: files, folders, URLs, `-`.
 * Fails with `DocumentError` where one of them cannot be read, with `PatchError` where a patch of the config cannot.
 *
 * @example
 * ```ts
 * const { step } = yield* diffDocuments(["v1.yaml"], ["v2.yaml"])
 * ```
 */
export const diffDocuments = Effect.fnUntraced(function*(
  oldInputs: ReadonlyArray<string>,
  newInputs: ReadonlyArray<string>,
  config: Config = {}
): Effect.fn.Return<Difference, DocumentError | PatchError, Requirements> {
  const patches: Array<Patch> = []
  for (const path of config.patches ?? []) patches.push(yield* readPatch(path))
  const options = { patches, ...(config.allowRemote === true ? { allowRemote: true } : {}) }
  return diff(yield* load(oldInputs, options), yield* load(newInputs, options), config)
})
