/** Single steps of a connection, each by itself. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { lookup } from "node:dns/promises"
import * as Net from "node:net"
import * as Tls from "node:tls"
import type { TlsCertificate } from "../../errors/CallError.ts"
import { type TunnelStep, TunnelReply } from "../../wire/tunnel.ts"
import type { CodedError } from "../transport/failures.ts"
import { chainOf, handshake } from "../transport/handshake.ts"
import type { ProxyRoute } from "../transport/proxy.ts"
import type { TlsSettings, TlsStore } from "../transport/tls.ts"
import { namesOf, shownChain } from "../transport/tlsProblem.ts"

/** All addresses of a name, in the order in which they are tried. */
export const addressesOf = (host: string): Effect.Effect<ReadonlyArray<string>, CodedError> =>
  Net.isIP(host) !== 0
    ? Effect.succeed([host])
    : Effect.map(
      Effect.tryPromise({ try: () => lookup(host, { all: true }), catch: (error) => error as CodedError }),
      (found) => [...new Set(found.map(({ address }) => address))]
    )

/** Opens a socket, closed with the scope. */
export const openSocket = (host: string, port: number): Effect.Effect<Net.Socket, CodedError, Scope.Scope> =>
  acquire((ready, fail) => {
    const socket = Net.connect({ host, port })
    socket.once("connect", () => ready(socket))
    socket.on("error", fail)
    return socket
  })

/** TLS on a socket, or on one of its own; closed with the scope. Only for what the settings say is to be believed. */
export const openTls = (options: {
  readonly host: string
  readonly port: number
  readonly socket?: Net.Socket | undefined
  readonly settings: TlsSettings
  readonly store: TlsStore
  readonly peer: "origin" | "proxy"
  readonly label: string
  readonly protocols?: ReadonlyArray<string> | undefined
}): Effect.Effect<Tls.TLSSocket, CodedError, Scope.Scope> =>
  acquire((ready, fail) => {
    const socket = handshake({ ...options, sessionKey: "probe" }, { onTls: () => {}, onSecure: ready })
    socket.on("error", fail)
    return socket
  })

const closed = (): CodedError => Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" })

const acquire = <S extends Net.Socket>(
  start: (ready: (socket: S) => void, fail: (error: CodedError) => void) => S
): Effect.Effect<S, CodedError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<S, CodedError>((resume) => {
      let socket: S | undefined
      try {
        socket = start((ready) => resume(Effect.succeed(ready)), (error) => resume(Effect.fail(error)))
      } catch (error) {
        // settings that cannot be used, e.g. a file that is missing
        return resume(Effect.fail(error as CodedError))
      }
      socket.once("close", () => resume(Effect.fail(closed())))
      return Effect.sync(() => void socket.destroy())
    }),
    (socket) => Effect.sync(() => void socket.destroy()),
    { interruptible: true }
  )

/** Opens a connection to a proxy. */
export const openProxy = ({ host, label, port, tls }: ProxyRoute, store: TlsStore): Effect.Effect<Net.Socket, CodedError, Scope.Scope> =>
  tls === undefined ? openSocket(host, port) : openTls({ host, port, settings: tls(), store, peer: "proxy", label: `proxy ${label}` })

/** Sends the head of one request without credentials, and reads the head of the answer. */
export const ask = (socket: Net.Socket, head: string): Effect.Effect<Exclude<TunnelStep, { readonly _tag: "Wait" }>, CodedError> =>
  Effect.callback((resume) => {
    const reply = new TunnelReply()
    const onData = (chunk: Buffer) => {
      const step = reply.next(chunk)
      if (step._tag === "Wait") return
      socket.off("data", onData)
      socket.pause()
      if (step._tag === "Open" && step.rest.length > 0) socket.unshift(step.rest)
      resume(Effect.succeed(step))
    }
    socket.on("data", onData)
    socket.once("close", () => resume(Effect.fail(closed())))
    socket.write(head, "latin1")
  })

/** What a handshake has settled. */
export interface Handshake {
  /** e.g. `TLSv1.3` */
  readonly version: string
  /** as OpenSSL calls it */
  readonly cipher: string
  /** what the server chose by ALPN; `undefined`: it chose nothing */
  readonly protocol: string | undefined
  /** the server's own certificate first */
  readonly chain: ReadonlyArray<TlsCertificate>
  /** hosts that the server's certificate is for */
  readonly names: string | undefined
  /** SHA-256 of the server's certificate, in hexadecimal with colons */
  readonly fingerprint: string | undefined
  /** the server asked for a client certificate */
  readonly asksForCertificate: boolean
}

/** What the handshake on a socket has settled. */
export const handshakeOf = (socket: Tls.TLSSocket): Handshake => {
  const certificates = chainOf(socket)
  const { chain, fingerprint } = shownChain(certificates)
  const leaf = certificates[0]
  return {
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().standardName,
    protocol: protocolOf(socket),
    chain: chain ?? [],
    names: leaf === undefined ? undefined : namesOf(leaf),
    fingerprint,
    // Only a server that asks for a certificate tells which signatures it takes (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4).
    asksForCertificate: socket.getSharedSigalgs().length > 0
  }
}

/** What the server chose by ALPN (RFC 7301). */
export const protocolOf = (socket: Tls.TLSSocket): string | undefined =>
  typeof socket.alpnProtocol === "string" && socket.alpnProtocol !== "" ? socket.alpnProtocol : undefined
