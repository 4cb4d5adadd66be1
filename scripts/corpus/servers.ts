/**
 * The base URL of an operation, straight from the specification's text, and what another library makes of it.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#server-object
 * @see https://spec.openapis.org/oas/v2.0.html#fixed-fields host, basePath, schemes
 */
import Oas from "oas"
import { isRecord, type Json, list, type Operation, record } from "./spec.ts"

/** what YAML made a number or boolean of is a text all the same */
const text = (value: unknown, otherwise: string): string => typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : otherwise

const filled = (server: Json): string => {
  const variables = record(server["variables"])
  return text(server["url"], "/").replace(/\{([^}]*)\}/g, (whole, name: string) => {
    const value = record(variables[name])["default"]
    return text(value, whole)
  })
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "")

/** The first server that applies, its variables at their defaults, without a slash at its end. Relative where the document says so. */
export const baseOf = (operation: Operation): string => {
  const { item, raw } = operation
  const { root, version } = operation.document
  if (version === "2.0") {
    const offered = list(raw["schemes"] ?? root["schemes"]).filter((scheme) => scheme === "http" || scheme === "https")
    // no order is defined: the safe one, if there is one
    const scheme = offered.length === 0 || offered.includes("https") ? "https" : "http"
    const path = typeof root["basePath"] === "string" ? root["basePath"] : "/"
    return withoutSlash(typeof root["host"] === "string" ? `${scheme}://${root["host"]}${path.startsWith("/") ? "" : "/"}${path}` : path)
  }
  const levels = [raw["servers"], item["servers"], root["servers"]].map((servers) => list(servers).filter(isRecord))
  const server = levels.find((servers) => servers.length > 0)?.[0]
  return withoutSlash(server === undefined ? "/" : filled(server))
}

/** The same by an independent library, which knows 3.x only; `undefined` where it has no answer of its own. */
export const baseByLibrary = (operation: Operation): string | undefined => {
  if (operation.document.version === "2.0") return undefined
  const { item, raw } = operation
  const servers = [raw["servers"], item["servers"], operation.document.root["servers"]].find((candidate) => list(candidate).length > 0)
  if (servers === undefined) return undefined
  const url = String(record(list(servers)[0])["url"])
  // it makes an absolute URL out of a relative one by inventing a host
  if (!/^https?:\/\//.test(url)) return undefined
  try {
    const api = Oas.init({ openapi: "3.0.3", info: { title: "", version: "" }, paths: {}, servers: structuredClone(servers) } as never)
    // it writes a default port out
    return withoutSlash(new URL(api.url(0)).href)
  } catch {
    return undefined
  }
}
