/**
 * From typed input to a request. Input is checked completely before anything is sent.
 */
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaParser from "effect/SchemaParser"
import type { Issue } from "../errors/CallError.ts"
import type { EncodeContext, EncodedRequest } from "../services/Operation.ts"
import type { RequestBody } from "../services/Transport.ts"
import { fieldProblem, isSingleLine } from "../wire/headers.ts"
import * as Multipart from "../wire/multipart.ts"
import * as Parameters from "../wire/parameters.ts"
import type { Body, FileInput, FilePart, StreamInput } from "./Body.ts"
import { flatten } from "./issues.ts"
import { type AnyCodec, type Field, isParam, type ParamOptions } from "./Param.ts"
import { tolerant } from "./tolerant.ts"

/** What an endpoint declares about its input. */
export interface Shape {
  readonly method: string
  readonly path: string
  readonly pathFields: Readonly<Record<string, Field>>
  readonly query: Readonly<Record<string, Field>>
  readonly header: Readonly<Record<string, Field>>
  readonly cookie: Readonly<Record<string, Field>>
  readonly body: Body<unknown> | undefined
  readonly idempotencyKey: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly ignoreSetCookie: boolean
  readonly auth: boolean
}

interface CompiledField {
  readonly key: string
  readonly name: string
  readonly options: ParamOptions
  readonly encode: (value: unknown) => Exit.Exit<unknown, SchemaIssue>
}
type SchemaIssue = Parameters_<typeof flatten>[0]
type Parameters_<F> = F extends (...args: infer A) => unknown ? A : never

const encoderOf = (schema: AnyCodec): CompiledField["encode"] => SchemaParser.encodeUnknownExit(Schema.make<AnyCodec>(tolerant(schema.ast)))

const isOptional = (field: Field): boolean => {
  const ast = (isParam(field) ? field.schema : field).ast
  return ast.context?.isOptional === true || allowsUndefined(ast)
}

/** As the types have it: what may be `undefined` may be left out. */
const allowsUndefined = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Undefined" || ast._tag === "Void" || ast._tag === "Unknown" || ast._tag === "Any"
  || (ast._tag === "Union" && ast.types.some(allowsUndefined))
  || (ast._tag === "Suspend" && allowsUndefined(ast.thunk()))

const compileFields = (fields: Readonly<Record<string, Field>>): ReadonlyArray<CompiledField & { readonly optional: boolean }> =>
  Object.entries(fields).map(([key, field]) => ({
    key,
    name: (isParam(field) ? field.name : undefined) ?? key,
    options: isParam(field) ? field : {},
    encode: encoderOf(isParam(field) ? field.schema : field),
    optional: isOptional(field)
  }))

/** `{name}` of a template, with the literal text before each, and the text after the last. */
const templateOf = (path: string): { readonly parts: ReadonlyArray<{ readonly before: string; readonly key: string }>; readonly after: string } => {
  const parts: Array<{ readonly before: string; readonly key: string }> = []
  let end = 0
  for (const match of path.matchAll(/\{([^{}]+)\}/g)) {
    parts.push({ before: path.slice(end, match.index), key: match[1] ?? "" })
    end = match.index + match[0].length
  }
  return { parts, after: path.slice(end) }
}

/** RFC 9110 section 9.2.2 */
const idempotentMethods = /*#__PURE__*/ new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])

type Input = Readonly<Record<string, unknown>>

