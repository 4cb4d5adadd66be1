import { assert } from "@effect/vitest"
import { Auth, type Transport } from "credence"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { env } from "../environment.ts"
import { answers, ask, refused, trusted } from "../client.ts"
import { group, notDone, row } from "../row.ts"

const file = (name: string) => ({ file: env(name) })
const passphrase = Redacted.make(env("TB_CLIENT_KEY_PASSPHRASE"))
const pkcs12Passphrase = Redacted.make(env("TB_CLIENT_P12_PASSPHRASE"))
const wrong = Redacted.make("wrong")

const way = (tls: Transport.TlsOptions = {}) => ({ auth: Auth.anonymous(), tls: { ...trusted, ...tls } })
const as = (certificate: Transport.ClientCertificate, tls: Transport.TlsOptions = {}) => way({ certificate, ...tls })
const client: Transport.ClientCertificate = { certificate: file("TB_CLIENT_CERT"), key: file("TB_CLIENT_KEY") }

export const rows = (): void => {
  group("TLS")
  const mtls = env("TB_MTLS_URL")
  const fails = (name: string, url: string, reason: string, options: Parameters<typeof ask>[1] = way()) => row(name, () => refused(ask(env(url), options), "TlsFailed", reason))

  row("private CA", () => answers(env("TB_TLS_URL"), way(), { protocol: "TLSv1.3" }))
  fails("private CA: unknown to the system", "TB_TLS_URL", "untrusted", { auth: Auth.anonymous(), tls: {} })
  fails("expired", "TB_TLS_EXPIRED_URL", "expired")
  fails("wrong host", "TB_TLS_WRONGHOST_URL", "wrongHost")
  fails("self-signed", "TB_TLS_SELFSIGNED_URL", "untrusted")
  row("self-signed, pinned as its own CA", () => answers(env("TB_TLS_SELFSIGNED_URL"), way({ ca: file("TB_SELFSIGNED_CERT") }), {}))
  fails("another CA", "TB_TLS_OTHERCA_URL", "untrusted")
  fails("intermediate not sent", "TB_TLS_NOCHAIN_URL", "untrusted")
  fails("revoked, seen with the CRL", "TB_TLS_REVOKED_URL", "revoked", way({ crl: file("TB_CRL") }))
  row("revoked, not seen without it", () => answers(env("TB_TLS_REVOKED_URL"), way(), {}))
  fails("TLS 1.1 only", "TB_TLS_11_URL", "protocol")
  row("HTTP/2 by ALPN", () => answers(env("TB_TLS_H2_URL"), { ...way(), http2: true }, { http: "HTTP/2.0" }))
  row("HTTP/2 by ALPN: not asked for", () => answers(env("TB_TLS_H2_URL"), way(), { http: "HTTP/1.1" }))

  row("mTLS: subject echoed", () => answers(mtls, as(client), { subject: env("TB_CLIENT_SUBJECT"), verify: "SUCCESS" }))
  row("mTLS: no certificate, 400 (nginx)", () => Effect.map(ask(mtls, way()), ({ status }) => assert.strictEqual(status, 400)))
  row("mTLS: certificate of another CA, 400 (nginx)", () =>
    Effect.map(ask(mtls, as({ certificate: file("TB_ROGUE_CERT"), key: file("TB_ROGUE_KEY") })), ({ status }) => assert.strictEqual(status, 400)))
  row("mTLS optional: 200 without", () => answers(env("TB_MTLS_OPTIONAL_URL"), way(), { verify: "NONE" }))
  row("mTLS: encrypted PKCS#8 key", () => answers(mtls, as({ certificate: file("TB_CLIENT_CERT"), key: file("TB_CLIENT_KEY_ENCRYPTED"), passphrase }), { verify: "SUCCESS" }))
  row("mTLS: encrypted PKCS#1 key", () => answers(mtls, as({ certificate: file("TB_CLIENT_CERT"), key: file("TB_CLIENT_KEY_ENCRYPTED_PKCS1"), passphrase }), { verify: "SUCCESS" }))
  fails("mTLS: wrong passphrase", "TB_MTLS_URL", "configuration", as({ certificate: file("TB_CLIENT_CERT"), key: file("TB_CLIENT_KEY_ENCRYPTED"), passphrase: wrong }))
  row("mTLS: PKCS#12", () => answers(mtls, as({ pkcs12: file("TB_CLIENT_P12"), passphrase: pkcs12Passphrase }), { verify: "SUCCESS" }))
  fails("mTLS: PKCS#12, wrong passphrase", "TB_MTLS_URL", "configuration", as({ pkcs12: file("TB_CLIENT_P12"), passphrase: wrong }))
  fails("mTLS: legacy PKCS#12 needs OpenSSL's legacy provider", "TB_MTLS_URL", "configuration", as({ pkcs12: file("TB_CLIENT_P12_LEGACY"), passphrase: pkcs12Passphrase }))
  fails("mTLS required by TLS alert (Apache): no certificate", "TB_ALERT_MTLS_URL", "clientCertificateRequired")
  row("mTLS required by TLS alert (Apache): certificate", () => answers(env("TB_ALERT_MTLS_URL"), as(client), { subject: env("TB_CLIENT_SUBJECT") }))
  row("mTLS asked for late (per path): TLS 1.2 renegotiation", () => answers(env("TB_LATE_MTLS_URL"), as(client, { maxVersion: "TLSv1.2" }), { subject: env("TB_CLIENT_SUBJECT") }))
  notDone("mTLS asked for late (per path): TLS 1.3 post-handshake", "Node has no post-handshake authentication: the server answers 403 (with `maxVersion: \"TLSv1.2\"` it works)", () =>
    Effect.map(ask(env("TB_LATE_MTLS_URL"), as(client)), ({ status }) => assert.strictEqual(status, 403)))
}
