/**
 * Looks at the way to a server step by step, as the Node transport would go it: the proxy that applies, addresses, sockets,
 * TLS, HTTP. For diagnosis: no credentials of a session are ever sent.
 *
 * **When to use**
 *
 * When a call fails with `ConnectionFailed`, `TlsFailed` or `Timeout` and more must be known; `credence doctor` prints it all.
 *
 * **Gotchas**
 *
 * Each step is a connection of its own, and is made anew each time. What is given as `tls.certificate` and as the proxy's
 * login is used as a call would use it.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tls from "node:tls"
import type { Timeout, TimeoutPhase, TlsFailed } from "../errors/CallError.ts"
import type { ConnectionRequest, ProxyOption, ResponseHeaders, TlsOptions, TransportError } from "../services/Transport.ts"
import { type Challenge, parseChallenges } from "../wire/challenge.ts"
import { getAll } from "../wire/headers.ts"
import { proxyDecisions } from "../wire/proxyEnvironment.ts"
import { connectRequest } from "../wire/tunnel.ts"
import * as NodeTransport from "./NodeTransport.ts"
import { shown } from "./probe/shown.ts"
import { addressesOf, ask, type Handshake, handshakeOf, openProxy, openSocket, openTls, protocolOf } from "./probe/socket.ts"
import { type CodedError, connectFailure, type ConnectStage, connectionFailed, timedOut } from "./transport/failures.ts"
import type { Connection } from "./transport/connection.ts"
import { type Host, limitsOf, Pools } from "./transport/pool.ts"
import { portOf, serverFor } from "./transport/proxy.ts"
import { reserved } from "./transport/seeker.ts"
import { TlsStore } from "./transport/tls.ts"

export type { Handshake } from "./probe/socket.ts"
export type { Challenge } from "../wire/challenge.ts"

/** What to look with; the same as the transport's own options. */
export interface Options {
  readonly tls?: TlsOptions | undefined
  /** default `"environment"` */
  readonly proxy?: ProxyOption | undefined
  /** where the proxy variables are read from. Default `process.env` */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** the limit of each step. Default 10 seconds */
  readonly timeout?: Duration.Input | undefined
}

/** The way to the server, before anything is sent. */
export interface Route {
  readonly proxy:
    | {
      /** `host:port` */
      readonly label: string
      readonly protocol: "http" | "socks5"
      /** is the proxy itself spoken to over TLS? */
      readonly secure: boolean
      /** a user name and password, or schemes to log in with, are known */
      readonly login: boolean
    }
    | undefined
  /** why it is this one, e.g. `HTTPS_PROXY` or `NO_PROXY has 10.0.0.0/8` */
  readonly reason: string
  /** where the first connection goes: to the proxy, or the server; without brackets */
  readonly host: string
  readonly port: number
}

/** TLS with the server. */
export interface Secured {
  /** `undefined`: it broke off before there was anything to tell */
  readonly handshake: Handshake | undefined
  /** why a call would fail, though there may be a handshake to tell about */
  readonly failure: TransportError | undefined
}

/** What a proxy says to a request without credentials. */
export interface ProxyAnswer {
  readonly status: number
  /** how it wants to be logged in at, where it does (407) */
  readonly challenges: ReadonlyArray<Challenge>
}

/** A response to a request without credentials. */
export interface Answer {
  readonly status: number
  readonly headers: ResponseHeaders
  /** at most what was asked for */
  readonly body: Uint8Array
  /** how the server wants to be logged in at: from `WWW-Authenticate` */
  readonly challenges: ReadonlyArray<Challenge>
  /** Unix time in milliseconds, by this machine's clock */
  readonly sent: number
  readonly received: number
}

/** Looks at the way to one URL. */
export interface Probe {
  /** Which proxy, and why. Fails where a proxy is set that cannot be used */
  readonly route: Effect.Effect<Route, TransportError>
  /** Addresses of a name, as a connection would try them */
  readonly resolve: (host: string) => Effect.Effect<ReadonlyArray<string>, TransportError>
  /** Opens a connection to one address and closes it */
  readonly connect: (address: string, port: number) => Effect.Effect<void, TransportError>
  /** What the proxy says to the request without credentials; `undefined` where there is no http proxy */
  readonly askProxy: Effect.Effect<ProxyAnswer | undefined, TransportError>
  /** Makes a connection the whole way, and TLS on it; `verify: false` is not heeded. Never fails: why a call would is in `failure` */
  readonly secure: Effect.Effect<Secured>
  /** Which version of HTTP the server chooses when it may choose h2, too; `undefined` where that cannot be asked */
  readonly preferred: Effect.Effect<string | undefined, TransportError>
  /** One request without credentials to this or another URL; redirects are not followed. `maxBytes` of the body are read, default none */
  readonly request: (options?: {
    readonly url?: URL | undefined
    readonly method?: "GET" | "HEAD" | "OPTIONS" | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
    readonly maxBytes?: number | undefined
  }) => Effect.Effect<Answer, TransportError>
  /** A URL without user information and with secret values masked */
  readonly shownUrl: (url: URL) => string
  /** Any text in one line, with the secrets of URL and proxies masked */
  readonly shownText: (text: string) => string
}

