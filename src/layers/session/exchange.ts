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
      // the next round of a login goes over the same connection: what nobody needs is read away, since giving it up closes that
      const body = collect(response.body, maxErrorBody, request.connection === undefined ? maxErrorBody : maxReadAway)
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

/** bytes of such an error that are read at all, on a connection that is reserved */
const maxReadAway = 1_048_576

const noBytes = new Uint8Array(0)

/** The first `keep` bytes or a little more of a stream, of which `read` bytes are read at most. */
const collect = (stream: TransportStream["body"], keep: number, read: number): Effect.Effect<Uint8Array, TransportError> =>
  Effect.suspend(() => {
    let seen = 0
    let kept = 0
    const first = Stream.runFold(Stream.takeUntil(stream, (chunk) => (seen += chunk.length) >= read), (): Array<Uint8Array> => [], (chunks, chunk) => {
      if (kept < keep) chunks.push(chunk)
      kept += chunk.length
      return chunks
    })
    return Effect.map(first, concat)
  })

