/** `credence call`: what flags become, what is sent and printed, and that no secret ever is. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Auth from "credence/Auth"
import * as Endpoint from "credence/Endpoint"
import * as Open from "credence/Open"
import * as Paging from "credence/Paging"
import * as Session from "credence/Session"
import * as Mock from "credence-kit/mock"
import * as Sandbox from "credence-kit/sandbox"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import type { CallEndpoint } from "../../kit/src/call/CallEndpoint.ts"
import { prefixOf, schemesOf } from "../../kit/src/call/credentials.ts"
import { helpOf } from "../../kit/src/call/help.ts"
import { readInput } from "../../kit/src/call/input.ts"
import { run, type RunOptions } from "../../kit/src/call/run.ts"
import { packed } from "../../kit/src/call/split.ts"
import { table } from "../../kit/src/call/table.ts"
import { httpServer } from "../support/servers.ts"
import { folder, put, root, run as credence } from "./cli/support.ts"

class Zoo extends Session.Service<Zoo>()("zoo-keeper") {}

const Animal = Schema.Struct({ id: Open.Int64, name: Schema.String, born: Open.optional(Schema.DateTimeUtcFromString) })
const Problem = Schema.Struct({ title: Schema.String })
const query = {
  tags: Schema.optional(Schema.Array(Schema.String)),
  ids: Schema.optional(Schema.Array(Schema.Int)),
  skipRedirect: Schema.optional(Schema.Boolean),
  maxAge: Schema.optional(Schema.Int),
  size: Schema.optional(Open.Int64BigInt),
  since: Schema.optional(Schema.DateTimeUtcFromString),
  filter: Schema.optional(Endpoint.param(Schema.Struct({ color: Schema.optional(Schema.String), age: Schema.optional(Schema.Int) }), { style: "deepObject" }).schema),
  raw: Schema.optional(Endpoint.param(Schema.Array(Schema.Int), { json: true }).schema),
  url: Schema.optional(Schema.String)
}
const getAnimal = Endpoint.get(Zoo, "/animals/{animalId}", {
  name: "getAnimal",
  path: { animalId: Open.Int64 },
  query,
  header: { xTrace: Endpoint.param(Schema.optional(Schema.String), { name: "X-Trace-Id" }) },
  success: Animal,
  as: { "text/csv": Endpoint.Reply.text("text/csv"), "application/pdf": Endpoint.Reply.stream("application/pdf") },
  responseHeaders: { "x-rate-limit": Schema.optional(Schema.Int) },
  errors: { 404: Problem },
  security: [{ Key: [] }, { Token: [] }, { Basic: [] }, { Query: [] }]
})
const addAnimal = Endpoint.post(Zoo, "/animals", {
  name: "addAnimal",
  body: Schema.Struct({ name: Schema.String, tags: Schema.optional(Schema.Array(Schema.String)), sold: Schema.optional(Schema.Boolean), home: Schema.optional(Schema.Struct({ zip: Schema.String, no: Schema.optional(Schema.Int) })), password: Schema.optional(Schema.String), kind: Schema.optional(Open.literals(["cat", "dog"])) }),
  success: Animal
})
const upload = Endpoint.post(Zoo, "/upload", {
  name: "upload",
  body: Endpoint.Body.choice({
    "multipart/form-data": Endpoint.Body.multipart({ photo: Endpoint.Body.file, more: Endpoint.Body.optionalFiles, note: Schema.optional(Schema.String), age: Schema.optional(Schema.Int) }),
    "text/plain": Endpoint.Body.text(),
    "application/octet-stream": Endpoint.Body.bytes(),
    "application/json": Animal
  }),
  success: Schema.Unknown
})
const listAnimals = Paging.page(Endpoint.get(Zoo, "/animals", { name: "listAnimals", query: { page: Schema.optional(Schema.Int) }, success: Schema.Struct({ items: Schema.Array(Animal) }) }), { items: (page) => page.items, parameter: "page" })
const watch = Endpoint.get(Zoo, "/watch", { name: "watch", success: Endpoint.Reply.jsonLines(Animal) })
const ZooAuth = Auth.schemes({
  Key: { type: "apiKey", in: "header", name: "X-Zoo" },
  Query: { type: "apiKey", in: "query", name: "k" },
  Token: { type: "http", scheme: "bearer" },
  Basic: { type: "http", scheme: "basic" }
})
const api = { getAnimal, addAnimal, upload, listAnimals, watch, ZooAuth }
/** what the command reads of an endpoint is what every endpoint has */
const call = (endpoint: object): CallEndpoint => endpoint as CallEndpoint

