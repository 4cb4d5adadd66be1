/**
 * Makes one connection: name resolution, TCP, a proxy's tunnel, TLS; each told apart, so that a failure or a timeout can
 * say where it happened. HTTP starts on the socket that comes out.
 */
import * as Net from "node:net"
import * as Tls from "node:tls"
import type { CodedError, ConnectStage } from "./failures.ts"
import type { ProxyRoute } from "./proxy.ts"
import type { TlsSettings, TlsStore } from "./tls.ts"

/** Where to connect to, and how. */
export interface Target {
  /** without brackets */
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** `host:port` as it stands in a URL */
  readonly authority: string
  readonly proxy: ProxyRoute | undefined
  readonly tls: TlsSettings
  readonly store: TlsStore
  /** names everything that decides whether a session may be resumed, the server aside */
  readonly partition: string
}

/** Whoever waits for the connection. Exactly one of `onSocket`, `onFailure` and `onRefusal` is called, and never after `destroy`. */
export interface ConnectListener {
  /** the TLS handshake with the server begins */
  onTls(): void
  onSocket(socket: Net.Socket): void
  onFailure(stage: ConnectStage, error: CodedError): void
  /** the proxy answered CONNECT, but not with 2xx */
  onRefusal(status: number, reason: string): void
}

const keepAliveMillis = 60_000
const maxProxyHead = 16 * 1024

const prepared = <S extends Net.Socket>(socket: S): S => {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, keepAliveMillis)
  return socket
}

/** A connection in the making. */
export class Attempt {
  private readonly target: Target
  private readonly listener: ConnectListener
  private socket: Net.Socket | undefined = undefined
  private stage: ConnectStage = "connect"
  private settled = false

  constructor(target: Target, listener: ConnectListener) {
    this.target = target
    this.listener = listener
  }

  /** Begins; the listener is never called before this returns. */
  start(): void {
    const { proxy, secure } = this.target
    if (proxy === undefined) {
      if (secure) this.handshake(undefined)
      else this.open(this.target.host, this.target.port, (socket) => this.done(socket))
      return
    }
    this.stage = "proxy"
    const next = (socket: Net.Socket) => secure ? this.tunnel(socket, proxy) : this.done(socket)
    if (proxy.secure) this.handshakeWithProxy(proxy, next)
    else this.open(proxy.host, proxy.port, next)
  }

  /** Gives up. */
  destroy(): void {
    if (this.settled) return
    this.settled = true
    this.socket?.destroy()
  }

  private open(host: string, port: number, next: (socket: Net.Socket) => void): void {
    // Node passes `highWaterMark` on to the stream; its types do not know it here.
    const options = { host, port, highWaterMark: 64 * 1024 }
    const socket = prepared(Net.connect(options))
    this.watch(socket)
    socket.once("connect", () => next(socket))
  }

  private handshakeWithProxy(proxy: ProxyRoute, next: (socket: Net.Socket) => void): void {
    const { tls } = this.target
    const socket = prepared(Tls.connect({
      host: proxy.host,
      port: proxy.port,
      servername: serverName(proxy.host),
      secureContext: tls.context(),
      rejectUnauthorized: tls.verify,
      ALPNProtocols: ["http/1.1"]
    }))
    this.watch(socket)
    socket.once("secureConnect", () => next(socket))
  }

  /** TLS with the server, on a socket of its own or inside a tunnel. */
  private handshake(tunnel: Net.Socket | undefined): void {
    const { authority, host, partition, port, store, tls } = this.target
    const key = `${partition}\0${authority}`
    const session = store.session(key)
    const socket = Tls.connect({
      host,
      port,
      ...(tunnel === undefined ? {} : { socket: tunnel }),
      ...(session === undefined ? {} : { session }),
      servername: serverName(host),
      secureContext: tls.context(),
      rejectUnauthorized: tls.verify,
      ALPNProtocols: ["http/1.1"]
    })
    if (tunnel === undefined) {
      prepared(socket)
      socket.once("connect", () => this.enterTls())
    } else {
      this.enterTls()
    }
    this.watch(socket)
    // With TLS 1.3 tickets come after the handshake, so this stays for the life of the socket (RFC 8446 section 4.6.1).
    socket.on("session", (ticket) => store.keep(key, ticket))
    socket.once("secureConnect", () => this.done(socket))
  }

  private enterTls(): void {
    this.stage = "TLS"
    if (!this.settled) this.listener.onTls()
  }

  /**
   * Asks the proxy for a tunnel. Nothing of the request or its credentials is in here.
   *
   * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 CONNECT
   */
  private tunnel(socket: Net.Socket, proxy: ProxyRoute): void {
    const { authority } = this.target
    let head = ""
    const onData = (chunk: Buffer) => {
      head += chunk.toString("latin1")
      const end = head.indexOf("\r\n\r\n")
      if (end === -1) {
        if (head.length > maxProxyHead) this.fail(new Error("its answer to CONNECT has no end"))
        return
      }
      socket.off("data", onData)
      socket.pause()
      const status = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?/.exec(head)
      if (status === null) return this.fail(new Error("its answer to CONNECT is not HTTP"))
      const code = Number(status[1])
      // 1xx before the answer proper is legal but unheard of; there is nothing useful to wait for.
      if (code < 200 || code > 299) return this.refuse(code, status[2] ?? "")
      const rest = head.slice(end + 4)
      if (rest !== "") socket.unshift(Buffer.from(rest, "latin1"))
      this.release(socket)
      this.handshake(socket)
    }
    socket.on("data", onData)
    socket.write(
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n`
        + (proxy.authorization === undefined ? "" : `Proxy-Authorization: ${proxy.authorization}\r\n`)
        + "\r\n",
      "latin1"
    )
  }

  // Until HTTP takes over, errors and an early end of the socket are ours.
  private watch(socket: Net.Socket): void {
    this.socket = socket
    socket.on("error", this.fail)
    socket.on("close", this.onClose)
  }

  private release(socket: Net.Socket): void {
    socket.off("error", this.fail)
    socket.off("close", this.onClose)
    // A socket beneath TLS reports its errors twice; without a listener the second one would end the process.
    socket.on("error", ignore)
  }

  private readonly onClose = (): void => {
    this.fail(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }))
  }

  private readonly fail = (error: CodedError): void => {
    if (this.settled) return
    this.settled = true
    this.socket?.destroy()
    this.listener.onFailure(this.stage, error)
  }

  private refuse(status: number, reason: string): void {
    if (this.settled) return
    this.settled = true
    this.socket?.destroy()
    this.listener.onRefusal(status, reason)
  }

  private done(socket: Net.Socket): void {
    if (this.settled) return
    this.settled = true
    this.release(socket)
    this.listener.onSocket(socket)
  }
}

const ignore = (): void => {}

/** SNI carries names only, never addresses (RFC 6066 section 3). */
const serverName = (host: string): string => Net.isIP(host) === 0 ? host : ""
