/**
 * A transport that keeps what went over it. Secrets are masked before anything is kept.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Transport, type TransportRequest, type TransportResponse } from "../services/Transport.ts"
import type { ResponseHeaders } from "../wire/headers.ts"
import * as Redact from "../wire/redact.ts"

/** One request and what became of it. */
export interface Exchange {
  readonly operation: string
  readonly attempt: number
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON with secrets masked, or how many bytes there were */
  readonly body: unknown
  readonly response:
    | { readonly status: number; readonly headers: ResponseHeaders; readonly body: unknown }
    | { readonly failure: string }
    | undefined
}

export interface Recording {
  readonly layer: Layer.Layer<Transport, never, Transport>
  readonly exchanges: ReadonlyArray<Exchange>
}

/**
 * Records what goes over the transport of the context.
 *
 * @example
 * ```ts
 * const recording = Recording.make()
 * Argus.layer().pipe(Layer.provide([auth, configuration, recording.layer.pipe(Layer.provide(NodeTransport.layer()))]))
 * ```
 */
export const make = (options: { readonly redact?: ReadonlyArray<string> | undefined } = {}): Recording => {
  const exchanges: Array<Exchange> = []
  const isSecretName = Redact.isSecretName(options.redact ?? [])
  /** a server may echo a credential under any name: what a request proved itself with is masked everywhere in its exchange */
  const redactionOf = (request: TransportRequest): Redact.Redaction => {
    const session = request.redaction
    const isSecret = (name: string): boolean => isSecretName(name) || session?.isSecretName(name) === true
    // a header whose value is one of the session's secrets is secret whatever its name
    const own = [...session?.values() ?? []].filter((value) => value.length >= 4)
    const fields = [...Object.entries(request.headers), ...request.url.searchParams].filter(([name]) => isSecret(name))
    // of `Bearer abc` and `sid=abc; …` also the parts
    const values = new Set(fields.flatMap(([, value]) => [value, ...value.split(/[\s;,=]+/).filter((part) => part.length >= 8)]))
    for (const value of own) values.add(value)
    return { isSecretName: isSecret, values: () => values }
  }
  const shown = (body: Uint8Array | string, redaction: Redact.Redaction): unknown => {
    const text = typeof body === "string" ? body : new TextDecoder().decode(body)
    try {
      return Redact.data(JSON.parse(text), redaction)
    } catch {
      // a form or text may hold a secret anywhere
      return `${typeof body === "string" ? new TextEncoder().encode(body).length : body.length} bytes`
    }
  }
  const keep = (request: TransportRequest, answer: (redaction: Redact.Redaction) => Exchange["response"]): void => {
    const redaction = redactionOf(request)
    exchanges.push({
      operation: request.operation,
      attempt: request.attempt,
      method: request.method,
      url: Redact.url(request.url, redaction),
      headers: Redact.headers(request.headers, redaction),
      body: request.body === undefined ? undefined : request.body._tag === "Bytes" ? shown(request.body.bytes, redaction) : "a stream",
      response: answer(redaction)
    })
  }
  const answered = (response: Omit<TransportResponse, "body">, body: (redaction: Redact.Redaction) => unknown) => (redaction: Redact.Redaction): Exchange["response"] => ({
    status: response.status,
    headers: Redact.responseHeaders(response.headers, redaction),
    body: body(redaction)
  })
  const layer = Layer.effect(Transport, Effect.map(Transport, (inner): Transport["Service"] => ({
    name: `recording of ${inner.name}`,
    send: (request) =>
      inner.send(request).pipe(
        Effect.tap((response) => Effect.sync(() => keep(request, answered(response, (redaction) => shown(response.body, redaction))))),
        Effect.tapError((error) => Effect.sync(() => keep(request, (redaction) => ({ failure: Redact.text(error.message, redaction) }))))
      ),
    open: (request) =>
      inner.open(request).pipe(
        Effect.tap((response) => Effect.sync(() => keep(request, answered(response, () => "a stream")))),
        Effect.tapError((error) => Effect.sync(() => keep(request, (redaction) => ({ failure: Redact.text(error.message, redaction) }))))
      )
  })))
  return { layer, exchanges }
}
