/**
 * References, resolved without waiting in what is loaded. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6901#section-6 JSON pointers in fragments
 * @see https://json-schema.org/draft/2020-12/json-schema-core#section-8 $ref, $id, $anchor
 */
import type { Document, DocumentSet } from "./Document.ts"
import { child, isRecord, partsOf, pointerOf } from "./pointer.ts"
import { namesOf, type Resource } from "./references.ts"
import { decoded, display, mayRefer, resolveUri } from "./uri.ts"

export { pointerOf } from "./pointer.ts"

/** Where a reference stands. */
export interface From {
  /** URI of the document */
  readonly uri: string
  /** of the object that has the reference; needed only where the document uses `$id`, which changes what references in it mean */
  readonly pointer?: string | undefined
}

export type Resolved =
  /** `uri` is the document's, `pointer` the place of `value` in it, after any reference that was crossed. `value` may be a reference itself */
  | { readonly _tag: "Found"; readonly uri: string; readonly pointer: string; readonly value: unknown }
  /** `reason` is a sentence */
  | { readonly _tag: "Missing"; readonly reason: string }

/** References that may be crossed on one way. */
const maxCrossings = 50

/**
 * Finds what a `$ref` means: a JSON pointer, an `$anchor`, a whole document, or a schema by its `$id`.
 * A pointer whose way leads through an object that is a `$ref` itself goes on where that one leads.
 * Never throws; what is not found is `Missing`.
 *
 * @example
 * ```ts
 * resolveRef(set, { uri: root.uri }, "#/components/schemas/Pet") // { _tag: "Found", uri, pointer: "/components/schemas/Pet", value: {…} }
 * ```
 */
export const resolveRef = (set: DocumentSet, from: From, ref: string): Resolved => resolve(set, from, ref, maxCrossings)

const missing = (reason: string): Resolved => ({ _tag: "Missing", reason })

interface Place {
  readonly document: Document
  readonly pointer: string
}

const resolve = (set: DocumentSet, from: From, ref: string, crossings: number): Resolved => {
  if (crossings <= 0) return missing(`${ref} leads through more than ${maxCrossings} references, or round in a circle`)
  const here = set.get(from.uri)
  if (here === undefined) return missing(`${display(from.uri)} is not loaded`)
  const hash = ref.indexOf("#")
  const fragment = hash < 0 ? "" : ref.slice(hash + 1)
  const starts = startsOf(set, here, from, hash < 0 ? ref : ref.slice(0, hash))
  let first: Resolved | undefined
  for (const start of starts) {
    const found = within(set, start, fragment, crossings)
    if (found._tag === "Found") return found
    first ??= found
  }
  const bare = bareName(here, ref)
  if (bare !== undefined) return within(set, { document: here, pointer: "" }, bare, crossings)
  return first ?? missing(notLoaded(set, here, from, ref))
}

/** The whole resources that the part before `#` may mean, the likeliest first. */
const startsOf = (set: DocumentSet, here: Document, from: From, path: string): ReadonlyArray<Place> => {
  const scope = from.pointer === undefined ? undefined : scopeOf(here, from.pointer)
  if (path === "") return [...(scope === undefined ? [] : [{ document: here, pointer: scope.pointer }]), { document: here, pointer: "" }]
  const uris = [scope === undefined ? undefined : resolveUri(path, scope.uri), resolveUri(path, here.uri)]
  return uris.flatMap((uri) => {
    if (uri === undefined || !mayRefer(here.uri, uri)) return []
    const resource = resourceOf(set, uri)
    const document = set.get(uri)
    return [...(document === undefined ? [] : [{ document, pointer: "" }]), ...(resource === undefined ? [] : [resource])]
  })
}

/** The innermost schema with an `$id` that a place is in. */
const scopeOf = (document: Document, pointer: string): Resource | undefined =>
  namesOf(document).resources.findLast((resource) => pointer === resource.pointer || pointer.startsWith(`${resource.pointer}/`))

const resources = new WeakMap<DocumentSet, ReadonlyMap<string, Place>>()