const input = (endpoint: object, tokens: ReadonlyArray<string>, stdin = "") =>
  readInput(call(endpoint), tokens).pipe(Effect.provide(Layer.merge(NodeServices.layer, Stdio.layerTest({ stdin: Stream.succeed(new TextEncoder().encode(stdin)) }))))
const problems = (endpoint: object, tokens: ReadonlyArray<string>) => Effect.map(Effect.flip(input(endpoint, tokens)), (error) => error.problems)

describe("the command line", () => {
  it("is cut into the command's part and the operation's", () => {
    assert.deepStrictEqual(packed(["call", "api", "get", "--id", "1", "--table", "--url=x", "--tags", "a", "--profile", "p", "--help"]), [
      "call", "api", "get", "--table", "--url=x", "--profile", "p", "--parameters=[\"--id\",\"1\",\"--tags\",\"a\",\"--help\"]"
    ])
    assert.deepStrictEqual(packed(["call", "--profile", "p", "api", "get"]), ["call", "--profile", "p", "api", "get"])
    for (const others of [["call", "--help"], ["call", "api", "--help"], ["generate", "x", "--id"], []]) assert.deepStrictEqual(packed(others), others)
  })
})

describe("parameters", () => {
  it.effect("have names as people write them, as the input has them, and as they are on the wire", () =>
    Effect.gen(function*() {
      for (const name of ["--animal-id", "--animalId", "--path.animal-id", "--path.animalId"]) assert.deepStrictEqual(yield* input(getAnimal, [name, "7"]), { animalId: 7 })
      for (const name of ["--x-trace", "--xTrace", "--X-Trace-Id", "--x-trace-id"]) assert.deepStrictEqual(yield* input(getAnimal, ["--animal-id=7", name, "t"]), { animalId: 7, xTrace: "t" })
    }))

  it.effect("are values of their types", () =>
    Effect.gen(function*() {
      const of = (...tokens: ReadonlyArray<string>) => Effect.map(input(getAnimal, ["--animal-id", "-7", ...tokens]), ({ animalId: _, ...rest }) => rest)
      assert.deepStrictEqual(yield* of("--tags", "a", "--tags", "b,c"), { tags: ["a", "b,c"] })
      assert.deepStrictEqual(yield* of("--tags", "a, b"), { tags: ["a", "b"] })
      assert.deepStrictEqual(yield* of("--tags", "[\"a,b\"]"), { tags: ["a,b"] })
      assert.deepStrictEqual(yield* of("--tags", ""), { tags: [] })
      assert.deepStrictEqual(yield* of("--ids", "1,2"), { ids: [1, 2] })
      assert.deepStrictEqual(yield* of("--skip-redirect", "--max-age", "-3"), { skipRedirect: true, maxAge: -3 })
      assert.deepStrictEqual(yield* of("--skip-redirect", "false"), { skipRedirect: false })
      assert.deepStrictEqual(yield* of("--no-skip-redirect"), { skipRedirect: false })
      assert.deepStrictEqual(yield* of("--size", "9007199254740993"), { size: 9007199254740993n })
      assert.deepStrictEqual(yield* of("--since", "2020-01-02T03:04:05Z"), { since: DateTime.makeUnsafe("2020-01-02T03:04:05Z") })
      assert.deepStrictEqual(yield* of("--filter", "{\"color\":\"red\"}", "--filter.age", "3"), { filter: { color: "red", age: 3 } })
      assert.deepStrictEqual(yield* of("--raw", "[1,2]"), { raw: [1, 2] })
      assert.deepStrictEqual(yield* of("--query.url", "http://x", "--tags=--odd"), { url: "http://x", tags: ["--odd"] })
    }))

  it.effect("that are wrong are all told, without their values", () =>
    Effect.gen(function*() {
      const found = yield* problems(getAnimal, ["--animal-id", "canary", "--max-age", "canary", "--tagz", "canary", "canary", "--xtrace", "1", "--filter.colour", "canary", "--skip-redirect", "--max-age"])
      assert.deepStrictEqual(found, [
        "there is no parameter --tagz. Did you mean --tags?",
        "a value stands alone: parameters are flags, such as --animal-id value. What the command has itself needs its place: --query.url",
        "there is no parameter --xtrace. Did you mean --x-trace?",
        "--max-age needs a value",
        "--animal-id: Expected number",
        "--max-age: Expected number",
        "--filter.colour: there is no such member. Did you mean color?"
      ])
      assert.deepStrictEqual(yield* problems(getAnimal, []), ["--animal-id is missing"])
      assert.deepStrictEqual(yield* problems(getAnimal, ["--animal-id", "1", "--animal-id", "2"]), ["--animal-id is given more than once"])
      assert.deepStrictEqual(yield* problems(watch, ["--id", "1"]), ["there is no parameter --id. watch takes none"])
    }))
})

