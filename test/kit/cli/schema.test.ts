/** What a client's operations take and give, as JSON Schema. */
import { Ajv2020 } from "ajv/dist/2020.js"
import * as Open from "credence/Open"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as path from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { type AnyEndpoint, type Client, findEndpoint } from "../../../kit/src/cli/client.ts"
import { type AnyCodec, makeJsonSchema, mayBeAbsent } from "../../../kit/src/cli/jsonSchema.ts"
import { folder, petstore, put, run } from "./support.ts"

const ajv = (): Ajv2020 => new Ajv2020({ strict: false, formats: { binary: true } })
const of = (schema: AnyCodec, names: ReadonlyArray<readonly [string, AnyCodec]> = []) => makeJsonSchema(names).of(schema)

interface Tree {
  readonly id: number
  readonly children?: ReadonlyArray<Tree> | undefined
}
const Tree: Schema.Codec<Tree, unknown> = Schema.suspend(() => Schema.Struct({ id: Open.Int64, children: Open.optional(Open.items(Tree)) }))
const integer = { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }

describe("JSON Schema", () => {
  it.each<readonly [string, AnyCodec, unknown]>([
    ["an open enum", Open.literals(["a", "b"]), { type: "string", enum: ["a", "b"] }],
    ["an optional member", Schema.Struct({ a: Open.optional(Schema.String), b: Schema.String }), { type: "object", properties: { a: { type: "string" }, b: { type: "string" } }, required: ["b"] }],
    ["a default", Schema.Struct({ a: Open.withDefault(Schema.Int, () => 5) }), { type: "object", properties: { a: integer } }],
    ["null that is a value", Schema.Struct({ a: Schema.NullOr(Schema.String) }), { type: "object", properties: { a: { anyOf: [{ type: "string" }, { type: "null" }] } }, required: ["a"] }],
    ["a list that loses no item", Open.items(Schema.DateTimeUtcFromString), { type: "array", items: { type: "string" } }],
    ["an open union", Open.union("type", { a: Schema.Struct({ type: Schema.String, x: Schema.String }), b: Schema.Struct({ y: Schema.String }) }), {
      anyOf: [
        { type: "object", properties: { type: { type: "string", enum: ["a"] }, x: { type: "string" } }, required: ["type", "x"] },
        { type: "object", properties: { type: { type: "string", enum: ["b"] }, y: { type: "string" } }, required: ["type", "y"] }
      ]
    }],
    ["checks of input", Open.onInput(Schema.String, Schema.isMaxLength(20)), { type: "string", maxLength: 20 }],
    ["a number of any size", Open.Int64BigInt, { type: "integer" }],
    ["further members", Open.record({ id: Schema.String }, Schema.Boolean), expect.objectContaining({ type: "object", properties: { id: { type: "string" } } })]
  ])("of %s", (_, schema, expected) => {
    expect(of(schema)).toEqual(expected)
  })

  it("has models by their names, also those that refer to themselves", () => {
    const tree = { type: "object", properties: { id: integer, children: { type: "array", items: { $ref: "#/$defs/Tree" } } }, required: ["id"] }
    expect(of(Tree, [["Tree", Tree]])).toEqual({ $ref: "#/$defs/Tree", $defs: { Tree: tree } })
    // a member that may be absent is the same model
    expect(of(Schema.Struct({ tree: Schema.optional(Tree) }), [["Tree", Tree]])).toEqual({ type: "object", properties: { tree: { $ref: "#/$defs/Tree" } }, $defs: { Tree: tree } })
    const nameless = of(Tree)
    expect(ajv().validate(nameless, { id: 1, children: [{ id: 2, children: [{ id: "x" }] }] })).toBe(false)
    expect(ajv().validate(nameless, { id: 1, children: [{ id: 2 }] })).toBe(true)
  })

  it("knows what may be left out", () => {
    const { absent, present } = { absent: [Schema.optional(Schema.String), Schema.optionalKey(Schema.String), Schema.UndefinedOr(Schema.String), Open.optional(Schema.String)], present: [Schema.String, Schema.NullOr(Schema.String)] }
    expect(absent.map(({ ast }) => mayBeAbsent(ast))).toEqual([true, true, true, true])
    expect(present.map(({ ast }) => mayBeAbsent(ast))).toEqual([false, false])
  })
})

describe("an operation", () => {
  const endpoint = (method: string, path: string) => ({ operation: { method, path } }) as unknown as AnyEndpoint
  const client: Client = {
    directory: "api",
    modules: new Map(),
    models: [],
    endpoints: [
      { name: "getTask", module: "cases/v2/task", endpoint: endpoint("GET", "/cases/v2/task"), openapi: undefined },
      { name: "getTask", module: "events/v2/task", endpoint: endpoint("GET", "/events/v2/task"), openapi: undefined },
      { name: "getUser", module: "users/v1/user", endpoint: endpoint("GET", "/users/v1/user"), openapi: undefined }
    ]
  }
  const found = (name: string): string => Result.match(findEndpoint(client, name), { onSuccess: (one) => `${one.module}.${one.name}`, onFailure: ({ message }) => message })

  it("is found by its name, with its module where it must be, or as the document has it", () => {
    expect(found("getUser")).toBe("users/v1/user.getUser")
    expect(found("cases/v2/task.getTask")).toBe("cases/v2/task.getTask")
    expect(found("GET /events/v2/task")).toBe("events/v2/task.getTask")
    expect(found("user.getUser")).toBe("users/v1/user.getUser")
    expect(found("getTask")).toBe("api: 2 operations are called getTask: say which, cases/v2/task.getTask or events/v2/task.getTask")
    expect(found("v2/task.getTask")).toContain("2 operations")
    expect(found("cases/v2/task.getTsk")).toBe("api: there is no operation cases/v2/task.getTsk. Did you mean getTask?")
  })
})

