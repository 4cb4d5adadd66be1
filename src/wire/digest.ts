/**
 * Digest: proves that one knows a password without sending it. Pure: who keeps nonces and counts is elsewhere.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7616
 * @see https://www.rfc-editor.org/rfc/rfc2069#section-2.1 the form without qop, of servers from before 1999
 */
import { md5 } from "@noble/hashes/legacy.js"
import { sha256, sha512_256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Result from "effect/Result"
import { concat } from "./bytes.ts"
import { type Challenge, formatParameters, isScheme, type Parameter, parseInfo } from "./challenge.ts"

/** By strength. `SHA-512-256` is SHA-512/256 of FIPS 180-4 (RFC 7616 section 3.2). */
const hashes = /*#__PURE__*/ Object.freeze({ "MD5": md5, "SHA-256": sha256, "SHA-512-256": sha512_256 })
const byStrength = ["MD5", "SHA-256", "SHA-512-256"] as const

/** A hash that Digest may use, without `-sess`. */
export type DigestHash = typeof byStrength[number]

/** Quality of protection: of the request line, or of the body as well. */
export type DigestQop = "auth" | "auth-int"

/** A challenge of Digest that can be answered. */
export interface DigestOffer {
  readonly hash: DigestHash
  /** `-sess`: the password goes into one key for all requests under a nonce */
  readonly session: boolean
  /** the algorithm as the server writes it, which it gets back so */
  readonly algorithm: string | undefined
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  /** empty: the form of RFC 2069 */
  readonly qop: ReadonlyArray<DigestQop>
  /** the credentials may be right, the nonce was too old */
  readonly stale: boolean
  /** the user name is sent as a hash */
  readonly userhash: boolean
  /** the server says that it reads UTF-8 */
  readonly utf8: boolean
  /** what the nonce is good for: URI references; empty: for the whole server */
  readonly domain: ReadonlyArray<string>
}

/** Why a challenge cannot be answered. `unavailable`: not by this client, another challenge may be. */
export interface DigestProblem {
  readonly reason: "unavailable" | "protocol"
  readonly detail: string
}

const problem = (reason: DigestProblem["reason"], detail: string): Result.Result<never, DigestProblem> => Result.fail({ reason, detail })

/** what goes back into a request field must not end it */
const sendable = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text)

/** Reads a challenge (RFC 7616 section 3.3). */
export const readOffer = ({ parameters }: Challenge): Result.Result<DigestOffer, DigestProblem> => {
  const realm = parameters.get("realm")
  const nonce = parameters.get("nonce")
  const opaque = parameters.get("opaque")
  const algorithm = parameters.get("algorithm")
  if (realm === undefined || nonce === undefined) return problem("protocol", `its challenge has no ${realm === undefined ? "realm" : "nonce"}`)
  if (![realm, nonce, opaque ?? ""].every(sendable)) return problem("protocol", "its challenge holds characters that cannot be sent back")
  const [, base = "", sess] = /^(.*?)(-sess)?$/i.exec(algorithm ?? "MD5") ?? []
  const hash = byStrength.find((known) => known === base.toUpperCase())
  if (hash === undefined || !isTokenText(algorithm ?? "MD5")) return problem("unavailable", "its algorithm is none of MD5, SHA-256 and SHA-512-256")
  const session = sess !== undefined
  const said = parameters.get("qop")
  const named = (said ?? "").toLowerCase().split(",").map((one) => one.trim())
  const qop = (["auth", "auth-int"] as const).filter((one) => named.includes(one))
  if (said !== undefined && qop.length === 0) return problem("unavailable", "its qop is neither auth nor auth-int")
  // section 3.3: qop must be there; only the form from before it may do without
  if (qop.length === 0 && (hash !== "MD5" || session)) return problem("unavailable", `${algorithm ?? "MD5"} without a qop has no meaning`)
  return Result.succeed({
    hash,
    session,
    algorithm,
    realm,
    nonce,
    opaque,
    qop,
    stale: isTrue(parameters.get("stale")),
    userhash: isTrue(parameters.get("userhash")),
    utf8: parameters.get("charset")?.toLowerCase() === "utf-8",
    domain: (parameters.get("domain") ?? "").split(" ").filter((one) => one !== "").slice(0, maxDomain)
  })
}

