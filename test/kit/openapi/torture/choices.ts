/** What the config file chooses: pages, selection, layout, patches, side files, extensions. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import type { Config } from "../../../../kit/src/openapi/config.ts"
import { sends } from "./claims.ts"
import type { Case, Client } from "./support.ts"
import { answered, oas, paths } from "./write.ts"

const ok = "responses: { \"204\": { description: ok } }"
const file = (client: Client, name: string): string => client.generated.files.get(name) ?? ""

interface PagedCall {
  readonly items: (input?: unknown) => Stream.Stream<unknown>
  readonly pages: (input?: unknown) => Stream.Stream<unknown>
}

/** a server of seven items, three a page */
const all = [1, 2, 3, 4, 5, 6, 7].map((id) => ({ id }))

const walked = (client: Client, endpoint: string, input: unknown, reply: Parameters<Client["run"]>[1]) =>
  client.run((at) => Stream.runCollect((at("things")[endpoint] as PagedCall).items(input)), reply)

const pages = (parameters: string, properties: string, more = "", body = ""): string => paths(`
/things:
  ${body === "" ? "get" : "post"}:
    operationId: listThings
    tags: [things]
    parameters: [${parameters}]
    ${body}
    responses: { "200": { description: ok, ${more} content: { application/json: { schema: { type: object, required: [data], properties: { data: { type: array, items: { $ref: "#/components/schemas/Thing" } }, ${properties} } } } } } }
/other: { get: { operationId: other, tags: [things], responses: { "200": { description: ok, content: { application/json: { schema: { type: object, properties: { data: { type: array, items: { type: string } } } } } } } } } }
components: { schemas: { Thing: { type: object, required: [id], properties: { id: { type: integer } } } } }
`)

const paging = (rule: NonNullable<Config["paging"]>[number]): Config => ({ paging: [rule] })
const types = `
claim<Same<Effect.Success<ReturnType<typeof things.listThings>>["data"], ReadonlyArray<models.Thing>>>()
type ItemOf<S> = S extends Stream.Stream<infer A, infer _E, infer _R> ? A : never
claim<Same<ItemOf<ReturnType<typeof things.listThings.items>>, models.Thing>>()
claim<Same<ItemOf<ReturnType<typeof things.listThings.pages>>, Output<typeof things.listThings>>>()
// @ts-expect-error it has no pages
things.other.items
`

