/**
 * One call while it runs: what the stages of the pipeline share.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import { type DecodeFailed, type Issue, Timeout, type UnexpectedStatus } from "../../errors/CallError.ts"
import type { Failure } from "../../errors/Failure.ts"
import type { AuthenticationResponse, Authenticator, Credentials } from "../../services/Authentication.ts"
import type { CookieJar } from "../../services/CookieJar.ts"
import type { Hooks } from "../../services/Hooks.ts"
import type { DecodeContext, EncodeContext, EncodedRequest } from "../../services/Operation.ts"
import type { AttemptFailure } from "../../services/Policy.ts"
import type { RequestBody, TransportError, TransportRequest, TransportResponse, TransportStream } from "../../services/Transport.ts"
import * as Headers from "../../wire/headers.ts"
import { encoded } from "../../wire/query.ts"
import * as Redact from "../../wire/redact.ts"
import { Deadlines } from "../policy/deadlines.ts"
import type { Settings } from "./settings.ts"
import type { SessionState } from "./state.ts"
import type { Reach } from "./target.ts"

/** A response, whose body is in memory, or on its way for a streamed success. */
export interface Answer extends TransportResponse {
  readonly stream?: TransportStream["body"] | undefined
}

/** What distinguishes one kind of call from another. Everything else is the same for all. */
export interface Plan<A, E extends AttemptFailure, R = never> {
  readonly operation: string
  readonly method: string
  readonly path: string
  readonly encode: (context: EncodeContext) => Result.Result<EncodedRequest, ReadonlyArray<Issue>>
  /** a request of authentication itself: without credentials, and allowed while the session closes */
  readonly login?: boolean | undefined
  /** a redirect to another origin is the answer: what is there says nothing of this session */
  readonly stays?: boolean | undefined
  /** proves this call in place of the session's own authentication */
  readonly by?: Authenticator | undefined
  /** sends one request and reads the answer, as far as this kind of call wants it read */
  readonly exchange: (transport: SessionState["transport"], request: TransportRequest) => Effect.Effect<Answer, TransportError, R>
  /** what the answer means */
  readonly finish: (answer: Answer, context: DecodeContext) => Effect.Effect<A, E | UnexpectedStatus | DecodeFailed>
}

/** What decoding may draw on besides the response. */
export class Reading<A, E extends AttemptFailure, R> implements DecodeContext {
  readonly #call: CallState<A, E, R>
  readonly #answer: Answer
  readonly #url: URL
  readonly mode: DecodeContext["mode"]
  readonly redaction: DecodeContext["redaction"]
  readonly summarize: DecodeContext["summarize"]
  readonly drift: DecodeContext["drift"]
  constructor(call: CallState<A, E, R>, answer: Answer, url: URL, drift: DecodeContext["drift"]) {
    this.#call = call
    this.#answer = answer
    this.#url = url
    this.mode = call.settings.decode
    this.redaction = call
    this.summarize = call.session.summarize
    this.drift = drift
  }
  /** only an answer that cannot be used shows it: not worth building for each */
  get failure(): Failure {
    return this.#call.answered(this.#answer, this.#url)
  }
}

/** One call while it runs. */
export class CallState<A, E extends AttemptFailure, R> implements Redact.Redaction {
  readonly session: SessionState
  readonly plan: Plan<A, E, R>
  readonly settings: Settings
  readonly request: EncodedRequest
  readonly url: URL
  /** what may go along there */
  readonly reach: Reach
  /** it goes to an origin that the session's credentials are bound to */
  readonly own: boolean
  /** it goes where its options say, whatever origin that is: the headers among them are meant for it */
  readonly pinned: boolean
  readonly hooks: ReadonlyArray<Hooks>
  readonly clock: Clock.Clock
  readonly deadlines: Deadlines
  /** the session's credentials and cookies go along */
  readonly auth: boolean
  /** milliseconds on the monotonic clock */
  readonly due: number
  attempt = 0
  /** what the attempt's hooks add to its requests */
  attemptHeaders: Readonly<Record<string, string>> = {}
  attemptDue = Infinity
  attemptLimit = Infinity
  /** the next limit of an attempt, where a Schedule gives them */
  nextLimit: Effect.Effect<number> | undefined = undefined
  hop = 0
  /** challenges answered in this attempt */
  rounds = 0
  /** the body, where it was a stream that can be sent only once and had to be read before */
  inMemory: RequestBody | undefined = undefined
  /** a redirect has turned the request into another one (303): what it asked for has been done */
  redirected = false
  /** what has failed is no request of this call but a login, which is retried by itself, or a hook: another attempt would not mend it */
  final = false
  constructor(session: SessionState, plan: Plan<A, E, R>, settings: Settings, request: EncodedRequest, url: URL, reach: Reach, hooks: ReadonlyArray<Hooks>, clock: Clock.Clock) {
    this.session = session
    this.plan = plan
    this.settings = settings
    this.request = request
    this.url = url
    this.reach = reach
    this.auth = settings.auth && request.auth && request.security?.length !== 0
    // to another server over plain http goes nothing of the session's: what wants credentials fails there, the rest goes without
    this.own = reach.bound && (reach.home || reach.secure || (this.auth && !session.anonymous))
    this.pinned = settings.pinned && reach === settings.target
    this.hooks = hooks
    this.clock = clock
    this.deadlines = Deadlines.of(clock)
    this.due = settings.deadline === Infinity ? Infinity : this.deadlines.now() + settings.deadline
  }
  /** what this call proved itself with: a server may repeat it, also once it is no longer the session's */
  proof: Credentials | undefined = undefined
  /** cookies of where it goes */
  get jar(): CookieJar | undefined {
    return this.reach.home ? this.session.jar : this.session.jarOf(this.reach.origin)
  }
  get isSecretName(): Redact.Redaction["isSecretName"] {
    return this.session.redaction.isSecretName
  }
  *values(): Iterable<string> {
    yield* this.session.redaction.values()
    const { proof } = this
    if (proof === undefined) return
    for (const value of Object.values(proof.headers)) {
      yield value
      // of `Bearer abc` also the token alone, and of Digest the proof
      const space = value.indexOf(" ")
      if (space > 0) yield value.slice(space + 1)
      const proved = /\bresponse="([^"]+)"/.exec(value)?.[1]
      if (proved !== undefined) yield proved
    }
    if (proof.cookies !== undefined) yield* Object.values(proof.cookies)
    // also as it stands in a URL
    if (proof.query !== undefined) for (const value of Object.values(proof.query)) yield* [value, encoded(value)]
  }
  /** milliseconds until the deadline */
  remaining(): number {
    return this.due === Infinity ? Infinity : this.due - this.deadlines.now()
  }
  shownUrl(url = this.url): string {
    return Redact.url(url, this)
  }
  failure(url?: URL): Failure {
    return { operation: this.plan.operation, method: this.request.method, url: this.shownUrl(url), attempts: this.attempt }
  }
  answered(answer: AuthenticationResponse, url?: URL): Failure {
    const requestId = Headers.requestId(answer.headers)
    return {
      ...this.failure(url),
      status: answer.status,
      // a server may write there what it was told
      requestId: requestId === undefined ? undefined : Redact.excerpt(requestId, this),
      retryAfter: Headers.retryAfter(answer.headers, this.clock.currentTimeMillisUnsafe())
    }
  }
  timeout(processed: "no" | "maybe"): Timeout {
    const total = this.due <= this.attemptDue
    return new Timeout({ ...this.failure(), phase: total ? "total" : "attempt", limit: Duration.millis(total ? this.settings.deadline : this.attemptLimit), processed: this.redirected ? "maybe" : processed })
  }
}

