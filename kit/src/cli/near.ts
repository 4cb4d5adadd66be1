/**
 * What somebody may have meant.
 */

/** Edits that lead from one text to the other. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The names that are most like what was given, the likest first; case does not count. Empty: there is nothing like it. */
export const near = (given: string, names: Iterable<string>, most = 3): ReadonlyArray<string> => {
  const wanted = given.toLowerCase()
  const allowed = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3))
  return [...new Set(names)]
    .map((name) => {
      const lower = name.toLowerCase()
      // a part of the name is what people remember
      if (wanted.length > 2 && lower.length > 2 && (lower.includes(wanted) || wanted.includes(lower))) return { name, cost: 1 + Math.abs(lower.length - wanted.length) / 100 }
      const cost = distance(wanted, lower)
      return { name, cost: cost <= allowed ? cost : Infinity }
    })
    .filter(({ cost }) => cost < Infinity)
    .sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}

/** ` Did you mean a or b?`, or nothing. */
export const meant = (given: string, names: Iterable<string>): string => {
  const found = near(given, names)
  return found.length === 0 ? "" : `. Did you mean ${found.join(" or ")}?`
}
