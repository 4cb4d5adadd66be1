import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration } from "credence"
import { Profile, Secrets } from "credence/node"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { inspect } from "node:util"
import { words } from "../../src/node/secrets/command.ts"
import { readKeyring } from "../../src/node/secrets/keyring.ts"
import { answering, baseUrl, Billing, getThing, ok } from "../support/billing.ts"

const folder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-secrets-"))),
  (dir) => Effect.promise(() => fs.rm(dir, { recursive: true, force: true }))
)

/** A file with this text, which only its owner may read unless `mode` says otherwise. */
const file = (text: string | Uint8Array, mode = 0o600) =>
  Effect.gen(function*() {
    const name = path.join(yield* folder, "secret")
    yield* Effect.promise(() => fs.writeFile(name, text))
    yield* Effect.promise(() => fs.chmod(name, mode))
    return name
  })

const get = (variables: Record<string, string>, options?: Secrets.SecretsOptions) =>
  Effect.map(Secrets.get("S", options), (secret) => secret === undefined ? undefined : Redacted.value(secret)).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(variables))
  )

const refused = (variables: Record<string, string>, options?: Secrets.SecretsOptions) =>
  Effect.map(Effect.flip(get(variables, options)), (failure) => {
    assert.notInclude(failure.message + inspect(failure, { depth: 20 }), "CANARY")
    return failure.message.replace("invalid configuration: ", "")
  })

/** prints, as a program of its own */
const node = (script: string) => JSON.stringify([process.execPath, "-e", script])

describe("a secret in a file", () => {
  const texts: ReadonlyArray<readonly [what: string, text: string, secret: string]> = [
    ["without a line end", "s3cret", "s3cret"],
    ["the last line end is cut", "s3cret\n", "s3cret"],
    ["that of Windows as well", "s3cret\r\n", "s3cret"],
    ["and nothing else", " s3\ncret \n\n", " s3\ncret \n"],
    ["UTF-8", "pässwörd", "pässwörd"]
  ]
  for (const [what, text, secret] of texts) {
    it.live(what, () => Effect.gen(function*() {
      assert.strictEqual(yield* get({ S_FILE: yield* file(text) }), secret)
    }))
  }

  it.live("must be its owner's alone: group and others may not even read (security 39)", () =>
    Effect.gen(function*() {
      for (const mode of [0o640, 0o604, 0o620, 0o601]) {
        assert.strictEqual(yield* refused({ S_FILE: yield* file("CANARY", mode) }), `S_FILE: expected a file that only its owner can read, not mode 0${mode.toString(8)}: chmod 600 it, or allow that by CREDENCE_SECRET_FILES=readable`)
      }
      assert.strictEqual(yield* get({ S_FILE: yield* file("s", 0o400) }), "s")
    }))

  it.live("others may read it where that is said, as what containers mount; never write to it", () =>
    Effect.gen(function*() {
      const mounted = yield* file("s", 0o444)
      assert.strictEqual(yield* get({ S_FILE: mounted }, { files: "readable" }), "s")
      assert.strictEqual(yield* get({ S_FILE: mounted, CREDENCE_SECRET_FILES: "readable" }), "s")
      assert.include(yield* refused({ S_FILE: mounted, CREDENCE_SECRET_FILES: "readable" }, { files: "private" }), "not mode 0444")
      assert.strictEqual(yield* refused({ S_FILE: mounted, CREDENCE_SECRET_FILES: "yes" }), "S_FILE: expected CREDENCE_SECRET_FILES to be private or readable")
      for (const mode of [0o664, 0o646]) {
        assert.strictEqual(
          yield* refused({ S_FILE: yield* file("CANARY", mode) }, { files: "readable" }),
          `S_FILE: expected a file that only its owner can change, not mode 0${mode.toString(8)}: chmod go-w it`
        )
      }
    }))

  it.live("a symbolic link is judged by what it leads to", () =>
    Effect.gen(function*() {
      const link = path.join(yield* folder, "link")
      const open = yield* file("CANARY", 0o644)
      yield* Effect.promise(() => fs.symlink(open, link))
      assert.include(yield* refused({ S_FILE: link }), "not mode 0644")
      yield* Effect.promise(() => fs.chmod(open, 0o600))
      assert.strictEqual(yield* get({ S_FILE: link }), "CANARY")
    }))

  it.live("says what is wrong with it", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* refused({ S_FILE: "/nowhere/at/all" }), "S_FILE: expected a file that is there")
      assert.strictEqual(yield* refused({ S_FILE: "secret.txt" }), "S_FILE: expected an absolute path, or one that begins with ~/")
      assert.strictEqual(yield* refused({ S_FILE: yield* folder }), "S_FILE: expected a regular file")
      assert.strictEqual(yield* refused({ S_FILE: yield* file("") }), "S_FILE: expected a secret there, but it is empty")
      assert.strictEqual(yield* refused({ S_FILE: yield* file(new Uint8Array([0x43, 0xff])) }), "S_FILE: expected text in UTF-8")
      assert.strictEqual(yield* refused({ S_FILE: yield* file("CANARY".repeat(20_000)) }), "S_FILE: expected a secret of at most 65536 bytes")
      assert.strictEqual(yield* refused({ S_FILE: yield* file("CANARY"), S: "CANARY" }), "S: expected one of S, S_FILE, not several")
    }))
})

