/**
 * HTTP/1.1 for Node, over undici, and HTTP/2 by choice: connection pools, TLS, proxies, decompression, and limits on everything.
 *
 * **When to use**
 *
 * In every Node program: it is what a session's Layers ask for as `Transport`.
 *
 * **Gotchas**
 *
 * Connections are shared by all sessions of one layer, but never across different TLS options, proxies or partitions.
 */
import type { LookupFunction } from "node:net"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type Connection,
  type ConnectionRequest,
  type ReservedConnection,
  type ProxyOption,
  type TlsOptions,
  Transport,
  type TransportError,
  type TransportLimits,
  type TransportRequest,
  type TransportResponse,
  type TransportStream
} from "../services/Transport.ts"
import { proxyEnvironment } from "../wire/proxyEnvironment.ts"
import { BufferedExchange, StreamedExchange } from "./transport/exchange.ts"
import { forwarded } from "./transport/forward.ts"
import type { Connection as PooledConnection } from "./transport/connection.ts"
import { limitsOf, Pools } from "./transport/pool.ts"
import { isUnverified, type ProxyRoute } from "./transport/proxy.ts"
import { reserved } from "./transport/seeker.ts"

/** Options of the Node transport. What a request says for itself wins over `tls`, `proxy` and `maxResponseSize`. */
export interface Options extends TransportLimits {
  /** certificate authorities and verification for all requests; field by field, a request's own win */
  readonly tls?: TlsOptions | undefined
  /** the way out. Default `"environment"`: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` */
  readonly proxy?: ProxyOption | undefined
  /**
   * connections to one origin, at most; further requests wait, for `connectTimeout` at most. Default: as many as there
   * are requests at once
   */
  readonly connections?: number | undefined
  /**
   * offers HTTP/2 to servers with TLS, also through tunnels of proxies: where the server takes it, many requests go over one
   * connection at once, 100 or fewer, as it allows. Logins that belong to connections (NTLM, Negotiate) keep some of HTTP/1.1
   * for themselves. Default `false`: one request at a time on each connection, so that what breaks, breaks alone
   */
  readonly http2?: boolean | undefined
  /** where the proxy variables are read from, once. Default `process.env` */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** resolves the names of servers and proxies, e.g. with a cache. All addresses are tried. Default `dns.lookup` of Node */
  readonly lookup?: LookupFunction | undefined
}

const insecureWarning =
  "TLS certificates are not verified (`tls: { verify: false }`): whoever sits in between can read and change everything. "
  + "Give the authority's certificate as `tls: { ca }` instead"

/**
 * Makes a transport. Closing the scope ends its requests and closes its connections.
 *
 * Failures of `send` and `open`: `ConnectionFailed`, `Timeout`, `TlsFailed`, `DecodeFailed` (size limits, content
 * codings), `CapabilityUnavailable` (a proxy that is neither http, https nor socks5, or whose login does not work here).
 */
