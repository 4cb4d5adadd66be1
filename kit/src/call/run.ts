/**
 * Runs an operation in a session of its own.
 */
import * as Call from "credence/Call"
import { withResponse, type Endpoint } from "credence/Endpoint"
import type { ConfigurationInvalid, ResponseError } from "credence/errors"
import { NodeTransport, Secrets } from "credence/node"
import type { Session } from "credence/Session"
import * as TokenStore from "credence/TokenStore"
import type { Transport } from "credence/Transport"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { oneLine, ProblemsFound, UsageError } from "../cli/failure.ts"
import { complain, remark, result, type Voice } from "../cli/terminal.ts"
import { keptLogin } from "../login/store.ts"
import { isEndpoint } from "../mock/MockEndpoint.ts"
import { writeJson } from "../values/json.ts"
import type { CallEndpoint } from "./CallEndpoint.ts"
import { type DeclaredSchemes, type Identity, identityOf, prefixOf } from "./credentials.ts"
import { dataOf, isWrongUse, sentenceOf } from "./failure.ts"
import { isSecretName, secretsOf } from "./mask.ts"
import { type OutputOptions, printItems, printResult } from "./output.ts"
import { capturing, show, toCurl } from "./preview.ts"
import { readSettings, type SessionFlags, type Settings } from "./settings.ts"

/** How an operation is to be run. */
export interface RunOptions extends OutputOptions {
  readonly session: SessionFlags
  readonly accept: string | undefined
  readonly dryRun: boolean
  readonly curl: boolean
  readonly status: boolean
  readonly all: boolean
  /** files that parameters were read from */
  readonly files: ReadonlyArray<string>
}

/** An operation of a client, with its input. */
export interface Task {
  readonly endpoint: CallEndpoint
  readonly schemes: DeclaredSchemes | undefined
  readonly input: Readonly<Record<string, unknown>>
}

/** What a session class gives to build a session of. */
interface SessionClass extends Context.Key<unknown, Session> {
  readonly make: (...layers: ReadonlyArray<Layer.Layer<never, unknown, unknown>>) => Effect.Effect<Session, ConfigurationInvalid, Scope.Scope>
}

/** The class that an endpoint was made for: every one of `credence` has these. */
const sessionClassOf = ({ session }: CallEndpoint): SessionClass => session as SessionClass

/** The endpoint for the media type that is wanted. */
const asking = (endpoint: CallEndpoint, accept: string | undefined): Effect.Effect<CallEndpoint, UsageError> => {
  if (accept === undefined) return Effect.succeed(endpoint)
  const known = endpoint.declared.mediaTypes ?? []
  const other = known.includes(accept) ? endpoint.as?.(accept as never) : undefined
  // a key of `as` gives an endpoint of the same kind
  if (isEndpoint(other)) return Effect.succeed(other as CallEndpoint)
  const own = new Set([...endpoint.declared.success.values()].map(({ mediaType }) => mediaType))
  return own.has(accept) ? Effect.succeed(endpoint) : Effect.fail(new UsageError({ message: `--accept: ${endpoint.operation.name} gives ${[...own, ...known].join(", ")}` }))
}

const open = Effect.fnUntraced(function*(task: Task, identity: Identity, settings: Settings, transport: Layer.Layer<Transport>, store = TokenStore.none) {
  const { make } = sessionClassOf(task.endpoint)
  // the layers give the parts that a session is made of
  const parts = [identity.layer, identity.configuration, transport, store] as unknown as ReadonlyArray<Layer.Layer<never, unknown, unknown>>
  return yield* make(...parts).pipe(Effect.provide(Secrets.layer()), Effect.provideService(ConfigProvider.ConfigProvider, settings.provider))
})

/** Within a session: what an endpoint needs is that, and a scope. */
const within = <A>(endpoint: CallEndpoint, session: Session, effect: Effect.Effect<A, unknown, unknown>): Effect.Effect<A, unknown, Scope.Scope> =>
  Effect.provideService(effect, sessionClassOf(endpoint), session) as Effect.Effect<A, unknown, Scope.Scope>

