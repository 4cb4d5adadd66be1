/**
 * Bodies of one JSON text a line.
 *
 * @see https://jsonlines.org
 * @see https://www.rfc-editor.org/rfc/rfc7464 JSON text sequences: each text begins with a record separator
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TransportError } from "../../services/Transport.ts"
import * as MediaType from "../../wire/mediaType.ts"
import { decodeJsonText } from "../decode.ts"
import type { AnyCodec } from "../Param.ts"
import type { Reply } from "../Reply.ts"
import { textOf } from "./text.ts"

/**
 * One item a line, as a Stream: each is decoded when it comes. Adds `Scope` to what the endpoint needs. A line that does not
 * fit fails the stream with `DecodeFailed`; empty lines are none. Servers call this media type many names: any that says
 * JSON will do, and so do plain text and octets.
 *
 * @example
 * ```ts
 * const watch = Endpoint.get(Api, "/events", { success: Endpoint.Reply.jsonLines(Event) })
 * Stream.unwrap(watch()).pipe(Stream.runForEach((event) => Effect.log(event)))
 * ```
 */
export const jsonLines = <S extends AnyCodec>(schema: S, mediaType = "application/jsonl"): Reply<Stream.Stream<S["Type"], TransportError>> => ({
  "~credence/reply": "jsonLines",
  mediaType,
  schema,
  open: (response, context) =>
    Effect.map(textOf(response, mediaType, isLines, context), (text) => {
      const lines = Stream.filter(Stream.map(Stream.splitLines(text), withoutSeparator), (line) => line !== "")
      // decoded by `schema`, whose type it is
      return Stream.mapEffect(lines, (line) => decodeJsonText(schema, line, context, "a line")) as Stream.Stream<S["Type"], TransportError>
    })
})

const isLines = (essence: string): boolean => MediaType.isJson(essence) || /json|^text\/plain$|^application\/octet-stream$/.test(essence)

const withoutSeparator = (line: string): string => line.replace(/^\u001e+/, "").trim()
