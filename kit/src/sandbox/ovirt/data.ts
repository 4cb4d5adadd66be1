/** The inventory that an emulation begins with. */
import { type Entity, idOf, KINDS, type World } from "./model.ts"

const GIB = 1024 ** 3

const area = (path: string): number => KINDS.findIndex((kind) => kind.path === path) + 1

/** A fresh inventory: twelve virtual machines `vm1` … `vm12`, the odd ones running; `vm1` belongs to `viewer`. */
export const makeWorld = (seed: number, now: number): World => {
  // made-up details only: ids, names, states and owners never depend on it
  let state = seed >>> 0
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const day = 86_400_000
  const moment = (daysAgo: number): Date => new Date(now - daysAgo * day - random(day))

  const dataCenter: Entity = { id: idOf(area("datacenters"), 1), name: "Default", description: "The default data center", local: false, status: "up", storage_format: "v5", version: { major: 4, minor: 7 } }
  const clusters: ReadonlyArray<Entity> = ["Default", "Edge"].map((name, index) => ({
    id: idOf(area("clusters"), index + 1),
    name,
    cpu: { architecture: "x86_64", type: "Intel Cascadelake Server Family" },
    data_center: { id: dataCenter.id },
    version: { major: 4, minor: 7 }
  }))
  const clusterOf = (index: number) => ({ id: idOf(area("clusters"), index % 2 + 1) })
  const hosts: ReadonlyArray<Entity> = ["host1", "host2", "host3"].map((name, index) => ({
    id: idOf(area("hosts"), index + 1),
    name,
    address: `192.0.2.${10 + index}`,
    cluster: clusterOf(index),
    memory: 256 * GIB,
    status: index === 2 ? "maintenance" : "up",
    type: "rhel"
  }))
  const storage: ReadonlyArray<Entity> = ["data1", "iso1"].map((name, index) => ({
    id: idOf(area("storagedomains"), index + 1),
    name,
    type: index === 0 ? "data" : "iso",
    status: "active",
    available: (900 - random(400)) * GIB,
    used: (100 + random(400)) * GIB,
    master: index === 0,
    storage: { type: "nfs", address: "nfs.example.com", path: `/exports/${name}` }
  }))
  const networks: ReadonlyArray<Entity> = ["ovirtmgmt", "storage"].map((name, index) => ({
    id: idOf(area("networks"), index + 1),
    name,
    data_center: { id: dataCenter.id },
    mtu: index === 0 ? 0 : 9000,
    ...(index === 0 ? {} : { vlan: { id: "100" } })
  }))
  // the engine's own template has an id of zeros
  const templates: ReadonlyArray<Entity> = [
    { id: "00000000-0000-0000-0000-000000000000", name: "Blank", description: "Blank template", memory: GIB, status: "ok", creation_time: new Date(1_206_489_600_000) },
    { id: idOf(area("templates"), 1), name: "debian12", memory: 2 * GIB, status: "ok", creation_time: moment(100) }
  ]
  const tags: ReadonlyArray<Entity> = [
    { id: "00000000-0000-0000-0000-000000000000", name: "root", description: "root" },
    { id: idOf(area("tags"), 1), name: "production", description: "Do not stop" }
  ]
  const vms: ReadonlyArray<Entity> = Array.from({ length: 12 }, (_, index) => ({
    id: idOf(area("vms"), index + 1),
    name: `vm${index + 1}`,
    description: `Machine ${index + 1}`,
    status: index % 2 === 0 ? "up" : "down",
    memory: (1 + index % 4) * GIB,
    cpu: { architecture: "x86_64", topology: { cores: 1 + index % 2, sockets: 1, threads: 1 } },
    type: "server",
    stateless: false,
    delete_protected: false,
    os: { type: "debian_12x64" },
    cluster: clusterOf(index),
    template: { id: idOf(area("templates"), 1) },
    creation_time: moment(90 - index),
    ...(index % 2 === 0 ? { host: { id: idOf(area("hosts"), index % 4 === 0 ? 1 : 2) }, fqdn: `vm${index + 1}.example.com` } : {})
  }))
  const disks: ReadonlyArray<Entity> = vms.map(({ name }, index) => ({
    id: idOf(area("disks"), index + 1),
    name: `${name}_disk1`,
    alias: `${name}_disk1`,
    format: "cow",
    status: "ok",
    provisioned_size: 10 * GIB,
    actual_size: (1 + random(9)) * GIB,
    sparse: true,
    bootable: true
  }))
  const events: ReadonlyArray<Entity> = Array.from({ length: 30 }, (_, index) => ({
    id: String(index + 1),
    code: index % 3 === 0 ? 32 : 153,
    severity: index % 10 === 9 ? "warning" : "normal",
    description: index % 3 === 0 ? `VM vm${index % 12 + 1} was started by demo@internal.` : `VM vm${index % 12 + 1} was configured by demo@internal.`,
    custom_id: 0,
    flood_rate: 30,
    origin: "oVirt",
    time: new Date(now - (30 - index) * 60_000)
  }))
  const jobs: ReadonlyArray<Entity> = [
    { id: idOf(area("jobs"), 1), description: "Launching VM vm1", status: "finished", auto_cleared: true, external: false, start_time: moment(1), end_time: moment(0), last_updated: moment(0) }
  ]

  const table = (entities: ReadonlyArray<Entity>): Map<string, Entity> => new Map(entities.map((entity) => [entity.id, entity]))
  return {
    users: [
      { name: "demo", password: "demo-password", admin: true },
      { name: "viewer", password: "demo-password", admin: false }
    ],
    collections: new Map([
      ["vms", table(vms)],
      ["hosts", table(hosts)],
      ["clusters", table(clusters)],
      ["datacenters", table([dataCenter])],
      ["storagedomains", table(storage)],
      ["disks", table(disks)],
      ["networks", table(networks)],
      ["templates", table(templates)],
      ["tags", table(tags)],
      ["events", table(events)],
      ["jobs", table(jobs)]
    ]),
    nics: new Map(vms.map(({ id }, index) => [id, [
      { id: idOf(0x100, index + 1), name: "nic1", interface: "virtio", linked: true, plugged: true, mac: { address: `56:6f:00:00:00:${(index + 1).toString(16).padStart(2, "0")}` }, vm: { id } }
    ]])),
    diskAttachments: new Map(vms.map(({ id }, index) => [id, [
      { id: idOf(area("disks"), index + 1), active: true, bootable: true, interface: "virtio_scsi", disk: { id: idOf(area("disks"), index + 1) }, vm: { id } }
    ]])),
    moving: new Map(),
    owned: new Map([["viewer", new Set([idOf(area("vms"), 1), idOf(area("disks"), 1), idOf(area("clusters"), 1)])]]),
    lastId: 1000
  }
}
