/** What is written to a folder, and what never is. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { fromDocuments } from "credence-kit/openapi"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import * as Result from "effect/Result"
import fc from "fast-check"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { parseDocument } from "../../../kit/src/openapi/document/parse.ts"
import { compare, manifestName, OutputConflict, OutputError, write, type WriteOptions } from "../../../kit/src/openapi/write.ts"
import { filesOf, folder, put, timesOf } from "./support.ts"

const texts = (files: Readonly<Record<string, string>>): ReadonlyMap<string, string> => new Map(Object.entries(files))

const writing = (out: string, files: Readonly<Record<string, string>>, options?: WriteOptions) =>
  Effect.runPromise(Effect.result(write(out, texts(files), options)).pipe(Effect.provide(NodeServices.layer)))

const written = async (out: string, files: Readonly<Record<string, string>>, options?: WriteOptions) => {
  const result = await writing(out, files, options)
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const refused = async (out: string, files: Readonly<Record<string, string>>, options?: WriteOptions) => {
  const result = await writing(out, files, options)
  if (Result.isSuccess(result)) throw new Error("it was written")
  return result.failure
}

const comparing = (out: string, files: Readonly<Record<string, string>>) => Effect.runPromise(compare(out, texts(files)).pipe(Effect.provide(NodeServices.layer)))

/** Everything but the list of files. */
const contentOf = (out: string) => Object.fromEntries(Object.entries(filesOf(out)).filter(([name]) => name !== manifestName))

describe("writing", () => {
  it("makes folders, and says what it did", async () => {
    const out = path.join(folder(), "deep/er")
    expect(await written(out, { "b.ts": "b", "a/c.ts": "c" })).toEqual({ written: ["a/c.ts", "b.ts"], unchanged: [], removed: [] })
    expect(contentOf(out)).toEqual({ "a/c.ts": "c", "b.ts": "b" })
  })

  it("leaves alone what is as it should be, its time of change too", async () => {
    const out = folder()
    await written(out, { "a.ts": "a", "b.ts": "b" })
    for (const name of readdirSync(out)) utimesSync(path.join(out, name), 1, 1)
    expect(await written(out, { "a.ts": "a", "b.ts": "b" })).toEqual({ written: [], unchanged: ["a.ts", "b.ts"], removed: [] })
    expect(timesOf(out)).toEqual({ "a.ts": 1000, "b.ts": 1000, [manifestName]: 1000 })
    expect(await written(out, { "a.ts": "a", "b.ts": "B" })).toEqual({ written: ["b.ts"], unchanged: ["a.ts"], removed: [] })
    expect(timesOf(out)["a.ts"]).toBe(1000)
  })

  it("takes another end of line for none", async () => {
    const out = folder()
    await written(out, { "a.ts": "a\nb\n" })
    put(out, { "a.ts": "a\r\nb\r\n" })
    expect(await comparing(out, { "a.ts": "a\nb\n" })).toEqual({ missing: [], changed: [], extra: [] })
    // neither is it a change that somebody made
    expect((await written(out, { "a.ts": "c\n" })).written).toEqual(["a.ts"])
  })

  it("removes what it wrote and writes no more, with the folders that are empty then", async () => {
    const out = folder()
    await written(out, { "a/b/c.ts": "c", "a/d.ts": "d", "e/f.ts": "f" })
    put(out, { "e/mine.txt": "mine" })
    expect(await written(out, { "a/d.ts": "d" })).toEqual({ written: [], unchanged: ["a/d.ts"], removed: ["a/b/c.ts", "e/f.ts"] })
    expect(existsSync(path.join(out, "a/b"))).toBe(false)
    expect(contentOf(out)).toEqual({ "a/d.ts": "d", "e/mine.txt": "mine" })
  })

  it("lists the same bytes for the same files", async () => {
    const [one, two] = [folder(), folder()]
    await written(one, { "a.ts": "a", "b.ts": "b" })
    await written(two, { "b.ts": "old" })
    await written(two, { "b.ts": "b", "a.ts": "a" })
    expect(filesOf(two)).toEqual(filesOf(one))
  })

  it("leaves nothing behind when it fails halfway", async () => {
    const out = folder()
    await written(out, { "a.ts": "a" })
    const before = filesOf(out)
    const others = Promise.withResolvers<void>()
    const full = PlatformError.systemError({ _tag: "Unknown", module: "FileSystem", method: "write", description: "the disk is full" })
    const Failing = Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (fs): FileSystem.FileSystem => ({
        ...fs,
        writeFileString: (file, text, options) =>
          text === "full"
            ? Effect.andThen(Effect.promise(() => others.promise), Effect.fail(full))
            : Effect.tap(fs.writeFileString(file, text, options), () => Effect.sync(() => others.resolve()))
      }))
    ).pipe(Layer.provideMerge(NodeServices.layer))
    const failure = await Effect.runPromise(Effect.flip(write(out, texts({ "a.ts": "A", "b.ts": "full", "c.ts": "c" })).pipe(Effect.provide(Failing))))
    expect(failure.message).toContain("the disk is full")
    expect(filesOf(out)).toEqual(before)
  })
})

