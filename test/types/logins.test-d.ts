/** Challenges, TLS and proxies: their layers need nothing, and what does not fit does not compile. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Auth, Call, type CallError, Configuration, type ConfigurationInvalid, Endpoint, Scheme, Session, Transport } from "credence"
import { Kerberos, NodeTransport, Probe } from "credence/node"
import * as Ntlm from "credence/ntlm"
import { claim, type ErrorOf, type NeedsOf, type Same, type SuccessOf } from "./support.ts"

const password = Redacted.make("enigma")
const user = { username: "ada", password }

// --- every way to log in is a layer that needs nothing and cannot fail to be built

type Login = Layer.Layer<Auth.Authentication>
const auto = Auth.auto({ schemes: [Kerberos.scheme(), Ntlm.negotiate(user), Scheme.digest(user), Ntlm.scheme(user), Scheme.basic(user)] })
claim<Same<typeof auto, Login>>()
const digest = Auth.digest(user, { charset: "iso-8859-1", bufferLimit: 0 })
claim<Same<typeof digest, Login>>()
const kerberos = Kerberos.layer({ principal: "ada@EXAMPLE.COM", keytab: "/etc/ada.keytab", preemptive: true, reuse: "request", mutual: "optional" })
claim<Same<typeof kerberos, Login>>()
const ntlm = Ntlm.layer({ ...user, domain: "CORP", channelBinding: "off", bufferLimit: 1024 })
claim<Same<typeof ntlm, Login>>()

// --- what a call can fail with is the same whatever the login is

class Shop extends Session.Service<Shop>()("shop") {}
const get = Endpoint.get(Shop, "/x", { success: Schema.Struct({ id: Schema.Int }) })
const Live = Shop.layer().pipe(Layer.provide([auto, Configuration.layer({ baseUrl: "https://x" }), NodeTransport.layer()]))
claim<Same<Layer.Services<typeof Live>, never>>()
const call = get().pipe(Effect.provide(Shop.override(kerberos)))
claim<Same<ErrorOf<typeof call>, CallError | ConfigurationInvalid>>()
claim<Same<NeedsOf<typeof call>, Shop>>()

// --- options of the logins

// @ts-expect-error schemes are what it is about
Auth.auto({ preemptive: "Basic" })
// @ts-expect-error a layer is no scheme
Auth.auto({ schemes: [Auth.basic(user)] })
// @ts-expect-error no such option
Auth.auto({ schemes: [], prefer: "Basic" })
// @ts-expect-error bytes are a number
Auth.auto({ schemes: [], bufferLimit: "1 MiB" })
// @ts-expect-error the password is Redacted
Scheme.basic({ username: "ada", password: "enigma" })
// @ts-expect-error the password is Redacted
Scheme.digest({ username: "ada", password: "enigma" })
// @ts-expect-error the password is Redacted
Ntlm.layer({ username: "ada", password: "enigma" })
// @ts-expect-error no such charset
Auth.digest(user, { charset: "utf-16" })
// @ts-expect-error Digest never sends before it is asked
Auth.digest(user, { preemptive: "Digest" })
// @ts-expect-error no such option
Kerberos.scheme({ password })
// @ts-expect-error it is not a yes or no
Kerberos.scheme({ mutual: true })
// @ts-expect-error NTLM has to know who it is
Ntlm.scheme({ domain: "CORP", password })
// @ts-expect-error SPNEGO is of Negotiate alone
Ntlm.scheme({ ...user, spnego: false })

// --- a scheme of one's own has all that the rules look at

const own: Scheme.Scheme = {
  name: "Ticket",
  strength: 35,
  bound: false,
  exposes: false,
  identity: undefined,
  secrets: () => [],
  open: () => ({
    begin: () => ({ first: () => Effect.undefined, answer: () => Effect.undefined, accepted: () => Effect.void, settled: () => true })
  })
}
const { exposes: _, ...silent } = own
// @ts-expect-error whether it shows the secret has to be said
Auth.auto({ schemes: [silent] })
declare const wild: Scheme.SchemeLogin["answer"] | (() => Effect.Effect<string, Error>)
// @ts-expect-error it fails with SchemeError alone
const _failing: Scheme.SchemeLogin["answer"] = wild
declare const needy: () => Effect.Effect<string, Scheme.SchemeError, Shop>
// @ts-expect-error and needs nothing
const _needing: Scheme.SchemeLogin["answer"] = needy

// --- TLS

export const tls: Transport.TlsOptions = {
  ca: ["-----BEGIN CERTIFICATE-----", { file: "ca.pem" }, { folder: "/etc/cas" }, { store: "system" }],
  caMode: "replace",
  crl: { folder: "/etc/crls" },
  certificate: { certificate: { file: "a.pem" }, key: { file: "a.key" }, passphrase: password },
  minVersion: "TLSv1.3",
  pins: ["sha256/x"]
}
Call.with({ tls: { certificate: { pkcs12: Redacted.make(new Uint8Array()) } } })
// @ts-expect-error a key is Redacted, or in a file
Call.with({ tls: { certificate: { certificate: "-----BEGIN", key: "-----BEGIN" } } })
// @ts-expect-error a certificate without its key
Call.with({ tls: { certificate: { certificate: { file: "a.pem" } } } })
// @ts-expect-error a passphrase is Redacted
Call.with({ tls: { certificate: { pkcs12: { file: "a.p12" }, passphrase: "p" } } })
// @ts-expect-error old versions are never spoken
NodeTransport.layer({ tls: { minVersion: "TLSv1.1" } })
// @ts-expect-error a store is the system's or Node's
NodeTransport.layer({ tls: { ca: { store: "firefox" } } })
// @ts-expect-error revocation lists are in no store
NodeTransport.layer({ tls: { crl: { store: "system" } } })
// @ts-expect-error the name that Node has for it
Configuration.layer({ baseUrl: "https://x", tls: { rejectUnauthorized: false } })

// --- proxies

const company: Transport.ProxyServer = { url: "http://proxy:3128", schemes: [Kerberos.scheme(), Scheme.digest(user)], tls }
Call.with({ proxy: company })
Call.with({ proxy: { http: "none", https: company } })
Configuration.layer({ baseUrl: "https://x", proxy: "environment" })
// @ts-expect-error a URL is given as { url }
Call.with({ proxy: "http://proxy:3128" })
// @ts-expect-error the password is Redacted
Call.with({ proxy: { url: "http://proxy:3128", username: "ada", password: "enigma" } })
// @ts-expect-error a layer is no scheme
Call.with({ proxy: { url: "http://proxy:3128", schemes: [Kerberos.layer()] } })
// @ts-expect-error no such scheme of URLs
Call.with({ proxy: { ftp: company } })

// --- the transport, the ticket and the probe

const transport = NodeTransport.layer({ http2: true, connections: 4, connectTimeout: "3 seconds", tls, proxy: company })
claim<Same<typeof transport, Layer.Layer<Transport.Transport>>>()
const made = NodeTransport.make()
claim<Same<NeedsOf<typeof made>, Scope.Scope>>()
claim<Same<ErrorOf<typeof made>, never>>()
const ticket = Kerberos.ticket({ host: "intranet.example.com" })
claim<Same<typeof ticket, Effect.Effect<Kerberos.Ticket>>>()
claim<Same<SuccessOf<typeof ticket>["state"], "valid" | "expired" | "none" | "unavailable">>()
const probe = Probe.make(new URL("https://x"), { proxy: company, tls, timeout: "1 second" })
claim<Same<typeof probe, Effect.Effect<Probe.Probe, never, Scope.Scope>>>()
claim<Same<ErrorOf<Probe.Probe["secure"]>, never>>()
claim<Same<ErrorOf<Probe.Probe["route"]>, Transport.TransportError>>()
// @ts-expect-error a probe sends nothing that changes anything
export const post = Effect.flatMap(probe, ({ request }) => request({ method: "POST" }))
// @ts-expect-error a URL, not a text
Probe.make("https://x")
