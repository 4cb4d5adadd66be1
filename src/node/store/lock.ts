/**
 * A lock in a folder, among processes. It outlives neither its holder nor a clock: who waits looks whether the holder still
 * shows signs of life, by a clock of its own that never steps.
 *
 * Each lock is a file `<fence>.lock`; the one with the highest number counts. To take it is to make the next number, which the
 * system lets exactly one do, so two that take over from a dead holder at once cannot both have it. Nothing that counts is ever
 * removed: a file goes when there is a higher one.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { readFileSync, readlinkSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type { StoreFailed } from "../../errors/StoreFailed.ts"
import { attempt, codeOf, createPrivate } from "./disk.ts"

export interface Lock {
  readonly fence: number
  /** nobody came after it */
  readonly isLast: () => Promise<boolean>
}

/** The highest number among the files of a kind, 0 where there is none. */
export const highest = (names: ReadonlyArray<string>, kind: string): number =>
  names.reduce((most, name) => Math.max(most, numberOf(name, kind)), 0)

/** The number of a file `<number>.<kind>`; 0: it is none. */
export const numberOf = (name: string, kind: string): number =>
  name.endsWith(`.${kind}`) && /^[1-9]\d{0,14}\./.test(name) && name.indexOf(".") === name.length - kind.length - 1 ? Number.parseInt(name, 10) : 0

/** Who holds a lock: enough to see that it is dead, where that can be seen. */
interface Holder {
  readonly id: string
  readonly lease: number
  readonly pid: number
  readonly where: string
  readonly started: string
}

/** A lock as it is read. */
interface Seen {
  readonly number: number
  /** the same lock has the same, for ever */
  readonly identity: string
  /** changes while the holder lives */
  readonly beat: string
  readonly free: boolean
  readonly holder: Holder | undefined
}

/** Takes the lock of a folder when its turn comes; it ends with its scope, or `lease` milliseconds after the holder's last sign of life. */
export const take = (store: string, folder: string, lease: number): Effect.Effect<Lock, StoreFailed, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const now = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    const watch = patience(lease)
    for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
      // a lock that was taken over belongs to somebody else, who made a file of another name: this one is still ours to mark
      const held = yield* Effect.uninterruptible(Effect.tap(
        attempt(store, folder, () => next(folder, lease, watch, now)),
        (mine) => mine === undefined ? Effect.void : Effect.addFinalizer(() => Effect.promise(() => free(mine.handle)))
      ))
      if (held === undefined) {
        // not all at the same moment
        yield* Effect.sleep(pause * (0.5 + (yield* Random.next)))
        continue
      }
      let beats = 0
      const beat = Effect.promise(() => held.handle.write(stamp(++beats), 2).then(() => undefined, () => undefined))
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(lease / 3), beat)))
      return {
        fence: held.number,
        isLast: async () => highest(await fs.readdir(folder), "lock") === held.number
      }
    }
  })

/** A lock of this process. */
interface Mine {
  readonly number: number
  readonly handle: fs.FileHandle
}

/** Tries once; `undefined`: somebody else has it. */
const next = async (folder: string, lease: number, watch: Patience, now: () => number): Promise<Mine | undefined> => {
  const head = highest(await fs.readdir(folder), "lock")
  const seen = head === 0 ? undefined : await look(folder, head)
  // gone meanwhile: there is a higher one
  if (head > 0 && seen === undefined) return undefined
  if (seen !== undefined && !seen.free && !isDead(seen.holder) && !watch.isOver(seen, now())) return undefined
  const number = head + 1
  const file = path.join(folder, `${number}.lock`)
  let handle: fs.FileHandle
  try {
    handle = await createPrivate(file)
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return undefined
    throw cause
  }
  try {
    const holder: Holder = { id: randomUUID(), lease, ...me() }
    await handle.write(`H ${stamp(0)} ${JSON.stringify(holder)}\n`, 0)
    // While this process looked away, others may have made this number, and later ones, and have removed it with all before:
    // then what it was to follow is gone. They remove from below.
    const before = head === 0 ? undefined : await look(folder, head)
    const names = await fs.readdir(folder)
    if (before?.identity !== seen?.identity || highest(names, "lock") > number) {
      await free(handle)
      return undefined
    }
    const old = names.map((name) => numberOf(name, "lock")).filter((other) => other > 0 && other < number).sort((a, b) => a - b)
    for (const other of old) await fs.rm(path.join(folder, `${other}.lock`), { force: true })
    return { number, handle }
  } catch (cause) {
    // a full disk: what is there says nothing and would be waited for
    await fs.rm(file, { force: true }).catch(() => undefined)
    await handle.close().catch(() => undefined)
    throw cause
  }
}

