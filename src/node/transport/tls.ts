/** TLS settings of one pool, read from its options and again when their files change, and the sessions that spare a full handshake. */
import { createHash, X509Certificate } from "node:crypto"
import * as Tls from "node:tls"
import * as Redacted from "effect/Redacted"
import type { TlsFailure } from "../../errors/CallError.ts"
import { mergeTls } from "../../services/Call.ts"
import type { CertificateSource, ClientCertificate, TlsOptions } from "../../services/Transport.ts"
import { type OwnCertificate, readAuthorities, readOwnCertificate, readRevocationLists, Seen } from "./certificates.ts"
import type { RevocationList } from "./revocation.ts"
import { TlsProblem, unusable } from "./tlsProblem.ts"

/** TLS options with the layer's filled in, and all that they name read. Never changes: other files make other settings. */
export interface TlsSettings {
  /** equal for settings between which connections and sessions may be shared, and for no others; holds no secret */
  readonly id: string
  readonly verify: boolean
  readonly serverName: string | undefined
  readonly minVersion: Version
  readonly maxVersion: Version
  readonly crl: ReadonlyArray<RevocationList>
  /** base64 SHA-256 */
  readonly pins: ReadonlySet<string>
  /** our own certificate */
  readonly certificate: X509Certificate | undefined
  /** where Node trusts more than was asked for: what was asked for */
  readonly anchors: (() => Anchors) | undefined
  /** made on first use and kept, since reading the authorities takes milliseconds; throws {@link TlsProblem} where the options are unusable */
  readonly context: () => Tls.SecureContext
  /** its files have changed: connections that were made with it are closed instead of being used again */
  readonly retired: boolean
}

type Version = "TLSv1.2" | "TLSv1.3"

/** What an error of `TlsSettings.context` says. */
export const settingsFailure = (error: unknown): TlsFailure =>
  error instanceof TlsProblem ? error.failure : { reason: "configuration", detail: "the `tls` options cannot be used" }

/** Authorities that alone are trusted. */
export class Anchors {
  private readonly certificates: ReadonlyArray<X509Certificate>

  constructor(pems: ReadonlyArray<string>) {
    this.certificates = pems.map((pem) => new X509Certificate(pem))
  }

  /** Does a chain, each of whose certificates was signed by the next, begin with one of them? */
  hold(chain: ReadonlyArray<X509Certificate>): boolean {
    return chain.some((each) =>
      this.certificates.some((anchor) =>
        anchor.fingerprint256 === each.fingerprint256 || (anchor.ca && each.checkIssued(anchor) && each.verify(anchor.publicKey))
      )
    )
  }
}

const maxSources = 32
const maxSessions = 256
// Few files are looked at whenever a connection is wanted; many, at most once in this time.
const fewFiles = 8
const lookMillis = 1000

/** What it takes to go on where an earlier connection left off. */
export interface TlsSession {
  readonly ticket: Buffer
  /** the server's certificate in DER, which is not shown again */
  readonly certificate: Buffer
}

/** Gives {@link TlsSettings} for options and keeps TLS sessions, both bounded. One per transport. */
export class TlsStore {
  /** what is to be logged as a warning, once each */
  readonly notices: Array<string> = []
  /** told of settings that are not used any more, since their files have changed */
  onRetired: (settings: TlsSettings) => void = () => {}
  private readonly merged = new WeakMap<TlsOptions, Source>()
  private readonly mergedForeign = new WeakMap<TlsOptions, Source>()
  private readonly sources = new Map<string, Source>()
  private readonly sessions = new Map<string, TlsSession>()
  private readonly layer: TlsOptions
  private readonly layerSource: Source
  private readonly foreignSource: Source

  constructor(layer: TlsOptions | undefined) {
    this.layer = layer ?? {}
    this.layerSource = this.source(this.layer)
    this.foreignSource = this.layer.certificate === undefined ? this.layerSource : this.source(withoutCertificate(this.layer))
  }

  /**
   * For an origin: the request's options beat the layer's, field by field. A certificate is a credential: the layer's is for the
   * origins of sessions, and not for a `foreign` one.
   */
  settings(options: TlsOptions | undefined, foreign = false): TlsSettings {
    if (options === undefined) return (foreign ? this.foreignSource : this.layerSource).current()
    const merged = foreign ? this.mergedForeign : this.merged
    let source = merged.get(options)
    if (source === undefined) {
      source = this.source(mergeTls(foreign ? withoutCertificate(this.layer) : this.layer, options))
      merged.set(options, source)
    }
    return source.current()
  }

  private source(options: TlsOptions): Source {
    const id = idOf(options)
    const found = this.sources.get(id)
    if (found !== undefined) {
      // the one that was not used for longest gives way
      this.sources.delete(id)
      this.sources.set(id, found)
      return found
    }
    const source = new Source(id, options, this)
    this.sources.set(id, source)
    if (this.sources.size > maxSources) this.sources.delete(this.sources.keys().next().value!)
    return source
  }

