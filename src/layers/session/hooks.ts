/**
 * Runs the hooks of a call at their places.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { type CallError, InvalidInput } from "../../errors/CallError.ts"
import { CurrentHooks, type Hooks } from "../../services/Hooks.ts"
import type { AttemptFailure } from "../../services/Policy.ts"
import { within } from "../policy/deadlines.ts"
import type { CallState } from "./call.ts"
import { headerIssues } from "./settings.ts"
import type { SessionState } from "./state.ts"

export const hooksOf = (session: SessionState, fiber: Fiber.Fiber<unknown, unknown>): ReadonlyArray<Hooks> => {
  const around = fiber.getRef(CurrentHooks)
  if (around.length === 0 || around === session.hooks) return session.hooks
  // hooks given to the session's layer may also be around the call: each runs once
  return session.hooks.length === 0 ? around : [...session.hooks, ...around.filter((hook) => !session.hooks.includes(hook))]
}

export const callEvent = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, reveal = false, url = reveal ? call.url.href : call.shownUrl()) => ({
  session: call.session.id,
  operation: call.plan.operation,
  method: call.request.method,
  url
})

export const attemptEvent = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, reveal = false, url?: string) => ({ ...callEvent(call, reveal, url), attempt: call.attempt })

/** Runs one place of all hooks, in order, each with an event that it may see */
export const observed = <A, E extends AttemptFailure, R, Event>(
  call: CallState<A, E, R>,
  place: (hook: Hooks) => ((event: Event) => Effect.Effect<void, CallError>) | undefined,
  event: (reveal: boolean) => Event,
  processed: "no" | "maybe"
): Effect.Effect<void, CallError> =>
  bounded(call, Effect.forEach(call.hooks, (hook) => ofHook(call, place(hook)?.(event(hook.reveal === true))), { discard: true }), processed)

/** A hook that fails ends the call: its failure, whatever it says, is not the request's. */
const ofHook = <A, E extends AttemptFailure, R, B>(call: CallState<A, E, R>, effect: Effect.Effect<B, CallError> | undefined): Effect.Effect<B | void, CallError> =>
  effect === undefined ? Effect.void : Effect.tapError(effect, () => Effect.sync(() => {
    call.final = true
  }))

/** Tells of a failed attempt. Its limit is over, and the failure stands: hooks that the deadline cuts short do not replace it */
export const failed = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, failure: AttemptFailure, retrying: boolean): Effect.Effect<void, CallError> =>
  within(Math.max(0, call.remaining()), () => Effect.void)(
    Effect.forEach(call.hooks, (hook) => hook.failure?.({ ...attemptEvent(call, hook.reveal === true), failure, retrying }) ?? Effect.void, { discard: true })
  )

/** {@link observed} for places that may add headers */
export const additions = <A, E extends AttemptFailure, R, Event>(
  call: CallState<A, E, R>,
  place: (hook: Hooks) => ((event: Event) => Effect.Effect<{ readonly headers: Readonly<Record<string, string>> } | void, CallError>) | undefined,
  event: (reveal: boolean) => Event
): Effect.Effect<Readonly<Record<string, string>>, CallError> =>
  bounded(call, Effect.flatMap(
    Effect.forEach(call.hooks, (hook) => ofHook(call, place(hook)?.(event(hook.reveal === true)))),
    (all) => {
      const headers: Record<string, string> = {}
      for (const added of all) if (added !== undefined) for (const [name, value] of Object.entries(added.headers)) headers[name.toLowerCase()] = value
      const issues = headerIssues(headers)
      return issues.length === 0 ? Effect.succeed(headers) : Effect.fail(new InvalidInput({ ...call.failure(), issues }))
    }
  ))

/** An effect outside the transport, such as a login, within what is left of the attempt and the deadline; `processed`: may the server have acted by now? */
export const bounded = <A, E extends AttemptFailure, R, B>(
  call: CallState<A, E, R>,
  effect: Effect.Effect<B, CallError>,
  processed: "no" | "maybe" = "no"
): Effect.Effect<B, CallError> => {
  if (Exit.isExit(effect)) return effect
  const due = Math.min(call.due, call.attemptDue)
  return due === Infinity ? effect : within(Math.max(0, due - call.deadlines.now()), () => Effect.fail(call.timeout(processed)))(effect)
}
