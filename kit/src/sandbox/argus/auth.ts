/** Who sends a request: API keys, logins with their cookie and CSRF token, bearer tokens, and narrower sessions made of any of them. */
import { randomBytes } from "node:crypto"
import { header, type HttpRequest } from "../../http/message.ts"
import { isValidCsrfToken } from "./csrf.ts"
import type { FunctionName } from "./functions.ts"
import type { User, World } from "./model.ts"

export type AuthenticationMethod = "PASSWORD" | "LDAP" | "APIKEY" | "OPENID"

/** What a session may do. */
export interface Rights {
  readonly functions: ReadonlySet<string>
  readonly customers: ReadonlySet<number>
  readonly readOnly: boolean
}

/** A session that a login or a constraint opened. */
export interface Session {
  readonly token: string
  /** Signs CSRF tokens. */
  readonly key: Uint8Array
  readonly user: User
  readonly method: AuthenticationMethod
  readonly rights: Rights
  readonly createdTimestamp: number
  readonly validUntilTimestamp: number
}

/** Who a request comes from, and by what. `session` is missing for API keys. */
export interface Identity {
  readonly user: User
  readonly method: AuthenticationMethod
  readonly rights: Rights
  readonly session: Session | undefined
}

/** Identifies requests, and keeps the sessions. */
export interface Authenticator {
  /** Who the request comes from, or `undefined`, for whatever reason. */
  readonly identify: (request: HttpRequest) => Identity | undefined
  readonly open: (user: User, method: AuthenticationMethod, rights: Rights, lifetime?: number) => Session
  readonly close: (session: Session) => void
  /** Ends all sessions, or those of one user; answers how many. */
  readonly expire: (userName?: string) => number
  /** How long sessions opened from now on last, in milliseconds. */
  readonly setLifetime: (milliseconds: number) => void
}

/** What a user may do without any constraint. */
export const fullRights = (user: User): Rights => ({ functions: user.functions, customers: user.customers, readOnly: false })

/** Whether the rights contain a function. */
export const allows = (rights: Rights, name: FunctionName): boolean => rights.functions.has(name)

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])

const cookieOf = (request: HttpRequest, name: string): string | undefined =>
  request.headers.cookie?.split(";").map((pair) => pair.trim()).find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)

const bearerOf = (request: HttpRequest): string | undefined => /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]

/** Eight hours, unless control says otherwise. */
const DEFAULT_LIFETIME = 8 * 3_600_000

export const makeAuthenticator = (world: World, now: () => number): Authenticator => {
  const sessions = new Map<string, Session>()
  let sessionLifetime = DEFAULT_LIFETIME

  const live = (token: string): Session | undefined => {
    const session = sessions.get(token)
    return session !== undefined && session.validUntilTimestamp > now() ? session : undefined
  }

  // A token on a safe method is checked too, but for its URL: a client that followed a redirect still carries the first one's.
  const passesCsrf = (session: Session, request: HttpRequest): boolean => {
    const token = header(request, "argus-csrf-token")
    const safe = SAFE_METHODS.has(request.method)
    if (token === undefined) return safe
    return isValidCsrfToken(token, { key: session.key, url: safe ? undefined : `${request.origin}${request.path}`, now: now() })
  }

  const ofSession = (session: Session | undefined): Identity | undefined => session && { ...session, session }

  return {
    identify: (request) => {
      // The official client overrides a session's credentials for one call by adding a key, so a key comes first.
      const key = header(request, "argus-api-key")
      if (key !== undefined) {
        const user = world.users.find((candidate) => candidate.apiKey === key)
        return user && { user, method: "APIKEY", rights: fullRights(user), session: undefined }
      }
      const bearer = bearerOf(request)
      if (bearer !== undefined) return ofSession(live(bearer))
      const session = live(cookieOf(request, "argus_session") ?? "")
      return session !== undefined && passesCsrf(session, request) ? ofSession(session) : undefined
    },
    open: (user, method, rights, lifetime = sessionLifetime) => {
      const createdTimestamp = now()
      const session: Session = {
        token: randomBytes(24).toString("base64url"),
        key: randomBytes(32),
        user,
        method,
        rights,
        createdTimestamp,
        validUntilTimestamp: createdTimestamp + lifetime
      }
      sessions.set(session.token, session)
      return session
    },
    close: (session) => void sessions.delete(session.token),
    expire: (userName) => {
      const ended = [...sessions.values()].filter((session) => userName === undefined || session.user.userName === userName)
      for (const session of ended) sessions.delete(session.token)
      return ended.length
    },
    setLifetime: (milliseconds) => {
      sessionLifetime = milliseconds
    }
  }
}
