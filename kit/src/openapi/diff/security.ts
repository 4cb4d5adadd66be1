/**
 * Who may call, compared: ways to sign in, what operations ask for, permissions.
 */
import type { SecurityRequirement, SecurityScheme } from "../model/Api.ts"
import type { PlannedOperation } from "../plan/Plan.ts"
import type { At } from "./findings.ts"
import type { Comparison } from "./shapes.ts"

const identity = ({ in: place, name, scheme, type }: SecurityScheme): string => JSON.stringify([type, place, name?.toLowerCase(), scheme])

const shown = ({ in: place, name, scheme, type }: SecurityScheme): string => type === "apiKey" ? `an API key in the ${place ?? "header"} \`${name ?? ""}\`` : type === "http" ? `HTTP ${scheme ?? ""}` : type

/** What the schemes of OLD are called in NEW. */
export type SchemeNames = ReadonlyMap<string, string>

/** The schemes themselves: a client gives its credentials by their names. */
export const compareSchemes = (at: At, cx: Comparison): SchemeNames => {
  const { note } = cx
  const from = cx.old.plan.api.schemes, to = cx.new.plan.api.schemes
  const names = new Map<string, string>()
  const place = (one: SecurityScheme | undefined, other: SecurityScheme | undefined): At => ({
    ...at,
    old: one && at.old && cx.old.spots.down(cx.old.spots.down(cx.old.spots.down(at.old, "components"), "securitySchemes", "securityDefinitions"), one.key),
    new: other && at.new && cx.new.spots.down(cx.new.spots.down(cx.new.spots.down(at.new, "components"), "securitySchemes", "securityDefinitions"), other.key)
  })
  for (const scheme of from) if (to.some(({ key }) => key === scheme.key)) names.set(scheme.key, scheme.key)
  const taken = new Set(names.values())
  for (const scheme of from) {
    const other = names.has(scheme.key) ? to.find(({ key }) => key === scheme.key) : to.find((candidate) => !taken.has(candidate.key) && identity(candidate) === identity(scheme))
    if (other === undefined) {
      note(place(scheme, undefined), "scheme-removed", "breaking", `the way to sign in \`${scheme.key}\` is gone`, "code that gives its credentials does not compile")
      continue
    }
    names.set(scheme.key, other.key)
    taken.add(other.key)
    if (other.key !== scheme.key) note(place(scheme, other), "scheme-renamed", "breaking", `the way to sign in \`${scheme.key}\` is called \`${other.key}\` now`, "code that gives its credentials by the former name does not compile")
    else if (identity(scheme) !== identity(other)) note(place(scheme, other), "scheme-changed", "breaking", `\`${scheme.key}\` is ${shown(other)} now, so far ${shown(scheme)}`, "credentials of clients of OLD are not found")
  }
  for (const scheme of to) if (!taken.has(scheme.key)) note(place(undefined, scheme), "scheme-added", "feature", `there is a new way to sign in, \`${scheme.key}\``, "its credentials can be given")
  return names
}

/** Nothing said is nothing needed. */
const alternatives = (security: ReadonlyArray<SecurityRequirement> | undefined): ReadonlyArray<SecurityRequirement> => security === undefined || security.length === 0 ? [{}] : security

/** Do these credentials do for that requirement? */
const suffices = (given: SecurityRequirement, needed: SecurityRequirement): boolean =>
  Object.entries(needed).every(([scheme, scopes]) => Object.hasOwn(given, scheme) && scopes.every((scope) => given[scheme]?.includes(scope) === true))

const inWords = (requirement: SecurityRequirement): string => {
  const all = Object.entries(requirement).map(([scheme, scopes]) => `\`${scheme}\`${scopes.length === 0 ? "" : ` with ${scopes.join(", ")}`}`)
  return all.length === 0 ? "no credentials" : all.join(" and ")
}

export const compareSecurity = (from: PlannedOperation, to: PlannedOperation, names: SchemeNames, label: string, cx: Comparison): void => {
  const { note } = cx
  const at: At = {
    subject: { kind: "operation", name: label },
    label,
    path: "",
    direction: undefined,
    old: cx.old.spots.down(() => from.operation.node, "security"),
    new: cx.new.spots.down(() => to.operation.node, "security")
  }
  const a = alternatives(from.operation.security).map((requirement): SecurityRequirement => Object.fromEntries(Object.entries(requirement).map(([scheme, scopes]) => [names.get(scheme) ?? scheme, scopes])))
  const b = alternatives(to.operation.security)
  const needed = b.map(inWords).join(", or ")
  for (const given of a) {
    if (!b.some((needed) => suffices(given, needed))) note(at, "security-tightened", "breaking", `${label} is not to be had with ${inWords(given)} any more`, `it needs ${needed}`)
  }
  for (const given of b) {
    if (!a.some((needed) => suffices(given, needed))) note(at, "security-loosened", "feature", `${label} is to be had with ${inWords(given)} now`, "that was not enough so far")
  }
  for (const permission of to.permissions) {
    const then = "sessions that are constrained to others do not compile with it"
    if (!from.permissions.includes(permission)) note(at, "permission-added", "breaking", `${label} needs the permission \`${permission}\` now`, then)
  }
  for (const permission of from.permissions) {
    const then = "more sessions may call it"
    if (!to.permissions.includes(permission)) note(at, "permission-removed", "feature", `${label} does not need the permission \`${permission}\` any more`, then)
  }
}
