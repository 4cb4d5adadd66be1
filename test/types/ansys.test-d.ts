/** What the compiler knows of ansys. Checked by `tsc`; nothing here runs. */
import { type BadRequest, type CallError, type ConfigurationInvalid, type Forbidden, type NotFound, Session } from "credence"
import { Ansys, AnsysAuth, ansysOptions, type ApiError, connected, type Item } from "credence/ansys"
import { createItem, getItem, listItems } from "credence/ansys/items"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

// what an endpoint gives, how it fails, what it needs
same<ReturnType<typeof listItems>, Effect.Effect<ReadonlyArray<Item>, CallError | BadRequest<ApiError>, Ansys>>(true)
same<ReturnType<typeof createItem>, Effect.Effect<Item, CallError | BadRequest<ApiError> | Forbidden<ApiError>, Ansys>>(true)
same<ReturnType<typeof getItem>, Effect.Effect<Item, CallError | NotFound<ApiError>, Ansys>>(true)
// @ts-expect-error a number
getItem({ id: "1" })
// @ts-expect-error one of the kinds
listItems({ kind: "levitating" })

// a session that has proved itself may fail while it is built; one that has not may not
class Materials extends Session.Service<Materials>()("materials", ansysOptions) {}
export const proved = connected(Materials)
export const plain = Materials.layer()
same<Layer.Error<typeof proved>, CallError | ConfigurationInvalid>(true)
same<Layer.Error<typeof plain>, ConfigurationInvalid>(true)
same<Layer.Success<typeof proved>, Layer.Success<typeof plain>>(true)

// who it is
const password = Redacted.make("x")
AnsysAuth.credentials({ username: "ada", password, scheme: "NTLM" })
// @ts-expect-error Negotiate is autologon's
AnsysAuth.credentials({ username: "ada", password, scheme: "Negotiate" })
// @ts-expect-error a secret is Redacted
AnsysAuth.accessToken("x")
// @ts-expect-error there is no ticket without a scheme
AnsysAuth.autologon({})
same<ReturnType<typeof AnsysAuth.fromConfig> extends Layer.Layer<infer _A, infer E> ? E : never, ConfigurationInvalid>(true)