describe("what others wrote", () => {
  it("is in the way, and named before anything is written", async () => {
    const out = folder({ "b.ts": "mine", "notes.txt": "mine too" })
    const before = filesOf(out)
    const failure = await refused(out, { "a.ts": "a", "b.ts": "b" })
    expect(failure).toBeInstanceOf(OutputConflict)
    expect(failure).toMatchObject({ foreign: ["b.ts"], edited: [] })
    expect(failure.message).toMatch(/nothing was written.*"b\.ts" is in the way.*--out/)
    expect(await refused(out, { "a.ts": "a", "b.ts": "b" }, { force: true })).toBeInstanceOf(OutputConflict)
    expect(filesOf(out)).toEqual(before)
  })

  it("may be there with the very same content", async () => {
    const out = folder({ "a.ts": "a" })
    expect((await written(out, { "a.ts": "a" })).unchanged).toEqual(["a.ts"])
    expect((await written(out, {})).removed).toEqual(["a.ts"])
  })

  it("stays where a folder of the output should be, and where a file was generated once", async () => {
    const out = folder({ "a": "mine" })
    expect(await refused(out, { "a/b.ts": "b" })).toMatchObject({ _tag: "OutputConflict", foreign: ["a"] })
    const other = folder()
    await written(other, { "a/b.ts": "b", "c.ts": "c" })
    rmSync(path.join(other, "a"), { recursive: true })
    put(other, { "a": "mine" })
    expect((await written(other, { "c.ts": "c" })).removed).toEqual([])
    expect(contentOf(other)).toEqual({ "a": "mine", "c.ts": "c" })
  })

  it("is in a link's place, too", async () => {
    const out = folder()
    const elsewhere = folder({ "target.ts": "mine" })
    await written(out, { "a.ts": "a" })
    rmSync(path.join(out, "a.ts"))
    symlinkSync(path.join(elsewhere, "target.ts"), path.join(out, "a.ts"))
    expect(await refused(out, { "a.ts": "b" }, { force: true })).toMatchObject({ _tag: "OutputConflict", foreign: ["a.ts"] })
    expect(readFileSync(path.join(elsewhere, "target.ts"), "utf8")).toBe("mine")
  })
})

describe("generated files that were changed since", () => {
  it("are overwritten or removed by force only", async () => {
    const out = folder()
    await written(out, { "a.ts": "a", "b.ts": "b" })
    put(out, { "a.ts": "a, mended", "b.ts": "b, mended" })
    const failure = await refused(out, { "a.ts": "A" })
    expect(failure).toMatchObject({ _tag: "OutputConflict", foreign: [], edited: ["a.ts", "b.ts"] })
    expect(failure.message).toContain("--force")
    expect(contentOf(out)).toEqual({ "a.ts": "a, mended", "b.ts": "b, mended" })
    expect(await written(out, { "a.ts": "A" }, { force: true })).toEqual({ written: ["a.ts"], unchanged: [], removed: ["b.ts"] })
    expect(contentOf(out)).toEqual({ "a.ts": "A" })
  })

  it("may have become what they should be, and may be gone", async () => {
    const out = folder()
    await written(out, { "a.ts": "a", "b.ts": "b" })
    put(out, { "a.ts": "A" })
    rmSync(path.join(out, "b.ts"))
    expect(await written(out, { "a.ts": "A", "b.ts": "b" })).toEqual({ written: ["b.ts"], unchanged: ["a.ts"], removed: [] })
  })

  it("are told by their first line where the list is lost", async () => {
    const out = folder()
    const head = "// Generated by credence 0.1.0 from Petstore\n"
    await written(out, { "a.ts": `${head}a` })
    rmSync(path.join(out, manifestName))
    expect(await refused(out, { "a.ts": `${head}b` })).toMatchObject({ _tag: "OutputConflict", foreign: [], edited: ["a.ts"] })
    expect((await written(out, { "a.ts": `${head}b` }, { force: true })).written).toEqual(["a.ts"])
  })
})

