/**
 * Builds a session from its parts.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { NodeInspectSymbol } from "effect/Inspectable"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { AuthenticationFailed, type CallError, CapabilityUnavailable, SessionClosed } from "../../errors/CallError.ts"
import type { ResponseError } from "../../errors/ResponseError.ts"
import { ConfigurationInvalid, type Setting } from "../../errors/SessionError.ts"
import { bounded, summarize } from "../../endpoint/summary.ts"
import { Authentication, type AuthenticationContext, type AuthenticationRequest, type Authenticator } from "../../services/Authentication.ts"
import { CurrentCall, noOptions } from "../../services/Call.ts"
import { Configuration, type ConfigurationOptions } from "../../services/Configuration.ts"
import { MakeCookieJar } from "../../services/CookieJar.ts"
import { CurrentDevicePrompt } from "../../services/DevicePrompt.ts"
import { CurrentHooks, noHooks } from "../../services/Hooks.ts"
import type { EncodeContext, Operation } from "../../services/Operation.ts"
import { CurrentPolicy, noPolicy } from "../../services/Policy.ts"
import type { Parts, RawRequest, Session, SessionStatus } from "../../services/Session.ts"
import { CurrentTokenStore } from "../../services/TokenStore.ts"
import { Transport, type TransportResponse } from "../../services/Transport.ts"
import { clockSkew } from "../../wire/headers.ts"
import * as Redact from "../../wire/redact.ts"
import { isSecure, parseBaseUrl } from "../../wire/url.ts"
import { version } from "../../version.ts"
import * as Budget from "../policy/budget.ts"
import { buffered, streamed } from "./exchange.ts"
import * as Events from "./events.ts"
import { explain } from "./explain.ts"
import { run } from "./pipeline.ts"
import { rawOf, requestPlan } from "./raw.ts"
import { defaultSource, headerIssues, makeResolver, pick, type Source } from "./settings.ts"
import type { SessionState } from "./state.ts"
import { Targets } from "./target.ts"

/** What an API says about itself, once for all its sessions. */
export interface ApiOptions {
  /** used where configuration names none */
  readonly baseUrl?: string | undefined
  /**
   * every server of this API, e.g. one for uploads. A session that talks to one of them (or to `baseUrl`) sends its
   * credentials and headers to all of them, where an endpoint or a call names one; cookies stay with the origin they came
   * from. A session that talks to another host, such as a sandbox, talks to that alone; one that talks to the machine itself
   * knows only those servers that are there, too. What is no absolute http(s) URL names no server
   */
  readonly servers?: ReadonlyArray<string> | undefined
  /** the vendor's own defaults; configuration, policies and calls beat them */
  readonly preset?: Omit<ConfigurationOptions, "baseUrl" | "redact"> | undefined
  /** what an error body of this API says for people. Default: the usual members (`message`, `title`, `detail`, …) */
  readonly summarize?: ((body: unknown) => string | undefined) | undefined
  /**
   * which refusals say that the server undid what it had begun and wants the request again, e.g. after a deadlock of its
   * database: they are retried as the policy says, whatever their status and method
   */
  readonly undone?: ((status: number | undefined, body: unknown) => boolean) | undefined
  /** names of fields whose values are secret, besides the well-known ones */
  readonly redact?: ReadonlyArray<string> | undefined
  /** a cheap GET that needs a valid credential, for `authenticate({ check: true })` */
  readonly check?: string | undefined
}

const invalid = (settings: ReadonlyArray<Setting>) => new ConfigurationInvalid({ settings })

