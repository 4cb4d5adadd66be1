/**
 * A difference as text, and as data.
 */
import type { Change, Difference, Location, Severity } from "./Change.ts"

const titles: Readonly<Record<Severity, string>> = { breaking: "Breaking", feature: "Features", fix: "Fixes" }

const place = (location: Location | undefined): string =>
  location === undefined ? "-" : `${location.document}${location.line === undefined ? "" : `:${location.line}:${location.column ?? 1}`}`

const lines = (change: Change): ReadonlyArray<string> => [`  ${change.message}`, `      ${place(change.old)} -> ${place(change.new)} [${change.rule}]`]

const count = (difference: Difference, severity: Severity): number => difference.changes.filter((change) => change.severity === severity).length

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

/** For people: grouped by severity, each with its places, and the step at the end. */
export const formatDifference = (difference: Difference): string => {
  const { changes, step, stepBeforeOne } = difference
  const groups = (["breaking", "feature", "fix"] as const).flatMap((severity) => {
    const own = changes.filter((change) => change.severity === severity)
    return own.length === 0 ? [] : [`${titles[severity]} (${own.length})`, "", ...own.flatMap(lines), ""]
  })
  if (changes.length === 0) return "No change that matters to a client. Step needed: none."
  return [
    ...groups,
    `${count(difference, "breaking")} breaking, ${plural(count(difference, "feature"), "feature", "features")}, ${plural(count(difference, "fix"), "fix", "fixes")}. `
    + `Step needed: ${step}${stepBeforeOne === step ? "" : ` (${stepBeforeOne} while the client's version is 0.x)`}.`
  ].join("\n")
}

/** For machines: the difference, and how many changes of which severity it has. */
export const differenceData = (difference: Difference) => ({
  step: difference.step,
  stepBeforeOne: difference.stepBeforeOne,
  breaking: count(difference, "breaking"),
  features: count(difference, "feature"),
  fixes: count(difference, "fix"),
  changes: difference.changes
})