const preview = Effect.fnUntraced(function*(task: Task, identity: Identity, settings: Settings, options: RunOptions) {
  const { endpoint, input } = task
  const requestOf = (auth: boolean) =>
    Effect.gen(function*() {
      const { captured, layer } = capturing()
      const session = yield* open(task, identity, settings, layer)
      const exit = yield* Effect.exit(within(endpoint, session, endpoint(input)).pipe(Call.with(auth ? { retry: "none" } : { retry: "none", auth: false })))
      const request = captured()
      if (request !== undefined) return request
      // it did not come to a request
      return yield* Effect.andThen(exit, Effect.die(new Error("a call ended without a request")))
    })
  const first = yield* requestOf(true)
  // what comes before it is a login, which only the server can answer
  const login = first.operation !== endpoint.operation.name
  const request = login ? yield* requestOf(false) : first
  const secrets = secretsOf(request, identity.secrets, settings.prefix)
  const { basic, instead } = identity
  const without = options.curl && instead !== undefined ? `set ${instead.variable} for this line` : "the request has no credentials here"
  if (login) yield* remark(options, `This session logs in first (${first.method} ${first.displayUrl}), which was not done: ${without}.`)
  if (options.curl) return yield* Console.log(toCurl(request, secrets, { basic, instead: login ? instead : undefined }, options.files))
  const shown = show(request, secrets)
  if (options.json) return yield* result(options, { ...shown, body: shown.body ?? null })
  const lines = [`${shown.method} ${shown.url}`, ...Object.entries(shown.headers).map(([name, value]) => `${name}: ${value}`), ...(shown.body === undefined ? [] : ["", shown.body])]
  return yield* Console.log(lines.join("\n"))
})

const isText = (endpoint: CallEndpoint): boolean => [...endpoint.declared.success.values()].every((reply) => reply["~credence/reply"] === "text")

interface Answered {
  readonly value: unknown
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
}

/** The status and the declared fields of the head, on standard error: standard output has the result and nothing else. */
const tellHead = ({ headers, status }: Answered): Effect.Effect<void> =>
  Effect.forEach([`HTTP ${status}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${isSecretName(name) ? "<redacted>" : shownField(value)}`)], (line) => Console.error(line), { discard: true })

const shownField = (value: unknown): string => oneLine(typeof value === "string" ? value : writeJson(value))

const perform = Effect.fnUntraced(function*(task: Task, identity: Identity, settings: Settings, options: RunOptions) {
  const { endpoint, input } = task
  const { ready, store } = yield* keptLogin(settings)
  const session = yield* open(task, identity, settings, NodeTransport.layer(), TokenStore.layer(store))
  yield* ready(session)
  if (options.all) {
    const { items } = endpoint
    if (items === undefined) return yield* new UsageError({ message: `--all: ${endpoint.operation.name} has no pages` })
    return yield* within(endpoint, session, printItems(items(input), options))
  }
  if (!options.status) return yield* Effect.flatMap(within(endpoint, session, endpoint(input)), (value) => printResult(value, options, isText(endpoint)))
  // an endpoint of the runtime, whose types are not known here
  const told = withResponse(endpoint as unknown as Endpoint<unknown, unknown, unknown, ResponseError<string, number, unknown>, string>)
  const answered = (yield* within(endpoint, session, told(input))) as Answered
  yield* tellHead(answered)
  return yield* printResult(answered.value, options, isText(endpoint))
})

/** A failure that is told and counted; one of usage is told by whoever runs the command. */
const toldFailure = (error: unknown, hint: string, voice: Voice): Effect.Effect<never, unknown> =>
  isWrongUse(error) || error instanceof UsageError
    ? Effect.andThen(result(voice, { ok: false, error: dataOf(error) }), Effect.fail(error))
    : Effect.gen(function*() {
      yield* complain(sentenceOf(error, hint))
      yield* result(voice, { ok: false, error: dataOf(error) })
      return yield* new ProblemsFound({ message: "the call failed" })
    })

/**
 * Runs an operation and prints what it gives. Failures of the call are printed, too, and end as {@link ProblemsFound}; wrong
 * input and settings fail as they are, before anything is sent.
 */
export const run = (given: Task, options: RunOptions): Effect.Effect<void, unknown> => {
  let hint = ""
  const work = Effect.gen(function*() {
    const { key } = sessionClassOf(given.endpoint)
    const endpoint = yield* asking(given.endpoint, options.accept)
    const task = { ...given, endpoint }
    const settings = yield* readSettings(prefixOf(key), options.session)
    const identity = yield* identityOf(key, given.schemes, settings)
    hint = identity.hint
    return yield* options.dryRun || options.curl ? preview(task, identity, settings, options) : perform(task, identity, settings, options)
  })
  return Effect.scoped(Effect.catch(work, (error) => toldFailure(error, hint, options)))
}
