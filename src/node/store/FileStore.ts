/**
 * Tokens in files that only their user can read: a login outlives the process, and processes of one user share it.
 *
 * A folder for each key; in it the token as `<fence>.token` (the highest number counts, so who was overtaken cannot undo what
 * came later), and the lease as `<fence>.lock`.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { createHash, randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { StoreFailed } from "../../errors/StoreFailed.ts"
import { secret, variable } from "../../layers/config/variables.ts"
import * as Seal from "../../layers/store/seal.ts"
import * as Turns from "../../layers/store/turns.ts"
import { CurrentTokenStore, type TokenStore } from "../../services/TokenStore.ts"
import { attempt, checkFolder, codeOf, makeFolder, readPrivate, replacePrivate } from "./disk.ts"
import * as Lock from "./lock.ts"

export interface FileStoreOptions {
  /**
   * made with mode 0700 when it is first written to. Default: `CREDENCE_TOKENS`, else `$XDG_STATE_HOME/credence/tokens`, else
   * `~/.local/state/credence/tokens`; on Windows `%LOCALAPPDATA%\credence\tokens`
   */
  readonly folder?: string | undefined
  /**
   * encrypts the files (AES-256-GCM): 32 random bytes in Base64 or hexadecimal. Default: `CREDENCE_TOKENS_KEY`, or where a
   * reference such as `CREDENCE_TOKENS_KEY_FILE` says (see `Secrets`), else not encrypted, only guarded by their mode
   */
  readonly key?: Redacted.Redacted<string> | undefined
  /** keys that were used before */
  readonly previousKeys?: ReadonlyArray<Redacted.Redacted<string>> | undefined
  /** how long a lease lasts after the last sign of life of its holder. At least 100 ms. Default 10 seconds */
  readonly lease?: Duration.Input | undefined
}

/**
 * A store in files. Fails with `StoreFailed` (`insecure`) if the folder is there and others can read it. Use {@link layer},
 * unless you want the value.
 */
export const make = (options: FileStoreOptions = {}): Effect.Effect<TokenStore, StoreFailed | ConfigurationInvalid> =>
  Effect.gen(function*() {
    const key = options.key ?? (yield* secret(keyVariable))
    const sealer = key === undefined ? undefined : yield* Seal.make({ key, previousKeys: options.previousKeys }, options.key === undefined ? keyVariable : "key")
    const folder = path.resolve(options.folder ?? (yield* variable("CREDENCE_TOKENS")) ?? (yield* stateFolder("tokens")))
    return yield* open({ name: `file ${folder}`, folder, sealer, lease: options.lease })
  })

const keyVariable = "CREDENCE_TOKENS_KEY"

/** Where a user's programs keep what outlives them, by the XDG Base Directory Specification. */
export const stateFolder = (name: string): Effect.Effect<string, ConfigurationInvalid> => Effect.gen(function*() {
  const state = yield* variable(process.platform === "win32" ? "LOCALAPPDATA" : "XDG_STATE_HOME")
  // the specification has relative paths ignored
  return path.join(state !== undefined && path.isAbsolute(state) ? state : path.join(os.homedir(), ".local", "state"), "credence", name)
})

