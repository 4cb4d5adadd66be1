/**
 * One connection, and what runs over it: an undici `Client` that is given one request at a time, or HTTP/2 with many.
 */
import type * as Net from "node:net"
import { Client, type Dispatcher } from "undici"
import type { ReservedConnection, TransportRequest } from "../../services/Transport.ts"
import type { CodedError } from "./failures.ts"
import { peerCertificate } from "./handshake.ts"
import { Http2Client, speaksHttp2 } from "./http2.ts"
import type { Host } from "./pool.ts"
import type { Seeker } from "./seeker.ts"

/** A request as its connection sees it. */
export interface Exchange extends Dispatcher.DispatchHandler {
  readonly request: TransportRequest
}

/** One socket with HTTP/1.1 on it, and at most one request; or with HTTP/2, and many. */
export class Connection implements ReservedConnection {
  readonly host: Host
  readonly socket: Net.Socket
  /** the first error of the socket: undici reports the last, which is often only that the socket has ended */
  socketError: CodedError | undefined = undefined
  /** it has had a request */
  reused = false
  private readonly client: Pick<Client, "destroy"> & { dispatch(options: Dispatcher.DispatchOptions, exchange: Exchange): unknown }
  private readonly http2: Http2Client | undefined
  private given = false
  private busy = false
  private reserved = false
  private spent = false

  constructor(host: Host, socket: Net.Socket) {
    this.host = host
    this.socket = socket
    socket.on("error", (error) => this.socketError ??= error)
    // While it is reserved and has had no request undici does not watch it.
    socket.once("close", () => host.gone(this))
    const { maxHeaderSize } = host.pools.settings
    if (speaksHttp2(socket)) {
      this.given = true
      this.client = this.http2 = new Http2Client(host.clientUrl, socket, maxHeaderSize, { onRoom: () => host.room(this), onRetired: () => host.drain(this) })
      return
    }
    this.http2 = undefined
    const client = this.client = new Client(host.clientUrl, {
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
    client.on("disconnect", () => host.gone(this))
  }

  /** The server's certificate, where TLS ends there. */
  get certificate(): Uint8Array | undefined {
    return this.host.forward === undefined ? peerCertificate(this.socket) : undefined
  }

  /** It serves many requests at once. */
  get isShared(): boolean {
    return this.http2 !== undefined
  }

  /** It is not known yet how many at once. */
  get isOpening(): boolean {
    return this.http2?.ready === false
  }

  /** It is shared and may be given another request. */
  get hasRoom(): boolean {
    return this.http2?.hasRoom === true
  }

  /** It is shared and has a request. */
  get isActive(): boolean {
    return this.http2 !== undefined && this.http2.active > 0
  }

  get isOpen(): boolean {
    return !this.spent && !this.socket.destroyed && !this.host.pools.closed
  }

  /** Serves somebody, who sends a request over it or reserves it. */
  give(seeker: Seeker, reused: boolean): void {
    if (this.http2 !== undefined) this.host.pools.idle.delete(this)
    seeker.begin(this, reused)
  }

  /** Sends a request. */
  dispatch(options: Dispatcher.DispatchOptions, exchange: Exchange): void {
    this.busy = true
    this.reused = true
    this.client.dispatch(options, exchange)
  }

  /** The request is done with. */
  finished(reusable: boolean): void {
    if (this.http2 !== undefined) return this.host.ended(this)
    this.busy = false
    if (!reusable) this.spent = true
    if (!this.reserved) this.host.free(this, reusable)
  }

  /** A request on it took too long: is it alive at all? */
  doubt(): void {
    this.http2?.doubt()
  }

  /** Nobody gets it until it is released. */
  reserve(): void {
    this.reserved = true
  }

  /** The next may have it, once a response that is still on its way has been read. */
  release(): void {
    this.reserved = false
    if (!this.busy) this.host.free(this, !this.spent)
  }

  /** Nobody gets it any more. */
  discard(): void {
    this.spent = true
    void this.destroy()
  }

  /** Closes the socket, whatever happens on it. */
  destroy(): Promise<void> {
    // undici closes only what it was given
    if (!this.given) this.socket.destroy()
    return this.client.destroy()
  }
}
