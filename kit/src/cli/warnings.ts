/**
 * Warnings for people: the worst first, and not more of them than one reads.
 */
import { format, type Rule, type Warning } from "../openapi/warning.ts"
import { oneLine } from "./failure.ts"
import { yellow } from "./terminal.ts"

/** From what is wrong with the document to what is merely called otherwise. */
const order: ReadonlyArray<Rule> = ["invalid", "reference", "unsupported", "unchecked", "renamed"]

/** How many there are of each rule. */
export const countsOf = (warnings: ReadonlyArray<Warning>): Readonly<Partial<Record<Rule, number>>> => {
  const counts: Partial<Record<Rule, number>> = {}
  for (const rule of order) {
    const { length } = warnings.filter((warning) => warning.rule === rule)
    if (length > 0) counts[rule] = length
  }
  return counts
}

/** Lines that are shown without `--verbose`. */
const most = 20

/** Some of each rule: a rule with few warnings is not crowded out by one with many. */
const chosen = (groups: ReadonlyArray<ReadonlyArray<Warning>>): ReadonlyArray<ReadonlyArray<Warning>> => {
  const shares = groups.map(() => 0)
  let left = most
  for (let given = true; left > 0 && given;) {
    given = false
    groups.forEach((group, index) => {
      if (left === 0 || (shares[index] ?? 0) >= group.length) return
      shares[index] = (shares[index] ?? 0) + 1
      left--
      given = true
    })
  }
  return groups.map((group, index) => group.slice(0, shares[index]))
}

/** `document:line:column: rule: message`, grouped by rule, and a line that counts them. Empty: there are none. */
export const linesOf = (warnings: ReadonlyArray<Warning>, verbose: boolean): ReadonlyArray<string> => {
  if (warnings.length === 0) return []
  const groups = order.map((rule) => warnings.filter((warning) => warning.rule === rule)).filter((group) => group.length > 0)
  const shown = verbose ? groups : chosen(groups)
  const lines = shown.flatMap((group, index) => {
    const more = (groups[index]?.length ?? 0) - group.length
    return [...group.map((warning) => oneLine(format(warning))), ...(more === 0 ? [] : [`… and ${more} more ${group[0]?.rule ?? ""}`])]
  })
  const counts = Object.entries(countsOf(warnings)).map(([rule, count]) => `${count} ${rule}`).join(", ")
  const hidden = shown.reduce((sum, group) => sum + group.length, 0) < warnings.length
  return [...lines, yellow(`${warnings.length} ${warnings.length === 1 ? "warning" : "warnings"}: ${counts}${hidden ? " (--verbose shows all)" : ""}`)]
}
