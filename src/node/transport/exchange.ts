/**
 * One request and its response, from waiting for a connection to the last byte. It is undici's handler, the connection
 * attempt's listener and the entry among the deadlines at once: a request costs one object.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Dispatcher } from "undici"
import type { TimeoutPhase } from "../../errors/CallError.ts"
import type { TransportError, TransportRequest, TransportResponse } from "../../services/Transport.ts"
import { acceptEncoding, type ContentCoding, hasNoBody, parseContentEncoding } from "../../wire/contentEncoding.ts"
import { get, type ResponseHeaders } from "../../wire/headers.ts"
import { isRedirect } from "../../wire/redirect.ts"
import { decodeBody, type DecodeProblem, type Sink, StreamDecoder } from "./decode.ts"
import {
  type CodedError,
  connectionFailed,
  decodeFailed,
  exchangeFailure,
  timedOut,
  unavailable
} from "./failures.ts"
import { Unprocessed } from "./http2.ts"
import type { Connection, Exchange as PooledExchange } from "./connection.ts"
import type { Pools } from "./pool.ts"
import { type AnyFiber, Seeker } from "./seeker.ts"
import { Upload, UploadFailed, type UploadListener } from "./upload.ts"

type Resume<A> = (effect: Effect.Effect<A, TransportError>) => void

interface Options extends Dispatcher.DispatchOptions {
  readonly servername: string
}

type Controller = Dispatcher.DispatchController

const aborted = new Error("the request was given up")
const empty = new Uint8Array(0)
const closes = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i
const keeps = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i
// bytes of a proxy's 407
const maxRefusal = 64 * 1024
const noCodings: ReadonlyArray<ContentCoding> = []

/** What is common to a buffered and a streamed exchange: limits, failures, what goes over the connection. */
export abstract class Exchange extends Seeker implements PooledExchange, UploadListener {
  readonly request: TransportRequest
  protected status = 0
  protected headers: ResponseHeaders = {}
  /** bytes of the body as they came */
  protected received = 0
  protected controller: Controller | undefined = undefined
  private connection: Connection | undefined = undefined
  private upload: Upload | undefined = undefined
  private started = false
  private reused = false
  private closing = false
  private refused = false
  /** the server has not processed it, and it has gone to another connection */
  private resent = false
  /** for a proxy that gets the request in absolute form (RFC 9110 section 11.7.2) */
  proxyAuthorization: string | undefined = undefined

  constructor(pools: Pools, request: TransportRequest, fiber: AnyFiber) {
    super(pools, request, fiber)
    this.request = request
  }

  /** The head of the final response has come. */
  protected abstract headArrived(codings: ReadonlyArray<ContentCoding>): void
  protected abstract bytesArrived(chunk: Buffer): void
  protected abstract bodyArrived(): void
  /** The proxy itself wants a login (407); its body is gone. */
  protected abstract proxyRefused(): void

  /** Begins. May settle before it returns. */
  start(): void {
    this.startLimit()
    const { connection } = this.request
    if (connection === undefined) return this.submit(false)
    if (!this.pools.owns(connection)) {
      return this.fail(unavailable(this.request, "a connection that another transport has reserved", "Reserve it from the transport that sends"))
    }
    this.host = connection.host
    if (!connection.isOpen) return this.fail(this.connectionGone())
    connection.give(this, connection.reused)
  }

  private connectionGone(): TransportError {
    return connectionFailed(this.request, "closed", "no", `${this.host!.peer.server} closed the connection that was reserved`)
  }

  protected timedOut(phase: TimeoutPhase, millis: number): TransportError {
    return timedOut(this.request, phase, millis, this.started ? "maybe" : "no", this.status === 0 ? undefined : this.status)
  }

  override timeOut(phase: TimeoutPhase, millis: number): void {
    // It may be the connection that does not answer, and others may share it.
    if (!this.isSettled) this.connection?.doubt()
    super.timeOut(phase, millis)
  }

  /** The other side has to do something within the idle limit, from now on. */
  protected awaitPeer(): void {
    this.deadlines.add(this, this.pools.settings.idleTimeout, this.fiber)
  }

  /** It is not the other side that lets us wait. */
  protected awaitNobody(): void {
    this.deadlines.remove(this)
  }

  protected stopped(): boolean {
    this.upload?.close()
    // With a connection but no controller yet undici is about to start: onRequestStart aborts then.
    if (this.controller !== undefined) this.controller.abort(aborted)
    return this.controller !== undefined || this.connection !== undefined
  }

  // --- on a connection

