/**
 * Endpoints as `credence call` reads them: what a mock needs, and what calls them.
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { MockEndpoint } from "../mock/MockEndpoint.ts"

/** An endpoint whose types are known at run time only. */
export interface CallEndpoint extends MockEndpoint {
  (input: unknown): Effect.Effect<unknown, unknown, unknown>
  readonly operation: MockEndpoint["operation"] & { readonly streaming: boolean; readonly permissions: ReadonlyArray<string> }
  readonly session: unknown
  /** of a paged one */
  readonly items?: ((input: unknown) => Stream.Stream<unknown, unknown, unknown>) | undefined
}