/** Compiles the declaration once; the result encodes each call's input. */
export const compile = (shape: Shape): (input: Input, context: EncodeContext) => Result.Result<EncodedRequest, ReadonlyArray<Issue>> => {
  const template = templateOf(shape.path)
  const pathFields = new Map(compileFields(shape.pathFields).map((field) => [field.name, field]))
  const query = compileFields(shape.query)
  const header = compileFields(shape.header).map((field) => ({ ...field, name: field.name.toLowerCase() }))
  const cookie = compileFields(shape.cookie)
  const body = shape.body === undefined ? undefined : compileBody(shape.body)
  const idempotent = idempotentMethods.has(shape.method) || shape.idempotencyKey
  const unfilled = template.parts.find((part) => !pathFields.has(part.key))
  if (unfilled !== undefined) throw new TypeError(`the path ${shape.path} has no field for {${unfilled.key}}: declare it under \`path\``)

  return (input, context) => {
    const issues: Array<Issue> = []
    const report = (path: string, message: string): void => {
      issues.push({ path, message })
    }
    /** the encoded value of a field, or `undefined` when it is absent or wrong */
    const valueOf = (field: CompiledField & { readonly optional: boolean }): unknown => {
      const value = input[field.key]
      if (value === undefined) {
        if (!field.optional) report(field.key, "is required")
        return undefined
      }
      const exit = field.encode(value)
      if (Exit.isSuccess(exit)) return exit.value
      const issue = Exit.findErrorOption(exit)
      if (Option.isSome(issue)) issues.push(...flatten(issue.value, [field.key]))
      else report(field.key, "cannot be encoded")
      return undefined
    }

    let path = ""
    for (const part of template.parts) {
      // a path value that is the root already ends with the slash that follows it
      path += path.endsWith("/") && part.before.startsWith("/") ? part.before.slice(1) : part.before
      const field = pathFields.get(part.key)
      const value = field === undefined ? undefined : valueOf(field)
      if (field === undefined || value === undefined) continue
      const text = field.options.segments === true
        ? typeof value === "string" ? Parameters.pathSegments(value, !part.before.endsWith("/")) : Result.fail("a text")
        : Parameters.pathSegment(value)
      if (Result.isSuccess(text)) path += text.success
      else report(field.key, text.failure)
    }
    path += path.endsWith("/") && template.after.startsWith("/") ? template.after.slice(1) : template.after
    // values that are harmless alone, side by side in one segment: `{name}{extension}`
    if (issues.length === 0 && /\/\.{1,2}(?:\/|$)/.test(path)) report("path", "`.` and `..` would change the path")

    const pairs: Array<string> = []
    for (const field of query) {
      const problem = Parameters.query(field.name, valueOf(field), field.options.style ?? "form", field.options.explode ?? true, pairs)
      if (problem !== undefined) report(field.key, problem)
    }
    if (pairs.length > 0) path += `${path.includes("?") ? "&" : "?"}${pairs.join("&")}`

    const headers: Record<string, string> = { ...shape.headers }
    const encodedBody = body === undefined ? undefined : body(input["body"], context, report, headers)
    if (shape.idempotencyKey) headers["idempotency-key"] = context.unique()
    for (const field of header) {
      const value = valueOf(field)
      if (value === undefined) continue
      const text = Parameters.header(value)
      if (Result.isFailure(text)) report(field.key, text.failure)
      else {
        const problem = fieldProblem(field.name, text.success)
        if (problem === undefined) headers[field.name] = text.success
        else report(field.key, problem)
      }
    }

    const cookies: Array<string> = []
    for (const field of cookie) {
      const value = valueOf(field)
      if (value === undefined) continue
      const pair = Parameters.cookie(field.name, value)
      if (Result.isSuccess(pair)) cookies.push(pair.success)
      else report(field.key, pair.failure)
    }

    return issues.length > 0
      ? Result.fail(issues)
      : Result.succeed({ method: shape.method, path, headers, cookie: cookies.length > 0 ? cookies.join("; ") : undefined, body: encodedBody, idempotent, auth: shape.auth, ignoreSetCookie: shape.ignoreSetCookie })
  }
}

type BodyEncoder = (value: unknown, context: EncodeContext, report: (path: string, message: string) => void, headers: Record<string, string>) => RequestBody | undefined

const notJson = "cannot be written as JSON (a bigint, or a value that holds itself)"

/** JSON, or `undefined` for what it has no form for. */
const stringify = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

const isFilePart = (field: Field | FilePart): field is FilePart => "~credence/file" in field
const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null && !Array.isArray(u)

