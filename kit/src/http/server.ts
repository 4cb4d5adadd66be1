/** The HTTP plumbing: a listening server that reads requests whole and sends what it is told to, broken connections included. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { type Answer, encode, type HttpRequest } from "./message.ts"

/** The server could not start: its port is taken or not allowed, or its certificate cannot be used. */
export class ServerFailed extends Data.TaggedError("ServerFailed")<{ readonly message: string; readonly cause: unknown }> {}

/** What to do with a connection whose request was read. */
export type Outcome =
  | { readonly _tag: "Answer"; readonly answer: Answer }
  /** Break the connection after so many bytes of the body; `undefined` for half of it. */
  | { readonly _tag: "Drop"; readonly answer: Answer; readonly after: number | undefined }
  | { readonly _tag: "Reset" }

/** PEM texts. With `clientCa` clients are asked for a certificate; those without, or with another one's, are served as well. */
export interface HttpsOptions {
  readonly key: string
  readonly cert: string
  readonly clientCa?: string | undefined
}

export interface ServerOptions {
  /** What it is, for messages: `sandbox`. */
  readonly name: string
  /** The address to listen on; loopback unless given. */
  readonly host?: string | undefined
  /** 0 for any that is free. */
  readonly port: number
  readonly https: HttpsOptions | undefined
  /** `connection` is the same number for requests on the same socket. */
  readonly respond: (request: HttpRequest, connection: number, signal: AbortSignal) => Promise<Outcome>
}

/** No request of a test needs more. */
const MAXIMUM_BODY = 256 * 1024 * 1024

const readBody = async (message: IncomingMessage): Promise<Uint8Array | undefined> => {
  const chunks: Array<Uint8Array> = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Uint8Array>) { // without an encoding set, a message yields bytes
    length += chunk.length
    if (length > MAXIMUM_BODY) return undefined
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

const readRequest = (message: IncomingMessage, scheme: "http" | "https", body: Uint8Array): HttpRequest => {
  const target = message.url ?? "/"
  const mark = target.indexOf("?")
  return {
    method: message.method ?? "GET",
    origin: `${scheme}://${message.headers.host ?? "127.0.0.1"}`,
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    search: mark < 0 ? "" : target.slice(mark + 1),
    headers: message.headers,
    body,
    clientAddress: message.socket.remoteAddress ?? "127.0.0.1",
    clientCertificate: clientOf(message.socket)
  }
}

const clientOf = (socket: Socket): HttpRequest["clientCertificate"] => {
  const name = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject?.CN : undefined
  return typeof name === "string" ? { commonName: name } : undefined
}

const send = (response: ServerResponse, outcome: Outcome): void => {
  if (response.destroyed) return
  if (outcome._tag === "Reset") {
    response.socket?.resetAndDestroy()
    return
  }
  const { bytes, headers } = encode(outcome.answer)
  const { status } = outcome.answer
  // what has no content has no length (RFC 9110 section 8.6)
  response.writeHead(status, status === 204 || status === 304 ? headers : { ...headers, "Content-Length": bytes.length })
  if (outcome._tag === "Answer") {
    response.end(bytes)
    return
  }
  response.flushHeaders() // they must leave even if no byte of the body does
  response.write(bytes.subarray(0, outcome.after ?? Math.floor(bytes.length / 2)), () => response.destroy())
}

const tlsOf = ({ cert, clientCa, key }: HttpsOptions) =>
  clientCa === undefined ? { key, cert } : { key, cert, ca: clientCa, requestCert: true, rejectUnauthorized: false }

const listen = (server: Server, name: string, host: string, port: number): Effect.Effect<number, ServerFailed> =>
  Effect.callback((resume) => {
    const failed = (cause: Error): void =>
      resume(Effect.fail(new ServerFailed({ message: `The ${name} cannot listen on port ${port}: ${cause.message}`, cause })))
    server.once("error", failed)
    server.listen(port, host, () => {
      server.off("error", failed)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

/** Serves until the scope closes; then breaks every connection and frees the port. Succeeds with the server's origin. */
export const serve = Effect.fnUntraced(function*({ host = "127.0.0.1", https, name, port, respond }: ServerOptions): Effect.fn.Return<string, ServerFailed, Scope.Scope> {
  const scheme = https === undefined ? "http" : "https"
  const closed = new AbortController()
  const connections = new WeakMap<Socket, number>()
  let lastConnection = 0

  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(message)
    if (body === undefined) return send(response, { _tag: "Answer", answer: { status: 413, body: null } })
    const connection = connections.get(message.socket) ?? ++lastConnection
    connections.set(message.socket, connection)
    send(response, await respond(readRequest(message, scheme, body), connection, closed.signal))
  }
  const listener: RequestListener = (message, response) => {
    answer(message, response).catch((error: unknown) => {
      if (closed.signal.aborted || response.destroyed) return // the client or the server went away
      console.error(`${name}:`, error)
      send(response, { _tag: "Answer", answer: { status: 500, body: null } })
    })
  }

  const server = yield* Effect.acquireRelease(
    Effect.try({
      try: () => https === undefined ? createHttpServer(listener) : createHttpsServer(tlsOf(https), listener),
      catch: (cause) => new ServerFailed({ message: "The key or the certificate cannot be used", cause })
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        closed.abort()
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  // Longer than clients keep idle connections: closing first would race with their next request.
  server.keepAliveTimeout = 65_000
  const bound = yield* listen(server, name, host, port)
  // an address for anybody is none to connect to
  const shown = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host
  return `${scheme}://${shown}:${bound}`
})
