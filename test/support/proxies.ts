/** Proxies that want logins, each written down to the bytes: http with CONNECT, and SOCKS 5. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Crypto from "node:crypto"
import * as Http from "node:http"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { type Listening, listen } from "./servers.ts"

/** A request as a proxy saw it. */
export interface Seen {
  readonly method: string
  readonly target: string
  /** in the order in which they came; names in lower case */
  readonly fields: ReadonlyArray<readonly [string, string]>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** which of the proxy's sockets */
  readonly socket: number
}

/** An answer in the place of serving a request. */
export interface Reply {
  readonly status: number
  readonly headers?: ReadonlyArray<string>
  readonly body?: string
  readonly chunked?: boolean
  /** closes, having said so or not; or says so, and waits for the client to do it */
  readonly close?: "announced" | "silent" | "said"
}

export interface Policy {
  /** `undefined`: the request is served */
  readonly answer?: (seen: Seen) => Reply | undefined
  /** fields beside an answer that serves */
  readonly beside?: (seen: Seen) => ReadonlyArray<string>
}

const replyText = ({ body = "", chunked, close, headers = [], status }: Reply): string =>
  [
    `HTTP/1.1 ${status} ${Http.STATUS_CODES[status] ?? ""}`,
    ...headers,
    chunked === true ? "Transfer-Encoding: chunked" : `Content-Length: ${Buffer.byteLength(body)}`,
    ...(close === "announced" || close === "said" ? ["Proxy-Connection: close"] : []),
    "",
    chunked === true ? `${body === "" ? "" : `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`}0\r\n\r\n` : body
  ].join("\r\n")

