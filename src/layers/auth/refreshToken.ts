/**
 * An access token that renews itself by a refresh token.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6 refreshing an access token
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { AuthenticationFailed, type CallError, ConnectionFailed, DecodeFailed, Timeout } from "../../errors/CallError.ts"
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
  /** told each rotated refresh token before the new access token is used, so that it can be kept */
  readonly onRotate?: ((refreshToken: Redacted.Redacted<string>) => Effect.Effect<void>) | undefined
}

/**
 * A Bearer token, renewed when it expires or is rejected. A refresh token whose answer was lost may have been rotated
 * away: it is not sent again, and calls fail with `AuthenticationFailed` (`refresh`).
 *
 * @example
 * ```ts
 * Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: Redacted.make("…") })
 * ```
 */
export const refreshToken = (options: RefreshTokenOptions): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, {
    method: "refresh token",
    make: (context) =>
      Effect.suspend(() => {
        const problem = options.accessToken === undefined ? undefined : fieldProblem("authorization", Redacted.value(options.accessToken))
        if (problem !== undefined) return Effect.fail(new ConfigurationInvalid({ settings: [{ name: "accessToken", expected: problem }] }))
        const state: State = { refreshToken: Redacted.value(options.refreshToken), lost: false }
        return TokenAuthenticator.make<string>(context, {
          method: "refresh token",
          initial: options.accessToken === undefined ? undefined : { value: Redacted.value(options.accessToken), lifetime: OAuth.lifetime(options.expiresIn) },
          redeem: (previous, commit) => refresh(context, options, state, previous?.value, commit),
          headers: (token) => Effect.succeed({ authorization: `Bearer ${token}` }),
          secrets: (token) => [token],
          moreSecrets: () => [state.refreshToken]
        })
      })
  })

interface State {
  refreshToken: string
  /** the answer to the last refresh never came: the server may have rotated the token away */
  lost: boolean
}

const refresh = (context: AuthenticationContext, options: RefreshTokenOptions, state: State, before: string | undefined, commit: Effect.Effect<void>) =>
  Effect.gen(function*() {
    const failure = { operation: "refresh token", method: "POST", url: redactedBaseUrl(context.baseUrl), attempts: 1, reason: "refresh" } as const
    if (state.lost) {
      return yield* new AuthenticationFailed({ ...failure, attempts: 0, detail: "the answer to the last renewal was lost, and the refresh token may have been replaced" })
    }
    const spent = state.refreshToken
    yield* commit
    const response = yield* context.send({
      operation: "refresh token",
      method: "POST",
      url: options.tokenUrl,
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: OAuth.refreshForm({ refreshToken: spent, clientId: options.clientId, scope: options.scope })
    }).pipe(
      Effect.tapError((error: CallError) => Effect.sync(() => {
        // an answer that cannot be read is as good as none
        if (error instanceof DecodeFailed || ((error instanceof ConnectionFailed || error instanceof Timeout) && error.processed === "maybe")) state.lost = true
      })),
      // RFC 6749 section 5.2: a client that is not known may be told so by a 401
      Effect.catchTag("AuthenticationFailed", (error) => Effect.fail(error.reason !== "rejected" ? error : new AuthenticationFailed({ ...failure, status: error.status, detail: error.detail ?? "the token endpoint refused" })))
    )
    // a gateway in between got no answer, or none in time: whoever is behind it may have rotated the token
    if (response.status === 502 || response.status === 504) state.lost = true
    const answer = OAuth.parseAnswer(new TextDecoder().decode(response.body.subarray(0, 65_536)))
    const wrong = response.status >= 300 && response.status < 400
      ? "the token endpoint redirects, which is never followed"
      : Result.isFailure(answer)
      ? answer.failure
      : response.status < 200 || response.status >= 300
      ? "the token endpoint refused"
      : fieldProblem("authorization", answer.success.accessToken)
    if (wrong !== undefined || Result.isFailure(answer)) {
      return yield* new AuthenticationFailed({ ...failure, status: response.status, detail: wrong === undefined ? undefined : Redact.excerpt(wrong, { isSecretName: Redact.isSecretName(), values: () => before === undefined ? [spent] : [spent, before] }) })
    }
    const { accessToken, lifetime, refreshToken: rotated } = answer.success
    if (rotated !== undefined && rotated !== spent) {
      state.refreshToken = rotated
      // kept before the new token is used: what is used but not kept is lost with the process
      if (options.onRotate !== undefined) yield* options.onRotate(Redacted.make(rotated))
    }
    return { value: accessToken, lifetime }
  })
