import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import type { Config } from "../../../kit/src/openapi/config.ts"
import { type Change, diff, type Difference, diffDocuments, differenceData, formatDifference, reaches, rules } from "../../../kit/src/openapi/diff/index.ts"
import { folder, loadText, openapi, services } from "./documentSupport.ts"

type Data = Readonly<Record<string, unknown>>

const repository = join(import.meta.dirname, "../../..")

/** A document with one operation, `GET /pets`. */
const get = (operation: Data, more: Data = {}): string => openapi({ paths: { "/pets": { get: { operationId: "listPets", responses: { 204: { description: "" } }, ...operation } } }, ...more })

const json = (schema: unknown): Data => ({ content: { "application/json": { schema } } })

/** Its answer. */
const answer = (schema: unknown, schemas: Data = {}): string => get({ responses: { 200: { description: "", ...json(schema) } } }, { components: { schemas } })

/** A document with `POST /pets`, and what it takes. */
const post = (requestBody: unknown, more: Data = {}): string => openapi({ paths: { "/pets": { post: { operationId: "addPet", ...(requestBody === undefined ? {} : { requestBody }), responses: { 204: { description: "" } } } } }, ...more })

const body = (schema: unknown, schemas: Data = {}): string => post({ required: true, ...json(schema) }, { components: { schemas } })

const parameter = (more: Data, operation: Data = {}): string => get({ parameters: [{ name: "limit", in: "query", schema: { type: "integer" }, ...more }], ...operation })

const object = (properties: Data, required: ReadonlyArray<string> = [], more: Data = {}): Data => ({ type: "object", properties, required, ...more })

const string = { type: "string" }
const integer = { type: "integer" }
const described = { description: "" }

const pet = object({ name: string })
const circle = object({ kind: string, radius: { type: "number" } }, ["kind", "radius"])
const square = object({ kind: string, side: { type: "number" } }, ["kind", "side"])
const ref = (name: string): Data => ({ $ref: `#/components/schemas/${name}` })

const schemes = (securitySchemes: Data, security?: unknown): string => get(security === undefined ? {} : { security }, { components: { securitySchemes } })
const key = { type: "apiKey", in: "header", name: "X-Key" }
const bearer = { type: "http", scheme: "bearer" }

interface Row {
  readonly about: string
  readonly old: string
  readonly new: string
  /** what OLD to NEW has: severity and rule */
  readonly forth: ReadonlyArray<string>
  /** what NEW to OLD has */
  readonly back: ReadonlyArray<string>
  readonly config?: Config
}

/** In a request and in an answer. */
const both = (about: string, old: Data, next: Data, request: Pick<Row, "forth" | "back">, answered: Pick<Row, "forth" | "back">, config: Config = {}): ReadonlyArray<Row> => [
  { about: `${about}, in a request`, old: body(object({ a: old }, ["a"])), new: body(object({ a: next }, ["a"])), ...request, config },
  { about: `${about}, in an answer`, old: answer(object({ a: old }, ["a"])), new: answer(object({ a: next }, ["a"])), ...answered, config }
]

