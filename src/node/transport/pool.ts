/**
 * Connections of one transport: which are idle, which are being made, and which requests wait for one.
 *
 * Each connection is an undici `Client` that is given one request at a time; making and choosing connections is done
 * here. That keeps a request, its connection attempt and its place in the queue together, so that each can be told apart
 * in a timeout and given up at once. Nothing is ever sent twice behind the caller's back.
 */
import { createHash } from "node:crypto"
import type * as Net from "node:net"
import * as Duration from "effect/Duration"
import { Client, type Dispatcher } from "undici"
import type { ProxyOption, TlsOptions, TransportError, TransportLimits, TransportRequest } from "../../services/Transport.ts"
import { Attempt, type ConnectListener, type Target } from "./connect.ts"
import { type CodedError, connectionFailed, type Peer, tlsFailed, unavailable } from "./failures.ts"
import { chooseProxy, portOf, type ProxyRoute, socketHost } from "./proxy.ts"
import { type TlsSettings, TlsStore } from "./tls.ts"

/** A request that wants a connection, as the pool sees it: told where it stands, until it gets one or fails. */
export interface Exchange extends Dispatcher.DispatchHandler, ConnectListener {
  readonly request: TransportRequest
  /** it waits, since all connections are busy */
  enterQueue(): void
  /** a connection is being made for it */
  enterConnect(attempt: Attempt): void
  /** it has a connection, a fresh one or one that was `reused` */
  begin(connection: Connection, reused: boolean): void
  /** what undici is to send */
  options(): Dispatcher.DispatchOptions
  fail(error: TransportError): void
}

/** Options of a pool, defaults filled in; times in milliseconds. */
export interface PoolSettings {
  readonly connectTimeout: number
  readonly idleTimeout: number
  readonly maxResponseSize: number
  readonly maxHeaderSize: number
  readonly connections: number
  readonly proxy: ProxyOption
  readonly tls: TlsOptions | undefined
  readonly environment: (url: URL) => URL | undefined
}

// Idle connections of all origins and partitions together; beyond this the longest idle one is closed.
const maxIdle = 256

/** Fills in the defaults of {@link TransportLimits}. */
export const limitsOf = (limits: TransportLimits) => ({
  connectTimeout: Duration.toMillis(Duration.fromInputUnsafe(limits.connectTimeout ?? "10 seconds")),
  idleTimeout: Duration.toMillis(Duration.fromInputUnsafe(limits.idleTimeout ?? "30 seconds")),
  maxResponseSize: limits.maxResponseSize ?? 64 * 1024 * 1024,
  maxHeaderSize: limits.maxHeaderSize ?? 64 * 1024
})

const closedDetail = "the transport was closed"

/** All connections of one transport. */
export class Pools {
  readonly settings: PoolSettings
  /** by partition, TLS options, proxy and origin; only those that have a connection or a request */
  readonly hosts = new Map<string, Host>()
  /** in the order in which they became idle */
  readonly idle = new Set<Connection>()
  readonly tls: TlsStore
  closed = false
  private readonly proxyIds = new WeakMap<object, string>()

  constructor(settings: PoolSettings) {
    this.settings = settings
    this.tls = new TlsStore(settings.tls)
  }

  /** The connections to a request's origin under its identity, or why there can be none. */
  host(request: TransportRequest): Host | TransportError {
    if (this.closed) return connectionFailed(request, "closed", "no", closedDetail)
    const { partition, proxy, tls, url } = request
    const origin = url.origin
    const id = partition === undefined && proxy === undefined && tls === undefined ? origin : `${origin}\0${this.partition(request)}`
    return this.hosts.get(id) ?? this.makeHost(id, request)
  }

  // Everything that connections must not be shared across. JSON keeps one part from reaching into the next.
  private partition(request: TransportRequest): string {
    const { partition, proxy, tls } = request
    const trust = tls === undefined ? "" : this.tls.settings(tls).id
    const way = typeof proxy === "object" ? this.proxyId(proxy) : proxy ?? null
    return JSON.stringify([partition ?? null, trust, way])
  }

  private proxyId(proxy: Exclude<ProxyOption, string>): string {
    let id = this.proxyIds.get(proxy)
    if (id === undefined) {
      const route = chooseProxy(proxy, new URL("http://-/"), () => undefined)
      // Hashed: the key holds the proxy's password.
      id = createHash("sha256").update(JSON.stringify(route)).digest("base64")
      this.proxyIds.set(proxy, id)
    }
    return id
  }

  private makeHost(id: string, request: TransportRequest): Host | TransportError {
    const { url } = request
    const tls = this.tls.settings(request.tls)
    const proxy = chooseProxy(request.proxy ?? this.settings.proxy, url, this.settings.environment)
    if (proxy !== undefined && "_tag" in proxy) {
      return proxy._tag === "Invalid"
        ? connectionFailed(request, "proxy", "no", "the proxy's URL is not a URL")
        : unavailable(request, `a ${proxy.scheme} proxy`, "Use an http or https proxy, or `proxy: \"none\"`")
    }
    const secure = url.protocol === "https:"
    if (secure || proxy?.secure === true) {
      try {
        tls.context()
      } catch (error) {
        return tlsFailed(request, "untrusted", "`tls.ca` holds something that is not a PEM certificate", (error as CodedError).code)
      }
    }
    const host = new Host(this, id, url, secure, tls, proxy, this.partition(request))
    this.hosts.set(id, host)
    return host
  }

  /** Ends everything: requests under way fail, sockets close. Resolves when they have. */
  async destroy(): Promise<void> {
    this.closed = true
    await Promise.all(Array.from(this.hosts.values(), (host) => host.destroy()))
  }
}

