/**
 * What a call does when nobody says otherwise.
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import type { PolicyOptions } from "../../services/Policy.ts"

/** 30 s an attempt; up to 3 retries, 200 ms doubling with jitter, of what was surely not processed or may be repeated. */
export const defaultPolicy = (): PolicyOptions => ({
  timeout: Duration.seconds(30),
  retry: Schedule.max([Schedule.exponential(Duration.millis(200)), Schedule.recurs(3)]).pipe(Schedule.jittered),
  retryOn: [429, 502, 503, 504, "ConnectionFailed", "Timeout"],
  retryMethods: "safe",
  maxRetryAfter: Duration.minutes(1),
  budget: { capacity: 100, refund: 0.1 },
  redirects: 10
})
