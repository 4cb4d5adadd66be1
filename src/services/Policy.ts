/**
 * How a call is retried and how long it may take. A reference with an empty default: layers and calls lay their values
 * over it.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Schedule from "effect/Schedule"
import type { CallError } from "../errors/CallError.ts"
import type { ResponseError } from "../errors/ResponseError.ts"

/** A failed attempt, as a retry Schedule sees it. */
export type AttemptFailure = CallError | ResponseError<string, number, unknown>

/** What may be retried: a status, or the tag of a failure without one. */
export type RetryOn = number | "ConnectionFailed" | "Timeout"

/** The retry budget of a session: each retry costs 1, each success refunds `refund`, up to `capacity`. */
export interface BudgetOptions {
  readonly capacity: number
  readonly refund: number
}

export interface PolicyOptions {
  /** limit of the whole call, retries, logins and waits included. Default none */
  readonly deadline?: Duration.Input | undefined
  /**
   * limit of one attempt: a duration, or a Schedule whose outputs are the limits of the first, second, … attempt (the
   * last one stays). Default 30 seconds. Typed `Duration.Duration` exactly: `Schedule.spaced` gives counts and would
   * mean 0, 1, 2 ms
   */
  readonly timeout?: Duration.Input | Schedule.Schedule<Duration.Duration> | undefined
  /** when to try again, and how often: a Schedule over failures, or `"none"`. Default 3 retries, exponential from 200 ms with jitter */
  readonly retry?: Schedule.Schedule<unknown, AttemptFailure> | "none" | undefined
  /** what may be retried at all. Default 429, 502, 503, 504, `ConnectionFailed`, `Timeout` */
  readonly retryOn?: ReadonlyArray<RetryOn> | undefined
  /**
   * which requests may be sent again once the server may have acted on them. `"safe"` (default): idempotent methods
   * (RFC 9110 section 9.2.2) and requests with an idempotency key. `"all"`: also POST and PATCH, as some vendors do
   */
  readonly retryMethods?: "safe" | "all" | undefined
  /** the longest `Retry-After` that is waited for; a longer one fails at once. Default 1 minute */
  readonly maxRetryAfter?: Duration.Input | undefined
  readonly budget?: BudgetOptions | undefined
  /** redirects followed in a row; 0 refuses any. Default 10 */
  readonly redirects?: number | undefined
}

/** The policy of the current scope. Lay values over it with `Policy.layer`. */
export const CurrentPolicy = Context.Reference<PolicyOptions>("credence/Policy", { defaultValue: () => noPolicy })

/** the one empty value: its identity marks "nothing set" on the hot path */
export const noPolicy: PolicyOptions = {}
