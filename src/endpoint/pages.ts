/**
 * Endpoints whose answers are pages.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { CallError } from "../errors/CallError.ts"
import type { ResponseError } from "../errors/ResponseError.ts"
import type { Can } from "../services/Permission.ts"
import type { Session } from "../services/Session.ts"
import type { Endpoint, Paged, PagingOptions } from "./Endpoint.ts"

/** A way through pages: `At` is where the walk stands, `Answer` what comes there. */
export interface Walk<in Input, in out A, in out At, in out Answer, out E, out Item> {
  readonly start: (input: Input) => At
  readonly fetch: (session: Session, at: At) => Effect.Effect<Answer, E | CallError>
  readonly page: (answer: Answer) => A
  readonly items: (page: A) => ReadonlyArray<Item>
  /** nothing new came, so this is no page and the walk is over; default: every answer is a page */
  readonly over?: ((answer: Answer, at: At) => boolean) | undefined
  /** `undefined` after the last page */
  readonly next: (answer: Answer, at: At) => At | undefined
}

/** How pages follow each other, as it was declared: `credence/Paging`'s ways by name, with their options. For tools. */
export interface PagingRule {
  readonly kind: "offset" | "page" | "cursor" | "link"
  /** the input's member that leads to a page; a link has none */
  readonly parameter?: string | undefined
  readonly in?: "query" | "body" | undefined
  readonly unit?: "records" | "pages" | undefined
  readonly first?: number | undefined
  readonly items: (page: never) => unknown
  readonly next?: ((page: never) => unknown) | undefined
  readonly total?: ((page: never) => unknown) | undefined
  readonly capacity?: ((page: never) => unknown) | undefined
  readonly begins?: ((page: never) => unknown) | undefined
  readonly pages?: ((page: never) => unknown) | undefined
}

/** Adds `pages` and `items` to an endpoint. */
export const pagesOf = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string, H, At, Answer, Item>(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  walk: Walk<Input, A, At, Answer, E, Item>,
  rule?: PagingRule
): Paged<S, Input, A, E, P, Item, H> => {
  const fetch = (at: At): Effect.Effect<Answer, E | CallError, S | Can<S, P>> => Effect.flatMap(endpoint.session, (session) => walk.fetch(session, at))
  // the input is optional only where `{}` is a whole one
  const pages = (input = {} as Input, options?: PagingOptions): Stream.Stream<A, E | CallError, S | Can<S, P>> => {
    const stream = Stream.paginate(walk.start(input), (at: At) =>
      Effect.map(fetch(at), (answer) => {
        if (walk.over?.(answer, at) === true) return [[], Option.none()] as const
        const next = walk.next(answer, at)
        return [[walk.page(answer)], next === undefined ? Option.none() : Option.some(next)] as const
      }))
    return options?.prefetch === undefined || options.prefetch < 1 ? stream : Stream.buffer(stream, { capacity: options.prefetch })
  }
  return Object.assign((...input: Parameters<typeof endpoint>) => endpoint(...input), {
    ...endpoint,
    ...(rule === undefined ? {} : { paging: rule }),
    pages,
    items: (input?: Input, options?: PagingOptions) => Stream.flatMap(pages(input, options), (page) => Stream.fromIterable(walk.items(page)))
  })
}
