import { assert } from "@effect/vitest"
import { Auth, type Scheme } from "credence"
import * as Effect from "effect/Effect"
import { alice, env, mallory } from "../environment.ts"
import { type Answer, answers, ask, basic, ntlm, ntlmNegotiate, ntlmRawNegotiate, open, refused } from "../client.ts"
import { group, row } from "../row.ts"

const by = (...schemes: ReadonlyArray<Scheme.Scheme>) => ({ auth: Auth.auto({ schemes }) })
const isUser = (name: RegExp) => ({ json, status, text }: Answer): void => {
  assert.strictEqual(status, 200, text)
  assert.match(String(json["user"]), name)
}
const isAlice = isUser(/alice/i)

export const rows = (): void => {
  group("NTLM")
  const samba = env("TB_NTLM_ONLY_URL"), gss = env("TB_NTLM_URL")

  const offers = (url: string, expected: ReadonlyArray<string>) =>
    Effect.gen(function*() {
      const client = yield* open(url, by(basic(alice)))
      yield* refused(client.ask(), "AuthenticationFailed", "missing")
      assert.deepStrictEqual(yield* client.offered, expected)
    })

  row("raw NTLM (Samba): challenge", () => offers(samba, ["NTLM"]))
  row("raw NTLM (Samba)", () => answers(samba, by(ntlm(alice)), { user: "TESTDOM\\alice" }))
  row("raw NTLM (Samba): POST body arrives", () => answers(samba, by(ntlm(alice)), { user: "TESTDOM\\alice", bodyBytes: 5, method: "POST" }, { method: "POST", body: "hello" }))
  row("raw NTLM (Samba): wrong password", () => refused(ask(samba, by(ntlm(mallory))), "AuthenticationFailed", "rejected"))

  row("NTLM inside Negotiate (gss-ntlmssp, SPNEGO)", () =>
    Effect.gen(function*() {
      const client = yield* open(gss, by(ntlmNegotiate(alice)))
      isAlice(yield* client.ask())
      assert.strictEqual(client.statuses().at(-1), 200)
    }))
  row("NTLM inside Negotiate: wrong password", () => refused(ask(gss, by(ntlmNegotiate(mallory))), "AuthenticationFailed", "rejected"))
  row("challenge of the gss-ntlmssp endpoint", () => offers(gss, ["Negotiate", "NTLM"]))
  row("raw NTLM, gss-ntlmssp: Type 1 gets a Type 2", () =>
    Effect.gen(function*() {
      const client = yield* open(gss, by(ntlm(alice)))
      yield* client.ask()
      const second = client.hops[1]
      assert.strictEqual(second?.status, 401)
      assert.match(String(second?.headers["www-authenticate"]), /NTLM TlRMTVNTUAACAAAA/)
    }))
  row("raw NTLM, gss-ntlmssp: our Type 1 is long enough for it", () =>
    Effect.gen(function*() {
      const client = yield* open(gss, by(ntlm(alice)))
      yield* client.ask()
      assert.deepStrictEqual(client.statuses(), [401, 401, 200])
    }))
  /** a login, another request on its connection, and one of a session that knows nobody */
  const second = (url: string, scheme: Scheme.Scheme, known = isAlice) =>
    Effect.gen(function*() {
      const client = yield* open(url, by(scheme))
      known(yield* client.ask())
      const before = client.hops.length
      known(yield* client.ask())
      assert.strictEqual(client.hops.length, before + 1, "the connection is logged in: the next request needs no handshake")
      yield* refused(ask(url, { auth: Auth.anonymous() }), "AuthenticationFailed", "missing")
      return client
    })
  row("raw NTLM, gss-ntlmssp: NTLMv2, then a request on the same connection", () => second(gss, ntlm(alice)))
  row("raw NTLM, gss-ntlmssp: wrong password", () => refused(ask(gss, by(ntlm(mallory))), "AuthenticationFailed", "rejected"))
  row("raw NTLM, gss-ntlmssp: Persistent-Auth header where asked for", () =>
    Effect.map(second(env("TB_NTLM_PERSISTENT_URL"), ntlm(alice)), ({ hops }) =>
      assert.isTrue(hops.some(({ headers }) => String(headers["persistent-auth"]) === "true"))))
  // The helper of Squid that tells Kerberos from NTLM knows raw messages only, and has no name for who logged in by them.
  row("raw NTLMSSP token inside Negotiate (gss-ntlmssp)", () => second(gss, ntlmRawNegotiate(alice)))
  row("raw NTLMSSP token inside Negotiate (Samba)", () => second(env("TB_MULTI_SAMBA_URL"), ntlmRawNegotiate(alice), isUser(/^\*$/)))
  row("raw NTLMSSP token inside Negotiate (Samba): wrong password", () =>
    refused(ask(env("TB_MULTI_SAMBA_URL"), by(ntlmRawNegotiate(mallory))), "AuthenticationFailed", "rejected"))
  row("NTLM is bound to the connection: 2 requests cost 4 exchanges, the challenge included", () =>
    Effect.gen(function*() {
      const client = yield* open(samba, by(ntlm(alice)))
      yield* client.ask()
      yield* client.ask()
      assert.deepStrictEqual(client.statuses(), [401, 401, 200, 200])
    }))
}
