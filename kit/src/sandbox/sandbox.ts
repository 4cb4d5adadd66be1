/** A running sandbox, as a value, as a service and as a layer. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { setTimeout as sleep } from "node:timers/promises"
import { DOMAIN } from "./argus/routes/authentication.ts"
import { makeArgus } from "./argus/service.ts"
import { CLIENT as ANSYS_CLIENT, DOMAIN as ANSYS_DOMAIN, makeAnsys, REFRESH_TOKEN as ANSYS_REFRESH_TOKEN } from "./ansys/service.ts"
import { makeIca, PREFIX as ICA_PREFIX, PS_TOKEN, TENANT } from "./ica/service.ts"
import { makeOvirt } from "./ovirt/service.ts"
import { CONTROL_PREFIX, makeControlHandler } from "./control-http.ts"
import type { Control, ReceivedRequest } from "./control.ts"
import { SandboxFailed } from "./failure.ts"
import { makeFaults } from "./faults.ts"
import { maskHeaders, maskQuery } from "./fingerprint.ts"
import type { Answer, HttpRequest } from "../http/message.ts"
import { type Outcome, serve, type ServerOptions } from "../http/server.ts"
import type { Environment, System } from "./system.ts"
import { APPLICATION, makeTpp } from "./tpp/service.ts"
import { credentials } from "./x509.ts"

/** How to start a sandbox. */
export interface SandboxOptions {
  /** The port of Argus on 127.0.0.1, the other systems have those after it; 0 (the default) takes any that are free. */
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
  /** what a client is told, without a trailing slash */
  readonly url: string
  readonly username: string
  readonly password: string
}

/** How to sign in to Argus. */
export interface ArgusAccess extends Access {
  readonly apiKey: string
  readonly domain: string
}

/** How to sign in to the generic API: `<url>/anonymous`, `<url>/basic`, `<url>/negotiate` and `<url>/oidc` are its roots. */
export interface AnsysAccess extends Access {
  /** user names may have it in front, as `DEMO\demo` */
  readonly domain: string
  /** of the provider that `/oidc` names */
  readonly clientId: string
  /** good for one use, which gives the next one */
  readonly refreshToken: string
}

/** How to sign in to ICA. `url` ends with `/ica/rest`; files are at another origin. */
export interface IcaAccess extends Access {
  readonly apiKey: string
  readonly psToken: string
  readonly tenant: string
}

/** How to sign in to TPP, which is always served by https. Texts of certificates and keys are PEM. */
export interface TppAccess extends Access {
  /** the application that tokens are asked for with; it may have every scope */
  readonly clientId: string
  readonly apiKey: string
  /** whom to trust for the server */
  readonly ca: string
  /** the certificate of the user, and its key */
  readonly clientCert: string
  readonly clientKey: string
}

