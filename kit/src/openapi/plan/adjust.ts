/**
 * What is known of an API besides what its documents say.
 */
import type { Preset } from "../config.ts"
import type { Api, Media, Response } from "../model/Api.ts"
import { type Model, type Shape, through } from "../model/Shape.ts"
import type { Usage } from "./usage.ts"

const isStructured = (shape: Shape, models: ReadonlyMap<string, Model>): boolean => ["record", "union"].includes(through(shape, (id) => models.get(id)?.shape).kind)

/** One bad item of a page does not lose the others. Only of what is never sent back: a list with a gap must not replace the whole one. */
const lenient = (shape: Shape, models: ReadonlyMap<string, Model>): Shape =>
  shape.kind !== "record" ? shape : {
    ...shape,
    fields: shape.fields.map((field) => field.shape.kind === "array" && isStructured(field.shape.item, models) ? { ...field, shape: { ...field.shape, lenient: true } } : field)
  }

/** Members of answers that are always there. A document that marks some as required knows what it does. */
const demanded = (shape: Shape, name: string, preset: Preset | undefined): Shape => {
  const isThere = preset?.alwaysThere
  if (isThere === undefined || shape.kind !== "record" || shape.fields.some((field) => field.required)) return shape
  const names = shape.fields.map((field) => field.name)
  return { ...shape, fields: shape.fields.map((field) => isThere(name, names, field.name) ? { ...field, required: true } : field) }
}

const isError = (status: string, among: ReadonlyArray<Response>): boolean => /^[45]/.test(status) || (status === "default" && among.some((response) => /^2/.test(response.status)))

/** Errors whose body the documents leave open have the one that the preset knows. */
export const withErrorBodies = (api: Api, preset: Preset | undefined): Api => {
  const isBody = preset?.isErrorBody
  const bodies = isBody === undefined ? [] : [...api.models.values()].filter((model) => isBody(model.hint))
  if (bodies.length === 0) return api
  const filled = (response: Response, uri: string): Response => {
    const body = bodies.find((model) => model.uri === uri) ?? bodies[0]
    if (body === undefined || response.media.some((media) => media.shape !== undefined)) return response
    return { ...response, media: [{ mediaType: "application/json", shape: { kind: "model", id: body.id }, item: undefined, encoding: {} }] }
  }
  return {
    ...api,
    operations: api.operations.map((operation) => ({
      ...operation,
      responses: operation.responses.map((response) => isError(response.status, operation.responses) ? filled(response, operation.node.uri) : response)
    }))
  }
}

/** The API with what the preset knows of its answers, and with lists that can lose an item. */
export const adjust = (api: Api, preset: Preset | undefined, usage: ReadonlyMap<string, Usage>): Api => {
  const success = api.operations.flatMap((operation) => operation.responses.filter((response) => /^2|default/.test(response.status)).flatMap((response) => response.media))
  const bodies = new Set(success.flatMap((media) => media.shape?.kind === "model" ? [media.shape.id] : []))
  const models = new Map([...api.models].map(([id, model]) => {
    const isRead = usage.get(id)?.input !== true
    const shape = isRead ? demanded(model.shape, model.hint, preset) : model.shape
    return [id, { ...model, shape: isRead && bodies.has(id) ? lenient(shape, api.models) : shape }] as const
  }))
  const media = (entry: Media): Media => entry.shape === undefined ? entry : { ...entry, shape: lenient(demanded(entry.shape, "", preset), api.models) }
  return {
    ...api,
    models,
    operations: api.operations.map((operation) => ({ ...operation, responses: operation.responses.map((response) => ({ ...response, media: response.media.map(media) })) }))
  }
}
