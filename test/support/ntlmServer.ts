/**
 * A server that takes NTLMv2, raw or inside SPNEGO, and looks at everything a client could get wrong. It shares no code with
 * what it tests: HMAC and MD5 are Node's, and it knows its users by keys that impacket 0.13.1 made (`ntlm.NTOWFv2`), so that it
 * needs no MD4.
 */
import * as Effect from "effect/Effect"
import * as Crypto from "node:crypto"
import type * as Http from "node:http"
import type * as Net from "node:net"
import type * as Tls from "node:tls"
import { httpServer, httpsServer } from "./servers.ts"

/** NTOWFv2 by domain and user */
const keys: Readonly<Record<string, string>> = {
  "TESTDOM\\alice": "db713ce5cb189eb45c98a829dc476d46", // wonderland-1
  "TESTDOM\\zoe": "7ba377bf0dbc101fcddbc31988d18737", // pässwörd€
  "Домен\\zoë": "34b76474b04a5c330dc36e2adda6ffda", // ключ🔑
  "\\ada@example.com": "0cb8bc260c0255f0146da5b0942ea335" // secret
}

/** One request as the server saw it. */
export interface NtlmSeen {
  /** which connection, counted from 0 */
  readonly connection: number
  readonly authorization: string | undefined
  readonly user: string | undefined
  readonly body: string
}

export interface NtlmServerOptions {
  readonly tls?: Tls.TlsOptions & { readonly cert: string }
  readonly offer?: ReadonlyArray<"NTLM" | "Negotiate">
  /** answers in `Negotiate` without SPNEGO */
  readonly bare?: boolean
  /** the state of SPNEGO's answer to the first message: 1 accept-incomplete, 2 reject, 3 request-mic */
  readonly state?: 1 | 2 | 3
  readonly persistent?: "true" | "false"
  /** tells its clock in the target info, e.g. 133_000_000_000_000_000n */
  readonly timestamp?: bigint
  /** changes the challenge before it goes out */
  readonly damage?: (challenge: Buffer) => Buffer
  /** a path that needs no login */
  readonly open?: string
  /** logs each connection out after so many requests */
  readonly forgets?: number
}

const hmac = (key: Buffer, ...parts: ReadonlyArray<Buffer>): Buffer => Crypto.createHmac("md5", key).update(Buffer.concat(parts)).digest()
const signature = Buffer.from("NTLMSSP\0", "latin1")
const der = (tag: number, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const body = Buffer.concat(parts)
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const ntlmOid = Buffer.from("060a2b06010401823702020a", "hex")

const pair = (id: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, value])
}

const makeChallenge = (nonce: Buffer, timestamp: bigint | undefined): Buffer => {
  const name = Buffer.from("TESTDOM", "utf16le")
  const time = Buffer.alloc(8)
  if (timestamp !== undefined) time.writeBigUInt64LE(timestamp)
  const info = Buffer.concat([pair(2, name), pair(1, Buffer.from("WEB", "utf16le")), ...(timestamp === undefined ? [] : [pair(7, time)]), pair(0, Buffer.alloc(0))])
  const head = Buffer.alloc(56)
  signature.copy(head)
  head.writeUInt32LE(2, 8)
  head.writeUInt16LE(name.length, 12)
  head.writeUInt16LE(name.length, 14)
  head.writeUInt32LE(56, 16)
  // it also knows signing, sealing and key exchange, as Windows does
  head.writeUInt32LE(0xe28a8233, 20)
  nonce.copy(head, 24)
  head.writeUInt16LE(info.length, 40)
  head.writeUInt16LE(info.length, 42)
  head.writeUInt32LE(56 + name.length, 44)
  head.set([10, 0, 0, 0, 0, 0, 0, 15], 48)
  return Buffer.concat([head, name, info])
}

/** What the server knows of a handshake. */
interface Handshake {
  readonly negotiate: Buffer
  readonly challenge: Buffer
  readonly nonce: Buffer
}

/** The user, or why it is none. */
const verify = (message: Buffer, shake: Handshake, expected: { readonly binding: Buffer; readonly target: string; readonly timestamp: bigint | undefined }): { readonly user: string } | { readonly wrong: string } => {
  const field = (at: number): Buffer => message.subarray(message.readUInt32LE(at + 4), message.readUInt32LE(at + 4) + message.readUInt16LE(at))
  const lm = field(12)
  const response = field(20)
  const user = `${field(28).toString("utf16le")}\\${field(36).toString("utf16le")}`
  const key = keys[user]
  if (key === undefined) return { wrong: `unknown user ${user}` }
  if (!lm.equals(Buffer.alloc(24))) return { wrong: "an answer of LM" }
  const said = response.subarray(16)
  const proof = hmac(Buffer.from(key, "hex"), shake.nonce, said)
  if (!proof.equals(response.subarray(0, 16))) return { wrong: "proof" }
  const pairs = new Map<number, Buffer>()
  for (let at = 28; said.readUInt16LE(at) !== 0; at += 4 + said.readUInt16LE(at + 2)) pairs.set(said.readUInt16LE(at), said.subarray(at + 4, at + 4 + said.readUInt16LE(at + 2)))
  if (pairs.get(2)?.toString("utf16le") !== "TESTDOM") return { wrong: "target info" }
  if (((pairs.get(6)?.readUInt32LE() ?? 0) & 2) === 0) return { wrong: "no MIC" }
  const unsigned = Buffer.from(message)
  unsigned.fill(0, 72, 88)
  if (!hmac(hmac(Buffer.from(key, "hex"), proof), shake.negotiate, shake.challenge, unsigned).equals(message.subarray(72, 88))) return { wrong: "MIC" }
  if (pairs.get(10)?.equals(expected.binding) !== true) return { wrong: "channel binding" }
  if (pairs.get(9)?.toString("utf16le") !== expected.target) return { wrong: "target name" }
  if (expected.timestamp !== undefined && said.readBigUInt64LE(8) !== expected.timestamp) return { wrong: "timestamp" }
  if ((message.readUInt32LE(60) & 0x4000_0032) !== 0) return { wrong: "flags" }
  return { user }
}

