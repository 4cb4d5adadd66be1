/** The HTTP plumbing: a listening server that reads requests whole and sends what it is told to, broken connections included. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import type { Socket } from "node:net"
import { SandboxFailed } from "./failure.ts"
import { type Answer, encode, type HttpRequest } from "./http.ts"

/** What to do with a connection whose request was read. */
export type Outcome =
  | { readonly _tag: "Answer"; readonly answer: Answer }
  /** Break the connection after so many bytes of the body; `undefined` for half of it. */
  | { readonly _tag: "Drop"; readonly answer: Answer; readonly after: number | undefined }
  | { readonly _tag: "Reset" }

export interface ServerOptions {
  /** 0 for any that is free. */
  readonly port: number
  readonly https: { readonly key: string; readonly cert: string } | undefined
  /** `connection` is the same number for requests on the same socket. */
  readonly respond: (request: HttpRequest, connection: number, signal: AbortSignal) => Promise<Outcome>
}

/** No request of the sandbox needs more; the real service has its own limit. */
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
    headers: message.headers,
    body,
    clientAddress: message.socket.remoteAddress ?? "127.0.0.1"
  }
}

const send = (response: ServerResponse, outcome: Outcome): void => {
  if (response.destroyed) return
  if (outcome._tag === "Reset") {
    response.socket?.resetAndDestroy()
    return
  }
  const { bytes, headers } = encode(outcome.answer)
  response.writeHead(outcome.answer.status, { ...headers, "Content-Length": bytes.length })
  if (outcome._tag === "Answer") {
    response.end(bytes)
    return
  }
  response.flushHeaders() // they must leave even if no byte of the body does
  response.write(bytes.subarray(0, outcome.after ?? Math.floor(bytes.length / 2)), () => response.destroy())
}

const listen = (server: Server, port: number): Effect.Effect<number, SandboxFailed> =>
  Effect.callback((resume) => {
    const failed = (cause: Error): void =>
      resume(Effect.fail(new SandboxFailed({ message: `The sandbox cannot listen on port ${port}: ${cause.message}`, cause })))
    server.once("error", failed)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", failed)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

/** Serves on loopback until the scope closes; then breaks every connection and frees the port. Succeeds with the server's origin. */
export const serve = Effect.fnUntraced(function*({ https, port, respond }: ServerOptions): Effect.fn.Return<string, SandboxFailed, Scope.Scope> {
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
      if (closed.signal.aborted || message.destroyed) return // the client or the sandbox went away
      console.error("sandbox:", error)
      send(response, { _tag: "Answer", answer: { status: 500, body: null } })
    })
  }

  const server = yield* Effect.acquireRelease(
    Effect.try({
      try: () => https === undefined ? createHttpServer(listener) : createHttpsServer(https, listener),
      catch: (cause) => new SandboxFailed({ message: "The key or the certificate cannot be used", cause })
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
  return `${scheme}://127.0.0.1:${yield* listen(server, port)}`
})
