/** Sessions over files as they are found on real disks. */
import { assert, describe, it } from "@effect/vitest"
import { Auth } from "credence"
import { FileStore } from "credence/node"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { inspect } from "node:util"
import { Billing, failureOf, getThing, ok, over } from "../../support/billing.ts"

const key = Redacted.make(Buffer.alloc(32, 7).toString("base64"))
const otherKey = Redacted.make(Buffer.alloc(32, 8).toString("base64"))

const home = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "credence-session-"))),
  (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true, force: true }))
)

/** A server whose refresh tokens can be spent once, and sessions that begin with the first one. */
const setup = Effect.gen(function*() {
  const folder = path.join(yield* home, "tokens")
  let rotations = 0
  const script = yield* Script.make([
    Script.on("token", (request) => request.url.pathname === "/oauth/token", () => {
      rotations++
      return { body: { access_token: `access-${rotations}`, refresh_token: `refresh-${rotations}`, token_type: "Bearer", expires_in: 3600 } }
    }),
    Script.on("api", () => true, ok)
  ])
  const call = (options: FileStore.FileStoreOptions = {}) =>
    Effect.andThen(getThing({ id: "1" }), Billing.status).pipe(Effect.provide(over(script, {
      auth: Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: Redacted.make("refresh-0") }),
      more: Layer.orDie(FileStore.layer({ folder, ...options }))
    })))
  const tokens = () => fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".token")).map((name) => path.join(folder, name))
  return { folder, call, tokens, rotations: () => rotations }
})
type StoreOf = { readonly authentication: { readonly store?: { readonly name: string; readonly problem?: string | undefined } | undefined; readonly source?: string | undefined } }
const problem = (status: StoreOf) => status.authentication.store?.problem

describe("a session over files", () => {
  it.live("is signed in still at the next start", () =>
    Effect.scoped(Effect.gen(function*() {
      const { call, folder, rotations } = yield* setup
      assert.strictEqual((yield* call({ key })).authentication.source, "refresh")
      const status = yield* call({ key })
      assert.deepStrictEqual([status.authentication.source, status.authentication.store?.name, problem(status), rotations()], ["store", `file ${folder}`, undefined, 1])
    })))

  it.live("that others can read fails, with what to do, and sends nothing", () =>
    Effect.scoped(Effect.gen(function*() {
      const { call, rotations, tokens } = yield* setup
      yield* call()
      const [file = ""] = tokens()
      fs.chmodSync(file, 0o644)
      const error = yield* failureOf(call())
      assert.strictEqual(error._tag === "AuthenticationFailed" && error.reason, "store")
      assert.match(error.message, /chmod 600/)
      assert.strictEqual(rotations(), 1)
      assert.notMatch(inspect(error, { depth: 8 }), /refresh-1|access-1/)
    })))

  for (const [title, options, damage] of [
    ["that are damaged", {}, (file: string) => fs.writeFileSync(file, "{\"credence\":1,\"val")],
    ["of another key", { key: otherKey }, () => undefined]
  ] as const) {
    it.live(`${title} says so, and leaves them to whoever can mend them`, () =>
      Effect.scoped(Effect.gen(function*() {
        const { call, tokens } = yield* setup
        yield* call({ key })
        const [file = ""] = tokens()
        damage(file)
        const before = fs.readFileSync(file, "utf8")
        const said = yield* Effect.match(call(options), { onFailure: (error) => error.message, onSuccess: (status) => problem(status) ?? "" })
        assert.match(said, /corrupt/)
        assert.include(said, path.dirname(file))
        assert.strictEqual(fs.readFileSync(file, "utf8"), before)
      })))
  }
})
