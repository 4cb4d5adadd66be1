/**
 * The usual ways in which pages follow each other. Each adds `pages` and `items` to an endpoint: lazy Streams of every page,
 * and of every item of every page. A walk ends where nothing tells of a next page, at a page without items, and where the
 * server gives the same again, so that a server that ignores what it is asked for is not asked for ever.
 *
 * @example
 * ```ts
 * import * as Paging from "credence/Paging"
 *
 * const listCases = Paging.cursor(
 *   Endpoint.get(Api, "/cases", { query: { cursor: Schema.optional(Schema.String) }, success: Cases }),
 *   { items: (page) => page.items, next: (page) => page.next, parameter: "cursor" }
 * )
 * const subjects = listCases.items().pipe(Stream.map((c) => c.subject))
 * ```
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import type { ResponseError } from "../errors/ResponseError.ts"
import type { Operation } from "../services/Operation.ts"
import { get, type ResponseHeaders } from "../wire/headers.ts"
import { isRecord, writeExactly } from "../wire/json.ts"
import { nextQuery } from "../wire/link.ts"
import type { Endpoint, Paged } from "./Endpoint.ts"
import { rejected } from "./open/items.ts"
import { pagesOf, type PagingRule } from "./pages.ts"

type AnyError = ResponseError<string, number, unknown>

/** What the body of an input may hold. */
export type BodyOf<Input> = Input extends { readonly body?: infer B } ? NonNullable<B> : never

/** The input's member of this name: beside the body, or in it. */
export type MemberOf<Input, In, Name> = In extends "body" ? BodyOf<Input>[Name & keyof BodyOf<Input>] : Input[Name & keyof Input]

/** The names of the input's members: beside the body, or in it. */
export type NameOf<Input, In> = (In extends "body" ? keyof BodyOf<Input> : keyof Input) & string

/** What every way has. */
export interface Items<in A, out Item> {
  /** the items of a page; none: it is the last one */
  readonly items: (page: A) => ReadonlyArray<Item> | null | undefined
}

/** Options of {@link offset}. */
export interface OffsetOptions<Input, A, Item, In, Name> extends Items<A, Item> {
  /** the input's member that says where a page begins */
  readonly offset: Name
  /** where that member stands. Default `query`: beside the body, wherever the parameter goes */
  readonly in?: In | undefined
  /** what the offset counts. Default `records` */
  readonly unit?: "records" | "pages" | undefined
  /** the first one. Default 0 */
  readonly first?: number | undefined
  /** how many records there are in all, where the server tells: saves the call that finds an empty page. Negative: it does not tell */
  readonly total?: ((page: A) => number | null | undefined) | undefined
  /** how many records a full page has, where the server tells: one with fewer is the last, unless `total` is more. 0: there is one page */
  readonly capacity?: ((page: A) => number | null | undefined) | undefined
  /** where a page begins, where it tells: one that begins elsewhere than it was asked to is the last, since the server ignores the offset */
  readonly begins?: ((page: A) => number | null | undefined) | undefined
  /** type only: never present */
  readonly "~input"?: Input | undefined
}

/**
 * Pages by an offset: each begins after the records that came before it.
 *
 * @example
 * ```ts
 * Paging.offset(searchCases, { items: (page) => page.data, offset: "offset", in: "body", total: (page) => page.count })
 * ```
 */
export const offset = <S, Input, A, E extends AnyError, P extends string, H, Item, const Name extends NameOf<Input, In>, const In extends "query" | "body" = "query">(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  options: OffsetOptions<Input, A, Item, In, Name>
): Paged<S, Input, A, E, P, Item, H> =>
  counted(endpoint, { ...options, kind: "offset", parameter: options.offset }, options.first ?? 0, (at, count, page) => {
    if (options.unit === "pages") return at + 1
    const next = at + count
    const total = options.total?.(page) ?? -1
    const capacity = options.capacity?.(page) ?? -1
    if ((options.begins?.(page) ?? at) !== at) return undefined
    // what a page can hold tells more than a total, which may be stale or unknown
    if (capacity >= 0) return capacity > 0 && (count >= capacity || total > next) ? next : undefined
    return total >= 0 && next - (options.first ?? 0) >= total ? undefined : next
  })

