/**
 * What happens to a session's login. As data, without any secret.
 */
import type { CallError } from "../errors/CallError.ts"
import type { StoreFailed } from "../errors/StoreFailed.ts"

/** Where a credential came from. */
export type CredentialSource = "given" | "login" | "refresh" | "store"

/** What happened. Times are Unix milliseconds. */
export type SessionHappening =
  /** a credential is in use from now on */
  | {
    readonly _tag: "Renewed"
    readonly generation: number
    readonly source: CredentialSource
    readonly expires?: number | undefined
  }
  /** no new credential came; calls may go on with the present one, until `expires` */
  | { readonly _tag: "RenewalFailed"; readonly error: CallError; readonly nextAttempt?: number | undefined }
  /** the server answered 401 to a credential that had not expired */
  | { readonly _tag: "Rejected"; readonly generation: number }
  /** the store could not be used: tokens are kept in memory meanwhile */
  | { readonly _tag: "StoreFailed"; readonly error: StoreFailed }
  /** the login was ended on the server */
  | { readonly _tag: "SignedOut" }
  /** the server was asked to end the login and did not: it ends by itself when it expires */
  | { readonly _tag: "SignOutFailed"; readonly error: CallError }
  | { readonly _tag: "Closed" }

export type SessionEvent = SessionHappening & {
  readonly session: string
  /** Unix time in milliseconds */
  readonly timestamp: number
}
