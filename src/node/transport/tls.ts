/** TLS settings of one pool, and the sessions that spare a full handshake next time. */
import { createHash } from "node:crypto"
import * as Tls from "node:tls"
import type { TlsOptions } from "../../services/Transport.ts"

/** TLS options with the layer's filled in, and a name that is equal for equal options. */
export interface TlsSettings {
  readonly id: string
  readonly verify: boolean
  /** made on first use and kept, since reading the authorities takes milliseconds; throws when `ca` is no certificate */
  readonly context: () => Tls.SecureContext
}

const maxContexts = 32
const maxSessions = 256

/** Gives {@link TlsSettings} for options and keeps TLS sessions, both bounded. One per transport. */
export class TlsStore {
  private readonly byOptions = new WeakMap<TlsOptions, TlsSettings>()
  private readonly byId = new Map<string, TlsSettings>()
  private readonly sessions = new Map<string, Buffer>()
  private readonly layer: TlsOptions | undefined
  private plain: TlsSettings | undefined = undefined

  constructor(layer: TlsOptions | undefined) {
    this.layer = layer
  }

  /** The request's options beat the layer's, field by field. */
  settings(options: TlsOptions | undefined): TlsSettings {
    if (options === undefined) return this.plain ??= this.make(this.layer)
    let settings = this.byOptions.get(options)
    if (settings === undefined) {
      settings = this.make({ verify: options.verify ?? this.layer?.verify, ca: options.ca ?? this.layer?.ca })
      this.byOptions.set(options, settings)
    }
    return settings
  }

  private make(options: TlsOptions | undefined): TlsSettings {
    const verify = options?.verify ?? true
    const ca = options?.ca === undefined ? [] : typeof options.ca === "string" ? [options.ca] : options.ca
    const id = verify && ca.length === 0 ? "" : createHash("sha256").update(JSON.stringify([verify, ca])).digest("base64")
    const found = this.byId.get(id)
    if (found !== undefined) return found
    let context: Tls.SecureContext | undefined
    const settings: TlsSettings = {
      id,
      verify,
      // `ca` of Node replaces its own authorities; here it adds to them.
      context: () => context ??= Tls.createSecureContext(ca.length === 0 ? {} : { ca: [...Tls.getCACertificates("default"), ...ca] })
    }
    this.byId.set(id, settings)
    if (this.byId.size > maxContexts) this.byId.delete(this.byId.keys().next().value!)
    return settings
  }

  /** A session for this key, which must name everything that decides whether the server is trusted. */
  session(key: string): Buffer | undefined {
    return this.sessions.get(key)
  }

  /** Keeps a session; the oldest gives way. */
  keep(key: string, session: Buffer): void {
    this.sessions.delete(key)
    this.sessions.set(key, session)
    if (this.sessions.size > maxSessions) this.sessions.delete(this.sessions.keys().next().value!)
  }
}
