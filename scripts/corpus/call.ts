/**
 * Calls every generated operation through a session, over a transport that holds the request against the document and
 * answers as the document says.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import type { Endpoint } from "../../src/endpoint/Endpoint.ts"
import type { ResponseError } from "../../src/errors/ResponseError.ts"
import * as Configuration from "../../src/layers/config/Configuration.ts"
import type { SessionClass } from "../../src/layers/session/Session.ts"
import type { Session } from "../../src/services/Session.ts"
import { Transport, type TransportRequest } from "../../src/services/Transport.ts"
import { type Answered, answerFor, envelope, failuresOf, made } from "./answer.ts"
import { credentialsFor } from "./credentials.ts"
import { type DeclaredInput, type Fallbacks, inputFor, NoExample, wireValues } from "./input.ts"
import { type Judge, makeJudge } from "./judge.ts"
import { checkRequest, type Given, type Problem, type Sent } from "./request.ts"
import { sampleFor } from "./sample.ts"
import { baseByLibrary, baseOf } from "./servers.ts"
import { isJsonMedia, isRecord, matchesMedia, type Operation, operations, read, type Response, schemes } from "./spec.ts"

export type AnyEndpoint = Endpoint<unknown, unknown, unknown, ResponseError<string, number, unknown>, string> & {
  readonly input?: DeclaredInput
  readonly as?: (mediaType: string) => AnyEndpoint
}

export interface GeneratedOperation {
  readonly name: string
  readonly module: string
  readonly method: string
  readonly path: string
  readonly document: string
}

export interface CallResult {
  readonly method: string
  readonly path: string
  readonly document: string
  /** it was asked for this media type */
  readonly as?: string
  /** it was answered by this failure */
  readonly status?: number
  readonly result: "ok" | "failed" | "contradiction"
  readonly problems: ReadonlyArray<Problem>
  /** where the request went and should have gone; absent where none was sent */
  readonly server?: { readonly ours: string; readonly expected: string; readonly library: string | undefined }
}

/** base URL where the document names none, or none with a host */
const inventedHost = "https://corpus.test"
const absolute = (base: string, root = inventedHost): string => {
  const against = `${root}/`
  // a template that no variable fills is no URL
  return URL.canParse(base === "" ? "/" : base, against) ? new URL(base === "" ? "/" : base, against).href.replace(/\/+$/, "") : inventedHost
}

/** The document's own base URL. */
const rootOf = (operation: Operation): string => absolute(baseOf({ ...operation, raw: { schemes: operation.raw["schemes"] }, item: {} }))

/** The base URL of an operation; where it is relative the document is taken to be at its own server. */
const expectedBase = (operation: Operation): string => {
  const own = [operation.raw["servers"], operation.item["servers"]].some((servers) => Array.isArray(servers) && servers.length > 0)
  return own ? absolute(baseOf(operation), rootOf(operation)) : rootOf(operation)
}

export const importModule = (directory: string, module: string): Promise<Readonly<Record<string, unknown>>> =>
  import(pathToFileURL(path.join(directory, /\.[mc]?ts$/.test(module) ? module : `${module}.ts`)).href) as Promise<Readonly<Record<string, unknown>>>

/** One call, as the transport sees it. */
export interface Exchange {
  readonly operation: Operation
  readonly judges: Judges
  readonly seed: number
  /** given: answers, and the request is not looked at */
  readonly answer: ((accept: string) => Answered) | undefined
  /** what the call was given, as it stands on the wire */
  given: Given
  sent?: Sent
  problems: Array<Problem>
  contradictions: Array<Problem>
}

export interface Judges {
  readonly request: Judge
  readonly response: Judge
}

const short = (cause: Cause.Cause<unknown>): Problem & { readonly error: unknown } => {
  const error = Cause.squash(cause)
  const tag = typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : error instanceof Error ? error.name : typeof error
  const message = error instanceof Error ? error.message : String(error)
  const issues = typeof error === "object" && error !== null && "issues" in error ? JSON.stringify(error.issues) : ""
  return { cause: `the call fails with ${tag}`, detail: `${message} ${issues}`.slice(0, 600), error }
}

