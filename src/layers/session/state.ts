/**
 * What a session holds while it lives.
 */
import type * as Context from "effect/Context"
import type { Issue } from "../../errors/CallError.ts"
import type * as Result from "effect/Result"
import type { Authenticator } from "../../services/Authentication.ts"
import type { CallOptions } from "../../services/Call.ts"
import type { CookieJar } from "../../services/CookieJar.ts"
import type { Hooks } from "../../services/Hooks.ts"
import type { PolicyOptions } from "../../services/Policy.ts"
import type { Parts } from "../../services/Session.ts"
import type { Transport } from "../../services/Transport.ts"
import type { Redaction } from "../../wire/redact.ts"
import type { Budget } from "../policy/budget.ts"
import type { Settings, Source } from "./settings.ts"
import type { Targets } from "./target.ts"

export interface SessionState {
  readonly api: string
  readonly id: string
  readonly baseUrl: URL
  readonly transport: Transport["Service"]
  /** set right after the state is made: a login is itself sent through this session */
  authenticator: Authenticator
  readonly parts: Context.Context<Parts>
  /** where calls go, and what may go along */
  readonly targets: Targets
  /** the cookies of an origin that the session is bound to: those of one never reach another */
  readonly jarOf: (origin: string) => CookieJar | undefined
  /** cookies of the session's own origin */
  readonly jar: CookieJar | undefined
  readonly budget: Budget
  readonly hooks: ReadonlyArray<Hooks>
  readonly sources: ReadonlyArray<Source>
  readonly settings: (policy: PolicyOptions, call: CallOptions) => Result.Result<Settings, ReadonlyArray<Issue>>
  readonly redaction: Redaction
  readonly summarize: (body: unknown) => string | undefined
  /** the answer says that the server undid what it had begun, and wants the request again */
  readonly undone: ((status: number | undefined, body: unknown) => boolean) | undefined
  /** there are no credentials that plain http could give away */
  readonly anonymous: boolean
  /** why it signs in this way, where configuration chose it */
  readonly why: string | undefined
  readonly userAgent: string
  closed: boolean
}