/** A store in a folder, sealed or not. */
export const open = (options: {
  readonly name: string
  readonly folder: string
  readonly sealer: Seal.Sealer | undefined
  readonly lease?: Duration.Input | undefined
}): Effect.Effect<TokenStore, StoreFailed> =>
  Effect.gen(function*() {
    const { folder, name, sealer } = options
    const lease = Math.max(100, Duration.toMillis(Duration.fromInputUnsafe(options.lease ?? "10 seconds")))
    const turns = Turns.make()
    const disk = <A>(run: () => Promise<A>) => attempt(name, folder, run)
    const corrupt = (problem: string) => new StoreFailed({ store: name, reason: "corrupt", detail: problem })
    yield* disk(() => checkFolder(folder))

    const load = (key: string) => Effect.gen(function*() {
      const place = path.join(folder, nameOf(key))
      const text = yield* disk(async () => await checkFolder(folder) && await checkFolder(place) ? await newest(place) : undefined)
      if (text === undefined) return undefined
      const record = parse(text)
      if (record === undefined) return yield* corrupt(`${place} holds no token that can be read: remove that folder`)
      if (record.value === undefined) return undefined
      if (sealer === undefined && Seal.isSealed(record.value)) return yield* corrupt(`what is in ${place} is encrypted: give its key`)
      if (sealer === undefined) return Redacted.make(record.value)
      return Redacted.make(yield* Effect.mapError(sealer.open(key, record.value), (problem) => corrupt(`${place}: ${problem}. Remove that folder, or give the right key`)))
    })

    return {
      name,
      load,
      lease: (key) => Effect.gen(function*() {
        const place = path.join(folder, nameOf(key))
        // of its own: a lease that was lost makes way for the next one, while its holder may still be busy with it
        const scope = yield* Scope.fork(yield* Effect.scope)
        yield* Scope.provide(turns(key), scope)
        yield* disk(() => makeFolder(folder).then(() => makeFolder(place)))
        const lock = yield* Scope.provide(Lock.take(name, place, lease), scope)
        let held = true
        yield* Scope.addFinalizer(scope, Effect.sync(() => {
          held = false
        }))
        const lost = new StoreFailed({ store: name, reason: "lost", detail: "the lease ran out, and somebody else has it" })
        const write = (value: string | undefined) => Effect.gen(function*() {
          const isLost = Effect.map(disk(() => lock.isLast()), (last) => !held || !last)
          const given = Effect.andThen(Scope.close(scope, Exit.void), Effect.fail(lost))
          if (yield* isLost) return yield* given
          const file = path.join(place, `${lock.fence}.token`)
          yield* disk(() => replacePrivate(place, path.join(place, `${lock.fence}.${randomUUID()}.tmp`), file, JSON.stringify({ credence: 1, value }))).pipe(
            // who came after tidies up what this one was about to rename
            Effect.catch((error) => Effect.flatMap(isLost, (gone) => gone ? given : Effect.fail(error)))
          )
          yield* Effect.promise(() => tidy(place, lock.fence))
        })
        const sealed = (value: string) => sealer === undefined ? Effect.succeed(value) : sealer.seal(key, value)
        // not interruptible in the middle: what was renamed is there
        return {
          fence: lock.fence,
          save: (value) => Effect.uninterruptible(Effect.flatMap(sealed(Redacted.value(value)), write)),
          // an empty one, and not none: an older one that comes late must not count
          remove: Effect.uninterruptible(write(undefined))
        }
      })
    }
  })

/** Names of users are no names of files, and the other way round. */
const nameOf = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 32)

/** The text of the token file that counts. */
const newest = async (place: string): Promise<string | undefined> => {
  // it goes when a newer one is there; then that one is read
  for (let tries = 0; tries < 20; tries++) {
    const number = Lock.highest(await fs.readdir(place), "token")
    if (number === 0) return undefined
    const text = await readPrivate(path.join(place, `${number}.token`))
    if (text !== undefined) return text
  }
  throw new Error("the token changes faster than it can be read")
}

/** Removes what does not count any more: older tokens, and files that a crash has left half written. Never fails: the next one tries again. */
const tidy = async (place: string, fence: number): Promise<void> => {
  try {
    for (const name of await fs.readdir(place)) {
      const token = Lock.numberOf(name, "token")
      const half = name.endsWith(".tmp") ? Number.parseInt(name, 10) : 0
      if ((token > 0 && token < fence) || (half > 0 && half < fence)) await fs.rm(path.join(place, name), { force: true })
    }
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause
  }
}

const parse = (text: string): { readonly value: string | undefined } | undefined => {
  try {
    const record: unknown = JSON.parse(text)
    if (typeof record !== "object" || record === null || !("credence" in record) || record.credence !== 1) return undefined
    if (!("value" in record)) return { value: undefined }
    return typeof record.value === "string" ? { value: record.value } : undefined
  } catch {
    return undefined
  }
}

/**
 * Keeps tokens in files of mode 0600 in a folder of mode 0700. What others can read, a symbolic link, or what belongs to
 * somebody else is refused with `StoreFailed` (`insecure`).
 *
 * Use it for tools that people start again and again, and for processes of one user on one machine. For several machines use
 * `credence/redis`.
 *
 * @example
 * ```ts
 * import { FileStore } from "credence/node"
 *
 * const Live = Billing.layer().pipe(Layer.provide([auth, configuration, transport, FileStore.layer()]))
 * // encrypted; without an option the key is CREDENCE_TOKENS_KEY
 * const sealed = FileStore.layer({ folder: "/var/lib/billing/tokens", key })
 * ```
 */
export const layer = (options: FileStoreOptions = {}): Layer.Layer<never, StoreFailed | ConfigurationInvalid> => Layer.effect(CurrentTokenStore, make(options))
