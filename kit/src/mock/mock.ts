/**
 * A mock server of typed endpoints: as a value, as a service, as a layer, and as a transport without any server.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type RequestBody, Transport, type TransportError, type TransportRequest, type TransportResponse } from "credence/Transport"
import { ConnectionFailed } from "credence/errors"
import { setTimeout as sleep } from "node:timers/promises"
import { type Answer, encode, header, type HttpRequest } from "../http/message.ts"
import { serve, type ServerFailed } from "../http/server.ts"
import { answerFor, refusal } from "./answer.ts"
import { check, type Checked } from "./check.ts"
import { type Endpoints, endpointsOf } from "./MockEndpoint.ts"
import { derived, hash } from "./random.ts"
import { type Candidate, makeRouter } from "./route.ts"
import { challenge, lacking, type Schemes } from "./security.ts"

/** How a mock answers. */
export interface MockOptions {
  /** the same seed gives the same answers. Default 1 */
  readonly seed?: number | undefined
  /** statuses to answer by the names of operations, in place of the first success */
  readonly status?: Readonly<Record<string, number>> | undefined
  /** milliseconds before each answer. Default 0 */
  readonly delay?: number | undefined
  /** answers 401 to what does not carry the credentials that its endpoint wants. They are not looked at. Default false */
  readonly strict?: boolean | undefined
  /** where the credentials stand; those that the given modules export (`PetstoreAuth`) are known anyway */
  readonly schemes?: Schemes | undefined
}

/** Where a mock server listens. */
export interface ServerOptions extends MockOptions {
  /** 0 (the default) takes any that is free */
  readonly port?: number | undefined
  /** the address to listen on. Default `127.0.0.1`: nobody else can reach it */
  readonly host?: string | undefined
}

/** A mock server that is up. */
export interface RunningMock {
  /** `http://127.0.0.1:PORT`, without a trailing slash: the base URL for a session */
  readonly url: string
  /** how many operations it answers for */
  readonly operations: number
}

/** A running mock server. */
export class Mock extends Context.Service<Mock, RunningMock>()("credence-kit/mock/Mock") {}

/** Answers requests; the same request gets the same answer. */
export type Handler = (request: HttpRequest) => Answer

/** What modules of a client export besides endpoints: `Auth.schemes({ … })`. */
const schemesIn = (given: Endpoints): Schemes => {
  const out: Record<string, Schemes[string]> = {}
  for (const module of given) {
    for (const value of [module, ...Object.values(module)] as ReadonlyArray<unknown>) {
      const declared: unknown = typeof value === "function" && "declared" in value && !("operation" in value) ? value.declared : undefined
      // made by `Auth.schemes`, which took nothing else
      if (typeof declared === "object" && declared !== null) Object.assign(out, declared)
    }
  }
  return out
}

/** `Prefer: status=404` (RFC 7240), also as `code=404`. */
const preferred = (request: HttpRequest): number | undefined => {
  const found = /(?:^|[,;])\s*(?:status|code)\s*=\s*"?(\d{3})"?\s*(?=[,;]|$)/i.exec(header(request, "prefer") ?? "")
  const status = Number(found?.[1] ?? 0)
  return status >= 200 && status <= 599 ? status : undefined
}

/** Makes what answers, of endpoints or modules of them. Pure: no server, no clock. */
export const makeHandler = (given: Endpoints, options: MockOptions = {}): Handler => {
  const list = [...given]
  const endpoints = endpointsOf(list)
  const route = makeRouter(endpoints)
  const schemes = { ...schemesIn(list), ...options.schemes }
  const seed = options.seed ?? 1

  const marked = (name: string, answer: Answer): Answer =>
    ({ ...answer, headers: { ...answer.headers, "x-credence-mock": `${name.replace(/[^\x21-\x7e]/g, "-")}; seed=${seed}` } })

  const answered = ({ endpoint, path }: Candidate, input: Readonly<Record<string, unknown>>, request: HttpRequest): Answer => {
    const { name } = endpoint.operation
    const own = derived(hash(`${name}\n${[...path].map(([key, value]) => `${key}=${value}`).join("\n")}`), seed)
    const asked = preferred(request)
    const status = asked ?? (options.status !== undefined && Object.hasOwn(options.status, name) ? options.status[name] : undefined)
    const answer = answerFor(endpoint, { seed: own, accept: header(request, "accept"), status, input, query: request.query })
    return asked === undefined ? answer : { ...answer, headers: { ...answer.headers, "Preference-Applied": `status=${answer.status}` } }
  }

  /** The first operation that takes the request answers; else the one that understands most of it says what is wrong. */
  const found = (candidates: readonly [Candidate, ...Array<Candidate>], request: HttpRequest): Answer => {
    const [first] = candidates
    const { name, security } = first.endpoint.operation
    const lack = options.strict === true ? lacking(security, schemes, request) : undefined
    if (lack !== undefined) return marked(name, refusal(401, { message: `${name} ${lack}` }, { "WWW-Authenticate": challenge(security ?? [], schemes) }))
    let refused: Answer | undefined
    for (const candidate of candidates) {
      const { name } = candidate.endpoint.operation
      const checked = check(candidate.endpoint, request, candidate.path)
      if (checked._tag === "Input") return marked(name, answered(candidate, checked.input, request))
      // whoever takes the media type knows better what is wrong
      if (refused === undefined || (refused.status === 415 && checked._tag === "Issues")) refused = marked(name, refusalOf(name, checked))
    }
    return refused ?? refusal(400, { issues: [] })
  }

  return (request) => {
    const match = route(request.method, request.path, request.query)
    switch (match._tag) {
      case "Found":
        return found(match.candidates, request)
      case "NoSuchPath":
        return refusal(404, { message: "no operation has this path" })
      case "WrongMethod":
        return refusal(405, { message: `no operation of this path has the method ${request.method}` }, { Allow: match.allow.join(", ") })
    }
  }
}

