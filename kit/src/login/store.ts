/**
 * Where the command line keeps logins, so that the next process finds them.
 */
import type { AuthenticationStatus } from "credence/Auth"
import { CapabilityUnavailable, ConfigurationInvalid, StoreFailed } from "credence/errors"
import { FileStore, Keyring, Secrets } from "credence/node"
import type { Session } from "credence/Session"
import type { TokenStore } from "credence/TokenStore"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { type Settings, variable } from "../call/settings.ts"

/** `auto`: the operating system's keyring, asked for when there is something to keep. Files are taken by choice only. */
export const storeKinds = ["auto", "keyring", "file"] as const
export type StoreKind = typeof storeKinds[number]

export type StoreProblem = CapabilityUnavailable | ConfigurationInvalid | StoreFailed

/** The kind that is named, else that of `CREDENCE_STORE`. */
export const storeKindOf = Effect.fnUntraced(function*(named: StoreKind | undefined, settings: Settings): Effect.fn.Return<StoreKind, ConfigurationInvalid> {
  const text = named ?? (yield* variable(settings, "CREDENCE_STORE")) ?? "auto"
  return storeKinds.find((kind) => kind === text)
    ?? (yield* new ConfigurationInvalid({ settings: [{ name: "CREDENCE_STORE", expected: `expected one of ${storeKinds.join(", ")}` }] }))
})

const choose = "On the command line that is --store file, or CREDENCE_STORE=file: files that only you can read"

/** Opens the store. Only `file` does without a keyring. */
export const openStore = (
  kind: StoreKind,
  settings: Settings,
  keyring: Effect.Effect<TokenStore, StoreProblem> = Keyring.make()
): Effect.Effect<TokenStore, StoreProblem> =>
  (kind === "file" ? FileStore.make() : keyring).pipe(
    Effect.catchTag("CapabilityUnavailable", ({ attempts, capability, hint, method, operation, url }) =>
      Effect.fail(new CapabilityUnavailable({ operation, method, url, attempts, capability, hint: `${hint}. ${choose}` }))),
    Effect.provide(Secrets.layer()),
    Effect.provideService(ConfigProvider.ConfigProvider, settings.provider)
  )

/** What may be changed: everything; a login that is there; nothing. */
export type Changes = "all" | "kept" | "none"

/** The store of one session. */
export interface Keeping {
  readonly store: TokenStore
  /** Opens it, where the session has a login to keep: what goes along with each call needs no store. */
  readonly ready: (session: Session) => Effect.Effect<void, StoreProblem>
  /** it had something */
  readonly found: () => boolean
  /** why it could not be read */
  readonly unread: () => string | undefined
}

/** Of several schemes, the one that a login belongs to says how it stands. */
export const leading = (status: AuthenticationStatus): AuthenticationStatus =>
  Object.values(status.schemes ?? {}).find(({ store }) => store !== undefined) ?? status

/** Keeps a session's login in what `opening` gives. */
export const keeping = (opening: Effect.Effect<TokenStore, StoreProblem>, changes: Changes): Effect.Effect<Keeping> =>
  Effect.map(Effect.cached(opening), (once) => {
    let found = false
    let name = "none"
    let unread: string | undefined
    const opened = Effect.tap(once, (store) => Effect.sync(() => {
      name = store.name
    }))
    const within = <A, R>(use: (store: TokenStore) => Effect.Effect<A, StoreFailed, R>) =>
      Effect.flatMap(Effect.mapError(opened, (problem) => problem._tag === "StoreFailed" ? problem : new StoreFailed({ store: name, reason: "unavailable", detail: problem.message })), use)
    const load = (key: string) => within((store) => store.load(key)).pipe(
      Effect.tap((value) => Effect.sync(() => {
        found ||= value !== undefined
      })),
      Effect.tapError(({ detail, reason }) => Effect.sync(() => {
        unread = `${reason}: ${detail}`
      }))
    )
    const lease = (key: string) => within((store) => store.lease(key))
    const refused = (detail: string) => Effect.suspend(() => Effect.fail(new StoreFailed({ store: name, reason: "readonly", detail })))
    return {
      store: {
        get name() {
          return name
        },
        load,
        lease: {
          all: lease,
          kept: (key: string) => Effect.flatMap(load(key), (kept) => kept === undefined ? refused("nobody has signed in here, which is what `credence login` does") : lease(key)),
          none: () => refused("a look changes nothing")
        }[changes]
      },
      ready: (session) => Effect.flatMap(session.status, ({ authentication }) => leading(authentication).store === undefined ? Effect.void : opened),
      found: () => found,
      unread: () => unread
    }
  })

/** What a machine without a keyring has in it. */
const nothing: TokenStore = { name: "none", load: () => Effect.undefined, lease: () => Effect.never }

/** For `credence call`: a login that is kept is used, and renewed where it is. Without one a session signs in for itself, and out again. */
export const keptLogin = Effect.fnUntraced(function*(settings: Settings): Effect.fn.Return<Keeping, ConfigurationInvalid> {
  const kind = yield* storeKindOf(undefined, settings)
  const opening = openStore(kind, settings)
  return yield* keeping(kind === "auto" ? Effect.catchTag(opening, "CapabilityUnavailable", () => Effect.succeed(nothing)) : opening, "kept")
})
