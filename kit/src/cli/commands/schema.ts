/**
 * `credence schema`: what an operation of a client takes and gives, as data.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { type Client, type ClientBody, type ClientEndpoint, type ClientField, type ClientReply, findEndpoint, loadClient } from "../client.ts"
import { shown } from "../configFile.ts"
import { type AnyCodec, type JsonSchema, makeJsonSchema, mayBeAbsent, type ToJsonSchema } from "../jsonSchema.ts"

const flags = {
  directory: Argument.Directory("dir").pipe(Argument.withDescription("A folder that `credence generate` made")),
  operation: Argument.String("operation").pipe(
    Argument.withDescription("Its name, module.name where several have it, or \"GET /path\". Left out: all operations are listed"),
    Argument.optional
  ),
  part: Flag.Literals("part", ["openapi", "input", "output", "errors"]).pipe(
    Flag.withDescription("Print this part only"),
    Flag.optional
  )
}

const isBody = (body: AnyCodec | ClientBody): body is ClientBody => "~credence/body" in body
const schemaOf = (field: ClientField): AnyCodec => "~credence/param" in field ? field.schema : field

/** An object of members, each with what it refers to; shared `$defs` are joined. */
const objectOf = (members: ReadonlyArray<{ readonly name: string; readonly schema: JsonSchema; readonly optional: boolean }>): JsonSchema => {
  const definitions: Record<string, unknown> = {}
  const properties: Record<string, unknown> = {}
  for (const { name, schema: { $defs, ...schema } } of members) {
    Object.assign(definitions, $defs)
    // no name of a document may reach a prototype
    Object.defineProperty(properties, name, { value: schema, enumerable: true, configurable: true, writable: true })
  }
  const required = members.filter(({ optional }) => !optional).map(({ name }) => name)
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }), ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }) }
}

const bodySchema = (body: ClientBody, { of }: ToJsonSchema): JsonSchema => {
  if (body.schema !== undefined) return of(body.schema)
  if (body.parts === undefined) return body["~credence/body"] === "text" ? { type: "string" } : { type: "string", contentMediaType: body.mediaType, format: "binary" }
  return objectOf(Object.entries(body.parts).map(([name, part]) => {
    if (!("~credence/file" in part)) return { name, schema: of(schemaOf(part)), optional: mayBeAbsent(schemaOf(part).ast) }
    const file = { type: "string", format: "binary" }
    return { name, schema: part.several ? { type: "array", items: file } : file, optional: part.optional }
  }))
}

/** What a call takes: one flat object, as in code. */
const inputOf = ({ input }: ClientEndpoint["endpoint"], to: ToJsonSchema): JsonSchema => {
  const fields = [input.path, input.query, input.header, input.cookie].flatMap((part) =>
    Object.entries(part).map(([name, field]) => ({ name, schema: to.of(schemaOf(field)), optional: mayBeAbsent(schemaOf(field).ast) })))
  const { body } = input
  if (body === undefined) return objectOf(fields)
  if (!isBody(body)) return objectOf([...fields, { name: "body", schema: to.of(body), optional: mayBeAbsent(body.ast) }])
  if (body.choices === undefined) return objectOf([...fields, { name: "body", schema: bodySchema(body, to), optional: body.schema !== undefined && mayBeAbsent(body.schema.ast) }])
  const variants = Object.entries(body.choices).map(([mediaType, choice]) =>
    objectOf([
      ...fields,
      { name: "contentType", schema: { const: mediaType }, optional: mediaType === body.default },
      { name: "body", schema: bodySchema(choice, to), optional: choice.schema !== undefined && mayBeAbsent(choice.schema.ast) }
    ]))
  const definitions = Object.assign({}, ...variants.map(({ $defs }) => $defs)) as Readonly<Record<string, unknown>>
  return { anyOf: variants.map(({ $defs: _, ...variant }) => variant), ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }) }
}

const answersOf = (replies: ReadonlyMap<number | string, ClientReply>, { of }: ToJsonSchema): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...replies].map(([status, reply]) => {
    const kind = reply["~credence/reply"]
    return [
      String(status),
      {
        ...(kind === "empty" || reply.mediaType === "*/*" ? {} : { mediaType: reply.mediaType }),
        ...(reply.schema !== undefined && (kind === "jsonLines" || kind === "events") ? { itemSchema: of(reply.schema) } : {}),
        ...(reply.schema !== undefined && kind !== "jsonLines" && kind !== "events" ? { schema: of(reply.schema) } : {})
      }
    ]
  }))

const dialect = "https://json-schema.org/draft/2020-12/schema"

/** What is printed about an operation. */
export const describeEndpoint = (client: Client, { endpoint, module, name, openapi }: ClientEndpoint): Readonly<Record<string, unknown>> => {
  const to = makeJsonSchema(client.models)
  const { declared, operation } = endpoint
  const withDialect = { of: (schema: AnyCodec) => ({ $schema: dialect, ...to.of(schema) }) }
  return {
    name,
    module,
    method: operation.method,
    path: operation.path,
    ...(operation.permissions.length === 0 ? {} : { permissions: operation.permissions }),
    openapi: openapi ?? null,
    input: { $schema: dialect, ...inputOf(endpoint, to) },
    output: answersOf(declared.success, withDialect),
    errors: answersOf(declared.errors, withDialect)
  }
}

const print = (value: unknown) => Console.log(JSON.stringify(value, undefined, 2))

const help = [
  "Print what an operation of a client takes and gives, as JSON.",
  "",
  "  openapi  its part of the document, as the vendor wrote it",
  "  input    JSON Schema (draft 2020-12) of what a call takes: one object, as in code",
  "  output   by status: media type and JSON Schema of what comes over the wire",
  "  errors   the same for each error",
  "",
  "  Exit codes: 0 fine; 2 there is no such client or operation, or it cannot be loaded."
].join("\n")

/** The command. */
export const schemaCommand = Command.make("schema", flags, Effect.fnUntraced(function*({ directory, operation, part }) {
  const path = yield* Path.Path
  const client = yield* loadClient(shown(path, directory, path.resolve(".")))
  if (Option.isNone(operation)) {
    return yield* print(client.endpoints.map(({ endpoint, module, name }) => ({ name, module, method: endpoint.operation.method, path: endpoint.operation.path })))
  }
  const description = describeEndpoint(client, yield* Effect.fromResult(findEndpoint(client, operation.value)))
  yield* print(Option.isNone(part) ? description : description[part.value])
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Print what an operation takes and gives, as JSON"),
  Command.withExamples([
    { command: "credence schema src/api getPet", description: "All about an operation" },
    { command: "credence schema src/api getPet --part input", description: "For a form, or for a tool of a language model" },
    { command: "credence schema src/api | jq -r '.[].name'", description: "Names of all operations" }
  ])
)