  /** A connection was found; undici may still look whether it is alive. */
  begin(connection: Connection, reused: boolean): void {
    this.connection = connection
    this.reused = reused
    this.phase = "response"
    this.awaitPeer()
    connection.dispatch(this.options(), this)
  }

  /** What undici is to send. */
  private options(): Options {
    const { body, headers, method, url } = this.request
    const { forward } = this.host!
    const fields: Array<string> = []
    let asksEncoding = true
    let ownHost = false
    let ownLength = false
    for (const name in headers) {
      if (name === "accept-encoding") asksEncoding = false
      else if (name === "host") ownHost = true
      else if (name === "content-length") ownLength = true
      // A proxy's credentials come from its route alone: on a tunnel or a direct connection they would reach the origin.
      else if (name === "proxy-authorization") continue
      fields.push(name, headers[name]!)
    }
    // A range of a coded body cannot be decoded (RFC 9110 section 14.1.2).
    if (asksEncoding) fields.push("accept-encoding", headers["range"] === undefined ? acceptEncoding : "identity")
    let path = url.pathname + url.search
    if (forward !== undefined) {
      path = url.origin + path
      if (!ownHost) fields.push("host", url.host)
      if (this.proxyAuthorization !== undefined) fields.push("proxy-authorization", this.proxyAuthorization)
    }
    let content: Uint8Array | string | null = null
    if (body !== undefined) {
      if (body._tag === "Bytes") {
        content = body.bytes
      } else {
        this.upload = new Upload(body.stream, this.fiber.context, this)
        // undici takes async iterables; its types do not say so.
        content = this.upload as unknown as Uint8Array
        if (body.length !== undefined && !ownLength) fields.push("content-length", String(body.length))
      }
    }
    // A constant name: with the Host field as the default, undici would reconnect whenever that differs.
    return {
      path,
      method,
      headers: fields,
      body: content,
      servername: this.host!.target.host,
      ...(method === "HEAD" && this.request.connection !== undefined ? { reset: false } : {})
    }
  }

  /** The socket has room, and it is the caller's stream that has to give something. */
  onUploadWaiting(): void {
    if (!this.isSettled && this.phase === "response") this.awaitNobody()
  }

  onUploadChunk(): void {
    if (!this.isSettled && this.phase === "response") this.awaitPeer()
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller
    this.started = true
    if (this.isSettled) controller.abort(aborted)
  }

  onResponseStart(_controller: Controller, status: number, headers: ResponseHeaders): void {
    // 1xx is no answer, and does not extend the time for one either
    if (this.isSettled || status < 200) return
    this.status = status
    this.headers = headers
    this.phase = "body"
    this.awaitPeer()
    const connection = get(headers, "connection")
    // undici closes the socket after HEAD: some servers send a body all the same. What is reserved has a login on it
    const endless = headers["content-length"] === undefined && headers["transfer-encoding"] === undefined
      && !(connection !== undefined && keeps.test(connection))
    this.closing = (this.request.method === "HEAD" && (this.request.connection === undefined || endless))
      || (connection !== undefined && closes.test(connection))
    const { forward } = this.host!
    // not of any standard, but what proxies say; undici's parser understands it
    const proxyConnection = forward === undefined ? undefined : get(headers, "proxy-connection")
    if (proxyConnection !== undefined && closes.test(proxyConnection)) this.closing = true
    if (status === 407 && forward !== undefined) {
      this.refused = true
      return
    }
    // The body of a redirect is of no interest; decoding it would only be a chance for a bomb.
    const coded = headers["content-encoding"]
    if (coded === undefined || isRedirect(status) || hasNoBody(this.request.method, status)) return this.headArrived(noCodings)
    const codings = parseContentEncoding(coded)
    if (Result.isFailure(codings)) return this.fail(decodeFailed(this.request, "encoding", "headers.content-encoding", codings.failure, status))
    if (codings.success.length > 0) {
      const { "content-encoding": _coding, "content-length": _length, ...rest } = headers
      this.headers = rest
    }
    this.headArrived(codings.success)
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.isSettled) return
    this.received += chunk.length
    this.awaitPeer()
    if (!this.refused) return this.bytesArrived(chunk)
    // The page with the proxy's excuses is read, so that the next round can go over the same connection; a long one is not.
    if (this.received <= maxRefusal) return
    this.cancel()
    this.proxyRefused()
  }

  onResponseEnd(): void {
    const connection = this.connection!
    this.connection = undefined
    this.controller = undefined
    this.awaitNobody()
    // An answer in the middle of an upload: undici closes the socket.
    const reusable = !this.closing && this.upload?.complete !== false
    this.upload?.close()
    connection.finished(reusable)
    if (this.isSettled) return
    if (this.refused) this.proxyRefused()
    else this.bodyArrived()
  }

  onResponseError(_controller: Controller | null, error: CodedError): void {
    const { connection } = this
    if (connection === undefined) return
    this.connection = undefined
    this.controller = undefined
    const { code } = error
    const unprocessed = error instanceof Unprocessed
    if (unprocessed) this.started = false
    const refused = code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED" || code === "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"
    // Of a request that was not started nothing was written, so the connection is as good as before …
    connection.finished(!this.started && refused)
    if (this.isSettled) return
    if (unprocessed) return this.resend(connection, error.message)
    // … or was closed while idle, and another one will do. (The host may be gone with its last connection.)
    if (!this.started && this.reused && !refused) return this.request.connection === undefined ? this.submit(true) : this.fail(this.connectionGone())
    const { request, started } = this
    if (error instanceof UploadFailed) return this.fail(connectionFailed(request, "body", started ? "maybe" : "no", error.message))
    if (code === "UND_ERR_NOT_SUPPORTED") return this.fail(unavailable(request, "the Expect field", "Send the request without it"))
    const status = this.status === 0 ? undefined : this.status
    const cause = code === "UND_ERR_SOCKET" ? connection.socketError ?? error : error
    this.fail(exchangeFailure(request, connection.host.peer, { started, status, received: this.received }, cause))
  }

  /** What the server has not processed goes to another connection, once (RFC 9113 section 8.7). */
  private resend(connection: Connection, why: string): void {
    const { request, upload } = this
    const { body } = request
    const spent = upload?.begun === true && body?._tag === "Stream" && !body.replay
    upload?.close()
    this.upload = undefined
    if (!this.resent && !spent) {
      this.resent = true
      return this.submit(false)
    }
    const detail = `${connection.host.peer.server} ${why}${spent ? ", and the stream of its body can be sent only once" : ", twice"}; nothing was processed`
    this.fail(connectionFailed(request, "closed", "no", detail))
  }
}

