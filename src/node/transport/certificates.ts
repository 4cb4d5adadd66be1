/**
 * Reads what `tls` names: authorities, revocation lists, our own certificate and key. Whatever is wrong becomes a
 * {@link TlsProblem} that names the file and what is wrong with it; nothing of its content, and no passphrase.
 */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Tls from "node:tls"
import * as Redacted from "effect/Redacted"
import type { CertificateSource, ClientCertificate, PemSource } from "../../services/Transport.ts"
import { parseRevocationList, type RevocationList } from "./revocation.ts"
import { subjectOf, TlsProblem, unusable } from "./tlsProblem.ts"

/** Files and folders that were looked at, and what they looked like: whether they have changed can be told without reading. */
export class Seen {
  private readonly stamps = new Map<string, string>()
  /** of each file, how many PEM blocks begin in it, and one */
  private readonly blocks = new Map<string, number>()

  /** Call it before reading. */
  add(path: string): void {
    if (!this.stamps.has(path)) this.stamps.set(path, stamp(path))
  }

  get size(): number {
    return this.stamps.size
  }

  changed(): boolean {
    for (const [path, before] of this.stamps) if (stamp(path) !== before) return true
    return false
  }

  /** Tells what was read of a file. */
  read(path: string, bytes: Buffer): void {
    this.blocks.set(path, bytes.toString("latin1").split("-----BEGIN ").length)
  }

  /**
   * May more be on its way? A file that somebody has just begun to write over ends, for a moment, behind one whole block: a
   * certificate without the chain above it, or some of the authorities.
   */
  mayGrow(before: Seen): boolean {
    for (const [path, count] of this.blocks) {
      if (count >= (before.blocks.get(path) ?? 0)) continue
      const [inode, , written] = this.stamps.get(path)?.split(" ") ?? []
      // a file that was renamed is whole
      if (before.stamps.get(path)?.split(" ")[0] !== inode) continue
      if (Math.abs(Date.now() - Number(written) / 1e6) < settleMillis) return true
    }
    return false
  }
}

const settleMillis = 1000

