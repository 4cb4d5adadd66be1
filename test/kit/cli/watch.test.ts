/** `credence generate --watch`: again and again, whatever happens in between. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { once } from "node:events"
import { renameSync } from "node:fs"
import * as path from "node:path"
import { changedSince, watching } from "../../../kit/src/cli/watch.ts"
import { filesOf, folder, petstore, put, start } from "./support.ts"

/** A process whose output is waited for. */
const watch = (args: ReadonlyArray<string>, cwd: string) => {
  const child = start(["generate", "--watch", ...args], { cwd })
  let printed = ""
  let seen = 0
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      printed += String(chunk)
      for (const look of waiting) look()
    })
  }
  return {
    child,
    /** what is printed from the last thing waited for to this one */
    until: (text: string): Promise<string> =>
      new Promise((resolve) => {
        const look = (): void => {
          const at = printed.indexOf(text, seen)
          if (at < 0) return
          waiting.delete(look)
          resolve(printed.slice(seen, at + text.length))
          seen = at + text.length
        }
        waiting.add(look)
        look()
      })
  }
}

const ready = "Ctrl-C stops.\n"

describe("watching", { timeout: 90_000 }, () => {
  it("follows the document, what it refers to, and the config", async () => {
    const cwd = folder({
      "petstore.yaml": petstore(["#/components/schemas/Pet", "pet.yaml#/Pet"]),
      "pet.yaml": "Pet: { type: object, properties: { name: { type: string } } }\n",
      "credence.config.mjs": "export default { input: \"petstore.yaml\", out: \"api\", session: \"A\" }"
    })
    const { child, until } = watch([], cwd)
    expect(await until(ready)).toContain("3 operations")
    const read = (name: string) => filesOf(path.join(cwd, "api"))[name] ?? ""
    expect(read("session.ts")).toContain("class A ")

    put(cwd, { "pet.yaml": "Pet: { type: object, properties: { colour: { type: string } } }\n" })
    expect(await until(ready)).toContain("written")
    expect(Object.values(filesOf(path.join(cwd, "api"))).join("")).toContain("colour")

    put(cwd, { "credence.config.mjs": "export default { input: \"petstore.yaml\", out: \"api\", session: \"B\" }" })
    await until(ready)
    expect(read("session.ts")).toContain("class B ")

    // a mistake does not end it
    put(cwd, { "credence.config.mjs": "export default { inptu: 1 }" })
    expect(await until(ready)).toContain("`inptu` is no option")
    put(cwd, { "credence.config.mjs": "export default { input: \"petstore.yaml\", out: \"api\", session: \"C\" }" })
    await until(ready)
    put(cwd, { "petstore.yaml": "{{" })
    expect(await until(ready)).toMatch(/petstore\.yaml:1:\d+: /)

    // editors write another file and give it the name
    put(cwd, { "next.yaml": petstore(["#/components/schemas/Pet", "pet.yaml#/Pet"], ["listPets", "allPets"]) })
    renameSync(path.join(cwd, "next.yaml"), path.join(cwd, "petstore.yaml"))
    await until(ready)
    expect(read("pets.ts")).toContain("allPets")

    const closed = once(child, "close")
    child.kill("SIGINT")
    expect((await closed)[0]).toBe(130)
  })

  it("sees documents that come into a folder, and not its own files", async () => {
    const cwd = folder({ "specs/a.yaml": petstore() })
    const { child, until } = watch(["specs", "--out", "specs/api", "--json"], cwd)
    await until(ready)
    put(cwd, { "specs/more/b.yaml": petstore(["/pets", "/dogs"], ["Pet\"", "Dog\""], ["    Pet:", "    Dog:"], ["listPets", "listDogs"], ["addPet", "addDog"], ["getPet", "getDog"]) })
    expect((await until("\"operations\":6")).match(/"ok"/g)?.length).toBe(1)
    // what it wrote itself is no change
    expect((await until(ready)).match(/operations,/g)?.length).toBe(1)
    put(cwd, { "specs/a.yaml": petstore(["listPets", "allPets"]) })
    expect((await until(ready)).match(/operations,/g)?.length).toBe(1)
    const closed = once(child, "close")
    child.kill("SIGINT")
    expect((await closed)[0]).toBe(130)
  })
})

describe("a round", () => {
  it.effect("begins when nothing has happened for a while", () =>
    Effect.gen(function*() {
      const events = yield* Queue.unbounded<FileSystem.WatchEvent>()
      const rounds = yield* Queue.unbounded<undefined>()
      const ready = yield* Queue.unbounded<undefined>()
      const sources = { files: ["/specs/a.yaml"], folders: [], ignored: [] }
      yield* Effect.forkScoped(
        watching({ run: Effect.as(Queue.offer(rounds, undefined), sources), onReady: () => Effect.asVoid(Queue.offer(ready, undefined)) }).pipe(
          Effect.provide(Layer.merge(Path.layer, FileSystem.layerNoop({
            exists: () => Effect.succeed(true),
            watch: (_, options) => {
              options?.onReady?.()
              return Stream.fromQueue(events)
            }
          })))
        )
      )
      yield* Queue.take(ready)
      yield* Queue.take(rounds)
      yield* Queue.offer(events, { _tag: "Update", path: "other.yaml" })
      yield* TestClock.adjust("1 hour")
      expect(yield* Queue.size(rounds)).toBe(0)
      yield* Queue.offer(events, { _tag: "Update", path: "a.yaml" })
      yield* TestClock.adjust("60 millis")
      yield* Queue.offer(events, { _tag: "Update", path: "a.yaml" })
      yield* TestClock.adjust("99 millis")
      expect(yield* Queue.size(rounds)).toBe(0)
      yield* TestClock.adjust("1 millis")
      yield* Queue.take(rounds)
      yield* TestClock.adjust("1 hour")
      expect(yield* Queue.size(rounds)).toBe(0)
    }))

  it("knows what happened while it was busy", async () => {
    const here = folder({ "specs/out/a.json": "{}" })
    const specs = path.join(here, "specs")
    const changed = (sources: { readonly files?: ReadonlyArray<string>; readonly folders?: ReadonlyArray<string>; readonly ignored?: ReadonlyArray<string> }, start = 0) =>
      Effect.runPromise(changedSince({ files: [], folders: [], ignored: [], ...sources }, start).pipe(Effect.provide(NodeServices.layer)))
    expect(await changed({ folders: [specs] })).toBe(true)
    expect(await changed({ folders: [specs], ignored: [path.join(specs, "out")] })).toBe(false)
    expect(await changed({ folders: [specs] }, Date.now() + 60_000)).toBe(false)
    expect(await changed({ files: [path.join(specs, "out/a.json")] })).toBe(true)
    expect(await changed({ files: [path.join(specs, "nowhere.json")], folders: [path.join(here, "nowhere")] })).toBe(false)
  })
})
