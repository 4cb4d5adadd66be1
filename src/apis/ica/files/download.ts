/**
 * A file of ICA, in parts: several at once, each by its range, from the object store.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14 ranges
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { InvalidInput } from "../../../errors/CallError.ts"
import type { PartTarget } from "../../../services/Files.ts"
import type { TransportResponse } from "../../../services/Transport.ts"
import { get } from "../../../wire/headers.ts"
import { createDownloadUrlForData, getProjectData } from "../generated/data.ts"
import { Ica } from "../Ica.ts"
import { md5Of, refused, send } from "./storage.ts"
import { TransferFailed } from "./TransferFailed.ts"

/** What is told after each part. */
export interface TransferProgress {
  readonly dataId: string
  /** bytes that are through, those of an earlier time included */
  readonly done: number
  readonly total: number
}

export interface TransferOptions {
  /** bytes of a part; `Infinity`: all of it. Default 8 MiB; of uploads at least 5 MiB, and so that there are at most 10,000 */
  readonly partSize?: number | undefined
  /** parts at once, each of which is in memory; at least 1. Default 4 */
  readonly concurrency?: number | undefined
  readonly onProgress?: ((progress: TransferProgress) => Effect.Effect<void>) | undefined
}

export interface DownloadOptions<A> extends TransferOptions {
  /** where it goes, e.g. `NodeFile.parts({ folder: "reads", resume: true })` */
  readonly to: PartTarget<A>
  /** what it must be, in hexadecimal digits; another one is `TransferFailed` (`checksum`), and no file */
  readonly expect?: { readonly md5?: string | undefined; readonly sha256?: string | undefined } | undefined
}

export interface DownloadedData<out A> {
  /** what the target gives, e.g. the file's path */
  readonly file: A
  readonly name: string
  readonly size: number
  /** bytes that were there from before */
  readonly resumed: number
  /** by what it was found to be whole, beside its size; `undefined`: nobody told a checksum that can be computed */
  readonly verified: "md5" | "sha256" | undefined
}

/** What options amount to. */
export interface Limits {
  readonly partSize: number
  readonly concurrency: number | "unbounded"
}

/** Parts of no size would make a file of nothing. */
export const limitsOf = (operation: string, { concurrency = 4, partSize = 8 * 1024 * 1024 }: TransferOptions): Effect.Effect<Limits, InvalidInput, Ica> =>
  Effect.gen(function*() {
    const issues = Object.entries({ partSize, concurrency }).flatMap(([path, value]) => value >= 1 ? [] : [{ path, message: "expected a number of at least 1" }])
    if (issues.length === 0) return { partSize: Math.floor(partSize), concurrency: concurrency === Infinity ? "unbounded" : Math.floor(concurrency) }
    const { baseUrl } = yield* (yield* Ica).status
    return yield* new InvalidInput({ operation, method: "-", url: baseUrl, attempts: 0, issues })
  })

/** no object store has a file as long as this: 2^50 bytes */
const largestFile = 2 ** 50

/** A URL that works for a while, shared by all parts. */
const makeUrl = <E, R>(fetch: Effect.Effect<string, E, R>) =>
  Effect.gen(function*() {
    let url = yield* fetch
    const turn = Semaphore.makeUnsafe(1)
    return {
      current: () => url,
      /** another one for the one that does not work any more: asked for once, whoever needs it */
      renew: (used: string) => turn.withPermit(Effect.suspend(() => used !== url ? Effect.succeed(url) : Effect.map(fetch, (fresh) => url = fresh)))
    }
  })

/**
 * Downloads a file in parts, several at once. A part that is there from before, of the same version of the file, is not asked
 * for again, where the target keeps parts. The whole is in its place only when it is complete, and is what the server says
 * that it is. URLs that expire meanwhile are asked for anew.
 *
 * @example
 * ```ts
 * IcaFiles.download({ projectId, dataId }, { to: NodeFile.parts({ folder: "reads", resume: true }), concurrency: 8 })
 * ```
 */
