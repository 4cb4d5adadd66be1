/** The stages up to an open connection: which way, names, sockets, the proxy. */
import type { Probe } from "credence/node"
import type { TransportError } from "credence/Transport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { DnsStage, Offered, ProxyStage, RouteStage, TcpStage } from "./model.ts"
import { adviceOf, detailOf, failureOf } from "./words.ts"

type Tried<A> = Result.Result<A, TransportError>

/** `host:port`, with brackets around IPv6 */
const hostAndPort = (host: string, port: number): string => `${host.includes(":") ? `[${host}]` : host}:${port}`

/** An effect, its outcome, and how long it took. */
export const measured = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [Result.Result<A, E>, number], never, R> =>
  Effect.gen(function*() {
    const start = yield* Clock.monotonicTimeNanos
    const outcome = yield* Effect.result(effect)
    const end = yield* Clock.monotonicTimeNanos
    return [outcome, Math.round(Number(end - start) / 1e6)] as const
  })

/** `from`: the flag or variable that names the proxy, where it is not the environment's. */
export const routeStage = (found: Tried<Probe.Route>, from: string | undefined): RouteStage => {
  const base = { stage: "route", millis: undefined } as const
  if (Result.isFailure(found)) {
    return { ...base, status: "broken", lines: [detailOf(found.failure)], advice: adviceOf(found.failure), facts: undefined }
  }
  const { proxy } = found.success
  const reason = from === undefined ? found.success.reason : `${from} says so`
  const kind = proxy === undefined ? "" : `${proxy.protocol === "http" && proxy.secure ? "https" : proxy.protocol} proxy ${proxy.label}`
  return {
    ...base,
    status: "ok",
    lines: [proxy === undefined ? `direct: ${reason}` : `${kind}: ${reason}`],
    advice: undefined,
    facts: { proxy: proxy ?? null, reason }
  }
}

/** `behind`: the server's name, where a proxy resolves that. */
export const dnsStage = (host: string, behind: string | undefined, found: Tried<ReadonlyArray<string>>, millis: number): DnsStage =>
  Result.isSuccess(found)
    ? {
      stage: "dns",
      status: found.success.length === 0 ? "broken" : "ok",
      lines: [
        found.success.length === 1 && found.success[0] === host ? `${host} is an address` : `${host}: ${found.success.join(", ") || "no address"}`,
        ...(behind === undefined ? [] : [`${behind} is resolved by the proxy`])
      ],
      advice: found.success.length === 0 ? "The name exists and has no address: check the DNS records" : undefined,
      millis,
      facts: { host, addresses: found.success, failure: null }
    }
    : {
      stage: "dns",
      status: "broken",
      lines: [
        found.failure._tag === "ConnectionFailed" && found.failure.reason === "dns"
          ? `${host} does not resolve${found.failure.code === undefined ? "" : ` (${found.failure.code})`}`
          : `${host}: ${detailOf(found.failure)}`
      ],
      advice: `${adviceOf(found.failure) ?? "Check the host name and your DNS"}. Where only a proxy can resolve it, give that with --proxy or HTTPS_PROXY`,
      millis,
      facts: { host, addresses: [], failure: failureOf(found.failure) }
    }

/** Tries each address. */
export const tcpStage = Effect.fnUntraced(function*(probe: Probe.Probe, addresses: ReadonlyArray<string>, port: number): Effect.fn.Return<TcpStage> {
  const tried = yield* Effect.forEach(
    addresses.slice(0, 16),
    (address) => Effect.map(measured(probe.connect(address, port)), (outcome) => ({ address, outcome })),
    { concurrency: 16 }
  )
  const open = tried.filter(({ outcome: [result] }) => Result.isSuccess(result))
  const failed = tried.flatMap(({ outcome: [result] }) => Result.isFailure(result) ? [result.failure] : [])
  return {
    stage: "tcp",
    status: open.length === 0 ? "broken" : failed.length === 0 ? "ok" : "warning",
    lines: tried.map(({ address, outcome: [result, millis] }) =>
      `${hostAndPort(address, port)} ${Result.isSuccess(result) ? `is open (${millis} ms)` : `is not: ${tcpWord(result.failure)}`}`),
    advice: open.length === 0 && failed[0] !== undefined
      ? adviceOf(failed[0])
      : failed.length > 0
      ? "Some addresses do not answer: calls go to one that does, and may lose time on the others"
      : undefined,
    millis: Math.max(0, ...tried.map(({ outcome: [, millis] }) => millis)),
    facts: {
      port,
      addresses: tried.map(({ address, outcome: [result, millis] }) => ({
        address,
        open: Result.isSuccess(result),
        millis,
        failure: Result.isFailure(result) ? failureOf(result.failure) : null
      }))
    }
  }
})

