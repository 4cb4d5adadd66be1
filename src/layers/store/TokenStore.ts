/**
 * Where tokens are kept beyond one session, as Layers: given beside a session's other parts. What needs Node, a file or the
 * operating system's keyring, is in `credence/node`; Redis is in `credence/redis`.
 */
import * as Layer from "effect/Layer"
import { CurrentTokenStore, type TokenStore } from "../../services/TokenStore.ts"
import * as Memory from "./memory.ts"

export { CurrentTokenStore } from "../../services/TokenStore.ts"
export type { TokenLease, TokenStore } from "../../services/TokenStore.ts"

/**
 * The memory of this process: all sessions that are built with this one layer share their logins, e.g. overrides that are
 * made for each call. Nothing is left when the process ends.
 *
 * @example
 * ```ts
 * const Live = Billing.layer().pipe(Layer.provide([auth, configuration, transport, TokenStore.memory()]))
 * ```
 */
export const memory = (): Layer.Layer<never> => layer(Memory.make())

/**
 * A store of your own.
 *
 * @example
 * ```ts
 * TokenStore.layer({ name: "vault", load: (key) => …, lease: (key) => … })
 * ```
 */
export const layer = (store: TokenStore): Layer.Layer<never> => Layer.succeed(CurrentTokenStore, store)

/** No store: inside what has one, a session that keeps its tokens to itself. */
export const none: Layer.Layer<never> = /*#__PURE__*/ Layer.succeed(CurrentTokenStore, undefined)
