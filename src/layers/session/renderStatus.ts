/**
 * A session's status for people.
 */
import type { AuthenticationStatus } from "../../services/Authentication.ts"
import type { SessionStatus } from "../../services/Session.ts"

/**
 * A status as lines of text, without any secret. Points in time are in ISO 8601; with `now` (Unix milliseconds) also as how
 * far away they are.
 *
 * @example
 * ```ts
 * yield* Console.log(Session.renderStatus(yield* Billing.status, { now: yield* Clock.currentTimeMillis }))
 * ```
 */
export const renderStatus = (status: SessionStatus, { now }: { readonly now?: number | undefined } = {}): string => {
  const lines: Array<Line> = [["session", status.session], ["server", status.baseUrl], ["transport", status.transport], ...linesOf(status.authentication, now)]
  const shown = lines.filter(([, value]) => value !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n")
}

type Line = readonly [name: string, value: string | undefined]

const linesOf = (status: AuthenticationStatus, now: number | undefined): ReadonlyArray<Line> => [
  ["method", status.method],
  ["state", status.state === "none" ? "not signed in" : status.state],
  ["identity", status.identity],
  ["scopes", status.scopes?.join(" ")],
  ["from", status.source],
  ["expires", status.expires === undefined ? undefined : time(status.expires, now)],
  ["last refresh", status.lastRefresh === undefined ? undefined : time(status.lastRefresh, now)],
  ["next refresh", status.nextRefresh === undefined ? undefined : `${time(status.nextRefresh, now)}, by the first call after that`],
  ["store", status.store === undefined ? undefined : status.store.name],
  ["store problem", status.store?.problem],
  ...Object.entries(status.schemes ?? {}).flatMap(([name, scheme]) => linesOf(scheme, now).map(([what, value]): Line => [`${name}: ${what}`, value]))
]

const time = (at: number, now: number | undefined): string => {
  const text = new Date(at).toISOString()
  if (now === undefined) return text
  const distance = Math.abs(at - now)
  const seconds = Math.round(distance / 1000)
  const span = seconds < 120 ? `${seconds} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
  return `${text} (${at < now ? `${span} ago` : `in ${span}`})`
}
