/**
 * Signing in on another device: the program shows a code, and asks until somebody has approved it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { AuthenticationFailed, type CallError } from "../../errors/CallError.ts"
import { Authentication, type AuthenticationContext, type AuthenticationRequest } from "../../services/Authentication.ts"
import { CurrentDevicePrompt, type DevicePrompt } from "../../services/DevicePrompt.ts"
import * as Device from "../../wire/device.ts"
import * as OAuth from "../../wire/oauth.ts"
import { isSuccess } from "../../wire/status.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import { type Answered, ask } from "./ask.ts"
import { type IssuedToken, renewable, type RenewalRequest } from "./renewable.ts"
import { renewal } from "./renewal.ts"
import { formPost, readToken, scopeText } from "./tokenEndpoint.ts"

export type { DeviceCode, DevicePrompt } from "../../services/DevicePrompt.ts"

export interface DeviceFlowOptions {
  /** asks whether the code has been approved */
  readonly poll: (deviceCode: string) => AuthenticationRequest
  /** reads a token out of an answer; what the grant itself says while it waits has been read before */
  readonly read: (answer: Answered) => Result.Result<IssuedToken, string>
  readonly prompt: DevicePrompt
  /** secrets of the requests, besides the device code */
  readonly secrets: () => Iterable<string>
}

/** A code that somebody may be about to approve. */
interface Shown extends Omit<Device.DeviceAuthorization, "interval"> {
  /** grows where the server asks for less, for as long as the code is good (section 3.5) */
  interval: number
  /** the request that asked for it */
  readonly request: AuthenticationRequest["body"]
  /** monotonic milliseconds */
  readonly ends: number
}

/** Where the server tells no end, asking ends after this. */
const longest = 30 * 60_000

/**
 * The grant, over whatever requests an API has for it: gives a login by the request that asks for codes. It fails with
 * `AuthenticationFailed` (`login`) when the user refuses, or nobody approves in time. A question that gets no answer is asked
 * again, half as often each time. A login that nobody waits for any more leaves its code to the next one, which shows it again.
 */
export const makeDeviceFlow = (context: AuthenticationContext, { poll, prompt, read, secrets }: DeviceFlowOptions) => {
  let left: Shown | undefined

  const codes = (request: AuthenticationRequest): Effect.Effect<Shown, CallError> =>
    Effect.gen(function*() {
      if (left !== undefined && left.request === request.body && (yield* now) < left.ends) return left
      const given = yield* ask(context, request, {
        reason: "login",
        secrets,
        read: ({ json, status }) =>
          isSuccess(status) ? Device.parseAuthorization(json) : Result.fail(OAuth.refusal(json) ?? "the server gives no device codes")
      })
      return { ...given, request: request.body, ends: (yield* now) + (given.lifetime ?? longest) }
    })

  const approved = (code: Shown): Effect.Effect<IssuedToken, CallError> =>
    Effect.gen(function*() {
      const { deviceCode, ends, userCode, verificationUri, verificationUriComplete } = code
      const lifetime = code.lifetime === undefined ? undefined : Math.round(ends - (yield* now))
      yield* prompt({ session: context.session, userCode, verificationUri, verificationUriComplete, lifetime })
      const request = poll(deviceCode)
      while (true) {
        yield* Effect.sleep(Math.min(code.interval, ends - (yield* now)))
        if ((yield* now) >= ends) {
          return yield* new AuthenticationFailed({
            operation: request.operation,
            method: request.method,
            url: redactedBaseUrl(context.baseUrl),
            attempts: 0,
            reason: "login",
            detail: "nobody approved the code in time"
          })
        }
        const answer = yield* Effect.catchIf(
          ask(context, request, { reason: "login", secrets: () => [deviceCode, ...secrets()], read: (answered) => reading(answered, read) }),
          // section 3.5: whoever gets no answer asks less often
          (error) => error._tag === "ConnectionFailed" || error._tag === "Timeout",
          () => Effect.succeed("silent" as const)
        )
        if (typeof answer === "object") return answer
        if (answer === "silent") code.interval *= 2
        else if (answer === "slow") code.interval += Device.slowDown
      }
    })

  return (request: AuthenticationRequest): Effect.Effect<IssuedToken, CallError> =>
    Effect.flatMap(codes(request), (code) => Effect.onExit(approved(code), (exit) => Effect.sync(() => left = Exit.hasInterrupts(exit) ? code : undefined)))
}

