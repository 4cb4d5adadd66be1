/**
 * The way of a call, from the outermost stage to the wire:
 *
 *     hook call -> deadline -> retry (budgeted) -> hook attempt -> attempt's limit -> redirects -> authentication (per hop,
 *               over a reserved connection where logins belong to connections)
 *               -> hook hop -> transport -> hook response -> decode -> hook failure
 *
 * The common case is kept free of machinery: the first attempt runs bare, the retry Schedule starts on the first failure,
 * limits of time are entries in a queue and not fibers, and hooks and spans cost nothing where there are none.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { looseBody } from "../../endpoint/decode.ts"
import { AuthenticationFailed, type CallError, ConnectionFailed, InvalidInput, RedirectRefused, SessionClosed, Timeout } from "../../errors/CallError.ts"
import { type Failure, type NotRetried, withNotRetried } from "../../errors/Failure.ts"
import type { Authenticator, Credentials } from "../../services/Authentication.ts"
import { CurrentCall } from "../../services/Call.ts"
import type { Drift } from "../../services/Hooks.ts"
import { type AttemptFailure, CurrentPolicy } from "../../services/Policy.ts"
import type { RequestBody, TransportError, TransportStream } from "../../services/Transport.ts"
import * as Headers from "../../wire/headers.ts"
import { withoutCredentials } from "../../wire/query.ts"
import * as Redact from "../../wire/redact.ts"
import * as Redirect from "../../wire/redirect.ts"
import { below } from "../../wire/url.ts"
import { guarded } from "../policy/retry.ts"
import { type Answer, CallState, type Plan, Reading } from "./call.ts"
import { additions, attemptEvent, bounded, callEvent, failed, hooksOf, observed } from "./hooks.ts"
import { inMemory } from "./inMemory.ts"
import { headersOf, Hop, redactionOf, unique, wireUrl, WireRequest } from "./request.ts"
import type { SessionState } from "./state.ts"
import { isTraced, traced } from "./tracing.ts"

/** Runs a call. See the head of this file for the order of its stages. */
export const run = <A, E extends AttemptFailure, R = never>(session: SessionState, plan: Plan<A, E, R>): Effect.Effect<A, E | CallError, R> =>
  Effect.withFiber((fiber) => {
    const unsent = (): Failure => ({ operation: plan.operation, method: plan.method, url: Redact.url(session.baseUrl, session.redaction).replace(/\/$/, "") + plan.path, attempts: 0 })
    if (session.closed && plan.login !== true) return Effect.fail(new SessionClosed({ ...unsent(), session: session.id }))
    const callOptions = fiber.getRef(CurrentCall)
    const settings = session.settings(fiber.getRef(CurrentPolicy), callOptions)
    if (Result.isFailure(settings)) return Effect.fail(new InvalidInput({ ...unsent(), issues: settings.failure }))
    const encoded = plan.encode({ extra: settings.success.extra, unique: () => unique(fiber) })
    if (Result.isFailure(encoded)) return Effect.fail(new InvalidInput({ ...unsent(), issues: encoded.failure }))
    const { path, server } = encoded.success
    const named = server === undefined || settings.success.pinned ? undefined : session.targets.server(server)
    if (named !== undefined && Result.isFailure(named)) return Effect.fail(new InvalidInput({ ...unsent(), issues: [{ path: "server", message: `expected ${named.failure}` }] }))
    const target = named === undefined ? settings.success.target : named.success
    // only a request without an endpoint may name an absolute URL
    const relative = path.startsWith("/")
    const url = relative ? below(target.prefix, path) : URL.parse(path) ?? undefined
    if (url === undefined) return Effect.fail(new InvalidInput({ ...unsent(), issues: [{ path: "", message: "the path would leave the base URL" }] }))
    const hooks = hooksOf(session, fiber)
    const reach = relative ? target : session.targets.reach(url)
    const call = new CallState(session, plan, settings.success, encoded.success, url, reach, hooks, fiber.getRef(Clock.Clock))
    const stages = hooks.length === 0 ? retrying(call) : Effect.andThen(observed(call, (hook) => hook.call, () => callEvent(call), "no"), retrying(call))
    return isTraced(fiber) ? traced(call, stages) : stages
  })

