import { assert } from "@effect/vitest"
import { Auth, type Hooks } from "credence"
import * as Effect from "effect/Effect"
import { alice, env, mallory, type Person, zoe } from "../environment.ts"
import { answers, ask, basic, digest, open, refused } from "../client.ts"
import { group, row } from "../row.ts"

const byBasic = (person: Person) => ({ auth: Auth.auto({ schemes: [basic(person)] }) })
const byDigest = (person: Person) => ({ auth: Auth.auto({ schemes: [digest(person)] }) })

/** the schemes that an address offers to whom it does not know */
const offers = (url: string, expected: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const client = yield* open(url, byBasic(mallory))
    yield* Effect.flip(client.ask())
    assert.deepStrictEqual(yield* client.offered, expected)
    return client
  })

const challengesOf = (headers: Hooks.ResponseEvent["headers"] | undefined): string => String(headers?.["www-authenticate"])

export const rows = (): void => {
  group("Basic and Digest")
  const md5 = env("TB_DIGEST_URL"), sha256 = env("TB_DIGEST_SHA256_URL")

  row("Basic: challenge", () =>
    Effect.map(offers(env("TB_BASIC_URL"), ["Basic"]), ({ hops }) => assert.match(challengesOf(hops[0]?.headers), /^Basic realm="Testbed Basic"$/)))
  row("Basic: 200", () => answers(env("TB_BASIC_URL"), byBasic(alice), { user: "alice" }))
  row("Basic: UTF-8 password", () => answers(env("TB_BASIC_URL"), byBasic(zoe), { user: "zoe" }))
  row("Basic: wrong password", () => refused(ask(env("TB_BASIC_URL"), byBasic(mallory)), "AuthenticationFailed", "rejected"))

  row("Digest MD5: 200", () => answers(md5, byDigest(alice), { user: "alice", scheme: "Digest" }))
  row("Digest MD5: wrong password", () => refused(ask(md5, byDigest(mallory)), "AuthenticationFailed", "rejected"))
  row("Digest MD5: Authentication-Info with rspauth", () =>
    Effect.gen(function*() {
      const client = yield* open(md5, byDigest(alice))
      yield* client.ask()
      assert.match(String(client.hops.at(-1)?.headers["authentication-info"]), /rspauth="/)
    }))
  row("Digest MD5: a nonce that went stale is renewed", () =>
    Effect.gen(function*() {
      const client = yield* open(env("TB_DIGEST_BRIEF_URL"), byDigest(alice))
      yield* client.ask()
      yield* Effect.sleep(3000)
      assert.strictEqual((yield* client.ask()).json["user"], "alice")
      assert.deepStrictEqual(client.statuses(), [401, 200, 401, 200])
      assert.match(challengesOf(client.hops[2]?.headers), /stale=true/)
    }))

  row("Digest SHA-256: 200", () => answers(sha256, byDigest(alice), { user: "alice", scheme: "" }))
  row("Digest SHA-256: UTF-8 password", () => answers(sha256, byDigest(zoe), { user: "zoe" }))
  row("Digest SHA-256: wrong password", () => refused(ask(sha256, byDigest(mallory)), "AuthenticationFailed", "rejected"))
  row("Digest: SHA-256 then MD5 offered", () =>
    Effect.gen(function*() {
      const client = yield* open(env("TB_DIGEST_BOTH_URL"), byDigest(mallory))
      yield* Effect.flip(client.ask())
      assert.match(challengesOf(client.hops[0]?.headers), /algorithm=SHA-256.*algorithm=MD5/)
    }))
  row("Digest: either is accepted", () => answers(env("TB_DIGEST_BOTH_URL"), byDigest(alice), { user: "alice" }))
  row("Digest SHA-256 with userhash=true: 200", () => answers(env("TB_DIGEST_USERHASH_URL"), byDigest(alice), { user: "alice" }))
}
