/**
 * SOCKS 5: what a client says until the proxy has connected it. Bytes in, bytes out; the socket is somebody else's.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1928 SOCKS Protocol Version 5
 * @see https://www.rfc-editor.org/rfc/rfc1929 user name and password
 */
import * as Result from "effect/Result"
import { parseAddress } from "./address.ts"
import { concat } from "./bytes.ts"

/** Who logs in. Each part is 1 to 255 bytes of UTF-8 (RFC 1929 section 2). */
export interface SocksLogin {
  readonly username: string
  readonly password: string
}

/** Why there is no connection. `reply`: the proxy tried and says what went wrong (RFC 1928 section 6). */
export type SocksReason =
  | "loginRequired"
  | "loginRefused"
  | "loginTooLong"
  | "hostTooLong"
  | "reply"
  | "protocol"

/** A failure; the text holds nothing of the login. */
export interface SocksFailure {
  readonly reason: SocksReason
  /** the reply's code */
  readonly code?: number | undefined
  readonly detail: string
}

/** What to do next. */
export type SocksStep =
  /** more bytes are needed */
  | { readonly _tag: "Wait" }
  | { readonly _tag: "Send"; readonly bytes: Uint8Array }
  /** the socket leads to the server now; `rest` came after the reply and is the server's */
  | { readonly _tag: "Connected"; readonly rest: Uint8Array }
  | { readonly _tag: "Failed"; readonly failure: SocksFailure }

const noLogin = 0x00
const userPassword = 0x02
const noneAcceptable = 0xff

/** @see https://www.rfc-editor.org/rfc/rfc1928#section-3 version, number of methods, methods */
export const greeting = (login: boolean): Uint8Array => login ? Uint8Array.of(5, 2, noLogin, userPassword) : Uint8Array.of(5, 1, noLogin)

const failed = (reason: SocksReason, detail: string, code?: number): SocksFailure => ({ reason, detail, ...(code === undefined ? {} : { code }) })

/** @see https://www.rfc-editor.org/rfc/rfc1929#section-2 version 1, length, name, length, password */
export const loginMessage = (login: SocksLogin): Result.Result<Uint8Array, SocksFailure> => {
  const encoder = new TextEncoder()
  const name = encoder.encode(login.username)
  const password = encoder.encode(login.password)
  if (name.length === 0 || name.length > 255 || password.length === 0 || password.length > 255) {
    return Result.fail(failed("loginTooLong", "SOCKS 5 takes user names and passwords of 1 to 255 bytes"))
  }
  return Result.succeed(Uint8Array.of(1, name.length, ...name, password.length, ...password))
}

/**
 * The request to connect. A name goes as it is, so that the proxy resolves it; an address as bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1928#section-4 version, CONNECT, reserved, type of address, address, port
 */
export const connectMessage = (host: string, port: number): Result.Result<Uint8Array, SocksFailure> => {
  const address = parseAddress(host)
  const end = [port >> 8, port & 255]
  if (address !== undefined) return Result.succeed(Uint8Array.of(5, 1, 0, address.length === 4 ? 1 : 4, ...address, ...end))
  const name = new TextEncoder().encode(host)
  if (name.length === 0 || name.length > 255) return Result.fail(failed("hostTooLong", "SOCKS 5 takes host names of 1 to 255 bytes"))
  return Result.succeed(Uint8Array.of(5, 1, 0, 3, name.length, ...name, ...end))
}

/** @see https://www.rfc-editor.org/rfc/rfc1928#section-6 */
const replies: ReadonlyArray<string> = [
  "succeeded",
  "it failed, and does not say why",
  "its rules do not allow this connection",
  "the server's network cannot be reached",
  "the server cannot be reached",
  "the server refused the connection",
  "the time to live ran out",
  "it does not support CONNECT",
  "it does not support this type of address"
]

const protocol = (detail: string): SocksStep => ({ _tag: "Failed", failure: failed("protocol", detail) })
const wait: SocksStep = { _tag: "Wait" }