/** Reads the whole body into memory. */
export class BufferedExchange extends Exchange {
  private readonly resume: Resume<TransportResponse>
  private readonly maxSize: number
  private codings: ReadonlyArray<ContentCoding> = noCodings
  private first: Buffer | undefined = undefined
  private chunks: Array<Buffer> | undefined = undefined

  constructor(pools: Pools, request: TransportRequest, fiber: AnyFiber, resume: Resume<TransportResponse>) {
    super(pools, request, fiber)
    this.resume = resume
    this.maxSize = request.maxResponseSize ?? pools.settings.maxResponseSize
  }

  private tooLarge(): void {
    this.fail(decodeFailed(this.request, "limit", "body", `a body of at most ${this.maxSize} bytes`, this.status))
  }

  protected headArrived(codings: ReadonlyArray<ContentCoding>): void {
    this.codings = codings
    const length = get(this.headers, "content-length")
    if (length !== undefined && Number(length) > this.maxSize && !hasNoBody(this.request.method, this.status)) this.tooLarge()
  }

  protected bytesArrived(chunk: Buffer): void {
    if (this.received > this.maxSize) return this.tooLarge()
    if (this.first === undefined) this.first = chunk
    else if (this.chunks === undefined) this.chunks = [this.first, chunk]
    else this.chunks.push(chunk)
  }

  protected bodyArrived(): void {
    const body = this.chunks === undefined ? this.first ?? empty : Buffer.concat(this.chunks, this.received)
    if (this.codings.length === 0) return this.succeed(body)
    decodeBody(this.codings, body, this.maxSize, (result) => {
      if (this.isSettled) return
      if (typeof result !== "string") return this.succeed(result)
      if (result === "limit") return this.tooLarge()
      this.fail(codingFailure(this.request, this.status, result))
    })
  }

  protected proxyRefused(): void {
    this.succeed(empty)
  }

  private succeed(body: Uint8Array): void {
    this.settle()
    this.resume(Effect.succeed({ status: this.status, headers: this.headers, body }))
  }

  protected failed(error: TransportError): void {
    this.resume(Effect.fail(error))
  }
}

const codingFailure = (request: TransportRequest, status: number, problem: DecodeProblem): TransportError =>
  problem === "truncated"
    ? connectionFailed(request, "truncated", "maybe", "the coded body ends before its coding does", undefined, status)
    : decodeFailed(request, "encoding", "body", "the body is not what Content-Encoding says", status)

// More than this is not read ahead of the consumer.
const highWater = 64 * 1024