/** what is wrong is not what these say, but which certificate it is */
const unbelieved: ReadonlySet<TlsFailed["reason"]> = new Set(["untrusted", "expired", "notYetValid", "wrongHost", "revoked", "pin"])

/**
 * Makes a probe of the way to a URL. User information in the URL is masked and not used. Making it sends nothing and never
 * fails; closing the scope closes its connections. Steps fail as a call would: `ConnectionFailed`, `TlsFailed`, `Timeout`,
 * `CapabilityUnavailable`.
 *
 * @example
 * ```ts
 * const chain = Effect.scoped(Effect.gen(function*() {
 *   const probe = yield* Probe.make(new URL("https://api.example.com/"))
 *   const { failure, handshake } = yield* probe.secure
 *   return { chain: handshake?.chain, why: failure?.message }
 * }))
 * ```
 */
export const make = Effect.fnUntraced(function*(given: URL, options: Options = {}): Effect.fn.Return<Probe, never, Scope.Scope> {
  const url = new URL(given)
  url.username = ""
  url.password = ""
  const environment = options.environment ?? process.env
  const proxy = options.proxy ?? "environment"
  const limit = Duration.fromInputUnsafe(options.timeout ?? "10 seconds")
  const millis = Duration.toMillis(limit)
  const limits = { connectTimeout: limit, idleTimeout: limit }
  const decide = proxyDecisions(environment)
  const proxies = typeof proxy === "object" ? Object.values("url" in proxy ? { proxy } : proxy).filter((each) => typeof each === "object") : []
  const passwords = proxies.flatMap(({ password }) => password === undefined ? [] : [Redacted.value(password)])
  const variables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [environment[name] ?? "", environment[name.toLowerCase()] ?? ""])
  const { text: shownText, url: shownUrl } = shown([given.href, ...proxies.map((each) => each.url), ...variables], passwords)
  const displayUrl = shownUrl(url)

  const transport = yield* NodeTransport.make({ ...limits, tls: options.tls, proxy, environment })
  const pools = yield* Effect.acquireRelease(
    Effect.sync(() => new Pools({ ...limitsOf(limits), connections: Infinity, proxy, tls: undefined, environment: (url) => decide(url).proxy })),
    (pools) => Effect.promise(() => pools.destroy())
  )

  const asked: ConnectionRequest = {
    method: "GET",
    url,
    operation: "probe",
    attempt: 1,
    displayUrl,
    limit: undefined,
    partition: undefined,
    tls: { ...options.tls, verify: true },
    proxy: undefined,
    maxResponseSize: undefined
  }

  const hostOf = (request: ConnectionRequest): Effect.Effect<Host, TransportError> =>
    Effect.suspend(() => {
      const host = pools.host(request)
      return "submit" in host ? Effect.succeed(host) : Effect.fail(host)
    })

  const within = (phase: TimeoutPhase) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | Timeout, R> =>
    Effect.timeoutOrElse(effect, { duration: limit, orElse: () => Effect.fail(timedOut(asked, phase, millis, "no")) })

  const failing = (host: Host, stage: ConnectStage) => <A, R>(effect: Effect.Effect<A, CodedError, R>): Effect.Effect<A, TransportError, R> =>
    Effect.mapError(effect, (error) => connectFailure(asked, host.peer, stage, error))

  const stageOf = (host: Host): ConnectStage => host.target.proxy === undefined ? "connect" : "proxy"

  /** a connection as a call would have it, ready for HTTP */
  const whole = (request: ConnectionRequest): Effect.Effect<Connection, TransportError, Scope.Scope> =>
    Effect.acquireRelease(
      reserved(pools, request, true),
      (connection) => Effect.promise(() => connection.destroy()),
      { interruptible: true }
    )

  const handshake = (request: ConnectionRequest): Effect.Effect<Handshake, TransportError> =>
    Effect.scoped(Effect.flatMap(whole(request), ({ socket }) =>
      socket instanceof Tls.TLSSocket
        ? Effect.sync(() => handshakeOf(socket))
        : Effect.fail(connectionFailed(request, "other", "no", "there is no TLS with the server"))))

  const { maxVersion, minVersion, serverName } = options.tls ?? {}
  /** only to look at who is not believed */
  const anybody: TlsOptions = { verify: false, serverName, minVersion, maxVersion }

  const secure = handshake(asked).pipe(
    Effect.map((handshake): Secured => ({ handshake, failure: undefined })),
    Effect.catch((failure) =>
      failure._tag === "TlsFailed" && failure.peer !== "proxy" && unbelieved.has(failure.reason)
        ? Effect.map(Effect.option(handshake({ ...asked, tls: anybody })), (found): Secured => ({
          handshake: found._tag === "Some" ? found.value : undefined,
          failure
        }))
        : Effect.succeed<Secured>({ handshake: undefined, failure }))
    // no limit around it: making a connection has its own, which tells in which phase it was reached
  )

  const route = Effect.map(hostOf(asked), ({ target }): Route => {
    const { proxy: way } = target
    const reason = proxy === "environment"
      ? decide(url).reason
      : proxy === "none"
      ? "no proxy is to be used"
      : serverFor(proxy, url) === undefined
      ? `no proxy is to be used for ${url.protocol.slice(0, -1)}`
      : "it was given"
    return way === undefined
      ? { proxy: undefined, reason, host: target.host, port: target.port }
      : {
        proxy: { label: way.label, protocol: way.protocol, secure: way.tls !== undefined, login: way.user !== undefined || way.login.schemes.length > 0 },
        reason,
        host: way.host,
        port: way.port
      }
  })

  const authority = `${url.hostname}:${portOf(url)}`
  const proxyTls = new TlsStore(undefined)

  const proxied = Effect.fnUntraced(function*(host: Host) {
    const way = host.target.proxy
    if (way === undefined || way.protocol !== "http") return undefined
    const socket = yield* openProxy(way, proxyTls)
    const head = url.protocol === "https:"
      ? connectRequest(authority, undefined)
      : `GET ${url.href} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`
    const step = yield* ask(socket, head)
    return { socket, step }
  })

  const askProxy = Effect.flatMap(hostOf(asked), (host) =>
    Effect.gen(function*() {
      const answered = yield* failing(host, "proxy")(proxied(host))
      if (answered === undefined) return undefined
      const { step } = answered
      if (step._tag === "Invalid") return yield* connectionFailed(asked, "proxy", "no", `proxy ${host.peer.proxy}: ${step.detail}`)
      return { status: step.status, challenges: challengesOf(step.headers, "proxy-authenticate") }
    })).pipe(Effect.scoped, within("connect"))

  const preferred = Effect.flatMap(hostOf(asked), (host) =>
    Effect.gen(function*() {
      if (url.protocol !== "https:") return undefined
      const answered = yield* proxied(host)
      // behind a proxy that wants a login, or speaks SOCKS, there is no second way in
      if (host.target.proxy !== undefined && answered?.step._tag !== "Open") return undefined
      const store = new TlsStore(undefined)
      const { port } = host.target
      const socket = yield* openTls({
        host: host.target.host,
        port,
        socket: answered?.socket,
        settings: store.settings(anybody),
        store,
        peer: "origin",
        label: authority,
        protocols: ["h2", "http/1.1"]
      })
      return protocolOf(socket)
    }).pipe(failing(host, stageOf(host)))).pipe(Effect.scoped, within("TLS"))

  const request: Probe["request"] = ({ headers = {}, maxBytes = 0, method = "GET", url: other } = {}) =>
    Effect.gen(function*() {
      const target = new URL(other ?? url)
      target.username = ""
      target.password = ""
      target.hash = ""
      const sent = yield* Clock.currentTimeMillis
      const head = yield* transport.open({
        ...asked,
        method,
        url: target,
        displayUrl: shownUrl(target),
        headers: { accept: "*/*", "accept-encoding": "identity", ...headers },
        body: undefined,
        limit: { millis, phase: "response" },
        tls: undefined
      }).pipe(within("response"))
      const received = yield* Clock.currentTimeMillis
      const body = maxBytes <= 0 ? new Uint8Array() : yield* firstBytes(head.body, maxBytes, Math.max(0, millis - (received - sent)))
      return { status: head.status, headers: head.headers, body, challenges: challengesOf(head.headers, "www-authenticate"), sent, received }
    }).pipe(
      Effect.scoped,
      // that nothing is verified is what was asked for here
      Effect.provideService(References.MinimumLogLevel, "None")
    )

  return {
    route,
    resolve: (host) => Effect.flatMap(hostOf(asked), (at) => failing(at, stageOf(at))(addressesOf(host))).pipe(within("connect")),
    connect: (address, port) =>
      Effect.flatMap(hostOf(asked), (at) => failing(at, stageOf(at))(Effect.asVoid(openSocket(address, port)))).pipe(Effect.scoped, within("connect")),
    askProxy,
    secure,
    preferred,
    request,
    shownUrl,
    shownText
  }
})

const challengesOf = (headers: ResponseHeaders, name: string): ReadonlyArray<Challenge> => parseChallenges(getAll(headers, name)).slice(0, 32)

/** The beginning of a body, as far as it comes in time: a stream of events may never end. One that breaks off later is none the worse. */
const firstBytes = (body: Stream.Stream<Uint8Array, TransportError>, max: number, millis: number): Effect.Effect<Uint8Array, TransportError> => {
  const chunks: Array<Uint8Array> = []
  let length = 0
  const read = Stream.runForEachWhile(body, (chunk) =>
    Effect.sync(() => {
      chunks.push(chunk.subarray(0, max - length))
      length += chunk.length
      return length < max
    }))
  // the transport's own limit may be reached at the same instant
  return Effect.map(Effect.catchTag(Effect.timeoutOption(read, millis), "Timeout", () => Effect.void), () => new Uint8Array(Buffer.concat(chunks)))
}