/** each of them is looked at with each request */
const maxDomain = 64

const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === "true"

const isTokenText = (text: string): boolean => /^[A-Za-z0-9-]+$/.test(text)

/** Of several challenges of Digest the one with the strongest algorithm; where none can be answered, the first. */
export const strongest = (challenges: ReadonlyArray<Challenge>): Challenge | undefined => {
  const digests = challenges.filter(({ scheme }) => isScheme(scheme, "Digest"))
  let best: { readonly challenge: Challenge; readonly rank: number } | undefined
  for (const challenge of digests) {
    const offer = readOffer(challenge)
    if (Result.isFailure(offer)) continue
    // of two with one hash the server's order counts, but -sess, which keeps the password's own hash apart, is better
    const rank = byStrength.indexOf(offer.success.hash) * 2 + (offer.success.session ? 1 : 0)
    if (best === undefined || rank > best.rank) best = { challenge, rank }
  }
  return best?.challenge ?? digests[0]
}

/** How characters outside ASCII become bytes. */
export type DigestCharset = "utf-8" | "iso-8859-1"

/** Who answers. */
export interface DigestUser {
  readonly username: string
  readonly password: string
  /**
   * for servers that do not say `charset=UTF-8`. Default `utf-8`, as curl and Python's requests do it: password files are
   * made by tools that take what the terminal sends. Text that ISO 8859-1 cannot hold is UTF-8 all the same
   */
  readonly charset?: DigestCharset | undefined
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** each character a byte; `undefined` where one is none */
const latin1 = (text: string): Uint8Array | undefined => {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0xff) return undefined
    bytes[i] = code
  }
  return bytes
}

/** what a field of the peer holds is bytes, whatever they mean */
const raw = (text: string): Uint8Array => latin1(text) ?? utf8(text)

const ofUser = (text: string, offer: DigestOffer, user: DigestUser): Uint8Array =>
  (offer.utf8 || user.charset !== "iso-8859-1" ? undefined : latin1(text)) ?? utf8(text)

const colon = /*#__PURE__*/ new Uint8Array([0x3a])

/** the hash of these parts with colons between them, in hexadecimal digits */
const digest = (hash: DigestHash, parts: ReadonlyArray<Uint8Array | string>): string =>
  bytesToHex(hashes[hash](concat(parts.flatMap((part, i) => {
    const bytes = typeof part === "string" ? raw(part) : part
    return i === 0 ? [bytes] : [colon, bytes]
  }))))

/**
 * H(A1), the key of all answers under one nonce (section 3.4.2). With `-sess` the client nonce goes into it, so it stays the
 * same for them all. It is as good as the password for this realm: a secret.
 */
export const keyOf = (offer: DigestOffer, user: DigestUser, cnonce: string): string => {
  const own = digest(offer.hash, [ofUser(user.username, offer, user), offer.realm, ofUser(user.password, offer, user)])
  return offer.session ? digest(offer.hash, [own, offer.nonce, cnonce]) : own
}

/** The user name as a hash (section 3.4.4). */
const hashOfUser = (offer: DigestOffer, user: DigestUser): string => digest(offer.hash, [ofUser(user.username, offer, user), offer.realm])

/** One answer: all that goes into it. */
export interface DigestUse {
  readonly offer: DigestOffer
  /** of {@link keyOf} */
  readonly key: string
  /** `undefined`: the form of RFC 2069 */
  readonly qop: DigestQop | undefined
  /** how many requests were made under this nonce, this one included */
  readonly count: number
  readonly cnonce: string
  readonly method: string
  /** the request-target */
  readonly target: string
  /** of the request; looked at for `auth-int` only */
  readonly body: Uint8Array | string
}

/**
 * The quality of protection to use: with the body where that can be, since it is in memory; else without. A failure where
 * the server insists on the body, which is a stream.
 */
export const qopFor = (offer: DigestOffer, bodyInMemory: boolean): Result.Result<DigestQop | undefined, DigestProblem> => {
  if (offer.qop.length === 0) return Result.succeed(undefined)
  if (bodyInMemory && offer.qop.includes("auth-int")) return Result.succeed("auth-int")
  return offer.qop.includes("auth") ? Result.succeed("auth") : problem("unavailable", "the server wants the body signed (auth-int), and the body is a stream")
}

