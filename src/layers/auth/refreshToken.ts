/**
 * An access token that renews itself by a refresh token.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6 refreshing an access token
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { AuthenticationFailed, ConnectionFailed, DecodeFailed, Timeout } from "../../errors/CallError.ts"
import { Authentication, type AuthenticationContext } from "../../services/Authentication.ts"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { fieldProblem } from "../../wire/headers.ts"
import * as OAuth from "../../wire/oauth.ts"
import * as Redact from "../../wire/redact.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import * as TokenAuthenticator from "./tokenAuthenticator.ts"

export interface RefreshTokenOptions {
  /** absolute, or a path below the base URL. Redirects of it are never followed */
  readonly tokenUrl: string
  readonly refreshToken: Redacted.Redacted<string>
  /** a token to begin with, and for how many seconds it is good */
  readonly accessToken?: Redacted.Redacted<string> | undefined
  readonly expiresIn?: number | undefined
  readonly clientId?: string | undefined
  readonly scope?: string | undefined
  /**
   * told each rotated refresh token before the new access token is used, so that it can be kept. Cannot be interrupted: a
   * session that closes waits for it
   */
  readonly onRotate?: ((refreshToken: Redacted.Redacted<string>) => Effect.Effect<void>) | undefined
}

/**
 * A Bearer token, renewed when it expires or is rejected. A refresh token whose answer was lost may have been rotated
 * away: it is not sent again, and calls fail with `AuthenticationFailed` (`refresh`).
 *
 * All sessions that are made from one such layer share its refresh token, which one of them spends at a time; each has an
 * access token of its own, but for the one to begin with.
 *
 * @example
 * ```ts
 * Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: Redacted.make("…") })
 * ```
 */
export const refreshToken = (options: RefreshTokenOptions): Layer.Layer<Authentication> => {
  // beside the recipe, not in `make`: each session with a copy of its own would spend what another one has spent
  const state: State = { refreshToken: Redacted.value(options.refreshToken), replaced: [], lost: false, flight: Semaphore.makeUnsafe(1) }
  return Layer.succeed(Authentication, {
    method: "refresh token",
    make: (context) =>
      Effect.suspend(() => {
        const problem = options.accessToken === undefined ? undefined : fieldProblem("authorization", Redacted.value(options.accessToken))
        if (problem !== undefined) return Effect.fail(new ConfigurationInvalid({ settings: [{ name: "accessToken", expected: problem }] }))
        return TokenAuthenticator.make<string>(context, {
          method: "refresh token",
          initial: options.accessToken === undefined ? undefined : { value: Redacted.value(options.accessToken), lifetime: OAuth.lifetime(options.expiresIn) },
          // what waits for its turn has spent nothing yet and may be given up
          redeem: (previous, commit) => state.flight.withPermit(refresh(context, options, state, previous?.value, commit)),
          headers: (token) => Effect.succeed({ authorization: `Bearer ${token}` }),
          secrets: (token) => [token],
          moreSecrets: () => [state.refreshToken, ...state.replaced]
        })
      })
  })
}

/** What the sessions of one recipe share. */
interface State {
  refreshToken: string
  /** the last few that were rotated away, and the first: a server may still repeat them */
  replaced: ReadonlyArray<string>
  /** the answer to the last refresh never came: the server may have rotated the token away */
  lost: boolean
  readonly flight: Semaphore.Semaphore
}

/** The server may have acted on a request that ended so, and what it answered is not known. */
const isLost = (exit: Exit.Exit<unknown, unknown>): boolean => {
  if (Exit.isSuccess(exit)) return false
  const error = Exit.findErrorOption(exit)
  // given up when the session closed, or broken
  if (Option.isNone(error)) return true
  // an answer that cannot be read is as good as none
  return error.value instanceof DecodeFailed || ((error.value instanceof ConnectionFailed || error.value instanceof Timeout) && error.value.processed === "maybe")
}

const refresh = (context: AuthenticationContext, options: RefreshTokenOptions, state: State, before: string | undefined, commit: Effect.Effect<void>) =>
  // only the request can be interrupted: its answer is taken note of, whoever waits for it
  Effect.uninterruptibleMask((restore) => Effect.gen(function*() {
    const failure = { operation: "refresh token", method: "POST", url: redactedBaseUrl(context.baseUrl), attempts: 1, reason: "refresh" } as const
    if (state.lost) {
      return yield* new AuthenticationFailed({ ...failure, attempts: 0, detail: "the answer to the last renewal was lost, and the refresh token may have been replaced" })
    }
    const spent = state.refreshToken
    yield* commit
    const response = yield* restore(context.send({
      operation: "refresh token",
      method: "POST",
      url: options.tokenUrl,
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: OAuth.refreshForm({ refreshToken: spent, clientId: options.clientId, scope: options.scope })
    })).pipe(
      Effect.onExit((exit) => Effect.sync(() => {
        if (isLost(exit)) state.lost = true
      })),
      // RFC 6749 section 5.2: a client that is not known may be told so by a 401
      Effect.catchTag("AuthenticationFailed", (error) =>
        Effect.fail(
          error.reason === "rejected"
            ? new AuthenticationFailed({ ...failure, status: error.status, detail: error.detail ?? "the token endpoint refused" })
            : error
        ))
    )
    // a gateway in between got no answer, or none in time: whoever is behind it may have rotated the token
    if (response.status === 502 || response.status === 504) state.lost = true
    const text = new TextDecoder().decode(response.body.subarray(0, 65_536))
    const succeeded = response.status >= 200 && response.status < 300
    const rotation = succeeded ? OAuth.parseRotation(text) : undefined
    if (rotation?.refreshToken !== undefined && rotation.refreshToken !== spent) {
      state.replaced = [Redacted.value(options.refreshToken), state.refreshToken, ...state.replaced.slice(1, 3)]
      state.refreshToken = rotation.refreshToken
      // kept before the rest of the answer is judged or used: what is not kept is lost with the process
      if (options.onRotate !== undefined) yield* options.onRotate(Redacted.make(rotation.refreshToken))
    }
    const answer = OAuth.parseAnswer(text)
    const wrong = response.status >= 300 && response.status < 400
      ? "the token endpoint redirects, which is never followed"
      : Result.isFailure(answer)
      ? answer.failure
      : succeeded
      ? fieldProblem("authorization", answer.success.accessToken)
      : "the token endpoint refused"
    if (wrong !== undefined || Result.isFailure(answer)) {
      // the server believes that it has renewed, and what it put in the token's place cannot be read
      if (rotation !== undefined && rotation.refreshToken === undefined && !rotation.refused) state.lost = true
      const secrets = [spent, state.refreshToken, ...(before === undefined ? [] : [before])]
      return yield* new AuthenticationFailed({ ...failure, status: response.status, detail: wrong === undefined ? undefined : Redact.excerpt(wrong, { isSecretName: Redact.isSecretName(), values: () => secrets }) })
    }
    return { value: answer.success.accessToken, lifetime: answer.success.lifetime }
  }))
