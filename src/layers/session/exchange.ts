/**
 * How a call wants its answer read.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { TransportError, TransportStream } from "../../services/Transport.ts"
import { concat } from "../../wire/bytes.ts"
import type { Plan } from "./call.ts"

/** Reads the whole body into memory. */
export const buffered: Plan<unknown, never>["exchange"] = (transport, request) => transport.send(request)

/** Leaves the body of a success on its way; any other is read, since it tells what went wrong. */
export const streamed: Plan<unknown, never, Scope.Scope>["exchange"] = (transport, request) =>
  Effect.flatMap(transport.open(request), (response) =>
    response.status >= 200 && response.status < 300
      ? Effect.succeed({ status: response.status, headers: response.headers, body: noBytes, stream: response.body })
      : Effect.map(collect(response.body, 1_048_576), (body) => ({ status: response.status, headers: response.headers, body })))

const noBytes = new Uint8Array(0)

/** The first `limit` bytes of a stream. */
const collect = (stream: TransportStream["body"], limit: number): Effect.Effect<Uint8Array, TransportError> =>
  Effect.map(Stream.runFold(Stream.takeUntil(stream, (() => {
    let length = 0
    return (chunk: Uint8Array) => (length += chunk.length) >= limit
  })()), (): Array<Uint8Array> => [], (chunks, chunk) => (chunks.push(chunk), chunks)), concat)

