/**
 * Waiting until an object is as it should be.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { Unrecognized } from "../../endpoint/Open.ts"

/** The state of an object as a text, one that nobody knows included; `undefined` where it has none. */
export const statusOf = (object: { readonly status?: string | Unrecognized<string> | undefined }): string | undefined =>
  typeof object.status === "object" ? object.status.value : object.status

/** How it was when the wait ended. */
export interface Missed<out A = unknown> {
  /** `ended`: the Schedule ended before; `failed`: it will never come */
  readonly reason: "ended" | "failed"
  readonly detail?: string | undefined
  readonly last: A
  readonly looks: number
  /** since the first look */
  readonly elapsed: Duration.Duration
}

/** It did not come to what was waited for. `last` is how the object was when it was last looked at. */
export class StateNotReached<out A = unknown> extends /*#__PURE__*/ Data.TaggedError("StateNotReached")<Missed & { readonly message: string }> {
  declare readonly last: A
  constructor(args: Missed<A>) {
    const what = args.reason === "ended" ? "the state was not reached" : "the state will not be reached"
    const status = hasStatus(args.last) ? `; the status is ${statusOf(args.last)}` : ""
    const looks = `${args.looks} ${args.looks === 1 ? "look" : "looks"} in ${Duration.format(args.elapsed)}`
    super({ ...args, message: `${what} after ${looks}${args.detail === undefined ? "" : `: ${args.detail}`}${status}` })
  }
}

const hasStatus = (u: unknown): u is { readonly status: string | Unrecognized<string> } =>
  typeof u === "object" && u !== null && "status" in u && (typeof u.status === "string" || u.status instanceof Unrecognized)

/** How the wait stands. */
export interface Progress<out A> {
  readonly value: A
  /** 1 for the first */
  readonly looks: number
  /** since the first look */
  readonly elapsed: Duration.Duration
}

export interface WaitOptions<A, E = never, R = never, E2 = never, R2 = never> {
  /** is it as it should be? */
  readonly until: (value: A) => boolean
  /** why it will never be; `undefined`: it may */
  readonly failed?: ((value: A) => string | undefined) | undefined
  /** when to look again, by what was seen; when it ends, the wait fails. Default {@link patiently} */
  readonly schedule?: Schedule.Schedule<unknown, A, E2, R2> | undefined
  /** told each look that was not the last */
  readonly onProgress?: ((progress: Progress<A>) => Effect.Effect<unknown, E, R>) | undefined
}

/** Every 2 seconds, for 10 minutes: as long as machines take to start. */
export const patiently: Schedule.Schedule<unknown> = /*#__PURE__*/ (() => Schedule.upTo(Schedule.spaced("2 seconds"), { duration: "10 minutes" }))()

/**
 * Looks at something until it is as it should be. Fails with {@link StateNotReached} when the Schedule ends before, or when
 * `failed` says why it never will be; and with what looking fails with.
 *
 * @example
 * ```ts
 * yield* startVm({ id, body: {} })
 * const vm = yield* OvirtWait.until(getVm({ id }), {
 *   until: (vm) => vm.status === "up",
 *   schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ duration: "2 minutes" })),
 *   onProgress: ({ elapsed, value }) => Effect.log(`${OvirtWait.statusOf(value)} after ${Duration.format(elapsed)}`)
 * })
 * ```
 */
export const until = <A, E, R, E2 = never, R2 = never, E3 = never, R3 = never>(
  look: Effect.Effect<A, E, R>,
  options: WaitOptions<A, E2, R2, E3, R3>
): Effect.Effect<A, E | E2 | E3 | StateNotReached<A>, R | R2 | R3> =>
  Effect.gen(function*() {
    const schedule: Schedule.Schedule<unknown, A, E3, R3> = options.schedule ?? patiently
    const step = yield* Schedule.toStepWithSleep(schedule)
    const began = yield* Clock.currentTimeMillis
    for (let looks = 1;; looks++) {
      const value = yield* look
      if (options.until(value)) return value
      const elapsed = Duration.millis((yield* Clock.currentTimeMillis) - began)
      const failed = options.failed?.(value)
      if (failed !== undefined) return yield* new StateNotReached<A>({ reason: "failed", detail: failed, last: value, looks, elapsed })
      if (options.onProgress !== undefined) yield* options.onProgress({ value, looks, elapsed })
      const ended = yield* Pull.matchEffect(step(value), {
        onSuccess: () => Effect.succeed(false),
        onDone: () => Effect.succeed(true),
        onFailure: Effect.failCause
      })
      if (ended) return yield* new StateNotReached<A>({ reason: "ended", last: value, looks, elapsed })
    }
  })
