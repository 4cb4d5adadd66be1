/**
 * Endpoints: functions from typed input to an Effect, each bound to a session class.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#operation-object
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { CallError } from "../errors/CallError.ts"
import type { ErrorOf, ResponseError } from "../errors/ResponseError.ts"
import type { Operation } from "../services/Operation.ts"
import type { Can } from "../services/Permission.ts"
import type { Session } from "../services/Session.ts"
import type { TransportError, TransportResponse } from "../services/Transport.ts"
import { type Body, isBody, json as jsonBody } from "./Body.ts"
import { type Declared, decodeResponse, type StatusKey } from "./decode.ts"
import { compile } from "./encode.ts"
import type { AnyCodec, Field, FieldsInput } from "./Param.ts"
import { type Download, empty, isReply, json as jsonReply, type Reply } from "./Reply.ts"

export * as Body from "./Body.ts"
export { param } from "./Param.ts"
export type { Field, Param, ParamOptions } from "./Param.ts"
export * as Reply from "./Reply.ts"
export type { Download } from "./Reply.ts"

/** A success: a schema (JSON; `Schema.Void`: no content) or a kind of reply. */
export type Success = AnyCodec | Reply<unknown>

/** Successes by status: exact, range or `default`. */
export type Successes = { readonly [Status in number | "2XX" | "3XX" | "default"]?: Success }

/** Errors by status: exact, range or `default`. 401 is always `AuthenticationFailed`. */
export type Errors = { readonly [Status in number | "4XX" | "5XX" | "default"]?: AnyCodec | Reply<unknown> }

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never

/** What an endpoint declares. */
export interface Options {
  /** for errors, hooks and `explain`. Default: method and path */
  readonly name?: string
  /** one field for each `{name}` of the path */
  readonly path?: Readonly<Record<string, Field>>
  readonly query?: Readonly<Record<string, Field>>
  readonly header?: Readonly<Record<string, Field>>
  readonly cookie?: Readonly<Record<string, Field>>
  /** a schema (JSON) or a kind of body; the input's member is `body` */
  readonly body?: AnyCodec | Body<unknown>
  /** what a 2xx gives: one for all, or by status */
  readonly success: Success | Successes
  readonly errors?: Errors
  /** what the session must be allowed to do: becomes `Can<Session, …>` in `R` */
  readonly permission?: string | ReadonlyArray<string>
  /** sends `Idempotency-Key`, the same for all attempts of a call, which may then be retried */
  readonly idempotencyKey?: boolean
  /** fixed request headers */
  readonly headers?: Readonly<Record<string, string>>
  /** `false`: sent without the session's credentials, e.g. a login (`security: []` in OpenAPI). Default `true` */
  readonly auth?: boolean
  /** cookies that the answer sets are not kept: for answers that set up another session than this one */
  readonly ignoreSetCookie?: boolean
}

type PathOption<Path extends string> = [Names<Path>] extends [never] ? { readonly path?: never } : { readonly path: { readonly [Name in Names<Path>]: Field } }

/** `O` is inferred from what is given, so a misspelt member or status would be taken and ignored */
type OnlyKnown<O> =
  & { readonly [K in Exclude<keyof O, keyof Options>]: never }
  & (O extends { readonly errors: infer E } ? { readonly errors: { readonly [K in Exclude<keyof E, keyof Errors>]: never } } : unknown)

type Flat<T> = { [K in keyof T]: T[K] } & {}
type FieldsOf<O, K extends string> = O extends { readonly [_ in K]: infer F extends Readonly<Record<string, Field>> } ? FieldsInput<F> : unknown
type BodyInput<O> = O extends { readonly body: infer B }
  ? B extends Body<infer I> ? undefined extends I ? { readonly body?: I } : { readonly body: I }
  : B extends AnyCodec ? undefined extends B["Type"] ? { readonly body?: B["Type"] } : { readonly body: B["Type"] }
  : unknown
  : unknown

/** The flat input of an endpoint. */
export type InputOf<O> = Flat<FieldsOf<O, "path"> & FieldsOf<O, "query"> & FieldsOf<O, "header"> & FieldsOf<O, "cookie"> & BodyInput<O>>

type SuccessType<S> = S extends Reply<infer A> ? A : S extends AnyCodec ? S["Type"] : never
type IsOne<S> = S extends Reply<unknown> ? true : S extends AnyCodec ? true : false
/** What an endpoint gives. */
export type SuccessOf<O> = O extends { readonly success: infer S } ? IsOne<S> extends true ? SuccessType<S> : { [K in keyof S]: SuccessType<S[K]> }[keyof S] : never

