/**
 * How a call wants its answer read.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { TransportError, TransportStream } from "../../services/Transport.ts"
import { limited } from "../transport/limited.ts"
import { concat } from "../../wire/bytes.ts"
import type { Plan } from "./call.ts"

/** Reads the whole body into memory. */
export const buffered: Plan<unknown, never>["exchange"] = (transport, request) => transport.send(request)

/** Leaves the body of a success on its way; any other is read, as far as it tells what went wrong, within the same limit. */
export const streamed: Plan<unknown, never, Scope.Scope>["exchange"] = (transport, request) =>
  Effect.withFiber((fiber) => {
    const clock = fiber.getRef(Clock.Clock)
    const start = clock.monotonicTimeNanosUnsafe()
    return Effect.flatMap(transport.open(request), (response) => {
      if (response.status >= 200 && response.status < 300) {
        return Effect.succeed({ status: response.status, headers: response.headers, body: noBytes, stream: response.body })
      }
      const body = collect(response.body, maxErrorBody)
      const spent = Number(clock.monotonicTimeNanosUnsafe() - start) / 1e6
      const { limit } = request
      return Effect.map(
        limit === undefined ? body : limited({ ...limit, millis: Math.max(0, limit.millis - spent), whole: limit.whole ?? limit.millis }, request, body),
        (bytes) => ({ status: response.status, headers: response.headers, body: bytes })
      )
    })
  })

/** bytes of an error that would have been streamed as a success */
const maxErrorBody = 65_536

const noBytes = new Uint8Array(0)

/** The first `limit` bytes of a stream. */
const collect = (stream: TransportStream["body"], limit: number): Effect.Effect<Uint8Array, TransportError> =>
  Effect.map(Stream.runFold(Stream.takeUntil(stream, (() => {
    let length = 0
    return (chunk: Uint8Array) => (length += chunk.length) >= limit
  })()), (): Array<Uint8Array> => [], (chunks, chunk) => (chunks.push(chunk), chunks)), concat)

