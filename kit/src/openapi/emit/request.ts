/**
 * What an operation takes, as the endpoint declares it.
 */
import type { Encoding, Media, Operation, Parameter, ParameterPlace, RequestBody } from "../model/Api.ts"
import { kindOf, normalize } from "../model/media.ts"
import { lookUp } from "../model/node.ts"
import { children, type Field, type RecordShape, type Shape } from "../model/Shape.ts"
import { type Plan, resolve } from "../plan/Plan.ts"
import { camel, isIdentifier, isInherited, pascal } from "../text/words.ts"
import type { Warn } from "../warning.ts"
import { comment, docLines, key, object, quoted } from "./print.ts"
import type { SchemaOf } from "./reply.ts"
import { call, type Where } from "./shape.ts"

const places: ReadonlyArray<ParameterPlace> = ["path", "query", "header", "cookie"]

/** A parameter with the name that it has in the endpoint's input. */
export interface NamedParameter {
  readonly parameter: Parameter
  readonly key: string
}

/** Names in the input: those of the vendor, as far as they can stand unquoted; clashes get their place as suffix. */
export const nameParameters = (operation: Operation, choice: BodyChoice | undefined): ReadonlyArray<NamedParameter> => {
  // whoever sends bytes may have to say of which kind; for any other body the media type is known
  const bytes = choice?.kinds.length === 1 && choice.kinds[0]?.kind === "bytes"
  const parameters = operation.parameters.filter((parameter) => bytes || !isContentType(parameter))
  const used = new Set((choice?.taken ?? []).filter((name) => !(name === "contentType" && parameters.some(isContentType))).map((name) => name.toLowerCase()))
  return places.flatMap((place) => parameters.filter((parameter) => parameter.in === place)).map((parameter) => {
    const plain = isIdentifier(parameter.name) && parameter.name !== "__proto__" ? parameter.name : camel(parameter.name)
    const base = plain === "" || plain === "n" ? "value" : plain
    let name = base
    // every object has a `constructor`: an optional one of another type would take no object at all
    if (used.has(name.toLowerCase()) || isInherited(name)) name = `${base}${pascal(parameter.in)}`
    for (let n = 2; used.has(name.toLowerCase()); n++) name = `${base}${pascal(parameter.in)}${n}`
    used.add(name.toLowerCase())
    return { parameter, key: name }
  })
}

const isContentType = (parameter: Parameter): boolean => parameter.in === "header" && parameter.name.toLowerCase() === "content-type"

/** The template with the input's names, without what never goes on the wire. */
export const templateOf = (path: string, named: ReadonlyArray<NamedParameter>): string => {
  const keys = new Map(named.filter(({ parameter }) => parameter.in === "path").map((entry) => [entry.parameter.name, entry.key]))
  const sent = path.split("#")[0] ?? path
  // a brace that belongs to no name is a character as any other
  return (sent === "" ? "/" : sent).replace(/\{([^{}]+)\}|[{}]/g, (whole, name: string | undefined) => name === undefined || !keys.has(name) ? encodeURIComponent(whole) : `{${keys.get(name)}}`)
}

const defaultStyle: Readonly<Record<ParameterPlace, string>> = { path: "simple", query: "form", header: "simple", cookie: "form" }
const styles: Readonly<Record<ParameterPlace, ReadonlyArray<string>>> = {
  path: ["simple", "label", "matrix"],
  query: ["form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"],
  header: ["simple"],
  cookie: ["form"]
}

/** Records and lists in records and lists: OpenAPI has no layout for them. */
const isNested = (shape: Shape, plan: Plan): boolean => {
  const isStructured = (inner: Shape): boolean => ["record", "array", "tuple"].includes(resolve(inner, plan.models).kind)
  const found = resolve(shape, plan.models)
  return found.kind === "record" ? found.fields.some((field) => isStructured(field.shape)) : found.kind === "array" && isStructured(found.item)
}