/** deadline, then retry: the first attempt runs bare, machinery starts on its failure */
const retrying = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>): Effect.Effect<A, E | CallError, R> => {
  const { retry } = call.settings
  const first = attempt(call)
  const all = retry === "none" ? first : Effect.catch(first, (failure) => again(call, retry, failure))
  return call.hooks.length === 0 ? all : Effect.tapError(all, (last) => failed(call, last, false))
}

const again = <A, E extends AttemptFailure, R>(
  call: CallState<A, E, R>,
  retry: Schedule.Schedule<unknown, AttemptFailure>,
  failure: E | CallError
): Effect.Effect<A, E | CallError, R> => {
  const rules = {
    retryOn: call.settings.retryOn,
    // what a login spends (a code, a refresh token) is spent, whatever the policy says of other calls
    retryMethods: call.plan.login === true ? "safe" as const : call.settings.retryMethods,
    idempotent: call.request.idempotent,
    undone: (failed: AttemptFailure) => call.session.undone?.(failed.status, "body" in failed ? failed.body : undefined) === true,
    acted: () => call.redirected,
    final: () => call.final,
    replayable: isReplayable(call.request.body),
    maxRetryAfter: call.settings.maxRetryAfter
  }
  const refused = (failed: AttemptFailure, why: NotRetried): void => void withNotRetried(failed, why)
  const schedule = guarded(retry, rules, call.session.budget, () => call.remaining(), refused)
  let runs = 0
  // the Schedule's first input is the failure that has already happened
  const next = Effect.suspend(() => runs++ === 0 ? Effect.fail(failure) : attempt(call))
  if (call.hooks.length === 0) return Effect.retry(next, schedule)
  return Effect.retry(next, Schedule.tap(schedule, ({ input }) => failed(call, input, true)))
}

const isReplayable = (body: RequestBody | undefined): boolean => body === undefined || body._tag === "Bytes" || body.replay

/** one attempt within its limit: a chain of requests, and what the last answer means */
const attempt = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>): Effect.Effect<A, E | CallError, R> =>
  Effect.suspend(() => {
    // closed while the call waited for its turn
    if (call.session.closed && call.plan.login !== true) return Effect.fail(new SessionClosed({ ...call.failure(), session: call.session.id }))
    call.attempt++
    call.hop = 0
    call.rounds = 0
    const { timeout } = call.settings
    if (typeof timeout === "number") return limited(call, timeout)
    return Effect.flatMap(nextLimit(call, timeout), (millis) => limited(call, millis))
  })

const limited = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, limit: number): Effect.Effect<A, E | CallError, R> => {
  call.attemptLimit = limit
  call.attemptDue = limit === Infinity ? Infinity : call.deadlines.now() + limit
  if (call.remaining() <= 0) return Effect.fail(call.timeout("no"))
  const exchange = Effect.flatMap(redirecting(call), ({ answer, url }) => decoded(call, answer, url))
  if (call.hooks.length === 0) return exchange
  return Effect.flatMap(additions(call, (hook) => hook.attempt, () => attemptEvent(call)), (headers) => {
    call.attemptHeaders = headers
    return exchange
  })
}

/** The next output of a Schedule of limits; when it ends the last limit stays. */
const nextLimit = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, schedule: Schedule.Schedule<Duration.Duration>): Effect.Effect<number> => {
  if (call.nextLimit !== undefined) return call.nextLimit
  return Effect.flatMap(Schedule.toStep(schedule), (step) => {
    let last = Infinity
    const next = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Pull.matchEffect(step(now, undefined), {
        onSuccess: ([limit]) => Effect.sync(() => (last = Duration.toMillis(limit))),
        onDone: () => Effect.sync(() => last),
        onFailure: () => Effect.sync(() => last)
      }))
    call.nextLimit = next
    return next
  })
}

interface Arrival {
  readonly answer: Answer
  readonly url: URL
}

/** follows redirects; authentication happens inside, for each hop by itself */
const redirecting = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>): Effect.Effect<Arrival, CallError, R> =>
  follow(call, new Hop(call, call.request.method, call.url, call.request.body, call.own, noHops))

