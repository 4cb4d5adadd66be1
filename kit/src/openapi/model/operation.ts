/**
 * From a path item and its operations to what an endpoint needs to know.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#operation-object
 * @see https://spec.openapis.org/oas/v2.0.html#operation-object
 */
import type { Warn } from "../warning.ts"
import type { Media, Operation, Parameter, ParameterPlace, RequestBody, Response, SecurityRequirement, Server } from "./Api.ts"
import { docsOf } from "./docs.ts"
import { kindOf, normalize } from "./media.ts"
import { child, type Data, data, type Deref, entries, isData, items, type Node, text, texts } from "./node.ts"
import { bodyOf2, parameterOf2 } from "./operation2.ts"
import type { Dialect, SchemaReader } from "./schema/reader.ts"
import { requirementOf } from "./security.ts"
import { serversOf, serversOf2 } from "./servers.ts"
import { noDocs, type Shape, unknown } from "./Shape.ts"

/** What operations of one document have in common. */
export interface Surroundings {
  readonly root: Node
  readonly dialect: Dialect
  readonly schemas: SchemaReader
  readonly deref: Deref
  readonly warn: Warn
  readonly schemes: ReadonlySet<string>
  readonly security: ReadonlyArray<SecurityRequirement> | undefined
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"] as const
/** fields that OpenAPI tells to ignore as parameters (3.x, Parameter Object), as far as something else says them */
const ignoredHeaders = new Set(["accept", "authorization"])

/** All operations of a path. */
export const operationsOf = (path: string, item: Node, around: Surroundings): ReadonlyArray<Operation> => {
  const { deref, warn } = around
  const at = deref(item)
  const shared = parametersOf(child(at, "parameters"), around)
  const template = path.startsWith("/") ? path : `/${path}`
  if (template !== path) warn("invalid", at, "a path has to begin with /")
  const known = methods.flatMap((method): ReadonlyArray<Operation> => isData(data(at)[method]) ? [operationOf(template, method.toUpperCase(), at, child(at, method), shared, around)] : [])
  const more = entries(child(at, "additionalOperations")).filter(([, node]) => isData(node.value)).map(([method, node]) => operationOf(template, method.toUpperCase(), at, node, shared, around))
  return [...known, ...more]
}

const operationOf = (path: string, method: string, item: Node, node: Node, shared: Described, around: Surroundings): Operation => {
  const { dialect, root, warn } = around
  const operation = data(node)
  const own = parametersOf(child(node, "parameters"), around)
  const parameters = filled(path, node, merged(shared.parameters, own.parameters), warn)
  const body = dialect === "2.0"
    ? bodyOf2(root, node, [...shared.body, ...own.body], around)
    : bodyOf(child(node, "requestBody"), around)
  const extensions: Data = Object.fromEntries(Object.entries(operation).filter(([key]) => key.startsWith("x-")))
  const tags = texts(operation["tags"])
  return {
    node,
    method,
    path,
    id: text(operation["operationId"])?.trim() || undefined,
    tags,
    summary: text(operation["summary"]) ?? text(data(item)["summary"]),
    description: text(operation["description"]),
    deprecated: operation["deprecated"] === true,
    parameters: parameters.filter((parameter) => !(parameter.in === "header" && ignoredHeaders.has(parameter.name.toLowerCase()))),
    body: body === undefined || body.media.length > 0 ? body : undefined,
    responses: responsesOf(node, method, around),
    security: requirementOf(child(node, "security"), around.schemes, warn) ?? around.security,
    servers: operationServers(item, node, around),
    extensions
  }
}

const operationServers = (item: Node, node: Node, { dialect, root, warn }: Surroundings): ReadonlyArray<Server> | undefined => {
  if (dialect !== "2.0") return serversOf(child(node, "servers"), warn) ?? serversOf(child(item, "servers"), warn)
  const { schemes } = data(node)
  const all = texts(data(root)["schemes"])
  const own = texts(schemes)
  // the same schemes in other words need no server of their own
  return own.length === 0 || own.some((scheme) => all.includes(scheme)) || all.length === 0 ? undefined : serversOf2(root, own)
}

interface Described {
  readonly parameters: ReadonlyArray<Parameter>
  /** of 2.0: what makes up the body */
  readonly body: ReadonlyArray<Node>
}

const parametersOf = (list: Node, around: Surroundings): Described => {
  const { deref, dialect, warn } = around
  const parameters: Array<Parameter> = []
  const body: Array<Node> = []
  for (const item of items(list)) {
    const node = deref(item)
    const { in: place, name } = data(node)
    // a reference that leads nowhere has been told of
    if (node.value !== item.value && Object.keys(data(node)).length === 0) continue
    if (dialect === "2.0" && (place === "body" || place === "formData")) body.push(node)
    else if (text(name) === undefined) warn("invalid", node, "a parameter has to have a name")
    else if (place === "querystring") warn("unsupported", node, "a parameter that is the whole query string is left out: give it as single parameters")
    else if (place !== "path" && place !== "query" && place !== "header" && place !== "cookie") warn("invalid", node, `a parameter cannot be in ${JSON.stringify(place)}`)
    else parameters.push(dialect === "2.0" ? parameterOf2(node, String(name), place, around) : parameterOf(node, String(name), place, around))
  }
  return { parameters, body }
}

const parameterOf = (node: Node, name: string, place: ParameterPlace, { deref, dialect, schemas, warn }: Surroundings): Parameter => {
  const parameter = data(node)
  const docs = docsOf(node)
  const schemaDocs = docsOf(child(node, "schema"))
  const [media] = entries(child(node, "content"))
  const essence = media === undefined ? undefined : normalize(media[0])
  const json = essence !== undefined && kindOf(essence) === "json"
  const shape = media !== undefined ? json ? schemas.read(child(deref(media[1]), "schema"), dialect) : { kind: "string" as const, format: undefined, checks: [] } : schemas.read(child(node, "schema"), dialect)
  if (media !== undefined && !json) warn("unsupported", node, `a parameter written as ${media[0]} is taken as the text it is`)
  return {
    name: place === "path" ? name.trim() : name,
    in: place,
    shape,
    required: place === "path" || parameter["required"] === true,
    docs: { ...schemaDocs, ...Object.fromEntries(Object.entries(docs).filter(([, value]) => value !== undefined)), notes: schemaDocs.notes },
    style: text(parameter["style"]),
    explode: typeof parameter["explode"] === "boolean" ? parameter["explode"] : undefined,
    allowReserved: parameter["allowReserved"] === true,
    json,
    segments: false
  }
}

/** what an operation says beats what its path says */
const merged = (shared: ReadonlyArray<Parameter>, own: ReadonlyArray<Parameter>): ReadonlyArray<Parameter> => {
  const key = (parameter: Parameter): string => `${parameter.in} ${parameter.in === "header" ? parameter.name.toLowerCase() : parameter.name}`
  return [...new Map([...shared, ...own].map((parameter) => [key(parameter), parameter])).values()]
}

/** every `{name}` of the path has a parameter, and every path parameter a place */
const filled = (path: string, node: Node, parameters: ReadonlyArray<Parameter>, warn: Warn): ReadonlyArray<Parameter> => {
  const names = [...new Set([...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? ""))]
  const out: Array<Parameter> = []
  const used = new Set<Parameter>()
  for (const name of names) {
    const exact = parameters.find((parameter) => parameter.in === "path" && parameter.name === name)
    const near = exact ?? parameters.find((parameter) => parameter.in === "path" && !names.includes(parameter.name) && parameter.name.toLowerCase() === name.trim().toLowerCase())
    if (near === undefined) warn("invalid", node, `the path has {${name}}, which no parameter describes: a text is taken`)
    else if (exact === undefined) warn("invalid", node, `the path has {${name}}, the parameter is called ${near.name}`)
    if (near !== undefined) used.add(near)
    out.push(near === undefined ? { name, in: "path", shape: { kind: "string", format: undefined, checks: [] }, required: true, docs: noDocs, style: undefined, explode: undefined, allowReserved: false, json: false, segments: false } : { ...near, name })
  }
  for (const parameter of parameters) {
    if (parameter.in !== "path") out.push(parameter)
    else if (!used.has(parameter)) warn("invalid", node, `the path has no place for the parameter ${parameter.name}`)
  }
  return out
}

const bodyOf = (at: Node, around: Surroundings): RequestBody | undefined => {
  if (!isData(at.value)) return undefined
  const node = around.deref(at)
  return { required: data(node)["required"] === true, description: text(data(node)["description"]), media: mediaOf(child(node, "content"), around) }
}

const mediaOf = (content: Node, around: Surroundings): ReadonlyArray<Media> => {
  const out = new Map<string, Media>()
  for (const [written, at] of entries(content)) {
    const mediaType = normalize(written)
    if (mediaType === undefined) {
      around.warn("invalid", at, `${JSON.stringify(written)} is no media type`)
      continue
    }
    const node = around.deref(at)
    if (!out.has(mediaType)) {
      out.set(mediaType, {
        mediaType,
        shape: data(node)["schema"] === undefined ? undefined : around.schemas.read(child(node, "schema"), around.dialect),
        item: data(node)["itemSchema"] === undefined ? undefined : around.schemas.read(child(node, "itemSchema"), around.dialect),
        encoding: Object.fromEntries(entries(child(node, "encoding")).map(([name, encoding]) => {
          const { contentType, explode, style } = data(encoding)
          return [name, { contentType: text(contentType), style: text(style), explode: typeof explode === "boolean" ? explode : undefined }]
        }))
      })
    }
  }
  return [...out.values()]
}

const responsesOf = (operation: Node, method: string, around: Surroundings): ReadonlyArray<Response> => {
  const { deref, dialect, schemas, warn } = around
  return entries(child(operation, "responses")).flatMap(([key, at]): ReadonlyArray<Response> => {
    if (key.startsWith("x-")) return []
    const status = /^[1-5]xx$/i.test(key) ? key.toUpperCase() : key.toLowerCase() === "default" ? "default" : /^[1-9]\d\d$/.test(key) ? key : undefined
    if (status === undefined) {
      warn("invalid", at, `${JSON.stringify(key)} is no status`)
      return []
    }
    const node = deref(at)
    const headers = entries(child(node, "headers")).filter(([name]) => name.toLowerCase() !== "content-type").map(([name, header]) => {
      const found = deref(header)
      return { name, shape: dialect === "2.0" ? schemas.read(found, dialect) : headerShape(found, around), docs: docsOf(found) }
    })
    return [{
      status,
      description: text(data(node)["description"]),
      // these have no content, whatever is written of it (RFC 9110 sections 9.3.2, 15.3.5, 15.3.6, 15.4.5)
      media: method === "HEAD" || status === "204" || status === "205" || status === "304" ? [] : dialect === "2.0" ? media2(operation, node, around) : mediaOf(child(node, "content"), around),
      headers
    }]
  })
}

const headerShape = (node: Node, { dialect, schemas }: Surroundings): Shape => data(node)["schema"] === undefined ? unknown : schemas.read(child(node, "schema"), dialect)

/** 2.0: one schema for all that the operation produces */
const media2 = (operation: Node, node: Node, { dialect, root, schemas }: Surroundings): ReadonlyArray<Media> => {
  if (data(node)["schema"] === undefined) return []
  const own = texts(data(operation)["produces"])
  const given = own.length > 0 ? own : texts(data(root)["produces"])
  const shape = schemas.read(child(node, "schema"), dialect)
  const types = [...new Set(given.map(normalize).filter((type) => type !== undefined))]
  return (types.length > 0 ? types : ["application/json"]).map((mediaType) => ({ mediaType, shape, item: undefined, encoding: {} }))
}
