/** Claims about types; the compiler checks them, nothing runs. */
import type * as Effect from "effect/Effect"

/** the same type, `any` and optionality included */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false

/** compiles only for `true` */
export const claim = <_Claim extends true>(): void => {}

export type SuccessOf<T> = T extends Effect.Effect<infer A, infer _E, infer _R> ? A : never
export type ErrorOf<T> = T extends Effect.Effect<infer _A, infer E, infer _R> ? E : never
export type NeedsOf<T> = T extends Effect.Effect<infer _A, infer _E, infer R> ? R : never
