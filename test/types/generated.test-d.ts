/** What generated modules are made of has the types that their interfaces say. */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type CallError, Endpoint, type NotFound, Open, Session, type Transport } from "credence"
import * as Paging from "credence/Paging"
import { JsonPatch, MergePatch } from "credence/Patch"
import { handle, handleResponse } from "credence/testing"
import { claim, type ErrorOf, type NeedsOf, type Same, type SuccessOf } from "./support.ts"

class Petstore extends Session.Service<Petstore>()("petstore") {}

// --- models: the interface is the schema's type, without a cast

interface Circle {
  readonly r: number
}
const Circle: Schema.Codec<Circle, unknown> = /*#__PURE__*/ Schema.suspend(() => Schema.Struct({ r: Schema.Finite }))
interface Square {
  readonly type: string
  readonly side: number
}
const Square: Schema.Codec<Square, unknown> = /*#__PURE__*/ Schema.suspend(() => Schema.Struct({ type: Schema.String, side: Schema.Finite }))
interface Group {
  readonly members: ReadonlyArray<Pet>
}
const Group: Schema.Codec<Group, unknown> = /*#__PURE__*/ Schema.suspend(() => Schema.Struct({ members: Schema.Array(Pet) }))

interface Pet {
  readonly id: number
  readonly serial: bigint
  readonly digits: string
  readonly name: string
  readonly limit: number
  readonly state?: "open" | "sold" | Open.Unrecognized<string> | undefined
  readonly level?: 1 | 2 | Open.Unrecognized<number> | undefined
  readonly shape?: (Circle & { readonly type: "circle" }) | (Square & { readonly type: "square" }) | (Group & { readonly type: "group" }) | Open.UnknownVariant | undefined
  readonly closed: (Circle & { readonly type: "circle" }) | (Square & { readonly type: "square" })
  readonly any: Circle | string | Open.Unrecognized
}
const Pet: Schema.Codec<Pet, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    serial: Open.Int64BigInt,
    digits: Open.Int64Text,
    name: Open.onInput(Schema.String, Schema.isMaxLength(20)),
    limit: Open.withDefault(Schema.Int, () => 25),
    state: Open.optional(Open.literals(["open", "sold"])),
    level: Open.optional(Open.literals([1, 2])),
    shape: Open.optional(Open.union("type", { circle: Circle, square: Square, group: Group })),
    closed: Open.closedUnion("type", { circle: Circle, square: Square }),
    any: Open.anyOf([Circle, Schema.String])
  })
)
/** a member with a default may be declared as one that a caller leaves out */
interface Search {
  readonly limit?: number | undefined
}
export const Search: Schema.Codec<Search, unknown> = /*#__PURE__*/ Schema.suspend(() => Schema.Struct({ limit: Open.withDefault(Schema.Int, () => 25) }))
interface Labels {
  readonly id: number
  readonly [label: string]: number | string
}
export const Labels: Schema.Codec<Labels, unknown> = /*#__PURE__*/ Schema.suspend(() => Open.record<Labels>({ id: Schema.Int }, Schema.String))

const texts = Open.literals(["a", "b"])
claim<Same<typeof texts.Type, "a" | "b" | Open.Unrecognized<string>>>()
const mixed = Open.literals([1, "a", true])
claim<Same<typeof mixed.Type, 1 | "a" | true | Open.Unrecognized<string> | Open.Unrecognized<number> | Open.Unrecognized<boolean>>>()
const grown = Open.literals(Schema.Literals(["a", "b"]))
claim<Same<typeof grown.Type, "a" | "b" | Open.Unrecognized<string>>>()
// @ts-expect-error an object is no literal
Open.literals([{}])
// @ts-expect-error one value at least
Open.literals([])
// @ts-expect-error a check is for what the schema holds
Open.onInput(Schema.String, Schema.isGreaterThan(1))
// @ts-expect-error the default is of the schema's type
Open.withDefault(Schema.Int, () => "25")

declare const shape: NonNullable<Pet["shape"]>
if (!(shape instanceof Open.Unrecognized)) {
  switch (shape.type) {
    case "circle":
      claim<Same<typeof shape.r, number>>()
      break
    case "square":
      claim<Same<typeof shape.side, number>>()
      break
    case "group":
      claim<Same<typeof shape.members, ReadonlyArray<Pet>>>()
  }
}

// --- endpoints

