/**
 * X.509 certificates made on the spot, with any validity and any names: no files, no `openssl`, nothing that expires in
 * the repository.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
import * as Crypto from "node:crypto"

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  const length = body.length
  const head = length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), body])
}
const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"))
const text = (value: string) => der(0x0c, Buffer.from(value, "utf8"))
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"))
const name = (commonName: string) => sequence(der(0x31, sequence(oid("550403"), text(commonName))))
const time = (date: Date) => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`))
const extension = (id: string, value: Uint8Array, critical = false) =>
  sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([255]))] : []), der(0x04, value))

const subjectAltName = (hosts: ReadonlyArray<string>) =>
  sequence(...hosts.map((host) =>
    /^\d+(\.\d+){3}$/.test(host) ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host, "ascii"))
  ))

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** An authority that issues certificates for tests. */
export interface Authority extends Certificate {
  readonly issue: (options: {
    readonly hosts?: ReadonlyArray<string>
    readonly notBefore?: Date
    readonly notAfter?: Date
    readonly commonName?: string
  }) => Certificate
  /** an authority below this one */
  readonly authority: (subject: string) => Authority
  /** a revocation list with these certificates on it, PEM (RFC 5280 section 5) */
  readonly revoke: (certificates: ReadonlyArray<string>, options?: { readonly nextUpdate?: Date; readonly kind?: "indirect" | "delta" }) => string
}

/** The pin of a certificate's key (RFC 7469 section 2.4). */
export const pinOf = (certificate: string): string =>
  Crypto.createHash("sha256").update(new Crypto.X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" })).digest("base64")

/** A key encrypted with a passphrase: PKCS#8, or the older form that names its cipher in a header. */
export const encryptedKey = (key: string, passphrase: string, form: "pkcs8" | "sec1"): string =>
  Crypto.createPrivateKey(key).export({ type: form, format: "pem", cipher: "aes-256-cbc", passphrase }) as string

const day = 86_400_000

const make = (options: {
  readonly subject: string
  readonly hosts: ReadonlyArray<string>
  readonly notBefore: Date
  readonly notAfter: Date
  readonly ca: boolean
  readonly issuer?: { readonly subject: string; readonly key: Crypto.KeyObject }
}): { readonly cert: string; readonly keys: Crypto.KeyPairKeyObjectResult } => {
  const keys = Crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })
  const signer = options.issuer ?? { subject: options.subject, key: keys.privateKey }
  const extensions = [extension("551d13", options.ca ? sequence(der(0x01, Buffer.from([255]))) : sequence(), true)]
  if (options.hosts.length > 0) extensions.push(extension("551d11", subjectAltName(options.hosts)))
  const tbs = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), Crypto.randomBytes(15)])),
    ecdsaWithSha256,
    name(signer.subject),
    sequence(time(options.notBefore), time(options.notAfter)),
    name(options.subject),
    keys.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions))
  )
  const signature = Crypto.sign("sha256", tbs, signer.key)
  return { cert: armoured("CERTIFICATE", sequence(tbs, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature))), keys }
}

const armoured = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${bytes.toString("base64").match(/.{1,64}/g)!.join("\n")}\n-----END ${label}-----\n`

const listOf = (subject: string, key: Crypto.KeyObject, certificates: ReadonlyArray<string>, nextUpdate: Date, kind: "indirect" | "delta" | undefined): string => {
  const now = time(new Date(Date.now() - day))
  const entries = certificates.map((each) => {
    const serial = new Crypto.X509Certificate(each).serialNumber
    return sequence(der(0x02, Buffer.from(serial.length % 2 === 0 ? serial : `0${serial}`, "hex")), now)
  })
  const special = {
    // issuingDistributionPoint with indirectCRL, which begins with its tag in the context
    indirect: extension("551d1c", sequence(der(0x84, Buffer.from([255]))), true),
    // deltaCRLIndicator: the number of the list that it changes
    delta: extension("551d1b", der(0x02, Buffer.from([1])), true)
  }
  const extensions = kind === undefined ? [] : [der(0xa0, sequence(special[kind]))]
  const tbs = sequence(
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name(subject),
    now,
    time(nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...extensions
  )
  return armoured("X509 CRL", sequence(tbs, ecdsaWithSha256, der(0x03, Buffer.from([0]), Crypto.sign("sha256", tbs, key))))
}

const pem = (keys: Crypto.KeyPairKeyObjectResult) => keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string

/** Makes an authority; its certificate is what `tls: { ca }` takes. */
export const makeAuthority = (subject = "Test authority"): Authority => authorityOf(subject, undefined)

const authorityOf = (subject: string, above: { readonly subject: string; readonly key: Crypto.KeyObject } | undefined): Authority => {
  const root = make({
    subject,
    hosts: [],
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
    ca: true,
    ...(above === undefined ? {} : { issuer: above })
  })
  const issuer = { subject, key: root.keys.privateKey }
  return {
    cert: root.cert,
    key: pem(root.keys),
    issue: (options) => {
      const leaf = make({
        subject: options.commonName ?? "test",
        hosts: options.hosts ?? ["localhost", "127.0.0.1"],
        notBefore: options.notBefore ?? new Date(Date.now() - day),
        notAfter: options.notAfter ?? new Date(Date.now() + day),
        ca: false,
        issuer
      })
      return { cert: leaf.cert, key: pem(leaf.keys) }
    },
    authority: (below) => authorityOf(below, issuer),
    revoke: (certificates, options = {}) =>
      listOf(subject, issuer.key, certificates, options.nextUpdate ?? new Date(Date.now() + day), options.kind)
  }
}

/** A certificate that no authority signed. */
export const makeSelfSigned = (hosts: ReadonlyArray<string> = ["localhost", "127.0.0.1"]): Certificate => {
  const made = make({ subject: "self", hosts, notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day), ca: false })
  return { cert: made.cert, key: pem(made.keys) }
}