describe("bodies", () => {
  it.effect("are JSON: a text, a file, standard input, or single members over them", () =>
    Effect.gen(function*() {
      const file = path.join(folder({ "a.json": "{\"name\":\"Rex\",\"home\":{\"zip\":\"1\",\"no\":2}}" }), "a.json")
      const rex = { name: "Rex", home: { zip: "1", no: 2 } }
      assert.deepStrictEqual(yield* input(addAnimal, ["--body", "{\"name\":\"Rex\",\"home\":{\"zip\":\"1\",\"no\":2}}"]), { body: rex })
      assert.deepStrictEqual(yield* input(addAnimal, ["--body", `@${file}`]), { body: rex })
      assert.deepStrictEqual(yield* input(addAnimal, ["--body", "-"], JSON.stringify(rex)), { body: rex })
      assert.deepStrictEqual(yield* input(addAnimal, ["--body.name", "Rex", "--body.tags", "a,b", "--body.sold", "--body.home.zip", "0123", "--body.home.no", "5"]), {
        body: { name: "Rex", tags: ["a", "b"], sold: true, home: { zip: "0123", no: 5 } }
      })
      assert.deepStrictEqual(yield* input(addAnimal, ["--body.home.no", "5", "--body", `@${file}`, "--no-body.sold"]), { body: { ...rex, sold: false, home: { zip: "1", no: 5 } } })
      assert.deepStrictEqual(yield* input(addAnimal, ["--body", "{\"name\":\"Rex\",\"newMember\":{\"a\":1}}"]), { body: { name: "Rex", newMember: { a: 1 } } })
      assert.deepStrictEqual(yield* problems(addAnimal, []), ["--body is missing: give '{ … }', @file, - for standard input, or single members as --body.name value"])
      assert.deepStrictEqual(yield* problems(addAnimal, ["--body", "{canary"]), ["--body is not JSON: give '{ … }', @file or - for standard input"])
      assert.deepStrictEqual(yield* problems(addAnimal, ["--body.nam", "x", "--body.home.zap", "y"]), [
        "--body.nam: the body has no such member. Did you mean name?", "--body.home.zap: the body has no such member. Did you mean zip?", "--body.name: Missing key"
      ])
      assert.deepStrictEqual(yield* problems(addAnimal, ["--body.sold", "--body", "@/nowhere"]), ["--body: /nowhere is not there"])
      assert.deepStrictEqual(yield* problems(addAnimal, ["--body.name", "Rex", "--body.kind", "bird"]), ["--body.kind must be one of cat, dog"])
      assert.deepStrictEqual(yield* input(addAnimal, ["--body.name", "Rex", "--body.kind", "dog"]), { body: { name: "Rex", kind: "dog" } })
      assert.strictEqual(JSON.stringify(yield* input(addAnimal, ["--body", "{\"name\":\"Rex\",\"kind\":\"bird\"}"])), "{\"body\":{\"name\":\"Rex\",\"kind\":\"bird\"}}")
      assert.deepStrictEqual(yield* problems(addAnimal, ["--body.home.no", "canary"]), ["--body.name: Missing key", "--body.home.zip: Missing key", "--body.home.no: Expected number"])
    }))

  it.effect("are files, parts and texts, by their media type", () =>
    Effect.gen(function*() {
      const cat = path.join(folder({ "cat.png": "PNG" }), "cat.png")
      assert.deepStrictEqual(yield* input(upload, ["--content-type", "multipart/form-data", "--body.photo", `@${cat}`, "--body.more", `@${cat}`, "--body.note", "@hi", "--body.age", "3"]), {
        contentType: "multipart/form-data",
        body: { photo: { name: "cat.png", content: Buffer.from("PNG"), mediaType: "image/png" }, more: [{ name: "cat.png", content: Buffer.from("PNG"), mediaType: "image/png" }], note: "@hi", age: 3 }
      })
      assert.deepStrictEqual(yield* input(upload, ["--contentType", "text/plain", "--body", "hi"]), { contentType: "text/plain", body: "hi" })
      assert.deepStrictEqual(yield* input(upload, ["--content-type", "text/plain", "--body", "@@hi"]), { contentType: "text/plain", body: "@hi" })
      assert.deepStrictEqual(yield* input(upload, ["--content-type", "application/octet-stream", "--body", "-"], "\u0000a"), { contentType: "application/octet-stream", body: new Uint8Array([0, 97]) })
      assert.deepStrictEqual(yield* problems(upload, ["--body", "x"]), ["--content-type is missing: give multipart/form-data or text/plain or application/octet-stream or application/json"])
      assert.deepStrictEqual(yield* problems(upload, ["--content-type", "multipart/form-data", "--body.note", "x"]), ["--body.photo is missing: it is a file, given as @path"])
      assert.deepStrictEqual(yield* problems(upload, ["--content-type", "multipart/form-data", "--body.photo", "cat"]), ["--body.photo is a file: give @path, or - for standard input"])
    }))
})

