/**
 * Reads an OpenAPI document by the letter of its specification, for measurements only. Nothing here is shared with the
 * generator, or both would be wrong together.
 *
 * @see https://spec.openapis.org/oas/v2.0.html
 * @see https://spec.openapis.org/oas/v3.0.4.html
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
import * as fs from "node:fs"
import * as Yaml from "yaml"

export type Json = Readonly<Record<string, unknown>>

export const isRecord = (u: unknown): u is Json => typeof u === "object" && u !== null && !Array.isArray(u)
export const record = (u: unknown): Json => isRecord(u) ? u : {}
export const list = (u: unknown): ReadonlyArray<unknown> => Array.isArray(u) ? u : []
const text = (u: unknown): string | undefined => typeof u === "string" ? u : undefined

export interface Document {
  readonly file: string
  readonly root: Json
  readonly version: "2.0" | "3.0" | "3.1"
}

/** Where a parameter is and how it is laid out. */
export interface Parameter {
  readonly name: string
  readonly in: "path" | "query" | "header" | "cookie"
  readonly required: boolean
  readonly style: string
  readonly explode: boolean
  readonly schema: unknown
  /** the value is a document of this media type */
  readonly mediaType: string | undefined
}

export interface Media {
  readonly type: string
  readonly schema: unknown
  /** by property: media type, style, explode */
  readonly encoding: Json
  readonly raw: Json
}

export interface RequestBody {
  readonly required: boolean
  readonly media: ReadonlyArray<Media>
}

export interface Response {
  readonly media: ReadonlyArray<Media>
  /** by lower-case name */
  readonly headers: ReadonlyMap<string, { readonly required: boolean; readonly schema: unknown }>
}

export interface Operation {
  readonly document: Document
  readonly method: string
  readonly path: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly body: RequestBody | undefined
  readonly responses: ReadonlyMap<string, Response>
  /** OR of ANDs; `undefined`: nothing is said */
  readonly security: ReadonlyArray<Json> | undefined
  readonly raw: Json
  readonly item: Json
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"]

/** Reads a document; throws where it is no JSON or YAML. */
export const read = (file: string): Document => {
  const content = fs.readFileSync(file, "utf8")
  const root = record(file.endsWith(".json") ? JSON.parse(content) : Yaml.parse(content, { maxAliasCount: -1 }))
  const stated = String(root["swagger"] ?? root["openapi"])
  return { file, root, version: stated.startsWith("2") ? "2.0" : stated.startsWith("3.0") ? "3.0" : "3.1" }
}

/** What a local pointer points to; `undefined` where there is nothing, or the pointer leaves the document. */
export const at = (document: Document, pointer: string): unknown => {
  if (!pointer.startsWith("#")) return undefined
  let value: unknown = document.root
  for (const part of pointer.slice(1).split("/").slice(1)) {
    let name = part
    try {
      name = decodeURIComponent(part)
    } catch {
      // a lone % is itself
    }
    name = name.replaceAll("~1", "/").replaceAll("~0", "~")
    value = Array.isArray(value) ? value[Number(name)] : isRecord(value) ? value[name] : undefined
  }
  return value
}

/** Follows `$ref` until something else comes. */
export const follow = (document: Document, value: unknown): unknown => {
  let current = value
  for (let i = 0; i < 64 && isRecord(current) && typeof current["$ref"] === "string"; i++) current = at(document, current["$ref"])
  return current
}

const defaultStyle = (place: string): string => place === "query" || place === "cookie" ? "form" : "simple"

/** Of 2.0: `collectionFormat` says what `style` and `explode` say later. */
const collection = (format: string | undefined, place: string): { readonly style: string; readonly explode: boolean } => {
  switch (format) {
    case "multi":
      return { style: "form", explode: true }
    case "ssv":
      return { style: "spaceDelimited", explode: false }
    case "pipes":
      return { style: "pipeDelimited", explode: false }
    case "tsv":
      return { style: "tabDelimited", explode: false }
    default:
      return { style: defaultStyle(place), explode: false }
  }
}

const toParameter = (document: Document, raw: Json): Parameter | undefined => {
  const place = raw["in"]
  const name = raw["name"]
  if (typeof name !== "string" || (place !== "path" && place !== "query" && place !== "header" && place !== "cookie")) return undefined
  // these three are said elsewhere; as parameters they are ignored (OpenAPI 3.0.4 section 4.8.12.2)
  if (place === "header" && document.version !== "2.0" && /^(accept|content-type|authorization)$/i.test(name)) return undefined
  const content = Object.entries(record(raw["content"]))[0]
  const style = text(raw["style"]) ?? defaultStyle(place)
  return {
    name,
    in: place,
    required: place === "path" || raw["required"] === true,
    ...(document.version === "2.0"
      ? collection(text(raw["collectionFormat"]), place)
      : { style, explode: typeof raw["explode"] === "boolean" ? raw["explode"] : style === "form" || style === "cookie" }),
    // in 2.0 the parameter is its own schema; its `required` is a boolean and means something else
    schema: content !== undefined ? record(content[1])["schema"] : document.version === "2.0" ? withoutRequired(raw) : raw["schema"],
    mediaType: content?.[0]
  }
}

const withoutRequired = ({ required: _, ...rest }: Json): Json => rest

const mediaOf = (content: unknown): ReadonlyArray<Media> =>
  Object.entries(record(content)).map(([type, raw]) => ({ type, schema: record(raw)["schema"], encoding: record(record(raw)["encoding"]), raw: record(raw) }))

/** The body of a 2.0 operation, from its `body` or `formData` parameters. */
const bodyOf2 = (document: Document, raw: Json, parameters: ReadonlyArray<Json>): RequestBody | undefined => {
  const consumes = list(raw["consumes"] ?? document.root["consumes"]).filter((type) => typeof type === "string")
  const body = parameters.find((parameter) => parameter["in"] === "body")
  if (body !== undefined) {
    return { required: body["required"] === true, media: (consumes.length === 0 ? ["application/json"] : consumes).map((type) => ({ type, schema: body["schema"], encoding: {}, raw: body })) }
  }
  const fields = parameters.filter((parameter) => parameter["in"] === "formData")
  if (fields.length === 0) return undefined
  const forms = consumes.filter((type) => /^(multipart\/form-data|application\/x-www-form-urlencoded)/.test(type))
  const types = forms.length > 0 ? forms : [fields.some((field) => field["type"] === "file") ? "multipart/form-data" : "application/x-www-form-urlencoded"]
  const schema = {
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [String(field["name"]), withoutRequired(field)])),
    required: fields.filter((field) => field["required"] === true).map((field) => String(field["name"]))
  }
  const encoding = Object.fromEntries(fields.map((field) => [String(field["name"]), collection(text(field["collectionFormat"]), "query")]))
  return { required: fields.some((field) => field["required"] === true), media: types.map((type) => ({ type, schema, encoding, raw: {} })) }
}