/** who asks too often, and a gateway that does not reach the server: neither says anything of the code */
const busy: ReadonlySet<number> = /*#__PURE__*/ new Set([429, 502, 503, 504])

const reading = (answer: Answered, read: DeviceFlowOptions["read"]): Result.Result<IssuedToken | "pending" | "slow", string> => {
  const waiting = Device.waitingOf(answer.json)
  if (waiting === undefined) return busy.has(answer.status) ? Result.succeed("slow") : read(answer)
  return typeof waiting === "object" ? Result.fail(waiting.gone) : Result.succeed(waiting)
}

/** monotonic milliseconds */
const now = Effect.map(Clock.Clock, (clock) => Number(clock.monotonicTimeNanosUnsafe()) / 1e6)

export interface DeviceCodeOptions {
  /** the device authorization endpoint: absolute, or a path below the base URL */
  readonly deviceUrl: string
  /** the token endpoint. Redirects of both are never followed */
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret?: Redacted.Redacted<string> | undefined
  readonly scope?: string | undefined
  /** whose login it is, which is not known before: tells tokens of several users apart where they share a store */
  readonly user?: string | undefined
  /** who shows the code. Default: what {@link devicePrompt} gave to the session, else it is printed to standard error */
  readonly prompt?: DevicePrompt | undefined
}

/**
 * A Bearer token that somebody approves on another device, renewed by its refresh token.
 *
 * **Gotchas**
 *
 * A call waits no longer than its own limits: sign in before, with `authenticate()`, which waits as long as the code is good.
 *
 * @example
 * ```ts
 * Auth.deviceCode({ deviceUrl: "https://id.example.com/device", tokenUrl: "https://id.example.com/token", clientId: "tv" })
 * ```
 */
export const deviceCode = (options: DeviceCodeOptions): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, {
    method: "device code",
    make: (context) =>
      Effect.gen(function*() {
        const prompt = options.prompt ?? (yield* CurrentDevicePrompt)
        const login = makeDeviceFlow(context, {
          poll: (code) => post(options.tokenUrl, "device code", options, { grant_type: Device.grantType, device_code: code }),
          read: readToken,
          prompt,
          secrets: () => secretsOf(options)
        })
        return yield* renewable(context, {
          method: "device code",
          key: [options.tokenUrl, options.clientId, options.user, options.scope],
          interactive: true,
          rotates: true,
          login: ({ scopes }) => login(post(options.deviceUrl, "device authorization", options, { scope: scopeText(options.scope, scopes) })),
          refresh: (token, request) => refresh(context, options, token, request),
          headers: (token) => ({ authorization: `Bearer ${token.accessToken}` }),
          secrets: () => secretsOf(options)
        })
      })
  })

const secretsOf = ({ clientSecret }: DeviceCodeOptions): ReadonlyArray<string> => clientSecret === undefined ? [] : [Redacted.value(clientSecret)]

/** with what the client proves itself by */
const post = (url: string, operation: string, { clientId, clientSecret }: DeviceCodeOptions, members: OAuth.Members): AuthenticationRequest =>
  formPost(operation, url, { client_id: clientId, client_secret: clientSecret === undefined ? undefined : Redacted.value(clientSecret), ...members })

const refresh = (context: AuthenticationContext, options: DeviceCodeOptions, token: IssuedToken, request: RenewalRequest) => {
  const { refreshToken } = token
  if (refreshToken === undefined) return undefined
  const members = { grant_type: "refresh_token", refresh_token: refreshToken }
  return renewal(context, post(options.tokenUrl, "refresh token", options, members), token, request, { read: readToken, secrets: secretsOf(options) })
}

/**
 * Shows device codes in a way of the program's own; given beside a session's other parts.
 *
 * @example
 * ```ts
 * const show = Auth.devicePrompt(({ userCode, verificationUri }) => Console.log(`${verificationUri}: ${userCode}`))
 * Tpp.layer().pipe(Layer.provide([auth, configuration, transport, show]))
 * ```
 */
export const devicePrompt = (prompt: DevicePrompt): Layer.Layer<never> => Layer.succeed(CurrentDevicePrompt, prompt)