export const make = (options: Options = {}): Effect.Effect<Transport["Service"], never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      new Pools({
        ...limitsOf(options),
        connections: options.connections ?? Infinity,
        http2: options.http2,
        proxy: options.proxy ?? "environment",
        tls: options.tls,
        environment: proxyEnvironment(options.environment ?? process.env),
        lookup: options.lookup
      })
    ),
    (pools) => Effect.promise(() => pools.destroy())
  ).pipe(Effect.map((pools) => {
    let warned = false

    const warn = Effect.suspend(() => {
      warned = true
      return Effect.logWarning(insecureWarning)
    })

    const believesAnybody = ({ proxy, tls, url }: ConnectionRequest): boolean =>
      url.protocol === "https:" && (tls?.verify ?? options.tls?.verify) === false || isUnverified(proxy ?? options.proxy, url)

    const checked = <A, R>(request: ConnectionRequest, exchange: Effect.Effect<A, TransportError, R>): Effect.Effect<A, TransportError, R> =>
      !warned && believesAnybody(request) ? Effect.flatMap(warn, () => exchange) : exchange

    const send = (request: TransportRequest): Effect.Effect<TransportResponse, TransportError> =>
      checked(
        request,
        Effect.suspend(() => {
          const route = forwarding(request)
          return route === undefined ? whole(request, undefined) : forwarded(route, request, { send: whole, reserve: held, pooled, drop: () => {} })
        })
      )

    const whole = (request: TransportRequest, proxyAuthorization: string | undefined): Effect.Effect<TransportResponse, TransportError> =>
      Effect.withFiber((fiber) =>
        Effect.callback<TransportResponse, TransportError>((resume) => {
          const exchange = new BufferedExchange(pools, request, fiber, resume)
          exchange.proxyAuthorization = proxyAuthorization
          exchange.start()
          return Effect.sync(() => exchange.cancel())
        })
      )

    /** the proxy that gets a request in absolute form, and may want a login with it */
    const forwarding = (request: TransportRequest): ProxyRoute | undefined => {
      if (request.url.protocol !== "http:") return undefined
      const host = pools.host(request)
      return "forward" in host ? host.forward : undefined
    }

    const pooled = (connection: Connection): PooledConnection | undefined => pools.owns(connection) ? connection : undefined

    const head = (request: TransportRequest, proxyAuthorization: string | undefined): Effect.Effect<StreamedExchange, TransportError> =>
      Effect.withFiber((fiber) =>
        Effect.callback<StreamedExchange, TransportError>((resume) => {
          const exchange = new StreamedExchange(pools, request, fiber, resume)
          exchange.proxyAuthorization = proxyAuthorization
          exchange.start()
          return Effect.sync(() => exchange.dispose())
        })
      )

    const open = (request: TransportRequest): Effect.Effect<TransportStream, TransportError, Scope.Scope> =>
      checked(
        request,
        Effect.flatMap(Scope.Scope, (scope) => {
          // Between the head's arrival and the finalizer nothing may interrupt, or the connection would be nobody's.
          const once = (each: TransportRequest, proxyAuthorization: string | undefined) =>
            Effect.uninterruptibleMask((restore) =>
              Effect.flatMap(restore(head(each, proxyAuthorization)), (exchange) => {
                const dispose = Effect.sync(() => exchange.dispose())
                return Effect.as(Scope.addFinalizer(scope, dispose), {
                  ...exchange.head,
                  body: Stream.ensuring(Stream.fromPull(Effect.succeed(exchange.pull)), dispose),
                  exchange
                })
              })
            )
          const route = forwarding(request)
          const answer = route === undefined
            ? once(request, undefined)
            : forwarded(route, request, { send: once, reserve: held, pooled, drop: (each) => each.exchange.dispose() })
          return Effect.map(answer, ({ body, headers, status }) => ({ body, headers, status }))
        })
      )

    const held = (request: ConnectionRequest, fresh: boolean): Effect.Effect<PooledConnection, TransportError, Scope.Scope> =>
      Effect.acquireRelease(
        reserved(pools, request, fresh),
        (connection) => Effect.sync(() => connection.release()),
        { interruptible: true }
      )

    const reserve = (request: ConnectionRequest, fresh: boolean): Effect.Effect<ReservedConnection, TransportError, Scope.Scope> =>
      checked(request, held(request, fresh))

    return Transport.of({ name: "node (undici)", send, open, reserve })
  }))

/**
 * The Node transport as a Layer.
 *
 * @example
 * ```ts
 * const Live = Argus.layer().pipe(Layer.provide([
 *   ArgusAuth.fromConfig(),
 *   Configuration.fromConfig("ARGUS_API"),
 *   NodeTransport.layer({ tls: { ca: fs.readFileSync("company-ca.pem", "utf8") }, connections: 16 })
 * ]))
 * ```
 */
export const layer = (options?: Options): Layer.Layer<Transport> => Layer.effect(Transport, make(options))
