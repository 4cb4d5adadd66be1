/**
 * Help for one operation: what it is for, and the flags that its parameters are.
 */
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import type { ClientEndpoint } from "../cli/client.ts"
import { type JsonSchema, makeJsonSchema } from "../cli/jsonSchema.ts"
import { isFile, type MockBody, schemaOf } from "../mock/MockEndpoint.ts"
import { isRecord } from "../values/json.ts"
import { type AnyCodec, mayBeAbsent } from "../values/wireAst.ts"
import type { CallEndpoint } from "./CallEndpoint.ts"
import { bodyKind, kebab, parametersOf } from "./names.ts"

const asTexts = (value: unknown): ReadonlyArray<string> => Array.isArray(value) ? value.map((item) => typeof item === "string" ? item : JSON.stringify(item)) : []

/** `integer`, `open|sold`, `list of text`: one word of what a value is. */
const typeText = (schema: JsonSchema, definitions: Readonly<Record<string, unknown>>): string => {
  const resolved = (inner: unknown): JsonSchema => {
    const reference = isRecord(inner) && typeof inner["$ref"] === "string" ? definitions[inner["$ref"].split("/").at(-1) ?? ""] : inner
    return isRecord(reference) ? reference : {}
  }
  const own = resolved(schema)
  if (own["enum"] !== undefined) return asTexts(own["enum"]).join("|")
  if (own["const"] !== undefined) return asTexts([own["const"]]).join("")
  const alternatives = own["anyOf"] ?? own["oneOf"]
  if (Array.isArray(alternatives)) {
    const texts = new Set(alternatives.map((one) => typeText(resolved(one), definitions)).filter((text) => text !== "null"))
    return [...texts].join("|")
  }
  const type = own["type"]
  if (type === "array") return `list of ${typeText(resolved(own["items"]), definitions)}`
  if (type === "object") return "JSON"
  if (type === "string") return typeof own["format"] === "string" ? own["format"] : "text"
  return typeof type === "string" ? type : "value"
}

const limits = [
  ["minimum", "at least", ""],
  ["exclusiveMinimum", "more than", ""],
  ["maximum", "at most", ""],
  ["exclusiveMaximum", "less than", ""],
  ["minLength", "at least", "characters"],
  ["maxLength", "at most", "characters"],
  ["pattern", "like", ""]
] as const

const limitsOf = (schema: JsonSchema): ReadonlyArray<string> =>
  limits.flatMap(([name, words, unit]) => {
      const value = schema[name]
      if ((typeof value !== "number" && typeof value !== "string") || value === Number.MIN_SAFE_INTEGER || value === Number.MAX_SAFE_INTEGER) return []
      return [`${words} ${value}${unit === "" ? "" : ` ${unit}`}`]
    })

interface Told {
  readonly description: string | undefined
  readonly default: unknown
}

/** The first paragraph, as one line. */
const firstLine = (text: unknown): string | undefined =>
  typeof text === "string" && text.trim() !== "" ? text.trim().split(/\n\s*\n/)[0]?.replace(/\s+/g, " ") : undefined

/** What the document says of a parameter, where the client has it. */
const documented = (openapi: unknown, wire: string, place: string): Told => {
  const parameters = isRecord(openapi) && Array.isArray(openapi["parameters"]) ? openapi["parameters"] : []
  const found: unknown = parameters.find((one: unknown) => isRecord(one) && one["name"] === wire && one["in"] === place)
  if (!isRecord(found)) return { description: undefined, default: undefined }
  const schema = isRecord(found["schema"]) ? found["schema"] : found
  return { description: firstLine(found["description"]), default: schema["default"] }
}

const flagDoc = (name: string, aliases: ReadonlyArray<string>, type: string, description: ReadonlyArray<string | undefined>, required: boolean): HelpDoc.FlagDoc => {
  const text = description.filter((part) => part !== undefined && part !== "").join("; ")
  return { name, aliases: aliases.map((alias) => `--${alias}`), type, description: text === "" ? Option.none() : Option.some(text), required }
}

