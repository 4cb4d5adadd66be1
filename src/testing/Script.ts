/**
 * A transport that answers from a script: every fault a network can have, on a clock that the test turns.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Endpoint } from "../endpoint/Endpoint.ts"
import { AuthenticationFailed, ConnectionFailed, type ConnectionReason, TlsFailed, type TlsReason } from "../errors/CallError.ts"
import type { ResponseError } from "../errors/ResponseError.ts"
import type { ConfigurationInvalid } from "../errors/SessionError.ts"
import { anonymous } from "../layers/auth/fixed.ts"
import * as TokenAuthenticator from "../layers/auth/tokenAuthenticator.ts"
import { layer as configurationLayer } from "../layers/config/Configuration.ts"
import { limited } from "../layers/transport/limited.ts"
import { Authentication } from "../services/Authentication.ts"
import type { ConfigurationOptions } from "../services/Configuration.ts"
import type { Permission } from "../services/Permission.ts"
import type { Parts } from "../services/Session.ts"
import { Transport, type TransportError, type TransportRequest, type TransportResponse } from "../services/Transport.ts"
import { writeExactly } from "../wire/json.ts"
import * as OAuth from "../wire/oauth.ts"
import { redactedBaseUrl } from "../wire/url.ts"
import { exampleOf } from "./example.ts"

/** What a scripted step answers. */
export interface Reply {
  /** default 200 */
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string>>> | undefined
  /** a text or bytes as they are; anything else as JSON */
  readonly body?: unknown
  /** on the clock, before anything comes */
  readonly delay?: Duration.Input | undefined
  /** instead of a response; `hang` never answers */
  readonly fault?: ConnectionReason | TlsReason | "hang" | undefined
  /** for a fault: may the server have acted on the request? Default `maybe`, but `no` for `refused`, `dns` and TLS */
  readonly processed?: "no" | "maybe" | undefined
}

/** One line of a script: which requests it answers, how often, and how. */
export interface Step {
  readonly name: string
  readonly matches: (request: TransportRequest) => boolean
  readonly times: number
  readonly reply: (request: TransportRequest, count: number) => Reply
}

const step = (name: string, times: number, reply: Reply | ((request: TransportRequest, count: number) => Reply)): Step => ({
  name,
  matches: (request) => request.operation === name,
  times,
  reply: typeof reply === "function" ? reply : () => reply
})

/**
 * Answers the next `count` calls of an endpoint. A success without a body is filled in with an example of its reply. For one
 * that streams items the body is a list of them: of JSON, or of events `{ data, event?, id? }`.
 */
export const times = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string>(
  count: number,
  endpoint: Endpoint<S, Input, A, E, P>,
  reply: Reply | ((request: TransportRequest, count: number) => Reply) = {}
): Step => {
  const { declared, operation } = endpoint
  const replies = [...declared.success.values()]
  const described = replies.find((candidate) => candidate.schema !== undefined) ?? replies.find((candidate) => candidate["~credence/reply"] === "events")
  const body = (): unknown => described?.schema === undefined ? "" : Schema.encodeUnknownSync(described.schema)(exampleOf(described, operation.name))
  const full = (given: Reply): Reply => {
    if (given.fault !== undefined || (given.status ?? 200) >= 300) return given
    const kind = described?.["~credence/reply"]
    if (kind !== "jsonLines" && kind !== "events") return given.body !== undefined ? given : { ...given, body: body() }
    const items = given.body === undefined ? [kind === "events" ? { data: body() } : body()] : given.body
    if (!Array.isArray(items)) return given
    return { ...given, headers: { "content-type": described?.mediaType ?? "", ...given.headers }, body: items.map(kind === "events" ? eventText : lineText).join("") }
  }
  const answered = step(operation.name, count, typeof reply === "function" ? (request, n) => full(reply(request, n)) : () => full(reply))
  // requests of one operation for several media types differ by what they accept
  const others = new Set(declared.mediaTypes)
  const wanted = (accept: string | undefined): boolean => operation.mediaType === undefined ? accept === undefined || !others.has(accept) : accept === operation.mediaType
  return { ...answered, matches: (request) => answered.matches(request) && wanted(request.headers["accept"]) }
}

/** One JSON text a line. */
const lineText = (item: unknown): string => `${writeExactly(item)}\n`