interface Printed {
  readonly out: ReadonlyArray<string>
  readonly err: ReadonlyArray<string>
  readonly exit: Exit.Exit<void, unknown>
}

const nothing: RunOptions["session"] = { profile: undefined, profiles: undefined, url: undefined, token: undefined, key: undefined, username: undefined }
const options = (given: Partial<RunOptions> = {}): RunOptions => ({
  session: nothing, accept: undefined, output: undefined, table: false, dryRun: false, curl: false, status: false, all: false, json: false, quiet: false, files: [], ...given
})

/** Runs an operation with these variables, and gives what was printed. */
const printed = (endpoint: object, given: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, string>>, how: Partial<RunOptions> = {}, modules: ReadonlyArray<Readonly<Record<string, unknown>>> = [api]): Effect.Effect<Printed> =>
  Effect.gen(function*() {
    const out: Array<string> = []
    const err: Array<string> = []
    const line = (lines: Array<string>) => (...parts: ReadonlyArray<unknown>) => void lines.push(parts.map(String).join(" "))
    const recorder: Console.Console = Object.assign(Object.create(console) as Console.Console, { log: line(out), error: line(err) })
    const exit = yield* Effect.exit(run({ endpoint: call(endpoint), schemes: schemesOf(modules), input: given }, options(how))).pipe(
      Effect.provideService(Console.Console, recorder),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord({ XDG_CONFIG_HOME: "/nowhere", ...environment }))
    )
    return { out, err, exit }
  })

const withMock = <A, E>(use: (url: string) => Effect.Effect<A, E>, given: Mock.ServerOptions = {}) => Effect.scoped(Effect.flatMap(Mock.make([api], { strict: true, ...given }), ({ url }) => use(url)))
const failureOf = (exit: Exit.Exit<void, unknown>): unknown => Exit.isFailure(exit) ? (exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error as { readonly _tag?: unknown } | undefined)?._tag : undefined

