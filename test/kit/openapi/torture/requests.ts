/** Requests: parameters in every layout, and bodies in every media type. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { refuses, sends } from "./claims.ts"
import type { Case } from "./support.ts"
import { oas, paths, swagger } from "./write.ts"

const ok = "responses: { \"204\": { description: ok } }"

export const cases: ReadonlyArray<Case> = [
  {
    name: "parameters in their places",
    document: paths(`
/things/{id}/{kind}:
  parameters:
    - { name: id, in: path, required: true, schema: { type: string } }
    - { name: limit, in: query, schema: { type: string } }
  get:
    operationId: getThing
    tags: [things]
    parameters:
      - { name: kind, in: path, required: true, schema: { type: string, enum: [a, b] } }
      - { name: limit, in: query, required: true, description: how many, schema: { type: integer, maximum: 9, default: 5 } }
      - { name: tags, in: query, schema: { type: array, items: { type: string } } }
      - { name: X-Trace, in: header, schema: { type: string } }
      - { name: Accept, in: header, schema: { type: string } }
      - { name: Authorization, in: header, schema: { type: string } }
      - { name: theme, in: cookie, schema: { type: string } }
      - { name: on, in: query, schema: { type: boolean } }
    ${ok}
`),
    types: `
claim<Same<Input<typeof things.getThing>, {
  readonly id: string
  readonly kind: "a" | "b"
  readonly limit: number
  readonly tags?: ReadonlyArray<string> | undefined
  readonly on?: boolean | undefined
  readonly xTrace?: string | undefined
  readonly theme?: string | undefined
}>>()
`,
    behaves: {
      "go where they belong": (client) => Effect.gen(function*() {
        const { error, sent } = yield* client.call("things.getThing", { id: "a b/c", kind: "a", limit: 3, tags: ["x", "y&"], xTrace: "t", theme: "dark", on: false }, { status: 204 })
        expect(error).toBeUndefined()
        expect(sent?.path).toBe("/things/a%20b%2Fc/a?limit=3&tags=x&tags=y%26&on=false")
        expect(sent?.headers).toMatchObject({ "x-trace": "t", cookie: "theme=dark" })
      }),
      "are checked": refuses("things.getThing", { id: "x", kind: "a", limit: 10 }, "limit"),
      "a path value cannot climb": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.getThing", { id: "..", kind: "a", limit: 1 }, { status: 204 })).error).toMatchObject({ _tag: "InvalidInput" })
      })
    }
  },
  {
    name: "parameters in every layout",
    document: paths(`
/simple/{a}/{b}: { get: { operationId: simple, tags: [things], parameters: [{ name: a, in: path, required: true, schema: { type: array, items: { type: string } } }, { name: b, in: path, required: true, explode: true, schema: { type: object, properties: { x: { type: integer }, y: { type: integer } } } }], ${ok} } }
/label/{a}: { get: { operationId: label, tags: [things], parameters: [{ name: a, in: path, required: true, style: label, explode: true, schema: { type: array, items: { type: string } } }], ${ok} } }
/matrix/{a}: { get: { operationId: matrix, tags: [things], parameters: [{ name: a, in: path, required: true, style: matrix, schema: { type: string } }], ${ok} } }
/query:
  get:
    operationId: query
    tags: [things]
    parameters:
      - { name: csv, in: query, explode: false, schema: { type: array, items: { type: string } } }
      - { name: pipes, in: query, style: pipeDelimited, explode: false, schema: { type: array, items: { type: string } } }
      - { name: spaces, in: query, style: spaceDelimited, explode: false, schema: { type: array, items: { type: string } } }
      - { name: deep, in: query, style: deepObject, explode: true, schema: { type: object, properties: { a: { type: string }, b: { type: integer } } } }
      - { name: flat, in: query, schema: { type: object, properties: { p: { type: string }, q: { type: string } } } }
      - { name: json, in: query, content: { application/json: { schema: { type: object, required: [n], properties: { n: { type: integer } } } } } }
      - { name: raw, in: query, allowReserved: true, schema: { type: string } }
      - { name: "page[limit]", in: query, schema: { type: integer } }
    ${ok}
/head: { get: { operationId: head, tags: [things], parameters: [{ name: X-Ids, in: header, schema: { type: array, items: { type: integer } } }, { name: ids, in: cookie, explode: false, schema: { type: array, items: { type: integer } } }], ${ok} } }
`),
    types: `
claim<Same<Input<typeof things.query>["deep"], { readonly a?: string | undefined; readonly b?: number | undefined } | undefined>>()
claim<Same<Input<typeof things.query>["json"], { readonly n: number } | undefined>>()
claim<Same<Input<typeof things.query>["pageLimit"], number | undefined>>()
`,
    behaves: {
      "simple": sends("things.simple", { a: ["x", "y z"], b: { x: 1, y: 2 } }, "GET /simple/x,y%20z/x=1,y=2"),
      "label": sends("things.label", { a: ["x", "y"] }, "GET /label/.x.y"),
      "matrix": sends("things.matrix", { a: "5" }, "GET /matrix/;a=5"),
      "form, not exploded": sends("things.query", { csv: ["a", "b"] }, "GET /query?csv=a,b"),
      "pipes": sends("things.query", { pipes: ["a", "b"] }, "GET /query?pipes=a%7Cb"),
      "spaces": sends("things.query", { spaces: ["a", "b"] }, "GET /query?spaces=a%20b"),
      "deep objects": sends("things.query", { deep: { a: "x", b: 1 } }, "GET /query?deep%5Ba%5D=x&deep%5Bb%5D=1"),
      "exploded objects": sends("things.query", { flat: { p: "1", q: "2" } }, "GET /query?p=1&q=2"),
      "JSON": sends("things.query", { json: { n: 1 } }, "GET /query?json=%7B%22n%22%3A1%7D"),
      "reserved characters": sends("things.query", { raw: "a/b?c" }, "GET /query?raw=a/b?c"),
      "names with brackets": sends("things.query", { pageLimit: 5 }, "GET /query?page%5Blimit%5D=5"),
      "headers and cookies": (client) => Effect.gen(function*() {
        const { sent } = yield* client.call("things.head", { xIds: [1, 2], ids: [3, 4] }, { status: 204 })
        expect(sent?.headers).toMatchObject({ "x-ids": "1,2", cookie: "ids=3,4" })
      })
    }
  },
  {
    name: "parameters of 2 0",
    document: swagger(`
host: api.example.com
parameters: { Limit: { name: limit, in: query, type: integer, format: int32, maximum: 5 } }
paths:
  /things/{id}:
    get:
      operationId: getThing
      tags: [things]
      parameters:
        - { $ref: "#/parameters/Limit" }
        - { name: id, in: path, required: true, type: integer, format: int64 }
        - { name: csv, in: query, type: array, items: { type: string } }
        - { name: multi, in: query, type: array, items: { type: string, enum: [a, b] }, collectionFormat: multi }
        - { name: pipes, in: query, type: array, items: { type: string }, collectionFormat: pipes }
        - { name: tabs, in: query, type: array, items: { type: string }, collectionFormat: tsv }
        - { name: X-Req, in: header, type: string, required: true }
      ${ok}
`),
    types: `
claim<Same<Input<typeof things.getThing>, {
  readonly id: number
  readonly limit?: number | undefined
  readonly csv?: ReadonlyArray<string> | undefined
  readonly multi?: ReadonlyArray<"a" | "b"> | undefined
  readonly pipes?: ReadonlyArray<string> | undefined
  readonly tabs?: ReadonlyArray<string> | undefined
  readonly xReq: string
}>>()
`,
    behaves: {
      "each in its format": sends("things.getThing", { id: 1, xReq: "r", csv: ["a", "b"], multi: ["a", "b"], pipes: ["a", "b"], tabs: ["a", "b"], limit: 2 }, "GET /things/1?limit=2&csv=a,b&multi=a&multi=b&pipes=a%7Cb&tabs=a%09b"),
      "limits hold": refuses("things.getThing", { id: 1, xReq: "r", limit: 6 }, "limit")
    }
  },
  {
    name: "parameters whose names clash",
    document: paths(`
/things/{id}:
  post:
    operationId: makeThing
    tags: [things]
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
      - { name: id, in: query, schema: { type: integer } }
      - { name: ID, in: header, schema: { type: boolean } }
      - { name: id, in: cookie, schema: { type: string } }
      - { name: body, in: query, schema: { type: string } }
      - { name: contentType, in: query, schema: { type: string } }
      - { name: __proto__, in: query, schema: { type: string } }
      - { name: constructor, in: query, schema: { type: string } }
      - { name: default, in: query, schema: { type: string } }
      - { name: "", in: query, schema: { type: string } }
      - { name: "9to5", in: query, schema: { type: string } }
      - { name: "größe", in: query, schema: { type: string } }
      - { name: "filter.name", in: query, schema: { type: string } }
      - { name: "filter_name", in: query, schema: { type: string } }
      - { name: filterName, in: query, schema: { type: string } }
    requestBody: { content: { application/json: { schema: { type: string } }, application/octet-stream: { schema: { type: string, format: binary } } } }
    ${ok}
`),
    behaves: {
      "each has a name of its own, and its own on the wire": (client) => Effect.gen(function*() {
        const { inputs } = yield* client.run((at) => {
          const { input } = at("things")["makeThing"] as { input: Record<string, Record<string, unknown>> }
          return Effect.succeed(Object.fromEntries(["path", "query", "header", "cookie"].map((place) => [place, Object.keys(input[place] ?? {})])))
        }, {}).pipe(Effect.map(({ value }) => ({ inputs: value as Record<string, ReadonlyArray<string>> })))
        const all = Object.values(inputs).flat().map((name) => name.toLowerCase())
        expect(new Set(all).size).toBe(all.length)
        expect(all).not.toContain("body")
        expect(all).not.toContain("contenttype")
        expect(inputs["path"]).toEqual(["id"])
        const query = inputs["query"] ?? []
        const { error, sent } = yield* client.call("things.makeThing", { id: "1", ...Object.fromEntries(query.map((name, index) => [name, index === 0 ? 7 : `v${index}`])), body: "x" }, { status: 204 })
        expect(error).toBeUndefined()
        const names = [...new URLSearchParams(sent?.path.split("?")[1])].map(([name]) => name)
        expect(names).toEqual(["id", "body", "contentType", "__proto__", "constructor", "default", "", "9to5", "größe", "filter.name", "filter_name", "filterName"])
      })
    }
  },
  {
    name: "a path whose template and parameters disagree",
    document: paths(`
/a/{id}/{missing}: { get: { operationId: getA, tags: [things], parameters: [{ name: ID, in: path, required: true, schema: { type: integer } }, { name: extra, in: path, required: true, schema: { type: string } }], ${ok} } }
/b/{id}/{id}: { get: { operationId: getB, tags: [things], parameters: [{ name: id, in: path, schema: { type: integer } }], ${ok} } }
c/{x-y}.{format}: { get: { operationId: getC, tags: [things], parameters: [{ name: x-y, in: path, required: true, schema: { type: string } }, { name: format, in: path, required: true, schema: { type: string } }], ${ok} } }
/d/{}: { get: { operationId: getD, tags: [things], ${ok} } }
/e/{a: { get: { operationId: getE, tags: [things], ${ok} } }
`),
    warnings: [/\{missing\}, which no parameter describes/, /parameter is called ID/, /no place for the parameter extra/, /a path has to begin with \//],
    types: `
claim<Same<Input<typeof things.getA>, { readonly id: number; readonly missing: string }>>()
claim<Same<Input<typeof things.getB>, { readonly id: number }>>()
`,
    behaves: {
      "what can be made of it is made": sends("things.getA", { id: 1, missing: "m" }, "GET /a/1/m"),
      "a brace of no name is a character": (client) => Effect.gen(function*() {
        yield* sends("things.getD", undefined, "GET /d/%7B%7D")(client)
        yield* sends("things.getE", undefined, "GET /e/%7Ba")(client)
      }),
      "one value in two places": sends("things.getB", { id: 1 }, "GET /b/1/1"),
      "several in one segment": sends("things.getC", { xY: "1", format: "json" }, "GET /c/1.json")
    }
  },
  {
    name: "a path with slashes in a value",
    document: paths(`
/folder/v1/path{parent}/{name}: { get: { operationId: getFolder, tags: [things], parameters: [{ name: parent, in: path, required: true, schema: { type: string } }, { name: name, in: path, required: true, schema: { type: string } }], ${ok} } }
`),
    config: { preset: { name: "own", isPathLike: (_, name) => name === "parent" } },
    behaves: {
      "they are kept": sends("things.getFolder", { parent: "/a/b c", name: "n/m" }, "GET /folder/v1/path/a/b%20c/n%2Fm"),
      "climbing is refused": refuses("things.getFolder", { parent: "/a/../b", name: "n" }, "parent")
    }
  },
  {
    name: "paths with a verb, a fragment and a query",
    document: paths(`
"/tokens:refresh": { post: { operationId: refresh, tags: [things], ${ok} } }
"/tokens/{id}:revoke": { post: { operationId: revoke, tags: [things], parameters: [{ name: id, in: path, required: true, schema: { type: string } }], ${ok} } }
"/queue#Action=Send": { post: { operationId: send, tags: [things], ${ok} } }
"/search?fixed=1": { get: { operationId: search, tags: [things], parameters: [{ name: q, in: query, schema: { type: string } }], ${ok} } }
"/with space/ümlaut": { get: { operationId: odd, tags: [things], ${ok} } }
"/": { get: { operationId: root, tags: [things], ${ok} } }
"/trailing/": { get: { operationId: trailing, tags: [things], ${ok} } }
`),
    behaves: {
      "the verb stays": sends("things.refresh", undefined, "POST /tokens:refresh"),
      "also behind a value": sends("things.revoke", { id: "a:b" }, "POST /tokens/a%3Ab:revoke"),
      "a fragment never goes on the wire": sends("things.send", undefined, "POST /queue"),
      "a query of the path stays": sends("things.search", { q: "x" }, "GET /search?fixed=1&q=x"),
      "what is no URL is encoded": sends("things.odd", undefined, "GET /with%20space/%C3%BCmlaut"),
      "the root": sends("things.root", undefined, "GET /"),
      "a slash at the end": sends("things.trailing", undefined, "GET /trailing/")
    }
  },
  {
    name: "methods of all kinds",
    document: oas(`
paths:
  /thing:
    get: { operationId: a, tags: [things], ${ok} }
    put: { operationId: b, tags: [things], ${ok} }
    post: { operationId: c, tags: [things], ${ok} }
    delete: { operationId: d, tags: [things], requestBody: { content: { application/json: { schema: { type: array, items: { type: string } } } } }, ${ok} }
    options: { operationId: e, tags: [things], ${ok} }
    head: { operationId: f, tags: [things], ${ok} }
    patch: { operationId: g, tags: [things], ${ok} }
    trace: { operationId: h, tags: [things], ${ok} }
    query: { operationId: i, tags: [things], requestBody: { required: true, content: { application/json: { schema: { type: string } } } }, ${ok} }
    additionalOperations: { COPY: { operationId: j, tags: [things], ${ok} } }
`, "3.2.0"),
    types: "claim<Same<Input<typeof things.d>, { readonly body?: ReadonlyArray<string> | undefined }>>()",
    behaves: { "each by its name": (client) => Effect.gen(function*() {
      const seen: Array<string> = []
      for (const name of "abcdefgij") {
        const { error, sent } = yield* client.call(`things.${name}`, name === "i" ? { body: "x" } : undefined, { status: 204 })
        expect(error).toBeUndefined()
        seen.push(sent?.method ?? "")
      }
      expect(seen).toEqual(["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "QUERY", "COPY"])
    }) }
  },
  {
    name: "bodies of every kind",
    document: paths(`
/json: { post: { operationId: json, tags: [things], requestBody: { required: true, content: { application/json: { schema: { type: object, required: [a], properties: { a: { type: integer } } } } } }, ${ok} } }
/vendor: { post: { operationId: vendor, tags: [things], requestBody: { required: true, content: { application/vnd.x+json: { schema: { type: object, required: [a], properties: { a: { type: integer } } } } } }, ${ok} } }
/text: { post: { operationId: text, tags: [things], requestBody: { required: true, content: { text/plain: { schema: { type: string } } } }, ${ok} } }
/xml: { post: { operationId: xml, tags: [things], requestBody: { required: true, content: { application/xml: { schema: { type: object } } } }, ${ok} } }
/form: { post: { operationId: form, tags: [things], requestBody: { required: true, content: { application/x-www-form-urlencoded: { schema: { type: object, required: [a], properties: { a: { type: string }, list: { type: array, items: { type: integer } } } } } } }, ${ok} } }
/bytes: { post: { operationId: bytes, tags: [things], requestBody: { required: true, content: { application/octet-stream: { schema: { type: string, format: binary } } } }, ${ok} } }
/image: { post: { operationId: image, tags: [things], requestBody: { required: true, content: { "image/*": {} } }, ${ok} } }
/maybe: { post: { operationId: maybe, tags: [things], requestBody: { content: { application/json: { schema: { type: object, properties: { a: { type: integer } } } } } }, ${ok} } }
/maybeText: { post: { operationId: maybeText, tags: [things], requestBody: { content: { text/plain: { schema: { type: string } } } }, ${ok} } }
/nothing: { post: { operationId: nothing, tags: [things], requestBody: { content: {} }, ${ok} } }
`),
    types: `
claim<Same<Input<typeof things.json>, { readonly body: { readonly a: number } }>>()
claim<Same<Input<typeof things.vendor>, { readonly body: { readonly a: number } }>>()
claim<Same<Input<typeof things.text>, { readonly body: string }>>()
claim<Same<Input<typeof things.form>, { readonly body: { readonly a: string; readonly list?: ReadonlyArray<number> | undefined } }>>()
claim<Same<Input<typeof things.bytes>, { readonly body: Uint8Array }>>()
claim<Same<Input<typeof things.maybe>, { readonly body?: { readonly a?: number | undefined } | undefined }>>()
claim<Same<NeedsNothing<typeof things.maybeText>, true>>()
`,
    behaves: {
      "each with its media type": (client) => Effect.gen(function*() {
        const bytes = new Uint8Array([104, 105])
        for (const [name, body, type, sent] of [
          ["json", { a: 1 }, "application/json", "{\"a\":1}"],
          ["vendor", { a: 1 }, "application/vnd.x+json", "{\"a\":1}"],
          ["text", "hi", "text/plain", "hi"],
          ["xml", "<a/>", "application/xml", "<a/>"],
          ["form", { a: "x y", list: [1, 2] }, "application/x-www-form-urlencoded", "a=x+y&list=1&list=2"],
          ["bytes", bytes, "application/octet-stream", "hi"]
        ] as const) {
          const asked = yield* client.call(`things.${name}`, { body }, { status: 204 })
          expect(asked.error, name).toBeUndefined()
          expect(asked.sent?.headers["content-type"]?.split(";")[0], name).toBe(type)
          expect(asked.sent?.text, name).toBe(sent)
        }
        const image = yield* client.call("things.image", { contentType: "image/png", body: bytes }, { status: 204 })
        expect(image.sent?.headers["content-type"]).toBe("image/png")
      }),
      "none where none is given": (client) => Effect.gen(function*() {
        for (const name of ["maybe", "maybeText"]) {
          const { error, sent } = yield* client.call(`things.${name}`, undefined, { status: 204 })
          expect(error).toBeUndefined()
          expect(sent?.text).toBeUndefined()
        }
      })
    }
  },
  {
    name: "several media types of one body",
    document: paths(`
/thing:
  post:
    operationId: makeThing
    tags: [things]
    requestBody:
      required: true
      content:
        application/json: { schema: { $ref: "#/components/schemas/Thing" } }
        multipart/form-data: { schema: { type: object, required: [photo], properties: { photo: { type: string, format: binary }, note: { type: string } } } }
        text/csv: { schema: { type: string } }
    ${ok}
/other:
  post:
    operationId: makeOther
    tags: [things]
    requestBody:
      required: true
      content:
        text/csv: { schema: { type: string } }
        application/pdf: { schema: { type: string, format: binary } }
    ${ok}
components: { schemas: { Thing: { type: object, required: [name], properties: { name: { type: string } } } } }
`),
    types: `
things.makeThing({ body: { name: "a" } })
things.makeThing({ contentType: "application/json", body: { name: "a" } })
things.makeThing({ contentType: "multipart/form-data", body: { photo: { name: "a.png", content: "x" }, note: "n" } })
things.makeThing({ contentType: "text/csv", body: "a,b" })
// @ts-expect-error the body follows from its media type
things.makeThing({ contentType: "text/csv", body: { name: "a" } })
// @ts-expect-error a text is not the default
things.makeThing({ body: "a,b" })
things.makeOther({ contentType: "text/csv", body: "a,b" })
// @ts-expect-error none is the default
things.makeOther({ body: "a,b" })
`,
    behaves: {
      "the default": (client) => Effect.gen(function*() {
        const { sent } = yield* client.call("things.makeThing", { body: { name: "a" } }, { status: 204 })
        expect([sent?.headers["content-type"], sent?.text]).toEqual(["application/json", "{\"name\":\"a\"}"])
      }),
      "one that is named": (client) => Effect.gen(function*() {
        const csv = yield* client.call("things.makeThing", { contentType: "text/csv", body: "a,b" }, { status: 204 })
        expect([csv.sent?.headers["content-type"]?.split(";")[0], csv.sent?.text]).toEqual(["text/csv", "a,b"])
        const parts = yield* client.call("things.makeThing", { contentType: "multipart/form-data", body: { photo: { name: "a.png", content: "PNG" }, note: "n" } }, { status: 204 })
        expect(parts.sent?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/)
        expect(parts.sent?.text).toMatch(/name="photo"; filename="a.png"[\s\S]*PNG[\s\S]*name="note"[\s\S]*n/)
      }),
      "one has to be named where none is the default": refuses("things.makeOther", { body: "a,b" }, "contentType")
    }
  },
  {
    name: "patches",
    document: paths(`
/pods/{name}:
  patch:
    operationId: patchPod
    tags: [things]
    parameters: [{ name: name, in: path, required: true, schema: { type: string } }]
    requestBody:
      required: true
      content:
        application/json-patch+json: { schema: { $ref: "#/components/schemas/Patch" } }
        application/merge-patch+json: { schema: { $ref: "#/components/schemas/Patch" } }
        application/strategic-merge-patch+json: { schema: { $ref: "#/components/schemas/Patch" } }
        application/apply-patch+yaml: { schema: { $ref: "#/components/schemas/Patch" } }
    ${ok}
/one: { patch: { operationId: patchOne, tags: [things], requestBody: { required: true, content: { application/json-patch+json: { schema: { type: array, items: { type: object } } } } }, ${ok} } }
components: { schemas: { Patch: { type: object, description: a patch } } }
`),
    types: `
things.patchPod({ name: "p", contentType: "application/json-patch+json", body: [{ op: "replace", path: "/spec/replicas", value: 2 }] })
things.patchPod({ name: "p", contentType: "application/merge-patch+json", body: { spec: { replicas: 2 } } })
things.patchPod({ name: "p", contentType: "application/strategic-merge-patch+json", body: { spec: {} } })
things.patchPod({ name: "p", contentType: "application/apply-patch+yaml", body: { spec: {} } })
// @ts-expect-error which of them has to be said
things.patchPod({ name: "p", body: { spec: {} } })
`,
    behaves: { "each as what it is": (client) => Effect.gen(function*() {
      for (const [contentType, body] of [
        ["application/json-patch+json", [{ op: "replace", path: "/a", value: 2 }]],
        ["application/merge-patch+json", { a: null }],
        ["application/strategic-merge-patch+json", { a: 1 }],
        ["application/apply-patch+yaml", { a: 1 }]
      ] as const) {
        const { error, sent } = yield* client.call("things.patchPod", { name: "p", contentType, body }, { status: 204 })
        expect(error).toBeUndefined()
        expect(sent?.headers["content-type"]).toBe(contentType)
        expect(JSON.parse(sent?.text ?? "")).toEqual(body)
      }
    }) }
  },
  {
    name: "multipart with files",
    document: paths(`
/upload:
  post:
    operationId: upload
    tags: [things]
    requestBody:
      required: true
      content:
        multipart/form-data:
          schema:
            type: object
            required: [file, meta, tags]
            properties:
              file: { type: string, format: binary }
              more: { type: array, items: { type: string, format: binary } }
              maybe: { type: string, contentMediaType: application/octet-stream }
              meta: { type: object, required: [id], properties: { id: { type: integer } } }
              tags: { type: array, items: { type: string } }
              count: { type: integer }
          encoding: { meta: { contentType: application/json } }
    ${ok}
`),
    types: `
type Body = Input<typeof things.upload>["body"]
claim<Fits<{ readonly name: string; readonly content: Uint8Array }, Body["file"]>>()
claim<Fits<ReadonlyArray<{ readonly name: string; readonly content: string }>, NonNullable<Body["more"]>>>()
claim<Same<Body["meta"], { readonly id: number }>>()
claim<Same<Body["tags"], ReadonlyArray<string>>>()
claim<Same<Body["count"], number | undefined>>()
`,
    behaves: { "parts as they should be": (client) => Effect.gen(function*() {
      const { error, sent } = yield* client.call("things.upload", {
        body: { file: { name: "ü.txt", content: "hello", mediaType: "text/plain" }, more: [{ name: "1", content: "one" }, { name: "2", content: "two" }], meta: { id: 1 }, tags: ["a", "b"], count: 3 }
      }, { status: 204 })
      expect(error).toBeUndefined()
      const text = sent?.text ?? ""
      expect(text).toMatch(/name="file"; filename[^\n]*\r\n(content-type: text\/plain\r\n)?/i)
      expect(text.match(/name="more"; filename=/g)).toHaveLength(2)
      expect(text).toMatch(/name="meta"\r\ncontent-type: application\/json\r\n\r\n\{"id":1\}/i)
      expect(text).toMatch(/name="count"[^]*?\r\n\r\n3\r\n/)
    }) }
  },
  {
    name: "forms of 2 0",
    document: swagger(`
host: api.example.com
paths:
  /form: { post: { operationId: form, tags: [things], consumes: [application/x-www-form-urlencoded], parameters: [{ name: a, in: formData, type: string, required: true }, { name: b, in: formData, type: integer }], ${ok} } }
  /file: { post: { operationId: file, tags: [things], consumes: [multipart/form-data], parameters: [{ name: up, in: formData, type: file, required: true }, { name: note, in: formData, type: string }], ${ok} } }
  /body: { post: { operationId: body, tags: [things], consumes: [application/json], parameters: [{ name: thing, in: body, required: true, schema: { type: object, required: [a], properties: { a: { type: string } } } }], ${ok} } }
  /both: { post: { operationId: both, tags: [things], consumes: [application/json, application/xml], parameters: [{ name: thing, in: body, schema: { type: object, properties: { a: { type: string } } } }], ${ok} } }
`),
    types: `
claim<Same<Input<typeof things.form>, { readonly body: { readonly a: string; readonly b?: number | undefined } }>>()
claim<Same<Input<typeof things.body>, { readonly body: { readonly a: string } }>>()
claim<Same<NeedsNothing<typeof things.both>, true>>()
`,
    behaves: {
      "a form": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.form", { body: { a: "x", b: 1 } }, { status: 204 })).sent?.text).toBe("a=x&b=1")
      }),
      "a file": (client) => Effect.gen(function*() {
        expect((yield* client.call("things.file", { body: { up: { name: "f", content: "data" }, note: "n" } }, { status: 204 })).sent?.text).toContain("data")
      })
    }
  }
]
