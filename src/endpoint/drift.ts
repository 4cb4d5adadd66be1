/**
 * What a tolerant decode let pass. Looked for only when someone listens, or when decoding is strict.
 */
import * as SchemaIssue from "effect/SchemaIssue"
import type { Drift } from "../services/Hooks.ts"
import { flatten, pathText } from "./issues.ts"
import { rejected } from "./open/items.ts"
import { Unrecognized } from "./open/unrecognized.ts"

/** Finds tagged unknowns and left-out items in a decoded value. */
export const inOutput = (value: unknown, path: ReadonlyArray<PropertyKey> = [], out: Array<Drift> = []): Array<Drift> => {
  if (typeof value !== "object" || value === null || path.length > 64) return out
  if (value instanceof Unrecognized) {
    out.push({ kind: value.kind, path: pathText(path), message: value.kind === "unknown value" ? "not a value the schema knows" : "not a variant the schema knows" })
  } else if (Array.isArray(value)) {
    for (const bad of rejected(value)) {
      for (const issue of flatten(bad.issue, path)) out.push({ kind: "bad item", ...issue })
    }
    value.forEach((item, index) => inOutput(item, [...path, index], out))
  } else {
    for (const key of Object.keys(value)) inOutput((value as Record<string, unknown>)[key], [...path, key], out)
  }
  return out
}

/** The undeclared fields in the issue of a decode that refuses them. */
export const unknownFields = (issue: SchemaIssue.Issue, path: ReadonlyArray<PropertyKey> = [], out: Array<Drift> = []): Array<Drift> => {
  switch (issue._tag) {
    case "UnexpectedKey":
      out.push({ kind: "unknown field", path: pathText(path), message: "not a field the schema knows" })
      break
    case "Pointer":
      unknownFields(issue.issue, [...path, ...issue.path], out)
      break
    case "AnyOf": {
      // the variant that fits but for them; the others miss what they know, and do not know what it has
      const fits = issue.issues.find(isUnknownOnly)
      for (const inner of fits === undefined ? issue.issues : [fits]) unknownFields(inner, path, out)
      break
    }
    case "Composite":
      for (const inner of issue.issues) unknownFields(inner, path, out)
      break
    case "Encoding":
    case "Filter":
      unknownFields(issue.issue, path, out)
      break
  }
  return out
}

/** Is nothing wrong but undeclared fields? */
const isUnknownOnly = (issue: SchemaIssue.Issue): boolean => {
  switch (issue._tag) {
    case "UnexpectedKey":
      return true
    case "Pointer":
    case "Encoding":
    case "Filter":
      return isUnknownOnly(issue.issue)
    case "Composite":
      return issue.issues.every(isUnknownOnly)
    case "AnyOf":
      return issue.issues.some(isUnknownOnly)
    default:
      return false
  }
}
