/** The generic API of the sandbox, and its OpenID provider, by plain requests. */
import { assert, describe, it } from "@effect/vitest"
import { make, type RunningSandbox } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"

const live = (name: string, test: (sandbox: RunningSandbox) => Promise<void>) =>
  it.live(name, () => Effect.scoped(Effect.flatMap(make(), (sandbox) => Effect.promise(() => test(sandbox)))))

const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` })
const verifier = "a-verifier-that-is-long-enough-for-anybody-to-guess-it"
const redirect = "http://localhost:32284/"

const authorize = async ({ ansys }: RunningSandbox, more: Record<string, string> = {}): Promise<URLSearchParams | number> => {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: ansys.clientId,
    redirect_uri: redirect,
    state: "s",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...more
  })
  const response = await fetch(`${ansys.url}/idp/authorize?${query.toString()}`, { redirect: "manual" })
  const location = response.headers.get("location")
  return location === null ? response.status : new URL(location).searchParams
}

const exchange = async ({ ansys }: RunningSandbox, form: Record<string, string>) => {
  const response = await fetch(`${ansys.url}/idp/token`, { method: "POST", body: new URLSearchParams({ client_id: ansys.clientId, ...form }) })
  return { status: response.status, body: await response.json() as Record<string, unknown> }
}
const byCode = (sandbox: RunningSandbox, code: string, more: Record<string, string> = {}) =>
  exchange(sandbox, { grant_type: "authorization_code", code, redirect_uri: redirect, code_verifier: verifier, ...more })

const codeOf = async (sandbox: RunningSandbox): Promise<string> => {
  const answer = await authorize(sandbox)
  assert.instanceOf(answer, URLSearchParams)
  return answer instanceof URLSearchParams ? answer.get("code") ?? "" : ""
}

describe("the generic API", () => {
  live("each root is behind its own door", async ({ ansys }) => {
    const roots: ReadonlyArray<readonly [path: string, challenge: string | null]> = [
      ["/anonymous", null],
      ["/basic", "Basic realm=\"demo\""],
      ["/negotiate", "Negotiate, NTLM, Basic realm=\"demo, with comma\""],
      ["/oidc", `Bearer redirecturi="${redirect}", authority="${ansys.url}/idp", clientid="demo-client", scope="openid offline_access", apiAudience="https://api.example"`]
    ]
    for (const [path, challenge] of roots) {
      for (const below of ["", "/", "/items", "/items/1", "/unknown"]) {
        const response = await fetch(`${ansys.url}${path}${below}`)
        assert.strictEqual(response.headers.get("www-authenticate"), challenge, path + below)
        assert.strictEqual(response.status, challenge !== null ? 401 : below === "/unknown" ? 404 : 200, path + below)
      }
    }
    assert.strictEqual((await fetch(`${ansys.url}/other`)).status, 404)
  })

  live("nobody comes in at /negotiate, whatever they say of themselves", async ({ ansys }) => {
    for (const headers of [basic("demo", "demo-password"), { "x-remote-user": "demo" }, { authorization: "Negotiate YII=" }]) {
      assert.strictEqual((await fetch(`${ansys.url}/negotiate/items`, { headers })).status, 401)
    }
  })

  live("wrong input is told in the API's own form; faults, resets and identities are those of every system", async (sandbox) => {
    const { ansys, control } = sandbox
    const items = `${ansys.url}/basic/items`
    const headers = { ...basic("DEMO\\demo", "demo-password"), "content-type": "application/json" }
    for (const body of ["", "[]", "{}", "{\"name\":\"\"}", "{\"name\":\"a\",\"kind\":\"b\"}", "{\"name\":\"a\",\"tags\":[1]}", "{\"name\":\"a\",\"mass\":\"1\"}", "{\"name\":\"a\",\"when\":\"soon\"}"]) {
      const response = await fetch(items, { method: "POST", headers, body })
      assert.strictEqual(response.status, 400, body)
      assert.strictEqual((await response.json() as { code: number }).code, 400)
    }
    assert.strictEqual((await fetch(items, { method: "DELETE", headers })).status, 405)
    assert.strictEqual((await fetch(`${ansys.url}/basic/items/1`, { method: "DELETE", headers })).status, 204)
    assert.strictEqual((await fetch(`${ansys.url}/basic/items/1`, { headers })).status, 404)
    await Effect.runPromise(control.fail({ kind: "status", status: 503, path: "/basic" }))
    assert.strictEqual((await fetch(items, { headers })).status, 503)
    const [last] = (await Effect.runPromise(control.received)).slice(-1)
    assert.deepInclude(last, { system: "ansys", identity: { userName: "demo", method: "BASIC" }, status: 503 })
    await Effect.runPromise(control.reset)
    assert.strictEqual((await fetch(`${ansys.url}/basic/items/1`, { headers })).status, 200)
  })
})

describe("its OpenID provider", () => {
  live("a code is good for one use, with its verifier, its client and its redirect", async (sandbox) => {
    const tries: ReadonlyArray<readonly [more: Record<string, string>, error: string]> = [
      [{ code_verifier: "another" }, "invalid_grant"],
      [{ redirect_uri: "http://localhost:1/" }, "invalid_grant"],
      [{ client_id: "other" }, "invalid_client"],
      [{ grant_type: "password" }, "unsupported_grant_type"]
    ]
    for (const [more, error] of tries) assert.strictEqual((await byCode(sandbox, await codeOf(sandbox), more)).body["error"], error)
    const code = await codeOf(sandbox)
    assert.strictEqual((await byCode(sandbox, code)).status, 200)
    assert.strictEqual((await byCode(sandbox, code)).body["error"], "invalid_grant")
  })

  live("who may not, or asks wrongly, is told where they came from, or here", async (sandbox) => {
    const told = async (more: Record<string, string>) => {
      const answer = await authorize(sandbox, more)
      return answer instanceof URLSearchParams ? `${answer.get("error")} ${answer.get("state")}` : answer
    }
    assert.strictEqual(await told({ login_hint: "nobody" }), "access_denied s")
    assert.strictEqual(await told({ code_challenge_method: "plain" }), "invalid_request s")
    assert.strictEqual(await told({ response_type: "token" }), "unsupported_response_type s")
    assert.strictEqual(await told({ client_id: "other" }), 400)
    assert.strictEqual(await told({ redirect_uri: "https://example.com/" }), 400)
  })

  live("tokens are of a user, rotate, expire and end", async (sandbox) => {
    const { ansys, control } = sandbox
    const status = async (token: unknown, method = "GET") =>
      (await fetch(`${ansys.url}/oidc/items`, { method, headers: { authorization: `Bearer ${String(token)}`, "content-type": "application/json" }, ...(method === "POST" ? { body: "{\"name\":\"a\"}" } : {}) })).status
    const viewer = await authorize(sandbox, { login_hint: "viewer" })
    const { body } = await byCode(sandbox, viewer instanceof URLSearchParams ? viewer.get("code") ?? "" : "")
    assert.deepStrictEqual([await status(body["access_token"]), await status(body["access_token"], "POST")], [200, 403])

    const refresh = (token: unknown) => exchange(sandbox, { grant_type: "refresh_token", refresh_token: String(token) })
    const next = await refresh(ansys.refreshToken)
    assert.strictEqual(next.status, 200)
    assert.strictEqual((await refresh(ansys.refreshToken)).body["error"], "invalid_grant")
    assert.strictEqual(await Effect.runPromise(control.expireSessions("demo")), 1)
    assert.deepStrictEqual([await status(next.body["access_token"]), await status(body["access_token"])], [401, 200])

    await Effect.runPromise(control.setLifetimes({ accessToken: 0 }))
    const expired = await refresh(next.body["refresh_token"])
    assert.deepStrictEqual([expired.body["expires_in"], await status(expired.body["access_token"])], [0, 401])
  })
})
