import { describe, expect, it } from "@effect/vitest"
import { DecodeFailed, Hooks, InvalidInput, Open } from "credence"
import { getApi, Ovirt, OvirtAuth, OvirtConfiguration, OvirtLinks, OvirtPaging, OvirtWait, OvirtXml } from "credence/ovirt"
import { getCluster, listClusters } from "credence/ovirt/clusters"
import { getDataCenter, listDataCenters } from "credence/ovirt/datacenters"
import { getDisk, listDisks } from "credence/ovirt/disks"
import { getEvent, listEvents } from "credence/ovirt/events"
import { getHost, listHosts } from "credence/ovirt/hosts"
import { getJob, listJobs } from "credence/ovirt/jobs"
import { Cluster, Nics } from "credence/ovirt/models"
import { getNetwork, listNetworks } from "credence/ovirt/networks"
import { getStorageDomain, listStorageDomains } from "credence/ovirt/storagedomains"
import { addTag, getTag, listTags, removeTag } from "credence/ovirt/tags"
import { getTemplate, listTemplates } from "credence/ovirt/templates"
import { addVm, getVm, listVmDiskAttachments, listVmNics, listVms, rebootVm, removeVm, shutdownVm, startVm, stopVm, suspendVm, updateVm } from "credence/ovirt/vms"
import { NodeTransport } from "credence/node"
import * as Sandbox from "credence-kit/sandbox"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import { demo, live, live3, received } from "./support.ts"

const GIB = 1024 ** 3
const byName = (name: string) => Effect.map(listVms({ search: `name=${name}` }), (page) => page.vm?.[0] ?? expect.fail(`no ${name}`))

/** The same over JSON, as version 4 has it, over XML, and over XML in the manner of version 3. */
const manners = {
  "JSON": (sandbox: Sandbox.RunningSandbox) => live(sandbox),
  "XML": (sandbox: Sandbox.RunningSandbox) =>
    Ovirt.layer().pipe(Layer.provide([OvirtAuth.password(demo), OvirtConfiguration.layer({ url: sandbox.ovirt.url }), OvirtXml.transport(NodeTransport.layer())])),
  "version 3": (sandbox: Sandbox.RunningSandbox) => live3(sandbox)
}

