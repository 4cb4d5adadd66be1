/**
 * The retry budget of a session: when half of everything fails, retries must not double the load.
 *
 * @see https://sre.google/sre-book/handling-overload/ per-client retry budget
 */
import type { BudgetOptions } from "../../services/Policy.ts"

export interface Budget {
  /** takes one token, if there is one */
  readonly take: () => boolean
  /** a success gives a part of a token back */
  readonly refund: () => void
  readonly left: () => number
}

/** A full bucket of `capacity` tokens; each success gives `refund` back. */
export const make = (options: BudgetOptions): Budget => {
  let tokens = options.capacity
  return {
    take: () => tokens >= 1 && (tokens -= 1) >= 0,
    refund: () => {
      if (tokens < options.capacity) tokens = Math.min(options.capacity, tokens + options.refund)
    },
    left: () => tokens
  }
}
