/**
 * ansys: the builder's ways to sign in, the first request that proves a session, what `auto` takes, tokens that rotate, files.
 */
import { Configuration, TokenStore } from "credence"
import { Ansys, AnsysAuth, connected } from "credence/ansys"
import { downloadFile, uploadFile } from "credence/ansys/files"
import { createItem, listItems } from "credence/ansys/items"
import { NodeFile, NodeTransport } from "credence/node"
import type * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { bold, code, expect, say, step } from "./screen.ts"

type Auth = ReturnType<typeof AnsysAuth.anonymous>

/** what the sandbox saw since the last time: path, scheme, status */
const seen = (sandbox: Sandbox.RunningSandbox) =>
  Effect.gen(function*() {
    const requests = yield* sandbox.control.received
    yield* sandbox.control.clearReceived
    return requests.map(({ headers, method, path, status }) => `${method} ${path} ${headers["authorization"]?.split(" ")[0] ?? "-"} ${status}`)
  })

/** Walks through it; fails where a step does not do what it says. */
export const walk = (sandbox: Sandbox.RunningSandbox): Effect.Effect<void, unknown> =>
  Effect.gen(function*() {
    const { ansys } = sandbox
    const parts = (root: string, auth: Auth, store: Layer.Layer<never> = Layer.empty) =>
      Layer.mergeAll(auth, Configuration.layer({ baseUrl: ansys.url + root }), NodeTransport.layer({ environment: {} }), store)
    const live = (root: string, auth: Auth, store?: Layer.Layer<never>) => connected(Ansys).pipe(Layer.provide(parts(root, auth, store)))
    const demo = { username: ansys.username, password: Redacted.make(ansys.password) }

    yield* step("1. A session that has proved itself", Effect.gen(function*() {
      yield* code("connected(Ansys).pipe(Layer.provide([AnsysAuth.credentials({ username, password }), …]))")
      const items = yield* listItems().pipe(Effect.provide(live("/basic", AnsysAuth.credentials(demo))))
      yield* say(items.map(({ name }) => name).join(", "))
      yield* expect("it asked first, then took Basic, which the calls go with", (yield* seen(sandbox)).join() === "GET /basic - 401,GET /basic Basic 200,GET /basic/items Basic 200")
    }))

    yield* step("2. What is wrong is said at once, with a type", Effect.gen(function*() {
      const tried = (root: string, auth: Auth) =>
        Effect.void.pipe(Effect.provide(live(root, auth)), Effect.as("nothing"), Effect.catchTags({
          AuthenticationFailed: (e) => Effect.as(say(e.message), `${e.reason} ${e.status}`),
          UnexpectedStatus: (e) => Effect.as(say(e.message), `${e._tag} ${e.status}`)
        }))
      const wrong = yield* tried("/basic", AnsysAuth.credentials({ ...demo, password: Redacted.make("wrong") }))
      const other = yield* tried("/oidc", AnsysAuth.credentials(demo))
      const nowhere = yield* tried("/nothing", AnsysAuth.anonymous())
      yield* expect("a wrong password, an API that wants a token, a base URL that is none", [wrong, other, nowhere].join() === "rejected 401,missing 401,UnexpectedStatus 404")
      yield* sandbox.control.clearReceived
    }))

    yield* step("3. Nothing stronger is given up for Basic", Effect.gen(function*() {
      yield* say("the server offers: Negotiate, NTLM, Basic")
      const failed = yield* Effect.flip(Effect.void.pipe(Effect.provide(live("/negotiate", AnsysAuth.credentials(demo)))))
      yield* say(failed.message)
      yield* expect("NTLM was tried, and the password stayed here when it was refused", (yield* seen(sandbox)).every((line) => !line.includes("Basic")))
    }))

    yield* step("4. A refresh token finds its provider, and rotates", Effect.gen(function*() {
      const store = Layer.succeed(TokenStore.CurrentTokenStore, yield* Effect.provide(TokenStore.CurrentTokenStore, TokenStore.memory()))
      yield* code("AnsysAuth.refreshToken({ refreshToken, name: \"laptop\" })")
      yield* listItems().pipe(Effect.provide(live("/oidc", AnsysAuth.refreshToken({ refreshToken: Redacted.make(ansys.refreshToken), name: "laptop" }), store)))
      for (const line of yield* seen(sandbox)) yield* say(line)
      yield* sandbox.control.expireSessions()
      yield* code("AnsysAuth.storedToken({ name: \"laptop\" })")
      const items = yield* listItems().pipe(Effect.provide(live("/oidc", AnsysAuth.storedToken({ name: "laptop" }), store)))
      yield* expect(`a later session went on with the token that came in its place: ${bold(String(items.length))} items`, items.length === 3)
      yield* sandbox.control.clearReceived
    }))

    yield* step("5. Refused is refused, busy is tried again", Effect.gen(function*() {
      const viewer = live("/basic", AnsysAuth.credentials({ username: "viewer", password: Redacted.make("viewer-password") }))
      const said = yield* createItem({ body: { name: "bolt" } }).pipe(Effect.as("added"), Effect.catchTag("Forbidden", ({ body }) => Effect.succeed(body.message)), Effect.provide(viewer))
      yield* expect(`viewer: "${said}"`, said === "viewer may only read")
      yield* sandbox.control.fail({ kind: "status", status: 503, headers: { "Retry-After": "0" }, path: "/anonymous/items", times: 2 })
      const items = yield* listItems().pipe(Effect.provide(live("/anonymous", AnsysAuth.anonymous())))
      yield* expect("after two times 503 the items came", items.length === 3)
    }))

    yield* step("6. A file goes up, and comes back into its folder, whatever its name", Effect.scoped(Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-demo-"))),
        (made) => Effect.promise(() => fs.rm(made, { recursive: true, force: true }))
      )
      const { name, sha256 } = yield* Effect.gen(function*() {
        const stored = yield* uploadFile({ body: { file: { name: "notes.txt", content: "some notes\n", mediaType: "text/plain" } } })
        const saved = yield* NodeFile.download(downloadFile, { id: stored.id, name: "../../notes.txt" }, { folder })
        return { name: saved.name, sha256: stored.sha256 }
      }).pipe(Effect.provide(live("/basic", AnsysAuth.credentials(demo))))
      yield* say(`sha256 ${sha256.slice(0, 16)}…`)
      yield* expect(`the server called it ../../notes.txt, here it is ${name}`, name === "notes.txt")
    })))
  })
