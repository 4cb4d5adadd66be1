/**
 * Goes the way of a call step by step, until something is broken.
 */
import { Kerberos, Probe } from "credence/node"
import type { ProxyOption, TlsOptions, TransportError } from "credence/Transport"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Net from "node:net"
import { authenticationStage, clockStage, httpStage, kerberosStage, methodsOf } from "./answer.ts"
import { discover, discoveryStage } from "./discovery.ts"
import type { Offered, Report, Stage } from "./model.ts"
import { blamesProxy, dnsStage, measured, proxyStage, routeStage, tcpStage } from "./network.ts"
import { reportOf, skipped } from "./report.ts"
import { tlsStage } from "./secure.ts"
import { settingsStage, withSettings } from "./settings.ts"

/** What to look at, and with what. */
export interface ExamineOptions {
  readonly url: URL
  /** authorities to trust: the file, as it is to stand in the code */
  readonly ca: string | undefined
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined
  /** default: what the environment says */
  readonly proxy: ProxyOption | undefined
  /** who says so, for the reason: a flag or a variable */
  readonly proxyFrom: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>> | undefined
  /** go on behind a certificate that is not believed */
  readonly insecure: boolean
  /** look for documents at well-known places */
  readonly discovery: boolean
  readonly timeout: Duration.Duration
  /** of variables in the code */
  readonly prefix: string
  readonly profile: string | undefined
  /** variables with that prefix that are set; `undefined`: they were not asked for */
  readonly set: ReadonlyArray<string> | undefined
  /** says what is going on, while it does */
  readonly during: <A, E, R>(doing: string, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** how tickets are looked at. Default `Kerberos.ticket` */
  readonly ticket?: ((host: string) => Effect.Effect<Kerberos.Ticket>) | undefined
}

/** What nginx and its like answer over TLS to whoever shows no certificate. */
const wantsCertificate = (answer: Probe.Answer): boolean =>
  answer.status === 495 || answer.status === 496
  || (answer.status === 400 && /(?:No required SSL certificate|SSL certificate error|client certificate)/i.test(new TextDecoder().decode(answer.body)))

/**
 * The diagnosis of a URL. Nothing but the limits of time can keep it from ending; it never fails.
 *
 * @example
 * ```ts
 * const { broken, code, stages } = yield* examine({ url: new URL("https://api.example.com/"), … })
 * ```
 */
export const examine = (options: ExamineOptions): Effect.Effect<Report> =>
  Effect.scoped(Effect.gen(function*() {
    const probe = yield* Probe.make(options.url, {
      tls: tlsOf(options),
      proxy: options.proxy,
      environment: options.environment,
      timeout: options.timeout
    })
    const stages: Array<Stage> = []
    yield* walk(options, probe, (stage) => void stages.push(stage))
    return reportOf(options, probe, stages)
  }))

const tlsOf = ({ ca, certificate, insecure }: ExamineOptions): TlsOptions => ({
  ...(ca === undefined ? {} : { ca: { file: ca } }),
  ...(certificate === undefined ? {} : { certificate: { certificate: { file: certificate.certificate }, key: { file: certificate.key } } }),
  ...(insecure ? { verify: false } : {})
})

/** Tells stage after stage. Ends behind the first broken one, but for those that tell more about it. */
const walk = Effect.fnUntraced(function*(options: ExamineOptions, probe: Probe.Probe, tell: (stage: Stage) => void): Effect.fn.Return<void> {
  const { during, insecure, url } = options
  const isHttps = url.protocol === "https:"
  const hostname = url.hostname.replace(/^\[|\]$/g, "")
  const hasCertificate = options.certificate !== undefined
  const label = `${url.hostname}:${url.port === "" ? isHttps ? 443 : 80 : url.port}`
  if (options.set !== undefined) tell(settingsStage(options.set, options))

  // --- the way to a socket

  const [routed] = yield* measured(probe.route)
  if (Result.isFailure(routed) && routed.failure._tag === "TlsFailed" && routed.failure.peer !== "proxy") {
    // what was given as TLS options cannot be used, whichever way is taken
    return tell(tlsStage({ handshake: undefined, failure: routed.failure }, undefined, hasCertificate, label, yield* Clock.currentTimeMillis, 0))
  }
  tell(routeStage(routed, options.proxy !== undefined && options.proxy !== "environment" ? options.proxyFrom : undefined))
  if (Result.isFailure(routed)) return
  const { host, port, proxy } = routed.success

  const [addresses, dnsMillis] = yield* during(`resolving ${host}`, measured(probe.resolve(host)))
  const dns = dnsStage(host, proxy === undefined || Net.isIP(hostname) !== 0 ? undefined : hostname, addresses, dnsMillis)
  tell(dns)
  if (dns.status === "broken") return

  const tcp = yield* during(`connecting to ${host}`, tcpStage(probe, Result.getOrElse(addresses, () => []), port))
  tell(tcp)
  if (tcp.status === "broken") return

  // --- what is said on it; a later step may tell what is wrong with an earlier stage

  const [asked, askedMillis] = proxy === undefined ? [undefined, 0] : yield* during(`asking the proxy ${proxy.label}`, measured(probe.askProxy))
  const [secured, tlsMillis] = isHttps
    ? yield* during("making a TLS connection", measured(probe.secure))
    : [undefined, 0]
  const security = secured === undefined ? undefined : Result.getOrUndefined(secured)
  const goesOn = security?.failure === undefined || (insecure && security.handshake !== undefined)
  const [answered, httpMillis] = goesOn ? yield* during("sending a request", measured(probe.request({ maxBytes: 4096 }))) : [undefined, 0]
  const answer = answered === undefined ? undefined : Result.getOrUndefined(answered)
  const failed = answered === undefined ? undefined : Result.isFailure(answered) ? answered.failure : undefined

  let atProxy: ReadonlyArray<Offered> = []
  if (proxy === undefined || asked === undefined) {
    tell(skipped("proxy", "there is none"))
  } else {
    const blamed = [security?.failure, failed].find((error): error is TransportError => error !== undefined && blamesProxy(error))
    const stage = proxyStage(proxy, asked, blamed, askedMillis, probe.shownText)
    tell(stage)
    atProxy = stage.facts?.schemes ?? []
    if (stage.status === "broken") {
      if (methodsOf(atProxy).includes("kerberos")) yield* tellTicket(options, host, atProxy, tell)
      return
    }
  }

  if (security === undefined) {
    tell(skipped("tls", "the URL is http: whatever is sent can be read on the way"))
  } else {
    const later = answer !== undefined && !hasCertificate && wantsCertificate(answer) ? "certificate wanted" as const : failed
    const stage = tlsStage(security, later, hasCertificate, label, yield* Clock.currentTimeMillis, tlsMillis)
    tell(stage)
    if (stage.status === "broken" && (answer === undefined || !insecure)) return
  }
  if (answered === undefined) return
  const preferred = isHttps ? Option.getOrUndefined(yield* Effect.option(during("asking for HTTP versions", probe.preferred))) : undefined
  // reading a body that does not end takes all the time there is
  tell(httpStage(answered, preferred, proxy !== undefined, probe, url, answer === undefined ? httpMillis : answer.received - answer.sent))
  if (answer === undefined) return

  // --- who may come in

  const negotiate = answer.challenges.some(({ scheme }) => scheme.toLowerCase() === "negotiate")
  tell(clockStage(answer, negotiate))
  const [ticket, ticketMillis] = negotiate ? yield* ticketFor(options, url.hostname) : [undefined, 0]
  const authentication = withSettings(authenticationStage(answer, ticket, hasCertificate, probe, url), options)
  tell(authentication)
  if (ticket !== undefined) tell(kerberosStage(ticket, methodsOf(authentication.facts?.schemes ?? []), ticketMillis))
  else if (methodsOf(atProxy).includes("kerberos")) yield* tellTicket(options, host, atProxy, tell)
  else tell(skipped("kerberos", "Negotiate is not offered"))

  if (!options.discovery) return tell(skipped("discovery", "not asked for"))
  const [documents, discoveryMillis] = yield* during("looking for descriptions", measured(discover(probe, url, options.timeout)))
  if (Result.isSuccess(documents)) tell(discoveryStage(documents.success, discoveryMillis))
})

const tooSlow: Kerberos.Ticket = { state: "unavailable", detail: "the Kerberos library does not answer in time: is the KDC reachable?" }

const ticketFor = ({ during, ticket, timeout }: ExamineOptions, host: string): Effect.Effect<readonly [Kerberos.Ticket, number]> =>
  Effect.map(
    during("looking for a ticket", measured(Effect.timeoutOption(ticket === undefined ? Kerberos.ticket({ host }) : ticket(host), timeout))),
    ([found, millis]) => [Option.getOrElse(Option.flatten(Result.getSuccess(found)), () => tooSlow), millis]
  )

/** The ticket for a proxy. */
const tellTicket = (options: ExamineOptions, host: string, schemes: ReadonlyArray<Offered>, tell: (stage: Stage) => void): Effect.Effect<void> =>
  Effect.map(ticketFor(options, host), ([ticket, millis]) => tell(kerberosStage(ticket, methodsOf(schemes), millis)))
