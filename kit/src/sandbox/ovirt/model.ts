/** What the emulated engine stores. Members are named as they go over the wire; links are added when they go. */
import type { Members, Value } from "./xml.ts"

/** An account. The engine knows it as `name@profile`, too. */
export interface User {
  readonly name: string
  readonly password: string
  /** may see and do everything; others see what is theirs, and only if they ask for it by `Filter` */
  readonly admin: boolean
}

/** One object of the inventory. */
export interface Entity extends Members {
  readonly id: string
  /** events, jobs and attachments have none */
  readonly name?: string | undefined
}

/** A virtual machine on its way to another state arrives after so many looks at it. */
export interface Transition {
  readonly to: string
  readonly looks: number
}

/** A kind of objects: where its collection is, and what the collection and an object are called in XML. */
export interface Kind {
  /** the collection's name in paths, e.g. `datacenters` */
  readonly path: string
  /** the root element of a collection, e.g. `data_centers` */
  readonly collection: string
  /** an object's element, which is also the member of a collection's JSON, e.g. `data_center` */
  readonly element: string
}

const kind = (path: string, collection: string, element: string): Kind => ({ path, collection, element })

export const KINDS: ReadonlyArray<Kind> = [
  kind("vms", "vms", "vm"),
  kind("hosts", "hosts", "host"),
  kind("clusters", "clusters", "cluster"),
  kind("datacenters", "data_centers", "data_center"),
  kind("storagedomains", "storage_domains", "storage_domain"),
  kind("disks", "disks", "disk"),
  kind("networks", "networks", "network"),
  kind("templates", "templates", "template"),
  kind("tags", "tags", "tag"),
  kind("events", "events", "event"),
  kind("jobs", "jobs", "job")
]

/** Objects below a virtual machine. */
export const NICS: Kind = kind("nics", "nics", "nic")
export const DISK_ATTACHMENTS: Kind = kind("diskattachments", "disk_attachments", "disk_attachment")

/** All of it. */
export interface World {
  readonly users: ReadonlyArray<User>
  /** by the collection's name in paths, then by id */
  readonly collections: ReadonlyMap<string, Map<string, Entity>>
  /** of virtual machines, by their id */
  readonly nics: Map<string, ReadonlyArray<Entity>>
  readonly diskAttachments: Map<string, ReadonlyArray<Entity>>
  /** of virtual machines, by their id */
  readonly moving: Map<string, Transition>
  /** by user name: ids that are theirs */
  readonly owned: ReadonlyMap<string, Set<string>>
  lastId: number
}

/** Ids look like those of the engine, and can still be told apart by people: the kind, then a number. */
export const idOf = (area: number, number: number): string => `00000000-0000-4000-${(0x8000 + area).toString(16)}-${number.toString(16).padStart(12, "0")}`

export const textOf = (value: Value): string => typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : ""
