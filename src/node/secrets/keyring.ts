/** A secret in the operating system's keyring, by the optional package `@napi-rs/keyring`. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { openKeyring } from "../store/keyringLibrary.ts"

/** Reads `service/account`; the last `/` parts them. */
export const readKeyring = (text: string, load?: () => Promise<unknown>): Effect.Effect<Redacted.Redacted<string>, string> => {
  const slash = text.lastIndexOf("/")
  const [service, account] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)]
  if (service === "" || account === "") return Effect.fail("expected `service/account`")
  return Effect.gen(function*() {
    const entryOf = yield* Effect.mapError(openKeyring(load), (hint) => `expected a keyring that can be read. ${hint}`)
    const found = yield* Effect.tryPromise({
      try: async () => entryOf(service, account).getPassword(),
      // the library's texts may quote what is stored
      catch: () => "expected a keyring that can be read: is a secret service running, and unlocked?"
    })
    return typeof found === "string" ? Redacted.make(found) : yield* Effect.fail("expected an entry of this service and account in the keyring")
  })
}