const responseOf = (document: Document, operation: Json, raw: Json): Response => {
  const headers = new Map(Object.entries(record(raw["headers"])).map(([name, header]) => {
    const resolved = record(follow(document, header))
    return [name.toLowerCase(), { required: resolved["required"] === true, schema: document.version === "2.0" ? withoutRequired(resolved) : resolved["schema"] }] as const
  }))
  if (document.version !== "2.0") return { media: mediaOf(raw["content"]), headers }
  const produces = list(operation["produces"] ?? document.root["produces"]).filter((type) => typeof type === "string")
  if (raw["schema"] === undefined) return { media: [], headers }
  return { media: (produces.length === 0 ? ["application/json"] : produces).map((type) => ({ type, schema: raw["schema"], encoding: {}, raw })), headers }
}

const operationOf = (document: Document, path: string, item: Json, method: string, raw: Json): Operation => {
  const own = list(raw["parameters"]).map((parameter) => record(follow(document, parameter)))
  const key = (parameter: Json) => `${String(parameter["in"])} ${String(parameter["name"])}`
  const ownKeys = new Set(own.map(key))
  // an operation's parameter replaces the path's of the same name and place; of two equal ones the last counts
  const all = [...list(item["parameters"]).map((parameter) => record(follow(document, parameter))).filter((parameter) => !ownKeys.has(key(parameter))), ...own]
  const parameters = [...new Map(all.map((parameter) => [key(parameter), parameter])).values()]
  const requestBody = follow(document, raw["requestBody"])
  const security = raw["security"] ?? document.root["security"]
  return {
    document,
    method: method.toUpperCase(),
    path,
    parameters: parameters.map((parameter) => toParameter(document, parameter)).filter((parameter) => parameter !== undefined),
    body: document.version === "2.0"
      ? bodyOf2(document, raw, parameters)
      : isRecord(requestBody)
      ? { required: requestBody["required"] === true, media: mediaOf(requestBody["content"]) }
      : undefined,
    responses: new Map(Object.entries(record(raw["responses"])).filter(([status]) => !status.startsWith("x-"))
      .map(([status, response]) => [status, responseOf(document, raw, record(follow(document, response)))])),
    security: Array.isArray(security) ? security.filter(isRecord) : undefined,
    raw,
    item
  }
}

/** Every operation under `paths`. */
export const operations = (document: Document): ReadonlyArray<Operation> =>
  Object.entries(record(document.root["paths"])).filter(([path]) => !path.startsWith("x-")).flatMap(([path, given]) => {
    const shared = record(follow(document, given))
    // what stands beside a path item's $ref belongs to it too
    const item = isRecord(given) ? { ...shared, ...given } : shared
    return methods.filter((method) => isRecord(item[method])).map((method) => operationOf(document, path, item, method, record(item[method])))
  })

/** The security schemes by name. */
export const schemes = (document: Document): ReadonlyMap<string, Json> => {
  const declared = document.version === "2.0" ? document.root["securityDefinitions"] : record(document.root["components"])["securitySchemes"]
  return new Map(Object.entries(record(declared)).map(([name, scheme]) => [name, record(follow(document, scheme))]))
}

/** `a/b; c=d` and `a/*` mean media types; parameters do not matter here. */
export const matchesMedia = (declared: string, sent: string): boolean => {
  const bare = (type: string) => (type.split(";")[0] ?? "").trim().toLowerCase()
  const [type, subtype] = bare(declared).split("/")
  const [sentType, sentSubtype] = bare(sent).split("/")
  return (type === "*" || type === sentType) && (subtype === "*" || subtype === undefined || subtype === sentSubtype)
}

export const isJsonMedia = (type: string): boolean => /^[^;]*[/+]json\s*(;|$)/i.test(type)
