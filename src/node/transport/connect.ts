/**
 * Makes one connection: name resolution, TCP, a proxy's tunnel, TLS; each told apart, so that a failure or a timeout can
 * say where it happened. HTTP starts on the socket that comes out.
 */
import type { LookupFunction } from "node:net"
import * as Net from "node:net"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { Connection } from "../../services/Transport.ts"
import { SocksClient, type SocksStep } from "../../wire/socks.ts"
import { connectRequest, TunnelReply, type TunnelStep } from "../../wire/tunnel.ts"
import type { CodedError, ConnectStage } from "./failures.ts"
import { handshake, peerCertificate, prepared } from "./handshake.ts"
import type { ProxyRoute } from "./proxy.ts"
import { type ProxyRefusal, ProxyRounds, Refused } from "./proxyLogin.ts"
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
  /** resolves names; default Node's own */
  readonly lookup: LookupFunction | undefined
  /** what is offered to the server by ALPN */
  readonly protocols: ReadonlyArray<string>
}

/** Whoever waits for the connection. Exactly one of `onSocket`, `onFailure` and `onRefusal` is called, and never after `destroy`. */
export interface ConnectListener {
  /** the TLS handshake with the server begins */
  onTls(): void
  onSocket(socket: Net.Socket): void
  onFailure(stage: ConnectStage, error: CodedError): void
  /** the proxy does not want to */
  onRefusal(refusal: ProxyRefusal): void
  /** in whose context logins at a proxy run */
  readonly fiber: Fiber.Fiber<unknown, unknown>
}

