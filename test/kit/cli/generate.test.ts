/** `credence generate`, as people run it. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { filesOf, folder, petstore, put, run, timesOf } from "./support.ts"

const modules = ["api.md", "index.ts", "models.ts", "pets.openapi.ts", "pets.ts", "session.ts"]
/** with a remark: no answer is described */
const remarkable = petstore(["\"201\": { description: added }", "{}"])

const json = (text: string): ReadonlyArray<Readonly<Record<string, unknown>>> => text.trim().split("\n").map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)

describe("one document", { timeout: 60_000 }, () => {
  it("becomes a client, which stays as it is the next time", async () => {
    const cwd = folder({ "petstore.yaml": petstore() })
    const first = await run(["generate", "petstore.yaml", "--out", "src/api"], { cwd })
    expect(first).toEqual({ code: 0, stderr: "", stdout: expect.stringMatching(/^3 operations, 1 model, 6 files in src\/api \(\d+ ms\): 6 written\n$/) })
    const made = filesOf(path.join(cwd, "src/api"))
    expect(Object.keys(made)).toEqual([".credence.json", ...modules])
    expect(made["session.ts"]).toContain("class Petstore")
    const times = timesOf(path.join(cwd, "src/api"))
    expect((await run(["generate", "petstore.yaml", "--out", "src/api"], { cwd })).stdout).toContain("nothing changed")
    expect(timesOf(path.join(cwd, "src/api"))).toEqual(times)
  })

  it("comes from standard input or an address, and its client is told as JSON", async () => {
    const cwd = folder()
    const piped = await run(["generate", "-", "-o", "a", "--json"], { cwd, input: petstore() })
    expect(json(piped.stdout)).toEqual([{
      ok: true,
      out: "a",
      session: "Petstore",
      documents: [expect.any(String)],
      operations: 3,
      models: 1,
      files: { written: modules, unchanged: [], removed: [] },
      warnings: [],
      counts: {},
      millis: expect.any(Number)
    }])
    // people read the other stream
    expect(piped.stderr).toContain("3 operations")
    const server = createServer((_, response) => void response.end(petstore())).listen(0, "127.0.0.1")
    await once(server, "listening")
    const fetched = await run(["generate", `http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi`, "--out", "b", "--quiet"], { cwd })
    server.close()
    expect(fetched).toEqual({ code: 0, stdout: "", stderr: "" })
    expect(Object.keys(filesOf(path.join(cwd, "b")))).toEqual([".credence.json", ...modules])
  })

  it("may have remarks: told with their places, and counted", async () => {
    const cwd = folder({ "petstore.yaml": remarkable })
    const plain = await run(["generate", "petstore.yaml", "--out", "api"], { cwd })
    expect(plain.code).toBe(0)
    expect(plain.stderr).toMatch(/^petstore\.yaml:12:5: invalid: .*\(#\/paths\/~1pets\/post\)\n1 warning: 1 invalid\n$/)
    const strict = await run(["generate", "petstore.yaml", "--out", "strict", "--strict", "--quiet", "--json"], { cwd })
    expect(strict.code).toBe(1)
    expect(strict.stderr).toContain("petstore.yaml:12:5: invalid")
    expect(strict.stderr).toContain("1 warnings with --strict")
    expect(json(strict.stdout)[0]).toMatchObject({ ok: false, counts: { invalid: 1 }, warnings: [{ rule: "invalid", document: "petstore.yaml", pointer: "/paths/~1pets/post", line: 12, column: 5 }] })
    // they are there to be looked at
    expect(Object.keys(filesOf(path.join(cwd, "strict")))).toEqual(Object.keys(filesOf(path.join(cwd, "api"))))
  })

  it("may have more remarks than one reads", async () => {
    const many = Array.from({ length: 30 }, (_, index) => `  /x${index}: { get: { responses: {} } }\n`).join("")
    const cwd = folder({ "petstore.yaml": petstore(["paths:\n", `paths:\n${many}`]) })
    const some = await run(["generate", "petstore.yaml", "--out", "api"], { cwd })
    expect(some.stderr.trim().split("\n").slice(-2)).toEqual(["… and 10 more invalid", "30 warnings: 30 invalid (--verbose shows all)"])
    expect(some.stderr.trim().split("\n").length).toBe(22)
    const all = await run(["generate", "petstore.yaml", "--out", "api", "--verbose"], { cwd })
    expect(all.stderr.trim().split("\n").length).toBe(31)
  })
})

describe("--check", { timeout: 60_000 }, () => {
  it("tells stale from fresh, and writes nothing", async () => {
    const cwd = folder({ "petstore.yaml": petstore() })
    const missing = await run(["generate", "petstore.yaml", "--out", "api", "--check"], { cwd })
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain("missing  api/pets.ts\n")
    expect(Object.keys(filesOf(cwd))).toEqual(["petstore.yaml"])
    await run(["generate", "petstore.yaml", "--out", "api"], { cwd })
    const fresh = await run(["generate", "petstore.yaml", "--out", "api", "--check"], { cwd })
    expect(fresh).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("up to date") })

    put(cwd, { "petstore.yaml": petstore(["[pets]", "[cats]"], ["maxLength: 20", "maxLength: 30"]) })
    const before = filesOf(cwd)
    const stale = await run(["generate", "petstore.yaml", "--out", "api", "--check", "--json"], { cwd })
    expect(stale.code).toBe(1)
    expect(stale.stderr).toContain("credence: api is not up to date\n")
    expect(json(stale.stdout)[0]).toMatchObject({ ok: false, files: { missing: ["cats.openapi.ts", "cats.ts"], extra: ["pets.openapi.ts", "pets.ts"] } })
    expect(filesOf(cwd)).toEqual(before)
  })
})

