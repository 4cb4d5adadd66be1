/**
 * Field names and values.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.1 field names are tokens
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5 field values: no CR, LF or NUL
 */
import * as Duration from "effect/Duration"

/** Response fields: lower-case names; several fields of one name are an array. */
export type ResponseHeaders = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const forbidden = /[\0\r\n]/
const beyondLatin1 = /[^\t\x20-\x7e\x80-\xff]/

/** Fields about the connection, which the transport frames by itself (RFC 9110 section 7.6.1). */
const framing = /^(?:connection|keep-alive|proxy-connection|trailer|transfer-encoding|upgrade)$/i

/** What is wrong with a field, or `undefined`. The value itself is never quoted: it may be a secret. */
export const fieldProblem = (name: string, value: string): string | undefined =>
  !token.test(name)
    ? "a field name may hold letters, digits and !#$%&'*+-.^_`|~ only"
    : framing.test(name)
    ? "this field is about the connection, which the transport frames by itself"
    : forbidden.test(value)
    ? "a field value may not hold CR, LF or NUL"
    : beyondLatin1.test(value)
    ? "a field value may hold visible ISO 8859-1 characters only"
    : undefined

/** Is this text free of the characters that could end a line of the request? */
export const isSingleLine = (text: string): boolean => !forbidden.test(text)

/** The value of a response field; several fields of one name are joined as RFC 9110 section 5.3 says. */
export const get = (headers: ResponseHeaders, name: string): string | undefined => {
  const value = headers[name]
  return value === undefined || typeof value === "string" ? value : value.join(", ")
}

/** All values of a response field, e.g. of `set-cookie`, whose values must not be joined (RFC 6265 section 3). */
export const getAll = (headers: ResponseHeaders, name: string): ReadonlyArray<string> => {
  const value = headers[name]
  return value === undefined ? [] : typeof value === "string" ? [value] : value
}

/**
 * How long `Retry-After` asks to wait: seconds or an HTTP date. Garbage and the past are no wish at all.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export const retryAfter = (headers: ResponseHeaders, nowMillis: number): Duration.Duration | undefined => {
  const value = get(headers, "retry-after")?.trim()
  if (value === undefined || value === "") return undefined
  if (/^\d+$/.test(value)) {
    const seconds = Number(value)
    // beyond this a number of milliseconds is no exact integer any more; no caller waits 285,000 years
    return seconds > 9_000_000_000 ? Duration.infinity : Duration.seconds(seconds)
  }
  const millis = (httpDate(value) ?? NaN) - nowMillis
  return millis > 0 ? Duration.millis(millis) : undefined
}

/** An HTTP date in any of its three forms, in Unix milliseconds (RFC 9110 section 5.6.7). */
const httpDate = (value: string): number | undefined => {
  // the parser of dates takes almost anything for one: all three forms of an HTTP date begin with a day and hold a time
  if (!/^[A-Za-z]{3,9},? .*\d\d:\d\d:\d\d/.test(value)) return undefined
  // of the three, asctime alone names no zone: it is GMT as well
  const millis = Date.parse(/(?:GMT|UTC)$/.test(value) ? value : `${value} GMT`)
  return Number.isNaN(millis) ? undefined : millis
}

/**
 * By how many milliseconds the server's clock is ahead of ours, by `Date` of its answer; `undefined`: it does not tell. The
 * field has whole seconds and the answer took a while, so less than 2 seconds count as none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
 */
export const clockSkew = (headers: ResponseHeaders, nowMillis: number): number | undefined => {
  const date = httpDate(get(headers, "date")?.trim() ?? "")
  if (date === undefined) return undefined
  return Math.abs(date - nowMillis) < 2000 ? 0 : date - nowMillis
}

/** What servers call a request, in the order in which vendors use the names. */
export const requestId = (headers: ResponseHeaders): string | undefined =>
  get(headers, "x-request-id") ?? get(headers, "request-id") ?? get(headers, "x-correlation-id") ?? get(headers, "x-amzn-requestid")