  /** A session for this key, which must name everything that decides whether the server is trusted. */
  session(key: string): TlsSession | undefined {
    return this.sessions.get(key)
  }

  /** Keeps a session; the oldest gives way. */
  keep(key: string, session: TlsSession): void {
    this.sessions.delete(key)
    this.sessions.set(key, session)
    if (this.sessions.size > maxSessions) this.sessions.delete(this.sessions.keys().next().value!)
  }

  /** Drops a session. */
  forget(key: string): void {
    this.sessions.delete(key)
  }
}

const withoutCertificate = ({ certificate: _, ...rest }: TlsOptions): TlsOptions => rest

const secretBytes = (value: Redacted.Redacted<string> | Redacted.Redacted<Uint8Array> | undefined): string | undefined => {
  if (value === undefined) return undefined
  const plain: string | Uint8Array = Redacted.value<string | Uint8Array>(value)
  return createHash("sha256").update(plain).digest("base64")
}

const certificateParts = (given: ClientCertificate): ReadonlyArray<unknown> =>
  "pkcs12" in given
    ? ["pkcs12", Redacted.isRedacted(given.pkcs12) ? [secretBytes(given.pkcs12)] : given.pkcs12.file, secretBytes(given.passphrase)]
    : ["pem", given.certificate, Redacted.isRedacted(given.key) ? [secretBytes(given.key)] : given.key.file, secretBytes(given.passphrase)]

/** Equal for equal options; `""` for none. */
const idOf = ({ ca, caMode, certificate, crl, maxVersion, minVersion, pins, serverName, verify }: TlsOptions): string => {
  const parts = [
    verify === false ? false : null,
    empty(ca) ? null : ca,
    caMode === "replace" ? caMode : null,
    empty(crl) ? null : crl,
    certificate === undefined ? null : certificateParts(certificate),
    serverName ?? null,
    minVersion ?? null,
    maxVersion ?? null,
    pins ?? null
  ]
  return parts.every((part) => part === null) ? "" : createHash("sha256").update(JSON.stringify(parts)).digest("base64")
}

const empty = (sources: CertificateSource | ReadonlyArray<CertificateSource> | undefined): boolean =>
  sources === undefined || (Array.isArray(sources) && sources.length === 0)

class Settings implements TlsSettings {
  readonly id: string
  readonly verify: boolean
  readonly serverName: string | undefined
  readonly minVersion: Version
  readonly maxVersion: Version
  readonly crl: ReadonlyArray<RevocationList>
  readonly pins: ReadonlySet<string>
  readonly certificate: X509Certificate | undefined
  readonly anchors: (() => Anchors) | undefined
  retired = false
  private readonly make: () => Tls.SecureContext
  private made: Tls.SecureContext | undefined = undefined

  constructor(id: string, options: TlsOptions, read: Material, make: () => Tls.SecureContext) {
    this.id = id
    this.verify = options.verify ?? true
    this.serverName = options.serverName
    this.minVersion = options.minVersion ?? "TLSv1.2"
    this.maxVersion = options.maxVersion ?? "TLSv1.3"
    this.crl = read.crl
    this.pins = read.pins
    this.certificate = read.own?.leaf
    let anchors: Anchors | undefined
    // Node trusts the authorities that stand in a PKCS#12, wanted or not.
    this.anchors = read.own?.context.pfx === undefined ? undefined : () => anchors ??= new Anchors(read.ca ?? Tls.getCACertificates("default"))
    this.make = make
  }

  readonly context = (): Tls.SecureContext => this.made ??= this.make()
}

/** What the options name, read. */
interface Material {
  /** `undefined`: the platform's */
  readonly ca: ReadonlyArray<string> | undefined
  readonly crl: ReadonlyArray<RevocationList>
  readonly own: OwnCertificate | undefined
  readonly pins: ReadonlySet<string>
  readonly fingerprint: string
}

const nothing: Material = { ca: undefined, crl: [], own: undefined, pins: new Set(), fingerprint: "" }

const isVersion = (value: string): boolean => value === "TLSv1.2" || value === "TLSv1.3"

