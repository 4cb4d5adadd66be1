/** Names of everything, in every script. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { roundTrip, sends } from "./claims.ts"
import type { Case, Client } from "./support.ts"
import { oas, paths, thing } from "./write.ts"

const ok = "responses: { \"204\": { description: ok } }"
const op = (path: string, id: string | undefined, more = "tags: [things]"): string => `  ${JSON.stringify(path)}: { get: { ${id === undefined ? "" : `operationId: ${JSON.stringify(id)}, `}${more}, ${ok} } }`
const ops = (list: ReadonlyArray<string>): string => oas(`paths:\n${list.join("\n")}\n`)

const exportsOf = (client: Client, module: string): Effect.Effect<ReadonlyArray<string>> => Effect.map(client.load(module), (loaded) => Object.keys(loaded))
const distinct = (names: ReadonlyArray<string>): void => expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)

export const cases: ReadonlyArray<Case> = [
  {
    name: "operations with reserved and hostile names",
    document: ops(["delete", "default", "class", "await", "arguments", "undefined", "NaN", "let", "yield", "constructor", "__proto__", "toString", "Endpoint", "Schema", "Torture", "async", "of", "type"].map((id, index) => op(`/p${index}`, id))),
    warnings: [/is taken or reserved/],
    behaves: {
      "each is there, and is called": (client) => Effect.gen(function*() {
        const names = yield* exportsOf(client, "things")
        expect(names).toHaveLength(18)
        distinct(names)
        for (const [index, { name }] of client.generated.operations.entries()) yield* sends(`things.${name}`, undefined, `GET /p${index}`)(client)
      })
    }
  },
  {
    name: "operations whose names clash",
    document: ops(["get_thing", "getThing", "get-thing", "GetThing", "GETTHING", "get thing", "getthing"].map((id, index) => op(`/p${index}`, id))),
    warnings: [/is taken or reserved/],
    behaves: {
      "no two are equal but for case": (client) => Effect.gen(function*() {
        const names = yield* exportsOf(client, "things")
        expect(names).toHaveLength(7)
        distinct(names)
        expect(names).toContain("getThing")
        for (const [index, { name }] of client.generated.operations.entries()) yield* sends(`things.${name}`, undefined, `GET /p${index}`)(client)
      })
    }
  },
  {
    name: "the same operation id twice",
    document: ops([op("/a", "getTask", "tags: [a]"), op("/b", "getTask", "tags: [b]"), op("/c", "getTask", "tags: [a]")]),
    warnings: [/GET \/c|getTask/],
    behaves: {
      "in two modules it is one name each": (client) => Effect.gen(function*() {
        expect(yield* exportsOf(client, "b")).toEqual(["getTask"])
        const inA = yield* exportsOf(client, "a")
        expect(inA).toHaveLength(2)
        expect(inA).toContain("getTask")
      })
    }
  },
  {
    name: "operations without an id",
    document: ops([op("/pets/{id}/owner", undefined, "parameters: [{ name: id, in: path, required: true, schema: { type: string } }]"), op("/", undefined, "tags: [things]"), op("/api/v1/pets:count", undefined, "tags: [things]"), op("/{x}", undefined, "parameters: [{ name: x, in: path, required: true, schema: { type: string } }]"), op("/things", "", "tags: [things]")]),
    behaves: {
      "are called by method and path": (client) => Effect.sync(() => {
        const names = client.generated.operations.map(({ name }) => name)
        expect(names[0]).toBe("getPetsByIdOwner")
        distinct(client.generated.operations.map(({ module, name }) => `${module} ${name}`))
        for (const name of names) expect(name).toMatch(/^get\w*$/)
      })
    }
  },
  {
    name: "operations in other scripts",
    document: ops(["größeHolen", "获取用户", "получить", "احصل", "1stThing", "🎉party", "日本 語", "é".normalize("NFD"), "ﬁnd", "ß", "İstanbul"].map((id, index) => op(`/p${index}`, id))),
    behaves: {
      "keep their letters": (client) => Effect.gen(function*() {
        const names = client.generated.operations.map(({ name }) => name)
        expect(names).toContain("获取用户")
        expect(names).toContain("größeHolen")
        expect(names).toHaveLength(11)
        distinct(names)
        for (const [index, name] of names.entries()) yield* sends(`things.${name}`, undefined, `GET /p${index}`)(client)
      })
    },
    warnings: []
  },
  {
    name: "tags as files",
    document: ops(["con", "CON", "index", "models", "session", "auth", "servers", "api", "../../etc/passwd", "a/b", "a\\b", "..", "", " ", "Pets", "pets", "PETS", "日本", "🎉", "*/", "`${x}`", "a\nb", "x".repeat(300), "__proto__", "default", "Torture", "aux", "api.md", "pets.openapi"].map((tag, index) => op(`/p${index}`, `op${index}`, `tags: [${JSON.stringify(tag)}]`))),
    behaves: {
      "are inside, and no two equal but for case": (client) => Effect.gen(function*() {
        const files = [...client.generated.files.keys()]
        distinct(files)
        for (const file of files) {
          expect(file).toMatch(/^[^/\\:*?"<>|\0-\x1f]+(\/[^/\\:*?"<>|\0-\x1f]+)*$/)
          expect(file.split("/").every((part) => part !== ".." && part !== "." && part.length <= 120)).toBe(true)
        }
        for (const { module, name, path } of client.generated.operations) yield* sends(`${module.replace(/\.ts$/, "")}.${name}`, undefined, `GET ${path}`)(client)
        const names = yield* exportsOf(client, "index")
        distinct(names)
      })
    }
  },
  {
    name: "models with reserved and hostile names",
    document: thing(["Thing", "thing", "THING", "class", "Schema", "Open", "Endpoint", "String", "Array", "ReadonlyArray", "Promise", "Torture", "__proto__", "constructor", "1st", "größe", "a.b.C", "d.b.C", "x/y", "z~w", "日本", "🎉", "*/", "`${x}`", "undefined", "ThingInput", "Unrecognized", "Error", "Object", "Date", "Map", "unknown", "string"]
      .map((name, index) => index === 0 ? `Thing: { type: object, properties: { all: { type: array, items: { $ref: "#/components/schemas/class" } }, own: { type: integer, readOnly: true } } }` : `${JSON.stringify(name)}: { type: object, properties: { n${index}: { type: integer } } }`).join("\n")),
    behaves: {
      "each is there": (client) => Effect.gen(function*() {
        const names = yield* exportsOf(client, "models")
        distinct(names)
        expect(client.generated.models).toHaveLength(33)
      }),
      "and works": roundTrip({ all: [{ n3: 1 }] })
    }
  },
  {
    name: "members with hostile names",
    document: thing(`
Thing:
  type: object
  required: ["a b", "__proto__x"]
  properties:
    "a b": { type: string }
    "__proto__x": { type: string }
    "__proto__": { type: string }
    "1a": { type: integer }
    "class": { type: string }
    "größe": { type: string }
    "*/": { type: string, description: "*/ alert(1) /* \`\${process.exit()}\` @deprecated" }
    "\`\${x}\`": { type: string, default: "*/" }
    "quote\\"'": { type: string }
    "line\\nbreak\\u2028": { type: string }
    "": { type: string }
    "🎉": { type: string }
`),
    behaves: { "go there and back": roundTrip(JSON.parse("{\"a b\":\"1\",\"__proto__x\":\"2\",\"__proto__\":\"p\",\"1a\":3,\"class\":\"4\",\"größe\":\"5\",\"*/\":\"6\",\"`${x}`\":\"7\",\"quote\\\"'\":\"8\",\"line\\nbreak\\u2028\":\"9\",\"\":\"10\",\"🎉\":\"11\"}")) }
  },
  {
    name: "members that every object has",
    document: thing("Thing: { type: object, required: [id], properties: { id: { type: integer }, constructor: { type: string }, toString: { type: string }, valueOf: { type: integer }, hasOwnProperty: { type: boolean } } }"),
    behaves: {
      "absent ones stay absent": (client) => Effect.gen(function*() {
        const got = yield* client.call("things.getThing", undefined, { body: { id: 1 } })
        expect(got.error).toBeUndefined()
        expect(got.value).toEqual({ id: 1 })
        expect((yield* client.call("things.putThing", { body: got.value }, { body: { id: 1 } })).sent?.body).toEqual({ id: 1 })
      }),
      "others go there and back": roundTrip({ id: 1, constructor: "c", toString: "t", valueOf: 1, hasOwnProperty: true })
    }
  },
  {
    name: "names by choice",
    document: oas(`paths:\n${[op("/a", "ugly_id_1"), op("/b", undefined), op("/c", "default")].join("\n")}\ncomponents: { schemas: { "x.y.Ugly_Model": { type: object } } }`),
    config: { names: { operations: { ugly_id_1: "listThings", "GET /b": "readB", default: "readC" }, models: { "x.y.Ugly_Model": "Pretty" } }, session: "Chosen" },
    types: "claim<Same<keyof typeof things, \"listThings\" | \"readB\" | \"readC\">>()\nclaim<Fits<models.Pretty, object>>()\nclaim<Fits<typeof session.Chosen, object>>()",
    behaves: { "are taken": sends("things.listThings", undefined, "GET /a") }
  },
  ...([["", "Api"], ["🎉🎉", undefined], ["The REST API", undefined], ["v1.2.3", undefined], ["class", undefined], ["*/ alert(1) /*", undefined], ["12 Monkeys", undefined], ["ünïcödé", undefined], ["Schema", undefined], ["Session", undefined], ["Effect", undefined], ["a\nb\u2028`${c}`", undefined]] as const).map(([title, session]): Case => ({
    name: `a title such as ${JSON.stringify(title).replace(/\W+/g, " ").trim() || `of ${title.length} signs`}`,
    document: JSON.stringify({ openapi: "3.1.0", info: { title, version: "*/ `${x}`\n" }, paths: { "/thing": { get: { operationId: "getThing", tags: ["things"], responses: { 200: { description: "ok", content: { "application/json": { schema: { $ref: "#/components/schemas/Session" } } } } } } } }, components: { schemas: { Session: { type: "object" }, Api: { type: "object" } } } }, undefined, 2),
    behaves: { "gives a session all the same": (client) => Effect.gen(function*() {
      if (session !== undefined) expect(client.generated.session).toBe(session)
      const { error } = yield* client.call("things.getThing", undefined, { body: {} })
      expect(error).toBeUndefined()
    }) }
  })),
  {
    name: "a document without a title",
    document: "openapi: 3.1.0\ninfo: {}\npaths: { /thing: { get: { operationId: getThing, tags: [things], responses: { \"204\": { description: ok } } } } }",
    behaves: { "gives a session all the same": sends("things.getThing", undefined, "GET /thing") }
  },
  {
    name: "docs on hover",
    document: paths(`
/thing:
  get:
    operationId: getThing
    tags: [things]
    summary: Gets it
    description: "Long\\n\\n*/ text @param x\\r\\n\\tindented"
    deprecated: true
    parameters: [{ name: limit, in: query, description: how many, deprecated: true, schema: { type: integer, minimum: 1, maximum: 9, default: 5, example: 7 } }]
    responses: { "200": { description: good, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } }, "404": { description: "gone */" } }
components: { schemas: { Thing: { type: object, description: "The thing", deprecated: true, properties: { a: { type: string, format: uuid, pattern: "^a*/$", maxLength: 3, examples: [x] } } } } }
`),
    behaves: { "are there, and end no comment": (client) => Effect.sync(() => {
      const module = client.generated.files.get("things.ts") ?? ""
      for (const part of ["Gets it", "Long", "@deprecated", "how many", "min: 1", "max: 9", "@default 5", "@example 7", "- 200: good"]) expect(module).toContain(part)
      const models = client.generated.files.get("models.ts") ?? ""
      expect(module.match(/@deprecated/g)).toHaveLength(2)
      for (const part of ["The thing", "@deprecated", "format: uuid", "max length: 3", "@example \"x\""]) expect(models).toContain(part)
    }) }
  }
]