const rows: ReadonlyArray<Row> = [
  // operations
  { about: "an operation", old: openapi(), new: get({}), forth: ["feature operation-added"], back: ["breaking operation-removed"] },
  {
    about: "the path of an operation",
    old: get({}),
    new: openapi({ paths: { "/animals": { get: { operationId: "listPets", tags: ["pets"], responses: { 204: described } } } } }),
    forth: ["breaking operation-moved"],
    back: ["breaking operation-moved"]
  },
  {
    about: "the method of an operation",
    old: get({}),
    new: openapi({ paths: { "/pets": { post: { operationId: "listPets", responses: { 204: described } } } } }),
    forth: ["breaking operation-moved"],
    back: ["breaking operation-moved"]
  },
  { about: "a deprecated operation", old: get({}), new: get({ deprecated: true }), forth: ["feature operation-deprecated"], back: ["fix operation-undeprecated"] },
  { about: "the operation id", old: get({}), new: get({ operationId: "findPets" }), forth: ["breaking function-renamed"], back: ["breaking function-renamed"] },
  { about: "the tag", old: get({}), new: get({ tags: ["animals"] }), forth: ["breaking function-renamed"], back: ["breaking function-renamed"] },
  { about: "the title", old: get({}), new: get({}, { info: { title: "Petstore", version: "1" } }), forth: ["breaking session-renamed"], back: ["breaking session-renamed"] },
  { about: "the title, where the config names the session", old: get({}), new: get({}, { info: { title: "Petstore", version: "1" } }), forth: [], back: [], config: { session: "Zoo" } },
  { about: "the summary", old: get({ summary: "lists" }), new: get({ summary: "lists all" }), forth: ["fix docs-changed"], back: ["fix docs-changed"] },
  { about: "the words about a parameter", old: parameter({ description: "how many" }), new: parameter({ description: "how few" }), forth: ["fix docs-changed"], back: ["fix docs-changed"] },

  // parameters
  { about: "a parameter", old: get({}), new: parameter({}), forth: ["feature parameter-added"], back: ["breaking parameter-removed"] },
  { about: "a required parameter", old: get({}), new: parameter({ required: true }), forth: ["breaking parameter-added"], back: ["breaking parameter-removed"] },
  { about: "a parameter that is required now", old: parameter({}), new: parameter({ required: true }), forth: ["breaking parameter-required"], back: ["feature parameter-optional"] },
  { about: "the place of a parameter", old: parameter({}), new: parameter({ in: "header" }), forth: ["breaking parameter-moved"], back: ["breaking parameter-moved"] },
  {
    about: "the name of a path parameter",
    old: openapi({ paths: { "/pets/{id}": { get: { operationId: "getPet", parameters: [{ name: "id", in: "path", required: true, schema: string }], responses: { 204: described } } } } }),
    new: openapi({ paths: { "/pets/{petId}": { get: { operationId: "getPet", parameters: [{ name: "petId", in: "path", required: true, schema: string }], responses: { 204: described } } } } }),
    forth: ["breaking parameter-renamed"],
    back: ["breaking parameter-renamed"]
  },
  {
    about: "a name in the input that another parameter takes",
    old: get({ parameters: [{ name: "page", in: "header", schema: string }] }),
    new: get({ parameters: [{ name: "page", in: "header", schema: string }, { name: "page", in: "query", schema: string }] }),
    forth: ["breaking parameter-renamed", "feature parameter-added"],
    back: ["breaking parameter-removed", "breaking parameter-renamed"]
  },
  { about: "the case of a header, which is all the same", old: parameter({ in: "header", name: "X-Limit" }), new: parameter({ in: "header", name: "x-limit" }), forth: [], back: [] },
  { about: "the case of a parameter", old: parameter({ name: "user-limit" }), new: parameter({ name: "USER-limit" }), forth: ["breaking parameter-renamed"], back: ["breaking parameter-renamed"] },
  {
    about: "the style of one value in the path",
    old: openapi({ paths: { "/pets/{id}": { get: { operationId: "getPet", parameters: [{ name: "id", in: "path", required: true, schema: string }], responses: { 204: described } } } } }),
    new: openapi({ paths: { "/pets/{id}": { get: { operationId: "getPet", parameters: [{ name: "id", in: "path", style: "label", required: true, schema: string }], responses: { 204: described } } } } }),
    forth: ["breaking parameter-style"],
    back: ["breaking parameter-style"]
  },
  { about: "a parameter that is JSON", old: parameter({ schema: { type: "array", items: string } }), new: get({ parameters: [{ name: "limit", in: "query", ...json({ type: "array", items: string }) }] }), forth: ["breaking parameter-style"], back: ["breaking parameter-style"] },
  {
    about: "how a list is written",
    old: parameter({ schema: { type: "array", items: string } }),
    new: parameter({ schema: { type: "array", items: string }, explode: false }),
    forth: ["breaking parameter-style"],
    back: ["breaking parameter-style"]
  },
  { about: "how one value is written, which is all the same", old: parameter({}), new: parameter({ style: "form", explode: false }), forth: [], back: [] },
  { about: "reserved characters", old: parameter({ allowReserved: true }), new: parameter({}), forth: ["breaking parameter-style"], back: ["feature parameter-style"] },
  { about: "a deprecated parameter", old: parameter({}), new: parameter({ deprecated: true }), forth: ["feature parameter-deprecated"], back: ["fix parameter-undeprecated"] },
  { about: "the default of a parameter", old: parameter({ schema: { type: "integer", default: 10 } }), new: parameter({ schema: { type: "integer", default: 20 } }), forth: ["breaking default-changed"], back: ["breaking default-changed"] },
  { about: "a default of a parameter", old: parameter({}), new: parameter({ schema: { type: "integer", default: 20 } }), forth: ["fix default-changed"], back: ["fix default-changed"] },
  { about: "the type of a parameter", old: parameter({}), new: parameter({ schema: { type: "boolean" } }), forth: ["breaking type-changed"], back: ["breaking type-changed"] },

  // bodies
  { about: "a body", old: post(undefined), new: post(json(pet)), forth: ["feature body-added"], back: ["breaking body-removed"] },
  { about: "a required body", old: post(undefined), new: body(pet), forth: ["breaking body-added"], back: ["breaking body-removed"] },
  { about: "a body that is required now", old: post(json(pet)), new: body(pet), forth: ["breaking body-required"], back: ["feature body-optional"] },
  {
    about: "a media type of a body",
    old: body(pet),
    new: post({ required: true, content: { ...json(pet)["content"] as Data, "application/x-www-form-urlencoded": { schema: pet } } }),
    forth: ["feature media-added"],
    back: ["breaking media-removed"]
  },
  {
    about: "a media type of a body that the client does not send",
    old: body(pet),
    new: post({ required: true, content: { ...json(pet)["content"] as Data, "application/xml": { schema: pet } } }),
    forth: ["fix media-added"],
    back: ["fix media-removed"]
  },
  {
    about: "a media type that has to be named now",
    old: post({ required: true, content: { "application/json-patch+json": { schema: { type: "array", items: pet } } } }),
    new: post({ required: true, content: { "application/json-patch+json": { schema: { type: "array", items: pet } }, "application/merge-patch+json": { schema: pet } } }),
    forth: ["breaking media-default", "feature media-added"],
    back: ["breaking media-removed"]
  },
  {
    about: "a media type that is sent in another's place",
    old: post({ required: true, content: { "application/x-www-form-urlencoded": { schema: pet } } }),
    new: post({ required: true, content: { "application/x-www-form-urlencoded": { schema: pet }, "application/json": { schema: pet } } }),
    forth: ["breaking media-default", "feature media-added"],
    back: ["breaking media-removed"]
  },
  {
    about: "the content type of a part",
    old: post({ required: true, content: { "multipart/form-data": { schema: pet } } }),
    new: post({ required: true, content: { "multipart/form-data": { schema: pet, encoding: { name: { contentType: "text/csv" } } } } }),
    forth: ["breaking encoding-changed"],
    back: ["breaking encoding-changed"]
  },

  // answers
  { about: "a status of success", old: get({}), new: get({ responses: { 202: described, 204: described } }), forth: ["breaking status-added"], back: ["breaking status-removed"] },
  { about: "a status of an error", old: get({}), new: get({ responses: { 204: described, 404: described } }), forth: ["feature status-added"], back: ["breaking status-removed"] },
  { about: "a status that the client treats alike", old: get({}), new: get({ responses: { 204: described, 401: described } }), forth: ["fix status-added"], back: ["fix status-removed"] },
  {
    about: "an exact status in place of a range",
    old: get({ responses: { 204: described, "4XX": described } }),
    new: get({ responses: { 204: described, "4XX": described, 404: described } }),
    forth: ["breaking status-added"],
    back: ["breaking status-removed"]
  },
  {
    about: "a status in place of default",
    old: get({ responses: { default: { description: "", ...json(pet) } } }),
    new: get({ responses: { 200: { description: "", ...json(pet) } } }),
    forth: ["feature status-added", "fix status-removed"],
    back: ["feature status-added"]
  },
  {
    about: "a success in a range",
    old: get({ responses: { "2XX": { description: "", ...json(pet) } } }),
    new: get({ responses: { 200: { description: "", ...json(pet) }, "2XX": { description: "", ...json(pet) } } }),
    forth: ["feature status-added"],
    back: []
  },
  {
    about: "the body of an error",
    old: get({ responses: { 204: described, 404: { description: "", ...json(object({ reason: string })) } } }),
    new: get({ responses: { 204: described, 404: { description: "", ...json(object({ reason: integer })) } } }),
    forth: ["breaking type-changed"],
    back: ["breaking type-changed"]
  },
  { about: "a body of an answer", old: get({ responses: { 200: described } }), new: answer(pet), forth: ["feature body-added"], back: ["breaking body-removed"] },
  {
    about: "a media type of an answer",
    old: answer(pet),
    new: get({ responses: { 200: { description: "", content: { "application/json": { schema: pet }, "text/csv": { schema: string } } } } }),
    forth: ["feature media-added"],
    back: ["breaking media-removed"]
  },
  {
    about: "a media type of an answer that the client does not ask for",
    old: answer(pet),
    new: get({ responses: { 200: { description: "", content: { "application/json": { schema: pet }, "application/xml": { schema: pet } } } } }),
    forth: ["fix media-added"],
    back: ["fix media-removed"]
  },
  {
    about: "a media type that an answer is read as",
    old: get({ responses: { 200: { description: "", content: { "text/csv": { schema: string } } } } }),
    new: get({ responses: { 200: { description: "", content: { "text/csv": { schema: string }, "application/json": { schema: pet } } } } }),
    forth: ["breaking media-default", "feature media-added"],
    back: ["breaking media-removed"]
  },
  {
    about: "the items of a stream",
    old: get({ responses: { 200: { description: "", content: { "application/jsonl": { itemSchema: string } } } } }, { openapi: "3.2.0" }),
    new: get({ responses: { 200: { description: "", content: { "application/jsonl": { itemSchema: integer } } } } }, { openapi: "3.2.0" }),
    forth: ["breaking type-changed"],
    back: ["breaking type-changed"]
  },
  {
    about: "what each of two media types holds",
    old: get({ responses: { 200: { description: "", content: { "application/json": { schema: pet }, "application/vnd.pet+json": { schema: object({ a: string }) } } } } }),
    new: get({ responses: { 200: { description: "", content: { "application/json": { schema: pet }, "application/vnd.pet+json": { schema: object({ a: integer }) } } } } }),
    forth: ["breaking type-changed"],
    back: ["breaking type-changed"]
  },
  {
    about: "a response header",
    old: get({}),
    new: get({ responses: { 204: { description: "", headers: { "x-rate-limit": { schema: integer } } } } }),
    forth: ["feature header-added"],
    back: ["breaking header-removed"]
  },
  {
    about: "the type of a response header",
    old: get({ responses: { 204: { description: "", headers: { "x-rate-limit": { schema: string } } } } }),
    new: get({ responses: { 204: { description: "", headers: { "X-Rate-Limit": { schema: integer } } } } }),
    forth: ["breaking type-changed"],
    back: ["breaking type-changed"]
  },

  // members
  { about: "a member of a request", old: body(object({})), new: body(object({ name: string })), forth: ["feature member-added"], back: ["breaking member-removed"] },
  { about: "a required member of a request", old: body(object({})), new: body(object({ name: string }, ["name"])), forth: ["breaking member-added"], back: ["breaking member-removed"] },
  { about: "a member of a request that is required now", old: body(pet), new: body(object({ name: string }, ["name"])), forth: ["breaking member-required"], back: ["feature member-optional"] },
  { about: "a member of an answer", old: answer(object({})), new: answer(object({ name: string }, ["name"])), forth: ["feature member-added"], back: ["breaking member-removed"] },
  { about: "a member of an answer that is always there now", old: answer(pet), new: answer(object({ name: string }, ["name"])), forth: ["feature member-required"], back: ["breaking member-optional"] },
  { about: "a member that only answers have, of a request", old: body(pet), new: body(object({ name: string, id: { ...string, readOnly: true } }, ["id"])), forth: [], back: [] },
  { about: "a member that only requests have, of an answer", old: answer(pet), new: answer(object({ name: string, password: { ...string, writeOnly: true } }, ["password"])), forth: [], back: [] },
  { about: "a member that becomes read only", old: body(pet), new: body(object({ name: { ...string, readOnly: true } })), forth: ["breaking member-removed"], back: ["feature member-added"] },
  {
    about: "a name that has to be there, in a request",
    old: body(object({}, [], { additionalProperties: string })),
    new: body(object({}, ["name"], { additionalProperties: string })),
    forth: ["breaking member-required"],
    back: ["feature member-optional"]
  },
  {
    about: "a name that has to be there, in an answer",
    old: answer(object({}, [], { additionalProperties: string })),
    new: answer(object({}, ["name"], { additionalProperties: string })),
    forth: ["feature member-required"],
    back: ["breaking member-optional"]
  },
  ...both("members of any name", object({ a: string }), object({ a: string }, [], { additionalProperties: string }), { forth: ["feature member-added"], back: ["breaking member-removed"] }, { forth: ["feature member-added"], back: ["breaking member-removed"] }),
  ...both(
    "what members of any name hold",
    object({}, [], { additionalProperties: string }),
    object({}, [], { additionalProperties: integer }),
    { forth: ["breaking type-changed"], back: ["breaking type-changed"] },
    { forth: ["breaking type-changed"], back: ["breaking type-changed"] }
  ),
  ...both("members by their beginning", object({ a: string }), object({ a: string }, [], { patternProperties: { "^x-": string } }), { forth: ["feature member-added"], back: ["breaking member-removed"] }, { forth: ["feature member-added"], back: ["breaking member-removed"] }),
  ...both(
    "what members by their beginning hold",
    object({ a: string }, [], { patternProperties: { "^x-": integer } }),
    object({ a: string }, [], { patternProperties: { "^x-": string } }),
    { forth: ["breaking type-changed"], back: ["breaking type-changed"] },
    { forth: ["breaking type-changed"], back: ["breaking type-changed"] }
  ),
  ...both("a deprecated member", string, { ...string, deprecated: true }, { forth: ["feature member-deprecated"], back: ["fix member-undeprecated"] }, { forth: ["feature member-deprecated"], back: ["fix member-undeprecated"] }),
  ...both("the default of a member", { ...string, default: "x" }, { ...string, default: "y" }, { forth: ["breaking default-changed"], back: ["breaking default-changed"] }, { forth: [], back: [] }),
  ...both("a default of a member", string, { ...string, default: "y" }, { forth: ["fix default-changed"], back: ["fix default-changed"] }, { forth: [], back: [] }),
  {
    about: "a default that takes the place of an absent member",
    old: answer(object({ name: string })),
    new: answer(object({ name: { ...string, default: "x" } })),
    forth: ["feature default-changed"],
    back: ["breaking default-changed"],
    config: { defaults: true }
  },

  {
    about: "another default that takes the place of an absent member",
    old: answer(object({ name: { ...string, default: "x" } })),
    new: answer(object({ name: { ...string, default: "y" } })),
    forth: ["breaking default-changed"],
    back: ["breaking default-changed"],
    config: { defaults: true }
  },

  // types
  ...both("a type", string, integer, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }),
  ...both("a list in place of one", string, { type: "array", items: string }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }),
  ...both("the items of a list", { type: "array", items: string }, { type: "array", items: integer }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }),
  ...both("any value in place of a type", string, {}, { forth: ["feature type-widened"], back: ["breaking type-narrowed"] }, { forth: ["breaking type-widened"], back: ["feature type-narrowed"] }),
  ...both("fractions", integer, { type: "number" }, { forth: ["feature type-widened"], back: ["breaking type-narrowed"] }, { forth: ["breaking type-widened"], back: ["fix type-narrowed"] }),
  ...both("null", string, { type: ["string", "null"] }, { forth: ["feature null-added"], back: ["breaking null-removed"] }, { forth: ["breaking null-added"], back: ["feature null-removed"] }),
  ...both("null alone", { type: "null" }, { type: ["string", "null"] }, { forth: ["feature type-widened"], back: ["breaking type-narrowed"] }, { forth: ["breaking type-widened"], back: ["feature type-narrowed"] }),
  ...both("a format that is checked", string, { ...string, format: "uuid" }, { forth: ["breaking format-changed"], back: ["feature format-changed"] }, { forth: ["fix format-changed"], back: ["feature format-changed"] }),
  ...both("a format in place of another", { ...string, format: "date" }, { ...string, format: "date-time" }, { forth: ["breaking format-changed"], back: ["breaking format-changed"] }, { forth: ["breaking format-changed"], back: ["breaking format-changed"] }),
  ...both("a format that is a hint", string, { ...string, format: "markdown" }, { forth: ["fix format-changed"], back: ["fix format-changed"] }, { forth: ["fix format-changed"], back: ["fix format-changed"] }),
  ...both(
    "a format with a type of its own",
    string,
    { ...string, format: "date-time" },
    { forth: ["breaking format-changed"], back: ["breaking format-changed"] },
    { forth: ["breaking format-changed"], back: ["breaking format-changed"] },
    { formats: { dateTime: "DateTime" } }
  ),
  ...both(
    "bytes as a type of their own",
    string,
    { ...string, format: "byte" },
    { forth: ["breaking format-changed"], back: ["breaking format-changed"] },
    { forth: ["breaking format-changed"], back: ["breaking format-changed"] },
    { formats: { byte: "bytes" } }
  ),
  ...both("a date, which has no type of its own", string, { ...string, format: "date" }, { forth: ["breaking format-changed"], back: ["feature format-changed"] }, { forth: ["fix format-changed"], back: ["feature format-changed"] }, { formats: { dateTime: "DateTime", byte: "bytes" } }),
  ...both("greater numbers", { ...integer, format: "int32" }, { ...integer, format: "int64" }, { forth: ["feature format-changed"], back: ["breaking format-changed"] }, { forth: ["feature format-changed"], back: ["fix format-changed"] }),
  ...both("greater numbers, so far of no format", integer, { ...integer, format: "int64" }, { forth: ["fix format-changed"], back: ["fix format-changed"] }, { forth: ["fix format-changed"], back: ["fix format-changed"] }),
  ...both(
    "greater numbers of a type of their own",
    integer,
    { ...integer, format: "int64" },
    { forth: ["breaking format-changed"], back: ["breaking format-changed"] },
    { forth: ["breaking format-changed"], back: ["breaking format-changed"] },
    { formats: { int64: "bigint" } }
  ),
  ...both(
    "an item of a tuple",
    { type: "array", prefixItems: [string], items: false, minItems: 1 },
    { type: "array", prefixItems: [string, string], items: false, minItems: 1 },
    { forth: ["feature member-added"], back: ["breaking member-removed"] },
    { forth: ["feature member-added"], back: ["breaking member-removed"] }
  ),
  ...both(
    "an item that has to be there",
    { type: "array", prefixItems: [string, string], items: false, minItems: 1 },
    { type: "array", prefixItems: [string, string], items: false, minItems: 2 },
    { forth: ["breaking member-required"], back: ["feature member-optional"] },
    { forth: ["feature member-required"], back: ["breaking member-optional"] }
  ),
  ...both(
    "a new item that has to be there",
    { type: "array", prefixItems: [string], items: false, minItems: 1 },
    { type: "array", prefixItems: [string, integer], items: false, minItems: 2 },
    { forth: ["breaking member-added"], back: ["breaking member-removed"] },
    { forth: ["feature member-added"], back: ["breaking member-removed"] }
  ),
  ...both(
    "what follows the items of a tuple",
    { type: "array", prefixItems: [string], items: string },
    { type: "array", prefixItems: [string], items: integer },
    { forth: ["breaking type-changed"], back: ["breaking type-changed"] },
    { forth: ["breaking type-changed"], back: ["breaking type-changed"] }
  ),

  // values
  ...both("a value", { enum: ["a"] }, { enum: ["a", "b"] }, { forth: ["feature value-added"], back: ["breaking value-removed"] }, { forth: ["feature value-added"], back: ["feature value-removed"] }),
  ...both("a value of a closed list", { enum: ["a"] }, { enum: ["a", "b"] }, { forth: ["feature value-added"], back: ["breaking value-removed"] }, { forth: ["breaking value-added"], back: ["feature value-removed"] }, { enums: "closed" }),
  ...both("a constant", { const: "a" }, { const: "b" }, { forth: ["breaking value-removed", "feature value-added"], back: ["breaking value-removed", "feature value-added"] }, { forth: ["breaking value-added", "feature value-removed"], back: ["breaking value-added", "feature value-removed"] }),
  ...both("a constant that is none any more", { const: "a" }, { type: "string", enum: ["a"] }, { forth: [], back: [] }, { forth: ["breaking type-widened"], back: ["feature type-narrowed"] }),
  ...both("values of another kind", { enum: ["a"] }, { enum: [1] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }),
  ...both("any text in place of values", { type: "string", enum: ["a"] }, string, { forth: ["feature type-widened"], back: ["breaking type-narrowed"] }, { forth: ["breaking type-widened"], back: ["breaking type-narrowed"] }),
  ...both("any text in place of a constant", { const: "a" }, string, { forth: ["feature type-widened"], back: ["breaking type-narrowed"] }, { forth: ["breaking type-widened"], back: ["feature type-narrowed"] }),
  ...both("whole numbers in place of values that are none", { enum: [1.5] }, integer, { forth: ["breaking type-changed"], back: ["breaking type-narrowed"] }, { forth: ["breaking type-changed"], back: ["breaking type-narrowed"] }),

  // limits
  ...([
    ["a minimum", { minimum: 1 }, { minimum: 2 }, integer],
    ["a new minimum", {}, { minimum: 2 }, integer],
    ["an open minimum", { minimum: 1 }, { exclusiveMinimum: 1 }, { type: "number" }],
    ["a maximum", { maximum: 200 }, { maximum: 100 }, integer],
    ["an open maximum", { maximum: 200 }, { exclusiveMaximum: 200 }, integer],
    ["a shortest text", { minLength: 1 }, { minLength: 2 }, string],
    ["a longest text", {}, { maxLength: 20 }, string],
    ["a pattern", {}, { pattern: "^a" }, string],
    ["multiples", { multipleOf: 5 }, { multipleOf: 10 }, integer],
    ["the least items", {}, { minItems: 1 }, { type: "array", items: string }],
    ["the most items", { maxItems: 9 }, { maxItems: 8 }, { type: "array", items: string }],
    ["items that are all different", {}, { uniqueItems: true }, { type: "array", items: string }],
    ["the least members", {}, { minProperties: 1 }, object({}, [], { additionalProperties: string })],
    ["the most members", {}, { maxProperties: 5 }, object({}, [], { additionalProperties: string })]
  ] satisfies ReadonlyArray<readonly [string, Data, Data, Data]>).flatMap(([about, loose, tight, schema]) =>
    both(about, { ...schema, ...loose }, { ...schema, ...tight }, { forth: ["breaking limit-tightened"], back: ["feature limit-loosened"] }, { forth: ["fix limit-tightened"], back: ["feature limit-loosened"] })),
  ...both("one more than an open minimum, which is the same of whole numbers", { ...integer, exclusiveMinimum: 1 }, { ...integer, minimum: 2 }, { forth: [], back: [] }, { forth: [], back: [] }),
  ...both("a limit beside one that is stricter", { ...integer, minimum: 5, exclusiveMinimum: 1 }, { ...integer, minimum: 5 }, { forth: [], back: [] }, { forth: [], back: [] }),
  ...both("an open minimum that is no whole number", { ...integer, exclusiveMinimum: 1.5 }, { ...integer, minimum: 1.5 }, { forth: ["feature limit-loosened"], back: ["breaking limit-tightened"] }, { forth: ["feature limit-loosened"], back: ["fix limit-tightened"] }),
  ...both("multiples by two parts", { allOf: [{ ...integer, multipleOf: 2 }, { ...integer, multipleOf: 3 }] }, { ...integer, multipleOf: 6 }, { forth: ["breaking limit-changed"], back: ["breaking limit-changed"] }, { forth: ["feature limit-changed"], back: ["feature limit-changed"] }),
  ...both("a pattern in place of another", { ...string, pattern: "^a" }, { ...string, pattern: "^b" }, { forth: ["breaking limit-changed"], back: ["breaking limit-changed"] }, { forth: ["feature limit-changed"], back: ["feature limit-changed"] }),
  ...both("multiples that have nothing to do with each other", { ...integer, multipleOf: 2 }, { ...integer, multipleOf: 3 }, { forth: ["breaking limit-changed"], back: ["breaking limit-changed"] }, { forth: ["feature limit-changed"], back: ["feature limit-changed"] }),
  ...both("a limit where answers are checked, too", { ...integer, maximum: 200 }, { ...integer, maximum: 100 }, { forth: ["breaking limit-tightened"], back: ["feature limit-loosened"] }, { forth: ["fix limit-tightened"], back: ["breaking limit-loosened"] }, { checkOutput: true }),

  // variants
  ...both("a variant", { oneOf: [circle, integer] }, { oneOf: [circle, integer, { type: "boolean" }] }, { forth: ["feature variant-added"], back: ["breaking variant-removed"] }, { forth: ["feature variant-added"], back: ["feature variant-removed"] }),
  ...both("a variant of a closed list", { oneOf: [circle, integer] }, { oneOf: [circle, integer, { type: "boolean" }] }, { forth: ["feature variant-added"], back: ["breaking variant-removed"] }, { forth: ["breaking variant-added"], back: ["feature variant-removed"] }, { enums: "closed" }),
  ...both("several variants in place of one", circle, { oneOf: [circle, integer] }, { forth: ["feature variant-added"], back: ["breaking variant-removed"] }, { forth: ["breaking variant-added"], back: ["feature variant-removed"] }),
  ...both("several variants in place of something else", { type: "boolean" }, { oneOf: [circle, integer] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }),
  ...both("what a variant holds", { oneOf: [integer, object({ a: string })] }, { oneOf: [integer, object({ a: integer })] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }, { forth: ["breaking type-changed"], back: ["breaking type-changed"] }),
  ...[
    { about: "in a request", make: body, forth: ["feature variant-added"], back: ["breaking variant-removed"] },
    { about: "in an answer", make: answer, forth: ["feature variant-added"], back: ["feature variant-removed"] }
  ].map(({ about, back, forth, make }): Row => ({
    about: `a variant that a member tells apart, ${about}`,
    old: make({ oneOf: [ref("circle"), ref("square")], discriminator: { propertyName: "kind" } }, { circle, square, dot: pet }),
    new: make({ oneOf: [ref("circle"), ref("square"), ref("dot")], discriminator: { propertyName: "kind" } }, { circle, square, dot: pet }),
    forth,
    back
  })),
  ...[
    { about: "in a request", make: body, forth: ["breaking discriminator-added"], back: ["feature discriminator-removed"] },
    { about: "in an answer", make: answer, forth: ["feature discriminator-added"], back: ["breaking discriminator-removed"] }
  ].map(({ about, back, forth, make }): Row => ({
    about: `a member that tells variants apart, ${about}`,
    old: make({ oneOf: [ref("circle"), ref("square")] }, { circle, square }),
    new: make({ oneOf: [ref("circle"), ref("square")], discriminator: { propertyName: "kind" } }, { circle, square }),
    forth,
    back
  })),
  {
    about: "a model among others, in place of itself",
    old: answer(ref("circle"), { circle, square }),
    new: answer({ oneOf: [ref("circle"), ref("square")] }, { circle, square }),
    forth: ["breaking variant-added"],
    back: ["feature variant-removed"]
  },
  {
    about: "a model that stands for variants, in place of one of them",
    old: body(ref("circle"), { circle, square, Figure: { oneOf: [ref("circle"), ref("square")] } }),
    new: body(ref("Figure"), { circle, square, Figure: { oneOf: [ref("circle"), ref("square")] } }),
    forth: ["feature variant-added"],
    back: ["breaking variant-removed"]
  },
  {
    about: "another member that tells variants apart",
    old: answer({ oneOf: [ref("circle"), ref("square")], discriminator: { propertyName: "kind" } }, { circle, square }),
    new: answer({ oneOf: [ref("circle"), ref("square")], discriminator: { propertyName: "type" } }, { circle, square }),
    forth: ["breaking discriminator-changed"],
    back: ["breaking discriminator-changed"]
  },

  // models
  { about: "a model", old: answer(pet, {}), new: answer(pet, { Extra: pet }), forth: ["feature model-added"], back: ["breaking model-removed"] },
  { about: "the name of a model", old: answer(ref("Pet"), { Pet: pet }), new: answer(ref("Animal"), { Animal: pet }), forth: ["breaking model-renamed"], back: ["breaking model-renamed"] },
  {
    about: "the name of a model that has changed, too",
    old: answer(ref("Pet"), { Pet: object({ name: string, age: integer }) }),
    new: answer(ref("Animal"), { Animal: object({ name: string, born: integer }) }),
    forth: ["breaking member-removed", "breaking model-renamed", "feature member-added"],
    back: ["breaking member-removed", "breaking model-renamed", "feature member-added"]
  },
  {
    about: "the name of a model that holds itself",
    old: answer(ref("Tree"), { Tree: object({ branches: { type: "array", items: ref("Tree") }, leaf: ref("Leaf") }), Leaf: object({ tree: ref("Tree") }) }),
    new: answer(ref("Plant"), { Plant: object({ branches: { type: "array", items: ref("Plant") }, leaf: ref("Blade") }), Blade: object({ tree: ref("Plant") }) }),
    forth: ["breaking model-renamed", "breaking model-renamed"],
    back: ["breaking model-renamed", "breaking model-renamed"]
  },
  { about: "a model that no operation uses", old: answer(pet, { Extra: object({ a: string }) }), new: answer(pet, { Extra: object({ a: integer }) }), forth: ["breaking type-changed"], back: ["breaking type-changed"] },
  { about: "a deprecated model", old: answer(ref("Pet"), { Pet: pet }), new: answer(ref("Pet"), { Pet: { ...pet, deprecated: true } }), forth: ["feature model-deprecated"], back: ["fix model-undeprecated"] },
  { about: "the words about a model", old: answer(ref("Pet"), { Pet: pet }), new: answer(ref("Pet"), { Pet: { ...pet, description: "a pet" } }), forth: ["fix docs-changed"], back: ["fix docs-changed"] },
  {
    about: "a model in place of what stood there",
    old: answer(object({ name: string, age: integer })),
    new: answer(ref("Pet"), { Pet: object({ name: string, age: integer }) }),
    forth: ["feature model-added"],
    back: ["breaking model-removed"]
  },
  {
    about: "another model that was there before",
    old: answer(ref("Pet"), { Pet: pet, Owner: object({ phone: string }) }),
    new: answer(ref("Owner"), { Pet: pet, Owner: object({ phone: string }) }),
    forth: ["breaking member-removed", "feature member-added"],
    back: ["breaking member-removed", "feature member-added"]
  },
  {
    about: "the type that requests hold",
    old: openapi({ paths: { "/pets": { put: { operationId: "putPet", requestBody: { required: true, ...json(ref("Pet")) }, responses: { 200: { description: "", ...json(ref("Pet")) } } } } }, components: { schemas: { Pet: object({ name: string, id: string }) } } }),
    new: openapi({ paths: { "/pets": { put: { operationId: "putPet", requestBody: { required: true, ...json(ref("Pet")) }, responses: { 200: { description: "", ...json(ref("Pet")) } } } } }, components: { schemas: { Pet: object({ name: string, id: { ...string, readOnly: true } }) } } }),
    forth: ["breaking member-removed", "breaking model-renamed"],
    back: ["breaking model-renamed", "feature member-added"]
  },

  // who may call, and where
  { about: "a way to sign in", old: schemes({ key }), new: schemes({ key, bearer }), forth: ["feature scheme-added"], back: ["breaking scheme-removed"] },
  { about: "the name of a way to sign in", old: schemes({ key }, [{ key: [] }]), new: schemes({ apiKey: key }, [{ apiKey: [] }]), forth: ["breaking scheme-renamed"], back: ["breaking scheme-renamed"] },
  { about: "how credentials are sent", old: schemes({ key }), new: schemes({ key: { ...key, name: "X-Other" } }), forth: ["breaking scheme-changed"], back: ["breaking scheme-changed"] },
  { about: "credentials", old: schemes({ key }), new: schemes({ key }, [{ key: [] }]), forth: ["breaking security-tightened"], back: ["feature security-loosened"] },
  { about: "credentials that are optional", old: schemes({ key }), new: schemes({ key }, [{ key: [] }, {}]), forth: [], back: [] },
  { about: "another way", old: schemes({ key, bearer }, [{ key: [] }]), new: schemes({ key, bearer }, [{ key: [] }, { bearer: [] }]), forth: ["feature security-loosened"], back: ["breaking security-tightened"] },
  { about: "two at once", old: schemes({ key, bearer }, [{ key: [] }]), new: schemes({ key, bearer }, [{ key: [], bearer: [] }]), forth: ["breaking security-tightened"], back: ["feature security-loosened"] },
  {
    about: "a scope",
    old: schemes({ oauth: { type: "oauth2", flows: {} } }, [{ oauth: [] }]),
    new: schemes({ oauth: { type: "oauth2", flows: {} } }, [{ oauth: ["write"] }]),
    forth: ["breaking permission-added", "breaking security-tightened"],
    back: ["feature permission-removed", "feature security-loosened"]
  },
  { about: "the base URL", old: get({}, { servers: [{ url: "https://a.test/v1" }] }), new: get({}, { servers: [{ url: "https://a.test/v2" }] }), forth: ["breaking server-changed"], back: ["breaking server-changed"] },
  { about: "a slash at the end of the base URL", old: get({}, { servers: [{ url: "https://a.test/v1" }] }), new: get({}, { servers: [{ url: "https://a.test/v1/" }] }), forth: [], back: [] },
  { about: "a server", old: get({}, { servers: [{ url: "https://a.test" }] }), new: get({}, { servers: [{ url: "https://a.test" }, { url: "https://b.test" }] }), forth: ["feature server-added"], back: ["breaking server-removed"] },
  {
    about: "the order of servers",
    old: get({}, { servers: [{ url: "https://a.test" }, { url: "https://b.test" }] }),
    new: get({}, { servers: [{ url: "https://b.test" }, { url: "https://a.test" }] }),
    forth: ["breaking server-changed"],
    back: ["breaking server-changed"]
  },
  {
    about: "all servers",
    old: get({}, { servers: [{ url: "https://a.test" }, { url: "https://b.test" }] }),
    new: get({}, { servers: [{ url: "https://c.test" }] }),
    forth: ["breaking server-changed", "breaking server-removed"],
    back: ["breaking server-changed", "feature server-added"]
  },
  {
    about: "a value of a server's variable",
    old: get({}, { servers: [{ url: "https://{r}.a.test", variables: { r: { default: "eu", enum: ["eu"] } } }] }),
    new: get({}, { servers: [{ url: "https://{r}.a.test", variables: { r: { default: "eu", enum: ["eu", "us"] } } }] }),
    forth: ["feature variable-widened"],
    back: ["breaking variable-narrowed"]
  },
  {
    about: "any value of a server's variable",
    old: get({}, { servers: [{ url: "https://{r}.a.test", variables: { r: { default: "eu", enum: ["eu"] } } }] }),
    new: get({}, { servers: [{ url: "https://{r}.a.test", variables: { r: { default: "eu" } } }] }),
    forth: ["feature variable-widened"],
    back: ["breaking variable-narrowed"]
  },
  {
    about: "the default of another server's variable",
    old: get({}, { servers: [{ url: "https://a.test" }, { url: "https://{r}.a.test", variables: { r: { default: "eu" } } }] }),
    new: get({}, { servers: [{ url: "https://a.test" }, { url: "https://{r}.a.test", variables: { r: { default: "us" } } }] }),
    forth: ["breaking default-changed"],
    back: ["breaking default-changed"]
  },
  { about: "an operation's own server", old: get({}), new: get({ servers: [{ url: "https://up.test" }] }), forth: ["breaking server-changed"], back: ["breaking server-changed"] },

  // pages
  {
    about: "pages",
    old: answer(object({ data: { type: "array", items: string } }, ["data"])),
    new: get({ parameters: [{ name: "page", in: "query", schema: integer }], responses: { 200: { description: "", ...json(object({ data: { type: "array", items: string } }, ["data"])) } } }),
    forth: ["feature paging-added", "feature parameter-added"],
    back: ["breaking paging-removed", "breaking parameter-removed"],
    config: { paging: [{ kind: "page", page: "page", items: ["data"] }] }
  },
  {
    about: "how pages are followed",
    old: get({ parameters: [{ name: "page", in: "query", schema: integer }], responses: { 200: { description: "", ...json(object({ data: { type: "array", items: string }, next: string })) } } }),
    new: get({ parameters: [{ name: "page", in: "query", schema: integer }, { name: "cursor", in: "query", schema: string }], responses: { 200: { description: "", ...json(object({ data: { type: "array", items: string }, next: string })) } } }),
    forth: ["feature parameter-added", "fix paging-changed"],
    back: ["breaking parameter-removed", "fix paging-changed"],
    config: { paging: [{ kind: "cursor", parameter: "cursor", next: ["next"], items: ["data"] }, { kind: "page", page: "page", items: ["data"] }] }
  }
]

