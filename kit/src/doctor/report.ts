/**
 * From the stages that were looked at to the whole report, with the code that fits them.
 */
import type { Kerberos, Probe } from "credence/node"
import type { ProxyOption } from "credence/Transport"
import { methodsOf } from "./answer.ts"
import { codeFor, type ProxyCode } from "./code.ts"
import type { ExamineOptions } from "./examine.ts"
import { exitCodeOf, type Offered, type Report, type Stage, type StageName } from "./model.ts"

/** A stage that there is nothing to tell about. */
export const skipped = <Name extends StageName>(stage: Name, why: string): Extract<Stage, { readonly stage: Name }> =>
  // a stage without facts has this shape, whichever it is
  ({ stage, status: "skipped", lines: [why], advice: undefined, millis: undefined, facts: undefined }) as unknown as Extract<Stage, { readonly stage: Name }>

/** As a call passes them; `settings` comes first where it was asked for. */
const order: ReadonlyArray<StageName> = ["route", "dns", "tcp", "proxy", "tls", "http", "clock", "authentication", "kerberos", "discovery"]

/** The report. What was not looked at is there, too, and says why. */
export const reportOf = (options: ExamineOptions, probe: Probe.Probe, seen: ReadonlyArray<Stage>): Report => {
  const { ca, certificate, prefix, profile, proxy, url } = options
  const byName = new Map(seen.map((stage) => [stage.stage, stage]))
  // kept together with their names above
  const find = <Name extends StageName>(name: Name) => byName.get(name) as Extract<Stage, { readonly stage: Name }> | undefined
  const first = [...order].find((name) => byName.get(name)?.status === "broken")
  const settings = find("settings")
  const stages = [
    ...(settings === undefined ? [] : [settings]),
    ...order.map((name) => byName.get(name) ?? skipped(name, `not looked at, since ${first ?? "an earlier stage"} is broken`))
  ]
  const authentication = find("authentication")?.facts
  const tls = find("tls")?.facts
  const missing = tls?.missingAuthority ?? undefined
  return {
    url: probe.shownUrl(url),
    stages,
    broken: first,
    exitCode: exitCodeOf(first),
    code: codeFor({
      baseUrl: `${url.origin}${url.pathname}`,
      prefix,
      method: authentication?.use ?? "anonymous",
      // that a path where there is nothing asks for no login says nothing about the others
      known: authentication !== undefined && (authentication.schemes.length > 0 || (find("http")?.facts?.status ?? 500) < 400),
      ca: ca !== undefined ? { file: ca, of: undefined } : missing === undefined ? undefined : { file: "company-ca.pem", of: missing },
      certificate: certificate ?? (tls?.clientCertificate === "asked for" ? { certificate: "client.crt", key: "client.key" } : undefined),
      proxy: proxyFor(proxy, find("route")?.facts?.proxy ?? undefined, url, find("proxy")?.facts?.schemes ?? [], find("kerberos")?.facts?.state),
      profile
    })
  }
}

/** A proxy as the code is to have it: the environment's is found by itself, unless it wants a login that is not there. */
const proxyFor = (
  option: ProxyOption | undefined,
  found: Probe.Route["proxy"],
  url: URL,
  offered: ReadonlyArray<Offered>,
  ticket: Kerberos.Ticket["state"] | undefined
): "none" | ProxyCode | undefined => {
  if (option === "none") return "none"
  const all = methodsOf(offered)
  const method = all.find((each) => each !== "kerberos" || ticket === "valid") ?? all[0]
  if (typeof option !== "object") {
    return found === undefined || found.login || method === undefined
      ? undefined
      : { url: `${found.protocol === "http" && found.secure ? "https" : found.protocol}://${found.label}`, method, ca: undefined }
  }
  const server = "url" in option ? option : url.protocol === "https:" ? option.https : option.http
  if (server === undefined || server === "none") return "none"
  const parsed = URL.parse(server.url)
  if (parsed === null) return undefined
  const ca = server.tls?.ca
  return {
    url: `${parsed.protocol}//${parsed.host}`,
    method: method ?? (parsed.username === "" ? "anonymous" : "basic"),
    ca: typeof ca === "object" && "file" in ca ? ca.file : undefined
  }
}