describe("a secret from a command", () => {
  it.live("what it prints, without the last line end; words are arguments as they are", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* get({ S_COMMAND: node("console.log('s3cret')") }), "s3cret")
      assert.strictEqual(yield* get({ S_COMMAND: "printf %s|%s 'a b' $HOME;ls" }), "a b|$HOME;ls")
    }))

  const parts: ReadonlyArray<readonly [text: string, words: ReadonlyArray<string> | undefined]> = [
    ["pass show  work/argus", ["pass", "show", "work/argus"]],
    [`op read "op://My Vault/argus/key"`, ["op", "read", "op://My Vault/argus/key"]],
    [`a --b='c d'"e f" ''`, ["a", "--b=c de f", ""]],
    [`C:\\tools\\pass.exe show`, ["C:\\tools\\pass.exe", "show"]],
    [`["a", "b c"]`, ["a", "b c"]],
    [`["a", 1]`, undefined],
    [`[]`, undefined],
    [`["a"`, undefined],
    [`a "b`, undefined],
    [`'a`, undefined],
    [`'' b`, undefined],
    ["  ", undefined]
  ]
  for (const [text, expected] of parts) it(`${text} is ${JSON.stringify(expected)}`, () => assert.deepStrictEqual(words(text), expected))

  it.live("says how it failed, never what it printed", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* refused({ S_COMMAND: node("process.stdout.write('CANARY'); process.exit(3)") }), "S_COMMAND: expected a program that ends well: it ended with exit code 3")
      assert.strictEqual(yield* refused({ S_COMMAND: "/nowhere/CANARY" }), "S_COMMAND: expected a program that can be started (ENOENT)")
      assert.strictEqual(yield* refused({ S_COMMAND: "'CANARY" }), "S_COMMAND: expected a program and its arguments: a JSON array, or words between spaces")
      assert.strictEqual(yield* refused({ S_COMMAND: node("process.stdout.write('CANARY'.repeat(20000)); setInterval(() => {}, 1000)") }), "S_COMMAND: expected a secret of at most 65536 bytes")
      assert.strictEqual(yield* refused({ S_COMMAND: node("0") }), "S_COMMAND: expected a secret there, but it is empty")
    }))

  it.live("is killed when it takes too long", () =>
    Effect.gen(function*() {
      // its end is the end of its connection
      const gone = yield* Deferred.make<void>()
      const server = yield* Effect.acquireRelease(
        Effect.callback<net.Server>((resume) => {
          const listening = net.createServer((socket) => {
            socket.on("error", () => undefined).on("close", () => Effect.runSync(Deferred.succeed(gone, undefined)))
            socket.resume()
          })
          listening.listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
        }),
        (listening) => Effect.sync(() => listening.close())
      )
      const address = server.address()
      const script = `require("net").connect(${typeof address === "object" ? address?.port : 0}, "127.0.0.1"); process.stdout.write("CANARY"); setInterval(() => {}, 1000)`
      assert.strictEqual(yield* refused({ S_COMMAND: node(script) }, { timeout: "2 seconds" }), "S_COMMAND: expected a program that ends within 2s")
      yield* Deferred.await(gone)
    }))
})

describe("a secret in the keyring", () => {
  const library = (entries: Record<string, string>) => () =>
    Promise.resolve({
      AsyncEntry: class {
        readonly name: string
        constructor(service: string, account: string, options: { readonly linux: { readonly store: string } }) {
          this.name = `${service}|${account}|${options.linux.store}`
        }
        getPassword = () => this.name.startsWith("locked") ? Promise.reject(new Error("CANARY")) : Promise.resolve(entries[this.name] ?? null)
      }
    })
  const read = (text: string, load: () => Promise<unknown>) => Effect.map(readKeyring(text, load), Redacted.value)

  it.effect("by service and account, from a secret service and not from the kernel", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* read("a/b/c", library({ "a/b|c|secret-service": "s" })), "s")
    }))

  it.effect("says what is wrong", () =>
    Effect.gen(function*() {
      const none = library({})
      assert.strictEqual(yield* Effect.flip(read("a/b", none)), "expected an entry of this service and account in the keyring")
      for (const text of ["a", "/b", "a/"]) assert.strictEqual(yield* Effect.flip(read(text, none)), "expected `service/account`")
      assert.strictEqual(yield* Effect.flip(read("locked/b", none)), "expected a keyring that can be read: is a secret service running, and unlocked?")
      assert.strictEqual(yield* Effect.flip(read("a/b", () => Promise.reject(new Error("Cannot find package")))), "expected a keyring that can be read. Install the package that speaks to it: npm install @napi-rs/keyring")
      assert.strictEqual(yield* Effect.flip(read("a/b", () => Promise.resolve({}))), "expected a keyring that can be read. Install version 2 of @napi-rs/keyring: what is installed is another one")
    }))
})

