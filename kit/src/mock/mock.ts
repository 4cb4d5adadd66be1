/**
 * A mock server of typed endpoints: as a value, as a service and as a layer.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { setTimeout as sleep } from "node:timers/promises"
import { serve, type ServerFailed } from "../http/server.ts"
import { makeHandler, type MockOptions } from "./handler.ts"
import { type Endpoints, endpointsOf } from "./MockEndpoint.ts"

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
