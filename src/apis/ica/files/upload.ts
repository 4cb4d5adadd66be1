/**
 * A file for ICA: small ones by one presigned URL, others in parts, several at once.
 */
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Hex from "effect/encoding/Hex"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { md5 } from "@noble/hashes/legacy.js"
import type { ConnectionFailed, Timeout } from "../../../errors/CallError.ts"
import type { ByteSource, OpenSource } from "../../../services/Files.ts"
import { createFile, createTemporaryCredentialsForData, createUploadUrlForData, getProjectData, getProjectDataList } from "../generated/data.ts"
import type { Data } from "../generated/models.ts"
import { Ica } from "../Ica.ts"
import { type Limits, limitsOf, type TransferOptions } from "./download.ts"
import { makeMultipart, placeOf, sha256 } from "./multipart.ts"
import { accepted, bodyOf, md5Of, send } from "./storage.ts"
import { TransferFailed } from "./TransferFailed.ts"

export interface UploadInput {
  readonly projectId: string
  /** the folder it belongs in: begins and ends with a slash; made where it is not there. Default `/` */
  readonly folderPath?: string | undefined
  /** Default: the source's */
  readonly name?: string | undefined
  /** e.g. `FASTQ`. Default: guessed by ICA */
  readonly formatCode?: string | undefined
}

export interface UploadOptions extends TransferOptions {
  /** e.g. `NodeFile.source("reads.bam")` */
  readonly from: OpenSource
  /**
   * goes on with a file of that path that is `PARTIAL`: parts that the store has, with the same checksum, are not sent again.
   * Default `false`: then a file of that path that is there already is a `Conflict`
   */
  readonly resume?: boolean | undefined
}

export interface UploadedData {
  readonly dataId: string
  readonly size: number
  /** bytes that were there from before */
  readonly resumed: number
  /** as ICA has it at the end; it may need a while until it is `AVAILABLE` */
  readonly data: Data
}

/** parts of an upload are at least so long, but for the last one, and at most so many */
const smallestPart = 5 * 1024 * 1024
const mostParts = 10_000

/** how long ICA may take to notice that the bytes are there */
const noticed = /*#__PURE__*/ Schedule.upTo(/*#__PURE__*/ Schedule.spaced("500 millis"), { times: 20 })

/**
 * Uploads a file. One that is not longer than a part goes by one PUT; a longer one in parts, several at once, each with its
 * SHA-256, which the store compares. Where the project's store does not speak S3 it is one PUT, too.
 *
 * @example
 * ```ts
 * IcaFiles.upload({ projectId, folderPath: "/reads/" }, { from: NodeFile.source("reads.bam"), resume: true })
 * ```
 */
export const upload = (input: UploadInput, options: UploadOptions) =>
  Effect.scoped(Effect.gen(function*() {
    const limits = yield* limitsOf("upload", options)
    const source = yield* options.from
    const { projectId } = input
    const [folderPath, name] = [input.folderPath ?? "/", input.name ?? source.name]
    const dataId = (options.resume === true ? yield* partial(projectId, `${folderPath}${name}`) : undefined)
      ?? (yield* createFile({ projectId, body: { name, folderPath, ...(input.formatCode === undefined ? {} : { formatCode: input.formatCode }) } })).data.id
    const partSize = Math.max(smallestPart, limits.partSize, Math.ceil(source.size / mostParts))
    const resumed = source.size <= partSize ? yield* whole(projectId, dataId, source, options) : yield* inParts(projectId, dataId, source, { ...limits, partSize }, options)
    const { data } = yield* Effect.repeat(getProjectData({ projectId, dataId }), { schedule: noticed, until: (found) => found.data.details?.status !== "PARTIAL" })
    const uploaded: UploadedData = { dataId, size: source.size, resumed, data }
    return uploaded
  }))

/** A file of this path whose bytes are not all there. */
const partial = (projectId: string, path: string) =>
  getProjectDataList.items({ projectId, filePath: [path], filePathMatchMode: "FULL_CASE_INSENSITIVE", type: "FILE" }).pipe(
    // case matters: they are other files
    Stream.filter(({ data }) => data.details?.path === path && data.details.status === "PARTIAL"),
    Stream.take(1),
    Stream.runCollect,
    Effect.map(([found]) => found?.data.id)
  )

