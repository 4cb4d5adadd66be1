/** What can go wrong on purpose, and the queue of what shall. */
import * as Schema from "effect/Schema"
import type { HttpRequest } from "../http/message.ts"

/**
 * One thing that shall go wrong with the next requests that match.
 *
 * - `method` and `path` (a prefix) choose the requests; left out, any will do. `times` is how many of them (1).
 * - `status` answers with that status instead of asking the service, with these headers (such as `Retry-After`) and this body:
 *   text as it is, anything else as JSON, and the service's own envelope where none is given.
 * - `reset` resets the connection without an answer; with `handled`, only after the service did what was asked.
 * - `delay` waits before anything else happens, in milliseconds; it adds to a fault of another kind.
 * - `drop` sends the headers and `after` bytes of the body (half of it unless given), then breaks the connection.
 *
 * @example
 * const twice: Fault = { kind: "status", status: 503, headers: { "Retry-After": "1" }, path: "/cases/", times: 2 }
 */
export type Fault = FaultMatch & FaultKind

interface FaultMatch {
  readonly method?: string
  readonly path?: string
  readonly times?: number
}

type FaultKind =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | { readonly kind: "reset"; readonly handled?: boolean }
  | { readonly kind: "delay"; readonly milliseconds: number }
  | { readonly kind: "drop"; readonly after?: number }

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const match = {
  method: Schema.optionalKey(Schema.String),
  path: Schema.optionalKey(Schema.String),
  times: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))
}

/** A fault as JSON, for the control API. */
export const FaultSchema: Schema.Codec<Fault> = Schema.Union([
  Schema.Struct({
    ...match,
    kind: Schema.Literal("status"),
    status: Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })),
    headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
    body: Schema.optionalKey(Schema.Unknown)
  }),
  Schema.Struct({ ...match, kind: Schema.Literal("reset"), handled: Schema.optionalKey(Schema.Boolean) }),
  Schema.Struct({ ...match, kind: Schema.Literal("delay"), milliseconds: Natural }),
  Schema.Struct({ ...match, kind: Schema.Literal("drop"), after: Schema.optionalKey(Natural) })
])

/** The faults that wait for their requests, in the order they came in. */
export interface Faults {
  readonly add: (fault: Fault) => void
  /** What shall go wrong with this request: the first fitting delay, and the first fitting fault of another kind. */
  readonly take: (request: HttpRequest) => { readonly delay: number; readonly fault: Exclude<FaultKind, { readonly kind: "delay" }> | undefined }
  readonly clear: () => void
}

export const makeFaults = (): Faults => {
  let waiting: ReadonlyArray<{ readonly fault: Fault; readonly left: number }> = []

  const take = <F extends Fault>(request: HttpRequest, wanted: (fault: Fault) => fault is F): F | undefined => {
    const fits = ({ fault }: { readonly fault: Fault }): boolean =>
      wanted(fault) && (fault.method === undefined || fault.method.toUpperCase() === request.method)
      && (fault.path === undefined || request.path.startsWith(fault.path))
    const found = waiting.find(fits)
    if (found === undefined || !wanted(found.fault)) return undefined
    waiting = waiting.flatMap((entry) => entry !== found ? [entry] : entry.left > 1 ? [{ ...entry, left: entry.left - 1 }] : [])
    return found.fault
  }

  return {
    add: (fault) => {
      waiting = [...waiting, { fault, left: fault.times ?? 1 }]
    },
    take: (request) => ({
      delay: take(request, (fault) => fault.kind === "delay")?.milliseconds ?? 0,
      fault: take(request, (fault) => fault.kind !== "delay")
    }),
    clear: () => {
      waiting = []
    }
  }
}
