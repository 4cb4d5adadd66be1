/** `/vedauth`, the authorization server, and the old way to an API key. */
import type { Answer, HttpRequest } from "../../http/message.ts"
import { empty, error, type Input, inputOf, oauthError, ok, unauthenticated } from "./answers.ts"
import type { Access, Application, Issued, User } from "./auth.ts"
import type { Route } from "./route.ts"
import { isWithin, parseScope } from "./scope.ts"

export interface AuthorizeOptions {
  /** whom a web server in front has let in by Negotiate or NTLM; believed by `/vedauth/authorize/integrated` only */
  readonly remoteUser?: ((request: HttpRequest) => string | undefined) | undefined
}

const iso = (millis: number): string => new Date(millis).toISOString()
const seconds = (millis: number): number => Math.floor(millis / 1000)
const identityOf = (user: User): string => `local:${user.universal}`

const granted = ({ accessToken, consent, expires, issued, refreshToken }: Issued, state?: string): Answer =>
  ok({
    access_token: accessToken,
    expires: seconds(expires),
    expires_in: seconds(expires - issued),
    identity: identityOf(consent.user),
    refresh_token: refreshToken,
    refresh_until: seconds(consent.until),
    scope: consent.scope,
    token_type: "Bearer",
    ...(state === undefined ? {} : { state })
  }, { "Cache-Control": "no-store" })

export const authorizeRoutes = (access: Access, now: () => number, { remoteUser }: AuthorizeOptions): ReadonlyArray<Route> => {
  /** what is asked for, where an application and a scope are named that go together */
  const asked = (request: HttpRequest, answer: (input: Input, application: Application, scope: string) => Answer): Answer => {
    const input = inputOf(request)
    if (input === undefined) return oauthError(400, "invalid_request", "The body is not JSON")
    const application = access.application(input.text("client_id") ?? "")
    if (application === undefined) return oauthError(400, "invalid_client", "Application does not exist")
    const scope = input.text("scope")
    const grants = scope === undefined ? undefined : parseScope(scope)
    if (scope === undefined || grants === undefined || !isWithin(grants, application.scope)) return oauthError(400, "invalid_scope", "The scope is invalid, or more than the application allows")
    return answer(input, application, scope)
  }
  const open = (path: string, handle: (request: HttpRequest) => Answer): Route => ({ method: "POST", path, open: handle })

  return [
    open("/vedauth/authorize/oauth", (request) =>
      asked(request, (input, application, scope) => {
        const user = access.userOf(input.text("username") ?? "", input.text("password") ?? "")
        return user === undefined ? oauthError(400, "invalid_grant", "Username\\password combination not valid") : granted(access.grant(user, application, scope), input.text("state"))
      })),
    open("/vedauth/authorize/certificate", (request) =>
      asked(request, (_, application, scope) => {
        const user = request.clientCertificate === undefined ? undefined : access.user(request.clientCertificate.commonName)
        return user === undefined ? oauthError(401, "invalid_grant", "There is no client certificate, or nobody whom it belongs to") : granted(access.grant(user, application, scope))
      })),
    open("/vedauth/authorize/integrated", (request) => {
      const name = remoteUser?.(request)
      if (name === undefined) return { status: 401, headers: { "WWW-Authenticate": "Negotiate, NTLM" }, body: new Uint8Array() }
      return asked(request, (input, application, scope) => {
        const user = access.user(name)
        return user === undefined ? oauthError(400, "invalid_grant", "There is no such user") : granted(access.grant(user, application, scope), input.text("state"))
      })
    }),
    open("/vedauth/authorize/device", (request) =>
      asked(request, (_, application, scope) => {
        const { code, seconds: good } = access.device(application, scope)
        const userCode = `${code.slice(0, 4)}-${code.slice(4, 8)}`.toUpperCase()
        const uri = `${request.origin}/aperture/device`
        return ok({
          device_code: code,
          user_code: userCode,
          verification_uri: uri,
          verification_uri_complete: `${uri}?code=${userCode}`,
          interval: 1,
          expires_in: good,
          expires: seconds(now()) + good
        })
      })),
    open("/vedauth/authorize/token", (request) => {
      const input = inputOf(request)
      if (input === undefined) return oauthError(400, "invalid_request", "The body is not JSON")
      const application = access.application(input.text("client_id") ?? "")
      if (application === undefined) return oauthError(400, "invalid_client", "Application does not exist")
      if (input.text("grant_type") === "device_code") {
        const issued = access.poll(input.text("device_code") ?? "", application)
        if (issued === "pending") return oauthError(400, "authorization_pending", "The user has not yet approved")
        if (issued === "expired") return oauthError(400, "expired_token", "The device code has expired")
        return issued === undefined ? oauthError(400, "invalid_grant", "The device code is unknown or spent") : granted(issued)
      }
      const refreshToken = input.text("refresh_token")
      if (refreshToken === undefined) return oauthError(400, "invalid_request", "refresh_token is missing")
      const issued = access.redeem(refreshToken, application)
      return issued === undefined ? oauthError(400, "invalid_grant", "Grant has been revoked, has expired, or the refresh token is invalid") : granted(issued)
    }),
    {
      method: "GET",
      path: "/vedauth/authorize/verify",
      scope: "any",
      handle: ({ identity: { token } }) =>
        token === undefined ? unauthenticated() : ok({
          access_issued_on_unix_time: seconds(token.issued),
          access_issued_on_ISO8601: iso(token.issued),
          application: token.consent.application.id,
          expires_unix_time: seconds(token.expires),
          expires_ISO8601: iso(token.expires),
          grant_issued_on_unix_time: seconds(token.consent.issued),
          grant_issued_on_ISO8601: iso(token.consent.issued),
          identity: identityOf(token.consent.user),
          scope: token.consent.scope,
          valid_for: seconds(token.expires - now())
        })
    },
    {
      method: "GET",
      path: "/vedauth/revoke/token",
      scope: "any",
      handle: ({ identity: { token } }) => {
        if (token === undefined) return unauthenticated()
        access.revoke(token)
        return empty
      }
    },
    open("/vedsdk/authorize", (request) => {
      const input = inputOf(request)
      const user = access.userOf(input?.text("Username") ?? "", input?.text("Password") ?? "")
      if (user === undefined) return error(401, "Authentication error")
      const { key, until } = access.key(user)
      return ok({ APIKey: key, ValidUntil: `/Date(${until})/` })
    })
  ]
}
