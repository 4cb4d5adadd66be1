/** A streamed request body as undici reads it: an async iterable that is asked for more when the socket has room. */
import type * as Context from "effect/Context"
import * as Stream from "effect/Stream"

/** The stream that gives a request body failed. */
export class UploadFailed extends Error {
  constructor(cause: unknown) {
    super("the stream that gives the request body failed", { cause })
  }
}

/** Who waits: the server for the stream, or the stream for the server. */
export interface UploadListener {
  onUploadWaiting(): void
  onUploadChunk(): void
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** One run of a body's stream. Nothing runs before the first `next`; `close` interrupts it at once. */
export class Upload implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  private readonly iterable: AsyncIterable<Uint8Array>
  private readonly listener: UploadListener
  private iterator: AsyncIterator<Uint8Array> | undefined = undefined
  private closed = false
  /** has the stream been run, so that it may not give the same again? */
  get begun(): boolean {
    return this.iterator !== undefined
  }

  /** has everything been handed over? */
  complete = false

  constructor(stream: Stream.Stream<Uint8Array, unknown>, context: Context.Context<never>, listener: UploadListener) {
    this.iterable = Stream.toAsyncIterableWith(stream, context)
    this.listener = listener
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.closed) return finished
    this.listener.onUploadWaiting()
    this.iterator ??= this.iterable[Symbol.asyncIterator]()
    try {
      const result = await this.iterator.next()
      if (result.done === true && !this.closed) this.complete = true
      return result
    } catch (cause) {
      throw new UploadFailed(cause)
    } finally {
      if (!this.closed) this.listener.onUploadChunk()
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.close()
    return finished
  }

  /** Ends the stream and runs its finalizers. */
  close(): void {
    if (this.closed) return
    this.closed = true
    // The iterator reports what its finalizers throw to nobody; there is nobody left to tell.
    this.iterator?.return?.().catch(() => {})
  }
}
