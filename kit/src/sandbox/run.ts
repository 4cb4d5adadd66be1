/** A sandbox as a program: it says where it is, and serves until it is interrupted. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { makeCertificate } from "./certificate.ts"
import type { SandboxFailed } from "./failure.ts"
import { records, type SystemRecord } from "./records.ts"
import { make } from "./sandbox.ts"

/** How it is started. */
export interface RunOptions {
  /** one line of JSON in place of a text */
  readonly json: boolean
  /** by a certificate of its own, for those that speak plain http else */
  readonly https: boolean
  /** 0: any that is free */
  readonly port: number
}

const titles: Readonly<Record<string, string>> = { argus: "Argus", tpp: "Venafi TPP", ovirt: "oVirt", ica: "ICA", ansys: "ansys (a generic API)" }

const labels: Readonly<Record<string, string>> = {
  username: "user",
  apiKey: "API key",
  psToken: "psToken",
  clientId: "client id",
  caPath: "trust",
  clientCertPath: "certificate",
  clientKeyPath: "its key"
}

/** What people type: texts on one line, `username` before `password`. PEM texts lie in files, which are named. */
const linesOf = (name: string, record: SystemRecord): ReadonlyArray<string> => [
  `${titles[name] ?? name} is emulated at ${record.url}`,
  ...Object.entries(record).flatMap(([member, value]) =>
    member === "url" || typeof value !== "string" || value.includes("\n") ? [] : [`  ${(labels[member] ?? member).padEnd(11)} ${value}`])
]

/** Starts a sandbox, prints how to sign in to it, and never ends by itself. */
export const run = Effect.fnUntraced(function*({ https, json, port }: RunOptions): Effect.fn.Return<never, SandboxFailed, Scope.Scope> {
  const certificate = https ? yield* makeCertificate : undefined
  const sandbox = yield* make({ port, ...(certificate && { https: certificate }) })
  const systems = Object.entries(yield* records(sandbox)).map(([name, record]): readonly [string, SystemRecord] =>
    [name, certificate === undefined || "ca" in record || !record.url.startsWith("https:") ? record : { ...record, ca: certificate.cert, caPath: certificate.path }])
  yield* Console.log(json ? JSON.stringify(Object.fromEntries(systems)) : [...systems.flatMap(([name, record]) => linesOf(name, record)), "Stop it with Ctrl-C."].join("\n"))
  return yield* Effect.never
})
