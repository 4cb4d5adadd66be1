/**
 * Named places in the way of a call. Tracing, logging, recording and signing are built on them, not beside them.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CallError } from "../errors/CallError.ts"
import type { AttemptFailure } from "./Policy.ts"
import type { ResponseHeaders } from "./Transport.ts"

/** What each hook is told. Texts are redacted unless the hook asks otherwise. */
export interface CallEvent {
  readonly session: string
  readonly operation: string
  readonly method: string
  readonly url: string
}
export interface AttemptEvent extends CallEvent {
  /** 1 for the first */
  readonly attempt: number
}
/** A request as it goes on the wire: each attempt, redirect and answer to a challenge is one. */
export interface HopEvent extends AttemptEvent {
  /** 0 for the first request of an attempt */
  readonly hop: number
  readonly headers: Readonly<Record<string, string>>
  /** the body where it is in memory; only for hooks that `reveal` */
  readonly body: Uint8Array | string | undefined
}
export interface ResponseEvent extends AttemptEvent {
  readonly hop: number
  readonly status: number
  readonly headers: ResponseHeaders
}
export interface FailureEvent extends AttemptEvent {
  readonly failure: AttemptFailure
  /** whether another attempt follows */
  readonly retrying: boolean
}
/** A response that its schema did not foresee. */
export interface DriftEvent extends CallEvent {
  readonly drift: ReadonlyArray<Drift>
}
export interface Drift {
  readonly kind: "unknown field" | "unknown value" | "unknown variant" | "bad item"
  /** where in the body, e.g. `data[3].status` */
  readonly path: string
  readonly message: string
}

/** Fields to add to a request. */
export interface AddHeaders {
  readonly headers: Readonly<Record<string, string>>
}

/** Effects at the named places. A failure of one fails the call. */
export interface Hooks<out R = never> {
  /** once a call, before anything else */
  readonly call?: ((event: CallEvent) => Effect.Effect<void, CallError, R>) | undefined
  /** before each attempt; may add headers to all its requests */
  readonly attempt?: ((event: AttemptEvent) => Effect.Effect<AddHeaders | void, CallError, R>) | undefined
  /** before each request, when it is complete; may add headers, e.g. a signature. Only requests to the session's own origins can be added to */
  readonly hop?: ((event: HopEvent) => Effect.Effect<AddHeaders | void, CallError, R>) | undefined
  /** after each response's head */
  readonly response?: ((event: ResponseEvent) => Effect.Effect<void, CallError, R>) | undefined
  /** after each failed attempt */
  readonly failure?: ((event: FailureEvent) => Effect.Effect<void, CallError, R>) | undefined
  /** after a response that its schema did not foresee */
  readonly drift?: ((event: DriftEvent) => Effect.Effect<void, CallError, R>) | undefined
  /** `true`: URLs, headers and bodies come as they are, secrets included. Default `false` */
  readonly reveal?: boolean | undefined
}

/** The hooks of the current scope, outermost first. */
export const CurrentHooks = Context.Reference<ReadonlyArray<Hooks>>("credence/Hooks", { defaultValue: () => noHooks })

/** the one empty value: its identity marks "nothing set" on the hot path */
export const noHooks: ReadonlyArray<Hooks> = []

/**
 * Adds hooks to those already there. What they need is taken from where the layer is built.
 *
 * @example
 * ```ts
 * const Log = Hooks.layer({ failure: (e) => Effect.logWarning(`${e.operation}, attempt ${e.attempt}: ${e.failure.message}`) })
 * program.pipe(Effect.provide(Log))
 * ```
 */
export const layer = <R = never>(hooks: Hooks<R>): Layer.Layer<never, never, R> =>
  Layer.fromBuild(() => Effect.contextWith((context: Context.Context<R>) => {
    const provide = <Event, B, E>(place: ((event: Event) => Effect.Effect<B, E, R>) | undefined) =>
      place === undefined ? undefined : (event: Event): Effect.Effect<B, E> => Effect.provideContext(place(event), context)
    const bound: Hooks = {
      call: provide(hooks.call),
      attempt: provide(hooks.attempt),
      hop: provide(hooks.hop),
      response: provide(hooks.response),
      failure: provide(hooks.failure),
      drift: provide(hooks.drift),
      reveal: hooks.reveal
    }
    return Effect.succeed(Context.make(CurrentHooks, [...Context.get(context, CurrentHooks), bound]))
  }))
