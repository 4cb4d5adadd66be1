/**
 * Options for one call, or for every call of a part of a program. One reference; nested options merge.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { PolicyOptions } from "./Policy.ts"
import type { ProxyOption, TlsOptions } from "./Transport.ts"

/** How a response is checked against its schema. */
export type DecodeMode =
  /** unknown fields are kept and drift is reported, not failed. The default */
  | "tolerant"
  /** anything the schema does not know is `DecodeFailed` */
  | "strict"
  /** the parsed body as it is, unchecked: the type is then a promise of the server, not of this library */
  | "off"

/** What a call may set for itself. Everything is optional; a name set here beats every other source. */
export interface CallOptions extends Omit<PolicyOptions, "budget"> {
  /** added to the request; a value here beats the endpoint's and the session's. They go to the session's own origins, or to the `baseUrl` that the call names, and never along a redirect to another origin */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** `false` sends this call without the session's credentials */
  readonly auth?: boolean | undefined
  /** another base URL for this call; it beats a server of the endpoint. An origin that is neither the session's nor one of the API's servers gets no credentials */
  readonly baseUrl?: string | undefined
  readonly tls?: TlsOptions | undefined
  readonly proxy?: ProxyOption | undefined
  /** members added to a JSON or form body, for what the endpoint does not declare */
  readonly body?: Readonly<Record<string, unknown>> | undefined
  readonly decode?: DecodeMode | undefined
  /** bytes of a buffered response after decompression */
  readonly maxResponseSize?: number | undefined
}

/** the one empty value: its identity marks "nothing set" on the hot path */
export const noOptions: CallOptions = {}

/** The options of the current scope. */
export const CurrentCall = Context.Reference<CallOptions>("credence/Call", { defaultValue: () => noOptions })

/** field names are the same in any case (RFC 9110 section 5.1) */
const lowerCase = (headers: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))

/** Member by member: who only turns verification off keeps the client certificate. */
export const mergeTls = (under: TlsOptions, over: TlsOptions): TlsOptions => ({
  ...under,
  ...Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined))
})

/** Lays `over` on `under`: headers, body members and members of `tls` merge, everything else is replaced. */
export const merge = (under: CallOptions, over: CallOptions): CallOptions =>
  // sessions remember what options amount to by their identity, so one `Call.with` should give one object
  under === noOptions ? over : {
    ...under,
    ...Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined)),
    ...(under.headers !== undefined || over.headers !== undefined ? { headers: { ...lowerCase(under.headers), ...lowerCase(over.headers) } } : {}),
    ...(under.body !== undefined || over.body !== undefined ? { body: { ...under.body, ...over.body } } : {}),
    ...(under.tls !== undefined && over.tls !== undefined ? { tls: mergeTls(under.tls, over.tls) } : {})
  }

const With = (options: CallOptions) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.updateService(self, CurrentCall, (outer) => merge(outer, options))

export {
  /**
   * Sets options for the calls in an effect. Nested ones merge, the inner one wins. A `deadline` bounds each call.
   *
   * @example
   * ```ts
   * getCaseMetadataByID({ id: 1 }).pipe(Call.with({ timeout: "5 seconds", retry: "none", headers: { "x-trace": "1" } }))
   * ```
   */
  With as with
}

/** {@link with} for a Stream: a `deadline` bounds each request, not the whole stream. */
export const withStream = (options: CallOptions) => <A, E, R>(self: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
  Stream.updateService(self, CurrentCall, (outer) => merge(outer, options))

/**
 * {@link with} as a Layer, for a part of a program. Merges with what is around it; two of them side by side in one
 * `Effect.provide([a, b])` do not merge: the later one wins.
 */
export const layer = (options: CallOptions): Layer.Layer<never> =>
  // not Layer.effect: that memoizes by identity, and a hoisted layer would keep the options of its first use
  Layer.fromBuild(() => Effect.contextWith((context: Context.Context<never>) =>
    Effect.succeed(Context.make(CurrentCall, merge(Context.get(context, CurrentCall), options)))
  ))
