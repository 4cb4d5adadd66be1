/**
 * Downloads to disk, and files that are sent and received in parts.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createHash, randomUUID } from "node:crypto"
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
import { attempt, move, removed } from "./file/place.ts"

export { parts, type PartsOptions, source } from "./file/parts.ts"

export interface DownloadOptions {
  /** made if it is not there */
  readonly folder: string
  /** name of the file. Default: what the server proposes, made safe; else the endpoint's name */
  readonly name?: string | undefined
  /**
   * goes on where an interrupted download stopped, if the server takes ranges (RFC 9110 section 14) and has the same
   * version still; and a file that is already there with the same content stays as it is, so that what runs twice makes no
   * `report (1).pdf`. Default `false`.
   *
   * A part belongs to its session, server, method of authentication and identity, as far as the session knows one: an API key
   * has none. Users who share a folder and have such credentials should have folders of their own.
   */
  readonly resume?: boolean | undefined
  /** what to do if there is a file of that name. Default `rename`: `report (1).pdf` */
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

/** Where the bytes go until they are all there. */
interface Partial {
  readonly file: string
  /** keeps its name, so that a later download can go on with it */
  readonly resumable: boolean
}

/** Partial files that a download of this process writes to. */
const inUse = new Set<string>()

/** The partial file of that name; one with a random name if it must have no other, or while another download uses it. */
const partialIn = (folder: string, name: string | undefined): Effect.Effect<Partial, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const file = name === undefined ? undefined : path.join(folder, name)
      if (file === undefined || inUse.has(file)) return { file: path.join(folder, `.${randomUUID()}.part`), resumable: false }
      inUse.add(file)
      return { file, resumable: true }
    }),
    ({ file, resumable }) => resumable ? Effect.sync(() => inUse.delete(file)) : removed(file)
  )

/** A text for what was asked for; `undefined` if JSON would say the same of something else, or cannot say it. */
const textOf = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value, function(this: Readonly<Record<string, unknown>>, name, json: unknown) {
      // what it was before `toJSON`
      const original = this[name]
      if (typeof original === "bigint") return `${original}n`
      if (typeof original === "function" || typeof original === "symbol" || original instanceof Map || original instanceof Set || Redacted.isRedacted(original)) {
        throw new TypeError(`${name} has no text`)
      }
      return json
    })
  } catch {
    return undefined
  }
}

/** The name of the partial file of a download: who gets what from where. */
const partialName = <S, Input, E extends ResponseError<string, number, unknown>, P extends string>(
  endpoint: Endpoint<S, Input, Download, E, P>,
  input: Input
): Effect.Effect<string | undefined, CallError, S> =>
  Effect.gen(function*() {
    const { operation } = endpoint
    const session = yield* endpoint.session
    const encoded = Result.flatMap(Result.try(() => operation.encode(input, { extra: undefined, unique: randomUUID })), (result) => result)
    // the call itself says what is wrong with its input
    if (Result.isFailure(encoded)) return undefined
    // it would log in anyway, and only then is it known who is asking
    if (encoded.success.auth && (yield* session.status).authentication.state === "none") yield* session.authenticate
    const { authentication, baseUrl } = yield* session.status
    const text = textOf([session.id, baseUrl, authentication.method, authentication.identity ?? null, operation.name, input])
    return text === undefined ? undefined : `.${createHash("sha256").update(text).digest("hex").slice(0, 32)}.part`
  })

