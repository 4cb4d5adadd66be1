/**
 * Pages that follow each other and come to an end: few records in all, of which each page has some.
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { isRecord, setMember } from "../values/json.ts"
import type { AnyCodec } from "../values/wireAst.ts"
import { exampleOf } from "./example.ts"
import type { MockEndpoint, MockPaging } from "./MockEndpoint.ts"
import { layoutOf } from "./parameters.ts"
import { derived } from "./random.ts"

/** Records in all, and on a page where the request does not want fewer. */
const total = 5
const pageLength = 3

type Path = ReadonlyArray<string>

/** Where the member stands that a function of a page gives; `undefined`: it does more than look it up. */
const pathOf = (accessor: ((page: never) => unknown) | undefined): Path | undefined => {
  if (accessor === undefined) return undefined
  const paths = new WeakMap<object, Path>()
  const at = (path: Path): object => {
    const member = new Proxy({}, {
      get: (_, name) => {
        if (typeof name === "symbol") throw new TypeError("a path has no symbols")
        return at([...path, name])
      }
    })
    paths.set(member, path)
    return member
  }
  try {
    const found = accessor(at([]) as never)
    return typeof found === "object" && found !== null ? paths.get(found) : undefined
  } catch {
    return undefined
  }
}

/** The decoded side of what stands at a place; of variants the first that has it. */
const typeAt = (ast: SchemaAST.AST, path: Path): SchemaAST.AST | undefined => {
  const [name, ...rest] = path
  switch (ast._tag) {
    case "Suspend":
      return typeAt(ast.thunk(), path)
    case "Union":
      return firstOf(ast.types, path)
    case "Declaration": {
      const known = SchemaAST.resolveAt<number>("~credence/known")(ast)
      if (known !== undefined) return firstOf(ast.typeParameters.slice(0, known), path)
      return name === undefined ? ast : undefined
    }
    case "Objects": {
      if (name === undefined) return ast
      const member = ast.propertySignatures.find((property) => property.name === name)?.type ?? ast.indexSignatures[0]?.type
      return member === undefined ? undefined : typeAt(member, rest)
    }
    default:
      return name === undefined ? ast : undefined
  }
}

const firstOf = (types: ReadonlyArray<SchemaAST.AST>, path: Path): SchemaAST.AST | undefined => {
  for (const type of types) {
    const found = type._tag === "Null" || type._tag === "Undefined" ? undefined : typeAt(type, path)
    if (found !== undefined) return found
  }
  return undefined
}

const itemOf = (list: SchemaAST.AST | undefined): SchemaAST.AST | undefined =>
  list === undefined ? undefined : SchemaAST.resolveAt<SchemaAST.AST>("~credence/items")(list) ?? (list._tag === "Arrays" ? list.rest[0] : undefined)

/** The same value with another one at a place. */
const withAt = (value: unknown, path: Path, member: unknown): unknown => {
  const [name, ...rest] = path
  if (name === undefined) return member
  const out: Record<string, unknown> = {}
  if (isRecord(value)) for (const [key, other] of Object.entries(value)) setMember(out, key, other)
  const made = withAt(out[name], rest, member)
  if (made === undefined) delete out[name]
  else setMember(out, name, made)
  return out
}

/** A number in the type that a place has. */
const numberAs = (ast: SchemaAST.AST | undefined, value: number): unknown => ast?._tag === "BigInt" ? BigInt(value) : ast?._tag === "String" ? String(value) : value

/** What stands where no further page is. */
const nothing = (schema: AnyCodec, path: Path): unknown => {
  const holder = typeAt(SchemaAST.toType(schema.ast), path.slice(0, -1))
  const member = holder?._tag === "Objects" ? holder.propertySignatures.find((property) => property.name === path.at(-1))?.type : undefined
  if (member === undefined || member.context?.isOptional === true) return undefined
  if (member._tag === "Union" && member.types.some((type) => type._tag === "Null")) return null
  return ""
}

/** Names under which requests say how much they want. */
const limits = /^(?:limit|per_?page|(?:max_?)?page_?(?:size|length)|max_?(?:results|items|records)|size|count|top|rows|take|number)$/i

const asNumber = (value: unknown): number | undefined =>
  typeof value === "number" ? value : typeof value === "bigint" || (typeof value === "string" && /^\d+$/.test(value)) ? Number(value) : undefined

/** Which page a request is for. */
interface Place {
  /** the first record, and how many a page has */
  readonly start: number
  readonly length: number
  /** what the request says in place of `start` */
  readonly at: number
}

