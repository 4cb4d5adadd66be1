/** Who sends a request: tokens with their grants, refresh tokens that are spent by their use, device codes, and API keys. */
import { randomBytes } from "node:crypto"
import { header, type HttpRequest } from "../../http/message.ts"
import { EVERYTHING, type Grants, parseScope } from "./scope.ts"

/** Somebody who may sign in. */
export interface User {
  readonly name: string
  readonly password: string
  /** The id that lasts, e.g. `{0c0a}`. */
  readonly universal: string
}

/** An API application integration, and the most that its tokens may do. */
export interface Application {
  readonly id: string
  readonly scope: Grants
}

/** What somebody consented to: all tokens that come of it end with it. */
interface Consent {
  readonly user: User
  readonly application: Application
  readonly scope: string
  readonly issued: number
  readonly until: number
  ended: boolean
}

/** A token as it is handed out. */
export interface Issued {
  readonly consent: Consent
  readonly accessToken: string
  readonly refreshToken: string
  readonly issued: number
  readonly expires: number
}

/** Who a request comes from, and what it may do: everything with an API key. */
export interface Identity {
  readonly user: User
  readonly method: "TOKEN" | "APIKEY"
  readonly grants: Grants
  readonly token: Issued | undefined
}

interface Device {
  readonly user: User
  readonly application: Application
  readonly scope: string
  readonly expires: number
  polls: number
}

export interface Access {
  readonly userOf: (name: string, password: string) => User | undefined
  readonly user: (name: string) => User | undefined
  readonly application: (id: string) => Application | undefined
  readonly grant: (user: User, application: Application, scope: string) => Issued
  /** `undefined`: unknown, spent or ended. */
  readonly redeem: (refreshToken: string, application: Application) => Issued | undefined
  readonly device: (application: Application, scope: string) => { readonly code: string; readonly seconds: number }
  readonly poll: (code: string, application: Application) => Issued | "pending" | "expired" | undefined
  readonly identify: (request: HttpRequest) => Identity | undefined
  readonly revoke: (token: Issued) => void
  readonly key: (user: User) => { readonly key: string; readonly until: number }
  readonly expire: (userName?: string) => number
  readonly setLifetime: (milliseconds: number) => void
}

const DAY = 86_400_000

/** How long a device code is good. */
const DEVICE = 300_000

const everything: Grants = parseScope(EVERYTHING) ?? new Map()

const APPLICATIONS: ReadonlyArray<Application> = [
  { id: "pytpp", scope: everything },
  // may look at certificates, and nothing else
  { id: "reader", scope: parseScope("certificate") ?? new Map() }
]

const USERS: ReadonlyArray<User> = [
  { name: "demo", password: "demo-password", universal: "{d3300000-0000-4000-8000-000000000001}" },
  { name: "viewer", password: "demo-password", universal: "{d3300000-0000-4000-8000-000000000002}" }
]

/** 16 bytes: what comes of it ends with `==`, by which the official client tells a token from a key. */
const text = (): string => randomBytes(16).toString("base64")

export const makeAccess = (now: () => number): Access => {
  const tokens = new Map<string, Issued>()
  const refreshTokens = new Map<string, Consent>()
  const devices = new Map<string, Device>()
  const keys = new Map<string, { readonly user: User; readonly until: number }>([["demo-api-key", { user: USERS[0]!, until: Infinity }]])
  let lifetime = 3_600_000

  const issue = (consent: Consent): Issued => {
    const token: Issued = { consent, accessToken: text(), refreshToken: text(), issued: now(), expires: now() + lifetime }
    tokens.set(token.accessToken, token)
    refreshTokens.set(token.refreshToken, consent)
    return token
  }
  const grant: Access["grant"] = (user, application, scope) => issue({ user, application, scope, issued: now(), until: now() + 90 * DAY, ended: false })

  return {
    userOf: (name, password) => USERS.find((user) => user.name === name && user.password === password),
    user: (name) => USERS.find((user) => user.name === name),
    application: (id) => APPLICATIONS.find((application) => application.id === id),
    grant,
    redeem: (refreshToken, application) => {
      const consent = refreshTokens.get(refreshToken)
      if (consent === undefined || consent.ended || consent.until <= now() || consent.application !== application) return undefined
      refreshTokens.delete(refreshToken)
      // with the new token the old one is over
      for (const [name, token] of tokens) if (token.consent === consent) tokens.delete(name)
      return issue(consent)
    },
    device: (application, scope) => {
      const code = randomBytes(16).toString("hex")
      devices.set(code, { user: USERS[0]!, application, scope, expires: now() + DEVICE, polls: 0 })
      return { code, seconds: DEVICE / 1000 }
    },
    poll: (code, application) => {
      const device = devices.get(code)
      if (device === undefined || device.application !== application) return undefined
      if (device.expires <= now()) return "expired"
      // somebody approves it as soon as it was asked about once
      if (device.polls++ === 0) return "pending"
      devices.delete(code)
      return grant(device.user, device.application, device.scope)
    },
    identify: (request) => {
      const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]
      if (bearer !== undefined) {
        const token = tokens.get(bearer)
        if (token === undefined || token.consent.ended || token.expires <= now()) return undefined
        return { user: token.consent.user, method: "TOKEN", grants: parseScope(token.consent.scope) ?? new Map(), token }
      }
      const key = keys.get(header(request, "x-venafi-api-key") ?? "")
      return key === undefined || key.until <= now() ? undefined : { user: key.user, method: "APIKEY", grants: everything, token: undefined }
    },
    revoke: (token) => {
      token.consent.ended = true
    },
    key: (user) => {
      const made = { user, until: now() + lifetime }
      const key = randomBytes(16).toString("hex")
      keys.set(key, made)
      return { key, until: made.until }
    },
    expire: (userName) => {
      const ended = [...tokens].filter(([, { consent }]) => userName === undefined || consent.user.name === userName)
      for (const [name] of ended) tokens.delete(name)
      const given = [...keys].filter(([, { until, user }]) => until !== Infinity && (userName === undefined || user.name === userName))
      for (const [name] of given) keys.delete(name)
      return ended.length + given.length
    },
    setLifetime: (milliseconds) => {
      lifetime = milliseconds
    }
  }
}
