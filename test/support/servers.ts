/** Real servers on the loopback interface, each owned by a scope. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import type * as Tls from "node:tls"

/** A server that listens, and the sockets it has seen. */
export interface Listening {
  readonly port: number
  readonly url: string
  readonly origin: string
  /** sockets that are open now */
  readonly open: Set<Net.Socket>
  /** sockets ever accepted */
  readonly accepted: () => number
}

export const listen = (server: Net.Server, scheme: string, host = "127.0.0.1"): Effect.Effect<Listening, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Listening & { readonly server: Net.Server }>((resume) => {
      const open = new Set<Net.Socket>()
      let accepted = 0
      server.on("connection", (socket: Net.Socket) => {
        accepted++
        open.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => open.delete(socket))
      })
      server.on("tlsClientError", () => {})
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        const origin = `${scheme}://${host}:${port}`
        resume(Effect.succeed({ port, url: `${origin}/`, origin, open, accepted: () => accepted, server }))
      })
    }),
    ({ open, server }) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of open) socket.destroy()
      })
  )

/** An http server. */
export const httpServer = (handler: Http.RequestListener, options: Http.ServerOptions = {}) => listen(Http.createServer(options, handler), "http")

/** An https server. */
export const httpsServer = (options: Tls.TlsOptions, handler: Http.RequestListener, host = "127.0.0.1") =>
  listen(Https.createServer(options, handler), "https", host)

/** A server that speaks whatever it is told to. `answer` gets each socket and the bytes as they come. */
export const rawServer = (onSocket: (socket: Net.Socket, index: number) => void) => {
  let index = 0
  return listen(Net.createServer((socket) => onSocket(socket, index++)), "http")
}

/** Tells what came. */
export const echo: Http.RequestListener = (req, res) => {
  const chunks: Array<Buffer> = []
  req.on("data", (chunk: Buffer) => chunks.push(chunk))
  req.on("end", () => {
    res.setHeader("content-type", "application/json")
    res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body: Buffer.concat(chunks).toString("utf8") }))
  })
}

/** What a proxy saw of one request. */
export interface ProxyRequest {
  readonly method: string
  readonly target: string
  readonly headers: Http.IncomingHttpHeaders
}

/** An http proxy: tunnels and forwards, or refuses. */
export const proxyServer = (options: {
  readonly refuse?: (request: ProxyRequest) => number | undefined
  readonly tls?: Tls.TlsOptions
} = {}) =>
  Effect.gen(function*() {
    const seen: Array<ProxyRequest> = []
    const check = (request: Http.IncomingMessage): number | undefined => {
      const each = { method: request.method!, target: request.url!, headers: request.headers }
      seen.push(each)
      return options.refuse?.(each)
    }
    const onRequest: Http.RequestListener = (request, response) => {
      const status = check(request)
      if (status !== undefined) return void response.writeHead(status).end("refused")
      const { "proxy-authorization": _, ...headers } = request.headers
      const onward = Http.request(request.url!, { method: request.method!, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      })
      onward.on("error", () => response.destroy())
      request.pipe(onward)
    }
    const server = options.tls === undefined ? Http.createServer(onRequest) : Https.createServer(options.tls, onRequest)
    server.on("connect", (request: Http.IncomingMessage, socket: Net.Socket, head: Buffer) => {
      const status = check(request)
      if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} ${Http.STATUS_CODES[status]}\r\nContent-Length: 0\r\n\r\n`)
      const [host, port] = request.url!.split(":")
      const onward = Net.connect(Number(port), host === "localhost" ? "127.0.0.1" : host!, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
        onward.write(head)
        onward.pipe(socket)
        socket.pipe(onward)
      })
      onward.on("error", () => socket.destroy())
      socket.on("error", () => onward.destroy())
      socket.on("close", () => onward.destroy())
    })
    const listening = yield* listen(server, options.tls === undefined ? "http" : "https")
    return { ...listening, seen }
  })