const placeOf = (rule: MockPaging, holder: Readonly<Record<string, unknown>>): Place => {
  const given = rule.parameter === undefined ? undefined : holder[rule.parameter]
  const wanted = Object.entries(holder).find(([name]) => limits.test(name) && name !== rule.parameter)?.[1]
  const limit = asNumber(wanted)
  const length = limit === 0 ? total : limit === undefined || limit < 0 ? pageLength : Math.min(limit, pageLength)
  switch (rule.kind) {
    case "offset": {
      const first = rule.first ?? 0
      const at = asNumber(given) ?? first
      return { at, length, start: rule.unit === "pages" ? (at - first) * length : at - first }
    }
    case "page": {
      const first = rule.first ?? 1
      const at = asNumber(given) ?? first
      return { at, length, start: (at - first) * length }
    }
    default:
      // whoever gives a token has seen the first page
      return { at: 0, length, start: given === undefined || given === null || given === "" ? 0 : length }
  }
}

/** A page, and what its head says. */
export interface Page {
  readonly value: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** the parameter of a link where the endpoint has none of its own */
const linkParameter = "__page"

/** Which page a link led to. */
const linkedPage = (endpoint: MockEndpoint, query: URLSearchParams): { readonly name: string; readonly page: number } => {
  const own = Object.entries(endpoint.input.query).map(([key, field]) => layoutOf(key, field).name).find((name) => /^page(?:_?(?:no|num|number))?$/i.test(name))
  const name = own ?? linkParameter
  return { name, page: asNumber(query.get(name)) ?? 1 }
}

/**
 * Makes an example into the page that a request is for. What a page says of those around it is true: totals, where it
 * begins, tokens and links; after the last page there is none.
 */
export const toPage = (
  endpoint: MockEndpoint,
  schema: AnyCodec,
  example: unknown,
  input: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
  seed: number
): Page => {
  const rule = endpoint.paging
  const itemsPath = pathOf(rule?.items)
  const type = SchemaAST.toType(schema.ast)
  const item = itemsPath === undefined ? undefined : itemOf(typeAt(type, itemsPath))
  if (rule === undefined || itemsPath === undefined || item === undefined) return { value: example, headers: {} }
  const body = input["body"]
  const holder = rule.in === "body" ? isRecord(body) ? body : {} : input
  const linked = rule.kind === "link" ? linkedPage(endpoint, query) : undefined
  const place = placeOf(rule, holder)
  const { at, length } = place
  const start = linked === undefined ? place.start : (linked.page - 1) * length
  const count = Math.max(0, Math.min(length, total - start))
  const itemSchema = Schema.make<AnyCodec>(item)
  const examples = Array.from({ length: count }, (_, index) => exampleOf(itemSchema, derived(seed, 5000 + start + index)))
  const items = examples.flatMap((one) => one === undefined ? [] : [one.value])
  let value = withAt(example, itemsPath, items)
  const put = (accessor: ((page: never) => unknown) | undefined, of: number): void => {
    const path = pathOf(accessor)
    if (path !== undefined) value = withAt(value, path, numberAs(typeAt(type, path), of))
  }
  put(rule.total, total)
  put(rule.capacity, length)
  put(rule.begins, at)
  put(rule.pages, Math.ceil(total / length))
  const last = start + count >= total
  const nextPath = pathOf(rule.next)
  if (nextPath !== undefined) {
    const token = typeAt(type, nextPath)
    const made = last || token === undefined ? undefined : exampleOf(Schema.make<AnyCodec>(token), derived(seed, 4999))
    value = withAt(value, nextPath, made === undefined ? nothing(schema, nextPath) : made.value)
  } else if (rule.kind === "cursor" && start > 0) {
    // it cannot be told that there is no next page: a page without items is the last
    value = withAt(value, itemsPath, [])
  }
  return { value, headers: linked === undefined || last ? {} : { Link: linkTo(endpoint, linked, query) } }
}

/** The link to the page after (RFC 8288). What is no parameter of the endpoint, such as a key, does not get into it. */
const linkTo = (endpoint: MockEndpoint, { name, page }: { readonly name: string; readonly page: number }, query: URLSearchParams): string => {
  const declared = new Set(Object.entries(endpoint.input.query).map(([key, field]) => layoutOf(key, field).name))
  const pairs = [...query].filter(([given]) => given !== name && declared.has(given))
  return `<?${new URLSearchParams([...pairs, [name, String(page + 1)]]).toString()}>; rel="next"`
}
