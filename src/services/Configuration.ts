/**
 * Where a session talks to, and its settings. Filled by `Configuration.layer`, `Configuration.fromConfig` or a profile.
 */
import * as Context from "effect/Context"
import type { DecodeMode } from "./Call.ts"
import type { Hooks } from "./Hooks.ts"
import type { PolicyOptions } from "./Policy.ts"
import type { ProxyOption, TlsOptions } from "./Transport.ts"

export interface ConfigurationOptions extends PolicyOptions {
  /** absolute; its path is a prefix of every endpoint's. Default: the API's own, where it has one */
  readonly baseUrl?: string | undefined
  /** sent with every request, to this origin only */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** `User-Agent` (RFC 9110 section 10.1.5). Default `credence/<version>` */
  readonly userAgent?: string | undefined
  readonly tls?: TlsOptions | undefined
  readonly proxy?: ProxyOption | undefined
  readonly decode?: DecodeMode | undefined
  /** names of fields, headers and query parameters whose values are secret, besides the well-known ones */
  readonly redact?: ReadonlyArray<string> | undefined
  /** lets credentials travel over plain http to a host that is not loopback. Default false */
  readonly allowInsecureHttp?: boolean | undefined
}

/** A session's settings, and for `explain` where they came from. */
export class Configuration extends Context.Service<Configuration, {
  readonly options: ConfigurationOptions
  /** name of the source of each setting, e.g. `ARGUS_API_URL` */
  readonly sources: Readonly<Partial<Record<keyof ConfigurationOptions, string>>>
  /** what the settings bring along, such as a wire log; outside of those of `Hooks.layer`, which they take nothing away from */
  readonly hooks?: ReadonlyArray<Hooks> | undefined
}>()("credence/Configuration") {}