/** The members of a body as flags of their own, at its first depth. */
const bodyFlags = (kind: MockBody, of: (schema: AnyCodec) => JsonSchema): ReadonlyArray<HelpDoc.FlagDoc> => {
  if (kind.parts !== undefined) {
    return Object.entries(kind.parts).map(([name, part]) =>
      isFile(part)
        ? flagDoc(`body.${name}`, [], "@file", [part.several ? "may be repeated" : undefined], !part.optional)
        : flagDoc(`body.${name}`, [], typeText(of(schemaOf(part)), {}), [], !mayBeAbsent(schemaOf(part).ast)))
  }
  if (kind.schema === undefined) return []
  const schema = of(kind.schema)
  const definitions = isRecord(schema["$defs"]) ? schema["$defs"] : {}
  const own = isRecord(schema["properties"]) ? schema : typeof schema["$ref"] === "string" ? definitions[schema["$ref"].split("/").at(-1) ?? ""] : undefined
  const properties = isRecord(own) && isRecord(own["properties"]) ? own["properties"] : {}
  const required = new Set(isRecord(own) ? asTexts(own["required"]) : [])
  return Object.entries(properties).map(([name, value]) => {
    const member = isRecord(value) ? value : {}
    return flagDoc(`body.${name}`, [], typeText(member, definitions), limitsOf(member), required.has(name))
  })
}

const bodyText = (kind: MockBody): string => {
  switch (kind["~credence/body"]) {
    case "json":
    case "form":
    case "multipart":
      return "JSON"
    default:
      return kind["~credence/body"] === "text" ? "text" : "@file"
  }
}

/** The help of an operation. `common` are the flags of the command itself. */
export const helpOf = (
  client: string,
  { endpoint: given, name, openapi }: ClientEndpoint,
  models: ReadonlyArray<readonly [name: string, schema: AnyCodec]>,
  common: ReadonlyArray<HelpDoc.FlagDoc>
): HelpDoc.HelpDoc => {
  // what a mock reads of an endpoint is what every endpoint has
  const endpoint = given as unknown as CallEndpoint
  const { of } = makeJsonSchema(models)
  const { method, path, permissions } = endpoint.operation
  const flags = parametersOf(endpoint).map(({ field, flag, key, place, wire }) => {
    const schema = of(schemaOf(field))
    const told = documented(openapi, wire, place)
    const aliases = [...new Set([key, wire])].filter((alias) => alias !== flag && kebab(alias) !== alias && !flag.includes("."))
    const defaults = told.default === undefined ? undefined : `default ${JSON.stringify(told.default)}`
    const type = typeText(schema, isRecord(schema["$defs"]) ? schema["$defs"] : {})
    return flagDoc(flag, aliases, type, [told.description, ...limitsOf(schema), defaults], !mayBeAbsent(schemaOf(field).ast))
  })
  const kind = bodyKind(endpoint)
  const hasDefault = kind?.choices?.[kind.mediaType] !== undefined
  const choices = kind?.choices === undefined ? [] : [flagDoc("content-type", [], Object.keys(kind.choices).join("|"), [hasDefault ? `default ${kind.mediaType}` : undefined], !hasDefault)]
  const kinds = kind === undefined ? [] : kind.choices === undefined ? [kind] : Object.values(kind.choices)
  const [first] = kinds
  const body = first === undefined ? [] : [
    ...choices,
    flagDoc("body", [], bodyText(first), ["the whole body: a text, @file, or - for standard input"], false),
    ...new Map(kinds.flatMap((one) => bodyFlags(one, of)).map((flag) => [flag.name, flag] as const)).values()
  ]
  const document = isRecord(openapi) ? openapi : {}
  const described = isRecord(document["responses"]) ? Object.keys(document["responses"]) : []
  const answers = (described.length > 0 ? described : [...endpoint.declared.success, ...endpoint.declared.errors].map(([status]) => String(status))).join(", ")
  const summary = firstLine(document["summary"])
  const description = firstLine(document["description"])
  return {
    description: [
      ...[summary, description].filter((text, index, all) => text !== undefined && all.indexOf(text) === index),
      `${method} ${path}, answers ${answers}.`,
      ...(permissions.length === 0 ? [] : [`Needs ${permissions.join(", ")}.`]),
      ...(endpoint.declared.mediaTypes === undefined || endpoint.declared.mediaTypes.length === 0 ? [] : [`--accept takes ${endpoint.declared.mediaTypes.join(", ")}, too.`]),
      "",
      "Below are its own parameters, and a few of the flags that `credence call --help` tells of."
    ].map((line, index) => index === 0 || line === "" ? line : `  ${line}`).join("\n"),
    usage: `credence call ${client} ${name} ${flags.length + body.length === 0 ? "" : "[parameters] "}[flags]`,
    flags: [...flags, ...body],
    globalFlags: common,
    annotations: Context.empty()
  }
}
