import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, type ConfigurationInvalid, Policy, Session, version } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { Script } from "credence/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { inspect } from "node:util"
import { answering, Billing, failureOf, getThing, ok, over, partsOver } from "../support/billing.ts"

const env = (record: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnvRecord(record))
const get = getThing({ id: "1" })
type TlsOptions = NonNullable<Configuration.ConfigurationOptions["tls"]>

/** The same with secrets in the clear, so that it can be compared. */
const reveal = (value: unknown): unknown =>
  Redacted.isRedacted(value)
    ? { secret: Redacted.value(value) }
    : typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, reveal(member)]))
    : value

/** Opens a session with this configuration and calls once. */
const first = (script: Script.Script, configuration: Layer.Layer<Configuration.Configuration, ConfigurationInvalid>) =>
  get.pipe(Effect.provide(Billing.layer().pipe(Layer.provide([Auth.bearer(Redacted.make("t")), configuration, script.layer]))))

describe("a wrong part is ConfigurationInvalid: it names the setting, never a value, and nothing is sent", () => {
  const rows: ReadonlyArray<readonly [string, Configuration.ConfigurationOptions, string]> = [
    ["no base URL", {}, "baseUrl"],
    ["a relative base URL", { baseUrl: "/canary" }, "baseUrl"],
    ["no URL", { baseUrl: "canary" }, "baseUrl"],
    ["another scheme", { baseUrl: "ftp://canary.test" }, "baseUrl"],
    ["a file", { baseUrl: "file:///canary" }, "baseUrl"],
    ["security 21: user information", { baseUrl: "https://canary:canary@api.test" }, "baseUrl"],
    ["security 20: what looks like a host but is a user", { baseUrl: "https://api.test@canary.test/" }, "baseUrl"],
    ["a query", { baseUrl: "https://api.test/?key=canary" }, "baseUrl"],
    ["a fragment", { baseUrl: "https://api.test/#canary" }, "baseUrl"],
    ["an empty text", { baseUrl: "" }, "baseUrl"],
    ["security 16: CR LF in a header", { baseUrl: "https://api.test", headers: { "x-key": "canary\r\nx-evil: 1" } }, "headers.x-key"],
    ["security 16: NUL in a header", { baseUrl: "https://api.test", headers: { "x-key": "canary\0" } }, "headers.x-key"],
    ["a header name that is no token", { baseUrl: "https://api.test", headers: { "x key": "canary" } }, "headers.x key"],
    ["security 16: LF in the user agent", { baseUrl: "https://api.test", userAgent: "canary\n" }, "user-agent"]
  ]
  for (const [name, options, setting] of rows) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const failure = yield* failureOf(first(script, Configuration.layer(options)))
        assert.strictEqual(failure._tag, "ConfigurationInvalid")
        assert.include(failure.message, setting)
        assert.notInclude(failure.message + inspect(failure, { depth: 20 }) + JSON.stringify(failure), "canary")
        assert.strictEqual(script.seen.length, 0)
      }))
  }

  it.effect("the same from the environment: it names the variable, and all that are wrong at once", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const wrong = env({ API_URL: "https://canary:canary@api.test", API_TIMEOUT: "canary", API_DEADLINE: "-1", API_PROXY: "canary" })
      const failure = yield* failureOf(first(script, Configuration.fromConfig("API")).pipe(Effect.provide(wrong)))
      assert.strictEqual(failure._tag, "ConfigurationInvalid")
      for (const name of ["API_URL", "API_TIMEOUT", "API_DEADLINE", "API_PROXY"]) assert.include(failure.message, name)
      assert.notInclude(failure.message + inspect(failure, { depth: 20 }), "canary")
      const missing = yield* failureOf(first(script, Configuration.fromConfig("API")).pipe(Effect.provide(env({}))))
      assert.include(missing.message, "API_URL")
    }))

  for (const timeout of ["0", "-5", "soon", "0 seconds", "1e3x", "NaN"]) {
    it.effect(`a timeout of ${timeout}`, () =>
      Effect.gen(function*() {
        const failure = yield* failureOf(first(yield* answering(ok), Configuration.fromConfig("API")).pipe(Effect.provide(env({ API_URL: "https://api.test", API_TIMEOUT: timeout }))))
        assert.include(failure.message, "API_TIMEOUT")
      }))
  }
})