/** Takes what a call gave to its end, so that streams are read and decoded too. */
const drained = (value: unknown): Effect.Effect<void, unknown, unknown> => {
  if (Stream.isStream(value)) return Stream.runDrain(value as Stream.Stream<unknown, unknown>)
  if (typeof value === "object" && value !== null && "body" in value && Stream.isStream(value.body)) return Stream.runDrain(value.body as Stream.Stream<unknown, unknown>)
  return Effect.void
}

const bodyOf = (request: TransportRequest): Effect.Effect<Uint8Array | string | undefined> => {
  if (request.body === undefined) return Effect.succeed(undefined)
  if (request.body._tag === "Bytes") return Effect.succeed(request.body.bytes)
  return Effect.orDie(Effect.map(Stream.runCollect(request.body.stream), (chunks) => Buffer.concat(chunks)))
}

/** The one transport of a run; `current` says which operation is being called. */
const transportFor = (current: () => Exchange): Layer.Layer<Transport> => {
  const send = (request: TransportRequest) =>
    Effect.map(bodyOf(request), (body) => {
      const exchange = current()
      const { answer: given, judges, operation, seed } = exchange
      exchange.sent = { method: request.method, url: request.url, headers: request.headers, body }
      const accept = request.headers["accept"] ?? "*/*"
      const problems = given === undefined ? checkRequest(judges.request, operation, expectedBase(operation), exchange.sent, exchange.given) : []
      for (const problem of problems) {
        (problem.contradiction === true || isHopeless(exchange, problem) ? exchange.contradictions : exchange.problems).push(problem)
      }
      const answer = given === undefined ? answerFor(judges.response, operation, accept, seed) : given(accept)
      if ("problem" in answer) {
        (answer.contradiction ? exchange.contradictions : exchange.problems).push({ cause: answer.contradiction ? "no value fits the schema of the answer" : "Accept fits no answer", detail: answer.problem })
        return { status: 204, headers: {}, body: new Uint8Array(0) }
      }
      return answer
    })
  return Layer.succeed(Transport, {
    name: "corpus",
    send,
    open: (request) => Effect.map(send(request), ({ body, headers, status }) => ({ status, headers, body: Stream.succeed(body) }))
  })
}

/** Is there any value at all that the schema in question takes? */
const isHopeless = (exchange: Exchange, problem: Problem): boolean => {
  const { judges, operation } = exchange
  const match = /^(path|query|header|cookie) parameter does not fit/.exec(problem.cause)
  if (match !== null) {
    const parameter = operation.parameters.find((candidate) => candidate.in === match[1] && problem.detail.startsWith(`${candidate.name}:`))
    return parameter !== undefined && "problem" in sampleFor(judges.request, parameter.schema ?? true, exchange.seed)
  }
  const body = /^(.*) body does not fit/.exec(problem.cause)
  const media = operation.body?.media.find((candidate) => candidate.type === body?.[1])
  return media !== undefined && "problem" in sampleFor(judges.request, media.schema ?? true, exchange.seed)
}

export interface CallJob {
  readonly files: ReadonlyArray<string>
  readonly directory: string
  readonly operations: ReadonlyArray<GeneratedOperation>
  /** failures whose body the document leaves open come in Argus' envelope */
  readonly envelope: boolean
  readonly seed: number
}

/** so many inputs are tried where what a type cannot say, such as an empty path value, is refused */
const tries = 12

/** What came of one call. */
export interface Called {
  readonly exchange: Exchange
  readonly endpoint: AnyEndpoint | undefined
  /** what the call gave; absent where it failed */
  readonly value: { readonly value: unknown } | undefined
  /** why it failed */
  readonly failure: (Problem & { readonly error?: unknown }) | undefined
}

