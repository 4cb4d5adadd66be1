/**
 * Downloads to disk.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type { Download, Endpoint } from "../endpoint/Endpoint.ts"
import type { CallError } from "../errors/CallError.ts"
import { FileFailed } from "../errors/FileError.ts"
import type { ResponseError } from "../errors/ResponseError.ts"
import * as Call from "../services/Call.ts"
import type { Can } from "../services/Permission.ts"
import type { TransportError } from "../services/Transport.ts"
import { safeFileName } from "../wire/contentDisposition.ts"
import { get } from "../wire/headers.ts"

export interface DownloadOptions {
  /** made if it is not there */
  readonly folder: string
  /** name of the file. Default: what the server proposes, made safe; else the endpoint's name */
  readonly name?: string | undefined
  /**
   * goes on where an interrupted download stopped, if the server takes ranges (RFC 9110 section 14) and has the same
   * version still; a file that is already there with the same size is not fetched again. Default `false`
   */
  readonly resume?: boolean | undefined
  /** what to do with another file of that name. Default `rename`: `report (1).pdf` */
  readonly onExists?: "rename" | "overwrite" | "fail" | undefined
  /** told after each chunk */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<void>) | undefined
}

export interface Progress {
  readonly name: string
  /** bytes on disk so far */
  readonly received: number
  /** bytes in all, where the server told */
  readonly total: number | undefined
}

/** A file that is complete on disk. */
export interface Downloaded {
  readonly path: string
  readonly name: string
  readonly size: number
  readonly mediaType: string | undefined
}

const attempt = <A>(action: string, file: string, run: () => Promise<A>): Effect.Effect<A, FileFailed> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new FileFailed({ path: file, action, code: cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined })
  })

/** What is kept beside a partial file: which version of the resource it is a part of. */
interface Partial {
  readonly file: string
  readonly size: number
  readonly validator: string | undefined
}

const partialOf = (folder: string, operation: string, input: unknown): Effect.Effect<Partial> => {
  const hash = createHash("sha256").update(JSON.stringify([operation, input])).digest("hex").slice(0, 16)
  const file = path.join(folder, `.${hash}.part`)
  return Effect.promise(async () => {
    const stat = await fs.lstat(file).catch(() => undefined)
    const validator = await fs.readFile(`${file}.etag`, "utf8").catch(() => undefined)
    return { file, size: stat?.isFile() === true ? stat.size : 0, validator }
  })
}

/**
 * Downloads a streamed endpoint into a folder: to a temporary file beside its place, then moved there, so that a file that
 * is there is complete. Fails with what the endpoint fails with, or `FileFailed`.
 *
 * @example
 * ```ts
 * NodeFile.download(downloadAttachment, { caseID: 1, attachmentID }, { folder: "attachments", resume: true })
 * ```
 */
export const download = <S, Input, E extends ResponseError<string, number, unknown>, P extends string>(
  endpoint: Endpoint<S, Input, Download, E, P>,
  input: Input,
  options: DownloadOptions
): Effect.Effect<Downloaded, E | CallError | TransportError | FileFailed, S | Can<S, P>> =>
  Effect.scoped(Effect.gen(function*() {
    yield* attempt("make the folder", options.folder, () => fs.mkdir(options.folder, { recursive: true }))
    const partial = yield* partialOf(options.folder, endpoint.operation.name, input)
    const from = options.resume === true && partial.validator !== undefined ? partial.size : 0
    // the rest parameter of an endpoint is optional only where `{}` is a whole input
    const call = (endpoint as unknown as (input: Input) => Effect.Effect<Download, E | CallError, S | Can<S, P> | Scope.Scope>)(input)
    const response = yield* from > 0 && partial.validator !== undefined ? call.pipe(Call.with({ headers: { range: `bytes=${from}-`, "if-range": partial.validator } })) : call
    // 206 only if it begins where we stopped: anything else is a whole body
    const start = response.status === 206 && get(response.headers, "content-range")?.startsWith(`bytes ${from}-`) === true ? from : 0
    const total = response.size === undefined ? undefined : start + response.size
    const name = safeFileName(options.name ?? response.name, endpoint.operation.name)
    const target = path.join(options.folder, name)

    if (options.resume === true && total !== undefined && (yield* sizeOf(target)) === total) {
      return { path: target, name, size: total, mediaType: response.mediaType }
    }
    if (options.resume === true) yield* keepValidator(partial.file, response)
    const progress = (received: number) => options.onProgress?.({ name, received, total }) ?? Effect.void
    const received = yield* write(partial.file, start, response.body, progress).pipe(
      // what cannot be gone on with is not left behind
      Effect.onError(() => options.resume === true ? Effect.void : removed(partial.file))
    )
    const place = yield* move(partial.file, target, options.onExists ?? "rename")
    yield* removed(`${partial.file}.etag`)
    return { path: place, name: path.basename(place), size: received, mediaType: response.mediaType }
  }))

const sizeOf = (file: string): Effect.Effect<number | undefined> =>
  Effect.promise(() => fs.lstat(file).then((stat) => stat.isFile() ? stat.size : undefined, () => undefined))

const removed = (file: string): Effect.Effect<void> => Effect.promise(() => fs.rm(file, { force: true }))

/** A weak validator cannot promise the same bytes (RFC 9110 section 13.1.5). */
const keepValidator = (file: string, response: Download): Effect.Effect<void, FileFailed> => {
  const validator = get(response.headers, "etag") ?? get(response.headers, "last-modified")
  return validator === undefined || validator.startsWith("W/")
    ? removed(`${file}.etag`)
    : attempt("write", `${file}.etag`, () => fs.writeFile(`${file}.etag`, validator, { mode: 0o600 }))
}

/** Writes a stream at a place of a file; gives the file's size. */
const write = (file: string, start: number, body: Download["body"], progress: (size: number) => Effect.Effect<void>): Effect.Effect<number, TransportError | FileFailed> =>
  Effect.acquireUseRelease(
    // O_NOFOLLOW: a link that somebody has put there would lead the bytes elsewhere
    attempt("open", file, () => fs.open(file, constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW, 0o600)),
    (handle) =>
      Effect.gen(function*() {
        yield* attempt("write", file, () => handle.truncate(start))
        let size = start
        yield* Stream.runForEach(body, (chunk) =>
          Effect.andThen(attempt("write", file, () => handle.writev([chunk], size)), Effect.suspend(() => progress(size += chunk.length))))
        yield* attempt("write", file, () => handle.sync())
        return size
      }),
    (handle) => Effect.promise(() => handle.close())
  )

/** Moves a complete file to its place. Never over another file unless asked to. */
const move = (file: string, target: string, onExists: "rename" | "overwrite" | "fail"): Effect.Effect<string, FileFailed> => {
  if (onExists === "overwrite") return Effect.as(attempt("move", target, () => fs.rename(file, target)), target)
  const { dir, ext, name } = path.parse(target)
  const placed = (count: number): Effect.Effect<string, FileFailed> => {
    const place = count === 0 ? target : path.join(dir, `${name} (${count})${ext}`)
    // a hard link fails if the name is taken, which rename would not
    return Effect.as(attempt("move", place, () => fs.link(file, place)), place).pipe(
      Effect.catchIf((error) => error.code === "EEXIST" && onExists === "rename" && count < 10_000, () => placed(count + 1))
    )
  }
  return Effect.tap(placed(0), () => removed(file))
}
