/**
 * What a document holds where the specification asks for something else. Schemas, parameters and security are looked at
 * where they are read.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#schema-1
 * @see https://spec.openapis.org/oas/v2.0.html#schema
 */
import type { Warn } from "../warning.ts"
import { child, data, type Deref, entries, isData, type Node } from "./node.ts"
import type { Dialect } from "./schema/reader.ts"

type Kind = "object" | "list" | "text" | "list of texts"

const fits = (value: unknown, kind: Kind): boolean => {
  switch (kind) {
    case "object":
      return isData(value)
    case "list":
      return Array.isArray(value)
    case "text":
      return typeof value === "string"
    case "list of texts":
      return Array.isArray(value) && value.every((item) => typeof item === "string")
  }
}

const kinds: Readonly<Record<"root3" | "root2" | "components" | "path" | "operation" | "response", Readonly<Record<string, Kind>>>> = {
  root3: { info: "object", paths: "object", components: "object", webhooks: "object", servers: "list", tags: "list" },
  root2: {
    info: "object", paths: "object", definitions: "object", parameters: "object", responses: "object", securityDefinitions: "object", tags: "list",
    host: "text", basePath: "text", schemes: "list of texts", consumes: "list of texts", produces: "list of texts"
  },
  components: { schemas: "object", parameters: "object", responses: "object", requestBodies: "object", headers: "object", securitySchemes: "object" },
  path: { parameters: "list", servers: "list" },
  operation: {
    operationId: "text", tags: "list of texts", parameters: "list", requestBody: "object", responses: "object", servers: "list",
    consumes: "list of texts", produces: "list of texts", schemes: "list of texts"
  },
  response: { content: "object", headers: "object" }
}

const check = (node: Node, known: Readonly<Record<string, Kind>>, warn: Warn): void => {
  const values = data(node)
  for (const [name, kind] of Object.entries(known)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value !== undefined && !fits(value, kind)) warn("invalid", child(node, name), `\`${name}\` has to be ${kind === "object" ? "an object" : `a ${kind}`}`)
  }
}

const methods: ReadonlyArray<string> = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"]

/** Tells of each part of a root document that is of the wrong kind, and of names that have to be there once. */
export const checkRules = (root: Node, dialect: Dialect, deref: Deref, warn: Warn): void => {
  check(root, dialect === "2.0" ? kinds.root2 : kinds.root3, warn)
  if (dialect !== "2.0") check(child(root, "components"), kinds.components, warn)
  const ids = new Set<string>()
  const templates = new Map<string, string>()
  for (const [path, at] of entries(child(root, "paths"))) {
    if (path.startsWith("x-")) continue
    if (!isData(at.value)) {
      warn("invalid", at, "a path has to be an object")
      continue
    }
    const template = path.replace(/\{[^{}]*\}/g, "{}")
    const other = templates.get(template)
    if (other !== undefined) warn("invalid", at, `this path is ${other}, but for the names of its parameters`)
    templates.set(template, path)
    const item = deref(at)
    check(item, kinds.path, warn)
    for (const method of methods) {
      const operation = child(item, method)
      if (operation.value === undefined) continue
      if (!isData(operation.value)) {
        warn("invalid", operation, "an operation has to be an object")
        continue
      }
      check(operation, kinds.operation, warn)
      const { operationId } = operation.value
      if (typeof operationId === "string") {
        if (ids.has(operationId)) warn("invalid", operation, `the operationId ${JSON.stringify(operationId)} is used more than once`)
        ids.add(operationId)
      }
      for (const [status, response] of entries(child(operation, "responses"))) {
        if (status.startsWith("x-")) continue
        if (isData(response.value)) check(response, kinds.response, warn)
        else warn("invalid", response, "a response has to be an object")
      }
    }
  }
}
