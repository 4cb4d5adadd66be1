/**
 * HTTP/2 on one connection: many requests at once, each on a stream of its own.
 *
 * It is over `node:http2` and not over undici, which (8.12) takes a body that the server cuts short by RST_STREAM with CANCEL
 * or NO_ERROR for complete, sends requests again by itself, and lets those wait until all others are done.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113
 */
import * as Http2 from "node:http2"
import type * as Net from "node:net"
import { type Dispatcher, errors } from "undici"
import { hasNoBody } from "../../wire/contentEncoding.ts"
import { fieldProblem } from "../../wire/headers.ts"

/** The server has not processed a request, and says so; it may be sent again, whatever its method (RFC 9113 section 8.7). */
export class Unprocessed extends Error {}

/** What the connection has to tell. */
export interface Http2Listener {
  /** it may take another request */
  onRoom(): void
  /** it takes no more requests; those on it go on */
  onRetired(): void
}

// streams at once, at most, whatever the server says
const maxStreams = 100
// bytes of one response, and of all together, that may come before somebody reads them
const streamWindow = 256 * 1024
const connectionWindow = 1024 * 1024
// a connection without requests is closed after this
const idleMillis = 4000
// one that does not answer to a PING within this does not count among the connections any more
const pingMillis = 1000
// Servers close connections on which too many requests are given up (CVE-2023-44487), with all that is on them; those of nghttp2,
// Node's among them, after 1000, Envoy after 500. What a connection has on it when it reaches this may be given up as well.
const maxResets = 200

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM } = Http2.constants
const headersFrame = 1

/** Has the server chosen HTTP/2 by ALPN (RFC 7301)? */
export const speaksHttp2 = (socket: Net.Socket): boolean => "alpnProtocol" in socket && socket.alpnProtocol === "h2"

/** A connection with HTTP/2 on it. */
export class Http2Client {
  readonly session: Http2.ClientHttp2Session
  readonly maxHeaderSize: number
  /** requests that are under way */
  active = 0
  /** it has told how many requests it takes */
  ready = false
  /** bigger ids have not been processed (RFC 9113 section 6.8) */
  lastStream = Infinity
  destroyed = false
  private readonly origin: URL
  private readonly socket: Net.Socket
  private readonly listener: Http2Listener
  // until its settings have come, one
  private limit = 1
  private retired = false
  private doubted = false
  private resets = 0
  private idle: NodeJS.Timeout | undefined = undefined

  constructor(origin: string, socket: Net.Socket, maxHeaderSize: number, listener: Http2Listener) {
    this.origin = new URL(origin)
    this.socket = socket
    this.listener = listener
    this.maxHeaderSize = maxHeaderSize
    const session = this.session = Http2.connect(origin, {
      createConnection: () => socket,
      // Node resets a stream whose head is larger than it has announced and does not say why: so here is the harder limit.
      settings: { enablePush: false, initialWindowSize: streamWindow, maxHeaderListSize: 2 * maxHeaderSize },
      maxHeaderListPairs: Math.max(128, maxHeaderSize >> 5)
    })
    session.once("connect", () => session.setLocalWindowSize(connectionWindow))
    session.on("remoteSettings", ({ maxConcurrentStreams }) => {
      this.ready = true
      this.limit = Math.min(maxConcurrentStreams ?? maxStreams, maxStreams)
      if (this.hasRoom) listener.onRoom()
    })
    session.on("goaway", (_code, last) => {
      this.lastStream = Math.min(this.lastStream, last)
      this.retire()
    })
    // each stream, and the socket, tell of it
    session.on("error", () => {})
    session.once("close", () => {
      clearTimeout(this.idle)
      this.retire()
    })
  }

  /** May it be given another request? */
  get hasRoom(): boolean {
    return this.active < this.limit && !this.retired && !this.doubted && !this.session.closed && !this.session.destroyed
  }

  /** Sends a request. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    let fields: Http2.OutgoingHttpHeaders
    try {
      fields = requestFields(this.origin, options)
    } catch (error) {
      return handler.onResponseError?.(noController, error as Error)
    }
    const { body } = options
    const upload = body === null || body === undefined || typeof body === "string" || body instanceof Uint8Array ? undefined : new AbortController()
    let stream: Http2.ClientHttp2Stream
    try {
      stream = this.session.request(fields, { endStream: body === null, ...(upload === undefined ? {} : { signal: upload.signal }) })
    } catch (error) {
      if (!isEnding(error)) return handler.onResponseError?.(noController, new errors.InvalidArgumentError("HTTP/2 does not allow this request"))
      this.retire()
      return handler.onResponseError?.(noController, new Unprocessed("was closing the connection", { cause: error }))
    }
    if (this.active++ === 0) this.session.ref()
    new Exchange(this, stream, options, handler, upload)
  }

  /** A request is done with; its handler is told afterwards. */
  ended(): void {
    if (--this.active > 0 || this.destroyed) return
    this.session.unref()
    this.idle ??= setTimeout(() => {
      if (this.active === 0) this.retire()
    }, idleMillis).unref()
    this.idle.refresh()
  }

