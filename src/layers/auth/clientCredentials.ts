/**
 * An access token for the program itself, by its client id and secret.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 the grant
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 how the client proves itself
 */
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { Authentication, type AuthenticationContext } from "../../services/Authentication.ts"
import * as Basic from "../../wire/basic.ts"
import { ask } from "./ask.ts"
import { renewable } from "./renewable.ts"
import { formPost, readToken } from "./tokenEndpoint.ts"

export interface ClientCredentialsOptions {
  /** absolute, or a path below the base URL. Redirects of it are never followed */
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted<string>
  readonly scope?: string | undefined
  /** where id and secret go: as Basic, which each server must know (the default), or as members of the form */
  readonly secretIn?: "header" | "form" | undefined
}

/**
 * A Bearer token of the client credentials grant, asked for anew when it expires or is rejected. Fails with
 * `AuthenticationFailed` (`login`).
 *
 * @example
 * ```ts
 * Auth.clientCredentials({ tokenUrl: "https://id.example.com/token", clientId: "nightly", clientSecret: Redacted.make("…") })
 * ```
 */
export const clientCredentials = (options: ClientCredentialsOptions): Layer.Layer<Authentication> => Layer.succeed(Authentication, clientCredentialsRecipe(options))

export const clientCredentialsRecipe = (options: ClientCredentialsOptions): Authentication["Service"] => ({
  method: "client credentials",
  make: (context) =>
    renewable(context, {
      method: "client credentials",
      key: [options.tokenUrl, options.clientId, options.scope],
      login: login(context, options),
      headers: (token) => ({ authorization: `Bearer ${token.accessToken}` }),
      secrets: () => secretsOf(options)
    })
})

/** id and secret are form-encoded before they become user name and password */
const formEncoded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1)

const basicOf = ({ clientId, clientSecret }: ClientCredentialsOptions): string => Basic.encode(formEncoded(clientId), formEncoded(Redacted.value(clientSecret)))

const secretsOf = (options: ClientCredentialsOptions): ReadonlyArray<string> => [Redacted.value(options.clientSecret), basicOf(options)]

const login = (context: AuthenticationContext, options: ClientCredentialsOptions) => {
  const inForm = options.secretIn === "form"
  const request = formPost("client credentials", options.tokenUrl, {
    grant_type: "client_credentials",
    scope: options.scope,
    client_id: inForm ? options.clientId : undefined,
    client_secret: inForm ? Redacted.value(options.clientSecret) : undefined
  })
  return ask(context, inForm ? request : { ...request, headers: { ...request.headers, authorization: `Basic ${basicOf(options)}` } }, {
    reason: "login",
    // RFC 6749 section 4.4.3: a refresh token should not come; one that does is not needed
    read: (answer) => Result.map(readToken(answer), (token) => ({ ...token, refreshToken: undefined })),
    secrets: () => secretsOf(options)
  })
}
