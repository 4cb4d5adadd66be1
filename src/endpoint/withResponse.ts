/**
 * What an endpoint gives, with the status and the head it came with.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { CallError, DecodeFailed } from "../errors/CallError.ts"
import type { ResponseError } from "../errors/ResponseError.ts"
import type { DecodeContext, Operation } from "../services/Operation.ts"
import type { Can } from "../services/Permission.ts"
import { get, type ResponseHeaders } from "../wire/headers.ts"
import { parseExactly } from "../wire/json.ts"
import { schemaFailed } from "./decode.ts"
import type { Endpoint, ServicesOf } from "./Endpoint.ts"
import { decoderOf, isOptional } from "./fields.ts"
import type { AnyCodec } from "./Param.ts"

/** A success and what it came with. */
export interface Answered<out A, out H> {
  readonly value: A
  readonly status: number
  /** the fields that the endpoint declares, decoded, by lower-case name. One that may be absent is `undefined` also where it cannot be read */
  readonly headers: H
  /** all fields as they came */
  readonly fields: ResponseHeaders
}

/**
 * An endpoint's success together with its status and the head's fields that `responseHeaders` declares.
 *
 * @example
 * ```ts
 * const { headers, status, value } = yield* Endpoint.withResponse(listInvoices)({ limit: 10 })
 * headers["x-rate-limit"] // as declared: number | undefined
 * ```
 */
export const withResponse = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string, H>(endpoint: Endpoint<S, Input, A, E, P, H>) => {
  const base = endpoint.operation
  const told = (value: A, response: Head, context: DecodeContext) =>
    Effect.map(headersOf(endpoint.declared.headers ?? {}, response, context), (headers): Answered<A, H> => ({
      value,
      status: response.status,
      // decoded by the fields that `H` is computed from
      headers: headers as H,
      fields: response.headers
    }))
  const { open } = base
  const operation: Operation<Input, Answered<A, H>, E> = {
    ...base,
    base,
    decode: (response, context) => Effect.flatMap(base.decode(response, context), (value) => told(value, response, context)),
    open: open === undefined ? undefined : (response, context) => Effect.flatMap(open(response, context), (value) => told(value, response, context))
  }
  return (...input: {} extends Input ? [input?: Input] : [input: Input]): Effect.Effect<Answered<A, H>, E | CallError, S | Can<S, P> | ServicesOf<A>> => {
    // the rest parameter is optional only where `{}` is a whole input
    const given = (input[0] ?? {}) as Input
    const called = Effect.flatMap(endpoint.session, (s) => operation.streaming ? s.open(operation, given) : s.execute(operation, given))
    // a scope is needed for a streamed success only, which is what `ServicesOf` says
    return called as Effect.Effect<Answered<A, H>, E | CallError, S | Can<S, P> | ServicesOf<A>>
  }
}

interface Head {
  readonly status: number
  readonly headers: ResponseHeaders
}

/** Decodes the declared fields of a head. */
const headersOf = (declared: Readonly<Record<string, AnyCodec>>, { headers }: Head, context: DecodeContext): Effect.Effect<Readonly<Record<string, unknown>>, DecodeFailed> =>
  Effect.suspend(() => {
    const out: Record<string, unknown> = {}
    for (const [name, schema] of Object.entries(declared)) {
      const text = get(headers, name)
      const read = text === undefined ? undefined : readHeader(schema, text)
      if (read !== undefined) out[name] = read.value
      else if (!isOptional(schema)) {
        return Effect.fail(schemaFailed(context, [{ path: name, message: text === undefined ? "this header is missing" : "this header does not fit its schema" }]))
      }
    }
    return Effect.succeed(out)
  })

/**
 * A field has no type of its own: its text is tried as it is, as a number or truth value or other JSON, and as a list between
 * commas. The first of these that fits the schema is the value.
 */
const readHeader = (schema: AnyCodec, text: string): { readonly value: unknown } | undefined => {
  const decode = decoderOf(schema)
  const scalar = (item: string): unknown => {
    try {
      return parseExactly(item)
    } catch {
      return item
    }
  }
  const items = text.split(",").map((item) => item.trim())
  for (const candidate of [text, scalar(text), items, items.map(scalar)]) {
    const exit = decode(candidate)
    if (Exit.isSuccess(exit)) return { value: exit.value }
  }
  return undefined
}
