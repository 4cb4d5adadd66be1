/**
 * Connections of one transport: which are idle, which are being made, and which requests wait for one.
 *
 * Making and choosing connections is done here, using them in `connection.ts`. That keeps a request, its connection attempt
 * and its place in the queue together, so that each can be told apart in a timeout and given up at once. Nothing is ever sent
 * twice behind the caller's back.
 */
import type * as Net from "node:net"
import * as Duration from "effect/Duration"
import type {
  Connection as AnyConnection,
  ConnectionRequest,
  ProxyOption,
  TlsOptions,
  TransportError,
  TransportLimits
} from "../../services/Transport.ts"
import { Attempt, type Target } from "./connect.ts"
import { Connection } from "./connection.ts"
import { connectionFailed, type Peer, tlsFailed, unavailable } from "./failures.ts"
import { portOf, Proxies, type ProxyRoute, socketHost } from "./proxy.ts"
import type { Seeker } from "./seeker.ts"
import { settingsFailure, type TlsSettings, TlsStore } from "./tls.ts"

/** Options of a pool, defaults filled in; times in milliseconds. */
export interface PoolSettings {
  readonly connectTimeout: number
  readonly idleTimeout: number
  readonly maxResponseSize: number
  readonly maxHeaderSize: number
  readonly connections: number
  /** is HTTP/2 offered where requests may share a connection? Default `false` */
  readonly http2?: boolean | undefined
  readonly proxy: ProxyOption
  readonly tls: TlsOptions | undefined
  readonly environment: (url: URL) => URL | undefined
  /** resolves names, in the place of Node */
  readonly lookup?: Net.LookupFunction | undefined
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
  readonly proxies: Proxies
  closed = false

  constructor(settings: PoolSettings) {
    this.settings = settings
    this.tls = new TlsStore(settings.tls)
    this.tls.onRetired = (tls) => {
      for (const host of this.hosts.values()) if (host.target.tls === tls) host.retire()
    }
    this.proxies = new Proxies(settings.proxy, settings.environment)
  }

  /** Is this connection one of ours? */
  owns(connection: AnyConnection): connection is Connection {
    return connection instanceof Connection && connection.host.pools === this
  }

  /** The connections to a request's origin under its identity, or why there can be none; `alone` where they are not to be shared. */
  host(request: ConnectionRequest, alone = false): Host | TransportError {
    if (this.closed) return connectionFailed(request, "closed", "no", closedDetail)
    const { partition, proxy, tls, url } = request
    const origin = url.origin
    // Looked at with each request: when its files have changed, it is another one.
    const settings = this.tls.settings(tls, request.foreign)
    // Whoever logs in by connection must be the only one on it, so these are of HTTP/1.1 and apart from the others.
    const http2 = this.settings.http2 === true && url.protocol === "https:"
    const shared = http2 && !alone && partition === undefined
    const plain = partition === undefined && proxy === undefined && settings.id === "" && shared === http2
    const id = plain ? origin : `${origin}\0${this.partition(request, settings)}${shared === http2 ? "" : "\0alone"}`
    return this.hosts.get(id) ?? this.makeHost(id, request, settings, shared)
  }

  // Everything that connections must not be shared across. JSON keeps one part from reaching into the next.
  private partition(request: ConnectionRequest, tls: TlsSettings): string {
    const { partition, proxy } = request
    const way = typeof proxy === "object" ? this.proxies.id(proxy, request.url) : proxy ?? null
    return JSON.stringify([partition ?? null, tls.id, way])
  }

  private makeHost(id: string, request: ConnectionRequest, tls: TlsSettings, http2: boolean): Host | TransportError {
    const { url } = request
    const proxy = this.proxies.route(request.proxy, url)
    if (proxy !== undefined && "_tag" in proxy) {
      return proxy._tag === "Invalid"
        ? connectionFailed(request, "proxy", "no", proxy.detail)
        : unavailable(request, `a ${proxy.scheme} proxy`, "Use an http, https or socks5 proxy, or `proxy: \"none\"`")
    }
    const secure = url.protocol === "https:"
    if (secure) {
      try {
        tls.context()
      } catch (error) {
        return tlsFailed(request, { peer: "origin", ...settingsFailure(error) })
      }
    }
    const host = new Host(this, id, url, secure, tls, proxy, this.partition(request, tls), http2)
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
  /** those of them with HTTP/2, idle or not */
  private readonly shared = new Set<Connection>()
  /** those that finish what they have and take no more; `connections` does not count them */
  private readonly draining = new Set<Connection>()
  /** may the next connection serve more than one request? Then one is made at a time, and all wait for it */
  private shares: boolean
  private readonly idle: Array<Connection> = []
  private readonly connecting = new Set<Seeker>()
  private readonly waiting = new Set<Seeker>()

  constructor(pools: Pools, id: string, url: URL, secure: boolean, tls: TlsSettings, proxy: ProxyRoute | undefined, partition: string, http2: boolean) {
    this.pools = pools
    this.id = id
    this.shares = http2
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
      partition: `${tls.id}\0${proxy?.id ?? ""}\0${partition}`,
      lookup: pools.settings.lookup,
      protocols: http2 ? ["h2", "http/1.1"] : ["http/1.1"]
    }
    this.forward = secure || proxy?.protocol !== "http" ? undefined : proxy
    this.peer = { server: authority, proxy: proxy?.label, forwards: this.forward !== undefined }
    this.clientUrl = this.forward === undefined ? url.origin : `${this.forward.tls === undefined ? "http" : "https"}://${this.forward.label}`
  }

