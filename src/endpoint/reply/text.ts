/**
 * The text of a body that is still on its way.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { DecodeFailed } from "../../errors/CallError.ts"
import type { DecodeContext } from "../../services/Operation.ts"
import type { TransportError, TransportStream } from "../../services/Transport.ts"
import { get } from "../../wire/headers.ts"
import * as MediaType from "../../wire/mediaType.ts"
import { otherType, unreadable } from "../decode.ts"

/**
 * The body as texts, in UTF-8, which both JSON lines and server-sent events are always in. A response that names a media type
 * which `accepts` does not take fails, such as a proxy's page in the place of an answer.
 */
export const textOf = (
  response: TransportStream,
  mediaType: string,
  accepts: (essence: string) => boolean,
  context: DecodeContext
): Effect.Effect<Stream.Stream<string, TransportError>, DecodeFailed> => {
  const given = MediaType.parse(get(response.headers, "content-type"))
  if (given !== undefined && !MediaType.matches(mediaType, given.essence) && !accepts(given.essence)) return Effect.fail(otherType({ mediaType }, given, undefined, context))
  const decoding = Stream.suspend(() => {
    const decoder = new TextDecoder("utf-8", { fatal: true })
    const decode = (chunk?: Uint8Array): Effect.Effect<string, DecodeFailed> => {
      try {
        return Effect.succeed(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }))
      } catch {
        return Effect.fail(unreadable(undefined, chunk ?? new Uint8Array(0), context))
      }
    }
    return Stream.concat(Stream.mapEffect(response.body, decode), Stream.fromEffect(Effect.suspend(decode)))
  })
  return Effect.succeed(Stream.filter(decoding, (text) => text !== ""))
}