/** Opens a session that lives as long as the scope. */
export const make = <const Api extends string>(api: Api, id: string, options: ApiOptions): Effect.Effect<Session<Api>, ConfigurationInvalid, Parts | Scope.Scope> =>
  Effect.gen(function*() {
    // policies, hooks and the jar that the session was given are its own as well: an override or a narrower session keeps them
    const parts = Context.pick(Configuration, Authentication, Transport, CurrentPolicy, CurrentHooks, MakeCookieJar, CurrentTokenStore, CurrentDevicePrompt)(yield* Effect.context<Parts>())
    const configuration = Context.get(parts, Configuration)
    const authentication = Context.get(parts, Authentication)
    const transport = Context.get(parts, Transport)

    const sources: ReadonlyArray<Source> = [
      defaultSource(),
      { name: `${api} preset`, options: { baseUrl: options.baseUrl, ...options.preset } },
      { name: "Configuration", options: configuration.options, names: configuration.sources },
      { name: "Policy.layer (session)", options: yield* CurrentPolicy }
    ]
    const named = (key: keyof ConfigurationOptions): string => configuration.sources[key] ?? key
    const text = pick(sources, "baseUrl")?.value
    const baseUrl = text === undefined ? Result.fail("an absolute URL: this API has no default one") : parseBaseUrl(text)
    if (Result.isFailure(baseUrl)) return yield* invalid([{ name: named("baseUrl"), expected: `expected ${baseUrl.failure}` }])
    const userAgent = pick(sources, "userAgent")?.value ?? `credence/${version}`
    const fields = headerIssues({ ...configuration.options.headers, "user-agent": userAgent })
    if (fields.length > 0) return yield* invalid(fields.map((issue) => ({ name: issue.path, expected: issue.message })))

    const targets = new Targets(baseUrl.success, [options.baseUrl, ...options.servers ?? []], pick(sources, "allowInsecureHttp")?.value === true)
    const settings = makeResolver(targets, sources)
    const plainSettings = settings(noPolicy, noOptions)
    if (Result.isFailure(plainSettings)) {
      return yield* invalid(plainSettings.failure.map((issue) => ({ name: configuration.sources[issue.path as keyof ConfigurationOptions] ?? issue.path, expected: issue.message })))
    }

    const makeJar = authentication.cookies ?? (yield* MakeCookieJar)
    const jar = makeJar?.()
    const jars = new Map(jar === undefined ? [] : [[baseUrl.success.origin, jar]])
    const isSecretName = Redact.isSecretName([...options.redact ?? [], ...configuration.options.redact ?? []])
    const state: SessionState = {
      api,
      id,
      baseUrl: baseUrl.success,
      transport,
      authenticator: pending,
      parts,
      targets,
      jar,
      jarOf: (origin) => {
        const known = jars.get(origin)
        if (known !== undefined || makeJar === undefined) return known
        const fresh = makeJar()
        jars.set(origin, fresh)
        return fresh
      },
      budget: Budget.make(pick(sources, "budget")?.value ?? { capacity: 0, refund: 0 }),
      hooks: configuration.hooks === undefined ? yield* CurrentHooks : [...configuration.hooks, ...yield* CurrentHooks],
      sources,
      settings,
      redaction: {
        isSecretName,
        values: function*() {
          yield* state.authenticator.secrets()
          for (const each of jars.values()) yield* each.values()
        }
      },
      summarize: options.summarize === undefined ? summarize : bounded(options.summarize),
      undone: options.undone,
      anonymous: authentication.method === "anonymous",
      why: authentication.why,
      userAgent,
      closed: false
    }
    // of its own, so that the session can be closed before what it was opened in
    const scope = yield* Scope.fork(yield* Effect.scope)
    // a waiter's options must not leak into a login that others share: logins run in the session's own, plain context
    const plain = (yield* Effect.context<Scope.Scope>()).pipe(
      Context.add(CurrentCall, noOptions),
      Context.add(CurrentPolicy, noPolicy),
      Context.add(CurrentHooks, noHooks),
      Context.add(Scope.Scope, scope)
    )
    const events = Events.make(id)
    yield* Scope.addFinalizer(scope, events.close)
    let skew = 0
    const context: AuthenticationContext = {
      api,
      session: id,
      baseUrl: state.baseUrl,
      cookies: jar,
      certificate: plainSettings.success.tls?.certificate,
      send: (request) => Effect.tap(send(state, request), ({ headers }) => Effect.map(Clock.currentTimeMillis, (now) => {
        skew = clockSkew(headers, now) ?? skew
      })),
      skew: () => skew,
      probe: Effect.suspend(() => Effect.provideService(
        Effect.asVoid(run(state, requestPlan({ operation: "authenticate", method: "GET", url: options.check ?? "/" }))), CurrentCall, noOptions)),
      request: (request) => Effect.provideService(rawOf(state, requestPlan({ ...request, stays: true })), CurrentCall, noOptions),
      store: Context.get(parts, CurrentTokenStore),
      tell: events.tell
    }
    state.authenticator = yield* Effect.provideContext(authentication.make(context), plain)
    // registered last, so that it runs first: calls fail at once, while a logout may still be sent
    yield* Scope.addFinalizer(scope, Effect.sync(() => {
      state.closed = true
    }))
    return toSession(state, api, { disconnect: Scope.close(scope, Exit.void), events: events.stream })
  })

