/** The stages that the first answer tells about: HTTP, the clock, logging in. */
import type { Kerberos, Probe } from "credence/node"
import type { TransportError } from "credence/Transport"
import * as Result from "effect/Result"
import { harmlessSkew, skewOf, toleratedSkew } from "./clock.ts"
import type { AuthenticationStage, ClockStage, HttpStage, KerberosStage, Method, Offered } from "./model.ts"
import { offeredOf, offerText } from "./network.ts"
import { adviceOf, detailOf, failureOf, spanOf } from "./words.ts"

/** One field of an answer; several are one list. */
export const fieldOf = ({ headers }: Pick<Probe.Answer, "headers">, name: string): string | undefined => {
  const value = headers[name]
  return value === undefined || typeof value === "string" ? value : value.join(", ")
}

const locationOf = (answer: Probe.Answer, url: URL): URL | undefined => {
  const text = answer.status >= 300 && answer.status < 400 ? fieldOf(answer, "location") : undefined
  return text === undefined ? undefined : URL.parse(text, url.href) ?? undefined
}

const statusAdvice = (status: number, location: URL | undefined, proxied: boolean, url: URL): string | undefined => {
  if (location !== undefined && location.origin !== url.origin) {
    return "The server sends calls to another origin, and credentials do not go there: use that address as the base URL, if it is yours"
  }
  if (proxied && status >= 502 && status <= 504) return "The proxy has no good answer from the server: it may not know its name, or not be let through"
  if (status >= 500) return "The server answers, and cannot do its work: ask whoever runs it"
  if (status === 404) return "Nothing is at this path: that may be fine for a base URL; check it if calls answer 404, too"
  if (status === 429) return "The server limits how often it may be called"
  return undefined
}

const versionsOf = (preferred: string | undefined): string =>
  preferred === undefined
    ? "HTTP/1.1"
    : preferred === "h2"
    ? "HTTP/1.1; the server would choose HTTP/2, which is not needed"
    : "HTTP/1.1, which the server chooses itself"

/** `preferred`: what the server chooses when it may choose HTTP/2, too; `proxied`: a proxy may have answered in its place. */
export const httpStage = (
  answered: Result.Result<Probe.Answer, TransportError>,
  preferred: string | undefined,
  proxied: boolean,
  probe: Probe.Probe,
  url: URL,
  millis: number
): HttpStage => {
  const base = { stage: "http", millis } as const
  if (Result.isFailure(answered)) {
    const error = answered.failure
    return {
      ...base,
      status: "broken",
      lines: [detailOf(error)],
      advice: adviceOf(error),
      facts: { status: null, preferred: preferred ?? null, used: "http/1.1", server: null, location: null, failure: failureOf(error) }
    }
  }
  const answer = answered.success
  const location = locationOf(answer, url)
  const advice = statusAdvice(answer.status, location, proxied, url)
  const server = fieldOf(answer, "server")
  const shownServer = server === undefined ? undefined : probe.shownText(server)
  const shownLocation = location === undefined ? undefined : probe.shownText(probe.shownUrl(location))
  return {
    ...base,
    status: advice === undefined || answer.status === 404 ? "ok" : "warning",
    lines: [
      `GET without credentials: ${answer.status} (${millis} ms)`,
      versionsOf(preferred),
      ...(shownServer === undefined ? [] : [`server: ${shownServer}`]),
      ...(shownLocation === undefined ? [] : [`redirects to ${shownLocation}`])
    ],
    advice,
    facts: {
      status: answer.status,
      preferred: preferred ?? null,
      used: "http/1.1",
      server: shownServer ?? null,
      location: shownLocation ?? null,
      failure: null
    }
  }
}

/** `exact`: Kerberos is offered, which does not work across a large skew. */
export const clockStage = (answer: Probe.Answer, exact: boolean): ClockStage => {
  const base = { stage: "clock", millis: undefined } as const
  const skew = skewOf({ date: fieldOf(answer, "date"), age: fieldOf(answer, "age"), sent: answer.sent, received: answer.received })
  if (skew === undefined) return { ...base, status: "skipped", lines: ["the server does not tell its time"], advice: undefined, facts: undefined }
  const certain = Math.max(0, Math.abs(skew.ahead) - skew.uncertainty)
  const wrong = certain > harmlessSkew
  return {
    ...base,
    status: !wrong ? "ok" : exact && certain > toleratedSkew ? "broken" : "warning",
    lines: [
      Math.abs(skew.ahead) <= skew.uncertainty
        ? `agrees with the server's, to ${skew.uncertainty} s`
        : `${spanOf(skew.ahead)} ${skew.ahead > 0 ? "ahead of" : "behind"} the server's, to ${skew.uncertainty} s`
    ],
    advice: wrong
      ? "Set the clock of whichever is wrong: "
        + `${exact ? `Kerberos refuses more than ${toleratedSkew / 60} minutes, and ` : ""}tokens and certificates have times`
      : undefined,
    facts: skew
  }
}

