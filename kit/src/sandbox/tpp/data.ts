/** The configuration tree with its certificates. */
import { createHash, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto"
import { credentials, explicit, integer, oid, sequence, set } from "../x509.ts"

/** A node of the tree. Names do not care for case. */
export interface Node {
  dn: string
  readonly guid: string
  readonly id: number
  type: string
  revision: number
  readonly attributes: Map<string, Array<string>>
  certificate: Certificate | undefined
}

export interface Certificate {
  readonly cn: string
  readonly names: ReadonlyArray<string>
  readonly created: number
  pem: string
  key: KeyObject
  /** 500: the authority is working on it. */
  stage: number | undefined
  revoked: boolean
  disabled: boolean
}

export interface Tree {
  readonly all: () => ReadonlyArray<Node>
  readonly find: (dn: string | undefined) => Node | undefined
  readonly byGuid: (guid: string | undefined) => Node | undefined
  /** `undefined`: its parent does not exist. */
  readonly add: (dn: string, type: string, attributes?: Readonly<Record<string, ReadonlyArray<string>>>) => Node | undefined
  readonly remove: (node: Node) => void
  readonly children: (dn: string, recursive: boolean) => ReadonlyArray<Node>
  /** Gives an object its certificate. */
  readonly enroll: (node: Node, cn: string, names: ReadonlyArray<string>) => void
}

const DAY = 86_400_000

export const nameOf = (dn: string): string => dn.slice(dn.lastIndexOf("\\") + 1)
export const parentOf = (dn: string): string => dn.slice(0, Math.max(0, dn.lastIndexOf("\\")))

export const objectOf = (node: Node): Readonly<Record<string, unknown>> => ({
  AbsoluteGUID: node.guid,
  DN: node.dn,
  GUID: node.guid,
  Id: node.id,
  Name: nameOf(node.dn),
  Parent: parentOf(node.dn),
  Revision: node.revision,
  TypeName: node.type
})

export const makeTree = (now: () => number): Tree => {
  const nodes = new Map<string, Node>()
  let last = 0

  const add: Tree["add"] = (dn, type, attributes = {}) => {
    const parent = parentOf(dn)
    if (last > 0 && !nodes.has(parent.toLowerCase())) return undefined
    const id = ++last
    const hash = createHash("sha256").update(dn.toLowerCase()).digest("hex")
    const guid = `{${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}}`
    const node: Node = { dn, guid, id, type, revision: 1, attributes: new Map(Object.entries(attributes).map(([name, values]) => [name, [...values]])), certificate: undefined }
    nodes.set(dn.toLowerCase(), node)
    return node
  }
  const enroll: Tree["enroll"] = (node, cn, names) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
    const created = now()
    node.certificate = {
      cn,
      names,
      created,
      pem: credentials().authority.sign(publicKey, { subject: { CN: cn, O: "demo" }, dns: names, validFrom: created - DAY, validTo: created + 365 * DAY }),
      key: privateKey,
      stage: undefined,
      revoked: false,
      disabled: false
    }
  }

  add("\\VED", "Top")
  add("\\VED\\Policy", "Policy", { Contact: ["local:{d3300000-0000-4000-8000-000000000001}"], Description: ["Where it begins"] })
  add("\\VED\\Policy\\Authorities", "Policy")
  add("\\VED\\Identity", "Identity Root")
  for (const cn of ["one.example", "two.example"]) {
    const node = add(`\\VED\\Policy\\${cn}`, "X509 Server Certificate", { Contact: ["local:{d3300000-0000-4000-8000-000000000001}"] })
    if (node !== undefined) enroll(node, cn, [cn, `www.${cn}`])
  }

  return {
    all: () => [...nodes.values()],
    find: (dn) => dn === undefined ? undefined : nodes.get(dn.toLowerCase()),
    byGuid: (guid) => [...nodes.values()].find((node) => node.guid === guid?.toLowerCase()),
    add,
    remove: (node) => {
      for (const [key, one] of nodes) if (one === node || key.startsWith(`${node.dn.toLowerCase()}\\`)) nodes.delete(key)
    },
    children: (dn, recursive) => {
      const below = `${dn.toLowerCase()}\\`
      return [...nodes.values()].filter((node) => {
        const key = node.dn.toLowerCase()
        return key.startsWith(below) && (recursive || !key.slice(below.length).includes("\\"))
      })
    },
    enroll
  }
}