export const cases: ReadonlyArray<Case> = [
  {
    name: "pages by an offset",
    document: pages("{ name: limit, in: query, schema: { type: integer } }, { name: page-start, in: query, schema: { type: integer } }", "count: { type: integer }"),
    config: paging({ kind: "offset", limit: "limit", offset: "page-start", items: ["data"], total: ["count"] }),
    types,
    behaves: { "all items": (client) => Effect.gen(function*() {
      const got = yield* walked(client, "listThings", { limit: 3 }, (request) => {
        const start = Number(request.url.searchParams.get("page-start") ?? 0)
        return { body: { data: all.slice(start, start + 3), count: 7 } }
      })
      expect(got.error).toBeUndefined()
      expect(got.value).toEqual(all)
      expect(got.all.map((sent) => sent.path)).toEqual(["/things?limit=3", "/things?limit=3&page-start=3", "/things?limit=3&page-start=6"])
    }) }
  },
  {
    name: "pages by an offset in the body",
    document: pages("", "count: { type: integer }", "", "requestBody: { required: true, content: { application/json: { schema: { type: object, properties: { limit: { type: integer }, offset: { type: integer }, q: { type: string } } } } } }"),
    config: paging({ kind: "offset", limit: "limit", offset: "offset", in: "body", items: ["data"], total: ["count"] }),
    types,
    behaves: { "all items": (client) => Effect.gen(function*() {
      const got = yield* walked(client, "listThings", { body: { limit: 3, q: "x" } }, (request) => {
        const body = JSON.parse(request.body?._tag === "Bytes" ? String(request.body.bytes) : "{}") as { readonly offset?: number }
        return { body: { data: all.slice(body.offset ?? 0, (body.offset ?? 0) + 3), count: 7 } }
      })
      expect(got.value).toEqual(all)
      expect(got.sent?.body).toEqual({ limit: 3, q: "x", offset: 6 })
    }) }
  },
  {
    name: "pages by number",
    document: pages("{ name: page, in: query, schema: { type: integer } }", "last: { type: boolean }"),
    config: paging({ kind: "page", page: "page", items: ["data"] }),
    types,
    behaves: { "all items": (client) => Effect.gen(function*() {
      const got = yield* walked(client, "listThings", undefined, (request) => {
        const number = Number(request.url.searchParams.get("page") ?? 1)
        return { body: { data: all.slice((number - 1) * 3, number * 3) } }
      })
      expect(got.value).toEqual(all)
    }) }
  },
  {
    name: "pages by a token",
    document: pages("{ name: pageToken, in: query, schema: { type: string } }", "paging: { type: object, properties: { next: { type: string, nullable: true } } }"),
    config: paging({ kind: "cursor", parameter: "pageToken", next: ["paging", "next"], items: ["data"] }),
    types,
    behaves: { "all items": (client) => Effect.gen(function*() {
      const got = yield* walked(client, "listThings", {}, (request) => {
        const start = Number(request.url.searchParams.get("pageToken") ?? 0)
        return { body: { data: all.slice(start, start + 3), paging: { next: start + 3 < 7 ? String(start + 3) : null } } }
      })
      expect(got.value).toEqual(all)
      expect(got.all.map((sent) => sent.path)).toEqual(["/things", "/things?pageToken=3", "/things?pageToken=6"])
    }) }
  },
  {
    name: "pages by the Link header",
    document: paths(`
/things: { get: { operationId: listThings, tags: [things], parameters: [{ name: q, in: query, schema: { type: string } }], responses: { "200": { description: ok, headers: { Link: { schema: { type: string } } }, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Thing" } } } } } } } }
components: { schemas: { Thing: { type: object, required: [id], properties: { id: { type: integer } } } } }
`),
    config: paging({ kind: "link", items: [] }),
    types: "type ItemOf<S> = S extends Stream.Stream<infer A, infer _E, infer _R> ? A : never\nclaim<Same<ItemOf<ReturnType<typeof things.listThings.items>>, models.Thing>>()",
    behaves: { "all items": (client) => Effect.gen(function*() {
      const got = yield* walked(client, "listThings", { q: "x" }, (request) => {
        const start = Number(request.url.searchParams.get("start") ?? 0)
        return { headers: { "content-type": "application/json", ...(start + 3 < 7 ? { link: `<https://evil.example.com/things?q=x&start=${start + 3}>; rel="next"` } : {}) }, body: JSON.stringify(all.slice(start, start + 3)) }
      })
      expect(got.value).toEqual(all)
      expect(new Set(got.all.map((sent) => sent.origin))).toEqual(new Set(["https://script.test"]))
    }) }
  },
  {
    name: "pages of some operations",
    document: pages("{ name: offset, in: query, schema: { type: integer } }", "n: { type: integer }"),
    config: paging({ kind: "offset", offset: "offset", items: ["data"], operations: ["other", "GET /nothing*"] }),
    types: "// @ts-expect-error it is none of them\nthings.listThings.items"
  },
  {
    name: "pages whose rule does not fit",
    document: pages("{ name: offset, in: query, schema: { type: string } }", "n: { type: integer }"),
    config: paging({ kind: "offset", offset: "offset", items: ["data"] }),
    types: "// @ts-expect-error a text counts nothing\nthings.listThings.items"
  },
  // --- selection
  {
    name: "operations by tag and pattern",
    document: paths(`
/a: { get: { operationId: getA, tags: [one], ${ok} }, put: { operationId: putA, tags: [one, two], ${ok} } }
/b/{id}: { get: { operationId: getB, tags: [two], parameters: [{ name: id, in: path, required: true, schema: { type: string } }], ${ok} }, delete: { operationId: dropB, tags: [two], ${ok} } }
/c: { get: { operationId: getC, ${ok} } }
`),
    config: { select: { tags: ["two"], include: ["GET /b/*", "putA", "/c"], exclude: ["*[*"] } },
    types: "claim<Same<keyof typeof one, \"putA\">>()\nclaim<Same<keyof typeof two, \"getB\">>()",
    behaves: { "are all there is": (client) => Effect.sync(() => expect(client.generated.operations.map(({ name }) => name).sort()).toEqual(["getB", "putA"])) }
  },
  {
    name: "nothing selected",
    document: paths(`/a: { get: { operationId: getA, tags: [one], ${ok} } }`),
    config: { select: { include: ["nothing"] } },
    behaves: { "a session all the same": (client) => Effect.sync(() => expect([...client.generated.files.keys()].sort()).toEqual(["api.md", "index.ts", "session.ts"])) }
  },
  {
    name: "modules by path",
    document: paths(`
/cases/v2/case/{id}: { get: { operationId: getCase, tags: [x], parameters: [{ name: id, in: path, required: true, schema: { type: string } }], ${ok} } }
/cases/v2/case/{id}/tags: { get: { operationId: getTags, tags: [y], parameters: [{ name: id, in: path, required: true, schema: { type: string } }], ${ok} } }
/: { get: { operationId: root, ${ok} } }
/{x}: { get: { operationId: any, parameters: [{ name: x, in: path, required: true, schema: { type: string } }], ${ok} } }
`),
    config: { layout: "path" },
    behaves: {
      "the fixed parts make the folder": (client) => Effect.sync(() => {
        const modules = Object.fromEntries(client.generated.operations.map(({ module, name }) => [name, module]))
        expect(modules["getCase"]).toBe("cases/v2/case.ts")
        expect(modules["getTags"]).toMatch(/^cases\/v2\/case/)
        expect(modules["root"]).toBe(modules["any"])
      }),
      "and they work": sends("cases/v2/case.getCase", { id: "1" }, "GET /cases/v2/case/1")
    }
  },
  {
    name: "folders by a preset",
    document: {
      "api/cases.yaml": oas(`paths: { "/cases/v2/case/{id}": { get: { operationId: getCase, parameters: [{ name: id, in: path, required: true, schema: { type: integer } }], responses: { default: { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/CaseResponse" } } } } } } } }\ncomponents: { schemas: { CaseResponse: { type: object, properties: { responseCode: { type: integer }, messages: { type: array, items: { type: string } }, limit: { type: integer }, data: { type: object } } } } }`),
      "api/users.yaml": oas(`paths: { "/users/v1/user": { get: { operationId: getUser, x-Argus-Required-Permissions: [viewUsers], responses: { default: { description: ok } } } } }`)
    },
    inputs: ["api/cases.yaml", "api/users.yaml"],
    config: { preset: "argus" },
    types: `
import type { Argus } from "./client/session.ts"
claim<Fits<typeof session.Argus, object>>()
claim<Same<Needs<typeof usersV1User.getUser>, Argus | Credence.Can<Argus, "viewUsers">>>()
claim<Same<Output<typeof casesV2Case.getCase>["responseCode"], number>>()
`,
    behaves: { "a module a resource": (client) => Effect.sync(() => expect(client.generated.operations.map(({ module }) => module)).toEqual(["cases/v2/case.ts", "users/v1/user.ts"])) }
  },
  {
    name: "answers by a preset",
    document: oas(`
paths:
  /things/v1/thing:
    put: { operationId: changeThing, responses: { default: { description: changed, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } }, "220": { description: as it was, content: { application/json: {} } }, "206": { description: try again, content: { application/json: {} } } } }
    post: { operationId: makeThing, responses: { default: { description: default response, content: { application/json: {} } }, "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } }, "404": { description: gone, content: { application/json: {} } } } }
    get: { operationId: findThing, parameters: [{ name: ip, in: query, schema: { type: array, items: { $ref: "#/components/schemas/no.mnemonic.jargus.net.IPNetworkAddress" } } }], responses: { default: { description: it, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } } } }
  /things/v1/content{path}:
    get: { operationId: getDocumentContentByPath, parameters: [{ name: path, in: path, required: true, schema: { type: string } }], responses: { default: { description: the file, content: { application/json: {} } }, "404": { description: gone, content: { application/json: {} } } } }
components:
  schemas:
    Thing: { type: object, properties: { id: { type: integer } } }
    no.mnemonic.jargus.net.IPNetworkAddress: { type: object, properties: { address: { type: string }, maskBits: { type: integer } } }
    no.mnemonic.services.argus.common.rest.model.ResultStash: { type: object, properties: { responseCode: { type: integer }, messages: { type: array, items: { type: string } } } }
`),
    config: { preset: "argus" },
    types: `
type Changed = Output<typeof thingsV1Thing.changeThing>
claim<Same<Exclude<Changed, { readonly responseCode: number }>, { readonly id?: number | undefined }>>()
claim<Fits<{ readonly responseCode: number; readonly messages: ReadonlyArray<string> }, Changed>>()
claim<Same<Output<typeof thingsV1Thing.makeThing>, { readonly id?: number | undefined }>>()
claim<Same<Errors<typeof thingsV1Thing.makeThing>["_tag"], "NotFound" | "ErrorResponse">>()
claim<Same<Errors<typeof thingsV1Thing.makeThing>["body"]["responseCode"], number>>()
claim<Same<Input<typeof thingsV1Thing.findThing>["ip"], ReadonlyArray<string> | undefined>>()
claim<Same<Output<typeof thingsV1Content.getDocumentContentByPath>, Endpoint.Download>>()
`,
    behaves: {
      "the usual answers are alike": (client) => Effect.gen(function*() {
        for (const status of [200, 220]) expect((yield* client.call("things/v1/thing.changeThing", undefined, { status, body: { id: 1 } })).value).toEqual({ id: 1 })
        for (const status of [200, 201]) expect((yield* client.call("things/v1/thing.makeThing", undefined, { status, body: { id: 1 } })).value).toEqual({ id: 1 })
        expect((yield* client.call("things/v1/thing.makeThing", undefined, { status: 500, body: { responseCode: 500, messages: ["no"] } })).error).toMatchObject({ _tag: "ErrorResponse", body: { messages: ["no"] } })
      }),
      "an address is a text": sends("things/v1/thing.findThing", { ip: ["192.0.2.0/24", "192.0.2.1"] }, "GET /things/v1/thing?ip=192.0.2.0%2F24&ip=192.0.2.1", { body: { id: 1 } })
    }
  },
  // --- mending
  {
    name: "documents mended by patches",
    document: {
      "api.yaml": paths(`
/a: { get: { operationId: getA, tags: [things], ${ok} } }
/internal: { get: { operationId: internal, tags: [things], ${ok} } }
`),
      "overlay.yaml": `
overlay: 1.0.0
info: { title: o, version: "1" }
actions:
  - { target: "$.paths['/a'].get", update: { operationId: readA, responses: { "200": { description: ok, content: { application/json: { schema: { type: integer } } } } } } }
  - { target: "$.paths['/internal']", remove: true }
`,
      "patch.json": JSON.stringify([{ op: "add", path: "/paths/~1b", value: { get: { operationId: "getB", tags: ["things"], responses: { 204: { description: "ok" } } } } }]),
      "merge.yaml": "info: { title: Mended }\n"
    },
    config: { patches: ["overlay.yaml", "patch.json", "merge.yaml"] },
    types: "claim<Same<keyof typeof things, \"readA\" | \"getB\">>()\nclaim<Fits<Output<typeof things.readA>, number | void>>()\nclaim<Fits<typeof session.Mended, object>>()"
  },
  {
    name: "a patch that selects nothing",
    document: { "api.yaml": paths(`/a: { get: { operationId: getA, tags: [things], ${ok} } }`), "overlay.yaml": "overlay: 1.0.0\ninfo: { title: o, version: \"1\" }\nactions: [{ target: \"$.paths['/gone']\", remove: true }]\n" },
    config: { patches: ["overlay.yaml"] },
    warnings: [/action 1 selects nothing/]
  },
  // --- files
  {
    name: "side files with the operation's own description",
    document: paths(`/a: { get: { operationId: getA, tags: [things], summary: "*/ \\u2028 \`\${x}\`", x-own: { __proto__: 1 }, ${ok} } }`),
    types: "claim<Same<keyof typeof thingsDescribed, \"getA\">>()\nclaim<Same<typeof thingsDescribed.getA.openapi, Endpoint.Fragment>>()",
    behaves: { "has it as data, and is the same endpoint": (client) => Effect.gen(function*() {
      const loaded = yield* client.load("things.openapi")
      expect((loaded["getA"] as { readonly openapi: unknown }).openapi).toMatchObject({ method: "GET", path: "/a", operationId: "getA", summary: "*/ \u2028 `${x}`" })
      yield* sends("things.openapi.getA", undefined, "GET /a")(client)
    }) }
  },
  {
    name: "no side files",
    document: paths(`/a: { get: { operationId: getA, tags: [things], ${ok} } }`),
    config: { files: { openapi: false, index: false, reference: false } },
    behaves: { "are there": (client) => Effect.sync(() => expect([...client.generated.files.keys()].sort()).toEqual(["session.ts", "things.ts"])) }
  },
  {
    name: "imports that end with js",
    document: answered("Thing: { type: object, properties: { a: { type: string } } }"),
    config: { extension: ".js" },
    types: "claim<Same<models.Thing, { readonly a?: string | undefined }>>()",
    behaves: { "do so in every file": (client) => Effect.sync(() => {
      const imports = [...client.generated.files.values()].flatMap((text) => [...text.matchAll(/from "(\.[^"]*)"/g)].map((match) => match[1]))
      expect(imports.length).toBeGreaterThan(3)
      expect(imports.filter((name) => !name?.endsWith(".js"))).toEqual([])
    }) }
  },
  {
    name: "imports without an ending",
    document: answered("Thing: { type: object, properties: { a: { type: string } } }"),
    config: { extension: "none" },
    behaves: {
      "are so in every file": (client) => Effect.sync(() => {
        const imports = [...client.generated.files.values()].flatMap((text) => [...text.matchAll(/from "(\.[^"]*)"/g)].map((match) => match[1]))
        expect(imports.filter((name) => /\.[jt]s$/.test(name ?? ""))).toEqual([])
      }),
      "and bundlers follow them": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.getThing", undefined, { body: { a: "x" } })).value).toEqual({ a: "x" })
      })
    }
  },
  // --- nothing much
  ...(["openapi: 3.1.0\ninfo: { title: Torture, version: \"1\" }\n", "openapi: 3.0.0\ninfo: { title: Torture, version: \"1\" }\npaths: {}\n", "swagger: \"2.0\"\ninfo: { title: Torture, version: \"1\" }\npaths: {}\n", "openapi: 3.1.0\n", "{\"swagger\":\"2.0\"}"] as const).map((document, index): Case => ({
    name: `an empty document ${index + 1}`,
    document,
    behaves: { "gives a session": (client) => Effect.sync(() => expect(file(client, "session.ts")).toContain("export class")) }
  })),
  {
    name: "webhooks and callbacks",
    document: oas(`
webhooks: { pinged: { post: { requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Ping" } } } }, ${ok} } } }
paths: { /a: { post: { operationId: subscribe, tags: [things], callbacks: { done: { "{$request.body#/url}": { post: { ${ok} } } } }, ${ok} } } }
components: { schemas: { Ping: { type: object, properties: { at: { type: string } } } } }
`),
    types: "claim<Same<models.Ping, { readonly at?: string | undefined }>>()",
    warnings: [/webhooks are no calls of a client/]
  },
  {
    name: "an index that bundlers can shake",
    document: oas(`paths: { /a: { get: { operationId: getA, tags: [things], responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } } } } } }\ncomponents: { schemas: { Thing: { type: object, properties: { a: { type: array, items: { type: string } } } } } }`),
    behaves: { "nothing runs when it is imported": (client) => Effect.sync(() => {
      for (const [name, text] of client.generated.files) {
        if (!name.endsWith(".ts")) continue
        // each call at the top is marked
        for (const line of text.split("\n")) if (/^export const \w+(: [^=]*)? = /.test(line) && line.includes("(")) expect(line, name).toContain("/*#__PURE__*/")
      }
      expect(file(client, "index.ts")).not.toMatch(/export \*(?! as)/)
    }) }
  }
]