const layoutOf = ({ key: name, parameter }: NamedParameter, operation: Operation, plan: Plan, warn: Warn): ReadonlyArray<string> => {
  const style = parameter.style ?? defaultStyle[parameter.in]
  const known = styles[parameter.in].includes(style)
  if (!known) warn("invalid", operation.node, `the parameter ${parameter.name} cannot have the style ${style}: the default is taken`)
  const exploded = style === "form"
  if (!parameter.json && style !== "deepObject" && isNested(parameter.shape, plan)) {
    warn("unsupported", operation.node, `the parameter ${parameter.name} holds records or lists in a record or list, for which OpenAPI has no layout: it is written as JSON`)
    return [...(parameter.in !== "path" && name !== parameter.name ? [`name: ${quoted(parameter.name)}`] : []), "json: true"]
  }
  return [
    ...(parameter.in !== "path" && name !== parameter.name ? [`name: ${quoted(parameter.name)}`] : []),
    ...(known && style !== defaultStyle[parameter.in] ? [`style: ${quoted(style)}`] : []),
    ...(parameter.explode !== undefined && parameter.explode !== exploded && style !== "deepObject" ? [`explode: ${parameter.explode}`] : []),
    ...(parameter.allowReserved && parameter.in === "query" ? ["allowReserved: true"] : []),
    ...(parameter.json ? ["json: true"] : []),
    ...(parameter.segments ? ["segments: true"] : [])
  ]
}

/** `path`, `query`, `header` and `cookie` of an endpoint. */
export const parametersOf = (operation: Operation, named: ReadonlyArray<NamedParameter>, owner: string, where: Where, schemaOf: SchemaOf, warn: Warn, moreHeaders: ReadonlyArray<string>): ReadonlyArray<string> =>
  places.flatMap((place) => {
    const declared = named.filter(({ parameter }) => parameter.in === place).map((entry) => {
      const { parameter } = entry
      const schema = schemaOf(parameter.shape, `${owner}${pascal(entry.key)}`, where)
      if (!parameter.required) where.imports.namespace("Schema")
      const optional = parameter.required ? schema : call(where, "Schema.optional", schema)
      const layout = layoutOf(entry, operation, where.plan, warn)
      const field = layout.length === 0 ? optional : call(where, "Endpoint.param", optional, object(layout))
      return `${comment(docLines(parameter.docs))}${key(entry.key)}: ${field}`
    })
    const fields = place === "header" && !named.some(({ parameter }) => isContentType(parameter)) ? [...moreHeaders, ...declared] : declared
    return fields.length === 0 ? [] : [`${place}: ${object(fields)}`]
  })

const isPatch = (mediaType: string): boolean => /patch/.test(mediaType)

/** Media types that are different things to say, and not one thing in several spellings. */
const distinct = (media: ReadonlyArray<Media>): ReadonlyArray<Media> => {
  const order = media.map((entry, index) => ({ entry, index })).sort((a, b) => Number(b.entry.mediaType === "application/json") - Number(a.entry.mediaType === "application/json") || a.index - b.index).map(({ entry }) => entry)
  const json = order.find((entry) => kindOf(entry.mediaType) === "json" && !isPatch(entry.mediaType))
  return order.filter((entry) => {
    if (json === undefined || entry === json || isPatch(entry.mediaType)) return true
    const kind = kindOf(entry.mediaType)
    const same = JSON.stringify(entry.shape) === JSON.stringify(json.shape)
    // what JSON says already needs no second spelling
    if (kind === "xml" || entry.mediaType.includes("*")) return false
    return !(same && (kind === "json" || kind === "text"))
  })
}

/** How a body of a media type is given. */
type BodyKind = "patch" | "json" | "form" | "multipart" | "text" | "bytes"

/** Records, or nothing that is said: what a form can hold. */
const isForm = (shape: Shape | undefined, plan: Plan, depth = 0): boolean => {
  switch (shape?.kind) {
    case undefined:
    case "unknown":
      return depth === 0
    case "record":
      return true
    case "model":
      return depth < 16 && isForm(plan.models.get(shape.id)?.model.shape, plan, depth + (resolve(shape, plan.models).kind === "unknown" ? 0 : 1))
    case "union":
      return depth < 16 && children(shape).every((variant) => isForm(variant, plan, depth + 1))
    default:
      return false
  }
}

