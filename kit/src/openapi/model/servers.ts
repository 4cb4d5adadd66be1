/**
 * Where an API is served.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#server-object
 * @see https://spec.openapis.org/oas/v2.0.html#swagger-object `host`, `basePath`, `schemes`
 */
import type { Warn } from "../warning.ts"
import type { Server, ServerVariable } from "./Api.ts"
import { child, data, entries, items, type Node, plainText, text, texts } from "./node.ts"

/** Relative URLs are relative to where the document was got from, if that is a server. */
const absolute = (url: string, documentUri: string): string => {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url) || url.startsWith("{")) return url
  if (url.startsWith("//")) return `https:${url}`
  if (!/^https?:/.test(documentUri)) return url.startsWith("/") ? url : `/${url.replace(/^\.\//, "")}`
  // braces are no part of a URL: they must not be encoded
  const marked = url.replaceAll("{", "__open__").replaceAll("}", "__close__")
  return (URL.parse(marked, documentUri)?.href ?? url).replaceAll("__open__", "{").replaceAll("__close__", "}")
}

const variablesOf = (server: Node, url: string, warn: Warn): ReadonlyArray<ServerVariable> => {
  const declared = entries(child(server, "variables")).map(([name, node]): ServerVariable => {
    const { default: value, description, enum: values } = data(node)
    if (value === undefined) warn("invalid", node, "a server variable has to have a default")
    return { name, default: plainText(value) ?? texts(values)[0] ?? name, values: Array.isArray(values) ? values.flatMap((one) => plainText(one) ?? []) : [], description: text(description) }
  })
  const missing = [...url.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? "").filter((name) => !declared.some((variable) => variable.name === name))
  for (const name of missing) warn("invalid", server, `the server's URL has a variable ${name} that is not described`)
  return [...declared.filter((variable) => url.includes(`{${variable.name}}`)), ...missing.map((name) => ({ name, default: name, values: [], description: undefined }))]
}

/** The servers of a list. `undefined`: there is none. */
export const serversOf = (list: Node, warn: Warn): ReadonlyArray<Server> | undefined => {
  const servers = items(list).flatMap((server): ReadonlyArray<Server> => {
    const given = text(data(server)["url"])?.trim()
    if (given === undefined) {
      warn("invalid", server, "a server has to have a url")
      return []
    }
    const url = absolute(given, list.uri)
    return [{ url, name: text(data(server)["name"]), description: text(data(server)["description"]), variables: variablesOf(server, url, warn) }]
  })
  return servers.length === 0 ? undefined : servers
}

/** The servers of an OpenAPI 2.0 document, or of one of its operations that has schemes of its own. */
export const serversOf2 = (root: Node, schemes: ReadonlyArray<string>): ReadonlyArray<Server> => {
  const { basePath, host } = data(root)
  const path = text(basePath) ?? "/"
  const from = URL.parse(root.uri)
  const remote = from !== null && /^https?:$/.test(from.protocol) ? from : undefined
  const authority = text(host)?.replace(/^[a-z]+:\/\//i, "").replace(/\/+$/, "") ?? remote?.host
  const prefix = path.startsWith("/") ? path : `/${path}`
  if (authority === undefined || authority === "") return [{ url: prefix, name: undefined, description: undefined, variables: [] }]
  const usable = schemes.filter((scheme) => scheme === "https" || scheme === "http")
  // the safest first
  const ordered = usable.length === 0 ? [remote === undefined ? "https" : remote.protocol.slice(0, -1)] : [...new Set(usable)].sort().reverse()
  return ordered.map((scheme) => ({ url: `${scheme}://${authority}${prefix}`, name: undefined, description: undefined, variables: [] }))
}

/** A server's URL with some values of its variables; the others have their defaults. */
export const expand = (server: Server, values: Readonly<Record<string, string>> = {}): string =>
  server.variables.reduce((url, { default: value, name }) => url.replaceAll(`{${name}}`, () => Object.hasOwn(values, name) ? values[name] ?? value : value), server.url)