const methods: ReadonlyArray<readonly [scheme: string, method: Exclude<Method, "anonymous">]> = [
  ["negotiate", "kerberos"],
  ["digest", "digest"],
  ["ntlm", "ntlm"],
  ["basic", "basic"],
  ["bearer", "bearer"]
]

/** The ways of logging in that are offered and that there are layers for, the strongest first. */
export const methodsOf = (schemes: ReadonlyArray<Offered>): ReadonlyArray<Exclude<Method, "anonymous">> =>
  methods.flatMap(([name, method]) => schemes.some(({ scheme }) => scheme.toLowerCase() === name) ? [method] : [])

const isLoopback = (host: string): boolean => host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host)

/** What is used: the strongest that works here; Kerberos without a ticket only where there is nothing else. */
export const authenticationStage = (
  answer: Probe.Answer,
  ticket: Kerberos.Ticket | undefined,
  certificate: boolean,
  probe: Probe.Probe,
  url: URL
): AuthenticationStage => {
  const base = { stage: "authentication", millis: undefined } as const
  const schemes = offeredOf(answer.challenges, probe.shownText)
  const known = methodsOf(schemes)
  const asked = answer.status === 401
  const usable = known.filter((method) => method !== "kerberos" || ticket?.state === "valid" || known.length === 1)
  const open = url.protocol === "http:" && !isLoopback(url.hostname)
  const closed = usable.filter((method) => !open || (method !== "basic" && method !== "bearer"))
  const use: Method = closed[0] ?? usable[0] ?? known[0] ?? (asked ? "bearer" : "anonymous")
  const offers = schemes.map(offerText)
  const facts = { asked, schemes, use }
  if (!asked) {
    if (answer.status === 403) {
      const missing = `credentials${url.protocol === "https:" && !certificate ? ", or a client certificate," : ""}`
      return {
        ...base,
        status: "warning",
        lines: ["the server refuses, and does not ask for a login", ...offers],
        advice: `Some servers answer 403 where ${missing} are missing; others do not let this address in`,
        facts
      }
    }
    const line = offers.length > 0
      ? `a login may be given: ${offers.join(", ")}`
      : answer.status === 404
      ? "no login is asked for at this path, where there is nothing: try one that is there"
      : "no login is asked for here"
    return { ...base, status: "ok", lines: [line], advice: undefined, facts }
  }
  if (schemes.length === 0) {
    return {
      ...base,
      status: "warning",
      lines: ["the server wants a login and does not say how"],
      advice: "It is probably a token or a key: see the documentation of the API",
      facts
    }
  }
  const lines = offers.map((text) => `offered: ${text}`)
  if (known.length === 0) {
    const advice = "There is no layer for any of these: `Auth.apiKey({ header: \"authorization\", key })` sends a value as it is"
    return { ...base, status: "broken", lines, advice, facts }
  }
  if (closed.length === 0) {
    return {
      ...base,
      status: "broken",
      lines: [...lines, "over plain http anybody on the way can read what is sent"],
      advice: "Use https; calls refuse to send the secret itself over plain http, unless `allowInsecureHttp` is set",
      facts
    }
  }
  return { ...base, status: "ok", lines, advice: undefined, facts }
}

/** `methods`: the ways to log in that are offered. */
export const kerberosStage = (ticket: Kerberos.Ticket, methods: ReadonlyArray<Method>, millis: number): KerberosStage => {
  const other = methods.find((method) => method !== "kerberos")
  const mend = ticket.state === "unavailable" ? ticket.detail : "Get a ticket: kinit"
  return {
    stage: "kerberos",
    status: ticket.state === "valid" ? "ok" : other !== undefined ? "warning" : "broken",
    lines: [ticket.detail],
    advice: ticket.state === "valid" ? undefined : `${mend}${other === undefined ? "" : `. Until then there is ${other}, which is weaker`}`,
    millis,
    facts: { state: ticket.state, principal: ticket.principal ?? null, expires: ticket.expires === undefined ? null : new Date(ticket.expires).toISOString() }
  }
}