const whole = (projectId: string, dataId: string, source: ByteSource, options: TransferOptions) =>
  Effect.gen(function*() {
    const session = yield* Ica
    const bytes = yield* source.read(0, source.size)
    yield* source.unchanged
    const { url } = yield* createUploadUrlForData({ projectId, dataId })
    const response = yield* Effect.flatMap(send(session, { dataId, operation: "upload", method: "PUT", url, body: bodyOf(bytes) }), (answer) => accepted(dataId, answer))
    const told = md5Of(response)
    if (told !== undefined && told !== Hex.encode(md5(bytes))) return yield* new TransferFailed({ reason: "checksum", dataId, detail: "the object store has got something else" })
    yield* options.onProgress?.({ dataId, done: source.size, total: source.size }) ?? Effect.void
    return 0
  })

const inParts = (projectId: string, dataId: string, source: ByteSource, { concurrency, partSize }: Limits, options: UploadOptions) =>
  Effect.gen(function*() {
    const session = yield* Ica
    // in this form they tell the store's address, too
    const place = placeOf(yield* createTemporaryCredentialsForData({ projectId, dataId, body: { credentialsFormat: "RCLONE" } }))
    if (place === undefined) return yield* streamed(projectId, dataId, source, partSize, options)
    const store = makeMultipart(session, dataId, place)
    const begun = options.resume === true ? yield* store.find : undefined
    const uploadId = begun ?? (yield* store.begin)
    const known = new Map((begun === undefined ? [] : yield* store.parts(begun)).map((part) => [part.number, part]))
    let [done, resumed] = [0, 0]
    const send = (number: number) =>
      Effect.gen(function*() {
        const offset = (number - 1) * partSize
        const bytes = yield* source.read(offset, Math.min(partSize, source.size - offset))
        const digest = yield* sha256(bytes)
        const there = known.get(number)
        const same = there !== undefined && there.size === bytes.length && there.checksum === Base64.encode(digest)
        const part = same ? there : yield* store.put(uploadId, number, bytes, digest)
        done += bytes.length
        if (same) resumed += bytes.length
        yield* options.onProgress?.({ dataId, done, total: source.size }) ?? Effect.void
        return part
      })
    const numbers = Array.from({ length: Math.ceil(source.size / partSize) }, (_, index) => index + 1)
    const parts = yield* Effect.forEach(numbers, send, { concurrency })
    // parts of two versions would make a file that never was
    yield* source.unchanged
    // the answer is lost: an upload that is not there any more has been put together
    const lost = (error: ConnectionFailed | Timeout) =>
      Effect.matchEffect(store.parts(uploadId), {
        onSuccess: () => Effect.fail(error),
        onFailure: (answer) => answer._tag === "TransferFailed" && answer.status === 404 ? Effect.void : Effect.fail(error)
      })
    yield* Effect.catchTags(store.complete(uploadId, parts), { ConnectionFailed: lost, Timeout: lost })
    return resumed
  })

/** One PUT of all of it, piece by piece. */
const streamed = (projectId: string, dataId: string, source: ByteSource, partSize: number, options: TransferOptions) =>
  Effect.gen(function*() {
    const session = yield* Ica
    const { url } = yield* createUploadUrlForData({ projectId, dataId })
    const offsets = Array.from({ length: Math.ceil(source.size / partSize) }, (_, index) => index * partSize)
    const pieces = Stream.mapEffect(Stream.fromIterable(offsets), (offset) => source.read(offset, Math.min(partSize, source.size - offset)))
    const response = yield* send(session, { dataId, operation: "upload", method: "PUT", url, body: { _tag: "Stream", stream: pieces, length: source.size, replay: true } })
    yield* accepted(dataId, response)
    yield* source.unchanged
    yield* options.onProgress?.({ dataId, done: source.size, total: source.size }) ?? Effect.void
    return 0
  })
