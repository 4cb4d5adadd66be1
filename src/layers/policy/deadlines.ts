/**
 * Limits of time for many short operations: adding and removing one costs a fraction of a microsecond, where a timer or a
 * fiber for each would cost several.
 *
 * Entries with the same limit form a queue that is ordered by itself, so the earliest is always at the head of one of
 * few queues. One fiber sleeps until the earliest of all, and only while something is pending. Times are exact, never
 * rounded to slots: a `TestClock` that is moved to the limit must reach it.
 *
 * Everything is keyed by the caller's `Clock`, since a session built outside a test has another clock than a call in it.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"

/** The fiber never sleeps longer than this, so that it is gone soon after the last entry. */
const lingerNanos = 250 * 1e6

interface Queue {
  readonly nanos: number
  head: Entry | undefined
  tail: Entry | undefined
}

/**
 * Something with a limit of time. An entry can be in one place at a time and may be used again once it was removed or has
 * expired.
 *
 * **Gotchas**
 *
 * `expire` runs inside the fiber that serves all entries of this clock: it must not throw. The entry has already been
 * removed when it is called. The other fields belong to {@link Deadlines}.
 */
export abstract class Entry {
  /** nanoseconds on the monotonic clock */
  due = 0
  queue: Queue | undefined = undefined
  previous: Entry | undefined = undefined
  next: Entry | undefined = undefined
  /** called once, when the limit is reached before the entry was removed */
  abstract expire(): void
}

const byClock = new WeakMap<Clock.Clock, Deadlines>()

/**
 * The pending limits of one clock.
 *
 * @example
 * ```ts
 * const deadlines = Deadlines.of(fiber.getRef(Clock.Clock))
 * deadlines.add(entry, 30_000, fiber)   // entry.expire() after 30 seconds …
 * deadlines.remove(entry)               // … unless it was removed
 * ```
 */
export class Deadlines {
  /** The deadlines of a clock; there is one instance for each. */
  static of(clock: Clock.Clock): Deadlines {
    let deadlines = byClock.get(clock)
    if (deadlines === undefined) byClock.set(clock, deadlines = new Deadlines(clock))
    return deadlines
  }

  private readonly clock: Clock.Clock
  private readonly queues = new Map<number, Queue>()
  private readonly expired: Queue = { nanos: -1, head: undefined, tail: undefined }
  private count = 0
  private fiber: Fiber.Fiber<void> | undefined = undefined
  private wakeAt = Infinity

  private constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  /** How many entries are pending. */
  get size(): number {
    return this.count
  }

  /** How many distinct limits are pending. */
  get distinct(): number {
    return this.queues.size
  }

  /** Is a fiber sleeping for these deadlines? For 250 ms after the last entry there may be one. */
  get active(): boolean {
    return this.fiber !== undefined
  }

  /** Milliseconds on the monotonic clock; only differences mean something. */
  now(): number {
    return this.nanos() / 1e6
  }

  // Whole nanoseconds, so that sums and comparisons are exact (a double holds 104 days of them).
  private nanos(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe())
  }

  /**
   * Calls `entry.expire()` in `millis` from now unless the entry is removed before. An infinite limit is never reached.
   * `fiber` is the caller: its scheduler serves the sleep, and nothing else of it is kept.
   */
  add(entry: Entry, millis: number, fiber: Fiber.Fiber<unknown, unknown>): void {
    if (entry.queue !== undefined) this.remove(entry)
    if (!(millis < Infinity)) return
    const nanos = millis > 0 ? Math.round(millis * 1e6) : 0
    let queue = this.queues.get(nanos)
    if (queue === undefined) this.queues.set(nanos, queue = { nanos, head: undefined, tail: undefined })
    const now = this.nanos()
    entry.due = now + nanos
    append(queue, entry)
    this.count++
    if (this.fiber === undefined) {
      this.start(now, entry.due, fiber)
    } else if (entry.due < this.wakeAt) {
      // Rare: at most once for each distinct limit shorter than 250 ms.
      this.fiber.interruptUnsafe()
      this.start(now, entry.due, fiber)
    }
  }

  /** Removes an entry; one that is not pending is left alone. */
  remove(entry: Entry): void {
    const queue = entry.queue
    if (queue === undefined) return
    unlink(queue, entry)
    this.count--
    // Limits may be arbitrary (what is left of a deadline), so an empty queue must not stay.
    if (queue.head === undefined && queue !== this.expired) this.queues.delete(queue.nanos)
  }

  private start(now: number, due: number, caller: Fiber.Fiber<unknown, unknown>): void {
    // The scheduler belongs to the clock: a TestClock learns through its own one when a woken fiber has come to rest.
    const context = Context.make(Clock.Clock, this.clock).pipe(
      Context.add(Scheduler.Scheduler, caller.getRef(Scheduler.Scheduler))
    )
    const fiber = Effect.runForkWith(context)(Effect.flatMap(this.sleepUntil(now, due), () => this.loop))
    this.fiber = fiber
    fiber.addObserver(() => {
      if (this.fiber !== fiber) return
      this.fiber = undefined
      this.wakeAt = Infinity
    })
  }

  private sleepUntil(now: number, due: number): Effect.Effect<void> {
    this.wakeAt = Math.min(due, now + lingerNanos)
    const nanos = this.wakeAt - now
    // Yielding keeps `expire` out of `add`, whose caller is not ready for it yet.
    return nanos <= 0 ? Effect.yieldNow : this.clock.sleep(Duration.millis(nanos / 1e6))
  }

  private readonly loop: Effect.Effect<void> = Effect.suspend(() => {
    const now = this.nanos()
    // First all that is due moves to a queue of its own: what `expire` adds must wait for the next turn, and what it
    // removes must not expire.
    for (const queue of this.queues.values()) {
      while (queue.head !== undefined && queue.head.due <= now) {
        const entry = queue.head
        unlink(queue, entry)
        append(this.expired, entry)
      }
      if (queue.head === undefined) this.queues.delete(queue.nanos)
    }
    while (this.expired.head !== undefined) {
      const entry = this.expired.head
      this.remove(entry)
      entry.expire()
    }
    if (this.count === 0) return Effect.void
    let due = Infinity
    for (const queue of this.queues.values()) if (queue.head!.due < due) due = queue.head!.due
    return Effect.flatMap(this.sleepUntil(this.nanos(), due), () => this.loop)
  })
}

const append = (queue: Queue, entry: Entry): void => {
  entry.queue = queue
  entry.previous = queue.tail
  entry.next = undefined
  if (queue.tail === undefined) queue.head = entry
  else queue.tail.next = entry
  queue.tail = entry
}

const unlink = (queue: Queue, entry: Entry): void => {
  if (entry.previous === undefined) queue.head = entry.next
  else entry.previous.next = entry.next
  if (entry.next === undefined) queue.tail = entry.previous
  else entry.next.previous = entry.previous
  entry.queue = undefined
  entry.previous = undefined
  entry.next = undefined
}

/**
 * Bounds any effect: after `millis` it is interrupted and `onTimeout` goes on in its place. For places that run seldom:
 * it forks a fiber each time, where an {@link Entry} costs next to nothing.
 */
export const within = <A2, E2, R2>(millis: number, onTimeout: () => Effect.Effect<A2, E2, R2>) =>
<A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A | A2, E | E2, R | R2> =>
  millis < Infinity ? Effect.timeoutOrElse(self, { duration: Duration.millis(millis), orElse: onTimeout }) : self
