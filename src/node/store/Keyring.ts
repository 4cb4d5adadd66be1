/**
 * Tokens under the guard of the operating system's keyring: Secret Service (GNOME, KDE), macOS' Keychain, Windows' Credential
 * Manager.
 *
 * The keyring keeps a random key, and files keep the tokens, encrypted with it. Keyrings have no lease and no compare-and-set,
 * take seconds where they ask their user, and Windows' takes no more than 2,560 bytes, which is less than many a token.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { CapabilityUnavailable } from "../../errors/CallError.ts"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import type { StoreFailed } from "../../errors/StoreFailed.ts"
import * as Seal from "../../layers/store/seal.ts"
import { CurrentTokenStore, type TokenStore } from "../../services/TokenStore.ts"
import { attempt, checkFolder, makeFolder } from "./disk.ts"
import { open, stateFolder } from "./FileStore.ts"
import { type KeyringEntry, openKeyring } from "./keyringLibrary.ts"
import * as Lock from "./lock.ts"

export interface KeyringOptions {
  /** what the entry of the keyring is called. Default `credence` */
  readonly service?: string | undefined
  /** where the encrypted files are. Default: `keyring` beside the folder of `FileStore` */
  readonly folder?: string | undefined
  /** how long a lease lasts after the last sign of life of its holder. At least 100 ms. Default 10 seconds */
  readonly lease?: Duration.Input | undefined
  /** how long the keyring may take: it may ask its user for a password. Default 1 minute */
  readonly timeout?: Duration.Input | undefined
  /** gives the library `@napi-rs/keyring`. Default: it is imported */
  readonly library?: (() => Promise<unknown>) | undefined
}

const account = "tokens"

/** A store behind the keyring. Use {@link layer}, unless you want the value. */
export const make = (options: KeyringOptions = {}): Effect.Effect<TokenStore, CapabilityUnavailable | StoreFailed | ConfigurationInvalid> =>
  Effect.gen(function*() {
    const service = options.service ?? "credence"
    const folder = path.resolve(options.folder ?? (yield* stateFolder("keyring")))
    const name = `keyring ${service}`
    const failure = { operation: "token store", method: "-", url: `keyring:${encodeURIComponent(service)}`, attempts: 0 }
    const unavailable = (hint: string) => new CapabilityUnavailable({ ...failure, capability: "the operating system's keyring", hint })
    const timeout = Duration.fromInputUnsafe(options.timeout ?? "1 minute")
    const asked = <A>(run: () => Promise<A>): Effect.Effect<A, CapabilityUnavailable> =>
      // the library's texts may quote what is stored
      Effect.tryPromise({ try: run, catch: () => unavailable(hint) }).pipe(
        Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(unavailable(`It did not answer within ${Duration.format(timeout)}. ${hint}`)) })
      )

    const entryOf = yield* Effect.mapError(openKeyring(options.library), unavailable)
    const entry = yield* Effect.try({ try: () => entryOf(service, account), catch: () => unavailable(hint) })
    const known = yield* asked(() => entry.getPassword())
    const key = known ?? (yield* Effect.scoped(Effect.gen(function*() {
      // two processes that start at once must not make two keys
      yield* attempt(name, folder, () => makeFolder(folder))
      yield* Lock.take(name, folder, 10_000)
      return yield* makeKey(entry, asked, unavailable, attempt(name, folder, () => forget(folder)))
    })))
    const sealer = yield* Seal.make({ key: Redacted.make(key) }, `${service}/${account} of the keyring`)
    return yield* open({ name, folder, sealer, lease: options.lease })
  })

const hint = "Is a secret service running, and unlocked? Without one choose another store, e.g. FileStore.layer({ key }) with a key of your own"

const makeKey = (
  entry: KeyringEntry,
  asked: <A>(run: () => Promise<A>) => Effect.Effect<A, CapabilityUnavailable>,
  unavailable: (hint: string) => CapabilityUnavailable,
  forgotten: Effect.Effect<void, StoreFailed>
): Effect.Effect<string, CapabilityUnavailable | StoreFailed> =>
  Effect.gen(function*() {
    const quicker = yield* asked(() => entry.getPassword())
    if (typeof quicker === "string") return quicker
    // nobody can read them any more
    yield* forgotten
    const fresh = randomBytes(32).toString("base64")
    yield* asked(() => entry.setPassword(fresh))
    return (yield* asked(() => entry.getPassword())) === fresh ? fresh : yield* unavailable("It does not keep what it is given")
  })

/** Removes the tokens of a folder. Leases stay: somebody may hold one. */
const forget = async (folder: string): Promise<void> => {
  if (!(await checkFolder(folder))) return
  for (const each of await fs.readdir(folder, { withFileTypes: true })) {
    if (!each.isDirectory()) continue
    const place = path.join(folder, each.name)
    for (const file of await fs.readdir(place)) {
      if (Lock.numberOf(file, "token") > 0) await fs.rm(path.join(place, file), { force: true })
    }
  }
}

/**
 * Keeps tokens encrypted, with a key that only the operating system's keyring has. Without a keyring building it fails with
 * `CapabilityUnavailable`; nothing is ever kept in plain text instead. Needs the package `@napi-rs/keyring`.
 *
 * Use it for tools on somebody's desktop. Removing the entry from the keyring ends all logins that it guards.
 *
 * @example
 * ```ts
 * import { Keyring } from "credence/node"
 *
 * const Live = Billing.layer().pipe(Layer.provide([auth, configuration, transport, Keyring.layer()]))
 * ```
 */
export const layer = (options: KeyringOptions = {}): Layer.Layer<never, CapabilityUnavailable | StoreFailed | ConfigurationInvalid> =>
  Layer.effect(CurrentTokenStore, make(options))
