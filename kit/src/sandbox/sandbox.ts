/** A running sandbox, as a value, as a service and as a layer. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { setTimeout as sleep } from "node:timers/promises"
import { actionError, refusal } from "./argus/envelope.ts"
import { DOMAIN } from "./argus/routes/authentication.ts"
import { makeArgus } from "./argus/service.ts"
import { CONTROL_PREFIX, makeControlHandler } from "./control-http.ts"
import type { Control, ReceivedIdentity, ReceivedRequest } from "./control.ts"
import { SandboxFailed } from "./failure.ts"
import { makeFaults } from "./faults.ts"
import { maskHeaders, maskQuery } from "./fingerprint.ts"
import type { Answer, HttpRequest } from "../http/message.ts"
import { type Outcome, serve } from "../http/server.ts"

/** How to start a sandbox. */
export interface SandboxOptions {
  /** The port on 127.0.0.1; 0 (the default) takes any that is free. */
  readonly port?: number
  /** PEM texts of a key and its certificate; with them the sandbox speaks HTTPS only. */
  readonly https?: { readonly key: string; readonly cert: string }
  /** Picks the made-up details of the data; ids, names, owners and files never depend on it. 1 unless given. */
  readonly seed?: number
  /** The sandbox's clock, in epoch milliseconds; the system's unless given. */
  readonly now?: () => number
}

/** How to sign in to one emulated system. These are no secrets: every sandbox has the same. */
export interface Access {
  readonly url: string
  readonly apiKey: string
  readonly username: string
  readonly password: string
  readonly domain: string
}

/** A sandbox that is up. */
export interface RunningSandbox {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string
  readonly argus: Access
  readonly control: Control
}

/**
 * A local emulation of the supported systems over real HTTP, with made-up data in memory.
 *
 * @example
 * const program = Effect.gen(function*() {
 *   const { argus, control } = yield* Sandbox
 *   yield* control.fail({ kind: "status", status: 503 })
 *   // … use argus.url with argus.apiKey
 * }).pipe(Effect.provide(layer()))
 */
export class Sandbox extends Context.Service<Sandbox, RunningSandbox>()("credence-kit/sandbox/Sandbox") {}

// The newest requests are the interesting ones; a sandbox left running must not grow without end.
const REMEMBERED = 10_000

// Text goes out as it is, so that a gateway's HTML can be played; without a body, the service's own form is used.
const faultBody = (status: number, body: unknown): unknown => {
  if (body === undefined) return refusal(status, [actionError("Asked for by the test", "sandbox.fault")]).body
  return Predicate.isString(body) ? new TextEncoder().encode(body) : body
}

type Entry = { -readonly [K in keyof ReceivedRequest]: ReceivedRequest[K] }

/**
 * Starts a sandbox; it ends with the scope, which breaks its connections and frees its port.
 * Fails with {@link SandboxFailed} when the port is taken or the certificate cannot be used.
 */
export const make = Effect.fnUntraced(function*(options: SandboxOptions = {}): Effect.fn.Return<RunningSandbox, SandboxFailed, Scope.Scope> {
  const now = options.now ?? Date.now
  const faults = makeFaults()
  let argus = makeArgus(options.seed ?? 1, now)
  let received: Array<Entry> = []
  let lastNumber = 0

  const identify = (request: HttpRequest): ReceivedIdentity | null => {
    const identity = argus.identify(request)
    if (identity === undefined) return null
    const { method, rights, user } = identity
    return { userName: user.userName, method, functions: rights.functions.size, customers: rights.customers.size }
  }

  const record = (request: HttpRequest, connection: number): Entry => {
    const entry: Entry = {
      number: ++lastNumber,
      connection,
      timestamp: now(),
      method: request.method,
      path: request.path,
      query: maskQuery(request.query),
      headers: maskHeaders(request.headers),
      bodyLength: request.body.length,
      identity: identify(request),
      status: null
    }
    received.push(entry)
    if (received.length > REMEMBERED) received.shift()
    return entry
  }

  const control: Control = {
    fail: (fault) => Effect.sync(() => faults.add(fault)),
    clearFaults: Effect.sync(() => faults.clear()),
    expireSessions: (userName) => Effect.sync(() => argus.expireSessions(userName)),
    setLifetimes: ({ accessToken, session }) =>
      Effect.sync(() => {
        if (session !== undefined) argus.setSessionLifetime(session)
        if (accessToken !== undefined) argus.setAccessTokenLifetime(accessToken)
      }),
    issueRefreshToken: (userName) => Effect.sync(() => argus.issueRefreshToken(userName)),
    received: Effect.sync(() => received.map((entry) => ({ ...entry }))),
    clearReceived: Effect.sync(() => {
      received = []
    }),
    reset: Effect.sync(() => {
      faults.clear()
      argus = makeArgus(options.seed ?? 1, now)
      received = []
      lastNumber = 0
    })
  }
  const handleControl = makeControlHandler(control)

  const respond = async (request: HttpRequest, connection: number, signal: AbortSignal): Promise<Outcome> => {
    if (request.path.startsWith(CONTROL_PREFIX)) return { _tag: "Answer", answer: Effect.runSync(handleControl(request)) }
    const entry = record(request, connection)
    const { delay, fault } = faults.take(request)
    if (delay > 0) await sleep(delay, undefined, { signal })
    const answered = (answer: Answer): Answer => {
      entry.status = answer.status
      return answer
    }
    switch (fault?.kind) {
      case undefined:
        return { _tag: "Answer", answer: answered(argus.handle(request)) }
      case "status":
        return {
          _tag: "Answer",
          answer: answered({ status: fault.status, ...(fault.headers && { headers: fault.headers }), body: faultBody(fault.status, fault.body) })
        }
      case "reset":
        if (fault.handled === true) argus.handle(request)
        return { _tag: "Reset" }
      case "drop":
        return { _tag: "Drop", answer: answered(argus.handle(request)), after: fault.after }
    }
  }

  const url = yield* Effect.mapError(
    serve({ name: "sandbox", port: options.port ?? 0, https: options.https, respond }),
    ({ cause, message }) => new SandboxFailed({ message, cause })
  )
  return {
    url,
    argus: { url, apiKey: "demo-api-key", username: "demo", password: "demo-password", domain: DOMAIN },
    control
  }
})

/** Starts a sandbox for as long as the layer lives. Every call makes a layer of its own, and so a server of its own. */
export const layer = (options?: SandboxOptions): Layer.Layer<Sandbox, SandboxFailed> => Layer.effect(Sandbox, make(options))
