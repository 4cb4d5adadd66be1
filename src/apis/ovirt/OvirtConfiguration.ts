/**
 * Settings of a session with an engine, as the official clients have them.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { ConfigurationInvalid, type Setting } from "../../errors/SessionError.ts"
import * as Generic from "../../layers/config/Configuration.ts"
import { variable } from "../../layers/config/variables.ts"
import { Configuration, type ConfigurationOptions } from "../../services/Configuration.ts"
import type { ClientCertificate, TlsOptions } from "../../services/Transport.ts"
import { parseBaseUrl } from "../../wire/url.ts"
import { wireLog } from "./wireLog.ts"

/** Where the engine is, and how to talk to it. */
export interface OvirtOptions extends Omit<ConfigurationOptions, "baseUrl"> {
  /**
   * the engine, with or without the API's path: `https://engine.example.com` is `https://engine.example.com/ovirt-engine/api`
   * (in version 3 `/api`). Any other path is taken as it is
   */
  readonly url: string
  /** fills in where the URL has none */
  readonly port?: number | undefined
  /** of the API. Default 4 */
  readonly version?: 3 | 4 | undefined
  /** authorities that are trusted beside the platform's own: PEM text, `{ file }`, or `{ store: "system" }` for just those */
  readonly ca?: TlsOptions["ca"] | undefined
  /** accepts any certificate. Default `false` */
  readonly insecure?: boolean | undefined
  /** who this client is, for web servers that ask for a certificate: with `certificate` and `key`, or `pkcs12` */
  readonly certificate?: ClientCertificate | undefined
  /** only what the user may see, which all need who are no administrators. Default `false` */
  readonly filter?: boolean | undefined
  /** logs each request and response, with secrets masked: in bodies by their names, `redact` included; bodies of responses are not shown. Default `false` */
  readonly debug?: boolean | undefined
}

/** what `OvirtOptions` are called where they are told to be wrong */
type Named = Partial<Record<"url" | "port" | "version" | "ca" | "insecure", string>>

/**
 * Settings from given values. Fails with `ConfigurationInvalid` for a URL that is none, and for https without `ca` (or `tls`
 * with authorities or pins) and without `insecure`, since engines have certificates of an authority of their own.
 *
 * @example
 * ```ts
 * OvirtConfiguration.layer({ url: "https://engine.example.com", ca: { file: "ca.pem" }, filter: true, timeout: "20 seconds" })
 * ```
 */
export const layer = (options: OvirtOptions): Layer.Layer<Configuration, ConfigurationInvalid> => built(options, {}, {})

const built = (options: OvirtOptions, sources: Configuration["Service"]["sources"], names: Named): Layer.Layer<Configuration, ConfigurationInvalid> => {
  const read = toConfiguration(options, names)
  const hooks = options.debug === true ? wireLog(options.redact) : undefined
  return Layer.effect(Configuration, Result.isFailure(read)
    ? Effect.fail(new ConfigurationInvalid({ settings: read.failure }))
    : Effect.succeed({ options: read.success, sources, hooks }))
}

