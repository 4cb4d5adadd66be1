/** What `credence doctor` says of each kind of server. */
import { assert, describe, it } from "@effect/vitest"
import { Kerberos } from "credence/node"
import type { ProxyOption } from "credence/Transport"
import * as Effect from "effect/Effect"
import type { Method, Report } from "../../kit/src/doctor/model.ts"
import { dataOf, textOf } from "../../kit/src/doctor/render.ts"
import { looking, stageOf } from "../support/doctor.ts"
import { ticketCache } from "./client.ts"
import { alice, env, load } from "./environment.ts"

const ca = env("TB_CA")
const own = { certificate: env("TB_CLIENT_CERT"), key: env("TB_CLIENT_KEY") }
const rogue = { certificate: env("TB_ROGUE_CERT"), key: env("TB_ROGUE_KEY") }

const look = looking((host) => Kerberos.ticket({ host, load, credentialCache: ticketCache() }))

const text = (report: Report): string => textOf(report, (_, each) => each)

describe("logins", () => {
  it.live.each<[variable: string, schemes: ReadonlyArray<string>, use: Method]>([
    ["TB_PUBLIC_URL", [], "anonymous"],
    ["TB_BASIC_URL", ["Basic"], "basic"],
    ["TB_DIGEST_URL", ["Digest"], "digest"],
    ["TB_DIGEST_SHA256_URL", ["Digest"], "digest"],
    ["TB_DIGEST_BOTH_URL", ["Digest", "Digest"], "digest"],
    ["TB_KRB_URL", ["Negotiate"], "kerberos"],
    ["TB_NTLM_ONLY_URL", ["NTLM"], "ntlm"],
    ["TB_MULTI_URL", ["Negotiate", "NTLM", "Basic"], "kerberos"],
    ["TB_OIDC_API", ["Bearer"], "bearer"]
  ])("%s offers %j: %s", ([variable, schemes, use]) =>
    Effect.map(look(env(variable)), (report) => {
      const { facts } = stageOf(report, "authentication")
      assert.deepStrictEqual(facts?.schemes.map(({ scheme }) => scheme), schemes, text(report))
      assert.strictEqual(facts?.use, use)
      assert.strictEqual(report.exitCode, 0, text(report))
    }))

  it.live("Negotiate alone, with a ticket and without", () =>
    Effect.gen(function*() {
      const having = yield* look(env("TB_KRB_URL"))
      assert.strictEqual(stageOf(having, "kerberos").facts?.principal, env("TB_KRB_PRINCIPAL"))
      assert.strictEqual(stageOf(having, "kerberos").facts?.state, "valid")
      const without = yield* look(env("TB_KRB_URL"), { ticket: (host) => Kerberos.ticket({ host, load, credentialCache: "FILE:/nonexistent/cache" }) })
      assert.strictEqual(without.exitCode, 17, text(without))
      assert.include(text(without), "kinit")
    }))
})

describe("TLS", () => {
  it.live.each<[variable: string, reason: string]>([
    ["TB_TLS_EXPIRED_URL", "expired"],
    ["TB_TLS_WRONGHOST_URL", "wrongHost"],
    ["TB_TLS_SELFSIGNED_URL", "untrusted"],
    ["TB_TLS_OTHERCA_URL", "untrusted"],
    ["TB_TLS_NOCHAIN_URL", "untrusted"],
    ["TB_TLS_11_URL", "protocol"],
    ["TB_MTLS_URL", ""],
    ["TB_ALERT_MTLS_URL", "clientCertificateRequired"]
  ])("%s is broken: %s", ([variable, reason]) =>
    Effect.map(look(env(variable), { ca }), (report) => {
      assert.strictEqual(report.exitCode, 13, text(report))
      assert.strictEqual(stageOf(report, "tls").facts?.failure?.reason ?? "", reason)
    }))

  it.live("the missing authority is named", () =>
    Effect.map(look(env("TB_TLS_OTHERCA_URL"), { ca }), (report) => {
      assert.strictEqual(stageOf(report, "tls").facts?.missingAuthority, "CN=Untrusted CA, O=Elsewhere")
    }))

  it.live("client certificates are asked for, given and refused", () =>
    Effect.gen(function*() {
      for (const variable of ["TB_MTLS_URL", "TB_MTLS_OPTIONAL_URL", "TB_ALERT_MTLS_URL"]) {
        const having = yield* look(env(variable), { ca, certificate: own })
        assert.strictEqual(having.exitCode, 0, text(having))
        assert.strictEqual(stageOf(having, "tls").facts?.clientCertificate, "given")
      }
      assert.strictEqual(stageOf(yield* look(env("TB_MTLS_OPTIONAL_URL"), { ca }), "tls").facts?.clientCertificate, "asked for")
      const refused = yield* look(env("TB_ALERT_MTLS_URL"), { ca, certificate: rogue })
      assert.strictEqual(refused.exitCode, 13, text(refused))
      assert.strictEqual(stageOf(refused, "tls").facts?.failure?.reason, "clientCertificateRefused")
    }))

  it.live("HTTP/2 is seen, and not needed", () =>
    Effect.gen(function*() {
      for (const proxy of [undefined, { url: env("TB_PROXY") }]) {
        const report = yield* look(env("TB_TLS_H2_URL"), { ca, proxy })
        assert.strictEqual(report.exitCode, 0, text(report))
        assert.strictEqual(stageOf(report, "http").facts?.preferred, "h2")
      }
      assert.strictEqual(stageOf(yield* look(env("TB_TLS_URL"), { ca }), "http").facts?.preferred, "http/1.1")
    }))
})

