/** What came of a row, and whether that is what was wanted. */
import type { Refusal, Scenario } from "./scenarios.ts"

/** A row as a client gets it: no names are left in it, and the environment has its tickets. */
export interface Row extends Scenario {
  readonly ca: string
  /** its user agent, by which the servers' logs know it */
  readonly agent: string
  readonly environment: Readonly<Record<string, string>>
}

/** What a client saw. `failure`: no answer; `none`: the client has nothing to do this with. */
export type Outcome =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly exchanges?: number }
  | { readonly failure: Refusal | "none"; readonly detail: string }

/** `vague`: refused, but the type of the error or the exit code does not say by whom. */
export type Verdict = "ok" | "refused" | "vague" | "cannot"

export interface Judged {
  readonly verdict: Verdict
  /** why it cannot, e.g. `status 401`; empty where it can */
  readonly why: string
}

const answerOf = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === "object" && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

const refusalOf = (outcome: Outcome): Refusal | "none" | undefined =>
  "failure" in outcome ? outcome.failure : outcome.status === 401 ? "login" : outcome.status === 407 ? "proxy" : undefined

export const judge = ({ want }: Scenario, outcome: Outcome): Judged => {
  const cannot = (why: string): Judged => ({ verdict: "cannot", why })
  if (want.refused !== undefined) {
    const refusal = refusalOf(outcome)
    if (refusal === undefined) return cannot("not refused")
    if (refusal === "none") return cannot("failure" in outcome ? outcome.detail : "")
    if (want.refused.includes(refusal)) return { verdict: "refused", why: "" }
    // what never ends is not a refusal
    if (refusal === "timeout") return cannot("no end")
    return { verdict: "vague", why: "failure" in outcome ? outcome.detail : `status ${outcome.status}` }
  }
  if ("failure" in outcome) return cannot(outcome.detail)
  if (outcome.status !== (want.status ?? 200)) return cannot(`status ${outcome.status}`)
  const answer = answerOf(outcome.body)
  for (const [name, value] of Object.entries(want.answer ?? {})) {
    if (answer[name] !== value) return cannot(`${name} is ${JSON.stringify(answer[name])}`)
  }
  if (want.field !== undefined && outcome.headers[want.field] === undefined) return cannot(`no ${want.field}`)
  if (want.exchanges !== undefined && (outcome.exchanges ?? Infinity) > want.exchanges) return cannot(`${outcome.exchanges} exchanges`)
  return { verdict: "ok", why: "" }
}
