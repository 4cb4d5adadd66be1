/**
 * `npm run fuzz`: throws random and mutated messages at everything that reads what a server sends while it authenticates.
 * Exit code 1 where one throws.
 *
 *     npm run fuzz -- [--inputs 1000000] [--seed 1] [--target name]
 */
import * as Result from "effect/Result"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { formatChallenge, parseChallenges, parseInfo } from "../src/wire/challenge.ts"
import { tlsServerEndPoint } from "../src/wire/channelBinding.ts"
import * as Der from "../src/wire/der.ts"
import * as Digest from "../src/wire/digest.ts"
import { authenticateMessage } from "../src/wire/ntlm/authenticateMessage.ts"
import { negotiateMessage, readChallenge } from "../src/wire/ntlm/messages.ts"
import * as Spnego from "../src/wire/spnego.ts"

/** Something that reads bytes of a peer, and must do so whatever they are. */
export interface Target {
  readonly name: string
  readonly run: (bytes: Uint8Array) => void
  /** messages to begin with; mutated ones reach further than random ones */
  readonly seeds: ReadonlyArray<Uint8Array | string>
}

/** the text of a field: a character a byte, without those that end it */
const field = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += byte === 0 || byte === 10 || byte === 13 ? " " : String.fromCharCode(byte)
  return text
}

const challengeSeeds = [
  `Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""`,
  `Negotiate oYG2MIGzoAMKAQA=, NTLM TlRMTVNTUAACAAAA, Basic realm="x"`,
  `Digest realm="a, b", domain="/x http://y/", nonce="5TsQWLV", opaque="o", stale=TRUE, algorithm=SHA-512-256-sess, qop="auth, auth-int", charset=UTF-8, userhash=true`,
  `Digest realm="r", nonce="n"`
]

const user: Digest.DigestUser = { username: "Jäsøn Doe", password: "Secret, or not?" }

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"))

/** MS-NLMP section 4.2.4.3, and one that tells its clock */
const ntlmSeeds = [
  fromHex("4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f"
    + "53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000"),
  fromHex("4e544c4d5353500002000000040004003800000005828aa28f9722b2a72bb69c00000000000000003a003a003c000000000c04000000000f"
    + "56004d000100040056004d000200160057004f0052004b00530054004100540049004f004e000300040076006d000700080090ac1f4d517bdd0100000000")
]

/** what authenticates is no matter here, but that it can be written */
const ntlmInput = {
  negotiate: negotiateMessage(),
  account: { user: "user", domain: "DOMAIN" },
  key: new Uint8Array(16),
  workstation: "",
  targetName: "HTTP/host",
  channelBinding: undefined,
  clientChallenge: new Uint8Array(8),
  now: new Uint8Array(8)
}

/** an answer of each state, a first message, Kerberos, a bare message of NTLM */
const spnegoSeeds = [
  ...["00", "01", "02", "03"].map((state) => fromHex(`a131302fa0030a01${state}a10c060a2b06010401823702020aa21304114e544c4d535350006368616c6c656e6765a30504036d6963`)),
  fromHex("603206062b0601050502a0283026a024302206092a864882f71201020206092a864886f712010202060a2b06010401823702020a"),
  fromHex("a1143012a0030a0101a10b06092a864886f712010202"),
  Spnego.encodeInit(negotiateMessage()),
  ...ntlmSeeds
]

/** the outside of certificates: RSA with SHA-256, RSASSA-PSS with parameters of its own, ECDSA with SHA-384, Ed25519 */
const certificateSeeds = [
  "300d06092a864886f70d01010b0500",
  "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
  "300a06082a8648ce3d040303",
  "300506032b6570"
].map((algorithm) => Der.write(Der.tags.sequence, Der.write(Der.tags.sequence, Der.write(Der.tags.integer, Uint8Array.of(1))), fromHex(algorithm), Der.write(Der.tags.bitString, new Uint8Array(9))))

/** Every reader that is thrown at. */
export const targets: ReadonlyArray<Target> = [
  {
    name: "challenges",
    seeds: challengeSeeds,
    run: (bytes) => {
      const found = parseChallenges([field(bytes)])
      // what was read can be written, and means the same
      const again = parseChallenges(found.map(formatChallenge))
      if (found.length > 0 && found.every(({ parameters, token }) => token === undefined || parameters.size === 0) && again.length !== found.length) throw new Error("challenges were lost or invented")
    }
  },
  { name: "authentication info", seeds: [`rspauth="5be53d", cnonce="N\\"D", nc=00000001, qop=auth`, `nextnonce="x"`], run: (bytes) => void parseInfo(field(bytes)) },
  {
    name: "digest",
    seeds: challengeSeeds.slice(2),
    run: (bytes) => {
      const text = field(bytes)
      const challenge = Digest.strongest(parseChallenges([text]))
      if (challenge === undefined) return
      const offer = Digest.readOffer(challenge)
      if (Result.isFailure(offer)) return
      const qop = Digest.qopFor(offer.success, true)
      if (Result.isFailure(qop)) return
      const use = { offer: offer.success, key: Digest.keyOf(offer.success, user, "c"), qop: qop.success, count: 1, cnonce: "c", method: "GET", target: "/a?b", body: "" }
      const value = Digest.format(use, user)
      // what the server says must not write fields of its own
      if (/[\0-\x08\x0a-\x1f\x7f]|[^\0-\xff]/.test(value)) throw new Error("an answer that is no field")
      Digest.readInfo(use, text, undefined)
      Digest.isWithin(offer.success.domain, "https://a.test:443", "/a?b")
    }
  },
  {
    name: "ntlm",
    seeds: ntlmSeeds,
    run: (bytes) => {
      const challenge = readChallenge(bytes)
      if (Result.isSuccess(challenge)) authenticateMessage({ ...ntlmInput, challenge: challenge.success })
    }
  },
  {
    name: "spnego",
    seeds: spnegoSeeds,
    run: (bytes) => {
      const token = Spnego.decode(bytes)
      if (Result.isSuccess(token) && token.success._tag !== "Init" && token.success.token !== undefined) readChallenge(token.success.token)
    }
  },
  {
    name: "der",
    seeds: [...certificateSeeds, ...spnegoSeeds],
    run: (bytes) => {
      tlsServerEndPoint(bytes)
      for (const element of Der.readAll(bytes) ?? []) {
        Der.readAll(element.content)
        Der.readObjectIdentifier(element.content)
      }
    }
  }
]

