/** Kerberos with a real realm, beyond the rows: what fails says why, and what is remembered is right. */
import { assert, describe, it } from "@effect/vitest"
import { Auth } from "credence"
import { Kerberos } from "credence/node"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import * as path from "node:path"
import { afterAll } from "vitest"
import { answers, ask, kerberos, open, refused, ticketCache } from "./client.ts"
import { alice, bob, env, load, type Person } from "./environment.ts"

const krb = env("TB_KRB_URL")
const auto = (options?: Kerberos.Options) => ({ auth: Auth.auto({ schemes: [kerberos(options)] }) })
const live = <E>(name: string, test: () => Effect.Effect<unknown, E, Scope.Scope>) => it.live(name, () => Effect.scoped(test()), 30_000)

const folder = mkdtempSync(path.join(env("TB_HOME"), "tickets-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Gets tickets. Of a collection only the variable adds a cache; the option would take the primary one. */
const kinit = (principal: string, password: string, cache: string): void => {
  execFileSync("kinit", [principal], { input: `${password}\n`, stdio: ["pipe", "ignore", "inherit"], env: { ...process.env, KRB5CCNAME: cache } })
}

/** Sets a variable of this process for as long as an effect runs. */
const withVariable = <A, E, R>(name: string, value: string, self: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const before = process.env[name]
      process.env[name] = value
      return before
    }),
    () => self,
    (before) => Effect.sync(() => void (process.env[name] = before))
  )

const troubled = (way: Parameters<typeof ask>[1], message: RegExp, url = krb) =>
  Effect.map(refused(ask(url, way), "CapabilityUnavailable"), (error) => assert.match(error.message, message))

describe("Kerberos", () => {
  live("a server that asks for each request is tried once more, then gets tokens up front", () =>
    Effect.gen(function*() {
      const client = yield* open(krb, auto())
      for (let i = 0; i < 4; i++) assert.strictEqual((yield* client.ask()).json["user"], env("TB_KRB_PRINCIPAL"))
      assert.deepStrictEqual(client.statuses(), [401, 200, 401, 200, 200, 200])
    }))

  live("a login for the connection is made once", () =>
    Effect.gen(function*() {
      const client = yield* open(env("TB_KRB_BOUND_URL"), auto())
      for (let i = 0; i < 4; i++) assert.strictEqual((yield* client.ask()).json["user"], env("TB_KRB_PRINCIPAL"))
      assert.deepStrictEqual(client.statuses(), [401, 200, 200, 200, 200])
    }))

  live("preemptive: no challenge at all", () =>
    Effect.gen(function*() {
      const client = yield* open(krb, { auth: Kerberos.layer({ load, credentialCache: ticketCache(), preemptive: true }) })
      yield* client.ask()
      assert.deepStrictEqual(client.statuses(), [200])
    }))

  live("a body arrives, whether the token went with it or after it", () =>
    Effect.gen(function*() {
      const client = yield* open(krb, auto())
      for (let i = 0; i < 3; i++) {
        const { json } = yield* client.ask({ method: "POST", body: "hello" })
        assert.deepStrictEqual([json["user"], json["bodyBytes"]], [env("TB_KRB_PRINCIPAL"), 5])
      }
      assert.deepStrictEqual(client.statuses(), [401, 200, 200, 200])
    }))

  live("an origin that sends no proof is not believed, unless that is optional", () =>
    Effect.gen(function*() {
      yield* refused(ask(env("TB_MULTI_SAMBA_URL"), auto()), "AuthenticationFailed", "mutual")
      yield* answers(env("TB_MULTI_SAMBA_URL"), auto({ mutual: "optional" }), { user: env("TB_KRB_PRINCIPAL") })
    }))

  live("the host of the URL is the service, even where krb5.conf would ask DNS for another name", () =>
    Effect.gen(function*() {
      const byAddress = krb.replace("localhost", "127.0.0.1")
      const configuration = `${env("TB_KRB_CANONICAL_CONFIG")}:${env("KRB5_CONFIG")}`
      yield* withVariable("KRB5_CONFIG", configuration, troubled(auto(), /no service HTTP\/127\.0\.0\.1/, byAddress))
      yield* withVariable("KRB5_CONFIG", configuration, answers(byAddress, auto({ canonicalize: true }), { user: env("TB_KRB_PRINCIPAL") }))
      assert.strictEqual(process.env["KRB5_CONFIG"], env("KRB5_CONFIG"))
    }))

  live("another service than the host's", () => answers(krb.replace("localhost", "127.0.0.1"), auto({ service: env("TB_KRB_SERVICE") }), { user: env("TB_KRB_PRINCIPAL") }))

  live("a Kerberos server that cannot be reached", () =>
    withVariable("KRB5_CONFIG", env("TB_KRB_UNREACHABLE_CONFIG"), troubled(auto({ keytab: env("TB_KRB_KEYTAB") }), /cannot be reached/)))

  live("a ticket that has expired", () =>
    Effect.gen(function*() {
      const cache = `FILE:${folder}/brief`
      kinit(env("TB_KRB_BRIEF_PRINCIPAL"), alice.password, cache)
      assert.strictEqual((yield* Kerberos.ticket({ load, credentialCache: cache })).state, "valid")
      yield* Effect.sleep(4000)
      assert.strictEqual((yield* Kerberos.ticket({ load, credentialCache: cache })).state, "expired")
      yield* troubled(auto({ credentialCache: cache }), /expired.*kinit/)
    }))

  live("of a collection, and of a keytab, `principal` says which identity", () =>
    Effect.gen(function*() {
      const collection = `DIR:${mkdtempSync(path.join(folder, "collection-"))}`
      for (const { name, password } of [alice, bob]) kinit(name, password, collection)
      const user = ({ name }: Person) => ({ user: `${name}@${env("TB_KRB_REALM")}` })
      for (const person of [alice, bob]) {
        yield* answers(krb, auto({ credentialCache: collection, principal: person.name }), user(person))
        yield* answers(krb, auto({ keytab: env("TB_KRB_PEOPLE_KEYTAB"), principal: person.name }), user(person))
        assert.deepInclude(yield* Kerberos.ticket({ load, credentialCache: collection, principal: person.name }), { state: "valid", principal: user(person).user })
      }
      yield* troubled(auto({ credentialCache: collection, principal: "carol" }), /no Kerberos ticket of carol/)
    }))

  live("tickets that come of a keytab are written nowhere", () =>
    Effect.gen(function*() {
      const keytab = path.join(folder, "alice.keytab")
      copyFileSync(env("TB_KRB_KEYTAB"), keytab)
      const cache = path.join(folder, "untouched")
      yield* withVariable("KRB5CCNAME", `FILE:${cache}`, answers(krb, auto({ keytab }), { user: env("TB_KRB_PRINCIPAL") }))
      assert.throws(() => copyFileSync(cache, `${cache}.copy`))
    }))

  live("NTLM is never taken in place of Kerberos, though the system offers it", () =>
    withVariable("NTLM_USER_FILE", env("TB_NTLM_CLIENT_FILE"), troubled(auto({ credentialCache: "FILE:/nonexistent/cache" }), /no Kerberos ticket/, env("TB_MULTI_URL"))))

  live("status: a keytab is proved by asking", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Kerberos.ticket({ load, keytab: env("TB_KRB_KEYTAB") })).state, "valid")
      assert.strictEqual((yield* Kerberos.ticket({ load, keytab: env("TB_KRB_KEYTAB"), host: "unknown.testbed.test" })).state, "valid")
      assert.strictEqual((yield* Kerberos.ticket({ load, keytab: "/nonexistent.keytab" })).state, "none")
    }))
})
