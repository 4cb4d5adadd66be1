/** What passes between the HTTP plumbing and what answers. */
import type { IncomingHttpHeaders } from "node:http"

/** One request, read to its end. */
export interface HttpRequest {
  readonly method: string
  /** `http://127.0.0.1:1234`, as the client addressed it. */
  readonly origin: string
  /** The path as it came, still percent-encoded and without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** The query as it came, still percent-encoded and without `?`. */
  readonly search: string
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
  readonly clientAddress: string
  /** the certificate that the client showed, where the server trusts who signed it */
  readonly clientCertificate?: { readonly commonName: string } | undefined
}

/** What to send back. A body of bytes is sent as it is, any other value as JSON. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** An answer as it goes over the wire. */
export const encode = (answer: Answer): { readonly headers: Record<string, string>; readonly bytes: Uint8Array } => {
  if (answer.body instanceof Uint8Array) return { headers: { ...answer.headers }, bytes: answer.body }
  return { headers: { "Content-Type": "application/json", ...answer.headers }, bytes: Buffer.from(JSON.stringify(answer.body)) }
}

/** The value of a header that must not come twice, or `undefined`. */
export const header = (request: HttpRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}