describe.each(Object.entries(manners))("endpoints over %s", (manner, session) => {
  it.live("numbers, truth values, moments and states have their types", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      const { id } = yield* byName("vm1")
      const vm = yield* getVm({ id })
      expect(vm).toMatchObject({ name: "vm1", status: "up", memory: GIB, stateless: false, cpu: { topology: { cores: 1, sockets: 1, threads: 1 } } })
      expect(DateTime.isDateTime(vm.creation_time)).toBe(true)
      expect(vm.link?.map((link) => link.rel)).toEqual(["nics", "diskattachments"])
      const api = yield* Ovirt.connect()
      expect(api.product_info?.version?.major).toBe(manner === "version 3" ? 3 : 4)
      expect(api.summary?.vms?.total).toBe(12)
      expect(api.time === undefined ? 0 : DateTime.toEpochMillis(api.time)).toBeGreaterThan(1_700_000_000_000)
    }).pipe(Effect.provide(session(sandbox)))
    const types = new Set((yield* received(sandbox)).filter(({ path }) => path.includes("/api")).map(({ headers }) => headers["accept"]))
    expect([...types]).toEqual([manner === "JSON" ? "application/json" : "application/xml"])
  }))

  it.live("every collection, and one of each", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const first = <A extends { readonly id: string }, E, R, E2, R2>(list: Effect.Effect<ReadonlyArray<A> | undefined, E, R>, get: (input: { id: string }) => Effect.Effect<A, E2, R2>) =>
      Effect.gen(function*() {
        const all = (yield* list) ?? []
        const [one] = all
        if (one === undefined) return expect.fail("nothing there")
        expect(yield* get({ id: one.id })).toEqual(one)
        return all
      })
    yield* Effect.gen(function*() {
      expect((yield* first(Effect.map(listHosts(), (page) => page.host), getHost)).map((host) => host.status)).toEqual(["up", "up", "maintenance"])
      expect((yield* first(Effect.map(listClusters(), (page) => page.cluster), getCluster)).map((cluster) => cluster.name)).toEqual(["Default", "Edge"])
      expect(yield* first(Effect.map(listDataCenters(), (page) => page.data_center), getDataCenter)).toMatchObject([{ name: "Default", local: false, version: { major: 4, minor: 7 } }])
      expect((yield* first(Effect.map(listStorageDomains(), (page) => page.storage_domain), getStorageDomain)).map((domain) => [domain.name, domain.master])).toEqual([["data1", true], ["iso1", false]])
      expect((yield* first(Effect.map(listDisks(), (page) => page.disk), getDisk))[0]?.provisioned_size).toBe(10 * GIB)
      expect((yield* first(Effect.map(listNetworks(), (page) => page.network), getNetwork)).map((network) => [network.mtu, network.vlan?.id])).toEqual([[0, undefined], [9000, 100]])
      expect((yield* first(Effect.map(listTemplates(), (page) => page.template), getTemplate)).map((template) => template.name)).toEqual(["Blank", "debian12"])
      expect((yield* first(Effect.map(listEvents({ from: 10, max: 3 }), (page) => page.event), getEvent)).map((event) => event.id)).toEqual(["11", "12", "13"])
      expect(yield* first(Effect.map(listJobs(), (page) => page.job), getJob)).toHaveLength(1)
      const tag = yield* addTag({ body: { name: "<&\"'> ü", description: "a b" } })
      expect(tag).toMatchObject({ name: "<&\"'> ü", description: "a b" })
      expect((yield* listTags()).tag).toHaveLength(3)
      expect(yield* getTag({ id: tag.id })).toEqual(tag)
      yield* removeTag({ id: tag.id })
      expect(yield* Effect.flip(getTag({ id: tag.id }))).toMatchObject({ _tag: "NotFound" })
    }).pipe(Effect.provide(session(sandbox)))
  }))

  it.live("a machine's life", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const quickly = Schedule.spaced("1 millis").pipe(Schedule.upTo({ times: 20 }))
    yield* Effect.gen(function*() {
      const added = yield* addVm({ body: { name: "web", memory: 2 * GIB, stateless: true, cluster: { name: "Edge" }, template: { name: "Blank" } } })
      expect(added).toMatchObject({ name: "web", status: "down", memory: 2 * GIB, stateless: true })
      const { id } = added
      expect((yield* OvirtLinks.follow(added.cluster ?? {}, Cluster)).name).toBe("Edge")
      expect(yield* updateVm({ id, body: { description: "changed", memory: 3 * GIB } })).toMatchObject({ name: "web", description: "changed", memory: 3 * GIB })
      expect((yield* startVm({ id, body: {} })).status).toBe("complete")
      const seen: Array<unknown> = []
      const up = yield* OvirtWait.until(getVm({ id }), { until: (vm) => vm.status === "up", schedule: quickly, onProgress: ({ looks, value }) => Effect.sync(() => void seen.push([looks, value.status])) })
      expect(up.status).toBe("up")
      expect(seen).toEqual([[1, "powering_up"], [2, "powering_up"]])
      const again = yield* Effect.flip(startVm({ id, body: {} }))
      expect(again).toMatchObject({ _tag: "Conflict", body: { fault: { reason: "Operation Failed", detail: "[Cannot run VM. VM is running.]" } } })
      expect(again.message).toContain("Operation Failed: [Cannot run VM. VM is running.]")
      yield* rebootVm({ id, body: {} })
      yield* OvirtWait.until(getVm({ id }), { until: (vm) => vm.status === "up", schedule: quickly })
      yield* suspendVm({ id, body: {} })
      yield* OvirtWait.until(getVm({ id }), { until: (vm) => vm.status === "suspended", schedule: quickly })
      yield* shutdownVm({ id, body: { reason: "the end" } })
      yield* OvirtWait.until(getVm({ id }), { until: (vm) => vm.status === "down", schedule: quickly })
      expect(yield* Effect.flip(stopVm({ id, body: { force: true } }))).toMatchObject({ _tag: "Conflict" })
      yield* removeVm({ id })
      expect(yield* Effect.flip(removeVm({ id }))).toMatchObject({ _tag: "NotFound", body: { detail: `Entity not found: ${id}` } })
    }).pipe(Effect.provide(session(sandbox)))
  }))

  it.live("refusals are typed", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      expect(yield* Effect.flip(addVm({ body: { name: "vm1" } }))).toMatchObject({ _tag: "Conflict", body: { detail: "[Cannot add VM. The VM name is already in use.]" } })
      expect(yield* Effect.flip(addVm({ body: { name: "" } }))).toMatchObject({ _tag: "BadRequest" })
      expect(yield* Effect.flip(listVms({ search: "name =" }))).toMatchObject({ _tag: "BadRequest" })
      expect(yield* Effect.flip(removeVm({ id: (yield* byName("vm1")).id }))).toMatchObject({ _tag: "Conflict", body: { detail: "[Cannot remove VM. VM is running.]" } })
    }).pipe(Effect.provide(session(sandbox)))
  }))

  it.live("links: followed, found, and along with the answer", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      const vm = yield* byName("vm1")
      expect(vm.nics).toBeUndefined()
      const nics = yield* OvirtLinks.follow(OvirtLinks.find(vm, "nics"), Nics)
      expect(nics.nic).toMatchObject([{ name: "nic1", linked: true, mac: { address: "56:6f:00:00:00:01" } }])
      expect(yield* listVmNics({ id: vm.id })).toEqual(nics)
      expect((yield* listVmDiskAttachments({ id: vm.id })).disk_attachment).toMatchObject([{ bootable: true }])
      const inside = (yield* listVms({ search: "name=vm1", follow: "nics,disk_attachments,cluster" })).vm?.[0]
      expect(inside?.nics?.nic).toMatchObject([{ name: "nic1" }])
      expect(inside?.disk_attachments?.disk_attachment).toHaveLength(1)
      expect(inside?.cluster?.name).toBe("Default")
      yield* sandbox.control.clearReceived
      for (const link of ["https://evil.example.com/ovirt-engine/api/vms", "/ovirt-engine/apix", "/ovirt-engine/api/../sso", "/ovirt-engine/api/%2e%2e/sso", "//evil.example.com/ovirt-engine/api/vms", "", {}]) {
        expect(yield* Effect.flip(OvirtLinks.follow(link, Nics))).toBeInstanceOf(InvalidInput)
      }
      expect(yield* received(sandbox)).toEqual([])
      expect(yield* Effect.flip(OvirtLinks.follow(`${vm.href}/nics/nope`, Nics))).toMatchObject({ _tag: "NotFound" })
    }).pipe(Effect.provide(session(sandbox)))
  }))

  it.live("pages are a Stream", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const all = OvirtPaging.paged(listVms, (page) => page.vm)
    const names = (stream: ReturnType<typeof all.items>) => Effect.map(Stream.runCollect(stream), (vms) => vms.map((vm) => vm.name))
    yield* Effect.gen(function*() {
      yield* listVms({ max: 0 })
      yield* sandbox.control.clearReceived
      const found = yield* names(all.items({ search: "sortby name asc", max: 5 }))
      expect(found).toEqual(Array.from({ length: 12 }, (_, index) => `vm${index + 1}`))
      expect((yield* received(sandbox)).map(({ query }) => new URLSearchParams(query).get("search"))).toEqual(["sortby name asc", "sortby name asc page 2", "sortby name asc page 3"])
      expect(yield* names(all.items({ search: "name=vm* sortby name asc page 2", max: 6 }))).toEqual(["vm7", "vm8", "vm9", "vm10", "vm11", "vm12"])
      expect(yield* names(all.items())).toHaveLength(12)
      yield* sandbox.control.clearReceived
      yield* Stream.runDrain(Stream.take(all.items({ max: 3 }), 2))
      expect(yield* received(sandbox)).toHaveLength(1)
    }).pipe(Effect.provide(session(sandbox)))
  }))
})