  /** Gives a request a connection: an idle one, a new one, or the next that is free. `fresh` refuses idle ones. */
  submit(seeker: Seeker, fresh: boolean): void {
    for (const connection of this.shared) if (connection.hasRoom) return connection.give(seeker, true)
    while (!fresh) {
      const connection = this.idle.pop()
      if (connection === undefined) break
      this.pools.idle.delete(connection)
      if (!connection.socket.destroyed) return connection.give(seeker, true)
    }
    if (this.hasRoom()) {
      this.connect(seeker)
    } else {
      this.waiting.add(seeker)
      seeker.enterQueue(this.isOpening())
    }
  }

  private hasRoom(): boolean {
    return this.connections.size + this.connecting.size < this.pools.settings.connections && !this.isOpening()
  }

  /** Is a connection on its way that may serve more than who has asked for it? */
  private isOpening(): boolean {
    if (!this.shares) return false
    if (this.connecting.size > 0) return true
    for (const connection of this.shared) if (connection.isOpening) return true
    return false
  }

  private connect(seeker: Seeker): void {
    this.connecting.add(seeker)
    const attempt = new Attempt(this.target, seeker)
    seeker.enterConnect(attempt)
    attempt.start()
  }

  /** A connection is ready for who has waited for it. */
  connected(seeker: Seeker, socket: Net.Socket): void {
    this.connecting.delete(seeker)
    const connection = new Connection(this, socket)
    this.connections.add(connection)
    if (connection.isShared) this.shared.add(connection)
    connection.give(seeker, false)
    if (this.shares === connection.isShared) return
    this.shares = connection.isShared
    this.next()
  }

  /** Somebody no longer waits here, neither in the queue nor for a connection of its own. */
  leave(seeker: Seeker): void {
    if (this.waiting.delete(seeker)) return
    if (this.connecting.delete(seeker)) this.next()
  }

  /** Nobody uses a connection any more. */
  free(connection: Connection, reusable: boolean): void {
    if (!reusable || connection.socket.destroyed || this.pools.closed || !this.connections.has(connection)) return
    if (this.target.tls.retired) {
      this.gone(connection)
      return void connection.destroy()
    }
    const next = this.takeWaiting()
    if (next !== undefined) return connection.give(next, true)
    // Reserved and never used: nobody would notice that the other side closes it.
    if (!connection.reused) {
      this.gone(connection)
      return void connection.destroy()
    }
    this.idle.push(connection)
    this.park(connection)
  }

  /** A shared connection may take more. */
  room(connection: Connection): void {
    while (connection.hasRoom) {
      const seeker = this.takeWaiting()
      if (seeker === undefined) break
      connection.give(seeker, true)
    }
    // Whoever waited for it to open may find it full.
    if (!connection.isOpening) this.next()
  }

  /** A request on a shared connection is done with. */
  ended(connection: Connection): void {
    if (this.draining.has(connection)) {
      if (!connection.isActive) void connection.destroy()
    } else if (this.connections.has(connection)) {
      if (this.target.tls.retired) return this.drain(connection)
      this.room(connection)
      if (!connection.isActive && this.connections.has(connection)) this.park(connection)
    }
  }

  /** A shared connection takes no more requests; it is closed after the last one. */
  drain(connection: Connection): void {
    if (!this.connections.delete(connection)) return
    this.shared.delete(connection)
    this.pools.idle.delete(connection)
    if (connection.isActive) this.draining.add(connection)
    else void connection.destroy()
    this.next()
  }

  private park(connection: Connection): void {
    const { idle } = this.pools
    idle.add(connection)
    if (idle.size > maxIdle) {
      const oldest = idle.values().next().value!
      oldest.host.gone(oldest)
      void oldest.destroy()
    }
  }

  /** Its TLS files have changed: new requests go elsewhere, and no connection is used a second time. */
  retire(): void {
    for (const connection of this.idle.slice()) {
      this.gone(connection)
      void connection.destroy()
    }
    for (const connection of this.shared) this.drain(connection)
  }

  /** A connection is closed. */
  gone(connection: Connection): void {
    if (!this.connections.delete(connection) && !this.draining.delete(connection)) return
    const idle = this.pools.idle.delete(connection)
    if (connection.isShared) this.shared.delete(connection)
    else if (idle) this.idle.splice(this.idle.indexOf(connection), 1)
    this.next()
  }

  private takeWaiting(): Seeker | undefined {
    const first = this.waiting.values().next()
    if (first.done === true) return undefined
    this.waiting.delete(first.value)
    return first.value
  }

  private next(): void {
    while (!this.pools.closed && this.hasRoom()) {
      const seeker = this.takeWaiting()
      if (seeker === undefined) break
      this.connect(seeker)
    }
    if (this.connections.size + this.connecting.size + this.waiting.size + this.draining.size === 0) this.pools.hosts.delete(this.id)
  }

  async destroy(): Promise<void> {
    for (const seeker of [...this.waiting, ...this.connecting]) seeker.fail(connectionFailed(seeker.request, "closed", "no", closedDetail))
    await Promise.all([...this.connections, ...this.draining].map((connection) => connection.destroy()))
  }
}
