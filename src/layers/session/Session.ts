/**
 * Session classes: one for each API. Endpoints name the class in their `R`, so two APIs never mix and a missing session is
 * a compile error.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { CallError } from "../../errors/CallError.ts"
import { UnexpectedStatus } from "../../errors/CallError.ts"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import type { Permission } from "../../services/Permission.ts"
import type { ExplainedOperation, Explanation, Parts, Session, SessionStatus } from "../../services/Session.ts"
import type { SessionEvent } from "../../services/SessionEvent.ts"
import { isSuccess } from "../../wire/status.ts"
import { joinPath } from "../../wire/url.ts"
import { laidOver } from "./override.ts"
import { makeKeyed, type KeyedClass, type KeyedOptions } from "./keyed.ts"
import { type ApiOptions, make } from "./make.ts"
import { makePromise, type PromiseSession } from "./promise.ts"

export type { Can, Permission } from "../../services/Permission.ts"
export type { ExplainedOperation, ExplainedSetting, Explanation, Parts, RawRequest, Session, SessionStatus } from "../../services/Session.ts"
export type { CredentialSource, SessionEvent, SessionHappening } from "../../services/SessionEvent.ts"
export { fetch, type Fetch } from "./fetch.ts"
export { httpClient, httpClientLayer } from "./httpClient.ts"
export type { KeyedClass, KeyedOptions } from "./keyed.ts"
export type { ApiOptions } from "./make.ts"
export { narrow } from "./narrow.ts"
export type { PromiseSession } from "./promise.ts"
export { renderStatus } from "./renderStatus.ts"

/** What a full session of an API provides: itself and every permission. */
export type Full<Self> = Self | Permission<Self, string>

/** Marks one of several sessions of an API. Provided by `named(…).layer()`. */
export interface NamedSession<in out Id extends string> {
  readonly "~credence/named": Id
}

/** One of several sessions of an API, side by side. */
export interface Named<in out Self, in out Id extends string> {
  readonly layer: () => Layer.Layer<NamedSession<Id>, ConfigurationInvalid, Parts>
  /** runs calls in this session */
  readonly run: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Full<Self>> | NamedSession<Id>>
}

/** Layers that give parts of a session, or references such as a policy; a layer that gives anything else would do nothing. */
export type OnlyParts<L extends ReadonlyArray<Layer.Any>> = { readonly [K in keyof L]: [Layer.Success<L[K]>] extends [Parts] ? L[K] : never }

