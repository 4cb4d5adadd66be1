/**
 * Doing something again whenever files change.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { filesIn } from "../openapi/document/source.ts"

/** What a round of work was made of: full paths. */
export interface Sources {
  readonly files: ReadonlyArray<string>
  /** with all documents in them and below */
  readonly folders: ReadonlyArray<string>
  /** folders that the work itself writes to */
  readonly ignored: ReadonlyArray<string>
}

/** Editors write a file in several steps: the work begins when nothing has happened for so long. */
const pause = "100 millis"

/**
 * Does the work, and again after each change of its sources, for ever. The work gives what to watch next; a change that
 * happens while it is done is not lost.
 */
export const watching = <R>(options: {
  readonly run: Effect.Effect<Sources, never, R>
  /** called when changes are being waited for */
  readonly onReady: (sources: Sources) => Effect.Effect<void>
}): Effect.Effect<never, never, R | FileSystem.FileSystem | Path.Path> =>
  Effect.forever(Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const sources = yield* options.run
    yield* Effect.scoped(Effect.gen(function*() {
      const changes = yield* watchAll(sources)
      // a watcher tells nothing of what happened before it
      if (yield* changedSince(sources, start)) yield* Queue.offer(changes, undefined)
      yield* options.onReady(sources)
      yield* Queue.take(changes)
      while (Option.isSome(yield* Effect.timeoutOption(Queue.take(changes), pause)));
    }))
  }))

const watchAll = Effect.fnUntraced(function*(sources: Sources): Effect.fn.Return<Queue.Queue<undefined>, never, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const path = yield* Path.Path
  const changes = yield* Queue.unbounded<undefined>()
  const files = new Set(sources.files)
  const concerns = (file: string): boolean =>
    files.has(file)
    || (/\.(?:json|ya?ml)$/i.test(file) && sources.folders.some((folder) => below(path, file, folder)) && !sources.ignored.some((folder) => below(path, file, folder)))

  // editors replace files by others of the same name: the folder sees that, the file does not
  const places = new Map<string, boolean>()
  for (const file of sources.files) places.set(yield* nearest(path.dirname(file)), false)
  for (const folder of sources.folders) places.set(yield* nearest(folder), true)
  for (const [place, recursive] of places) yield* watchOne(place, recursive, concerns, changes)
  return changes
})

/** Watches one folder. Gives back when it does. */
const watchOne = Effect.fnUntraced(function*(place: string, recursive: boolean, concerns: (file: string) => boolean, changes: Queue.Queue<undefined>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const ready = yield* Queue.unbounded<undefined>()
  const onReady = (): void => void Queue.offerUnsafe(ready, undefined)
  const watcher = yield* Effect.forkScoped(
    Stream.runForEach(fs.watch(place, { recursive, onReady }), (event) => concerns(path.resolve(place, event.path)) ? Queue.offer(changes, undefined) : Effect.void)
  )
  // a folder that cannot be watched is no reason to stop: it may have gone just now
  yield* Effect.race(Queue.take(ready), Effect.exit(Fiber.join(watcher)))
})

/** The folder itself, or the innermost one around it that is there. */
const nearest = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  let at = folder
  while (path.dirname(at) !== at && !(yield* Effect.orElseSucceed(fs.exists(at), () => false))) at = path.dirname(at)
  return at
})

const below = (path: Path.Path, file: string, folder: string): boolean => file.startsWith(`${folder}${path.sep}`)

/** Was one of the sources changed since then (milliseconds)? */
export const changedSince = Effect.fnUntraced(function*({ files, folders, ignored }: Sources, start: number) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const found = yield* Effect.forEach(folders, (folder) => Effect.orElseSucceed(filesIn(folder), () => []))
  for (const file of [...files, ...found.flat().filter((file) => !ignored.some((folder) => below(path, file, folder)))]) {
    const info = yield* Effect.option(fs.stat(file))
    const time = Option.flatMap(info, ({ mtime }) => mtime)
    if (Option.isSome(time) && time.value.getTime() >= start) return true
  }
  return false
})
