/**
 * From typed input to a request. Input is checked completely before anything is sent.
 */
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Issue } from "../errors/CallError.ts"
import type { EncodeContext, EncodedRequest } from "../services/Operation.ts"
import { fieldProblem } from "../wire/headers.ts"
import { isIdempotent } from "../wire/method.ts"
import { writeExactly } from "../wire/json.ts"
import * as Parameters from "../wire/parameters.ts"
import type { Body } from "./Body.ts"
import { type CompiledField, compileFields, queryStyle } from "./fields.ts"
import { flatten } from "./issues.ts"
import type { Field } from "./Param.ts"

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
  readonly security: EncodedRequest["security"]
  readonly server: string | undefined
}

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

/** A value in its place of the path. */
const inPath = ({ name, options }: CompiledField, value: unknown, before: string): Result.Result<string, string> => {
  if (options.segments === true) return typeof value === "string" ? Parameters.pathSegments(value, !before.endsWith("/")) : Result.fail("a text")
  switch (options.style) {
    case "label":
      return Parameters.label(value, options.explode)
    case "matrix":
      return Parameters.matrix(name, value, options.explode)
    default:
      return Parameters.pathSegment(value, options.explode)
  }
}

type Input = Readonly<Record<string, unknown>>

/** Compiles the declaration once; the result encodes each call's input. */
export const compile = (shape: Shape): (input: Input, context: EncodeContext) => Result.Result<EncodedRequest, ReadonlyArray<Issue>> => {
  // a fragment tells operations of one path apart, and is never sent (RFC 3986 section 3.5)
  const template = templateOf(shape.path.replace(/#.*$/s, ""))
  // a placeholder is called as the field's key, or as its name
  const pathFields = new Map(compileFields(shape.pathFields).flatMap((field): ReadonlyArray<[string, CompiledField]> => [[field.name, field], [field.key, field]]))
  const query = compileFields(shape.query)
  const header = compileFields(shape.header).map((field) => ({ ...field, name: field.name.toLowerCase() }))
  const cookie = compileFields(shape.cookie)
  const body = shape.body?.compile()
  const idempotent = isIdempotent(shape.method) || shape.idempotencyKey
  const unfilled = template.parts.find((part) => !pathFields.has(part.key))
  if (unfilled !== undefined) throw new TypeError(`the path ${shape.path} has no field for {${unfilled.key}}: declare it under \`path\``)

  return (input, context) => {
    // what a type forbids can still come from JavaScript, or through a cast
    if (typeof input !== "object" || input === null) return Result.fail([{ path: "", message: "expected a record of the endpoint's parameters" }])
    const issues: Array<Issue> = []
    const report = (path: string, message: string): void => {
      issues.push({ path, message })
    }
    /** the encoded value of a field, or `undefined` when it is absent or wrong */
    const valueOf = (field: CompiledField): unknown => {
      const value = input[field.key]
      if (value === undefined) {
        if (!field.optional) report(field.key, "is required")
        return undefined
      }
      const exit = field.encode(value)
      if (Exit.isSuccess(exit)) {
        if (field.options.json !== true || exit.value === undefined) return exit.value
        const text = writeExactly(exit.value)
        if (text === undefined) report(field.key, "cannot be written as JSON")
        return text
      }
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
      const text = inPath(field, value, part.before)
      if (Result.isSuccess(text)) path += text.success
      else report(field.key, text.failure)
    }
    path += path.endsWith("/") && template.after.startsWith("/") ? template.after.slice(1) : template.after

    const pairs: Array<string> = []
    for (const field of query) {
      const problem = Parameters.query(field.name, valueOf(field), queryStyle(field.options.style), field.options.explode ?? true, pairs, field.options.allowReserved)
      if (problem !== undefined) report(field.key, problem)
    }
    if (pairs.length > 0) path += `${path.includes("?") ? "&" : "?"}${pairs.join("&")}`

    const headers: Record<string, string> = { ...shape.headers }
    const encodedBody = body === undefined ? undefined : body(input["body"], context, report, headers, input)
    if (shape.idempotencyKey) headers["idempotency-key"] = context.unique()
    for (const field of header) {
      const value = valueOf(field)
      if (value === undefined) continue
      const text = Parameters.header(value, field.options.explode)
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
      const pair = Parameters.cookie(field.name, value, field.options.explode)
      if (Result.isFailure(pair)) report(field.key, pair.failure)
      else if (pair.success !== undefined) cookies.push(pair.success)
    }

    return issues.length > 0
      ? Result.fail(issues)
      : Result.succeed({
        method: shape.method,
        path,
        headers,
        cookie: cookies.length > 0 ? cookies.join("; ") : undefined,
        body: encodedBody,
        idempotent,
        auth: shape.auth,
        ignoreSetCookie: shape.ignoreSetCookie,
        security: shape.security,
        server: shape.server
      })
  }
}