/** section 3.4.1, and 3.5 where `method` is empty: the server's own proof */
const response = ({ cnonce, count, key, offer, qop, target }: DigestUse, method: string, body: Uint8Array | string): string => {
  const { hash, nonce } = offer
  const a2 = qop === "auth-int" ? [method, target, bytesToHex(hashes[hash](typeof body === "string" ? utf8(body) : body))] : [method, target]
  const request = digest(hash, a2)
  return digest(hash, qop === undefined ? [key, nonce, request] : [key, nonce, digits(count), cnonce, qop, request])
}

const digits = (count: number): string => count.toString(16).padStart(8, "0")

/** The value of `Authorization` (section 3.4). */
export const format = (use: DigestUse, user: DigestUser): string => {
  const { cnonce, count, offer, qop, target } = use
  const optional = (name: string, value: string | undefined, bare: boolean): ReadonlyArray<Parameter> => value === undefined ? [] : [{ name, value, bare }]
  return `Digest ${
    formatParameters([
      nameOf(offer, user),
      { name: "realm", value: offer.realm },
      { name: "uri", value: target },
      ...optional("algorithm", offer.algorithm, true),
      { name: "nonce", value: offer.nonce },
      ...(qop === undefined
        ? []
        : [{ name: "nc", value: digits(count), bare: true }, { name: "cnonce", value: cnonce }, { name: "qop", value: qop, bare: true }]),
      { name: "response", value: response(use, use.method, use.body) },
      ...optional("opaque", offer.opaque, false),
      ...(offer.userhash ? [{ name: "userhash", value: "true", bare: true }] : [])
    ])
  }`
}

/** The user name: hashed where the server asks for it, with its charset where the server knows that form, else as plain bytes. */
const nameOf = (offer: DigestOffer, user: DigestUser): Parameter => {
  if (offer.userhash) return { name: "username", value: hashOfUser(offer, user) }
  const bytes = ofUser(user.username, offer, user)
  const ascii = bytes.every((byte) => byte < 0x80)
  return ascii || !offer.utf8
    ? { name: "username", value: Array.from(bytes, (byte) => String.fromCharCode(byte)).join("") }
    : { name: "username*", value: `UTF-8''${Array.from(bytes, attributeCharacter).join("")}`, bare: true }
}

/** RFC 8187 section 3.2.1 */
const attributeCharacter = (byte: number): string => {
  const character = String.fromCharCode(byte)
  return byte < 0x80 && /[A-Za-z0-9!#$&+\-.^_`|~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
}

/** What `Authentication-Info` says (section 3.5). */
export interface DigestInfo {
  /** to use from now on */
  readonly nextNonce: string | undefined
  /** did the server prove that it knows the password? `undefined`: it does not say, or what it says cannot be checked */
  readonly proven: boolean | undefined
}

/** `body`: of the response, as it was transferred; `undefined` where it is not at hand. */
export const readInfo = (use: DigestUse, info: string, body: Uint8Array | undefined): DigestInfo => {
  const parameters = parseInfo(info)
  const proof = parameters.get("rspauth")
  const next = parameters.get("nextnonce")
  const said = parameters.get("qop")?.toLowerCase()
  const qop = use.qop === undefined ? undefined : said === "auth" || said === "auth-int" ? said : use.qop
  const checkable = proof !== undefined && (qop !== "auth-int" || body !== undefined)
  return {
    nextNonce: next !== undefined && next !== "" && sendable(next) ? next : undefined,
    proven: checkable ? proof.toLowerCase() === response({ ...use, qop }, "", body ?? "") : undefined
  }
}

/** Is the nonce good for this request-target of the server that gave it? Other servers that `domain` names never get it. */
export const isWithin = (domain: ReadonlyArray<string>, origin: string, target: string): boolean => {
  if (domain.length === 0) return true
  const url = URL.parse(target, origin)
  return url !== null && domain.some((one) => {
    const space = URL.parse(one, origin)
    return space !== null && space.origin === url.origin && (url.pathname + url.search).startsWith(space.pathname)
  })
}
