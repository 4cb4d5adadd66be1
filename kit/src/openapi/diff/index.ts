/**
 * What changed between two API documents, and which version step it needs.
 */
export { type Change, type Difference, type Direction, type Location, type Rule, rules, type Severity, type Step, type Subject } from "./Change.ts"
export { diff, diffDocuments } from "./diff.ts"
export { differenceData, formatDifference } from "./format.ts"
export { reaches } from "./step.ts"