/** the address is known */
const tcpWord = (error: TransportError): string => {
  if (error._tag === "Timeout") return "no answer"
  const code = error._tag === "ConnectionFailed" ? error.code : undefined
  return code === "ECONNREFUSED" ? "refused" : code ?? detailOf(error)
}

/** How peers may be logged in at, each scheme once unless it differs. Realms are the peer's own text. */
export const offeredOf = (challenges: ReadonlyArray<Probe.Challenge>, shown: (text: string) => string): ReadonlyArray<Offered> => {
  const all = challenges.map(({ parameters, scheme }): Offered => {
    const realm = parameters.get("realm")
    const isDigest = scheme.toLowerCase() === "digest"
    const algorithm = parameters.get("algorithm")
    return { scheme: shown(scheme), realm: realm === undefined ? undefined : shown(realm), algorithm: isDigest ? shown(algorithm ?? "MD5") : undefined }
  })
  return all.filter((one, index) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index)
}

/** `Digest SHA-256 (realm "api")` */
export const offerText = ({ algorithm, realm, scheme }: Offered): string =>
  `${scheme}${algorithm === undefined ? "" : ` ${algorithm}`}${realm === undefined ? "" : ` (realm "${realm}")`}`

/** Does this error of a call through a proxy blame the proxy? Until TLS with the server begins, all that is waited for is its answer. */
export const blamesProxy = (error: TransportError): boolean =>
  (error._tag === "ConnectionFailed" && error.reason === "proxy")
  || (error._tag === "TlsFailed" && error.peer === "proxy")
  || (error._tag === "Timeout" && error.phase === "connect")

/**
 * What the proxy says: to a request without credentials (`undefined`: it speaks SOCKS), and to one as calls make it. `error`:
 * that one did not get through it.
 */
export const proxyStage = (
  route: NonNullable<Probe.Route["proxy"]>,
  asked: Tried<Probe.ProxyAnswer | undefined>,
  error: TransportError | undefined,
  millis: number,
  shown: (text: string) => string
): ProxyStage => {
  const answer = Result.isSuccess(asked) ? asked.success : undefined
  const schemes = answer === undefined ? [] : offeredOf(answer.challenges, shown)
  const login = answer?.status === 407
  const lines = [
    ...(answer === undefined
      ? []
      : login
      ? [`it wants a login: ${schemes.map(offerText).join(", ") || "it does not say how"}`]
      : [`it answers ${answer.status} without a login`]),
    ...(login && error === undefined && route.login ? ["the login that is given is accepted"] : []),
    // without a login to give there is no more to say
    ...(error === undefined || (login && !route.login) ? [] : [detailOf(error, route.label)])
  ]
  const kerberos = schemes.some(({ scheme }) => scheme.toLowerCase() === "negotiate") ? ", or `schemes: [Kerberos.scheme()]`" : ""
  return {
    stage: "proxy",
    status: error !== undefined ? "broken" : "ok",
    lines: lines.length === 0 ? [`${route.label} lets us through`] : lines,
    advice: error === undefined
      ? undefined
      : login && !route.login
      ? `Give the proxy's user name and password${kerberos}, as the code below does`
      : adviceOf(error),
    millis,
    facts: { status: answer?.status ?? null, schemes, failure: error === undefined ? null : failureOf(error) }
  }
}