const summary = (difference: Difference): ReadonlyArray<string> => difference.changes.map((change) => `${change.severity} ${change.rule}`).sort()

const compare = Effect.fnUntraced(function*(old: string, next: string, config: Config = {}) {
  return diff(yield* loadText(old), yield* loadText(next), config)
})

describe("each rule once, there and back", () => {
  for (const row of rows) {
    it.effect(row.about, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(summary(yield* compare(row.old, row.new, row.config)), [...row.forth].sort())
        assert.deepStrictEqual(summary(yield* compare(row.new, row.old, row.config)), [...row.back].sort())
        assert.deepStrictEqual(summary(yield* compare(row.new, row.new, row.config)), [])
      }))
  }

  it.effect("what is said fits the way that data goes", () =>
    Effect.gen(function*() {
      for (const row of rows) {
        for (const [old, next] of [[row.old, row.new], [row.new, row.old]] as const) {
          for (const { direction, message } of (yield* compare(old, next, row.config)).changes) {
            const then = message.slice(message.lastIndexOf(": ") + 2)
            if (direction === "request") assert.notMatch(then, /answer|reads|come|in vain|the client (expects|refuses)|for granted|can be read|can look|finds nothing|always there|looked for|type is (lost|known)/, `${row.about}: ${message}`)
            if (direction === "answer") assert.notMatch(then, /calls|\bsent\b|left out/, `${row.about}: ${message}`)
          }
        }
      }
    }))

  it("covers every rule", () => {
    const covered = new Set(rows.flatMap((row) => [...row.forth, ...row.back]).map((entry) => entry.split(" ")[1]))
    assert.deepStrictEqual(Object.keys(rules).filter((rule) => !covered.has(rule)), [])
  })
})

