/**
 * What is known of an API besides what its documents say.
 */
import type { Preset } from "../config.ts"
import type { Api, Media, Response } from "../model/Api.ts"
import { mapChildren, type Model, type Shape, through } from "../model/Shape.ts"
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

/** a 206 of JSON says to try again, or asks for more: nobody has a part of it */
const isRefusal = ({ media, status }: Response): boolean =>
  /^[45]/.test(status) || status === "default" || (status === "206" && media.some(({ mediaType }) => mediaType === "application/json"))

const text: Shape = { kind: "string", format: undefined, checks: [] }
const file: Media = { mediaType: "*/*", shape: { kind: "binary" }, item: undefined, encoding: {} }

/** What is on the wire where the documents say something else. */
export const asSent = (api: Api, preset: Preset | undefined): Api => {
  const isText = (shape: Shape): boolean => shape.kind === "model" && preset?.isText?.(api.models.get(shape.id)?.hint ?? "") === true
  const written = (shape: Shape): Shape => isText(shape) ? text : mapChildren(shape, written)
  const answers = (response: Response): Response =>
    /^2|default/.test(response.status) && response.media.every((media) => media.shape === undefined) ? { ...response, media: [file] } : response
  return {
    ...api,
    operations: api.operations.map((operation) => ({
      ...operation,
      parameters: operation.parameters.map((parameter) => ({ ...parameter, shape: written(parameter.shape) })),
      responses: preset?.isDownload?.(operation) === true ? operation.responses.map(answers) : operation.responses
    }))
  }
}

/**
 * What `default` is for: a success where nothing else describes the usual ones, an error beside them. A 220 alone is not what a
 * request usually gets: then it is both. So it is where the preset says that it describes a success; what an error holds is open then.
 */
export const withDefaults = (api: Api, preset: Preset | undefined): Api => ({
  ...api,
  operations: api.operations.map((operation) => {
    const { responses } = operation
    const good = responses.some((response) => response.status.startsWith("2"))
    const usual = responses.some((response) => /^2(0\d|XX)$/.test(response.status) && response.status !== "206")
    if (preset?.defaultIsSuccess !== true && usual) return operation
    return {
      ...operation,
      responses: alike(responses.flatMap((response) => {
        if (response.status !== "default") return [response]
        const success = { ...response, status: "2XX" }
        return !good ? [success] : [success, preset?.defaultIsSuccess === true ? { ...response, description: undefined, media: [], headers: [] } : response]
      }))
    }
  })
})

/**
 * Of the usual answers one is described, the others only by name: they have the same content. Left open, they would make the
 * whole `unknown`. A 206 of such an API asks for something else.
 */
const alike = (responses: ReadonlyArray<Response>): ReadonlyArray<Response> => {
  const isDescribed = (response: Response): boolean => response.media.some((media) => media.shape !== undefined)
  const usual = responses.filter((response) => response.status.startsWith("2") && response.status !== "206")
  const model = usual.find((response) => isDescribed(response) && response.status === "2XX") ?? usual.find((response) => isDescribed(response) && /^20\d$/.test(response.status))
  return model === undefined ? responses : responses.map((response) => usual.includes(response) && response.media.length > 0 && !isDescribed(response) ? { ...response, media: model.media } : response)
}

/** Refusals whose body the documents leave open have the one that the preset knows. */
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
      responses: operation.responses.map((response) => isRefusal(response) ? filled(response, operation.node.uri) : response)
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
