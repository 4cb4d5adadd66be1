/**
 * What a diagnosis says, as data: one stage after the other, in the order in which a call passes them.
 */
import type { TlsCertificate } from "credence/errors"
import type { Kerberos } from "credence/node"

/** `skipped`: there was nothing to look at, or an earlier stage is broken. */
export type Status = "ok" | "warning" | "broken" | "skipped"

interface StageOf<Name extends string, Facts> {
  readonly stage: Name
  readonly status: Status
  /** for people: one fact a line. No secret is in them */
  readonly lines: ReadonlyArray<string>
  /** what to do, where it is no `ok` */
  readonly advice: string | undefined
  /** how long it took; `undefined`: nothing was sent */
  readonly millis: number | undefined
  /** `undefined`: nothing was found out */
  readonly facts: Facts | undefined
}

/** Why a stage is broken, as a call would fail. */
export interface Failure {
  /** tag of the error */
  readonly tag: string
  /** its reason, or the phase of a timeout */
  readonly reason: string | undefined
  readonly code: string | undefined
}

/** What the environment and the profile say, where a prefix was given: names of variables only, never their values. */
export type SettingsStage = StageOf<"settings", { readonly prefix: string; readonly profile: string | null; readonly set: ReadonlyArray<string> }>

/** Which proxy a call takes, and why. */
export type RouteStage = StageOf<"route", {
  readonly proxy: { readonly label: string; readonly protocol: "http" | "socks5"; readonly secure: boolean; readonly login: boolean } | null
  readonly reason: string
}>

/** Addresses of the host that is connected to: the proxy, or the server. */
export type DnsStage = StageOf<"dns", { readonly host: string; readonly addresses: ReadonlyArray<string>; readonly failure: Failure | null }>

/** Does something listen at each address? */
export type TcpStage = StageOf<"tcp", {
  readonly port: number
  readonly addresses: ReadonlyArray<{ readonly address: string; readonly open: boolean; readonly millis: number; readonly failure: Failure | null }>
}>

/** What the proxy says. */
export type ProxyStage = StageOf<"proxy", {
  /** to a request without credentials; `null` of SOCKS, or where nothing came */
  readonly status: number | null
  readonly schemes: ReadonlyArray<Offered>
  readonly failure: Failure | null
}>

/** TLS with the server. */
export type TlsStage = StageOf<"tls", {
  readonly version: string | null
  readonly cipher: string | null
  /** its own certificate first */
  readonly chain: ReadonlyArray<TlsCertificate>
  readonly names: string | null
  readonly fingerprint: string | null
  readonly trusted: boolean
  /** name of the authority that would have to be trusted */
  readonly missingAuthority: string | null
  readonly clientCertificate: "not asked for" | "asked for" | "given"
  readonly failure: Failure | null
}>

/** The answer to a request without credentials. */
export type HttpStage = StageOf<"http", {
  readonly status: number | null
  /** what the server chooses when it may choose h2, too; `null`: it does not say, or could not be asked */
  readonly preferred: string | null
  /** what calls are made with */
  readonly used: "http/1.1"
  readonly server: string | null
  /** of a redirect */
  readonly location: string | null
  readonly failure: Failure | null
}>

/** This machine's clock against the server's. */
export type ClockStage = StageOf<"clock", {
  /** seconds by which this machine is ahead of the server; negative: behind */
  readonly ahead: number
  /** it may be so many seconds more or less */
  readonly uncertainty: number
}>

/** How the server, or a proxy, may be logged in at. */
export interface Offered {
  readonly scheme: string
  readonly realm: string | undefined
  /** of Digest */
  readonly algorithm: string | undefined
}

/** How the server wants to be logged in at. */
export type AuthenticationStage = StageOf<"authentication", {
  readonly asked: boolean
  readonly schemes: ReadonlyArray<Offered>
  /** what the code below uses */
  readonly use: Method
}>

/** The tickets of who runs this, where Negotiate is offered. */
export type KerberosStage = StageOf<"kerberos", {
  readonly state: Kerberos.Ticket["state"]
  readonly principal: string | null
  readonly expires: string | null
}>

/** A description that the server gives of itself. */
export interface Found {
  readonly kind: "OpenAPI" | "OpenID Connect" | "OAuth 2" | "OAuth 2 protected resource"
  readonly url: string
  /** of OpenAPI */
  readonly version: string | undefined
  /** of OpenID Connect and OAuth 2 */
  readonly issuer: string | undefined
  /** is it the issuer whose document stands there? */
  readonly fits: boolean
}

/** What the server tells about itself at well-known places. */
export type DiscoveryStage = StageOf<"discovery", { readonly found: ReadonlyArray<Found>; readonly asked: number }>

export type Stage =
  | SettingsStage
  | RouteStage
  | DnsStage
  | TcpStage
  | ProxyStage
  | TlsStage
  | HttpStage
  | ClockStage
  | AuthenticationStage
  | KerberosStage
  | DiscoveryStage

export type StageName = Stage["stage"]

/** A way to log in that the runtime has a layer for. */
export type Method = "anonymous" | "kerberos" | "digest" | "ntlm" | "basic" | "bearer"

/** The whole diagnosis. */
export interface Report {
  /** as it may be shown */
  readonly url: string
  /** in the order in which they were looked at */
  readonly stages: ReadonlyArray<Stage>
  /** the first that is broken */
  readonly broken: StageName | undefined
  /** see {@link exitCodes} */
  readonly exitCode: number
  /** TypeScript of the Layers for this server */
  readonly code: string
}

/** Exit codes by the first broken stage. */
export const exitCodes: Readonly<Record<Exclude<StageName, "settings" | "route" | "discovery">, number>> = {
  dns: 10,
  proxy: 11,
  tcp: 12,
  tls: 13,
  http: 14,
  authentication: 15,
  clock: 16,
  kerberos: 17
}

/** The exit code of a diagnosis. A proxy that cannot be used as it is set is the proxy's. */
export const exitCodeOf = (broken: StageName | undefined): number =>
  broken === undefined || broken === "settings" || broken === "discovery" ? 0 : exitCodes[broken === "route" ? "proxy" : broken]

