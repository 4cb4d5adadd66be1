/**
 * Endpoints: functions from typed input to an Effect, each bound to a session class.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#operation-object
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { CallError } from "../errors/CallError.ts"
import type { ErrorOf, ResponseError } from "../errors/ResponseError.ts"
import type { SecurityRequirement } from "../services/Authentication.ts"
import type { Operation } from "../services/Operation.ts"
import type { Can } from "../services/Permission.ts"
import type { Session } from "../services/Session.ts"
import type { TransportError, TransportResponse } from "../services/Transport.ts"
import { type Body, type Choice, isBody, json as jsonBody } from "./Body.ts"
import { type Declared, decodeResponse, openResponse, type StatusKey } from "./decode.ts"
import { compile } from "./encode.ts"
import type { AnyCodec, Field, FieldsInput } from "./Param.ts"
import { pagesOf, type PagingRule } from "./pages.ts"
import { type Download, empty, isReply, json as jsonReply, type Reply } from "./Reply.ts"

export * as Body from "./Body.ts"
export { param } from "./Param.ts"
export type { Field, Param, ParamOptions } from "./Param.ts"
export * as Reply from "./Reply.ts"
export type { Download } from "./Reply.ts"
// a program that writes declarations of its endpoints has to be able to name what they fail with
export type * from "../errors/ResponseError.ts"
export { describe, type Described, type Fragment } from "./describe.ts"
export { type Answered, withResponse } from "./withResponse.ts"

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
  /** other media types of the success, by name: `endpoint.as("text/csv")` asks for that one */
  readonly as?: Readonly<Record<string, Success | Successes>>
  /** fields of a success's head, by name, each decoded from its text: {@link withResponse} gives them */
  readonly responseHeaders?: Readonly<Record<string, AnyCodec>>
  /** what the session must be allowed to do: becomes `Can<Session, …>` in `R` */
  readonly permission?: string | ReadonlyArray<string>
  /** sends `Idempotency-Key`, the same for all attempts of a call, which may then be retried */
  readonly idempotencyKey?: boolean
  /** fixed request headers */
  readonly headers?: Readonly<Record<string, string>>
  /** `false`: sent without the session's credentials, e.g. a login. Default `true`, but `false` for `security: []` */
  readonly auth?: boolean
  /** which credentials it wants: any one of the alternatives, each of which may be several schemes together. `{}` among them: or none */
  readonly security?: ReadonlyArray<SecurityRequirement>
  /** the base URL of this endpoint, where it has one of its own: absolute, or relative to the session's */
  readonly server?: string
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
  ? B extends Choice<infer I> ? I
  : B extends Body<infer I> ? undefined extends I ? { readonly body?: I } : { readonly body: I }
  : B extends AnyCodec ? undefined extends B["Type"] ? { readonly body?: B["Type"] } : { readonly body: B["Type"] }
  : unknown
  : unknown

/** The flat input of an endpoint. */
export type InputOf<O> = Flat<FieldsOf<O, "path"> & FieldsOf<O, "query"> & FieldsOf<O, "header"> & FieldsOf<O, "cookie"> & BodyInput<O>>

type SuccessType<S> = S extends Reply<infer A> ? A : S extends AnyCodec ? S["Type"] : never
type IsOne<S> = S extends Reply<unknown> ? true : S extends AnyCodec ? true : false
type GivenBy<S> = IsOne<S> extends true ? SuccessType<S> : { [K in keyof S]: SuccessType<S[K]> }[keyof S]
/** What an endpoint gives. */
export type SuccessOf<O> = O extends { readonly success: infer S } ? GivenBy<S> : never

/** The fields of a success's head that an endpoint declares, by lower-case name. */
export type HeadersOf<O> = O extends { readonly responseHeaders: infer H extends Readonly<Record<string, Field>> }
  ? Flat<FieldsInput<{ readonly [K in keyof H as Lowercase<K & string>]: H[K] }>>
  : {}

/** The errors an endpoint declares. */
export type ErrorsOf<O> = O extends { readonly errors: infer E } ? { [K in keyof E]: ErrorOf<K, SuccessType<E[K]>> }[keyof E] : never