export const download = <A>(input: { readonly projectId: string; readonly dataId: string }, options: DownloadOptions<A>) =>
  Effect.scoped(Effect.gen(function*() {
    const limits = yield* limitsOf("download", options)
    const session = yield* Ica
    const { dataId } = input
    const { data } = yield* getProjectData(input)
    const name = data.details?.name ?? dataId
    const url = yield* makeUrl(Effect.map(createDownloadUrlForData(input), (answer) => answer.url))

    // which version of the file the store has given; all parts have to be of that one
    let etag: string | undefined
    let told: string | undefined
    const fetch = (from: number, length: number) => {
      const ask = (at: string) =>
        send(session, {
          dataId,
          operation: "downloadPart",
          method: "GET",
          url: at,
          expected: length,
          headers: { range: `bytes=${from}-${from + length - 1}`, ...(etag === undefined ? {} : { "if-match": etag }) }
        })
      const used = url.current()
      return Effect.flatMap(ask(used), (response) => response.status === 403 ? Effect.flatMap(url.renew(used), ask) : Effect.succeed(response)).pipe(
        Effect.flatMap((response) => {
          const its = get(response.headers, "etag")
          const other = response.status < 300 && its !== undefined && etag !== undefined && its !== etag
          if (response.status === 412 || other) return Effect.fail(changed(dataId, response.status))
          if (response.status < 300 && its !== undefined && !its.startsWith("W/")) {
            etag = its
            told = md5Of(response)
          }
          return Effect.succeed(response)
        })
      )
    }

    // ICA mostly knows how long it is, and which version; else the store is asked for the first part
    const { fileSizeInBytes: size, objectETag: version } = data.details ?? {}
    const first = typeof size === "number" && typeof version === "string" && version !== "" ? undefined : yield* fetch(0, Math.min(limits.partSize, largestFile))
    const whole = first === undefined ? { size: size ?? 0, version: version ?? undefined } : {
      // nothing begins at 0: it is empty (RFC 9110 section 15.5.17)
      size: first.status === 416 ? 0 : yield* sizeOf(dataId, first),
      version: etag
    }
    if (!(whole.size >= 0 && whole.size <= largestFile)) return yield* new TransferFailed({ reason: "answer", dataId, detail: "its size is told as one that no file has" })
    const partSize = Math.min(limits.partSize, Math.max(1, whole.size))
    const writer = yield* options.to({ name, size: whole.size, partSize, version: whole.version })
    const lengthOf = (part: number): number => Math.min(partSize, whole.size - part * partSize)

    const resumed = [...writer.present].reduce((sum, part) => sum + lengthOf(part), 0)
    let done = resumed
    const progress = (part: number) =>
      Effect.suspend(() => {
        done += lengthOf(part)
        return options.onProgress?.({ dataId, done, total: whole.size }) ?? Effect.void
      })
    const take = (part: number) =>
      Effect.gen(function*() {
        const at = part * partSize
        const response = part === 0 && first !== undefined ? first : yield* fetch(at, lengthOf(part))
        yield* writer.write(part, yield* partOf(dataId, response, at, lengthOf(part), whole.size))
        yield* progress(part)
      })
    // not as a list: of a file as long as a server may say it would be one that fits into no memory
    yield* Stream.range(0, Math.ceil(whole.size / partSize) - 1).pipe(
      Stream.filter((part) => !writer.present.has(part)),
      Stream.mapEffect(take, { concurrency: limits.concurrency, unordered: true }),
      Stream.runDrain
    )

    const checks = [
      ...(options.expect?.sha256 === undefined ? [] : [["sha256", options.expect.sha256.toLowerCase()] as const]),
      ...(options.expect?.md5 === undefined ? [] : [["md5", options.expect.md5.toLowerCase()] as const]),
      ...(told === undefined ? [] : [["md5", told] as const])
    ]
    const computed = new Map<"md5" | "sha256", string>()
    for (const [algorithm, expected] of checks) {
      const actual = computed.get(algorithm) ?? (yield* writer.hash(algorithm))
      computed.set(algorithm, actual)
      if (actual !== expected) {
        yield* writer.discard
        return yield* new TransferFailed({ reason: "checksum", dataId, detail: `its ${algorithm} is ${actual}, where ${expected} was expected` })
      }
    }
    const downloaded: DownloadedData<A> = { file: yield* writer.finish, name, size: whole.size, resumed, verified: checks[0]?.[0] }
    return downloaded
  }))

const changed = (dataId: string, status: number): TransferFailed =>
  new TransferFailed({ reason: "changed", dataId, detail: "the file was replaced by another one", status })

const rangeOf = (response: TransportResponse) => {
  const [, from, to, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(get(response.headers, "content-range") ?? "") ?? []
  return from === undefined ? undefined : { from: Number(from), length: Number(to) - Number(from) + 1, size: Number(size) }
}

const wrongPart = (dataId: string, response: TransportResponse): TransferFailed =>
  response.status >= 400
    ? refused(dataId, response)
    : new TransferFailed({ reason: "answer", dataId, detail: "another part came than was asked for", status: response.status })

/** The size of the whole, as the first part tells it. */
const sizeOf = (dataId: string, response: TransportResponse): Effect.Effect<number, TransferFailed> => {
  const size = response.status === 200 ? response.body.length : response.status === 206 ? rangeOf(response)?.size : undefined
  return size === undefined ? Effect.fail(wrongPart(dataId, response)) : Effect.succeed(size)
}

/** The part that an answer is: another one than was asked for would make a file of nobody's bytes. */
const partOf = (dataId: string, response: TransportResponse, from: number, length: number, size: number): Effect.Effect<Uint8Array, TransferFailed> => {
  // who does not know ranges gives all of it (RFC 9110 section 14.2)
  if (response.status === 200) return response.body.length === size ? Effect.succeed(response.body.subarray(from, from + length)) : Effect.fail(changed(dataId, 200))
  const range = response.status === 206 ? rangeOf(response) : undefined
  if (range !== undefined && range.size !== size) return Effect.fail(changed(dataId, 206))
  return range !== undefined && range.from === from && range.length === length && response.body.length === length
    ? Effect.succeed(response.body)
    : Effect.fail(wrongPart(dataId, response))
}
