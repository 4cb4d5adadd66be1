/**
 * Policies of the official client, for those who depend on them.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { layer } from "../../layers/policy/Policy.ts"

/**
 * The rule of ansys-openapi-common 2.4.1: 31 seconds an attempt; of the methods that may be repeated three more attempts, after
 * 0, 2 and 4 seconds, on network errors and on 400, 429, 500, 502, 503 and 504.
 *
 * **Gotchas**
 *
 * A 400 says that the request is wrong, and will be wrong again: with this rule it takes six seconds to hear so.
 */
export const vendor: Layer.Layer<never> = /*#__PURE__*/ layer({
  timeout: "31 seconds",
  retry: /*#__PURE__*/ Schedule.modifyDelay(/*#__PURE__*/ Schedule.recurs(3), ({ output }) => Effect.succeed(output === 0 ? Duration.zero : Duration.seconds(2 ** output))),
  retryOn: [400, 429, 500, 502, 503, 504, "ConnectionFailed", "Timeout"]
})
