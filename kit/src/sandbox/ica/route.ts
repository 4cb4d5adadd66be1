/** What a route is, and what handlers share: bodies, pages, and who may see what. */
import * as Predicate from "effect/Predicate"
import type { Answer, HttpRequest } from "../../http/message.ts"
import type { Authenticator, Identity } from "./auth.ts"
import type { Item, Project, World } from "./model.ts"
import { answer, refuse } from "./problem.ts"

/** What every handler may use. */
export interface Service {
  readonly world: World
  readonly auth: Authenticator
  readonly now: () => number
}

export interface Call {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly identity: Identity
}

/** A route for those who are signed in; `writes` keeps out who may only read. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  readonly writes: boolean
  readonly handle: (call: Call) => Answer
}

export const reads = (method: Route["method"], path: string, handle: Route["handle"]): Route => ({ method, path, writes: false, handle })

export const writes = (method: Route["method"], path: string, handle: Route["handle"]): Route => ({ method, path, writes: true, handle })

const MEDIA_TYPES = ["application/json", "application/vnd.illumina.v3+json", "application/vnd.illumina.v4+json"]

/** A JSON body, of which each member is asked for by name; what is wrong is told of all of them at once. */
export interface Fields {
  readonly value: (name: string) => unknown
  readonly text: (name: string) => string | undefined
  readonly required: (name: string) => string
  readonly list: (name: string) => ReadonlyArray<string>
  readonly done: () => void
}

/** The members of a body; without one there are none. */
export const readBody = (request: HttpRequest): Fields => {
  const type = (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? ""
  if (request.body.length > 0 && !MEDIA_TYPES.includes(type)) refuse(415, `The media type ${type} is not supported`)
  let parsed: unknown
  try {
    parsed = request.body.length === 0 ? {} : JSON.parse(Buffer.from(request.body).toString("utf8"))
  } catch {
    refuse(400, "The body is not JSON")
  }
  if (!Predicate.isReadonlyObject(parsed)) return refuse(400, "A JSON object is needed")
  const body: Readonly<Record<string, unknown>> = { ...parsed }
  const wrong: Record<string, string> = {}
  const value = (name: string): unknown => body[name] ?? undefined
  const text = (name: string): string | undefined => {
    const found = value(name)
    if (found === undefined || Predicate.isString(found)) return found
    wrong[name] = "must be a text"
    return undefined
  }
  return {
    value,
    text,
    required: (name) => {
      const found = text(name)
      if ((found === undefined || found === "") && wrong[name] === undefined) wrong[name] = "must not be empty"
      return found ?? ""
    },
    list: (name) => {
      const found = value(name) ?? []
      if (Array.isArray(found) && found.every(Predicate.isString)) return found
      wrong[name] = "must be a list of texts"
      return []
    },
    done: () => {
      if (Object.keys(wrong).length > 0) refuse(400, "The request is not valid", "ICA_API_400", wrong)
    }
  }
}

const count = (request: HttpRequest, name: string, otherwise: number): number => {
  const text = request.query.get(name)
  if (text === null || text === "") return otherwise
  return /^\d{1,9}$/.test(text) ? Number(text) : refuse(400, "The request is not valid", "ICA_API_400", { [name]: "must be a number" })
}

/**
 * A page: by token where one is asked for, if only an empty one; else by offset, where no token is given. The token is the
 * place where the page begins, wrapped up.
 */
export const page = <A>(request: HttpRequest, all: ReadonlyArray<A>, sortable: (item: A) => Readonly<Record<string, string>>, show: (item: A) => unknown): Answer => {
  const size = count(request, "pageSize", 1_000)
  const token = request.query.get("pageToken")
  const sort = request.query.get("sort")
  if (token !== null) {
    if (request.query.has("pageOffset") || (sort !== null && sort !== "")) refuse(400, "pageToken does not go with pageOffset and sort", "ICA_API_400", { pageToken: "not beside pageOffset or sort" })
    const start = token === "" ? 0 : Number(Buffer.from(token, "base64").toString("latin1"))
    if (!Number.isSafeInteger(start) || start < 0 || start > all.length) refuse(400, "The page token is not valid", "ICA_API_400", { pageToken: "is not valid" })
    const end = Math.min(all.length, start + size)
    return answer({
      items: all.slice(start, end).map(show),
      nextPageToken: end < all.length ? Buffer.from(String(end)).toString("base64") : "",
      remainingRecords: all.length - end
    })
  }
  const start = count(request, "pageOffset", 0)
  const [name, direction] = (sort ?? "").split(" ")
  const sorted = name === undefined || name === "" ? all : [...all].sort((a, b) => {
    const [left, right] = [sortable(a)[name], sortable(b)[name]]
    if (left === undefined || right === undefined) return refuse(400, `Cannot sort by ${name}`, "ICA_API_400", { sort: "is not a field" })
    return (left < right ? -1 : left > right ? 1 : 0) * (direction === "desc" ? -1 : 1)
  })
  return answer({ items: sorted.slice(start, start + size).map(show), nextPageToken: "", totalItemCount: all.length })
}

/** The project that a path names: 404 for one of another tenant, too. */
export const projectOf = ({ world }: Service, { identity, params }: Call): Project => {
  const project = world.projects.get(params["projectId"] ?? "")
  return project !== undefined && project.tenantName === identity.tenant ? project : refuse(404, "Project not found", "ICA_PRJ_404")
}

/** The file or folder that a path names. */
export const itemOf = (service: Service, call: Call): Item => {
  const project = projectOf(service, call)
  const item = service.world.items.get(call.params["dataId"] ?? "")
  return item !== undefined && item.projectId === project.id ? item : refuse(404, "Data not found", "ICA_DATA_404")
}
