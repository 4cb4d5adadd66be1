/** Errors and times in the words of a diagnosis. */
import type { TransportError } from "credence/Transport"
import type { Failure } from "./model.ts"

/** An error as data. */
export const failureOf = (error: TransportError): Failure => ({
  tag: error._tag,
  reason: "reason" in error ? error.reason : error._tag === "Timeout" ? error.phase : undefined,
  code: "code" in error ? error.code : undefined
})

const endOf = (error: TransportError): string => {
  const at = error.message.indexOf(`(${error.method} ${error.url}`)
  const end = at < 0 ? -1 : error.message.indexOf("). ", at)
  return end < 0 ? "" : error.message.slice(end + 3)
}

/** What went wrong, without where: that is known here, as `label` or as a proxy. */
export const detailOf = (error: TransportError, label?: string): string => {
  if ("detail" in error && error.detail !== undefined) {
    const { detail } = error
    // with and without the word before it
    const without = (text: string, each: string): string => text.startsWith(each) ? text.slice(each.length).replace(/^:? /, "") : text
    return label === undefined ? detail : [label, `proxy ${label}`].reduce(without, detail)
  }
  const at = error.message.indexOf(`(${error.method} ${error.url}`)
  return error.message.slice(error.message.indexOf(": ") + 2, at < 0 ? undefined : at).trim()
}

/** What to do about it: the error's own advice. */
export const adviceOf = (error: TransportError): string | undefined => endOf(error) || undefined

const day = 86_400_000

/** `in 30 days`, `3 days ago` */
export const daysFrom = (now: number, time: number): string => {
  const days = Math.floor(Math.abs(time - now) / day)
  const text = days === 1 ? "1 day" : `${days} days`
  return time >= now ? `in ${text}` : `${text} ago`
}

/** `2 minutes 5 seconds` */
export const spanOf = (seconds: number): string => {
  const whole = Math.round(Math.abs(seconds))
  if (whole < 1) return "less than a second"
  const parts = ([["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]] as const).flatMap(([name, size], index, all) => {
    const count = Math.floor((index === 0 ? whole : whole % (all[index - 1]?.[1] ?? 1)) / size)
    return count === 0 ? [] : [`${count} ${name}${count === 1 ? "" : "s"}`]
  })
  return parts.slice(0, 2).join(" ")
}
