/**
 * A token endpoint that rotates, and an API behind it, over real HTTP. It counts what a client must never do: to spend a refresh
 * token twice.
 */
import { randomBytes } from "node:crypto"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

/** What has happened so far. */
export interface Counts {
  /** requests of the token endpoint */
  asked: number
  /** of these, how many were answered with a new refresh token */
  rotations: number
  /** of these, how many sent a token that had been spent. Its whole family is dead from then on, as RFC 9700 section 4.14.2 wants it */
  reuses: number
  /** requests of the API, and how many of them had a token that is not good any more */
  calls: number
  rejected: number
}

/** What to do with a worker in the middle of a renewal. */
export type Accident =
  /** nothing was spent, nor answered */
  | "before"
  /** spent, and the answer is lost */
  | "unanswered"
  /** answered, at about the moment of its death */
  | "answered"

interface Family {
  current: string
  readonly spent: Set<string>
  dead: boolean
}

export interface TokenServer {
  readonly url: string
  readonly counts: Counts
  /** a refresh token of a new family */
  readonly seed: () => string
  readonly close: () => Promise<void>
}

/**
 * @param lifetime seconds that an access token lives
 * @param accident asked at each renewal: what is to befall that worker. `befall` runs when it does
 */
export const start = async (
  lifetime: number,
  accident: (worker: string) => { readonly kind: Accident; readonly befall: () => void } | undefined
): Promise<TokenServer> => {
  const counts: Counts = { asked: 0, rotations: 0, reuses: 0, calls: 0, rejected: 0 }
  const families: Array<Family> = []
  const access = new Map<string, number>()
  const secret = (): string => randomBytes(24).toString("base64url")

  const rotate = (spends: string): string | undefined => {
    const family = families.find((one) => one.current === spends || one.spent.has(spends))
    if (family === undefined) return undefined
    if (family.spent.has(spends)) {
      counts.reuses++
      family.dead = true
    }
    if (family.dead) return undefined
    family.spent.add(spends)
    family.current = secret()
    counts.rotations++
    return family.current
  }

  const renew = (spends: string): { readonly status: number; readonly body: unknown } => {
    const next = rotate(spends)
    if (next === undefined) return { status: 400, body: { error: "invalid_grant" } }
    const token = secret()
    access.set(token, performance.now() + lifetime * 1000)
    for (const [old, until] of access) if (until < performance.now() - 60_000) access.delete(old)
    return { status: 200, body: { access_token: token, token_type: "Bearer", expires_in: lifetime, refresh_token: next } }
  }

  const serve = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const answer = (status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
    }
    if (request.url !== "/token") {
      counts.calls++
      const until = access.get((request.headers.authorization ?? "").replace(/^Bearer /, ""))
      if (until !== undefined && until > performance.now()) return answer(200, { ok: true })
      counts.rejected++
      return answer(401, {}, { "www-authenticate": "Bearer error=\"invalid_token\"" })
    }
    let text = ""
    for await (const chunk of request) text += String(chunk)
    counts.asked++
    const spends = new URLSearchParams(text).get("refresh_token") ?? ""
    const trouble = accident(request.headers["user-agent"] ?? "")
    if (trouble?.kind === "before") return trouble.befall()
    const { body, status } = renew(spends)
    if (trouble?.kind === "unanswered") return trouble.befall()
    if (trouble === undefined) return answer(status, body)
    answer(status, body)
    // some die before they have read it, some before they have kept it, some after
    setTimeout(trouble.befall, Math.random() * 6)
  }
  // who is killed while sending makes its request fail, and nothing else
  const server = http.createServer((request, response) => void serve(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    seed: () => {
      const family: Family = { current: secret(), spent: new Set(), dead: false }
      families.push(family)
      return family.current
    },
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  }
}
