/**
 * A session as `fetch`, for clients that are not Effect's.
 *
 * @see https://fetch.spec.whatwg.org/#fetch-method
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { RawRequest, Session } from "../../services/Session.ts"
import { toWebResponse } from "../transport/httpClient.ts"

/** The part of the web's `fetch` that clients of generators use. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * The session as a `fetch`: authenticated, with its retries, deadline and redirects (`init.redirect` and `init.credentials`
 * are the session's to decide). A path that begins with `/` is below the base URL; another origin gets no credentials. A
 * status is a response; what fails rejects with the typed error. The signal interrupts.
 *
 * @example
 * ```ts
 * const fetch = yield* Session.fetch(Billing)
 * const client = createClient<paths>({ baseUrl: "https://billing.example.com", fetch }) // openapi-fetch
 * ```
 */
export const fetch = <Self>(session: Context.Key<Self, Session>): Effect.Effect<Fetch, never, Self> =>
  Effect.gen(function*() {
    const s = yield* session
    const context = yield* Effect.context<never>()
    return async (input, init) => {
      const path = typeof input === "string" && input.startsWith("/") ? input : undefined
      // Request knows how to read every kind of body; it takes absolute URLs only
      const request = new Request(path === undefined ? input : `http://relative${path}`, init)
      const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
      const raw: RawRequest = {
        method: request.method,
        url: path ?? request.url,
        headers: Object.fromEntries(request.headers),
        ...(body === undefined ? {} : { body: { _tag: "Bytes", bytes: body } })
      }
      const exit = await Effect.runPromiseExitWith(context)(s.request(raw), { signal: request.signal })
      if (Exit.isFailure(exit) && request.signal.aborted && Cause.hasInterruptsOnly(exit.cause)) throw request.signal.reason
      // squash gives the typed error itself, so that `instanceof` and `_tag` work for the caller
      if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
      return toWebResponse(exit.value)
    }
  })