/** Options of {@link page}. */
export interface PageOptions<Input, A, Item, In, Name> extends Items<A, Item> {
  /** the input's member that is the page's number */
  readonly parameter: Name
  /** where that member stands. Default `query`: beside the body, wherever the parameter goes */
  readonly in?: In | undefined
  /** the first page's number. Default 1 */
  readonly first?: number | undefined
  /** how many pages there are, where the server tells: saves the call that finds an empty page */
  readonly pages?: ((page: A) => number | null | undefined) | undefined
  /** type only: never present */
  readonly "~input"?: Input | undefined
}

/**
 * Pages by their number.
 *
 * @example
 * ```ts
 * Paging.page(listUsers, { items: (page) => page.users, parameter: "page" })
 * ```
 */
export const page = <S, Input, A, E extends AnyError, P extends string, H, Item, const Name extends NameOf<Input, In>, const In extends "query" | "body" = "query">(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  options: PageOptions<Input, A, Item, In, Name>
): Paged<S, Input, A, E, P, Item, H> => {
  const first = options.first ?? 1
  return counted(endpoint, { ...options, kind: "page" }, first, (at, _count, answer) => {
    const pages = options.pages?.(answer)
    return pages !== undefined && pages !== null && pages >= 0 && at + 1 - first >= pages ? undefined : at + 1
  })
}

/** Options of {@link cursor}. */
export interface CursorOptions<Input, A, Item, In, Name> extends Items<A, Item> {
  /** what the page says leads to the next one; none, or an empty text: it is the last one */
  readonly next: (page: A) => NonNullable<MemberOf<Input, In, Name>> | null | undefined
  /** the input's member that takes it */
  readonly parameter: Name
  /** where that member stands. Default `query`: beside the body, wherever the parameter goes */
  readonly in?: In | undefined
  /** what a page without items means where there is a next one: some servers search in portions. Default `end` */
  readonly empty?: "end" | "continue" | undefined
  /** what asks for the first page where the input has no token: some servers give tokens only to who asks for them, with an empty one */
  readonly first?: NonNullable<MemberOf<Input, In, Name>> | undefined
  /** the input's member, a number or a text of one, by which the server also pages by offset: a walk whose input has it goes by it, and not by tokens */
  readonly offset?: NameOf<Input, In> | undefined
  /** how many records there are in all, where the server tells those who go by offset */
  readonly total?: ((page: A) => number | null | undefined) | undefined
}

/**
 * Pages by a token that each gives for the next one: a cursor, a page token, a continuation.
 *
 * @example
 * ```ts
 * Paging.cursor(listPods, { items: (page) => page.items, next: (page) => page.metadata.continue, parameter: "continue" })
 * ```
 */
export const cursor = <S, Input, A, E extends AnyError, P extends string, H, Item, const Name extends NameOf<Input, In>, const In extends "query" | "body" = "query">(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  options: CursorOptions<Input, A, Item, In, Name>
): Paged<S, Input, A, E, P, Item, H> => {
  const items = (answer: A): ReadonlyArray<Item> => options.items(answer) ?? []
  const place = options.in ?? "query"
  const offsetOf = (input: Input): unknown => options.offset === undefined ? undefined : memberOf(input, place, options.offset)
  return pagesOf(endpoint, {
    start: (input): Walked<Input> => {
      const asked = options.first === undefined || offsetOf(input) !== undefined || memberOf(input, place, options.parameter) !== undefined
      return { input: asked ? input : withMember(input, place, options.parameter, options.first), seen: none }
    },
    fetch: (session, { input }) => session.execute(endpoint.operation, input),
    page: (answer) => answer,
    items,
    next: (answer, { input, seen }) => {
      const offset = offsetOf(input)
      const at = typeof offset === "number" ? offset : typeof offset === "string" && /^\d{1,15}$/.test(offset) ? Number(offset) : undefined
      if (options.offset !== undefined && at !== undefined) {
        const [count, total] = [sizeOf(items(answer)), options.total?.(answer) ?? -1]
        const known = writeExactly(items(answer)) ?? ""
        // no more, or the same page again: the server ignores the offset
        if (count === 0 || (total >= 0 && at + count >= total) || seen.has(known)) return undefined
        return { input: withMember(input, place, options.offset, typeof offset === "string" ? String(at + count) : at + count), seen: new Set([known]) }
      }
      const token: unknown = options.next(answer)
      if (token === undefined || token === null || token === "" || (sizeOf(items(answer)) === 0 && options.empty !== "continue")) return undefined
      const known = writeExactly(token) ?? ""
      if (seen.has(known)) return undefined
      return { input: withMember(input, place, options.parameter, token), seen: new Set([...seen, known]) }
    }
  }, { kind: "cursor", parameter: options.parameter, in: options.in, items: options.items, next: options.next })
}

