/** Servers with HTTP/2: Node's own, and one that speaks frames as it is told to. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http2 from "node:http2"
import * as Tls from "node:tls"
import { type Certificate, makeAuthority } from "./certificates.ts"
import { listen, type Listening } from "./servers.ts"

const authority = makeAuthority()
/** What the servers show, and who signed it. */
export const certificate: Certificate = authority.issue({})
export const ca = authority.cert

export interface Http2Server extends Listening {
  readonly sessions: Array<Http2.ServerHttp2Session>
}

/** A server of node:http2; with `allowHTTP1` it speaks HTTP/1.1 too. */
export const http2Server = (
  onRequest: (request: Http2.Http2ServerRequest, response: Http2.Http2ServerResponse) => void,
  options: Http2.SecureServerOptions = {}
): Effect.Effect<Http2Server, never, Scope.Scope> => {
  const sessions: Array<Http2.ServerHttp2Session> = []
  const server = Http2.createSecureServer({ ...certificate, ...options }, (request, response) => {
    request.on("error", () => {})
    response.on("error", () => {})
    onRequest(request, response)
  })
  server.on("session", (session) => {
    session.on("error", () => {})
    sessions.push(session)
  })
  server.on("sessionError", () => {})
  return Effect.map(listen(server, "https"), (listening) => ({ ...listening, sessions }))
}

// --- frames

const frameTypes = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const

const words = (...values: ReadonlyArray<number>): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index))
  return bytes
}

/** @see https://www.rfc-editor.org/rfc/rfc9113#section-4.1 */
const frame = (type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const field = (name: string, value: string): Buffer => Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)])

/** One connection of a server that speaks frames. */
export interface Frames {
  readonly index: number
  readonly socket: Tls.TLSSocket
  /** `:status: 200` and these fields */
  readonly head: (stream: number, fields?: Readonly<Record<string, string>>, end?: boolean) => void
  readonly data: (stream: number, text: string, end?: boolean) => void
  readonly reset: (stream: number, code: number) => void
  readonly goaway: (last: number, code?: number) => void
  readonly answer: (stream: number, text: string) => void
  /** its SETTINGS, and that it has seen the client's */
  readonly greet: () => void
}

/** A server that is told of each request's HEADERS, and says what it likes. PINGs are answered unless it is `deaf`; `onEnd` is told how requests end. */
export const frameServer = (
  onRequest: (frames: Frames, stream: number) => void,
  options: { readonly late?: boolean; readonly deaf?: boolean; readonly onEnd?: (how: string) => void } = {}
) => {
  let count = 0
  const server = Tls.createServer({ ...certificate, ALPNProtocols: ["h2"] }, (socket) => {
    socket.on("error", () => {})
    socket.setNoDelay(true)
    const write = (...parts: Parameters<typeof frame>) => void socket.write(frame(...parts))
    const frames: Frames = {
      index: count++,
      socket,
      head: (stream, fields = {}, end = false) =>
        write(frameTypes.headers, end ? 5 : 4, stream, Buffer.concat([Buffer.from([0x88]), ...Object.entries(fields).map(([name, value]) => field(name, value))])),
      data: (stream, text, end = false) => write(frameTypes.data, end ? 1 : 0, stream, Buffer.from(text)),
      reset: (stream, code) => write(frameTypes.reset, 0, stream, words(code)),
      goaway: (last, code = 0) => write(frameTypes.goaway, 0, 0, words(last, code)),
      answer: (stream, text) => {
        frames.head(stream)
        frames.data(stream, text, true)
      },
      greet: () => {
        write(frameTypes.settings, 0, 0)
        write(frameTypes.settings, 1, 0)
      }
    }
    let bytes = Buffer.alloc(0)
    let greeted = false
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      if (!greeted && bytes.length >= 24) {
        greeted = true
        if (options.late !== true) frames.greet()
        bytes = bytes.subarray(24)
      }
      while (greeted && bytes.length >= 9) {
        const length = bytes.readUIntBE(0, 3)
        if (bytes.length < 9 + length) return
        const [type, flags, stream] = [bytes[3], bytes[4]!, bytes.readUInt32BE(5)]
        const payload = bytes.subarray(9, 9 + length)
        bytes = bytes.subarray(9 + length)
        if (type === frameTypes.ping && (flags & 1) === 0 && options.deaf !== true) write(frameTypes.ping, 1, 0, payload)
        if (type === frameTypes.reset) options.onEnd?.(`reset ${payload.readUInt32BE(0)}`)
        if ((type === frameTypes.data || type === frameTypes.headers) && (flags & 1) !== 0) options.onEnd?.("complete")
        if (type === frameTypes.headers) onRequest(frames, stream)
      }
    })
  })
  return listen(server, "https")
}
