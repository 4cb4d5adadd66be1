/**
 * Whoever wants a connection: a request, or a reservation. It is the connection attempt's listener and the entry among the
 * deadlines at once, and knows in which phase it stands, so that a timeout can say so.
 */
import type * as Net from "node:net"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { TimeoutPhase } from "../../errors/CallError.ts"
import { Deadlines, Entry } from "../../layers/policy/deadlines.ts"
import type { ConnectionRequest, TimeLimit, TransportError } from "../../services/Transport.ts"
import type { Attempt, ConnectListener } from "./connect.ts"
import { type CodedError, connectFailure, type ConnectStage, proxyRefused, timedOut } from "./failures.ts"
import type { Connection } from "./connection.ts"
import type { Host, Pools } from "./pool.ts"
import type { ProxyRefusal } from "./proxyLogin.ts"

export type AnyFiber = Fiber.Fiber<unknown, unknown>

/** `request.limit`: runs beside the limits that the transport has for itself. */
class Limit extends Entry {
  readonly seeker: Seeker
  readonly limit: TimeLimit
  constructor(seeker: Seeker, limit: TimeLimit) {
    super()
    this.seeker = seeker
    this.limit = limit
  }
  expire(): void {
    this.seeker.timeOut(this.limit.phase, this.limit.whole ?? this.limit.millis)
  }
}

/** Waits for a connection, within its limits; ends once. */
export abstract class Seeker extends Entry implements ConnectListener {
  abstract readonly request: ConnectionRequest
  readonly pools: Pools
  /** whoever waits now; its scheduler serves the deadlines */
  fiber: AnyFiber
  protected readonly deadlines: Deadlines
  protected host: Host | undefined = undefined
  protected phase: TimeoutPhase = "queue"
  private readonly limit: Limit | undefined
  private attempt: Attempt | undefined = undefined
  private settled = false

  constructor(pools: Pools, request: ConnectionRequest, fiber: AnyFiber) {
    super()
    this.pools = pools
    this.fiber = fiber
    this.deadlines = Deadlines.of(fiber.getRef(Clock.Clock))
    this.limit = request.limit === undefined ? undefined : new Limit(this, request.limit)
  }

  /** It wants a connection that nobody else uses meanwhile. */
  protected get alone(): boolean {
    return false
  }

  /** It has a connection: a fresh one, or one that was `reused`. */
  abstract begin(connection: Connection, reused: boolean): void
  /** It has failed; called once at most, and not after it was settled otherwise. */
  protected abstract failed(error: TransportError): void
  /** Frees what it holds on a connection; returns whether it had one. */
  protected abstract stopped(): boolean
  /** How a limit that was reached is told. */
  protected abstract timedOut(phase: TimeoutPhase, millis: number): TransportError

  protected startLimit(): void {
    if (this.limit !== undefined) this.deadlines.add(this.limit, this.limit.limit.millis, this.fiber)
  }

  protected submit(fresh: boolean): void {
    const host = this.pools.host(this.request, this.alone)
    for (const { notices } of [this.pools.tls, this.pools.proxies.tls]) {
      for (const notice of notices.splice(0)) Effect.runForkWith(this.fiber.context)(Effect.logWarning(notice))
    }
    if (!("submit" in host)) return this.fail(host)
    this.host = host
    host.submit(this, fresh)
  }

  /** Gives up at once and frees what it holds; nothing is reported any more. */
  cancel(): void {
    if (this.settled) return
    this.settle()
    this.stop()
  }

  /** Ends with a failure, unless it has ended already. */
  fail(error: TransportError): void {
    if (this.settled) return
    this.settle()
    this.stop()
    this.failed(error)
  }

  timeOut(phase: TimeoutPhase, millis: number): void {
    this.fail(this.timedOut(phase, millis))
  }

  /** A limit of the transport itself was reached. */
  expire(): void {
    const { connectTimeout, idleTimeout } = this.pools.settings
    this.timeOut(this.phase, this.phase === "response" || this.phase === "body" ? idleTimeout : connectTimeout)
  }

  protected get isSettled(): boolean {
    return this.settled
  }

  protected settle(): void {
    this.settled = true
    this.deadlines.remove(this)
    this.endLimit()
  }

  /** The caller's limit does not bind any more. */
  protected endLimit(): void {
    if (this.limit !== undefined) this.deadlines.remove(this.limit)
  }

  private stop(): void {
    if (this.stopped()) return
    this.attempt?.destroy()
    this.host?.leave(this)
  }

  /** It waits, since all connections are busy, or since one is being made that it may share. */
  enterQueue(connecting: boolean): void {
    this.phase = connecting ? "connect" : "queue"
    this.deadlines.add(this, this.pools.settings.connectTimeout, this.fiber)
  }

  /** A connection is being made for it. */
  enterConnect(attempt: Attempt): void {
    this.attempt = attempt
    // The time in which it has waited for a connection that somebody else has made counts.
    if (this.phase === "connect") return
    this.phase = "connect"
    this.deadlines.add(this, this.pools.settings.connectTimeout, this.fiber)
  }

  onTls(): void {
    this.phase = "TLS"
  }

  onSocket(socket: Net.Socket): void {
    this.attempt = undefined
    this.host!.connected(this, socket)
  }

  onFailure(stage: ConnectStage, error: CodedError): void {
    this.fail(connectFailure(this.request, this.host!.peer, stage, error))
  }

  onRefusal(refusal: ProxyRefusal): void {
    this.fail(proxyRefused(this.request, this.host!.peer.proxy ?? "", refusal, "no"))
  }
}

/** A connection that nobody else gets until it is released or closed. */
export const reserved = (pools: Pools, request: ConnectionRequest, fresh: boolean): Effect.Effect<Connection, TransportError> =>
  Effect.withFiber((fiber) =>
    Effect.callback((resume) => {
      const reservation = new Reservation(pools, request, fiber, (connection) => resume(Effect.succeed(connection)), (error) => resume(Effect.fail(error)))
      reservation.start(fresh)
      return Effect.sync(() => reservation.cancel())
    })
  )

/** Wants a connection for itself instead of sending a request over it. */
class Reservation extends Seeker {
  readonly request: ConnectionRequest
  private readonly done: (connection: Connection) => void
  protected readonly failed: (error: TransportError) => void

  constructor(pools: Pools, request: ConnectionRequest, fiber: AnyFiber, done: (connection: Connection) => void, failed: (error: TransportError) => void) {
    super(pools, request, fiber)
    this.request = request
    this.done = done
    this.failed = failed
  }

  protected override get alone(): boolean {
    return true
  }

  start(fresh: boolean): void {
    this.startLimit()
    this.submit(fresh)
  }

  begin(connection: Connection): void {
    // given up while it waited for the answer of the connection attempt
    if (this.isSettled) return connection.release()
    this.settle()
    connection.reserve()
    this.done(connection)
  }

  protected stopped(): boolean {
    return false
  }

  protected timedOut(phase: TimeoutPhase, millis: number): TransportError {
    return timedOut(this.request, phase, millis, "no", undefined)
  }
}
