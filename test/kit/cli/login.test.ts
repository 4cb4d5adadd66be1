/** `credence login`, `logout`, `status` and `token`: what they print, how they end, and that the next process finds the login. */
import { assert, describe, it } from "@effect/vitest"
import { CapabilityUnavailable } from "credence"
import * as Sandbox from "credence-kit/sandbox"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { exitCodeOf, reportOf } from "../../../kit/src/cli/failure.ts"
import { login, type LoginOptions, logout, status, token } from "../../../kit/src/login/run.ts"
import { openStore } from "../../../kit/src/login/store.ts"
import { systems } from "../../../kit/src/login/systems.ts"
import { root, run as runProcess } from "./support.ts"

const folder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-login-"))),
  (dir) => Effect.promise(() => fs.rm(dir, { recursive: true, force: true }))
)

type Variables = Readonly<Record<string, string>>

interface Flags extends Partial<LoginOptions> {
  readonly check?: boolean
}

/** Runs a command as a process of its own would: nothing is shared with another run but what lies in files. */
const command = (name: "login" | "logout" | "status" | "token", system: string, variables: Variables, flags: Flags = {}) =>
  Effect.gen(function*() {
    const out: Array<string> = []
    const errors: Array<string> = []
    const console: Console.Console = {
      ...globalThis.console,
      log: (text: string) => void out.push(text),
      error: (text: string) => void errors.push(text)
    }
    const found = systems[system]
    if (found === undefined) return yield* Effect.die(new Error(`there is no ${system}`))
    const { check = false, ...given } = flags
    const session = { profile: undefined, profiles: undefined, url: undefined, token: undefined, key: undefined, username: undefined }
    const options: LoginOptions = { json: true, quiet: false, store: "file", prefix: undefined, session, ...given }
    const work = { login: () => login(found, { ...options, check }), logout: () => logout(found, options), status: () => status(found, { ...options, check }), token: () => token(found, options) }
    const exit = yield* Effect.exit(work[name]()).pipe(
      Effect.provideService(Console.Console, console),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord({ ...variables }))
    )
    const report = reportOf(exit)
    const stdout = out.join("\n")
    const stderr = [...errors, ...(report === undefined ? [] : [report])].join("\n")
    for (const secret of ["demo-password", "CANARY"]) assert.notInclude(stdout + stderr, secret)
    const json: Readonly<Record<string, unknown>> = options.json && stdout !== "" ? JSON.parse(stdout) : {}
    return { code: exitCodeOf(exit), stdout, stderr, json }
  })

interface Case {
  readonly what: string
  readonly system: string
  readonly variables: (record: Readonly<Record<string, unknown>>) => Variables
  /** of a request that signs in */
  readonly login: RegExp
  readonly expected: Readonly<Record<string, unknown>>
}

const text = (record: Readonly<Record<string, unknown>>, name: string): string => String(record[name])

const cases: ReadonlyArray<Case> = [
  {
    what: "Argus by password",
    system: "argus",
    variables: (argus) => ({ ARGUS_API_URL: text(argus, "url"), ARGUS_API_USERNAME: "demo", ARGUS_API_PASSWORD: "demo-password" }),
    login: /\/password\/authentication$/,
    expected: { method: "password", because: "ARGUS_API_USERNAME and ARGUS_API_PASSWORD are set", identity: "demo" }
  },
  {
    what: "Venafi TPP by password",
    system: "tpp",
    variables: (tpp) => ({
      TPP_URL: text(tpp, "url"),
      TPP_CA_FILE: text(tpp, "caPath"),
      TPP_CLIENT_ID: text(tpp, "clientId"),
      TPP_SCOPE: "certificate:manage",
      TPP_USERNAME: "demo",
      TPP_PASSWORD: "demo-password"
    }),
    login: /\/authorize\/oauth$/i,
    expected: { because: "TPP_CLIENT_ID, TPP_SCOPE, TPP_USERNAME and TPP_PASSWORD are set" }
  },
  {
    what: "Venafi TPP by a device code",
    system: "tpp",
    variables: (tpp) => ({ TPP_URL: text(tpp, "url"), TPP_CA_FILE: text(tpp, "caPath"), TPP_CLIENT_ID: text(tpp, "clientId"), TPP_SCOPE: "certificate" }),
    login: /\/authorize\/device$/i,
    expected: { because: "TPP_CLIENT_ID and TPP_SCOPE are set" }
  },
  {
    what: "oVirt by password",
    system: "ovirt",
    variables: (ovirt) => ({ OVIRT_URL: text(ovirt, "url"), OVIRT_USERNAME: "demo@internal", OVIRT_PASSWORD: "demo-password" }),
    login: /\/sso\/oauth\/token$/,
    expected: { method: "password", identity: "demo@internal" }
  },
  {
    what: "ICA by password",
    system: "ica",
    variables: (ica) => ({ ICA_URL: text(ica, "url"), ICA_USERNAME: "demo", ICA_PASSWORD: "demo-password", ICA_TENANT: text(ica, "tenant") }),
    login: /\/api\/tokens$/,
    expected: { method: "password", identity: "demo" }
  },
  {
    what: "ansys by a refresh token",
    system: "ansys",
    variables: (ansys) => ({ ANSYS_URL: `${text(ansys, "url")}/oidc`, ANSYS_REFRESH_TOKEN: text(ansys, "refreshToken"), ANSYS_CLIENT_ID: text(ansys, "clientId") }),
    login: /\/token$/,
    expected: { because: "ANSYS_REFRESH_TOKEN is set" }
  }
]