const Problem = Schema.Struct({ title: Schema.String })
const getPet = Endpoint.get(Petstore, "/pets/{petId}", {
  name: "getPet",
  path: { petId: Schema.Int },
  query: { limit: /*#__PURE__*/ Schema.optional(Schema.Int) },
  header: { xTrace: /*#__PURE__*/ Endpoint.param(Schema.String, { name: "x-trace" }) },
  success: Pet,
  as: { "text/csv": /*#__PURE__*/ Endpoint.Reply.text("text/csv"), "application/x-ndjson": /*#__PURE__*/ Endpoint.Reply.jsonLines(Pet), "application/json": { 200: Problem, 204: Schema.Void } },
  responseHeaders: { "X-Rate-Limit": /*#__PURE__*/ Schema.optional(Schema.Int), "x-id": Schema.String },
  errors: { 404: Problem },
  security: [{ ApiKeyAuth: [] }, { JwtAuth: ["read"], TenantKey: [] }],
  permission: ["viewCases"],
  server: "https://uploads.example.com/v1"
})
const csv = getPet.as("text/csv")({ petId: 1, xTrace: "t" })
claim<Same<SuccessOf<typeof csv>, string>>()
claim<Same<ErrorOf<typeof csv>, CallError | NotFound<{ readonly title: string }>>>()
claim<Same<NeedsOf<typeof csv>, NeedsOf<ReturnType<typeof getPet>>>>()
const lines = getPet.as("application/x-ndjson")({ petId: 1, xTrace: "t" })
claim<Same<SuccessOf<typeof lines>, Stream.Stream<Pet, Transport.TransportError>>>()
claim<Same<NeedsOf<typeof lines>, NeedsOf<typeof csv> | Scope.Scope>>()
const several = getPet.as("application/json")({ petId: 1, xTrace: "t" })
claim<Same<SuccessOf<typeof several>, { readonly title: string } | void>>()
// @ts-expect-error not declared
getPet.as("image/png")
// @ts-expect-error the input is the same
getPet.as("text/csv")({ petId: 1 })
// @ts-expect-error no others are declared
Endpoint.get(Petstore, "/x", { success: Pet }).as("text/csv")
// @ts-expect-error scopes are lists
Endpoint.get(Petstore, "/x", { success: Pet, security: [{ a: "read" }] })

const told = Endpoint.withResponse(getPet)({ petId: 1, xTrace: "t" })
claim<Same<SuccessOf<typeof told>["headers"], { readonly "x-id": string; readonly "x-rate-limit"?: number | undefined }>>()
claim<Same<SuccessOf<typeof told>["value"], Pet>>()
claim<Same<ErrorOf<typeof told>, ErrorOf<typeof csv>>>()
claim<Same<NeedsOf<typeof told>, NeedsOf<typeof csv>>>()
const plain = Endpoint.withResponse(Endpoint.get(Petstore, "/x", { success: Schema.String }))()
claim<Same<typeof plain, Effect.Effect<Endpoint.Answered<string, {}>, CallError, Petstore>>>()

const events = Endpoint.get(Petstore, "/x", { success: Endpoint.Reply.events() })
claim<Same<SuccessOf<ReturnType<typeof events>>, Stream.Stream<Endpoint.Reply.ServerSentEvent<string>, Transport.TransportError>>>()
claim<Same<NeedsOf<ReturnType<typeof events>>, Petstore | Scope.Scope>>()
const typed = Endpoint.get(Petstore, "/x", { success: Endpoint.Reply.events(Schema.Struct({ a: Schema.Int })) })
claim<Same<SuccessOf<ReturnType<typeof typed>>, Stream.Stream<Endpoint.Reply.ServerSentEvent<{ readonly a: number }>, Transport.TransportError>>>()

// --- a choice of bodies