describe("what is said of a change", () => {
  const only = Effect.fnUntraced(function*(old: string, next: string, config: Config = {}) {
    const { changes } = yield* compare(old, next, config)
    assert.lengthOf(changes, 1)
    return changes[0] as Change
  })

  it.effect("a sentence, what it is about, and both places", () =>
    Effect.gen(function*() {
      const change = yield* only(parameter({}), parameter({ required: true }))
      assert.strictEqual(change.message, "parameter `limit` of GET /pets is now required: calls without it fail")
      assert.deepStrictEqual(change.subject, { kind: "operation", name: "GET /pets" })
      assert.strictEqual(change.direction, "request")
      assert.strictEqual(change.old?.pointer, "/paths/~1pets/get/parameters/0")
      assert.strictEqual(parameter({ required: true }).split("\n")[(change.new?.line ?? 0) - 1]?.trim(), "{")
    }))

  it.effect("the line of a member, of a value and of a limit", () =>
    Effect.gen(function*() {
      const line = (text: string, change: Change): string | undefined => text.split("\n")[(change.new?.line ?? 0) - 1]?.trim()
      const deep = (schema: Data): string => body({ allOf: [ref("Base")] }, { Base: object({ owner: ref("Owner") }), Owner: object({ names: { type: "array", items: schema } }) })
      const limit = deep({ ...string, maxLength: 7 })
      const change = yield* only(deep(string), limit)
      assert.strictEqual(line(limit, change), '"maxLength": 7')
      assert.strictEqual(change.old?.pointer, "/components/schemas/Owner/properties/names/items")
      assert.strictEqual(change.path, "names[]")
      assert.strictEqual(change.message, "maxLength of `names[]` of `Owner` is 7 now, so far none: calls that were within the limit fail")
      const values = deep({ enum: ["a"] })
      assert.strictEqual(line(values, yield* only(deep({ enum: ["a", "b"] }), values)), '"enum": [')
      const inline = body(object({ owner: object({ name: integer }) }))
      const typed = yield* only(body(object({ owner: object({ name: string }) })), inline)
      assert.strictEqual(typed.message, "`owner.name` of the body of POST /pets is a whole number now, so far a text: calls that give the latter fail")
      assert.strictEqual(line(inline, typed), '"type": "integer"')
    }))

  it.effect("a parameter of the path, or behind a reference", () =>
    Effect.gen(function*() {
      const shared = (required: boolean): string => openapi({ paths: { "/pets": { parameters: [{ $ref: "#/components/parameters/Limit" }], get: { operationId: "listPets", responses: { 204: described } } } }, components: { parameters: { Limit: { name: "limit", in: "query", required, schema: integer } } } })
      assert.strictEqual((yield* only(shared(false), shared(true))).new?.pointer, "/paths/~1pets/parameters/0")
    }))

  it.effect("what came has no place in OLD, and what went none in NEW", () =>
    Effect.gen(function*() {
      const came = yield* only(openapi(), get({}))
      assert.deepStrictEqual([came.old, came.new?.pointer], [undefined, "/paths/~1pets/get"])
      const went = yield* only(get({}), openapi())
      assert.deepStrictEqual([went.old?.pointer, went.new], ["/paths/~1pets/get", undefined])
    }))

  it.effect("a model of many operations once, and what holds both ways once", () =>
    Effect.gen(function*() {
      const zoo = (name: Data): string => openapi({
        paths: Object.fromEntries(["/a", "/b", "/c"].map((path) => [path, { put: { requestBody: { required: true, ...json(ref("Pet")) }, responses: { 200: { description: "", ...json(ref("Pet")) } } } }])),
        components: { schemas: { Pet: object({ name, parent: ref("Pet") }) } }
      })
      const change = yield* only(zoo(string), zoo(integer))
      assert.strictEqual(change.direction, "both")
      assert.deepStrictEqual(change.subject, { kind: "model", name: "Pet" })
      assert.strictEqual(change.message, "`name` of `Pet` is a whole number now, so far a text: calls that give the latter fail; the client expects the latter")
      // worse one way than the other: the worse counts
      assert.strictEqual((yield* only(zoo(string), zoo({ type: ["string", "null"] }))).severity, "breaking")
    }))

  it.effect("an open list of values is named as one", () =>
    Effect.gen(function*() {
      const { message, severity } = yield* only(answer({ enum: ["a"] }), answer({ enum: ["a", "b"] }))
      assert.strictEqual(severity, "feature")
      assert.include(message, "open")
      assert.include(message, "Unrecognized")
    }))

  it.effect("models that take each other's place, and hold themselves, come to an end", () =>
    Effect.gen(function*() {
      const tree = (leaf: Data): Data => object({ next: { oneOf: [ref("A"), ref("B")] }, list: { type: "array", items: ref("A") }, leaf })
      const old = answer(ref("A"), { A: tree(string), B: tree(integer) })
      const next = answer(ref("B"), { A: tree(string), B: tree(integer) })
      assert.include(summary(yield* compare(old, next)), "breaking type-changed")
    }))
})