describe("a login is kept for the next process", () => {
  for (const { expected, login: signsIn, system, variables, what } of cases) {
    it.live(what, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.make()
        const records = yield* Sandbox.records(sandbox)
        const env = { ...variables(records[system] ?? {}), CREDENCE_TOKENS: path.join(yield* folder, "tokens") }
        const logins = Effect.map(sandbox.control.received, (received) => received.filter(({ path: at }) => signsIn.test(at)).length)

        const before = yield* command("status", system, env)
        assert.strictEqual(before.code, 1, before.stderr)
        assert.deepInclude(before.json, { ok: false, system, state: "signed out" })
        // a look sends nothing and writes nothing
        assert.strictEqual((yield* sandbox.control.received).length, 0)
        assert.isFalse(existsSync(env.CREDENCE_TOKENS))

        const signedIn = yield* command("login", system, env, { check: true })
        assert.strictEqual(signedIn.stderr.replace(/^To sign in, open .*\n?(?:\(or open .*\))?$/m, ""), "")
        assert.strictEqual(signedIn.code, 0, signedIn.stdout)
        assert.deepInclude(signedIn.json, { ok: true, state: "signed in", store: `file ${env.CREDENCE_TOKENS}`, ...expected })
        assert.strictEqual(yield* logins, 1)
        const sent = (yield* sandbox.control.received).length

        // nobody asks the server for what lies there
        const first = yield* command("token", system, env)
        const second = yield* command("token", system, env, { json: false })
        assert.strictEqual(second.stdout, first.json["token"])
        assert.isAbove(second.stdout.length, 8)
        const after = yield* command("status", system, env)
        assert.strictEqual(after.code, 0)
        assert.deepInclude(after.json, { ok: true, state: "signed in", source: "store" })
        // when it was got, not when it was looked at
        const got = (json: Readonly<Record<string, unknown>>): number => Date.parse(text(json, "lastRefresh"))
        assert.isAtMost(got(after.json), got(signedIn.json))
        if (after.json["expires"] !== undefined) {
          assert.isAbove(Date.parse(text(after.json, "nextRefresh")), Date.now())
          assert.isBelow(Date.parse(text(after.json, "nextRefresh")), Date.parse(text(after.json, "expires")))
        }
        assert.notInclude(after.stdout, second.stdout)
        assert.strictEqual((yield* sandbox.control.received).length, sent)

        assert.deepEqual((yield* command("logout", system, env)).json, { ok: true, system, ended: true })
        assert.deepEqual((yield* command("logout", system, env)).json, { ok: true, system, ended: false })
        assert.strictEqual((yield* command("status", system, env)).code, 1)
        assert.strictEqual(yield* logins, 1)
      }))
  }
})

