/** Scopes as TPP writes them: `certificate:delete,manage;configuration`. */

/** By category, its privileges; `read` is always among them. */
export type Grants = ReadonlyMap<string, ReadonlySet<string>>

const CATEGORIES: Readonly<Record<string, ReadonlyArray<string>>> = {
  certificate: ["approve", "delete", "discover", "manage", "revoke"],
  ssh: ["approve", "delete", "discover", "manage"],
  codesign: ["delete", "manage"],
  configuration: ["delete", "manage"],
  restricted: ["delete", "manage"],
  security: ["delete", "manage"],
  statistics: [],
  agent: ["delete"]
}

/** Everything that there is. */
export const EVERYTHING = Object.entries(CATEGORIES).map(([name, privileges]) => privileges.length === 0 ? name : `${name}:${privileges.join(",")}`).join(";")

/** `undefined`: it is no scope. Case does not matter; `read`, which clients leave out, is no privilege to ask for. */
export const parseScope = (text: string): Grants | undefined => {
  const out = new Map<string, Set<string>>()
  for (const part of text.toLowerCase().split(";")) {
    const [category = "", list, ...more] = part.trim().split(":")
    const known = Object.hasOwn(CATEGORIES, category) ? CATEGORIES[category] : undefined
    const privileges = list?.split(",").map((name) => name.trim()) ?? []
    if (known === undefined || more.length > 0 || privileges.some((name) => !known.includes(name))) return undefined
    out.set(category, new Set([...out.get(category) ?? [], ...privileges, "read"]))
  }
  return out
}

/** Does it have `certificate:manage`? */
export const allows = (grants: Grants, wanted: string): boolean => {
  const [category = "", privilege = "read"] = wanted.split(":")
  return grants.get(category)?.has(privilege) === true
}

/** Is all of it in another one? */
export const isWithin = (grants: Grants, limit: Grants): boolean =>
  [...grants].every(([category, privileges]) => [...privileges].every((privilege) => allows(limit, `${category}:${privilege}`)))
