/** Engines that say what the sandbox's never does. */
import { describe, expect, it } from "@effect/vitest"
import { Auth, Cookies, Hooks, TokenStore } from "credence"
import { Ovirt, OvirtAuth, OvirtConfiguration, OvirtPaging, OvirtXml } from "credence/ovirt"
import { listTags } from "credence/ovirt/tags"
import { addVm, listVms, startVm, updateVm } from "credence/ovirt/vms"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { IncomingHttpHeaders } from "node:http"
import { httpServer } from "../../support/servers.ts"
import { demo, ticket } from "./support.ts"

interface Asked {
  readonly method: string
  readonly path: string
  readonly search: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
type Said = { readonly status?: number; readonly type?: string; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }

/** An engine that gives everybody a token and a session, and says what it is told to. */
const engine = (answer: (asked: Asked) => Said, signIn: (asked: Asked) => Said = () => ({ body: { access_token: "token-of-the-engine" } })) => Effect.gen(function*() {
  const asked: Array<Asked> = []
  const { origin } = yield* httpServer((req, res) => {
    const chunks: Array<Buffer> = []
    req.on("data", (chunk: Buffer) => chunks.push(chunk))
    req.on("end", () => {
      const url = new URL(req.url ?? "", "http://engine")
      const request = { method: req.method ?? "", path: url.pathname, search: url.search, headers: req.headers, body: Buffer.concat(chunks).toString("utf8") }
      asked.push(request)
      const { body, headers, status = 200, type = "application/json" } = url.pathname.includes("/sso/oauth/")
        ? signIn(request)
        : url.pathname.includes("sso-logout") ? { body: {} } : answer(request)
      res.writeHead(status, { "content-type": type, ...headers }).end(typeof body === "string" ? body : JSON.stringify(body))
    })
  })
  return { origin, asked }
})

const xml = "application/xml"
const opened: Said = { type: xml, body: "<api/>", headers: { "set-cookie": "JSESSIONID=session-of-the-engine; Path=/" } }
/** of somebody who has a ticket, whoever it is */
const nameless = (value: string) => ({ ...ticket(value), identity: undefined })
const machine = { id: "1", name: "a" }

const live = (url: string, more: Layer.Layer<never> = Layer.empty, auth: Layer.Layer<Auth.Authentication> = OvirtAuth.password(demo), options: Partial<OvirtConfiguration.OvirtOptions> = {}) =>
  Ovirt.layer().pipe(Layer.provide([more, auth, OvirtConfiguration.layer({ url, retry: "none", ...options }), NodeTransport.layer()]))
const inXml = (url: string, options: Partial<OvirtConfiguration.OvirtOptions> = {}) =>
  Ovirt.layer().pipe(Layer.provide([OvirtAuth.persistent(demo), OvirtConfiguration.layer({ url, version: 3, retry: "none", ...options }), OvirtXml.transport(NodeTransport.layer())]))

describe("the single sign-on", () => {
  it.live("an error that is null is none", () => Effect.gen(function*() {
    const { origin } = yield* engine(() => ({ body: { vm: [machine] } }), () => ({ body: { access_token: "token-of-the-engine", error: null, error_code: null } }))
    expect((yield* listVms().pipe(Effect.provide(live(origin)))).vm).toHaveLength(1)
  }))

  it.live("what a ticket was is masked where the engine repeats it", () => Effect.gen(function*() {
    const { origin } = yield* engine(() => ({ body: {} }), ({ headers }) => ({ status: 400, body: { error: "access_denied", error_description: `what is ${headers.authorization}` } }))
    const refused = yield* Effect.flip(listVms().pipe(Effect.provide(live(origin, undefined, OvirtAuth.kerberos({ schemes: [ticket("Y2FuYXJ5LXRpY2tldA")] })))))
    expect(refused).toMatchObject({ _tag: "AuthenticationFailed", reason: "login" })
    expect(refused.message).toContain("what is Negotiate")
    expect(refused.message).not.toContain("Y2FuYXJ5LXRpY2tldA")
  }))

  it.live("a store keeps what a ticket gave only where it is known whose it is", () => Effect.gen(function*() {
    const { asked, origin } = yield* engine(({ headers }) => ({ body: { vm: [{ id: "1", name: headers.authorization }] } }), ({ headers }) => ({ body: { access_token: `for-${headers.authorization?.slice(10)}` } }))
    const store = TokenStore.memory()
    const seenBy = (options: OvirtAuth.KerberosOptions) =>
      Effect.map(listVms(), (page) => page.vm?.[0]?.name).pipe(Effect.provide(live(origin, store, OvirtAuth.kerberos({ ...options, onClose: "keep" }))))
    expect(yield* seenBy({ schemes: [nameless("YWxpY2U")] })).toBe("Bearer for-YWxpY2U")
    expect(yield* seenBy({ schemes: [nameless("Ym9i")] })).toBe("Bearer for-Ym9i")
    // each says whose it is
    expect(yield* seenBy({ schemes: [nameless("YWxpY2U")], user: "alice" })).toBe("Bearer for-YWxpY2U")
    expect(yield* seenBy({ schemes: [nameless("Ym9i")], user: "bob" })).toBe("Bearer for-Ym9i")
    expect(yield* seenBy({ schemes: [nameless("Ym9i")], user: "bob" })).toBe("Bearer for-Ym9i")
    expect(yield* seenBy({ schemes: [ticket("ZGVtbw")] })).toBe("Bearer for-ZGVtbw")
    expect(yield* seenBy({ schemes: [ticket("ZGVtbw")] })).toBe("Bearer for-ZGVtbw")
    expect(asked.filter(({ path }) => path.endsWith("/token-http-auth"))).toHaveLength(5)
  }))
})

it.effect("what is wrong with a login's options is told before anything is sent", () => Effect.gen(function*() {
  const invalid = (auth: Layer.Layer<Auth.Authentication>) =>
    Effect.map(Effect.flip(Effect.void.pipe(Effect.provide(live("http://127.0.0.1:1", undefined, auth)))), ({ settings }) => settings.map(({ name }) => name))
  for (const url of ["/token", "idp", "//idp/token", "ftp://idp/token"]) {
    expect(yield* invalid(OvirtAuth.password({ ...demo, tokenUrl: url }))).toEqual(["tokenUrl"])
    expect(yield* invalid(OvirtAuth.token(Redacted.make("x"), { revokeUrl: url }))).toEqual(["revokeUrl"])
  }
  expect(yield* invalid(OvirtAuth.token(Redacted.make("")))).toEqual(["token"])
  expect(yield* invalid(OvirtAuth.password({ ...demo, token: Redacted.make("a\r\nb") }))).toEqual(["token"])
}))

describe("the manner of version 3", () => {
  it.live("one cookie of a name, where the session has a jar, too", () => Effect.gen(function*() {
    const { asked, origin } = yield* engine(({ headers }) => headers.authorization === undefined
      // an engine that gives another cookie along the way, for somebody who has forgotten this one
      ? { type: xml, body: "<vms/>", headers: { "set-cookie": "JSESSIONID=another; Path=/" } }
      : { ...opened, headers: { "set-cookie": "JSESSIONID=session-of-the-engine; Path=/" } })
    const layer = Ovirt.layer().pipe(Layer.provide([OvirtAuth.persistent(demo), OvirtConfiguration.layer({ url: origin, version: 3 }), OvirtXml.transport(NodeTransport.layer()), Cookies.layer()]))
    yield* Effect.andThen(listVms(), listVms()).pipe(Effect.provide(layer))
    expect(asked.map(({ headers }) => headers.cookie)).toEqual([undefined, ...Array.from({ length: 3 }, () => "JSESSIONID=session-of-the-engine")])
  }))

  it.live("a store keeps a session that a ticket opened only where it is known whose it is", () => Effect.gen(function*() {
    let sessions = 0
    const { asked, origin } = yield* engine(({ headers }) => headers.authorization === undefined ? { type: xml, body: "<vms/>" } : { ...opened, headers: { "set-cookie": `JSESSIONID=session-${++sessions}` } })
    const store = TokenStore.memory()
    for (const value of ["YWxpY2U", "Ym9i"]) yield* listVms().pipe(Effect.provide(live(origin, store, OvirtAuth.persistent({ schemes: [nameless(value)], onClose: "keep" }), { version: 3 })), Effect.ignore)
    expect(asked.filter(({ headers }) => headers.authorization !== undefined)).toHaveLength(2)
  }))

  it.live("a session that may not be renewed is not looked for in a store, where it may have ended", () => Effect.gen(function*() {
    const { asked, origin } = yield* engine(({ headers }) => headers.authorization === undefined ? { type: xml, body: "<vms/>" } : opened)
    const store = TokenStore.memory()
    for (const renewSession of [undefined, false, undefined]) yield* listVms().pipe(Effect.provide(live(origin, store, OvirtAuth.persistent({ ...demo, renewSession }), { version: 3 })), Effect.ignore)
    expect(asked.filter(({ headers }) => headers.authorization !== undefined)).toHaveLength(2)
  }))
})

describe("XML", () => {
  it.live("whatever the path of the API is", () => Effect.gen(function*() {
    const { asked, origin } = yield* engine(({ headers, method }) => method === "GET" && headers.authorization !== undefined ? opened : { type: xml, body: "<vm id=\"1\"><name>a</name></vm>" })
    yield* addVm({ body: { name: "a" } }).pipe(Effect.provide(inXml(`${origin}/rhevm`)))
    const added = asked.find(({ method }) => method === "POST")
    expect(added).toMatchObject({ path: "/rhevm/vms", body: "<vm><name>a</name></vm>", headers: { accept: xml, "content-type": xml } })
  }))

  it.live("the single sign-on is asked in JSON, also below a path that looks like an API's", () => Effect.gen(function*() {
    const { asked, origin } = yield* engine(() => ({ type: xml, body: "<vms/>" }))
    yield* listVms().pipe(Effect.provide(Ovirt.layer().pipe(Layer.provide([OvirtAuth.password(demo), OvirtConfiguration.layer({ url: `${origin}/api/east/ovirt-engine/api` }), OvirtXml.transport(NodeTransport.layer())]))))
    expect(asked.map(({ headers, path }) => [path, headers.accept])).toEqual([
      ["/api/east/ovirt-engine/sso/oauth/token", "application/json"],
      ["/api/east/ovirt-engine/api/vms", xml],
      ["/api/east/ovirt-engine/services/sso-logout", "application/json"]
    ])
  }))

  it.live("line ends stay what they are", () => Effect.gen(function*() {
    const { asked, origin } = yield* engine(({ headers, method }) => method === "GET" && headers.authorization !== undefined ? opened : { type: xml, body: "<vm id=\"1\"><name>a</name></vm>" })
    yield* addVm({ body: { name: "a", description: "one\r\ntwo\rthree\n" } }).pipe(Effect.provide(inXml(origin)))
    const sent = OvirtXml.fromXml(asked.find(({ method }) => method === "POST")?.body ?? "")
    expect(sent).toMatchObject({ success: { description: "one\r\ntwo\rthree\n" } })
  }))

  it.live("however deep a document is nested, it is read or refused", () => Effect.gen(function*() {
    let depth = 0
    const { origin } = yield* engine(({ headers }) => headers.authorization === undefined
      ? { type: xml, body: `<vms><vm id="1"><name>a</name><x>${"<a>".repeat(depth)}1${"</a>".repeat(depth)}</x></vm></vms>` }
      : opened)
    yield* Effect.gen(function*() {
      depth = 50
      expect((yield* listVms()).vm).toHaveLength(1)
      for (depth of [300, 3_000, 4_500, 5_500, 6_500, 50_000]) expect(yield* Effect.flip(listVms())).toMatchObject({ _tag: "DecodeFailed", reason: "syntax" })
    }).pipe(Effect.provide(inXml(origin)))
  }))

  it("what is no tree, or too deep a one, is not written", () => {
    const circle: { a?: unknown } = {}
    circle.a = circle
    let deep: unknown = "x"
    for (let i = 0; i < 20_000; i++) deep = { a: deep }
    for (const [root, value] of [["vm", circle], ["vm", deep], ["vm x", { a: 1 }]] as const) expect(OvirtXml.toXml(root, value)).toMatchObject({ _tag: "Failure" })
  })

  it("knows the elements whose names paths write in one", () => {
    const of = (place: string) => OvirtXml.rootOf("POST", `/ovirt-engine/api/${place}`)
    expect(["vmpools", "affinitygroups", "vnicprofiles", "macpools", "instancetypes"].map(of)).toEqual(["vm_pool", "affinity_group", "vnic_profile", "mac_pool", "instance_type"])
    // actions that look like lists
    expect(["vms/1/freezefilesystems", "vms/1/thawfilesystems", "hosts/1/setupnetworks", "hosts/1/syncallnetworks", "storagedomains/1/refreshluns"].map(of)).toEqual(Array.from({ length: 5 }, () => "action"))
  })
})

describe("lists", () => {
  const all = OvirtPaging.paged(listVms, (page) => page.vm)
  const page = (search: string): number => Number(/page\+(\d+)|page%20(\d+)/.exec(search)?.slice(1).find((found) => found !== undefined) ?? 1)

  it.live("one object that cannot be read is no end of the list", () => Effect.gen(function*() {
    const pages = [[machine, { id: 2 }], [{ id: "3", name: "c" }, { id: "4", name: "d" }], [{ id: "5", name: "e" }]]
    const { origin } = yield* engine(({ search }) => ({ body: { vm: pages[page(search) - 1] } }))
    const ids = yield* Stream.runCollect(Stream.map(all.items({ max: 2 }), (vm) => vm.id)).pipe(Effect.provide(live(origin)))
    expect([...ids]).toEqual(["1", "3", "4", "5"])
  }))

  it.live("an engine that gives the same page for ever ends, although its objects change meanwhile", () => Effect.gen(function*() {
    let looks = 0
    const { asked, origin } = yield* engine(() => ({ body: { vm: [{ ...machine, memory: String(++looks) }, { id: "2", name: "b" }] } }))
    const found = yield* Stream.runCollect(Stream.take(all.items({ max: 2 }), 100)).pipe(Effect.provide(live(origin)))
    expect(found.length).toBeLessThan(5)
    // what asks for everything, or for nothing, has one page
    for (const max of [-1, 0]) {
      asked.length = 0
      yield* Stream.runDrain(Stream.take(all.items({ max }), 100)).pipe(Effect.provide(live(origin)))
      expect(asked.filter(({ path }) => path.endsWith("/vms"))).toHaveLength(1)
    }
  }))
})

describe("actions and settings", () => {
  it.live("an action that failed says so, whatever the status", () => Effect.gen(function*() {
    const { origin } = yield* engine(() => ({ body: { status: "failed", fault: { reason: "Operation Failed", detail: "[Cannot run VM.]" } } }))
    const action = yield* startVm({ id: "1", body: {} }).pipe(Effect.provide(live(origin)))
    expect(action).toMatchObject({ status: "failed", fault: { detail: "[Cannot run VM.]" } })
  }))

  it.live("a wire log takes no hooks away, and masks the names that the configuration calls secret", () => Effect.gen(function*() {
    const { origin } = yield* engine(({ method }) => ({ body: method === "GET" ? {} : machine }))
    for (const order of [0, 1]) {
      const lines: Array<string> = []
      const seen: Array<string> = []
      const mine = Hooks.layer({ call: ({ operation }) => Effect.sync(() => void seen.push(operation)) })
      const settings = OvirtConfiguration.layer({ url: origin, debug: true, redact: ["comment"] })
      const parts = Layer.mergeAll(OvirtAuth.password(demo), NodeTransport.layer())
      const layer = Ovirt.layer().pipe(Layer.provide(order === 0 ? Layer.mergeAll(parts, mine, settings) : Layer.mergeAll(parts, settings, mine)))
      yield* updateVm({ id: "1", body: { comment: "canary-comment", description: "shown" } }).pipe(
        Effect.provide(layer), Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])))
      expect(seen).toContain("updateVm")
      expect(lines.join("\n")).toContain("\"description\":\"shown\"")
      expect(lines.join("\n")).not.toContain("canary-comment")
    }
  }))

  it.live("a wire log goes along into an override, once", () => Effect.gen(function*() {
    const { origin } = yield* engine(() => ({ body: {} }))
    const lines: Array<string> = []
    yield* listVms().pipe(
      Effect.provide(Ovirt.override(OvirtAuth.token(Redacted.make("another-token")))),
      Effect.provide(live(origin, undefined, undefined, { debug: true })),
      Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))]))
    )
    expect(lines.filter((line) => /^> GET .*\/vms/.test(line))).toHaveLength(1)
  }))

  it.live("a wire log masks secrets in XML, however they are written", () => Effect.gen(function*() {
    const { origin } = yield* engine(() => ({ body: {} }))
    const lines: Array<string> = []
    const body = "<vm><initialization><root_password><![CDATA[canary-one]]></root_password><password kind=\"x\">canary-two</password></initialization><name>shown</name></vm>"
    yield* Effect.flatMap(Ovirt, (session) => session.request({ operation: "raw", method: "POST", url: "/vms", headers: { "content-type": xml }, body: { _tag: "Bytes", bytes: body } })).pipe(
      Effect.provide(live(origin, undefined, undefined, { debug: true })), Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])))
    const all = lines.join("\n")
    expect(all).toContain("<name>shown</name>")
    expect(all).not.toContain("canary")
  }))

  it.live("the objects of a list without a search come once", () => Effect.gen(function*() {
    const { origin } = yield* engine(() => ({ body: { tag: Array.from({ length: 100 }, (_, index) => ({ id: `${index}`, name: "t" })) } }))
    const tags = yield* Stream.runCollect(OvirtPaging.paged(listTags, (page) => page.tag).items({})).pipe(Effect.provide(live(origin)))
    expect(tags.length).toBe(100)
  }))
})

