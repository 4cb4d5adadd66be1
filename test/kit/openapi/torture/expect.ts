/** Claims about generated code; the compiler checks them, nothing runs. */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { CallError } from "credence"

export { claim, type Same } from "../../../types/support.ts"

/** The types themselves, for claims by name. */
export type Fits<A, B> = [A] extends [B] ? true : false
/** Each fits the other: the same, in other words. */
export type Alike<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false

interface AnyEndpoint {
  readonly session: Context.Key<never, never> | object
  (...input: never): Effect.Effect<unknown, unknown, unknown>
}

/** What an endpoint takes. */
export type Input<E extends AnyEndpoint> = NonNullable<Parameters<E>[0]>
/** May it be called with nothing? */
export type NeedsNothing<E extends AnyEndpoint> = [] extends Parameters<E> ? true : false
/** What an endpoint gives. */
export type Output<E extends AnyEndpoint> = ReturnType<E> extends Effect.Effect<infer A, infer _E, infer _R> ? A : never
/** What an endpoint declares to fail with, besides what any call can. */
export type Errors<E extends AnyEndpoint> = ReturnType<E> extends Effect.Effect<infer _A, infer F, infer _R> ? Exclude<F, CallError> : never
/** What an endpoint needs. */
export type Needs<E extends AnyEndpoint> = ReturnType<E> extends Effect.Effect<infer _A, infer _E, infer R> ? R : never