/** A session class and all it can do. */
export interface SessionClass<in out Self, in out Api extends string> extends Context.ServiceClass<Self, Api, Session<Api>> {
  /**
   * A session with every permission of its API. A function, never a shared constant: each use is a session of its own.
   *
   * @example
   * ```ts
   * const Live = Billing.layer().pipe(Layer.provide([Auth.bearer(token), Configuration.layer({ baseUrl }), NodeTransport.layer()]))
   * ```
   */
  layer(): Layer.Layer<Full<Self>, ConfigurationInvalid, Parts>
  /**
   * A session as a value, that lives as long as the scope, and so do the parts that are given here. What is not given is
   * taken from the context.
   *
   * @example
   * ```ts
   * const session = yield* Argus.make(ArgusAuth.apiKey(key), Configuration.layer(), NodeTransport.layer())
   * yield* getCurrentUser().pipe(Argus.use(session))
   * ```
   */
  make<const L extends ReadonlyArray<Layer.Any>>(
    ...layers: L & OnlyParts<L>
  ): Effect.Effect<Session<Api>, Layer.Error<L[number]> | ConfigurationInvalid, Exclude<Parts, Layer.Success<L[number]>> | Exclude<Layer.Services<L[number]>, Parts> | Scope.Scope>
  /** Runs calls in a session that {@link make} gave. */
  use(session: Session<Api>): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Full<Self>>>
  /** Uses the session of the context, as with any service. */
  use<A, E, R>(f: (session: Session<Api>) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Self>
  /**
   * A session like the one around it, with these parts replaced; the rest stays. Settings of a `Configuration` are laid over
   * those around it. Another origin needs credentials of its own: without them it fails with `ConfigurationInvalid`. Provided
   * for each call it would log in for each call: provide it around a part, or use {@link make}.
   *
   * @example
   * ```ts
   * part.pipe(Effect.provide(Argus.override(ArgusAuth.password({ username, password }))))
   * ```
   */
  override<const L extends readonly [Layer.Any, ...Array<Layer.Any>]>(
    ...layers: L & OnlyParts<L>
  ): Layer.Layer<Self, Layer.Error<L[number]> | ConfigurationInvalid, Self | Exclude<Layer.Services<L[number]>, Parts>>
  /** One of several sessions, side by side. */
  named<const Name extends string>(name: Name): Named<Self, `${Api}/${Name}`>
  /**
   * Sessions chosen at run time, opened on demand and closed when idle. No credential ever crosses keys.
   *
   * @example
   * ```ts
   * class Tenants extends Argus.keyed<Tenants>()("tenants", { layer: (tenant: string) => liveFor(tenant), idleTimeToLive: "5 minutes" }) {}
   * program.pipe(Tenants.run("acme"), Effect.provide(Tenants.layer()))
   * ```
   */
  keyed<Keyed>(): <const Id extends string, K, E, R>(id: Id, options: KeyedOptions<Self, K, E, R>) => KeyedClass<Keyed, Id, Self, K, E, R>
  /**
   * Logs in now, where that is a thing to do; with `check` the server is asked whether the credential is good. With `scopes`
   * it asks for these as well, and for the rest of the session: as after a `Forbidden` whose `WWW-Authenticate` says
   * `insufficient_scope` (RFC 6750 section 3.1). Where the present login covers them, nothing is asked.
   */
  authenticate(options?: { readonly check?: boolean | undefined; readonly scopes?: ReadonlyArray<string> | undefined }): Effect.Effect<void, CallError, Self>
  /** Ends the login on the server and forgets it, also in the store. The next call signs in anew. */
  readonly signOut: Effect.Effect<void, CallError, Self>
  /** The present access token, for another program; signs in first where that is due. */
  readonly token: Effect.Effect<Redacted.Redacted<string>, CallError, Self>
  /** Closes the session now: later calls fail with `SessionClosed`. Never fails. */
  readonly disconnect: Effect.Effect<void, never, Self>
  /**
   * What happens to the login, from now on: renewals, failures, trouble with the store. Ends when the session closes.
   *
   * @example
   * ```ts
   * yield* Effect.forkScoped(Stream.runForEach(Billing.events, (event) => Effect.log(event._tag)))
   * ```
   */
  readonly events: Stream.Stream<SessionEvent, never, Self>
  /** How the session stands, as data without secrets. */
  readonly status: Effect.Effect<SessionStatus, never, Self>
  /** What a call would do, and where each setting came from. */
  explain(endpoint?: { readonly operation: ExplainedOperation }): Effect.Effect<Explanation, never, Self>
  /**
   * A face for code that is not Effect. Failures reject with the same typed errors.
   *
   * @example
   * ```ts
   * await using billing = Billing.promise(Live)
   * const invoice = await billing.run(getInvoice({ id: "42" }))
   * ```
   */
  promise<E>(layer: Layer.Layer<Full<Self>, E>): PromiseSession<Self>
}

/**
 * Makes the session class of an API.
 *
 * @example
 * ```ts
 * class Billing extends Session.Service<Billing>()("billing") {}
 * ```
 */
export const Service = <Self>() => <const Api extends string>(api: Api, options: ApiOptions = {}): SessionClass<Self, Api> => {
  const tag = Context.Service<Self, Session<Api>>()(api)
  const statics: Omit<SessionClass<Self, Api>, keyof Context.ServiceClass<Self, Api, Session<Api>>> & { readonly use: unknown } = {
    layer: () => full(Layer.effect(tag, make(api, api, options))),
    // what layers give, fail with and need is in the signatures of `SessionClass`, computed from their types; here they are only built
    make: (...layers) => makeFrom(layers as unknown as ReadonlyArray<Layer.Layer<Parts, never, Parts>>) as never,
    use: (what: Session<Api> | ((session: Session<Api>) => Effect.Effect<unknown, unknown, unknown>)) =>
      typeof what === "function" ? Effect.flatMap(tag, what) : <A, E, R>(self: Effect.Effect<A, E, R>) => provideFull(self, what),
    override: (...layers) => override(layers as unknown as AnyLayers) as never,
    named: (name) => {
      const id = `${api}/${name}` as const
      const key = Context.Service<NamedSession<typeof id>, Session<Api>>(id)
      return {
        layer: () => Layer.effect(key, make(api, id, options)),
        run: (self) => Effect.flatMap(key, (session) => provideFull(self, session))
      }
    },
    keyed: () => (id, keyedOptions) => makeKeyed(tag, id, keyedOptions),
    authenticate: (how) =>
      Effect.flatMap(tag, (session) => {
        const signedIn = how?.scopes === undefined ? session.authenticate : session.stepUp(how.scopes)
        return how?.check === true && options.check !== undefined ? Effect.andThen(signedIn, check(session, options.check)) : signedIn
      }),
    signOut: Effect.flatMap(tag, (session) => session.signOut),
    token: Effect.flatMap(tag, (session) => session.token),
    disconnect: Effect.flatMap(tag, (session) => session.disconnect),
    events: Stream.unwrap(Effect.map(tag, (session) => session.events)),
    status: Effect.flatMap(tag, (session) => session.status),
    explain: (endpoint) => Effect.flatMap(tag, (session) => session.explain(endpoint?.operation)),
    promise: (layer) => makePromise(api, layer)
  }
  // permissions are phantom: a session provides them by saying so
  const full = (layer: Layer.Layer<Self, ConfigurationInvalid, Parts>) => layer as Layer.Layer<Full<Self>, ConfigurationInvalid, Parts>
  const provideFull = <A, E, R>(self: Effect.Effect<A, E, R>, session: Session<Api>) =>
    Effect.provideService(self, tag, session) as Effect.Effect<A, E, Exclude<R, Full<Self>>>
  const override = (layers: AnyLayers): Layer.Layer<Self, unknown, Self> =>
    // Not Layer.effect: it memoizes by identity, and an override that is used in two sessions would keep the first one's
    // parts and send one user's credentials to another's server. A fresh memo map for the same reason.
    Layer.fromBuild((_, scope) => Effect.gen(function*() {
      const outer = yield* tag
      // one that answers by itself, in a test, has no parts to replace
      if (outer.fixed === true) return Context.make(tag, outer)
      const given = Layer.mergeAll(...layers).pipe(Layer.provide(Layer.succeedContext(outer.parts)))
      const parts = yield* Layer.buildWithMemoMap(given, Layer.makeMemoMapUnsafe(), scope)
      const over = yield* laidOver(outer, parts as Context.Context<Parts>, options)
      const session = yield* make(api, outer.id, options).pipe(Effect.provideService(Scope.Scope, scope), Effect.provideContext(over))
      return Context.make(tag, session)
    }))
  const makeFrom = (layers: ReadonlyArray<Layer.Layer<Parts, never, Parts>>) => {
    const [first, ...rest] = layers
    return first === undefined
      ? make(api, api, options)
      // built in the caller's scope: a transport that closed with `make` would leave the session without one
      : Effect.flatMap(Layer.build(Layer.mergeAll(first, ...rest)), (parts) => Effect.updateContext(make(api, api, options), (context: Context.Context<Scope.Scope>) => Context.merge(context, parts)))
  }
  // The factory's class has what `statics` adds; TypeScript cannot say so of a class expression it did not see declared.
  return Object.assign(tag, statics) as unknown as SessionClass<Self, Api>
}

type AnyLayers = readonly [Layer.Layer<Parts, unknown, Parts>, ...Array<Layer.Layer<Parts, unknown, Parts>>]

/** Asks the server whether the credential is good. */
const check = (session: Session, path: string): Effect.Effect<void, CallError> =>
  Effect.flatMap(session.request({ operation: "authenticate", method: "GET", url: path, headers: { accept: "application/json" }, stays: true }), (response) =>
    isSuccess(response.status)
      ? Effect.void
      : Effect.flatMap(session.status, ({ baseUrl }) =>
        Effect.fail(new UnexpectedStatus({ operation: "authenticate", method: "GET", url: joinPath(new URL(baseUrl), path).href, attempts: 1, status: response.status }))))
