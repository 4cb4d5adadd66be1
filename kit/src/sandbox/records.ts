/** How to sign in to each system of a sandbox, as programs want it: PEM texts lie in files as well. */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SandboxFailed } from "./failure.ts"
import type { RunningSandbox } from "./sandbox.ts"

/** What is said of one system: `url`, and where it applies `username`, `password`, `apiKey`, `ca` and `caPath`, … */
export type SystemRecord = { readonly url: string } & Readonly<Record<string, unknown>>

const failed = (cause: unknown): SandboxFailed => new SandboxFailed({ message: "The certificates cannot be written into a temporary folder", cause })

const isRecord = (value: unknown): value is SystemRecord => Predicate.hasProperty(value, "url") && Predicate.isString(value.url)

const isPem = (value: unknown): value is string => Predicate.isString(value) && value.startsWith("-----BEGIN ")

/**
 * The records of all systems, by name. Beside each PEM text, such as `ca`, stands the file that has it, as `caPath`; the files
 * are gone when the scope closes.
 *
 * @example
 * const { argus } = yield* records(yield* make())
 */
export const records = Effect.fnUntraced(function*(sandbox: RunningSandbox): Effect.fn.Return<Readonly<Record<string, SystemRecord>>, SandboxFailed, Scope.Scope> {
  const found = Object.entries(sandbox).filter((entry): entry is [string, SystemRecord] => isRecord(entry[1]))
  const files = found.flatMap(([system, record]) =>
    Object.entries(record).flatMap(([name, text]) => isPem(text) && !(`${name}Path` in record) ? [{ system, name, text }] : []))
  if (files.length === 0) return Object.fromEntries(found)
  const folder = yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => mkdtemp(join(tmpdir(), "credence-sandbox-")), catch: failed }),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const paths: Record<string, Record<string, string>> = {}
  for (const { name, system, text } of files) {
    const path = join(folder, `${system}-${name}.pem`)
    yield* Effect.tryPromise({ try: () => writeFile(path, text, { mode: 0o600 }), catch: failed })
    paths[system] = { ...paths[system], [`${name}Path`]: path }
  }
  return Object.fromEntries(found.map(([system, record]) => [system, { ...record, ...paths[system] }]))
})