type PermissionOf<O> = O extends { readonly permission: infer P } ? P extends string ? P : P extends ReadonlyArray<infer Q extends string> ? Q : never : never

/** A streamed body lives in the caller's scope. */
export type ServicesOf<A> = Extract<A, Download | Stream.Stream<unknown, unknown, unknown>> extends never ? never : Scope.Scope

/** What an endpoint takes, as it is declared. */
export interface Declaration {
  readonly path: Readonly<Record<string, Field>>
  readonly query: Readonly<Record<string, Field>>
  readonly header: Readonly<Record<string, Field>>
  readonly cookie: Readonly<Record<string, Field>>
  readonly body: AnyCodec | Body<unknown> | undefined
}

/**
 * An endpoint: call it to get an Effect. `E` holds what it declares besides {@link CallError}; `R` is the session class and
 * the permissions it needs.
 */
export interface Endpoint<in out S, Input, out A, out E extends ResponseError<string, number, unknown>, out P extends string, out H = unknown> {
  (...input: {} extends Input ? [input?: Input] : [input: Input]): Effect.Effect<A, E | CallError, S | Can<S, P> | ServicesOf<A>>
  readonly operation: Operation<Input, A, E>
  readonly session: Context.Key<S, Session>
  /** what it declares for each status: for tests and tools */
  readonly declared: Declared
  /** what it takes: for tests and tools */
  readonly input: Declaration
  /** type only: never present */
  readonly "~headers"?: H | undefined
}

/** The endpoint that options declare. */
export type EndpointOf<S, O> = Endpoint<S, InputOf<O>, SuccessOf<O>, ErrorsOf<O>, PermissionOf<O>, HeadersOf<O>> & AsOf<S, O>

/** Other media types of an endpoint. */
export interface As<S, O, M> {
  /** the same endpoint, asking for another media type of its success. The same each time, so that a test can answer for it */
  readonly as: <const K extends keyof M>(mediaType: K) => Endpoint<S, InputOf<O>, GivenBy<M[K]>, ErrorsOf<O>, PermissionOf<O>, HeadersOf<O>>
}

type AsOf<S, O> = O extends { readonly as: infer M } ? As<S, O, M> : unknown

/** Any session class: endpoints need only its key. */
export interface SessionKey<in out S> extends Context.Key<S, Session> {}

const toReply = (success: AnyCodec | Reply<unknown>, mediaType?: string): Reply<unknown> =>
  isReply(success) ? success : success.ast._tag === "Void" ? empty : jsonReply(success, mediaType)

const toReplies = (successes: Success | Successes | Errors | undefined, mediaType?: string): ReadonlyMap<StatusKey, Reply<unknown>> => {
  if (successes === undefined) return new Map()
  if (Schema.isSchema(successes) || isReply(successes)) return new Map<StatusKey, Reply<unknown>>([["2XX", toReply(successes as Success, mediaType)]])
  return new Map(Object.entries(successes).map(([status, success]): [StatusKey, Reply<unknown>] => [/^\d+$/.test(status) ? Number(status) : status as StatusKey, toReply(success, mediaType)]))
}

const mediaTypesOf = (replies: ReadonlyMap<unknown, Reply<unknown>>): ReadonlyArray<string> => [...new Set([...replies.values()].map((reply) => reply.mediaType))]