it.live("every operation of the document is served, and gives what it says", () => Effect.gen(function*() {
  const sandbox = yield* Sandbox.make()
  const id = "00000000-0000-4000-8001-000000000002"
  const of = <A extends { readonly id: string }>(items: ReadonlyArray<A> | undefined) => items?.[0]?.id ?? ""
  const called = new Set<string>()
  const count = Hooks.layer({ response: ({ operation, status }) => Effect.sync(() => status < 300 && called.add(operation)) })
  const drift: Array<string> = []
  const watch = Hooks.layer({ drift: ({ drift: found, operation }) => Effect.sync(() => void drift.push(...found.map(({ kind, path }) => `${operation} ${kind} ${path}`))) })
  yield* Effect.gen(function*() {
    yield* getApi()
    yield* getHost({ id: of((yield* listHosts()).host) })
    yield* getCluster({ id: of((yield* listClusters()).cluster) })
    yield* getDataCenter({ id: of((yield* listDataCenters()).data_center) })
    yield* getStorageDomain({ id: of((yield* listStorageDomains()).storage_domain) })
    yield* getDisk({ id: of((yield* listDisks()).disk) })
    yield* getNetwork({ id: of((yield* listNetworks()).network) })
    yield* getTemplate({ id: of((yield* listTemplates()).template) })
    yield* getEvent({ id: of((yield* listEvents()).event) })
    yield* getJob({ id: of((yield* listJobs()).job) })
    yield* getTag({ id: of((yield* listTags()).tag) })
    yield* removeTag({ id: (yield* addTag({ body: { name: "t" } })).id })
    yield* listVms()
    yield* listVmNics({ id })
    yield* listVmDiskAttachments({ id })
    yield* updateVm({ id, body: { comment: "c" } })
    const settle = (status: string) => OvirtWait.until(getVm({ id }), { until: (vm) => vm.status === status, schedule: Schedule.spaced("1 millis") })
    yield* Effect.andThen(startVm({ id, body: {} }), settle("up"))
    yield* Effect.andThen(rebootVm({ id, body: {} }), settle("up"))
    yield* Effect.andThen(suspendVm({ id, body: {} }), settle("suspended"))
    yield* Effect.andThen(shutdownVm({ id, body: {} }), settle("down"))
    yield* Effect.andThen(startVm({ id, body: {} }), settle("up"))
    yield* Effect.andThen(stopVm({ id, body: {} }), settle("down"))
    yield* removeVm({ id: (yield* addVm({ body: { name: "v" } })).id })
  }).pipe(Effect.provide(count), Effect.provide(watch), Effect.provide(live(sandbox)))
  const document: unknown = JSON.parse(readFileSync(new URL("../../../specs/ovirt.json", import.meta.url), "utf8"))
  const declared = [...JSON.stringify(document).matchAll(/"operationId":"(\w+)"/g)].map(([, name]) => name)
  expect(declared).toHaveLength(35)
  expect(declared.filter((name) => !called.has(name ?? ""))).toEqual([])
  expect(drift).toEqual([])
}))