/** stands in until the authenticator is made, which happens before anybody can call */
const pending: Authenticator = {
  method: "none",
  credentials: () => Effect.never,
  challenged: () => Effect.never,
  authenticate: Effect.never,
  status: Effect.never,
  secrets: () => []
}

/** A request of authentication itself. Secrets in it do not travel over plain http either. */
const send = (state: SessionState, { by, options = noOptions, ...request }: AuthenticationRequest): Effect.Effect<TransportResponse, CallError> => {
  const absolute = URL.parse(request.url)
  // what goes to the session's own origin may go as far as calls may
  if (absolute === null || absolute.origin === state.baseUrl.origin ? !state.anonymous && !state.targets.home.secure : !isSecure(absolute)) {
    return Effect.fail(new AuthenticationFailed({
      operation: request.operation,
      method: request.method,
      url: Redact.url(absolute ?? state.baseUrl, state.redaction),
      attempts: 0,
      reason: "insecure",
      detail: "a login does not travel over plain http"
    }))
  }
  const body = request.body === undefined ? undefined : { _tag: "Bytes", bytes: request.body } as const
  return Effect.provideService(run(state, { ...requestPlan({ ...request, body, idempotent: false }), login: true, by }), CurrentCall, options)
}

type AnyError = ResponseError<string, number, unknown>

/** What all kinds of calls of an endpoint share. */
const planOf = <I, A, E extends AnyError>(operation: Operation<I, A, E>, input: I) => ({
  operation: operation.name,
  method: operation.method,
  path: operation.path,
  encode: (context: EncodeContext) => operation.encode(input, context)
})

/** What is seen of a session where it is printed: its parts may hold secrets that nobody wrapped, as in a proxy's URL or in headers. */
const printed = (state: SessionState, api: string) => {
  const show = () => ({ api, session: state.id, baseUrl: Redact.url(state.baseUrl, state.redaction) })
  return { toJSON: show, [NodeInspectSymbol]: show }
}

const toSession = <const Api extends string>(state: SessionState, api: Api, life: Pick<Session, "disconnect" | "events">): Session<Api> => {
  const session: Session<Api> = {
    api,
    id: state.id,
    parts: state.parts,
    execute: (operation, input) => run(state, { ...planOf(operation, input), exchange: buffered, finish: operation.decode }),
    open: <I, A, E extends AnyError>(operation: Operation<I, A, E>, input: I) =>
      run<A, E | CallError, Scope.Scope>(state, {
        ...planOf(operation, input),
        exchange: streamed,
        finish: (answer, context) =>
          answer.stream !== undefined && operation.open !== undefined
            ? operation.open({ status: answer.status, headers: answer.headers, body: answer.stream }, context)
            // no success came: what the endpoint declares for this status
            : operation.decode(answer, context)
      }),
    raw: (operation, input) => rawOf(state, { ...planOf(operation, input), exchange: buffered }),
    request: (request: RawRequest) => rawOf(state, requestPlan(request)),
    authenticate: Effect.suspend(() => state.authenticator.authenticate),
    stepUp: (scopes) => Effect.suspend(() => state.authenticator.stepUp?.(scopes) ?? Effect.fail(new CapabilityUnavailable({
      operation: "authenticate",
      method: "-",
      url: Redact.url(state.baseUrl, state.redaction),
      attempts: 0,
      capability: `asking for more scopes with ${state.authenticator.method}`,
      hint: "Sign in with all that is needed"
    }))),
    signOut: Effect.suspend(() => state.closed
      ? Effect.fail(new SessionClosed({ operation: "signOut", method: "-", url: Redact.url(state.baseUrl, state.redaction), attempts: 0, session: state.id }))
      : state.authenticator.signOut ?? Effect.void),
    token: Effect.suspend(() => state.authenticator.token ?? Effect.fail(new AuthenticationFailed({
      operation: "token",
      method: "-",
      url: Redact.url(state.baseUrl, state.redaction),
      attempts: 0,
      reason: "missing",
      detail: `${state.authenticator.method} is no access token`
    }))),
    ...life,
    status: Effect.suspend(() => Effect.map(state.authenticator.status, (authentication): SessionStatus => ({
      session: state.id,
      baseUrl: state.baseUrl.href,
      transport: state.transport.name,
      authentication
    }))),
    explain: (operation) => explain(state, operation)
  }
  return Object.assign(session, printed(state, api))
}