/** The errors an endpoint declares. */
export type ErrorsOf<O> = O extends { readonly errors: infer E } ? { [K in keyof E]: ErrorOf<K, SuccessType<E[K]>> }[keyof E] : never

type PermissionOf<O> = O extends { readonly permission: infer P } ? P extends string ? P : P extends ReadonlyArray<infer Q extends string> ? Q : never : never

/** A streamed body lives in the caller's scope. */
type ServicesOf<A> = Extract<A, Download> extends never ? never : Scope.Scope

/**
 * An endpoint: call it to get an Effect. `E` holds what it declares besides {@link CallError}; `R` is the session class and
 * the permissions it needs.
 */
export interface Endpoint<in out S, Input, out A, out E extends ResponseError<string, number, unknown>, out P extends string> {
  (...input: {} extends Input ? [input?: Input] : [input: Input]): Effect.Effect<A, E | CallError, S | Can<S, P> | ServicesOf<A>>
  readonly operation: Operation<Input, A, E>
  readonly session: Context.Key<S, Session>
  /** what it declares for each status: for tests and tools */
  readonly declared: Declared
}

/** The endpoint that options declare. */
export type EndpointOf<S, O> = Endpoint<S, InputOf<O>, SuccessOf<O>, ErrorsOf<O>, PermissionOf<O>>

/** Any session class: endpoints need only its key. */
export interface SessionKey<in out S> extends Context.Key<S, Session> {}

const toReply = (success: AnyCodec | Reply<unknown>): Reply<unknown> =>
  isReply(success) ? success : success.ast._tag === "Void" ? empty : jsonReply(success)

const toReplies = (successes: Success | Successes | Errors | undefined): ReadonlyMap<StatusKey, Reply<unknown>> => {
  if (successes === undefined) return new Map()
  if (Schema.isSchema(successes) || isReply(successes)) return new Map<StatusKey, Reply<unknown>>([["2XX", toReply(successes as Success)]])
  return new Map(Object.entries(successes).map(([status, success]): [StatusKey, Reply<unknown>] => [/^\d+$/.test(status) ? Number(status) : status as StatusKey, toReply(success)]))
}

/**
 * Declares an endpoint with any method.
 *
 * @example
 * ```ts
 * const getInvoice = Endpoint.make(Billing, "GET", "/invoices/{id}", { path: { id: Schema.String }, success: Invoice, errors: { 404: Problem } })
 * ```
 */
export const make = <S, const Path extends `/${string}`, const O extends Options & PathOption<Path>>(
  session: SessionKey<S>,
  method: string,
  path: Path,
  options: O & OnlyKnown<O>
): EndpointOf<S, O> => {
  const successes = toReplies(options.success)
  const declared = { success: successes, errors: toReplies(options.errors) }
  const streams = (replies: ReadonlyMap<StatusKey, Reply<unknown>>): number => [...replies.values()].filter((reply) => reply.open !== undefined).length
  if ((streams(successes) !== 0 && streams(successes) !== successes.size) || streams(declared.errors) > 0) {
    throw new TypeError(`${options.name ?? path}: a streamed reply is for all successes of an endpoint or none, and never for an error`)
  }
  const opened = [...successes.values()].find((reply) => reply.open !== undefined)?.open
  const accept = [...new Set([...successes.values()].map((reply) => reply.mediaType))].join(", ")
  let encode: ReturnType<typeof compile> | undefined
  const operation: Operation<Readonly<Record<string, unknown>>, unknown, ResponseError<string, number, unknown>> = {
    name: options.name ?? `${method} ${path}`,
    method,
    path,
    permissions: options.permission === undefined ? [] : typeof options.permission === "string" ? [options.permission] : options.permission,
    streaming: opened !== undefined,
    // compiled on first use: an endpoint that is never called costs nothing
    encode: (input, context) =>
      (encode ??= compile({
        method,
        path,
        pathFields: options.path ?? {},
        query: options.query ?? {},
        header: options.header ?? {},
        cookie: options.cookie ?? {},
        body: options.body === undefined ? undefined : isBody(options.body) ? options.body : jsonBody(options.body),
        idempotencyKey: options.idempotencyKey ?? false,
        auth: options.auth ?? true,
        ignoreSetCookie: options.ignoreSetCookie ?? false,
        headers: { accept: accept === "" ? "*/*" : accept, ...lowerCase(options.headers ?? {}) }
      }))(input, context),
    decode: (response, context) => decodeResponse(declared, response, context)
  }
  const call = (input: Readonly<Record<string, unknown>> = {}) =>
    Effect.flatMap(session, (s) => opened !== undefined ? Effect.map(s.open(operation, input), opened) : s.execute(operation, input))
  // The generic signature is computed from `O`; what runs is the same for every `O`. Inference is held by test/types.
  return Object.assign(call, { operation, session, declared }) as unknown as EndpointOf<S, O>
}