it.live("the sandbox's machines arrive also for who looks at lists only", () => Effect.gen(function*() {
  const sandbox = yield* Sandbox.make()
  yield* Effect.gen(function*() {
    yield* startVm({ id: (yield* byName("vm2")).id, body: {} })
    const up = yield* OvirtWait.until(byName("vm2"), { until: (vm) => vm.status === "up", schedule: Schedule.recurs(5) })
    expect(up.name).toBe("vm2")
  }).pipe(Effect.provide(live(sandbox)))
}))

describe("wrong answers", () => {
  it.live("a number that is none, and a page of a proxy", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      const answer = (body: unknown, headers = {}) => sandbox.control.fail({ kind: "status", status: 200, path: "/ovirt-engine/api/vms/1", headers, body })
      yield* answer({ id: "1", name: "a", memory: "plenty" })
      expect(yield* Effect.flip(getVm({ id: "1" }))).toMatchObject({ _tag: "DecodeFailed", reason: "schema" })
      yield* answer({ id: "1", name: "a", memory: 5, stateless: true, status: "levitating", more: { x: 1 } })
      const odd = yield* getVm({ id: "1" })
      expect(odd).toMatchObject({ memory: 5, stateless: true, more: { x: 1 } })
      expect(OvirtWait.statusOf(odd)).toBe("levitating")
      yield* answer("<html/>", { "content-type": "text/html" })
      expect(yield* Effect.flip(getVm({ id: "1" }))).toMatchObject({ _tag: "DecodeFailed", reason: "mediaType" })
      // a segment of a path stays one
      yield* sandbox.control.clearReceived
      expect(yield* Effect.flip(getVm({ id: "../hosts" }))).toMatchObject({ _tag: "NotFound" })
      expect((yield* received(sandbox))[0]?.path).toBe("/ovirt-engine/api/vms/..%2Fhosts")
    }).pipe(Effect.provide(live(sandbox)))
  }))

  it.live("XML that is none, entities, and depth", () => Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.gen(function*() {
      for (const body of ["<vms><vm></vms>", "<!DOCTYPE x [<!ENTITY a \"b\">]><vms>&a;</vms>", "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><vms>&x;</vms>", "{}", `${"<a>".repeat(100_000)}`]) {
        yield* sandbox.control.fail({ kind: "status", status: 200, path: "/api/vms", headers: { "content-type": "application/xml" }, body })
        const failure = yield* Effect.flip(listVms())
        expect(failure).toBeInstanceOf(DecodeFailed)
        expect(failure).toMatchObject({ reason: "syntax" })
      }
      // a broken refusal keeps its status
      yield* sandbox.control.fail({ kind: "status", status: 500, path: "/api/vms", headers: { "content-type": "application/xml" }, body: "<fault" })
      expect(yield* Effect.flip(listVms())).toMatchObject({ _tag: "UnexpectedStatus", status: 500 })
      expect(yield* Effect.flip(addVm({ body: { name: "a\u0000b" } }))).toMatchObject({ _tag: "ConnectionFailed", reason: "body", processed: "no" })
    }).pipe(Effect.provide(live3(sandbox)))
  }))
})