const noHops: ReadonlyArray<string> = []

const follow = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop): Effect.Effect<Arrival, CallError, R> =>
  Effect.flatMap(authenticated(call, hop), (answer) => {
    // a login goes nowhere else with what it logs in by
    if (!Redirect.isRedirect(answer.status) || call.plan.login === true) return Effect.succeed({ answer, url: hop.url })
    // an answer that sets a cookie may well lead back to where it came from, which will then answer otherwise
    const changed = call.session.jar !== undefined && answer.headers["set-cookie"] !== undefined
    const visited = [...hop.visited, changed ? "" : `${hop.method} ${hop.url.href}`]
    const body = hop.body === undefined ? "none" : isReplayable(hop.body) ? "replayable" : "once"
    const location = withoutProof(call, hop, Headers.get(answer.headers, "location"))
    const redirect = Redirect.decide({ method: hop.method, url: hop.url, body }, answer.status, location, visited, call.settings.redirects)
    switch (redirect._tag) {
      case "None":
        return Effect.succeed({ answer, url: hop.url })
      case "Refuse": {
        const target = URL.parse(redirect.location, hop.url.href)
        const shown = target === null ? Redact.excerpt(redirect.location, call) : call.shownUrl(target)
        return Effect.fail(new RedirectRefused({ ...call.answered(answer), reason: redirect.reason, location: shown }))
      }
      case "Follow":
        if (call.plan.stays === true && !redirect.sameOrigin) return Effect.succeed({ answer, url: hop.url })
        if (redirect.method !== hop.method) call.redirected = true
        return follow(call, new Hop(call, redirect.method, redirect.url, redirect.keepBody ? hop.body : undefined, hop.own && redirect.sameOrigin, visited))
    }
  })

/** a server that sends elsewhere with the query as it got it would send a credential along that was in it */
const withoutProof = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop, location: string | undefined): string | undefined => {
  const query = call.proof?.query
  const target = query === undefined || location === undefined ? null : URL.parse(location, hop.url.href)
  return query === undefined || target === null ? location : withoutCredentials(target, query, target.origin === hop.url.origin).href
}

/** who proves the call: the session, but for a login that is itself behind one */
const provenBy = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>): Authenticator => call.plan.by ?? call.session.authenticator

/** adds credentials, for the session's own origins only, and answers challenges with other ones */
const authenticated = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop): Effect.Effect<Answer, CallError, R> => {
  const { session } = call
  const authenticator = provenBy(call)
  if (!hop.own || !call.auth || (call.plan.login === true && call.plan.by === undefined)) return Effect.flatMap(sent(call, hop, undefined), (answer) => rejected(call, hop, answer, undefined))
  if (!call.reach.secure && !session.anonymous && authenticator.guarded !== true) {
    return Effect.fail(new AuthenticationFailed({ ...call.failure(), reason: "insecure", detail: "credentials do not travel over plain http" }))
  }
  const binds = authenticator.binds?.(hop)
  const { reserve } = session.transport
  return binds === undefined || reserve === undefined ? proving(call, hop) : reserving(call, hop, reserve, binds, false)
}

/** logins may belong to connections: the rounds of this hop go over one that nobody else has meanwhile */
const reserving = <A, E extends AttemptFailure, R>(
  call: CallState<A, E, R>,
  hop: Hop,
  reserve: NonNullable<SessionState["transport"]["reserve"]>,
  partition: string,
  fresh: boolean
): Effect.Effect<Answer, CallError, R> => {
  const wanted = new WireRequest(call, hop, {}, undefined, partition)
  // not Effect.scoped: a streamed answer lives in the caller's scope, and keeps the connection until it is read
  const all = Effect.acquireUseRelease(
    Scope.make(),
    (scope) => Effect.flatMap(
      Effect.mapError(Scope.provide(reserve(wanted, fresh), scope), (error): CallError | Lost => unanswered(call, error)),
      (connection) => proving(call, hop.on(connection, partition)).pipe(
        // some servers refuse every later login on a connection that saw one fail, and nobody knows how far one came that broke off
        Effect.onError(() => Effect.sync(() => connection.discard())),
        Effect.mapError((error) => {
          if (!isLost(call, error)) return error
          if (!fresh) return new Lost()
          return call.rounds > 0 && hop.body?._tag === "Stream" ? earlyAnswer(call) : error
        })
      )
    ),
    Scope.close
  )
  // an idle connection may be dead, which shows only now; nothing was processed, and the login on it is gone anyway
  return Effect.catch(all, (error) => error instanceof Lost ? reserving(call, hop, reserve, partition, true) : Effect.fail(error))
}

