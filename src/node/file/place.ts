/**
 * How files get to their places: complete, and never over another one unless asked to.
 */
import * as Effect from "effect/Effect"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { FileFailed } from "../../errors/FileError.ts"

/** Something done to a file, with what the system says where it cannot. */
export const attempt = <A>(action: string, file: string, run: () => Promise<A>): Effect.Effect<A, FileFailed> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new FileFailed({ path: file, action, code: cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined })
  })

export const removed = (file: string): Effect.Effect<void> => Effect.promise(() => fs.rm(file, { force: true }))

/** Fills a buffer as far as the file goes: a single read may give less. */
export const fill = async (handle: fs.FileHandle, buffer: Uint8Array, position: number): Promise<number> => {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

/** Two files hold the same bytes. One that cannot be read, or is no plain file, is not the same. */
const sameContent = (left: string, right: string): Effect.Effect<boolean> =>
  Effect.promise(async (signal) => {
    const handles: Array<fs.FileHandle> = []
    try {
      const sizes: Array<number> = []
      for (const file of [left, right]) {
        const stat = await fs.lstat(file)
        // before it is opened: to open a pipe would wait for somebody who writes to it
        if (!stat.isFile()) return false
        sizes.push(stat.size)
      }
      if (sizes[0] !== sizes[1]) return false
      const a = await fs.open(left, constants.O_RDONLY | constants.O_NOFOLLOW)
      handles.push(a)
      const b = await fs.open(right, constants.O_RDONLY | constants.O_NOFOLLOW)
      handles.push(b)
      const [one, other] = [Buffer.alloc(65_536), Buffer.alloc(65_536)]
      for (let position = 0; !signal.aborted; position += one.length) {
        const [read, expected] = [await fill(a, one, position), await fill(b, other, position)]
        if (read !== expected || !one.subarray(0, read).equals(other.subarray(0, read))) return false
        if (read < one.length) return true
      }
      return false
    } catch {
      return false
    } finally {
      for (const handle of handles) await handle.close()
    }
  })

/** Moves a complete file to its place. Never over another file unless asked to; the same file that is there may stay. */
export const move = (file: string, target: string, onExists: "rename" | "overwrite" | "fail", keepSame: boolean): Effect.Effect<string, FileFailed> => {
  const isThere = (place: string) => keepSame ? sameContent(file, place) : Effect.succeed(false)
  const { dir, ext, name } = path.parse(target)
  const placed = (count: number): Effect.Effect<string, FileFailed> => {
    const place = count === 0 ? target : path.join(dir, `${name} (${count})${ext}`)
    // a hard link fails if the name is taken, which rename would not
    return Effect.as(attempt("move", place, () => fs.link(file, place)), place).pipe(
      Effect.catchIf((error) => error.code === "EEXIST", (error) =>
        Effect.flatMap(isThere(place), (same) =>
          same ? Effect.succeed(place) : onExists === "rename" && count < 10_000 ? placed(count + 1) : Effect.fail(error)))
    )
  }
  const linked = Effect.tap(placed(0), () => removed(file))
  if (onExists !== "overwrite") return linked
  return Effect.flatMap(isThere(target), (same) => Effect.as(same ? removed(file) : attempt("move", target, () => fs.rename(file, target)), target))
}