describe("XML as data", () => {
  const read = (text: string) => {
    const value = OvirtXml.fromXml(text)
    return Result.isSuccess(value) ? value.success : value.failure
  }

  it("has the members of the engine's JSON", () => {
    expect(read("<vms><vm id=\"1\" href=\"/a\"><name>x</name><memory>5</memory><cluster id=\"2\"/><description/></vm></vms>"))
      .toEqual({ vm: [{ id: "1", href: "/a", name: "x", memory: "5", cluster: { id: "2" } }] })
    expect(read("<vms/>")).toEqual({})
    expect(read("<api><link rel=\"vms\" href=\"/v\"/></api>")).toEqual({ link: [{ rel: "vms", href: "/v" }] })
    expect(read("<vm><status><state>up</state></status></vm>")).toEqual({ status: "up" })
    expect(read("<vm><disk_attachments><disk_attachment id=\"1\"/></disk_attachments></vm>")).toEqual({ disk_attachments: { disk_attachment: [{ id: "1" }] } })
    expect(read("<policies><policy>a</policy></policies>")).toEqual({ policy: ["a"] })
    expect(read("<vm><x>1</x><x>2</x><x>3</x></vm>")).toEqual({ x: ["1", "2", "3"] })
    expect(read("<vm><name><![CDATA[a<b]]>&amp;c</name></vm>")).toEqual({ name: "a<b&c" })
    const proto = read("<vm><__proto__><polluted>1</polluted></__proto__></vm>")
    expect(Object.keys(Object(proto))).toEqual(["__proto__"])
    expect(Reflect.get({}, "polluted")).toBeUndefined()
  })

  it("writes what it reads", () => {
    const vm = { id: "1", name: "<&\"'>\u00fc", memory: 5, stateless: false, cluster: { id: "2", name: "c" }, nics: { nic: [{ id: "3" }, { id: "4" }] }, none: undefined }
    const text = OvirtXml.toXml("vm", vm)
    expect(Result.isSuccess(text) ? text.success : text.failure).toBe(
      "<vm id=\"1\"><name>&lt;&amp;&quot;&apos;&gt;\u00fc</name><memory>5</memory><stateless>false</stateless><cluster id=\"2\"><name>c</name></cluster><nics><nic id=\"3\"/><nic id=\"4\"/></nics></vm>")
    expect(read(Result.isSuccess(text) ? text.success : "")).toEqual({ id: "1", name: "<&\"'>\u00fc", memory: "5", stateless: "false", cluster: { id: "2", name: "c" }, nics: { nic: [{ id: "3" }, { id: "4" }] } })
    expect(Result.isFailure(OvirtXml.toXml("vm", { "a b": 1 }))).toBe(true)
    expect(Result.isFailure(OvirtXml.toXml("vm", { a: "\u0001" }))).toBe(true)
  })

  it("knows what a body is by where it goes", () => {
    const of = (method: string, path: string) => OvirtXml.rootOf(method, path)
    expect(of("POST", "/ovirt-engine/api/vms")).toBe("vm")
    expect(of("PUT", "/ovirt-engine/api/vms/1")).toBe("vm")
    expect(of("POST", "/ovirt-engine/api/vms/1/start")).toBe("action")
    expect(of("POST", "/api/datacenters")).toBe("data_center")
    expect(of("POST", "/api/vms/1/diskattachments")).toBe("disk_attachment")
    expect(of("POST", "/api/storagedomains")).toBe("storage_domain")
    expect(of("POST", "/api/hosts/1/nics")).toBe("nic")
    expect(of("POST", "/api/affinitypolicies")).toBe("affinitypolicy")
  })
})

