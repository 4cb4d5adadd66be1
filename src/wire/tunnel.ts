/**
 * CONNECT: the request for a tunnel, and a proxy's answers to it. Bytes in, steps out; the socket is somebody else's.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 CONNECT
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3 how long a body is
 */
import { concat } from "./bytes.ts"
import { get, getAll, type ResponseHeaders } from "./headers.ts"

/**
 * The request. Nothing of what travels through the tunnel is in it: only the server's name, and what the proxy may see.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2.3 the authority form
 */
export const connectRequest = (authority: string, authorization: string | undefined): string =>
  `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`}\r\n`

/** What a piece of the answer means. */
export type TunnelStep =
  /** more bytes are needed */
  | { readonly _tag: "Wait" }
  /** 2xx: the tunnel is open, and `rest` has already come through it */
  | { readonly _tag: "Open"; readonly status: number; readonly headers: ResponseHeaders; readonly rest: Uint8Array }
  /** anything else, its body read and thrown away; `reusable`: the next request may go over the same connection */
  | { readonly _tag: "Refused"; readonly status: number; readonly reason: string; readonly headers: ResponseHeaders; readonly reusable: boolean }
  | { readonly _tag: "Invalid"; readonly detail: string }

const wait: TunnelStep = { _tag: "Wait" }
const empty = new Uint8Array(0)

const maxHead = 32 * 1024
// A page with excuses. Longer ones cost the connection, not the login.
const maxBody = 64 * 1024

const latin1 = (bytes: Uint8Array): string => {
  let out = ""
  for (let i = 0; i < bytes.length; i += 8192) out += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return out
}

/** Where the head ends: behind the empty line; -1 while it does not. */
const endOfHead = (bytes: Uint8Array, from: number): number => {
  for (let i = bytes.indexOf(10, from); i !== -1; i = bytes.indexOf(10, i + 1)) {
    if (bytes[i + 1] === 10) return i + 2
    if (bytes[i + 1] === 13 && bytes[i + 2] === 10) return i + 3
  }
  return -1
}

interface Head {
  readonly status: number
  readonly reason: string
  /** the connection stays */
  readonly keeps: boolean
  readonly headers: ResponseHeaders
}

const parseHead = (text: string): Head | undefined => {
  const [first = "", ...lines] = text.split(/\r?\n/)
  const line = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/.exec(first)
  if (line === null) return undefined
  // no prototype: names come from the network
  const headers: Record<string, Array<string>> = Object.create(null) as Record<string, Array<string>>
  let last: Array<string> | undefined
  for (const each of lines) {
    // RFC 9112 section 5.2: a folded line goes on with the one before
    if (/^[ \t]/.test(each) && last !== undefined) {
      last.push(`${last.pop() ?? ""} ${each.trim()}`)
      continue
    }
    const colon = each.indexOf(":")
    if (colon < 1) continue
    last = headers[each.slice(0, colon).toLowerCase()] ??= []
    last.push(each.slice(colon + 1).trim())
  }
  const connection = `${get(headers, "connection") ?? ""},${get(headers, "proxy-connection") ?? ""}`.toLowerCase().split(",").map((token) => token.trim())
  const keeps = !connection.includes("close") && (line[1] === "1" || connection.includes("keep-alive"))
  return { status: Number(line[2]), reason: line[3] ?? "", keeps, headers }
}

/** Skips a chunked body (RFC 9112 section 7.1): how many bytes it has, -1 while that is open, `undefined` if it is none. */
const chunkedLength = (bytes: Uint8Array): number | undefined => {
  let at = 0
  for (;;) {
    const end = bytes.indexOf(10, at)
    // a line with a chunk's size and extensions is short
    if (end === -1) return bytes.length - at > 1024 ? undefined : -1
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?\r?$/i.exec(latin1(bytes.subarray(at, end)))
    if (size === null) return undefined
    const length = parseInt(size[1] ?? "", 16)
    if (length === 0) {
      // the trailer: nothing, or fields, and an empty line
      return bytes[end + 1] === 13 ? bytes[end + 2] === 10 ? end + 3 : bytes.length > end + 2 ? undefined : -1 : endOfTrailer(bytes, end)
    }
    at = end + 1 + length
    if (at >= bytes.length) return -1
    if (bytes[at] === 13) at++
    if (at >= bytes.length) return -1
    if (bytes[at] !== 10) return undefined
    at++
  }
}

const endOfTrailer = (bytes: Uint8Array, end: number): number => bytes[end + 1] === 10 ? end + 2 : endOfHead(bytes, end + 1)

/**
 * Reads one answer. `next` takes the bytes as they come, until it says something other than `Wait`; both head and body are
 * bounded.
 *
 * @example
 * ```ts
 * const reply = new TunnelReply()
 * reply.next(bytes("HTTP/1.1 407 Login\r\nContent-Length: 2\r\n\r\n"))  // Wait
 * reply.next(bytes("no"))                                               // Refused, reusable
 * ```
 */
export class TunnelReply {
  private kept: Uint8Array = empty
  private looked = 0
  private head: Extract<TunnelStep, { _tag: "Refused" }> | undefined = undefined
  private body: { readonly length: number } | "chunked" = { length: 0 }

  next(bytes: Uint8Array): TunnelStep {
    let all = this.kept.length === 0 ? bytes : concat([this.kept, bytes])
    while (this.head === undefined) {
      const end = endOfHead(all, Math.max(0, this.looked - 3))
      if (end === -1 ? all.length > maxHead : end > maxHead) return { _tag: "Invalid", detail: "its answer to CONNECT has no end" }
      if (end === -1) {
        // what speaks another protocol is told at once, and not after a timeout
        if (!"HTTP/1.".startsWith(latin1(all.subarray(0, 7)))) return { _tag: "Invalid", detail: "its answer to CONNECT is not HTTP" }
        return this.keep(all)
      }
      const head = parseHead(latin1(all.subarray(0, end)))
      if (head === undefined) return { _tag: "Invalid", detail: "its answer to CONNECT is not HTTP" }
      const { headers, keeps, reason, status } = head
      all = all.subarray(end)
      this.looked = 0
      // RFC 9110 section 15.2: an interim answer, and a final one comes yet
      if (status < 200 && status !== 101) continue
      // Content-Length and Transfer-Encoding of a successful answer mean nothing (RFC 9110 section 9.3.6).
      if (status >= 200 && status < 300) return { _tag: "Open", status, headers, rest: all }
      const coding = get(headers, "transfer-encoding")?.toLowerCase()
      const lengths = new Set(getAll(headers, "content-length"))
      const [length = ""] = lengths
      const framed = coding !== undefined ? coding.trim() === "chunked" : lengths.size === 1 && /^\d{1,15}$/.test(length) && Number(length) <= maxBody
      this.head = { _tag: "Refused", status, reason, headers, reusable: keeps && framed }
      this.body = coding === undefined ? { length: Number(length) } : "chunked"
    }
    const { head } = this
    if (!head.reusable) return head
    const end = this.body === "chunked" ? chunkedLength(all) : all.length < this.body.length ? -1 : this.body.length
    if (end === all.length) return head
    // It sent more than its answer, or a body that is too long, or none that can be read: the connection is of no more use.
    if (end === undefined || end >= 0 || all.length > maxBody) return { ...head, reusable: false }
    return this.keep(all)
  }

  private keep(all: Uint8Array): TunnelStep {
    this.kept = all.slice()
    this.looked = all.length
    return wait
  }
}
