/**
 * Paging of Argus: `limit` and `offset` in, `count`, `size` and `offset` out.
 */
import * as Endpoint from "../../endpoint/Endpoint.ts"
import type { ResponseError } from "../../errors/ResponseError.ts"
import type { Result } from "./envelope.ts"

interface Where {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

type Page<Item> = Result<ReadonlyArray<Item>>

/**
 * The next page begins after this one, by what really came. A page that is full, or that `count` says more than, is not
 * the last one; `count` may be -1 (not counted) or wrong, so it never ends anything. What does: a page that is empty, and
 * one whose offset is not what was asked for, since a server that ignores it would answer the first page for ever.
 */
const nextOffset = (page: Page<unknown>, asked: Where): number | undefined => {
  const offset = asked.offset ?? 0
  // limit 0 asks for everything at once
  if (asked.limit === 0 || page.limit === 0 || page.size <= 0 || page.offset !== offset) return undefined
  const end = offset + page.size
  // a server may allow less than was asked for
  const full = page.size >= Math.min(page.limit, asked.limit ?? page.limit)
  return full || page.count > end ? end : undefined
}

/** Adds `pages` and `items` to an endpoint whose query has `limit` and `offset`. */
export const byQuery = <S, Input extends Where, E extends ResponseError<string, number, unknown>, P extends string, Item>(
  endpoint: Endpoint.Endpoint<S, Input, Page<Item>, E, P>
): Endpoint.Paged<S, Input, Page<Item>, E, P, Item> =>
  Endpoint.paged(endpoint, {
    items: (page) => page.data,
    next: (page, input) => {
      const offset = nextOffset(page, input)
      return offset === undefined ? undefined : { ...input, offset }
    }
  })

/** Adds `pages` and `items` to an endpoint whose body has `limit` and `offset`. */
export const byBody = <S, Input extends { readonly body: Where }, E extends ResponseError<string, number, unknown>, P extends string, Item>(
  endpoint: Endpoint.Endpoint<S, Input, Page<Item>, E, P>
): Endpoint.Paged<S, Input, Page<Item>, E, P, Item> =>
  Endpoint.paged(endpoint, {
    items: (page) => page.data,
    next: (page, input) => {
      const offset = nextOffset(page, input.body)
      return offset === undefined ? undefined : { ...input, body: { ...input.body, offset } }
    }
  })