describe("the folder", { timeout: 60_000 }, () => {
  it("keeps what others wrote, and what was changed by hand", async () => {
    const cwd = folder({ "petstore.yaml": petstore(), "api/mine.ts": "mine", "api/models.ts": "mine, too" })
    const foreign = await run(["generate", "petstore.yaml", "--out", "api", "--json"], { cwd })
    expect(foreign.code).toBe(2)
    expect(foreign.stderr).toMatch(/^credence: api: nothing was written\. "models\.ts" is in the way/)
    expect(json(foreign.stdout)[0]).toMatchObject({ ok: false, out: "api", error: { tag: "OutputConflict", foreign: ["models.ts"], edited: [] } })
    expect(filesOf(path.join(cwd, "api"))).toEqual({ "mine.ts": "mine", "models.ts": "mine, too" })

    await run(["generate", "petstore.yaml", "--out", "other"], { cwd })
    put(cwd, { "other/pets.ts": "mended", "petstore.yaml": petstore(["maxLength: 20", "maxLength: 30"]) })
    const edited = await run(["generate", "petstore.yaml", "--out", "other"], { cwd })
    expect(edited).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--force") })
    expect(filesOf(cwd)["other/pets.ts"]).toBe("mended")
    expect(await run(["generate", "petstore.yaml", "--out", "other", "--force"], { cwd })).toMatchObject({ code: 0, stderr: "" })
    expect(filesOf(cwd)["other/pets.ts"]).toContain("getPet")
  })
})

describe("options", { timeout: 60_000 }, () => {
  it("are flags, which beat the config file", async () => {
    const cwd = folder({
      "specs/petstore.yaml": petstore(),
      "credence.config.ts": `import { defineConfig } from "credence-kit/config"\nexport default defineConfig({ input: "specs/petstore.yaml", out: "api", session: "Shop" as const, formats: { int64: "bigint" }, select: { exclude: ["addPet"] } })\n`
    }, { project: true })
    const byFile = await run(["generate"], { cwd })
    expect(byFile).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^2 operations, .* in api /) })
    expect(filesOf(cwd)["api/session.ts"]).toContain("class Shop")
    expect(filesOf(cwd)["api/models.ts"]).toContain("bigint")
    const byFlags = await run(["generate", "--session", "Zoo", "--int64", "string", "--out", "zoo", "--exclude", "listPets", "--exclude", "GET /pets/*", "--extension", "js"], { cwd })
    expect(byFlags).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 operation, .* in zoo /) })
    expect(filesOf(cwd)["zoo/session.ts"]).toContain("class Zoo")
    expect(filesOf(cwd)["zoo/index.ts"]).toContain("\"./session.js\"")
    expect(filesOf(cwd)["zoo/models.ts"]).not.toContain("bigint")
  })

  it("may leave nothing, which is an error", async () => {
    const cwd = folder({ "petstore.yaml": petstore() })
    await run(["generate", "petstore.yaml", "--out", "api"], { cwd })
    const before = filesOf(cwd)
    const none = await run(["generate", "petstore.yaml", "--out", "api", "--tag", "cats"], { cwd })
    expect(none).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("no operation is left") })
    expect(filesOf(cwd)).toEqual(before)
  })

  it("may mend the document first", async () => {
    const cwd = folder({ "petstore.yaml": petstore(), "patch.json": "[{ \"op\": \"remove\", \"path\": \"/paths/~1pets/post\" }]", "bad.json": "[{ \"op\": \"remove\", \"path\": \"/nowhere\" }]" })
    expect((await run(["generate", "petstore.yaml", "--out", "api", "--patch", "patch.json"], { cwd })).stdout).toMatch(/^2 operations/)
    expect(await run(["generate", "petstore.yaml", "--out", "api", "--patch", "bad.json"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringMatching(/^credence: bad\.json: .*\n$/) })
  })
})