/** An operation of a source, where it first occurs: the same in two documents of one API is one operation. */
export interface Target {
  readonly operation: Operation
  readonly judges: Judges
  readonly made: GeneratedOperation | undefined
}

export interface Caller {
  readonly targets: ReadonlyArray<Target>
  readonly call: (target: Target, options?: CallOptions) => Effect.Effect<Called, never, Scope.Scope>
}

export interface CallOptions {
  /** answers instead of the document, and the request is not looked at */
  readonly answer?: ((accept: string) => Answered) | undefined
  /** may add hooks */
  readonly around?: (<A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) | undefined
  /** the endpoint for another media type of the answer */
  readonly as?: string | undefined
  /** default: the job's */
  readonly seed?: number | undefined
  /** with all that can be given. Default: about half of it */
  readonly whole?: boolean | undefined
}

/** Opens sessions for a source's operations. */
export const makeCaller = (job: CallJob): Caller => {
  const generated = new Map(job.operations.map((operation) => [`${operation.method.toUpperCase()} ${operation.path}`, operation]))
  const targets = new Map<string, Target>()
  for (const document of job.files.map((file) => read(file))) {
    const judges = { request: makeJudge(document, "request"), response: makeJudge(document, "response", { enveloped: job.envelope }) }
    for (const operation of operations(document)) {
      const key = `${operation.method} ${operation.path}`
      if (!targets.has(key)) targets.set(key, { operation, judges, made: generated.get(key) })
    }
  }
  let exchange: Exchange | undefined
  const transport = transportFor(() => {
    if (exchange === undefined) throw new Error("a request though nothing is called")
    return exchange
  })
  const sessions = new Map<string, Session>()
  return {
    targets: [...targets.values()],
    call: (target, options = {}) =>
      Effect.suspend(() => {
        exchange = { ...target, seed: options.seed ?? job.seed, answer: options.answer, given: new Map(), problems: [], contradictions: [] }
        return callOne(job, target, exchange, transport, sessions, options)
      })
  }
}

const callOne = (
  job: CallJob,
  { made, operation }: Target,
  exchange: Exchange,
  transport: Layer.Layer<Transport>,
  sessions: Map<string, Session>,
  { around, as, whole }: CallOptions
): Effect.Effect<Called, never, Scope.Scope> =>
  Effect.gen(function*() {
    const failed = (cause: string, detail: string): Called => ({ exchange, endpoint: undefined, value: undefined, failure: { cause, detail } })
    if (made === undefined) return failed("not generated", `${operation.method} ${operation.path}`)
    const imported = yield* Effect.exit(Effect.tryPromise({ try: () => importModule(job.directory, made.module), catch: (cause) => cause }))
    if (Exit.isFailure(imported)) return failed("its module cannot be imported", short(imported.cause).detail)
    const found = imported.value[made.name] as AnyEndpoint | undefined
    const endpoint = as === undefined ? found : found?.as?.(as)
    if (endpoint === undefined) return failed("its module does not export it", `${made.module}: ${made.name}`)
    if (endpoint.input === undefined) return failed("the endpoint does not show its input", made.name)
    const opened = yield* Effect.exit(sessionOf(endpoint, operation, transport, sessions))
    if (Exit.isFailure(opened)) return failed("no session could be opened", short(opened.cause).detail)
    const api = endpoint.session as SessionClass<unknown, string>
    let failure: Called["failure"]
    for (let round = 0; round < tries; round++) {
      let input: Readonly<Record<string, unknown>>
      try {
        input = inputFor(endpoint.input, exchange.seed + round, fallbacksFor(exchange, exchange.seed + round), whole)
      } catch (error) {
        failure = { cause: error instanceof NoExample ? error.message : "making an example input throws", detail: error instanceof NoExample ? made.name : String(error).slice(0, 300) }
        const hopeless = operation.parameters.find((parameter) => parameter.required && "problem" in sampleFor(exchange.judges.request, parameter.schema ?? true, exchange.seed))
        if (hopeless !== undefined) {
          exchange.contradictions = [{ cause: "no value fits the schema of a required parameter", detail: hopeless.name }]
          return { exchange, endpoint, value: undefined, failure: undefined }
        }
        continue
      }
      exchange.given = wireValues(endpoint.input, input)
      exchange.problems = []
      exchange.contradictions = []
      const call = Effect.suspend(() => Effect.tap(endpoint(input), drained)) as Effect.Effect<unknown, unknown, Scope.Scope>
      const exit = yield* Effect.exit(Effect.scoped(api.use(opened.value)(around === undefined ? call : around(call))))
      failure = Exit.isSuccess(exit) ? undefined : short(exit.cause)
      // alternatives that overlap may not do so for another example
      if (round + 1 < tries && exchange.contradictions.some((problem) => problem.cause.includes("oneOf"))) continue
      if (Exit.isSuccess(exit)) return { exchange, endpoint, value: { value: exit.value }, failure: undefined }
      if (exchange.sent !== undefined || failure?.cause.endsWith("InvalidInput") !== true) break
    }
    return { exchange, endpoint, value: undefined, failure }
  })

