/**
 * A small OpenID provider, as far as the official client needs one: discovery, a code for whoever asks, tokens that rotate.
 * Nobody is asked for a password: whoever follows the authorization URL is `demo`, or the user of `login_hint`.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1 (code), https://www.rfc-editor.org/rfc/rfc6749#section-6 (refresh)
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.6 (PKCE)
 */
import { createHash, randomBytes } from "node:crypto"
import type { Answer, HttpRequest } from "../../http/message.ts"

/** The client that everybody is told to be, and where its answers go. */
export const CLIENT = { id: "demo-client", scope: "openid offline_access", audience: "https://api.example", redirect: "http://localhost:32284/" } as const

/** With this one everybody may begin, without a browser. It is spent by its first use, as the next ones are. */
export const REFRESH_TOKEN = "demo-refresh-token"

export interface Provider {
  /** `path` is what follows the provider's root */
  readonly handle: (request: HttpRequest, path: string) => Answer
  /** who an access token was given to */
  readonly userOf: (accessToken: string) => string | undefined
  /** what an API says to whoever comes without a token */
  readonly challenge: (origin: string) => string
  /** ends the access tokens, of everybody or of one user; answers how many */
  readonly expire: (userName?: string) => number
  /** of access tokens issued from now on, in milliseconds */
  readonly setLifetime: (milliseconds: number) => void
}

interface Code {
  readonly user: string
  readonly challenge: string | null
  readonly redirect: string
}

const NO_STORE = { "Cache-Control": "no-store", Pragma: "no-cache" }

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
const failure = (error: string, description: string): Answer => ({ status: 400, headers: NO_STORE, body: { error, error_description: description } })

// any port of the machine itself (RFC 8252 section 7.3)
const isLoopback = (redirect: string): boolean => URL.canParse(redirect) && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(redirect).hostname)

/** The provider at `<origin>/idp`. */
export const makeProvider = (root: string, isUser: (name: string) => boolean, now: () => number): Provider => {
  const codes = new Map<string, Code>()
  const refreshTokens = new Map<string, string>([[REFRESH_TOKEN, "demo"]])
  const accessTokens = new Map<string, { readonly user: string; readonly until: number }>()
  let lifetime = 3_600_000
  const random = (): string => randomBytes(18).toString("base64url")

  const issue = (user: string): Answer => {
    const [accessToken, refreshToken] = [`at-${random()}`, `rt-${random()}`]
    accessTokens.set(accessToken, { user, until: now() + lifetime })
    refreshTokens.set(refreshToken, user)
    return {
      status: 200,
      headers: NO_STORE,
      body: { access_token: accessToken, token_type: "Bearer", expires_in: Math.floor(lifetime / 1000), refresh_token: refreshToken, scope: CLIENT.scope }
    }
  }

  const authorize = (query: URLSearchParams): Answer => {
    const redirect = query.get("redirect_uri") ?? ""
    // who does not name a client or a place that is known is told so here: nothing is sent anywhere (RFC 6749 section 4.1.2.1)
    if (query.get("client_id") !== CLIENT.id || !isLoopback(redirect)) return { status: 400, body: { error: "invalid_request" } }
    const target = new URL(redirect)
    const state = query.get("state")
    if (state !== null) target.searchParams.set("state", state)
    const user = query.get("login_hint") ?? "demo"
    if (query.get("response_type") !== "code") target.searchParams.set("error", "unsupported_response_type")
    else if (!isUser(user)) target.searchParams.set("error", "access_denied")
    else if (query.get("code_challenge_method") !== "S256") target.searchParams.set("error", "invalid_request")
    else {
      const code = random()
      codes.set(code, { user, challenge: query.get("code_challenge"), redirect })
      target.searchParams.set("code", code)
    }
    return { status: 302, headers: { Location: target.href }, body: new Uint8Array() }
  }

  const byCode = (form: URLSearchParams): Answer => {
    const value = form.get("code") ?? ""
    const code = codes.get(value)
    codes.delete(value)
    const proof = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url")
    if (code === undefined) return failure("invalid_grant", "The code is unknown or spent")
    if (code.redirect !== form.get("redirect_uri")) return failure("invalid_grant", "redirect_uri is another one")
    if (code.challenge !== proof) return failure("invalid_grant", "code_verifier does not fit")
    return issue(code.user)
  }

  const token = (request: HttpRequest): Answer => {
    if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "")) return failure("invalid_request", "A form is needed")
    const form = new URLSearchParams(Buffer.from(request.body).toString("utf8"))
    if (form.get("client_id") !== CLIENT.id) return { ...failure("invalid_client", "Unknown client"), status: 401 }
    switch (form.get("grant_type")) {
      case "authorization_code":
        return byCode(form)
      case "refresh_token": {
        const old = form.get("refresh_token") ?? ""
        const user = refreshTokens.get(old)
        refreshTokens.delete(old)
        return user === undefined ? failure("invalid_grant", "The refresh token is unknown or spent") : issue(user)
      }
      default:
        return failure("unsupported_grant_type", "authorization_code and refresh_token are offered")
    }
  }

  return {
    handle: (request, path) => {
      switch (`${request.method} ${path}`) {
        case "GET /.well-known/openid-configuration": {
          const issuer = `${request.origin}${root}`
          return {
            status: 200,
            body: {
              issuer,
              authorization_endpoint: `${issuer}/authorize`,
              token_endpoint: `${issuer}/token`,
              response_types_supported: ["code"],
              grant_types_supported: ["authorization_code", "refresh_token"],
              code_challenge_methods_supported: ["S256"],
              token_endpoint_auth_methods_supported: ["none"]
            }
          }
        }
        case "GET /authorize":
          return authorize(request.query)
        case "POST /token":
          return token(request)
        default:
          return { status: 404, body: { error: "not_found" } }
      }
    },
    userOf: (accessToken) => {
      const found = accessTokens.get(accessToken)
      return found === undefined || found.until <= now() ? undefined : found.user
    },
    challenge: (origin) =>
      `Bearer redirecturi="${CLIENT.redirect}", authority="${origin}${root}", clientid="${CLIENT.id}", scope="${CLIENT.scope}", apiAudience="${CLIENT.audience}"`,
    expire: (userName) => {
      const ended = [...accessTokens].filter(([, { user }]) => userName === undefined || user === userName)
      for (const [value] of ended) accessTokens.delete(value)
      return ended.length
    },
    setLifetime: (milliseconds) => {
      lifetime = milliseconds
    }
  }
}
