/**
 * Requests for http that a proxy forwards: the same request again, until the proxy is content with the login. What the origin
 * answers passes through untouched, its 401s and `Authorization` included.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 the absolute form
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.8 407
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Deadlines } from "../../layers/policy/deadlines.ts"
import { ConnectionFailed } from "../../errors/CallError.ts"
import type { Connection, ConnectionRequest, TransportError, TransportRequest } from "../../services/Transport.ts"
import type { ResponseHeaders } from "../../wire/headers.ts"
import { connectionFailed, proxyRefused } from "./failures.ts"
import { peerCertificate } from "./handshake.ts"
import type { Connection as PooledConnection } from "./connection.ts"
import type { ProxyRoute } from "./proxy.ts"
import { ProxyRounds, Refused } from "./proxyLogin.ts"

/** How requests are sent and connections reserved. */
export interface Sender<A> {
  /** one exchange; a 407 of the proxy is an answer, and its body is gone */
  readonly send: (request: TransportRequest, proxyAuthorization: string | undefined) => Effect.Effect<A, TransportError>
  readonly reserve: (request: ConnectionRequest, fresh: boolean) => Effect.Effect<PooledConnection, TransportError, Scope.Scope>
  /** frees what an answer holds that nobody gets */
  readonly drop: (answer: A) => void
  /** the transport's own connection behind a reserved one */
  readonly pooled: (connection: Connection) => PooledConnection | undefined
}

/** Sends a request through a proxy that forwards it, logging in on the way as often as the proxy wants it. */
export const forwarded = <A extends { readonly status: number; readonly headers: ResponseHeaders }>(
  route: ProxyRoute,
  request: TransportRequest,
  sender: Sender<A>
): Effect.Effect<A, TransportError> =>
  route.login.schemes.length === 0
    ? Effect.flatMap(sender.send(request, undefined), (answer) =>
      answer.status === 407
        ? Effect.matchEffect(new ProxyRounds(route.login, wanted(request)).answer(answer.headers, nothing), {
          onFailure: (refused) => failed(route, request, refused),
          onSuccess: () => Effect.succeed(answer)
        })
        : Effect.succeed(answer))
    : Effect.flatMap(Clock.Clock, (clock) => {
      // one limit for all that comes
      const deadlines = Deadlines.of(clock)
      const due = request.limit === undefined ? Infinity : deadlines.now() + request.limit.millis
      const left = () => due - deadlines.now()
      return Effect.catch(rounds(route, request, sender, left, false), (error) =>
        error instanceof Lost ? Effect.catch(rounds(route, request, sender, left, true), plain) : Effect.fail(error))
    })

/** A reserved connection was closed before anything was written: another one will do. */
class Lost {
  readonly error: TransportError
  constructor(error: TransportError) {
    this.error = error
  }
}

const plain = (error: TransportError | Lost): Effect.Effect<never, TransportError> => Effect.fail(error instanceof Lost ? error.error : error)

const nothing = (): Effect.Effect<undefined> => Effect.undefined

const wanted = ({ body, method, url }: TransportRequest) => ({
  method,
  target: url.origin + url.pathname + url.search,
  body: body === undefined ? "" : body._tag === "Bytes" ? body.bytes : undefined
})

const failed = (route: ProxyRoute, request: TransportRequest, { refusal }: Refused): Effect.Effect<never, TransportError> =>
  Effect.fail(proxyRefused(request, route.label, { ...refusal, detail: `answered 407: ${refusal.detail}` }, "no", 407))

const rounds = <A extends { readonly status: number; readonly headers: ResponseHeaders }>(
  route: ProxyRoute,
  request: TransportRequest,
  { drop, pooled, reserve, send }: Sender<A>,
  left: () => number,
  fresh: boolean
): Effect.Effect<A, TransportError | Lost> =>
  Effect.acquireUseRelease(
    Scope.make(),
    (scope) => Effect.gen(function*() {
      const { login } = route
      const { body } = request
      const way = new ProxyRounds(login, wanted(request))
      const once = body?._tag === "Stream" && !body.replay
      let held = request.connection

      const next = (): TransportRequest => onward(request, held, left())
      /** as the schemes know it */
      const known = (connection: Connection | undefined): Connection | undefined => {
        const own = connection === undefined ? undefined : pooled(connection)
        return own === undefined ? undefined : login.connection(own, peerCertificate(own.socket), own.reused)
      }
      const hold = (anew: boolean) => Effect.flatMap(Scope.provide(reserve(next(), anew), scope), (connection) => {
        held = connection
        // some proxies refuse every later login on a connection that saw one fail, and nobody knows how far one came that broke off
        return Scope.addFinalizerExit(scope, (exit) => Effect.sync(() => {
          if (Exit.isFailure(exit)) connection.discard()
        }))
      })
      const connect = (bound: boolean) =>
        Effect.gen(function*() {
          const closed = held !== undefined && pooled(held)?.isOpen !== true
          // the caller's own connection is not changed for another one: what was logged in on it is gone with it
          if (closed && request.connection === undefined) held = undefined
          if (bound && held === undefined) yield* hold(closed || fresh)
          return known(held)
        })

      if (way.bound && held === undefined) yield* hold(fresh)
      let authorization = yield* way.first(known(held))
      let asked = false
      for (;;) {
        if (once && !way.settled) {
          const detail = `the body is a stream that can be sent only once, and proxy ${route.label} may ask for a login before it takes it: `
            + "send another request first, or give a body that can be sent again"
          return yield* Effect.fail(connectionFailed(request, "body", "no", detail))
        }
        const answer: A = yield* Effect.catch(send(next(), authorization), (error): Effect.Effect<never, TransportError | Lost> => {
          if (!isLost(error) || held === undefined || held === request.connection) return Effect.fail(error)
          if (!fresh) return Effect.fail(new Lost(error))
          return asked ? failed(route, request, new Refused({ detail: "it closed the connection in the middle of the login" })) : Effect.fail(error)
        })
        if (answer.status !== 407) {
          yield* Effect.mapError(way.accepted(answer.status, answer.headers, false), ({ refusal }) => {
            drop(answer)
            // the origin has answered already
            return proxyRefused(request, route.label, refusal, "maybe", answer.status)
          })
          return answer
        }
        if (once) return yield* failed(route, request, new Refused({ detail: "the body is a stream that can be sent only once, and is gone" }))
        asked = true
        authorization = yield* Effect.catch(way.answer(answer.headers, connect), (error) =>
          error instanceof Refused ? failed(route, request, error) : Effect.fail(error))
      }
    }),
    Scope.close
  )

const isLost = (error: TransportError): boolean =>
  error instanceof ConnectionFailed && error.processed === "no" && (error.reason === "closed" || error.reason === "reset")

/** A request with every member named, so that none is forgotten where one is copied. */
type Complete = { readonly [Member in keyof Required<TransportRequest>]: TransportRequest[Member] }

/** The same request over a given connection, with what is left of its time. Field by field: a request may be an object with getters. */
const onward = (request: TransportRequest, connection: Connection | undefined, left: number): Complete => ({
  method: request.method,
  url: request.url,
  headers: request.headers,
  body: request.body,
  operation: request.operation,
  attempt: request.attempt,
  displayUrl: request.displayUrl,
  secretUrl: request.secretUrl,
  redaction: request.redaction,
  limit: request.limit === undefined ? undefined : { ...request.limit, millis: Math.max(left, 0), whole: request.limit.whole ?? request.limit.millis },
  partition: request.partition,
  connection,
  tls: request.tls,
  foreign: request.foreign,
  proxy: request.proxy,
  maxResponseSize: request.maxResponseSize
})