/** Schemas that are not alike, although all look the same at a glance. */
const pairs: Readonly<Record<string, readonly [Data, Data]>> = {
  "required members": [object({ a: string }), object({ a: string }, ["a"])],
  "members that answers have only": [object({ a: string }), object({ a: { ...string, readOnly: true } })],
  "members that requests have only": [object({ a: string }), object({ a: { ...string, writeOnly: true } })],
  "the type of a member": [object({ a: string }), object({ a: integer })],
  "the format of a member": [object({ a: string }), object({ a: { ...string, format: "uuid" } })],
  "the items of a list": [object({ a: { type: "array", items: string } }), object({ a: { type: "array", items: integer } })],
  "the limits of a list": [object({ a: { type: "array", items: string } }), object({ a: { type: "array", items: string, maxItems: 2 } })],
  "what may be null": [object({ a: { type: ["string", "null"] } }), object({ a: { type: ["integer", "null"] } })],
  "the items of a tuple": [object({ a: { type: "array", prefixItems: [string], items: false } }), object({ a: { type: "array", prefixItems: [integer], items: false } })],
  "how many items a tuple has": [object({ a: { type: "array", prefixItems: [string], items: false } }), object({ a: { type: "array", prefixItems: [string, string], items: false } })],
  "how many items a tuple demands": [object({ a: { type: "array", prefixItems: [string], items: false } }), object({ a: { type: "array", prefixItems: [string], items: false, minItems: 1 } })],
  "what follows a tuple": [object({ a: { type: "array", prefixItems: [string], items: string } }), object({ a: { type: "array", prefixItems: [string], items: integer } })],
  "nothing that follows a tuple": [object({ a: { type: "array", prefixItems: [string], items: string } }), object({ a: { type: "array", prefixItems: [string], items: false } })],
  "values": [object({ a: { enum: ["x"] } }), object({ a: { enum: ["y"] } })],
  "a constant": [object({ a: { enum: ["x"] } }), object({ a: { const: "x" } })],
  "variants": [object({ a: { oneOf: [string, integer] } }), object({ a: { oneOf: [string, { type: "boolean" }] } })],
  "the member that tells variants apart": [
    object({ a: { oneOf: [ref("circle"), ref("square")] } }),
    object({ a: { oneOf: [ref("circle"), ref("square")], discriminator: { propertyName: "kind" } } })
  ],
  "the values that tell variants apart": [
    object({ a: { oneOf: [ref("circle"), ref("square")], discriminator: { propertyName: "kind" } } }),
    object({ a: { oneOf: [ref("circle"), ref("square")], discriminator: { propertyName: "kind", mapping: { round: "circle", square: "square" } } } })
  ],
  "members of any name": [object({ a: string }), object({ a: string }, [], { additionalProperties: string })],
  "what members of any name hold": [object({ a: string }, [], { additionalProperties: integer }), object({ a: string }, [], { additionalProperties: string })],
  "names that have to be there": [object({ a: string }, [], { additionalProperties: string }), object({ a: string }, ["b"], { additionalProperties: string })],
  "how many members there are": [object({ a: string }), object({ a: string }, [], { minProperties: 1 })],
  "members by their beginning": [object({ a: string }, [], { patternProperties: { "^x-": string } }), object({ a: string }, [], { patternProperties: { "^y-": string } })],
  "what members by their beginning hold": [object({ a: string }, [], { patternProperties: { "^x-": string } }), object({ a: string }, [], { patternProperties: { "^x-": integer } })],
  "a model within": [object({ a: ref("circle") }), object({ a: ref("square") })]
}

