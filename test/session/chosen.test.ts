import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration, type ConfigurationInvalid } from "credence"
import { Script } from "credence/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { type ConfiguredMethod, fromMethods } from "../../src/layers/config/choose.ts"
import { CurrentSecretReader, type SecretReference } from "../../src/services/SecretReader.ts"
import { answering, baseUrl, Billing, failureOf, getThing, ok } from "../support/billing.ts"

const env = (record: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnvRecord(record))

type FromConfig = Layer.Layer<Auth.Authentication, ConfigurationInvalid>

const live = (script: Script.Script, auth: FromConfig, variables: Record<string, string>) =>
  Billing.layer().pipe(Layer.provide([Layer.provide(auth, env(variables)), Configuration.layer({ baseUrl }), script.layer]))

/** What explain says of the choice. */
const becauseOf = (auth: FromConfig, variables: Record<string, string>) =>
  Effect.gen(function*() {
    const explanation = yield* Billing.explain().pipe(Effect.provide(live(yield* answering(ok), auth, variables)))
    return explanation.settings.find(({ setting }) => setting === "because")?.value
  })

const failing = (auth: FromConfig, variables: Record<string, string>) =>
  Effect.gen(function*() {
    const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(live(yield* answering(ok), auth, variables))))
    assert.strictEqual(failure._tag, "ConfigurationInvalid")
    assert.notInclude(failure.message + inspect(failure, { depth: 20 }) + JSON.stringify(failure), "canary")
    return failure.message
  })

describe("Auth.fromConfig", () => {
  const auth = Auth.fromConfig("BILLING")
  const rows: ReadonlyArray<readonly [what: string, variables: Record<string, string>, header: string, sent: string, because: string]> = [
    ["a token", { TOKEN: "t" }, "authorization", "Bearer t", "BILLING_TOKEN is set"],
    ["user name and password", { USERNAME: "u", PASSWORD: "p" }, "authorization", "Basic dTpw", "BILLING_USERNAME and BILLING_PASSWORD are set"],
    ["a key", { KEY: "k" }, "x-api-key", "k", "BILLING_KEY is set"],
    ["a key under another name", { KEY: "k", KEY_HEADER: "X-Own" }, "x-own", "k", "BILLING_KEY is set"],
    ["the first of several", { KEY: "k", USERNAME: "u", PASSWORD: "p" }, "authorization", "Basic dTpw", "BILLING_USERNAME and BILLING_PASSWORD are set; passed over: BILLING_KEY"],
    ["the one that is complete", { KEY: "k", USERNAME: "u" }, "x-api-key", "k", "BILLING_KEY is set; passed over: BILLING_USERNAME"],
    ["the one that is named", { METHOD: "apikey", KEY: "k", TOKEN: "t" }, "x-api-key", "k", "BILLING_METHOD is apikey; passed over: BILLING_TOKEN"],
    ["an empty variable is none", { TOKEN: "", KEY: "k" }, "x-api-key", "k", "BILLING_KEY is set"]
  ]
  for (const [what, variables, header, sent, because] of rows) {
    it.effect(`${what}: ${because}`, () =>
      Effect.gen(function*() {
        const record = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`BILLING_${name}`, value]))
        const script = yield* answering(ok)
        yield* getThing({ id: "1" }).pipe(Effect.provide(live(script, auth, record)))
        assert.strictEqual(script.seen[0]?.request.headers[header], sent)
        assert.strictEqual(yield* becauseOf(auth, record), because)
      }))
  }

  it.effect("anonymous only where it is named", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* getThing({ id: "1" }).pipe(Effect.provide(live(script, auth, { BILLING_METHOD: "anonymous", BILLING_TOKEN: "t" })))
      assert.isUndefined(script.seen[0]?.request.headers["authorization"])
      assert.strictEqual(
        yield* failing(auth, {}),
        "invalid configuration: BILLING: no way to sign in is configured: expected BILLING_TOKEN_URL and BILLING_REFRESH_TOKEN, or BILLING_TOKEN_URL, BILLING_CLIENT_ID and BILLING_CLIENT_SECRET, "
          + "or BILLING_TOKEN, or BILLING_USERNAME and BILLING_PASSWORD, or BILLING_KEY, or BILLING_METHOD=anonymous. A secret may be given by reference: with _ENV, _FILE, _COMMAND, _KEYRING behind its name"
      )
    }))

  it.effect("says what is set and what is missing beside it", () =>
    Effect.gen(function*() {
      assert.include(yield* failing(auth, { BILLING_USERNAME: "canary", BILLING_CLIENT_SECRET_FILE: "canary" }), "BILLING_CLIENT_SECRET_FILE is set without BILLING_TOKEN_URL and BILLING_CLIENT_ID, BILLING_USERNAME is set without BILLING_PASSWORD.")
      assert.strictEqual(yield* failing(auth, { BILLING_METHOD: "client", BILLING_CLIENT_ID: "canary" }), "invalid configuration: BILLING_TOKEN_URL: expected a value, for method client; BILLING_CLIENT_SECRET: expected a value, for method client")
      assert.strictEqual(yield* failing(auth, { BILLING_METHOD: "canary" }), "invalid configuration: BILLING_METHOD: expected one of refresh, client, token, basic, apikey, anonymous")
      // what was read is still judged where the session is built
      assert.include(yield* failing(auth, { BILLING_KEY: "canary\r\nx: 1" }), "api key (x-api-key)")
    }))

  const tokens = Script.make([
    Script.on("POST", ({ url }) => url.pathname === "/token", { body: { access_token: "at", refresh_token: "r2", token_type: "Bearer", expires_in: 60, scope: "a b" } }),
    Script.on("any", () => true, ok)
  ])
  it.effect("a refresh token, and a client by its id and secret", () =>
    Effect.gen(function*() {
      const script = yield* tokens
      yield* getThing({ id: "1" }).pipe(Effect.provide(live(script, auth, { BILLING_TOKEN_URL: "/token", BILLING_REFRESH_TOKEN: "r1", BILLING_CLIENT_ID: "c", BILLING_SCOPE: "a b", BILLING_TOKEN: "t" })))
      yield* getThing({ id: "1" }).pipe(Effect.provide(live(script, auth, { BILLING_TOKEN_URL: "/token", BILLING_CLIENT_ID: "c:d", BILLING_CLIENT_SECRET: "s e", BILLING_SCOPE: "a b" })))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.url.pathname, request.headers["authorization"], request.body?._tag === "Bytes" ? String(request.body.bytes) : undefined]), [
        ["/token", undefined, "grant_type=refresh_token&refresh_token=r1&client_id=c&scope=a+b"],
        ["/things/1", "Bearer at", undefined],
        // RFC 6749 section 2.3.1: form-encoded first
        ["/token", `Basic ${Buffer.from("c%3Ad:s+e").toString("base64")}`, "grant_type=client_credentials&scope=a+b"],
        ["/things/1", "Bearer at", undefined]
      ])
    }))
})