/** Examples from the document's own schemas. */
const fallbacksFor = ({ judges, operation }: Exchange, seed: number): Fallbacks => ({
  parameter: (place, name) => {
    const parameter = operation.parameters.find((candidate) => candidate.in === place && (candidate.name === name || candidate.name.toLowerCase() === name.toLowerCase()))
    return parameter === undefined ? undefined : sampleFor(judges.request, parameter.schema ?? true, seed)
  },
  body: (mediaType) => {
    const media = operation.body?.media.find((candidate) => candidate.type === mediaType) ?? operation.body?.media.find((candidate) => matchesMedia(candidate.type, mediaType))
    return media === undefined ? undefined : sampleFor(judges.request, media.schema ?? true, seed)
  }
})

/** so many examples are tried of each operation where it is `thorough` */
const rounds = 4

/** Calls each operation of a source once; with `thorough` with several examples, and also for each further media type, and each failure that is described. */
export const callAll = (job: CallJob, thorough: boolean): Promise<ReadonlyArray<CallResult>> => {
  const caller = makeCaller(job)
  return Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const results: Array<CallResult> = []
    for (const target of caller.targets) {
      const first = yield* caller.call(target)
      let result = resultOf(first)
      // other examples must do as well
      for (let round = 1; thorough && round < rounds && result.result === "ok"; round++) result = resultOf(yield* caller.call(target, { seed: job.seed + 100 * round, whole: round % 2 === 1 }))
      results.push(result)
      if (!thorough || first.endpoint === undefined) continue
      for (const as of mediaTypesOf(target, first.endpoint)) results.push({ ...resultOf(yield* caller.call(target, { as })), as })
      for (const [status, response] of failuresOf(target.operation)) {
        const called = yield* caller.call(target, { answer: () => failureFor(target, status, response, job) })
        results.push(failureResult(called, status))
      }
    }
    return results
  })))
}

/** A failure is in whatever media type it is described in. */
const failureFor = ({ judges, operation }: Target, status: number, response: Response, job: CallJob): Answered => {
  const json = response.media.find((candidate) => isJsonMedia(candidate.type))
  // Argus' documents leave the bodies of failures open, and their `default` describes a success; this is what its servers send
  if (job.envelope && (!operation.responses.has(String(status)) || response.media.every(({ schema }) => schema === undefined))) {
    return { status, headers: { "content-type": "application/json" }, body: new TextEncoder().encode(JSON.stringify(envelope(status))) }
  }
  return made(judges.response, operation, status, response, (json ?? response.media[0])?.type ?? "*/*", job.seed)
}

/** Media types that the endpoint can be asked for. */
const mediaTypesOf = ({ operation }: Target, endpoint: AnyEndpoint): ReadonlyArray<string> =>
  [...new Set([...operation.responses.values()].flatMap(({ media }) => media.map(({ type }) => type)))].filter((type) => {
    try {
      return endpoint.as?.(type) !== undefined
    } catch {
      return false
    }
  })

