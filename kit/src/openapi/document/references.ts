/**
 * What a document refers to, and the names that it gives to its parts. Pure; one walk a document, kept for as long as the document lives.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#relative-references-in-api-description-uris
 * @see https://json-schema.org/draft/2020-12/json-schema-core#section-8.2
 */
import type { Document } from "./Document.ts"
import { isRecord, pointerOf } from "./pointer.ts"
import { mayRefer, resolveUri } from "./uri.ts"

/** A reference that leaves its document, or may. */
export interface Reference {
  /** the URI reference as written */
  readonly ref: string
  /** of the object that has it */
  readonly pointer: string
  /** base URI by `$id`, where one is in force that is not the document's own */
  readonly base: string | undefined
}

/** A schema with an `$id`: a resource of its own inside of a document. */
export interface Resource {
  readonly uri: string
  readonly pointer: string
}

export interface Names {
  readonly references: ReadonlyArray<Reference>
  /** in document order: an outer one before those in it */
  readonly resources: ReadonlyArray<Resource>
  /** pointers by `$anchor` (and `$dynamicAnchor`, and an `$id` that is only a fragment); the first one of a name */
  readonly anchors: ReadonlyMap<string, string>
}

/** Members whose value is a map of names, not of keywords: what is in them may be called `default` or `$id`. */
const maps: ReadonlySet<string> = new Set([
  "properties", "patternProperties", "dependentSchemas", "dependencies", "definitions", "$defs",
  "schemas", "responses", "parameters", "requestBodies", "headers", "securitySchemes", "securityDefinitions", "links", "callbacks", "pathItems", "mediaTypes",
  "paths", "webhooks", "x-webhooks", "content", "encoding", "variables"
])

/** Members whose value is data of the API, not a part of its description: a `$ref` in it is nothing to follow. */
const data: ReadonlySet<string> = new Set(["example", "default", "enum", "const", "value"])

const known = new WeakMap<Document, Names>()

/** References and names of a document. */
export const namesOf = (document: Document): Names => {
  const found = known.get(document)
  if (found !== undefined) return found
  const names = walk(document)
  known.set(document, names)
  return names
}

const walk = (document: Document): Names => {
  const references: Array<Reference> = []
  const resources: Array<Resource> = []
  const anchors = new Map<string, string>()
  const path: Array<string> = []

  const name = (anchor: string): void => {
    if (!anchors.has(anchor)) anchors.set(anchor, pointerOf(path))
  }
  const refer = (ref: unknown, base: string | undefined): void => {
    // with a base of its own even `#/…` may mean another place, but never another document
    if (typeof ref === "string" && ref !== "" && !ref.startsWith("#")) references.push({ ref, pointer: pointerOf(path), base })
  }
  const identify = (value: Readonly<Record<string, unknown>>, base: string | undefined): string | undefined => {
    const { $anchor, $dynamicAnchor, $id } = value
    if (typeof $anchor === "string") name($anchor)
    if (typeof $dynamicAnchor === "string") name($dynamicAnchor)
    if (typeof $id !== "string") return base
    const fragment = /^#(.+)/.exec($id)?.[1]
    if (fragment !== undefined) name(fragment)
    const uri = fragment === undefined ? resolveUri($id, base ?? document.uri) : undefined
    // a remote document must not pass for a file here
    if (uri === undefined || !mayRefer(document.uri, uri)) return base
    resources.push({ uri, pointer: pointerOf(path) })
    return uri
  }
  const into = (key: string, value: unknown, names: boolean, base: string | undefined): void => {
    if (typeof value !== "object" || value === null) return
    path.push(key)
    visit(value, names, base)
    path.pop()
  }
  const visit = (value: object, names: boolean, outer: string | undefined): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) into(String(index), item, false, outer)
      return
    }
    if (!isRecord(value)) return
    if (names) {
      for (const key of Object.keys(value)) into(key, value[key], false, outer)
      return
    }
    const base = identify(value, outer)
    refer(value["$ref"], base)
    refer(value["$dynamicRef"], base)
    for (const key of Object.keys(value)) {
      const item = value[key]
      if (data.has(key)) continue
      // a schema's examples are a list of data; a media type's are a map, whose members may be references
      if (key === "examples" && Array.isArray(item)) continue
      if (key === "mapping" && isRecord(item)) mapping(item, base)
      else into(key, item, key === "examples" || maps.has(key), base)
    }
  }
  /** A discriminator's mapping: the value is a reference, or the bare name of a schema. */
  const mapping = (value: Readonly<Record<string, unknown>>, base: string | undefined): void => {
    path.push("mapping")
    for (const ref of Object.values(value)) if (typeof ref === "string" && /[/#]|\.(?:json|ya?ml)$/i.test(ref)) refer(ref, base)
    path.pop()
  }

  if (typeof document.value === "object" && document.value !== null) visit(document.value, false, undefined)
  return { references, resources, anchors }
}
