/**
 * Names of models.
 */
import type { Model } from "../model/Shape.ts"
import { makeScope, pascal } from "../text/words.ts"

/** what the emitted code itself refers to */
export const taken = ["Schema", "Open", "Endpoint", "Body", "Reply", "Paging", "Patch", "Session", "Auth", "DateTime", "ReadonlyArray", "Uint8Array", "Array", "Object", "String", "Number", "Boolean", "Record", "Promise", "BigInt", "RegExp"]

/** parts of a pointer that say nothing about what is there */
const silent = new Set(["schema", "schemas", "content", "items", "properties", "responses", "requestBody", "parameters", "paths", "components", "definitions", "allOf", "oneOf", "anyOf", "additionalProperties", "$defs", "default", "get", "put", "post", "delete", "patch"])

const unescape = (segment: string): string => {
  const plain = segment.replaceAll("~1", "/").replaceAll("~0", "~")
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}

/** `io.k8s.api.core.v1.Pod`, also within a longer name */
const qualified = /[\w$]+(\.[\w$]+)+/g

/** What a schema is called, before it is made an identifier. */
const titleOf = (model: Model): string => {
  const segments = model.pointer.split("/").slice(1).map(unescape)
  const named = /^\/(components\/schemas|definitions)\/[^/]+$/.test(model.pointer) || segments.at(-2) === "$defs" || segments.at(-2) === "definitions"
  if (named) return model.hint
  if (segments.length === 0) return model.uri.split("/").at(-1)?.replace(/\.\w+$/, "") ?? "document"
  const telling = segments.filter((segment) => !silent.has(segment) && !/^\d+$/.test(segment) && !/^[\w.+-]+\/[\w.+*-]+$/.test(segment))
  return telling.slice(-2).join(" ")
}

/** The name with only the last `length` parts of what is qualified in it. */
const end = (title: string, length: number): string => pascal(title.replace(qualified, (run) => run.split(".").slice(-length).join(" ")))

const depthOf = (title: string): number => Math.max(1, ...[...title.matchAll(qualified)].map((match) => match[0].split(".").length))

/** Gives each model of one module a name of its own: the shortest end of the document's name that no other has. */
export const nameModels = (models: ReadonlyArray<Model>, reserved: ReadonlyArray<string>, overrides: Readonly<Record<string, string>>, withInput: (model: Model) => boolean, operations: ReadonlySet<string> = new Set()): ReadonlyMap<string, { readonly name: string; readonly inputName: string }> => {
  const scope = makeScope([...taken, ...reserved])
  const ends = new Map<string, number>()
  for (const model of models) {
    const title = titleOf(model)
    for (const name of new Set(Array.from({ length: depthOf(title) }, (_, index) => end(title, index + 1).toLowerCase()))) ends.set(name, (ends.get(name) ?? 0) + 1)
  }
  const out = new Map<string, { readonly name: string; readonly inputName: string }>()
  for (const model of models) {
    const title = titleOf(model)
    const lengths = Array.from({ length: depthOf(title) }, (_, index) => index + 1)
    const natural = end(title, lengths.find((length) => ends.get(end(title, length).toLowerCase()) === 1 && !scope.has(end(title, length))) ?? lengths.length)
    const own = (Object.hasOwn(overrides, model.hint) ? overrides[model.hint] : undefined) ?? (natural === "" || natural === "N" ? "Model" : natural)
    // in a script without capitals an operation may be called the same
    const chosen = operations.has(own) ? scope.take(`${own}Model`) : scope.take(own, `${own}Model`)
    out.set(model.id, { name: chosen, inputName: withInput(model) ? scope.take(`${chosen}Input`) : chosen })
  }
  return out
}
