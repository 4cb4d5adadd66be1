/**
 * This machine's clock against a server's.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1 Date
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.3 Age: the answer was made so long ago
 */

/** Seconds. */
export interface Skew {
  /** by how much this machine is ahead; negative: behind */
  readonly ahead: number
  /** it may be so much more or less */
  readonly uncertainty: number
}

/**
 * The skew that an answer's `Date` shows; `undefined` where it has none. `Date` has whole seconds and was written somewhere
 * between request and answer; what a cache gives is as old as `Age` says.
 *
 * @example
 * ```ts
 * skewOf({ date: "Mon, 23 Nov 2026 12:00:00 GMT", age: undefined, sent, received })
 * ```
 */
export const skewOf = (answer: {
  readonly date: string | undefined
  readonly age: string | undefined
  readonly sent: number
  readonly received: number
}): Skew | undefined => {
  const written = answer.date === undefined || !answer.date.trim().endsWith("GMT") ? NaN : Date.parse(answer.date)
  if (Number.isNaN(written)) return undefined
  const age = answer.age !== undefined && /^\d{1,9}$/.test(answer.age.trim()) ? Number(answer.age) : 0
  // on average half a second has been cut off
  const there = written + 500 + age * 1000
  const here = (answer.sent + answer.received) / 2
  return { ahead: round((here - there) / 1000), uncertainty: round(0.5 + (answer.received - answer.sent) / 2000 + (age > 0 ? 0.5 : 0)) }
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10

/** Below this nobody minds. */
export const harmlessSkew = 30

/** Kerberos refuses a skew above this (RFC 4120 section 8.2), and tokens are not valid yet, or not any more. */
export const toleratedSkew = 300
