/**
 * The corpus' own validator must be strict, or what it measures means nothing: each wrong request is seen to be wrong.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { makeJudge } from "../../scripts/corpus/judge.ts"
import { checkRequest, type Sent } from "../../scripts/corpus/request.ts"
import { sampleFor } from "../../scripts/corpus/sample.ts"
import { baseByLibrary, baseOf } from "../../scripts/corpus/servers.ts"
import { type Operation, operations, read } from "../../scripts/corpus/spec.ts"

const parsed = (root: object): ReadonlyArray<Operation> => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "corpus-test-")), "api.json")
  fs.writeFileSync(file, JSON.stringify(root))
  return operations(read(file))
}

const operationOf = (operation: object, template = "/things/{id}", more: object = {}): Operation => {
  const [found] = parsed({ openapi: "3.0.3", info: { title: "t", version: "1" }, servers: [{ url: "https://api.test/v1" }], paths: { [template]: { post: operation } }, ...more })
  assert.isDefined(found)
  return found
}

const causes = (operation: Operation, url: string, sent: Partial<Omit<Sent, "url">> = {}, given: Readonly<Record<string, unknown>> = {}): ReadonlyArray<string> =>
  checkRequest(
    makeJudge(operation.document, "request"),
    operation,
    "https://api.test/v1",
    { method: "POST", headers: {}, body: undefined, ...sent, url: new URL(url, "https://api.test") },
    new Map(Object.entries(given))
  ).map((problem) => problem.cause)

const id = { name: "id", in: "path", required: true, schema: { type: "integer" } }
const query = (schema: object, more: object = {}) => ({ name: "q", in: "query", schema, ...more })

describe("a request is held against the document", () => {
  it("path", () => {
    const operation = operationOf({ parameters: [id], responses: {} })
    assert.deepStrictEqual(causes(operation, "/v1/things/12"), [])
    assert.deepStrictEqual(causes(operation, "/v1/things/twelve"), ["path parameter does not fit its schema"])
    assert.deepStrictEqual(causes(operation, "/v2/things/12"), ["not below the base URL"])
    assert.deepStrictEqual(causes(operation, "/v1/other/12"), ["the path is not the template"])
    assert.deepStrictEqual(causes(operation, "/v1/things/12", { method: "PUT" }), ["another method"])
  })

  it("path styles", () => {
    const list = { type: "array", items: { type: "integer" } }
    const styled = (style: string, explode: boolean) => operationOf({ parameters: [{ ...id, schema: list, style, explode }], responses: {} })
    assert.deepStrictEqual(causes(styled("simple", false), "/v1/things/3,4"), [])
    assert.deepStrictEqual(causes(styled("label", false), "/v1/things/.3,4"), [])
    assert.deepStrictEqual(causes(styled("label", true), "/v1/things/.3.4"), [])
    assert.deepStrictEqual(causes(styled("matrix", false), "/v1/things/;id=3,4"), [])
    assert.deepStrictEqual(causes(styled("matrix", true), "/v1/things/;id=3;id=4"), [])
    assert.deepStrictEqual(causes(styled("label", true), "/v1/things/3,4"), ["path parameter in another style"])
    assert.deepStrictEqual(causes(styled("matrix", true), "/v1/things/3,4"), ["path parameter in another style"])
  })

  it("query", () => {
    const integers = query({ type: "array", items: { type: "integer" } })
    const base = "/v1/things/1"
    const given = (parameter: object) => operationOf({ parameters: [id, parameter], responses: {} })
    assert.deepStrictEqual(causes(given(integers), `${base}?q=1&q=2`), [])
    assert.deepStrictEqual(causes(given(integers), `${base}?q=1,2`), ["query parameter does not fit its schema"])
    assert.deepStrictEqual(causes(given({ ...integers, explode: false }), `${base}?q=1,2`), [])
    assert.deepStrictEqual(causes(given({ ...integers, explode: false }), `${base}?q=1&q=2`), ["query parameter repeated though its style joins"])
    assert.deepStrictEqual(causes(given({ ...integers, style: "pipeDelimited", explode: false }), `${base}?q=1%7C2`), [])
    assert.deepStrictEqual(causes(given({ ...integers, style: "spaceDelimited", explode: false }), `${base}?q=1%202`), [])
    const filter = query({ type: "object", properties: { a: { type: "integer" } }, additionalProperties: false }, { style: "deepObject", explode: true })
    assert.deepStrictEqual(causes(given(filter), `${base}?q%5Ba%5D=1`), [])
    assert.deepStrictEqual(causes(given(filter), `${base}?q%5Bb%5D=1`), ["query parameter does not fit its schema"])
    assert.deepStrictEqual(causes(given(query({ type: "boolean" }, { required: true })), base), ["required query parameter is not sent"])
    assert.deepStrictEqual(causes(given(query({ enum: ["a"] })), `${base}?q=b`), ["query parameter does not fit its schema"])
    assert.deepStrictEqual(causes(given(integers), `${base}?other=1`), ["query parameter that is not declared"])
    assert.deepStrictEqual(causes(operationOf({ parameters: [id], responses: {} }, "/things/{id}?fixed=yes"), base), ["the query of the path is not sent"])
  })

  it("header and cookie", () => {
    const operation = operationOf({
      parameters: [id, { name: "X-Count", in: "header", required: true, schema: { type: "integer" } }, { name: "flavour", in: "cookie", required: true, schema: { type: "string" } }],
      responses: {}
    })
    assert.deepStrictEqual(causes(operation, "/v1/things/1", { headers: { "x-count": "3", cookie: "a=b; flavour=sweet" } }), [])
    assert.deepStrictEqual(causes(operation, "/v1/things/1", { headers: { "x-count": "many", cookie: "flavour=sweet" } }), ["header parameter does not fit its schema"])
    assert.deepStrictEqual(causes(operation, "/v1/things/1"), ["required header parameter is not sent", "required cookie parameter is not sent"])
  })

  it("body", () => {
    const schema = { type: "object", properties: { size: { type: "integer" }, at: { type: "string", format: "date-time", nullable: true } }, required: ["size"] }
    const of = (type: string) => operationOf({ parameters: [id], requestBody: { required: true, content: { [type]: { schema } } }, responses: {} })
    const sent = (body: string, type: string) => ({ body, headers: { "content-type": type } })
    assert.deepStrictEqual(causes(of("application/json"), "/v1/things/1", sent("{\"size\":1,\"at\":null}", "application/json")), [])
    assert.deepStrictEqual(causes(of("application/json"), "/v1/things/1", sent("{\"size\":\"1\"}", "application/json")), ["application/json body does not fit its schema"])
    assert.deepStrictEqual(causes(of("application/json"), "/v1/things/1", sent("{\"size\":1,\"at\":\"soon\"}", "application/json")), ["application/json body does not fit its schema"])
    assert.deepStrictEqual(causes(of("application/json"), "/v1/things/1", sent("{}", "text/csv")), ["content-type that is not declared"])
    assert.deepStrictEqual(causes(of("application/json"), "/v1/things/1"), ["the required body is not sent"])
    assert.deepStrictEqual(causes(of("application/x-www-form-urlencoded"), "/v1/things/1", sent("size=1", "application/x-www-form-urlencoded")), [])
    assert.deepStrictEqual(causes(of("application/x-www-form-urlencoded"), "/v1/things/1", sent("size=big", "application/x-www-form-urlencoded")), ["application/x-www-form-urlencoded body does not fit its schema"])
    const multipart = (value: string) => `--b\r\ncontent-disposition: form-data; name="size"\r\n\r\n${value}\r\n--b--\r\n`
    assert.deepStrictEqual(causes(of("multipart/form-data"), "/v1/things/1", sent(multipart("1"), "multipart/form-data; boundary=b")), [])
    assert.deepStrictEqual(causes(of("multipart/form-data"), "/v1/things/1", sent(multipart("big"), "multipart/form-data; boundary=b")), ["multipart/form-data body does not fit its schema"])
  })

  it("what the call was given arrives", () => {
    const operation = operationOf({ parameters: [{ ...id, schema: { type: "string" } }, query({ type: "array", items: { type: "string" } }, { explode: false })], responses: {} })
    assert.deepStrictEqual(causes(operation, "/v1/things/a%2Fb?q=x%2Cy,z", {}, { "path id": "a/b", "query q": ["x,y", "z"] }), [])
    assert.deepStrictEqual(causes(operation, "/v1/things/a%252Fb?q=x,y,z", {}, { "path id": "a/b", "query q": ["x,y", "z"] }), ["path parameter arrives as something else", "query parameter arrives as something else"])
    const body = operationOf({ parameters: [id], requestBody: { content: { "application/json": { schema: {} } } }, responses: {} })
    assert.deepStrictEqual(causes(body, "/v1/things/1", { body: "{\"a\":1}", headers: { "content-type": "application/json" } }, { body: { a: 1 } }), [])
    assert.deepStrictEqual(causes(body, "/v1/things/1", { body: "{\"a\":2}", headers: { "content-type": "application/json" } }, { body: { a: 1 } }), ["application/json body arrives as something else"])
  })

  it("security", () => {
    const components = { securitySchemes: { key: { type: "apiKey", in: "query", name: "key" }, token: { type: "http", scheme: "bearer" } } }
    const operation = operationOf({ parameters: [id], security: [{ key: [] }, { token: [] }], responses: {} }, "/things/{id}", { components })
    assert.deepStrictEqual(causes(operation, "/v1/things/1?key=k"), [])
    assert.deepStrictEqual(causes(operation, "/v1/things/1", { headers: { authorization: "Bearer t" } }), [])
    assert.deepStrictEqual(causes(operation, "/v1/things/1"), ["no alternative of the security is met"])
  })
})

describe("examples from a document's schemas", () => {
  const document = operationOf({ responses: {} }, "/", {
    components: {
      schemas: {
        Pet: { type: "object", discriminator: { propertyName: "kind" }, properties: { kind: { type: "string" }, name: { type: "string" } }, required: ["kind", "name"] },
        Cat: { allOf: [{ $ref: "#/components/schemas/Pet" }, { type: "object", properties: { lives: { type: "integer", maximum: 9 } }, required: ["lives"] }] },
        Tree: { type: "object", properties: { children: { type: "array", items: { $ref: "#/components/schemas/Tree" } } } }
      }
    }
  }).document

  it("fit, recursive ones too", () => {
    const judge = makeJudge(document, "response")
    for (const name of ["Pet", "Cat", "Tree"]) {
      for (let seed = 0; seed < 20; seed++) assert.property(sampleFor(judge, { $ref: `#/components/schemas/${name}` }, seed), "value")
    }
    // what a base's discriminator names must be whole
    assert.isFalse(judge.check({ $ref: "#/components/schemas/Pet" }, { kind: "Cat", name: "Tom" }).ok)
    assert.isTrue(judge.check({ $ref: "#/components/schemas/Pet" }, { kind: "Cat", name: "Tom", lives: 9 }).ok)
  })

  it("say where a schema contradicts itself", () => {
    assert.property(sampleFor(makeJudge(document, "response"), { type: "array", enum: ["text"] }, 1), "problem")
  })
})

describe("base URLs", () => {
  it("the nearest server, variables at their defaults; as another library has it", () => {
    const [own, shared, root] = parsed({
      openapi: "3.0.3",
      info: { title: "t", version: "1" },
      servers: [{ url: "https://{region}.test/v1/", variables: { region: { default: "eu" } } }],
      paths: {
        "/a": { servers: [{ url: "https://path.test" }], get: { servers: [{ url: "https://operation.test/x" }] } },
        "/b": { servers: [{ url: "https://path.test" }], get: {} },
        "/c": { get: {} }
      }
    })
    for (const [operation, base] of [[own, "https://operation.test/x"], [shared, "https://path.test"], [root, "https://eu.test/v1"]] as const) {
      assert.isDefined(operation)
      assert.strictEqual(baseOf(operation), base)
      assert.strictEqual(baseByLibrary(operation), base)
    }
  })

  it("of 2.0", () => {
    const [operation] = parsed({ swagger: "2.0", info: { title: "t", version: "1" }, host: "api.test", basePath: "/v1", schemes: ["http", "https"], paths: { "/a": { get: {} } } })
    assert.isDefined(operation)
    assert.strictEqual(baseOf(operation), "https://api.test/v1")
  })
})
