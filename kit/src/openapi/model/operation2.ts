/**
 * Parameters and bodies of OpenAPI 2.0.
 *
 * @see https://spec.openapis.org/oas/v2.0.html#parameter-object
 */
import type { Media, Parameter, ParameterPlace, RequestBody } from "./Api.ts"
import { docsOf } from "./docs.ts"
import { normalize } from "./media.ts"
import { child, data, lookUp, type Node, text, texts } from "./node.ts"
import type { Surroundings } from "./operation.ts"
import type { Field, RecordShape } from "./Shape.ts"

const layouts: Readonly<Record<string, { readonly style: string; readonly explode: boolean }>> = {
  csv: { style: "form", explode: false },
  ssv: { style: "spaceDelimited", explode: false },
  tsv: { style: "tabDelimited", explode: false },
  pipes: { style: "pipeDelimited", explode: false },
  multi: { style: "form", explode: true }
}

export const parameterOf2 = (node: Node, name: string, place: ParameterPlace, { dialect, schemas }: Surroundings): Parameter => {
  const { collectionFormat, required, type } = data(node)
  const layout = type === "array" ? lookUp(layouts, text(collectionFormat) ?? "csv") : undefined
  return {
    name,
    in: place,
    // a parameter is its own schema here; `required` is about the parameter
    shape: schemas.read({ ...node, value: { ...data(node), required: undefined, name: undefined } }, dialect),
    required: place === "path" || required === true,
    docs: docsOf(node),
    style: place === "query" ? layout?.style : undefined,
    explode: place === "query" ? layout?.explode : undefined,
    allowReserved: false,
    json: false,
    segments: false
  }
}

/** The body of an operation: one parameter `body`, or the fields of a form. */
export const bodyOf2 = (root: Node, operation: Node, nodes: ReadonlyArray<Node>, around: Surroundings): RequestBody | undefined => {
  const { dialect, schemas } = around
  const own = texts(data(operation)["consumes"])
  const given = (own.length > 0 ? own : texts(data(root)["consumes"])).map(normalize).filter((type) => type !== undefined)
  const body = nodes.findLast((node) => data(node)["in"] === "body")
  if (body !== undefined) {
    const shape = schemas.read(child(body, "schema"), dialect)
    const types = given.filter((type) => type !== "multipart/form-data" && type !== "application/x-www-form-urlencoded")
    return {
      required: data(body)["required"] === true,
      description: text(data(body)["description"]),
      media: [...new Set(types.length > 0 ? types : ["application/json"])].map((mediaType): Media => ({ mediaType, shape, item: undefined, encoding: {} }))
    }
  }
  if (nodes.length === 0) return undefined
  const byName = new Map(nodes.map((node) => [text(data(node)["name"]) ?? "", node]))
  const fields = [...byName].map(([name, node]): Field => ({
    name,
    shape: schemas.read({ ...node, value: { ...data(node), required: undefined, name: undefined } }, dialect),
    required: data(node)["required"] === true,
    docs: docsOf(node),
    readOnly: false,
    writeOnly: false
  }))
  const encodings = [...byName].flatMap(([name, node]) => {
    const { collectionFormat, type } = data(node)
    const layout = type === "array" ? lookUp(layouts, text(collectionFormat) ?? "csv") : undefined
    return layout === undefined ? [] : [[name, { contentType: undefined, ...layout }] as const]
  })
  const files = fields.some((field) => field.shape.kind === "binary" || (field.shape.kind === "array" && field.shape.item.kind === "binary"))
  const mediaType = files ? "multipart/form-data" : given.find((type) => type === "application/x-www-form-urlencoded" || type === "multipart/form-data") ?? "application/x-www-form-urlencoded"
  const shape: RecordShape = { kind: "record", fields, required: [], additional: undefined, prefixed: [], checks: [] }
  return { required: fields.some((field) => field.required), description: undefined, media: [{ mediaType, shape, item: undefined, encoding: Object.fromEntries(encodings) }] }
}
