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
}

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
  const certificate = sequence(tbs, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature))
  const lines = certificate.toString("base64").match(/.{1,64}/g)!.join("\n")
  return { cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, keys }
}

const pem = (keys: Crypto.KeyPairKeyObjectResult) => keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string

/** Makes an authority; its certificate is what `tls: { ca }` takes. */
export const makeAuthority = (subject = "Test authority"): Authority => {
  const root = make({ subject, hosts: [], notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day), ca: true })
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
        issuer: { subject, key: root.keys.privateKey }
      })
      return { cert: leaf.cert, key: pem(leaf.keys) }
    }
  }
}

/** A certificate that no authority signed. */
export const makeSelfSigned = (hosts: ReadonlyArray<string> = ["localhost", "127.0.0.1"]): Certificate => {
  const made = make({ subject: "self", hosts, notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day), ca: false })
  return { cert: made.cert, key: pem(made.keys) }
}