describe("Configuration.fromConfig", () => {
  it.effect("reads URL, timeout, deadline and user agent; what is set beats the options", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* first(script, Configuration.fromConfig("API", { timeout: "9 seconds", headers: { "x-a": "1" } })).pipe(
        Effect.provide(env({ API_URL: "https://env.test/v1/", API_TIMEOUT: "2.5", API_USER_AGENT: "mine/1" }))
      )
      yield* first(script, Configuration.fromConfig("API", { baseUrl: "https://given.test", timeout: "9 seconds" })).pipe(Effect.provide(env({ API_TIMEOUT: "", API_DEADLINE: "3 seconds" })))
      assert.deepStrictEqual(script.seen.map(({ request }) => [request.url.href, request.limit?.whole, request.headers["user-agent"], request.headers["x-a"]]), [
        ["https://env.test/v1/things/1", 2500, "mine/1", "1"],
        ["https://given.test/things/1", 3000, `credence/${version}`, undefined]
      ])
    }))

  const pem = "-----BEGIN CERTIFICATE-----\n…"
  const oldKey = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\ncanary\n-----END RSA PRIVATE KEY-----"
  const tls: ReadonlyArray<readonly [what: string, variables: Record<string, string>, options: TlsOptions]> = [
    ["an authority in a file", { CA_FILE: "/etc/company.pem", CA_MODE: "replace" }, { ca: { file: "/etc/company.pem" }, caMode: "replace" }],
    ["the platform's store", { CA_FILE: "system" }, { ca: { store: "system" } }],
    ["an authority as text", { CA_FILE: pem }, { ca: pem }],
    [
      "certificate and key",
      { CLIENT_CERTIFICATE: "/a.crt", CLIENT_KEY: "/a.key", CLIENT_KEY_PASSPHRASE: "canary" },
      { certificate: { certificate: { file: "/a.crt" }, key: { file: "/a.key" }, passphrase: Redacted.make("canary") } }
    ],
    ["both in one file", { CLIENT_CERTIFICATE: "/a.pem" }, { certificate: { certificate: { file: "/a.pem" }, key: { file: "/a.pem" } } }],
    ["both as text", { CLIENT_CERTIFICATE: pem, CLIENT_KEY: `${pem}canary` }, { certificate: { certificate: pem, key: Redacted.make(`${pem}canary`) } }],
    [
      "both in one text",
      { CLIENT_CERTIFICATE: `${pem}-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----` },
      { certificate: { certificate: pem, key: Redacted.make(`${pem}-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----`) } }
    ],
    [
      "both in one text, the key encrypted in the old way",
      { CLIENT_CERTIFICATE: `${pem}${oldKey}`, CLIENT_KEY_PASSPHRASE: "canary" },
      { certificate: { certificate: pem, key: Redacted.make(`${pem}${oldKey}`), passphrase: Redacted.make("canary") } }
    ],
    ["PKCS#12", { CLIENT_CERTIFICATE: "/a.P12", CLIENT_KEY_PASSPHRASE: "canary" }, { certificate: { pkcs12: { file: "/a.P12" }, passphrase: Redacted.make("canary") } }],
    ["versions and verification", { TLS_MIN_VERSION: "1.3", TLS_VERIFY: "false" }, { minVersion: "TLSv1.3", verify: false }]
  ]
  for (const [what, variables, options] of tls) {
    it.effect(`TLS: ${what}`, () =>
      Effect.gen(function*() {
        const record = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`API_${name}`, value]))
        const found = yield* Configuration.Configuration.pipe(
          Effect.provide(Configuration.fromConfig("API", { tls: { pins: ["x"], ca: "given", minVersion: "TLSv1.2" } })),
          Effect.provide(env(record))
        )
        // member by member, what is set beats what was given
        assert.deepStrictEqual(reveal(found.options.tls), reveal({ pins: ["x"], ca: "given", minVersion: "TLSv1.2", ...options }))
        assert.strictEqual(found.sources.tls, Object.keys(record).join(", "))
        assert.notInclude(inspect(found, { depth: 20 }), "canary")
      }))
  }

  const wrongTls: ReadonlyArray<readonly [variables: Record<string, string>, named: string]> = [
    [{ API_CA_MODE: "canary" }, "API_CA_MODE"],
    [{ API_TLS_VERIFY: "canary" }, "API_TLS_VERIFY"],
    [{ API_TLS_MIN_VERSION: "1.1" }, "API_TLS_MIN_VERSION"],
    [{ API_CLIENT_KEY: "canary" }, "API_CLIENT_CERTIFICATE"],
    [{ API_CLIENT_KEY_PASSPHRASE: "canary" }, "API_CLIENT_CERTIFICATE"],
    [{ API_CLIENT_CERTIFICATE: "/a.pfx", API_CLIENT_KEY: "canary" }, "API_CLIENT_KEY"]
  ]
  for (const [variables, named] of wrongTls) {
    it.effect(`TLS: a wrong ${Object.keys(variables).join(", ")}`, () =>
      Effect.gen(function*() {
        const failure = yield* Effect.flip(Configuration.Configuration.pipe(Effect.provide(Configuration.fromConfig("API")), Effect.provide(env(variables))))
        assert.strictEqual(failure._tag, "ConfigurationInvalid")
        assert.include(failure.message, named)
        assert.notInclude(failure.message + inspect(failure, { depth: 20 }), "canary")
      }))
  }
})

