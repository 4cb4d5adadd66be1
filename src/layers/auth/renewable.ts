/**
 * A login that gives a token, and renews it: what all such logins share.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { CallError } from "../../errors/CallError.ts"
import type { AuthenticationContext, AuthenticationHop, Authenticator } from "../../services/Authentication.ts"
import * as TokenAuthenticator from "./tokenAuthenticator.ts"

/** A token as a login or a renewal gives it. */
export interface IssuedToken {
  readonly accessToken: string
  /** milliseconds; `undefined`: not told */
  readonly lifetime?: number | undefined
  readonly refreshToken?: string | undefined
  /** how long the refresh token is good, in milliseconds; `undefined`: not told */
  readonly refreshLifetime?: number | undefined
  readonly identity?: string | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
  /** whatever else belongs to it */
  readonly more?: Readonly<Record<string, string>> | undefined
}

export interface RenewableOptions {
  readonly method: string
  /** tells this login from others in a store: user, client, scope. The API, its base URL and the method are added */
  readonly key: ReadonlyArray<string | undefined>
  /** signs in from nothing; `undefined`: there is nothing to sign in by, but what was given */
  readonly login?: Effect.Effect<IssuedToken, CallError> | undefined
  /** renews a token; `undefined`, or where it gives `undefined`: it cannot be renewed, and `login` runs in its place */
  readonly refresh?: ((token: IssuedToken) => Effect.Effect<IssuedToken, CallError> | undefined) | undefined
  /** what `refresh` spends can be spent once: an answer that was lost took it along, and it is never sent again. Default `false` */
  readonly rotates?: boolean | undefined
  /** a token to begin with */
  readonly initial?: IssuedToken | undefined
  readonly headers: (token: IssuedToken, hop: AuthenticationHop) => Readonly<Record<string, string>>
  /** ends the login on the server */
  readonly signOut?: ((token: IssuedToken) => Effect.Effect<void, CallError>) | undefined
  /** whether closing the session ends a login that no store keeps. Default `signOut` */
  readonly onClose?: "signOut" | "keep" | undefined
  /** secrets besides the tokens, such as the password */
  readonly secrets?: (() => Iterable<string>) | undefined
}

/**
 * An authenticator over tokens that are issued by a login and renewed by a refresh.
 *
 * @example
 * ```ts
 * const recipe = { method: "password", make: (context) => renewable(context, { method: "password", key: [user], login, headers }) }
 * ```
 */
export const renewable = (context: AuthenticationContext, options: RenewableOptions): Effect.Effect<Authenticator, never, Scope.Scope> =>
  Effect.gen(function*() {
    const secretsOf = (token: IssuedToken): ReadonlyArray<string> => token.refreshToken === undefined ? [token.accessToken] : [token.accessToken, token.refreshToken]
    const { signOut } = options
    return yield* TokenAuthenticator.make<IssuedToken>(context, {
      method: options.method,
      initial: options.initial === undefined ? undefined : { value: options.initial, lifetime: options.initial.lifetime },
      redeem: (previous, commit) =>
        Effect.andThen(commit, Effect.suspend(() => {
          const renewed = previous === undefined ? undefined : options.refresh?.(previous.value)
          return Effect.map(renewed ?? options.login ?? Effect.die("no login"), (token) => ({ value: token, lifetime: token.lifetime }))
        })),
      headers: (token, hop) => Effect.sync(() => options.headers(token, hop)),
      secrets: secretsOf,
      moreSecrets: options.secrets ?? (() => []),
      identity: (token) => token.identity,
      close: signOut === undefined || options.onClose === "keep" ? undefined : (token) => Effect.ignore(signOut(token))
    })
  })