/** a request that is answered while its body is on its way takes its connection along, so the login never gets further */
const earlyAnswer = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>): CallError =>
  new ConnectionFailed({
    ...call.failure(),
    reason: "body",
    processed: "no",
    detail: "the server asks for a login before it takes the body, which ends the connection that the login is for: "
      + "sign in before, with authenticate(), or give bytes"
  })

/** a reserved connection was closed before the request was written */
class Lost {}
// after a 303 `unanswered` speaks of the whole call; of the GET that it is now another one does no harm
const isLost = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, error: CallError): boolean =>
  error instanceof ConnectionFailed && (error.processed === "no" || call.redirected) && (error.reason === "closed" || error.reason === "reset")

const proving = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop): Effect.Effect<Answer, CallError, R> => {
  const authenticator = provenBy(call)
  const { replays } = authenticator
  if (replays !== undefined && hop.body?._tag === "Stream" && !hop.body.replay && authenticator.settled?.(hop) !== true) {
    return Effect.flatMap(inMemory(call, hop.body, replays), (body) => proving(call, hop.withBody(body)))
  }
  return Effect.flatMap(login(call, authenticator.credentials(hop)), (credentials) => challenged(call, hop, credentials, 0))
}

/** what authentication gives, within the limits of the call */
const login = <A, E extends AttemptFailure, R, B>(call: CallState<A, E, R>, effect: Effect.Effect<B, CallError>): Effect.Effect<B, CallError> =>
  Exit.isExit(effect) && Exit.isSuccess(effect) ? effect : bounded(call, Effect.tapError(effect, () => Effect.sync(() => {
    call.final = true
  })))

/** no scheme needs more answers than this; an attempt gets no more, over all its hops */
const maxRounds = 6

const challenged = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop, used: Credentials, round: number): Effect.Effect<Answer, CallError, R> =>
  Effect.flatMap(sent(call, hop, used), (answer) => {
    if (answer.status !== 401) {
      const { accepted, forbidden } = provenBy(call)
      const stands = () => accepted === undefined ? Effect.succeed(answer) : Effect.as(login(call, accepted(hop, used, answer)), answer)
      if (answer.status !== 403 || forbidden === undefined || round > 0 || !isReplayable(hop.body)) return stands()
      return Effect.flatMap(login(call, forbidden(hop, used, answer)), (next) => next === undefined ? stands() : challenged(call, hop, next, round + 1))
    }
    if (call.rounds++ >= maxRounds) return rejected(call, hop, answer, "the server keeps asking")
    if (!isReplayable(hop.body)) return rejected(call, hop, answer, "the body is a stream that cannot be sent again: sign in before, with authenticate()")
    return Effect.flatMap(login(call, provenBy(call).challenged(hop, used, answer, round)), (next) =>
      next === undefined ? rejected(call, hop, answer, undefined) : challenged(call, hop, next, round + 1))
  })

/** a 401 that nothing can mend; any other answer goes on */
const rejected = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop, answer: Answer, detail: string | undefined): Effect.Effect<Answer, AuthenticationFailed> => {
  if (answer.status !== 401) return Effect.succeed(answer)
  const body = looseBody(answer, call)
  const said = call.session.summarize(body)
  const missing = hop.own && (call.session.anonymous || (call.auth && sendsNothing(call.proof)))
  return Effect.fail(new AuthenticationFailed({
    ...call.answered(answer, hop.url),
    reason: missing ? "missing" : "rejected",
    detail: detail ?? (!hop.own ? "another origin asks for credentials, which it does not get" : said),
    body
  }))
}

