/**
 * Fills {@link Configuration}: given values, or Effect's `ConfigProvider` (the environment by default).
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { ConfigurationInvalid, type Setting } from "../../errors/SessionError.ts"
import { Configuration, type ConfigurationOptions } from "../../services/Configuration.ts"
import { parseBaseUrl } from "../../wire/url.ts"
import { proxyServer } from "./proxy.ts"
import { tls as tlsVariables } from "./tls.ts"
import { duration, variable } from "./variables.ts"

export { Configuration } from "../../services/Configuration.ts"
export type { ConfigurationOptions } from "../../services/Configuration.ts"

/**
 * Given values.
 *
 * @example
 * ```ts
 * Configuration.layer({ baseUrl: "https://billing.example.com/v1", timeout: "20 seconds" })
 * ```
 */
export const layer = (options: ConfigurationOptions = {}): Layer.Layer<Configuration> => Layer.succeed(Configuration, { options, sources: {} })

/**
 * Values from `ConfigProvider`: `<PREFIX>_URL`, `<PREFIX>_TIMEOUT` and `<PREFIX>_DEADLINE` (seconds, or `30 seconds`),
 * `<PREFIX>_PROXY` (an http, https or socks5 URL, which may hold the proxy's user name and password, `environment` or `none`),
 * `<PREFIX>_USER_AGENT`. Those that are set beat `options`.
 *
 * TLS: `<PREFIX>_CA_FILE` (a PEM file, `system` or `node`), `<PREFIX>_CA_MODE` (`add` or `replace`), `<PREFIX>_CLIENT_CERTIFICATE`
 * (a PEM file, or PKCS#12 whose name ends with `.p12` or `.pfx`), `<PREFIX>_CLIENT_KEY` (default: in the same file),
 * `<PREFIX>_CLIENT_KEY_PASSPHRASE`, `<PREFIX>_TLS_MIN_VERSION`, `<PREFIX>_TLS_VERIFY` (`true` or `false`). Instead of a PEM file its
 * text may be given. Of `options.tls` each member is beaten by its own variable.
 *
 * @example
 * ```ts
 * Configuration.fromConfig("ARGUS_API", { retry: "none" }) // ARGUS_API_URL, ARGUS_API_TIMEOUT, …
 * ```
 */
export const fromConfig = (prefix: string, options: ConfigurationOptions = {}): Layer.Layer<Configuration, ConfigurationInvalid> =>
  Layer.effect(Configuration, Effect.gen(function*() {
    const names = {
      baseUrl: `${prefix}_URL`,
      timeout: `${prefix}_TIMEOUT`,
      deadline: `${prefix}_DEADLINE`,
      proxy: `${prefix}_PROXY`,
      userAgent: `${prefix}_USER_AGENT`
    }
    const texts = yield* Effect.all({
      baseUrl: variable(names.baseUrl),
      timeout: variable(names.timeout),
      deadline: variable(names.deadline),
      proxy: variable(names.proxy),
      userAgent: variable(names.userAgent)
    })
    const tls = yield* tlsVariables(prefix)
    const wrong: Array<Setting> = [...tls.wrong]
    const read = <A>(text: string | undefined, parse: (text: string) => Result.Result<A, Setting>): A | undefined => {
      const result = text === undefined ? undefined : parse(text)
      if (result === undefined || Result.isSuccess(result)) return result?.success
      wrong.push(result.failure)
      return undefined
    }
    const found: ConfigurationOptions = {
      baseUrl: read(texts.baseUrl, (text) => Result.mapError(Result.map(parseBaseUrl(text), () => text), (expected) => ({ name: names.baseUrl, expected: `expected ${expected}` }))),
      timeout: read(texts.timeout, (text) => duration(names.timeout, text)),
      deadline: read(texts.deadline, (text) => duration(names.deadline, text)),
      proxy: read(texts.proxy, (text) => {
        const proxy = text === "environment" || text === "none" ? text : proxyServer(text)
        return proxy === undefined
          ? Result.fail({ name: names.proxy, expected: "expected an http, https or socks5 URL, \"environment\" or \"none\"" })
          : Result.succeed(proxy)
      }),
      userAgent: texts.userAgent,
      tls: tls.options === undefined ? undefined : { ...options.tls, ...tls.options }
    }
    if (wrong.length > 0) return yield* new ConfigurationInvalid({ settings: wrong })
    const set = Object.entries(found).filter(([, value]) => value !== undefined)
    return {
      options: { ...options, ...Object.fromEntries(set) },
      // a name is also where a value that is missing would have come from
      sources: {
        ...Object.fromEntries(Object.entries(names).filter(([key]) => found[key as keyof typeof names] !== undefined || options[key as keyof typeof names] === undefined)),
        ...(tls.options === undefined ? {} : { tls: tls.names.join(", ") })
      }
    }
  }))