/** A server-sent event: `data`, and `event` and `id` where they are given. */
const eventText = (item: { readonly event?: string; readonly id?: string; readonly data?: unknown }): string => {
  const data = typeof item.data === "string" ? item.data : writeExactly(item.data) ?? ""
  const named = [["event", item.event], ["id", item.id]].map(([name, value]) => value === undefined ? "" : `${name}: ${value}\n`)
  return `${named.join("")}${data.split("\n").map((line) => `data: ${line}\n`).join("")}\n`
}

/** Answers an endpoint every time. See {@link times}. */
export const always = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string>(
  endpoint: Endpoint<S, Input, A, E, P>,
  reply: Reply | ((request: TransportRequest, count: number) => Reply) = {}
): Step => times(Infinity, endpoint, reply)

/** Answers the next call of an endpoint. See {@link times}. */
export const once = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string>(endpoint: Endpoint<S, Input, A, E, P>, reply: Reply = {}): Step =>
  times(1, endpoint, reply)

/** Answers whatever the predicate takes, e.g. the target of a redirect. */
export const on = (name: string, matches: (request: TransportRequest) => boolean, reply: Reply | ((request: TransportRequest, count: number) => Reply)): Step => ({
  ...step(name, Infinity, reply),
  matches
})

/** Answers the login of {@link authentication}: a token that lasts `expiresIn`. */
export const login = (options: { readonly expiresIn?: Duration.Input | undefined; readonly delay?: Duration.Input | undefined; readonly reply?: ((count: number) => Reply | undefined) | undefined } = {}): Step =>
  step("login", Infinity, (_, count) => ({
    delay: options.delay,
    body: {
      access_token: `token-${count}`,
      ...(options.expiresIn === undefined ? {} : { expires_in: Duration.toSeconds(Duration.fromInputUnsafe(options.expiresIn)) })
    },
    ...options.reply?.(count)
  }))

/** A login by which a scripted session proves itself: answered by {@link login}, renewed when it has expired or is rejected. */
export const authentication = (): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, {
    method: "scripted login",
    make: (context) =>
      TokenAuthenticator.make<string>(context, {
        method: "scripted login",
        redeem: (_previous, commit) =>
          Effect.andThen(commit, Effect.flatMap(context.send({ operation: "login", method: "POST", url: "/login" }), (response) => {
            const answer = OAuth.parseAnswer(new TextDecoder().decode(response.body))
            return Result.isSuccess(answer)
              ? Effect.succeed({ value: answer.success.accessToken, lifetime: answer.success.lifetime })
              : Effect.fail(new AuthenticationFailed({ operation: "login", method: "POST", url: redactedBaseUrl(context.baseUrl), attempts: 1, status: response.status, reason: "login", detail: answer.failure }))
          })),
        headers: (token) => Effect.succeed({ authorization: `Bearer ${token}` }),
        secrets: (token) => [token],
        moreSecrets: () => []
      })
  })

/** A request as the script saw it. */
export interface Seen {
  readonly step: string
  readonly request: TransportRequest
  /** Unix time in milliseconds, on the test's clock */
  readonly at: number
}

interface AnySession<Self> {
  layer(): Layer.Layer<Self | Permission<Self, string>, ConfigurationInvalid, Parts>
}

export interface Script {
  readonly layer: Layer.Layer<Transport>
  /** requests that a step has answered */
  readonly count: (name: string) => number
  readonly seen: ReadonlyArray<Seen>
  /**
   * Runs a program in a session over this script. On a `TestClock` the clock is turned whenever a scripted delay is waited
   * for, so that answers come by themselves; everything else (expiry, backoff, deadlines) is the test's to turn
   */
  readonly run: <Self>(api: AnySession<Self>, options?: RunOptions) => <A, E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | ConfigurationInvalid, Exclude<R, Self | Permission<Self, string>>>
}

export interface RunOptions {
  /** default {@link authentication} where the script has a {@link login}, else none */
  readonly authentication?: Layer.Layer<Authentication> | undefined
  /** default base URL `https://script.test` */
  readonly configuration?: ConfigurationOptions | undefined
}

