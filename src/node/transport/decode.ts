/** Undoes content codings: of a body in memory, or of one that streams. Both never give more than they are allowed to. */
import { constants } from "node:buffer"
import type { Transform } from "node:stream"
import * as Zlib from "node:zlib"
import { type ContentCoding, isZlib } from "../../wire/contentEncoding.ts"
import type { CodedError } from "./failures.ts"

/** Why a body could not be decoded. */
export type DecodeProblem =
  /** it decodes to more than the limit */
  | "limit"
  /** it ends before the coding does */
  | "truncated"
  /** it is not what `Content-Encoding` says */
  | "damaged"

/** The problem behind an error of zlib. */
export const decodeProblem = (error: CodedError): DecodeProblem =>
  error.code === "ERR_BUFFER_TOO_LARGE" ? "limit" : error.code === "Z_BUF_ERROR" ? "truncated" : "damaged"

type Output = { readonly maxOutputLength: number }

const sync = (coding: ContentCoding, bytes: Uint8Array, output: Output): Buffer => {
  switch (coding) {
    case "gzip":
      return Zlib.gunzipSync(bytes, output)
    case "deflate":
      return isZlib(bytes) ? Zlib.inflateSync(bytes, output) : Zlib.inflateRawSync(bytes, output)
    case "br":
      return Zlib.brotliDecompressSync(bytes, output)
    case "zstd":
      return Zlib.zstdDecompressSync(bytes, output)
  }
}

type Done = (error: Error | null, result: Buffer) => void

const async = (coding: ContentCoding, bytes: Uint8Array, output: Output, done: Done): void => {
  switch (coding) {
    case "gzip":
      return Zlib.gunzip(bytes, output, done)
    case "deflate":
      return isZlib(bytes) ? Zlib.inflate(bytes, output, done) : Zlib.inflateRaw(bytes, output, done)
    case "br":
      return Zlib.brotliDecompress(bytes, output, done)
    case "zstd":
      return Zlib.zstdDecompress(bytes, output, done)
  }
}

// What decodes within this is decoded on the spot, which takes a millisecond at most and spares a trip to another thread.
const quickInput = 32 * 1024
const quickOutput = 1024 * 1024

/**
 * Decodes a body in memory. `limit` bounds the result and every step towards it. The callback may be called before this
 * returns.
 */
export const decodeBody = (
  codings: ReadonlyArray<ContentCoding>,
  body: Uint8Array,
  limit: number,
  done: (result: Uint8Array | DecodeProblem) => void
): void => {
  const bound = Math.min(Math.max(Math.floor(limit), 1), constants.MAX_LENGTH)
  const step = (index: number, bytes: Uint8Array): void => {
    const coding = codings[index]
    // An empty body has no coding, whatever the field says.
    if (coding === undefined || bytes.byteLength === 0) return done(bytes.byteLength > limit ? "limit" : bytes)
    if (bytes.byteLength <= quickInput) {
      let result: Buffer
      try {
        result = sync(coding, bytes, { maxOutputLength: Math.min(bound, quickOutput) })
      } catch (error) {
        const problem = decodeProblem(error as CodedError)
        if (problem !== "limit" || bound <= quickOutput) return done(problem)
        return slow(index, coding, bytes)
      }
      return step(index + 1, result)
    }
    slow(index, coding, bytes)
  }
  const slow = (index: number, coding: ContentCoding, bytes: Uint8Array): void =>
    async(coding, bytes, { maxOutputLength: bound }, (error, result) => error === null ? step(index + 1, result) : done(decodeProblem(error)))
  step(0, body)
}

const decompressor = (coding: ContentCoding, first: Uint8Array): Transform => {
  switch (coding) {
    case "gzip":
      return Zlib.createGunzip()
    case "deflate":
      return isZlib(first) ? Zlib.createInflate() : Zlib.createInflateRaw()
    case "br":
      return Zlib.createBrotliDecompress()
    case "zstd":
      return Zlib.createZstdDecompress()
  }
}

/** Where a streamed body goes. `onData` returns whether more is wanted now. */
export interface Sink {
  onData(chunk: Buffer): boolean
  onEnd(): void
  onProblem(problem: DecodeProblem): void
  /** input is wanted again */
  onDrain(): void
}

/** One coding of a stream, feeding the next. It begins with the first byte, which tells how to read `deflate`. */
class Stage implements Sink {
  private readonly coding: ContentCoding
  private readonly next: Sink
  private transform: Transform | undefined = undefined
  onDrain: () => void = () => {}

  constructor(coding: ContentCoding, next: Sink) {
    this.coding = coding
    this.next = next
  }

  onData(chunk: Buffer): boolean {
    if (this.transform === undefined) {
      const transform = this.transform = decompressor(this.coding, chunk)
      transform.on("data", (data: Buffer) => {
        if (!this.next.onData(data)) transform.pause()
      })
      transform.on("end", () => this.next.onEnd())
      transform.on("drain", () => this.onDrain())
      transform.on("error", (error: CodedError) => this.next.onProblem(decodeProblem(error)))
    }
    return this.transform.write(chunk)
  }
  onEnd(): void {
    if (this.transform === undefined) this.next.onEnd()
    else this.transform.end()
  }
  onProblem(problem: DecodeProblem): void {
    this.next.onProblem(problem)
  }
  resume(): void {
    this.transform?.resume()
  }
  destroy(): void {
    this.transform?.destroy()
  }
}

/** Decodes a streamed body, passing backpressure through every coding. */
export class StreamDecoder {
  private readonly stages: ReadonlyArray<Stage>
  private readonly first: Sink

  constructor(codings: ReadonlyArray<ContentCoding>, sink: Sink) {
    const stages: Array<Stage> = []
    let next: Sink = sink
    // The last coding to undo feeds the sink.
    for (const coding of [...codings].reverse()) {
      const stage: Stage = new Stage(coding, next)
      const after = stages[0]
      stage.onDrain = () => sink.onDrain()
      if (after !== undefined) after.onDrain = () => stage.resume()
      stages.unshift(stage)
      next = stage
    }
    this.stages = stages
    this.first = next
  }

  /** Returns whether more input is wanted now; else `sink.onDrain` tells when. */
  write(chunk: Buffer): boolean {
    return this.first.onData(chunk)
  }
  end(): void {
    this.first.onEnd()
  }
  /** The consumer wants more: the last coding goes on. */
  resume(): void {
    this.stages[this.stages.length - 1]?.resume()
  }
  destroy(): void {
    for (const stage of this.stages) stage.destroy()
  }
}