/** How far a partial file is, and which version of the resource it is a part of. */
const beginningOf = (file: string): Effect.Effect<{ readonly size: number; readonly validator: string | undefined }> =>
  Effect.promise(async () => {
    const stat = await fs.lstat(file).catch(() => undefined)
    const validator = await fs.readFile(`${file}.etag`, "utf8").catch(() => undefined)
    return { size: stat?.isFile() === true ? stat.size : 0, validator }
  })

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
    // by its real path: two ways to one folder lead to the same partial files
    const folder = yield* attempt("open", options.folder, () => fs.realpath(options.folder))
    const partial = yield* partialIn(folder, options.resume === true ? yield* partialName(endpoint, input) : undefined)
    const beginning = yield* partial.resumable ? beginningOf(partial.file) : Effect.succeed({ size: 0, validator: undefined })
    const from = beginning.validator === undefined ? 0 : beginning.size
    // the rest parameter of an endpoint is optional only where `{}` is a whole input
    const call = (endpoint as unknown as (input: Input) => Effect.Effect<Download, E | CallError, S | Can<S, P> | Scope.Scope>)(input)
    const response = yield* from > 0 && beginning.validator !== undefined
      ? call.pipe(
        Call.with({ headers: { range: `bytes=${from}-`, "if-range": beginning.validator } }),
        // nothing follows what is there already (RFC 9110 section 15.5.17): all of it is there, or none of it is of use
        Effect.catchIf((error) => "status" in error && error.status === 416, () => call)
      )
      : call
    // part of a body that begins anywhere but where we stopped would make a file of nobody's bytes
    if (response.status === 206 && (from === 0 || get(response.headers, "content-range")?.startsWith(`bytes ${from}-`) !== true)) {
      return yield* new FileFailed({ path: options.folder, action: "use another part of the body than was asked for, in", code: undefined })
    }
    const start = response.status === 206 ? from : 0
    const total = response.size === undefined ? undefined : start + response.size
    const name = safeFileName(options.name ?? response.name, endpoint.operation.name)
    const target = path.join(options.folder, name)

    const validator = partial.resumable ? strongValidator(response) : undefined
    const progress = (received: number) => options.onProgress?.({ name, received, total }) ?? Effect.void
    const received = yield* write(partial, start, validator, response.body, progress).pipe(
      // what cannot be gone on with is not left behind
      Effect.onError(() => validator === undefined ? removed(partial.file) : Effect.void)
    )
    const place = yield* move(partial.file, target, options.onExists ?? "rename", options.resume === true)
    if (partial.resumable) yield* removed(`${partial.file}.etag`)
    return { path: place, name: path.basename(place), size: received, mediaType: response.mediaType }
  }))

/** A weak validator cannot promise the same bytes (RFC 9110 section 13.1.5). */
const strongValidator = (response: Download): string | undefined => {
  const validator = get(response.headers, "etag") ?? get(response.headers, "last-modified")
  return validator?.startsWith("W/") === true ? undefined : validator
}

/** Writes a stream at a place of a file, and beside it which version it is a part of; gives the file's size. */
const write = (
  { file, resumable }: Partial,
  start: number,
  validator: string | undefined,
  body: Download["body"],
  progress: (size: number) => Effect.Effect<void>
): Effect.Effect<number, TransportError | FileFailed> =>
  Effect.acquireUseRelease(
    // O_NOFOLLOW: a link that somebody has put there would lead the bytes elsewhere. O_EXCL: a random name is nobody else's
    attempt("open", file, () => fs.open(file, constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW | (resumable ? 0 : constants.O_EXCL), 0o600)),
    (handle) =>
      Effect.gen(function*() {
        yield* attempt("write", file, () => handle.truncate(start))
        // after the bytes of another version are gone: the new validator must never stand beside them
        if (validator !== undefined) yield* attempt("write", `${file}.etag`, () => fs.writeFile(`${file}.etag`, validator, { mode: 0o600 }))
        else if (resumable) yield* removed(`${file}.etag`)
        let size = start
        yield* Stream.runForEach(body, (chunk) =>
          Effect.andThen(attempt("write", file, () => handle.writev([chunk], size)), Effect.suspend(() => progress(size += chunk.length))))
        yield* attempt("write", file, () => handle.sync())
        return size
      }),
    (handle) => Effect.promise(() => handle.close())
  )
