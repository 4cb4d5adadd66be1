/** How ICA answers: its media types, and refusals as problem details (RFC 9457). */
import { randomUUID } from "node:crypto"
import type { Answer } from "../../http/message.ts"

export const V3 = "application/vnd.illumina.v3+json"
export const V4 = "application/vnd.illumina.v4+json"

/** Bytes of JSON: the plumbing would label an object as plain `application/json`. */
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/** An object, as version 3 unless said otherwise. */
export const answer = (body: unknown, status = 200, mediaType = V3, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { "Content-Type": mediaType, ...headers },
  body: json(body)
})

/** Done, and nothing to show. */
export const done = (): Answer => ({ status: 204, body: new Uint8Array() })

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  409: "Conflict",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable"
}

/** A refusal's body. */
export const problem = (now: number, status: number, detail: string, type = "about:blank", parameters: Readonly<Record<string, string>> = {}) => ({
  id: randomUUID(),
  type,
  title: TITLES[status] ?? "Error",
  status,
  detail,
  instance: null,
  parameters,
  timestamp: new Date(now).toISOString().replace(/\.\d+Z$/, "Z")
})

/** Thrown by a handler that cannot go on; the dispatcher makes the answer of it. */
export class Refused extends Error {
  readonly status: number
  readonly detail: string
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  constructor(status: number, detail: string, type = "about:blank", parameters: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.status = status
    this.detail = detail
    this.type = type
    this.parameters = parameters
  }
}

/** Ends a handler with a refusal. */
export const refuse = (status: number, detail: string, type?: string, parameters?: Readonly<Record<string, string>>): never => {
  throw new Refused(status, detail, type, parameters)
}

/** A refusal as an answer. */
export const refusal = (now: number, { detail, parameters, status, type }: Refused): Answer => ({
  status,
  headers: { "Content-Type": "application/problem+json" },
  body: json(problem(now, status, detail, type, parameters))
})