describe("a model whose name is gone is known by what it is", () => {
  for (const [about, [one, other]] of Object.entries(pairs)) {
    it.effect(about, () =>
      Effect.gen(function*() {
        for (const [gone, different] of [[one, other], [other, one]] as const) {
          const difference = yield* compare(answer(string, { circle, square, Gone: gone }), answer(string, { circle, square, Same: gone, Different: different }))
          assert.deepStrictEqual(summary(difference), ["breaking model-renamed", "feature model-added"])
          assert.strictEqual(difference.changes[0]?.message, "the type `Gone` of models is `Same` now: imports of the former name fail")
        }
      }))
  }

  it.effect("not where two could be it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(summary(yield* compare(answer(string, { Gone: pet }), answer(string, { One: pet, Two: pet }))), ["breaking model-removed", "feature model-added", "feature model-added"])
      assert.deepStrictEqual(summary(yield* compare(answer(string, { One: pet, Two: pet }), answer(string, { Came: pet }))), ["breaking model-removed", "breaking model-removed", "feature model-added"])
    }))

  it.effect("two that became one: the other is gone", () =>
    Effect.gen(function*() {
      const two = (first: string, second: string, schemas: Data): string => openapi({
        paths: Object.fromEntries([["/a", first], ["/b", second]].map(([path, name]) => [path, { get: { operationId: `get${path}`, responses: { 200: { description: "", ...json(ref(name ?? "")) } } } }])),
        components: { schemas }
      })
      const old = two("A", "B", { A: pet, B: object({ name: string, age: integer }) })
      const next = two("C", "C", { C: pet })
      assert.deepStrictEqual(summary(yield* compare(old, next)), ["breaking member-removed", "breaking model-removed", "breaking model-renamed"])
      assert.deepStrictEqual(summary(yield* compare(next, old)), ["breaking model-renamed", "feature member-added", "feature model-added"])
    }))

  it.effect("by the place where it stands, before all", () =>
    Effect.gen(function*() {
      const difference = yield* compare(answer(ref("Gone"), { Gone: pet }), answer(ref("One"), { One: pet, Two: pet }))
      assert.deepStrictEqual(summary(difference), ["breaking model-renamed", "feature model-added"])
      assert.include(difference.changes[0]?.message, "`One`")
    }))
})