describe("proxies", () => {
  const user = { username: alice.name, password: alice.password }
  const at = (variable: string, login?: { readonly username: string; readonly password: string }): ProxyOption => {
    const url = new URL(env(variable))
    url.username = login?.username ?? ""
    url.password = login?.password ?? ""
    return { url: url.href, ...(url.protocol === "https:" ? { tls: { ca: { file: ca } } } : {}) }
  }

  it.live.each(["TB_PROXY", "TB_PROXY_TLS", "TB_SOCKS"])("%s lets through", (variable) =>
    Effect.map(look(env("TB_TLS_URL"), { ca, proxy: at(variable) }), (report) => assert.strictEqual(report.exitCode, 0, text(report))))

  it.live.each<[variable: string, schemes: ReadonlyArray<string>]>([
    ["TB_PROXY_BASIC", ["Basic"]],
    ["TB_PROXY_DIGEST", ["Digest"]],
    ["TB_PROXY_NTLM", ["NTLM"]],
    ["TB_PROXY_NEGOTIATE", ["Negotiate", "Basic"]],
    ["TB_PROXY_MULTI", ["Negotiate", "NTLM", "Basic"]],
    ["TB_SOCKS_AUTH", []]
  ])("%s wants a login: %j", ([variable, schemes]) =>
    Effect.gen(function*() {
      for (const url of variable === "TB_SOCKS_AUTH" ? [env("TB_TLS_URL")] : [env("TB_TLS_URL"), env("TB_PUBLIC_URL")]) {
        const report = yield* look(url, { ca, proxy: at(variable) })
        assert.strictEqual(report.exitCode, 11, text(report))
        for (const scheme of schemes) assert.include(stageOf(report, "proxy").facts?.schemes.map((each) => each.scheme) ?? [], scheme)
        assert.strictEqual(stageOf(report, "kerberos").status, schemes.includes("Negotiate") ? "ok" : "skipped")
      }
    }))

  it.live.each(["TB_PROXY_BASIC", "TB_PROXY_DIGEST", "TB_SOCKS_AUTH"])("%s takes alice, and nobody else", (variable) =>
    Effect.gen(function*() {
      const right = yield* look(env("TB_TLS_URL"), { ca, proxy: at(variable, user) })
      assert.strictEqual(right.exitCode, 0, text(right))
      const wrong = yield* look(env("TB_TLS_URL"), { ca, proxy: at(variable, { username: alice.name, password: "canary-wrong" }) })
      assert.strictEqual(wrong.exitCode, 11, text(wrong))
      for (const report of [right, wrong]) {
        const said = text(report) + JSON.stringify(dataOf(report))
        assert.notInclude(said, alice.password)
        assert.notInclude(said, "canary")
      }
    }))

  it.live("one whose own certificate is not trusted is the proxy's trouble", () =>
    Effect.map(look(env("TB_TLS_URL"), { ca, proxy: { url: env("TB_PROXY_TLS") } }), (report) => {
      assert.strictEqual(report.broken, "proxy", text(report))
      assert.strictEqual(stageOf(report, "proxy").facts?.failure?.tag, "TlsFailed")
    }))
})

it.live("the OpenID provider is discovered", () =>
  Effect.gen(function*() {
    for (const [variable, options] of [["TB_OIDC_ISSUER", {}], ["TB_OIDC_ISSUER_TLS", { ca }]] as const) {
      const report = yield* look(env(variable), { discovery: true, ...options })
      const found = stageOf(report, "discovery").facts?.found
      assert.include(found?.map(({ kind }) => kind) ?? [], "OpenID Connect", text(report))
      assert.strictEqual(found?.[0]?.issuer, env(variable))
    }
  }))