describe("results", () => {
  it.live("are JSON, tables, lines and texts", () =>
    withMock((url) =>
      Effect.gen(function*() {
        const env = { ZOO_KEEPER_URL: url, ZOO_KEEPER_KEY: "k1" }
        const one = yield* printed(getAnimal, { animalId: 1 }, env)
        assert.isTrue(Exit.isSuccess(one.exit), String(one.exit))
        assert.match(one.out[0] ?? "", /^\{\n {2}"id": \d+,\n {2}"name": "/)
        const brief = yield* printed(getAnimal, { animalId: 1 }, env, { json: true })
        assert.deepStrictEqual(JSON.parse(brief.out.join("")), JSON.parse(one.out.join("")))
        assert.lengthOf(brief.out.join("\n").split("\n"), 1)
        const rows = yield* printed(listAnimals, {}, env, { table: true })
        assert.match(rows.out[0] ?? "", / *id +name +born/)
        assert.lengthOf(rows.out, 5)
        const all = yield* printed(listAnimals, {}, env, { all: true })
        assert.lengthOf(all.out.map((line) => JSON.parse(line) as unknown), 5)
        assert.lengthOf((yield* printed(watch, {}, env)).out.map((line) => JSON.parse(line) as unknown), 3)
        assert.match((yield* printed(getAnimal, { animalId: 1 }, env, { accept: "text/csv" })).out[0] ?? "", /^id,name\r\n/)
        const head = yield* printed(getAnimal, { animalId: 1 }, env, { status: true })
        assert.match(head.err.join("\n"), /^HTTP 200\nx-rate-limit: \d+$/)
        assert.deepStrictEqual(head.out, one.out)
      })))

  it.live("go to a file", () =>
    withMock((url) =>
      Effect.gen(function*() {
        const file = path.join(folder(), "a.pdf")
        const { err, exit, out } = yield* printed(getAnimal, { animalId: 1 }, { ZOO_KEEPER_URL: url, ZOO_KEEPER_TOKEN: "t" }, { accept: "application/pdf", output: file })
        assert.isTrue(Exit.isSuccess(exit), String(exit))
        assert.deepStrictEqual([out, err], [[], [`${file}: ${readFileSync(file).length} bytes`]])
        assert.match(readFileSync(file, "latin1"), /^%PDF/)
        const nowhere = yield* printed(getAnimal, { animalId: 1 }, { ZOO_KEEPER_URL: url, ZOO_KEEPER_TOKEN: "t" }, { output: "/nowhere/x" })
        assert.deepStrictEqual(nowhere.err, ["credence: OutputFailed: /nowhere/x: cannot be written (ENOENT)"])
      })))

  it("are tables as wide as the terminal, and say what is left out", () => {
    const rows = [{ id: 1, name: "a\nb", home: { name: "h", zip: 1 }, tags: ["x"], none: null }, { id: 22, name: "\u001b[31mred", more: "y".repeat(80) }]
    assert.deepStrictEqual(table(rows, 40), ["id  name           home  tags", "--  -------------  ----  -----", " 1  a b            h     [\"x\"]", "22  \\u001b[31mred", "(also more: JSON shows them)"])
  })
})

describe("failures", () => {
  it.live("are one line, and JSON with `json`", () =>
    withMock((url) =>
      Effect.gen(function*() {
        const { err, exit, out } = yield* printed(getAnimal, { animalId: 1 }, { ZOO_KEEPER_URL: url, ZOO_KEEPER_KEY: "k1" }, { json: true })
        assert.strictEqual(failureOf(exit), "ProblemsFound")
        assert.lengthOf(err, 1)
        assert.match(err[0] ?? "", new RegExp(`^credence: NotFound: getAnimal: 404 Not Found: .* \\(GET ${url}/animals/1\\)$`))
        const { error, ok } = JSON.parse(out.join("")) as { readonly ok: boolean; readonly error: Readonly<Record<string, unknown>> }
        assert.deepStrictEqual([ok, error["tag"], error["status"], Object.keys(error["body"] as object)], [false, "NotFound", 404, ["title"]])
        assert.notProperty(error, "stack")
      }), { status: { getAnimal: 404 } }))

  it.live("of credentials and settings say what to set", () =>
    withMock((url) =>
      Effect.gen(function*() {
        const none = yield* printed(getAnimal, { animalId: 1 }, { ZOO_KEEPER_URL: url })
        assert.match(none.err[0] ?? "", /needs Key, or Token, or Basic, or Query.*Set ZOO_KEEPER_KEY \(Key, Query\) or ZOO_KEEPER_TOKEN \(Token\) or ZOO_KEEPER_USERNAME and ZOO_KEEPER_PASSWORD \(Basic\)/)
        const nowhere = yield* printed(getAnimal, { animalId: 1 }, { ZOO_KEEPER_KEY: "k1" })
        assert.strictEqual(failureOf(nowhere.exit), "ConfigurationInvalid")
        assert.include(String(nowhere.exit), "ZOO_KEEPER_URL")
        assert.strictEqual(failureOf((yield* printed(listAnimals, {}, { ZOO_KEEPER_URL: url }, { accept: "text/csv" })).exit), "UsageError")
        assert.strictEqual(failureOf((yield* printed(watch, {}, { ZOO_KEEPER_URL: url }, { all: true })).exit), "UsageError")
        assert.strictEqual(failureOf((yield* printed(getAnimal, { animalId: 1 }, { ZOO_KEEPER_URL: url }, { session: { ...nothing, profile: "nope" } })).exit), "ConfigurationInvalid")
      })))
})

const canaries = { key: "canary-key'\"$x", token: "canary-token", password: "canary pass/word&=" }

describe("credentials", () => {
  const sent = (environment: Readonly<Record<string, string>>, session: Partial<RunOptions["session"]> = {}, modules?: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const server = yield* httpServer((message, response) => {
        const { authorization, "x-api-key": apiKey, "x-zoo": key } = message.headers
        seen.push([message.url, authorization ?? key ?? apiKey].filter((part) => part !== undefined).join(" "))
        response.setHeader("content-type", "application/json").end("{\"id\":1,\"name\":\"a\"}")
      })
      const { exit } = yield* printed(getAnimal, { animalId: 1 }, { ZOO_KEEPER_URL: server.origin, ...environment }, { session: { ...nothing, ...session } }, modules)
      assert.isTrue(Exit.isSuccess(exit), String(exit))
      return seen[0]
    }).pipe(Effect.scoped)

  it("have the prefix of their session", () => {
    assert.deepStrictEqual(["petstore", "train-travel", "argus"].map(prefixOf), ["PETSTORE", "TRAIN_TRAVEL", "ARGUS_API"])
  })
  it.live("go where the schemes say: flags first, then the environment, then the profile", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* sent({ ZOO_KEEPER_KEY: "k1" }), "/animals/1 k1")
      assert.strictEqual(yield* sent({ ZOO_KEEPER_TOKEN: "t1" }), "/animals/1 Bearer t1")
      assert.strictEqual(yield* sent({ ZOO_KEEPER_USERNAME: "ada", ZOO_KEEPER_PASSWORD: "pw" }), `/animals/1 Basic ${btoa("ada:pw")}`)
      assert.strictEqual(yield* sent({ ZOO_KEEPER_QUERY: "q1" }), "/animals/1?k=q1")
      assert.strictEqual(yield* sent({ ZOO_KEEPER_KEY: "k1" }, { token: Redacted.make("t2") }), "/animals/1 Bearer t2")
      assert.strictEqual(yield* sent({ ZOO_KEEPER_KEY: "k1", ZOO_KEEPER_PASSWORD: "pw" }, { username: "bob" }), `/animals/1 Basic ${btoa("bob:pw")}`)
      const profiles = path.join(folder({ "p.toml": "[work]\nZOO_KEEPER_KEY = \"k3\"\n[work.zoo_keeper]\ntoken = \"t3\"\n" }), "p.toml")
      assert.strictEqual(yield* sent({}, { profiles, profile: "work" }), "/animals/1 k3")
      assert.strictEqual(yield* sent({ ZOO_KEEPER_KEY: "k4" }, { profiles, profile: "work" }), "/animals/1 k4")
    }))
  it.live("go to the usual places where the API declares none", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* sent({ ZOO_KEEPER_KEY: "k1" }, {}, []), "/animals/1 k1")
      assert.strictEqual(yield* sent({ ZOO_KEEPER_TOKEN: "t1" }, {}, []), "/animals/1 Bearer t1")
      assert.strictEqual(yield* sent({}, {}, []), "/animals/1")
    }))
})

