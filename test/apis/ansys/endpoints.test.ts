/** The generic API: models, uploads and downloads, and the rules of its session class. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Configuration } from "credence"
import { Ansys, AnsysAuth, AnsysPolicy, Item } from "credence/ansys"
import { downloadFile, uploadFile } from "credence/ansys/files"
import { createItem, deleteItem, getItem, listItems, replaceItem } from "credence/ansys/items"
import { NodeFile, NodeTransport } from "credence/node"
import { Script } from "credence/testing"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { failureOf } from "../../support/billing.ts"

const session = (baseUrl: string, user = "demo") =>
  Ansys.layer().pipe(Layer.provide([
    AnsysAuth.credentials({ username: user, password: Redacted.make(`${user}-password`), scheme: "Basic" }),
    Configuration.layer({ baseUrl, retry: "none" }),
    NodeTransport.layer({ environment: {}, proxy: "none" })
  ]))

const live = (name: string, test: (sandbox: Sandbox.RunningSandbox) => Effect.Effect<unknown, unknown, Ansys | Scope.Scope>) =>
  it.live(name, () => Effect.scoped(Effect.flatMap(Sandbox.make(), (sandbox) => test(sandbox).pipe(Effect.provide(session(`${sandbox.ansys.url}/basic`))))))

const folder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-ansys-"))),
  (made) => Effect.promise(() => fs.rm(made, { recursive: true, force: true }))
)

describe("items", () => {
  live("are listed, by kind and tags", () => Effect.gen(function*() {
    assert.deepStrictEqual((yield* listItems()).map(({ id }) => id), [1, 2, 3])
    assert.deepStrictEqual((yield* listItems({ kind: "part" })).map(({ name }) => name), ["bracket"])
    assert.deepStrictEqual((yield* listItems({ tag: ["alloy", "aerospace"] })).map(({ name }) => name), ["Ti-6Al-4V"])
    assert.deepStrictEqual(yield* listItems({ tag: ["alloy", "steel"] }), [])
  }))

  live("are added, read, replaced and removed", () => Effect.gen(function*() {
    const added = yield* createItem({ body: { name: "bolt", when: "2024-01-02T03:04:05.000Z", mass: 0.5, tags: ["m8"] } })
    assert.deepStrictEqual(added, { id: 4, name: "bolt", kind: "part", when: "2024-01-02T03:04:05.000Z", mass: 0.5, tags: ["m8"] })
    assert.deepStrictEqual(yield* getItem({ id: 4 }), added)
    assert.strictEqual((yield* replaceItem({ id: 4, body: { name: "nut", kind: "record" } })).name, "nut")
    yield* deleteItem({ id: 4 })
    const error = yield* failureOf(getItem({ id: 4 }))
    assert.strictEqual(error._tag, "NotFound")
    if (error._tag === "NotFound") assert.deepStrictEqual(error.body, { code: 404, message: "There is no such item" })
  }))

  live("a body that is false, empty or 0 is sent, and what is wrong is the endpoint's own error", () => Effect.gen(function*() {
    assert.strictEqual((yield* createItem({ body: { name: "0", mass: 0, tags: [] } })).mass, 0)
    const error = yield* failureOf(createItem({ body: { name: "" } }))
    assert.strictEqual(error._tag, "InvalidInput")
  }))

  it.live("who may only read gets Forbidden", () => Effect.scoped(Effect.gen(function*() {
    const { ansys } = yield* Sandbox.make()
    const viewer = session(`${ansys.url}/basic`, "viewer")
    assert.strictEqual((yield* listItems().pipe(Effect.provide(viewer))).length, 3)
    const error = yield* failureOf(createItem({ body: { name: "bolt" } }).pipe(Effect.provide(viewer)))
    assert.strictEqual(error._tag, "Forbidden")
  })))

  it.effect("a kind that nobody knows is tagged, and one bad item does not lose the others", () => Effect.gen(function*() {
    const good = { id: 1, name: "a", kind: "part", when: "2024-01-02T03:04:05Z", tags: [] }
    const script = yield* Script.make([Script.on("any", () => true, { body: [good, { ...good, id: 2, kind: "assembly" }, { id: "three" }] })])
    const items = yield* listItems().pipe(Effect.provide(Ansys.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.layer({ baseUrl: "https://api.test" }), script.layer]))))
    assert.deepStrictEqual(items.map(({ kind }) => kind)[0], "part")
    assert.isNotString(items[1]?.kind)
    assert.isAtLeast(items.length, 2)
    assert.isTrue(Schema.is(Item)(items[0]))
  }))
})

describe("files", () => {
  const bytes = new TextEncoder().encode("file body\n")
  live("are uploaded and come back whole", () => Effect.gen(function*() {
    const stored = yield* uploadFile({ body: { name: "notes", file: { name: "notes.txt", content: bytes, mediaType: "text/plain" } } })
    assert.deepStrictEqual([stored.name, stored.size, stored.sha256], ["notes", 10, createHash("sha256").update(bytes).digest("hex")])
    const download = yield* downloadFile({ id: stored.id })
    assert.strictEqual(download.name, "notes")
    assert.strictEqual(Buffer.concat(yield* Stream.runCollect(download.body)).toString(), "file body\n")
  }))

  const names: ReadonlyArray<readonly [asked: string, safe: string]> = [
    ["../../escaped.bin", "escaped.bin"],
    ["..\\..\\escaped.bin", "escaped.bin"],
    ["/etc/passwd", "passwd"],
    ["..", "download"],
    ["résumé \"1\".pdf", "résumé 1.pdf"]
  ]
  for (const [asked, safe] of names) {
    live(`a download named ${JSON.stringify(asked)} stays in its folder`, () => Effect.gen(function*() {
      const parent = yield* folder
      const target = path.join(parent, "downloads")
      const download = yield* NodeFile.download(downloadFile, { id: "report", name: asked }, { folder: target })
      assert.strictEqual(path.dirname(download.path), target)
      if (safe !== "download") assert.strictEqual(download.name, safe)
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(download.path, "utf8")), "a report of the sandbox\n")
      assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(parent)), ["downloads"])
    }))
  }
})

describe("the rules of the session class", () => {
  const over = (script: Script.Script, more: Layer.Layer<never> = Layer.empty) =>
    Ansys.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.layer({ baseUrl: "https://api.test" }), script.layer, more]))

  it.effect("a 400 is said at once, while a 503 is tried again", () => Effect.gen(function*() {
    const refused = yield* Script.make([Script.on("any", () => true, { status: 400, body: { code: 400, message: "no" } })])
    assert.strictEqual((yield* failureOf(listItems().pipe(Effect.provide(over(refused)))))._tag, "BadRequest")
    assert.strictEqual(refused.seen.length, 1)
    const busy = yield* Script.make([Script.on("any", () => true, { status: 503, body: {} })])
    const fiber = yield* Effect.forkChild(failureOf(listItems().pipe(Effect.provide(over(busy)))))
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(fiber)
    assert.isAbove(busy.seen.length, 1)
  }))

  it.effect("the official client's rule, by choice: 400 too, after 0, 2 and 4 seconds", () => Effect.gen(function*() {
    const script = yield* Script.make([Script.on("any", () => true, { status: 400, body: { code: 400, message: "no" } })])
    const fiber = yield* Effect.forkChild(failureOf(listItems().pipe(Effect.provide(over(script, AnsysPolicy.vendor)))))
    const after: Array<number> = []
    for (let second = 0; second <= 7; second++) {
      yield* TestClock.adjust(second === 0 ? 1 : "1 second")
      while (after.length < script.seen.length) after.push(second)
    }
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "BadRequest")
    assert.deepStrictEqual(after, [0, 0, 2, 6])
  }))

  it.effect("an attempt has 31 seconds", () => Effect.gen(function*() {
    const settings = (yield* Ansys.explain().pipe(Effect.provide(over(yield* Script.make([]))))).text
    assert.match(settings, /31 ?s|31000|31 seconds/)
  }))
})
