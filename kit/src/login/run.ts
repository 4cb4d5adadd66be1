/**
 * The work of `credence login`, `logout`, `status` and `token`.
 */
import { ConnectionFailed } from "credence/errors"
import { NodeTransport, Secrets } from "credence/node"
import type { AuthenticationStatus } from "credence/Auth"
import * as Policy from "credence/Policy"
import * as TokenStore from "credence/TokenStore"
import { Transport, type TransportError, type TransportRequest } from "credence/Transport"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { dataOf, isWrongUse, sentenceOf } from "../call/failure.ts"
import { readSettings, type SessionFlags } from "../call/settings.ts"
import { oneLine, ProblemsFound } from "../cli/failure.ts"
import { complain, during, remark, result, type Voice } from "../cli/terminal.ts"
import { prompts } from "./prompts.ts"
import { type Keeping, keeping, leading, openStore, storeKindOf, type StoreKind } from "./store.ts"
import type { Opened, System } from "./systems.ts"

/** What the flags of all four say. */
export interface LoginOptions extends Voice {
  readonly session: SessionFlags
  /** `undefined`: what `CREDENCE_STORE` says */
  readonly store: StoreKind | undefined
  /** begins the names of variables, in place of the system's own */
  readonly prefix: string | undefined
}

/** Nobody is spoken to. */
const offline: Layer.Layer<Transport> = Layer.sync(Transport, () => {
  const refuse = ({ attempt, displayUrl, method, operation }: TransportRequest): Effect.Effect<never, TransportError> =>
    Effect.fail(new ConnectionFailed({ operation, method, url: displayUrl, attempts: attempt, reason: "other", processed: "no", detail: "nothing is sent" }))
  return { name: "offline", send: refuse, open: refuse }
})

interface Work extends Opened, Pick<Keeping, "found" | "unread"> {}

/** Opens a session whose logins are kept. To look is to send nothing and to change nothing. */
const open = Effect.fnUntraced(function*(system: System, options: LoginOptions, look: boolean): Effect.fn.Return<Work, unknown, Scope.Scope> {
  const prefix = options.prefix ?? system.prefix
  const settings = yield* readSettings(prefix, options.session)
  const kept = yield* keeping(openStore(yield* storeKindOf(options.store, settings), settings), look ? "none" : "all")
  const { open: make } = yield* system.load(prefix)
  const opened = yield* make({
    transport: look ? offline : NodeTransport.layer(),
    rest: Layer.mergeAll(TokenStore.layer(kept.store), prompts(), look ? Policy.layer({ retry: "none" }) : Layer.empty)
  }).pipe(Effect.provide(Secrets.layer()), Effect.provideService(ConfigProvider.ConfigProvider, settings.provider))
  // before anything is sent that nothing could keep
  yield* kept.ready(opened.session)
  return { ...opened, ...kept }
})

/** The store had trouble, which the session made up for by its memory: that ends with the command. */
class StoreTrouble extends Data.TaggedError("StoreTrouble")<{ readonly message: string }> {}

/** How a login stands, for programs. */
export interface Standing {
  readonly system: string
  /** `fixed`: a credential that needs no login goes along with each call */
  readonly state: "signed in" | "expired" | "signed out" | "fixed" | "anonymous"
  readonly server: string
  readonly method: string
  readonly because: string | undefined
  readonly identity: string | undefined
  readonly scopes: ReadonlyArray<string> | undefined
  /** ISO 8601 */
  readonly expires: string | undefined
  /** ISO 8601: when the token was got, and when the next one is due, which the first call after that gets */
  readonly lastRefresh: string | undefined
  readonly nextRefresh: string | undefined
  readonly source: string | undefined
  readonly store: string | undefined
  readonly problem: string | undefined
}

const stateOf = ({ method, state, store }: AuthenticationStatus): Standing["state"] => {
  if (method === "anonymous") return "anonymous"
  // only a login that gives a token is kept somewhere
  if (store === undefined) return "fixed"
  return state === "active" ? "signed in" : state === "expired" ? "expired" : "signed out"
}

const isoOf = (time: number | undefined): string | undefined => time === undefined ? undefined : new Date(time).toISOString()

const standingOf = Effect.fnUntraced(function*(system: System, { session, unread }: Work, look = false): Effect.fn.Return<Standing> {
  const { authentication, baseUrl } = yield* session.status
  const { settings } = yield* session.explain()
  const status = leading(authentication)
  const { expires, identity, method, scopes, source, store } = status
  const state = stateOf(status)
  // what is fixed is renewed by nobody
  const { lastRefresh, nextRefresh } = state === "fixed" ? {} : status
  return {
    system: system.name,
    state,
    server: baseUrl,
    method,
    because: settings.find(({ setting }) => setting === "because")?.value,
    identity,
    scopes,
    expires: isoOf(expires),
    lastRefresh: isoOf(lastRefresh),
    nextRefresh: isoOf(nextRefresh),
    source,
    store: store?.name,
    // a look that would have to change something is no problem of the store
    problem: look ? unread() : store?.problem
  }
})

const said: Readonly<Record<Standing["state"], string>> = {
  "signed in": "signed in",
  expired: "the login has expired",
  "signed out": "not signed in",
  fixed: "each call carries its credential: there is no login to keep",
  anonymous: "calls carry no credential"
}