/** A connection in the making. */
export class Attempt {
  private readonly target: Target
  private readonly listener: ConnectListener
  private socket: Net.Socket | undefined = undefined
  private stage: ConnectStage = "connect"
  private settled = false
  /** what to do, once, instead of failing: a proxy may close after a 407 without having said so */
  private recover: (() => void) | undefined = undefined
  private restarted = false
  /** ends the step of a login that is under way */
  private interrupt: (() => void) | undefined = undefined

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
    if (proxy.protocol === "socks5") this.reach(proxy, (socket) => this.socks(socket, proxy))
    else if (secure) this.tunnel(proxy, this.rounds(proxy))
    else this.reach(proxy, (socket) => this.done(socket))
  }

  /** Gives up. */
  destroy(): void {
    if (this.settled) return
    this.settled = true
    this.interrupt?.()
    this.socket?.destroy()
  }

  private open(host: string, port: number, next: (socket: Net.Socket) => void): void {
    // Node passes `highWaterMark` on to the stream; its types do not know it here.
    const { lookup } = this.target
    const options = { host, port, highWaterMark: 64 * 1024, ...(lookup === undefined ? {} : { lookup }) }
    const socket = prepared(Net.connect(options))
    this.watch(socket)
    socket.once("connect", () => next(socket))
  }

  /** A connection to the proxy itself; of the session's TLS nothing is used there. */
  private reach(proxy: ProxyRoute, next: (socket: Net.Socket) => void): void {
    const { host, id, label, port, store, tls } = proxy
    if (tls === undefined) return this.open(host, port, next)
    try {
      const options = { host, port, settings: tls(), store, sessionKey: id, peer: "proxy", label: `proxy ${label}`, lookup: this.target.lookup } as const
      this.watch(handshake(options, { onTls: () => {}, onSecure: next }))
    } catch (error) {
      // Of its settings; not yet, since the listener is not called while the attempt begins.
      queueMicrotask(() => this.fail(error as CodedError))
    }
  }

  /** TLS with the server, on a socket of its own or inside a tunnel. */
  private handshake(tunnel: Net.Socket | undefined): void {
    const { authority, host, lookup, partition, port, protocols, store, tls } = this.target
    const socket = handshake(
      { host, port, socket: tunnel, settings: tls, store, sessionKey: partition, peer: "origin", label: authority, lookup, protocols },
      { onTls: () => this.enterTls(), onSecure: (secure) => this.done(secure) }
    )
    this.watch(socket)
  }

  private enterTls(): void {
    this.stage = "TLS"
    if (!this.settled) this.listener.onTls()
  }

  /**
   * Asks the proxy for a tunnel, as often as its login takes rounds. They go over one socket, unless the proxy closes it.
   *
   * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 CONNECT
   */
  private tunnel(proxy: ProxyRoute, rounds: ProxyRounds): void {
    this.reach(proxy, (socket) => this.run(Effect.suspend(() => rounds.first(connectionOf(proxy, socket))), (value) => this.ask(proxy, rounds, socket, value)))
  }

  private ask(proxy: ProxyRoute, rounds: ProxyRounds, socket: Net.Socket, authorization: string | undefined): void {
    const { authority } = this.target
    const reply = new TunnelReply()
    const read = (chunk: Uint8Array): TunnelStep => {
      this.recover = undefined
      return reply.next(chunk)
    }
    this.talk(socket, read, (step) => {
      if (step._tag === "Invalid") return this.fail(new Error(step.detail))
      if (step._tag === "Open") {
        if (step.rest.length > 0) socket.unshift(step.rest)
        return this.run(rounds.accepted(step.status, step.headers, true), () => {
          this.release(socket)
          this.handshake(socket)
        })
      }
      if (step.status !== 407) return this.refuse({ detail: `${answered(proxy, step)} to CONNECT ${authority}` })
      this.again(proxy, rounds, socket, step)
    })
    socket.write(connectRequest(authority, authorization), "latin1")
  }

  /** The proxy wants a login, or another one. */
  private again(proxy: ProxyRoute, rounds: ProxyRounds, socket: Net.Socket, step: Extract<TunnelStep, { _tag: "Refused" }>): void {
    let next = socket
    // Taken only where there is an answer: a proxy that closes and would refuse anyway is not connected to again.
    const connection = Effect.suspend(() =>
      step.reusable || next !== socket
        ? Effect.succeed(connectionOf(proxy, next))
        : Effect.map(this.replace(proxy, socket), (fresh) => connectionOf(proxy, next = fresh))
    )
    this.run(this.explained(rounds.answer(step.headers, () => connection), proxy, step), (value) => {
      const { midway } = rounds
      if (midway !== undefined) this.recover = () => this.refuse({ detail: `closed the connection in the middle of the login (${midway})` })
      else if (next === socket && !this.restarted) this.recover = () => this.restart(proxy, socket, step)
      this.ask(proxy, rounds, next, value)
    })
  }

  /** The proxy closed instead of going on: the same again over another connection, from the beginning of the login. */
  private restart(proxy: ProxyRoute, socket: Net.Socket, step: Extract<TunnelStep, { _tag: "Refused" }>): void {
    this.restarted = true
    const rounds = this.rounds(proxy)
    this.run(this.replace(proxy, socket), (fresh) => {
      const answer = rounds.answer(step.headers, () => Effect.succeed(connectionOf(proxy, fresh)))
      this.run(this.explained(answer, proxy, step), (value) => this.ask(proxy, rounds, fresh, value))
    })
  }

  private rounds(proxy: ProxyRoute): ProxyRounds {
    return new ProxyRounds(proxy.login, { method: "CONNECT", target: this.target.authority, body: "" })
  }

  private explained<A>(answer: Effect.Effect<A, Refused>, proxy: ProxyRoute, step: Extract<TunnelStep, { _tag: "Refused" }>): Effect.Effect<A, Refused> {
    return Effect.mapError(answer, ({ refusal }) =>
      new Refused({ ...refusal, detail: `${answered(proxy, step)} to CONNECT ${this.target.authority}: ${refusal.detail}` }))
  }

  /** Another connection to the proxy, in the place of one that it closes. Failures are the attempt's own. */
  private replace(proxy: ProxyRoute, socket: Net.Socket): Effect.Effect<Net.Socket> {
    return Effect.callback((resume) => {
      this.release(socket)
      socket.destroy()
      this.reach(proxy, (fresh) => resume(Effect.succeed(fresh)))
    })
  }

  /** @see https://www.rfc-editor.org/rfc/rfc1928 */
  private socks(socket: Net.Socket, proxy: ProxyRoute): void {
    const { host, port, secure } = this.target
    const client = new SocksClient(host, port, proxy.user)
    const first = client.start()
    const on = (step: SocksStep): void => {
      if (step._tag === "Failed") return this.refuse({ detail: `gives no connection to ${this.target.authority}: ${step.failure.detail}` })
      if (step._tag === "Send") {
        this.talk(socket, (chunk) => client.next(chunk), on)
        socket.write(step.bytes)
      }
      if (step._tag !== "Connected") return
      if (step.rest.length > 0) socket.unshift(step.rest)
      if (!secure) return this.done(socket)
      this.release(socket)
      this.handshake(socket)
    }
    on(first)
  }

  /** Reads until a step is complete; the socket is paused then. */
  private talk<Step extends { readonly _tag: string }>(
    socket: Net.Socket,
    next: (chunk: Uint8Array) => Step | { readonly _tag: "Wait" },
    done: (step: Step) => void
  ): void {
    const onData = (chunk: Buffer): void => {
      const step = next(chunk)
      if (isWait(step)) return
      socket.off("data", onData)
      socket.pause()
      if (!this.settled) done(step)
    }
    socket.on("data", onData)
    socket.resume()
  }

  /** A step of a login: part of this attempt, so it ends with it. */
  private run<A>(effect: Effect.Effect<A, Refused>, next: (value: A) => void): void {
    if (this.settled) return
    let ended = false
    const interrupt = Effect.runCallbackWith(this.listener.fiber.context)(effect, {
      onExit: (exit) => {
        ended = true
        this.interrupt = undefined
        if (this.settled) return
        if (Exit.isSuccess(exit)) return next(exit.value)
        const error = Exit.findErrorOption(exit)
        if (error._tag === "Some") this.refuse(error.value.refusal)
        else this.fail(new Error("its login came to an unexpected end"))
      }
    })
    if (ended) return
    // Whoever waits may have given up while the first part of the step ran.
    if (this.settled) interrupt()
    else this.interrupt = interrupt
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
    const { recover } = this
    if (recover !== undefined) {
      this.recover = undefined
      return recover()
    }
    this.settled = true
    this.interrupt?.()
    this.socket?.destroy()
    this.listener.onFailure(this.stage, error)
  }

  private refuse(refusal: ProxyRefusal): void {
    if (this.settled) return
    this.settled = true
    this.interrupt?.()
    this.socket?.destroy()
    this.listener.onRefusal(refusal)
  }

  private done(socket: Net.Socket): void {
    if (this.settled) return
    this.settled = true
    this.release(socket)
    this.listener.onSocket(socket)
  }
}

const ignore = (): void => {}

const isWait = (step: { readonly _tag: string }): step is { readonly _tag: "Wait" } => step._tag === "Wait"

/** A socket to a proxy, as the schemes know it: logins may belong to it. */
const connectionOf = (proxy: ProxyRoute, socket: Net.Socket): Connection => proxy.login.connection(socket, peerCertificate(socket), false)

/** What a proxy said. The reason phrase is its own text, so it is cut and kept printable; one that repeats a login is not shown. */
const answered = ({ login }: ProxyRoute, { reason, status }: { readonly reason: string; readonly status: number }): string =>
  `answered ${status} ${login.repeats(reason) ? "" : reason.slice(0, 60).replace(/[^\x20-\x7e]/g, "?")}`.trim()
