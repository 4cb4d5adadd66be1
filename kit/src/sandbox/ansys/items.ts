/** What the API holds: items and files. The same behind each way to sign in. */
import * as Predicate from "effect/Predicate"
import { createHash } from "node:crypto"
import type { Answer, HttpRequest } from "../../http/message.ts"
import { download } from "../argus/download.ts"

const KINDS = ["part", "material", "record"] as const

interface Item {
  readonly id: number
  readonly name: string
  readonly kind: (typeof KINDS)[number]
  /** ISO 8601 */
  readonly when: string
  readonly tags: ReadonlyArray<string>
  /** kilograms */
  readonly mass?: number
}

interface StoredFile {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** An answer that says no, in the API's own form. */
export const refusal = (status: number, message: string, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  ...(headers && { headers }),
  body: { code: status, message }
})

/** The API below the path of a way to sign in. */
export interface Items {
  /** `path` is what follows the API's root: empty, or with a `/` in front */
  readonly handle: (request: HttpRequest, path: string) => Answer | Promise<Answer>
}

const records = (body: unknown): Readonly<Record<string, unknown>> | undefined =>
  Predicate.isObject(body) && !Array.isArray(body) ? body as Readonly<Record<string, unknown>> : undefined // its members are looked at one by one

const json = (request: HttpRequest): unknown => {
  try {
    return JSON.parse(Buffer.from(request.body).toString("utf8"))
  } catch {
    return undefined
  }
}

export const makeItems = (now: () => number): Items => {
  const items = new Map<number, Item>()
  const files = new Map<string, StoredFile>([
    ["report", { name: "report.bin", type: "application/octet-stream", bytes: Buffer.from("a report of the sandbox\n") }]
  ])
  let lastId = 0
  const add = (item: Omit<Item, "id">): Item => {
    const added = { id: ++lastId, ...item }
    items.set(added.id, added)
    return added
  }
  add({ name: "bracket", kind: "part", when: "2024-01-02T03:04:05Z", tags: ["steel"], mass: 0.25 })
  add({ name: "Ti-6Al-4V", kind: "material", when: "2024-01-02T03:04:05Z", tags: ["alloy", "aerospace"] })
  add({ name: "tensile test", kind: "record", when: "2024-02-03T04:05:06Z", tags: [] })

  /** an item out of a body, or what is wrong with it */
  const read = (body: unknown): Omit<Item, "id"> | string => {
    const given = records(body)
    if (given === undefined) return "A JSON object is needed"
    const { kind = "part", mass, name, tags = [], when } = given
    if (!Predicate.isString(name) || name === "") return "name: a text is needed"
    const known = KINDS.find((candidate) => candidate === kind)
    if (known === undefined) return `kind: one of ${KINDS.join(", ")} is needed`
    if (!Array.isArray(tags) || !tags.every(Predicate.isString)) return "tags: a list of texts is needed"
    if (mass !== undefined && !Predicate.isNumber(mass)) return "mass: a number is needed"
    if (when !== undefined && (!Predicate.isString(when) || Number.isNaN(Date.parse(when)))) return "when: a time is needed"
    const time = when === undefined ? now() : Date.parse(when)
    return { name, kind: known, when: new Date(time).toISOString(), tags, ...(mass === undefined ? {} : { mass }) }
  }

  const list = (request: HttpRequest): Answer => {
    const kind = request.query.get("kind")
    if (kind !== null && !KINDS.some((known) => known === kind)) return refusal(400, `kind: one of ${KINDS.join(", ")} is needed`)
    const tags = request.query.getAll("tag")
    return { status: 200, body: [...items.values()].filter((item) => (kind === null || item.kind === kind) && tags.every((tag) => item.tags.includes(tag))) }
  }

  const one = (request: HttpRequest, id: number): Answer => {
    const item = items.get(id)
    if (item === undefined) return refusal(404, "There is no such item")
    switch (request.method) {
      case "GET":
        return { status: 200, body: item }
      case "PUT": {
        const body = read(json(request))
        if (Predicate.isString(body)) return refusal(400, body)
        const changed = { id, ...body }
        items.set(id, changed)
        return { status: 200, body: changed }
      }
      case "DELETE":
        items.delete(id)
        return { status: 204, body: new Uint8Array() }
      default:
        return refusal(405, "Method not allowed", { Allow: "GET, PUT, DELETE" })
    }
  }

  // A field that came as a part with a file name is a field all the same: the official client sends them so.
  const textOf = async (part: unknown): Promise<string | undefined> => Predicate.isString(part) ? part : part instanceof Blob ? await part.text() : undefined

  const upload = async (request: HttpRequest): Promise<Answer> => {
    // a copy: the type of a body allows memory that is shared, which a response does not take
    const form = await new Response(new Uint8Array(request.body), { headers: { "content-type": request.headers["content-type"] ?? "" } }).formData().catch(() => undefined)
    const file = form?.get("file")
    if (!(file instanceof Blob)) return refusal(400, "file: a part with a file is needed, in multipart/form-data")
    const bytes = new Uint8Array(await file.arrayBuffer())
    const name = await textOf(form?.get("name")) ?? ("name" in file && Predicate.isString(file.name) ? file.name : "file")
    const id = `f${files.size}`
    files.set(id, { name, type: file.type === "" ? "application/octet-stream" : file.type, bytes })
    return { status: 201, body: { id, name, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") } }
  }

  const sendFile = (id: string, as: string | null): Answer => {
    const file = files.get(id)
    // whoever asks chooses the name, which is sent as it is: a client has to defend itself
    return file === undefined ? refusal(404, "There is no such file") : download(as ?? file.name, file.type, file.bytes)
  }

  return {
    handle: (request, path) => {
      const allowed = (...methods: ReadonlyArray<string>): boolean => methods.includes(request.method)
      if (path === "" || path === "/") return { status: 200, body: { name: "demo api", version: "1.0" } }
      if (path === "/items") {
        if (allowed("GET")) return list(request)
        if (!allowed("POST")) return refusal(405, "Method not allowed", { Allow: "GET, POST" })
        const body = read(json(request))
        return Predicate.isString(body) ? refusal(400, body) : { status: 201, body: add(body) }
      }
      const id = /^\/items\/(\d{1,9})$/.exec(path)?.[1]
      if (id !== undefined) return one(request, Number(id))
      if (path === "/files") return allowed("POST") ? upload(request) : refusal(405, "Method not allowed", { Allow: "POST" })
      const file = /^\/files\/([\w-]+)$/.exec(path)?.[1]
      if (file !== undefined) return allowed("GET") ? sendFile(file, request.query.get("name")) : refusal(405, "Method not allowed", { Allow: "GET" })
      return refusal(404, "not found")
    }
  }
}