describe("secrets by reference", () => {
  const auth = Auth.fromConfig("BILLING")
  const read: Array<SecretReference> = []
  const reading = Layer.succeed(CurrentSecretReader, {
    read: (reference) =>
      Effect.suspend(() => {
        read.push(reference)
        return reference.text === "nowhere" ? Effect.fail("expected a file that is there") : Effect.succeed(Redacted.make(reference.text === "empty" ? "" : `from ${reference.text}`))
      })
  })

  it.effect("only what the chosen method uses is read, and its place decides", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const variables = { BILLING_TOKEN_FILE: "/t", BILLING_PASSWORD_COMMAND: "print it", BILLING_KEY_KEYRING: "a/b" }
      yield* getThing({ id: "1" }).pipe(Effect.provide(live(script, Layer.provide(auth, reading), variables)))
      assert.strictEqual(script.seen[0]?.request.headers["authorization"], "Bearer from /t")
      assert.deepStrictEqual(read, [{ kind: "FILE", variable: "BILLING_TOKEN_FILE", text: "/t" }])
      assert.strictEqual(yield* becauseOf(Layer.provide(auth, reading), variables), "BILLING_TOKEN_FILE is set; passed over: BILLING_PASSWORD_COMMAND, BILLING_KEY_KEYRING")
    }))

  it.effect("another variable needs nothing that reads", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* getThing({ id: "1" }).pipe(Effect.provide(live(script, auth, { BILLING_TOKEN_ENV: "CI_TOKEN", CI_TOKEN: "t" })))
      assert.strictEqual(script.seen[0]?.request.headers["authorization"], "Bearer t")
      assert.include(yield* failing(auth, { BILLING_TOKEN_ENV: "canary" }), "BILLING_TOKEN_ENV: expected the name of a variable that is set")
    }))

  const wrong: ReadonlyArray<readonly [what: string, auth: FromConfig, variables: Record<string, string>, expected: string]> = [
    ["nothing reads references", auth, { BILLING_TOKEN_FILE: "/canary" }, "BILLING_TOKEN_FILE: expected the secret itself: what reads files, commands and keyrings is `Secrets.layer()`"],
    ["the place cannot be read", Layer.provide(auth, reading), { BILLING_TOKEN_FILE: "nowhere" }, "BILLING_TOKEN_FILE: expected a file that is there"],
    ["the place is empty", Layer.provide(auth, reading), { BILLING_TOKEN_FILE: "empty" }, "BILLING_TOKEN_FILE: expected a secret there, but it is empty"],
    ["two say the same secret", Layer.provide(auth, reading), { BILLING_TOKEN_FILE: "/canary", BILLING_TOKEN: "canary" }, "BILLING_TOKEN: expected one of BILLING_TOKEN, BILLING_TOKEN_FILE, not several"]
  ]
  for (const [what, given, variables, expected] of wrong) {
    it.effect(`${what}: a typed failure`, () => Effect.map(failing(given, variables), (message) => assert.include(message, expected)))
  }
})

