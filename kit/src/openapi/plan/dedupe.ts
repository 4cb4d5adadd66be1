/**
 * One model in place of many: documents of one vendor repeat the schemas that they share.
 */
import type { Api, Media, Operation } from "../model/Api.ts"
import { mapChildren, type Model, type Shape } from "../model/Shape.ts"
import { modelsIn } from "./usage.ts"

const isNamed = (model: Model): boolean => /^\/(components\/schemas|definitions)\/[^/]+$/.test(model.pointer)

/** Ids of models that all documents which have them describe alike, and the id that stands for each of them. */
const sharedOf = (api: Api): ReadonlyMap<string, string> => {
  const groups = new Map<string, Array<Model>>()
  for (const model of api.models.values()) if (isNamed(model)) groups.set(model.hint, [...groups.get(model.hint) ?? [], model])
  // references are to names: alike are two shapes that say the same of the same names
  const textOf = (model: Model): string => JSON.stringify({ shape: model.shape, docs: model.docs }).replaceAll(model.uri, "")
  const candidates = new Set([...groups].filter(([, models]) => models.length > 1 && new Set(models.map(textOf)).size === 1).map(([hint]) => hint))
  for (let shrunk = true; shrunk;) {
    shrunk = false
    for (const hint of candidates) {
      const [model] = groups.get(hint) ?? []
      const refers = model === undefined ? [] : [...modelsIn(model.shape)].map((id) => api.models.get(id)).filter((inner) => inner !== undefined)
      if (refers.some((inner) => !isNamed(inner) || !candidates.has(inner.hint))) {
        candidates.delete(hint)
        shrunk = true
      }
    }
  }
  return new Map([...candidates].flatMap((hint) => {
    const models = groups.get(hint) ?? []
    return models.map((model): [string, string] => [model.id, models[0]?.id ?? model.id])
  }))
}

/** The same API in which shared models exist once; `shared` has their ids. */
export const dedupe = (api: Api): { readonly api: Api; readonly shared: ReadonlySet<string> } => {
  const stands = sharedOf(api)
  if (stands.size === 0) return { api, shared: new Set() }
  const shape = (from: Shape): Shape => from.kind === "model" ? { kind: "model", id: stands.get(from.id) ?? from.id } : mapChildren(from, shape)
  const media = (from: Media): Media => ({ ...from, shape: from.shape === undefined ? undefined : shape(from.shape), item: from.item === undefined ? undefined : shape(from.item) })
  const operation = (from: Operation): Operation => ({
    ...from,
    parameters: from.parameters.map((parameter) => ({ ...parameter, shape: shape(parameter.shape) })),
    body: from.body === undefined ? undefined : { ...from.body, media: from.body.media.map(media) },
    responses: from.responses.map((response) => ({ ...response, media: response.media.map(media), headers: response.headers.map((header) => ({ ...header, shape: shape(header.shape) })) }))
  })
  const models = [...api.models.values()].filter((model) => (stands.get(model.id) ?? model.id) === model.id)
  return {
    api: { ...api, operations: api.operations.map(operation), models: new Map(models.map((model) => [model.id, { ...model, shape: shape(model.shape) }])) },
    shared: new Set(stands.values())
  }
}