describe("a request that is not sent", () => {
  const url = "https://zoo.example.com/v1"
  it.effect("is shown with its secrets masked", () =>
    Effect.gen(function*() {
      const dry = (environment: Readonly<Record<string, string>>, endpoint: object = getAnimal, given: Readonly<Record<string, unknown>> = { animalId: 1 }) =>
        Effect.map(printed(endpoint, given, { ZOO_KEEPER_URL: url, ...environment }, { dryRun: true }), ({ out }) => out.join("\n").replace(/\nuser-agent: .*/, ""))
      assert.strictEqual(yield* dry({ ZOO_KEEPER_KEY: "abc" }), `GET ${url}/animals/1\naccept: application/json\nx-zoo: <redacted>`)
      assert.strictEqual(yield* dry({ ZOO_KEEPER_TOKEN: "abc" }), `GET ${url}/animals/1\naccept: application/json\nauthorization: Bearer <redacted>`)
      assert.strictEqual(yield* dry({ ZOO_KEEPER_QUERY: "abc" }), `GET ${url}/animals/1?k=<redacted>\naccept: application/json`)
      assert.strictEqual(
        yield* dry({ ZOO_KEEPER_KEY: "key1" }, addAnimal, { body: { name: "key1", password: "abc" } }),
        `POST ${url}/animals\naccept: application/json\ncontent-type: application/json\nx-zoo: <redacted>\n\n{"name":"<redacted>","password":"<redacted>"}`
      )
    }))

  it.live("is a line for a shell that does the same, with variables for secrets", () =>
    withMock((live) =>
      Effect.gen(function*() {
        if (spawnSync("curl", ["--version"]).status !== 0) return
        const photo = path.join(folder({ "it's a \"cat\".png": "PNG\u0000" }), "it's a \"cat\".png")
        const cases: ReadonlyArray<readonly [endpoint: object, tokens: ReadonlyArray<string>, environment: Readonly<Record<string, string>>, said: RegExp]> = [
          [getAnimal, ["--animal-id", "1", "--tags", "it's", "--x-trace", "a\"b$HOME"], { ZOO_KEEPER_KEY: canaries.key }, /-H 'x-zoo: '"\$ZOO_KEEPER_KEY"/],
          [getAnimal, ["--animal-id", "1"], { ZOO_KEEPER_TOKEN: canaries.token }, /-H 'authorization: Bearer '"\$ZOO_KEEPER_TOKEN"/],
          [getAnimal, ["--animal-id", "1"], { ZOO_KEEPER_USERNAME: "ada", ZOO_KEEPER_PASSWORD: canaries.password }, /-u ada:"\$ZOO_KEEPER_PASSWORD"/],
          [getAnimal, ["--animal-id", "1", "--max-age", "3"], { ZOO_KEEPER_QUERY: canaries.key }, /--url-query k="\$ZOO_KEEPER_QUERY"/],
          [addAnimal, ["--body.name", "it's\n\"Rex\"", "--body.tags", "a"], {}, /--data-raw '\{"name":"it'\\''s/],
          [upload, ["--content-type", "multipart/form-data", "--body.photo", `@${photo}`, "--body.note", "@x"], {}, /--form-string note=@x/],
          [upload, ["--content-type", "application/octet-stream", "--body", `@${photo}`], {}, /--data-binary/]
        ]
        for (const [endpoint, tokens, environment, said] of cases) {
          const given = yield* Effect.orDie(input(endpoint, tokens))
          const files = tokens.filter((token) => token.startsWith("@/")).map((token) => token.slice(1))
          const { exit, out } = yield* printed(endpoint, given, { ZOO_KEEPER_URL: live, ...environment }, { curl: true, files })
          assert.isTrue(Exit.isSuccess(exit), String(exit))
          const line = out.join("\n")
          assert.match(line, said)
          assert.notInclude(line, "canary")
          const answer = yield* Effect.promise(() => shell(`${line} -sS -o /dev/null -w '%{http_code}'`, environment))
          assert.strictEqual(answer, "200", line)
        }
      })))

  it.live("of a session that logs in is shown without its login", () =>
    Effect.gen(function*() {
      const { getCaseMetadataByID } = yield* Effect.promise(() => import("credence/argus/cases/v2/case"))
      const environment = { ARGUS_API_URL: "https://argus.example.com", ARGUS_API_USERNAME: "ada", ARGUS_API_PASSWORD: canaries.password }
      const { err, out } = yield* printed(getCaseMetadataByID, { id: 1 }, environment, { curl: true }, [])
      assert.deepStrictEqual(out, ["curl https://argus.example.com/cases/v2/case/1 -H 'accept: application/json' -H 'argus-api-key: '\"$ARGUS_API_KEY\""])
      assert.match(err.join("\n"), /logs in first \(POST .*\/authentication\).*set ARGUS_API_KEY/)
    }))
})