const compileBody = (body: Body<unknown>): BodyEncoder => {
  const kind = body["~credence/body"]
  const encode = body.schema === undefined ? undefined : encoderOf(body.schema)
  const optional = body.schema !== undefined && isOptional(body.schema)
  const bytes = (content: Uint8Array | string): RequestBody => ({ _tag: "Bytes", bytes: content })
  const setType = (headers: Record<string, string>, mediaType = body.mediaType): void => {
    headers["content-type"] = mediaType
  }
  switch (kind) {
    case "json":
    case "form":
      return (value, context, report, headers) => {
        if (value === undefined && optional && context.extra === undefined) return undefined
        const exit = encode === undefined ? Exit.succeed(value) : value === undefined && optional ? Exit.succeed({}) : encode(value)
        if (Exit.isFailure(exit)) {
          const issue = Exit.findErrorOption(exit)
          if (value === undefined) report("body", "is required")
          else if (Option.isSome(issue)) for (const found of flatten(issue.value, ["body"])) report(found.path, found.message)
          else report("body", "cannot be encoded")
          return undefined
        }
        const encoded = context.extra === undefined ? exit.value : isRecord(exit.value) ? { ...exit.value, ...context.extra } : exit.value
        setType(headers)
        if (kind === "json") {
          const text = stringify(encoded)
          if (text === undefined) report("body", notJson)
          return text === undefined ? undefined : bytes(text)
        }
        const pairs = new URLSearchParams()
        for (const [name, member] of Object.entries(encoded as object)) {
          for (const item of Array.isArray(member) ? member : [member]) {
            if (item === undefined || item === null) continue
            const text = typeof item === "object" ? stringify(item) : String(item)
            if (text === undefined) report(`body.${name}`, notJson)
            else pairs.append(name, text)
          }
        }
        return bytes(pairs.toString())
      }
    case "multipart": {
      const fields = Object.entries(body.fields ?? {}).map(([key, field]) => isFilePart(field) ? { key, file: field } as const : { key, field: compileFields({ [key]: field })[0] } as const)
      return (value, context, report, headers) => {
        const input = isRecord(value) ? value : {}
        const parts: Array<Multipart.Part> = []
        for (const part of fields) {
          const member = input[part.key]
          if (member === undefined) {
            if (part.file === undefined ? part.field?.optional !== true : !part.file.optional) report(`body.${part.key}`, "is required")
          } else if (part.file !== undefined) {
            const file = member as FileInput
            parts.push({ name: part.key, fileName: file.name, mediaType: file.mediaType ?? "application/octet-stream", content: file.content })
            if (!isSingleLine(file.name)) report(`body.${part.key}.name`, "may not hold CR, LF or NUL")
            const problem = file.mediaType === undefined ? undefined : fieldProblem("content-type", file.mediaType)
            if (problem !== undefined) report(`body.${part.key}.mediaType`, problem)
          } else if (part.field !== undefined) {
            const exit = part.field.encode(member)
            if (Exit.isSuccess(exit)) {
              const encoded = exit.value
              const content = typeof encoded === "object" && encoded !== null ? stringify(encoded) : String(encoded)
              if (content === undefined) report(`body.${part.key}`, notJson)
              else parts.push({ name: part.field.name, content, ...(typeof encoded === "object" && encoded !== null ? { mediaType: "application/json" } : {}) })
            } else {
              const issue = Exit.findErrorOption(exit)
              if (Option.isSome(issue)) for (const found of flatten(issue.value, ["body", part.key])) report(found.path, found.message)
            }
          }
        }
        const boundary = `credence-${context.unique()}`
        setType(headers, `multipart/form-data; boundary=${boundary}`)
        return bytes(Multipart.encode(parts, boundary))
      }
    }
    case "text":
      return (value, _context, report, headers) => {
        if (typeof value !== "string") {
          report("body", "expected a text")
          return undefined
        }
        setType(headers)
        return bytes(value)
      }
    case "bytes":
      return (value, _context, report, headers) => {
        if (!(value instanceof Uint8Array)) {
          report("body", "expected a Uint8Array")
          return undefined
        }
        setType(headers)
        return bytes(value)
      }
    case "stream":
      return (value, _context, report, headers) => {
        if (!isRecord(value) || !("stream" in value)) {
          report("body", "expected { stream, length?, replay? }")
          return undefined
        }
        // checked above as far as a stream can be: its elements show only when it runs
        const input = value as unknown as StreamInput
        setType(headers)
        return { _tag: "Stream", stream: input.stream, length: input.length, replay: input.replay ?? false }
      }
  }
}