describe("profiles", () => {
  const sent = (toml: string, environment: Record<string, string> = {}, options: { readonly mode?: number } = {}) =>
    Effect.gen(function*() {
      const name = yield* file(toml, options.mode ?? 0o600)
      const script = yield* answering(ok)
      const auth = Layer.provide(Auth.fromConfig("BILLING"), Layer.provide(Profile.layer({ file: name }), ConfigProvider.layer(ConfigProvider.fromEnvRecord(environment))))
      const live = Billing.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl }), script.layer]))
      yield* getThing({ id: "1" }).pipe(Effect.provide(live))
      return script.seen[0]?.request.headers["authorization"]
    })

  it.live("say where a secret is", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* sent(`[default.billing]\ntoken = { file = ${JSON.stringify(yield* file("in the file\n"))} }`), "Bearer in the file")
      assert.strictEqual(yield* sent(`[default.billing.token]\ncommand = ${node("console.log('printed')")}`), "Bearer printed")
      assert.strictEqual(yield* sent(`[default.billing]\ntoken.env = "CI_TOKEN"`, { CI_TOKEN: "of the environment" }), "Bearer of the environment")
    }))

  it.live("may say that others can read the files they name", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* sent(`[default]\ncredence_secret_files = "readable"\nbilling.token.file = ${JSON.stringify(yield* file("mounted", 0o444))}`), "Bearer mounted")
    }))

  it.live("the environment beats them, whichever way it says a secret", () =>
    Effect.gen(function*() {
      const inFile = yield* file("from the environment's file")
      assert.strictEqual(yield* sent(`[default.billing]\ntoken = "of the profile"`, { BILLING_TOKEN_FILE: inFile }), "Bearer from the environment's file")
      assert.strictEqual(yield* sent(`[default.billing]\ntoken.command = "false"`, { BILLING_TOKEN: "of the environment" }), "Bearer of the environment")
      assert.strictEqual(yield* sent(`[default.billing]\ntoken.command = "false"`, { BILLING_TOKEN_FILE: inFile }), "Bearer from the environment's file")
      // which does not hide what is only spelt alike
      assert.strictEqual(yield* sent(`[default]\nBILLING_TOKEN = "t"`, { BILLING_TOKEN_URL: "https://id.example.com", BILLING_TOKEN_FILE: "" }), "Bearer t")
      assert.strictEqual(yield* sent(`[default.billing]\ntoken = "t"`, { BILLING_CA_FILE: "/ca.pem" }), "Bearer t")
    }))

  it.live("members that say nothing usable are failures, and never passed over", () =>
    Effect.gen(function*() {
      for (const [toml, said] of [
        [`default = "CANARY"`, "profile default: expected a table"],
        [`[default]\nBILLING_TOKEN = ["CANARY", 1]`, "BILLING_TOKEN: expected a text, a number, true, false, or a list of texts in profile default"],
        [`[default.billing]\ntoken = 2026-11-23`, "BILLING_TOKEN: expected a text, a number, true, false, or a list of texts in profile default"],
        [`[default]\nBILLING_TOKEN = "CANARY"\n[default.billing]\ntoken = "CANARY"`, "BILLING_TOKEN: expected it once in profile default: tables and letter case make no other name"]
      ] as const) {
        const failure = yield* Effect.flip(sent(toml))
        assert.strictEqual(failure.message, `invalid configuration: ${said}`)
      }
      assert.strictEqual(yield* sent(`[default.a${".a".repeat(5_000)}]\nb = 1\n[default.billing]\ntoken = "t"`), "Bearer t")
    }))

  it.live("one that others can change is refused: it can name commands", () =>
    Effect.gen(function*() {
      for (const mode of [0o620, 0o602]) {
        const failure = yield* Effect.flip(sent(`[default]\nBILLING_TOKEN = "CANARY"`, {}, { mode }))
        assert.include(failure.message, "expected a file that only its owner can change, since it can name commands: chmod go-w it")
        assert.notInclude(inspect(failure, { depth: 20 }), "CANARY")
      }
      assert.strictEqual(yield* sent(`[default]\nBILLING_TOKEN = "t"`, {}, { mode: 0o644 }), "Bearer t")
    }))

  it.live("give what reads secrets as well", () =>
    Effect.gen(function*() {
      const context = yield* Layer.build(Profile.layer({ file: yield* file("[default]\n") }))
      const provider = Context.get(context, ConfigProvider.ConfigProvider)
      assert.isUndefined(yield* provider.load(["BILLING_TOKEN"]))
    }))
})