const shell = (line: string, environment: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn("bash", ["-c", line], { env: { PATH: process.env["PATH"], HOME: "/nowhere", no_proxy: "*", ...environment } })
    let text = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)))
    child.on("close", () => resolve(text))
  })

describe("secrets", () => {
  it.live("are never printed, whatever the server says", () =>
    Effect.gen(function*() {
      // repeats all that it gets, as debugging servers do
      const server = yield* httpServer((message, response) => {
        const said = JSON.stringify({ title: `you sent ${message.url ?? ""} ${JSON.stringify(message.headers)}`, url: message.url, headers: message.headers })
        response.writeHead(message.url?.includes("/9") === true ? 500 : message.url?.includes("/8") === true ? 200 : 404, { "content-type": "application/json", "x-request-id": "r1" }).end(said)
      })
      const environments: ReadonlyArray<Readonly<Record<string, string>>> = [
        { ZOO_KEEPER_KEY: canaries.key }, { ZOO_KEEPER_TOKEN: canaries.token }, { ZOO_KEEPER_QUERY: canaries.key }, { ZOO_KEEPER_USERNAME: "ada", ZOO_KEEPER_PASSWORD: canaries.password }
      ]
      const ways: ReadonlyArray<Partial<RunOptions>> = [{}, { json: true }, { status: true }, { dryRun: true }, { dryRun: true, json: true }, { curl: true }]
      for (const environment of environments) {
        for (const how of ways) {
          // declared, not declared, and a body that does not fit
          for (const animalId of [1, 9, 8]) {
            const { err, exit, out } = yield* printed(getAnimal, { animalId }, { ZOO_KEEPER_URL: `${server.origin}/api`, ...environment }, how)
            const all = [...out, ...err, how.dryRun === true || how.curl === true ? String(exit) : ""].join("\n")
            for (const canary of Object.values(canaries)) {
              for (const form of [canary, encodeURIComponent(canary), JSON.stringify(canary).slice(1, -1), btoa(`ada:${canary}`)]) assert.notInclude(all, form)
            }
            if (how.json === true && how.dryRun !== true) assert.include(err.join("\n"), "request id r1")
          }
        }
      }
    }).pipe(Effect.scoped))
})

