/**
 * Limits of time for transports that have no finer way.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Timeout } from "../../errors/CallError.ts"
import type { TimeLimit, TransportError, TransportRequest } from "../../services/Transport.ts"
import { within } from "../policy/deadlines.ts"

/** Bounds a part of an exchange. Its end is a `Timeout` that says what the limit is called. */
export const limited = <A, R>(limit: TimeLimit | undefined, request: TransportRequest, self: Effect.Effect<A, TransportError, R>): Effect.Effect<A, TransportError, R> =>
  limit === undefined ? self : within(limit.millis, () =>
    Effect.fail(new Timeout({
      operation: request.operation,
      method: request.method,
      url: request.displayUrl,
      attempts: request.attempt,
      phase: limit.phase,
      limit: Duration.millis(limit.whole ?? limit.millis),
      processed: "maybe"
    })))(self)
