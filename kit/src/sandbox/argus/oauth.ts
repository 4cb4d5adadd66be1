/**
 * The refresh token grant, with rotation: each use of a refresh token issues the next one and spends the old.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6 (refreshing an access token)
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 (error response)
 */
import { randomBytes } from "node:crypto"
import type { Answer, HttpRequest } from "../../http/message.ts"
import { type Authenticator, fullRights } from "./auth.ts"
import type { User, World } from "./model.ts"

/** The client that refresh tokens are issued to. Its secret is checked only when one is shown. */
export const OAUTH_CLIENT = { id: "demo-client", secret: "demo-client-secret" } as const

/** The token endpoint, and the means to get a first refresh token without a browser. */
export interface OAuth {
  readonly token: (request: HttpRequest) => Answer
  readonly issueRefreshToken: (userName: string) => string | undefined
  /** `expires_in` of access tokens issued from now on, in milliseconds. */
  readonly setAccessTokenLifetime: (milliseconds: number) => void
}

const NO_STORE = { "Cache-Control": "no-store", Pragma: "no-cache" }

const failure = (status: number, error: string, description: string): Answer => ({
  status,
  headers: { ...NO_STORE, ...(status === 401 ? { "WWW-Authenticate": "Basic realm=\"argus\"" } : {}) },
  body: { error, error_description: description }
})

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 (client password, by Basic or in the form) */
const clientOf = (request: HttpRequest, form: URLSearchParams): { readonly id: string | null; readonly secret: string | null } => {
  const basic = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]
  if (basic === undefined) return { id: form.get("client_id"), secret: form.get("client_secret") }
  const pair = new URLSearchParams(Buffer.from(basic, "base64").toString("utf8").replace(/^([^:]*):(.*)$/s, "id=$1&secret=$2"))
  return { id: pair.get("id"), secret: pair.get("secret") }
}

export const makeOAuth = (world: World, auth: Authenticator): OAuth => {
  // A world starts with one refresh token a user: nobody has to click through a consent page first.
  const refreshTokens = new Map<string, User>(world.users.map((user) => [`${user.userName}-refresh-token`, user]))
  let lifetime = 3_600_000

  const issueRefreshToken = (user: User): string => {
    const token = randomBytes(24).toString("base64url")
    refreshTokens.set(token, user)
    return token
  }

  return {
    token: (request) => {
      if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "")) {
        return failure(400, "invalid_request", "A form is needed")
      }
      const form = new URLSearchParams(Buffer.from(request.body).toString("utf8"))
      const client = clientOf(request, form)
      if (client.id !== OAUTH_CLIENT.id || (client.secret !== null && client.secret !== OAUTH_CLIENT.secret)) {
        return failure(401, "invalid_client", "Unknown client")
      }
      if (form.get("grant_type") !== "refresh_token") return failure(400, "unsupported_grant_type", "Only refresh_token is offered")
      const old = form.get("refresh_token")
      if (old === null) return failure(400, "invalid_request", "refresh_token is missing")
      const user = refreshTokens.get(old)
      if (user === undefined) return failure(400, "invalid_grant", "The refresh token is unknown or spent")
      refreshTokens.delete(old)
      const session = auth.open(user, "OPENID", fullRights(user), lifetime)
      return {
        status: 200,
        headers: NO_STORE,
        body: {
          access_token: session.token,
          token_type: "Bearer",
          expires_in: Math.floor(lifetime / 1000),
          refresh_token: issueRefreshToken(user)
        }
      }
    },
    issueRefreshToken: (userName) => {
      const user = world.users.find((candidate) => candidate.userName === userName)
      return user && issueRefreshToken(user)
    },
    setAccessTokenLifetime: (milliseconds) => {
      lifetime = milliseconds
    }
  }
}
