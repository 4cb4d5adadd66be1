/** The data that every sandbox starts with; always the same, so that tests can rely on it. */
import { createHash } from "node:crypto"
import { type Analysis, type Bundle, type Item, keyOf, type Owned, type Project, type StoredObject, type Tenant, type User, type World } from "./model.ts"

const EPOCH = Date.UTC(2026, 0, 5, 8)

export const timeText = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z")

export const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex")

/** Bytes that look like nothing: no part of them is like another. */
const noise = (length: number): Uint8Array => {
  const out = new Uint8Array(length)
  let state = 42
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    out[i] = state >>> 24
  }
  return out
}

/** Two parts of 5 MiB and a shorter one. Made when somebody looks, and once: it takes a while. */
let made: { readonly bytes: Uint8Array; readonly etag: string } | undefined
const big = (): { readonly bytes: Uint8Array; readonly etag: string } => {
  if (made === undefined) {
    const bytes = noise(11 * 1024 * 1024 + 7)
    made = { bytes, etag: md5(bytes) }
  }
  return made
}

const bigObject: StoredObject = {
  get bytes() {
    return big().bytes
  },
  get etag() {
    return big().etag
  },
  mediaType: "application/octet-stream",
  modified: EPOCH
}

export const objectOf = (bytes: Uint8Array, mediaType: string, modified: number): StoredObject => ({ bytes, etag: md5(bytes), mediaType, modified })

const tenants: ReadonlyArray<Tenant> = [
  { id: "00000000-0000-4000-8000-000000000101", name: "demo" },
  { id: "00000000-0000-4000-8000-000000000102", name: "lab" }
]

const makeUser = (number: number, userName: string, rights: Pick<User, "tenants" | "writes">): User => ({
  id: `00000000-0000-4000-8000-0000000002${String(number).padStart(2, "0")}`,
  userName,
  password: `${userName}-password`,
  apiKey: `${userName}-api-key`,
  psToken: `${userName}-ps-token`,
  ...rights
})

/** A fresh world. */
export const makeWorld = (): World => {
  let last = 0
  const nextId = (): string => `00000000-0000-4000-8000-${String(++last).padStart(12, "0")}`
  const demo = makeUser(1, "demo", { tenants: ["demo"], writes: true })
  // reads everything of the tenant and changes nothing; belongs to two tenants and has to say which
  const users = [demo, makeUser(2, "viewer", { tenants: ["demo"], writes: false }), makeUser(3, "bob", { tenants: ["demo", "lab"], writes: true }), makeUser(4, "zoë", { tenants: ["demo"], writes: true })]
  const owned = (tenant: Tenant | undefined, id = nextId()): Owned => ({
    id,
    timeCreated: timeText(EPOCH),
    timeModified: timeText(EPOCH),
    ownerId: demo.id,
    tenantId: tenant?.id ?? "",
    tenantName: tenant?.name ?? ""
  })
  const [tenant, lab] = tenants
  const region = {
    ...owned(tenant, "00000000-0000-4000-8000-000000000301"),
    code: "US",
    country: { ...owned(tenant, "00000000-0000-4000-8000-000000000302"), code: "US", name: "United States", region: "Americas" },
    cityName: "Ashburn"
  }
  const projects = new Map<string, Project>()
  const addProject = (name: string, of: Tenant | undefined, userTags: ReadonlyArray<string> = []): Project => {
    const base = owned(of)
    const project: Project = {
      ...base,
      urn: `urn:ilmn:ica:project:${base.id}#${name}`,
      name,
      active: true,
      shortDescription: `What ${name} is about`,
      information: null,
      region,
      billingMode: "PROJECT",
      dataSharingEnabled: true,
      tags: { technicalTags: [], userTags },
      analysisPriority: "MEDIUM"
    }
    projects.set(project.id, project)
    return project
  }
  const [project1, project2] = ["project1", "project2", "project3", "project4", "project5"].map((name, index) => addProject(name, tenant, index === 0 ? ["pilot"] : []))
  addProject("labProject", lab)

  const items = new Map<string, Item>()
  const objects = new Map<string, StoredObject>()
  const add = (projectId: string, type: Item["type"], path: string, id: string, object?: StoredObject): void => {
    const trimmed = type === "FOLDER" ? path.slice(0, -1) : path
    const cut = trimmed.lastIndexOf("/") + 1
    const item: Item = {
      id,
      projectId,
      type,
      name: trimmed.slice(cut),
      path,
      parent: trimmed.slice(0, cut),
      status: "AVAILABLE",
      timeCreated: timeText(EPOCH),
      timeModified: timeText(EPOCH),
      formatCode: undefined
    }
    items.set(id, item)
    if (object !== undefined) objects.set(keyOf(item), object)
  }
  const first = project1?.id ?? ""
  add(first, "FOLDER", "/runs/", "fol.00000000000000000000000000000001")
  const csv = new TextEncoder().encode("sample,lane\nNA12878,1\nNA12891,2\n")
  add(first, "FILE", "/runs/samples.csv", "fil.00000000000000000000000000000001", objectOf(csv, "text/csv", EPOCH))
  add(first, "FILE", "/reads.bin", "fil.00000000000000000000000000000002", bigObject)
  add(first, "FILE", "/überblick.txt", "fil.00000000000000000000000000000003", objectOf(new TextEncoder().encode("grüße\n"), "text/plain", EPOCH))
  for (let i = 1; i <= 30; i++) {
    add(project2?.id ?? "", "FILE", `/part${String(i).padStart(2, "0")}.txt`, `fil.${String(100 + i).padStart(32, "0")}`, objectOf(new TextEncoder().encode(`part ${i}\n`), "text/plain", EPOCH))
  }

  const analyses = new Map<string, Analysis>()
  const pipelineId = "00000000-0000-4000-8000-000000000401"
  for (const [index, status] of ["SUCCEEDED", "IN_PROGRESS", "FAILED"].entries()) {
    const id = nextId()
    analyses.set(id, {
      id,
      projectId: first,
      reference: `run${index + 1}-${id.slice(-4)}`,
      userReference: `run${index + 1}`,
      pipelineId,
      timeCreated: timeText(EPOCH + index * 3_600_000),
      status,
      userTags: index === 0 ? ["pilot"] : []
    })
  }

  const bundles = new Map<string, Bundle>()
  for (const [name, status] of [["references", "RELEASED"], ["drafts", "DRAFT"], ["panels", "RELEASED"]] as const) {
    const base = owned(tenant)
    bundles.set(base.id, { ...base, name, shortDescription: `The bundle ${name}`, region, releaseVersion: "1.0", versionComment: null, status, categories: ["demo"] })
  }
  const [references] = bundles.keys()
  return {
    users,
    tenants,
    region,
    projects,
    items,
    objects,
    analyses,
    bundles,
    links: new Map([[first, new Set(references === undefined ? [] : [references])]]),
    bundleData: new Map(references === undefined ? [] : [[references, new Set(["fil.00000000000000000000000000000001"])]]),
    nextId
  }
}
