/**
 * An access token that renews itself by a refresh token.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6 refreshing an access token
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { CallError } from "../../errors/CallError.ts"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { Authentication, type AuthenticationContext } from "../../services/Authentication.ts"
import { fieldProblem } from "../../wire/headers.ts"
import * as OAuth from "../../wire/oauth.ts"
import { type IssuedToken, makeShelves, renewable, type RenewalRequest } from "./renewable.ts"
import { renewal } from "./renewal.ts"
import { formPost, readToken, scopeText } from "./tokenEndpoint.ts"

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
 * A Bearer token, renewed when it expires or is rejected, and ahead of that while it is in use. A refresh token whose answer
 * was lost may have been rotated away: it is not sent again, and calls fail with `AuthenticationFailed` (`refresh`).
 *
 * All sessions that are made from one such layer share its tokens, and one of them renews at a time. With a token store all
 * that share the store do, in any process; what is kept there begins with the refresh token that was given, so a new one
 * begins anew.
 *
 * @example
 * ```ts
 * Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: Redacted.make("…") })
 * ```
 */
export const refreshToken = (options: RefreshTokenOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, refreshTokenRecipe(options))

export const refreshTokenRecipe = (options: RefreshTokenOptions): Authentication["Service"] => {
  // beside the recipe, not in `make`: each session with a copy of its own would spend what another one has spent
  const shelves = makeShelves()
  const { accessToken, clientId, onRotate, scope } = options
  return {
    method: "refresh token",
    make: (context) =>
      Effect.suspend(() => {
        const problem = accessToken === undefined ? undefined : fieldProblem("authorization", Redacted.value(accessToken))
        if (problem !== undefined) return Effect.fail(new ConfigurationInvalid({ settings: [{ name: "accessToken", expected: problem }] }))
        return renewable(context, {
          method: "refresh token",
          key: [clientId, scope],
          issuer: issuerOf(context, options.tokenUrl),
          shelves,
          initial: {
            accessToken: accessToken === undefined ? undefined : Redacted.value(accessToken),
            lifetime: OAuth.lifetime(options.expiresIn),
            refreshToken: Redacted.value(options.refreshToken)
          },
          rotates: true,
          refresh: (token, request) => refresh(context, options, token, request),
          onRotate: onRotate === undefined ? undefined : (rotated) => onRotate(Redacted.make(rotated)),
          headers: (token) => ({ authorization: `Bearer ${token.accessToken}` })
        })
      })
  }
}

/** a path is below the base URL, whichever that is */
const issuerOf = ({ baseUrl }: AuthenticationContext, tokenUrl: string): string => URL.parse(tokenUrl)?.href ?? `${baseUrl.href.replace(/\/$/, "")}${tokenUrl}`

/** The request for the next token; `undefined` where there is nothing to spend for it. */
export const refresh = (
  context: AuthenticationContext,
  options: Pick<RefreshTokenOptions, "tokenUrl" | "clientId" | "scope">,
  token: IssuedToken,
  request: RenewalRequest
): Effect.Effect<IssuedToken, CallError> | undefined => {
  if (token.refreshToken === undefined) return undefined
  const sent = formPost("refresh token", options.tokenUrl, {
    grant_type: "refresh_token",
    refresh_token: token.refreshToken,
    client_id: options.clientId,
    scope: scopeText(options.scope, request.scopes)
  })
  return renewal(context, sent, token, request, { read: readToken })
}
