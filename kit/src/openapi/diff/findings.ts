/**
 * Collects changes while two descriptions are walked side by side.
 */
import type { Change, Direction, Rule, Severity, Subject } from "./Change.ts"
import type { Spot, Spots } from "./spots.ts"
import { worse } from "./step.ts"
import type { Version } from "./Version.ts"

/** Where a comparison is, on both sides. */
export interface At {
  readonly subject: Subject
  /** in words: `the body of POST /pets` */
  readonly label: string
  /** members from there on: `owner.names[]` */
  readonly path: string
  readonly direction: Direction | undefined
  /** `undefined`: this side has nothing of the kind */
  readonly old: Spot | undefined
  readonly new: Spot | undefined
}

/** A step down on both sides. */
export const down = (at: At, step: string, oldVersion: Version, newVersion: Version, walk: (spots: Spots, spot: Spot) => Spot): At => ({
  ...at,
  path: step === "" || step.startsWith("[") || step.startsWith("(") || at.path === "" ? `${at.path}${step}` : `${at.path}.${step}`,
  old: at.old === undefined ? undefined : walk(oldVersion.spots, at.old),
  new: at.new === undefined ? undefined : walk(newVersion.spots, at.new)
})

/** A place in words. */
export const named = (at: At): string => at.path === "" ? at.label : `\`${at.path}\` of ${at.label}`

/** Tells of a change. `fact` says what it is, `then` what it means. */
export type Note = (at: At, rule: Rule, severity: Severity, fact: string, then: string) => void

export interface Findings {
  readonly note: Note
  readonly changes: () => ReadonlyArray<Change>
}

interface Found {
  readonly at: At
  readonly rule: Rule
  severity: Severity
  direction: Change["direction"]
  readonly fact: string
  readonly then: Array<string>
}

/** What holds for requests and for answers alike is one change. */
export const makeFindings = (oldVersion: Version, newVersion: Version): Findings => {
  const found = new Map<string, Found>()
  return {
    note: (at, rule, severity, fact, then) => {
      const key = JSON.stringify([at.subject.kind, at.subject.name, at.label, at.path, rule, fact])
      const known = found.get(key)
      if (known === undefined) {
        found.set(key, { at, rule, severity, direction: at.direction, fact, then: [then] })
        return
      }
      known.severity = worse(known.severity, severity)
      if (known.direction !== at.direction) known.direction = "both"
      if (!known.then.includes(then)) known.then.push(then)
    },
    changes: () => [...found.values()].map(({ at, direction, fact, rule, severity, then }): Change => ({
      rule,
      severity,
      direction,
      subject: at.subject,
      path: at.path,
      old: at.old === undefined ? undefined : oldVersion.spots.locate(at.old),
      new: at.new === undefined ? undefined : newVersion.spots.locate(at.new),
      message: `${fact}: ${then.join("; ")}`
    }))
  }
}