/** What a list shows of a certificate. */
export const summaryOf = (node: Node, certificate: Certificate): Readonly<Record<string, unknown>> => {
  const x509 = new X509Certificate(certificate.pem)
  return {
    CreatedOn: new Date(certificate.created).toISOString(),
    DN: node.dn,
    Guid: node.guid,
    Name: nameOf(node.dn),
    ParentDn: parentOf(node.dn),
    SchemaClass: node.type,
    X509: {
      CN: certificate.cn,
      Issuer: x509.issuer.replaceAll("\n", ", "),
      KeyAlgorithm: "ECC",
      KeySize: 256,
      SANS: { DNS: certificate.names },
      Serial: x509.serialNumber,
      Subject: x509.subject.replaceAll("\n", ", "),
      Thumbprint: x509.fingerprint.replaceAll(":", ""),
      ValidFrom: new Date(x509.validFrom).toISOString(),
      ValidTo: new Date(x509.validTo).toISOString()
    },
    _links: [{ Details: `/vedsdk/certificates/${encodeURIComponent(node.guid)}` }]
  }
}

/** Everything of it. */
export const detailsOf = (node: Node, certificate: Certificate): Readonly<Record<string, unknown>> => {
  const { _links: _, X509: _x509, ParentDn, ...summary } = summaryOf(node, certificate)
  const x509 = new X509Certificate(certificate.pem)
  return {
    ...summary,
    ParentDN: ParentDn,
    CreatedBy: ["local:{d3300000-0000-4000-8000-000000000001}"],
    Contact: node.attributes.get("Contact") ?? [],
    Approver: [],
    Consumers: [],
    CustomFields: [],
    Disabled: certificate.disabled,
    ManagementType: "Enrollment",
    CertificateDetails: {
      CN: certificate.cn,
      Issuer: x509.issuer.replaceAll("\n", ", "),
      KeyAlgorithm: "ECC",
      KeySize: 256,
      O: "demo",
      Serial: x509.serialNumber,
      SignatureAlgorithm: "sha256ECDSA",
      Subject: x509.subject.replaceAll("\n", ", "),
      SubjectAltNameDNS: certificate.names,
      Thumbprint: x509.fingerprint.replaceAll(":", ""),
      ValidFrom: new Date(x509.validFrom).toISOString(),
      ValidTo: new Date(x509.validTo).toISOString(),
      ...(certificate.revoked ? { RevocationStatus: "Complete", RevocationDate: new Date(certificate.created).toISOString() } : {})
    },
    ProcessingDetails: certificate.stage === undefined ? {} : { InError: false, Stage: certificate.stage, Status: "Post CSR" },
    RenewalDetails: { Subject: certificate.cn, SubjectAltNameDNS: certificate.names },
    ValidationDetails: { LastValidationStateUpdate: "0001-01-01T00:00:00.0000000Z", ValidationState: 0 }
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc2315#section-9.1 a set of certificates that signs nothing */
const pkcs7 = (certificates: ReadonlyArray<Uint8Array>): Uint8Array => {
  const data = sequence(oid("1.2.840.113549.1.7.1"))
  return sequence(oid("1.2.840.113549.1.7.2"), explicit(0, sequence(integer(Buffer.from([1])), set(), data, explicit(0, ...certificates), set())))
}

/** What a certificate is written in: the text or the bytes, and what its file is called; or why it is not. */
export const written = (
  certificate: Certificate,
  wanted: { readonly format: string; readonly chain: boolean; readonly rootFirst: boolean; readonly key: boolean; readonly password: string | undefined }
): { readonly data: string; readonly extension: string } | { readonly problem: string } => {
  const own = certificate.pem
  const root = credentials().authority.cert
  const pems = wanted.chain ? wanted.rootFirst ? [root, own] : [own, root] : [own]
  const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64")
  if (wanted.key && wanted.password === undefined) return { problem: "A password is needed for the private key" }
  const secret = (): string => certificate.key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: wanted.password ?? "" }).toString()
  switch (wanted.format.toLowerCase()) {
    case "base64":
    case "base64 (pkcs #8)":
      return { data: base64([...pems, ...(wanted.key ? [secret()] : [])].join("")), extension: wanted.key ? "pem" : "cer" }
    case "der":
      return wanted.key || wanted.chain ? { problem: "DER holds one certificate and no key" } : { data: base64(new X509Certificate(own).raw), extension: "der" }
    case "pkcs #7":
      return wanted.key ? { problem: "PKCS #7 holds no key" } : { data: base64(pkcs7(pems.map((text) => new X509Certificate(text).raw))), extension: "p7b" }
    case "pkcs #12":
    case "jks":
      return { problem: `${wanted.format} is not emulated` }
    default:
      return { problem: `Unknown format ${wanted.format}` }
  }
}