describe("waiting", () => {
  const machine = (...states: ReadonlyArray<string>) => {
    let looks = 0
    return Effect.sync(() => ({ status: states[Math.min(looks++, states.length - 1)] ?? "" }))
  }

  it.effect("looks as the Schedule says, and tells how it goes", () => Effect.gen(function*() {
    const seen: Array<readonly [string, number]> = []
    const fiber = yield* Effect.forkChild(OvirtWait.until(machine("powering_up", "powering_up", "up"), {
      until: (vm) => vm.status === "up",
      schedule: Schedule.spaced("5 seconds"),
      onProgress: ({ elapsed, value }) => Effect.sync(() => void seen.push([value.status, Duration.toSeconds(elapsed)]))
    }))
    yield* TestClock.adjust("9999 millis")
    expect(fiber.pollUnsafe()).toBeUndefined()
    yield* TestClock.adjust("1 millis")
    expect(yield* Fiber.join(fiber)).toEqual({ status: "up" })
    expect(seen).toEqual([["powering_up", 0], ["powering_up", 5]])
  }))

  it.effect("ends with the Schedule, or when it will never come", () => Effect.gen(function*() {
    const waiting = yield* Effect.forkChild(Effect.flip(OvirtWait.until(machine("image_locked"), { until: (vm) => vm.status === "up" })))
    yield* TestClock.adjust("11 minutes")
    const ended = yield* Fiber.join(waiting)
    expect(ended).toMatchObject({ _tag: "StateNotReached", reason: "ended", last: { status: "image_locked" } })
    expect(ended.message).toContain("the status is image_locked")
    expect(OvirtWait.statusOf({ status: new Open.Unrecognized("unknown value", "levitating") })).toBe("levitating")
    const failed = yield* Effect.flip(OvirtWait.until(machine("image_illegal"), { until: (vm) => vm.status === "up", failed: (vm) => vm.status === "image_illegal" ? "its image cannot be used" : undefined }))
    expect(failed).toMatchObject({ reason: "failed", detail: "its image cannot be used", looks: 1 })
    const broken = yield* Effect.flip(OvirtWait.until(Effect.fail("gone" as const), { until: () => true }))
    expect(broken).toBe("gone")
  }))
})
