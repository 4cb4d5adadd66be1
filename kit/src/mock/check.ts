/**
 * Is a request what its endpoint takes?
 */
import { header, type HttpRequest } from "../http/message.ts"
import { type Decoded, decode, type Issue } from "../values/decode.ts"
import { isList } from "../values/coerce.ts"
import { mayBeAbsent, recordAst } from "../values/wireAst.ts"
import { readBody } from "./body.ts"
import { type MockEndpoint, type MockField, schemaOf } from "./MockEndpoint.ts"
import { cookieValue, headerValue, type Layout, layoutOf, pathValue, queryValue, readPairs } from "./parameters.ts"

/** What a request gives: the endpoint's input, or why it is refused. */
export type Checked =
  | { readonly _tag: "Input"; readonly input: Readonly<Record<string, unknown>> }
  | { readonly _tag: "Issues"; readonly issues: ReadonlyArray<Issue> }
  | { readonly _tag: "WrongType"; readonly accepted: ReadonlyArray<string> }

/** Decodes a field that was read, or the absence of one. */
const decodeField = (key: string, field: MockField, found: { readonly value: unknown } | undefined): Decoded => {
  const schema = schemaOf(field)
  if (found !== undefined) return decode(schema, found.value, [key])
  if (mayBeAbsent(schema.ast)) return { _tag: "Value", value: undefined }
  // a list or record without members leaves nothing on the wire
  const empty = isList(schema.ast) ? [] : recordAst(schema.ast) === undefined ? undefined : {}
  const decoded = empty === undefined ? undefined : decode(schema, empty, [key])
  return decoded?._tag === "Value" ? decoded : { _tag: "Issues", issues: [{ path: key, message: "is required" }] }
}

const cookiesOf = (text: string | undefined): ReadonlyArray<readonly [string, string]> =>
  (text ?? "").split(";").map((pair) => pair.trim()).filter((pair) => pair !== "").map((pair) => {
    const equals = pair.indexOf("=")
    return equals < 0 ? [pair, ""] as const : [pair.slice(0, equals), pair.slice(equals + 1)] as const
  })

/** Checks everything that an endpoint declares. `path` are the values of its template, still percent-encoded. */
export const check = (endpoint: MockEndpoint, request: HttpRequest, path: ReadonlyMap<string, string>): Checked => {
  const issues: Array<Issue> = []
  const input: Record<string, unknown> = {}
  const each = (fields: Readonly<Record<string, MockField>>, read: (layout: Layout) => { readonly value: unknown } | undefined | "unknown"): void => {
    for (const [key, field] of Object.entries(fields)) {
      const found = read(layoutOf(key, field))
      if (found === "unknown") continue
      const decoded = decodeField(key, field, found)
      if (decoded._tag === "Issues") issues.push(...decoded.issues)
      else if (decoded.value !== undefined) input[key] = decoded.value
    }
  }
  const { input: declared } = endpoint
  each(declared.path, (layout) => {
    const raw = path.get(layout.name) ?? path.get(layout.key)
    return raw === undefined ? "unknown" : { value: pathValue(layout, raw) }
  })
  const pairs = readPairs(request.search)
  const taken = new Set(Object.entries(declared.query).map(([key, field]) => layoutOf(key, field).name))
  each(declared.query, (layout) => queryValue(layout, pairs, taken))
  each(declared.header, (layout) => {
    const text = header(request, layout.name.toLowerCase())
    return text === undefined ? undefined : { value: headerValue(layout, text) }
  })
  const cookies = cookiesOf(header(request, "cookie"))
  each(declared.cookie, (layout) => cookieValue(layout, cookies))
  const body = readBody(declared.body, { contentType: header(request, "content-type"), bytes: request.body })
  if (body._tag === "WrongType") return body
  if (body._tag === "Issues") issues.push(...body.issues)
  else if (body.value !== undefined) input["body"] = body.value
  return issues.length > 0 ? { _tag: "Issues", issues } : { _tag: "Input", input }
}
