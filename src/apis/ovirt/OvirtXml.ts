/**
 * Engines that speak XML only, such as those of version 3: endpoints stay as they are, what goes over the wire is XML.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { ConnectionFailed, DecodeFailed } from "../../errors/CallError.ts"
import { Transport, type TransportError, type TransportRequest, type TransportResponse } from "../../services/Transport.ts"
import { get } from "../../wire/headers.ts"
import * as MediaType from "../../wire/mediaType.ts"
import { fromXml, singular, toXml } from "./xml.ts"

export { fromXml, toXml } from "./xml.ts"

/**
 * A transport whose JSON goes out as XML, and whose XML comes in as JSON, whatever endpoint it is for. What is neither, such as
 * the single sign-on's forms, stays as it is; so do answers in JSON. An answer that claims to be XML and is not fails with
 * `DecodeFailed`.
 *
 * @example
 * ```ts
 * Ovirt.layer().pipe(Layer.provide([auth, OvirtConfiguration.layer({ url, version: 3, ca }), OvirtXml.transport(NodeTransport.layer())]))
 * ```
 */
export const transport = <E, R>(inner: Layer.Layer<Transport, E, R>): Layer.Layer<Transport, E, R> =>
  Layer.effect(Transport, Effect.map(Transport, (json): Transport["Service"] => ({
    ...json,
    name: `${json.name}, XML`,
    send: (request) => Effect.flatMap(asXml(request), (sent) => Effect.flatMap(json.send(sent), (response) => asJson(request, response)))
  }))).pipe(Layer.provide(inner))

/** elements of several words, which paths write in one */
const written: ReadonlyMap<string, string> = /*#__PURE__*/ (() => new Map([
  "affinity_group", "affinity_label", "cpu_profile", "data_center", "disk_attachment", "disk_profile", "disk_snapshot", "external_host_provider", "host_device",
  "instance_type", "mac_pool", "network_attachment", "network_label", "openstack_image_provider", "openstack_network_provider", "openstack_volume_provider",
  "scheduling_policy", "storage_connection", "storage_domain", "vm_pool", "vnic_profile"
].map((element) => [`${element.replaceAll("_", "").replace(/y$/, "ie")}s`, element])))()

/** actions that look like lists */
const actions: ReadonlySet<string> = /*#__PURE__*/ new Set(["freezefilesystems", "thawfilesystems", "setupnetworks", "syncallnetworks", "refreshluns", "autopincpuandnumanodes"])

/** The element that a body is: an object of the collection that it goes to, or an action on one. */
export const rootOf = (method: string, pathname: string): string => {
  const segments = pathname.split("/").filter((segment) => segment !== "")
  const place = (method === "PUT" || method === "PATCH" ? segments.at(-2) : segments.at(-1)) ?? ""
  const name = written.get(place) ?? singular(place)
  return name === place || actions.has(place) ? "action" : name
}

const failure = (request: TransportRequest) => ({ operation: request.operation, method: request.method, url: request.displayUrl, attempts: request.attempt })

const asXml = (request: TransportRequest): Effect.Effect<TransportRequest, TransportError> => {
  const { body, headers } = request
  const sendsJson = /\bjson\b/i.test(headers["content-type"] ?? "")
  // the single sign-on is asked by forms, and answers in JSON
  if (!/\bjson\b/i.test(headers["accept"] ?? "") || (body !== undefined && !sendsJson)) return Effect.succeed(request)
  const asked = { ...headers, accept: "application/xml" }
  if (body?._tag !== "Bytes") return Effect.succeed({ ...request, headers: asked })
  const text = typeof body.bytes === "string" ? body.bytes : new TextDecoder().decode(body.bytes)
  const xml = toXml(rootOf(request.method, request.url.pathname), parsed(text))
  return Result.isSuccess(xml)
    ? Effect.succeed({ ...request, headers: { ...asked, "content-type": "application/xml" }, body: { _tag: "Bytes", bytes: xml.success } })
    : Effect.fail(new ConnectionFailed({ ...failure(request), reason: "body", processed: "no", detail: `the body cannot be written as XML: ${xml.failure}` }))
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const asJson = (request: TransportRequest, response: TransportResponse): Effect.Effect<TransportResponse, TransportError> => {
  const essence = MediaType.parse(get(response.headers, "content-type"))?.essence
  if (essence === undefined || !/[/+]xml$/.test(essence) || /xhtml/.test(essence) || response.body.length === 0) return Effect.succeed(response)
  // the parser wants text: engines write UTF-8, whatever the charset says
  const value = fromXml(new TextDecoder().decode(response.body))
  if (Result.isSuccess(value)) {
    return Effect.succeed({ ...response, headers: { ...response.headers, "content-type": "application/json" }, body: new TextEncoder().encode(JSON.stringify(value.success)) })
  }
  // what cannot be read never hides a status
  return response.status >= 400
    ? Effect.succeed(response)
    : Effect.fail(new DecodeFailed({ ...failure(request), status: response.status, reason: "syntax", issues: [{ path: "", message: value.failure }] }))
}
