/** The Argus session, its server being the sandbox: through every proxy, and behind TLS of every kind. */
import { assert, describe, it } from "@effect/vitest"
import { Configuration, Scheme, Transport } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { simpleCaseSearch } from "credence/argus/cases/v2/case"
import { getCurrentUser } from "credence/argus/currentuser/v1/user"
import { NodeTransport } from "credence/node"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as tls from "node:tls"
import { basic, digest, kerberos, ntlm, refused, trusted } from "./client.ts"
import { alice, env } from "./environment.ts"

const certificates = path.join(env("TB_HOME"), "tls")
const read = (name: string): Buffer => readFileSync(path.join(certificates, name))

/** TLS with a certificate of the servers, in front of the sandbox. */
const behind = (sandbox: string, options: tls.TlsOptions) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly server: tls.Server; readonly sockets: Set<net.Socket> }>((resume) => {
      const sockets = new Set<net.Socket>()
      const server = tls.createServer(options, (socket) => {
        const inner = net.connect(Number(new URL(sandbox).port), "127.0.0.1")
        for (const each of [socket, inner]) {
          sockets.add(each)
          each.on("error", () => {}).on("close", () => {
            sockets.delete(each)
            socket.destroy()
            inner.destroy()
          })
        }
        socket.pipe(inner).pipe(socket)
      })
      server.on("tlsClientError", () => {})
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ url: `https://localhost:${(server.address() as net.AddressInfo).port}`, server, sockets })))
    }),
    ({ server, sockets }) => Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      for (const socket of sockets) socket.destroy()
    })
  ).pipe(Effect.map(({ url }) => url))

const withCertificate = (sandbox: string, name: string, options: tls.TlsOptions = {}) =>
  behind(sandbox, { cert: read(`${name}.crt`), key: read(`${name.replace(/-chain$/, "")}.key`), ...options })

/** Logs in, asks who one is, and reads two pages. */
const visit = (url: string, options: NodeTransport.Options) =>
  Effect.gen(function*() {
    const me = yield* getCurrentUser()
    const cases = yield* Stream.runCollect(simpleCaseSearch.items({ limit: 5 }).pipe(Stream.take(10)))
    return [me.data.userName, cases.length]
  }).pipe(Effect.provide(Argus.layer().pipe(Layer.provide([
    ArgusAuth.password({ username: "demo", password: Redacted.make("demo-password") }),
    Configuration.layer({ baseUrl: url, retry: "none" }),
    NodeTransport.layer({ environment: {}, proxy: "none", ...options })
  ]))))

const arrived = ["demo", 10]

describe("the Argus session through proxies", () => {
  const by = (url: string, ...schemes: ReadonlyArray<Scheme.Scheme>): Transport.ProxyServer => ({ url: env(url), schemes })
  const proxies: ReadonlyArray<readonly [name: string, proxy: () => Transport.ProxyServer]> = [
    ["plain", () => ({ url: env("TB_PROXY") })],
    ["Basic", () => by("TB_PROXY_BASIC", basic(alice))],
    ["Basic, by user name and password", () => ({ url: env("TB_PROXY_BASIC"), username: alice.name, password: Redacted.make(alice.password) })],
    ["Digest", () => by("TB_PROXY_DIGEST", digest(alice))],
    ["Negotiate (Kerberos)", () => by("TB_PROXY_NEGOTIATE", kerberos())],
    ["NTLM", () => by("TB_PROXY_NTLM", ntlm(alice))],
    ["Apache, Negotiate", () => by("TB_PROXY_MULTI", kerberos(), basic(alice))],
    ["over TLS", () => ({ url: env("TB_PROXY_TLS"), tls: trusted })],
    ["SOCKS5", () => ({ url: env("TB_SOCKS") })],
    ["SOCKS5 with password", () => ({ url: env("TB_SOCKS_AUTH"), username: alice.name, password: Redacted.make(alice.password) })]
  ]
  for (const [name, proxy] of proxies) {
    it.live(`${name}: http`, () => Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      assert.deepStrictEqual(yield* visit(sandbox.url, { proxy: proxy() }), arrived)
      assert.isAbove((yield* sandbox.control.received).length, 2)
    })))
    it.live(`${name}: https, by a tunnel`, () => Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const url = yield* withCertificate(sandbox.url, "server")
      assert.deepStrictEqual(yield* visit(url, { proxy: proxy(), tls: trusted }), arrived)
    })))
  }
})

