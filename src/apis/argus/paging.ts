/**
 * Paging of Argus: `limit` and `offset` in, `count`, `size` and `offset` out.
 */
import type { Paging } from "../../endpoint/Endpoint.ts"
import type { Result } from "./envelope.ts"

interface Where {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/**
 * The next page begins after this one, by what really came. `count` may be -1 (not counted) or wrong, so it is never
 * believed against the facts: only a page that is shorter than asked for, or empty, is the last one; and so is one whose
 * offset is not what was asked for, since a server that ignores it would answer the first page for ever.
 */
const nextOffset = (page: Result<ReadonlyArray<unknown>>, asked: Where): number | undefined => {
  const offset = asked.offset ?? 0
  // limit 0 asks for everything at once
  if (asked.limit === 0 || page.limit === 0 || page.size <= 0 || page.offset !== offset) return undefined
  const limit = asked.limit ?? page.limit
  return page.size < limit ? undefined : offset + page.size
}

/** For endpoints whose query has `limit` and `offset`. */
export const byQuery = <Input extends Where, Item>(): Paging<Input, Result<ReadonlyArray<Item>>, Item> => ({
  items: (page) => page.data,
  next: (page, input) => {
    const offset = nextOffset(page, input)
    return offset === undefined ? undefined : { ...input, offset }
  }
})

/** For endpoints whose body has `limit` and `offset`. */
export const byBody = <Input extends { readonly body: Where }, Item>(): Paging<Input, Result<ReadonlyArray<Item>>, Item> => ({
  items: (page) => page.data,
  next: (page, input) => {
    const offset = nextOffset(page, input.body)
    return offset === undefined ? undefined : { ...input, body: { ...input.body, offset } }
  }
})