/** The API's address, for an engine's: its path and its port are filled in. */
export const apiUrl = (url: string, options: { readonly port?: number | undefined; readonly version?: 3 | 4 | undefined } = {}): Result.Result<URL, string> =>
  Result.map(parseBaseUrl(url), (parsed) => {
    const path = parsed.pathname.replace(/\/+$/, "")
    parsed.pathname = path === "" ? (options.version === 3 ? "/api" : "/ovirt-engine/api") : path.endsWith("/ovirt-engine") ? `${path}/api` : path
    // the URL may name its scheme's own port, which a parsed one does not show
    if (options.port !== undefined && parsed.port === "" && !/^[a-z]+:\/\/[^/?#]*:\d+(?:[/?#]|$)/i.test(url.trim())) parsed.port = String(options.port)
    return parsed
  })

const toConfiguration = (options: OvirtOptions, names: Named): Result.Result<ConfigurationOptions, ReadonlyArray<Setting>> => {
  const { ca, certificate, debug: _debug, filter, headers, insecure, port, tls, url, version, ...others } = options
  const wrong: Array<Setting> = []
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) wrong.push({ name: names.port ?? "port", expected: "expected a number from 1 to 65535" })
  const parsed = apiUrl(url, { port: wrong.length === 0 ? port : undefined, version })
  if (Result.isFailure(parsed)) return Result.fail([{ name: names.url ?? "url", expected: `expected ${parsed.failure}` }, ...wrong])
  const base = parsed.success
  const trust = ca ?? tls?.ca
  const unverified = insecure === true || tls?.verify === false
  if (base.protocol === "https:" && !unverified && trust === undefined && tls?.pins === undefined) {
    wrong.push({
      name: names.ca ?? "ca",
      expected: "expected the authority that signed the engine's certificate, as a PEM text or file ("
        + `it is at ${base.origin}/ovirt-engine/services/pki-resource?resource=ca-certificate&format=X509-PEM-CA; check it before you trust it), `
        + `"system" for the operating system's authorities, or ${names.insecure ?? "insecure"} true to accept any certificate`
    })
  }
  if (wrong.length > 0) return Result.fail(wrong)
  const allTls: TlsOptions = {
    ...tls,
    ...(trust === undefined ? {} : { ca: trust }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(insecure === true ? { verify: false } : {})
  }
  return Result.succeed({
    ...others,
    baseUrl: base.href.replace(/\/$/, ""),
    headers: {
      ...headers,
      ...(version === undefined ? {} : { version: String(version) }),
      ...(filter === undefined ? {} : { filter: String(filter) })
    },
    ...(Object.keys(allTls).length === 0 || base.protocol === "http:" ? {} : { tls: allTls })
  })
}

/**
 * Settings from `ConfigProvider`: `<PREFIX>_URL`, `<PREFIX>_PORT`, `<PREFIX>_VERSION` (3 or 4), `<PREFIX>_INSECURE`,
 * `<PREFIX>_FILTER` and `<PREFIX>_DEBUG` (`true` or `false`), `<PREFIX>_CA_FILE` (a PEM file or text, or `system`), and the other
 * variables of `Configuration.fromConfig`. Those that are set beat `options`. The prefix is `OVIRT` unless said otherwise.
 *
 * @example
 * ```ts
 * OvirtConfiguration.fromConfig() // OVIRT_URL, OVIRT_CA_FILE, OVIRT_FILTER, …
 * ```
 */
export const fromConfig = (prefix = "OVIRT", options: Partial<OvirtOptions> = {}): Layer.Layer<Configuration, ConfigurationInvalid> =>
  Layer.unwrap(Effect.gen(function*() {
    const name = (suffix: string) => `${prefix}_${suffix}`
    const wrong: Array<Setting> = []
    const truth = (suffix: string) => Effect.map(variable(name(suffix)), (text) => {
      if (text !== undefined && text !== "true" && text !== "false") wrong.push({ name: name(suffix), expected: "expected \"true\" or \"false\"" })
      return text === undefined ? undefined : text === "true"
    })
    const { ca, certificate, debug, filter, insecure, port, url, version, ...generic } = options
    const found = {
      insecure: yield* truth("INSECURE"),
      filter: yield* truth("FILTER"),
      debug: yield* truth("DEBUG"),
      port: yield* variable(name("PORT")),
      version: yield* variable(name("VERSION"))
    }
    if (found.port !== undefined && !/^\d{1,5}$/.test(found.port)) wrong.push({ name: name("PORT"), expected: "expected a number from 1 to 65535" })
    if (found.version !== undefined && found.version !== "3" && found.version !== "4") wrong.push({ name: name("VERSION"), expected: "expected 3 or 4" })
    if (wrong.length > 0) return yield* new ConfigurationInvalid({ settings: wrong })
    const given = { ...(ca === undefined ? {} : { ca }), ...(certificate === undefined ? {} : { certificate }) }
    const tls: TlsOptions = { ...generic.tls, ...given }
    const known = { ...generic, baseUrl: url, ...(Object.keys(tls).length === 0 ? {} : { tls }) }
    const { options: read, sources } = yield* Effect.provide(Configuration, Generic.fromConfig(prefix, known))
    const { baseUrl, ...others } = read
    if (baseUrl === undefined) {
      const expected = "expected the engine's address, such as https://engine.example.com"
      return yield* new ConfigurationInvalid({ settings: [{ name: name("URL"), expected }] })
    }
    return built(
      {
        ...others,
        url: baseUrl,
        port: found.port === undefined ? port : Number(found.port),
        version: found.version === undefined ? version : found.version === "3" ? 3 : 4,
        insecure: found.insecure ?? insecure,
        filter: found.filter ?? filter,
        debug: found.debug ?? debug
      },
      sources,
      { url: name("URL"), port: name("PORT"), ca: name("CA_FILE"), insecure: name("INSECURE") }
    )
  }))