describe("ArgusAuth.fromConfig", () => {
  const rows: ReadonlyArray<readonly [string, Record<string, string>, string]> = [
    ["a key", { ARGUS_API_KEY: "k" }, "api key"],
    ["a key beats a password", { ARGUS_API_KEY: "k", ARGUS_API_USERNAME: "u", ARGUS_API_PASSWORD: "p" }, "api key"],
    ["user name and password", { ARGUS_API_USERNAME: "u", ARGUS_API_PASSWORD: "p" }, "password"],
    ["a directory", { ARGUS_API_METHOD: "ldap", ARGUS_API_USERNAME: "u", ARGUS_API_PASSWORD: "p", ARGUS_API_DOMAIN: "d" }, "ldap"],
    ["the method decides", { ARGUS_API_METHOD: "password", ARGUS_API_KEY: "k", ARGUS_API_USERNAME: "u", ARGUS_API_PASSWORD: "p" }, "password"],
    ["a token", { ARGUS_API_TOKEN: "t" }, "session token"]
  ]
  const status = Effect.map(Argus.status, (s) => s.authentication.method)
  for (const [name, record, method] of rows) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const live = Argus.layer().pipe(Layer.provide([ArgusAuth.fromConfig(), Configuration.fromConfig("ARGUS_API"), script.layer]))
        assert.strictEqual(yield* status.pipe(Effect.provide(live), Effect.provide(env(record))), method)
      }))
  }
  const wrong: ReadonlyArray<readonly [string, Record<string, string>, string]> = [
    ["nothing", {}, "ARGUS_API_KEY"],
    ["an unknown method", { ARGUS_API_METHOD: "canary" }, "ARGUS_API_METHOD"],
    ["a method without its key", { ARGUS_API_METHOD: "apikey", ARGUS_API_PASSWORD: "canary" }, "ARGUS_API_KEY"],
    ["a user without a password", { ARGUS_API_USERNAME: "canary" }, "ARGUS_API_PASSWORD"],
    ["a password without a user", { ARGUS_API_PASSWORD: "canary" }, "ARGUS_API_USERNAME"],
    ["a method without its token", { ARGUS_API_METHOD: "token", ARGUS_API_KEY: "canary" }, "ARGUS_API_TOKEN"]
  ]
  for (const [name, record, variable] of wrong) {
    it.effect(`${name}: names ${variable}, never a value`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const live = Argus.layer().pipe(Layer.provide([ArgusAuth.fromConfig(), Configuration.fromConfig("ARGUS_API"), script.layer]))
        const failure = yield* failureOf(status.pipe(Effect.provide(live), Effect.provide(env(record))))
        assert.strictEqual(failure._tag, "ConfigurationInvalid")
        assert.include(failure.message, variable)
        assert.notInclude(failure.message + inspect(failure, { depth: 20 }), "canary")
      }))
  }
})