/** What came of it. */
export interface Outcome {
  readonly target: string
  readonly inputs: number
  /** bytes in all of them */
  readonly bytes: number
  readonly seconds: number
  /** nanoseconds a byte of the long inputs, by the same of short ones: near 1 where the work grows as the input does */
  readonly ratio: number
  /** the first that threw, in hexadecimal digits, and what it threw */
  readonly failure?: { readonly input: string; readonly error: unknown } | undefined
}

const short = 256
const long = 16 * 1024

/** Runs one target: the same seed gives the same inputs. */
export const fuzz = (target: Target, inputs: number, seed: number): Outcome => {
  const random = generator(seed)
  const seeds = target.seeds.map((one) => typeof one === "string" ? Uint8Array.from(one, (character) => character.charCodeAt(0)) : one)
  let bytes = 0
  let failure: Outcome["failure"]
  const begin = performance.now()
  let done = 0
  while (done < inputs && failure === undefined) {
    const input = make(random, seeds, short)
    done++
    bytes += input.length
    failure = attempt(target, input)
  }
  const seconds = (performance.now() - begin) / 1000
  const ratio = failure === undefined ? worst(target, seeds, random) : 0
  return { target: target.name, inputs: done, bytes, seconds, ratio, failure }
}

const attempt = (target: Target, input: Uint8Array): Outcome["failure"] => {
  try {
    target.run(input)
    return undefined
  } catch (error) {
    return { input: Buffer.from(input).toString("hex"), error }
  }
}

/** The worst of some repetitive inputs: how much more a byte costs where there are many of them. */
const worst = (target: Target, seeds: ReadonlyArray<Uint8Array>, random: () => number): number => {
  let ratio = 0
  const units = [...seeds, ...Array.from("\"\\,= a", (character) => Uint8Array.of(character.charCodeAt(0))), ...Array.from({ length: 8 }, () => make(random, seeds, 8))]
  for (const unit of units) {
    if (unit.length === 0) continue
    const filled = (length: number) => Uint8Array.from({ length }, (_, i) => unit[i % unit.length] ?? 0)
    const cost = (input: Uint8Array): number => {
      let best = Infinity
      for (let round = 0; round < 5; round++) {
        const begin = performance.now()
        const times = Math.ceil(long / input.length)
        for (let i = 0; i < times; i++) target.run(input)
        best = Math.min(best, (performance.now() - begin) / (times * input.length))
      }
      return best
    }
    ratio = Math.max(ratio, cost(filled(long)) / cost(filled(long / 8)))
  }
  return ratio
}

/** Random bytes, or a message with some changes: bytes flipped, cut, doubled, or taken from another one. */
const make = (random: () => number, seeds: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const below = (limit: number): number => Math.floor(random() * limit)
  const some = (): Uint8Array => Uint8Array.from({ length: below(length) }, () => below(256))
  const seed = seeds[below(seeds.length + 1)]
  if (seed === undefined) return some()
  let out = Array.from(seed)
  for (let changes = below(8); changes >= 0; changes--) {
    const at = below(out.length + 1)
    switch (below(5)) {
      case 0:
        out[at] = below(256)
        break
      case 1:
        out.splice(at, below(16))
        break
      case 2:
        out.splice(at, 0, ...out.slice(below(at + 1), at))
        break
      case 3: {
        const other = seeds[below(seeds.length)] ?? seed
        out = [...out.slice(0, at), ...other.slice(below(other.length))]
        break
      }
      case 4:
        out.splice(at, 0, ["\"", "\\", ",", "=", " ", "é"].map((character) => character.charCodeAt(0))[below(6)] ?? 0)
    }
    if (out.length > 4 * length) out.length = 4 * length
  }
  return Uint8Array.from(out)
}

const generator = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

const main = (): void => {
  const { values } = parseArgs({ options: { inputs: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" }, target: { type: "string" } } })
  const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target)
  if (chosen.length === 0) throw new Error(`no target ${values.target ?? ""}: ${targets.map(({ name }) => name).join(", ")}`)
  for (const target of chosen) {
    const { bytes, failure, inputs, ratio, seconds } = fuzz(target, Number(values.inputs), Number(values.seed))
    console.log(`${target.name}: ${inputs} inputs, ${Math.round(inputs / seconds)} inputs/s, ${Math.round(seconds * 1e9 / bytes)} ns/byte, cost of a byte at ${long / 1024} KiB to that at ${long / 8 / 1024} KiB at worst ${ratio.toFixed(2)}`)
    if (failure === undefined) continue
    process.exitCode = 1
    console.log(`  threw on ${failure.input}`, failure.error)
  }
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === import.meta.filename) main()
