import { assert } from "@effect/vitest"
import { Auth, type Scheme } from "credence"
import * as Effect from "effect/Effect"
import { alice, env, mallory } from "../environment.ts"
import { answers, ask, basic, kerberos, ntlm, ntlmNegotiate, open, refused } from "../client.ts"
import { group, row } from "../row.ts"

const by = (...schemes: ReadonlyArray<Scheme.Scheme>) => ({ auth: Auth.auto({ schemes }) })

export const rows = (): void => {
  group("several challenges at once")
  for (const [name, url] of [["Apache", env("TB_MULTI_URL")], ["Samba", env("TB_MULTI_SAMBA_URL")]] as const) {
    row(`${name}: offers Negotiate, NTLM, Basic in that order`, () =>
      Effect.gen(function*() {
        const client = yield* open(url, by(basic(mallory)))
        yield* Effect.flip(client.ask())
        assert.deepStrictEqual(yield* client.offered, ["Negotiate", "NTLM", "Basic"])
      }))
    // the strongest is taken, though the weaker ones are enabled; Squid, which is in front of Samba, sends no proof
    row(`${name}: Negotiate (Kerberos)`, () =>
      answers(url, by(basic(alice), ntlm(alice), kerberos({ mutual: name === "Apache" ? "required" : "optional" })), { user: env("TB_KRB_PRINCIPAL") }))
    row(`${name}: Basic`, () => Effect.map(ask(url, by(basic(alice))), ({ json }) => assert.match(String(json["user"]), /^alice/)))
    row(`${name}: Basic, wrong password`, () => refused(ask(url, by(basic(mallory))), "AuthenticationFailed", "rejected"))
  }
  row("Samba: NTLM", () => answers(env("TB_MULTI_SAMBA_URL"), by(ntlm(alice), basic(alice)), { user: "TESTDOM\\alice" }))
  row("Apache: NTLM inside Negotiate", () => Effect.map(ask(env("TB_MULTI_URL"), by(ntlmNegotiate(alice))), ({ json, status }) => {
    assert.strictEqual(status, 200)
    assert.match(String(json["user"]), /alice/i)
  }))
}