describe("what people read", () => {
  it.live("when a login was renewed last, and when that is due", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const { tpp } = yield* Sandbox.records(sandbox)
      const env = {
        TPP_URL: text(tpp ?? {}, "url"),
        TPP_CA_FILE: text(tpp ?? {}, "caPath"),
        TPP_CLIENT_ID: text(tpp ?? {}, "clientId"),
        TPP_SCOPE: "certificate:manage",
        TPP_USERNAME: "demo",
        TPP_PASSWORD: "demo-password",
        CREDENCE_TOKENS: path.join(yield* folder, "tokens")
      }
      yield* command("login", "tpp", env)
      const { stdout } = yield* command("status", "tpp", env, { json: false })
      const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`
      assert.match(stdout, new RegExp(`^  expires   ${time}, in [\\dhms ]+$`, "m"))
      assert.match(stdout, new RegExp(`^  renewed   ${time}, (?:now|[\\ds]+ ago)$`, "m"))
      assert.match(stdout, new RegExp(`^  next      ${time}, in [\\dhms ]+, by the first call after that$`, "m"))
    }))

  it.live("how a login stands, and where it is kept", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.make()
      const tokens = path.join(yield* folder, "tokens")
      const env = { ARGUS_API_URL: argus.url, ARGUS_API_USERNAME: "demo", ARGUS_API_PASSWORD: "demo-password", ARGUS_API_TOKEN_FILE: "/nowhere", CREDENCE_TOKENS: tokens }
      const { stdout } = yield* command("login", "argus", env, { json: false })
      assert.strictEqual(
        stdout.replace(/^( {2}renewed {3})\d{4}-\d\d-\d\dT[\d:.]+Z, (?:now|\ds ago)$/m, "$1…"),
        [
          "Argus: signed in",
          `  server    ${argus.url}/`,
          "  method    password, since ARGUS_API_USERNAME and ARGUS_API_PASSWORD are set; passed over: ARGUS_API_TOKEN_FILE",
          "  identity  demo",
          "  renewed   …",
          `  store     file ${tokens}`
        ].join("\n")
      )
      assert.strictEqual((yield* command("login", "argus", env, { json: false, quiet: true })).stdout, "")
      assert.strictEqual((yield* command("logout", "argus", env, { json: false })).stdout, "Argus: signed out")
      assert.strictEqual((yield* command("logout", "argus", env, { json: false })).stdout, "Argus: nobody was signed in by password")
    }))

  it.live("a key needs no login: that is fine, and no token", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.make()
      const env = { ARGUS_API_URL: argus.url, ARGUS_API_KEY: argus.apiKey, CREDENCE_TOKENS: path.join(yield* folder, "tokens") }
      const { code, stdout } = yield* command("status", "argus", env, { json: false })
      assert.strictEqual(code, 0)
      assert.include(stdout, "Argus: each call carries its credential: there is no login to keep")
      assert.strictEqual((yield* command("login", "argus", env, { check: true })).json["state"], "fixed")
      const none = yield* command("token", "argus", env)
      assert.strictEqual(none.code, 1)
      assert.include(none.stderr, "api key is no access token")
      const wrong = yield* command("login", "argus", { ...env, ARGUS_API_KEY: "CANARY" }, { check: true })
      assert.strictEqual(wrong.code, 1)
      assert.include(wrong.stderr, "status 401")
    }))
})

describe("what goes wrong", () => {
  it.live("a wrong password: exit code 1, said once, and as data", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.make()
      const env = { ARGUS_API_URL: argus.url, ARGUS_API_USERNAME: "demo", ARGUS_API_PASSWORD: "CANARY", CREDENCE_TOKENS: path.join(yield* folder, "tokens") }
      const { code, json, stderr } = yield* command("login", "argus", env)
      assert.strictEqual(code, 1)
      assert.deepInclude(json["error"], { tag: "AuthenticationFailed", reason: "login" })
      assert.strictEqual(stderr.split("\n").length, 1)
      assert.strictEqual((yield* command("token", "argus", env)).code, 1)
    }))

  it.live("wrong settings: exit code 2, and nothing is sent", () =>
    Effect.gen(function*() {
      const { argus, control } = yield* Sandbox.make()
      const tokens = { CREDENCE_TOKENS: path.join(yield* folder, "tokens") }
      for (const [variables, said] of [
        [{ ARGUS_API_USERNAME: "demo" }, "ARGUS_API_USERNAME is set without ARGUS_API_PASSWORD"],
        [{ ARGUS_API_USERNAME: "demo", ARGUS_API_PASSWORD_FILE: "/nowhere" }, "ARGUS_API_PASSWORD_FILE: expected a file that is there"],
        [{ ARGUS_API_KEY: "CANARY", CREDENCE_PROFILE: "none" }, "profile none: expected a table [none]"]
      ] as const) {
        const { code, json, stderr } = yield* command("login", "argus", { ARGUS_API_URL: argus.url, ...variables, ...tokens, XDG_CONFIG_HOME: yield* folder })
        assert.strictEqual(code, 2)
        assert.include(stderr, said)
        assert.deepInclude(json["error"], { tag: "ConfigurationInvalid" })
      }
      assert.strictEqual((yield* control.received).length, 0)
    }))

  it.live("a store that does not keep: the login holds for nobody else, so it is no success", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.make()
      const tokens = path.join(yield* folder, "tokens")
      const env = { ARGUS_API_URL: argus.url, ARGUS_API_USERNAME: "demo", ARGUS_API_PASSWORD: "demo-password", CREDENCE_TOKENS: tokens }
      yield* command("login", "argus", env)
      yield* command("logout", "argus", env)
      // where the login would be is something else
      for (const name of yield* Effect.promise(() => fs.readdir(tokens))) {
        yield* Effect.promise(() => fs.rm(path.join(tokens, name), { recursive: true }))
        yield* Effect.promise(() => fs.writeFile(path.join(tokens, name), "", { mode: 0o600 }))
      }
      const { code, json, stderr } = yield* command("login", "argus", env)
      assert.strictEqual(code, 1, stderr)
      assert.deepInclude(json, { ok: false, state: "signed in" })
      assert.match(stderr, /the login is not kept: /)
      // one that ends with the command is of no use to anybody
      const none = yield* command("token", "argus", env)
      assert.strictEqual(none.code, 1)
      assert.deepInclude(none.json["error"], { tag: "StoreTrouble" })
      assert.match(none.stderr, /the login is not kept by file /)
    }))

  it.live("a record that cannot be read: nobody is told that all is well", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.make()
      const tokens = path.join(yield* folder, "tokens")
      const env = { ARGUS_API_URL: argus.url, ARGUS_API_USERNAME: "demo", ARGUS_API_PASSWORD: "demo-password", CREDENCE_TOKENS: tokens }
      yield* command("login", "argus", env)
      for (const name of yield* Effect.promise(() => fs.readdir(tokens, { recursive: true }))) {
        if (name.endsWith(".token")) yield* Effect.promise(() => fs.truncate(path.join(tokens, name), 20))
      }
      const shown = yield* command("status", "argus", env)
      assert.strictEqual(shown.code, 1)
      assert.match(String(shown.json["problem"]), /^corrupt: .* holds no token that can be read/)
      const out = yield* command("logout", "argus", env)
      assert.strictEqual(out.code, 1)
      assert.match(out.stderr, /the login may not have ended at the server\. file .*: corrupt: /)
    }))
})

describe("where logins are kept", () => {
  const none = new CapabilityUnavailable({ operation: "token store", method: "-", url: "keyring:credence", attempts: 0, capability: "the operating system's keyring", hint: "No service" })
  it.live("security 40: without a keyring nothing is kept, unless files are chosen", () =>
    Effect.gen(function*() {
      const tokens = path.join(yield* folder, "tokens")
      const settings = { prefix: "ARGUS_API", provider: ConfigProvider.fromEnvRecord({ CREDENCE_TOKENS: tokens }) }
      for (const kind of ["auto", "keyring"] as const) {
        const failure = yield* Effect.flip(openStore(kind, settings, Effect.fail(none)))
        assert.strictEqual(failure._tag, "CapabilityUnavailable")
        assert.match(failure.message, /keyring is not available here.*No service.*--store file, or CREDENCE_STORE=file: files that only you can read/)
      }
      assert.strictEqual((yield* openStore("file", settings, Effect.fail(none))).name, `file ${tokens}`)
      const store = { name: "keyring credence", load: () => Effect.undefined, lease: () => Effect.never }
      assert.deepStrictEqual(yield* openStore("auto", settings, Effect.succeed(store)), store)
    }))
})

describe("as a process", { timeout: 60_000 }, () => {
  it.live("one signs in, another one uses it; profiles and references as anywhere", () =>
    Effect.gen(function*() {
      const { argus, control } = yield* Sandbox.make()
      const home = yield* folder
      const secret = path.join(home, "secret")
      yield* Effect.promise(() => fs.writeFile(secret, "demo-password\n", { mode: 0o600 }))
      const profiles = path.join(home, "profiles.toml")
      yield* Effect.promise(() => fs.writeFile(profiles, `[work.argus_api]\nurl = "${argus.url}"\nusername = "demo"\npassword = { file = ${JSON.stringify(secret)} }\n`, { mode: 0o600 }))
      // what is set around the tests counts for nothing
      const none = Object.fromEntries(["CREDENCE_TOKENS", ...["URL", "USERNAME", "PASSWORD", "KEY", "TOKEN", "METHOD"].map((name) => `ARGUS_API_${name}`)].map((name) => [name, ""]))
      const env = { ...none, HOME: home, XDG_STATE_HOME: home, CREDENCE_PROFILES: profiles, CREDENCE_PROFILE: "work", CREDENCE_STORE: "file" }
      const credence = (...args: ReadonlyArray<string>) => Effect.promise(() => runProcess(args, { cwd: home, env }))
      const signedIn = yield* credence("login", "argus", "--json")
      assert.strictEqual(signedIn.stderr, "")
      assert.strictEqual(signedIn.code, 0, signedIn.stdout)
      const { code, stdout } = yield* credence("token", "argus")
      assert.strictEqual(code, 0)
      assert.match(stdout, /^\S+\n$/)
      assert.strictEqual((yield* control.received).filter(({ path: at }) => at.endsWith("/authentication")).length, 1)
      const unknown = yield* credence("status", "argos")
      assert.strictEqual(unknown.code, 2)
      assert.strictEqual(unknown.stderr, "credence: there is no system argos: did you mean argus?\n")
    }))

  // a place where no secret service is
  const bus = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" }
  const cleared = Object.fromEntries(["CREDENCE_STORE", "CREDENCE_TOKENS", "CREDENCE_PROFILE", ...["URL", "USERNAME", "PASSWORD", "KEY", "TOKEN", "METHOD"].map((name) => `ARGUS_API_${name}`)].map((name) => [name, ""]))

  it.live.skipIf(process.platform !== "linux")("security 40: where there is no keyring, nothing is sent and nothing written", () =>
    Effect.gen(function*() {
      const { argus, control } = yield* Sandbox.make()
      const home = yield* folder
      const user = { ...cleared, ...bus, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, ARGUS_API_URL: argus.url, ARGUS_API_USERNAME: "demo", ARGUS_API_PASSWORD: "demo-password" }
      const credence = (env: Variables, ...args: ReadonlyArray<string>) => Effect.promise(() => runProcess(args, { cwd: home, env }))
      for (const args of [["login", "argus"], ["login", "argus", "--store", "keyring"], ["token", "argus"]]) {
        const { code, stderr, stdout } = yield* credence(user, ...args)
        assert.strictEqual(code, 1)
        assert.strictEqual(stdout, "")
        assert.match(stderr, /^credence: CapabilityUnavailable: .*--store file, or CREDENCE_STORE=file/)
      }
      assert.strictEqual((yield* control.received).length, 0)
      // a key needs no store
      const keyed = yield* credence({ ...user, ARGUS_API_USERNAME: "", ARGUS_API_PASSWORD: "", ARGUS_API_KEY: argus.apiKey }, "login", "argus", "--json")
      assert.strictEqual(keyed.code, 0, keyed.stderr)
      assert.include(keyed.stdout, `"state":"fixed"`)
      const unknown = yield* credence({ ...user, CREDENCE_STORE: "paper" }, "status", "argus")
      assert.strictEqual(unknown.code, 2)
      assert.include(unknown.stderr, "CREDENCE_STORE: expected one of auto, keyring, file")
      assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(home)), [])
    }))

  it.live.skipIf(process.platform !== "linux")("`call` uses a login that is kept, renews it there, and keeps none of its own", () =>
    Effect.gen(function*() {
      const { argus, control } = yield* Sandbox.make()
      const home = yield* folder
      const env = { ...cleared, ...bus, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, ARGUS_API_URL: argus.url, ARGUS_API_USERNAME: "demo", ARGUS_API_PASSWORD: "demo-password" }
      const credence = (store: string, ...args: ReadonlyArray<string>) => Effect.promise(() => runProcess(args, { cwd: home, env: { ...env, CREDENCE_STORE: store } }))
      const api = path.join(root, "src/apis/argus/generated")
      const call = (store: string) => Effect.map(credence(store, "call", api, "getCurrentUser"), ({ code, stderr }) => assert.strictEqual(code, 0, stderr))
      const seen = (what: RegExp) => Effect.map(control.received, (received) => received.filter(({ path: at }) => what.test(at)).length)
      const logins = seen(/\/password\/authentication$/)
      const logouts = seen(/\/authentication\/v1\/session$/)

      // nobody has signed in: for itself, and out again, with or without a keyring
      yield* call("")
      yield* call("file")
      assert.deepStrictEqual([yield* logins, yield* logouts], [2, 2])
      assert.strictEqual((yield* credence("keyring", "call", api, "getCurrentUser")).code, 1)

      yield* credence("file", "login", "argus")
      yield* call("file")
      yield* call("file")
      assert.deepStrictEqual([yield* logins, yield* logouts], [3, 2])
      // one renews it for all
      yield* control.expireSessions()
      yield* call("file")
      yield* call("file")
      assert.deepStrictEqual([yield* logins, yield* logouts], [4, 2])
    }))
})
