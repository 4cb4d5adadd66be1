/** What `sandbox` prints: each system's address and logins, and files for what programs want as files. */
import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "credence-kit/sandbox"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { X509Certificate } from "node:crypto"
import { existsSync, readFileSync, statSync } from "node:fs"
import { run, type RunOptions } from "../../kit/src/sandbox/run.ts"

/** Runs until it has said where it is. */
const said = Effect.fnUntraced(function*(options: Partial<RunOptions>) {
  const line = yield* Deferred.make<string>()
  const console: Console.Console = { ...globalThis.console, log: (text: string) => void Effect.runSync(Deferred.succeed(line, text)) }
  const fiber = yield* Effect.forkChild(Effect.scoped(run({ json: false, https: false, port: 0, ...options })).pipe(Effect.provideService(Console.Console, console)))
  const text = yield* Effect.raceFirst(Deferred.await(line), Effect.andThen(Fiber.join(fiber), Effect.die(new Error("it ended"))))
  return { text, stop: Fiber.interrupt(fiber) }
})

const names = ["argus", "tpp", "ovirt", "ica", "ansys"]

/** what each record has beside `url`, `username` and `password` */
const members: Readonly<Record<string, ReadonlyArray<string>>> = {
  argus: ["apiKey", "domain"],
  tpp: ["clientId", "apiKey", "ca", "clientCert", "clientKey", "caPath", "clientCertPath", "clientKeyPath"],
  ovirt: [],
  ica: ["apiKey", "psToken", "tenant"],
  ansys: ["clientId", "refreshToken", "domain"]
}

describe("sandbox --json", () => {
  it.live("has each system, with user demo; PEM texts lie in private files as long as it runs", () =>
    Effect.gen(function*() {
      const { stop, text } = yield* said({ json: true })
      assert.notInclude(text, "\n")
      const records = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>>>>
      assert.sameMembers(Object.keys(records), names)
      for (const name of names) {
        assert.deepInclude(records[name], { username: "demo", password: "demo-password" }, name)
        assert.sameMembers(Object.keys(records[name] ?? {}), ["url", "username", "password", ...(members[name] ?? [])], name)
      }
      assert.deepInclude(records["tpp"], { clientId: "pytpp" })
      assert.deepInclude(records["ica"], { tenant: "demo", psToken: "demo-ps-token" })
      assert.match(records["tpp"]?.["url"] ?? "", /^https:/)
      const files: Array<string> = []
      for (const [name, record] of Object.entries(records)) {
        for (const [member, value] of Object.entries(record)) {
          if (!value.startsWith("-----BEGIN ")) continue
          const file = record[`${member}Path`] ?? ""
          assert.strictEqual(readFileSync(file, "utf8"), value, `${name}.${member}`)
          assert.strictEqual(statSync(file).mode & 0o777, 0o600)
          files.push(file)
        }
      }
      const { ca = "", clientCert = "" } = records["tpp"] ?? {}
      assert.isTrue(new X509Certificate(clientCert).checkIssued(new X509Certificate(ca)))
      yield* stop
      assert.isFalse(files.some((file) => existsSync(file)))
    }))

  it.live("with --https each of them has what to trust", () =>
    Effect.gen(function*() {
      const { stop, text } = yield* said({ json: true, https: true })
      const records = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>>>>
      for (const name of names) {
        assert.match(records[name]?.["url"] ?? "", /^https:/, name)
        assert.strictEqual(readFileSync(records[name]?.["caPath"] ?? "", "utf8"), records[name]?.["ca"], name)
      }
      yield* stop
    }))
})

describe("sandbox", () => {
  it.live("says the same to people, without texts of many lines", () =>
    Effect.gen(function*() {
      const { stop, text } = yield* said({})
      for (const line of [/^Argus is emulated at http:/m, /^Venafi TPP is emulated at https:/m, /^oVirt is emulated at/m, /^ICA is emulated at/m, /^ansys .* is emulated at/m]) assert.match(text, line)
      assert.match(text, /^ {2}API key {5}demo-api-key$/m)
      assert.match(text, /^ {2}certificate +\/.*\.pem$/m)
      assert.notInclude(text, "BEGIN")
      yield* stop
    }))

  it.live("ports follow each other from the one that is given", () =>
    Effect.gen(function*() {
      const first = yield* Sandbox.make({ port: 24_611 })
      const ports = Object.values(yield* Sandbox.records(first)).map(({ url }) => Number(new URL(url).port))
      assert.strictEqual(Math.min(...ports), 24_611)
      assert.isBelow(Math.max(...ports), 24_611 + 10)
      const taken = yield* Effect.flip(Sandbox.make({ port: 24_611 }))
      assert.strictEqual(taken._tag, "SandboxFailed")
      const beyond = yield* Effect.flip(Sandbox.make({ port: 65_535 }))
      assert.strictEqual(beyond._tag, "SandboxFailed")
    }))
})