/** What is wrong with a request. */
const refusalOf = (name: string, checked: Exclude<Checked, { readonly _tag: "Input" }>): Answer =>
  checked._tag === "WrongType"
    ? refusal(415, { message: `${name} takes ${checked.accepted.join(", ")}` }, { Accept: checked.accepted.join(", ") })
    : refusal(400, { issues: checked.issues })

/**
 * Starts a mock server of endpoints, or of modules of them; it ends with the scope. It checks requests by what the endpoints
 * declare and answers with examples of what they give, the same request with the same answer.
 *
 * @example
 * ```ts
 * import * as Pets from "./petstore/pets.ts"
 *
 * const { url } = yield* make([Pets], { seed: 7, status: { getPet: 404 } })
 * ```
 */
export const make = Effect.fnUntraced(function*(endpoints: Endpoints, options: ServerOptions = {}): Effect.fn.Return<RunningMock, ServerFailed, Scope.Scope> {
  const list = [...endpoints]
  const handle = makeHandler(list, options)
  const delay = options.delay ?? 0
  const url = yield* serve({
    name: "mock",
    host: options.host,
    port: options.port ?? 0,
    https: undefined,
    respond: async (request, _connection, signal) => {
      if (delay > 0) await sleep(delay, undefined, { signal })
      return { _tag: "Answer", answer: handle(request) }
    }
  })
  return { url, operations: endpointsOf(list).length }
})

/** {@link make} as a layer: a server for as long as it lives. */
export const layer = (endpoints: Endpoints, options?: ServerOptions): Layer.Layer<Mock, ServerFailed> => Layer.effect(Mock, make(endpoints, options))

const bodyOf = (request: TransportRequest): Effect.Effect<Uint8Array, TransportError> => {
  const { body } = request
  if (body === undefined) return Effect.succeed(new Uint8Array(0))
  return body._tag === "Bytes" ? Effect.succeed(typeof body.bytes === "string" ? new TextEncoder().encode(body.bytes) : body.bytes) : collected(request, body)
}

const collected = (request: TransportRequest, body: Extract<RequestBody, { readonly _tag: "Stream" }>): Effect.Effect<Uint8Array, TransportError> =>
  Stream.runFold(body.stream, (): Array<Uint8Array> => [], (chunks, chunk) => (chunks.push(chunk), chunks)).pipe(
    Effect.map((chunks) => new Uint8Array(Buffer.concat(chunks))),
    Effect.mapError(() =>
      new ConnectionFailed({ operation: request.operation, method: request.method, url: request.displayUrl, attempts: request.attempt, reason: "body", processed: "maybe", detail: "the request's body failed" }))
  )

/**
 * The same without any server: a transport that answers by itself, for sessions in tests and browsers' previews.
 *
 * @example
 * ```ts
 * const Test = Petstore.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.layer({ baseUrl: "https://mock.test" }), transport([Pets])]))
 * ```
 */
export const transport = (endpoints: Endpoints, options: MockOptions & {
  /** the path of the session's base URL, such as `/v1`, which the endpoints' paths follow. Default: none */
  readonly basePath?: string | undefined
} = {}): Layer.Layer<Transport> =>
  Layer.sync(Transport, () => {
    const handle = makeHandler(endpoints, options)
    const basePath = (options.basePath ?? "").replace(/\/$/, "")
    const answer = (request: TransportRequest): Effect.Effect<TransportResponse, TransportError> =>
      Effect.map(bodyOf(request), (body) => {
        const { origin, pathname, search, searchParams } = request.url
        const answered = handle({
          method: request.method,
          origin,
          path: basePath !== "" && pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname,
          query: searchParams,
          search: search.slice(1),
          headers: request.headers,
          body,
          clientAddress: "127.0.0.1"
        })
        const { bytes, headers } = encode(answered)
        return { status: answered.status, headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])), body: request.method === "HEAD" ? new Uint8Array(0) : bytes }
      })
    const delay = options.delay ?? 0
    // no clock is asked where there is nothing to wait for
    const send = (request: TransportRequest): ReturnType<typeof answer> => delay > 0 ? Effect.delay(answer(request), delay) : answer(request)
    return Transport.of({
      name: "mock",
      send,
      open: (request) => Effect.map(send(request), ({ body, headers, status }) => ({ status, headers, body: Stream.succeed(body) }))
    })
  })
