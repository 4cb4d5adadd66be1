/**
 * HTTP/1.1 for Node, over undici: connection pools, TLS, http proxies, decompression, and limits on everything.
 *
 * **When to use**
 *
 * In every Node program: it is what a session's Layers ask for as `Transport`.
 *
 * **Gotchas**
 *
 * Connections are shared by all sessions of one layer, but never across different TLS options, proxies or partitions.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
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
import { limitsOf, Pools } from "./transport/pool.ts"

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
  /** where the proxy variables are read from, once. Default `process.env` */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

const insecureWarning =
  "TLS certificates are not verified (`tls: { verify: false }`): whoever sits in between can read and change everything. "
  + "Give the authority's certificate as `tls: { ca }` instead"

/**
 * Makes a transport. Closing the scope ends its requests and closes its connections.
 *
 * Failures of `send` and `open`: `ConnectionFailed`, `Timeout`, `TlsFailed`, `DecodeFailed` (size limits, content
 * codings), `CapabilityUnavailable` (a proxy that is not an http proxy).
 */
export const make = (options: Options = {}): Effect.Effect<Transport["Service"], never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      new Pools({
        ...limitsOf(options),
        connections: options.connections ?? Infinity,
        proxy: options.proxy ?? "environment",
        tls: options.tls,
        environment: proxyEnvironment(options.environment ?? process.env)
      })
    ),
    (pools) => Effect.promise(() => pools.destroy())
  ).pipe(Effect.map((pools) => {
    let warned = false

    const warn = Effect.suspend(() => {
      warned = true
      return Effect.logWarning(insecureWarning)
    })

    const checked = <A, R>(request: TransportRequest, exchange: Effect.Effect<A, TransportError, R>): Effect.Effect<A, TransportError, R> =>
      !warned && request.url.protocol === "https:" && (request.tls?.verify ?? options.tls?.verify) === false
        ? Effect.flatMap(warn, () => exchange)
        : exchange

    const send = (request: TransportRequest): Effect.Effect<TransportResponse, TransportError> =>
      checked(
        request,
        Effect.withFiber((fiber) =>
          Effect.callback<TransportResponse, TransportError>((resume) => {
            const exchange = new BufferedExchange(pools, request, fiber, resume)
            exchange.start()
            return Effect.sync(() => exchange.cancel())
          })
        )
      )

    const head = (request: TransportRequest): Effect.Effect<StreamedExchange, TransportError> =>
      Effect.withFiber((fiber) =>
        Effect.callback<StreamedExchange, TransportError>((resume) => {
          const exchange = new StreamedExchange(pools, request, fiber, resume)
          exchange.start()
          return Effect.sync(() => exchange.dispose())
        })
      )

    const open = (request: TransportRequest): Effect.Effect<TransportStream, TransportError, Scope.Scope> =>
      checked(
        request,
        Effect.flatMap(Scope.Scope, (scope) =>
          // Between the head's arrival and the finalizer nothing may interrupt, or the connection would be nobody's.
          Effect.uninterruptibleMask((restore) =>
            Effect.flatMap(restore(head(request)), (exchange) => {
              const dispose = Effect.sync(() => exchange.dispose())
              return Effect.as(Scope.addFinalizer(scope, dispose), {
                ...exchange.head,
                body: Stream.ensuring(Stream.fromPull(Effect.succeed(exchange.pull)), dispose)
              })
            })
          ))
      )

    return Transport.of({ name: "node (undici)", send, open })
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
