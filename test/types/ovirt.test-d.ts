/** What the compiler knows of oVirt. Checked by `tsc`; nothing here runs. */
import type { BadRequest, CallError, Conflict, Forbidden, NotFound, Open } from "credence"
import { Ovirt, OvirtAuth, OvirtConfiguration, OvirtLinks, OvirtPaging, OvirtWait } from "credence/ovirt"
import { type ActionFault, type Action, type Api, Cluster, type Fault, type Vm, type VmStatus } from "credence/ovirt/models"
import { addVm, getVm, listVmNics, listVms, startVm } from "credence/ovirt/vms"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

// what an endpoint gives, how it fails, what it needs
same<ReturnType<typeof getVm>, Effect.Effect<Vm, CallError | Forbidden<Fault> | NotFound<Fault>, Ovirt>>(true)
same<ReturnType<typeof startVm>, Effect.Effect<Action, CallError | BadRequest<Fault> | Forbidden<ActionFault> | NotFound<Fault> | Conflict<ActionFault>, Ovirt>>(true)
same<Vm["status"], VmStatus | Open.Unrecognized<string> | undefined>(true)
same<Vm["memory"], number | undefined>(true)
same<Vm["stateless"], boolean | undefined>(true)
same<Vm["creation_time"], DateTime.Utc | undefined>(true)

// what must be given
listVms()
listVms({ max: 10, filter: true })
// @ts-expect-error a number
listVms({ max: "10" })
// @ts-expect-error the name
addVm({ body: { memory: 1 } })
// @ts-expect-error what the engine decides
addVm({ body: { name: "a", status: "up" } })

// the session
same<ReturnType<typeof Ovirt.connect>, Effect.Effect<Api, CallError, Ovirt>>(true)
same<ReturnType<typeof Ovirt.test>, Effect.Effect<boolean, never, Ovirt>>(true)

// links, pages, waiting
same<Effect.Success<ReturnType<typeof OvirtLinks.follow<typeof Cluster>>>, Cluster>(true)
const all = OvirtPaging.paged(listVms, (page) => page.vm)
same<Stream.Success<ReturnType<typeof all.items>>, Vm>(true)
// @ts-expect-error it has no pages
OvirtPaging.paged(listVmNics, (page) => page.nic)
export const waited = OvirtWait.until(getVm({ id: "1" }), { until: (vm) => vm.status === "up", onProgress: () => Effect.fail("stop" as const) })
same<Effect.Error<typeof waited>, CallError | Forbidden<Fault> | NotFound<Fault> | OvirtWait.StateNotReached<Vm> | "stop">(true)
export const last = Effect.catchTag(waited, "StateNotReached", (error) => Effect.succeed(error.last.name))

// who it is
const password = Redacted.make("x")
OvirtAuth.persistent({ username: "a", password })
OvirtAuth.persistent({ schemes: [] })
// @ts-expect-error one of them
OvirtAuth.persistent({})
// @ts-expect-error a secret is Redacted
OvirtAuth.password({ username: "a", password: "x" })
// @ts-expect-error where the engine is
OvirtConfiguration.layer({})