describe("the step", () => {
  it.effect("by the worst change, and one smaller before 1.0.0", () =>
    Effect.gen(function*() {
      const steps = (difference: Difference) => [difference.step, difference.stepBeforeOne]
      assert.deepStrictEqual(steps(yield* compare(get({}), openapi())), ["major", "minor"])
      assert.deepStrictEqual(steps(yield* compare(openapi(), get({}))), ["minor", "patch"])
      assert.deepStrictEqual(steps(yield* compare(get({}), get({ summary: "lists" }))), ["patch", "patch"])
      assert.deepStrictEqual(steps(yield* compare(get({}), get({}))), ["none", "none"])
    }))

  it.effect("worse changes come first, and are counted with the others", () =>
    Effect.gen(function*() {
      const difference = yield* compare(get({ summary: "a" }), openapi({ paths: { "/pets": { get: { operationId: "findPets", summary: "b", parameters: [{ name: "limit", in: "query", schema: integer }], responses: { 204: described } } } } }))
      assert.deepStrictEqual(difference.changes.map(({ severity }) => severity), ["breaking", "feature", "fix"])
      assert.deepStrictEqual(["breaking", "feature", "fix"].map((severity) => reaches(difference.changes, severity as Change["severity"])), [true, true, true])
      assert.deepStrictEqual(["breaking", "feature", "fix"].map((severity) => reaches(difference.changes.slice(1), severity as Change["severity"])), [false, true, true])
      const { breaking, changes, features, fixes, step } = differenceData(difference)
      assert.deepStrictEqual([breaking, features, fixes, step, changes.length], [1, 1, 1, "major", 3])
    }))

  it.effect("as text", () =>
    Effect.gen(function*() {
      const text = formatDifference(yield* compare(parameter({}), parameter({ required: true })))
      assert.strictEqual(text, [
        "Breaking (1)",
        "",
        "  parameter `limit` of GET /pets is now required: calls without it fail",
        "      standard input:17:11 -> standard input:17:11 [parameter-required]",
        "",
        "1 breaking, 0 features, 0 fixes. Step needed: major (minor while the client's version is 0.x)."
      ].join("\n"))
      assert.strictEqual(formatDifference(yield* compare(get({}), get({}))), "No change that matters to a client. Step needed: none.")
    }))
})