const kindOfBody = (media: Media, plan: Plan): BodyKind => {
  const { mediaType } = media
  const kind = kindOf(mediaType)
  const shape = resolve(media.shape, plan.models)
  // a list of operations, whatever the document says of it (RFC 6902 section 3)
  if (mediaType === "application/json-patch+json" && shape.kind !== "array") return "patch"
  // JSON is YAML, too
  if (kind === "json" || mediaType.endsWith("+yaml")) return "json"
  // a form that is described as anything but a record is given as the text it is
  if (kind === "form") return isForm(media.shape, plan) ? "form" : "text"
  if (kind === "multipart") return mediaType === "multipart/form-data" && shape.kind === "record" ? "multipart" : "bytes"
  // some write the wildcard, or `text/plain`, and mean JSON
  if (kind === "text" || kind === "xml") return mediaType === "text/plain" && shape.kind === "record" ? "json" : "text"
  return mediaType.includes("*") && !["binary", "string", "unknown"].includes(shape.kind) ? "json" : "bytes"
}

/** What a body can be, and what of it needs no naming. */
export interface BodyChoice {
  readonly kinds: ReadonlyArray<{ readonly media: Media; readonly kind: BodyKind }>
  /** sent where the input does not say; `undefined`: it has to */
  readonly preferred: Media | undefined
  /** names that the input has besides those of parameters */
  readonly taken: ReadonlyArray<string>
  /** bytes of any kind: the caller says of which */
  readonly wildcard: boolean
}

export const choiceOf = (body: RequestBody, plan: Plan): BodyChoice => {
  const kinds = distinct(body.media).map((media) => ({ media, kind: kindOfBody(media, plan) }))
  const json = kinds.filter(({ kind }) => kind === "json")
  const preferred = kinds.length === 1 ? kinds[0] : json.find(({ media }) => media.mediaType === "application/json") ?? (json.length === 1 && !isPatch(json[0]?.media.mediaType ?? "") ? json[0] : undefined)
  const wildcard = kinds.length === 0 || (kinds.length === 1 && kinds[0]?.kind === "bytes" && kinds[0].media.mediaType.includes("*"))
  return { kinds, preferred: preferred?.media, taken: kinds.length > 1 || wildcard ? ["body", "contentType"] : ["body"], wildcard }
}

/** `body` of an endpoint. */
export const bodyOf = (body: RequestBody, choice: BodyChoice, owner: string, operation: Operation, where: Where, schemaOf: SchemaOf, warn: Warn): string => {
  where.imports.namespace("Body")
  const texts = choice.kinds.map(({ kind, media }) => {
    const { isSchema, text } = oneBody(kind, media, `${owner}Body${choice.kinds.length > 1 ? pascal(media.mediaType.split("/").at(-1) ?? "") : ""}`, operation, where, schemaOf, warn)
    if (body.required) return text
    if (!isSchema) return call(where, "Body.optional", text)
    where.imports.namespace("Schema")
    return call(where, "Schema.optional", text)
  })
  const [first, ...rest] = texts
  if (first === undefined) return call(where, "Body.bytes")
  if (rest.length === 0) return first
  const members = object(choice.kinds.map(({ media }, index) => `${quoted(media.mediaType)}: ${texts[index] ?? ""}`))
  return call(where, "Body.choice", members, ...(choice.preferred === undefined ? [] : [`{ default: ${quoted(choice.preferred.mediaType)} }`]))
}

