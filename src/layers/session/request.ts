/**
 * What goes on the wire: where to, with which fields, within which limit.
 */
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type { Credentials } from "../../services/Authentication.ts"
import type { CookieJar } from "../../services/CookieJar.ts"
import type { AttemptFailure } from "../../services/Policy.ts"
import type { RequestBody, TransportRequest } from "../../services/Transport.ts"
import type { CallState } from "./call.ts"

/** One request of a chain. */
export interface Hop {
  readonly method: string
  readonly url: URL
  readonly body: RequestBody | undefined
  /** still at the session's own origin, which the chain has never left: credentials and session headers may go along */
  readonly own: boolean
  readonly visited: ReadonlyArray<string>
}

/** A name that nobody else has: 32 hexadecimal digits. */
export const unique = (fiber: Fiber.Fiber<unknown, unknown>): string => {
  const random = fiber.getRef(Random.Random)
  return Array.from({ length: 4 }, () => Math.floor(random.nextDoubleUnsafe() * 0x100000000).toString(16).padStart(8, "0")).join("")
}

/** One request as the transport gets it. */
export class WireRequest<A, E extends AttemptFailure, R> implements TransportRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: RequestBody | undefined
  readonly operation: string
  readonly attempt: number
  readonly limit: TransportRequest["limit"]
  readonly partition: string | undefined
  readonly tls: TransportRequest["tls"]
  readonly proxy: TransportRequest["proxy"]
  readonly maxResponseSize: number | undefined
  readonly redaction: TransportRequest["redaction"]
  readonly #call: CallState<A, E, R>
  constructor(call: CallState<A, E, R>, hop: Hop, headers: Readonly<Record<string, string>>, partition: string | undefined) {
    this.#call = call
    this.method = hop.method
    this.url = hop.url
    this.headers = headers
    this.body = hop.body
    this.operation = call.plan.operation
    this.attempt = call.attempt
    this.limit = limitOf(call)
    this.partition = hop.own ? partition : undefined
    this.tls = call.settings.tls
    this.proxy = call.settings.proxy
    this.maxResponseSize = call.settings.maxResponseSize
    this.redaction = call
  }
  /** only errors show it: not worth building for each request */
  get displayUrl(): string {
    return this.#call.shownUrl(this.url)
  }
}

/** What is left of the attempt's limit, or of the deadline, whichever ends first */
const limitOf = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>): TransportRequest["limit"] => {
  const due = Math.min(call.due, call.attemptDue)
  if (due === Infinity) return undefined
  const total = call.due <= call.attemptDue
  return { millis: Math.max(0, due - call.deadlines.now()), phase: total ? "total" : "attempt", whole: total ? call.settings.deadline : call.attemptLimit }
}

/** Fields that may go to another origin: they say nothing about the caller. */
const harmless = new Set(["accept", "content-type"])

/** The fields of a request. Those of the session, and its credentials and cookies, go to its own origin only. */
export const headersOf = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop, credentials: Credentials | undefined, jar: CookieJar | undefined): Record<string, string> => {
  const { request, session, settings } = call
  if (!hop.own) {
    const out: Record<string, string> = { "user-agent": session.userAgent }
    for (const name of harmless) {
      const value = request.headers[name]
      if (value !== undefined && (name !== "content-type" || hop.body !== undefined)) out[name] = value
    }
    // whoever names another origin means the request's own headers for it; a redirect does not
    if (hop.visited.length > 0) return out
    return settings.foreign ? Object.assign(out, request.headers, settings.callHeaders) : Object.assign(out, request.headers)
  }
  const out: Record<string, string> = Object.assign({ "user-agent": session.userAgent }, settings.sessionHeaders, request.headers, credentials?.headers, call.attemptHeaders, settings.callHeaders)
  // what describes a body goes with it: a redirect may have dropped it
  if (hop.body === undefined && out["content-type"] !== undefined) delete out["content-type"]
  const kept = jar?.header(hop.url)
  if (kept !== undefined) out["cookie"] = out["cookie"] === undefined ? kept : `${out["cookie"]}; ${kept}`
  if (request.cookie !== undefined) out["cookie"] = out["cookie"] === undefined ? request.cookie : `${out["cookie"]}; ${request.cookie}`
  return out
}