describe("nothing outside the folder", () => {
  it.each(["../x.ts", "a/../../x.ts", "/tmp/x.ts", "a//b.ts", "./a.ts", "", "a\\..\\x.ts", "C:/x.ts", "a\0.ts", ".."])("is written to by the name %j", async (name) => {
    const out = path.join(folder(), "out")
    expect(await refused(out, { [name]: "x" })).toBeInstanceOf(OutputError)
    expect(existsSync(out)).toBe(false)
  })

  it("is written to through a link", async () => {
    const elsewhere = folder({ "kept.ts": "mine" })
    const out = folder({ "inside/x.ts": "x" })
    symlinkSync(elsewhere, path.join(out, "a"))
    expect(await refused(out, { "a/b.ts": "b" }, { force: true })).toMatchObject({ _tag: "OutputError", file: "a" })
    expect(await refused(out, { "a/b/c.ts": "c" })).toMatchObject({ _tag: "OutputError", file: "a" })
    expect(filesOf(elsewhere)).toEqual({ "kept.ts": "mine" })
    // one that stays inside is a matter of taste
    symlinkSync(path.join(out, "inside"), path.join(out, "b"))
    await written(out, { "b/c.ts": "c" })
    expect(readFileSync(path.join(out, "inside/c.ts"), "utf8")).toBe("c")
  })

  it("is removed, whatever the list says", async () => {
    const place = folder({ "kept.ts": "mine", "out/a.ts": "a" })
    put(place, { [`out/${manifestName}`]: JSON.stringify({ files: { "../kept.ts": "" } }) })
    expect(await refused(path.join(place, "out"), {})).toMatchObject({ _tag: "OutputError", file: manifestName })
    expect(filesOf(place)["kept.ts"]).toBe("mine")
  })

  it("is removed through a link", async () => {
    const elsewhere = folder({ "b.ts": "b" })
    const out = folder()
    await written(out, { "a/b.ts": "b", "c.ts": "c" })
    renameSync(path.join(out, "a"), path.join(out, "moved"))
    symlinkSync(elsewhere, path.join(out, "a"))
    expect((await written(out, { "c.ts": "c" })).removed).toEqual([])
    expect(filesOf(elsewhere)).toEqual({ "b.ts": "b" })
  })

  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("..", "../..", "../../x", "/etc/passwd", "a/../../b", "C:\\x", "\\\\host\\share", "con", "index", "session", "models", ".credence.json", "__proto__", "constructor", "a\0b", ".", "~", "%2e%2e/x", "é", "É")
  )

  it("is written to by any names", { timeout: 60_000 }, () =>
    fc.assert(fc.asyncProperty(fc.uniqueArray(hostile, { maxLength: 4 }), async (names) => {
      const place = folder({ "kept.ts": "mine" })
      const out = path.join(place, "a/out")
      const files = Object.fromEntries(names.map((name) => [name, `// ${name}`]))
      const result = await writing(out, files)
      const found = filesOf(place)
      expect(Object.keys(found).filter((name) => !name.startsWith("a/out/"))).toEqual(["kept.ts"])
      if (Result.isSuccess(result)) expect(Object.keys(contentOf(out)).length).toBe(Object.keys(files).length)
    }), { numRuns: 100 }))

  it("is written to by any document", { timeout: 60_000 }, () =>
    fc.assert(fc.asyncProperty(fc.record({ tag: hostile, id: hostile, model: hostile, title: hostile, path: hostile, session: fc.option(hostile, { nil: undefined }) }), async (names) => {
      const place = folder({ "kept.ts": "mine" })
      const schema = { $ref: `#/components/schemas/${encodeURIComponent(names.model.replaceAll("~", "~0").replaceAll("/", "~1"))}` }
      const text = JSON.stringify({
        openapi: "3.1.0",
        info: { title: names.title, version: names.title },
        tags: [{ name: names.tag }],
        paths: { [`/${names.path}`]: { get: { operationId: names.id, tags: [names.tag], responses: { 200: { description: names.title, content: { "application/json": { schema } } } } } } },
        components: { schemas: { [names.model]: { type: "object", properties: { [names.model]: { type: "string" } } } } }
      })
      const { document, problems } = Result.getOrThrow(parseDocument({ uri: "file:///x.json", name: "x.json", text }, { maxDepth: 100 }))
      for (const layout of ["tags", "path"] as const) {
        const { files } = fromDocuments({ roots: [document], all: [document], get: (uri) => uri === document.uri ? document : undefined, refused: [], problems }, { layout, session: names.session })
        await Effect.runPromise(write(path.join(place, "out"), files, { force: true }).pipe(Effect.provide(NodeServices.layer)))
        const found = Object.keys(filesOf(place)).filter((name) => !name.startsWith("out/"))
        expect(found).toEqual(["kept.ts"])
        expect(new Set(Object.keys(contentOf(path.join(place, "out"))))).toEqual(new Set(files.keys()))
      }
    }), { numRuns: 100 }))
})