/** What a success looks like decides; where nothing is known of that, errors shall be readable all the same. */
const acceptOf = (successes: ReadonlyMap<unknown, Reply<unknown>>, errors: ReadonlyMap<unknown, Reply<unknown>>): string => {
  const open = [...successes.values()].every((reply) => reply["~credence/reply"] === "empty" || reply["~credence/reply"] === "any")
  if (!open) return mediaTypesOf(successes).join(", ")
  const readable = mediaTypesOf(errors).filter((mediaType) => mediaType !== "*/*")
  return readable.length === 0 ? "*/*" : `${readable.join(", ")}, */*;q=0.1`
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
  const input: Declaration = { path: options.path ?? {}, query: options.query ?? {}, header: options.header ?? {}, cookie: options.cookie ?? {}, body: options.body }
  const name = options.name ?? `${method} ${path}`
  const others = new Map<string, unknown>()
  const errors = toReplies(options.errors)
  const headers = options.responseHeaders === undefined ? undefined : lowerCase(options.responseHeaders)

  const asking = (success: Success | Successes, mediaType: string | undefined): unknown => {
    const replies = toReplies(success, mediaType)
    const declared: Declared = { success: replies, errors, headers, mediaTypes: Object.keys(options.as ?? {}) }
    const streaming = [...replies.values()].some((reply) => reply.open !== undefined)
    if ([...errors.values()].some((reply) => reply.open !== undefined)) throw new TypeError(`${name}: a streamed reply is for a success, and never for an error`)
    const accept = mediaType ?? acceptOf(replies, errors)
    let encode: ReturnType<typeof compile> | undefined
    const operation: Operation<Readonly<Record<string, unknown>>, unknown, ResponseError<string, number, unknown>> = {
      name,
      method,
      path,
      mediaType,
      permissions: options.permission === undefined ? [] : typeof options.permission === "string" ? [options.permission] : options.permission,
      security: options.security,
      server: options.server,
      streaming,
      // compiled on first use: an endpoint that is never called costs nothing
      encode: (given, context) =>
        (encode ??= compile({
          method,
          path,
          pathFields: input.path,
          query: input.query,
          header: input.header,
          cookie: input.cookie,
          body: input.body === undefined ? undefined : isBody(input.body) ? input.body : jsonBody(input.body),
          idempotencyKey: options.idempotencyKey ?? false,
          auth: options.auth ?? options.security?.length !== 0,
          security: options.security,
          server: options.server,
          ignoreSetCookie: options.ignoreSetCookie ?? false,
          headers: { accept, ...lowerCase(options.headers ?? {}), ...(mediaType === undefined ? {} : { accept }) }
        }))(given, context),
      decode: (response, context) => decodeResponse(declared, response, context),
      open: streaming ? (response, context) => openResponse(declared, response, context) : undefined
    }
    const call = (given: Readonly<Record<string, unknown>> = {}) => Effect.flatMap(session, (s) => streaming ? s.open(operation, given) : s.execute(operation, given))
    return Object.assign(call, { operation, session, declared, input })
  }

  const as = (mediaType: string): unknown => {
    const success = options.as?.[mediaType]
    if (success === undefined) throw new TypeError(`${name}: no media type ${mediaType} is declared under \`as\``)
    if (!others.has(mediaType)) others.set(mediaType, asking(success, mediaType))
    return others.get(mediaType)
  }
  const endpoint = asking(options.success, undefined) as object
  // The generic signature is computed from `O`; what runs is the same for every `O`. Inference is held by test/types.
  return (options.as === undefined ? endpoint : Object.assign(endpoint, { as })) as unknown as EndpointOf<S, O>
}

const lowerCase = <A>(fields: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))

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
export interface Paged<in out S, Input, out A, out E extends ResponseError<string, number, unknown>, out P extends string, out Item, out H = unknown> extends Endpoint<S, Input, A, E, P, H> {
  /** every page, lazily */
  readonly pages: (...input: {} extends Input ? [input?: Input, options?: PagingOptions] : [input: Input, options?: PagingOptions]) => Stream.Stream<A, E | CallError, S | Can<S, P>>
  /** how pages follow each other, where `credence/Paging` says it: for tests and tools */
  readonly paging?: PagingRule | undefined
  /** every item of every page, lazily */
  readonly items: (...input: {} extends Input ? [input?: Input, options?: PagingOptions] : [input: Input, options?: PagingOptions]) => Stream.Stream<Item, E | CallError, S | Can<S, P>>
}

/** Adds `pages` and `items` to an endpoint. `credence/Paging` has the usual ways in which pages follow each other. */
export const paged = <S, Input, A, E extends ResponseError<string, number, unknown>, P extends string, Item, H>(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  paging: Paging<Input, A, Item>
): Paged<S, Input, A, E, P, Item, H> =>
  pagesOf(endpoint, {
    start: (input) => input,
    fetch: (session, input) => session.execute(endpoint.operation, input),
    page: (page) => page,
    items: paging.items,
    next: paging.next
  })
