/** This library, through its public doors, on the rows that come in as JSON: one JSON line of outcome for each. */
import { Auth, Configuration, Cookies, Scheme, Session } from "credence"
import type { CallError, ConfigurationInvalid } from "credence/errors"
import { Kerberos, NodeTransport } from "credence/node"
import * as Ntlm from "credence/ntlm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { createInterface } from "node:readline"
import { pathToFileURL } from "node:url"
import type { Outcome, Row } from "./outcome.ts"
import type { Login, Refusal, User } from "./scenarios.ts"

class Peer extends Session.Service<Peer>()("peer") {}

const userOf = ({ name, password }: User) => ({ username: name, password: Redacted.make(password) })
const library = process.env["TB_KERBEROS_LIBRARY"]

const kerberos = (row: Row, { proof }: Login) =>
  Kerberos.scheme({
    mutual: proof,
    keytab: row.environment["KRB5_CLIENT_KTNAME"],
    // where it is not installed beside the library
    load: library === undefined ? undefined : () => import(pathToFileURL(library).href)
  })

const schemes = (row: Row, login: Login): ReadonlyArray<Scheme.Scheme> => {
  const { user, way } = login
  if (user === undefined) return [kerberos(row, login)]
  const given = userOf(user)
  switch (way) {
    case "kerberos": return [kerberos(row, login)]
    case "basic": return [Scheme.basic(given)]
    case "digest": return [Scheme.digest(given)]
    case "ntlm": return [Ntlm.scheme(given)]
    case "ntlm in negotiate": return [Ntlm.negotiate({ ...given, spnego: login.spnego })]
    case "any": return [kerberos(row, login), Scheme.digest(given), Ntlm.scheme(given), Scheme.basic(given)]
  }
}

const authentication = (row: Row): Layer.Layer<Auth.Authentication> => {
  const { login } = row
  if (login === undefined) return Auth.anonymous()
  if (login.user !== undefined && login.way === "basic") return Auth.basic(userOf(login.user))
  if (login.user !== undefined && login.way === "digest") return Auth.digest(userOf(login.user))
  return Auth.auto({ schemes: schemes(row, login) })
}

const configuration = (row: Row) => {
  const { certificate, pkcs12, proxy } = row
  const secret = (text: string | undefined) => text === undefined ? undefined : Redacted.make(text)
  return Configuration.layer({
    baseUrl: new URL(row.url).origin,
    userAgent: row.agent,
    timeout: `${row.timeout ?? 10} seconds`,
    ...(row.retries === undefined ? { retry: "none" } : {}),
    tls: {
      ca: row.ca === "system" ? undefined : { file: row.ca },
      crl: row.crl === undefined ? undefined : { file: row.crl },
      maxVersion: row.maxTls === undefined ? undefined : "TLSv1.2",
      certificate: certificate !== undefined
        ? { certificate: { file: certificate.certificate }, key: { file: certificate.key }, passphrase: secret(certificate.passphrase) }
        : pkcs12 === undefined
        ? undefined
        : { pkcs12: { file: pkcs12.file }, passphrase: secret(pkcs12.passphrase) }
    },
    proxy: proxy === undefined ? "none" : {
      url: proxy.url,
      ...(proxy.login?.user === undefined ? {} : userOf(proxy.login.user)),
      ...(proxy.login === undefined || proxy.url.startsWith("socks") ? {} : { schemes: schemes(row, proxy.login) }),
      tls: proxy.ca === undefined ? undefined : { ca: { file: proxy.ca } }
    }
  })
}

const refusals: Readonly<Record<(CallError | ConfigurationInvalid)["_tag"], Refusal>> = {
  AuthenticationFailed: "login",
  CapabilityUnavailable: "capability",
  ConfigurationInvalid: "other",
  ConnectionFailed: "connection",
  DecodeFailed: "other",
  InvalidInput: "other",
  RedirectRefused: "other",
  SessionClosed: "other",
  Timeout: "timeout",
  TlsFailed: "tls",
  UnexpectedStatus: "other"
}

const failed = (error: CallError | ConfigurationInvalid): Outcome => {
  if (process.env["PEERS_EXPLAIN"] !== undefined) console.error(error.message)
  return {
    failure: error._tag === "ConnectionFailed" && error.reason === "proxy" ? "proxy" : refusals[error._tag] ?? "other",
    detail: "reason" in error ? `${error._tag}, ${error.reason}` : error._tag
  }
}

const outcome = (row: Row): Effect.Effect<Outcome> =>
  Effect.scoped(Effect.gen(function*() {
    const session = yield* Peer.make(
      authentication(row),
      configuration(row),
      NodeTransport.layer({ http2: row.http2 === true }),
      ...(row.cookies === undefined ? [] : [Cookies.layer()])
    )
    const call = session.request({
      method: row.method ?? "GET",
      url: row.url,
      body: row.body === undefined ? undefined : { _tag: "Bytes", bytes: row.body }
    })
    for (let earlier = 1; earlier < (row.calls ?? 1); earlier++) {
      yield* call
      yield* Effect.sleep(`${row.pause ?? 0} seconds`)
    }
    const answer = yield* call
    const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
    return { status: answer.status, headers, body: new TextDecoder().decode(answer.body) }
  })).pipe(Effect.catch((error) => Effect.succeed(failed(error))))

for await (const line of createInterface({ input: process.stdin })) {
  const row = JSON.parse(line) as Row
  for (const name of ["KRB5CCNAME", "KRB5_CLIENT_KTNAME"]) delete process.env[name]
  if (row.environment["KRB5CCNAME"] !== undefined) process.env["KRB5CCNAME"] = row.environment["KRB5CCNAME"]
  const result = await Effect.runPromise(Effect.provide(outcome(row), Logger.layer([])))
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