const oneBody = (kind: BodyKind, media: Media, name: string, operation: Operation, where: Where, schemaOf: SchemaOf, warn: Warn): { readonly text: string; readonly isSchema: boolean } => {
  const { imports, plan } = where
  const { mediaType } = media
  const type = quoted(mediaType)
  const make = (what: string, ...args: ReadonlyArray<string>) => ({ text: call(where, `Body.${what}`, ...args), isSchema: false })
  switch (kind) {
    case "patch":
      imports.namespace("Patch")
      return make("json", "Patch.Operations", type)
    case "json": {
      const schema = schemaOf(media.shape ?? { kind: "unknown" }, name, where)
      return mediaType === "application/json" || mediaType.includes("*") ? { text: schema, isSchema: true } : make("json", schema, type)
    }
    case "form": {
      const schema = schemaOf(media.shape !== undefined && resolve(media.shape, plan.models).kind !== "unknown" ? media.shape : anyRecord, name, where)
      const layouts = Object.entries(media.encoding).flatMap(([member, encoding]) => {
        const layout = formLayout(encoding)
        return layout.length === 0 ? [] : [`${key(member)}: ${object(layout)}`]
      })
      return make("form", schema, ...(layouts.length === 0 ? [] : [object([`style: ${object(layouts)}`])]))
    }
    case "multipart": {
      const record = resolve(media.shape, plan.models)
      const told = (message: string): void => warn("unsupported", operation.node, message)
      return make("multipart", record.kind === "record" ? multipart(record, media.encoding, where, name, schemaOf, told) : "{}")
    }
    case "text":
      return make("text", type)
    case "bytes":
      if (kindOf(mediaType) === "multipart") warn("unsupported", operation.node, `a body of ${mediaType}${mediaType === "multipart/form-data" ? " without described parts" : ""} has to be given as bytes`)
      return make("bytes", ...(mediaType.includes("*") ? [] : [type]))
  }
}

/** Is it a file, or a list of files? */
export const filesOf = (shape: Shape, plan: Plan): "one" | "many" | undefined => {
  const found = resolve(shape, plan.models)
  return found.kind === "binary" ? "one" : found.kind === "array" && resolve(found.item, plan.models).kind === "binary" ? "many" : undefined
}

const anyRecord: RecordShape = { kind: "record", fields: [], required: [], additional: { kind: "unknown" }, prefixed: [], checks: [] }

const isJson = (encoding: Encoding | undefined): boolean => {
  const mediaType = encoding?.contentType === undefined ? undefined : normalize(encoding.contentType)
  return mediaType !== undefined && kindOf(mediaType) === "json"
}

/** How a form's member is laid out, where that is not the default. The style beats the content type (3.x, Encoding Object). */
const formLayout = (encoding: Encoding): ReadonlyArray<string> => {
  if (encoding.style === undefined && encoding.explode === undefined) return isJson(encoding) ? ["json: true"] : []
  const style = encoding.style !== undefined && styles.query.includes(encoding.style) ? encoding.style : "form"
  const explode = encoding.explode ?? style === "form"
  return [...(style === "form" ? [] : [`style: ${quoted(style)}`]), ...(explode ? [] : ["explode: false"])]
}

/** Each item of a list is a part of its own, unless all of it is JSON. */
const partLayout = (field: Field, encoding: Encoding | undefined, where: Where, told: (message: string) => void): string | undefined => {
  if (isJson(encoding)) return "json: true"
  if (!["array", "tuple"].includes(resolve(field.shape, where.plan.models).kind)) return undefined
  if (encoding?.explode !== false) return "explode: true"
  told(`the list ${field.name} cannot be written as one text in a multipart body: it is written as JSON`)
  return undefined
}

const multipart = (
  record: RecordShape,
  encodings: Media["encoding"],
  where: Where,
  name: string,
  schemaOf: SchemaOf,
  told: (message: string) => void
): string =>
  object(record.fields.filter((field) => !field.readOnly).map((field) => {
    const docs = comment(docLines(field.docs))
    const files = filesOf(field.shape, where.plan)
    if (files !== undefined) return `${docs}${key(field.name)}: Body.${files === "one" ? field.required ? "file" : "optionalFile" : field.required ? "files" : "optionalFiles"}`
    const schema = schemaOf(field.shape, `${name}${pascal(field.name)}`, where)
    if (!field.required) where.imports.namespace("Schema")
    const optional = field.required ? schema : call(where, "Schema.optional", schema)
    const layout = partLayout(field, lookUp(encodings, field.name), where, told)
    return `${docs}${key(field.name)}: ${layout === undefined ? optional : call(where, "Endpoint.param", optional, `{ ${layout} }`)}`
  }))
