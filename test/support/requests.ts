/** Requests as a transport gets them, and what comes of them. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { TransportError, TransportRequest, TransportResponse } from "../../src/services/Transport.ts"

/** A GET, unless told otherwise. */
export const request = (url: string, fields: Partial<TransportRequest> = {}): TransportRequest => ({
  method: "GET",
  url: new URL(url),
  headers: {},
  body: undefined,
  operation: "getThing",
  attempt: 1,
  displayUrl: url,
  limit: undefined,
  partition: undefined,
  tls: undefined,
  proxy: undefined,
  maxResponseSize: undefined,
  ...fields
})

export const text = (response: TransportResponse): string => Buffer.from(response.body).toString("utf8")

export const bytes = (value: string) => ({ _tag: "Bytes", bytes: value }) as const

/** Expects a failure with this tag. */
export const failing = <Tag extends TransportError["_tag"], R>(tag: Tag, effect: Effect.Effect<unknown, TransportError, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.strictEqual(error._tag, tag, error.message)
    return error as Extract<TransportError, { _tag: Tag }>
  })

/** Waits for what happens elsewhere on this machine. */
export const until = (what: string, condition: () => boolean): Effect.Effect<void> =>
  Effect.gen(function*() {
    for (let i = 0; i < 400; i++) {
      if (condition()) return
      yield* Effect.sleep(5)
    }
    assert.fail(`never happened: ${what}`)
  })
