/**
 * Which of the credentials that one has serve an operation, as a pure rule.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#security-requirement-object
 */

/**
 * Security schemes that are wanted together, by name, with the scopes of each. An operation lists alternatives, any one of
 * which will do; `{}` among them makes credentials optional.
 */
export type SecurityRequirement = Readonly<Record<string, ReadonlyArray<string>>>

/** The schemes whose credentials serve an operation (`[]`: none is sent), or why none do. */
export type SchemeChoice =
  | { readonly _tag: "Send"; readonly schemes: ReadonlyArray<string> }
  | { readonly _tag: "Unsatisfied"; readonly detail: string }

/**
 * Takes the first alternative all of whose schemes are given. Without one, nothing is sent where credentials are optional:
 * `{}` is the last resort wherever it stands, since the order of alternatives means nothing in a document, and who gives a
 * credential wants to be known.
 */
export const choose = (wanted: ReadonlyArray<SecurityRequirement>, given: ReadonlyArray<string>): SchemeChoice => {
  const alternatives = wanted.map((alternative) => Object.keys(alternative))
  const isGiven = (name: string): boolean => given.includes(name)
  const found = alternatives.find((names) => names.length > 0 && names.every(isGiven))
  if (found !== undefined) return { _tag: "Send", schemes: found }
  if (alternatives.length === 0 || alternatives.some((names) => names.length === 0)) return { _tag: "Send", schemes: [] }
  // what would complete an alternative that is served in part
  const missing = alternatives.filter((names) => names.some(isGiven)).map((names) => names.filter((name) => !isGiven(name)).join(" and "))
  const needs = alternatives.map((names) => names.join(" and ")).join(", or ")
  return {
    _tag: "Unsatisfied",
    detail: `needs ${needs}; given: ${given.length === 0 ? "none" : given.join(", ")}${missing.length === 0 ? "" : `; missing: ${missing.join(", or ")}`}`
  }
}
