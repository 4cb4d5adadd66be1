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
import * as Parameters from "../wire/parameters.ts"
import type { Body } from "./Body.ts"
import { type CompiledField, compileFields } from "./fields.ts"
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

type Input = Readonly<Record<string, unknown>>

/** Compiles the declaration once; the result encodes each call's input. */
export const compile = (shape: Shape): (input: Input, context: EncodeContext) => Result.Result<EncodedRequest, ReadonlyArray<Issue>> => {
  const template = templateOf(shape.path)
  const pathFields = new Map(compileFields(shape.pathFields).map((field) => [field.name, field]))
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
