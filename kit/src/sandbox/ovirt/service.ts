/** An oVirt engine, emulated: the single sign-on, and the API in its versions 4 and 3, in XML and JSON. */
import type { Answer, HttpRequest } from "../../http/message.ts"
import { makeRouter } from "../router.ts"
import type { Environment, System } from "../system.ts"
import { nothing, Refused, refusal, represent, unauthorized, versionOf } from "./answers.ts"
import { type Identity, makeAuthenticator } from "./auth.ts"
import { makeWorld } from "./data.ts"
import { DISK_ATTACHMENTS, type Entity, idOf, type Kind, KINDS, NICS, textOf } from "./model.ts"
import { parseSearch } from "./search.ts"
import { type Members, readXml, type Value } from "./xml.ts"

/** One request of somebody who is known. */
interface Call {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly identity: Identity
  /** the root of the API that was asked, e.g. `/ovirt-engine/api` */
  readonly root: string
}

interface Route {
  readonly method: string
  readonly path: string
  readonly handle: (call: Call) => Answer
}

const MAXIMUM_PAGE = 100

/** by the element's name: where what it refers to is */
const REFERENCES: Readonly<Record<string, string>> = { cluster: "clusters", data_center: "datacenters", host: "hosts", template: "templates", disk: "disks", vm: "vms" }

const isMembers = (value: Value): value is Members => typeof value === "object" && !Array.isArray(value) && !(value instanceof Date)

const notFound = (id: string): never => {
  throw new Refused(404, `Entity not found: ${id}`)
}

/** What was sent: JSON or XML. */
const bodyOf = ({ body, headers }: HttpRequest): Members => {
  const text = Buffer.from(body).toString("utf8")
  if (text.trim() === "") return {}
  const read = /\bjson\b/i.test(headers["content-type"] ?? "") ? parseJson(text) : readXml(text)
  if (read === undefined) throw new Refused(400, "The request body cannot be read", { reason: "Request syntactically incorrect." })
  return read
}

