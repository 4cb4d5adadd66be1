/**
 * A generic API as the builder of ansys-openapi-common meets it: the same items at `/anonymous`, `/basic`, `/negotiate` and
 * `/oidc`, each behind its own way to sign in, and a small OpenID provider at `/idp`.
 *
 * Nobody can sign in at `/negotiate` by Kerberos or NTLM as it stands: that needs a realm, or a web server in front which has
 * one. Then `remoteUser` says whom that server let in.
 */
import type { Answer, HttpRequest } from "../../http/message.ts"
import type { Environment, System } from "../system.ts"
import { makeItems, refusal } from "./items.ts"
import { makeProvider, type Provider } from "./provider.ts"

export { CLIENT, REFRESH_TOKEN } from "./provider.ts"

/** Users may name this domain in front of theirs. */
export const DOMAIN = "DEMO"

/** `viewer` may read and nothing else. */
const PASSWORDS: ReadonlyMap<string, string> = new Map([["demo", "demo-password"], ["viewer", "viewer-password"]])

export interface AnsysOptions {
  /** whom a web server in front has let in; believed at `/negotiate` only */
  readonly remoteUser?: (request: HttpRequest) => string | undefined
}

/** Who a request comes from, or the challenges that it gets. */
type Entry = { readonly user: string; readonly method: string } | { readonly challenges: ReadonlyArray<string> }

/** One way to sign in, below one path. */
type Door = (request: HttpRequest) => Entry

const basicUser = (request: HttpRequest): string | undefined => {
  const pair = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]
  const [, name = "", password] = /^([^:]*):(.*)$/s.exec(Buffer.from(pair ?? "", "base64").toString("utf8")) ?? []
  const user = name.startsWith(`${DOMAIN}\\`) ? name.slice(DOMAIN.length + 1) : name
  return password !== undefined && PASSWORDS.get(user) === password ? user : undefined
}

const doors = (provider: Provider, { remoteUser }: AnsysOptions): ReadonlyMap<string, Door> => new Map<string, Door>([
  ["/anonymous", () => ({ user: "anonymous", method: "NONE" })],
  ["/basic", (request) => {
    const user = basicUser(request)
    return user === undefined ? { challenges: ["Basic realm=\"demo\""] } : { user, method: "BASIC" }
  }],
  ["/negotiate", (request) => {
    const user = remoteUser?.(request)
    // a comma inside a realm is what a careless reader of challenges trips over
    return user === undefined ? { challenges: ["Negotiate", "NTLM", "Basic realm=\"demo, with comma\""] } : { user, method: "NEGOTIATE" }
  }],
  ["/oidc", (request) => {
    const user = provider.userOf(/^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "")
    return user === undefined ? { challenges: [provider.challenge(request.origin)] } : { user, method: "OIDC" }
  }]
])

/** A fresh emulation. */
export const makeAnsys = ({ now }: Environment, options: AnsysOptions = {}): System => {
  const items = makeItems(now)
  const provider = makeProvider("/idp", (name) => PASSWORDS.has(name), now)
  const entries = doors(provider, options)

  const doorOf = ({ path }: HttpRequest): { readonly door: Door; readonly rest: string } | undefined => {
    const root = /^\/[^/]*/.exec(path)?.[0] ?? ""
    const door = entries.get(root)
    return door && { door, rest: path.slice(root.length) }
  }

  return {
    handle: (request): Answer | Promise<Answer> => {
      if (request.path.startsWith("/idp/")) return provider.handle(request, request.path.slice("/idp".length))
      const found = doorOf(request)
      if (found === undefined) return refusal(404, "not found")
      const entry = found.door(request)
      if ("challenges" in entry) {
        return { status: 401, headers: { "WWW-Authenticate": entry.challenges.join(", ") }, body: new Uint8Array() }
      }
      if (entry.user === "viewer" && request.method !== "GET" && request.method !== "HEAD") return refusal(403, "viewer may only read")
      return items.handle(request, found.rest)
    },
    identify: (request) => {
      const entry = doorOf(request)?.door(request)
      return entry === undefined || "challenges" in entry || entry.method === "NONE" ? null : { userName: entry.user, method: entry.method }
    },
    refusal: (status) => refusal(status, "Asked for by the test").body,
    expireSessions: provider.expire,
    setLifetimes: ({ accessToken }) => {
      if (accessToken !== undefined) provider.setLifetime(accessToken)
    }
  }
}