describe("status and explain", () => {
  class Preset extends Session.Service<Preset>()("preset", { baseUrl: "https://preset.test", preset: { timeout: "11 seconds", redirects: 3 } }) {}
  const setting = (explanation: Session.Explanation, name: string) => {
    const found = explanation.settings.find((each) => each.setting === name)
    return [found?.value, found?.source]
  }

  it.effect("each value comes from the strongest source, and says which", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const parts = (configuration: Configuration.ConfigurationOptions, more?: Layer.Layer<never>) => Layer.mergeAll(Auth.anonymous(), Configuration.layer(configuration), script.layer, more ?? Layer.empty)
      const explain = Effect.map(Preset.explain(), (explanation) => [setting(explanation, "timeout"), setting(explanation, "redirects"), setting(explanation, "retryMethods"), setting(explanation, "baseUrl")])
      const plain = Preset.layer().pipe(Layer.provide(parts({})))
      const configured = Preset.layer().pipe(Layer.provide(parts({ timeout: "12 seconds", baseUrl: "https://conf.test" })))
      const withPolicy = Preset.layer().pipe(Layer.provide(parts({ timeout: "12 seconds" }, Policy.layer({ timeout: "13 seconds" }))))
      const call = Call.with({ timeout: "15 seconds", baseUrl: "https://call.test" })
      const part = Effect.provide(Policy.layer({ timeout: "14 seconds" }))
      const tail = (base: string, source: string) => [["3", "preset preset"], ["safe", "default"], [base, source]]
      assert.deepStrictEqual(yield* explain.pipe(Effect.provide(plain)), [["11 seconds", "preset preset"], ...tail("https://preset.test/", "preset preset")])
      assert.deepStrictEqual(yield* explain.pipe(Effect.provide(configured)), [["12 seconds", "Configuration"], ...tail("https://conf.test/", "Configuration")])
      assert.deepStrictEqual(yield* explain.pipe(Effect.provide(withPolicy)), [["13 seconds", "Policy.layer (session)"], ...tail("https://preset.test/", "preset preset")])
      assert.deepStrictEqual(yield* explain.pipe(part, Effect.provide(withPolicy)), [["14 seconds", "Policy.layer"], ...tail("https://preset.test/", "preset preset")])
      assert.deepStrictEqual(yield* explain.pipe(call, part, Effect.provide(withPolicy)), [["15 seconds", "Call"], ...tail("https://call.test/", "Call")])
      // and what is explained is what happens
      const limit = (self: Effect.Effect<unknown, unknown, Preset>) => Effect.map(self, () => script.seen.at(-1)?.request.limit?.whole)
      const request = Effect.flatMap(Preset, (s) => s.request({ method: "GET", url: "/x" }))
      assert.strictEqual(yield* limit(request).pipe(Effect.provide(plain)), 11_000)
      assert.strictEqual(yield* limit(request).pipe(Effect.provide(configured)), 12_000)
      assert.strictEqual(yield* limit(request).pipe(Effect.provide(withPolicy)), 13_000)
      assert.strictEqual(yield* limit(request.pipe(part)).pipe(Effect.provide(withPolicy)), 14_000)
      assert.strictEqual(yield* limit(request.pipe(call, part)).pipe(Effect.provide(withPolicy)), 15_000)
    }))

  it.effect("the origin that gets credentials is the session's, wherever the call goes", () =>
    Effect.gen(function*() {
      const explanation = yield* Preset.explain().pipe(
        Call.with({ baseUrl: "https://call.test" }),
        Effect.provide(Preset.layer().pipe(Layer.provide(Layer.mergeAll(Auth.anonymous(), Configuration.layer({ baseUrl: "https://conf.test" }), (yield* answering(ok)).layer))))
      )
      assert.deepStrictEqual(setting(explanation, "origin"), ["https://conf.test", "Configuration"])
    }))

  it.effect("variables are named where they gave the value, and not where the program did", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const live = Billing.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.fromConfig("API", { timeout: "7 seconds", deadline: "8 seconds" }), script.layer]))
      const explanation = yield* Billing.explain(getThing).pipe(Effect.provide(live), Effect.provide(env({ API_URL: "https://env.test", API_DEADLINE: "9" })))
      assert.deepStrictEqual(setting(explanation, "baseUrl"), ["https://env.test/", "API_URL"])
      assert.deepStrictEqual(setting(explanation, "deadline"), ["9s", "API_DEADLINE"])
      assert.deepStrictEqual(setting(explanation, "timeout"), ["7 seconds", "Configuration"])
      assert.strictEqual(explanation.operation, "getThing (GET /things/{id})")
    }))

  it.effect("headers: names only, from all that set some", () =>
    Effect.gen(function*() {
      const explanation = yield* Billing.explain().pipe(Call.with({ headers: { "X-A": "2", "x-c": "3" } }), Effect.provide(over(yield* answering(ok), { configuration: { headers: { "x-a": "1", "x-b": "1" } } })))
      assert.deepStrictEqual(setting(explanation, "headers"), ["x-a, x-b, x-c", "Configuration, Call"])
    }))

  it.effect("a call's base URL that is none is explained, not a defect", () =>
    Effect.gen(function*() {
      const explanation = yield* Billing.explain().pipe(Call.with({ baseUrl: "nonsense" }), Effect.provide(over(yield* answering(ok))))
      assert.deepStrictEqual(setting(explanation, "baseUrl"), ["not a URL", "Call"])
    }))

  it.effect("security 37: neither tells a secret", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const live = over(script, {
        auth: Auth.basic({ username: "ada", password: Redacted.make("canary-password") }),
        configuration: {
          headers: { "x-key": "canary-header", authorization: "canary" },
          proxy: { url: "http://canary:canary@proxy.test:3128", username: "u", password: Redacted.make("canary") },
          tls: { ca: "canary-ca" },
          retry: Schedule.recurs(1),
          timeout: Duration.seconds(3)
        }
      })
      const text = yield* Effect.gen(function*() {
        return inspect([yield* Billing.status, yield* Billing.explain(getThing)], { depth: 20 })
      }).pipe(Call.with({ headers: { "x-call": "canary-call" }, baseUrl: "https://canary:canary@evil.test", body: { a: "canary" } }), Effect.provide(live))
      assert.notInclude(text, "canary")
      assert.notInclude(text, btoa("ada:canary-password"))
      for (const word of ["x-call", "proxy.test", "a Schedule", "3s", "with added authorities"]) assert.include(text, word)
    }))

  it.effect("status: what was done so far, and never more than that", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login({ expiresIn: "1 minute" }), Script.on("any", () => true, ok)])
      yield* Effect.gen(function*() {
        const before = yield* Billing.status
        assert.deepStrictEqual([before.authentication.state, before.authentication.generation, before.baseUrl, before.transport, before.session], ["none", 0, "https://api.test/", "script", "billing"])
        assert.strictEqual(script.seen.length, 0)
        yield* Billing.authenticate()
        const after = yield* Billing.status
        assert.deepStrictEqual([after.authentication.state, after.authentication.generation], ["active", 1])
      }).pipe(Effect.provide(Billing.layer().pipe(Layer.provide(partsOver(script.layer, { auth: Script.authentication() })))))
      assert.deepStrictEqual(script.seen.map(({ step }) => step), ["login"])
    }))
})