/** Makes a script. Of all steps that match, the first with something left answers; a request that none answers dies. */
export const make = (steps: ReadonlyArray<Step>): Effect.Effect<Script> =>
  Effect.sync(() => {
    const counts = new Map<Step, number>()
    const seen: Array<Seen> = []
    let dues: Queue.Queue<number> | undefined

    const answer = (request: TransportRequest): Effect.Effect<TransportResponse, TransportError> =>
      Effect.gen(function*() {
        const at = yield* Clock.currentTimeMillis
        const found = steps.find((candidate) => candidate.matches(request) && (counts.get(candidate) ?? 0) < candidate.times)
        if (found === undefined) return yield* Effect.die(new Error(`the script has no answer for ${request.operation} (${request.method} ${request.url.pathname}): add a step`))
        const count = (counts.get(found) ?? 0) + 1
        counts.set(found, count)
        seen.push({ step: found.name, request, at })
        const reply = found.reply(request, count)
        if (request.body?._tag === "Stream") yield* Effect.mapError(Stream.runDrain(request.body.stream), () => failed(request, "body", "maybe"))
        if (reply.delay !== undefined) {
          if (dues !== undefined) yield* Queue.offer(dues, at + Duration.toMillis(Duration.fromInputUnsafe(reply.delay)))
          yield* Effect.sleep(reply.delay)
        }
        if (reply.fault === "hang") return yield* Effect.never
        if (reply.fault !== undefined) return yield* fault(request, reply.fault, reply.processed)
        return { status: reply.status ?? 200, headers: headersOf(reply), body: bytesOf(reply.body) }
      })

    const layer = Layer.succeed(Transport, {
      name: "script",
      send: (request) => limited(request.limit, request, answer(request)),
      open: (request) => limited(request.limit, request, Effect.map(answer(request), ({ body, headers, status }) => ({ status, headers, body: Stream.succeed(body) })))
    })
    return {
      layer,
      seen,
      count: (name) => seen.filter((entry) => entry.step === name).length,
      run: (api, options) => (self) =>
        Effect.scoped(Effect.gen(function*() {
          const clock = yield* Clock.Clock
          if ("adjust" in clock) {
            const queue = yield* Queue.unbounded<number>()
            dues = queue
            yield* Effect.forkScoped(turning(queue))
          }
          const parts: Layer.Layer<Parts> = Layer.mergeAll(
            options?.authentication ?? (steps.some((candidate) => candidate.name === "login") ? authentication() : anonymous()),
            configurationLayer({ baseUrl: "https://script.test", ...options?.configuration }),
            layer
          )
          return yield* Effect.provide(self, api.layer().pipe(Layer.provide(parts)))
        }))
    }
  })

/** Turns a TestClock to each due answer, once all that is runnable at this instant has run. */
const turning = (queue: Queue.Queue<number>): Effect.Effect<never> =>
  Effect.forever(Effect.gen(function*() {
    const due = yield* Queue.take(queue)
    for (let i = 0; i < 32; i++) yield* Effect.yieldNow
    const wait = due - (yield* Clock.currentTimeMillis)
    if (wait > 0) yield* TestClock.adjust(wait)
  }))

const failure = (request: TransportRequest) => ({ operation: request.operation, method: request.method, url: request.displayUrl, attempts: request.attempt })

const failed = (request: TransportRequest, reason: ConnectionReason, processed: "no" | "maybe"): ConnectionFailed =>
  new ConnectionFailed({ ...failure(request), reason, processed, detail: "scripted" })

const tlsReasons: ReadonlySet<string> = new Set<TlsReason>([
  "untrusted",
  "expired",
  "notYetValid",
  "wrongHost",
  "revoked",
  "pin",
  "clientCertificateRequired",
  "clientCertificateRefused",
  "configuration"
])

const fault = (request: TransportRequest, reason: ConnectionReason | TlsReason, processed: "no" | "maybe" | undefined): Effect.Effect<never, TransportError> =>
  tlsReasons.has(reason)
    ? Effect.fail(new TlsFailed({ ...failure(request), reason: reason as TlsReason, detail: "scripted" }))
    : Effect.fail(failed(request, reason as ConnectionReason, processed ?? (reason === "refused" || reason === "dns" ? "no" : "maybe")))

const headersOf = (reply: Reply): Readonly<Record<string, string | ReadonlyArray<string>>> => {
  const given = Object.fromEntries(Object.entries(reply.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  return typeof reply.body === "string" || reply.body instanceof Uint8Array || reply.body === undefined ? given : { "content-type": "application/json", ...given }
}

const bytesOf = (body: unknown): Uint8Array =>
  body === undefined ? new Uint8Array(0) : body instanceof Uint8Array ? body : new TextEncoder().encode(typeof body === "string" ? body : writeExactly(body))
