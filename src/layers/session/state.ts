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

export interface SessionState {
  readonly api: string
  readonly id: string
  readonly baseUrl: URL
  readonly transport: Transport["Service"]
  /** set right after the state is made: a login is itself sent through this session */
  authenticator: Authenticator
  readonly parts: Context.Context<Parts>
  readonly jar: CookieJar | undefined
  readonly budget: Budget
  readonly hooks: ReadonlyArray<Hooks>
  readonly sources: ReadonlyArray<Source>
  readonly settings: (policy: PolicyOptions, call: CallOptions) => Result.Result<Settings, ReadonlyArray<Issue>>
  readonly redaction: Redaction
  readonly summarize: (body: unknown) => string | undefined
  /** credentials may travel: the base URL is https, loopback, or plain http was allowed */
  readonly secure: boolean
  readonly userAgent: string
  closed: boolean
}
