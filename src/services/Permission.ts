/**
 * Permissions as phantom members of `R`: never values, only types.
 */

/** A permission of one API's session. Branded by the session class: one API's session never grants another's. */
export interface Permission<in out S, out P extends string> {
  readonly "~credence/permission": { readonly session: (_: S) => S; readonly name: P }
}

/**
 * The permissions an effect needs, as members of its `R`. A full session provides all of its own.
 *
 * @example
 * ```ts
 * declare const read: Effect.Effect<Case, CallError, Argus | Can<Argus, "viewCases">>
 * ```
 */
export type Can<S, P extends string> = P extends unknown ? Permission<S, P> : never
