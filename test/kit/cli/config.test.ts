/** The config file: what it may say, and what is said about what it may not. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { checkConfig, findConfig, readConfig } from "../../../kit/src/cli/configFile.ts"
import { meant, near } from "../../../kit/src/cli/near.ts"
import { type ConfigFlags, toConfig } from "../../../kit/src/cli/options.ts"
import { folder, put, run } from "./support.ts"

const reading = (file: string, folder: string) => Effect.runPromise(readConfig(file, folder).pipe(Effect.provide(NodeServices.layer)))
const failing = (file: string, folder: string) => Effect.runPromise(Effect.flip(readConfig(file, folder)).pipe(Effect.provide(NodeServices.layer)))
const finding = (folder: string) => Effect.runPromise(Effect.result(findConfig(folder)).pipe(Effect.provide(NodeServices.layer)))

describe("a config file", () => {
  it("is a module or JSON with comments, of one client or several", async () => {
    const here = folder({
      "one.ts": "const out: string = \"api\"\nexport default { out } satisfies { out: string }",
      "several.mjs": "export default [{ out: \"a\" }, { out: \"b\" }]",
      "one.json": "{ \"out\": \"api\", /* the folder */ }"
    })
    expect(await reading("one.ts", here)).toEqual({ file: "one.ts", configs: [{ out: "api" }] })
    expect((await reading("several.mjs", here)).configs).toEqual([{ out: "a" }, { out: "b" }])
    expect((await reading("one.json", here)).configs).toEqual([{ out: "api" }])
  })

  it("is read afresh each time", async () => {
    const here = folder({ "c.ts": "export default { out: \"a\" }" })
    expect((await reading("c.ts", here)).configs).toEqual([{ out: "a" }])
    put(here, { "c.ts": "export default { out: \"b\" }" })
    expect((await reading("c.ts", here)).configs).toEqual([{ out: "b" }])
  })

  it("has paths that start where it is", async () => {
    const here = folder({ "sub/c.json": "{ \"input\": [\"a.yaml\", \"../b.yaml\", \"https://example.com/c\", \"-\"], \"out\": \"../api\", \"patches\": [\"p.json\"] }" })
    expect((await reading("sub/c.json", here)).configs).toEqual([{ input: [path.join("sub", "a.yaml"), "b.yaml", "https://example.com/c", "-"], out: "api", patches: [path.join("sub", "p.json")] }])
    expect((await reading("c.json", path.join(here, "sub"))).configs).toEqual([{ input: ["a.yaml", "../b.yaml", "https://example.com/c", "-"], out: "../api", patches: ["p.json"] }])
  })

  it("is found by its name, once", async () => {
    const here = folder({ "credence.config.js": "" })
    expect(await finding(here)).toMatchObject({ success: path.join(here, "credence.config.js") })
    put(here, { "credence.config.json": "" })
    expect(await finding(here)).toMatchObject({ failure: { _tag: "ConfigError", message: expect.stringContaining("keep one") } })
    expect(await finding(folder())).toMatchObject({ success: undefined })
  })

  it.each([
    ["c.json", "{\n  \"out\": }", "c.json:2:10: malformed JSON: ValueExpected"],
    ["c.json", "[]", "c.json: the list of clients is empty"],
    ["c.json", "3", "c.json: this must be an object"],
    ["c.ts", "export const x = 1", "c.ts: it has no default export"],
    ["c.ts", "import \"./nowhere.ts\"\nexport default {}", "c.ts: it cannot be imported: Cannot find module"],
    ["c.ts", "throw new Error(\"boom\\n    at nowhere\")", "c.ts: it cannot be imported: boom"],
    ["c.json", "{ \"sesion\": \"Shop\" }", "c.json: `sesion` is no option. Did you mean session"],
    ["c.json", "[{}, { \"formats\": { \"int64\": \"big\" } }]", "c.json: `[1].formats.int64` must be one of \"number\", \"bigint\", \"string\""]
  ])("%s with %j is an error", async (file, text, said) => {
    const here = folder({ [file]: text })
    const { message } = await failing(file, here)
    expect(message).toContain(said)
    expect(message).not.toContain("\n")
  })

  // the tests' own loader would read these in another way
  it.each([
    ["const x = 1\nexport default {", /^credence: c\.ts:2: it cannot be imported: .*\n$/],
    ["enum A { b }\nexport default {}", /^credence: c\.ts:1: it cannot be imported: TypeScript enum is not supported.*\n$/],
    ["import { defineConfig } from \"credence-kit/config\"\nexport default defineConfig({})", /^credence: c\.ts: `credence-kit` is not installed here: run `npm install --save-dev credence-kit`.*\n$/]
  ])("%j is an error of Node", async (text, said) => {
    const ended = await run(["generate", "--config", "c.ts"], { cwd: folder({ "c.ts": text }) })
    expect(ended).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(said) })
  })

  it("may be missing", async () => {
    const here = folder()
    expect((await failing("nowhere.ts", here)).message).toBe("nowhere.ts: there is no such file")
    expect((await failing("nowhere.json", here)).message).toBe("nowhere.json: there is no such file")
  })
})