describe("authenticate", () => {
  it.effect("with `check` the server is asked, where the API says how", () =>
    Effect.gen(function*() {
      class Checked extends Session.Service<Checked>()("checked", { check: "/me" }) {}
      for (const [status, tag] of [[200, "ok"], [204, "ok"], [401, "AuthenticationFailed"], [403, "UnexpectedStatus"], [404, "UnexpectedStatus"]] as const) {
        const script = yield* answering({ status, body: {} })
        const live = Checked.layer().pipe(Layer.provide(partsOver(script.layer, { configuration: { baseUrl: "https://api.test/v1" } })))
        const result = yield* Checked.authenticate({ check: true }).pipe(
          Effect.match({ onFailure: (failure) => failure, onSuccess: () => undefined }),
          Effect.provide(live)
        )
        assert.strictEqual(result?._tag ?? "ok", tag)
        if (result !== undefined) assert.strictEqual(result.url, "https://api.test/v1/me")
        assert.strictEqual(script.seen[0]?.request.url.href, "https://api.test/v1/me")
        yield* Checked.authenticate().pipe(Effect.provide(live))
        assert.strictEqual(script.seen.length, 1)
      }
    }))

  it.effect("with `check` a page elsewhere that it is sent to proves nothing", () =>
    Effect.gen(function*() {
      class Checked extends Session.Service<Checked>()("checked", { check: "/me" }) {}
      const script = yield* Script.make([
        Script.on("check", ({ url }) => url.pathname === "/me", { status: 302, headers: { location: "https://login.test/" } }),
        Script.on("elsewhere", () => true, { status: 200, body: {} })
      ])
      const failure = yield* Effect.flip(Checked.authenticate({ check: true }).pipe(Effect.provide(Checked.layer().pipe(Layer.provide(partsOver(script.layer))))))
      assert.strictEqual(failure._tag === "UnexpectedStatus" && failure.status, 302)
      assert.deepStrictEqual(script.seen.map(({ step }) => step), ["check"])
    }))
})
