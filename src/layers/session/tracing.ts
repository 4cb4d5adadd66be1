/**
 * A span a call, where somebody looks at spans.
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { AttemptFailure } from "../../services/Policy.ts"
import type { CallState } from "./call.ts"

/** Does anybody look at spans? Without a parent span or a tracer they would only cost time. */
export const isTraced = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  fiber.cache.tracerEnabled && (fiber.cache.span !== undefined || fiber.cache.tracer !== undefined)

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export const traced = <A, E extends AttemptFailure, R, B, E2>(call: CallState<A, E, R>, self: Effect.Effect<B, E2, R>): Effect.Effect<B, E2, R> =>
  Effect.withSpan(self, call.plan.operation, {
    kind: "client",
    attributes: {
      "http.request.method": call.request.method,
      "url.full": call.shownUrl(),
      "server.address": call.url.hostname,
      "credence.session": call.session.id
    }
  }) as Effect.Effect<B, E2, R>
