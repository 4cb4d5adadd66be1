/**
 * Where tokens are kept, beyond the memory of one session. A store keeps texts by key and knows nothing of tokens; the right
 * to replace one is a lease, so that a token that can be spent once is spent by one holder only, among all that share it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { StoreFailed } from "../errors/StoreFailed.ts"

/** The right to replace what is under a key. It ends with its scope, or a while after its holder died. */
export interface TokenLease {
  /** grows with each lease of a key: who writes with an old one is refused */
  readonly fence: number
  /** replaces the text under the key; fails with `lost` where somebody else holds the lease by now */
  readonly save: (value: Redacted.Redacted<string>) => Effect.Effect<void, StoreFailed>
  readonly remove: Effect.Effect<void, StoreFailed>
}

export interface TokenStore {
  /** for people, e.g. `file /home/ada/.local/state/credence/tokens` */
  readonly name: string
  /**
   * nothing of it outlives this process: who wants a login from it must have the same secrets as who put it there. From any
   * other store whoever may read it gets the login. Default `false`
   */
  readonly ephemeral?: boolean | undefined
  /** the text under a key, `undefined` where there is none */
  readonly load: (key: string) => Effect.Effect<Redacted.Redacted<string> | undefined, StoreFailed>
  /** waits for its turn. Interrupting it gives up the place in the queue */
  readonly lease: (key: string) => Effect.Effect<TokenLease, StoreFailed, Scope.Scope>
}

/** The store of the sessions that are built here; `undefined`: each session keeps its tokens in its own memory. */
export const CurrentTokenStore = Context.Reference<TokenStore | undefined>("credence/TokenStore", { defaultValue: () => undefined })