/** An http proxy that answers as its policy says, over one socket as often as it is asked. */
export const loginProxy = (policy: Policy, tls?: Tls.TlsOptions): Effect.Effect<Listening & { readonly seen: Array<Seen> }, never, Scope.Scope> =>
  Effect.gen(function*() {
    const seen: Array<Seen> = []
    let sockets = 0
    const onSocket = (socket: Net.Socket): void => {
      const index = sockets++
      let kept = Buffer.alloc(0)
      socket.on("error", () => {})
      const onData = (chunk: Buffer): void => {
        kept = Buffer.concat([kept, chunk])
        const end = kept.indexOf("\r\n\r\n")
        if (end === -1) return
        const [line = "", ...lines] = kept.subarray(0, end).toString("latin1").split("\r\n")
        const [method = "", target = ""] = line.split(" ")
        const fields = lines.map((each) => [each.slice(0, each.indexOf(":")).toLowerCase(), each.slice(each.indexOf(":") + 1).trim()] as const)
        const headers = Object.fromEntries(fields)
        const length = Number(headers["content-length"] ?? 0)
        if (kept.length < end + 4 + length) return
        const body = kept.subarray(end + 4, end + 4 + length)
        kept = kept.subarray(end + 4 + length)
        const each: Seen = { method, target, fields, headers, body: body.toString("utf8"), socket: index }
        seen.push(each)
        const reply = policy.answer?.(each)
        if (reply !== undefined) {
          socket.write(replyText(reply))
          if (reply.close === "announced" || reply.close === "silent") socket.end()
          return
        }
        const beside = policy.beside?.(each) ?? []
        if (method === "CONNECT") {
          socket.off("data", onData)
          return tunnel(socket, target, ["HTTP/1.1 200 Connection established", ...beside, "", ""].join("\r\n"))
        }
        const { "proxy-authorization": _login, "proxy-connection": _connection, ...onward } = headers
        const request = Http.request(target, { method, headers: onward }, (answer) => {
          const chunks: Array<Buffer> = []
          answer.on("data", (part: Buffer) => chunks.push(part))
          answer.on("end", () => {
            const content = Buffer.concat(chunks)
            const own = answer.rawHeaders.flatMap((name, at) => at % 2 === 0 && !/^(?:connection|keep-alive|transfer-encoding|content-length)$/i.test(name) ? [`${name}: ${answer.rawHeaders[at + 1]}`] : [])
            socket.write(Buffer.concat([Buffer.from([`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, ...own, ...beside, `Content-Length: ${content.length}`, "", ""].join("\r\n")), content]))
          })
        })
        request.on("error", () => socket.destroy())
        request.end(body)
      }
      socket.on("data", onData)
    }
    const listening = yield* listen(tls === undefined ? Net.createServer(onSocket) : Tls.createServer(tls, onSocket), tls === undefined ? "http" : "https")
    return { ...listening, seen }
  })

const tunnel = (socket: Net.Socket, target: string, greeting: string | Uint8Array): void => {
  const port = target.slice(target.lastIndexOf(":") + 1)
  const onward = Net.connect(Number(port), "127.0.0.1", () => {
    socket.write(greeting)
    onward.pipe(socket)
    socket.pipe(onward)
  })
  onward.on("error", () => socket.destroy())
  socket.on("close", () => onward.destroy())
}

const basicOf = (seen: Seen): string | undefined => {
  const value = seen.headers["proxy-authorization"]
  return value?.startsWith("Basic ") === true ? Buffer.from(value.slice(6), "base64").toString("utf8") : undefined
}

/** Basic, for one user and password. */
export const basicPolicy = (login: string): Policy => ({
  answer: (seen) => basicOf(seen) === login ? undefined : { status: 407, headers: ["Proxy-Authenticate: Basic realm=\"proxy\""], body: "who are you?" }
})

const md5 = (text: string): string => Crypto.createHash("md5").update(text).digest("hex")

/** Digest with MD5 and `auth`, offered beside Basic, which is not accepted. Nonces hold for `uses` requests. */
export const digestPolicy = (username: string, password: string, uses = Infinity): Policy & { readonly nonces: Array<string> } => {
  const nonces: Array<string> = []
  const counts = new Map<string, Set<string>>()
  const challenge = (stale: boolean): Reply => {
    const nonce = Crypto.randomBytes(8).toString("hex")
    nonces.push(nonce)
    counts.set(nonce, new Set())
    return {
      status: 407,
      headers: [`Proxy-Authenticate: Basic realm="proxy"`, `Proxy-Authenticate: Digest realm="proxy", nonce="${nonce}", qop="auth"${stale ? ", stale=true" : ""}`],
      body: "log in"
    }
  }
  return {
    nonces,
    answer: (seen) => {
      const value = seen.headers["proxy-authorization"]
      if (value?.startsWith("Digest ") !== true) return challenge(false)
      const part = (name: string) => new RegExp(`[ ,]${name}="?([^",]*)`).exec(value)?.[1] ?? ""
      const used = counts.get(part("nonce"))
      const expected = md5([md5(`${username}:proxy:${password}`), part("nonce"), part("nc"), part("cnonce"), "auth", md5(`${seen.method}:${part("uri")}`)].join(":"))
      if (part("username") !== username || part("uri") !== seen.target || part("response") !== expected) return challenge(false)
      if (used === undefined || used.size >= uses || used.has(part("nc"))) return challenge(true)
      used.add(part("nc"))
      return undefined
    }
  }
}

/** What a SOCKS proxy was asked for. */
export interface SocksSeen {
  readonly methods: string
  readonly login: string | undefined
  /** `name`, `ipv4` or `ipv6`, and the address */
  readonly type: string
  readonly host: string
  readonly port: number
}

/** A SOCKS 5 proxy. All names lead to this machine. `reply` is the code of its answer. */
export const socksProxy = (options: { readonly login?: string; readonly reply?: (seen: SocksSeen) => number } = {}) =>
  Effect.gen(function*() {
    const seen: Array<SocksSeen> = []
    const onSocket = (socket: Net.Socket): void => {
      let kept = Buffer.alloc(0)
      let stage: "greeting" | "login" | "request" = "greeting"
      let methods = ""
      let login: string | undefined
      socket.on("error", () => {})
      const onData = (chunk: Buffer): void => {
        kept = Buffer.concat([kept, chunk])
        if (stage === "greeting") {
          methods = kept.subarray(2).toString("hex")
          const chosen = options.login === undefined ? 0 : methods.includes("02") ? 2 : 255
          stage = chosen === 2 ? "login" : "request"
          kept = Buffer.alloc(0)
          return void socket.write(Buffer.of(5, chosen))
        }
        if (stage === "login") {
          const length = kept[1]!
          login = `${kept.subarray(2, 2 + length).toString("utf8")}:${kept.subarray(3 + length).toString("utf8")}`
          stage = "request"
          kept = Buffer.alloc(0)
          return void socket.write(Buffer.of(1, login === options.login ? 0 : 1))
        }
        const type = kept[3]
        const size = type === 1 ? 4 : type === 4 ? 16 : kept[4]!
        const from = type === 3 ? 5 : 4
        const raw = kept.subarray(from, from + size)
        const host = type === 3 ? raw.toString("latin1") : type === 1 ? raw.join(".") : raw.toString("hex")
        const each = { methods, login, type: type === 3 ? "name" : type === 1 ? "ipv4" : "ipv6", host, port: kept.readUInt16BE(from + size) }
        seen.push(each)
        const code = options.reply?.(each) ?? 0
        const answer = Buffer.of(5, code, 0, 1, 127, 0, 0, 1, 0, 0)
        if (code !== 0) return void socket.end(answer)
        socket.off("data", onData)
        tunnel(socket, `:${each.port}`, answer)
      }
      socket.on("data", onData)
    }
    const listening = yield* listen(Net.createServer(onSocket), "socks5")
    return { ...listening, seen }
  })