/**
 * One connection's way through a proxy. `start` is what to send first; then each piece that comes goes into `next`, as
 * long as it says `Wait` or `Send`. Less than 262 bytes are kept, since the longest message is a reply with a long name.
 *
 * @example
 * ```ts
 * const socks = new SocksClient("api.example.com", 443, { username: "u", password: "p" })
 * let step = socks.start()            // Send: 05 02 00 02
 * step = socks.next(fromProxy)        // Send: the login, then the request to connect; at last Connected
 * ```
 */
export class SocksClient {
  private readonly host: string
  private readonly port: number
  private readonly login: SocksLogin | undefined
  private stage: "method" | "login" | "reply" = "method"
  private kept: Uint8Array = new Uint8Array(0)

  constructor(host: string, port: number, login: SocksLogin | undefined) {
    this.host = host
    this.port = port
    this.login = login
  }

  /** What to send first; or a failure, where the host or the login cannot be sent. */
  start(): SocksStep {
    const impossible = [connectMessage(this.host, this.port), ...(this.login === undefined ? [] : [loginMessage(this.login)])].find(Result.isFailure)
    if (impossible !== undefined) return { _tag: "Failed", failure: impossible.failure }
    return { _tag: "Send", bytes: greeting(this.login !== undefined) }
  }

  /** Takes what the proxy sent. */
  next(bytes: Uint8Array): SocksStep {
    const all = this.kept.length === 0 ? bytes : concat([this.kept, bytes])
    const size = this.size(all)
    if (typeof size === "object") return size
    if (all.length < size) {
      this.kept = all.slice()
      return wait
    }
    this.kept = new Uint8Array(0)
    const rest = all.subarray(size)
    if (this.stage === "reply") return { _tag: "Connected", rest }
    // A proxy speaks only when it is spoken to; what comes early was made up before our message was read.
    if (rest.length > 0) return protocol("it sent more than an answer")
    return this.stage === "login" ? this.request() : this.method(all[1]!)
  }

  /** How many bytes the message that is due has, as far as can be seen; or why it is none. */
  private size(all: Uint8Array): number | SocksStep {
    const [version, code] = all
    if (version === undefined) return 2
    if (version !== (this.stage === "login" ? 1 : 5)) return protocol("its answer is not SOCKS 5")
    if (this.stage === "method" || code === undefined) return 2
    if (this.stage === "login") {
      if (code !== 0) return { _tag: "Failed", failure: failed("loginRefused", "it refused the user name or the password") }
      return 2
    }
    if (code !== 0) return { _tag: "Failed", failure: failed("reply", replies[code] ?? `it answered with the unknown code ${code}`, code) }
    // The address that the proxy connects from is of no use, but has to be skipped.
    const type = all[3]
    if (type === undefined) return 4
    if (type === 1) return 4 + 4 + 2
    if (type === 4) return 4 + 16 + 2
    if (type !== 3) return protocol("its reply holds an address of unknown type")
    return all[4] === undefined ? 5 : 4 + 1 + all[4] + 2
  }

  private method(method: number): SocksStep {
    if (method === noLogin) return this.request()
    if (method === userPassword && this.login !== undefined) {
      this.stage = "login"
      return this.sent(loginMessage(this.login))
    }
    if (method !== noneAcceptable) return protocol("it chose a way to log in that was not offered")
    const detail = this.login === undefined ? "it wants a login: give the proxy's user name and password" : "it takes neither this login nor none"
    return { _tag: "Failed", failure: failed("loginRequired", detail) }
  }

  private request(): SocksStep {
    this.stage = "reply"
    return this.sent(connectMessage(this.host, this.port))
  }

  private sent(message: Result.Result<Uint8Array, SocksFailure>): SocksStep {
    return Result.isFailure(message) ? { _tag: "Failed", failure: message.failure } : { _tag: "Send", bytes: message.success }
  }
}
