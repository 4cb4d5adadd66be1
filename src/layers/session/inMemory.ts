/**
 * Bodies that can be sent only once, where a server may ask for them again.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type CallError, ConnectionFailed, InvalidInput } from "../../errors/CallError.ts"
import type { AttemptFailure } from "../../services/Policy.ts"
import type { RequestBody } from "../../services/Transport.ts"
import { concat } from "../../wire/bytes.ts"
import type { CallState } from "./call.ts"
import { bounded } from "./hooks.ts"

/** The bytes of a stream, up to `limit`, which a server may ask for again; read once a call. Longer ones fail before anything is sent. */
export const inMemory = <A, E extends AttemptFailure, R>(
  call: CallState<A, E, R>,
  body: RequestBody & { readonly _tag: "Stream" },
  limit: number
): Effect.Effect<RequestBody, CallError> =>
  Effect.suspend(() => {
    if (call.inMemory !== undefined) return Effect.succeed(call.inMemory)
    const tooLong = Effect.fail(new InvalidInput({
      ...call.failure(),
      issues: [{
        path: "body",
        message: `the server may ask for a login before it takes the body, and a stream that can be sent only once is kept in memory up to ${limit} bytes: `
          + "give bytes or a stream that can be sent again, or sign in before, with authenticate()"
      }]
    }))
    if (body.length !== undefined && body.length > limit) return tooLong
    let length = 0
    const collected = Stream.runFold(
      Stream.takeUntil(body.stream, (chunk) => (length += chunk.length) > limit),
      (): Array<Uint8Array> => [],
      (chunks, chunk) => (chunks.push(chunk), chunks)
    )
    const failed = () => new ConnectionFailed({ ...call.failure(), reason: "body", processed: "no", detail: "the stream that gives the request body failed" })
    return bounded(call, Effect.flatMap(Effect.mapError(collected, failed), (chunks) =>
      length > limit ? tooLong : Effect.succeed(call.inMemory = { _tag: "Bytes", bytes: concat(chunks) })))
  })
