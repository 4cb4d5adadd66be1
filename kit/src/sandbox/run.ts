/** A sandbox as a program: it says where it is, and serves until it is interrupted. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { makeCertificate } from "./certificate.ts"
import type { SandboxFailed } from "./failure.ts"
import { make, type RunningSandbox } from "./sandbox.ts"

/** How it is started. */
export interface RunOptions {
  /** one line of JSON in place of a text */
  readonly json: boolean
  /** by a certificate of its own */
  readonly https: boolean
  /** 0: any that is free */
  readonly port: number
}

const describe = ({ argus }: RunningSandbox, ca: { readonly ca: string; readonly caPath: string } | undefined): string =>
  [
    `Argus is emulated at ${argus.url}`,
    `  API key   ${argus.apiKey}`,
    `  user      ${argus.username}, password ${argus.password}, domain ${argus.domain}`,
    ...(ca === undefined ? [] : [`  trust     ${ca.caPath}`]),
    "Stop it with Ctrl-C."
  ].join("\n")

/** Starts a sandbox, prints how to sign in to it, and never ends by itself. */
export const run = Effect.fnUntraced(function*({ https, json, port }: RunOptions): Effect.fn.Return<never, SandboxFailed, Scope.Scope> {
  const certificate = https ? yield* makeCertificate : undefined
  const sandbox = yield* make({ port, ...(certificate && { https: certificate }) })
  const ca = certificate && { ca: certificate.cert, caPath: certificate.path }
  yield* Console.log(json ? JSON.stringify({ argus: { ...sandbox.argus, ...ca } }) : describe(sandbox, ca))
  return yield* Effect.never
})