/** Connections to one origin under one identity. */
export class Host {
  readonly pools: Pools
  readonly id: string
  readonly target: Target
  readonly peer: Peer
  /** the proxy that gets requests for http in absolute form (RFC 9112 section 3.2.2) */
  readonly forward: ProxyRoute | undefined
  /** what undici takes for the origin of a connection */
  readonly clientUrl: string
  private readonly connections = new Set<Connection>()
  private readonly idle: Array<Connection> = []
  private readonly connecting = new Set<Exchange>()
  private readonly waiting = new Set<Exchange>()

  constructor(pools: Pools, id: string, url: URL, secure: boolean, tls: TlsSettings, proxy: ProxyRoute | undefined, partition: string) {
    this.pools = pools
    this.id = id
    const port = portOf(url)
    const authority = `${url.hostname}:${port}`
    this.target = {
      host: socketHost(url),
      port,
      secure,
      authority,
      proxy,
      tls,
      store: pools.tls,
      partition: `${tls.id}\0${proxy?.label ?? ""}\0${partition}`
    }
    this.peer = { server: authority, proxy: proxy?.label }
    this.forward = secure ? undefined : proxy
    this.clientUrl = this.forward === undefined ? url.origin : `${this.forward.secure ? "https" : "http"}://${this.forward.label}`
  }

  /** Gives a request a connection: an idle one, a new one, or the next that is free. `fresh` refuses idle ones. */
  submit(exchange: Exchange, fresh: boolean): void {
    while (!fresh) {
      const connection = this.idle.pop()
      if (connection === undefined) break
      this.pools.idle.delete(connection)
      if (!connection.socket.destroyed) return connection.run(exchange, true)
    }
    if (this.hasRoom()) {
      this.connect(exchange)
    } else {
      this.waiting.add(exchange)
      exchange.enterQueue()
    }
  }

  private hasRoom(): boolean {
    return this.connections.size + this.connecting.size < this.pools.settings.connections
  }

  private connect(exchange: Exchange): void {
    this.connecting.add(exchange)
    const attempt = new Attempt(this.target, exchange)
    exchange.enterConnect(attempt)
    attempt.start()
  }

  /** A request's connection is ready. */
  connected(exchange: Exchange, socket: Net.Socket): void {
    this.connecting.delete(exchange)
    const connection = new Connection(this, socket)
    this.connections.add(connection)
    connection.run(exchange, false)
  }

  /** A request no longer waits here, neither in the queue nor for its own connection. */
  leave(exchange: Exchange): void {
    if (this.waiting.delete(exchange)) return
    if (this.connecting.delete(exchange)) this.next()
  }

  /** A connection has done with its request. */
  finished(connection: Connection, reusable: boolean): void {
    if (!reusable || connection.socket.destroyed || this.pools.closed || !this.connections.has(connection)) return
    const next = this.takeWaiting()
    if (next !== undefined) return connection.run(next, true)
    const { idle } = this.pools
    this.idle.push(connection)
    idle.add(connection)
    if (idle.size > maxIdle) {
      const oldest = idle.values().next().value!
      oldest.host.gone(oldest)
      void oldest.destroy()
    }
  }

  /** A connection is closed. */
  gone(connection: Connection): void {
    if (!this.connections.delete(connection)) return
    if (this.pools.idle.delete(connection)) this.idle.splice(this.idle.indexOf(connection), 1)
    this.next()
  }

  private takeWaiting(): Exchange | undefined {
    const first = this.waiting.values().next()
    if (first.done === true) return undefined
    this.waiting.delete(first.value)
    return first.value
  }

  private next(): void {
    while (!this.pools.closed && this.hasRoom()) {
      const exchange = this.takeWaiting()
      if (exchange === undefined) break
      this.connect(exchange)
    }
    if (this.connections.size + this.connecting.size + this.waiting.size === 0) this.pools.hosts.delete(this.id)
  }

  async destroy(): Promise<void> {
    for (const exchange of [...this.waiting, ...this.connecting]) exchange.fail(connectionFailed(exchange.request, "closed", "no", closedDetail))
    await Promise.all(Array.from(this.connections, (connection) => connection.destroy()))
  }
}

/** One socket with HTTP/1.1 on it, and at most one request. */
export class Connection {
  readonly host: Host
  readonly socket: Net.Socket
  /** the first error of the socket: undici reports the last, which is often only that the socket has ended */
  socketError: CodedError | undefined = undefined
  private readonly client: Client
  private given = false

  constructor(host: Host, socket: Net.Socket) {
    this.host = host
    this.socket = socket
    socket.on("error", (error) => this.socketError ??= error)
    const { maxHeaderSize } = host.pools.settings
    this.client = new Client(host.clientUrl, {
      // undici's timers are coarse; all limits are the exchange's own
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize,
      pipelining: 1,
      allowH2: false,
      connect: (_options, callback) => {
        // A second time means that the socket closed before a request was written: the exchange goes elsewhere. undici
        // does not expect an answer before this returns.
        const first = !this.given
        this.given = true
        queueMicrotask(() => {
          if (first) return callback(null, socket)
          host.gone(this)
          callback(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }), null)
        })
      }
    })
    this.client.on("disconnect", () => host.gone(this))
  }

  /** Sends a request. */
  run(exchange: Exchange, reused: boolean): void {
    exchange.begin(this, reused)
    this.client.dispatch(exchange.options(), exchange)
  }

  /** Closes the socket, whatever happens on it. */
  destroy(): Promise<void> {
    return this.client.destroy()
  }
}