const addPet = Endpoint.post(Petstore, "/pets/{shop}", {
  path: { shop: Schema.String },
  body: Endpoint.Body.choice({
    "application/json": Problem,
    "multipart/form-data": Endpoint.Body.multipart({ photo: Endpoint.Body.file, more: Endpoint.Body.optionalFiles }),
    "text/plain": Endpoint.Body.optional(Endpoint.Body.text())
  }, { default: "application/json" }),
  success: Schema.Void
})
addPet({ shop: "s", body: { title: "x" } })
addPet({ shop: "s", contentType: "application/json", body: { title: "x" } })
addPet({ shop: "s", contentType: "multipart/form-data", body: { photo: { name: "p", content: "x" }, more: [{ name: "q", content: "y" }] } })
addPet({ shop: "s", contentType: "text/plain" })
// @ts-expect-error the body is that of the choice
addPet({ shop: "s", contentType: "multipart/form-data", body: { title: "x" } })
// @ts-expect-error only the default need not be named
addPet({ shop: "s", body: "x" })
// @ts-expect-error no such choice
addPet({ shop: "s", contentType: "application/xml", body: "x" })
const choose = Endpoint.post(Petstore, "/pets", { body: Endpoint.Body.choice({ "application/json": Problem, "text/plain": Endpoint.Body.text() }), success: Schema.Void })
// @ts-expect-error without a default it must be named
choose({ body: { title: "x" } })
// @ts-expect-error the default is one of the choices
Endpoint.Body.choice({ "application/json": Problem }, { default: "text/plain" })
handle(choose, (input) => {
  if (input.contentType === "text/plain") claim<Same<typeof input.body, string>>()
  else claim<Same<typeof input.body, { readonly title: string }>>()
  return null as never
})

const upload = Endpoint.post(Petstore, "/files", { body: Endpoint.Body.multipart({ files: Endpoint.Body.files }), success: Schema.Void })
upload({ body: { files: [] } })
// @ts-expect-error a list of files
upload({ body: { files: { name: "a", content: "x" } } })
// forms of any record, however it is encoded
Endpoint.Body.form(Pet)

// --- descriptions

const described = Endpoint.describe(getPet, { operationId: "getPet", tags: ["pets"] })
claim<Same<typeof described.openapi, Endpoint.Fragment>>()
claim<Same<SuccessOf<ReturnType<typeof described>>, Pet>>()
described.as("text/csv")

// --- doubles

handleResponse(getPet, ({ petId }) => {
  claim<Same<typeof petId, number>>()
  return null as never
})
// @ts-expect-error a declared field is missing
handleResponse(getPet, () => null as never as Effect.Effect<{ readonly value: Pet; readonly headers: {} }>)

// --- pages

const Page = Schema.Struct({ items: Schema.Array(Problem), next: Schema.optional(Schema.String), more: Schema.optional(Schema.Boolean) })
const list = Endpoint.get(Petstore, "/pets", { query: { cursor: Schema.optional(Schema.String), page: Schema.optional(Schema.Int), limit: Schema.Int }, success: Page, errors: { 404: Problem } })
const search = Endpoint.post(Petstore, "/search", { body: Schema.Struct({ cursor: Schema.optional(Schema.String), offset: Schema.optional(Schema.Int) }), success: Page })

const byCursor = Paging.cursor(list, { items: (page) => page.items, next: (page) => page.next, parameter: "cursor" })
const found = byCursor.items({ limit: 1 })
claim<Same<typeof found, Stream.Stream<{ readonly title: string }, CallError | NotFound<{ readonly title: string }>, Petstore>>>()
Paging.cursor(search, { items: (page) => page.items, next: (page) => page.next, parameter: "cursor", in: "body" })
Paging.page(list, { items: (page) => page.items, parameter: "page" })
Paging.offset(search, { items: (page) => page.items, offset: "offset", in: "body" })
Paging.link(list, { items: (page) => page.items })
// @ts-expect-error the endpoint takes no such parameter
Paging.cursor(list, { items: (page) => page.items, next: (page) => page.next, parameter: "token" })
// @ts-expect-error the body has no such member
Paging.cursor(search, { items: (page) => page.items, next: (page) => page.next, parameter: "token", in: "body" })
// @ts-expect-error the token is a text
Paging.cursor(list, { items: (page) => page.items, next: (page) => page.more, parameter: "cursor" })
// @ts-expect-error the page has no such member
Paging.page(list, { items: (page) => page.data, parameter: "page" })
// @ts-expect-error a limit is required
byCursor.items()

// --- patches

claim<Same<ReturnType<typeof JsonPatch.add>, JsonPatch.Operation>>()
// @ts-expect-error a place is keys or a pointer
JsonPatch.remove({ a: 1 })
const merge: MergePatch.MergePatch<{ readonly a: number; readonly b?: { readonly c: string } | undefined }> = { a: null, b: { c: null } }
claim<Same<typeof merge, typeof merge>>()
// @ts-expect-error no such member
const wrong: MergePatch.MergePatch<{ readonly a: number }> = { c: 1 }
claim<Same<typeof wrong, typeof wrong>>()
