/**
 * A session without a server: typed handlers answer for endpoints.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Declared, StatusKey } from "../endpoint/decode.ts"
import type { Endpoint } from "../endpoint/Endpoint.ts"
import { isOptional } from "../endpoint/fields.ts"
import type { Download, Reply } from "../endpoint/Reply.ts"
import { type CallError, InvalidInput, isCallError, UnexpectedStatus } from "../errors/CallError.ts"
import { makeResponseError, type ResponseError } from "../errors/ResponseError.ts"
import type { Operation } from "../services/Operation.ts"
import type { Permission } from "../services/Permission.ts"
import type { Parts, Session } from "../services/Session.ts"
import type { TransportResponse } from "../services/Transport.ts"
import { writeExactly } from "../wire/json.ts"
import { exampleOf } from "./example.ts"

type AnyError = ResponseError<string, number, unknown>

/** An endpoint and what answers for it. Made by {@link handle}. */
export interface Handler<in out S> {
  readonly operation: Operation<never, unknown, AnyError>
  readonly session: Context.Key<S, Session>
  readonly declared: Declared
  /** a success with the head it comes with */
  readonly run: (input: never) => Effect.Effect<Told, AnyError | CallError>
}

/** A success as a handler gives it. */
interface Told {
  readonly value: unknown
  readonly status?: number | undefined
  /** decoded; `undefined`: the handler says nothing about the head */
  readonly headers?: Readonly<Record<string, unknown>> | undefined
}

/** Answers for an endpoint, with its own types. */
export const handle = <S, Input, A, E extends AnyError, P extends string>(
  endpoint: Endpoint<S, Input, A, E, P>,
  // not inferred from the handler: it would make `A` whatever the handler gives, as long as the endpoint gives more
  run: (input: NoInfer<Input>) => Effect.Effect<NoInfer<A>, NoInfer<E> | CallError>
): Handler<S> => handlerOf(endpoint, (input: Input) => Effect.map(run(input), (value) => ({ value })))

/** What a handler answers besides the value. Status 200 unless it says otherwise. */
export interface HandledResponse<A, H> {
  readonly value: A
  readonly status?: number | undefined
  /** the fields that the endpoint declares, decoded */
  readonly headers: H
}

/**
 * Answers for an endpoint, with the fields of the head that it declares (`responseHeaders`): for calls by
 * `Endpoint.withResponse`, and all others.
 */
export const handleResponse = <S, Input, A, E extends AnyError, P extends string, H>(
  endpoint: Endpoint<S, Input, A, E, P, H>,
  run: (input: NoInfer<Input>) => Effect.Effect<HandledResponse<NoInfer<A>, NoInfer<H>>, NoInfer<E> | CallError>
): Handler<S> =>
  // a head's fields are a record by construction
  handlerOf(endpoint, run as (input: Input) => Effect.Effect<Told, E | CallError>)

const handlerOf = <S, Input, E extends AnyError>(
  endpoint: { readonly operation: Operation<Input, unknown, E>; readonly session: Context.Key<S, Session>; readonly declared: Declared },
  run: (input: Input) => Effect.Effect<Told, E | CallError>
): Handler<S> => ({ operation: endpoint.operation, session: endpoint.session, declared: endpoint.declared, run })

type StatusOf<E> = E extends { readonly status: infer Status } ? Status extends number ? Status : never : never
type BodyOf<E, Status> = First<[ExactBody<E, Status>, TaggedBody<E, RangeTag<Status>>, TaggedBody<E, "ErrorResponse">]>
type ExactBody<E, Status> = E extends { readonly status: infer S; readonly body: infer Body } ? number extends S ? never : Status extends S ? Body : never : never
type TaggedBody<E, Tag> = E extends { readonly _tag: Tag; readonly body: infer Body } ? Body : never
type RangeTag<Status> = Status extends number ? `${Status}` extends `4${string}` ? "ClientError" : `${Status}` extends `5${string}` ? "ServerError" : never : never
/** the first that is there: exact, range, default, as for an answer */
type First<Bodies extends ReadonlyArray<unknown>> = Bodies extends readonly [infer Head, ...infer Tail] ? [Head] extends [never] ? First<Tail> : Head : never

