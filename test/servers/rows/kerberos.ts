import { assert } from "@effect/vitest"
import { Auth } from "credence"
import * as Effect from "effect/Effect"
import { env } from "../environment.ts"
import { answers, ask, kerberos, open, refused } from "../client.ts"
import { group, row } from "../row.ts"

const auto = (options?: Parameters<typeof kerberos>[0]) => Auth.auto({ schemes: [kerberos(options)] })
const principal = env("TB_KRB_PRINCIPAL")
const krb = env("TB_KRB_URL")
const noTickets = { credentialCache: "FILE:/nonexistent/cache" }

/** has another server's name in its URL, as far as Kerberos is concerned */
const byAddress = krb.replace("localhost", "127.0.0.1")

export const rows = (): void => {
  group("Kerberos")

  row("no ticket: 401, bare Negotiate", () =>
    Effect.gen(function*() {
      const client = yield* open(krb, { auth: auto(noTickets) })
      yield* refused(client.ask(), "CapabilityUnavailable")
      assert.deepStrictEqual(yield* client.offered, ["Negotiate"])
      assert.deepStrictEqual(client.statuses(), [401])
    }))

  row("Negotiate with tickets got by a keytab", () => answers(krb, { auth: auto({ keytab: env("TB_KRB_KEYTAB") }) }, { user: principal, scheme: "Negotiate" }))

  row("Negotiate with the tickets of a cache", () => answers(krb, { auth: auto() }, { user: principal, scheme: "Negotiate" }))

  row("over TLS", () => answers(`${env("TB_WEBS")}/krb`, { auth: auto() }, { user: principal, tls: "TLSv1.3" }))

  row("mutual authentication: the server's proof is required, and right", () =>
    Effect.gen(function*() {
      const client = yield* open(krb, { auth: auto({ mutual: "required" }) })
      assert.strictEqual((yield* client.ask()).status, 200)
      const proof = client.hops.at(-1)?.headers["www-authenticate"]
      assert.match(String(proof), /^negotiate \S{40,}$/i)
    }))

  row("unknown service principal (by address)", () =>
    Effect.map(refused(ask(byAddress, { auth: auto() }), "CapabilityUnavailable"), ({ message }) => assert.match(message, /HTTP\/127\.0\.0\.1/)))

  row("no credential cache", () => Effect.map(refused(ask(krb, { auth: auto(noTickets) }), "CapabilityUnavailable"), ({ message }) => assert.match(message, /kinit/)))

  row("session cookie set", () =>
    Effect.gen(function*() {
      const client = yield* open(env("TB_KRB_SESSION_URL"), { auth: auto(), cookies: true })
      assert.strictEqual((yield* client.ask()).json["user"], principal)
      assert.match(String(client.hops.at(-1)?.headers["set-cookie"]), /^gssapi_session=/)
    }))

  row("session cookie alone is enough", () =>
    Effect.gen(function*() {
      const url = env("TB_KRB_SESSION_URL")
      const first = yield* open(url, { auth: auto() })
      yield* first.ask()
      const cookie = String(first.hops.at(-1)?.headers["set-cookie"]).split(";")[0] ?? ""
      yield* answers(url, { auth: Auth.anonymous() }, { user: principal }, { headers: { cookie } })
    }))
}
