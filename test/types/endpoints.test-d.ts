/** What an endpoint takes, gives, fails with and needs is what it declares. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type CallError,
  type Can,
  type ClientError,
  type Conflict,
  Endpoint,
  type ErrorResponse,
  type NotFound,
  Open,
  type ServerError,
  Session,
  type TooManyRequests,
  type Transport
} from "credence"
import { claim, type ErrorOf, type NeedsOf, type Same, type SuccessOf } from "./support.ts"

class Billing extends Session.Service<Billing>()("billing") {}
const Invoice = Schema.Struct({ id: Schema.String, total: Schema.BigIntFromString })
type Invoice = typeof Invoice.Type
const Problem = Schema.Struct({ title: Schema.String })
type Problem = typeof Problem.Type

// --- input

const inOrg = Endpoint.get(Billing, "/orgs/{org}/invoices/{id}", {
  path: { org: Schema.String, id: Schema.Int },
  query: { limit: Schema.optional(Schema.Int), q: Schema.String, maybe: Schema.UndefinedOr(Schema.String), open: Open.optional(Schema.String) },
  header: { trace: Endpoint.param(Schema.optional(Schema.String), { name: "X-Trace" }) },
  cookie: { theme: Schema.optional(Schema.String) },
  success: Invoice
})
claim<Same<Parameters<typeof inOrg>, [input: {
  readonly org: string
  readonly id: number
  readonly limit?: number | undefined
  readonly q: string
  readonly maybe?: string | undefined
  readonly open?: string | undefined
  readonly trace?: string | undefined
  readonly theme?: string | undefined
}]>>()

inOrg({ org: "o", id: 1, q: "x" })
// @ts-expect-error `id` is missing
inOrg({ org: "o", q: "x" })
// @ts-expect-error `id` is a number
inOrg({ org: "o", id: "1", q: "x" })
// @ts-expect-error `extra` is not declared
inOrg({ org: "o", id: 1, q: "x", extra: 1 })
// @ts-expect-error there is something to give
inOrg()

// @ts-expect-error the template has {id}, and no field for it
Endpoint.get(Billing, "/invoices/{id}", { success: Invoice })
// @ts-expect-error one of two fields is missing
Endpoint.get(Billing, "/orgs/{org}/invoices/{id}", { path: { org: Schema.String }, success: Invoice })
// @ts-expect-error the template has no {id}
Endpoint.get(Billing, "/invoices", { path: { id: Schema.String }, success: Invoice })

const list = Endpoint.get(Billing, "/invoices", { query: { limit: Schema.optional(Schema.Int) }, success: Schema.Array(Invoice) })
// all of it may be left out
list()
list({})
list({ limit: 1 })

// @ts-expect-error a misspelt member is no member
Endpoint.get(Billing, "/invoices", { querry: { limit: Schema.Int }, success: Invoice })

// --- bodies

const create = Endpoint.post(Billing, "/invoices", { body: Invoice, success: Schema.Void })
create({ body: { id: "1", total: 1n } })
// @ts-expect-error the decoded type is wanted, not the encoded one
create({ body: { id: "1", total: "1" } })
// @ts-expect-error a body is required
create({})
claim<Same<SuccessOf<ReturnType<typeof create>>, void>>()

const maybe = Endpoint.post(Billing, "/invoices", { body: Schema.UndefinedOr(Problem), success: Schema.Void })
maybe()
maybe({ body: { title: "x" } })

const upload = Endpoint.post(Billing, "/files", {
  body: Endpoint.Body.multipart({ title: Schema.String, note: Schema.optional(Schema.String), file: Endpoint.Body.file, preview: Endpoint.Body.optionalFile }),
  success: Schema.Void
})
upload({ body: { title: "t", file: { name: "a", content: "x" } } })
// @ts-expect-error the file is required
upload({ body: { title: "t" } })
// @ts-expect-error a file is name and content
upload({ body: { title: "t", file: "x" } })

const raw = Endpoint.put(Billing, "/raw", { body: Endpoint.Body.bytes(), success: Schema.Void })
raw({ body: new Uint8Array() })
// @ts-expect-error bytes, not text
raw({ body: "x" })
const streamed = Endpoint.put(Billing, "/raw", { body: Endpoint.Body.stream(), success: Schema.Void })
streamed({ body: { stream: Stream.empty, length: 0, replay: true } })
// @ts-expect-error a form's fields are records
Endpoint.Body.form(Schema.String)

// --- success

claim<Same<SuccessOf<ReturnType<typeof inOrg>>, Invoice>>()
const several = Endpoint.get(Billing, "/x", { success: { 200: Invoice, 202: Schema.Struct({ later: Schema.String }), 204: Schema.Void } })
claim<Same<SuccessOf<ReturnType<typeof several>>, Invoice | { readonly later: string } | void>>()
const asText = Endpoint.get(Billing, "/x", { success: Endpoint.Reply.text() })
claim<Same<SuccessOf<ReturnType<typeof asText>>, string>>()
const asBytes = Endpoint.get(Billing, "/x", { success: Endpoint.Reply.bytes() })
claim<Same<SuccessOf<ReturnType<typeof asBytes>>, Uint8Array>>()
const growing = Endpoint.get(Billing, "/x", { success: Schema.Struct({ state: Open.literals(["a", "b"]) }) })
claim<Same<SuccessOf<ReturnType<typeof growing>>["state"], "a" | "b" | Open.Unrecognized<string>>>()

// --- failures: what is declared, by exact status, range and default; every call's own besides

const failing = Endpoint.get(Billing, "/x", {
  success: Invoice,
  errors: { 401: Problem, 404: Problem, 409: Schema.Struct({ by: Schema.Int }), 418: Schema.Literal("tea"), 599: Schema.String, "4XX": Schema.String, "5XX": Problem, default: Schema.Boolean }
})
claim<Same<
  ErrorOf<ReturnType<typeof failing>>,
  | CallError
  | NotFound<Problem>
  | Conflict<{ readonly by: number }>
  | ClientError<"tea">
  | ServerError<string>
  | ClientError<string>
  | ServerError<Problem>
  | ErrorResponse<boolean>
>>()
claim<Same<ErrorOf<ReturnType<typeof inOrg>>, CallError>>()
const throttled = Endpoint.get(Billing, "/x", { success: Invoice, errors: { 429: Endpoint.Reply.text(), 410: Schema.Void } })
claim<Same<Extract<ErrorOf<ReturnType<typeof throttled>>, { readonly status: 429 }>, TooManyRequests<string>>>()
// what decoding can fail with is what the call declares
claim<Same<Exclude<ErrorOf<ReturnType<typeof failing.operation.decode>>, ErrorOf<ReturnType<typeof failing>>>, never>>()
claim<Same<Exclude<ErrorOf<ReturnType<typeof failing>>, ErrorOf<ReturnType<typeof failing.operation.decode>> | CallError>, never>>()

// catchTag gives the endpoint's own body, and takes the tag out
const handled = failing().pipe(Effect.catchTag("NotFound", (e) => {
  claim<Same<typeof e, NotFound<Problem>>>()
  claim<Same<typeof e.status, 404>>()
  return Effect.succeed(e.body.title)
}))
claim<Same<Extract<ErrorOf<typeof handled>, { readonly _tag: "NotFound" }>, never>>()
claim<Same<SuccessOf<typeof handled>, Invoice | string>>()
// several bodies under one tag are a union
const two = Effect.andThen(failing(), Endpoint.get(Billing, "/y", { success: Invoice, errors: { 404: Schema.Int } })())
two.pipe(Effect.catchTags({
  NotFound: (e) => {
    claim<Same<typeof e.body, Problem | number>>()
    return Effect.void
  },
  ClientError: (e) => {
    claim<Same<typeof e.body, string>>()
    return Effect.void
  },
  Timeout: (e) => Effect.succeed(e.phase)
}))
// @ts-expect-error no such tag
inOrg({ org: "o", id: 1, q: "x" }).pipe(Effect.catchTag("NotFound", () => Effect.void))
// @ts-expect-error no such range of statuses
Endpoint.get(Billing, "/x", { success: Invoice, errors: { "2xx": Problem } })

// --- needs

claim<Same<NeedsOf<ReturnType<typeof inOrg>>, Billing>>()
const guarded = Endpoint.get(Billing, "/x", { success: Invoice, permission: "read" })
claim<Same<NeedsOf<ReturnType<typeof guarded>>, Billing | Can<Billing, "read">>>()
const doubly = Endpoint.get(Billing, "/x", { success: Invoice, permission: ["read", "write"] })
claim<Same<NeedsOf<ReturnType<typeof doubly>>, Billing | Can<Billing, "read"> | Can<Billing, "write">>>()

const file = Endpoint.get(Billing, "/file", { success: Endpoint.Reply.stream(), permission: "read" })
claim<Same<SuccessOf<ReturnType<typeof file>>, Endpoint.Download>>()
claim<Same<NeedsOf<ReturnType<typeof file>>, Billing | Can<Billing, "read"> | Scope.Scope>>()
// as one Stream it needs no scope: the stream is one
const content = Endpoint.body(file)()
claim<Same<typeof content, Stream.Stream<Uint8Array, CallError | Transport.TransportError, Billing | Can<Billing, "read">>>>()
// @ts-expect-error only a streaming endpoint has a body to stream
Endpoint.body(inOrg)

const untouched = Endpoint.raw(failing)()
claim<Same<typeof untouched, Effect.Effect<Transport.TransportResponse, CallError, Billing>>>()

// --- pages

const paged = Endpoint.paged(list, { items: (page) => page, next: (_page, input) => input })
const items = paged.items({})
claim<Same<typeof items, Stream.Stream<Invoice, CallError, Billing>>>()