describe("credence schema", { timeout: 60_000 }, () => {
  let cwd = ""
  beforeAll(async () => {
    cwd = folder({
      "petstore.yaml": petstore(
        ["  /pets/{petId}:\n", "  /cats/{petId}:\n    get: { operationId: getPet, tags: [cats], parameters: [{ name: petId, in: path, required: true, schema: { type: string } }], responses: { \"204\": { description: gone } } }\n  /pets/{petId}:\n"],
        ["requestBody: { required: true, content: { application/json: { schema: { $ref: \"#/components/schemas/Pet\" } } } }", "requestBody: { required: true, content: { application/json: { schema: { $ref: \"#/components/schemas/Pet\" } }, multipart/form-data: { schema: { type: object, required: [photo], properties: { photo: { type: string, format: binary }, note: { type: string } } } } } }"]
      )
    }, { project: true })
    for (const extension of ["ts", "js", "none"]) await run(["generate", "petstore.yaml", "--out", extension, "--extension", extension, "--quiet"], { cwd })
  }, 60_000)

  it("lists operations", async () => {
    const { code, stderr, stdout } = await run(["schema", "ts"], { cwd })
    expect([code, stderr]).toEqual([0, ""])
    expect(JSON.parse(stdout)).toEqual([
      { name: "getPet", module: "cats", method: "GET", path: "/cats/{petId}" },
      { name: "addPet", module: "pets", method: "POST", path: "/pets" },
      { name: "getPet", module: "pets", method: "GET", path: "/pets/{petId}" },
      { name: "listPets", module: "pets", method: "GET", path: "/pets" }
    ])
  })

  it.each(["ts", "js", "none"])("tells all about one, whatever imports end with (%s)", async (extension) => {
    const { code, stderr, stdout } = await run(["schema", extension, "pets.getPet"], { cwd })
    expect([code, stderr]).toEqual([0, ""])
    const told = JSON.parse(stdout) as Readonly<Record<string, unknown>>
    expect(told).toMatchObject({
      name: "getPet",
      module: "pets",
      method: "GET",
      path: "/pets/{petId}",
      openapi: { operationId: "getPet", tags: ["pets"] },
      input: { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", properties: { petId: { type: "integer" } }, required: ["petId"] },
      errors: { 404: {} }
    })
    const [answer] = Object.values(told["output"] as Readonly<Record<string, { readonly mediaType: string; readonly schema: object }>>)
    expect(answer?.mediaType).toBe("application/json")
    const valid = ajv().compile(answer?.schema ?? false)
    expect(valid({ id: 1, name: "Rex", state: "sold", parent: { id: 2, name: "Max" }, more: true })).toBe(true)
    expect(valid({ id: 1, name: "Rex", parent: { id: 2 } })).toBe(false)
  })

  it("knows a choice of bodies, and files", async () => {
    const { stdout } = await run(["schema", "ts", "POST /pets", "--part", "input"], { cwd })
    const valid = ajv().compile(JSON.parse(stdout) as object)
    expect(valid({ contentType: "application/json", body: { id: 1, name: "Rex" } })).toBe(true)
    expect(valid({ contentType: "multipart/form-data", body: { photo: "…" } })).toBe(true)
    expect(valid({ contentType: "multipart/form-data", body: { note: "…" } })).toBe(false)
  })

  it.each([
    [["ts", "getPet"], "credence: ts: 2 operations are called getPet: say which, cats.getPet or pets.getPet\n"],
    [["ts", "getPte"], "credence: ts: there is no operation getPte. Did you mean getPet?\n"],
    [["ts", "zzz"], "credence: ts: there is no operation zzz. `credence schema ts` lists all 4\n"],
    [["nowhere", "getPet"], "credence: nowhere: there is no such folder\n"],
    [["node_modules", "getPet"], "credence: node_modules: this is no generated client: it has neither .credence.json nor an index.ts or index.js."]
  ])("%j is an error", async (args, said) => {
    const ended = await run(["schema", ...args], { cwd })
    expect(ended).toMatchObject({ code: 2, stdout: "" })
    expect(ended.stderr.startsWith(said)).toBe(true)
  })

  it("wants the client's packages where the client is", async () => {
    const alone = folder({ "petstore.yaml": petstore() })
    await run(["generate", "petstore.yaml", "--out", "api"], { cwd: alone })
    const ended = await run(["schema", "api", "getPet"], { cwd: alone })
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/^credence: api: `(?:credence|effect)` is not installed where the client is: run `npm install credence effect`/) })
  })

  it("reads what a compiler made of a client, and says what is wrong with a module", async () => {
    const compiled = `import * as pets from "../ts/pets.ts"\nexport * as Pets from "../ts/pets.ts"\nexport const other = pets.addPet\n`
    put(cwd, { "compiled/index.js": compiled, "broken/index.js": "import { nothing } from \"credence/Open\"", "thrown/index.js": "throw new Error(\"boom\")" })
    const listed = await run(["schema", "compiled"], { cwd })
    expect((JSON.parse(listed.stdout) as ReadonlyArray<{ readonly name: string; readonly module: string }>).map(({ module, name }) => `${module}.${name}`)).toContain("Pets.getPet")
    expect((await run(["schema", "broken"], { cwd })).stderr).toMatch(/^credence: broken: the `credence` that is installed there is not the one that index\.js was generated for/)
    expect(await run(["schema", "thrown"], { cwd })).toEqual({ code: 2, stdout: "", stderr: "credence: thrown: index.js cannot be loaded: boom\n" })
    expect(path.isAbsolute(cwd)).toBe(true)
  })
})
