/**
 * Operations of two documents: which is which, and what became of each.
 */
import type { Shape } from "../model/Shape.ts"
import type { Operation } from "../model/Api.ts"
import type { Plan, PlannedOperation } from "../plan/Plan.ts"
import { compareAnswers } from "./answers.ts"
import type { At } from "./findings.ts"
import { sameWordsOfOperation } from "./docs.ts"
import { compareBody, compareParameters } from "./request.ts"
import { compareSecurity, type SchemeNames } from "./security.ts"
import { compareOwnServers } from "./servers.ts"
import type { Comparison, ShapeAt } from "./shapes.ts"

interface Placed {
  readonly planned: PlannedOperation
  /** file of its function */
  readonly module: string
}

const placed = (plan: Plan): Array<Placed> => plan.modules.flatMap((module) => module.operations.map((planned) => ({ planned, module: module.path })))

const signature = ({ method, path }: Operation): string => `${method} ${path}`

/** Without the names of what is filled in: they do not go on the wire. */
const anonymous = ({ method, path }: Operation): string => `${method} ${path.replace(/\{[^{}]*\}/g, "{}")}`

/** Pairs by path; what is left by operation id, where that is unique; what is left then came or went. */
const match = (old: Plan, next: Plan): { readonly both: ReadonlyArray<readonly [Placed, Placed]>; readonly gone: ReadonlyArray<Placed>; readonly added: ReadonlyArray<Placed> } => {
  let gone = placed(old), added = placed(next)
  const both: Array<readonly [Placed, Placed]> = []
  for (const keyOf of [signature, anonymous, (operation: Operation) => operation.id]) {
    const from = Map.groupBy(gone, ({ planned }) => keyOf(planned.operation)), to = Map.groupBy(added, ({ planned }) => keyOf(planned.operation))
    const taken = new Set<Placed>()
    for (const [key, [one, ...more]] of from) {
      const [other, ...others] = to.get(key) ?? []
      if (key === undefined || one === undefined || other === undefined || more.length + others.length > 0) continue
      both.push([one, other])
      taken.add(one).add(other)
    }
    gone = gone.filter((one) => !taken.has(one))
    added = added.filter((one) => !taken.has(one))
  }
  return { both, gone, added }
}

export const compareOperations = (names: SchemeNames, cx: Comparison, shapes: (a: Shape, b: Shape, at: ShapeAt) => void): void => {
  const { note } = cx
  const place = (one: Placed | undefined, other: Placed | undefined): At => {
    const operation = (other ?? one)?.planned.operation
    const label = operation === undefined ? "" : signature(operation)
    return {
      subject: { kind: "operation", name: label },
      label,
      path: "",
      direction: undefined,
      old: one && (() => one.planned.operation.node),
      new: other && (() => other.planned.operation.node)
    }
  }
  const { added, both, gone } = match(cx.old.plan, cx.new.plan)
  for (const one of gone) {
    const at = place(one, undefined)
    note(at, "operation-removed", "breaking", `${at.label} is gone`, `calls of \`${one.planned.name}\` fail`)
  }
  for (const [one, other] of both) {
    const at = place(one, other)
    const from = one.planned.operation, to = other.planned.operation
    if (anonymous(from) !== anonymous(to)) note(at, "operation-moved", "breaking", `the operation ${to.id ?? ""} is ${signature(to)} now, so far ${signature(from)}`, "the server does not find it where clients of OLD look")
    named(one, other, at, cx)
    if (!from.deprecated && to.deprecated) note({ ...at, new: cx.new.spots.down(() => to.node, "deprecated") }, "operation-deprecated", "feature", `${at.label} is deprecated now`, "it may go with a later version")
    if (from.deprecated && !to.deprecated) note({ ...at, old: cx.old.spots.down(() => from.node, "deprecated") }, "operation-undeprecated", "fix", `${at.label} is no longer deprecated`, "it stays")
    compareParameters(one.planned, other.planned, at.label, cx, shapes)
    compareBody(one.planned, other.planned, at.label, cx, shapes)
    compareAnswers(one.planned, other.planned, at.label, cx, shapes)
    compareSecurity(one.planned, other.planned, names, at.label, cx)
    compareOwnServers(one.planned, other.planned, at.label, cx)
    comparePaging(one.planned, other.planned, at, cx)
    if (!sameWordsOfOperation(from, to)) note(at, "docs-changed", "fix", `what is written about ${at.label} has changed`, "its documentation reads differently")
  }
  for (const other of added) {
    const at = place(undefined, other)
    note(at, "operation-added", "feature", `${at.label} is new`, `it can be called by \`${other.planned.name}\``)
  }
}

const named = (one: Placed, other: Placed, at: At, { note }: Comparison): void => {
  const from = one.planned.name, to = other.planned.name
  if (from !== to) note(at, "function-renamed", "breaking", `the function \`${from}\` of ${one.module} is \`${to}\` now${one.module === other.module ? "" : `, in ${other.module}`}`, "imports of the former name fail")
  else if (one.module !== other.module) note(at, "function-renamed", "breaking", `the function \`${from}\` stands in ${other.module} now, so far in ${one.module}`, "imports from the former file fail")
}

const comparePaging = (from: PlannedOperation, to: PlannedOperation, at: At, { note }: Comparison): void => {
  const a = from.paging, b = to.paging
  if (a === undefined && b !== undefined) note(at, "paging-added", "feature", `pages of ${at.label} can be followed now`, "they come as a stream, too")
  else if (a !== undefined && b === undefined) note(at, "paging-removed", "breaking", `pages of ${at.label} cannot be followed any more`, "code that reads them as a stream does not compile")
  else if (JSON.stringify(a) !== JSON.stringify(b)) note(at, "paging-changed", "fix", `pages of ${at.label} are followed in another way`, "the client of NEW does it")
}
