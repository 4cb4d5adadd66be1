/** Sessions, permissions and policies: what does not fit does not compile. */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Duration from "effect/Duration"
import type * as Scope from "effect/Scope"
import { Auth, Call, type CallError, type Can, Configuration, type ConfigurationInvalid, Endpoint, Hooks, Policy, type PreconditionFailed, Session, Transport } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import type { ArgusMessages } from "credence/argus"
import { claim, type ErrorOf, type NeedsOf, type Same } from "./support.ts"

class Billing extends Session.Service<Billing>()("billing") {}
class Shop extends Session.Service<Shop>()("shop") {}
const Item = Schema.Struct({ id: Schema.Int })

const bill = Endpoint.get(Billing, "/x", { success: Item, permission: "read" })
const buy = Endpoint.get(Shop, "/x", { success: Item, permission: "read" })

const runnable = <A, E>(_: Effect.Effect<A, E>): void => {}
declare const billing: Layer.Layer<Session.Full<Billing>, ConfigurationInvalid>
declare const shop: Layer.Layer<Session.Full<Shop>, ConfigurationInvalid>

// --- a session is needed, and its own

runnable(bill().pipe(Effect.provide(billing)))
// @ts-expect-error no session
runnable(bill())
// @ts-expect-error another API's session
runnable(bill().pipe(Effect.provide(shop)))
const both = Effect.andThen(bill(), buy())
claim<Same<NeedsOf<typeof both>, Billing | Can<Billing, "read"> | Shop | Can<Shop, "read">>>()
const half = both.pipe(Effect.provide(billing))
// one API's session grants nothing of another's, although the permissions have one name
claim<Same<NeedsOf<typeof half>, Shop | Can<Shop, "read">>>()
runnable(both.pipe(Effect.provide([billing, shop])))

// --- what a session is made of

const layer = Billing.layer()
claim<Same<typeof layer, Layer.Layer<Session.Full<Billing>, ConfigurationInvalid, Session.Parts>>>()
const parts = [Auth.bearer(Redacted.make("t")), Configuration.layer({ baseUrl: "https://x" })] as const
// @ts-expect-error the transport is missing
runnable(bill().pipe(Effect.provide(Billing.layer().pipe(Layer.provide([...parts])))))
// @ts-expect-error a secret is Redacted
Auth.bearer("t")
const made = Billing.make()
claim<Same<typeof made, Effect.Effect<Session.Session<"billing">, ConfigurationInvalid, Session.Parts | Scope.Scope>>>()
declare const session: Session.Session<"billing">
runnable(bill().pipe(Billing.use(session)))
// @ts-expect-error another API's session value
bill().pipe(Billing.use({} as Session.Session<"shop">))

// --- override needs an outer session

const override = Billing.override(Auth.bearer(Redacted.make("t")))
claim<Same<Layer.Services<typeof override>, Billing>>()
const overridden = bill().pipe(Effect.provide(override))
claim<Same<NeedsOf<typeof overridden>, Billing | Can<Billing, "read">>>()
// @ts-expect-error nothing around it
runnable(overridden)
runnable(overridden.pipe(Effect.provide(billing)))
// @ts-expect-error at least one part
Billing.override()

// --- named and keyed sessions discharge what they give

const eu = Billing.named("eu")
const inEu = eu.run(bill())
claim<Same<NeedsOf<typeof inEu>, Session.NamedSession<"billing/eu">>>()
const named = eu.layer()
claim<Same<typeof named, Layer.Layer<Session.NamedSession<"billing/eu">, ConfigurationInvalid, Session.Parts>>>()
declare const usLayer: Layer.Layer<Session.NamedSession<"billing/us">>
// @ts-expect-error another name
runnable(inEu.pipe(Effect.provide(usLayer)))
const mixed = eu.run(both)
claim<Same<NeedsOf<typeof mixed>, Session.NamedSession<"billing/eu"> | Shop | Can<Shop, "read">>>()

