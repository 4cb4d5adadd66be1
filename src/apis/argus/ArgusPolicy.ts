/**
 * Policies of the official client, for those who depend on them.
 */
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { layer } from "../../layers/policy/Policy.ts"

/**
 * The rule of argus-api 5.1.0: 30 seconds an attempt; three retries at once, of every method, POST included, on network
 * errors, 500, 503 and 504, and on 413 and 429 as `Retry-After` says.
 *
 * **Gotchas**
 *
 * A POST whose answer was lost is sent again, and may then have been done twice. The default retries a POST only where the
 * server surely did not act on it.
 */
export const vendor: Layer.Layer<never> = /*#__PURE__*/ layer({
  timeout: "30 seconds",
  retry: /*#__PURE__*/ Schedule.recurs(3),
  retryOn: [413, 429, 500, 503, 504, "ConnectionFailed", "Timeout"],
  retryMethods: "all"
})
