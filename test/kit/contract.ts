/** Holds an answer against the document: its status is declared, and its body fits the schema. */
import * as Predicate from "effect/Predicate"
import { readFileSync } from "node:fs"

type Json = { readonly [name: string]: unknown }

const document: unknown = JSON.parse(readFileSync(new URL("../../specs/argus.json", import.meta.url), "utf8"))

const member = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((at, name) => Predicate.isReadonlyObject(at) ? at[name] : undefined, value)

const resolve = (value: unknown): Json => {
  if (!Predicate.isReadonlyObject(value)) return {}
  const ref = value["$ref"]
  return Predicate.isString(ref) ? resolve(member(document, ...ref.split("/").slice(1))) : { ...value }
}

/** An operation of the document. */
export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly permissions: ReadonlyArray<string>
  readonly open: boolean
  readonly responses: Json
}

export const operations: ReadonlyArray<Operation> = Object.entries(resolve(member(document, "paths"))).flatMap(([path, item]) =>
  Object.entries(resolve(item)).map(([method, operation]) => {
    const permissions = member(operation, "x-Argus-Required-Permissions")
    const security = member(operation, "security")
    return {
      id: String(member(operation, "operationId")),
      method: method.toUpperCase(),
      path,
      permissions: Array.isArray(permissions) ? permissions.map(String) : [],
      open: Array.isArray(security) && security.length === 0,
      responses: resolve(member(operation, "responses"))
    }
  })
)

const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value

const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** What in a value does not fit a schema. A `null` stands for absence where a member is not required. */
const misfits = (input: unknown, value: unknown, at: string): ReadonlyArray<string> => {
  const schema = resolve(input)
  const choices = list(schema["oneOf"])
  if (choices.length > 0) return choices.some((choice) => misfits(choice, value, at).length === 0) ? [] : [`${at} fits no choice`]
  const type = typeOf(value)
  const types = schema["type"] === undefined ? [] : Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]
  if (types.length > 0 && !types.includes(type) && !(type === "integer" && types.includes("number"))) return [`${at} is ${type}, not ${types.join(" or ")}`]
  const allowed = list(schema["enum"])
  if (allowed.length > 0 && !allowed.includes(value)) return [`${at} is ${String(value)}, not one of ${allowed.join(", ")}`]
  if (schema["format"] === "uuid" && Predicate.isString(value) && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) return [`${at} is no UUID`]
  if (Array.isArray(value)) return value.flatMap((item, i) => misfits(schema["items"], item, `${at}[${i}]`))
  if (!Predicate.isReadonlyObject(value)) return []
  const properties = resolve(schema["properties"])
  const required = list(schema["required"]).map(String)
  return [
    ...required.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`),
    ...Object.entries(properties).flatMap(([name, property]) =>
      !(name in value) || (value[name] === null && !required.includes(name)) ? [] : misfits(property, value[name], `${at}.${name}`))
  ]
}

const pattern = (path: string): RegExp => new RegExp(`^${path.replace(/(\/?)\{\w+\}/g, (_, slash: string) => slash === "/" ? "/[^/]+" : "(/[^/]*)*?")}$`)

/** What about an answer is not as the document says; `undefined` when the document has no such operation. */
export const breaches = (method: string, path: string, status: number, body: unknown): ReadonlyArray<string> | undefined => {
  const operation = operations.find((candidate) => candidate.method === method && pattern(candidate.path).test(path))
  if (operation === undefined) return undefined
  const response = operation.responses[String(status)]
  if (response === undefined) return [`${operation.id} does not declare ${status}`]
  const schema = member(resolve(response), "content", "application/json", "schema")
  return schema === undefined ? [] : misfits(schema, body, operation.id)
}