  /** A request on it took too long: it gets no other one before it has answered to a PING, and none at all where that takes too long. */
  doubt(): void {
    if (this.doubted || this.retired || this.session.destroyed) return
    this.doubted = true
    const silent = setTimeout(() => this.retire(), pingMillis).unref()
    this.session.ping((error) => {
      clearTimeout(silent)
      if (error !== null) return
      this.doubted = false
      if (this.hasRoom) this.listener.onRoom()
    })
  }

  /** A request was given up. */
  reset(): void {
    if (++this.resets >= maxResets) this.retire()
  }

  /** No more requests. */
  retire(): void {
    if (this.retired) return
    this.retired = true
    this.listener.onRetired()
  }

  /** Ends everything on it. */
  destroy(): Promise<void> {
    this.destroyed = true
    return new Promise((resolve) => {
      if (this.socket.destroyed) return resolve()
      this.socket.once("close", () => resolve())
      this.session.destroy()
      this.socket.destroy()
    })
  }

  /** Why a stream ended early, told by the state of the connection or by the code of its reset. */
  failure(code: number): Error {
    if (this.destroyed) return new errors.ClientDestroyedError()
    if (this.session.destroyed || this.socket.destroyed) return new errors.SocketError("other side closed")
    return Object.assign(new Error(codeNames[code] ?? `code ${code}`), { code: "ERR_HTTP2_STREAM_ERROR" })
  }
}

/** Does the session take no more requests? Otherwise it is the request that it does not take. */
const isEnding = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^ERR_HTTP2_(?:GOAWAY_SESSION|INVALID_SESSION|OUT_OF_STREAMS)$/.test(String(error.code))

/** The names of error codes, from 0 on (RFC 9113 section 7). */
const codeNames = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED"
]

/** One request and its response. */
class Exchange implements Dispatcher.DispatchController {
  rawHeaders = null
  rawTrailers = null
  paused = false
  aborted = false
  reason: Error | null = null
  private readonly client: Http2Client
  private readonly stream: Http2.ClientHttp2Stream
  private readonly handler: Dispatcher.DispatchHandler
  /** ends a body that is still being sent */
  private readonly sending: AbortController | undefined
  private readonly method: string
  private status = 0
  /** bytes of the body that were announced, and that have come */
  private length: number | undefined = undefined
  private received = 0
  /** END_STREAM has come */
  private complete = false
  private unsent = false
  private done = false

  constructor(
    client: Http2Client,
    stream: Http2.ClientHttp2Stream,
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    sending: AbortController | undefined
  ) {
    this.client = client
    this.stream = stream
    this.handler = handler
    this.sending = sending
    this.method = options.method
    // Node ends a readable stream in the same way when END_STREAM and when RST_STREAM comes, but closes it before with the latter.
    const push = stream.push.bind(stream)
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null && !stream.closed) this.complete = true
      return push(chunk, encoding)
    }
    stream.on("response", (headers) => this.head(headers))
    stream.on("data", (chunk: Buffer) => this.data(chunk))
    stream.on("end", () => this.end())
    stream.on("error", () => this.fail())
    stream.on("frameError", (type) => {
      if (type === headersFrame) this.unsent = true
    })
    stream.on("close", () => this.fail())
    handler.onRequestStart?.(this, null)
    const { body } = options
    if (this.done || body === null) return
    if (sending === undefined) stream.end(body)
    // The transport gives nothing else.
    else void this.pump(body as AsyncIterable<Uint8Array>, declaredLength(options))
  }

  // --- what the handler may do

  pause(): void {
    this.paused = true
    this.stream.pause()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    if (!this.done) this.stream.resume()
  }

  abort(reason: Error): void {
    if (this.done) return
    this.aborted = true
    this.reason = reason
    this.reset()
    this.failWith(reason)
  }

  // --- what comes

  private head(fields: Http2.IncomingHttpHeaders & Http2.IncomingHttpStatusHeader): void {
    if (this.done) return
    const headers: Record<string, string | Array<string>> = {}
    let size = 0
    for (const name in fields) {
      const value = fields[name]
      if (value === undefined) continue
      for (const each of Array.isArray(value) ? value : [String(value)]) size += name.length + each.length + 32
      if (name[0] !== ":") headers[name] = value
    }
    if (size > this.client.maxHeaderSize) return this.abort(new errors.HeadersOverflowError())
    this.status = Number(fields[":status"])
    const length = fields["content-length"]
    if (hasNoBody(this.method, this.status)) this.length = 0
    else if (length !== undefined) this.length = Number(length)
    this.handler.onResponseStart?.(this, this.status, headers)
  }

  private data(chunk: Buffer): void {
    if (this.done) return
    this.received += chunk.length
    this.handler.onResponseData?.(this, chunk)
  }

  private end(): void {
    if (this.done) return
    // Servers of Node may forget END_STREAM under load, and reset the stream with NO_ERROR: then Content-Length has to tell.
    if (this.status === 0 || (!this.complete && this.received !== this.length)) return this.fail()
    this.done = true
    // The server has answered without waiting for the rest of the request.
    if (!this.stream.writableEnded) this.reset()
    this.client.ended()
    this.handler.onResponseEnd?.(this, {})
  }

  private fail(): void {
    if (this.done) return
    const { client, stream } = this
    const code = stream.rstCode ?? NGHTTP2_NO_ERROR
    // Node closes the streams beyond the last one of a GOAWAY as refused.
    const refused = code === NGHTTP2_REFUSED_STREAM
    if (this.status === 0 && (refused || this.unsent || (stream.id ?? 0) > client.lastStream)) {
      // It goes elsewhere, and so does what comes after it.
      client.retire()
      return this.failWith(new Unprocessed(refused && client.lastStream === Infinity ? "refused the request" : "was closing the connection"))
    }
    // Servers of Node that run out of memory for a connection answer so to whatever comes next on it.
    if (code === NGHTTP2_ENHANCE_YOUR_CALM) client.retire()
    // Node compares it with Content-Length, and does not say so.
    const short = code === NGHTTP2_PROTOCOL_ERROR && this.length !== undefined && this.received !== this.length
    this.failWith(short ? new errors.ResponseContentLengthMismatchError() : client.failure(code))
  }

  private failWith(error: Error): void {
    this.done = true
    this.client.ended()
    this.handler.onResponseError?.(this, error)
  }

  /** RST_STREAM; the others go on. */
  private reset(): void {
    const { client, sending, stream } = this
    client.reset()
    // `close` would say END_STREAM before it resets, and so make half a body a whole one.
    if (sending !== undefined && !stream.writableEnded) return sending.abort()
    stream.close(NGHTTP2_CANCEL)
    // The reset is on its way; waiting for Node to close the stream would keep its buffers.
    stream.destroy()
  }

  // --- what goes

  private async pump(body: AsyncIterable<Uint8Array>, declared: number | undefined): Promise<void> {
    const { stream } = this
    let sent = 0
    try {
      for await (const chunk of body) {
        if (this.done) return
        sent += chunk.length
        if (declared !== undefined && sent > declared) throw new errors.RequestContentLengthMismatchError()
        if (!stream.write(chunk)) await this.drained()
      }
      if (this.done) return
      if (declared !== undefined && sent !== declared) throw new errors.RequestContentLengthMismatchError()
      stream.end()
    } catch (error) {
      this.abort(error as Error)
    }
  }

  private drained(): Promise<void> {
    const { stream } = this
    return new Promise((resolve) => {
      const next = () => {
        stream.off("drain", next)
        stream.off("close", next)
        resolve()
      }
      stream.on("drain", next)
      stream.on("close", next)
    })
  }
}

