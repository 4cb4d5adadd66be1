/**
 * Secrets by reference: a variable that says where a secret is, in place of the secret. What reads files, programs or a
 * keyring needs a platform, so it is a service; without one such a variable is a typed failure, never a silent miss.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/** Where a secret is: a file, what a program prints, or an entry of the operating system's keyring. */
export interface SecretReference {
  readonly kind: "FILE" | "COMMAND" | "KEYRING"
  /** the variable that holds the reference, e.g. `TPP_PASSWORD_FILE` */
  readonly variable: string
  /** what it says: a path, a command, `service/account` */
  readonly text: string
}

export interface SecretReader {
  /** reads the secret. A failure says what was expected, e.g. `expected a file that only you can read`; it never holds the secret */
  readonly read: (reference: SecretReference) => Effect.Effect<Redacted.Redacted<string>, string>
}

/** What reads references to secrets; `undefined`: nothing does. */
export const CurrentSecretReader = Context.Reference<SecretReader | undefined>("credence/SecretReader", { defaultValue: () => undefined })