/** A described failure must be that failure, with its body decoded. */
const failureResult = (called: Called, status: number): CallResult => {
  const { exchange, failure, value } = called
  const whole = resultOf(called)
  if (whole.result === "contradiction") return { ...whole, status }
  const base = { ...resultOf({ ...called, failure: undefined }), status }
  if (exchange.contradictions.length > 0 || exchange.problems.length > 0) return base
  const error = failure?.error
  const problem = value !== undefined
    ? { cause: "a failure is taken for a success", detail: String(status) }
    : isRecord(error) && error["status"] === status && !["UnexpectedStatus", "DecodeFailed"].includes(String(error["_tag"]))
    ? undefined
    : { cause: `a described failure: ${failure?.cause ?? ""}`, detail: `${status}: ${failure?.detail ?? ""}` }
  return problem === undefined ? { ...base, result: "ok", problems: [] } : { ...base, result: "failed", problems: [problem] }
}

/** Does every alternative of the security want two kinds of credentials in the one Authorization field? */
const isUnsatisfiable = (operation: Operation): boolean => {
  const known = schemes(operation.document)
  const kinds = (alternative: object) => new Set(Object.keys(alternative).flatMap((name) => {
    const scheme = known.get(name)
    const type = scheme?.["type"]
    return type === "oauth2" || type === "openIdConnect" ? ["bearer"] : type === "http" ? [String(scheme?.["scheme"]).toLowerCase()] : type === "basic" ? ["basic"] : type === "apiKey" && /^authorization$/i.test(String(scheme?.["name"])) ? [name] : []
  }))
  return operation.security !== undefined && operation.security.length > 0 && operation.security.every((alternative) => kinds(alternative).size > 1)
}

const resultOf = ({ exchange, failure }: Called): CallResult => {
  const { operation, sent } = exchange
  const impossible: Problem = { cause: "two different credentials for one Authorization field", detail: JSON.stringify(operation.security) }
  const contradictions = isRecord(failure?.error) && failure.error["reason"] === "unsatisfied" && isUnsatisfiable(operation) ? [impossible] : exchange.contradictions
  // what cannot be answered cannot be decoded
  const unanswerable = contradictions.some((problem) => problem === impossible || problem.cause.includes("answer"))
  const problems = [...exchange.problems, ...(failure === undefined || unanswerable ? [] : [failure])]
  return {
    method: operation.method,
    path: operation.path,
    document: path.basename(operation.document.file),
    result: problems.length > 0 ? "failed" : contradictions.length > 0 ? "contradiction" : "ok",
    problems: problems.length > 0 ? problems : contradictions,
    ...(sent === undefined ? {} : { server: serverOf(operation, sent) })
  }
}

const serverOf = (operation: Operation, sent: Sent): NonNullable<CallResult["server"]> => {
  const expected = expectedBase(operation)
  const library = baseByLibrary(operation)
  return { ours: sent.url.href.startsWith(`${expected}/`) || sent.url.href.startsWith(`${expected}?`) || sent.url.href === expected ? expected : sent.url.href, expected, library }
}

const sessionOf = (endpoint: AnyEndpoint, operation: Operation, transport: Layer.Layer<Transport>, sessions: Map<string, Session>): Effect.Effect<Session, unknown, Scope.Scope> => {
  const { document } = operation
  const known = sessions.get(document.file)
  if (known !== undefined) return Effect.succeed(known)
  // the document's own server is the session's default; where it has no host one is given
  const root = baseOf({ ...operation, raw: { schemes: operation.raw["schemes"] }, item: {} })
  const configuration = Configuration.layer({ ...(/^https?:/.test(root) ? {} : { baseUrl: absolute(root) }), allowInsecureHttp: true, retry: "none" })
  const api = endpoint.session as SessionClass<unknown, string>
  return Effect.tap(api.make(configuration, credentialsFor(document), transport), (session) =>
    Effect.sync(() => {
      sessions.set(document.file, session)
    }))
}
