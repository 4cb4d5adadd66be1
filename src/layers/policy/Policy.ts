/**
 * Policies as Layers: for a session, or for a part of a program.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CurrentPolicy, type PolicyOptions } from "../../services/Policy.ts"

export type { AttemptFailure, BudgetOptions, PolicyOptions, RetryOn } from "../../services/Policy.ts"
export { defaultPolicy } from "./defaults.ts"

/**
 * Lays a policy over what is around it: given to a session's layer it is the session's, around a part of a program it is
 * that part's. `Call.with` beats it. The `budget` counts where it is given to a session.
 *
 * @example
 * ```ts
 * const patient = Policy.layer({ deadline: "1 minute", timeout: Schedule.exponential("5 seconds"), retryOn: [429, 503] })
 * ```
 */
export const layer = (options: PolicyOptions): Layer.Layer<never> => {
  // what is not set leaves what is around it
  const set: PolicyOptions = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  // not Layer.effect: a layer memoized by identity would keep what was around its first use
  return Layer.fromBuild(() => Effect.contextWith((context: Context.Context<never>) =>
    Effect.succeed(Context.make(CurrentPolicy, { ...Context.get(context, CurrentPolicy), ...set }))
  ))
}
