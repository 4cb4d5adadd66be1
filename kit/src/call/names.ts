/**
 * Parameters by the names that people type.
 */
import { meant } from "../cli/near.ts"
import { recordAst } from "../values/wireAst.ts"
import { isBody, type MockBody, type MockField, schemaOf } from "../mock/MockEndpoint.ts"
import type { CallEndpoint } from "./CallEndpoint.ts"
import { isOwn } from "./split.ts"

/** Where a parameter goes. */
export type Place = "path" | "query" | "header" | "cookie"

/** A parameter of an operation. */
export interface Parameter {
  readonly place: Place
  /** in the input */
  readonly key: string
  /** on the wire */
  readonly wire: string
  readonly field: MockField
  /** the flag that help shows, without dashes */
  readonly flag: string
}

/** What a flag is for. */
export type Target =
  | { readonly _tag: "Parameter"; readonly parameter: Parameter; /** members below it: `filter.name` */ readonly path: ReadonlyArray<string> }
  | { readonly _tag: "Body"; readonly path: ReadonlyArray<string> }
  | { readonly _tag: "ContentType" }

const places = ["path", "query", "header", "cookie"] as const

/** `skipRedirect`, `skip_redirect` and `X-Skip` as people type them: `skip-redirect`, `x-skip`. */
export const kebab = (name: string): string =>
  name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "").toLowerCase()

/** The parameters of an operation, in its order. */
export const parametersOf = ({ input }: CallEndpoint): ReadonlyArray<Parameter> =>
  places.flatMap((place) =>
    Object.entries(input[place]).map(([key, field]) => {
      const short = kebab(key) === "" ? key : kebab(key)
      const reserved = isOwn(short) || short === "body"
      return { place, key, field, wire: ("~credence/param" in field ? field.name : undefined) ?? key, flag: reserved ? `${place}.${short}` : short }
    }))

/** The kind of a body; a schema alone is JSON. */
export const bodyKind = (endpoint: CallEndpoint): MockBody | undefined => {
  const { body } = endpoint.input
  return body === undefined ? undefined : isBody(body) ? body : { "~credence/body": "json", mediaType: "application/json", schema: body }
}

/** The parameter of a name: as in the input, as it is on the wire, or as people write flags. */
const parameterFor = (parameters: ReadonlyArray<Parameter>, name: string): Parameter | undefined => {
  const dot = name.indexOf(".")
  const place = dot < 0 ? undefined : places.find((one) => one === name.slice(0, dot))
  const among = place === undefined ? parameters : parameters.filter((one) => one.place === place)
  const own = place === undefined ? name : name.slice(dot + 1)
  return among.find(({ key }) => key === own)
    ?? among.find(({ wire }) => wire === own)
    ?? among.find(({ flag }) => flag === name)
    ?? among.find(({ key, wire }) => kebab(key) === own || kebab(wire) === own)
}

/** What a flag is for; a text: what is wrong with it. */
export const targetOf = (endpoint: CallEndpoint, name: string): Target | string => {
  const parameters = parametersOf(endpoint)
  const found = parameterFor(parameters, name)
  if (found !== undefined) return { _tag: "Parameter", parameter: found, path: [] }
  const kind = bodyKind(endpoint)
  if (kind !== undefined && (name === "body" || name.startsWith("body."))) {
    const path = name.split(".").slice(1)
    return path.includes("") ? `--${name} has an empty name in it` : { _tag: "Body", path }
  }
  if (kind?.choices !== undefined && (name === "content-type" || name === "contentType")) return { _tag: "ContentType" }
  // a member of a parameter that is a record
  for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
    const holder = parameterFor(parameters, name.slice(0, dot))
    if (holder !== undefined && recordAst(schemaOf(holder.field).ast) !== undefined) return { _tag: "Parameter", parameter: holder, path: name.slice(dot + 1).split(".") }
  }
  const flags = [...parameters.map(({ flag }) => `--${flag}`), ...(kind === undefined ? [] : ["--body"])]
  const hint = meant(`--${name}`, flags)
  const known = flags.length === 0 ? "none" : flags.join(", ")
  return `there is no parameter --${name}${hint !== "" ? hint : `. ${endpoint.operation.name} takes ${known}`}`
}
