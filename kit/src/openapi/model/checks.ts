/**
 * Constraints of JSON Schema that values of a shape must pass.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation section 6
 */
import type { Warn } from "../warning.ts"
import { data, type Node } from "./node.ts"
import type { Check } from "./Shape.ts"

const numeric = (node: Node, warn: Warn, names: ReadonlyArray<Check["name"]>): Array<Check> =>
  names.flatMap((name) => {
    const value = data(node)[name]
    if (value === undefined || value === null) return []
    if (typeof value === "number" && Number.isFinite(value)) return [{ name, value }]
    // some write a number as a text
    if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
      warn("invalid", node, `${name} is a text; it has to be a number`)
      return [{ name, value: Number(value) }]
    }
    if (typeof value !== "boolean") warn("invalid", node, `${name} has to be a number`)
    return []
  })

/** Escaped letters that ECMA-262 knows; without `u` any other one is the letter itself, which no author means. */
const knownEscapes = /^[bBdDsSwWfnrtvcxuk]$/

/** The escapes of a pattern: what follows each backslash. */
const escapesOf = (pattern: string): ReadonlyArray<string> => [...pattern.matchAll(/\\([\s\S])/g)].map((match) => match[1] ?? "")

/** `\A` and `\z` are how other dialects write the ends of the text. */
export const inOurDialect = (pattern: string): string =>
  pattern.replace(/\\([\s\S])/g, (whole, escaped: string) => escaped === "A" ? "^" : escaped === "z" ? "$" : whole)

/** A pattern as this platform reads it. ECMA-262 is what JSON Schema asks for; documents also hold other dialects. */
export const regularExpression = (pattern: string): RegExp | undefined => {
  for (const flags of ["u", ""]) {
    try {
      const found = new RegExp(pattern, flags)
      return flags === "" && escapesOf(pattern).some((escaped) => /[A-Za-z]/.test(escaped) && !knownEscapes.test(escaped)) ? undefined : found
    } catch {
      // tried without `u`, or given up
    }
  }
  return undefined
}

export const stringChecks = (node: Node, warn: Warn): ReadonlyArray<Check> => {
  const checks = numeric(node, warn, ["minLength", "maxLength"]).filter((check) => check.name !== "minLength" || check.value !== 0)
  const written = data(node)["pattern"]
  if (typeof written !== "string" || written === "") return checks
  const pattern = inOurDialect(written)
  if (regularExpression(pattern) === undefined) {
    warn("unchecked", node, "the pattern is no regular expression of ECMA-262")
    return checks
  }
  return [...checks, { name: "pattern", value: pattern }]
}

export const numberChecks = (node: Node, warn: Warn): ReadonlyArray<Check> => {
  const schema = data(node)
  const checks = numeric(node, warn, ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
    .filter((check) => check.name !== "multipleOf" || Number(check.value) > 0)
  // in OpenAPI 2.0 and 3.0 exclusiveness is a flag beside the bound
  return checks.map((check): Check =>
    check.name === "minimum" && schema["exclusiveMinimum"] === true ? { name: "exclusiveMinimum", value: check.value }
      : check.name === "maximum" && schema["exclusiveMaximum"] === true ? { name: "exclusiveMaximum", value: check.value }
      : check
  )
}

export const arrayChecks = (node: Node, warn: Warn): ReadonlyArray<Check> => [
  ...numeric(node, warn, ["minItems", "maxItems"]).filter((check) => check.name !== "minItems" || check.value !== 0),
  ...(data(node)["uniqueItems"] === true ? [{ name: "uniqueItems" as const, value: true }] : [])
]

export const recordChecks = (node: Node, warn: Warn): ReadonlyArray<Check> =>
  numeric(node, warn, ["minProperties", "maxProperties"]).filter((check) => check.name !== "minProperties" || check.value !== 0)
