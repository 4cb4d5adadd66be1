/**
 * From changes to the version that tells of them.
 *
 * @see https://semver.org/#semantic-versioning-specification-semver items 4, 6, 7 and 8
 */
import type { Change, Severity, Step } from "./Change.ts"

const severities: ReadonlyArray<Severity> = ["breaking", "feature", "fix"]

/** The worse of two. */
export const worse = (a: Severity, b: Severity): Severity => severities.indexOf(a) <= severities.indexOf(b) ? a : b

/** The changes, the worst first; otherwise they keep their order. */
export const sorted = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => severities.flatMap((severity) => changes.filter((change) => change.severity === severity))

/** Is there a change of this severity, or of a worse one? */
export const reaches = (changes: ReadonlyArray<Change>, severity: Severity): boolean => changes.some((change) => worse(change.severity, severity) === change.severity)

export const stepOf = (changes: ReadonlyArray<Change>): Step =>
  reaches(changes, "breaking") ? "major" : reaches(changes, "feature") ? "minor" : changes.length > 0 ? "patch" : "none"

/** Before 1.0.0 each step is one smaller: what breaks takes the minor version, all else the patch. */
export const stepBeforeOne = (step: Step): Step => step === "major" ? "minor" : step === "minor" ? "patch" : step