const lowerCase = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const method = (name: string) => <S, const Path extends `/${string}`, const O extends Options & PathOption<Path>>(session: SessionKey<S>, path: Path, options: O & OnlyKnown<O>): EndpointOf<S, O> =>
  make(session, name, path, options)

/** Declares a GET endpoint. See {@link make}. */
export const get = /*#__PURE__*/ method("GET")
/** Declares a POST endpoint. See {@link make}. */
export const post = /*#__PURE__*/ method("POST")
/** Declares a PUT endpoint. See {@link make}. */
export const put = /*#__PURE__*/ method("PUT")
/** Declares a PATCH endpoint. See {@link make}. */
export const patch = /*#__PURE__*/ method("PATCH")
/** Declares a HEAD endpoint. See {@link make}. */
export const head = /*#__PURE__*/ method("HEAD")
const del = /*#__PURE__*/ method("DELETE")
export {
  /** Declares a DELETE endpoint. See {@link make}. */
  del as delete
}

/**
 * The response itself, whatever its status: nothing is decoded, and no status is a failure (but a 401 that
 * authentication could not mend).
 *
 * @example
 * ```ts
 * const response = yield* Endpoint.raw(getInvoice)({ id: "42" }) // { status, headers, body: Uint8Array }
 * ```
 */
export const raw = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string>(endpoint: Endpoint<S, Input, A, E, P>) =>
(...input: {} extends Input ? [input?: Input] : [input: Input]): Effect.Effect<TransportResponse, CallError, S | Can<S, P>> =>
  // the rest parameter is optional only where `{}` is a whole input
  Effect.flatMap(endpoint.session, (s) => s.raw(endpoint.operation, (input[0] ?? {}) as Input))

/** The body of a streaming endpoint as one Stream; its connection is released when the stream ends, fails or is left. */
export const body = <S, Input, E extends ResponseError<string, number, unknown>, P extends string>(endpoint: Endpoint<S, Input, Download, E, P>) =>
(...input: {} extends Input ? [input?: Input] : [input: Input]): Stream.Stream<Uint8Array, E | CallError | TransportError, S | Can<S, P>> =>
  Stream.unwrap(Effect.map(endpoint(...input), (download) => download.body))

/** How an endpoint's pages follow each other. */
export interface Paging<in out Input, in Page, out Item> {
  readonly items: (page: Page) => ReadonlyArray<Item>
  /** the input of the next page, or `undefined` after the last one */
  readonly next: (page: Page, input: Input) => Input | undefined
}

export interface PagingOptions {
  /** pages fetched ahead of the consumer. Default 0: a page is fetched when it is asked for */
  readonly prefetch?: number | undefined
}

/** An endpoint whose answers are pages. */
export interface Paged<in out S, Input, out A, out E extends ResponseError<string, number, unknown>, out P extends string, out Item> extends Endpoint<S, Input, A, E, P> {
  /** every page, lazily */
  readonly pages: (...input: {} extends Input ? [input?: Input, options?: PagingOptions] : [input: Input, options?: PagingOptions]) => Stream.Stream<A, E | CallError, S | Can<S, P>>
  /** every item of every page, lazily */
  readonly items: (...input: {} extends Input ? [input?: Input, options?: PagingOptions] : [input: Input, options?: PagingOptions]) => Stream.Stream<Item, E | CallError, S | Can<S, P>>
}

/** Adds `pages` and `items` to an endpoint. */
export const paged = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string, Item>(
  endpoint: Endpoint<S, Input, A, E, P>,
  paging: Paging<Input, A, Item>
): Paged<S, Input, A, E, P, Item> => {
  const call = (input: Input) => Effect.flatMap(endpoint.session, (s) => s.execute(endpoint.operation, input))
  // the input is optional only where `{}` is a whole one
  const pages = (input = {} as Input, options?: PagingOptions): Stream.Stream<A, E | CallError, S | Can<S, P>> => {
    const stream = Stream.paginate(input, (at: Input) =>
      Effect.map(call(at), (page) => {
        const next = paging.next(page, at)
        return [[page], next === undefined ? Option.none() : Option.some(next)] as const
      }))
    return options?.prefetch === undefined || options.prefetch < 1 ? stream : Stream.buffer(stream, { capacity: options.prefetch })
  }
  return Object.assign((...input: Parameters<typeof endpoint>) => endpoint(...input), {
    operation: endpoint.operation,
    session: endpoint.session,
    declared: endpoint.declared,
    pages,
    items: (input?: Input, options?: PagingOptions) => Stream.flatMap(pages(input, options), (page) => Stream.fromIterable(paging.items(page)))
  })
}
