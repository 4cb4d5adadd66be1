/**
 * A session as endpoints and tools see it: who am I, to which server, over what.
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { CallError } from "../errors/CallError.ts"
import type { ResponseError } from "../errors/ResponseError.ts"
import type { Authentication, AuthenticationStatus } from "./Authentication.ts"
import type { Configuration } from "./Configuration.ts"
import type { Operation } from "./Operation.ts"
import type { SessionEvent } from "./SessionEvent.ts"
import type { RequestBody, Transport, TransportResponse } from "./Transport.ts"

/** What a session is made of. */
export type Parts = Configuration | Authentication | Transport

/** A request without an endpoint. */
export interface RawRequest {
  /** for errors and hooks. Default: the method and path */
  readonly operation?: string | undefined
  readonly method: string
  /** a path below the base URL, or an absolute URL. An origin that is neither the session's nor one of the API's servers gets no credentials and none of the session's headers */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: RequestBody | undefined
  /** may be repeated although the server may have acted on it. Default: by method (RFC 9110 section 9.2.2) */
  readonly idempotent?: boolean | undefined
  /** a redirect to another origin is the answer: what is there says nothing of this session. Default `false`: it is followed, without credentials */
  readonly stays?: boolean | undefined
}

/** How a session stands. As data, without any secret. */
export interface SessionStatus {
  readonly session: string
  readonly baseUrl: string
  readonly transport: string
  readonly authentication: AuthenticationStatus
}

/** What `explain` looks at of an endpoint. */
export type ExplainedOperation = Pick<Operation<never, unknown, never>, "name" | "method" | "path" | "security" | "server">

/** One setting that is in force, and where it came from. */
export interface ExplainedSetting {
  readonly stage: string
  readonly setting: string
  readonly value: string
  readonly source: string
}

/** What would happen: the settings in the order in which a call meets them. `text` is the same as a table. */
export interface Explanation {
  readonly operation: string
  readonly settings: ReadonlyArray<ExplainedSetting>
  readonly text: string
}

export interface Session<out Api extends string = string> {
  /** the API, e.g. `argus` */
  readonly api: Api
  /** this session, e.g. `argus` or `argus/eu` */
  readonly id: string
  /** calls an endpoint: the whole pipeline, then decoding */
  readonly execute: <I, A, E extends ResponseError<string, number, unknown>>(operation: Operation<I, A, E>, input: I) => Effect.Effect<A, E | CallError>
  /** the same, with a success's body as a stream */
  readonly open: <I, A, E extends ResponseError<string, number, unknown>>(operation: Operation<I, A, E>, input: I) => Effect.Effect<A, E | CallError, Scope.Scope>
  /** the same without decoding: a status is a response here */
  readonly raw: <I, E extends ResponseError<string, number, unknown>>(operation: Operation<I, unknown, E>, input: I) => Effect.Effect<TransportResponse, CallError>
  /** sends a request without an endpoint through the whole pipeline; a status is a response here */
  readonly request: (request: RawRequest) => Effect.Effect<TransportResponse, CallError>
  /** logs in now, where that is a thing to do */
  readonly authenticate: Effect.Effect<void, CallError>
  /** signs in so that these scopes are covered, too, from now on. Fails with `CapabilityUnavailable` where the login cannot be asked for more */
  readonly stepUp: (scopes: ReadonlyArray<string>) => Effect.Effect<void, CallError>
  /** ends the login on the server and forgets it, also in the store; where there is nothing to end it succeeds. The next call signs in anew */
  readonly signOut: Effect.Effect<void, CallError>
  /** the present access token, for another program; signs in first where that is due. Fails with `AuthenticationFailed` where the session has none */
  readonly token: Effect.Effect<Redacted.Redacted<string>, CallError>
  /** closes the session now, as the end of its scope would: later calls fail with `SessionClosed`. Never fails */
  readonly disconnect: Effect.Effect<void>
  /** what happens to the login, from now on; ends when the session closes */
  readonly events: Stream.Stream<SessionEvent>
  readonly status: Effect.Effect<SessionStatus>
  readonly explain: (operation?: ExplainedOperation) => Effect.Effect<Explanation>
  /** it answers by itself, as in a test: an override or a narrower session of it is itself */
  readonly fixed?: true | undefined
  /** the parts it was made of, for an override */
  readonly parts: Context.Context<Parts>
}