/** RFC 5929 with SHA-256, which is what the certificates of the tests are signed with; as GSS-API has it (RFC 2744 section 3.11) */
const bindingOf = (cert: string | undefined): Buffer => {
  if (cert === undefined) return Buffer.alloc(16)
  const data = Buffer.concat([Buffer.from("tls-server-end-point:"), Crypto.createHash("sha256").update(new Crypto.X509Certificate(cert).raw).digest()])
  const head = Buffer.alloc(20)
  head.writeUInt32LE(data.length, 16)
  return Crypto.createHash("md5").update(head).update(data).digest()
}

/** Takes the message of NTLM out of what a client of these tests sends. */
const unwrap = (token: Buffer): Buffer => token.subarray(Math.max(token.indexOf(signature), 0))

/** A server that asks for a login on each connection. */
export const ntlmServer = (options: NtlmServerOptions = {}) =>
  Effect.gen(function*() {
    const offer = options.offer ?? ["NTLM"]
    const seen: Array<NtlmSeen> = []
    const refusals: Array<string> = []
    const connections = new Map<Net.Socket, { readonly index: number; shake?: Handshake | undefined; user?: string | undefined; spent?: boolean; served: number }>()
    const expected = { binding: bindingOf(options.tls?.cert), target: "HTTP/127.0.0.1", timestamp: options.timestamp }

    const handler: Http.RequestListener = (request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const { socket } = request
        let state = connections.get(socket)
        if (state === undefined) connections.set(socket, state = { index: connections.size, served: 0 })
        const { authorization } = request.headers
        const [name = "", encoded] = (authorization ?? "").split(" ")
        const record = () => seen.push({ connection: state.index, authorization, user: state.user, body: Buffer.concat(chunks).toString() })
        const answer = (status: number, fields: Record<string, string | ReadonlyArray<string>>, body: unknown) => {
          record()
          const persistent: Record<string, string> = options.persistent === undefined || status === 401 ? {} : { "persistent-auth": options.persistent }
          response.writeHead(status, { "content-type": "application/json", ...persistent, ...(fields as Http.OutgoingHttpHeaders) }).end(JSON.stringify(body))
        }
        const refuse = (why: string) => {
          refusals.push(why)
          answer(401, { "www-authenticate": offer }, { title: why })
        }
        // a credential of another scheme is no login here
        if (encoded !== undefined && (name === "NTLM" || name === "Negotiate")) {
          const token = Buffer.from(encoded, "base64")
          const message = unwrap(token)
          const wrapped = name === "Negotiate" && options.bare !== true
          // as Samba and gss-ntlmssp have it: after a refusal a connection takes no other login
          if (state.spent === true) return refuse("spent")
          if (message.readUInt32LE(8) === 1) {
            if (message.length < 40) return refuse("the first message is too short")
            if (wrapped && options.state === 2) return answer(401, { "www-authenticate": `Negotiate ${der(0xa1, der(0x30, der(0xa0, Buffer.from([0x0a, 1, 2])))).toString("base64")}` }, {})
            const nonce = Crypto.randomBytes(8)
            const challenge = (options.damage ?? ((bytes: Buffer) => bytes))(makeChallenge(nonce, options.timestamp))
            state.shake = { negotiate: message, challenge, nonce }
            state.user = undefined
            const reply = wrapped
              ? der(0xa1, der(0x30, der(0xa0, Buffer.from([0x0a, 1, options.state ?? 1])), der(0xa1, ntlmOid), der(0xa2, der(0x04, challenge))))
              : challenge
            return answer(401, { "www-authenticate": `${name} ${reply.toString("base64")}` }, {})
          }
          // what follows the message, or precedes it, is SPNEGO's
          const mic = Buffer.concat([Buffer.from("a3120410", "hex"), Buffer.from([1]), Buffer.alloc(15)])
          const hasMic = token.subarray(-mic.length).equals(mic)
          const bare = hasMic ? message.subarray(0, -mic.length) : message
          const verdict = state.shake === undefined ? { wrong: "no handshake" } : verify(bare, state.shake, expected)
          state.shake = undefined
          if ("wrong" in verdict || hasMic !== (wrapped && options.state === 3)) {
            state.spent = true
            return refuse("wrong" in verdict ? verdict.wrong : "mechListMIC")
          }
          state.user = verdict.user
          state.served = 0
        }
        if (request.url === options.open) return answer(200, {}, { id: "open" })
        if (state.user === undefined || (options.forgets !== undefined && state.served >= options.forgets)) {
          state.user = undefined
          return refuse("who are you?")
        }
        state.served++
        const { user } = state
        if (options.persistent === "false") queueMicrotask(() => state.user = undefined)
        answer(200, {}, { id: user })
      })
    }
    const listening = yield* options.tls === undefined ? httpServer(handler) : httpsServer(options.tls, handler)
    return { ...listening, seen, refusals }
  })
