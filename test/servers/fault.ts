/** Ports that fail as they are told, in front of Apache, for as long as a scope lives. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { env } from "./environment.ts"

export interface Fault {
  readonly mode?: "pass" | "refuse" | "blackhole" | "reset" | "close" | "garbage"
  readonly bytes?: number | ReadonlyArray<number>
  readonly delay?: number
  readonly times?: number
  readonly every?: number
}

interface View {
  readonly id: string
  readonly port: number
  readonly faults: number
}

const control = (path: string, init?: RequestInit): Effect.Effect<View> =>
  Effect.promise(() => fetch(`${env("TB_FAULT")}${path}`, init).then(async (response) => await response.json() as View))

/** A port in front of Apache that has this fault. */
export const faulty = (fault: Fault): Effect.Effect<{ readonly url: string; readonly faults: Effect.Effect<number> }, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      control("/proxies", { method: "POST", body: JSON.stringify({ target: env("TB_WEB_ADDRESS"), ...fault }) }),
      ({ id }) => control(`/proxies/${id}`, { method: "DELETE" })
    ),
    ({ id, port }) => ({ url: `http://localhost:${port}`, faults: Effect.map(control(`/proxies/${id}`), ({ faults }) => faults) })
  )