describe("checking a config", () => {
  it.each<readonly [unknown, ReadonlyArray<string>]>([
    [{}, []],
    [{ input: "a", out: "b", preset: "argus", layout: "path", enums: "open", defaults: true, checkOutput: false, extension: "none", allowRemote: true, session: undefined }, []],
    [{ select: { tags: ["a"] }, names: { operations: { "GET /a": "b" } }, files: { index: false }, patches: [] }, []],
    [{ preset: { name: "mine", place: () => ({ module: "a" }) } }, []],
    [{ paging: [{ kind: "link", items: [] }, { kind: "offset", items: ["data"], limit: "limit", offset: "offset" }] }, []],
    [{ preset: "arguss" }, ["`preset` must be one of \"argus\", \"ica\""]],
    [{ preset: { place: 1 } }, ["`preset.name` is missing", "`preset.place` must be a function"]],
    [{ input: ["a", 1] }, ["`input` must be a text or a list of texts"]],
    [{ paging: [{ kind: "ofset" }, { kind: "cursor", items: ["a"], next: ["b"], parametr: "c" }] }, [
      "`paging[0]` must be an object whose `kind` is one of \"offset\", \"page\", \"cursor\", \"link\"",
      "`paging[1].parameter` is missing",
      "`paging[1].parametr` is no option. Did you mean parameter?"
    ]],
    [{ select: { tags: "a" }, names: { models: { a: 1 } } }, ["`select.tags` must be a list", "`names.models[\"a\"]` must be a text"]],
    [{ constructor: 1 }, ["`constructor` is no option"]]
  ])("%j", (config, problems) => {
    expect(checkConfig(config)).toEqual(problems)
  })
})

describe("flags", () => {
  const none: ConfigFlags = {
    preset: Option.none(), session: Option.none(), layout: Option.none(), dateTime: Option.none(), int64: Option.none(), byte: Option.none(), enums: Option.none(),
    defaults: Option.none(), checkOutput: Option.none(), tags: [], include: [], exclude: [], patches: [], allowRemote: Option.none(), extension: Option.none()
  }

  it("beat the config, one by one", () => {
    const base = { session: "Shop", defaults: true, formats: { int64: "bigint", byte: "bytes" }, select: { tags: ["a"], exclude: ["b"] }, patches: ["p"] } as const
    expect(toConfig(base, none)).toEqual(base)
    expect(toConfig(base, { ...none, session: Option.some("Zoo"), defaults: Option.some(false), int64: Option.some("string"), tags: ["c"], patches: ["q"] })).toEqual({
      session: "Zoo",
      defaults: false,
      formats: { int64: "string", byte: "bytes" },
      select: { tags: ["c"], exclude: ["b"] },
      patches: ["q"]
    })
    expect(toConfig({}, none)).toEqual({})
  })
})

describe("what somebody may have meant", () => {
  it.each<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]>([
    ["getPte", ["getPet", "addPet", "listPets"], ["getPet"]],
    ["getpet", ["getPet"], ["getPet"]],
    ["pet", ["getPetById", "order"], ["getPetById"]],
    ["inptu", ["input", "out"], ["input"]],
    ["zzz", ["getPet"], []],
    ["x", ["y", "xyz"], ["y"]]
  ])("%s of %j", (given, names, found) => {
    expect(near(given, names)).toEqual(found)
  })

  it("is a sentence", () => {
    expect(meant("zzz", ["a"])).toBe("")
    expect(meant("cat", ["bat", "hat"])).toBe(". Did you mean bat or hat?")
  })
})
