/** A login of Argus that a store keeps: its cookie and its signing key go along. */
import { assert, it } from "@effect/vitest"
import { Configuration, TokenStore } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { getCurrentUser } from "credence/argus/currentuser/v1/user"
import { NodeTransport } from "credence/node"
import { layer as sandboxLayer, Sandbox } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Memory from "../../../src/layers/store/memory.ts"

const auth = (options: Partial<ArgusAuth.LoginOptions> = {}) => ArgusAuth.password({ username: "demo", password: Redacted.make("demo-password"), ...options })

/** a session as a program of its own would have it */
const open = (store: TokenStore.TokenStore | undefined, password?: string) =>
  Effect.gen(function*() {
    const { argus } = yield* Sandbox
    const scope = yield* Scope.make()
    const how = auth(password === undefined ? {} : { password: Redacted.make(password) })
    const session = yield* Argus.make(how, Configuration.layer({ baseUrl: argus.url, retry: "none" }), NodeTransport.layer(), store === undefined ? TokenStore.none : TokenStore.layer(store)).pipe(Scope.provide(scope))
    return { session, user: Effect.map(getCurrentUser().pipe(Argus.use(session)), ({ data }) => data?.userName), close: Scope.close(scope, Exit.void) }
  })

const logins = Effect.gen(function*() {
  const { control } = yield* Sandbox
  return (yield* control.received).filter(({ path }) => path.endsWith("/password/authentication")).length
})

it.live("another program goes on with the login that a store has; signing out ends it for both", () =>
  Effect.gen(function*() {
    const store = Memory.make()
    const first = yield* open(store)
    assert.strictEqual(yield* first.user, "demo")
    yield* first.close
    const second = yield* open(store)
    assert.strictEqual(yield* second.user, "demo")
    assert.strictEqual(yield* logins, 1)
    // in memory, a login is for those who have the password
    const wrong = yield* open(store, "not-the-password")
    assert.strictEqual((yield* Effect.flip(wrong.user))._tag, "AuthenticationFailed")
    assert.deepInclude((yield* second.session.status).authentication, { source: "store", identity: "demo" })
    yield* second.session.signOut
    const third = yield* open(store)
    assert.strictEqual(yield* third.user, "demo")
    assert.strictEqual(yield* logins, 3)
    yield* third.close
  }).pipe(Effect.provide(sandboxLayer())))

it.live("without a store closing logs out, and says so", () =>
  Effect.gen(function*() {
    const { control } = yield* Sandbox
    const { close, user } = yield* open(undefined)
    yield* user
    yield* close
    assert.strictEqual((yield* control.received).filter(({ method }) => method === "DELETE").length, 1)
  }).pipe(Effect.provide(sandboxLayer())))

it.live("who signs out without a call before ends the login that the store has, on the server, too", () =>
  Effect.gen(function*() {
    const { control } = yield* Sandbox
    const store = Memory.make()
    const first = yield* open(store)
    yield* first.user
    const second = yield* open(store)
    yield* second.session.signOut
    const [ended] = (yield* control.received).filter(({ method }) => method === "DELETE")
    assert.strictEqual(ended?.status, 200)
  }).pipe(Effect.provide(sandboxLayer())))