describe("fromMethods", () => {
  const recipe = (method: string): Auth.Authentication["Service"] => ({
    method,
    make: () => Effect.succeed({
      method,
      credentials: () => Effect.succeed({ headers: {}, generation: 1 }),
      challenged: () => Effect.undefined,
      authenticate: Effect.void,
      status: Effect.succeed({ method, state: "none", generation: 0 }),
      secrets: () => []
    })
  })
  const methods: ReadonlyArray<ConfiguredMethod> = [
    { method: "password", needs: { USERNAME: "text", PASSWORD: "secret" }, takes: { DOMAIN: "text", PIN: "secret" }, make: (given) => recipe(`password ${given.text("USERNAME")} ${Redacted.value(given.secret("PASSWORD"))} ${given.optional("DOMAIN") ?? "-"} ${given.optionalSecret("PIN") === undefined ? "-" : "pin"}`) },
    { method: "ldap", needs: { USERNAME: "text", PASSWORD: "secret" }, make: (given) => given.optional("DOMAIN") === undefined ? Effect.succeed(recipe("ldap")) : Effect.die("takes no domain") },
    { method: "number", needs: { PIN: "secret" }, make: (given) => Effect.fail(given.invalid("PIN", "expected digits")) },
    { method: "none", needs: {}, make: () => recipe("none") }
  ]
  const auth = fromMethods("X", methods)
  const chosen = (variables: Record<string, string>) =>
    Effect.gen(function*() {
      return yield* Effect.map(Billing.status, ({ authentication }) => authentication.method).pipe(Effect.provide(live(yield* answering(ok), auth, variables)))
    })

  it.effect("a method gets what it needs and takes, and nothing else", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* chosen({ X_USERNAME: "u", X_PASSWORD: "p" }), "password u p - -")
      assert.strictEqual(yield* chosen({ X_USERNAME: "u", X_PASSWORD: "p", X_DOMAIN: "d", X_PIN: "1" }), "password u p d pin")
      assert.strictEqual(yield* chosen({ X_METHOD: "ldap", X_USERNAME: "u", X_PASSWORD: "p", X_DOMAIN: "d" }), "ldap")
    }))

  it.effect("a method that needs nothing is never taken by itself", () =>
    Effect.gen(function*() {
      const ways = "expected X_USERNAME and X_PASSWORD (X_METHOD says which: password, ldap), or X_PIN, or X_METHOD=none"
      assert.include(yield* failing(auth, {}), `${ways}. A secret`)
      assert.include(yield* failing(auth, { X_DOMAIN: "d" }), `${ways}. A secret`)
      assert.include(yield* failing(auth, { X_PASSWORD: "canary" }), "expected X_USERNAME and X_PASSWORD (X_METHOD says which: password, ldap), or X_PIN, or X_METHOD=none; X_PASSWORD is set without X_USERNAME.")
      assert.strictEqual(yield* chosen({ X_METHOD: "none", X_PASSWORD: "canary" }), "none")
    }))

  it.effect("a method judges what it is given", () => Effect.map(failing(auth, { X_PIN: "canary" }), (message) => assert.strictEqual(message, "invalid configuration: X_PIN: expected digits")))
})