/** Gives the head as soon as it has come, and the body piece by piece as it is asked for. */
export class StreamedExchange extends Exchange implements Sink {
  private readonly resume: Resume<StreamedExchange>
  private readonly maxSize: number
  private decoder: StreamDecoder | undefined = undefined
  private chunks: Array<Uint8Array> = []
  private buffered = 0
  private total = 0
  private headGiven = false
  private ended = false
  private disposed = false
  private error: TransportError | undefined = undefined
  private waiter: ((effect: Pulled) => void) | undefined = undefined

  constructor(pools: Pools, request: TransportRequest, fiber: AnyFiber, resume: Resume<StreamedExchange>) {
    super(pools, request, fiber)
    this.resume = resume
    this.maxSize = request.maxResponseSize ?? Infinity
  }

  get head(): { readonly status: number; readonly headers: ResponseHeaders } {
    return { status: this.status, headers: this.headers }
  }

  protected headArrived(codings: ReadonlyArray<ContentCoding>): void {
    if (codings.length > 0) this.decoder = new StreamDecoder(codings, this)
    this.endLimit()
    this.headGiven = true
    this.resume(Effect.succeed(this))
  }

  protected bytesArrived(chunk: Buffer): void {
    const more = this.decoder === undefined ? this.onData(chunk) : this.decoder.write(chunk)
    if (!more) this.pause()
  }

  /** @internal decoded bytes */
  onData(chunk: Buffer): boolean {
    if (this.isSettled) return false
    this.total += chunk.length
    if (this.total > this.maxSize) {
      this.fail(decodeFailed(this.request, "limit", "body", `a body of at most ${this.maxSize} bytes`, this.status))
      return false
    }
    this.chunks.push(chunk)
    this.buffered += chunk.length
    this.deliver()
    return this.buffered < highWater
  }

  protected bodyArrived(): void {
    if (this.decoder === undefined) this.onEnd()
    else this.decoder.end()
  }

  protected proxyRefused(): void {
    this.settle()
    this.ended = true
    this.headGiven = true
    this.resume(Effect.succeed(this))
  }

  /** @internal everything is decoded */
  onEnd(): void {
    if (this.isSettled) return
    this.settle()
    this.ended = true
    this.deliver()
  }

  onProblem(problem: DecodeProblem): void {
    this.fail(codingFailure(this.request, this.status, problem))
  }

  onDrain(): void {
    this.unpause()
  }

  protected failed(error: TransportError): void {
    this.decoder?.destroy()
    if (!this.headGiven) return this.resume(Effect.fail(error))
    // What came before the failure is still delivered.
    this.error = error
    this.deliver()
  }

  /** Frees everything, read or not. */
  dispose(): void {
    this.cancel()
    this.decoder?.destroy()
    this.disposed = true
    if (this.chunks.length > 0) {
      // What is thrown away unread must not look like the end.
      this.ended = false
      this.chunks = []
      this.buffered = 0
    }
    this.deliver()
  }

  private pause(): void {
    const { controller } = this
    if (controller === undefined || controller.paused) return
    controller.pause()
    this.awaitNobody()
  }

  private unpause(): void {
    const { controller } = this
    if (controller === undefined || !controller.paused) return
    this.awaitPeer()
    // Not on this stack, which may be another connection's parser: undici's parsers cannot be nested.
    queueMicrotask(() => controller.resume())
  }

  private deliver(): void {
    const { waiter } = this
    if (waiter === undefined) return
    const next = this.take()
    if (next === undefined) return
    this.waiter = undefined
    waiter(next)
  }

  private take(): Pulled | undefined {
    const { chunks } = this
    if (isNonEmpty(chunks)) {
      this.chunks = []
      this.buffered = 0
      return Effect.succeed(chunks)
    }
    if (this.error !== undefined) return Effect.fail(this.error)
    if (this.ended) return Cause.done()
    if (!this.disposed) return undefined
    return Effect.fail(connectionFailed(this.request, "closed", "maybe", "the scope that opened the response is closed"))
  }

  /** The next pieces of the body; whoever pulls is the one that waits. */
  readonly pull: Pulled = Effect.withFiber((fiber) => {
    this.fiber = fiber
    const ready = this.take()
    this.wantMore()
    if (ready !== undefined) return ready
    return Effect.callback((resume) => {
      this.waiter = resume
      return Effect.sync(() => {
        this.waiter = undefined
      })
    })
  })

  private wantMore(): void {
    if (this.decoder === undefined) this.unpause()
    else this.decoder.resume()
  }
}

/** One step of a body's stream. */
export type Pulled = Effect.Effect<readonly [Uint8Array, ...Array<Uint8Array>], TransportError | Cause.Done<void>>

const isNonEmpty = (chunks: ReadonlyArray<Uint8Array>): chunks is readonly [Uint8Array, ...Array<Uint8Array>] => chunks.length > 0