/** A sandbox that is up. */
export interface RunningSandbox {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string
  readonly argus: ArgusAccess
  /** `url` ends with `/ovirt-engine/api`; the user `viewer`, with the same password, sees what is his by `Filter: true` */
  readonly ovirt: Access
  readonly ansys: AnsysAccess
  readonly ica: IcaAccess
  readonly tpp: TppAccess
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

// Text goes out as it is, so that a gateway's HTML can be played; without a body, the system's own form is used.
const faultBody = (system: System, status: number, body: unknown): unknown => {
  if (body === undefined) return system.refusal(status)
  return Predicate.isString(body) ? new TextEncoder().encode(body) : body
}

/** The hosts of a sandbox: each has a port of its own. */
type Host = "argus" | "ansys" | "ovirt" | "ica" | "ica-storage" | "tpp"

type Entry = { -readonly [K in keyof ReceivedRequest]: ReceivedRequest[K] }

/**
 * Starts a sandbox; it ends with the scope, which breaks its connections and frees its port.
 * Fails with {@link SandboxFailed} when the port is taken or the certificate cannot be used.
 */
export const make = Effect.fnUntraced(function*(options: SandboxOptions = {}): Effect.fn.Return<RunningSandbox, SandboxFailed, Scope.Scope> {
  const origins = new Map<string, string>()
  const environment: Environment = {
    seed: options.seed ?? 1,
    now: options.now ?? Date.now,
    originOf: (host) => origins.get(host) ?? ""
  }
  // each host of the sandbox, and what answers there
  const build = () => {
    const argus = makeArgus(environment)
    const ansys = makeAnsys(environment)
    const ovirt = makeOvirt(environment)
    const { ica, storage } = makeIca(environment)
    const tpp = makeTpp(environment)
    return { argus, tpp, ovirt, ansys, ica, "ica-storage": storage }
  }
  let systems = build()
  const all = (): ReadonlyArray<System> => Object.values(systems)
  const faults = makeFaults()
  let received: Array<Entry> = []
  let lastNumber = 0

  const record = (host: Host, request: HttpRequest, connection: number): Entry => {
    const entry: Entry = {
      number: ++lastNumber,
      system: host,
      connection,
      timestamp: environment.now(),
      method: request.method,
      path: request.path,
      query: maskQuery(request.query),
      headers: maskHeaders(request.headers),
      bodyLength: request.body.length,
      identity: systems[host].identify(request),
      status: null
    }
    received.push(entry)
    if (received.length > REMEMBERED) received.shift()
    return entry
  }

  const control: Control = {
    fail: (fault) => Effect.sync(() => faults.add(fault)),
    clearFaults: Effect.sync(() => faults.clear()),
    expireSessions: (userName) => Effect.sync(() => all().reduce((sum, system) => sum + system.expireSessions(userName), 0)),
    setLifetimes: (lifetimes) =>
      Effect.sync(() => {
        for (const system of all()) system.setLifetimes(lifetimes)
      }),
    issueRefreshToken: (userName) => Effect.sync(() => systems.argus.issueRefreshToken(userName)),
    received: Effect.sync(() => received.map((entry) => ({ ...entry }))),
    clearReceived: Effect.sync(() => {
      received = []
    }),
    reset: Effect.sync(() => {
      faults.clear()
      systems = build()
      received = []
      lastNumber = 0
    })
  }
  const handleControl = makeControlHandler(control)

  const respond = (host: Host) => async (request: HttpRequest, connection: number, signal: AbortSignal): Promise<Outcome> => {
    if (request.path.startsWith(CONTROL_PREFIX)) return { _tag: "Answer", answer: Effect.runSync(handleControl(request)) }
    const system = systems[host]
    const entry = record(host, request, connection)
    const { delay, fault } = faults.take(request)
    if (delay > 0) await sleep(delay, undefined, { signal })
    const answered = (answer: Answer): Answer => {
      entry.status = answer.status
      return answer
    }
    switch (fault?.kind) {
      case undefined:
        return { _tag: "Answer", answer: answered(await system.handle(request)) }
      case "status":
        return {
          _tag: "Answer",
          answer: answered({ status: fault.status, ...(fault.headers && { headers: fault.headers }), body: faultBody(system, fault.status, fault.body) })
        }
      case "reset":
        if (fault.handled === true) await system.handle(request)
        return { _tag: "Reset" }
      case "drop":
        return { _tag: "Drop", answer: answered(await system.handle(request)), after: fault.after }
    }
  }

  let nextPort = options.port ?? 0
  const host = Effect.fnUntraced(function*(name: Host, https: ServerOptions["https"]) {
    if (nextPort > 65_535) return yield* new SandboxFailed({ message: `There is no port ${nextPort} for ${name}: each system has one of its own, so begin lower`, cause: undefined })
    const url = yield* Effect.mapError(
      serve({ name: `sandbox (${name})`, port: nextPort === 0 ? 0 : nextPort++, https, respond: respond(name) }),
      ({ cause, message }) => new SandboxFailed({ message, cause })
    )
    origins.set(name, url)
    return url
  })

  const user = { username: "demo", password: "demo-password" } as const
  const url = yield* host("argus", options.https)
  const ansysUrl = yield* host("ansys", options.https)
  const ovirtUrl = yield* host("ovirt", options.https)
  const icaUrl = yield* host("ica", options.https)
  yield* host("ica-storage", options.https)
  const { authority, client, server } = credentials()
  const tppUrl = yield* host("tpp", { ...(options.https ?? server), clientCa: authority.cert })
  return {
    url,
    argus: { url, apiKey: "demo-api-key", ...user, domain: DOMAIN },
    ovirt: { url: `${ovirtUrl}/ovirt-engine/api`, ...user },
    ansys: { url: ansysUrl, ...user, domain: ANSYS_DOMAIN, clientId: ANSYS_CLIENT.id, refreshToken: ANSYS_REFRESH_TOKEN },
    ica: { url: `${icaUrl}${ICA_PREFIX}`, apiKey: "demo-api-key", ...user, psToken: PS_TOKEN, tenant: TENANT },
    tpp: {
      url: tppUrl,
      ...user,
      clientId: APPLICATION,
      apiKey: "demo-api-key",
      ca: options.https?.cert ?? authority.cert,
      clientCert: client.cert,
      clientKey: client.key
    },
    control
  }
})

/** Starts a sandbox for as long as the layer lives. Every call makes a layer of its own, and so a server of its own. */
export const layer = (options?: SandboxOptions): Layer.Layer<Sandbox, SandboxFailed> => Layer.effect(Sandbox, make(options))
