/**
 * Which credentials an API takes.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#security-scheme-object
 * @see https://spec.openapis.org/oas/v2.0.html#security-scheme-object
 */
import type { Warn } from "../warning.ts"
import type { SecurityRequirement, SecurityScheme } from "./Api.ts"
import { data, type Deref, entries, isData, items, type Node, text, texts } from "./node.ts"

/** The schemes of `components.securitySchemes`, or of `securityDefinitions`. */
export const schemesOf = (list: Node, deref: Deref, warn: Warn): ReadonlyArray<SecurityScheme> =>
  entries(list).flatMap(([key, at]): ReadonlyArray<SecurityScheme> => {
    const node = deref(at)
    const { description, in: place, name, scheme, type } = data(node)
    const base = { key, description: text(description), in: undefined, name: undefined, scheme: undefined }
    switch (type) {
      case "apiKey": {
        const where = place === "header" || place === "query" || place === "cookie" ? place : undefined
        if (where === undefined || text(name) === undefined) warn("invalid", node, "an API key has to have a name, and be in a header, query or cookie")
        return where === undefined || text(name) === undefined ? [] : [{ ...base, type, in: where, name: text(name) }]
      }
      case "http": {
        const given = text(scheme)?.toLowerCase()
        if (given === undefined) warn("invalid", node, "an http scheme has to say which one")
        return given === undefined ? [] : [{ ...base, type, scheme: given }]
      }
      case "basic":
        return [{ ...base, type: "http", scheme: "basic" }]
      case "oauth2":
      case "openIdConnect":
      case "mutualTLS":
        return [{ ...base, type }]
      default:
        warn("invalid", node, `there is no security scheme of type ${JSON.stringify(type)}`)
        return []
    }
  })

/** The requirement of an operation or a document. `undefined`: nothing is said. */
export const requirementOf = (list: Node, schemes: ReadonlySet<string>, warn: Warn): ReadonlyArray<SecurityRequirement> | undefined => {
  if (list.value === undefined || list.value === null) return undefined
  if (!Array.isArray(list.value)) {
    warn("invalid", list, "security has to be a list of alternatives")
    return undefined
  }
  const alternatives = items(list).flatMap((alternative): ReadonlyArray<SecurityRequirement> => {
    if (!isData(alternative.value)) {
      warn("invalid", alternative, "an alternative of security has to be an object")
      return []
    }
    const names = Object.keys(alternative.value)
    const missing = names.filter((name) => !schemes.has(name))
    if (missing.length > 0) {
      warn("invalid", alternative, `there is no security scheme ${missing.join(", ")}: this alternative is left out`)
      return []
    }
    return [Object.fromEntries(names.map((name) => [name, texts(data(alternative)[name])]))]
  })
  // an empty list says that none is needed; one of which nothing is left says nothing
  return alternatives.length === 0 && list.value.length > 0 ? undefined : alternatives
}