// A renamed file has another inode, a rewritten one other times; links are followed, as mounted secrets are swapped by one.
const stamp = (path: string): string => {
  try {
    const { ctimeNs, ino, mtimeNs, size } = Fs.statSync(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

const maxSize = 64 * 1024 * 1024

const readFile = (path: string, what: string, seen: Seen): Buffer => {
  seen.add(path)
  try {
    const stat = Fs.statSync(path)
    if (!stat.isFile()) throw unusable(`${what} ${path} is not a file`, "Name a file")
    if (stat.size > maxSize) throw unusable(`${what} ${path} is larger than 64 MiB`, "Name a file with nothing else in it")
    const bytes = Fs.readFileSync(path)
    seen.read(path, bytes)
    return bytes
  } catch (error) {
    if (error instanceof TlsProblem) throw error
    const code = (error as NodeJS.ErrnoException).code
    throw code === "ENOENT" || code === "ENOTDIR"
      ? unusable(`${what} ${path} is missing`, "Check the path: a relative one begins at the working directory", code)
      : unusable(`${what} ${path} cannot be read (${code ?? "unknown error"})`, "Check who may read it", code)
  }
}

interface Block {
  /** e.g. `CERTIFICATE` */
  readonly label: string
  readonly pem: string
}

/** Blocks of PEM (RFC 7468); text between them is passed over. `undefined`: one has no end, as in a file that is half-written. */
const blocksOf = (text: string): ReadonlyArray<Block> | undefined => {
  const blocks: Array<Block> = []
  for (let at = 0;;) {
    const begin = text.indexOf("-----BEGIN ", at)
    if (begin === -1) return blocks
    const labelEnd = text.indexOf("-----", begin + 11)
    if (labelEnd === -1) return undefined
    const label = text.slice(begin + 11, labelEnd)
    const tail = `-----END ${label}-----`
    const end = text.indexOf(tail, labelEnd)
    if (end === -1) return undefined
    at = end + tail.length
    blocks.push({ label, pem: text.slice(begin, at) })
  }
}

/** A source's bytes and how it is called. */
interface Piece {
  readonly bytes: Buffer
  readonly name: string
  /** it is one of many, which may hold other things as well */
  readonly ofFolder: boolean
}

const pieces = (source: PemSource, what: string, seen: Seen): ReadonlyArray<Piece> => {
  if (typeof source === "string") {
    if (!source.includes("-----BEGIN ")) {
      throw unusable(
        `${what} was given as a text that is not PEM`,
        "PEM begins with -----BEGIN; a file is named as { file: \"…\" }, a folder as { folder: \"…\" }"
      )
    }
    return [{ bytes: Buffer.from(source, "utf8"), name: "the text that was given", ofFolder: false }]
  }
  if ("file" in source) return [{ bytes: readFile(source.file, what, seen), name: source.file, ofFolder: false }]
  const { folder } = source
  seen.add(folder)
  let names: ReadonlyArray<string>
  try {
    names = Fs.readdirSync(folder).sort()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const detail = code === "ENOENT" ? `the folder ${folder} is missing` : `the folder ${folder} cannot be read (${code ?? "unknown error"})`
    throw unusable(detail, "Check the path, and who may read it", code)
  }
  const found: Array<Piece> = []
  for (const each of names) {
    const path = Path.join(folder, each)
    const stat = Fs.statSync(path, { throwIfNoEntry: false })
    // Folders made by `openssl rehash` hold links to the files beside them, and links may lead nowhere.
    if (stat?.isFile() === true) found.push({ bytes: readFile(path, what, seen), name: path, ofFolder: true })
  }
  return found
}

const isDer = (bytes: Buffer): boolean => bytes[0] === 0x30

const certificatesOf = ({ bytes, name, ofFolder }: Piece, what: string): ReadonlyArray<Crypto.X509Certificate> => {
  const damaged = () => unusable(`${what}: ${name} holds a certificate that is damaged or half-written`, "Replace it by one whole PEM file")
  try {
    if (!ofFolder && isDer(bytes)) return [new Crypto.X509Certificate(bytes)]
    const blocks = blocksOf(bytes.toString("latin1"))
    if (blocks === undefined) throw damaged()
    const found = blocks.filter(({ label }) => label === "CERTIFICATE" || label === "X509 CERTIFICATE" || label === "TRUSTED CERTIFICATE")
    if (found.length === 0 && !ofFolder) throw unusable(`${what}: ${name} holds no PEM certificate`, "PEM certificates begin with -----BEGIN CERTIFICATE-----")
    return found.map(({ pem }) => new Crypto.X509Certificate(pem))
  } catch (error) {
    throw error instanceof TlsProblem ? error : damaged()
  }
}

// `Array.isArray` does not narrow a readonly array
const listed = <S extends CertificateSource>(sources: S | ReadonlyArray<S> | undefined): ReadonlyArray<S> =>
  sources === undefined ? [] : Array.isArray(sources) ? sources : [sources as S]

/** Reads authorities; gives PEM, each once. */
export const readAuthorities = (sources: CertificateSource | ReadonlyArray<CertificateSource> | undefined, seen: Seen): ReadonlyArray<string> => {
  const found = new Set<string>()
  for (const source of listed(sources)) {
    if (typeof source === "object" && "store" in source) {
      for (const pem of Tls.getCACertificates(source.store === "node" ? "bundled" : "system")) found.add(pem)
      continue
    }
    const before = found.size
    for (const piece of pieces(source, "`ca`", seen)) for (const each of certificatesOf(piece, "`ca`")) found.add(each.toString())
    if (typeof source === "object" && "folder" in source && found.size === before) {
      throw unusable(
        `\`ca\`: the folder ${source.folder} holds no PEM certificate that is not known already`,
        "Put the authorities' certificates there, one or more a file"
      )
    }
  }
  return [...found]
}

/** Reads revocation lists, PEM or DER. */
export const readRevocationLists = (sources: PemSource | ReadonlyArray<PemSource> | undefined, seen: Seen): ReadonlyArray<RevocationList> =>
  listed(sources).flatMap((source) => {
    return pieces(source, "`crl`", seen).flatMap(({ bytes, name, ofFolder }) => {
      try {
        if (!ofFolder && isDer(bytes)) return [parseRevocationList(bytes, name)]
        const blocks = blocksOf(bytes.toString("latin1"))
        const found = blocks?.filter(({ label }) => label === "X509 CRL")
        if (blocks === undefined || found === undefined) throw new Error("it is half-written")
        if (found.length === 0 && !ofFolder) throw new Error("it holds no PEM revocation list (-----BEGIN X509 CRL-----)")
        return found.map(({ pem }) => parseRevocationList(Buffer.from(pem.replace(/-----[^-]*-----/g, ""), "base64"), name))
      } catch (error) {
        if (error instanceof TlsProblem) throw error
        // an Error of ours says what it is; others come from bytes that lead nowhere
        const why = error instanceof Error && error.name === "Error" ? error.message : "it is damaged"
        throw unusable(`\`crl\`: ${name} cannot be used: ${why}`, "Get the list anew from its authority")
      }
    })
  })

/** Our certificate, ready for `createSecureContext`. */
export interface OwnCertificate {
  readonly leaf: Crypto.X509Certificate
  readonly context: Tls.SecureContextOptions
  /** equal for the same certificate, chain and key */
  readonly fingerprint: string
}

const digest = (...parts: ReadonlyArray<string | Uint8Array>): string => {
  const hash = Crypto.createHash("sha256")
  for (const part of parts) hash.update(`${part.length}\0`).update(part)
  return hash.digest("base64")
}

/** Reads our certificate and key, and sees to it that they belong together. */
export const readOwnCertificate = (given: ClientCertificate, seen: Seen): OwnCertificate => {
  const passphrase = given.passphrase === undefined ? undefined : Redacted.value(given.passphrase)
  if ("pkcs12" in given) {
    const { pkcs12 } = given
    return Redacted.isRedacted(pkcs12)
      ? fromPkcs12(Buffer.from(Redacted.value(pkcs12)), "the PKCS#12 that was given", passphrase)
      : fromPkcs12(readFile(pkcs12.file, "PKCS#12", seen), `PKCS#12 ${pkcs12.file}`, passphrase)
  }
  const { certificate, key } = given
  const certificates = pieces(certificate, "the client certificate", seen).flatMap((each) => certificatesOf(each, "the client certificate"))
  const certificateName = typeof certificate === "string" ? "that was given" : `in ${certificate.file}`
  const keyName = Redacted.isRedacted(key) ? "the key that was given" : `the key in ${key.file}`
  const text = Redacted.isRedacted(key) ? Redacted.value(key) : readFile(key.file, "the client key", seen).toString("latin1")
  const block = blocksOf(text)?.find(({ label }) => label.endsWith("PRIVATE KEY"))
  if (block === undefined) {
    throw unusable(`${keyName} is not a whole PEM key`, "PEM keys begin with -----BEGIN PRIVATE KEY-----, ENCRYPTED PRIVATE KEY or RSA PRIVATE KEY")
  }
  const privateKey = readKey(block, keyName, passphrase)
  // The first is the one that is shown; some tools write the chain before it.
  const leaf = certificates.find((each) => each.checkPrivateKey(privateKey))
  if (leaf === undefined) {
    throw unusable(
      `${keyName} belongs to another certificate than ${subjectOf(certificates[0]!)} ${certificateName}`,
      "Give the key that the certificate was made for"
    )
  }
  const cert = [leaf, ...certificates.filter((each) => each !== leaf)].map((each) => each.toString()).join("")
  return {
    leaf,
    context: { cert, key: block.pem, ...(passphrase === undefined ? {} : { passphrase }) },
    fingerprint: digest(cert, block.pem)
  }
}

const readKey = ({ label, pem }: Block, name: string, passphrase: string | undefined): Crypto.KeyObject => {
  const encrypted = label.startsWith("ENCRYPTED") || pem.includes("ENCRYPTED")
  if (encrypted && passphrase === undefined) throw unusable(`${name} is encrypted, and there is no passphrase`, "Give it as `passphrase`")
  try {
    return Crypto.createPrivateKey({ key: pem, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (!encrypted) throw unusable(`${name} is damaged, or of a kind that OpenSSL does not know`, "Write it anew", code)
    // Not every code with UNSUPPORTED: what comes out under a wrong passphrase may look like some key of an unknown kind.
    throw code === "ERR_OSSL_EVP_UNSUPPORTED"
      ? unusable(
        `${name} is encrypted in an old way that OpenSSL 3 does not read`,
        "Re-encode it: openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default -in old.key -out new.key",
        code
      )
      : unusable(`the passphrase of ${name} is wrong, or the key is damaged`, "Check `passphrase`", code)
  }
}

const fromPkcs12 = (bytes: Buffer, name: string, passphrase: string | undefined): OwnCertificate => {
  const context: Tls.SecureContextOptions = { pfx: bytes, ...(passphrase === undefined ? {} : { passphrase }) }
  let own: Buffer | undefined
  try {
    // Node has no other way to look into PKCS#12.
    own = Tls.createSecureContext(context).context.getCertificate()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (message.includes("mac verify")) {
      throw unusable(passphrase === undefined ? `${name} needs a passphrase` : `the passphrase of ${name} is wrong`, "Check `passphrase`", code)
    }
    throw code === "ERR_CRYPTO_UNSUPPORTED_OPERATION"
      ? unusable(
        `${name} is encrypted in an old way (RC2 or 3DES) that OpenSSL 3 does not read`,
        "Re-encode it: openssl pkcs12 -legacy -in old.p12 -aes256 -out new.pem && openssl pkcs12 -export -in new.pem -out new.p12",
        code
      )
      : unusable(`${name} is no PKCS#12, or is damaged or half-written`, "Export certificate and key anew", code)
  }
  if (own === undefined) throw unusable(`${name} holds no certificate with its key`, "Export both")
  return { leaf: new Crypto.X509Certificate(own), context, fingerprint: digest(bytes) }
}