/**
 * Fails as an endpoint fails for a status that it declares.
 *
 * @example
 * ```ts
 * handle(getCaseMetadataByID, () => failWith(getCaseMetadataByID, 404, { messages: [] }))
 * ```
 */
export const failWith = <S, Input, A, E extends AnyError, P extends string, const Status extends StatusOf<E>>(
  endpoint: Endpoint<S, Input, A, E, P>,
  status: Status,
  body: BodyOf<E, Status>
): Effect.Effect<never, E> => {
  const { errors } = endpoint.declared
  const range = `${Math.floor(status / 100)}XX` as const
  const key = errors.has(status) ? status : (range === "4XX" || range === "5XX") && errors.has(range) ? range : "default"
  const failure = { operation: endpoint.operation.name, method: endpoint.operation.method, url: `http://test${endpoint.operation.path}`, attempts: 1 }
  // `status` is one of the endpoint's own, so the class that answers for it is in its `E`
  return Effect.fail(makeResponseError(key, { ...failure, status, body }) as unknown as E)
}

/** A streamed body for a handler of a streaming endpoint. */
export const download = (content: Uint8Array | string, options: { readonly name?: string | undefined; readonly mediaType?: string | undefined } = {}): Download => {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
  return {
    status: 200,
    headers: {
      "content-length": String(bytes.length),
      "content-type": options.mediaType ?? "application/octet-stream",
      ...(options.name === undefined ? {} : { "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(options.name)}` })
    },
    mediaType: options.mediaType ?? "application/octet-stream",
    name: options.name,
    size: bytes.length,
    body: Stream.succeed(bytes)
  }
}

/**
 * A session of an API whose endpoints are answered by handlers. Input is checked as for a real call. A call without a
 * handler is a mistake of the test: it dies with a message that names the endpoint.
 *
 * @example
 * ```ts
 * program.pipe(Effect.provide(layerTest(Argus, [handle(getCurrentUser, () => Effect.succeed(example(getCurrentUser)))])))
 * ```
 */
export const layerTest = <Self, Api extends string>(
  api: Context.Key<Self, Session<Api>>,
  handlers: ReadonlyArray<Handler<Self>>
): Layer.Layer<Self | Permission<Self, string>> => {
  const handlerFor = (operation: Operation<never, unknown, AnyError>) => handlers.find((candidate) => candidate.operation === (operation.base ?? operation))
  const answer = <I, E extends AnyError>(operation: Operation<I, unknown, E>, input: I): Effect.Effect<Told, E | CallError> =>
    Effect.suspend(() => {
      const handler = handlerFor(operation)
      if (handler === undefined) {
        const known = handlers.map((candidate) => candidate.operation.name).join(", ")
        return Effect.die(new Error(`layerTest has no handler for ${operation.name}: add handle(${operation.name}, …)${known === "" ? "" : `. There are handlers for ${known}`}`))
      }
      const encoded = operation.encode(input, { extra: undefined, unique: () => "0".repeat(32) })
      if (Result.isFailure(encoded)) {
        return Effect.fail(new InvalidInput({ operation: operation.name, method: operation.method, url: `http://test${operation.path}`, attempts: 0, issues: encoded.failure }))
      }
      // the handler was made for this very operation, so its input and errors are this operation's
      return (handler.run as (input: I) => Effect.Effect<Told, E | CallError>)(input)
    })
  const declaredOf = (operation: Operation<never, unknown, AnyError>): Declared => handlerFor(operation)?.declared ?? { success: new Map(), errors: new Map() }
  /** what a call gives; one that wants the head, too, gets that */
  const execute = <I, A, E extends AnyError>(operation: Operation<I, A, E>, input: I): Effect.Effect<A, E | CallError> =>
    // a handler was typed by the operation it answers for
    Effect.map(answer(operation, input), (given) => (operation.base === undefined ? given.value : told(operation.name, declaredOf(operation), given)) as A)
  const unsupported = (what: string) => Effect.die(new Error(`layerTest has no ${what}: use a scripted transport (Script.make) for it`))
  const session: Session<Api> = {
    // a key of a session class is its API's name
    api: api.key as Api,
    id: api.key,
    execute,
    open: execute,
    raw: (operation, input) =>
      Effect.matchEffect(answer(operation, input), {
        // a status is a response here, but for a 401, as in a real session
        onFailure: (error) => error instanceof UnexpectedStatus
          ? Effect.succeed(responseOf(error.status, new Map(), error.body))
          : isCallError(error) ? Effect.fail(error) : Effect.succeed(responseOf(error.status, declaredOf(operation).errors, error.body)),
        onSuccess: ({ headers, status, value }) => Effect.map(
          Effect.succeed(responseOf(status ?? 200, declaredOf(operation).success, value)),
          (response) => ({ ...response, headers: { ...response.headers, ...textsOf(declaredOf(operation), headers ?? {}) } })
        )
      }),
    request: () => unsupported("requests without an endpoint"),
    authenticate: Effect.void,
    stepUp: () => Effect.void,
    signOut: Effect.void,
    token: Effect.succeed(Redacted.make("token-of-a-test")),
    disconnect: Effect.void,
    events: Stream.empty,
    status: Effect.succeed({ session: api.key, baseUrl: "http://test/", transport: "layerTest", authentication: { method: "none", state: "none", generation: 0 } }),
    explain: (operation) => Effect.succeed({ operation: operation?.name ?? "any call", settings: [], text: "layerTest: handlers answer, no policy applies" }),
    fixed: true,
    // never looked at: an override or a narrower session of this one is itself
    parts: Context.empty() as Context.Context<Parts>
  }
  // permissions are phantom: a test session grants all
  return Layer.succeed(api, session) as unknown as Layer.Layer<Self | Permission<Self, string>>
}

/** A success and its head, as `Endpoint.withResponse` gives it. What a handler leaves open, and is required, is an example. */
const told = (name: string, declared: Declared, { headers, status, value }: Told): unknown => {
  const required = Object.entries(declared.headers ?? {}).filter(([, schema]) => !isOptional(schema))
  const head = headers ?? Object.fromEntries(required.map(([field, schema]) => [field, exampleOf({ schema }, name)]))
  return { value, status: status ?? 200, headers: head, fields: textsOf(declared, head) }
}

/** The fields of a head as they go over the wire. */
const textsOf = (declared: Declared, headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => {
    const schema = declared.headers?.[name]
    const encoded: unknown = value === undefined || schema === undefined ? value : Schema.encodeUnknownSync(schema)(value)
    if (encoded === undefined) return []
    return [[name, typeof encoded === "string" ? encoded : Array.isArray(encoded) ? encoded.join(",") : writeExactly(encoded) ?? ""]]
  }))

/** What a server would have sent for a handler's value. */
const responseOf = (status: number, replies: ReadonlyMap<StatusKey, Reply<unknown>>, value: unknown): TransportResponse => {
  const range = `${Math.floor(status / 100)}XX` as StatusKey
  const reply = replies.get(status) ?? replies.get(range) ?? replies.get("default") ?? replies.values().next().value
  const mediaType = reply === undefined || reply.mediaType.includes("*") ? "application/octet-stream" : reply.mediaType
  if (value === undefined) return { status, headers: {}, body: new Uint8Array(0) }
  if (value instanceof Uint8Array) return { status, headers: { "content-type": mediaType }, body: value }
  if (typeof value === "string" && reply?.schema === undefined) return { status, headers: { "content-type": mediaType }, body: new TextEncoder().encode(value) }
  const encoded = reply?.schema === undefined ? value : Schema.encodeUnknownSync(reply.schema)(value)
  return { status, headers: { "content-type": reply?.schema === undefined ? "application/json" : mediaType }, body: new TextEncoder().encode(writeExactly(encoded)) }
}
