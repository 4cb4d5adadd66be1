/**
 * Redirects, as a pure rule: what to do with a response.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.4 redirection 3xx
 * @see https://fetch.spec.whatwg.org/#http-redirect-fetch what browsers do with method and body
 */
import type { RedirectReason } from "../errors/CallError.ts"

/** One request of a chain of redirects. */
export interface Hop {
  readonly method: string
  readonly url: URL
  /** whether the request has a body, and whether that can be sent again */
  readonly body: "none" | "replayable" | "once"
}

export type Redirect =
  | { readonly _tag: "None" }
  | { readonly _tag: "Follow"; readonly method: string; readonly url: URL; readonly keepBody: boolean; readonly sameOrigin: boolean }
  | { readonly _tag: "Refuse"; readonly reason: RedirectReason; readonly location: string }

const none: Redirect = { _tag: "None" }

/** Is this a status that tells to go elsewhere? 300 and 304 are answers; 305 and 306 are obsolete. */
export const isRedirect = (status: number): boolean => status === 301 || status === 302 || status === 303 || status === 307 || status === 308

/**
 * Decides on a redirect. Another origin may be gone to without a body only. Whether the chain has left the origin it began at
 * is the caller's to remember: once left, it stays without credentials. `visited` are the requests of the chain so far.
 */
export const decide = (hop: Hop, status: number, location: string | undefined, visited: ReadonlyArray<string>, limit: number): Redirect => {
  if (!isRedirect(status)) return none
  const refuse = (reason: RedirectReason): Redirect => ({ _tag: "Refuse", reason, location: location ?? "" })
  const target = location === undefined ? null : URL.parse(location, hop.url.href)
  if (target === null) return refuse("location")
  if (target.protocol !== "http:" && target.protocol !== "https:") return refuse("scheme")
  // RFC 9110 section 10.2.2: a Location without a fragment inherits it; fragments are never sent
  target.hash = ""
  target.username = ""
  target.password = ""
  if (hop.url.protocol === "https:" && target.protocol === "http:") return refuse("downgrade")
  if (visited.length > limit) return refuse("limit")
  // 303 turns everything but HEAD into GET; 301 and 302 turn POST into GET, as all clients do (RFC 9110 section 15.4.2, note)
  const toGet = (status === 303 && hop.method !== "HEAD") || ((status === 301 || status === 302) && hop.method === "POST")
  const method = toGet ? "GET" : hop.method
  const keepBody = !toGet && hop.body !== "none"
  const sameOrigin = target.origin === hop.url.origin
  if (keepBody && (!sameOrigin || hop.body === "once")) return refuse("body")
  if (visited.includes(`${method} ${target.href}`)) return refuse("loop")
  return { _tag: "Follow", method, url: target, keepBody, sameOrigin }
}