describe("help", () => {
  it("tells of an operation's parameters, as far as the client knows", () => {
    const doc = helpOf("api", {
      name: "getAnimal", module: "animals", endpoint: getAnimal as never,
      openapi: { summary: "One animal", responses: { 200: {}, 404: {} }, parameters: [{ name: "maxAge", in: "query", description: "In years", schema: { type: "integer", default: 9 } }] }
    }, [], [])
    assert.match(doc.description, /^One animal\n {2}GET \/animals\/\{animalId\}, answers 200, 404\.\n {2}--accept takes text\/csv, application\/pdf, too\./)
    const flags = Object.fromEntries(doc.flags.map((flag) => [flag.name, [flag.aliases, flag.type, flag.required, flag.description._tag === "Some" ? flag.description.value : ""]]))
    assert.deepStrictEqual(flags["animal-id"], [["--animalId"], "integer", true, ""])
    assert.deepStrictEqual(flags["max-age"], [["--maxAge"], "integer", false, "In years; default 9"])
    assert.deepStrictEqual(flags["tags"], [[], "list of text", false, ""])
    assert.deepStrictEqual(flags["query.url"], [[], "text", false, ""])
    assert.deepStrictEqual(flags["x-trace"], [["--xTrace", "--X-Trace-Id"], "text", false, ""])
    const body = helpOf("api", { name: "addAnimal", module: "animals", endpoint: addAnimal as never, openapi: undefined }, [], [])
    assert.deepStrictEqual(body.flags.map(({ name, required }) => [name, required]), [["body", false], ["body.name", true], ["body.tags", false], ["body.sold", false], ["body.home", false], ["body.password", false], ["body.kind", false]])
  })
})

describe("as a program", () => {
  it.live("calls the endpoints that the package ships, as they are configured", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.make()
      const cwd = folder()
      put(cwd, { "p.toml": `[demo.argus_api]\nurl = "${argus.url}"\nusername = "${argus.username}"\npassword = "${argus.password}"\n` })
      const api = path.join(root, "src/apis/argus/generated")
      const of = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) => Effect.promise(() => credence(["call", api, ...args], { cwd, env }))
      const keyed = { ARGUS_API_URL: argus.url, ARGUS_API_KEY: argus.apiKey }
      const [one, none, wrong, help, signedIn] = yield* Effect.all([
        of(["getCaseMetadataByID", "--id", "1"], keyed),
        of(["getCaseMetadataByID", "--id", "99999", "--json"], keyed),
        of(["getCaseMetadataByID", "--di", "1"], keyed),
        of(["getCaseMetadataByID", "--help"], {}),
        of(["simpleCaseSearch", "--limit", "2", "--profiles", "p.toml", "--profile", "demo", "--table"], {})
      ], { concurrency: 2 })
      assert.deepStrictEqual([one.code, one.stderr, (JSON.parse(one.stdout) as { readonly data: { readonly id: number } }).data.id], [0, "", 1])
      assert.deepStrictEqual([none.code, (JSON.parse(none.stdout) as { readonly error: { readonly tag: string } }).error.tag], [1, "NotFound"])
      assert.match(none.stderr, /^credence: NotFound: getCaseMetadataByID: 404 Not Found: .*\n$/)
      assert.deepStrictEqual([wrong.code, wrong.stdout], [2, ""])
      assert.match(wrong.stderr, /there is no parameter --di. Did you mean --id\?\ncredence: --id is missing\nSee: credence call .* --help\n$/)
      assert.match(help.stdout, /--id integer +at least 1\n +--skip-redirect, --skipRedirect/)
      assert.strictEqual(signedIn.stdout.split("\n").length, 6, signedIn.stderr)
    }).pipe(Effect.scoped), 30_000)
})
