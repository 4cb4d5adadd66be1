/**
 * Dates and times as texts.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6 the grammar
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.7 days of months; appendix C: leap years
 */
const long = "(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
const short = "(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)"
const february = "02-(?:0[1-9]|1\\d|2[0-8])"
const leapYear = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
const fullDate = `(?:\\d{4}-(?:${long}|${short}|${february})|${leapYear}-02-29)`
// a leap second needs a table of those that were
const fullTime = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)"

/** `full-date`: `2024-02-29` */
export const date: RegExp = new RegExp(`^${fullDate}$`)

/** `date-time`: `1985-04-12T23:20:50.52Z`. The offset belongs to it: without one it is no point in time. */
export const dateTime: RegExp = new RegExp(`^${fullDate}T${fullTime}$`)
