import { assert } from "@effect/vitest"
import { Auth, type Scheme, type Transport } from "credence"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { alice, env, mallory, type Person, zoe } from "../environment.ts"
import { answers, ask, basic, digest, kerberos, ntlm, refused, trusted, type Way } from "../client.ts"
import { type Line, logged } from "../log.ts"
import { group, row } from "../row.ts"

const open = env("TB_PUBLIC_URL"), tls = env("TB_TLS_URL")

const through = (url: string, more: Omit<Transport.ProxyServer, "url"> = {}): Way => ({ auth: Auth.anonymous(), proxy: { url: env(url), ...more } })
const by = (url: string, ...schemes: ReadonlyArray<Scheme.Scheme>): Way => through(url, { schemes })
const withPassword = (url: string, { name, password }: Person): Way => through(url, { username: name, password: Redacted.make(password) })
const ok = (url: string, way: Way) => answers(url, way, {})
const tunnel = (line: Line) => line["method"] === "CONNECT" && line["target"] === `localhost:${env("TB_TLS_PORT")}` && line["status"] === 200
const proxyLog = env("TB_PROXY_LOG")

export const rows = (): void => {
  group("proxies")
  const proxyFails = (name: string, url: string, way: Way) =>
    row(name, () => Effect.map(refused(ask(url, way), "ConnectionFailed", "proxy"), ({ message }) => assert.match(message, /407|password|login|refuse|log in/i)))

  row("plain: http", () => Effect.map(ask(open, through("TB_PROXY")), ({ json }) => assert.match(String(json["via"]), /^1\.1 squid/)))
  row("plain: CONNECT", () => ok(tls, through("TB_PROXY")))
  row("plain: CONNECT in the access log", () => logged(proxyLog, tunnel, ok(tls, through("TB_PROXY"))))
  row("plain: a name only the proxy resolves", () => ok(`https://${env("TB_PROXY_ONLY_NAME")}:${env("TB_TLS_PORT")}/`, through("TB_PROXY")))
  row("plain: refuses what is not loopback", () => Effect.map(ask("http://192.0.2.1/", through("TB_PROXY")), ({ status }) => assert.strictEqual(status, 403)))

  proxyFails("Basic: 407 without", open, through("TB_PROXY_BASIC"))
  row("Basic: 200", () => ok(open, by("TB_PROXY_BASIC", basic(alice))))
  proxyFails("Basic: wrong password", open, by("TB_PROXY_BASIC", basic(mallory)))
  row("Basic: CONNECT, user in the access log", () =>
    logged(proxyLog, (line) => tunnel(line) && line["user"] === "alice", ok(tls, withPassword("TB_PROXY_BASIC", alice))))
  proxyFails("Basic: CONNECT refused", tls, through("TB_PROXY_BASIC"))
  row("proxy and origin each with their own Basic", () =>
    answers(env("TB_BASIC_URL"), { ...by("TB_PROXY_BASIC", basic(alice)), auth: Auth.auto({ schemes: [basic(zoe)] }) }, { user: "zoe" }))

  row("Digest", () => ok(open, by("TB_PROXY_DIGEST", digest(alice))))
  proxyFails("Digest: wrong password", open, by("TB_PROXY_DIGEST", digest(mallory)))

  row("Negotiate (Kerberos), CONNECT", () =>
    logged(proxyLog, (line) => tunnel(line) && line["user"] === env("TB_KRB_PRINCIPAL"), ok(tls, by("TB_PROXY_NEGOTIATE", kerberos()))))
  proxyFails("Negotiate: 407 without", open, through("TB_PROXY_NEGOTIATE"))
  row("NTLM, CONNECT", () => logged(proxyLog, tunnel, ok(tls, by("TB_PROXY_NTLM", ntlm(alice)))))
  proxyFails("NTLM: wrong password", open, by("TB_PROXY_NTLM", ntlm(mallory)))
  row("Apache: offers Negotiate, NTLM, Basic", () =>
    Effect.map(refused(ask(open, by("TB_PROXY_MULTI", digest(alice))), "ConnectionFailed", "proxy"), ({ message }) => assert.match(message, /Negotiate, NTLM, Basic/)))
  row("Apache: Negotiate (Kerberos), CONNECT", () => ok(tls, by("TB_PROXY_MULTI", kerberos(), basic(alice))))

  row("TLS to the proxy, http", () => ok(open, through("TB_PROXY_TLS", { tls: trusted })))
  row("TLS to the proxy, CONNECT (TLS in TLS)", () => ok(tls, through("TB_PROXY_TLS", { tls: trusted })))
  // the session trusts the authority, but the proxy's TLS is the proxy's own
  row("TLS to the proxy: CA unknown", () => refused(ask(open, through("TB_PROXY_TLS")), "TlsFailed", "untrusted"))

  row("SOCKS5", () => ok(tls, through("TB_SOCKS")))
  row("SOCKS5 with password", () => ok(tls, withPassword("TB_SOCKS_AUTH", alice)))
  proxyFails("SOCKS5: wrong password", open, withPassword("TB_SOCKS_AUTH", mallory))
}
