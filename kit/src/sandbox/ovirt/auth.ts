/** Who sends a request: tokens of the single sign-on, and the sessions of the persistent manner. */
import { randomBytes } from "node:crypto"
import { type Answer, header, type HttpRequest } from "../../http/message.ts"
import type { User, World } from "./model.ts"

/** Who a request comes from, and by what. */
export interface Identity {
  readonly user: User
  readonly method: "TOKEN" | "BASIC" | "SESSION" | "REMOTE"
  /** of the persistent manner */
  readonly session: string | undefined
}

/** Identifies requests, and keeps tokens and sessions. */
export interface Authenticator {
  readonly identify: (request: HttpRequest) => Identity | undefined
  /** What the persistent manner adds to an answer: a session's cookie where one begins. Ends the session after a request without `Prefer`. */
  readonly persist: (request: HttpRequest, identity: Identity) => Readonly<Record<string, string>>
  /** `POST /ovirt-engine/sso/oauth/token` */
  readonly token: (request: HttpRequest) => Answer
  /** `POST /ovirt-engine/sso/oauth/token-http-auth`, which a web server in front has let somebody through to */
  readonly tokenHttpAuth: (request: HttpRequest) => Answer
  /** `POST /ovirt-engine/services/sso-logout` */
  readonly logout: (request: HttpRequest) => Answer
  readonly expire: (userName?: string) => number
  readonly setLifetimes: (lifetimes: { readonly session?: number; readonly accessToken?: number }) => void
}

interface Live {
  readonly user: User
  readonly until: number
}

const json = (status: number, body: unknown): Answer => ({ status, headers: { "Content-Type": "application/json;charset=UTF-8" }, body })

/** The engine says no in two shapes: its own, and that of OpenID. */
const denied = (status: number, code: string, error: string): Answer => json(status, { error_code: code, error })

const formOf = (request: HttpRequest): URLSearchParams => new URLSearchParams(Buffer.from(request.body).toString("utf8"))

const cookieOf = (request: HttpRequest): string | undefined =>
  request.headers.cookie?.split(";").map((pair) => pair.trim()).find((pair) => pair.startsWith("JSESSIONID="))?.slice("JSESSIONID=".length)

const isPersistent = (request: HttpRequest): boolean => /\bpersistent-auth\b/i.test(header(request, "prefer") ?? "")

const MINUTE = 60_000

export const makeAuthenticator = (world: World, now: () => number): Authenticator => {
  const tokens = new Map<string, Live>()
  const sessions = new Map<string, Live>()
  let tokenLifetime = 30 * MINUTE
  let sessionLifetime: number | undefined

  const live = (all: ReadonlyMap<string, Live>, key: string | undefined): User | undefined => {
    const found = key === undefined ? undefined : all.get(key)
    return found !== undefined && found.until > now() ? found.user : undefined
  }
  /** with its profile (`demo@internal`), its Kerberos realm or nothing */
  const named = (name: string | null): User | undefined => world.users.find((user) => user.name === name?.split("@")[0])
  const byPassword = (name: string | null, password: string | null): User | undefined => {
    const user = named(name)
    return user !== undefined && user.password === password ? user : undefined
  }
  const basicOf = (request: HttpRequest): User | undefined => {
    const encoded = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]
    const pair = encoded === undefined ? null : /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8"))
    return pair === null ? undefined : byPassword(pair[1] ?? "", pair[2] ?? "")
  }
  /** the web server in front has done Kerberos and says who it is, as engines are set up */
  const remoteUser = (request: HttpRequest): User | undefined => named(header(request, "x-remote-user") ?? null)
  const issue = (user: User): Answer => {
    const token = randomBytes(24).toString("base64url")
    const until = now() + tokenLifetime
    tokens.set(token, { user, until })
    // a text, in milliseconds
    return json(200, { access_token: token, token_type: "bearer", scope: "ovirt-app-api", exp: String(until) })
  }

  return {
    identify: (request) => {
      const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]
      if (bearer !== undefined) {
        const user = live(tokens, bearer)
        return user && { user, method: "TOKEN", session: undefined }
      }
      const basic = basicOf(request)
      if (basic !== undefined) return { user: basic, method: "BASIC", session: undefined }
      if (/^Basic /i.test(request.headers.authorization ?? "")) return undefined
      const session = cookieOf(request)
      const kept = live(sessions, session)
      if (kept !== undefined) return { user: kept, method: "SESSION", session }
      const user = remoteUser(request)
      return user && { user, method: "REMOTE", session: undefined }
    },
    persist: (request, { method, session, user }) => {
      const persistent = isPersistent(request)
      if (session !== undefined) {
        if (!persistent) sessions.delete(session)
        return {}
      }
      if (!persistent || method === "TOKEN") return {}
      const id = randomBytes(16).toString("base64url")
      const minutes = Number(header(request, "session-ttl"))
      sessions.set(id, { user, until: now() + (sessionLifetime ?? (minutes > 0 ? minutes : 30) * MINUTE) })
      // the root of the API that was asked
      const path = /^(?:\/ovirt-engine)?\/api/.exec(request.path)?.[0] ?? "/"
      return { "Set-Cookie": `JSESSIONID=${id}; Path=${path}; HttpOnly${request.origin.startsWith("https:") ? "; Secure" : ""}` }
    },
    token: (request) => {
      const form = formOf(request)
      if (form.get("grant_type") !== "password") return json(400, { error: "unsupported_grant_type", error_description: "The grant_type is not supported" })
      if (!(form.get("scope") ?? "").split(" ").includes("ovirt-app-api")) return json(400, { error: "invalid_scope", error_description: "The scope ovirt-app-api is missing" })
      const name = form.get("username")
      // accounts that are refused in the ways that engines have been seen to: in a list, and with status 200
      if (name === "locked") return json(200, [{ error_code: "access_denied", error: "Cannot authenticate user locked: The account is locked." }])
      if (name === "expired") return json(200, { error: "access_denied", error_description: "Cannot authenticate user expired: The password has expired." })
      const user = byPassword(name, form.get("password"))
      return user === undefined ? denied(400, "access_denied", "Cannot authenticate user Invalid username or password.") : issue(user)
    },
    tokenHttpAuth: (request) => {
      const user = remoteUser(request)
      if (user === undefined) {
        return { status: 401, headers: { "WWW-Authenticate": "Negotiate", "Content-Type": "text/html" }, body: new TextEncoder().encode("<html><body>401 Unauthorized</body></html>") }
      }
      if (formOf(request).get("grant_type") !== "urn:ovirt:params:oauth:grant-type:http") return json(400, { error: "unsupported_grant_type", error_description: "The grant_type is not supported" })
      return issue(user)
    },
    logout: (request) => {
      const token = formOf(request).get("token")
      return token !== null && tokens.delete(token) ? json(200, {}) : denied(200, "invalid_token", "The token has already been revoked")
    },
    expire: (userName) => {
      let count = 0
      for (const all of [tokens, sessions]) {
        for (const [key, { user }] of all) if (userName === undefined || user.name === userName) count += all.delete(key) ? 1 : 0
      }
      return count
    },
    setLifetimes: ({ accessToken, session }) => {
      if (accessToken !== undefined) tokenLifetime = accessToken
      if (session !== undefined) sessionLifetime = session
    }
  }
}
