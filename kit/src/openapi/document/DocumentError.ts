import * as Data from "effect/Data"
import type { Position } from "./Document.ts"

/**
 * A document cannot be read: it does not exist, cannot be reached, is malformed, no OpenAPI document, or beyond a limit.
 * `message` is one line for people: `petstore.yaml:12:3: … `, with what to do.
 *
 * @example
 * ```ts
 * load(["petstore.yaml"]).pipe(Effect.catchTag("DocumentError", (e) => Console.error(e.message)))
 * ```
 */
export class DocumentError extends Data.TaggedError("DocumentError")<{
  /** name of the document: a path, a URL without credentials, or `standard input` */
  readonly document: string
  readonly line: number | undefined
  readonly column: number | undefined
  /** what is wrong, without the place */
  readonly reason: string
  readonly message: string
}> {
  constructor(args: { readonly document: string; readonly position?: Position | undefined; readonly reason: string }) {
    const place = args.position === undefined ? "" : `:${args.position.line}:${args.position.column}`
    super({
      document: args.document,
      line: args.position?.line,
      column: args.position?.column,
      reason: args.reason,
      message: `${args.document}${place}: ${args.reason}`
    })
  }
}
