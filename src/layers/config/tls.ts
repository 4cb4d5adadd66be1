/** TLS options from Effect's `ConfigProvider`. Files are only named here; the transport reads them. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ConfigurationInvalid, Setting } from "../../errors/SessionError.ts"
import type { CertificateSource, ClientCertificate, TlsOptions } from "../../services/Transport.ts"
import { secret, variable } from "./variables.ts"

/** What was found. `options` is `undefined` where nothing is set. */
export interface FoundTls {
  readonly options: TlsOptions | undefined
  /** the variables that are set */
  readonly names: ReadonlyArray<string>
  readonly wrong: ReadonlyArray<Setting>
}

const isPem = (text: string): boolean => text.includes("-----BEGIN ")

const sourceOf = (text: string): CertificateSource => text === "system" || text === "node" ? { store: text } : isPem(text) ? text : { file: text }

// the old kind has fields before the key, with hyphens in them (RFC 1421)
const keys = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?-----END \1-----/g

const versions: Readonly<Record<string, "TLSv1.2" | "TLSv1.3">> = { "1.2": "TLSv1.2", "TLSv1.2": "TLSv1.2", "1.3": "TLSv1.3", "TLSv1.3": "TLSv1.3" }

/** Reads `<PREFIX>_CA_FILE` and its relatives. */
export const tls = (prefix: string): Effect.Effect<FoundTls, ConfigurationInvalid> =>
  Effect.gen(function*() {
    const names = {
      ca: `${prefix}_CA_FILE`,
      caMode: `${prefix}_CA_MODE`,
      certificate: `${prefix}_CLIENT_CERTIFICATE`,
      key: `${prefix}_CLIENT_KEY`,
      passphrase: `${prefix}_CLIENT_KEY_PASSPHRASE`,
      minVersion: `${prefix}_TLS_MIN_VERSION`,
      verify: `${prefix}_TLS_VERIFY`
    }
    const given = yield* Effect.all({
      ca: variable(names.ca),
      caMode: variable(names.caMode),
      certificate: variable(names.certificate),
      key: variable(names.key),
      passphrase: secret(names.passphrase),
      minVersion: variable(names.minVersion),
      verify: variable(names.verify)
    })
    const { caMode, certificate, key, passphrase } = given
    const wrong: Array<Setting> = []
    if (caMode !== undefined && caMode !== "add" && caMode !== "replace") wrong.push({ name: names.caMode, expected: "expected \"add\" or \"replace\"" })
    if (given.verify !== undefined && given.verify !== "true" && given.verify !== "false") {
      wrong.push({ name: names.verify, expected: "expected \"true\" or \"false\"" })
    }
    const minVersion = given.minVersion === undefined ? undefined : versions[given.minVersion]
    if (given.minVersion !== undefined && minVersion === undefined) wrong.push({ name: names.minVersion, expected: "expected TLSv1.2 or TLSv1.3" })
    let own: ClientCertificate | undefined
    const more = passphrase === undefined ? {} : { passphrase }
    if (certificate === undefined) {
      if (key !== undefined || passphrase !== undefined) {
        wrong.push({ name: names.certificate, expected: `expected a certificate beside ${key === undefined ? names.passphrase : names.key}` })
      }
    } else if (/\.(?:p12|pfx)$/i.test(certificate)) {
      if (key !== undefined) wrong.push({ name: names.key, expected: "expected none: PKCS#12 holds the key" })
      own = { pkcs12: { file: certificate }, ...more }
    } else if (isPem(certificate)) {
      // what stands in a variable may be PEM itself; one text may hold both
      own = { certificate: certificate.replace(keys, ""), key: key === undefined ? Redacted.make(certificate) : keyOf(key), ...more }
    } else {
      own = { certificate: { file: certificate }, key: key === undefined ? { file: certificate } : keyOf(key), ...more }
    }
    const options: TlsOptions = {
      ...(given.ca === undefined ? {} : { ca: sourceOf(given.ca) }),
      ...(caMode === "add" || caMode === "replace" ? { caMode } : {}),
      ...(own === undefined ? {} : { certificate: own }),
      ...(minVersion === undefined ? {} : { minVersion }),
      ...(given.verify === undefined ? {} : { verify: given.verify !== "false" })
    }
    const set = Object.entries(given).filter(([, value]) => value !== undefined)
    return {
      options: Object.keys(options).length === 0 ? undefined : options,
      names: set.map(([name]) => names[name as keyof typeof names]),
      wrong
    }
  })

const keyOf = (text: string): Redacted.Redacted<string> | { readonly file: string } => isPem(text) ? Redacted.make(text) : { file: text }
