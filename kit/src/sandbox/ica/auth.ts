/** Who sends a request: an API key or a JWT; and how JWTs are made and refreshed. */
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto"
import { header, type HttpRequest } from "../../http/message.ts"
import type { User, World } from "./model.ts"
import { refuse } from "./problem.ts"

/** What a JWT was made from, or that it is none. */
export type Method = "APIKEY" | "BASIC" | "PSTOKEN"

export interface Identity {
  readonly user: User
  /** name of the tenant that it acts in */
  readonly tenant: string
  /** `JWT` or `APIKEY` */
  readonly by: "JWT" | "APIKEY"
  readonly method: Method
}

interface Issued extends Omit<Identity, "by"> {
  readonly expires: number
}

export interface Authenticator {
  readonly identify: (request: HttpRequest) => Identity | undefined
  /** a JWT for what the request proves itself by */
  readonly create: (request: HttpRequest) => string
  /** another JWT for the one that comes */
  readonly refresh: (request: HttpRequest) => string
  /** ends all JWTs, or those of one user; answers how many */
  readonly expire: (userName?: string) => number
  readonly setLifetime: (milliseconds: number) => void
}

const base64url = (text: string | Uint8Array): string => Buffer.from(text).toString("base64url")

const bearerOf = (request: HttpRequest): string | undefined => /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]

/** User name and password, as UTF-8 (RFC 7617). */
const basicOf = (request: HttpRequest): { readonly userName: string; readonly password: string } | undefined => {
  const encoded = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, "base64").toString("utf8")
  const colon = text.indexOf(":")
  return colon < 0 ? undefined : { userName: text.slice(0, colon), password: text.slice(colon + 1) }
}

export const makeAuthenticator = (world: World, now: () => number): Authenticator => {
  const secret = randomBytes(32)
  // by `jti`: what is not in here was never issued, has been ended, or is forgotten since it expired
  const issued = new Map<string, Issued>()
  let lifetime = 3_600_000

  const sign = (text: string): Buffer => createHmac("sha256", secret).update(text).digest()

  const issue = (user: User, tenant: string, method: Method): string => {
    const id = randomUUID()
    const at = now()
    for (const [known, { expires }] of issued) if (expires <= at) issued.delete(known)
    issued.set(id, { user, tenant, method, expires: at + lifetime })
    const text = `${base64url(JSON.stringify({ typ: "JWT", alg: "HS256" }))}.${
      base64url(JSON.stringify({ iss: "credence-sandbox", sub: user.userName, tid: tenant, iat: at / 1000, exp: (at + lifetime) / 1000, jti: id }))
    }`
    return `${text}.${base64url(sign(text))}`
  }

  const verify = (token: string): Issued | undefined => {
    const [head, payload, signature, ...more] = token.split(".")
    if (head === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined
    const given = Buffer.from(signature, "base64url")
    const expected = sign(`${head}.${payload}`)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const body: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))
    const id = typeof body === "object" && body !== null && "jti" in body && typeof body.jti === "string" ? body.jti : ""
    const found = issued.get(id)
    return found !== undefined && found.expires > now() ? found : undefined
  }

  /** the tenant that somebody acts in; a name that is not theirs is as wrong as a password */
  const tenantOf = (user: User, asked: string | null): string => {
    if (asked !== null && asked !== "") return user.tenants.includes(asked) ? asked : refuse(401, "Authentication failed")
    const [only, another] = user.tenants
    if (only === undefined || another !== undefined) return refuse(400, "The user belongs to several tenants", "ICA_TENANT_400", { tenant: "must be given" })
    return only
  }

  const found = (user: User | undefined): User => user ?? refuse(401, "Authentication failed")

  return {
    identify: (request) => {
      const bearer = bearerOf(request)
      if (bearer !== undefined) {
        const token = verify(bearer)
        return token && { user: token.user, tenant: token.tenant, method: token.method, by: "JWT" }
      }
      const key = header(request, "x-api-key")
      const user = key === undefined ? undefined : world.users.find(({ apiKey }) => apiKey === key)
      // an API key belongs to one tenant: the first
      return user && { user, tenant: user.tenants[0] ?? "", method: "APIKEY", by: "APIKEY" }
    },
    create: (request) => {
      const tenant = request.query.get("tenant")
      // the official client sends an API key beside anything else that it was given: what names the user comes first
      const basic = basicOf(request)
      if (basic !== undefined) {
        const user = found(world.users.find(({ password, userName }) => userName === basic.userName && password === basic.password))
        return issue(user, tenantOf(user, tenant), "BASIC")
      }
      const bearer = bearerOf(request)
      if (bearer !== undefined) {
        const user = found(world.users.find(({ psToken }) => psToken === bearer))
        return issue(user, tenantOf(user, tenant), "PSTOKEN")
      }
      const key = header(request, "x-api-key")
      const user = found(key === undefined ? undefined : world.users.find(({ apiKey }) => apiKey === key))
      return issue(user, tenant === null || tenant === "" ? user.tenants[0] ?? "" : tenantOf(user, tenant), "APIKEY")
    },
    refresh: (request) => {
      const bearer = bearerOf(request)
      const token = bearer === undefined ? undefined : verify(bearer)
      if (token === undefined) return refuse(401, "The JWT is not valid")
      if (token.method === "APIKEY") return refuse(403, "A JWT created with an API key cannot be refreshed")
      return issue(token.user, token.tenant, token.method)
    },
    expire: (userName) => {
      const ended = [...issued].filter(([, token]) => token.expires > now() && (userName === undefined || token.user.userName === userName))
      for (const [id] of ended) issued.delete(id)
      return ended.length
    },
    setLifetime: (milliseconds) => {
      lifetime = milliseconds
    }
  }
}