/** of a request that was not begun */
const noController: Dispatcher.DispatchController = {
  rawHeaders: null,
  rawTrailers: null,
  paused: false,
  aborted: true,
  reason: null,
  pause: () => {},
  resume: () => {},
  abort: () => {}
}

const declaredLength = ({ headers }: Dispatcher.DispatchOptions): number | undefined => {
  for (const [name, value] of pairs(headers)) if (name === "content-length") return Number(value)
  return undefined
}

// The transport gives names and values in turn.
const pairs = function*(headers: Dispatcher.DispatchOptions["headers"]): Generator<readonly [string, string]> {
  const all = headers as ReadonlyArray<string>
  for (let i = 0; i < all.length; i += 2) yield [all[i]!, all[i + 1]!]
}

// Not put in the tables of the compression, where a guess of somebody who shares the connection would show in its length
// (RFC 7541 section 7.1).
const secrets = ["authorization", "cookie"]

// methods whose request without a body says that it has none (RFC 9110 section 8.6)
const expectBody = /^(?:POST|PUT|PATCH)$/

/**
 * A request's pseudo-fields and fields. Throws for what must not be sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1
 */
const requestFields = (origin: URL, { body, headers, method, path }: Dispatcher.DispatchOptions): Http2.OutgoingHttpHeaders => {
  const fields: Http2.OutgoingHttpHeaders = {
    ":method": method,
    ":scheme": origin.protocol.slice(0, -1),
    ":authority": origin.host,
    ":path": path,
    [Http2.sensitiveHeaders]: secrets
  }
  if (fieldProblem(method, "") !== undefined) throw new errors.InvalidArgumentError("invalid request method")
  for (const [name, value] of pairs(headers)) {
    // about a connection of HTTP/1.1 (RFC 9113 section 8.2.2)
    if (name === "connection") continue
    if (name === "expect") throw new errors.NotSupportedError("expect header not supported")
    if (fieldProblem(name, value) !== undefined) throw new errors.InvalidArgumentError(`invalid ${name} header`)
    if (name === "host") fields[":authority"] = value
    else fields[name] = value
  }
  const length = typeof body === "string"
    ? Buffer.byteLength(body)
    : body instanceof Uint8Array
    ? body.length
    : body === null && expectBody.test(method)
    ? 0
    : undefined
  if (length === undefined) return fields
  if (fields["content-length"] !== undefined && Number(fields["content-length"]) !== length) throw new errors.RequestContentLengthMismatchError()
  fields["content-length"] = String(length)
  return fields
}