/** A point in time, and how far away it is. */
const timeOf = (iso: string | undefined, now: number): string | undefined => {
  if (iso === undefined) return undefined
  const seconds = Math.ceil((Date.parse(iso) - now) / 1000)
  const span = Duration.format(Duration.seconds(Math.abs(seconds)))
  return seconds === 0 ? `${iso}, now` : seconds > 0 ? `${iso}, in ${span}` : `${iso}, ${span} ago`
}

/** The same for people. */
const textOf = (title: string, standing: Standing, now: number): string => {
  const { because, expires, identity, lastRefresh, method, nextRefresh, problem, scopes, server, store } = standing
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    ["server", server],
    ["method", because === undefined ? method : `${method}, since ${because}`],
    ["identity", identity],
    ["scopes", scopes?.join(" ")],
    ["expires", timeOf(expires, now)],
    ["renewed", timeOf(lastRefresh, now)],
    ["next", nextRefresh === undefined ? undefined : `${timeOf(nextRefresh, now)}, by the first call after that`],
    ["store", problem === undefined ? store : `${store}: ${problem}`]
  ]
  const lines = rows.flatMap(([name, value]) => value === undefined || value === "" ? [] : [`  ${name.padEnd(9)} ${oneLine(value)}`])
  return [`${title}: ${said[standing.state]}`, ...lines].join("\n")
}

const show = (system: System, standing: Standing, voice: Voice): Effect.Effect<void> =>
  voice.json
    ? result(voice, { ok: standing.state !== "signed out" && standing.state !== "expired" && standing.problem === undefined, ...standing })
    : voice.quiet ? Effect.void : Effect.flatMap(Clock.currentTimeMillis, (now) => Console.log(textOf(system.title, standing, now)))

/** A failure is told once: wrong settings end with 2 and nothing was sent, all else with 1. */
const told = (voice: Voice) => (error: unknown): Effect.Effect<never, unknown> =>
  Effect.gen(function*() {
    yield* result(voice, { ok: false, error: dataOf(error) })
    if (error instanceof ProblemsFound || isWrongUse(error)) return yield* Effect.fail(error)
    yield* complain(sentenceOf(error, ""))
    return yield* new ProblemsFound({ message: "the login failed" })
  })

const command = (system: System, options: LoginOptions, look: boolean, work: (work: Work) => Effect.Effect<void, unknown>): Effect.Effect<void, unknown> =>
  // what ends the command with a code of its own has been told
  Effect.scoped(Effect.flatMap(open(system, options, look), work)).pipe(
    Effect.catchIf((error) => !(error instanceof ProblemsFound), told(options))
  )

/** Signs in, where that is due, and keeps the login. */
export const login = (system: System, options: LoginOptions & { readonly check: boolean }): Effect.Effect<void, unknown> =>
  command(system, options, false, (work) =>
    Effect.gen(function*() {
      yield* during(options, `signing in to ${system.title}`, options.check ? work.check : work.session.authenticate)
      const standing = yield* standingOf(system, work)
      yield* show(system, standing, options)
      if (standing.problem !== undefined) {
        yield* complain(`the login is not kept: ${oneLine(standing.problem)}`)
        return yield* new ProblemsFound({ message: "the login is not kept" })
      }
    }))

/** Ends the login at the server, and forgets it. */
export const logout = (system: System, options: LoginOptions): Effect.Effect<void, unknown> =>
  command(system, options, false, (work) =>
    Effect.gen(function*() {
      yield* work.session.signOut
      const { method, problem, state, store } = yield* standingOf(system, work)
      // what could not be read could not be ended
      const trouble = problem ?? work.unread()
      if (trouble !== undefined) return yield* new StoreTrouble({ message: `the login may not have ended at the server. ${store ?? "The store"}: ${trouble}` })
      const ended = work.found()
      yield* result(options, { ok: true, system: system.name, ended })
      if (!options.json && !options.quiet) {
        yield* Console.log(`${system.title}: ${state === "fixed" || state === "anonymous" ? said[state] : ended ? "signed out" : `nobody was signed in by ${method}`}`)
      }
    }))

/** Tells how the login stands, without asking the server, unless `check`. */
export const status = (system: System, options: LoginOptions & { readonly check: boolean }): Effect.Effect<void, unknown> =>
  command(system, options, !options.check, (work) =>
    Effect.gen(function*() {
      const { check, session } = work
      // what is stored and still good is taken up; nothing else can come of it
      if (options.check) yield* check
      else yield* Effect.ignore(Effect.catch(session.token, () => session.authenticate))
      const standing = yield* standingOf(system, work, !options.check)
      yield* show(system, standing, options)
      if (standing.state === "signed out" || standing.state === "expired") return yield* new ProblemsFound({ message: said[standing.state] })
    }))

/** Prints the access token, renewed or fetched by a login where that is due. */
export const token = (system: System, options: LoginOptions): Effect.Effect<void, unknown> =>
  command(system, options, false, (work) =>
    Effect.gen(function*() {
      const value = Redacted.value(yield* during(options, `signing in to ${system.title}`, work.session.token))
      const { expires, problem, store } = yield* standingOf(system, work)
      // it ends with this command
      if (problem !== undefined) return yield* new StoreTrouble({ message: `the login is not kept by ${store ?? "the store"}: ${problem}` })
      yield* options.json ? result(options, { ok: true, system: system.name, token: value, expires }) : Console.log(value)
      if (process.stdout.isTTY === true) yield* remark(options, "This is a secret: whoever has it can act in your name until it expires.")
    }))
