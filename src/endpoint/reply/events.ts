/**
 * Bodies of server-sent events.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { DecodeFailed } from "../../errors/CallError.ts"
import type { DecodeContext } from "../../services/Operation.ts"
import type { TransportError } from "../../services/Transport.ts"
import { decodeJsonText } from "../decode.ts"
import type { AnyCodec } from "../Param.ts"
import type { Reply } from "../Reply.ts"
import { textOf } from "./text.ts"

/** One event of a server. */
export interface ServerSentEvent<out Data> {
  /** its type; `message` where the server names none */
  readonly event: string
  readonly id: string | undefined
  readonly data: Data
}

export interface EventsOptions {
  /** the data after which nothing more comes, such as `[DONE]`: ends the stream, and is no event */
  readonly end?: string | undefined
}

/**
 * Server-sent events as a Stream. Adds `Scope` to what the endpoint needs. With a schema the data is JSON and decoded by it:
 * data that does not fit fails the stream with `DecodeFailed`; without one it is text. The stream ends with the response: it
 * does not connect again.
 *
 * @example
 * ```ts
 * const watch = Endpoint.get(Api, "/jobs/{id}/events", { path: { id: Schema.String }, success: Endpoint.Reply.events(Progress) })
 * Stream.unwrap(watch({ id: "1" })).pipe(Stream.runForEach(({ event, data }) => Effect.log(event, data)))
 * ```
 */
export const events = <S extends AnyCodec = Schema.Codec<string>>(schema?: S, options: EventsOptions = {}): Reply<Stream.Stream<ServerSentEvent<S["Type"]>, TransportError>> => ({
  "~credence/reply": "events",
  mediaType,
  schema,
  open: (response, context) =>
    Effect.map(textOf(response, mediaType, () => false, context), (text) => {
      const found = Stream.takeWhile(parsed(text, context), ({ data }) => options.end === undefined || data.trim() !== options.end)
      const decoded = schema === undefined
        ? found
        : Stream.mapEffect(found, (event) => Effect.map(decodeJsonText(schema, event.data, context, "an event's data"), (data) => ({ ...event, data })))
      // decoded by `schema`, whose type it is; without one it is text
      return decoded as Stream.Stream<ServerSentEvent<S["Type"]>, TransportError>
    })
})

const mediaType = "text/event-stream"

const parsed = (text: Stream.Stream<string, TransportError>, context: DecodeContext): Stream.Stream<ServerSentEvent<string>, TransportError> =>
  Stream.suspend(() => {
    let found: Array<ServerSentEvent<string>> = []
    const parser = Sse.makeParser((event) => {
      // how long to wait before connecting again is for those who do
      if (event._tag === "Event") found.push({ event: event.event, id: event.id, data: event.data })
    })
    return Stream.flatMap(text, (chunk) => {
      const tooLarge = parser.feed(chunk)
      if (tooLarge !== undefined) return Stream.fail(new DecodeFailed({ ...context.failure, reason: "limit", issues: [{ path: "", message: tooLarge.message }], excerpt: undefined }))
      const out = found
      found = []
      return Stream.fromIterable(out)
    })
  })
