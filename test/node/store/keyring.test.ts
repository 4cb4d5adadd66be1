/** The store behind the keyring, with keyrings of the test's own. test/servers has a real secret service. */
import { assert, describe, it } from "@effect/vitest"
import { Keyring } from "credence/node"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { inspect } from "node:util"
import { laws, put, text } from "../../support/stores.ts"

const live = <E>(name: string, test: () => Effect.Effect<unknown, E, Scope.Scope>) => it.live(name, () => Effect.scoped(test()), 30_000)

const home = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "credence-keyring-"))),
  (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true, force: true }))
)

/** A keyring as the library gives it: what it was asked for, and what it holds. */
const keyring = () => {
  const held = new Map<string, string>()
  const asked: Array<unknown> = []
  class AsyncEntry {
    readonly place: string
    constructor(service: string, account: string, options: unknown) {
      asked.push(options)
      this.place = `${service}/${account}`
    }
    getPassword = () => Promise.resolve(held.get(this.place) ?? null)
    setPassword = (password: string) => Promise.resolve(void held.set(this.place, password))
    deletePassword = () => Promise.resolve(held.delete(this.place))
  }
  return { held, asked, library: () => Promise.resolve({ AsyncEntry }) }
}

describe("the store behind a keyring", () => {
  laws(Effect.flatMap(home, (folder) => {
    const { library } = keyring()
    const options = { folder: path.join(folder, "tokens"), library }
    return Effect.all({ here: Keyring.make(options), there: Keyring.make(options) }, { concurrency: 2 })
  }))

  live("asks Linux for a secret service and nothing less", () =>
    Effect.gen(function*() {
      const { asked, held, library } = keyring()
      yield* Keyring.make({ service: "mine", folder: yield* home, library })
      assert.deepStrictEqual(asked, [{ linux: { store: "secret-service" } }])
      assert.deepStrictEqual([...held.keys()], ["mine/tokens"])
    }))

  live("forgets what was encrypted with a key that is gone, and says so where the key is another one", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const { held, library } = keyring()
      yield* put(yield* Keyring.make({ folder, library }), "k", "first")
      const other = keyring()
      other.held.set("credence/tokens", Buffer.alloc(32, 1).toString("base64"))
      const changed = yield* Effect.flip((yield* Keyring.make({ folder, library: other.library })).load("k"))
      assert.strictEqual(changed.reason, "corrupt")
      held.clear()
      const anew = yield* Keyring.make({ folder, library })
      assert.strictEqual(yield* anew.load("k"), undefined)
      yield* put(anew, "k", "second")
      assert.strictEqual(text(yield* (yield* Keyring.make({ folder, library })).load("k")), "second")
    }))

  live("an entry that is no key of ours is refused, and not shown", () =>
    Effect.gen(function*() {
      const { held, library } = keyring()
      held.set("credence/tokens", "canary-password")
      const error = yield* Effect.flip(Keyring.make({ folder: yield* home, library }))
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.match(error.message, /credence\/tokens of the keyring: expected 32 bytes/)
      assert.notInclude(inspect(error, { depth: 8 }), "canary")
    }))
})

describe("no keyring: security 40", () => {
  const refused = (library: unknown, message: RegExp, timeout?: "200 millis") =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const error = yield* Effect.flip(Effect.provide(Effect.void, Keyring.layer({ folder, timeout, library: () => Promise.resolve(library) })))
      assert.strictEqual(error._tag, "CapabilityUnavailable")
      assert.match(error.message, message)
      assert.notInclude(inspect(error, { depth: 8 }), "canary")
      // nothing is kept in another way instead
      assert.isFalse(fs.existsSync(folder) && fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(".token")))
    })
  const entry = (members: object) => ({
    AsyncEntry: class {
      constructor() {
        Object.assign(this, members)
      }
    }
  })

  live("no library, and another library", () =>
    Effect.gen(function*() {
      const missing = yield* Effect.flip(Keyring.make({ folder: yield* home, library: () => Promise.reject(new Error("Cannot find package")) }))
      assert.strictEqual(missing._tag, "CapabilityUnavailable")
      assert.match(missing.message, /npm install @napi-rs\/keyring/)
      yield* refused({ default: {} }, /version 2 of @napi-rs\/keyring/)
    }))
  live("one that cannot be opened", () =>
    refused({
      AsyncEntry: class {
        constructor() {
          throw new Error("canary")
        }
      }
    }, /Is a secret service running/))
  live("one that says in an error what it holds", () => refused(entry({ getPassword: () => Promise.reject(new Error("canary")) }), /Is a secret service running/))
  live("one that never answers", () => refused(entry({ getPassword: () => new Promise(() => undefined) }), /did not answer within 200ms/, "200 millis"))
  live("one that cannot be written", () => refused(entry({ getPassword: () => Promise.resolve(null), setPassword: () => Promise.reject(new Error("locked")) }), /unlocked/))
  live("one that does not keep what it is given", () => refused(entry({ getPassword: () => Promise.resolve(null), setPassword: () => Promise.resolve() }), /does not keep what it is given/))
})
