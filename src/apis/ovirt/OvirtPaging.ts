/**
 * Pages of the engine's lists, which are named in the search itself: `name=web* page 2`.
 */
import * as Equal from "effect/Equal"
import type { Endpoint, Paged } from "../../endpoint/Endpoint.ts"
import { rejected } from "../../endpoint/Open.ts"
import { pagesOf } from "../../endpoint/pages.ts"
import type { ResponseError } from "../../errors/ResponseError.ts"
import { isRecord } from "../../wire/json.ts"

/** What lists take that have pages. */
export interface Searched {
  readonly search?: string | undefined
  /** items a page. Default 100; below 1 there is one page, with what the engine gives then */
  readonly max?: number | undefined
}

const pageOf = (search: string): { readonly criteria: string; readonly page: number } => {
  const found = /^(.*?)\s*\bpage\s+(\d+)\s*$/is.exec(search)
  return found === null ? { criteria: search.trim(), page: 1 } : { criteria: found[1]?.trim() ?? "", page: Number(found[2]) }
}

/** what else there is of an object may change between two looks */
const idOf = (item: unknown): unknown => isRecord(item) && "id" in item ? item["id"] : item

/** Where a walk stands. */
interface At<Input> {
  readonly input: Input
  /** which objects the page before had; `undefined`: there was none */
  readonly last: ReadonlyArray<unknown> | undefined
}

/**
 * A list with `pages` and `items`: lazy Streams of every page, and of every item of every page. Ends at a page that is not
 * full, and where the engine gives the same page again, as it does to users who may not search.
 *
 * Order the list (`sortby name asc`) where it changes meanwhile: pages are counted anew each time.
 *
 * @example
 * ```ts
 * const allVms = OvirtPaging.paged(listVms, (page) => page.vm)
 * const names = allVms.items({ search: "status=up sortby name asc", max: 50 }).pipe(Stream.map((vm) => vm.name))
 * ```
 */
export const paged = <S, Input extends Searched, A, E extends ResponseError<string, number, unknown>, P extends string, H, Item>(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  items: (page: A) => ReadonlyArray<Item> | undefined
): Paged<S, Input, A, E, P, Item, H> =>
  pagesOf(endpoint, {
    start: (input): At<Input> => ({ input: { ...input, max: input.max ?? 100 }, last: undefined }),
    fetch: (session, { input }) => session.execute(endpoint.operation, input),
    page: (answer) => answer,
    items: (answer) => items(answer) ?? [],
    over: (answer, { last }) => last !== undefined && Equal.equals((items(answer) ?? []).map(idOf), last),
    next: (answer, { input }) => {
      const found = items(answer) ?? []
      const max = input.max ?? 100
      // objects that could not be read have had their place
      if (max < 1 || found.length + rejected(found).length < max) return undefined
      const { criteria, page } = pageOf(input.search ?? "")
      return { input: { ...input, search: `${criteria} page ${page + 1}`.trim() }, last: found.map(idOf) }
    }
  })