describe("the folder itself", () => {
  it("must be one", async () => {
    const place = folder({ "file": "mine" })
    expect(await refused(path.join(place, "file"), { "a.ts": "a" })).toMatchObject({ _tag: "OutputError" })
    symlinkSync(path.join(place, "nowhere"), path.join(place, "link"))
    expect((await refused(path.join(place, "link"), { "a.ts": "a" })).message).toContain("leads nowhere")
  })

  it("may be a link", async () => {
    const place = folder()
    mkdirSync(path.join(place, "real"))
    symlinkSync(path.join(place, "real"), path.join(place, "link"))
    await written(path.join(place, "link"), { "a/b.ts": "b" })
    expect(contentOf(path.join(place, "real"))).toEqual({ "a/b.ts": "b" })
  })

  it.each(["{", "[]", "{\"files\": {\"a.ts\": 1}}", ""])("may not have %j as its list of files", async (list) => {
    const out = folder({ [manifestName]: list })
    const failure = await refused(out, { "a.ts": "a" })
    expect(failure).toMatchObject({ _tag: "OutputError", file: manifestName })
    expect(failure.message).toContain("Restore it")
  })

  it("does not take two names that differ by case only", async () => {
    expect((await refused(folder(), { "pet.ts": "a", "Pet.ts": "b" })).message).toContain("by case only")
  })

  it("takes a file whose name changes by case", async () => {
    const out = folder()
    await written(out, { "Pet.ts": "a" })
    expect(await written(out, { "pet.ts": "a" })).toEqual({ written: ["pet.ts"], unchanged: [], removed: ["Pet.ts"] })
    expect(contentOf(out)).toEqual({ "pet.ts": "a" })
  })
})

describe("comparing", () => {
  it("names what differs, and writes nothing", async () => {
    const out = folder()
    await written(out, { "a.ts": "a", "b.ts": "b", "c.ts": "c" })
    put(out, { "mine.ts": "mine" })
    const before = filesOf(out)
    expect(await comparing(out, { "a.ts": "a", "b.ts": "B", "d.ts": "d", "mine.ts": "m" })).toEqual({ missing: ["d.ts"], changed: ["b.ts", "mine.ts"], extra: ["c.ts"] })
    expect(await comparing(out, { "a.ts": "a", "b.ts": "b", "c.ts": "c" })).toEqual({ missing: [], changed: [], extra: [] })
    expect(filesOf(out)).toEqual(before)
    const nowhere = path.join(out, "nowhere")
    expect(await comparing(nowhere, { "a.ts": "a" })).toEqual({ missing: ["a.ts"], changed: [], extra: [] })
    expect(existsSync(nowhere)).toBe(false)
  })

  it("sees a list that is missing", async () => {
    const out = folder()
    await written(out, { "a.ts": "a" })
    rmSync(path.join(out, manifestName))
    expect(await comparing(out, { "a.ts": "a" })).toEqual({ missing: [manifestName], changed: [], extra: [] })
    writeFileSync(path.join(out, manifestName), JSON.stringify({ files: {} }))
    expect(await comparing(out, { "a.ts": "a" })).toEqual({ missing: [], changed: [manifestName], extra: [] })
  })
})