/** Options of {@link link}. */
export interface LinkOptions<in A, out Item> extends Items<A, Item> {
  /** what a page without items means where there is a next one. Default `end` */
  readonly empty?: "end" | "continue" | undefined
}

/**
 * Pages by the `Link` field (RFC 8288): the next page is where `rel="next"` points to. Only the query of that link is taken,
 * and sent to the endpoint's own path: wherever the link points to, nothing goes to another origin.
 *
 * @example
 * ```ts
 * Paging.link(listIssues, { items: (page) => page })
 * ```
 */
export const link = <S, Input, A, E extends AnyError, P extends string, H, Item>(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  options: LinkOptions<A, Item>
): Paged<S, Input, A, E, P, Item, H> => {
  const items = (answer: A): ReadonlyArray<Item> => options.items(answer) ?? []
  return pagesOf(endpoint, {
    start: (input): Linked<Input> => ({ input, query: undefined, seen: none }),
    fetch: (session, { input, query }) => session.execute(withFields(endpoint.operation, query), input),
    page: ({ value }) => value,
    items,
    next: ({ fields, value }, { input, seen }) => {
      const query = nextQuery(get(fields, "link"))
      if (query === undefined || seen.has(query) || (sizeOf(items(value)) === 0 && options.empty !== "continue")) return undefined
      return { input, query, seen: new Set([...seen, query]) }
    }
  }, { ...options, kind: "link" })
}

interface Walked<out Input> {
  readonly input: Input
  /** what has led somewhere already */
  readonly seen: ReadonlySet<string>
}

interface Linked<out Input> extends Walked<Input> {
  readonly query: string | undefined
}

const none: ReadonlySet<string> = /*#__PURE__*/ new Set()

/** how many items came, those included that did not fit and were left out */
const sizeOf = (items: ReadonlyArray<unknown>): number => items.length + rejected(items).length

/** Pages that a number tells apart. */
const counted = <S, Input, A, E extends AnyError, P extends string, H, Item>(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  options: Items<A, Item> & PagingRule & { readonly parameter: string },
  first: number,
  next: (at: number, count: number, page: A) => number | undefined
): Paged<S, Input, A, E, P, Item, H> => {
  const items = (answer: A): ReadonlyArray<Item> => options.items(answer) ?? []
  const place = options.in ?? "query"
  return pagesOf(endpoint, {
    start: (input): { readonly input: Input; readonly last: ReadonlyArray<Item> } => ({ input, last: [] }),
    fetch: (session, { input }) => session.execute(endpoint.operation, input),
    page: (answer) => answer,
    items,
    next: (answer, { input, last }) => {
      const found = items(answer)
      const given = memberOf(input, place, options.parameter)
      const at = typeof given === "number" || typeof given === "bigint" ? Number(given) : first
      // the same page twice: the server ignores the number
      if (sizeOf(found) === 0 || (last.length > 0 && Equal.equals(found, last))) return undefined
      const to = next(at, sizeOf(found), answer)
      return to === undefined ? undefined : { input: withMember(input, place, options.parameter, typeof given === "bigint" ? BigInt(to) : to), last: found }
    }
  }, options)
}

const memberOf = (input: unknown, place: "query" | "body", name: string): unknown => {
  const holder = place === "body" && isRecord(input) ? input["body"] : input
  return isRecord(holder) ? holder[name] : undefined
}

/** the input with another value for one member: the caller's types say that it takes such a value */
const withMember = <Input>(input: Input, place: "query" | "body", name: string, value: unknown): Input => {
  if (place === "query") return { ...input, [name]: value }
  const body = isRecord(input) && isRecord(input["body"]) ? input["body"] : {}
  return { ...input, body: { ...body, [name]: value } }
}

/** What an operation gives, with the head it came with; and, for a later page, with the query that leads there. */
const withFields = <Input, A, E extends AnyError>(
  base: Operation<Input, A, E>,
  query: string | undefined
): Operation<Input, { readonly value: A; readonly fields: ResponseHeaders }, E> => ({
  ...base,
  base,
  encode: (input, context) =>
    Result.map(base.encode(input, context), (request) => query === undefined ? request : { ...request, path: `${request.path.replace(/\?.*$/s, "")}?${query}` }),
  decode: (response, context) => Effect.map(base.decode(response, context), (value) => ({ value, fields: response.headers })),
  open: undefined,
  streaming: false
})