/** A schema by its `$id`, in any document of the set. */
const resourceOf = (set: DocumentSet, uri: string): Place | undefined => {
  let found = resources.get(set)
  if (found === undefined) {
    const all = new Map<string, Place>()
    for (const document of set.all) for (const { pointer, uri: id } of namesOf(document).resources) if (!all.has(id)) all.set(id, { document, pointer })
    resources.set(set, all)
    found = all
  }
  return found.get(uri)
}

const notLoaded = (set: DocumentSet, here: Document, from: From, ref: string): string => {
  const scope = from.pointer === undefined ? undefined : scopeOf(here, from.pointer)
  const uri = resolveUri(ref, here.uri) ?? (scope === undefined ? undefined : resolveUri(ref, scope.uri))
  const shown = display(uri ?? ref)
  const refused = set.refused.find((one) => one.uri === shown && one.from === here.name) ?? set.refused.find((one) => one.uri === shown)
  return refused === undefined ? `${shown} is not loaded` : `${shown}: ${refused.reason}`
}

/** What a fragment means in a resource. */
const within = (set: DocumentSet, start: Place, fragment: string, crossings: number): Resolved => {
  const root = partsOf(start.pointer) ?? []
  if (fragment === "") return walk(set, start.document, root, [], crossings)
  // `#definitions/Pet`: the slash is forgotten often enough
  const anchor = fragment.startsWith("/") ? undefined : anchorOf(start, fragment)
  if (anchor !== undefined) return walk(set, start.document, partsOf(anchor) ?? [], [], crossings)
  if (!fragment.startsWith("/") && !fragment.includes("/")) return missing(`${start.document.name} has no $anchor ${fragment}`)
  return walk(set, start.document, root, (fragment.startsWith("/") ? fragment.slice(1) : fragment).split("/"), crossings)
}

const anchorOf = ({ document, pointer }: Place, fragment: string): string | undefined => {
  const { anchors } = namesOf(document)
  const found = anchors.get(fragment) ?? anchors.get(decoded(fragment))
  return found !== undefined && found.startsWith(pointer) ? found : undefined
}

/** Goes down from `parts`, which exist, along `rest`, which is still escaped. */
const walk = (set: DocumentSet, document: Document, parts: ReadonlyArray<string>, rest: ReadonlyArray<string>, crossings: number): Resolved => {
  let value = parts.reduce<unknown>(child, document.value)
  const done = [...parts]
  for (const [index, escaped] of rest.entries()) {
    const name = spellings(escaped).find((spelling) => child(value, spelling) !== undefined)
    if (name !== undefined) {
      value = child(value, name)
      done.push(name)
      continue
    }
    const ref = isRecord(value) ? child(value, "$ref") : undefined
    const pointer = pointerOf(done)
    if (typeof ref !== "string") return missing(`${document.name} has no ${pointerOf([...done, spellings(escaped)[0] ?? escaped])}`)
    const crossed = resolve(set, { uri: document.uri, pointer }, ref, crossings - 1)
    if (crossed._tag === "Missing") return crossed
    const next = set.get(crossed.uri)
    return next === undefined
      ? missing(`${display(crossed.uri)} is not loaded`)
      : walk(set, next, partsOf(crossed.pointer) ?? [], rest.slice(index), crossings - 1)
  }
  return value === undefined ? missing(`${document.name} has no ${pointerOf(done)}`) : { _tag: "Found", uri: document.uri, pointer: pointerOf(done), value }
}

/** What an escaped part of a pointer may be called. By the rule it is percent-decoded first; documents also have names with a percent sign as they are. */
const spellings = (escaped: string): ReadonlyArray<string> => {
  const plain = (text: string): string => text.replaceAll("~1", "/").replaceAll("~0", "~")
  return [...new Set([plain(decoded(escaped)), plain(escaped), escaped])]
}

/** The pointer of a schema that is referred to by its bare name (`"$ref": "Pet"`), as early Swagger did; undefined where there is none. */
export const bareName = (document: Document, ref: string): string | undefined => {
  if (!/^[\w.-]+$/.test(ref)) return undefined
  return [["definitions"], ["components", "schemas"]]
    .map((parts) => [...parts, ref])
    .filter((parts) => parts.reduce<unknown>(child, document.value) !== undefined)
    .map(pointerOf)[0]
}
