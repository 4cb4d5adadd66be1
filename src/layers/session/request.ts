/**
 * What goes on the wire: where to, with which fields, within which limit.
 */
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type { Failure } from "../../errors/Failure.ts"
import type { AuthenticationHop, AuthenticationResponse, Credentials } from "../../services/Authentication.ts"
import type { CookieJar } from "../../services/CookieJar.ts"
import type { EncodedRequest } from "../../services/Operation.ts"
import type { AttemptFailure } from "../../services/Policy.ts"
import type { Connection, RequestBody, TransportRequest } from "../../services/Transport.ts"
import { besides, withCookies } from "../../wire/cookie.ts"
import { withQuery } from "../../wire/query.ts"
import type { Redaction } from "../../wire/redact.ts"
import type { CallState } from "./call.ts"

/** One request of a chain. */
export class Hop implements AuthenticationHop {
  readonly method: string
  /** without what credentials add to it */
  readonly url: URL
  readonly body: RequestBody | undefined
  /** the connection that is reserved for it */
  readonly connection: Connection | undefined
  /** the identity that the connection is bound to */
  readonly partition: string | undefined
  /** still at the origin where the chain began, which is one of the session's own: credentials and session headers may go along */
  readonly own: boolean
  readonly visited: ReadonlyArray<string>
  readonly #call: HopCall
  constructor(
    call: HopCall,
    method: string,
    url: URL,
    body: RequestBody | undefined,
    own: boolean,
    visited: ReadonlyArray<string>,
    connection?: Connection,
    partition?: string
  ) {
    this.#call = call
    this.method = method
    this.url = url
    this.body = body
    this.own = own
    this.visited = visited
    this.connection = connection
    this.partition = partition
  }
  /** the same over a reserved connection of a partition */
  on(connection: Connection, partition: string): Hop {
    return new Hop(this.#call, this.method, this.url, this.body, this.own, this.visited, connection, partition)
  }
  /** the same with a body that can be sent again */
  withBody(body: RequestBody): Hop {
    return new Hop(this.#call, this.method, this.url, body, this.own, this.visited, this.connection, this.partition)
  }
  get secure(): boolean {
    return this.#call.reach.secure
  }
  get security(): AuthenticationHop["security"] {
    return this.#call.request.security
  }
  get failure(): Failure {
    return this.#call.failure(this.url)
  }
  answered(response: AuthenticationResponse): Failure {
    return this.#call.answered(response, this.url)
  }
}

/** What a hop tells of its call. */
interface HopCall {
  readonly request: EncodedRequest
  readonly reach: { readonly secure: boolean }
  readonly failure: (url: URL) => Failure
  readonly answered: (response: AuthenticationResponse, url: URL) => Failure
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
  readonly connection: Connection | undefined
  readonly tls: TransportRequest["tls"]
  readonly foreign: boolean
  readonly proxy: TransportRequest["proxy"]
  readonly maxResponseSize: number | undefined
  readonly redaction: TransportRequest["redaction"]
  readonly secretUrl: boolean
  readonly #call: CallState<A, E, R>
  readonly #hop: Hop
  constructor(call: CallState<A, E, R>, hop: Hop, headers: Readonly<Record<string, string>>, credentials: Credentials | undefined, partition?: string) {
    this.#call = call
    this.#hop = hop
    this.method = hop.method
    this.url = wireUrl(hop, credentials)
    this.secretUrl = credentials?.query !== undefined
    this.headers = headers
    this.body = hop.body
    this.operation = call.plan.operation
    this.attempt = call.attempt
    this.limit = limitOf(call)
    this.connection = hop.connection
    this.partition = partition
    const { foreignTls, namedTls, tls } = call.settings
    // whom a login asks is its recipe's choice (RFC 8705: a token endpoint may want the certificate), and it follows no redirect
    this.foreign = !hop.own && call.plan.login !== true
    this.tls = !this.foreign ? tls : hop.visited.length === 0 ? namedTls : foreignTls
    this.proxy = call.settings.proxy
    this.maxResponseSize = call.settings.maxResponseSize
    this.redaction = redactionOf(call, credentials)
  }
  /** only errors show it: not worth building for each request. Without credentials, wherever they were */
  get displayUrl(): string {
    return this.#call.shownUrl(this.#hop.url)
  }
}

/** The URL as it goes on the wire: a credential may be in its query. */
export const wireUrl = (hop: Hop, credentials: Credentials | undefined): URL => credentials?.query === undefined ? hop.url : withQuery(hop.url, credentials.query)

/** What to mask where the URL of the wire is shown: a credential in it also by its name, since a short one is not found by its value. */
export const redactionOf = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, credentials: Credentials | undefined): Redaction => {
  const query = credentials?.query
  if (query === undefined) return call
  return { isSecretName: (name) => Object.hasOwn(query, name) || call.isSecretName(name), values: () => call.values() }
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

/** The fields of a request. Those of the session, and its credentials and cookies, go to its own origins only. */
export const headersOf = <A, E extends AttemptFailure, R>(call: CallState<A, E, R>, hop: Hop, credentials: Credentials | undefined, jar: CookieJar | undefined): Record<string, string> => {
  const { pinned, request, session, settings } = call
  if (!hop.own) {
    const out: Record<string, string> = { "user-agent": session.userAgent }
    for (const name of harmless) {
      const value = request.headers[name]
      if (value !== undefined && (name !== "content-type" || hop.body !== undefined)) out[name] = value
    }
    // whoever names another origin means the request's own headers for it; a redirect does not
    if (hop.visited.length > 0) return out
    return pinned ? Object.assign(out, request.headers, settings.callHeaders) : Object.assign(out, request.headers)
  }
  const out: Record<string, string> = Object.assign({ "user-agent": session.userAgent }, settings.sessionHeaders, request.headers, credentials?.headers, call.attemptHeaders, settings.callHeaders)
  // what describes a body goes with it: a redirect may have dropped it
  if (hop.body === undefined && out["content-type"] !== undefined) delete out["content-type"]
  const kept = jar?.header(hop.url)
  // what a credential or a call says beats what the jar remembers
  if (kept !== undefined) out["cookie"] = besides(out["cookie"], kept)
  if (request.cookie !== undefined) out["cookie"] = out["cookie"] === undefined ? request.cookie : `${out["cookie"]}; ${request.cookie}`
  if (credentials?.cookies !== undefined) {
    const field = withCookies(out["cookie"], credentials.cookies)
    if (field !== undefined) out["cookie"] = field
  }
  return out
}