const stamp = (beats: number): string => String(beats).padStart(10, "0")

/** One byte: nobody reads half of it. The file stays, since a lower one would count without it. */
const free = async (handle: fs.FileHandle): Promise<void> => {
  await handle.write("F", 0).catch(() => undefined)
  await handle.close().catch(() => undefined)
}

const look = async (folder: string, number: number): Promise<Seen | undefined> => {
  const file = path.join(folder, `${number}.lock`)
  try {
    const [text, stat] = [await fs.readFile(file, "utf8"), await fs.stat(file)]
    const holder = parse(text.slice(13))
    return { number, identity: holder?.id ?? `${stat.ino} ${stat.birthtimeMs}`, beat: text.slice(2, 12), free: text.startsWith("F"), holder }
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined
    throw cause
  }
}

/** `undefined`: being written, or cut off by a crash */
const parse = (text: string): Holder | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== "object" || value === null) return undefined
    const { id, lease, pid, where, started } = value as Readonly<Record<string, unknown>>
    return typeof id === "string" && typeof lease === "number" && typeof pid === "number" && typeof where === "string" && typeof started === "string"
      ? { id, lease, pid, where, started }
      : undefined
  } catch {
    return undefined
  }
}

/** How long somebody has watched a lock without a sign of life. */
interface Patience {
  readonly isOver: (seen: Seen, now: number) => boolean
}

const patience = (ownLease: number): Patience => {
  let last: { readonly sign: string; readonly at: number; readonly waited: number } | undefined
  return {
    isOver: (seen, now) => {
      const sign = `${seen.number} ${seen.identity} ${seen.beat}`
      const lease = Math.min(Math.max(seen.holder?.lease ?? ownLease, 100), longestLease)
      // who was stopped itself saw nothing meanwhile, so a long gap counts as a short one
      const waited = last?.sign === sign ? last.waited + Math.min(now - last.at, lease / 4) : 0
      last = { sign, at: now, waited }
      return waited > lease
    }
  }
}

const longestLease = 600_000

/** On Linux: this run of this kernel, and this space of process numbers; elsewhere nothing that could be compared. */
const here = (): string => {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`
  } catch {
    return ""
  }
}

/** State and start time of a process (fields 3 and 22 of proc_pid_stat(5)); `undefined`: there is none, or no /proc */
const processOf = (pid: number | "self"): { readonly state: string; readonly started: string } | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // the name before may hold anything, but no later parenthesis follows
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return { state: fields[0] ?? "", started: fields[19] ?? "" }
  } catch {
    return undefined
  }
}

const me = (): Pick<Holder, "pid" | "where" | "started"> => ({ pid: process.pid, where: here(), started: processOf("self")?.started ?? "" })

/** Surely dead; where that cannot be seen, its lease has to run out. */
const isDead = (holder: Holder | undefined): boolean => {
  if (holder === undefined || holder.where === "" || holder.where !== here()) return false
  try {
    process.kill(holder.pid, 0)
  } catch (cause) {
    return codeOf(cause) === "ESRCH"
  }
  const running = processOf(holder.pid)
  // killed and not yet buried by its parent, or another process by now
  return running !== undefined && (running.state === "Z" || running.state === "X" || running.started !== holder.started)
}