describe("the Argus session over TLS", () => {
  const client: Transport.ClientCertificate = { certificate: { file: env("TB_CLIENT_CERT") }, key: { file: env("TB_CLIENT_KEY") } }
  const wanted: tls.TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: read("ca.crt") }
  const works: ReadonlyArray<readonly [name: string, certificate: string, server: tls.TlsOptions, client: Transport.TlsOptions]> = [
    ["private CA", "server", {}, trusted],
    ["a chain with an intermediate", "chained-chain", {}, trusted],
    ["intermediate not sent, but given", "chained", {}, { ca: [{ file: env("TB_CA") }, { file: path.join(certificates, "issuing.crt") }], caMode: "replace" }],
    ["self-signed, as its own CA", "selfsigned", {}, { ca: { file: env("TB_SELFSIGNED_CERT") } }],
    ["wrong host, under its own name", "wronghost", {}, { ...trusted, serverName: "wrong.testbed.test" }],
    ["revoked, without a list", "revoked", {}, trusted],
    ["TLS 1.2", "server", { maxVersion: "TLSv1.2" }, trusted],
    ["client certificate", "server", wanted, { ...trusted, certificate: client }],
    ["client certificate, TLS 1.2", "server", { ...wanted, maxVersion: "TLSv1.2" }, { ...trusted, certificate: client }],
    ["client certificate in PKCS#12", "server", wanted, { ...trusted, certificate: { pkcs12: { file: env("TB_CLIENT_P12") }, passphrase: Redacted.make(env("TB_CLIENT_P12_PASSPHRASE")) } }],
    ["not verified", "expired", {}, { verify: false }]
  ]
  for (const [name, certificate, options, tlsOptions] of works) {
    it.live(name, () => Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const url = yield* withCertificate(sandbox.url, certificate, options)
      assert.deepStrictEqual(yield* visit(url, { tls: tlsOptions }), arrived)
    })))
  }

  const refusals: ReadonlyArray<readonly [name: string, certificate: string, server: tls.TlsOptions, client: Transport.TlsOptions, reason: string]> = [
    ["unknown to the system", "server", {}, {}, "untrusted"],
    ["expired", "expired", {}, trusted, "expired"],
    ["wrong host", "wronghost", {}, trusted, "wrongHost"],
    ["self-signed", "selfsigned", {}, trusted, "untrusted"],
    ["another CA", "otherserver", {}, trusted, "untrusted"],
    ["intermediate not sent", "chained", {}, trusted, "untrusted"],
    ["revoked", "revoked", {}, { ...trusted, crl: { file: env("TB_CRL") } }, "revoked"],
    ["TLS 1.2 where 1.3 is wanted", "server", { maxVersion: "TLSv1.2" }, { ...trusted, minVersion: "TLSv1.3" }, "protocol"],
    ["another key than is pinned", "server", {}, { ...trusted, pins: [`sha256/${"A".repeat(43)}=`] }, "pin"],
    ["no client certificate", "server", wanted, trusted, "clientCertificateRequired"]
  ]
  for (const [name, certificate, options, tlsOptions, reason] of refusals) {
    it.live(`refused: ${name}`, () => Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const url = yield* withCertificate(sandbox.url, certificate, options)
      const error = yield* refused(visit(url, { tls: tlsOptions }), "TlsFailed", reason)
      assert.include(error.message, "localhost")
      // nothing of the login was sent
      assert.deepStrictEqual(yield* sandbox.control.received, [])
    })))
  }
})