describe("documents and sets of them", () => {
  const files = (next: boolean): Readonly<Record<string, string>> => {
    const one = (path: string, more: Data): string => openapi({ paths: { [path]: { get: { operationId: path.slice(1), responses: { 200: { description: "", ...json(ref("Page")) } }, ...more } } }, components: { schemas: { Page: object({ size: next ? string : integer }) } } })
    return { [next ? "new/a.json" : "old/a.json"]: one("/a", {}), [next ? "new/b.json" : "old/b.json"]: one("/b", next ? { deprecated: true } : {}) }
  }

  it.effect("folders: what all documents share is told once", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ ...files(false), ...files(true) })
      const difference = yield* diffDocuments([at("old")], [at("new")])
      assert.deepStrictEqual(summary(difference), ["breaking type-changed", "feature operation-deprecated"])
      assert.isTrue(difference.changes[1]?.new?.document.endsWith("b.json"))
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.effect("what cannot be read is a failure", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(diffDocuments(["no-such-file.json"], ["no-such-file.json"]))
      assert.strictEqual(error._tag, "DocumentError")
    }).pipe(Effect.provide(services)))

  it.effect("the same in another dialect is the same", () =>
    Effect.gen(function*() {
      const two = JSON.stringify({
        swagger: "2.0",
        info: { title: "t", version: "1" },
        host: "a.test",
        basePath: "/v1",
        schemes: ["https"],
        securityDefinitions: { key: { type: "apiKey", in: "header", name: "X-Key" } },
        security: [{ key: [] }],
        paths: {
          "/pets": {
            get: { operationId: "listPets", produces: ["application/json"], parameters: [{ name: "tags", in: "query", type: "array", items: string, collectionFormat: "multi" }], responses: { 200: { description: "", schema: { type: "array", items: { $ref: "#/definitions/Pet" } } } } },
            post: { operationId: "addPet", consumes: ["application/json"], parameters: [{ name: "body", in: "body", required: true, schema: { $ref: "#/definitions/Pet" } }], responses: { 204: described } }
          }
        },
        definitions: { Pet: object({ name: { type: "string", "x-nullable": true } }) }
      })
      const three = openapi({
        servers: [{ url: "https://a.test/v1" }],
        security: [{ key: [] }],
        paths: {
          "/pets": {
            get: { operationId: "listPets", parameters: [{ name: "tags", in: "query", style: "form", explode: true, schema: { type: "array", items: string } }], responses: { 200: { description: "", ...json({ type: "array", items: ref("Pet") }) } } },
            post: { operationId: "addPet", requestBody: { required: true, ...json(ref("Pet")) }, responses: { 204: described } }
          }
        },
        components: { securitySchemes: { key }, schemas: { Pet: object({ name: { type: ["string", "null"] } }) } }
      })
      assert.deepStrictEqual((yield* compare(two, three)).changes, [])
      assert.deepStrictEqual((yield* compare(three, two)).changes, [])
    }))
})

/** What a change is called the other way round. */
const opposite = (rule: string): string => {
  const words: ReadonlyArray<readonly [string, string]> = [
    ["-added", "-removed"], ["-required", "-optional"], ["-tightened", "-loosened"], ["-narrowed", "-widened"], ["-deprecated", "-undeprecated"]
  ]
  for (const [one, other] of words) {
    if (rule.endsWith(one)) return rule.slice(0, -one.length) + other
    if (rule.endsWith(other)) return rule.slice(0, -other.length) + one
  }
  return rule
}

/** Documents of the cache, if it is there; small ones, and not all of them. */
const real = (): ReadonlyArray<string> => {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "credence-corpus")
  if (!existsSync(cache)) return []
  const below = (prefix: string, ...path: ReadonlyArray<string>): ReadonlyArray<string> => readdirSync(cache).filter((name) => name.startsWith(prefix) && !name.endsWith(".tgz")).map((name) => join(cache, name, ...path)).filter(existsSync)
  return [
    ...below("kubernetes-client", "lib/specs/swagger-1.13.json"),
    ...below("scalar-galaxy", "dist/3.1.yaml"),
    ...below("figma-rest-api-spec", "openapi/openapi.yaml"),
    ...below("readme-oas-examples", "3.0/json").flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => join(folder, name)))
  ]
}

describe("real documents", () => {
  const whole = [join(repository, "specs/argus.json"), ...real()]

  it.effect("differ in nothing from themselves", () =>
    Effect.gen(function*() {
      for (const file of whole) assert.deepStrictEqual((yield* diffDocuments([file], [file])).changes.map(({ message }) => message), [], file)
    }).pipe(Effect.provide(services)), 120_000)

  it.effect("what is added one way is removed the other way", () =>
    Effect.gen(function*() {
      const count = (difference: Difference, turn: (rule: string) => string): Readonly<Record<string, number>> =>
        Object.fromEntries([...Map.groupBy(difference.changes.filter(({ rule }) => /^(operation|parameter|header|model|scheme|server|body)-/.test(rule)), ({ rule }) => turn(rule))].map(([rule, all]) => [rule, all.length] as const).sort(([a], [b]) => a < b ? -1 : 1))
      const documents = real().filter((file) => file.includes("readme-oas-examples")).slice(0, 12)
      for (const [index, old] of documents.entries()) {
        const next = documents[index + 1]
        if (next === undefined) continue
        const forth = yield* diffDocuments([old], [next]), back = yield* diffDocuments([next], [old])
        assert.deepStrictEqual(count(forth, (rule) => rule), count(back, opposite), `${old} ${next}`)
      }
    }).pipe(Effect.provide(services)), 120_000)

  it("and so are the rows above", () =>
    Effect.runPromise(Effect.gen(function*() {
      // a list that is open to what comes, a default that one side names, and an item that a tuple demands: these are not each other's opposites
      const other = new Set(["media-default", "parameter-renamed", "type-widened", "type-narrowed"])
      for (const row of rows) {
        const kinds = (difference: Difference, turn: (rule: string) => string) => [...new Set(difference.changes.map(({ rule }) => turn(rule)))].filter((rule) => /-(added|removed)$/.test(rule) && !other.has(rule) && !/^(status|media|variant)-/.test(rule)).sort()
        assert.deepStrictEqual(kinds(yield* compare(row.old, row.new, row.config), (rule) => rule), kinds(yield* compare(row.new, row.old, row.config), opposite), row.about)
      }
    })))
})

describe("the command", () => {
  const run = (...args: ReadonlyArray<string>) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ["--conditions=credence-source", join(repository, "kit/src/cli/main.ts"), "diff", ...args], { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } })
    return { status, stderr, stdout }
  }

  it.effect("prints changes, and ends by what was asked for", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ "old.json": parameter({}), "new.json": parameter({ required: true }) })
      const text = run(at("old.json"), at("new.json"))
      assert.deepStrictEqual([text.status, text.stderr], [0, ""])
      assert.include(text.stdout, "parameter `limit` of GET /pets is now required: calls without it fail")
      assert.include(text.stdout, "Step needed: major (minor while the client's version is 0.x).")
      assert.strictEqual(run(at("old.json"), at("new.json"), "--fail-on", "breaking").status, 1)
      assert.strictEqual(run(at("new.json"), at("old.json"), "--fail-on", "breaking").status, 0)
      const parsed = run(at("new.json"), at("old.json"), "--fail-on", "feature", "--json")
      assert.strictEqual(parsed.status, 1)
      const Output = Schema.fromJsonString(Schema.Struct({ ok: Schema.Boolean, step: Schema.String, changes: Schema.Array(Schema.Struct({ rule: Schema.String })) }))
      assert.deepStrictEqual(Schema.decodeUnknownSync(Output)(parsed.stdout), { ok: false, step: "minor", changes: [{ rule: "parameter-optional" }] })
      const missing = run(at("old.json"), at("nowhere.json"))
      assert.deepStrictEqual([missing.status, missing.stdout], [2, ""])
      assert.include(missing.stderr, "no such file")
      assert.strictEqual(run("-", "-").status, 2)
    }).pipe(Effect.scoped, Effect.provide(services)), 60_000)
})