/** credentials that are none, for an endpoint that takes a call without */
const sendsNothing = (credentials: Credentials | undefined): boolean =>
  credentials?.generation === 0 && [credentials.headers, credentials.query, credentials.cookies].every((part) => part === undefined || Object.keys(part).length === 0)

/** sends a request, and keeps what the answer says about cookies */
const sent = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop, credentials: Credentials | undefined): Effect.Effect<Answer, CallError, R> => {
  const { session } = call
  // a cookie's own rules know neither ports nor this session's origin, so they do not decide alone where one goes or comes from
  const jar = hop.own && call.auth ? call.jar : undefined
  const headers = headersOf(call, hop, credentials, jar)
  if (credentials !== undefined) call.proof = credentials
  const exchange = (all: Record<string, string>) => {
    const request = new WireRequest(call, hop, all, credentials, hop.partition)
    return Effect.catch(call.plan.exchange(session.transport, request), (error) => Effect.fail(unanswered(call, error)))
  }
  const kept = (answer: Answer): Answer => {
    // a 401 is about the credential that was sent: what it says of cookies may be late, and meet those of a newer login
    if (jar !== undefined && !call.request.ignoreSetCookie && (answer.status !== 401 || credentials === undefined)) {
      const setCookie = Headers.getAll(answer.headers, "set-cookie")
      if (setCookie.length > 0) jar.store(hop.url, setCookie)
    }
    return answer
  }
  if (call.hooks.length === 0) return jar === undefined ? exchange(headers) : Effect.map(exchange(headers), kept)
  const url = wireUrl(hop, credentials)
  const shown = (reveal: boolean): string => reveal ? url.href : Redact.url(url, redactionOf(call, credentials))
  return Effect.gen(function*() {
    const added = yield* additions(call, (hook) => hook.hop, (reveal) => ({
      ...attemptEvent(call, reveal, shown(reveal)),
      method: hop.method,
      hop: call.hop,
      headers: reveal ? headers : Redact.headers(headers, call),
      body: reveal && hop.body?._tag === "Bytes" ? hop.body.bytes : undefined
    }))
    const answer = kept(yield* exchange(hop.own ? Object.assign(headers, added) : headers))
    yield* observed(call, (hook) => hook.response, (reveal) => ({
      ...attemptEvent(call, reveal, shown(reveal)),
      hop: call.hop,
      status: answer.status,
      headers: reveal ? answer.headers : Redact.responseHeaders(answer.headers, call)
    }), "maybe")
    call.hop++
    return answer
  })
}

/** what the transport's failure means for the call as a whole */
const unanswered = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, error: TransportError): CallError => {
  // a transport that goes down because its session closes is no fault of the network
  if (call.session.closed && error instanceof ConnectionFailed) return new SessionClosed({ ...call.failure(), session: call.session.id })
  // the transport knows of this request only, and the one before it has been acted on. It has just made the error, for us
  return call.redirected && "processed" in error && error.processed === "no" ? Object.assign(error, { processed: "maybe" as const }) : error
}

/** what the last answer means */
const decoded = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, answer: Answer, url: URL): Effect.Effect<A, E | CallError> => {
  const streaming = answer.stream === undefined || call.due === Infinity ? answer : { ...answer, stream: untilDeadline(call, answer.stream) }
  let drift: ReadonlyArray<Drift> | undefined
  const watched = call.hooks.some((hook) => hook.drift !== undefined)
  const finished = call.plan.finish(streaming, new Reading(call, answer, url, watched ? (found) => void (drift = found) : undefined))
  const result = Effect.map(finished, (value) => {
    call.session.budget.refund()
    return value
  })
  return watched
    ? Effect.tap(result, () => drift === undefined ? Effect.void : observed(call, (hook) => hook.drift, () => ({ ...callEvent(call), drift: drift ?? [] }), "maybe"))
    : result
}

/** a streamed body must end before the deadline, too */
const untilDeadline = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, body: TransportStream["body"]): TransportStream["body"] =>
  Stream.interruptWhen(body, Effect.suspend(() =>
    Effect.delay(Effect.fail(new Timeout({ ...call.failure(), phase: "total", limit: Duration.millis(call.settings.deadline), processed: "maybe" })), Math.max(0, call.remaining()))))
