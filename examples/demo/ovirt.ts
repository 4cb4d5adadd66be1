/**
 * oVirt: single sign-on, typed objects, the filter, waiting, links, pages, the manner of version 3, closing.
 */
import { Ovirt, OvirtAuth, OvirtConfiguration, OvirtLinks, OvirtPaging, OvirtWait, OvirtXml } from "credence/ovirt"
import { Cluster } from "credence/ovirt/models"
import { addVm, getVm, listVms, removeVm, startVm, stopVm } from "credence/ovirt/vms"
import { NodeTransport } from "credence/node"
import type * as Sandbox from "credence-kit/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { bold, code, expect, say, step } from "./screen.ts"

const received = (sandbox: Sandbox.RunningSandbox, path: string) =>
  Effect.map(sandbox.control.received, (requests) => requests.filter((request) => request.system === "ovirt" && request.path === path))

const names = (search: string) => Effect.map(listVms({ search }), (page) => (page.vm ?? []).map((vm) => vm.name).join(", "))

const soon = Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 50 }))

const steps = (sandbox: Sandbox.RunningSandbox, password: Redacted.Redacted<string>) =>
  Effect.gen(function*() {
    const { control } = sandbox

    yield* step("1. Connect: product, summary, the engine's clock", Effect.gen(function*() {
      yield* code("const { product_info, summary, time } = yield* Ovirt.connect()")
      const { product_info, summary, time } = yield* Ovirt.connect()
      yield* say(`${bold(product_info?.name ?? "")} ${product_info?.version?.full_version}, ${summary?.vms?.active} of ${summary?.vms?.total} machines run, ${time === undefined ? "" : DateTime.formatIso(time)}`)
      yield* expect("one token, by password", (yield* received(sandbox, "/ovirt-engine/sso/oauth/token")).length === 1)
    }))

    yield* step("2. A machine: added, started, waited for, stopped, removed", Effect.gen(function*() {
      const { cluster, id, name } = yield* addVm({ body: { name: "demo-vm", memory: 2 * 1024 ** 3, cluster: { name: "Edge" }, template: { name: "Blank" } } })
      yield* say(`${name} in cluster ${(yield* OvirtLinks.follow(cluster ?? {}, Cluster)).name}`)
      yield* startVm({ id, body: {} })
      yield* code("OvirtWait.until(getVm({ id }), { until: (vm) => vm.status === \"up\", schedule, onProgress })")
      const up = yield* OvirtWait.until(getVm({ id }), { until: (vm) => vm.status === "up", schedule: soon, onProgress: ({ looks, value }) => say(`look ${looks}: ${OvirtWait.statusOf(value)}`) })
      yield* expect("it is up", up.status === "up")
      const refused = yield* startVm({ id, body: {} }).pipe(Effect.as("started"), Effect.catchTag("Conflict", (e) => Effect.succeed(e.body.fault?.detail ?? "")))
      yield* expect(`starting it again is Conflict, typed: "${refused}"`, refused.includes("VM is running"))
      yield* stopVm({ id, body: {} })
      yield* OvirtWait.until(getVm({ id }), { until: (vm) => vm.status === "down", schedule: soon })
      yield* removeVm({ id })
      yield* expect("and gone", (yield* Effect.flip(getVm({ id })))._tag === "NotFound")
    }))

    yield* step("3. The engine forgets the token; nobody notices", Effect.gen(function*() {
      yield* control.expireSessions("demo")
      yield* control.clearReceived
      yield* Effect.all(Array.from({ length: 50 }, () => names("name=vm1")), { concurrency: "unbounded" })
      yield* expect("50 calls at once, one new token", (yield* received(sandbox, "/ovirt-engine/sso/oauth/token")).length === 1)
    }))

    yield* step("4. Pages are a Stream", Effect.gen(function*() {
      yield* control.clearReceived
      yield* code("OvirtPaging.paged(listVms, (page) => page.vm).items({ search: \"sortby name asc\", max: 5 })")
      const count = yield* Stream.runCount(OvirtPaging.paged(listVms, (page) => page.vm).items({ search: "sortby name asc", max: 5 }))
      yield* expect(`${count} machines from ${(yield* received(sandbox, "/ovirt-engine/api/vms")).length} pages`, count === 12)
    }))

    yield* step("5. Who is no administrator asks for what is his", Effect.gen(function*() {
      yield* code("Ovirt.override(OvirtAuth.password({ username: \"viewer@internal\", … }))")
      const viewer = Ovirt.override(OvirtAuth.password({ username: "viewer@internal", password }))
      const refused = yield* names("").pipe(Effect.catchTag("Forbidden", (e) => Effect.succeed(e.message)), Effect.provide(viewer))
      yield* expect(`without the filter: ${refused}`, refused.includes("insufficient permissions"))
      const his = yield* Effect.map(listVms({ filter: true }), (page) => page.vm?.map((vm) => vm.name).join()).pipe(Effect.provide(viewer))
      yield* expect(`with it: ${his}`, his === "vm1")
    }))

    yield* step("6. An engine of version 3: XML, and a session by cookie", Effect.gen(function*() {
      const old = Ovirt.layer().pipe(Layer.provide([
        OvirtAuth.persistent({ username: "demo@internal", password, sessionTimeout: 10 }),
        OvirtConfiguration.layer({ url: sandbox.ovirt.url.replace("/ovirt-engine/api", ""), version: 3 }),
        OvirtXml.transport(NodeTransport.layer())
      ]))
      yield* control.clearReceived
      yield* code("OvirtAuth.persistent({ … }), OvirtConfiguration.layer({ url, version: 3 }), OvirtXml.transport(NodeTransport.layer())")
      const found = yield* Effect.andThen(names("name=vm2"), names("name=vm1")).pipe(Effect.provide(old))
      const requests = yield* control.received
      const withPassword = requests.filter(({ headers }) => headers["authorization"] !== undefined)
      yield* expect(`${found}, by the same endpoints; the password went once in ${requests.length} requests`, found === "vm1" && withPassword.length === 1)
      yield* expect("and the last request closed the session", requests.at(-1)?.headers["prefer"] === undefined && requests[0]?.headers["prefer"] === "persistent-auth")
    }))

    yield* step("7. Disconnect: the token is ended on the engine", Effect.gen(function*() {
      yield* Ovirt.disconnect
      const late = yield* Effect.flip(names(""))
      yield* expect(`revoked, and a later call is ${late._tag}`, late._tag === "SessionClosed" && (yield* received(sandbox, "/ovirt-engine/services/sso-logout")).at(-1)?.status === 200)
    }))
  })

/** Every step, against the sandbox's engine. */
export const walk = (sandbox: Sandbox.RunningSandbox) => {
  const password = Redacted.make(sandbox.ovirt.password)
  return steps(sandbox, password).pipe(Effect.provide(Ovirt.layer().pipe(Layer.provide([
    OvirtAuth.password({ username: `${sandbox.ovirt.username}@internal`, password }),
    OvirtConfiguration.layer({ url: sandbox.ovirt.url }),
    NodeTransport.layer()
  ]))))
}
