/** The native library for the operating system's keyring, `@napi-rs/keyring`. It is loaded where it is needed. */
import * as Effect from "effect/Effect"

/** One secret of the keyring. */
export interface KeyringEntry {
  readonly getPassword: () => Promise<string | null | undefined>
  readonly setPassword: (password: string) => Promise<unknown>
  readonly deletePassword: () => Promise<unknown>
}

interface Library {
  readonly AsyncEntry: new(service: string, account: string, options: { readonly linux: { readonly store: "secret-service" } }) => KeyringEntry
}

const isLibrary = (value: unknown): value is Library =>
  typeof value === "object" && value !== null && "AsyncEntry" in value && typeof value.AsyncEntry === "function"

// A name in a variable: neither compilers nor bundlers look for a package that need not be there.
const name: string = "@napi-rs/keyring"
const byName = (): Promise<unknown> => import(name)

/** What opens entries, or a sentence that says what to do. */
export const openKeyring = (load: () => Promise<unknown> = byName): Effect.Effect<(service: string, account: string) => KeyringEntry, string> =>
  Effect.tryPromise({ try: load, catch: () => "Install the package that speaks to it: npm install @napi-rs/keyring" }).pipe(
    Effect.flatMap((loaded) => {
      const library = [loaded, typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : undefined].find(isLibrary)
      return library === undefined
        ? Effect.fail("Install version 2 of @napi-rs/keyring: what is installed is another one")
        // Else Linux' kernel keyring would be taken where there is no secret service: it forgets all at the next start, and says of
        // what it may not read that it is not there
        : Effect.succeed((service: string, account: string) => new library.AsyncEntry(service, account, { linux: { store: "secret-service" } }))
    })
  )
