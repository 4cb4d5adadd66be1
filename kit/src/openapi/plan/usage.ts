/**
 * Which models answers hold and which requests do, and where the two differ.
 */
import type { Api, Operation } from "../model/Api.ts"
import { children, type Model, type Shape } from "../model/Shape.ts"

export interface Usage {
  readonly input: boolean
  readonly output: boolean
  /** requests and answers have different members of it: `readOnly`, `writeOnly` */
  readonly split: boolean
}

const inputShapes = (operation: Operation): ReadonlyArray<Shape> => [
  ...operation.parameters.map((parameter) => parameter.shape),
  ...(operation.body?.media ?? []).flatMap((media) => [media.shape, media.item].filter((shape) => shape !== undefined))
]

const outputShapes = (operation: Operation): ReadonlyArray<Shape> =>
  operation.responses.flatMap((response) => [
    ...response.media.flatMap((media) => [media.shape, media.item].filter((shape) => shape !== undefined)),
    ...response.headers.map((header) => header.shape)
  ])

/** Ids of all models within a shape. */
export const modelsIn = (shape: Shape, out: Set<string> = new Set()): Set<string> => {
  if (shape.kind === "model") out.add(shape.id)
  for (const inner of children(shape)) modelsIn(inner, out)
  return out
}

const reach = (api: Api, shapes: ReadonlyArray<Shape>): Set<string> => {
  const seen = new Set<string>()
  const queue = shapes.flatMap((shape) => [...modelsIn(shape)])
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const model = api.models.get(id)
    if (model !== undefined) queue.push(...modelsIn(model.shape))
  }
  return seen
}

/** Members that one direction only has, anywhere in the shape itself. */
const isOneSided = (shape: Shape): boolean =>
  (shape.kind === "record" && shape.fields.some((field) => field.readOnly || field.writeOnly)) || children(shape).some(isOneSided)

/** How each model is used. One that no operation uses counts as an answer's. */
export const usageOf = (api: Api): ReadonlyMap<string, Usage> => {
  const input = reach(api, api.operations.flatMap(inputShapes))
  const output = reach(api, api.operations.flatMap(outputShapes))
  const split = new Set<string>()
  const users = new Map<string, Array<Model>>()
  for (const model of api.models.values()) {
    for (const id of modelsIn(model.shape)) users.set(id, [...users.get(id) ?? [], model])
  }
  const both = (model: Model): boolean => input.has(model.id) && output.has(model.id)
  const queue = [...api.models.values()].filter((model) => both(model) && isOneSided(model.shape))
  for (let model = queue.pop(); model !== undefined; model = queue.pop()) {
    if (split.has(model.id)) continue
    split.add(model.id)
    queue.push(...(users.get(model.id) ?? []).filter(both))
  }
  return new Map([...api.models.keys()].map((id) => [id, { input: input.has(id), output: output.has(id) || !input.has(id), split: split.has(id) }]))
}
