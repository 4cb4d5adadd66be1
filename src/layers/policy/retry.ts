/**
 * Whether and when to try again.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 idempotent methods may be repeated, others not
 * @see https://www.rfc-editor.org/rfc/rfc6585#section-4 429: the request was not served
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { AuthenticationFailed, ConnectionFailed, DecodeFailed, RedirectRefused, Timeout } from "../../errors/CallError.ts"
import type { NotRetried } from "../../errors/Failure.ts"
import type { AttemptFailure, RetryOn } from "../../services/Policy.ts"
import type { Budget } from "./budget.ts"

/** What decides about a retry, besides the failure. */
export interface RetryRules {
  readonly retryOn: ReadonlySet<RetryOn>
  readonly retryMethods: "safe" | "all"
  readonly idempotent: boolean
  /** the server says that it undid what it had begun, and wants the request again, whatever the status says */
  readonly undone: (failure: AttemptFailure) => boolean
  /** an earlier request of the same attempt was acted on, and then redirected */
  readonly acted: () => boolean
  /** another attempt of this request would not mend the failure: a login is retried where it happens, and a hook has failed by itself */
  readonly final: () => boolean
  /** the body can be sent again */
  readonly replayable: boolean
  /** the longest wait that a server may ask for, in milliseconds */
  readonly maxRetryAfter: number
}

/** Is this failure worth another attempt at all? */
const matches = (failure: AttemptFailure, on: ReadonlySet<RetryOn>): boolean => {
  if (failure instanceof ConnectionFailed) return on.has("ConnectionFailed") && failure.reason !== "body" && failure.reason !== "proxy"
  if (failure instanceof Timeout) return on.has("Timeout") && failure.phase !== "total"
  if (failure instanceof AuthenticationFailed || failure instanceof DecodeFailed || failure instanceof RedirectRefused) return false
  return failure.status !== undefined && on.has(failure.status)
}

/** Did the server surely not act on the request? */
const notProcessed = (failure: AttemptFailure): boolean =>
  failure instanceof ConnectionFailed || failure instanceof Timeout ? failure.processed === "no" : failure.status === 429

/** `true`: may be retried; `false`: no reason to; otherwise what forbids it. */
export const mayRetry = (failure: AttemptFailure, rules: RetryRules): boolean | NotRetried => {
  const undone = rules.undone(failure)
  if (rules.final() || !(undone || matches(failure, rules.retryOn))) return false
  if (!rules.idempotent && rules.retryMethods === "safe" && (rules.acted() || !(undone || notProcessed(failure)))) return "method"
  if (!rules.replayable) return "body"
  return true
}

/**
 * The user's Schedule with the session's rules around it: the server's `Retry-After` is the least delay, a delay past the
 * deadline is refused before it is slept, and each retry takes from the budget.
 */
export const guarded = (
  schedule: Schedule.Schedule<unknown, AttemptFailure>,
  rules: RetryRules,
  budget: Budget,
  remaining: () => number,
  onRefused: (failure: AttemptFailure, why: NotRetried) => void
): Schedule.Schedule<unknown, AttemptFailure> =>
  schedule.pipe(
    Schedule.modifyDelay(({ duration, input }) => Effect.succeed(input.retryAfter === undefined ? duration : Duration.max(duration, input.retryAfter))),
    Schedule.while(({ duration, input }) =>
      Effect.sync(() => {
        const allowed = mayRetry(input, rules)
        const why = allowed !== true
          ? allowed
          : Duration.toMillis(duration) >= remaining()
          ? "deadline"
          : input.retryAfter !== undefined && Duration.toMillis(input.retryAfter) > rules.maxRetryAfter
          ? "retryAfter"
          : budget.take() ? undefined : "budget"
        if (typeof why === "string") onRefused(input, why)
        return why === undefined
      })
    )
  )