describe("several clients of one config", { timeout: 60_000 }, () => {
  it("are each made, also when one fails", async () => {
    const cwd = folder({
      "petstore.yaml": petstore(),
      "credence.config.json": "[{ \"input\": \"nowhere.yaml\", \"out\": \"a\" }, { \"input\": [\"petstore.yaml\"], \"out\": \"b\", /* any */ }]"
    })
    const made = await run(["generate", "--json"], { cwd })
    expect(made.code).toBe(2)
    expect(json(made.stdout)).toMatchObject([
      { ok: false, out: "a", error: { tag: "DocumentError", document: "nowhere.yaml" } },
      { ok: true, out: "b", operations: 3 }
    ])
    expect(Object.keys(filesOf(path.join(cwd, "b")))).toContain("pets.ts")
    const both = await run(["generate", "--out", "c"], { cwd })
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("describes 2 clients") })
    // documents that are named have nothing to do with it, unless it is named, too
    expect(await run(["generate", "petstore.yaml", "--out", "c"], { cwd })).toMatchObject({ code: 0 })
    expect(await run(["generate", "petstore.yaml", "--out", "c", "--config", "credence.config.json"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining("describes 2 clients") })
  })

  it("may not have one folder", async () => {
    const cwd = folder({ "petstore.yaml": petstore(), "credence.config.json": "[{ \"input\": \"petstore.yaml\", \"out\": \"a\" }, { \"input\": \"petstore.yaml\", \"out\": \"./b/../a/\" }]" })
    expect(await run(["generate"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining("each would remove the other's files") })
  })
})

describe("what cannot be done ends with 2, in a line that says why", { timeout: 60_000 }, () => {
  it.each([
    ["no such file", ["nowhere.yaml", "--out", "api"], /^credence: nowhere\.yaml: no such file/],
    ["malformed YAML", ["broken.yaml", "--out", "api"], /^credence: broken\.yaml:2:\d+: /],
    ["malformed JSON", ["broken.json", "--out", "api"], /^credence: broken\.json:2:\d+: /],
    ["no OpenAPI document", ["other.json", "--out", "api"], /^credence: other\.json: it is no OpenAPI document/],
    ["no document", [], /^credence: there is no document/],
    ["no document to watch", ["--watch"], /^credence: there is no document/],
    ["no folder", ["petstore.yaml"], /^credence: there is no folder to write to/],
    ["a file as folder", ["petstore.yaml", "--out", "other.json"], /^credence: other\.json: this is no folder/],
    ["an unknown flag", ["petstore.yaml", "--otu", "api"], /^credence: Unrecognized flag: --otu.*Did you mean --out or -o\?\nUsage: .*\nSee: credence generate --help/],
    ["an unknown value", ["petstore.yaml", "--out", "api", "--int64", "big"], /^credence: Invalid value for flag --int64: "big"/],
    ["an unknown config", ["--config", "nowhere.ts"], /^credence: nowhere\.ts: there is no such file/],
    ["--check and --watch", ["petstore.yaml", "--out", "api", "--check", "--watch"], /^credence: --check looks once/],
    ["--check and --force", ["petstore.yaml", "--out", "api", "--check", "--force"], /^credence: --check writes nothing/],
    ["standard input and --watch", ["-", "--out", "api", "--watch"], /^credence: standard input cannot be watched/]
  ])("%s", async (_, args, said) => {
    const cwd = folder({ "petstore.yaml": petstore(), "broken.yaml": "openapi: 3.0.0\ninfo: {{{", "broken.json": "{\n  \"openapi\": }", "other.json": "{}" })
    const ended = await run(["generate", ...args], { cwd })
    expect(ended).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(said) })
    expect(ended.stderr).not.toMatch(/^\s+at /m)
    expect(filesOf(cwd)["api/index.ts"]).toBeUndefined()
  })
})
