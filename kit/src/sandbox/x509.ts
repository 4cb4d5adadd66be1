/**
 * Makes certificates, so that no key lies in a repository and no program has to be installed: what a server, its clients and
 * their authority need on loopback, and no more.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4 the certificate
 * @see https://www.rfc-editor.org/rfc/rfc5758#section-3.2 ECDSA with SHA-256
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"

/** PEM texts of a private key and its certificate. */
export interface Identity {
  readonly key: string
  readonly cert: string
}

/** Who signs certificates. */
export interface Authority extends Identity {
  /** A key and a certificate for it. */
  readonly issue: (wanted: CertificateOptions) => Identity
  /** A certificate for a public key that somebody else has. */
  readonly sign: (publicKey: KeyObject, wanted: CertificateOptions) => string
}

export interface CertificateOptions {
  /** The common name, and the organization. */
  readonly subject: { readonly CN: string; readonly O?: string | undefined }
  readonly dns?: ReadonlyArray<string> | undefined
  /** Four or sixteen bytes each. */
  readonly ip?: ReadonlyArray<Uint8Array> | undefined
  readonly use?: "server" | "client" | undefined
  /** Epoch milliseconds; from yesterday for thirty days unless given. */
  readonly validFrom?: number | undefined
  readonly validTo?: number | undefined
}

const DAY = 86_400_000

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

export const sequence = (...parts: ReadonlyArray<Uint8Array>): Buffer => der(0x30, ...parts)
export const set = (...parts: ReadonlyArray<Uint8Array>): Buffer => der(0x31, ...parts)
export const explicit = (number: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => der(0xa0 + number, ...parts)
export const integer = (value: Uint8Array): Buffer => der(0x02, (value[0] ?? 0) >= 0x80 ? Buffer.from([0, ...value]) : value)

export const oid = (text: string): Buffer => {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const out = [part & 0x7f]
    for (let left = part >> 7; left > 0; left >>= 7) out.unshift((left & 0x7f) | 0x80)
    return out
  })
  return der(0x06, Buffer.from(bytes))
}

const time = (millis: number): Buffer => der(0x18, Buffer.from(`${new Date(millis).toISOString().replace(/\.\d+Z$|[-:T]/g, "")}Z`))
const name = ({ CN, O }: CertificateOptions["subject"]): Buffer =>
  sequence(...[["2.5.4.3", CN], ["2.5.4.10", O]].flatMap(([id, value]) => id === undefined || value === undefined ? [] : [set(sequence(oid(id), der(0x0c, Buffer.from(value))))]))
const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value))

const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"))

const pem = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString("base64").replace(/(.{64})(?=.)/g, "$1\n")}\n-----END ${label}-----\n`

const keyId = (publicKey: KeyObject): Buffer => createHash("sha1").update(publicKey.export({ type: "spki", format: "der" })).digest()

interface Signer {
  readonly subject: CertificateOptions["subject"]
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const certificate = (signer: Signer, publicKey: KeyObject, options: CertificateOptions & { readonly authority?: boolean }): string => {
  const names = [...(options.dns ?? []).map((dns) => der(0x82, Buffer.from(dns))), ...(options.ip ?? []).map((ip) => der(0x87, ip))]
  const purpose = options.use === "client" ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1"
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.from([0x40, ...randomBytes(15)])),
    ecdsaWithSha256,
    name(signer.subject),
    sequence(time(options.validFrom ?? Date.now() - DAY), time(options.validTo ?? Date.now() + 30 * DAY)),
    name(options.subject),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(
      extension("2.5.29.19", true, options.authority === true ? sequence(der(0x01, Buffer.from([0xff]))) : sequence()),
      // digitalSignature, or keyCertSign and cRLSign
      extension("2.5.29.15", true, options.authority === true ? der(0x03, Buffer.from([1, 0x06])) : der(0x03, Buffer.from([7, 0x80]))),
      ...(options.authority === true ? [] : [extension("2.5.29.37", false, sequence(oid(purpose)))]),
      ...(names.length === 0 ? [] : [extension("2.5.29.17", false, sequence(...names))]),
      extension("2.5.29.14", false, der(0x04, keyId(publicKey))),
      extension("2.5.29.35", false, sequence(der(0x80, keyId(signer.publicKey))))
    ))
  )
  return pem("CERTIFICATE", sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), sign("sha256", body, signer.privateKey))))
}

const keys = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" })

const keyText = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString()

/** A new authority, which trusts itself. */
export const makeAuthority = (subject: CertificateOptions["subject"]): Authority => {
  const own: Signer = { subject, ...keys() }
  return {
    key: keyText(own.privateKey),
    cert: certificate(own, own.publicKey, { subject, authority: true }),
    issue: (wanted) => {
      const pair = keys()
      return { key: keyText(pair.privateKey), cert: certificate(own, pair.publicKey, wanted) }
    },
    sign: (publicKey, wanted) => certificate(own, publicKey, wanted)
  }
}

/** What a sandbox that speaks HTTPS shows, who its clients may be, and whom both trust. */
export interface Credentials {
  readonly authority: Authority
  readonly server: Identity
  /** Of the user `demo`. */
  readonly client: Identity
}

let made: Credentials | undefined

/** Made once a process: nothing about them is secret, and they are gone with it. */
export const credentials = (): Credentials => {
  if (made !== undefined) return made
  const authority = makeAuthority({ CN: "credence sandbox authority" })
  return made = {
    authority,
    server: authority.issue({ subject: { CN: "credence sandbox" }, dns: ["localhost"], ip: [Buffer.from([127, 0, 0, 1]), Buffer.from([...Array.from({ length: 15 }, () => 0), 1])] }),
    client: authority.issue({ subject: { CN: "demo", O: "demo" }, use: "client" })
  }
}
