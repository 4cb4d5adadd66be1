/**
 * Reads documents into one description of an API.
 */
import type { Document, DocumentSet } from "../document/Document.ts"
import { resolveRef } from "../document/resolve.ts"
import type { Warn } from "../warning.ts"
import type { Api, Operation, SecurityScheme } from "./Api.ts"
import { child, data, entries, isData, items, makeDeref, type Node, plainText, text } from "./node.ts"
import { operationsOf, type Surroundings } from "./operation.ts"
import { type Dialect, makeSchemaReader } from "./schema/reader.ts"
import { checkRules } from "./rules.ts"
import { requirementOf, schemesOf } from "./security.ts"
import { serversOf, serversOf2 } from "./servers.ts"

/** By which rules a document was written. */
export const dialectOf = (document: Document): Dialect => {
  const { openapi, swagger } = data({ uri: document.uri, pointer: "", value: document.value })
  if (swagger !== undefined) return "2.0"
  return String(openapi).startsWith("3.0") ? "3.0" : "3.1"
}

const rootOf = (document: Document): Node => ({ uri: document.uri, pointer: "", value: document.value })

/** without its folder, which is the machine's own matter */
const fileNameOf = ({ name }: Document): string => name.split(/[/\\]/).at(-1)?.replace(/[?#].*$/, "").replace(/\.\w+$/, "") ?? name

const componentsOf = (root: Node, dialect: Dialect): Node => dialect === "2.0" ? child(root, "definitions") : child(child(root, "components"), "schemas")

/** Who extends whom by `allOf`: a record with a discriminator stands for those that extend it, and for those that extend them. */
const heirsOf = (set: DocumentSet): ReadonlyMap<string, ReadonlyArray<Node>> => {
  const heirs = new Map<string, Array<Node>>()
  const families = new Set<string>()
  for (const document of set.roots) {
    const root = rootOf(document)
    for (const [, schema] of entries(componentsOf(root, dialectOf(document)))) {
      for (const part of items(child(schema, "allOf"))) {
        const ref = text(data(part)["$ref"])
        const found = ref === undefined ? undefined : resolveRef(set, part, ref)
        if (found?._tag !== "Found" || !isData(found.value)) continue
        const id = idOf(found)
        if (found.value["discriminator"] !== undefined) families.add(id)
        heirs.set(id, [...heirs.get(id) ?? [], schema])
      }
    }
  }
  return new Map([...families].map((id) => {
    const all = new Map<string, Node>()
    const queue = [...heirs.get(id) ?? []]
    for (let heir = queue.shift(); heir !== undefined; heir = queue.shift()) {
      if (all.has(idOf(heir)) || idOf(heir) === id) continue
      all.set(idOf(heir), heir)
      queue.push(...heirs.get(idOf(heir)) ?? [])
    }
    return [id, [...all.values()]]
  }))
}

const idOf = (node: { readonly uri: string; readonly pointer: string }): string => `${node.uri}#${node.pointer}`

/** Ways to sign in are known by their names: of several that share one the first counts. */
const oneEach = (all: ReadonlyArray<ReadonlyArray<SecurityScheme>>, roots: ReadonlyArray<Node>, warn: Warn): ReadonlyArray<SecurityScheme> => {
  const known = new Map<string, SecurityScheme>()
  const meaning = ({ in: place, name, scheme, type }: SecurityScheme): string => JSON.stringify([type, place, name, scheme])
  all.forEach((schemes, index) => {
    for (const scheme of schemes) {
      const other = known.get(scheme.key)
      if (other === undefined) known.set(scheme.key, scheme)
      else if (meaning(other) !== meaning(scheme)) {
        const message = `the security scheme ${scheme.key} means something else in another document: the first one counts`
        warn("unsupported", roots[index] ?? { uri: "", pointer: "" }, message)
      }
    }
  })
  return [...known.values()]
}

/** Reads all root documents as one API: the same operation in two of them is one. */
export const read = (set: DocumentSet, warn: Warn): Api => {
  const schemas = makeSchemaReader(set, warn, heirsOf(set))
  const deref = makeDeref(set, warn)
  const operations = new Map<string, { readonly operation: Operation; readonly root: number }>()
  const parts = set.roots.map((document, index) => {
    const root = rootOf(document)
    const dialect = dialectOf(document)
    if (dialect === "3.1" && !/^3\.[12]\b/.test(String(data(root)["openapi"]))) warn("invalid", root, `OpenAPI ${String(data(root)["openapi"])} is not known: read as 3.1`)
    const schemes = schemesOf(dialect === "2.0" ? child(root, "securityDefinitions") : child(child(root, "components"), "securitySchemes"), deref, warn)
    const known = new Set(schemes.map((scheme) => scheme.key))
    checkRules(root, dialect, deref, warn)
    const around: Surroundings = { root, dialect, schemas, deref, warn, schemes: known, security: requirementOf(child(root, "security"), known, warn) }
    for (const [path, item] of entries(child(root, "paths"))) {
      if (path.startsWith("x-")) continue
      for (const operation of operationsOf(path, item, around)) {
        const key = `${operation.method} ${operation.path}`
        const other = operations.get(key)
        if (other === undefined) operations.set(key, { operation, root: index })
        else if (JSON.stringify(other.operation.node.value) !== JSON.stringify(operation.node.value)) warn("invalid", operation.node, `${key} is described twice, and not alike: the first description counts`)
      }
    }
    for (const [, schema] of entries(componentsOf(root, dialect))) schemas.model(schema, dialect)
    if (data(root)["webhooks"] !== undefined) warn("unsupported", child(root, "webhooks"), "webhooks are no calls of a client: only their schemas come out")
    const servers = dialect === "2.0"
      ? serversOf2(root, Array.isArray(data(root)["schemes"]) ? items(child(root, "schemes")).map((item) => String(item.value)) : [])
      : serversOf(child(root, "servers"), warn) ?? serversOf({ ...root, value: [{ url: "/" }] }, warn) ?? []
    const info = data(child(root, "info"))
    const tags = items(child(root, "tags")).flatMap((tag) => text(data(tag)["name"]) === undefined ? [] : [{ name: String(data(tag)["name"]), description: text(data(tag)["description"]) }])
    return { title: text(info["title"]) ?? fileNameOf(document), version: plainText(info["version"]) ?? "", description: text(info["description"]), servers, schemes, tags }
  })
  schemas.finish()
  const [first] = parts
  return {
    title: first?.title ?? "api",
    version: first?.version ?? "",
    description: first?.description,
    servers: [...new Map(parts.flatMap((part) => part.servers).map((server) => [server.url, server])).values()],
    schemes: oneEach(parts.map((part) => part.schemes), set.roots.map(rootOf), warn),
    tags: parts.flatMap((part) => part.tags),
    // what is served elsewhere than the first document says so
    operations: [...operations.values()].map(({ operation, root }) => {
      const own = parts[root]?.servers ?? []
      const isElsewhere = own[0] !== undefined && /^https?:/.test(own[0].url) && first?.servers.some(({ url }) => url === own[0]?.url) === false
      return operation.servers === undefined && isElsewhere ? { ...operation, servers: own } : operation
    }),
    models: schemas.models,
    documents: set.roots.map(({ name, uri }) => ({ uri, name }))
  }
}
