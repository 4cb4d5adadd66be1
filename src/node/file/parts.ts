/**
 * Files that are read and written in parts, in any order.
 */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { FileFailed } from "../../errors/FileError.ts"
import type { OpenSource, PartTarget, Whole } from "../../services/Files.ts"
import { safeFileName } from "../../wire/contentDisposition.ts"
import { attempt, fill, move, removed } from "./place.ts"

/**
 * A file to be sent. It fails where the file changes while it is read, as far as its size and its time of change tell.
 *
 * @example
 * ```ts
 * IcaFiles.upload({ projectId }, { from: NodeFile.source("reads.bam") })
 * ```
 */
export const source = (file: string): OpenSource =>
  Effect.gen(function*() {
    const handle = yield* Effect.acquireRelease(attempt("open", file, () => fs.open(file, constants.O_RDONLY)), (opened) => Effect.promise(() => opened.close()))
    const before = yield* attempt("open", file, () => handle.stat())
    if (!before.isFile()) return yield* new FileFailed({ path: file, action: "send what is no plain file,", code: undefined })
    const changed = (): FileFailed => new FileFailed({ path: file, action: "send what changes meanwhile,", code: undefined })
    return {
      name: path.basename(file),
      size: before.size,
      read: (offset, length) =>
        Effect.flatMap(
          attempt("read", file, async () => {
            const buffer = new Uint8Array(length)
            return { buffer, filled: await fill(handle, buffer, offset) }
          }),
          ({ buffer, filled }) => filled === length ? Effect.succeed(buffer) : Effect.fail(changed())
        ),
      unchanged: Effect.flatMap(attempt("read", file, () => handle.stat()), (after) =>
        after.size === before.size && after.mtimeMs === before.mtimeMs ? Effect.void : Effect.fail(changed()))
    }
  })

export interface PartsOptions {
  /** made if it is not there */
  readonly folder: string
  /** name of the file. Default: what is proposed, made safe */
  readonly name?: string | undefined
  /**
   * keeps what came of a download that did not end, and goes on with it next time, if the file on the server is the same
   * version still. Each part is checked by its SHA-256 before it counts as there. Default `false`
   */
  readonly resume?: boolean | undefined
  /** what to do if there is a file of that name. Default `rename`: `reads (1).bam` */
  readonly onExists?: "rename" | "overwrite" | "fail" | undefined
}

/** Partial files that a transfer of this process writes to. */
const inUse = new Set<string>()

/** one line a part that is complete, after a line that says of what */
interface Line {
  readonly part: number
  readonly sha256: string
}

const headOf = ({ partSize, size, version }: Whole): string => JSON.stringify({ format: 1, version: version ?? null, size, partSize })

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** The parts that a journal names, if it is about this whole. A line that was cut off is no line. */
const linesOf = (journal: string, whole: Whole): ReadonlyArray<Line> => {
  const [head, ...lines] = journal.split("\n")
  if (whole.version === undefined || head !== headOf(whole)) return []
  return lines.flatMap((line) => {
    const [, part, digest] = /^(\d{1,9}) ([0-9a-f]{64})$/.exec(line) ?? []
    return part === undefined || digest === undefined ? [] : [{ part: Number(part), sha256: digest }]
  })
}

/**
 * A file that parts are written to, as the target of a transfer: beside its place until it is whole, then moved there.
 *
 * @example
 * ```ts
 * IcaFiles.download({ projectId, dataId }, { to: NodeFile.parts({ folder: "reads", resume: true }) })
 * ```
 */
export const parts = (options: PartsOptions): PartTarget<{ readonly path: string; readonly name: string }> => (whole) =>
  Effect.gen(function*() {
    yield* attempt("make the folder", options.folder, () => fs.mkdir(options.folder, { recursive: true }))
    // by its real path: two ways to one folder lead to the same partial files
    const folder = yield* attempt("open", options.folder, () => fs.realpath(options.folder))
    const name = safeFileName(options.name ?? whole.name, "download")
    const keeps = options.resume === true && whole.version !== undefined
    const temporary = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const base = path.join(folder, `.${createHash("sha256").update(name).digest("hex").slice(0, 32)}`)
        // another transfer of the same name has its own
        for (let count = 0;; count++) {
          const file = `${base}${keeps && count === 0 ? "" : `-${process.pid}-${count}`}.parts`
          if (inUse.has(file)) continue
          inUse.add(file)
          return { file, kept: keeps && count === 0 }
        }
      }),
      ({ file }) => Effect.sync(() => inUse.delete(file))
    )
    const { file, kept } = temporary
    const journal = `${file}.journal`
    let finished = false
    yield* Effect.addFinalizer(() => kept || finished ? Effect.void : Effect.andThen(removed(file), removed(journal)))

    // O_NOFOLLOW: a link that somebody has put there would lead the bytes elsewhere
    const handle = yield* Effect.acquireRelease(
      attempt("open", file, () => fs.open(file, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600)),
      (opened) => Effect.promise(() => opened.close().catch(() => undefined))
    )
    const lengthOf = (part: number): number => Math.min(whole.partSize, whole.size - part * whole.partSize)
    const present = yield* attempt("read", file, async () => {
      const found = new Set<number>()
      if (!kept) return found
      const text = await fs.readFile(journal, "utf8").catch(() => "")
      for (const line of linesOf(text, whole)) {
        if (line.part * whole.partSize >= whole.size) continue
        const bytes = new Uint8Array(lengthOf(line.part))
        if ((await fill(handle, bytes, line.part * whole.partSize)) === bytes.length && sha256(bytes) === line.sha256) found.add(line.part)
      }
      return found
    })
    if (present.size === 0) {
      yield* attempt("write", file, () => handle.truncate(0))
      const flag = constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW
      if (kept) yield* attempt("write", journal, () => fs.writeFile(journal, `${headOf(whole)}\n`, { mode: 0o600, flag }))
    }
    yield* attempt("write", file, () => handle.truncate(whole.size))

    return {
      present,
      write: (part, bytes) =>
        attempt("write", file, async () => {
          let at = part * whole.partSize
          for (let written = 0; written < bytes.length;) {
            const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, at)
            written += bytesWritten
            at += bytesWritten
          }
          // only now it counts as there
          if (kept) await fs.appendFile(journal, `${part} ${sha256(bytes)}\n`, { flag: constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW })
        }),
      hash: (algorithm) =>
        attempt("read", file, async () => {
          const hash = createHash(algorithm)
          const buffer = new Uint8Array(1024 * 1024)
          for (let at = 0; at < whole.size;) {
            const read = await fill(handle, buffer, at)
            if (read === 0) break
            hash.update(buffer.subarray(0, read))
            at += read
          }
          return hash.digest("hex")
        }),
      finish: Effect.gen(function*() {
        yield* attempt("write", file, () => handle.sync())
        const place = yield* move(file, path.join(folder, name), options.onExists ?? "rename", options.resume === true)
        finished = true
        yield* removed(journal)
        return { path: place, name: path.basename(place) }
      }),
      discard: Effect.gen(function*() {
        finished = true
        yield* removed(file)
        yield* removed(journal)
      })
    }
  })