const parseJson = (text: string): Members | undefined => {
  try {
    const value = JSON.parse(text) as Value
    return value !== null && isMembers(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A fresh emulation. */
export const makeOvirt = ({ now, seed }: Environment): System => {
  const world = makeWorld(seed, now())
  const auth = makeAuthenticator(world, now)

  const filtered = ({ headers, query }: HttpRequest): boolean => (query.get("filter") ?? headers["filter"]) === "true"
  /** Who is no administrator must ask for what is theirs, and gets no more. */
  const sees = ({ identity, request }: Call): (entity: Entity) => boolean => {
    const own = world.owned.get(identity.user.name)
    if (!filtered(request)) {
      if (!identity.user.admin) throw new Refused(403, "query execution failed due to insufficient permissions.")
      return () => true
    }
    return identity.user.admin ? () => true : (entity) => own?.has(entity.id) === true
  }
  const mayChange = (call: Call, id: string | undefined, action: boolean): void => {
    const { admin, name } = call.identity.user
    if (!admin && (id === undefined || world.owned.get(name)?.has(id) !== true)) {
      throw new Refused(403, "[User is not authorized to perform this action.]", { action })
    }
  }
  const tableOf = (kind: Kind): Map<string, Entity> => world.collections.get(kind.path) ?? new Map<string, Entity>()

  /** an object as it goes out: with its address, the links to what is below it, and those to what it refers to */
  const shown = (call: Call, kind: Kind, entity: Entity, base: string, follow: ReadonlyArray<string>): Members => {
    const href = `${base}/${entity.id}`
    const referred = Object.entries(entity).map(([name, value]): readonly [string, Value] => {
      const path = REFERENCES[name]
      if (path === undefined || !isMembers(value)) return [name, value]
      const target = follow.includes(name) ? world.collections.get(path)?.get(textOf(value["id"])) : undefined
      const address = `${call.root}/${path}/${textOf(value["id"])}`
      return [name, target === undefined ? { href: address, ...value } : { href: address, ...target }]
    })
    const inside: Record<string, Value> = {}
    const links: Array<Members> = []
    if (kind.path === "vms") {
      for (const [below, of] of [[NICS, world.nics], [DISK_ATTACHMENTS, world.diskAttachments]] as const) {
        const at = `${href}/${below.path}`
        if (follow.includes(below.collection)) {
          inside[below.collection] = { [below.element]: (of.get(entity.id) ?? []).map((one) => shown(call, below, one, at, [])) }
        } else links.push({ href: at, rel: below.path })
      }
    }
    const actions = kind.path === "vms" ? ["start", "stop", "shutdown", "reboot", "suspend"].map((rel) => ({ href: `${href}/${rel}`, rel })) : []
    return {
      href,
      ...Object.fromEntries(referred),
      ...inside,
      ...(actions.length === 0 ? {} : { actions: { link: actions } }),
      ...(links.length === 0 ? {} : { link: links })
    }
  }

  const followOf = ({ query }: HttpRequest): ReadonlyArray<string> => (query.get("follow") ?? "").split(",").map((part) => part.trim()).filter((part) => part !== "")

  /** A machine on its way arrives after it was looked at a few times: no test has to wait for a clock. */
  const looked = (kind: Kind, entity: Entity): Entity => {
    const moving = kind.path === "vms" ? world.moving.get(entity.id) : undefined
    if (moving === undefined) return entity
    if (moving.looks > 0) {
      world.moving.set(entity.id, { ...moving, looks: moving.looks - 1 })
      return entity
    }
    world.moving.delete(entity.id)
    const arrived = { ...entity, status: moving.to }
    tableOf(kind).set(entity.id, arrived)
    return arrived
  }

  const list = (kind: Kind) => (call: Call): Answer => {
    const { query } = call.request
    const visible = [...tableOf(kind).values()].filter(sees(call))
    const search = parseSearch(query.get("search") ?? "", query.get("case_sensitive") === "true")
    if (search === undefined) throw new Refused(400, `The search "${query.get("search") ?? ""}" cannot be understood`)
    const from = Number(query.get("from") ?? 0)
    const found = visible.filter(search.fits).filter(({ id }) => kind.path !== "events" || Number(id) > from)
    if (search.sort !== undefined) found.sort(search.sort)
    const max = query.get("max")
    if (max !== null && !/^-?\d+$/.test(max)) throw new Refused(400, `"${max}" is not a valid integer value for parameter max`)
    const asked = Number(max ?? -1)
    const size = asked >= 0 ? asked : MAXIMUM_PAGE
    const page = found.slice((search.page - 1) * size, search.page * size)
    const follow = followOf(call.request)
    return represent(call.request, 200, kind.collection, { [kind.element]: page.length === 0 ? undefined : page.map((entity) => shown(call, kind, looked(kind, entity), `${call.root}/${kind.path}`, follow)) })
  }

  const one = (kind: Kind, call: Call): Entity => {
    const id = call.params["id"] ?? ""
    const entity = tableOf(kind).get(id)
    return entity !== undefined && sees(call)(entity) ? entity : notFound(id)
  }

  const get = (kind: Kind) => (call: Call): Answer => {
    return represent(call.request, 200, kind.element, shown(call, kind, looked(kind, one(kind, call)), `${call.root}/${kind.path}`, followOf(call.request)))
  }

  const resolved = (kind: Kind, given: Value): Members | undefined => {
    if (!isMembers(given)) return undefined
    const wanted = [...tableOf(kind).values()].find(({ id, name }) => (given["id"] === undefined ? name === given["name"] : id === given["id"]))
    if (wanted === undefined) throw new Refused(404, `Entity not found: ${kind.element}`)
    return { id: wanted.id }
  }
  const kindOf = (path: string): Kind => {
    const found = KINDS.find((kind) => kind.path === path)
    if (found === undefined) throw new Error(`no kind ${path}`)
    return found
  }

  const label: Readonly<Record<string, string>> = { vms: "VM", tags: "Tag" }

  const add = (kind: Kind) => (call: Call): Answer => {
    mayChange(call, undefined, false)
    const body = bodyOf(call.request)
    const name = textOf(body["name"])
    const what = label[kind.path] ?? kind.element
    if (name === "") throw new Refused(400, `[${what} name is required]`)
    if ([...tableOf(kind).values()].some((other) => other.name === name)) throw new Refused(409, `[Cannot add ${what}. The ${what} name is already in use.]`)
    const id = idOf(0x200, ++world.lastId)
    const created: Entity = kind.path === "vms"
      ? {
        memory: 1024 ** 3,
        cpu: { architecture: "x86_64", topology: { cores: 1, sockets: 1, threads: 1 } },
        type: "server",
        stateless: false,
        delete_protected: false,
        creation_time: new Date(now()),
        ...body,
        id,
        name,
        status: "down",
        cluster: resolved(kindOf("clusters"), body["cluster"]) ?? { id: idOf(KINDS.findIndex(({ path }) => path === "clusters") + 1, 1) },
        template: resolved(kindOf("templates"), body["template"]) ?? { id: "00000000-0000-0000-0000-000000000000" }
      }
      : { ...body, id, name }
    tableOf(kind).set(id, created)
    return represent(call.request, 201, kind.element, shown(call, kind, created, `${call.root}/${kind.path}`, []), { Location: `${call.request.origin}${call.root}/${kind.path}/${id}` })
  }

  const update = (kind: Kind) => (call: Call): Answer => {
    const entity = one(kind, call)
    mayChange(call, entity.id, false)
    const { id: _id, href: _href, link: _link, actions: _actions, status: _status, ...changes } = bodyOf(call.request)
    const name = changes["name"] === undefined ? entity.name : textOf(changes["name"])
    const what = label[kind.path] ?? kind.element
    if ([...tableOf(kind).values()].some((other) => other.name === name && other.id !== entity.id)) throw new Refused(409, `[Cannot edit ${what}. The ${what} name is already in use.]`)
    const changed: Entity = { ...entity, ...changes, id: entity.id, name }
    tableOf(kind).set(entity.id, changed)
    return represent(call.request, 200, kind.element, shown(call, kind, changed, `${call.root}/${kind.path}`, []))
  }

  const remove = (kind: Kind) => (call: Call): Answer => {
    const entity = one(kind, call)
    mayChange(call, entity.id, false)
    if (kind.path === "vms" && entity["status"] !== "down") throw new Refused(409, "[Cannot remove VM. VM is running.]")
    if (entity["delete_protected"] === true || entity["delete_protected"] === "true") throw new Refused(409, "[Cannot remove VM. Delete protection is enabled.]")
    tableOf(kind).delete(entity.id)
    return nothing(call.request)
  }

  const act = (when: (status: string) => string | undefined, during: string, to: string, looks: number) => (call: Call): Answer => {
    const vms = kindOf("vms")
    const entity = one(vms, call)
    mayChange(call, entity.id, true)
    bodyOf(call.request)
    const problem = when(textOf(entity["status"]))
    if (problem !== undefined) throw new Refused(409, `[${problem}]`, { action: true })
    tableOf(vms).set(entity.id, { ...entity, status: during })
    world.moving.set(entity.id, { to, looks })
    return represent(call.request, 200, "action", { status: "complete" })
  }
  const running = (what: string) => (status: string): string | undefined => status === "down" ? `Cannot ${what} VM. VM is not running.` : undefined

  const below = (kind: Kind, of: ReadonlyMap<string, ReadonlyArray<Entity>>) => ({
    list: (call: Call): Answer => {
      const vm = one(kindOf("vms"), call)
      const all = of.get(vm.id) ?? []
      const follow = followOf(call.request)
      return represent(call.request, 200, kind.collection, { [kind.element]: all.length === 0 ? undefined : all.map((entity) => shown(call, kind, entity, `${call.root}/vms/${vm.id}/${kind.path}`, follow)) })
    },
    get: (call: Call): Answer => {
      const vm = one(kindOf("vms"), call)
      const found = (of.get(vm.id) ?? []).find(({ id }) => id === call.params["below"]) ?? notFound(call.params["below"] ?? "")
      return represent(call.request, 200, kind.element, shown(call, kind, found, `${call.root}/vms/${vm.id}/${kind.path}`, followOf(call.request)))
    }
  })

  const root = ({ request, root: at }: Call): Answer => {
    const count = (path: string, active: string | undefined): Members => {
      const all = [...world.collections.get(path)?.values() ?? []]
      return { active: active === undefined ? all.length : all.filter(({ status }) => status === active).length, total: all.length }
    }
    const version = versionOf(request)
    return represent(request, 200, "api", {
      link: [
        ...KINDS.map(({ path }) => ({ href: `${at}/${path}`, rel: path })),
        { href: `${at}/vms?search={query}`, rel: "vms/search" }
      ],
      product_info: {
        name: "oVirt Engine",
        vendor: "ovirt.org",
        version: version === 3
          ? { major: 3, minor: 6, build: 0, revision: 0, full_version: "3.6.0-1.el7" }
          : { major: 4, minor: 5, build: 0, revision: 0, full_version: "4.5.0-1.el8" }
      },
      special_objects: version === 3
        ? { link: [{ href: `${at}/templates/00000000-0000-0000-0000-000000000000`, rel: "templates/blank" }, { href: `${at}/tags/00000000-0000-0000-0000-000000000000`, rel: "tags/root" }] }
        : {
          blank_template: { href: `${at}/templates/00000000-0000-0000-0000-000000000000`, id: "00000000-0000-0000-0000-000000000000" },
          root_tag: { href: `${at}/tags/00000000-0000-0000-0000-000000000000`, id: "00000000-0000-0000-0000-000000000000" }
        },
      summary: {
        hosts: count("hosts", "up"),
        storage_domains: count("storagedomains", "active"),
        users: { active: 1, total: world.users.length },
        vms: count("vms", "up")
      },
      time: new Date(now())
    })
  }

  const nics = below(NICS, world.nics)
  const attachments = below(DISK_ATTACHMENTS, world.diskAttachments)
  const writable = new Set(["vms", "tags"])
  const route = makeRouter<Route>([
    { method: "GET", path: "", handle: root },
    { method: "GET", path: "/", handle: root },
    ...KINDS.flatMap((kind): ReadonlyArray<Route> => [
      { method: "GET", path: `/${kind.path}`, handle: list(kind) },
      { method: "GET", path: `/${kind.path}/{id}`, handle: get(kind) },
      ...(writable.has(kind.path)
        ? [
          { method: "POST", path: `/${kind.path}`, handle: add(kind) },
          { method: "PUT", path: `/${kind.path}/{id}`, handle: update(kind) },
          { method: "DELETE", path: `/${kind.path}/{id}`, handle: remove(kind) }
        ]
        : [])
    ]),
    { method: "POST", path: "/vms/{id}/start", handle: act((status) => status === "down" ? undefined : "Cannot run VM. VM is running.", "powering_up", "up", 2) },
    { method: "POST", path: "/vms/{id}/stop", handle: act(running("stop"), "powering_down", "down", 1) },
    { method: "POST", path: "/vms/{id}/shutdown", handle: act(running("shutdown"), "powering_down", "down", 2) },
    { method: "POST", path: "/vms/{id}/reboot", handle: act(running("reboot"), "reboot_in_progress", "up", 2) },
    { method: "POST", path: "/vms/{id}/suspend", handle: act(running("suspend"), "saving_state", "suspended", 2) },
    { method: "GET", path: "/vms/{id}/nics", handle: nics.list },
    { method: "GET", path: "/vms/{id}/nics/{below}", handle: nics.get },
    { method: "GET", path: "/vms/{id}/diskattachments", handle: attachments.list },
    { method: "GET", path: "/vms/{id}/diskattachments/{below}", handle: attachments.get }
  ])

  const html = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
    status,
    headers: { "Content-Type": "text/html;charset=UTF-8", ...headers },
    body: new TextEncoder().encode(`<html><head><title>Error</title></head><body>${status} - ${text}</body></html>`)
  })

  const api = (request: HttpRequest, at: string): Answer => {
    const identity = auth.identify(request)
    if (identity === undefined) return unauthorized(request)
    const match = route(request.method, request.path.slice(at.length))
    const answer = ((): Answer => {
      switch (match._tag) {
        case "NoSuchPath":
          return html(404, "Not Found")
        case "MethodNotAllowed":
          return html(405, "Method Not Allowed", { Allow: match.allow.join(", ") })
        case "Found":
          try {
            return match.route.handle({ request, params: match.params, identity, root: at })
          } catch (error) {
            if (error instanceof Refused) return refusal(request, error)
            throw error
          }
      }
    })()
    return { ...answer, headers: { ...answer.headers, ...auth.persist(request, identity) } }
  }

  return {
    handle: (request) => {
      const post = (handle: (asked: HttpRequest) => Answer): Answer => request.method === "POST" ? handle(request) : html(405, "Method Not Allowed", { Allow: "POST" })
      switch (request.path) {
        case "/ovirt-engine/sso/oauth/token":
          return post(auth.token)
        case "/ovirt-engine/sso/oauth/token-http-auth":
          return post(auth.tokenHttpAuth)
        case "/ovirt-engine/services/sso-logout":
          return post(auth.logout)
      }
      // version 3 is at /api, too
      const at = ["/ovirt-engine/api", "/api"].find((root) => request.path === root || request.path.startsWith(`${root}/`))
      return at === undefined ? html(404, "Not Found") : api(request, at)
    },
    identify: (request) => {
      const identity = auth.identify(request)
      return identity === undefined ? null : { userName: identity.user.name, method: identity.method }
    },
    refusal: () => ({ reason: "Operation Failed", detail: "[Asked for by the test]" }),
    expireSessions: auth.expire,
    setLifetimes: auth.setLifetimes
  }
}