class Boom {
  readonly _tag = "Boom"
}
declare const forTenant: (tenant: string) => Layer.Layer<Session.Full<Billing>, Boom>
class Tenants extends Billing.keyed<Tenants>()("tenants", { layer: forTenant, idleTimeToLive: "5 minutes" }) {}
const inTenant = bill().pipe(Tenants.run("acme"))
claim<Same<NeedsOf<typeof inTenant>, Tenants>>()
// what opening a session can fail with is kept
claim<Same<ErrorOf<typeof inTenant>, CallError | Boom>>()
runnable(inTenant.pipe(Effect.provide(Tenants.layer())))
// @ts-expect-error keys are texts here
bill().pipe(Tenants.run(1))

// --- permissions under a constraint

const view = Endpoint.get(Argus, "/case", { success: Item, permission: "viewCases" })
const edit = Endpoint.put(Argus, "/case", { success: Item, permission: ["viewCases", "updateCase"] })
const free = Endpoint.get(Argus, "/user", { success: Item })

const constrained = view().pipe(Argus.constrained({ customers: ["customer1"], functions: ["viewCases"] }))
claim<Same<ErrorOf<typeof constrained>, CallError | ConfigurationInvalid | PreconditionFailed<ArgusMessages>>>()
claim<Same<NeedsOf<typeof constrained>, Argus | Can<Argus, "viewCases">>>()
free().pipe(Argus.constrained({ functions: ["viewCases"] }))
edit().pipe(Argus.constrained({ functions: ["viewCases", "updateCase"] }))
// @ts-expect-error updateCase is outside the constraint
edit().pipe(Argus.constrained({ functions: ["viewCases"] }))
// @ts-expect-error so it is of a part of it
Effect.andThen(view(), edit()).pipe(Argus.constrained({ functions: ["viewCases"] }))
// @ts-expect-error an empty list leaves nothing
view().pipe(Argus.constrained({ functions: [] }))
// without functions, functions stay whole
const customersOnly = edit().pipe(Argus.constrained({ customers: [1] }))
claim<Same<NeedsOf<typeof customersOnly>, Argus | Can<Argus, "viewCases"> | Can<Argus, "updateCase">>>()
// another API's needs pass through
const mixedConstraint = Effect.andThen(view(), bill()).pipe(Argus.constrained({ functions: ["viewCases"] }))
claim<Same<NeedsOf<typeof mixedConstraint>, Argus | Can<Argus, "viewCases"> | Billing | Can<Billing, "read">>>()
Argus.override(ArgusAuth.apiKey(Redacted.make("k")))

// --- policies

Policy.layer({ timeout: "5 seconds", deadline: Duration.minutes(1), retry: Schedule.exponential("100 millis"), retryOn: [429, "Timeout"] })
Policy.layer({ timeout: Schedule.exponential("5 seconds"), retry: "none" })
// @ts-expect-error its outputs are counts, which would mean milliseconds
Policy.layer({ timeout: Schedule.spaced("5 seconds") })
// @ts-expect-error the same for a call
Call.with({ timeout: Schedule.recurs(3) })
// @ts-expect-error no such failure to retry
Policy.layer({ retryOn: ["NotFound"] })
// @ts-expect-error a budget belongs to a session
Call.with({ budget: { capacity: 1, refund: 1 } })
// @ts-expect-error no such option
Call.with({ timeOut: "1 second" })
const patient = bill().pipe(Call.with({ deadline: "1 minute" }))
claim<Same<typeof patient, ReturnType<typeof bill>>>()
// a hook's own needs are the layer's
declare const needy: Effect.Effect<void, never, Shop>
const hooks = Hooks.layer({ call: () => needy })
claim<Same<typeof hooks, Layer.Layer<never, never, Shop>>>()

// --- other faces

const promised = Billing.promise(billing)
const ran = promised.run(bill())
claim<Same<typeof ran, Promise<{ readonly id: number }>>>()
// @ts-expect-error another API's call
void promised.run(buy())
// @ts-expect-error a layer that is not complete
Billing.promise(Billing.layer())

const client = Session.httpClient(Billing)
claim<Same<typeof client, Effect.Effect<HttpClient.HttpClient.With<CallError>, never, Billing>>>()

claim<Same<NeedsOf<ReturnType<typeof Billing.authenticate>>, Billing>>()
claim<Same<NeedsOf<typeof Billing.status>, Billing>>()
Billing.explain(bill)
void Transport