const check = ({ maxVersion = "TLSv1.3", minVersion = "TLSv1.2", serverName }: TlsOptions): void => {
  for (const [name, value] of Object.entries({ minVersion, maxVersion })) {
    if (!isVersion(value)) throw unusable(`\`${name}\` is not a version that is spoken here`, "Use TLSv1.2 or TLSv1.3")
  }
  if (minVersion > maxVersion) throw unusable("`minVersion` is above `maxVersion`", "Leave one of them out")
  if (serverName !== undefined && !/^[\w.:-]{1,253}$/.test(serverName)) {
    throw unusable("`serverName` is no host name", "Write it without scheme, port and brackets, in ASCII")
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc7469#section-2.4 */
const readPins = (pins: ReadonlyArray<string> | undefined): ReadonlySet<string> => {
  if (pins === undefined) return nothing.pins
  if (pins.length === 0) throw unusable("`pins` is empty, so that no key would do", "Leave it out, or name a key")
  return new Set(pins.map((pin, index) => {
    const found = /^(?:sha256\/{1,2})?([A-Za-z0-9+/]{43}=)$/.exec(pin)
    if (found === null) {
      throw unusable(`\`pins[${index}]\` is not a SHA-256 in base64`, "It has 44 characters, the last one is =, and sha256/ may stand before it")
    }
    return found[1]!
  }))
}

const read = (options: TlsOptions, seen: Seen): Material => {
  check(options)
  const pins = readPins(options.pins)
  const given = readAuthorities(options.ca, seen)
  if (options.caMode === "replace" && given.length === 0 && options.verify !== false) {
    throw unusable("`caMode` is \"replace\", but there is no authority in `ca`: nothing would be trusted", "Name authorities in `ca`")
  }
  const ca = options.caMode === "replace" ? given : given.length === 0 ? undefined : [...Tls.getCACertificates("default"), ...given]
  const crl = readRevocationLists(options.crl, seen)
  const own = options.certificate === undefined ? undefined : readOwnCertificate(options.certificate, seen)
  const hash = createHash("sha256")
  for (const pem of given) hash.update(pem)
  for (const list of crl) hash.update(`${list.nextUpdate?.toISOString()} ${[...list.serials].join(" ")}\0`).update(list.issuer)
  return { ca, crl, own, pins, fingerprint: hash.update(own?.fingerprint ?? "").digest("base64") }
}

const contextOf = (options: TlsOptions, { ca, own }: Material): Tls.SecureContext => {
  try {
    return Tls.createSecureContext({
      minVersion: options.minVersion ?? "TLSv1.2",
      maxVersion: options.maxVersion ?? "TLSv1.3",
      // `ca` of Node replaces its own authorities. What is named there is trusted, be it an intermediate authority or the server's
      // own certificate.
      ...(ca === undefined ? {} : { ca: [...ca], allowPartialTrustChain: true }),
      ...own?.context
    })
  } catch (error) {
    throw unusable("OpenSSL does not take the certificates of `tls`", "Their keys or signatures may be too weak", (error as NodeJS.ErrnoException).code)
  }
}

/** One set of options: its settings as they are now. */
class Source {
  private readonly id: string
  private readonly options: TlsOptions
  private readonly store: TlsStore
  private settings: Settings | undefined = undefined
  /** `settings` can be used */
  private good = false
  private seen = new Seen()
  /** what `settings` were read from */
  private taken = new Seen()
  /** what was read last may not be all */
  private unsettled = false
  private looked = 0
  private warned = false

  constructor(id: string, options: TlsOptions, store: TlsStore) {
    this.id = id
    this.options = options
    this.store = store
  }

  current(): TlsSettings {
    if (this.settings === undefined) return this.load()
    if (this.seen.size === 0) return this.settings
    if (this.seen.size > fewFiles) {
      const now = performance.now()
      if (now - this.looked < lookMillis) return this.settings
      this.looked = now
    }
    return this.unsettled || this.seen.changed() ? this.load() : this.settings
  }

  // What is read while somebody writes is thrown away, and so is what does not fit together: the last good settings stay.
  private load(): TlsSettings {
    this.looked = performance.now()
    this.unsettled = false
    const before = this.settings
    let problem: unknown
    for (let tries = 0; tries < 3; tries++) {
      const seen = new Seen()
      this.seen = seen
      problem = undefined
      try {
        const material = read(this.options, seen)
        const id = seen.size === 0 ? this.id : createHash("sha256").update(`${this.id} ${material.fingerprint}`).digest("base64")
        const context = seen.size === 0 ? undefined : contextOf(this.options, material)
        if (seen.changed()) continue
        if (before !== undefined && this.good && seen.mayGrow(this.taken)) {
          this.unsettled = true
          return before
        }
        this.taken = seen
        this.good = true
        this.warned = false
        // touched, but not changed
        if (before !== undefined && before.id === id) return before
        this.settings = new Settings(id, this.options, material, () => context ?? contextOf(this.options, material))
        if (before !== undefined) {
          before.retired = true
          this.store.onRetired(before)
        }
        return this.settings
      } catch (error) {
        problem = error
        if (!seen.changed()) break
      }
    }
    if (before !== undefined && this.good) {
      if (!this.warned) {
        this.warned = true
        const { detail } = settingsFailure(problem ?? new Error())
        this.store.notices.push(`The files of \`tls\` have changed, but cannot be used; what was read before stays in use: ${detail}`)
      }
      return before
    }
    const failure = problem ?? unusable("the files of `tls` change while they are read", "Write them elsewhere and rename them")
    return this.settings = new Settings(`${this.id}!`, this.options, nothing, () => {
      throw failure
    })
  }
}
