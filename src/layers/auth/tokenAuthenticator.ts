/**
 * An authenticator over renewable credentials: the one place that knows how a 401 and a generation belong together.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type CallError, SessionClosed } from "../../errors/CallError.ts"
import type { AuthenticationContext, AuthenticationHop, Authenticator, Credentials } from "../../services/Authentication.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import * as Tokens from "./tokens.ts"

export interface TokenAuthenticatorOptions<A> {
  readonly method: string
  readonly redeem: Tokens.Redeem<A, CallError>
  readonly initial?: Tokens.Redeemed<A> | undefined
  /** the headers of a request; may depend on its URL */
  readonly headers: (value: A, hop: AuthenticationHop) => Effect.Effect<Readonly<Record<string, string>>>
  readonly secrets: (value: A) => Iterable<string>
  /** secrets besides the credential, such as the password */
  readonly moreSecrets: () => Iterable<string>
  readonly identity?: ((value: A) => string | undefined) | undefined
  /** called when the session closes, with the last credential, if there is one */
  readonly close?: ((value: A) => Effect.Effect<void>) | undefined
}

export const make = <A>(context: AuthenticationContext, options: TokenAuthenticatorOptions<A>): Effect.Effect<Authenticator, never, Scope.Scope> =>
  Effect.gen(function*() {
    // registered before the tokens' own finalizer, so that it runs after it: a rotation that comes home is closed as well
    let last: () => A | undefined = () => undefined
    if (options.close !== undefined) {
      const close = options.close
      yield* Effect.addFinalizer(() => Effect.suspend(() => {
        const value = last()
        return value === undefined ? Effect.void : Effect.ignore(Effect.timeoutOption(close(value), "2 seconds"))
      }))
    }
    const tokens = yield* Tokens.make<A, CallError>({
      redeem: options.redeem,
      initial: options.initial,
      closed: () => new SessionClosed({ operation: "authenticate", method: "-", url: redactedBaseUrl(context.baseUrl), attempts: 0, session: context.session })
    })
    last = () => tokens.current()?.value
    const toCredentials = (token: Tokens.Token<A>, hop: AuthenticationHop): Effect.Effect<Credentials> =>
      Effect.mapEager(options.headers(token.value, hop), (headers) => ({ headers, generation: token.generation }))
    return {
      method: options.method,
      credentials: (hop) => Effect.flatMapEager(tokens.get(), (token) => toCredentials(token, hop)),
      // once a call: a 401 for a credential that has just been renewed is the server's last word
      challenged: (hop, used, _response, round) => round > 0 ? Effect.undefined : Effect.flatMap(tokens.get(used.generation), (token) => toCredentials(token, hop)),
      authenticate: Effect.asVoid(tokens.renew),
      status: Effect.sync(() => {
        const token = tokens.current()
        return {
          method: options.method,
          state: token === undefined ? "none" as const : tokens.isExpired(token) ? "expired" as const : "active" as const,
          generation: token?.generation ?? 0,
          identity: token === undefined ? undefined : options.identity?.(token.value)
        }
      }),
      secrets: function*() {
        yield* options.moreSecrets()
        for (const token of tokens.recent()) yield* options.secrets(token.value)
      }
    }
  })
