/**
 * What the environment and a profile say, where they were asked.
 */
import type { AuthenticationStage, Method, SettingsStage } from "./model.ts"

interface Prefixed {
  readonly prefix: string
  readonly profile: string | undefined
  /** variables with that prefix that are set; `undefined`: they were not asked for */
  readonly set: ReadonlyArray<string> | undefined
}

export const settingsStage = (set: ReadonlyArray<string>, { prefix, profile }: Prefixed): SettingsStage => ({
  stage: "settings",
  status: "ok",
  lines: [set.length === 0 ? `no variable that begins with ${prefix}_ is set` : `set: ${set.join(", ")}`],
  advice: undefined,
  millis: undefined,
  facts: { prefix, profile: profile ?? null, set }
})

/** Variables that a way of logging in reads. */
const needs: Readonly<Partial<Record<Method, ReadonlyArray<string>>>> = {
  digest: ["USERNAME", "PASSWORD"],
  basic: ["USERNAME", "PASSWORD"],
  ntlm: ["USERNAME", "PASSWORD"],
  bearer: ["TOKEN"]
}

/** Are the credentials set that the server asks for? */
export const withSettings = (stage: AuthenticationStage, { prefix, set }: Prefixed): AuthenticationStage => {
  if (set === undefined || stage.facts?.asked !== true) return stage
  const missing = (needs[stage.facts.use] ?? []).map((name) => `${prefix}_${name}`).filter((name) => !set.includes(name))
  return missing.length === 0
    ? stage
    : {
      ...stage,
      status: stage.status === "ok" ? "warning" : stage.status,
      lines: [...stage.lines, `not set: ${missing.join(", ")}`],
      advice: stage.advice ?? `Set ${missing.join(" and ")}, in the environment or the profile`
    }
}

